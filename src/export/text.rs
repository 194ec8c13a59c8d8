//! The plan for people: what it is, why there cannot be fewer clusters, a table a cluster, who is kept apart, warnings.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

use crate::plan::{Assignment, LeftOutReason, Plan, PlanProof, PlanStatus, PlannedCluster};
use crate::quantity::{self, Rounding, Unit};
use crate::text::{escaped, line};

/// Width of a bar of utilisation.
const BAR: u32 = 20;

/// Renders a plan as plain text: no colours, no escape sequences, lines end with a line feed. Whatever names and reasons
/// hold stays within its line, and what could change a terminal or the order of the text is spelled out.
#[must_use]
pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    // writing to a string cannot fail
    let _ = head(&mut out, plan);
    let mut homes: BTreeMap<&str, Vec<&Assignment>> = BTreeMap::new();
    for row in &plan.assignments {
        homes.entry(&row.cluster).or_default().push(row);
    }
    for cluster in plan.clusters.iter().flatten() {
        let rows = homes.get(cluster.name.as_str()).map(Vec::as_slice).unwrap_or_default();
        let _ = cluster_table(&mut out, cluster, rows);
    }
    let _ = separations(&mut out, plan);
    let _ = other_values(&mut out, plan);
    let _ = waivers(&mut out, plan);
    let _ = closing(&mut out, plan);
    out
}

fn head(out: &mut String, plan: &Plan) -> std::fmt::Result {
    let name = if plan.name.is_empty() { "the fleet" } else { &plan.name };
    line(out, format_args!("Plan of {name}, as of {}", plan.as_of))?;
    line(out, format_args!(""))?;
    let summary = &plan.summary;
    let proof = match plan.proof {
        PlanProof::Certified => "proved, and the proof checked independently",
        PlanProof::Claimed => "by the solver's own whole-number argument",
        PlanProof::None => "nothing is proved",
    };
    let count = |number: u64| counted(number, "cluster");
    match (plan.status, summary.clusters) {
        (PlanStatus::Optimal, Some(clusters)) => {
            line(out, format_args!("  {}: OPTIMAL, no plan has fewer ({proof})", count(clusters)))?;
        }
        (_, Some(clusters)) => {
            let gap = summary.gap.unwrap_or_default();
            if gap == 0 {
                line(
                    out,
                    format_args!("  {}: no plan has fewer ({proof}); a later objective is not proved", count(clusters)),
                )?;
            } else {
                let bound = summary.lower_bound;
                line(
                    out,
                    format_args!(
                        "  {}: FEASIBLE, gap {gap}: no plan has fewer than {bound} ({proof})",
                        count(clusters)
                    ),
                )?;
            }
        }
        (PlanStatus::Infeasible, None) => line(out, format_args!("  INFEASIBLE: no plan exists ({proof})"))?,
        (_, None) => line(out, format_args!("  UNKNOWN: no plan was found within the limits"))?,
    }
    if let Some(stopped) = &plan.stopped {
        let limit = match stopped.as_str() {
            "time" => "the time limit",
            "work" => "the work limit",
            _ => "the end",
        };
        match plan.status {
            PlanStatus::Optimal => line(
                out,
                format_args!(
                    "  {limit} came after the proof: the plan is optimal, comparisons beside it may be missing"
                ),
            )?,
            _ if limit == "the end" => line(out, format_args!("  cut short: {stopped}"))?,
            _ => line(out, format_args!("  cut short by {limit}: more may be found, or proved"))?,
        }
    }
    for contradiction in &plan.contradictions {
        line(out, format_args!("  - {contradiction}"))?;
    }
    if !summary.lower_bound_reason.is_empty() {
        line(out, format_args!("  {}", summary.lower_bound_reason))?;
    }
    let (tenants, workloads) = (counted(summary.tenants, "tenant"), counted(summary.workloads, "workload"));
    let everywhere = plan.clusters.iter().flatten().next().map_or(0, |cluster| cluster.platform.len());
    let everywhere = match everywhere {
        0 => String::new(),
        number => format!(" (and {} in every cluster)", counted(number as u64, "workload")),
    };
    let (pods, islands) = (counted(summary.pods, "pod"), counted(summary.islands, "island"));
    line(out, format_args!("  {tenants}, {workloads}{everywhere}, {pods}; {islands}"))?;
    if let Some(cost) = summary.cost {
        let least = summary.cost_lower_bound.map_or_else(String::new, |least| format!(" (least possible: {least})"));
        line(out, format_args!("  cost {cost}{least}"))?;
    }
    if summary.treated_as_not_fitting > 0 {
        let sets = counted(summary.treated_as_not_fitting, "set");
        writeln!(
            out,
            "  {sets} of workloads treated as not fitting: their sums fit, a placement on nodes was not found"
        )?;
    }
    if let Some(premium) = summary.isolation_premium {
        let more = if premium == 1 { "1 cluster".to_owned() } else { format!("{premium} clusters") };
        line(out, format_args!("  isolation premium: {more} more than the same fleet without trust rules"))?;
    }
    for left_out in &plan.left_out {
        let figure = match left_out.figure.as_str() {
            "isolationPremium" => "isolation premium",
            "clustersWithoutWaivers" => "clusters without the waivers in force",
            other => other,
        };
        let because = match left_out.because {
            LeftOutReason::Time => "the time limit left no room for that run",
            LeftOutReason::Work => "no count was proved with as much work as the plan took",
            LeftOutReason::Cancelled => "the run was cancelled",
            LeftOutReason::Contradiction => "workloads that must share a cluster would be separated",
        };
        line(out, format_args!("  {figure}: left out, {because}"))?;
    }
    if let Some(without) = summary.clusters_without_waivers {
        line(out, format_args!("  without the waivers in force: {}", count(without)))?;
    }
    Ok(())
}

