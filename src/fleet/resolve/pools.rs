//! Node pools: the shapes of nodes, what runs on every one of them, and which workloads they are dedicated to.

use std::collections::BTreeSet;
use std::fmt;

use super::amounts::{PODS, Resources};
use super::names::check_name;
use crate::error::InputProblem;
use crate::fleet::document::{Document, PoolDocument, TemplateDocument};
use crate::fleet::problems::{Path, Problems, nearest, quoted, shown};
use crate::fleet::shape::{Maximums, NodePool, most_of};
use crate::fleet::workload::Workload;
use crate::quantity;

/// Pods that a node takes where its pool names none: the kubelet's default.
const PODS_A_NODE: u64 = 110;
/// Resources times groups of pools: more dimensions than this have no certificate.
const MOST_DIMENSIONS: usize = 256;

/// The dedicated pools that workloads name, ascending.
pub(super) struct Pools<'d> {
    document: &'d Document,
    pub names: Vec<String>,
    /// Some pool could not be read: which there are, and which of them are dedicated, is not known.
    pub unsure: bool,
}

impl<'d> Pools<'d> {
    pub fn new(document: &'d Document, resources: &Resources, problems: &mut Problems) -> Self {
        let named: BTreeSet<&str> = document.workloads.iter().filter_map(|workload| workload.pool.as_deref()).collect();
        let dedicated: BTreeSet<&str> = pools(document)
            .filter(|(_, pool)| pool.dedicated == Some(true))
            .map(|(_, pool)| pool.name.as_str())
            .collect();
        let mut names: Vec<String> = named.intersection(&dedicated).map(|&name| name.to_owned()).collect();
        if resources.len() * (1 + names.len()) > MOST_DIMENSIONS {
            let message =
                format!("more than {MOST_DIMENSIONS} different resources, counted anew for each dedicated pool");
            problems.add(&Path::Root.key("clusterTemplates"), InputProblem::new("too-many-items", "", message));
            names.truncate(MOST_DIMENSIONS / resources.len().max(1) - 1);
        }
        Self { document, names, unsure: names_unsure(document, problems) }
    }

    /// The pool that a workload names: dedicated wherever it exists.
    pub fn find(&self, name: &str, path: &Path, problems: &mut Problems) -> Option<usize> {
        let found = self.names.iter().position(|pool| pool == name);
        if self.unsure {
            return found;
        }
        let shared = pools(self.document).find(|(_, pool)| pool.name == name && pool.dedicated != Some(true));
        if let Some((owner, _)) = shared {
            let message =
                format!("the pool {} of {owner} is not dedicated: it takes workloads that name no pool", quoted(name));
            let problem = InputProblem::new("pool-not-dedicated", "", message)
                .with_expected("a pool with `dedicated: true` in every template that has it");
            problems.add(path, problem);
            return None;
        }
        let known = || pools(self.document).map(|(_, pool)| pool.name.as_str());
        if found.is_none() && !known().any(|pool| pool == name) {
            let dedicated = pools(self.document).filter(|(_, pool)| pool.dedicated == Some(true));
            let near = nearest(name, dedicated.map(|(_, pool)| pool.name.as_str()));
            let problem = InputProblem::new("unknown-pool", "", "no template has a pool of this name")
                .with_got(quoted(name))
                .with_suggestion(near);
            problems.add(path, problem);
        }
        found
    }
}

/// What a pool is part of, for a message.
#[derive(Clone, Copy)]
enum Owner<'d> {
    Template(&'d str),
    Cluster(&'d str),
}

impl fmt::Display for Owner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Template(name) => write!(f, "template {}", quoted(name)),
            Self::Cluster(name) => write!(f, "cluster {}", quoted(name)),
        }
    }
}

/// The pools of the templates, then those of existing clusters.
fn pools(document: &Document) -> impl Iterator<Item = (Owner<'_>, &PoolDocument)> {
    let templates = document.cluster_templates.iter().map(|it| (Owner::Template(&it.name), &it.node_pools));
    let clusters = document.existing_clusters.iter().map(|it| (Owner::Cluster(&it.name), &it.node_pools));
    templates.chain(clusters).flat_map(|(owner, pools)| pools.iter().flatten().map(move |pool| (owner, pool)))
}

/// Whether some pool, its name or what it is for could not be read.
fn names_unsure(document: &Document, problems: &Problems) -> bool {
    let unread = |path: &Path, pools: &Option<Vec<PoolDocument>>| {
        let list = path.key("nodePools");
        let mut each = 0..pools.as_ref().map_or(0, Vec::len);
        problems.is_spoilt(&list) || each.any(|at| problems.is_spoilt_at(&list.index(at), &["name", "dedicated"]))
    };
    let (templates, clusters) = (Path::Root.key("clusterTemplates"), Path::Root.key("existingClusters"));
    let mut of_templates = document.cluster_templates.iter().enumerate();
    let mut of_clusters = document.existing_clusters.iter().enumerate();
    of_templates.any(|(at, it)| unread(&templates.index(at), &it.node_pools))
        || of_clusters.any(|(at, it)| unread(&clusters.index(at), &it.node_pools))
}

