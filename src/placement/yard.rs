//! Clusters while they change: what stands in them, what may come, and what finds room on their nodes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::nodes::{Node, Packed};
use super::parts::Parts;
use super::pods::{Filled, NodeContent, Pods, add, cost};
use crate::budget::Budget;
use crate::fleet::{Fleet, Rooms};
use crate::trust::TrustGraph;

/// Work of placing one cluster for itself, in elementary steps.
pub(super) const PLACE: u64 = 50_000_000;
/// Work of placing a cluster anew for the sake of one more unit.
const AGAIN: u64 = 2_000_000;
/// Clusters that are placed anew for the sake of one unit, at most.
const MOST_AGAIN: usize = 4;
/// Clusters out of which somebody is pushed for the sake of one unit, at most.
const MOST_PUSHED: usize = 16;
/// So many times in a row.
const DEEP: usize = 3;

/// What a cluster holds: its site, its workloads, and what runs on its nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Index of its site in [`Fleet::sites`].
    pub site: usize,
    /// Ascending.
    pub workloads: Vec<usize>,
    /// Of the splits among them, the replicas that are there.
    pub parts: Parts,
    /// `None` where the pods need not be placed on nodes.
    pub nodes: Option<Vec<NodeContent>>,
}

impl Holding {
    /// A cluster with its pods on nodes, as few as are found; `None` where they find no place.
    pub(super) fn placed(pods: &Pods, site: usize, workloads: Vec<usize>) -> Option<Self> {
        let Packed::Found(nodes) = pods.place(site, &workloads, &Budget::of_work(PLACE)) else { return None };
        let packs = pods.fleet().shape(site).packs_nodes();
        let nodes = packs.then(|| pods.named(&workloads, &nodes));
        Some(Self { site, workloads, parts: Parts::default(), nodes })
    }

    /// As indices of a problem have it.
    pub(crate) fn content(&self) -> (usize, &[usize], &[(usize, u64)]) {
        (self.site, &self.workloads, self.parts.list())
    }

    /// What it costs, in thousandths; `None` where no cost is named.
    #[must_use]
    pub fn cost(&self, fleet: &Fleet) -> Option<u64> {
        cost(&fleet.sites()[self.site], self.nodes.as_deref().unwrap_or_default())
    }
}

/// A unit that found no place, in any cluster or alone in a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Homeless {
    /// Its workloads.
    pub workloads: Vec<usize>,
    /// Whether it has no place even alone, at whatever site.
    pub alone: bool,
}

/// What shares a cluster in any case: a copy of a unit of the fleet.
pub(super) struct Unit<'f> {
    pub workloads: &'f [usize],
    /// Its first workload, where the unit has several copies: no two of them are in one cluster.
    pub twins: Option<usize>,
    /// By dimension of the fleet.
    pub load: Vec<u64>,
    /// Tenants that take something once in its cluster.
    owners: Vec<usize>,
    pub classes: Vec<usize>,
    /// Ascending. Most units may be at the same ones, and there is an existing cluster a site: one list for all of these.
    pub sites: Arc<[usize]>,
    /// The largest share of a cluster that it takes, in millionths.
    pub share: u64,
}

#[derive(Clone)]
struct Cluster<'p> {
    site: usize,
    units: Vec<usize>,
    /// With what its owners take once.
    load: Vec<u64>,
    owners: BTreeSet<usize>,
    /// Trust classes and how many units have them.
    classes: BTreeMap<usize, usize>,
    filled: Filled<'p>,
}

/// The clusters while they change.
pub(super) struct Yard<'p> {
    pub pods: &'p Pods<'p>,
    pub graph: &'p TrustGraph,
    pub units: Vec<Unit<'p>>,
    clusters: Vec<Cluster<'p>>,
    /// Of each site whether its cluster is there even if it is empty.
    kept: Vec<bool>,
    /// Clusters under each limit on their number, the kept ones among them.
    used: Vec<u64>,
}

