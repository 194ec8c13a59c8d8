//! PartialCol with capacities: tabu search over plans of k bins that leave some items out.
//!
//! Blöchliger and Zufferey 2008 for graph colouring, with sizes: a move brings one waiting copy into a bin and throws
//! out whatever conflicts with it there, then the least that makes room. What was thrown out of a bin may not come
//! back for a while. Meant for arbitrary conflict graphs of up to a few thousand item types.

use super::load::{Load, residual};
use super::shape::Shape;
use crate::budget::{Budget, Stop};
use crate::problem::random::Random;

/// What a search wants to have waiting as little as possible.
#[derive(Clone, Copy, Debug)]
pub(super) enum Weigh {
    /// Copies, all alike: many moves are worth the same, and chance among them leads far where conflicts rule.
    Copies,
    /// Sizes: right where room rules.
    Area,
}

impl Weigh {
    /// What a copy of each item type weighs, and what making room costs at least.
    pub fn weights(self, shape: &Shape) -> (Vec<f64>, f64) {
        // a constant beside the size: few that wait are better than many
        let mean = 0.5 * shape.area.iter().sum::<f64>() / shape.len() as f64;
        match self {
            Self::Copies => (vec![1.0; shape.len()], 1.0),
            Self::Area => (shape.area.iter().map(|area| area + mean).collect(), mean),
        }
    }
}

/// A plan that leaves some items out: legal bins, perhaps empty ones, and what waits.
#[derive(Clone, Debug)]
pub(super) struct Partial {
    /// The bins, one by one.
    pub bins: Vec<Load>,
    /// Item types and copies that wait.
    pub waiting: Vec<(usize, u64)>,
    /// What those weigh.
    pub weight: f64,
}

struct Bin {
    kind: usize,
    residual: Vec<u64>,
    items: Vec<(usize, u64)>,
}

/// A search from one partial plan.
pub(super) struct TabuSearch<'s, 'a> {
    shape: &'s Shape<'a>,
    /// For each class the item types that may not share a bin with it.
    apart: &'s [Vec<u32>],
    bins: Vec<Bin>,
    /// Copies that wait, by item type, and the item types that do.
    waiting: Vec<u64>,
    queue: Vec<usize>,
    /// What waits weighs.
    total: f64,
    weight: &'s [f64],
    /// Weight of the smallest item: what making room costs at least.
    least: f64,
    /// By bin and item type: the weight of what conflicts there, and the room that it would leave.
    blocked: Vec<f64>,
    freed: Vec<u64>,
    /// By bin and item type: not before this move.
    tabu: Vec<u64>,
    moves: u64,
}

