//! Random claims on the moves by what bins save, each step proved by trying everything.

use tenantry::engine::random::Random;
use tenantry::engine::{Claim, Count, Level, Problem, Savings};

use super::exhaustive::{charge, feasible, in_every_plan};

/// What a prover may get wrong about savings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slip {
    /// A bin saves one less than it may.
    OneLess,
    /// Conflicts and room are left aside for one bin type, and one copy of each type counts.
    OneCopyEach,
    /// Where a branch says more, there is one bin more than that.
    OneMore,
    /// A limit, or what an earlier level holds, is one less.
    LimitOneLess,
    /// Where a price is negative, as few bins count as there must be.
    FewForMany,
}

impl Slip {
    pub const ALL: [Self; 5] = [Self::OneLess, Self::OneCopyEach, Self::OneMore, Self::LimitOneLess, Self::FewForMany];
}

/// A claim on the moves after these; `None` where nothing that can be said was found.
pub fn claim(problem: &Problem, earlier: &[Claim], slip: Option<Slip>, random: &mut Random) -> Option<Claim> {
    let bins = problem.bins().len();
    let top = |item: usize| {
        let named = problem.terms().charges.get(item).map_or(&[][..], |charge| &charge.except[..]);
        // no bin type has that number: what is charged where none is named
        named.iter().map(|other| other.1).fold(charge(problem, item, usize::MAX), u64::max)
    };
    let most: Vec<u64> = (0..bins).map(|bin| saved(problem, bin, &top, slip)).collect();
    let items = problem.items();
    let all: i128 = (0..items.len()).map(|item| i128::from(top(item)) * i128::from(items[item].demand)).sum();
    let held = |level: Level, limit: Option<u64>| {
        let before = earlier.iter().find(|claim| claim.level == level).and_then(|claim| claim.value);
        before.into_iter().chain(limit).min()
    };
    let limits = problem.terms().most;
    let aim = Aim {
        problem,
        most: &most,
        clusters: held(Level::Clusters, limits.clusters),
        cost: held(Level::Cost, limits.cost),
        slip,
    };
    let mut best: Option<(i128, Vec<Count>)> = None;
    for _ in 0..12 {
        let mut nodes = Vec::new();
        if let Some(less) = tree(&aim, &mut Vec::new(), 2, &mut nodes, random)
            && best.as_ref().is_none_or(|(found, _)| less > *found)
        {
            best = Some((less, nodes));
        }
    }
    let (less, nodes) = best?;
    let bound = u64::try_from(all + less.min(0)).ok()?; // below 0 the prices show nothing
    let savings = Some(Savings { most, nodes });
    Some(Claim { level: Level::Moves, bound, scale: 1, shared: vec![0; bins], savings, ..Claim::default() })
}

/// The most that a bin saves, over all contents.
fn saved(problem: &Problem, bin: usize, top: &dyn Fn(usize) -> u64, slip: Option<Slip>) -> u64 {
    fn fill(problem: &Problem, bin: usize, from: usize, content: &mut Vec<usize>, worth: &dyn Fn(usize) -> u64) -> u64 {
        let mut best: u64 = content.iter().map(|&item| worth(item)).sum();
        for item in from..problem.items().len() {
            let held = content.iter().filter(|&&other| other == item).count() as u64;
            content.push(item);
            if held < problem.items()[item].demand && feasible(problem, bin, content) {
                best = best.max(fill(problem, bin, item, content, worth));
            }
            content.pop();
        }
        best
    }
    let worth = |item: usize| top(item).saturating_sub(charge(problem, item, bin));
    match slip {
        Some(Slip::OneLess) => fill(problem, bin, 0, &mut Vec::new(), &worth).saturating_sub(1),
        Some(Slip::OneCopyEach) => (0..problem.items().len()).map(worth).max().unwrap_or(0),
        _ => fill(problem, bin, 0, &mut Vec::new(), &worth),
    }
}

struct Aim<'a> {
    problem: &'a Problem,
    most: &'a [u64],
    clusters: Option<u64>,
    cost: Option<u64>,
    slip: Option<Slip>,
}

/// Bin types, a number, and whether there are at most so many.
type Turn = (Vec<usize>, u64, bool);

