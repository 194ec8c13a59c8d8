//! One case of a component: what is left of it after some branching decisions.

use fixedbitset::FixedBitSet;

use crate::problem::{BinSet, BinType, ItemType, Pattern, Problem, Solution};

/// Largest number of item types for which pairs that no bin type can hold together are looked for.
const PAIRS_UP_TO: usize = 3_000;

/// A component in item-level form: conflicts between item types, demands that may be 0, and items made by joining one
/// copy each of two others (Ryan & Foster 1981).
///
/// Items are numbered as in the problem; joined items follow in the order in which they were made. Memory: the square
/// of the number of item types, in bits.
#[derive(Clone, Debug)]
pub struct Case {
    dimensions: usize,
    sizes: Vec<u64>,
    demand: Vec<u64>,
    eligible: Vec<BinSet>,
    conflicts: Vec<FixedBitSet>,
    apart: Vec<FixedBitSet>,
    bins: Vec<BinType>,
    /// For each item, the items of the problem that it is made of.
    parts: Vec<Vec<(usize, u64)>>,
}

impl Case {
    /// The whole problem as a case. Complexity: the square of the number of item types.
    #[must_use]
    pub fn new(problem: &Problem) -> Self {
        let items = problem.items();
        let len = items.len();
        let mut members = vec![Vec::new(); problem.conflicts().len()];
        for (index, item) in items.iter().enumerate() {
            members[item.class].push(index);
        }
        // once a class, and in all no more steps than there are bits to set
        let mut rows: Vec<Option<FixedBitSet>> = vec![None; members.len()];
        let row = |item: &ItemType| {
            let fresh = || {
                let mut row = FixedBitSet::with_capacity(len);
                row.extend(problem.conflicts().row(item.class).ones().flat_map(|class| members[class].iter().copied()));
                row
            };
            rows[item.class].get_or_insert_with(fresh).clone()
        };
        let conflicts: Vec<FixedBitSet> = items.iter().map(row).collect();
        let mut case = Self {
            dimensions: problem.dimensions(),
            sizes: items.iter().flat_map(|item| item.size.iter().copied()).collect(),
            demand: items.iter().map(|item| item.demand).collect(),
            eligible: items.iter().map(|item| item.eligible.clone()).collect(),
            apart: conflicts.clone(),
            conflicts,
            bins: problem.bins().to_vec(),
            parts: (0..len).map(|item| vec![(item, 1)]).collect(),
        };
        if len <= PAIRS_UP_TO {
            for item in 0..len {
                case.separate_by_size(item, item);
            }
        }
        case
    }

    /// Marks the items below `end` that no bin type can hold together with `item`.
    fn separate_by_size(&mut self, item: usize, end: usize) {
        for other in 0..end {
            if !self.apart[item].contains(other) && !(0..self.bins.len()).any(|bin| self.pair_fits(item, other, bin)) {
                self.apart[item].insert(other);
                self.apart[other].insert(item);
            }
        }
    }

    fn pair_fits(&self, a: usize, b: usize, bin: usize) -> bool {
        self.eligible[a].contains(bin)
            && self.eligible[b].contains(bin)
            && (0..self.dimensions).all(|q| {
                self.size(a)[q].checked_add(self.size(b)[q]).is_some_and(|size| size <= self.bins[bin].capacity[q])
            })
    }

    /// Number of items, also those of which no copy is left.
    #[must_use]
    pub fn len(&self) -> usize {
        self.demand.len()
    }

    /// Number of resources.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Size of an item, one entry a dimension.
    #[must_use]
    pub fn size(&self, item: usize) -> &[u64] {
        &self.sizes[item * self.dimensions..(item + 1) * self.dimensions]
    }

    /// Copies of each item; may be 0.
    #[must_use]
    pub fn demand(&self) -> &[u64] {
        &self.demand
    }

    /// The bin types.
    #[must_use]
    pub fn bins(&self) -> &[BinType] {
        &self.bins
    }

    /// The items that may not share a bin with `item` by rule or branching.
    #[must_use]
    pub fn conflicts(&self, item: usize) -> &FixedBitSet {
        &self.conflicts[item]
    }

    /// The items that cannot share a bin with `item`: conflicts and pairs that fit no bin type together.
    #[must_use]
    pub fn apart_from(&self, item: usize) -> &FixedBitSet {
        &self.apart[item]
    }

    /// How many copies of `item` a bin of type `bin` can hold, of the `demand` there are.
    #[must_use]
    pub fn most(&self, item: usize, bin: usize, demand: u64) -> u64 {
        if !self.eligible[item].contains(bin) {
            return 0;
        }
        let by_rule = if self.conflicts[item].contains(item) { demand.min(1) } else { demand };
        fitting(self.size(item), &self.bins[bin].capacity, by_rule)
    }

