//! Cluster templates: what one cluster offers, before and after headroom, maximums and overhead.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::amounts::{PODS, Resources, decimal};
use super::names::{check_name, check_text, list_of};
use super::pools;
use crate::error::InputProblem;
use crate::fleet::amount::Amount;
use crate::fleet::document::{CostDocument, Document, TemplateDocument};
use crate::fleet::door::Door;
use crate::fleet::presets::{PRESETS, Preset};
use crate::fleet::problems::{Path, Problems, nearest, quoted, shown};
use crate::fleet::region::Region;
use crate::fleet::shape::{Maximums, NodePacking, NodePool, Shape};
use crate::fleet::template::ClusterTemplate;
use crate::fleet::tenant::Tenant;
use crate::fleet::workload::Workload;
use crate::quantity;

/// Pods that a cluster takes where it has no pools and names none: Kubernetes' published limit.
const PODS_A_CLUSTER: u64 = 150_000;
/// What a plan may cost at most, in thousandths: 10^12 in whole units. Documents carry costs as numbers with three decimals,
/// and readers take those for binary floating point, which tells such numbers apart up to 2^43 only.
const MAX_COST: u64 = 1_000_000_000_000_000;
/// Headroom is a whole number of millionths.
const WHOLE: u64 = 1_000_000;

/// Reads the templates; `usable` is still without the per-cluster overhead, and `carries` speaks of what runs on every node.
pub(super) fn templates(
    document: &Document,
    resources: &Resources,
    (workloads, names): (&[Workload], &[String]),
    doors: Vec<(Vec<usize>, Door)>,
    cost_needed: bool,
    problems: &mut Problems,
) -> Vec<ClusterTemplate> {
    let root = Path::Root;
    let list = root.key("clusterTemplates");
    let mut seen: FxHashMap<&str, usize> = FxHashMap::default();
    let mut templates = Vec::new();
    for ((index, template), (regions, door)) in document.cluster_templates.iter().enumerate().zip(doors) {
        let path = list.index(index);
        check_name(&template.name, false, &path.key("name"), problems);
        if let Some(first) = seen.get(template.name.as_str()).filter(|_| !template.name.is_empty()) {
            let message = format!("this template has the name of clusterTemplates[{first}]");
            problems.add(
                &path.key("name"),
                InputProblem::new("duplicate-name", "", message).with_got(quoted(&template.name)),
            );
        } else {
            seen.insert(&template.name, index);
        }
        if cost_needed && template.cost.is_none() {
            let message = "the objective or a limit names the cost, and this template has none";
            problems.add(&path.key("cost"), InputProblem::new("missing-cost", "", message));
        }
        templates.push(ClusterTemplate {
            name: template.name.clone(),
            regions,
            door: Arc::new(door),
            shape: Arc::new(read(template, resources, (workloads, names), &path, problems)),
            max_count: template.max_count,
            labels: template.labels.clone(),
        });
    }
    templates
}

