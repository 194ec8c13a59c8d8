//! Smaller problems with the same answer, and the way back.
//!
//! Five steps, each invertible: the *components* of the compatibility graph never share a bin; item types that only
//! their name tells apart *merge*; classes with identical rows of the conflict relation merge first; bin types that
//! hold nothing, or nothing that a better type does not hold, *drop out*; so do resources that never run out before another has.

use fixedbitset::FixedBitSet;
use rustc_hash::FxHashMap;

use super::binding::binding_resources;
use super::{BinSet, BinType, BitMatrix, ItemType, Pattern, Problem, Solution, Terms};

/// Up to this many item types, pairs that no common bin holds count as conflicts when components are sought.
const PAIRWISE: usize = 3_000;

/// Whether some bin may hold a copy of `a` and a copy of `b` together (for `a == b`: two copies).
#[must_use]
pub fn compatible(problem: &Problem, a: usize, b: usize) -> bool {
    if problem.conflict(a, b) {
        return false;
    }
    let (one, other) = (&problem.items()[a], &problem.items()[b]);
    problem.bins().iter().enumerate().any(|(t, bin)| {
        one.eligible.contains(t)
            && other.eligible.contains(t)
            && one.size.iter().zip(&other.size).zip(&bin.capacity).all(|((x, y), cap)| x + y <= *cap)
    })
}

/// The same of many pairs: all item types of some that a bin may hold together with one. They have numbers of their own, in
/// the order in which they are given.
pub struct Compatibility<'p> {
    problem: &'p Problem,
    /// The item types.
    items: Vec<usize>,
    /// For each the number of its class's row in `apart`.
    refusing: Vec<usize>,
    /// For each row of the conflict relation that occurs the item types of its classes.
    apart: Vec<FixedBitSet>,
    /// For each item type the number of the bins of which it fills no more than half.
    roomy: Vec<usize>,
    /// For each such number the item types that fill no more than half of one of those bins, too: two of these fit one together.
    near: Vec<FixedBitSet>,
    /// The item types of units with several copies.
    united: FixedBitSet,
}

impl<'p> Compatibility<'p> {
    /// So many different sets of bins are told apart; pairs of further ones are looked at one by one.
    const MOST_SETS: usize = 64;

    /// Of these item types.
    ///
    /// Complexity: item types times bin types, and times the rows of the conflict relation that differ.
    #[must_use]
    pub fn of(problem: &'p Problem, items: Vec<usize>) -> Self {
        let len = items.len();
        let class = |item: usize| problem.items()[item].class;
        let (mut known, mut rows): (FxHashMap<&FixedBitSet, usize>, Vec<&FixedBitSet>) = Default::default();
        let number = |&item: &usize| {
            let row = problem.conflicts().row(class(item));
            *known.entry(row).or_insert_with(|| {
                rows.push(row);
                rows.len() - 1
            })
        };
        let refusing: Vec<usize> = items.iter().map(number).collect();
        let apart = |row: &FixedBitSet| {
            let mut apart = FixedBitSet::with_capacity(len);
            apart.extend((0..len).filter(|&index| row.contains(class(items[index]))));
            apart
        };
        let apart = rows.into_iter().map(apart).collect();
        let half = |item: &ItemType, bin: &BinType| item.size.iter().zip(&bin.capacity).all(|(x, cap)| *x <= cap / 2);
        let mut sets: Vec<BinSet> = Vec::new();
        let mut number = |item: &ItemType| {
            let set: BinSet = item.eligible.ones().filter(|&bin| half(item, &problem.bins()[bin])).collect();
            sets.iter().position(|it| *it == set).unwrap_or_else(|| {
                if sets.len() < Self::MOST_SETS {
                    sets.push(set);
                    sets.len() - 1
                } else {
                    Self::MOST_SETS
                }
            })
        };
        let roomy: Vec<usize> = items.iter().map(|&item| number(&problem.items()[item])).collect();
        let near = |set: &BinSet| {
            let meets: Vec<bool> = sets.iter().map(|other| set.meets(other)).collect();
            let mut near = FixedBitSet::with_capacity(len);
            near.extend((0..len).filter(|&item| meets.get(roomy[item]) == Some(&true)));
            near
        };
        // of what is not told apart nothing is known
        let near = sets.iter().map(near).chain([FixedBitSet::with_capacity(len)]).collect();
        let mut united = FixedBitSet::with_capacity(len);
        united.extend((0..len).filter(|&index| problem.unit(items[index]).is_some()));
        Self { problem, items, refusing, apart, roomy, near, united }
    }

