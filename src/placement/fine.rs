//! Exposure and balance: the values of a placement, and what can be said of every plan by counting alone.

use std::collections::{BTreeMap, BTreeSet};

use super::excess::Excess;
use super::facts::{load, load_of};
use super::parts::Parts;
use super::yard::Holding;
use super::{Cluster, Placement};
use crate::date::Date;
use crate::fleet::{Fleet, Held, LevelObjective, Standing};

/// Shares are counted in these.
const PARTS: u128 = 1_000_000;

/// What the bounds of these levels forget: they count workloads, tenants and sums.
pub(crate) const FORGOT_BY_COUNTING: [&str; 2] = ["reasons", "sums"];

/// Pairs of workloads of different tenants among these. Parts of one split are one workload.
pub(crate) fn exposed(fleet: &Fleet, workloads: &[usize]) -> u64 {
    let mut counts: BTreeMap<usize, u64> = BTreeMap::new();
    let mut count = |it: usize| *counts.entry(fleet.workloads()[it].tenant).or_insert(0) += 1;
    if fleet.parts().is_empty() {
        workloads.iter().for_each(|&it| count(it));
    } else {
        let once: BTreeSet<usize> = workloads.iter().map(|&it| fleet.split_of(it)).collect();
        once.into_iter().for_each(count);
    }
    pairs(counts.values().sum()) - counts.values().map(|&count| pairs(count)).sum::<u64>()
}

fn pairs(count: u64) -> u64 {
    count * count.saturating_sub(1) / 2
}

/// The largest requested / usable of these workloads at a site, in millionths, rounded up; what is unlimited does not count.
pub(crate) fn fullest(fleet: &Fleet, site: usize, workloads: &[usize], parts: &Parts) -> u64 {
    let shape = fleet.shape(site);
    let mut most = 0;
    for pool in groups(fleet) {
        for resource in 0..fleet.resources().len() {
            let Some(usable) = shape.usable_by(pool, resource).filter(|&usable| usable > 0) else { continue };
            most = most.max(share(load_of(fleet, (workloads, parts), pool, resource), usable.into()));
        }
    }
    most
}

fn share(taken: u128, usable: u128) -> u64 {
    u64::try_from((taken * PARTS).div_ceil(usable)).unwrap_or(u64::MAX)
}

/// The workloads that name no pool, then those of each.
fn groups(fleet: &Fleet) -> impl Iterator<Item = Option<usize>> {
    std::iter::once(None).chain((0..fleet.pools().len()).map(Some))
}

/// The value of the level of the exposure.
pub(crate) fn exposure(fleet: &Fleet, placement: &Placement) -> u64 {
    placement.contents().iter().map(|workloads| exposed(fleet, workloads)).sum()
}

/// The value of the level of the balance.
pub(crate) fn balance(fleet: &Fleet, placement: &Placement) -> u64 {
    let one = |((cluster, workloads), parts): ((&Cluster, Vec<usize>), Parts)| {
        fullest(fleet, cluster.site, &workloads, &parts)
    };
    placement.clusters.iter().zip(placement.contents()).zip(placement.parts(fleet)).map(one).max().unwrap_or(0)
}

/// What plans keep that have at most these values of some levels, as far as it makes a problem of integers: of the exposure only
/// where no plan has less.
pub(crate) fn held(fleet: &Fleet, levels: &[LevelObjective], value: impl Fn(LevelObjective) -> Option<u64>) -> Held {
    let mut held = Held::default();
    for &level in levels {
        match level {
            LevelObjective::Exposure => held.apart = value(level) == Some(least_exposure(fleet, None)),
            LevelObjective::Balance => held.share = value(level),
            LevelObjective::Clusters | LevelObjective::Cost | LevelObjective::Moves => {}
        }
    }
    held
}

/// The value of the level of the exposure, or else of the balance, of clusters that are no document yet.
pub(crate) fn fine_value(fleet: &Fleet, level: LevelObjective, holdings: &[Holding]) -> u64 {
    if level == LevelObjective::Exposure {
        return holdings.iter().map(|it| exposed(fleet, &it.workloads)).sum();
    }
    holdings.iter().map(|it| fullest(fleet, it.site, &it.workloads, &it.parts)).max().unwrap_or(0)
}

/// What passes the limits, and the value of each level.
pub(crate) fn level_values(fleet: &Fleet, holdings: &[Holding]) -> (u64, Vec<u64>) {
    let values = Excess::values(fleet, holdings);
    let one = |level: &LevelObjective| match level {
        LevelObjective::Clusters => values[0],
        LevelObjective::Cost => values[1],
        LevelObjective::Moves => values[2],
        LevelObjective::Exposure | LevelObjective::Balance => fine_value(fleet, *level, holdings),
    };
    (Excess::beyond(fleet, values), fleet.levels().iter().map(one).collect())
}

