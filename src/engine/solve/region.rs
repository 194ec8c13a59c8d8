//! Some bins of a large packing taken out and packed anew, one fewer: large neighbourhood search (Shaw 1998).
//!
//! What is too large for column generation as a whole is not too large a few dozen bins at a time. Bins with much room
//! come first, but for chance. A new packing of as many bins is kept too where it leaves one of them emptier.

use fixedbitset::FixedBitSet;

use super::effort::region as effort;
use super::part::Part;
use crate::budget::{Budget, Options};
use crate::problem::random::Random;
use crate::problem::reduce::Rules;
use crate::problem::{BitMatrix, ItemType, Pattern, Problem, Solution};

/// A whole bin, for shares of one.
const WHOLE: u64 = 1000;

/// A packing with fewer bins than `start`, at least `lower`; `None` where none was found before the budget ran out.
pub(super) fn improve(
    problem: &Problem,
    start: &Solution,
    lower: u64,
    options: &Options,
    budget: &Budget,
) -> Option<Solution> {
    if start.bins() > effort::MOST_BINS {
        return None;
    }
    let alone = |pattern: &Pattern| Pattern { count: 1, ..pattern.clone() };
    let mut bins: Vec<Pattern> = Vec::new();
    start.patterns.iter().for_each(|pattern| bins.extend((0..pattern.count).map(|_| alone(pattern))));
    let mut random = Random::new(options.seed);
    let mut seed = options.seed;
    while bins.len() as u64 > lower && budget.spend(20 * bins.len() as u64).is_ok() {
        let out = take_out(problem, &mut bins, &mut random);
        seed = seed.wrapping_add(1);
        let options = Options { seed, ..options.clone() };
        let again = budget.within(effort::PLAN + effort::COLUMNS, |own| pack(problem, &out, &options, own));
        bins.extend(again.unwrap_or(out));
    }
    let found = Solution::grouped(bins);
    (found.bins() < start.bins() && found.check(problem).is_ok()).then_some(found)
}

/// Takes bins with some room out of the packing.
fn take_out(problem: &Problem, bins: &mut Vec<Pattern>, random: &mut Random) -> Vec<Pattern> {
    let weight = random.below(5);
    let mut ranked: Vec<(u64, usize)> =
        bins.iter().enumerate().map(|(at, bin)| (weight * free(problem, bin) + random.below(WHOLE), at)).collect();
    ranked.sort_unstable_by(|a, b| b.cmp(a));
    let (most, mut taken) = (random.between(effort::TAKEN.0, effort::TAKEN.1), 0);
    let mut chosen = Vec::new();
    for (_, at) in ranked {
        taken += bins[at].items.len() as u64;
        if taken > most && chosen.len() > 1 {
            break;
        }
        chosen.push(at);
    }
    chosen.sort_unstable_by(|a, b| b.cmp(a));
    chosen.into_iter().map(|at| bins.swap_remove(at)).collect()
}

/// The room left in a bin, on average over the resources, in thousandths.
fn free(problem: &Problem, bin: &Pattern) -> u64 {
    let capacity = &problem.bins()[bin.bin].capacity;
    let full = |q: usize| {
        let load: u128 = bin
            .items
            .iter()
            .map(|&(item, copies)| u128::from(problem.items()[item].size[q]) * u128::from(copies))
            .sum();
        // at most WHOLE: the bin holds them
        (load * u128::from(WHOLE) / u128::from(capacity[q].max(1))) as u64
    };
    let full: u64 = (0..capacity.len()).map(full).sum();
    WHOLE - (full / (capacity.len() as u64).max(1)).min(WHOLE)
}

/// The larger, the more of the room is in few bins.
fn gathered(problem: &Problem, bins: &[Pattern]) -> u64 {
    bins.iter().map(|bin| free(problem, bin).pow(2) * bin.count).sum()
}

