//! What `check` says, and that it says no more than it proved.

use std::fs;

use super::{Place, SHOP, code, err, json, out};

/// Four workloads that need two clusters.
const FOUR: &str = r#"{"schema": "tenantry/v1", "asOf": "2026-11-23", "tenants": [{"name": "a", "trust": "trusted"}],
"workloads": [{"name": "u", "tenant": "a", "requests": {"cpu": 46, "memory": 1}},
{"name": "v", "tenant": "a", "requests": {"cpu": 50, "memory": 1}},
{"name": "w", "tenant": "a", "requests": {"cpu": 50, "memory": 1}},
{"name": "x", "tenant": "a", "requests": {"cpu": 52, "memory": 1}}],
"clusterTemplates": [{"name": "t", "allocatable": {"cpu": 102, "memory": 100}, "maxCount": 2}]}"#;

#[test]
fn a_plan_that_was_not_found_is_no_proof_that_there_is_none() {
    let place = Place::new();
    place.file("fleet.json", FOUR);
    let args = ["plan", "fleet.json", "-o", "plan.json", "--certificate", "proof.json"];
    assert_eq!(code(&place.run(&args)), 0);
    // as if its limits had ended the search before there was a plan
    let read =
        |name: &str| -> serde_json::Value { serde_json::from_slice(&fs::read(place.path(name)).unwrap()).unwrap() };
    let (mut plan, mut proof) = (read("plan.json"), read("proof.json"));
    (plan["status"], plan["clusters"]) = ("unknown".into(), serde_json::Value::Null);
    plan["assignments"] = serde_json::json!([]);
    for key in ["clusters", "gap", "cost", "isolationPremium"] {
        plan["summary"][key] = serde_json::Value::Null;
    }
    (plan["levels"][0]["value"], plan["levels"][0]["status"]) = (serde_json::Value::Null, "unknown".into());
    proof["solution"] = serde_json::Value::Null;
    place.file("plan.json", &plan.to_string());
    place.file("proof.json", &proof.to_string());
    let alone = place.run(&["check", "fleet.json", "plan.json"]);
    assert_eq!(code(&alone), 3, "{}{}", out(&alone), err(&alone));
    assert!(!out(&alone).contains("legal"), "{}", out(&alone));
    let proved = place.run(&["check", "fleet.json", "plan.json", "proof.json"]);
    assert_eq!(code(&proved), 0, "{}{}", out(&proved), err(&proved));
    assert!(out(&proved).contains("no plan has fewer than 2 clusters; whether there is"), "{}", out(&proved));
    // the same document with another status
    plan["status"] = "infeasible".into();
    plan["summary"]["lowerBound"] = 0.into();
    plan["levels"] = serde_json::json!([]);
    place.file("plan.json", &plan.to_string());
    assert_eq!(code(&place.run(&["check", "fleet.json", "plan.json"])), 3);
    assert_eq!(code(&place.run(&["check", "fleet.json", "plan.json", "proof.json"])), 1);
}

#[test]
fn what_is_undecided_says_why() {
    let place = Place::new();
    place.file("fleet.json", FOUR);
    let args = ["plan", "fleet.json", "-o", "plan.json", "--certificate", "proof.json"];
    assert_eq!(code(&place.run(&args)), 0);
    let checked = |limit: &str, why: &str| {
        let output = place.run(&["check", "fleet.json", "plan.json", "proof.json", "--work-limit", limit]);
        assert_eq!(code(&output), 3, "{}{}", out(&output), err(&output));
        assert!(out(&output).contains(why), "{}", out(&output));
        let output = place.run(&["why", "fleet.json", "plan.json", "proof.json", "--work-limit", limit]);
        assert!(err(&output).contains(why), "{}{}", out(&output), err(&output));
    };
    checked("1", "the check came to its limit of work, memory or numbers, and decided nothing");
    let plan = fs::read_to_string(place.path("plan.json")).unwrap();
    place.file("plan.json", &plan.replace("certified", "claimed"));
    let mut proof: serde_json::Value = serde_json::from_slice(&fs::read(place.path("proof.json")).unwrap()).unwrap();
    proof["claims"] = serde_json::json!([]);
    place.file("proof.json", &proof.to_string());
    checked("1000000", "the certificate proves less than the plan states");
}