    /// The item types whose classes conflict with that of `a`.
    #[must_use]
    pub fn apart(&self, a: usize) -> &FixedBitSet {
        &self.apart[self.refusing[a]]
    }

    /// Of these item types those that are [`compatible`] with `a`, and how many had to be looked at one by one.
    #[must_use]
    pub fn row(&self, a: usize, among: &FixedBitSet) -> (FixedBitSet, usize) {
        let mut open = among.clone();
        open.difference_with(self.apart(a));
        let mut row = open.clone();
        row.intersect_with(&self.near[self.roomy[a]]);
        if self.united.contains(a) {
            row.difference_with(&self.united);
        }
        open.difference_with(&row);
        let doubtful = open.count_ones(..);
        row.extend(open.ones().filter(|&b| compatible(self.problem, self.items[a], self.items[b])));
        (row, doubtful)
    }
}

/// The connected components of the compatibility graph, as ascending lists of item types, ordered by their first.
///
/// Two searches: over classes by breadth first search on the complement of the conflict relation with the set of
/// unvisited classes (`classes^2 / 64`); then, inside each component of up to a few thousand item types, over item
/// types, where two that no common bin holds are apart as well.
#[must_use]
pub fn components(problem: &Problem) -> Vec<Vec<usize>> {
    let mut of_class: Vec<Vec<usize>> = vec![Vec::new(); problem.conflicts().len()];
    for (index, item) in problem.items().iter().enumerate() {
        of_class[item.class].push(index);
    }
    let mut used = FixedBitSet::with_capacity(of_class.len());
    used.extend((0..of_class.len()).filter(|&class| !of_class[class].is_empty()));
    let mut found = Vec::new();
    for classes in problem.conflicts().islands(used) {
        let mut items: Vec<usize> = classes.iter().flat_map(|&class| of_class[class].iter().copied()).collect();
        items.sort_unstable();
        if items.len() <= PAIRWISE { split(problem, items, &mut found) } else { found.push(items) }
    }
    found.sort_unstable();
    found
}

/// Splits `items` further by what can share a bin.
fn split(problem: &Problem, items: Vec<usize>, found: &mut Vec<Vec<usize>>) {
    let pairs = Compatibility::of(problem, items);
    let mut unvisited = FixedBitSet::with_capacity(pairs.items.len());
    unvisited.insert_range(..);
    while let Some(start) = unvisited.minimum() {
        unvisited.remove(start);
        let mut queue = vec![start];
        let mut next = 0;
        while let Some(&item) = queue.get(next) {
            next += 1;
            let (reached, _) = pairs.row(item, &unvisited);
            unvisited.difference_with(&reached);
            queue.extend(reached.ones());
        }
        queue.sort_unstable();
        found.push(queue.into_iter().map(|item| pairs.items[item]).collect());
    }
}

/// Which reductions a caller can bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Keep the maximum counts of the bin types; without: every type may be used any number of times.
    pub max_counts: bool,
    /// Costs matter: a bin type is dominated only by one that costs no more.
    pub costs: bool,
    /// Merge item types and classes that only their index tells apart.
    pub merge: bool,
}

/// A part of a problem, reduced, and what its indices stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reduced {
    /// The smaller problem.
    pub problem: Problem,
    /// For each of its item types: the item types of the original that were merged, ascending.
    pub items: Vec<Vec<usize>>,
    /// For each of its bin types: the bin type of the original.
    pub bins: Vec<usize>,
    /// For each of its resources: the resource of the original, ascending.
    pub resources: Vec<usize>,
}

/// The sub-problem of the item types `part` (ascending), reduced. Complexity: the square of the classes in the part,
/// and the square of the bin types times the items.
#[must_use]
pub fn reduce(problem: &Problem, part: &[usize], rules: Rules) -> Reduced {
    cut_out(problem, part, useful_bins(problem, part, rules), rules)
}

