//! Packings by way of the classes, where many of them distrust one another: which classes are to share each bin is settled before any item has
//! its place.

use super::effort::fluid::{
    AIM, ALL, BOUND, CONFLICTS, FAILED, FILL, IDLE, ITEMS_A_CLASS, LESS, LITTLE, MIXED, MORE, MOST_CLASSES,
    MOST_SEARCHED, MUCH, NOTHING, OTHER, ROOM, SEARCH, SOON,
};
use crate::budget::Budget;
use crate::certify::Node;
use crate::exact::{Dive, Fluids, Guide};
use crate::heuristic::{Crowded, fill_meant};
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
fn decides(nodes: &[Node]) -> bool {
    matches!(nodes.last(), Some(Node::Fluid { .. } | Node::Presence { .. }))
}

/// As few bins as a dive says, or as the dearest sets one after the other, or some more, but fewer than `start` has. `None`: none were found.
pub(super) fn packing(problem: &Problem, start: &Solution, lower: u64, seed: u64, budget: &Budget) -> Option<Solution> {
    let fluids = Fluids::of(problem, Guide::Mixed);
    let mut dive = fluids.dive(start, seed);
    if by_prices(&mut dive, lower, start) {
        // the search for fewer dives, which takes longer
        let missing = dive.take_the_dearest(lower, budget)?;
        dive.take_the_dearest(enough(lower, missing, start.bins() - 1), budget)?;
        return packed(fill(problem, &dive, FILL.0, seed, budget), start);
    }
    let mut most = lower;
    loop {
        let left = dive.take_up_to(most, budget).filter(|_| most < start.bins())?;
        // with one bin less than known, whatever is left of bins may find room at last
        let last = most + 1 == start.bins();
        if left < ROOM || last {
            let found = packed(fill(problem, &dive, if last { FILL.1 } else { FILL.0 }, seed, budget), start);
            if found.is_some() {
                return found;
            }
        }
        // a bin takes no more of what is left than one holds
        most += ((left - ROOM).floor() as u64).clamp(1, start.bins() - most);
    }
}

/// The items in the bins of a dive, with so much work a copy.
fn fill(problem: &Problem, dive: &Dive, work: u64, seed: u64, budget: &Budget) -> Result<Solution, Crowded> {
    let work = problem.copies().saturating_mul(work);
    budget.within(work, |own| fill_meant(problem, dive.kinds(), &dive.bins(), seed, own))
}

/// What was found, with further bins for what was too much, if these are fewer than `start` has.
fn packed(filled: Result<Solution, Crowded>, start: &Solution) -> Option<Solution> {
    filled.map_or_else(|crowded| crowded.spilled, Some).filter(|it| it.bins() < start.bins())
}

/// So many bins, up to `last`, as are likely to do where so much is missing with `lower`.
fn enough(lower: u64, missing: f64, last: u64) -> u64 {
    (lower + (missing * MORE).ceil() as u64).min(last)
}

