//! One budget for a call of many runs: what each may take, and when it is used up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::budget::{Event, Memory, Options, Watch, useful_threads};
use crate::plan::PlanStop;

/// The work of a run after the first: as much as the first took, and at least and at most so much.
const WORK: (u64, u64) = (100_000_000, 2_000_000_000);
/// The same of a run that only asks whether a limit can tighten: what is not found soon is seldom found, and rarely proved.
const SLIGHT: (u64, u64) = (2_000_000, 200_000_000);
/// The first run gets one part in so many of the limits, each later one of what is left.
const PARTS: (u32, u32) = (2, 4);
/// Less than one part in so many of a limit is not worth a run.
const REST: u32 = 50;

/// What is left of the limits of a call.
pub(super) struct Purse<'a> {
    options: &'a Options,
    watch: &'a dyn Watch,
    deadline: Option<Instant>,
    work: Option<u64>,
    /// What all runs share.
    memory: Arc<Memory>,
    /// What the first run took.
    first: Option<u64>,
    /// The most that a run took before it came to search.
    fixed: Duration,
    /// Runs so far.
    pub runs: u64,
    /// Why there will be no further run.
    pub stopped: Option<PlanStop>,
}

impl<'a> Purse<'a> {
    /// The limits of a call that began at `started`, or now.
    pub fn new(options: &'a Options, started: Option<Instant>, watch: &'a dyn Watch) -> Self {
        let started = started.unwrap_or_else(Instant::now);
        let deadline = options.time_limit.and_then(|limit| started.checked_add(limit));
        let memory = options.memory.clone().unwrap_or_default();
        Self {
            options,
            watch,
            deadline,
            work: options.work_limit,
            memory,
            first: None,
            fixed: Duration::ZERO,
            runs: 0,
            stopped: None,
        }
    }

    /// The threads that there are.
    pub fn threads(&self) -> usize {
        useful_threads(self.options.threads)
    }

    /// Who watches.
    pub fn watch(&self) -> &'a dyn Watch {
        self.watch
    }

    /// The limits of one more run; `None` where the call is over. The first run is always made.
    pub fn next(&mut self) -> Option<Options> {
        let limits = self.aside(1)?;
        self.runs += 1;
        if self.runs > 1 {
            self.watch.event(Event::Run { number: self.runs });
        }
        Some(limits)
    }

    /// The same of a run that is worth less.
    pub fn next_slight(&mut self) -> Option<Options> {
        let most = self.first.unwrap_or(0).clamp(SLIGHT.0, SLIGHT.1);
        let limits = self.next()?;
        Some(Options { work_limit: Some(limits.work_limit.map_or(most, |own| own.min(most))), ..limits })
    }

    /// The limits of one of so many smaller runs beside those that are counted.
    pub fn aside(&mut self, shares: u32) -> Option<Options> {
        let time = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if self.runs > 0 {
            let limit = self.options.time_limit.unwrap_or(Duration::MAX);
            let late = time.is_some_and(|left| left.is_zero() || left < (limit / REST).max(self.fixed));
            let poor = self.work.is_some_and(|left| left < self.options.work_limit.unwrap_or(0) / u64::from(REST));
            let why = if self.watch.cancelled() {
                Some(PlanStop::Cancelled)
            } else if late {
                Some(PlanStop::Time)
            } else {
                poor.then_some(PlanStop::Work)
            };
            self.stopped = self.stopped.or(why);
        }
        if self.stopped.is_some() {
            return None;
        }
        let parts = shares.max(1) * if self.runs == 0 { PARTS.0 } else { PARTS.1 };
        let own = self.first.map(|work| work.clamp(WORK.0, WORK.1));
        let share = self.work.map(|left| left / u64::from(parts));
        Some(Options {
            time_limit: time.map(|left| left / parts),
            work_limit: share.into_iter().chain(own).min(),
            memory: Some(Arc::clone(&self.memory)),
            ..self.options.clone()
        })
    }

    /// Whether nothing is left for a further run.
    pub fn is_empty(&mut self) -> bool {
        self.aside(1).is_none()
    }

    /// Whether the time is over, or the call was called off.
    pub fn is_over(&self) -> bool {
        self.watch.cancelled() || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Takes what a run took before it came to search: where less than that is left, no further one is begun.
    pub fn took(&mut self, fixed: Duration) {
        self.fixed = self.fixed.max(fixed);
    }

    /// Takes what a run took.
    pub fn spend(&mut self, work: u64) {
        self.first.get_or_insert(work);
        self.work = self.work.map(|left| left.saturating_sub(work));
    }
}