pub(super) fn read(
    template: &TemplateDocument,
    resources: &Resources,
    (workloads, names): (&[Workload], &[String]),
    path: &Path,
    problems: &mut Problems,
) -> Shape {
    let spoilt = problems.is_spoilt(path)
        || problems.is_spoilt(&path.key("allocatable"))
        || problems.is_spoilt(&path.key("nodePools"));
    let most = maximums(template, path, problems);
    let packing = packing(template, path, problems);
    let (mut pools, mut carries) = (Vec::new(), true);
    let mut dedicated: Vec<Option<Vec<Option<u64>>>> = vec![None; names.len()];
    let allocatable = match (&template.allocatable, &template.node_pools) {
        (Some(map), None) => {
            let mut row = resources.allocatable(map, &path.key("allocatable"), problems);
            if !map.contains_key("pods") && !problems.is_spoilt(&path.key("allocatable").key("pods")) {
                row[PODS] = Some(PODS_A_CLUSTER);
            }
            row
        }
        (None, Some(given)) => {
            (pools, carries) = pools::read(template, resources, (workloads, names), &most, path, problems);
            let mins = pools.iter().fold(0u64, |sum, pool| sum.saturating_add(pool.min));
            let further = most.nodes.map_or(u64::MAX, |most| most.saturating_sub(mins));
            let mut offered = |pool| pools::offered(&pools, pool, further, resources, path, problems);
            for pool in pools.iter().filter_map(|pool| pool.named) {
                dedicated[pool] = Some(offered(Some(pool)));
            }
            // that a list which could not be read, or names none, offers nothing is no second problem
            if given.is_empty() { vec![None; resources.len()] } else { offered(None) }
        }
        (None, None) => {
            if !spoilt {
                let message = "a template has `allocatable` or `nodePools`";
                problems.add(path, InputProblem::new("missing-key", "", message));
            }
            vec![None; resources.len()]
        }
        (Some(_), Some(_)) => {
            let message = "a template has `allocatable` or `nodePools`, not both";
            problems.add(&path.key("nodePools"), InputProblem::new("contradiction", "", message));
            vec![None; resources.len()]
        }
    };
    if template.node_pools.is_none() && !spoilt {
        no_pools(template, workloads, path, problems);
    }
    let headroom =
        template.headroom.as_ref().and_then(|text| headroom(text, &path.key("headroom"), problems)).unwrap_or(0);
    let usable = |offered: &[Option<u64>]| {
        let mut usable: Vec<Option<u64>> =
            offered.iter().map(|amount| amount.map(|amount| without(amount, headroom))).collect();
        if let Some(most) = most.pods {
            usable[PODS] = Some(usable[PODS].map_or(most, |pods| pods.min(most)));
        }
        usable
    };
    for (name, text) in &template.labels {
        check_text(text, 1000, &path.key("labels").key(name), problems);
    }
    let (cost, node_cost) = match &template.cost {
        Some(given) => cost(given, template, (&pools, packing, most.nodes), &path.key("cost"), problems),
        None => (None, 0),
    };
    Shape {
        usable: usable(&allocatable),
        dedicated: dedicated.iter().map(|offered| offered.as_deref().map(usable)).collect(),
        allocatable,
        carries,
        pools,
        packing,
        most,
        cost,
        node_cost,
    }
}

fn maximums(template: &TemplateDocument, path: &Path, problems: &mut Problems) -> Maximums {
    let Some(maximums) = &template.maximums else { return Maximums::default() };
    let path = path.key("maximums");
    let counts = [("nodes", maximums.nodes), ("namespaces", maximums.namespaces), ("tenants", maximums.tenants)];
    for (name, _) in counts.iter().filter(|(_, most)| *most == Some(0)) {
        problems.add(&path.key(name), InputProblem::new("bad-number", "", "at least 1").with_got("0"));
    }
    // what is wrong here is said once: that nobody fits is no second problem
    let sound = |most: Option<u64>| most.filter(|&most| most > 0);
    let own = Maximums {
        nodes: sound(maximums.nodes),
        pods: maximums.pods,
        namespaces: sound(maximums.namespaces),
        tenants: sound(maximums.tenants),
    };
    let Some(name) = &maximums.preset else { return own };
    let Some(preset) = Preset::find(name) else {
        let known = PRESETS.map(|preset| preset.name);
        let problem = InputProblem::new("bad-value", "", "there are no documented limits of this name")
            .with_got(quoted(name))
            .with_expected(list_of(&known))
            .with_suggestion(nearest(name, known));
        problems.add(&path.key("preset"), problem);
        return own;
    };
    preset.under(own, template.node_pools.is_some())
}

fn packing(template: &TemplateDocument, path: &Path, problems: &mut Problems) -> NodePacking {
    match template.node_packing.as_deref() {
        None | Some("nodes") => NodePacking::Nodes,
        Some("sums") => NodePacking::Sums,
        Some(other) => {
            let known = ["nodes", "sums"];
            let problem = InputProblem::new("bad-value", "", "this says nothing about how pods fit nodes")
                .with_got(quoted(other))
                .with_expected("nodes or sums")
                .with_suggestion(nearest(other, known));
            problems.add(&path.key("nodePacking"), problem);
            NodePacking::Nodes
        }
    }
}