/// The sub-problem of the item types `part` (ascending) with equal ones merged and all bin types that exist: where each has a price of its
/// own, none makes another superfluous. It keeps the groups, which keep their numbers.
#[must_use]
pub fn merged(problem: &Problem, part: &[usize]) -> Reduced {
    let bins = (0..problem.bins().len()).filter(|&bin| problem.exists(bin)).collect();
    let mut reduced = cut_out(problem, part, bins, Rules { max_counts: true, costs: true, merge: true });
    if problem.has_groups() {
        reduced.problem.terms = Terms {
            groups: reduced.items.iter().map(|same| problem.group(same[0])).collect(),
            most_groups: reduced.bins.iter().map(|&bin| problem.most_groups(bin)).collect(),
            overheads: problem.terms.overheads.clone(),
            ..Terms::default()
        };
    }
    reduced
}

fn cut_out(problem: &Problem, part: &[usize], bins: Vec<usize>, rules: Rules) -> Reduced {
    let (class_of, conflicts) = merge_classes(problem, part, rules.merge);
    let mut items: Vec<ItemType> = Vec::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut known: FxHashMap<_, usize> = FxHashMap::default();
    for (&index, &class) in part.iter().zip(&class_of) {
        let item = &problem.items()[index];
        let eligible: BinSet = (0..bins.len()).filter(|&bin| problem.fits_alone(index, bins[bin])).collect();
        let next = items.len();
        let group = match rules.merge {
            true => *known.entry((item.size.clone(), class, problem.group(index), eligible.clone())).or_insert(next),
            false => next,
        };
        if group == next {
            items.push(ItemType { size: item.size.clone(), demand: item.demand, class, eligible });
            groups.push(vec![index]);
        } else {
            items[group].demand += item.demand;
            groups[group].push(index);
        }
    }
    let kinds = bins.iter().map(|&bin| {
        let kind = &problem.bins()[bin];
        BinType { max_count: kind.max_count.filter(|_| rules.max_counts), ..kind.clone() }
    });
    let (mut kinds, dimensions): (Vec<BinType>, usize) = (kinds.collect(), problem.dimensions());
    // an overhead takes of resources too; of many bin types sums in all resources find packings sooner
    let resources = if problem.has_groups() || kinds.len() > 1 {
        (0..dimensions).collect()
    } else {
        binding_resources(&items, &kinds, dimensions)
    };
    if resources.len() < dimensions {
        let project = |sizes: &mut Vec<u64>| *sizes = resources.iter().map(|&q| sizes[q]).collect();
        items.iter_mut().for_each(|item| project(&mut item.size));
        kinds.iter_mut().for_each(|kind| project(&mut kind.capacity));
        if rules.merge {
            // what differs in a resource that never runs out does not differ
            (items, groups) = merge_items(items, groups);
        }
    }
    let dimensions = resources.len();
    // a part of a valid problem is valid: its sums are smaller and its indices were made here
    let problem = Problem { dimensions, items, conflicts, bins: kinds, terms: Terms::default() };
    Reduced { problem, items: groups, bins, resources }
}

/// Equal item types as one each, with what they stand for.
fn merge_items(items: Vec<ItemType>, groups: Vec<Vec<usize>>) -> (Vec<ItemType>, Vec<Vec<usize>>) {
    let mut known: FxHashMap<_, usize> = FxHashMap::default();
    let (mut merged, mut stands): (Vec<ItemType>, Vec<Vec<usize>>) = (Vec::new(), Vec::new());
    for (item, group) in items.into_iter().zip(groups) {
        let at = *known.entry((item.size.clone(), item.class, item.eligible.clone())).or_insert(merged.len());
        if at == merged.len() {
            merged.push(item);
            stands.push(group);
        } else {
            merged[at].demand += item.demand;
            stands[at].extend(group);
        }
    }
    stands.iter_mut().for_each(|group| group.sort_unstable());
    (merged, stands)
}

