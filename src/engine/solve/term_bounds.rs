//! Bounds under terms: each a claim on the whole problem.

use super::cheap::{Cheap, Counting, Held, cheap_ways, each_alone, suits_parts};
use super::effort::WITNESS;
use super::lift::lift;
use super::shares::{Aim, Wants, improved};
use super::whole::{Covering, covering};
use crate::bound::{self, Bound, Priced, cost_of, proven};
use crate::budget::{Budget, Options};
use crate::certify::{Claim, Component, Level, Node, Prices};
use crate::exact::{Closed, Counted, Goal, Suggested, close_gap, continuous, counted};
use crate::problem::reduce::{Reduced, components, merged};
use crate::problem::{BinSet, BinType, Limit, Pattern, Problem, Solution, Terms};

/// The components, with equal item types merged.
pub(super) struct Parts(Vec<(Vec<usize>, Reduced)>);

impl Parts {
    pub fn of(problem: &Problem) -> Self {
        Self(components(problem).into_iter().map(|items| (items.clone(), merged(problem, &items))).collect())
    }

    /// Whether there is more than one.
    pub fn several(&self) -> bool {
        self.0.len() > 1
    }

    /// The best claim without columns, what the linear programme said of the bins, and what covers the components.
    pub fn best(
        &self,
        problem: &Problem,
        level: Level,
        held: Option<Held>,
        plan: Option<u64>,
        budget: &Budget,
    ) -> (Claim, Option<Suggested>, Option<Covering>) {
        let mut best = nothing(problem, level);
        if level == Level::Moves {
            best = larger(best, forced(problem));
            return (best, None, None);
        }
        let plain = bound::priced(problem, level, &vec![0; problem.dimensions()], &no_limits(problem), 1, None);
        if let Some(plain) = plain {
            // bins that are in every plan may cost all that others do
            let Priced { mut claim, mut bins } = plain;
            for (bin, price) in bins.iter_mut().enumerate() {
                *price += claim.kept[bin];
                claim.kept[bin] = 0;
            }
            best = larger(best, self.claim(problem, &Priced { claim, bins }, None, held, budget));
        }
        let costs: Vec<u64> = (0..problem.bins().len()).map(|bin| cost_of(problem, level, bin)).collect();
        let mut covering = None;
        let suggested = continuous(problem, &costs, held.map(|held| held.most), budget);
        if let Some(found) = &suggested {
            let price = held.map(|_| found.held);
            let priced = bound::priced(problem, level, &found.lambda, &found.limits, found.scale, price);
            let claim = priced.and_then(|priced| self.claim(problem, &priced, Some(&found.lambda), held, budget));
            best = larger(best, claim);
            if level == Level::Clusters && held.is_none() {
                covering = budget.within(budget.left() / 16, |own| self.whole(problem, found, plan, own));
                best = larger(best, covering.as_ref().map(|covering| covering.claim.clone()));
            }
        }
        (best, suggested, covering)
    }

    /// The claim that bins are whole in every component, and what covers each of them on the way to it.
    pub fn covered(&self, problem: &Problem, budget: &Budget) -> Option<Covering> {
        let found = continuous(problem, &vec![1; problem.bins().len()], None, budget)?;
        self.whole(problem, &found, None, budget)
    }

    /// The claim on the cost that bins are whole in every component, where maximum counts and the number of bins are all that these have in
    /// common.
    pub fn cheapest(&self, problem: &Problem, held: Held, budget: &Budget) -> Option<Claim> {
        let terms = problem.terms();
        let alone = terms.limits.is_empty() && terms.kept.iter().all(|&kept| kept == 0);
        if !self.several() || !alone {
            return None;
        }
        let ways = |counting, own: &Budget| self.cheap_ways(problem, held.most, (&[], counting), own);
        let cheap = |own: &Budget| ways(Counting::Parts, own).or_else(|| ways(Counting::Whole, own));
        budget.within_half_time(budget.left() / 2, cheap)?.claim(problem, &self.0, held, budget)
    }