/// What speaks of nodes means nothing in a template without any.
fn no_pools(template: &TemplateDocument, workloads: &[Workload], path: &Path, problems: &mut Problems) {
    if template.maximums.as_ref().is_some_and(|maximums| maximums.nodes.is_some()) {
        let message = "a maximum of nodes means nothing without node pools";
        problems.add(&path.key("maximums").key("nodes"), InputProblem::new("contradiction", "", message));
    }
    if template.node_packing.is_some() {
        let message = "how pods fit nodes means nothing without node pools";
        problems.add(&path.key("nodePacking"), InputProblem::new("contradiction", "", message));
    }
    if let Some(index) = workloads.iter().position(|workload| workload.per_node) {
        let message = format!("workloads[{index}] runs on every node, and this template names no node pools");
        let problem = InputProblem::new("contradiction", "", message).with_expected("nodePools");
        problems.add(path, problem);
    }
}

/// Floor of the amount less the headroom.
fn without(amount: u64, headroom: u64) -> u64 {
    let rest = u128::from(amount) * u128::from(WHOLE - headroom) / u128::from(WHOLE);
    // Not above `amount`.
    u64::try_from(rest).unwrap_or(amount)
}

/// `20%` or `0.2`, in millionths.
fn headroom(amount: &Amount, path: &Path, problems: &mut Problems) -> Option<u64> {
    let text = amount.as_str();
    let share = match text.strip_suffix('%') {
        Some(percent) => decimal(percent.trim_end(), 4),
        None => decimal(text, 6),
    };
    let share = share.filter(|&share| share < WHOLE);
    if share.is_none() {
        let problem = InputProblem::new("bad-headroom", "", "this is not a share that can stay free")
            .with_got(shown(text))
            .with_expected(
                "a share from 0 to below 1, such as 0.2 or 20%, with at most 6 decimals (4 of a percentage)",
            );
        problems.add(path, problem);
    }
    share
}

/// The cost of a cluster with its least number of nodes, and of each further node in use.
fn cost(
    cost: &CostDocument,
    template: &TemplateDocument,
    (pools, packing, most_nodes): (&[NodePool], NodePacking, Option<u64>),
    path: &Path,
    problems: &mut Problems,
) -> (Option<u64>, u64) {
    let parts = match cost {
        CostDocument::Flat(amount) => return (money(amount, path, problems), 0),
        CostDocument::Parts(parts) => parts,
    };
    if parts.cluster.is_none() && parts.per_node.is_none() && !problems.is_spoilt(path) {
        let problem =
            InputProblem::new("empty-map", "", "this names no cost").with_expected("cluster, perNode or both");
        problems.add(path, problem);
    }
    let cluster = parts.cluster.as_ref().map_or(Some(0), |amount| money(amount, &path.key("cluster"), problems));
    let Some(amount) = &parts.per_node else { return (cluster, 0) };
    let path = path.key("perNode");
    if template.node_pools.is_none() {
        problems.add(&path, InputProblem::new("contradiction", "", "a cost of nodes means nothing without node pools"));
    }
    let (Some(cluster), Some(each)) = (cluster, money(amount, &path, problems)) else { return (None, 0) };
    let nodes = |count: fn(&NodePool) -> u64| pools.iter().fold(0u64, |sum, pool| sum.saturating_add(count(pool)));
    let all = nodes(|pool| pool.max).min(most_nodes.unwrap_or(u64::MAX));
    let with = |nodes: u64| each.checked_mul(nodes)?.checked_add(cluster).filter(|&sum| sum <= quantity::MAX);
    if with(all).is_none() {
        problems.add(&path, InputProblem::new("too-large", "", "the cost of a cluster is more than can be counted"));
    }
    match packing {
        NodePacking::Nodes => (with(nodes(|pool| pool.min)), each),
        NodePacking::Sums => (with(all), 0),
    }
}

pub(super) fn money(amount: &Amount, path: &Path, problems: &mut Problems) -> Option<u64> {
    let cost = decimal(amount.as_str(), 3);
    if cost.is_none() {
        let problem = InputProblem::new("bad-cost", "", "this is not a cost that can be counted")
            .with_got(shown(amount.as_str()))
            .with_expected("a number that is not negative, with at most 3 decimals");
        problems.add(path, problem);
    }
    cost
}

