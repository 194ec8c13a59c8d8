//! Exact search for small problems, in whole numbers only: an exhausted search is a proof.
//!
//! Depth first over item types, hardest first (fewest open bins that still take a copy), into every open bin and a new
//! one. A bin carries the set of bin types that could still hold it, so types are chosen at the end, by
//! [`assign`]. Packings that differ only in the order of bins or copies are visited once: states are remembered as
//! sorted lists of contents.

use rustc_hash::FxHashSet;

use super::bin_types::{Group, assign};
use super::effort::enumerate::{MEMORY, MOST_COPIES};
use crate::budget::{Budget, Stop};
use crate::problem::reduce::compatible;
use crate::problem::{Pattern, Problem, Solution};

/// What an [`enumerate`] run found.
#[derive(Clone, Debug)]
pub struct Enumerated {
    /// The best packing, where it is better than the one given.
    pub better: Option<Solution>,
    /// The search was exhausted (or met the lower bound): there is nothing better.
    pub complete: bool,
}

/// What to minimise, and when to stop.
#[derive(Clone, Copy, Debug)]
pub struct Aim {
    /// Known lower bound on the number of bins.
    pub bins: u64,
    /// Among the fewest bins, the least cost; with a known lower bound on that.
    pub cost: Option<u64>,
}

/// Whether a problem is small enough for [`enumerate`].
#[must_use]
pub fn is_small(problem: &Problem) -> bool {
    problem.copies() <= MOST_COPIES && problem.bins().len() <= 64
}

/// Searches for a packing better than `start` (any packing, if there is none). A problem that is not
/// [small](is_small) is left alone.
#[must_use]
pub fn enumerate(problem: &Problem, aim: Aim, start: Option<&Solution>, budget: &Budget) -> Enumerated {
    if !is_small(problem) {
        return Enumerated { better: None, complete: false };
    }
    let value = |solution: &Solution| {
        let cost = if aim.cost.is_some() { solution.cost(problem) as u64 } else { 0 };
        (solution.bins(), cost)
    };
    let mut search = ExhaustiveSearch::new(problem, aim, start.map(value));
    if search.met() {
        return Enumerated { better: None, complete: true };
    }
    let ended = search.place(budget);
    let complete = matches!(ended, Ok(()) | Err(End::Met));
    Enumerated { better: search.better, complete }
}

/// Why a search ends early.
enum End {
    Stopped,
    Met,
}

impl From<Stop> for End {
    fn from(_: Stop) -> Self {
        Self::Stopped
    }
}

/// Five bits a type: how many copies.
type Content = u128;

#[derive(Clone, Debug)]
struct Open {
    content: Content,
    /// Item types that may not come in, a bit each.
    barred: u32,
    /// Bin types that still hold it.
    kinds: u64,
    load: Vec<u64>,
}

struct ExhaustiveSearch<'a> {
    problem: &'a Problem,
    aim: Aim,
    costs: Vec<u64>,
    max_counts: Vec<Option<u64>>,
    limited: bool,
    /// Item types that share no bin with this one (itself included, if two copies don't).
    apart: Vec<u32>,
    /// Bin types that may hold one copy.
    homes: Vec<u64>,
    /// Tie break: larger first.
    hardness: Vec<u64>,
    largest: Vec<u64>,
    left: Vec<u64>,
    left_load: Vec<u64>,
    open: Vec<Open>,
    seen: FxHashSet<Box<[Content]>>,
    value: Option<(u64, u64)>,
    better: Option<Solution>,
}

