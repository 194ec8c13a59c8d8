//! Is there any packing at all within the maximum counts?
//!
//! Phase one, as in linear programming: every limited bin type gets an unlimited twin that costs 1, everything else costs
//! nothing. A packing without twins is a packing; a bound of 1 says that there is none, and its weights prove it.

use fixedbitset::FixedBitSet;

use super::part::MOST_TYPES;
use crate::bound;
use crate::budget::{Budget, Options};
use crate::certify::{Claim, Component, Level};
use crate::exact::{Goal, close_gap};
use crate::problem::{BinType, ItemType, Pattern, Problem, Solution};

/// What phase one found.
#[derive(Clone, Debug, Default)]
pub(super) struct Feasible {
    /// A packing within the maximum counts.
    pub solution: Option<Solution>,
    /// There is none.
    pub impossible: bool,
    /// What proves that, where one claim can say it.
    pub claim: Option<Claim>,
}

/// Looks for a packing within the maximum counts, from one that ignores them. Only up to some thousand item types.
pub(super) fn feasible(problem: &Problem, relaxed: &Solution, options: &Options, budget: &Budget) -> Feasible {
    let real = problem.bins().len();
    if problem.items().len() as u64 > MOST_TYPES {
        return Feasible::default();
    }
    let Some(extended) = extended(problem) else { return Feasible::default() };
    let twins: Vec<usize> = (0..real).filter(|&bin| problem.bins()[bin].max_count.is_some()).collect();
    let mut start = Solution::default();
    let mut left: Vec<u64> = problem.bins().iter().map(|bin| bin.max_count.unwrap_or(u64::MAX)).collect();
    for pattern in &relaxed.patterns {
        let own = pattern.count.min(left[pattern.bin]);
        left[pattern.bin] -= own;
        let twin = twins.iter().position(|&bin| bin == pattern.bin).map_or(pattern.bin, |at| real + at);
        for (bin, count) in [(pattern.bin, own), (twin, pattern.count - own)] {
            if count > 0 {
                start.patterns.push(Pattern { bin, items: pattern.items.clone(), count });
            }
        }
    }
    if start.check(&extended).is_err() {
        return Feasible::default();
    }
    let prices: Vec<u64> = (0..real + twins.len()).map(|bin| u64::from(bin >= real)).collect();
    let goal = Goal { prices, bins: None };
    let child = budget.child(budget.left() / 4);
    let closed = close_gap(&extended, &goal, &start, &[], 0, options, &child);
    let _ended = budget.spend(child.spent());
    let solution = closed.solution.filter(|found| found.check(problem).is_ok());
    let impossible = solution.is_none() && closed.lower > 0;
    let claim = (impossible && !closed.nodes.is_empty()).then(|| {
        let items: Vec<usize> = (0..problem.items().len()).collect();
        let components = vec![Component { items, bound: closed.charged, nodes: closed.nodes }];
        let shared = closed.shared[..real].to_vec();
        Claim { level: Level::Infeasible, bound: 0, scale: 0, shared, offset: 0, own: Vec::new(), components }
    });
    let claim = claim.filter(|claim| bound::proven(problem, claim).is_some_and(|beyond| beyond > 0));
    Feasible { solution, impossible, claim }
}

/// The problem with an unlimited twin of every limited bin type, after the real ones.
fn extended(problem: &Problem) -> Option<Problem> {
    let limited: Vec<usize> =
        (0..problem.bins().len()).filter(|&bin| problem.bins()[bin].max_count.is_some()).collect();
    let twin = |&bin: &usize| BinType { max_count: None, ..problem.bins()[bin].clone() };
    let bins: Vec<BinType> = problem.bins().iter().cloned().chain(limited.iter().map(twin)).collect();
    let item = |item: &ItemType| {
        let mut eligible = FixedBitSet::with_capacity(bins.len());
        eligible.extend(item.eligible.ones());
        let twins = limited.iter().enumerate().filter(|&(_, &bin)| item.eligible.contains(bin));
        eligible.extend(twins.map(|(at, _)| problem.bins().len() + at));
        ItemType { eligible, ..item.clone() }
    };
    let items = problem.items().iter().map(item).collect();
    Problem::new(problem.dimensions(), items, problem.conflicts().clone(), bins).ok()
}
