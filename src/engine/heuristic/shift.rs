//! Local search under terms: which type each bin is, and which bin each copy is in.
//!
//! For levels that are charged by where things are. A bin becomes another type, two bins change types, a copy goes to another
//! bin or changes places with one; whatever lowers the values in the order of the levels and breaks no limit is kept (first
//! improvement, until there is none: Shaw's "relocate" and "exchange" are the moves of every routing code). The number of bins never rises.

use super::effort::shift::{MOST_BINS, MOST_PAIRS};
use crate::budget::{Budget, Objective, Stop};
use crate::problem::{Limit, Pattern, Problem, Solution};

/// The plan, made better level by level; it must be legal. Work: a pass looks at copies x bins.
#[must_use]
pub fn shift(problem: &Problem, objective: &[Objective], plan: &Solution, budget: &Budget) -> Solution {
    if plan.bins() > MOST_BINS {
        return plan.clone();
    }
    let mut field = Field::new(problem, objective, plan);
    // a stop is not an error here: what was found until then counts
    let _ = field.run(budget);
    let better = field.plan();
    if better.check(problem).is_ok() { better } else { plan.clone() }
}

struct Bin {
    kind: usize,
    items: Vec<(usize, u64)>,
    load: Vec<u64>,
}

struct Field<'a> {
    problem: &'a Problem,
    objective: &'a [Objective],
    bins: Vec<Bin>,
    /// Bins of each type with items.
    used: Vec<u64>,
    moves: u64,
}

impl<'a> Field<'a> {
    fn new(problem: &'a Problem, objective: &'a [Objective], plan: &Solution) -> Self {
        let mut field = Self { problem, objective, bins: Vec::new(), used: vec![0; problem.bins().len()], moves: 0 };
        for pattern in plan.patterns.iter().filter(|pattern| !pattern.items.is_empty()) {
            for _ in 0..pattern.count {
                let mut load = vec![0; problem.dimensions()];
                for &(item, copies) in &pattern.items {
                    let sizes = &problem.items()[item].size;
                    load.iter_mut().zip(sizes).for_each(|(load, size)| *load += size * copies);
                    field.moves += problem.charge(item, pattern.bin) * copies;
                }
                field.used[pattern.bin] += 1;
                field.bins.push(Bin { kind: pattern.bin, items: pattern.items.clone(), load });
            }
        }
        field
    }

    fn plan(&self) -> Solution {
        let bins = self.bins.iter().filter(|bin| !bin.items.is_empty());
        let mut patterns: Vec<Pattern> =
            bins.map(|bin| Pattern { bin: bin.kind, items: bin.items.clone(), count: 1 }).collect();
        for (bin, &used) in self.used.iter().enumerate() {
            let count = self.problem.kept(bin).saturating_sub(used);
            if count > 0 {
                patterns.push(Pattern { bin, items: Vec::new(), count });
            }
        }
        Solution::grouped(patterns)
    }

    /// The values in the order of the levels with these numbers of bins in use and charges; `None` beyond a limit.
    fn value(&self, used: &[u64], moves: u64) -> Option<[u64; 3]> {
        let (problem, terms) = (self.problem, self.problem.terms());
        let count = |bin: usize| used[bin].max(problem.kept(bin));
        let own = |bin: usize| problem.bins()[bin].max_count.is_none_or(|most| count(bin) <= most);
        let together = |limit: &Limit| limit.bins.ones().map(count).sum::<u64>() <= limit.most;
        let all = 0..problem.bins().len();
        if !all.clone().all(own) || !terms.limits.iter().all(together) {
            return None;
        }
        let clusters = all.clone().map(count).sum();
        let cost = all.map(|bin| count(bin) * problem.bins()[bin].cost).sum();
        let within = |most: Option<u64>, value: u64| most.is_none_or(|most| value <= most);
        let most = terms.most;
        let legal = within(most.clusters, clusters) && within(most.cost, cost) && within(most.moves, moves);
        let mut values = [0; 3];
        for (value, level) in values.iter_mut().zip(self.objective) {
            *value = match level {
                Objective::Clusters => clusters,
                Objective::Cost => cost,
                Objective::Moves => moves,
            };
        }
        legal.then_some(values)
    }

