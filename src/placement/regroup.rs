//! All ways to group few units, where the clusters are more than the bound or their cost counts.

use rustc_hash::FxHashMap;

use super::nodes::Packed;
use super::pods::cost;
use super::yard::Yard;
use crate::budget::{Budget, Objective};
use crate::fleet::Fleet;

/// More units than this are not searched through.
const MOST_UNITS: usize = 20;
/// Work of placing one group at one site.
const PLACE: u64 = 200_000;
/// Work of the whole search.
const WORK: u64 = 300_000_000;

/// The sites that hold a group, each with the cost of a cluster; cheapest first.
type Options = Vec<(u64, usize)>;

/// Clusters: site and units.
pub(super) type Groups = Vec<(usize, Vec<usize>)>;

/// What counts of a group of clusters.
pub(super) struct Aims {
    /// The cost counts.
    costs: bool,
    /// It counts before the number of clusters.
    cost_first: bool,
    /// So many clusters are few enough.
    enough: u64,
}

impl Aims {
    pub fn of(fleet: &Fleet, enough: u64) -> Self {
        let at = |level: Objective| fleet.objective().iter().position(|&other| other == level);
        let (clusters, cost) = (at(Objective::Clusters), at(Objective::Cost));
        let cost_first = cost.is_some_and(|cost| clusters.is_none_or(|clusters| cost < clusters));
        Self { costs: cost.is_some(), cost_first, enough }
    }

    /// What is compared: the smaller is better.
    fn value(&self, clusters: usize, cost: u64) -> (u64, u64) {
        let clusters = clusters as u64;
        match (self.costs, self.cost_first) {
            (false, _) => (clusters, 0),
            (true, false) => (clusters, cost),
            (true, true) => (cost, clusters),
        }
    }
}

/// Fewer clusters than `start`, or as many that cost less (or the reverse, where the cost counts first); `None` where none were
/// found. Exhaustive within the work: units large before small, each into a group that is there or into a new one.
pub(super) fn regroup(yard: &Yard, start: &[(usize, u64)], aims: &Aims, budget: &Budget) -> Option<Groups> {
    let count = yard.units.len();
    if count > MOST_UNITS || start.is_empty() || (!aims.costs && start.len() as u64 <= aims.enough) {
        return None;
    }
    let mut order: Vec<usize> = (0..count).collect();
    yard.sort(&mut order);
    let value = start.iter().fold(0u64, |sum, &(_, cost)| sum.saturating_add(cost));
    budget.within(WORK, |budget| {
        let mut search = Search {
            yard,
            order: &order,
            aims,
            clusters: start.len(),
            best: aims.value(start.len(), value),
            found: None,
            options: FxHashMap::default(),
            budget,
        };
        search.next(0, &mut Vec::new());
        search.found
    })
}

struct Search<'a> {
    yard: &'a Yard<'a>,
    order: &'a [usize],
    aims: &'a Aims,
    /// Of the best.
    clusters: usize,
    best: (u64, u64),
    found: Option<Groups>,
    /// By set of positions in the order.
    options: FxHashMap<u32, Options>,
    budget: &'a Budget<'a>,
}

