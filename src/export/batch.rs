//! A batch for people: a row a fleet.

use super::clusters::counted;
use super::sheet::table;
use crate::plan::{PlanProof, PlanStatus};
use crate::report::{BatchPlan, BatchRow};
use crate::text::line;

/// So many rows are shown of those that are as they should be.
const MOST: usize = 100;

/// Renders the rows of a batch as plain text: one line each, what has errors or no plan first, at most 100 of the others. `kept`: so
/// many of them were there already.
#[must_use]
pub fn batch_text(rows: &[BatchRow], kept: usize) -> String {
    let mut out = String::new();
    // writing to a string cannot fail
    let _ = written(&mut out, rows, kept);
    out
}

fn written(out: &mut String, rows: &[BatchRow], kept: usize) -> std::fmt::Result {
    let already = if kept > 0 { format!(", {kept} of them already there") } else { String::new() };
    line(out, format_args!("{}{already}", counted(rows.len() as u64, "fleet")))?;
    let (right, wrong): (Vec<&BatchRow>, Vec<&BatchRow>) = rows.iter().partition(|row| is_planned(row));
    let left_out = right.len().saturating_sub(MOST);
    let mut cells = vec![["fleet", "workloads", "clusters", "cost", "moves", "status"].map(str::to_owned)];
    cells.extend(wrong.iter().copied().chain(right.into_iter().take(MOST)).map(told));
    if rows.is_empty() {
        return Ok(());
    }
    line(out, format_args!(""))?;
    table(out, "  ", &cells, &[false, true, true, true, true, false])?;
    if left_out > 0 {
        line(out, format_args!("  and {left_out} more that were planned (the file has all)"))?;
    }
    for row in wrong.iter().take(MOST).filter(|row| !row.errors.is_empty()) {
        line(out, format_args!(""))?;
        for error in &row.errors {
            line(out, format_args!("{}: {error}", row.file))?;
        }
    }
    Ok(())
}

fn is_planned(row: &BatchRow) -> bool {
    row.planned.as_ref().is_some_and(|planned| planned.clusters.is_some())
}

fn told(row: &BatchRow) -> [String; 6] {
    let Some(planned) = &row.planned else {
        let nothing = || "-".to_owned();
        return [row.file.clone(), nothing(), nothing(), nothing(), nothing(), "error".to_owned()];
    };
    let number = |it: Option<u64>| it.map_or_else(|| "-".to_owned(), |it| it.to_string());
    [
        row.file.clone(),
        planned.workloads.to_string(),
        clusters(planned),
        planned.cost.map_or_else(|| "-".to_owned(), |cost| cost.to_string()),
        number(planned.moves),
        status(planned),
    ]
}

fn clusters(it: &BatchPlan) -> String {
    match (it.clusters, it.gap) {
        (Some(clusters), Some(gap)) if gap > 0 => format!("{clusters}, at least {}", it.lower_bound),
        (Some(clusters), _) => clusters.to_string(),
        (None, _) => "-".to_owned(),
    }
}

fn status(it: &BatchPlan) -> String {
    let status = match it.status {
        PlanStatus::Optimal => "optimal",
        PlanStatus::Feasible => "feasible",
        PlanStatus::Infeasible => "infeasible",
        PlanStatus::Unknown => "unknown",
    };
    match it.proof {
        PlanProof::Certified => format!("{status} (certified)"),
        PlanProof::Claimed => format!("{status} (claimed)"),
        PlanProof::None => status.to_owned(),
    }
}
