//! Wishes of a fleet that contradict one another, found by name and without a search: who must be where, and cannot. No plan
//! keeps them all.

use std::collections::{BTreeMap, BTreeSet};

use crate::budget::Budget;
use crate::date::Date;
use crate::error::InputProblem;
use crate::fleet::{
    ApartBy, ExistingCluster, Fleet, Knot, Paths, Presence, Standing, Tasteless, quantity_of_thousandths,
};
use crate::quantity;
use crate::trust::against;

use super::facts;
use super::moving::{forced, forced_moves};
use super::nodes::Packed;
use super::parts::Parts;
use super::pods::{Pods, bounds_on_nodes};
use super::rules::Reader;

/// At most so many are named.
pub(super) const MOST: usize = 10;
/// Names in one message.
const FEW: usize = 3;
/// Pairs of kinds, and units held against clusters, that are looked at.
const WORK: u64 = 2_000_000;
/// Work of placing what runs in every cluster on the nodes of a kept one.
const ROOM: u64 = 1_000_000;

/// Wishes that no plan keeps.
pub(super) struct Contradiction {
    /// Stable, in kebab case.
    pub code: &'static str,
    /// Index of an existing cluster.
    pub cluster: Option<usize>,
    /// Index of a workload.
    pub workload: Option<usize>,
    /// What else tells it from others.
    pub of: String,
    /// In words, with names and figures.
    pub message: String,
}

/// The first few, and whether there may be more: the most that are named, or the work, came to an end. Those of
/// [`together_against_reason`] aside.
pub(super) fn contradictions(fleet: &Fleet, reader: &Reader, as_of: Date) -> (Vec<Contradiction>, bool) {
    let mut search = Search { fleet, as_of, found: Vec::new(), work: WORK, held: BTreeMap::new() };
    for unit in fleet.units() {
        search.unit(unit);
        if search.over() {
            break;
        }
    }
    search.of_nothing();
    search.rules();
    search.choices();
    search.clusters(reader);
    search.kept();
    let cut = search.over();
    search.found.truncate(MOST);
    (search.found, cut)
}

/// Members of one unit that a reason separates, waivers applied: the first two of each pair of kinds, in units in order, at most so many; and
/// whether there are more. A plan hears of these from [`check_together`](crate::trust::check_together).
pub(super) fn together_against_reason(fleet: &Fleet, reader: &Reader, most: usize) -> (Vec<Contradiction>, bool) {
    let mut found: Vec<Contradiction> = Vec::new();
    let mut work = WORK;
    for unit in fleet.units().iter().filter(|unit| unit.len() > 1) {
        let kinds = reader.kinds(unit).len() as u64;
        if found.len() > most || work < kinds {
            found.truncate(most);
            return (found, true);
        }
        work = work.saturating_sub(kinds * kinds);
        facts::neighbours(reader, unit, &mut |kind, other, reasons| {
            let second = other.map_or_else(|| kind[1], |other| other[0]);
            if reasons.standing.is_empty() || found.len() > most {
                return;
            }
            let rules: Vec<String> = reasons.standing.iter().map(|&rule| reader.name(rule)).collect();
            let (u, v) = (kind[0].min(second), kind[0].max(second));
            let (_, message) = against(fleet, unit, [u, v], &rules);
            let of = fleet.identity(v).to_string();
            let code = "together-against-reason";
            found.push(Contradiction { code, cluster: None, workload: Some(u), of, message });
        });
    }
    let cut = found.len() > most;
    found.truncate(most);
    (found, cut)
}

/// Those of [`contradictions`] as problems of the document: a plan keeps all wishes, or there is none.
pub(crate) fn wishes(fleet: &Fleet, as_of: Date) -> Vec<InputProblem> {
    if fleet.existing().is_empty() && fleet.is_of_single_clusters() {
        return Vec::new(); // limits meet no plan then, which takes a search to see
    }
    let (found, _) = contradictions(fleet, &Reader::new(fleet, as_of), as_of);
    let paths = Paths::new(fleet);
    let problem = |it: Contradiction| {
        let place = match (it.workload, it.cluster) {
            (Some(workload), _) => wish(fleet, &paths, workload, &it),
            (None, Some(cluster)) => paths.site(fleet.existing()[cluster].site),
            (None, None) => "existingClusters".to_owned(),
        };
        InputProblem::new(it.code, place, it.message)
    };
    let mut problems: Vec<InputProblem> = found.into_iter().map(problem).collect();
    problems.extend(too_small(fleet));
    problems.extend(beyond_limits(fleet, as_of));
    problems
}

/// Where a workload stands in the document; of one that is held the wish that holds it.
fn wish(fleet: &Fleet, paths: &Paths, workload: usize, it: &Contradiction) -> String {
    let (Some(at), true) = (fleet.whereabouts(workload), it.code.starts_with("held-")) else {
        return paths.workload(workload);
    };
    paths.held(workload, it.cluster.map_or(!at.pins.is_empty(), |cluster| at.pins.contains(&cluster)))
}

