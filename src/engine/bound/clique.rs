//! Cliques of the conflict graph: items no two of which may share a bin need a bin each.

use fixedbitset::FixedBitSet;

use super::{Bound, weighed};
use crate::budget::{Budget, Stop};
use crate::certify::Node;
use crate::problem::Problem;
use crate::problem::reduce::{Compatibility, compatible};

/// Up to this many item types the graph is on item types (and sees sizes), above on classes.
const BY_ITEM: usize = 2_000;
/// Greedy starts.
const STARTS: usize = 40;
/// Up to this many vertices the search goes on to the exact maximum.
const EXACT: usize = 150;
/// Search nodes of the exact search.
const NODES: usize = 20_000;

/// The best clique found. A bin holds copies of one member only, at most `m` of its `d` copies, so each member counts
/// `d / m` bins; or, where that is more, the load of its items in shares of the largest bin.
///
/// Greedy from the vertices of highest degree, then exact on small graphs by branch and bound with a greedy colouring
/// (Tomita & Kameda 2007) under a limit on nodes. Where prices differ the cheapest one counts.
#[must_use]
pub fn clique(problem: &Problem, prices: &[u64], budget: &Budget) -> Option<Bound> {
    let price = prices.iter().copied().min().filter(|&price| price > 0)?;
    let by_item = problem.items().len() <= BY_ITEM;
    let graph = if by_item { by_items(problem, budget) } else { by_classes(problem, budget) };
    let graph = graph.ok()?;
    let members = search(&graph, budget);
    let whole = members.iter().fold(1, |whole, &vertex| common_multiple(whole, graph.most[vertex]));
    let mut best: Option<Bound> = None;
    let mut offer = |weights: Option<Vec<u64>>, capacity: Option<u64>| {
        let (Some(weights), Some(capacity)) = (weights, capacity) else { return };
        let weights: Option<Vec<u64>> = weights.into_iter().map(|weight| weight.checked_mul(price)).collect();
        let Some(weights) = weights else { return };
        let Some(value) = weighed(problem, &weights, capacity) else { return };
        if best.as_ref().is_none_or(|best| value > best.value) {
            best = Some(Bound { value, node: Node::Weights { weights, capacity } });
        }
    };
    let mut plain = vec![0; problem.items().len()];
    members.iter().for_each(|&vertex| plain[graph.item[vertex]] = whole / graph.most[vertex]);
    offer(Some(plain), Some(whole));
    for q in 0..problem.dimensions() {
        let room = problem.bins().iter().map(|bin| bin.capacity[q]).max().unwrap_or(0);
        if room > 0 {
            offer(by_load(problem, &graph, &members, q, room, whole), room.checked_mul(whole));
        }
    }
    best
}

/// The least common multiple, or a round number where that is large (shares are then rounded down).
fn common_multiple(a: u64, b: u64) -> u64 {
    let (mut x, mut y) = (a, b);
    while y > 0 {
        (x, y) = (y, x % y);
    }
    let multiple = u128::from(a / x) * u128::from(b);
    if multiple <= 1 << 24 { multiple as u64 } else { 1 << 24 }
}

/// Weights out of `room * whole`: a member counts the load of all its items if that is more than its count.
fn by_load(problem: &Problem, graph: &Graph, members: &[usize], q: usize, room: u64, whole: u64) -> Option<Vec<u64>> {
    let mut weights = vec![0; problem.items().len()];
    for &vertex in members {
        let copies = |&index: &usize| u128::from(problem.items()[index].demand);
        let load = |index: &usize| u128::from(problem.items()[*index].size[q]) * copies(index);
        let total: u128 = graph.group[vertex].iter().map(load).sum();
        let item = graph.item[vertex];
        if total * u128::from(graph.most[vertex]) > copies(&item) * u128::from(room) {
            for &index in &graph.group[vertex] {
                weights[index] = problem.items()[index].size[q].checked_mul(whole)?;
            }
        } else {
            weights[item] = (whole / graph.most[vertex]).checked_mul(room)?;
        }
    }
    Some(weights)
}