    /// Ways to cover each component that cost little in all, with at most so many bins. `known`: those of a plan, and how many bins each has exactly,
    /// if that is known. `None` where none are found, or no component suits to be counted in parts.
    pub fn cheap_ways(
        &self,
        problem: &Problem,
        most: u64,
        known: (&[Vec<u64>], Counting),
        budget: &Budget,
    ) -> Option<Cheap> {
        if matches!(known.1, Counting::Parts) && !suits_parts(&self.0) {
            return None;
        }
        let bins: BinSet = (0..problem.bins().len()).collect();
        let terms = Terms { limits: vec![Limit { bins, most }], ..Terms::default() };
        let limited = problem.clone().with(terms).ok()?;
        let costs: Vec<u64> = problem.bins().iter().map(|bin| bin.cost).collect();
        let found = continuous(&limited, &costs, None, budget)?;
        cheap_ways(problem, &limited, &self.0, known, &found, budget)
    }

    /// What these prove of the cost of so many bins.
    pub fn cheap_claim(
        &self,
        problem: &Problem,
        cheap: &Cheap,
        held: Held,
        counted: Option<&[u64]>,
        budget: &Budget,
    ) -> Option<Claim> {
        match counted {
            Some(counts) => cheap.counted(problem, &self.0, counts, budget),
            None => cheap.claim(problem, &self.0, held, budget),
        }
    }

    /// What each needs by itself.
    pub fn alone(&self, problem: &Problem, budget: &Budget) -> Option<Claim> {
        each_alone(problem, &self.0, budget)
    }

    /// The item types of each.
    pub fn items(&self) -> impl Iterator<Item = &[usize]> {
        self.0.iter().map(|(items, _)| &items[..])
    }

    /// How many bins of each type the components share best, were their sizes sand; `None` where there is nothing to share.
    pub fn dealt(&self, problem: &Problem, seed: u64, budget: &Budget) -> Option<Vec<f64>> {
        let wants: Vec<Wants> = self.0.iter().map(|(_, reduced)| Wants::of(problem, reduced, 1)).collect();
        let start = vec![vec![0; problem.bins().len()]; wants.len()];
        let dealt = improved(problem, &wants, start, Aim { bins: 0, patience: 1, warm: false }, seed, budget);
        let used = |bin: usize| dealt.iter().map(|share| share[bin]).sum::<u64>() as f64;
        let used: Vec<f64> = (0..problem.bins().len()).map(used).collect();
        used.iter().any(|&used| used > 0.0).then_some(used)
    }

    /// The claim that bins are whole in every component, from what the linear programme says.
    fn whole(&self, problem: &Problem, found: &Suggested, plan: Option<u64>, budget: &Budget) -> Option<Covering> {
        let bins = 0..problem.bins().len();
        let worth = |bin: usize| {
            let parts = problem.bins()[bin].capacity.iter().zip(&found.lambda);
            parts.map(|(&capacity, &price)| capacity as f64 * price as f64).sum::<f64>() / found.scale as f64
        };
        let start: Vec<f64> = bins.map(|bin| worth(bin) - 1.0).collect();
        let limits: Vec<f64> = found.limits.iter().map(|&price| price as f64 / found.scale as f64).collect();
        covering(problem, &self.0, &found.lambda, (&start, &limits), plan, budget)
    }

