//! Plans of small random fleets against a second, naive implementation and exhaustive search; and laws that hold for
//! every fleet.

use crate::naive;

use naive::{Naive, document};
use serde_json::{Value, json};
use tenantry::Ruling;
use tenantry::engine::{Silent, random::Random};
use tenantry::internals::{Cluster, Placement, Share, names};
use tenantry::plan::{Plan, PlanProof, PlanStatus};
use tenantry::{Error, Fleet, PlanOptions};

/// Random documents may hold contradictions: those are refused.
fn load(document: &Value) -> Option<Fleet> {
    match Fleet::from_json(&document.to_string()) {
        Ok(fleet) => Some(fleet),
        Err(error) => {
            if std::env::var_os("TENANTRY_SHOW").is_some() {
                eprintln!("{error}");
            }
            None
        }
    }
}

fn planned(document: &Value) -> Option<Result<Plan, Error>> {
    Some(tenantry::plan(&load(document)?, &PlanOptions::default(), &Silent))
}

/// The number of clusters; `u64::MAX` where no plan exists; `None` where the document is refused.
fn fewest(document: &Value) -> Option<u64> {
    match planned(document)? {
        Ok(plan) => {
            assert!(
                matches!(plan.status, PlanStatus::Optimal | PlanStatus::Infeasible),
                "{:?}\n{document:#}",
                plan.status
            );
            Some(plan.summary.clusters.unwrap_or(u64::MAX))
        }
        Err(Error::Fleet(_)) => None,
        Err(error) => panic!("{error}\n{document:#}"),
    }
}

#[test]
fn plans_agree_with_exhaustive_search_over_naive_rules() {
    let (mut accepted, mut infeasible, mut refused) = (0, 0, 0);
    for seed in 0..600 {
        let document = document(&mut Random::new(seed));
        let naive = Naive::new(&document);
        let Some(answer) = planned(&document) else {
            refused += 1;
            continue;
        };
        accepted += 1;
        match answer {
            Err(Error::Fleet(error)) => {
                assert!(error.problems.iter().all(|problem| problem.code == "together-against-reason"), "{error}");
                assert!(naive.contradicts(true), "seed {seed}: refused without a contradiction: {error}\n{document:#}");
            }
            Err(error) => panic!("seed {seed}: {error}\n{document:#}"),
            Ok(plan) => {
                assert!(!naive.contradicts(true), "seed {seed}: planned against a contradiction\n{document:#}");
                let Some((clusters, cost)) = naive.best(true) else {
                    assert_eq!(plan.status, PlanStatus::Infeasible, "seed {seed}\n{document:#}");
                    assert!(plan.clusters.is_none() && !plan.contradictions.is_empty());
                    infeasible += 1;
                    continue;
                };
                assert_eq!(plan.status, PlanStatus::Optimal, "seed {seed}\n{document:#}");
                assert_ne!(plan.proof, PlanProof::None);
                assert_eq!(plan.summary.clusters, Some(clusters), "seed {seed}\n{document:#}");
                if document["objective"][1] == "cost" {
                    assert_eq!(plan.summary.cost, Some(cost as f64 / 1000.0), "seed {seed}\n{document:#}");
                    assert_eq!(plan.summary.cost_lower_bound, Some(cost as f64 / 1000.0), "seed {seed}\n{document:#}");
                }
                let waived = plan.waivers.iter().any(|row| row.state != tenantry::plan::WaiverState::Expired);
                if waived && !naive.contradicts(false) {
                    let without = naive.best(false).map(|(clusters, _)| clusters);
                    assert_eq!(plan.summary.clusters_without_waivers, without, "seed {seed}\n{document:#}");
                }
            }
        }
    }
    assert!(accepted > 300 && infeasible > 5, "{accepted} accepted, {infeasible} infeasible, {refused} refused");
}

