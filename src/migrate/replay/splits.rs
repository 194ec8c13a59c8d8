//! Splits gone through again: how many replicas are where.

use std::collections::BTreeMap;

use super::{Replay, StepAction};
use crate::fleet::{ClusterMode, Fleet, Standing};
use crate::migrate::document::MigrationStep;
use crate::placement::{Parts, Placement};

/// Replicas of splits by workload and cluster; where none is, nothing.
pub(super) type Counts = BTreeMap<(usize, String), u64>;

/// What of splits starts and stops in a batch.
#[derive(Default)]
pub(super) struct Parted {
    before: Counts,
    started: Counts,
    stopped: Counts,
    given_up: BTreeMap<usize, u64>,
}

impl Parted {
    pub fn new(before: &Counts) -> Self {
        Self { before: before.clone(), ..Self::default() }
    }

    fn clusters(counts: &Counts, workload: usize) -> impl Iterator<Item = (&str, u64)> {
        let of = counts.range((workload, String::new())..).take_while(move |((it, _), _)| *it == workload);
        of.map(|((_, name), &count)| (name.as_str(), count))
    }

    fn sum(counts: &Counts, workload: usize) -> u64 {
        Self::clusters(counts, workload).map(|(_, count)| count).fold(0, u64::saturating_add)
    }
}

/// What runs of splits today.
pub(super) fn running(fleet: &Fleet) -> Counts {
    let mut counts = Counts::new();
    for workload in (0..fleet.workloads().len()).filter(|&it| fleet.workloads()[it].is_split()) {
        let Some(at) = fleet.whereabouts(workload) else { continue };
        for &cluster in &at.runs_in {
            let count = at.replicas_in(cluster, fleet.workloads()[workload].replicas);
            if count > 0 {
                counts.insert((workload, fleet.existing()[cluster].name.clone()), count);
            }
        }
    }
    counts
}

/// What a plan has of splits.
pub(super) fn planned(fleet: &Fleet, target: &Placement) -> Counts {
    let shares = target.shares.iter().filter(|share| fleet.workloads()[share.workload].is_split());
    shares.map(|it| ((it.workload, target.clusters[it.cluster].name.clone()), it.replicas)).collect()
}

