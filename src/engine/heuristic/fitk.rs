//! Fit into k open bins: several resources at once, the scarce one first.
//!
//! All bins stand open from the start and every item goes to the bin whose residual vector it suits best (the dot
//! product rule of Panigrahy, Talwar, Uyeda, Wieder 2011, section 3), less a penalty for the classes that it would shut out of the
//! bin. Large fleets are packed chunk by chunk: a share of the classes into a share of the bins, and what does not fit
//! moves on to the next chunk, so that no bin is lost to rounding.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::effort::fitk::{CHUNK, MOST_BINS};
use super::load::{Load, solution};
use super::shape::Shape;
use crate::budget::{Budget, Stop};
use crate::problem::Solution;
use crate::problem::random::Random;

/// How the bins that can take an item are compared; the highest score wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Weighted dot product of residual and size.
    Dot,
    /// The least full in its fullest resource afterwards.
    Balance,
    /// The dot product, its weights taken anew from the load and the room still left.
    Live,
}

/// One way to fit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variant {
    /// The comparison.
    pub rule: Rule,
    /// Weight of the share of classes newly shut out, against scores of about 0..=1.
    pub penalty: f64,
}

/// Packs into bins of these types (`open`, in an order that mixes them), opening another only where none is left that
/// can take an item. `None`: too many bins, or one is needed that may not be opened.
///
/// # Errors
/// [`Stop`] once the budget is used up; there is no plan then.
pub(super) fn pack(
    shape: &Shape,
    open: &[usize],
    order: &[usize],
    variant: Variant,
    seed: u64,
    budget: &Budget,
) -> Result<Option<Solution>, Stop> {
    if open.len() > MOST_BINS {
        return Ok(None);
    }
    let mut stock = shape.stock();
    for &bin in open {
        stock[bin] = stock[bin].saturating_sub(1);
    }
    let cost = shape.len() as f64 * open.len() as f64;
    // fewer than 40 bins a chunk lose too much
    let chunks = ((cost / CHUNK).ceil() as usize).min(open.len() / 40).max(1);
    let parts = partition(shape, order, chunks, seed);
    let mut work: f64 = (0..shape.len()).map(|item| shape.area[item] * shape.demand(item) as f64).sum();
    let mut next = 0;
    let mut carry: Vec<(usize, usize, u64)> = Vec::new();
    let mut loads = Vec::new();
    for (number, part) in parts.into_iter().enumerate() {
        let last = number + 1 == chunks;
        let mut items = std::mem::take(&mut carry);
        items.extend(part);
        items.sort_unstable();
        let area: f64 = items.iter().map(|&(_, item, copies)| shape.area[item] * copies as f64).sum();
        let share =
            if last { open.len() - next } else { ((open.len() - next) as f64 * area / work.max(1e-9)) as usize };
        let end = (next + share).min(open.len());
        let mut field = Field::new(shape, variant, &open[next..end], &items, budget)?;
        next = end;
        for &(position, item, copies) in &items {
            let left = field.place(item, copies, budget)?;
            if left > 0 && !last {
                carry.push((position, item, left));
            } else if left > 0 && !field.overflow(item, left, &mut stock, budget)? {
                return Ok(None);
            }
        }
        let carried: f64 = carry.iter().map(|&(_, item, copies)| shape.area[item] * copies as f64).sum();
        work -= area - carried;
        loads.extend(field.loads());
    }
    Ok(Some(solution(loads)))
}

/// The classes dealt out at random into so many parts of items (position in the order, item type, copies).
fn partition(shape: &Shape, order: &[usize], chunks: usize, seed: u64) -> Vec<Vec<(usize, usize, u64)>> {
    let mut random = Random::new(seed);
    let classes = shape.degree.len();
    let mut dealt: Vec<usize> = (0..classes).map(|class| class * chunks / classes.max(1)).collect();
    random.shuffle(&mut dealt);
    let mut parts = vec![Vec::new(); chunks];
    for (position, &item) in order.iter().enumerate() {
        parts[dealt[shape.class(item)]].push((position, item, shape.demand(item)));
    }
    parts
}

/// Open bins, and for each class the bins that it may enter.
struct Field<'s, 'a> {
    shape: &'s Shape<'a>,
    variant: Variant,
    kind: Vec<usize>,
    residual: Vec<u64>,
    items: Vec<Vec<(usize, u64)>>,
    /// Number of each class among the classes met here.
    local: Vec<u32>,
    /// For each local class, the local classes that it conflicts with (itself too, if so).
    neighbours: Vec<Vec<u32>>,
    /// For each local class, one bit a bin: no conflict there.
    welcome: Vec<Vec<u64>>,
    /// For each local class, one bit a bin: it is there already.
    present: Vec<Vec<u64>>,
    /// For each bin, the share of local classes that are welcome.
    freedom: Vec<f64>,
    /// One bit a bin: the smallest size of every resource still fits.
    live: Vec<u64>,
    smallest: Vec<u64>,
    /// For each local class the penalty where all classes are still welcome.
    crowd: Vec<f64>,
    /// Scratch space.
    choices: Vec<Choice>,
    /// The load still to come and the room still left, resource by resource.
    ahead: Vec<f64>,
    empty: Vec<f64>,
}

