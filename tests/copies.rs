//! Copies and splits of a document: what they come to, and what of them can be kept by no placement.

use serde_json::{Value, json};
use tenantry::fleet::{ApartBy, CopySpread, Presence};
use tenantry::internals::{Placement, legal, today};
use tenantry::{AuditOptions, Fleet, FrontierOptions, GrowOptions, MigrateOptions, PlanOptions};

/// Changes, and the code and the path of the one problem that they make.
type Case<'c> = (Vec<(&'c str, Value)>, &'c str, &'c str);

fn document() -> Value {
    json!({
        "schema": "tenantry/v1", "asOf": "2026-11-23",
        "regions": [{"name": "eu"}, {"name": "us"}, {"name": "asia"}],
        "defaults": {"regions": "all", "runsIn": []},
        "tenants": [{"name": "shop", "trust": "trusted"}, {"name": "base", "trust": "trusted", "platform": true}],
        "workloads": [
            {"name": "web", "tenant": "shop", "replicas": 7, "requests": {"cpu": 1, "memory": "1Gi"}},
            {"name": "api", "tenant": "shop", "replicas": 4, "requests": {"cpu": 1, "memory": "1Gi"}},
            {"name": "agent", "tenant": "base", "perCluster": true, "requests": {"cpu": "100m", "memory": "1Mi"}}
        ],
        "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 16, "memory": "64Gi"}, "maxCount": 4}],
        "existingClusters": [
            {"name": "east", "template": "t", "region": "us"},
            {"name": "north", "template": "t", "region": "eu"},
            {"name": "west", "template": "t", "region": "us"}
        ]
    })
}

fn green() -> Value {
    let mut document = document();
    let fleet = document.as_object_mut().unwrap();
    fleet.remove("existingClusters");
    fleet["defaults"].as_object_mut().unwrap().remove("runsIn");
    document
}

fn with(mut document: Value, changes: &[(&str, Value)]) -> Value {
    for (at, to) in changes {
        let (around, key) = at.rsplit_once('/').unwrap();
        document.pointer_mut(around).unwrap()[key] = to.clone();
    }
    document
}

fn load(document: &Value) -> Fleet {
    Fleet::from_json(&document.to_string()).unwrap_or_else(|error| panic!("{error}"))
}

fn workload<'f>(fleet: &'f Fleet, name: &str) -> &'f tenantry::fleet::Workload {
    &fleet.workloads()[fleet.find(name).unwrap()]
}

/// The one problem, or all of them.
fn problems(document: &Value) -> Vec<(&'static str, String)> {
    match Fleet::from_json(&document.to_string()) {
        Ok(_) => Vec::new(),
        Err(error) => error.problems.iter().map(|it| (it.code, it.path.clone())).collect(),
    }
}

#[test]
fn a_copy_has_what_is_left_to_carry() {
    // copies, and: how many, at most in a region, pods of one
    for (copies, count, in_a_region, pods) in [
        (json!(1), 1, None, 7),
        (json!(3), 3, None, 7),
        (json!({"count": 3}), 3, None, 7),
        (json!({"count": 3, "survive": 0}), 3, None, 3),
        (json!({"count": 3, "survive": 1}), 3, None, 4),
        (json!({"count": 3, "spread": "region", "survive": 1}), 3, Some(1), 4),
        (json!({"count": 4, "spread": {"perRegion": 2}, "survive": {"regions": 1}}), 4, Some(2), 4),
        (json!({"count": 3, "spread": "region", "survive": {"regions": 2}}), 3, Some(1), 7),
        (json!({"count": 3, "spread": "region", "survive": {"regions": 0}}), 3, Some(1), 3),
        (json!({"each": "region"}), 3, Some(1), 7),
    ] {
        let document = with(
            document(),
            &[("/workloads/0/copies", copies.clone()), ("/workloads/0/fixedRequests", json!({"cpu": 1}))],
        );
        let fleet = load(&document);
        let web = workload(&fleet, "web");
        let found = (web.copies(), web.most_in_a_region(), web.replicas_of_copy());
        assert_eq!(found, (count, in_a_region, pods), "{copies}");
        assert_eq!((web.replicas, web.total[0]), (7, 1000 * (pods + 1)), "{copies}");
        assert_eq!((web.most_clusters(), web.is_split()), (count, false));
        assert!(
            matches!(&web.presence, Presence::Copies(it) if (it.spread == CopySpread::Each) == copies["each"].is_string())
        );
    }
    let fleet = load(&document());
    assert_eq!(workload(&fleet, "web").presence, Presence::One);
}

