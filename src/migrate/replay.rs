//! A migration gone through again, step by step: what the planner did is not looked at, only what the document says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

mod splits;

use super::document::{Migration, MigrationStatus, MigrationStep, StepAction};
use crate::budget::Budget;
use crate::date::Date;
use crate::fleet::{ApartBy, Fleet, LimitOf};
use crate::placement::{Packed, Placement, Pods, Reader, crowded_parts, refuses};
use splits::{Counts, Parted};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replayed {
    /// What is not legal, or not so, at most 100.
    pub wrong: Vec<String>,
    /// What could not be decided: states for which no placement on nodes was found.
    pub undecided: Vec<String>,
    /// Whether the batches end in the plan.
    pub arrives: bool,
}

/// At most so many findings.
const MOST: usize = 100;
/// Work of one search on nodes, in elementary steps.
const SEARCH: u64 = 20_000_000;

/// Who stands in each cluster, and in which each workload does. A copy shares what is not changed.
#[derive(Clone, Default)]
struct Stands {
    /// No cluster that is empty.
    here: BTreeMap<Arc<str>, Arc<BTreeSet<usize>>>,
    of: BTreeMap<usize, Arc<BTreeSet<Arc<str>>>>,
}

impl Stands {
    /// Whether it did not stand there.
    fn insert(&mut self, cluster: &str, workload: usize) -> bool {
        let name = self.here.get_key_value(cluster).map_or_else(|| cluster.into(), |(name, _)| Arc::clone(name));
        Arc::make_mut(self.of.entry(workload).or_default()).insert(Arc::clone(&name));
        Arc::make_mut(self.here.entry(name).or_default()).insert(workload)
    }

    fn remove(&mut self, cluster: &str, workload: usize) {
        if let Some(here) = self.here.get_mut(cluster) {
            Arc::make_mut(here).remove(&workload);
            if here.is_empty() {
                self.here.remove(cluster);
            }
        }
        if let Some(of) = self.of.get_mut(&workload) {
            Arc::make_mut(of).remove(cluster);
        }
    }

    fn get(&self, cluster: &str) -> Option<&BTreeSet<usize>> {
        self.here.get(cluster).map(|here| &**here)
    }

    fn holds(&self, cluster: &str, workload: usize) -> bool {
        self.get(cluster).is_some_and(|here| here.contains(&workload))
    }

    /// Names of those that are not empty, in order.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.here.keys().map(|name| &**name)
    }
}

/// What a batch did, and what there was before it.
struct Batch<'a> {
    started: &'a BTreeSet<(usize, String)>,
    stopped: &'a BTreeSet<(usize, String)>,
    /// Stops that are said to be for good.
    given_up: &'a BTreeMap<usize, u64>,
    before: &'a Stands,
}

impl Batch<'_> {
    fn clusters(list: &BTreeSet<(usize, String)>, workload: usize) -> impl Iterator<Item = &str> {
        let of = list.range((workload, String::new())..).take_while(move |(it, _)| *it == workload);
        of.map(|(_, cluster)| cluster.as_str())
    }
}

/// The state of a replay: names and sets, nothing else.
struct Replay<'a> {
    fleet: &'a Fleet,
    migration: &'a Migration,
    /// The clusters of the plan in which each workload is.
    goal: BTreeMap<usize, BTreeSet<&'a str>>,
    /// The unit of each workload.
    unit_of: BTreeMap<usize, usize>,
    /// The clusters of the plan, those that exist, and those of them that are kept.
    planned: BTreeSet<&'a str>,
    existing: BTreeSet<&'a str>,
    kept: BTreeSet<&'a str>,
    /// Site of each cluster that is there, and the region of those that are made.
    sites: BTreeMap<String, usize>,
    regions: BTreeMap<String, String>,
    /// Who stands in each cluster.
    stands: Stands,
    /// How many replicas of splits stand in each, now and in the plan.
    parts: Counts,
    goal_parts: Counts,
    readers: [Reader<'a>; 2],
    pods: &'a Pods<'a>,
    day: Date,
    batch: u64,
    found: Replayed,
}

