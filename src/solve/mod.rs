//! The method.
//!
//! [`solve`] reads as a table of contents: the components of the compatibility graph are bounded, packed and closed
//! apart; maximum counts that bind join them again; then the next level of the objective follows with the number of
//! bins fixed.

mod answer;
mod cost;
mod feasible;
mod lift;
mod part;
mod schedule;
mod sizes;

pub use answer::{Answer, Bounded};

use crate::bound;
use crate::budget::{Budget, Event, Objective, Options, Phase, Status, Watch};
use crate::certify::{Certificate, Claim, Component, Level};
use crate::exact::bin_types::retype;
use crate::problem::reduce::{Reduced, Rules, components, reduce};
use crate::problem::{BinType, Problem, Solution};

use part::Part;
use schedule::{on_threads, parallel};

/// Work without a limit of the caller's: minutes.
const DEFAULT_WORK: u64 = 40_000_000_000;

/// Packs all items into the fewest bins, and then (if asked) at the least cost; proves as much as the limits allow.
///
/// The status is true whatever stopped the run: `Optimal` only when an integer argument says so. The same problem,
/// seed and work limit give the same answer on any number of threads; only a time limit reads the clock.
#[must_use]
pub fn solve(problem: &Problem, options: &Options, watch: &dyn Watch) -> Answer {
    // under a clock the clock decides
    let default_work = if options.time_limit.is_some() { u64::MAX >> 2 } else { DEFAULT_WORK };
    let budget = Budget::new(options, default_work, watch);
    on_threads(options.threads, move || run(problem, options, &budget))
}

fn run(problem: &Problem, options: &Options, budget: &Budget) -> Answer {
    if problem.items().is_empty() {
        return Answer::empty(problem, &options.objective);
    }
    budget.watch().event(Event::Phase(Phase::Bounds));
    if let Some(claim) = bound::infeasible(problem, budget) {
        return Answer::infeasible(Some(claim));
    }
    let fewest = fewest_bins(problem, options, budget);
    let (Some(solution), false) = (&fewest.solution, fewest.impossible) else {
        return fewest.answer(problem, options, budget);
    };
    if !options.objective.contains(&Objective::Cost) {
        return fewest.answer(problem, options, budget);
    }
    let least = cost::least_cost(problem, &fewest, solution, options, budget);
    fewest.answer(problem, options, budget).with_cost(problem, least, budget)
}

/// What the level of counts found.
pub(crate) struct Fewest {
    /// The components, if they were enough; one part with everything in it, if maximum counts joined them.
    parts: Vec<Part>,
    joint: bool,
    solution: Option<Solution>,
    impossible: bool,
    lower: u64,
    claim: Claim,
}

/// Level one: the fewest bins.
fn fewest_bins(problem: &Problem, options: &Options, budget: &Budget) -> Fewest {
    let rules = Rules { max_counts: false, costs: options.objective.contains(&Objective::Cost), merge: true };
    let mut parts: Vec<Part> = components(problem).into_iter().map(|items| Part::new(problem, items, rules)).collect();
    pack(&mut parts, options, budget);
    // where maximum counts are broken by first packings that ignore them, better ones would break them too
    let limited = problem.bins().iter().any(|bin| bin.max_count.is_some());
    let first = together(problem, &parts).and_then(|found| legal(problem, &found));
    if !limited || first.is_some() {
        close(&mut parts, options, budget);
    }
    let lower = parts.iter().fold(0u64, |sum, part| sum.saturating_add(part.lower));
    let claim = counted(problem, &parts);
    let found = together(problem, &parts);
    let solution = found.as_ref().and_then(|found| legal(problem, found));
    if solution.is_some() || !limited {
        let impossible = parts.iter().any(|part| part.impossible);
        return Fewest { parts, joint: false, solution, impossible, lower, claim };
    }
    let claim = match charged(problem, &parts, budget) {
        Some(charged) if charged.bound > claim.bound => charged,
        _ => claim,
    };
    let mut fewest = joined(problem, found.as_ref(), lower, claim, options, budget);
    if let Some(first) = first.filter(|first| fewest.solution.as_ref().is_none_or(|best| best.bins() > first.bins())) {
        fewest.solution = Some(first);
    }
    fewest
}

