//! A claim on the moves by what bins save: no bin of a type saves more than so much, and no choice of bins saves more together.
//!
//! Every copy is charged at most what its type is charged anywhere; where it is charged less it *saves* the rest. So the moves
//! are all that could be charged less what the bins of a plan save. How many bins of each type there are obeys what a
//! plan obeys: maximum counts, limits, kept bins, room for all sizes, the values of earlier levels. Prices on these bound the
//! sum; branches on how many bins there are of some types make it whole.

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;

use super::failure::{Failure, refuted};
use super::heaviest::{self, Candidate};
use super::tree::tree;
use super::turns::{Turn, named, turned};
use super::{Claim, Count, Level, Savings};
use crate::budget::Budget;
use crate::problem::Problem;

/// Checks a claim that stands on savings; `earlier` are those before it.
pub(super) fn check(
    problem: &Problem,
    claim: &Claim,
    savings: &Savings,
    earlier: &[Claim],
    budget: &Budget,
) -> Result<(), Failure> {
    let none = |list: &[u64]| list.iter().all(|&price| price == 0);
    let plain = claim.prices == super::Prices::default()
        && claim.own.is_empty()
        && claim.components.is_empty()
        && claim.cases.is_empty();
    let limit = problem.terms().most.moves;
    let bound = match (claim.level, claim.scale, claim.bound) {
        (Level::Moves, 1, bound) => Some(bound),
        // more than there may be
        (Level::Infeasible, 0, 0) => limit.and_then(|limit| limit.checked_add(1)),
        _ => None,
    };
    let Some(bound) = bound.filter(|_| plain && !claim.merged) else {
        return refuted("savings are for a claim on the moves, of scale 1, without prices and components");
    };
    if !none(&claim.shared) || !none(&claim.limits) || !none(&claim.kept) {
        return refuted("a claim on savings has its prices in its nodes");
    }
    let count = problem.bins().len();
    if savings.most.len() != count {
        return refuted("one saving a bin type is needed");
    }
    let (all, saved) = saved(problem, budget)?;
    for (bin, mut items) in saved.into_iter().enumerate().filter(|(bin, _)| problem.exists(*bin)) {
        budget.spend(items.len() as u64 + 1)?;
        items.retain(|&(item, _)| problem.fits_alone(item, bin));
        let most = savings.most[bin];
        if !within(problem, bin, &items, u128::from(most), budget)? {
            return refuted(format!("a bin of type {bin} may save more than {most}"))
                .map_err(|e: Failure| e.under("savings.most"));
        }
    }
    let least = i128::try_from(all).ok().and_then(|all| i128::from(bound).checked_sub(all));
    let least = least.ok_or(Failure::Undecided)?;
    let held = |level: Level, most: Option<u64>| {
        let before = earlier.iter().find(|other| other.level == level).and_then(|before| before.value);
        before.into_iter().chain(most).min()
    };
    let most = problem.terms().most;
    let mut loads = vec![0i128; problem.dimensions()];
    for item in problem.items() {
        for (load, &size) in loads.iter_mut().zip(&item.size) {
            // a problem's loads are at most 2^62
            *load += i128::from(size) * i128::from(item.demand);
        }
    }
    let clusters = held(Level::Clusters, most.clusters);
    let cost = held(Level::Cost, most.cost);
    let counts = Counts { problem, savings: &savings.most, loads, fewest: problem.least(), clusters, cost, least };
    counts.tree(&savings.nodes, budget).map_err(|e| e.under("savings"))
}

/// What all copies are charged at most; and for each bin type the item types that save something there, with what a copy saves.
type Saved = (u128, Vec<Vec<(usize, u64)>>);

fn saved(problem: &Problem, budget: &Budget) -> Result<Saved, Failure> {
    let count = problem.bins().len();
    let (mut all, mut saved) = (0u128, vec![Vec::new(); count]);
    for (item, charge) in problem.terms().charges.iter().enumerate() {
        budget.spend(charge.except.len() as u64 + 1)?;
        let top = charge.except.iter().map(|entry| entry.1).fold(charge.base, u64::max);
        all += u128::from(top) * u128::from(problem.items()[item].demand);
        if charge.base < top {
            budget.spend(count as u64)?;
            let less = |bin: usize| top - charge.of(bin);
            (0..count).filter(|&bin| less(bin) > 0).for_each(|bin| saved[bin].push((item, less(bin))));
        } else {
            let named = charge.except.iter().filter(|entry| entry.1 < top);
            named.for_each(|&(bin, charge)| saved[bin].push((item, top - charge)));
        }
    }
    Ok((all, saved))
}

