//! Audits of what runs today: laws that hold for every fleet, and examples.

use serde_json::{Value, json};
use tenantry::engine::random::Random;
use tenantry::export;
use tenantry::internals::{legal, today};
use tenantry::report::{Audit, AuditState, Baseline, EndsWhat, FailOn, Gate};
use tenantry::{AuditOptions, Fleet, PlanOptions};

use crate::naive;

fn load(document: &Value) -> Fleet {
    Fleet::from_json(&document.to_string()).unwrap_or_else(|error| panic!("{error}\n{document:#}"))
}

fn audit(document: &Value) -> Audit {
    load(document).audit(&AuditOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// Two clusters with drift: one is too full, somebody stands beside the wrong neighbour, one is to be drained.
fn drifted() -> Value {
    json!({
        "schema": "tenantry/v1", "name": "drifted", "asOf": "2026-11-23",
        "policy": {
            "attributes": {"stage": ["live", "test"]},
            "separate": [{"by": "stage"}],
            "together": [{"id": "pair", "members": ["shop/web", "shop/cache"]}],
            "waivers": [{
                "id": "once", "between": [{"tenant": "shop"}, {"tenant": "lab"}], "waives": ["separate:stage"],
                "approvedBy": "the board", "expires": "2026-11-30", "reason": "the move"
            }]
        },
        "tenants": [
            {"name": "shop", "trust": "trusted", "attributes": {"stage": "live"}},
            {"name": "lab", "trust": "trusted", "attributes": {"stage": "test"}},
            {"name": "qa", "trust": "trusted", "attributes": {"stage": "test"}}
        ],
        "workloads": [
            {"name": "web", "tenant": "shop", "replicas": 3, "requests": {"cpu": 1, "memory": "1Gi"}, "runsIn": "east"},
            {"name": "cache", "tenant": "shop", "requests": {"cpu": 1, "memory": "1Gi"}, "runsIn": "west"},
            {"name": "trial", "tenant": "lab", "requests": {"cpu": "500m", "memory": "1Gi"}, "runsIn": "east"},
            {"name": "check", "tenant": "qa", "requests": {"cpu": 1, "memory": "1Gi"}, "runsIn": "east"},
            {"name": "probe", "tenant": "qa", "requests": {"cpu": 1, "memory": "1Gi"}, "runsIn": "old", "pin": "west"},
            {"name": "next", "tenant": "shop", "requests": {"cpu": 1, "memory": "1Gi"}, "runsIn": []}
        ],
        "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 4, "memory": "16Gi"}, "maxCount": 2}],
        "existingClusters": [
            {"name": "east", "template": "t"}, {"name": "west", "template": "t"},
            {"name": "old", "template": "t", "mode": "drain"}, {"name": "spare", "allocatable": {"cpu": 1, "memory": "1Gi"}}
        ]
    })
}

fn found(audit: &Audit) -> Vec<(String, String, String)> {
    let text = |it: &Option<String>| it.clone().unwrap_or_default();
    let mut all: Vec<_> =
        audit.violations.iter().map(|it| (it.rule.clone(), text(&it.cluster), text(&it.workload))).collect();
    all.sort();
    all
}

#[test]
fn every_kind_of_violation_is_found_once() {
    let audit = audit(&drifted());
    let expected = [
        ("capacity:cpu", "east", ""),
        ("drain", "old", "qa/probe"),
        ("maxCount", "", ""),
        ("pin", "old", "qa/probe"),
        ("separate:stage", "east", "qa/check"),
        ("separate:stage", "east", "shop/web"),
        ("together:pair", "", ""),
    ];
    assert_eq!(found(&audit), expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
    let over = audit.violations.iter().find(|it| it.rule == "capacity:cpu").unwrap();
    let words = "the workloads in east request 4500m of cpu; 4000m is usable";
    assert_eq!((over.figure, over.message.as_str()), (500, words));
    let apart = audit.violations.iter().find(|it| it.workload.as_deref() == Some("qa/check")).unwrap();
    assert_eq!(apart.message, "qa/check shares east with shop/web: separate:stage keeps them apart");
    // three clusters of the template, one of them empty: two are counted, and the drained one
    let count = audit.violations.iter().find(|it| it.rule == "maxCount").unwrap();
    assert_eq!((count.figure, count.message.contains("3 clusters have the template t; at most 2")), (1, true));
    let summary = audit.summary;
    assert_eq!((summary.clusters, summary.used_clusters, summary.running, summary.nowhere), (4, 3, 5, 1));
    let codes: Vec<&str> = audit.notes.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(codes, ["unused-clusters", "runs-nowhere"]);
    let losses: Vec<(&str, u64, u64)> =
        audit.losses.iter().map(|it| (it.cluster.as_str(), it.workloads, it.pods)).collect();
    assert_eq!(losses, [("east", 3, 5), ("old", 1, 1), ("west", 1, 1)]);
}

#[test]
fn what_ends_is_said_in_time() {
    let mut document = drifted();
    document["workloads"][0]["stay"] = json!({"for": "cluster", "until": "2026-12-24"});
    document["tenants"][1]["stay"] = json!({"for": "cluster", "until": "2026-11-23"});
    document["tenants"][2]["stay"] = json!({"for": "cluster", "until": "2026-11-22"});
    let found = audit(&document);
    let ending: Vec<(EndsWhat, &str, u32, u64)> =
        found.ending.iter().map(|it| (it.what, it.name.as_str(), it.days, it.count)).collect();
    let expected =
        [(EndsWhat::TenantStay, "lab", 0, 1), (EndsWhat::Waiver, "once", 7, 1), (EndsWhat::Stay, "shop/web", 31, 1)];
    assert_eq!(ending, expected);
    let violations = found.failures(Gate::default());
    let within = |days| Gate { within: Some(days), ..Gate::default() };
    let more: Vec<u64> = [0, 6, 7, 31].map(|days| found.failures(within(days)) - violations).to_vec();
    assert_eq!(more, [1, 1, 2, 3]);
    let warning = Gate { fail_on: FailOn::Warning, within: None };
    let note = Gate { fail_on: FailOn::Note, within: None };
    assert_eq!(found.failures(warning), violations + 3 + found.warnings.len() as u64);
    assert_eq!(found.failures(note), found.failures(warning) + 3);
    assert!(found.notes.iter().any(|it| it.code == "stay-ended"), "{:?}", found.notes);
    // a week later the waiver has ended, and what it allowed is a violation
    let options = AuditOptions { as_of: Some("2026-12-01".parse().unwrap()), ..AuditOptions::default() };
    let later = load(&document).audit(&options).unwrap();
    assert!(later.violations.iter().any(|it| it.workload.as_deref() == Some("lab/trial")));
    assert!(later.ending.iter().all(|it| it.name != "once"));
}

#[test]
fn a_baseline_knows_what_it_has_seen() {
    let first = audit(&drifted());
    let baseline = Baseline::from_json(&first.baseline().to_json()).unwrap();
    assert_eq!(baseline, first.baseline());
    let against = |document: &Value| {
        let options = AuditOptions { baseline: Some(baseline.clone()), ..AuditOptions::default() };
        load(document).audit(&options).unwrap()
    };
    let same = against(&drifted());
    assert_eq!((same.failures(Gate::default()), same.summary.known, same.summary.mended), (0, 7, 0));
    // more of the same is worse, somebody else is new, and who left is mended
    let mut document = drifted();
    document["workloads"][3]["replicas"] = json!(2);
    document["workloads"][5]["runsIn"] = json!("east");
    document["workloads"][4]["runsIn"] = json!("west");
    let drifted_on = against(&document);
    let state = |rule: &str, who: &str| {
        let of =
            |it: &&tenantry::report::AuditedViolation| it.rule == rule && it.workload.as_deref().unwrap_or("") == who;
        drifted_on.violations.iter().find(of).map(|it| it.state)
    };
    assert_eq!(state("capacity:cpu", ""), Some(AuditState::Worse));
    assert_eq!(state("separate:stage", "shop/next"), Some(AuditState::New));
    assert_eq!(state("separate:stage", "qa/check"), Some(AuditState::Worse)); // of two neighbours now
    assert_eq!(state("separate:stage", "shop/web"), Some(AuditState::Known));
    let mended: Vec<&str> = drifted_on.mended.iter().map(|it| it.rule.as_str()).collect();
    assert_eq!((mended.len(), mended.contains(&"drain") && mended.contains(&"pin")), (3, true), "{mended:?}");
    for wrong in ["", "{}", "[]", r#"{"schema": "tenantry-baseline/v2", "violations": []}"#] {
        assert!(Baseline::from_json(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn nodes_are_judged_by_what_is_sure() {
    let fleet = |max: u64, replicas: u64| {
        json!({
            "schema": "tenantry/v1", "tenants": [{"name": "a", "trust": "trusted"}],
            "workloads": [
                {"name": "big", "tenant": "a", "replicas": replicas, "requests": {"cpu": "2500m", "memory": "1Gi"}, "runsIn": "c"},
                {"name": "far", "tenant": "a", "requests": {"cpu": 9, "memory": "1Gi"}, "runsIn": "d"}
            ],
            "existingClusters": [
                {"name": "c", "nodePools": [{"name": "p", "allocatable": {"cpu": 4, "memory": "16Gi"}, "max": max}]},
                {"name": "d", "nodePools": [{"name": "p", "allocatable": {"cpu": 16, "memory": "16Gi"}, "max": 1}],
                 "maximums": {"nodes": 1}}
            ]
        })
    };
    // five pods of 2.5 in five nodes of 4: one a node
    assert!(audit(&fleet(5, 5)).violations.is_empty());
    // their sum fits four nodes, but never two on one: the workload alone is too many, and so is the cluster
    assert_eq!(
        found(&audit(&fleet(4, 5))),
        [("nodes", "c", ""), ("nodes", "c", "a/big")].map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()))
    );
    // a resource that no node has enough of is named, and only that
    let mut short = fleet(5, 5);
    short["workloads"][0]["requests"]["ephemeral-storage"] = json!("2Gi");
    let found = audit(&short);
    let said: Vec<&str> = found.violations.iter().map(|it| it.message.as_str()).collect();
    let named = "a/big has 5 pods, and the nodes of c have room for 0: no node has enough ephemeral-storage";
    assert!(said.iter().any(|it| it.contains(named)), "{said:?}");
    let said: Vec<String> = audit(&fleet(4, 5)).violations.iter().map(|it| it.message.clone()).collect();
    assert!(said.iter().all(|it| !it.contains("no node has enough")), "{said:?}");
}

#[test]
fn own_keys_win_over_the_template() {
    let mut document = drifted();
    document["existingClusters"][0]["allocatable"] = json!({"cpu": 6, "memory": "16Gi"});
    assert!(audit(&document).violations.iter().all(|it| it.rule != "capacity:cpu"));
    document["existingClusters"][0]["headroom"] = json!("50%");
    let over = audit(&document).violations.into_iter().find(|it| it.rule == "capacity:cpu").unwrap();
    assert_eq!(over.figure, 1_500);
    // pools of its own take the place of the template's sums, which bound nodes no more
    let shape = json!([{"name": "p", "allocatable": {"cpu": 8, "memory": "16Gi"}, "max": 1}]);
    let clusters = json!({"name": "east", "template": "t", "nodePools": shape, "maximums": {"nodes": 1}});
    document["existingClusters"][0] = clusters;
    assert!(audit(&document).violations.iter().all(|it| it.rule != "capacity:cpu"));
}

#[test]
fn members_that_a_reason_separates_are_named_wherever_they_run() {
    let mut document = drifted();
    let row = |name: &str, tenant: &str| json!({"name": name, "tenant": tenant, "requests": {"cpu": 1, "memory": "1Gi"}, "runsIn": []});
    let rows = document["workloads"].as_array_mut().unwrap();
    rows.push(row("left", "shop"));
    rows.push(row("right", "qa"));
    let group = json!({"id": "socket", "members": ["shop/left", "qa/right"], "reason": "one socket"});
    document["policy"]["together"].as_array_mut().unwrap().push(group);
    let named = |found: &Audit| -> Vec<String> {
        let of = found.violations.iter().filter(|it| it.rule == "contradiction:together-against-reason");
        of.map(|it| it.message.clone()).collect()
    };
    let found = audit(&document);
    assert_eq!(
        named(&found),
        [
            "`qa/right` and `shop/left` must share one cluster, and may not: separate:stage (held together by: one socket)"
        ]
    );
    // what a plan says of the same
    let error = load(&document).plan(&PlanOptions::default()).unwrap_err().to_string();
    assert!(error.contains(&named(&found)[0]), "{error}");
    // an exception that holds takes it away
    document["policy"]["waivers"][0]["between"][1]["tenant"] = json!("qa");
    assert!(named(&audit(&document)).is_empty());
}

#[test]
fn wishes_that_contradict_are_violations_and_named() {
    let mut document = drifted();
    document["workloads"][4] = json!({"name": "probe", "tenant": "qa", "requests": {"cpu": 1, "memory": "1Gi"},
        "runsIn": "old", "stateful": true});
    document["workloads"][0]["stay"] = json!("cluster");
    document["workloads"][1]["pin"] = json!("west");
    document["workloads"][3]["pin"] = json!("east");
    document["workloads"][2]["requests"] = json!({"cpu": 70, "memory": "1Gi"});
    document["policy"].as_object_mut().unwrap().remove("waivers");
    document["existingClusters"][0]["keep"] = json!(true);
    document["existingClusters"][1]["keep"] = json!(true);
    document["existingClusters"][2] = json!({"name": "old", "template": "t", "mode": "drain", "keep": true});
    let found = audit(&document);
    let mut rules: Vec<&str> = found.violations.iter().map(|it| it.rule.as_str()).collect();
    rules.retain(|rule| rule.starts_with("contradiction:"));
    rules.sort_unstable();
    let expected = ["fits-nowhere", "held-in-closed-cluster", "held-in-two-clusters", "kept-too-often"];
    assert_eq!(rules, expected.map(|it| format!("contradiction:{it}")));
    // what is held in one cluster, and cannot be there together
    let mut document = drifted();
    for row in [0, 3] {
        document["workloads"][row]["stay"] = json!("cluster");
    }
    document["policy"].as_object_mut().unwrap().remove("together");
    document["existingClusters"][0]["headroom"] = json!("40%");
    let found = audit(&document);
    let held: Vec<&str> = found
        .violations
        .iter()
        .filter(|it| it.rule.starts_with("contradiction:"))
        .map(|it| it.message.as_str())
        .collect();
    assert_eq!(
        held,
        [
            "qa/check and shop/web must be in east, and separate:stage keeps them apart",
            "2 workloads must be in east, and together they take more of cpu than it has room for"
        ]
    );
    // many are cut, and that is said
    let mut document = drifted();
    let many = (0..40).map(|it| {
        json!({"name": format!("w{it}"), "tenant": "qa", "requests": {"cpu": 99, "memory": "1Gi"}, "runsIn": "east"})
    });
    document["workloads"].as_array_mut().unwrap().extend(many);
    let found = audit(&document);
    assert_eq!(found.violations.iter().filter(|it| it.rule == "contradiction:fits-nowhere").count(), 10);
    assert!(found.warnings.iter().any(|it| it.code == "contradictions-cut-short"));
}

/// Two regions, a door, and needs.
fn apart_by_place() -> Value {
    json!({
        "schema": "tenantry/v1", "asOf": "2026-11-23",
        "policy": {"attributes": {"stage": ["live", "test"]}},
        "regions": [{"name": "eu", "jurisdictions": "union", "maxClusters": 1}, {"name": "us"}],
        "defaults": {"regions": "all"},
        "tenants": [
            {"name": "shop", "trust": "trusted", "jurisdictions": "union", "attributes": {"stage": "live"}},
            {"name": "lab", "trust": "trusted", "needs": "gpu", "attributes": {"stage": "test"}, "stay": "region"}
        ],
        "workloads": [
            {"name": "web", "tenant": "shop", "requests": {"cpu": 1, "memory": "1Gi"}, "runsIn": "west"},
            {"name": "api", "tenant": "shop", "requests": {"cpu": 1, "memory": "1Gi"}, "runsIn": "east-1"},
            {"name": "train", "tenant": "lab", "requests": {"cpu": 1, "memory": "1Gi"}, "runsIn": "east-2"}
        ],
        "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 4, "memory": "8Gi"}, "admits": {"stage": "live"}, "provides": "gpu"}],
        "existingClusters": [
            {"name": "west", "template": "t", "region": "us"},
            {"name": "east-1", "template": "t", "region": "eu", "admits": {"all": true}},
            {"name": "east-2", "template": "t", "region": "eu", "provides": ["disk"]}
        ]
    })
}

#[test]
fn region_door_and_needs_are_judged() {
    let found_there = audit(&apart_by_place());
    let expected = [
        ("admits", "east-2", "lab/train"),
        ("maxClusters", "", ""),
        ("needs", "east-2", "lab/train"),
        ("region", "west", "shop/web"),
    ];
    assert_eq!(found(&found_there), expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
    let said: Vec<&str> = found_there.violations.iter().map(|it| it.message.as_str()).collect();
    assert!(said.contains(&"shop/web runs in west, and may not be in us"), "{said:?}");
    assert!(said.contains(&"lab/train runs in east-2, and needs gpu, which is not provided there"), "{said:?}");
    let losses: Vec<(&str, u64, u64)> =
        found_there.losses_of_regions.iter().map(|it| (it.region.as_str(), it.clusters, it.workloads)).collect();
    assert_eq!(losses, [("eu", 2, 2), ("us", 1, 1)]);
    // its own door and what it provides take the place of the template's
    let fleet = load(&apart_by_place());
    let places = fleet.place(&["train"], false).unwrap();
    let why = |name: &str| -> Vec<String> {
        let it = places.asked[0].candidates.iter().filter(|it| it.name == name);
        it.flat_map(|it| it.reasons.iter().map(|why| why.rule.clone())).collect()
    };
    assert_eq!(why("east-1"), Vec::<String>::new());
    assert_eq!(why("west"), ["admits", "stay"]);
    assert_eq!(why("east-2"), ["admits", "needs"]);
    // a further cluster: in the one region it is full already, in the other it may not go
    assert_eq!(why("t"), ["admits", "maxClusters", "admits", "stay"]);
    // where somebody must be and may not be
    let mut document = apart_by_place();
    document["workloads"][0]["stateful"] = json!(true);
    let rules: Vec<String> = audit(&document).violations.into_iter().map(|it| it.rule).collect();
    assert!(rules.contains(&"contradiction:held-where-barred".to_owned()), "{rules:?}");
}

#[test]
fn a_cluster_states_its_region() {
    for (key, value, code) in [
        ("region", Value::Null, "missing-regions"),
        ("region", json!("ue"), "unknown-region"),
        ("region", json!("all"), "bad-value"),
        ("provides", json!([]), "empty-list"),
        ("admits", json!({"stage": "lvie"}), "unknown-value"),
    ] {
        let mut document = apart_by_place();
        let cluster = document["existingClusters"][1].as_object_mut().unwrap();
        cluster.remove(key);
        if !value.is_null() {
            cluster.insert(key.to_owned(), value.clone());
        }
        let error = Fleet::from_json(&document.to_string()).expect_err(code);
        let found: Vec<(&str, &str)> = error.problems.iter().map(|it| (it.code, it.path.as_str())).collect();
        assert!(found.len() == 1 && found[0].0 == code && found[0].1.starts_with("existingClusters[1]."), "{error}");
    }
    let mut document = drifted();
    document["existingClusters"][0]["region"] = json!("eu");
    assert_eq!(Fleet::from_json(&document.to_string()).unwrap_err().problems[0].code, "no-regions");
}

/// What of an audit no order of rows may change.
fn essence(audit: &Audit) -> Value {
    let mut value: Value = serde_json::from_str(&audit.to_json().unwrap()).unwrap();
    value.as_object_mut().unwrap().remove("warnings");
    value
}

#[test]
fn the_order_of_rows_changes_no_id_and_no_order() {
    for seed in 0..150 {
        let random = &mut Random::new(seed);
        let mut document = running(&naive::document(random), random);
        let Ok(fleet) = Fleet::from_json(&document.to_string()) else { continue };
        let Ok(before) = fleet.audit(&AuditOptions::default()) else { continue };
        for list in ["tenants", "workloads", "clusterTemplates", "existingClusters"] {
            let rows = document[list].as_array_mut().unwrap();
            for at in (1..rows.len()).rev() {
                rows.swap(at, random.index(at + 1));
            }
        }
        assert_eq!(essence(&audit(&document)), essence(&before), "seed {seed}\n{document:#}");
    }
}

/// The same fleet, with clusters that there are and everybody somewhere.
fn running(document: &Value, random: &mut Random) -> Value {
    let mut document = document.clone();
    let template = document["clusterTemplates"][0]["name"].clone();
    let clusters = (0..3).map(|it| json!({"name": format!("c{it}"), "template": template}));
    document["existingClusters"] = clusters.collect();
    for row in document["workloads"].as_array_mut().unwrap() {
        row["runsIn"] = json!(format!("c{}", random.index(3)));
    }
    document
}

#[test]
fn what_a_legal_plan_places_is_nothing_to_complain_of() {
    let mut planned = 0;
    for seed in 0..300 {
        let mut document = naive::document(&mut Random::new(seed));
        let Ok(fleet) = Fleet::from_json(&document.to_string()) else { continue };
        let Ok(plan) = fleet.plan(&PlanOptions::default()) else { continue };
        let Some(clusters) = &plan.clusters else { continue };
        document["existingClusters"] =
            clusters.iter().map(|it| json!({"name": it.name, "template": it.template})).collect();
        for row in document["workloads"].as_array_mut().unwrap() {
            let home = plan.assignments.iter().find(|it| {
                row["tenant"] == it.tenant.as_str()
                    && row["name"] == it.workload.as_str()
                    && row.get("namespace").is_none_or(|namespace| *namespace == *it.namespace.as_str())
            });
            row["runsIn"] = json!(home.unwrap().cluster.as_str());
            row["stateful"] = json!(true);
        }
        let fleet = load(&document);
        let found = fleet.audit(&AuditOptions::default()).unwrap();
        assert!(found.violations.is_empty(), "seed {seed}: {:#?}\n{document:#}", found.violations);
        assert!(legal(&fleet, &today(&fleet), "2026-11-23".parse().unwrap()).is_empty(), "seed {seed}");
        planned += 1;
    }
    assert!(planned > 150, "{planned}");
}

#[test]
fn one_reading_of_the_rules_judges_both() {
    let fleet = load(&drifted());
    let mut codes: Vec<&str> =
        legal(&fleet, &today(&fleet), fleet.as_of().unwrap()).iter().map(|it| it.code.name()).collect();
    codes.sort_unstable();
    let expected = [
        "closed-cluster",
        "empty-cluster",
        "missing-workload",
        "not-where-pinned",
        "over-capacity",
        "over-max-count",
        "separated-pair",
        "split-together",
    ];
    assert_eq!(codes, expected);
}

#[test]
fn formats_carry_hostile_names_safely() {
    let mut document = drifted();
    let name = "c::error title=\"<&>'%0A, ]]>";
    document["existingClusters"][0]["name"] = json!(name);
    for row in document["workloads"].as_array_mut().unwrap() {
        if row["runsIn"] == "east" {
            row["runsIn"] = json!(name);
        }
    }
    let text = document.to_string();
    let fleet = Fleet::from_json(&text).unwrap();
    let found = fleet.audit(&AuditOptions::default()).unwrap();
    let source = export::AuditSource::new(&fleet, "dir x/fleet#1.json", &text, true);
    let gate = Gate::default();
    let github = export::audit_github(&found, &source, gate);
    for line in github.lines() {
        assert!(["::error ", "::notice ", "::warning "].iter().any(|it| line.starts_with(it)), "{line}");
        assert_eq!(line.matches("::").count(), 2 + line.matches("c::error").count(), "{line}");
        let title = line.split("title=").nth(1).unwrap().split("::").next().unwrap();
        assert!(!title.contains(',') && !title.contains("\n"), "{title}");
    }
    assert!(github.contains("file=dir x/fleet#1.json,line=1,title=c%3A%3Aerror title=") && github.contains("%250A"));
    let sarif: Value = serde_json::from_str(&export::audit_sarif(&found, &source, gate).unwrap()).unwrap();
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().unwrap();
    let errors = results.iter().filter(|it| it["level"] == "error").count();
    assert_eq!((sarif["version"].as_str(), errors), (Some("2.1.0"), found.violations.len()));
    for it in results {
        let rule = &run["tool"]["driver"]["rules"][usize::try_from(it["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], it["ruleId"]);
        assert!(it.get("baselineState").is_none() && !it["message"]["text"].as_str().unwrap().is_empty());
        let uri = &it["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert_eq!(uri, "dir%20x/fleet%231.json");
    }
    let junit = export::audit_junit(&found, gate).unwrap();
    assert!(junit.contains("c::error title=&quot;&lt;&amp;&gt;"), "{junit}");
    assert!(junit.contains("failures=\"6\""), "{junit}");
    assert!(!junit.contains("title=\"<"));
    // against a baseline that knows all, nothing fails
    let options = AuditOptions { baseline: Some(found.baseline()), ..AuditOptions::default() };
    let known = fleet.audit(&options).unwrap();
    assert!(export::audit_junit(&known, gate).unwrap().contains("failures=\"0\""));
    assert!(export::audit_github(&known, &source, gate).lines().all(|line| !line.starts_with("::error ")));
    let sarif: Value = serde_json::from_str(&export::audit_sarif(&known, &source, gate).unwrap()).unwrap();
    let first = &sarif["runs"][0]["results"][0];
    assert_eq!((&first["baselineState"], &first["suppressions"][0]["kind"]), (&json!("unchanged"), &json!("external")));
}

#[test]
fn an_audit_is_read_back() {
    let found = audit(&drifted());
    assert_eq!(Audit::from_json(&found.to_json().unwrap()).unwrap(), found);
    let schema: Value = serde_json::from_str(&tenantry::report::audit_schema()).unwrap();
    let keys = |value: &Value| -> Vec<String> {
        let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    let written: Value = serde_json::from_str(&found.to_json().unwrap()).unwrap();
    assert_eq!(keys(&schema["properties"]), keys(&written));
    assert_eq!(schema["properties"]["schema"]["const"], "tenantry-audit/v1");
    let mut other = written;
    other["schema"] = json!("tenantry-audit/v2");
    assert!(Audit::from_json(&other.to_string()).is_err());
}

#[test]
fn nobody_who_runs_is_nothing_to_audit() {
    let mut document = drifted();
    document["defaults"] = json!({"runsIn": []});
    for row in document["workloads"].as_array_mut().unwrap() {
        row.as_object_mut().unwrap().remove("runsIn");
    }
    let error = load(&document).audit(&AuditOptions::default()).unwrap_err();
    assert!(error.to_string().contains("nothing to audit"), "{error}");
}
