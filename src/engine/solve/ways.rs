//! Who covers itself in which way, where bin types are few.

use std::collections::BTreeSet;

use super::choose::choose;
use super::effort::limited as effort;
use super::shares::{Wants, deal_out};
use super::whole::Ways;
use crate::budget::{Budget, Options};
use crate::exact::{self, Choice, averages, choices};
use crate::problem::{Limit, Problem};

/// For each component one of the `ways` to cover it, or one near these, so that all together are within the maximum counts; `None`
/// where there are none, or too many. Were the sizes sand: nobody needs fewer than `lower` bins.
///
/// Where few bin types are limited there are many ways of which none matters much, and a knapsack with all that are near chooses; where
/// each of many types has few bins, a linear programme with the ways alone.
pub(super) fn chosen(
    problem: &Problem,
    wants: &[Wants],
    ways: &[Ways],
    lower: u64,
    options: &Options,
    budget: &Budget,
) -> Option<Vec<Vec<u64>>> {
    let most: Vec<Option<u64>> = problem.bins().iter().map(|bin| bin.max_count).collect();
    let choice = |wants: &Wants, units: Vec<u64>| Choice { price: wants.needs(problem, &units), units };
    if most.iter().flatten().count() > effort::FEW {
        let (most_parts, most_ways) = effort::MOST_CHOICES;
        if ways.len() > most_parts || ways.iter().map(Vec::len).sum::<usize>() > most_ways {
            return None;
        }
        let own = |(wants, ways): (&Wants, &Ways)| ways.iter().map(|way| choice(wants, way.clone())).collect();
        let all: Vec<Vec<Choice>> = wants.iter().zip(ways).map(own).collect();
        let found = choices(&all, &most, budget);
        // what a dive among all ways ended with stands first
        let firsts: Option<Vec<Vec<u64>>> =
            all.iter().map(|own| own.first().map(|choice| choice.units.clone())).collect();
        let average = averages(&all, &most, budget).map(|mut dealt| {
            deal_out(problem, wants, &mut dealt, budget);
            dealt
        });
        // more than there is of a type is dealt only where nothing else is known
        let merit = |dealt: &Vec<Vec<u64>>| (!within(problem, dealt), Wants::all_need(wants, problem, dealt));
        return [firsts, found, average].into_iter().flatten().min_by_key(merit);
    }
    let mut left = effort::MOST_WAYS;
    let own = |(wants, ways): (&Wants, &Ways)| {
        let all: BTreeSet<Vec<u64>> = ways.iter().flat_map(|way| near(problem, wants, way)).collect();
        left = left.checked_sub(all.len())?;
        budget.spend(all.len() as u64 * effort::WEIGHING).ok()?;
        Some(all.into_iter().map(|way| choice(wants, way)).collect())
    };
    let all: Vec<Vec<Choice>> = wants.iter().zip(ways).map(own).collect::<Option<_>>()?;
    let places = choose(&all, &most, lower, options.seed, budget)?;
    Some(all.into_iter().zip(places).map(|(mut own, at)| own.swap_remove(at).units).collect())
}

/// Whether so many bins for each are within the maximum counts and limits.
pub(super) fn within(problem: &Problem, dealt: &[Vec<u64>]) -> bool {
    let used = |bin: usize| dealt.iter().map(|share| share[bin]).fold(0, u64::saturating_add);
    let most: Vec<Option<u64>> = problem.bins().iter().map(|bin| bin.max_count).collect();
    let limit = |limit: &Limit| limit.bins.ones().map(used).fold(0, u64::saturating_add) <= limit.most;
    exact::within(dealt, &most) && problem.terms().limits.iter().all(limit)
}

/// A way to cover a component, those with some bins of one limited type more or less, and those with some of one for as many of another
/// as hold the same.
fn near(problem: &Problem, wants: &Wants, way: &[u64]) -> Vec<Vec<u64>> {
    let bins = problem.bins();
    let limited: Vec<usize> = wants.types().iter().copied().filter(|&bin| bins[bin].max_count.is_some()).collect();
    let with = |changes: &[(usize, bool, u64)]| {
        let mut way = way.to_vec();
        for &(bin, more, by) in changes {
            way[bin] = if more { way[bin].checked_add(by)? } else { way[bin].checked_sub(by)? };
        }
        let fits = |&(bin, ..): &(usize, bool, u64)| bins[bin].max_count.is_none_or(|most| way[bin] <= most);
        changes.iter().all(fits).then_some(way)
    };
    let mut all = vec![way.to_vec()];
    for &bin in &limited {
        for step in effort::NEAR {
            all.extend([true, false].into_iter().filter_map(|more| with(&[(bin, more, step)])));
            for &other in limited.iter().filter(|&&other| other != bin) {
                // as many as hold the same of some resource
                let same = |q: usize| {
                    let (own, its) = (bins[bin].capacity[q].saturating_mul(step), bins[other].capacity[q].max(1));
                    [own / its, own.div_ceil(its)]
                };
                let counts: BTreeSet<u64> = (0..problem.dimensions()).flat_map(same).collect();
                let exchange = |count| [true, false].map(|more| with(&[(bin, more, step), (other, !more, count)]));
                all.extend(counts.into_iter().flat_map(exchange).flatten());
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::BinType;
    use crate::problem::reduce::{Reduced, Rules, components, reduce};

    #[test]
    fn large_components_share_what_each_of_their_ways_takes_all_of() {
        let mut builder = Problem::builder(1);
        builder.bin(&[100]);
        // one type that helps, and others, so that a programme chooses
        let others = (0..5).map(|less| (90 - less, 3));
        for (room, most) in [(110, 45)].into_iter().chain(others) {
            builder.bin_type(BinType { capacity: vec![room], max_count: Some(most), cost: 0 });
        }
        builder.classes(2);
        builder.conflict(0, 1);
        (0..2).for_each(|class| _ = builder.item(&[1], 6_000, class));
        let problem = builder.build().unwrap();
        let rules = Rules { max_counts: true, costs: true, merge: true };
        let reduced: Vec<Reduced> = components(&problem).iter().map(|items| reduce(&problem, items, rules)).collect();
        let wants: Vec<Wants> = reduced.iter().map(|reduced| Wants::of(&problem, reduced, 1)).collect();
        // thirty of them save three bins, and fifteen one or two: either way alone needs 119 or more
        let way = |own: u64| vec![0, own, 0, 0, 0, 0, 0];
        let ways = vec![vec![way(0), way(30)]; 2];
        let budget = Budget::of_work(10_000_000);
        let found = chosen(&problem, &wants, &ways, 0, &Options::default(), &budget).unwrap();
        assert!(within(&problem, &found), "{found:?}");
        assert_eq!((Wants::all_need(&wants, &problem, &found), found[0][1] + found[1][1]), (117, 45), "{found:?}");
    }
}
