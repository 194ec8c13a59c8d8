//! Cluster templates: what one cluster offers, before and after headroom, maximums and overhead.

use rustc_hash::FxHashMap;

use super::amounts::{PODS, Resources, decimal};
use super::names::{check_name, check_text};
use crate::error::InputProblem;
use crate::fleet::amount::Amount;
use crate::fleet::document::{CostDocument, Document, TemplateDocument};
use crate::fleet::problems::{Path, Problems, quoted, shown};
use crate::fleet::template::ClusterTemplate;
use crate::fleet::workload::Workload;
use crate::quantity;

/// Pods that a node takes where its pool names none: the kubelet's default.
const PODS_A_NODE: u64 = 110;
/// Pods that a cluster takes where it has no pools and names none: Kubernetes' published limit.
const PODS_A_CLUSTER: u64 = 150_000;
/// What a plan may cost at most, in thousandths: 10^12 in whole units. Documents carry costs as numbers with three decimals,
/// and readers take those for binary floating point, which tells such numbers apart up to 2^43 only.
const MAX_COST: u64 = 1_000_000_000_000_000;
/// Headroom is a whole number of millionths.
const WHOLE: u64 = 1_000_000;

/// Reads the templates; `usable` is still without overhead.
pub(super) fn templates(
    document: &Document,
    resources: &Resources,
    cost_needed: bool,
    problems: &mut Problems,
) -> Vec<ClusterTemplate> {
    let root = Path::Root;
    let list = root.key("clusterTemplates");
    let mut seen: FxHashMap<&str, usize> = FxHashMap::default();
    let mut templates = Vec::new();
    for (index, template) in document.cluster_templates.iter().enumerate() {
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
            let message = "the objective names the cost, and this template has none";
            problems.add(&path.key("cost"), InputProblem::new("missing-cost", "", message));
        }
        templates.push(read(template, resources, &path, problems));
    }
    templates
}