#[test]
fn explanations_agree_with_naive_rules() {
    for seed in 0..400 {
        let document = document(&mut Random::new(seed));
        let naive = Naive::new(&document);
        let Some(fleet) = load(&document) else { continue };
        if naive.contradicts(true) {
            continue;
        }
        let called = |workload: usize| {
            let text = |key: &str| naive.workloads[workload][key].as_str().unwrap();
            format!("{}/{}", text("tenant"), text("name"))
        };
        for u in 0..naive.workloads.len() {
            for v in 0..naive.workloads.len() {
                if u == v {
                    continue;
                }
                let explained = tenantry::explain(&fleet, None, &called(u), &called(v)).unwrap();
                let all: Vec<&str> = explained.reasons.iter().map(|reason| reason.rule.as_str()).collect();
                let mut standing: Vec<&str> = explained
                    .reasons
                    .iter()
                    .filter(|reason| reason.waived.is_empty())
                    .map(|reason| reason.rule.as_str())
                    .collect();
                let (mut raw, mut left) = (naive.reasons(u, v, false), naive.reasons(u, v, true));
                let mut all = all;
                for list in [&mut all, &mut standing] {
                    list.sort_unstable();
                }
                raw.sort();
                left.sort();
                assert_eq!(all, raw, "seed {seed}, {u} and {v}\n{document:#}");
                assert_eq!(standing, left, "seed {seed}, {u} and {v}\n{document:#}");
            }
        }
    }
}

#[test]
fn a_rule_more_never_lowers_the_count() {
    for seed in 0..150 {
        let mut random = Random::new(1_000 + seed);
        let plain = document(&mut random);
        let mut more = plain.clone();
        let rule = json!({"id": "extra", "subject": {"tenant": "t0"}, "neighbour": {"tenant": {"not": "t0"}}});
        let rules = &mut more["policy"]["distrust"];
        match rules.as_array_mut() {
            Some(rules) => rules.push(rule),
            None => *rules = json!([rule]),
        }
        if let (Some(before), Some(after)) = (fewest(&plain), fewest(&more)) {
            assert!(after >= before, "seed {seed}: {before} clusters, {after} with a rule more\n{plain:#}");
        }
    }
}

#[test]
fn a_waiver_never_raises_the_count() {
    for seed in 0..200 {
        let mut random = Random::new(2_000 + seed);
        let waived = document(&mut random);
        let mut without = waived.clone();
        if without["policy"].as_object_mut().unwrap().remove("waivers").is_none() {
            continue;
        }
        if let (Some(with), Some(without)) = (fewest(&waived), fewest(&without)) {
            assert!(with <= without, "seed {seed}: {without} clusters, {with} with a waiver\n{waived:#}");
        }
    }
}

#[test]
fn order_and_names_change_nothing() {
    for seed in 0..120 {
        let mut random = Random::new(3_000 + seed);
        let plain = document(&mut random);
        let mut turned = plain.clone();
        for key in ["tenants", "workloads", "clusterTemplates"] {
            turned[key].as_array_mut().unwrap().reverse();
        }
        let renamed = plain.to_string();
        let renamed = (0..4).fold(renamed, |text, index| {
            text.replace(&format!("\"t{index}\""), &format!("\"u{}\"", 9 - index))
                .replace(&format!("\"t{index}/"), &format!("\"u{}/", 9 - index))
                .replace(&format!("\"t{index}-"), &format!("\"u{}-", 9 - index))
        });
        let renamed: Value = serde_json::from_str(&renamed).unwrap();
        let count = fewest(&plain);
        assert_eq!(count, fewest(&turned), "seed {seed}, turned round\n{plain:#}");
        assert_eq!(count, fewest(&renamed), "seed {seed}, renamed\n{plain:#}");
    }
}

