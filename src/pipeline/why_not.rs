//! Why not: what somebody asks for becomes a constraint, and the fleet is planned with it. Where that leaves no plan, the lightest
//! minimal set of levers without which there is one is what stands against it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::known::{Asked, Known, NEVER, Pulled};
use super::oracle::Oracle;
use super::purse::Purse;
use super::relax::{LeverChoice, Sought, needed, seek};
use super::{as_of, asked};
use crate::budget::{Objective, Options, Silent, Watch};
use crate::date::Date;
use crate::error::Result;
use crate::fleet::{Fleet, Lever, ValueLimits, Wish};
use crate::plan::{Figure, LevelObjective, Plan, PlanProof, PlanStatus};
use crate::report::{AskedFor, ComparedLevel, WHY_NOT_SCHEMA, WhyNot, WhyNotAnswer};

/// What is asked for. Workloads are named as elsewhere, or by `tenant=NAME` or `namespace=NAME`: all of them then.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Question {
    /// All of both in one cluster.
    Together {
        /// The one side.
        who: String,
        /// The other.
        with: String,
    },
    /// All of them in an existing cluster; of copies one.
    In {
        /// Who.
        who: String,
        /// The cluster.
        cluster: String,
    },
    /// So many clusters at most.
    Clusters(u64),
}

/// What to ask, and within which limits. [`WhyNotOptions::new`]: without limits, every lever of weight 1.
#[derive(Clone, Debug)]
pub struct WhyNotOptions {
    /// Limits of the whole call, seed and threads. After the first run none takes more work than the first did (or a small
    /// least amount).
    pub solver: Options,
    /// When the wall-clock limit began; `None`: with the call.
    pub started: Option<Instant>,
    /// The day against which waivers and stays are judged; `None`: the fleet's, or else today (UTC).
    pub as_of: Option<Date>,
    /// What is asked for.
    pub question: Question,
    /// What may be said to stand against it.
    pub levers: LeverChoice,
}

impl WhyNotOptions {
    /// That question.
    #[must_use]
    pub fn new(question: Question) -> Self {
        Self { solver: Options::default(), started: None, as_of: None, question, levers: LeverChoice::default() }
    }
}

/// Answers whether something can be done: as it is, at no cost, at a cost, or not; and then what stands against it.
///
/// ```
/// use tenantry::engine::Silent;
/// use tenantry::report::WhyNotAnswer;
/// use tenantry::{Fleet, Question, WhyNotOptions};
///
/// # let fleet = Fleet::from_yaml("{schema: tenantry/v1, \
/// #     policy: {distrust: [{id: pci, subject: {tenant: a}, neighbour: {tenant: b}}]}, \
/// #     tenants: [{name: a, trust: trusted}, {name: b, trust: trusted}], \
/// #     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}, {name: api, tenant: b, requests: {cpu: 1, memory: 1Gi}}], \
/// #     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
/// let question = Question::Together { who: "web".to_owned(), with: "api".to_owned() };
/// let answer = tenantry::why_not(&fleet, &WhyNotOptions::new(question), &Silent)?;
/// assert_eq!(answer.answer, WhyNotAnswer::Impossible);
/// assert_eq!(answer.against.unwrap().levers[0].id, "distrust:pci");
/// # Ok::<(), tenantry::Error>(())
/// ```
///
/// # Errors
/// [`Error::Usage`](crate::Error::Usage) for workloads, clusters and levers that there are not; else as [`plan()`](crate::plan()), but
/// that wishes contradict is an answer here: no plan exists.
pub fn why_not(fleet: &Fleet, options: &WhyNotOptions, watch: &dyn Watch) -> Result<WhyNot> {
    let day = as_of(fleet, options.as_of);
    let (levers, weights) = options.levers.of(fleet)?;
    let (question, wish, most) = understood(fleet, &options.question)?;
    let purse = Purse::new(&options.solver, options.started, watch);
    let mut oracle = Oracle::new(fleet, &levers, (day, Objective::Clusters), purse).wishing(wish);
    let now = oracle.plan(fleet)?;
    let today = now.as_ref().and_then(|found| found.as_ref().ok());
    let already = today.filter(|plan| has(fleet, plan, (&question, most)));
    let then = if already.is_some() { now.clone() } else { wished(&mut oracle, most)? };
    let mut found = WhyNot {
        schema: WHY_NOT_SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        name: fleet.name().to_owned(),
        fleet_digest: fleet.digest().to_owned(),
        as_of: day.to_string(),
        question,
        answer: WhyNotAnswer::Open,
        proof: PlanProof::None,
        levels: Vec::new(),
        reasons: Vec::new(),
        against: None,
        hopeless: false,
        every_lever: None,
        levers: levers.len() as u64,
        runs: 0,
        stopped: None,
    };
    if let Some(plan) = already {
        found.levels = levels(today, plan);
        // a plan that was made has been gone through: it is its own proof
        (found.answer, found.proof) = (WhyNotAnswer::Already, PlanProof::Certified);
        (found.runs, found.stopped) = (oracle.purse.runs, oracle.purse.stopped);
        return Ok(found);
    }
    match then.as_ref() {
        Some(Ok(plan)) if plan.clusters.is_some() => {
            found.levels = levels(today, plan);
            (found.answer, found.proof) = compared(&found.levels, today, plan);
        }
        Some(Ok(plan)) if plan.status == PlanStatus::Infeasible => {
            (found.answer, found.proof) = (WhyNotAnswer::Impossible, plan.proof);
            found.reasons.clone_from(&plan.contradictions);
        }
        Some(Err(error)) if Known::of(&Err(error.clone()), Objective::Clusters).least == NEVER => {
            (found.answer, found.proof) = (WhyNotAnswer::Impossible, PlanProof::Certified);
            found.reasons = error.problems.iter().map(|it| it.message.clone()).collect();
        }
        _ => {}
    }
    if found.answer != WhyNotAnswer::Impossible {
        (found.runs, found.stopped) = (oracle.purse.runs, oracle.purse.stopped);
        return Ok(found);
    }
    against(found, oracle, (&levers, &weights), most.unwrap_or(NEVER - 1))
}