/// Fewer bins than `start` has, but not fewer than `lower`: at first far fewer, one more each time that the items find no room again and again,
/// or that exchanges leave no less; and one less once there is a packing. `None`: none were found.
pub(super) fn fewer(
    problem: &Problem,
    (start, lower): (&Solution, u64),
    guide: Guide,
    seed: u64,
    budget: &Budget,
) -> Option<Solution> {
    let below = |than: &Solution| than.bins().checked_sub(1).filter(|&most| most >= lower);
    let mut last = below(start)?;
    let fluids = Fluids::of(problem, guide);
    let mut dive = fluids.dive(start, seed);
    let priced = by_prices(&mut dive, lower, start);
    // bins of sand hold more than whole items
    let mut room = match guide {
        Guide::Sand => NOTHING,
        Guide::Mixed | Guide::Bulk if priced => MUCH,
        Guide::Mixed | Guide::Bulk => ROOM,
    };
    let patience = if priced { SOON } else { IDLE };
    let (mut best, mut aim) =
        (None, Aim::at(if priced { lower } else { lower + (last - lower) / AIM }, room, patience));
    let mut left = dive.take_up_to(aim.bins, budget);
    if let Some(missing) = left.filter(|_| priced) {
        aim.bins = enough(lower, missing, last);
        left = dive.take_up_to(aim.bins, budget);
    }
    while let Some(missing) = left {
        if missing <= aim.room {
            let work = FILL.0.saturating_mul(1 << (aim.failed / 2).min(32)).min(FILL.1);
            let filled = fill(problem, &dive, work, seed, budget);
            let (found, crowded) = match filled {
                Ok(found) => (Some(found), None),
                Err(Crowded { bins, spilled }) => (spilled, Some(bins)),
            };
            if let Some(found) = found.filter(|found| found.bins() <= last) {
                let next = below(&found);
                best = Some(found);
                let Some(next) = next else { break };
                last = next;
            }
            if aim.bins > last {
                aim = Aim::at(if priced { last - (last - lower) / AIM } else { last }, room, patience);
                left = dive.take_up_to(aim.bins, budget);
                continue;
            }
            if crowded.as_ref().is_some_and(|bins| priced && bins.is_empty()) {
                break; // the items are too many to be tried
            }
            if priced && (missing > LITTLE || crowded.is_none()) {
                // there may be a packing now, with further bins, and the next attempt is for so many
                room = if room > ROOM { ROOM } else { LITTLE };
                aim.room = f64::min(room, missing / 2.0);
            } else if let Some(crowded) = crowded {
                aim.failed += 1;
                aim.searched = false;
                dive.wants_more(&crowded, budget);
            }
        }
        if !aim.searched && aim.bins <= MOST_SEARCHED {
            aim.searched = true;
            let found = budget.within(SEARCH.1, |own| dive.search(aim.bins, SEARCH.0, own));
            if found.is_some() {
                left = found;
                continue;
            }
        }
        left = loop {
            if aim.bins < last && aim.leads_nowhere() {
                // far from any plan one bin more is no help
                let more = (missing / 2.0).floor() as u64;
                aim = Aim::at(aim.bins + more.clamp(1, last - aim.bins), room, patience);
                break dive.take_up_to(aim.bins, budget);
            }
            // an exchange that fails may take no work at all
            if budget.spend(1).is_err() {
                break None;
            }
            aim.idle += 1;
            if let Some(left) = dive.exchange(aim.bins, aim.room, budget) {
                aim.leaves(left);
                break Some(left);
            }
        };
    }
    best
}

/// Whether the bins of a dive are exchanged by prices: where there are not so few that dives which differ in few decisions do.
fn by_prices(dive: &mut Dive, lower: u64, start: &Solution) -> bool {
    lower > MOST_SEARCHED && dive.exchange_by_prices(start.bins())
}

/// What guides searches for fewer bins than `start` has, but not fewer than `lower`, with eighths of the time and of the work for each.
pub(super) fn guides(problem: &Problem, start: &Solution, lower: u64, nodes: &[Node]) -> Vec<(Guide, u32)> {
    let fluids = Fluids::of(problem, Guide::Mixed);
    match decides(nodes) {
        true => vec![(Guide::Mixed, MIXED), (Guide::Sand, OTHER)],
        false if by_prices(&mut fluids.dive(start, 0), lower, start) => vec![(Guide::Mixed, ALL)],
        false => vec![(Guide::Mixed, MIXED), (Guide::Bulk, OTHER)],
    }
}

/// A number of bins, and how the search for them goes.
struct Aim {
    bins: u64,
    /// What may be left, in bins, for the items to be tried.
    room: f64,
    /// So many exchanges may leave no less.
    patience: u64,
    /// Whether it was searched for with what the classes count for now.
    searched: bool,
    /// How often the items found no room.
    failed: u64,
    /// Exchanges since less was left.
    idle: u64,
    /// The least that was left.
    least: f64,
}

impl Aim {
    fn at(bins: u64, room: f64, patience: u64) -> Self {
        Self { bins, room, patience, searched: false, failed: 0, idle: 0, least: f64::INFINITY }
    }

    /// An exchange left so much.
    fn leaves(&mut self, left: f64) {
        if left < self.least * LESS {
            (self.least, self.idle) = (left, 0);
        }
    }

    fn leads_nowhere(&self) -> bool {
        self.failed > FAILED || self.idle > self.patience
    }
}
