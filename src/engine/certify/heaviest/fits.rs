//! The same question where many resources bind and a bin holds few items: the search goes by what still fits.
//!
//! No resource alone tells what goes together then, but hardly anything does, and what is added leaves little that still fits (forward
//! checking: Haralick and Elliott 1980). A partial bin knows how many items it can take at most, were they the smallest in each resource
//! and in all together. One of so many must weigh its share of what is lacking: the search branches on these alone, and once one of them
//! is through it enters no bin any more. Sets are bits; what goes with a pair is kept, so most triples end in a few words.

use super::super::failure::Failure;
use super::{DEEPEST, HeaviestSearch, MEMORY, Outcome, Stage, copies_within};
use crate::budget::Budget;

/// With fewer resources that bind, tables say enough.
const MANY: usize = 5;
/// Bins may hold so many items.
const FEW: usize = 8;
/// Fewer steps than this in a table of what fits.
const LEVELS: usize = 256;
/// Most words of what goes with the pairs.
const PAIRS: usize = 16 << 20;
/// What is likely to end within so many times the allowance goes on.
const PATIENCE: u64 = 8;

/// A search among the items of a stage, by rank: the heaviest of what is lacking first.
pub(super) struct Fits {
    /// Position of each rank in the stage, and rank of each position.
    positions: Vec<usize>,
    ranks: Vec<usize>,
    copies: Vec<u64>,
    /// By rank: sizes, then weights.
    takes: Vec<u64>,
    dimensions: usize,
    /// Of a set.
    words: usize,
    /// For each kind of weight: weights descending, and the sets of so many of the heaviest.
    heaviest: Vec<(Vec<u64>, Vec<u64>)>,
    /// By resource and level of room: who fits, give or take a level.
    fitting: Vec<u64>,
    /// By resource: binary digits of a level.
    shift: Vec<u32>,
    /// By number of items and resource: what so many take at least; the last is all resources together.
    smallest: Vec<u64>,
    /// By resource: what counts of an amount there, and how often.
    together: Vec<(u32, u64)>,
    /// By rank, who conflicts with it.
    apart: Vec<u64>,
    /// By rank, once it is asked for: for each other who goes with both; what is there cannot enter otherwise.
    pairs: Vec<Vec<u64>>,
    paired: bool,
    left: Vec<u64>,
    /// Who may still be in a bin.
    allowed: Vec<u64>,
    /// Most items of a bin.
    most: usize,
    /// Positions before this one are through.
    position: usize,
    /// First items that are through, and steps in all.
    through: u64,
    taken: u64,
    /// That are left.
    steps: u64,
    chosen: Vec<(usize, u64)>,
    /// By number of item types in the bin: who may follow.
    sets: Vec<Vec<u64>>,
}

/// What searches by fit have taken of the budget.
pub(super) struct Fitted {
    /// What was spent before the search.
    before: u64,
    taken: u64,
    /// Where they have not ended yet.
    in_vain: u64,
}

impl Fitted {
    pub fn new(budget: &Budget) -> Self {
        Self { before: budget.spent(), taken: 0, in_vain: 0 }
    }

    /// Steps for another trial: four times as many as all else takes, whose steps are longer by far, may be in vain.
    fn share(&self, budget: &Budget) -> u64 {
        let others = (budget.spent() - self.before).saturating_sub(self.taken);
        (4 * others).saturating_sub(self.in_vain)
    }
}

impl HeaviestSearch<'_, '_> {
    /// A search by fit, where it may say more than tables.
    pub(super) fn fits(&mut self, stage: &Stage, left: &[u64]) -> Result<Option<Fits>, Failure> {
        if stage.binding.len() < MANY || self.picked.len() + FEW > DEEPEST {
            return Ok(None);
        }
        let words = Fits::words_of(stage, left.len());
        if self.memory + words > MEMORY {
            return Ok(None);
        }
        self.budget.spend(words as u64 / 4)?;
        let spare = PAIRS.min(MEMORY - self.memory - words);
        let fits = Fits::new(stage, left, FEW, spare);
        self.memory += fits.as_ref().map_or(0, Fits::memory);
        Ok(fits)
    }

