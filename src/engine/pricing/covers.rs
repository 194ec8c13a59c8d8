//! The heaviest bin where conflicts rule: branch and bound on weighted clique covers.
//!
//! A bin holds at most one item type of a clique of the conflict graph. Weights that are given to cliques, such that each item type
//! is worth no more than its cliques together, bound a bin by their sum: the dual of the linear programme over cliques, found greedily
//! (Babel 1994; Held, Cook and Sewell 2012, section 4). A search branches on the item types that a cover below the best bin leaves over. It
//! renews the cover at each node, which is worth its while where conflicts, not resources, limit a bin; these count for what fits alone.

use crate::budget::{Budget, Stop};

use super::bits::{Bits, next};
use super::exact::{Filled, Pricer};

/// What a search came to.
pub(super) struct Covered {
    /// No bin is heavier than the heaviest found and what it was to exceed; false: it ran out of nodes.
    pub complete: bool,
    /// Ever heavier bins.
    pub found: Vec<Filled>,
}

struct CoverSearch<'p, 'b> {
    pricer: &'p Pricer,
    budget: &'p Budget<'b>,
    best: u64,
    nodes: u64,
    /// The first bin is enough.
    any: bool,
    chosen: Vec<(usize, u64)>,
    found: Vec<Filled>,
    /// For each depth what may follow, what it weighs there at most, and the room that is left.
    frames: Vec<Frame>,
}

#[derive(Clone, Default)]
struct Frame {
    allowed: Vec<u64>,
    left_over: Vec<u64>,
    common: Vec<u64>,
    weight: Vec<u64>,
    room: Vec<u64>,
    clique: Vec<usize>,
}

impl Pricer {
    /// Looks for bins heavier than `threshold`, in at most so many nodes.
    ///
    /// # Errors
    /// [`Stop`] when the budget is used up.
    pub(super) fn by_covers(&self, threshold: u64, nodes: u64, budget: &Budget) -> Result<Covered, Stop> {
        self.cover_search(threshold, nodes, false, budget)
    }

    /// Whether no bin is heavier than `most`, where an item `i` weighs `values[i]` and has `demand[i]` copies, as for
    /// [`heaviest`](Self::heaviest).
    ///
    /// # Errors
    /// [`Stop`] when the budget is used up.
    pub fn none_heavier(&mut self, values: &[u64], demand: &[u64], most: u64, budget: &Budget) -> Result<bool, Stop> {
        self.load(values, demand, false);
        Ok(self.cover_search(most, u64::MAX, true, budget)?.complete)
    }

    fn cover_search(&self, threshold: u64, nodes: u64, any: bool, budget: &Budget) -> Result<Covered, Stop> {
        let mut search = CoverSearch {
            pricer: self,
            budget,
            best: threshold,
            nodes,
            any,
            chosen: Vec::new(),
            found: Vec::new(),
            frames: vec![Frame::default()],
        };
        search.frames[0].allowed.clone_from(&self.active);
        search.frames[0].room.clone_from(&self.capacity);
        let complete = search.extend(0, 0)?;
        Ok(Covered { complete, found: search.found })
    }
}

impl CoverSearch<'_, '_> {
    /// Looks for what may follow the bin so far, which weighs `value`; false: it ran out of nodes.
    fn extend(&mut self, depth: usize, value: u64) -> Result<bool, Stop> {
        if self.nodes == 0 {
            return Ok(false);
        }
        self.nodes -= 1;
        let pricer = self.pricer;
        let (words, d) = (pricer.words, pricer.dimensions);
        let mut frame = std::mem::take(&mut self.frames[depth]);
        // what fits, and what it weighs
        frame.weight.resize(pricer.value.len(), 0);
        let mut count = 0;
        for word in 0..words {
            let mut bits = frame.allowed[word];
            while bits != 0 {
                let at = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let copies = pricer.most_within(at, &frame.room);
                if copies == 0 {
                    frame.allowed[word] &= !(1 << (at % 64));
                } else {
                    frame.weight[at] = pricer.value[at] * copies;
                    count += 1;
                }
            }
        }
        self.budget.spend(8 + count as u64 * (1 + words as u64 / 4))?;
        self.cover(&mut frame, self.best - value.min(self.best));
        // those left over in turn: after each, it may follow the others
        let order: Vec<usize> = Bits::new(&frame.left_over, 0).collect();
        for (word, left) in frame.allowed.iter_mut().zip(&frame.left_over) {
            *word &= !left;
        }
        if self.frames.len() < depth + 2 {
            self.frames.push(Frame::default());
        }
        let mut complete = true;
        for &at in order.iter().rev() {
            let most = pricer.most_within(at, &frame.room);
            for copies in (1..=most).rev() {
                let value = value + pricer.value[at] * copies;
                self.chosen.push((at, copies));
                if value > self.best {
                    self.best = value;
                    let mut items = self.chosen.clone();
                    items.sort_unstable();
                    self.found.push((value, items));
                    if self.any {
                        self.nodes = 0;
                    }
                }
                let next = &mut self.frames[depth + 1];
                next.allowed.clear();
                let row = &pricer.rows[at * words..(at + 1) * words];
                next.allowed.extend(frame.allowed.iter().zip(row).map(|(allowed, row)| allowed & !row));
                next.allowed[at / 64] &= !(1 << (at % 64));
                next.room.clear();
                let size = &pricer.sizes[at * d..(at + 1) * d];
                next.room.extend(frame.room.iter().zip(size).map(|(room, size)| room - size * copies));
                complete &= self.extend(depth + 1, value)?;
                self.chosen.pop();
                if !complete {
                    self.frames[depth] = frame;
                    return Ok(false);
                }
            }
            frame.allowed[at / 64] |= 1 << (at % 64);
        }
        self.frames[depth] = frame;
        Ok(complete)
    }

    /// Gives weights to cliques as long as they add up to no more than `most`; what is not worth its weight then is left over.
    fn cover(&self, frame: &mut Frame, most: u64) {
        let pricer = self.pricer;
        let words = pricer.words;
        frame.left_over.clone_from(&frame.allowed);
        let mut total = 0;
        let mut from = 0;
        while let Some(first) = next(&frame.left_over, from) {
            from = first;
            frame.clique.clear();
            frame.clique.push(first);
            let mut least = frame.weight[first];
            let row = &pricer.rows[first * words..(first + 1) * words];
            let mut word = first / 64;
            frame.common.clear();
            frame.common.extend(frame.left_over[word..].iter().zip(&row[word..]).map(|(left, row)| left & row));
            // an item type may conflict with itself
            frame.common[0] &= !(1 << (first % 64));
            let base = word;
            while word < words {
                let bits = frame.common[word - base];
                if bits == 0 {
                    word += 1;
                    continue;
                }
                let at = word * 64 + bits.trailing_zeros() as usize;
                frame.common[word - base] = bits & (bits - 1);
                frame.clique.push(at);
                least = least.min(frame.weight[at]);
                let row = &pricer.rows[at * words..(at + 1) * words];
                for (common, row) in frame.common[word - base..].iter_mut().zip(&row[word..]) {
                    *common &= row;
                }
            }
            if total + least > most {
                return;
            }
            total += least;
            for &at in &frame.clique {
                frame.weight[at] -= least;
                if frame.weight[at] == 0 {
                    frame.left_over[at / 64] &= !(1 << (at % 64));
                }
            }
        }
    }
}
