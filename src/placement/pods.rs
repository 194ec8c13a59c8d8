//! The pods of a fleet and the nodes of its sites, in the integers of [`nodes`](super::nodes).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::nodes::{Filling, Kind, Node, Packed, Shape, UNLIMITED, counted, fewest, pack};
use super::parts::Parts;
use super::remembered::Remembered;
use crate::budget::Budget;
use crate::fleet::{ApartBy, Count, Fleet, Shape as ClusterShape, Site, Tenant, Workload};

/// What runs on equal nodes of one cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeContent {
    /// Index of the pool in the shape of its site.
    pub pool: usize,
    /// On each of them, so many pods of each workload (indices, ascending).
    pub pods: Vec<(usize, u64)>,
    /// How many such nodes.
    pub count: u64,
}

/// Pods by kind, nodes by site.
pub struct Pods<'f> {
    fleet: &'f Fleet,
    /// The pool and the size of each kind of pod.
    kinds: Vec<(Option<usize>, Vec<u64>)>,
    /// Kind of each workload.
    kind_of: Vec<usize>,
    /// The pods that run once in every cluster.
    platform: Vec<usize>,
    /// The nodes of each site whose pods must be placed on nodes.
    nodes: Vec<Option<Nodes>>,
    /// By site: what is usable of each dimension of the fleet.
    usable: Vec<Box<[Option<u64>]>>,
    /// Whether some tenant takes something once in a cluster.
    overheads: bool,
    /// By site: placements that were found.
    remembered: RefCell<BTreeMap<usize, Remembered>>,
}

/// Which nodes a placement is to have few of.
#[derive(Clone, Copy)]
enum Spared {
    /// Those that count: in use, or paid for.
    Counted,
    /// Those in use.
    Used,
}

/// The nodes of a cluster.
struct Nodes {
    groups: Vec<Group>,
    /// Nodes beyond the minimums of all groups.
    further: u64,
}

/// The nodes that take the pods of one pool.
struct Group {
    /// `None`: the pods that name no pool.
    pool: Option<usize>,
    /// Indices into the pools of the cluster.
    pools: Vec<usize>,
    shapes: Vec<Shape>,
}

impl Group {
    fn mins(&self) -> u64 {
        self.shapes.iter().map(|shape| shape.min).sum()
    }
}

impl<'f> Pods<'f> {
    /// Sorts the pods into kinds. Complexity: linear in workloads.
    #[must_use]
    pub fn new(fleet: &'f Fleet) -> Self {
        let mut numbers: FxHashMap<(Option<usize>, &[u64]), usize> = FxHashMap::default();
        let mut kinds = Vec::new();
        let kind_of = fleet.workloads().iter().map(|workload| {
            *numbers.entry((workload.pool, &workload.pod)).or_insert_with(|| {
                kinds.push((workload.pool, workload.pod.to_vec()));
                kinds.len() - 1
            })
        });
        let kind_of = kind_of.collect();
        let once = |&index: &usize| !fleet.workloads()[index].per_node;
        Self {
            fleet,
            kinds,
            kind_of,
            platform: fleet.platform.iter().copied().filter(once).collect(),
            nodes: fleet.sites().iter().map(|site| site.shape.packs_nodes().then(|| nodes_of(&site.shape))).collect(),
            usable: (0..fleet.sites().len()).map(|site| usable(fleet, site)).collect(),
            overheads: fleet.tenants().iter().any(Tenant::takes_once),
            remembered: RefCell::default(),
        }
    }