/// In what order rows are listed changes no byte of a plan: no name, no figure, no digest.
#[test]
fn the_order_of_rows_changes_no_byte() {
    let mut planned = 0;
    for seed in 0..80 {
        let mut random = Random::new(3_500 + seed);
        let plain = document(&mut random);
        let mut turned = plain.clone();
        for key in ["tenants", "workloads", "clusterTemplates"] {
            let rows = turned[key].as_array_mut().unwrap();
            for at in (1..rows.len()).rev() {
                rows.swap(at, random.below(at as u64 + 1) as usize);
            }
        }
        let bytes = |document: &Value| {
            let plan = load(document)?.plan(&PlanOptions::default()).ok()?;
            Some(tenantry::export::json(&plan).unwrap() + &tenantry::export::text(&plan))
        };
        let first = bytes(&plain);
        assert_eq!(first, bytes(&turned), "seed {seed}\n{plain:#}\n{turned:#}");
        planned += usize::from(first.is_some());
    }
    assert!(planned > 40, "{planned} plans");
}

/// Clusters of one content have numbers behind a short name, those of different contents different names.
#[test]
fn copies_have_short_names() {
    let document = serde_json::json!({
        "schema": "tenantry/v1", "asOf": "2026-11-23",
        "tenants": [{"name": "shop", "trust": "trusted"}],
        "workloads": [
            {"name": "web", "tenant": "shop", "copies": 3, "requests": {"cpu": 6, "memory": "1Gi"}},
            {"name": "log", "tenant": "shop", "requests": {"cpu": 3, "memory": "1Gi"}}
        ],
        "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 10, "memory": "8Gi"}}]
    });
    let plan = planned(&document).unwrap().unwrap();
    let mut names: Vec<&str> = plan.clusters.iter().flatten().map(|cluster| cluster.name.as_str()).collect();
    names.sort_unstable_by_key(|name| name.len());
    let [beside, one, two] = names[..] else { panic!("{names:?}") };
    let (stem, last) = one.rsplit_once('-').unwrap();
    assert_eq!((stem.len(), last, two), ("t-shop-".len() + 5, "1", format!("{stem}-2").as_str()), "{names:?}");
    assert_eq!(beside.len(), stem.len(), "{names:?}");
}

/// Taking one workload away changes at most the name of its own cluster; the names of a plan can be kept.
#[test]
fn names_of_clusters_follow_what_they_hold() {
    let mut removed = 0;
    for seed in 0..80 {
        let Some(fleet) = load(&document(&mut Random::new(3_700 + seed))) else { continue };
        let Ok(plan) = fleet.plan(&PlanOptions::default()) else { continue };
        let Some(clusters) = &plan.clusters else { continue };
        let site = |name: &str| {
            let named = |template: Option<usize>| template.is_some_and(|it| fleet.templates()[it].name == name);
            fleet.sites().iter().position(|site| named(site.template())).unwrap()
        };
        let mut placement = Placement::default();
        for (index, cluster) in clusters.iter().enumerate() {
            placement.clusters.push(Cluster {
                name: String::new(),
                site: site(&cluster.template),
                region: None,
                nodes: None,
            });
            placement.shares.extend(cluster.workloads.iter().map(|name| Share {
                workload: fleet.find(name).unwrap(),
                cluster: index,
                replicas: 1,
            }));
        }
        let names = |placement: &Placement| {
            let mut placement = placement.clone();
            names::by_content(&fleet, &mut placement);
            placement.clusters.into_iter().map(|cluster| cluster.name).collect::<Vec<_>>()
        };
        let all = names(&placement);
        assert_eq!(all, clusters.iter().map(|cluster| cluster.name.clone()).collect::<Vec<_>>());
        let distinct: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(distinct.len(), all.len(), "two clusters of one name: {all:?}");
        for at in 0..placement.shares.len() {
            let mut without = placement.clone();
            let gone = without.shares.swap_remove(at).cluster;
            for (index, (before, after)) in all.iter().zip(names(&without)).enumerate() {
                assert!(index == gone || *before == after, "{before} became {after}");
            }
            removed += 1;
        }
        let mut renamed = plan.clone();
        for cluster in renamed.clusters.iter_mut().flatten() {
            cluster.name = format!("kept-{}", cluster.name);
        }
        for row in &mut renamed.assignments {
            row.cluster = format!("kept-{}", row.cluster).into();
        }
        let options = PlanOptions { names_from: Some(renamed.clone().into()), ..PlanOptions::default() };
        let again = fleet.plan(&options).unwrap();
        assert_eq!(again.assignments, renamed.assignments, "seed {seed}");
    }
    assert!(removed > 100, "{removed} workloads");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for seed in 0..40 {
        let document = document(&mut Random::new(4_000 + seed));
        let Some(fleet) = load(&document) else { continue };
        let bytes = |threads| {
            let mut options = PlanOptions::default();
            options.solver.threads = Some(threads);
            let plan = tenantry::plan(&fleet, &options, &Silent).ok()?;
            Some(tenantry::export::json(&plan).unwrap())
        };
        let first = bytes(1);
        assert_eq!(first, bytes(1), "seed {seed}");
        assert_eq!(first, bytes(2), "seed {seed}");
        if let Some(text) = first {
            let plan = Plan::from_json(&text).unwrap();
            assert_eq!(tenantry::export::json(&plan).unwrap(), text);
            let checked = tenantry::check(&fleet, &plan, None).unwrap();
            let right = if plan.clusters.is_some() { Ruling::Legal } else { Ruling::Nothing };
            assert_eq!(checked.ruling(), right, "seed {seed}: {checked:?}");
        }
    }
}

