//! Where workloads may go now: every answer against the audit of what would be, and examples.

use serde_json::{Value, json};
use tenantry::engine::random::Random;
use tenantry::report::{Candidate, CandidateKind};
use tenantry::{AuditOptions, Error, Fleet};

use crate::naive;

fn load(document: &Value) -> Fleet {
    Fleet::from_json(&document.to_string()).unwrap_or_else(|error| panic!("{error}\n{document:#}"))
}

fn shop() -> Value {
    json!({
        "schema": "tenantry/v1", "asOf": "2026-11-23", "defaults": {"runsIn": []},
        "policy": {
            "attributes": {"stage": ["live", "test"]}, "separate": [{"by": "stage"}],
            "together": [{"id": "pair", "members": ["shop/web", "shop/cache"]}]
        },
        "tenants": [
            {"name": "shop", "trust": "trusted", "attributes": {"stage": "live"}},
            {"name": "lab", "trust": "trusted", "attributes": {"stage": "test"}},
            {"name": "base", "trust": "trusted", "platform": true, "attributes": {"stage": "live"}}
        ],
        "workloads": [
            {"name": "web", "tenant": "shop", "replicas": 2, "requests": {"cpu": 1, "memory": "1Gi"}},
            {"name": "cache", "tenant": "shop", "requests": {"cpu": 1, "memory": "1Gi"}},
            {"name": "desk", "tenant": "shop", "requests": {"cpu": 1, "memory": "1Gi"}, "runsIn": "east"},
            {"name": "db", "tenant": "shop", "requests": {"cpu": 1, "memory": "1Gi"}, "runsIn": "east", "stateful": true},
            {"name": "trial", "tenant": "lab", "requests": {"cpu": 1, "memory": "1Gi"}, "runsIn": "west"},
            {"name": "agent", "tenant": "base", "perCluster": true, "requests": {"cpu": "500m", "memory": "1Gi"}}
        ],
        "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 6, "memory": "32Gi"}, "maxCount": 4}],
        "existingClusters": [
            {"name": "east", "template": "t"}, {"name": "west", "template": "t"},
            {"name": "full", "template": "t", "occupied": {"cpu": 3}, "mode": "cordon"},
            {"name": "old", "template": "t", "mode": "drain"}
        ]
    })
}

fn at<'a>(candidates: &'a [Candidate], name: &str) -> &'a Candidate {
    candidates.iter().find(|it| it.name == name).unwrap()
}

fn rules(it: &Candidate) -> Vec<&str> {
    it.reasons.iter().map(|why| why.rule.as_str()).collect()
}

#[test]
fn every_reason_and_what_is_left() {
    let fleet = load(&shop());
    let places = fleet.place(&["web"], false).unwrap();
    let [web] = &places.asked[..] else { panic!("{places:?}") };
    assert_eq!(
        (web.workloads.as_slice(), web.company.as_slice()),
        (&["shop/web".to_owned()][..], &["shop/cache".to_owned()][..])
    );
    let east = at(&web.candidates, "east");
    // 6 less the agent, the two that run there, web's two pods and its mate
    assert_eq!(
        (east.fits, east.left["cpu"].as_str(), east.left["pods"].as_str(), east.workloads),
        (true, "500m", "149994", 2)
    );
    assert_eq!(rules(at(&web.candidates, "west")), ["separate:stage"]);
    assert_eq!(rules(at(&web.candidates, "full")), ["cordon", "capacity:cpu"]);
    assert_eq!(rules(at(&web.candidates, "old")), ["drain"]);
    let new = web.candidates.last().unwrap();
    assert_eq!(
        (new.kind, new.name.as_str(), new.fits, new.left["cpu"].as_str()),
        (CandidateKind::New, "t", true, "2500m")
    );
    assert_eq!(web.places, 2);
    // who runs somewhere: there too it is judged as if it came
    let db = &fleet.place(&["shop/db"], false).unwrap().asked[0];
    assert_eq!(db.runs_in, ["east"]);
    let east = at(&db.candidates, "east");
    assert!(east.fits && east.current && at(&db.candidates, "t").reasons[0].rule == "stay");
    assert_eq!(rules(at(&db.candidates, "west")), ["stay", "separate:stage"]);
}

#[test]
fn a_mate_that_runs_elsewhere_holds_back() {
    let mut document = shop();
    document["workloads"][1]["runsIn"] = json!("west");
    let places = load(&document).place(&["web"], false).unwrap();
    let web = &places.asked[0];
    assert!(web.company.is_empty());
    assert_eq!(rules(at(&web.candidates, "east")), ["together"]);
    assert_eq!(rules(at(&web.candidates, "west")), ["separate:stage"]);
}

#[test]
fn together_means_one_cluster() {
    let fleet = load(&shop());
    let each = fleet.place(&["web", "trial"], false).unwrap();
    assert_eq!((each.asked.len(), each.all_have_one()), (2, true));
    let both = fleet.place(&["web", "trial"], true).unwrap();
    assert_eq!((both.asked.len(), both.all_have_one()), (1, false));
    for it in &both.asked[0].candidates {
        assert!(rules(it).contains(&"separate:stage"), "{it:?}");
    }
}

