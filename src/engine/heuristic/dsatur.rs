//! The most constrained item first: DSATUR (Brélaz 1979) with capacities.
//!
//! An item's saturation is the number of open bins that cannot take it, for a conflict or for want of room.

use super::load::{Load, solution};
use super::shape::Shape;
use crate::budget::{Budget, Stop};
use crate::problem::Solution;

/// Packs one copy at a time; of equally saturated item types the one that comes first in `order`. `None`: no bin is
/// left for some item. Complexity: copies x (item types + bins).
///
/// # Errors
/// [`Stop`] once the budget is used up.
pub(super) fn pack(shape: &Shape, order: &[usize], budget: &Budget) -> Result<Option<Solution>, Stop> {
    let conflicts = shape.problem.conflicts();
    let mut stock = shape.stock();
    let mut left: Vec<u64> = order.iter().map(|&item| shape.demand(item)).collect();
    let mut saturation = vec![0u32; order.len()];
    let mut bins: Vec<(Load, Vec<u64>)> = Vec::new();
    // one bit an item (by position) and bin: cannot go there
    let mut shut: Vec<Vec<bool>> = Vec::new();
    loop {
        let waiting = (0..order.len()).filter(|&position| left[position] > 0);
        let next = waiting.max_by(|&a, &b| saturation[a].cmp(&saturation[b]).then(b.cmp(&a)));
        let Some(next) = next else { break };
        budget.spend((2 * order.len() + bins.len()) as u64)?;
        let item = order[next];
        let room = |bin: usize| -> f64 {
            let (load, residual): &(Load, Vec<u64>) = &bins[bin];
            let capacity = shape.capacity(load.bin);
            (0..shape.dimensions).map(|q| shape.weights[q] * residual[q] as f64 / capacity[q].max(1) as f64).sum()
        };
        let open = (0..bins.len()).filter(|&bin| !shut[bin][next]);
        let bin = match open.min_by(|&a, &b| room(a).total_cmp(&room(b))) {
            Some(bin) => bin,
            None => {
                let Some(kind) = shape.roomiest(&stock, item) else { return Ok(None) };
                stock[kind] -= 1;
                bins.push((Load { bin: kind, items: Vec::new(), count: 1 }, shape.capacity(kind).to_vec()));
                shut.push(order.iter().map(|&other| !shape.fits(other, kind)).collect());
                for (saturation, &shut) in saturation.iter_mut().zip(&shut[bins.len() - 1]) {
                    *saturation += u32::from(shut);
                }
                bins.len() - 1
            }
        };
        left[next] -= 1;
        let (load, residual) = &mut bins[bin];
        load.items.push((item, 1));
        for (room, &size) in residual.iter_mut().zip(shape.size(item)) {
            *room -= size;
        }
        let row = conflicts.row(shape.class(item));
        for (position, &other) in order.iter().enumerate() {
            let now = !shut[bin][position]
                && left[position] > 0
                && (row.contains(shape.class(other)) || !shape.holds(residual, other));
            if now {
                shut[bin][position] = true;
                saturation[position] += 1;
            }
        }
    }
    Ok(Some(solution(bins.into_iter().map(|bin| bin.0).collect())))
}