    /// Whether the partial bin can be completed by the positions from this one on; for as long as it is worth it.
    pub(super) fn by_fits(&mut self, stage: &Stage, fits: &mut Fits, position: usize) -> Result<Outcome, Failure> {
        let share = self.fitted.share(self.budget);
        if share <= self.fitted.in_vain / 2 {
            return Ok(Outcome::TooLong);
        }
        let before = fits.taken;
        let outcome = fits.search(position, share, self.budget)?;
        let taken = fits.taken - before;
        self.fitted.taken += taken;
        match outcome {
            Outcome::Found => self.picked.extend(fits.content().map(|(at, copies)| (stage.ids[at], copies))),
            Outcome::TooLong => self.fitted.in_vain += taken,
            Outcome::Nothing => {}
        }
        Ok(outcome)
    }
}

impl Fits {
    /// Of what a search takes without the pairs.
    fn words_of(stage: &Stage, entries: usize) -> usize {
        let len = stage.ids.len();
        let words = len.div_ceil(64).max(1);
        let kinds = entries - stage.dimensions;
        words * (stage.dimensions * LEVELS + (len + 1) * (1 + kinds)) + len * (entries + kinds + 8)
    }

    /// Memory, in words.
    pub fn memory(&self) -> usize {
        let len = self.positions.len();
        let pairs = if self.paired { len * len * self.words } else { 0 };
        pairs + self.fitting.len() + self.takes.len() + (len + 1) * self.words * (1 + self.heaviest.len())
    }

    /// For bins of at most `few` items; `None` where they may hold more.
    pub fn new(stage: &Stage, left: &[u64], few: usize, spare: usize) -> Option<Self> {
        let (len, d) = (stage.ids.len(), stage.dimensions);
        let (room, lacking) = left.split_at(d);
        let kind = lacking.iter().position(|&lacking| lacking > 0)?;
        let words = len.div_ceil(64).max(1);
        let mut positions: Vec<usize> = (0..len).collect();
        positions.sort_by_key(|&at| (std::cmp::Reverse(stage.takes[at][d + kind]), at));
        let mut ranks = vec![0; len];
        positions.iter().enumerate().for_each(|(rank, &at)| ranks[at] = rank);
        let shift: Vec<u32> = room.iter().map(|&room| 64 - (room / LEVELS as u64).leading_zeros()).collect();
        let together: Vec<(u32, u64)> = room
            .iter()
            .map(|&room| {
                let digits = (64 - room.leading_zeros()).saturating_sub(32);
                (digits, (1 << 40) / (room >> digits).max(1))
            })
            .collect();
        let mut fits = Self {
            copies: positions.iter().map(|&at| stage.copies[at]).collect(),
            takes: positions.iter().flat_map(|&at| &stage.takes[at]).copied().collect(),
            positions,
            ranks,
            dimensions: d,
            words,
            heaviest: Vec::new(),
            fitting: Vec::new(),
            shift,
            smallest: Vec::new(),
            together,
            apart: vec![0; len * words],
            pairs: Vec::new(),
            paired: len.saturating_mul(len).saturating_mul(words) <= spare,
            left: left.to_vec(),
            allowed: vec![0; words],
            most: few,
            position: 0,
            through: 0,
            taken: 0,
            steps: 0,
            chosen: Vec::new(),
            sets: Vec::new(),
        };
        fits.smallest = fits.smallest(few + 1);
        if fits.may_take(few + 1, room) {
            return None;
        }
        fits.most = fits.most(few, room);
        (0..len).for_each(|rank| insert(&mut fits.allowed, rank));
        if fits.paired {
            fits.pairs.resize(len, Vec::new());
        }
        fits.heaviest = (0..lacking.len()).map(|kind| fits.heaviest(kind)).collect();
        fits.fitting = fits.fitting();
        for at in 0..len {
            // friends are later positions
            for other in (at + 1..len).filter(|&other| !stage.friends[at].contains(other)) {
                let (a, b) = (fits.ranks[at], fits.ranks[other]);
                insert(&mut fits.apart[a * words..][..words], b);
                insert(&mut fits.apart[b * words..][..words], a);
            }
        }
        Some(fits)
    }

    /// The bin that was found, by position.
    pub fn content(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        self.chosen.iter().map(|&(rank, copies)| (self.positions[rank], copies))
    }

    fn size(&self, rank: usize) -> &[u64] {
        let entries = self.left.len();
        &self.takes[rank * entries..][..self.dimensions]
    }

    fn weight(&self, rank: usize, kind: usize) -> u64 {
        self.takes[rank * self.left.len() + self.dimensions + kind]
    }

