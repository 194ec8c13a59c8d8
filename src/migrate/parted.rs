//! Splits on the way: where their parts are, and what may happen to one.

use std::collections::{BTreeMap, BTreeSet};

use super::job::{Job, Move, Spots};
use super::parts::Split;

/// Replicas of a split by place.
pub(super) type Count = BTreeMap<usize, u64>;

impl Job<'_> {
    /// The split that an item is a part of.
    pub fn split_of(&self, item: usize) -> Option<&Split> {
        self.splits.get(&self.whole_of(item))
    }

    /// Its number.
    pub fn split_at(&self, item: usize) -> Option<usize> {
        Some(self.whole_of(item)).filter(|split| self.splits.contains_key(split))
    }

    fn whole_of(&self, item: usize) -> usize {
        self.whole[self.whose.one(self.items[item].members[0])]
    }

    /// Replicas of a workload of which some are a part; `None`: it is no part of a split.
    pub fn replicas_of(&self, item: usize) -> Option<u64> {
        self.split_of(item).map(|_| self.replicas(self.items[item].members[0]))
    }

    fn replicas(&self, copy: usize) -> u64 {
        self.fleet.workloads()[self.whose.one(copy)].replicas
    }

    /// Where the replicas of a split are.
    pub fn count_of(&self, split: &Split, at: &dyn Fn(usize) -> Option<usize>) -> Count {
        let mut count = Count::new();
        for copy in split.parts.iter().flat_map(|&part| self.copies(part)) {
            if let Some(place) = at(copy) {
                *count.entry(place).or_insert(0) += self.replicas(copy);
            }
        }
        count
    }

    /// Whether the plan has some of a split in a place.
    pub fn plans_part_at(&self, split: &Split, place: usize) -> bool {
        split.parts.iter().any(|&part| self.has(part, place))
    }

    /// Whether all of a split is where the plan has it, whichever part is where.
    pub fn has_arrived(&self, split: &Split, spots: &Spots) -> bool {
        self.count_of(split, &|copy| spots[copy]) == self.count_of(split, &|copy| self.goal[copy])
    }

    /// Whether a move of parts leaves their split in few enough clusters, and enough of it running.
    pub fn parts_in_turn(&self, split: &Split, spots: &Spots, it: &Move) -> bool {
        let mut after: BTreeMap<usize, Option<usize>> = BTreeMap::new();
        for part in it.parts() {
            after.extend(part.stops.iter().map(|&(copy, _)| (copy, None)));
            after.extend(part.starts.iter().map(|&copy| (copy, part.to)));
        }
        let ours = |part: &Move| self.split_of(part.item).is_some_and(|it| it.parts == split.parts);
        let starts = it.parts().any(|part| !part.starts.is_empty() && ours(part));
        let after = |copy: usize| after.get(&copy).copied().unwrap_or(spots[copy]);
        let (was, is) = (self.count_of(split, &|copy| spots[copy]), self.count_of(split, &after));
        let (ran, runs) = (was.values().sum::<u64>(), is.values().sum::<u64>());
        let few = is.len() as u64 <= split.most.max(was.len() as u64);
        let enough = if runs >= ran {
            runs == ran && !split.stateful || !starts || runs <= split.planned
        } else if runs >= split.planned.min(split.today.max(ran)) {
            true
        } else {
            // for a start later: one at a time, or as many as may, when nobody is left who stops for good
            let least = split.planned.min(split.today);
            let few = if split.at_once { runs >= least.saturating_sub(split.largest) } else { ran >= least };
            split.pauses && ran <= split.planned && few
        };
        few && enough
    }

    /// A move of a part with others of its split that stand where it does, all to the same cluster: for where one by one they would be
    /// in too many. A split that keeps state has nobody with it, its parts stop before they start.
    pub fn gathered(&self, spots: &Spots, it: Move) -> Move {
        let here = |item: usize| spots[self.items[item].members[0]];
        let split = self.split_at(it.item).filter(|split| !self.splits[split].stateful);
        let (Some(split), Some(to)) = (split, it.to) else { return it };
        let beside = |&other: &usize| other != it.item && here(other) == here(it.item);
        let others = self.parts[&split].iter().copied().filter(beside);
        let with = others.map(|other| Move::go(self, spots, other, to)).collect();
        Move { with, ..it }
    }

    /// Whether a split that keeps state stays within its number where all of a batch starts before any of it stops; where everybody
    /// stands before the batch, and once the moves of it before this one are done.
    pub fn parts_start_late(&self, (beginning, spots): (&Spots, &Spots), it: &Move, part: &Move) -> bool {
        let split = self.split_of(part.item).filter(|split| split.stateful && !part.starts.is_empty());
        split.is_none_or(|split| {
            let starts = |copy: usize| it.after(copy, spots).filter(|&after| Some(after) != beginning[copy]);
            let sum = |at: &dyn Fn(usize) -> Option<usize>| self.count_of(split, at).values().sum::<u64>();
            sum(&|copy| beginning[copy]) + sum(&starts) <= split.planned
        })
    }

    /// Clusters with who is in them, the parts of each split put together.
    pub fn together(&self, workloads: &[usize]) -> BTreeSet<(usize, u64)> {
        let mut count = BTreeMap::new();
        for &workload in workloads {
            let whole = self.whole[workload];
            *count.entry(whole).or_insert(0u64) += self.fleet.workloads()[workload].replicas_of_copy();
        }
        count.into_iter().collect()
    }

    /// Whether two are the same workload, or parts of one split.
    pub fn is_one(&self, a: usize, b: usize) -> bool {
        self.whole[a] == self.whole[b]
    }

    /// The parts of the split that a workload is a part of; or itself.
    pub fn fellows(&self, workload: usize) -> Vec<usize> {
        self.splits.get(&self.whole[workload]).map_or_else(|| vec![workload], |it| it.parts.clone())
    }
}
