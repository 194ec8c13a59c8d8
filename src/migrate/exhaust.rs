//! All orders there are, for small cores: either one is found, or it is shown that there is none.

use rustc_hash::FxHashSet;

use super::job::{Job, Move, Spots};
use super::judge::Judge;
use super::next::Next;
use crate::budget::{Budget, Stop};

/// What a search of all orders says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Searched {
    /// One order, move by move.
    Found(Vec<Move>),
    /// Every state that can be reached was seen (so many): none leads to the end.
    None(u64),
    /// The work ended, or a search on nodes had no answer.
    Unknown,
}

/// One move at a time is enough: a batch is safe with all its starts and no stop, so its moves are safe one after another; but for
/// a group that goes to another region, which goes at once.
///
/// Depth first over the states of these items, each seen once. `visits`: they may also stay in other clusters for a time.
/// Complexity: the states that can be reached, times the moves from each.
pub(super) fn exhaust(
    job: &Job,
    judge: &Judge,
    start: &Spots,
    items: &[usize],
    visits: bool,
    budget: &Budget,
) -> Searched {
    let next = Next::new(job, judge, items, visits, budget);
    let mut search = Search { next, seen: FxHashSet::default(), path: Vec::new() };
    let sure = !judge.unsure() && every_order_is_tried(job, start, items);
    match search.from(start) {
        Ok(true) => Searched::Found(search.path),
        Ok(false) if sure && !judge.unsure() => Searched::None(search.seen.len() as u64),
        Ok(false) | Err(_) => Searched::Unknown,
    }
}

/// Whether that is so: of copies that are not beside one another today not every order is tried.
pub(super) fn every_order_is_tried(job: &Job, start: &Spots, items: &[usize]) -> bool {
    items.iter().all(|&item| !job.is_copied(item) || job.whole(start, item).is_some())
}

struct Search<'a, 'p> {
    next: Next<'a, 'p>,
    seen: FxHashSet<Vec<u32>>,
    path: Vec<Move>,
}

/// A state on the way: where it was left, and what can be done next.
struct Level {
    spots: Spots,
    next: std::vec::IntoIter<Move>,
}

impl Search<'_, '_> {
    /// Whether the end is reached from here; the path leads there then.
    fn from(&mut self, start: &Spots) -> Result<bool, Stop> {
        let mut levels: Vec<Level> = Vec::new();
        let mut spots = start.clone();
        loop {
            if self.next.all_done(&spots) {
                return Ok(true);
            }
            if self.seen.insert(self.next.key(&spots)) {
                let next = self.next.moves(&spots)?.into_iter();
                levels.push(Level { spots, next });
            } else {
                self.path.pop();
            }
            // the next move from the deepest state that has one
            spots = loop {
                let Some(level) = levels.last_mut() else { return Ok(false) };
                if let Some(chosen) = level.next.next() {
                    let mut spots = level.spots.clone();
                    chosen.apply(&mut spots);
                    self.path.push(chosen);
                    break spots;
                }
                levels.pop();
                self.path.pop();
            };
        }
    }
}
