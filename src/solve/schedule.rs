//! Who works when, on how much: shares that do not depend on anybody's speed.

use std::num::NonZeroUsize;

use rayon::prelude::*;

use super::part::Part;
use crate::budget::Budget;

/// Runs `task` on so many threads (`None`: one a core). Where no pool can be had, on the threads there are.
pub(super) fn on_threads<R: Send>(threads: Option<usize>, task: impl FnOnce() -> R + Send) -> R {
    let Some(threads) = threads else { return task() };
    match rayon::ThreadPoolBuilder::new().num_threads(useful(threads)).build() {
        Ok(pool) => pool.install(task),
        Err(_) => task(),
    }
}

/// Of the threads asked for, as many as there are cores: more would only wait, and starting thousands takes seconds.
fn useful(threads: usize) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    threads.clamp(1, cores)
}

/// One phase over the parts that `among` lets through, in parallel. Each gets the work it asks for, scaled down if all
/// together ask for more than is left; what they spend is taken from `budget` afterwards.
pub(super) fn parallel(
    parts: &mut [Part],
    budget: &Budget,
    among: impl Fn(&Part) -> bool,
    share: impl Fn(&Part) -> u64,
    task: impl Fn(&mut Part, &Budget) + Sync,
) {
    let open: Vec<&mut Part> = parts.iter_mut().filter(|part| among(part)).collect();
    let wanted: Vec<u64> = open.iter().map(|part| share(part)).collect();
    let total: u128 = wanted.iter().map(|&work| u128::from(work)).sum();
    let left = u128::from(budget.left());
    let fair = |work: u64| match total <= left {
        true => work,
        // at most `left`, which is a u64
        false => (u128::from(work) * left / total.max(1)) as u64,
    };
    // under a clock, where parts wait for one another, no phase takes more than half of the time that is left
    let queue = open.len() > rayon::current_num_threads();
    let child = |work: u64| if queue { budget.child_in_half_time(work) } else { budget.child(work) };
    let jobs: Vec<(&mut Part, Budget)> =
        open.into_iter().zip(wanted).map(|(part, work)| (part, child(fair(work)))).collect();
    // a task looks at its budget before anything that takes long, and some must run even then: a first packing
    let one = |(part, budget): (&mut Part, Budget)| {
        task(part, &budget);
        budget.spent()
    };
    let spent: Vec<u64> = jobs.into_par_iter().map(one).collect();
    for work in spent {
        // a budget that ends here ends the next phase's children too
        let _ended = budget.spend(work);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_threads_than_cores_are_started() {
        let cores = useful(usize::MAX);
        assert!(cores >= 1 && useful(cores) == cores && useful(0) == 1);
        assert_eq!(on_threads(Some(usize::MAX), rayon::current_num_threads), cores);
    }
}
