//! Random tiny problems, and random certificates for them, each step proved by trying everything.
//!
//! A model of its own: nothing is taken from the checker.

use std::collections::BTreeMap;

use tenantry::engine::random::Random;
use tenantry::engine::{
    BinType, BitMatrix, Certificate, Claim, Component, ItemType, Level, Node, Own, Prices, Problem,
};

use super::case::{Case, Exclusion, Flaw};

/// Changes a number a little or a lot.
pub fn spoil(number: &mut u64, random: &mut Random) {
    *number = match random.below(8) {
        0 | 1 => number.saturating_add(1),
        2 | 3 => number.saturating_sub(1),
        4 => number.saturating_mul(2),
        5 => 0,
        6 => random.below(8),
        _ => u64::MAX >> random.below(40),
    };
}

pub fn problem(random: &mut Random) -> Problem {
    let dimensions = [1, 1, 1, 2, 2, 0][random.index(6)];
    let kinds = 1 + random.index(5);
    let classes = 1 + random.index(kinds);
    let density = random.below(4);
    let mut conflicts = BitMatrix::new(classes);
    for a in 0..classes {
        for b in 0..=a {
            if random.below(5) < density {
                conflicts.insert(a, b);
            }
        }
    }
    let bins: Vec<BinType> = (0..1 + random.below(3))
        .map(|_| BinType {
            capacity: (0..dimensions).map(|_| 3 + random.below(8)).collect(),
            cost: random.below(6),
            max_count: if random.below(2) == 0 { None } else { Some(random.below(4)) },
        })
        .collect();
    let mut copies = 0;
    let mut items = Vec::new();
    for _ in 0..kinds {
        let demand = [1, 1, 1, 2, 3][random.index(5)];
        copies += demand;
        if copies > 6 {
            break;
        }
        let eligible = (0..bins.len()).filter(|_| random.below(6) > 0).collect();
        let size = (0..dimensions).map(|_| random.below(8)).collect();
        items.push(ItemType { size, demand, class: random.index(classes), eligible });
    }
    Problem::new(dimensions, items, conflicts, bins).expect("small numbers")
}

/// What a proof is about: the bin types that exist with the prices of all, what the tree is to prove if that is fixed beforehand (only then
/// may bins be excluded), and what the prover gets wrong.
struct Aim<'a> {
    problem: &'a Problem,
    exists: &'a [usize],
    prices: &'a [u64],
    goal: Option<u64>,
    flaw: Option<Flaw>,
    /// Exclusions of cases that are done, for a prover that forgets where they end.
    stale: Vec<Exclusion>,
}

impl Aim<'_> {
    fn weighed(&self, case: &Case, weights: &[u64]) -> Vec<u64> {
        let heaviest = |&bin: &usize| case.heaviest(self.problem, bin, weights, self.flaw, 0, &mut Vec::new());
        self.exists.iter().map(heaviest).collect()
    }

    /// Random weights, and the capacity that goes with them in this case.
    fn weights(&self, case: &Case, random: &mut Random) -> (Vec<u64>, u64) {
        let items = case.size.len();
        let mut weights: Vec<u64> = match random.below(3) {
            0 => vec![1; items],
            1 => (0..items).map(|_| random.below(2)).collect(),
            _ => (0..items).map(|_| random.below(7)).collect(),
        };
        for (&bin, most) in self.exists.iter().zip(self.weighed(case, &weights)) {
            if self.prices[bin] == 0 && most > 0 {
                // what a free bin may hold weighs nothing
                (0..items).filter(|&item| case.eligible[item][bin]).for_each(|item| weights[item] = 0);
            }
        }
        let heaviest = self.weighed(case, &weights);
        let priced = self.exists.iter().zip(&heaviest).filter(|&(&bin, _)| self.prices[bin] > 0);
        let capacity = priced.map(|(&bin, most)| most.div_ceil(self.prices[bin])).max().unwrap_or(1).max(1);
        (weights, capacity)
    }
}

