//! Who covers itself in which way, where bin types are few.

use std::collections::BTreeSet;

use super::choose::{Choice, choose};
use super::effort::limited as effort;
use super::shares::Wants;
use super::whole::Ways;
use crate::budget::{Budget, Options};
use crate::problem::Problem;

/// For each component one of the `ways` to cover it, or one near these, so that all together are within the maximum counts; `None`
/// where there are none, or too many. Were the sizes sand: nobody needs fewer than `lower` bins.
pub(super) fn chosen(
    problem: &Problem,
    wants: &[Wants],
    ways: &[Ways],
    lower: u64,
    options: &Options,
    budget: &Budget,
) -> Option<Vec<Vec<u64>>> {
    let all = [true, false].into_iter().find_map(|widely| choices(problem, wants, ways, widely, budget))?;
    let most: Vec<Option<u64>> = problem.bins().iter().map(|bin| bin.max_count).collect();
    let places = choose(&all, &most, lower, options.seed, budget)?;
    Some(all.into_iter().zip(places).map(|(mut own, at)| own.swap_remove(at).units).collect())
}

/// The choices of each component, perhaps with those near them; `None` where that is too many.
fn choices(
    problem: &Problem,
    wants: &[Wants],
    ways: &[Ways],
    widely: bool,
    budget: &Budget,
) -> Option<Vec<Vec<Choice>>> {
    let mut left = effort::MOST_WAYS;
    let own = |(wants, ways): (&Wants, &Ways)| {
        let near = |way: &Vec<u64>| if widely { near(problem, wants, way) } else { vec![way.clone()] };
        let all: BTreeSet<Vec<u64>> = ways.iter().flat_map(near).collect();
        left = left.checked_sub(all.len())?;
        budget.spend(all.len() as u64 * effort::WEIGHING).ok()?;
        Some(all.into_iter().map(|units| Choice { price: wants.needs(problem, &units), units }).collect())
    };
    wants.iter().zip(ways).map(own).collect()
}

/// A way to cover a component, those with some bins of one limited type more or less, and where such types are few, those with some of
/// one for as many of another as hold the same.
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
    let few = limited.len() <= effort::FEW;
    let steps = if few { &effort::NEAR[..] } else { &effort::NEAR[..effort::NEAREST] };
    let mut all = vec![way.to_vec()];
    for &bin in &limited {
        for &step in steps {
            all.extend([true, false].into_iter().filter_map(|more| with(&[(bin, more, step)])));
            for &other in limited.iter().filter(|&&other| few && other != bin) {
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
