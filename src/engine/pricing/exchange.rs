//! Heavy bins next to known ones: a few items out, the best that fits in.
//!
//! Where bins are tight in many resources at once, a search from an empty bin does not come far. The bins of a basis weigh what they cost, so
//! whatever is heavier by an exchange is a column that pays. What is dear would enter every bin, so an item enters but a few: the master
//! wants columns that differ.

use crate::budget::{Budget, Stop};

use super::bits::Bits;
use super::exact::{Filled, Pricer};

/// Of so many item types in a bin, two copies leave at a time, too; of more, one.
const PAIRS: usize = 12;
/// Work of a refill, in candidates looked at, and how many enter it.
const WORK: u64 = if cfg!(test) { 20 } else { 1_000 };
/// See [`WORK`].
const WIDE: usize = 60;
/// Bins of one call that an item type may enter.
const ENTRIES: u8 = 3;

/// A bin, less what leaves it, to be filled again.
struct Refill<'p> {
    pricer: &'p Pricer,
    work: u64,
    value: u64,
    chosen: Vec<(usize, u64)>,
    best: u64,
    record: Vec<(usize, u64)>,
}

impl Pricer {
    /// Bins heavier than `threshold` that are an exchange from one of these (items and copies), at most one for each of them; for the values
    /// that are loaded. Complexity: the active positions, times the pairs of types in a bin, for each bin.
    ///
    /// # Errors
    /// [`Stop`] when the budget is used up.
    pub(super) fn exchanges(
        &self,
        near: &[&[(usize, u64)]],
        threshold: u64,
        budget: &Budget,
    ) -> Result<Vec<Filled>, Stop> {
        let mut position = vec![0; self.order.items.len()];
        for (at, &item) in self.order.items.iter().enumerate() {
            position[item] = at;
        }
        let size = |at: usize| u128::from(self.views.last().map_or(0, |view| view.size[at]));
        let mut active: Vec<usize> = Bits::new(&self.active, 0).collect();
        // the most valuable for its size in the last view first
        active.sort_unstable_by(|&a, &b| {
            let (left, right) = (u128::from(self.value[a]) * size(b), u128::from(self.value[b]) * size(a));
            right.cmp(&left).then(self.value[b].cmp(&self.value[a])).then(a.cmp(&b))
        });
        let mut entries = vec![0u8; position.len()];
        let mut found = Vec::new();
        for bin in near {
            let items = bin.iter().map(|&(item, copies)| (position[item], copies.min(self.most[position[item]])));
            let items: Vec<(usize, u64)> = items.filter(|&(_, copies)| copies > 0).collect();
            let value = self.worth(&items);
            let Some((value, mut after)) = self.exchange(&items, value.max(threshold), &active, budget)? else {
                continue;
            };
            for &(at, _) in after.iter().filter(|&&(at, _)| items.iter().all(|inside| inside.0 != at)) {
                // what is dear now would enter every bin
                entries[at] += 1;
                if entries[at] == ENTRIES {
                    active.retain(|&other| other != at);
                }
            }
            after.sort_unstable();
            found.push((value, after));
        }
        Ok(found)
    }

    fn worth(&self, items: &[(usize, u64)]) -> u64 {
        items.iter().map(|&(at, copies)| self.value[at] * copies).sum()
    }

    /// The heaviest bin that a search makes of this one, less a copy or two; `None`: none is heavier.
    fn exchange(
        &self,
        items: &[(usize, u64)],
        value: u64,
        active: &[usize],
        budget: &Budget,
    ) -> Result<Option<Filled>, Stop> {
        let mut best: Option<Filled> = None;
        // the most room that there is once two are out
        let d = self.dimensions;
        let mut room = self.capacity.clone();
        for (q, room) in room.iter_mut().enumerate() {
            let (mut first, mut second) = (0, 0);
            for &(at, copies) in items {
                let size = self.sizes[at * d + q];
                *room -= size * copies;
                for _ in 0..copies.min(2) {
                    if size > first {
                        (first, second) = (size, first);
                    } else {
                        second = second.max(size);
                    }
                }
            }
            *room += first + second;
        }
        budget.spend(active.len() as u64)?;
        let active: Vec<usize> = active.iter().copied().filter(|&at| self.fits(at, &room)).collect();
        let mut out = vec![Vec::new()];
        out.extend((0..items.len()).map(|a| vec![a]));
        let pairs = if items.len() <= PAIRS { items.len() } else { 0 };
        for a in 0..pairs {
            // two copies of one, too
            out.extend((a..items.len()).filter(|&b| b > a || items[a].1 > 1).map(|b| vec![a, b]));
        }
        for out in out {
            budget.spend(8 + active.len() as u64)?;
            let mut rest = items.to_vec();
            out.iter().for_each(|&at| rest[at].1 -= 1);
            rest.retain(|&(_, copies)| copies > 0);
            let most = best.as_ref().map_or(value, |best| best.0);
            if let Some((value, more)) = self.refill(&rest, &active, most, budget)? {
                for (at, copies) in more {
                    match rest.iter_mut().find(|inside| inside.0 == at) {
                        Some(inside) => inside.1 += copies,
                        None => rest.push((at, copies)),
                    }
                }
                best = Some((value, rest));
            }
        }
        Ok(best)
    }

