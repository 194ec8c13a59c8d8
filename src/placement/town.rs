//! Clusters that are looked at for who stays: what a unit is worth where it runs today, who may be exchanged, and a start from
//! today's placement.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::matching::{NEVER, best};
use super::moving::{kept, worth};
use super::pods::Pods;
use super::yard::{Holding, Unit, units, units_in};
use crate::budget::Budget;
use crate::fleet::Fleet;
use crate::trust::TrustGraph;

/// Work of placing a cluster anew for the sake of one unit.
const AGAIN: u64 = 2_000_000;
/// More clusters than this are not matched with sites exactly.
const MATCHED: usize = 300;

/// Who is there to be placed, and what counts.
pub(super) struct Town<'p> {
    pub pods: &'p Pods<'p>,
    graph: &'p TrustGraph,
    units: Vec<Unit<'p>>,
    /// Units of one kind may be exchanged wherever they are.
    kind_of: Vec<usize>,
    /// Of each unit, by site: what it is worth that it stays there.
    worth: Vec<Vec<(usize, u64)>>,
    /// The cost counts before the moves.
    costs: bool,
}

#[derive(Clone)]
pub(super) struct House {
    pub site: usize,
    pub units: Vec<usize>,
    load: Vec<u64>,
    /// Trust classes and how many units have them.
    classes: BTreeMap<usize, usize>,
}

/// Clusters, and where each unit is.
#[derive(Clone)]
pub(super) struct Houses {
    pub houses: Vec<House>,
    home: Vec<usize>,
}

/// Where nobody is yet.
const NOWHERE: usize = usize::MAX;

impl<'p> Town<'p> {
    pub fn new(pods: &'p Pods<'p>, graph: &'p TrustGraph, costs: bool) -> Self {
        let fleet = pods.fleet();
        let units: Vec<Unit> = units(pods, graph);
        let mut numbers = FxHashMap::default();
        let kind_of = units.iter().map(|it| {
            let next = numbers.len();
            *numbers.entry((&it.load, &it.classes, &it.sites, it.twins, details(pods, it.workloads))).or_insert(next)
        });
        let kind_of = kind_of.collect();
        let worth = units.iter().map(|it| worth(fleet, it.workloads)).collect();
        Self { pods, graph, units, kind_of, worth, costs }
    }

