//! Limited bin types shared out among the components.
//!
//! Components would be independent, were it not for bin types that all of them want and that are few. A share of these
//! for each makes them independent again: any shares give legal packings, and shares by load lose little or nothing.

use super::effort::limited as effort;
use super::part::Part;
use super::rounds::{bounds, close, plans};
use crate::budget::{Budget, Options};
use crate::problem::Problem;
use crate::problem::reduce::{Reduced, Rules, reduce};

/// The components, each with its share of the limited types for its maximum counts, packed. `None`: a share does not
/// suffice. Their bounds hold for these shares only.
pub(super) fn by_shares(problem: &Problem, parts: &[Part], options: &Options, budget: &Budget) -> Option<Vec<Part>> {
    let rules = Rules { max_counts: true, costs: true, merge: true };
    let reduced: Vec<Reduced> = parts.iter().map(|part| reduce(problem, &part.items, rules)).collect();
    let loads: Vec<Wants> = reduced.iter().map(Wants::of).collect();
    let shares = shares(problem, &loads)?;
    let mut own: Vec<Part> = Vec::new();
    for (((part, mut reduced), load), share) in parts.iter().zip(reduced).zip(&loads).zip(&shares) {
        for (bin, &kind) in reduced.bins.iter().enumerate() {
            reduced.problem.limit(bin, problem.bins()[kind].max_count.map(|_| share[kind]));
        }
        let mut part = Part::of(part.items.clone(), reduced);
        part.raise(load.fewest(problem, share)?);
        own.push(part);
    }
    bounds(&mut own, options, budget);
    plans(&mut own, options, budget);
    close(&mut own, options, budget);
    Some(own)
}

/// What a component asks for.
struct Wants {
    /// In each resource.
    total: Vec<u128>,
    /// Bin types that it may use.
    bins: Vec<usize>,
}

impl Wants {
    fn of(reduced: &Reduced) -> Self {
        let problem = &reduced.problem;
        let total = |q: usize| {
            problem.items().iter().map(|item| u128::from(item.size[q]) * u128::from(item.demand)).sum::<u128>()
        };
        Self { total: (0..problem.dimensions()).map(total).collect(), bins: reduced.bins.clone() }
    }

    /// The fewest bins within the share, were the sizes sand; `None` where no bins suffice.
    fn fewest(&self, problem: &Problem, share: &[u64]) -> Option<u64> {
        let mut most = 1;
        for (q, &total) in self.total.iter().enumerate() {
            let mut bins = self.bins.clone();
            bins.sort_by_key(|&bin| (std::cmp::Reverse(problem.bins()[bin].capacity[q]), bin));
            let (mut left, mut count) = (total, 0u64);
            for bin in bins {
                let kind = &problem.bins()[bin];
                let capacity = u128::from(kind.capacity[q]);
                if left == 0 || capacity == 0 {
                    break;
                }
                let wanted = u64::try_from(left.div_ceil(capacity)).ok()?;
                let used = kind.max_count.map_or(wanted, |_| wanted.min(share[bin]));
                left = left.saturating_sub(capacity * u128::from(used));
                count = count.checked_add(used)?;
            }
            if left > 0 {
                return None;
            }
            most = most.max(count);
        }
        Some(most)
    }
}

/// How many bins of each type (of the whole problem) each component may use: by load, put right by single moves.
fn shares(problem: &Problem, loads: &[Wants]) -> Option<Vec<Vec<u64>>> {
    if problem.bins().iter().filter(|bin| bin.max_count.is_some()).count() >= effort::MANY {
        return Some(dealt(problem, loads));
    }
    let mut shares = vec![vec![0; problem.bins().len()]; loads.len()];
    for (bin, kind) in problem.bins().iter().enumerate() {
        let Some(most) = kind.max_count else { continue };
        // the resource of which this type brings the smallest part of what is asked for
        let users: Vec<usize> = (0..loads.len()).filter(|&part| loads[part].bins.contains(&bin)).collect();
        let sum = |q: usize| users.iter().map(|&part| loads[part].total[q]).sum::<u128>();
        let scarce = (0..problem.dimensions())
            .filter(|&q| kind.capacity[q] > 0)
            .max_by_key(|&q| (sum(q) / u128::from(kind.capacity[q]), std::cmp::Reverse(q)));
        let Some((q, total)) = scarce.map(|q| (q, sum(q))).filter(|scarce| scarce.1 > 0) else { continue };
        // no more than could be used at all; the remainders go to the largest fractions
        let most = u128::from(most).min(total.div_ceil(u128::from(kind.capacity[q])) + users.len() as u128);
        let mut rest = most;
        let mut fractions = Vec::new();
        for &part in &users {
            let exact = loads[part].total[q].checked_mul(most)?;
            let own = exact / total;
            rest -= own;
            shares[part][bin] = u64::try_from(own).ok()?;
            fractions.push((std::cmp::Reverse(exact % total), part));
        }
        fractions.sort_unstable();
        for (_, part) in fractions.into_iter().take(usize::try_from(rest).ok()?) {
            shares[part][bin] += 1;
        }
    }
    if loads.len() <= effort::MOST_PARTS {
        (0..effort::MOVES).take_while(|_| moved(problem, loads, &mut shares)).for_each(drop);
    }
    Some(shares)
}

