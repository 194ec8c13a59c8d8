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
use crate::exact::{Common, Covers, Sand, Way, continuous};
use crate::problem::Problem;
use crate::problem::reduce::Reduced;

/// Prices in fractions of a bin: on each bin of a limited type, each bin under a shared limit, each that is in every plan.
#[derive(Clone)]
pub(super) struct Prices {
    pub shared: Vec<f64>,
    pub limits: Vec<f64>,
    pub kept: Vec<f64>,
}

impl Prices {
    /// Half-way from these to others.
    fn towards(&self, other: &Self) -> Self {
        let half = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| f64::midpoint(*a, *b)).collect();
        Self {
            shared: half(&self.shared, &other.shared),
            limits: half(&self.limits, &other.limits),
            kept: half(&self.kept, &other.kept),
        }
    }
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
    // the rest is for the claim
    let search = budget.child(budget.left() / 4 * 3);
    let costs = (effort::SCALE, vec![effort::SCALE; bins.len()], effort::MOST);
    let mut whole = Whole { least: problem.least(), ..Whole::new(problem, components, row, costs, &search) };
    // what a limit is worth is not worth it twice
    let groups = |bin: usize| terms.limits.iter().zip(start.1).filter(move |(limit, _)| limit.bins.contains(bin));
    let own = |bin: usize| (start.0[bin] - groups(bin).map(|(_, &price)| price).sum::<f64>()).max(0.0);
    let prices = Prices {
        shared: (0..bins.len()).map(|bin| if limited(bin) { own(bin) } else { 0.0 }).collect(),
        limits: start.1.to_vec(),
        kept: whole.least.iter().map(|&least| if least > 0 { 1.0 } else { 0.0 }).collect(),
    };
    let programme = components.len() <= effort::COMPONENTS;
    let mut found = whole.steps(prices, if programme { effort::BEFORE } else { effort::ROUNDS }, plan);
    if let (true, Some(found)) = (programme, &mut found)
        && !whole.enough(found.total, plan)
    {
        whole.programmes(found, plan);
    }
    let ways = whole.ways();
    let _ended = budget.spend(search.spent());
    let claim = Whole { budget, ..whole }.claimed(found?.claim)?;
    Some(Covering { claim, ways })
}

/// Prices that show the most so far.
pub(super) struct Best {
    pub prices: Prices,
    claim: Claim,
    /// What they show, in parts of a bin.
    pub total: u64,
}

/// What somebody else has found out.
#[derive(Clone, Copy, Default)]
pub(super) struct Known<'a> {
    /// No packing has fewer bins.
    pub lower: u64,
    /// What covers the components where bin types are few.
    pub covering: Option<&'a Covering>,
    /// What proves a number of bins.
    pub claim: Option<&'a Claim>,
}

pub(super) struct Whole<'a, 'b> {
    problem: &'a Problem,
    components: &'a [(Vec<usize>, Reduced)],
    row: &'a [u64],
    /// What 1 is in whole numbers, and what a bin of each type costs in them.
    scale: u64,
    base: Vec<u64>,
    /// The highest price, in ones.
    highest: f64,
    /// By component: the mixture that is scarce in it at the prices of a while ago; of large ones only.
    mixtures: Vec<Option<Vec<u64>>>,
    /// By bin type: how many bins are in every plan.
    least: Vec<u64>,
    /// By component the bins that covered it, and how often, later rounds counting for more.
    seen: Vec<Seen>,
    /// By component its ways in the order of a linear programme, where there was one.
    pub likely: Vec<Vec<Way>>,
    /// By component its number of bins, where that is known, and a price on each of them.
    counted: Vec<(u64, u64)>,
    /// By component what it is as sand, where that will do.
    sand: Vec<Option<Sand>>,
    budget: &'a Budget<'b>,
}

impl<'a, 'b> Whole<'a, 'b> {
    /// What 1 is in whole numbers, what a bin of each type costs in them, and the highest price, in ones.
    pub fn new(
        problem: &'a Problem,
        components: &'a [(Vec<usize>, Reduced)],
        row: &'a [u64],
        (scale, base, highest): (u64, Vec<u64>, f64),
        budget: &'a Budget<'b>,
    ) -> Self {
        Self {
            problem,
            components,
            row,
            scale,
            least: vec![0; base.len()],
            base,
            highest,
            mixtures: vec![None; components.len()],
            seen: vec![Seen::new(); components.len()],
            likely: Vec::new(),
            counted: Vec::new(),
            sand: vec![None; components.len()],
            budget,
        }
    }

