//! Sentences about a plan that every rendering for people has.

use super::clusters::counted;
use crate::plan::{
    ComparedFigure, LeftOut, LeftOutReason, LevelObjective, OtherValues, Plan, PlanProof, PlanStatus, PlanStop,
    SeparationRow,
};

/// The count and what is proved of it.
pub(super) fn headline(plan: &Plan) -> String {
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
            format!("{}: OPTIMAL in the order of the levels ({proof})", count(clusters))
        }
        (_, Some(clusters)) if !first => format!("{}: FEASIBLE, some level is open ({proof})", count(clusters)),
        (PlanStatus::Optimal, Some(clusters)) => {
            format!("{}: OPTIMAL, no plan has fewer ({proof})", count(clusters))
        }
        (_, Some(clusters)) => match summary.gap.unwrap_or_default() {
            0 => format!("{}: no plan has fewer ({proof}); a later objective is not proved", count(clusters)),
            gap => {
                let bound = summary.lower_bound;
                format!("{}: FEASIBLE, gap {gap}: no plan has fewer than {bound} ({proof})", count(clusters))
            }
        },
        (PlanStatus::Infeasible, None) => format!("INFEASIBLE: no plan exists ({proof})"),
        (_, None) => "UNKNOWN: no plan was found within the limits".to_owned(),
    }
}

/// What cut the search short, if anything did.
pub(super) fn stopped(plan: &Plan) -> Option<String> {
    let stopped = plan.stopped?;
    let limit = match stopped {
        PlanStop::Time => "the time limit",
        PlanStop::Work => "the end of the work",
        PlanStop::Cancelled => "the end",
    };
    Some(match plan.status {
        PlanStatus::Optimal => {
            format!("{limit} came after the proof: the plan is optimal, comparisons beside it may be missing")
        }
        _ if stopped == PlanStop::Cancelled => "cut short: cancelled".to_owned(),
        // a search ends by itself once its work is done, whether or not a limit was set
        _ if stopped == PlanStop::Work => {
            "the search came to the end of its work: more may be found, or proved".to_owned()
        }
        _ => format!("cut short by {limit}: more may be found, or proved"),
    })
}

/// What the search could not decide of nodes.
pub(super) fn treated_as_not_fitting(plan: &Plan) -> Option<String> {
    let sets = plan.summary.treated_as_not_fitting;
    let words = "of workloads treated as not fitting: their sums fit, a placement on nodes was not found";
    (sets > 0).then(|| format!("{} {words}", counted(sets, "set")))
}

/// What the rules of trust take.
pub(super) fn premium(plan: &Plan) -> Option<String> {
    let premium = plan.summary.isolation_premium?;
    let more = if premium == 1 { "1 cluster".to_owned() } else { format!("{premium} clusters") };
    Some(format!("isolation premium: {more} more than the same fleet without trust rules"))
}

/// A comparison that was not made.
pub(super) fn left_out(it: &LeftOut) -> String {
    let figure = match it.figure {
        ComparedFigure::IsolationPremium => "isolation premium",
        ComparedFigure::ClustersWithoutWaivers => "clusters without the waivers in force",
    };
    let because = match it.because {
        LeftOutReason::Time => "the time limit left no room for that run",
        LeftOutReason::Work => "no count was proved with as much work as the plan took",
        LeftOutReason::Cancelled => "the run was cancelled",
        LeftOutReason::Contradiction => "workloads that must share a cluster would be separated",
        LeftOutReason::Limits => "there is a limit on the cost or on the moves",
        LeftOutReason::Objective => "the number of clusters does not come first",
    };
    format!("{figure}: left out, {because}")
}

/// How many of its pairs a rule separates alone.
pub(super) fn only(row: &SeparationRow) -> String {
    match row.only {
        0 => "each by other rules too".to_owned(),
        all if all == row.pairs => "by this rule alone".to_owned(),
        some => format!("{some} of them by this rule alone"),
    }
}

/// What fell to a class with `"*"`.
pub(super) fn other_values(row: &OtherValues) -> String {
    const MOST: usize = 20;
    let shown = row.values.iter().take(MOST).map(|it| format!("{} ({})", it.value, counted(it.workloads, "workload")));
    let more = row.values.len().saturating_sub(MOST);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let values = shown.collect::<Vec<_>>().join(", ");
    format!("{}: {values}{more} went to the class {}, by its `*`", row.attribute, row.class)
}
