//! Bins are whole in every component: prices on limits at which that shows the most.
//!
//! Components compete for the bin types that are few. With a price on each such bin they are apart again, and each needs whole bins: the
//! least that these cost is a small knapsack (`bound::cover`). The sum, less what the limits are worth, is a Lagrangian bound
//! (Geoffrion 1974), and prices that make it high are found by subgradients (Held, Wolfe and Crowder 1974). Floating point chooses
//! prices only; what they prove is counted in integers.

use std::collections::BTreeMap;

use super::effort::{bound_work, whole as effort};
use super::lift::lift;
use crate::bound::{self, Bound, cover, proven};
use crate::budget::Budget;
use crate::certify::{Claim, Component, Level};
use crate::exact::continuous;
use crate::problem::Problem;
use crate::problem::reduce::Reduced;

/// Prices in fractions of a bin: on each bin of a limited type, each bin under a shared limit, each that is in every plan.
#[derive(Clone)]
struct Prices {
    shared: Vec<f64>,
    limits: Vec<f64>,
    kept: Vec<f64>,
}

/// Ways to cover a component: so many bins of each limited type, and of the others what is left over asks for.
pub(super) type Ways = Vec<Vec<u64>>;

/// Ways to cover a component, in its own bin types, and what each counts.
type Seen = BTreeMap<Vec<u64>, f64>;

/// A bound, and what it is made of.
pub(super) struct Covering {
    pub claim: Claim,
    /// By component what covered it, those first that did so most: what a plan at the bound would have is mostly among them, were the
    /// sizes sand.
    pub ways: Vec<Ways>,
}

/// The claim on the number of bins of components (merged, with all their bin types) that need whole bins. `row`: a mixture of resources
/// that is scarce; `start`: what a bin of each type, and one more bin under each shared limit, is worth to begin with, in bins beyond
/// the one that it is; `plan`: a number of bins that is enough.
/// `None` where no bin type is limited, or prices or loads are too large for the tables.
///
/// Complexity: some hundred times a knapsack over the bin types for each component.
pub(super) fn covering(
    problem: &Problem,
    components: &[(Vec<usize>, Reduced)],
    row: &[u64],
    start: (&[f64], &[f64]),
    plan: Option<u64>,
    budget: &Budget,
) -> Option<Covering> {
    let (bins, terms) = (problem.bins(), problem.terms());
    let limited = |bin: usize| problem.exists(bin) && bins[bin].max_count.is_some();
    if terms.limits.is_empty() && !(0..bins.len()).any(limited) {
        return None;
    }
    let mut whole = Whole {
        problem,
        components,
        row,
        mixtures: vec![None; components.len()],
        least: problem.least(),
        seen: vec![Seen::new(); components.len()],
        budget,
    };
    // what a limit is worth is not worth it twice
    let groups = |bin: usize| terms.limits.iter().zip(start.1).filter(move |(limit, _)| limit.bins.contains(bin));
    let own = |bin: usize| (start.0[bin] - groups(bin).map(|(_, &price)| price).sum::<f64>()).max(0.0);
    let mut prices = Prices {
        shared: (0..bins.len()).map(|bin| if limited(bin) { own(bin) } else { 0.0 }).collect(),
        limits: start.1.to_vec(),
        kept: whole.least.iter().map(|&least| if least > 0 { 1.0 } else { 0.0 }).collect(),
    };
    let mut best: Option<(u64, Claim)> = None;
    let (mut stride, mut idle) = (1.0, 0);
    for round in 0..effort::ROUNDS {
        let claim = whole.priced(&prices);
        if round % effort::MIX == 0 {
            whole.mix(&claim);
        }
        let (values, counts) = whole.needs(&claim, round)?;
        let total = whole.total(&claim, &values)?;
        let most = best.as_ref().map(|best| best.0);
        if most.is_none_or(|most| total > most) {
            idle = 0;
        } else {
            idle += 1;
            if idle >= effort::IDLE {
                (stride, idle) = (stride / 2.0, 0);
            }
        }
        // of prices that show the same, the later ask for less too much: what is then left out of a component shows more
        if most.is_none_or(|most| total >= most) {
            best = Some((total, claim));
        }
        let most = best.as_ref().map_or(0, |best| best.0);
        let near = most + effort::SCALE.max(most / 32);
        // a first plan may be far from what can be proved
        let target = plan.map_or(near, |plan| plan.saturating_mul(effort::SCALE).min(near));
        // a bound of the plan's value is all there is to be had
        let enough = plan.is_some_and(|plan| most > plan.saturating_sub(1).saturating_mul(effort::SCALE));
        if enough || stride < effort::LEAST || !whole.step(&mut prices, &counts, target, total, stride) {
            break;
        }
        if budget.look().is_err() {
            break;
        }
    }
    let claim = whole.claimed(best?.1)?;
    Some(Covering { claim, ways: whole.ways() })
}

