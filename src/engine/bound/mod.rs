//! Lower bounds in whole numbers, each with the witness that proves it.
//!
//! A bound is about one component and integer *prices* of the bin types: it proves `sum_t n_t price_t >= value` for
//! every legal packing that uses `n_t` bins of type `t`. With all prices 1 it bounds the number of bins.

#![deny(clippy::float_arithmetic)]

mod capacity;
mod clique;
mod counts;
mod cover;
mod dual_feasible;
mod priced;
mod savings;
mod whole_cost;

pub use capacity::{along, capacity, capacity_by_eligibility};
pub use clique::clique;
pub use counts::{cost_of, fewest, gcd, infeasible, least_cost, proven};
pub use cover::cover;
pub(crate) use cover::{MOST_CELLS, single_resources};
pub use dual_feasible::dual_feasible;
pub use priced::{Priced, priced};
pub use savings::{Saved, saved};
pub use whole_cost::whole_cost;

use crate::budget::{Budget, Question};
use crate::certify::Node;
use crate::problem::Problem;

/// A proven bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// `sum_t n_t price_t` is at least this.
    pub value: u64,
    /// Why.
    pub node: Node,
}

impl Bound {
    /// The bound that proves nothing.
    #[must_use]
    pub fn zero(problem: &Problem) -> Self {
        Self { value: 0, node: Node::Weights { weights: vec![0; problem.items().len()], capacity: 1 } }
    }

    /// What holds of any component that is not empty: its first item type is in some bin, and no bin holds more copies of
    /// it than there are. Needs no work.
    #[must_use]
    pub fn least(problem: &Problem, prices: &[u64]) -> Self {
        let Some(item) = problem.items().first() else { return Self::zero(problem) };
        let homes = (0..prices.len()).filter(|&bin| problem.fits_alone(0, bin));
        let value = homes.map(|bin| prices[bin]).min().unwrap_or(0);
        let mut weights = vec![0; problem.items().len()];
        weights[0] = value;
        Self { value, node: Node::Weights { weights, capacity: item.demand } }
    }

    fn raise(&mut self, other: Option<Bound>) {
        if let Some(other) = other.filter(|other| other.value > self.value) {
            *self = other;
        }
    }
}

/// The best of all combinatorial bounds, cheap ones first: a later one replaces an earlier only if it is higher.
/// An item that fits no bin is reported at once, with the highest bound there is.
#[must_use]
pub fn best(problem: &Problem, prices: &[u64], budget: &Budget) -> Bound {
    if !budget.remembers() {
        return highest(problem, prices, budget);
    }
    let question = Highest { problem: problem.clone(), prices: prices.to_vec() };
    budget.remembering(question, |it| highest(&it.problem, &it.prices, budget))
}

/// What the best of all bounds depends on.
#[derive(PartialEq, Eq, Hash)]
struct Highest {
    problem: Problem,
    prices: Vec<u64>,
}

impl Question for Highest {
    type Answer = Bound;

    fn bytes(&self) -> usize {
        let (rows, classes) = (self.problem.items().len() + self.prices.len(), self.problem.conflicts().len());
        rows.saturating_mul(8 * self.problem.dimensions() + 96).saturating_add(classes.saturating_mul(classes / 8 + 48))
    }
}

fn highest(problem: &Problem, prices: &[u64], budget: &Budget) -> Bound {
    let bins = problem.bins().len();
    if let Some(item) = (0..problem.items().len()).find(|&item| !(0..bins).any(|bin| problem.fits_alone(item, bin))) {
        return Bound { value: u64::MAX, node: Node::Unplaceable { item } };
    }
    let mut best = Bound::zero(problem);
    best.raise(capacity(problem, prices, budget));
    best.raise(capacity_by_eligibility(problem, prices, budget));
    best.raise(dual_feasible(problem, prices, budget));
    best.raise(clique(problem, prices, budget));
    best.raise(by_whole_bins(problem, prices, budget));
    best
}

/// Steps of the search for whole bins with all the room.
const STEPS: u64 = 20_000;

/// Where bin types differ: whole bins that have the room in all resources at once. What is roomy in one is often small in another.
fn by_whole_bins(problem: &Problem, prices: &[u64], budget: &Budget) -> Option<Bound> {
    if problem.bins().len() < 2 {
        return None;
    }
    cover(problem, prices, &single_resources(problem.dimensions()), STEPS, budget).map(|found| found.bound)
}

/// `ceil(sum_i demand_i weight_i / capacity)`, what [`Node::Weights`] proves; `None` above `u64`.
#[must_use]
pub fn weighed(problem: &Problem, weights: &[u64], capacity: u64) -> Option<u64> {
    let total =
        problem.items().iter().zip(weights).try_fold(0u128, |total, (item, &weight)| {
            total.checked_add(u128::from(item.demand) * u128::from(weight))
        })?;
    u64::try_from(total.div_ceil(u128::from(capacity.max(1)))).ok()
}

#[cfg(test)]
mod tests;
