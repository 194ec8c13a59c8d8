//! From blends to whole bins: which classes are to share each.
//!
//! A dive: the linear programme says how many bins of which classes it would have; the most wanted are taken, and it is solved again with
//! these for nothing, until they suffice or are as many as there may be. What the bins that are taken hold stays open all the way. Where
//! something is left, some bins are given back and others taken in their place (large neighbourhood search; Shaw 1998).

use fixedbitset::FixedBitSet;

use super::super::float::to_float;
use super::super::master::MasterError;
use super::blend::{Blend, Blended, Blends, CLIQUES, Full, Guide, Set, Taken, bars};
use super::classes::Classes;
use super::cliques::cliques;
use super::swaps::Swaps;
use crate::budget::Budget;
use crate::heuristic::Meant;
use crate::problem::random::Random;
use crate::problem::{Problem, Solution};

/// A programme of this value asks for no further bin.
pub(super) const NOTHING: f64 = 1e-5;
/// Bins that are wanted at least so much are taken together with the one that is wanted most.
const WANTED: f64 = 0.6;
/// A part of the bins that are taken together, at most.
const TOGETHER: f64 = 8.0;
/// The same where they are exchanged by prices later.
const MORE_TOGETHER: f64 = 4.0;
/// Bins that are given back at a time, at least, and how many more.
const LEAST_BACK: usize = 2;
const MORE_BACK: usize = 3;
/// Bins that are looked at for the first of them.
const LOOKED_AT: usize = 8;
/// Steps of a random choice by weight.
const PARTS: u64 = 1 << 30;
/// Exchanges by prices at a time.
const SWAPS: usize = 50;
/// How much more a kind counts of which items found no room.
const GROWTH: f64 = 1.01;

/// The classes of a problem, for dives, or their kinds: a class of which bins are mixed may have more than one, so that bins hold more of one than
/// of another.
pub struct Fluids {
    classes: Classes,
    class_of: Vec<usize>,
    guide: Guide,
}

impl Fluids {
    /// Those of a problem. Linear in items times bin types, quadratic in classes.
    #[must_use]
    pub fn of(problem: &Problem, guide: Guide) -> Self {
        let whole = Classes::of(problem);
        // twice as many rows are worth their while where sets need no search
        let parted = guide == Guide::Mixed && cliques(&whole.friends, CLIQUES).is_some();
        let classes = if parted { whole.parted(problem) } else { whole };
        let mut class_of = vec![0; problem.items().len()];
        for (class, members) in classes.members.iter().enumerate() {
            members.iter().for_each(|&item| class_of[item] = class);
        }
        Self { classes, class_of, guide }
    }

    /// A search for whole bins that begins with who shares bins in a packing.
    #[must_use]
    pub fn dive(&self, known: &Solution, seed: u64) -> Dive<'_> {
        let blends = Blends::of(&self.classes, self.guide);
        let even = vec![1.0; blends.rows()];
        let mut sets: Vec<(usize, Vec<usize>)> =
            known.patterns.iter().map(|pattern| (pattern.bin, self.sharing(&pattern.items))).collect();
        sets.sort_unstable();
        sets.dedup();
        let found = sets.iter().map(|(bin, set)| blends.blend(*bin, set, &even, None)).collect();
        Dive {
            fluids: self,
            blends,
            found,
            taken: Vec::new(),
            start: Vec::new(),
            left: f64::INFINITY,
            missing: Vec::new(),
            inside: Vec::new(),
            seed,
            random: Random::new(seed),
            by_prices: false,
            swaps: None,
        }
    }

    /// The classes of the items of a bin.
    fn sharing(&self, items: &[(usize, u64)]) -> Vec<usize> {
        let class = |&(item, _): &(usize, u64)| self.class_of[item];
        let mut set: Vec<usize> = items.iter().map(class).collect();
        set.sort_unstable();
        set.dedup();
        set
    }
}

