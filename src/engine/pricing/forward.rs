//! The heaviest bin of few items in many resources: branch and bound on sets of what still fits.
//!
//! With many resources no one-dimensional relaxation tells what goes together, but hardly anything does, and each item that enters leaves
//! only few that may follow (forward checking: Haralick and Elliott 1980). Sets are bits in the order of values, the greatest first, and a table
//! says for each resource and room who fits, so the best last item is the first bit that is left. A bin needs at least so many more items as what
//! it lacks needs at the greatest value left; these must fit even were they the smallest in each resource.

use crate::budget::{Budget, Stop};

use super::bits::{Bits, next};
use super::exact::{Filled, Pricer, within};

/// What a search came to.
pub(super) struct Fitted {
    /// No bin is heavier than the heaviest found and what it was to exceed; false: it ran out of work.
    pub complete: bool,
    /// Bins heavier than that: the heaviest of each root, or ever heavier ones.
    pub found: Vec<Filled>,
}

/// How long a search may take, in partial bins: in all, and from each first item.
#[derive(Clone, Copy)]
pub(super) struct Work {
    pub all: u64,
    pub root: u64,
}

/// Most items that a bin is asked for.
const MOST_NEEDED: usize = 64;
/// Fewer steps than this in a table of what fits.
const LEVELS: u64 = 256;

struct ForwardSearch<'p, 'b> {
    pricer: &'p Pricer,
    budget: &'p Budget<'b>,
    words: usize,
    /// By rank, the most valuable first: position, value, sizes.
    positions: Vec<usize>,
    value: Vec<u64>,
    sizes: Vec<u64>,
    /// By number of items and resource: what so many take at least.
    smallest: Vec<u64>,
    /// By resource and level of room: the ranks that fit, give or take a level.
    fitting: Vec<u64>,
    /// By resource: binary digits of a level.
    shift: Vec<u32>,
    /// By rank, those that may not share a bin with it; empty: no conflicts.
    rows: Vec<u64>,
    /// What a bin must exceed; the weight of `record` once there is one.
    best: u64,
    /// Partial bins that may still be looked at.
    work: u64,
    chosen: Vec<usize>,
    record: Vec<usize>,
    /// By depth: what may follow, and the room that is left.
    frames: Vec<Frame>,
}

#[derive(Clone, Default)]
struct Frame {
    allowed: Vec<u64>,
    room: Vec<u64>,
}

impl Pricer {
    /// Looks for bins heavier than `threshold`, for the values that are loaded; the heaviest from each first item, if `diverse`, else ever heavier
    /// ones.
    ///
    /// # Errors
    /// [`Stop`] when the budget is used up.
    pub(super) fn by_fit(&self, threshold: u64, work: Work, diverse: bool, budget: &Budget) -> Result<Fitted, Stop> {
        let mut search = ForwardSearch::new(self, threshold, budget);
        budget.spend((search.fitting.len() + search.rows.len()) as u64)?;
        let mut fitted = Fitted { complete: true, found: Vec::new() };
        let mut left = work.all;
        for rank in 0..search.positions.len() {
            if !search.promises(0, rank, 0) {
                break;
            }
            let most = work.root.min(left);
            search.work = most;
            fitted.complete &= search.take(0, rank, 0)?;
            left -= most - search.work;
            if !search.record.is_empty() {
                fitted.found.push((search.best, search.recorded()));
                search.record.clear();
            }
            if diverse {
                search.best = threshold;
            }
        }
        Ok(fitted)
    }
}

