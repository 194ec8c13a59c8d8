//! One component's tree, replayed: what each leaf must prove, and about which items.
//!
//! A *case* is what the branches on the way from the root have made of the component: some copies merged, some pairs
//! kept apart. Items of a case are numbered: the component's item types first, merged items after them. The exclusions on
//! the way say which bins need not be looked at.

mod groups;
mod left;
mod sand;

use std::borrow::Cow;
use std::collections::BTreeSet;

use fixedbitset::FixedBitSet;

use super::cover::{Kind, none_within};
use super::exclusion::Exclusion;
use super::failure::{Failure, refuted};
use super::heaviest::{self, Candidate, Content, Floor};
use super::tree::tree;
use super::{Component, Node};
use crate::budget::Budget;
use crate::problem::{BinSet, Problem};
use left::Left;

/// Two items of which one copy each became one: a single copy, never more.
struct Merged {
    size: Vec<u64>,
    eligible: BinSet,
    /// Conflicts with the items numbered below it. It conflicts with itself.
    conflicts: FixedBitSet,
    /// What its parts are charged together in each bin type; empty where charges do not count.
    charges: Vec<u64>,
}

/// What a component's tree stands on.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub problem: &'a Problem,
    /// The bin types that exist.
    pub bins: &'a [usize],
    /// Of all bin types; not negative where they exist.
    pub prices: &'a [i128],
    /// An item is charged `factor` times its charge, ...
    pub factor: i128,
    /// ... in units of this, which divides that wherever an item of the component fits.
    pub unit: i128,
}

pub(super) struct Case<'a> {
    problem: &'a Problem,
    bins: &'a [usize],
    prices: Cow<'a, [i128]>,
    /// See [`Ground`].
    factor: i128,
    unit: i128,
    /// Whether charges count somewhere in the tree.
    charged: bool,
    items: &'a [usize],
    /// Whether leaves know the groups: only where the root is one. What branches and exclusions say is of bins without groups.
    grouped: bool,
    merged: Vec<Merged>,
    /// Copies left of each item.
    demand: Vec<u64>,
    /// Pairs of component item types kept apart by a branch, smaller first.
    apart: BTreeSet<(usize, usize)>,
    /// Bins that leaves need not look at, outermost first.
    exclusions: Vec<Exclusion>,
    /// For each bin type that exists, all bins that these leave, after each step on the way; empty before the first.
    left: Vec<Vec<Left>>,
    /// How many bins hold one of some items, outermost first.
    presences: Vec<Presence<'a>>,
}

/// How many bins hold one of these items of the component.
struct Presence<'a> {
    items: &'a [usize],
    /// At most so many, or else more.
    most: u64,
    few: bool,
}

/// What is to be done next in the replay.
enum Step<'a> {
    Enter(usize),
    EnterCounted { presence: Presence<'a>, node: usize },
    LeaveCounted,
    LeaveTogether { a: usize, b: usize },
    KeepApart { a: usize, b: usize, node: usize },
    LeaveApart { a: usize, b: usize },
    LeaveExclusion,
}

fn too_heavy(bin: usize, limit: u128, content: impl Iterator<Item = (usize, u64)>) -> Result<(), Failure> {
    let content: Vec<String> = content.map(|(item, copies)| format!("{copies} of item {item}")).collect();
    refuted(format!("a bin of type {bin} may weigh more than {limit}: {}", content.join(", ")))
}

fn ascends(list: &[usize]) -> bool {
    list.windows(2).all(|pair| pair[0] < pair[1])
}

/// Whether these are some of so many, ascending.
fn of_some(list: &[usize], count: usize) -> bool {
    ascends(list) && list.last().is_some_and(|&last| last < count)
}