/// Whether a plan has what is asked for as it is. A split workload is together with others where all its replicas are: where they
/// spread, which of them is to be with whom is a matter of plans.
fn has(fleet: &Fleet, plan: &Plan, (question, most): (&AskedFor, Option<u64>)) -> bool {
    if let Some(most) = most {
        return plan.summary.clusters.is_some_and(|clusters| clusters <= most);
    }
    let (AskedFor::Together { workloads, .. } | AskedFor::In { workloads, .. }) = question else { return false };
    let Ok(members) = workloads.iter().map(|name| fleet.find(name)).collect::<Result<BTreeSet<usize>>>() else {
        return false;
    };
    if plan.clusters.is_none() {
        return false;
    }
    let keys: BTreeMap<(&str, &str, &str), usize> = members.iter().map(|&it| (key(fleet, it), it)).collect();
    let mut homes: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
    for row in &plan.assignments {
        if let Some(&it) = keys.get(&(row.tenant.as_str(), row.namespace.as_str(), row.workload.as_str())) {
            homes.entry(it).or_default().insert(row.cluster.as_str());
        }
    }
    let spread = |(&it, homes): (&usize, &BTreeSet<&str>)| fleet.workloads()[it].is_split() && homes.len() > 1;
    let mut each = homes.values();
    homes.len() == members.len()
        && match question {
            AskedFor::In { cluster, .. } => each.all(|homes| homes.contains(cluster.as_str())),
            // of copies each stands with one of the others
            _ if homes.iter().any(spread) => false,
            _ => each.next().is_none_or(|first| each.all(|homes| homes == first)),
        }
}

fn key(fleet: &Fleet, workload: usize) -> (&str, &str, &str) {
    let it = &fleet.workloads()[workload];
    (&fleet.tenants()[it.tenant].name, &it.namespace, &it.name)
}

/// What stands against something that cannot be.
fn against(mut found: WhyNot, oracle: Oracle<'_>, (levers, weights): (&[Lever], &[u64]), most: u64) -> Result<WhyNot> {
    let every: Pulled = (0..levers.len()).collect();
    let Sought { oracle, sets, complete, .. } = seek(oracle, (levers, weights), most, 1)?;
    found.every_lever = Some(needed(Objective::Clusters, oracle.infer(&every)));
    found.hopeless = sets.is_empty() && complete;
    found.against = sets.into_iter().next();
    (found.runs, found.stopped) = (oracle.purse.runs, oracle.purse.stopped);
    Ok(found)
}