    /// The claim at these prices: each component's best bound, or what its sizes are worth.
    fn claim(
        &self,
        problem: &Problem,
        priced: &Priced,
        lambda: Option<&[u64]>,
        held: Option<Held>,
        budget: &Budget,
    ) -> Option<Claim> {
        let mut found = Vec::with_capacity(self.0.len());
        for (items, reduced) in &self.0 {
            let own: Vec<u64> = reduced.bins.iter().map(|&bin| priced.bins[bin]).collect();
            let best =
                bound::best(&reduced.problem, &own, &budget.child(budget.left() / 8 / self.0.len().max(1) as u64));
            let least = Bound::least(&reduced.problem, &own);
            let best = if least.value > best.value { least } else { best };
            let nodes = lift(problem, items, reduced, &priced.bins, &[best.node])?;
            let mut component = Component { items: items.clone(), bound: best.value, nodes };
            if let Some((value, node)) = lambda.and_then(|lambda| by_worth(problem, items, lambda))
                && value > component.bound
            {
                component.bound = value;
                component.nodes = vec![node];
            }
            found.push(component);
        }
        finished(problem, Claim { components: found, ..priced.claim.clone() }, held)
    }
}

/// The claim with the bound that its components prove.
fn finished(problem: &Problem, claim: Claim, held: Option<Held>) -> Option<Claim> {
    held.unwrap_or(Held { most: 0, least: 0 }).finished(problem, claim)
}

/// What the items weigh if each weighs what its sizes are worth.
fn by_worth(problem: &Problem, items: &[usize], lambda: &[u64]) -> Option<(u64, Node)> {
    let weigh = |&item: &usize| {
        let sizes = problem.items()[item].size.iter().zip(lambda);
        u64::try_from(sizes.map(|(&size, &price)| u128::from(size) * u128::from(price)).sum::<u128>()).ok()
    };
    let weights = items.iter().map(weigh).collect::<Option<Vec<u64>>>()?;
    let total: u128 = items
        .iter()
        .zip(&weights)
        .map(|(&item, &weight)| u128::from(weight) * u128::from(problem.items()[item].demand))
        .sum();
    let node = Node::Resources { weights, capacity: 1, prices: lambda.to_vec(), divisor: 1 };
    Some((u64::try_from(total).ok()?, node))
}

/// What every plan is charged: each copy where it is charged least.
fn forced(problem: &Problem) -> Option<Claim> {
    let least = |item: usize| {
        let homes = (0..problem.bins().len()).filter(|&bin| problem.exists(bin) && problem.fits_alone(item, bin));
        homes.map(|bin| problem.charge(item, bin)).min().unwrap_or(0)
    };
    let weights: Vec<u64> = (0..problem.items().len()).map(least).collect();
    let bound = bound::weighed(problem, &weights, 1)?;
    let items = (0..weights.len()).collect();
    let components = vec![Component { items, bound, nodes: vec![Node::Weights { weights, capacity: 1 }] }];
    finished(problem, Claim { components, ..nothing(problem, Level::Moves) }, None)
}

/// What is charged at least because bins save only so much, and earlier levels allow only so many of them: `clusters` and `cost` are what
/// they hold, `known` the moves of a plan.
pub fn by_savings(
    problem: &Problem,
    clusters: Option<u64>,
    cost: Option<u64>,
    known: u64,
    budget: &Budget,
) -> Option<Claim> {
    let most = problem.terms().most;
    let saved = bound::saved(problem, budget)?;
    let clusters = clusters.into_iter().chain(most.clusters).min();
    let cost = cost.into_iter().chain(most.cost).min();
    let (bound, savings) = counted(&Counted { problem, saved: &saved, clusters, cost, known }, budget)?;
    let shared = vec![0; problem.bins().len()];
    Some(Claim { level: Level::Moves, bound, scale: 1, shared, savings: Some(savings), ..Claim::default() })
}

fn no_limits(problem: &Problem) -> Vec<u64> {
    vec![0; problem.terms().limits.len()]
}