/// What somebody else has found out.
#[derive(Clone, Copy, Default)]
pub(super) struct Known<'a> {
    /// No packing has fewer bins.
    pub lower: u64,
    /// What covers the components where bin types are few.
    pub covering: Option<&'a Covering>,
}

struct Whole<'a, 'b> {
    problem: &'a Problem,
    components: &'a [(Vec<usize>, Reduced)],
    row: &'a [u64],
    /// By component: the mixture that is scarce in it at the prices of a while ago; of large ones only.
    mixtures: Vec<Option<Vec<u64>>>,
    /// By bin type: how many bins are in every plan.
    least: Vec<u64>,
    /// By component the bins that covered it, and how often, later rounds counting for more.
    seen: Vec<Seen>,
    budget: &'a Budget<'b>,
}

impl Whole<'_, '_> {
    /// A claim at these prices, made whole, without components.
    fn priced(&self, prices: &Prices) -> Claim {
        let whole = |price: f64| (price * effort::SCALE as f64).round() as u64;
        let shared: Vec<u64> = prices.shared.iter().map(|&price| whole(price)).collect();
        let limits: Vec<u64> = prices.limits.iter().map(|&price| whole(price)).collect();
        let claim = Claim { level: Level::Clusters, scale: effort::SCALE, shared, limits, ..Claim::default() };
        // what is there anyway costs nothing at the least
        let plain = self.bins(&claim);
        let kept = prices.kept.iter().zip(&plain).map(|(&price, &plain)| whole(price).min(plain)).collect();
        Claim { kept, ..claim }
    }

    /// What a bin of each type costs under a claim.
    fn bins(&self, claim: &Claim) -> Vec<u64> {
        let limits = || self.problem.terms().limits.iter().zip(&claim.limits);
        let groups = |bin: usize| limits().filter(move |(limit, _)| limit.bins.contains(bin)).map(|(_, &price)| price);
        let price = |bin: usize| {
            let kept = claim.kept.get(bin).copied().unwrap_or(0);
            claim.scale + claim.shared[bin] + groups(bin).sum::<u64>() - kept
        };
        (0..self.problem.bins().len()).map(price).collect()
    }

    /// What each component needs at the least, along the scarce mixture, and how many bins of each type all of them take.
    fn needs(&mut self, claim: &Claim, round: usize) -> Option<(Vec<u64>, Vec<u64>)> {
        let prices = self.bins(claim);
        let mut counts = vec![0; prices.len()];
        let mut values = Vec::with_capacity(self.components.len());
        for (at, (_, reduced)) in self.components.iter().enumerate() {
            let own: Vec<u64> = reduced.bins.iter().map(|&bin| prices[bin]).collect();
            let rows = if reduced.problem.items().is_empty() { Vec::new() } else { self.rows(at) };
            let found = cover(&reduced.problem, &own, &rows, effort::NODES.0, self.budget)?;
            values.push(found.bound.value);
            // an average of such answers, the later the more, tends to one of the linear programme over all of them (Barahona, Anbil 2000)
            *self.seen[at].entry(found.counts.clone()).or_insert(0.0) += effort::LATER.powi(round as i32);
            reduced.bins.iter().zip(found.counts).for_each(|(&bin, count)| counts[bin] += count);
        }
        Some((values, counts))
    }

    /// By component what covered it, those first that did so most.
    fn ways(&self) -> Vec<Ways> {
        let way = |counts: &[u64], reduced: &Reduced| {
            let mut all = vec![0; self.problem.bins().len()];
            let own = reduced.bins.iter().zip(counts);
            let limited = own.filter(|(bin, _)| self.problem.bins()[**bin].max_count.is_some());
            limited.for_each(|(&bin, &count)| all[bin] = count);
            all
        };
        let ways = |(seen, (_, reduced)): (&Seen, &(Vec<usize>, Reduced))| {
            let mut sorted: Vec<(&Vec<u64>, &f64)> = seen.iter().collect();
            sorted.sort_by(|a, b| b.1.total_cmp(a.1));
            sorted.into_iter().take(effort::WAYS).map(|(counts, _)| way(counts, reduced)).collect()
        };
        self.seen.iter().zip(self.components).map(ways).collect()
    }

    /// What a unit of each resource is worth in each large component, at the prices of this claim: what is scarce in one is plenty in
    /// another.
    fn mix(&mut self, claim: &Claim) {
        let prices = self.bins(claim);
        for (mixture, (_, reduced)) in self.mixtures.iter_mut().zip(self.components) {
            if !is_small(reduced) {
                let own: Vec<u64> = reduced.bins.iter().map(|&bin| prices[bin]).collect();
                let found = continuous(&reduced.problem, &own, None, self.budget).map(|found| found.lambda);
                *mixture = found.or(mixture.take());
            }
        }
    }