/// Goes through the steps of a migration from what runs today: everybody who starts may come with all who are there, nobody
/// stops who must run, and the end is the plan. `as_of` is the day; the document says until when waivers must last.
///
/// Complexity: for each start what stands in its cluster; a search of bounded work where pods must fit nodes.
#[must_use]
pub fn replay(fleet: &Fleet, target: &Placement, migration: &Migration, as_of: Date) -> Replayed {
    let until = Date::read(&migration.until).unwrap_or(as_of).max(as_of);
    let pods = Pods::new(fleet);
    let mut stands = Stands::default();
    for workload in 0..fleet.workloads().len() {
        for &cluster in fleet.whereabouts(workload).map_or(&[][..], |it| &it.runs_in) {
            if !fleet.workloads()[workload].is_split() {
                stands.insert(&fleet.existing()[cluster].name, workload); // replicas of splits are counted
            }
        }
    }
    let parts = splits::running(fleet);
    for (workload, cluster) in parts.keys() {
        stands.insert(cluster, *workload);
    }
    let mut goal: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
    for share in target.shares.iter().filter(|share| !fleet.workloads()[share.workload].is_split()) {
        goal.entry(share.workload).or_default().insert(&target.clusters[share.cluster].name);
    }
    let mut replay = Replay {
        fleet,
        migration,
        goal,
        unit_of: fleet
            .units()
            .iter()
            .enumerate()
            .flat_map(|(unit, all)| all.iter().map(move |&it| (it, unit)))
            .collect(),
        planned: target.clusters.iter().map(|it| it.name.as_str()).collect(),
        existing: fleet.existing().iter().map(|it| it.name.as_str()).collect(),
        kept: fleet.existing().iter().filter(|it| it.keep).map(|it| it.name.as_str()).collect(),
        sites: fleet.existing().iter().map(|it| (it.name.clone(), it.site)).collect(),
        regions: BTreeMap::new(),
        stands,
        parts,
        goal_parts: splits::planned(fleet, target),
        readers: [Reader::of_all(fleet, as_of), Reader::of_all(fleet, until)],
        pods: &pods,
        day: as_of,
        batch: 0,
        found: Replayed::default(),
    };
    if migration.fleet_digest != fleet.digest() {
        replay.wrong("it was made for another version of the fleet".to_owned());
    }
    let by_identity: BTreeMap<String, usize> =
        (0..fleet.workloads().len()).map(|workload| (fleet.identity(workload), workload)).collect();
    for (number, batch) in migration.batches.iter().enumerate() {
        replay.batch = number as u64 + 1;
        if batch.number != replay.batch {
            replay.wrong(format!("it has the number {}", batch.number));
        }
        replay.go(&batch.steps, &by_identity);
    }
    replay.end()
}

fn clusters(stands: &Stands, workload: usize) -> impl Iterator<Item = &str> {
    stands.of.get(&workload).into_iter().flat_map(|of| of.iter()).map(|name| &**name)
}