/// The conflict graph to search.
struct Graph {
    /// Neighbours of each vertex, without itself.
    rows: Vec<FixedBitSet>,
    /// Bins that a vertex needs by itself, in units of 2^-20.
    weight: Vec<u64>,
    /// What the neighbours of each vertex need, in units of 2^-10.
    degree: Vec<u64>,
    /// The most copies of `item` that one bin may hold.
    most: Vec<u64>,
    /// The item type that stands for a vertex.
    item: Vec<usize>,
    /// All item types of a vertex.
    group: Vec<Vec<usize>>,
}

/// The most copies of item type `item` that one bin may hold, at least 1.
fn most_copies(problem: &Problem, item: usize) -> u64 {
    if !compatible(problem, item, item) {
        return 1;
    }
    let kind = &problem.items()[item];
    let fit = |bin: usize| {
        let room = kind.size.iter().zip(&problem.bins()[bin].capacity);
        room.filter(|&(&size, _)| size > 0).map(|(size, cap)| cap / size).min().unwrap_or(u64::MAX)
    };
    kind.eligible.ones().map(fit).max().unwrap_or(1).clamp(1, kind.demand)
}

/// Bins that `most` copies at a time of item type `item` fill, in units of 2^-20.
fn heft(problem: &Problem, item: usize, most: u64) -> u64 {
    let bins = (u128::from(problem.items()[item].demand) << 20) / u128::from(most);
    // sums over up to 2^19 members stay within u64
    u64::try_from(bins).unwrap_or(u64::MAX).min(1 << 44)
}

/// A vertex an item type; joined where no bin holds both.
fn by_items(problem: &Problem, budget: &Budget) -> Result<Graph, Stop> {
    let len = problem.items().len();
    let most: Vec<u64> = (0..len).map(|item| most_copies(problem, item)).collect();
    let weight: Vec<u64> = (0..len).map(|item| heft(problem, item, most[item])).collect();
    let of = |row: &FixedBitSet| row.ones().map(|other| weight[other] >> 10).sum::<u64>();
    let pairs = Compatibility::of(problem, (0..len).collect());
    let mut all = FixedBitSet::with_capacity(len);
    all.insert_range(..);
    let (mut rows, mut degree) = (Vec::with_capacity(len), Vec::with_capacity(len));
    let mut of_class: Vec<Option<u64>> = vec![None; problem.conflicts().len()];
    for a in 0..len {
        let (with, doubtful) = pairs.row(a, &all);
        budget.spend((len / 64 + doubtful * problem.bins().len()) as u64)?;
        let mut row = all.clone();
        row.difference_with(&with);
        row.remove(a);
        // most of a row is what its class refuses: that is added up once
        let (apart, mut beside) = (pairs.apart(a), row.clone());
        beside.difference_with(apart);
        let own = if apart.contains(a) { weight[a] >> 10 } else { 0 };
        degree.push(*of_class[problem.items()[a].class].get_or_insert_with(|| of(apart)) - own + of(&beside));
        rows.push(row);
    }
    let (item, group) = ((0..len).collect(), (0..len).map(|item| vec![item]).collect());
    Ok(Graph { rows, weight, degree, most, item, group })
}

/// A vertex a class, standing for its item type that needs most bins.
fn by_classes(problem: &Problem, budget: &Budget) -> Result<Graph, Stop> {
    let conflicts = problem.conflicts();
    let mut group = vec![Vec::new(); conflicts.len()];
    for (index, item) in problem.items().iter().enumerate() {
        group[item.class].push(index);
    }
    let present: Vec<usize> = (0..group.len()).filter(|&class| !group[class].is_empty()).collect();
    let mut place = vec![usize::MAX; conflicts.len()];
    present.iter().enumerate().for_each(|(at, &class)| place[class] = at);
    let row = |&class: &usize| {
        let mut row = FixedBitSet::with_capacity(present.len());
        let others = conflicts.row(class).ones().filter(|&other| other != class && place[other] != usize::MAX);
        row.extend(others.map(|other| place[other]));
        budget.spend((conflicts.len() / 64 + row.count_ones(..) / 8 + 1) as u64)?;
        Ok(row)
    };
    let rows = present.iter().map(row).collect::<Result<Vec<_>, Stop>>()?;
    // classes hold at least one item, so the maximum exists; the first of equals
    let heaviest = |&class: &usize| {
        let key = |&item: &usize| (heft(problem, item, most_copies(problem, item)), usize::MAX - item);
        group[class].iter().copied().max_by_key(key).unwrap_or(0)
    };
    let item: Vec<usize> = present.iter().map(heaviest).collect();
    let most: Vec<u64> = item.iter().map(|&item| most_copies(problem, item)).collect();
    let weight: Vec<u64> = item.iter().zip(&most).map(|(&item, &most)| heft(problem, item, most)).collect();
    let of = |row: &FixedBitSet| row.ones().map(|other| weight[other] >> 10).sum::<u64>();
    let group = present.iter().map(|&class| std::mem::take(&mut group[class])).collect();
    let degree = rows.iter().map(of).collect();
    Ok(Graph { rows, weight, degree, most, item, group })
}