impl<'s, 'a> TabuSearch<'s, 'a> {
    /// A search from this partial plan; `None`: a bin of it holds too much.
    ///
    /// # Errors
    /// [`Stop`] once the budget is used up.
    pub fn new(
        shape: &'s Shape<'a>,
        apart: &'s [Vec<u32>],
        (weight, least): (&'s [f64], f64),
        start: &Partial,
        budget: &Budget,
    ) -> Result<Option<Self>, Stop> {
        let cells = shape.len() * start.bins.len();
        budget.spend(cells as u64 / 4)?;
        let mut search = Self {
            shape,
            apart,
            bins: Vec::with_capacity(start.bins.len()),
            waiting: vec![0; shape.len()],
            queue: Vec::new(),
            total: 0.0,
            weight,
            least,
            blocked: vec![0.0; cells],
            freed: vec![0; cells * shape.dimensions],
            tabu: vec![0; cells],
            moves: 0,
        };
        for (bin, load) in start.bins.iter().enumerate() {
            let Some(residual) = residual(shape.problem, load.bin, &load.items) else { return Ok(None) };
            search.bins.push(Bin { kind: load.bin, residual, items: load.items.clone() });
            for &(item, copies) in &load.items {
                // a row of a dense graph is as long as the item types are many
                budget.spend(apart[shape.class(item)].len() as u64 / 2)?;
                search.count_conflicts(item, bin, copies, true);
            }
        }
        for &(item, copies) in &start.waiting {
            search.wait(item, copies);
        }
        Ok(Some(search))
    }

    /// The partial plan as it is now.
    fn partial(&self) -> Partial {
        let bins = self.bins.iter().map(|bin| Load { bin: bin.kind, items: bin.items.clone(), count: 1 }).collect();
        let waiting = self.queue.iter().map(|&item| (item, self.waiting[item])).collect();
        Partial { bins, waiting, weight: self.total }
    }

    fn wait(&mut self, item: usize, copies: u64) {
        if self.waiting[item] == 0 {
            self.queue.push(item);
        }
        self.waiting[item] += copies;
        self.total += self.weight[item] * copies as f64;
    }

    /// Accounts for copies of `item` in (or, `enter` false, out of) a bin with everything that conflicts with it.
    fn count_conflicts(&mut self, item: usize, bin: usize, copies: u64, enter: bool) {
        let (len, dimensions) = (self.shape.len(), self.shape.dimensions);
        let weight = self.weight[item] * copies as f64;
        let weight = if enter { weight } else { -weight };
        let apart = &self.apart[self.shape.class(item)];
        let blocked = &mut self.blocked[bin * len..][..len];
        for &other in apart {
            blocked[other as usize] += weight;
        }
        let freed = &mut self.freed[bin * len * dimensions..][..len * dimensions];
        for (q, &size) in self.shape.size(item).iter().enumerate() {
            if size == 0 {
                continue;
            }
            for &other in apart {
                let freed = &mut freed[other as usize * dimensions + q];
                *freed = if enter { *freed + size * copies } else { *freed - size * copies };
            }
        }
    }

    /// Goes on until nothing waits, or for so many moves: the best that it came by.
    ///
    /// # Errors
    /// [`Stop`] once the budget is used up.
    pub fn run(mut self, moves: u64, random: &mut Random, budget: &Budget) -> Result<Partial, Stop> {
        let mut best = self.partial();
        while !self.queue.is_empty() && self.moves < moves {
            self.moves += 1;
            budget.spend((self.queue.len() * self.bins.len() + 50) as u64)?;
            let Some((item, bin)) = self.choose(random) else { continue };
            self.enter(item, bin, random);
            if self.total < best.weight - 1e-9 {
                best = self.partial();
            }
        }
        Ok(if self.queue.is_empty() { self.partial() } else { best })
    }

    /// The move that leaves least waiting, of those that are not barred; each of the best is as likely.
    fn choose(&self, random: &mut Random) -> Option<(usize, usize)> {
        let len = self.shape.len();
        let mut best = None;
        let mut limit = f64::INFINITY;
        let mut ties = 0;
        for (bin, inside) in self.bins.iter().enumerate() {
            for &item in &self.queue {
                let cell = bin * len + item;
                let gain = self.weight[item];
                if self.blocked[cell] - gain > limit + 1e-9 || self.tabu[cell] > self.moves {
                    continue;
                }
                if !self.shape.fits(item, inside.kind) {
                    continue;
                }
                let loss = self.blocked[cell] + self.room(item, inside, cell) - gain;
                if loss > limit + 1e-9 {
                    continue;
                }
                ties = if loss < limit - 1e-9 { 1 } else { ties + 1 };
                if random.below(ties) == 0 {
                    best = Some((item, bin));
                    limit = limit.min(loss);
                }
            }
        }
        best
    }

    /// What must leave for the room that one copy still misses once the conflicts are gone, at the price of the area.
    fn room(&self, item: usize, inside: &Bin, cell: usize) -> f64 {
        let shape = self.shape;
        let mut missing: f64 = 0.0;
        for (q, &size) in shape.size(item).iter().enumerate() {
            if size > inside.residual[q] {
                let room = inside.residual[q] + self.freed[cell * shape.dimensions + q];
                if size > room {
                    let capacity = shape.capacity(inside.kind)[q].max(1) as f64;
                    missing = missing.max((size - room) as f64 / capacity);
                }
            }
        }
        if missing > 0.0 { missing + self.least } else { 0.0 }
    }

    fn enter(&mut self, item: usize, bin: usize, random: &mut Random) {
        let shape = self.shape;
        let row = shape.problem.conflicts().row(shape.class(item));
        let tenure = self.moves + random.below(10) + (self.queue.len() as u64 * 6).div_ceil(10);
        let conflicts = |inside: &(usize, u64)| row.contains(shape.class(inside.0));
        while let Some(&(other, copies)) = self.bins[bin].items.iter().find(|inside| conflicts(inside)) {
            self.leave(other, bin, copies, tenure);
        }
        while !shape.holds(&self.bins[bin].residual, item) {
            // the lightest that makes all the room, or else the one that makes most of it
            let mut choice: Option<(bool, f64, usize)> = None;
            for &(other, _) in &self.bins[bin].items {
                let mut share: f64 = 0.0;
                let mut all = true;
                for (q, &size) in shape.size(item).iter().enumerate() {
                    let missing = size.saturating_sub(self.bins[bin].residual[q]);
                    if missing > 0 {
                        share += (shape.size(other)[q] as f64 / missing as f64).min(1.0);
                        all &= shape.size(other)[q] >= missing;
                    }
                }
                let noise = 1.0 + random.below(100) as f64 / 1000.0;
                let value = if all { -self.weight[other] } else { share / self.weight[other] } * noise;
                if share > 0.0 && choice.is_none_or(|(best_all, best, _)| (all, value) > (best_all, best)) {
                    choice = Some((all, value, other));
                }
            }
            // an empty bin of a fitting type has room, so somebody is always found
            let Some((_, _, other)) = choice else { return };
            self.leave(other, bin, 1, tenure);
        }
        self.waiting[item] -= 1;
        self.total -= self.weight[item];
        if self.waiting[item] == 0 {
            self.queue.retain(|&other| other != item);
        }
        for (room, &size) in self.bins[bin].residual.iter_mut().zip(shape.size(item)) {
            *room -= size;
        }
        match self.bins[bin].items.iter_mut().find(|inside| inside.0 == item) {
            Some(inside) => inside.1 += 1,
            None => self.bins[bin].items.push((item, 1)),
        }
        self.count_conflicts(item, bin, 1, true);
    }

    fn leave(&mut self, item: usize, bin: usize, copies: u64, tenure: u64) {
        for (room, &size) in self.bins[bin].residual.iter_mut().zip(self.shape.size(item)) {
            *room += size * copies;
        }
        if let Some(place) = self.bins[bin].items.iter().position(|inside| inside.0 == item) {
            self.bins[bin].items[place].1 -= copies;
            if self.bins[bin].items[place].1 == 0 {
                self.bins[bin].items.swap_remove(place);
            }
        }
        self.count_conflicts(item, bin, copies, false);
        self.tabu[bin * self.shape.len() + item] = tenure;
        self.wait(item, copies);
    }
}
