//! Fewer bins by recombining partial plans: a memetic algorithm of two plans and a tabu search.
//!
//! Galinier and Hao 1999 (section 3) for graph colouring: a child takes in turn the largest bin of what is left of its two
//! parents, and tabu search mends it. Two plans are enough where the best of each cycle comes back later (Moalic and Gondran 2018, HEAD);
//! plans that leave items out instead of breaking rules are those of Malaguti, Monaci and Toth 2008.

use std::collections::BTreeSet;

use super::effort::memetic::{CYCLE, MOST_CELLS, MOST_LISTED, MOST_MOVES, MOST_SEEN, MOVES, ROOMY, TIRED};
use super::load::{Load, bins, residual, solution};
use super::shape::Shape;
use super::tabu::{Partial, TabuSearch, Weigh};
use crate::budget::{Budget, Stop};
use crate::problem::random::Random;
use crate::problem::{Pattern, Solution};

/// A plan with fewer bins than `start`, down to `lower`, if one was found before the budget ran out, and bins of the plans that came
/// near to it.
pub(super) fn improve(
    shape: &Shape,
    start: &Solution,
    lower: u64,
    random: &mut Random,
    budget: &Budget,
) -> (Option<Solution>, Vec<Pattern>) {
    let cells = (shape.len() as u64).saturating_mul(start.bins()).saturating_mul(shape.dimensions as u64 + 2);
    if start.bins() <= lower || start.bins() < 2 || cells > MOST_CELLS {
        return (None, Vec::new());
    }
    let Some(apart) = apart(shape) else { return (None, Vec::new()) };
    let mut best: Option<Solution> = None;
    let mut evolution = Evolution { shape, apart: &apart, random, budget, seen: BTreeSet::new() };
    // a stop is not an error here: what was found until then counts
    while let Ok(Some(found)) = evolution.without_one(best.as_ref().unwrap_or(start)) {
        let enough = found.bins() <= lower.max(1);
        best = Some(found);
        if enough {
            break;
        }
    }
    (best, evolution.seen.into_iter().collect())
}

/// For each class the item types that may not share a bin with it; `None`: these are too many to be listed.
fn apart(shape: &Shape) -> Option<Vec<Vec<u32>>> {
    let mut members = vec![Vec::new(); shape.degree.len()];
    for item in 0..shape.len() {
        members[shape.class(item)].push(u32::try_from(item).ok()?);
    }
    let mut listed = 0;
    let conflicts = shape.problem.conflicts();
    (0..members.len())
        .map(|class| {
            let row: Vec<u32> = conflicts.row(class).ones().flat_map(|other| members[other].iter().copied()).collect();
            listed += row.len() as u64;
            (listed <= MOST_LISTED).then_some(row)
        })
        .collect()
}

struct Evolution<'s, 'a, 'b> {
    shape: &'s Shape<'a>,
    apart: &'s [Vec<u32>],
    random: &'s mut Random,
    budget: &'s Budget<'b>,
    /// Bins of plans that left little waiting.
    seen: BTreeSet<Pattern>,
}

