//! What a target begins with.

use std::fs::{create_dir_all, read_dir, read_to_string, write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tenantry::engine::random::Random;
use tenantry::engine::{BinType, Objective, Options, Problem, Reply, Silent, Workers, solve};
use tenantry::{Fleet, Plan, fleet};

use super::KNOWN;

/// Where the examples and the cases are: the crate of the fuzzer stands two folders below.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    if here.ends_with("fuzz") { here.join("../..") } else { here.to_owned() }
}

pub fn example(name: &str) -> String {
    read_to_string(root().join("examples").join(name)).expect("an example")
}

/// Those of a target.
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
        "certificate" => [KNOWN.filed.clone()].into_iter().chain(certificates()).collect(),
        _ => jobs(),
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

/// The certificates of every kind that there is one of by hand, of problems of their own.
fn certificates() -> Vec<String> {
    let folder = root().join("tests/certificates/good");
    let mut paths: Vec<PathBuf> = read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().filter_map(|path| read_to_string(path).ok()).collect()
}

/// Takes jobs and does none.
#[derive(Debug, Default)]
struct Taken(Mutex<Vec<String>>);

impl Workers for Taken {
    fn at_once(&self) -> usize {
        1
    }

    fn take(&self, job: Vec<u8>, _reply: Reply) {
        let job = String::from_utf8(job).expect("JSON is UTF-8");
        self.0.lock().expect("nobody panics with it").push(job);
    }
}

/// Jobs of every task, of small problems: one each a task and problem.
fn jobs() -> Vec<String> {
    let mut random = Random::new(3);
    let mut jobs = vec!["{}".to_owned()];
    for _ in 0..4 {
        let taken = Arc::new(Taken::default());
        let options = Options { threads: Some(1), workers: Some(taken.clone()), ..Options::default() };
        _ = solve(&islands(&mut random), &[Objective::Clusters, Objective::Cost], &options, &Silent);
        let mut all = std::mem::take(&mut *taken.0.lock().expect("nobody panics with it"));
        all.sort_by_key(|job| (task(job).to_owned(), job.len()));
        all.dedup_by(|a, b| task(a) == task(b));
        jobs.extend(all);
    }
    jobs
}

/// What a job says up to what it speaks of.
fn task(job: &str) -> &str {
    job.split("\"seed\"").next().unwrap_or_default()
}

/// Two islands that are not solved at a glance.
fn islands(random: &mut Random) -> Problem {
    const OF: usize = 10;
    let mut builder = Problem::builder(2);
    builder.bin_type(BinType { capacity: vec![100, 100], cost: 10, max_count: None });
    builder.bin_type(BinType { capacity: vec![140, 150], cost: 15, max_count: None });
    for index in 0..2 * OF {
        let class = builder.class();
        let island = index / OF * OF;
        (0..index)
            .filter(|&other| other < island || random.chance(10))
            .for_each(|other| _ = builder.conflict(class, other));
        builder.item(&[random.between(14, 47), random.between(14, 47)], 1, class);
    }
    builder.build().expect("it fits together")
}

/// Writes them where the fuzzer finds them: a folder each target.
pub fn write_seeds(target: &str, folder: &Path) {
    create_dir_all(folder).expect("a folder for seeds");
    for (index, seed) in seeds(target).into_iter().enumerate() {
        write(folder.join(index.to_string()), seed).expect("a seed is written");
    }
}

pub fn json_of(plan: &Plan) -> String {
    tenantry::export::json(plan).expect("a plan is written")
}