/// Kept clusters that do not even hold what runs in every cluster beside what others take there.
fn too_small(fleet: &Fleet) -> Vec<InputProblem> {
    let pods = Pods::new(fleet);
    let fits = |site: usize| {
        fleet.shape(site).carries && matches!(pods.place(site, &[], &Budget::of_work(ROOM)), Packed::Found(_))
    };
    let problem = |it: &ExistingCluster| {
        let others = if it.occupied.is_some() { "what others take there and " } else { "" };
        let message = format!("{} is kept, and too small for {others}the workloads of the platform alone", it.name);
        InputProblem::new("kept-too-small", "existingClusters", message)
    };
    fleet.existing().iter().filter(|it| it.keep && !fits(it.site)).take(MOST).map(problem).collect()
}

/// Limits on values that what is kept, or who cannot stay, passes by itself.
fn beyond_limits(fleet: &Fleet, as_of: Date) -> Vec<InputProblem> {
    let limits = fleet.value_limits();
    let names = |names: &[String]| {
        let more = names.len().saturating_sub(FEW);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", names[..names.len().min(FEW)].join(", "))
    };
    let kept: Vec<_> = fleet.existing().iter().filter(|it| it.keep).collect();
    let kept_names: Vec<String> = kept.iter().map(|it| it.name.clone()).collect();
    let mut found = Vec::new();
    if let Some(limit) = limits.clusters.filter(|&limit| kept.len() as u64 > limit) {
        let message = format!("{} clusters are kept, and the limit is {limit}: {}", kept.len(), names(&kept_names));
        found.push(InputProblem::new("limit-below-kept", "limits.clusters", message));
    }
    let cost = kept.iter().map(|it| fleet.sites()[it.site].cost(0).unwrap_or(0)).fold(0, u64::saturating_add);
    if let Some(limit) = limits.cost.filter(|&limit| cost > limit) {
        let [cost, limit] = [cost, limit].map(quantity_of_thousandths);
        let message =
            format!("the clusters that are kept cost {cost}, and the limit is {limit}: {}", names(&kept_names));
        found.push(InputProblem::new("limit-below-kept", "limits.cost", message));
    }
    let forced = forced(fleet, as_of);
    let count = forced_moves(fleet, &forced);
    if let Some(limit) = limits.moves.filter(|&limit| count > limit) {
        let who = forced.iter().enumerate().filter_map(|(workload, it)| Some((workload, it.as_ref()?.why())));
        let who: Vec<String> = who.map(|(workload, why)| format!("{} ({why})", fleet.identity(workload))).collect();
        let message = format!("those who cannot stay count {count} moves, and the limit is {limit}: {}", names(&who));
        found.push(InputProblem::new("limit-below-forced", "limits.moves", message));
    }
    found
}

struct Search<'f> {
    fleet: &'f Fleet,
    as_of: Date,
    found: Vec<Contradiction>,
    work: u64,
    /// Who must be in each existing cluster.
    held: BTreeMap<usize, Vec<usize>>,
}

