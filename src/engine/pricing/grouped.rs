//! The heaviest bin where a bin holds few groups at most and each takes some of its room.
//!
//! Items go group after group. A programme for each resource by itself says what the rest can be worth with so much room and so many groups
//! more; a search goes down it from every group that may be a bin's first. With one resource and no conflict it never turns back.

use crate::budget::{Budget, Stop};
use crate::problem::Problem;

/// Numbers in the programmes of one search.
const NUMBERS: usize = 1 << 23;
/// Steps from each root unless the search is to be exact.
const STEPS: u64 = 20_000;

/// Nothing where that is less.
fn plus(promise: u64, worth: i64) -> u64 {
    promise.saturating_add_signed(worth)
}

/// A bin's content and what it is worth.
pub type Found = (u64, Vec<(usize, u64)>);

/// How far a search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// One bin from each first group, with few steps for each.
    Diverse,
    /// The same, however long it takes: the bound is what the best is worth, or at most the threshold.
    Exact,
    /// One bin, nearly the best.
    Best,
}

/// What a search found.
pub struct Priced {
    /// No bin is worth more.
    pub bound: u64,
    /// Bins worth more than was asked for, no two from the same first group.
    pub found: Vec<Found>,
}

struct Group {
    group: Option<usize>,
    start: usize,
    end: usize,
    counts: usize,
    overhead: Vec<u64>,
}

/// The search for one bin type.
pub struct Grouped<'p> {
    problem: &'p Problem,
    bin: usize,
    /// Item types that fit the bin, group after group.
    items: Vec<usize>,
    groups: Vec<Group>,
    /// Groups that a bin holds, where that has to be counted.
    most: usize,
    conflicts: bool,
}

/// One resource's programme: `later[node]` is what comes from there on, by groups and room. Nodes: items, then groups (closed).
struct Table {
    capacity: u64,
    width: usize,
    later: Vec<Vec<u64>>,
}

impl Table {
    fn step(&self, amount: u64) -> usize {
        match self.capacity <= self.width as u64 {
            true => amount as usize,
            false => (u128::from(amount) * self.width as u128 / u128::from(self.capacity)) as usize,
        }
    }
}

struct Walk<'w, 'p> {
    pricer: &'w Grouped<'p>,
    items: &'w [usize],
    groups: &'w [(usize, usize, usize)],
    tables: Vec<Table>,
    weights: &'w [u64],
    /// What every group in it makes a bin worth more, or less; empty: nothing.
    openings: &'w [i64],
    demand: &'w [u64],
    best: u64,
    path: Vec<(usize, u64)>,
    kept: Vec<(usize, u64)>,
    steps: u64,
    limit: u64,
}

impl<'p> Grouped<'p> {
    /// For bins of this type.
    pub fn new(problem: &'p Problem, bin: usize) -> Self {
        let mut items: Vec<usize> = (0..problem.items().len()).filter(|&item| problem.fits_alone(item, bin)).collect();
        items.sort_by_key(|&item| (problem.group(item), std::cmp::Reverse(problem.items()[item].size.clone())));
        let mut groups: Vec<Group> = Vec::new();
        for (position, &item) in items.iter().enumerate() {
            let group = problem.group(item);
            match groups.last_mut() {
                Some(last) if problem.group(items[last.start]) == group => last.end = position + 1,
                _ => groups.push(Group {
                    group,
                    start: position,
                    end: position + 1,
                    counts: usize::from(group.is_some()),
                    overhead: group.map_or_else(Vec::new, |group| problem.overhead(group).to_vec()),
                }),
            }
        }
        let all: usize = groups.iter().map(|group| group.counts).sum();
        let most = problem.most_groups(bin).and_then(|most| usize::try_from(most).ok()).filter(|&most| most < all);
        if most.is_none() {
            groups.iter_mut().for_each(|group| group.counts = 0);
        }
        let classes = problem.conflicts();
        let conflicts = !(0..classes.len()).all(|class| classes.row(class).is_clear());
        Self { problem, bin, items, groups, most: most.unwrap_or(0), conflicts }
    }

    /// The bin type.
    pub fn bin(&self) -> usize {
        self.bin
    }

