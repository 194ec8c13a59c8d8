//! The levels of the objective, for people.

use crate::plan::{Figure, LevelObjective, Plan, PlanLevel, PlanProof};
use crate::text::line;

/// The section; nothing where the figures say it all: clusters, then cost and moves.
pub(super) fn levels(out: &mut String, plan: &Plan) -> std::fmt::Result {
    let first = plan.levels.first().is_none_or(|level| level.objective == LevelObjective::Clusters);
    if !first || plan.levels.iter().any(|level| level.objective.decides().is_none()) {
        line(out, format_args!(""))?;
        line(out, format_args!("Levels, the most important first"))?;
        for level in &plan.levels {
            line(out, format_args!("  {} {}: {}", level.objective.name(), shown(level, level.value), said(level)))?;
        }
    }
    let Some(limits) = limits(plan) else { return Ok(()) };
    line(out, format_args!(""))?;
    line(out, format_args!("Limits: {limits}"))
}

/// The highest values that were asked for.
pub(super) fn limits(plan: &Plan) -> Option<String> {
    let limits = plan.limits.as_ref()?;
    let count = |what: &str, most: Option<u64>| most.map(|most| format!("{what} at most {most}"));
    let cost = limits.cost.map(|most| format!("cost at most {most}"));
    let all = [count("clusters", limits.clusters), cost, count("moves", limits.moves)];
    Some(all.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// A value in the unit of its level.
pub(super) fn shown(level: &PlanLevel, figure: Option<Figure>) -> String {
    match figure {
        Some(Figure::Count(millionths)) if level.objective == LevelObjective::Balance => {
            format!("{}.{:04} %", millionths / 10_000, millionths % 10_000)
        }
        Some(Figure::Count(count)) => count.to_string(),
        Some(Figure::Money(money)) => money.to_string(),
        None => "unknown".to_owned(),
    }
}

/// What is known of it.
pub(super) fn said(level: &PlanLevel) -> String {
    let proof = match level.proof {
        PlanProof::Certified => "proved",
        PlanProof::Claimed => "by the solver's own argument",
        PlanProof::None => "not proved",
    };
    match level.bound {
        Some(bound) if level.value == Some(bound) => {
            format!("no plan that is as good before has less ({proof})")
        }
        Some(bound) => format!("no plan that is as good before has less than {} ({proof})", shown(level, Some(bound))),
        None => "nothing is proved".to_owned(),
    }
}
