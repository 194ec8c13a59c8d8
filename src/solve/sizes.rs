//! A fleet seen as sizes: the conflicts dropped, equal sizes merged.
//!
//! Thousands of item types become a few dozen, whose linear relaxation column generation solves in milliseconds. Its
//! bound is one for the component (dropping conflicts only allows more), its weights say so for every item of that
//! size, and its packing says which sizes should share a bin; whose they are is found afterwards.

use crate::bound;
use crate::budget::{Budget, Options};
use crate::certify::Node;
use crate::exact::{Goal, close_gap};
use crate::heuristic::{construct, proportion, realise};
use crate::problem::reduce::without_conflicts;
use crate::problem::{Problem, Solution};

/// Most sizes for column generation.
const MOST_SIZES: usize = 400;
/// Fewest item types a size for the relaxation to be worth its while.
const ITEMS_A_SIZE: usize = 4;
/// Proportional packings tried, and the work for each.
const ATTEMPTS: u64 = 4;
const TAIL: u64 = 10_000_000;
/// Work for the first packings of the sizes.
const PLAN: u64 = 20_000_000;
/// Work for column generation, dives and branching on the sizes.
const GAP: u64 = 100_000_000;

/// Work for all of it, about, but for the exchanges.
pub(super) const WORK: u64 = ATTEMPTS * TAIL + PLAN + GAP;

/// What the relaxation gave.
pub(super) struct BySizes {
    /// No packing has fewer bins.
    pub lower: u64,
    /// Why, over the items of the problem.
    pub node: Node,
    /// A packing of the problem, if one was found.
    pub solution: Option<Solution>,
}

/// Whether a component is large enough for this, and no maximum count binds.
pub(super) fn suits(problem: &Problem) -> bool {
    problem.items().len() >= 50 * ITEMS_A_SIZE && problem.bins().iter().all(|bin| bin.max_count.is_none())
}

/// Bound and packing of a component by way of its sizes; `None` where the sizes are too many, or time is up.
pub(super) fn by_sizes(problem: &Problem, lower: u64, seed: u64, budget: &Budget) -> Option<BySizes> {
    if budget.look().is_err() {
        return None;
    }
    let relaxed = without_conflicts(problem);
    let sizes = relaxed.problem.items().len();
    if sizes > MOST_SIZES || sizes * ITEMS_A_SIZE > problem.items().len() {
        return None;
    }
    let mut plan: Option<Solution> = None;
    for attempt in 0..ATTEMPTS {
        if plan.as_ref().is_some_and(|plan| plan.bins() <= lower) {
            break;
        }
        let own = budget.child(TAIL);
        let found = proportion(&relaxed.problem, lower, seed.wrapping_add(attempt), &own);
        let _ended = budget.spend(own.spent());
        let Some(found) = found else { break };
        if plan.as_ref().is_none_or(|plan| found.bins() < plan.bins()) {
            plan = Some(found);
        }
    }
    let mut seen = Vec::new();
    if plan.as_ref().is_none_or(|plan| plan.bins() > lower) {
        let own = budget.child(PLAN);
        let first = construct(&relaxed.problem, lower, seed, &own);
        let _ended = budget.spend(own.spent());
        seen = first.seen;
        let better = |first: &Solution| plan.as_ref().is_none_or(|plan| first.bins() < plan.bins());
        plan = first.best.filter(better).or(plan);
    }
    let mut plan = plan?;
    let all: Vec<usize> = (0..problem.items().len()).collect();
    let (mut bound, mut node) = (0, bound::Bound::zero(problem).node);
    if plan.bins() > lower {
        let options = Options { seed, ..Options::default() };
        let own = budget.child(GAP);
        let goal = Goal::count(&relaxed.problem);
        let closed = close_gap(&relaxed.problem, &goal, &plan, &seen, lower, &options, &own);
        let _ended = budget.spend(own.spent());
        plan = closed.solution.unwrap_or(plan);
        // a tree branches on sizes: only its root speaks of items too
        if let [Node::Weights { weights, capacity }] = &closed.nodes[..] {
            (bound, node) =
                (closed.lower, Node::Weights { weights: relaxed.spread(&all, weights), capacity: *capacity });
        }
    }
    plan.patterns.iter_mut().for_each(|pattern| pattern.bin = relaxed.bins[pattern.bin]);
    let solution = realise(problem, &relaxed.items, &plan, seed, budget);
    Some(BySizes { lower: bound, node, solution })
}
