//! Where answers go: never over an input, never two to one place, and never lost.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use super::{Place, SHOP, code, err, out};

fn refused(place: &Place, args: &[&str], says: &str) {
    let output = place.run(args);
    assert_eq!((code(&output), out(&output)), (2, String::new()), "{args:?}: {}", err(&output));
    assert!(err(&output).contains(says), "{args:?}: {}", err(&output));
}

#[test]
fn no_input_is_overwritten() {
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    fs::hard_link(place.path("fleet.yaml"), place.path("twin.json")).unwrap();
    fs::create_dir(place.path("below")).unwrap();
    for target in ["fleet.yaml", "./fleet.yaml", "below/../fleet.yaml", "twin.json"] {
        refused(&place, &["plan", "fleet.yaml", "--format", "json", "-o", target], "no input is overwritten");
        refused(&place, &["plan", "fleet.yaml", "--certificate", target], "no input is overwritten");
        refused(&place, &["convert", "fleet.yaml", "--to", "json", "-o", target], "no input is overwritten");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("fleet.yaml", place.path("link.json")).unwrap();
        refused(&place, &["plan", "fleet.yaml", "-o", "link.json"], "no input is overwritten");
        refused(&place, &["plan", "link.json", "--format", "json", "-o", "fleet.yaml"], "no input is overwritten");
        // standard input and standard output may be the file as well
        let mut command = place.command(&["plan", "-", "--format", "json", "-o", "fleet.yaml"]);
        let output = command.stdin(fs::File::open(place.path("fleet.yaml")).unwrap()).output().unwrap();
        assert_eq!(code(&output), 2, "{}", err(&output));
        let appended = fs::OpenOptions::new().append(true).open(place.path("fleet.yaml")).unwrap();
        let output = place.command(&["plan", "fleet.yaml"]).stdout(appended).output().unwrap();
        assert_eq!(code(&output), 2, "{}", err(&output));
    }
    assert_eq!(fs::read_to_string(place.path("fleet.yaml")).unwrap(), SHOP);
    assert_eq!(code(&place.run(&["plan", "fleet.yaml", "-o", "plan.json", "--certificate", "proof.json"])), 0);
    for target in ["plan.json", "proof.json", "fleet.yaml"] {
        let before = fs::read(place.path(target)).unwrap();
        let output = place.run(&["check", "fleet.yaml", "plan.json", "proof.json", "-o", target]);
        assert_eq!(code(&output), 2, "{target}: {}", err(&output));
        assert_eq!(fs::read(place.path(target)).unwrap(), before, "{target}");
    }
    let manifests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data_manifests/apps/second/two.json");
    fs::copy(manifests, place.path("two.json")).unwrap();
    refused(
        &place,
        &["import", "kubernetes", "--tenant", "a", "--trust", "trusted", "two.json", "-o", "two.json"],
        "no input is overwritten",
    );
}

#[test]
fn two_outputs_are_two_places() {
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    place.file("there.json", "old");
    fs::hard_link(place.path("there.json"), place.path("also.json")).unwrap();
    for (plan, proof) in [("new.json", "new.json"), ("new.json", "./new.json"), ("there.json", "also.json"), ("-", "-")]
    {
        refused(&place, &["plan", "fleet.yaml", "-o", plan, "--certificate", proof], "the same place");
    }
    refused(&place, &["plan", "fleet.yaml", "--certificate", "-"], "the same place");
    assert_eq!(place.names(), ["also.json", "fleet.yaml", "there.json"]);
    // one of them may be printed
    let output = place.run(&["plan", "fleet.yaml", "-o", "plan.json", "--certificate", "-"]);
    assert!(out(&output).contains("tenantry-certificate/v1"), "{}", err(&output));
}

#[test]
fn endings_that_stand_for_no_format() {
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    for (args, known) in [
        (&["plan", "fleet.yaml", "-o", "plan.html"][..], ".json, .csv, .txt; --format"),
        (&["plan", "fleet.yaml", "-o", "plan.json.gz"][..], ".gz"),
        (&["explain", "fleet.yaml", "frontend", "ledger", "-o", "why.pdf"][..], ".json, .txt"),
        (&["convert", "fleet.yaml", "-o", "fleet.toml"][..], ".yaml, .yml, .json; --to"),
        (&["check", "fleet.yaml", "plan.json", "-o", "verdict.json"][..], ".txt"),
        (&["schema", "fleet", "-o", "fleet.yaml"][..], ".json"),
    ] {
        refused(&place, args, known);
    }
    assert_eq!(code(&place.run(&["plan", "fleet.yaml", "--format", "csv", "-o", "plan.html"])), 0);
    for name in ["plan", "plan.txt", "PLAN.JSON"] {
        assert_eq!(code(&place.run(&["plan", "fleet.yaml", "-o", name])), 0, "{name}");
    }
    assert!(fs::read_to_string(place.path("PLAN.JSON")).unwrap().starts_with('{'));
}

