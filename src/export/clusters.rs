//! The clusters of a plan for people: a list with a line each, and a table each.

use std::collections::{BTreeMap, BTreeSet};

use super::sheet::{Sheet, table};
use super::view::View;
use crate::compact::Text;
use crate::plan::{Assignment, KeptBecause, Plan, PlannedCluster};
use crate::quantity::{self, Rounding, Unit};
use crate::text::line;

/// Width of a bar of utilisation.
const BAR: u32 = 20;
/// From so many clusters on a list of them stands before their tables.
const LISTED: usize = 4;

/// The list: what each cluster holds, and how full it is. Of few clusters the tables say enough.
pub(super) fn list(out: &mut String, plan: &Plan, view: &View) -> std::fmt::Result {
    let clusters = plan.clusters.as_deref().unwrap_or_default();
    if clusters.is_empty() || (clusters.len() < LISTED && !view.narrows()) {
        return Ok(());
    }
    let mut pods: BTreeMap<&str, u64> = BTreeMap::new();
    for row in &plan.assignments {
        *pods.entry(&row.cluster).or_default() += row.replicas;
    }
    let mut lines = vec![["cluster", "tenants", "workloads", "pods", "fullest", ""].map(str::to_owned)];
    for cluster in clusters {
        let tenants = match &cluster.tenants[..] {
            [one] => one.to_string(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
            [] => String::new(),
        };
        let shares = ordered(cluster.resources.keys()).into_iter();
        let shares = shares.filter_map(|name| Some((cluster.resources.get(name)?.utilisation?, name)));
        let fullest = shares.max_by(|a, b| a.0.total_cmp(&b.0));
        let (share, of) = fullest.map_or_else(
            || ("-".to_owned(), String::new()),
            |(share, name)| (format!("{:.1} %", share * 100.0), name.clone()),
        );
        let held = pods.get(cluster.name.as_str()).copied().unwrap_or_default();
        let (workloads, pods) = (cluster.workloads.len().to_string(), held.to_string());
        lines.push([cluster.name.clone(), tenants, workloads, pods, share, of]);
    }
    line(out, format_args!(""))?;
    line(out, format_args!("Clusters"))?;
    table(out, "  ", &lines, &[false, false, true, true, true, false])
}

/// What a list was cut by.
pub(super) fn more(out: &mut impl Sheet, count: usize, most: usize, one: &str, many: &str) -> std::fmt::Result {
    match count.saturating_sub(most) {
        0 => Ok(()),
        rest => line(out, format_args!("  and {rest} more {} (JSON has all)", if rest == 1 { one } else { many })),
    }
}

/// The tables of the clusters that are shown.
pub(super) fn tables(out: &mut String, plan: &Plan, view: &View) -> std::fmt::Result {
    let mut homes: BTreeMap<&str, Vec<&Assignment>> = BTreeMap::new();
    for row in &plan.assignments {
        homes.entry(&row.cluster).or_default().push(row);
    }
    let mut hidden = 0u64;
    for cluster in plan.clusters.iter().flatten() {
        if !view.shows(cluster) {
            hidden += 1;
            continue;
        }
        let rows = homes.get(cluster.name.as_str()).map(Vec::as_slice).unwrap_or_default();
        cluster_table(out, cluster, rows, view)?;
    }
    if hidden > 0 {
        line(out, format_args!(""))?;
        line(out, format_args!("{} not shown in full", counted(hidden, "cluster")))?;
    }
    Ok(())
}

fn cluster_table(out: &mut String, cluster: &PlannedCluster, rows: &[&Assignment], view: &View) -> std::fmt::Result {
    let region = cluster.region.as_ref().map_or_else(String::new, |region| format!(", region {region}"));
    let cost = cluster.cost.map_or_else(String::new, |cost| format!(", cost {cost}"));
    line(out, format_args!(""))?;
    let template = if cluster.template.is_empty() { "no template" } else { "template " };
    let exists = cluster.existing.map_or_else(String::new, |it| {
        let kept = match it.because {
            _ if !it.kept => "",
            Some(KeptBecause::Occupied) => ", kept because of others in it",
            _ => ", kept",
        };
        format!(", exists, {}{kept}", it.mode.name())
    });
    line(
        out,
        format_args!(
            "Cluster {} ({template}{}{region}{exists}, island {}{cost})",
            cluster.name, cluster.template, cluster.island
        ),
    )?;
    let uses: Vec<[String; 4]> = ordered(cluster.resources.keys())
        .into_iter()
        .filter_map(|name| Some((name, cluster.resources.get(name)?)))
        .map(|(name, usage)| {
            let share = usage.utilisation.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", share * 100.0));
            let bar = usage.utilisation.map_or_else(String::new, bar);
            [name.clone(), used(name, &usage.requested, &usage.usable), share, bar]
        })
        .collect();
    table(out, "  ", &uses, &[false, true, true, false])?;
    nodes(out, cluster)?;
    let mut lines = vec![["tenant", "namespace", "workload", "replicas", "cpu", "memory"].map(str::to_owned)];
    let (mut others, mut owners) = (0u64, BTreeSet::new());
    for row in rows {
        if !view.lists(row) {
            others += 1;
            owners.insert(&row.tenant);
            continue;
        }
        let request = |name: &str| row.requests.get(name).map(Text::to_string).unwrap_or_default();
        let [tenant, namespace, workload] = [&row.tenant, &row.namespace, &row.workload].map(Text::to_string);
        let copy = row.copy.map_or_else(String::new, |copy| format!(" (copy {copy})"));
        let workload = workload + &copy;
        lines.push([tenant, namespace, workload, row.replicas.to_string(), request("cpu"), request("memory")]);
    }
    table(out, "    ", &lines, &[false, false, false, true, true, true])?;
    if others > 0 {
        let (workloads, tenants) = (counted(others, "workload"), counted(owners.len() as u64, "other tenant"));
        line(out, format_args!("    and {workloads} of {tenants}"))?;
    }
    if !cluster.overhead.is_empty() {
        let amounts: Vec<String> = ordered(cluster.overhead.keys())
            .into_iter()
            .filter_map(|name| Some(format!("{name} {}", cluster.overhead.get(name)?)))
            .collect();
        line(out, format_args!("    once, for its tenants: {}", amounts.join(", ")))?;
    }
    if !cluster.platform.is_empty() {
        line(out, format_args!("    in every cluster: {}", cluster.platform.join(", ")))?;
    }
    let reach = &cluster.blast_radius;
    let (tenants, workloads) = (counted(reach.tenants, "other tenant"), counted(reach.workloads, "other workload"));
    line(out, format_args!("    blast radius: {tenants}, {workloads}, {}", counted(reach.pods, "pod")))
}

/// Nodes in use by pool, their lower bound, and what dedicated pools are used for.
fn nodes(out: &mut String, cluster: &PlannedCluster) -> std::fmt::Result {
    let (Some(all), Some(least)) = (cluster.nodes, cluster.nodes_lower_bound) else { return Ok(()) };
    let pools = cluster.pools.iter().map(|pool| {
        let paid = match (pool.nodes, pool.paid) {
            (Some(used), Some(paid)) if paid > used => format!(" (paid for: {paid})"),
            _ => String::new(),
        };
        format!("{} of {} in {}{paid}", pool.nodes.unwrap_or(0), pool.max, pool.name)
    });
    let pools: Vec<String> = pools.collect();
    line(out, format_args!("  {} in use, at least {least} needed: {}", counted(all, "node"), pools.join(", ")))?;
    for pool in cluster.pools.iter().filter(|pool| !pool.resources.is_empty()) {
        let names = ordered(pool.resources.keys()).into_iter();
        let uses = names.filter_map(|name| Some((name, pool.resources.get(name)?)));
        let uses: Vec<String> =
            uses.map(|(name, usage)| format!("{name} {}", used(name, &usage.requested, &usage.usable))).collect();
        line(out, format_args!("    pool {}, dedicated: {}", pool.name, uses.join(", ")))?;
    }
    Ok(())
}

/// `1 pod`, `2 pods`.
pub(super) fn counted(number: u64, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// What is taken of what there is, both in one unit.
pub(super) fn used(resource: &str, requested: &str, usable: &str) -> String {
    let read = |text: &str| quantity::parse(text, Unit::of(resource), Rounding::Up).ok();
    match (read(requested), read(usable)) {
        (Some(requested), Some(usable)) => {
            let [requested, usable] = quantity::pair(resource, requested, usable);
            format!("{requested} of {usable}")
        }
        _ => format!("{requested} of {usable}"),
    }
}

/// cpu and memory first, pods last.
pub(super) fn ordered<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let rank = |name: &str| match name {
        "cpu" => 0,
        "memory" => 1,
        "pods" => 3,
        _ => 2,
    };
    let mut names: Vec<&String> = names.collect();
    names.sort_by_key(|name| (rank(name), name.as_str()));
    names
}

fn bar(share: f64) -> String {
    // between 0 and BAR: cannot be cut off
    let full = (share.clamp(0.0, 1.0) * f64::from(BAR)).round() as usize;
    format!("[{}{}]", "#".repeat(full), ".".repeat(BAR as usize - full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(counted(1, "island"), "1 island");
        assert_eq!(counted(0, "island"), "0 islands");
        assert_eq!(used("cpu", "3", "24588m"), "3 of 24.588");
        assert_eq!(used("cpu", "600m", "24588m"), "0.6 of 24.588");
        assert_eq!(used("cpu", "600m", "4"), "600m of 4000m");
        assert_eq!(used("cpu", "2325500m", "6900"), "2325.5 of 6900");
        assert_eq!(used("cpu", "0", "500m"), "0m of 500m");
        assert_eq!(used("memory", "1Gi", "unlimited"), "1Gi of unlimited");
        assert_eq!(used("pods", "8745", "11000"), "8745 of 11000");
    }
}