impl Search<'_> {
    fn next(&mut self, position: usize, groups: &mut Vec<u32>) {
        if self.budget.stopped().is_some() || (!self.aims.costs && self.clusters as u64 <= self.aims.enough) {
            return;
        }
        if position == self.order.len() {
            self.keep(groups);
            return;
        }
        let bit = 1u32 << position;
        for index in 0..=groups.len() {
            let clusters = groups.len() + usize::from(index == groups.len());
            // whatever they cost
            if self.aims.value(clusters, 0) >= self.best {
                continue;
            }
            let before = groups.get(index).copied();
            let group = before.unwrap_or(0) | bit;
            if self.options(group).is_empty() {
                continue;
            }
            match before {
                Some(_) => groups[index] = group,
                None => groups.push(group),
            }
            let least = groups.iter().map(|group| self.options[group][0].0).fold(0u64, u64::saturating_add);
            if self.aims.value(clusters, least) < self.best {
                self.next(position + 1, groups);
            }
            match before {
                Some(before) => groups[index] = before,
                None => drop(groups.pop()),
            }
        }
    }

    /// The templates that hold a group; found once.
    fn options(&mut self, group: u32) -> &Options {
        if !self.options.contains_key(&group) {
            let found = self.find(group);
            self.options.insert(group, found);
        }
        &self.options[&group]
    }

    fn find(&mut self, group: u32) -> Options {
        let yard = self.yard;
        let members: Vec<usize> =
            (0..self.order.len()).filter(|at| group >> at & 1 == 1).map(|at| self.order[at]).collect();
        if self.budget.spend((members.len() * members.len()) as u64).is_err() {
            return Vec::new();
        }
        let twins = |a: usize, b: usize| yard.units[a].twins.is_some() && yard.units[a].twins == yard.units[b].twins;
        let apart = |a: usize, b: usize| {
            let classes = |unit: usize| yard.units[unit].classes.iter();
            classes(a).any(|&x| classes(b).any(|&y| yard.graph.conflict(x, y))) || twins(a, b)
        };
        if members.iter().enumerate().any(|(at, &a)| members[..at].iter().any(|&b| apart(a, b))) {
            return Vec::new();
        }
        let workloads: Vec<usize> = members.iter().flat_map(|&unit| yard.units[unit].workloads).copied().collect();
        let mut options = Vec::new();
        for site in 0..yard.pods.fleet().sites().len() {
            let open = members.iter().all(|&unit| yard.units[unit].sites.contains(&site));
            let load = (0..yard.units[members[0]].load.len())
                .map(|at| members.iter().fold(0u64, |sum, &unit| sum.saturating_add(yard.units[unit].load[at])));
            if !open || !yard.pods.holds(site, load) {
                continue;
            }
            let placed = self.budget.within(PLACE, |budget| yard.pods.place(site, &workloads, budget));
            if let Packed::Found(nodes) = placed {
                let place = &yard.pods.fleet().sites()[site];
                let price = cost(place, &yard.pods.named(&workloads, &nodes));
                options.push((if self.aims.costs { price.unwrap_or(0) } else { 0 }, site));
            }
        }
        options.sort_unstable();
        options
    }

    /// The cheapest sites for the groups within the limits on their number, if that is better.
    fn keep(&mut self, groups: &[u32]) {
        let mut left: Vec<u64> = self.yard.pods.fleet().limits().iter().map(|limit| limit.most).collect();
        let mut chosen = Vec::new();
        let mut best = None;
        self.choose(groups, &mut left, &mut chosen, 0, &mut best);
        let Some((value, sites)) = best else { return };
        let value = self.aims.value(groups.len(), value);
        if value >= self.best {
            return;
        }
        (self.best, self.clusters) = (value, groups.len());
        let units = |group: u32| {
            let members = (0..self.order.len()).filter(|at| group >> at & 1 == 1).map(|at| self.order[at]);
            members.collect::<Vec<usize>>()
        };
        self.found = Some(sites.into_iter().zip(groups.iter().map(|&group| units(group))).collect());
    }

    fn choose(
        &mut self,
        groups: &[u32],
        left: &mut [u64],
        chosen: &mut Vec<usize>,
        value: u64,
        best: &mut Option<(u64, Vec<usize>)>,
    ) {
        let allowed = self.budget.spend(1);
        let Some((&group, rest)) = groups.split_first() else {
            if best.as_ref().is_none_or(|best| value < best.0) {
                *best = Some((value, chosen.clone()));
            }
            return;
        };
        for (price, site) in self.options[&group].clone() {
            let value = value.saturating_add(price);
            let limits = self.yard.pods.fleet().limits();
            let ours = (0..limits.len()).filter(|&limit| limits[limit].sites.binary_search(&site).is_ok());
            let ours: Vec<usize> = ours.collect();
            // an existing cluster is there once
            let taken = self.yard.pods.fleet().sites()[site].template().is_none() && chosen.contains(&site);
            let full = taken || ours.iter().any(|&limit| left[limit] == 0);
            if allowed.is_err() || full || best.as_ref().is_some_and(|best| value >= best.0) {
                continue;
            }
            ours.iter().for_each(|&limit| left[limit] -= 1);
            chosen.push(site);
            self.choose(rest, left, chosen, value, best);
            chosen.pop();
            ours.iter().for_each(|&limit| left[limit] += 1);
        }
    }
}
