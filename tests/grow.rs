//! How far a fleet can grow: every answer against plans of fleets that are made larger here, row by row.

use serde_json::{Value, json};
use tenantry::engine::random::Random;
use tenantry::engine::{Event, Options, Silent, Watch};
use tenantry::fleet::{Factor, Grows};
use tenantry::report::{BrokenWhat, Growth, GrowthPart};
use tenantry::{Fleet, GrowBy, GrowOptions, PlanOptions};

fn load(document: &Value) -> Fleet {
    Fleet::from_json(&document.to_string()).unwrap_or_else(|error| panic!("{error}\n{document:#}"))
}

fn small() -> Value {
    json!({
        "schema": "tenantry/v1", "name": "small", "asOf": "2026-11-23",
        "policy": {"attributes": {"stage": ["live", "test"]}, "separate": [{"by": "stage"}]},
        "tenants": [
            {"name": "shop", "trust": "trusted", "attributes": {"stage": "live"}},
            {"name": "lab", "trust": "trusted", "attributes": {"stage": "test"}},
            {"name": "base", "trust": "trusted", "platform": true, "attributes": {"stage": "live"}}
        ],
        "workloads": [
            {"name": "web", "tenant": "shop", "replicas": 4, "requests": {"cpu": 1, "memory": "1Gi"}},
            {"name": "api", "tenant": "shop", "replicas": {"min": 1, "max": 3}, "requests": {"cpu": 1, "memory": "1Gi"}},
            {"name": "trial", "tenant": "lab", "requests": {"cpu": 2, "memory": "1Gi"}},
            {"name": "agent", "tenant": "base", "perCluster": true, "requests": {"cpu": 1, "memory": "1Gi"}}
        ],
        "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 11, "memory": "64Gi"}, "maxCount": 4}]
    })
}

/// The document with what `which` names larger, by arithmetic of its own.
fn larger(document: &Value, hundredths: u64, of: Grows, which: &dyn Fn(&str) -> bool) -> Value {
    let mut document = document.clone();
    for row in document["workloads"].as_array_mut().unwrap() {
        if row["perCluster"] == true || !which(row["tenant"].as_str().unwrap()) {
            continue;
        }
        let up = |amount: u64| (amount * hundredths).div_ceil(100);
        match of {
            Grows::Replicas => {
                let count = if row["replicas"].is_object() { &row["replicas"]["max"] } else { &row["replicas"] };
                row["replicas"] = up(count.as_u64().unwrap_or(1)).into();
            }
            _ => {
                let cpu = row["requests"]["cpu"].as_u64().unwrap();
                row["requests"]["cpu"] = format!("{}m", up(cpu * 1000)).into();
                let memory = row["requests"]["memory"].as_str().unwrap();
                let memory: u64 = memory.strip_suffix("Gi").unwrap().parse().unwrap();
                row["requests"]["memory"] = up(memory << 30).into();
            }
        }
    }
    document
}

/// The fewest clusters, all of it proved; `None` where no plan exists.
fn fewest(document: &Value) -> Option<u64> {
    let fleet = match Fleet::from_json(&document.to_string()) {
        Ok(fleet) => fleet,
        Err(error) => {
            assert!(error.problems.iter().all(|it| it.code == "fits-no-template"), "{error}");
            return None;
        }
    };
    let plan = fleet.plan(&PlanOptions::default()).unwrap();
    assert_ne!(plan.summary.gap, Some(1), "a fleet of these tests is solved to the end");
    plan.summary.clusters
}

fn options(by: GrowBy, up_to: &str, of: Grows) -> GrowOptions {
    GrowOptions { by, up_to: up_to.parse().unwrap(), of, rises: 100, ..GrowOptions::default() }
}

fn hundredths(factor: f64) -> u64 {
    (factor * 100.0).round() as u64
}

