//! All orders there are, for small cores: either one is found, or it is shown that there is none.

use rustc_hash::FxHashSet;

use super::job::{Job, Move, Spots};
use super::judge::{Judge, merged};
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

/// One move at a time is enough: a batch is safe with all its starts and no stop, so its moves are safe one after another.
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
    let mut search = Search { job, judge, items, visits, seen: FxHashSet::default(), path: Vec::new(), budget };
    let mut spots = start.clone();
    let sure = !judge.unsure();
    match search.from(&mut spots) {
        Ok(true) => Searched::Found(search.path),
        Ok(false) if sure && !judge.unsure() => Searched::None(search.seen.len() as u64),
        Ok(false) | Err(_) => Searched::Unknown,
    }
}

struct Search<'a, 'p> {
    job: &'a Job<'p>,
    judge: &'a Judge<'p>,
    items: &'a [usize],
    visits: bool,
    seen: FxHashSet<Vec<u32>>,
    path: Vec<Move>,
    budget: &'a Budget<'a>,
}

/// A state on the way: where it was left, and what can be done next.
struct Level {
    spots: Spots,
    next: std::vec::IntoIter<Move>,
}

impl Search<'_, '_> {
    /// Whether the end is reached from here; the path leads there then.
    fn from(&mut self, start: &mut Spots) -> Result<bool, Stop> {
        let mut levels: Vec<Level> = Vec::new();
        let mut spots = start.clone();
        loop {
            if self.items.iter().all(|&item| self.job.done(&spots, item)) {
                return Ok(true);
            }
            if self.seen.insert(self.key(&spots)) {
                let next = self.moves(&spots)?.into_iter();
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

    fn key(&self, spots: &Spots) -> Vec<u32> {
        let members = self.items.iter().flat_map(|&item| &self.job.items[item].members);
        // there are fewer clusters than that
        members.map(|&it| spots[it].map_or(0, |at| u32::try_from(at + 1).unwrap_or(u32::MAX))).collect()
    }

    /// Every safe move: to the end first, then stops, then stays elsewhere. Without stays and stops a move that is in nobody's
    /// way is the only one that need be tried.
    fn moves(&self, spots: &Spots) -> Result<Vec<Move>, Stop> {
        let contents = self.job.contents(spots);
        let mut safe = Vec::new();
        let mut others = Vec::new();
        for &item in self.items {
            let it = &self.job.items[item];
            let direct = Move::go(self.job, spots, item, it.to);
            if !self.job.done(spots, item) && self.allows(&contents, &direct)? {
                if !self.visits && self.is_in_nobodys_way(spots, &contents, it.to)? {
                    return Ok(vec![direct]);
                }
                safe.push(direct);
            }
            let stands = it.members.iter().any(|&member| spots[member].is_some() && self.job.start[member].is_some());
            if it.drops && stands && it.moves && !self.job.done(spots, item) {
                others.push(Move::stop(self.job, spots, item));
            }
            let Some(here) = self.job.whole(spots, item).filter(|_| self.visits && it.visits) else { continue };
            for place in 0..self.job.places.len() {
                if Some(place) == here || place == it.to {
                    continue;
                }
                let visit = Move::go(self.job, spots, item, place);
                if self.allows(&contents, &visit)? {
                    others.push(visit);
                }
            }
        }
        safe.extend(others);
        Ok(safe)
    }

    fn allows(&self, contents: &[Vec<usize>], it: &Move) -> Result<bool, Stop> {
        let Some(to) = it.to.filter(|_| !it.starts.is_empty()) else { return Ok(true) };
        let place = &self.job.places[to];
        self.budget.spend(10 + (contents[to].len() * it.starts.len()) as u64)?;
        if contents[to].is_empty() && !place.kept {
            let mut counts = self.judge.counts(self.job, contents);
            if !self.judge.open(self.job, &mut counts, to) {
                return Ok(false);
            }
        }
        Ok(self.judge.refuses_on_nodes(self.job, to, &contents[to], &it.starts).is_none())
    }

    /// Whether a cluster takes all who will ever come to it beside all who are there: then no order matters at its door.
    fn is_in_nobodys_way(&self, spots: &Spots, contents: &[Vec<usize>], to: usize) -> Result<bool, Stop> {
        let later = |item: &&usize| self.job.items[**item].to == to && !self.job.done(spots, **item);
        let coming: Vec<usize> =
            self.items.iter().filter(later).flat_map(|&item| self.job.items[item].members.iter().copied()).collect();
        self.budget.spend(10 + (contents[to].len() + coming.len()) as u64 * coming.len() as u64)?;
        let coming = merged(&coming, &[]);
        let limited =
            self.judge.fleet.limits().iter().any(|limit| contents[to].is_empty() && self.job.under(limit, to));
        let nodes = self.judge.fleet.shape(self.job.places[to].site).packs_nodes();
        Ok(!limited && !nodes && self.judge.refuses(self.job.places[to].site, &contents[to], &coming).is_none())
    }
}