impl Evolution<'_, '_, '_> {
    /// A plan with a bin less than this one.
    fn without_one(&mut self, plan: &Solution) -> Result<Option<Solution>, Stop> {
        let mut moves = MOVES.saturating_mul(self.shape.problem.copies());
        loop {
            for aim in [Weigh::Copies, Weigh::Area] {
                if matches!(aim, Weigh::Area) && self.shape.estimate * ROOMY < plan.bins() as f64 {
                    // room rules nowhere
                    continue;
                }
                let Some(start) = self.dissolve(plan) else { return Ok(None) };
                if let Some(found) = self.cycles(start, aim, moves)? {
                    return Ok(Some(solution(found.bins)));
                }
            }
            moves = (moves * 2).min(MOST_MOVES);
        }
    }

    /// The plan without one of its emptiest bins, whose items wait.
    fn dissolve(&mut self, plan: &Solution) -> Option<Partial> {
        let mut loads = bins(plan);
        let area = |load: &Load| -> f64 { load.items.iter().map(|&(item, n)| self.shape.area[item] * n as f64).sum() };
        let draws: Vec<usize> = (0..4).map(|_| self.random.index(loads.len())).collect();
        let victim = draws.into_iter().min_by(|&a, &b| area(&loads[a]).total_cmp(&area(&loads[b])))?;
        let waiting = loads.swap_remove(victim).items;
        Some(Partial { bins: loads, waiting, weight: f64::INFINITY })
    }

    /// Generations until one of them leaves nobody waiting, or the two are the same.
    fn cycles(&mut self, start: Partial, aim: Weigh, moves: u64) -> Result<Option<Partial>, Stop> {
        let (weights, least) = aim.weights(self.shape);
        let kinds: Vec<usize> = start.bins.iter().map(|load| load.bin).collect();
        let first = self.mend(start, (&weights, least), moves)?;
        if first.waiting.is_empty() {
            return Ok(Some(first));
        }
        let second = self.scatter(&kinds);
        let second = self.mend(second, (&weights, least), moves)?;
        if second.waiting.is_empty() {
            return Ok(Some(second));
        }
        let mut both = [first, second];
        // the best of this cycle, and of the one before
        let mut elite: [Option<Partial>; 2] = [None, None];
        let mut least_waiting = f64::INFINITY;
        let mut stale = 0;
        for generation in 1.. {
            let children = [self.cross(&both[0], &both[1], &weights), self.cross(&both[1], &both[0], &weights)];
            for (place, child) in children.into_iter().enumerate() {
                let child = self.mend(child, (&weights, least), moves)?;
                if child.waiting.is_empty() {
                    return Ok(Some(child));
                }
                self.remember(&child);
                if elite[0].as_ref().is_none_or(|best| child.weight < best.weight) {
                    elite[0] = Some(child.clone());
                }
                both[place] = child;
            }
            stale += 1;
            let now = both[0].weight.min(both[1].weight);
            if now < least_waiting - 1e-9 {
                (least_waiting, stale) = (now, 0);
            }
            if stale >= TIRED || same(self.shape, &both) {
                return Ok(None);
            }
            if generation % CYCLE == 0 {
                let [this, before] = &mut elite;
                if let Some(before) = before.take() {
                    both[0] = before;
                }
                *before = this.take();
            }
        }
        Ok(None)
    }

    /// Keeps the bins, as long as they are not too many.
    fn remember(&mut self, plan: &Partial) {
        if self.seen.len() >= MOST_SEEN {
            return;
        }
        for load in plan.bins.iter().filter(|load| !load.items.is_empty()) {
            let mut items = load.items.clone();
            items.sort_unstable();
            self.seen.insert(Pattern { bin: load.bin, items, count: 1 });
        }
    }

    /// What tabu search makes of it.
    fn mend(&mut self, start: Partial, weights: (&[f64], f64), moves: u64) -> Result<Partial, Stop> {
        match TabuSearch::new(self.shape, self.apart, weights, &start, self.budget)? {
            Some(search) => search.run(moves, self.random, self.budget),
            None => Ok(start),
        }
    }

    /// Everybody in some order into the first bin that takes him: another plan of such bins.
    fn scatter(&mut self, kinds: &[usize]) -> Partial {
        let mut order: Vec<usize> = (0..self.shape.len()).collect();
        self.random.shuffle(&mut order);
        let bins: Vec<Load> = kinds.iter().map(|&bin| Load { bin, items: Vec::new(), count: 1 }).collect();
        let left = order.iter().map(|&item| (item, self.shape.demand(item))).collect();
        self.place(bins, left)
    }

    /// Puts who is left where there is room.
    fn place(&mut self, mut bins: Vec<Load>, left: Vec<(usize, u64)>) -> Partial {
        let shape = self.shape;
        let capacity = |load: &Load| residual(shape.problem, load.bin, &load.items).unwrap_or_default();
        let mut rooms: Vec<Vec<u64>> = bins.iter().map(capacity).collect();
        let mut waiting = Vec::new();
        for (item, mut copies) in left {
            let row = shape.problem.conflicts().row(shape.class(item));
            for (load, room) in bins.iter_mut().zip(&mut rooms) {
                if copies == 0 {
                    break;
                }
                if !shape.fits(item, load.bin) || load.items.iter().any(|inside| row.contains(shape.class(inside.0))) {
                    continue;
                }
                let taken = shape.copies_that_fit(room, item, copies);
                if taken > 0 {
                    for (room, &size) in room.iter_mut().zip(shape.size(item)) {
                        *room -= size * taken;
                    }
                    load.items.push((item, taken));
                    copies -= taken;
                }
            }
            if copies > 0 {
                waiting.push((item, copies));
            }
        }
        Partial { bins, waiting, weight: f64::INFINITY }
    }

    /// A child of two: in turn the heaviest bin of what is left of each (the greedy partition crossover of Galinier and Hao 1999).
    fn cross(&mut self, one: &Partial, other: &Partial, weights: &[f64]) -> Partial {
        let mut left: Vec<u64> = (0..self.shape.len()).map(|item| self.shape.demand(item)).collect();
        let mut kinds: Vec<u64> = vec![0; self.shape.bin_types];
        one.bins.iter().for_each(|load| kinds[load.bin] += 1);
        let mut parents = [one.bins.clone(), other.bins.clone()];
        let mut bins = Vec::with_capacity(one.bins.len());
        while bins.len() < one.bins.len() {
            let parent = &mut parents[bins.len() % 2];
            let rest = |load: &Load| -> f64 {
                load.items.iter().map(|&(item, copies)| weights[item] * copies.min(left[item]) as f64).sum()
            };
            let offers = (0..parent.len()).filter(|&bin| kinds[parent[bin].bin] > 0);
            let best =
                offers.map(|bin| (rest(&parent[bin]), bin)).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
            let Some((_, bin)) = best else { break };
            let mut load = parent.swap_remove(bin);
            kinds[load.bin] -= 1;
            load.items.retain_mut(|(item, copies)| {
                *copies = (*copies).min(left[*item]);
                left[*item] -= *copies;
                *copies > 0
            });
            bins.push(load);
        }
        for (kind, &missing) in kinds.iter().enumerate() {
            bins.extend((0..missing).map(|_| Load { bin: kind, items: Vec::new(), count: 1 }));
        }
        let mut rest: Vec<(usize, u64)> =
            left.iter().enumerate().filter(|(_, copies)| **copies > 0).map(|(item, &copies)| (item, copies)).collect();
        self.random.shuffle(&mut rest);
        self.place(bins, rest)
    }
}

/// Whether two plans have the same bins, give or take a few items: no child of theirs is anything new.
fn same(shape: &Shape, [one, other]: &[Partial; 2]) -> bool {
    let mut place = vec![usize::MAX; shape.len()];
    for (bin, load) in one.bins.iter().enumerate() {
        load.items.iter().for_each(|&(item, _)| place[item] = bin);
    }
    let mut counts: Vec<u64> = vec![0; one.bins.len()];
    let mut alike = 0;
    for load in &other.bins {
        counts.fill(0);
        for &(item, _) in &load.items {
            if place[item] != usize::MAX {
                counts[place[item]] += 1;
            }
        }
        alike += counts.iter().max().copied().unwrap_or(0);
    }
    let placed: u64 = other.bins.iter().map(|load| load.items.len() as u64).sum();
    alike * 100 >= placed * 98
}
