//! The least cost of one component with a given number of bins.

use super::effort::cost as effort;
use super::effort::{ENUMERATION, MOST_TYPES, WITNESS};
use super::lift::lift;
use super::mixture;
use super::part::{Charged, Part, map_shared};
use crate::bound;
use crate::budget::{Budget, Options, Step};
use crate::certify::{Claim, Component, Level, Node, Prices};
use crate::exact::enumerate::{Aim, enumerate, is_small};
use crate::exact::{Closed, Goal, close_gap};
use crate::problem::reduce::Reduced;
use crate::problem::{Pattern, Problem, Solution};

/// What a search of one component found.
pub(super) struct Cheapest {
    pub solution: Solution,
    pub lower: u64,
    pub witness: Option<Evidence>,
}

/// What proves a component's bound: see [`Closed`].
pub(super) struct Evidence {
    /// What the nodes prove.
    pub charged: u64,
    pub scale: u64,
    pub shared: Vec<u64>,
    pub offset: i128,
    pub nodes: Vec<Node>,
}

/// What bounds alone say of a component's cost with the bins of its packing: sizes as sand, along one resource or in whole bins.
pub(super) fn floor(part: &mut Part, budget: &Budget) {
    let Some(solution) = part.solution.clone() else { return };
    let found = Cheapest::from(&part.reduced.problem, solution, budget);
    part.charge = Some(found.charged(&part.reduced.problem).0);
}

/// Makes the packing of a component without maximum counts the cheapest with as many bins, and its charge what is proved of the cost;
/// without nodes: nothing is but the bound itself. Both begin with what is known.
pub(super) fn cheapest(part: &mut Part, options: &Options, budget: &Budget) {
    let Some(solution) = part.solution.clone() else { return };
    let problem = &part.reduced.problem;
    let mut found = match part.charge.take() {
        Some(charge) => Cheapest { solution, lower: charge.lower, witness: Evidence::of(charge) },
        None => Cheapest::from(problem, solution, budget),
    };
    search(&part.reduced, &mut found, &part.seen, options, budget);
    penalised(problem, &mut found, &part.seen, options, budget);
    let (charge, solution) = found.charged(problem);
    (part.charge, part.solution) = (Some(charge), Some(solution));
}

/// Whether something of the cost is left to find or to prove.
pub(super) fn open(part: &Part) -> bool {
    part.solution.as_ref().is_some_and(|solution| {
        let witness = part.charge.clone().and_then(Evidence::of);
        let proved = witness.and_then(|witness| witness.proved(solution.bins())).unwrap_or(0);
        solution.cost(&part.reduced.problem) > u128::from(proved)
    })
}

/// Looks for a cheaper packing of one component with as many bins as the one that is known, and for a higher bound.
pub(super) fn search(reduced: &Reduced, best: &mut Cheapest, seen: &[Pattern], options: &Options, budget: &Budget) {
    let problem = &reduced.problem;
    let bins = best.solution.bins();
    if budget.look().is_err() {
        return;
    }
    let open = |best: &Cheapest| best.solution.cost(problem) > u128::from(best.lower);
    let certified = best.witness.as_ref().and_then(|witness| witness.proved(bins)).unwrap_or(0).min(best.lower);
    if open(best) {
        best.lower = mixture::bound(problem, bins, budget).map_or(best.lower, |bound| bound.max(best.lower));
        if options.uses(Step::Mixtures)
            && let Some(cheaper) = mixture::cheaper(reduced, &best.solution, options, budget)
        {
            best.solution = cheaper;
        }
    }
    // a mixture's bound has no witness: columns may find one
    if options.uses(Step::Columns)
        && best.solution.cost(problem) > u128::from(certified)
        && problem.items().len() as u64 <= MOST_TYPES
    {
        let goal = Goal { prices: problem.bins().iter().map(|bin| bin.cost).collect(), bins: Some(bins) };
        let half = budget.left() / 2;
        let work = if open(best) { half } else { WITNESS.min(half) };
        let closed =
            budget.within(work, |own| close_gap(problem, &goal, &best.solution, seen, certified, options, own));
        best.lower = best.lower.max(closed.lower);
        if let Some(better) = closed.solution.filter(|better| better.check(problem).is_ok()) {
            best.solution = better;
        }
        // nodes only where they prove more than what was known
        if !closed.nodes.is_empty() {
            let Closed { charged, scale, shared, offset, nodes, .. } = closed;
            best.witness = Some(Evidence { charged, scale, shared, offset, nodes });
        }
    }
    if open(best) && options.uses(Step::Enumeration) && is_small(problem) {
        let aim = Aim { bins, cost: Some(best.lower) };
        let found = budget.within(ENUMERATION, |own| enumerate(problem, aim, Some(&best.solution), own));
        if let Some(better) = found.better {
            best.solution = better;
        }
        if found.complete {
            best.lower = u64::try_from(best.solution.cost(problem)).unwrap_or(best.lower);
        }
    }
}

impl Cheapest {
    /// A packing, and what bounds say of the cost of as many bins.
    pub fn from(problem: &Problem, solution: Solution, budget: &Budget) -> Self {
        let bins = solution.bins();
        // every bin costs what the cheapest does: known without time, and said by whoever adds the components up
        let least = problem.bins().iter().map(|bin| bin.cost).min().unwrap_or(0).saturating_mul(bins);
        if budget.look().is_err() {
            return Self { solution, lower: least, witness: None };
        }
        let claims = [bound::least_cost(problem, bins), bound::whole_cost(problem, bins, budget)];
        let best = claims.into_iter().flatten().max_by_key(|claim| claim.bound);
        let lower = best.as_ref().map_or(0, |claim| claim.bound).max(least);
        let witness = best.and_then(|Claim { scale, shared, prices, mut components, .. }| {
            let Component { bound: charged, nodes, .. } = components.pop()?;
            Some(Evidence { charged, scale, shared, offset: prices.clusters, nodes })
        });
        Self { solution, lower, witness }
    }