/// The packing with the cheapest bin types within the maximum counts, or as it is; `None` if neither is legal.
fn legal(problem: &Problem, found: &Solution) -> Option<Solution> {
    let retyped = retype(problem, found).filter(|found| found.check(problem).is_ok());
    retyped.or_else(|| found.check(problem).is_ok().then(|| found.clone()))
}

/// The same where maximum counts bind: everything is one part.
fn joined(
    problem: &Problem,
    relaxed: Option<&Solution>,
    lower: u64,
    claim: Claim,
    options: &Options,
    budget: &Budget,
) -> Fewest {
    let counts = bound::fewest(problem);
    let claim = match counts {
        Some(counts) if counts.bound > claim.bound => counts,
        _ => claim,
    };
    let rules = Rules { max_counts: true, costs: options.objective.contains(&Objective::Cost), merge: true };
    let mut whole = Part::new(problem, (0..problem.items().len()).collect(), rules);
    whole.raise(lower.max(claim.bound));
    let mut parts = vec![whole];
    pack(&mut parts, options, budget);
    close(&mut parts, options, budget);
    let claim = [parts[0].claim(problem), Some(counted(problem, &parts)), Some(claim)];
    // the first of the highest
    let claim = claim.into_iter().flatten().reduce(|best, other| if other.bound > best.bound { other } else { best });
    let mut claim = claim.unwrap_or_else(|| counted(problem, &parts));
    let restored = parts[0].restored(problem);
    let mut solution = restored.and_then(|found| legal(problem, &found));
    let (mut impossible, lower) = (parts[0].impossible, parts[0].lower);
    if let (None, Some(relaxed)) = (&solution, relaxed) {
        // the heuristics found nothing legal: ask whether there is anything, and for a proof if not
        let found = feasible::feasible(problem, relaxed, options, budget);
        impossible |= found.impossible;
        solution = found.solution;
        claim = found.claim.unwrap_or(claim);
    }
    Fewest { parts, joint: true, solution, impossible, lower, claim }
}

/// The first two phases over all parts: bounds, then packings.
fn pack(parts: &mut [Part], options: &Options, budget: &Budget) {
    parallel(parts, budget, |_| true, Part::bound_work, Part::bounds);
    tell(parts, budget);
    enter(Phase::Heuristics, budget);
    parallel(parts, budget, Part::open, Part::plan_work, |part, budget| part.plan(options.seed, budget));
    tell(parts, budget);
}

/// The gaps that are left: rounds of attempts over all parts that are still open.
fn close(parts: &mut [Part], options: &Options, budget: &Budget) {
    for round in 0..ROUNDS {
        if parts.iter().all(Part::closed) || budget.look().is_err() {
            break;
        }
        enter(Phase::ColumnGeneration, budget);
        let open = parts.iter().filter(|part| part.open()).count() as u64;
        parallel(parts, budget, Part::open, |_| slice(round, open), |part, budget| part.close(round, options, budget));
        tell(parts, budget);
        if round == 0 {
            enter(Phase::Enumeration, budget);
            parallel(parts, budget, Part::open, Part::enumeration_work, Part::enumerate);
            tell(parts, budget);
        }
    }
    // what something else closed may still lack a witness
    witnesses(parts, options, budget);
}

/// Rounds of attempts, each with [`MORE`] times the work for every part.
const ROUNDS: u64 = 12;
/// Work of a part in the first round, at least, and of all parts together.
const FIRST: u64 = 200_000_000;
/// See [`FIRST`]: a part that is alone may take this at once, because what an attempt did is lost in the next.
const ALONE: u64 = 2_500_000_000;
/// See [`ROUNDS`]; what is done again in a later round is little beside it.
const MORE: u64 = 10;

/// Work that a part may take in a round with so many open parts; from the fifth on, all there is.
fn slice(round: u64, open: u64) -> u64 {
    if round >= 4 { u64::MAX } else { FIRST.max(ALONE / open.max(1)) * MORE.pow(round as u32) }
}

/// Gives parts that enumeration or a lucky bound closed a witness, where column generation finds one.
fn witnesses(parts: &mut [Part], options: &Options, budget: &Budget) {
    let lacking = |part: &Part| part.closed() && !part.impossible && part.certified < part.lower;
    parallel(parts, budget, lacking, |_| WITNESS, |part, budget| part.columns(options, budget));
}

/// Work for the witness of a part.
const WITNESS: u64 = 200_000_000;

fn enter(phase: Phase, budget: &Budget) {
    budget.watch().event(Event::Phase(phase));
}

