//! So many open bins, some of which hold too much at first, until none does.
//!
//! Every copy stands in a bin; copies go to another bin or change places, by threshold accepting (Dueck and Scheuer 1990) on what is
//! too much, counted over all bins and resources. Classes that conflict never share a bin. Where bins hold many items, plans
//! with hardly any room to spare are found in moments; where they hold few, the other searches are better.

use std::collections::BTreeSet;

use super::Meant;
use super::effort::overload::{FIRST, HEAT, LOOKED_AT, MORE, MOST_CELLS, MOST_COPIES, NEAR, SWAPS};
use super::load::{Load, solution};
use super::order;
use super::shape::Shape;
use crate::budget::{Budget, Stop};
use crate::problem::Solution;
use crate::problem::random::Random;

/// What became of a packing into so many bins that was not found.
#[derive(Debug, Default)]
pub struct Crowded {
    /// The bins that hold too much in the end; none where the search did not begin.
    pub bins: Vec<usize>,
    /// A packing with further bins for what is too much in these.
    pub spilled: Option<Solution>,
}

/// Packs into bins of these types and no others; where bins are meant for kinds of items, with what they are meant to hold to begin with. Nothing
/// begins where it is too large to be tried.
/// Complexity: a step takes time linear in the resources, a change also in the words of a row of conflicts; a table of bins times classes.
pub(super) fn pack(
    shape: &Shape,
    open: &[usize],
    meant: Option<(&[usize], &[Meant])>,
    seed: u64,
    budget: &Budget,
) -> Result<Solution, Crowded> {
    let copies = shape.problem.copies();
    let cells = (open.len() as u64).saturating_mul(shape.degree.len() as u64);
    let units = (0..shape.len()).any(|item| shape.problem.unit(item).is_some());
    if open.is_empty() || copies > MOST_COPIES || cells > MOST_CELLS || units {
        return Err(Crowded::default());
    }
    let mut crowd = Crowd::new(shape, open, meant, budget).ok_or_else(Crowded::default)?;
    if let [_] = open {
        return if crowd.crowded.is_empty() { Ok(crowd.solution()) } else { Err(crowd.spilled()) }; // there is nowhere to go
    }
    let mut random = Random::new(seed);
    let mut steps = copies * FIRST;
    loop {
        // the last attempt ends when the work does, as an attempt that is cut off leaves its bins in disorder
        let last = budget.left() / work(shape);
        if last / (1 + MORE) < steps {
            steps = last;
        }
        match crowd.search(steps, &mut random, budget) {
            Ok(true) => return Ok(crowd.solution()),
            Ok(false) if steps < last => steps = steps.saturating_mul(MORE),
            _ => return Err(crowd.spilled()), // what is too full is no plan
        }
    }
}

/// Work of a step.
fn work(shape: &Shape) -> u64 {
    4 * shape.dimensions as u64
}

/// A copy, and where it stands.
#[derive(Clone, Copy)]
struct Copy {
    item: usize,
    /// Its place in the list of the bin.
    at: usize,
}

struct Crowd<'s, 'a> {
    shape: &'s Shape<'a>,
    /// The type of each bin.
    kinds: Vec<usize>,
    /// For each bin, what it holds in each resource.
    loads: Vec<u64>,
    /// For each bin the copies in it.
    inside: Vec<Vec<usize>>,
    copies: Vec<Copy>,
    /// For each bin and class: copies in the bin that conflict with the class.
    shut: Vec<u32>,
    /// What a unit of each resource counts where it is too much.
    price: Vec<f64>,
    /// For each bin what it holds too much.
    over: Vec<f64>,
    /// For each class the bins that are meant for it; or empty.
    homes: Vec<Vec<usize>>,
    /// The bins that hold too much, and the place of each bin in that list.
    crowded: Vec<usize>,
    listed: Vec<Option<usize>>,
}