    /// The heaviest bins, each worth more than `threshold`, of copies that are left. `openings`: what a group makes a bin worth more, or
    /// less, that holds an item of it; empty: nothing.
    ///
    /// # Errors
    /// [`Stop`].
    pub fn heaviest(
        &self,
        weights: &[u64],
        openings: &[i64],
        demand: &[u64],
        threshold: u64,
        effort: Effort,
        budget: &Budget,
    ) -> Result<Priced, Stop> {
        // what is worth nothing is left out
        let mut items = Vec::new();
        let mut groups = Vec::new();
        let mut kept = Vec::new();
        for (number, group) in self.groups.iter().enumerate() {
            let start = items.len();
            let own = self.items[group.start..group.end].iter();
            let sought = group.group.is_some_and(|group| openings.get(group).is_some_and(|&worth| worth > 0));
            items.extend(own.copied().filter(|&item| (sought || weights[item] > 0) && demand[item] > 0));
            if items.len() > start {
                groups.push((start, items.len(), number));
                kept.push(number);
            }
        }
        let capacity = &self.problem.bins()[self.bin].capacity;
        let rows = (items.len() + groups.len() + 1) * (self.most + 1) * capacity.len().max(1);
        let widest = (NUMBERS / rows).max(2) - 1;
        let mut walk = Walk {
            pricer: self,
            items: &items,
            groups: &groups,
            tables: Vec::new(),
            weights,
            openings,
            demand,
            best: 0,
            path: Vec::new(),
            kept: Vec::new(),
            steps: 0,
            limit: if effort == Effort::Exact { u64::MAX } else { STEPS },
        };
        for (q, &room) in capacity.iter().enumerate() {
            let table = walk.table(q, room, widest, budget)?;
            walk.tables.push(table);
        }
        let mut priced = Priced { bound: 0, found: Vec::new() };
        let mut roots: Vec<_> = (0..groups.len())
            .filter_map(|root| walk.entered(root, self.most, capacity).map(|entered| (root, entered)))
            .collect();
        roots.sort_by_key(|&(root, (_, _, promised))| (u64::MAX - promised, root));
        let mut beaten = threshold;
        for (root, (left, room, promised)) in roots {
            (walk.best, walk.steps) = (beaten, 0);
            walk.kept.clear();
            if promised <= beaten {
                priced.bound = priced.bound.max(promised);
                continue;
            }
            let worth = walk.opening(root);
            let complete = walk.inside(root, groups[root].0, left, &room, worth, budget)?;
            priced.bound = priced.bound.max(if complete { walk.best } else { promised });
            if !walk.kept.is_empty() {
                let mut content = walk.kept.clone();
                content.sort_unstable();
                priced.found.push((walk.best, content));
                if effort == Effort::Best {
                    beaten = walk.best;
                }
            }
        }
        Ok(priced)
    }
}

impl Walk<'_, '_> {
    fn table(&self, q: usize, capacity: u64, widest: usize, budget: &Budget) -> Result<Table, Stop> {
        let width = usize::try_from(capacity).unwrap_or(usize::MAX).min(widest);
        let most = self.pricer.most;
        let (row, count) = (width + 1, self.items.len());
        let mut table = Table { capacity, width, later: vec![Vec::new(); count + self.groups.len() + 1] };
        table.later[count + self.groups.len()] = vec![0; row * (most + 1)];
        for (place, &(start, end, number)) in self.groups.iter().enumerate().rev() {
            for position in (start..end).rev() {
                let next = if position + 1 == end { count + place + 1 } else { position + 1 };
                let item = self.items[position];
                let weight = self.weights[item];
                let size = table.step(self.pricer.problem.items()[item].size[q]);
                let all = self.copies(item);
                let most = all.min(width.checked_div(size).map_or(1, |most| most as u64));
                let mut own = table.later[next].clone();
                budget.spend(own.len() as u64 * (most + 1) / 4)?;
                for copies in 1..=most {
                    let (shift, worth) =
                        if size == 0 { (0, all * weight) } else { (size * copies as usize, copies * weight) };
                    for (own, next) in own.chunks_mut(row).zip(table.later[next].chunks(row)) {
                        for (own, next) in own[shift..].iter_mut().zip(next) {
                            *own = (*own).max(next + worth);
                        }
                    }
                }
                table.later[position] = own;
            }
            let group = &self.pricer.groups[number];
            let overhead = table.step(group.overhead.get(q).copied().unwrap_or(0));
            let opening = self.opening(place);
            let mut closed = table.later[count + place + 1].clone();
            for left in group.counts..=most {
                let opened = &table.later[start][(left - group.counts) * row..][..row];
                for (closed, opened) in closed[left * row..][..row].iter_mut().skip(overhead).zip(opened) {
                    *closed = (*closed).max(opened.saturating_add_signed(opening));
                }
            }
            table.later[count + place] = closed;
        }
        Ok(table)
    }

    fn opening(&self, place: usize) -> i64 {
        let group = self.pricer.groups[self.groups[place].2].group;
        group.and_then(|group| self.openings.get(group).copied()).unwrap_or(0)
    }