impl<'a> ExhaustiveSearch<'a> {
    fn new(problem: &'a Problem, aim: Aim, value: Option<(u64, u64)>) -> Self {
        let (items, bins) = (problem.items(), problem.bins());
        let dimensions = problem.dimensions();
        let apart: Vec<u32> = (0..items.len())
            .map(|a| (0..items.len()).filter(|&b| !compatible(problem, a, b)).fold(0, |mask, b| mask | 1 << b))
            .collect();
        let home =
            |item: usize| (0..bins.len()).filter(|&bin| problem.fits_alone(item, bin)).fold(0, |m, b| m | 1 << b);
        let largest: Vec<u64> =
            (0..dimensions).map(|q| bins.iter().map(|bin| bin.capacity[q]).max().unwrap_or(0)).collect();
        let share = |item: usize| {
            let shares = items[item].size.iter().zip(&largest);
            let most =
                shares.map(|(&s, &cap)| (u128::from(s) * 1024 / u128::from(cap.max(1))) as u64).max().unwrap_or(0);
            most.min(4096) + 512 * u64::from(apart[item].count_ones())
        };
        let hardness = (0..items.len()).map(share).collect();
        let load = |q: usize| items.iter().map(|item| item.size[q] * item.demand).sum();
        Self {
            problem,
            aim,
            costs: bins.iter().map(|bin| if aim.cost.is_some() { bin.cost } else { 0 }).collect(),
            max_counts: bins.iter().map(|bin| bin.max_count).collect(),
            limited: bins.iter().any(|bin| bin.max_count.is_some()),
            homes: (0..items.len()).map(home).collect(),
            apart,
            hardness,
            left: items.iter().map(|item| item.demand).collect(),
            left_load: (0..dimensions).map(load).collect(),
            largest,
            open: Vec::new(),
            seen: FxHashSet::default(),
            value,
            better: None,
        }
    }

    /// Nothing can be better than the best packing known.
    fn met(&self) -> bool {
        self.value.is_some_and(|(bins, cost)| bins <= self.aim.bins && self.aim.cost.is_none_or(|least| cost <= least))
    }

    /// Whether bin `at` takes a copy of `item`.
    fn takes(&self, at: usize, item: usize) -> bool {
        self.open[at].barred >> item & 1 == 0 && self.narrowed(at, item) != 0
    }

    /// The bin types that hold bin `at` with one more copy of `item`.
    fn narrowed(&self, at: usize, item: usize) -> u64 {
        let open = &self.open[at];
        let size = &self.problem.items()[item].size;
        let mut kinds = open.kinds & self.homes[item];
        let mut rest = kinds;
        while rest != 0 {
            let bin = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let caps = &self.problem.bins()[bin].capacity;
            if open.load.iter().zip(size).zip(caps).any(|((load, size), cap)| load + size > *cap) {
                kinds &= !(1 << bin);
            }
        }
        kinds
    }

    /// Places all that is left; the state is as before when it returns.
    fn place(&mut self, budget: &Budget) -> Result<(), End> {
        budget.spend(1 + (self.open.len() * self.left.len()) as u64)?;
        if self.left.iter().all(|&copies| copies == 0) {
            return self.offer();
        }
        let options: Vec<u32> = (0..self.left.len())
            .map(|item| match self.left[item] {
                0 => 0,
                _ => (0..self.open.len()).filter(|&at| self.takes(at, item)).fold(0, |mask, at| mask | 1 << at),
            })
            .collect();
        if self.hopeless(self.open.len() as u64 + self.needed(&options)) || self.known() {
            return Ok(());
        }
        let waiting = (0..self.left.len()).filter(|&item| self.left[item] > 0);
        let hardest = waiting.min_by_key(|&item| (options[item].count_ones(), u64::MAX - self.hardness[item]));
        let Some(item) = hardest else { return Ok(()) };
        let mut tried: Vec<Content> = Vec::new();
        for at in (0..self.open.len()).filter(|&at| options[item] >> at & 1 == 1) {
            if tried.contains(&self.open[at].content) {
                continue;
            }
            tried.push(self.open[at].content);
            let before = self.open[at].clone();
            self.put(at, item);
            let ended = self.place(budget);
            self.take_back(item);
            self.open[at] = before;
            ended?;
        }
        if !self.hopeless(self.open.len() as u64 + 1) && self.homes[item] != 0 {
            let load = vec![0; self.problem.dimensions()];
            self.open.push(Open { content: 0, barred: 0, kinds: self.homes[item], load });
            self.put(self.open.len() - 1, item);
            let ended = self.place(budget);
            self.take_back(item);
            self.open.pop();
            ended?;
        }
        Ok(())
    }

    fn put(&mut self, at: usize, item: usize) {
        let kinds = self.narrowed(at, item);
        let size = &self.problem.items()[item].size;
        let open = &mut self.open[at];
        open.kinds = kinds;
        open.content += 1 << (5 * item);
        open.barred |= self.apart[item];
        open.load.iter_mut().zip(size).for_each(|(load, size)| *load += size);
        self.left[item] -= 1;
        self.left_load.iter_mut().zip(size).for_each(|(load, size)| *load -= size);
    }

