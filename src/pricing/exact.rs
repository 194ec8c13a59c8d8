//! The heaviest feasible bin: a suffix programme for bounds, a depth-first search for the bins.

use fixedbitset::FixedBitSet;

use crate::budget::{Budget, Stop};

use super::Case;
use super::fill::Filled;
use super::order::Order;
use super::view::{Mix, View, views};

/// How thorough a call is.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Search nodes for each root (the first item type of a bin in the pricing order).
    pub nodes: u64,
    /// True: each root looks for its own best bin (diversity), false: only for better than the best of all.
    pub diverse: bool,
    /// True: where nothing was found and a root ran out of nodes, search on to the end.
    pub exact: bool,
}

/// Search nodes for a root before it is split into smaller problems with bounds of their own (few in tests, to test it).
const HARD: u64 = if cfg!(test) { 3 } else { 2_000 };

/// A feasible bin and what it weighs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Sum of the values of its content.
    pub value: u64,
    /// Items and copies, ascending by item.
    pub items: Vec<(usize, u64)>,
}

/// Answer of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priced {
    /// No feasible bin weighs more than this.
    pub bound: u64,
    /// Bins that weigh more than the threshold, heaviest first, at most one a root.
    pub bins: Vec<Found>,
    /// Whether `bound` is the larger of the threshold and the heaviest bin, or less.
    pub complete: bool,
}

/// Finds heaviest feasible bins of one bin type, for ever new values of the items.
///
/// The items are ordered by a greedy clique partition. For each call, a suffix programme over the cliques (at most one
/// type of each, with any number of copies) bounds what the items from a position on can add to a bin with given room:
/// one programme for each resource, and for averages of several; the bound is their minimum. A depth-first search from
/// each root type, the most promising first, finds the bins (after Sadykov & Vanderbeck 2013, section 3, who use
/// such a programme for interval graphs).
#[derive(Clone, Debug)]
pub struct Pricer {
    bin: usize,
    order: Order,
    pub(super) dimensions: usize,
    pub(super) capacity: Vec<u64>,
    /// Position-major sizes.
    pub(super) sizes: Vec<u64>,
    pub(super) words: usize,
    /// Position-major bit rows over positions: may not share a bin.
    pub(super) rows: Vec<u64>,
    /// One a resource, then perhaps one of their mix, new for each call.
    pub(super) views: Vec<View>,
    mix: Option<Mix>,
    limit: Vec<u64>,
    // per call
    pub(super) value: Vec<u64>,
    pub(super) most: Vec<u64>,
    pub(super) active: Vec<u64>,
    /// One table a view; row 0 is the empty suffix.
    tables: Vec<Vec<u64>>,
    /// Position -> row of the suffix that starts with its clique.
    row_from: Vec<usize>,
    /// Position -> row of the suffix that starts after its clique.
    row_after: Vec<usize>,
}

impl Pricer {
    /// Prepares for bins of type `bin` of the case. Complexity: the square of the number of items.
    #[must_use]
    pub fn new(case: &Case, bin: usize) -> Self {
        let order = Order::new(case);
        let len = case.len();
        let words = len.div_ceil(64);
        let mut position = vec![0; len];
        for (at, &item) in order.items.iter().enumerate() {
            position[item] = at;
        }
        let mut rows = vec![0u64; len * words];
        for (at, &item) in order.items.iter().enumerate() {
            for other in case.apart_from(item).ones() {
                let other = position[other];
                rows[at * words + other / 64] |= 1 << (other % 64);
            }
        }
        let capacity = case.bins()[bin].capacity.clone();
        let limit: Vec<u64> = order.items.iter().map(|&item| case.most(item, bin, case.demand()[item])).collect();
        let sizes: Vec<u64> = order.items.iter().flat_map(|&item| case.size(item).iter().copied()).collect();
        Self::build(bin, order, capacity, sizes, rows, limit)
    }