/// The problem with its conflicts forgotten and equal sizes merged: a relaxation with one item type a size (and
/// eligibility). Complexity: linear.
#[must_use]
pub fn without_conflicts(problem: &Problem) -> Reduced {
    let items = problem.items.iter().map(|item| ItemType { class: 0, ..item.clone() }).collect();
    let (dimensions, bins) = (problem.dimensions, problem.bins.clone());
    let relaxed = Problem { dimensions, items, conflicts: BitMatrix::new(1), bins, terms: Terms::default() };
    let all: Vec<usize> = (0..problem.items.len()).collect();
    reduce(&relaxed, &all, Rules { max_counts: true, costs: true, merge: true })
}

/// Bin types that hold an item of the part, without those that another one makes superfluous: it is as large in every
/// dimension, may hold whatever the first may, has no maximum count and (where costs matter) costs no more.
fn useful_bins(problem: &Problem, part: &[usize], rules: Rules) -> Vec<usize> {
    let all = problem.bins();
    let holds: Vec<FixedBitSet> = (0..all.len())
        .map(|bin| {
            let mut set = FixedBitSet::with_capacity(part.len());
            set.extend((0..part.len()).filter(|&at| problem.fits_alone(part[at], bin)));
            set
        })
        .collect();
    // a type of which there may be none is none, whether maximum counts are kept or not
    let exists = |bin: usize| all[bin].max_count != Some(0);
    let dominates = |better: usize, worse: usize| {
        let (a, b) = (&all[better], &all[worse]);
        exists(better)
            && (!rules.max_counts || a.max_count.is_none())
            && (!rules.costs || a.cost <= b.cost)
            && a.capacity.iter().zip(&b.capacity).all(|(x, y)| x >= y)
            && holds[worse].is_subset(&holds[better])
    };
    (0..all.len())
        .filter(|&bin| !holds[bin].is_clear() && exists(bin))
        .filter(|&bin| {
            // of two that dominate one another the first stays
            !(0..all.len())
                .any(|other| other != bin && dominates(other, bin) && (other < bin || !dominates(bin, other)))
        })
        .collect()
}

/// The classes of the part renumbered, those with identical rows as one; and the conflicts between them.
///
/// Rows include the diagonal, so two classes merge only if the items of both are as much in conflict with one another
/// as among themselves.
fn merge_classes(problem: &Problem, part: &[usize], merge: bool) -> (Vec<usize>, BitMatrix) {
    let mut present: Vec<usize> = part.iter().map(|&item| problem.items()[item].class).collect();
    present.sort_unstable();
    present.dedup();
    let rows = restricted_rows(problem.conflicts(), &present);
    let mut merged = vec![0; present.len()];
    let mut first_of: Vec<usize> = Vec::new();
    let mut known: FxHashMap<&FixedBitSet, usize> = FxHashMap::default();
    for (class, row) in rows.iter().enumerate() {
        let next = first_of.len();
        merged[class] = if merge { *known.entry(row).or_insert(next) } else { next };
        if merged[class] == next {
            first_of.push(class);
        }
    }
    let mut conflicts = BitMatrix::new(first_of.len());
    for (row, &class) in first_of.iter().enumerate() {
        for other in rows[class].ones() {
            conflicts.insert(row, merged[other]);
        }
    }
    let class_of = part.iter().map(|&item| {
        let class = present.partition_point(|&class| class < problem.items()[item].class);
        merged[class]
    });
    (class_of.collect(), conflicts)
}

/// The rows of `present` (ascending), with only the columns of `present`, renumbered.
fn restricted_rows(conflicts: &BitMatrix, present: &[usize]) -> Vec<FixedBitSet> {
    let pairwise = present.len().saturating_mul(16) < conflicts.len();
    let mut place = vec![usize::MAX; if pairwise { 0 } else { conflicts.len() }];
    if !pairwise {
        present.iter().enumerate().for_each(|(at, &class)| place[class] = at);
    }
    let row = |&class: &usize| {
        let mut row = FixedBitSet::with_capacity(present.len());
        if pairwise {
            row.extend((0..present.len()).filter(|&at| conflicts.contains(class, present[at])));
        } else {
            row.extend(conflicts.row(class).ones().map(|other| place[other]).filter(|&at| at != usize::MAX));
        }
        row
    };
    present.iter().map(row).collect()
}

