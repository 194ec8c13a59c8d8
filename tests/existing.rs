//! Existing clusters in a document: every mistake has its code, its path and the nearest word, and nothing is passed over.

use serde_json::{Value, json};
use tenantry::fleet::{ClusterMode, StayOf};
use tenantry::{Fleet, FleetError};

fn sound() -> Value {
    json!({
        "schema": "tenantry/v1",
        "tenants": [{"name": "a", "trust": "trusted", "stay": {"for": "cluster", "until": "2027-06-30"}},
                    {"name": "p", "trust": "trusted", "platform": true}],
        "workloads": [
            {"name": "w", "tenant": "a", "requests": {"cpu": 1, "memory": "1Gi"}, "runsIn": "east"},
            {"name": "v", "tenant": "a", "requests": {"cpu": 1, "memory": "1Gi"}, "runsIn": []},
            {"name": "agent", "tenant": "p", "perCluster": true, "requests": {"cpu": "100m", "memory": "1Mi"}}
        ],
        "clusterTemplates": [{"name": "std", "allocatable": {"cpu": 8, "memory": "32Gi"}, "headroom": "25%", "labels": {"a": "1", "b": "2"}}],
        "existingClusters": [
            {"name": "east", "template": "std", "occupied": {"cpu": 1, "pods": 3}, "labels": {"b": "3"}},
            {"name": "west", "allocatable": {"cpu": 4, "memory": "8Gi"}, "mode": "drain"}
        ]
    })
}

fn read(document: &Value) -> Result<Fleet, FleetError> {
    Fleet::from_json(&document.to_string())
}

/// The sound document with the value at a JSON pointer set.
fn with(pointer: &str, value: &Value) -> Value {
    let mut document = sound();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}")) {
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value.clone(),
        map => map[key] = value.clone(),
    }
    document
}

#[test]
fn what_is_written_is_what_it_means() {
    let fleet = read(&sound()).unwrap();
    let [east, west] = fleet.existing() else { panic!() };
    assert_eq!((east.name.as_str(), east.template, east.mode, east.keep), ("east", Some(0), ClusterMode::Open, true));
    assert_eq!((west.template, west.mode, west.keep), (None, ClusterMode::Drain, false));
    let labels: Vec<(&str, &str)> = east.labels.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
    assert_eq!(labels, [("a", "1"), ("b", "3")]);
    // 8 less a quarter, the agent, and what others take
    assert_eq!(fleet.sites()[east.site].shape.usable[0], Some(4_900));
    assert_eq!(fleet.sites()[west.site].shape.usable[0], Some(3_900));
    assert_eq!(fleet.sites()[east.site].shape.usable[2], Some(112_496));
    let w = fleet.find("a/w").unwrap();
    let whereabouts = fleet.whereabouts(w).unwrap();
    assert_eq!((&whereabouts.runs_in[..], whereabouts.move_cost, whereabouts.stays.len()), (&[0][..], 1, 1));
    assert_eq!(whereabouts.stays[0].of, StayOf::Tenant);
    assert!(whereabouts.stays("2027-06-30".parse().unwrap()) && !whereabouts.stays("2027-07-01".parse().unwrap()));
    // a tenant's stay is no reason to leave earlier, and what is stateful stays for good
    let stateful = read(&with("/workloads/0/stateful", &json!(true))).unwrap();
    assert!(stateful.whereabouts(w).unwrap().stays("2099-01-01".parse().unwrap()));
    let fleet = read(&json!({"schema": "tenantry/v1"})).unwrap();
    assert!(fleet.existing().is_empty() && fleet.whereabouts(0).is_none());
}

