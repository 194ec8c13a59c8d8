//! The program as people call it: answers, errors, exit codes, files, pipes and signals.
//!
//! Expected texts are in `tests/golden`; `TENANTRY_UPDATE_GOLDEN=1` writes them anew.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

#[path = "cli/answers.rs"]
mod answers;
#[path = "cli/audit.rs"]
mod audit;
#[path = "cli/batch.rs"]
mod batch;
#[path = "cli/check.rs"]
mod check;
#[path = "cli/evidence.rs"]
mod evidence;
#[path = "cli/export.rs"]
mod export;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/signals.rs"]
mod signals;

const SHOP: &str = "\
schema: tenantry/v1
name: shop
asOf: \"2026-11-23\"
tenants:
  - {name: shop, trust: trusted}
  - {name: payments, trust: trusted, distrusts: [shop]}
workloads:
  - {name: frontend, tenant: shop, replicas: 3, requests: {cpu: 100m, memory: 64Mi}}
  - {name: recommendation, tenant: shop, replicas: 2, requests: {cpu: 100m, memory: 220Mi}}
  - {name: ledger, tenant: payments, replicas: 2, requests: {cpu: 250m, memory: 256Mi}, labels: {owner: blue}}
clusterTemplates:
  - {name: standard, allocatable: {cpu: \"4\", memory: 16Gi}, maxCount: 5}
";

/// A directory of its own that goes away with it.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> = entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The program, run here.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
        command.args(args).current_dir(self.0.path()).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).stdin(Stdio::null()).output().unwrap()
    }

    fn pipe(&self, args: &[&str], input: &str) -> Output {
        let mut child = self.spawn(args);
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    fn spawn(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("killed: {}", err(output)))
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{}\n{}", out(output), err(output)))
}

#[track_caller]
fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("TENANTRY_UPDATE_GOLDEN").is_some() {
        fs::write(&path, text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "not what is in {}", path.display());
}