/// Reports the totals.
fn tell(parts: &[Part], budget: &Budget) {
    let bins = parts.iter().fold(0u64, |sum, part| sum.saturating_add(part.lower));
    budget.watch().event(Event::Bound { bins });
    if let Some(bins) = parts.iter().map(Part::value).sum::<Option<u64>>() {
        budget.watch().event(Event::Plan { bins });
    }
}

/// The packings of all parts as one.
fn together(problem: &Problem, parts: &[Part]) -> Option<Solution> {
    let mut patterns = Vec::new();
    for part in parts {
        patterns.extend(part.restored(problem)?.patterns);
    }
    Some(Solution { patterns })
}

/// The best claim with limited bin types charged for what they hold more than a marginal type, along one resource: the
/// parts' bounds at these charges add up, because all share them.
fn charged(problem: &Problem, parts: &[Part], budget: &Budget) -> Option<Claim> {
    const MOST: usize = 24;
    let bins = problem.bins();
    let rules = Rules { max_counts: true, costs: true, merge: true };
    let reduced: Vec<Reduced> = parts.iter().map(|part| reduce(problem, &part.items, rules)).collect();
    let mut best: Option<Claim> = None;
    for (q, margin) in (0..problem.dimensions()).flat_map(|q| (0..bins.len()).map(move |bin| (q, bin))).take(MOST) {
        let scale = bins[margin].capacity[q];
        let extra = |bin: &BinType| bin.max_count.map_or(0, |_| bin.capacity[q].saturating_sub(scale));
        let shared: Vec<u64> = bins.iter().map(extra).collect();
        let prices: Option<Vec<u64>> = shared.iter().map(|extra| extra.checked_add(scale)).collect();
        let (Some(prices), true) = (prices, scale > 0 && budget.look().is_ok()) else { continue };
        let lifted: Option<Vec<Component>> = (parts.iter().zip(&reduced))
            .map(|(part, reduced)| {
                let own: Vec<u64> = reduced.bins.iter().map(|&bin| prices[bin]).collect();
                let found = bound::best(&reduced.problem, &own, &budget.child(part.bound_work()));
                let nodes = lift::lift(problem, &part.items, reduced, &prices, &[found.node])?;
                Some(Component { items: part.items.clone(), bound: found.value, nodes })
            })
            .collect();
        let Some(components) = lifted else { continue };
        let claim = Claim { level: Level::Clusters, bound: 0, scale, shared, offset: 0, components };
        let Some(bound) = bound::proven(problem, &claim) else { continue };
        if best.as_ref().is_none_or(|best| bound > best.bound) {
            best = Some(Claim { bound, ..claim });
        }
    }
    best
}

/// The claim that the parts' bounds add up to.
fn counted(problem: &Problem, parts: &[Part]) -> Claim {
    let prices = vec![1; problem.bins().len()];
    let components: Vec<Component> = parts.iter().map(|part| part.component(problem, &prices)).collect();
    let bound = components.iter().fold(0u64, |sum: u64, part: &Component| sum.saturating_add(part.bound));
    Claim { level: Level::Clusters, bound, scale: 1, shared: vec![0; problem.bins().len()], offset: 0, components }
}

impl Fewest {
    fn answer(&self, problem: &Problem, options: &Options, budget: &Budget) -> Answer {
        if self.impossible {
            let proof = (self.claim.level == Level::Infeasible).then(|| self.claim.clone());
            return Answer::infeasible(proof);
        }
        let value = self.solution.as_ref().map(Solution::bins);
        let status = match value {
            Some(bins) if bins <= self.lower => Status::Optimal,
            Some(_) => Status::Feasible,
            None => Status::Unknown,
        };
        debug_assert!(self.solution.as_ref().is_none_or(|solution| solution.check(problem).is_ok()));
        let certificate = Certificate { claims: vec![self.claim.clone()] };
        let stopped = budget.look().err().or_else(|| (status != Status::Optimal).then_some(crate::budget::Stop::Work));
        let closed_by = self.parts.iter().map(|part| part.phase).max_by_key(|phase| *phase as u8);
        debug_assert!(!options.objective.is_empty());
        Answer {
            status,
            solution: self.solution.clone(),
            levels: vec![Bounded { value, bound: self.lower, certified: self.claim.bound }],
            certificate,
            stopped,
            closed_by: closed_by.unwrap_or(Phase::Bounds),
        }
    }
}
