//! A migration gone through again, step by step: what the planner did is not looked at, only what the document says.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Migration, MigrationStatus, MigrationStep, StepAction};
use crate::budget::Budget;
use crate::date::Date;
use crate::fleet::{Fleet, LimitOf};
use crate::placement::{Packed, Placement, Pods, Reader, crowded, refuses};

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

/// The state of a replay: names and sets, nothing else.
struct Replay<'a> {
    fleet: &'a Fleet,
    migration: &'a Migration,
    goal: BTreeMap<usize, &'a str>,
    /// The clusters of the plan.
    planned: BTreeSet<&'a str>,
    /// Site of each cluster that is there, and the region of those that are made.
    sites: BTreeMap<String, usize>,
    regions: BTreeMap<String, String>,
    /// Who stands in each cluster.
    stands: BTreeMap<String, BTreeSet<usize>>,
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
    let mut stands: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for workload in 0..fleet.workloads().len() {
        for &cluster in fleet.whereabouts(workload).map_or(&[][..], |it| &it.runs_in) {
            stands.entry(fleet.existing()[cluster].name.clone()).or_default().insert(workload);
        }
    }
    let goal = |share: &crate::placement::Share| (share.workload, target.clusters[share.cluster].name.as_str());
    let mut replay = Replay {
        fleet,
        migration,
        goal: target.shares.iter().map(goal).collect(),
        planned: target.clusters.iter().map(|it| it.name.as_str()).collect(),
        sites: fleet.existing().iter().map(|it| (it.name.clone(), it.site)).collect(),
        regions: BTreeMap::new(),
        stands,
        readers: [Reader::new(fleet, as_of), Reader::new(fleet, until)],
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

impl Replay<'_> {
    fn wrong(&mut self, what: String) {
        if self.found.wrong.len() < MOST {
            let place = if self.batch == 0 { String::new() } else { format!("batch {}: ", self.batch) };
            self.found.wrong.push(place + &what);
        }
    }

    fn at(&self, workload: usize) -> Vec<String> {
        let there = self.stands.iter().filter(|(_, here)| here.contains(&workload));
        there.map(|(name, _)| name.clone()).collect()
    }

    fn go(&mut self, steps: &[MigrationStep], by_identity: &BTreeMap<String, usize>) {
        if steps.windows(2).any(|pair| pair[0].action > pair[1].action) {
            self.wrong("its steps are not in order: create, start, switch, stop, release".to_owned());
        }
        let before = self.stands.clone();
        let ran: BTreeMap<usize, Vec<String>> = {
            let mut ran: BTreeMap<usize, Vec<String>> = BTreeMap::new();
            for (name, here) in &before {
                here.iter().for_each(|&workload| ran.entry(workload).or_default().push(name.clone()));
            }
            ran
        };
        let (mut started, mut stopped) = (BTreeMap::new(), BTreeSet::new());
        for step in steps {
            let mut workloads = Vec::new();
            for name in &step.workloads {
                match by_identity.get(name).filter(|&&it| !self.fleet.workloads()[it].per_cluster) {
                    Some(&workload) => workloads.push(workload),
                    None => self.wrong(format!("there is no workload `{name}` that could move")),
                }
            }
            match step.action {
                StepAction::Create => self.create(step),
                StepAction::Start => {
                    if !self.sites.contains_key(&step.cluster) {
                        self.wrong(format!("there is no cluster `{}`", step.cluster));
                        continue;
                    }
                    for &workload in &workloads {
                        let new = self.stands.entry(step.cluster.clone()).or_default().insert(workload);
                        if !new || started.insert(workload, step.cluster.clone()).is_some() {
                            self.wrong(format!("`{}` starts twice", self.fleet.identity(workload)));
                        }
                        let aside = self.goal.get(&workload).is_none_or(|&goal| goal != step.cluster);
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
                    if workloads.iter().any(|it| started.get(it) != Some(to)) {
                        self.wrong(format!("traffic goes to `{to}`, and not all of it starts there"));
                    }
                }
                StepAction::Stop => {
                    for &workload in &workloads {
                        let here = before.get(&step.cluster).is_some_and(|here| here.contains(&workload));
                        if !here || !stopped.insert((workload, step.cluster.clone())) {
                            let who = self.fleet.identity(workload);
                            self.wrong(format!("`{who}` stops in `{}`, and does not run there", step.cluster));
                        }
                    }
                }
                StepAction::Release => {
                    let gone = |it: &usize| stopped.contains(&(*it, step.cluster.clone()));
                    if !self.stands.get(&step.cluster).is_none_or(|here| here.iter().all(gone)) {
                        self.wrong(format!("`{}` is released, and somebody is in it", step.cluster));
                    }
                }
            }
        }
        self.with_all_starts(&started, &before);
        for (workload, cluster) in &stopped {
            if let Some(here) = self.stands.get_mut(cluster) {
                here.remove(workload);
            }
        }
        self.stands.retain(|_, here| !here.is_empty());
        self.afterwards(&started, &stopped, &ran);
        for step in steps.iter().filter(|it| it.action == StepAction::Release) {
            if !self.fleet.existing().iter().any(|it| it.name == step.cluster) {
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

    /// A stay elsewhere: never of somebody who keeps state, is pinned or stays.
    fn visits(&mut self, workload: usize) {
        let Some(it) = self.fleet.whereabouts(workload) else { return };
        if it.stateful || !it.pins.is_empty() || it.stays(self.day) {
            let who = self.fleet.identity(workload);
            self.wrong(format!("`{who}` stays elsewhere for a time, and may not"));
        }
    }

    /// All starts, no stop: every cluster that gains somebody obeys every rule.
    fn with_all_starts(&mut self, started: &BTreeMap<usize, String>, before: &BTreeMap<String, BTreeSet<usize>>) {
        let mut gains: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (&workload, cluster) in started {
            gains.entry(cluster).or_default().push(workload);
        }
        for (cluster, new) in gains {
            let site = self.sites[cluster];
            let all: Vec<usize> = self.stands[cluster].iter().copied().collect();
            for &workload in &new {
                let who = self.fleet.identity(workload);
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
            if let Some(rule) = crowded(self.fleet, site, &all) {
                self.wrong(format!("`{cluster}` gains somebody and holds too much ({rule})"));
            }
            // whom the plan has there as well fit its nodes as they do in the plan
            if all.iter().all(|it| self.goal.get(it) == Some(&cluster)) {
                continue;
            }
            match self.pods.place(site, &all, &Budget::of_work(SEARCH)) {
                Packed::Found(_) => {}
                Packed::Impossible => self.wrong(format!("the pods do not fit the nodes of `{cluster}`")),
                Packed::NotFound => {
                    let what = format!("batch {}: no placement on the nodes of `{cluster}` was found", self.batch);
                    self.found.undecided.push(what);
                }
            }
        }
        let kept = |name: &str| self.fleet.existing().iter().any(|it| it.keep && it.name == name);
        let mut over = Vec::new();
        for limit in self.fleet.limits() {
            let under = |name: &str| match (limit.of, self.regions.get(name)) {
                (LimitOf::Region(region), Some(named)) => self.fleet.regions()[region].name == *named,
                _ => self.sites.get(name).is_some_and(|site| limit.sites.contains(site)),
            };
            let counts = |stands: &BTreeMap<String, BTreeSet<usize>>| {
                let used = |name: &str| stands.get(name).is_some_and(|here| !here.is_empty());
                self.sites.keys().filter(|name| under(name) && (used(name) || kept(name))).count() as u64
            };
            let (was, is) = (counts(before), counts(&self.stands));
            if is > limit.most && is > was {
                over.push(format!("{is} clusters are in use where at most {} may be", limit.most));
            }
        }
        let lent = |stands: &BTreeMap<String, BTreeSet<usize>>| {
            let used = stands.iter().filter(|(_, here)| !here.is_empty());
            used.filter(|(name, _)| self.is_lent(name)).count() as u64
        };
        let (was, is, most) = (lent(before), lent(&self.stands), self.migration.options.extra_clusters);
        if is > most && is > was {
            over.push(format!("{is} clusters that the plan does not have are in use where at most {most} may be lent"));
        }
        over.into_iter().for_each(|what| self.wrong(what));
    }

    /// Whether a cluster neither exists nor is in the plan.
    fn is_lent(&self, name: &str) -> bool {
        !self.planned.contains(name) && !self.fleet.existing().iter().any(|it| it.name == name)
    }

    /// The stops are done: who ran still runs, who belongs together is together, and nobody runs twice.
    fn afterwards(
        &mut self,
        started: &BTreeMap<usize, String>,
        stopped: &BTreeSet<(usize, String)>,
        ran: &BTreeMap<usize, Vec<String>>,
    ) {
        let moved: BTreeSet<usize> = started.keys().copied().chain(stopped.iter().map(|&(it, _)| it)).collect();
        for &workload in &moved {
            let (who, now) = (self.fleet.identity(workload), self.at(workload));
            let it = self.fleet.whereabouts(workload);
            let stateful = it.is_some_and(|it| it.stateful && !it.runs_in.is_empty());
            let may_stop = stateful || (self.migration.options.allow_downtime && it.is_some_and(|it| it.downtime));
            if now.len() > 1 {
                self.wrong(format!("`{who}` runs in {}", now.join(" and ")));
            }
            if now.is_empty() && !may_stop {
                self.wrong(format!("`{who}` stops, and runs nowhere"));
            }
            if stateful && started.contains_key(&workload) && ran.contains_key(&workload) {
                self.wrong(format!("`{who}` keeps state, and starts before it has stopped"));
            }
            let pinned = |name: &&String| {
                let here = self.fleet.existing().iter().position(|it| it.name == **name);
                here.is_some_and(|here| it.is_some_and(|it| it.pins.contains(&here)))
            };
            if stopped.iter().any(|(it, name)| *it == workload && pinned(&name)) {
                self.wrong(format!("`{who}` stops where it is pinned"));
            }
        }
        for unit in self.fleet.units().iter().filter(|unit| unit.iter().any(|it| moved.contains(it))) {
            let places: BTreeSet<String> = unit.iter().flat_map(|&it| self.at(it)).collect();
            if places.len() > 1 {
                let places: Vec<String> = places.into_iter().collect();
                let who = self.fleet.identity(unit[0]);
                self.wrong(format!("`{who}` and those that must be with it are in {}", places.join(" and ")));
            }
        }
    }

    fn end(mut self) -> Replayed {
        self.batch = 0;
        let there = |&(&workload, &goal): &(&usize, &&str)| self.at(workload) == [goal];
        let away: Vec<usize> = self.goal.iter().filter(|it| !there(it)).map(|(&workload, _)| workload).collect();
        self.found.arrives = away.is_empty();
        let says = self.migration.status == MigrationStatus::Complete;
        if says != self.found.arrives {
            let (first, rest) = (away.first().map(|&it| self.fleet.identity(it)), away.len());
            self.wrong(match first {
                Some(first) => {
                    format!("`{first}` ({rest} in all) is not where the plan has it, and the status is complete")
                }
                None => "everybody is where the plan has it, and the status is not complete".to_owned(),
            });
        }
        if self.migration.summary.left != away.len() as u64 {
            let left = self.migration.summary.left;
            self.wrong(format!("{left} workloads are said to be left, and {} are", away.len()));
        }
        if let Some(name) = self.stands.keys().find(|name| self.found.arrives && self.is_lent(name)) {
            let what = format!("somebody is left in `{name}`, which the plan does not have");
            self.wrong(what);
        }
        self.found
    }
}
