//! What can be done next from a state, and what tells states apart: for the searches of orders.

use std::collections::BTreeMap;

use super::job::{Job, Move, Spots};
use super::judge::{Judge, merged};
use crate::budget::{Budget, Stop};

/// Parts of one split, of one size, all of which run today or all new; or an item by itself. Which of them ends where is open, and
/// which are given up.
struct Kind {
    items: Vec<usize>,
    /// So many of them in each cluster of the plan.
    goals: BTreeMap<usize, usize>,
    /// Whether some may stay elsewhere for a time.
    visits: bool,
}

impl Kind {
    /// So many of them the plan has.
    fn planned(&self) -> usize {
        self.goals.values().sum()
    }
}

/// The steps of a search: moves of these items. `visits`: they may also stay in other clusters for a time.
pub(super) struct Next<'a, 'p> {
    job: &'a Job<'p>,
    judge: &'a Judge<'p>,
    items: &'a [usize],
    visits: bool,
    /// All of them, those that nothing tells apart but where they are put together.
    kinds: Vec<Kind>,
    /// Of each item of the job its kind, if it is a part of a split.
    kind_of: Vec<Option<usize>>,
    budget: &'a Budget<'a>,
}

impl<'a, 'p> Next<'a, 'p> {
    /// Complexity: n log n in the items.
    pub fn new(
        job: &'a Job<'p>,
        judge: &'a Judge<'p>,
        items: &'a [usize],
        visits: bool,
        budget: &'a Budget<'a>,
    ) -> Self {
        let (mut kinds, mut known): (Vec<Kind>, _) = (Vec::new(), BTreeMap::new());
        let mut kind_of = vec![None; job.items.len()];
        for &item in items {
            let it = &job.items[item];
            let mut at = kinds.len();
            if let ([member], Some(replicas)) = (&it.members[..], job.replicas_of(item)) {
                let workload = job.whose.one(*member);
                // a cluster may be closed to all but those that run there today
                let closed: Vec<bool> = job.places.iter().map(|place| judge.shuts(place.site, *member)).collect();
                let key = (job.whole[workload], replicas, job.start[*member].is_some(), closed);
                at = *known.entry(key).or_insert(at);
                kind_of[item] = Some(at);
            }
            if at == kinds.len() {
                kinds.push(Kind { items: Vec::new(), goals: BTreeMap::new(), visits: false });
            }
            kinds[at].items.push(item);
            kinds[at].visits |= it.visits;
            it.to.into_iter().for_each(|to| *kinds[at].goals.entry(to).or_insert(0) += 1);
        }
        Self { job, judge, items, visits, kinds, kind_of, budget }
    }

    /// The kind of a part of a split.
    fn kind(&self, item: usize) -> Option<&Kind> {
        self.kind_of[item].map(|kind| &self.kinds[kind])
    }

    /// Where an item that is no copy among others stands: all of it.
    fn at(&self, spots: &Spots, item: usize) -> Option<usize> {
        spots[self.job.items[item].members[0]]
    }

    /// So many of a kind stand in a cluster.
    fn count(&self, kind: &Kind, spots: &Spots, place: usize) -> usize {
        kind.items.iter().filter(|&&item| self.at(spots, item) == Some(place)).count()
    }

    /// So many of a kind stand somewhere.
    fn standing(&self, kind: &Kind, spots: &Spots) -> usize {
        kind.items.iter().filter(|&&item| self.at(spots, item).is_some()).count()
    }

    /// Whether all of them are where they shall be.
    pub fn all_done(&self, spots: &Spots) -> bool {
        self.items.iter().all(|&item| self.done(spots, item))
    }

    /// So many moves at least are to come: whoever is not done moves once, who keeps state stops and starts.
    pub fn least(&self, spots: &Spots) -> u64 {
        self.kinds.iter().map(|kind| self.least_of(kind, spots)).sum()
    }