/// Checks that the component's tree proves `sum_t n_t prices_t + what its items are charged >= component.bound`.
pub(super) fn check<'a>(ground: &Ground<'a>, component: &'a Component, budget: &Budget) -> Result<(), Failure> {
    let factor = ground.factor;
    tree("nodes", component.nodes.len(), |index| match component.nodes[index] {
        Node::Branch { together, apart, .. } => [together, Some(apart)],
        Node::Exclude { below, .. } => [Some(below), None],
        Node::Presence { few, many, .. } => [Some(few), Some(many)],
        _ => [None; 2],
    })?;
    budget.spend((component.nodes.len() + component.items.len()) as u64)?;
    let mut case = Case::new(ground, &component.items, factor != 0);
    case.grouped = component.nodes.len() == 1 && ground.problem.has_groups();
    let mut steps = vec![Step::Enter(component.nodes.len() - 1)];
    while let Some(step) = steps.pop() {
        match step {
            Step::Enter(node) => {
                budget.spend(1)?;
                case.enter(&component.nodes[node], component.bound, &mut steps, budget)
                    .map_err(|e| e.under(&format!("nodes[{node}]")))?;
            }
            Step::LeaveTogether { a, b } => {
                case.left.pop();
                case.split(a, b);
            }
            Step::KeepApart { a, b, node } => {
                if case.set_apart(a, b, true) {
                    case.follow(budget, |left| left.apart(a, b))?;
                    steps.push(Step::LeaveApart { a, b });
                }
                steps.push(Step::Enter(node));
            }
            Step::LeaveApart { a, b } => {
                case.left.pop();
                case.set_apart(a, b, false);
            }
            Step::LeaveExclusion => {
                case.left.pop();
                case.exclusions.pop();
            }
            Step::EnterCounted { presence, node } => {
                case.presences.push(presence);
                steps.push(Step::LeaveCounted);
                steps.push(Step::Enter(node));
            }
            Step::LeaveCounted => {
                case.presences.pop();
            }
        }
    }
    Ok(())
}

impl<'a> Case<'a> {
    /// The case of the root.
    pub fn new(ground: &Ground<'a>, items: &'a [usize], charged: bool) -> Self {
        let Ground { problem, bins, prices, factor, unit } = *ground;
        let demand = items.iter().map(|&item| problem.items()[item].demand).collect();
        let (merged, apart, exclusions, presences) = (Vec::new(), BTreeSet::new(), Vec::new(), Vec::new());
        let prices = Cow::Borrowed(prices);
        let grouped = false;
        Self {
            problem,
            bins,
            prices,
            factor,
            unit,
            charged,
            items,
            grouped,
            merged,
            demand,
            apart,
            exclusions,
            left: Vec::new(),
            presences,
        }
    }

    /// The same case at other prices.
    pub fn reprice(&mut self, prices: Vec<i128>, factor: i128) {
        (self.prices, self.factor) = (Cow::Owned(prices), factor);
    }

    fn len(&self) -> usize {
        self.demand.len()
    }

    fn size(&self, item: usize) -> &[u64] {
        match item.checked_sub(self.items.len()) {
            Some(merged) => &self.merged[merged].size,
            None => &self.problem.items()[self.items[item]].size,
        }
    }

    fn eligible(&self, item: usize) -> &BinSet {
        match item.checked_sub(self.items.len()) {
            Some(merged) => &self.merged[merged].eligible,
            None => &self.problem.items()[self.items[item]].eligible,
        }
    }

    /// Whether a copy of `a` and a copy of `b` may not share a bin, leaving aside the pairs in `apart`.
    fn born_apart(&self, a: usize, b: usize) -> bool {
        let (low, high) = (a.min(b), a.max(b));
        match high.checked_sub(self.items.len()) {
            Some(merged) => low == high || self.merged[merged].conflicts.contains(low),
            None => self.problem.conflict(self.items[low], self.items[high]),
        }
    }

    fn conflict(&self, a: usize, b: usize) -> bool {
        self.born_apart(a, b) || self.apart.contains(&(a.min(b), a.max(b)))
    }

    /// Whether one copy stands alone in a bin of this type.
    fn fits(&self, item: usize, bin: usize) -> bool {
        self.eligible(item).contains(bin)
            && self.size(item).iter().zip(&self.problem.bins()[bin].capacity).all(|(size, capacity)| size <= capacity)
    }

    /// What a copy is charged in a bin of this type.
    fn charge(&self, item: usize, bin: usize) -> Result<i128, Failure> {
        let charge = i128::from(self.raw_charge(item, bin));
        Ok(self.factor.checked_mul(charge).ok_or(Failure::Undecided)? / self.unit)
    }

    fn raw_charge(&self, item: usize, bin: usize) -> u64 {
        match item.checked_sub(self.items.len()) {
            Some(merged) => self.merged[merged].charges[bin],
            None => self.problem.charge(self.items[item], bin),
        }
    }

