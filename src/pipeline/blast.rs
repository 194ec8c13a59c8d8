//! What a compromised workload reaches, and what it takes that somebody stands alone.

use std::sync::Arc;
use std::time::Instant;

use super::shares::Shares;
use super::{PlanOptions, as_of, planned};
use crate::budget::{Options, Silent, Watch};
use crate::date::Date;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::plan::{Plan, PlanLimits};
use crate::report::{Alone, Blast, BlastSubject, ComparedPlan};

/// What to ask. [`Default`]: nobody in particular, no wall-clock limit, seed 0, all cores, waivers judged on the fleet's day or
/// today.
#[derive(Clone, Debug, Default)]
pub struct BlastOptions {
    /// Limits of the whole call, seed and threads.
    pub solver: Options,
    /// When the wall-clock limit began; `None`: with the call.
    pub started: Option<Instant>,
    /// The day against which waivers are judged; `None`: the fleet's, or else today (UTC). A plan that is given has its own.
    pub as_of: Option<Date>,
    /// A plan of the fleet; `None`: it is planned, or nothing is where `today` is asked about.
    pub plan: Option<Arc<Plan>>,
    /// Speak of the fleet as it runs (`runsIn`), and beside that of the plan, if one is given.
    pub today: bool,
    /// A tenant, or a workload by `tenant/namespace/name`, or by `tenant/name` or `name` where that is unique.
    pub subject: Option<String>,
}

/// Says what a compromised workload reaches in a plan of a fleet, or in the fleet as it runs, and what the loss of a cluster or region
/// takes. Of a subject, too, whom it reaches by name, and what is needed if it shares with nobody: a further plan, where there is one.
/// Complexity: that of the plans.
///
/// ```
/// # let text = "{schema: tenantry/v1, tenants: [{name: a, trust: trusted}, {name: b, trust: trusted}], \
/// #     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}, {name: api, tenant: b, requests: {cpu: 1, memory: 1Gi}}], \
/// #     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}";
/// use tenantry::engine::Silent;
/// use tenantry::{BlastOptions, Fleet};
///
/// let fleet = Fleet::from_yaml(text)?;
/// let options = BlastOptions { subject: Some("a".to_owned()), ..BlastOptions::default() };
/// let subject = tenantry::blast(&fleet, &options, &Silent)?.subject.unwrap();
/// let alone = subject.alone.unwrap().alone.unwrap();
/// assert_eq!((subject.reach.workloads, alone.clusters.value.unwrap().value()), (1, 2.0));
/// # Ok::<(), tenantry::Error>(())
/// ```
///
/// # Errors
/// As [`plan()`](crate::plan()); [`Error::Usage`] where nobody is called so, the plan is not one for this version of the fleet, or
/// nobody runs anywhere who is asked about today.
pub fn blast(fleet: &Fleet, options: &BlastOptions, watch: &dyn Watch) -> Result<Blast> {
    if let Some(name) = &options.subject
        && !fleet.tenants().iter().any(|it| it.name == *name)
    {
        fleet.find(name)?; // before anything takes long
    }
    if options.today {
        let mut today = Blast::today(fleet, as_of(fleet, options.as_of), options.subject.as_deref())?;
        if options.plan.is_some() {
            let planned = blast(fleet, &BlastOptions { today: false, ..options.clone() }, watch)?;
            today.planned = Some(Box::new(planned));
        }
        return Ok(today);
    }
    let runs = usize::from(options.plan.is_none()) + usize::from(options.subject.is_some());
    let mut shares = Shares::new(&options.solver, options.started, runs);
    let own;
    let plan = match &options.plan {
        Some(plan) => &**plan,
        None => {
            let solver = shares.next(watch);
            let asked = PlanOptions { solver, as_of: options.as_of, ..PlanOptions::default() };
            let (made, spent) = planned(fleet, &asked, watch, false)?;
            shares.spend(spent);
            own = made.plan;
            &own
        }
    };
    let subject = options.subject.as_deref().filter(|_| plan.clusters.is_some());
    let mut blast = Blast::of(plan, Some(fleet), subject)?;
    if let Some(subject) = &mut blast.subject {
        subject.alone = alone(fleet, plan, subject, options, &mut shares, watch)?;
    }
    Ok(blast)
}

/// The plan, and one in which the subject shares with nobody; nothing of the platform, which is everywhere.
fn alone(
    fleet: &Fleet,
    plan: &Plan,
    subject: &BlastSubject,
    options: &BlastOptions,
    shares: &mut Shares<'_>,
    watch: &dyn Watch,
) -> Result<Option<Alone>> {
    let placed = |row: &crate::plan::Assignment| match subject.is_tenant {
        true => row.tenant.as_str() == subject.name,
        false => fleet
            .find(&format!("{}/{}/{}", row.tenant, row.namespace, row.workload))
            .is_ok_and(|it| fleet.identity(it) == subject.name),
    };
    if !plan.assignments.iter().any(placed) {
        return Ok(None);
    }
    let today = ComparedPlan::of("as it is", plan, options.plan.is_none(), false);
    let apart = fleet.alone(&subject.name, subject.is_tenant)?;
    let asked = PlanOptions {
        solver: shares.next(watch),
        as_of: Some(plan.day().unwrap_or_else(|| as_of(fleet, options.as_of))),
        objective: plan.objective.clone(),
        limits: plan.limits.as_ref().map(PlanLimits::thousandths).unwrap_or_default(),
        ..PlanOptions::default()
    };
    let name = format!("{} alone", subject.name);
    let (alone, forbidden) = match planned(&apart, &asked, watch, false) {
        Ok((made, _)) => (Some(ComparedPlan::of(&name, &made.plan, true, false)), None),
        Err(Error::Fleet(error)) => (None, error.problems.first().map(|it| it.message.clone())),
        Err(other) => return Err(other),
    };
    Ok(Some(Alone { today, alone, forbidden }))
}

impl Fleet {
    /// What a compromised workload reaches in a plan of this fleet. See [`blast()`](crate::blast()).
    ///
    /// # Errors
    /// As [`blast`].
    pub fn blast(&self, options: &BlastOptions) -> Result<Blast> {
        blast(self, options, &Silent)
    }
}