/// Every way of spoiling a plan that keeps it well-formed must be found.
#[test]
fn a_spoiled_plan_is_found_out() {
    let mut spoiled = 0;
    for seed in 0..60 {
        let document = document(&mut Random::new(5_000 + seed));
        let Some(fleet) = load(&document) else { continue };
        let Ok(plan) = tenantry::plan(&fleet, &PlanOptions::default(), &Silent) else { continue };
        if plan.clusters.is_none() {
            continue;
        }
        let plain = serde_json::to_value(&plan).unwrap();
        let mut leaves = Vec::new();
        paths(&plain, String::new(), &mut leaves);
        for path in leaves {
            let Some(other) = changed(&path, &plain) else { continue };
            let Ok(bad) = Plan::from_json(&other.to_string()) else { continue };
            spoiled += 1;
            let found = tenantry::check(&fleet, &bad, None).unwrap();
            assert_ne!(found.ruling(), Ruling::Legal, "seed {seed}: {path} changed unseen");
        }
    }
    assert!(spoiled > 1_000, "{spoiled}");
}

/// What nobody can check from the fleet alone, or what is free text.
fn unchecked(path: &str) -> bool {
    let free = [
        "/version",
        "/fleetDigest",
        "/seed",
        "/stopped",
        "/proof",
        "/summary/lowerBoundReason",
        "/summary/costLowerBound",
    ];
    let later = ["/summary/isolationPremium", "/summary/clustersWithoutWaivers", "/summary/trustClasses", "/name"];
    free.iter().chain(&later).any(|known| path == *known)
        || ["/warnings", "/notCovered"].iter().any(|known| path.starts_with(known))
        || path.ends_with("/description")
        // fewer samples are as good
        || path.ends_with("/samples")
}

fn paths(value: &Value, path: String, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| paths(value, format!("{path}/{}", key.replace('/', "~1")), found))
        }
        Value::Array(list) => {
            if !list.is_empty() {
                found.push(path.clone());
            }
            list.iter().enumerate().for_each(|(index, value)| paths(value, format!("{path}/{index}"), found));
        }
        _ => found.push(path),
    }
}

fn changed(path: &str, plain: &Value) -> Option<Value> {
    if unchecked(path) {
        return None;
    }
    let mut other = plain.clone();
    let place = other.pointer_mut(path)?;
    *place = match &*place {
        Value::Array(list) => Value::Array(list[1..].to_vec()),
        Value::Number(number) if number.is_u64() => json!(number.as_u64()? + 1),
        Value::Number(number) => json!(number.as_f64()? + 0.5),
        Value::String(text) => json!(format!("{text}x")),
        Value::Bool(value) => json!(!value),
        _ => return None,
    };
    Some(other)
}