    /// What a copy weighs in a bin of this type: its weight less what it is charged. 0 where that is more.
    fn net(&self, item: usize, bin: usize, weight: u64, capacity: u64) -> Result<u64, Failure> {
        if self.factor == 0 {
            return Ok(weight);
        }
        let charged = self.charge(item, bin)?.checked_mul(capacity.into()).ok_or(Failure::Undecided)?;
        let net = i128::from(weight).checked_sub(charged).ok_or(Failure::Undecided)?;
        u64::try_from(net.max(0)).map_err(|_| Failure::Undecided)
    }

    fn fits_nowhere(&self, item: usize) -> bool {
        !self.bins.iter().any(|&bin| self.fits(item, bin))
    }

    fn enter(&mut self, node: &'a Node, bound: u64, steps: &mut Vec<Step<'a>>, budget: &Budget) -> Result<(), Failure> {
        match node {
            Node::Unplaceable { item } => self.unplaceable(*item, budget)?,
            Node::Weights { weights, capacity } => {
                self.enough(weights, *capacity, bound, budget)?;
                self.heaviest(weights, *capacity, budget)?;
            }
            Node::Grouped { weights, openings, capacity } => {
                self.grouped_leaf(weights, openings, *capacity, bound, budget)?;
            }
            Node::Resources { weights, capacity, prices, divisor } => {
                self.enough(weights, *capacity, bound, budget)?;
                self.resources(weights, *capacity, prices, *divisor, budget)?;
            }
            Node::Cover { rows } => self.cover(rows, bound, budget)?,
            Node::Branch { a, b, together, apart } => {
                let (a, b) = (*a, *b);
                self.branch(a, b, together.is_some(), budget)?;
                // last in, first out: the apart case comes after the together case has been undone
                steps.push(Step::KeepApart { a, b, node: *apart });
                if let Some(together) = together {
                    let (new, demand) = (self.len() - 1, self.demand.clone());
                    self.follow(budget, |left| left.together(a, b, new, &demand))?;
                    steps.push(Step::LeaveTogether { a, b });
                    steps.push(Step::Enter(*together));
                }
            }
            Node::Exclude { .. } if self.factor != 0 => return refuted("bins are excluded where items are charged"),
            Node::Exclude { weights, capacity, below } => {
                budget.spend((weights.len() + self.bins.len()) as u64)?;
                let prices = self.bins.iter().map(|&bin| self.prices[bin]);
                let exclusion = Exclusion::new(weights, *capacity, &self.demand, bound, prices)?;
                self.heaviest(weights, *capacity, budget)?;
                self.exclusions.push(exclusion);
                self.list(budget)?;
                steps.push(Step::LeaveExclusion);
                steps.push(Step::Enter(*below));
            }
            Node::Fluid { classes, unions, capacity } => self.fluid((classes, unions), *capacity, bound, budget)?,
            Node::Presence { items, most, few, many } => {
                budget.spend(items.len() as u64)?;
                if items.is_empty() || !ascends(items) || items.iter().any(|&item| item >= self.items.len()) {
                    return refuted("item types of the component are needed, ascending, and at least one");
                }
                let presence = |few| Presence { items, most: *most, few };
                steps.push(Step::EnterCounted { presence: presence(false), node: *many });
                steps.push(Step::EnterCounted { presence: presence(true), node: *few });
            }
        }
        Ok(())
    }

    /// Item `item` has a copy left, and fits no bin.
    pub fn unplaceable(&self, item: usize, budget: &Budget) -> Result<(), Failure> {
        if item >= self.len() || self.demand[item] == 0 {
            return refuted("no copy of that item is left");
        }
        budget.spend((self.bins.len() * self.problem.dimensions()) as u64)?;
        if !self.fits_nowhere(item) {
            return refuted(format!("item {item} fits a bin"));
        }
        Ok(())
    }