/// Holds each number of a part against plans of its own.
fn holds(document: &Value, part: &GrowthPart, growth: &Growth, of: Grows, which: &dyn Fn(&str) -> bool) {
    let at = |factor: f64| fewest(&larger(document, hundredths(factor), of, which));
    let mut before = (growth.start.clusters.unwrap(), 1.0);
    assert_eq!(Some(before.0), at(1.0));
    for rise in &part.rises {
        assert!(rise.exact && rise.from >= before.0 && rise.lasts_to >= before.1, "{rise:?}");
        let needed = rise.needed_from.unwrap();
        assert_eq!(hundredths(needed), hundredths(rise.lasts_to) + 1);
        assert_eq!(at(rise.lasts_to), Some(rise.from), "{rise:?}");
        assert_eq!(at(needed), rise.after.clusters, "{rise:?}");
        assert!(rise.after.clusters.is_none_or(|clusters| clusters > rise.from));
        assert_eq!(rise.after.lower_bound, rise.after.clusters);
        before = (rise.from, rise.lasts_to);
    }
    let end = part.end.as_ref().unwrap();
    assert_eq!((at(end.factor), end.lower_bound), (end.clusters, end.clusters));
    if part.complete && end.clusters.is_some() {
        let last = part.rises.last().map_or(growth.start.clusters, |rise| rise.after.clusters);
        assert_eq!(last, end.clusters);
    }
}

#[test]
fn every_rise_is_where_plans_of_larger_fleets_have_it() {
    let document = small();
    for of in [Grows::Replicas, Grows::Requests] {
        let growth = load(&document).grow(&options(GrowBy::All, "4", of)).unwrap();
        let [part] = &growth.parts[..] else { panic!("{growth:?}") };
        assert!(part.complete && !part.rises.is_empty() && growth.stopped.is_none(), "{growth:?}");
        holds(&document, part, &growth, of, &|_| true);
        let growth = load(&document).grow(&options(GrowBy::Tenant, "4", of)).unwrap();
        let names: Vec<&str> = growth.parts.iter().map(|it| it.name.as_deref().unwrap()).collect();
        assert_eq!(names, ["lab", "shop"]); // the platform does not grow
        for part in &growth.parts {
            let name = part.name.clone().unwrap();
            holds(&document, part, &growth, of, &|tenant| tenant == name);
        }
    }
}

#[test]
fn random_fleets_in_any_order() {
    let mut random = Random::new(11);
    for _ in 0..6 {
        let mut document = small();
        let rows = document["workloads"].as_array_mut().unwrap();
        for index in 0..3 + random.index(3) {
            let tenant = ["shop", "lab"][random.index(2)];
            let (cpu, memory) = (1 + random.index(4), 1 + random.index(20));
            rows.push(json!({
                "name": format!("w{index}"), "tenant": tenant, "replicas": 1 + random.index(3),
                "requests": {"cpu": cpu, "memory": format!("{memory}Gi")}
            }));
        }
        document["clusterTemplates"][0]["maxCount"] = (2 + random.index(5)).into();
        let fleet = match Fleet::from_json(&document.to_string()) {
            Ok(fleet) if fewest(&document).is_some() => fleet,
            _ => continue,
        };
        let asked = options(GrowBy::All, "2.5", Grows::Replicas);
        let growth = fleet.grow(&asked).unwrap();
        holds(&document, &growth.parts[0], &growth, Grows::Replicas, &|_| true);
        document["workloads"].as_array_mut().unwrap().reverse();
        document["tenants"].as_array_mut().unwrap().reverse();
        assert_eq!(load(&document).grow(&asked).unwrap().to_json().unwrap(), growth.to_json().unwrap());
    }
}

#[test]
fn what_breaks_is_what_would_have_to_go() {
    let growth = load(&small()).grow(&options(GrowBy::All, "4", Grows::Replicas)).unwrap();
    let rises = &growth.parts[0].rises;
    let named = |index: usize| {
        let breaks = &rises[index].breaks;
        breaks.iter().map(|it| (it.what, it.name.as_str())).collect::<Vec<_>>()
    };
    assert_eq!(named(0), [(BrokenWhat::Resource, "cpu")]);
    // a workload that outgrows every cluster is named, and no plan exists from there on
    let last = rises.last().unwrap();
    assert!(last.after.is_impossible() && growth.parts[0].complete, "{last:?}");
    assert!(last.breaks.iter().any(|it| it.what == BrokenWhat::Workload && it.name == "shop/web"), "{last:?}");
    // a maximum count
    let mut document = small();
    document["clusterTemplates"][0]["maxCount"] = 2.into();
    let growth = load(&document).grow(&options(GrowBy::All, "4", Grows::Replicas)).unwrap();
    let rise = &growth.parts[0].rises[0];
    assert!(rise.after.is_impossible() && rise.exact, "{rise:?}");
    assert!(rise.breaks.iter().any(|it| it.what == BrokenWhat::MaxCount && it.name == "t"), "{rise:?}");
    assert!(rise.breaks.iter().any(|it| it.what == BrokenWhat::Resource && it.name == "cpu"), "{rise:?}");
    assert!(!rise.breaks.iter().any(|it| it.name == "memory"), "{rise:?}");
}