/// Appends a proof for the case, and says how much it proves; `None` where the case is impossible.
fn tree(aim: &mut Aim, case: &Case, depth: usize, nodes: &mut Vec<Node>, random: &mut Random) -> Option<u64> {
    let (problem, exists, prices) = (aim.problem, aim.exists, aim.prices);
    let nowhere = |case: &Case, item: usize| !exists.iter().any(|&bin| case.fits(problem, item, bin));
    let items = case.size.len();
    if let Some(item) = (0..items).find(|&item| case.demand[item] > 0 && nowhere(case, item)) {
        nodes.push(Node::Unplaceable { item });
        return None;
    }
    if let Some(goal) = aim.goal
        && case.exclusions.len() < 3
        && random.below(3) > 0
    {
        let (weights, mut capacity) = aim.weights(case, random);
        if aim.flaw == Some(Flaw::CapacityTooSmall) && capacity > 1 {
            capacity -= 1;
        }
        let exclusion = Exclusion::new(case, &weights, capacity, goal, prices, aim.flaw);
        let proved = tree(aim, &case.without(exclusion.clone()), depth, nodes, random);
        if aim.flaw == Some(Flaw::NeverEnds) {
            aim.stale.push(exclusion);
        }
        let below = nodes.len() - 1;
        nodes.push(Node::Exclude { weights, capacity, below });
        return proved;
    }
    let (a, b) = (random.index(items), random.index(items));
    let copies = if a == b { case.demand[a] >= 2 } else { case.demand[a] >= 1 && case.demand[b] >= 1 };
    if depth > 0 && random.below(3) > 0 {
        let possible = copies && !case.conflict[a][b] && !nowhere(&case.together(a, b, None), items);
        let mut bounds = Vec::new();
        let together = if possible || (copies && random.below(4) == 0) {
            bounds.extend(tree(aim, &case.together(a, b, aim.flaw), depth - 1, nodes, random));
            Some(nodes.len() - 1)
        } else {
            None
        };
        let mut apart = case.apart(a, b);
        for stale in std::mem::take(&mut aim.stale) {
            apart = apart.without(stale);
        }
        bounds.extend(tree(aim, &apart, depth - 1, nodes, random));
        let apart = nodes.len() - 1;
        nodes.push(Node::Branch { a, b, together, apart });
        return bounds.into_iter().min();
    }
    let sum = |weights: &[u64]| weights.iter().zip(&case.demand).map(|(y, d)| y * d).sum::<u64>();
    if random.below(if case.exclusions.is_empty() { 3 } else { 12 }) == 0 {
        let lambda: Vec<u64> = (0..problem.dimensions()).map(|_| random.below(4)).collect();
        let divisor = 1 + random.below(3);
        let value = |vector: &[u64]| vector.iter().zip(&lambda).map(|(size, price)| size * price).sum::<u64>();
        let mut worth: Vec<u64> = case.size.iter().map(|size| value(size) / divisor).collect();
        let free = exists.iter().any(|&bin| prices[bin] == 0 && value(&problem.bins()[bin].capacity) > 0);
        if free {
            worth = vec![0; items];
        }
        let capacity = exists
            .iter()
            .filter(|&&bin| prices[bin] > 0)
            .map(|&bin| value(&problem.bins()[bin].capacity).div_ceil(divisor * prices[bin]))
            .max()
            .unwrap_or(1)
            .max(1);
        let bound = sum(&worth).div_ceil(capacity);
        nodes.push(Node::Resources { weights: worth, capacity, prices: lambda, divisor });
        return Some(bound);
    }
    // where bins are excluded, an item that none of the others holds needs as many as you like
    let lonely = |item: &usize| {
        let weights: Vec<u64> = (0..items).map(|other| u64::from(other == *item)).collect();
        case.demand[*item] > 0 && aim.weighed(case, &weights).iter().all(|&most| most == 0)
    };
    let lonely = if case.exclusions.is_empty() { None } else { (0..items).find(lonely) };
    let mut best: Option<(u64, Vec<u64>, u64)> = None;
    for _ in 0..if aim.goal.is_some() { 3 } else { 1 } {
        let (mut weights, capacity) = aim.weights(case, random);
        if let (Some(item), Some(goal)) = (lonely, aim.goal) {
            weights[item] += goal * capacity;
        }
        let bound = sum(&weights).div_ceil(capacity);
        if best.as_ref().is_none_or(|&(most, ..)| bound > most) {
            best = Some((bound, weights, capacity));
        }
    }
    let (bound, weights, capacity) = best?;
    nodes.push(Node::Weights { weights, capacity });
    Some(bound)
}

