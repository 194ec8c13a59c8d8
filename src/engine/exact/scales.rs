//! From prices of items to weights of items, where only full bins count.

use crate::pricing::Case;

use super::float::{to_float, to_signed};

/// How prices of items become weights of items: so many for each unit of size, less so many for the price.
pub(super) struct Scales {
    size: u64,
    price: u64,
    /// What a full bin weighs that is worth nothing.
    pub full: u64,
}

impl Scales {
    /// A bin with a unit to spare must weigh less than a full one, whatever its items are worth, between -1 and 1 each.
    pub fn new(case: &Case, target: u64) -> Option<Self> {
        let capacity = case.bins()[0].capacity[0];
        let mut smallest: Vec<(u64, u64)> =
            (0..case.len()).map(|item| (case.size(item)[0], case.demand()[item])).collect();
        smallest.sort_unstable();
        let (mut room, mut most) = (capacity, 0u64);
        for (size, copies) in smallest {
            let fit = (room / size).min(copies);
            (room, most) = (room - fit * size, most + fit);
            if fit < copies {
                break;
            }
        }
        let full = |price: u64| price.checked_mul(most + 2)?.checked_mul(capacity);
        let fits =
            |&price: &u64| full(price).and_then(|full| full.checked_mul(target + 1)).is_some_and(|all| all < 1 << 60);
        let price = (16..=30).rev().map(|bits| 1u64 << bits).find(fits)?;
        Some(Self { size: price * (most + 2), price, full: full(price)? })
    }

    pub fn weights(&self, case: &Case, prices: &[f64]) -> Vec<u64> {
        let weight = |(item, &price): (usize, &f64)| {
            let whole = i128::from(self.size) * i128::from(case.size(item)[0]);
            u64::try_from((whole - to_signed(price * to_float(self.price))).max(0)).unwrap_or(0)
        };
        prices.iter().enumerate().map(weight).collect()
    }
}