#[test]
fn a_split_may_be_where_one_replica_fits() {
    let big = [("/workloads/0/replicas", json!(70)), ("/workloads/0/split", json!({"clusters": 3}))];
    let fleet = load(&with(green(), &big));
    let web = workload(&fleet, "web");
    assert_eq!((web.most_clusters(), web.replicas_of_copy(), web.copies()), (3, 70, 1));
    assert!(web.is_split() && !web.sites.is_empty());
    let whole = with(green(), &[("/workloads/0/replicas", json!(70))]);
    assert_eq!(problems(&whole)[0].0, "fits-no-template");
    // not even one
    let huge = [("/workloads/0/requests/cpu", json!(70)), ("/workloads/0/split", json!(true))];
    assert_eq!(problems(&with(green(), &huge))[0].0, "fits-no-template");
    // and a copy where the copy does, which may be smaller than all replicas
    let thirds = [("/workloads/0/replicas", json!(20)), ("/workloads/0/copies", json!({"count": 3, "survive": 0}))];
    assert!(problems(&with(green(), &thirds)).is_empty());
    let no = [("/workloads/0/split", json!(false))];
    assert_eq!(workload(&load(&with(green(), &no)), "web").presence, Presence::One);
}

#[test]
fn what_no_placement_keeps_is_named() {
    let both = |key: &str, to: Value| {
        vec![
            ("/workloads/0/namespace", json!("n")),
            ("/workloads/1/namespace", json!("n")),
            (if key == "split" { "/workloads/0/split" } else { "/workloads/0/copies" }, to),
        ]
    };
    let together = json!([{"id": "pair", "members": ["web", "api"]}]);
    let cases: Vec<Case> = vec![
        (vec![("/workloads/0/copies", json!(5))], "too-many-copies", "workloads[0].copies"),
        (
            vec![("/workloads/0/copies", json!({"count": 4, "spread": "region"}))],
            "too-many-copies",
            "workloads[0].copies.spread",
        ),
        (
            vec![("/regions/1/maxClusters", json!(0)), ("/workloads/0/copies", json!({"each": "region"}))],
            "no-place-for-copy",
            "workloads[0].copies",
        ),
        (
            vec![
                ("/clusterTemplates/0/regions", json!(["eu", "us"])),
                ("/workloads/0/copies", json!({"each": "region"})),
            ],
            "no-place-for-copy",
            "workloads[0].copies",
        ),
        (
            vec![
                ("/clusterTemplates/0/regions", json!(["eu", "us"])),
                ("/workloads/0/copies", json!({"count": 3, "spread": {"perRegion": 1}})),
            ],
            "too-many-copies",
            "workloads[0].copies",
        ),
        (both("copies", json!(2)), "contradiction", "workloads[0].copies"),
        (both("split", json!(true)), "contradiction", "workloads[0].split"),
        (
            vec![
                ("/policy", json!({"together": together})),
                ("/workloads/1/copies", json!({"count": 1, "spread": "region"})),
            ],
            "contradiction",
            "workloads[1].copies",
        ),
        (
            vec![
                ("/policy", json!({"together": [{"id": "pair", "members": ["web", "api"], "in": "region"}]})),
                ("/workloads/1/split", json!(true)),
            ],
            "contradiction",
            "workloads[1].split",
        ),
        (
            vec![
                ("/policy", json!({"together": [{"id": "pair", "members": ["web", "api"], "in": "region"}]})),
                ("/workloads/1/copies", json!({"count": 2, "spread": "region"})),
            ],
            "contradiction",
            "workloads[1].copies",
        ),
        (
            vec![(
                "/policy",
                json!({"together": [{"id": "pair", "members": ["web", "api"], "in": "region"}],
                    "apart": [{"id": "far", "members": ["web", "api"], "by": "region"}]}),
            )],
            "contradiction",
            "workloads[0]",
        ),
        (
            vec![("/workloads/0/split", json!(true)), ("/workloads/0/copies", json!(2))],
            "contradiction",
            "workloads[0].copies",
        ),
    ];
    for (changes, code, path) in cases {
        let document = with(green(), &changes);
        assert_eq!(problems(&document), [(code, path.to_owned())], "{document:#}");
    }
    // by cluster they may be in one region
    let policy = json!({"together": [{"id": "pair", "members": ["web", "api"], "in": "region"}],
        "apart": [{"id": "far", "members": ["web", "api"], "by": "cluster"}]});
    let fleet = load(&with(green(), &[("/policy", policy)]));
    assert_eq!(fleet.policy().kept_apart[0].by, ApartBy::Cluster);
    assert_eq!(fleet.policy().together_in_region[0].members.len(), 2);
    assert!(fleet.policy().together.is_empty() && fleet.units().len() == 2);
    // all at once
    let mut document = green();
    document["workloads"][0]["copies"] = json!({"count": 2, "spread": "regoin", "survive": 4});
    document["workloads"][1]["split"] = json!({"clusters": 0});
    assert_eq!(problems(&document).len(), 2);
    // regions that there are not
    let mut document = green();
    document.as_object_mut().unwrap().remove("regions");
    document["defaults"] = json!({"missingRequests": "error"});
    document["workloads"][0]["copies"] = json!({"each": "region"});
    document["workloads"][1]["copies"] = json!({"count": 2, "spread": "region"});
    document["policy"] = json!({"apart": [{"id": "far", "members": ["web", "api"], "by": "region"}]});
    let paths: Vec<String> = problems(&document).into_iter().map(|it| it.1).collect();
    assert_eq!(paths, ["workloads[0].copies.each", "workloads[1].copies.spread", "policy.apart[0].by"]);
}