    fn charge(&self, items: &[(usize, u64)], kind: usize) -> u64 {
        items.iter().map(|&(item, copies)| self.problem.charge(item, kind) * copies).sum()
    }

    /// Whether the content of a bin may be in one of this type.
    fn holds(&self, at: usize, kind: usize) -> bool {
        let capacity = &self.problem.bins()[kind].capacity;
        self.bins[at].load.iter().zip(capacity).all(|(load, room)| load <= room)
            && self.bins[at].items.iter().all(|&(item, _)| self.problem.items()[item].eligible.contains(kind))
    }

    fn run(&mut self, budget: &Budget) -> Result<(), Stop> {
        let charged = self.objective.contains(&Objective::Moves) && !self.problem.terms().charges.is_empty();
        while let Some(mut best) = self.value(&self.used, self.moves) {
            let mut better = self.types(&mut best, budget)?;
            better |= self.pairs(&mut best, budget)?;
            if charged {
                better |= self.copies(&mut best, budget)?;
            }
            if !better {
                break;
            }
        }
        Ok(())
    }

    /// Bins of other types, and types of which there are bins left.
    fn types(&mut self, best: &mut [u64; 3], budget: &Budget) -> Result<bool, Stop> {
        let mut better = false;
        for at in 0..self.bins.len() {
            for kind in 0..self.used.len() {
                let from = self.bins[at].kind;
                budget.spend(2)?;
                if kind == from || self.bins[at].items.is_empty() || !self.holds(at, kind) {
                    continue;
                }
                budget.spend(self.used.len() as u64)?;
                self.used[from] -= 1;
                self.used[kind] += 1;
                let content = &self.bins[at].items;
                let moves = self.moves - self.charge(content, from) + self.charge(content, kind);
                match self.value(&self.used, moves).filter(|value| value < best) {
                    Some(value) => {
                        (*best, self.moves, better) = (value, moves, true);
                        self.bins[at].kind = kind;
                    }
                    None => {
                        self.used[kind] -= 1;
                        self.used[from] += 1;
                    }
                }
            }
        }
        Ok(better)
    }

    /// Two bins change types: only what is charged can be less for it.
    fn pairs(&mut self, best: &mut [u64; 3], budget: &Budget) -> Result<bool, Stop> {
        let mut better = false;
        let kinds = self.problem.terms().charges.is_empty() || self.bins.len() as u64 > MOST_PAIRS;
        for a in 0..if kinds { 0 } else { self.bins.len() } {
            for b in 0..a {
                budget.spend(2)?;
                let (one, other) = (self.bins[a].kind, self.bins[b].kind);
                if one == other || !self.holds(a, other) || !self.holds(b, one) {
                    continue;
                }
                let (first, second) = (&self.bins[a].items, &self.bins[b].items);
                budget.spend((first.len() + second.len()) as u64)?;
                let before = self.charge(first, one) + self.charge(second, other);
                let moves = self.moves - before + self.charge(first, other) + self.charge(second, one);
                if let Some(value) = self.value(&self.used, moves).filter(|value| value < best) {
                    (*best, self.moves, better) = (value, moves, true);
                    (self.bins[a].kind, self.bins[b].kind) = (other, one);
                }
            }
        }
        Ok(better)
    }

    /// Whether a bin takes one more copy, once `without` is out of it.
    fn takes(&self, at: usize, item: usize, without: Option<usize>) -> bool {
        let bin = &self.bins[at];
        let kind = &self.problem.items()[item];
        let gone = |q: usize| without.map_or(0, |other| self.problem.items()[other].size[q]);
        let room = &self.problem.bins()[bin.kind].capacity;
        kind.eligible.contains(bin.kind)
            && (0..room.len()).all(|q| bin.load[q] - gone(q) + kind.size[q] <= room[q])
            && bin
                .items
                .iter()
                .all(|&(other, copies)| (Some(other) == without && copies == 1) || !self.problem.conflict(item, other))
    }

