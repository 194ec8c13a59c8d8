//! The main road: a fleet in, a verified plan out; and the smaller roads beside it.

mod again;
mod blast;
mod breaks;
pub mod certificate;
mod charged;
mod choices;
mod chunks;
mod compare;
mod comparison;
mod costs;
mod divided;
mod every;
mod fine;
mod frontier;
mod grow;
mod judged;
mod known;
mod leading;
mod limits;
mod moves;
mod moving;
mod nodes;
mod opened;
mod oracle;
mod outcome;
mod present;
mod prices;
mod purse;
mod reasons;
mod refusing;
mod relax;
mod report;
mod shares;
mod slack;
mod stood;
mod trial;
mod waived;
mod ways;
mod why;
mod why_not;

pub use blast::{BlastOptions, blast};
pub use compare::{CompareOptions, Contender, compare};
pub use frontier::{FrontierOptions, frontier};
pub use grow::{GrowBy, GrowOptions, grow};
pub use moving::{MigrateOptions, migrate, migrated, replay, replayed};
pub use present::{AuditOptions, audit, place};
pub use prices::{PricesOptions, prices};
pub use relax::{LeverChoice, RelaxGoal, RelaxOptions, relax};
pub use why::{why, why_of};
pub use why_not::{Question, WhyNotOptions, why_not};

use again::CalledOff;
#[cfg(feature = "cli")]
pub(crate) use again::Quiet;
use charged::Witness;
use comparison::compared;
use judged::{Judged, judged};
use reasons::explained;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use crate::budget::{Objective, Options, Silent, Watch};
use crate::certify::Certificate;
use crate::date::Date;
use crate::error::{Error, Result};
use crate::explain::{self, Explanation};
use crate::export::{Findings, Grade};
use crate::fleet::{Fleet, ValueLimits, Waiver};
use crate::pack::Clock;
use crate::placement::{Homeless, Violation, names};
use crate::plan::{LevelObjective, Plan, PlanLimits, PlanStatus, PlanWarning, another_day, verify};
use crate::problem::{Problem, Solution};
use crate::trust::{Scope, TrustGraph, check_together};

/// What to plan with. [`Default`]: no wall-clock limit, seed 0, all cores, waivers judged on the fleet's day or today.
#[derive(Clone, Debug, Default)]
pub struct PlanOptions {
    /// Limits, seed and threads. A wall-clock limit covers everything from `started` to the plan; what follows the search
    /// is estimated from what went before it and kept back.
    pub solver: Options,
    /// When the wall-clock limit began; `None`: with the call. A caller that has read the fleet, and will write the plan,
    /// gives the time when it was called itself, so that its limit holds for all of it.
    pub started: Option<Instant>,
    /// The day against which waivers are judged; `None`: the fleet's, or else today (UTC).
    pub as_of: Option<Date>,
    /// An earlier plan whose names its clusters keep, each by the largest overlap of workloads.
    pub names_from: Option<Arc<Plan>>,
    /// What is made small instead of the fleet's objective, most important first; `None`: as the fleet says.
    pub objective: Option<Vec<LevelObjective>>,
    /// The highest values that the plan may have, beside the fleet's own limits: of each the smaller counts.
    pub limits: ValueLimits,
}

/// A plan and what proves it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Planned {
    /// The plan, verified against the fleet.
    pub plan: Plan,
    /// The fleet in indices and integers, as the certificate speaks of it.
    pub problem: Problem,
    /// The plan in indices; `None` where there is none.
    pub solution: Option<Solution>,
    /// The witness of the bound.
    pub certificate: Certificate,
}

/// What further runs ask for.
const FEWEST: [Objective; 1] = [Objective::Clusters];

/// Plans a fleet: the fewest clusters such that nobody shares one with somebody that a reason separates, and then (if
/// the fleet asks for it) the least cost. "No plan exists" is an answer, not an error. `watch` hears of progress and may
/// cancel; the best plan so far is the answer then.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use tenantry::engine::{Event, Watch};
/// use tenantry::{Fleet, PlanOptions};
///
/// /// Remembers the best plan heard of.
/// struct Best(AtomicU64);
/// impl Watch for Best {
///     fn event(&self, event: Event) {
///         if let Event::Plan { bins } = event {
///             self.0.fetch_min(bins, Ordering::Relaxed);
///         }
///     }
/// }
///
/// # let fleet = Fleet::from_yaml("{schema: tenantry/v1, tenants: [{name: a, trust: trusted}, {name: b, trust: untrusted}], \
/// #     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}, {name: api, tenant: b, requests: {cpu: 1, memory: 1Gi}}], \
/// #     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
/// let best = Best(AtomicU64::new(u64::MAX));
/// let plan = tenantry::plan(&fleet, &PlanOptions::default(), &best)?;
/// assert_eq!((plan.summary.clusters, best.0.into_inner()), (Some(2), 2));
/// # Ok::<(), tenantry::Error>(())
/// ```
///
/// # Errors
/// [`Error::Fleet`] where the fleet contradicts itself (`together-against-reason`) or is too large;
/// [`Error::Internal`] for a defect: a plan or a certificate that the library's own checks refuse is never returned.
pub fn plan(fleet: &Fleet, options: &PlanOptions, watch: &dyn Watch) -> Result<Plan> {
    Ok(plan_with_proof(fleet, options, watch)?.plan)
}

