//! How many bins of each type a plan has that moves little: a linear programme over their numbers, and a tree that makes them whole.
//!
//! A bin of type `t` saves at most `v_t`. The numbers of bins obey maximum counts, limits, what earlier levels hold, and must have
//! room for all sizes; what they save together bounds the moves. The duals become whole-number prices, which any check can
//! add up; nothing else of the programme is believed. Nodes with the lowest bound are branched first: on how many bins
//! there are of all types of one shape, then of one type.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::effort::counts::{ALL, MOST_NODES, NODE};
use super::float::{to_float, to_integer};
use super::master::{Master, Outcome, Row, Simplex};
use crate::bound::Saved;
use crate::budget::Budget;
use crate::certify::{Count, Savings};
use crate::problem::Problem;

/// What the numbers of bins are to show.
pub struct Counted<'a> {
    /// What is packed.
    pub problem: &'a Problem,
    /// What bins save.
    pub saved: &'a Saved,
    /// Most bins, where that is held.
    pub clusters: Option<u64>,
    /// Their highest cost, where that is held.
    pub cost: Option<u64>,
    /// The moves of a plan: no bound is higher.
    pub known: u64,
}

/// A bound on the moves, and what proves it.
#[must_use]
pub fn counted(goal: &Counted, budget: &Budget) -> Option<(u64, Savings)> {
    budget.within(ALL, |own| bounded(goal, own))
}

fn bounded(goal: &Counted, budget: &Budget) -> Option<(u64, Savings)> {
    if goal.saved.all > 1 << 62 {
        return None;
    }
    let mut loads = vec![0u64; goal.problem.dimensions()];
    for item in goal.problem.items() {
        // no overflow: a problem's loads are at most 2^62
        loads.iter_mut().zip(&item.size).for_each(|(load, &size)| *load += size * item.demand);
    }
    let (shapes, least) = (shapes(goal.problem), goal.problem.least());
    let mut tree = Tree { goal, loads, shapes, least, nodes: Vec::new() };
    let root = tree.solve(Vec::new(), None, budget)?;
    tree.nodes.push(root);
    // by bound, lowest first; of equal ones the first
    let mut open = BinaryHeap::from([Reverse((tree.nodes[0].bound, 0))]);
    let known = i128::from(goal.known);
    while let Some(&Reverse((bound, at))) = open.peek() {
        let Some((bins, most)) = tree.nodes[at].turn.clone() else { break };
        if bound >= known || tree.nodes.len() + 2 > MOST_NODES || budget.look().is_err() {
            break;
        }
        open.pop();
        for few in [true, false] {
            let mut path = tree.nodes[at].path.clone();
            path.push(Turn { bins: bins.clone(), most, few });
            let node = tree.solve(path, Some(at), budget)?;
            let child = tree.nodes.len();
            tree.nodes[at].children.push(child);
            open.push(Reverse((node.bound, child)));
            tree.nodes.push(node);
        }
    }
    let lowest = open.peek().map_or(0, |&Reverse((bound, _))| bound);
    let bound = u64::try_from(lowest.min(known)).ok()?;
    Some((bound, Savings { most: goal.saved.most.clone(), nodes: tree.written() }))
}

/// A branch: at most so many bins of these types, or more.
#[derive(Clone)]
struct Turn {
    bins: Vec<usize>,
    most: u64,
    few: bool,
}

/// What to branch on: bin types, and how many of them there are on the side with few.
type Split = (Vec<usize>, u64);

struct Node {
    path: Vec<Turn>,
    /// A leaf's.
    prices: Count,
    /// No plan of this case moves less.
    bound: i128,
    /// What to branch on; nothing where the numbers are whole.
    turn: Option<Split>,
    children: Vec<usize>,
}

struct Tree<'a> {
    goal: &'a Counted<'a>,
    /// Of all copies, resource by resource.
    loads: Vec<u64>,
    /// Bin types of one shape, two at least.
    shapes: Vec<Vec<usize>>,
    /// Of each type, how many bins are in every plan.
    least: Vec<u64>,
    nodes: Vec<Node>,
}

/// Room, cost, and for each limit whether it counts.
type Shape<'a> = (&'a [u64], u64, Vec<bool>);

