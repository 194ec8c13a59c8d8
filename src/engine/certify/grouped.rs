//! Is there a feasible bin heavier than a limit, where a bin holds few groups and each takes some of its room?
//!
//! One programme for each resource by itself, over the items group after group: the most that the rest adds within so much room and
//! so many groups more. Its first entry decides where there is one resource and no conflict. What it promises too much
//! otherwise, a search copy by copy decides, which looks at the programmes of the rest.

use fixedbitset::FixedBitSet;

use super::failure::Failure;
use super::heaviest::Candidate;
use crate::budget::Budget;

/// Numbers in all programmes together.
const NUMBERS: usize = if cfg!(test) { 2_000 } else { 1 << 24 };
/// Item types in a bin that the search builds one by one.
const DEEPEST: usize = 150;

/// What a bin asks of the groups in it.
pub(super) struct Rule<'a> {
    /// The group of each candidate.
    pub groups: Vec<Option<usize>>,
    /// The most that a bin holds.
    pub most: Option<u64>,
    /// What one takes once; empty: nothing.
    pub overhead: &'a dyn Fn(usize) -> &'a [u64],
    /// What one weighs once; empty: nothing.
    pub openings: &'a [u64],
}

/// The candidates of one group, by position; or those of none, who open nothing.
struct Segment<'a> {
    start: usize,
    end: usize,
    /// Groups that it opens: 0 where they need not be counted.
    opens: usize,
    overhead: &'a [u64],
    /// What it weighs with the first item of it.
    opening: u64,
}

/// The most that what comes later adds, by groups left and room left of one resource.
struct Programme {
    capacity: u64,
    width: usize,
    /// From this position on, its segment open.
    inside: Vec<Vec<u64>>,
    /// From this segment on.
    before: Vec<Vec<u64>>,
}

struct Search<'s, 'a, 'b> {
    items: Vec<&'s Candidate<'a>>,
    segments: Vec<Segment<'s>>,
    programmes: Vec<Programme>,
    conflicts: Option<Vec<FixedBitSet>>,
    /// Index of the candidate at each position.
    order: Vec<usize>,
    picked: Vec<(usize, u64)>,
    budget: &'s Budget<'b>,
}

/// The content of a feasible bin that is heavier than the limit; `None`: there is none. `rows`: who conflicts with whom.
pub(super) fn heavier(
    candidates: &[Candidate],
    rule: &Rule,
    rows: impl FnOnce() -> Vec<FixedBitSet>,
    room: &[u64],
    limit: u128,
    budget: &Budget,
) -> Result<Option<Vec<(usize, u64)>>, Failure> {
    let all = |sum: u128, it: &Candidate| sum.saturating_add(u128::from(it.weight).saturating_mul(it.copies.into()));
    let items = candidates.iter().fold(0, all);
    let mut named: Vec<usize> = rule.groups.iter().copied().flatten().collect();
    named.sort_unstable();
    named.dedup();
    let opening = |group: usize| rule.openings.get(group).copied().unwrap_or(0);
    let total = named.iter().fold(items, |sum, &group| sum.saturating_add(opening(group).into()));
    budget.spend(candidates.len() as u64 + 1)?;
    if total <= limit {
        return Ok(None);
    }
    // so no sum of weights below leaves its range
    if u64::try_from(total).is_err() {
        return Err(Failure::Undecided);
    }
    let lacking = u64::try_from(limit + 1).map_err(|_| Failure::Undecided)?;
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by_key(|&index| rule.groups[index]);
    let mut segments: Vec<Segment> = Vec::new();
    for (position, &index) in order.iter().enumerate() {
        let group = rule.groups[index];
        match segments.last_mut() {
            Some(last) if rule.groups[order[last.start]] == group => last.end = position + 1,
            _ => {
                let overhead = group.map_or(&[][..], |group| (rule.overhead)(group));
                let opens = usize::from(group.is_some());
                let opening = group.map_or(0, opening);
                segments.push(Segment { start: position, end: position + 1, opens, overhead, opening });
            }
        }
    }
    let groups: usize = segments.iter().map(|segment| segment.opens).sum();
    let most = rule.most.and_then(|most| usize::try_from(most).ok()).filter(|&most| most < groups);
    if most.is_none() {
        segments.iter_mut().for_each(|segment| segment.opens = 0);
    }
    let items: Vec<&Candidate> = order.iter().map(|&index| &candidates[index]).collect();
    let (picked, conflicts, programmes) = (Vec::new(), None, Vec::new());
    let mut search = Search { items, segments, programmes, conflicts, order, picked, budget };
    let left = most.unwrap_or(0);
    let rows_each = (left + 1) * (search.items.len() + search.segments.len() + 1);
    let widest = (NUMBERS / room.len().max(1) / rows_each).max(2) - 1;
    for (q, &capacity) in room.iter().enumerate() {
        let programme = search.programme(q, capacity, left, widest)?;
        search.programmes.push(programme);
        if !search.promises(|programme| &programme.before[0], left, room, lacking) {
            return Ok(None);
        }
    }
    let rows = rows();
    search.conflicts = rows.iter().any(|row| !row.is_clear()).then_some(rows);
    let found = search.closed(0, left, room, lacking)?;
    Ok(found.then(|| search.picked.iter().map(|&(position, copies)| (search.order[position], copies)).collect()))
}

