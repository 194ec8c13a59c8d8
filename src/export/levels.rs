//! The levels of the objective, for people.

use crate::plan::{Figure, LevelObjective, Plan, PlanLevel, PlanProof};
use crate::text::line;

/// The section; nothing where the figures say it all: clusters, then cost and moves.
pub(super) fn levels(out: &mut String, plan: &Plan) -> std::fmt::Result {
    let usual = plan.levels.first().is_none_or(|level| level.objective == LevelObjective::Clusters);
    if usual {
        return Ok(());
    }
    line(out, format_args!(""))?;
    line(out, format_args!("Levels, the most important first"))?;
    for level in &plan.levels {
        line(out, format_args!("  {} {}: {}", level.objective.name(), shown(level.value), said(level)))?;
    }
    Ok(())
}

fn shown(figure: Option<Figure>) -> String {
    match figure {
        Some(Figure::Count(count)) => count.to_string(),
        Some(Figure::Money(money)) => money.to_string(),
        None => "unknown".to_owned(),
    }
}

/// What is known of it.
fn said(level: &PlanLevel) -> String {
    let proof = match level.proof {
        PlanProof::Certified => "proved",
        PlanProof::Claimed => "by the solver's own argument",
        PlanProof::None => "not proved",
    };
    match level.bound {
        Some(bound) if level.value == Some(bound) => {
            format!("no plan that is as good before has less ({proof})")
        }
        Some(bound) => format!("no plan that is as good before has less than {} ({proof})", shown(Some(bound))),
        None => "nothing is proved".to_owned(),
    }
}
