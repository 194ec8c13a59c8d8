//! A wall-clock limit, divided: reading, the search, the check of its certificate, comparisons, writing.

use std::time::{Duration, Instant};

use crate::budget::Options;
use crate::problem::Problem;

/// Where the limit ends, and what must be left of it when.
pub(super) struct Clock {
    started: Instant,
    deadline: Option<Instant>,
    /// Kept back for what follows the search and looks at no clock: writing the plan, verifying it, putting it into text.
    after: Duration,
}

/// Comparisons beside the plan get one part in so many of the limit, where the plan itself takes all it can get.
const COMPARISONS: u32 = 20;
/// A check gets no more than one part in so many.
const CHECK: u32 = 5;
/// What a check of a certificate takes at least, by any size, and an item type.
const CHECK_TIME: (Duration, Duration) = (Duration::from_millis(50), Duration::from_micros(20));
/// The same for each item type of problems that columns are generated for: weights on few types are hard to check.
const CHECK_HARD: (usize, Duration) = (1_500, Duration::from_millis(1));

impl Clock {
    /// The clock of a call that began at `started`, or now.
    pub fn start(options: &Options, started: Option<Instant>) -> Self {
        let started = started.unwrap_or_else(Instant::now);
        let deadline = options.time_limit.and_then(|limit| started.checked_add(limit));
        Self { started, deadline, after: Duration::ZERO }
    }

    /// The limits of the search: all that is left, but for the check of what it will say, comparisons, and as much for
    /// writing as has gone by with reading, though at most half of the limit.
    pub fn main(&mut self, options: &Options, problem: &Problem) -> Options {
        let Some(limit) = options.time_limit else { return options.clone() };
        self.after = self.started.elapsed().min(limit / 2);
        let types = problem.items().len();
        let each = if types <= CHECK_HARD.0 { CHECK_HARD.1 } else { CHECK_TIME.1 };
        let check = each.saturating_mul(u32::try_from(types).unwrap_or(u32::MAX)).saturating_add(CHECK_TIME.0);
        let later = check.min(limit / CHECK) + limit / COMPARISONS;
        Options { time_limit: self.left().map(|left| left.saturating_sub(later)), ..options.clone() }
    }

    /// The limits of what comes after it.
    pub fn rest(&self, options: &Options) -> Options {
        Options { time_limit: self.left(), ..options.clone() }
    }

    /// What is left but for writing; `None` without a limit.
    pub fn left(&self) -> Option<Duration> {
        let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now()).saturating_sub(self.after);
        self.deadline.map(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(types: usize) -> Problem {
        let mut builder = Problem::builder(1);
        builder.bin(&[1_000_000]);
        (1..=types as u64).for_each(|size| _ = builder.item(&[size], 1, 0));
        builder.classes(1);
        builder.build().unwrap()
    }

    fn limited(seconds: u64) -> Options {
        Options { time_limit: Some(Duration::from_secs(seconds)), ..Options::default() }
    }

    #[test]
    fn the_limit_counts_from_the_callers_start() {
        let Some(started) = Instant::now().checked_sub(Duration::from_secs(40)) else { return };
        let mut clock = Clock::start(&limited(100), Some(started));
        // forty gone with reading, forty for writing; twentieths for comparisons
        let search = clock.main(&limited(100), &problem(10)).time_limit.unwrap();
        assert!(search <= Duration::from_secs(15) && search >= Duration::from_secs(10), "{search:?}");
        assert!(clock.left().unwrap() <= Duration::from_secs(20));
        // what is over is over
        assert!(Clock::start(&limited(30), Some(started)).left().unwrap().is_zero());
        assert_eq!(Clock::start(&Options::default(), Some(started)).left(), None);
    }

    #[test]
    fn no_more_is_kept_for_a_check_than_it_can_take() {
        let search = |types| Clock::start(&limited(1_000), None).main(&limited(1_000), &problem(types)).time_limit;
        let kept = |types| Duration::from_secs(950) - search(types).unwrap();
        assert!(kept(10) < Duration::from_secs(1) && kept(1_000) > Duration::from_millis(900));
        assert!(kept(1_000) < Duration::from_secs(2) && kept(5_000) < Duration::from_secs(1));
    }
}
