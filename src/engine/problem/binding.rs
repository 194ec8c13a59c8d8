//! Resources that run out, and those that never do before another has.
//!
//! Where whatever has room in one resource of a bin has room in another, the other says nothing: with it or without, the same contents
//! are feasible. Fleets are often made so: pods, or memory, are plenty wherever there is enough of cpu.

use std::cmp::Reverse;

use super::{BinType, ItemType};

/// Of so many resources, those that are scarcest, each is asked whether another ever passes them: with a hundred and more all pairs take
/// longer than what is gained.
const MOST_ASKED: usize = 16;

/// The resources that decide which contents are feasible, ascending, at least one: contents with room in these have room in all, in
/// every bin type. What has room is bounded by the knapsack in one other resource, copies divisible (Dantzig 1957).
///
/// Complexity: bin types times the resources (times up to sixteen others), for each the items sorted; where a resource is needed by the first bin type,
/// that one alone.
pub(super) fn binding_resources(items: &[ItemType], bins: &[BinType], dimensions: usize) -> Vec<usize> {
    let mut kept: Vec<usize> = (0..dimensions).collect();
    let share = |q: usize| {
        let load: u128 = items.iter().map(|item| u128::from(item.size[q]) * u128::from(item.demand)).sum();
        let most = bins.iter().map(|bin| bin.capacity[q]).max().unwrap_or(0);
        load.saturating_mul(1 << 32) / u128::from(most.max(1))
    };
    // those with the most to spare first
    let mut order = kept.clone();
    order.sort_by_cached_key(|&q| (share(q), q));
    for &q in &order {
        // what is scarcest says most
        let scarce = order.iter().rev().copied().filter(|other| *other != q && kept.contains(other));
        let asked: Vec<usize> = scarce.take(MOST_ASKED).collect();
        let idle = |(at, bin): (usize, &BinType)| Bin::of(items, bin, at, &asked).never_passes(q, &asked);
        if !asked.is_empty() && bins.iter().enumerate().all(idle) {
            // what the others leave feasible stays the same, so what was dropped before stays idle
            kept.retain(|&other| other != q);
        }
    }
    kept
}

/// A bin and how many copies of each item have room in some of its resources.
struct Bin<'a> {
    capacity: &'a [u64],
    items: Vec<(&'a [u64], u64)>,
}

impl<'a> Bin<'a> {
    fn of(items: &'a [ItemType], bin: &'a BinType, at: usize, resources: &[usize]) -> Self {
        let capacity = &bin.capacity;
        let most = |item: &ItemType| {
            let fits = resources.iter().filter_map(|&q| capacity[q].checked_div(item.size[q]));
            fits.fold(item.demand, u64::min)
        };
        let eligible = items.iter().filter(|item| item.eligible.contains(at));
        Self { capacity, items: eligible.map(|item| (&item.size[..], most(item))).collect() }
    }

    fn never_passes(&self, q: usize, others: &[usize]) -> bool {
        let all: u128 = self.items.iter().map(|(size, copies)| u128::from(size[q]) * u128::from(*copies)).sum();
        let room = u128::from(self.capacity[q]);
        all <= room || others.iter().any(|&other| self.most(q, other).is_some_and(|most| most <= room))
    }

    /// No content with room in resource `by` takes more of `q`; `None` where the numbers are too large to tell.
    fn most(&self, q: usize, by: usize) -> Option<u128> {
        let mut order: Vec<&(&[u64], u64)> = self.items.iter().filter(|(size, _)| size[by] > 0).collect();
        // any order proves a bound: rounding may make it weaker, never wrong
        order.sort_by_cached_key(|(size, _)| Reverse((u128::from(size[q]) << 40) / u128::from(size[by])));
        let room = u128::from(self.capacity[by]);
        let mut load = 0;
        let last = order.iter().find(|(size, copies)| {
            load += u128::from(size[by]) * u128::from(*copies);
            load > room
        });
        // a unit of `by` is worth this many of `q`; nothing where there is room for all
        let (worth, unit) = last.map_or((0, 1), |(size, _)| (u128::from(size[q]), u128::from(size[by])));
        let mut sum = worth.checked_mul(room)?;
        for (size, copies) in &self.items {
            let more = (u128::from(size[q]) * unit).saturating_sub(u128::from(size[by]) * worth);
            sum = sum.checked_add(more.checked_mul((*copies).into())?)?;
        }
        Some(sum / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::binding_resources;
    use crate::problem::random::Random;
    use crate::problem::{BinSet, BinType, ItemType};

    /// All contents of a bin, one by one.
    fn fits(items: &[ItemType], copies: &[u64], bin: &BinType, at: usize, resources: &[usize]) -> bool {
        let allowed = items.iter().zip(copies).all(|(item, &copies)| copies == 0 || item.eligible.contains(at));
        let load = |q: usize| items.iter().zip(copies).map(|(item, &copies)| item.size[q] * copies).sum::<u64>();
        let alone =
            |q: usize| items.iter().zip(copies).all(|(item, &copies)| copies == 0 || item.size[q] <= bin.capacity[q]);
        allowed && resources.iter().all(|&q| load(q) <= bin.capacity[q]) && (0..bin.capacity.len()).all(alone)
    }

    #[test]
    fn the_same_contents_are_feasible_without_the_others() {
        let mut random = Random::new(11);
        let (mut dropped, mut kept) = (0, 0);
        for round in 0..3_000 {
            let dimensions = 1 + random.index(4);
            let bins: Vec<BinType> = (0..1 + random.index(2))
                .map(|_| {
                    let capacity = (0..dimensions).map(|_| 4 + random.below(20)).collect();
                    BinType { capacity, cost: 1, max_count: None }
                })
                .collect();
            let items: Vec<ItemType> = (0..1 + random.index(4))
                .map(|class| {
                    let size = (0..dimensions).map(|q| random.below(if q == 0 { 12 } else { 5 })).collect();
                    let eligible: BinSet = (0..bins.len()).filter(|_| random.below(4) > 0).collect();
                    ItemType { size, demand: 1 + random.below(4), class, eligible }
                })
                .collect();
            let binding = binding_resources(&items, &bins, dimensions);
            assert!(!binding.is_empty() && binding.is_sorted(), "round {round}");
            (dropped, kept) = (dropped + dimensions - binding.len(), kept + binding.len());
            let all: Vec<usize> = (0..dimensions).collect();
            let mut copies = vec![0; items.len()];
            loop {
                for (at, bin) in bins.iter().enumerate() {
                    let with = fits(&items, &copies, bin, at, &all);
                    assert_eq!(with, fits(&items, &copies, bin, at, &binding), "round {round}: {copies:?} {binding:?}");
                }
                let Some(next) = (0..items.len()).find(|&item| copies[item] < items[item].demand) else { break };
                copies[next] += 1;
                copies[..next].fill(0);
            }
        }
        assert!(dropped > 500 && kept > 500, "{dropped} {kept}");
    }
}