#[test]
fn where_several_run_and_must_be() {
    let several = [
        ("/workloads/0/copies", json!(2)),
        ("/workloads/0/runsIn", json!(["west", "east"])),
        ("/workloads/0/pin", json!(["west", "north"])),
        ("/workloads/1/split", json!(true)),
        ("/workloads/1/runsIn", json!({"west": 1, "east": 3})),
    ];
    let fleet = load(&with(document(), &several));
    let of = |name: &str| fleet.whereabouts(fleet.find(name).unwrap()).unwrap();
    assert_eq!((&of("web").runs_in[..], &of("web").pins[..]), (&[0, 2][..], &[1, 2][..]));
    assert_eq!(of("api").replicas, [(0, 3), (2, 1)]);
    assert_eq!([0, 1, 2].map(|it| of("api").replicas_in(it, 4)), [3, 0, 1]);
    assert_eq!([0, 1, 2].map(|it| of("web").replicas_in(it, 7)), [7, 0, 7]);
    // a name alone is all of a split
    let alone = with(document(), &[("/workloads/1/split", json!(true)), ("/workloads/1/runsIn", json!("west"))]);
    let fleet = load(&alone);
    assert_eq!(fleet.whereabouts(fleet.find("api").unwrap()).unwrap().replicas, [(2, 4)]);
    // copies that are written are given up, with a word
    for (copies, runs, code) in [(json!(1), json!(["east", "west"]), true), (json!(2), json!(["east", "west"]), false)]
    {
        let fleet = load(&with(document(), &[("/workloads/0/copies", copies), ("/workloads/0/runsIn", runs)]));
        assert_eq!(fleet.warnings().iter().any(|it| it.code == "copies-given-up"), code);
    }
    // and so are replicas of a split
    for (replicas, runs, warned) in [
        (4, json!({"west": 1, "east": 4}), true),
        (4, json!({"west": 9}), true),
        (4, json!({"west": 1, "east": 3}), false),
        (4, json!("west"), false),
        (4, json!({"west": 1}), false),
    ] {
        let split = [("/workloads/1/split", json!(true)), ("/workloads/1/replicas", json!(replicas))];
        let fleet = load(&with(document(), &[&split[..], &[("/workloads/1/runsIn", runs)]].concat()));
        let given_up = fleet.warnings().iter().find(|it| it.code == "replicas-given-up");
        assert_eq!(given_up.is_some_and(|it| it.message.starts_with("shop/api:")), warned, "{given_up:?}");
    }
    let cases: Vec<Case> = vec![
        (vec![("/workloads/0/runsIn", json!(["east", "west"]))], "contradiction", "workloads[0].runsIn"),
        (vec![("/workloads/0/runsIn", json!({"east": 2}))], "contradiction", "workloads[0].runsIn"),
        (
            vec![("/workloads/0/copies", json!(2)), ("/workloads/0/runsIn", json!({"east": 2}))],
            "contradiction",
            "workloads[0].runsIn",
        ),
        (
            vec![("/workloads/1/split", json!(true)), ("/workloads/1/runsIn", json!(["east", "west"]))],
            "contradiction",
            "workloads[1].runsIn",
        ),
        (
            vec![("/workloads/1/split", json!(true)), ("/workloads/1/runsIn", json!({"east": 0}))],
            "bad-number",
            "workloads[1].runsIn.east",
        ),
        (
            vec![("/workloads/1/split", json!(true)), ("/workloads/1/runsIn", json!({"eest": 1}))],
            "unknown-cluster",
            "workloads[1].runsIn.eest",
        ),
        (
            vec![("/workloads/1/split", json!(true)), ("/workloads/1/runsIn", json!({}))],
            "empty-map",
            "workloads[1].runsIn",
        ),
        (vec![("/workloads/0/pin", json!(["east", "west"]))], "contradiction", "workloads[0].pin"),
        (
            vec![("/workloads/0/copies", json!(2)), ("/workloads/0/pin", json!(["east", "west", "north"]))],
            "contradiction",
            "workloads[0].pin",
        ),
        (
            vec![("/workloads/0/copies", json!(2)), ("/workloads/0/pin", json!(["east", "east"]))],
            "duplicate-value",
            "workloads[0].pin[1]",
        ),
        (
            vec![("/workloads/1/split", json!({"clusters": 1})), ("/workloads/1/pin", json!(["east", "west"]))],
            "contradiction",
            "workloads[1].pin",
        ),
        (vec![("/tenants/0/pin", json!(["east", "west"]))], "contradiction", "tenants[0].pin"),
        (
            vec![
                ("/tenants/0/pin", json!(["east", "west"])),
                ("/workloads/0/copies", json!(2)),
                ("/workloads/0/pin", json!("north")),
                ("/workloads/1/copies", json!(2)),
            ],
            "contradiction",
            "workloads[0].pin",
        ),
    ];
    for (changes, code, path) in cases {
        let document = with(document(), &changes);
        assert_eq!(problems(&document), [(code, path.to_owned())], "{document:#}");
    }
}