impl Replay<'_> {
    fn wrong(&mut self, what: String) {
        if self.found.wrong.len() < MOST {
            let place = if self.batch == 0 { String::new() } else { format!("batch {}: ", self.batch) };
            self.found.wrong.push(place + &what);
        }
    }

    fn at(&self, workload: usize) -> Vec<String> {
        clusters(&self.stands, workload).map(str::to_owned).collect()
    }

    /// Whether the plan has a workload in a cluster.
    fn is_planned(&self, workload: usize, cluster: &str) -> bool {
        self.goal.get(&workload).is_some_and(|goal| goal.contains(cluster))
    }

    fn go(&mut self, steps: &[MigrationStep], by_identity: &BTreeMap<String, usize>) {
        if steps.windows(2).any(|pair| pair[0].action > pair[1].action) {
            self.wrong("its steps are not in order: create, start, switch, stop, release".to_owned());
        }
        let before = self.stands.clone();
        let mut parted = Parted::new(&self.parts);
        let (mut started, mut stopped) = (BTreeSet::new(), BTreeSet::new());
        let mut given_up: BTreeMap<usize, u64> = BTreeMap::new();
        for step in steps {
            if step.given_up && step.action != StepAction::Stop {
                self.wrong("only who stops can be given up".to_owned());
            }
            let mut workloads = Vec::new();
            for name in &step.workloads {
                match by_identity.get(name).filter(|&&it| !self.fleet.workloads()[it].per_cluster) {
                    Some(&workload) => workloads.push(workload),
                    None => self.wrong(format!("there is no workload `{name}` that could move")),
                }
            }
            if step.replicas.is_some() && !workloads.iter().all(|&it| self.is_split(it)) {
                self.wrong("so many replicas are said of somebody who is no split".to_owned());
            }
            let (splits, workloads): (Vec<usize>, Vec<usize>) =
                workloads.into_iter().partition(|&it| self.is_split(it));
            match step.action {
                StepAction::Create => self.create(step),
                StepAction::Start => {
                    if !self.sites.contains_key(&step.cluster) {
                        self.wrong(format!("there is no cluster `{}`", step.cluster));
                        continue;
                    }
                    started.extend(splits.iter().map(|&split| (split, step.cluster.clone())));
                    for &workload in &workloads {
                        let new = self.stands.insert(&step.cluster, workload);
                        if !started.insert((workload, step.cluster.clone())) || !new {
                            self.wrong(format!("`{}` starts twice", self.fleet.identity(workload)));
                        }
                        let aside = !self.is_planned(workload, &step.cluster);
                        if aside != step.temporary {
                            let who = self.fleet.identity(workload);
                            self.wrong(format!("`{who}` in `{}`: `temporary` is wrong", step.cluster));
                        }
                        if aside {
                            self.visits(workload);
                        }
                    }
                }
                StepAction::Switch => {
                    let to = &step.cluster;
                    if workloads.iter().any(|it| !started.contains(&(*it, to.clone()))) {
                        self.wrong(format!("traffic goes to `{to}`, and not all of it starts there"));
                    }
                }
                StepAction::Stop => {
                    for &workload in &workloads {
                        *given_up.entry(workload).or_insert(0) += u64::from(step.given_up);
                        let here = before.holds(&step.cluster, workload);
                        if !here || !stopped.insert((workload, step.cluster.clone())) {
                            let who = self.fleet.identity(workload);
                            self.wrong(format!("`{who}` stops in `{}`, and does not run there", step.cluster));
                        }
                    }
                }
                StepAction::Release => {
                    let gone = |it: &usize| match self.is_split(*it) {
                        true => self.is_gone(*it, &step.cluster, &parted),
                        false => stopped.contains(&(*it, step.cluster.clone())),
                    };
                    if !self.stands.get(&step.cluster).is_none_or(|here| here.iter().all(gone)) {
                        self.wrong(format!("`{}` is released, and somebody is in it", step.cluster));
                    }
                }
            }
            splits.into_iter().for_each(|split| self.part(split, step, &mut parted));
        }
        self.with_all_starts(&started, &before);
        for (workload, cluster) in &stopped {
            self.stands.remove(cluster, *workload);
        }
        self.parted(&parted);
        self.afterwards(&Batch { started: &started, stopped: &stopped, given_up: &given_up, before: &before });
        for step in steps.iter().filter(|it| it.action == StepAction::Release) {
            if !self.existing.contains(step.cluster.as_str()) {
                self.sites.remove(&step.cluster);
            }
        }
    }

    fn create(&mut self, step: &MigrationStep) {
        let template = |site: &usize| {
            let name = self.fleet.sites()[*site].template().map(|it| &self.fleet.templates()[it].name);
            let regions = &self.fleet.sites()[*site].regions;
            let named = |region: &String| regions.iter().any(|&it| self.fleet.regions()[it].name == *region);
            name.is_some() && name == step.template.as_ref() && step.region.as_ref().map_or(regions.is_empty(), named)
        };
        match (0..self.fleet.sites().len()).find(template) {
            None => self.wrong(format!("`{}` is made of a template, or in a region, that there is not", step.cluster)),
            Some(site) => {
                if let Some(region) = &step.region {
                    self.regions.insert(step.cluster.clone(), region.clone());
                }
                if self.sites.insert(step.cluster.clone(), site).is_some() {
                    self.wrong(format!("`{}` is made, and is there already", step.cluster));
                }
            }
        }
    }

    /// A stay elsewhere: never where somebody who must be beside it keeps state or stays, or it does itself; nor of a split that is
    /// pinned. That nobody stops where it is pinned is looked at afterwards.
    fn visits(&mut self, workload: usize) {
        let held = |&it: &usize| {
            let whereabouts = self.fleet.whereabouts(it);
            let pinned = |pins: &[usize]| self.is_split(it) && !pins.is_empty();
            whereabouts.is_some_and(|it| it.stateful || pinned(&it.pins) || it.stays(self.day))
        };
        let unit = self.unit_of.get(&workload).map_or(&[][..], |&unit| &self.fleet.units()[unit]);
        if held(&workload) || unit.iter().any(held) {
            let who = self.fleet.identity(workload);
            self.wrong(format!("`{who}` stays elsewhere for a time, and may not"));
        }
    }

    /// All starts, no stop: every cluster that gains somebody obeys every rule.
    fn with_all_starts(&mut self, started: &BTreeSet<(usize, String)>, before: &Stands) {
        let mut gains: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (workload, cluster) in started {
            gains.entry(cluster).or_default().push(*workload);
        }
        for (cluster, new) in gains {
            let site = self.sites[cluster];
            let all: Vec<usize> = self.stands.get(cluster).into_iter().flatten().copied().collect();
            for &workload in &new {
                let who = self.fleet.identity(workload);
                if self.is_split(workload) {
                    self.grown(workload, cluster);
                }
                if let Some(rule) = refuses(self.fleet, workload, site, self.day) {
                    self.wrong(format!("`{who}` comes to `{cluster}`, which takes nobody like it ({rule})"));
                }
                let apart = |&&other: &&usize| {
                    other != workload && self.readers.iter().any(|it| !it.standing(workload, other).is_empty())
                };
                if let Some(&other) = all.iter().find(apart) {
                    let other = self.fleet.identity(other);
                    self.wrong(format!("`{who}` and `{other}` may not share `{cluster}`, or not until the day stated"));
                }
            }
            let parts = self.parts_in(cluster);
            if let Some(rule) = crowded_parts(self.fleet, site, &all, &parts) {
                self.wrong(format!("`{cluster}` gains somebody and holds too much ({rule})"));
            }
            // whom the plan has there as well fit its nodes as they do in the plan
            let planned = |&it: &usize| match self.is_split(it) {
                true => self.is_part_planned(it, cluster),
                false => self.is_planned(it, cluster),
            };
            if all.iter().all(planned) {
                continue;
            }
            match self.pods.place_parts(site, &all, &parts, &Budget::of_work(SEARCH)) {
                Packed::Found(_) => {}
                Packed::Impossible => self.wrong(format!("the pods do not fit the nodes of `{cluster}`")),
                Packed::NotFound => {
                    let what = format!("batch {}: no placement on the nodes of `{cluster}` was found", self.batch);
                    self.found.undecided.push(what);
                }
            }
        }
        self.met(started, before);
        let mut over = Vec::new();
        for limit in self.fleet.limits() {
            let under = |name: &str| match (limit.of, self.regions.get(name)) {
                (LimitOf::Region(region), Some(named)) => self.fleet.regions()[region].name == *named,
                _ => self.sites.get(name).is_some_and(|site| limit.sites.binary_search(site).is_ok()),
            };
            let counts = |stands: &Stands| {
                let used = |name: &str| stands.get(name).is_some() || self.kept.contains(name);
                self.sites.keys().filter(|name| under(name) && used(name)).count() as u64
            };
            let (was, is) = (counts(before), counts(&self.stands));
            if is > limit.most && is > was {
                over.push(format!("{is} clusters are in use where at most {} may be", limit.most));
            }
        }
        let lent = |stands: &Stands| stands.names().filter(|name| self.is_lent(name)).count() as u64;
        let (was, is, most) = (lent(before), lent(&self.stands), self.migration.options.extra_clusters);
        if is > most && is > was {
            over.push(format!("{is} clusters that the plan does not have are in use where at most {most} may be lent"));
        }
        over.into_iter().for_each(|what| self.wrong(what));
    }

    /// The regions where a workload stands.
    fn regions_of(&self, stands: &Stands, workload: usize) -> BTreeSet<String> {
        clusters(stands, workload).filter_map(|cluster| self.region(cluster)).map(str::to_owned).collect()
    }

    /// Nobody starts in a region where somebody is with whom it may not share one, unless both were there before.
    fn met(&mut self, started: &BTreeSet<(usize, String)>, before: &Stands) {
        let mut met = Vec::new();
        for rule in self.fleet.policy().kept_apart.iter().filter(|rule| rule.by == ApartBy::Region) {
            for (workload, cluster) in started.iter().filter(|(workload, _)| rule.members.contains(workload)) {
                let Some(region) = self.region(cluster) else { continue };
                let was = |it: usize| self.regions_of(before, it).contains(region);
                let is = |&&it: &&usize| it != *workload && self.regions_of(&self.stands, it).contains(region);
                for &other in rule.members.iter().filter(is).filter(|&&it| !was(*workload) || !was(it)) {
                    let (who, other) = (self.fleet.identity(*workload), self.fleet.identity(other));
                    met.push(format!("`{who}` comes to {region}, where `{other}` is: apart `{}`", rule.id));
                }
            }
        }
        met.into_iter().for_each(|what| self.wrong(what));
    }

    /// A group is in one region, or in several in which some of its workloads were and still are.
    fn wide(&mut self, moved: &BTreeSet<usize>, before: &Stands) {
        let mut wide = Vec::new();
        let groups = self.fleet.policy().together_in_region.iter();
        for group in groups.filter(|group| group.members.iter().any(|it| moved.contains(it))) {
            let (mut now, mut held) = (BTreeSet::new(), BTreeSet::new());
            for &member in &group.members {
                let (was, is) = (self.regions_of(before, member), self.regions_of(&self.stands, member));
                held.extend(was.intersection(&is).cloned());
                now.extend(is);
            }
            if now.len() > 1 && !now.is_subset(&held) {
                let regions: Vec<String> = now.into_iter().collect();
                let id = group.id.as_deref().unwrap_or_default();
                wide.push(format!("together `{id}` must be in one region, and is in {}", regions.join(" and ")));
            }
        }
        wide.into_iter().for_each(|what| self.wrong(what));
    }

    /// Whether a cluster neither exists nor is in the plan.
    fn is_lent(&self, name: &str) -> bool {
        !self.planned.contains(name) && !self.existing.contains(name)
    }

    /// The stops are done: as many as ran still run, and no more than may, who belongs together is together, groups of one region are
    /// in one, and copies are as far apart as they must be.
    fn afterwards(&mut self, batch: &Batch) {
        let moved: BTreeSet<usize> = batch.started.iter().chain(batch.stopped).map(|&(workload, _)| workload).collect();
        for &workload in moved.iter().filter(|&&it| !self.fleet.workloads()[it].is_split()) {
            self.runs_on(workload, batch);
            self.spread(workload, batch.before);
        }
        let units: BTreeSet<usize> = moved.iter().filter_map(|it| self.unit_of.get(it).copied()).collect();
        for unit in units {
            self.beside(&self.fleet.units()[unit], batch);
        }
        self.wide(&moved, batch.before);
    }

    /// Whether a workload keeps state where it runs.
    fn is_stateful(&self, workload: usize) -> bool {
        self.fleet.whereabouts(workload).is_some_and(|it| it.stateful && !it.runs_in.is_empty())
    }

    /// Whether a workload may stop before it starts elsewhere.
    fn may_stop(&self, workload: usize) -> bool {
        let says_so = || self.fleet.whereabouts(workload).is_some_and(|it| it.downtime);
        self.is_stateful(workload) || (self.migration.options.allow_downtime && says_so())
    }

    fn runs_on(&mut self, workload: usize, batch: &Batch) {
        let (who, now) = (self.fleet.identity(workload), self.at(workload));
        let (it, copies) = (self.fleet.whereabouts(workload), self.fleet.workloads()[workload].copies());
        let today = it.map_or(0, |it| it.runs_in.len()) as u64;
        let (was, is) = (clusters(batch.before, workload).count() as u64, now.len() as u64);
        let [starts, stops] = [batch.started, batch.stopped].map(|it| Batch::clusters(it, workload).count() as u64);
        let (stateful, may_stop) = (self.is_stateful(workload), self.may_stop(workload));
        if is > copies.max(was) {
            self.wrong(format!("`{who}` runs in {}", now.join(" and ")));
        }
        // one copy at a time, where it may stop before it starts
        let least = if may_stop { copies.min(today).saturating_sub(1) } else { copies.min(today.max(was)) };
        if is < least {
            self.wrong(match is {
                0 => format!("`{who}` stops, and runs nowhere"),
                _ => format!("`{who}` stops, and runs in {is} clusters, where {least} are the least"),
            });
        }
        if stateful && starts > 0 && was + starts > copies {
            self.wrong(format!("`{who}` keeps state, and starts before it has stopped"));
        }
        let must_be = |name: &str| {
            let here = self.fleet.existing().iter().position(|it| it.name == name);
            let held = |here: usize| {
                it.is_some_and(|it| it.pins.contains(&here) || (it.stays(self.day) && it.runs_in.contains(&here)))
            };
            here.is_some_and(held)
        };
        if Batch::clusters(batch.stopped, workload).any(must_be) {
            self.wrong(format!("`{who}` stops where it is pinned"));
        }
        let over = stops.saturating_sub(starts).min(was.saturating_sub(copies));
        let said = batch.given_up.get(&workload).copied().unwrap_or(0);
        if said != over {
            self.wrong(format!("{said} copies of `{who}` are said to be given up, and {over} are"));
        }
    }

    /// No region has more copies than it may have, or had, and one that must have one still has it.
    fn spread(&mut self, workload: usize, before: &Stands) {
        let it = &self.fleet.workloads()[workload];
        let Some(most) = it.most_in_a_region() else { return };
        let mut regions: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
        for (at, stands) in [before, &self.stands].into_iter().enumerate() {
            for cluster in clusters(stands, workload) {
                if let Some(region) = self.region(cluster) {
                    regions.entry(region).or_default()[at] += 1;
                }
            }
        }
        let now = clusters(&self.stands, workload).count() as u64;
        let pauses = self.may_stop(workload) && now < it.copies();
        let mut wrong = Vec::new();
        for (region, [was, is]) in regions {
            let wanted = it.regions.iter().any(|&at| self.fleet.regions()[at].name == region);
            if is > most.max(was) {
                wrong.push(format!(
                    "{is} copies of `{}` are in {region}, at most {most} may be",
                    self.fleet.identity(workload)
                ));
            }
            if it.is_in_each_region() && wanted && !pauses && was > 0 && is == 0 {
                wrong.push(format!("no copy of `{}` is left in {region}", self.fleet.identity(workload)));
            }
        }
        wrong.into_iter().for_each(|what| self.wrong(what));
    }

    /// The region of a cluster that is there.
    fn region(&self, cluster: &str) -> Option<&str> {
        let of_site = || {
            let region = *self.fleet.sites()[*self.sites.get(cluster)?].regions.first()?;
            Some(self.fleet.regions()[region].name.as_str())
        };
        self.regions.get(cluster).map(String::as_str).or_else(of_site)
    }

    /// Where some of a unit are that changed, all of it is that is not stopped; who is not beside one another before the batch
    /// may leave one by one.
    fn beside(&mut self, unit: &[usize], batch: &Batch) {
        let without = |stands: &Stands, cluster: &str| {
            let there = |it: &usize| stands.holds(cluster, *it);
            let runs = |&it: &usize| clusters(stands, it).count() as u64 >= self.fleet.workloads()[it].copies();
            unit.iter().any(there) && unit.iter().any(|it| !there(it) && runs(it))
        };
        let torn = unit.iter().any(|&it| {
            clusters(batch.before, it).any(|cluster| unit.iter().any(|&other| !batch.before.holds(cluster, other)))
        });
        let of_unit = |list: &BTreeSet<(usize, String)>| -> BTreeSet<String> {
            unit.iter().flat_map(|&it| Batch::clusters(list, it)).map(str::to_owned).collect()
        };
        let (gained, lost) = (of_unit(batch.started), of_unit(batch.stopped));
        let parted = |cluster: &&String| without(&self.stands, cluster) && (!torn || gained.contains(*cluster));
        let parted: Vec<String> = gained.union(&lost).filter(parted).cloned().collect();
        if !parted.is_empty() {
            let who = self.fleet.identity(unit[0]);
            self.wrong(format!("`{who}` and those that must be with it are not all in {}", parted.join(" and ")));
        }
    }

    fn end(mut self) -> Replayed {
        self.batch = 0;
        // copies of the plan that do not run there, and those that run beyond its number
        let missing = |(&workload, goal): (&usize, &BTreeSet<&str>)| {
            let now: BTreeSet<&str> = clusters(&self.stands, workload).collect();
            let left = goal.difference(&now).count() + now.len().saturating_sub(goal.len());
            (left > 0).then_some((workload, left as u64))
        };
        let mut away: Vec<(usize, u64)> = self.goal.iter().filter_map(missing).collect();
        away.extend(self.parts_away());
        let copies: u64 = away.iter().map(|&(_, left)| left).sum();
        self.found.arrives = away.is_empty();
        let says = self.migration.status == MigrationStatus::Complete;
        if says != self.found.arrives {
            let (first, rest) = (away.first().map(|&(it, _)| self.fleet.identity(it)), away.len());
            self.wrong(match first {
                Some(first) => {
                    format!("`{first}` ({rest} in all) is not where the plan has it, and the status is complete")
                }
                None => "everybody is where the plan has it, and the status is not complete".to_owned(),
            });
        }
        if self.migration.summary.left != copies {
            let left = self.migration.summary.left;
            self.wrong(format!("{left} workloads are said to be left, and {copies} are"));
        }
        let lent = self.stands.names().find(|name| self.found.arrives && self.is_lent(name)).map(str::to_owned);
        if let Some(name) = lent {
            self.wrong(format!("somebody is left in `{name}`, which the plan does not have"));
        }
        self.found
    }
}