/// The node pools of a template, less what runs on every node. The second answer: whether every node can carry that.
pub(super) fn read(
    template: &TemplateDocument,
    resources: &Resources,
    (workloads, names): (&[Workload], &[String]),
    most: &Maximums,
    path: &Path,
    problems: &mut Problems,
) -> (Vec<NodePool>, bool) {
    let documents = template.node_pools.as_deref().unwrap_or_default();
    let list = path.key("nodePools");
    if documents.is_empty() {
        problems.add(&list, InputProblem::new("empty-list", "", "a template has at least one node pool"));
    }
    let mut pools: Vec<NodePool> = Vec::new();
    let mut carries = true;
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (index, pool) in documents.iter().enumerate() {
        let path = list.index(index);
        check_name(&pool.name, false, &path.key("name"), problems);
        if !seen.insert(&pool.name) && !pool.name.is_empty() {
            let problem = InputProblem::new("duplicate-name", "", "a pool of this name stands above")
                .with_got(quoted(&pool.name));
            problems.add(&path.key("name"), problem);
        }
        let most_at = path.key("max");
        if pool.max == 0 {
            problems.add(&most_at, InputProblem::new("bad-number", "", "a pool has at least one node").with_got("0"));
            problems.spoil(&most_at);
        }
        let min = pool.min.unwrap_or(0);
        if min > pool.max && !problems.is_spoilt(&most_at) {
            let problem = InputProblem::new("bad-range", "", "min is more than max")
                .with_got(format!("min {min}, max {}", pool.max));
            problems.add(&path.key("min"), problem);
        }
        let mut node = resources.allocatable(&pool.allocatable, &path.key("allocatable"), problems);
        if !pool.allocatable.contains_key("pods") && !problems.is_spoilt(&path.key("allocatable").key("pods")) {
            node[PODS] = Some(PODS_A_NODE);
        }
        let dedicated = pool.dedicated.unwrap_or(false);
        let named = names.iter().position(|name| dedicated && *name == pool.name);
        let mut agents = 0;
        for agent in workloads.iter().filter(|it| it.per_node && (it.pool.is_none() || it.pool == named)) {
            agents += 1;
            for (offer, &pod) in node.iter_mut().zip(agent.pod.iter()) {
                if let Some(offer) = offer {
                    carries &= *offer >= pod;
                    *offer = offer.saturating_sub(pod);
                }
            }
        }
        // No node at all has been reported.
        let max = pool.max.max(1);
        pools.push(NodePool { name: pool.name.clone(), node, agents, min: min.min(max), max, dedicated, named });
    }
    let mins = pools.iter().fold(0u64, |sum, pool| sum.saturating_add(pool.min));
    if let Some(most) = most.nodes.filter(|&most| most > 0 && most < mins) {
        let message = format!("the pools have at least {mins} nodes together, and the maximum is {most}");
        problems.add(&path.key("maximums").key("nodes"), InputProblem::new("contradiction", "", message));
    }
    (pools, carries)
}

/// Whether how many nodes some pool of a template has is not known: what it holds is not known either.
pub(super) fn unsure(template: &TemplateDocument, path: &Path, problems: &Problems) -> bool {
    let list = path.key("nodePools");
    let pools = template.node_pools.as_ref().map_or(0, Vec::len);
    (0..pools).any(|index| problems.is_spoilt(&list.index(index).key("max")))
}

/// What all the nodes that take the workloads of a pool offer together; `None`: unlimited.
pub(super) fn offered(
    pools: &[NodePool],
    pool: Option<usize>,
    further: u64,
    resources: &Resources,
    path: &Path,
    problems: &mut Problems,
) -> Vec<Option<u64>> {
    let ours = || pools.iter().filter(|it| it.takes(pool));
    let sum = |column: usize| {
        if ours().any(|pool| pool.node[column].is_none()) {
            return None;
        }
        let sum = most_of(ours().map(|pool| (pool, pool.node[column].unwrap_or(0))), further);
        let doubtful = |index: usize| {
            let path = path.key("nodePools");
            problems.is_spoilt(&path.index(index).key("allocatable").key(&resources.names[column]))
        };
        if sum > quantity::MAX && !(0..pools.len()).any(doubtful) {
            let message =
                format!("the {} of all nodes together is more than 2^63 - 1", shown(&resources.names[column]));
            problems.add(&path.key("nodePools"), InputProblem::new("too-large", "", message));
        }
        Some(sum.min(quantity::MAX))
    };
    (0..resources.len()).map(sum).collect()
}
