//! Bounds on the whole problem where bin types have maximum counts or costs: each is a claim of its own.
//!
//! A limited type `t` buys its bins at a price raised by `V_t`; the checker takes `U_t V_t` off again
//! (see [`Claim`]). Along one resource, with one type as the margin, that is the fractional knapsack that fills the
//! best bins first.

use super::clique;
use crate::budget::Budget;
use crate::certify::{Claim, Component, Level, Node, Prices};
use crate::problem::Problem;
use crate::problem::reduce::{Rules, reduce};

/// Bin types that hold any item at all.
fn useful(problem: &Problem) -> Vec<bool> {
    let items = problem.items().len();
    (0..problem.bins().len()).map(|bin| (0..items).any(|item| problem.fits_alone(item, bin))).collect()
}

/// A price on every bin, where an earlier level says that there are exactly so many.
#[derive(Clone, Copy, Default)]
pub(super) struct Offset {
    pub price: i128,
    pub clusters: u64,
}

/// A claim with one component that holds every item type.
pub(super) fn claim(
    problem: &Problem,
    level: Level,
    scale: u64,
    shared: Vec<u64>,
    offset: Offset,
    bound: u64,
    node: Node,
) -> Claim {
    let mut claim = Claim {
        level,
        scale,
        shared,
        prices: Prices { clusters: offset.price, ..Prices::default() },
        components: vec![Component { items: (0..problem.items().len()).collect(), bound, nodes: vec![node] }],
        ..Claim::default()
    };
    if level != Level::Infeasible {
        claim.bound = proven(problem, &claim, offset.clusters).unwrap_or(0);
    }
    claim
}

/// What a bin of this type adds to the value of a level.
#[must_use]
pub fn cost_of(problem: &Problem, level: Level, bin: usize) -> u64 {
    match level {
        Level::Clusters => 1,
        Level::Cost => problem.bins()[bin].cost,
        Level::Moves | Level::Infeasible => 0,
    }
}

/// What a claim's components and the kept bins prove of the level's value, less what limits are worth, over the scale: see [`Claim`].
/// An earlier level holds the number of bins at `clusters`, and they are no fewer. `None` where the sums leave `i128`.
#[must_use]
pub fn proven(problem: &Problem, claim: &Claim, clusters: u64) -> Option<u64> {
    let mut sum: i128 = claim.components.iter().map(|component| i128::from(component.bound)).sum();
    for (bin, &shared) in problem.bins().iter().zip(&claim.shared) {
        sum = sum.checked_sub(i128::from(bin.max_count.unwrap_or(0)).checked_mul(i128::from(shared))?)?;
    }
    for (limit, &price) in problem.terms().limits.iter().zip(&claim.limits) {
        sum = sum.checked_sub(i128::from(limit.most).checked_mul(i128::from(price))?)?;
    }
    for (_, price, count) in claim.in_every_plan(problem) {
        sum = sum.checked_add(i128::from(count).checked_mul(i128::from(price))?)?;
    }
    sum = sum.checked_sub(claim.prices.clusters.checked_mul(i128::from(clusters))?)?;
    let scale = i128::from(claim.scale.max(1));
    Some(u64::try_from(sum.max(0) / scale + i128::from(sum.max(0) % scale > 0)).unwrap_or(u64::MAX))
}

/// Total size along resource `q` of the items that `among` lets through.
fn load(problem: &Problem, q: usize, among: impl Fn(usize) -> bool) -> Option<u64> {
    let total: u128 = (0..problem.items().len())
        .filter(|&item| among(item))
        .map(|item| u128::from(problem.items()[item].size[q]) * u128::from(problem.items()[item].demand))
        .sum();
    u64::try_from(total).ok()
}

/// The fewest bins along one resource when the types with most room run out; `None` where no maximum count helps.
#[must_use]
pub fn fewest(problem: &Problem) -> Option<Claim> {
    least(problem, None, &|_| 1)
}

/// The least cost with exactly `clusters` bins, along one resource.
#[must_use]
pub fn least_cost(problem: &Problem, clusters: u64) -> Option<Claim> {
    least(problem, Some(clusters), &|bin| problem.bins()[bin].cost)
}

