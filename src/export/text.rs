//! The plan for people: what it is, why there cannot be fewer clusters, a table a cluster, who is kept apart, warnings.

use super::clusters::{self, counted};
use super::view::View;
use super::{levels, losses, moves};
use crate::error::Result;
use crate::plan::{ComparedFigure, LeftOutReason, LevelObjective, Plan, PlanProof, PlanStatus, PlanStop};
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
    // where the clusters come first the sentence speaks of them alone, else of the whole ladder
    let clusters = plan.levels.first().filter(|level| level.objective == LevelObjective::Clusters);
    let proof = match clusters.map_or(plan.proof, |level| level.proof) {
        PlanProof::Certified => "proved, and the proof checked independently",
        PlanProof::Claimed => "by the solver's own whole-number argument",
        PlanProof::None => "nothing is proved",
    };
    let count = |number: u64| counted(number, "cluster");
    let first = plan.levels.first().is_none_or(|level| level.objective == LevelObjective::Clusters);
    match (plan.status, summary.clusters) {
        (PlanStatus::Optimal, Some(clusters)) if !first => {
            line(out, format_args!("  {}: OPTIMAL in the order of the levels ({proof})", count(clusters)))?;
        }
        (_, Some(clusters)) if !first => {
            line(out, format_args!("  {}: FEASIBLE, some level is open ({proof})", count(clusters)))?;
        }
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
    if let Some(stopped) = plan.stopped {
        let limit = match stopped {
            PlanStop::Time => "the time limit",
            PlanStop::Work => "the end of the work",
            PlanStop::Cancelled => "the end",
        };
        match plan.status {
            PlanStatus::Optimal => line(
                out,
                format_args!(
                    "  {limit} came after the proof: the plan is optimal, comparisons beside it may be missing"
                ),
            )?,
            _ if stopped == PlanStop::Cancelled => line(out, format_args!("  cut short: cancelled"))?,
            // a search ends by itself once its work is done, whether or not a limit was set
            _ if stopped == PlanStop::Work => {
                line(out, format_args!("  the search came to the end of its work: more may be found, or proved"))?;
            }
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
        let words = "of workloads treated as not fitting: their sums fit, a placement on nodes was not found";
        line(out, format_args!("  {sets} {words}"))?;
    }
    if let Some(premium) = summary.isolation_premium {
        let more = if premium == 1 { "1 cluster".to_owned() } else { format!("{premium} clusters") };
        line(out, format_args!("  isolation premium: {more} more than the same fleet without trust rules"))?;
    }
    for left_out in &plan.left_out {
        let figure = match left_out.figure {
            ComparedFigure::IsolationPremium => "isolation premium",
            ComparedFigure::ClustersWithoutWaivers => "clusters without the waivers in force",
        };
        let because = match left_out.because {
            LeftOutReason::Time => "the time limit left no room for that run",
            LeftOutReason::Work => "no count was proved with as much work as the plan took",
            LeftOutReason::Cancelled => "the run was cancelled",
            LeftOutReason::Contradiction => "workloads that must share a cluster would be separated",
            LeftOutReason::Limits => "there is a limit on the cost or on the moves",
            LeftOutReason::Objective => "the number of clusters does not come first",
        };
        line(out, format_args!("  {figure}: left out, {because}"))?;
    }
    if let Some(without) = summary.clusters_without_waivers {
        line(out, format_args!("  without the waivers in force: {}", count(without)))?;
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