/// The same where each of many types has few bins, so that loads cannot be kept in proportion: bin by bin, the roomiest
/// first, to the component with the most left that a bin of the type would hold.
fn dealt(problem: &Problem, loads: &[Wants]) -> Vec<Vec<u64>> {
    let bins = problem.bins();
    let mut shares = vec![vec![0; bins.len()]; loads.len()];
    let mut left: Vec<Vec<u128>> = loads.iter().map(|load| load.total.clone()).collect();
    let roomiest: Vec<u128> = (0..problem.dimensions())
        .map(|q| bins.iter().map(|bin| u128::from(bin.capacity[q])).max().unwrap_or(1).max(1))
        .collect();
    // in thousandths of the roomiest, the scarcest resource
    let room =
        |bin: usize| bins[bin].capacity.iter().zip(&roomiest).map(|(&cap, most)| u128::from(cap) * 1000 / most).min();
    let mut order: Vec<usize> = (0..bins.len()).filter(|&bin| bins[bin].max_count.is_some()).collect();
    order.sort_by_key(|&bin| (std::cmp::Reverse(room(bin)), bin));
    for bin in order {
        for _ in 0..bins[bin].max_count.unwrap_or(0) {
            // how many such bins the rest of the component fills, in thousandths
            let fills = |part: usize| {
                let parts = left[part].iter().zip(&bins[bin].capacity).filter(|(_, cap)| **cap > 0);
                parts.map(|(&left, &cap)| left * 1000 / u128::from(cap)).max().unwrap_or(0)
            };
            let users = (0..loads.len()).filter(|&part| loads[part].bins.contains(&bin));
            let Some(part) = users.max_by_key(|&part| (fills(part), std::cmp::Reverse(part))) else { break };
            if fills(part) == 0 {
                break;
            }
            shares[part][bin] += 1;
            left[part]
                .iter_mut()
                .zip(&bins[bin].capacity)
                .for_each(|(left, &cap)| *left = left.saturating_sub(cap.into()));
        }
    }
    if loads.len() <= effort::MOST_PARTS {
        (0..effort::FEW_MOVES).take_while(|_| moved(problem, loads, &mut shares)).for_each(drop);
    }
    shares
}

/// Moves one bin to where it saves more than it costs; false where there is no such move.
fn moved(problem: &Problem, loads: &[Wants], shares: &mut [Vec<u64>]) -> bool {
    let fewest = |part: usize, share: &[u64]| loads[part].fewest(problem, share).unwrap_or(u64::MAX >> 8);
    let now: Vec<u64> = (0..loads.len()).map(|part| fewest(part, &shares[part])).collect();
    for bin in (0..problem.bins().len()).filter(|&bin| problem.bins()[bin].max_count.is_some()) {
        let changed = |part: usize, more: bool| {
            let mut share = shares[part].clone();
            share[bin] = if more { share[bin] + 1 } else { share[bin].checked_sub(1)? };
            Some(fewest(part, &share))
        };
        let given: Vec<Option<u64>> = (0..loads.len()).map(|part| changed(part, false)).collect();
        let taken: Vec<Option<u64>> = (0..loads.len()).map(|part| changed(part, true)).collect();
        for (from, given) in given.iter().enumerate() {
            for (to, taken) in taken.iter().enumerate() {
                let (Some(given), Some(taken)) = (given, taken) else { continue };
                if from != to && loads[to].bins.contains(&bin) && given + taken < now[from] + now[to] {
                    shares[from][bin] -= 1;
                    shares[to][bin] += 1;
                    return true;
                }
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::generate::TenantFleet;
    use crate::problem::reduce::components;

    #[test]
    fn shares_keep_the_maximum_counts_and_lose_nothing() {
        for seed in 1..6 {
            let fleet = TenantFleet { workloads: 3_000, bin_types: 3, ..TenantFleet::default() };
            let problem = fleet.build(seed).unwrap();
            let rules = Rules { max_counts: true, costs: true, merge: true };
            let reduced: Vec<Reduced> =
                components(&problem).iter().map(|items| reduce(&problem, items, rules)).collect();
            let loads: Vec<Wants> = reduced.iter().map(Wants::of).collect();
            let shares = shares(&problem, &loads).unwrap();
            for (bin, kind) in problem.bins().iter().enumerate() {
                let given: u64 = shares.iter().map(|share| share[bin]).sum();
                assert!(kind.max_count.is_none_or(|most| given <= most), "seed {seed}");
            }
            // a bin of twice the size saves at most one wherever it goes
            let sum = |share: &dyn Fn(usize) -> Vec<u64>| -> u64 {
                (0..loads.len()).map(|part| loads[part].fewest(&problem, &share(part)).unwrap()).sum()
            };
            let none = sum(&|_| vec![0; 3]);
            let most = problem.bins()[1].max_count.unwrap();
            assert!(sum(&|part| shares[part].clone()) <= none - most + 1, "seed {seed}");
        }
    }
}
