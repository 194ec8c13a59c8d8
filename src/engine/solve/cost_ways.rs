//! Cheap packings where components compete for the cheaper bins.
//!
//! Were the sizes sand, each component would be covered by whole bins that cost little at prices on what all have in common: the maximum
//! counts, and the number of bins that the first level allows. A linear programme chooses one way for each, and what does not
//! hold its component in fact is chosen no more.

use std::collections::BTreeMap;

use super::cheap::{Cheap, Counting, Held};
use super::choose::{choose, mended};
use super::deals::Deals;
use super::effort::limited as effort;
use super::part::Part;
use super::term_bounds::Parts;
use super::together::numbers;
use super::whole::Ways;
use crate::budget::{Budget, Options};
use crate::certify::Claim;
use crate::exact::{Choice, choices, within};
use crate::problem::reduce::Rules;
use crate::problem::{BinType, Pattern, Problem, Solution};

/// A packing of no more bins than `best` that costs less, and a claim on what these cost at least, where they were found. `fewest` proves that there are no
/// fewer; without it nothing is claimed. For problems of several components without terms.
///
/// Complexity: that of finding the ways, and packings of the components with shares, bounded by the budget.
pub(super) fn by_ways(
    problem: &Problem,
    fewest: Option<&Claim>,
    best: &Solution,
    options: &Options,
    budget: &Budget,
) -> (Option<Solution>, Option<Claim>) {
    if budget.look().is_err() {
        return (None, None);
    }
    let parts = Parts::of(problem);
    if !parts.several() {
        return (None, None);
    }
    let items: Vec<Vec<usize>> = parts.items().map(<[usize]>::to_vec).collect();
    let Some(known) = Known::all(problem, best, &items) else { return (None, None) };
    let shares: Vec<Vec<u64>> = known.iter().map(|known| known.share.clone()).collect();
    // the number of bins as what all have in common, then, if it is known, that of each
    let same = |fewest: &&Claim| {
        let components = fewest.components.iter().map(|component| &component.items[..]);
        fewest.bound == best.bins() && components.eq(parts.items())
    };
    let counted = fewest.filter(same).and_then(numbers);
    let cheap = |counting: Counting| {
        let ways = |own: &Budget| parts.cheap_ways(problem, best.bins(), (&shares, counting), own);
        budget.within_half_time(budget.left() / 4, ways)
    };
    let exact = counted.as_deref().map(Counting::Exact);
    let in_parts = cheap(Counting::Parts);
    // where large components are better counted in parts, whole bins show little: some ways more
    let whole = match &in_parts {
        Some(_) => {
            budget.within_eighths(1, |own| parts.cheap_ways(problem, best.bins(), (&shares, Counting::Whole), own))
        }
        None => cheap(Counting::Whole),
    };
    let first = usize::from(in_parts.is_some());
    let cheap = [whole, in_parts, exact.and_then(cheap)];
    let mut ways: Vec<Ways> = vec![Ways::new(); items.len()];
    for cheap in cheap.iter().flatten() {
        ways.iter_mut().zip(&cheap.ways).for_each(|(ways, more)| ways.extend_from_slice(more));
    }
    let deal = |own: &Budget| dealt(problem, best, known, items, ways, options, own);
    let found = if budget.look().is_ok() { budget.within_half_time(budget.left() / 2, deal) } else { None };
    if fewest.is_none() {
        return (found, None);
    }
    let held = Held { most: best.bins(), least: best.bins() };
    let alone = counted.is_none();
    let claim = |(cheap, counted): (&Option<Cheap>, Option<&[u64]>)| {
        let claim = |own: &Budget| parts.cheap_claim(problem, cheap.as_ref()?, held, counted, own);
        if alone { budget.within(budget.left(), claim) } else { budget.within_half_time(budget.left() / 2, claim) }
    };
    let claims = cheap.iter().zip([None, None, counted.as_deref()]).skip(first).filter_map(claim);
    (found, claims.reduce(|best, other| if other.bound > best.bound { other } else { best }))
}

/// The best of these ways that holds everybody, for the components of these `items`.
fn dealt(
    problem: &Problem,
    best: &Solution,
    known: Vec<Known>,
    items: Vec<Vec<usize>>,
    ways: Vec<Ways>,
    options: &Options,
    budget: &Budget,
) -> Option<Solution> {
    // each with its share of every type
    let limit = |bin: &BinType| BinType { max_count: Some(bin.max_count.unwrap_or(best.bins())), ..bin.clone() };
    let bins = problem.bins().iter().map(limit).collect();
    let dealt = Problem::new(problem.dimensions(), problem.items().to_vec(), problem.conflicts().clone(), bins).ok()?;
    let rules = Rules { max_counts: true, costs: true, merge: true };
    let part = |items| budget.look().ok().map(|()| Part::new(&dealt, items, rules));
    let parts: Vec<Part> = items.into_iter().map(part).collect::<Option<_>>()?;
    budget.look().ok()?;
    let mut market = Market { problem, best, known, deals: Deals::of(&dealt, &parts) };
    market.trade(ways, options, budget)
}

