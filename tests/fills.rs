//! What fills a cluster beside workloads: laws, and the documented limits.

use serde_json::{Value, json};
use tenantry::engine::{Options, Silent, random::Random};
use tenantry::fleet::{LOOKED_AT, PRESETS};
use tenantry::plan::Plan;
use tenantry::{Fleet, PlanOptions, Ruling};

fn planned(document: &Value) -> Option<Plan> {
    let fleet = Fleet::from_json(&document.to_string()).ok()?;
    let solver = Options { threads: Some(1), ..Options::default() };
    let plan = tenantry::plan(&fleet, &PlanOptions { solver, ..PlanOptions::default() }, &Silent).unwrap();
    assert_eq!(fleet.check(&plan).unwrap().ruling(), Ruling::Legal, "{document}");
    Some(plan)
}

/// A fleet of tenants that share in part, with what each takes once in a cluster.
fn fleet(random: &mut Random, overhead: impl Fn(usize) -> u64) -> Value {
    let tenants: Vec<Value> = (0..3)
        .map(|index| {
            let sharing = if index == 0 { "tenant" } else { "level" };
            let mut row = json!({"name": format!("t{index}"), "trust": "trusted", "sharing": sharing});
            if overhead(index) > 0 {
                row["overhead"] = json!({"cpu": overhead(index), "memory": format!("{}Mi", overhead(index))});
            }
            row
        })
        .collect();
    let workloads: Vec<Value> = (0..3 + random.below(8))
        .map(|index| {
            json!({"name": format!("w{index}"), "tenant": format!("t{}", random.index(3)), "replicas": 1 + random.below(2),
                   "requests": {"cpu": 1 + random.below(3), "memory": 0}})
        })
        .collect();
    json!({"schema": "tenantry/v1", "asOf": "2026-11-23", "tenants": tenants, "workloads": workloads,
           "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 10, "memory": "1Gi"}}]})
}

#[test]
fn more_overhead_never_needs_fewer_clusters() {
    let (mut compared, mut rose) = (0, 0);
    for seed in 0..300 {
        let at = |factor: u64| {
            let amounts: Vec<u64> = (0..3).map(|index| (seed + index) % 3 * factor).collect();
            planned(&fleet(&mut Random::new(seed), |index| amounts[index]))
        };
        let (Some(none), Some(some), Some(more)) = (at(0), at(1), at(2)) else { continue };
        for (less, more) in [(&none, &some), (&some, &more)] {
            let (least, clusters) = (less.summary.lower_bound, more.summary.clusters.unwrap());
            assert!(clusters >= least, "seed {seed}: {clusters} < {least}");
            assert!(more.summary.lower_bound >= least, "seed {seed}: the bound falls");
            compared += 1;
            rose += u64::from(clusters > less.summary.clusters.unwrap());
        }
        assert!(none.levels[0].forgot.is_empty(), "seed {seed}");
        assert!(none.clusters.iter().flatten().all(|cluster| cluster.overhead.is_empty()));
    }
    assert!(compared > 300 && rose > 50, "{compared} compared, {rose} rose");
}

#[test]
fn a_cluster_says_what_its_tenants_take_once() {
    let document = json!({
        "schema": "tenantry/v1",
        "tenants": [{"name": "a", "trust": "trusted", "overhead": {"cpu": "250m", "pods": 2}},
                    {"name": "b", "trust": "trusted", "overhead": {"cpu": 1, "memory": "64Mi"}}],
        "workloads": [{"name": "x", "tenant": "a", "requests": {"cpu": 1, "memory": "1Gi"}},
                      {"name": "y", "tenant": "a", "requests": {"cpu": 1, "memory": "1Gi"}},
                      {"name": "z", "tenant": "b", "requests": {"cpu": 1, "memory": "1Gi"}}],
        "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 8, "memory": "16Gi"}}]});
    let plan = planned(&document).unwrap();
    let cluster = &plan.clusters.as_ref().unwrap()[0];
    let once: Vec<(&str, &str)> =
        cluster.overhead.iter().map(|(name, amount)| (name.as_str(), amount.as_str())).collect();
    assert_eq!(once, [("cpu", "1250m"), ("memory", "64Mi"), ("pods", "2")]);
    assert_eq!(cluster.resources["cpu"].requested, "4250m", "three of workloads, and what stands above");
    assert_eq!(cluster.resources["pods"].requested, "5");
    assert_eq!(plan.levels[0].forgot, ["overhead"], "a has two units");
    assert!(tenantry::export::text(&plan).contains("once, for its tenants: cpu 1250m, memory 64Mi, pods 2"));
    // and a plan that leaves it out is found out
    let fleet = Fleet::from_json(&document.to_string()).unwrap();
    let mut spoilt = plan.clone();
    spoilt.clusters.as_mut().unwrap()[0].overhead.clear();
    assert_eq!(fleet.check(&spoilt).unwrap().differences[0].code.name(), "wrong-figure");
}

/// Workloads of many pods, more than a cluster of any provider may have.
fn crowd(random: &mut Random, maximums: Value) -> Value {
    let workloads: Vec<Value> = (0..4 + random.below(6))
        .map(|index| {
            json!({"name": format!("w{index}"), "tenant": "a", "replicas": 5_000 + random.below(40_000),
                   "requests": {"cpu": "1m", "memory": 0}})
        })
        .collect();
    json!({"schema": "tenantry/v1", "tenants": [{"name": "a", "trust": "trusted", "splitNamespaces": true}], "workloads": workloads,
           "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 10_000, "memory": "1Gi", "pods": "unlimited"},
                                 "maximums": maximums}]})
}

#[test]
fn a_preset_with_larger_limits_never_needs_more_clusters() {
    let mut presets = PRESETS.to_vec();
    presets.sort_by_key(|preset| preset.pods);
    let mut fell = 0;
    for seed in 0..40 {
        let counts: Vec<u64> = presets
            .iter()
            .map(|preset| {
                let plan = planned(&crowd(&mut Random::new(seed), json!({"preset": preset.name}))).unwrap();
                assert!(plan.not_covered.iter().any(|it| it.contains(preset.source) && it.contains(LOOKED_AT)));
                let own = json!({"pods": preset.pods, "namespaces": preset.namespaces});
                let same = planned(&crowd(&mut Random::new(seed), own)).unwrap();
                assert_eq!(same.summary.clusters, plan.summary.clusters, "the preset is its numbers");
                plan.summary.clusters.unwrap()
            })
            .collect();
        assert!(counts.is_sorted_by(|a, b| a >= b), "seed {seed}: {counts:?}");
        fell += u64::from(counts.first() > counts.last());
    }
    assert!(fell > 20, "{fell}");
}

#[test]
fn a_preset_is_held_against_nothing_else() {
    let warned = |maximums: Value| {
        let plan = planned(&crowd(&mut Random::new(7), maximums)).unwrap();
        plan.warnings.iter().any(|warning| warning.code == "beyond-upstream-limits")
    };
    assert!(warned(json!({})), "nothing is said of the limits");
    assert!(warned(json!({"tenants": 9})));
    assert!(!warned(json!({"preset": "gke"})), "the provider's limits are larger");
    assert!(!warned(json!({"preset": "upstream"})));
}

/// `docs/fleet.md` lists the numbers, the sources and the day.
#[test]
fn the_documentation_says_the_same_of_the_presets() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("docs/fleet.md")).unwrap();
    assert!(text.contains(LOOKED_AT));
    let spaced = |number: u64| {
        let digits = number.to_string();
        let at = digits.len() - 3;
        format!("{},{}", &digits[..at], &digits[at..])
    };
    for preset in PRESETS {
        let numbers = [preset.nodes, preset.pods, preset.namespaces].map(spaced).join(" | ");
        let row = format!("| `{}` | {numbers} |", preset.name);
        let found = text.lines().find(|line| line.starts_with(&row)).unwrap_or_else(|| panic!("{row}"));
        assert!(preset.source.split("; ").all(|source| found.contains(source)), "{found}");
    }
}

#[test]
fn what_runs_today_is_audited_with_what_tenants_take_once() {
    let with = |overhead: Value| {
        let document = json!({
            "schema": "tenantry/v1",
            "tenants": [{"name": "a", "trust": "trusted", "overhead": overhead}],
            "workloads": [{"name": "x", "tenant": "a", "runsIn": "one", "requests": {"cpu": 3, "memory": 0}},
                          {"name": "y", "tenant": "a", "runsIn": "one", "requests": {"cpu": 1, "memory": 0}}],
            "existingClusters": [{"name": "one", "allocatable": {"cpu": 4, "memory": "1Gi"}, "maximums": {"pods": 3}}]});
        let audit = Fleet::from_json(&document.to_string()).unwrap().audit(&Default::default()).unwrap();
        let value = serde_json::to_value(&audit).unwrap();
        let rules: Vec<String> =
            value["violations"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap().to_owned()).collect();
        rules
    };
    assert!(with(json!({"cpu": 0, "pods": 1})).is_empty());
    assert_eq!(with(json!({"cpu": "1m"})), ["capacity:cpu"]);
    assert!(with(json!({"pods": 2})).contains(&"maximum:pods".to_owned()));
}