/// Whether no feasible bin of a type saves more than `limit` by these items, each of which fits it alone.
///
/// As long as what one resource has room for, copies divisible, might save more: of two classes that conflict a bin
/// lacks one or the other. Where none conflict, the search for the heaviest bin decides.
fn within(
    problem: &Problem,
    bin: usize,
    items: &[(usize, u64)],
    limit: u128,
    budget: &Budget,
) -> Result<bool, Failure> {
    let capacity = &problem.bins()[bin].capacity;
    let alone = |item: usize| problem.conflict(item, item);
    let copies = |item: usize| if alone(item) { 1 } else { problem.items()[item].demand };
    let candidate =
        |&(item, weight): &(usize, u64)| Candidate { weight, copies: copies(item), size: &problem.items()[item].size };
    // copies of one class that may share go together
    let mut groups: BTreeMap<(usize, Option<usize>), Vec<usize>> = BTreeMap::new();
    for (at, &(item, _)) in items.iter().enumerate() {
        let key = (problem.items()[item].class, alone(item).then_some(item));
        groups.entry(key).or_default().push(at);
    }
    let groups: Vec<Vec<usize>> = groups.into_values().collect();
    let worth = |group: &[usize]| -> u128 {
        group.iter().map(|&at| u128::from(items[at].1) * u128::from(copies(items[at].0))).fold(0, u128::saturating_add)
    };
    let worths: Vec<u128> = groups.iter().map(|group| worth(group)).collect();
    let conflict = |a: usize, b: usize| problem.conflict(items[groups[a][0]].0, items[groups[b][0]].0);
    let mut open: Vec<Vec<usize>> = vec![(0..groups.len()).collect()];
    while let Some(inside) = open.pop() {
        budget.spend((items.len() * (1 + capacity.len()) + inside.len() * inside.len()) as u64 + 1)?;
        let candidates: Vec<Candidate> =
            inside.iter().flat_map(|&group| &groups[group]).map(|&at| candidate(&items[at])).collect();
        if heaviest::at_most(&candidates, capacity) <= limit {
            continue;
        }
        let pairs = inside.iter().enumerate().flat_map(|(at, &a)| inside[..at].iter().map(move |&b| (b, a)));
        let clash = pairs.filter(|&(a, b)| conflict(a, b)).max_by_key(|&(a, b)| worths[a].min(worths[b]));
        let Some((a, b)) = clash else {
            let rows = || vec![FixedBitSet::with_capacity(candidates.len()); candidates.len()];
            if heaviest::heavier(&candidates, &[], rows, capacity, limit, budget)?.is_some() {
                return Ok(false);
            }
            continue;
        };
        let without = |group: usize| inside.iter().copied().filter(|&other| other != group).collect();
        open.push(without(a));
        open.push(without(b));
    }
    Ok(true)
}

/// What the number of bins of each type obeys, and what is to be shown of it.
struct Counts<'a> {
    problem: &'a Problem,
    /// The most that a bin of each type saves.
    savings: &'a [u64],
    loads: Vec<i128>,
    /// By bin type: how many bins are in every plan.
    fewest: Vec<u64>,
    /// Most bins, and their highest cost, where that is held.
    clusters: Option<u64>,
    cost: Option<u64>,
    /// All savings together are at most minus this.
    least: i128,
}

/// What is to be done next in the replay.
enum Step<'a> {
    Enter(usize),
    Turn(Turn<'a>, usize),
    Back,
}

