//! What must hold of any bytes: nothing panics, what is read is written as it was read, what is wrong is said with its place,
//! and nothing false is proved. Run by `make fuzz`, and by the tests on seeds that were spoilt a little.

#[path = "seeds.rs"]
pub mod seeds;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use seeds::{example, json_of};
use tenantry::engine::{
    Budget, Certificate, Level, Objective, Options, Problem, Silent, Solution, Verdict, Watch, check, solve, work_on,
};
use tenantry::fleet::Limits;
use tenantry::fleet::import::{Choice, KubernetesOptions, MissingRequests, Origin, Source, kubernetes};
use tenantry::{Error, Fleet, FleetError, Plan, PlanOptions, Planned, certificate, plan_with_proof};

/// A target: any bytes are fine.
pub type Target = fn(&[u8]);

/// All of them, by name.
pub const TARGETS: [(&str, Target); 7] = [
    ("fleet_yaml", fleet_yaml),
    ("fleet_json", fleet_json),
    ("quantity", quantity),
    ("import", import),
    ("plan", plan),
    ("certificate", certificate),
    ("job", job),
];

/// Fleets of so many workloads are planned as well, with so much work.
const PLANNED: (usize, u64) = (12, 200_000);
/// Work of a check of a certificate.
const CHECKED: u64 = 2_000_000;
/// Problems of certificates of so many copies are solved as well, with so much work.
const SOLVED: (u64, u64) = (40, 200_000);
/// A job is called off when it asked so many times whether it is.
const ASKED: u32 = 2_000;

/// A fleet document in YAML.
pub fn fleet_yaml(data: &[u8]) {
    read(Fleet::from_yaml_bytes(data, &Limits::default()));
}

/// A fleet document in JSON.
pub fn fleet_json(data: &[u8]) {
    read(Fleet::from_json_bytes(data, &Limits::default()));
}

fn read(answer: Result<Fleet, FleetError>) {
    let fleet = match answer {
        Ok(fleet) => fleet,
        Err(error) => return said(&error),
    };
    let (json, yaml) = (fleet.to_json(), fleet.to_yaml());
    for again in [Fleet::from_json(&json), Fleet::from_yaml(&yaml)] {
        let again = again.expect("what was written is read");
        assert_eq!((again.digest(), again.to_json()), (fleet.digest(), json.clone()));
    }
    if fleet.workloads().len() <= PLANNED.0 {
        let solver = Options { work_limit: Some(PLANNED.1), threads: Some(1), ..Options::default() };
        // a plan that fails its own check would be an internal error
        match fleet.plan(&PlanOptions { solver, ..PlanOptions::default() }) {
            Ok(plan) => assert_eq!(Plan::from_json(&json_of(&plan)).expect("a plan is read"), plan),
            Err(Error::Fleet(error)) => said(&error),
            Err(other) => panic!("{other}"),
        }
    }
}

/// An error says something, without what a terminal would obey.
fn said(error: &FleetError) {
    assert!(!error.problems.is_empty());
    for problem in &error.problems {
        assert!(!problem.code.is_empty() && !problem.message.is_empty());
    }
    let text = error.to_string();
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
}

/// An amount, as it is written behind a resource.
pub fn quantity(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let text = serde_json::Value::from(text);
    for resource in ["cpu", "memory", "pods", "example.com/gpu"] {
        read(Fleet::from_json(&format!(
            "{{\"schema\": \"tenantry/v1\", \"asOf\": \"2026-11-23\", \"tenants\": [{{\"name\": \"a\", \"trust\": \"trusted\"}}], \
             \"workloads\": [{{\"name\": \"w\", \"tenant\": \"a\", \"requests\": {{\"cpu\": 1, \"memory\": 1, \"{resource}\": {text}}}}}], \
             \"clusterTemplates\": [{{\"name\": \"t\", \"allocatable\": {{\"cpu\": 8, \"memory\": \"8Gi\", \"{resource}\": {text}}}}}]}}"
        )));
    }
}