    /// The mixtures that a component is measured by at each set of prices: its own where it is large; else each resource and the
    /// scarce mixture.
    fn rows(&self, component: usize) -> Vec<Vec<u64>> {
        match &self.mixtures[component] {
            Some(own) => vec![own.clone()],
            None => self.all_rows(component),
        }
    }

    fn all_rows(&self, component: usize) -> Vec<Vec<u64>> {
        let own = self.mixtures[component].iter().cloned();
        own.chain(bound::single_resources(self.row.len())).chain([self.row.to_vec()]).collect()
    }

    /// What is proved, in parts of a bin.
    fn total(&self, claim: &Claim, values: &[u64]) -> Option<u64> {
        let component = |&bound: &u64| Component { items: Vec::new(), bound, nodes: Vec::new() };
        // at scale 1 nothing is rounded
        let plain = Claim { scale: 1, components: values.iter().map(component).collect(), ..claim.clone() };
        proven(self.problem, &plain, 0)
    }

    /// Moves the prices towards what is asked for too much; false where nothing is.
    fn step(&self, prices: &mut Prices, counts: &[u64], target: u64, total: u64, stride: f64) -> bool {
        let (bins, terms) = (self.problem.bins(), self.problem.terms());
        let count = |bin: usize| counts[bin] as f64;
        let over = |most: u64, count: f64| count - most as f64;
        let shared: Vec<f64> = (0..bins.len())
            .map(|bin| bins[bin].max_count.map_or(0.0, |most| over(most, count(bin))))
            .enumerate()
            // what costs nothing and is not asked for too much stays as it is
            .map(|(bin, over)| if over < 0.0 && prices.shared[bin] <= 0.0 { 0.0 } else { over })
            .collect();
        let limits: Vec<f64> = terms
            .limits
            .iter()
            .zip(&prices.limits)
            .map(|(limit, &price)| {
                let over = over(limit.most, limit.bins.ones().map(count).sum());
                if over < 0.0 && price <= 0.0 { 0.0 } else { over }
            })
            .collect();
        let there = |(bin, &least): (usize, &u64)| if least > 0 { -over(least, count(bin)) } else { 0.0 };
        let kept: Vec<f64> = self.least.iter().enumerate().map(there).collect();
        let length: f64 = shared.iter().chain(&limits).chain(&kept).map(|over| over * over).sum();
        if length <= 0.0 {
            return false;
        }
        let scale = effort::SCALE as f64;
        let step = stride * (target.saturating_sub(total) as f64 / scale).max(0.01) / length;
        let go = |prices: &mut [f64], over: &[f64]| {
            prices
                .iter_mut()
                .zip(over)
                .for_each(|(price, over)| *price = (*price + step * over).clamp(0.0, effort::MOST));
        };
        go(&mut prices.shared, &shared);
        go(&mut prices.limits, &limits);
        go(&mut prices.kept, &kept);
        true
    }

    /// The claim with the best proof for each component at its prices.
    fn claimed(&self, claim: Claim) -> Option<Claim> {
        let prices = self.bins(&claim);
        let share = self.budget.left() / 8 / self.components.len().max(1) as u64;
        let mut components = Vec::with_capacity(self.components.len());
        for (at, (items, reduced)) in self.components.iter().enumerate() {
            let own: Vec<u64> = reduced.bins.iter().map(|&bin| prices[bin]).collect();
            let work = share.min(bound_work(reduced.problem.items().len() as u64));
            let mut best = bound::best(&reduced.problem, &own, &self.budget.child(work));
            let least = Bound::least(&reduced.problem, &own);
            let rows = self.all_rows(at);
            let covered = cover(&reduced.problem, &own, &rows, effort::NODES.1, self.budget).map(|found| found.bound);
            for other in [Some(least), covered].into_iter().flatten() {
                if other.value > best.value {
                    best = other;
                }
            }
            let nodes = lift(self.problem, items, reduced, &prices, &[best.node])?;
            components.push(Component { items: items.clone(), bound: best.value, nodes });
        }
        let claim = Claim { components, ..claim };
        let bound = proven(self.problem, &claim, 0)?;
        Some(Claim { bound, ..claim })
    }
}

/// Whether some bins of the largest kind have the room.
fn is_small(reduced: &Reduced) -> bool {
    let problem = &reduced.problem;
    (0..problem.dimensions()).all(|q| {
        let sizes = problem.items().iter().map(|item| u128::from(item.size[q]) * u128::from(item.demand));
        let room = problem.bins().iter().map(|bin| u128::from(bin.capacity[q])).max().unwrap_or(0);
        sizes.sum::<u128>() <= room * effort::SMALL
    })
}
