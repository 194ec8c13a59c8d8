//! Plans side by side, for people.

use std::collections::BTreeSet;

use super::clusters::counted;
use super::prices::limit;
use super::sheet::{Sheet, table};
use crate::plan::{Figure, LeftOutReason, PlanProof, PlanStatus};
use crate::report::{ComparedPlan, ComparedValue, Comparison};
use crate::text::line;

/// So many plans are shown.
const MOST: usize = 100;

/// Renders a comparison as plain text, as [`growth_text`](super::growth_text) does: a row a plan, at most 100.
#[must_use]
pub fn comparison_text(comparison: &Comparison) -> String {
    let mut out = String::new();
    // writing to a string cannot fail
    let _ = written(&mut out, comparison);
    out
}

pub(super) fn written(out: &mut impl Sheet, it: &Comparison) -> std::fmt::Result {
    let days: BTreeSet<&str> = it.plans.iter().map(|plan| plan.as_of.as_str()).collect();
    let day = match (days.first(), days.len()) {
        (Some(day), 1) => format!(", as of {day}"),
        _ => String::new(),
    };
    line(out, format_args!("{} side by side{day}", counted(it.plans.len() as u64, "plan")))?;
    line(out, format_args!(""))?;
    let premium = it.plans.iter().any(|plan| plan.isolation_premium.is_some() || plan.premium_left_out.is_some());
    let moves = it.plans.iter().any(|plan| plan.moves.is_some());
    // a column that says the same of all, and nothing, is left out
    let columns: Vec<(&str, bool)> = vec![
        ("plan", true),
        ("as of", days.len() > 1),
        ("workloads", true),
        ("clusters", true),
        ("cost", it.plans.iter().any(|plan| plan.cost.value.is_some() || plan.cost.bound.is_some())),
        ("moves", moves),
        ("exposure", true),
        ("premium", premium),
        ("status", true),
    ];
    let shown = |cells: [String; 9]| -> [String; 9] {
        let mut kept = cells.into_iter().zip(&columns).filter(|(_, column)| column.1).map(|(cell, _)| cell);
        std::array::from_fn(|_| kept.next().unwrap_or_default())
    };
    let mut rows = vec![shown(std::array::from_fn(|at| columns[at].0.to_owned()))];
    rows.extend(it.plans.iter().take(MOST).map(|plan| {
        let mark = if plan.planned { "" } else { " *" };
        shown([
            format!("{}{mark}", plan.name),
            plan.as_of.clone(),
            plan.workloads.to_string(),
            value(&plan.clusters),
            value(&plan.cost),
            plan.moves.as_ref().map_or_else(|| "-".to_owned(), value),
            value(&plan.exposure),
            self::premium(plan),
            status(plan),
        ])
    }));
    table(out, "  ", &rows, &[false; 9])?;
    if it.plans.len() > MOST {
        line(out, format_args!("  and {} more (JSON has all)", it.plans.len() - MOST))?;
    }
    line(out, format_args!(""))?;
    line(
        out,
        format_args!(
            "A bound is that of the plans that are as good in the levels before. A figure without a word has none."
        ),
    )?;
    line(out, format_args!("exposure: pairs of workloads of different tenants that share a cluster"))?;
    if premium {
        line(out, format_args!("premium: clusters that the rules of trust take"))?;
    }
    if it.plans.iter().any(|plan| !plan.planned) {
        line(out, format_args!("*: as its document says; nothing of it was planned or checked here"))?;
    }
    if let Some(stopped) = it.stopped {
        line(out, format_args!("{} cut some of it short.", limit(stopped)))?;
    }
    Ok(())
}

/// `7 (certified)`, `7, at least 5 (claimed)`, `-`.
pub(super) fn value(it: &ComparedValue) -> String {
    let proof = match it.proof {
        PlanProof::Certified => " (certified)",
        PlanProof::Claimed => " (claimed)",
        PlanProof::None => "",
    };
    match (it.value, it.bound) {
        (Some(value), Some(bound)) if bound.value() >= value.value() => format!("{}{proof}", said(value)),
        (Some(value), Some(bound)) => format!("{}, at least {}{proof}", said(value), said(bound)),
        (Some(value), None) => said(value),
        (None, Some(bound)) => format!("none found, at least {}{proof}", said(bound)),
        (None, None) => "-".to_owned(),
    }
}

fn said(figure: Figure) -> String {
    match figure {
        Figure::Count(count) => count.to_string(),
        Figure::Money(money) => money.to_string(),
    }
}

fn premium(plan: &ComparedPlan) -> String {
    match (plan.isolation_premium, plan.premium_left_out) {
        (Some(premium), _) => premium.to_string(),
        (None, Some(LeftOutReason::Time)) => "not known (time)".to_owned(),
        (None, Some(LeftOutReason::Work)) => "not known (work)".to_owned(),
        (None, Some(LeftOutReason::Cancelled)) => "not known (interrupted)".to_owned(),
        (None, Some(LeftOutReason::Contradiction)) => "there is no such plan".to_owned(),
        (None, Some(LeftOutReason::Objective)) => "not counted (objective)".to_owned(),
        (None, Some(LeftOutReason::Limits)) => "not counted (limits)".to_owned(),
        (None, None) => "-".to_owned(),
    }
}

fn status(plan: &ComparedPlan) -> String {
    let proof = match plan.proof {
        PlanProof::Certified => " (certified)",
        PlanProof::Claimed => " (claimed)",
        PlanProof::None => "",
    };
    match plan.status {
        PlanStatus::Optimal => "optimal".to_owned(),
        PlanStatus::Feasible => "feasible".to_owned(),
        PlanStatus::Infeasible => format!("no plan exists{proof}"),
        PlanStatus::Unknown => "no plan was found".to_owned(),
    }
}
