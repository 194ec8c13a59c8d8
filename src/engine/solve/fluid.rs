//! Packings by way of the classes, where many of them distrust one another: which classes are to share each bin is settled before any item has
//! its place.

use super::effort::fluid::{BOUND, CONFLICTS, FILL, ITEMS_A_CLASS, MOST_CLASSES, ROOM};
use crate::budget::Budget;
use crate::exact::Fluids;
use crate::heuristic::fill_sets;
use crate::problem::{Problem, Solution};

/// Whether many classes that distrust one another have many items each. Linear in the words of the conflict relation.
pub(super) fn suits(problem: &Problem) -> bool {
    let classes = problem.conflicts().len();
    let all = (classes as u64).saturating_mul(classes as u64);
    let conflicts = || (0..classes).map(|class| problem.conflicts().row(class).count_ones(..) as u64).sum::<u64>();
    (3..=MOST_CLASSES).contains(&(classes as u64))
        && problem.copies() >= classes as u64 * ITEMS_A_CLASS
        && conflicts() * 100 >= all * CONFLICTS
}

/// Work for the bound.
pub(super) fn bound_work(problem: &Problem) -> u64 {
    let classes = problem.conflicts().len() as u64;
    BOUND.iter().find(|(least, _)| classes >= *least).map_or(0, |&(_, work)| work)
}

/// As few bins as a dive says, or some more, but fewer than `start` has. `None`: none were found.
pub(super) fn packing(problem: &Problem, start: &Solution, lower: u64, seed: u64, budget: &Budget) -> Option<Solution> {
    let work = problem.copies().saturating_mul(FILL);
    let fluids = Fluids::of(problem);
    let mut dive = fluids.dive(start, true, seed);
    let left = dive.take_up_to(lower, budget)?;
    // what is left of a bin may find room at last
    let missing = (lower..start.bins()).take_while(|&bins| left - ROOM > (bins - lower) as f64).count() as u64;
    for most in lower + missing..start.bins() {
        dive.take_up_to(most, budget)?;
        let found = budget.within(work, |own| fill_sets(problem, &dive.bins(), seed, own));
        if found.is_some() {
            return found;
        }
    }
    None
}

/// One bin less than `start` has, with other bins again and again until the budget ends. `mixed`: see [`Fluids::dive`].
pub(super) fn fewer(problem: &Problem, start: &Solution, mixed: bool, seed: u64, budget: &Budget) -> Option<Solution> {
    let most = start.bins().checked_sub(1)?;
    let work = problem.copies().saturating_mul(FILL);
    let fluids = Fluids::of(problem);
    let mut dive = fluids.dive(start, mixed, seed);
    let mut left = dive.take_up_to(most, budget)?;
    loop {
        if left < ROOM {
            let found = budget.within(work, |own| fill_sets(problem, &dive.bins(), seed, own));
            if found.is_some() {
                return found;
            }
        }
        left = loop {
            // an exchange that fails may take no work at all
            budget.spend(1).ok()?;
            if let Some(left) = dive.exchange(most, budget) {
                break left;
            }
        };
    }
}
