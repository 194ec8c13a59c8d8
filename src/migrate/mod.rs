//! From what runs today to a plan: an order of moves such that every state on the way obeys the rules.
//!
//! Moves come in batches: all starts of a batch, then the switches of traffic, then all stops. A batch is safe if the state
//! with all its starts and no stop obeys every rule that a plan must, but for what today's state breaks in the same place and
//! has broken ever since; the old and the new copy of a workload count as one where copies are counted, as two everywhere
//! else. Adding somebody never makes an illegal cluster legal, so the moves of a safe batch are safe one after another as
//! well: orders of single moves are all that must be searched. Copies of one workload move one by one: a batch that keeps their
//! number and their spread is one exchange after another, each of which does. Only a group that must stand in one region goes to
//! another at once, and parts of a split that one by one would be in too many clusters: whatever is safe is a sequence of single moves and
//! of such. Replicas of a split that change cluster are workloads by themselves on the way; that no order exists is shown of their numbers alone.
#![deny(clippy::float_arithmetic)]

mod aside;
mod batches;
mod company;
mod counted;
mod document;
mod exhaust;
mod fixed;
mod job;
mod judge;
mod nearest;
mod next;
mod order;
mod parted;
mod parts;
mod regions;
mod replay;
mod shorten;
mod waits;
mod write;

pub use document::{
    Migration, MigrationBatch, MigrationLeft, MigrationOptions, MigrationReason, MigrationStatus, MigrationStep,
    MigrationSummary, StepAction, schema,
};
pub use replay::Replayed;
pub(crate) use replay::replay;

use crate::budget::Budget;
use crate::date::Date;
use crate::fleet::Fleet;
use crate::placement::{Placement, Pods};

use job::{Job, Leave};
use judge::Judge;
use order::Shown;
use parts::{Fine, Splits, divided};

/// Work of counting where the replicas of splits can be, in elementary steps.
const COUNTED: u64 = 100_000_000;

/// What a migration may do.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// The day of the migration.
    pub as_of: Date,
    /// Sharing that only a waiver allows must last until then; not before `as_of`.
    pub until: Date,
    /// At most so many moves in a batch.
    pub most: Option<u64>,
    /// Only the first batches.
    pub first: Option<u64>,
    /// Workloads that say so may stop before they start.
    pub downtime: bool,
    /// Lent clusters: of which template, and how many.
    pub lent: Option<(usize, u64)>,
}

/// Orders the moves from today to a placement, which is legal. Complexity: linear in the moves for each batch; what follows
/// where those get stuck is bounded by its work.
pub(crate) fn ordered(fleet: &Fleet, target: &Placement, terms: &Terms, budget: &Budget) -> Migration {
    let divided = divided(fleet, target, terms.downtime, terms.as_of, Fine::Moving);
    let (own, goal, mut splits) =
        divided.as_ref().map_or((fleet, target, Splits::new()), |it| (&it.fleet, &it.target, it.splits.clone()));
    let pods = Pods::new(own);
    let leave = Leave { downtime: terms.downtime, lent: terms.lent };
    let most = terms.most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    let order = |splits: &Splits| {
        let mut job = Job::new(own, (goal, splits.clone()), &leave, terms.as_of);
        let judge = Judge::new(&pods, job.whose.clone(), terms.as_of, terms.until);
        let ordered = order::order(&mut job, &judge, most, budget);
        (job, judge, ordered)
    };
    let (mut job, mut judge, mut ordered) = order(&splits);
    // parts of a split wait one at a time where that leads there
    let pauses = splits.values().any(|it| it.pauses);
    if pauses && ordered.stopped.is_none() && !write::complete(&job, &ordered) {
        splits.values_mut().for_each(|it| it.at_once = it.pauses);
        let (other, its, second) = order(&splits);
        if second.left.len() < ordered.left.len() {
            (job, judge, ordered) = (other, its, second);
        }
    }
    if divided.is_some() {
        // smaller parts of a split, or others, may find a way
        let open = !write::complete(&job, &ordered);
        let shown = if open { budget.within(COUNTED, |own| none_leads(fleet, target, terms, own)) } else { None };
        ordered.shown = shown.map_or(Shown::NotFound, |states| Shown::Impossible(Some(states)));
    }
    write::written((&job, fleet), &judge, ordered, terms)
}

/// Whether no order leads to the plan, whichever replicas of the splits go where: so many states can be reached.
fn none_leads(fleet: &Fleet, target: &Placement, terms: &Terms, budget: &Budget) -> Option<u64> {
    let divided = divided(fleet, target, terms.downtime, terms.as_of, Fine::Each)?;
    let pods = Pods::new(&divided.fleet);
    let leave = Leave { downtime: terms.downtime, lent: terms.lent };
    let job = Job::new(&divided.fleet, (&divided.target, divided.splits.clone()), &leave, terms.as_of);
    let judge = Judge::new(&pods, job.whose.clone(), terms.as_of, terms.until);
    counted::none_leads(&job, &judge, budget)
}