impl Replay<'_> {
    pub(super) fn is_split(&self, workload: usize) -> bool {
        self.fleet.workloads()[workload].is_split()
    }

    /// The replicas of splits in a cluster.
    pub(super) fn parts_in(&self, cluster: &str) -> Parts {
        let here = self.parts.iter().filter(|((_, name), _)| name == cluster);
        Parts::new(here.map(|(&(workload, _), &count)| (workload, count)).collect())
    }

    /// Whether a cluster has no more of a split than the plan.
    pub(super) fn is_part_planned(&self, workload: usize, cluster: &str) -> bool {
        let key = (workload, cluster.to_owned());
        self.parts.get(&key).copied().unwrap_or(0) <= self.goal_parts.get(&key).copied().unwrap_or(0)
    }

    /// A step of a split: so many of its replicas.
    pub(super) fn part(&mut self, workload: usize, step: &MigrationStep, parted: &mut Parted) {
        let (who, cluster) = (self.fleet.identity(workload), &step.cluster);
        let key = (workload, cluster.clone());
        let Some(count) = step.replicas.filter(|&count| count > 0) else {
            return self.wrong(format!("it is not said how many replicas of `{who}`"));
        };
        match step.action {
            StepAction::Start => {
                *self.parts.entry(key.clone()).or_insert(0) += count;
                self.stands.insert(cluster, workload);
                *parted.started.entry(key.clone()).or_insert(0) += count;
                let aside = !self.goal_parts.contains_key(&key);
                if aside != step.temporary {
                    self.wrong(format!("`{who}` in `{cluster}`: `temporary` is wrong"));
                }
                if aside {
                    self.visits(workload);
                }
            }
            StepAction::Stop => {
                let stopped = parted.stopped.entry(key.clone()).or_insert(0);
                *stopped += count;
                if *stopped > parted.before.get(&key).copied().unwrap_or(0) {
                    self.wrong(format!("more of `{who}` stop in `{cluster}` than run there"));
                }
                if step.given_up {
                    *parted.given_up.entry(workload).or_insert(0) += count;
                }
            }
            StepAction::Switch => {
                if parted.started.get(&key).is_none_or(|&started| started < count) {
                    self.wrong(format!("traffic goes to `{cluster}`, and not all of it starts there"));
                }
            }
            StepAction::Create | StepAction::Release => {}
        }
    }

    /// Whether nothing of a split is left in a cluster when the stops are done.
    pub(super) fn is_gone(&self, workload: usize, cluster: &str, parted: &Parted) -> bool {
        let key = (workload, cluster.to_owned());
        let [here, gone] = [&self.parts, &parted.stopped].map(|counts| counts.get(&key).copied().unwrap_or(0));
        here <= gone
    }

    /// With all starts a cordoned cluster has no more of a split than run there today.
    pub(super) fn grown(&mut self, workload: usize, cluster: &str) {
        let Standing::Existing { cluster: here } = self.fleet.sites()[self.sites[cluster]].what else { return };
        let today = self.fleet.whereabouts(workload).map_or(0, |at| at.replicas_in(here, 0));
        let count = self.parts.get(&(workload, cluster.to_owned())).copied().unwrap_or(0);
        if self.fleet.existing()[here].mode == ClusterMode::Cordon && count > today {
            let who = self.fleet.identity(workload);
            self.wrong(format!("{count} replicas of `{who}` are in `{cluster}`, where {today} run and nobody comes"));
        }
    }

    /// The stops are done: enough of every split runs, in few enough clusters, and some of it where some must be.
    pub(super) fn parted(&mut self, parted: &Parted) {
        for (key, count) in &parted.stopped {
            let left = self.parts.get(key).copied().unwrap_or(0).saturating_sub(*count);
            if left > 0 {
                self.parts.insert(key.clone(), left);
                continue;
            }
            self.parts.remove(key);
            self.stands.remove(&key.1, key.0);
        }
        let moved = parted.started.keys().chain(parted.stopped.keys()).map(|&(workload, _)| workload);
        for workload in moved.collect::<std::collections::BTreeSet<usize>>() {
            self.part_runs_on(workload, parted);
        }
    }

    fn part_runs_on(&mut self, workload: usize, parted: &Parted) {
        let (who, it) = (self.fleet.identity(workload), &self.fleet.workloads()[workload]);
        let today: Vec<u64> = self.fleet.whereabouts(workload).map_or_else(Vec::new, |at| {
            at.runs_in.iter().map(|&cluster| at.replicas_in(cluster, it.replicas)).collect()
        });
        let (most_today, today) = (today.iter().copied().max().unwrap_or(0), today.iter().sum::<u64>());
        let [was, is] = [&parted.before, &self.parts].map(|counts| Parted::sum(counts, workload));
        let [starts, stops] = [&parted.started, &parted.stopped].map(|counts| Parted::sum(counts, workload));
        let [before, now] =
            [&parted.before, &self.parts].map(|counts| Parted::clusters(counts, workload).count() as u64);
        let planned = it.replicas;
        let mut wrong = Vec::new();
        if is > planned.max(was) {
            wrong.push(format!("`{who}` runs with {is} replicas, and the plan has {planned}"));
        }
        // the replicas of one cluster at a time, where it may stop before it starts
        let may_stop = self.may_stop(workload);
        let least = if may_stop { planned.min(today).saturating_sub(most_today) } else { planned.min(today.max(was)) };
        if is < least {
            wrong.push(format!("`{who}` stops, and runs with {is} replicas, where {least} are the least"));
        }
        if self.is_stateful(workload) && starts > 0 && was + starts > planned {
            wrong.push(format!("`{who}` keeps state, and starts before it has stopped"));
        }
        if now > it.most_clusters().max(before) {
            wrong.push(format!("`{who}` is split over {now} clusters, at most {} are allowed", it.most_clusters()));
        }
        if let Some(at) = self.fleet.whereabouts(workload) {
            let stays = if at.stays(self.day) { &at.runs_in[..] } else { &[] };
            for &cluster in at.pins.iter().chain(stays) {
                let key = (workload, self.fleet.existing()[cluster].name.clone());
                if parted.before.contains_key(&key) && !self.parts.contains_key(&key) {
                    wrong.push(format!("`{who}` stops where some of it must be, in `{}`", key.1));
                }
            }
        }
        let over = stops.saturating_sub(starts).min(was.saturating_sub(planned));
        let said = parted.given_up.get(&workload).copied().unwrap_or(0);
        if said != over {
            wrong.push(format!("{said} replicas of `{who}` are said to be given up, and {over} are"));
        }
        wrong.into_iter().for_each(|what| self.wrong(what));
    }

    /// Of each split that is not where the plan has it how many replicas are not.
    pub(super) fn parts_away(&self) -> Vec<(usize, u64)> {
        let splits = (0..self.fleet.workloads().len()).filter(|&it| self.is_split(it));
        let away = |workload: usize| {
            let missing = Parted::clusters(&self.goal_parts, workload).map(|(name, count)| {
                count.saturating_sub(self.parts.get(&(workload, name.to_owned())).copied().unwrap_or(0))
            });
            let [now, goal] = [&self.parts, &self.goal_parts].map(|counts| Parted::sum(counts, workload));
            (workload, missing.sum::<u64>() + now.saturating_sub(goal))
        };
        splits.map(away).filter(|&(_, left)| left > 0).collect()
    }
}
