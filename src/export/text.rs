//! The plan for people: what it is, why there cannot be fewer clusters, a table a cluster, who is kept apart, warnings.

use super::clusters::{self, counted};
use super::view::View;
use super::{levels, losses, moves, words};
use crate::error::Result;
use crate::plan::Plan;
use crate::text::line;

/// Renders a plan as plain text: no colours, no escape sequences, lines end with a line feed. Whatever names and reasons
/// hold stays within its line, and what could change a terminal or the order of the text is spelled out.
#[must_use]
pub fn text(plan: &Plan) -> String {
    narrowed(plan, &View::default())
}

/// The same, narrowed to some clusters or tenants, or to the list of the clusters.
///
/// # Errors
/// As [`View::check`].
pub fn text_of(plan: &Plan, view: &View) -> Result<String> {
    view.check(plan)?;
    Ok(narrowed(plan, view))
}

/// What matters first: the figures, warnings, the list of clusters; then each cluster, and the rules.
fn narrowed(plan: &Plan, view: &View) -> String {
    let mut out = String::new();
    // writing to a string cannot fail
    let _ = head(&mut out, plan);
    let _ = warnings(&mut out, plan);
    let _ = levels::levels(&mut out, plan);
    let _ = moves::moves(&mut out, plan);
    let _ = clusters::list(&mut out, plan, view);
    let _ = clusters::tables(&mut out, plan, view);
    let _ = losses::of_clusters(&mut out, &plan.losses);
    let _ = losses::of_regions(&mut out, &plan.losses_of_regions);
    let _ = separations(&mut out, plan);
    let _ = other_values(&mut out, plan);
    let _ = waivers(&mut out, plan);
    let _ = not_covered(&mut out, plan);
    out
}

fn head(out: &mut String, plan: &Plan) -> std::fmt::Result {
    let name = if plan.name.is_empty() { "the fleet" } else { &plan.name };
    line(out, format_args!("Plan of {name}, as of {}", plan.as_of))?;
    line(out, format_args!(""))?;
    let summary = &plan.summary;
    line(out, format_args!("  {}", words::headline(plan)))?;
    if let Some(stopped) = words::stopped(plan) {
        line(out, format_args!("  {stopped}"))?;
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
    if let Some(sets) = words::treated_as_not_fitting(plan) {
        line(out, format_args!("  {sets}"))?;
    }
    if let Some(premium) = words::premium(plan) {
        line(out, format_args!("  {premium}"))?;
    }
    for left_out in &plan.left_out {
        line(out, format_args!("  {}", words::left_out(left_out)))?;
    }
    if let Some(without) = summary.clusters_without_waivers {
        line(out, format_args!("  without the waivers in force: {}", counted(without, "cluster")))?;
    }
    Ok(())
}

/// What fell to a class with `"*"`: nobody listed it.
fn other_values(out: &mut String, plan: &Plan) -> std::fmt::Result {
    if plan.other_values.is_empty() {
        return Ok(());
    }
    line(out, format_args!(""))?;
    line(out, format_args!("Values that no class lists"))?;
    for row in &plan.other_values {
        line(out, format_args!("  {}", words::other_values(row)))?;
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
        let only = words::only(row);
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
        let (id, state, expires, pairs) = (&row.id, row.state.name(), &row.expires, row.pairs);
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

fn warnings(out: &mut String, plan: &Plan) -> std::fmt::Result {
    if !plan.warnings.is_empty() {
        line(out, format_args!(""))?;
        line(out, format_args!("Warnings"))?;
        for warning in &plan.warnings {
            line(out, format_args!("  {} [{}]", warning.message, warning.code))?;
        }
    }
    Ok(())
}

fn not_covered(out: &mut String, plan: &Plan) -> std::fmt::Result {
    if !plan.not_covered.is_empty() {
        line(out, format_args!(""))?;
        line(out, format_args!("Not covered by any proof"))?;
        for text in &plan.not_covered {
            line(out, format_args!("  - {text}"))?;
        }
    }
    Ok(())
}
