//! Level one where bin types have maximum counts.
//!
//! As long as packings that ignore the counts happen to keep them, components stay apart. Where they do not: limited
//! types shared out among the components, for a packing; limited types charged for what they are better, for a
//! bound; and if these do not meet, everything as one part.

use std::collections::BTreeMap;

use super::effort::{MOST_TYPES, limited as effort};
use super::part::Part;
use super::rounds::{Totals, bounds, close, plans};
use super::term_bounds::Parts;
use super::together::{Fewest, counted, legal, numbers, sum_of_bounds, together};
use super::whole::{Covering, Known, Ways};
use super::{allot, feasible, lift};
use crate::bound;
use crate::budget::{Budget, Event, Options, Step};
use crate::certify::{Claim, Component};
use crate::problem::reduce::{Reduced, Rules, reduce};
use crate::problem::{BinType, Problem, Solution};

/// The fewest bins within the maximum counts; `parts` are the components with their counts ignored, and
/// bounded. `costs`: the least cost follows.
pub(super) fn fewest(
    problem: &Problem,
    mut parts: Vec<Part>,
    costs: bool,
    known: Known,
    options: &Options,
    budget: &Budget,
) -> Fewest {
    // where the counts bind for sure, packings that ignore them only show what is feasible, and that is for small problems
    let small = problem.items().len() as u64 <= MOST_TYPES;
    let binds = |limited: &Option<Claim>, parts: &[Part]| {
        !small && limited.as_ref().is_some_and(|limited| limited.bound > sum_of_bounds(parts))
    };
    let mut limited = bound::fewest(problem);
    let mut ways = if small { None } else { covered(problem, &parts, known.covering, &mut limited, budget) };
    let mut first = None;
    if !binds(&limited, &parts) {
        plans(&mut parts, Totals::Relaxed, options, budget);
        // where the first packings break the counts, better ones would too
        first = told(together(problem, &parts).and_then(|found| legal(problem, &found)), budget);
    }
    let open = first.is_none() || !parts.iter().all(Part::closed);
    if open && small {
        ways = covered(problem, &parts, known.covering, &mut limited, budget);
    }
    // what whole bins in every component show is seldom less than charges do
    let mut uncharged = open;
    let charge = |parts: &[Part]| budget.within_eighths(1, |own| charged(problem, parts, own));
    if uncharged && (ways.is_none() || !options.uses(Step::Shares)) {
        limited = better(charge(&parts), limited);
        uncharged = false;
    }
    let binds = binds(&limited, &parts);
    if first.is_some() && !binds {
        close(&mut parts, Totals::Relaxed, options, budget);
    }
    let relaxed = together(problem, &parts);
    let solution = told(relaxed.as_ref().and_then(|found| legal(problem, found)), budget);
    if solution.is_some() && !binds {
        return Fewest::apart(problem, parts, solution);
    }
    let mut claim = better(better(Some(counted(problem, &parts)), limited), known.claim.cloned());
    let mut lower = claim.as_ref().map_or(0, |claim| claim.bound).max(sum_of_bounds(&parts));
    let shares = parts.len() > 1 && options.uses(Step::Shares);
    if shares {
        let by_shares = |own: &Budget| allot::by_shares(problem, &parts, ways, lower.max(known.lower), options, own);
        // where everything at once is not too much, half of what is left is for that
        let shared = match small {
            true => budget.within_half_time(budget.left() / 2, by_shares),
            false => budget.within_eighths(7, by_shares),
        };
        let shared = shared.unwrap_or_default();
        let solution = told(together(problem, &shared).filter(|found| found.check(problem).is_ok()), budget);
        let enough = |lower: u64| solution.as_ref().is_some_and(|found| found.bins() <= lower.max(known.lower));
        if uncharged && !enough(lower) {
            claim = better(charge(&parts), claim);
            lower = claim.as_ref().map_or(0, |claim| claim.bound).max(lower);
        }
        if let (true, Some(claim)) = (enough(lower), &claim) {
            return Fewest { parts: shared, joint: true, solution, impossible: false, lower, claim: claim.clone() };
        }
        first = [first, solution].into_iter().flatten().min_by_key(Solution::bins);
    }
    let enough = budget.look().is_err() || (shares && problem.items().len() > effort::MOST_JOINED);
    if let Some(first) = first.take_if(|_| enough) {
        let claim = claim.unwrap_or_else(|| counted(problem, &parts));
        return Fewest { parts, joint: true, solution: Some(first), impossible: false, lower, claim };
    }
    let mut fewest = joined(problem, relaxed.as_ref(), lower, claim, costs, options, budget);
    if let Some(first) = first.filter(|first| fewest.solution.as_ref().is_none_or(|best| best.bins() > first.bins())) {
        fewest.solution = Some(first);
    }
    fewest
}

