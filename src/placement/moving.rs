//! What a placement moves, against what runs today: by arithmetic alone.

use std::collections::BTreeMap;

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

/// What a workload at a site counts as moves.
pub(crate) fn charge(fleet: &Fleet, workload: usize, site: usize) -> u64 {
    match fate(fleet, workload, site) {
        Fate::Move(_) => fleet.whereabouts(workload).map_or(0, |it| it.move_cost),
        Fate::New | Fate::Stay => 0,
    }
}

/// The value of the level of the moves.
pub(crate) fn moves(fleet: &Fleet, placement: &Placement) -> u64 {
    let one = |share: &Share| charge(fleet, share.workload, placement.clusters[share.cluster].site);
    placement.shares.iter().map(one).fold(0, u64::saturating_add)
}

/// Why a unit cannot be in an existing cluster, whoever else is there: the rule, and whose it is.
pub(crate) fn shut_out(fleet: &Fleet, unit: &[usize], cluster: usize, day: Date) -> Option<&'static str> {
    let existing = &fleet.existing()[cluster];
    let places = || unit.iter().filter_map(|&member| fleet.whereabouts(member));
    let elsewhere = |list: &[usize]| !list.is_empty() && !list.contains(&cluster);
    if existing.mode == ClusterMode::Drain {
        Some("drain")
    } else if existing.mode == ClusterMode::Cordon && places().any(|it| !it.runs_in.contains(&cluster)) {
        Some("cordon")
    } else if places().any(|it| elsewhere(&it.pins)) {
        Some("pin")
    } else if places().any(|it| it.stays(day) && elsewhere(&it.runs_in))
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

/// Of each workload that cannot stay in the cluster where it runs, in any plan, why: the rule. `None`: it can, or runs nowhere.
///
/// What they count is a lower bound on the moves of every plan. It forgets room, reasons and the earlier levels. Complexity: linear.
pub(crate) fn forced(fleet: &Fleet, day: Date) -> Vec<Option<&'static str>> {
    let mut why = vec![None; fleet.workloads().len()];
    for unit in fleet.units() {
        for &member in unit {
            let runs_in = fleet.whereabouts(member).map_or(&[][..], |it| &it.runs_in);
            let rules = runs_in.iter().map(|&cluster| shut_out(fleet, unit, cluster, day));
            // one cluster that lets it in is enough
            why[member] = rules.collect::<Option<Vec<_>>>().and_then(|rules| rules.first().copied());
        }
    }
    why
}

/// What the forced moves count.
pub(crate) fn forced_moves(fleet: &Fleet, forced: &[Option<&'static str>]) -> u64 {
    let count = |(workload, why): (usize, &Option<&'static str>)| match why {
        Some(_) => fleet.whereabouts(workload).map_or(0, |it| it.move_cost),
        None => 0,
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