    /// So many copies more.
    fn with(&self, worth: i64, item: usize, copies: u64) -> i64 {
        worth.saturating_add(i64::try_from(copies.saturating_mul(self.weights[item])).unwrap_or(i64::MAX))
    }

    fn copies(&self, item: usize) -> u64 {
        if self.pricer.problem.conflict(item, item) { 1 } else { self.demand[item] }
    }

    fn promise(&self, node: usize, left: usize, room: &[u64]) -> u64 {
        let each = self.tables.iter().zip(room);
        let each = each.map(|(table, &room)| table.later[node][left * (table.width + 1) + table.step(room)]);
        each.min().unwrap_or(u64::MAX >> 1)
    }

    /// Groups and room left once this group is opened, and what can be had then.
    fn entered(&self, place: usize, left: usize, room: &[u64]) -> Option<(usize, Vec<u64>, u64)> {
        let group = &self.pricer.groups[self.groups[place].2];
        let left = left.checked_sub(group.counts)?;
        let mut inner = room.to_vec();
        for (room, &size) in inner.iter_mut().zip(&group.overhead) {
            *room = room.checked_sub(size)?;
        }
        let promise = plus(self.promise(self.groups[place].0, left, &inner), self.opening(place));
        Some((left, inner, promise))
    }

    /// From this position of an open group on; whether the search went to its end.
    fn inside(
        &mut self,
        place: usize,
        position: usize,
        left: usize,
        room: &[u64],
        worth: i64,
        budget: &Budget,
    ) -> Result<bool, Stop> {
        // a group is opened by an item of it
        let group = self.pricer.groups[self.groups[place].2].group;
        let held = self.path.last().is_some_and(|&(item, _)| self.pricer.problem.group(item) == group);
        if let Ok(all) = u64::try_from(worth)
            && all > self.best
            && held
        {
            self.best = all;
            self.kept.clone_from(&self.path);
        }
        let end = self.groups[place].1;
        if position == end && !held {
            return Ok(true);
        }
        if position == end {
            return self.closed(place + 1, left, room, worth, budget);
        }
        self.steps += 1;
        if self.steps > self.limit {
            return Ok(false);
        }
        budget.spend(2 + room.len() as u64)?;
        let item = self.items[position];
        let size = &self.pricer.problem.items()[item].size;
        let within = size.iter().zip(room).filter(|(size, _)| **size > 0).map(|(size, room)| room / size);
        let mut most = within.fold(self.copies(item), u64::min);
        if self.pricer.conflicts && self.path.iter().any(|&(other, _)| self.pricer.problem.conflict(item, other)) {
            most = 0;
        }
        let next = if position + 1 == end { self.items.len() + place + 1 } else { position + 1 };
        let mut ways: Vec<(u64, u64, Vec<u64>)> = Vec::new();
        for copies in 0..=most {
            let inner: Vec<u64> = room.iter().zip(size).map(|(room, size)| room - size * copies).collect();
            let with = self.with(worth, item, copies);
            let promised = plus(self.promise(next, left, &inner), with);
            if promised > self.best {
                ways.push((promised, copies, inner));
            }
        }
        ways.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.cmp(&a.1)));
        let mut complete = true;
        for (promised, copies, inner) in ways {
            if promised <= self.best {
                break;
            }
            if copies > 0 {
                self.path.push((item, copies));
            }
            let worth = self.with(worth, item, copies);
            complete &= self.inside(place, position + 1, left, &inner, worth, budget)?;
            if copies > 0 {
                self.path.pop();
            }
        }
        Ok(complete)
    }

    /// From this group on, none of them open.
    fn closed(&mut self, from: usize, left: usize, room: &[u64], worth: i64, budget: &Budget) -> Result<bool, Stop> {
        let mut complete = true;
        let mut ways: Vec<(u64, usize, usize, Vec<u64>)> = Vec::new();
        for place in from..self.groups.len() {
            budget.spend(1 + room.len() as u64)?;
            if plus(self.promise(self.items.len() + place, left, room), worth) <= self.best {
                break;
            }
            if let Some((left, inner, promise)) = self.entered(place, left, room)
                && plus(promise, worth) > self.best
            {
                ways.push((plus(promise, worth), place, left, inner));
            }
        }
        ways.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        for (promised, place, left, inner) in ways {
            if promised <= self.best {
                break;
            }
            let worth = worth.saturating_add(self.opening(place));
            complete &= self.inside(place, self.groups[place].0, left, &inner, worth, budget)?;
        }
        Ok(complete)
    }
}