    /// An amount of each resource as an amount of all together. What is rounded down adds up to no more.
    fn together(&self, amounts: &[u64]) -> u64 {
        // no overflow: no amount is above what there is, which counts for 2^40 or, with less than 2^32, a little less
        let each = amounts.iter().zip(&self.together).map(|(&amount, &(digits, often))| (amount >> digits) * often);
        each.fold(0, u64::saturating_add)
    }

    /// By number of items, up to this, and resource: what so many take at least.
    fn smallest(&self, most: usize) -> Vec<u64> {
        let columns = self.dimensions + 1;
        let mut smallest = vec![0; (most + 1) * columns];
        for q in 0..columns {
            let size =
                |rank: usize| if q < self.dimensions { self.size(rank)[q] } else { self.together(self.size(rank)) };
            let mut sizes: Vec<(u64, u64)> =
                (0..self.copies.len()).map(|rank| (size(rank), self.copies[rank])).collect();
            sizes.sort_unstable();
            let each = sizes.into_iter().flat_map(|(size, copies)| (0..copies).take(most).map(move |_| size));
            // there are no more
            let mut each = each.map(Some).chain(std::iter::repeat(None));
            let mut total = Some(0u64);
            for count in 1..=most {
                total = total.zip(each.next().flatten()).and_then(|(total, size)| total.checked_add(size));
                smallest[count * columns + q] = total.unwrap_or(u64::MAX);
            }
        }
        smallest
    }

    /// Whether so many items may fit; no room is as large as what is not there.
    fn may_take(&self, count: usize, room: &[u64]) -> bool {
        let smallest = &self.smallest[count * (self.dimensions + 1)..][..=self.dimensions];
        if smallest[self.dimensions] == u64::MAX {
            return false;
        }
        smallest.iter().zip(room).all(|(smallest, room)| smallest <= room)
            && smallest[self.dimensions] <= self.together(room)
    }

    /// How many items fit at most, and no more than `most`.
    fn most(&self, mut most: usize, room: &[u64]) -> usize {
        while most > 0 && !self.may_take(most, room) {
            most -= 1;
        }
        most
    }

    fn heaviest(&self, kind: usize) -> (Vec<u64>, Vec<u64>) {
        let (len, words) = (self.copies.len(), self.words);
        let mut order: Vec<usize> = (0..len).collect();
        order.sort_by_key(|&rank| (std::cmp::Reverse(self.weight(rank, kind)), rank));
        let mut sets = vec![0; (len + 1) * words];
        for (count, &rank) in order.iter().enumerate() {
            sets.copy_within(count * words..(count + 1) * words, (count + 1) * words);
            insert(&mut sets[(count + 1) * words..][..words], rank);
        }
        (order.into_iter().map(|rank| self.weight(rank, kind)).collect(), sets)
    }

    fn fitting(&self) -> Vec<u64> {
        let words = self.words;
        let mut fitting = vec![0; self.dimensions * LEVELS * words];
        for (q, table) in fitting.chunks_exact_mut(LEVELS * words).enumerate() {
            for rank in 0..self.copies.len() {
                insert(&mut table[self.level(q, self.size(rank)[q]) * words..][..words], rank);
            }
            for at in words..table.len() {
                table[at] |= table[at - words];
            }
        }
        fitting
    }

    fn level(&self, q: usize, amount: u64) -> usize {
        // below `LEVELS`, as no amount is above what there is
        (amount >> self.shift[q]) as usize
    }

    /// Those that weigh at least so much.
    fn weighing(&self, kind: usize, least: u64) -> &[u64] {
        let (weights, sets) = &self.heaviest[kind];
        let count = weights.partition_point(|&weight| weight >= least);
        &sets[count * self.words..][..self.words]
    }

    /// Takes out of a set who does not fit, give or take.
    fn keep_fitting(&self, set: &mut [u64], room: &[u64]) {
        let words = self.words;
        for (q, &room) in room.iter().enumerate() {
            let fitting = &self.fitting[(q * LEVELS + self.level(q, room)) * words..][..words];
            set.iter_mut().zip(fitting).for_each(|(set, fitting)| *set &= fitting);
        }
    }

