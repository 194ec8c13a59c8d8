//! A fleet seen as sizes: the conflicts dropped, equal sizes merged.
//!
//! Thousands of item types become a few dozen, whose linear relaxation column generation solves in milliseconds. Its
//! bound is one for the component (dropping conflicts only allows more), its weights say so for every item of that
//! size, and its packing says which sizes should share a bin; whose they are is found afterwards.

use super::effort::sizes as effort;
use crate::bound;
use crate::budget::{Budget, Options};
use crate::certify::Node;
use crate::exact::{Goal, close_gap};
use crate::heuristic::{construct, proportion, realise};
use crate::problem::reduce::without_conflicts;
use crate::problem::{Problem, Solution};

/// Work for a component whose bins are at least `lower`, about.
pub(super) fn work(problem: &Problem, lower: u64) -> u64 {
    search_work(lower).saturating_add(effort::REALISE.saturating_mul(problem.copies()))
}

/// The part of it that goes into the packing of the sizes.
fn search_work(lower: u64) -> u64 {
    a_bin(effort::PROPORTION, lower) + effort::PLAN + effort::GAP
}

fn a_bin((some, more): (u64, u64), bins: u64) -> u64 {
    more * bins.min(effort::MOST_BINS) + some
}

/// What the relaxation gave.
pub(super) struct BySizes {
    /// No packing has fewer bins.
    pub lower: u64,
    /// Why, over the items of the problem.
    pub node: Node,
    /// A packing of the problem, if one was found.
    pub solution: Option<Solution>,
}

/// Whether a component is for this: large, or of sizes alone.
pub(super) fn suits(problem: &Problem) -> bool {
    problem.items().len() >= 50 * effort::ITEMS_A_SIZE || is_sizes(problem)
}

/// Whether nothing conflicts.
fn is_sizes(problem: &Problem) -> bool {
    let classes = problem.conflicts();
    (0..classes.len()).all(|class| classes.row(class).is_clear())
}

/// Bound and packing of a component by way of its sizes; `None` where the sizes are too many, or time is up.
pub(super) fn by_sizes(problem: &Problem, lower: u64, seed: u64, budget: &Budget) -> Option<BySizes> {
    if budget.look().is_err() {
        return None;
    }
    let relaxed = without_conflicts(problem);
    let different = relaxed.problem.items().len();
    let many_a_bin = problem.copies() >= lower.saturating_mul(effort::MANY_A_BIN);
    let merged = different * effort::ITEMS_A_SIZE <= problem.items().len();
    // where no two have the same size, columns over sizes are columns over items: those come next, and keep their trees
    let alone = many_a_bin && different == problem.items().len();
    if different > effort::MOST || !(merged || alone) {
        return None;
    }
    // the conflicts must have their share of the time
    let (plan, bound) = budget.within_half_time(search_work(lower), |budget| {
        let sizes = SizeProblem { problem: &relaxed.problem, lower, seed, budget };
        sizes.pack(many_a_bin)
    });
    let all: Vec<usize> = (0..problem.items().len()).collect();
    let (lower, node) = match bound {
        Some(Root { lower, weights, capacity }) => {
            (lower, Node::Weights { weights: relaxed.spread(&all, &weights), capacity })
        }
        None => (0, bound::Bound::zero(problem).node),
    };
    let mut plan = plan?;
    plan.patterns.iter_mut().for_each(|pattern| pattern.bin = relaxed.bins[pattern.bin]);
    let solution = realise(problem, &relaxed.items, &plan, seed, budget);
    Some(BySizes { lower, node, solution })
}

/// The problem of the sizes.
struct SizeProblem<'a, 'b> {
    problem: &'a Problem,
    lower: u64,
    seed: u64,
    budget: &'a Budget<'b>,
}

/// What the root of column generation proves.
struct Root {
    lower: u64,
    /// One a size.
    weights: Vec<u64>,
    capacity: u64,
}

impl SizeProblem<'_, '_> {
    /// The best packing, and a bound if one was looked for.
    fn pack(&self, many_a_bin: bool) -> (Option<Solution>, Option<Root>) {
        // exact fits in plenty are found in proportion; where they are rare, column generation finds them
        if many_a_bin {
            let plan = self.in_proportion(None);
            return if self.open(plan.as_ref()) { self.columns(plan) } else { (plan, None) };
        }
        let (plan, root) = self.columns(None);
        // the relaxation may have shown that there is nothing better
        let lower = root.as_ref().map_or(self.lower, |root| root.lower.max(self.lower));
        let tight = SizeProblem { lower, ..*self };
        let plan = if tight.open(plan.as_ref()) { tight.in_proportion(plan) } else { plan };
        (plan, root)
    }

    fn open(&self, plan: Option<&Solution>) -> bool {
        plan.is_none_or(|plan| plan.bins() > self.lower)
    }

    /// The best of some proportional packings.
    fn in_proportion(&self, mut plan: Option<Solution>) -> Option<Solution> {
        self.budget.within(a_bin(effort::PROPORTION, self.lower), |all| {
            for attempt in 0..effort::ATTEMPTS {
                if !self.open(plan.as_ref()) || all.look().is_err() {
                    break;
                }
                let seed = self.seed.wrapping_add(attempt);
                let work = a_bin(effort::ATTEMPT, self.lower);
                let found = all.within(work, |own| proportion(self.problem, self.lower, seed, own));
                if found.is_none() {
                    break;
                }
                plan = better(plan.take(), found);
            }
        });
        plan
    }

    /// Column generation, dives and branching.
    fn columns(&self, plan: Option<Solution>) -> (Option<Solution>, Option<Root>) {
        let first = self.budget.within(effort::PLAN, |own| construct(self.problem, self.lower, self.seed, own));
        let plan = better(plan, first.best);
        let Some(start) = plan.as_ref().filter(|_| self.open(plan.as_ref())) else { return (plan, None) };
        let options = Options { seed: self.seed, ..Options::default() };
        let goal = Goal::count(self.problem);
        let closed = self
            .budget
            .within(effort::GAP, |own| close_gap(self.problem, &goal, start, &first.seen, self.lower, &options, own));
        // under maximum counts the witness may lean on charges
        let plain = closed.scale == 1 && closed.offset == 0 && closed.shared.iter().all(|&shared| shared == 0);
        let root = match &closed.nodes[..] {
            // a tree branches on sizes: only its root speaks of items too
            [Node::Weights { weights, capacity }] if plain => {
                Some(Root { lower: closed.lower, weights: weights.clone(), capacity: *capacity })
            }
            _ => None,
        };
        (better(plan, closed.solution), root)
    }
}

/// The packing with fewer bins.
fn better(plan: Option<Solution>, found: Option<Solution>) -> Option<Solution> {
    let fewer = |found: &Solution| plan.as_ref().is_none_or(|plan| found.bins() < plan.bins());
    found.filter(fewer).or(plan)
}