const NOT_HERE: u32 = u32::MAX;

impl<'s, 'a> Field<'s, 'a> {
    fn new(
        shape: &'s Shape<'a>,
        variant: Variant,
        open: &[usize],
        items: &[(usize, usize, u64)],
        budget: &Budget,
    ) -> Result<Self, Stop> {
        let conflicts = shape.problem.conflicts();
        let mut local = vec![NOT_HERE; conflicts.len()];
        let mut classes = Vec::new();
        let mut smallest = vec![u64::MAX; shape.dimensions];
        for &(_, item, _) in items {
            let class = shape.class(item);
            if local[class] == NOT_HERE {
                local[class] = classes.len() as u32;
                classes.push(class);
            }
            for (least, &size) in smallest.iter_mut().zip(shape.size(item)) {
                *least = (*least).min(size);
            }
        }
        let mut neighbours = Vec::with_capacity(classes.len());
        for &class in &classes {
            let row: Vec<u32> =
                conflicts.row(class).ones().map(|other| local[other]).filter(|&other| other != NOT_HERE).collect();
            budget.spend((conflicts.len() / 64 + row.len()) as u64)?;
            neighbours.push(row);
        }
        let mut field = Self {
            shape,
            variant,
            kind: Vec::with_capacity(open.len()),
            residual: Vec::with_capacity(open.len() * shape.dimensions),
            items: Vec::with_capacity(open.len()),
            local,
            welcome: vec![Vec::new(); neighbours.len()],
            present: vec![Vec::new(); neighbours.len()],
            crowd: neighbours.iter().map(|row| variant.penalty * row.len() as f64 / neighbours.len() as f64).collect(),
            choices: Vec::new(),
            neighbours,
            freedom: Vec::with_capacity(open.len()),
            live: Vec::new(),
            smallest,
            ahead: vec![0.0; shape.dimensions],
            empty: vec![0.0; shape.dimensions],
        };
        for &(_, item, copies) in items {
            for (ahead, &size) in field.ahead.iter_mut().zip(shape.size(item)) {
                *ahead += size as f64 * copies as f64;
            }
        }
        for &bin in open {
            field.open(bin);
        }
        Ok(field)
    }

    fn open(&mut self, bin: usize) -> usize {
        let index = self.kind.len();
        self.kind.push(bin);
        self.residual.extend(self.shape.capacity(bin));
        for (empty, &capacity) in self.empty.iter_mut().zip(self.shape.capacity(bin)) {
            *empty += capacity as f64;
        }
        self.items.push(Vec::new());
        self.freedom.push(1.0);
        if index.is_multiple_of(64) {
            // a word more; bits of bins not open yet are off in `live`
            self.welcome.iter_mut().for_each(|bits| bits.push(u64::MAX));
            self.present.iter_mut().for_each(|bits| bits.push(0));
            self.live.push(0);
        }
        self.live[index / 64] |= 1 << (index % 64);
        index
    }

    fn room(&self, bin: usize) -> &[u64] {
        &self.residual[bin * self.shape.dimensions..][..self.shape.dimensions]
    }

    /// Places what fits; returns how many copies are left.
    fn place(&mut self, item: usize, copies: u64, budget: &Budget) -> Result<u64, Stop> {
        let shape = self.shape;
        if shape.bin_types == 1 && !shape.fits(item, 0) {
            return Ok(copies);
        }
        let scale = self.scale(item);
        let class = self.local[shape.class(item)] as usize;
        let mut looked_at = 0;
        let mut choices = std::mem::take(&mut self.choices);
        choices.clear();
        let mut best = Choice { score: f64::NEG_INFINITY, bin: usize::MAX };
        for word in 0..self.live.len() {
            let mut bits = self.welcome[class][word] & self.live[word];
            let present = self.present[class][word];
            looked_at += bits.count_ones();
            while bits != 0 {
                let bit = bits.trailing_zeros();
                bits &= bits - 1;
                let bin = word * 64 + bit as usize;
                let Some(score) = self.score(item, bin, &scale, present >> bit & 1 == 1, class) else { continue };
                if copies > 1 {
                    choices.push(Choice { score, bin });
                } else if score > best.score {
                    best = Choice { score, bin };
                }
            }
        }
        budget.spend((self.live.len() as u64 + u64::from(looked_at)) / 2 + 1)?;
        let mut left = copies;
        if copies > 1 {
            // every copy takes one more bin at most
            let needed = usize::try_from(copies).unwrap_or(usize::MAX);
            if choices.len() > needed {
                choices.select_nth_unstable_by(needed, |a, b| b.cmp(a));
                choices.truncate(needed);
            }
            let step = (copies / (4 * choices.len() as u64 + 1)).max(1);
            let mut heap = BinaryHeap::from(choices);
            while let Some(Choice { bin, .. }) = heap.pop().filter(|_| left > 0) {
                budget.spend(4)?;
                let each = shape.copies_that_fit(self.room(bin), item, step.min(left));
                self.put(item, class, bin, each);
                left -= each;
                let again = self.welcome[class][bin / 64] >> (bin % 64) & 1 == 1;
                if let Some(score) = self.score(item, bin, &scale, true, class).filter(|_| again) {
                    heap.push(Choice { score, bin });
                }
            }
            choices = heap.into_vec();
        } else if best.bin < usize::MAX {
            self.put(item, class, best.bin, 1);
            left = 0;
        }
        self.choices = choices;
        Ok(left)
    }