#[test]
fn templates_that_may_not_be_used_once_more() {
    let mut document = shop();
    document["clusterTemplates"][0]["maxCount"] = json!(3);
    let places = load(&document).place(&["web"], false).unwrap();
    let new = places.asked[0].candidates.last().unwrap();
    // east, west and full count; the empty one does not
    assert_eq!(
        (rules(new), new.reasons[0].message.as_str()),
        (vec!["maxCount"], "it would be the 4th; at most 3 are allowed")
    );
}

#[test]
fn pods_need_nodes() {
    let mut document = shop();
    let pools = json!([{"name": "p", "allocatable": {"cpu": "1500m", "memory": "8Gi"}, "max": 4}]);
    document["existingClusters"][0] = json!({"name": "east", "nodePools": pools});
    let places = load(&document).place(&["web"], false).unwrap();
    // five pods of a core, and the agent, on four nodes of one and a half
    let east = at(&places.asked[0].candidates, "east");
    assert_eq!(rules(east), ["nodes"], "{east:?}");
    document["existingClusters"][0]["nodePools"][0]["max"] = json!(5);
    let places = load(&document).place(&["web"], false).unwrap();
    assert!(at(&places.asked[0].candidates, "east").fits);
}

#[test]
fn further_workloads_are_read_like_the_others() {
    let fleet = load(&shop());
    let more = fleet.with_further("tenants: [{name: new, trust: untrusted, attributes: {stage: test}}]\nworkloads:\n  - {name: app, tenant: new, requests: {cpu: 1, memory: 1Gi}}\n", false).unwrap();
    assert_eq!(more.workloads().len(), fleet.workloads().len() + 1);
    let app = &more.place(&["app"], false).unwrap().asked[0];
    assert_eq!((app.places, app.candidates.last().unwrap().fits), (1, true));
    let wrong =
        fleet.with_further("workloads:\n  - {name: app, tenant: shp, requests: {cpu: 1, memory: 1Gi}}\n", false);
    let problem = &wrong.unwrap_err().problems[0];
    assert_eq!(
        (problem.code, problem.path.as_str(), problem.position),
        ("unknown-tenant", "workloads[0].tenant", Some((2, 25)))
    );
    assert_eq!(problem.suggestion.as_deref(), Some("shop"));
    for (text, code) in [
        ("workload: []", "unknown-key"),
        ("tenants: []", "missing-key"),
        ("policy: {}\nworkloads: []", "unknown-key"),
        ("schema: tenantry/v2\nworkloads: []", "unsupported-schema"),
        ("workloads: [{name: web, tenant: shop, requests: {cpu: 1, memory: 1}}]", "duplicate-identity"),
        ("workloads: [{name: TODO, tenant: shop, requests: {cpu: 1, memory: 1}}]", "todo"),
    ] {
        let error = fleet.with_further(text, false).unwrap_err();
        assert!(error.problems.iter().any(|it| it.code == code), "{text}: {error}");
    }
}

#[test]
fn names_that_mean_nobody() {
    let fleet = load(&shop());
    for names in [&["nobody"][..], &[], &["agent"]] {
        assert!(matches!(fleet.place(names, false), Err(Error::Usage(_))), "{names:?}");
    }
}

/// A yes is a yes: with the workload there, the audit has no violation of it, of its room or of its cluster's maximums; and
/// a no is one, too, but for what no violation says (who is cordoned, who stays, whose pods found no nodes).
#[test]
fn the_audit_of_what_would_be_agrees() {
    let (mut yes, mut no) = (0, 0);
    for seed in 0..250 {
        let random = &mut Random::new(seed);
        let mut document = naive::document(random);
        let template = document["clusterTemplates"][0]["name"].clone();
        document["existingClusters"] =
            (0..2).map(|it| json!({"name": format!("c{it}"), "template": template})).collect();
        document["clusterTemplates"][0].as_object_mut().unwrap().remove("maxCount");
        for row in document["workloads"].as_array_mut().unwrap() {
            row["runsIn"] = if random.chance(300) { json!([]) } else { json!(format!("c{}", random.index(2))) };
        }
        let row = random.index(document["workloads"].as_array().unwrap().len());
        document["workloads"][row]["runsIn"] = json!([]);
        let Ok(fleet) = Fleet::from_json(&document.to_string()) else { continue };
        let text = |key: &str| document["workloads"][row][key].as_str().unwrap().to_owned();
        let who = format!("{}/{}", text("tenant"), text("name"));
        let placed = &fleet.place(&[&who], false).unwrap().asked[0];
        for candidate in placed.candidates.iter().filter(|it| it.kind == CandidateKind::Existing) {
            let mut then = document.clone();
            for mate in placed.workloads.iter().chain(&placed.company) {
                for row in then["workloads"].as_array_mut().unwrap() {
                    if *mate == format!("{}/{}", row["tenant"].as_str().unwrap(), row["name"].as_str().unwrap()) {
                        row["runsIn"] = json!(candidate.name);
                    }
                }
            }
            let audit = load(&then).audit(&AuditOptions::default()).unwrap();
            let ours = |it: &&tenantry::report::AuditedViolation| {
                let mine =
                    it.workload.as_ref().is_some_and(|it| placed.workloads.contains(it) || placed.company.contains(it));
                let room = it.workload.is_none() && it.cluster.as_ref() == Some(&candidate.name);
                // a group is split for its sake only if a mate of it runs elsewhere
                let split =
                    it.rule.starts_with("together") && candidate.reasons.iter().any(|why| why.rule == "together");
                (mine || room || split) && !it.rule.starts_with("contradiction:")
            };
            let found: Vec<_> = audit.violations.iter().filter(ours).map(|it| &it.rule).collect();
            assert_eq!(candidate.fits, found.is_empty(), "seed {seed}: {candidate:?}\n{found:?}\n{then:#}");
            if candidate.fits { yes += 1 } else { no += 1 }
        }
    }
    assert!(yes > 40 && no > 40, "{yes} {no}");
}

