//! What must hold of any bytes: nothing panics, what is read is written as it was read, what is wrong is said with its place,
//! and nothing false is proved. Run by `make fuzz`, and by the tests on seeds that were spoilt a little.

use std::fs::{read_dir, read_to_string};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use tenantry::engine::{Options, Silent, Verdict, work_on};
use tenantry::fleet::import::{Choice, KubernetesOptions, MissingRequests, Origin, Source, kubernetes};
use tenantry::fleet::{self, Limits};
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

fn json_of(plan: &Plan) -> String {
    tenantry::export::json(plan).expect("a plan is written")
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

/// A certificate of a known plan. None proves more than is true.
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
}

/// A job for a worker: answered, whatever it is.
pub fn job(data: &[u8]) {
    let answer = work_on(data, &Silent);
    assert!(serde_json::from_slice::<serde_json::Value>(&answer).is_ok());
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    if here.ends_with("fuzz") { here.join("../..") } else { here.to_owned() }
}

fn example(name: &str) -> String {
    read_to_string(root().join("examples").join(name)).expect("an example")
}

/// What a target begins with.
pub fn seeds(target: &str) -> Vec<String> {
    match target {
        "fleet_yaml" => fleets(),
        "fleet_json" => fleets().iter().filter_map(|text| Some(Fleet::from_yaml(text).ok()?.to_json())).collect(),
        "quantity" => ["100m", "1.5", "64Mi", "1e3", "0.1", "9223372036854775807", "+5Ki", "1E-3", "12e", " 1", "5n"]
            .map(str::to_owned)
            .into(),
        "import" => vec![
            "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}, spec: {containers: [{name: web, image: \
             web, resources: {requests: {cpu: 100m, memory: 64Mi}}}]}}"
                .to_owned(),
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api, namespace: bank, labels: {a: b}}\nspec:\n  replicas: \
             3\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n      containers:\n      \
             - {name: c, image: c, resources: {limits: {cpu: 1, memory: 1Gi}}}\n---\napiVersion: v1\nkind: \
             Namespace\nmetadata: {name: bank}\n"
                .to_owned(),
        ],
        "plan" => vec![json_of(&KNOWN.planned.plan)],
        "certificate" => vec![KNOWN.filed.clone()],
        _ => vec!["{}".to_owned(), format!("{{\"version\": \"{}\", \"parts\": []}}", KNOWN.planned.plan.version)],
    }
}

fn fleets() -> Vec<String> {
    let mut paths: Vec<PathBuf> = ["tests/cases", "examples"]
        .iter()
        .flat_map(|folder| read_dir(root().join(folder)).into_iter().flatten().flatten().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    paths.sort();
    // a case has a head before its fleet
    let alone = |text: String| text.split_once("\n---\n").map(|(_, fleet)| fleet.to_owned()).unwrap_or(text);
    let texts = paths.iter().filter_map(|path| read_to_string(path).ok()).map(alone);
    texts.filter(|text| text.contains(fleet::document::FLEET_SCHEMA)).collect()
}
