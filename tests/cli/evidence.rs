//! Archives of evidence.

use super::*;

const TODAY: &str = "\
schema: tenantry/v1
name: today
asOf: \"2026-11-23\"
tenants:
  - {name: shop, trust: trusted}
  - {name: payments, trust: trusted, distrusts: [shop]}
workloads:
  - {name: frontend, tenant: shop, requests: {cpu: 1, memory: 1Gi}, runsIn: a}
  - {name: ledger, tenant: payments, requests: {cpu: 1, memory: 1Gi}, runsIn: a}
clusterTemplates:
  - {name: standard, allocatable: {cpu: \"4\", memory: 16Gi}}
existingClusters:
  - {name: a, template: standard}
";

#[test]
fn evidence_is_filed_and_checked() {
    let place = Place::new();
    place.file("fleet.yaml", TODAY);
    for name in ["a.zip", "b.zip"] {
        let output = place.run(&["bundle", "fleet.yaml", "-o", name]);
        assert_eq!(code(&output), 0, "{}", err(&output));
        assert!(err(&output).contains("optimal: 2 clusters: SHA-256 "), "{}", err(&output));
        assert!(out(&output).is_empty());
    }
    assert_eq!(fs::read(place.path("a.zip")).unwrap(), fs::read(place.path("b.zip")).unwrap());
    let output = place.run(&["check", "a.zip"]);
    assert_eq!(code(&output), 0, "{}{}", out(&output), err(&output));
    golden("evidence.txt", &out(&output));
    // a day on which the same plan is judged anew, and findings for a build server
    assert_eq!(code(&place.run(&["check", "a.zip", "--as-of", "2030-01-01"])), 0);
    let junit = place.run(&["check", "a.zip", "--format", "junit"]);
    assert!(out(&junit).contains("<testsuites"), "{}", out(&junit));
}

#[test]
fn a_plan_that_is_given_is_filed_as_it_is() {
    let place = Place::new();
    place.file("fleet.yaml", TODAY);
    place.file("other.yaml", &TODAY.replace("cpu: 1,", "cpu: 2,"));
    place.run(&["plan", "fleet.yaml", "-o", "plan.json", "--certificate", "proof.json"]);
    assert_eq!(code(&place.run(&["bundle", "fleet.yaml", "plan.json", "proof.json", "-o", "a.zip"])), 0);
    assert_eq!(code(&place.run(&["check", "a.zip"])), 0);
    let without = place.run(&["bundle", "fleet.yaml", "plan.json", "-o", "b.zip"]);
    assert_eq!(code(&without), 0, "{}", err(&without));
    let checked = place.run(&["check", "b.zip"]);
    assert!(out(&checked).contains("certificate.json: the plan came without one"), "{}", out(&checked));
    let proof = fs::read_to_string(place.path("proof.json")).unwrap();
    let mut proof: serde_json::Value = serde_json::from_str(&proof).unwrap();
    proof["problem"]["items"][0]["demand"] = 3.into();
    place.file("false.json", &proof.to_string());
    let refuted = place.run(&["bundle", "fleet.yaml", "plan.json", "false.json", "-o", "d.zip"]);
    assert!(code(&refuted) == 2 && err(&refuted).contains("refuted"), "{}", err(&refuted));
    let another = place.run(&["bundle", "other.yaml", "plan.json", "-o", "c.zip"]);
    assert_eq!(code(&another), 2, "{}", err(&another));
    assert!(!place.path("c.zip").exists());
}

#[test]
fn what_cannot_be_filed_or_checked_is_said() {
    let place = Place::new();
    place.file("fleet.yaml", TODAY);
    for (args, says) in [
        (&["bundle", "fleet.yaml"][..], "an archive is a file"),
        (&["bundle", "fleet.yaml", "-o", "a.tar"], "the known ones are .zip"),
        (&["check", "fleet.yaml"], "a fleet needs a plan beside it"),
        (&["check", "a.zip"], "a.zip"),
    ] {
        let output = place.run(args);
        assert_eq!(code(&output), 2, "{args:?}: {}", err(&output));
        assert!(err(&output).contains(says), "{args:?}: {}", err(&output));
    }
    fs::write(place.path("broken.zip"), b"PK and nothing else").unwrap();
    let output = place.run(&["check", "broken.zip"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("not an archive of evidence"), "{}", err(&output));
}