impl Reduced {
    /// The solution of the reduced problem as patterns of the original. Copies of a merged type are handed out to the
    /// types it stands for in order; a pattern is split where that makes its bins differ.
    #[must_use]
    pub fn restore(&self, original: &Problem, solution: &Solution) -> Solution {
        let demand = |index: &usize| (*index, original.items()[*index].demand);
        let mut left: Vec<Vec<(usize, u64)>> =
            self.items.iter().map(|group| group.iter().rev().map(demand).collect()).collect();
        let mut patterns = Vec::with_capacity(solution.patterns.len());
        for pattern in &solution.patterns {
            let mut count = pattern.count;
            while count > 0 {
                let run = self.run(&left, pattern, count);
                let mut items = Vec::with_capacity(pattern.items.len());
                for &(group, copies) in &pattern.items {
                    take(&mut left[group], copies, run, &mut items);
                }
                items.sort_unstable();
                patterns.push(Pattern { bin: self.bins[pattern.bin], items, count: run });
                count -= run;
            }
        }
        Solution { patterns }
    }

    /// How many bins of a pattern can be filled alike from what is left.
    fn run(&self, left: &[Vec<(usize, u64)>], pattern: &Pattern, count: u64) -> u64 {
        let alike = pattern.items.iter().map(|&(group, copies)| match left[group].last() {
            Some(&(_, stock)) if stock >= copies => stock / copies,
            _ => 1,
        });
        alike.min().unwrap_or(count).min(count)
    }

    /// One number an original item type of the part (in the order of `part`), from one a reduced item type.
    #[must_use]
    pub fn spread(&self, part: &[usize], values: &[u64]) -> Vec<u64> {
        let mut spread = vec![0; part.len()];
        for (group, &value) in self.items.iter().zip(values) {
            for index in group {
                spread[part.partition_point(|other| other < index)] = value;
            }
        }
        spread
    }

    /// One number an original resource, 0 for those that dropped out, from one a resource.
    #[must_use]
    pub fn spread_resources(&self, original: &Problem, values: &[u64]) -> Vec<u64> {
        let mut spread = vec![0; original.dimensions()];
        self.resources.iter().zip(values).for_each(|(&q, &value)| spread[q] = value);
        spread
    }
}

