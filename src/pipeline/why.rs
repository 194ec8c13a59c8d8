//! Why: the argument for a plan's bound, or that there is none, made once more from the fleet and from what proves it.

use std::borrow::Cow;

use super::again::Quiet;
use super::certificate::{Judged, judge, kept_value};
use super::reasons::shortages;
use super::report::check_right;
use super::{PlanOptions, Planned, asked_by, plan_with_proof};
use crate::budget::{Options, Silent, Watch};
use crate::certify::Level;
use crate::certify::file::Document;
use crate::date::Date;
use crate::encode::{Encoding, encode, encode_charged};
use crate::error::{Error, Result};
use crate::explain::{self, Facts};
use crate::fleet::{Fleet, Held, LevelObjective, Paths};
use crate::placement::held;
use crate::plan::{Plan, PlanLimits, PlanStatus};
use crate::problem::Problem;
use crate::report::{Because, Fact, FactUnit, WHY_SCHEMA, Why};
use crate::trust::{Scope, TrustGraph};

/// Steps within which a certificate is checked, where no other limit is given.
const CHECKED: u64 = 20_000_000_000;

/// Says why every plan has as many clusters as the bound of this one, or why there is no plan: facts, each with what it follows from,
/// down to workloads, rules and clusters of the fleet document. Of a fleet without a plan further runs ask what some workloads would need
/// if there were no maximum counts; these keep to `limits`.
///
/// ```
/// use tenantry::engine::{Options, Silent};
/// use tenantry::report::Because;
/// use tenantry::{Fleet, PlanOptions};
///
/// # let fleet = Fleet::from_yaml("{schema: tenantry/v1, \
/// #     policy: {distrust: [{id: pci, subject: {tenant: a}, neighbour: {tenant: b}}]}, \
/// #     tenants: [{name: a, trust: trusted}, {name: b, trust: trusted}], \
/// #     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}, {name: api, tenant: b, requests: {cpu: 1, memory: 1Gi}}], \
/// #     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
/// let planned = tenantry::plan_with_proof(&fleet, &PlanOptions::default(), &Silent)?;
/// let why = tenantry::why(&fleet, &planned, &Options::default(), &Silent)?;
/// let Because::Refuse { members, rules, .. } = &why.facts[0].because else { panic!() };
/// assert_eq!((members.len(), rules[0].rule.as_str(), rules[0].pairs), (2, "distrust:pci", 1));
/// # Ok::<(), tenantry::Error>(())
/// ```
///
/// # Errors
/// [`Error::PlanDocument`] where the plan is one for another fleet, or what proves it speaks of another.
pub fn why(fleet: &Fleet, planned: &Planned, limits: &Options, watch: &dyn Watch) -> Result<Why> {
    let plan = &planned.plan;
    if plan.fleet_digest != fleet.digest() {
        return Err(Error::PlanDocument("the plan was made for another fleet, or another version of it".to_owned()));
    }
    let day = plan.day().ok_or_else(|| Error::PlanDocument("the plan names no day".to_owned()))?;
    let fleet = &*asked_by(fleet, plan)?;
    let before = fleet.levels_before_clusters();
    let infeasible = plan.status == PlanStatus::Infeasible;
    let counted = !infeasible && before.is_some() && plan.summary.lower_bound > 0;
    let bound = counted.then_some(plan.summary.lower_bound);
    let level = plan.levels.iter().find(|it| it.objective == LevelObjective::Clusters).filter(|_| counted);
    let proof = level.map_or(plan.proof, |level| level.proof);
    let ground = Ground::find(fleet, day, planned)?;
    let Ground { fleet: its, graph, problem, encoding } = &ground;
    let paths = Paths::new(its);
    let facts = match bound {
        _ if infeasible => none(planned, &ground, &paths, (limits, watch)),
        Some(bound) if !encoding.is_empty() => {
            vec![Facts::new((its, graph), (problem, encoding), &paths, proof).bound(&planned.certificate, bound)]
        }
        _ => Vec::new(),
    };
    Ok(Why {
        schema: WHY_SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        name: plan.name.clone(),
        fleet_digest: plan.fleet_digest.clone(),
        as_of: plan.as_of.clone(),
        status: plan.status,
        clusters: plan.summary.clusters,
        bound,
        proof,
        among: plan.levels.iter().map(|level| level.objective).take(before.unwrap_or(0)).collect(),
        searched: explain::searched(&facts),
        facts,
        stopped: plan.stopped,
    })
}

