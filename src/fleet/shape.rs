//! What a cluster offers and what it costs.

use super::existing::Occupied;

/// The column of pods in every row of resources.
const PODS: usize = 2;

/// The shape of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Allocatable of the whole cluster for each resource of the fleet, before headroom, less what runs on every node;
    /// dedicated pools aside; `None`: unlimited.
    pub allocatable: Vec<Option<u64>>,
    /// Usable: after headroom and maximums, less the per-cluster overhead; dedicated pools aside; `None`: unlimited.
    pub usable: Vec<Option<u64>>,
    /// Usable in the dedicated pool of each name of [`Fleet::pools`](super::Fleet::pools); `None`: there is none.
    pub dedicated: Vec<Option<Vec<Option<u64>>>>,
    /// Whether it can carry the workloads of the platform; where not, it is closed to everybody.
    pub carries: bool,
    /// The node pools; empty where none are known.
    pub pools: Vec<NodePool>,
    /// Whether the pods must fit the nodes one by one.
    pub packing: NodePacking,
    /// Further maximums of a cluster.
    pub most: Maximums,
    /// Cost of one cluster in thousandths, with the least number of nodes (all of them where only sums count).
    pub cost: Option<u64>,
    /// Cost of each further node in use, in thousandths; 0 where only sums count.
    pub node_cost: u64,
}

/// Nodes of one shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodePool {
    /// Its name.
    pub name: String,
    /// What one node offers of each resource, less the pods that run on every node; `None`: unlimited.
    pub node: Vec<Option<u64>>,
    /// How many pods run on every node of it: one of each `perNode` workload of this pool or of all.
    pub agents: u64,
    /// Nodes that are there, and paid for, even if they stay empty.
    pub min: u64,
    /// Nodes at most.
    pub max: u64,
    /// Only for workloads that name it.
    pub dedicated: bool,
    /// Which of [`Fleet::pools`](super::Fleet::pools) it is; `None` where no workload names it.
    pub named: Option<usize>,
}

/// What decides whether pods fit a cluster that has node pools.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NodePacking {
    /// There must be a placement of every pod on a node.
    #[default]
    Nodes,
    /// The sums of the nodes must suffice, and one pod must fit some node.
    Sums,
}

/// Maximums of one cluster; `None`: none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Maximums {
    /// Nodes in use or paid for, of all pools.
    pub nodes: Option<u64>,
    /// Pods, all of them.
    pub pods: Option<u64>,
    /// Namespaces, those of the platform among them.
    pub namespaces: Option<u64>,
    /// Tenants, platform workloads aside.
    pub tenants: Option<u64>,
}

impl NodePool {
    /// Whether workloads of that pool (an index into [`Fleet::pools`](super::Fleet::pools); `None`: of none) run here.
    #[must_use]
    pub fn takes(&self, pool: Option<usize>) -> bool {
        if self.dedicated { pool.is_some() && self.named == pool } else { pool.is_none() }
    }

    /// How many pods like this one an empty node takes.
    #[must_use]
    pub fn fit(&self, pod: &[u64]) -> u64 {
        let each = self.node.iter().zip(pod).filter_map(|(&offer, &pod)| offer?.checked_div(pod));
        each.min().unwrap_or(u64::MAX)
    }
}

impl Shape {
    /// A cluster that offers nothing, for one whose shape cannot be read.
    pub(super) fn of_nothing(resources: usize, pools: usize) -> Self {
        Self {
            allocatable: vec![Some(0); resources],
            usable: vec![Some(0); resources],
            dedicated: vec![None; pools],
            carries: true,
            pools: Vec::new(),
            packing: NodePacking::Nodes,
            most: Maximums::default(),
            cost: None,
            node_cost: 0,
        }
    }

    /// Takes what others occupy off what is usable, and off the maximums.
    pub(super) fn take(&mut self, occupied: &Occupied) {
        for (usable, &taken) in self.usable.iter_mut().zip(&occupied.amounts) {
            let Some(usable) = usable else { continue };
            self.carries &= taken <= *usable;
            *usable = usable.saturating_sub(taken);
        }
        let pods = occupied.amounts[PODS];
        self.most.pods = self.most.pods.map(|most| most.saturating_sub(pods));
        self.most.namespaces = self.most.namespaces.map(|most| most.saturating_sub(occupied.namespaces));
    }

    /// Whether every pod needs a node of its own choosing: there are pools, and not only their sums count.
    #[must_use]
    pub fn packs_nodes(&self) -> bool {
        !self.pools.is_empty() && self.packing == NodePacking::Nodes
    }

    /// What is usable of a resource by the workloads of a pool (`None`: of those that name none); the inner `None`:
    /// unlimited. Nothing where there is no such pool.
    #[must_use]
    pub fn usable_by(&self, pool: Option<usize>, resource: usize) -> Option<u64> {
        match pool {
            None => self.usable[resource],
            Some(pool) => self.dedicated[pool].as_ref().map_or(Some(0), |usable| usable[resource]),
        }
    }

    /// How many nodes at most beyond the minimums of all pools.
    #[must_use]
    pub fn further_nodes(&self) -> u64 {
        let mins = self.pools.iter().fold(0u64, |sum, pool| sum.saturating_add(pool.min));
        self.most.nodes.map_or(u64::MAX, |most| most.saturating_sub(mins))
    }

    /// How many pods like this one the nodes take if nothing else but what runs on every node is there: exact.
    /// Complexity: sorts the pools.
    #[must_use]
    pub fn pods_alone(&self, pod: &[u64], pool: Option<usize>) -> u64 {
        most_of(self.pools.iter().filter(|it| it.takes(pool)).map(|it| (it, it.fit(pod))), self.further_nodes())
    }
}

/// The largest sum of an amount a node that the numbers of nodes allow: every pool's minimum, and `further` beyond.
pub(super) fn most_of<'a>(pools: impl Iterator<Item = (&'a NodePool, u64)>, further: u64) -> u64 {
    let mut pools: Vec<(u64, u64, u64)> = pools.map(|(pool, each)| (each, pool.min, pool.max)).collect();
    pools.sort_unstable_by(|a, b| b.cmp(a));
    let (mut left, mut sum) = (further, 0u64);
    for (each, min, max) in pools {
        let more = (max - min.min(max)).min(left);
        left -= more;
        sum = sum.saturating_add(each.saturating_mul(min.min(max).saturating_add(more)));
    }
    sum
}