impl<'s, 'a> Crowd<'s, 'a> {
    /// Every copy in some bin: of those that are meant for its class, or in the one that is the least full with it; `None` where conflicts leave
    /// none.
    fn new(shape: &'s Shape<'a>, open: &[usize], meant: Option<(&[usize], &[Meant])>, budget: &Budget) -> Option<Self> {
        let room = |q: usize| open.iter().map(|&bin| shape.capacity(bin)[q] as f64).sum::<f64>();
        let mut crowd = Self {
            shape,
            kinds: open.to_vec(),
            loads: vec![0; open.len() * shape.dimensions],
            inside: vec![Vec::new(); open.len()],
            copies: Vec::new(),
            shut: vec![0; open.len() * shape.degree.len()],
            price: (0..shape.dimensions).map(|q| open.len() as f64 / room(q).max(1.0)).collect(),
            over: vec![0.0; open.len()],
            homes: Vec::new(),
            crowded: Vec::new(),
            listed: vec![None; open.len()],
        };
        match meant {
            Some((kinds, meant)) => crowd.settle(kinds, meant, budget)?,
            None => crowd.spread(budget)?,
        }
        (0..open.len()).for_each(|bin| crowd.weigh(bin));
        Some(crowd)
    }

    /// Every copy in the bin that is the least full with it among those that are without, the largest first.
    fn spread(&mut self, budget: &Budget) -> Option<()> {
        let shape = self.shape;
        // the bins by what they are filled with
        let mut order: BTreeSet<(u64, usize)> = (0..self.kinds.len()).map(|bin| (0, bin)).collect();
        let mut key = vec![0; self.kinds.len()];
        for item in order::falling(&shape.ratio) {
            for _ in 0..shape.demand(item) {
                let mut looked = 0;
                let may = order.iter().map(|&(_, bin)| bin).inspect(|_| looked += 1);
                let may = may.filter(|&bin| self.may_stand(item, bin)).take(LOOKED_AT);
                let with = |bin: usize| self.filled(bin, Some(item));
                let best = may.min_by(|&a, &b| with(a).total_cmp(&with(b)).then(a.cmp(&b)))?;
                budget.spend((looked * shape.dimensions) as u64).ok()?;
                self.copies.push(Copy { item, at: 0 });
                self.enter(self.copies.len() - 1, best);
                order.remove(&(key[best], best));
                // bits of what is not negative are in its order
                key[best] = self.filled(best, None).to_bits();
                order.insert((key[best], best));
            }
        }
        Some(())
    }

    /// Every copy in a bin that is meant for its kind: where it exceeds the least what is meant to be there, and most of that is to come; the largest
    /// first.
    fn settle(&mut self, kinds: &[usize], meant: &[Meant], budget: &Budget) -> Option<()> {
        let (shape, dimensions) = (self.shape, self.shape.dimensions);
        let of_kind = kinds.iter().max().map_or(0, |most| most + 1);
        let mut all = vec![0.0; of_kind * dimensions];
        let mut class = vec![0; of_kind];
        for (item, &kind) in kinds.iter().enumerate() {
            class[kind] = shape.class(item);
            let of = all[kind * dimensions..].iter_mut().zip(shape.size(item));
            of.for_each(|(all, &size)| *all += size as f64 * shape.demand(item) as f64);
        }
        self.homes = vec![Vec::new(); shape.degree.len()];
        // for each kind its bins, and what is to come of each resource
        let mut to_come: Vec<Vec<(usize, Vec<f64>)>> = vec![Vec::new(); of_kind];
        for (bin, meant) in meant.iter().enumerate() {
            for (kind, parts) in &meant.shares {
                let parts = parts.iter().zip(&all[kind * dimensions..]);
                to_come[*kind].push((bin, parts.map(|(part, all)| part * all).collect()));
                let homes = &mut self.homes[class[*kind]];
                if homes.last() != Some(&bin) {
                    homes.push(bin);
                }
            }
        }
        for item in order::falling(&shape.ratio) {
            let size = shape.size(item);
            for _ in 0..shape.demand(item) {
                let homes = &mut to_come[kinds[item]];
                budget.spend((homes.len() * dimensions) as u64).ok()?;
                // what is too much, and what is to come
                let key = |come: &[f64]| {
                    let each = come.iter().zip(size).zip(&self.price);
                    let over = |((come, &size), price): ((&f64, &u64), &f64)| f64::max(0.0, size as f64 - come) * price;
                    let left: f64 = come.iter().zip(&self.price).map(|(come, price)| come * price).sum();
                    (each.map(over).sum::<f64>(), -left)
                };
                let may = homes.iter_mut().filter(|(bin, _)| self.may_stand(item, *bin));
                let may = may.map(|home| (key(&home.1), home));
                let (_, (bin, come)) =
                    may.min_by(|(a, x), (b, y)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(x.0.cmp(&y.0)))?;
                come.iter_mut().zip(size).for_each(|(come, &size)| *come -= size as f64);
                let bin = *bin;
                self.copies.push(Copy { item, at: 0 });
                self.enter(self.copies.len() - 1, bin);
            }
        }
        Some(())
    }

