//! One bin fewer: a bin is dropped and its items find room by throwing others out.
//!
//! An ejection search over item types and classes: a waiting item enters the bin where the items that must leave (all
//! that conflict with its class, then what is too much) weigh least in scarcity-weighted size; those wait in turn. What
//! came into a bin may not be thrown out of it for a while. When nothing waits the bin is saved; when that takes too
//! long, everything is put back and another bin dropped. After the ejection chains of Glover 1996 and the partial
//! solutions of Blöchliger and Zufferey 2008.

use super::effort::eject::{LOOK_AT, MOST_BINS};
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
    if start.bins() <= lower || start.bins() < 2 || start.bins() > MOST_BINS {
        return None;
    }
    let mut search = EjectionSearch::new(shape, start)?;
    let mut improved = false;
    // a stop ends the search with what it has saved
    while search.bins.len() as u64 > lower {
        match search.save_one(random, budget) {
            Ok(()) => improved = true,
            Err(_) => {
                search.put_back();
                break;
            }
        }
    }
    improved.then(|| search.solution())
}

/// An entry of a bin.
#[derive(Clone, Copy, Debug)]
struct Entry {
    item: usize,
    copies: u64,
    /// The move in which it may be thrown out again.
    free_at: u64,
}

#[derive(Clone, Debug)]
struct Bin {
    kind: usize,
    residual: Vec<u64>,
    entries: Vec<Entry>,
}

/// Where a waiting item goes: the bin and what must leave (index of the entry, copies).
struct Entrance {
    bin: usize,
    weight: f64,
    leaving: Vec<(usize, u64)>,
}

struct EjectionSearch<'s, 'a> {
    shape: &'s Shape<'a>,
    bins: Vec<Bin>,
    /// What waits: item type, copies.
    waiting: Vec<(usize, u64)>,
    /// Bins as they were when the last bin was dropped, touched ones only.
    saved: Vec<Option<Bin>>,
    touched: Vec<usize>,
    dropped: Option<Bin>,
    /// How often each item type was thrown out: makes those that never find a place heavier.
    thrown: Vec<u32>,
    moves: u64,
}

impl<'s, 'a> EjectionSearch<'s, 'a> {
    fn new(shape: &'s Shape<'a>, start: &Solution) -> Option<Self> {
        let mut found = Vec::new();
        for load in bins(start) {
            let residual = residual(shape.problem, load.bin, &load.items)?;
            let entries = load.items.iter().map(|&(item, copies)| Entry { item, copies, free_at: 0 }).collect();
            found.push(Bin { kind: load.bin, residual, entries });
        }
        let saved = vec![None; found.len()];
        let thrown = vec![0; shape.len()];
        let (waiting, touched) = (Vec::new(), Vec::new());
        Some(Self { shape, bins: found, waiting, saved, touched, dropped: None, thrown, moves: 0 })
    }

    fn solution(self) -> Solution {
        let loads = self.bins.into_iter().map(|bin| {
            let items = bin.entries.iter().map(|entry| (entry.item, entry.copies)).collect();
            Load { bin: bin.kind, items, count: 1 }
        });
        solution(loads.collect())
    }

