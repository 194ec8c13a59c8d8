//! May these workloads go there now, with nobody moved? One place at a time, every reason why not.

use std::collections::{BTreeMap, BTreeSet};

use crate::budget::Budget;
use crate::date::Date;
use crate::fleet::{ApartBy, Fleet, Standing, StayIn};
use crate::quantity;

use super::facts::{self, load_of};
use super::nodes::Packed;
use super::parts::Parts;
use super::pods::{Pods, bounds_on_nodes};
use super::rules::Reader;
use super::today;

/// Work of one search on the nodes of a cluster, in elementary steps.
const SEARCH: u64 = 5_000_000;
/// Neighbours that are named for a rule.
const FEW: usize = 3;

/// What is the same for every place that is asked about.
pub(crate) struct Present<'f> {
    fleet: &'f Fleet,
    as_of: Date,
    reader: Reader<'f>,
    pods: Pods<'f>,
    /// The workloads of each existing cluster.
    contents: Vec<Vec<usize>>,
}

/// Who would go, and whom they may not leave.
pub(crate) struct Group {
    /// Ascending.
    pub set: Vec<usize>,
    /// The other members of their units, which run somewhere; ascending.
    mates: Vec<usize>,
}

/// Why not.
pub(crate) struct Reason {
    /// The rule's id.
    pub rule: String,
    /// In words, with names and figures.
    pub message: String,
}

/// What is left of a resource, for the workloads of a pool (`None`: of none).
pub(crate) struct Left {
    pub pool: Option<usize>,
    pub resource: usize,
    /// `None`: it is unlimited.
    pub amount: Option<u64>,
}

/// The answer for one site.
pub(crate) struct Answer {
    /// Empty: they may go there.
    pub reasons: Vec<Reason>,
    /// What is left when they are there; nothing where they may not go.
    pub left: Vec<Left>,
    /// All of them run there today.
    pub current: bool,
}

impl<'f> Present<'f> {
    /// Complexity: linear in the workloads.
    pub fn new(fleet: &'f Fleet, as_of: Date) -> Self {
        let contents = today(fleet).contents();
        Self { fleet, as_of, reader: Reader::new(fleet, as_of), pods: Pods::new(fleet), contents }
    }

    /// Those who would go: these workloads, and the members of their units that run nowhere yet. Linear in the units.
    pub fn group(&self, workloads: &[usize]) -> Group {
        let asked: BTreeSet<usize> = workloads.iter().copied().collect();
        let runs = |it: usize| !self.homes(it).is_empty();
        let units = self.fleet.units().iter().filter(|unit| unit.iter().any(|member| asked.contains(member)));
        // a split of no replicas is in no unit
        let nothing =
            |it: &&usize| self.fleet.workloads()[**it].is_split() && self.fleet.workloads()[**it].replicas == 0;
        let members: Vec<usize> = units.flatten().chain(asked.iter().filter(nothing)).copied().collect();
        let (mut set, mut mates): (Vec<usize>, Vec<usize>) =
            members.into_iter().partition(|&member| asked.contains(&member) || !runs(member));
        set.sort_unstable();
        mates.sort_unstable();
        Group { set, mates }
    }

    /// Whether they may go to a site with nobody moved: to an existing cluster as it is today, or to a further one of a
    /// template.
    pub fn ask(&self, site: usize, group: &Group) -> Answer {
        let set = &group.set[..];
        let here: &[usize] = match self.fleet.sites()[site].what {
            Standing::New { .. } => &[],
            Standing::Existing { cluster } => &self.contents[cluster],
        };
        let current = set.iter().all(|it| here.binary_search(it).is_ok());
        let others: Vec<usize> = here.iter().copied().filter(|it| set.binary_search(it).is_err()).collect();
        let mut all: Vec<usize> = others.iter().chain(set).copied().collect();
        all.sort_unstable();
        let mut reasons = Vec::new();
        let parts = self.parts(site, &others, set);
        self.closed(site, group, &parts, &mut reasons);
        self.held(site, set, &mut reasons);
        self.several(site, set, &others, &mut reasons);
        self.separated(set, &others, &mut reasons);
        self.room(site, (&all, &parts), &mut reasons);
        self.count(site, &mut reasons);
        if reasons.is_empty() {
            self.on_nodes(site, (&all, &parts), &mut reasons);
        }
        let left = if reasons.is_empty() { self.left(site, (&all, &parts)) } else { Vec::new() };
        Answer { reasons, left, current }
    }