    /// Opens further bins for the copies. False: none may be opened.
    fn overflow(&mut self, item: usize, mut left: u64, stock: &mut [u64], budget: &Budget) -> Result<bool, Stop> {
        let class = self.local[self.shape.class(item)] as usize;
        while left > 0 {
            budget.spend(self.welcome.len() as u64 / 64 + 1)?;
            let kind = self.shape.roomiest(stock, item);
            let Some(kind) = kind.filter(|_| self.kind.len() < MOST_BINS) else { return Ok(false) };
            stock[kind] -= 1;
            let bin = self.open(kind);
            let each = self.shape.copies_that_fit(self.room(bin), item, left);
            self.put(item, class, bin, each);
            left -= each;
        }
        Ok(true)
    }

    fn put(&mut self, item: usize, class: usize, bin: usize, copies: u64) {
        let shape = self.shape;
        let room = &mut self.residual[bin * shape.dimensions..][..shape.dimensions];
        let mut live = true;
        for (q, room) in room.iter_mut().enumerate() {
            *room -= shape.size(item)[q] * copies;
            live &= *room >= self.smallest[q];
            self.ahead[q] -= (shape.size(item)[q] * copies) as f64;
            self.empty[q] -= (shape.size(item)[q] * copies) as f64;
        }
        let (word, bit) = (bin / 64, 1 << (bin % 64));
        if !live {
            self.live[word] &= !bit;
        }
        match self.items[bin].iter_mut().find(|entry| entry.0 == item) {
            Some(entry) => entry.1 += copies,
            None => self.items[bin].push((item, copies)),
        }
        if self.present[class][word] & bit != 0 {
            return;
        }
        self.present[class][word] |= bit;
        let mut shut = 0;
        for &other in &self.neighbours[class] {
            let bits = &mut self.welcome[other as usize][word];
            shut += u32::from(*bits & bit != 0);
            *bits &= !bit;
        }
        self.freedom[bin] -= f64::from(shut) / self.neighbours.len() as f64;
    }

    /// For each bin type and resource, what a unit of residual is worth to this item.
    fn scale(&self, item: usize) -> Vec<f64> {
        let shape = self.shape;
        let size = shape.size(item);
        let mut scale = Vec::with_capacity(shape.bin_types * shape.dimensions);
        for bin in 0..shape.bin_types {
            let capacity = shape.capacity(bin);
            let start = scale.len();
            for q in 0..shape.dimensions {
                let cap = capacity[q].max(1) as f64;
                scale.push(match self.variant.rule {
                    Rule::Dot => shape.weights[q] * size[q] as f64 / (cap * cap),
                    Rule::Live => (self.ahead[q] / self.empty[q].max(1.0)).powi(4) * size[q] as f64 / (cap * cap),
                    Rule::Balance => 1.0 / cap,
                });
            }
            let full: f64 = (0..shape.dimensions).map(|q| scale[start + q].abs() * capacity[q] as f64).sum();
            if self.variant.rule != Rule::Balance && full > 0.0 {
                scale[start..].iter_mut().for_each(|value| *value /= full);
            }
        }
        scale
    }

    /// How well the item suits the bin; `None` where it does not fit.
    #[inline]
    fn score(&self, item: usize, bin: usize, scale: &[f64], present: bool, class: usize) -> Option<f64> {
        let shape = self.shape;
        let kind = self.kind[bin];
        let scale = &scale[kind * shape.dimensions..][..shape.dimensions];
        let mut fit = if self.variant.rule == Rule::Balance { f64::INFINITY } else { 0.0 };
        for ((&room, &size), &scale) in self.room(bin).iter().zip(shape.size(item)).zip(scale) {
            if size > room {
                return None;
            }
            fit = match self.variant.rule {
                Rule::Balance => fit.min((room - size) as f64 * scale),
                Rule::Dot | Rule::Live => fit + room as f64 * scale,
            };
        }
        if shape.bin_types > 1 && !shape.fits(item, kind) {
            return None;
        }
        if !present {
            // about as many classes are shut out as the class conflicts with among those still welcome
            fit -= self.crowd[class] * self.freedom[bin];
        }
        Some(fit)
    }

    fn loads(self) -> impl Iterator<Item = Load> {
        self.kind.into_iter().zip(self.items).map(|(bin, items)| Load { bin, items, count: 1 })
    }
}

/// A bin and how well an item suits it; ties go to the lower index.
#[derive(PartialEq)]
struct Choice {
    score: f64,
    bin: usize,
}

impl Eq for Choice {}

impl PartialOrd for Choice {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Choice {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then(other.bin.cmp(&self.bin))
    }
}
