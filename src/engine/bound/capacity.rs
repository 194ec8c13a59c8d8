//! The continuous bound: the sizes are spread over the bins like sand.

use super::{Bound, weighed};
use crate::budget::Budget;
use crate::certify::Node;
use crate::problem::Problem;

/// Most work spent on mixtures of two resources.
const MIXTURES: usize = 400;

/// The best continuous bound along one resource, or along a mixture of two at which two bin types are equally good.
///
/// With prices `lambda_q` of the resources every bin of type `t` weighs at most `sum_q lambda_q cap_tq`; the bound is
/// the total weight over the largest weight a price can buy. Complexity: resources times items, and the square of
/// resources and bin types for the mixtures.
#[must_use]
pub fn capacity(problem: &Problem, prices: &[u64], budget: &Budget) -> Option<Bound> {
    let mut best: Option<(u64, Vec<u64>)> = None;
    let total = totals(problem);
    for lambda in directions(problem, prices) {
        if budget.spend((problem.dimensions() * problem.bins().len()) as u64).is_err() {
            break;
        }
        let Some((value, _)) = shown(problem, prices, &total, &lambda) else { continue };
        if best.as_ref().is_none_or(|(best, _)| value > *best) {
            best = Some((value, lambda));
        }
    }
    along(problem, prices, best?.1)
}

/// The continuous bound at these prices of the resources. `None` where a free bin holds something, or numbers are too large. Complexity: resources
/// times items.
#[must_use]
pub fn along(problem: &Problem, prices: &[u64], lambda: Vec<u64>) -> Option<Bound> {
    let (value, capacity) = shown(problem, prices, &totals(problem), &lambda)?;
    let weigh = |size: &Vec<u64>| size.iter().zip(&lambda).map(|(&size, &price)| size.checked_mul(price)).sum();
    let weights: Option<Vec<u64>> = problem.items().iter().map(|item| weigh(&item.size)).collect();
    Some(Bound { value, node: Node::Resources { weights: weights?, capacity, prices: lambda, divisor: 1 } })
}

/// What a load weighs at these prices of the resources, in what a price buys at the most, and that.
fn shown(problem: &Problem, prices: &[u64], total: &[u128], lambda: &[u64]) -> Option<(u64, u64)> {
    let worth = |sum: u128, (&total, &price): (&u128, &u64)| sum.checked_add(total.checked_mul(u128::from(price))?);
    let weight = total.iter().zip(lambda).try_fold(0u128, worth)?;
    let capacity = buys(problem, prices, lambda)?;
    Some((u64::try_from(weight.div_ceil(u128::from(capacity))).ok()?, capacity))
}

/// Load in each resource.
fn totals(problem: &Problem) -> Vec<u128> {
    let mut totals = vec![0u128; problem.dimensions()];
    for item in problem.items() {
        for (total, &size) in totals.iter_mut().zip(&item.size) {
            *total += u128::from(size) * u128::from(item.demand);
        }
    }
    totals
}

/// The largest `ceil(sum_q lambda_q cap_tq / price_t)`; `None` where a free bin holds something, or past `u64`.
fn buys(problem: &Problem, prices: &[u64], lambda: &[u64]) -> Option<u64> {
    let mut most = 1u128;
    for (bin, &price) in problem.bins().iter().zip(prices) {
        let room: u128 = bin.capacity.iter().zip(lambda).map(|(&cap, &l)| u128::from(cap) * u128::from(l)).sum();
        if price == 0 && room > 0 {
            return None;
        }
        most = most.max(room.div_ceil(u128::from(price.max(1))));
    }
    u64::try_from(most).ok()
}

