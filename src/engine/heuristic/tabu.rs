//! PartialCol with capacities: tabu search over plans of k bins that leave some items out.
//!
//! Blöchliger and Zufferey 2008 for graph colouring, with sizes: a move brings one waiting copy into a bin and throws
//! out whatever conflicts with it there, then the least that makes room. What was thrown out of a bin may not come
//! back for a while. Meant for arbitrary conflict graphs of up to a few thousand item types.

use super::effort::tabu::{FIRST, MOST_CELLS};
use super::load::{Load, bins, residual, solution};
use super::shape::Shape;
use crate::budget::{Budget, Stop};
use crate::problem::Solution;
use crate::problem::random::Random;

/// A plan with fewer bins than `start`, down to `lower`; `None` where none was found before the budget ran out.
pub(super) fn improve(
    shape: &Shape,
    start: &Solution,
    lower: u64,
    random: &mut Random,
    budget: &Budget,
) -> Option<Solution> {
    let cells = (shape.len() as u64).saturating_mul(start.bins()).saturating_mul(shape.dimensions as u64 + 2);
    if start.bins() <= lower || start.bins() < 2 || cells > MOST_CELLS {
        return None;
    }
    let mut best: Option<Solution> = None;
    let mut work = FIRST;
    loop {
        for aim in [Weigh::Copies, Weigh::Area] {
            let from = best.as_ref().unwrap_or(start);
            if from.bins() <= lower.max(1) || budget.look().is_err() {
                return best;
            }
            let found = budget.within(work, |own| {
                let search = TabuSearch::new(shape, from, aim, random, own);
                search.and_then(|search| search.map(|search| search.run(random, own)).transpose())
            });
            if let Ok(found) = found {
                best = Some(found?);
                work = FIRST;
            }
        }
        work = work.saturating_mul(2);
    }
}

/// What a search wants to have waiting as little as possible.
#[derive(Clone, Copy)]
enum Weigh {
    /// Copies, all alike: many moves are worth the same, and chance among them leads far where conflicts rule.
    Copies,
    /// Sizes: right where room rules.
    Area,
}

struct Bin {
    kind: usize,
    residual: Vec<u64>,
    items: Vec<(usize, u64)>,
}

struct TabuSearch<'s, 'a> {
    shape: &'s Shape<'a>,
    bins: Vec<Bin>,
    /// Copies that wait, by item type, and the item types that do.
    waiting: Vec<u64>,
    queue: Vec<usize>,
    weight: Vec<f64>,
    /// Weight of the smallest item: what making room costs at least.
    least: f64,
    /// By item type and bin: the weight of what conflicts there, how many of them, and the room that they would leave.
    blocked: Vec<f64>,
    blockers: Vec<u64>,
    freed: Vec<u64>,
    /// By item type and bin: not before this move.
    tabu: Vec<u64>,
    members: Vec<Vec<usize>>,
    moves: u64,
}

impl<'s, 'a> TabuSearch<'s, 'a> {
    /// The plan without one of its emptiest bins, whose items wait; `None`: the plan is none.
    fn new(
        shape: &'s Shape<'a>,
        start: &Solution,
        aim: Weigh,
        random: &mut Random,
        budget: &Budget,
    ) -> Result<Option<Self>, Stop> {
        let mut loads = bins(start);
        let area = |load: &Load| -> f64 { load.items.iter().map(|&(item, n)| shape.area[item] * n as f64).sum() };
        let draws: Vec<usize> = (0..4).map(|_| random.index(loads.len())).collect();
        let victim = draws.into_iter().min_by(|&a, &b| area(&loads[a]).total_cmp(&area(&loads[b])));
        let Some(victim) = victim else { return Ok(None) };
        let dropped = loads.swap_remove(victim);
        let mean = shape.area.iter().sum::<f64>() / shape.len() as f64;
        let weigh = |area: &f64| match aim {
            Weigh::Copies => 1.0,
            // a constant beside the size: few that wait are better than many
            Weigh::Area => area + 0.5 * mean,
        };
        let least = match aim {
            Weigh::Copies => 1.0,
            Weigh::Area => 0.5 * mean,
        };
        let cells = shape.len() * loads.len();
        let mut members = vec![Vec::new(); shape.degree.len()];
        for item in 0..shape.len() {
            members[shape.class(item)].push(item);
        }
        let mut search = Self {
            shape,
            bins: Vec::with_capacity(loads.len()),
            waiting: vec![0; shape.len()],
            queue: Vec::new(),
            weight: shape.area.iter().map(weigh).collect(),
            least,
            blocked: vec![0.0; cells],
            blockers: vec![0; cells],
            freed: vec![0; cells * shape.dimensions],
            tabu: vec![0; cells],
            members,
            moves: 0,
        };
        let count = loads.len();
        for (bin, load) in loads.into_iter().enumerate() {
            let Some(residual) = residual(shape.problem, load.bin, &load.items) else { return Ok(None) };
            search.bins.push(Bin { kind: load.bin, residual, items: load.items.clone() });
            for (item, copies) in load.items {
                // a row of a dense graph is as long as the item types are many
                budget.spend(shape.problem.conflicts().row(shape.class(item)).count_ones(..) as u64 / 2)?;
                search.count_conflicts(item, bin, count, copies, true);
            }
        }
        for (item, copies) in dropped.items {
            search.wait(item, copies);
        }
        Ok(Some(search))
    }

