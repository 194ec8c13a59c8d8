//! Threads that live no longer than the call that starts them.
//!
//! No pool stands between calls: a process that forked, or that may start no thread at all, plans like any other.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, scope};

/// Room for the deepest recursion of a search. What is not touched is never taken.
const STACK: usize = 64 << 20;

/// Runs `task` on a thread with a stack of [`STACK`] bytes; where none can be had, on this one.
pub(super) fn with_room<R: Send>(task: impl FnOnce() -> R + Send) -> R {
    let task = Mutex::new(Some(task));
    let run = || {
        let task = held(&task).take();
        task.map(|task| task())
    };
    let ran = scope(|scope| match builder().spawn_scoped(scope, run) {
        Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
        Err(_) => run(),
    });
    // one of the two ran it: a thread that could not be started has taken nothing
    ran.expect("the task has run")
}

/// Does each job, on so many threads at most (this one is one of them), and gives the results in the order of the jobs.
/// Whoever is free takes the next.
pub fn each<J: Send, R: Send>(threads: usize, jobs: Vec<J>, task: impl Fn(J) -> R + Sync) -> Vec<R> {
    let more = threads.min(jobs.len()).saturating_sub(1);
    let queue = Mutex::new(jobs.into_iter().enumerate());
    let results = Mutex::new(Vec::new());
    let work = || {
        loop {
            let Some((place, job)) = held(&queue).next() else { break };
            let result = task(job);
            held(&results).push((place, result));
        }
    };
    // where a thread cannot be had, the others do its work; a panic in any of them goes on from here
    scope(|scope| {
        let started: Vec<_> = (0..more).map_while(|_| builder().spawn_scoped(scope, work).ok()).collect();
        work();
        started
            .into_iter()
            .try_for_each(|thread| thread.join())
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_unstable_by_key(|&(place, _)| place);
    results.into_iter().map(|(_, result)| result).collect()
}

fn builder() -> Builder {
    Builder::new().name("tenantry-solve".to_owned()).stack_size(STACK)
}

/// The content of a lock that nobody panics under.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::hint::black_box;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Barrier;
    use std::thread::current;

    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        for threads in [0, 1, 2, 7, usize::MAX] {
            assert_eq!(
                each(threads, (0..50).collect(), |job: u64| job * job),
                (0..50).map(|job| job * job).collect::<Vec<_>>()
            );
        }
        assert!(each(3, Vec::<u64>::new(), |job| job).is_empty());
    }

    #[test]
    fn so_many_threads_and_no_more_take_part() {
        // nobody passes before all three are there
        let all = Barrier::new(3);
        let ids = each(3, vec![(); 3], |()| {
            all.wait();
            format!("{:?}", current().id())
        });
        assert_eq!(ids.into_iter().collect::<BTreeSet<_>>().len(), 3);
        let alone = each(1, vec![(); 9], |()| current().id());
        assert!(alone.into_iter().all(|id| id == current().id()));
    }

    /// A KiB and more of stack a level: twelve MiB at least, far beyond what a thread has by default.
    fn deep(levels: u32) -> u64 {
        let frame = black_box([u64::from(levels); 128]);
        if levels == 0 { 0 } else { deep(levels - 1) + frame[levels as usize % 128] / u64::from(levels) }
    }

    #[test]
    fn searches_have_room_wherever_they_run() {
        const LEVELS: u32 = 12_000;
        let both = Barrier::new(2);
        let dug = with_room(|| {
            each(2, vec![LEVELS; 2], |levels| {
                both.wait();
                deep(levels)
            })
        });
        assert_eq!(dug, [u64::from(LEVELS); 2]);
    }

    #[test]
    fn a_panic_is_passed_on() {
        let failed = |threads| {
            let run = || each(threads, vec![0, 1, 2, 3], |job| assert_ne!(job, 2));
            catch_unwind(AssertUnwindSafe(|| with_room(run))).is_err()
        };
        assert!(failed(1) && failed(4));
    }
}
