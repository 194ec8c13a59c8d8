//! What the reader of a plan should know beside its figures.

use std::collections::BTreeMap;

use crate::date::Date;

use super::{PlanWarning, PlannedCluster};
use crate::fleet::Fleet;
use crate::text::escaped;

/// Nodes and pods of one cluster up to which Kubernetes is built and tested ("Considerations for large clusters",
/// kubernetes.io/docs/setup/best-practices/cluster-large), and namespaces ("Kubernetes Scalability thresholds",
/// kubernetes/community, sig-scalability/configs-and-limits/thresholds.md).
const NODES: u64 = 5_000;
const PODS: u64 = 150_000;
const NAMESPACES: u64 = 10_000;

/// Names in a message.
const FEW: usize = 3;

/// The fleet's own, and those of the clusters.
pub(super) fn warnings(fleet: &Fleet, clusters: &[PlannedCluster]) -> Vec<PlanWarning> {
    let copied = |warning: &crate::fleet::Warning| warn(warning.code, warning.message.clone());
    let mut warnings: Vec<PlanWarning> = fleet.warnings().iter().map(copied).collect();
    warnings.extend(upstream(fleet, clusters));
    warnings.extend(soft_tenancy(clusters));
    warnings
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

/// What passes the limits that Kubernetes documents: pods and namespaces of a cluster, nodes that its template may have.
fn upstream(fleet: &Fleet, clusters: &[PlannedCluster]) -> Vec<PlanWarning> {
    let mut pods: BTreeMap<&str, u64> = BTreeMap::new();
    let everywhere = fleet.platform().fold(0u64, |sum, workload| sum.saturating_add(workload.replicas));
    let mut passed = Vec::new();
    let mut over = |name: &str, what: &str, number: u64, limit: u64| {
        if number > limit {
            passed.push(format!("{name} {what} {number}, documented are {limit}"));
        }
    };
    for cluster in clusters {
        let placed = cluster.resources.get("pods").and_then(|usage| usage.requested.parse::<u64>().ok()).unwrap_or(0);
        over(&cluster.name, "has pods:", placed.saturating_add(everywhere), PODS);
        over(&cluster.name, "has namespaces:", cluster.namespaces.len() as u64, NAMESPACES);
        *pods.entry(&cluster.template).or_default() += 1;
    }
    for template in fleet.document().cluster_templates.iter().filter(|it| pods.contains_key(it.name.as_str())) {
        let most = template.maximums.as_ref().and_then(|maximums| maximums.nodes).unwrap_or(u64::MAX);
        let nodes = template.node_pools.iter().flatten().fold(0u64, |sum, pool| sum.saturating_add(pool.max)).min(most);
        over(&format!("template {}", escaped(&template.name)), "allows nodes:", nodes, NODES);
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