    /// The fleet.
    #[must_use]
    pub fn fleet(&self) -> &'f Fleet {
        self.fleet
    }

    /// Whether anything but the sums of the problem decides what fits: nodes, a maximum of namespaces or tenants, or what
    /// tenants take once in a cluster.
    #[must_use]
    pub fn matter(&self) -> bool {
        self.nodes.iter().any(Option::is_some)
            || (0..self.nodes.len()).any(|site| self.counts_owners(site))
            || overheads_forgotten(self.fleet)
    }

    /// Whether the site has a maximum of namespaces or tenants.
    pub(super) fn counts_owners(&self, site: usize) -> bool {
        let most = self.fleet.shape(site).most;
        most.namespaces.is_some() || most.tenants.is_some()
    }

    /// Whether anything but sums decides what fits at a site.
    pub(super) fn looks_closer(&self, site: usize) -> bool {
        self.nodes[site].is_some() || self.overheads || self.counts_owners(site)
    }

    /// Whether so much of each dimension is usable in a cluster.
    pub(super) fn holds(&self, site: usize, load: impl Iterator<Item = u64>) -> bool {
        load.zip(self.usable(site)).all(|(load, usable)| usable.is_none_or(|usable| load <= usable))
    }

    /// The largest share of what is usable, in millionths; `None` where it does not fit.
    pub(super) fn share(&self, site: usize, load: &[u64]) -> Option<u64> {
        let mut share = 0;
        for (&load, usable) in load.iter().zip(self.usable(site)) {
            let Some(usable) = usable.filter(|_| load > 0) else { continue };
            if load > usable {
                return None;
            }
            share = share.max(u128::from(load) * 1_000_000 / u128::from(usable));
        }
        u64::try_from(share).ok()
    }

    /// What is usable of each dimension of the fleet.
    pub(super) fn usable(&self, site: usize) -> impl Iterator<Item = Option<u64>> {
        self.usable[site].iter().copied()
    }

    /// Whether these workloads keep what is counted once a cluster: the maximums of namespaces and tenants, and room for
    /// what their tenants take. Linear in the workloads.
    #[must_use]
    pub fn few_enough(&self, site: usize, workloads: &[usize]) -> bool {
        self.few_enough_parts(site, workloads, &Parts::default())
    }

    fn few_enough_parts(&self, site: usize, workloads: &[usize], parts: &Parts) -> bool {
        if self.overheads && !self.holds(site, self.load(workloads, parts).into_iter()) {
            return false;
        }
        let (fleet, most) = (self.fleet, self.fleet.shape(site).most);
        let everywhere = || fleet.platform().map(|it| it.namespace.as_str());
        let here = || workloads.iter().map(|&it| &fleet.workloads()[it]);
        most.namespaces.is_none_or(|most| {
            let names: BTreeSet<&str> = here().map(|it| it.namespace.as_str()).chain(everywhere()).collect();
            names.len() as u64 <= most
        }) && most
            .tenants
            .is_none_or(|most| here().map(|it| it.tenant).collect::<BTreeSet<usize>>().len() as u64 <= most)
    }

    /// What these workloads take of each dimension, with what their tenants take once.
    fn load(&self, workloads: &[usize], parts: &Parts) -> Vec<u64> {
        let mut load = self.sums_of_parts(workloads, parts);
        for owner in self.fleet.overheads(workloads) {
            add(&mut load, &self.fleet.tenants()[owner].overhead);
        }
        load
    }

    /// What these workloads take of each dimension by themselves.
    pub(super) fn sums(&self, workloads: &[usize]) -> Vec<u64> {
        self.sums_of_parts(workloads, &Parts::default())
    }

    fn sums_of_parts(&self, workloads: &[usize], parts: &Parts) -> Vec<u64> {
        let (fleet, resources) = (self.fleet, self.fleet.resources().len());
        let mut sums = vec![0u64; fleet.dimensions().count()];
        for &workload in workloads {
            let it = &fleet.workloads()[workload];
            let group = &mut sums[it.pool.map_or(0, |pool| 1 + pool) * resources..];
            if it.is_split() {
                let pods = parts.pods(fleet, workload);
                let part: Vec<u64> = it.pod.iter().map(|pod| pod.saturating_mul(pods)).collect();
                add(group, &part);
            } else {
                add(group, &it.total);
            }
        }
        sums
    }

    /// Places the pods of these workloads, and those of every cluster, on the nodes of an empty cluster. No nodes where
    /// only sums count. The kinds of the nodes are this fleet's, their shapes the pools of the site.
    #[must_use]
    pub fn place(&self, site: usize, workloads: &[usize], budget: &Budget) -> Packed {
        self.place_parts(site, workloads, &Parts::default(), budget)
    }

    /// The same with parts of splits.
    pub(crate) fn place_parts(&self, site: usize, workloads: &[usize], parts: &Parts, budget: &Budget) -> Packed {
        if !self.few_enough_parts(site, workloads, parts) {
            return Packed::Impossible;
        }
        let Some(ours) = &self.nodes[site] else { return Packed::Found(Vec::new()) };
        let owners = self.fleet.overheads(workloads);
        self.place_counts(site, ours, (self.counts(workloads, parts), &owners), budget)
    }

    /// Whether a placement of these workloads is found: what is known of others is looked at first, since it need not have the
    /// fewest nodes.
    pub(super) fn fits(&self, site: usize, workloads: &[usize], budget: &Budget) -> bool {
        if !self.few_enough(site, workloads) {
            return false;
        }
        let Some(ours) = &self.nodes[site] else { return true };
        let (counts, owners) = (self.counts(workloads, &Parts::default()), self.fleet.overheads(workloads));
        let _ended = budget.spend(counts.len() as u64);
        let mut remembered = self.remembered.borrow_mut();
        let known = remembered.entry(site).or_default();
        if known.part(&counts).is_some_and(|nodes| !self.too_many_pods(site, &nodes, &owners)) {
            return true;
        }
        if let Some((nodes, lacking)) = known.base(&counts) {
            let mut filled = self.resume(site, workloads, nodes);
            if filled.add(&lacking, budget) {
                known.add(counts, &filled.nodes());
                return true;
            }
        }
        drop(remembered);
        matches!(self.place_counts(site, ours, (counts, &owners), budget), Packed::Found(_))
    }

    /// Places pods of tenants, anew or as a part of what is known.
    fn place_counts(
        &self,
        site: usize,
        ours: &Nodes,
        (counts, owners): (BTreeMap<usize, u64>, &BTreeSet<usize>),
        budget: &Budget,
    ) -> Packed {
        let mut found = self.search(ours, &counts, Spared::Counted, budget);
        if let Packed::Found(nodes) = &found
            && self.too_many_pods(site, nodes, owners)
        {
            // on fewer nodes there are fewer pods that run on each, though those that are paid for be as many
            found = self.search(ours, &counts, Spared::Used, budget);
        }
        let mut remembered = self.remembered.borrow_mut();
        let known = remembered.entry(site).or_default();
        if found == Packed::NotFound {
            // what is left of a placement is one
            found = known.part(&counts).map_or(found, Packed::Found);
        }
        match found {
            // with other nodes there may be fewer pods on every node
            Packed::Found(nodes) if self.too_many_pods(site, &nodes, owners) => Packed::NotFound,
            Packed::Found(nodes) => {
                known.add(counts, &nodes);
                Packed::Found(nodes)
            }
            other => other,
        }
    }

    /// Places pods group by group.
    fn search(&self, ours: &Nodes, counts: &BTreeMap<usize, u64>, few: Spared, budget: &Budget) -> Packed {
        let mut further = ours.further;
        let mut placed = Vec::new();
        for group in &ours.groups {
            let (numbers, kinds) = self.kinds_of(group, counts);
            let packed = match few {
                Spared::Counted => pack(&group.shapes, &kinds, further, budget),
                Spared::Used => {
                    let unpaid: Vec<Shape> = group.shapes.iter().map(|it| Shape { min: 0, ..it.clone() }).collect();
                    pack(&unpaid, &kinds, group.mins().saturating_add(further), budget)
                }
            };
            let nodes = match packed {
                Packed::Found(nodes) => nodes,
                other => return other,
            };
            let beyond = counted(&group.shapes, &nodes) - group.mins();
            if beyond > further {
                return Packed::NotFound; // fewer in use, and more with those paid for
            }
            further -= beyond;
            placed.extend(nodes.into_iter().map(|node| Node {
                shape: group.pools[node.shape],
                pods: node.pods.into_iter().map(|(kind, pods)| (numbers[kind], pods)).collect(),
                count: node.count,
            }));
        }
        Packed::Found(placed)
    }

    /// How many pods there are of each kind, those of every cluster among them.
    fn counts(&self, workloads: &[usize], parts: &Parts) -> BTreeMap<usize, u64> {
        let mut counts = BTreeMap::new();
        for &workload in workloads.iter().chain(&self.platform) {
            let replicas = parts.pods(self.fleet, workload);
            if replicas > 0 {
                *counts.entry(self.kind_of[workload]).or_insert(0) += replicas;
            }
        }
        counts
    }

    /// The kinds of a group, with their numbers in the fleet.
    fn kinds_of(&self, group: &Group, counts: &BTreeMap<usize, u64>) -> (Vec<usize>, Vec<Kind>) {
        let ours = counts.iter().filter(|&(&kind, _)| self.kinds[kind].0 == group.pool);
        ours.map(|(&kind, &count)| (kind, Kind { pod: self.kinds[kind].1.clone(), count })).unzip()
    }

    /// Whether the pods, with those that run on every node in use and those that these tenants, and the platform's, have once,
    /// pass the maximum.
    fn too_many_pods(&self, site: usize, nodes: &[Node], owners: &BTreeSet<usize>) -> bool {
        let shape = self.fleet.shape(site);
        let Some(most) = shape.most.pods else { return false };
        let pods = nodes.iter().map(|node| {
            let each = node.pods.iter().map(|&(_, pods)| u128::from(pods)).sum::<u128>();
            (each + u128::from(shape.pools[node.shape].agents)) * u128::from(node.count)
        });
        pods.sum::<u128>() + self.fleet.pods_once(owners) > u128::from(most)
    }

    /// An empty cluster that is filled step by step, with the pods of every cluster in it; `None` where those do not
    /// fit. No groups where only sums count.
    #[must_use]
    pub fn begin(&self, site: usize, budget: &Budget) -> Option<Filled<'_>> {
        let groups = self.nodes[site].as_ref().map_or(&[][..], |ours| &ours.groups);
        let most = |group: &Group| group.mins().saturating_add(self.nodes[site].as_ref().map_or(0, |it| it.further));
        let fillings = groups.iter().map(|group| Filling::new(&group.shapes, most(group))).collect();
        let mut filled = Filled { pods: self, site, owners: BTreeSet::new(), fillings };
        filled.add(&self.counts(&[], &Parts::default()), budget).then_some(filled)
    }

    /// The same with these nodes in use by these workloads.
    #[must_use]
    pub fn resume(&self, site: usize, workloads: &[usize], nodes: &[Node]) -> Filled<'_> {
        let ours = self.nodes[site].as_ref();
        let mut fillings = Vec::new();
        for group in ours.map_or(&[][..], |ours| &ours.groups) {
            let local = |pool: usize| group.pools.iter().position(|&it| it == pool);
            let used = nodes.iter().filter_map(|node| Some((local(node.shape)?, node.count, &node.pods[..])));
            let most = group.mins().saturating_add(ours.map_or(0, |it| it.further));
            fillings.push(Filling::resume(&group.shapes, most, used, |kind| &self.kinds[kind].1));
        }
        Filled { pods: self, site, owners: self.fleet.overheads(workloads), fillings }
    }

    /// Nodes that are paid for: those in use, and at least the minimum of each pool.
    #[must_use]
    pub fn paid(&self, site: usize, nodes: &[Node]) -> u64 {
        let used = |pool: usize| nodes.iter().filter(|node| node.shape == pool).map(|node| node.count).sum::<u64>();
        let pools = self.fleet.shape(site).pools.iter().enumerate();
        pools.map(|(index, pool)| used(index).max(pool.min)).sum()
    }

    /// Says which workloads the pods are of: in their order, those of every cluster last.
    #[must_use]
    pub fn named(&self, workloads: &[usize], nodes: &[Node]) -> Vec<NodeContent> {
        self.named_parts(workloads, &Parts::default(), nodes)
    }

    /// The same with parts of splits.
    pub(super) fn named_parts(&self, workloads: &[usize], parts: &Parts, nodes: &[Node]) -> Vec<NodeContent> {
        let mut waiting: BTreeMap<usize, Vec<(usize, u64)>> = BTreeMap::new();
        for &workload in workloads.iter().chain(&self.platform).rev() {
            let replicas = parts.pods(self.fleet, workload);
            if replicas > 0 {
                waiting.entry(self.kind_of[workload]).or_default().push((workload, replicas)); // the first is taken from the end
            }
        }
        let mut contents: Vec<NodeContent> = Vec::new();
        for node in nodes {
            let mut left = node.count;
            while left > 0 {
                // as many equal nodes as the workloads at hand fill alike
                let run = |&(kind, pods): &(usize, u64)| {
                    waiting.get(&kind).and_then(|queue| queue.last()).map_or(1, |&(_, rest)| (rest / pods).max(1))
                };
                let count = node.pods.iter().map(run).min().unwrap_or(left).min(left);
                let mut pods: BTreeMap<usize, u64> = BTreeMap::new();
                for &(kind, each) in &node.pods {
                    take(waiting.entry(kind).or_default(), each, count, &mut pods);
                }
                let content = NodeContent { pool: node.shape, pods: pods.into_iter().collect(), count };
                match contents.last_mut() {
                    Some(last) if last.pool == content.pool && last.pods == content.pods => last.count += count,
                    _ => contents.push(content),
                }
                left -= count;
            }
        }
        contents
    }
}