    fn least_of(&self, kind: &Kind, spots: &Spots) -> u64 {
        let item = kind.items[0];
        let it = &self.job.items[item];
        let keeps = it.members.iter().any(|&member| self.job.stateful[member]);
        if self.kind_of[item].is_some() {
            let standing = self.standing(kind, spots);
            let arrived: usize =
                kind.goals.iter().map(|(&place, &goal)| self.count(kind, spots, place).min(goal)).sum();
            let (away, missing) = (standing - arrived, kind.planned() - arrived);
            return if keeps { away + missing } else { away.max(missing) } as u64;
        }
        if !self.job.is_copied(item) {
            let stops =
                |&member: &usize| self.job.stateful[member] && spots[member].is_some_and(|at| Some(at) != it.to);
            let twice = it.to.is_some() && it.members.iter().any(stops);
            return if self.done(spots, item) { 0 } else { 1 + u64::from(twice) };
        }
        if it.siblings.start != item {
            return 0; // counted with the first
        }
        let goals = self.job.goals(item);
        let whole: Vec<_> = it.siblings.clone().map(|sibling| self.job.whole(spots, sibling)).collect();
        let arrived = whole.iter().filter(|it| matches!(it, Some(Some(at)) if goals.contains(at))).count();
        let nowhere = whole.iter().filter(|it| **it == Some(None)).count();
        let away = whole.len() - arrived - nowhere;
        away.max(goals.len().saturating_sub(arrived)) as u64
    }