    /// Replicas of splits that would be there: of those who are there as many as today; of who would go the rest, or all of them
    /// where none is left over.
    fn parts(&self, site: usize, others: &[usize], set: &[usize]) -> Parts {
        let split = |&&it: &&usize| self.fleet.workloads()[it].is_split();
        let here = |it: usize| match self.fleet.sites()[site].what {
            Standing::Existing { cluster } => self.fleet.whereabouts(it).map_or(0, |at| at.replicas_in(cluster, 0)),
            Standing::New { .. } => 0,
        };
        let staying = others.iter().filter(split).map(|&it| (it, here(it)));
        let coming = set.iter().filter(split).map(|&it| match self.missing(it) {
            0 => (it, self.fleet.workloads()[it].replicas),
            missing => (it, here(it).saturating_add(missing)),
        });
        Parts::new(staying.chain(coming).collect())
    }

    /// Copies of a workload, or replicas of a split, that run nowhere yet.
    fn missing(&self, workload: usize) -> u64 {
        let it = &self.fleet.workloads()[workload];
        let Some(at) = self.fleet.whereabouts(workload) else { return it.copies() };
        if it.is_split() {
            let run = at.replicas.iter().map(|&(_, replicas)| replicas).fold(0, u64::saturating_add);
            return it.replicas.saturating_sub(run);
        }
        it.copies().saturating_sub(at.runs_in.len() as u64)
    }

    /// Copies, spread, groups of a region, and who is kept apart by name.
    fn several(&self, site: usize, set: &[usize], others: &[usize], reasons: &mut Vec<Reason>) {
        let fleet = self.fleet;
        if fleet.is_of_single_clusters() {
            return;
        }
        let region = fleet.sites()[site].regions.first().copied();
        let region_of = |cluster: usize| fleet.sites()[fleet.existing()[cluster].site].regions.first().copied();
        let elsewhere = |it: usize| self.homes(it).iter().copied().filter(|&home| fleet.existing()[home].site != site);
        for &workload in set {
            let (it, who) = (&fleet.workloads()[workload], fleet.identity(workload));
            if it.is_split() {
                let clusters = elsewhere(workload).count() as u64 + 1;
                if self.missing(workload) > 0 && clusters > it.most_clusters() {
                    let message = format!(
                        "{who} would be split over {clusters} clusters; at most {} are allowed",
                        it.most_clusters()
                    );
                    reasons.push(reason("split", message));
                }
                continue;
            }
            if self.missing(workload) == 0 {
                continue; // one of its copies would move: it leaves another place
            }
            if elsewhere(workload).count() < self.homes(workload).len() {
                reasons.push(reason("copies", format!("a copy of {who} is there, and the next is in another cluster")));
            }
            let Some((most, region)) = it.most_in_a_region().zip(region) else { continue };
            let copies = elsewhere(workload).filter(|&home| region_of(home) == Some(region)).count() as u64 + 1;
            if copies > most {
                let name = &fleet.regions()[region].name;
                let message = format!("it would be the {} copy of {who} in {name}; at most {most} may be", nth(copies));
                reasons.push(reason("spread", message));
            }
        }
        // who would go leaves where it is only as the one copy that it has
        let stays =
            |it: usize| set.binary_search(&it).is_err() || self.missing(it) > 0 || fleet.workloads()[it].copies() > 1;
        for group in &fleet.policy().together_in_region {
            if !group.members.iter().any(|member| set.binary_search(member).is_ok()) {
                continue;
            }
            let there = |&&it: &&usize| stays(it) && elsewhere(it).any(|home| region_of(home) != region);
            if let Some(&other) = group.members.iter().find(there) {
                let id = group.id.as_deref().unwrap_or_default();
                let message =
                    format!("it must stand in the region of {}, which runs in another", fleet.identity(other));
                reasons.push(reason(&format!("together:{id}"), message));
            }
        }
        for rule in &fleet.policy().kept_apart {
            let near = |other: usize| match rule.by {
                ApartBy::Cluster => others.contains(&other) || set.binary_search(&other).is_ok(),
                ApartBy::Region => {
                    set.binary_search(&other).is_ok()
                        || self.homes(other).iter().any(|&home| region.is_some() && region_of(home) == region)
                }
            };
            let going = rule.members.iter().find(|member| set.binary_search(member).is_ok());
            let Some(&going) = going else { continue };
            if let Some(&other) = rule.members.iter().find(|&&other| other != going && near(other)) {
                let message = format!("it is kept apart from {}", fleet.identity(other));
                reasons.push(reason(&format!("apart:{}", rule.id), message));
            }
        }
    }