fn usable(fleet: &Fleet, site: usize) -> Box<[Option<u64>]> {
    let groups = std::iter::once(None).chain((0..fleet.pools().len()).map(Some));
    let resources = 0..fleet.resources().len();
    groups.flat_map(|pool| resources.clone().map(move |resource| fleet.room(site, pool, resource))).collect()
}

/// The fewest nodes in use that the pods of these workloads, and those of every cluster, can have: by each resource and
/// each size of pod alone, and by the pods of at least a size, pools that take different pods apart. 0 where only sums
/// count.
#[must_use]
pub fn fewest_nodes(fleet: &Fleet, site: usize, workloads: &[usize], parts: &Parts) -> u64 {
    let bounds = bounds_on_nodes(fleet, site, workloads, parts);
    bounds.iter().map(|bound| bound.fewest.unwrap_or(0)).sum()
}

/// What is known, without a search, of the nodes that take the pods of one pool.
pub(super) struct NodeBound {
    /// `None`: the pods that name no pool.
    pub pool: Option<usize>,
    /// The fewest nodes in use; `None`: all that there may be are too few.
    pub fewest: Option<u64>,
    /// The nodes that there are in any case, and those that there may be.
    pub min: u64,
    pub max: u64,
    /// The fewest pods that run on every node on one of them.
    pub agents: u64,
}

