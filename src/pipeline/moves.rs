//! What runs today: what of it a plan keeps where it is.

use super::nodes::{OnNodes, WORK, restate};
use crate::budget::{Budget, Objective, Options, Watch};
use crate::date::Date;
use crate::encode::Encoding;
use crate::error::{Error, FleetError, InputProblem, Result};
use crate::fleet::Fleet;
use crate::placement::{Placement, Pods, forced, forced_moves, forgotten, moves, still, wishes};
use crate::plan::{FORGOT_BY_MOVES, Figure, LevelObjective, Outcome, PlanLevel, PlanProof, PlanStatus};
use crate::solve::Answer;
use crate::trust::TrustGraph;

/// Refuses what cannot be planned yet, and wishes that contradict one another, all at once.
pub(super) fn plannable(fleet: &Fleet, day: Date) -> Result<()> {
    let mut problems = Vec::new();
    let mut not_yet = |path: &str, what: &str| {
        let message = format!("planning with {what} is not supported yet");
        problems.push(InputProblem::new("not-supported-yet", path, message));
    };
    if fleet.existing().iter().any(|it| it.keep) {
        not_yet("existingClusters", "kept clusters (`keep`, `occupied`)");
    }
    if fleet.limits().iter().any(|limit| limit.sites.len() > 1) {
        not_yet("clusterTemplates", "the `maxCount` of a template that existing clusters have");
    }
    problems.extend(wishes(fleet, day));
    if problems.is_empty() { Ok(()) } else { Err(Error::Fleet(FleetError { problems, omitted: 0 })) }
}

/// The levels that the solver climbs.
pub(super) fn of_the_solver(fleet: &Fleet) -> Vec<Objective> {
    fleet.objective().iter().copied().filter(|&level| level != Objective::Moves).collect()
}

/// Lets stay who can, in as few clusters and at no more cost; the answer says what came of it.
pub(super) fn at_home(
    fleet: &Fleet,
    graph: &TrustGraph,
    encoding: &Encoding,
    answer: &mut Answer,
    found: OnNodes,
    limits: &Options,
    watch: &dyn Watch,
) -> OnNodes {
    let Some(holdings) = found.holdings else { return found };
    if fleet.existing().is_empty() {
        return OnNodes { holdings: Some(holdings), ..found };
    }
    let pods = Pods::new(fleet);
    let holdings = still(&pods, graph, holdings, &Budget::new(limits, WORK, watch));
    let clusters = holdings.iter().map(|it| (it.site, &it.workloads[..]));
    answer.solution = Some(encoding.solution(clusters));
    restate(fleet, answer, &holdings);
    OnNodes { holdings: Some(holdings), ..found }
}

/// Adds the level of the moves, and what it makes of the status. Its bound is what cannot stay in any plan: arithmetic that every
/// check does again.
pub(super) fn add_level(outcome: &mut Outcome, fleet: &Fleet, placement: Option<&Placement>, day: Date) {
    if !fleet.objective().contains(&Objective::Moves) || outcome.status == PlanStatus::Infeasible {
        return;
    }
    let bound = forced_moves(fleet, &forced(fleet, day));
    let value = placement.map(|placement| moves(fleet, placement));
    let earlier = outcome.levels.iter().all(|level| level.status == PlanStatus::Optimal);
    let status = match value {
        None => PlanStatus::Unknown,
        Some(value) if earlier && value == bound => PlanStatus::Optimal,
        Some(_) => PlanStatus::Feasible,
    };
    if fleet.moves_decide() && outcome.status == PlanStatus::Optimal {
        outcome.status = status;
    }
    let mut forgot = forgotten(fleet);
    forgot.extend(FORGOT_BY_MOVES.map(str::to_owned));
    outcome.levels.push(PlanLevel {
        objective: LevelObjective::Moves,
        status,
        value: value.map(Figure::Count),
        bound: Some(Figure::Count(bound)),
        proof: PlanProof::Certified,
        forgot,
    });
}
