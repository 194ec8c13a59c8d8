//! Signals end a call at any moment, with a word and a code of their own; what has not begun to write never will.
#![cfg(unix)]

use std::io::Write;
use std::process::{Child, Command, Output};
use std::time::Duration;

use super::{Place, SHOP, code, ends, err, out};

const SIGNALS: [(&str, i32); 3] = [("-INT", 130), ("-TERM", 143), ("-HUP", 129)];

fn send(signal: &str, child: &Child) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

/// Feeds a call more than a pipe holds, so that it is certainly reading, sends the signal and waits for the end. The
/// input never ends.
fn stopped_reading(place: &Place, args: &[&str], input: &str, signal: &str) -> Output {
    let mut child = place.spawn(args);
    let mut stdin = child.stdin.take().unwrap();
    let line = format!("# {}\n", "x".repeat(1_000));
    stdin.write_all(input.as_bytes()).unwrap();
    (0..1_000).for_each(|_| stdin.write_all(line.as_bytes()).unwrap());
    send(signal, &child);
    let output = ends(child, Duration::from_secs(60));
    drop(stdin); // open until here: nothing but the signal ended the call
    output
}

#[test]
fn a_plan_stopped_while_its_fleet_is_read_says_so() {
    let place = Place::new();
    for (signal, expected) in SIGNALS {
        for target in [&[][..], &["--format", "json", "-o", "plan.json"]] {
            let output = stopped_reading(&place, &[&["plan", "-"], target].concat(), SHOP, signal);
            assert_eq!((code(&output), out(&output)), (expected, String::new()), "{signal}: {}", err(&output));
            assert_eq!(err(&output), "stopped before a plan was found; nothing was written\n", "{signal}");
        }
    }
    assert_eq!(place.names(), [""; 0]);
}

#[test]
fn so_does_every_call_that_reads() {
    let place = Place::new();
    place.file("plan.json", "{}");
    for args in [
        &["check", "-", "plan.json", "-o", "out.txt"][..],
        &["explain", "-", "frontend", "ledger", "-o", "out.txt"],
        &["convert", "-", "-o", "out.json"],
        &["import", "kubernetes", "--tenant", "a", "--trust", "trusted", "-", "-o", "out.yaml"],
        &["audit", "-", "-o", "out.txt"],
        &["place", "-", "frontend", "-o", "out.txt"],
        &["migrate", "-", "plan.json", "-o", "out.txt"],
    ] {
        let output = stopped_reading(&place, args, SHOP, "-INT");
        assert_eq!((code(&output), out(&output)), (130, String::new()), "{args:?}: {}", err(&output));
        assert_eq!(err(&output), "stopped before there was an answer; nothing was written\n", "{args:?}");
    }
    assert_eq!(place.names(), ["plan.json"]);
}

#[test]
fn growth_and_frontier_stopped_while_a_fleet_is_read_say_so() {
    let place = Place::new();
    for (signal, expected) in SIGNALS {
        for command in ["grow", "frontier"] {
            let output = stopped_reading(&place, &[command, "-", "-o", "out.json"], SHOP, signal);
            assert_eq!((code(&output), out(&output)), (expected, String::new()), "{signal}: {}", err(&output));
            assert_eq!(err(&output), "stopped before a plan was found; nothing was written\n", "{command} {signal}");
        }
    }
    assert_eq!(place.names(), [""; 0]);
}

#[test]
fn a_large_fleet_is_left_before_the_search_begins() {
    let place = Place::new();
    let mut text = String::from("schema: tenantry/v1\ntenants: [{name: a, trust: trusted}]\nworkloads:\n");
    for row in 0..100_000 {
        text += &format!("- {{name: w{row}, tenant: a, requests: {{cpu: 1, memory: 1Gi}}}}\n");
    }
    text += "clusterTemplates: [{name: t, allocatable: {cpu: 1M, memory: 1Pi}}]\n";
    let mut child = place.spawn(&["plan", "-", "--format", "json", "-o", "plan.json"]);
    // all of it is read, and ends; to parse it and to make a problem of it takes much longer than a signal
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    send("-INT", &child);
    let output = ends(child, Duration::from_secs(60));
    assert_eq!((code(&output), out(&output)), (130, String::new()), "{}", err(&output));
    assert_eq!(err(&output), "stopped before a plan was found; nothing was written\n");
    assert_eq!(place.names(), [""; 0]);
}