    /// Either some bin holds a copy of `a` and one of `b`, or none does: puts them `together`, where there is such a node; else
    /// the first must be impossible.
    pub fn branch(&mut self, a: usize, b: usize, together: bool, budget: &Budget) -> Result<(), Failure> {
        if a >= self.len() || b >= self.len() {
            return refuted("no such item");
        }
        let replayed = self.len() + self.exclusions.len() + self.bins.len() * self.problem.dimensions();
        budget.spend(replayed as u64)?;
        let copies = if a == b { self.demand[a] >= 2 } else { self.demand[a] >= 1 && self.demand[b] >= 1 };
        match together {
            true if !copies => return refuted("no copies left to put together"),
            true => self.merge(a, b),
            false if copies && !self.conflict(a, b) => {
                self.merge(a, b);
                let impossible = self.fits_nowhere(self.len() - 1);
                self.split(a, b);
                if !impossible {
                    return refuted("the two fit a bin together");
                }
            }
            false => {}
        }
        Ok(())
    }

    /// One copy of `a` and one of `b` become a new item; there must be such copies.
    fn merge(&mut self, a: usize, b: usize) {
        let mut conflicts = FixedBitSet::with_capacity(self.len());
        for item in 0..self.len() {
            conflicts.set(item, self.conflict(a, item) || self.conflict(b, item));
        }
        // no overflow: a problem's total size is far below u64::MAX, and no copy is in two items
        let size = self.size(a).iter().zip(self.size(b)).map(|(a, b)| a + b).collect();
        let mut eligible = self.eligible(a).clone();
        eligible.intersect_with(self.eligible(b));
        self.demand[a] -= 1;
        self.demand[b] -= 1;
        self.demand.push(1);
        // no overflow: a problem's charges add up to 2^62 at most
        let both = |bin| self.raw_charge(a, bin) + self.raw_charge(b, bin);
        let counted = if self.charged { self.problem.bins().len() } else { 0 };
        let charges = (0..counted).map(both).collect();
        self.merged.push(Merged { size, eligible, conflicts, charges });
        self.exclusions.iter_mut().for_each(|exclusion| exclusion.merge(a, b));
    }

    /// Undoes the last merge, which was of `a` and `b`.
    pub fn split(&mut self, a: usize, b: usize) {
        self.merged.pop();
        self.exclusions.iter_mut().for_each(Exclusion::split);
        self.demand.pop();
        self.demand[a] += 1;
        self.demand[b] += 1;
    }

    /// Makes or drops a conflict between the items `a` and `b`; false where that changes nothing.
    pub fn set_apart(&mut self, a: usize, b: usize, apart: bool) -> bool {
        let (low, high) = (a.min(b), a.max(b));
        match high.checked_sub(self.items.len()) {
            Some(_) if low == high => false,
            Some(merged) => {
                let before = self.merged[merged].conflicts.contains(low);
                self.merged[merged].conflicts.set(low, apart);
                before != apart
            }
            None if apart => self.apart.insert((low, high)),
            None => self.apart.remove(&(low, high)),
        }
    }

    /// `ceil(sum d_i Y_i / capacity) >= bound`, and the shape of the weights.
    fn enough(&self, weights: &[u64], capacity: u64, bound: u64, budget: &Budget) -> Result<(), Failure> {
        let total = self.weigh(weights, capacity, budget)?;
        if bound > 0 && u128::from(capacity) * u128::from(bound - 1) >= total {
            return refuted(format!("the items weigh {total} over {capacity}, less than the bound of {bound}"));
        }
        Ok(())
    }

    /// What all items weigh, and the shape of the weights.
    fn weigh(&self, weights: &[u64], capacity: u64, budget: &Budget) -> Result<u128, Failure> {
        budget.spend(weights.len() as u64 + 1)?;
        if weights.len() != self.len() {
            return refuted(format!("{} weights for {} items", weights.len(), self.len()));
        }
        if capacity == 0 {
            return refuted("the capacity is 0");
        }
        // below 2^126: a problem has at most 2^62 copies
        Ok(weights.iter().zip(&self.demand).map(|(&y, &d)| u128::from(y) * u128::from(d)).sum())
    }

    /// What weights prove of `sum_t n_t prices_t` and what the items are charged: no bin is too heavy.
    pub fn proved(&self, weights: &[u64], capacity: u64, budget: &Budget) -> Result<i128, Failure> {
        let total = self.weigh(weights, capacity, budget)?;
        self.heaviest(weights, capacity, budget)?;
        i128::try_from(total.div_ceil(u128::from(capacity))).map_err(|_| Failure::Undecided)
    }