/// A random tree: minus what all bins save at most. `None` where some leaf proves nothing.
fn tree(aim: &Aim, path: &mut Vec<Turn>, depth: u64, nodes: &mut Vec<Count>, random: &mut Random) -> Option<i128> {
    let bins = aim.problem.bins().len();
    if depth > 0 && random.below(3) == 0 {
        let mut group: Vec<usize> = (0..bins).filter(|_| random.below(2) == 0).collect();
        if group.is_empty() {
            group.push(random.index(bins));
        }
        let most = random.below(3);
        path.push((group.clone(), most, true));
        let few = tree(aim, path, depth - 1, nodes, random)?;
        let few_at = nodes.len() - 1;
        path.last_mut().expect("just pushed").2 = false;
        let many = tree(aim, path, depth - 1, nodes, random)?;
        let many_at = nodes.len() - 1;
        path.pop();
        nodes.push(Count::Branch { bins: group, most, few: few_at, many: many_at });
        return Some(few.min(many));
    }
    let mut best: Option<(i128, Count)> = None;
    for _ in 0..12 {
        let (less, leaf) = leaf(aim, path, random);
        if let Some(less) = less
            && best.as_ref().is_none_or(|(found, _)| less > *found)
        {
            best = Some((less, leaf));
        }
    }
    let (less, leaf) = best?;
    nodes.push(leaf);
    Some(less)
}

/// Random prices, and minus what they show that all bins save at most.
fn leaf(aim: &Aim, path: &[Turn], random: &mut Random) -> (Option<i128>, Count) {
    let (problem, terms) = (aim.problem, aim.problem.terms());
    let scale = [0, 1, 1, 1, 2][random.index(5)];
    let some = |random: &mut Random| [0, 0, 1, 2, 4][random.index(5)];
    let clusters = if aim.clusters.is_some() { some(random) } else { 0 };
    let cost = if aim.cost.is_some() { some(random) } else { 0 };
    let resources: Vec<u64> = (0..problem.dimensions()).map(|_| some(random)).collect();
    let limits: Vec<u64> = terms.limits.iter().map(|_| some(random)).collect();
    let turns: Vec<u64> = path.iter().map(|_| some(random)).collect();
    let slack = u64::from(aim.slip == Some(Slip::LimitOneLess));
    let less = |most: u64| i128::from(most.saturating_sub(slack));
    let mut total = 0i128;
    for (q, &price) in resources.iter().enumerate() {
        let load: u64 = problem.items().iter().map(|item| item.size[q] * item.demand).sum();
        total += i128::from(price * load);
    }
    total -= i128::from(clusters) * less(aim.clusters.unwrap_or(0)) + i128::from(cost) * less(aim.cost.unwrap_or(0));
    total -= limits.iter().zip(&terms.limits).map(|(&price, limit)| i128::from(price) * less(limit.most)).sum::<i128>();
    let more = if aim.slip == Some(Slip::OneMore) { 2 } else { 1 };
    for (&price, (_, most, few)) in turns.iter().zip(path) {
        total += if *few { -i128::from(price * most) } else { i128::from(price * (most + more)) };
    }
    let mut proved = true;
    for (bin, kind) in problem.bins().iter().enumerate() {
        let closed = terms.limits.iter().any(|limit| limit.most == 0 && limit.bins.contains(bin));
        if closed || kind.max_count == Some(0) {
            continue;
        }
        let mut price = i128::from(clusters) + i128::from(cost * kind.cost) - i128::from(scale * aim.most[bin]);
        price += limits
            .iter()
            .zip(&terms.limits)
            .filter(|(_, limit)| limit.bins.contains(bin))
            .map(|(&price, _)| i128::from(price))
            .sum::<i128>();
        price -= resources.iter().zip(&kind.capacity).map(|(price, room)| i128::from(price * room)).sum::<i128>();
        for (&turned, (group, _, few)) in turns.iter().zip(path) {
            if group.contains(&bin) {
                price += if *few { i128::from(turned) } else { -i128::from(turned) };
            }
        }
        let kept = in_every_plan(problem, bin, false);
        let many = if aim.slip == Some(Slip::FewForMany) { Some(kept) } else { kind.max_count };
        let count = if price >= 0 { Some(kept) } else { many };
        proved &= count.is_some();
        total += price * i128::from(count.unwrap_or(0));
    }
    let less = match scale {
        0 => (total > 0).then_some(0),
        _ => Some(-((-total).div_euclid(i128::from(scale)))),
    };
    let leaf = Count::Prices { scale, clusters, cost, resources, limits, path: turns };
    (less.filter(|_| proved), leaf)
}