/// The claim that proves nothing but what bins cost that are in every plan.
fn nothing(problem: &Problem, level: Level) -> Claim {
    let all: Vec<usize> = (0..problem.items().len()).collect();
    let there = problem.least().into_iter().enumerate();
    let kept = there.map(|(bin, least)| if least > 0 { cost_of(problem, level, bin) } else { 0 });
    let node = Node::Weights { weights: vec![0; all.len()], capacity: 1 };
    let claim = Claim {
        level,
        scale: 1,
        shared: vec![0; problem.bins().len()],
        limits: no_limits(problem),
        kept: kept.collect(),
        components: if all.is_empty() {
            Vec::new()
        } else {
            vec![Component { items: all, bound: 0, nodes: vec![node] }]
        },
        ..Claim::default()
    };
    let bound = proven(problem, &claim, 0).unwrap_or(0);
    Claim { bound, ..claim }
}

pub(super) fn larger(best: Claim, other: Option<Claim>) -> Claim {
    other.filter(|other| other.bound > best.bound).unwrap_or(best)
}

/// The problem with the kept bins of each type as a type of their own, after the others: so many and no more, for nothing.
struct Split {
    problem: Problem,
    /// Bin types of the original with kept bins.
    kept: Vec<usize>,
}

impl Split {
    fn of(problem: &Problem) -> Option<Self> {
        let bins = problem.bins();
        let kept: Vec<usize> = (0..bins.len()).filter(|&bin| problem.kept(bin) > 0).collect();
        let rest = |(bin, kind): (usize, &BinType)| {
            let max_count = kind.max_count.map(|most| most.saturating_sub(problem.kept(bin)));
            BinType { max_count, ..kind.clone() }
        };
        let own = |&bin: &usize| BinType { max_count: Some(problem.kept(bin)), ..bins[bin].clone() };
        let all = bins.iter().enumerate().map(rest).chain(kept.iter().map(own)).collect();
        let mut items = problem.items().to_vec();
        for item in &mut items {
            let twins = kept.iter().enumerate().filter(|&(_, &bin)| item.eligible.contains(bin));
            item.eligible = item.eligible.ones().chain(twins.map(|(at, _)| bins.len() + at)).collect();
        }
        let limit = |limit: &Limit| {
            let there: u64 = limit.bins.ones().map(|bin| problem.kept(bin)).sum();
            Limit { bins: limit.bins.clone(), most: limit.most.saturating_sub(there) }
        };
        let limits = problem.terms().limits.iter().map(limit).collect();
        let split = Problem::new(problem.dimensions(), items, problem.conflicts().clone(), all).ok()?;
        Some(Self { problem: split.with(Terms { limits, ..Terms::default() }).ok()?, kept })
    }

    /// The plan without its empty bins, as many of a type as are kept in these.
    fn divide(&self, real: usize, plan: &Solution) -> Solution {
        let mut left: Vec<u64> =
            self.kept.iter().enumerate().map(|(at, _)| self.problem.bins()[real + at].max_count.unwrap_or(0)).collect();
        let mut patterns = Vec::new();
        for pattern in plan.patterns.iter().filter(|pattern| !pattern.items.is_empty()) {
            let at = self.kept.iter().position(|&bin| bin == pattern.bin);
            let own = at.map_or(0, |at| pattern.count.min(left[at]));
            if let Some(at) = at {
                left[at] -= own;
            }
            for (bin, count) in [(at.map_or(0, |at| real + at), own), (pattern.bin, pattern.count - own)] {
                if count > 0 {
                    patterns.push(Pattern { bin, count, ..pattern.clone() });
                }
            }
        }
        Solution::grouped(patterns)
    }
}

/// The plan in the bin types of the original, with the kept bins that hold nothing.
pub(super) fn with_empty(problem: &Problem, mut patterns: Vec<Pattern>) -> Solution {
    let mut used = vec![0u64; problem.bins().len()];
    patterns.retain(|pattern| !pattern.items.is_empty());
    patterns.iter().for_each(|pattern| used[pattern.bin] += pattern.count);
    for (bin, used) in used.into_iter().enumerate() {
        let count = problem.kept(bin).saturating_sub(used);
        if count > 0 {
            patterns.push(Pattern { bin, items: Vec::new(), count });
        }
    }
    Solution::grouped(patterns)
}

