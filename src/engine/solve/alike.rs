//! Bin types that nothing tells apart are one type: so many clusters that stand already are mostly a few shapes.
//!
//! Two types are alike if they have the same room and cost, may hold the same items at the same charges, and are under the same
//! limits. The maximum counts of both add up, and so do their kept bins; a price that a claim puts on the one type is a
//! price on each of them.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use crate::certify::{CaseNode, CasePrices, Certificate, Claim, Count, Savings};
use crate::problem::{BinSet, BinType, Charge, ItemType, Limit, Pattern, Problem, Solution, Terms};

/// The problem with types that are alike as one.
pub(super) struct Alike {
    pub problem: Problem,
    /// For each bin type those of the original, ascending.
    members: Vec<Vec<usize>>,
}

impl Alike {
    /// `None` where no two types are alike. Complexity: item types times bin types.
    pub fn of(problem: &Problem) -> Option<Self> {
        let (bins, terms) = (problem.bins(), problem.terms());
        // who may be in a bin of a type, at what charge
        let held = |bin: usize| {
            let items = (0..problem.items().len()).filter(move |&item| problem.items()[item].eligible.contains(bin));
            items.map(move |item| (item, problem.charge(item, bin)))
        };
        let mark = |bin: usize| {
            let mut hasher = FxHasher::default();
            held(bin).for_each(|entry| entry.hash(&mut hasher));
            hasher.finish()
        };
        // types of one key are alike if they hold the same, which a mark alone does not say
        let mut groups: BTreeMap<_, Vec<Vec<usize>>> = BTreeMap::new();
        for (bin, kind) in bins.iter().enumerate() {
            let limits: Vec<bool> = terms.limits.iter().map(|limit| limit.bins.contains(bin)).collect();
            // a type without a maximum makes those that are alike superfluous, and is left to the reductions; one of which more
            // are kept than there may be contradicts itself, and must go on doing so
            let apart = kind.max_count.is_none_or(|most| most < problem.kept(bin)).then_some(bin);
            let same = groups.entry((&kind.capacity, kind.cost, apart, limits, mark(bin))).or_default();
            match same.iter_mut().find(|group| held(group[0]).eq(held(bin))) {
                Some(group) => group.push(bin),
                None => same.push(vec![bin]),
            }
        }
        let mut members: Vec<Vec<usize>> = groups.into_values().flatten().collect();
        members.sort_unstable();
        if members.len() == bins.len() {
            return None;
        }
        let first = |group: &[usize]| group[0];
        let sum = |group: &[usize], of: &dyn Fn(usize) -> u64| {
            group.iter().fold(0u64, |sum, &bin| sum.saturating_add(of(bin)))
        };
        let united: Vec<BinType> = members
            .iter()
            .map(|group| {
                let kind = &bins[first(group)];
                let max_count = kind.max_count.map(|_| sum(group, &|bin| bins[bin].max_count.unwrap_or(0)));
                BinType { max_count, ..kind.clone() }
            })
            .collect();
        let within =
            |set: &BinSet| -> BinSet { (0..members.len()).filter(|&at| set.contains(first(&members[at]))).collect() };
        let items = problem.items().iter().map(|item| ItemType { eligible: within(&item.eligible), ..item.clone() });
        let charge = |item: usize| {
            let except = members.iter().enumerate().map(|(at, group)| (at, problem.charge(item, first(group))));
            Charge { base: 0, except: except.filter(|entry| entry.1 > 0).collect() }
        };
        let charged = if terms.charges.is_empty() { 0 } else { problem.items().len() };
        let united_terms = Terms {
            limits: terms.limits.iter().map(|limit| Limit { bins: within(&limit.bins), most: limit.most }).collect(),
            kept: members.iter().map(|group| sum(group, &|bin| problem.kept(bin))).collect(),
            charges: (0..charged).map(charge).collect(),
            units: terms.units.clone(),
            most: terms.most,
            // problems with groups do not come here
            ..Terms::default()
        };
        let problem = Problem::new(problem.dimensions(), items.collect(), problem.conflicts().clone(), united).ok()?;
        Some(Self { problem: problem.with(united_terms).ok()?, members })
    }

    /// The plan in the types of the original: as many bins of each as are kept before any more of one.
    pub fn plan(&self, original: &Problem, plan: &Solution) -> Solution {
        let mut used = vec![0u64; original.bins().len()];
        let mut patterns = Vec::new();
        for pattern in plan.patterns.iter().filter(|pattern| !pattern.items.is_empty()) {
            let group = &self.members[pattern.bin];
            let kept = group.iter().map(|&bin| (bin, original.kept(bin)));
            let all = group.iter().map(|&bin| (bin, original.bins()[bin].max_count.unwrap_or(u64::MAX)));
            let mut left = pattern.count;
            for (bin, most) in kept.chain(all) {
                let count = left.min(most.saturating_sub(used[bin]));
                if count > 0 {
                    patterns.push(Pattern { bin, items: pattern.items.clone(), count });
                    used[bin] += count;
                    left -= count;
                }
            }
        }
        super::term_bounds::with_empty(original, patterns)
    }

    /// The claims on the original.
    pub fn certificate(&self, original: &Problem, certificate: Certificate) -> Certificate {
        let spread = |prices: &[u64]| self.spread(original, prices);
        let claim = |claim: Claim| {
            let kept = self.kept(original, &claim.kept);
            let savings = claim.savings.map(|savings| Savings {
                most: spread(&savings.most),
                nodes: savings.nodes.into_iter().map(|node| self.count(node)).collect(),
            });
            let cases = claim.cases.into_iter().map(|node| self.case(original, node)).collect();
            Claim { shared: spread(&claim.shared), kept, savings, cases, ..claim }
        };
        Certificate { claims: certificate.claims.into_iter().map(claim).collect() }
    }

    /// One price a type of the original.
    fn spread(&self, original: &Problem, prices: &[u64]) -> Vec<u64> {
        let mut all = vec![0; original.bins().len()];
        for (group, &price) in self.members.iter().zip(prices) {
            group.iter().for_each(|&bin| all[bin] = price);
        }
        all
    }

    /// The same for bins that are in every plan: where none of a type is, or there may be none, its price says nothing.
    fn kept(&self, original: &Problem, prices: &[u64]) -> Vec<u64> {
        let all = if prices.is_empty() { Vec::new() } else { self.spread(original, prices) };
        all.into_iter().zip(original.least()).map(|(price, least)| if least > 0 { price } else { 0 }).collect()
    }

    /// All types of the original that are one of these.
    fn all(&self, bins: &[usize]) -> Vec<usize> {
        let mut bins: Vec<usize> = bins.iter().flat_map(|&bin| &self.members[bin]).copied().collect();
        bins.sort_unstable();
        bins
    }

    fn count(&self, node: Count) -> Count {
        match node {
            Count::Branch { bins, most, few, many } => Count::Branch { bins: self.all(&bins), most, few, many },
            prices => prices,
        }
    }

    fn case(&self, original: &Problem, node: CaseNode) -> CaseNode {
        match node {
            CaseNode::Prices(leaf) => {
                let shared = self.spread(original, &leaf.shared);
                let kept = self.kept(original, &leaf.kept);
                CaseNode::Prices(CasePrices { shared, kept, ..leaf })
            }
            CaseNode::Count { bins, most, few, many } => CaseNode::Count { bins: self.all(&bins), most, few, many },
            other => other,
        }
    }
}
