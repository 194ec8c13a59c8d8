//! Exhaustive search for small problems with terms, in whole numbers only: an exhausted search is a proof.
//!
//! Every copy in turn goes into every open bin and into a new bin of every type. The levels are minimised in their order,
//! and what the partial plan is worth at least (with its kept bins, and with the least that the rest is charged) cuts. Plans that differ only in the order of bins
//! or copies are visited once.

use rustc_hash::FxHashSet;

use super::effort::enumerate::MEMORY;
use super::effort::under_terms::{MOST_COPIES, MOST_ITEMS};
use super::enumerate::Enumerated;
use crate::budget::{Budget, Objective, Stop};
use crate::problem::{Pattern, Problem, Solution};

/// Whether a problem is small enough for [`enumerate_under_terms`].
#[must_use]
pub fn is_small_under_terms(problem: &Problem) -> bool {
    problem.copies() <= MOST_COPIES && problem.items().len() <= MOST_ITEMS && problem.bins().len() <= 64
}

/// What a plan is worth at each level, in the order of the objective.
fn in_order(objective: &[Objective], clusters: u64, cost: u64, moves: u64) -> [u64; 3] {
    let mut values = [0; 3];
    for (value, level) in values.iter_mut().zip(objective) {
        *value = match level {
            Objective::Clusters => clusters,
            Objective::Cost => cost,
            Objective::Moves => moves,
        };
    }
    values
}

/// Searches for a plan better than `start` (any plan, if there is none), level by level. A problem that is not
/// [small](is_small_under_terms) is left alone.
#[must_use]
pub fn enumerate_under_terms(
    problem: &Problem,
    objective: &[Objective],
    start: Option<&Solution>,
    budget: &Budget,
) -> Enumerated {
    if !is_small_under_terms(problem) {
        return Enumerated { better: None, complete: false };
    }
    // what is legal stays within 2^62 at every level
    let value =
        |plan: &Solution| in_order(objective, plan.bins(), plan.cost(problem) as u64, plan.moves(problem) as u64);
    let mut search = Search::new(problem, objective, start.map(value));
    let complete = search.place(budget).is_ok();
    Enumerated { better: search.better, complete }
}

#[derive(Clone)]
struct Open {
    kind: usize,
    /// Four bits an item type.
    content: u64,
    room: Vec<u64>,
}

struct Search<'a> {
    problem: &'a Problem,
    objective: &'a [Objective],
    /// The copies by item type, those with the fewest homes first.
    copies: Vec<usize>,
    /// The least that the copies from each place on are charged.
    least: Vec<u64>,
    placed: usize,
    open: Vec<Open>,
    used: Vec<u64>,
    moves: u64,
    seen: FxHashSet<Box<[(usize, u64)]>>,
    value: Option<[u64; 3]>,
    better: Option<Solution>,
}

impl<'a> Search<'a> {
    fn new(problem: &'a Problem, objective: &'a [Objective], value: Option<[u64; 3]>) -> Self {
        let kinds = problem.bins().len();
        let homes = |item: usize| (0..kinds).filter(move |&bin| problem.fits_alone(item, bin));
        let size = |item: usize| problem.items()[item].size.iter().fold(0u64, |sum, &size| sum.saturating_add(size));
        let mut order: Vec<usize> = (0..problem.items().len()).collect();
        order.sort_by_key(|&item| (homes(item).count(), u64::MAX - size(item), item));
        let copies: Vec<usize> =
            order.iter().flat_map(|&item| (0..problem.items()[item].demand).map(move |_| item)).collect();
        let mut least = vec![0; copies.len() + 1];
        for (place, &item) in copies.iter().enumerate().rev() {
            least[place] = least[place + 1] + homes(item).map(|bin| problem.charge(item, bin)).min().unwrap_or(0);
        }
        let (open, used, seen) = (Vec::new(), vec![0; kinds], FxHashSet::default());
        Self { problem, objective, copies, least, placed: 0, open, used, moves: 0, seen, value, better: None }
    }

    /// How many bins of each type there are, kept ones included.
    fn counts(&self) -> impl Iterator<Item = u64> {
        self.used.iter().enumerate().map(|(bin, &used)| used.max(self.problem.kept(bin)))
    }

