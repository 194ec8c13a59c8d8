//! Bins are whole: the least cost of so many, were the sizes sand.
//!
//! With a price on every bin besides its cost their number is free, and what whole bins cost then is a knapsack over the bin types
//! (`cover.rs`). The price at which that shows the most lies between one that shows too many bins and one that shows too few: what it
//! shows is concave in the price (Lagrangean relaxation; Geoffrion 1974).

use super::counts::{Offset, claim, gcd};
use super::{Bound, best, cover, single_resources};
use crate::budget::Budget;
use crate::certify::{Claim, Level};
use crate::problem::Problem;

/// Steps of a search over all resources at each price.
const STEPS: u64 = 20_000;
/// Most prices that are tried.
const PRICES: usize = 12;

/// What exactly `clusters` bins cost at least. `None` where costs are too high for the tables, no bins have the room, or at the end of the
/// budget.
///
/// Complexity: a dozen times [`cover`], and all bounds once.
#[must_use]
pub fn whole_cost(problem: &Problem, clusters: u64, budget: &Budget) -> Option<Claim> {
    let tried = Tried { problem, clusters, rows: single_resources(problem.dimensions()), budget };
    let shown = tried.most()?;
    tried.claim(shown)
}

/// Whole bins at a price on each.
#[derive(Clone)]
struct At {
    price: i128,
    bins: u64,
    /// What they cost without it.
    cost: i128,
    /// What that shows of the cost.
    shows: i128,
    bound: Bound,
}

impl At {
    /// The price at which these bins and others, that are fewer, cost the same: the next lower multiple of `unit`.
    fn even(&self, few: &Self, unit: i128) -> i128 {
        let fewer = i128::from(self.bins - few.bins).max(1);
        (few.cost - self.cost).div_euclid(fewer).div_euclid(unit) * unit
    }
}

struct Tried<'a, 'b> {
    problem: &'a Problem,
    clusters: u64,
    rows: Vec<Vec<u64>>,
    budget: &'a Budget<'b>,
}

impl Tried<'_, '_> {
    fn prices(&self, price: i128) -> Option<Vec<u64>> {
        let priced = |cost: u64| u64::try_from(i128::from(cost).checked_add(price)?).ok();
        self.problem.bins().iter().map(|bin| priced(bin.cost)).collect()
    }

    /// The price that shows the most.
    fn most(&self) -> Option<At> {
        let costs = || self.problem.bins().iter().map(|bin| bin.cost);
        let (least, most) = (i128::from(costs().min()?), i128::from(costs().max()?));
        let unit = i128::from(costs().fold(0, gcd).max(1));
        let mut last = self.at(0)?;
        let mut shown = last.clone();
        // the highest price that showed too many bins, the lowest that showed too few
        let (mut many, mut few): (Option<At>, Option<At>) = (None, None);
        for _ in 1..PRICES {
            let next = if last.bins > self.clusters {
                let many = many.insert(last);
                few.as_ref().map_or_else(|| (2 * many.price).max(most - least).max(unit), |few| many.even(few, unit))
            } else if last.bins < self.clusters {
                let few = few.insert(last);
                many.as_ref().map_or(-least, |many| many.even(few, unit))
            } else {
                break;
            };
            let tried_before = |at: &Option<At>| at.as_ref().is_some_and(|at| at.price == next);
            if tried_before(&many) || tried_before(&few) {
                break;
            }
            let Some(at) = self.at(next) else { break };
            if at.shows > shown.shows {
                shown = at.clone();
            }
            last = at;
        }
        Some(shown)
    }

    fn at(&self, price: i128) -> Option<At> {
        let found = cover(self.problem, &self.prices(price)?, &self.rows, STEPS, self.budget)?;
        let bins = found.counts.iter().fold(0u64, |sum, &count| sum.saturating_add(count));
        let costs = found.counts.iter().zip(self.problem.bins());
        let cost = costs.map(|(&count, bin)| i128::from(count) * i128::from(bin.cost)).sum();
        let shows = i128::from(found.bound.value) - price.checked_mul(self.clusters.into())?;
        Some(At { price, bins, cost, shows, bound: found.bound })
    }

