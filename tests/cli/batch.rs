//! Many fleets in one call: rows that are there whole, and are not made twice.

use std::fs;
use std::time::Duration;

use serde_json::Value;
use tenantry::report::BatchRow;

use super::{Place, SHOP, code, ends, err, out};

fn fleets(place: &Place) {
    fs::create_dir(place.path("fleets")).unwrap();
    place.file("fleets/b.yaml", SHOP);
    place.file("fleets/a.yaml", &SHOP.replace("name: shop\n", "name: other\n"));
    place.file("fleets/none.yaml", &SHOP.replace("maxCount: 5", "maxCount: 1"));
    place.file("fleets/wrong.yaml", &SHOP.replace("tenant: payments", "tenant: paymnts"));
    place.file("fleets/notes.txt", "not a fleet");
}

/// A fleet of its own.
fn named(index: usize) -> String {
    SHOP.replacen("name: shop\n", &format!("name: shop-{index}\n"), 1)
}

fn rows(place: &Place, name: &str) -> Vec<Value> {
    let text = fs::read_to_string(place.path(name)).unwrap();
    assert!(text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_fleet_is_a_row() {
    let place = Place::new();
    fleets(&place);
    let output = place.run(&["batch", "fleets", "-o", "out.jsonl", "--plans", "plans"]);
    assert_eq!(code(&output), 2, "{}", err(&output));
    assert!(err(&output).contains("not looked at: 0 folders and 1 other files"), "{}", err(&output));
    let found = rows(&place, "out.jsonl");
    let files: Vec<&str> = found.iter().map(|row| row["file"].as_str().unwrap()).collect();
    assert_eq!(files, ["fleets/a.yaml", "fleets/b.yaml", "fleets/none.yaml", "fleets/wrong.yaml"]);
    let planned = |at: usize, key: &str| found[at]["planned"][key].clone();
    assert_eq!((planned(0, "status"), planned(0, "clusters")), ("optimal".into(), 2.into()));
    assert_eq!((planned(1, "name"), planned(1, "proof")), ("shop".into(), "certified".into()));
    assert_eq!((planned(2, "status"), planned(2, "clusters")), ("infeasible".into(), Value::Null));
    assert!(planned(2, "because").as_str().unwrap().contains("maxCount"), "{}", found[2]);
    assert!(
        found[3]["planned"].is_null() && found[3]["errors"][0].as_str().unwrap().contains("paymnts"),
        "{}",
        found[3]
    );
    // what is worth a look stands first
    let lines: Vec<String> = out(&output).lines().map(str::to_owned).collect();
    assert!(lines[0] == "4 fleets" && lines[3].contains("none.yaml") && lines[4].contains("wrong.yaml"), "{lines:#?}");
    // each plan with its certificate, as the command for one fleet writes them
    let one = place.run(&["plan", "fleets/b.yaml", "--format", "json", "--certificate", "one.json"]);
    assert_eq!(fs::read_to_string(place.path("plans/b.yaml.plan.json")).unwrap(), out(&one));
    let proof = |name: &str| fs::read_to_string(place.path(name)).unwrap();
    assert_eq!(proof("plans/b.yaml.certificate.json"), proof("one.json"));
    assert!(!place.path("plans/wrong.yaml.plan.json").exists());
}

#[test]
fn what_is_done_is_not_done_again() {
    let place = Place::new();
    fleets(&place);
    fs::remove_file(place.path("fleets/wrong.yaml")).unwrap();
    let batch = |more: &[&str]| place.run(&[&["batch", "fleets", "-o", "out.jsonl", "--jobs", "2"], more].concat());
    assert_eq!(code(&batch(&[])), 1);
    let first = fs::read_to_string(place.path("out.jsonl")).unwrap();
    // as a run leaves it that was killed: one row is missing, one is cut off
    let lines: Vec<&str> = first.lines().collect();
    fs::write(place.path("out.jsonl"), format!("{}\n{}", lines[2], &lines[0][..40])).unwrap();
    let output = batch(&[]);
    assert!(err(&output).contains("the last row was cut off"), "{}", err(&output));
    assert!(out(&output).starts_with("3 fleets, 1 of them already there\n"), "{}", out(&output));
    assert_eq!(fs::read_to_string(place.path("out.jsonl")).unwrap(), first);
    let output = batch(&[]);
    assert!(out(&output).starts_with("3 fleets, 3 of them already there\n"), "{}", out(&output));
    // another fleet, or another question, is no known row
    place.file("fleets/a.yaml", &SHOP.replace("replicas: 3", "replicas: 4"));
    assert!(out(&batch(&[])).starts_with("3 fleets, 2 of them already there\n"));
    assert!(out(&batch(&["--seed", "1"])).starts_with("3 fleets\n"));
    assert!(out(&batch(&["--seed", "1", "--plans", "plans"])).starts_with("3 fleets\n"));
    assert!(out(&batch(&["--seed", "1", "--plans", "plans"])).starts_with("3 fleets, 3 of"));
    assert_eq!(rows(&place, "out.jsonl").len(), 3);
    // the plans that are there answer another question
    assert!(out(&batch(&["--seed", "2"])).starts_with("3 fleets\n"));
    assert!(out(&batch(&["--seed", "2", "--plans", "plans"])).starts_with("3 fleets\n"));
    assert!(fs::read_to_string(place.path("plans/b.yaml.plan.json")).unwrap().contains("\"seed\": 2"));
    assert!(out(&batch(&["--seed", "1"])).starts_with("3 fleets\n"));
    fs::rename(place.path("fleets/a.yaml"), place.path("fleets/c.yaml")).unwrap();
    assert!(out(&batch(&["--seed", "1"])).starts_with("3 fleets, 2 of"));
}

#[test]
fn plans_do_not_go_where_fleets_are_read() {
    let place = Place::new();
    fs::create_dir(place.path("fleets")).unwrap();
    place.file("fleets/a.yaml", SHOP);
    for folder in ["fleets", "./fleets/", "fleets/../fleets"] {
        let output = place.run(&["batch", "fleets", "-o", "out.jsonl", "--plans", folder]);
        assert_eq!(code(&output), 2, "{}", err(&output));
        assert!(err(&output).contains("is the input fleets"), "{}", err(&output));
    }
    assert_eq!(fs::read_dir(place.path("fleets")).unwrap().count(), 1);
    assert!(!place.path("out.jsonl").exists());
}

#[test]
fn what_a_killed_run_left_half_written_goes() {
    let place = Place::new();
    for folder in ["fleets", "plans"] {
        fs::create_dir(place.path(folder)).unwrap();
    }
    place.file("fleets/a.yaml", SHOP);
    for name in [".tenantry-a1B2c3", "plans/.tenantry-a1B2c3", "plans/.tenantry-mine"] {
        place.file(name, "half");
    }
    assert_eq!(code(&place.run(&["batch", "fleets", "-o", "out.jsonl", "--plans", "plans"])), 0);
    let mut names: Vec<_> = fs::read_dir(place.path("plans")).unwrap().map(|it| it.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [".tenantry-mine", "a.yaml.certificate.json", "a.yaml.plan.json"]);
    assert_eq!(place.names(), ["fleets", "out.jsonl", "plans"]);
}

/// As a target of make says what its prerequisites say, and nothing of those that are gone.
#[test]
fn a_fleet_that_is_gone_has_no_row() {
    let place = Place::new();
    fs::create_dir(place.path("fleets")).unwrap();
    for index in 0..4 {
        place.file(&format!("fleets/{index}.yaml"), &named(index));
    }
    let batch = |more: &[&str]| place.run(&[&["batch", "fleets", "-o", "out.jsonl"], more].concat());
    let files = || {
        rows(&place, "out.jsonl").iter().map(|row| row["file"].as_str().unwrap()[7..].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(err(&batch(&[])), "");
    fs::remove_file(place.path("fleets/0.yaml")).unwrap();
    fs::rename(place.path("fleets/2.yaml"), place.path("fleets/4.yaml")).unwrap();
    let output = batch(&[]);
    assert!(out(&output).starts_with("3 fleets, 2 of them already there\n"), "{}", out(&output));
    assert_eq!(
        err(&output),
        "note: out.jsonl: no longer in it, for this batch has no such fleet: fleets/0.yaml and 1 more\n"
    );
    assert_eq!(files(), ["1.yaml", "3.yaml", "4.yaml"]);
    // the same file as of a run that had all of it from the beginning
    let again = fs::read_to_string(place.path("out.jsonl")).unwrap();
    fs::remove_file(place.path("out.jsonl")).unwrap();
    assert_eq!(err(&batch(&[])), "");
    assert_eq!(fs::read_to_string(place.path("out.jsonl")).unwrap(), again);
}

#[test]
fn the_rows_do_not_depend_on_the_jobs() {
    let place = Place::new();
    let names: Vec<String> = (0..12).map(|index| format!("{index:02}.yaml")).collect();
    for (index, name) in names.iter().enumerate() {
        place.file(name, &named(index));
    }
    place.file("list", &format!("# fleets\n{}\n", names.join("\n")));
    for jobs in ["1", "3", "12"] {
        let output = place.run(&["batch", "list", "-o", &format!("{jobs}.jsonl"), "--jobs", jobs]);
        assert_eq!(code(&output), 0, "{}", err(&output));
    }
    let text = |jobs: &str| fs::read_to_string(place.path(&format!("{jobs}.jsonl"))).unwrap();
    assert!(text("1") == text("3") && text("1") == text("12"));
    let piped = place.pipe(&["batch", "-", "-o", "piped.jsonl"], &names.join("\n"));
    assert_eq!((code(&piped), fs::read_to_string(place.path("piped.jsonl")).unwrap()), (0, text("1")));
    for line in text("1").lines() {
        let row: BatchRow = serde_json::from_str(line).unwrap();
        assert_eq!(row.line().unwrap().trim_end(), line);
    }
}

#[test]
fn what_is_asked_wrongly_writes_nothing() {
    let place = Place::new();
    fleets(&place);
    place.file("precious", "not to be lost\n");
    for (args, says) in [
        (&["batch", "fleets", "-o", "precious"][..], "nothing is added to it"),
        (&["batch", "fleets", "-o", "-"], "-o takes a file"),
        (&["batch", "fleets", "-o", "fleets/a.yaml"], "no input is overwritten"),
        (&["batch", "fleets/a.yaml", "-o", "out.jsonl"], "tenantry plan fleets/a.yaml"),
        (&["batch", "nowhere", "-o", "out.jsonl"], "nowhere"),
        (&["batch", "fleets", "-o", "no/out.jsonl"], "there is no directory"),
    ] {
        let output = place.run(args);
        assert_eq!(code(&output), 2, "{args:?}");
        assert!(err(&output).contains(says), "{args:?}: {}", err(&output));
    }
    assert_eq!(fs::read_to_string(place.path("precious")).unwrap(), "not to be lost\n");
    assert!(!place.path("out.jsonl").exists());
    place.file("twice", "fleets/a.yaml\nfleets/../fleets/a.yaml\n");
    let output = place.run(&["batch", "twice", "-o", "out.jsonl", "--plans", "plans"]);
    assert!(code(&output) == 2 && err(&output).contains("two fleets are called a.yaml"), "{}", err(&output));
}

#[test]
#[cfg(unix)]
fn a_run_that_is_stopped_is_taken_up_again() {
    let place = Place::new();
    let names: Vec<String> = (0..400).map(|index| format!("{index:03}.yaml")).collect();
    for (index, name) in names.iter().enumerate() {
        place.file(name, &named(index));
    }
    place.file("list", &names.join("\n"));
    let child = place.spawn(&["batch", "list", "-o", "out.jsonl", "--jobs", "1"]);
    while !fs::read_to_string(place.path("out.jsonl")).is_ok_and(|text| text.lines().count() > 2) {
        std::thread::sleep(Duration::from_millis(1));
    }
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = ends(child, Duration::from_secs(60));
    let there = rows(&place, "out.jsonl").len();
    // on a very fast machine all of it may be done before the signal comes
    assert!(code(&output) == 130 || there == names.len(), "{}", err(&output));
    let output = place.run(&["batch", "list", "-o", "out.jsonl"]);
    assert!(out(&output).starts_with(&format!("400 fleets, {there} of them already there\n")), "{}", out(&output));
    assert_eq!(rows(&place, "out.jsonl").len(), 400);
}
