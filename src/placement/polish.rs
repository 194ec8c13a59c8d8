//! From clusters to clusters that are as good in the levels before, and less exposed or better balanced: a local search,
//! exact in what it counts.
//!
//! A unit goes to another cluster, or to a new one; it changes places with another; it takes the place of one that goes to a
//! third. Whatever makes the values smaller, in the order of the levels, is kept. Of the balance, which is a maximum, the sum of
//! the squares decides between equals.

use std::collections::BTreeSet;

use super::excess::Excess;
use super::fine::{exposed, fullest};
use super::moving::{charge, kept};
use super::nodes::Packed;
use super::parts::Parts;
use super::pods::Pods;
use super::yard::{Holding, PLACE, Unit, units, units_in};
use crate::budget::Budget;
use crate::fleet::{Fleet, LevelObjective};
use crate::trust::TrustGraph;

/// Work of placing a cluster anew for the sake of one unit.
const AGAIN: u64 = 2_000_000;
/// With more units a unit does not take the place of one that goes to a third cluster.
const MOST_CHAINED: usize = 200;

/// Clusters that are no worse than these in the order of the levels. Complexity: bounded by the budget.
#[must_use]
pub fn polish(pods: &Pods, graph: &TrustGraph, start: Vec<Holding>, budget: &Budget) -> Vec<Holding> {
    let mut search = Search::new(pods, graph, start, budget);
    while budget.look().is_ok() {
        let mut changed = false;
        for unit in 0..search.units.len() {
            changed |= search.settle(unit);
        }
        if !changed {
            break;
        }
    }
    search.homes.into_iter().filter(|home| home.there).map(|home| home.holding).collect()
}

/// A cluster, and what it adds to each value.
struct Home {
    holding: Holding,
    units: Vec<usize>,
    /// Somebody is there, or it is kept.
    there: bool,
    cost: u64,
    moves: u64,
    exposure: u64,
    balance: u64,
}

/// What is compared: what passes the limits, the values in the order of the levels, the sum of the squares.
type Value = (u64, Vec<u64>, u128);

struct Search<'p, 'b> {
    pods: &'p Pods<'p>,
    graph: &'p TrustGraph,
    budget: &'p Budget<'b>,
    units: Vec<Unit<'p>>,
    homes: Vec<Home>,
    home_of: Vec<usize>,
    /// Of the charges what counts no move.
    charged_as_new: u64,
    value: Value,
}

impl<'p, 'b> Search<'p, 'b> {
    fn new(pods: &'p Pods<'p>, graph: &'p TrustGraph, start: Vec<Holding>, budget: &'p Budget<'b>) -> Self {
        let fleet = pods.fleet();
        let units: Vec<Unit> = units(pods, graph);
        let mut home_of = vec![0; units.len()];
        let mut homes = Vec::new();
        let all = units_in(&units, start.iter().map(|it| (it.site, &it.workloads[..])));
        for (holding, all) in start.into_iter().zip(all) {
            all.iter().for_each(|&unit| home_of[unit] = homes.len());
            homes.push(worth(fleet, holding, all));
        }
        let charged_as_new = fleet.charged_as_new();
        let value = (0, Vec::new(), 0);
        let mut search = Self { pods, graph, budget, units, homes, home_of, charged_as_new, value };
        search.value = search.value_with(&[]);
        search
    }

