//! What the reader of a plan should know beside its figures.

use std::collections::{BTreeMap, BTreeSet};

use crate::date::Date;

use super::{PlanWarning, PlannedCluster, ResourceUse};
use crate::fleet::document::TemplateDocument;
use crate::fleet::{Fleet, PRESETS, Preset};
use crate::text::escaped;

/// What Kubernetes itself is built and tested for.
const UPSTREAM: Preset = PRESETS[0];

/// Names in a message.
const FEW: usize = 3;

/// The fleet's own, and those of the clusters.
pub(super) fn warnings(fleet: &Fleet, clusters: &[PlannedCluster], as_of: Date) -> Vec<PlanWarning> {
    let copied = |warning: &crate::fleet::Warning| warn(warning.code, warning.message.clone());
    let mut warnings: Vec<PlanWarning> = fleet.warnings().iter().map(copied).collect();
    warnings.extend(upstream(fleet, clusters));
    warnings.extend(soft_tenancy(clusters));
    warnings.extend(stays_ended(fleet, as_of));
    warnings
}

/// Whose stay has ended: a plan may move them.
fn stays_ended(fleet: &Fleet, as_of: Date) -> Option<PlanWarning> {
    let released = |&workload: &usize| fleet.whereabouts(workload).is_some_and(|it| it.is_released(as_of));
    let who = (0..fleet.workloads().len()).filter(released);
    let who: Vec<String> = who.map(|workload| fleet.identity(workload)).collect();
    let stays = if who.len() == 1 { "the stay of" } else { "the stays of" };
    let message = format!("{stays} {} ended before {as_of}: they may be moved", some(&who));
    (!who.is_empty()).then(|| warn("stay-ended", message))
}

fn warn(code: &str, message: String) -> PlanWarning {
    PlanWarning { code: code.to_owned(), message }
}

/// The first few, and how many more.
fn some<S: AsRef<str>>(names: &[S]) -> String {
    let first: Vec<&str> = names.iter().take(FEW).map(AsRef::as_ref).collect();
    let more = if names.len() > FEW { format!(" and {} more", names.len() - FEW) } else { String::new() };
    format!("{}{more}", first.join(", "))
}

/// Clusters of several tenants: namespaces alone lie between those.
fn soft_tenancy(clusters: &[PlannedCluster]) -> Option<PlanWarning> {
    let soft: Vec<&str> =
        clusters.iter().filter(|cluster| cluster.tenants.len() > 1).map(|cluster| cluster.name.as_str()).collect();
    if soft.is_empty() {
        return None;
    }
    let (noun, verb) = if soft.len() == 1 { ("Cluster", "holds") } else { ("Clusters", "hold") };
    let whose = format!("{noun} {} {verb}", some(&soft));
    Some(warn(
        "soft-tenancy",
        format!(
            "{whose} more than one tenant. A namespace is a logical partition for limits, quotas and RBAC, not a security \
             boundary: a weakness in one soft tenant may reach the others."
        ),
    ))
}

/// What passes the limits that Kubernetes documents: pods, namespaces and nodes of a cluster; where pods are not placed on
/// nodes, the nodes that its template may have.
fn upstream(fleet: &Fleet, clusters: &[PlannedCluster]) -> Vec<PlanWarning> {
    let mut unplaced: BTreeSet<&str> = BTreeSet::new();
    let mut passed = Vec::new();
    let mut over = |name: &str, what: &str, number: u64, limit: u64| {
        if number > limit {
            passed.push(format!("{name} {what} {number}, documented are {limit}"));
        }
    };
    // whoever names a provider's limits is held to those
    let has_preset = |it: &&TemplateDocument| it.maximums.as_ref().is_some_and(|maximums| maximums.preset.is_some());
    let preset: BTreeSet<&str> =
        fleet.document().cluster_templates.iter().filter(has_preset).map(|it| it.name.as_str()).collect();
    for cluster in clusters.iter().filter(|cluster| !preset.contains(cluster.template.as_str())) {
        over(&cluster.name, "has pods:", pods(fleet, cluster), UPSTREAM.pods);
        over(&cluster.name, "has namespaces:", cluster.namespaces.len() as u64, UPSTREAM.namespaces);
        if cluster.nodes.is_some() {
            let nodes = total(cluster.pools.iter().filter_map(|pool| pool.paid));
            over(&cluster.name, "has nodes:", nodes, UPSTREAM.nodes);
        } else {
            unplaced.insert(&cluster.template);
        }
    }
    for template in fleet.document().cluster_templates.iter().filter(|it| unplaced.contains(it.name.as_str())) {
        let most = template.maximums.as_ref().and_then(|maximums| maximums.nodes).unwrap_or(u64::MAX);
        let nodes = total(template.node_pools.iter().flatten().map(|pool| pool.max)).min(most);
        over(&format!("template {}", escaped(&template.name)), "allows nodes:", nodes, UPSTREAM.nodes);
    }
    if passed.is_empty() {
        return Vec::new();
    }
    let message = format!(
        "beyond the size that Kubernetes is documented for: {}. It may run all the same, slower than it should",
        some(&passed)
    );
    vec![warn("beyond-upstream-limits", message)]
}

/// The pods of a cluster: those placed in it, those of every cluster, and one on each node in use (one, if none are known)
/// of what runs on every node.
fn pods(fleet: &Fleet, cluster: &PlannedCluster) -> u64 {
    let of = |resources: &BTreeMap<String, ResourceUse>| resources.get("pods")?.requested.parse::<u64>().ok();
    let placed = total(cluster.pools.iter().map(|pool| &pool.resources).chain([&cluster.resources]).filter_map(of));
    let on_nodes = |pool: Option<usize>| {
        let named = |name: &str| pool.is_none_or(|pool| fleet.pools()[pool] == name);
        let ours = cluster.placement.iter().filter(|node| named(&node.pool));
        if cluster.nodes.is_some() { total(ours.map(|node| node.count)) } else { 1 }
    };
    let everywhere = fleet.platform().map(|it| if it.per_node { on_nodes(it.pool) } else { it.replicas });
    placed.saturating_add(total(everywhere))
}

fn total(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, u64::saturating_add)
}

/// That waivers are judged on another day than today, and which of them it makes a difference to. Nothing without waivers.
pub(crate) fn another_day(fleet: &Fleet, as_of: Date, today: Date) -> Option<PlanWarning> {
    let waivers = &fleet.policy().waivers;
    if waivers.is_empty() || as_of == today {
        return None;
    }
    let differs = |holds: fn(Date, Date) -> bool| -> Vec<String> {
        let concerned = waivers.iter().filter(|waiver| holds(waiver.expires, as_of) && !holds(waiver.expires, today));
        concerned.map(|waiver| format!("`{}` (until {})", waiver.id, waiver.expires)).collect()
    };
    let ended = differs(|expires, day| expires >= day);
    let not_yet = differs(|expires, day| expires < day);
    let when = if as_of < today { "a day that has passed" } else { "a day to come" };
    let mut message = format!("waivers are judged as of {as_of}, {when}");
    if !ended.is_empty() {
        message.push_str(&format!(
            "; by today {} {} ended, and the plan lets workloads share by {}",
            some(&ended),
            if ended.len() == 1 { "has" } else { "have" },
            if ended.len() == 1 { "it" } else { "them" },
        ));
    }
    if !not_yet.is_empty() {
        message.push_str(&format!("; {} still in force today", some(&not_yet)));
    }
    Some(warn(if ended.is_empty() { "as-of-another-day" } else { "waiver-ended" }, message))
}