/// The same, with the certificate and what it speaks of.
///
/// # Errors
/// As [`plan`].
pub fn plan_with_proof(fleet: &Fleet, options: &PlanOptions, watch: &dyn Watch) -> Result<Planned> {
    Ok(planned(fleet, options, watch, true)?.0)
}

/// The same, with or without what it is compared with, and with the work that the search took.
fn planned(fleet: &Fleet, options: &PlanOptions, watch: &dyn Watch, compare: bool) -> Result<(Planned, u64)> {
    let mut clock = Clock::start(&options.solver, options.started);
    let fleet = &*asked(fleet, options.objective.as_deref(), options.limits)?;
    let Judged { as_of, graph, within, problem, encoding, answer, witness, mut placement, outcome, remarks } =
        judged(fleet, options, &mut clock, watch)?;
    if let (Some(placement), Some(earlier)) = (&mut placement, &options.names_from) {
        names::keep(fleet, placement, earlier.homes());
    }
    let (among, its) = within.as_deref().map_or((fleet, &graph), |(among, its)| (among, its));
    let mut plan = Plan::write(fleet, &graph, placement.as_ref(), outcome);
    plan.warnings.extend(remarks.homeless.map(|it| not_placed(fleet, &it)));
    plan.warnings.extend(remarks.unchosen.then(|| not_chosen(fleet, as_of)));
    plan.warnings.extend(remarks.parted.map(|split| too_many_parts(fleet, split)));
    plan.warnings.extend(remarks.beyond.map(beyond_limits));
    plan.warnings.extend(remarks.none.then(none_is_legal));
    plan.warnings.extend(another_day(fleet, as_of, Date::today()));
    let limits = clock.rest(&options.solver);
    explained(&mut plan, (among, its), (&problem, &encoding), &answer, remarks.contradicted, &limits, watch);
    let others = if compare { watch } else { &CalledOff };
    compared(&mut plan, fleet, &graph, (&problem, &answer), &clock, options, others)?;
    verified(&plan, fleet)?; // from the fleet, with its own arithmetic
    let work = answer.work;
    let own = || Witness { problem, solution: answer.solution, certificate: answer.certificate };
    let Witness { problem, solution, certificate } = witness.unwrap_or_else(own);
    Ok((Planned { plan, problem, solution, certificate }, work))
}

/// Explains whether two workloads may share a cluster, and every reason why not. Workloads are named
/// `tenant/namespace/name`, `tenant/name`, or `name` where that is unique. No solving.
///
/// # Errors
/// [`Error::Usage`] for an unknown or ambiguous name; [`Error::Fleet`] as [`plan`].
pub fn explain(fleet: &Fleet, as_of: Option<Date>, first: &str, second: &str) -> Result<Explanation> {
    let (u, v) = (fleet.find(first)?, fleet.find(second)?);
    let graph = TrustGraph::new(fleet, self::as_of(fleet, as_of), Scope::All)?;
    check_together(fleet, &graph)?;
    Ok(explain::explain(fleet, &graph, u, v))
}

/// What a check of a plan document found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checked {
    /// Breaches of the policy: what the placement does against the fleet's rules, room and groups, or leaves out.
    pub violations: Vec<Violation>,
    /// What the document says beside that and what is not so, breaches aside: figures, lists, status.
    pub differences: Vec<Violation>,
    /// The plan was made for another version of the fleet: why figures may differ without anybody's fault.
    pub other_version: bool,
    /// The ids of waivers that are in force on only one of the day that the plan names and `as_of`.
    pub other_waivers: Vec<String>,
    /// Whether the plan places anything: false where its status is `infeasible` or `unknown`.
    pub places: bool,
    /// The day on which waivers were judged.
    pub as_of: Date,
    /// What the reader should know beside that.
    pub remarks: Vec<String>,
}

/// What a check comes to, its certificate aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ruling {
    /// The placement is legal, and what else was looked at is so.
    Legal,
    /// The plan places nothing, and contradicts neither itself nor the fleet. What it claims takes the certificate.
    Nothing,
    /// The placement breaks the policy.
    Illegal,
    /// No rule is broken, but the document says what is not so.
    Wrong,
    /// No rule is broken, but the plan is one for another version of the fleet or for another day.
    Drifted,
}