/// The same of a plan that was written down: it is gone through first, as [`Fleet::check`] does, on the day that it names. Its certificate
/// is checked as [`check_certificate`](super::certificate::check_certificate) does, and told; without one the fleet is planned as the plan says, within `limits`, and what that
/// proves is told of the plan.
///
/// ```
/// use tenantry::engine::{Options, Silent};
/// use tenantry::{Fleet, PlanOptions};
///
/// # let fleet = Fleet::from_yaml("{schema: tenantry/v1, \
/// #     policy: {distrust: [{id: pci, subject: {tenant: a}, neighbour: {tenant: b}}]}, \
/// #     tenants: [{name: a, trust: trusted}, {name: b, trust: trusted}], \
/// #     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}, {name: api, tenant: b, requests: {cpu: 1, memory: 1Gi}}], \
/// #     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
/// let plan = fleet.plan(&PlanOptions::default())?;
/// let why = tenantry::why_of(&fleet, &plan, None, &Options::default(), &Silent)?;
/// assert_eq!((why.clusters, why.bound), (Some(2), Some(2)));
/// # Ok::<(), tenantry::Error>(())
/// ```
///
/// # Errors
/// [`Error::Usage`] where the plan is one for another fleet, is not legal for this one, or states a wrong figure, and where its bound
/// speaks of plans that only its certificate knows; [`Error::PlanDocument`] where the certificate proves something else, or less.
pub fn why_of(fleet: &Fleet, plan: &Plan, proof: Option<Document>, limits: &Options, watch: &dyn Watch) -> Result<Why> {
    if plan.fleet_digest != fleet.digest() {
        let message = "the plan was made for another version of this fleet (the digests differ)";
        return Err(Error::Usage(message.to_owned()));
    }
    check_right(fleet, plan)?;
    let day = plan.day();
    if let Some(proof) = proof {
        let refused = |why: String| Err(Error::PlanDocument(format!("the certificate is not one of this plan: {why}")));
        match judge(fleet, plan, &proof, day, limits.work_limit.unwrap_or(CHECKED))? {
            Judged::Verified { .. } => {}
            Judged::Refuted { place, why } => return refused(format!("{place}: {why}")),
            Judged::Undecided(why) => return Err(Error::PlanDocument(why.to_owned())),
        }
        let Document { problem, solution, certificate } = proof;
        let planned = Planned { plan: plan.clone(), problem, solution, certificate };
        return why(fleet, &planned, limits, watch);
    }
    let asked = PlanOptions {
        solver: limits.clone(),
        as_of: day,
        objective: plan.objective.clone(),
        limits: plan.limits.as_ref().map(PlanLimits::thousandths).unwrap_or_default(),
        ..PlanOptions::default()
    };
    let planned = plan_with_proof(fleet, &asked, watch)?;
    // a bound after other levels speaks of the plans that are as good in them: as good as that one, not as this one
    let before = asked_by(fleet, plan)?.levels_before_clusters().unwrap_or(0);
    let values = |it: &Plan| it.levels.iter().take(before).map(|level| level.value).collect::<Vec<_>>();
    if plan.clusters.is_some() && values(plan) != values(&planned.plan) {
        let message = "another plan is better than this one in what comes before the clusters: what its bound speaks of is in its \
                       certificate alone";
        return Err(Error::Usage(message.to_owned()));
    }
    if plan.status == PlanStatus::Infeasible && planned.plan.clusters.is_some() {
        return Err(Error::PlanDocument("it says that no plan exists, and there is one".to_owned()));
    }
    let mut why = why(fleet, &planned, limits, watch)?;
    why.clusters = plan.summary.clusters;
    if plan.clusters.is_some() || planned.plan.clusters.is_some() {
        why.status = plan.status;
    }
    Ok(why)
}

impl Fleet {
    /// Plans this fleet and says why there cannot be fewer clusters. See [`why()`](crate::why()).
    ///
    /// # Errors
    /// As [`plan()`](crate::plan()).
    pub fn why(&self, options: &PlanOptions) -> Result<Why> {
        why(self, &plan_with_proof(self, options, &Silent)?, &options.solver, &Silent)
    }
}

/// Why there is no plan: each reason by itself.
fn none(
    planned: &Planned,
    ground: &Ground<'_>,
    paths: &Paths<'_>,
    (limits, watch): (&Options, &dyn Watch),
) -> Vec<Fact> {
    let (plan, Ground { fleet, graph, problem, encoding }) = (&planned.plan, ground);
    if !plan.limits.as_ref().is_none_or(|it| *it == PlanLimits::default()) {
        // which limit on a value no plan keeps is said by the plan alone
        let stated = |text: &String| {
            let because = Because::Stated { text: text.clone() };
            Fact { least: None, unit: FactUnit::Clusters, proof: plan.proof, because }
        };
        return plan.contradictions.iter().map(stated).collect();
    }
    let short = shortages(problem, encoding, (limits, 0), &Quiet(watch));
    let claim = planned.certificate.claims.iter().find(|claim| claim.level == Level::Infeasible);
    explain::shortages((fleet, graph), (problem, encoding), paths, (&short, claim), plan.proof)
}

/// What a certificate speaks of, with what its indices stand for.
struct Ground<'f> {
    fleet: Cow<'f, Fleet>,
    graph: TrustGraph,
    problem: Problem,
    encoding: Encoding,
}

impl<'f> Ground<'f> {
    /// The fleet as it is; or the plans of it alone that keep the first values of this one.
    fn find(fleet: &'f Fleet, day: Date, planned: &Planned) -> Result<Self> {
        if let Some(found) = Self::of(Cow::Borrowed(fleet), day, planned)? {
            return Ok(found);
        }
        let kept = held(fleet, fleet.leading(), |level| kept_value(&planned.plan, level));
        if kept != Held::default()
            && planned.plan.clusters.is_some()
            && let Some(found) = Self::of(Cow::Owned(fleet.holding(kept)), day, planned)?
        {
            return Ok(found);
        }
        Err(Error::PlanDocument("what proves the plan speaks of another fleet".to_owned()))
    }

    fn of(fleet: Cow<'f, Fleet>, day: Date, planned: &Planned) -> Result<Option<Self>> {
        let graph = TrustGraph::new(&fleet, day, Scope::All)?;
        let (problem, encoding) = encode(&fleet, &graph)?;
        if problem == planned.problem {
            return Ok(Some(Self { fleet, graph, problem, encoding }));
        }
        let (charged, its) = encode_charged(&fleet, &graph)?;
        if charged != planned.problem {
            return Ok(None);
        }
        // the moves may be told apart, or not
        let merged = planned.certificate.claims.first().is_none_or(|claim| claim.merged);
        let (problem, encoding) = if merged { (problem, encoding) } else { (charged, its) };
        Ok(Some(Self { fleet, graph, problem, encoding }))
    }
}