#[test]
fn spread_and_rules_of_regions_tell_regions_apart() {
    let sites = |changes: &[(&str, Value)]| load(&with(green(), changes)).sites().len();
    assert_eq!(sites(&[]), 1);
    assert_eq!(sites(&[("/workloads/0/copies", json!(2))]), 1);
    assert_eq!(sites(&[("/workloads/0/copies", json!({"count": 2, "spread": "region"}))]), 3);
    assert_eq!(sites(&[("/workloads/0/copies", json!({"each": "region"}))]), 3);
    let group = json!({"together": [{"id": "pair", "members": ["web", "api"], "in": "region"}]});
    assert_eq!(sites(&[("/policy", group)]), 3);
    let rule = |by: &str| json!({"apart": [{"id": "far", "members": ["web", "api"], "by": by}]});
    assert_eq!((sites(&[("/policy", rule("region"))]), sites(&[("/policy", rule("cluster"))])), (3, 1));
}

#[test]
fn every_command_knows_of_several_clusters() {
    let policy = json!({"together": [{"id": "pair", "members": ["web", "api"], "in": "region"}],
        "apart": [{"id": "far", "members": ["web", "api"], "by": "cluster"}]});
    let apart = json!({"apart": policy["apart"]});
    let fleet = load(&with(green(), &[("/workloads/0/split", json!(true)), ("/policy", apart)]));
    assert!(fleet.plan(&PlanOptions::default()).is_ok());
    let ruled = load(&with(green(), &[("/policy", policy)]));
    assert!(ruled.plan(&PlanOptions::default()).is_ok());
    assert!(ruled.grow(&GrowOptions::default()).is_ok());
    let copies = load(&with(document(), &[("/workloads/0/copies", json!(2))]));
    assert!(copies.plan(&PlanOptions::default()).is_ok());
    let plan = copies.plan(&PlanOptions::default()).unwrap();
    assert!(plan.migration(&copies, &MigrateOptions::default()).is_ok());
    let split = load(&with(document(), &[("/workloads/0/split", json!(true))]));
    assert!(split.grow(&GrowOptions::default()).is_ok());
    assert!(split.frontier(&FrontierOptions::default()).is_ok());
    let plan = split.plan(&PlanOptions::default()).unwrap();
    assert!(plan.migration(&split, &MigrateOptions::default()).is_ok());
    let one = with(
        green(),
        &[("/workloads/0/copies", json!({"count": 1, "survive": 0})), ("/workloads/1/split", json!(false))],
    );
    assert!(load(&one).plan(&PlanOptions::default()).is_ok());
}