fn read(template: &TemplateDocument, resources: &Resources, path: &Path, problems: &mut Problems) -> ClusterTemplate {
    let spoilt = problems.is_spoilt(path)
        || problems.is_spoilt(&path.key("allocatable"))
        || problems.is_spoilt(&path.key("nodePools"));
    let mut nodes = Vec::new();
    let mut node_count: u64 = 0;
    let allocatable = match (&template.allocatable, &template.node_pools) {
        (Some(map), None) => {
            let mut row = resources.allocatable(map, &path.key("allocatable"), problems);
            if !map.contains_key("pods") {
                row[PODS] = Some(PODS_A_CLUSTER);
            }
            row
        }
        (None, Some(_)) => pools(template, resources, path, &mut nodes, &mut node_count, problems),
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
    if let Some(maximums) = &template.maximums
        && maximums.nodes.is_some()
        && template.node_pools.is_none()
    {
        let message = "a maximum of nodes means nothing without node pools";
        problems.add(&path.key("maximums").key("nodes"), InputProblem::new("contradiction", "", message));
    }
    let headroom =
        template.headroom.as_ref().and_then(|text| headroom(text, &path.key("headroom"), problems)).unwrap_or(0);
    let mut usable: Vec<Option<u64>> =
        allocatable.iter().map(|amount| amount.map(|amount| without(amount, headroom))).collect();
    if let Some(most) = template.maximums.as_ref().and_then(|maximums| maximums.pods) {
        usable[PODS] = Some(usable[PODS].map_or(most, |pods| pods.min(most)));
    }
    for (name, text) in &template.labels {
        check_text(text, 1000, &path.key("labels").key(name), problems);
    }
    ClusterTemplate {
        name: template.name.clone(),
        allocatable,
        usable,
        nodes,
        max_count: template.max_count,
        cost: template
            .cost
            .as_ref()
            .and_then(|it| cost(it, template.node_pools.is_some(), node_count, &path.key("cost"), problems)),
        labels: template.labels.clone(),
    }
}

/// Floor of the amount less the headroom.
fn without(amount: u64, headroom: u64) -> u64 {
    let rest = u128::from(amount) * u128::from(WHOLE - headroom) / u128::from(WHOLE);
    // Not above `amount`.
    u64::try_from(rest).unwrap_or(amount)
}

fn pools(
    template: &TemplateDocument,
    resources: &Resources,
    path: &Path,
    nodes: &mut Vec<Vec<Option<u64>>>,
    node_count: &mut u64,
    problems: &mut Problems,
) -> Vec<Option<u64>> {
    let pools = template.node_pools.as_deref().unwrap_or_default();
    let list = path.key("nodePools");
    if pools.is_empty() {
        problems.add(&list, InputProblem::new("empty-list", "", "a template has at least one node pool"));
    }
    let most_nodes = template.maximums.as_ref().and_then(|maximums| maximums.nodes);
    if most_nodes.is_some() && pools.len() > 1 {
        let message = "a maximum of nodes over several node pools is not supported yet";
        problems.add(&path.key("maximums").key("nodes"), InputProblem::new("not-supported-yet", "", message));
    }
    if most_nodes == Some(0) {
        problems
            .add(&path.key("maximums").key("nodes"), InputProblem::new("bad-number", "", "at least 1").with_got("0"));
    }
    let mut total: Vec<Option<u64>> = vec![Some(0); resources.len()];
    let mut seen: Vec<&str> = Vec::new();
    for (index, pool) in pools.iter().enumerate() {
        let path = list.index(index);
        check_name(&pool.name, false, &path.key("name"), problems);
        if seen.contains(&pool.name.as_str()) && !pool.name.is_empty() {
            let problem = InputProblem::new("duplicate-name", "", "a pool of this name stands above")
                .with_got(quoted(&pool.name));
            problems.add(&path.key("name"), problem);
        }
        if seen.len() < 1000 {
            seen.push(&pool.name);
        }
        if pool.max == 0 {
            problems.add(
                &path.key("max"),
                InputProblem::new("bad-number", "", "a pool has at least one node").with_got("0"),
            );
        }
        let mut node = resources.allocatable(&pool.allocatable, &path.key("allocatable"), problems);
        if !pool.allocatable.contains_key("pods") {
            node[PODS] = Some(PODS_A_NODE);
        }
        // What is reported as no node at all is not also too small for every workload.
        let count = pool.max.min(most_nodes.unwrap_or(u64::MAX)).max(1);
        *node_count = node_count.saturating_add(count);
        for (column, amount) in node.iter().enumerate() {
            total[column] = match (total[column], amount) {
                (Some(sum), Some(amount)) => {
                    let sum = amount
                        .checked_mul(count)
                        .and_then(|all| all.checked_add(sum))
                        .filter(|&sum| sum <= quantity::MAX);
                    if sum.is_none() && !problems.is_spoilt(&path.key("allocatable").key(&resources.names[column])) {
                        let message =
                            format!("the {} of all nodes together is more than 2^63 - 1", resources.names[column]);
                        problems.add(&path, InputProblem::new("too-large", "", message));
                    }
                    Some(sum.unwrap_or(quantity::MAX))
                }
                _ => None,
            };
        }
        nodes.push(node);
    }
    total
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

fn cost(cost: &CostDocument, has_pools: bool, nodes: u64, path: &Path, problems: &mut Problems) -> Option<u64> {
    match cost {
        CostDocument::Flat(amount) => money(amount, path, problems),
        CostDocument::Parts(parts) => {
            if parts.cluster.is_none() && parts.per_node.is_none() && !problems.is_spoilt(path) {
                let problem =
                    InputProblem::new("empty-map", "", "this names no cost").with_expected("cluster, perNode or both");
                problems.add(path, problem);
            }
            let cluster =
                parts.cluster.as_ref().map_or(Some(0), |amount| money(amount, &path.key("cluster"), problems))?;
            let Some(amount) = &parts.per_node else { return Some(cluster) };
            let path = path.key("perNode");
            if !has_pools {
                problems.add(
                    &path,
                    InputProblem::new("contradiction", "", "a cost of nodes means nothing without node pools"),
                );
            }
            let sum = money(amount, &path, problems)?.checked_mul(nodes).and_then(|all| all.checked_add(cluster));
            if sum.is_none_or(|sum| sum > quantity::MAX) {
                problems.add(
                    &path,
                    InputProblem::new("too-large", "", "the cost of a cluster is more than can be counted"),
                );
            }
            sum
        }
    }
}

fn money(amount: &Amount, path: &Path, problems: &mut Problems) -> Option<u64> {
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
pub(super) fn countable_costs(templates: &[ClusterTemplate], workloads: &[Workload], problems: &mut Problems) {
    let clusters = workloads.iter().filter(|workload| !workload.per_cluster).count().max(1);
    let list = Path::Root.key("clusterTemplates");
    for (index, template) in templates.iter().enumerate() {
        let dearest = u128::from(template.cost.unwrap_or(0)) * clusters as u128;
        if dearest > u128::from(MAX_COST) {
            let message = format!("a cluster for each of {clusters} workloads would cost more than 10^12");
            problems.add(&list.index(index).key("cost"), InputProblem::new("too-large", "", message));
        }
    }
}

/// Takes the per-cluster overhead off what is usable. Answers which templates can carry it: every overhead pod must fit
/// a node, and all of it the cluster.
pub(super) fn take_overhead(templates: &mut [ClusterTemplate], workloads: &[Workload]) -> Vec<bool> {
    let overhead: Vec<&Workload> = workloads.iter().filter(|workload| workload.per_cluster).collect();
    let carry = |template: &mut ClusterTemplate| {
        let mut carries = overhead.iter().all(|workload| pod_fits(template, workload).is_ok());
        for (column, usable) in template.usable.iter_mut().enumerate() {
            let Some(usable) = usable else { continue };
            let needed = overhead.iter().fold(0u64, |sum, workload| sum.saturating_add(workload.total[column]));
            carries &= needed <= *usable;
            *usable = usable.saturating_sub(needed);
        }
        carries
    };
    templates.iter_mut().map(carry).collect()
}

/// Whether one pod fits one node of some pool (always, without pools or replicas); else the column that fails in the
/// pool that comes nearest, and what its node offers.
pub(super) fn pod_fits(template: &ClusterTemplate, workload: &Workload) -> Result<(), (usize, u64)> {
    if template.nodes.is_empty() || workload.replicas == 0 {
        return Ok(());
    }
    let mut worst: Option<(usize, u64)> = None;
    for node in &template.nodes {
        let short = node.iter().zip(&workload.pod).position(|(offer, &pod)| offer.is_some_and(|offer| offer < pod));
        let Some(column) = short else { return Ok(()) };
        let offer = node[column].unwrap_or(u64::MAX);
        if worst.is_none_or(|(at, most)| at == column && offer > most) {
            worst = Some((column, offer));
        }
    }
    worst.map_or(Ok(()), Err)
}
