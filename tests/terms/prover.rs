//! Random tiny problems with terms, and random certificates for them, each step proved by trying everything.

use tenantry::engine::random::Random;
use tenantry::engine::{
    BinType, BitMatrix, Certificate, Charge, Claim, Component, ItemType, Level, Limit, Most, Node, Own, Prices,
    Problem, Terms,
};

use super::exhaustive::{Values, charge, feasible, in_every_plan};

/// What a prover may get wrong about terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A negative price adds what the earlier level's value is, not what was proved of it.
    ValueForBound,
    /// A positive price takes off what was proved, not the value.
    BoundForValue,
    /// Kept bins add their price, but the bins are not cheaper by it.
    KeptAreNotCheaper,
    /// A limit that bin types share is taken off once less.
    LimitOnceLess,
    /// An item is charged wherever it is what it is charged where that is most.
    HighestCharge,
    /// What a merged item is charged counts twice.
    MergedChargedTwice,
    /// All items with a unit are taken for one unit.
    UnitsAreOne,
    /// Components with offsets of their own and one bin more each than is known.
    OwnCountsOneMore,
    /// A held value is one less than it is.
    HeldOneLess,
    /// Of a limited type there is one bin less than there may be, where whole bins are counted.
    WholeOneLess,
    /// Who may go to a bin is taken for somebody who can go nowhere else.
    BoundElsewhere,
}

impl Flaw {
    pub const ALL: [Self; 11] = [
        Self::ValueForBound,
        Self::BoundForValue,
        Self::KeptAreNotCheaper,
        Self::LimitOnceLess,
        Self::HighestCharge,
        Self::MergedChargedTwice,
        Self::UnitsAreOne,
        Self::OwnCountsOneMore,
        Self::HeldOneLess,
        Self::WholeOneLess,
        Self::BoundElsewhere,
    ];
}

/// Changes a number a little or a lot.
pub fn spoil(number: &mut u64, random: &mut Random) {
    *number = match random.below(7) {
        0 | 1 => number.saturating_add(1),
        2 | 3 => number.saturating_sub(1),
        4 => number.saturating_mul(2),
        5 => 0,
        _ => random.below(8),
    };
}

/// At most six copies, up to three bin types, and each of the terms now and then.
pub fn problem(random: &mut Random) -> Problem {
    let dimensions = [1, 1, 2, 0][random.index(4)];
    let kinds = 1 + random.index(4);
    let classes = 1 + random.index(kinds);
    let density = random.below(3);
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
        let demand = [1, 1, 2, 3][random.index(4)];
        copies += demand;
        if copies > 6 {
            break;
        }
        let eligible = (0..bins.len()).filter(|_| random.below(6) > 0).collect();
        let size = (0..dimensions).map(|_| random.below(8)).collect();
        items.push(ItemType { size, demand, class: random.index(classes), eligible });
    }
    let terms = terms(&items, bins.len(), random);
    Problem::new(dimensions, items, conflicts, bins).expect("small numbers").with(terms).expect("small numbers")
}

pub fn terms(items: &[ItemType], bins: usize, random: &mut Random) -> Terms {
    let mut terms = Terms::default();
    for _ in 0..random.below(3) {
        let group = (0..bins).filter(|_| random.below(3) > 0).collect();
        terms.limits.push(Limit { bins: group, most: random.below(5) });
    }
    if random.below(2) == 0 {
        terms.kept = (0..bins).map(|_| [0, 0, 1, 2][random.index(4)]).collect();
    }
    if random.below(3) > 0 {
        let charge = |random: &mut Random| {
            let named: Vec<usize> = (0..bins).filter(|_| random.below(2) == 0).collect();
            let except = named.into_iter().map(|bin| (bin, random.below(4))).collect();
            Charge { base: random.below(4), except }
        };
        terms.charges = items.iter().map(|_| charge(random)).collect();
    }
    if random.below(2) == 0 {
        terms.units = items.iter().map(|_| (random.below(2) == 0).then(|| random.index(2))).collect();
    }
    let maybe = |high: u64, random: &mut Random| (random.below(5) == 0).then(|| random.below(high));
    terms.most = Most { clusters: maybe(6, random), cost: maybe(16, random), moves: maybe(8, random) };
    terms
}

