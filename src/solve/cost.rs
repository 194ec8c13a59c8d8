//! Level two: the least cost with the fewest bins.

use super::{Answer, Bounded, Fewest};
use crate::bound;
use crate::budget::{Budget, Options, Status, Stop};
use crate::certify::Claim;
use crate::exact::bin_types::retype;
use crate::exact::enumerate::{Aim, enumerate, is_small};
use crate::problem::reduce::{Reduced, Rules, reduce};
use crate::problem::{Problem, Solution};

/// What the level of costs found.
pub(super) struct Least {
    solution: Solution,
    lower: u64,
    claim: Option<Claim>,
    /// The number of bins was proved, so that a bound on the cost means something.
    proved: bool,
}

/// Work for one exhaustive search.
const ENUMERATION: u64 = 50_000_000;

/// The least cost among the packings with as many bins as `found`, whose number is proved or not.
pub(super) fn least_cost(
    problem: &Problem,
    fewest: &Fewest,
    found: &Solution,
    _options: &Options,
    budget: &Budget,
) -> Least {
    let bins = found.bins();
    let proved = bins <= fewest.lower;
    let mut best = retype(problem, found).unwrap_or_else(|| found.clone());
    if !proved {
        return Least { solution: best, lower: 0, claim: None, proved };
    }
    let claim = bound::least_cost(problem, bins);
    let mut lower = claim.as_ref().map_or(0, |claim| claim.bound);
    if !fewest.joint {
        let apart = apart(problem, fewest, budget);
        lower = lower.max(apart.1);
        keep(problem, &mut best, apart.0);
    }
    if best.cost(problem) > u128::from(lower) {
        let (solution, least) = whole(problem, lower, &best, budget);
        lower = lower.max(least);
        keep(problem, &mut best, solution);
    }
    Least { solution: best, lower, claim, proved }
}

/// Keeps a packing that is legal, has no more bins and costs less.
fn keep(problem: &Problem, best: &mut Solution, other: Option<Solution>) {
    let Some(other) = other else { return };
    let other = retype(problem, &other).unwrap_or(other);
    let better = other.bins() <= best.bins() && other.cost(problem) < best.cost(problem);
    if better && other.check(problem).is_ok() {
        *best = other;
    }
}

/// Every component for itself, maximum counts forgotten: the packings together, and the sum of the bounds.
fn apart(problem: &Problem, fewest: &Fewest, budget: &Budget) -> (Option<Solution>, u64) {
    let rules = Rules { max_counts: false, costs: true, merge: true };
    let mut patterns = Vec::new();
    let mut sum = 0u64;
    for part in &fewest.parts {
        let reduced = reduce(problem, &part.items, rules);
        let Some(start) = part.solution.as_ref().and_then(|solution| retype(&part.reduced.problem, solution)) else {
            return (None, 0);
        };
        // both reductions kept costs, so they are the same
        let (solution, lower) = search(&reduced, start, budget);
        sum = sum.saturating_add(lower);
        patterns.extend(reduced.restore(problem, &solution).patterns);
    }
    (Some(Solution { patterns }), sum)
}

/// Everything at once, with maximum counts.
fn whole(problem: &Problem, lower: u64, best: &Solution, budget: &Budget) -> (Option<Solution>, u64) {
    if !is_small(problem) {
        return (None, lower);
    }
    let budget = budget.child(ENUMERATION);
    let aim = Aim { bins: best.bins(), cost: Some(lower) };
    let found = enumerate(problem, aim, Some(best), &budget);
    let best = found.better.as_ref().unwrap_or(best);
    let lower = if found.complete { best.cost(problem) as u64 } else { lower };
    (found.better, lower)
}

/// The cheapest packing of one component with as many bins as `start`, and a lower bound on its cost.
fn search(reduced: &Reduced, start: Solution, budget: &Budget) -> (Solution, u64) {
    let problem = &reduced.problem;
    let lower = bound::least_cost(problem, start.bins()).map_or(0, |claim| claim.bound);
    if start.cost(problem) <= u128::from(lower) || !is_small(problem) {
        return (start, lower);
    }
    let child = budget.child(ENUMERATION);
    let aim = Aim { bins: start.bins(), cost: Some(lower) };
    let found = enumerate(problem, aim, Some(&start), &child);
    let _ended = budget.spend(child.spent());
    let best = found.better.unwrap_or(start);
    let lower = if found.complete { best.cost(problem) as u64 } else { lower };
    (best, lower)
}

impl Answer {
    /// The same with the second level.
    pub(super) fn with_cost(mut self, problem: &Problem, least: Least, budget: &Budget) -> Self {
        let value = u64::try_from(least.solution.cost(problem)).ok();
        let certified = least.claim.as_ref().map_or(0, |claim| claim.bound);
        if least.proved {
            self.certificate.claims.extend(least.claim);
            if value.is_none_or(|value| value > least.lower) {
                self.status = Status::Feasible;
                self.stopped = budget.look().err().or(Some(Stop::Work));
            }
        }
        self.levels.push(Bounded { value, bound: least.lower, certified });
        self.solution = Some(least.solution);
        self
    }
}
