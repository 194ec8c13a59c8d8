//! Exposure and balance: made small among plans that are as good in the levels before. They change neither the status of a
//! plan nor its proof.

use super::nodes::{OnNodes, WORK, restate};
use crate::budget::{Budget, Options, Watch};
use crate::date::Date;
use crate::encode::Encoding;
use crate::fleet::{Fleet, LevelObjective};
use crate::placement::{
    FORGOT_BY_COUNTING, Placement, Pods, balance, exposure, least_balance, least_exposure, most_clusters, polish,
};
use crate::plan::{Figure, Outcome, PlanLevel, PlanProof, PlanStatus};
use crate::problem::Problem;
use crate::solve::Answer;
use crate::trust::TrustGraph;

fn asked(fleet: &Fleet) -> bool {
    fleet.levels().iter().any(|level| level.decides().is_none())
}

/// Clusters that are no worse in the order of the levels; the answer says what came of it.
pub(super) fn polished(
    fleet: &Fleet,
    graph: &TrustGraph,
    (problem, encoding): (&Problem, &Encoding),
    answer: &mut Answer,
    found: OnNodes,
    (limits, watch): (&Options, &dyn Watch),
) -> OnNodes {
    if !asked(fleet) {
        return found;
    }
    let Some(holdings) = found.holdings else { return found };
    let holdings = polish(&Pods::new(fleet), graph, holdings, &Budget::new(limits, WORK, watch));
    answer.solution = Some(encoding.solution(holdings.iter().map(|it| (it.site, &it.workloads[..]))));
    restate(fleet, problem, answer, &holdings);
    OnNodes { holdings: Some(holdings), ..found }
}

/// Adds their levels, each in its place: values, and what counting says of every plan. Every check does both again.
pub(super) fn add_levels(outcome: &mut Outcome, fleet: &Fleet, placement: Option<&Placement>, day: Date) {
    if outcome.status == PlanStatus::Infeasible {
        return;
    }
    let mut met = true;
    for (at, &level) in fleet.levels().iter().enumerate() {
        if level.decides().is_none() {
            let clusters = placement.map(|placement| placement.clusters.len() as u64);
            let most = most_clusters(fleet, level, clusters);
            let exposed = level == LevelObjective::Exposure;
            let bound = if exposed { least_exposure(fleet, most) } else { least_balance(fleet, day, most) };
            let value = placement.map(|it| if exposed { exposure(fleet, it) } else { balance(fleet, it) });
            let status = match value {
                None => PlanStatus::Unknown,
                Some(value) if met && value == bound => PlanStatus::Optimal,
                Some(_) => PlanStatus::Feasible,
            };
            let own = PlanLevel {
                objective: level,
                status,
                value: value.map(Figure::Count),
                bound: Some(Figure::Count(bound)),
                proof: PlanProof::Certified,
                forgot: FORGOT_BY_COUNTING.map(str::to_owned).into(),
            };
            outcome.levels.insert(at.min(outcome.levels.len()), own);
        }
        met &= outcome.levels.get(at).is_some_and(|level| level.status == PlanStatus::Optimal);
    }
}
