//! The best solution so far, and the bins worth remembering.

use super::cheapen::cheapen;
use super::effort::incumbent::MOST_TYPES;
use crate::budget::Budget;
use crate::problem::{Pattern, Problem, Solution};

/// What the construction heuristics found.
#[derive(Clone, Debug, Default)]
pub struct Constructed {
    /// The solution with the fewest bins, then the least cost. `None`: the maximum counts left no bin for some item.
    pub best: Option<Solution>,
    /// Distinct bins of good solutions, `count` 1 each: columns to start column generation with. At most
    /// [`Constructed::MOST_SEEN`].
    pub seen: Vec<Pattern>,
}

impl Constructed {
    /// The largest number of bins remembered.
    pub const MOST_SEEN: usize = 20_000;
}

pub(super) struct Incumbent<'a> {
    problem: &'a Problem,
    lower: u64,
    best: Option<(u64, u128, Solution)>,
    seen: Vec<Pattern>,
    /// Distinct patterns after the last clean-up.
    distinct: usize,
}

impl<'a> Incumbent<'a> {
    pub fn new(problem: &'a Problem, lower: u64) -> Self {
        Self { problem, lower, best: None, seen: Vec::new(), distinct: 0 }
    }

    pub fn lower(&self) -> u64 {
        self.lower
    }

    pub fn bins(&self) -> Option<u64> {
        self.best.as_ref().map(|best| best.0)
    }

    pub fn best(&self) -> Option<&Solution> {
        self.best.as_ref().map(|best| &best.2)
    }

    /// Nothing better can come.
    pub fn done(&self) -> bool {
        self.bins().is_some_and(|bins| bins <= self.lower)
    }

    /// Takes note of a solution; keeps it where it is legal and better.
    pub fn offer(&mut self, solution: Solution, budget: &Budget) {
        debug_assert_eq!(solution.check(self.problem), Ok(()));
        let bins = solution.bins();
        if self.bins().is_none_or(|best| bins <= best + best / 50 + 1) {
            self.remember(&solution);
        }
        if self.bins().is_some_and(|best| bins > best) {
            return;
        }
        let solution = cheapen(self.problem, solution, budget);
        let value = (bins, solution.cost(self.problem));
        let better = self.best.as_ref().is_none_or(|best| value < (best.0, best.1));
        if better && solution.check(self.problem).is_ok() {
            self.best = Some((value.0, value.1, solution));
        }
    }

    fn remember(&mut self, solution: &Solution) {
        if self.problem.items().len() > MOST_TYPES || self.distinct >= Constructed::MOST_SEEN {
            return;
        }
        self.seen.extend(solution.patterns.iter().map(|pattern| Pattern { count: 1, ..pattern.clone() }));
        if self.seen.len() > 2 * self.distinct + 1000 {
            self.tidy();
        }
    }

    fn tidy(&mut self) {
        self.seen.sort_unstable();
        self.seen.dedup();
        self.distinct = self.seen.len();
    }

    pub fn finish(mut self) -> Constructed {
        if let Some((_, _, best)) = &self.best {
            // the best plan's own bins are never the ones left out
            let best = best.patterns.iter().map(|pattern| Pattern { count: 1, ..pattern.clone() });
            self.seen.truncate(Constructed::MOST_SEEN.saturating_sub(best.len()));
            self.seen.extend(best.take(if self.problem.items().len() > MOST_TYPES { 0 } else { usize::MAX }));
        }
        self.tidy();
        self.seen.truncate(Constructed::MOST_SEEN);
        Constructed { best: self.best.map(|best| best.2), seen: self.seen }
    }
}