#[test]
fn every_mistake_is_named() {
    let cases: Vec<(&str, Value, &str, &str)> = vec![
        ("/existingClusters/0/name", json!(""), "bad-name", "existingClusters[0].name"),
        ("/existingClusters/0/name", json!("a/b"), "bad-name", "existingClusters[0].name"),
        ("/existingClusters/1/name", json!("east"), "duplicate-name", "existingClusters[1].name"),
        ("/existingClusters/0/template", json!("sdt"), "unknown-template", "existingClusters[0].template"),
        ("/existingClusters/0/mode", json!("drian"), "bad-value", "existingClusters[0].mode"),
        ("/existingClusters/0/mode", json!("drain"), "contradiction", "existingClusters[0].mode"),
        ("/existingClusters/0/keep", json!("yes"), "wrong-type", "existingClusters[0].keep"),
        ("/existingClusters/0/occupied", json!({}), "empty-map", "existingClusters[0].occupied"),
        ("/existingClusters/0/occupied/cpu", json!("1x"), "bad-quantity", "existingClusters[0].occupied.cpu"),
        ("/existingClusters/0/occupied/gpu", json!(1), "unknown-key", "existingClusters[0].occupied.gpu"),
        ("/existingClusters/0/maxCount", json!(1), "unknown-key", "existingClusters[0].maxCount"),
        ("/existingClusters/0/headroom", json!("100%"), "bad-headroom", "existingClusters[0].headroom"),
        ("/existingClusters/1/nodePools", json!([]), "contradiction", "existingClusters[1].nodePools"),
        ("/existingClusters/1", json!({"name": "west"}), "missing-key", "existingClusters[1]"),
        (
            "/existingClusters/1",
            json!({"name": "west", "nodePools": []}),
            "empty-list",
            "existingClusters[1].nodePools",
        ),
        ("/existingClusters/1/allocatable/cpu", json!("four"), "bad-quantity", "existingClusters[1].allocatable.cpu"),
        ("/existingClusters/1/nodePacking", json!("sums"), "contradiction", "existingClusters[1].nodePacking"),
        ("/workloads/0/runsIn", json!("eats"), "unknown-cluster", "workloads[0].runsIn"),
        ("/workloads/0/runsIn", json!(["wset"]), "unknown-cluster", "workloads[0].runsIn[0]"),
        ("/workloads/0/runsIn", json!(["east", "west"]), "contradiction", "workloads[0].runsIn"),
        ("/workloads/0/runsIn", json!(["east", "east"]), "duplicate-value", "workloads[0].runsIn[1]"),
        ("/workloads/0/runsIn", json!({"east": 1}), "contradiction", "workloads[0].runsIn"),
        ("/workloads/0/runsIn", json!([["east"]]), "wrong-type", "workloads[0].runsIn[0]"),
        ("/workloads/0/pin", json!("estt"), "unknown-cluster", "workloads[0].pin"),
        ("/workloads/0/pin", json!([]), "empty-list", "workloads[0].pin"),
        ("/workloads/0/pin", json!(["east", "west"]), "contradiction", "workloads[0].pin"),
        ("/workloads/0/stay", json!("clutser"), "bad-value", "workloads[0].stay"),
        ("/workloads/0/stay", json!("region"), "contradiction", "workloads[0].stay"),
        ("/workloads/0/stay", json!("none"), "widened", "workloads[0].stay"),
        ("/workloads/0/stay", json!({"for": "cluster", "until": "2027-06-29"}), "widened", "workloads[0].stay"),
        ("/workloads/0/stay", json!({"for": "clustr", "until": "2027-07-29"}), "bad-value", "workloads[0].stay.for"),
        ("/workloads/0/stay", json!({"for": "cluster", "until": "2027-02-30"}), "bad-date", "workloads[0].stay.until"),
        ("/workloads/0/stay", json!({"for": "cluster"}), "missing-key", "workloads[0].stay.until"),
        ("/workloads/0/moveCost", json!(-1), "bad-number", "workloads[0].moveCost"),
        ("/workloads/0/downtime", json!("alowed"), "bad-value", "workloads[0].downtime"),
        ("/workloads/0/stateful", json!("true"), "wrong-type", "workloads[0].stateful"),
        ("/workloads/2/runsIn", json!("east"), "contradiction", "workloads[2].runsIn"),
        ("/workloads/2/stateful", json!(true), "contradiction", "workloads[2].stateful"),
        ("/tenants/0/pin", json!("weest"), "unknown-cluster", "tenants[0].pin"),
        ("/tenants/0/stay", json!(true), "wrong-type", "tenants[0].stay"),
        ("/defaults", json!({"runsIn": ["east"]}), "bad-value", "defaults.runsIn"),
        ("/objective", json!(["clusters", "cost"]), "missing-cost", "existingClusters[1].cost"),
    ];
    for (pointer, value, code, path) in cases {
        let error = read(&with(pointer, &value)).expect_err(&format!("{pointer}: {value}"));
        let found: Vec<(&str, &str)> = error.problems.iter().map(|it| (it.code, it.path.as_str())).collect();
        assert!(found.contains(&(code, path)), "{pointer} = {value}: {found:?}");
        // a mistake is one mistake: the cost is missing at the template too, and a rename leaves its uses behind
        let alone = ["/objective", "/existingClusters/0/name", "/existingClusters/1/name"].contains(&pointer);
        let twice = value == json!(["east", "east"]); // and too many besides
        assert!(alone || found.len() == 1 + usize::from(twice), "{pointer} = {value}: {error}");
    }
}