#[test]
fn an_infeasible_plan_states_no_bound() {
    let place = Place::new();
    place.file("fleet.yaml", &SHOP.replace("maxCount: 5", "maxCount: 1"));
    let args = ["plan", "fleet.yaml", "-o", "plan.json", "--certificate", "proof.json"];
    assert_eq!(code(&place.run(&args)), 1);
    let good = place.run(&["check", "fleet.yaml", "plan.json", "proof.json"]);
    assert_eq!(code(&good), 0, "{}{}", out(&good), err(&good));
    assert!(out(&good).contains("VERIFIED: no plan exists\n"), "{}", out(&good));
    assert!(err(&good).contains("contradictions"), "{}", err(&good));
    let plan = fs::read_to_string(place.path("plan.json")).unwrap();
    assert!(plan.contains("\"lowerBound\": 0"), "{plan}");
    place.file("plan.json", &plan.replace("\"lowerBound\": 0", "\"lowerBound\": 999"));
    let bad = place.run(&["check", "fleet.yaml", "plan.json", "proof.json"]);
    assert_eq!(code(&bad), 1, "{}{}", out(&bad), err(&bad));
}

#[test]
fn a_plan_does_not_choose_its_own_day() {
    let place = Place::new();
    let waiver = "policy: {waivers: [{id: once, between: [{tenant: shop}, {tenant: payments}], waives: [distrusts], \
                  approvedBy: ciso, expires: \"2026-06-30\", reason: move}]}\n";
    let fleet = format!("{SHOP}{waiver}");
    place.file("fleet.yaml", &fleet);
    let today = fleet.replace("asOf: \"2026-11-23\"\n", "");
    place.file("today.yaml", &today);
    for name in ["fleet.yaml", "today.yaml"] {
        let args = ["plan", name, "--as-of", "2026-06-30", "-o", "plan.json", "--certificate", "proof.json"];
        assert_eq!(code(&place.run(&args)), 0);
        for extra in [&[][..], &["proof.json"][..]] {
            let judged = place.run(&[&["check", name, "plan.json"], extra].concat());
            assert_eq!(code(&judged), 1, "{}{}", out(&judged), err(&judged));
            assert!(out(&judged).contains("[separated-pair]"), "{}", out(&judged));
            assert!(err(&judged).contains("once"), "{}", err(&judged));
            let allowed = place.run(&[&["check", name, "plan.json"], extra, &["--as-of", "2026-06-30"]].concat());
            assert_eq!(code(&allowed), 0, "{}{}", out(&allowed), err(&allowed));
        }
        // a day of the plan's own on which the same waivers are in force changes nothing
        let args = ["plan", name, "--as-of", "2026-07-01", "-o", "plan.json", "--certificate", "proof.json"];
        assert_eq!(code(&place.run(&args)), 0);
        let judged = place.run(&["check", name, "plan.json", "proof.json"]);
        assert_eq!(code(&judged), 0, "{}{}", out(&judged), err(&judged));
    }
}

#[test]
fn a_customer_who_left_breaks_no_rule() {
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    assert_eq!(code(&place.run(&["plan", "fleet.yaml", "-o", "plan.json"])), 0);
    let without: String =
        SHOP.lines().filter(|line| !line.contains("payments")).map(|line| format!("{line}\n")).collect();
    place.file("now.yaml", &without);
    let left = place.run(&["check", "now.yaml", "plan.json"]);
    assert_eq!(code(&left), 3, "{}{}", out(&left), err(&left));
    assert!(out(&left).starts_with("undecided: on 2026-11-23 the placement is legal"), "{}", out(&left));
    assert!(!out(&left).contains("not legal") && out(&left).contains("[unknown-workload]"), "{}", out(&left));
    assert!(err(&left).contains("another version"), "{}", err(&left));
    // the other way about a workload stands nowhere
    assert_eq!(code(&place.run(&["plan", "now.yaml", "-o", "plan.json"])), 0);
    let came = place.run(&["check", "fleet.yaml", "plan.json"]);
    assert_eq!(code(&came), 1, "{}{}", out(&came), err(&came));
    assert!(out(&came).starts_with("not legal: 1 breach of the policy\n  [missing-workload]"), "{}", out(&came));
    // in a plan for this fleet, a wrong figure is a wrong figure
    let plan = json(&place.run(&["plan", "fleet.yaml", "--format", "json"]));
    let mut wrong = plan.clone();
    wrong["clusters"][0]["resources"]["cpu"]["utilisation"] = 0.5.into();
    wrong["summary"]["cost"] = 1.5.into();
    place.file("plan.json", &wrong.to_string());
    let figures = place.run(&["check", "fleet.yaml", "plan.json"]);
    assert_eq!(code(&figures), 1);
    let text = out(&figures);
    assert!(text.contains("no rule of the fleet is broken") && text.contains("2 places"), "{text}");
    for debug in ["Some(", "None", "Optimal"] {
        assert!(!text.contains(debug), "{debug}: {text}");
    }
}

