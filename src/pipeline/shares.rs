//! The limits of a call of some runs that are alike, in equal shares of what is left.

use std::time::Instant;

use crate::budget::{Event, Options, Watch};

/// What is left for the runs that are to come.
pub(super) struct Shares<'a> {
    options: &'a Options,
    deadline: Option<Instant>,
    work: Option<u64>,
    waiting: u32,
    /// Runs so far.
    pub runs: u64,
}

impl<'a> Shares<'a> {
    /// Of a call that began at `started`, or now, and makes so many runs.
    pub fn new(options: &'a Options, started: Option<Instant>, runs: usize) -> Self {
        let started = started.unwrap_or_else(Instant::now);
        let deadline = options.time_limit.and_then(|limit| started.checked_add(limit));
        let waiting = u32::try_from(runs).unwrap_or(u32::MAX);
        Self { options, deadline, work: options.work_limit, waiting, runs: 0 }
    }

    /// The limits of the next run, which is told to who watches.
    pub fn next(&mut self, watch: &dyn Watch) -> Options {
        self.runs += 1;
        if self.runs > 1 {
            watch.event(Event::Run { number: self.runs });
        }
        let shares = self.waiting.max(1);
        self.waiting = self.waiting.saturating_sub(1);
        let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now()) / shares;
        Options {
            time_limit: self.deadline.map(left),
            work_limit: self.work.map(|work| work / u64::from(shares)),
            ..self.options.clone()
        }
    }

    /// Takes what a run took.
    pub fn spend(&mut self, work: u64) {
        self.work = self.work.map(|left| left.saturating_sub(work));
    }
}