    /// Lent clusters that a move makes.
    pub fn made(&self, spots: &Spots, it: &Move) -> u64 {
        let lent = |part: &&Move| !part.starts.is_empty() && part.to.is_some_and(|to| self.job.places[to].lent);
        let mut made: Vec<usize> = it.parts().filter(lent).filter_map(|part| part.to).collect();
        made.sort_unstable();
        made.dedup();
        made.retain(|to| !spots.contains(&Some(*to)));
        made.len() as u64
    }
    /// What tells states apart: copies of one item are as good as one another, and so are those of one kind.
    pub fn key(&self, spots: &Spots) -> Vec<u32> {
        let of = |item: usize| {
            let members = self.job.items[item].members.iter();
            // there are fewer clusters than that
            members.map(|&it| spots[it].map_or(0, |at| u32::try_from(at + 1).unwrap_or(u32::MAX)))
        };
        let mut key = Vec::new();
        for kind in &self.kinds {
            let item = kind.items[0];
            let siblings = &self.job.items[item].siblings;
            if siblings.len() == 1 {
                let first = key.len();
                key.extend(kind.items.iter().flat_map(|&item| of(item)));
                if kind.items.len() > 1 {
                    key[first..].sort_unstable();
                }
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
        if let Some(kind) = self.kind(item) {
            let goal = |place: usize| kind.goals.get(&place).copied().unwrap_or(0);
            return match self.at(spots, item) {
                Some(here) => self.count(kind, spots, here) <= goal(here),
                None => self.standing(kind, spots) >= kind.planned(),
            };
        }
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
        if let Some(kind) = self.kind(item) {
            let free = |place: &usize| self.count(kind, spots, *place) < kind.goals[place];
            let mut goals: Vec<usize> = kind.goals.keys().copied().filter(free).collect();
            goals.retain(|_| !self.done(spots, item));
            goals.sort_by_key(|&place| Some(place) != it.to);
            return goals;
        }
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
            // whether one of a kind may is a matter of all parts of its split
            let may = self.kind_of[item].is_some() || (it.drops && it.moves);
            let stops = may && stands && !self.done(spots, item);
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
    pub fn moves(&self, spots: &Spots) -> Result<Vec<Move>, Stop> {
        let contents = self.job.contents(spots);
        let mut safe = Vec::new();
        let mut others = Vec::new();
        let unlike = |items: &[usize], index: usize| {
            items[..index].iter().all(|&other| self.at(spots, other) != self.at(spots, items[index]))
        };
        let first_of_each_place = self.kinds.iter().flat_map(|kind| {
            let first = move |&index: &usize| unlike(&kind.items, index);
            (0..kind.items.len()).filter(first).map(|index| kind.items[index])
        });
        for item in first_of_each_place {
            let it = &self.job.items[item];
            for to in self.direct(spots, item) {
                let direct = Move::go(self.job, spots, item, to);
                let ways = match self.kind_of[item] {
                    Some(_) if !self.job.in_turn(spots, &direct) => self.at_once(spots, direct)?,
                    _ => self.accompanied(spots, direct)?,
                };
                for direct in ways {
                    if !self.allows(spots, &contents, &direct)? {
                        continue;
                    }
                    // of several that may come who does is no matter of this cluster alone
                    let one_way =
                        self.kind(item).is_none_or(|kind| kind.goals.len() < 2 && kind.items.len() == kind.planned());
                    let alone = !self.visits && direct.with.is_empty() && !self.job.is_copied(item) && one_way;
                    if alone && self.is_in_nobodys_way(spots, &contents, to)? {
                        return Ok(vec![direct]);
                    }
                    safe.push(direct);
                }
            }
            let stop = self.stop(spots, item).filter(|it| self.job.in_turn(spots, it));
            // who is given up is in nobody's way when it is gone
            let over = self.kind(item).map_or(it.to.is_none(), |kind| self.standing(kind, spots) > kind.planned());
            let list = if over { &mut safe } else { &mut others };
            list.extend(stop);
            let whole = self.job.whole(spots, item);
            // who is not beside one another yet may gather elsewhere; of copies that is not tried
            let visits = self.kind(item).map_or_else(|| self.job.may_visit(item, spots), |kind| kind.visits);
            if !self.visits || !visits || (whole.is_none() && self.job.is_copied(item)) {
                continue;
            }
            let direct = self.direct(spots, item);
            for place in 0..self.job.places.len() {
                let goal = match self.kind_of[item] {
                    Some(_) => direct.contains(&place),
                    None if self.job.is_copied(item) => self.job.goals(item).contains(&place),
                    None => Some(place) == it.to,
                };
                if Some(place) == whole.flatten() || goal {
                    continue;
                }
                let mut visit = Move::go(self.job, spots, item, place);
                if self.kind_of[item].is_some() && !self.job.in_turn(spots, &visit) {
                    visit = self.job.gathered(spots, visit);
                }
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

    /// A move of a part of a split, which alone would be in too many clusters, with others that are not where they shall be: with those
    /// from the same cluster to the same, with all from that cluster, with all of the split.
    fn at_once(&self, spots: &Spots, first: Move) -> Result<Vec<Move>, Stop> {
        let (Some(split), Some(to)) = (self.job.split_at(first.item), first.to) else { return Ok(Vec::new()) };
        if self.job.splits[&split].stateful {
            return Ok(Vec::new()); // its parts stop before they start
        }
        let here = self.at(spots, first.item);
        let parts = &self.job.parts[&split];
        self.budget.spend(10 + 3 * parts.len() as u64)?;
        let way = |place: Option<usize>, all: bool| {
            let mut after = spots.clone();
            first.apply(&mut after);
            let mut with = Vec::new();
            for &other in parts.iter().filter(|&&it| it != first.item && (all || self.at(spots, it) == here)) {
                let goals = self.direct(&after, other);
                let goal = goals.iter().find(|&&it| it == to).or_else(|| goals.first());
                let part = match goal {
                    Some(&goal) if place.is_none_or(|place| place == goal) => Move::go(self.job, spots, other, goal),
                    None if all && !self.done(&after, other) => Move::stop(self.job, spots, other),
                    _ => continue,
                };
                part.apply(&mut after);
                with.push(part);
            }
            Move { with, ..first.clone() }
        };
        let mut ways = vec![way(Some(to), false), way(None, false), way(None, true)];
        ways.dedup();
        ways.retain(|it| !it.with.is_empty());
        Ok(ways)
    }

    /// A move with all who must go at once with it, in every way: each of them to any cluster of that region where it may end, or
    /// stay for a time.
    fn accompanied(&self, spots: &Spots, first: Move) -> Result<Vec<Move>, Stop> {
        let region = first.to.and_then(|to| self.job.places[to].region);
        let mut ways = vec![first];
        for item in self.job.company(spots, &ways[0]) {
            let mut places = self.direct(spots, item);
            let stays = self.visits && self.job.may_visit(item, spots) && self.job.whole(spots, item).is_some();
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

    /// Whether a move is safe from a state; `contents`: who is in each cluster.
    pub fn allows(&self, spots: &Spots, contents: &[Vec<usize>], it: &Move) -> Result<bool, Stop> {
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
