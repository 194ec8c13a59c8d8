//! From what runs today to a plan, in a safe order.

use std::time::Instant;

use super::as_of;
use crate::budget::{Budget, Options, Silent, Watch};
use crate::date::Date;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::migrate::{self, Migration, Replayed, Terms};
use crate::placement::{Placement, Violation, legal};
use crate::plan::{Plan, placed};

/// How to migrate. [`Default`]: on the fleet's day or today, any number of moves at once, every batch, nobody stops before
/// it starts but who keeps state, no clusters beside those of today and of the plan.
#[derive(Clone, Debug, Default)]
pub struct MigrateOptions {
    /// The limits: of time, counted from `started`, and of work.
    pub solver: Options,
    /// When the limit of time began; `None`: with the call.
    pub started: Option<Instant>,
    /// The day on which waivers and stays are judged; `None`: the fleet's, or else today (UTC).
    pub as_of: Option<Date>,
    /// Sharing that only a waiver allows must last until then; `None`: until that day.
    pub until: Option<Date>,
    /// At most so many moves in a batch (a unit is one); `None`: any number.
    pub max_in_flight: Option<u64>,
    /// Only the first so many batches; `None`: all.
    pub first: Option<u64>,
    /// Workloads that say `downtime: allowed` may stop before they start.
    pub allow_downtime: bool,
    /// So many further clusters may be used for the time of the migration.
    pub extra_clusters: u64,
    /// Their template; `None`: the only one of the fleet.
    pub extra_template: Option<String>,
}

/// Work where no limit is given, in elementary steps.
const WORK: u64 = 20_000_000_000;