/// Copies of items, some merged.
#[derive(Clone)]
pub struct Case {
    pub size: Vec<Vec<u64>>,
    pub demand: Vec<u64>,
    eligible: Vec<Vec<bool>>,
    charge: Vec<Vec<i128>>,
    pub conflict: Vec<Vec<bool>>,
}

impl Case {
    pub fn new(problem: &Problem, items: &[usize], factor: i128, flaw: Option<Flaw>) -> Self {
        let bins = 0..problem.bins().len();
        let unit = |item: usize| {
            let unit = problem.terms().units.get(item).copied().flatten();
            unit.map(|unit| if flaw == Some(Flaw::UnitsAreOne) { 0 } else { unit })
        };
        let clash = |a: usize, b: usize| {
            let classes = problem.conflicts().contains(problem.items()[a].class, problem.items()[b].class);
            classes || unit(a).is_some_and(|one| unit(b) == Some(one))
        };
        let kind = |&item: &usize| &problem.items()[item];
        Self {
            size: items.iter().map(|item| kind(item).size.clone()).collect(),
            demand: items.iter().map(|item| kind(item).demand).collect(),
            eligible: items
                .iter()
                .map(|item| bins.clone().map(|bin| kind(item).eligible.contains(bin)).collect())
                .collect(),
            charge: items
                .iter()
                .map(|&item| bins.clone().map(|bin| factor * i128::from(charge(problem, item, bin))).collect())
                .collect(),
            conflict: items.iter().map(|&a| items.iter().map(|&b| clash(a, b)).collect()).collect(),
        }
    }

    pub fn fits(&self, problem: &Problem, item: usize, bin: usize) -> bool {
        self.eligible[item][bin]
            && (0..problem.dimensions()).all(|q| self.size[item][q] <= problem.bins()[bin].capacity[q])
    }

    pub fn together(&self, a: usize, b: usize, flaw: Option<Flaw>) -> Self {
        let mut case = self.clone();
        case.demand[a] -= 1;
        case.demand[b] -= 1;
        case.demand.push(1);
        case.size.push(self.size[a].iter().zip(&self.size[b]).map(|(a, b)| a + b).collect());
        case.eligible.push(self.eligible[a].iter().zip(&self.eligible[b]).map(|(&a, &b)| a && b).collect());
        let times = if flaw == Some(Flaw::MergedChargedTwice) { 2 } else { 1 };
        let sum = |(&a, &b): (&i128, &i128)| times * (a + b);
        case.charge.push(self.charge[a].iter().zip(&self.charge[b]).map(sum).collect());
        let mut row: Vec<bool> = (0..self.size.len()).map(|c| self.conflict[a][c] || self.conflict[b][c]).collect();
        for (old, &new) in case.conflict.iter_mut().zip(&row) {
            old.push(new);
        }
        row.push(true);
        case.conflict.push(row);
        case
    }

    pub fn apart(&self, a: usize, b: usize) -> Self {
        let mut case = self.clone();
        case.conflict[a][b] = true;
        case.conflict[b][a] = true;
        case
    }

    fn charged(&self, item: usize, bin: usize, flaw: Option<Flaw>) -> i128 {
        match flaw {
            Some(Flaw::HighestCharge) => self.charge[item].iter().copied().max().unwrap_or(0),
            _ => self.charge[item][bin],
        }
    }