#[test]
fn named_workloads_are_explained_apart() {
    let policy = json!({"apart": [{"id": "far", "members": ["web", "api"], "by": "region", "reason": "one flood"}]});
    let fleet = load(&with(green(), &[("/policy", policy)]));
    let text = fleet.explain("web", "api").unwrap().to_string();
    assert!(text.contains("kept in different regions: one flood [apart:far]"), "{text}");
}

/// Rule, cluster, workload and words of every violation.
fn audited(document: &Value) -> Vec<(String, String, String, String)> {
    let audit = load(document).audit(&AuditOptions::default()).unwrap();
    let text = |it: &Option<String>| it.clone().unwrap_or_default();
    audit
        .violations
        .iter()
        .map(|it| (it.rule.clone(), text(&it.cluster), text(&it.workload), it.message.clone()))
        .collect()
}

#[test]
fn what_runs_is_held_against_copies_and_rules() {
    let policy = json!({"together": [{"id": "near", "members": ["web", "api"], "in": "region"}],
        "apart": [{"id": "far", "members": ["web", "api"], "by": "cluster"}]});
    let document = with(
        document(),
        &[
            ("/policy", policy),
            ("/workloads/0/copies", json!({"count": 3, "spread": {"perRegion": 3}, "survive": 1})),
            ("/workloads/0/runsIn", json!(["east", "north"])),
            ("/workloads/1/runsIn", json!("east")),
        ],
    );
    let found = audited(&document);
    let said: Vec<&str> = found.iter().map(|it| it.3.as_str()).collect();
    let expected = [
        "shop/api is in east with shop/web: far keeps them apart",
        "shop/web is in east with shop/api: far keeps them apart",
        "shop/web runs in 2 clusters and has 3 copies",
        "the group near must stand in one region, and is in eu, us",
    ];
    for words in expected {
        assert!(said.contains(&words), "{words}\n{said:#?}");
    }
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    // the loss of a region leaves a copy of four pods of seven
    let audit = load(&document).audit(&AuditOptions::default()).unwrap();
    let of: Vec<_> =
        audit.losses_of_regions.iter().map(|it| (it.region.as_str(), it.workloads, it.pods, it.left)).collect();
    assert_eq!(of, [("us", 2, 8, Some(4)), ("eu", 1, 4, Some(4))]);
    let title = |rule: &str| audit.groups.iter().find(|it| it.rule == rule).unwrap().title.clone();
    assert_eq!(title("apart:far"), "workloads that far keeps apart");
    assert_eq!(title("together:near"), "a group that must stand in one region is in several");
    // a split that does not add up, over too many clusters
    let parts = with(
        self::document(),
        &[("/workloads/1/split", json!({"clusters": 1})), ("/workloads/1/runsIn", json!({"east": 1, "west": 1}))],
    );
    let rules: Vec<String> = audited(&parts).into_iter().map(|it| it.0).collect();
    assert_eq!(rules, ["replicas", "split"]);
}

