//! From prices of items to weights of items, where only full bins count.

use crate::bound::gcd;
use crate::pricing::Case;

use super::float::{to_float, to_signed};

/// How prices of items become weights of items: so many for each unit of size in the resource that is just used up, less so many
/// for the price.
pub(super) struct Scales {
    /// That resource.
    pub resource: usize,
    /// What all sizes in it are multiples of.
    unit: u64,
    size: u64,
    price: u64,
    /// What a full bin weighs that is worth nothing.
    pub full: u64,
}

impl Scales {
    /// Weights for packings in `target` bins that are full to the brim in this resource, of which each item needs some. A bin with a
    /// unit to spare must weigh less than a full one, whatever its items are worth, between -1 and 1 each.
    pub fn new(case: &Case, target: u64) -> Option<Self> {
        let resource = full_resource(case, target)?;
        let size = |item: usize| case.size(item)[resource];
        let unit = (0..case.len()).fold(0, |unit, item| gcd(unit, size(item))).max(1);
        let capacity = case.bins()[0].capacity[resource] / unit;
        let mut smallest: Vec<(u64, u64)> =
            (0..case.len()).map(|item| (size(item) / unit, case.demand()[item])).collect();
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
        Some(Self { resource, unit, size: price * (most + 2), price, full: full(price)? })
    }

    pub fn weights(&self, case: &Case, prices: &[f64]) -> Vec<u64> {
        let weight = |(item, &price): (usize, &f64)| {
            let whole = i128::from(self.size) * i128::from(case.size(item)[self.resource] / self.unit);
            u64::try_from((whole - to_signed(price * to_float(self.price))).max(0)).unwrap_or(0)
        };
        prices.iter().enumerate().map(weight).collect()
    }
}

/// The first resource of which `target` bins of the only type hold just as much as all items need, and each of them some.
fn full_resource(case: &Case, target: u64) -> Option<usize> {
    let [bin] = case.bins() else { return None };
    let load = |q: usize| -> u128 {
        (0..case.len()).map(|item| u128::from(case.size(item)[q]) * u128::from(case.demand()[item])).sum()
    };
    let sized = |q: usize| (0..case.len()).all(|item| case.size(item)[q] > 0);
    (0..case.dimensions()).find(|&q| load(q) == u128::from(target) * u128::from(bin.capacity[q]) && sized(q))
}
