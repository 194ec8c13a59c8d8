//! Do the pods of a cluster stand on its nodes as a placement says? Read, added up, and nothing searched.

use std::collections::{BTreeMap, BTreeSet};

use crate::fleet::Fleet;

use super::parts::Parts;
use super::{Cluster, Findings, ViolationCode as Code, facts};

/// Every pod once, no node beyond what it offers, no pool beyond its nodes, no cluster beyond its maximums.
pub(super) fn on_nodes(
    fleet: &Fleet,
    cluster: &Cluster,
    (workloads, parts): (&[usize], &Parts),
    findings: &mut Findings,
) {
    let shape = fleet.shape(cluster.site);
    counts(fleet, cluster, workloads, findings);
    let mut add = |code, message: String| findings.add(code, format!("cluster `{}`: {message}", cluster.name));
    let nodes = match (&cluster.nodes, shape.packs_nodes()) {
        (None, false) => return,
        (Some(nodes), true) => nodes,
        (Some(_), false) => {
            add(
                Code::UnexpectedNodes,
                format!("template `{}` has no nodes to place pods on", fleet.template_name(cluster.site)),
            );
            return;
        }
        (None, true) => {
            add(Code::NoPlacement, "no placement of its pods on nodes is given".to_owned());
            return;
        }
    };
    let mut used = vec![0u128; shape.pools.len()];
    let mut pods: BTreeMap<usize, u128> = BTreeMap::new();
    let mut everything = 0u128;
    for node in nodes {
        let pool = &shape.pools[node.pool];
        used[node.pool] += u128::from(node.count);
        everything += u128::from(pool.agents) * u128::from(node.count);
        if node.count == 0 || node.pods.iter().any(|&(_, each)| each == 0) {
            add(Code::EmptyNode, "no nodes, or no pods, are counted as an entry of the placement".to_owned());
        }
        for &(workload, each) in &node.pods {
            *pods.entry(workload).or_insert(0) += u128::from(each) * u128::from(node.count);
            if !pool.takes(fleet.workloads()[workload].pool) {
                add(Code::WrongPool, format!("`{}` may not run in pool `{}`", fleet.identity(workload), pool.name));
            }
        }
        for (resource, name) in fleet.resources().iter().enumerate() {
            let one = |&(workload, each): &(usize, u64)| {
                u128::from(each) * u128::from(fleet.workloads()[workload].pod[resource])
            };
            let load: u128 = node.pods.iter().map(one).sum();
            if let Some(offer) = pool.node[resource].filter(|&offer| load > u128::from(offer)) {
                let unit = if name == "cpu" { " (thousandths)" } else { "" };
                let message = format!(
                    "a node of pool `{}` holds {load} of {name}{unit}, and offers {offer} beside what runs on every node",
                    pool.name
                );
                add(Code::OverNode, message);
            }
        }
    }
    let once = fleet.platform.iter().copied().filter(|&it| !fleet.workloads()[it].per_node);
    let here: BTreeSet<usize> = workloads.iter().copied().chain(once).collect();
    for &workload in pods.keys().chain(&here).collect::<BTreeSet<_>>() {
        let should = if here.contains(&workload) { parts.pods(fleet, workload) } else { 0 };
        let placed = pods.get(&workload).copied().unwrap_or(0);
        everything += placed;
        if placed != u128::from(should) {
            let identity = fleet.identity(workload);
            add(Code::PodsNotPlaced, format!("{placed} pods of `{identity}` stand on nodes, and {should} should"));
        }
    }
    let mut paid = 0u128;
    for (pool, &used) in shape.pools.iter().zip(&used) {
        paid += used.max(pool.min.into());
        if used > u128::from(pool.max) {
            add(Code::OverPool, format!("{used} nodes of pool `{}`, at most {} are allowed", pool.name, pool.max));
        }
    }
    if let Some(most) = shape.most.nodes.filter(|&most| paid > u128::from(most)) {
        add(Code::OverMaximum, format!("{paid} nodes, at most {most} are allowed"));
    }
    everything += fleet.pods_once(&fleet.overheads(workloads));
    if let Some(most) = shape.most.pods.filter(|&most| everything > u128::from(most)) {
        add(Code::OverMaximum, format!("{everything} pods with those of every node, at most {most} are allowed"));
    }
}

/// Namespaces and tenants, each counted once.
fn counts(fleet: &Fleet, cluster: &Cluster, workloads: &[usize], findings: &mut Findings) {
    for (what, count, most) in facts::too_many(fleet, fleet.shape(cluster.site), workloads) {
        let message = format!("cluster `{}`: {count} {what}, at most {most} are allowed", cluster.name);
        findings.add(Code::OverMaximum, message);
    }
}