    fn fleet(&self) -> &'p Fleet {
        self.pods.fleet()
    }

    /// What it is worth that a unit is at a site.
    fn worth(&self, unit: usize, site: usize) -> u64 {
        self.worth[unit].iter().find(|&&(at, _)| at == site).map_or(0, |&(_, worth)| worth)
    }

    /// What all who stay are worth.
    pub fn stays(&self, town: &Houses) -> u64 {
        let all = town.houses.iter().flat_map(|house| house.units.iter().map(|&unit| self.worth(unit, house.site)));
        all.fold(0, u64::saturating_add)
    }

    fn empty(&self, site: usize) -> House {
        House { site, units: Vec::new(), load: vec![0; self.fleet().dimensions().count()], classes: BTreeMap::new() }
    }

    pub fn houses(&self, holdings: &[Holding]) -> Houses {
        let mut town = Houses { houses: Vec::new(), home: vec![NOWHERE; self.units.len()] };
        let all = units_in(&self.units, holdings.iter().map(|it| (it.site, &it.workloads[..])));
        for (holding, units) in holdings.iter().zip(all) {
            town.houses.push(self.empty(holding.site));
            let last = town.houses.len() - 1;
            units.into_iter().for_each(|unit| self.enter(&mut town, unit, last));
        }
        town
    }

    pub fn workloads(&self, house: &House) -> Vec<usize> {
        let mut all: Vec<usize> = house.units.iter().flat_map(|&unit| self.units[unit].workloads).copied().collect();
        all.sort_unstable();
        all
    }

    fn enter(&self, town: &mut Houses, unit: usize, index: usize) {
        let (house, it) = (&mut town.houses[index], &self.units[unit]);
        house.units.push(unit);
        house.load.iter_mut().zip(&it.load).for_each(|(load, &more)| *load = load.saturating_add(more));
        it.classes.iter().for_each(|&class| *house.classes.entry(class).or_insert(0) += 1);
        town.home[unit] = index;
    }

    fn leave(&self, town: &mut Houses, unit: usize) {
        let (house, it) = (&mut town.houses[town.home[unit]], &self.units[unit]);
        house.units.retain(|&other| other != unit);
        house.load.iter_mut().zip(&it.load).for_each(|(load, &less)| *load = load.saturating_sub(less));
        for class in &it.classes {
            if let Some(count) = house.classes.get_mut(class) {
                *count -= 1;
            }
        }
        house.classes.retain(|_, count| *count > 0);
        town.home[unit] = NOWHERE;
    }

    fn relocate(&self, town: &mut Houses, unit: usize, index: usize) {
        self.leave(town, unit);
        self.enter(town, unit, index);
    }

    /// Whether a unit finds room in a house, perhaps in the place of another.
    fn takes(&self, house: &House, unit: usize, without: Option<usize>, budget: &Budget) -> bool {
        let it = &self.units[unit];
        // what stops the budget is seen by whoever asks it next
        let _ended = budget.spend((it.load.len() + it.classes.len() * house.classes.len()) as u64);
        let gone = without.map(|other| &self.units[other]);
        let load =
            house.load.iter().zip(&it.load).enumerate().map(|(at, (&load, &more))| {
                load.saturating_add(more).saturating_sub(gone.map_or(0, |gone| gone.load[at]))
            });
        let there = |class: &usize, count: &usize| {
            *count > usize::from(gone.is_some_and(|gone| gone.classes.binary_search(class).is_ok()))
        };
        let apart = |class: &usize| {
            house.classes.iter().any(|(other, count)| there(other, count) && self.graph.conflict(*class, *other))
        };
        let twin = |&other: &usize| Some(other) != without && self.units[other].twins == it.twins;
        if it.sites.binary_search(&house.site).is_err()
            || (it.twins.is_some() && house.units.iter().any(twin))
            || !self.pods.holds(house.site, load)
            || it.classes.iter().any(apart)
        {
            return false;
        }
        if !self.pods.looks_closer(house.site) {
            return true;
        }
        let others = house.units.iter().filter(|&&other| Some(other) != without);
        let workloads: Vec<usize> =
            others.chain([&unit]).flat_map(|&unit| self.units[unit].workloads).copied().collect();
        self.placed(house.site, &workloads, budget)
    }

    fn placed(&self, site: usize, workloads: &[usize], budget: &Budget) -> bool {
        budget.within(AGAIN, |budget| self.pods.fits(site, workloads, budget))
    }

    /// Moves and exchanges until nobody more can stay for it. True if something changed.
    pub fn walk(&self, town: &mut Houses, budget: &Budget) -> bool {
        let mut changed = false;
        for unit in 0..self.units.len() {
            if budget.look().is_err() {
                break;
            }
            let here = town.home[unit];
            let now = self.worth(unit, town.houses[here].site);
            for &(site, worth) in self.worth[unit].iter().filter(|&&(_, worth)| worth > now) {
                let Some(there) = town.houses.iter().position(|house| house.site == site) else { continue };
                if self.come_home(town, unit, there, worth - now, budget) {
                    changed = true;
                    break;
                }
            }
        }
        town.tidy(self);
        changed
    }

    /// Lets a unit into a house that gains so much by it: beside the others, or for one that is worth less there.
    fn come_home(&self, town: &mut Houses, unit: usize, there: usize, gain: u64, budget: &Budget) -> bool {
        if self.takes(&town.houses[there], unit, None, budget) {
            self.relocate(town, unit, there);
            return true;
        }
        let here = town.home[unit];
        let site = town.houses[there].site;
        for other in town.houses[there].units.clone() {
            let loss = self.worth(other, site);
            if budget.look().is_err() || !self.takes(&town.houses[there], unit, Some(other), budget) {
                continue;
            }
            let better = |index: usize| gain + self.worth(other, town.houses[index].site) > loss;
            let fits = |index: usize| {
                let without = (index == here).then_some(unit);
                index != there && better(index) && self.takes(&town.houses[index], other, without, budget)
            };
            let first = std::iter::once(here).chain((0..town.houses.len()).filter(|&index| index != here));
            if let Some(index) = first.into_iter().find(|&index| fits(index)) {
                self.leave(town, other);
                self.relocate(town, unit, there);
                self.enter(town, other, index);
                return true;
            }
        }
        false
    }

    /// Hands out units of one kind, and sites, anew. True if more can stay.
    pub fn reseat(&self, town: &mut Houses, budget: &Budget) -> bool {
        let before = self.stays(town);
        let mut other = town.clone();
        self.hand_out(&mut other);
        if other.houses.len() <= MATCHED
            && let Some(sites) = self.sites(&other, budget)
        {
            other.houses.iter_mut().zip(sites).for_each(|(house, site)| house.site = site);
            self.hand_out(&mut other);
        }
        let better = self.stays(&other) > before;
        if better {
            *town = other;
        }
        better
    }

    /// Units of one kind to the houses that hold some of it, those first that are worth most.
    fn hand_out(&self, town: &mut Houses) {
        let mut places: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::new(); // kind -> house -> how many
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (unit, &home) in town.home.iter().enumerate() {
            *places.entry(self.kind_of[unit]).or_default().entry(home).or_insert(0) += 1;
            members.entry(self.kind_of[unit]).or_default().push(unit);
        }
        let at: FxHashMap<usize, usize> = town.houses.iter().enumerate().map(|(index, it)| (it.site, index)).collect();
        let mut home = town.home.clone();
        for (kind, units) in members {
            // a kind that stands in one house only has no choice
            let Some(rooms) = places.get_mut(&kind).filter(|rooms| rooms.len() > 1) else { continue };
            let mut wishes: Vec<(u64, usize, usize)> = Vec::new();
            for &unit in &units {
                let known = self.worth[unit].iter().filter_map(|&(site, worth)| Some((worth, unit, *at.get(&site)?)));
                wishes.extend(known.filter(|(worth, ..)| *worth > 0));
            }
            wishes.sort_unstable_by_key(|&(worth, unit, house)| (std::cmp::Reverse(worth), unit, house));
            let mut left: Vec<usize> = units.clone();
            for (_, unit, house) in wishes {
                let Some(room) = rooms.get_mut(&house).filter(|room| **room > 0) else { continue };
                if let Ok(place) = left.binary_search(&unit) {
                    left.remove(place);
                    *room -= 1;
                    home[unit] = house;
                }
            }
            let mut rest = rooms.iter().flat_map(|(&house, &room)| std::iter::repeat_n(house, room));
            left.into_iter().for_each(|unit| home[unit] = rest.next().unwrap_or(home[unit]));
        }
        for house in &mut town.houses {
            house.units.clear();
        }
        for (unit, &index) in home.iter().enumerate() {
            town.houses[index].units.push(unit);
        }
        town.home = home;
    }

    /// The sites of the houses such that most can stay, given that units of one kind are handed out anew. A house goes only where it
    /// counts for no further limit, and where the cost counts for no more of it.
    fn sites(&self, town: &Houses, budget: &Budget) -> Option<Vec<usize>> {
        let fleet = self.fleet();
        let now: Vec<usize> = town.houses.iter().map(|house| house.site).collect();
        let existing = fleet.existing().iter().map(|it| it.site);
        let mut columns: Vec<usize> = existing.clone().collect();
        let fixed = columns.len();
        // a house of a template stays one where it gains nothing
        columns.extend(now.iter().filter(|&&site| fleet.sites()[site].template().is_some()));
        let mut own = fixed;
        // of each kind what its units are worth at each site, the most first
        let mut most: BTreeMap<(usize, usize), Vec<u64>> = BTreeMap::new();
        for (unit, worth) in self.worth.iter().enumerate() {
            for &(site, worth) in worth {
                most.entry((self.kind_of[unit], site)).or_default().push(worth);
            }
        }
        most.values_mut().for_each(|list| list.sort_unstable_by(|a, b| b.cmp(a)));
        let mut values = Vec::with_capacity(now.len());
        for house in &town.houses {
            let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
            for &unit in &house.units {
                *counts.entry(self.kind_of[unit]).or_insert(0) += 1;
            }
            let value = |site: usize| {
                let kind = |(&kind, &count): (&usize, &usize)| {
                    most.get(&(kind, site)).map_or(0, |list| list.iter().take(count).sum::<u64>())
                };
                counts.iter().map(kind).fold(0u64, u64::saturating_add)
            };
            let mut row = Vec::with_capacity(columns.len());
            for &site in &columns[..fixed] {
                let gain = value(site);
                let same = site == house.site;
                let ours = same || ((gain > 0 || now.contains(&site)) && self.may_stand(house, site, budget));
                row.push(if ours { i64::try_from(gain).unwrap_or(i64::MAX / 1024).min(1 << 50) } else { NEVER });
            }
            row.resize(columns.len(), NEVER);
            if fleet.sites()[house.site].template().is_some() {
                row[own] = 0;
                own += 1;
            }
            values.push(row);
            budget.spend((columns.len() * counts.len()) as u64).ok()?;
        }
        budget.spend((now.len() * now.len() * columns.len()) as u64).ok()?;
        Some(best(&values)?.into_iter().map(|column| columns[column]).collect())
    }

    /// Houses of templates go where a cluster is that nobody uses, if it costs no more. True if one went.
    pub fn reuse(&self, town: &mut Houses, budget: &Budget) -> bool {
        let fleet = self.fleet();
        let price = |site: usize| fleet.sites()[site].cost(0).unwrap_or(0);
        let used = |site: usize| town.houses.iter().any(|house| house.site == site);
        let mut free: Vec<usize> = fleet.existing().iter().map(|it| it.site).filter(|&site| !used(site)).collect();
        let mut went = false;
        for index in 0..town.houses.len() {
            let house = &town.houses[index];
            if fleet.sites()[house.site].template().is_none() {
                continue;
            }
            let suits = |&site: &usize| {
                budget.look().is_ok() && price(site) <= price(house.site) && self.may_stand(house, site, budget)
            };
            if let Some(at) = free.iter().position(suits) {
                town.houses[index].site = free.remove(at);
                went = true;
            }
        }
        went
    }

    /// Whether a house could stand at another site with everybody in it.
    fn may_stand(&self, house: &House, site: usize, budget: &Budget) -> bool {
        let fleet = self.fleet();
        let counted = |site: usize| fleet.limits().iter().map(move |limit| limit.sites.binary_search(&site).is_ok());
        let price = |site: usize| fleet.sites()[site].cost(0).unwrap_or(0);
        kept(fleet, house.site) == kept(fleet, site)
            && counted(site).zip(counted(house.site)).all(|(there, here)| here || !there)
            && (!self.costs || price(site) <= price(house.site))
            && house.units.iter().all(|&unit| self.units[unit].sites.binary_search(&site).is_ok())
            && self.pods.holds(site, house.load.iter().copied())
            && self.placed(site, &self.workloads(house), budget)
    }

    /// A start from today's placement with at most so many clusters: who may stay does, the others go where there is room, and
    /// clusters are emptied until there are few enough. `None` where that fails.
    pub fn begin_today(&self, enough: usize, budget: &Budget) -> Option<Houses> {
        let fleet = self.fleet();
        let mut town = Houses { houses: Vec::new(), home: vec![NOWHERE; self.units.len()] };
        town.houses.extend(fleet.existing().iter().map(|it| self.empty(it.site)));
        let most = |unit: &usize| self.worth[*unit].iter().map(|&(_, worth)| worth).max().unwrap_or(0);
        let mut order: Vec<usize> = (0..self.units.len()).collect();
        order.sort_by_key(|unit| (std::cmp::Reverse((most(unit), self.units[*unit].share)), *unit));
        let mut waiting = Vec::new();
        for unit in order {
            let at = |site: usize| town.houses.iter().position(|house| house.site == site);
            let mut homes: Vec<(u64, usize)> =
                self.worth[unit].iter().filter_map(|&(site, worth)| Some((worth, at(site)?))).collect();
            homes.sort_unstable_by_key(|&(worth, house)| (std::cmp::Reverse(worth), house));
            match homes.into_iter().find(|&(_, house)| self.takes(&town.houses[house], unit, None, budget)) {
                Some((_, house)) => self.enter(&mut town, unit, house),
                None => waiting.push(unit),
            }
            budget.look().ok()?;
        }
        waiting.sort_by_key(|&unit| (std::cmp::Reverse(self.units[unit].share), unit));
        for unit in waiting {
            budget.look().ok()?;
            self.admit(&mut town, unit, budget)?;
        }
        town.tidy(self);
        while town.houses.len() > enough {
            if !self.empty_one(&mut town, budget) {
                return None;
            }
            town.tidy(self);
        }
        let used =
            |sites: &[usize]| town.houses.iter().filter(|house| sites.binary_search(&house.site).is_ok()).count();
        fleet.limits().iter().all(|limit| used(&limit.sites) as u64 <= limit.most).then_some(town)
    }

    /// Into a house where somebody is, or that is kept; else into an empty one, or a new one.
    fn admit(&self, town: &mut Houses, unit: usize, budget: &Budget) -> Option<()> {
        let open = |house: &House| !house.units.is_empty() || kept(self.fleet(), house.site);
        for used in [true, false] {
            let fits = |house: &House| open(house) == used && self.takes(house, unit, None, budget);
            if let Some(index) = town.houses.iter().position(fits) {
                self.enter(town, unit, index);
                return Some(());
            }
        }
        let new = |&&site: &&usize| self.fleet().sites()[site].template().is_some();
        for &site in self.units[unit].sites.iter().filter(new) {
            let house = self.empty(site);
            if self.takes(&house, unit, None, budget) {
                town.houses.push(house);
                let last = town.houses.len() - 1;
                self.enter(town, unit, last);
                return Some(());
            }
        }
        None
    }

    /// Hands the units of one house to the others, the one first whose units are worth least where they are.
    fn empty_one(&self, town: &mut Houses, budget: &Budget) -> bool {
        let stays = |house: &House| house.units.iter().map(|&unit| self.worth(unit, house.site)).sum::<u64>();
        let mut order: Vec<usize> = (0..town.houses.len()).collect();
        order.retain(|&index| !kept(self.fleet(), town.houses[index].site));
        order.sort_by_key(|&index| (stays(&town.houses[index]), town.houses[index].units.len(), index));
        for index in order {
            if budget.look().is_err() {
                return false;
            }
            let before = town.clone();
            let mut units = town.houses[index].units.clone();
            units.sort_by_key(|&unit| (std::cmp::Reverse(self.units[unit].share), unit));
            let gone = units.into_iter().all(|unit| {
                let fits = |&other: &usize| other != index && self.takes(&town.houses[other], unit, None, budget);
                let found = (0..town.houses.len()).find(fits);
                found.inspect(|&other| self.relocate(town, unit, other)).is_some()
            });
            if gone {
                return true;
            }
            *town = before;
        }
        false
    }
}

impl Houses {
    /// Drops the houses where nobody is and that are not kept.
    fn tidy(&mut self, town: &Town) {
        self.houses.retain(|house| !house.units.is_empty() || kept(town.fleet(), house.site));
        for (index, house) in self.houses.iter().enumerate() {
            house.units.iter().for_each(|&unit| self.home[unit] = index);
        }
    }
}

/// Pool, size and number of its pods, namespace and tenant of a workload.
type Detail<'f> = (Option<usize>, &'f [u64], u64, &'f str, usize);

/// What else tells units apart where more than sums counts: pods, namespaces and tenants.
fn details<'f>(pods: &Pods<'f>, workloads: &[usize]) -> Vec<Detail<'f>> {
    let fleet = pods.fleet();
    if !pods.matter() && !fleet.tenants().iter().any(crate::fleet::Tenant::takes_once) {
        return Vec::new();
    }
    let one = |&workload: &usize| {
        let it = &fleet.workloads()[workload];
        (it.pool, &it.pod[..], it.replicas_of_copy(), it.namespace.as_str(), it.tenant)
    };
    let mut all: Vec<_> = workloads.iter().map(one).collect();
    all.sort_unstable();
    all
}