    /// The most that a feasible bin of this type may weigh. A product beyond 2^127 passes any weight there can be.
    fn limit(&self, bin: usize, capacity: u64) -> u128 {
        // prices of bin types that exist are not negative
        u128::try_from(self.prices[bin]).unwrap_or(0).saturating_mul(u128::from(capacity))
    }

    /// No feasible bin that is not excluded is too heavy: of those that are listed, or else by search.
    fn heaviest(&self, weights: &[u64], capacity: u64, budget: &Budget) -> Result<(), Failure> {
        for (place, &bin) in self.bins.iter().enumerate() {
            let limit = self.limit(bin, capacity);
            if let Some(Left::All(bins)) = self.left.last().and_then(|left| left.get(place)) {
                budget.spend(4 * bins.len() as u64 + 1)?;
                let weight = |content: &Content| -> u128 {
                    content.iter().map(|&(item, copies)| u128::from(weights[item]) * u128::from(copies)).sum()
                };
                match bins.iter().find(|content| weight(content) > limit) {
                    Some(heavy) => return too_heavy(bin, limit, heavy.iter().copied()),
                    None => continue,
                }
            }
            let active: Vec<&Exclusion> = self.exclusions.iter().filter(|other| other.excludes(place)).collect();
            // what weighs nothing here may still make a bin one that is not excluded
            let counts =
                |item: usize| weights[item] > 0 || self.factor < 0 || active.iter().any(|other| other.weighs(item));
            let heavy: Vec<usize> = (0..self.len()).filter(|&item| self.demand[item] > 0 && counts(item)).collect();
            let looked_at = heavy.len() * (1 + active.len() + self.problem.dimensions());
            budget.spend((looked_at + self.exclusions.len() + 1) as u64)?;
            let mut inside = Vec::new();
            let mut candidates: Vec<Candidate> = Vec::new();
            for item in heavy.into_iter().filter(|&item| self.fits(item, bin)) {
                let weight = self.net(item, bin, weights[item], capacity)?;
                // what is charged more than it weighs makes no bin heavier, and where items are charged nothing is excluded
                if weight > 0 || self.factor == 0 {
                    let copies = if self.conflict(item, item) { 1 } else { self.demand[item] };
                    inside.push(item);
                    candidates.push(Candidate { weight, copies, size: self.size(item) });
                }
            }
            let floors: Vec<Floor> = active.iter().map(|other| other.floor(place, &inside)).collect();
            let rows = || self.rows(&inside);
            let room = &self.problem.bins()[bin].capacity;
            let found = match self.grouped {
                true => self.heavier_grouped(bin, &inside, &candidates, &[], limit, budget)?,
                false => heaviest::heavier(&candidates, &floors, rows, room, limit, budget)?,
            };
            if let Some(found) = found {
                return too_heavy(bin, limit, found.iter().map(|&(index, copies)| (inside[index], copies)));
            }
        }
        Ok(())
    }

    /// The conflicts among these items, one row an item.
    fn rows(&self, items: &[usize]) -> Vec<FixedBitSet> {
        let mut rows = vec![FixedBitSet::with_capacity(items.len()); items.len()];
        let mut put = |a: usize, b: usize| {
            rows[a].insert(b);
            rows[b].insert(a);
        };
        for (a, &first) in items.iter().enumerate() {
            for (b, &second) in items[..a].iter().enumerate() {
                if self.born_apart(first, second) {
                    put(a, b);
                }
            }
        }
        for (first, second) in &self.apart {
            if let (Ok(a), Ok(b)) = (items.binary_search(first), items.binary_search(second)) {
                put(a, b);
            }
        }
        rows
    }