impl Search<'_> {
    fn over(&self) -> bool {
        self.work == 0 || self.found.len() > MOST
    }

    fn spend(&mut self, work: u64) {
        self.work = self.work.saturating_sub(work);
    }

    fn add(&mut self, code: &'static str, cluster: Option<usize>, workload: Option<usize>, message: String) {
        self.found.push(Contradiction { code, cluster, workload, of: String::new(), message });
    }

    fn name(&self, cluster: usize) -> &str {
        &self.fleet.existing()[cluster].name
    }

    /// Where the members of a unit must be, against one another and against who is let in; or whether it fits anywhere.
    fn unit(&mut self, unit: &[usize]) {
        let mut homes: BTreeMap<usize, usize> = BTreeMap::new(); // of each cluster the first member that must be there
        for &member in unit {
            for cluster in facts::must_be_in(self.fleet, member, self.as_of) {
                homes.entry(cluster).or_insert(member);
            }
        }
        let torn = homes.len() < 2 && self.in_two_regions(unit, &homes);
        let list: Vec<(usize, usize)> = homes.iter().map(|(&cluster, &member)| (cluster, member)).collect();
        let most = self.fleet.workloads()[unit[0]].most_clusters().max(1);
        if !torn && list.len() as u64 > most {
            self.too_many_homes(&list, most);
        }
        if torn || list.len() as u64 > most {
            // whoever gives up the one wish meets what else stands against the other
            return list.iter().for_each(|&(cluster, member)| self.let_in(unit, cluster, member));
        }
        for &(cluster, member) in &list {
            self.held_in(unit, cluster, member);
        }
        self.close_homes(unit, &list);
        if let Presence::Split { most: Some(_) } = self.fleet.workloads()[unit[0]].presence {
            return self.replicas(unit[0]);
        }
        match self.fleet.workloads()[unit[0]].copies() {
            1 if list.is_empty() => self.anywhere(unit),
            1 => {}
            copies => self.copies(unit, copies),
        }
    }

    /// More clusters that a unit must be in than it can be.
    fn too_many_homes(&mut self, list: &[(usize, usize)], most: u64) {
        let [(first, a), (second, b), ..] = *list else { return };
        let (x, y) = (self.fleet.identity(a), self.fleet.identity(b));
        let (here, there) = (self.name(first), self.name(second));
        let message = if most > 1 {
            let count = list.len();
            format!("{x} must be in {count} clusters, {here} and {there} among them, and can be in {most}")
        } else if a == b {
            format!("{x} must be in {here} and in {there}, and has one copy")
        } else {
            format!("{x} must be in {here}, {y} in {there}, and both in one cluster")
        };
        self.add("held-in-two-clusters", None, Some(a), message);
    }

    /// Splits that must be somewhere, and have no replica to be there: they are in no unit.
    fn of_nothing(&mut self) {
        let fleet = self.fleet;
        let nothing = |&it: &usize| fleet.workloads()[it].is_split() && fleet.workloads()[it].replicas == 0;
        for workload in (0..fleet.workloads().len()).filter(nothing) {
            let held = facts::must_be_in(fleet, workload, self.as_of);
            let Some(&first) = held.first().filter(|_| !self.over()) else { continue };
            let more = if held.len() > 1 { format!(" and {} more", held.len() - 1) } else { String::new() };
            let who = fleet.identity(workload);
            let message = format!("{who} must be in {}{more}, and has no replica to be there", self.name(first));
            self.add("held-without-replicas", Some(first), Some(workload), message);
        }
    }

    /// A cluster that a unit must be in.
    fn held_in(&mut self, unit: &[usize], cluster: usize, member: usize) {
        self.let_in(unit, cluster, member);
        self.held.entry(cluster).or_default().extend(unit);
    }

    /// A cluster that a unit must be in, against who is let in.
    fn let_in(&mut self, unit: &[usize], cluster: usize, member: usize) {
        for &other in unit {
            let mode = facts::closed(self.fleet, other, self.fleet.existing()[cluster].site);
            if let Some(mode) = mode {
                let who = self.fleet.identity(member);
                let with = if other == member {
                    String::new()
                } else {
                    format!(", and {} with it", self.fleet.identity(other))
                };
                let message = format!("{who} must be in {}{with}, which {mode}", self.name(cluster));
                self.add("held-in-closed-cluster", Some(cluster), Some(member), message);
                break;
            }
        }
        self.barred(unit, cluster);
    }

    /// Copies that must be closer together than they may.
    fn close_homes(&mut self, unit: &[usize], list: &[(usize, usize)]) {
        let fleet = self.fleet;
        let Some(most) = unit.iter().filter_map(|&it| fleet.workloads()[it].most_in_a_region()).min() else { return };
        let mut here: BTreeMap<usize, u64> = BTreeMap::new();
        for region in list.iter().filter_map(|&(cluster, _)| self.region(cluster)) {
            *here.entry(region).or_insert(0) += 1;
        }
        if let Some((&region, count)) = here.iter().find(|&(_, &count)| count > most) {
            let (who, name) = (fleet.identity(list[0].1), &fleet.regions()[region].name);
            let message =
                format!("{who} must be in {count} clusters of {name}, where at most {most} of its copies may be");
            self.add("held-against-spread", None, Some(list[0].1), message);
        }
    }

    /// The region of an existing cluster.
    fn region(&self, cluster: usize) -> Option<usize> {
        self.fleet.sites()[self.fleet.existing()[cluster].site].regions.first().copied()
    }

    /// Whether there are clusters enough for the copies of a unit, each for itself, and in every region where there is one each.
    fn copies(&mut self, unit: &[usize], copies: u64) {
        let fleet = self.fleet;
        let it = &fleet.workloads()[unit[0]];
        let wanted: BTreeSet<usize> = if it.is_in_each_region() {
            unit.iter().flat_map(|&member| fleet.workloads()[member].regions.iter().copied()).collect()
        } else {
            BTreeSet::new()
        };
        let most = |region: usize| {
            let limits = [it.most_in_a_region(), fleet.regions()[region].max_clusters];
            limits.into_iter().flatten().min().unwrap_or(u64::MAX)
        };
        let today = unit.iter().filter_map(|&member| fleet.whereabouts(member)).flat_map(|it| &it.runs_in).copied();
        let today: BTreeSet<usize> = today.map(|cluster| fleet.existing()[cluster].site).collect();
        let sites = today.iter().copied().chain((0..fleet.sites().len()).filter(|site| !today.contains(site)));
        // clusters that may be, in each region and of each template
        let mut here: BTreeMap<Option<usize>, u64> = BTreeMap::new();
        let mut of: BTreeMap<Option<usize>, u64> = BTreeMap::new();
        let room = |here: &BTreeMap<Option<usize>, u64>, of: &BTreeMap<Option<usize>, u64>| {
            let in_region = |(&at, &count): (&Option<usize>, &u64)| at.map_or(count, |at| most(at).min(count));
            let of_template = |(&at, &count): (&Option<usize>, &u64)| {
                count.min(at.and_then(|at| fleet.templates()[at].max_count).unwrap_or(u64::MAX))
            };
            let in_regions = here.iter().map(in_region).fold(0, u64::saturating_add);
            in_regions.min(of.iter().map(of_template).fold(0, u64::saturating_add))
        };
        for site in sites {
            if self.over() {
                return;
            }
            self.spend(1 + unit.len() as u64);
            if !alone(fleet, site, unit, self.as_of) {
                continue;
            }
            let clusters = match fleet.sites()[site].what {
                Standing::New { template } => fleet.templates()[template].max_count.unwrap_or(u64::MAX),
                Standing::Existing { .. } => 1,
            };
            let count = of.entry(fleet.template_at(site)).or_insert(0);
            *count = count.saturating_add(clusters);
            // one site may lie in regions that nothing tells apart, and counts for each of them
            let regions: Vec<Option<usize>> = match &fleet.sites()[site].regions[..] {
                [] => vec![None],
                regions => regions.iter().copied().map(Some).collect(),
            };
            for region in regions {
                let count = here.entry(region).or_insert(0);
                *count = count.saturating_add(clusters);
            }
            if room(&here, &of) >= copies && wanted.iter().all(|&region| here.contains_key(&Some(region))) {
                return;
            }
        }
        let who = fleet.identity(unit[0]);
        if of.is_empty() {
            return self.fits_nowhere(unit);
        }
        if let Some(&region) = wanted.iter().find(|&&region| !here.contains_key(&Some(region))) {
            let name = &fleet.regions()[region].name;
            let stays = unit
                .iter()
                .any(|&it| fleet.stays_in_regions(it, self.as_of).is_some_and(|regions| !regions.contains(&region)));
            let why = if stays { " while it stays in its region (`stay: region`)" } else { "" };
            let message = format!("{who} has a copy in every region, and there is no place for one in {name}{why}");
            return self.add("no-place-for-copy", None, Some(unit[0]), message);
        }
        let room = room(&here, &of);
        let message = format!("{who} has {copies} copies, and there are at most {room} clusters for them");
        self.add("too-many-copies", None, Some(unit[0]), message);
    }

    /// Whether the roomiest clusters that a split may be in, as many as it may be in, and those where it must be among them, have
    /// room for all of it. What else must be there is not counted.
    fn replicas(&mut self, split: usize) {
        let (fleet, it) = (self.fleet, &self.fleet.workloads()[split]);
        let must = facts::must_be_in(fleet, split, self.as_of);
        let must: BTreeSet<usize> = must.into_iter().map(|cluster| fleet.existing()[cluster].site).collect();
        let (mut held, mut rooms) = (0u64, Vec::new());
        for site in 0..fleet.sites().len() {
            if self.over() {
                return;
            }
            self.spend(2);
            let room = room_for(fleet, site, split, self.as_of);
            if must.contains(&site) {
                if room == 0 {
                    return; // that is named as what it is
                }
                held = held.saturating_add(room);
                continue;
            }
            let clusters = match fleet.sites()[site].what {
                Standing::New { template } => fleet.templates()[template].max_count.unwrap_or(u64::MAX),
                Standing::Existing { .. } => 1,
            };
            rooms.push((room, clusters));
        }
        rooms.sort_unstable_by(|a, b| b.cmp(a));
        if held == 0 && rooms.first().is_none_or(|&(room, _)| room == 0) {
            return self.anywhere(&[split]);
        }
        let (mut left, mut room) = (it.most_clusters().saturating_sub(must.len() as u64), held);
        for (each, clusters) in rooms {
            let taken = clusters.min(left);
            left -= taken;
            room = room.saturating_add(each.saturating_mul(taken));
        }
        if room < it.replicas {
            let (who, replicas, most) = (fleet.identity(split), it.replicas, it.most_clusters());
            let clusters = if most == 1 { "1 cluster" } else { &format!("{most} clusters") };
            let have = if most == 1 { "has" } else { "have" };
            let message = format!(
                "{who} has {replicas} replicas and may be in {clusters}, and no {clusters} {have} room for more than {room}"
            );
            self.add("too-many-replicas", None, Some(split), message);
        }
    }

    /// Groups of one region, and workloads that are kept apart, against where their members must be.
    fn rules(&mut self) {
        let (fleet, day) = (self.fleet, self.as_of);
        for group in &fleet.policy().together_in_region {
            let mut regions: BTreeMap<usize, usize> = BTreeMap::new();
            for &member in &group.members {
                let held = facts::must_be_in(fleet, member, day).into_iter().filter_map(|cluster| self.region(cluster));
                held.for_each(|region| {
                    regions.entry(region).or_insert(member);
                });
            }
            let list: Vec<(usize, usize)> = regions.into_iter().collect();
            if let [(first, a), (second, b), ..] = list[..] {
                let (x, y) = (fleet.identity(a), fleet.identity(b));
                let (here, there) = (&fleet.regions()[first].name, &fleet.regions()[second].name);
                let id = group.id.as_deref().unwrap_or_default();
                let message = format!("{x} must be in {here}, {y} in {there}, and the group {id} in one region");
                let (workload, of) = (Some(a), id.to_owned());
                self.found.push(Contradiction { code: "held-in-two-regions", cluster: None, workload, of, message });
            }
        }
        for rule in &fleet.policy().kept_apart {
            let mut met: BTreeMap<usize, usize> = BTreeMap::new();
            'members: for &member in &rule.members {
                let held = facts::must_be_in(fleet, member, day).into_iter();
                let places: BTreeSet<usize> = match rule.by {
                    ApartBy::Region => held.filter_map(|cluster| self.region(cluster)).collect(),
                    ApartBy::Cluster => held.collect(),
                };
                for place in places {
                    let Some(other) = met.insert(place, member) else { continue };
                    let (x, y) = (fleet.identity(other), fleet.identity(member));
                    let (name, cluster) = match rule.by {
                        ApartBy::Region => (&fleet.regions()[place].name, None),
                        ApartBy::Cluster => (&fleet.existing()[place].name, Some(place)),
                    };
                    let message = format!("{x} and {y} must be in {name}, and apart:{} keeps them apart", rule.id);
                    let (workload, of) = (Some(other), format!("apart:{}", rule.id));
                    self.found.push(Contradiction { code: "held-against-reason", cluster, workload, of, message });
                    break 'members;
                }
            }
        }
    }

    /// Rules of regions that no choice of regions keeps. Whoever is named already is not named for it again.
    fn choices(&mut self) {
        let (fleet, named) = (self.fleet, self.found.len());
        for knot in fleet.knots(self.as_of).iter().filter(|knot| !knot.rules.is_empty()) {
            if self.over() {
                return;
            }
            let (choices, whole) = knot.choices(&Tasteless, 1);
            self.spend(1 + knot.units().count() as u64);
            if !choices.is_empty() || !whole {
                continue;
            }
            let members: Vec<usize> = knot.units().flat_map(|unit| fleet.units()[unit].iter().copied()).collect();
            let known = |it: &Contradiction| it.workload.is_some_and(|workload| members.contains(&workload));
            if !self.found[..named].iter().any(known) {
                self.no_regions(knot, &members);
            }
        }
    }

    fn no_regions(&mut self, knot: &Knot, members: &[usize]) {
        let few = |names: Vec<String>| {
            let more = names.len().saturating_sub(FEW);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}{more}", names.into_iter().take(FEW).collect::<Vec<_>>().join(", "))
        };
        let who = few(members.iter().map(|&member| self.fleet.identity(member)).collect());
        let rules: Vec<String> = knot.rules.iter().cloned().collect();
        let message = format!("no choice of regions for {who} keeps {}", few(rules.clone()));
        let (workload, of) = (members.first().copied(), rules.join(","));
        self.found.push(Contradiction { code: "no-regions-left", cluster: None, workload, of, message });
    }

    /// Members that stay in a region where they may not be, or in regions which have none in common with one another, or with the cluster where the unit must be.
    fn in_two_regions(&mut self, unit: &[usize], homes: &BTreeMap<usize, usize>) -> bool {
        let fleet = self.fleet;
        let regions = |list: &[usize]| {
            let names: Vec<&str> = list.iter().map(|&region| fleet.regions()[region].name.as_str()).collect();
            names.join(" or ")
        };
        let mut first: Option<(usize, Vec<usize>)> = None; // who stays, and the regions that are left
        for &member in unit {
            let Some(theirs) = fleet.stays_in_regions(member, self.as_of) else { continue };
            let who = fleet.identity(member);
            if !theirs.iter().any(|region| fleet.workloads()[member].regions.contains(region)) {
                let message = format!("{who} stays in the region {}, and may not be there", regions(&theirs));
                self.add("held-where-barred", None, Some(member), message);
                return true;
            }
            let away = homes.iter().find(|(cluster, _)| {
                let site = &fleet.sites()[fleet.existing()[**cluster].site];
                !site.lies_in(&theirs)
            });
            let other = match (away, &first) {
                (Some((&cluster, &other)), _) => {
                    let same = if other == member { "it".to_owned() } else { fleet.identity(other) };
                    let both = if other == member { "" } else { ", and both in one cluster" };
                    format!("{same} must be in {}{both}", self.name(cluster))
                }
                (None, Some((other, left))) if !left.iter().any(|region| theirs.contains(region)) => {
                    let other = fleet.identity(*other);
                    format!("{other} in the region {}, and both must be in one cluster", regions(left))
                }
                (None, _) => {
                    let left = first.map_or(theirs.clone(), |(_, left)| {
                        left.into_iter().filter(|region| theirs.contains(region)).collect()
                    });
                    first = Some((member, left));
                    continue;
                }
            };
            let message = format!("{who} stays in the region {}, {other}", regions(&theirs));
            self.add("held-in-two-regions", None, Some(member), message);
            return true;
        }
        false
    }

    /// Members of a unit that must be in a cluster where they may not be whatever room there is: of each thing in the way the first, with
    /// all that is in its way.
    fn barred(&mut self, unit: &[usize], cluster: usize) {
        self.spend(unit.len() as u64);
        let site = self.fleet.existing()[cluster].site;
        let mut told = BTreeSet::new();
        for &member in unit {
            let (_, whys): (Vec<_>, Vec<String>) = facts::barred(self.fleet, member, site).into_iter().unzip();
            let all = whys.join(", and ");
            if whys.into_iter().filter(|why| told.insert(why.clone())).count() > 0 {
                let message = format!("{} must be in {}, and {all}", self.fleet.identity(member), self.name(cluster));
                self.add("held-where-barred", Some(cluster), Some(member), message);
            }
        }
    }

    /// Whether a unit alone finds room in some template or existing cluster.
    fn anywhere(&mut self, unit: &[usize]) {
        let fleet = self.fleet;
        let today = unit.iter().filter_map(|&member| fleet.whereabouts(member)).flat_map(|it| &it.runs_in).copied();
        let today: BTreeSet<usize> = today.map(|cluster| fleet.existing()[cluster].site).collect();
        let sites = today.iter().copied().chain((0..fleet.sites().len()).filter(|site| !today.contains(site)));
        for site in sites {
            if self.over() {
                return;
            }
            self.spend(1 + unit.len() as u64);
            if alone(fleet, site, unit, self.as_of) {
                return;
            }
        }
        self.fits_nowhere(unit);
    }

    fn fits_nowhere(&mut self, unit: &[usize]) {
        let fleet = self.fleet;
        let names: Vec<String> = unit.iter().take(3).map(|&member| fleet.identity(member)).collect();
        let more = if unit.len() > 3 { format!(" and {} more", unit.len() - 3) } else { String::new() };
        let what = if unit.len() == 1 { "" } else { ", which must share one cluster," };
        let verb = if unit.len() == 1 { "fits" } else { "fit" };
        let it = if unit.len() == 1 { "it" } else { "them" };
        let mut message =
            format!("{}{more}{what} {verb} no template and no existing cluster that lets {it} in", names.join(", "));
        let offers = |at: usize| fleet.sites().iter().any(|site| site.shape.usable_by(None, at) != Some(0));
        let takes = |at: usize| unit.iter().any(|&member| fleet.workloads()[member].total[at] > 0);
        let missing = (0..fleet.resources().len()).filter(|&at| takes(at) && !offers(at));
        let missing: Vec<&str> = missing.map(|at| fleet.resources()[at].as_str()).collect();
        if !missing.is_empty() {
            message += &format!(": nothing offers {}", missing.join(", "));
        } else if let Some(figures) = self.too_large(unit) {
            message += &format!(": {figures}");
        } else if let Some(regions) = self.nothing_in_common(unit) {
            message += &format!(": they have no region in common: {regions}");
        } else {
            let why = self.by_place(unit);
            message += &if why.is_empty() { String::new() } else { format!(": {}", why.join("; ")) };
        }
        self.add("fits-nowhere", None, Some(unit[0]), message);
    }

    /// What a unit needs more of than any cluster has that lets it in.
    fn too_large(&self, unit: &[usize]) -> Option<String> {
        let (fleet, pool) = (self.fleet, self.fleet.workloads()[unit[0]].pool);
        if unit.iter().any(|&member| fleet.workloads()[member].pool != pool) {
            return None;
        }
        let open = |site: &usize| unit.iter().all(|&member| !kept_out(fleet, *site, member, self.as_of));
        let sites: Vec<usize> = (0..fleet.sites().len()).filter(open).collect();
        let parts = least(fleet, unit);
        (0..fleet.resources().len()).find_map(|at| {
            let needs = u64::try_from(facts::load_of(fleet, (unit, &parts), pool, at)).ok()?;
            let usable = sites.iter().map(|&site| fleet.shape(site).usable_by(pool, at));
            let most = usable.collect::<Option<Vec<u64>>>()?.into_iter().max()?;
            let [needed, offered] = quantity::pair(&fleet.resources()[at], needs, most);
            let it = if unit.len() == 1 { "it needs" } else { "they need" };
            let name = &fleet.resources()[at];
            (needs > most).then(|| format!("{it} {name} {needed}, and none of these has more than {offered} usable"))
        })
    }

    /// Where each member of a unit may be, if no region is open to all.
    fn nothing_in_common(&self, unit: &[usize]) -> Option<String> {
        let fleet = self.fleet;
        let regions = |member: usize| &fleet.workloads()[member].regions;
        let common = |region: &usize| unit.iter().all(|&member| regions(member).contains(region));
        if fleet.regions().is_empty() || regions(unit[0]).iter().any(common) {
            return None;
        }
        let allows = |&member: &usize| {
            let names: Vec<&str> = regions(member).iter().map(|&it| fleet.regions()[it].name.as_str()).collect();
            format!("{} may be in {}", fleet.identity(member), names.join(" or "))
        };
        Some(unit.iter().take(FEW).map(allows).collect::<Vec<_>>().join(", "))
    }

    /// What is in the way of a unit in the clusters and templates that let it in, one after another.
    fn by_place(&self, unit: &[usize]) -> Vec<String> {
        let (fleet, parts) = (self.fleet, least(self.fleet, unit));
        let mut words: Vec<String> = Vec::new();
        for (at, site) in fleet.sites().iter().enumerate() {
            if words.len() >= FEW || unit.iter().any(|&member| kept_out(fleet, at, member, self.as_of)) {
                continue;
            }
            let shape = fleet.shape(at);
            let name = match site.what {
                Standing::New { template } => format!("the template {}", fleet.templates()[template].name),
                Standing::Existing { cluster } => self.name(cluster).to_owned(),
            };
            let over = facts::over(fleet, shape, unit, &parts);
            let why = match over.first().and_then(|over| Some((over, u64::try_from(over.load).ok()?))) {
                Some((over, load)) => {
                    let resource = &fleet.resources()[over.resource];
                    let [needed, usable] = quantity::pair(resource, load, over.usable);
                    Some(format!("{name} has {usable} of {resource} usable, where {needed} are needed"))
                }
                None => {
                    unit.iter().find_map(|&member| self.on_its_nodes(member, at)).map(|it| format!("{it} in {name}"))
                }
            };
            words.extend(why);
            words.dedup(); // a template in several regions
        }
        words
    }

    /// What the nodes of a site lack for the pods of a workload with nobody else there.
    fn on_its_nodes(&self, member: usize, site: usize) -> Option<String> {
        let (fleet, it, shape) = (self.fleet, &self.fleet.workloads()[member], self.fleet.shape(site));
        let pods = it.fewest_replicas();
        let fit = shape.pods_alone(&it.pod, it.pool);
        if shape.pools.is_empty() || fit >= if shape.packs_nodes() { pods } else { pods.min(1) } {
            return None;
        }
        let who = fleet.identity(member);
        let larger = (0..fleet.resources().len()).filter(|&at| it.pod[at] > 0).find_map(|at| {
            let nodes = shape.pools.iter().filter(|pool| pool.takes(it.pool)).map(|pool| pool.node[at]);
            let most = nodes.collect::<Option<Vec<u64>>>()?.into_iter().max().unwrap_or(0);
            let [needed, offered] = quantity::pair(&fleet.resources()[at], it.pod[at], most);
            let name = &fleet.resources()[at];
            (it.pod[at] > most)
                .then(|| format!("a pod of {who} needs {name} {needed}, and no node has more than {offered}"))
        });
        Some(larger.unwrap_or_else(|| format!("the nodes take {fit} of the {pods} pods of {who}")))
    }

    /// What must be in one cluster, against its room and against one another.
    fn clusters(&mut self, reader: &Reader) {
        for (cluster, workloads) in std::mem::take(&mut self.held) {
            if self.over() {
                return;
            }
            let (fleet, site) = (self.fleet, self.fleet.existing()[cluster].site);
            let shape = fleet.shape(site);
            self.spend(workloads.len() as u64);
            let parts = least(fleet, &workloads);
            let over = facts::over(fleet, shape, &workloads, &parts);
            let too_many = !facts::too_many(fleet, shape, &workloads).is_empty();
            let nodes = bounds_on_nodes(fleet, site, &workloads, &parts).iter().any(|bound| bound.fewest.is_none());
            if !over.is_empty() || too_many || nodes || !shape.carries {
                let what = over.first().map_or("", |over| &fleet.resources()[over.resource]);
                let of = if what.is_empty() { String::new() } else { format!(" of {what}") };
                let count = workloads.len();
                let message = format!(
                    "{count} workload{} must be in {}, and together they take more{of} than it has room for",
                    if count == 1 { "" } else { "s" },
                    self.name(cluster)
                );
                self.add("held-beyond-room", Some(cluster), None, message);
            }
            let kinds = reader.kinds(&workloads).len() as u64;
            self.spend(kinds * kinds);
            if self.over() {
                return;
            }
            let mut first: Option<(usize, usize, String)> = None;
            facts::neighbours(reader, &workloads, &mut |kind, other, reasons| {
                if let (Some(&rule), None) = (reasons.standing.first(), &first) {
                    let other = other.map_or(kind[kind.len().min(2) - 1], |other| other[0]);
                    first = Some((kind[0], other, reader.name(rule)));
                }
            });
            if let Some((a, b, rule)) = first {
                let (x, y) = (fleet.identity(a), fleet.identity(b));
                let message = format!("{x} and {y} must be in {}, and {rule} keeps them apart", self.name(cluster));
                self.add("held-against-reason", Some(cluster), Some(a), message);
            }
        }
    }

    /// Kept clusters of a template and in a region, against how many there may be.
    fn kept(&mut self) {
        let kept = || self.fleet.existing().iter().filter(|it| it.keep).map(|it| it.site);
        for (region, kept, most) in facts::too_crowded(self.fleet, kept()) {
            let name = &self.fleet.regions()[region].name;
            let are = if kept == 1 { "cluster in the region" } else { "clusters in the region" };
            let verb = if kept == 1 { "is" } else { "are" };
            let message = format!("{kept} {are} {name} {verb} kept; at most {most} are allowed");
            let of = name.clone();
            self.found.push(Contradiction { code: "kept-too-many", cluster: None, workload: None, of, message });
        }
        for (template, kept, most) in facts::too_often(self.fleet, kept()) {
            let name = &self.fleet.templates()[template].name;
            let are = if kept == 1 { "cluster of the template" } else { "clusters of the template" };
            let verb = if kept == 1 { "is" } else { "are" };
            let message = format!("{kept} {are} {name} {verb} kept; at most {most} are allowed");
            let of = name.clone();
            self.found.push(Contradiction { code: "kept-too-often", cluster: None, workload: None, of, message });
        }
    }
}