fn cluster_table(out: &mut String, cluster: &PlannedCluster, rows: &[&Assignment]) -> std::fmt::Result {
    let cost = cluster.cost.map_or_else(String::new, |cost| format!(", cost {cost}"));
    line(out, format_args!(""))?;
    line(
        out,
        format_args!("Cluster {} (template {}, island {}{cost})", cluster.name, cluster.template, cluster.island),
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
    for row in rows {
        let request = |name: &str| row.requests.get(name).cloned().unwrap_or_default();
        let (tenant, namespace, workload) = (row.tenant.clone(), row.namespace.clone(), row.workload.clone());
        lines.push([tenant, namespace, workload, row.replicas.to_string(), request("cpu"), request("memory")]);
    }
    table(out, "    ", &lines, &[false, false, false, true, true, true])?;
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
    writeln!(out, "  {} in use, at least {least} needed: {}", counted(all, "node"), pools.join(", "))?;
    for pool in cluster.pools.iter().filter(|pool| !pool.resources.is_empty()) {
        let names = ordered(pool.resources.keys()).into_iter();
        let uses = names.filter_map(|name| Some((name, pool.resources.get(name)?)));
        let uses: Vec<String> =
            uses.map(|(name, usage)| format!("{name} {}", used(name, &usage.requested, &usage.usable))).collect();
        writeln!(out, "    pool {}, dedicated: {}", pool.name, uses.join(", "))?;
    }
    Ok(())
}

/// `1 pod`, `2 pods`.
fn counted(number: u64, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// What is taken of what there is, both in one unit.
fn used(resource: &str, requested: &str, usable: &str) -> String {
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
fn ordered<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
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

/// Columns as wide as they need to be; `right` says which are aligned to the right.
fn table<const N: usize>(out: &mut String, indent: &str, rows: &[[String; N]], right: &[bool; N]) -> std::fmt::Result {
    let rows: Vec<[Cow<str>; N]> = rows.iter().map(|row| row.each_ref().map(|cell| escaped(cell))).collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in &rows {
        let mut text = indent.to_owned();
        for (column, cell) in row.iter().enumerate() {
            let width = widths[column];
            let gap = if column == 0 { "" } else { "  " };
            if right[column] {
                write!(text, "{gap}{cell:>width$}")?;
            } else {
                write!(text, "{gap}{cell:<width$}")?;
            }
        }
        line(out, format_args!("{}", text.trim_end()))?;
    }
    Ok(())
}

/// What fell to a class with `"*"`: nobody listed it.
fn other_values(out: &mut String, plan: &Plan) -> std::fmt::Result {
    const MOST: usize = 20;
    if plan.other_values.is_empty() {
        return Ok(());
    }
    line(out, format_args!(""))?;
    line(out, format_args!("Values that no class lists"))?;
    for row in &plan.other_values {
        let shown =
            row.values.iter().take(MOST).map(|it| format!("{} ({})", it.value, counted(it.workloads, "workload")));
        let more = row.values.len().saturating_sub(MOST);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let values = shown.collect::<Vec<_>>().join(", ");
        line(out, format_args!("  {}: {values}{more} went to the class {}, by its `*`", row.attribute, row.class))?;
    }
    Ok(())
}

fn separations(out: &mut String, plan: &Plan) -> std::fmt::Result {
    if plan.separations.is_empty() {
        return Ok(());
    }
    line(out, format_args!(""))?;
    line(out, format_args!("Kept apart"))?;
    for row in &plan.separations {
        let only = match row.only {
            0 => "each by other rules too".to_owned(),
            all if all == row.pairs => "by this rule alone".to_owned(),
            some => format!("{some} of them by this rule alone"),
        };
        line(out, format_args!("  {}: {}, {only}; {}", row.rule, counted(row.pairs, "pair"), row.description))?;
        if let Some([first, second]) = row.samples.first() {
            line(out, format_args!("    such as {first} and {second}"))?;
        }
    }
    Ok(())
}

fn waivers(out: &mut String, plan: &Plan) -> std::fmt::Result {
    if plan.waivers.is_empty() {
        return Ok(());
    }
    line(out, format_args!(""))?;
    line(out, format_args!("Waivers"))?;
    for row in &plan.waivers {
        let (id, state, expires, pairs) = (&row.id, &row.state, &row.expires, row.pairs);
        line(
            out,
            format_args!(
                "  {id}: {state}, until {expires}, waives {} for {}",
                row.waives.join(", "),
                counted(pairs, "pair")
            ),
        )?;
        line(out, format_args!("    approved by {}: {}", row.approved_by, row.reason.trim()))?;
    }
    Ok(())
}

fn closing(out: &mut String, plan: &Plan) -> std::fmt::Result {
    if !plan.warnings.is_empty() {
        line(out, format_args!(""))?;
        line(out, format_args!("Warnings"))?;
        for warning in &plan.warnings {
            line(out, format_args!("  {} [{}]", warning.message, warning.code))?;
        }
    }
    if !plan.not_covered.is_empty() {
        line(out, format_args!(""))?;
        line(out, format_args!("Not covered by any proof"))?;
        for text in &plan.not_covered {
            line(out, format_args!("  - {text}"))?;
        }
    }
    Ok(())
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
