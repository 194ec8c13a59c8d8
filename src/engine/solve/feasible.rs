//! Is there any packing at all within the maximum counts?
//!
//! Phase one, as in linear programming: every limited bin type gets an unlimited twin that costs 1, everything else costs
//! nothing. A packing without twins is a packing; a bound of 1 says that there is none, and its weights prove it.

use super::effort::{MOST_TYPES, limited as effort};
use crate::bound;
use crate::budget::{Budget, Options};
use crate::certify::{Claim, Component, Level};
use crate::exact::{Goal, close_gap};
use crate::problem::{BinType, ItemType, Pattern, Problem, Solution};

/// What phase one found.
#[derive(Clone, Debug, Default)]
pub(super) struct Feasible {
    /// A packing within the maximum counts.
    pub solution: Option<Solution>,
    /// There is none.
    pub impossible: bool,
    /// What proves that, where one claim can say it.
    pub claim: Option<Claim>,
}

/// Looks for a packing within the maximum counts, from one that ignores them. Only up to some thousand item types.
pub(super) fn feasible(problem: &Problem, relaxed: &Solution, options: &Options, budget: &Budget) -> Feasible {
    let real = problem.bins().len();
    if problem.items().len() as u64 > MOST_TYPES {
        return Feasible::default();
    }
    let Some(extended) = extended(problem) else { return Feasible::default() };
    let twins: Vec<usize> = (0..real).filter(|&bin| problem.bins()[bin].max_count.is_some()).collect();
    let mut start = Solution::default();
    let mut left: Vec<u64> = problem.bins().iter().map(|bin| bin.max_count.unwrap_or(u64::MAX)).collect();
    for pattern in &relaxed.patterns {
        let own = pattern.count.min(left[pattern.bin]);
        left[pattern.bin] -= own;
        let twin = twins.iter().position(|&bin| bin == pattern.bin).map_or(pattern.bin, |at| real + at);
        for (bin, count) in [(pattern.bin, own), (twin, pattern.count - own)] {
            if count > 0 {
                start.patterns.push(Pattern { bin, items: pattern.items.clone(), count });
            }
        }
    }
    if start.check(&extended).is_err() {
        return Feasible::default();
    }
    let prices: Vec<u64> = (0..real + twins.len()).map(|bin| u64::from(bin >= real)).collect();
    let goal = Goal { prices, bins: None };
    let quarter = budget.left() / 4;
    let closed = budget.within(quarter, |own| close_gap(&extended, &goal, &start, &[], 0, options, own));
    let solution = closed.solution.filter(|found| found.check(problem).is_ok());
    let impossible = solution.is_none() && closed.lower > 0;
    let claim = (impossible && !closed.nodes.is_empty()).then(|| {
        let items: Vec<usize> = (0..problem.items().len()).collect();
        let components = vec![Component { items, bound: closed.charged, nodes: closed.nodes }];
        let shared = closed.shared[..real].to_vec();
        Claim { level: Level::Infeasible, shared, components, ..Claim::default() }
    });
    let claim = claim.filter(|claim| bound::proven(problem, claim, 0).is_some_and(|beyond| beyond > 0));
    if solution.is_some() || claim.is_some() {
        return Feasible { solution, impossible, claim };
    }
    let first = &closed.shared[..real];
    let found = priced(problem, relaxed, first, options, budget);
    Feasible { impossible: impossible || found.impossible, ..found }
}