    /// The same as a charge, and the packing.
    fn charged(self, problem: &Problem) -> (Charged, Solution) {
        let Self { solution, lower, witness } = self;
        let shared = || vec![0; problem.bins().len()];
        let nothing = || Evidence { charged: 0, scale: 1, shared: shared(), offset: 0, nodes: Vec::new() };
        let Evidence { charged, scale, shared, offset, nodes } = witness.unwrap_or_else(nothing);
        (Charged { lower, charged, scale, shared, offset, nodes }, solution)
    }

    /// The claim of a component that is the whole problem, where maximum counts may be priced.
    pub fn claim(&self, problem: &Problem, reduced: &Reduced) -> Option<Claim> {
        let witness = self.witness.as_ref()?;
        let shared = map_shared(problem, reduced, &witness.shared);
        let items: Vec<usize> = (0..problem.items().len()).collect();
        let prices = problem.bins().iter().zip(&shared).map(|(bin, &shared)| witness.price(bin.cost, shared));
        let prices: Option<Vec<u64>> = prices.collect();
        let nodes = lift(problem, &items, reduced, &prices?, &witness.nodes)?;
        let components = vec![Component { items, bound: witness.charged, nodes }];
        let prices = Prices { clusters: witness.offset, ..Prices::default() };
        let claim = Claim { level: Level::Cost, scale: witness.scale, prices, shared, components, ..Claim::default() };
        let bound = bound::proven(problem, &claim, self.solution.bins())?.min(self.lower);
        Some(Claim { bound, ..claim })
    }
}

impl Evidence {
    /// What [`cheapest`] left with a component; `None`: no witness.
    pub fn of(charge: Charged) -> Option<Self> {
        let Charged { charged, scale, shared, offset, nodes, .. } = charge;
        (!nodes.is_empty()).then_some(Self { charged, scale, shared, offset, nodes })
    }

    /// The price of a bin type; `None` where it is none.
    pub fn price(&self, cost: u64, shared: u64) -> Option<u64> {
        let price = i128::from(self.scale).checked_mul(cost.into())?;
        u64::try_from(price.checked_add(shared.into())?.checked_add(self.offset)?).ok()
    }

    /// The bound on the cost with so many bins, maximum counts aside.
    pub fn proved(&self, bins: u64) -> Option<u64> {
        let above = i128::from(self.charged).checked_sub(self.offset.checked_mul(bins.into())?)?.max(0);
        let scale = i128::from(self.scale.max(1));
        u64::try_from(above / scale + i128::from(above % scale > 0)).ok()
    }
}

/// Proves (or betters) what was found of a component without maximum counts, by a price `W` on every bin instead of a
/// fixed number of bins: `cost + W bins` is bounded like any other value, and its tree needs no duals of the number of
/// bins that change from node to node. With `W` high enough no packing with more bins is worth less, so the
/// bound meets the value; where one is, it says how much higher `W` has to be.
fn penalised(problem: &Problem, found: &mut Cheapest, seen: &[Pattern], options: &Options, budget: &Budget) {
    let bins = found.solution.bins();
    let proved = |found: &Cheapest| found.witness.as_ref().and_then(|witness| witness.proved(bins)).unwrap_or(0);
    let costs = || problem.bins().iter().map(|bin| bin.cost);
    let (Some(least), Some(most)) = (costs().min(), costs().max()) else { return };
    let mut offset = match &found.witness {
        Some(Evidence { scale, offset, .. }) => offset.div_euclid(i128::from(*scale).max(1)) + 1,
        None => i128::from(most - least),
    };
    offset = offset.max(-i128::from(least));
    for _ in 0..effort::ATTEMPTS {
        let value = u64::try_from(found.solution.cost(problem)).unwrap_or(u64::MAX);
        if proved(found) >= value || problem.items().len() as u64 > MOST_TYPES || budget.look().is_err() {
            break;
        }
        let price = |cost: u64| u64::try_from(i128::from(cost).checked_add(offset)?).ok();
        let Some(prices) = costs().map(price).collect::<Option<Vec<u64>>>() else { break };
        let goal = Goal { prices, bins: None };
        let closed = budget.within(WITNESS, |own| close_gap(problem, &goal, &found.solution, seen, 0, options, own));
        let Closed { solution, lower: charged, nodes, .. } = closed;
        let witness = Evidence { charged, scale: 1, shared: vec![0; problem.bins().len()], offset, nodes };
        if !witness.nodes.is_empty() && witness.proved(bins) > Some(proved(found)) {
            found.lower = found.lower.max(witness.proved(bins).unwrap_or(0));
            found.witness = Some(witness);
        }
        let Some(other) = solution.filter(|other| other.check(problem).is_ok()) else { break };
        let less = i128::from(value) - i128::try_from(other.cost(problem)).unwrap_or(i128::MAX);
        match i128::from(other.bins()) - i128::from(bins) {
            0 if less > 0 => found.solution = other,
            // with this price the two are worth the same
            more if more > 0 && less > offset * more => offset = less / more + i128::from(less % more > 0),
            _ => break,
        }
    }
}
