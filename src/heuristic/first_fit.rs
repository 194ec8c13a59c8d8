//! First fit and best fit over a given order, with equal bins counted and not copied.

use fixedbitset::FixedBitSet;

use super::load::{Load, solution};
use super::shape::Shape;
use crate::budget::Budget;
use crate::problem::Solution;

/// Which of the bins that can take an item gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// The one opened first.
    First,
    /// The one left with the least weighted room.
    Best,
}

/// Equal bins.
struct Group {
    bin: usize,
    count: u64,
    residual: Vec<u64>,
    items: Vec<(usize, u64)>,
    /// One bit a class: may not come in.
    forbidden: FixedBitSet,
}

impl Group {
    fn empty(shape: &Shape, bin: usize, count: u64) -> Self {
        let forbidden = FixedBitSet::with_capacity(shape.problem.conflicts().len());
        Self { bin, count, residual: shape.capacity(bin).to_vec(), items: Vec::new(), forbidden }
    }

    /// Copies of the item that each bin can take, at most `wanted`.
    fn takes(&self, shape: &Shape, item: usize, wanted: u64) -> u64 {
        let class = shape.class(item);
        if self.forbidden.contains(class) || !shape.fits(item, self.bin) {
            return 0;
        }
        shape.copies_that_fit(&self.residual, item, wanted)
    }

    fn add(&mut self, shape: &Shape, item: usize, copies: u64) {
        for (room, &size) in self.residual.iter_mut().zip(shape.size(item)) {
            *room -= size * copies;
        }
        let class = shape.class(item);
        if !self.items.iter().any(|&(other, _)| shape.class(other) == class) {
            self.forbidden.union_with(shape.problem.conflicts().row(class));
        }
        self.items.push((item, copies));
    }

    fn split(&mut self, count: u64) -> Self {
        self.count -= count;
        Self {
            bin: self.bin,
            count,
            residual: self.residual.clone(),
            items: self.items.clone(),
            forbidden: self.forbidden.clone(),
        }
    }
}

/// Groups looked at for an item type once the budget has stopped.
const SHORT_WINDOW: usize = 32;

/// Packs the item types in this order. Only the `window` groups opened last are looked at (all of them where it is
/// large enough). Once the budget stops, the rest is packed with a short window: a plan always comes out, in time
/// linear in the item types. `Err(item)`: no bin is left for this item type.
///
/// Complexity: item types x groups within the window, at most.
pub(super) fn pack(
    shape: &Shape,
    order: &[usize],
    fit: Fit,
    window: usize,
    budget: &Budget,
) -> Result<Solution, usize> {
    let mut groups: Vec<Group> = Vec::new();
    let mut stock = shape.stock();
    let smallest = smallest_ahead(shape, order);
    // groups that may still take something, in the order of their opening
    let mut active: Vec<usize> = Vec::new();
    let mut window = window.max(1);
    for (position, &item) in order.iter().enumerate() {
        let mut left = shape.demand(item);
        if active.len() / 2 > window {
            active.drain(..active.len() - window);
        }
        let first = active.len().saturating_sub(window);
        if budget.spend((active.len() - first) as u64 + 1).is_err() {
            window = window.min(SHORT_WINDOW);
        }
        while left > 0 {
            let found = match fit {
                Fit::First => active[first..].iter().copied().find(|&group| groups[group].takes(shape, item, 1) > 0),
                Fit::Best => tightest(shape, &groups, &active[first..], item),
            };
            let Some(group) = found else { break };
            left -= fill(shape, &mut groups, &mut active, group, item, left);
        }
        while left > 0 {
            let Some(bin) = shape.roomiest(&stock, item) else { return Err(item) };
            let each = shape.copies_that_fit(shape.capacity(bin), item, left).max(1);
            let count = (left / each).min(stock[bin]).max(1);
            stock[bin] -= count;
            let mut group = Group::empty(shape, bin, count);
            group.add(shape, item, each);
            left -= each * count;
            active.push(groups.len());
            groups.push(group);
        }
        let full = |group: &Group| {
            let ahead = &smallest[(position + 1) * shape.dimensions..][..shape.dimensions];
            group.residual.iter().zip(ahead).any(|(room, size)| room < size)
        };
        if position % 16 == 0 {
            active.retain(|&group| !full(&groups[group]));
        }
    }
    let loads = groups.into_iter().map(|group| Load { bin: group.bin, items: group.items, count: group.count });
    Ok(solution(loads.collect()))
}

/// Puts copies into bins of the group, splitting it where not all of its bins get the same. Returns how many.
fn fill(shape: &Shape, groups: &mut Vec<Group>, active: &mut Vec<usize>, group: usize, item: usize, left: u64) -> u64 {
    let each = groups[group].takes(shape, item, left);
    let count = groups[group].count;
    let full = (left / each).min(count);
    if full < count {
        let rest = groups[group].split(count - full);
        active.push(groups.len());
        groups.push(rest);
    }
    groups[group].add(shape, item, each);
    each * full
}

fn tightest(shape: &Shape, groups: &[Group], active: &[usize], item: usize) -> Option<usize> {
    let mut best: Option<(f64, usize)> = None;
    for &group in active {
        let bins = &groups[group];
        if bins.takes(shape, item, 1) == 0 {
            continue;
        }
        let capacity = shape.capacity(bins.bin);
        let room: f64 =
            (0..shape.dimensions).map(|q| shape.weights[q] * bins.residual[q] as f64 / capacity[q].max(1) as f64).sum();
        if best.is_none_or(|(least, _)| room < least) {
            best = Some((room, group));
        }
    }
    best.map(|(_, group)| group)
}

/// For each position the smallest size, resource by resource, from there on.
fn smallest_ahead(shape: &Shape, order: &[usize]) -> Vec<u64> {
    let dimensions = shape.dimensions;
    let mut smallest = vec![u64::MAX; (order.len() + 1) * dimensions];
    for (position, &item) in order.iter().enumerate().rev() {
        for (q, &size) in shape.size(item).iter().enumerate() {
            smallest[position * dimensions + q] = smallest[(position + 1) * dimensions + q].min(size);
        }
    }
    smallest
}