#[test]
fn why_ends_as_it_says() {
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    place.file("few.yaml", &SHOP.replace("maxCount: 5", "maxCount: 1"));
    for (args, ends, says) in [
        (vec!["why", "fleet.yaml"], 0, "2 workloads of which no two may share a cluster"),
        (vec!["why", "fleet.yaml"], 0, "Nothing of it is a search"),
        (vec!["why", "fleet.yaml", "--depth", "3"], 0, "one by one, with every rule"),
        (vec!["why", "few.yaml"], 1, "2 needed, 1 may be there"),
        (vec!["why", "few.yaml"], 1, "maxCount:standard  1  clusterTemplates[0].maxCount, line"),
    ] {
        let output = place.run(&args);
        assert_eq!(code(&output), ends, "{args:?}\n{}{}", out(&output), err(&output));
        assert!(out(&output).contains(says), "{args:?}\n{}", out(&output));
    }
    let facts = place.run(&["why", "fleet.yaml", "--depth", "1"]);
    assert!(!out(&facts).contains("line "), "{}", out(&facts));
    for args in [&["why", "fleet.yaml", "--depth", "4"][..], &["why", "fleet.yaml", "-o", "why.pdf"], &["why"]] {
        assert_eq!(code(&place.run(args)), 2, "{args:?}");
    }
    let output = place.run(&["why", "fleet.yaml", "-o", "why.json"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let why: serde_json::Value = serde_json::from_str(&fs::read_to_string(place.path("why.json")).unwrap()).unwrap();
    assert_eq!((&why["schema"], &why["bound"]), (&"tenantry-why/v1".into(), &2.into()));
    let member = &why["facts"][0]["because"]["refuse"]["members"][0];
    let line = usize::try_from(member["line"].as_u64().unwrap()).unwrap();
    let name = member["workloads"][0].as_str().unwrap().split('/').next_back().unwrap();
    assert!(SHOP.lines().nth(line - 1).unwrap().contains(name), "{member}");
}

#[test]
fn why_not_ends_as_it_says() {
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    for (args, ends, says) in [
        (vec!["why-not", "fleet.yaml", "--clusters", "2"], 0, "The plan already has it.\n  clusters: 2"),
        (
            vec!["why-not", "fleet.yaml", "--clusters", "3"],
            0,
            "The plan already has it, with fewer clusters than asked for.",
        ),
        (vec!["why-not", "fleet.yaml", "--clusters", "1"], 1, "distrusts:payments (tenants[1].distrusts, line 6)"),
        (
            vec!["why-not", "fleet.yaml", "--clusters", "1", "--levers", "maxCount"],
            1,
            "Not even without the 1 lever that was",
        ),
    ] {
        let output = place.run(&args);
        assert_eq!(code(&output), ends, "{args:?}\n{}{}", out(&output), err(&output));
        assert!(out(&output).contains(says), "{args:?}\n{}", out(&output));
    }
    for (args, says) in [
        (vec!["why-not", "fleet.yaml", "shop/web"], "--with"),
        (vec!["why-not", "fleet.yaml", "--with", "shop/web"], "<A>"),
        (vec!["why-not", "fleet.yaml", "tenant=shp", "--clusters", "1"], "cannot be used with"),
        (vec!["why-not", "fleet.yaml", "tenant=shp", "--with", "tenant=payments"], "did you mean `shop`?"),
        (vec!["why-not", "fleet.yaml", "tenant=shop", "--in", "prod"], "none exists"),
    ] {
        let output = place.run(&args);
        assert_eq!(code(&output), 2, "{args:?}\n{}{}", out(&output), err(&output));
        assert!(err(&output).contains(says), "{args:?}\n{}", err(&output));
    }
}

#[test]
fn what_would_have_to_change_ends_as_it_says() {
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    let few = SHOP.replace("maxCount: 5", "maxCount: 1");
    place.file("few.yaml", &few);
    for (args, ends, says) in [
        (vec!["relax", "fleet.yaml", "--clusters", "1"], 0, "distrusts:payments (tenants[1].distrusts, line 6)"),
        (vec!["relax", "fleet.yaml", "--clusters", "2"], 0, "Nothing: the fleet is within that as it is."),
        (
            vec!["relax", "fleet.yaml", "--clusters", "1", "--levers", "maxCount"],
            1,
            "Nothing that was looked at suffices.",
        ),
        (vec!["relax", "few.yaml", "--feasible"], 0, "maxCount:standard (clusterTemplates[0].maxCount, line 12)"),
        (vec!["relax", "few.yaml", "--feasible", "--keep", "maxCount:standard"], 0, "distrusts:payments"),
        (vec!["prices", "fleet.yaml"], 0, "distrusts:payments  1      1 (certified)"),
        (vec!["prices", "few.yaml"], 1, "as it is: no plan exists (certified)"),
    ] {
        let output = place.run(&args);
        assert_eq!(code(&output), ends, "{args:?}\n{}{}", out(&output), err(&output));
        assert!(out(&output).contains(says), "{args:?}\n{}", out(&output));
    }
    for (args, says) in [
        (vec!["relax", "fleet.yaml"], "--clusters"),
        (vec!["relax", "fleet.yaml", "--clusters", "1", "--feasible"], "cannot be used with"),
        (vec!["relax", "fleet.yaml", "--clusters", "1", "--levers", "maxcount"], "did you mean `maxCount`?"),
        (
            vec!["relax", "fleet.yaml", "--clusters", "1", "--keep", "distrusts:payment"],
            "did you mean `distrusts:payments`?",
        ),
        (vec!["relax", "fleet.yaml", "--cost", "10"], "cost"),
        (vec!["prices", "fleet.yaml", "--by", "cost"], "cost"),
        (vec!["prices", "fleet.yaml", "--ladder", "maxCount:standard"], "no rule of trust"),
    ] {
        let output = place.run(&args);
        assert_eq!(code(&output), 2, "{args:?}\n{}{}", out(&output), err(&output));
        assert!(err(&output).contains(says), "{args:?}\n{}", err(&output));
    }
    let output = place.run(&["relax", "fleet.yaml", "--clusters", "1", "-o", "answer.json"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let answer: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(place.path("answer.json")).unwrap()).unwrap();
    assert_eq!((&answer["complete"], &answer["sets"][0]["minimal"]), (&true.into(), &"certified".into()));
}

/// The example's script as `make` runs it; the day of the audit is today's.
#[cfg(unix)]
#[test]
fn clusters_that_run_from_their_dumps_to_an_answer() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let run = |folder: &[&Path], import: Option<&str>| {
        let mut shell = Command::new("sh");
        shell.arg(examples.join("brownfield.sh")).arg(env!("CARGO_BIN_EXE_tenantry")).args(folder);
        shell.env_remove("IMPORT").envs(import.map(|it| ("IMPORT", it)));
        shell.output().unwrap()
    };
    let shown = run(&[], None);
    assert_eq!((code(&shown), err(&shown)), (0, String::new()), "{}", out(&shown));
    let shown = out(&shown);
    let (_, dated) = shown.split_once("as of ").unwrap();
    golden("brownfield.txt", &shown.replace(&dated[.."2026-11-26".len()], "TODAY"));
    // a folder of dumps, read as somebody says; one without is no silent success
    let dumps = examples.join("brownfield");
    let own = run(&[&dumps], Some("--tenant-from namespace --trust trusted"));
    assert_eq!(code(&own), 0, "{}", out(&own));
    assert!(
        out(&own).contains("3 clusters, 3 of them in use") && !out(&own).contains("tenantry place"),
        "{}",
        out(&own)
    );
    let place = Place::new();
    assert_eq!(code(&run(&[place.0.path()], None)), 2);
    place.file("broken.json", "{}");
    assert_eq!(code(&run(&[place.0.path()], None)), 2);
}

#[test]
fn a_plan_for_people_and_for_machines() {
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    let text = place.run(&["plan", "fleet.yaml"]);
    assert_eq!(code(&text), 0, "{}", err(&text));
    assert_eq!(err(&text), "");
    golden("plan.txt", &out(&text));
    let plan = place.run(&["plan", "fleet.yaml", "--format", "json"]);
    assert_eq!(json(&plan)["status"], "optimal");
    assert_eq!(json(&plan)["summary"]["clusters"], 2);
    let csv = place.run(&["plan", "fleet.yaml", "--format", "csv"]);
    assert_eq!(out(&csv).lines().count(), 4);
    // the same bytes again, with any number of threads
    for threads in ["1", "2", "7"] {
        let again = place.run(&["plan", "fleet.yaml", "--format", "json", "--threads", threads]);
        assert_eq!(out(&again), out(&plan));
    }
    // the output file's name says the format
    let saved = place.run(&["plan", "fleet.yaml", "-o", "plan.json"]);
    assert_eq!((code(&saved), out(&saved)), (0, String::new()));
    assert_eq!(fs::read_to_string(place.path("plan.json")).unwrap(), out(&plan));
    assert!(err(&saved).ends_with("optimal: 2 clusters\n"), "{}", err(&saved));
}

#[test]
fn standard_input_and_output() {
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    let from_file = place.run(&["plan", "fleet.yaml", "--format", "json"]);
    let piped = place.pipe(&["plan", "-", "--format", "json", "-o", "-"], SHOP);
    assert_eq!(out(&piped), out(&from_file));
    let converted = place.pipe(&["convert", "-", "--to", "json"], SHOP);
    assert_eq!(code(&converted), 0, "{}", err(&converted));
    let from_json = place.pipe(&["plan", "-", "--format", "json"], &out(&converted));
    assert_eq!(out(&from_json), out(&from_file));
    let checked = place.pipe(&["check", "fleet.yaml", "-"], &out(&from_file));
    assert_eq!(code(&checked), 0, "{}", err(&checked));
    let both = place.run(&["check", "-", "-"]);
    assert_eq!(code(&both), 2);
}

#[test]
fn convert_loses_nothing() {
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    for (to, name) in [("json", "a.json"), ("yaml", "a.yaml")] {
        assert_eq!(code(&place.run(&["convert", "fleet.yaml", "-o", name])), 0);
        let once = fs::read_to_string(place.path(name)).unwrap();
        let twice = place.run(&["convert", name, "--to", to]);
        assert_eq!(out(&twice), once);
    }
    let digest = |name: &str| json(&place.run(&["plan", name, "--format", "json"]))["fleetDigest"].clone();
    assert_eq!(digest("a.json"), digest("fleet.yaml"));
    assert_eq!(digest("a.yaml"), digest("fleet.yaml"));
}

#[test]
fn explanations() {
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    let apart = place.run(&["explain", "fleet.yaml", "shop/frontend", "payments/ledger"]);
    assert_eq!(code(&apart), 0, "{}", err(&apart));
    let together = place.run(&["explain", "fleet.yaml", "frontend", "recommendation"]);
    golden("explain.txt", &format!("{}\n{}", out(&apart), out(&together)));
    let machine = place.run(&["explain", "fleet.yaml", "frontend", "ledger", "--format", "json"]);
    assert_eq!(json(&machine)["reasons"][0]["rule"], "distrusts");
    let unknown = place.run(&["explain", "fleet.yaml", "frontend", "ledgr"]);
    assert_eq!((code(&unknown), out(&unknown)), (2, String::new()));
    assert!(err(&unknown).contains("ledgr"), "{}", err(&unknown));
}

#[test]
fn exit_1_no_plan_exists_or_is_not_legal() {
    let place = Place::new();
    let fleet = place.file("fleet.yaml", SHOP);
    let plan = out(&place.run(&["plan", "fleet.yaml", "--format", "json"]));
    place.file("one.yaml", &SHOP.replace("maxCount: 5", "maxCount: 1"));
    let none = place.run(&["plan", "one.yaml", "--format", "json"]);
    assert_eq!(code(&none), 1, "{}", err(&none));
    assert_eq!(json(&none)["clusters"], serde_json::Value::Null);
    let mut document: serde_json::Value = serde_json::from_str(&plan).unwrap();
    let first = document["clusters"][0]["name"].clone();
    for row in document["assignments"].as_array_mut().unwrap() {
        row["cluster"] = first.clone();
    }
    place.file("plan.json", &document.to_string());
    let refused = place.run(&["check", fleet.to_str().unwrap(), "plan.json"]);
    assert_eq!(code(&refused), 1, "{}", err(&refused));
    assert!(out(&refused).starts_with("not legal: "), "{}", out(&refused));
}

#[test]
fn exit_2_every_problem_with_its_place() {
    let place = Place::new();
    let wrong = SHOP
        .replace("tenant: payments", "tenant: payment")
        .replace("replicas: 3", "replcas: 3")
        .replace("cpu: 250m", "cpu: 250mm")
        .replace("trust: trusted}", "trust: trustd}");
    place.file("fleet.yaml", &wrong);
    for args in [vec!["plan", "fleet.yaml"], vec!["explain", "fleet.yaml", "a", "b"], vec!["convert", "fleet.yaml"]] {
        let output = place.run(&args);
        assert_eq!((code(&output), out(&output)), (2, String::new()));
        golden("problems.txt", &err(&output));
    }
    for (args, says) in [
        (vec!["plan", "absent.yaml"], "absent.yaml"),
        (vec!["plan"], "FLEET"),
        (vec!["plot", "fleet.yaml"], "plot"),
        (vec!["plan", "fleet.yaml", "--time-limit", "-1"], "0 or more"),
        (vec!["plan", "fleet.yaml", "--time-limit", "nan"], "0 or more"),
        (vec!["plan", "fleet.yaml", "--as-of", "tomorrow"], "2026-11-23"),
        (vec!["plan", "fleet.yaml", "--threads", "0"], "--threads"),
        (vec!["plan", "fleet.yaml", "--seed", "-1"], "-1"),
        (vec!["check", "fleet.yaml"], "PLAN"),
        (vec![], "Usage"),
    ] {
        let output = place.run(&args);
        assert_eq!(code(&output), 2, "{args:?}: {}", err(&output));
        assert_eq!(out(&output), "", "{args:?}");
        assert!(err(&output).contains(says), "{args:?}: {}", err(&output));
    }
    place.file("good.yaml", SHOP);
    let no_plan = place.run(&["check", "good.yaml", "good.yaml"]);
    assert_eq!(code(&no_plan), 2);
    assert!(err(&no_plan).contains("good.yaml"), "{}", err(&no_plan));
    place.file("latin.yaml", "");
    fs::write(place.path("latin.yaml"), b"name: caf\xe9\n").unwrap();
    assert_eq!(code(&place.run(&["plan", "latin.yaml"])), 2);
}

#[test]
fn exit_3_no_answer_within_the_limits() {
    let place = Place::new();
    place.file("fleet.yaml", &hard(60));
    let output = place.run(&["plan", "fleet.yaml", "--time-limit", "0", "--format", "json"]);
    // with no time at all there may still be a first plan; then the code says so
    let expected = if json(&output)["status"] == "unknown" { 3 } else { 0 };
    assert_eq!(code(&output), expected, "{}", err(&output));
    assert_ne!(json(&output)["status"], "infeasible");
}

#[test]
fn output_files_are_there_whole_or_not_at_all() {
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    place.file("bad.yaml", "schema: tenantry/v1\nworkload: []\n");
    place.file("plan.txt", "old");
    assert_eq!(code(&place.run(&["plan", "bad.yaml", "-o", "plan.txt"])), 2);
    assert_eq!(fs::read_to_string(place.path("plan.txt")).unwrap(), "old");
    assert_eq!(code(&place.run(&["plan", "fleet.yaml", "-o", "plan.txt"])), 0);
    golden("plan.txt", &fs::read_to_string(place.path("plan.txt")).unwrap());
    let missing = place.run(&["plan", "fleet.yaml", "-o", "absent/plan.txt"]);
    assert_eq!(code(&missing), 2);
    assert!(err(&missing).contains("there is no directory absent"), "{}", err(&missing));
    let directory = place.run(&["plan", "fleet.yaml", "-o", "."]);
    assert_eq!(code(&directory), 2);
    assert!(err(&directory).contains("is a directory"), "{}", err(&directory));
    assert_eq!(place.names(), ["bad.yaml", "fleet.yaml", "plan.txt"], "nothing is left behind");
}

#[cfg(unix)]
#[test]
fn output_files_keep_their_permissions_and_links() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    let mode = |name: &str| fs::metadata(place.path(name)).unwrap().permissions().mode() & 0o777;
    let private = place.file("private.txt", "old");
    fs::set_permissions(&private, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("private.txt", place.path("link.txt")).unwrap();
    assert_eq!(code(&place.run(&["plan", "fleet.yaml", "-o", "link.txt"])), 0);
    assert!(fs::symlink_metadata(place.path("link.txt")).unwrap().is_symlink());
    assert_ne!(fs::read_to_string(&private).unwrap(), "old");
    assert_eq!(mode("private.txt"), 0o640);
    // a new file is what any program would make
    fs::write(place.path("reference"), "").unwrap();
    assert_eq!(code(&place.run(&["plan", "fleet.yaml", "-o", "new.txt"])), 0);
    assert_eq!(mode("new.txt"), mode("reference"));
    assert_eq!(code(&place.run(&["plan", "fleet.yaml", "-o", "/dev/null"])), 0);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    for args in [vec!["plan", "fleet.yaml"], vec!["schema", "fleet"], vec!["--help"], vec!["completions", "bash"]] {
        let mut command = place.command(&args);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let status = child.wait().unwrap();
        assert_eq!((status.code(), said.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn colours_only_where_they_are_wanted() {
    let place = Place::new();
    place.file("bad.yaml", "schema: tenantry/v1\nworkload: []\n");
    let plain = place.run(&["plan", "bad.yaml"]);
    assert!(!err(&plain).contains('\u{1b}'), "{}", err(&plain));
    let mut command = place.command(&["plan", "bad.yaml"]);
    let forced = command.env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(err(&forced).contains('\u{1b}'), "{}", err(&forced));
    let mut command = place.command(&["plan", "bad.yaml"]);
    let refused = command.env("NO_COLOR", "1").output().unwrap();
    assert_eq!(err(&refused), err(&plain));
}

#[test]
fn schemas_and_completions() {
    let place = Place::new();
    for document in ["fleet", "plan"] {
        let output = place.run(&["schema", document]);
        assert_eq!(code(&output), 0);
        assert!(json(&output)["properties"]["schema"].is_object());
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = place.run(&["completions", shell]);
        assert_eq!(code(&output), 0);
        assert!(out(&output).contains("tenantry"), "{shell}");
    }
    assert_eq!(code(&place.run(&["schema", "cluster"])), 2);
}

#[test]
fn help_that_a_person_can_read() {
    let place = Place::new();
    let help = place.run(&["--help"]);
    assert_eq!((code(&help), err(&help)), (0, String::new()));
    golden("help.txt", &out(&help));
    for command in [vec!["plan"], vec!["explain"], vec!["check"], vec!["import", "kubernetes"], vec!["convert"]] {
        let mut args = command.clone();
        args.push("--help");
        let output = place.run(&args);
        assert_eq!(code(&output), 0);
        assert!(out(&output).contains("Example"), "{command:?}: {}", out(&output));
        assert!(out(&output).lines().all(|line| line.chars().count() <= 110), "{command:?}");
    }
    let version = place.run(&["--version"]);
    assert_eq!(out(&version), format!("tenantry {}\n", env!("CARGO_PKG_VERSION")));
}

/// Help is wrapped at 100 characters, and half a command cannot be copied.
#[test]
fn examples_of_the_help_can_be_copied() {
    let place = Place::new();
    let all = out(&place.run(&["--help"]));
    let listed = all.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let mut commands: Vec<Vec<&str>> =
        listed.filter(|line| !line.starts_with("   ")).map(|line| line.split_whitespace().take(1).collect()).collect();
    commands.push(vec!["import", "kubernetes"]);
    let starts = |line: &str| {
        ["tenantry ", "kubectl ", "find ", "python "].iter().any(|name| line.trim_start().starts_with(name))
    };
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut seen = 0;
    for command in commands.into_iter().filter(|command| *command != ["help"]) {
        let help = out(&place.run(&[command.clone(), vec!["--help"]].concat()));
        let lines: Vec<&str> = help.lines().skip_while(|line| !line.starts_with("Example")).collect();
        for two in lines.windows(2) {
            if !starts(two[0]) || two[0].ends_with(['\\', '|']) {
                continue;
            }
            seen += 1;
            let next = two[1];
            assert!(
                next.is_empty() || starts(next) || indent(next) < indent(two[0]),
                "{command:?}: {}\n{next}",
                two[0]
            );
        }
        for two in lines.windows(2).filter(|two| two[0].ends_with('\\')) {
            assert!(two[0].trim() != "\\" && indent(two[1]) >= indent(two[0]), "{command:?}: {}", two[1]);
        }
    }
    assert!(seen > 50, "{seen} examples");
}

#[test]
fn imports() {
    let place = Place::new();
    let manifests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data_manifests");
    let apps = manifests.join("apps");
    let directory = format!("directory:{}", apps.display());
    let args = ["import", "kubernetes", "--tenant-from", &directory, "--trust", "trusted", apps.to_str().unwrap()];
    let yaml = place.run(&args);
    assert_eq!(code(&yaml), 0, "{}", err(&yaml));
    golden("import.yaml", &out(&yaml).replace(env!("CARGO_MANIFEST_DIR"), "ROOT"));
    assert!(err(&yaml).starts_with("warning: no cluster templates given"), "{}", err(&yaml));
    let planned = place.pipe(&["plan", "-", "--format", "json"], &out(&yaml));
    assert_eq!(json(&planned)["summary"]["clusters"], 1, "{}", err(&planned));
    let to_json = place.run(&[&args[..], &["-o", "fleet.json"]].concat());
    assert_eq!(code(&to_json), 0);
    assert_eq!(code(&place.run(&["plan", "fleet.json"])), 0);
    // dumps of clusters, one from standard input
    let dump = fs::read_to_string(apps.join("second/two.json")).unwrap();
    let two = format!("west={}", apps.join("second/two.json").display());
    let args =
        ["import", "kubernetes", "--tenant-from", "cluster", "--trust", "trusted", "--to", "json", "east=-", &two];
    let output = place.pipe(&args, &dump);
    assert_eq!(json(&output)["workloads"][0]["labels"]["cluster"], "east", "{}", err(&output));
    assert_eq!(json(&output)["workloads"][1]["tenant"], "west");
    // wrong manifests: every problem with its line
    let wrong = manifests.join("wrong.yaml");
    let args =
        ["import", "kubernetes", "--tenant", "a", "--trust", "trusted", "--missing-requests", "zero", "wrong.yaml"];
    fs::copy(wrong, place.path("wrong.yaml")).unwrap();
    let output = place.run(&args);
    assert_eq!((code(&output), out(&output)), (2, String::new()));
    golden("import-problems.txt", &err(&output));
    // a level that does not exist
    let level = place.run(&[
        "import",
        "kubernetes",
        "--tenant",
        "a",
        "--trust",
        "trusty",
        apps.join("first").to_str().unwrap(),
    ]);
    assert_eq!(code(&level), 2);
    assert!(err(&level).contains("trusted"), "{}", err(&level));
    for args in [
        vec!["import", "kubernetes", "--trust", "trusted", "x.yaml"],
        vec!["import", "kubernetes", "--tenant", "a", "x.yaml"],
        vec!["import", "kubernetes", "--tenant", "a", "--tenant-from", "namespace", "--trust", "trusted", "x.yaml"],
        vec!["import", "kubernetes", "--tenant-from", "label", "--trust", "trusted", "x.yaml"],
        vec!["import", "kubernetes", "--tenant", "a", "--trust", "trusted", "--separate", "env", "x.yaml"],
        vec!["import", "kubernetes", "--tenant", "a", "--trust", "trusted", "--missing-requests", "some", "x.yaml"],
        vec!["import", "kubernetes", "--tenant", "a", "--trust", "trusted", "-", "-"],
        vec!["import", "kubernetes", "--tenant", "a", "--trust", "trusted", "absent.yaml"],
        vec!["import", "kubernetes", "--tenant", "a", "--trust", "trusted"],
    ] {
        let output = place.run(&args);
        assert_eq!((code(&output), out(&output)), (2, String::new()), "{args:?}");
    }
}

/// A fleet that takes long to prove: seven workloads to a cluster in two resources, under random distrust.
fn hard(tenants: u64) -> String {
    let mut state = 12_345_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut text = String::from("schema: tenantry/v1\nasOf: \"2026-11-23\"\ntenants:\n");
    for tenant in 0..tenants {
        let distrusts: Vec<String> = (0..tenant).filter(|_| next(10) < 3).map(|other| format!("t{other}")).collect();
        text += &format!("  - {{name: t{tenant}, trust: trusted, distrusts: [{}]}}\n", distrusts.join(", "));
    }
    text += "workloads:\n";
    for tenant in 0..tenants {
        for workload in 0..3 {
            let (cpu, memory) = (20 + next(241), 20 + next(241));
            let requests = format!("{{cpu: {cpu}m, memory: {memory}Mi}}");
            text += &format!("  - {{name: w{workload}, tenant: t{tenant}, requests: {requests}}}\n");
        }
    }
    text + "clusterTemplates:\n  - {name: small, allocatable: {cpu: \"1\", memory: 1000Mi}}\n"
}

#[cfg(unix)]
fn interrupt(child: &Child) {
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// Waits for the program, but not for ever.
#[cfg(unix)]
fn ends(mut child: Child, within: Duration) -> Output {
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < within, "still running");
        std::thread::sleep(Duration::from_millis(20));
    }
    child.wait_with_output().unwrap()
}

#[cfg(unix)]
#[test]
fn exit_130_interrupted_with_the_best_plan() {
    let place = Place::new();
    place.file("fleet.yaml", &hard(150));
    let child = place.spawn(&["plan", "fleet.yaml", "--format", "json", "-o", "plan.json"]);
    std::thread::sleep(Duration::from_millis(1_500));
    interrupt(&child);
    let output = ends(child, Duration::from_secs(60));
    assert_eq!(code(&output), 130, "{}", err(&output));
    assert!(err(&output).contains("stopping with the best plan so far"), "{}", err(&output));
    let plan = fs::read_to_string(place.path("plan.json")).unwrap();
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    assert!(["feasible", "unknown"].contains(&plan["status"].as_str().unwrap()), "{}", plan["status"]);
    assert_eq!(plan["stopped"], "cancelled");
    if plan["status"] == "feasible" {
        assert_eq!(code(&place.run(&["check", "fleet.yaml", "plan.json"])), 0);
    }
}

#[test]
fn a_problem_found_after_reading_has_its_line_too() {
    let place = Place::new();
    let fleet = format!("{SHOP}policy: {{together: [{{id: pair, members: [shop/frontend, payments/ledger]}}]}}\n");
    place.file("fleet.yaml", &fleet);
    for args in [&["plan", "fleet.yaml"][..], &["explain", "fleet.yaml", "frontend", "ledger"][..]] {
        let refused = place.run(args);
        assert_eq!(code(&refused), 2);
        let line = fleet.lines().count();
        let at = format!("--> fleet.yaml:{line}:21  policy.together[0]");
        assert!(err(&refused).contains(&at), "{at} in {}", err(&refused));
    }
}

#[test]
fn a_cost_below_its_own_bound_is_not_legal() {
    let place = Place::new();
    let priced = SHOP.replace("name: standard,", "name: standard, cost: 10,");
    assert_ne!(priced, SHOP);
    place.file("fleet.yaml", &format!("{priced}objective: [clusters, cost]\n"));
    let plan = out(&place.run(&["plan", "fleet.yaml", "--format", "json"]));
    for (least, legal) in [("20.0", 0), ("21.0", 1), ("19.0", 1)] {
        let changed = plan.replace("\"costLowerBound\": 20.0", &format!("\"costLowerBound\": {least}"));
        assert!(changed.contains(&format!("\"costLowerBound\": {least}")), "{plan}");
        place.file("plan.json", &changed);
        assert_eq!(code(&place.run(&["check", "fleet.yaml", "plan.json"])), legal, "{least}");
    }
    // an optimal plan says what it costs at least, where that was asked for
    for taken in ["null", ""] {
        let line = plan.lines().find(|line| line.contains("\"costLowerBound\"")).expect("the plan states it");
        let without = if taken.is_empty() { String::new() } else { line.replace("20.0", taken) };
        place.file("plan.json", &plan.replace(&format!("{line}\n"), &without));
        let checked = place.run(&["check", "fleet.yaml", "plan.json"]);
        assert_eq!(code(&checked), 1, "{}{}", out(&checked), err(&checked));
        assert!(out(&checked).contains("costLowerBound"), "{}", out(&checked));
    }
}

#[test]
fn a_limit_that_came_after_the_proof_does_not_read_as_a_doubt() {
    let fleet = tenantry::Fleet::from_yaml(SHOP).expect("a fleet");
    let mut plan = fleet.plan(&tenantry::PlanOptions::default()).expect("a plan");
    let reads = |plan: &tenantry::Plan, words: &[&str]| {
        let text = tenantry::export::text(plan);
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
    };
    reads(&plan, &["OPTIMAL"]);
    assert!(!tenantry::export::text(&plan).contains("came after"));
    plan.stopped = Some(tenantry::plan::PlanStop::Time);
    reads(&plan, &["OPTIMAL", "the time limit came after the proof: the plan is optimal"]);
    plan.status = tenantry::plan::PlanStatus::Feasible;
    reads(&plan, &["cut short by the time limit"]);
    plan.stopped = Some(tenantry::plan::PlanStop::Cancelled);
    reads(&plan, &["cut short: cancelled"]);
}

/// A fleet in the place of a plan is called one.
#[test]
fn a_fleet_is_no_plan() {
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    place.file("fleet.json", "{\n \"name\": \"x\", \"schema\":\"tenantry/v1\"}");
    place.file("other.json", "{\"schema\": \"tenantry/v2\"}");
    assert_eq!(code(&place.run(&["plan", "fleet.yaml", "-o", "plan.json"])), 0);
    for name in ["fleet.yaml", "fleet.json"] {
        let output = place.run(&["diff", "plan.json", name]);
        assert_eq!(code(&output), 2);
        let says = format!(
            "{name}: not a plan document: this is a fleet; a plan is JSON, as `tenantry plan FLEET --format json` writes it"
        );
        assert!(err(&output).contains(&says), "{}", err(&output));
    }
    let output = place.run(&["diff", "plan.json", "other.json"]);
    assert!(!err(&output).contains("this is a fleet"), "{}", err(&output));
}

/// Values that no column holds stand under the table, in lines that a terminal shows.
#[test]
fn a_difference_fits_a_terminal() {
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    assert_eq!(code(&place.run(&["plan", "fleet.yaml", "-o", "plan.json"])), 0);
    let mut plan: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(place.path("plan.json")).unwrap()).unwrap();
    plan["summary"]["lowerBoundReason"] = "At least so many, for many a reason. ".repeat(20).trim_end().into();
    let warning = "Something is odd, for many a reason. ".repeat(9).trim_end().to_owned();
    let forged = "so\nTenants (3)";
    let warnings = [("odd", warning.as_str()), ("forged", forged)]
        .map(|(code, message)| serde_json::json!({"code": code, "message": message}));
    plan["warnings"] = warnings.to_vec().into();
    place.file("other.json", &plan.to_string());
    let output = place.run(&["diff", "plan.json", "other.json"]);
    let text = out(&output);
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let said = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("lowerBoundReason (below) (below) lowerBoundReason from: At least 2"), "{text}");
    assert!(said.contains(&format!("to: {}", plan["summary"]["lowerBoundReason"].as_str().unwrap())), "{text}");
    assert!(said.contains(&format!("Warnings that are new (2) odd: {warning}")), "{text}");
    assert!(text.contains("  forged: so\\nTenants (3)\n"), "{text}");
}

/// A file behind a link that leads out of the folder is not silently taken for a slip in its name.
#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_called_one() {
    let place = Place::new();
    for folder in ["apps/shop", "elsewhere/bank"] {
        fs::create_dir_all(place.path(folder)).unwrap();
    }
    place.file("elsewhere/bank/web.yaml", "{}");
    std::os::unix::fs::symlink(place.path("elsewhere/bank/web.yaml"), place.path("apps/shop/web.yaml")).unwrap();
    let import = |from: &str| {
        place.run(&["import", "kubernetes", from, "--tenant-from", "directory:apps", "--trust", "trusted"])
    };
    let output = import("apps/shop/web.yaml");
    assert_eq!(code(&output), 2);
    let said = err(&output);
    assert!(said.contains("apps/shop/web.yaml leads outside apps by a link, to "), "{said}");
    assert!(said.contains("elsewhere/bank/web.yaml"), "{said}");
    let plain = err(&import("elsewhere/bank/web.yaml"));
    assert!(plain.contains("elsewhere/bank/web.yaml is not in a directory below apps"), "{plain}");
}
