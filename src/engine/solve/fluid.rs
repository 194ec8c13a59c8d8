//! Packings by way of the classes, where many of them distrust one another: which classes are to share each bin is settled before any item has
//! its place.

use super::effort::fluid::{BOUND, CONFLICTS, FILL, ITEMS_A_CLASS, MOST_CLASSES, NOTHING, ROOM};
use crate::budget::Budget;
use crate::certify::Node;
use crate::exact::{Fluids, Guide};
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

/// Whether who may share decides how many bins there are at least, and not resources alone.
pub(super) fn decides(nodes: &[Node]) -> bool {
    matches!(nodes.last(), Some(Node::Fluid { .. } | Node::Presence { .. }))
}

/// As few bins as a dive says, or some more, but fewer than `start` has. `None`: none were found.
pub(super) fn packing(problem: &Problem, start: &Solution, lower: u64, seed: u64, budget: &Budget) -> Option<Solution> {
    let fluids = Fluids::of(problem);
    let mut dive = fluids.dive(start, Guide::Mixed, seed);
    let mut most = lower;
    loop {
        let left = dive.take_up_to(most, budget).filter(|_| most < start.bins())?;
        // with one bin less than known, whatever is left of bins may find room at last
        let last = most + 1 == start.bins();
        if left < ROOM || last {
            let work = problem.copies().saturating_mul(if last { FILL.1 } else { FILL.0 });
            let found = budget.within(work, |own| fill_sets(problem, &dive.bins(), seed, own));
            if found.is_some() {
                return found;
            }
        }
        // a bin takes no more of what is left than one holds
        most += ((left - ROOM).floor() as u64).clamp(1, start.bins() - most);
    }
}

/// Fewer bins than `start` has, but not fewer than `lower`: one less each time, with other bins again and again until the budget ends.
/// `None`: none were found.
pub(super) fn fewer(
    problem: &Problem,
    (start, lower): (&Solution, u64),
    guide: Guide,
    seed: u64,
    budget: &Budget,
) -> Option<Solution> {
    let fewer = |than: &Solution| than.bins().checked_sub(1).filter(|&most| most >= lower);
    let mut most = fewer(start)?;
    // bins of sand hold more than whole items
    let room = if guide == Guide::Sand { NOTHING } else { ROOM };
    let fluids = Fluids::of(problem);
    let mut dive = fluids.dive(start, guide, seed);
    let (mut best, mut failed) = (None, 0);
    let mut left = dive.take_up_to(most, budget);
    while let Some(missing) = left {
        if missing < room {
            let work = FILL.0.saturating_mul(1 << (failed / 2).min(32)).min(FILL.1);
            let work = problem.copies().saturating_mul(work);
            let found = budget.within(work, |own| fill_sets(problem, &dive.bins(), seed, own));
            failed += 1;
            if let Some(found) = found {
                let next = fewer(&found);
                best = Some(found);
                let Some(next) = next else { break };
                (most, failed) = (next, 0);
                left = dive.take_up_to(most, budget);
                continue;
            }
        }
        left = loop {
            // an exchange that fails may take no work at all
            if budget.spend(1).is_err() {
                break None;
            }
            if let Some(left) = dive.exchange(most, budget) {
                break Some(left);
            }
        };
    }
    best
}