/// What column generation found: a plan, a bound, and a claim that proves it or part of it.
pub(super) struct Columns {
    pub plan: Option<Solution>,
    pub lower: u64,
    pub claim: Option<Claim>,
}

/// Column generation over everything at once, with a row for each limit; `known` holds already.
pub(super) fn columns(
    problem: &Problem,
    level: Level,
    plan: &Solution,
    known: u64,
    held: Option<Held>,
    options: &Options,
    budget: &Budget,
) -> Option<Columns> {
    let real = problem.bins().len();
    let split = Split::of(problem)?;
    let costs = (0..real).map(|bin| cost_of(problem, level, bin));
    let prices: Vec<u64> = costs.chain(split.kept.iter().map(|_| 0)).collect();
    let always: u64 = (0..real).map(|bin| problem.kept(bin) * cost_of(problem, level, bin)).sum();
    // a fixed number of bins is one that is proved, and counts none that hold nothing
    let fixed = held.filter(|held| held.most == held.least && split.kept.is_empty());
    if held.is_some() && fixed.is_none() {
        return None;
    }
    let start = split.divide(real, plan);
    if start.check(&split.problem).is_err() {
        return None;
    }
    let goal = Goal { prices, bins: fixed.map(|held| held.most) };
    let known = known.saturating_sub(always);
    let work = if goal.value(&start) <= known { WITNESS.min(budget.left() / 2) } else { budget.left() / 2 };
    let closed = budget.within(work, |own| close_gap(&split.problem, &goal, &start, &[], known, options, own));
    let lower = closed.lower + always;
    let claim =
        claimed(problem, level, &split, &closed, held).map(|claim| Claim { bound: claim.bound.min(lower), ..claim });
    let plan = closed.solution.map(|found| {
        let whole = |pattern: Pattern| {
            let bin = if pattern.bin < real { pattern.bin } else { split.kept[pattern.bin - real] };
            Pattern { bin, ..pattern }
        };
        with_empty(problem, found.patterns.into_iter().map(whole).collect())
    });
    Some(Columns { plan, lower, claim })
}

/// The tree as a claim on the original: a type's price is the lower of those of its kept bins and of others.
fn claimed(problem: &Problem, level: Level, split: &Split, closed: &Closed, held: Option<Held>) -> Option<Claim> {
    if closed.nodes.is_empty() {
        return None;
    }
    let real = problem.bins().len();
    let mut shared = closed.shared[..real].to_vec();
    let mut kept = vec![0; real];
    for (at, &bin) in split.kept.iter().enumerate() {
        let own = closed.shared[real + at];
        let groups = problem.terms().limits.iter().zip(&closed.limits).filter(|(limit, _)| limit.bins.contains(bin));
        let groups: u64 = groups.fold(0, |sum, (_, &price)| sum.saturating_add(price));
        let plain = closed.scale.checked_mul(cost_of(problem, level, bin))?.checked_add(groups)?;
        let exists = split.problem.exists(bin);
        if !exists && problem.bins()[bin].max_count.is_some() {
            // there are no others: what the kept ones cost is all that counts
            shared[bin] = shared[bin].max(own.saturating_sub(plain));
        }
        let raised = plain.checked_add(shared[bin])?;
        if !exists && raised < own {
            return None;
        }
        kept[bin] = raised.saturating_sub(own);
    }
    let items = (0..problem.items().len()).collect();
    let claim = Claim {
        level,
        scale: closed.scale,
        prices: Prices { clusters: closed.offset, ..Prices::default() },
        shared,
        limits: closed.limits.clone(),
        kept,
        components: vec![Component { items, bound: closed.charged, nodes: closed.nodes.clone() }],
        ..Claim::default()
    };
    finished(problem, claim, held)
}