impl Programme {
    /// Rounded down, for sizes and for room: what fits still does.
    fn steps(&self, amount: u64) -> usize {
        if self.capacity <= self.width as u64 {
            return amount as usize; // as it is
        }
        (u128::from(amount) * self.width as u128 / u128::from(self.capacity)) as usize
    }
}

impl<'s> Search<'s, '_, '_> {
    fn programme(&self, q: usize, capacity: u64, left: usize, widest: usize) -> Result<Programme, Failure> {
        let width = usize::try_from(capacity).unwrap_or(usize::MAX).min(widest);
        let mut it = Programme { capacity, width, inside: Vec::new(), before: Vec::new() };
        let row = width + 1;
        it.inside.resize(self.items.len(), Vec::new());
        it.before.resize(self.segments.len() + 1, Vec::new());
        it.before[self.segments.len()] = vec![0; row * (left + 1)];
        for (number, segment) in self.segments.iter().enumerate().rev() {
            for position in (segment.start..segment.end).rev() {
                let next = if position + 1 < segment.end { &it.inside[position + 1] } else { &it.before[number + 1] };
                let item = self.items[position];
                let size = it.steps(item.size[q]);
                let most = width.checked_div(size).map_or(1, |most| item.copies.min(most as u64));
                self.budget.spend(next.len() as u64 * (most + 1))?;
                let mut own = next.clone();
                for copies in 1..=most {
                    // where they take nothing, all of them
                    let weight = item.weight * if size == 0 { item.copies } else { copies };
                    let shift = size * copies as usize;
                    for (own, next) in own.chunks_mut(row).zip(next.chunks(row)) {
                        for (own, next) in own[shift..].iter_mut().zip(next) {
                            *own = (*own).max(next + weight);
                        }
                    }
                }
                it.inside[position] = own;
            }
            let overhead = it.steps(segment.overhead.get(q).copied().unwrap_or(0));
            let (own, skipped) = (&it.inside[segment.start], &it.before[number + 1]);
            self.budget.spend(own.len() as u64)?;
            let mut before = skipped.clone();
            for groups in segment.opens..=left {
                let opened = &own[(groups - segment.opens) * row..][..row];
                for room in overhead..row {
                    let best = &mut before[groups * row + room];
                    *best = (*best).max(opened[room - overhead] + segment.opening);
                }
            }
            it.before[number] = before;
        }
        Ok(it)
    }

    /// Whether no programme shows that less than what is lacking comes later.
    fn promises<'p>(
        &'p self,
        table: impl Fn(&'p Programme) -> &'p Vec<u64>,
        left: usize,
        room: &[u64],
        lacking: u64,
    ) -> bool {
        let mut each = self.programmes.iter().zip(room);
        each.all(|(programme, &room)| table(programme)[left * (programme.width + 1) + programme.steps(room)] >= lacking)
    }

    /// From this segment on, none of them open yet.
    fn closed(&mut self, from: usize, left: usize, room: &[u64], lacking: u64) -> Result<bool, Failure> {
        if lacking == 0 {
            return Ok(true);
        }
        for number in from..self.segments.len() {
            self.budget.spend(1 + room.len() as u64)?;
            if !self.promises(|programme| &programme.before[number], left, room, lacking) {
                return Ok(false);
            }
            let Segment { start, opens, overhead, opening, .. } = self.segments[number];
            if opens > left || overhead.iter().zip(room).any(|(size, room)| size > room) {
                continue;
            }
            let mut inner = room.to_vec();
            inner.iter_mut().zip(overhead).for_each(|(room, size)| *room -= size);
            if self.open(number, start, opening, left - opens, &inner, lacking)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// From this position on, its segment open.
    ///
    /// `opening`: what its group weighs beside, with the first item of it that is taken.
    fn open(
        &mut self,
        number: usize,
        from: usize,
        opening: u64,
        left: usize,
        room: &[u64],
        lacking: u64,
    ) -> Result<bool, Failure> {
        if lacking == 0 {
            return Ok(true);
        }
        if self.picked.len() > DEEPEST {
            return Err(Failure::Undecided);
        }
        for position in from..self.segments[number].end {
            self.budget.spend(1 + (room.len() + self.picked.len()) as u64)?;
            if !self.promises(|programme| &programme.inside[position], left, room, lacking.saturating_sub(opening)) {
                return Ok(false);
            }
            let item = self.items[position];
            let within = item.size.iter().zip(room).filter(|(size, _)| **size > 0).map(|(size, room)| room / size);
            let most = within.fold(item.copies, u64::min);
            if most == 0 || self.refused(position) {
                continue;
            }
            for copies in (1..=most).rev() {
                self.budget.spend(1)?;
                let inner: Vec<u64> = room.iter().zip(item.size).map(|(room, size)| room - size * copies).collect();
                self.picked.push((position, copies));
                let rest = lacking.saturating_sub(item.weight * copies).saturating_sub(opening);
                if self.open(number, position + 1, 0, left, &inner, rest)? {
                    return Ok(true);
                }
                self.picked.pop();
            }
        }
        self.closed(number + 1, left, room, lacking)
    }

    fn refused(&self, position: usize) -> bool {
        let Some(rows) = &self.conflicts else { return false };
        self.picked.iter().any(|&(other, _)| rows[self.order[other]].contains(self.order[position]))
    }
}

#[cfg(test)]
#[path = "grouped_tests.rs"]
mod tests;
