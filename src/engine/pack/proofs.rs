//! What backs the bounds of an answer, after an independent check of its certificate.

use super::PackError;
use crate::budget::{Budget, Event, Objective, Options, Phase, Proof, Status, Watch};
use crate::certify::{self, Certificate, Verdict};
use crate::problem::{Problem, Solution};
use crate::solve::{Answer, Bounded};

/// Work of checking a certificate where the options name no limit.
const CHECK_WORK: u64 = 4_000_000_000;
/// The least work that a check is given under a work limit.
const CHECK_WORK_LEAST: u64 = 20_000_000;

/// What backs the bounds of an answer, level by level, after an independent check of its certificate, or of the witness that stands for
/// it. An infeasible answer has one entry.
pub fn proofs(
    levels: &[Objective],
    problem: &Problem,
    answer: &Answer,
    witness: Option<(&Problem, Option<&Solution>, &Certificate)>,
    limits: &Options,
    watch: &dyn Watch,
) -> Result<Vec<Proof>, PackError> {
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
    let (problem, solution, certificate) = witness.unwrap_or((problem, answer.solution.as_ref(), &answer.certificate));
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
        Verdict::Refuted { place, why } => Err(PackError::Refuted { place, why }),
        Verdict::Undecided => Ok(claimed),
    }
}