#[test]
fn a_maximum_of_namespaces_breaks_as_well() {
    // nine cores in three namespaces: one cluster of ten, or the roomy kind, which takes a single namespace
    let jobs = ["a", "b", "c"]
        .map(|it| json!({"name": it, "tenant": "shop", "replicas": 10, "requests": {"cpu": "300m", "memory": 0}}));
    let document = json!({"schema": "tenantry/v1", "tenants": [{"name": "shop", "trust": "trusted"}], "workloads": jobs,
        "clusterTemplates": [{"name": "tight", "allocatable": {"cpu": 10, "memory": "1Gi"}},
                             {"name": "roomy", "allocatable": {"cpu": 100, "memory": "1Gi"}, "maximums": {"namespaces": 1}}]});
    let growth = load(&document).grow(&options(GrowBy::All, "1.5", Grows::Replicas)).unwrap();
    let rise = &growth.parts[0].rises[0];
    let named: Vec<_> = rise.breaks.iter().map(|it| (it.what, it.name.as_str())).collect();
    assert_eq!(named, [(BrokenWhat::Resource, "cpu"), (BrokenWhat::Maximum, "namespaces")], "{rise:?}");
    assert!(tenantry::export::growth_text(&growth).contains("the maximum of namespaces"));
}

#[test]
fn nothing_grows_and_nothing_can() {
    let fleet = load(&small());
    let plan = fleet.plan(&PlanOptions::default()).unwrap();
    let growth = fleet.grow(&options(GrowBy::All, "1", Grows::Replicas)).unwrap();
    assert_eq!(
        (growth.start.clusters, growth.start.lower_bound),
        (plan.summary.clusters, Some(plan.summary.lower_bound))
    );
    assert_eq!((growth.parts[0].rises.len(), growth.parts[0].complete, growth.runs), (0, true, 1));
    let mut document = small();
    document["clusterTemplates"][0]["maxCount"] = 1.into();
    let growth = load(&document).grow(&GrowOptions::default()).unwrap();
    assert!(growth.start.is_impossible() && growth.parts[0].rises.is_empty() && !growth.parts[0].complete);
    assert!(!growth.start.why.is_empty());
    let unknown = load(&small()).grow(&options(GrowBy::Attribute("team".into()), "2", Grows::Replicas)).unwrap_err();
    assert_eq!(unknown.to_string(), "there is no attribute `team`: the policy declares `stage`");
    let growth = load(&small()).grow(&options(GrowBy::Attribute("stage".into()), "2", Grows::Replicas)).unwrap();
    assert_eq!(
        growth.parts.iter().map(|it| (it.by.as_str(), it.name.as_deref())).collect::<Vec<_>>(),
        [("attribute:stage", Some("live")), ("attribute:stage", Some("test"))]
    );
}

#[test]
fn another_fleet_is_added_and_must_not_contradict() {
    let ours = small();
    let mut theirs = small();
    theirs["tenants"] =
        json!([{"name": "mart", "trust": "trusted", "attributes": {"stage": "live"}}, ours["tenants"][0]]);
    theirs["workloads"] =
        json!([{"name": "store", "tenant": "mart", "replicas": 5, "requests": {"cpu": 1, "memory": "1Gi"}}]);
    let add = |document: &Value| GrowOptions {
        add: Some(load(document).into()),
        ..options(GrowBy::All, "1.5", Grows::Replicas)
    };
    let growth = load(&ours).grow(&add(&theirs)).unwrap();
    let added = growth.added.clone().unwrap();
    let mut both = ours.clone();
    both["tenants"].as_array_mut().unwrap().push(theirs["tenants"][0].clone());
    both["workloads"].as_array_mut().unwrap().push(theirs["workloads"][0].clone());
    assert_eq!((added.workloads, added.before.clusters, growth.start.clusters), (1, fewest(&ours), fewest(&both)));
    assert_eq!(growth.fleet_digest, load(&both).digest());
    holds(&both, &growth.parts[0], &growth, Grows::Replicas, &|_| true);
    // another tenant of the same name, another policy, another template; a workload twice
    theirs["tenants"][1]["attributes"]["stage"] = "test".into();
    theirs["policy"]["separate"] = json!([]);
    theirs["clusterTemplates"][0]["maxCount"] = 9.into();
    let tenantry::Error::Fleet(error) = load(&ours).grow(&add(&theirs)).unwrap_err() else { panic!() };
    let paths: Vec<&str> = error.problems.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(paths, ["policy", "clusterTemplates[0]", "tenants[1]"]);
    assert!(error.problems.iter().all(|it| it.code == "fleets-contradict"));
    let tenantry::Error::Fleet(error) = load(&ours).grow(&add(&ours)).unwrap_err() else { panic!() };
    assert_eq!((error.problems[0].code, error.problems[0].path.as_str()), ("duplicate-identity", "workloads[0].name"));
}

