//! Random tiny problems, and random certificates for them, each step proved by trying everything.
//!
//! A model of its own: nothing is taken from the checker.

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;
use tenantry::certify::{Certificate, Claim, Component, Level, Node, Own};
use tenantry::problem::random::Random;
use tenantry::problem::{BinType, BitMatrix, ItemType, Problem};

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
        let mut eligible = FixedBitSet::with_capacity(bins.len());
        eligible.extend((0..bins.len()).filter(|_| random.below(6) > 0));
        let size = (0..dimensions).map(|_| random.below(8)).collect();
        items.push(ItemType { size, demand, class: random.index(classes), eligible });
    }
    Problem::new(dimensions, items, conflicts, bins).expect("small numbers")
}

/// What a branch makes of a component.
#[derive(Clone)]
struct Case {
    size: Vec<Vec<u64>>,
    demand: Vec<u64>,
    eligible: Vec<Vec<bool>>,
    conflict: Vec<Vec<bool>>,
}

impl Case {
    fn together(&self, a: usize, b: usize) -> Self {
        let mut case = self.clone();
        case.demand[a] -= 1;
        case.demand[b] -= 1;
        case.demand.push(1);
        case.size.push(self.size[a].iter().zip(&self.size[b]).map(|(a, b)| a + b).collect());
        case.eligible.push(self.eligible[a].iter().zip(&self.eligible[b]).map(|(&a, &b)| a && b).collect());
        let mut row: Vec<bool> = (0..self.size.len()).map(|c| self.conflict[a][c] || self.conflict[b][c]).collect();
        for (old, &new) in case.conflict.iter_mut().zip(&row) {
            old.push(new);
        }
        row.push(true);
        case.conflict.push(row);
        case
    }

    fn apart(&self, a: usize, b: usize) -> Self {
        let mut case = self.clone();
        case.conflict[a][b] = true;
        case.conflict[b][a] = true;
        case
    }

    fn fits(&self, problem: &Problem, item: usize, bin: usize) -> bool {
        self.eligible[item][bin]
            && (0..problem.dimensions()).all(|q| self.size[item][q] <= problem.bins()[bin].capacity[q])
    }

    /// Weight of the heaviest feasible bin of a type, from `item` on.
    fn heaviest(&self, problem: &Problem, bin: usize, weights: &[u64], item: usize, content: &mut Vec<usize>) -> u64 {
        if item == self.size.len() {
            return content.iter().map(|&item| weights[item]).sum();
        }
        let mut best = self.heaviest(problem, bin, weights, item + 1, content);
        let before = content.len();
        for _ in 0..self.demand[item] {
            if !self.eligible[item][bin] || content.iter().any(|&other| self.conflict[item][other]) {
                break;
            }
            content.push(item);
            let load = |q: usize| content.iter().map(|&item| self.size[item][q]).sum::<u64>();
            if (0..problem.dimensions()).any(|q| load(q) > problem.bins()[bin].capacity[q]) {
                break;
            }
            best = best.max(self.heaviest(problem, bin, weights, item + 1, content));
        }
        content.truncate(before);
        best
    }
}

