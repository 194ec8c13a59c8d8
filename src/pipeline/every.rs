//! The last resort of a tiny fleet: where no plan was found, or one with a level that is not proved, all its placements are gone
//! through. What that finds is a plan like any other, held against the fleet and its bounds: it proves nothing by itself.

use super::again::{Quiet, again};
use crate::budget::{Budget, Options, Status, Watch};
use crate::date::Date;
use crate::error::Result;
use crate::fleet::Fleet;
use crate::placement::{Every, Holding, Pods, every, is_tiny};
use crate::plan::{Outcome, PlanProof, PlanStatus};
use crate::problem::Problem;
use crate::solve::{Answer, solve};

/// Work of going through them.
const WORK: u64 = 50_000_000;

/// Goes through the placements of a tiny fleet for better clusters than those that are known, if an outcome leaves that open;
/// else nothing is looked at.
pub(super) fn better(
    fleet: &Fleet,
    day: Date,
    known: Option<&[Holding]>,
    outcome: &Outcome,
    limits: &Options,
    watch: &dyn Watch,
) -> Every {
    let proved = outcome.levels.iter().take_while(|level| level.status == PlanStatus::Optimal).count();
    let open = if known.is_some() { proved < fleet.levels().len() } else { outcome.status == PlanStatus::Unknown };
    if !open || !is_tiny(fleet) {
        return Every::default();
    }
    let quiet = Quiet(watch);
    let budget = Budget::new(limits, WORK, &quiet);
    budget.within_half_time(WORK, |budget| every(&Pods::new(fleet), day, known, proved, budget))
}

/// Whether a level is as small as its bound, and no certificate says that of the bound.
pub(super) fn is_unproved(outcome: &Outcome) -> bool {
    outcome.levels.iter().any(|it| it.status == PlanStatus::Optimal && it.proof != PlanProof::Certified)
}

/// The answer for other clusters than it had: what was proved of later levels fell away with the values that it was held against,
/// and is proved again.
pub(super) fn anew(
    fleet: &Fleet,
    problem: &Problem,
    answer: Answer,
    limits: &Options,
    watch: &dyn Watch,
) -> Result<Answer> {
    let levels = &fleet.objective()[..answer.levels.len()];
    if levels.is_empty() {
        return Ok(answer);
    }
    let fresh = solve(problem, levels, &again(limits, answer.work, 2), &Quiet(watch))?;
    let work = answer.work.saturating_add(fresh.work);
    let pairs = || fresh.levels.iter().zip(&answer.levels);
    let as_good = fresh.status != Status::Infeasible
        && pairs().count() == levels.len()
        && pairs().all(|(it, other)| it.bound >= other.bound);
    let mut answer = if as_good { fresh } else { answer };
    answer.work = work;
    Ok(answer)
}