#[test]
fn wishes_of_copies_that_contradict_are_named() {
    let held = |changes: &[(&str, Value)]| -> Vec<String> {
        let mut document = with(document(), changes);
        document["workloads"][1]["runsIn"] = json!("north");
        let found = audited(&document).into_iter().filter(|it| it.0.starts_with("contradiction:"));
        found.map(|it| it.0["contradiction:".len()..].to_owned()).collect()
    };
    let copies = |copies: Value| ("/workloads/0/copies", copies);
    let pins = |names: Value| ("/workloads/0/pin", names);
    assert!(held(&[copies(json!(2)), pins(json!(["east", "west"]))]).is_empty());
    let spread = json!({"count": 2, "spread": "region"});
    assert_eq!(held(&[copies(spread.clone()), pins(json!(["east", "west"]))]), ["held-against-spread"]);
    assert!(held(&[copies(spread), pins(json!(["east", "north"]))]).is_empty());
    let stays =
        [copies(json!(1)), ("/workloads/0/runsIn", json!(["east", "west"])), ("/workloads/0/stay", json!("cluster"))];
    assert_eq!(held(&stays), ["held-in-two-clusters"]);
    // the three clusters that there are count for the four of the template
    assert!(held(&[copies(json!(4))]).is_empty());
    assert_eq!(held(&[copies(json!(5))]), ["too-many-copies"]);
    let nowhere = [("/clusterTemplates/0/regions", json!(["eu", "us"])), copies(json!({"each": "region"}))];
    assert_eq!(held(&nowhere), ["no-place-for-copy"]);
    let policy = |key: &str, entry: Value| ("/policy", json!({key: [entry]}));
    let near = policy("together", json!({"id": "near", "members": ["web", "api"], "in": "region"}));
    let api = ("/workloads/1/pin", json!("north"));
    assert_eq!(held(&[near, pins(json!("east")), api.clone()]), ["held-in-two-regions"]);
    let far = |by: &str| policy("apart", json!({"id": "far", "members": ["web", "api"], "by": by}));
    assert_eq!(held(&[far("cluster"), pins(json!("north")), api.clone()]), ["held-against-reason"]);
    assert_eq!(held(&[far("region"), pins(json!("north")), api.clone()]), ["held-against-reason"]);
    assert!(held(&[far("region"), pins(json!("east")), api]).is_empty());
}

#[test]
fn a_cordoned_cluster_takes_no_more_of_a_split() {
    let mut document = with(
        document(),
        &[
            ("/existingClusters/0/mode", json!("cordon")),
            ("/workloads/1/split", json!(true)),
            ("/workloads/1/runsIn", json!({"east": 2, "north": 2})),
        ],
    );
    let fleet = load(&document);
    let day = fleet.as_of().unwrap();
    let mut placement = today(&fleet);
    let codes = |placement: &Placement| -> Vec<&str> {
        let found = legal(&fleet, placement, day);
        found
            .iter()
            .map(|it| it.code.name())
            .filter(|it| !matches!(*it, "missing-workload" | "empty-cluster"))
            .collect()
    };
    assert!(codes(&placement).is_empty(), "{:?}", legal(&fleet, &placement, day));
    placement.shares[0].replicas += 1;
    placement.shares[1].replicas -= 1;
    assert_eq!(codes(&placement), ["closed-cluster"]);
    placement.shares[1].replicas += 1;
    let mut found = codes(&placement);
    found.sort_unstable();
    assert_eq!(found, ["closed-cluster", "wrong-replicas"]);
    // the two that run nowhere may go anywhere but there
    document["workloads"][1]["runsIn"] = json!({"east": 2});
    let places = load(&document).place(&["api"], false).unwrap();
    let fits: Vec<(&str, bool)> = places.asked[0].candidates.iter().map(|it| (it.name.as_str(), it.fits)).collect();
    assert_eq!(fits, [("east", false), ("north", true), ("west", true), ("t", true)]);
}