    /// The claim at the price that shows the most; other bounds may show more at the same.
    fn claim(&self, At { price, bound, .. }: At) -> Option<Claim> {
        let other = best(self.problem, &self.prices(price)?, self.budget);
        let Bound { value, node } = if other.value > bound.value { other } else { bound };
        let (shared, offset) = (vec![0; self.problem.bins().len()], Offset { price, clusters: self.clusters });
        Some(claim(self.problem, Level::Cost, 1, shared, offset, value, node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::random::Random;
    use crate::problem::{BinType, every_count};

    /// The least cost of exactly so many bins with all the room, by trying every number of each type; and the least of every line between
    /// fewer bins and more, which is all that a price can show, rounded down.
    fn exhaustive(problem: &Problem, clusters: u64) -> (Option<u64>, i128) {
        let copies = problem.copies();
        let most: Vec<u64> = problem.bins().iter().map(|bin| bin.max_count.unwrap_or(copies).min(copies)).collect();
        let asked = |q: usize| problem.items().iter().map(|item| item.size[q] * item.demand).sum::<u64>();
        let enough = |counts: &Vec<u64>| {
            let room = |q: usize| counts.iter().zip(problem.bins()).map(|(count, bin)| count * bin.capacity[q]).sum();
            (0..problem.dimensions()).all(|q| asked(q) <= room(q))
        };
        let all: Vec<(u64, u64)> = every_count(&most)
            .filter(enough)
            .map(|counts| {
                let cost = counts.iter().zip(problem.bins()).map(|(count, bin)| count * bin.cost).sum();
                (counts.iter().sum(), cost)
            })
            .collect();
        let least = all.iter().filter(|(bins, _)| *bins == clusters).map(|(_, cost)| *cost).min();
        let mut hull = least.map_or(i128::MAX, i128::from);
        for &(few, dear) in all.iter().filter(|(bins, _)| *bins < clusters) {
            for &(many, cheap) in all.iter().filter(|(bins, _)| *bins > clusters) {
                let saved = (i128::from(dear) - i128::from(cheap)) * i128::from(clusters - few);
                hull = hull.min((i128::from(dear) * i128::from(many - few) - saved).div_euclid((many - few).into()));
            }
        }
        (least, hull)
    }

    #[test]
    fn so_many_bins_cost_what_trying_all_says_where_a_price_can_show_it() {
        let (mut exact, mut below, mut fixed) = (0, 0, 0);
        for seed in 0..400 {
            let random = &mut Random::new(seed);
            let mut builder = Problem::builder(2);
            builder.classes(1);
            for bin in 0..1 + random.index(3) {
                let capacity = vec![random.between(10, 30), random.between(10, 30)];
                let max_count = (bin > 0 && random.chance(300)).then(|| random.between(1, 3));
                builder.bin_type(BinType { capacity, cost: random.between(0, 40), max_count });
            }
            for _ in 0..3 {
                builder.item(&[random.between(1, 9), random.between(1, 9)], random.between(1, 3), 0);
            }
            let problem = builder.build().unwrap();
            let clusters = random.between(1, 6);
            let (least, hull) = exhaustive(&problem, clusters);
            let budget = Budget::of_work(1_000_000_000);
            let tried = Tried { problem: &problem, clusters, rows: single_resources(2), budget: &budget };
            let (Some(least), Some(found)) = (least, tried.most()) else { continue };
            assert!(found.shows <= least.into(), "seed {seed}: {} of {least}", found.shows);
            // prices are whole numbers: each bin more or less may hide one of them
            exact += u64::from(found.shows == least.into());
            below += u64::from(found.shows < hull);
            fixed += u64::from(found.price != 0);
            // as a claim it is no less
            let claim = tried.claim(found.clone()).unwrap();
            assert!(i128::from(claim.bound) >= found.shows, "seed {seed}");
        }
        assert!(exact > 200 && fixed > 100 && below < 60, "{exact} {below} {fixed}");
    }
}
