//! What a placement moves, against what runs today: by arithmetic alone.

use std::collections::{BTreeMap, BTreeSet};

use super::{Placement, Share, facts};
use crate::date::Date;
use crate::fleet::{ClusterMode, Fleet, Standing};

/// What becomes of a workload that is placed in one cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It runs nowhere yet.
    New,
    /// It is where it runs today.
    Stay,
    /// It leaves this existing cluster.
    Move(usize),
}

/// Of a workload at a site.
pub(crate) fn fate(fleet: &Fleet, workload: usize, site: usize) -> Fate {
    let runs_in = fleet.whereabouts(workload).map_or(&[][..], |it| &it.runs_in);
    match runs_in {
        [] => Fate::New,
        here if here.iter().any(|&cluster| fleet.existing()[cluster].site == site) => Fate::Stay,
        [first, ..] => Fate::Move(*first),
    }
}

/// What a copy of a workload at a site is charged; of a split nothing ([`moves_of_splits`]). Of all copies that is what the moves count, and
/// [`Fleet::charged_as_new`].
pub(crate) fn charge(fleet: &Fleet, workload: usize, site: usize) -> u64 {
    match fate(fleet, workload, site) {
        _ if fleet.workloads()[workload].is_split() => 0,
        Fate::Move(_) => fleet.whereabouts(workload).map_or(0, |it| it.move_cost),
        Fate::New | Fate::Stay => 0,
    }
}

/// The value of the level of the moves: of each workload the copies that are elsewhere, but for those that are more than run
/// today.
pub(crate) fn moves(fleet: &Fleet, placement: &Placement) -> u64 {
    let one = |share: &Share| charge(fleet, share.workload, placement.clusters[share.cluster].site);
    let sum = placement.shares.iter().map(one).fold(0, u64::saturating_add);
    let splits = placement.shares.iter().filter(|share| fleet.workloads()[share.workload].is_split());
    let splits = splits.map(|share| (share.workload, placement.clusters[share.cluster].site, share.replicas));
    sum.saturating_sub(fleet.charged_as_new()).saturating_add(moves_of_splits(fleet, splits))
}

/// What the moves of splits count, given how many replicas of them stand at which site.
pub(super) fn moves_of_splits(fleet: &Fleet, shares: impl Iterator<Item = (usize, usize, u64)>) -> u64 {
    let mut here: BTreeMap<usize, Vec<(usize, u64)>> = BTreeMap::new();
    for (workload, site, replicas) in shares {
        let ours = here.entry(workload).or_default();
        if let Standing::Existing { cluster } = fleet.sites()[site].what {
            ours.push((cluster, replicas));
        }
    }
    let one = |(workload, here): (usize, Vec<(usize, u64)>)| {
        let cost = fleet.whereabouts(workload).map_or(0, |it| it.move_cost);
        cost.saturating_mul(fleet.moved_replicas(workload, here.into_iter()))
    };
    here.into_iter().map(one).fold(0, u64::saturating_add)
}

/// Copies of a workload that are counted as moves where so many of its copies are elsewhere than today.
pub(crate) fn moved(fleet: &Fleet, workload: usize, elsewhere: u64) -> u64 {
    let runs = fleet.whereabouts(workload).map_or(0, |it| it.runs_in.len()) as u64;
    let new = fleet.workloads()[workload].copies().saturating_sub(runs);
    if runs == 0 { 0 } else { elsewhere.saturating_sub(new) }
}