/// The most clusters of the plans that a level speaks of, where a plan has so many: as many, if their number comes before, and
/// no more than the limit, or than there can be at all.
pub(crate) fn most_clusters(fleet: &Fleet, level: LevelObjective, clusters: Option<u64>) -> Option<u64> {
    let before = fleet.levels().iter().take_while(|&&other| other != level);
    let held = clusters.filter(|_| before.clone().any(|&other| other == LevelObjective::Clusters));
    let new = fleet.templates().iter().map(|it| it.max_count);
    let all = new.chain([Some(fleet.existing().len() as u64)]).try_fold(0u64, |sum, most| sum.checked_add(most?));
    held.into_iter().chain(fleet.value_limits().clusters).chain(all).min()
}

/// The least exposure of a plan with at most so many clusters: of workloads that must be together, and of more tenants than
/// there are clusters. A cluster with `n` tenants has `n (n - 1) / 2` pairs at least, and every tenant is in one.
pub(crate) fn least_exposure(fleet: &Fleet, most: Option<u64>) -> u64 {
    let copies = |unit: &[usize]| fleet.workloads()[unit[0]].copies();
    let together: u64 = fleet.units().iter().map(|unit| exposed(fleet, unit).saturating_mul(copies(unit))).sum();
    let placed: Vec<usize> = fleet.units().iter().flatten().copied().collect();
    let Some(most) = most.filter(|&most| most > 0) else { return together };
    if most == 1 {
        return exposed(fleet, &placed);
    }
    let tenants = placed.iter().map(|&it| fleet.workloads()[it].tenant).collect::<BTreeSet<_>>().len() as u64;
    let (each, more) = (tenants / most, tenants % most);
    together.max(more * pairs(each + 1) + (most - more) * pairs(each))
}

/// The least balance of a plan with at most so many clusters: of each unit by itself where it takes the smallest share, and of
/// all that is requested over the room of the roomiest clusters.
pub(crate) fn least_balance(fleet: &Fleet, day: Date, most: Option<u64>) -> u64 {
    let alone = |unit: &Vec<usize>| {
        let sites = fleet.sites_of(unit, day);
        sites.into_iter().map(|site| by_itself(fleet, site, unit)).min().unwrap_or(0)
    };
    let mut least = fleet.units().iter().map(alone).max().unwrap_or(0);
    let Some(most) = most else { return least };
    for pool in groups(fleet) {
        for resource in 0..fleet.resources().len() {
            let ours = fleet.workloads().iter().enumerate().filter(|(_, it)| !it.per_cluster && it.pool == pool);
            let all: u128 = ours.map(|(workload, it)| load(fleet, workload, resource) * u128::from(it.copies())).sum();
            match roomiest(fleet, pool, resource, most) {
                Some(room) if room > 0 => least = least.max(share(all, room)),
                _ => {}
            }
        }
    }
    least
}

/// The largest share that the requests of a unit, or of one replica of a split, are at a site, whatever its tenants take once.
fn by_itself(fleet: &Fleet, site: usize, unit: &[usize]) -> u64 {
    let shape = fleet.shape(site);
    let mut most = 0;
    for pool in groups(fleet) {
        for resource in 0..fleet.resources().len() {
            let Some(usable) = shape.usable_by(pool, resource).filter(|&usable| usable > 0) else { continue };
            let ours = unit.iter().filter(|&&it| fleet.workloads()[it].pool == pool);
            let least = |&it: &usize| fleet.workloads()[it].takes(resource, fleet.workloads()[it].fewest_replicas());
            most = most.max(share(ours.map(least).sum(), usable.into()));
        }
    }
    most
}

/// What is usable of a resource in so many clusters at most, the roomiest; `None` where one is unlimited.
fn roomiest(fleet: &Fleet, pool: Option<usize>, resource: usize, most: u64) -> Option<u128> {
    let mut rooms = Vec::new();
    for site in fleet.sites() {
        let usable = site.shape.usable_by(pool, resource)?;
        rooms.push((usable, if matches!(site.what, Standing::Existing { .. }) { 1 } else { most }));
    }
    rooms.sort_unstable_by_key(|&(usable, _)| std::cmp::Reverse(usable));
    let (mut sum, mut left) = (0u128, most);
    for (usable, count) in rooms {
        let taken = count.min(left);
        sum += u128::from(usable) * u128::from(taken);
        left -= taken;
    }
    Some(sum)
}