/// The same by one price `V_t` on every bin of a limited type, maximum counts forgotten: where the cheapest packing costs
/// more than `sum U_t V_t`, there is none within the maximum counts, and the tree that proves the one proves the other.
/// A packing that costs less uses too many bins of some types: their prices rise, the others' fall (as in
/// Rosenblatt's 1958 perceptron, which finds such prices in the end if any tell all packings from the allowed ones).
fn priced(problem: &Problem, relaxed: &Solution, first: &[u64], options: &Options, budget: &Budget) -> Feasible {
    let bins = problem.bins();
    let Some(free) = unlimited(problem).filter(|free| relaxed.check(free).is_ok()) else { return Feasible::default() };
    let most = first.iter().max().copied().unwrap_or(0).max(1);
    let begin = |(bin, &price): (&BinType, &u64)| match bin.max_count {
        None => 0,
        Some(_) => {
            u64::try_from(u128::from(price) * u128::from(effort::FINE) / u128::from(most)).unwrap_or(effort::FINE)
        }
    };
    let mut prices: Vec<u64> = bins.iter().zip(first).map(begin).collect();
    for _ in 0..effort::ATTEMPTS {
        if budget.look().is_err() {
            break;
        }
        if prices.iter().all(|&price| price == 0) {
            prices = bins.iter().map(|bin| u64::from(bin.max_count.is_some())).collect();
        }
        let goal = Goal { prices: prices.clone(), bins: None };
        let closed = budget.within(effort::ATTEMPT, |own| close_gap(&free, &goal, relaxed, &[], 0, options, own));
        if !closed.nodes.is_empty() {
            let items: Vec<usize> = (0..problem.items().len()).collect();
            let components = vec![Component { items, bound: closed.lower, nodes: closed.nodes }];
            let (level, shared) = (Level::Infeasible, prices.clone());
            let claim = Claim { level, shared, components, ..Claim::default() };
            if bound::proven(problem, &claim, 0).is_some_and(|beyond| beyond > 0) {
                return Feasible { solution: None, impossible: true, claim: Some(claim) };
            }
        }
        let cheapest = closed.solution.as_ref().unwrap_or(relaxed);
        if cheapest.check(problem).is_ok() {
            return Feasible { solution: Some(cheapest.clone()), ..Feasible::default() };
        }
        let mut used = vec![0u64; bins.len()];
        cheapest.patterns.iter().for_each(|pattern| used[pattern.bin] += pattern.count);
        for ((price, bin), used) in prices.iter_mut().zip(bins).zip(used) {
            let Some(allowed) = bin.max_count else { continue };
            *price = price.saturating_add(used).saturating_sub(allowed);
        }
    }
    Feasible::default()
}

/// The problem without maximum counts, and without the bin types of which there may be none.
fn unlimited(problem: &Problem) -> Option<Problem> {
    let bins: Vec<BinType> = problem.bins().iter().map(|bin| BinType { max_count: None, ..bin.clone() }).collect();
    let exists = |&bin: &usize| problem.bins()[bin].max_count != Some(0);
    let item = |item: &ItemType| {
        let eligible = item.eligible.ones().filter(exists).collect();
        ItemType { eligible, ..item.clone() }
    };
    let items = problem.items().iter().map(item).collect();
    Problem::new(problem.dimensions(), items, problem.conflicts().clone(), bins).ok()
}

/// The problem with an unlimited twin of every limited bin type, after the real ones.
fn extended(problem: &Problem) -> Option<Problem> {
    let limited: Vec<usize> =
        (0..problem.bins().len()).filter(|&bin| problem.bins()[bin].max_count.is_some()).collect();
    let twin = |&bin: &usize| BinType { max_count: None, ..problem.bins()[bin].clone() };
    let bins: Vec<BinType> = problem.bins().iter().cloned().chain(limited.iter().map(twin)).collect();
    let item = |item: &ItemType| {
        let twins = limited.iter().enumerate().filter(|&(_, &bin)| item.eligible.contains(bin));
        let twins = twins.map(|(at, _)| problem.bins().len() + at);
        let eligible = item.eligible.ones().chain(twins).collect();
        ItemType { eligible, ..item.clone() }
    };
    let items = problem.items().iter().map(item).collect();
    Problem::new(problem.dimensions(), items, problem.conflicts().clone(), bins).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Silent;
    use crate::certify::{Certificate, Verdict, check};

    /// Four items of 2 in a bin of 3 and a bin of 5: nothing is too large, but one bin holds one and the other two.
    #[test]
    fn prices_that_no_packing_can_pay() {
        let bin = |room| BinType { capacity: vec![room], cost: 1, max_count: Some(1) };
        let eligible = crate::problem::BinSet::all(2);
        let item = ItemType { size: vec![2], demand: 4, class: 0, eligible };
        let conflicts = crate::problem::BitMatrix::new(1);
        let problem = Problem::new(1, vec![item], conflicts, vec![bin(3), bin(5)]).unwrap();
        let relaxed = Solution { patterns: vec![Pattern { bin: 1, items: vec![(0, 2)], count: 2 }] };
        let options = Options::default();
        let budget = Budget::new(&options, 1_000_000_000, &Silent);
        let found = priced(&problem, &relaxed, &[1, 1], &options, &budget);
        assert!(found.impossible && found.solution.is_none());
        let certificate = Certificate { claims: found.claim.into_iter().collect() };
        assert_eq!(check(&problem, None, &certificate, &budget), Verdict::Verified { bounds: vec![0] });
    }
}