    /// The largest excess of a feasible bin's weight over `capacity` times its price, by trying all.
    pub fn excess(&self, problem: &Problem, bin: usize, weights: &[u64], capacity: u64, flaw: Option<Flaw>) -> i128 {
        let net = |item: usize| i128::from(weights[item]) - i128::from(capacity) * self.charged(item, bin, flaw);
        let nets: Vec<i128> = (0..self.size.len()).map(net).collect();
        self.heaviest(problem, bin, &nets, 0, &mut Vec::new())
    }

    fn heaviest(&self, problem: &Problem, bin: usize, nets: &[i128], item: usize, content: &mut Vec<usize>) -> i128 {
        if item == self.size.len() {
            return content.iter().map(|&item| nets[item]).sum();
        }
        let mut best = self.heaviest(problem, bin, nets, item + 1, content);
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
            best = best.max(self.heaviest(problem, bin, nets, item + 1, content));
        }
        content.truncate(before);
        best
    }
}

/// The bin types that exist and their prices.
struct Aim<'a> {
    problem: &'a Problem,
    exists: &'a [usize],
    prices: &'a [i128],
    /// Charges have a negative price.
    rewards: bool,
    flaw: Option<Flaw>,
}

/// Appends a proof for the case, and says how much it proves; `None` where the case is impossible.
fn tree(aim: &Aim, case: &Case, depth: usize, nodes: &mut Vec<Node>, random: &mut Random) -> Option<u64> {
    let Aim { problem, exists, prices, flaw, .. } = *aim;
    let nowhere = |case: &Case, item: usize| !exists.iter().any(|&bin| case.fits(problem, item, bin));
    let items = case.size.len();
    if let Some(item) = (0..items).find(|&item| case.demand[item] > 0 && nowhere(case, item)) {
        nodes.push(Node::Unplaceable { item });
        return None;
    }
    let (a, b) = (random.index(items), random.index(items));
    let copies = if a == b { case.demand[a] >= 2 } else { case.demand[a] >= 1 && case.demand[b] >= 1 };
    if depth > 0 && copies && random.below(2) == 0 {
        let possible = !case.conflict[a][b] && !nowhere(&case.together(a, b, None), items);
        let mut bounds = Vec::new();
        let together = possible.then(|| {
            bounds.extend(tree(aim, &case.together(a, b, flaw), depth - 1, nodes, random));
            nodes.len() - 1
        });
        bounds.extend(tree(aim, &case.apart(a, b), depth - 1, nodes, random));
        let apart = nodes.len() - 1;
        nodes.push(Node::Branch { a, b, together, apart });
        // a leaf that could not be proved spoils the tree
        let unproved = bounds.contains(&u64::MAX);
        return bounds.into_iter().min().map(|least| if unproved { u64::MAX } else { least });
    }
    if random.below(4) == 0 {
        return Some(resources(aim, case, nodes, random));
    }
    if random.below(3) == 0 && !aim.rewards {
        return Some(cover(aim, case, nodes, random));
    }
    let mut best: Option<(u64, Vec<u64>, u64)> = None;
    for _ in 0..6 {
        let capacity = 1 + random.below(3);
        let weights: Vec<u64> = match random.below(3) {
            0 => vec![capacity; items],
            1 => (0..items).map(|_| random.below(2)).collect(),
            _ => (0..items).map(|_| random.below(9)).collect(),
        };
        let light =
            |&bin: &usize| case.excess(problem, bin, &weights, capacity, flaw) <= i128::from(capacity) * prices[bin];
        if !exists.iter().all(light) {
            continue;
        }
        let total: u64 = weights.iter().zip(&case.demand).map(|(weight, demand)| weight * demand).sum();
        let bound = total.div_ceil(capacity);
        if best.as_ref().is_none_or(|(most, ..)| bound > *most) {
            best = Some((bound, weights, capacity));
        }
    }
    let (bound, weights, capacity) = best.unwrap_or_else(|| (0, vec![0; items], 1));
    let light =
        |&bin: &usize| case.excess(problem, bin, &weights, capacity, flaw) <= i128::from(capacity) * prices[bin];
    if !exists.iter().all(light) {
        // charges that are rewards: nothing simple is proved; a large enough capacity is left to chance
        nodes.push(Node::Weights { weights, capacity });
        return Some(u64::MAX);
    }
    nodes.push(Node::Weights { weights, capacity });
    Some(bound)
}

