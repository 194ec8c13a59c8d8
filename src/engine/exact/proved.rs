//! The best lower bound of a relaxation so far, and what proves it.

use super::charge::Charge;
use super::columns::Coupling;
use super::farley::Witness;
use super::float::to_float;

/// A bound that only grows. Nothing in it rests on a float: weights and charges are whole numbers once rounded.
#[derive(Default)]
pub(super) struct Proved {
    /// The bound, in prices.
    pub bound: u64,
    /// What proves it; under a coupling, what proves most with the charges of the anchor (or, without one, of `charge`).
    pub witness: Option<Witness>,
    /// The charges of the best bound, under a coupling.
    pub charge: Option<Charge>,
    /// Charges that the witness is to use.
    pub anchor: Option<Charge>,
}

impl Proved {
    /// Takes the weights, of which a bin of type `t` holds at most `heaviest[t]`, where they prove more than those before,
    /// or the same bound with more to spare; the weight that they allow a bin of price 1, if so.
    pub fn by_weights(&mut self, weights: &[u64], demand: &[u64], heaviest: &[u64], prices: &[u64]) -> Option<u64> {
        let witness = Witness::new(weights, demand, heaviest, prices)?;
        if self.witness.as_ref().is_some_and(|best| !exceeds(&witness, best, demand)) {
            return None;
        }
        let capacity = witness.capacity;
        self.bound = self.bound.max(witness.bound);
        self.witness = Some(witness);
        Some(capacity)
    }

    /// The same under a coupling, whose limits are worth `charge` with these weights.
    pub fn by_charge(
        &mut self,
        charge: Charge,
        weights: &[u64],
        demand: &[u64],
        heaviest: &[u64],
        (prices, coupling): (&[u64], &Coupling),
    ) {
        let Some(charged) = charge.prices(prices, coupling) else { return };
        if let Some(witness) = Witness::new(weights, demand, heaviest, &charged) {
            let bound = charge.value(witness.bound, coupling);
            if bound > self.bound {
                self.bound = bound;
                if self.anchor.is_none() {
                    self.witness = Some(witness);
                    self.charge = Some(charge);
                }
            }
        }
        if let Some(charged) = self.anchor.as_ref().and_then(|anchor| anchor.prices(prices, coupling)) {
            let witness = Witness::new(weights, demand, heaviest, &charged);
            if let Some(witness) = witness.filter(|new| self.witness.as_ref().is_none_or(|old| new.bound > old.bound)) {
                self.witness = Some(witness);
            }
        }
    }
}

/// A larger bound, or the same one less narrowly.
fn exceeds(new: &Witness, old: &Witness, demand: &[u64]) -> bool {
    if new.bound != old.bound {
        return new.bound > old.bound;
    }
    let value = |witness: &Witness| {
        let total: f64 = witness.weights.iter().zip(demand).map(|(&w, &d)| to_float(w) * to_float(d)).sum();
        total / to_float(witness.capacity)
    };
    value(new) > value(old)
}
