//! A lower bound on what nodes cost, by arithmetic alone.

use std::collections::BTreeMap;

use crate::budget::Objective;
use crate::fleet::{Fleet, NodePool, Site, Workload};

/// Shares are counted in millionths of what a node, or a cluster, costs.
pub(super) const PARTS: u128 = 1_000_000;

/// What is known of the number of clusters where the cost is minimised: so many at least, and perhaps at most.
///
/// Where that number comes first, `held` is what a plan needs and has; else there may be any number.
#[must_use]
pub fn counted_before_cost(fleet: &Fleet, held: u64) -> (u64, Option<u64>) {
    let at = |level: Objective| fleet.objective().iter().position(|&other| other == level);
    let first = at(Objective::Clusters).is_some_and(|clusters| at(Objective::Cost).is_none_or(|cost| clusters < cost));
    if first { (held, Some(held)) } else { (u64::from(!fleet.units().is_empty()), None) }
}

/// Whether nodes add to what clusters cost.
#[must_use]
pub fn nodes_cost(fleet: &Fleet) -> bool {
    fleet.sites().iter().any(|site| site.shape.packs_nodes() && site.node_cost() > 0)
}

/// The least cost of the clusters that hold the fleet, given that their prices with the least number of nodes are at
/// least `prices`, and how many they are ([`counted_before_cost`]); in thousandths. Prices and nodes apart: what is proved of the
/// ones, and what the others add to any of them.
///
/// A node costs the same however it is filled, so each pod may be charged a share of it: what it takes of a resource
/// there, for one resource or half for each of two (any fixed mixture holds, Gilmore and Gomory 1961), where that is
/// cheapest. A cluster has a node, and nodes within a pool's minimum are in `prices` already: at most the dearest minimum
/// for each cluster. Complexity: workloads times pools times resources squared.
#[must_use]
pub fn least_apart(fleet: &Fleet, prices: u64, (fewest, most): (u64, Option<u64>)) -> u64 {
    let placed: Vec<&Workload> = fleet.workloads().iter().filter(|it| !it.per_cluster).collect();
    let used = |site: &usize| placed.iter().any(|it| it.sites.binary_search(site).is_ok());
    let sites: Vec<&Site> = (0..fleet.sites().len()).filter(used).map(|site| &fleet.sites()[site]).collect();
    let price = |site: &&Site| u128::from(if site.shape.packs_nodes() { site.node_cost() } else { 0 });
    let dearest = sites.iter().map(price).max().unwrap_or(0);
    if dearest == 0 {
        return prices;
    }
    let least = sites.iter().map(price).min().unwrap_or(0);
    let mut shares: BTreeMap<Option<usize>, u128> = BTreeMap::new();
    let resources = fleet.resources().len();
    let mut pools: Vec<Option<usize>> = placed.iter().map(|it| it.pool).collect();
    pools.sort_unstable();
    pools.dedup();
    for pool in pools {
        let ours: Vec<&Workload> = placed.iter().filter(|it| it.pool == pool && it.replicas > 0).copied().collect();
        for first in 0..resources {
            for second in 0..=first {
                let sum = ours.iter().map(|it| charge(fleet, it, first, second)).sum::<u128>();
                let best = shares.entry(pool).or_insert(0);
                *best = sum.max(*best);
            }
        }
    }
    let charged = shares.values().sum::<u128>().div_ceil(PARTS);
    // every cluster that is not kept holds a unit, and every unit with a pod takes a node
    let kept = fleet.existing().iter().any(|it| it.keep);
    let empty = kept || fleet.units().iter().any(|unit| unit.iter().all(|&it| fleet.workloads()[it].replicas == 0));
    let nodes = charged.max(if empty { 0 } else { least * u128::from(fewest) });
    let nodes = if least == dearest { nodes.div_ceil(dearest) * dearest } else { nodes };
    let minimum = |site: &&Site| price(site) * site.shape.pools.iter().map(|pool| u128::from(pool.min)).sum::<u128>();
    // of any number of clusters the minimum of a pool may pay for all nodes
    let paid = match (sites.iter().map(minimum).max().unwrap_or(0), most) {
        (0, _) => 0,
        (minimum, Some(clusters)) => minimum * u128::from(clusters),
        (_, None) => nodes,
    };
    let further = u64::try_from(nodes.saturating_sub(paid)).unwrap_or(u64::MAX);
    prices.saturating_add(further)
}

/// What the pods of a workload are charged where that is cheapest, rounded down, in [`PARTS`].
fn charge(fleet: &Fleet, workload: &Workload, first: usize, second: usize) -> u128 {
    let sites = workload.sites.iter().map(|&site| &fleet.sites()[site]);
    let one = |site: &Site| {
        let shape = &site.shape;
        if !shape.packs_nodes() {
            return 0;
        }
        let open = shape.pools.iter().filter(|pool| pool.takes(workload.pool) && pool.fit(&workload.pod) > 0);
        let shares = open.map(|pool| share(pool, workload, first) + share(pool, workload, second));
        shares.min().unwrap_or(0) * u128::from(site.node_cost()) / 2
    };
    sites.map(one).min().unwrap_or(0) * u128::from(workload.replicas_of_copy()) * u128::from(workload.copies())
}

/// The share of a node that one pod takes of a resource, rounded down.
pub(super) fn share(pool: &NodePool, workload: &Workload, resource: usize) -> u128 {
    let pod = u128::from(workload.pod[resource]) * PARTS;
    pool.node[resource].and_then(|node| pod.checked_div(node.into())).unwrap_or(0)
}