#[test]
fn the_nearest_word_is_suggested() {
    for (pointer, value, meant) in [
        ("/existingClusters/0/mode", json!("cordn"), "cordon"),
        ("/existingClusters/0/template", json!("sdt"), "std"),
        ("/workloads/0/runsIn", json!("Wset"), "west"),
        ("/workloads/0/stay", json!("clutser"), "cluster"),
        ("/workloads/0/downtime", json!("alowed"), "allowed"),
        ("/existingClusters/1/ocupied", json!({}), "occupied"),
        ("/workloads/0/runIn", json!("east"), "runsIn"),
        ("/workloads/0/statefull", json!(true), "stateful"),
    ] {
        let error = read(&with(pointer, &value)).unwrap_err();
        let suggested = error.problems.iter().find_map(|it| it.suggestion.clone());
        assert!(suggested.as_deref() == Some(meant) || pointer.ends_with("runIn"), "{pointer}: {error}");
    }
}

#[test]
fn whoever_does_not_say_where_it_runs_is_asked() {
    let mut document = sound();
    document["workloads"][1].as_object_mut().unwrap().remove("runsIn");
    let error = read(&document).unwrap_err();
    assert_eq!((error.problems.len(), error.problems[0].code), (1, "missing-runs-in"));
    document["defaults"] = json!({"runsIn": []});
    assert!(read(&document).is_ok());
}

#[test]
fn a_tenant_is_never_lifted() {
    let mut document = with("/tenants/0/pin", &json!("east"));
    assert_eq!(read(&document).unwrap().whereabouts(0).unwrap().pins, [0]);
    document["workloads"][0]["pin"] = json!("east");
    assert!(read(&document).is_ok());
    document["workloads"][0]["pin"] = json!("west");
    assert_eq!(read(&document).unwrap_err().problems[0].path, "workloads[0].pin");
    // longer is allowed
    let longer = with("/workloads/0/stay", &json!({"for": "cluster", "until": "2028-01-01"}));
    let fleet = read(&longer).unwrap();
    let w = fleet.find("a/w").unwrap();
    assert!(fleet.whereabouts(w).unwrap().stays("2027-12-31".parse().unwrap()));
}

#[test]
fn without_clusters_the_keys_mean_nothing() {
    let mut document = sound();
    document.as_object_mut().unwrap().remove("existingClusters");
    document["defaults"] = json!({"runsIn": []});
    document["workloads"][0] = json!({"name": "w", "tenant": "a", "requests": {"cpu": 1, "memory": "1Gi"}, "runsIn": "east",
        "pin": "east", "stay": "cluster", "stateful": true, "moveCost": 1, "downtime": "allowed"});
    let error = read(&document).unwrap_err();
    let mut paths: Vec<&str> = error.problems.iter().map(|it| it.path.as_str()).collect();
    assert!(error.problems.iter().all(|it| it.code == "contradiction"), "{error}");
    paths.sort_unstable();
    let keys = ["downtime", "moveCost", "pin", "runsIn", "stateful", "stay"].map(|key| format!("workloads[0].{key}"));
    let mut expected: Vec<&str> = keys.iter().map(String::as_str).collect();
    expected.extend(["defaults.runsIn", "tenants[0].stay", "workloads[1].runsIn"]);
    expected.sort_unstable();
    assert_eq!(paths, expected);
}

#[test]
fn a_fleet_needs_no_templates_where_clusters_exist() {
    let mut document = sound();
    document["clusterTemplates"] = json!([]);
    document["existingClusters"][0] = json!({"name": "east", "allocatable": {"cpu": 8, "memory": "32Gi"}});
    assert!(read(&document).is_ok());
}