    /// Who goes with each that goes with this one.
    fn pair(&mut self, rank: usize, budget: &Budget) -> Result<(), Failure> {
        let (len, words, d) = (self.copies.len(), self.words, self.dimensions);
        if !self.paired || !self.pairs[rank].is_empty() {
            return Ok(());
        }
        let steps = (len * (words * d + 16)) as u64 / 16;
        budget.spend(steps)?;
        self.taken += steps;
        self.steps = self.steps.saturating_sub(steps);
        let room: Vec<u64> = self.left.iter().zip(self.size(rank)).map(|(room, size)| room - size).collect();
        let mut with: Vec<u64> = self.apart[rank * words..][..words].iter().map(|apart| !apart).collect();
        self.keep_fitting(&mut with, &room);
        let mut pairs = vec![0; len * words];
        let mut rest = vec![0; d];
        for other in ones(&with) {
            let size = self.size(other);
            if size.iter().zip(&room).any(|(size, room)| size > room) {
                continue;
            }
            rest.clear();
            rest.extend(room.iter().zip(size).map(|(room, size)| room - size));
            let set = &mut pairs[other * words..][..words];
            let apart = &self.apart[other * words..][..words];
            set.iter_mut().zip(&with).zip(apart).for_each(|((set, with), apart)| *set = with & !apart);
            self.keep_fitting(set, &rest);
        }
        self.pairs[rank] = pairs;
        Ok(())
    }

    /// Whether there is a bin of the positions from this one on; what is through stays so.
    pub fn search(&mut self, position: usize, share: u64, budget: &Budget) -> Result<Outcome, Failure> {
        for at in self.position..position {
            remove(&mut self.allowed, self.ranks[at]);
        }
        self.position = self.position.max(position);
        self.steps = share;
        self.chosen.clear();
        let lacking: Vec<u64> = self.left[self.dimensions..].to_vec();
        let Some(kind) = lacking.iter().position(|&lacking| lacking > 0) else { return Ok(Outcome::Found) };
        if self.most == 0 {
            return Ok(Outcome::Nothing);
        }
        let mut first = self.weighing(kind, lacking[kind].div_ceil(self.most as u64)).to_vec();
        first.iter_mut().zip(&self.allowed).for_each(|(first, allowed)| *first &= allowed);
        let mut ahead = first.iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
        let left = self.left.clone();
        let mut lately = self.taken.checked_div(self.through).unwrap_or(0);
        for rank in ones(&first) {
            let before = self.taken;
            let mut allowed = std::mem::take(&mut self.allowed);
            remove(&mut allowed, rank);
            let outcome = self.take(rank, &allowed, &left, self.most, budget);
            self.allowed = allowed;
            match outcome? {
                Outcome::Nothing => {}
                Outcome::Found => return Ok(Outcome::Found),
                Outcome::TooLong => {
                    insert(&mut self.allowed, rank);
                    return Ok(Outcome::TooLong);
                }
            }
            (self.through, ahead) = (self.through + 1, ahead - 1);
            // each has fewer to follow it than the one before
            lately = (lately * 7 + self.taken - before) / 8;
            let likely = lately.saturating_mul(ahead) / 2;
            if self.through >= 8 && likely <= share.saturating_mul(PATIENCE) {
                self.steps = self.steps.max(likely.saturating_mul(4));
            }
        }
        Ok(Outcome::Nothing)
    }

    /// Puts copies of one into the partial bin, which leaves `left`, and searches on among those allowed, which are at most `most`.
    fn take(
        &mut self,
        rank: usize,
        allowed: &[u64],
        left: &[u64],
        most: usize,
        budget: &Budget,
    ) -> Result<Outcome, Failure> {
        let entries = left.len();
        let (room, lacking) = left.split_at(self.dimensions);
        let fit = match self.copies[rank] {
            // whether it fits may never be asked
            1 => 1,
            copies => copies_within(copies, self.size(rank), room).min(most as u64),
        };
        for copies in (1..=fit).rev() {
            let rest = most - copies as usize;
            let lacks = |kind: usize| lacking[kind].saturating_sub(self.weight(rank, kind) * copies);
            let kinds = 0..lacking.len();
            let reached = kinds.clone().all(|kind| lacks(kind) == 0);
            // those that follow must weigh their share of what is lacking then
            let promising =
                reached || rest > 0 && kinds.clone().all(|kind| self.promises(rank, allowed, kind, lacks(kind), rest));
            if !promising || fit == 1 && !self.has_room(rank, room) {
                continue;
            }
            if reached {
                self.chosen.push((rank, copies));
                return Ok(Outcome::Found);
            }
            let one = &self.takes[rank * entries..][..entries];
            let next: Vec<u64> = left.iter().zip(one).map(|(left, one)| left.saturating_sub(one * copies)).collect();
            self.chosen.push((rank, copies));
            let outcome = self.extend(allowed, &next, rest, budget)?;
            if outcome != Outcome::Nothing {
                return Ok(outcome);
            }
            self.chosen.pop();
        }
        Ok(Outcome::Nothing)
    }