impl Counts<'_> {
    fn tree(&self, nodes: &[Count], budget: &Budget) -> Result<(), Failure> {
        tree("nodes", nodes.len(), |index| match &nodes[index] {
            Count::Branch { few, many, .. } => [Some(*few), Some(*many)],
            Count::Prices { .. } => [None; 2],
        })?;
        let mut path: Vec<Turn> = Vec::new();
        let mut steps = vec![Step::Enter(nodes.len() - 1)];
        while let Some(step) = steps.pop() {
            let index = match step {
                Step::Back => {
                    path.pop();
                    continue;
                }
                Step::Turn(turn, node) => {
                    path.push(turn);
                    steps.push(Step::Back);
                    node
                }
                Step::Enter(node) => node,
            };
            let place = |e: Failure| e.under(&format!("nodes[{index}]"));
            match &nodes[index] {
                Count::Branch { bins, most, few, many } => {
                    budget.spend(bins.len() as u64 + 1)?;
                    named(self.problem, bins).map_err(place)?;
                    let turn = |few: bool| Turn { bins, most: *most, few };
                    steps.push(Step::Turn(turn(false), *many));
                    steps.push(Step::Turn(turn(true), *few));
                }
                leaf => self.leaf(leaf, &path, budget).map_err(place)?,
            }
        }
        Ok(())
    }

    /// The prices of a leaf show that all savings are at most minus `least`, or that there is no such plan.
    fn leaf(&self, leaf: &Count, path: &[Turn], budget: &Budget) -> Result<(), Failure> {
        let Count::Prices { scale, clusters, cost, resources, limits, path: turns } = leaf else {
            return refuted("a leaf has prices");
        };
        let (problem, terms) = (self.problem, self.problem.terms());
        let looked_at: usize = path.iter().map(|turn| turn.bins.len()).sum();
        let each = 1 + problem.dimensions() + terms.limits.len();
        budget.spend((problem.bins().len() * each + looked_at) as u64)?;
        let shape = (resources.len(), limits.len(), turns.len());
        if shape != (problem.dimensions(), terms.limits.len(), path.len()) {
            return refuted("one price a dimension, a limit and a branch is needed");
        }
        let product = |a: u64, b: i128| i128::from(a).checked_mul(b).ok_or(Failure::Undecided);
        let mut total = 0i128;
        let mut add = |worth: i128| -> Result<(), Failure> {
            total = total.checked_add(worth).ok_or(Failure::Undecided)?;
            Ok(())
        };
        for (&price, &load) in resources.iter().zip(&self.loads) {
            add(product(price, load)?)?;
        }
        for (price, held) in [(*clusters, self.clusters), (*cost, self.cost)] {
            match held {
                Some(held) => add(-product(price, held.into())?)?,
                None if price > 0 => return refuted("a price on a value that is not held"),
                None => {}
            }
        }
        for (&price, limit) in limits.iter().zip(&terms.limits) {
            add(-product(price, limit.most.into())?)?;
        }
        let (worth, turned) = turned(problem, path, turns)?;
        add(worth)?;
        for (bin, kind) in problem.bins().iter().enumerate().filter(|(bin, _)| problem.exists(*bin)) {
            let mut price = i128::from(*clusters) + turned[bin];
            let mut raise = |worth: i128| -> Result<(), Failure> {
                price = price.checked_add(worth).ok_or(Failure::Undecided)?;
                Ok(())
            };
            raise(product(*cost, kind.cost.into())?)?;
            let mut groups = limits.iter().zip(&terms.limits).filter(|(_, limit)| limit.bins.contains(bin));
            groups.try_for_each(|(&price, _)| raise(price.into()))?;
            for (&worth, &room) in resources.iter().zip(&kind.capacity) {
                raise(-product(worth, room.into())?)?;
            }
            raise(-product(*scale, self.savings[bin].into())?)?;
            // as few bins as there must be where one costs something, as many as there may be where it pays
            let count = match kind.max_count {
                _ if price >= 0 => self.fewest[bin],
                Some(most) => most,
                None => return refuted(format!("more bins of type {bin} always save more, and there is no maximum")),
            };
            add(price.checked_mul(count.into()).ok_or(Failure::Undecided)?)?;
        }
        let proved = match scale {
            0 => total > 0,
            // bound - all <= ceil(total / scale)
            _ => product(*scale, self.least - 1)? < total,
        };
        if proved { Ok(()) } else { refuted(format!("the prices prove {total} over {scale}, less than the bound")) }
    }
}