#[test]
fn own_pools_are_known_to_workloads() {
    let mut document = sound();
    let pools = json!([{"name": "gpu", "dedicated": true, "allocatable": {"cpu": 4, "memory": "8Gi", "example.com/gpu": 1}, "max": 2},
                       {"name": "rest", "allocatable": {"cpu": 4, "memory": "8Gi"}, "max": 2}]);
    document["existingClusters"][1] = json!({"name": "west", "nodePools": pools});
    document["workloads"][0]["pool"] = json!("gpu");
    document["workloads"][0]["requests"]["example.com/gpu"] = json!(1);
    let fleet = read(&document).unwrap();
    assert_eq!(fleet.pools(), ["gpu"]);
    document["workloads"][0]["pool"] = json!("rest");
    let error = read(&document).unwrap_err();
    assert!(error.problems[0].message.contains("the pool `rest` of cluster `west` is not dedicated"), "{error}");
}

#[test]
fn a_template_with_a_mistake_is_reported_once() {
    let mut document = with("/clusterTemplates/0/headroom", &json!("120%"));
    document["existingClusters"][0]["cost"] = json!(7);
    let error = read(&document).unwrap_err();
    let paths: Vec<&str> = error.problems.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(paths, ["clusterTemplates[0].headroom"]);
}

#[test]
fn one_digest_whatever_the_order_and_the_spelling() {
    let one = read(&sound()).unwrap();
    let mut document = sound();
    document["existingClusters"].as_array_mut().unwrap().reverse();
    document["workloads"][0]["runsIn"] = json!(["east"]);
    let other = read(&document).unwrap();
    assert_eq!(one.digest(), other.digest());
    assert_ne!(one.digest(), read(&with("/existingClusters/0/keep", &json!(true))).unwrap().digest());
    // what no existing cluster says keeps the digest that it had
    let plain = read(&json!({"schema": "tenantry/v1", "name": "x"})).unwrap();
    assert_eq!(&plain.digest()[..12], "11a90ea15934");
}

#[test]
fn plans_obey_regions_beside_clusters() {
    let fleet = read(&sound()).unwrap();
    assert!(fleet.plan(&tenantry::PlanOptions::default()).unwrap().clusters.is_some());
    assert!(fleet.explain("a/w", "a/v").is_ok());
    let mut document = sound();
    document["regions"] = json!([{"name": "here"}, {"name": "there"}]);
    document["defaults"] = json!({"regions": "all", "runsIn": []});
    for cluster in document["existingClusters"].as_array_mut().unwrap() {
        cluster["region"] = json!("here");
    }
    let plan = read(&document).unwrap().plan(&tenantry::PlanOptions::default()).unwrap();
    let clusters = plan.clusters.unwrap();
    let exist = clusters.iter().filter(|it| it.existing.is_some());
    assert!(exist.clone().count() > 0 && exist.clone().all(|it| it.region.as_deref() == Some("here")), "{clusters:?}");
}

#[test]
fn a_plan_says_what_it_does_not_cover_of_clusters_that_exist() {
    let covered = |document: &Value| -> Vec<String> {
        read(document).unwrap().plan(&tenantry::PlanOptions::default()).unwrap().not_covered
    };
    let says = |texts: &[String], what: &str| texts.iter().any(|text| text.contains(what));
    let mut document = sound();
    document["existingClusters"][1] = json!({"name": "west", "allocatable": {"cpu": 4, "memory": "8Gi"}});
    let texts = covered(&document);
    assert!(says(&texts, "whether pods fit nodes in `west`, of which no node pools are known"), "{texts:?}");
    assert!(!says(&texts, "zones"), "{texts:?}");
    let pools = json!([{"name": "p", "allocatable": {"cpu": 4, "memory": "8Gi"}, "max": 2}]);
    document["existingClusters"][1] =
        json!({"name": "west", "nodePools": pools, "nodePacking": "sums", "maximums": {"preset": "eks"}});
    let texts = covered(&document);
    assert!(says(&texts, "whether pods fit nodes in `west`, beyond that one pod fits one node"), "{texts:?}");
    assert!(says(&texts, "that the limits of `eks` for `west` are those of your clusters"), "{texts:?}");
    document["workloads"][0]["copies"] = json!(1);
    assert!(says(&covered(&document), "zones, clusters that lie in several regions, volumes"));
}