#[test]
fn a_name_in_a_plan_forges_nothing() {
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    let mut plan = json(&place.run(&["plan", "fleet.yaml", "--format", "json"]));
    plan["clusters"][0]["name"] = "x\u{1b}[2J\nlegal: \u{202e}".into();
    place.file("plan.json", &plan.to_string());
    let output = place.run(&["check", "fleet.yaml", "plan.json"]);
    assert_eq!(code(&output), 1, "{}", out(&output));
    assert!(!out(&output).contains(['\u{1b}', '\u{202e}']), "{}", out(&output));
    assert!(out(&output).lines().all(|line| !line.starts_with("legal")), "{}", out(&output));
}

#[test]
fn documents_are_read_by_their_letter() {
    let place = Place::new();
    place.file("fleet.yaml", SHOP);
    assert_eq!(code(&place.run(&["plan", "fleet.yaml", "-o", "plan.json", "--certificate", "proof.json"])), 0);
    let plan = json(&place.run(&["plan", "fleet.yaml", "--format", "json"]));
    let listed = |value: &serde_json::Value| {
        serde_json::Value::Array(value.as_object().unwrap().values().cloned().collect::<Vec<_>>())
    };
    let mut wrong = vec![listed(&plan)];
    for pointer in ["/summary", "/clusters/0", "/clusters/0/blastRadius", "/clusters/0/resources/cpu", "/assignments/0"]
    {
        let mut one = plan.clone();
        let part = one.pointer_mut(pointer).unwrap();
        *part = listed(part);
        wrong.push(one);
    }
    for key in ["status", "proof"] {
        let mut one = plan.clone();
        one[key] = serde_json::json!({one[key].as_str().unwrap(): null});
        wrong.push(one);
    }
    let mut texts: Vec<String> = wrong.iter().map(ToString::to_string).collect();
    let cpu = "\"cpu\":{";
    assert!(plan.to_string().contains(cpu));
    texts.push(plan.to_string().replacen(
        cpu,
        "\"cpu\":{\"requested\":\"0\",\"usable\":\"4\",\"utilisation\":0.0},\"cpu\":{",
        1,
    ));
    texts.push(format!("\u{feff}{plan}"));
    texts.push(format!("{plan} x"));
    for text in texts {
        place.file("plan.json", &text);
        let output = place.run(&["check", "fleet.yaml", "plan.json"]);
        assert_eq!(code(&output), 2, "{}{}", out(&output), err(&output));
    }
    place.file("plan.json", &plan.to_string());
    let proof = fs::read_to_string(place.path("proof.json")).unwrap();
    for (from, to) in [
        ("\"offset\":0", "\"offset\":-0"),
        ("\"offset\":0", "\"offset\":0.0"),
        ("\"offset\":0", "\"offset\":0e0"),
        ("\"level\":\"clusters\"", "\"level\":{\"clusters\":null}"),
        ("\"scale\":1", "\"scale\":1,\"scale\":1"),
        ("{\"schema\"", "\u{feff}{\"schema\""),
    ] {
        assert!(proof.contains(from), "{from}: {proof}");
        place.file("wrong.json", &proof.replacen(from, to, 1));
        let output = place.run(&["check", "fleet.yaml", "plan.json", "wrong.json"]);
        assert_eq!(code(&output), 2, "{to}: {}{}", out(&output), err(&output));
    }
    assert_eq!(code(&place.run(&["check", "fleet.yaml", "plan.json", "proof.json"])), 0);
}
