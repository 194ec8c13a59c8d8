//! Who works when, on how much: shares that do not depend on anybody's speed.

use super::away::{Errand, send};
use super::effort::away::LEAST;
use super::part::Part;
use super::task::Task;
use super::threads::each;
use crate::budget::{Budget, Options};

/// One phase over the parts that `among` lets through, in parallel. Each gets the work it asks for, scaled down if all
/// together ask for more than is left; what they spend is taken from `budget` afterwards.
pub(super) fn parallel(
    parts: &mut [Part],
    options: &Options,
    budget: &Budget,
    among: impl Fn(&Part) -> bool,
    share: impl Fn(&Part) -> u64,
    task: Task,
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
    let queue = open.len() > budget.threads();
    let child = |work: u64| if queue { budget.child_in_half_time(work) } else { budget.child(work) };
    let errand = |(part, work)| Errand { part, budget: child(fair(work)), spent: None };
    let errands = open.into_iter().zip(wanted).map(errand).collect();
    for work in done(errands, options, budget.threads(), task) {
        // a budget that ends here ends the next phase's children too
        let _ended = budget.spend(work);
    }
}

/// Does a step of all these, and gives the work that each took, in some order. Where somebody [works elsewhere](Options::workers), what may
/// take long goes there, and the rest is done meanwhile; then what was lost.
pub(super) fn done(errands: Vec<Errand>, options: &Options, threads: usize, task: Task) -> Vec<u64> {
    let far = |errand: &Errand| options.workers.is_some() && errand.budget.left() >= LEAST;
    let (away, here): (Vec<Errand>, Vec<Errand>) = errands.into_iter().partition(far);
    // a task looks at its budget before anything that takes long, and some must run even then: a first packing
    let one = |Errand { part, budget, spent }: Errand| {
        spent.unwrap_or_else(|| {
            task.run(part, options, &budget);
            budget.spent()
        })
    };
    let side = |(mut errands, is_away): (Vec<Errand>, bool)| {
        if let (true, Some(workers)) = (is_away, &options.workers) {
            send(&**workers, task, options, &mut errands);
        }
        each(threads, errands, one)
    };
    // nobody waits for what is away before the rest has begun
    let sides = [(away, true), (here, false)].into_iter().filter(|(errands, _)| !errands.is_empty()).collect();
    each(2, sides, side).into_iter().flatten().collect()
}