/// Resource prices worth trying: each resource alone; and the corners `lambda_a cap_sa + lambda_b cap_sb = price_s`,
/// the same for `t`, for pairs of resources and of bin types (by Cramer's rule, scaled to about 2^20 per bin).
fn directions(problem: &Problem, prices: &[u64]) -> Vec<Vec<u64>> {
    let unit = |q: usize, value: u64| {
        let mut lambda = vec![0; problem.dimensions()];
        lambda[q] = value;
        lambda
    };
    let mut all: Vec<Vec<u64>> = (0..problem.dimensions()).map(|q| unit(q, 1)).collect();
    let cap = |t: usize, q: usize| i128::from(problem.bins()[t].capacity[q].min(1 << 60));
    for a in 0..problem.dimensions() {
        for b in 0..a {
            for s in 0..problem.bins().len() {
                for t in 0..s {
                    if all.len() >= MIXTURES {
                        return all;
                    }
                    let determinant = cap(s, a) * cap(t, b) - cap(t, a) * cap(s, b);
                    let (ps, pt) = (i128::from(prices[s].min(1 << 60)), i128::from(prices[t].min(1 << 60)));
                    let (x, y) = (ps * cap(t, b) - pt * cap(s, b), pt * cap(s, a) - ps * cap(t, a));
                    let (x, y) = if determinant < 0 { (-x, -y) } else { (x, y) };
                    if determinant == 0 || x <= 0 || y <= 0 {
                        continue;
                    }
                    // only the ratio x : y matters; the scale makes a bin worth 2^40 or so
                    let room = x.saturating_mul(cap(s, a)).saturating_add(y.saturating_mul(cap(s, b))).max(1);
                    let scaled = |value: i128| {
                        let value = if value < (1 << 80) { (value << 40) / room } else { value / (room >> 40).max(1) };
                        u64::try_from(value).unwrap_or(0)
                    };
                    let mut lambda = unit(a, scaled(x));
                    lambda[b] = scaled(y);
                    all.push(lambda);
                }
            }
        }
    }
    all
}

/// The continuous bound where the largest bin is not open to every item: each item weighs its share of the best bin
/// type that may hold it.
///
/// Item `i` weighs `size_iq / r_i` with `r_i` the largest `cap_tq / price_t` over the types open to it; a bin of type `t`
/// holds only items with `r_i >= cap_tq / price_t`, so it weighs at most `price_t`. Rounded down at a fixed scale.
#[must_use]
pub fn capacity_by_eligibility(problem: &Problem, prices: &[u64], budget: &Budget) -> Option<Bound> {
    const SCALE: u64 = 1 << 30;
    let bins = problem.bins().len();
    let uniform = problem.items().windows(2).all(|pair| pair[0].eligible == pair[1].eligible);
    if bins < 2 || uniform || prices.contains(&0) {
        return None;
    }
    let mut best: Option<Bound> = None;
    for q in 0..problem.dimensions() {
        if budget.spend((problem.items().len() * bins) as u64).is_err() {
            break;
        }
        let weigh = |index: usize| {
            let ratio = |t: usize| (problem.bins()[t].capacity[q], prices[t]);
            let better = |a: &(u64, u64), b: &(u64, u64)| {
                (u128::from(a.0) * u128::from(b.1)).cmp(&(u128::from(b.0) * u128::from(a.1)))
            };
            let open = (0..bins).filter(|&t| problem.fits_alone(index, t));
            let (cap, price) = open.map(ratio).max_by(better)?;
            let size = u128::from(problem.items()[index].size[q]);
            // sizes and prices have 62 bits each
            let share = (size * u128::from(price)).checked_mul(u128::from(SCALE))? / u128::from(cap.max(1));
            u64::try_from(share).ok()
        };
        let weights: Option<Vec<u64>> = (0..problem.items().len()).map(weigh).collect();
        let Some(weights) = weights else { continue };
        let Some(value) = weighed(problem, &weights, SCALE) else { continue };
        if best.as_ref().is_none_or(|best| value > best.value) {
            best = Some(Bound { value, node: Node::Weights { weights, capacity: SCALE } });
        }
    }
    best
}