    fn build(bin: usize, order: Order, capacity: Vec<u64>, sizes: Vec<u64>, rows: Vec<u64>, limit: Vec<u64>) -> Self {
        let len = order.items.len();
        let words = len.div_ceil(64);
        let dimensions = capacity.len();
        let matters: Vec<bool> = (0..dimensions)
            .map(|q| {
                let load = (0..len)
                    .fold(0u128, |load, at| load + u128::from(sizes[at * dimensions + q]) * u128::from(limit[at]));
                load > u128::from(capacity[q])
            })
            .collect();
        let views = views(&sizes, len, &capacity, &matters);
        let mix = Mix::new(&sizes, len, &capacity, &matters);
        Self {
            bin,
            dimensions,
            capacity,
            sizes,
            words,
            rows,
            tables: vec![Vec::new(); views.len() + usize::from(mix.is_some())],
            views,
            mix,
            value: vec![0; len],
            most: vec![0; len],
            active: vec![0; words],
            row_from: vec![0; len],
            row_after: vec![0; len],
            limit,
            order,
        }
    }

    /// A pricer for what may follow `copies` of the position `root` in a bin: later positions that it allows, in the
    /// room that is left, with a clique partition of their own. Its items are positions of this one.
    fn after(&self, root: usize, copies: u64) -> Self {
        let d = self.dimensions;
        let room: Vec<u64> =
            (0..d).map(|q| self.capacity[q].saturating_sub(self.sizes[root * d + q].saturating_mul(copies))).collect();
        let mut allowed = vec![0u64; self.words];
        self.restrict(&self.active, root, &mut allowed);
        let fits = |at: usize| (0..d).all(|q| self.sizes[at * d + q] <= room[q]);
        let kept: Vec<usize> = Bits::new(&allowed, root + 1).filter(|&at| fits(at)).collect();
        let len = kept.len();
        let apart = |a: usize, b: usize| self.rows[a * self.words + b / 64] >> (b % 64) & 1 == 1;
        let relation: Vec<FixedBitSet> = kept
            .iter()
            .map(|&a| {
                let mut row = FixedBitSet::with_capacity(len);
                row.extend((0..len).filter(|&b| apart(a, kept[b])));
                row
            })
            .collect();
        let mut order = Order::of(len, |item| &relation[item]);
        let words = len.div_ceil(64);
        let mut rows = vec![0u64; len * words];
        for (at, &a) in order.items.iter().enumerate() {
            for (other, &b) in order.items.iter().enumerate() {
                if relation[a].contains(b) {
                    rows[at * words + other / 64] |= 1 << (other % 64);
                }
            }
        }
        for item in &mut order.items {
            *item = kept[*item];
        }
        let sizes: Vec<u64> =
            order.items.iter().flat_map(|&at| self.sizes[at * d..(at + 1) * d].iter().copied()).collect();
        let limit: Vec<u64> = order
            .items
            .iter()
            .map(|&at| {
                let size = &self.sizes[at * d..(at + 1) * d];
                size.iter().zip(&room).fold(self.most[at], |most, (&size, &room)| {
                    room.checked_div(size).map_or(most, |fit| most.min(fit))
                })
            })
            .collect();
        Self::build(self.bin, order, room, sizes, rows, limit)
    }

    /// The bin type.
    #[must_use]
    pub fn bin(&self) -> usize {
        self.bin
    }

    /// Finds bins heavier than `threshold` where an item `i` weighs `values[i]` and has `demand[i]` copies (no more than
    /// in the case). The sum of all values times demands must be below 2^62.
    ///
    /// # Errors
    /// [`Stop`] when the budget is used up; what was found is lost then.
    pub fn heaviest(
        &mut self,
        values: &[u64],
        demand: &[u64],
        threshold: u64,
        effort: Effort,
        budget: &Budget,
    ) -> Result<Priced, Stop> {
        self.load(values, demand);
        self.programme(budget)?;
        let mut roots = self.roots();
        roots.sort_by_key(|&(bound, at)| (std::cmp::Reverse(bound), at));
        let mut first = self.search_roots(&roots, threshold, effort, false, budget)?;
        if first.bins.is_empty() && !first.complete && effort.diverse {
            for (value, items) in self.fill_all(threshold, budget)? {
                first.bins.push(self.found(value, &items));
            }
        }
        if first.bins.is_empty() && !first.complete && effort.exact {
            let effort = Effort { nodes: HARD, diverse: false, exact: true };
            first = self.search_roots(&roots, threshold, effort, true, budget)?;
        }
        Ok(first)
    }

