//! From clusters that fit by their sums to clusters that fit on their nodes.
//!
//! The search plans by sums. Here every cluster's pods are placed on its nodes; what finds no room leaves, largest units
//! first to stay, and goes to other clusters, or to new ones. Then the clusters that this cost are emptied again where
//! that can be done. Whatever moves is held against sums, reasons, maximums and nodes each time.

use super::nodes::Packed;
use super::parts::Parts;
use super::pods::Pods;
use super::regroup::{Aims, regroup};
use super::yard::{Holding, Homeless, PLACE, Yard, units_in};
use crate::budget::Budget;
use crate::trust::TrustGraph;

/// Work of placing a cluster once the limits are used up: fillings, and hardly a search.
const HASTE: u64 = 500_000;

/// Clusters that fit on their nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// The clusters.
    pub holdings: Vec<Holding>,
    /// Sets of workloads that fit by their sums and were treated as not fitting, because no placement was found within
    /// the work (and none was proved impossible).
    pub unfit: u64,
}

/// Places clusters (site and workloads) on nodes, moving what finds no room; at most `enough` clusters are as few as
/// anybody can have.
///
/// # Errors
/// A unit that found no place: the maximum counts leave none, or it fits no nodes.
pub fn settle(
    pods: &Pods,
    graph: &TrustGraph,
    start: &[(usize, Vec<usize>)],
    enough: u64,
    budget: &Budget,
) -> Result<Settled, Homeless> {
    let mut yard = Yard::new(pods, graph);
    let mut unfit = 0;
    let mut waiting = Vec::new();
    let start = || start.iter().filter(|(_, workloads)| !workloads.is_empty());
    let units = units_in(&yard.units, start().map(|(site, workloads)| (*site, &workloads[..])));
    for ((site, workloads), units) in start().zip(units) {
        let patience = if budget.look().is_err() { HASTE } else { PLACE };
        match pods.place(*site, workloads, &Budget::of_work(patience)) {
            Packed::Found(nodes) => yard.open(*site, units, pods.resume(*site, workloads, &nodes)),
            other => {
                unfit += u64::from(other == Packed::NotFound);
                waiting.extend(yard.thin_out(*site, units));
            }
        }
    }
    yard.sort(&mut waiting);
    for unit in waiting {
        yard.admit(unit, budget)?;
    }
    while yard.clusters() as u64 > enough && budget.look().is_ok() {
        if !yard.empty_one(budget) {
            break;
        }
    }
    let mut holdings = yard.holdings(budget);
    if pods.fleet().existing().iter().any(|it| it.keep) {
        // the kept ones are there in any case: to group anew is to know nothing of that
        with_kept(pods, &mut holdings);
        return Ok(Settled { holdings, unfit });
    }
    let aims = Aims::of(pods.fleet(), enough);
    let known = |it: &Holding| it.cost(pods.fleet()).unwrap_or(0);
    let start: Vec<(usize, u64)> = holdings.iter().map(|it| (it.site, known(it))).collect();
    let Some(groups) = regroup(&yard, &start, &aims, budget) else { return Ok(Settled { holdings, unfit }) };
    if !yard.replace(&groups) {
        return Ok(Settled { holdings, unfit });
    }
    Ok(Settled { holdings: yard.holdings(budget), unfit })
}

/// Adds the kept clusters where nobody is.
fn with_kept(pods: &Pods, holdings: &mut Vec<Holding>) {
    let missing = |site: &usize| !holdings.iter().any(|it| it.site == *site);
    let kept = pods.fleet().existing().iter().filter(|it| it.keep).map(|it| it.site);
    let sites: Vec<usize> = kept.filter(missing).collect();
    for site in sites {
        let nodes = match pods.place(site, &[], &Budget::of_work(PLACE)) {
            Packed::Found(nodes) => nodes,
            _ => Vec::new(),
        };
        let packs = pods.fleet().shape(site).packs_nodes();
        let (workloads, parts) = (Vec::new(), Parts::default());
        holdings.push(Holding { site, workloads, parts, nodes: packs.then(|| pods.named(&[], &nodes)) });
    }
}