/// The least that whole bins with enough room cost, by trying all numbers of them; as much as you like where none have it.
fn cover(aim: &Aim, case: &Case, nodes: &mut Vec<Node>, random: &mut Random) -> u64 {
    let Aim { problem, exists, prices, flaw, .. } = *aim;
    let drawn = 1 + random.below(3);
    let rows: Vec<Vec<u64>> =
        (0..drawn).map(|_| (0..problem.dimensions()).map(|_| random.below(3)).collect()).collect();
    let value = |vector: &[u64]| -> Vec<u64> {
        rows.iter().map(|row| vector.iter().zip(row).map(|(size, price)| size * price).sum()).collect()
    };
    let left: Vec<usize> = (0..case.size.len()).filter(|&item| case.demand[item] > 0).collect();
    let mut asked = vec![0; rows.len()];
    for &item in &left {
        asked.iter_mut().zip(value(&case.size[item])).for_each(|(asked, own)| *asked += own * case.demand[item]);
    }
    let mut choices = vec![(0i128, asked)];
    for &bin in exists.iter().filter(|&&bin| left.iter().any(|&item| case.fits(problem, item, bin))) {
        let room = value(&problem.bins()[bin].capacity);
        let less = u64::from(flaw == Some(Flaw::WholeOneLess));
        let most = problem.bins()[bin].max_count.map_or(u64::MAX, |most| most.saturating_sub(less));
        let mut more = Vec::new();
        for (paid, missing) in &choices {
            let needed = missing.iter().zip(&room).map(|(missing, room)| missing.div_ceil((*room).max(1))).max();
            for count in 0..=needed.unwrap_or(0).min(most) {
                let left = missing.iter().zip(&room).map(|(missing, room)| missing.saturating_sub(count * room));
                more.push((paid + i128::from(count) * prices[bin], left.collect()));
            }
        }
        choices = more;
    }
    let enough = choices.iter().filter(|(_, missing)| missing.iter().all(|&missing| missing == 0));
    nodes.push(Node::Cover { rows });
    enough.map(|(paid, _)| *paid).min().map_or(30, |least| u64::try_from(least).unwrap_or(0))
}

fn resources(aim: &Aim, case: &Case, nodes: &mut Vec<Node>, random: &mut Random) -> u64 {
    let Aim { problem, exists, prices, flaw, .. } = *aim;
    let lambda: Vec<u64> = (0..problem.dimensions()).map(|_| random.below(4)).collect();
    let divisor = 1 + random.below(2);
    let value = |vector: &[u64]| vector.iter().zip(&lambda).map(|(size, price)| size * price).sum::<u64>();
    let capacity = 1 + random.below(12);
    let charged = |item: usize, bin: usize| i128::from(capacity) * case.charged(item, bin, flaw);
    // what an item may weigh: what its sizes are worth, and what it is charged wherever it may be
    let weigh = |item: usize| {
        let homes = exists.iter().filter(|&&bin| case.fits(problem, item, bin));
        let most = homes.map(|&bin| {
            let room = value(&problem.bins()[bin].capacity);
            let dear = i128::from(room) > i128::from(divisor * capacity) * prices[bin];
            charged(item, bin) + if dear { 0 } else { i128::from(value(&case.size[item]) / divisor) }
        });
        u64::try_from(most.min().unwrap_or(0).max(0)).unwrap_or(0)
    };
    let weights: Vec<u64> = (0..case.size.len()).map(weigh).collect();
    let negative = (0..case.size.len()).any(|item| exists.iter().any(|&bin| case.charge[item][bin] < 0));
    let total: u64 = weights.iter().zip(&case.demand).map(|(weight, demand)| weight * demand).sum();
    nodes.push(Node::Resources { weights, capacity, prices: lambda, divisor });
    if negative { u64::MAX } else { total.div_ceil(capacity) }
}