#[test]
fn who_fits_nowhere_is_told_with_both_figures() {
    let mut document = sound();
    document["clusterTemplates"] = json!([]);
    document["existingClusters"] = json!([
        {"name": "east", "allocatable": {"cpu": 8, "memory": "32Gi"}},
        {"name": "west", "allocatable": {"cpu": 4, "memory": "32Gi"}},
        {"name": "gone", "allocatable": {"cpu": 64, "memory": "32Gi"}, "mode": "drain"}
    ]);
    for row in document["workloads"].as_array_mut().unwrap() {
        if let Some(row) = row.as_object_mut().filter(|row| row.contains_key("runsIn")) {
            row.insert("runsIn".to_owned(), json!([]));
        }
    }
    document["workloads"][0]["requests"]["cpu"] = json!(9);
    let error = read(&document).unwrap().plan(&tenantry::PlanOptions::default()).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("fits-nowhere") && text.contains("it needs cpu 9000m, and none of these has more than 7900m"),
        "{text}"
    );
}

#[test]
fn who_fits_nowhere_is_told_what_is_in_the_way() {
    let fleet = |clusters: Value, workloads: Value, policy: Value| {
        let document = json!({
            "schema": "tenantry/v1", "asOf": "2026-11-23", "policy": policy, "regions": [{"name": "north"}, {"name": "south"}],
            "defaults": {"regions": "all", "runsIn": []}, "tenants": [{"name": "a", "trust": "trusted"}],
            "workloads": workloads, "existingClusters": clusters
        });
        let error = read(&document).unwrap().plan(&tenantry::PlanOptions::default()).unwrap_err().to_string();
        assert!(error.contains("fits-nowhere"), "{error}");
        error
    };
    let web = |more: Value| {
        let mut it = json!({"name": "web", "tenant": "a", "requests": {"cpu": 5, "memory": "1Gi"}});
        it.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        it
    };
    let pools = json!([{"name": "n", "allocatable": {"cpu": 4, "memory": "8Gi"}, "max": 4}]);
    let text =
        fleet(json!([{"name": "east", "region": "north", "nodePools": pools}]), json!([web(json!({}))]), json!({}));
    assert!(text.contains("a pod of a/web needs cpu 5, and no node has more than 4 in east"), "{text}");
    // one has the processors, the other the disks
    let clusters = json!([
        {"name": "east", "region": "north", "allocatable": {"cpu": 8, "memory": "8Gi"}},
        {"name": "west", "region": "north", "allocatable": {"cpu": 2, "memory": "8Gi", "ephemeral-storage": "9Gi"}}
    ]);
    let disk = web(json!({"requests": {"cpu": 5, "memory": "1Gi", "ephemeral-storage": "1Gi"}}));
    let text = fleet(clusters, json!([disk]), json!({}));
    assert!(text.contains("east has 0 of ephemeral-storage usable, where 1Gi are needed"), "{text}");
    assert!(text.contains("west has 2 of cpu usable, where 5 are needed"), "{text}");
    let clusters = json!([
        {"name": "east", "region": "north", "allocatable": {"cpu": 80, "memory": "80Gi"}},
        {"name": "west", "region": "south", "allocatable": {"cpu": 80, "memory": "80Gi"}}
    ]);
    let two = json!([web(json!({"regions": "north"})), web(json!({"name": "api", "regions": "south"}))]);
    let text = fleet(clusters, two, json!({"together": [{"id": "g", "members": ["a/web", "a/api"], "reason": "x"}]}));
    assert!(text.contains("no region in common: a/api may be in south, a/web may be in north"), "{text}");
}

#[test]
fn a_stay_that_ended_is_named() {
    let of = |day: &str| {
        let mut document = with("/workloads/1/runsIn", &json!("east"));
        document["asOf"] = json!(day);
        document["workloads"][1]["stay"] = json!("cluster");
        let fleet = read(&document).unwrap();
        let plan = fleet.plan(&tenantry::PlanOptions::default()).unwrap();
        let warned = plan.warnings.into_iter().filter(|it| it.code == "stay-ended").map(|it| it.message);
        let audit = fleet.audit(&tenantry::AuditOptions::default()).unwrap();
        let noted = audit.notes.into_iter().filter(|it| it.code == "stay-ended").map(|it| it.message);
        warned.chain(noted).collect::<Vec<String>>()
    };
    assert!(of("2027-06-30").is_empty());
    let found = of("2027-07-01");
    // v stays for good by its own word
    assert!(
        found.len() == 2 && found.iter().all(|it| it.contains("the stay of a/w ended before 2027-07-01")),
        "{found:?}"
    );
}