/// For every resource, slope `y / D` (cost for capacity) and marginal type: the claim with `D`, `Y_i = y size_i`,
/// `W` so that the margin breaks even, and `V_t` for what a limited type is better than that. The highest one.
///
/// Complexity: resources times bin types to the fourth, and the items once; meant for up to some tens of bin types.
fn least(problem: &Problem, clusters: Option<u64>, cost: &dyn Fn(usize) -> u64) -> Option<Claim> {
    let level = if clusters.is_some() { Level::Cost } else { Level::Clusters };
    let bins: Vec<usize> = useful(problem).iter().enumerate().filter(|(_, useful)| **useful).map(|(t, _)| t).collect();
    let bins = &bins[..bins.len().min(24)];
    if bins.len() < problem.bins().len() {
        return None;
    }
    let mut best: Option<(u64, Claim, (usize, u64))> = None;
    for q in 0..problem.dimensions() {
        let Some(total) = load(problem, q, |_| true) else { continue };
        let cap = |t: usize| problem.bins()[t].capacity[q];
        for (slope, scale) in slopes(bins, &cap, cost, level) {
            for &margin in bins {
                // value of a bin less what it costs, in units of 1 / scale; the margin breaks even
                let worth = |t: usize| i128::from(slope) * i128::from(cap(t));
                let gain = |t: usize, scale: u64| worth(t) - i128::from(scale) * i128::from(cost(t));
                let (scale, offset) = match level {
                    Level::Cost => (scale, gain(margin, scale)),
                    _ => (cap(margin), 0),
                };
                let extra = |t: usize| (gain(t, scale) - offset).max(0);
                let legal = bins.iter().all(|&t| {
                    (extra(t) == 0 || problem.bins()[t].max_count.is_some())
                        && i128::from(scale) * i128::from(cost(t)) + extra(t) + offset >= 0
                });
                let shared: Option<Vec<u64>> = bins.iter().map(|&t| u64::try_from(extra(t)).ok()).collect();
                let (true, true, Some(shared), Some(bound)) = (legal, scale > 0, shared, total.checked_mul(slope))
                else {
                    continue;
                };
                let prices = Prices { clusters: offset, ..Prices::default() };
                let components = vec![Component { items: Vec::new(), bound, nodes: Vec::new() }];
                // its items and its node are the same for all, and long: they follow for the best alone
                let found = Claim { level, scale, shared, prices, components, ..Claim::default() };
                let Some(value) = proven(problem, &found, clusters.unwrap_or(0)) else { continue };
                if best.as_ref().is_none_or(|&(most, ..)| value > most) {
                    best = Some((value, found, (q, slope)));
                }
            }
        }
    }
    let (_, found, (q, slope)) = best?;
    let mut prices = vec![0; problem.dimensions()];
    prices[q] = slope;
    let weights = problem.items().iter().map(|item| item.size[q] * slope).collect();
    let node = Node::Resources { weights, capacity: 1, prices, divisor: 1 };
    let offset = Offset { price: found.prices.clusters, clusters: clusters.unwrap_or(0) };
    let bound = found.components.first().map_or(0, |component| component.bound);
    Some(claim(problem, level, found.scale, found.shared, offset, bound, node))
}

/// Slopes `(y, D)` to try: flat, and through every two types of different capacity and rising cost.
fn slopes(bins: &[usize], cap: &dyn Fn(usize) -> u64, cost: &dyn Fn(usize) -> u64, level: Level) -> Vec<(u64, u64)> {
    if level == Level::Clusters {
        return vec![(1, 1)];
    }
    let mut all = vec![(0, 1)];
    for &a in bins {
        for &b in bins {
            if cap(b) > cap(a) && cost(b) > cost(a) {
                let (rise, run) = (cost(b) - cost(a), cap(b) - cap(a));
                let divisor = gcd(rise, run);
                all.push((rise / divisor, run / divisor));
            }
        }
        if cap(a) > 0 && cost(a) > 0 {
            let divisor = gcd(cost(a), cap(a));
            all.push((cost(a) / divisor, cap(a) / divisor));
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// Greatest common divisor; at least 1.
#[must_use]
pub fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

/// A proof that no packing exists at all, if one of three simple ones does: an item that fits nowhere; items that
/// only limited bin types hold, too large together along one resource; or a clique of them with too many members.
#[must_use]
pub fn infeasible(problem: &Problem, budget: &Budget) -> Option<Claim> {
    let bins = problem.bins();
    let items = problem.items().len();
    let free = vec![0; bins.len()];
    let exists = |bin: usize| bins[bin].max_count != Some(0);
    if let Some(item) =
        (0..items).find(|&item| !(0..bins.len()).any(|bin| exists(bin) && problem.fits_alone(item, bin)))
    {
        return Some(claim(problem, Level::Infeasible, 0, free, Offset::default(), 1, Node::Unplaceable { item }));
    }
    if bins.iter().all(|bin| bin.max_count.is_none()) {
        return None;
    }
    let unlimited: Vec<usize> = (0..bins.len()).filter(|&bin| bins[bin].max_count.is_none()).collect();
    let bound: Vec<bool> = (0..items).map(|item| !unlimited.iter().any(|&bin| problem.fits_alone(item, bin))).collect();
    let refute = |weights: Vec<u64>, shared: Vec<u64>| {
        let value = super::weighed(problem, &weights, 1)?;
        let node = Node::Weights { weights, capacity: 1 };
        let claim = claim(problem, Level::Infeasible, 0, shared, Offset::default(), value, node);
        (proven(problem, &claim, 0)? > 0).then_some(claim)
    };
    let limited = |value: &dyn Fn(usize) -> u64| -> Vec<u64> {
        (0..bins.len()).map(|bin| if bins[bin].max_count.is_some() { value(bin) } else { 0 }).collect()
    };
    for q in 0..problem.dimensions() {
        let size = |item: usize| if bound[item] { problem.items()[item].size[q] } else { 0 };
        let found = refute((0..items).map(size).collect(), limited(&|bin| bins[bin].capacity[q]));
        if found.is_some() {
            return found;
        }
    }
    let part: Vec<usize> = (0..items).filter(|&item| bound[item]).collect();
    let copies = part.iter().map(|&item| problem.items()[item].demand).fold(0, u64::saturating_add);
    let holds = |bin: usize| part.iter().any(|&item| problem.fits_alone(item, bin));
    let most = (0..bins.len()).filter(|&bin| holds(bin)).filter_map(|bin| bins[bin].max_count);
    let most = most.fold(0, u64::saturating_add);
    // where each may have a bin of its own no clique has too many members
    if copies <= most {
        return None;
    }
    let reduced = reduce(problem, &part, Rules { max_counts: true, costs: true, merge: false });
    let ones = vec![1; reduced.bins.len()];
    let Node::Weights { weights: found, capacity } = clique(&reduced.problem, &ones, budget)?.node else { return None };
    let mut weights = vec![0; items];
    reduced.items.iter().zip(found).for_each(|(group, weight)| weights[group[0]] = weight);
    refute(weights, limited(&|bin| if reduced.bins.contains(&bin) { capacity } else { 0 }))
}