impl<'p> Yard<'p> {
    pub fn new(pods: &'p Pods<'p>, graph: &'p TrustGraph) -> Self {
        let fleet = pods.fleet();
        let mut kept = vec![false; fleet.sites().len()];
        fleet.existing().iter().filter(|it| it.keep).for_each(|it| kept[it.site] = true);
        let units = units(pods, graph);
        let mut yard = Self { pods, graph, units, clusters: Vec::new(), kept, used: Vec::new() };
        yard.nobody_anywhere();
        yard
    }

    /// No clusters but the kept ones.
    fn nobody_anywhere(&mut self) {
        self.clusters.clear();
        let kept = |sites: &[usize]| sites.iter().filter(|&&site| self.kept[site]).count() as u64;
        self.used = self.pods.fleet().limits().iter().map(|limit| kept(&limit.sites)).collect();
    }

    /// How many clusters there are.
    pub fn clusters(&self) -> usize {
        self.clusters.len()
    }

    /// Large units first; by index where they are alike.
    pub fn sort(&self, units: &mut [usize]) {
        units.sort_by_key(|&unit| (std::cmp::Reverse(self.units[unit].share), unit));
    }

    /// Whether the limits allow one more cluster at a site; an existing one is there once.
    fn one_more_at(&self, site: usize) -> bool {
        if self.pods.fleet().sites()[site].template().is_none() && self.clusters.iter().any(|it| it.site == site) {
            return false;
        }
        if self.kept[site] {
            return true; // it is counted already
        }
        let limits = self.pods.fleet().limits().iter().zip(&self.used);
        limits.into_iter().all(|(limit, &used)| used < limit.most || limit.sites.binary_search(&site).is_err())
    }

    fn count(&mut self, site: usize, change: impl Fn(&mut u64)) {
        if self.kept[site] {
            return;
        }
        for (limit, used) in self.pods.fleet().limits().iter().zip(&mut self.used) {
            if limit.sites.binary_search(&site).is_ok() {
                change(used);
            }
        }
    }

    pub fn open(&mut self, site: usize, units: Vec<usize>, filled: Filled<'p>) {
        let mut cluster = self.nobody(site, filled);
        for unit in units {
            count_in(&mut cluster, unit, &self.units[unit], self.pods.fleet());
        }
        self.count(site, |used| *used += 1);
        self.clusters.push(cluster);
    }

