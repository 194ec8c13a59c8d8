//! Bins that no plan below the bound can use: exclusion by reduced cost (Baldacci, Christofides, Mingozzi 2008).
//!
//! Let every feasible bin of type `t` weigh at most `M p_t`, and suppose a plan with `sum_t n_t p_t <= b - 1`. If one of its
//! bins, of type `t`, weighs `w`, then all of them weigh at most `M (b - 1 - p_t) + w`, and that is at least
//! `sum_i d_i W_i`. So that bin weighs at least `least_t = sum_i d_i W_i - M (b - 1 - p_t)`: lighter ones are excluded.

use super::failure::{Failure, refuted};
use super::heaviest::Floor;

/// The weights of a [`Node::Exclude`](super::Node::Exclude), and what a bin must weigh that is not excluded.
pub(super) struct Exclusion {
    /// One an item of the case. No overflow: a problem has at most 2^62 copies, and no copy is in two items.
    weights: Vec<u128>,
    /// Of each bin type that exists, in their order; may be negative.
    least: Vec<i128>,
}

impl Exclusion {
    /// What follows from these weights for a component that is to prove `bound`, with bin types of these prices.
    pub fn new(
        weights: &[u64],
        capacity: u64,
        demand: &[u64],
        bound: u64,
        prices: impl Iterator<Item = i128>,
    ) -> Result<Self, Failure> {
        if weights.len() != demand.len() {
            return refuted(format!("{} weights for {} items", weights.len(), demand.len()));
        }
        if capacity == 0 {
            return refuted("the capacity is 0");
        }
        // below 2^126
        let total: i128 = weights.iter().zip(demand).map(|(&w, &d)| i128::from(w) * i128::from(d)).sum();
        let least = |price: i128| {
            let others = (i128::from(bound) - 1).checked_sub(price)?.checked_mul(i128::from(capacity))?;
            total.checked_sub(others)
        };
        let least = prices.map(|price| least(price).ok_or(Failure::Undecided)).collect::<Result<_, _>>()?;
        Ok(Self { weights: weights.iter().map(|&weight| u128::from(weight)).collect(), least })
    }

    /// A new item, made of a copy of each of these, weighs as much as they do.
    pub fn merge(&mut self, a: usize, b: usize) {
        self.weights.push(self.weights[a] + self.weights[b]);
    }

    /// Undoes the last merge.
    pub fn split(&mut self) {
        self.weights.pop();
    }

    /// Whether bins of the type at `place` are excluded at all.
    pub fn excludes(&self, place: usize) -> bool {
        self.least[place] > 0
    }

    /// Whether the item counts.
    pub fn weighs(&self, item: usize) -> bool {
        self.weights[item] > 0
    }

    /// What a bin of the type at `place` must weigh, for a search among these items.
    pub fn floor(&self, place: usize, items: &[usize]) -> Floor {
        let least = u128::try_from(self.least[place]).unwrap_or(0);
        Floor { weights: items.iter().map(|&item| self.weights[item]).collect(), least }
    }
}