    fn take_back(&mut self, item: usize) {
        let size = &self.problem.items()[item].size;
        self.left[item] += 1;
        self.left_load.iter_mut().zip(size).for_each(|(load, size)| *load += size);
    }

    /// Bins that must still be opened: by what does not fit into the room left, by copies that may not share, and by a
    /// clique of what fits no open bin.
    fn needed(&self, options: &[u32]) -> u64 {
        let mut needed = 0;
        for q in 0..self.largest.len() {
            let room = |open: &Open| {
                let kinds = (0..self.costs.len()).filter(|&bin| open.kinds >> bin & 1 == 1);
                kinds.map(|bin| self.problem.bins()[bin].capacity[q]).max().unwrap_or(0) - open.load[q]
            };
            let free: u128 = self.open.iter().map(|open| u128::from(room(open))).sum();
            let over = u128::from(self.left_load[q]).saturating_sub(free);
            let bins = over.div_ceil(u128::from(self.largest[q].max(1)));
            needed = needed.max(u64::try_from(bins).unwrap_or(u64::MAX));
        }
        let (mut clique, mut members) = (u32::MAX, 0);
        for item in (0..self.left.len()).filter(|&item| self.left[item] > 0) {
            let own = if self.apart[item] >> item & 1 == 1 { self.left[item] } else { 1 };
            needed = needed.max(own.saturating_sub(u64::from(options[item].count_ones())));
            if options[item] == 0 && clique >> item & 1 == 1 {
                clique &= self.apart[item];
                members += own;
            }
        }
        needed.max(members)
    }

    /// Nothing better comes of a packing with so many bins of which these are open.
    fn hopeless(&self, bins: u64) -> bool {
        if self.limited && self.assigned().is_none() {
            return true;
        }
        let Some((most, most_cost)) = self.value else { return false };
        if bins != most || self.aim.cost.is_none() {
            return bins >= most;
        }
        let cheapest = |open: &Open| {
            (0..self.costs.len())
                .filter(|&bin| open.kinds >> bin & 1 == 1)
                .map(|bin| self.costs[bin])
                .min()
                .unwrap_or(0)
        };
        let new = self.costs.iter().min().copied().unwrap_or(0) * (bins - self.open.len() as u64);
        self.open.iter().map(cheapest).sum::<u64>() + new >= most_cost
    }

    fn assigned(&self) -> Option<Vec<Vec<u64>>> {
        let groups: Vec<Group> = self.open.iter().map(|open| Group { kinds: open.kinds, count: 1 }).collect();
        assign(&groups, &self.costs, &self.max_counts)
    }

    /// Whether this state was searched before; remembers it.
    fn known(&mut self) -> bool {
        let mut contents: Vec<Content> = self.open.iter().map(|open| open.content).collect();
        contents.sort_unstable();
        if self.seen.len() < MEMORY {
            !self.seen.insert(contents.into_boxed_slice())
        } else {
            self.seen.contains(contents.as_slice())
        }
    }

    /// Everything is placed: keeps the packing if it is better.
    fn offer(&mut self) -> Result<(), End> {
        let Some(types) = self.assigned() else { return Ok(()) };
        let chosen = types.iter().map(|row| row.iter().position(|&count| count > 0).unwrap_or(0));
        let mut patterns: Vec<Pattern> = self
            .open
            .iter()
            .zip(chosen)
            .map(|(open, bin)| {
                let copies = |item: usize| (open.content >> (5 * item) & 31) as u64;
                let items = (0..self.left.len()).map(|item| (item, copies(item))).filter(|entry| entry.1 > 0).collect();
                Pattern { bin, items, count: 1 }
            })
            .collect();
        patterns.sort_unstable();
        let solution = Solution { patterns };
        let cost = if self.aim.cost.is_some() { solution.cost(self.problem) as u64 } else { 0 };
        let value = (solution.bins(), cost);
        if self.value.is_none_or(|best| value < best) {
            debug_assert_eq!(solution.check(self.problem), Ok(()));
            (self.value, self.better) = (Some(value), Some(solution));
        }
        if self.met() { Err(End::Met) } else { Ok(()) }
    }
}