    fn put(&mut self, at: usize, item: usize) {
        let bin = &mut self.bins[at];
        bin.load.iter_mut().zip(&self.problem.items()[item].size).for_each(|(load, size)| *load += size);
        match bin.items.binary_search_by_key(&item, |entry| entry.0) {
            Ok(place) => bin.items[place].1 += 1,
            Err(place) => bin.items.insert(place, (item, 1)),
        }
    }

    fn take(&mut self, at: usize, item: usize) {
        let bin = &mut self.bins[at];
        bin.load.iter_mut().zip(&self.problem.items()[item].size).for_each(|(load, size)| *load -= size);
        if let Ok(place) = bin.items.binary_search_by_key(&item, |entry| entry.0) {
            bin.items[place].1 -= 1;
            if bin.items[place].1 == 0 {
                bin.items.remove(place);
            }
        }
    }

    /// Copies that are charged go where they are charged less, or change places with one that then is.
    fn copies(&mut self, best: &mut [u64; 3], budget: &Budget) -> Result<bool, Stop> {
        let mut better = false;
        for from in 0..self.bins.len() {
            for item in self.bins[from].items.iter().map(|entry| entry.0).collect::<Vec<_>>() {
                let charge = self.problem.charge(item, self.bins[from].kind);
                if charge == 0 {
                    continue;
                }
                for to in 0..self.bins.len() {
                    budget.spend(2)?;
                    let less = self.problem.charge(item, self.bins[to].kind);
                    if to == from || less >= charge || self.bins[to].items.is_empty() {
                        continue;
                    }
                    if self.relocate(item, from, to, best) || self.exchange(item, from, to, best, budget)? {
                        better = true;
                        break;
                    }
                }
            }
        }
        Ok(better)
    }

    fn relocate(&mut self, item: usize, from: usize, to: usize, best: &mut [u64; 3]) -> bool {
        if !self.takes(to, item, None) {
            return false;
        }
        let (here, there) = (self.bins[from].kind, self.bins[to].kind);
        let moves = self.moves - self.problem.charge(item, here) + self.problem.charge(item, there);
        let last = matches!(&self.bins[from].items[..], [(_, 1)]);
        self.used[here] -= u64::from(last);
        match self.value(&self.used, moves).filter(|value| value < best) {
            Some(value) => {
                (*best, self.moves) = (value, moves);
                self.take(from, item);
                self.put(to, item);
                true
            }
            None => {
                self.used[here] += u64::from(last);
                false
            }
        }
    }

    fn exchange(
        &mut self,
        item: usize,
        from: usize,
        to: usize,
        best: &mut [u64; 3],
        budget: &Budget,
    ) -> Result<bool, Stop> {
        let (here, there) = (self.bins[from].kind, self.bins[to].kind);
        for other in self.bins[to].items.iter().map(|entry| entry.0).collect::<Vec<_>>() {
            budget.spend(2)?;
            if other == item || self.problem.conflict(item, other) && self.bins[to].items.len() > 64 {
                continue;
            }
            let charge = |item: usize, kind: usize| self.problem.charge(item, kind);
            let before = charge(item, here) + charge(other, there);
            let after = charge(item, there) + charge(other, here);
            if after >= before || !self.takes(to, item, Some(other)) || !self.takes(from, other, Some(item)) {
                continue;
            }
            let moves = self.moves - before + after;
            if let Some(value) = self.value(&self.used, moves).filter(|value| value < best) {
                (*best, self.moves) = (value, moves);
                self.take(from, item);
                self.take(to, other);
                self.put(from, other);
                self.put(to, item);
                return Ok(true);
            }
        }
        Ok(false)
    }
}
