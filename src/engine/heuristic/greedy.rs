//! A first plan under terms: copies one by one, into the bin that costs least.

use fixedbitset::FixedBitSet;

use super::effort::greedy::{MOST_BINS, STEPS};
use crate::budget::{Budget, Objective};
use crate::problem::{Charge, Limit, Pattern, Problem, Solution};

/// First fit, the largest first (by their largest share of a capacity) and those with few homes before all: into the open bin that raises the
/// values least, in the order of the levels, else into a new bin of the type that does. Copies that go into one bin go at once.
///
/// `None`: some copy found no bin within the limits. The first [`STEPS`] steps are made whatever the budget says, so that there is a plan
/// where one is easily found; what is longer stops with it. Work: item types times bins, about.
#[must_use]
pub fn greedy(problem: &Problem, objective: &[Objective], budget: &Budget) -> Option<Solution> {
    let mut packing = Packing::new(problem, objective);
    for item in packing.order() {
        let mut left = problem.items()[item].demand;
        while left > 0 {
            let before = packing.steps;
            let at = packing.place(item)?;
            left -= packing.fill(at, item, left);
            // what stops the budget is seen by whoever asks it next, too
            if budget.spend(packing.steps - before).is_err() && packing.steps > STEPS {
                return None;
            }
        }
    }
    Some(packing.solution()).filter(|plan| plan.check(problem).is_ok())
}

struct Bin {
    kind: usize,
    items: Vec<(usize, u64)>,
    /// One item type of each class (and unit) in it.
    different: Vec<usize>,
}

struct Packing<'p> {
    problem: &'p Problem,
    objective: &'p [Objective],
    /// The largest capacity of any type, resource by resource.
    roomiest: Vec<u64>,
    bins: Vec<Bin>,
    /// What is free in each bin, one after the other.
    room: Vec<u64>,
    /// The bins of each type.
    of_kind: Vec<Vec<usize>>,
    /// The island of each class, and the bins that hold some of it: nobody looks at those of another.
    island: Vec<usize>,
    of_island: Vec<Vec<usize>>,
    /// What is left under each limit, kept bins aside.
    left: Vec<u64>,
    /// The limits that each bin type is under.
    under: Vec<Vec<usize>>,
    /// Bins and types looked at so far.
    steps: u64,
}

impl<'p> Packing<'p> {
    fn new(problem: &'p Problem, objective: &'p [Objective]) -> Self {
        let kinds = problem.bins().len();
        let largest = |q: usize| problem.bins().iter().map(|bin| bin.capacity[q]).max().unwrap_or(0).max(1);
        let limits = &problem.terms().limits;
        let kept = |limit: &Limit| limit.bins.ones().map(|bin| problem.kept(bin)).fold(0, u64::saturating_add);
        let under = |bin: usize| (0..limits.len()).filter(|&at| limits[at].bins.contains(bin)).collect();
        let classes = problem.conflicts().len();
        let mut used = FixedBitSet::with_capacity(classes);
        used.extend(problem.items().iter().map(|item| item.class));
        let islands = problem.conflicts().islands(used);
        let mut island = vec![0; classes];
        for (at, classes) in islands.iter().enumerate() {
            classes.iter().for_each(|&class| island[class] = at);
        }
        Self {
            problem,
            objective,
            roomiest: (0..problem.dimensions()).map(largest).collect(),
            bins: Vec::new(),
            room: Vec::new(),
            of_kind: vec![Vec::new(); kinds],
            of_island: vec![Vec::new(); islands.len()],
            island,
            left: limits.iter().map(|limit| limit.most.saturating_sub(kept(limit))).collect(),
            under: (0..kinds).map(under).collect(),
            steps: 0,
        }
    }

    fn order(&self) -> Vec<usize> {
        let (problem, kinds) = (self.problem, self.of_kind.len());
        // in thousandths of the largest capacity
        let share = |item: usize| {
            let sizes = problem.items()[item].size.iter().zip(&self.roomiest);
            sizes.map(|(&size, &room)| u128::from(size) * 1000 / u128::from(room)).max().unwrap_or(0)
        };
        let homes =
            |item: usize| problem.items()[item].eligible.ones().filter(|&bin| problem.fits_alone(item, bin)).count();
        let mut order: Vec<usize> = (0..problem.items().len()).collect();
        order.sort_by_cached_key(|&item| (homes(item) * 4 > kinds, u128::MAX - share(item), item));
        order
    }

    /// The bin for a copy, perhaps a new one; `None`: there is none.
    fn place(&mut self, item: usize) -> Option<usize> {
        let open = self.open(item);
        let by_moves = self.objective.first() == Some(&Objective::Moves);
        if open.is_some() && !by_moves {
            return open;
        }
        let fresh = self.fresh(item, by_moves);
        // where moves come first a new bin may be better than an open one; a kept one is there anyway
        let charged = |bin: usize| self.problem.charge(item, bin);
        let open = open.filter(|&at| fresh.is_none_or(|bin| charged(self.bins[at].kind) <= charged(bin)));
        open.or_else(|| self.begin(item, fresh?))
    }

