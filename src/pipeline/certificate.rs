//! A plan's certificate as a file: written beside a plan, and checked against fleet and plan by whoever doubts the bound.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use crate::date::Date;

use super::costs::Costs;
use super::{Planned, Ruling, asked_by, check};
use crate::budget::{Budget, Objective, Options, Silent};
#[cfg(feature = "cli")]
use crate::certify::Claim;
use crate::certify::file::{self, Document, FileError};
use crate::certify::{self, Certificate, Level, Verdict};
use crate::encode::{Encoding, encode, encode_charged};
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Held};
use crate::placement::{self, forced, forced_moves, held};
use crate::plan::{self, Figure, LevelObjective, Plan, PlanLevel, PlanProof, PlanStatus, money};
use crate::problem::{Problem, Solution};
use crate::trust::{Scope, TrustGraph};

/// Bytes that are handed over at once.
const PART: usize = 1 << 16;

/// What a cluster holds: its site, and how many copies of which item types.
type Contents = (usize, Vec<(usize, u64)>);

/// The certificate of a plan as a `tenantry-certificate/v1` document (`docs/certificate.md`).
///
/// # Errors
/// [`Error::Usage`] where the fleet is too large for the format.
pub fn write(planned: &Planned) -> Result<String> {
    document(&planned.problem, planned.solution.as_ref(), &planned.certificate)
}

/// The same, handed over as it is made: of a large fleet it is longer than all else in memory.
///
/// ```
/// use tenantry::certificate;
///
/// # let fleet = tenantry::Fleet::from_yaml("{schema: tenantry/v1, tenants: [{name: a, trust: trusted}], workloads: [{name: web, \
/// #     tenant: a, requests: {cpu: 1, memory: 1Gi}}], clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
/// let planned = tenantry::plan_with_proof(&fleet, &Default::default(), &tenantry::engine::Silent)?;
/// let mut file = Vec::new();
/// certificate::write_to(&planned, &mut file).unwrap();
/// assert_eq!(file, certificate::write(&planned)?.as_bytes());
/// # Ok::<(), tenantry::Error>(())
/// ```
///
/// # Errors
/// Those of `to`, and where the fleet is too large for the format.
pub fn write_to(planned: &Planned, to: &mut dyn Write) -> io::Result<()> {
    let mut to = BufWriter::with_capacity(PART, to);
    file::write(&mut to, &planned.problem, planned.solution.as_ref(), &planned.certificate).map_err(|error| {
        match error {
            FileError::Json(error) => error.into(), // that of the writer, if it is one
            other => io::Error::other(format!("the certificate cannot be written: {other}")),
        }
    })?;
    to.flush()
}

/// The same of a problem that stands for no fleet.
///
/// # Errors
/// [`Error::Usage`] where the problem is too large for the format.
pub fn document(problem: &Problem, solution: Option<&Solution>, certificate: &Certificate) -> Result<String> {
    let mut bytes = Vec::new();
    file::write(&mut bytes, problem, solution, certificate)
        .map_err(|error| Error::Usage(format!("the certificate cannot be written: {error}")))?;
    String::from_utf8(bytes).map_err(|error| Error::Internal(error.to_string()))
}

/// Reads a certificate document.
///
/// # Errors
/// [`Error::PlanDocument`] where it is none.
pub fn read(bytes: &[u8]) -> Result<Document> {
    file::read(bytes).map_err(|error| Error::PlanDocument(error.to_string()))
}