    fn found(&self, value: u64, positions: &[(usize, u64)]) -> Found {
        let mut items: Vec<(usize, u64)> =
            positions.iter().map(|&(at, copies)| (self.order.items[at], copies)).collect();
        items.sort_unstable();
        Found { value, items }
    }

    /// The heaviest bin that starts with `root`, if it weighs more than `best`: each number of copies of the root gives a
    /// smaller problem with bounds of its own, solved in the same way.
    fn split(&self, root: usize, mut best: u64, budget: &Budget) -> Result<Option<Filled>, Stop> {
        let mut record = None;
        for copies in (1..=self.most[root]).rev() {
            let base = self.value[root] * copies;
            let mut rest = self.after(root, copies);
            let len = rest.order.items.len();
            budget.spend((len * len) as u64 / 4 + 16)?;
            if base > best {
                best = base;
                record = Some((best, vec![(root, copies)]));
            }
            if len == 0 {
                continue;
            }
            rest.load(&self.value, &self.most);
            rest.programme(budget)?;
            let mut roots = rest.roots();
            roots.sort_by_key(|&(bound, at)| (std::cmp::Reverse(bound), at));
            let effort = Effort { nodes: HARD, diverse: false, exact: true };
            let priced = rest.search_roots(&roots, best - base.min(best), effort, true, budget)?;
            if let Some(found) = priced.bins.into_iter().next().filter(|found| base + found.value > best) {
                best = base + found.value;
                let mut items = found.items;
                items.push((root, copies));
                record = Some((best, items));
            }
        }
        Ok(record)
    }

    fn load(&mut self, values: &[u64], demand: &[u64]) {
        self.active.fill(0);
        for (at, &item) in self.order.items.iter().enumerate() {
            self.value[at] = values[item];
            self.most[at] = if values[item] == 0 { 0 } else { self.limit[at].min(demand[item]) };
            if self.most[at] > 0 {
                self.active[at / 64] |= 1 << (at % 64);
            }
        }
        if let Some(mix) = &mut self.mix {
            self.views.truncate(self.tables.len() - 1);
            self.views.push(mix.view(&self.value, &self.most));
        }
    }

    /// Fills the tables: `table[row][c]` bounds what the suffix of `row` can add to a bin with `c` steps of room.
    fn programme(&mut self, budget: &Budget) -> Result<(), Stop> {
        let len = self.order.items.len();
        let mut rows = 1;
        let mut end = len;
        for table in &mut self.tables {
            table.clear();
        }
        for (view, table) in self.views.iter().zip(&mut self.tables) {
            table.resize(view.full_steps + 1, 0);
        }
        while end > 0 {
            let group = self.order.group[end - 1];
            let mut start = end;
            while start > 0 && self.order.group[start - 1] == group {
                start -= 1;
            }
            let used = (start..end).any(|at| self.most[at] > 0);
            for at in start..end {
                self.row_after[at] = rows - 1;
                self.row_from[at] = if used { rows } else { rows - 1 };
            }
            if used {
                for (view, table) in self.views.iter().zip(&mut self.tables) {
                    let width = view.full_steps + 1;
                    table.extend_from_within((rows - 1) * width..);
                    let (before, new) = table.split_at_mut(rows * width);
                    let old = &before[(rows - 1) * width..];
                    let mut work = width;
                    for at in start..end {
                        for copies in 1..=self.most[at] {
                            let Some(size) = usize::try_from(copies).ok().and_then(|k| view.steps[at].checked_mul(k))
                            else {
                                break;
                            };
                            if size >= width {
                                break;
                            }
                            let gain = self.value[at] * copies;
                            // when an item takes no room, only all its copies matter
                            if size == 0 && copies < self.most[at] {
                                continue;
                            }
                            for (cell, &without) in new[size..].iter_mut().zip(old) {
                                *cell = (*cell).max(without + gain);
                            }
                            work += width - size;
                        }
                    }
                    budget.spend(work as u64 / 4 + 1)?;
                }
                rows += 1;
            }
            end = start;
        }
        Ok(())
    }