/// The bounds behind [`fewest_nodes`], one for the pods of each pool. None where only sums count.
pub(super) fn bounds_on_nodes(fleet: &Fleet, site: usize, workloads: &[usize], parts: &Parts) -> Vec<NodeBound> {
    let shape = fleet.shape(site);
    if !shape.packs_nodes() {
        return Vec::new();
    }
    let everywhere = fleet.platform().filter(|it| !it.per_node).map(|it| (it, it.replicas));
    let here = workloads.iter().map(|&workload| (&fleet.workloads()[workload], parts.pods(fleet, workload)));
    let mut kinds: BTreeMap<(Option<usize>, &[u64]), u64> = BTreeMap::new();
    for (workload, pods) in here.chain(everywhere) {
        *kinds.entry((workload.pool, &workload.pod)).or_insert(0) += pods;
    }
    let groups = nodes_of(shape).groups;
    let least = |group: &Group| {
        let ours = kinds.iter().filter(|((pool, _), _)| *pool == group.pool);
        let ours: Vec<Kind> = ours.map(|((_, pod), &count)| Kind { pod: pod.to_vec(), count }).collect();
        NodeBound {
            pool: group.pool,
            fewest: fewest(&group.shapes, &ours),
            min: group.mins(),
            max: group.shapes.iter().fold(0, |sum, it| sum.saturating_add(it.max)),
            agents: group.pools.iter().map(|&pool| shape.pools[pool].agents).min().unwrap_or(0),
        }
    };
    groups.iter().map(least).collect()
}

