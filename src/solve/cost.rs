//! Level two: the least cost with the fewest bins.

use rayon::prelude::*;

use super::part::{MOST_TYPES, Part, map_shared};
use super::{Answer, Bounded, Fewest};
use crate::bound;
use crate::budget::{Budget, Options, Status, Stop};
use crate::certify::{Claim, Component, Level};
use crate::exact::bin_types::{kinds, retype};
use crate::exact::enumerate::{Aim, enumerate, is_small};
use crate::exact::{Closed, Goal, close_gap};
use crate::problem::reduce::{Reduced, Rules, reduce};
use crate::problem::{BinType, Pattern, Problem, Solution};

/// What the level of costs found.
pub(super) struct Least {
    solution: Solution,
    lower: u64,
    claim: Option<Claim>,
    /// The number of bins was proved, so that a bound on the cost means something.
    proved: bool,
}

/// Work for one exhaustive search.
const ENUMERATION: u64 = 20_000_000;

/// The least cost among the packings with as many bins as `found`, where their number is proved to be the fewest.
///
/// First every component for itself with its own fewest bins, maximum counts forgotten; if the packings together keep
/// the maximum counts, that is the optimum. Else everything at once.
pub(super) fn least_cost(
    problem: &Problem,
    fewest: &Fewest,
    found: &Solution,
    options: &Options,
    budget: &Budget,
) -> Least {
    let bins = found.bins();
    let mut best = retype(problem, found).unwrap_or_else(|| found.clone());
    if bins > fewest.lower {
        return Least { solution: best, lower: 0, claim: None, proved: false };
    }
    let mut claim = bound::least_cost(problem, bins);
    let mut lower = claim.as_ref().map_or(0, |claim| claim.bound);
    let mut raise = |level: &mut u64, other: Option<Claim>, bound: u64| {
        *level = bound.max(*level);
        if other.as_ref().is_some_and(|other| claim.as_ref().is_none_or(|claim| other.bound > claim.bound)) {
            claim = other;
        }
    };
    if !fewest.joint && best.cost(problem) > u128::from(lower) {
        let (solution, bound, claim) = apart(problem, fewest, options, budget);
        raise(&mut lower, claim, bound);
        keep(problem, &mut best, solution);
    }
    let limited = problem.bins().iter().any(|bin| bin.max_count.is_some());
    if (limited || fewest.joint) && best.cost(problem) > u128::from(lower) {
        let (solution, bound, claim) = whole(problem, &best, options, budget);
        raise(&mut lower, claim, bound);
        keep(problem, &mut best, Some(solution));
    }
    Least { solution: best, lower, claim, proved: true }
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

/// Every component for itself, maximum counts forgotten: the packings together, and the sum of the bounds. The claim only
/// where one component is all there is: bounds at different offsets do not add up to one claim.
fn apart(
    problem: &Problem,
    fewest: &Fewest,
    options: &Options,
    budget: &Budget,
) -> (Option<Solution>, u64, Option<Claim>) {
    let rules = Rules { max_counts: false, costs: true, merge: true };
    let share = budget.left() / fewest.parts.len().max(1) as u64;
    let jobs: Vec<(&Part, Budget)> = fewest.parts.iter().map(|part| (part, budget.child(share))).collect();
    let one = |(part, budget): (&Part, Budget)| {
        let reduced = reduce(problem, &part.items, rules);
        // the first level reduced by the same rules, so its packing fits; maximum counts aside, retyping always can
        let start = part.solution.as_ref().and_then(|solution| retype(&reduced.problem, solution))?;
        let found = search(&reduced, start, part.seen.as_slice(), options, &budget);
        Some((reduced, found, budget.spent()))
    };
    let found: Vec<Option<(Reduced, Found, u64)>> = jobs.into_par_iter().map(one).collect();
    let Some(found) = found.into_iter().collect::<Option<Vec<_>>>() else { return (None, 0, None) };
    let mut patterns = Vec::new();
    let mut sum = 0u64;
    for (reduced, found, spent) in &found {
        let _ended = budget.spend(*spent);
        sum = sum.saturating_add(found.lower);
        patterns.extend(reduced.restore(problem, &found.solution).patterns);
    }
    let claim = match &found[..] {
        [(reduced, found, _)] => found.claim(problem, reduced),
        _ => None,
    };
    (Some(Solution { patterns }), sum, claim)
}

/// Everything at once, with maximum counts.
fn whole(problem: &Problem, best: &Solution, options: &Options, budget: &Budget) -> (Solution, u64, Option<Claim>) {
    let all: Vec<usize> = (0..problem.items().len()).collect();
    // nothing merged and no bin type dropped but useless ones: a packing of the one is a packing of the other
    let reduced = reduce(problem, &all, Rules { max_counts: true, costs: true, merge: false });
    let translate = |solution: &Solution| {
        let mut solution = solution.clone();
        for pattern in &mut solution.patterns {
            let own = reduced.bins.iter().position(|&bin| bin == pattern.bin);
            // a type that was dropped has a better one that is not limited
            let better = || {
                let holds = kinds(&reduced.problem, &pattern.items);
                let bins = reduced.problem.bins().iter().enumerate();
                let fit =
                    |&(bin, kind): &(usize, &BinType)| bin < 64 && holds >> bin & 1 == 1 && kind.max_count.is_none();
                bins.filter(fit).min_by_key(|&(bin, kind)| (kind.cost, bin)).map(|(bin, _)| bin)
            };
            pattern.bin = own.or_else(better)?;
        }
        Some(solution)
    };
    let Some(start) = translate(best) else { return (best.clone(), 0, None) };
    let child = budget.child(budget.left());
    let found = search(&reduced, start, &[], options, &child);
    let _ended = budget.spend(child.spent());
    let claim = found.claim(problem, &reduced);
    (reduced.restore(problem, &found.solution), found.lower, claim)
}

/// What a search of one component found.
struct Found {
    solution: Solution,
    lower: u64,
    closed: Option<Closed>,
}

/// The cheapest packing of one component with as many bins as `start`, and a lower bound on its cost.
fn search(reduced: &Reduced, start: Solution, seen: &[Pattern], options: &Options, budget: &Budget) -> Found {
    let problem = &reduced.problem;
    let bins = start.bins();
    let mut best = Found { solution: start, lower: 0, closed: None };
    best.lower = bound::least_cost(problem, bins).map_or(0, |claim| claim.bound);
    let open = |best: &Found| best.solution.cost(problem) > u128::from(best.lower);
    if open(&best) && problem.items().len() as u64 <= MOST_TYPES {
        let goal = Goal { prices: problem.bins().iter().map(|bin| bin.cost).collect(), bins: Some(bins) };
        let own = budget.child(budget.left() / 2);
        let mut closed = close_gap(problem, &goal, &best.solution, seen, best.lower, options, &own);
        let _ended = budget.spend(own.spent());
        best.lower = best.lower.max(closed.lower);
        if let Some(better) = closed.solution.take().filter(|better| better.check(problem).is_ok()) {
            best.solution = better;
        }
        best.closed = Some(closed);
    }
    if open(&best) && is_small(problem) {
        let own = budget.child(ENUMERATION);
        let aim = Aim { bins, cost: Some(best.lower) };
        let found = enumerate(problem, aim, Some(&best.solution), &own);
        let _ended = budget.spend(own.spent());
        best.solution = found.better.unwrap_or(best.solution);
        if found.complete {
            best.lower = u64::try_from(best.solution.cost(problem)).unwrap_or(best.lower);
        }
    }
    best
}

impl Found {
    /// The claim of a component that is the whole problem.
    fn claim(&self, problem: &Problem, reduced: &Reduced) -> Option<Claim> {
        let closed = self.closed.as_ref().filter(|closed| !closed.nodes.is_empty())?;
        let shared = map_shared(problem, reduced, &closed.shared);
        let price = |(bin, &shared): (usize, &u64)| {
            let price = i128::from(closed.scale) * i128::from(problem.bins()[bin].cost) + i128::from(shared);
            u64::try_from(price.checked_add(closed.offset)?).ok()
        };
        let prices: Option<Vec<u64>> = shared.iter().enumerate().map(price).collect();
        let items: Vec<usize> = (0..problem.items().len()).collect();
        let nodes = super::lift::lift(problem, &items, reduced, &prices?, &closed.nodes)?;
        let components = vec![Component { items, bound: closed.charged, nodes }];
        let level = Level::Cost { clusters: self.solution.bins() };
        let (scale, offset) = (closed.scale, closed.offset);
        let claim = Claim { level, bound: 0, scale, shared, offset, components };
        let bound = bound::proven(problem, &claim)?.min(closed.lower);
        Some(Claim { bound, ..claim })
    }
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
