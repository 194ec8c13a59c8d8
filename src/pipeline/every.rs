//! The last resort of a tiny fleet: where no plan was found, or one with a level that is not proved, all its placements are gone
//! through. What that finds is a plan like any other, held against the fleet and its bounds: it proves nothing by itself.

use super::again::Quiet;
use crate::budget::{Budget, Options, Watch};
use crate::date::Date;
use crate::fleet::Fleet;
use crate::placement::{Every, Holding, Pods, every, is_tiny};
use crate::plan::{Outcome, PlanStatus};

/// Work of going through them.
const WORK: u64 = 50_000_000;

/// Goes through the placements of a tiny fleet for better clusters than those that are known, if an outcome leaves that open.
pub(super) fn better(
    fleet: &Fleet,
    day: Date,
    known: Option<&[Holding]>,
    outcome: &Outcome,
    limits: &Options,
    watch: &dyn Watch,
) -> Option<Every> {
    let proved = outcome.levels.iter().take_while(|level| level.status == PlanStatus::Optimal).count();
    let open = if known.is_some() { proved < fleet.levels().len() } else { outcome.status == PlanStatus::Unknown };
    if !open || !is_tiny(fleet) {
        return None;
    }
    let quiet = Quiet(watch);
    let budget = Budget::new(limits, WORK, &quiet);
    Some(budget.within_half_time(WORK, |budget| every(&Pods::new(fleet), day, known, proved, budget)))
}