    fn fleet(&self) -> &'p Fleet {
        self.pods.fleet()
    }

    /// The value where some clusters are others.
    fn value_with(&self, changed: &[(usize, &Home)]) -> Value {
        let now = |index: usize| changed.iter().find(|(at, _)| *at == index).map(|(_, home)| *home);
        let all = (0..self.homes.len()).map(|index| now(index).unwrap_or(&self.homes[index]));
        let new = changed.iter().filter(|(at, _)| *at >= self.homes.len()).map(|(_, home)| *home);
        let (mut clusters, mut cost, mut moves, mut exposure, mut balance) = (0u64, 0u64, 0u64, 0u64, 0u64);
        let mut squares = 0u128;
        for home in all.chain(new).filter(|home| home.there) {
            clusters += 1;
            cost = cost.saturating_add(home.cost);
            moves = moves.saturating_add(home.moves);
            exposure += home.exposure;
            balance = balance.max(home.balance);
            squares += u128::from(home.balance).pow(2);
        }
        // what stops the budget is seen by whoever asks it next
        let _ended = self.budget.spend(self.homes.len() as u64);
        moves = moves.saturating_sub(self.charged_as_new);
        let levels = self.fleet().levels();
        let of = |level: &LevelObjective| match level {
            LevelObjective::Clusters => clusters,
            LevelObjective::Cost => cost,
            LevelObjective::Moves => moves,
            LevelObjective::Exposure => exposure,
            LevelObjective::Balance => balance,
        };
        let excess = Excess::beyond(self.fleet(), [clusters, cost, moves]);
        let squares = if levels.contains(&LevelObjective::Balance) { squares } else { 0 };
        (excess, levels.iter().map(of).collect(), squares)
    }

    /// A cluster of these units, to which one of them is new; `None` where they do not fit.
    fn made(&self, site: usize, units: Vec<usize>, newcomer: Option<usize>) -> Option<Home> {
        let mut classes = BTreeSet::new();
        for &other in units.iter().filter(|&&other| Some(other) != newcomer) {
            classes.extend(self.units[other].classes.iter().copied());
        }
        if let Some(new) = newcomer {
            let it = &self.units[new];
            // what stops the budget is seen by whoever asks it next
            let _ended = self.budget.spend((it.classes.len() * classes.len()) as u64);
            let apart = |&class: &usize| classes.iter().any(|&other| self.graph.conflict(class, other));
            let twin = |&other: &usize| other != new && self.units[other].twins == it.twins;
            let twin = it.twins.is_some() && units.iter().any(twin);
            if it.sites.binary_search(&site).is_err() || twin || it.classes.iter().any(apart) {
                return None;
            }
        }
        let mut workloads: Vec<usize> = units.iter().flat_map(|&unit| self.units[unit].workloads).copied().collect();
        workloads.sort_unstable();
        let load = self.pods.sums(&workloads);
        let _ended = self.budget.spend((load.len() * (1 + workloads.len())) as u64);
        if !self.pods.holds(site, load.into_iter()) {
            return None;
        }
        let place = |budget: &Budget| self.pods.place(site, &workloads, budget);
        let placed = self.budget.within(if newcomer.is_some() { AGAIN } else { PLACE }, place);
        let Packed::Found(nodes) = placed else { return None };
        let packs = self.fleet().shape(site).packs_nodes();
        let nodes = packs.then(|| self.pods.named(&workloads, &nodes));
        Some(worth(self.fleet(), Holding { site, workloads, parts: Parts::default(), nodes }, units))
    }

    fn site(&self, home: usize) -> usize {
        self.homes[home].holding.site
    }

    /// The units of a cluster, but for one, and with another.
    fn with(&self, home: usize, gone: Option<usize>, new: Option<usize>) -> Vec<usize> {
        let stay = self.homes[home].units.iter().copied().filter(|&unit| Some(unit) != gone);
        stay.chain(new).collect()
    }

    /// Keeps these clusters if they are better.
    fn keep(&mut self, changed: Vec<(usize, Home)>) -> bool {
        let seen: Vec<(usize, &Home)> = changed.iter().map(|(at, home)| (*at, home)).collect();
        let value = self.value_with(&seen);
        if value >= self.value {
            return false;
        }
        self.value = value;
        for (at, home) in changed {
            home.units.iter().for_each(|&unit| self.home_of[unit] = at);
            if at < self.homes.len() {
                self.homes[at] = home;
            } else {
                self.homes.push(home);
            }
        }
        true
    }

    /// Looks for something better for one unit.
    fn settle(&mut self, unit: usize) -> bool {
        let here = self.home_of[unit];
        let Some(left) = self.made(self.site(here), self.with(here, Some(unit), None), None) else { return false };
        let mut left = Some(left);
        for there in (0..self.homes.len()).filter(|&there| there != here) {
            if self.budget.look().is_err() {
                return false;
            }
            if self.homes[there].there
                && let Some(joined) = self.made(self.site(there), self.with(there, None, Some(unit)), Some(unit))
                && let Some(alone) = left.take()
            {
                let changed = vec![(here, alone), (there, joined)];
                if self.would_be_better(&changed) {
                    return self.keep(changed);
                }
                left = changed.into_iter().next().map(|(_, home)| home);
            }
            if self.swap(unit, here, there) {
                return true;
            }
        }
        left.is_some_and(|left| self.open(unit, here, left))
    }

    fn would_be_better(&self, changed: &[(usize, Home)]) -> bool {
        let seen: Vec<(usize, &Home)> = changed.iter().map(|(at, home)| (*at, home)).collect();
        self.value_with(&seen) < self.value
    }

    /// Lets a unit change places with one of another cluster, or take the place of one that goes to a third.
    fn swap(&mut self, unit: usize, here: usize, there: usize) -> bool {
        for other in self.homes[there].units.clone() {
            if self.budget.look().is_err() {
                return false;
            }
            if self.same(unit, other) {
                continue;
            }
            let Some(joined) = self.made(self.site(there), self.with(there, Some(other), Some(unit)), Some(unit))
            else {
                continue;
            };
            let mut joined = Some(joined);
            let third = if self.units.len() <= MOST_CHAINED { self.homes.len() } else { 0 };
            for to in std::iter::once(here).chain((0..third).filter(|&to| to != here && to != there)) {
                let gone = (to == here).then_some(unit);
                let Some(taken) = self.made(self.site(to), self.with(to, gone, Some(other)), Some(other)) else {
                    continue;
                };
                let Some(coming) = joined.take() else { return false };
                let mut changed = vec![(there, coming), (to, taken)];
                if to != here {
                    // a part of what fits
                    let left = self.made(self.site(here), self.with(here, Some(unit), None), None);
                    changed.extend(left.map(|left| (here, left)));
                }
                if changed.len() == 2 + usize::from(to != here) && self.would_be_better(&changed) {
                    return self.keep(changed);
                }
                joined = changed.into_iter().next().map(|(_, home)| home);
            }
        }
        false
    }

    /// Whether it makes no difference which of two units is where.
    fn same(&self, a: usize, b: usize) -> bool {
        let tenants = |unit: usize| {
            let all = self.units[unit].workloads.iter();
            all.map(|&it| self.fleet().workloads()[it].tenant).collect::<Vec<_>>()
        };
        self.fleet().existing().is_empty() && self.units[a].load == self.units[b].load && tenants(a) == tenants(b)
    }

    /// Opens a cluster for a unit, where that makes something better.
    fn open(&mut self, unit: usize, here: usize, left: Home) -> bool {
        let fleet = self.fleet();
        let mut left = Some(left);
        for site in self.units[unit].sites.clone() {
            let new = fleet.sites()[site].template().is_some();
            let used = |sites: &[usize]| {
                let there = self.homes.iter().filter(|home| home.there);
                there.filter(|home| sites.binary_search(&home.holding.site).is_ok()).count() as u64
            };
            let full = |limit: &crate::fleet::CountLimit| {
                limit.sites.binary_search(&site).is_ok() && used(&limit.sites) >= limit.most
            };
            if self.budget.look().is_err() {
                return false;
            }
            if (!new && used(&[site]) > 0) || fleet.limits().iter().any(full) {
                continue;
            }
            let (Some(alone), Some(rest)) = (self.made(site, vec![unit], Some(unit)), left.take()) else { continue };
            let changed = vec![(here, rest), (self.homes.len(), alone)];
            if self.would_be_better(&changed) {
                return self.keep(changed);
            }
            left = changed.into_iter().next().map(|(_, home)| home);
        }
        false
    }
}

/// What a cluster adds to each value.
fn worth(fleet: &Fleet, holding: Holding, units: Vec<usize>) -> Home {
    let workloads = &holding.workloads;
    Home {
        there: !units.is_empty() || kept(fleet, holding.site),
        cost: holding.cost(fleet).unwrap_or(0),
        moves: workloads.iter().map(|&one| charge(fleet, one, holding.site)).fold(0, u64::saturating_add),
        exposure: exposed(fleet, workloads),
        balance: fullest(fleet, holding.site, workloads, &holding.parts),
        units,
        holding,
    }
}