/// The same of a further copy, and of the replicas of a split that run nowhere yet.
#[test]
fn the_audit_of_a_further_copy_agrees() {
    let mut seen = std::collections::BTreeMap::new();
    for seed in 0..600 {
        let random = &mut Random::new(seed);
        let mut document = naive::document(random);
        let template = document["clusterTemplates"][0]["name"].clone();
        let cluster =
            |at: usize| json!({"name": format!("c{at}"), "template": template, "region": format!("r{}", at % 2)});
        document["existingClusters"] = (0..3).map(cluster).collect();
        document["regions"] = json!([{"name": "r0"}, {"name": "r1"}]);
        document["defaults"]["regions"] = json!("all");
        document["clusterTemplates"][0].as_object_mut().unwrap().remove("maxCount");
        for row in document["workloads"].as_array_mut().unwrap() {
            row["runsIn"] = json!(format!("c{}", random.index(3)));
        }
        let row = random.index(document["workloads"].as_array().unwrap().len());
        let split = random.chance(400);
        let ours = &mut document["workloads"][row];
        if split {
            (ours["replicas"], ours["split"]) = (json!(3), json!({"clusters": 1 + random.below(2)}));
            ours["runsIn"] = json!({format!("c{}", random.index(3)): 1 + random.below(2)});
            ours.as_object_mut().unwrap().remove("fixedRequests");
        } else {
            let spread = ["cluster", "region"][random.index(2)];
            ours["copies"] = json!({"count": 2, "spread": spread});
        }
        let Ok(fleet) = Fleet::from_json(&document.to_string()) else { continue };
        let text = |key: &str| document["workloads"][row][key].as_str().unwrap().to_owned();
        let who = format!("{}/{}", text("tenant"), text("name"));
        for candidate in &fleet.place(&[&who], false).unwrap().asked[0].candidates {
            if candidate.kind != CandidateKind::Existing {
                continue;
            }
            let mut then = document.clone();
            let runs = &mut then["workloads"][row]["runsIn"];
            if split {
                let missing = 3 - runs.as_object().unwrap().values().map(|it| it.as_u64().unwrap()).sum::<u64>();
                let here = runs[&candidate.name].as_u64().unwrap_or(0);
                runs[&candidate.name] = json!(here + missing);
            } else if runs.as_str() == Some(&candidate.name) {
                let rules: Vec<&str> = rules(candidate);
                assert!(rules.contains(&"copies"), "seed {seed}: {candidate:?}");
                *seen.entry("a copy is there").or_insert(0) += 1;
                continue;
            } else {
                *runs = json!([runs.clone(), candidate.name]);
            }
            let audit = load(&then).audit(&AuditOptions::default()).unwrap();
            let against = |it: &&tenantry::report::AuditedViolation| {
                let mine =
                    it.workload.as_deref() == Some(&who) && it.cluster.as_ref().is_none_or(|at| *at == candidate.name);
                let room = it.workload.is_none() && it.cluster.as_ref() == Some(&candidate.name);
                (mine || room) && !it.rule.starts_with("contradiction:")
            };
            let found: Vec<_> = audit.violations.iter().filter(against).map(|it| &it.rule).collect();
            assert_eq!(candidate.fits, found.is_empty(), "seed {seed}: {candidate:?}\n{found:?}\n{then:#}");
            let kind = match (split, candidate.fits) {
                (true, true) => "parts, yes",
                (true, false) => "parts, no",
                (false, true) => "a copy, yes",
                (false, false) => "a copy, no",
            };
            *seen.entry(kind).or_insert(0) += 1;
        }
    }
    assert!(seen.len() == 5 && seen.values().all(|&count| count > 20), "{seen:?}");
}