/// Of each split the one replica that must be where it must be.
fn least(fleet: &Fleet, workloads: &[usize]) -> Parts {
    let splits = workloads.iter().filter(|&&workload| fleet.workloads()[workload].is_split());
    Parts::new(splits.map(|&workload| (workload, fleet.workloads()[workload].fewest_replicas())).collect())
}

/// The most replicas of a split that a cluster there has room for, with nobody else in it, by what is quickly known.
fn room_for(fleet: &Fleet, site: usize, split: usize, as_of: Date) -> u64 {
    let (it, shape) = (&fleet.workloads()[split], fleet.shape(site));
    if !alone(fleet, site, &[split], as_of) {
        return 0;
    }
    let takes = (0..fleet.resources().len()).filter(|&at| it.pod[at] > 0);
    let room = takes.filter_map(|at| {
        let once = if it.pool.is_none() { facts::once(fleet, &[split], at) } else { 0 };
        let once = u64::try_from(once).unwrap_or(u64::MAX);
        Some(shape.usable_by(it.pool, at)?.saturating_sub(once) / it.pod[at])
    });
    let nodes = (shape.packs_nodes() && !shape.pools.is_empty()).then(|| shape.pods_alone(&it.pod, it.pool));
    room.chain(nodes).min().unwrap_or(u64::MAX)
}