    /// No feasible bin is too heavy, by pricing its resources.
    fn resources(
        &self,
        weights: &[u64],
        capacity: u64,
        prices: &[u64],
        divisor: u64,
        budget: &Budget,
    ) -> Result<(), Failure> {
        let dimensions = self.problem.dimensions();
        if prices.len() != dimensions {
            return refuted(format!("{} prices for {dimensions} dimensions", prices.len()));
        }
        if divisor == 0 {
            return refuted("the divisor is 0");
        }
        let value = |vector: &[u64]| {
            vector.iter().zip(prices).try_fold(0u128, |sum, (&size, &price)| {
                sum.checked_add(u128::from(size) * u128::from(price)).ok_or(Failure::Undecided)
            })
        };
        if self.factor != 0 {
            return self.charged_resources(weights, capacity, &value, divisor, budget);
        }
        let heavy: Vec<usize> = (0..self.len()).filter(|&item| weights[item] > 0 && self.demand[item] > 0).collect();
        budget.spend((heavy.len() * (dimensions + 1)) as u64 + 1)?;
        for &item in &heavy {
            if u128::from(divisor) * u128::from(weights[item]) > value(self.size(item))? {
                return refuted(format!("item {item} weighs more than its sizes are worth"));
            }
        }
        for &bin in self.bins {
            budget.spend((dimensions + heavy.len()) as u64)?;
            let limit = self.limit(bin, capacity).saturating_mul(u128::from(divisor));
            // a bin type that none of them may use holds nothing heavy
            if value(&self.problem.bins()[bin].capacity)? > limit && heavy.iter().any(|&item| self.fits(item, bin)) {
                return refuted(format!("the capacity of bin type {bin} is worth more than {limit}"));
            }
        }
        Ok(())
    }

    /// The same where items are charged, and weigh something else in each bin type.
    fn charged_resources(
        &self,
        weights: &[u64],
        capacity: u64,
        value: &dyn Fn(&[u64]) -> Result<u128, Failure>,
        divisor: u64,
        budget: &Budget,
    ) -> Result<(), Failure> {
        let left: Vec<usize> = (0..self.len()).filter(|&item| self.demand[item] > 0).collect();
        for &bin in self.bins {
            budget.spend((left.len() * (self.problem.dimensions() + 1)) as u64 + 1)?;
            let limit = self.limit(bin, capacity).saturating_mul(u128::from(divisor));
            let dear = value(&self.problem.bins()[bin].capacity)? > limit;
            for &item in left.iter().filter(|&&item| self.fits(item, bin)) {
                let net = self.net(item, bin, weights[item], capacity)?;
                if u128::from(divisor) * u128::from(net) > value(self.size(item))? {
                    return refuted(format!("item {item} weighs more than its sizes are worth in bin type {bin}"));
                }
                if dear && net > 0 {
                    return refuted(format!("the capacity of bin type {bin} is worth more than {limit}"));
                }
            }
        }
        Ok(())
    }

    /// Bins cost at least the bound because fewer do not have the room, in one of the mixtures of resources at least.
    fn cover(&self, rows: &[Vec<u64>], bound: u64, budget: &Budget) -> Result<(), Failure> {
        let dimensions = self.problem.dimensions();
        if rows.is_empty() || rows.iter().any(|prices| prices.len() != dimensions) {
            return refuted(format!("rows of {dimensions} prices each, and at least one, are needed"));
        }
        if self.factor < 0 {
            return refuted("charges have a negative price");
        }
        let Some(most) = bound.checked_sub(1) else { return Ok(()) };
        let left: Vec<usize> = (0..self.len()).filter(|&item| self.demand[item] > 0).collect();
        budget.spend((left.len() * (dimensions + 1) * (rows.len() + self.bins.len())) as u64 + 1)?;
        let value = |vector: &[u64], prices: &[u64]| {
            vector.iter().zip(prices).try_fold(0u128, |sum, (&size, &price)| {
                sum.checked_add(u128::from(size) * u128::from(price)).ok_or(Failure::Undecided)
            })
        };
        let mut asked = vec![0u128; rows.len()];
        for &item in &left {
            for (asked, prices) in asked.iter_mut().zip(rows) {
                let own = value(self.size(item), prices)?.checked_mul(self.demand[item].into());
                *asked = own.and_then(|own| asked.checked_add(own)).ok_or(Failure::Undecided)?;
            }
        }
        let mut kinds = Vec::new();
        for &bin in self.bins.iter().filter(|&&bin| left.iter().any(|&item| self.fits(item, bin))) {
            let kind = &self.problem.bins()[bin];
            let room = rows.iter().map(|prices| value(&kind.capacity, prices)).collect::<Result<_, _>>()?;
            let price = u64::try_from(self.prices[bin]).map_err(|_| Failure::Undecided)?;
            kinds.push(Kind { price, most: kind.max_count, room });
        }
        none_within(&kinds, &asked, most, budget)
    }
}
