//! First fit and best fit over a given order, with equal bins counted and not copied.

use fixedbitset::FixedBitSet;

use super::effort::first_fit::SHORT_WINDOW;
use super::load::{Load, solution};
use super::rooms::Rooms;
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

/// How far an item type looks for a bin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// At the groups opened last, so many of them.
    Last(usize),
    /// At all of them by their room: the same plans for less, but after so many steps only at those opened last.
    ByRoom(u64),
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

    /// The room left, weighted.
    fn room(&self, shape: &Shape) -> f64 {
        let capacity = shape.capacity(self.bin);
        (0..shape.dimensions).map(|q| shape.weights[q] * self.residual[q] as f64 / capacity[q].max(1) as f64).sum()
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

/// Packs the item types in this order; each looks for a bin as far as `reach` says. Once the budget stops, the rest is
/// packed with a short window: a plan always comes out, in time linear in the item types. `Err(item)`: no bin is left
/// for this item type.
///
/// Complexity: item types x groups within reach, at most; by room about `n log n` in one dimension without conflicts.
pub(super) fn pack(shape: &Shape, order: &[usize], fit: Fit, reach: Reach, budget: &Budget) -> Result<Solution, usize> {
    let mut groups: Vec<Group> = Vec::new();
    let mut stock = shape.stock();
    let smallest = smallest_ahead(shape, order);
    // groups that may still take something, in the order of their opening
    let mut active: Vec<usize> = Vec::new();
    let (mut window, mut rooms, patience) = match reach {
        Reach::Last(window) => (window.max(1), None, 0),
        Reach::ByRoom(steps) if fit == Fit::First => (SHORT_WINDOW, Some(Rooms::opened(shape.dimensions)), steps),
        Reach::ByRoom(steps) => (SHORT_WINDOW, Some(Rooms::fullest()), steps),
    };
    let mut work = 0;
    for (position, &item) in order.iter().enumerate() {
        let mut left = shape.demand(item);
        if active.len() / 2 > window {
            active.drain(..active.len() - window);
        }
        let first = active.len().saturating_sub(window);
        if budget.spend((active.len() - first) as u64 + 1 + work).is_err() {
            window = window.min(SHORT_WINDOW);
            rooms = None;
        }
        let mut steps = patience;
        while left > 0 {
            let takes = |group: usize| groups.get(group).is_some_and(|group| group.takes(shape, item, 1) > 0);
            let area = shape.area[item] * (1.0 - 1e-9);
            let by_room = rooms.as_ref().map(|rooms| rooms.find(shape.size(item), area, &mut steps, takes));
            let found = match (by_room, fit) {
                (Some(Ok(found)), _) => found,
                (_, Fit::First) => active[first..].iter().copied().find(|&group| takes(group)),
                (_, Fit::Best) => tightest(shape, &groups, &active[first..], item),
            };
            let Some(group) = found else { break };
            let opened = groups.len();
            left -= fill(shape, &mut groups, &mut active, group, item, left);
            tell(shape, rooms.as_mut(), &groups, (opened..groups.len()).chain([group]));
        }
        work = patience - steps;
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
            tell(shape, rooms.as_mut(), &groups, [groups.len() - 1]);
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

/// The room of these groups has changed.
fn tell(shape: &Shape, rooms: Option<&mut Rooms>, groups: &[Group], changed: impl IntoIterator<Item = usize>) {
    let Some(rooms) = rooms else { return };
    for group in changed {
        rooms.set(group, &groups[group].residual, groups[group].room(shape));
    }
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
        let room = bins.room(shape);
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