    /// Components of more than so many bins are covered by parts of these: whole ones would take long tables, and are hardly more.
    pub fn spread(&mut self, bins: u128) {
        let large = |(_, reduced): &(Vec<usize>, Reduced)| (!holds(reduced, bins)).then(|| sand(reduced));
        self.sand = self.components.iter().map(large).collect();
    }

    /// Each component has exactly so many bins; a price on each to begin with, in whole numbers.
    pub fn count(&mut self, counts: &[u64], offset: u64) {
        self.counted = counts.iter().map(|&count| (count, offset)).collect();
    }

    /// Ways that are known, in bins of the whole problem.
    pub fn know(&mut self, ways: &[Vec<u64>]) {
        for ((seen, (_, reduced)), way) in self.seen.iter_mut().zip(self.components).zip(ways) {
            let own: Vec<u64> = reduced.bins.iter().map(|&bin| way[bin]).collect();
            if own.iter().sum::<u64>() == way.iter().sum::<u64>() {
                seen.insert(own, 1.0);
            }
        }
    }

    /// By component the price on each bin at which none more pay, where their numbers are known.
    pub fn offsets(&self) -> Vec<u64> {
        self.counted.iter().map(|counted| counted.1).collect()
    }
    /// The best of so many steps along subgradients from these prices. `None` where not even the first prices show anything.
    pub fn steps(&mut self, mut prices: Prices, most: usize, plan: Option<u64>) -> Option<Best> {
        let mut best: Option<Best> = None;
        let (mut stride, mut idle) = (1.0, 0);
        for round in 0..most {
            let claim = self.priced(&prices);
            if round % effort::MIX == 0 {
                self.mix(&claim);
            }
            let Some((total, counts)) = self.shown(&claim, round) else { break };
            let most = best.as_ref().map(|best| best.total);
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
                best = Some(Best { prices: prices.clone(), claim, total });
            }
            let most = best.as_ref().map_or(0, |best| best.total);
            let near = most + self.scale.max(most / 32);
            // a first plan may be far from what can be proved
            let target = plan.map_or(near, |plan| plan.saturating_mul(self.scale).min(near));
            if self.enough(most, plan)
                || stride < effort::LEAST
                || !self.step(&mut prices, &counts, target, total, stride)
                || self.budget.look().is_err()
            {
                break;
            }
        }
        best
    }

    /// A bound of the plan's value is all there is to be had.
    fn enough(&self, total: u64, plan: Option<u64>) -> bool {
        plan.is_some_and(|plan| total > plan.saturating_sub(1).saturating_mul(self.scale))
    }

    /// What the components have in common: each limited type, each shared limit, and what is kept.
    fn common(&self) -> Common {
        let bins = self.problem.bins();
        let single = (0..bins.len()).filter_map(|bin| Some((vec![bin], bins[bin].max_count?)));
        let groups = self.problem.terms().limits.iter().map(|limit| (limit.bins.ones().collect(), limit.most));
        let kept = self.least.iter().copied().enumerate().filter(|&(_, least)| least > 0);
        Common { limits: single.chain(groups).collect(), kept: kept.collect() }
    }

    /// Prices as a programme has them; none is higher than what is not there at all.
    fn of_programme(&self, common: &Common, limits: &[f64], kept: &[f64]) -> Prices {
        let bins = self.problem.bins().len();
        let (single, groups) = limits.split_at(limits.len() - self.problem.terms().limits.len());
        let groups = groups.iter().map(|price| price.min(self.highest)).collect();
        let mut prices = Prices { shared: vec![0.0; bins], limits: groups, kept: vec![0.0; bins] };
        for (&price, (of, left)) in single.iter().zip(&common.limits) {
            prices.shared[of[0]] = if *left == 0 { self.highest } else { price.min(self.highest) };
        }
        kept.iter().zip(&common.kept).for_each(|(&price, kept)| prices.kept[kept.0] = price);
        prices
    }

    /// The same by linear programmes over the ways that were seen: at their prices, and half-way to the best (Wentges 1997), each
    /// component shows its next way, until none is new.
    pub fn programmes(&mut self, best: &mut Best, plan: Option<u64>) {
        let common = self.common();
        let all: Vec<usize> = (0..self.components.len()).collect();
        let Some(mut covers) = self.covers(&all, common.clone()) else { return };
        for round in 0..effort::PROGRAMMES {
            let Some(fresh) = self.add(&mut covers, &all, None) else { break };
            // sand has no ways, but prices
            if !fresh && (round > 0 || self.sand.iter().all(Option::is_none)) {
                break;
            }
            let Some((limits, kept)) = covers.prices(self.budget) else { return };
            let prices = self.of_programme(&common, &limits, &kept);
            for prices in [prices.towards(&best.prices), prices] {
                let claim = self.priced(&prices);
                let Some((total, _)) = self.shown(&claim, effort::BEFORE + round) else { break };
                if total > best.total {
                    *best = Best { prices, claim, total };
                }
            }
            if self.enough(best.total, plan) || self.budget.look().is_err() {
                break;
            }
        }
        let prices = self.bins(&best.claim);
        let ways = |at: usize| match &self.sand[at] {
            // it may have no packing, and those of other prices may do
            Some(_) => {
                let seen = self.seen[at].keys().map(|counts| self.way(at, counts));
                std::iter::once(self.whole_bins(at, &covers.parts(at), &prices)).chain(seen).collect()
            }
            None => covers.ways(at).into_iter().map(|(way, _)| way.clone()).collect(),
        };
        self.likely = all.iter().map(|&at| ways(at)).collect();
        if let Some(dive) = self.dive(covers, common) {
            self.likely.iter_mut().zip(dive).for_each(|(ways, first)| ways.insert(0, first));
        }
    }

    /// A programme for those who are `open`, without any ways.
    fn covers(&self, open: &[usize], left: Common) -> Option<Covers> {
        let who: Vec<Option<&Sand>> = open.iter().map(|&at| self.sand[at].as_ref()).collect();
        Covers::of(&who, left, self.costs(), self.highest)
    }

    /// Whole bins of a component, of these parts, and of what costs least at these prices where that leaves something uncovered.
    fn whole_bins(&self, at: usize, parts: &[(usize, f64)], prices: &[u64]) -> Way {
        let reduced = &self.components[at].1;
        let count = |bin: &usize| parts.iter().find(|it| it.0 == *bin).map_or(0, |it| (it.1 + effort::NEARLY) as u64);
        let counts: Vec<u64> = reduced.bins.iter().map(count).collect();
        let own: Vec<u64> = reduced.bins.iter().map(|&bin| prices[bin]).collect();
        self.way(at, &complete(&reduced.problem, counts, &own))
    }

    /// Adds the ways that were seen of those who are `open`, only what is `left` where somebody has one; whether there is a new one.
    fn add(&self, covers: &mut Covers, open: &[usize], left: Option<&Common>) -> Option<bool> {
        let mut fresh = false;
        for (who, &at) in open.iter().enumerate().filter(|(_, at)| self.sand[**at].is_none()) {
            let ways: Vec<Way> = self.seen[at].keys().map(|counts| self.way(at, counts)).collect();
            let fits = |way: &&Way| left.is_none_or(|left| left.allows(way));
            let some = ways.iter().any(|way| fits(&way));
            for way in ways.iter().filter(|way| !some || fits(way)) {
                fresh |= covers.add(who, way)?;
            }
        }
        Some(fresh)
    }

    /// A way for each component, within what they have in common as far as it goes: whoever has a whole one in the programme keeps it, and so
    /// does who is nearest to one; at the prices of the rest others are looked for.
    fn dive(&mut self, mut covers: Covers, mut left: Common) -> Option<Vec<Way>> {
        let mut open: Vec<usize> = (0..self.components.len()).collect();
        let mut fixed: Vec<Way> = vec![Way::new(); open.len()];
        loop {
            let firsts: Vec<(Way, f64)> = (0..open.len())
                .map(|who| {
                    if self.sand[open[who]].is_some() {
                        return Some((self.whole_bins(open[who], &covers.parts(who), &self.base), 1.0));
                    }
                    let ways = covers.ways(who);
                    let largest = ways.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
                    Some((largest.0.clone(), largest.1))
                })
                .collect::<Option<_>>()?;
            let most = firsts.iter().map(|first| first.1).fold(0.0, f64::max);
            let mut rest = Vec::new();
            let mut one = false;
            for (&at, (way, part)) in open.iter().zip(firsts) {
                let whole = part >= effort::WHOLE;
                if whole || (part >= most && !one) {
                    one |= !whole;
                    left.take(&way);
                    fixed[at] = way;
                } else {
                    rest.push(at);
                }
            }
            if rest.is_empty() {
                return Some(fixed);
            }
            open = rest;
            covers = self.covers(&open, left.clone())?;
            for _ in 0..effort::DIVE {
                if self.add(&mut covers, &open, Some(&left)) != Some(true) {
                    break;
                }
                let (limits, kept) = covers.prices(self.budget)?;
                let prices = self.of_programme(&left, &limits, &kept);
                let prices = self.bins(&self.priced(&prices));
                for &at in &open {
                    self.need(at, &prices, effort::BEFORE + effort::PROGRAMMES)?;
                }
            }
            covers.prices(self.budget)?;
        }
    }

    /// What a bin of each type costs.
    fn costs(&self) -> Vec<f64> {
        self.base.iter().map(|&base| base as f64 / self.scale as f64).collect()
    }

    /// What these prices show, in parts of a bin, and how many bins of each type all components take at them.
    fn shown(&mut self, claim: &Claim, round: usize) -> Option<(u64, Vec<u64>)> {
        let (values, counts) = self.needs(claim, round)?;
        Some((self.total(claim, &values)?, counts))
    }

    /// A claim at these prices, made whole, without components.
    fn priced(&self, prices: &Prices) -> Claim {
        let whole = |price: f64| (price * self.scale as f64).round() as u64;
        let shared: Vec<u64> = prices.shared.iter().map(|&price| whole(price)).collect();
        let limits: Vec<u64> = prices.limits.iter().map(|&price| whole(price)).collect();
        let claim = Claim { level: Level::Clusters, scale: self.scale, shared, limits, ..Claim::default() };
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
            self.base[bin] + claim.shared[bin] + groups(bin).sum::<u64>() - kept
        };
        (0..self.problem.bins().len()).map(price).collect()
    }

    /// What each component needs at the least, along the scarce mixture, and how many bins of each type all of them take.
    fn needs(&mut self, claim: &Claim, round: usize) -> Option<(Vec<u64>, Vec<u64>)> {
        let prices = self.bins(claim);
        let mut counts = vec![0; prices.len()];
        let mut values = Vec::with_capacity(self.components.len());
        for at in 0..self.components.len() {
            let (value, own) = self.need(at, &prices, round)?;
            values.push(value);
            self.components[at].1.bins.iter().zip(own).for_each(|(&bin, count)| counts[bin] += count);
        }
        Some((values, counts))
    }

    /// The same of one component, its own bin types.
    fn need(&mut self, at: usize, prices: &[u64], round: usize) -> Option<(u64, Vec<u64>)> {
        let reduced = &self.components[at].1;
        let own: Vec<u64> = reduced.bins.iter().map(|&bin| prices[bin]).collect();
        if self.sand[at].is_some() {
            let found = continuous(&reduced.problem, &own, None, self.budget)?;
            let value = bound::along(&reduced.problem, &own, found.lambda)?.value;
            let counts: Vec<u64> = found.counts.iter().map(|count| count.round() as u64).collect();
            let below = found.counts.iter().map(|count| (count + effort::NEARLY) as u64).collect();
            self.seen[at].insert(complete(&reduced.problem, below, &own), 1.0);
            return Some((value, counts));
        }
        let rows = if reduced.problem.items().is_empty() { Vec::new() } else { self.rows(at) };
        let share = self.budget.left() / effort::SHARE / self.components.len() as u64;
        let nodes = effort::NODES.0.min(share);
        let (value, counts, way) = self.covered(at, &own, &rows, nodes)?;
        // an average of such answers, the later the more, tends to one of the linear programme over all of them (Barahona, Anbil 2000)
        if self.counted.get(at).is_none_or(|&(count, _)| way.iter().sum::<u64>() <= count) {
            *self.seen[at].entry(way).or_insert(0.0) += effort::LATER.powi(round as i32);
        }
        Some((value, counts))
    }

    /// What whole bins of a component cost at the least, bins that show it, and such that have all the room. Where their number is known, at a price
    /// on each, high enough that no more of them pay, and less that.
    fn covered(&mut self, at: usize, own: &[u64], rows: &[Vec<u64>], nodes: u64) -> Option<(u64, Vec<u64>, Vec<u64>)> {
        let problem = &self.components[at].1.problem;
        let cover = |own: &[u64]| {
            let found = cover(problem, own, rows, nodes, self.budget)?;
            let way = complete(problem, found.counts.clone(), own);
            Some((found.bound.value, found.counts, way))
        };
        let Some(&(count, first)) = self.counted.get(at) else { return cover(own) };
        let mut best: Option<(u64, Vec<u64>, Vec<u64>)> = None;
        let mut offset = first;
        for _ in 0..effort::RAISES {
            let dear: Vec<u64> = own.iter().map(|price| price.saturating_add(offset)).collect();
            let Some((value, counts, way)) = cover(&dear) else { break };
            let value = value.saturating_sub(offset.saturating_mul(count));
            let enough = way.iter().sum::<u64>() <= count;
            // what needs no more only shows less at a higher price
            let most = counts.iter().sum::<u64>() <= count;
            if enough || best.as_ref().is_none_or(|best| value > best.0) {
                best = Some((value, counts, way));
            }
            if enough || most {
                self.counted[at].1 = offset;
                break;
            }
            offset = offset.saturating_mul(2).max(1);
        }
        best
    }

    /// What covered a component, in bin types of the whole problem.
    fn way(&self, component: usize, counts: &[u64]) -> Way {
        let own = self.components[component].1.bins.iter().zip(counts);
        own.filter(|(_, count)| **count > 0).map(|(&bin, &count)| (bin, count)).collect()
    }

    /// By component what covered it, in bins of limited types.
    fn ways(&self) -> Vec<Ways> {
        self.ways_with(&|bin| self.problem.bins()[bin].max_count.is_some())
    }

    /// By component what covered it, the most likely first: those that did so most, where no programme says it; the bins that are `named`.
    pub fn ways_with(&self, named: &dyn Fn(usize) -> bool) -> Vec<Ways> {
        let limited = |way: &Way| {
            let mut all = vec![0; self.problem.bins().len()];
            let own = way.iter().filter(|(bin, _)| named(*bin));
            own.for_each(|&(bin, count)| all[bin] = count);
            all
        };
        let ways = |at: usize| -> Vec<Way> {
            if let Some(likely) = self.likely.get(at) {
                return likely.clone();
            }
            let mut sorted: Vec<(&Vec<u64>, &f64)> = self.seen[at].iter().collect();
            sorted.sort_by(|a, b| b.1.total_cmp(a.1));
            sorted.into_iter().map(|(counts, _)| self.way(at, counts)).collect()
        };
        (0..self.components.len()).map(|at| ways(at).iter().take(effort::WAYS).map(limited).collect()).collect()
    }

    /// What a unit of each resource is worth in each large component, at the prices of this claim: what is scarce in one is plenty in
    /// another.
    fn mix(&mut self, claim: &Claim) {
        let prices = self.bins(claim);
        for (at, (mixture, (_, reduced))) in self.mixtures.iter_mut().zip(self.components).enumerate() {
            if !holds(reduced, effort::SMALL) {
                let offset = self.counted.get(at).map_or(0, |counted| counted.1);
                let own: Vec<u64> = reduced.bins.iter().map(|&bin| prices[bin].saturating_add(offset)).collect();
                let found = continuous(&reduced.problem, &own, None, self.budget).map(|found| found.lambda);
                *mixture = found.or(mixture.take());
            }
        }
    }

    /// The mixtures that a component is measured by at each set of prices: its own where it is large; else each resource and the
    /// scarce mixture.
    fn rows(&self, component: usize) -> Vec<Vec<u64>> {
        match &self.mixtures[component] {
            Some(own) if self.counted.is_empty() && !holds(&self.components[component].1, effort::MEDIUM) => {
                vec![own.clone()]
            }
            _ => self.all_rows(component),
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
        let scale = self.scale as f64;
        let step = stride * (target.saturating_sub(total) as f64 / scale).max(0.01) / length;
        let go = |prices: &mut [f64], over: &[f64]| {
            prices
                .iter_mut()
                .zip(over)
                .for_each(|(price, over)| *price = (*price + step * over).clamp(0.0, self.highest));
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

/// The bins, and what gives them all the room at these prices with the least, where there is such a thing, for the search for them may have
/// ended before: more bins of one type, or some bins of one type instead of as many of another.
fn complete(problem: &Problem, mut bins: Vec<u64>, prices: &[u64]) -> Vec<u64> {
    let capacity = |bin: usize, q: usize| i128::from(problem.bins()[bin].capacity[q]);
    let missing = |q: usize| {
        let asked = problem.items().iter().map(|item| i128::from(item.size[q]) * i128::from(item.demand)).sum::<i128>();
        let room = bins.iter().enumerate().map(|(bin, &count)| capacity(bin, q) * i128::from(count)).sum::<i128>();
        asked - room
    };
    let missing: Vec<i128> = (0..problem.dimensions()).map(missing).collect();
    if missing.iter().all(|&missing| missing <= 0) {
        return bins;
    }
    // so many of a type, instead of as many of another: the fewest that give what is missing, and take no more than is to spare
    let change = |more: usize, less: Option<usize>| {
        let gain = |q: usize| capacity(more, q) - less.map_or(0, |less| capacity(less, q));
        let mut count = 0;
        for (q, &missing) in missing.iter().enumerate().filter(|(_, missing)| **missing > 0) {
            let own = if gain(q) > 0 { missing / gain(q) + i128::from(missing % gain(q) > 0) } else { return None };
            count = count.max(own);
        }
        let spared =
            missing.iter().enumerate().all(|(q, &missing)| missing + (-gain(q)).max(0) * count <= 0 || missing > 0);
        let count = u64::try_from(count).ok()?;
        let most = problem.bins()[more].max_count.map_or(u64::MAX, |most| most.saturating_sub(bins[more]));
        let price = i128::from(prices[more]) - less.map_or(0, |less| i128::from(prices[less]));
        let there = count <= most && less.is_none_or(|less| count <= bins[less]);
        (spared && there).then_some((price * i128::from(count), more, less, count))
    };
    let types = 0..bins.len();
    let instead = |more: usize| {
        let others = types.clone().filter(|&less| less != more && bins[less] > 0).map(Some);
        [None].into_iter().chain(others).map(move |less| (more, less)).collect::<Vec<_>>()
    };
    let changes = types.clone().filter(|&bin| problem.exists(bin)).flat_map(instead);
    let best = changes.filter_map(|(more, less)| change(more, less)).min();
    if let Some((_, more, less, count)) = best {
        bins[more] = bins[more].saturating_add(count);
        less.into_iter().for_each(|less| bins[less] -= count);
    }
    bins
}

/// A component as sand.
fn sand(reduced: &Reduced) -> Sand {
    let problem = &reduced.problem;
    let load = |q: usize| problem.items().iter().map(|item| item.size[q] as f64 * item.demand as f64).sum::<f64>();
    let asked: Vec<(usize, f64)> = (0..problem.dimensions()).map(|q| (q, load(q))).filter(|it| it.1 > 0.0).collect();
    let room = |bin: usize| asked.iter().map(|&(q, load)| problem.bins()[bin].capacity[q] as f64 / load).collect();
    let types = reduced.bins.iter().enumerate().filter(|(bin, _)| problem.exists(*bin));
    Sand { resources: asked.len(), types: types.map(|(bin, &of)| (of, room(bin))).collect() }
}

/// Whether so many bins of the largest kind have the room.
pub(super) fn holds(reduced: &Reduced, bins: u128) -> bool {
    let problem = &reduced.problem;
    (0..problem.dimensions()).all(|q| {
        let sizes = problem.items().iter().map(|item| u128::from(item.size[q]) * u128::from(item.demand));
        let room = problem.bins().iter().map(|bin| u128::from(bin.capacity[q])).max().unwrap_or(0);
        sizes.sum::<u128>() <= room * bins
    })
}

#[cfg(test)]
mod tests {
    use super::super::shares::Wants;
    use super::super::term_bounds::Parts;
    use super::super::ways::{chosen, within};
    use super::*;
    use crate::budget::Options;
    use crate::problem::BinType;
    use crate::problem::random::Random;
    use crate::problem::reduce::{Rules, reduce};

    const ISLANDS: usize = 4;
    const SINGLE: usize = 7;

    /// Islands of small items, that no two of share a bin; a small type, and larger ones of which there is one each.
    fn islands(random: &mut Random) -> Problem {
        let mut builder = Problem::builder(2);
        builder.classes(ISLANDS);
        for a in 0..ISLANDS {
            for b in a + 1..ISLANDS {
                builder.conflict(a, b);
            }
        }
        builder.bin(&[100, 100]);
        for _ in 0..SINGLE {
            let capacity = vec![random.between(110, 260), random.between(110, 260)];
            builder.bin_type(BinType { capacity, cost: 1, max_count: Some(1) });
        }
        for class in 0..ISLANDS {
            for _ in 0..2 {
                builder.item(&[random.between(1, 3), random.between(1, 3)], random.between(50, 120), class);
            }
        }
        builder.build().unwrap()
    }

    /// The fewest bins were the sizes sand, by trying every way to deal the single bins.
    fn fewest(problem: &Problem) -> u64 {
        let asked = |island: usize, q: usize| -> u64 {
            let own = problem.items().iter().filter(|item| item.class == island);
            own.map(|item| item.size[q] * item.demand).sum()
        };
        let asked: Vec<[u64; 2]> = (0..ISLANDS).map(|island| [asked(island, 0), asked(island, 1)]).collect();
        let all = (ISLANDS as u64 + 1).pow(SINGLE as u32);
        let dealt = (0..all).map(|mut code| {
            let (mut left, mut bins) = (asked.clone(), 0);
            for single in 1..=SINGLE {
                let island = (code % (ISLANDS as u64 + 1)) as usize;
                code /= ISLANDS as u64 + 1;
                if island < ISLANDS {
                    bins += 1;
                    let capacity = &problem.bins()[single].capacity;
                    left[island].iter_mut().zip(capacity).for_each(|(left, room)| *left = left.saturating_sub(*room));
                }
            }
            bins + left.iter().map(|left| left.iter().max().unwrap().div_ceil(100)).sum::<u64>()
        });
        dealt.min().unwrap()
    }

    #[test]
    fn no_bound_is_above_what_trying_all_says_and_ways_reach_it() {
        let (mut bounds, mut ways) = (0, 0);
        for seed in 0..12 {
            let problem = islands(&mut Random::new(seed));
            let least = fewest(&problem);
            let found = Parts::of(&problem).covered(&problem, &Budget::of_work(2_000_000_000)).unwrap();
            assert!(found.claim.bound <= least, "seed {seed}: {} of {least}", found.claim.bound);
            bounds += u64::from(found.claim.bound == least);
            // the first way of everybody, and bins of the small type for what these do not hold
            let mut dealt = vec![0; problem.bins().len()];
            let mut bins = 0;
            for (own, component) in found.ways.iter().zip(&found.claim.components) {
                let room = |q: usize| {
                    own[0].iter().zip(problem.bins()).map(|(count, bin)| count * bin.capacity[q]).sum::<u64>()
                };
                let items = || component.items.iter().map(|&item| &problem.items()[item]);
                let asked = |q: usize| items().map(|item| item.size[q] * item.demand).sum::<u64>();
                let rest = (0..2).map(|q| asked(q).saturating_sub(room(q)).div_ceil(100)).max().unwrap();
                bins += own[0].iter().sum::<u64>() + rest;
                dealt.iter_mut().zip(&own[0]).for_each(|(dealt, count)| *dealt += count);
            }
            assert!(dealt[1..].iter().all(|&dealt| dealt <= 1), "seed {seed}");
            assert!(bins >= least, "seed {seed}: {bins} of {least}");
            ways += u64::from(bins == least);
            // no more than there is, whatever a programme would pay for
            let rules = Rules { max_counts: true, costs: true, merge: true };
            let parts = found.claim.components.iter().map(|part| reduce(&problem, &part.items, rules));
            let wants: Vec<Wants> = parts.map(|part| Wants::of(&problem, &part, 1)).collect();
            let budget = Budget::of_work(100_000_000);
            let dealt = chosen(&problem, &wants, &found.ways, least, &Options::default(), &budget).unwrap();
            assert!(within(&problem, &dealt), "seed {seed}");
        }
        assert!(bounds >= 11 && ways >= 8, "{bounds} {ways}");
    }
}
