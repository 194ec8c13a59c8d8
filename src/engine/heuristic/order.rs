//! In which order items are packed.

use super::shape::Shape;
use crate::problem::random::Random;

/// Item types by falling key; ties by index.
pub(super) fn falling(keys: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by(|&a, &b| keys[b].total_cmp(&keys[a]).then(a.cmp(&b)));
    order
}

/// The key `share x size + (1 - share) x degree`, size by its weighted sum relative to the largest one.
pub(super) fn size_and_degree(shape: &Shape, share: f64) -> Vec<f64> {
    let largest = shape.area.iter().copied().fold(1e-12, f64::max);
    (0..shape.len())
        .map(|item| share * shape.area[item] / largest + (1.0 - share) * shape.degree[shape.class(item)])
        .collect()
}

/// The sum of an item's shares of the largest capacities, resource by resource.
pub(super) fn sum(shape: &Shape) -> Vec<f64> {
    let share =
        |item: usize| shape.size(item).iter().zip(&shape.largest).map(|(&size, &most)| size as f64 / most).sum();
    (0..shape.len()).map(share).collect()
}

/// The keys, each multiplied by a number drawn from `1 - spread ..= 1 + spread`.
pub(super) fn shaken(keys: &[f64], spread: f64, random: &mut Random) -> Vec<f64> {
    keys.iter().map(|key| key * (1.0 + spread * (random.below(2001) as f64 / 1000.0 - 1.0))).collect()
}