    /// Every type that may start a bin, with a bound on the bins that it starts.
    fn roots(&self) -> Vec<(u64, usize)> {
        let mut roots = Vec::new();
        let mut allowed = vec![0u64; self.words];
        for at in Bits::new(&self.active, 0) {
            self.restrict(&self.active, at, &mut allowed);
            let row = next(&allowed, at + 1).map_or(0, |first| self.row_from[first]);
            let mut best = 0;
            for copies in 1..=self.most[at] {
                let bound = (self.views.iter().zip(&self.tables))
                    .map(|(view, table)| {
                        let room = view.full.checked_sub(view.size[at].saturating_mul(copies));
                        room.map_or(0, |room| {
                            self.value[at] * copies + table[row * (view.full_steps + 1) + view.room(room)]
                        })
                    })
                    .min()
                    .unwrap_or(0);
                best = best.max(bound);
            }
            roots.push((best, at));
        }
        roots
    }

    fn restrict(&self, from: &[u64], at: usize, into: &mut [u64]) {
        let row = &self.rows[at * self.words..(at + 1) * self.words];
        for word in (at / 64)..self.words {
            into[word] = from[word] & !row[word];
        }
    }

    fn search_roots(
        &self,
        roots: &[(u64, usize)],
        threshold: u64,
        effort: Effort,
        exhaustive: bool,
        budget: &Budget,
    ) -> Result<Priced, Stop> {
        let mut priced = Priced { bound: 0, bins: Vec::new(), complete: true };
        let mut best_of_all = threshold;
        let mut search = Search {
            pricer: self,
            budget,
            best: threshold,
            chosen: Vec::new(),
            record: Vec::new(),
            nodes: 0,
            limit: effort.nodes,
            allowed: Vec::new(),
            rooms: Vec::new(),
            residuals: Vec::new(),
        };
        for &(bound, root) in roots {
            let prune = if effort.diverse { threshold } else { best_of_all };
            if bound <= prune {
                // nothing from here on is heavier than `prune`, nor than its own bound
                priced.bound = priced.bound.max(bound);
                break;
            }
            search.best = prune;
            search.nodes = 0;
            search.record.clear();
            search.start(root)?;
            let mut finished = search.nodes <= effort.nodes;
            if !finished && exhaustive {
                if let Some((value, record)) = self.split(root, search.best, budget)? {
                    search.best = value;
                    search.record = record;
                }
                finished = true;
            }
            if !finished {
                priced.complete = false;
                priced.bound = priced.bound.max(bound);
            }
            if !search.record.is_empty() {
                priced.bins.push(self.found(search.best, &search.record));
                best_of_all = best_of_all.max(search.best);
            }
            if finished {
                priced.bound = priced.bound.max(search.best);
            }
        }
        priced.bins.sort_by(|a, b| b.value.cmp(&a.value).then_with(|| a.items.cmp(&b.items)));
        Ok(priced)
    }
}

/// One depth-first search, over positions.
struct Search<'p, 'b> {
    pricer: &'p Pricer,
    budget: &'p Budget<'b>,
    best: u64,
    chosen: Vec<(usize, u64)>,
    record: Vec<(usize, u64)>,
    nodes: u64,
    limit: u64,
    /// Depth-major: allowed positions, room in each view, residual in each resource.
    allowed: Vec<u64>,
    rooms: Vec<u64>,
    residuals: Vec<u64>,
}

impl Search<'_, '_> {
    fn start(&mut self, root: usize) -> Result<(), Stop> {
        let pricer = self.pricer;
        let (words, views, dimensions) = (pricer.words, pricer.views.len(), pricer.dimensions);
        self.chosen.clear();
        self.allowed.resize(2 * words, 0);
        self.rooms.resize(2 * views, 0);
        self.residuals.resize(2 * dimensions, 0);
        self.allowed[..words].fill(0);
        self.allowed[root / 64] |= 1 << (root % 64);
        // depth 0 may choose the root only, but the set for depth 1 comes from all active types
        for (room, view) in self.rooms.iter_mut().zip(&pricer.views) {
            *room = view.full;
        }
        self.residuals[..dimensions].copy_from_slice(&pricer.capacity);
        let most = self.fitting(0, root);
        for copies in (1..=most).rev() {
            self.take(0, root, copies, 0, true)?;
            if self.nodes > self.limit {
                break;
            }
        }
        Ok(())
    }