/// The dearest plan, a cluster of the dearest template for every workload, must not cost more than can be written exactly.
pub(super) fn countable_costs(
    templates: &[ClusterTemplate],
    regions: &[Region],
    workloads: &[Workload],
    problems: &mut Problems,
) {
    let placed = || workloads.iter().filter(|workload| !workload.per_cluster);
    let clusters = placed().map(|workload| u128::from(workload.copies())).sum::<u128>().max(1);
    let what = if clusters > placed().count().max(1) as u128 { "copies" } else { "workloads" };
    let list = Path::Root.key("clusterTemplates");
    for (index, template) in templates.iter().enumerate() {
        let shape = &template.shape;
        let further = shape.pools.iter().map(|pool| u128::from(pool.max - pool.min)).sum::<u128>();
        let further = further.min(u128::from(shape.further_nodes()));
        let one = u128::from(shape.cost.unwrap_or(0)) + u128::from(shape.node_cost) * further;
        let factor = template.regions.iter().map(|&region| regions[region].cost_factor).max().unwrap_or(WHOLE);
        let one = (one.min(u128::from(MAX_COST)) * u128::from(factor)).div_ceil(u128::from(WHOLE));
        let dearest = one * clusters;
        if dearest > u128::from(MAX_COST) {
            let message = format!("a cluster for each of {clusters} {what} would cost more than 10^12");
            problems.add(&list.index(index).key("cost"), InputProblem::new("too-large", "", message));
        }
    }
}

/// What every cluster holds.
pub(super) struct Everywhere<'w> {
    /// Workloads that run once in each.
    workloads: Vec<&'w Workload>,
    /// What the tenants take once that have a workload in each.
    tenants: Vec<&'w [u64]>,
}

impl<'w> Everywhere<'w> {
    pub fn new(workloads: &'w [Workload], tenants: &'w [Tenant]) -> Self {
        let once = tenants.iter().filter(|it| it.everywhere && !it.overhead.is_empty());
        Self {
            workloads: workloads.iter().filter(|it| it.per_cluster && !it.per_node).collect(),
            tenants: once.map(|it| &it.overhead[..]).collect(),
        }
    }

    /// Takes it off what is usable. Left in `carries`: whether the shape can carry it, with what runs on every node. Every
    /// pod must fit a node, and all of it the cluster.
    pub fn take_from(&self, shape: &mut Shape) {
        shape.carries &= self.workloads.iter().all(|workload| nodes_fit(shape, workload).is_ok());
        for (column, usable) in shape.usable.iter_mut().enumerate() {
            let Some(usable) = usable else { continue };
            let parts =
                self.workloads.iter().map(|it| it.total[column]).chain(self.tenants.iter().map(|it| it[column]));
            let needed = parts.fold(0u64, u64::saturating_add);
            shape.carries &= needed <= *usable;
            *usable = usable.saturating_sub(needed);
        }
    }
}

/// Why the pods of a workload find no room on the nodes of a cluster.
#[derive(Clone, Copy)]
pub(super) enum NoRoom {
    /// No node takes pods of its pool.
    Pool,
    /// One pod needs more of the column than a node of the nearest pool offers.
    Pod { column: usize, offers: u64 },
    /// So many pods find room.
    Pods { places: u64 },
}

/// Whether all pods of a workload (of a copy; of a split one) fit the nodes of an otherwise empty cluster: exact. Where only sums count, whether one
/// pod fits some node. Always, without pools or replicas.
pub(super) fn nodes_fit(shape: &Shape, workload: &Workload) -> Result<(), NoRoom> {
    let pods = workload.fewest_replicas();
    if shape.pools.is_empty() || pods == 0 {
        return Ok(());
    }
    let places = shape.pods_alone(&workload.pod, workload.pool);
    let needed = if shape.packs_nodes() { pods } else { 1 };
    if places >= needed {
        return Ok(());
    }
    if places > 0 {
        return Err(NoRoom::Pods { places });
    }
    let mut nearest: Option<(usize, u64)> = None;
    for pool in shape.pools.iter().filter(|pool| pool.takes(workload.pool)) {
        let short =
            pool.node.iter().zip(workload.pod.iter()).position(|(offer, &pod)| offer.is_some_and(|offer| offer < pod));
        let Some(column) = short else { continue };
        let offer = pool.node[column].unwrap_or(u64::MAX);
        if nearest.is_none_or(|(at, most)| at == column && offer > most) {
            nearest = Some((column, offer));
        }
    }
    Err(nearest.map_or(NoRoom::Pool, |(column, offers)| NoRoom::Pod { column, offers }))
}