impl Fewest {
    /// With a claim that says how many bins each component has, if there is one: the least cost then is a question for each of them.
    pub fn each(self, problem: &Problem, budget: &Budget) -> Self {
        let proved = self.solution.as_ref().is_some_and(|found| found.bins() <= self.claim.bound);
        if !proved || numbers(&self.claim).is_some() || budget.look().is_err() {
            return self;
        }
        let alone = budget.within_half_time(budget.left() / 8, |own| Parts::of(problem).alone(problem, own));
        let claim = alone.filter(|alone| alone.bound >= self.claim.bound).unwrap_or(self.claim);
        Self { claim, ..self }
    }
}

/// Reports a packing that keeps the counts.
fn told(found: Option<Solution>, budget: &Budget) -> Option<Solution> {
    found.inspect(|found| budget.watch().event(Event::Plan { bins: found.bins() }))
}

/// The claim with the higher bound, the first of two alike.
fn better(best: Option<Claim>, other: Option<Claim>) -> Option<Claim> {
    match (best, other) {
        (Some(best), Some(other)) => Some(if other.bound > best.bound { other } else { best }),
        (best, other) => best.or(other),
    }
}

/// What covers each of the parts where the limits ask for most, and in `limited` what that proves.
fn covered(
    problem: &Problem,
    parts: &[Part],
    known: Option<&Covering>,
    limited: &mut Option<Claim>,
    budget: &Budget,
) -> Option<Vec<Ways>> {
    if parts.len() < 2 {
        return None;
    }
    let own;
    let covering = if let Some(known) = known {
        known
    } else {
        own = budget.within_half_time(budget.left() / 8, |own| Parts::of(problem).covered(problem, own))?;
        &own
    };
    *limited = better(limited.take(), Some(covering.claim.clone()));
    // the components are the parts, perhaps in another order
    let firsts = covering.claim.components.iter().map(|component| component.items[0]);
    let mut by_first: BTreeMap<usize, &Ways> = firsts.zip(&covering.ways).collect();
    parts.iter().map(|part| by_first.remove(&part.items[0]).cloned()).collect()
}

/// Everything as one part.
fn joined(
    problem: &Problem,
    relaxed: Option<&Solution>,
    lower: u64,
    claim: Option<Claim>,
    costs: bool,
    options: &Options,
    budget: &Budget,
) -> Fewest {
    let rules = Rules { max_counts: true, costs, merge: true };
    let mut whole = Part::new(problem, (0..problem.items().len()).collect(), rules);
    whole.raise(lower);
    let mut parts = vec![whole];
    bounds(&mut parts, Totals::Whole, options, budget);
    plans(&mut parts, Totals::Whole, options, budget);
    close(&mut parts, Totals::Whole, options, budget);
    let claim = better(better(parts[0].claim(problem), Some(counted(problem, &parts))), claim);
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

/// The best claim with limited bin types charged for what they hold more than a marginal type, along one resource: the
/// parts' bounds at these charges add up, because all share them.
fn charged(problem: &Problem, parts: &[Part], budget: &Budget) -> Option<Claim> {
    budget.look().ok()?;
    let bins = problem.bins();
    let rules = Rules { max_counts: true, costs: true, merge: true };
    let reduced: Vec<Reduced> = parts.iter().map(|part| reduce(problem, &part.items, rules)).collect();
    let mut best: Option<Claim> = None;
    for (q, margin) in
        (0..problem.dimensions()).flat_map(|q| (0..bins.len()).map(move |bin| (q, bin))).take(effort::CHARGES)
    {
        let scale = bins[margin].capacity[q];
        let extra = |bin: &BinType| bin.max_count.map_or(0, |_| bin.capacity[q].saturating_sub(scale));
        let shared: Vec<u64> = bins.iter().map(extra).collect();
        // in lowest terms: what a component proves is rounded up to a whole number
        let divisor = shared.iter().fold(scale, |divisor, &extra| bound::gcd(divisor, extra));
        let scale = scale / divisor.max(1);
        let shared: Vec<u64> = shared.iter().map(|extra| extra / divisor.max(1)).collect();
        let prices: Option<Vec<u64>> = shared.iter().map(|extra| extra.checked_add(scale)).collect();
        let (Some(prices), true) = (prices, scale > 0 && budget.look().is_ok()) else { continue };
        let lifted: Option<Vec<Component>> = (parts.iter().zip(&reduced))
            .map(|(part, reduced)| {
                budget.look().ok()?;
                let own: Vec<u64> = reduced.bins.iter().map(|&bin| prices[bin]).collect();
                let found = bound::best(&reduced.problem, &own, &budget.child(part.bound_work()));
                let nodes = lift::lift(problem, &part.items, reduced, &prices, &[found.node])?;
                Some(Component { items: part.items.clone(), bound: found.value, nodes })
            })
            .collect();
        let Some(components) = lifted else { continue };
        let claim = Claim { scale, shared, components, ..Claim::default() };
        let Some(bound) = bound::proven(problem, &claim, 0) else { continue };
        if best.as_ref().is_none_or(|best| bound > best.bound) {
            best = Some(Claim { bound, ..claim });
        }
    }
    best
}
