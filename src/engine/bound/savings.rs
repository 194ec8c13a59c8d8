//! What a bin saves at most: the copies in it that are charged less than their item type is charged anywhere.
//!
//! Of two classes that conflict a bin lacks one or the other, so a search over classes leaves sets without conflicts; of these, what one
//! resource has room for (copies divisible; Dantzig 1957) bounds what they save.

use std::collections::BTreeMap;

use super::counts::gcd;
use crate::budget::Budget;
use crate::problem::Problem;

/// The charges as what may be saved of them.
#[derive(Clone, Debug)]
pub struct Saved {
    /// What all copies are charged where each of them is charged most.
    pub all: u128,
    /// For each bin type: no bin of it saves more.
    pub most: Vec<u64>,
}

/// Sets of classes that are looked at for one bin type, before what is open counts as it stands.
const MOST_SETS: usize = 4_000;

/// Complexity: linear in the charges that differ; for each bin type, a sort for every set of classes looked at. `None`: a sum is too large.
#[must_use]
pub fn saved(problem: &Problem, budget: &Budget) -> Option<Saved> {
    let bins = problem.bins().len();
    let mut all = 0u128;
    let mut items: Vec<Vec<(usize, u64)>> = vec![Vec::new(); bins];
    for (item, charge) in problem.terms().charges.iter().enumerate() {
        let top = charge.except.iter().map(|entry| entry.1).fold(charge.base, u64::max);
        all += u128::from(top) * u128::from(problem.items()[item].demand);
        let everywhere = if charge.base < top { 0..bins } else { 0..0 };
        let named = charge.except.iter().filter(|_| charge.base == top).map(|entry| entry.0);
        for bin in everywhere.chain(named) {
            let saves = top - charge.of(bin);
            if saves > 0 && problem.exists(bin) && problem.fits_alone(item, bin) {
                items[bin].push((item, saves));
            }
        }
    }
    let mut most = Vec::with_capacity(bins);
    for (bin, items) in items.iter().enumerate() {
        let found = if items.is_empty() { 0 } else { Residents::of(problem, bin, items).most(budget) };
        most.push(u64::try_from(found).ok()?);
    }
    Some(Saved { all, most })
}

/// Item types that save something in a bin type: size of a copy, copies, what a copy saves.
struct Residents<'a> {
    capacity: &'a [u64],
    items: Vec<(&'a [u64], u64, u64)>,
    /// Those that share and that conflict with the same others.
    groups: Vec<Vec<usize>>,
    /// For each two groups whether they conflict.
    conflicts: Vec<Vec<bool>>,
}

impl<'a> Residents<'a> {
    fn of(problem: &'a Problem, bin: usize, saves: &[(usize, u64)]) -> Self {
        let capacity = &problem.bins()[bin].capacity;
        let row = |&(item, saves): &(usize, u64)| {
            let kind = &problem.items()[item];
            let most = if problem.conflict(item, item) { 1 } else { kind.demand };
            let fit = kind.size.iter().zip(capacity).filter(|entry| *entry.0 > 0).map(|(size, room)| room / size);
            (&kind.size[..], fit.fold(most, u64::min), saves)
        };
        let items: Vec<(&[u64], u64, u64)> = saves.iter().map(row).collect();
        let mut groups: BTreeMap<(usize, Option<usize>), Vec<usize>> = BTreeMap::new();
        for (at, &(item, _)) in saves.iter().enumerate() {
            let alone = problem.conflict(item, item).then_some(item);
            groups.entry((problem.items()[item].class, alone)).or_default().push(at);
        }
        let groups: Vec<Vec<usize>> = groups.into_values().collect();
        let first = |group: &Vec<usize>| saves[group[0]].0;
        let conflicts =
            groups.iter().map(|a| groups.iter().map(|b| problem.conflict(first(a), first(b))).collect()).collect();
        Self { capacity, items, groups, conflicts }
    }

    fn worth(&self, group: usize) -> u128 {
        self.groups[group].iter().map(|&at| u128::from(self.items[at].1) * u128::from(self.items[at].2)).sum()
    }

    /// No bin saves more; nearly always, one that saves as much but for fractions is found.
    fn most(&self, budget: &Budget) -> u128 {
        let worths: Vec<u128> = (0..self.groups.len()).map(|group| self.worth(group)).collect();
        let (mut best, mut looked_at) = (0u128, 0);
        let mut open: Vec<Vec<usize>> = vec![(0..self.groups.len()).collect()];
        while let Some(inside) = open.pop() {
            let bound = self.room_for(&inside);
            if bound <= best {
                continue;
            }
            let pairs = inside.iter().enumerate().flat_map(|(at, &a)| inside[..at].iter().map(move |&b| (b, a)));
            let clashes = pairs.filter(|&(a, b)| self.conflicts[a][b]);
            let clash = clashes.max_by_key(|&(a, b)| worths[a].min(worths[b]));
            looked_at += 1;
            let work = (self.items.len() * (1 + self.capacity.len()) + inside.len().pow(2)) as u64;
            let ended = looked_at > MOST_SETS || budget.spend(work).is_err();
            match clash {
                Some((a, b)) if !ended => {
                    let without = |group: usize| inside.iter().copied().filter(|&other| other != group).collect();
                    // the dearer class first stays, so that good sets are seen early
                    let (more, less) = if worths[a] >= worths[b] { (a, b) } else { (b, a) };
                    open.push(without(more));
                    open.push(without(less));
                }
                _ => best = bound,
            }
        }
        best
    }

    /// What these groups save at most, conflicts aside.
    fn room_for(&self, inside: &[usize]) -> u128 {
        let rows: Vec<&(&[u64], u64, u64)> =
            inside.iter().flat_map(|&group| &self.groups[group]).map(|&at| &self.items[at]).collect();
        let all: u128 = rows.iter().map(|row| u128::from(row.1) * u128::from(row.2)).sum();
        let unit = rows.iter().fold(0, |unit, row| gcd(unit, row.2)).max(1);
        let least = (0..self.capacity.len()).map(|q| room_in(&rows, q, self.capacity[q])).fold(all, u128::min);
        least / u128::from(unit) * u128::from(unit)
    }
}

/// What the room in one resource saves at most.
fn room_in(rows: &[&(&[u64], u64, u64)], q: usize, room: u64) -> u128 {
    let mut order: Vec<(u64, u64, u64)> = rows.iter().map(|&&(size, copies, saves)| (size[q], copies, saves)).collect();
    // what saves most for its size first
    order.sort_by(|a, b| (u128::from(b.2) * u128::from(a.0)).cmp(&(u128::from(a.2) * u128::from(b.0))));
    let (mut room, mut sum) = (u128::from(room), 0u128);
    for (size, copies, saves) in order {
        let (size, copies, saves) = (u128::from(size), u128::from(copies), u128::from(saves));
        if size * copies > room {
            return sum + saves * room / size;
        }
        room -= size * copies;
        sum += saves * copies;
    }
    sum
}