    /// How full a bin is in the resource of which it has the least left, perhaps with an item more.
    fn filled(&self, bin: usize, more: Option<usize>) -> f64 {
        let shape = self.shape;
        let size = |q: usize| more.map_or(0, |item| shape.size(item)[q]);
        let load = self.loads[bin * shape.dimensions..].iter().zip(shape.capacity(self.kinds[bin]));
        load.enumerate().map(|(q, (&load, &cap))| (load + size(q)) as f64 / cap.max(1) as f64).fold(0.0, f64::max)
    }

    fn class(&self, item: usize) -> usize {
        self.shape.class(item)
    }

    fn shut(&self, bin: usize, class: usize) -> u32 {
        self.shut[bin * self.shape.degree.len() + class]
    }

    /// Counts a copy of this class in a bin for all that it conflicts with.
    fn shut_out(&mut self, class: usize, bin: usize, change: impl Fn(&mut u32)) {
        let shape = self.shape;
        let shut = &mut self.shut[bin * shape.degree.len()..][..shape.degree.len()];
        shape.problem.conflicts().row(class).ones().for_each(|other| change(&mut shut[other]));
    }

    /// Whether a bin is open to an item, and nobody in it is against.
    fn may_stand(&self, item: usize, bin: usize) -> bool {
        self.shape.fits(item, self.kinds[bin]) && self.shut(bin, self.class(item)) == 0
    }

    /// The same once one copy has left.
    fn may_replace(&self, item: usize, other: usize, bin: usize) -> bool {
        let (class, leaves) = (self.class(item), self.class(other));
        let against = u32::from(self.shape.problem.conflicts().contains(class, leaves));
        self.shape.fits(item, self.kinds[bin]) && self.shut(bin, class) <= against
    }

    /// What is too much in a bin with one item more and another one less.
    fn over_with(&self, bin: usize, more: Option<usize>, less: Option<usize>) -> f64 {
        let (shape, mut over) = (self.shape, 0.0);
        for (q, &capacity) in shape.capacity(self.kinds[bin]).iter().enumerate() {
            let size = |item: Option<usize>| item.map_or(0, |item| shape.size(item)[q]);
            let load = self.loads[bin * shape.dimensions + q] + size(more) - size(less);
            over += load.saturating_sub(capacity) as f64 * self.price[q];
        }
        over
    }

    fn weigh(&mut self, bin: usize) {
        self.over[bin] = self.over_with(bin, None, None);
        match (self.listed[bin], self.over[bin] > 0.0) {
            (None, true) => {
                self.listed[bin] = Some(self.crowded.len());
                self.crowded.push(bin);
            }
            (Some(place), false) => {
                self.listed[bin] = None;
                self.crowded.swap_remove(place);
                if let Some(&moved) = self.crowded.get(place) {
                    self.listed[moved] = Some(place);
                }
            }
            _ => {}
        }
    }

    fn enter(&mut self, copy: usize, bin: usize) {
        let (item, dimensions) = (self.copies[copy].item, self.shape.dimensions);
        let load = &mut self.loads[bin * dimensions..][..dimensions];
        load.iter_mut().zip(self.shape.size(item)).for_each(|(load, &size)| *load += size);
        self.copies[copy].at = self.inside[bin].len();
        self.inside[bin].push(copy);
        self.shut_out(self.class(item), bin, |count| *count += 1);
    }

    fn leave(&mut self, copy: usize, bin: usize) {
        let (Copy { item, at }, dimensions) = (self.copies[copy], self.shape.dimensions);
        let load = &mut self.loads[bin * dimensions..][..dimensions];
        load.iter_mut().zip(self.shape.size(item)).for_each(|(load, &size)| *load -= size);
        self.inside[bin].swap_remove(at);
        if let Some(&moved) = self.inside[bin].get(at) {
            self.copies[moved].at = at;
        }
        self.shut_out(self.class(item), bin, |count| *count -= 1);
    }

