//! One bin at a time, each filled as well as a short search can.
//!
//! The item that comes first in the order opens a bin; a depth-first search over the rest, in order, finds the fullest
//! legal completion: minimum bin slack with a fixed first item (Gupta and Ho 1999; Fleszar and Hindi 2002, section 2).

use fixedbitset::FixedBitSet;

use super::load::{Load, solution};
use super::shape::Shape;
use crate::budget::{Budget, Stop};
use crate::problem::Solution;

/// How the fullest completion is searched.
struct SubsetSearch<'s, 'a> {
    shape: &'s Shape<'a>,
    /// Item types in order of the search.
    order: &'s [usize],
    /// Copies left, by position.
    left: Vec<u64>,
    /// What a copy is worth, by position.
    value: Vec<f64>,
    /// The smallest size of each resource from a position on (of the items left when the bin was opened).
    smallest: Vec<u64>,
    chosen: Vec<(usize, u64)>,
    best: Vec<(usize, u64)>,
    best_value: f64,
    most_value: f64,
    nodes: u64,
}

/// Packs all items, `nodes` search nodes a bin. `None`: no bin is left for some item.
///
/// # Errors
/// [`Stop`] once the budget is used up.
pub(super) fn pack(
    shape: &Shape,
    order: &[usize],
    value: &[f64],
    nodes: u64,
    budget: &Budget,
) -> Result<Option<Solution>, Stop> {
    let mut search = SubsetSearch {
        shape,
        order,
        left: order.iter().map(|&item| shape.demand(item)).collect(),
        value: order.iter().map(|&item| value[item]).collect(),
        smallest: Vec::new(),
        chosen: Vec::new(),
        best: Vec::new(),
        best_value: 0.0,
        most_value: 0.0,
        nodes: 0,
    };
    let mut stock = shape.stock();
    let mut loads: Vec<Load> = Vec::new();
    let mut first = 0;
    while let Some(position) = (first..order.len()).find(|&position| search.left[position] > 0) {
        first = position;
        let item = order[position];
        let Some(kind) = shape.roomiest(&stock, item) else { return Ok(None) };
        search.fill(position, kind, nodes);
        budget.spend(search.nodes * 4 + 2 * (order.len() - first) as u64)?;
        // the same content again while the copies last
        let fewest = search.best.iter().map(|&(position, copies)| search.left[position] / copies).min().unwrap_or(1);
        let count = fewest.min(stock[kind]).max(1);
        stock[kind] -= count;
        let mut items = Vec::with_capacity(search.best.len());
        for &(position, copies) in &search.best {
            search.left[position] -= copies * count;
            items.push((order[position], copies));
        }
        loads.push(Load { bin: kind, items, count });
    }
    Ok(Some(solution(loads)))
}

impl SubsetSearch<'_, '_> {
    /// Finds the best content of a bin of type `kind` that holds a copy of the item at `first`.
    fn fill(&mut self, first: usize, kind: usize, nodes: u64) {
        let shape = self.shape;
        let dimensions = shape.dimensions;
        let mut residual = shape.capacity(kind).to_vec();
        self.smallest.clear();
        self.smallest.resize((self.order.len() + 1 - first) * dimensions, u64::MAX);
        for position in (first..self.order.len()).rev() {
            for q in 0..dimensions {
                let behind = self.smallest[(position + 1 - first) * dimensions + q];
                let size = if self.left[position] > 0 { shape.size(self.order[position])[q] } else { u64::MAX };
                self.smallest[(position - first) * dimensions + q] = behind.min(size);
            }
        }
        // with the weighted size as the value no content is worth more than the capacity
        self.most_value = f64::INFINITY;
        if dimensions == 1 {
            let item = self.order[first];
            let per_unit = self.value[first] / shape.size(item)[0].max(1) as f64;
            let uniform = (first..self.order.len()).step_by(1 + (self.order.len() - first) / 16).all(|position| {
                let value = per_unit * shape.size(self.order[position])[0] as f64;
                (value - self.value[position]).abs() <= 1e-9 * value.abs()
            });
            if uniform {
                self.most_value = per_unit * shape.capacity(kind)[0] as f64 * (1.0 - 1e-12);
            }
        }
        for (room, &size) in residual.iter_mut().zip(shape.size(self.order[first])) {
            *room -= size;
        }
        self.left[first] -= 1;
        self.chosen = vec![(first, 1)];
        self.best = self.chosen.clone();
        self.best_value = -1.0;
        self.nodes = nodes;
        let forbidden = shape.problem.conflicts().row(shape.class(self.order[first])).clone();
        let value = self.value[first];
        self.deepen(first, first, kind, &mut residual, &forbidden, value);
        self.left[first] += 1;
        self.nodes = nodes - self.nodes;
        let mut merged: Vec<(usize, u64)> = Vec::with_capacity(self.best.len());
        self.best.sort_unstable();
        for &(position, copies) in &self.best {
            match merged.last_mut() {
                Some(last) if last.0 == position => last.1 += copies,
                _ => merged.push((position, copies)),
            }
        }
        self.best = merged;
    }

    /// Tries every item from `from` on; greedy first, so the first leaf is the first-fit content.
    fn deepen(
        &mut self,
        first: usize,
        from: usize,
        kind: usize,
        residual: &mut [u64],
        forbidden: &FixedBitSet,
        value: f64,
    ) {
        let shape = self.shape;
        if value > self.best_value {
            self.best_value = value;
            self.best.clone_from(&self.chosen);
        }
        let mut last_size: Option<(&[u64], usize)> = None;
        for position in from..self.order.len() {
            let ahead = &self.smallest[(position - first) * shape.dimensions..][..shape.dimensions];
            if self.nodes == 0
                || self.best_value >= self.most_value
                || ahead.iter().zip(residual.iter()).any(|(size, room)| size > room)
            {
                return;
            }
            let item = self.order[position];
            let class = shape.class(item);
            if self.left[position] == 0
                || !shape.holds(residual, item)
                || forbidden.contains(class)
                || !shape.fits(item, kind)
                || last_size == Some((shape.size(item), class))
            {
                continue;
            }
            self.nodes -= 1;
            last_size = Some((shape.size(item), class));
            let copies = shape.copies_that_fit(residual, item, self.left[position]);
            let mut united = forbidden.clone();
            united.union_with(shape.problem.conflicts().row(class));
            // all that fit, then fewer: half as many each time keeps the tree small
            let mut copies = copies;
            while copies > 0 {
                self.take(position, item, copies, residual);
                self.deepen(first, position + 1, kind, residual, &united, value + self.value[position] * copies as f64);
                self.give_back(position, item, copies, residual);
                if self.nodes == 0 {
                    return;
                }
                copies = if copies > 4 { copies / 2 } else { copies - 1 };
            }
        }
    }

    fn take(&mut self, position: usize, item: usize, copies: u64, residual: &mut [u64]) {
        self.left[position] -= copies;
        self.chosen.push((position, copies));
        for (room, &size) in residual.iter_mut().zip(self.shape.size(item)) {
            *room -= size * copies;
        }
    }

    fn give_back(&mut self, position: usize, item: usize, copies: u64, residual: &mut [u64]) {
        self.left[position] += copies;
        self.chosen.pop();
        for (room, &size) in residual.iter_mut().zip(self.shape.size(item)) {
            *room += size * copies;
        }
    }
}