/// The components of the compatibility graph.
fn components(problem: &Problem, exists: &[usize]) -> Vec<Vec<usize>> {
    let items = problem.items().len();
    let mut owner: Vec<usize> = (0..items).collect();
    for a in 0..items {
        for b in 0..a {
            if exists.iter().any(|&bin| feasible(problem, bin, &[a, b])) {
                let (from, to) = (owner[a], owner[b]);
                owner.iter_mut().filter(|owner| **owner == from).for_each(|owner| *owner = to);
            }
        }
    }
    let groups = (0..items).map(|one| (0..items).filter(|&item| owner[item] == one).collect::<Vec<_>>());
    groups.filter(|group| !group.is_empty()).collect()
}

pub fn existing(problem: &Problem) -> Vec<usize> {
    let closed = |bin: usize| problem.terms().limits.iter().any(|limit| limit.most == 0 && limit.bins.contains(bin));
    (0..problem.bins().len()).filter(|&bin| problem.bins()[bin].max_count != Some(0) && !closed(bin)).collect()
}

/// The best of some random claims on a level, after those before it; `None` where all proved nothing that can be said.
fn claim(problem: &Problem, level: Level, earlier: &[Claim], flaw: Option<Flaw>, random: &mut Random) -> Option<Claim> {
    let (bins, terms) = (problem.bins(), problem.terms());
    let exists = existing(problem);
    let mut best: Option<(i128, Claim)> = None;
    for _ in 0..8 {
        let scale = if level == Level::Infeasible { 0 } else { 1 + random.below(2) };
        let mut prices = Prices::default();
        let mut total = 0i128;
        for (other, price, most) in [
            (Level::Clusters, &mut prices.clusters, terms.most.clusters),
            (Level::Cost, &mut prices.cost, terms.most.cost),
            (Level::Moves, &mut prices.moves, terms.most.moves),
        ] {
            let before = earlier.iter().find(|claim| claim.level == other);
            let value = before.and_then(|claim| claim.value).into_iter().chain(most).min();
            let Some(value) = value.filter(|_| other != level && random.below(3) > 0) else { continue };
            *price = random.below(7) as i128 - 3;
            let proved = before.map_or(0, |claim| claim.bound);
            let worth = match (*price >= 0, flaw) {
                (false, Some(Flaw::ValueForBound)) => value,
                (true, Some(Flaw::BoundForValue)) => proved,
                (true, Some(Flaw::HeldOneLess)) => value.saturating_sub(1),
                (true, _) => value,
                (false, _) => proved,
            };
            total -= *price * i128::from(worth);
        }
        let some = |random: &mut Random| [0, 0, 1, 2, 4][random.index(5)];
        let shared: Vec<u64> = bins.iter().map(|bin| if bin.max_count.is_some() { some(random) } else { 0 }).collect();
        let limits: Vec<u64> = terms.limits.iter().map(|_| some(random)).collect();
        let weight = |own: Level, price: i128| price + if own == level { i128::from(scale) } else { 0 };
        let raised = |bin: usize| {
            let groups = terms.limits.iter().zip(&limits).filter(|(limit, _)| limit.bins.contains(bin));
            weight(Level::Clusters, prices.clusters)
                + weight(Level::Cost, prices.cost) * i128::from(bins[bin].cost)
                + i128::from(shared[bin])
                + i128::from(groups.map(|(_, price)| price).sum::<u64>())
        };
        let q: Vec<i128> = (0..bins.len()).map(raised).collect();
        if exists.iter().any(|&bin| q[bin] < 0) {
            continue;
        }
        let keep = |bin: usize| in_every_plan(problem, bin, flaw == Some(Flaw::BoundElsewhere));
        let mut kept = vec![0u64; bins.len()];
        for &bin in exists.iter().filter(|&&bin| keep(bin) > 0) {
            kept[bin] = random.below(1 + q[bin] as u64);
        }
        total += (0..bins.len()).map(|bin| i128::from(kept[bin] * keep(bin))).sum::<i128>();
        total -=
            shared.iter().zip(bins).map(|(&shared, bin)| i128::from(shared * bin.max_count.unwrap_or(0))).sum::<i128>();
        for (&price, limit) in limits.iter().zip(&terms.limits) {
            let most = if flaw == Some(Flaw::LimitOnceLess) { limit.most.saturating_sub(1) } else { limit.most };
            total -= i128::from(price * most);
        }
        let cheaper = |bin: usize| if flaw == Some(Flaw::KeptAreNotCheaper) { 0 } else { i128::from(kept[bin]) };
        let p: Vec<i128> = (0..bins.len()).map(|bin| q[bin] - cheaper(bin)).collect();
        let factor = weight(Level::Moves, prices.moves);
        let aim = Aim { problem, exists: &exists, prices: &p, rewards: factor < 0, flaw };
        let mut proofs = Vec::new();
        for items in components(problem, &exists) {
            let case = Case::new(problem, &items, factor, flaw);
            let mut nodes = Vec::new();
            let bound = tree(&aim, &case, 2, &mut nodes, random).unwrap_or(30);
            total += i128::from(bound);
            proofs.push(Component { items, bound, nodes });
        }
        // some leaf could not be proved
        if proofs.iter().any(|proof| proof.bound == u64::MAX) || (level == Level::Infeasible && total <= 0) {
            continue;
        }
        let bound = if scale == 0 { 0 } else { total.max(0).unsigned_abs().div_ceil(u128::from(scale)) as u64 };
        if best.as_ref().is_none_or(|(most, _)| i128::from(bound) > *most) {
            let claim =
                Claim { level, bound, scale, prices, shared, limits, kept, components: proofs, ..Claim::default() };
            best = Some((i128::from(bound), claim));
        }
    }
    best.map(|(_, claim)| claim)
}