    fn nobody(&self, site: usize, filled: Filled<'p>) -> Cluster<'p> {
        let load = vec![0; self.pods.fleet().dimensions().count()];
        Cluster { site, units: Vec::new(), load, owners: BTreeSet::new(), classes: BTreeMap::new(), filled }
    }

    /// Keeps what finds room: who has no other cluster, then large units first. Answers what does not.
    pub fn thin_out(&mut self, site: usize, mut units: Vec<usize>) -> Vec<usize> {
        self.sort(&mut units);
        if self.pods.fleet().sites()[site].template().is_none() {
            units.sort_by_key(|&unit| self.units[unit].sites.len() > 1);
        }
        let budget = Budget::of_work(PLACE);
        let Some(mut filled) = self.pods.begin(site, &budget) else { return units };
        let (mut kept, mut held, mut left) = (Vec::new(), Vec::new(), Vec::new());
        for unit in units {
            held.extend_from_slice(self.units[unit].workloads);
            if self.pods.few_enough(site, &held) && filled.add_all(self.units[unit].workloads, &budget) {
                kept.push(unit);
            } else {
                held.truncate(held.len() - self.units[unit].workloads.len());
                left.push(unit);
            }
        }
        if !kept.is_empty() {
            self.open(site, kept, filled);
        }
        left
    }

    /// Whether sums, reasons and sites let a unit into a cluster.
    fn may_enter(&self, unit: &Unit, cluster: &Cluster) -> bool {
        let fresh = unit.owners.iter().filter(|owner| !cluster.owners.contains(owner));
        let once: Vec<&[u64]> = fresh.map(|&owner| &self.pods.fleet().tenants()[owner].overhead[..]).collect();
        // they are taken without a pool, and those dimensions come first
        let with = |(at, (&a, &b)): (usize, (&u64, &u64))| {
            let parts = once.iter().filter_map(|it| it.get(at)).chain([&b]);
            parts.fold(a, |sum, &part| sum.saturating_add(part))
        };
        self.pods.holds(cluster.site, cluster.load.iter().zip(&unit.load).enumerate().map(with))
            && unit.sites.contains(&cluster.site)
            && !self.has_twin(cluster, unit)
            && unit.classes.iter().all(|&class| !cluster.classes.keys().any(|&other| self.graph.conflict(class, other)))
    }

    fn has_twin(&self, cluster: &Cluster, unit: &Unit) -> bool {
        unit.twins.is_some() && cluster.units.iter().any(|&other| self.units[other].twins == unit.twins)
    }

    fn workloads(&self, cluster: &Cluster) -> Vec<usize> {
        cluster.units.iter().flat_map(|&unit| self.units[unit].workloads).copied().collect()
    }

    /// Puts a unit into a cluster if there is room: beside what is there, or (`anew`) with everything placed again.
    fn put(&mut self, unit: usize, index: usize, anew: bool, budget: &Budget) -> bool {
        let (it, cluster) = (&self.units[unit], &self.clusters[index]);
        let mut workloads = Vec::new();
        if anew || self.pods.counts_owners(cluster.site) {
            workloads = self.workloads(cluster);
            workloads.extend_from_slice(it.workloads);
            if !self.pods.few_enough(cluster.site, &workloads) {
                return false;
            }
        }
        if !anew {
            let (cluster, fleet) = (&mut self.clusters[index], self.pods.fleet());
            let fits = budget.within(u64::MAX, |budget| cluster.filled.add_all(it.workloads, budget));
            if fits {
                count_in(cluster, unit, it, fleet);
            }
            return fits;
        }
        let placed = budget.within(AGAIN, |budget| self.pods.place(cluster.site, &workloads, budget));
        let Packed::Found(nodes) = placed else { return false };
        let filled = self.pods.resume(cluster.site, &workloads, &nodes);
        let (cluster, fleet) = (&mut self.clusters[index], self.pods.fleet());
        cluster.filled = filled;
        count_in(cluster, unit, it, fleet);
        true
    }

    /// Puts a unit into the first cluster of `among` that has room. Answers which.
    fn join(&mut self, unit: usize, among: &[usize], most_again: usize, budget: &Budget) -> Option<usize> {
        let open = |&&index: &&usize| self.may_enter(&self.units[unit], &self.clusters[index]);
        let open: Vec<usize> = among.iter().filter(open).copied().collect();
        // what stops the budget is seen by whoever asks it next
        let _ended = budget.spend((among.len() * self.units[unit].load.len()) as u64);
        let beside = open.iter().find(|&&index| self.put(unit, index, false, budget)).copied();
        beside.or_else(|| open.into_iter().take(most_again).find(|&index| self.put(unit, index, true, budget)))
    }

    /// Puts a unit into a cluster, or into a new one.
    pub fn admit(&mut self, unit: usize, budget: &Budget) -> Result<(), Homeless> {
        self.admit_or_push(unit, DEEP, budget)
    }

    /// The same; `deep`: so many times in a row one may push another away.
    fn admit_or_push(&mut self, unit: usize, deep: usize, budget: &Budget) -> Result<(), Homeless> {
        let all: Vec<usize> = (0..self.clusters.len()).collect();
        let again = if budget.look().is_err() { 0 } else { MOST_AGAIN };
        if self.join(unit, &all, again, budget).is_some() {
            return Ok(());
        }
        let mut alone = true;
        for &site in self.units[unit].sites.clone().iter() {
            let workloads = self.units[unit].workloads;
            if let Packed::Found(nodes) = self.pods.place(site, workloads, &Budget::of_work(PLACE)) {
                alone = false;
                if self.one_more_at(site) {
                    self.open(site, vec![unit], self.pods.resume(site, workloads, &nodes));
                    return Ok(());
                }
            }
        }
        // no further cluster may be opened: whatever it takes
        let last = Budget::of_work(budget.left().max(PLACE));
        if self.join(unit, &all, usize::MAX, &last).is_some() || (deep > 0 && self.push(unit, deep - 1, &last)) {
            return Ok(());
        }
        Err(Homeless { workloads: self.units[unit].workloads.to_vec(), alone })
    }

    /// Puts a unit into a cluster out of which others go who have more choice than it, or as much and are smaller, and these
    /// elsewhere.
    fn push(&mut self, unit: usize, deep: usize, budget: &Budget) -> bool {
        let open = self.units[unit].sites.clone();
        let rank = |yard: &Self, unit: usize| {
            let it = &yard.units[unit];
            (it.sites.len(), std::cmp::Reverse(it.share))
        };
        let ours = rank(self, unit);
        let here: Vec<usize> = (0..self.clusters.len())
            .filter(|&index| {
                let cluster = &self.clusters[index];
                open.binary_search(&cluster.site).is_ok() && cluster.units.iter().any(|&other| rank(self, other) > ours)
            })
            .take(MOST_PUSHED)
            .collect();
        for index in here {
            let site = self.clusters[index].site;
            let Some(filled) = self.pods.begin(site, budget) else { continue };
            let before = (self.clusters.clone(), self.used.clone());
            let mut order = self.clusters[index].units.clone();
            self.sort(&mut order);
            order.insert(0, unit);
            order.sort_by_key(|&other| rank(self, other) > ours);
            self.clusters[index] = self.nobody(site, filled);
            let mut left = Vec::new();
            for other in order {
                let enters = self.may_enter(&self.units[other], &self.clusters[index])
                    && (self.put(other, index, false, budget) || self.put(other, index, true, budget));
                if !enters {
                    left.push(other);
                }
            }
            let free = left.iter().all(|&other| rank(self, other) > ours);
            if free && left.into_iter().all(|other| self.admit_or_push(other, deep, budget).is_ok()) {
                return true;
            }
            (self.clusters, self.used) = before;
        }
        false
    }

    /// Hands the units of one cluster to the others, the emptiest first. False where none can be emptied.
    pub fn empty_one(&mut self, budget: &Budget) -> bool {
        let fullness = |index: &usize| {
            let shares = self.clusters[*index].units.iter().map(|&unit| self.units[unit].share);
            (shares.fold(0u64, u64::saturating_add), *index)
        };
        let mut order: Vec<usize> = (0..self.clusters.len()).collect();
        order.sort_by_key(fullness);
        for index in order {
            if budget.look().is_err() {
                return false;
            }
            let mut units = self.clusters[index].units.clone();
            self.sort(&mut units);
            let others: Vec<usize> = (0..self.clusters.len()).filter(|&other| other != index).collect();
            let mut before: BTreeMap<usize, Cluster<'p>> = BTreeMap::new();
            let moved = units.iter().all(|&unit| self.hand_over(unit, &others, &mut before, budget));
            if moved {
                self.count(self.clusters[index].site, |used| *used -= 1);
                self.clusters.remove(index);
                return true;
            }
            for (index, cluster) in before {
                self.clusters[index] = cluster;
            }
        }
        false
    }

    fn hand_over(
        &mut self,
        unit: usize,
        others: &[usize],
        before: &mut BTreeMap<usize, Cluster<'p>>,
        budget: &Budget,
    ) -> bool {
        for &other in others {
            if budget.look().is_err() || !self.may_enter(&self.units[unit], &self.clusters[other]) {
                continue;
            }
            let kept = self.clusters[other].clone();
            if self.put(unit, other, false, budget) || self.put(unit, other, true, budget) {
                before.entry(other).or_insert(kept);
                return true;
            }
        }
        false
    }

    /// Other clusters instead; false where one of them finds no placement.
    pub fn replace(&mut self, groups: &[(usize, Vec<usize>)]) -> bool {
        self.nobody_anywhere();
        for (site, units) in groups {
            let workloads: Vec<usize> = units.iter().flat_map(|&unit| self.units[unit].workloads).copied().collect();
            let placed = self.pods.place(*site, &workloads, &Budget::of_work(PLACE));
            let Packed::Found(nodes) = placed else { return false };
            self.open(*site, units.clone(), self.pods.resume(*site, &workloads, &nodes));
        }
        true
    }

    /// The clusters as they are, each placed once more for the fewest nodes.
    pub fn holdings(&self, budget: &Budget) -> Vec<Holding> {
        let one = |cluster: &Cluster| {
            let mut workloads = self.workloads(cluster);
            workloads.sort_unstable();
            let kept = cluster.filled.nodes();
            let nodes: Vec<Node> = match budget
                .within(PLACE, |budget| self.pods.place(cluster.site, &workloads, budget))
            {
                Packed::Found(nodes) if self.pods.paid(cluster.site, &nodes) <= self.pods.paid(cluster.site, &kept) => {
                    nodes
                }
                _ => kept,
            };
            let packs = self.pods.fleet().shape(cluster.site).packs_nodes();
            let nodes = packs.then(|| self.pods.named(&workloads, &nodes));
            Holding { site: cluster.site, workloads, parts: Parts::default(), nodes }
        };
        self.clusters.iter().map(one).collect()
    }
}

fn count_in(cluster: &mut Cluster, index: usize, unit: &Unit, fleet: &Fleet) {
    cluster.units.push(index);
    add(&mut cluster.load, &unit.load);
    for &owner in &unit.owners {
        if cluster.owners.insert(owner) {
            add(&mut cluster.load, &fleet.tenants()[owner].overhead);
        }
    }
    for &class in &unit.classes {
        *cluster.classes.entry(class).or_insert(0) += 1;
    }
}

/// Every copy of every unit of the fleet.
pub(super) fn units<'f>(pods: &Pods<'f>, graph: &TrustGraph) -> Vec<Unit<'f>> {
    let fleet = pods.fleet();
    let mut all = Vec::with_capacity(fleet.units().len());
    let mut lists: FxHashMap<Vec<usize>, Arc<[usize]>> = FxHashMap::default();
    for workloads in fleet.units() {
        let several = fleet.workloads()[workloads[0]].copies() > 1;
        for Rooms { sites, copies } in fleet.rooms(workloads, graph.as_of()) {
            for _ in 0..copies {
                let twins = several.then_some(workloads[0]);
                all.push(unit(pods, graph, workloads, twins, sites.clone(), &mut lists));
            }
        }
    }
    all
}

