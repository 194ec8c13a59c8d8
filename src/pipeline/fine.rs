//! Exposure and balance: made small among plans that are as good in the levels before. They change neither the status of a
//! plan nor its proof.

use super::costs::Costs;
use super::nodes::{OnNodes, WORK, restate};
use super::trial::Trial;
use crate::budget::{Budget, Options, Watch};
use crate::date::Date;
use crate::encode::Encoding;
use crate::error::Result;
use crate::fleet::{Fleet, LevelObjective, ValueLimits};
use crate::pack::Clock;
use crate::placement::{
    FORGOT_BY_COUNTING, Holding, Placement, Pods, balance, exposure, held, least_balance, least_exposure, level_values,
    most_clusters, polish,
};
use crate::plan::{Figure, Outcome, PlanLevel, PlanProof, PlanStatus};
use crate::problem::Problem;
use crate::solve::Answer;
use crate::trust::TrustGraph;

/// With more units no further runs look for a smaller exposure or balance after other levels.
const MOST_TRIED: usize = 200;

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
    (clock, options, watch): (&Clock, &Options, &dyn Watch),
) -> Result<OnNodes> {
    if !asked(fleet) {
        return Ok(found);
    }
    let Some(holdings) = found.holdings else { return Ok(found) };
    let pods = Pods::new(fleet);
    let polish = |holdings| polish(&pods, graph, holdings, &Budget::new(&clock.rest(options), WORK, watch));
    let mut holdings = polish(holdings);
    if fleet.units().len() <= MOST_TRIED {
        let trial = Trial { fleet, graph, most: ValueLimits::default(), clock, options, watch };
        for at in fleet.leading().len()..fleet.levels().len() {
            if let Some(other) = better(&trial, at, &holdings)? {
                holdings = polish(other);
            }
        }
    }
    answer.solution = Some(encoding.solution(holdings.iter().map(Holding::content)));
    restate(&Costs::of(fleet, graph)?, fleet, problem, answer, &holdings);
    Ok(OnNodes { holdings: Some(holdings), ..found })
}

/// Clusters with a smaller exposure or balance and values before that are no higher; `None`: none were found, or the level is
/// another.
fn better(trial: &Trial, at: usize, holdings: &[Holding]) -> Result<Option<Vec<Holding>>> {
    let fleet = trial.fleet;
    let level = fleet.levels()[at];
    let known = level_values(fleet, holdings);
    if known.0 > 0 {
        return Ok(None);
    }
    // an exposure before that is more than the least is held by comparing alone
    let before = &fleet.levels()[..at];
    let value = |level| before.iter().zip(&known.1).find(|(it, _)| **it == level).map(|(_, &value)| value);
    let kept = held(fleet, before, value);
    let mut most = ValueLimits::default();
    for (level, &value) in before.iter().zip(&known.1) {
        match level {
            LevelObjective::Clusters => most.clusters = Some(value),
            LevelObjective::Cost => most.cost = Some(value),
            LevelObjective::Moves => most.moves = Some(value),
            LevelObjective::Exposure | LevelObjective::Balance => {}
        }
    }
    let trial = Trial { most, ..*trial };
    let found = match level {
        LevelObjective::Exposure if known.1[at] > least_exposure(fleet, None) => trial.apart(kept)?,
        LevelObjective::Balance => trial.share(kept, Some(known.1[at]))?,
        _ => None,
    };
    Ok(found.map(|it| it.holdings).filter(|other| level_values(fleet, other) < known))
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