    /// Drops bins until the items of one have all found room.
    fn save_one(&mut self, random: &mut Random, budget: &Budget) -> Result<(), Stop> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            self.drop_bin(attempt, random);
            // short attempts first, longer and longer ones after
            let allowance = 20 * self.waiting.len() as u64 + 50 * attempt;
            if self.place_all(allowance, random, budget)? {
                self.commit();
                return Ok(());
            }
            self.put_back();
        }
    }

    /// Drops the emptier of some bins.
    fn drop_bin(&mut self, attempt: u64, random: &mut Random) {
        self.thrown.iter_mut().for_each(|times| *times /= 2);
        let draws = if attempt == 1 { self.bins.len() } else { 1 + random.index(8) };
        let load = |bin: &Bin| -> f64 {
            bin.entries.iter().map(|entry| self.shape.area[entry.item] * entry.copies as f64).sum()
        };
        let mut victim = random.index(self.bins.len());
        let mut least = load(&self.bins[victim]);
        for draw in 1..draws {
            let other = if draws == self.bins.len() { draw } else { random.index(self.bins.len()) };
            let weight = load(&self.bins[other]);
            if weight < least {
                (victim, least) = (other, weight);
            }
        }
        let bin = self.bins.swap_remove(victim);
        self.saved.truncate(self.bins.len());
        self.waiting = bin.entries.iter().map(|entry| (entry.item, entry.copies)).collect();
        self.dropped = Some(bin);
    }

    fn commit(&mut self) {
        for bin in self.touched.drain(..) {
            self.saved[bin] = None;
        }
        self.dropped = None;
    }

    fn put_back(&mut self) {
        for bin in self.touched.drain(..) {
            if let Some(saved) = self.saved[bin].take() {
                self.bins[bin] = saved;
            }
        }
        self.waiting.clear();
        if let Some(bin) = self.dropped.take() {
            self.bins.push(bin);
            self.saved.push(None);
        }
    }

    fn touch(&mut self, bin: usize) {
        if self.saved[bin].is_none() {
            self.saved[bin] = Some(self.bins[bin].clone());
            self.touched.push(bin);
        }
    }

    /// Whether everything that waits found room within so many moves.
    fn place_all(&mut self, allowance: u64, random: &mut Random, budget: &Budget) -> Result<bool, Stop> {
        for _ in 0..allowance {
            // the heaviest first: it has the fewest places to go
            budget.spend(self.waiting.len() as u64 / 8)?;
            let heaviest = (0..self.waiting.len()).max_by(|&a, &b| {
                let weight = |index: usize| self.weight(self.waiting[index].0);
                weight(a).total_cmp(&weight(b)).then(b.cmp(&a))
            });
            let Some(index) = heaviest else { return Ok(true) };
            self.moves += 1;
            let (item, copies) = self.waiting.swap_remove(index);
            let Some(entrance) = self.entrance(item, random, budget)? else { return Ok(false) };
            let left = self.enter(item, copies, entrance, random);
            if left > 0 {
                self.wait(item, left);
            }
        }
        Ok(self.waiting.is_empty())
    }

    fn weight(&self, item: usize) -> f64 {
        (self.shape.area[item] + 1e-9) * (1.0 + 0.1 * f64::from(self.thrown[item]))
    }

    fn wait(&mut self, item: usize, copies: u64) {
        match self.waiting.iter_mut().find(|entry| entry.0 == item) {
            Some(entry) => entry.1 += copies,
            None => self.waiting.push((item, copies)),
        }
    }

    /// The bin where the least must leave for one copy.
    fn entrance(&self, item: usize, random: &mut Random, budget: &Budget) -> Result<Option<Entrance>, Stop> {
        let start = random.index(self.bins.len());
        let mut best: Option<Entrance> = None;
        for step in 0..self.bins.len().min(LOOK_AT) {
            let bin = (start + step) % self.bins.len();
            let mut work = 1 + self.bins[bin].entries.len() as u64;
            let limit = best.as_ref().map_or(f64::INFINITY, |best| best.weight);
            let entrance = self.enter_here(item, bin, limit, &mut work);
            budget.spend(work)?;
            if let Some(entrance) = entrance {
                let free = entrance.leaving.is_empty();
                best = Some(entrance);
                if free {
                    break;
                }
            }
        }
        Ok(best)
    }

    /// What must leave this bin for one copy, where that weighs less than `limit`.
    fn enter_here(&self, item: usize, bin: usize, limit: f64, work: &mut u64) -> Option<Entrance> {
        let shape = self.shape;
        let Bin { kind, residual, entries } = &self.bins[bin];
        if !shape.fits(item, *kind) {
            return None;
        }
        let row = shape.problem.conflicts().row(shape.class(item));
        let mut weight = 0.0;
        let mut conflicts = false;
        for entry in entries {
            if row.contains(shape.class(entry.item)) {
                weight += self.weight(entry.item) * entry.copies as f64;
                conflicts = true;
                if weight >= limit || entry.free_at > self.moves {
                    return None;
                }
            }
        }
        if !conflicts && shape.holds(residual, item) {
            return Some(Entrance { bin, weight: 0.0, leaving: Vec::new() });
        }
        let mut leaving: Vec<(usize, u64)> = Vec::new();
        // how much is still missing, resource by resource
        let mut missing: Vec<i128> =
            shape.size(item).iter().zip(residual).map(|(&size, &room)| i128::from(size) - i128::from(room)).collect();
        // whatever makes that room weighs at least as much, and so does this prune
        let least = (0..shape.dimensions)
            .map(|q| shape.weights[q] * missing[q].max(0) as f64 / shape.largest[q])
            .fold(0.0, f64::max);
        if !conflicts && least >= limit {
            return None;
        }
        let less = |missing: &mut [i128], entry: &Entry, copies: u64| {
            for (missing, &size) in missing.iter_mut().zip(shape.size(entry.item)) {
                *missing -= i128::from(size) * i128::from(copies);
            }
        };
        if conflicts {
            for (index, entry) in entries.iter().enumerate() {
                if row.contains(shape.class(entry.item)) {
                    leaving.push((index, entry.copies));
                    less(&mut missing, entry, entry.copies);
                }
            }
        }
        // copies that leave already, by entry
        let mut gone = vec![0u64; entries.len()];
        leaving.iter().for_each(|&(index, copies)| gone[index] = copies);
        while missing.iter().any(|&missing| missing > 0) {
            // what frees most of the missing for its weight; one copy that frees all of it is best
            *work += 2 * entries.len() as u64;
            let mut choice: Option<(f64, usize)> = None;
            for (index, entry) in entries.iter().enumerate() {
                if gone[index] >= entry.copies || entry.free_at > self.moves {
                    continue;
                }
                let mut share = 0.0;
                for (&missing, &size) in missing.iter().zip(shape.size(entry.item)) {
                    if missing > 0 {
                        share += (size as f64 / missing as f64).min(1.0);
                    }
                }
                let value = share / self.weight(entry.item);
                if share > 0.0 && choice.is_none_or(|(best, _)| value > best) {
                    choice = Some((value, index));
                }
            }
            let (_, index) = choice?;
            let entry = &entries[index];
            // as many as the first resource to be satisfied takes
            let sizes =
                missing.iter().zip(shape.size(entry.item)).filter(|(missing, size)| **missing > 0 && **size > 0);
            let wanted = sizes.map(|(missing, &size)| (*missing as u128).div_ceil(u128::from(size))).min().unwrap_or(1);
            let there = entry.copies - gone[index];
            let out = u128::from(there).min(wanted) as u64;
            weight += self.weight(entry.item) * out as f64;
            if weight >= limit {
                return None;
            }
            less(&mut missing, entry, out);
            gone[index] += out;
        }
        leaving = (0..).zip(gone).filter(|entry| entry.1 > 0).collect();
        (weight < limit).then_some(Entrance { bin, weight, leaving })
    }

    /// Lets one copy in (where nobody must leave, as many as fit). Returns how many are left outside.
    fn enter(&mut self, item: usize, copies: u64, entrance: Entrance, random: &mut Random) -> u64 {
        let shape = self.shape;
        let Entrance { bin, mut leaving, .. } = entrance;
        self.touch(bin);
        leaving.sort_unstable_by(|a, b| b.cmp(a));
        for (index, gone) in leaving {
            let entry = &mut self.bins[bin].entries[index];
            let other = entry.item;
            entry.copies -= gone;
            if entry.copies == 0 {
                self.bins[bin].entries.swap_remove(index);
            }
            for (room, &size) in self.bins[bin].residual.iter_mut().zip(shape.size(other)) {
                *room += size * gone;
            }
            self.thrown[other] += 1;
            self.wait(other, gone);
        }
        let free_at = self.moves + 10 + random.below(10) + self.waiting.len() as u64 / 2;
        let inside = &mut self.bins[bin];
        let taken = shape.copies_that_fit(&inside.residual, item, copies);
        for (room, &size) in inside.residual.iter_mut().zip(shape.size(item)) {
            *room -= size * taken;
        }
        match inside.entries.iter_mut().find(|entry| entry.item == item) {
            Some(entry) => {
                entry.copies += taken;
                entry.free_at = free_at;
            }
            None => inside.entries.push(Entry { item, copies: taken, free_at }),
        }
        copies - taken
    }
}