/// The bins that are taken, and where the programme over them begins.
pub(super) type State = (Vec<Taken>, Vec<Blend>, Vec<usize>);

/// A search for whole bins.
pub struct Dive<'f> {
    fluids: &'f Fluids,
    blends: Blends<'f>,
    pub(super) found: Vec<Blend>,
    pub(super) taken: Vec<Taken>,
    pub(super) start: Vec<usize>,
    /// What is in no bin that is taken, in bins.
    pub(super) left: f64,
    /// The part of each class that is in none.
    missing: Vec<f64>,
    /// For each of those taken: what its bins together hold of each of its classes and resources, as parts of all.
    inside: Vec<Vec<f64>>,
    seed: u64,
    random: Random,
    /// Whether bins are exchanged by prices.
    by_prices: bool,
    /// The bins that are taken, one by one, where they are.
    swaps: Option<Swaps>,
}

impl Dive<'_> {
    /// Exchanges bins by prices from now on, if so many at most allow it; what is left counts as much as it takes then. Whether it does.
    pub fn exchange_by_prices(&mut self, bins: u64) -> bool {
        self.by_prices = usize::try_from(bins).is_ok_and(|bins| Swaps::suit(&self.blends, bins));
        self.by_prices
    }

    /// Takes further bins until there are `most`, or nothing is left, or gives some back where there are more; what is left, in bins. `None`: the
    /// budget ended, or rounding errors won; what was taken stays as it was then.
    pub fn take_up_to(&mut self, most: u64, budget: &Budget) -> Option<f64> {
        let before = self.state();
        let taken = self.change_to(most, budget);
        if taken.is_err() {
            (self.taken, self.found, self.start) = before;
            self.swaps = None;
        }
        taken.ok()
    }

    /// Where bins are exchanged by prices: takes bins one after the other, each of the classes that are worth the most then, until there are
    /// `most`; what is left, in bins. Some thirtieth of the time of a dive, and not as good. `None` as above.
    pub fn take_the_dearest(&mut self, most: u64, budget: &Budget) -> Option<f64> {
        let most = usize::try_from(most).ok().filter(|_| self.by_prices)?;
        let swaps = Swaps::of(&mut self.blends, &self.taken, most, self.seed, budget).ok()?;
        self.hold(swaps);
        Some(self.left)
    }

    fn change_to(&mut self, most: u64, budget: &Budget) -> Result<f64, MasterError> {
        if let Some(mut swaps) = self.swaps.take().filter(|_| self.count() > most) {
            swaps.give_back_to(&self.blends, most as usize, budget)?;
            self.hold(swaps);
        } else {
            while self.count() > most && self.give_one_back(&self.there()) {}
            let full = self.fill_up(most, budget)?;
            self.keep(full);
            self.by_what_they_take(budget)?;
        }
        Ok(self.left)
    }

    /// Where bins are exchanged by prices: what the bins that are taken hold so that as little as possible is in none.
    fn by_what_they_take(&mut self, budget: &Budget) -> Result<(), MasterError> {
        if self.by_prices {
            let swaps = Swaps::of(&mut self.blends, &self.taken, 0, self.seed, budget)?;
            self.hold(swaps);
        }
        Ok(())
    }

    /// These bins are taken.
    fn hold(&mut self, swaps: Swaps) {
        let (taken, full) = swaps.full(&self.blends);
        let blend = |(of, (it, inside)): (usize, (&Taken, &Vec<f64>))| {
            let parts = inside.iter().map(|part| part / to_float(it.count)).collect();
            Blend { bin: it.bin, set: it.set.clone(), parts, of: Some(of) }
        };
        self.found = taken.iter().zip(&full.inside).enumerate().map(blend).collect();
        self.start = (0..self.found.len()).collect();
        self.taken = taken;
        self.keep(full);
        self.swaps = Some(swaps);
    }

    /// Bins go and others come in their place, some times, or until no more than `enough` is left; whether any did.
    fn swap(&mut self, enough: f64, budget: &Budget) -> Result<bool, MasterError> {
        if self.swaps.as_ref().is_none_or(|swaps| swaps.is_worn(&self.blends)) {
            self.by_what_they_take(budget)?;
        }
        let Some(mut swaps) = self.swaps.take() else { return Ok(false) };
        // others may leave enough room since they were counted anew
        let (mut any, mut ended) = (swaps.left() <= enough, Ok(false));
        for _ in 0..SWAPS {
            if swaps.left() <= enough {
                break;
            }
            ended = swaps.swap(&mut self.blends, &mut self.random, budget);
            match ended {
                Ok(better) => any |= better,
                Err(_) => break,
            }
        }
        self.hold(swaps);
        if ended.is_err() {
            self.swaps = None;
        }
        ended.map(|_| any)
    }

    /// Gives some bins back and takes others in their place, up to `most`, where that leaves no more; what is left, in bins, if other
    /// bins are taken now. Else nothing changes.
    ///
    /// Where something is in no bin, the bins that go hold classes that may share one with it, the first as few others as possible.
    /// By prices some go and come again and again, until no more than `enough` is left.
    pub fn exchange(&mut self, most: u64, enough: f64, budget: &Budget) -> Option<f64> {
        if self.by_prices && self.count() == most {
            return self.swap(enough, budget).is_ok_and(|any| any).then_some(self.left);
        }
        let before = self.state();
        let mut back = LEAST_BACK + self.random.index(MORE_BACK);
        if let Some(class) = self.waits() {
            back -= usize::from(self.give_back_for(class));
            while back > 0 && self.give_one_back(&self.near(class)) {
                back -= 1;
            }
        }
        (0..back).take_while(|_| self.give_one_back(&self.there())).for_each(drop);
        match self.fill_up(most, budget) {
            Ok(full) if full.left <= self.left && !alike(&self.taken, &before.0) => {
                self.keep(full);
                Some(self.left)
            }
            _ => {
                (self.taken, self.found, self.start) = before;
                None
            }
        }
    }

    pub(super) fn keep(&mut self, full: Full) {
        (self.left, self.missing, self.inside) = (full.left, full.missing, full.inside);
        self.swaps = None;
    }

    fn there(&self) -> Vec<usize> {
        (0..self.taken.len()).filter(|&at| self.taken[at].count > 0).collect()
    }

    /// The bins in which somebody may share with a class.
    fn near(&self, class: usize) -> Vec<usize> {
        let friends = &self.fluids.classes.friends[class];
        let shares = |at: &usize| self.taken[*at].set.iter().any(|&it| friends.contains(it));
        self.there().into_iter().filter(shares).collect()
    }

    /// Gives one of these bins back, if there are any.
    fn give_one_back(&mut self, of: &[usize]) -> bool {
        if !of.is_empty() {
            self.taken[of[self.random.index(of.len())]].count -= 1;
        }
        !of.is_empty()
    }

    /// A class of which something is in no bin, the likelier the more.
    fn waits(&mut self) -> Option<usize> {
        let all: f64 = self.missing.iter().sum();
        let mut at = self.random.below(PARTS) as f64 / PARTS as f64 * all;
        let found = self.missing.iter().position(|part| {
            at -= part;
            at < 0.0
        });
        found.filter(|_| all > NOTHING)
    }

    /// Gives a bin back in which few distrust a class, of some that are looked at, if there are any.
    fn give_back_for(&mut self, class: usize) -> bool {
        let there = self.there();
        let looks = if there.is_empty() { 0 } else { LOOKED_AT };
        let some: Vec<usize> = (0..looks).map(|_| there[self.random.index(there.len())]).collect();
        let friends = &self.fluids.classes.friends[class];
        let against = |at: usize| self.taken[at].set.iter().filter(|&&it| it != class && !friends.contains(it)).count();
        let fewest = some.into_iter().min_by_key(|&at| against(at));
        fewest.inspect(|&at| self.taken[at].count -= 1).is_some()
    }

    /// What the bins that are taken hold, and what is in none of them.
    pub(super) fn full(&self, blended: &Blended) -> Full {
        let each = self.blends.each();
        let mut missing = blended.missing.clone();
        let mut inside: Vec<Vec<f64>> = self.taken.iter().map(|it| vec![0.0; it.set.len() * each]).collect();
        for (blend, &bins) in self.found.iter().zip(&blended.bins) {
            if let Some(of) = blend.of {
                inside[of].iter_mut().zip(&blend.parts).for_each(|(sum, part)| *sum += bins * part);
                continue;
            }
            for (&class, parts) in blend.set.iter().zip(blend.parts.chunks(each)) {
                missing[class] += bins * parts.iter().copied().fold(0.0, f64::max);
            }
        }
        Full { left: blended.value, missing, inside }
    }

    /// The bins that are taken: a type each, and for each kind in it the parts of all that the kind takes of each resource. Where bins are
    /// exchanged by prices further ones follow for kinds that none of these is for.
    #[must_use]
    pub fn bins(&self) -> Vec<Meant> {
        let (each, dimensions) = (self.blends.each(), self.fluids.classes.dimensions());
        let of = |(it, inside): (&Taken, &Vec<f64>)| {
            let part = |part: &f64| part / to_float(it.count.max(1));
            let parts = inside.chunks(each).map(|parts| parts.iter().cycle().take(dimensions).map(part).collect());
            let shares = it.set.iter().copied().zip(parts).collect();
            std::iter::repeat_n(Meant { bin: it.bin, shares }, it.count as usize)
        };
        let mut bins: Vec<Meant> = self.taken.iter().zip(&self.inside).flat_map(of).collect();
        if self.by_prices {
            let all = |set: Vec<usize>| Meant {
                bin: 0,
                shares: set.into_iter().map(|it| (it, vec![1.0; dimensions])).collect(),
            };
            bins.extend(self.homeless().into_iter().map(all));
        }
        bins
    }

    /// The kinds that are in no bin that is taken, in sets that may share one.
    fn homeless(&self) -> Vec<Vec<usize>> {
        let mut at_home = FixedBitSet::with_capacity(self.fluids.classes.len());
        self.taken.iter().filter(|it| it.count > 0).flat_map(|it| &it.set).for_each(|&kind| at_home.insert(kind));
        let mut sets: Vec<Vec<usize>> = Vec::new();
        for kind in at_home.zeroes() {
            let friends = &self.fluids.classes.friends[kind];
            match sets.iter_mut().find(|set| set.iter().all(|&other| friends.contains(other))) {
                Some(set) => set.push(kind),
                None => sets.push(vec![kind]),
            }
        }
        sets
    }

    /// Counts the kinds in some bins of [`bins`](Self::bins) as more than they are from now on: their items found no room there. What is left
    /// in no bin grows with them, unless the budget ends.
    pub fn wants_more(&mut self, bins: &[usize], budget: &Budget) {
        let each = |at: usize| std::iter::repeat_n(at, self.taken[at].count as usize);
        let of: Vec<usize> = (0..self.taken.len()).flat_map(each).collect();
        let mut grown = FixedBitSet::with_capacity(self.fluids.classes.len());
        bins.iter()
            .filter_map(|&bin| of.get(bin))
            .flat_map(|&of| &self.taken[of].set)
            .for_each(|&class| grown.insert(class));
        for class in grown.ones() {
            self.blends.grow(class, GROWTH);
        }
        let each = self.blends.each();
        for blend in &mut self.found {
            for (class, parts) in blend.set.iter().zip(blend.parts.chunks_mut(each)) {
                if grown.contains(*class) {
                    parts.iter_mut().for_each(|part| *part /= GROWTH);
                }
            }
        }
        if self.by_prices {
            self.by_what_they_take(budget).ok();
        } else if let Ok(blended) = self.relaxed(&[], budget) {
            self.keep(self.full(&blended));
        }
    }

    /// The kind of each item type.
    #[must_use]
    pub fn kinds(&self) -> &[usize] {
        &self.fluids.class_of
    }

    pub(super) fn state(&self) -> State {
        (self.taken.clone(), self.found.clone(), self.start.clone())
    }

    pub(super) fn count(&self) -> u64 {
        self.taken.iter().map(|it| it.count).sum()
    }

    /// Takes bins until there are `most`, or nothing is left.
    fn fill_up(&mut self, most: u64, budget: &Budget) -> Result<Full, MasterError> {
        loop {
            let blended = self.relaxed(&[], budget)?;
            let count = self.count();
            if blended.value < NOTHING || count >= most {
                return Ok(self.full(&blended));
            }
            let wanted = self.wanted(&blended);
            let together = if self.by_prices { MORE_TOGETHER } else { TOGETHER };
            let together = ((blended.value / together) as usize).max(1);
            let mut room = most - count;
            for (step, &(bins, at)) in wanted.iter().enumerate() {
                if step > 0 && bins < 1.0 - NOTHING && (step >= together || bins < WANTED) {
                    break;
                }
                let bins = ((bins + NOTHING).floor() as u64).clamp(1, room);
                self.take(bins, at);
                room -= bins;
                if room == 0 {
                    break;
                }
            }
            if wanted.is_empty() {
                return Ok(self.full(&blended));
            }
        }
    }

    /// The programme with the bins that are taken, without these sets in further ones.
    pub(super) fn relaxed(&mut self, barred: &[Set], budget: &Budget) -> Result<Blended, MasterError> {
        if !barred.is_empty() {
            self.found.retain(|it| it.of.is_some() || !bars(barred, it.bin, &it.set));
            self.start = (0..self.found.len()).collect();
        }
        let blended = self.blends.solve((&self.taken, barred), &mut self.found, &self.start, self.seed, budget)?;
        Ok(self.only_basic(blended))
    }

    /// Forgets what is not in the basis.
    fn only_basic(&mut self, blended: Blended) -> Blended {
        self.found = blended.basic.iter().map(|&at| self.found[at].clone()).collect();
        self.start = (0..self.found.len()).collect();
        Blended { bins: blended.basic.iter().map(|&at| blended.bins[at]).collect(), basic: Vec::new(), ..blended }
    }

    /// How often which classes are wanted, and a blend of theirs.
    pub(super) fn wanted(&self, blended: &Blended) -> Vec<(f64, usize)> {
        let mut wanted: Vec<(f64, usize)> = Vec::new();
        let same = |a: usize, b: usize| {
            let (a, b) = (&self.found[a], &self.found[b]);
            (a.bin, &a.set) == (b.bin, &b.set)
        };
        for (at, &bins) in blended.bins.iter().enumerate() {
            if self.found[at].of.is_some() || bins < NOTHING {
                continue;
            }
            match wanted.iter_mut().find(|(_, other)| same(*other, at)) {
                Some((sum, _)) => *sum += bins,
                None => wanted.push((bins, at)),
            }
        }
        wanted.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        wanted
    }

    /// Takes so many bins of the classes of a blend.
    pub(super) fn take(&mut self, count: u64, at: usize) {
        let blend = self.found[at].clone();
        let known = self.taken.iter().position(|it| (it.bin, &it.set) == (blend.bin, &blend.set));
        let of = known.unwrap_or(self.taken.len());
        match known {
            Some(known) => self.taken[known].count += count,
            None => self.taken.push(Taken { bin: blend.bin, set: blend.set.clone(), count }),
        }
        self.found.push(Blend { of: Some(of), ..blend });
    }
}

/// Whether the same bins are taken.
fn alike(some: &[Taken], others: &[Taken]) -> bool {
    let all = |list: &[Taken], other: &[Taken]| list.iter().filter(|it| it.count > 0).all(|it| other.contains(it));
    all(some, others) && all(others, some)
}