    /// What to add to `rest` so that it weighs more than `most`: the best that a short search finds.
    fn refill(
        &self,
        rest: &[(usize, u64)],
        active: &[usize],
        most: u64,
        budget: &Budget,
    ) -> Result<Option<Filled>, Stop> {
        let d = self.dimensions;
        let mut room = self.capacity.clone();
        let mut forbidden = vec![0u64; self.words];
        for &(at, copies) in rest {
            let sizes = &self.sizes[at * d..(at + 1) * d];
            room.iter_mut().zip(sizes).for_each(|(room, size)| *room -= size * copies);
            forbidden.iter_mut().zip(&self.rows[at * self.words..]).for_each(|(word, row)| *word |= row);
            if copies >= self.most[at] {
                forbidden[at / 64] |= 1 << (at % 64);
            }
        }
        let size = |at: usize| self.views.last().map_or(0, |view| view.size[at]);
        let may = |&at: &usize| forbidden[at / 64] >> (at % 64) & 1 == 0 && self.fits(at, &room);
        let order: Vec<usize> = active.iter().copied().filter(may).take(WIDE).collect();
        let load = rest.iter().fold(0, |load: u64, &(at, copies)| load.saturating_add(size(at).saturating_mul(copies)));
        let free = self.views.last().map_or(u64::MAX, |view| view.full.saturating_sub(load));
        let mut refill = Refill {
            pricer: self,
            work: WORK,
            value: self.worth(rest),
            chosen: Vec::new(),
            best: most,
            record: Vec::new(),
        };
        refill.extend(&order, &room, free, rest);
        budget.spend(WORK - refill.work)?;
        Ok((!refill.record.is_empty()).then_some((refill.best, refill.record)))
    }
}

impl Refill<'_> {
    /// Adds some of these, one copy at a time, while that may help. `free`: the room in the view that they are ordered by.
    fn extend(&mut self, order: &[usize], room: &[u64], free: u64, inside: &[(usize, u64)]) {
        let pricer = self.pricer;
        let (d, words) = (pricer.dimensions, pricer.words);
        for (place, &at) in order.iter().enumerate() {
            let size = pricer.views.last().map_or(0, |view| view.size[at]);
            let lacking = self.best.saturating_sub(self.value);
            if u128::from(pricer.value[at]) * u128::from(free) <= u128::from(lacking) * u128::from(size)
                || self.work == 0
            {
                return;
            }
            let room: Vec<u64> =
                room.iter().zip(&pricer.sizes[at * d..(at + 1) * d]).map(|(room, size)| room - size).collect();
            self.value += pricer.value[at];
            self.chosen.push((at, 1));
            if self.value > self.best {
                self.best = self.value;
                self.record.clone_from(&self.chosen);
            }
            let row = &pricer.rows[at * words..(at + 1) * words];
            let there = |list: &[(usize, u64)]| list.iter().filter(|one| one.0 == at).map(|one| one.1).sum::<u64>();
            let full = there(inside) + there(&self.chosen) >= pricer.most[at];
            let may = |&other: &usize| match other == at {
                true => !full && pricer.fits(at, &room),
                false => row[other / 64] >> (other % 64) & 1 == 0 && pricer.fits(other, &room),
            };
            let rest: Vec<usize> = order[place..].iter().copied().filter(may).collect();
            self.work = self.work.saturating_sub(order.len() as u64);
            if !rest.is_empty() {
                self.extend(&rest, &room, free.saturating_sub(size), inside);
            }
            self.chosen.pop();
            self.value -= pricer.value[at];
        }
    }
}
