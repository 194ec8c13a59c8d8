//! Who covers itself in which way, where bin types are few.

use std::collections::BTreeSet;

use super::choose::choose;
use super::effort::limited as effort;
use super::shares::Wants;
use super::whole::Ways;
use crate::budget::{Budget, Options};
use crate::exact::{Choice, choices};
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
        // more than there is of a type is dealt only where nothing else is known
        let merit = |dealt: &Vec<Vec<u64>>| (!within(problem, dealt), Wants::all_need(wants, problem, dealt));
        return [firsts, found].into_iter().flatten().min_by_key(merit);
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
    let counts =
        problem.bins().iter().enumerate().all(|(bin, kind)| kind.max_count.is_none_or(|most| used(bin) <= most));
    let limit = |limit: &Limit| limit.bins.ones().map(used).fold(0, u64::saturating_add) <= limit.most;
    counts && problem.terms().limits.iter().all(limit)
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