/// A verdict, with the reason where it is undecided.
pub(crate) enum Judged {
    Verified { bounds: Vec<u64> },
    Refuted { place: String, why: String },
    Undecided(&'static str),
}

const DRIFTED: &str = "the plan was made for another version of the fleet, or for a day with other waivers in force";
const LESS: &str = "the certificate proves less than the plan states";
const LIMIT: &str = "the check came to its limit of work, memory or numbers, and decided nothing";

/// Whether the certificate claims as many clusters as the plan states, and these are all that is not certified: then only the check
/// is missing.
#[cfg(feature = "cli")]
pub(crate) fn claims_as_much(planned: &Planned) -> bool {
    let (plan, claims) = (&planned.plan, &planned.certificate.claims);
    let clusters = |it: &PlanLevel| it.objective == LevelObjective::Clusters || it.proof == PlanProof::Certified;
    let claimed = |claim: &Claim| claim.level == Level::Clusters && claim.bound >= plan.summary.lower_bound;
    plan.proof == PlanProof::Claimed
        && plan.clusters.is_some()
        && plan.levels.iter().filter(|level| level.bound.is_some()).all(clusters)
        && claims.iter().any(claimed)
}

/// Checks a plan and its certificate against the fleet: that the plan is legal on the day that [`check()`] judges waivers
/// on, that the certificate speaks of this fleet and this plan (the compact problem is derived anew), and that it proves
/// the bounds that the plan states, all in whole numbers. What is proved but less than stated is undecided, or refuted
/// where the plan calls itself certified.
///
/// `work_limit` bounds the search for the heaviest clusters, in elementary steps.
///
/// ```
/// use tenantry::engine::{Silent, Verdict};
/// use tenantry::{Fleet, PlanOptions, certificate};
///
/// # let fleet = Fleet::from_yaml("{schema: tenantry/v1, tenants: [{name: a, trust: trusted}, {name: b, trust: untrusted}], \
/// #     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}, {name: api, tenant: b, requests: {cpu: 1, memory: 1Gi}}], \
/// #     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
/// let planned = tenantry::plan_with_proof(&fleet, &PlanOptions::default(), &Silent)?;
/// let file = certificate::write(&planned)?;
/// // elsewhere, by somebody who has the fleet, the plan and the file
/// let read = certificate::read(file.as_bytes())?;
/// let verdict = certificate::check_certificate(&fleet, &planned.plan, &read, None, 1_000_000)?;
/// assert_eq!(verdict, Verdict::Verified { bounds: vec![2] });
/// # Ok::<(), tenantry::Error>(())
/// ```
///
/// # Errors
/// As [`check()`].
pub fn check_certificate(
    fleet: &Fleet,
    plan: &Plan,
    document: &Document,
    as_of: Option<Date>,
    work_limit: u64,
) -> Result<Verdict> {
    Ok(match judge(fleet, plan, document, as_of, work_limit)? {
        Judged::Verified { bounds } => Verdict::Verified { bounds },
        Judged::Refuted { place, why } => Verdict::Refuted { place, why },
        Judged::Undecided(_) => Verdict::Undecided,
    })
}

/// The same, with the reason where it is undecided.
pub(crate) fn judge(
    fleet: &Fleet,
    plan: &Plan,
    document: &Document,
    as_of: Option<Date>,
    work_limit: u64,
) -> Result<Judged> {
    let checked = check(fleet, plan, as_of)?;
    match checked.ruling() {
        Ruling::Legal | Ruling::Nothing => {}
        Ruling::Drifted => return Ok(Judged::Undecided(DRIFTED)),
        Ruling::Illegal | Ruling::Wrong => {
            let first = checked.violations.iter().chain(&checked.differences).next();
            let why = first.map_or_else(String::new, |found| format!("[{}] {}", found.code, found.message));
            return Ok(refuted("plan", why));
        }
    }
    let fleet = &*asked_by(fleet, plan)?;
    let graph = TrustGraph::new(fleet, checked.as_of, Scope::All)?;
    // the moves may be part of it or not: both are problems of this fleet
    let terms = document.problem.terms();
    let charged = !terms.charges.is_empty() || terms.most.moves.is_some();
    let derived = |fleet: &Fleet, graph: &TrustGraph| {
        if charged { encode_charged(fleet, graph) } else { encode(fleet, graph) }
    };
    let (mut problem, mut encoding) = derived(fleet, &graph)?;
    let kept = held(fleet, fleet.leading(), |level| kept_value(plan, level));
    if problem != document.problem && kept != Held::default() && plan.clusters.is_some() {
        // what is proved of all plans is proved of those that keep the first values, too; or it speaks of these alone
        let among = fleet.holding(kept);
        let graph = TrustGraph::new(&among, checked.as_of, Scope::All)?;
        (problem, encoding) = derived(&among, &graph)?;
    }
    if problem != document.problem {
        return Ok(refuted("problem", "the certificate speaks of another problem than this fleet's"));
    }
    match (&plan.clusters, &document.solution) {
        (None, None) => {}
        (Some(_), Some(solution)) => {
            if planned_contents(fleet, plan, &encoding) != solved_contents(solution) {
                return Ok(refuted("solution", "the certificate's clusters are not the plan's"));
            }
        }
        _ => return Ok(refuted("solution", "either the plan or the certificate has no clusters")),
    }
    if document.certificate.claims.is_empty() {
        // a plan that claims no more than it found says nothing false
        return against_summary((fleet, &graph), plan, document, Vec::new());
    }
    let options = Options { work_limit: Some(work_limit), ..Options::default() };
    let budget = Budget::new(&options, work_limit, &Silent);
    let verdict = certify::check(&problem, document.solution.as_ref(), &document.certificate, &budget);
    match verdict {
        Verdict::Verified { bounds } => against_summary((fleet, &graph), plan, document, bounds),
        Verdict::Refuted { place, why } => Ok(Judged::Refuted { place, why }),
        Verdict::Undecided => Ok(Judged::Undecided(LIMIT)),
    }
}

/// Holds what is proved against what the plan states.
fn against_summary(
    (fleet, graph): (&Fleet, &TrustGraph),
    plan: &Plan,
    document: &Document,
    bounds: Vec<u64>,
) -> Result<Judged> {
    let less = |place: &str, why: String| match plan.proof {
        PlanProof::Certified => Ok(refuted(place, why)),
        PlanProof::Claimed | PlanProof::None => Ok(Judged::Undecided(LESS)),
    };
    let infeasible = document.certificate.claims.first().map(|claim| claim.level == Level::Infeasible);
    let Some(infeasible) = infeasible else {
        return less("claims", "the certificate claims nothing".to_owned());
    };
    if infeasible != (plan.status == PlanStatus::Infeasible) {
        return Ok(refuted("claims[0]", "the plan's status is another"));
    }
    let levels: Vec<Level> = document.certificate.claims.iter().map(|claim| claim.level).collect();
    let asked = fleet.objective().iter().map(|&level| match level {
        Objective::Clusters => Level::Clusters,
        Objective::Cost => Level::Cost,
        Objective::Moves => Level::Moves,
    });
    if !infeasible && !levels.iter().copied().eq(asked.take(levels.len())) {
        return Ok(refuted("claims", "the levels are not those of a plan"));
    }
    let of = |level: Level| levels.iter().position(|&other| other == level).and_then(|at| bounds.get(at)).copied();
    let proved = of(Level::Clusters).unwrap_or(0);
    if !infeasible && plan.clusters.is_none() && bounds.first() == Some(&0) {
        let what = match levels.first() {
            Some(Level::Clusters) => "no plan has fewer than 0 clusters",
            _ => "no plan has a value below 0",
        };
        return less("claims[0]", format!("that {what} says nothing"));
    }
    // a claim after the cost speaks of the plans that cost no more, if it holds their prices
    let costs = Costs::of(fleet, graph)?;
    let after = |level: LevelObjective| knows_the_cost(plan, &costs, level, of(Level::Cost), proved);
    let counted = if infeasible || after(LevelObjective::Clusters) { proved } else { 0 };
    if !infeasible && counted < plan.summary.lower_bound {
        return less("summary.lowerBound", format!("the certificate proves {counted}"));
    }
    let cost = plan.summary.cost_lower_bound;
    let least = |prices: u64| money(costs.least(prices, proved));
    if cost.is_some_and(|cost| of(Level::Cost).is_none_or(|prices| least(prices) < cost)) {
        return less("summary.costLowerBound", "the certificate proves less, or nothing".to_owned());
    }
    let moves = plan.levels.iter().find(|level| level.objective == LevelObjective::Moves).and_then(|level| level.bound);
    // who cannot stay has been counted
    let claimed = of(Level::Moves).filter(|_| after(LevelObjective::Moves)).unwrap_or(0);
    let claimed = claimed.saturating_sub(fleet.charged_as_new());
    let known = claimed.max(forced_moves(fleet, &forced(fleet, graph.as_of())));
    if let Some(Figure::Count(bound)) = moves.filter(|_| !infeasible)
        && bound > known
    {
        return less("levels", format!("the certificate proves {known} moves, the plan states {bound}"));
    }
    // in moves of the plan: what can only be new is no move
    let place = levels.iter().position(|&level| level == Level::Moves);
    let bounds = bounds.into_iter().enumerate();
    Ok(Judged::Verified { bounds: bounds.map(|(at, bound)| if Some(at) == place { known } else { bound }).collect() })
}

/// Whether a claim on a level after the cost speaks of the plans that cost no more than this one: it holds the prices, and nodes may
/// cost more or less, but for plans that cost the least that prices and nodes come to apart.
fn knows_the_cost(plan: &Plan, costs: &Costs, level: LevelObjective, prices: Option<u64>, held: u64) -> bool {
    let mut before = plan.levels.iter().take_while(|it| it.objective != level);
    let cost = before.find(|it| it.objective == LevelObjective::Cost);
    let least = |it: &PlanLevel| {
        let Some(Figure::Money(value)) = it.value else { return false };
        it.status == PlanStatus::Optimal && prices.is_some_and(|prices| value <= money(costs.apart(prices, held)))
    };
    !costs.count_nodes() || cost.is_none_or(least)
}

/// What a plan states of a level that is counted.
pub(super) fn kept_value(plan: &Plan, level: LevelObjective) -> Option<u64> {
    match plan.levels.iter().find(|it| it.objective == level)?.value? {
        Figure::Count(value) => Some(value),
        Figure::Money(_) => None,
    }
}

fn refuted(place: &str, why: impl Into<String>) -> Judged {
    Judged::Refuted { place: place.to_owned(), why: why.into() }
}

/// The clusters of a legal plan as counted contents.
fn planned_contents(fleet: &Fleet, plan: &Plan, encoding: &Encoding) -> BTreeMap<Contents, u64> {
    let known = placement::by_key(fleet);
    let mut held: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut parts: BTreeMap<&str, Vec<(usize, u64)>> = BTreeMap::new();
    for row in &plan.assignments {
        if let Some(&workload) = known.get(&(row.tenant.as_str(), row.namespace.as_str(), row.workload.as_str())) {
            held.entry(&row.cluster).or_default().push(workload);
            if fleet.workloads()[workload].is_split() {
                parts.entry(&row.cluster).or_default().push((workload, row.replicas));
            }
        }
    }
    held.values_mut().for_each(|workloads| workloads.sort_unstable());
    let here = |name: &str| (held.get(name).map_or(&[][..], |it| it), parts.get(name).map_or(&[][..], |it| it));
    // a legal plan's sites are the fleet's; without one the contents differ
    let clusters = plan.clusters.iter().flatten();
    let clusters = clusters.filter_map(|it| {
        let (workloads, parts) = here(it.name.as_str());
        Some((plan::site(fleet, it)?, workloads, parts))
    });
    solved_contents(&encoding.solution(clusters))
}

fn solved_contents(solution: &Solution) -> BTreeMap<Contents, u64> {
    let mut contents = BTreeMap::new();
    for pattern in &solution.patterns {
        *contents.entry((pattern.bin, pattern.items.clone())).or_default() += pattern.count;
    }
    contents
}