    fn has_room(&self, rank: usize, room: &[u64]) -> bool {
        self.size(rank).iter().zip(room).fold(true, |fits, (size, room)| fits & (size <= room))
    }

    /// Whether one of those allowed that may go with this one and with each chosen weighs enough for `rest` items to add what is lacking.
    fn promises(&self, rank: usize, allowed: &[u64], kind: usize, lacking: u64, rest: usize) -> bool {
        if lacking == 0 {
            return true;
        }
        let words = self.words;
        let heavy = self.weighing(kind, lacking.div_ceil(rest as u64));
        let pairs = |chosen: usize| &self.pairs[chosen][rank * words..][..words];
        match (&self.chosen[..], self.paired) {
            ([], _) | (_, false) => heavy.iter().zip(allowed).any(|(heavy, allowed)| heavy & allowed != 0),
            (&[(one, _)], _) => {
                let sets = heavy.iter().zip(allowed).zip(pairs(one));
                sets.fold(0, |any, ((heavy, allowed), pair)| any | heavy & allowed & pair) != 0
            }
            (&[(one, _), (other, _), ..], _) => {
                let sets = heavy.iter().zip(allowed).zip(pairs(one)).zip(pairs(other));
                sets.fold(0, |any, (((heavy, allowed), one), other)| any | heavy & allowed & one & other) != 0
            }
        }
    }

    /// Whether the partial bin, which leaves `left`, can be completed by at most `most` items, which were allowed before the last one.
    fn extend(&mut self, before: &[u64], left: &[u64], most: usize, budget: &Budget) -> Result<Outcome, Failure> {
        let (room, lacking) = left.split_at(self.dimensions);
        let most = self.most(most, room);
        let mut steps = 4 + (self.words * self.dimensions) as u64 / 16;
        let depth = self.chosen.len();
        let mut outcome = Outcome::Nothing;
        // something is lacking still
        let kind = lacking.iter().position(|&lacking| lacking > 0);
        if let (Some(kind), Some(&(last, _)), 1..) = (kind, self.chosen.last(), most) {
            if depth < 3 && most > 1 {
                self.pair(last, budget)?;
            }
            if self.sets.len() < 2 * (depth + 1) {
                self.sets.resize(2 * (depth + 1), Vec::new());
            }
            let mut allowed = std::mem::take(&mut self.sets[2 * depth]);
            let mut over = std::mem::take(&mut self.sets[2 * depth + 1]);
            allowed.clear();
            let apart = &self.apart[last * self.words..][..self.words];
            allowed.extend(before.iter().zip(apart).map(|(before, apart)| before & !apart));
            self.keep_fitting(&mut allowed, room);
            let heavy = self.weighing(kind, lacking[kind].div_ceil(most as u64));
            over.clear();
            over.extend(allowed.iter().zip(heavy).map(|(allowed, heavy)| allowed & heavy));
            for rank in ones(&over) {
                steps += 2 + self.words as u64 / 8;
                remove(&mut allowed, rank);
                outcome = self.take(rank, &allowed, left, most, budget)?;
                if outcome != Outcome::Nothing {
                    break;
                }
            }
            (self.sets[2 * depth], self.sets[2 * depth + 1]) = (allowed, over);
        }
        budget.spend(steps)?;
        self.taken += steps;
        if outcome == Outcome::Nothing && self.steps < steps {
            return Ok(Outcome::TooLong);
        }
        self.steps = self.steps.saturating_sub(steps);
        Ok(outcome)
    }
}

fn insert(set: &mut [u64], rank: usize) {
    set[rank / 64] |= 1 << (rank % 64);
}

fn remove(set: &mut [u64], rank: usize) {
    set[rank / 64] &= !(1 << (rank % 64));
}

/// Ascending.
fn ones(set: &[u64]) -> impl Iterator<Item = usize> + '_ {
    set.iter().enumerate().flat_map(|(word, &bits)| {
        let rest = |&bits: &u64| Some(bits & bits.wrapping_sub(1));
        let bits = std::iter::successors(Some(bits), rest).take_while(|&bits| bits != 0);
        bits.map(move |bits| word * 64 + bits.trailing_zeros() as usize)
    })
}