/// Bin types with the same room and cost under the same limits.
fn shapes(problem: &Problem) -> Vec<Vec<usize>> {
    let mut shapes: BTreeMap<Shape, Vec<usize>> = BTreeMap::new();
    for (bin, kind) in problem.bins().iter().enumerate().filter(|(bin, _)| problem.exists(*bin)) {
        let limits = problem.terms().limits.iter().map(|limit| limit.bins.contains(bin)).collect();
        shapes.entry((&kind.capacity, kind.cost, limits)).or_default().push(bin);
    }
    shapes.into_values().filter(|shape| shape.len() > 1).collect()
}

/// What no plan of the case moves less than, where there is no plan.
const NONE: i128 = i128::MAX;

impl Tree<'_> {
    /// A node with its bound; the prices of its parent where the linear programme has no better ones.
    fn solve(&self, path: Vec<Turn>, parent: Option<usize>, budget: &Budget) -> Option<Node> {
        let problem = self.goal.problem;
        let inherited = match parent.map(|at| &self.nodes[at]) {
            Some(Node { prices: Count::Prices { scale, clusters, cost, resources, limits, path }, .. }) => {
                let (resources, limits) = (resources.clone(), limits.clone());
                let path = path.iter().copied().chain([0]).collect();
                Count::Prices { scale: *scale, clusters: *clusters, cost: *cost, resources, limits, path }
            }
            _ => Count::Prices {
                scale: 1,
                clusters: 0,
                cost: 0,
                resources: vec![0; problem.dimensions()],
                limits: vec![0; problem.terms().limits.len()],
                path: vec![0; path.len()],
            },
        };
        let known = self.bound(&inherited, &path);
        let found = budget.within(NODE, |own| self.programme(&path, own));
        let (prices, turn) = found.map_or((None, None), |(prices, turn)| (Some(prices), turn));
        let better = prices.and_then(|prices| Some((self.bound(&prices, &path)?, prices)));
        let (bound, prices) = match (known, better) {
            (Some(known), Some((bound, prices))) if bound > known => (bound, prices),
            (Some(known), _) => (known, inherited),
            (None, Some(better)) => better,
            (None, None) => return None,
        };
        Some(Node { path, prices, bound, turn, children: Vec::new() })
    }

    /// What these prices prove; `None` where they prove nothing, or a number is too large.
    fn bound(&self, prices: &Count, path: &[Turn]) -> Option<i128> {
        let Count::Prices { scale, clusters, cost, resources, limits, path: turns } = prices else { return None };
        let Counted { problem, saved, .. } = *self.goal;
        let product = |a: u64, b: i128| i128::from(a).checked_mul(b);
        let mut total = 0i128;
        for (&price, &load) in resources.iter().zip(&self.loads) {
            total = total.checked_add(product(price, load.into())?)?;
        }
        for (price, held) in [(*clusters, self.goal.clusters), (*cost, self.goal.cost)] {
            if price > 0 {
                total = total.checked_sub(product(price, held?.into())?)?;
            }
        }
        for (&price, limit) in limits.iter().zip(&problem.terms().limits) {
            total = total.checked_sub(product(price, limit.most.into())?)?;
        }
        let mut turned = vec![0i128; problem.bins().len()];
        for (&price, turn) in turns.iter().zip(path) {
            let (sign, count) = if turn.few { (1, i128::from(turn.most)) } else { (-1, i128::from(turn.most) + 1) };
            total = total.checked_sub(sign * product(price, count)?)?;
            turn.bins.iter().for_each(|&bin| turned[bin] += sign * i128::from(price));
        }
        for (bin, kind) in problem.bins().iter().enumerate().filter(|(bin, _)| problem.exists(*bin)) {
            let groups = limits.iter().zip(&problem.terms().limits).filter(|(_, limit)| limit.bins.contains(bin));
            let groups: i128 = groups.map(|(&price, _)| i128::from(price)).sum();
            let mut price = i128::from(*clusters) + groups + turned[bin];
            price = price.checked_add(product(*cost, kind.cost.into())?)?;
            for (&worth, &room) in resources.iter().zip(&kind.capacity) {
                price = price.checked_sub(product(worth, room.into())?)?;
            }
            price = price.checked_sub(product(*scale, saved.most[bin].into())?)?;
            let count = if price >= 0 { self.least[bin] } else { kind.max_count? };
            total = total.checked_add(price.checked_mul(count.into())?)?;
        }
        match *scale {
            0 => (total > 0).then_some(NONE),
            scale => {
                let scale = i128::from(scale);
                // no overflow: all charges are at most 2^62
                Some(self.goal.saved.all as i128 + total.div_euclid(scale) + i128::from(total.rem_euclid(scale) > 0))
            }
        }
    }

    /// The linear programme of a case: its duals as prices, and what to branch on.
    fn programme(&self, path: &[Turn], budget: &Budget) -> Option<(Count, Option<Split>)> {
        let Counted { problem, saved, clusters, cost, .. } = *self.goal;
        let (bins, terms) = (problem.bins(), problem.terms());
        let limited = |count: u64| to_float(count.min(1 << 29));
        let useful: Vec<usize> = (0..bins.len()).filter(|&bin| problem.exists(bin)).collect();
        let (mut rows, mut resources) = (Vec::new(), Vec::new());
        for q in 0..problem.dimensions() {
            let load = self.loads[q];
            let unit = useful.iter().map(|&bin| bins[bin].capacity[q]).max().unwrap_or(0);
            if load > 0 && unit > 0 {
                rows.push(Row::cover(to_float(load) / to_float(unit)));
                resources.push((q, to_float(unit)));
            }
        }
        let first_limit = rows.len();
        rows.extend(terms.limits.iter().map(|limit| Row::at_most(limited(limit.most))));
        let first_turn = rows.len();
        rows.extend(path.iter().map(|turn| match turn.few {
            true => Row::at_most(limited(turn.most)),
            false => Row::cover(limited(turn.most + 1)),
        }));
        let dear = to_float(bins.iter().map(|bin| bin.cost).max().unwrap_or(0).max(1));
        let held_at = rows.len();
        rows.extend(clusters.map(|most| Row::at_most(limited(most))));
        let cost_at = rows.len();
        rows.extend(cost.map(|most| Row::at_most((to_float(most) / dear).min(1e9))));
        let unit = to_float(saved.most.iter().copied().max().unwrap_or(0).max(1));
        // what is not there saves nothing: the rest up to the maximum has that as its cost
        let mut own = BTreeMap::new();
        for &bin in &useful {
            let most = bins[bin].max_count.or(clusters.filter(|_| saved.most[bin] > 0));
            let row = match (most, saved.most[bin]) {
                (Some(most), 0) => Row::at_most(limited(most)),
                (Some(most), _) => Row::exactly(limited(most)),
                (None, 0) => continue,
                (None, _) => return None,
            };
            own.insert(bin, rows.len());
            rows.push(row);
        }
        let mut there = BTreeMap::new();
        for &bin in useful.iter().filter(|&&bin| self.least[bin] > 0) {
            there.insert(bin, rows.len());
            rows.push(Row::cover(limited(self.least[bin])));
        }
        let mut master = Simplex::new(&rows, 0).ok()?;
        for &bin in &useful {
            let room = resources.iter().enumerate();
            let mut entries: Vec<(usize, f64)> =
                room.map(|(row, &(q, unit))| (row, to_float(bins[bin].capacity[q]) / unit)).collect();
            let groups = terms.limits.iter().enumerate().filter(|(_, limit)| limit.bins.contains(bin));
            entries.extend(groups.map(|(at, _)| (first_limit + at, 1.0)));
            let turns = path.iter().enumerate().filter(|(_, turn)| turn.bins.binary_search(&bin).is_ok());
            entries.extend(turns.map(|(at, _)| (first_turn + at, 1.0)));
            entries.extend(clusters.map(|_| (held_at, 1.0)));
            entries.extend(cost.map(|_| (cost_at, to_float(bins[bin].cost) / dear)));
            entries.extend(own.get(&bin).into_iter().chain(there.get(&bin)).map(|&row| (row, 1.0)));
            master.add_column(0.0, &entries).ok()?;
        }
        for &bin in useful.iter().filter(|&&bin| saved.most[bin] > 0) {
            master.add_column(to_float(saved.most[bin]) / unit, &[(own[&bin], 1.0)]).ok()?;
        }
        let feasible = match master.solve(budget).ok()? {
            Outcome::Optimal => true,
            Outcome::Infeasible => false,
        };
        let duals = master.duals();
        // as fine as whole numbers of 64 bits allow
        let highest = duals[first_limit..cost_at].iter().fold(1.0f64, |most, dual| most.max(dual.abs() * unit));
        let scale = to_float(1 << 56).min(to_float(1 << 61) / highest).floor();
        let whole = |dual: f64| dual.abs() * unit * scale;
        let up = |dual: f64| to_integer(whole(dual).ceil());
        let mut worth = vec![0; problem.dimensions()];
        for (row, &(q, unit)) in resources.iter().enumerate() {
            worth[q] = to_integer(whole(duals[row]) / unit);
        }
        let mut prices = Count::Prices {
            scale: if feasible { to_integer(scale).max(1) } else { 0 },
            clusters: if clusters.is_some() { up(duals[held_at]) } else { 0 },
            cost: if cost.is_some() { to_integer((whole(duals[cost_at]) / dear).ceil()) } else { 0 },
            resources: worth,
            limits: duals[first_limit..first_turn].iter().map(|&dual| up(dual)).collect(),
            path: duals[first_turn..held_at].iter().map(|&dual| up(dual)).collect(),
        };
        self.raise(&mut prices, path);
        let amounts: BTreeMap<usize, f64> =
            useful.iter().zip(master.primal()).map(|(&bin, &amount)| (bin, amount)).collect();
        let turn = if feasible { self.turn(&amounts) } else { None };
        Some((prices, turn))
    }

    /// Raises the price of a bin where more bins of a type without a maximum would still pay: roundings.
    fn raise(&self, prices: &mut Count, path: &[Turn]) {
        let Counted { problem, saved, clusters: held, .. } = *self.goal;
        let Count::Prices { scale, clusters, cost, resources, limits, path: turns } = prices else { return };
        for (bin, kind) in problem.bins().iter().enumerate() {
            if kind.max_count.is_some() || !problem.exists(bin) {
                continue;
            }
            let turned = turns.iter().zip(path).filter(|(_, turn)| turn.bins.binary_search(&bin).is_ok());
            let turned: i128 = turned.map(|(&price, turn)| i128::from(price) * if turn.few { 1 } else { -1 }).sum();
            let groups = || problem.terms().limits.iter().enumerate().filter(|(_, limit)| limit.bins.contains(bin));
            let grouped: i128 = groups().map(|(at, _)| i128::from(limits[at])).sum();
            let room: i128 =
                kind.capacity.iter().zip(&*resources).map(|(&room, &price)| i128::from(room) * i128::from(price)).sum();
            let paid = i128::from(*cost).saturating_mul(kind.cost.into());
            let most = i128::from(*scale) * i128::from(saved.most[bin]);
            let price = (i128::from(*clusters) + turned + grouped + paid).saturating_sub(room).saturating_sub(most);
            let Ok(lacks) = u64::try_from(-price.min(0)) else { continue };
            if lacks == 0 {
                continue;
            }
            if held.is_some() {
                *clusters = clusters.saturating_add(lacks);
            } else if let Some((at, _)) = groups().next() {
                limits[at] = limits[at].saturating_add(lacks);
            }
        }
    }

    /// Types whose number of bins is not whole: all of one shape, or else one.
    fn turn(&self, amounts: &BTreeMap<usize, f64>) -> Option<Split> {
        let broken = |bins: &[usize]| {
            let sum: f64 = bins.iter().filter_map(|bin| amounts.get(bin)).sum();
            let off = (sum - sum.round()).abs();
            (off > 1e-6).then_some((off, to_integer(sum.floor())))
        };
        let widest = |found: Option<(f64, Vec<usize>, u64)>, bins: &[usize]| match (found, broken(bins)) {
            (Some(found), Some((off, _))) if off <= found.0 => Some(found),
            (_, Some((off, most))) => Some((off, bins.to_vec(), most)),
            (found, None) => found,
        };
        let shape = self.shapes.iter().fold(None, |found, shape| widest(found, shape));
        let one = || amounts.keys().fold(None, |found, &bin| widest(found, &[bin]));
        shape.or_else(one).map(|(_, bins, most)| (bins, most))
    }

    /// Children before parents.
    fn written(&self) -> Vec<Count> {
        let mut written = Vec::with_capacity(self.nodes.len());
        let mut place = vec![0; self.nodes.len()];
        // children were made after their parents
        for (at, node) in self.nodes.iter().enumerate().rev() {
            place[at] = written.len();
            written.push(match (&node.children[..], &node.turn) {
                (&[few, many], Some((bins, most))) => {
                    Count::Branch { bins: bins.clone(), most: *most, few: place[few], many: place[many] }
                }
                _ => node.prices.clone(),
            });
        }
        written
    }
}
