//! Who works when, on how much: shares that do not depend on anybody's speed.

use super::part::Part;
use super::threads::each;
use crate::budget::Budget;

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
    let queue = open.len() > budget.threads();
    let child = |work: u64| if queue { budget.child_in_half_time(work) } else { budget.child(work) };
    let jobs: Vec<(&mut Part, Budget)> =
        open.into_iter().zip(wanted).map(|(part, work)| (part, child(fair(work)))).collect();
    // a task looks at its budget before anything that takes long, and some must run even then: a first packing
    let one = |(part, budget): (&mut Part, Budget)| {
        task(part, &budget);
        budget.spent()
    };
    for work in each(budget.threads(), jobs, one) {
        // a budget that ends here ends the next phase's children too
        let _ended = budget.spend(work);
    }
}
