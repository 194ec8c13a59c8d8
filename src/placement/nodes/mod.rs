//! Pods onto nodes: whether the pods of one cluster find room, and on how few nodes, in whole numbers alone.
//!
//! Equal pods are one kind with a count, equal nodes one entry with a count, so that a cluster of 20,000 nodes costs what
//! its different pods cost. First several greedy fillings (decreasing sizes, after Johnson 1974 and, for several
//! resources, Panigrahy et al. 2011), node by node and then all nodes at once; then, unless there are thousands of pods, the
//! engine that fills clusters too, with its bounds. What is not found within the work is "not found", which is not "there is
//! none"; a bound whose certificate was checked tells the two apart.
#![deny(clippy::float_arithmetic)]

mod even;
mod exact;
mod filling;
#[cfg(test)]
mod tests;

use crate::budget::Budget;

pub(in crate::placement) use filling::{Filling, Opening};

/// An amount without a limit.
pub const UNLIMITED: u64 = u64::MAX;

/// Nodes of one shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// What one node offers of each resource; [`UNLIMITED`] where it has no limit.
    pub node: Vec<u64>,
    /// Nodes that are counted even if they stay empty.
    pub min: u64,
    /// Nodes at most.
    pub max: u64,
}

/// Equal pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// What one pod takes of each resource.
    pub pod: Vec<u64>,
    /// How many there are.
    pub count: u64,
}

/// Equal nodes that are in use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// Index of their shape.
    pub shape: usize,
    /// On each of them, so many pods of each kind (by index, ascending, at least 1).
    pub pods: Vec<(usize, u64)>,
    /// How many such nodes.
    pub count: u64,
}

/// These nodes, ascending, equal ones counted together, whatever the order of the pods on each.
pub(super) fn grouped(mut nodes: Vec<Node>) -> Vec<Node> {
    nodes.iter_mut().for_each(|node| node.pods.sort_unstable());
    nodes.sort_unstable();
    nodes.dedup_by(|next, kept| {
        let same = next.shape == kept.shape && next.pods == kept.pods;
        if same {
            kept.count += next.count;
        }
        same
    });
    nodes
}

/// Whether a placement was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packed {
    /// One, with the fewest nodes that were found.
    Found(Vec<Node>),
    /// There is none.
    Impossible,
    /// None was found within the work.
    NotFound,
}

/// How many pods of that size fit an amount of each resource.
fn fit(room: &[u64], pod: &[u64]) -> u64 {
    let each = room.iter().zip(pod).filter(|&(&room, &pod)| pod > 0 && room != UNLIMITED);
    each.map(|(room, pod)| room / pod).min().unwrap_or(UNLIMITED)
}

/// Nodes that are counted: those in use, and at least the minimum of each shape.
#[must_use]
pub fn counted(shapes: &[Shape], nodes: &[Node]) -> u64 {
    let used = |shape: usize| nodes.iter().filter(|node| node.shape == shape).map(|node| node.count).sum::<u64>();
    shapes.iter().enumerate().map(|(index, shape)| used(index).max(shape.min)).sum()
}

/// Places the pods on at most `further` nodes beyond the minimums of the shapes, on as few nodes as the work allows.
/// Spends on `budget` about kinds times different nodes for each of a dozen fillings, then what the engine does.
#[must_use]
pub fn pack(shapes: &[Shape], kinds: &[Kind], further: u64, budget: &Budget) -> Packed {
    let Some(least) = fewest(shapes, kinds) else { return Packed::Impossible };
    let mins: u64 = shapes.iter().map(|shape| shape.min).sum();
    let most = mins.saturating_add(further);
    // those in use may be fewer than those counted
    let least = least.max(mins);
    if least > most {
        return Packed::Impossible;
    }
    let mut best: Option<(u64, Vec<Node>)> = None;
    let orders = orders(shapes, kinds);
    for order in &orders {
        for opening in [Opening::Most, Opening::Tightest, Opening::First] {
            let found = greedy(shapes, kinds, order, opening, most, budget);
            let found = found.map(|nodes| (counted(shapes, &nodes), nodes));
            if let Some(found) = found.filter(|found| best.as_ref().is_none_or(|best| found.0 < best.0)) {
                best = Some(found);
            }
            if best.as_ref().is_some_and(|best| best.0 <= least) || budget.stopped().is_some() {
                return best.map_or(Packed::NotFound, |best| Packed::Found(best.1));
            }
        }
    }
    let most = best.as_ref().map_or(most, |best| best.0 - 1);
    if let Some(nodes) = evenly(shapes, kinds, &orders, (least, most), budget) {
        return Packed::Found(nodes);
    }
    match (exact::exact(shapes, kinds, most, budget), best) {
        (Packed::Found(nodes), _) => Packed::Found(nodes),
        (_, Some((_, nodes))) => Packed::Found(nodes),
        (other, None) => other,
    }
}

/// The least loaded of as few nodes as need be, or of as many as there may be.
fn evenly(
    shapes: &[Shape],
    kinds: &[Kind],
    orders: &[Vec<usize>],
    (least, most): (u64, u64),
    budget: &Budget,
) -> Option<Vec<Node>> {
    let all = shapes.iter().fold(0u64, |sum, shape| sum.saturating_add(shape.max)).min(most);
    let numbers = if least < all { vec![least, all] } else { vec![least] };
    let tries = numbers.into_iter().flat_map(|number| orders.iter().map(move |order| (number, order)));
    tries.into_iter().find_map(|(number, order)| even::even(shapes, kinds, order, number, budget))
}