    /// What every plan that this one becomes is worth at least; `None` where there is none within the limits, or no better one.
    fn promise(&self) -> Option<[u64; 3]> {
        let (problem, terms) = (self.problem, self.problem.terms());
        let counts: Vec<u64> = self.counts().collect();
        let own = |(bin, &count): (usize, &u64)| problem.bins()[bin].max_count.is_none_or(|most| count <= most);
        let together =
            |limit: &crate::problem::Limit| limit.bins.ones().map(|bin| counts[bin]).sum::<u64>() <= limit.most;
        let clusters: u64 = counts.iter().sum();
        let cost: u64 = counts.iter().zip(problem.bins()).map(|(count, bin)| count * bin.cost).sum();
        let moves = self.moves + self.least[self.placed];
        let within = |most: Option<u64>, value: u64| most.is_none_or(|most| value <= most);
        let most = terms.most;
        let legal = counts.iter().enumerate().all(own)
            && terms.limits.iter().all(together)
            && within(most.clusters, clusters)
            && within(most.cost, cost)
            && within(most.moves, moves);
        let values = in_order(self.objective, clusters, cost, moves);
        (legal && self.value.is_none_or(|best| values < best)).then_some(values)
    }

    /// Places all that is left; the state is as before when it returns.
    fn place(&mut self, budget: &Budget) -> Result<(), Stop> {
        budget.spend(1 + (self.open.len() + self.used.len()) as u64)?;
        let Some(values) = self.promise() else { return Ok(()) };
        let Some(&item) = self.copies.get(self.placed) else {
            self.keep(values);
            return Ok(());
        };
        if self.known() {
            return Ok(());
        }
        let kind = &self.problem.items()[item];
        let mut tried: Vec<(usize, u64)> = Vec::new();
        for at in 0..self.open.len() {
            let open = &self.open[at];
            let mark = (open.kind, open.content);
            let held = (0..self.problem.items().len()).filter(|other| open.content >> (4 * other) & 15 > 0);
            let clash =
                |mut held: Box<dyn Iterator<Item = usize> + '_>| held.any(|other| self.problem.conflict(item, other));
            let takes = kind.eligible.contains(open.kind)
                && kind.size.iter().zip(&open.room).all(|(size, room)| size <= room)
                && !clash(Box::new(held));
            if !takes || tried.contains(&mark) {
                continue;
            }
            tried.push(mark);
            self.put(at, item);
            let ended = self.place(budget);
            self.take_back(at, item);
            ended?;
        }
        for bin in 0..self.used.len() {
            if !self.problem.fits_alone(item, bin) {
                continue;
            }
            self.used[bin] += 1;
            self.open.push(Open { kind: bin, content: 0, room: self.problem.bins()[bin].capacity.clone() });
            self.put(self.open.len() - 1, item);
            let ended = self.place(budget);
            self.take_back(self.open.len() - 1, item);
            self.open.pop();
            self.used[bin] -= 1;
            ended?;
        }
        Ok(())
    }

    fn put(&mut self, at: usize, item: usize) {
        let open = &mut self.open[at];
        open.content += 1 << (4 * item);
        open.room.iter_mut().zip(&self.problem.items()[item].size).for_each(|(room, size)| *room -= size);
        self.moves += self.problem.charge(item, open.kind);
        self.placed += 1;
    }

    fn take_back(&mut self, at: usize, item: usize) {
        let open = &mut self.open[at];
        open.content -= 1 << (4 * item);
        open.room.iter_mut().zip(&self.problem.items()[item].size).for_each(|(room, size)| *room += size);
        self.moves -= self.problem.charge(item, open.kind);
        self.placed -= 1;
    }

    /// Whether these bins were searched before; remembers them. They tell how many copies are placed.
    fn known(&mut self) -> bool {
        let mut bins: Vec<(usize, u64)> = self.open.iter().map(|open| (open.kind, open.content)).collect();
        bins.sort_unstable();
        match self.seen.len() < MEMORY {
            true => !self.seen.insert(bins.into_boxed_slice()),
            false => self.seen.contains(bins.as_slice()),
        }
    }

    /// Everything is placed, better than ever.
    fn keep(&mut self, values: [u64; 3]) {
        let items = |content: u64| {
            let copies = (0..self.problem.items().len()).map(move |item| (item, content >> (4 * item) & 15));
            copies.filter(|entry| entry.1 > 0).collect()
        };
        let mut patterns: Vec<Pattern> =
            self.open.iter().map(|open| Pattern { bin: open.kind, items: items(open.content), count: 1 }).collect();
        for (bin, &used) in self.used.iter().enumerate() {
            let count = self.problem.kept(bin).saturating_sub(used);
            if count > 0 {
                patterns.push(Pattern { bin, items: Vec::new(), count });
            }
        }
        let plan = Solution::grouped(patterns);
        debug_assert_eq!(plan.check(self.problem), Ok(()));
        (self.value, self.better) = (Some(values), Some(plan));
    }
}