/// Adds amounts up, place by place.
pub(super) fn add(sums: &mut [u64], parts: &[u64]) {
    for (sum, &part) in sums.iter_mut().zip(parts) {
        *sum = sum.saturating_add(part);
    }
}

/// Whether some tenant that takes something once in a cluster has several units: the bounds count that for some of them
/// alone.
fn overheads_forgotten(fleet: &Fleet) -> bool {
    let mut seen = BTreeSet::new();
    let several = |unit: &[usize]| unit.iter().any(|&it| fleet.workloads()[it].is_split());
    let once =
        |unit: &Vec<usize>| fleet.overheads(unit).into_iter().map(|owner| (owner, several(unit))).collect::<Vec<_>>();
    fleet.tenants().iter().any(Tenant::takes_once)
        && fleet.units().iter().flat_map(once).any(|(owner, several)| !seen.insert(owner) || several)
}

/// What the bounds forget: they know of sums, not of nodes, nor that several units are of one namespace or tenant, nor of the
/// pods that run on every node in use or in several pools together, nor in how many clusters a tenant takes what it takes once
/// in each, or a split is; and where a split has fewer replicas than run, not of how many run where; nor of rules of regions that leave
/// a choice.
#[must_use]
pub fn forgotten(fleet: &Fleet) -> Vec<String> {
    let any = |test: fn(&ClusterShape) -> bool| fleet.sites().iter().any(|site| test(&site.shape));
    let everywhere = |it: &ClusterShape| it.pools.iter().any(|pool| pool.agents > 0 || pool.named.is_some());
    let forgot = [
        ("nodes", any(ClusterShape::packs_nodes)),
        ("maximums.namespaces", fleet.counts_in_several(Count::Namespaces)),
        ("maximums.pods", fleet.sites().iter().any(|it| it.shape.most.pods.is_some() && everywhere(&it.shape))),
        ("maximums.tenants", fleet.counts_in_several(Count::Tenants)),
        ("overhead", overheads_forgotten(fleet)),
        ("runsIn", fleet.shrinks()),
        (
            "split",
            fleet.splits().any(|split| fleet.workloads()[split].most_clusters() < fleet.workloads()[split].replicas),
        ),
        ("apart.region", fleet.policy().kept_apart.iter().any(|rule| rule.by == ApartBy::Region)),
        ("copies.spread", fleet.workloads().iter().any(spread_in_some)),
        ("together.region", !fleet.policy().together_in_region.is_empty()),
    ];
    forgot.into_iter().filter(|(_, matters)| *matters).map(|(id, _)| id.to_owned()).collect()
}

