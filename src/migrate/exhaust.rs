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
    let mut search = Search { job, judge, items, visits, seen: FxHashSet::default(), path: Vec::new(), budget };
    let mut spots = start.clone();
    // of copies that are not beside one another today not every order is tried
    let whole = |&item: &usize| !job.is_copied(item) || job.whole(start, item).is_some();
    let sure = !judge.unsure() && items.iter().all(whole);
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
            if self.items.iter().all(|&item| self.done(&spots, item)) {
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

    /// What tells states apart: copies of one item are as good as one another.
    fn key(&self, spots: &Spots) -> Vec<u32> {
        let of = |item: usize| {
            let members = self.job.items[item].members.iter();
            // there are fewer clusters than that
            members.map(|&it| spots[it].map_or(0, |at| u32::try_from(at + 1).unwrap_or(u32::MAX)))
        };
        let mut key = Vec::new();
        for &item in self.items {
            let siblings = &self.job.items[item].siblings;
            if siblings.len() == 1 {
                key.extend(of(item));
            } else if siblings.start == item {
                let runs = |it: usize| self.job.items[it].members.iter().any(|&it| self.job.start[it].is_some());
                let mut all: Vec<(bool, Vec<u32>)> = siblings.clone().map(|it| (runs(it), of(it).collect())).collect();
                all.sort_unstable();
                all.into_iter().for_each(|(runs, at)| {
                    key.push(u32::from(runs));
                    key.extend(at);
                });
            }
        }
        key
    }

    /// Whether some copy of an item, itself aside, stands in a cluster.
    fn taken(&self, spots: &Spots, item: usize, place: usize) -> bool {
        let mut others = self.job.items[item].siblings.clone().filter(|&it| it != item);
        others.any(|it| self.job.items[it].members.iter().any(|&member| spots[member] == Some(place)))
    }

    fn done(&self, spots: &Spots, item: usize) -> bool {
        if !self.job.is_copied(item) {
            return self.job.done(spots, item);
        }
        match self.job.whole(spots, item) {
            None => false,
            Some(Some(here)) => self.job.goals(item).contains(&here),
            Some(None) => {
                let siblings = &self.job.items[item].siblings;
                let nowhere = siblings.clone().filter(|&it| self.job.whole(spots, it) == Some(None)).count();
                nowhere + self.job.goals(item).len() <= siblings.len()
            }
        }
    }

    /// Where an item that is not done may go to end there.
    fn direct(&self, spots: &Spots, item: usize) -> Vec<usize> {
        let it = &self.job.items[item];
        if !self.job.is_copied(item) {
            return if self.job.done(spots, item) { Vec::new() } else { it.to.into_iter().collect() };
        }
        let whole = self.job.whole(spots, item);
        let here = it.members.iter().find_map(|&member| spots[member]);
        if here.is_some_and(|here| whole.is_some() && self.job.is_held(item, here)) {
            return Vec::new();
        }
        let free = |place: &usize| match whole {
            Some(here) => here != Some(*place) && !self.taken(spots, item, *place),
            None => Some(*place) == here || !self.taken(spots, item, *place),
        };
        let mut goals: Vec<usize> = self.job.goals(item).into_iter().filter(free).collect();
        goals.sort_by_key(|&place| Some(place) != it.to);
        goals
    }

    /// What an item may stop: all of it, for a start later or for good.
    fn stop(&self, spots: &Spots, item: usize) -> Option<Move> {
        let it = &self.job.items[item];
        let stands = it.members.iter().any(|&member| spots[member].is_some() && self.job.start[member].is_some());
        if !self.job.is_copied(item) {
            let stops = it.drops && stands && it.moves && !self.job.done(spots, item);
            return stops.then(|| Move::stop(self.job, spots, item));
        }
        let standing = |it: &usize| self.job.items[*it].members.iter().any(|&member| spots[member].is_some());
        let over = it.siblings.clone().filter(standing).count() > self.job.goals(item).len();
        let here = self.job.whole(spots, item).flatten();
        let held = here.is_some_and(|here| self.job.is_held(item, here));
        let pauses = it.drops && stands && !self.done(spots, item);
        ((over && here.is_some() && !held) || pauses).then(|| Move::stop(self.job, spots, item))
    }

    /// Every safe move: to the end first, then stops, then stays elsewhere. Without stays and stops a move that is in nobody's
    /// way is the only one that need be tried.
    fn moves(&self, spots: &Spots) -> Result<Vec<Move>, Stop> {
        let contents = self.job.contents(spots);
        let mut safe = Vec::new();
        let mut others = Vec::new();
        for &item in self.items {
            let it = &self.job.items[item];
            for to in self.direct(spots, item) {
                let direct = Move::go(self.job, spots, item, to);
                for direct in self.accompanied(spots, direct)? {
                    if !self.allows(spots, &contents, &direct)? {
                        continue;
                    }
                    let alone = !self.visits && direct.with.is_empty() && !self.job.is_copied(item);
                    if alone && self.is_in_nobodys_way(spots, &contents, to)? {
                        return Ok(vec![direct]);
                    }
                    safe.push(direct);
                }
            }
            let stop = self.stop(spots, item).filter(|it| self.job.in_turn(spots, it));
            // who is given up is in nobody's way when it is gone
            let over = stop.is_some() && it.to.is_none();
            let list = if over { &mut safe } else { &mut others };
            list.extend(stop);
            let whole = self.job.whole(spots, item);
            // who is not beside one another yet may gather elsewhere; of copies that is not tried
            if !self.visits || !it.visits || (whole.is_none() && self.job.is_copied(item)) {
                continue;
            }
            for place in 0..self.job.places.len() {
                let goal =
                    if self.job.is_copied(item) { self.job.goals(item).contains(&place) } else { Some(place) == it.to };
                if Some(place) == whole.flatten() || goal {
                    continue;
                }
                let visit = Move::go(self.job, spots, item, place);
                for visit in self.accompanied(spots, visit)? {
                    if self.allows(spots, &contents, &visit)? {
                        others.push(visit);
                    }
                }
            }
        }
        safe.extend(others);
        Ok(safe)
    }

    /// A move with all who must go at once with it, in every way: each of them to any cluster of that region where it may end, or
    /// stay for a time.
    fn accompanied(&self, spots: &Spots, first: Move) -> Result<Vec<Move>, Stop> {
        let region = first.to.and_then(|to| self.job.places[to].region);
        let mut ways = vec![first];
        for item in self.job.company(spots, &ways[0]) {
            let mut places = self.direct(spots, item);
            let stays = self.visits && self.job.items[item].visits && self.job.whole(spots, item).is_some();
            places.extend((0..self.job.places.len()).filter(|_| stays));
            places.retain(|&place| self.job.places[place].region == region);
            places.sort_unstable();
            places.dedup();
            self.budget.spend((ways.len() * places.len()) as u64)?;
            let siblings = &self.job.items[item].siblings;
            let beside = |way: &Move, place: usize| {
                let mut copies = way.parts().filter(|part| siblings.contains(&part.item));
                copies.any(|part| part.to == Some(place)) || self.taken(spots, item, place)
            };
            let with = |way: &Move| -> Vec<Move> {
                let free = places.iter().filter(|&&place| !beside(way, place));
                let one = |&place: &usize| {
                    let mut way = way.clone();
                    way.with.push(Move::go(self.job, spots, item, place));
                    way
                };
                free.map(one).collect()
            };
            ways = ways.iter().flat_map(with).collect();
        }
        Ok(ways)
    }

    fn allows(&self, spots: &Spots, contents: &[Vec<usize>], it: &Move) -> Result<bool, Stop> {
        if !self.job.in_turn(spots, it) {
            return Ok(false);
        }
        if it.with.is_empty() {
            return self.takes((spots, spots), contents, it);
        }
        let (mut full, mut after) = (contents.to_vec(), spots.clone());
        for part in it.parts() {
            if !self.takes((spots, &after), &full, part)? {
                return Ok(false);
            }
            part.apply(&mut after);
            if let Some(to) = part.to {
                full[to] = merged(&full[to], &part.starts);
            }
        }
        Ok(true)
    }

    /// Whether a cluster takes who starts in one part of a move: where everybody stands before it and with what is done of it, and
    /// who is in each cluster with those who start.
    fn takes(&self, (before, after): (&Spots, &Spots), full: &[Vec<usize>], it: &Move) -> Result<bool, Stop> {
        let Some(to) = it.to.filter(|_| !it.starts.is_empty()) else { return Ok(true) };
        let place = &self.job.places[to];
        self.budget.spend(10 + (full[to].len() * it.starts.len()) as u64)?;
        if full[to].is_empty() && !place.kept {
            let mut counts = self.judge.counts(self.job, full);
            if !self.judge.open(self.job, &mut counts, to) {
                return Ok(false);
            }
        }
        let stands = |copy: usize| [before[copy], after[copy]];
        Ok(self.judge.refuses_at(self.job, &stands, to, &full[to], &it.starts).is_none())
    }

    /// Whether a cluster takes all who will ever come to it beside all who are there: then no order matters at its door.
    fn is_in_nobodys_way(&self, spots: &Spots, contents: &[Vec<usize>], to: usize) -> Result<bool, Stop> {
        let later = |item: &&usize| self.job.items[**item].to == Some(to) && !self.job.done(spots, **item);
        let coming: Vec<usize> =
            self.items.iter().filter(later).flat_map(|&item| self.job.items[item].members.iter().copied()).collect();
        self.budget.spend(10 + (contents[to].len() + coming.len()) as u64 * coming.len() as u64)?;
        let coming = merged(&coming, &[]);
        // a cluster in which nobody is sure to remain might have to be empty for a time, so that another can be made
        let remains =
            |&copy: &usize| self.job.goal[copy] == Some(to) && self.job.copies(self.job.whose.one(copy)).len() == 1;
        let counted = !self.job.places[to].kept && !contents[to].iter().any(remains);
        let limited = counted && self.judge.fleet.limits().iter().any(|limit| self.job.under(limit, to));
        let nodes = self.judge.fleet.shape(self.job.places[to].site).packs_nodes();
        Ok(!limited && !nodes && self.judge.refuses(self.job.places[to].site, &contents[to], &coming).is_none())
    }
}
