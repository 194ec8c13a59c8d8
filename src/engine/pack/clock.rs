//! A wall-clock limit, divided: reading, the search, the check of its certificate, comparisons, writing.

use std::time::{Duration, Instant};

use crate::budget::Options;
use crate::problem::{MANY_RESOURCES, Problem};

/// Where the limit ends, and what must be left of it when.
pub struct Clock {
    started: Instant,
    deadline: Option<Instant>,
    /// What went by before the call: the caller read the fleet.
    reading: Duration,
    /// What making a problem of the fleet took; a comparison begins with as much.
    encoding: Duration,
    /// Kept back for what follows the search and looks at no clock: writing the plan, verifying it, putting it into text.
    after: Duration,
}

/// Comparisons beside the plan get one part in so many of the limit, and what making a problem takes, where the plan itself
/// takes all it can get; the second is the most.
const COMPARISONS: (u32, u32) = (20, 8);
/// A comparison is not begun where less is left than so many times what the fleet took before the search and takes after it: up to its first plan it
/// looks at no clock. Measured on 100,000 workloads, 20 templates with counts: 3.5 s, and 1.7 s for all before and after the search.
const BEGIN: u32 = 2;
/// A check gets no more than one part in so many.
const CHECK: u32 = 5;
/// What a check of a certificate takes at least, by any size.
const CHECK_LEAST: Duration = Duration::from_millis(50);
/// What it takes for each item type up to so many, the steps one upon the other: weights on few types are the hard ones
/// (measured on 1,400 types: 100 ms at most), claims on very many are simple (on 100,000: less than 1 us each).
const CHECK_EACH: [(usize, Duration); 3] =
    [(1_500, Duration::from_micros(100)), (15_000, Duration::from_micros(20)), (usize::MAX, Duration::from_micros(1))];
/// What it takes for each pair of up to so many item types where conflicts or many resources rule, so that the weights are hard to check, and no more than one
/// part in so many of the limit. Measured: 1.4 s for 500 tenants of which each distrusts half of the others.
const CHECK_HARD: (usize, Duration, u32) = (1_500, Duration::from_micros(6), 10);
/// What it takes for each item type more where many bin types have maximum counts and whole bins of them are counted out, and how many these are.
/// Measured: 1.7 s for 100,000 workloads, 20 templates with costs and counts.
const CHECK_LIMITED: (usize, Duration) = (8, Duration::from_micros(20));
/// From so many hundredths of all pairs in conflict to so many they rule.
const HARD: std::ops::RangeInclusive<usize> = 10..=90;
/// What writing and verifying takes for each workload: beside what reading took, which says how fast the machine is; and
/// what reading takes at least, where the caller has not said it. Measured: of 10,000 to 1,000,000 rows reading takes 3.5 us each, and
/// what follows the search as much.
const ROW: (Duration, Duration) = (Duration::from_micros(1), Duration::from_micros(3));