/// A component in the packing that is known.
struct Known {
    share: Vec<u64>,
    patterns: Vec<Pattern>,
}

impl Known {
    /// Of each of the components; `None` where a bin holds of several, or nothing.
    fn all(problem: &Problem, best: &Solution, items: &[Vec<usize>]) -> Option<Vec<Self>> {
        let mut component = vec![0; problem.items().len()];
        for (at, own) in items.iter().enumerate() {
            own.iter().for_each(|&item| component[item] = at);
        }
        let nothing = || Self { share: vec![0; problem.bins().len()], patterns: Vec::new() };
        let mut all: Vec<Self> = items.iter().map(|_| nothing()).collect();
        for pattern in &best.patterns {
            let at = component[pattern.items.first()?.0];
            if pattern.items.iter().any(|&(item, _)| component[item] != at) {
                return None;
            }
            all[at].share[pattern.bin] += pattern.count;
            all[at].patterns.push(pattern.clone());
        }
        Some(all)
    }
}

/// Who takes which bins.
struct Market<'p> {
    problem: &'p Problem,
    best: &'p Solution,
    known: Vec<Known>,
    deals: Deals<'p>,
}

impl Market<'_> {
    /// Chooses among the ways and what is known until packings are found for all that is chosen.
    fn trade(&mut self, ways: Vec<Ways>, options: &Options, budget: &Budget) -> Option<Solution> {
        let cost = |share: &[u64]| {
            let own = share.iter().zip(self.problem.bins()).map(|(count, bin)| count.saturating_mul(bin.cost));
            own.fold(0, u64::saturating_add)
        };
        // by component: what each share costs, as far as is known
        let mut all: Vec<BTreeMap<Vec<u64>, u64>> = Vec::with_capacity(ways.len());
        for (at, (ways, known)) in ways.into_iter().zip(&self.known).enumerate() {
            let suffices = |share: &Vec<u64>| self.deals.may_suffice(at, share);
            let mut own: BTreeMap<Vec<u64>, u64> =
                ways.into_iter().filter(suffices).map(|share| (share.clone(), cost(&share))).collect();
            own.insert(known.share.clone(), cost(&known.share));
            all.push(own);
        }
        let most = self.problem.bins().iter().map(|bin| bin.max_count).chain([Some(self.best.bins())]);
        let most: Vec<Option<u64>> = most.collect();
        for _ in 0..effort::TRADES {
            budget.look().ok()?;
            let choice = |(share, &price): (&Vec<u64>, &u64)| {
                let units = share.iter().copied().chain([share.iter().sum()]).collect();
                Choice { units, price }
            };
            let choice: Vec<Vec<Choice>> = all.iter().map(|own| own.iter().map(choice).collect()).collect();
            let mut chosen = self.chosen(&choice, &most, options, budget)?;
            if !within(&chosen, &most) {
                // what is rounded there is more than what is left for the others
                let larger = (0..all.len()).filter(|&at| all[at].len() > 1);
                let largest =
                    larger.max_by_key(|&at| (self.known[at].share.iter().sum::<u64>(), std::cmp::Reverse(at)))?;
                all[largest].retain(|share, _| *share == self.known[largest].share);
                continue;
            }
            chosen.iter_mut().for_each(|share| _ = share.pop());
            let wanted = chosen.iter().cloned().enumerate().filter(|(at, share)| *share != self.known[*at].share);
            self.deals.pack(wanted.collect(), true, options, budget);
            let mut patterns = Vec::new();
            let mut missing = false;
            for (at, share) in chosen.iter().enumerate() {
                match self.deals.restored(at, share) {
                    Some(found) => patterns.extend(found.patterns),
                    None if *share == self.known[at].share => patterns.extend(self.known[at].patterns.iter().cloned()),
                    None => {
                        missing = true;
                        all[at].remove(share);
                    }
                }
            }
            if !missing {
                let found = Solution::grouped(patterns);
                let as_few = found.bins() <= self.best.bins() && found.check(self.problem).is_ok();
                return (as_few && found.cost(self.problem) < self.best.cost(self.problem)).then_some(found);
            }
        }
        None
    }

    /// The cheapest choice that is found within what there is.
    fn chosen(
        &self,
        all: &[Vec<Choice>],
        most: &[Option<u64>],
        options: &Options,
        budget: &Budget,
    ) -> Option<Vec<Vec<u64>>> {
        let price = |(own, units): (&Vec<Choice>, &Vec<u64>)| {
            own.iter().find(|choice| choice.units == *units).map_or(u64::MAX, |choice| choice.price)
        };
        let merit = |found: &Vec<Vec<u64>>| {
            (!within(found, most), all.iter().zip(found).map(price).fold(0, u64::saturating_add))
        };
        let programmed = choices(all, most, budget);
        let units = |places: Vec<usize>| -> Vec<Vec<u64>> {
            all.iter().zip(places).map(|(own, at)| own[at].units.clone()).collect()
        };
        let mended = programmed.as_ref().and_then(|from| mended(all, most, from, budget)).map(units);
        let many = all.iter().map(Vec::len).sum::<usize>() > effort::MOST_CHOSEN;
        let searched = match &mended {
            // what else is found among so many is seldom better, and takes seconds
            Some(_) if many => None,
            _ => choose(all, most, 0, options.seed, budget).map(units),
        };
        [programmed, mended, searched].into_iter().flatten().min_by_key(merit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Options;
    use crate::problem::MAX_TOTAL;

    #[test]
    fn who_needs_a_bin_has_it_and_the_others_the_cheapest_that_are_left() {
        let mut builder = Problem::builder(1);
        builder.bin_type(BinType { capacity: vec![10], cost: 10, max_count: None });
        builder.bin_type(BinType { capacity: vec![10], cost: 6, max_count: Some(2) });
        builder.bin_type(BinType { capacity: vec![14], cost: 7, max_count: Some(2) });
        builder.classes(4);
        for class in 0..4 {
            (0..class).for_each(|other| _ = builder.conflict(class, other));
            // the last two need a large bin each where there are four bins in all
            builder.item(&[1], if class < 2 { 8 } else { 13 }, class);
        }
        let problem = builder.build().unwrap();
        let whole = |item: usize, bin: usize| {
            let count = problem.items()[item].demand;
            Pattern { bin, items: vec![(item, count)], count: 1 }
        };
        let best = Solution::grouped(vec![whole(0, 0), whole(1, 0), whole(2, 2), whole(3, 2)]);
        assert_eq!(best.check(&problem), Ok(()));
        let budget = Budget::of_work(1_000_000_000);
        let alone = Parts::of(&problem).alone(&problem, &budget).unwrap();
        assert_eq!((alone.bound, alone.components.len()), (4, 4));
        // with the number of bins of each, and without
        for fewest in [Claim::default(), alone] {
            let with = |best: &Solution| by_ways(&problem, Some(&fewest), best, &Options::default(), &budget);
            let (found, claim) = with(&best);
            let found = found.unwrap();
            assert_eq!((found.check(&problem), found.bins(), found.cost(&problem)), (Ok(()), 4, 26));
            // nothing is cheaper than that, and the claim says it
            assert_eq!(claim.unwrap().bound, 26);
            assert_eq!(with(&found).0, None);
        }
        // where it is not proved that there are no fewer, the same packing, and no claim
        let (found, claim) = by_ways(&problem, None, &best, &Options::default(), &budget);
        assert_eq!((found.map(|found| found.cost(&problem)), claim), (Some(26), None));
    }

    #[test]
    fn costs_of_any_size_end_in_no_panic() {
        for dear in [1 << 20, 1 << 40, MAX_TOTAL / 8] {
            let mut builder = Problem::builder(1);
            builder.bin_type(BinType { capacity: vec![10], cost: dear, max_count: None });
            builder.bin_type(BinType { capacity: vec![10], cost: 1, max_count: Some(2) });
            builder.bin_type(BinType { capacity: vec![20], cost: dear / 3, max_count: Some(1) });
            builder.classes(2);
            builder.conflict(0, 1);
            (0..2).for_each(|class| _ = builder.item(&[3], 4, class));
            let problem = builder.build().unwrap();
            let bin = |class: usize, bin: usize, count: u64| Pattern { bin, items: vec![(class, count)], count: 1 };
            let best = Solution::grouped(vec![bin(0, 0, 3), bin(0, 1, 1), bin(1, 0, 3), bin(1, 1, 1)]);
            let (found, claim) =
                by_ways(&problem, Some(&Claim::default()), &best, &Options::default(), &Budget::of_work(1_000_000_000));
            let cost = found.map_or(best.cost(&problem), |found| found.cost(&problem));
            assert!(cost <= best.cost(&problem) && claim.is_none_or(|claim| u128::from(claim.bound) <= cost), "{dear}");
        }
    }
}