impl Checked {
    /// What it comes to.
    #[must_use]
    pub fn ruling(&self) -> Ruling {
        let same = !self.other_version && self.other_waivers.is_empty();
        if !self.violations.is_empty() {
            Ruling::Illegal
        } else if self.differences.iter().any(|found| same || !found.is_figure()) {
            Ruling::Wrong
        } else if !self.differences.is_empty() || !self.other_waivers.is_empty() {
            Ruling::Drifted
        } else if self.places {
            Ruling::Legal
        } else {
            Ruling::Nothing
        }
    }
}

impl Checked {
    /// What it comes to, in a sentence; `None` where the plan is not legal: its violations say why.
    pub(crate) fn verdict(&self, plan: &Plan) -> Option<String> {
        let day = self.as_of;
        Some(match self.ruling() {
            Ruling::Legal => {
                format!("legal: on {day} the plan keeps every rule of the fleet, and its figures are right")
            }
            Ruling::Nothing if plan.status == PlanStatus::Infeasible => {
                "nothing is placed: the plan says that no plan exists, and that takes the certificate".to_owned()
            }
            Ruling::Nothing => "nothing is placed: no plan was found within its limits".to_owned(),
            Ruling::Illegal => return None,
            Ruling::Wrong if !self.places => "wrong: nothing is placed, and the document is not right".to_owned(),
            Ruling::Wrong => format!("wrong: on {day} no rule of the fleet is broken, but the document is not right"),
            Ruling::Drifted if !self.places => {
                "undecided: nothing is placed, and the plan is one for another fleet or day".to_owned()
            }
            Ruling::Drifted => format!(
                "undecided: on {day} the placement is legal, no rule of the fleet is broken; but the plan was made for another \
                 version of the fleet, or for a day with other waivers"
            ),
        })
    }

    /// The same for formats that show findings beside code. `proved`: a certificate says the rest of a plan that places nothing.
    #[must_use]
    pub fn findings(&self, plan: &Plan, proved: bool) -> Findings {
        let ruling = self.ruling();
        let another = ruling == Ruling::Drifted;
        let mut findings = Findings::of_check(&self.violations, &self.differences, another);
        if another || (ruling == Ruling::Nothing && !proved) {
            findings.add("undecided", Grade::Warning, self.verdict(plan).unwrap_or_default());
        }
        for remark in &self.remarks {
            findings.add("remark", Grade::Note, remark.as_str());
        }
        findings
    }
}

/// Checks whether a plan, from wherever, is legal for a fleet, by an own reading of the rules and own arithmetic. Waivers
/// are judged on `as_of`, or else on the fleet's day, or today (UTC): never on a day that only the plan names. The
/// lower bound itself is not checked here: that takes the certificate.
///
/// # Errors
/// [`Error::Fleet`] where the fleet itself contradicts itself.
pub fn check(fleet: &Fleet, plan: &Plan, as_of: Option<Date>) -> Result<Checked> {
    let fleet = &*asked_by(fleet, plan)?;
    let as_of = self::as_of(fleet, as_of);
    let graph = TrustGraph::new(fleet, as_of, Scope::All)?;
    check_together(fleet, &graph)?;
    let day = plan.day().unwrap_or(as_of);
    let changed = |waiver: &&Waiver| (day <= waiver.expires) != (as_of <= waiver.expires);
    let other_waivers: Vec<String> = fleet.policy().waivers.iter().filter(changed).map(|it| it.id.clone()).collect();
    // with the same waivers in force, a plan of another day still says which of them are about to expire
    let judged = if other_waivers.is_empty() { day } else { as_of };
    let (violations, differences) = verify(plan, fleet, Some(judged)).into_iter().partition(Violation::is_breach);
    let mut remarks = Vec::new();
    if plan.fleet_digest != fleet.digest() {
        remarks.push("the plan was made for another version of this fleet (the digests differ)".to_owned());
    }
    if !other_waivers.is_empty() {
        remarks.push(format!(
            "the plan is one for {day}, and waivers are judged on {as_of}: in force on only one of these days: {}",
            other_waivers.join(", ")
        ));
    }
    if !plan.contradictions.is_empty() {
        remarks.push("the contradictions are the plan's words: they are not checked".to_owned());
    }
    let (other_version, places) = (plan.fleet_digest != fleet.digest(), plan.clusters.is_some());
    Ok(Checked { violations, differences, other_version, other_waivers, places, as_of, remarks })
}

impl Fleet {
    /// Plans this fleet. See [`plan()`](crate::plan()).
    ///
    /// # Errors
    /// As [`plan`].
    pub fn plan(&self, options: &PlanOptions) -> Result<Plan> {
        plan(self, options, &Silent)
    }