    /// So many steps, under a threshold that falls to nothing. True once no bin holds too much.
    fn search(&mut self, steps: u64, random: &mut Random, budget: &Budget) -> Result<bool, Stop> {
        let bins = self.kinds.len();
        let heat = HEAT * self.over.iter().sum::<f64>() / bins as f64;
        for step in 0..steps {
            if self.crowded.is_empty() {
                return Ok(true);
            }
            if step.is_multiple_of(64) {
                budget.spend(64 * work(self.shape))?;
            }
            let left = (steps - step) as f64 / steps as f64;
            let threshold = heat * left * left * random.below(1 << 20) as f64 / f64::from(1 << 20);
            let from = match random.chance(900) {
                true => self.crowded[random.index(self.crowded.len())],
                false => random.index(bins),
            };
            let near = !self.homes.is_empty() && random.chance(NEAR);
            let mut to = if near { from } else { random.index(bins) };
            if (to == from && !near) || self.inside[from].is_empty() {
                continue;
            }
            let copy = self.inside[from][random.index(self.inside[from].len())];
            if near {
                let homes = &self.homes[self.class(self.copies[copy].item)];
                to = homes[random.index(homes.len())];
            }
            if to != from {
                self.step(copy, (from, to), threshold, random);
            }
        }
        Ok(self.crowded.is_empty())
    }

    /// Moves a copy from one bin to another, or exchanges two, if that adds no more than the threshold.
    fn step(&mut self, copy: usize, (from, to): (usize, usize), threshold: f64, random: &mut Random) {
        let item = self.copies[copy].item;
        let other = (!self.inside[to].is_empty() && random.chance(SWAPS))
            .then(|| self.inside[to][random.index(self.inside[to].len())]);
        let its = other.map(|other| self.copies[other].item);
        let may = match its {
            None => self.may_stand(item, to),
            Some(its) => self.may_replace(item, its, to) && self.may_replace(its, item, from),
        };
        if !may {
            return;
        }
        let now = self.over[from] + self.over[to];
        let then = self.over_with(from, its, Some(item)) + self.over_with(to, Some(item), its);
        if then - now > threshold {
            return;
        }
        self.leave(copy, from);
        if let Some(other) = other {
            self.leave(other, to);
            self.enter(other, from);
        }
        self.enter(copy, to);
        self.weigh(from);
        self.weigh(to);
    }

    /// The bins that hold too much, and a packing with further bins for what that is.
    fn spilled(mut self) -> Crowded {
        let bins = self.crowded.clone();
        let mut out = Vec::new();
        for &bin in &bins {
            while self.over[bin] > 0.0 {
                // who leaves the least behind that is too much, and of those the smallest
                let key = |&copy: &usize| {
                    let item = self.copies[copy].item;
                    (self.over_with(bin, None, Some(item)), self.shape.ratio[item])
                };
                let least = self.inside[bin].iter().map(|copy| (key(copy), *copy));
                let Some((_, copy)) =
                    least.min_by(|(a, x), (b, y)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(x.cmp(y)))
                else {
                    break;
                };
                self.leave(copy, bin);
                self.weigh(bin);
                out.push((copy, self.kinds[bin]));
            }
        }
        out.sort_unstable_by(|a, b| {
            self.shape.ratio[self.copies[b.0].item].total_cmp(&self.shape.ratio[self.copies[a.0].item]).then(a.cmp(b))
        });
        for (copy, kind) in out {
            let item = self.copies[copy].item;
            let room = |&bin: &usize| self.may_stand(item, bin) && self.over_with(bin, Some(item), None) == 0.0;
            let bin = (0..self.kinds.len()).find(room).unwrap_or_else(|| self.open(kind));
            self.enter(copy, bin);
        }
        Crowded { bins, spilled: Some(self.solution()) }
    }

    /// Opens a bin of this type; its place.
    fn open(&mut self, kind: usize) -> usize {
        self.kinds.push(kind);
        self.loads.resize(self.kinds.len() * self.shape.dimensions, 0);
        self.inside.push(Vec::new());
        self.shut.resize(self.kinds.len() * self.shape.degree.len(), 0);
        self.over.push(0.0);
        self.listed.push(None);
        self.kinds.len() - 1
    }

    fn solution(self) -> Solution {
        let Self { kinds, inside, copies, .. } = self;
        let load = |(bin, inside): (usize, Vec<usize>)| Load {
            bin,
            items: inside.into_iter().map(|copy| (copies[copy].item, 1)).collect(),
            count: 1,
        };
        solution(kinds.into_iter().zip(inside).map(load).collect())
    }
}