/// A claim on a later level whose components have scales and offsets of their own.
fn owned(problem: &Problem, level: Level, first: &Claim, flaw: Option<Flaw>, random: &mut Random) -> Claim {
    let bins = problem.bins();
    let exists = existing(problem);
    let scale = 1;
    let cost = |bin: usize| if level == Level::Cost { i128::from(bins[bin].cost) } else { 0 };
    let factor = i128::from(level == Level::Moves);
    let (mut own, mut proofs, mut total) = (Vec::new(), Vec::new(), 0i128);
    for part in &first.components {
        let useful: Vec<usize> = exists
            .iter()
            .copied()
            .filter(|&bin| part.items.iter().any(|&item| feasible(problem, bin, &[item])))
            .collect();
        let mut all: Vec<i128> = useful.iter().map(|&bin| cost(bin)).collect();
        for &bin in &useful {
            let alone = part.items.iter().filter(|&&item| feasible(problem, bin, &[item]));
            all.extend(alone.map(|&item| factor * i128::from(charge(problem, item, bin))));
        }
        let most = all.iter().copied().max().unwrap_or(0);
        let unit = (1..=most).rev().find(|unit| all.iter().all(|one| one % unit == 0)).unwrap_or(1);
        let times = 1 + random.below(2);
        let least = useful.iter().map(|&bin| i128::from(times) * cost(bin) / unit).min().unwrap_or(0);
        let offset = random.below(5) as i128 - least;
        let mut prices = vec![0; bins.len()];
        useful.iter().for_each(|&bin| prices[bin] = (i128::from(times) * cost(bin) / unit + offset).max(0));
        let offset = offset.max(-least);
        let case = Case::new(problem, &part.items, 1, flaw);
        let mut case = case;
        for row in &mut case.charge {
            // what fits nowhere alone is never charged, so that the division may leave something there
            row.iter_mut().for_each(|charge| *charge = *charge * factor * i128::from(times) / unit);
        }
        let aim = Aim { problem, exists: &useful, prices: &prices, rewards: false, flaw };
        let mut nodes = Vec::new();
        let bound = tree(&aim, &case, 2, &mut nodes, random).unwrap_or(30);
        let count = match flaw {
            Some(Flaw::OwnCountsOneMore) => i128::from(part.bound) + 1 - 2 * i128::from(offset > 0),
            _ => i128::from(part.bound),
        };
        let above = i128::from(bound) - offset * count;
        total += (above.div_euclid(times.into()) + i128::from(above.rem_euclid(times.into()) > 0)) * unit;
        own.push(Own { scale: times, offset });
        proofs.push(Component { items: part.items.clone(), bound, nodes });
    }
    let bound = total.max(0) as u64;
    let shared = vec![0; bins.len()];
    Claim { level, bound, scale, shared, own, components: proofs, ..Claim::default() }
}

