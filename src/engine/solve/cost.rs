//! Level two: the least cost with the fewest bins.

use super::component_cost::{Cheapest, Evidence, floor, open, search};
use super::cost_ways::by_ways;
use super::effort::cost as effort;
use super::lift::lift;
use super::part::Part;
use super::schedule::parallel;
use super::task::Task;
use super::threads::each;
use super::together::{Fewest, numbers};
use crate::bound;
use crate::budget::{Budget, Event, Objective, Options, Watch};
use crate::certify::{Claim, Component, Level, Node, Own};
use crate::exact::bin_types::{kinds, retype};
use crate::problem::reduce::{Reduced, Rules, reduce};
use crate::problem::{BinType, Problem, Solution};

/// What the level of costs found.
pub(super) struct Least {
    pub solution: Solution,
    pub lower: u64,
    pub claim: Option<Claim>,
    /// The number of bins was proved, so that a bound on the cost means something.
    pub proved: bool,
}

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
    watch: &dyn Watch,
) -> Least {
    let bins = found.bins();
    let mut best = retype(problem, found).unwrap_or_else(|| found.clone());
    let limited = problem.bins().iter().any(|bin| bin.max_count.is_some());
    if bins > fewest.lower {
        // nothing is proved of the cost; as many bins may cost less
        if limited {
            let found = by_ways(problem, None, &best, options, budget).0;
            keep(problem, &mut best, found);
        }
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
    tell(problem, &best, lower, watch);
    if limited && best.cost(problem) > u128::from(lower) {
        let by_ways = |own: &Budget| by_ways(problem, Some(&fewest.claim), &best, options, own);
        let (found, claim) = budget.within_eighths(effort::WAYS, by_ways);
        let bound = claim.as_ref().map_or(0, |claim| claim.bound);
        raise(&mut lower, claim, bound);
        keep(problem, &mut best, found);
        tell(problem, &best, lower, watch);
    }
    if !fewest.joint && best.cost(problem) > u128::from(lower) {
        let apart = |own: &Budget| apart(problem, fewest, options, own);
        // where counts bind, each by itself is not what is asked
        let (solution, bound, claim) = match limited {
            true => budget.within_half_time(budget.left() / 2, apart),
            false => apart(budget),
        };
        raise(&mut lower, claim, bound);
        keep(problem, &mut best, solution);
        tell(problem, &best, lower, watch);
    }
    if (limited || fewest.joint) && best.cost(problem) > u128::from(lower) {
        let (solution, bound, claim) = whole(problem, &best, options, budget);
        raise(&mut lower, claim, bound);
        keep(problem, &mut best, Some(solution));
        tell(problem, &best, lower, watch);
    }
    let claim = claim.or_else(|| (lower == 0).then(|| nothing(problem)));
    Least { solution: best, lower, claim, proved: true }
}

fn tell(problem: &Problem, best: &Solution, lower: u64, watch: &dyn Watch) {
    if let Ok(cost) = best.cost(problem).try_into() {
        watch.event(Event::plan(Objective::Cost, cost));
    }
    watch.event(Event::bound(Objective::Cost, lower));
}

/// That no cost is below 0.
fn nothing(problem: &Problem) -> Claim {
    let items: Vec<usize> = (0..problem.items().len()).collect();
    let nodes = vec![Node::Weights { weights: vec![0; items.len()], capacity: 1 }];
    let (shared, components) = (vec![0; problem.bins().len()], vec![Component { items, bound: 0, nodes }]);
    Claim { level: Level::Cost, scale: 1, shared, components, ..Claim::default() }
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

/// Every component for itself, maximum counts forgotten: the packings together, the sum of the bounds, and the claim
/// that they add up to where the number of bins is certified for each component.
fn apart(
    problem: &Problem,
    fewest: &Fewest,
    options: &Options,
    budget: &Budget,
) -> (Option<Solution>, u64, Option<Claim>) {
    let rules = Rules { max_counts: false, costs: true, merge: true };
    let alone = |(part, own): (&Part, Budget)| {
        let exist = exist(problem, part);
        let (reduced, unit) = in_units(reduce(problem, &part.items, rules), unit(problem, &exist))?;
        // the first level reduced by the same rules, so its packing fits; maximum counts aside, retyping always can
        let start = part.solution.as_ref().and_then(|solution| retype(&reduced.problem, solution))?;
        let mut part = Part { solution: Some(start), seen: part.seen.clone(), ..Part::of(part.items.clone(), reduced) };
        // whoever is reached no more still has this
        floor(&mut part, &own);
        Some((part, (exist, unit)))
    };
    let share = (effort::FLOOR / fewest.parts.len().max(1) as u64).max(effort::LEAST);
    let parts = fewest.parts.iter().map(|part| (part, budget.child_in_half_time(share)));
    let alone = each(budget.threads(), parts.collect(), alone);
    let Some(alone) = alone.into_iter().collect::<Option<Vec<_>>>() else { return (None, 0, None) };
    let (mut parts, units): (Vec<Part>, Vec<(Vec<usize>, u64)>) = alone.into_iter().unzip();
    for round in 0..effort::ROUNDS {
        let left = parts.iter().filter(|part| open(part)).count() as u64;
        if left == 0 || budget.look().is_err() {
            break;
        }
        let share = |part: &Part| match round + 1 == effort::ROUNDS {
            true => budget.left() / left,
            false => effort::FIRST.saturating_add(part.plan_work()) << (effort::MORE * round),
        };
        parallel(&mut parts, options, budget, open, share, Task::Cheapest);
    }
    let single = |(part, (exist, unit)): (Part, (Vec<usize>, u64))| {
        let Part { reduced, solution, charge, .. } = part;
        let (solution, charge) = (solution?, charge?);
        let found = Cheapest { solution, lower: charge.lower, witness: Evidence::of(charge) };
        Some(Single { reduced, exist, unit, found })
    };
    let found = parts.into_iter().zip(units).map(single).collect::<Option<Vec<_>>>();
    let Some(found) = found else { return (None, 0, None) };
    let mut patterns = Vec::new();
    let mut sum = 0u64;
    for Single { reduced, unit, found, .. } in &found {
        sum = sum.saturating_add(found.lower.saturating_mul(*unit));
        patterns.extend(reduced.restore(problem, &found.solution).patterns);
    }
    let claim = added(problem, fewest, &found);
    (Some(Solution { patterns }), sum, claim)
}

/// A component by itself.
struct Single {
    /// With costs in units.
    reduced: Reduced,
    /// Bin types of the whole problem that hold one of its items, and of which there may be some.
    exist: Vec<usize>,
    /// The greatest common divisor of their costs: bounds round up to whole units.
    unit: u64,
    found: Cheapest,
}

fn exist(problem: &Problem, part: &Part) -> Vec<usize> {
    let holds = |bin: usize| part.items.iter().any(|&item| problem.fits_alone(item, bin));
    (0..problem.bins().len()).filter(|&bin| problem.bins()[bin].max_count != Some(0) && holds(bin)).collect()
}

fn unit(problem: &Problem, exist: &[usize]) -> u64 {
    let costs = exist.iter().map(|&bin| problem.bins()[bin].cost);
    costs.filter(|&cost| cost > 0).fold(0, bound::gcd).max(1)
}

/// The component with its costs in units, and the unit.
fn in_units(reduced: Reduced, unit: u64) -> Option<(Reduced, u64)> {
    let problem = &reduced.problem;
    let bins = problem.bins().iter().map(|bin| BinType { cost: bin.cost / unit, ..bin.clone() }).collect();
    let problem = Problem::new(problem.dimensions(), problem.items().to_vec(), problem.conflicts().clone(), bins);
    Some((Reduced { problem: problem.ok()?, ..reduced }, unit))
}

/// The components' witnesses as one claim, each at its own scale and offset; `None` where the first level's claim does
/// not say how many bins each component has.
fn added(problem: &Problem, fewest: &Fewest, found: &[Single]) -> Option<Claim> {
    let first = &fewest.claim;
    if !numbers(first)?.into_iter().eq(found.iter().map(|single| single.found.solution.bins())) {
        return None;
    }
    let (mut own, mut components, mut bound) = (Vec::new(), Vec::new(), 0u64);
    for (part, single) in fewest.parts.iter().zip(found) {
        let cheapest = single.cheapest(problem, &part.items);
        let witness = single.component(problem, &part.items).filter(|witness| witness.2 >= cheapest.2);
        let (priced, component, proved) = witness.unwrap_or(cheapest);
        own.push(priced);
        components.push(component);
        bound = bound.saturating_add(proved);
    }
    let shared = vec![0; problem.bins().len()];
    Some(Claim { level: Level::Cost, bound, scale: 1, shared, own, components, ..Claim::default() })
}

impl Single {
    /// The witness over the component's item types in the whole problem, and what it proves of the cost, maximum counts
    /// aside.
    fn component(&self, problem: &Problem, items: &[usize]) -> Option<(Own, Component, u64)> {
        let witness = self.found.witness.as_ref()?;
        // the component has no bin of another type, whatever its price
        let price = |bin: usize| match self.exist.contains(&bin) {
            true => witness.price(problem.bins()[bin].cost / self.unit, 0),
            false => Some(0),
        };
        let prices: Option<Vec<u64>> = (0..problem.bins().len()).map(price).collect();
        let nodes = lift(problem, items, &self.reduced, &prices?, &witness.nodes)?;
        let own = Own { scale: witness.scale, offset: witness.offset };
        let proved = witness.proved(self.found.solution.bins())?.min(self.found.lower);
        let component = Component { items: items.to_vec(), bound: witness.charged, nodes };
        Some((own, component, proved.checked_mul(self.unit)?))
    }

    /// What holds of any component: each bin costs at least what the cheapest does that holds one of its items.
    fn cheapest(&self, problem: &Problem, items: &[usize]) -> (Own, Component, u64) {
        let least = self.exist.iter().map(|&bin| problem.bins()[bin].cost / self.unit).min().unwrap_or(0);
        let nodes = vec![Node::Weights { weights: vec![0; items.len()], capacity: 1 }];
        let component = Component { items: items.to_vec(), bound: 0, nodes };
        let proved = least.saturating_mul(self.unit).saturating_mul(self.found.solution.bins());
        (Own { scale: 1, offset: -i128::from(least) }, component, proved)
    }
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
    let mut found = Cheapest::from(&reduced.problem, start, budget);
    search(&reduced, &mut found, &[], options, budget);
    let claim = found.claim(problem, &reduced);
    (reduced.restore(problem, &found.solution), found.lower, claim)
}