    fn solution(self) -> Solution {
        let loads = self.bins.into_iter().map(|bin| Load { bin: bin.kind, items: bin.items, count: 1 });
        solution(loads.collect())
    }

    fn wait(&mut self, item: usize, copies: u64) {
        if self.waiting[item] == 0 {
            self.queue.push(item);
        }
        self.waiting[item] += copies;
    }

    /// Accounts for copies of `item` in (or, `enter` false, out of) a bin with everything that conflicts with it.
    fn count_conflicts(&mut self, item: usize, bin: usize, count: usize, copies: u64, enter: bool) {
        let shape = self.shape;
        let weight = self.weight[item] * copies as f64;
        for class in shape.problem.conflicts().row(shape.class(item)).ones() {
            for &other in &self.members[class] {
                let cell = other * count + bin;
                if enter {
                    self.blocked[cell] += weight;
                    self.blockers[cell] += copies;
                } else {
                    self.blocked[cell] -= weight;
                    self.blockers[cell] -= copies;
                }
                for (q, &size) in shape.size(item).iter().enumerate() {
                    let freed = &mut self.freed[cell * shape.dimensions + q];
                    *freed = if enter { *freed + size * copies } else { *freed - size * copies };
                }
            }
        }
    }

    /// Goes on until nothing waits: the plan then.
    fn run(mut self, random: &mut Random, budget: &Budget) -> Result<Solution, Stop> {
        while !self.queue.is_empty() {
            self.moves += 1;
            let count = self.bins.len();
            budget.spend((self.queue.len() * count + 50) as u64)?;
            let mut best: Option<(f64, usize, usize)> = None;
            let mut ties = 0;
            for &item in &self.queue {
                for bin in 0..count {
                    if self.tabu[item * count + bin] > self.moves || !self.shape.fits(item, self.bins[bin].kind) {
                        continue;
                    }
                    let loss = self.loss(item, bin, count) - self.weight[item];
                    let limit = best.map_or(f64::INFINITY, |best| best.0);
                    if loss > limit + 1e-12 {
                        continue;
                    }
                    ties = if loss < limit - 1e-12 { 1 } else { ties + 1 };
                    // each of the best is as likely
                    if random.below(ties) == 0 {
                        best = Some((loss.min(limit), item, bin));
                    }
                }
            }
            let Some((_, item, bin)) = best else { continue };
            self.enter(item, bin, random);
        }
        Ok(self.solution())
    }

    /// What must leave for one copy: the conflicts exactly, the room still missing at the price of the area.
    fn loss(&self, item: usize, bin: usize, count: usize) -> f64 {
        let shape = self.shape;
        let cell = item * count + bin;
        let inside = &self.bins[bin];
        let mut missing: f64 = 0.0;
        for (q, &size) in shape.size(item).iter().enumerate() {
            let room = inside.residual[q] + self.freed[cell * shape.dimensions + q];
            if size > room {
                let capacity = shape.capacity(inside.kind)[q].max(1) as f64;
                missing = missing.max((size - room) as f64 / capacity);
            }
        }
        self.blocked[cell] + if missing > 0.0 { missing + self.least } else { 0.0 }
    }

    fn enter(&mut self, item: usize, bin: usize, random: &mut Random) {
        let shape = self.shape;
        let count = self.bins.len();
        let row = shape.problem.conflicts().row(shape.class(item));
        let tenure = self.moves + random.below(10) + (self.queue.len() as u64 * 6).div_ceil(10);
        let conflicts = |inside: &(usize, u64)| row.contains(shape.class(inside.0));
        while let Some(&(other, copies)) = self.bins[bin].items.iter().find(|inside| conflicts(inside)) {
            self.leave(other, bin, count, copies, tenure);
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
            self.leave(other, bin, count, 1, tenure);
        }
        self.waiting[item] -= 1;
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
        self.count_conflicts(item, bin, count, 1, true);
    }

    fn leave(&mut self, item: usize, bin: usize, count: usize, copies: u64, tenure: u64) {
        for (room, &size) in self.bins[bin].residual.iter_mut().zip(self.shape.size(item)) {
            *room += size * copies;
        }
        if let Some(place) = self.bins[bin].items.iter().position(|inside| inside.0 == item) {
            self.bins[bin].items[place].1 -= copies;
            if self.bins[bin].items[place].1 == 0 {
                self.bins[bin].items.swap_remove(place);
            }
        }
        self.count_conflicts(item, bin, count, copies, false);
        self.tabu[item * count + bin] = tenure;
        self.wait(item, copies);
    }
}