/// A claim that counts each component's bins: the best of some random trees for each.
fn counted(problem: &Problem, flaw: Option<Flaw>, random: &mut Random) -> Claim {
    let exists = existing(problem);
    let prices = vec![1; problem.bins().len()];
    let aim = Aim { problem, exists: &exists, prices: &prices, rewards: false, flaw };
    let mut proofs = Vec::new();
    for items in components(problem, &exists) {
        let case = Case::new(problem, &items, 0, flaw);
        let mut best: Option<(u64, Vec<Node>)> = None;
        for _ in 0..6 {
            let mut nodes = Vec::new();
            let bound = tree(&aim, &case, 2, &mut nodes, random).unwrap_or(30);
            if best.as_ref().is_none_or(|(most, _)| bound > *most) {
                best = Some((bound, nodes));
            }
        }
        let (bound, nodes) = best.expect("six of them");
        proofs.push(Component { items, bound, nodes });
    }
    let bound = proofs.iter().map(|proof| proof.bound).sum();
    Claim { bound, scale: 1, shared: vec![0; problem.bins().len()], components: proofs, ..Claim::default() }
}

/// A certificate of levels in some order whose every step was proved by trying everything; each level is held at the
/// value of some plan. With a flaw it may be false.
pub fn prove(problem: &Problem, truth: &[Values], flaw: Option<Flaw>, random: &mut Random) -> Certificate {
    if truth.is_empty()
        && let Some(claim) = claim(problem, Level::Infeasible, &[], flaw, random)
    {
        return Certificate { claims: vec![claim] };
    }
    let plan = if truth.is_empty() { (3, 9, 4) } else { truth[random.index(truth.len().min(4))] };
    let value = |level: Level| match level {
        Level::Clusters => plan.0 as u64,
        Level::Cost => plan.1 as u64,
        _ => plan.2 as u64,
    };
    if random.below(3) == 0 {
        let mut first = counted(problem, flaw, random);
        first.value = Some(first.bound);
        let level = if random.below(2) == 0 { Level::Cost } else { Level::Moves };
        let second = owned(problem, level, &first, flaw, random);
        let unsaid = second.components.iter().any(|proof| proof.bound == u64::MAX);
        return Certificate { claims: if unsaid { vec![first] } else { vec![first, second] } };
    }
    let mut levels = [Level::Clusters, Level::Cost, Level::Moves];
    random.shuffle(&mut levels);
    let mut claims: Vec<Claim> = Vec::new();
    for &level in &levels[..1 + random.index(3)] {
        match claim(problem, level, &claims, flaw, random) {
            Some(found) => claims.push(Claim { value: Some(value(level)), ..found }),
            None => break,
        }
    }
    if claims.is_empty() {
        claims.push(counted(problem, flaw, random));
    }
    Certificate { claims }
}