    fn fitting(&self, depth: usize, at: usize) -> u64 {
        let pricer = self.pricer;
        let d = pricer.dimensions;
        let room = &self.residuals[depth * d..(depth + 1) * d];
        let size = &pricer.sizes[at * d..(at + 1) * d];
        size.iter().zip(room).fold(
            pricer.most[at],
            |most, (&size, &room)| {
                if size.saturating_mul(most) <= room { most } else { room / size }
            },
        )
    }

    /// Puts `copies` of `at` into the bin that weighs `value` and searches on.
    fn take(&mut self, depth: usize, at: usize, copies: u64, value: u64, root: bool) -> Result<(), Stop> {
        let pricer = self.pricer;
        let (words, views, d) = (pricer.words, pricer.views.len(), pricer.dimensions);
        let value = value + pricer.value[at] * copies;
        let next_depth = depth + 1;
        if self.rooms.len() < (next_depth + 1) * views {
            self.rooms.resize((next_depth + 1) * views, 0);
        }
        let after = pricer.row_after[at];
        let mut bound = u64::MAX;
        for (index, view) in pricer.views.iter().enumerate() {
            let room = self.rooms[depth * views + index].saturating_sub(view.size[at].saturating_mul(copies));
            self.rooms[next_depth * views + index] = room;
            bound = bound.min(pricer.tables[index][after * (view.full_steps + 1) + view.room(room)]);
        }
        if value + bound <= self.best {
            return Ok(());
        }
        self.nodes += 1;
        self.budget.spend(4 + (words + views) as u64)?;
        if self.nodes > self.limit {
            return Ok(());
        }
        self.chosen.push((at, copies));
        if value > self.best {
            self.best = value;
            self.record.clone_from(&self.chosen);
        }
        if self.allowed.len() < (next_depth + 1) * words {
            self.allowed.resize((next_depth + 1) * words, 0);
        }
        let (before, new) = self.allowed.split_at_mut(next_depth * words);
        let from = if root { &pricer.active } else { &before[depth * words..] };
        pricer.restrict(from, at, new);
        if self.residuals.len() < (next_depth + 1) * d {
            self.residuals.resize((next_depth + 1) * d, 0);
        }
        for q in 0..d {
            // `copies` fit
            self.residuals[next_depth * d + q] = self.residuals[depth * d + q] - pricer.sizes[at * d + q] * copies;
        }
        self.extend(next_depth, at + 1, value)?;
        self.chosen.pop();
        Ok(())
    }

    fn extend(&mut self, depth: usize, mut from: usize, value: u64) -> Result<(), Stop> {
        let pricer = self.pricer;
        let (words, views) = (pricer.words, pricer.views.len());
        while let Some(at) = next(&self.allowed[depth * words..(depth + 1) * words], from) {
            let row = pricer.row_from[at];
            let mut bound = u64::MAX;
            for (index, view) in pricer.views.iter().enumerate() {
                let room = view.room(self.rooms[depth * views + index]);
                bound = bound.min(pricer.tables[index][row * (view.full_steps + 1) + room]);
            }
            if value + bound <= self.best {
                return Ok(());
            }
            for copies in (1..=self.fitting(depth, at)).rev() {
                self.take(depth, at, copies, value, false)?;
                if self.nodes > self.limit {
                    return Ok(());
                }
            }
            from = at + 1;
        }
        Ok(())
    }
}

/// The first set bit at or after `from`.
fn next(bits: &[u64], from: usize) -> Option<usize> {
    let mut word = from / 64;
    if word >= bits.len() {
        return None;
    }
    let mut current = bits[word] & (u64::MAX << (from % 64));
    loop {
        if current != 0 {
            return Some(word * 64 + current.trailing_zeros() as usize);
        }
        word += 1;
        if word == bits.len() {
            return None;
        }
        current = bits[word];
    }
}

/// The set bits, ascending.
pub(super) struct Bits<'a> {
    bits: &'a [u64],
    from: usize,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bits: &'a [u64], from: usize) -> Self {
        Self { bits, from }
    }
}

impl Iterator for Bits<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let found = next(self.bits, self.from)?;
        self.from = found + 1;
        Some(found)
    }
}