    /// Explains a pair of workloads by name. See [`explain()`](crate::explain()).
    ///
    /// # Errors
    /// As [`explain()`].
    pub fn explain(&self, first: &str, second: &str) -> Result<Explanation> {
        explain(self, None, first, second)
    }

    /// Checks a plan document against this fleet. See [`check()`](crate::check()).
    ///
    /// # Errors
    /// As [`check`].
    pub fn check(&self, plan: &Plan) -> Result<Checked> {
        check(self, plan, None)
    }
}

/// The day against which waivers are judged: the one given, the fleet's, or today (UTC).
#[must_use]
pub fn as_of(fleet: &Fleet, given: Option<Date>) -> Date {
    given.or(fleet.as_of()).unwrap_or_else(Date::today)
}

/// The fleet as a call asks for it.
fn asked<'f>(fleet: &'f Fleet, objective: Option<&[LevelObjective]>, limits: ValueLimits) -> Result<Cow<'f, Fleet>> {
    let words: Option<Vec<&str>> = objective.map(|levels| levels.iter().map(|level| level.name()).collect());
    Ok(fleet.asked(words.as_deref(), limits)?)
}

/// The fleet as the call that made a plan asked for it.
fn asked_by<'f>(fleet: &'f Fleet, plan: &Plan) -> Result<Cow<'f, Fleet>> {
    let limits = plan.limits.as_ref().map_or_else(ValueLimits::default, PlanLimits::thousandths);
    asked(fleet, plan.objective.as_deref(), limits).map_err(|error| match error {
        Error::Fleet(error) => Error::PlanDocument(format!("the fleet cannot be asked what the plan says: {error}")),
        other => other,
    })
}

/// A plan that was found and that the limits forbid.
fn beyond_limits(values: String) -> PlanWarning {
    let message = format!("No plan was found within the limits; the best without them has {values}.");
    PlanWarning { code: "beyond-limits".to_owned(), message }
}

/// There is no plan, and nothing that another could check says so.
fn none_is_legal() -> PlanWarning {
    let message = "All placements of this small fleet were gone through, and none is legal: there is no plan. No certificate says so.";
    PlanWarning { code: "none-is-legal".to_owned(), message: message.to_owned() }
}

/// Plans without the rules of regions, and none with them.
fn not_chosen(fleet: &Fleet, day: Date) -> PlanWarning {
    let rules: BTreeSet<String> = fleet.knots(day).into_iter().flat_map(|knot| knot.rules).collect();
    let copies = if rules.is_empty() { vec!["the spread of copies".to_owned()] } else { Vec::new() };
    let rules: Vec<String> = rules.into_iter().chain(copies).collect();
    let more = if rules.len() > 3 { " and others" } else { "" };
    let message = format!(
        "No choice of regions was found that keeps {}{more} and has a plan; without them there is one.",
        rules.iter().take(3).cloned().collect::<Vec<_>>().join(", ")
    );
    PlanWarning { code: "no-regions-found".to_owned(), message }
}

/// A plan that was found and that leaves a split in too many clusters.
fn too_many_parts(fleet: &Fleet, split: usize) -> PlanWarning {
    let message = format!(
        "No plan was found with so few parts of {} (`split: {{clusters: {}}}`); what was found has more of them.",
        fleet.identity(split),
        fleet.workloads()[split].most_clusters()
    );
    PlanWarning { code: "too-many-parts".to_owned(), message }
}

/// A plan by sums that no placement on nodes was found for.
fn not_placed(fleet: &Fleet, homeless: &Homeless) -> PlanWarning {
    let who: Vec<String> = homeless.workloads.iter().take(3).map(|&workload| fleet.identity(workload)).collect();
    let (there, or_more) = if fleet.sites().iter().any(|site| site.shape.packs_nodes()) {
        ("on their nodes", ", or more nodes,")
    } else {
        ("with what a cluster counts once (namespaces, tenants and their overhead)", "")
    };
    let message = format!(
        "The sums of the clusters allowed suffice, but {there} no place was found for {}{}: more clusters{or_more} are \
         needed.",
        who.join(", "),
        if homeless.workloads.len() > 3 { " and what goes with it" } else { "" }
    );
    PlanWarning { code: "no-place-on-nodes".to_owned(), message }
}

/// A plan that fails the check is a defect, never an answer.
fn verified(plan: &Plan, fleet: &Fleet) -> Result<()> {
    no_defect(&verify(plan, fleet, None))
}

fn no_defect(violations: &[Violation]) -> Result<()> {
    if violations.is_empty() {
        return Ok(());
    }
    let first: Vec<String> =
        violations.iter().take(3).map(|found| format!("[{}] {}", found.code, found.message)).collect();
    Err(Error::Internal(format!("the plan fails its own check in {} places: {}", violations.len(), first.join("; "))))
}