fn unit<'f>(
    pods: &Pods<'f>,
    graph: &TrustGraph,
    workloads: &'f [usize],
    twins: Option<usize>,
    mut sites: Vec<usize>,
    lists: &mut FxHashMap<Vec<usize>, Arc<[usize]>>,
) -> Unit<'f> {
    let load = pods.sums(workloads);
    let owners = pods.fleet().overheads(workloads).into_iter().collect();
    let mut classes: Vec<usize> = workloads.iter().filter_map(|&workload| graph.class_of(workload)).collect();
    classes.sort_unstable();
    classes.dedup();
    // each member fits there; with headroom their sum need not, although their pods find nodes
    sites.retain(|&site| pods.holds(site, load.iter().copied()));
    let share = sites.iter().filter_map(|&site| pods.share(site, &load)).min().unwrap_or(u64::MAX);
    let sites = lists.entry(sites).or_insert_with_key(|sites| sites[..].into()).clone();
    Unit { workloads, twins, load, owners, classes, sites, share }
}

/// The units (indices) in each of these clusters, which are given by site and workloads; each list ascending.
pub(super) fn units_in<'a>(units: &[Unit], clusters: impl Iterator<Item = (usize, &'a [usize])>) -> Vec<Vec<usize>> {
    // of each workload its units that are in no cluster yet, those last that may be at the fewest sites
    let mut left: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, unit) in units.iter().enumerate() {
        left.entry(unit.workloads[0]).or_default().push(index);
    }
    left.values_mut().for_each(|list| list.sort_by_key(|&unit| std::cmp::Reverse((units[unit].sites.len(), unit))));
    let mut one = |(site, workloads): (usize, &[usize])| {
        let mut found: Vec<usize> = Vec::new();
        for workload in workloads {
            let Some(list) = left.get_mut(workload) else { continue };
            let open = |&unit: &usize| units[unit].twins.is_none() || units[unit].sites.binary_search(&site).is_ok();
            // a list of sites lies in another or beside it: whoever has least choice goes first
            if let Some(at) = list.iter().rposition(open) {
                found.push(list.remove(at));
            }
        }
        found.sort_unstable();
        found
    };
    clusters.map(&mut one).collect()
}