/// The heaviest clique found.
fn search(graph: &Graph, budget: &Budget) -> Vec<usize> {
    let len = graph.rows.len();
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by_key(|&vertex| {
        std::cmp::Reverse((graph.degree[vertex] + (graph.weight[vertex] >> 10), usize::MAX - vertex))
    });
    let heft = |members: &[usize]| members.iter().map(|&vertex| graph.weight[vertex]).sum::<u64>();
    let mut best: Vec<usize> = Vec::new();
    for &start in order.iter().take(STARTS) {
        if budget.spend((len / 16 + 1) as u64).is_err() {
            return best;
        }
        let mut members = vec![start];
        let mut open = graph.rows[start].clone();
        // the next member keeps the most weight open among the first few candidates by degree
        for &next in &order {
            if open.contains(next) {
                members.push(next);
                open.intersect_with(&graph.rows[next]);
                if budget.spend((len / 64 + 1) as u64).is_err() {
                    break;
                }
            }
        }
        if heft(&members) > heft(&best) {
            best = members;
        }
    }
    if len <= EXACT {
        let mut exact = Exact { graph, order: &order, best_weight: heft(&best), best, nodes: 0 };
        let mut all = FixedBitSet::with_capacity(len);
        all.insert_range(..);
        let _cut_short = exact.extend(&mut Vec::new(), 0, all, budget);
        best = exact.best;
    }
    best
}

/// Branch and bound for the heaviest clique.
struct Exact<'a> {
    graph: &'a Graph,
    order: &'a [usize],
    best: Vec<usize>,
    best_weight: u64,
    nodes: usize,
}

impl Exact<'_> {
    fn extend(
        &mut self,
        members: &mut Vec<usize>,
        weight: u64,
        mut open: FixedBitSet,
        budget: &Budget,
    ) -> Result<(), Stop> {
        self.nodes += 1;
        if self.nodes > NODES {
            return Err(Stop::Work);
        }
        budget.spend(1 + open.count_ones(..) as u64)?;
        if weight > self.best_weight {
            (self.best_weight, self.best) = (weight, members.clone());
        }
        // colour classes are independent sets: a clique takes at most the heaviest vertex of each
        let mut coloured: Vec<(usize, u64)> = Vec::new();
        let mut left = open.clone();
        let mut bound = 0;
        while !left.is_clear() {
            let mut free = left.clone();
            let mut heaviest = 0;
            let first = coloured.len();
            for &vertex in self.order {
                if free.contains(vertex) {
                    free.difference_with(&self.graph.rows[vertex]);
                    free.remove(vertex);
                    // keep `free` to vertices that are not joined to the colour so far
                    left.remove(vertex);
                    heaviest = heaviest.max(self.graph.weight[vertex]);
                    coloured.push((vertex, 0));
                }
            }
            bound += heaviest;
            coloured[first..].iter_mut().for_each(|entry| entry.1 = bound);
        }
        for &(vertex, bound) in coloured.iter().rev() {
            if weight + bound <= self.best_weight {
                return Ok(());
            }
            let mut deeper = open.clone();
            deeper.intersect_with(&self.graph.rows[vertex]);
            members.push(vertex);
            self.extend(members, weight + self.graph.weight[vertex], deeper, budget)?;
            members.pop();
            open.remove(vertex);
        }
        Ok(())
    }
}