/// A plan with what is asked for, the whole objective in view.
fn wished(oracle: &mut Oracle<'_>, most: Option<u64>) -> Result<Option<Asked>> {
    let fleet = oracle.fleet();
    match most {
        Some(most) => {
            let limits = ValueLimits { clusters: Some(most), ..ValueLimits::default() };
            oracle.plan(&*asked(fleet, None, limits)?)
        }
        None => match oracle.wished(fleet) {
            Ok(fleet) => oracle.plan(&fleet),
            Err(error) => Ok(Some(Err(error))),
        },
    }
}

impl Fleet {
    /// Answers whether something can be done. See [`why_not()`](crate::why_not()).
    ///
    /// # Errors
    /// As [`why_not`].
    pub fn why_not(&self, question: Question) -> Result<WhyNot> {
        why_not(self, &WhyNotOptions::new(question), &Silent)
    }
}

/// The question with everybody in it, as a wish or as a number of clusters.
fn understood(fleet: &Fleet, question: &Question) -> Result<(AskedFor, Option<Wish>, Option<u64>)> {
    let told = |members: &[usize]| members.iter().map(|&it| fleet.identity(it)).collect::<Vec<_>>();
    let whole = |members: &[usize]| members.iter().map(|&it| fleet.whole_name(it)).collect::<Vec<_>>();
    Ok(match question {
        Question::Together { who, with } => {
            let mut members = fleet.named(who)?;
            members.extend(fleet.named(with)?);
            members.sort_unstable();
            members.dedup();
            let asked = AskedFor::Together { who: who.clone(), with: with.clone(), workloads: told(&members) };
            (asked, Some(Wish::Together(whole(&members))), None)
        }
        Question::In { who, cluster } => {
            let (members, cluster) = (fleet.named(who)?, fleet.existing_named(cluster)?);
            let asked = AskedFor::In { who: who.clone(), cluster: cluster.clone(), workloads: told(&members) };
            (asked, Some(Wish::In(whole(&members), cluster)), None)
        }
        Question::Clusters(most) => (AskedFor::Clusters { most: *most }, None, Some(*most)),
    })
}

/// The levels of a plan with a wish beside those of one without.
fn levels(today: Option<&Plan>, plan: &Plan) -> Vec<ComparedLevel> {
    let own =
        |objective: LevelObjective| today.and_then(|today| today.levels.iter().find(|it| it.objective == objective));
    let row = |level: &crate::plan::PlanLevel| ComparedLevel {
        objective: level.objective,
        value: own(level.objective).and_then(|own| own.value),
        bound: own(level.objective).and_then(|own| own.bound),
        wished: level.value,
        wished_bound: level.bound,
    };
    plan.levels.iter().map(row).collect()
}

/// Whether the best plan with a wish is as good as the best without, level by level, as far as values and bounds say.
fn compared(levels: &[ComparedLevel], today: Option<&Plan>, plan: &Plan) -> (WhyNotAnswer, PlanProof) {
    let number = |figure: Option<Figure>| figure.map(Figure::value);
    let proof = |plan: Option<&Plan>, level: &ComparedLevel| {
        let its = plan.and_then(|plan| plan.levels.iter().find(|it| it.objective == level.objective));
        its.map_or(PlanProof::None, |it| it.proof)
    };
    let mut backed = PlanProof::Certified;
    for level in levels {
        let (wished, least) = (number(level.wished), number(level.wished_bound));
        let (value, bound) = (number(level.value), number(level.bound));
        if wished.is_some_and(|wished| bound.is_some_and(|bound| wished <= bound)) {
            backed = backed.max(proof(today, level));
        } else if least.is_some_and(|least| value.is_some_and(|value| least > value)) {
            return (WhyNotAnswer::Costs, backed.max(proof(Some(plan), level)));
        } else {
            return (WhyNotAnswer::Possible, PlanProof::None);
        }
    }
    let known = !levels.is_empty() && backed != PlanProof::None;
    if known { (WhyNotAnswer::Free, backed) } else { (WhyNotAnswer::Possible, PlanProof::None) }
}