/// Takes `copies` a bin for `run` bins from the end of `stock`.
fn take(stock: &mut Vec<(usize, u64)>, copies: u64, run: u64, items: &mut Vec<(usize, u64)>) {
    let mut wanted = copies;
    while wanted > 0 {
        let Some(last) = stock.last_mut() else { return };
        // with a run above 1 the last stock alone serves it
        let taken = if last.1 >= wanted * run { wanted } else { last.1 };
        items.push((last.0, taken));
        last.1 -= if last.1 >= wanted * run { wanted * run } else { taken };
        wanted -= taken;
        if last.1 == 0 {
            stock.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::random::Random;

    fn two_islands() -> Problem {
        let mut builder = Problem::builder(1);
        builder.bin(&[10]);
        builder.classes(4);
        for (a, b) in [(0, 2), (0, 3), (1, 2), (1, 3)] {
            builder.conflict(a, b);
        }
        for (size, demand, class) in [(3, 2, 0), (3, 3, 1), (4, 1, 2), (9, 1, 3)] {
            builder.item(&[size], demand, class);
        }
        builder.build().unwrap()
    }

    #[test]
    fn components_are_classes_that_may_share_and_sizes_that_may() {
        // 4 and 9 do not fit one bin: apart although their classes agree
        assert_eq!(components(&two_islands()), vec![vec![0, 1], vec![2], vec![3]]);
    }

    #[test]
    fn rows_say_what_pairs_say() {
        let mut random = Random::new(5);
        for _ in 0..200 {
            let (bins, items, classes) = (1 + random.index(70), 1 + random.index(40), 1 + random.index(6));
            let mut builder = Problem::builder(2);
            (0..bins).for_each(|_| _ = builder.bin(&[random.below(20), random.below(20)]));
            builder.classes(classes);
            for _ in 0..random.index(8) {
                builder.conflict(random.index(classes), random.index(classes));
            }
            for _ in 0..items {
                let open: Vec<usize> = (0..bins).filter(|_| random.chance(700)).collect();
                let size = [random.below(20), random.below(12)];
                let class = random.index(classes);
                builder.item_in(&size, 1, class, &open);
            }
            let problem = builder.build().unwrap();
            let units = (0..items).map(|_| random.chance(300).then(|| random.index(3))).collect();
            let problem = problem.with(Terms { units, ..Terms::default() }).unwrap();
            let some: Vec<usize> = (0..items).filter(|_| random.chance(900)).collect();
            let pairs = Compatibility::of(&problem, some.clone());
            let among: FixedBitSet = (0..some.len()).filter(|_| random.chance(800)).collect();
            for (index, &a) in some.iter().enumerate() {
                let expected: Vec<usize> = among.ones().filter(|&index| compatible(&problem, a, some[index])).collect();
                assert_eq!(pairs.row(index, &among).0.ones().collect::<Vec<_>>(), expected);
            }
        }
    }

    #[test]
    fn twins_merge_and_come_back() {
        let problem = two_islands();
        let rules = Rules { max_counts: false, costs: false, merge: true };
        let reduced = reduce(&problem, &[0, 1], rules);
        assert_eq!((reduced.problem.items().len(), reduced.problem.items()[0].demand), (1, 5));
        let solution = Solution {
            patterns: vec![
                Pattern { bin: 0, items: vec![(0, 3)], count: 1 },
                Pattern { bin: 0, items: vec![(0, 1)], count: 2 },
            ],
        };
        solution.check(&reduced.problem).unwrap();
        let restored = reduced.restore(&problem, &solution);
        assert_eq!(restored.patterns[0].items, vec![(0, 2), (1, 1)]);
        assert_eq!(restored.bins(), 3);
        assert_eq!(reduced.spread(&[0, 1], &[7]), vec![7, 7]);
    }

    #[test]
    fn what_differs_where_there_is_always_room_merges_too() {
        let mut builder = Problem::builder(2);
        builder.bin(&[10, 100]);
        let class = builder.class();
        for (size, spare, demand) in [(3, 1, 2), (4, 2, 1), (3, 5, 1), (3, 1, 1)] {
            builder.item(&[size, spare], demand, class);
        }
        let problem = builder.build().unwrap();
        let of = |merge: bool| reduce(&problem, &[0, 1, 2, 3], Rules { max_counts: true, costs: true, merge });
        let reduced = of(true);
        let demands: Vec<u64> = reduced.problem.items().iter().map(|item| item.demand).collect();
        assert_eq!(
            (&reduced.items[..], &demands[..], &reduced.resources[..]),
            (&[vec![0, 2, 3], vec![1]][..], &[4, 1][..], &[0][..])
        );
        assert_eq!(of(false).items.len(), 4);
        let one = |items: Vec<(usize, u64)>| Pattern { bin: 0, items, count: 1 };
        let solution = Solution { patterns: vec![one(vec![(0, 3)]), one(vec![(0, 1), (1, 1)])] };
        assert_eq!(solution.check(&reduced.problem), Ok(()));
        assert_eq!(reduced.restore(&problem, &solution).check(&problem), Ok(()));
    }

    #[test]
    fn dominated_and_useless_bins_drop_out() {
        let mut builder = Problem::builder(1);
        for (capacity, cost, max_count) in [(10, 5, None), (8, 5, None), (2, 1, None), (20, 9, Some(1)), (10, 5, None)]
        {
            builder.bin_type(BinType { capacity: vec![capacity], cost, max_count });
        }
        let class = builder.class();
        builder.item(&[3], 4, class);
        let problem = builder.build().unwrap();
        let bins = |max_counts, costs| reduce(&problem, &[0], Rules { max_counts, costs, merge: true }).bins;
        assert_eq!(bins(true, true), vec![0, 3]);
        assert_eq!(bins(false, false), vec![3]);
        assert_eq!(bins(false, true), vec![0, 3]);
    }
}
