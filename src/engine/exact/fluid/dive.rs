//! From blends to whole bins: which classes are to share each.
//!
//! A dive: the linear programme says how many bins of which classes it would have; the most wanted are taken, and it is solved again with
//! these for nothing, until they suffice or are as many as there may be. What the bins that are taken hold stays open all the way. Where
//! something is left, some bins are given back and others taken in their place (large neighbourhood search; Shaw 1998).

use super::super::master::MasterError;
use super::blend::{Blend, Blended, Blends, Guide, Taken};
use super::classes::Classes;
use crate::budget::Budget;
use crate::problem::random::Random;
use crate::problem::{Problem, Solution};

/// A programme of this value asks for no further bin.
const NOTHING: f64 = 1e-5;
/// Bins that are wanted at least so much are taken together with the one that is wanted most.
const WANTED: f64 = 0.6;
/// A part of the bins that are taken together, at most.
const TOGETHER: f64 = 8.0;
/// Bins that are given back at a time, at least, and how many more.
const LEAST_BACK: usize = 2;
const MORE_BACK: usize = 3;
/// Bins that are looked at for the first of them.
const LOOKED_AT: usize = 8;
/// Steps of a random choice by weight.
const PARTS: u64 = 1 << 30;

/// The classes of a problem, for dives.
pub struct Fluids<'p> {
    problem: &'p Problem,
    classes: Classes,
    class_of: Vec<usize>,
}

impl<'p> Fluids<'p> {
    /// Those of a problem. Linear in items times bin types, quadratic in classes.
    #[must_use]
    pub fn of(problem: &'p Problem) -> Self {
        let classes = Classes::of(problem);
        let mut class_of = vec![0; problem.items().len()];
        for (class, members) in classes.members.iter().enumerate() {
            members.iter().for_each(|&item| class_of[item] = class);
        }
        Self { problem, classes, class_of }
    }

    /// A search for whole bins that begins with who shares bins in a packing.
    #[must_use]
    pub fn dive(&self, known: &Solution, guide: Guide, seed: u64) -> Dive<'_> {
        let blends = Blends::of(&self.classes, guide);
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
            seed,
            random: Random::new(seed),
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

/// A search for whole bins.
pub struct Dive<'f> {
    fluids: &'f Fluids<'f>,
    blends: Blends<'f>,
    found: Vec<Blend>,
    taken: Vec<Taken>,
    start: Vec<usize>,
    /// What is in no bin that is taken, in bins.
    left: f64,
    /// The part of each class that is in none.
    missing: Vec<f64>,
    seed: u64,
    random: Random,
}

impl Dive<'_> {
    /// Takes further bins until there are `most`, or nothing is left, or gives some back where there are more; what is left, in bins. `None`: the
    /// budget ended, or rounding errors won; what was taken stays as it was then.
    pub fn take_up_to(&mut self, most: u64, budget: &Budget) -> Option<f64> {
        let before = self.state();
        while self.count() > most && self.give_one_back() {}
        match self.fill_up(most, budget) {
            Ok(left) => (self.left, self.missing) = left,
            Err(_) => {
                (self.taken, self.found, self.start) = before;
                return None;
            }
        }
        Some(self.left)
    }

    /// Gives some bins back and takes others in their place, up to `most`, where that leaves no more; what is left, in bins, if other
    /// bins are taken now. Else nothing changes.
    pub fn exchange(&mut self, most: u64, budget: &Budget) -> Option<f64> {
        let before = self.state();
        let back = LEAST_BACK + self.random.index(MORE_BACK);
        let waits = self.waits();
        let guided = waits.is_some_and(|class| self.give_back_for(class));
        (usize::from(guided)..back).take_while(|_| self.give_one_back()).for_each(drop);
        match self.fill_up(most, budget) {
            Ok((left, missing)) if left <= self.left && !alike(&self.taken, &before.0) => {
                (self.left, self.missing) = (left, missing);
                Some(left)
            }
            _ => {
                (self.taken, self.found, self.start) = before;
                None
            }
        }
    }

    fn there(&self) -> Vec<usize> {
        (0..self.taken.len()).filter(|&at| self.taken[at].count > 0).collect()
    }

    /// Gives one of the bins back, if there are any.
    fn give_one_back(&mut self) -> bool {
        let there = self.there();
        if !there.is_empty() {
            self.taken[there[self.random.index(there.len())]].count -= 1;
        }
        !there.is_empty()
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

    /// The part of each class that is in no bin that is taken.
    fn short(&self, blended: &Blended) -> Vec<f64> {
        let mut missing = blended.missing.clone();
        for (blend, bins) in self.found.iter().zip(&blended.bins).filter(|(blend, _)| blend.of.is_none()) {
            let each = blend.parts.len() / blend.set.len().max(1);
            for (&class, parts) in blend.set.iter().zip(blend.parts.chunks(each.max(1))) {
                missing[class] += bins * parts.iter().copied().fold(0.0, f64::max);
            }
        }
        missing
    }

    /// The bins that are taken: a type and classes of the problem each.
    #[must_use]
    pub fn bins(&self) -> Vec<(usize, Vec<usize>)> {
        let fluids = self.fluids;
        let class = |&class: &usize| fluids.problem.items()[fluids.classes.members[class][0]].class;
        let of = |it: &Taken| {
            let set: Vec<usize> = it.set.iter().map(class).collect();
            std::iter::repeat_n((it.bin, set), it.count as usize)
        };
        self.taken.iter().flat_map(of).collect()
    }

    fn state(&self) -> (Vec<Taken>, Vec<Blend>, Vec<usize>) {
        (self.taken.clone(), self.found.clone(), self.start.clone())
    }

    fn count(&self) -> u64 {
        self.taken.iter().map(|it| it.count).sum()
    }

    /// Takes bins until there are `most`, or nothing is left; what is left, in bins, and the part of each class.
    fn fill_up(&mut self, most: u64, budget: &Budget) -> Result<(f64, Vec<f64>), MasterError> {
        loop {
            let blended = self.blends.solve(&self.taken, &mut self.found, &self.start, self.seed, budget)?;
            let blended = self.only_basic(blended);
            let count = self.count();
            if blended.value < NOTHING || count >= most {
                return Ok((blended.value, self.short(&blended)));
            }
            let wanted = self.wanted(&blended);
            let together = ((blended.value / TOGETHER) as usize).max(1);
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
                return Ok((blended.value, self.short(&blended)));
            }
        }
    }

    /// Forgets what is not in the basis.
    fn only_basic(&mut self, blended: Blended) -> Blended {
        self.found = blended.basic.iter().map(|&at| self.found[at].clone()).collect();
        self.start = (0..self.found.len()).collect();
        Blended { bins: blended.basic.iter().map(|&at| blended.bins[at]).collect(), basic: Vec::new(), ..blended }
    }

    /// How often which classes are wanted, and a blend of theirs.
    fn wanted(&self, blended: &Blended) -> Vec<(f64, usize)> {
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
    fn take(&mut self, count: u64, at: usize) {
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
