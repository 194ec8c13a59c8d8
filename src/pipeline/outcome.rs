//! What a plan may state of an answer: its levels, and what backs them after an independent check.

use super::charged::Witness;
use super::costs::Costs;
use crate::budget::{Budget, Event, Objective, Options, Phase, Proof, Status, Watch};
use crate::certify::{self, Verdict};
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::placement::forgotten;
use crate::plan::{Figure, Outcome, PlanLevel, PlanProof, PlanStatus, money};
use crate::problem::Problem;
use crate::solve::{Answer, Bounded};

/// Work of checking a certificate where the options name no limit.
const CHECK_WORK: u64 = 4_000_000_000;
/// The least work that a check is given under a work limit.
const CHECK_WORK_LEAST: u64 = 20_000_000;

/// What backs the bounds of an answer, level by level, after an independent check of its certificate, or of the witness that stands for
/// it. An infeasible answer has one entry.
pub(super) fn proofs(
    levels: &[Objective],
    problem: &Problem,
    answer: &Answer,
    witness: Option<&Witness>,
    limits: &Options,
    watch: &dyn Watch,
) -> Result<Vec<Proof>> {
    if problem.items().is_empty() {
        return Ok(vec![Proof::Certified; answer.levels.len()]); // nothing to place takes no cluster
    }
    let claimed: Vec<Proof> = match answer.status {
        Status::Infeasible => vec![Proof::Claimed],
        _ => {
            // that prices and moves are at least 0 is a bound as well of a plan that is there: nodes may add to it
            let counted = match levels.first() {
                Some(Objective::Clusters) | None => answer.levels.first().is_some_and(|first| first.bound > 0),
                Some(Objective::Cost | Objective::Moves) => answer.solution.is_some(),
            };
            let claimed = |(index, level): (usize, &Bounded)| {
                let clusters = levels.get(index) == Some(&Objective::Clusters);
                if level.bound > 0 || (!clusters && counted) { Proof::Claimed } else { Proof::None }
            };
            answer.levels.iter().enumerate().map(claimed).collect()
        }
    };
    let (problem, solution, certificate) = match witness {
        Some(witness) => (&witness.problem, witness.solution.as_ref(), &witness.certificate),
        None => (problem, answer.solution.as_ref(), &answer.certificate),
    };
    if certificate.claims.is_empty() {
        return Ok(claimed);
    }
    let limits = Options { work_limit: limits.work_limit.map(|work| work.max(CHECK_WORK_LEAST)), ..limits.clone() };
    watch.event(Event::Phase(Phase::Check));
    let budget = Budget::new(&limits, CHECK_WORK, watch);
    match certify::check(problem, solution, certificate, &budget) {
        Verdict::Verified { bounds } => {
            // an infeasible answer has no level: what was verified is that nothing is legal
            let stated = |index: usize| answer.levels.get(index).map_or(0, |level| level.bound);
            let reached = |index: usize| bounds.get(index).is_some_and(|&bound| bound >= stated(index));
            let proof = |(index, claimed)| match claimed {
                Proof::Claimed if reached(index) => Proof::Certified,
                other => other,
            };
            Ok(claimed.into_iter().enumerate().map(proof).collect())
        }
        Verdict::Refuted { place, why } => {
            Err(Error::Internal(format!("the certificate is refuted at {place}: {why}")))
        }
        Verdict::Undecided => Ok(claimed),
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