#[cfg(unix)]
#[test]
fn links_to_nothing_and_read_only_files() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    std::os::unix::fs::symlink("nowhere", place.path("link")).unwrap();
    refused(&place, &["plan", "fleet.yaml", "-o", "link"], "a link to a file that is not there");
    let kept = place.file("kept.json", "old");
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o444)).unwrap();
    refused(&place, &["plan", "fleet.yaml", "-o", "kept.json"], "read-only");
    assert_eq!(fs::read_to_string(kept).unwrap(), "old");
    assert_eq!(place.names(), ["fleet.yaml", "kept.json", "link"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_plan_is_not_lost_with_a_file_that_cannot_be_written() {
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    let plan = out(&place.run(&["plan", "fleet.yaml", "--format", "json"]));
    // the certificate fails: the plan is there all the same
    let output = place.run(&["plan", "fleet.yaml", "--format", "json", "--certificate", "/dev/full"]);
    assert_eq!((code(&output), out(&output)), (2, plan.clone()), "{}", err(&output));
    assert!(err(&output).contains("/dev/full"), "{}", err(&output));
    let output = place.run(&["plan", "fleet.yaml", "-o", "plan.json", "--certificate", "/dev/full"]);
    assert_eq!(code(&output), 2);
    assert_eq!(fs::read_to_string(place.path("plan.json")).unwrap(), plan);
    // the plan's own file fails: it is printed, and the certificate is written
    let args = ["plan", "fleet.yaml", "--format", "json", "-o", "/dev/full", "--certificate", "proof.json"];
    let output = place.run(&args);
    assert_eq!((code(&output), out(&output)), (2, plan), "{}", err(&output));
    assert!(err(&output).contains("/dev/full"), "{}", err(&output));
    assert!(fs::read_to_string(place.path("proof.json")).unwrap().contains("tenantry-certificate/v1"));
}

#[cfg(unix)]
#[test]
fn a_blocked_write_ends_on_signals() {
    use std::process::Command;
    use std::time::Duration;
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    assert!(Command::new("mkfifo").arg(place.path("pipe")).status().unwrap().success());
    for (signal, expected) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        for target in [&["-o", "pipe"][..], &["-o", "plan.json", "--certificate", "pipe"][..]] {
            let mut command = place.command(&[&["plan", "fleet.yaml", "--format", "json"], target].concat());
            let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
            // nobody reads the pipe: whenever the signal comes, before or in the write, the program ends
            std::thread::sleep(Duration::from_millis(700));
            assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
            let output = super::ends(child, Duration::from_secs(60));
            assert!(output.status.code().is_none_or(|code| code == expected), "{signal}: {:?}", output.status);
        }
    }
}

#[test]
fn a_frontier_as_text_and_as_a_document() {
    let place = Place::new();
    let today = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/today/fleet.yaml");
    let text = place.run(&["frontier", today]);
    assert_eq!(code(&text), 0, "{text:?}");
    assert!(out(&text).starts_with("Frontier of shop-today, as of 2026-11-23\n"), "{}", out(&text));
    let first = out(&place.run(&["frontier", today, "--format", "json", "--threads", "1"]));
    assert_eq!(first, out(&place.run(&["frontier", today, "--format", "json"])));
    assert_eq!(code(&place.run(&["frontier", today, "-o", "frontier.json"])), 0);
    assert_eq!(fs::read_to_string(place.path("frontier.json")).unwrap(), first);
    place.file("fleet.yaml", SHOP);
    let refused = place.run(&["frontier", "fleet.yaml"]);
    assert_eq!((code(&refused), out(&refused).as_str()), (2, ""));
    assert!(err(&refused).contains("existingClusters"), "{}", err(&refused));
}

#[test]
fn growth_as_text_and_as_a_document() {
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    let text = place.run(&["grow", "fleet.yaml", "--up-to", "2"]);
    assert_eq!(code(&text), 0, "{text:?}");
    assert!(out(&text).starts_with("Growth of shop, as of 2026-11-23: replicas times a factor, up to 2\n"));
    let first = out(&place.run(&["grow", "fleet.yaml", "--up-to", "2", "--format", "json", "--threads", "1"]));
    assert_eq!(first, out(&place.run(&["grow", "fleet.yaml", "--up-to", "2", "--format", "json"])));
    assert_eq!(code(&place.run(&["grow", "fleet.yaml", "--up-to", "2", "-o", "growth.json"])), 0);
    assert_eq!(fs::read_to_string(place.path("growth.json")).unwrap(), first);
    place.file("one.yaml", &SHOP.replace("maxCount: 5", "maxCount: 1"));
    assert_eq!(code(&place.run(&["grow", "one.yaml"])), 1);
    for wrong in [["--up-to", "0.5"], ["--by", "team"], ["--by", "attribute:team"], ["--add", "one.yaml"]] {
        let refused = place.run(&["grow", "fleet.yaml", wrong[0], wrong[1]]);
        assert_eq!((code(&refused), out(&refused).as_str()), (2, ""), "{wrong:?}");
    }
    assert!(err(&place.run(&["grow", "fleet.yaml", "--add", "one.yaml"])).contains("one.yaml:12"));
}