/// The content of these bins in fewer bins, or in as many with the room in fewer of them.
fn pack(problem: &Problem, out: &[Pattern], options: &Options, budget: &Budget) -> Option<Vec<Pattern>> {
    let mut items: Vec<(usize, u64)> = out.iter().flat_map(|bin| bin.items.iter().copied()).collect();
    items.sort_unstable();
    items.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 += if same { next.1 } else { 0 };
        same
    });
    let small = cut_out(problem, &items, out)?;
    let rules = Rules { max_counts: true, costs: false, merge: true };
    let mut part = Part::new(&small, (0..small.items().len()).collect(), rules);
    part.bounds(options, budget);
    if part.lower > out.len() as u64 {
        return None;
    }
    part.construct(options.seed, effort::PLAN, budget);
    if part.value()? >= out.len() as u64 && part.lower < out.len() as u64 && budget.look().is_ok() {
        part.columns(options, budget);
    }
    let found = part.restored(&small)?;
    let mut bins: Vec<Pattern> = Vec::new();
    for Pattern { bin, items: held, count } in found.patterns {
        let held: Vec<(usize, u64)> = held.iter().map(|&(item, copies)| (items[item].0, copies)).collect();
        bins.extend((0..count).map(|_| Pattern { bin, items: held.clone(), count: 1 }));
    }
    let better =
        bins.len() < out.len() || (bins.len() == out.len() && gathered(problem, &bins) > gathered(problem, out));
    better.then_some(bins)
}

/// The problem of packing these item types and copies, in as many bins of each limited type as they were taken from.
fn cut_out(problem: &Problem, items: &[(usize, u64)], out: &[Pattern]) -> Option<Problem> {
    let class = |item: usize| problem.items()[item].class;
    let mut classes: Vec<usize> = items.iter().map(|&(item, _)| class(item)).collect();
    classes.sort_unstable();
    classes.dedup();
    let mut conflicts = BitMatrix::new(classes.len());
    for (a, &one) in classes.iter().enumerate() {
        let row: &FixedBitSet = problem.conflicts().row(one);
        (a..classes.len()).filter(|&b| row.contains(classes[b])).for_each(|b| conflicts.insert(a, b));
    }
    let types = items.iter().map(|&(item, demand)| {
        let ItemType { size, eligible, .. } = problem.items()[item].clone();
        ItemType { size, demand, class: classes.partition_point(|&other| other < class(item)), eligible }
    });
    let mut bins = problem.bins().to_vec();
    for (index, bin) in bins.iter_mut().enumerate().filter(|(_, bin)| bin.max_count.is_some()) {
        bin.max_count = Some(out.iter().filter(|out| out.bin == index).count() as u64);
    }
    Problem::new(problem.dimensions(), types.collect(), conflicts, bins).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Silent;
    use crate::heuristic::construct;
    use crate::problem::reduce::components;

    const MILLION: u64 = 1_000_000;

    fn budget(work: u64) -> Budget<'static> {
        Budget::new(&Options::default(), work, &Silent)
    }

    /// Item types in two resources, about four a bin; of the second bin type there are only three.
    fn drawn(items: usize, seed: u64) -> Problem {
        let mut random = Random::new(seed);
        let mut builder = Problem::builder(2);
        builder.bin(&[1000 * MILLION; 2]);
        builder.bin_type(crate::problem::BinType { capacity: vec![1200 * MILLION; 2], cost: 1, max_count: Some(3) });
        for item in 0..items {
            let class = builder.class();
            if item % 7 == 6 {
                builder.conflict(class, class - 1);
            }
            builder.item(&[(); 2].map(|()| random.between(1, 450 * MILLION)), 1, class);
        }
        builder.build().unwrap()
    }

    #[test]
    fn a_poor_packing_loses_bins() {
        let problem = drawn(300, 1);
        let poor = construct(&problem, 1, 1, &budget(0)).best.unwrap();
        let work = 300 * MILLION;
        let run = || {
            let own = budget(work);
            let better = improve(&problem, &poor, 1, &Options::default(), &own).unwrap();
            assert!(own.spent() <= work + work / 10, "{}", own.spent());
            better
        };
        let better = run();
        assert_eq!((better.check(&problem), &better), (Ok(()), &run()));
        assert!(better.bins() + 2 <= poor.bins(), "{} of {}", better.bins(), poor.bins());
        // and stops at once where nothing is left to gain
        let own = budget(work);
        assert_eq!(improve(&problem, &better, better.bins(), &Options::default(), &own), None);
        assert_eq!(own.spent(), 0);
    }

    #[test]
    fn a_gap_is_worked_on_however_many_types_there_are() {
        let problem = drawn(4_100, 2);
        let items = components(&problem).remove(0);
        assert_eq!(items.len(), 4_100);
        let mut part = Part::new(&problem, items, Rules { max_counts: true, costs: false, merge: true });
        part.construct(1, 0, &budget(0));
        part.raise(2);
        let (before, own) = (part.value().unwrap(), budget(400 * MILLION));
        crate::solve::attempt::close(&mut part, 0, &Options::default(), &own);
        assert!(own.look().is_err() || own.left() == 0, "{} left", own.left());
        assert!(part.value().unwrap() < before);
    }
}
