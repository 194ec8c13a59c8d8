//! The method.
//!
//! [`solve`] reads as a table of contents: the components of the compatibility graph are bounded, packed and closed
//! apart; maximum counts that bind join them again; then the next level of the objective follows with the number of
//! bins fixed.

mod allot;
mod answer;
mod cost;
mod feasible;
mod lift;
mod limited;
mod mixture;
mod part;
mod region;
mod schedule;
mod sizes;
mod threads;

pub use answer::{Answer, Bounded};

use crate::bound::{self, Bound};
use crate::budget::{Budget, Event, Objective, Options, Phase, Status, Watch};
use crate::certify::{Certificate, Claim, Component, Level};
use crate::exact::bin_types::retype;
use crate::problem::reduce::{Rules, components};
use crate::problem::{Problem, Solution};

use part::Part;
use schedule::parallel;
use threads::with_room;

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
    with_room(|| run(problem, options, &Budget::new(options, default_work, watch)))
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
    bounds(&mut parts, budget);
    if problem.bins().iter().any(|bin| bin.max_count.is_some()) {
        return limited::fewest(problem, parts, options, budget);
    }
    plans(&mut parts, options, budget);
    close(&mut parts, options, budget);
    let solution = together(problem, &parts);
    let solution = solution.and_then(|found| legal(problem, &found));
    Fewest::apart(problem, parts, solution)
}

/// The packing with the cheapest bin types within the maximum counts, or as it is; `None` if neither is legal.
fn legal(problem: &Problem, found: &Solution) -> Option<Solution> {
    let retyped = retype(problem, found).filter(|found| found.check(problem).is_ok());
    retyped.or_else(|| found.check(problem).is_ok().then(|| found.clone()))
}

/// The first phase over all parts: lower bounds.
fn bounds(parts: &mut [Part], budget: &Budget) {
    parts.iter_mut().for_each(begin);
    parallel(parts, budget, |_| true, Part::bound_work, Part::bounds);
    tell(parts, budget);
}

/// The second: packings.
fn plans(parts: &mut [Part], options: &Options, budget: &Budget) {
    enter(Phase::Heuristics, budget);
    parallel(parts, budget, Part::open, Part::plan_work, |part, budget| part.plan(options.seed, budget));
    tell(parts, budget);
}

/// What needs no work, so that no limit can take it away: a component that is not empty takes a bin.
fn begin(part: &mut Part) {
    let problem = &part.reduced.problem;
    let least = Bound::least(problem, &vec![1; problem.bins().len()]);
    (part.certified, part.nodes) = (least.value, vec![least.node]);
    part.raise(least.value);
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
const ALONE: u64 = 10_000_000_000;
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
    let bins = sum_of_bounds(parts);
    budget.watch().event(Event::Bound { bins });
    if let Some(bins) = parts.iter().map(Part::value).sum::<Option<u64>>() {
        budget.watch().event(Event::Plan { bins });
    }
}

fn sum_of_bounds(parts: &[Part]) -> u64 {
    parts.iter().fold(0, |sum, part| sum.saturating_add(part.lower))
}

/// The packings of all parts as one.
fn together(problem: &Problem, parts: &[Part]) -> Option<Solution> {
    let mut patterns = Vec::new();
    for part in parts {
        patterns.extend(part.restored(problem)?.patterns);
    }
    Some(Solution { patterns })
}

/// The claim that the parts' bounds add up to.
fn counted(problem: &Problem, parts: &[Part]) -> Claim {
    let prices = vec![1; problem.bins().len()];
    let components: Vec<Component> = parts.iter().map(|part| part.component(problem, &prices)).collect();
    let bound = components.iter().fold(0u64, |sum: u64, part: &Component| sum.saturating_add(part.bound));
    Claim {
        level: Level::Clusters,
        bound,
        scale: 1,
        shared: vec![0; problem.bins().len()],
        offset: 0,
        own: Vec::new(),
        components,
    }
}

impl Fewest {
    /// Every component for itself.
    fn apart(problem: &Problem, parts: Vec<Part>, solution: Option<Solution>) -> Self {
        let impossible = parts.iter().any(|part| part.impossible);
        let (lower, claim) = (sum_of_bounds(&parts), counted(problem, &parts));
        Self { parts, joint: false, solution, impossible, lower, claim }
    }

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