/// Appends a proof for the case, and says how much it proves; `None` where the case is impossible.
fn tree(
    problem: &Problem,
    (exists, prices): (&[usize], &[u64]),
    case: &Case,
    depth: usize,
    nodes: &mut Vec<Node>,
    random: &mut Random,
) -> Option<u64> {
    let nowhere = |case: &Case, item: usize| !exists.iter().any(|&bin| case.fits(problem, item, bin));
    let items = case.size.len();
    if let Some(item) = (0..items).find(|&item| case.demand[item] > 0 && nowhere(case, item)) {
        nodes.push(Node::Unplaceable { item });
        return None;
    }
    let (a, b) = (random.index(items), random.index(items));
    let copies = if a == b { case.demand[a] >= 2 } else { case.demand[a] >= 1 && case.demand[b] >= 1 };
    if depth > 0 && random.below(3) > 0 {
        let possible = copies && !case.conflict[a][b] && !nowhere(&case.together(a, b), items);
        let mut bounds = Vec::new();
        let together = if possible || (copies && random.below(4) == 0) {
            bounds.extend(tree(problem, (exists, prices), &case.together(a, b), depth - 1, nodes, random));
            Some(nodes.len() - 1)
        } else {
            None
        };
        bounds.extend(tree(problem, (exists, prices), &case.apart(a, b), depth - 1, nodes, random));
        let apart = nodes.len() - 1;
        nodes.push(Node::Branch { a, b, together, apart });
        return bounds.into_iter().min();
    }
    let mut weights: Vec<u64> = match random.below(3) {
        0 => vec![1; items],
        1 => (0..items).map(|_| random.below(2)).collect(),
        _ => (0..items).map(|_| random.below(7)).collect(),
    };
    let sum = |weights: &[u64]| weights.iter().zip(&case.demand).map(|(y, d)| y * d).sum::<u64>();
    if random.below(3) == 0 {
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
    let mut heaviest: Vec<u64> =
        exists.iter().map(|&bin| case.heaviest(problem, bin, &weights, 0, &mut Vec::new())).collect();
    for (&bin, &most) in exists.iter().zip(&heaviest) {
        if prices[bin] == 0 && most > 0 {
            // what a free bin may hold weighs nothing
            (0..items).filter(|&item| case.eligible[item][bin]).for_each(|item| weights[item] = 0);
        }
    }
    for (most, &bin) in heaviest.iter_mut().zip(exists) {
        *most = case.heaviest(problem, bin, &weights, 0, &mut Vec::new());
    }
    let capacity = exists
        .iter()
        .zip(&heaviest)
        .filter(|&(&bin, _)| prices[bin] > 0)
        .map(|(&bin, most)| most.div_ceil(prices[bin]))
        .max()
        .unwrap_or(1)
        .max(1);
    let bound = sum(&weights).div_ceil(capacity);
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
fn claim(problem: &Problem, level: Level, random: &mut Random) -> Option<Claim> {
    let bins = problem.bins();
    let cost = |bin: usize| if matches!(level, Level::Cost { .. }) { bins[bin].cost } else { 1 };
    let mut best: Option<Claim> = None;
    for _ in 0..6 {
        let scale = if level == Level::Infeasible { 0 } else { 1 + random.below(3) };
        let shared = some_shared(problem, random);
        let least = (0..bins.len()).map(|bin| (scale * cost(bin) + shared[bin]) as i128).min().unwrap_or(0);
        let offset = if matches!(level, Level::Cost { .. }) { random.below(5) as i128 - least.min(4) } else { 0 };
        let prices: Vec<u64> =
            (0..bins.len()).map(|bin| ((scale * cost(bin) + shared[bin]) as i128 + offset) as u64).collect();
        let mut proofs = Vec::new();
        let mut total = 0i128;
        for items in components(problem, random) {
            let proof = component(problem, items, (&existing(problem), &prices), random);
            total += i128::from(proof.bound);
            proofs.push(proof);
        }
        for (shared, bin) in shared.iter().zip(bins) {
            total -= i128::from(shared * bin.max_count.unwrap_or(0));
        }
        if let Level::Cost { clusters } = level {
            total -= offset * i128::from(clusters);
        }
        if level == Level::Infeasible && total <= 0 {
            continue;
        }
        let bound = if scale == 0 { 0 } else { total.max(0).unsigned_abs().div_ceil(u128::from(scale)) as u64 };
        if best.as_ref().is_none_or(|best| bound > best.bound) {
            best = Some(Claim { level, bound, scale, shared, offset, own: Vec::new(), components: proofs });
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
fn component(problem: &Problem, items: Vec<usize>, priced: (&[usize], &[u64]), random: &mut Random) -> Component {
    let kinds = || items.iter().map(|&item| &problem.items()[item]);
    let bins = problem.bins().len();
    let case = Case {
        size: kinds().map(|kind| kind.size.clone()).collect(),
        demand: kinds().map(|kind| kind.demand).collect(),
        eligible: kinds().map(|kind| (0..bins).map(|bin| kind.eligible.contains(bin)).collect()).collect(),
        conflict: items.iter().map(|&a| items.iter().map(|&b| problem.conflict(a, b)).collect()).collect(),
    };
    let mut nodes = Vec::new();
    // an impossible component proves any bound
    let bound = tree(problem, priced, &case, 3, &mut nodes, random).unwrap_or(40);
    Component { items, bound, nodes }
}

/// A claim on the number of bins that counts each component's: the best of some random trees.
pub fn counted(problem: &Problem, random: &mut Random) -> Claim {
    let prices = vec![1; problem.bins().len()];
    let parts = components(problem, random);
    let best = |items: Vec<usize>| {
        let tries = (0..8).map(|_| component(problem, items.clone(), (&existing(problem), &prices), random));
        tries.max_by_key(|proof| proof.bound).expect("eight of them")
    };
    let components: Vec<Component> = parts.into_iter().map(best).collect();
    let bound = components.iter().map(|component| component.bound).sum();
    let shared = vec![0; prices.len()];
    Claim { level: Level::Clusters, bound, scale: 1, shared, offset: 0, own: Vec::new(), components }
}

/// A claim on the cost whose components have scales and offsets of their own; the best of a few.
pub fn owned(problem: &Problem, first: &Claim, random: &mut Random) -> Option<Claim> {
    let mut best: Option<Claim> = None;
    let level = Level::Cost { clusters: first.bound };
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
            let tries = (0..3).map(|_| component(problem, part.items.clone(), (&useful, &prices), random));
            let proof = tries.max_by_key(|proof| proof.bound)?;
            let above = i128::from(proof.bound) - offset * i128::from(part.bound);
            total += (above.div_euclid(factor.into()) + i128::from(above.rem_euclid(factor.into()) > 0)) * unit;
            own.push(Own { scale: factor, offset });
            proofs.push(proof);
        }
        let bound = total.max(0).unsigned_abs().div_ceil(u128::from(scale)) as u64;
        if best.as_ref().is_none_or(|best| bound > best.bound) {
            best = Some(Claim { level, bound, scale, shared, offset: 0, own, components: proofs });
        }
    }
    best
}

/// A certificate whose every step was proved by trying everything; strong or weak, as chance has it.
pub fn prove(problem: &Problem, truth: &BTreeMap<u64, u128>, random: &mut Random) -> Certificate {
    if truth.is_empty()
        && let Some(claim) = claim(problem, Level::Infeasible, random)
    {
        return Certificate { claims: vec![claim] };
    }
    let counting = random.below(2) == 0;
    let first = match counting {
        true => counted(problem, random),
        false => claim(problem, Level::Clusters, random).expect("a bound is always proved"),
    };
    let clusters = first.bound;
    let mut claims = vec![first];
    if counting {
        claims.extend(owned(problem, &claims[0], random));
    } else if random.below(2) == 0 {
        claims.extend(claim(problem, Level::Cost { clusters }, random));
    }
    Certificate { claims }
}