/// Whether the copies of a workload are spread over some of the regions that it may be in.
fn spread_in_some(it: &Workload) -> bool {
    let room = |most: u64| most.saturating_mul(it.regions.len() as u64);
    it.most_in_a_region().is_some_and(|most| most < it.copies() && it.copies() < room(most))
}

/// What a cluster costs with these nodes in use, in thousandths; `None` where no cost is named.
pub(crate) fn cost(site: &Site, nodes: &[NodeContent]) -> Option<u64> {
    let shape = &site.shape;
    let mins: u64 = shape.pools.iter().map(|pool| pool.min).sum();
    site.cost(if shape.packs_nodes() { nodes_paid(shape, nodes) - mins } else { 0 })
}

/// Nodes that are paid for: those in use, and at least the minimum of each pool.
fn nodes_paid(shape: &ClusterShape, nodes: &[NodeContent]) -> u64 {
    let used = |pool: usize| nodes.iter().filter(|node| node.pool == pool).map(|node| node.count).sum::<u64>();
    shape.pools.iter().enumerate().map(|(index, pool)| used(index).max(pool.min)).sum()
}

/// Takes `each` pods for each of `count` nodes from a queue: of one workload, or for a single node of several.
fn take(queue: &mut Vec<(usize, u64)>, each: u64, count: u64, pods: &mut BTreeMap<usize, u64>) {
    let mut left = each;
    while left > 0 {
        let Some((workload, rest)) = queue.last_mut() else { return };
        // of several nodes only where the workload fills all of them
        let here = left.min(*rest / count);
        if here == 0 {
            return;
        }
        *pods.entry(*workload).or_default() += here;
        *rest -= here * count;
        left -= here;
        if *rest == 0 {
            queue.pop();
        }
    }
}