    /// Share of the largest bin that an item takes, all resources together, in 2^-32.
    #[must_use]
    pub fn volume(&self, item: usize) -> u64 {
        let largest = |q: usize| self.bins.iter().map(|bin| bin.capacity[q]).max().unwrap_or(0).max(1);
        (0..self.dimensions())
            .map(|q| u64::try_from((u128::from(self.size(item)[q]) << 32) / u128::from(largest(q))).unwrap_or(u64::MAX))
            .fold(0, u64::saturating_add)
    }

    /// The items, of largest [`volume`](Self::volume) first; ties go to the earlier.
    #[must_use]
    pub fn by_volume(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by_key(|&item| (std::cmp::Reverse(self.volume(item)), item));
        order
    }

    /// An item with a copy left that fits no bin type alone.
    #[must_use]
    pub fn unplaceable(&self) -> Option<usize> {
        (0..self.len())
            .find(|&item| self.demand[item] > 0 && (0..self.bins.len()).all(|bin| self.most(item, bin, 1) == 0))
    }

    /// The case in which some bin holds a copy of `a` and a copy of `b`: one of each becomes a new item, the last one.
    /// `None` where there are no such copies, they may not meet, or together they fit no bin type.
    #[must_use]
    pub fn together(&self, a: usize, b: usize) -> Option<Self> {
        let enough = if a == b { self.demand[a] >= 2 } else { self.demand[a] >= 1 && self.demand[b] >= 1 };
        if !enough || self.conflicts[a].contains(b) || !(0..self.bins.len()).any(|bin| self.pair_fits(a, b, bin)) {
            return None;
        }
        let mut case = self.clone();
        let new = self.len();
        for q in 0..self.dimensions {
            // pair_fits: the sum is at most a capacity
            case.sizes.push(self.size(a)[q] + self.size(b)[q]);
        }
        case.demand[a] -= 1;
        case.demand[b] -= 1;
        case.demand.push(1);
        let mut eligible = self.eligible[a].clone();
        eligible.intersect_with(&self.eligible[b]);
        case.eligible.push(eligible);
        for relation in [&mut case.conflicts, &mut case.apart] {
            let mut row = relation[a].clone();
            row.union_with(&relation[b]);
            for old in relation.iter_mut() {
                old.grow(new + 1);
            }
            row.grow(new + 1);
            for other in row.ones() {
                relation[other].insert(new);
            }
            relation.push(row);
        }
        let mut parts = self.parts[a].clone();
        for &(item, copies) in &self.parts[b] {
            match parts.iter_mut().find(|part| part.0 == item) {
                Some(part) => part.1 += copies,
                None => parts.push((item, copies)),
            }
        }
        parts.sort_unstable();
        case.parts.push(parts);
        if new < PAIRS_UP_TO {
            case.separate_by_size(new, new);
        }
        Some(case)
    }

    /// The case with this demand left of each item.
    #[must_use]
    pub fn left(&self, demand: Vec<u64>) -> Self {
        Self { demand, ..self.clone() }
    }

    /// The case in which no bin holds both `a` and `b` (for `a == b`: at most one copy).
    #[must_use]
    pub fn apart(&self, a: usize, b: usize) -> Self {
        let mut case = self.clone();
        for relation in [&mut case.conflicts, &mut case.apart] {
            relation[a].insert(b);
            relation[b].insert(a);
        }
        case
    }

    /// The same bins in the problem's items, as a solution: joined items taken apart, copies beyond the demand left
    /// out, empty bins dropped. The caller checks it.
    #[must_use]
    pub fn expand(&self, bins: &[Pattern], demand: &[u64]) -> Solution {
        let mut left = demand.to_vec();
        let mut patterns: Vec<Pattern> = Vec::new();
        for pattern in bins {
            let mut content: Vec<(usize, u64)> = Vec::new();
            for &(item, copies) in &pattern.items {
                for &(part, each) in &self.parts[item] {
                    match content.iter_mut().find(|entry| entry.0 == part) {
                        Some(entry) => entry.1 += copies * each,
                        None => content.push((part, copies * each)),
                    }
                }
            }
            content.sort_unstable();
            let mut count = pattern.count;
            while count > 0 {
                let mut items = content.clone();
                for entry in &mut items {
                    entry.1 = entry.1.min(left[entry.0]);
                }
                items.retain(|entry| entry.1 > 0);
                if items.is_empty() {
                    break;
                }
                // as many equal bins at once as the copies left allow
                let equal = items.iter().map(|&(item, copies)| left[item] / copies).min().unwrap_or(1).clamp(1, count);
                for &(item, copies) in &items {
                    left[item] -= copies * equal;
                }
                patterns.push(Pattern { bin: pattern.bin, items, count: equal });
                count -= equal;
            }
        }
        Solution::grouped(patterns)
    }
}

/// How many copies of `size` have room, up to `most`.
#[inline]
pub(super) fn fitting(size: &[u64], room: &[u64], most: u64) -> u64 {
    size.iter().zip(room).fold(most, |most, (&size, &room)| room.checked_div(size).map_or(most, |fit| most.min(fit)))
}