/// Whether a workload may not be at a site, whatever room there is.
fn kept_out(fleet: &Fleet, site: usize, workload: usize, as_of: Date) -> bool {
    facts::closed(fleet, workload, site).is_some()
        || facts::outside(fleet, workload, site, as_of).is_some()
        || !facts::barred(fleet, workload, site).is_empty()
}

/// Whether a unit may be at a site with nobody else there, by what is quickly known: no search on nodes.
fn alone(fleet: &Fleet, site: usize, unit: &[usize], as_of: Date) -> bool {
    let shape = fleet.shape(site);
    if unit.iter().any(|&member| kept_out(fleet, site, member, as_of)) {
        return false;
    }
    // each workload has been held against every template
    let template = matches!(fleet.sites()[site].what, Standing::New { .. });
    if template && !unit.iter().all(|&member| fleet.workloads()[member].sites.contains(&site)) {
        return false;
    }
    let fits = |&member: &usize| {
        let it = &fleet.workloads()[member];
        let pods = it.fewest_replicas();
        let needed = if shape.packs_nodes() { pods } else { pods.min(1) };
        shape.pools.is_empty() || shape.pods_alone(&it.pod, it.pool) >= needed
    };
    template && unit.len() == 1
        || shape.carries
            && unit.iter().all(fits)
            && facts::over(fleet, shape, unit, &least(fleet, unit)).is_empty()
            && facts::too_many(fleet, shape, unit).is_empty()
}
