//! The one thing that every loop asks: may I go on?

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Memory, Options, Question, Silent, Watch};

/// Why a search was cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stop {
    /// The work limit.
    Work,
    /// The wall-clock limit.
    Time,
    /// The caller.
    Cancelled,
}

/// An allowance of work under a deadline and a cancel switch.
///
/// Not shared between threads: a parallel loop gives each task a [`child`](Self::child) made beforehand, with a share
/// of the work, so that what each task does never depends on the others' speed.
pub struct Budget<'a> {
    watch: &'a dyn Watch,
    deadline: Option<Instant>,
    threads: usize,
    work: Cell<u64>,
    spent: Cell<u64>,
    unchecked: Cell<u64>,
    stop: Cell<Option<Stop>>,
    memory: Option<Arc<Memory>>,
}

/// Work between two looks at the clock and the cancel switch: well below a millisecond.
const CHECK_EVERY: u64 = 50_000;

impl<'a> Budget<'a> {
    /// The budget of a whole run. `default_work` is the allowance where the options name none.
    #[must_use]
    pub fn new(options: &Options, default_work: u64, watch: &'a dyn Watch) -> Self {
        let deadline = options.time_limit.and_then(|limit| Instant::now().checked_add(limit));
        let work = options.work_limit.unwrap_or(default_work);
        Self { memory: options.memory.clone(), ..Self::with(watch, deadline, useful_threads(options.threads), work) }
    }

    /// An allowance of work alone: no deadline, and nobody who could cancel.
    #[must_use]
    pub fn of_work(work: u64) -> Self {
        Self::with(&Silent, None, 1, work)
    }

    fn with(watch: &'a dyn Watch, deadline: Option<Instant>, threads: usize, work: u64) -> Self {
        let (spent, unchecked, stop) = (Cell::new(0), Cell::new(0), Cell::new(None));
        Self { watch, deadline, threads, work: Cell::new(work), spent, unchecked, stop, memory: None }
    }

    /// A budget of at most `work` steps under the same deadline and switch. What it spends is not taken from the
    /// parent: call [`spend`](Self::spend) with the child's [`spent`](Self::spent) when it is done.
    #[must_use]
    pub fn child(&self, work: u64) -> Budget<'a> {
        self.of_own(self.deadline, work)
    }

    /// The same, with a deadline at most `time` away if this budget has a deadline at all.
    #[must_use]
    pub fn child_within(&self, work: u64, time: Duration) -> Budget<'a> {
        let deadline = self.deadline.map(|deadline| deadline.min(Instant::now() + time));
        self.of_own(deadline, work)
    }

    fn of_own(&self, deadline: Option<Instant>, work: u64) -> Budget<'a> {
        let own = Self::with(self.watch, deadline, self.threads, work.min(self.left()));
        Self { memory: self.memory.clone(), ..own }
    }

    /// What `find` finds with this budget, or what is [remembered](Memory) of the same question, at the same work. What is found
    /// is to depend on the question alone, as long as the budget lasts.
    pub(crate) fn remembering<Q: Question>(&self, question: Q, find: impl FnOnce(&Q) -> Q::Answer) -> Q::Answer {
        let Some(memory) = self.memory.as_ref().filter(|_| self.stop.get().is_none()) else { return find(&question) };
        if let Some((found, work)) = memory.find(&question).filter(|&(_, work)| work <= self.left()) {
            // what stops this budget is seen by whoever asks it next
            let _ended = self.spend(work);
            return found;
        }
        let before = self.spent();
        let found = find(&question);
        if self.stopped().is_none() {
            memory.keep(question, found.clone(), self.spent() - before);
        }
        found
    }

    /// Whether what is found is remembered.
    pub(crate) fn remembers(&self) -> bool {
        self.memory.is_some()
    }

    /// A [`child`](Self::child) that leaves at least half of the time to what follows.
    #[must_use]
    pub fn child_in_half_time(&self, work: u64) -> Budget<'a> {
        match self.time_left() {
            Some(time) => self.child_within(work, time / 2),
            None => self.child(work),
        }
    }

    /// Runs `task` on a [`child`](Self::child) of so much work, and takes from this budget what it spent. A budget that
    /// ends here says so at the next [`spend`](Self::spend) or [`look`](Self::look).
    pub fn within<R>(&self, work: u64, task: impl FnOnce(&Budget<'a>) -> R) -> R {
        self.lend(self.child(work), task)
    }

    /// The same on a [child that leaves half of the time](Self::child_in_half_time).
    pub fn within_half_time<R>(&self, work: u64, task: impl FnOnce(&Budget<'a>) -> R) -> R {
        self.lend(self.child_in_half_time(work), task)
    }

    /// The same on one that takes at most so many eighths of the time and of the work that are left.
    pub fn within_eighths<R>(&self, eighths: u32, task: impl FnOnce(&Budget<'a>) -> R) -> R {
        let work = self.left() / 8 * u64::from(eighths);
        let own = match self.time_left() {
            Some(time) => self.child_within(work, time / 8 * eighths),
            None => self.child(work),
        };
        self.lend(own, task)
    }

    fn lend<R>(&self, own: Budget<'a>, task: impl FnOnce(&Budget<'a>) -> R) -> R {
        let result = task(&own);
        // what stops this budget is seen by whoever asks it next
        let _ended = self.spend(own.spent());
        result
    }

    /// Accounts for `work` steps.
    ///
    /// # Errors
    /// [`Stop`] once the allowance is used up, the deadline has passed or the caller cancelled; from then on always.
    pub fn spend(&self, work: u64) -> Result<(), Stop> {
        if let Some(stop) = self.stop.get() {
            return Err(stop);
        }
        self.spent.set(self.spent.get().saturating_add(work));
        if self.spent.get() > self.work.get() {
            self.stop.set(Some(Stop::Work));
            return Err(Stop::Work);
        }
        let unchecked = self.unchecked.get() + work.max(1);
        self.unchecked.set(unchecked);
        if unchecked >= CHECK_EVERY {
            self.unchecked.set(0);
            return self.look();
        }
        Ok(())
    }

    /// Looks at the clock and the cancel switch now.
    ///
    /// # Errors
    /// As [`spend`](Self::spend).
    pub fn look(&self) -> Result<(), Stop> {
        if self.stop.get().is_none() {
            if self.watch.cancelled() {
                self.stop.set(Some(Stop::Cancelled));
            } else if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                self.stop.set(Some(Stop::Time));
            }
        }
        self.stop.get().map_or(Ok(()), Err)
    }

    /// Why it stopped, if it did.
    #[must_use]
    pub fn stopped(&self) -> Option<Stop> {
        self.stop.get()
    }

    /// Work spent so far.
    #[must_use]
    pub fn spent(&self) -> u64 {
        self.spent.get()
    }

    /// Work left.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.work.get().saturating_sub(self.spent.get())
    }

    /// Wall-clock time left; `None` without a deadline.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Threads that may work at the same time, this one included; at least 1.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Who watches.
    #[must_use]
    pub fn watch(&self) -> &'a dyn Watch {
        self.watch
    }
}

/// Of the threads asked for, as many as there are cores: more would only wait, and starting thousands takes seconds.
pub fn useful_threads(threads: Option<usize>) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    threads.map_or(cores, |threads| threads.clamp(1, cores))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_threads_than_cores_are_wanted() {
        let threads = |threads| Budget::new(&Options { threads, ..Options::default() }, 1, &Silent).threads();
        let cores = threads(None);
        assert!(cores >= 1 && threads(Some(usize::MAX)) == cores && threads(Some(0)) == 1 && threads(Some(1)) == 1);
    }
}
