//! Dual feasible functions: sizes are rounded so that no bin gets fuller than full.

use super::{Bound, weighed};
use crate::budget::Budget;
use crate::certify::Node;
use crate::problem::Problem;

/// Parameters tried for each family and resource.
const PARAMETERS: usize = 100;

/// The best bound from three families of dual feasible functions, each resource for itself, with the largest capacity
/// of all bin types as the bin:
///
/// * `f0`: items above `C - k` count a whole bin, items below `k` nothing (Fekete & Schepers 2001, section 2; the
///   bound L2 of Martello & Toth 1990);
/// * `u^k`: sizes are rounded down to multiples of `C / k`, in units of `C / (k + 1)` (Fekete & Schepers 2001);
/// * `f_CCM`: multiples of `k`, complemented above half a bin (Carlier, Clautiaux & Moukrim 2007; Clautiaux, Alves &
///   Valério de Carvalho 2010, section 4).
///
/// Where prices differ the cheapest one counts. Complexity: parameters times items times resources.
#[must_use]
pub fn dual_feasible(problem: &Problem, prices: &[u64], budget: &Budget) -> Option<Bound> {
    let price = prices.iter().copied().min().filter(|&price| price > 0)?;
    let mut best: Option<(u64, usize, Rounding)> = None;
    for q in 0..problem.dimensions() {
        let room = problem.bins().iter().map(|bin| bin.capacity[q]).max().unwrap_or(0);
        let demands = histogram(problem, q);
        if room == 0 || demands.last().is_none_or(|last| last.0 > room) {
            continue;
        }
        for rounding in roundings(&demands, room) {
            if budget.spend(demands.len() as u64).is_err() {
                break;
            }
            let total: u128 =
                demands.iter().map(|&(size, copies)| u128::from(rounding.apply(size)) * u128::from(copies)).sum();
            let bins = total.div_ceil(u128::from(rounding.full())) * u128::from(price);
            let Ok(bins) = u64::try_from(bins) else { continue };
            if best.as_ref().is_none_or(|(best, ..)| bins > *best) {
                best = Some((bins, q, rounding));
            }
        }
    }
    let (_, q, rounding) = best?;
    let weigh = |size: u64| rounding.apply(size).checked_mul(price);
    let weights: Option<Vec<u64>> = problem.items().iter().map(|item| weigh(item.size[q])).collect();
    let (weights, capacity) = (weights?, rounding.full());
    let value = weighed(problem, &weights, capacity)?;
    Some(Bound { value, node: Node::Weights { weights, capacity } })
}

/// Sizes along one resource and how many copies have each, ascending.
fn histogram(problem: &Problem, q: usize) -> Vec<(u64, u64)> {
    let mut sizes: Vec<(u64, u64)> = problem.items().iter().map(|item| (item.size[q], item.demand)).collect();
    sizes.sort_unstable();
    sizes.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    sizes
}

/// A dual feasible function on sizes up to `room`.
#[derive(Clone, Copy, Debug)]
enum Rounding {
    Threshold { room: u64, least: u64 },
    Multiples { room: u64, parts: u64 },
    Complement { room: u64, unit: u64 },
}

impl Rounding {
    /// What a size counts.
    fn apply(self, size: u64) -> u64 {
        match self {
            Self::Threshold { room, least } => match size {
                size if size > room - least => room,
                size if size < least => 0,
                size => size,
            },
            Self::Multiples { room, parts } => {
                let scaled = u128::from(size) * u128::from(parts + 1);
                let whole = (scaled / u128::from(room)) as u64;
                // a multiple of C / (k + 1) keeps its exact share x / C, in units of 1 / (k (k + 1))
                if scaled.is_multiple_of(u128::from(room)) { whole * parts } else { whole * (parts + 1) }
            }
            Self::Complement { room, unit } => match (2 * u128::from(size)).cmp(&u128::from(room)) {
                std::cmp::Ordering::Greater => 2 * (room / unit - (room - size) / unit),
                std::cmp::Ordering::Equal => room / unit,
                std::cmp::Ordering::Less => 2 * (size / unit),
            },
        }
    }

    /// What a full bin counts.
    fn full(self) -> u64 {
        match self {
            Self::Threshold { room, .. } => room,
            Self::Multiples { parts, .. } => parts * (parts + 1),
            Self::Complement { room, unit } => 2 * (room / unit),
        }
    }
}

/// The functions to try: thresholds and units at the sizes that occur up to half a bin, evenly thinned out.
fn roundings(demands: &[(u64, u64)], room: u64) -> Vec<Rounding> {
    let mut marks: Vec<u64> = demands
        .iter()
        .flat_map(|&(size, _)| [size, room - size, room - size + 1])
        .filter(|&k| k > 0 && k <= room / 2)
        .collect();
    marks.sort_unstable();
    marks.dedup();
    let step = marks.len().div_ceil(PARAMETERS).max(1);
    let marks = marks.into_iter().step_by(step);
    let both = marks.flat_map(|k| [Rounding::Threshold { room, least: k }, Rounding::Complement { room, unit: k }]);
    both.chain((1..=PARAMETERS as u64).map(|parts| Rounding::Multiples { room, parts })).collect()
}