    /// Drained and cordoned clusters, and the rest of a unit.
    fn closed(&self, site: usize, group: &Group, parts: &Parts, reasons: &mut Vec<Reason>) {
        let set = &group.set[..];
        let grown = |it: usize| facts::grown(self.fleet, it, site, parts.pods(self.fleet, it));
        let closed = set.iter().find_map(|&it| facts::closed(self.fleet, it, site).or_else(|| grown(it)));
        if let Some(mode) = closed {
            let rule = if mode == "is drained" { "drain" } else { "cordon" };
            reasons.push(reason(rule, format!("the cluster {mode}")));
        }
        for &workload in set {
            let barred = facts::barred(self.fleet, workload, site).into_iter();
            reasons.extend(barred.map(|(rule, why)| reason(rule, format!("{} {why}", self.fleet.identity(workload)))));
        }
        let mut elsewhere: BTreeMap<usize, Vec<usize>> = BTreeMap::new(); // mates by the cluster where they run
        for &mate in &group.mates {
            let Some(it) = self.fleet.whereabouts(mate) else { continue };
            let there = |&cluster: &usize| self.fleet.existing()[cluster].site == site;
            if let Some(&cluster) = it.runs_in.first().filter(|_| !it.runs_in.iter().any(there)) {
                elsewhere.entry(cluster).or_default().push(mate);
            }
        }
        for (cluster, mates) in elsewhere {
            let name = &self.fleet.existing()[cluster].name;
            let (who, verb) = (self.few(&mates), if mates.len() == 1 { "runs" } else { "run" });
            let message = format!("it must share a cluster with {who}, which {verb} in {name}");
            reasons.push(reason("together", message));
        }
    }

    /// The first few of some workloads.
    fn few(&self, workloads: &[usize]) -> String {
        let few: Vec<String> = workloads.iter().take(FEW).map(|&it| self.fleet.identity(it)).collect();
        let more = if workloads.len() > FEW { format!(" and {} more", workloads.len() - FEW) } else { String::new() };
        few.join(", ") + &more
    }

