//! What a plan may state of an answer: its levels, and what backs them.

use super::costs::Costs;
use crate::budget::{Objective, Proof, Status};
use crate::error::Error;
use crate::fleet::Fleet;
use crate::pack::PackError;
use crate::placement::forgotten;
use crate::plan::{Figure, Outcome, PlanLevel, PlanProof, PlanStatus, money};
use crate::solve::{Answer, Unsupported};

impl From<Unsupported> for Error {
    fn from(unsupported: Unsupported) -> Self {
        Self::Usage(unsupported.to_string())
    }
}

impl From<PackError> for Error {
    fn from(error: PackError) -> Self {
        match error {
            PackError::Unsupported(unsupported) => unsupported.into(),
            refuted @ PackError::Refuted { .. } => Self::Internal(refuted.to_string()),
        }
    }
}

/// That no plan has a value below 0 says nothing: where none was found, nothing is proved of the first level.
pub(super) fn says_nothing(outcome: &mut Outcome) {
    if outcome.status == PlanStatus::Infeasible {
        return;
    }
    if let Some(level) = outcome.levels.iter_mut().find(|level| level.objective.decides().is_some()) {
        level.proof = PlanProof::None;
    }
    outcome.proof = PlanProof::None;
}

/// What the plan states of an answer and of what backs it.
pub(super) fn outcome(fleet: &Fleet, costs: &Costs, answer: &Answer, proofs: &[Proof], seed: u64) -> Outcome {
    let figure = |objective: Objective, value: u64| match objective {
        Objective::Clusters | Objective::Moves => Figure::Count(value),
        Objective::Cost => Figure::Money(money(value)),
    };
    let mut levels = Vec::new();
    let forgot = forgotten(fleet);
    let mut met = true; // the earlier levels' bounds meet their values
    let mut paid = true; // that of the cost does, if it is one of them, by prices and nodes apart: claims after it hold prices
    let counted = fleet.objective().iter().zip(&answer.levels).find(|(it, _)| **it == Objective::Clusters);
    let fewest = counted.map_or(0, |(_, level)| level.bound);
    for ((&objective, level), &proof) in fleet.objective().iter().zip(&answer.levels).zip(proofs) {
        // the bound of a later level speaks of the plans that are optimal before it; that of the moves of all that are as good
        // as this one
        let held = objective == Objective::Moves && level.value.is_some() && paid;
        let known = levels.is_empty() || held || (met && paid);
        let bound = match objective {
            Objective::Cost => costs.least(level.bound, fewest),
            Objective::Moves => level.bound.saturating_sub(fleet.charged_as_new()),
            Objective::Clusters => level.bound,
        };
        met &= known && level.value == Some(bound);
        paid &= objective != Objective::Cost
            || level.value.is_some_and(|value| value == bound && value == costs.apart(level.bound, fewest));
        levels.push(PlanLevel {
            objective: objective.into(),
            status: match level.value {
                None => PlanStatus::Unknown,
                Some(_) if met => PlanStatus::Optimal,
                Some(_) => PlanStatus::Feasible,
            },
            value: level.value.map(|value| figure(objective, value)),
            bound: known.then(|| figure(objective, bound)),
            proof: if known { proof.into() } else { PlanProof::None },
            forgot: forgot.clone(),
        });
    }
    let weakest = levels.iter().filter(|level| level.bound.is_some()).map(|level| level.proof).max();
    let weakest = weakest.or_else(|| proofs.first().map(|&proof| proof.into()));
    Outcome {
        status: if answer.status == Status::Optimal && !met { PlanStatus::Feasible } else { answer.status.into() },
        proof: weakest.unwrap_or(PlanProof::None),
        stopped: answer.stopped.map(Into::into),
        seed,
        levels,
        unfit: 0,
    }
}
