//! Safe lower bounds from whole-number weights (Farley 1990; for colouring Held, Cook & Sewell 2012).

use crate::certify::Node;

/// Weights of the items, and the bound that they prove.
///
/// Every feasible bin of type `t` weighs at most `capacity * prices[t]`, hence the bins of a solution cost at least
/// `ceil(sum demand * weight / capacity)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Witness {
    pub weights: Vec<u64>,
    pub capacity: u64,
    pub bound: u64,
}

impl Witness {
    /// The bound of these weights where no bin of type `t` is heavier than `heaviest[t]`. `None` where a bin without a
    /// price has a weight, or a number does not fit. Complexity: linear.
    pub fn new(weights: &[u64], demand: &[u64], heaviest: &[u64], prices: &[u64]) -> Option<Self> {
        let mut capacity = 1;
        for (&heaviest, &price) in heaviest.iter().zip(prices) {
            if price > 0 {
                capacity = capacity.max(heaviest.div_ceil(price));
            } else if heaviest > 0 {
                return None;
            }
        }
        let bound = bound(weights, demand, capacity)?;
        Some(Self { weights: weights.to_vec(), capacity, bound })
    }

    /// The node of the certificate that proves at least `bound` with the fewest bits that still do.
    ///
    /// Rounding `weight * q / capacity` down keeps every bin of type `t` within `q * prices[t]`, so no bin has to be weighed
    /// again. Falls back on the weights as they are.
    pub fn node(&self, demand: &[u64], at_least: u64) -> Node {
        for bits in 0..62 {
            let capacity = 1u64 << bits;
            if capacity >= self.capacity {
                break;
            }
            let weights: Option<Vec<u64>> = self
                .weights
                .iter()
                .map(|&weight| {
                    u64::try_from(u128::from(weight) * u128::from(capacity) / u128::from(self.capacity)).ok()
                })
                .collect();
            let Some(weights) = weights else { break };
            if bound(&weights, demand, capacity).is_some_and(|bound| bound >= at_least) {
                return Node::Weights { weights, capacity };
            }
        }
        Node::Weights { weights: self.weights.clone(), capacity: self.capacity }
    }
}

fn bound(weights: &[u64], demand: &[u64], capacity: u64) -> Option<u64> {
    let total = weights
        .iter()
        .zip(demand)
        .try_fold(0u128, |total, (&weight, &demand)| total.checked_add(u128::from(weight) * u128::from(demand)))?;
    u64::try_from(total.div_ceil(u128::from(capacity))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_bits_keep_the_bound() {
        // three items of which any two fill a bin: 1.5 bins, so 2
        let witness = Witness::new(&[500, 500, 500], &[1, 1, 1], &[1_000], &[1]).unwrap();
        assert_eq!(witness.bound, 2);
        assert_eq!(witness.node(&[1, 1, 1], 2), Node::Weights { weights: vec![1, 1, 1], capacity: 2 });
        assert_eq!(Witness::new(&[1], &[1], &[1], &[0]), None);
    }
}