/// Orders the moves from what runs today to a plan, so that every state on the way obeys the rules. "No safe order exists" is
/// an answer, and said apart from "none was found". `watch` may cancel; the batches that were found are the answer then.
///
/// Complexity: linear in the moves for each batch; where batches get stuck, searches of bounded work.
///
/// ```no_run
/// use tenantry::engine::Silent;
/// use tenantry::{Fleet, MigrateOptions, Plan};
///
/// # fn main() -> tenantry::Result<()> {
/// let fleet = Fleet::from_yaml(&std::fs::read_to_string("fleet.yaml").unwrap())?;
/// let plan = Plan::from_json(&std::fs::read_to_string("plan.json").unwrap())?;
/// let migration = tenantry::migrate(&fleet, &plan, &MigrateOptions::default(), &Silent)?;
/// for batch in &migration.batches {
///     println!("{}: {} steps", batch.number, batch.steps.len());
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::Usage`] where there are no existing clusters, nothing is placed, the plan is not legal or was made for another
/// version of the fleet, or an option names what is not there.
pub fn migrate(fleet: &Fleet, plan: &Plan, options: &MigrateOptions, watch: &dyn Watch) -> Result<Migration> {
    let terms = terms(fleet, options)?;
    let target = target(fleet, plan, terms.as_of)?;
    Ok(ordered(fleet, &target, options, &terms, watch))
}

impl Plan {
    /// Orders the moves from what runs today to this plan. See [`migrate()`](crate::migrate()).
    ///
    /// # Errors
    /// As [`migrate()`].
    pub fn migration(&self, fleet: &Fleet, options: &MigrateOptions) -> Result<Migration> {
        migrate(fleet, self, options, &Silent)
    }
}

/// The same for a placement instead of a plan document; its own clusters are named as they are.
///
/// # Errors
/// As [`migrate()`].
pub fn migrated(
    fleet: &Fleet,
    target: &Placement,
    options: &MigrateOptions,
    watch: &dyn Watch,
) -> Result<(Migration, Replayed)> {
    let terms = terms(fleet, options)?;
    refuse(&legal(fleet, target, terms.as_of))?;
    let migration = ordered(fleet, target, options, &terms, watch);
    let replayed = migrate::replay(fleet, target, &migration, terms.as_of);
    Ok((migration, replayed))
}

/// Goes through a migration again, by code of its own: from what runs today, step by step, to the plan.
///
/// # Errors
/// As [`migrate()`].
pub fn replay(fleet: &Fleet, plan: &Plan, migration: &Migration, day: Option<Date>) -> Result<Replayed> {
    let day = as_of(fleet, day);
    Ok(migrate::replay(fleet, &target(fleet, plan, day)?, migration, day))
}

/// The same for a placement instead of a plan document.
#[must_use]
pub fn replayed(fleet: &Fleet, target: &Placement, migration: &Migration, day: Date) -> Replayed {
    migrate::replay(fleet, target, migration, day)
}

fn ordered(fleet: &Fleet, target: &Placement, options: &MigrateOptions, terms: &Terms, watch: &dyn Watch) -> Migration {
    let mut limits = options.solver.clone();
    if let (Some(limit), Some(started)) = (limits.time_limit, options.started) {
        limits.time_limit = Some(limit.saturating_sub(started.elapsed()));
    }
    migrate::ordered(fleet, target, terms, &Budget::new(&limits, WORK, watch))
}

fn terms(fleet: &Fleet, options: &MigrateOptions) -> Result<Terms> {
    if fleet.existing().is_empty() {
        let message = "nothing to migrate: the fleet has no existing clusters (`existingClusters`)";
        return Err(Error::Usage(message.to_owned()));
    }
    let as_of = as_of(fleet, options.as_of);
    let until = options.until.unwrap_or(as_of);
    if until < as_of {
        return Err(Error::Usage(format!("waivers must last until {until}, which is before {as_of}")));
    }
    if options.max_in_flight == Some(0) {
        return Err(Error::Usage("with no move at once nothing moves: at least 1".to_owned()));
    }
    let known = || fleet.templates().iter().map(|it| format!("`{}`", it.name)).collect::<Vec<_>>().join(", ");
    let lent = match (options.extra_clusters, &options.extra_template) {
        (0, None) => None,
        (0, Some(_)) => return Err(Error::Usage("a template of extra clusters, and none may be used".to_owned())),
        (count, given) => {
            let template = match given {
                Some(name) => fleet.templates().iter().position(|it| it.name == *name),
                None => (fleet.templates().len() == 1).then_some(0),
            };
            let Some(template) = template else {
                let names = if fleet.templates().is_empty() { "it has none".to_owned() } else { known() };
                let option = "`--extra-template` (`extra_template`)";
                let message = format!("extra clusters need one template of the fleet by its name, {option}: {names}");
                return Err(Error::Usage(message));
            };
            Some((template, count.min(MOST_LENT)))
        }
    };
    Ok(Terms {
        as_of,
        until,
        most: options.max_in_flight,
        first: options.first,
        downtime: options.allow_downtime,
        lent,
    })
}

/// More lent clusters than that are never used.
const MOST_LENT: u64 = 1_000;

/// Where a plan places everybody, if it is one for this fleet.
fn target(fleet: &Fleet, plan: &Plan, as_of: Date) -> Result<Placement> {
    if plan.clusters.is_none() {
        return Err(Error::Usage("the plan places nothing: there is nowhere to migrate to".to_owned()));
    }
    if plan.fleet_digest != fleet.digest() {
        let message = "the plan was made for another version of the fleet; plan again, then migrate";
        return Err(Error::Usage(message.to_owned()));
    }
    let (placement, mut found) = placed(plan, fleet, as_of);
    if found.is_empty() {
        found = legal(fleet, &placement, as_of);
    }
    refuse(&found)?;
    Ok(placement)
}

fn refuse(found: &[Violation]) -> Result<()> {
    let Some(first) = found.first() else { return Ok(()) };
    let more = if found.len() > 1 { format!(" (and {} more)", found.len() - 1) } else { String::new() };
    let message = format!("the plan is not legal for this fleet: {}{more}; `tenantry check` says all", first.message);
    Err(Error::Usage(message))
}