/// A lower bound on the nodes in use, by each resource and each kind of pod alone, and by the pods of at least some size in
/// a resource: of those that take more than a third of a node it holds two. `None`: all nodes are too few.
/// Complexity: sorts the kinds by each resource; kinds times shapes.
#[must_use]
pub fn fewest(shapes: &[Shape], kinds: &[Kind]) -> Option<u64> {
    let mut least = 0u64;
    let resources = shapes.first().map_or(0, |shape| shape.node.len());
    for resource in 0..resources {
        let load: u128 = kinds.iter().map(|kind| u128::from(kind.pod[resource]) * u128::from(kind.count)).sum();
        least = least.max(enough(shapes, |shape| shape.node[resource], load)?);
        let mut sizes: Vec<(u64, u64)> = kinds.iter().map(|kind| (kind.pod[resource], kind.count)).collect();
        sizes.retain(|&(size, count)| size > 0 && count > 0);
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        let mut offers: Vec<(u64, u64)> = shapes.iter().map(|shape| (shape.node[resource], shape.max)).collect();
        offers.sort_unstable_by(|a, b| b.cmp(a));
        let mut count = 0u128;
        for same in sizes.chunk_by(|a, b| a.0 == b.0) {
            count += same.iter().map(|it| u128::from(it.1)).sum::<u128>();
            // a node that offers more has places for at least as many
            least = least.max(filled(offers.iter().map(|&(offer, max)| (offer / same[0].0, max)), count)?);
        }
    }
    for kind in kinds.iter().filter(|kind| kind.count > 0) {
        least = least.max(enough(shapes, |shape| fit(&shape.node, &kind.pod), kind.count.into())?);
    }
    Some(least)
}

/// The fewest nodes that offer so much, each shape so much a node.
fn enough(shapes: &[Shape], each: impl Fn(&Shape) -> u64, load: u128) -> Option<u64> {
    let mut sorted: Vec<(u64, u64)> = shapes.iter().map(|shape| (each(shape), shape.max)).collect();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    filled(sorted.into_iter(), load)
}

/// How many nodes that takes, given what one of each shape offers and how many there are, the largest first.
fn filled(offers: impl Iterator<Item = (u64, u64)>, load: u128) -> Option<u64> {
    let (mut left, mut nodes) = (load, 0u64);
    for (each, max) in offers {
        if left == 0 {
            break;
        }
        if each == 0 {
            return None;
        }
        let taken = left.div_ceil(each.into()).min(max.into());
        left = left.saturating_sub(taken * u128::from(each));
        nodes += u64::try_from(taken).unwrap_or(max); // at most `max`
    }
    (left == 0).then_some(nodes)
}

/// Several orders of the kinds, those that fewest shapes hold first, then large before small by several measures.
fn orders(shapes: &[Shape], kinds: &[Kind]) -> Vec<Vec<usize>> {
    let resources = shapes.first().map_or(0, |shape| shape.node.len());
    let room = |resource: usize| -> u128 {
        let finite = shapes.iter().filter(|shape| shape.node[resource] != UNLIMITED);
        finite.map(|shape| u128::from(shape.node[resource]) * u128::from(shape.max)).sum::<u128>().max(1)
    };
    let load = |resource: usize| -> u128 {
        kinds.iter().map(|kind| u128::from(kind.pod[resource]) * u128::from(kind.count)).sum()
    };
    // the share of a node, in millionths, of the largest that there is
    let share = |kind: usize, resource: usize| -> u128 {
        let finite = shapes.iter().map(|shape| shape.node[resource]).filter(|&node| node != UNLIMITED);
        finite.max().map_or(0, |node| u128::from(kinds[kind].pod[resource]) * 1_000_000 / u128::from(node).max(1))
    };
    // how scarce a resource is in all, in thousandths
    let scarce: Vec<u128> =
        (0..resources).map(|resource| load(resource).saturating_mul(1_000) / room(resource)).collect();
    let holders: Vec<usize> =
        kinds.iter().map(|kind| shapes.iter().filter(|shape| fit(&shape.node, &kind.pod) > 0).count()).collect();
    let largest = |kind: usize| (0..resources).map(|resource| share(kind, resource)).max().unwrap_or(0);
    let weighed = |kind: usize| (0..resources).map(|resource| share(kind, resource) * scarce[resource]).sum::<u128>();
    let by = |measure: &dyn Fn(usize) -> u128| {
        let mut keyed: Vec<_> =
            (0..kinds.len()).map(|kind| (holders[kind], std::cmp::Reverse(measure(kind)), kind)).collect();
        keyed.sort_unstable();
        keyed.into_iter().map(|(_, _, kind)| kind).collect::<Vec<usize>>()
    };
    let mut orders = vec![by(&weighed), by(&largest)];
    let mut wanted: Vec<usize> = (0..resources).filter(|&resource| scarce[resource] > 0).collect();
    wanted.sort_by_key(|&resource| std::cmp::Reverse(scarce[resource]));
    orders.extend(wanted.into_iter().take(2).map(|resource| by(&|kind| share(kind, resource))));
    let mut different: Vec<Vec<usize>> = Vec::new();
    for order in orders {
        if !different.contains(&order) {
            different.push(order);
        }
    }
    different
}

/// One filling in that order; `None` where pods are left over.
fn greedy(
    shapes: &[Shape],
    kinds: &[Kind],
    order: &[usize],
    opening: Opening,
    most: u64,
    budget: &Budget,
) -> Option<Vec<Node>> {
    let mut filling = Filling::new(shapes, most);
    for &kind in order {
        if filling.add(kind, &kinds[kind].pod, kinds[kind].count, opening, budget) > 0 {
            return None;
        }
    }
    Some(filling.nodes())
}