/// Kubernetes objects.
pub fn import(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let source = Source { name: "fuzzed.yaml".into(), content: text.to_owned().into(), ..Source::default() };
    let options = KubernetesOptions {
        missing_requests: MissingRequests::Assume { cpu: Some("100m".into()), memory: Some("64Mi".into()) },
        ..KubernetesOptions::new(Choice::From(Origin::Namespace), Choice::Fixed("trusted".into()))
    };
    match kubernetes(&[source], &options) {
        Ok(imported) => {
            let again = Fleet::from_yaml(&imported.to_yaml()).expect("what was imported is a fleet");
            assert_eq!(again.digest(), imported.fleet.digest());
        }
        Err(Error::Fleet(error)) => said(&error),
        Err(Error::Internal(why)) => panic!("{why}"),
        Err(_) => {}
    }
}

/// A fleet, its plan, and its certificate.
struct Known {
    fleet: Fleet,
    planned: Planned,
    filed: String,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let fleet = Fleet::from_yaml(&example("acme.yaml")).expect("an example");
    let planned = plan_with_proof(&fleet, &PlanOptions::default(), &Silent).expect("a plan");
    let filed = certificate::write(&planned).expect("a certificate");
    Known { fleet, planned, filed }
});

/// A plan document, checked against a fleet. One that is legal has no fewer clusters than there can be.
pub fn plan(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(plan) = Plan::from_json(text) else { return };
    let _words = tenantry::export::text(&plan);
    let Ok(checked) = KNOWN.fleet.check(&plan) else { return };
    let clusters = plan.clusters.as_ref().map_or(0, Vec::len);
    let fewest = KNOWN.planned.plan.clusters.as_ref().map_or(0, Vec::len);
    assert!(!checked.violations.is_empty() || !checked.places || clusters >= fewest, "{clusters} clusters are legal");
}

/// A certificate, of the known plan or of any problem. None proves more than is true.
pub fn certificate(data: &[u8]) {
    let Ok(document) = certificate::read(data) else { return };
    let Known { fleet, planned, .. } = &*KNOWN;
    let fewest = planned.plan.summary.clusters.unwrap_or(0);
    let day = planned.plan.day();
    if let Ok(Verdict::Verified { bounds }) =
        certificate::check_certificate(fleet, &planned.plan, &document, day, CHECKED)
    {
        assert!(bounds.iter().all(|&bound| bound <= fewest), "{bounds:?} of {fewest}");
    }
    let budget = Budget::new(&Options::default(), CHECKED, &Silent);
    if let Verdict::Verified { .. } =
        check(&document.problem, document.solution.as_ref(), &document.certificate, &budget)
    {
        holds(&document.problem, &document.certificate);
    }
}

/// No claim that was verified is contradicted by the plan that the engine finds, whose legality is counted again.
fn holds(problem: &Problem, certificate: &Certificate) {
    if problem.copies() > SOLVED.0 {
        return;
    }
    let objectives: Vec<Objective> = certificate
        .claims
        .iter()
        .map(|claim| match claim.level {
            Level::Clusters | Level::Infeasible => Objective::Clusters,
            Level::Cost => Objective::Cost,
            _ => Objective::Moves,
        })
        .collect();
    let options = Options { work_limit: Some(SOLVED.1), threads: Some(1), ..Options::default() };
    let Ok(answer) = solve(problem, &objectives, &options, &Silent) else { return };
    let Some(plan) = answer.solution.filter(|plan| plan.check(problem).is_ok()) else { return };
    for (index, claim) in certificate.claims.iter().enumerate() {
        let speaks_of_it = certificate.claims[..index]
            .iter()
            .all(|earlier| earlier.value.is_none_or(|most| value(problem, &plan, earlier.level) <= u128::from(most)));
        let told = claim.level != Level::Infeasible && u128::from(claim.bound) <= value(problem, &plan, claim.level);
        assert!(!speaks_of_it || told, "claims[{index}] against {plan:?}");
    }
}

fn value(problem: &Problem, plan: &Solution, level: Level) -> u128 {
    match level {
        Level::Cost => plan.cost(problem),
        Level::Moves => plan.moves(problem),
        _ => plan.bins().into(),
    }
}

/// Calls off what goes on for long, and always at the same point.
struct CalledOff(AtomicU32);

impl Watch for CalledOff {
    fn cancelled(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) >= ASKED
    }
}

/// A job for a worker: answered, whatever it is, in lines of JSON.
pub fn job(data: &[u8]) {
    let answer = work_on(data, &CalledOff(AtomicU32::new(0)));
    let text = std::str::from_utf8(&answer).expect("JSON is UTF-8");
    for line in text.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
}