    /// The open bin that charges least for a copy, of these the first.
    fn open(&mut self, item: usize) -> Option<usize> {
        let free = Charge::default();
        let charge = self.problem.terms().charges.get(item).unwrap_or(&free);
        // types of another charge than most have
        let mut others: Vec<(u64, usize)> = charge.except.iter().map(|&(bin, other)| (other, bin)).collect();
        others.sort_unstable();
        let (less, more): (Vec<_>, Vec<_>) =
            others.into_iter().filter(|it| it.0 != charge.base).partition(|it| it.0 < charge.base);
        if let Some(at) = self.among(item, &less) {
            return Some(at);
        }
        let usual = |kind: usize| less.iter().chain(&more).all(|it| it.1 != kind);
        let own = &self.of_island[self.island[self.problem.items()[item].class]];
        let place = own.iter().position(|&at| self.takes(at, item) && usual(self.bins[at].kind));
        let (found, looked) = (place.map(|place| own[place]), place.unwrap_or(own.len()));
        self.step(looked);
        found.or_else(|| self.among(item, &more))
    }

    /// The same among bins of these types, by charge.
    fn among(&mut self, item: usize, kinds: &[(u64, usize)]) -> Option<usize> {
        for same in kinds.chunk_by(|a, b| a.0 == b.0) {
            let first = |&(_, kind): &(u64, usize)| self.of_kind[kind].iter().copied().find(|&at| self.takes(at, item));
            let found = same.iter().filter_map(first).min();
            self.step(same.iter().map(|it| self.of_kind[it.1].len()).sum());
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn step(&mut self, steps: usize) {
        self.steps += steps as u64;
    }

    fn takes(&self, at: usize, item: usize) -> bool {
        let (kind, bin, width) = (&self.problem.items()[item], &self.bins[at], self.roomiest.len());
        let room = &self.room[at * width..][..width];
        kind.size.iter().zip(room).all(|(size, room)| size <= room)
            && kind.eligible.contains(bin.kind)
            && bin.different.iter().all(|&other| !self.problem.conflict(item, other))
    }

    /// The type of a new bin for a copy.
    fn fresh(&mut self, item: usize, by_moves: bool) -> Option<usize> {
        let problem = self.problem;
        // one that is kept and empty is there; any other is one more
        let may = |bin: usize| {
            let fewer = |most: u64| (self.of_kind[bin].len() as u64) < most;
            self.is_there(bin)
                || (problem.bins()[bin].max_count.is_none_or(fewer)
                    && self.under[bin].iter().all(|&at| self.left[at] > 0))
        };
        let price = |bin: usize| match self.is_there(bin) {
            true => (false, 0),
            false if self.objective.first() == Some(&Objective::Cost) => (true, problem.bins()[bin].cost),
            false => (true, 0),
        };
        let fresh = problem.items()[item].eligible.ones().filter(|&bin| problem.fits_alone(item, bin) && may(bin));
        let fresh = fresh.min_by_key(|&bin| match by_moves {
            true => ((false, problem.charge(item, bin)), u128::MAX - self.size(bin), bin),
            false => (price(bin), u128::MAX - self.size(bin), bin),
        });
        self.step(self.of_kind.len());
        fresh
    }

    /// Whether a bin of this type is kept that has nothing in it.
    fn is_there(&self, bin: usize) -> bool {
        (self.of_kind[bin].len() as u64) < self.problem.kept(bin)
    }

    /// A roomy bin that costs as much as others serves longer.
    fn size(&self, bin: usize) -> u128 {
        let shares = self.problem.bins()[bin].capacity.iter().zip(&self.roomiest);
        shares.map(|(&cap, &most)| u128::from(cap) * 1000 / u128::from(most)).sum()
    }

    /// A new bin of a type, for a copy of this.
    fn begin(&mut self, item: usize, kind: usize) -> Option<usize> {
        if self.bins.len() == MOST_BINS {
            return None;
        }
        if !self.is_there(kind) {
            self.under[kind].iter().for_each(|&at| self.left[at] -= 1);
        }
        self.of_kind[kind].push(self.bins.len());
        self.of_island[self.island[self.problem.items()[item].class]].push(self.bins.len());
        self.room.extend(&self.problem.bins()[kind].capacity);
        self.bins.push(Bin { kind, items: Vec::new(), different: Vec::new() });
        Some(self.bins.len() - 1)
    }

    /// Puts as many of these copies into a bin that takes one as it takes; how many.
    fn fill(&mut self, at: usize, item: usize, copies: u64) -> u64 {
        let (kind, width) = (&self.problem.items()[item], self.roomiest.len());
        let room = &mut self.room[at * width..][..width];
        let fit = kind.size.iter().zip(&*room).filter(|it| *it.0 > 0).map(|(size, room)| room / size);
        let copies = if self.problem.conflict(item, item) { 1 } else { fit.fold(copies, u64::min) };
        room.iter_mut().zip(&kind.size).for_each(|(room, size)| *room -= size * copies);
        let bin = &mut self.bins[at];
        bin.items.push((item, copies));
        let like = |other: usize| {
            self.problem.items()[other].class == kind.class && self.problem.unit(other) == self.problem.unit(item)
        };
        if !bin.different.iter().any(|&other| like(other)) {
            bin.different.push(item);
        }
        copies
    }

    fn solution(self) -> Solution {
        let empty = (0..self.of_kind.len()).filter_map(|bin| {
            let count = self.problem.kept(bin).saturating_sub(self.of_kind[bin].len() as u64);
            (count > 0).then(|| Pattern { bin, items: Vec::new(), count })
        });
        let empty: Vec<Pattern> = empty.collect();
        let full = self.bins.into_iter().map(|Bin { kind, mut items, .. }| {
            items.sort_unstable();
            Pattern { bin: kind, items, count: 1 }
        });
        Solution::grouped(full.chain(empty).collect())
    }
}