/// Why a unit cannot be in an existing cluster, whoever else is there: the rule, and whose it is.
pub(crate) fn shut_out(fleet: &Fleet, unit: &[usize], cluster: usize, day: Date) -> Option<&'static str> {
    let existing = &fleet.existing()[cluster];
    let places = || unit.iter().filter_map(|&member| fleet.whereabouts(member));
    // who must be in as many other clusters as it has copies
    let copies = fleet.workloads()[unit[0]].most_clusters();
    let elsewhere = |all: BTreeSet<usize>| all.len() as u64 >= copies && !all.contains(&cluster);
    let pins = || places().flat_map(|it| &it.pins).copied();
    let stays = || places().filter(|it| it.stays(day)).flat_map(|it| &it.runs_in).copied();
    if existing.mode == ClusterMode::Drain {
        Some("drain")
    } else if existing.mode == ClusterMode::Cordon && places().any(|it| !it.runs_in.contains(&cluster)) {
        Some("cordon")
    } else if elsewhere(pins().collect()) {
        Some("pin")
    } else if elsewhere(pins().chain(stays()).collect())
        || unit.iter().any(|&member| facts::outside(fleet, member, existing.site, day).is_some())
    {
        Some("stay")
    } else {
        let site = &fleet.sites()[existing.site];
        let barred = unit.iter().find_map(|&member| site.closed(member, &fleet.workloads()[member]));
        let outside = |&member: &usize| !fleet.workloads()[member].sites.contains(&existing.site);
        barred.map(|it| it.id()).or_else(|| unit.iter().any(outside).then_some("room"))
    }
}

/// Copies of a workload, or replicas of a split, that can stay where they run in no plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Forced {
    /// How many of them.
    pub copies: u64,
    /// The clusters where none can be, of those where it runs, and why: the rule.
    pub from: Vec<(usize, &'static str)>,
}

impl Forced {
    /// The first rule.
    pub fn why(&self) -> &'static str {
        self.from.first().map_or("", |&(_, why)| why)
    }
}

/// Of each workload the copies that cannot stay where they run, in any plan. `None`: all can, or it runs nowhere.
///
/// What they count is a lower bound on the moves of every plan. It forgets room, reasons and the earlier levels. Complexity: linear.
pub(crate) fn forced(fleet: &Fleet, day: Date) -> Vec<Option<Forced>> {
    let mut forced = vec![None; fleet.workloads().len()];
    for unit in fleet.units() {
        for &member in unit {
            let runs_in = fleet.whereabouts(member).map_or(&[][..], |it| &it.runs_in);
            let why = |&cluster: &usize| Some((cluster, shut_out(fleet, unit, cluster, day)?));
            let from: Vec<(usize, &'static str)> = runs_in.iter().filter_map(why).collect();
            let it = &fleet.workloads()[member];
            let copies = if it.is_split() {
                // all that is open stays as it is
                let open = runs_in.iter().filter(|cluster| from.iter().all(|(other, _)| other != *cluster));
                let today =
                    |&cluster: &usize| fleet.whereabouts(member).map_or(0, |at| at.replicas_in(cluster, it.replicas));
                fleet.moved_replicas(member, open.map(|cluster| (*cluster, today(cluster))))
            } else {
                let open = (runs_in.len() - from.len()) as u64;
                it.copies().min(runs_in.len() as u64).saturating_sub(open)
            };
            forced[member] = (copies > 0).then_some(Forced { copies, from });
        }
    }
    forced
}

/// What the forced moves count.
pub(crate) fn forced_moves(fleet: &Fleet, forced: &[Option<Forced>]) -> u64 {
    let count = |(workload, forced): (usize, &Option<Forced>)| {
        let cost = fleet.whereabouts(workload).map_or(0, |it| it.move_cost);
        forced.as_ref().map_or(0, |it| cost.saturating_mul(it.copies))
    };
    forced.iter().enumerate().map(count).fold(0, u64::saturating_add)
}

/// Whether the cluster at a site is in every plan.
pub(crate) fn kept(fleet: &Fleet, site: usize) -> bool {
    matches!(fleet.sites()[site].what, Standing::Existing { cluster } if fleet.existing()[cluster].keep)
}

/// What it is worth that a unit stays, by site: the cost of the moves of its members that run there.
pub(super) fn worth(fleet: &Fleet, unit: &[usize]) -> Vec<(usize, u64)> {
    let mut worth: BTreeMap<usize, u64> = BTreeMap::new();
    for it in unit.iter().filter_map(|&workload| fleet.whereabouts(workload)) {
        for &cluster in &it.runs_in {
            let sum = worth.entry(fleet.existing()[cluster].site).or_insert(0);
            *sum = sum.saturating_add(it.move_cost);
        }
    }
    worth.into_iter().filter(|&(_, worth)| worth > 0).collect()
}