/// The components of the compatibility graph, some of them thrown together at random.
fn components(problem: &Problem, random: &mut Random) -> Vec<Vec<usize>> {
    let items = problem.items().len();
    let mut owner: Vec<usize> = (0..items).collect();
    for a in 0..items {
        for b in 0..a {
            let meet = (0..problem.bins().len()).any(|bin| {
                problem.bins()[bin].max_count != Some(0) && super::exhaustive::feasible(problem, bin, &[a, b])
            });
            if meet || random.below(8) == 0 {
                let (from, to) = (owner[a], owner[b]);
                owner.iter_mut().filter(|owner| **owner == from).for_each(|owner| *owner = to);
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (item, owner) in owner.into_iter().enumerate() {
        groups.entry(owner).or_default().push(item);
    }
    groups.into_values().collect()
}

/// The best of a few random claims, and what it proves before rounding.
fn claim(problem: &Problem, level: Level, clusters: u64, flaw: Option<Flaw>, random: &mut Random) -> Option<Claim> {
    let bins = problem.bins();
    let cost = |bin: usize| if level == Level::Cost { bins[bin].cost } else { 1 };
    let mut best: Option<Claim> = None;
    for _ in 0..6 {
        let scale = if level == Level::Infeasible { 0 } else { 1 + random.below(3) };
        let shared = some_shared(problem, random);
        let least = (0..bins.len()).map(|bin| (scale * cost(bin) + shared[bin]) as i128).min().unwrap_or(0);
        let offset = if level == Level::Cost { random.below(5) as i128 - least.min(4) } else { 0 };
        let prices: Vec<u64> =
            (0..bins.len()).map(|bin| ((scale * cost(bin) + shared[bin]) as i128 + offset) as u64).collect();
        let mut proofs = Vec::new();
        let mut total = 0i128;
        for items in components(problem, random) {
            let proof = component(problem, items, (&existing(problem), &prices), flaw, random);
            total += i128::from(proof.bound);
            proofs.push(proof);
        }
        for (shared, bin) in shared.iter().zip(bins) {
            total -= i128::from(shared * bin.max_count.unwrap_or(0));
        }
        total -= offset * i128::from(clusters);
        if level == Level::Infeasible && total <= 0 {
            continue;
        }
        let bound = if scale == 0 { 0 } else { total.max(0).unsigned_abs().div_ceil(u128::from(scale)) as u64 };
        if best.as_ref().is_none_or(|best| bound > best.bound) {
            let prices = Prices { clusters: offset, ..Prices::default() };
            best = Some(Claim { level, bound, scale, prices, shared, components: proofs, ..Claim::default() });
        }
    }
    best
}

fn some_shared(problem: &Problem, random: &mut Random) -> Vec<u64> {
    let limited = problem.bins().iter().map(|bin| bin.max_count.is_some());
    limited.map(|limited| if limited { [0, 0, 1, 2, 5][random.index(5)] } else { 0 }).collect()
}

/// Bin types of which there may be some.
fn existing(problem: &Problem) -> Vec<usize> {
    (0..problem.bins().len()).filter(|&bin| problem.bins()[bin].max_count != Some(0)).collect()
}

/// A component of these items with a random tree.
fn component(
    problem: &Problem,
    items: Vec<usize>,
    priced: (&[usize], &[u64]),
    flaw: Option<Flaw>,
    random: &mut Random,
) -> Component {
    let kinds = || items.iter().map(|&item| &problem.items()[item]);
    let bins = problem.bins().len();
    let case = Case {
        size: kinds().map(|kind| kind.size.clone()).collect(),
        demand: kinds().map(|kind| kind.demand).collect(),
        eligible: kinds().map(|kind| (0..bins).map(|bin| kind.eligible.contains(bin)).collect()).collect(),
        conflict: items.iter().map(|&a| items.iter().map(|&b| problem.conflict(a, b)).collect()).collect(),
        exclusions: Vec::new(),
    };
    let (exists, prices) = priced;
    let mut aim = Aim { problem, exists, prices, goal: None, flaw, stale: Vec::new() };
    let mut nodes = Vec::new();
    // an impossible component proves any bound
    let mut bound = tree(&mut aim, &case, 3, &mut nodes, random).unwrap_or(40);
    for _ in 0..[0, 0, 0, 2, 4][random.index(5)] {
        // what no plan comes below may be more than what the weights show by themselves
        let goal = bound + 1 + random.below(2) * random.below(3);
        let mut aim = Aim { goal: Some(goal), stale: Vec::new(), ..aim };
        let mut more = Vec::new();
        if tree(&mut aim, &case, 2, &mut more, random).is_none_or(|proved| proved >= goal) {
            (bound, nodes) = (goal, more);
        }
    }
    Component { items, bound, nodes }
}

/// A claim on the number of bins that counts each component's: the best of some random trees.
pub fn counted(problem: &Problem, flaw: Option<Flaw>, random: &mut Random) -> Claim {
    let prices = vec![1; problem.bins().len()];
    let parts = components(problem, random);
    let best = |items: Vec<usize>| {
        let tries = (0..8).map(|_| component(problem, items.clone(), (&existing(problem), &prices), flaw, random));
        tries.max_by_key(|proof| proof.bound).expect("eight of them")
    };
    let components: Vec<Component> = parts.into_iter().map(best).collect();
    let bound = components.iter().map(|component| component.bound).sum();
    let shared = vec![0; prices.len()];
    Claim { bound, scale: 1, shared, components, ..Claim::default() }
}

/// A claim on the cost whose components have scales and offsets of their own; the best of a few.
pub fn owned(problem: &Problem, first: &Claim, flaw: Option<Flaw>, random: &mut Random) -> Option<Claim> {
    let mut best: Option<Claim> = None;
    for _ in 0..6 {
        let scale = 1 + random.below(2);
        let shared = some_shared(problem, random);
        let kinds = problem.bins().iter().zip(&shared);
        let common: Vec<i128> = kinds.clone().map(|(bin, shared)| i128::from(scale * bin.cost + shared)).collect();
        let taken: i128 = kinds.map(|(bin, shared)| i128::from(shared * bin.max_count.unwrap_or(0))).sum();
        let (mut own, mut proofs, mut total) = (Vec::new(), Vec::new(), -taken);
        for part in &first.components {
            let holds =
                |&bin: &usize| part.items.iter().any(|&item| super::exhaustive::feasible(problem, bin, &[item]));
            let useful: Vec<usize> = existing(problem).into_iter().filter(holds).collect();
            let factor = 1 + random.below(3);
            let divides = |unit: &i128| useful.iter().all(|&bin| common[bin] % unit == 0);
            let dearest = useful.iter().map(|&bin| common[bin]).max().unwrap_or(0);
            let unit = (1..=dearest).rev().find(divides).unwrap_or(1);
            let price = |bin: usize| i128::from(factor) * common[bin] / unit;
            let least = useful.iter().map(|&bin| price(bin)).min().unwrap_or(0);
            // mostly as low as it may be, or a little above: there the number of bins counts least or most
            let offset = random.below(5) as i128 - least.min(random.below(12) as i128);
            let prices: Vec<u64> = (0..common.len()).map(|bin| (price(bin) + offset).max(0) as u64).collect();
            let tries = (0..3).map(|_| component(problem, part.items.clone(), (&useful, &prices), flaw, random));
            let proof = tries.max_by_key(|proof| proof.bound)?;
            let above = i128::from(proof.bound) - offset * i128::from(part.bound);
            total += (above.div_euclid(factor.into()) + i128::from(above.rem_euclid(factor.into()) > 0)) * unit;
            own.push(Own { scale: factor, offset });
            proofs.push(proof);
        }
        let bound = total.max(0).unsigned_abs().div_ceil(u128::from(scale)) as u64;
        if best.as_ref().is_none_or(|best| bound > best.bound) {
            best =
                Some(Claim { level: Level::Cost, bound, scale, shared, own, components: proofs, ..Claim::default() });
        }
    }
    best
}

/// A certificate whose every step was proved by trying everything; strong or weak, as chance has it. With a flaw it may be false.
pub fn prove(problem: &Problem, truth: &BTreeMap<u64, u128>, flaw: Option<Flaw>, random: &mut Random) -> Certificate {
    if truth.is_empty()
        && let Some(claim) = claim(problem, Level::Infeasible, 0, flaw, random)
    {
        return Certificate { claims: vec![claim] };
    }
    let counting = random.below(2) == 0;
    let first = match counting {
        true => counted(problem, flaw, random),
        false => claim(problem, Level::Clusters, 0, flaw, random).expect("a bound is always proved"),
    };
    let clusters = first.bound;
    let mut claims = vec![first];
    if counting {
        claims.extend(owned(problem, &claims[0], flaw, random));
    } else if random.below(2) == 0 {
        claims.extend(claim(problem, Level::Cost, clusters, flaw, random));
    }
    if claims.len() > 1 {
        claims[0].value = Some(clusters);
    }
    Certificate { claims }
}