fn nodes_of(shape: &ClusterShape) -> Nodes {
    let mut groups: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    groups.insert(None, Vec::new());
    for (index, pool) in shape.pools.iter().enumerate() {
        // a dedicated pool that nobody names takes nothing
        if !pool.dedicated || pool.named.is_some() {
            groups.entry(pool.named).or_default().push(index);
        }
    }
    let of_pool = |&pool: &usize| {
        let pool = &shape.pools[pool];
        let node = pool.node.iter().map(|offer| offer.unwrap_or(UNLIMITED)).collect();
        Shape { node, min: pool.min, max: pool.max }
    };
    let group =
        |(pool, pools): (Option<usize>, Vec<usize>)| Group { pool, shapes: pools.iter().map(of_pool).collect(), pools };
    Nodes { groups: groups.into_iter().map(group).collect(), further: shape.further_nodes() }
}

/// The nodes of a cluster that is filled step by step.
#[derive(Clone)]
pub struct Filled<'p> {
    pods: &'p Pods<'p>,
    site: usize,
    /// The tenants in it that take something once.
    owners: BTreeSet<usize>,
    fillings: Vec<Filling<'p>>,
}

impl Filled<'_> {
    /// Adds the pods of workloads beside what is there, where there is room for them without moving anything.
    pub fn add_all(&mut self, workloads: &[usize], budget: &Budget) -> bool {
        let mut counts = BTreeMap::new();
        for &workload in workloads {
            let replicas = self.pods.fleet.workloads()[workload].replicas_of_copy();
            if replicas > 0 {
                *counts.entry(self.pods.kind_of[workload]).or_insert(0) += replicas;
            }
        }
        let before = self.owners.clone();
        self.owners.extend(self.pods.fleet.overheads(workloads));
        let fits = self.add(&counts, budget);
        if !fits {
            self.owners = before;
        }
        fits
    }

    fn add(&mut self, counts: &BTreeMap<usize, u64>, budget: &Budget) -> bool {
        let Some(ours) = &self.pods.nodes[self.site] else { return true };
        let before = self.fillings.clone();
        let mut fits = true;
        for (group, filling) in ours.groups.iter().zip(&mut self.fillings) {
            for (&kind, &count) in counts.iter().filter(|&(&kind, _)| self.pods.kinds[kind].0 == group.pool) {
                fits = fits
                    && filling.add(kind, &self.pods.kinds[kind].1, count, super::nodes::Opening::Most, budget) == 0;
            }
        }
        if fits && self.pods.fleet.shape(self.site).most.pods.is_some() {
            fits = !self.pods.too_many_pods(self.site, &self.nodes(), &self.owners);
        }
        let further: u64 = ours.groups.iter().zip(&self.fillings).map(|(group, it)| it.counted() - group.mins()).sum();
        fits = fits && further <= ours.further;
        if !fits {
            self.fillings = before;
        }
        fits
    }

    /// The nodes in use.
    #[must_use]
    pub fn nodes(&self) -> Vec<Node> {
        let Some(ours) = &self.pods.nodes[self.site] else { return Vec::new() };
        let mut nodes = Vec::new();
        for (group, filling) in ours.groups.iter().zip(&self.fillings) {
            nodes.extend(filling.nodes().into_iter().map(|node| Node { shape: group.pools[node.shape], ..node }));
        }
        nodes
    }
}
