//! `tenantry audit` and `tenantry place`: exit codes, baselines, formats by ending, documents from standard input.

use std::fs;

use serde_json::Value;

use super::{Place, code, err as stderr, out as stdout};

const TODAY: &str = "\
schema: tenantry/v1
name: today
asOf: \"2026-11-23\"
tenants:
  - {name: bank, trust: trusted}
  - {name: guest, trust: untrusted}
workloads:
  - {name: ledger, tenant: bank, requests: {cpu: 1, memory: 1Gi}, runsIn: east}
  - {name: demo, tenant: guest, requests: {cpu: 1, memory: 1Gi}, runsIn: west, stay: {for: cluster, until: \"2026-12-13\"}}
  - {name: next, tenant: guest, requests: {cpu: 1, memory: 1Gi}, runsIn: []}
existingClusters:
  - {name: east, allocatable: {cpu: 4, memory: 8Gi}}
  - {name: west, allocatable: {cpu: 4, memory: 8Gi}}
";

/// The same with the two in one cluster.
fn mixed() -> String {
    TODAY.replace("runsIn: west", "runsIn: east")
}

#[test]
fn an_audit_passes_or_fails() {
    let place = Place::new();
    place.file("fleet.yaml", TODAY);
    let passed = place.run(&["audit", "fleet.yaml"]);
    assert_eq!((code(&passed), stderr(&passed).as_str()), (0, ""));
    assert!(stdout(&passed).contains("no violation: what runs today keeps every rule of the fleet"));
    assert_eq!(code(&place.run(&["audit", "fleet.yaml", "--fail-within", "19"])), 0);
    assert_eq!(code(&place.run(&["audit", "fleet.yaml", "--fail-within", "20"])), 1);
    assert_eq!(code(&place.run(&["audit", "fleet.yaml", "--fail-on", "warning"])), 1);
    assert_eq!(code(&place.run(&["audit", "fleet.yaml", "--fail-on", "note", "--as-of", "2026-12-14"])), 1);
    place.file("mixed.yaml", &mixed());
    let failed = place.run(&["audit", "mixed.yaml"]);
    assert_eq!(code(&failed), 1);
    assert!(stdout(&failed).contains("  east: 2 [level]\n"), "{}", stdout(&failed));
    // nobody runs anywhere: never a pass
    place.file("none.yaml", &TODAY.replace("runsIn: east", "runsIn: []").replace("runsIn: west", "runsIn: []"));
    let nothing = place.run(&["audit", "none.yaml"]);
    assert_eq!(code(&nothing), 2);
    assert!(stderr(&nothing).contains("nothing to audit"));
    assert_eq!(code(&place.run(&["audit", "fleet.yaml", "--fail-within", "soon"])), 2);
    assert_eq!(code(&place.run(&["plan", "fleet.yaml"])), 2);
}

#[test]
fn a_baseline_is_written_read_and_written_again() {
    let place = Place::new();
    place.file("fleet.yaml", &mixed());
    let written = place.run(&["audit", "fleet.yaml", "--write-baseline", "known.json"]);
    assert_eq!(code(&written), 0);
    assert!(stderr(&written).contains("4 violations are known from now on"), "{}", stderr(&written));
    let known = place.run(&["audit", "fleet.yaml", "--baseline", "known.json"]);
    assert_eq!(code(&known), 0);
    assert!(stdout(&known).contains("4 violations: 0 new, 0 worse, 4 known to the baseline"));
    // what is mended is listed, and the baseline may be written over itself
    place.file("fleet.yaml", TODAY);
    let mended = place.run(&["audit", "fleet.yaml", "--baseline", "known.json", "--write-baseline", "known.json"]);
    assert_eq!(code(&mended), 0);
    assert!(
        stdout(&mended).contains("4 of the baseline mended") && stdout(&mended).contains("east: bank/ledger [level]")
    );
    let baseline = fs::read_to_string(place.path("known.json")).unwrap();
    assert_eq!(baseline, "{\n  \"schema\": \"tenantry-baseline/v1\",\n  \"violations\": []\n}\n");
    place.file("fleet.yaml", &mixed());
    assert_eq!(code(&place.run(&["audit", "fleet.yaml", "--baseline", "known.json"])), 1);
    // neither the fleet nor a plan is a baseline, and no input is overwritten
    assert_eq!(code(&place.run(&["audit", "fleet.yaml", "--baseline", "fleet.yaml"])), 2);
    assert_eq!(code(&place.run(&["audit", "fleet.yaml", "--baseline", "nowhere.json"])), 2);
    assert_eq!(code(&place.run(&["audit", "fleet.yaml", "--write-baseline", "fleet.yaml"])), 2);
    assert_eq!(code(&place.run(&["audit", "fleet.yaml", "--baseline", "known.json", "-o", "known.json"])), 2);
    assert_eq!(fs::read_to_string(place.path("known.json")).unwrap(), baseline);
}

#[test]
fn the_ending_says_the_format() {
    let place = Place::new();
    place.file("fleet.yaml", &mixed());
    let written = |file: &str| {
        assert_eq!(code(&place.run(&["audit", "fleet.yaml", "-o", file])), 1, "{file}");
        fs::read_to_string(place.path(file)).unwrap()
    };
    let json: Value = serde_json::from_str(&written("audit.json")).unwrap();
    assert_eq!(json["schema"], "tenantry-audit/v1");
    let sarif: Value = serde_json::from_str(&written("audit.sarif")).unwrap();
    let first = &sarif["runs"][0]["results"][0]["locations"][0];
    assert_eq!(first["physicalLocation"]["artifactLocation"]["uri"], "fleet.yaml");
    assert_eq!(first["physicalLocation"]["region"]["startLine"], 8);
    assert!(written("audit.xml").starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests="));
    assert!(written("audit.txt").starts_with("Audit of today, as of 2026-11-23\n"));
    let github = stdout(&place.run(&["audit", "fleet.yaml", "--format", "github"]));
    assert!(github.starts_with("::error file=fleet.yaml,line=8,title=east%3A "), "{github}");
    assert_eq!(code(&place.run(&["audit", "fleet.yaml", "-o", "audit.csv"])), 2);
    for (which, title) in
        [("audit", "tenantry audit"), ("baseline", "tenantry baseline"), ("places", "tenantry places")]
    {
        let schema: Value = serde_json::from_str(&stdout(&place.run(&["schema", which]))).unwrap();
        assert_eq!(schema["title"], title);
    }
}

#[test]
fn a_place_is_found_or_not() {
    let place = Place::new();
    place.file("fleet.yaml", TODAY);
    let found = place.run(&["place", "fleet.yaml", "next"]);
    assert_eq!(code(&found), 0);
    let expected = "\
guest/next: 1 place, as of 2026-11-23, with nobody moved
  Clusters with room
    west: left cpu 2, memory 6Gi, pods 149998
  Clusters without
    east: no
      - it may not share with bank/ledger [level]
      - it may not share with bank/ledger [sharing]
";
    assert_eq!(stdout(&found), expected);
    place.file("new.yaml", "workloads:\n  - {name: huge, tenant: bank, requests: {cpu: 3500m, memory: 1Gi}}\n");
    let none = place.run(&["place", "fleet.yaml", "--and", "new.yaml"]);
    assert_eq!(code(&none), 1);
    assert!(stdout(&none).starts_with("bank/huge: no place, as of 2026-11-23\n"), "{}", stdout(&none));
    let json: Value =
        serde_json::from_str(&stdout(&place.run(&["place", "fleet.yaml", "next", "--format", "json"]))).unwrap();
    assert_eq!((json["schema"].as_str(), json["asked"][0]["places"].as_u64()), (Some("tenantry-places/v1"), Some(1)));
    // what is wrong with the further workloads is marked in their text
    place.file("new.yaml", "workloads:\n  - {name: huge, tenant: bnak, requests: {cpu: 1, memory: 1Gi}}\n");
    let wrong = place.run(&["place", "fleet.yaml", "--and", "new.yaml"]);
    assert_eq!(code(&wrong), 2);
    assert!(stderr(&wrong).contains("--> new.yaml:2:26  workloads[0].tenant"), "{}", stderr(&wrong));
    for arguments in
        [&["place", "fleet.yaml"][..], &["place", "fleet.yaml", "nobody"], &["place", "-", "x", "--and", "-"]]
    {
        assert_eq!(code(&place.run(arguments)), 2, "{arguments:?}");
    }
}