#[test]
fn limits_hold_for_all_of_it_and_what_is_known_is_said() {
    /// Stops after so many runs.
    struct After(u64, std::sync::atomic::AtomicBool);
    impl Watch for After {
        fn event(&self, event: Event) {
            if let Event::Run { number } = event {
                self.1.fetch_or(number > self.0, std::sync::atomic::Ordering::Relaxed);
            }
        }
        fn cancelled(&self) -> bool {
            self.1.load(std::sync::atomic::Ordering::Relaxed)
        }
    }
    let fleet = load(&small());
    let asked = options(GrowBy::All, "4", Grows::Replicas);
    let whole = tenantry::grow(&fleet, &asked, &Silent).unwrap();
    let cut = tenantry::grow(&fleet, &asked, &After(4, false.into())).unwrap();
    assert!(cut.runs < whole.runs && cut.stopped.is_some() && !cut.parts[0].complete, "{cut:?}");
    // what is said is still true
    for rise in &cut.parts[0].rises {
        let of_all = whole.parts[0].rises.iter().find(|it| it.from == rise.from).unwrap();
        assert!(rise.lasts_to <= of_all.lasts_to);
        assert!(rise.needed_from.is_none_or(|needed| needed >= of_all.needed_from.unwrap()));
    }
    let none = GrowOptions { solver: Options { work_limit: Some(0), ..Options::default() }, ..asked.clone() };
    assert!(fleet.grow(&none).unwrap().start.clusters.is_none_or(|clusters| clusters >= 2));
    let none =
        GrowOptions { solver: Options { time_limit: Some(std::time::Duration::ZERO), ..Options::default() }, ..asked };
    let growth = fleet.grow(&none).unwrap();
    assert!(growth.stopped.is_some() && growth.runs <= 2, "{growth:?}");
    assert!(Factor::of_hundredths(99).is_none());
}

#[test]
fn hostile_names_stay_on_their_lines() {
    let mut document = small();
    document["name"] = "a\u{202e}b".into();
    if let Ok(fleet) = Fleet::from_json(&document.to_string()) {
        let growth = fleet.grow(&options(GrowBy::Tenant, "2", Grows::Replicas)).unwrap();
        assert!(!tenantry::export::growth_text(&growth).contains('\u{202e}'));
    }
    let text =
        tenantry::export::growth_text(&load(&small()).grow(&options(GrowBy::All, "4", Grows::Replicas)).unwrap());
    assert!(text.contains("Growth of small, as of 2026-11-23: replicas times a factor, up to 4"), "{text}");
    let schema: Value = serde_json::from_str(&tenantry::report::growth_schema()).unwrap();
    assert_eq!(schema["properties"]["schema"]["const"], "tenantry-growth/v1");
}

#[test]
fn clusters_that_exist_are_filled_first() {
    let mut document = small();
    document["regions"] = json!([{"name": "north"}, {"name": "south", "maxClusters": 2}]);
    document["defaults"] = json!({"regions": "all", "runsIn": []});
    document["existingClusters"] = json!([
        {"name": "a", "template": "t", "region": "north"},
        {"name": "b", "allocatable": {"cpu": 6, "memory": "16Gi"}, "region": "south", "keep": true},
        {"name": "old", "allocatable": {"cpu": 40, "memory": "64Gi"}, "region": "south", "mode": "drain"}
    ]);
    document["workloads"][0]["runsIn"] = json!("a");
    document["workloads"][2] = json!({"name": "trial", "tenant": "lab", "runsIn": "b", "stay": "region",
        "requests": {"cpu": 2, "memory": "1Gi"}});
    for of in [Grows::Replicas, Grows::Requests] {
        let growth = load(&document).grow(&options(GrowBy::All, "2.4", of)).unwrap();
        let [part] = &growth.parts[..] else { panic!("{growth:?}") };
        assert!(!part.rises.is_empty() && growth.stopped.is_none(), "{growth:?}");
        holds(&document, part, &growth, of, &|_| true);
    }
}