    /// Pins and stays of those who would go.
    fn held(&self, site: usize, set: &[usize], reasons: &mut Vec<Reason>) {
        for &workload in set {
            let Some(it) = self.fleet.whereabouts(workload) else { continue };
            let elsewhere = |cluster: &&usize| self.fleet.existing()[**cluster].site != site;
            let name = |cluster: usize| &self.fleet.existing()[cluster].name;
            let who = self.fleet.identity(workload);
            // who has a further copy, or replicas, to place stays where it runs; else one of its copies leaves
            let moves = self.missing(workload) == 0;
            let taken: BTreeSet<usize> = it.pins.iter().chain(it.runs_in.iter().filter(|_| !moves)).copied().collect();
            let taken = taken.iter().filter(elsewhere).count() as u64;
            let full = taken >= self.fleet.workloads()[workload].most_clusters();
            if let Some(&pin) = it.pins.iter().find(elsewhere).filter(|_| full) {
                reasons.push(reason("pin", format!("{who} is pinned to {}", name(pin))));
            }
            let home = it.runs_in.iter().find(elsewhere);
            let here = !self.fleet.workloads()[workload].is_split() && it.runs_in.iter().any(|home| !elsewhere(&home));
            let near = it.runs_in.iter().any(|&home| {
                let theirs = self.fleet.sites()[self.fleet.existing()[home].site].regions.first();
                theirs.is_some_and(|region| self.fleet.sites()[site].regions.contains(region))
            });
            match (home, it.stays_in(self.as_of)) {
                (Some(_), Some(StayIn::Cluster)) if !moves || here => {}
                (Some(_), Some(StayIn::Region)) if near => {}
                (Some(&home), Some(StayIn::Cluster)) => {
                    reasons.push(reason("stay", format!("{who} stays in {}", name(home))));
                }
                (Some(_), Some(StayIn::Region)) => {
                    if let Some(region) = facts::outside(self.fleet, workload, site, self.as_of) {
                        let region = &self.fleet.regions()[region].name;
                        reasons.push(reason("stay", format!("{who} stays in the region {region}")));
                    }
                }
                _ => {}
            }
        }
    }

    /// The rules between those who would go, and between them and those who are there.
    fn separated(&self, set: &[usize], others: &[usize], reasons: &mut Vec<Reason>) {
        let mut found: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        let kinds = self.reader.kinds(others);
        for (place, &workload) in set.iter().enumerate() {
            for kind in &kinds {
                for &rule in &self.reader.reasons(workload, kind[0]).standing {
                    found.entry(self.reader.name(rule)).or_default().extend(kind);
                }
            }
            for &mate in &set[place + 1..] {
                for &rule in &self.reader.reasons(workload, mate).standing {
                    found.entry(self.reader.name(rule)).or_default().insert(mate);
                }
            }
        }
        for (rule, whom) in found {
            let whom: Vec<usize> = whom.into_iter().collect();
            let message = format!("it may not share with {}", self.few(&whom));
            reasons.push(Reason { rule, message });
        }
    }

    /// What is usable, maximums, the platform, and what a lower bound says of nodes.
    fn room(&self, site: usize, (all, parts): (&[usize], &Parts), reasons: &mut Vec<Reason>) {
        let (fleet, shape) = (self.fleet, self.fleet.shape(site));
        if !shape.carries {
            reasons.push(reason("platform", "there is no room even for the workloads of the platform".to_owned()));
        }
        for over in facts::over(fleet, shape, all, parts) {
            let resource = &fleet.resources()[over.resource];
            let load = u64::try_from(over.load).unwrap_or(u64::MAX);
            let [load, usable] = quantity::pair(resource, load, over.usable);
            let (rule, place) = match over.pool {
                None => (format!("capacity:{resource}"), String::new()),
                Some(pool) => {
                    let name = &fleet.pools()[pool];
                    (format!("capacity:{resource}@{name}"), format!(" in pool {name}"))
                }
            };
            let missing = over.pool.is_some_and(|pool| shape.dedicated[pool].is_none());
            let end = if missing { "there is no such pool".to_owned() } else { format!("{usable} is usable") };
            let message = format!("with what is there {load} of {resource} would be requested{place}; {end}");
            reasons.push(Reason { rule, message });
        }
        for (what, count, most) in facts::too_many(fleet, shape, all) {
            let message = format!("there would be {count} {what}; at most {most} are allowed");
            reasons.push(reason(&format!("maximum:{what}"), message));
        }
        let bounds = bounds_on_nodes(fleet, site, all, parts);
        let mut least = 0u64;
        for bound in &bounds {
            match bound.fewest {
                None => {
                    let of = bound.pool.map_or_else(String::new, |pool| format!(" of pool {}", fleet.pools()[pool]));
                    let message = format!("its pods, and those that are there, do not fit the {} nodes{of}", bound.max);
                    reasons.push(reason("nodes", message));
                }
                Some(fewest) => least = least.saturating_add(fewest.max(bound.min)),
            }
        }
        if let Some(most) = shape.most.nodes.filter(|&most| least > most) {
            let message = format!("at least {least} nodes would be needed; at most {most} are allowed");
            reasons.push(reason("maximum:nodes", message));
        }
        if !shape.pools.is_empty() && !shape.packs_nodes() {
            let none = |&&workload: &&usize| {
                let it = &fleet.workloads()[workload];
                parts.pods(fleet, workload) > 0 && shape.pods_alone(&it.pod, it.pool) == 0
            };
            if let Some(&workload) = all.iter().find(none) {
                let message = format!("no node has room for a pod of {}", fleet.identity(workload));
                reasons.push(reason("nodes", message));
            }
        }
    }