fn each(time: Duration, count: usize) -> Duration {
    time.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Whether the weights that bound a problem are hard to check.
fn is_hard(problem: &Problem) -> bool {
    let conflicts = problem.conflicts();
    let (types, classes) = (problem.items().len(), conflicts.len());
    if types > CHECK_HARD.0 || classes > CHECK_HARD.0 {
        return false;
    }
    let ends: usize = (0..classes).map(|class| conflicts.row(class).count_ones(..)).sum();
    let hundredths = 100 * ends / (classes * classes).max(1);
    problem.dimensions() >= MANY_RESOURCES || HARD.contains(&hundredths)
}

/// What the check of a certificate of so many item types may take.
fn check_time(types: usize) -> Duration {
    let (mut time, mut counted) = (CHECK_LEAST, 0);
    for (most, step) in CHECK_EACH {
        let upto = types.min(most);
        time += each(step, upto - counted);
        counted = upto;
    }
    time
}

impl Clock {
    /// The clock of a call that began at `started`, or now.
    pub fn start(options: &Options, started: Option<Instant>) -> Self {
        let now = Instant::now();
        let started = started.unwrap_or(now);
        let deadline = options.time_limit.and_then(|limit| started.checked_add(limit));
        let reading = now.saturating_duration_since(started);
        Self { started, deadline, reading, encoding: Duration::ZERO, after: Duration::ZERO }
    }

    /// The limits of the search: all that is left, but for the check of what it will say, comparisons, and what writing
    /// and verifying so many rows takes, though for that at most half of the limit.
    pub fn main(&mut self, options: &Options, problem: &Problem, rows: usize) -> Options {
        self.encoding = self.started.elapsed().saturating_sub(self.reading);
        let Some(limit) = options.time_limit else { return options.clone() };
        self.after = (self.reading.max(each(ROW.1, rows)) + each(ROW.0, rows)).min(limit / 2);
        let types = problem.items().len();
        let mut check = check_time(types);
        if is_hard(problem) {
            check += each(CHECK_HARD.1, types * types).min(limit / CHECK_HARD.2);
        }
        if problem.bins().iter().filter(|bin| bin.max_count.is_some()).count() >= CHECK_LIMITED.0 {
            check += each(CHECK_LIMITED.1, types);
        }
        let comparisons = (limit / COMPARISONS.0 + self.encoding).min(limit / COMPARISONS.1);
        // what will not begin needs no time
        let comparisons = if comparisons < self.begin() { Duration::ZERO } else { comparisons };
        let later = check.min(limit / CHECK) + comparisons;
        Options { time_limit: self.left().map(|left| left.saturating_sub(later)), ..options.clone() }
    }

    /// What went by before the search could begin.
    pub fn before(&self) -> Duration {
        self.reading + self.encoding
    }

    /// The clock of one part in so many of what is left.
    pub fn part(&self, shares: u32) -> Self {
        let now = Instant::now();
        let part = |deadline: Instant| now + deadline.saturating_duration_since(now) / shares.max(1);
        Self { deadline: self.deadline.map(part), ..*self }
    }

    /// Keeps as much back as another clock does.
    pub fn keep_back(&mut self, other: &Self) {
        (self.encoding, self.after) = (other.encoding, other.after);
    }

    /// Whether less is left than a comparison takes to begin.
    pub fn is_too_late(&self) -> bool {
        self.left().is_some_and(|left| left.is_zero() || left < self.begin())
    }

    /// What a comparison takes to begin.
    fn begin(&self) -> Duration {
        (self.encoding + self.after).saturating_mul(BEGIN)
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
        // forty gone with reading, forty for writing; in what is left no comparison could begin
        let search = clock.main(&limited(100), &problem(10), 10).time_limit.unwrap();
        assert!(search <= Duration::from_secs(20) && search >= Duration::from_secs(15), "{search:?}");
        assert!(clock.left().unwrap() <= Duration::from_secs(20));
        // what is over is over
        assert!(Clock::start(&limited(30), Some(started)).left().unwrap().is_zero());
        assert_eq!(Clock::start(&Options::default(), Some(started)).left(), None);
    }

    #[test]
    fn no_more_is_kept_for_a_check_than_it_can_take() {
        let search = |types| {
            let problem = problem(types); // before the clock starts
            Clock::start(&limited(1_000), None).main(&limited(1_000), &problem, types).time_limit
        };
        let kept = |types| Duration::from_secs(950) - search(types).unwrap();
        assert!(kept(10) < Duration::from_millis(500) && kept(1_000) >= check_time(1_000));
        assert!(kept(100_000) < Duration::from_secs(5));
        // a little more for one type more, and no leap
        let all: Vec<Duration> = (0..20_000).map(check_time).collect();
        assert!(all.windows(2).all(|two| two[0] <= two[1] && two[1] - two[0] <= Duration::from_micros(100)));
        assert!(all[1_000] < Duration::from_millis(200));
    }

    #[test]
    fn more_is_kept_for_a_check_where_conflicts_or_many_resources_rule() {
        let problem = |apart: usize, resources: usize| {
            let mut builder = Problem::builder(resources);
            builder.bin(&vec![1_000; resources]);
            builder.classes(400);
            for a in 0..400 {
                (0..a).filter(|b| (7 * a + b) % 100 < apart).for_each(|b| _ = builder.conflict(a, b));
                builder.item(&vec![1; resources], 1, a);
            }
            builder.build().unwrap()
        };
        let kept = |apart, resources| {
            let problem = problem(apart, resources);
            let limit = limited(100);
            Duration::from_secs(95) - Clock::start(&limit, None).main(&limit, &problem, 400).time_limit.unwrap()
        };
        // 400 x 400 x 6 us
        let hard = Duration::from_millis(960);
        assert!(kept(50, 1) >= hard && kept(0, 5) >= hard);
        assert!(kept(0, 4) < hard && kept(2, 1) < hard && kept(98, 1) < hard);
    }

    #[test]
    fn what_is_kept_for_writing_follows_the_rows() {
        let kept = |rows| {
            let mut clock = Clock::start(&limited(10), None);
            clock.main(&limited(10), &problem(1), rows);
            clock.after
        };
        assert_eq!((kept(0), kept(100_000)), (Duration::ZERO, Duration::from_millis(400)));
        assert_eq!(kept(100_000_000), Duration::from_secs(5)); // half of the limit at most
    }

    #[test]
    fn no_comparison_begins_that_cannot_end() {
        let mut clock = Clock::start(&limited(10), None);
        assert!(!clock.is_too_late());
        clock.encoding = Duration::from_secs(2);
        assert!(!clock.is_too_late());
        // what follows the search says how large the fleet is
        clock.after = Duration::from_secs(3);
        assert!(clock.is_too_late());
        clock.deadline = None;
        assert!(!clock.is_too_late());
    }

    #[test]
    fn nothing_is_kept_for_a_comparison_that_will_not_begin() {
        let search = |seconds: u64, rows: usize| {
            let mut clock = Clock::start(&limited(seconds), None);
            let options = clock.main(&limited(seconds), &problem(1), rows);
            Duration::from_secs(seconds) - clock.after - options.time_limit.unwrap()
        };
        // four seconds for writing: a comparison needs eight, and has a twentieth of the limit
        assert!(search(100, 1_000_000) < Duration::from_secs(1));
        assert!(search(200, 1_000_000) >= Duration::from_secs(10));
        assert!(search(100, 0) >= Duration::from_secs(5));
    }
}