fn index(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

impl<'p, 'b> ForwardSearch<'p, 'b> {
    fn new(pricer: &'p Pricer, threshold: u64, budget: &'p Budget<'b>) -> Self {
        let d = pricer.dimensions;
        let mut positions: Vec<usize> = Bits::new(&pricer.active, 0).collect();
        positions.sort_by_key(|&at| (std::cmp::Reverse(pricer.value[at]), at));
        let words = positions.len().div_ceil(64).max(1);
        let sizes: Vec<u64> = positions.iter().flat_map(|&at| &pricer.sizes[at * d..(at + 1) * d]).copied().collect();
        let shift: Vec<u32> =
            pricer.capacity.iter().map(|&capacity| 64 - (capacity / LEVELS).leading_zeros()).collect();
        let levels = index(LEVELS);
        let mut fitting = vec![0; d * levels * words];
        for q in 0..d {
            let table = &mut fitting[q * levels * words..(q + 1) * levels * words];
            for rank in 0..positions.len() {
                let level = index(sizes[rank * d + q] >> shift[q]);
                table[level * words + rank / 64] |= 1 << (rank % 64);
            }
            for at in words..levels * words {
                table[at] |= table[at - words];
            }
        }
        let mut rows = Vec::new();
        if pricer.rows.iter().any(|&word| word != 0) {
            let mut ranks = vec![usize::MAX; pricer.value.len()];
            positions.iter().enumerate().for_each(|(rank, &at)| ranks[at] = rank);
            rows.resize(positions.len() * words, 0);
            for (rank, &at) in positions.iter().enumerate() {
                for other in Bits::new(&pricer.rows[at * pricer.words..(at + 1) * pricer.words], 0) {
                    // how many copies of one there may be is known elsewhere
                    if ranks[other] != usize::MAX && other != at {
                        rows[rank * words + ranks[other] / 64] |= 1 << (ranks[other] % 64);
                    }
                }
            }
        }
        let mut allowed = vec![0; words];
        (0..positions.len()).for_each(|rank| allowed[rank / 64] |= 1 << (rank % 64));
        let frame = Frame { allowed, room: pricer.capacity.clone() };
        Self {
            pricer,
            budget,
            words,
            value: positions.iter().map(|&at| pricer.value[at]).collect(),
            smallest: smallest(pricer, &positions),
            positions,
            sizes,
            fitting,
            shift,
            rows,
            best: threshold,
            work: 0,
            chosen: Vec::new(),
            record: Vec::new(),
            frames: vec![frame],
        }
    }

    /// The best bin as positions and copies.
    fn recorded(&self) -> Vec<(usize, u64)> {
        let mut items: Vec<(usize, u64)> = Vec::new();
        for &rank in &self.record {
            match items.last_mut() {
                Some(last) if last.0 == self.positions[rank] => last.1 += 1,
                _ => items.push((self.positions[rank], 1)),
            }
        }
        items.sort_unstable();
        items
    }

    /// Whether those from a rank on may add enough to a bin that weighs `value`.
    fn promises(&self, depth: usize, rank: usize, value: u64) -> bool {
        self.needed(rank, value).is_some_and(|needed| self.has_room(needed, &self.frames[depth].room))
    }

    /// How many of those from a rank on a bin that weighs `value` needs at least to be heavier than the best; `None`: they are worth nothing.
    fn needed(&self, rank: usize, value: u64) -> Option<u64> {
        let most = self.value.get(rank).copied().unwrap_or(0);
        Some(self.best.saturating_sub(value).checked_div(most)? + 1)
    }

    /// Whether so many items may fit.
    fn has_room(&self, needed: u64, room: &[u64]) -> bool {
        let d = self.pricer.dimensions;
        let needed = index(needed).min(MOST_NEEDED);
        within(&self.smallest[needed * d..(needed + 1) * d], room)
    }

    /// Puts a copy of what has this rank into the bin, which weighs `value`, and searches on; false: it ran out of work.
    fn take(&mut self, depth: usize, rank: usize, value: u64) -> Result<bool, Stop> {
        let (d, words) = (self.pricer.dimensions, self.words);
        if self.work == 0 {
            return Ok(false);
        }
        self.work -= 1;
        if self.frames.len() < depth + 2 {
            self.frames.push(Frame::default());
        }
        let mut next_frame = std::mem::take(&mut self.frames[depth + 1]);
        let frame = &self.frames[depth];
        next_frame.room.clear();
        let size = &self.sizes[rank * d..(rank + 1) * d];
        next_frame.room.extend(frame.room.iter().zip(size).map(|(room, size)| room - size));
        let value = value + self.value[rank];
        self.chosen.push(rank);
        if value > self.best {
            self.best = value;
            self.record.clone_from(&self.chosen);
        }
        let copies = self.chosen.iter().rev().take_while(|&&chosen| chosen == rank).count() as u64;
        let from = if copies < self.pricer.most[self.positions[rank]] { rank } else { rank + 1 };
        let mut complete = true;
        if let Some(needed) = self.needed(from, value) {
            if !self.has_room(needed, &next_frame.room) {
                self.budget.spend(1 + d as u64 / 8)?;
            } else if !self.has_room(2, &next_frame.room) {
                self.budget.spend(2 + d as u64 / 2)?;
                self.finish(depth, from, &next_frame.room, value);
            } else {
                self.budget.spend(2 + (words * d) as u64 / 4)?;
                next_frame.allowed.clear();
                next_frame
                    .allowed
                    .extend((0..words).map(|word| self.following(depth, rank, from, word, &next_frame.room)));
                self.frames[depth + 1] = next_frame;
                complete = self.extend(depth + 1, value)?;
                self.chosen.pop();
                return Ok(complete);
            }
        }
        self.frames[depth + 1] = next_frame;
        self.chosen.pop();
        Ok(complete)
    }

    /// Each of those that are allowed in turn.
    fn extend(&mut self, depth: usize, value: u64) -> Result<bool, Stop> {
        let mut from = 0;
        while let Some(rank) = next(&self.frames[depth].allowed, from) {
            if !self.promises(depth, rank, value) {
                break;
            }
            let d = self.pricer.dimensions;
            let fits = within(&self.sizes[rank * d..(rank + 1) * d], &self.frames[depth].room);
            if fits && !self.take(depth, rank, value)? {
                return Ok(false);
            }
            from = rank + 1;
        }
        Ok(true)
    }

    /// A word of the set of ranks from `from` on that may follow once `rank` is in the bin and this is the room.
    fn following(&self, depth: usize, rank: usize, from: usize, word: usize, room: &[u64]) -> u64 {
        let words = self.words;
        let mut bits = self.frames[depth].allowed[word];
        bits &= match word.cmp(&(from / 64)) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => u64::MAX << (from % 64),
            std::cmp::Ordering::Greater => u64::MAX,
        };
        if bits != 0 && !self.rows.is_empty() {
            bits &= !self.rows[rank * words + word];
        }
        let levels = index(LEVELS);
        for (q, (&room, &shift)) in room.iter().zip(&self.shift).enumerate() {
            if bits == 0 {
                break;
            }
            bits &= self.fitting[(q * levels + index(room >> shift)) * words + word];
        }
        bits
    }

    /// The best last item.
    fn finish(&mut self, depth: usize, from: usize, room: &[u64], value: u64) {
        let d = self.pricer.dimensions;
        let Some(&rank) = self.chosen.last() else { return };
        for word in from / 64..self.words {
            let mut bits = self.following(depth, rank, from, word, room);
            while bits != 0 {
                let last = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                if value + self.value[last] <= self.best {
                    return;
                }
                if within(&self.sizes[last * d..(last + 1) * d], room) {
                    self.best = value + self.value[last];
                    self.record.clone_from(&self.chosen);
                    self.record.push(last);
                    return;
                }
            }
            if self.value.get(word * 64 + 64).is_some_and(|&most| value + most <= self.best) {
                return;
            }
        }
    }
}

/// By number of items and resource: what so many of these take at least.
fn smallest(pricer: &Pricer, positions: &[usize]) -> Vec<u64> {
    let d = pricer.dimensions;
    let mut smallest = vec![0; (MOST_NEEDED + 1) * d];
    for q in 0..d {
        let mut sizes: Vec<(u64, u64)> =
            positions.iter().map(|&at| (pricer.sizes[at * d + q], pricer.most[at])).collect();
        sizes.sort_unstable();
        let each = sizes.iter().flat_map(|&(size, copies)| std::iter::repeat_n(size, index(copies)));
        let (mut total, mut count) = (0u64, 0);
        for size in each.take(MOST_NEEDED) {
            total = total.saturating_add(size).min(u64::MAX >> 1);
            count += 1;
            smallest[count * d + q] = total;
        }
        for more in count + 1..=MOST_NEEDED {
            // there are no more
            smallest[more * d + q] = u64::MAX >> 1;
        }
    }
    smallest
}