    /// A further cluster of a template, where there may be no more.
    fn count(&self, site: usize, reasons: &mut Vec<Reason>) {
        let Some(template) = self.fleet.sites()[site].template() else { return };
        let there = || {
            let clusters = self.fleet.existing().iter().zip(&self.contents);
            clusters.filter(|(it, workloads)| it.keep || !workloads.is_empty()).map(|(it, _)| it.site)
        };
        let region = self.fleet.sites()[site].regions.first();
        let crowded = facts::too_crowded(self.fleet, there().chain([site])).into_iter();
        if let Some((at, used, most)) = crowded.into_iter().find(|(at, ..)| Some(at) == region) {
            let name = &self.fleet.regions()[at].name;
            let message = format!("it would be the {} in {name}; at most {most} are allowed", nth(used));
            reasons.push(reason("maxClusters", message));
        }
        let used = facts::too_often(self.fleet, there().chain([site]));
        if let Some((_, used, most)) = used.into_iter().find(|&(it, ..)| it == template) {
            let message = format!("it would be the {}; at most {most} are allowed", nth(used));
            reasons.push(reason("maxCount", message));
        }
    }

    /// A placement of all pods on the nodes, searched for where nothing else is in the way.
    fn on_nodes(&self, site: usize, (all, parts): (&[usize], &Parts), reasons: &mut Vec<Reason>) {
        let message = match self.pods.place_parts(site, all, parts, &Budget::of_work(SEARCH)) {
            Packed::Found(_) => return,
            Packed::Impossible => "the pods do not fit the nodes: there is no placement",
            Packed::NotFound => "no placement of the pods on the nodes was found: there may be one",
        };
        reasons.push(reason("nodes", message.to_owned()));
    }

    fn left(&self, site: usize, (all, parts): (&[usize], &Parts)) -> Vec<Left> {
        let (fleet, shape) = (self.fleet, self.fleet.shape(site));
        let pools = (0..fleet.pools().len()).filter(|&pool| shape.dedicated[pool].is_some()).map(Some);
        let groups = std::iter::once(None).chain(pools);
        let all_of = |pool| (0..fleet.resources().len()).map(move |resource| (pool, resource));
        let left = |(pool, resource): (Option<usize>, usize)| {
            let load = u64::try_from(load_of(fleet, (all, parts), pool, resource)).unwrap_or(u64::MAX);
            let amount = shape.usable_by(pool, resource).map(|usable| usable.saturating_sub(load));
            Left { pool, resource, amount }
        };
        groups.flat_map(all_of).map(left).collect()
    }

    /// Where a workload runs today: indices of existing clusters.
    pub fn homes(&self, workload: usize) -> &[usize] {
        self.fleet.whereabouts(workload).map_or(&[], |it| &it.runs_in)
    }

    /// How many workloads are in an existing cluster today.
    pub fn inhabitants(&self, cluster: usize) -> usize {
        self.contents[cluster].len()
    }
}

fn reason(rule: &str, message: String) -> Reason {
    Reason { rule: rule.to_owned(), message }
}

/// `1st`, `2nd`, `11th`.
fn nth(number: u64) -> String {
    let ending = match (number % 10, number % 100) {
        (1, last) if last != 11 => "st",
        (2, last) if last != 12 => "nd",
        (3, last) if last != 13 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}
