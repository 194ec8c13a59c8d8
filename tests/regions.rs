//! Small random fleets with regions, purposes and needs against exhaustive search over rules that are read naively; and
//! laws of where workloads may be.

use crate::naive;
use crate::seeds::seeds;

use std::collections::BTreeSet;

use naive::{Naive, document};
use serde_json::{Value, json};
use tenantry::engine::{Silent, Verdict, random::Random};
use tenantry::plan::{Plan, PlanProof, PlanStatus};
use tenantry::{Error, Fleet, PlanOptions, Ruling, certificate, plan_with_proof};

const REGIONS: [&str; 3] = ["north", "south", "west"];
const JURISDICTIONS: [&str; 2] = ["cold", "warm"];
const WORDS: [&str; 2] = ["gpu", "pci"];

/// Some of these, one word or a list; at least one.
fn some(random: &mut Random, from: &[&str]) -> Value {
    let mut found: Vec<&str> = from.iter().copied().filter(|_| random.chance(500)).collect();
    if found.is_empty() {
        found.push(from[random.index(from.len())]);
    }
    if found.len() == 1 && random.chance(500) { json!(found[0]) } else { json!(found) }
}

/// A random document with regions.
fn regional(seed: u64) -> Value {
    let random = &mut Random::new(seed);
    let mut fleet = document(random);
    let names = &REGIONS[..1 + random.index(3)];
    let mut regions = Vec::new();
    for name in names {
        let mut region = json!({"name": name, "jurisdictions": some(random, &JURISDICTIONS)});
        if region["jurisdictions"].is_string() {
            region["jurisdictions"] = json!([region["jurisdictions"]]);
        }
        if random.chance(250) {
            region["maxClusters"] = json!(1 + random.below(3));
        }
        if random.chance(400) {
            region["costFactor"] = json!(["0.95", "1.12", "1.50"][random.index(3)]);
        }
        regions.push(region);
    }
    fleet["regions"] = json!(regions);
    fleet["defaults"] = json!({"regions": "all"});
    for (list, chance) in [("tenants", 250), ("workloads", 200), ("clusterTemplates", 300)] {
        for row in fleet[list].as_array_mut().unwrap() {
            if random.chance(chance) {
                row["regions"] = if random.chance(150) { json!("all") } else { some(random, names) };
            }
            if random.chance(chance / 3) {
                row["jurisdictions"] = some(random, &JURISDICTIONS);
            }
            if list == "clusterTemplates" {
                if random.chance(700) {
                    row["provides"] = some(random, &WORDS);
                }
                if random.chance(150) {
                    row["admits"] = json!({"environment": {"not": "dev"}});
                }
            } else if random.chance(150) {
                row["needs"] = some(random, &WORDS);
            }
        }
    }
    fleet
}

fn planned(document: &Value) -> Result<Plan, Error> {
    Fleet::from_json(&document.to_string()).map_err(Error::from)?.plan(&PlanOptions::default())
}

/// The number of clusters; `u64::MAX` where there can be no plan; `None` where the document says what cannot be.
fn fewest(document: &Value) -> Option<u64> {
    match planned(document) {
        Ok(plan) if plan.status == PlanStatus::Infeasible => Some(u64::MAX),
        Ok(plan) => {
            assert_eq!(plan.status, PlanStatus::Optimal, "{document:#}");
            plan.summary.clusters
        }
        Err(Error::Fleet(error)) => {
            let nowhere = ["no-place", "no-common-place", "fits-no-template"];
            error.problems.iter().all(|it| nowhere.contains(&it.code)).then_some(u64::MAX)
        }
        Err(error) => panic!("{error}\n{document:#}"),
    }
}

/// Region, clusters, workloads, pods and tenants that the loss of a region takes, the largest first.
fn losses(plan: &Plan) -> Vec<(String, u64, u64, u64, u64)> {
    let clusters = plan.clusters.as_deref().unwrap_or_default();
    let regions: BTreeSet<&str> = clusters.iter().filter_map(|cluster| cluster.region.as_deref()).collect();
    let mut found: Vec<_> = regions
        .into_iter()
        .map(|region| {
            let here: Vec<&str> = clusters
                .iter()
                .filter(|cluster| cluster.region.as_deref() == Some(region))
                .map(|it| it.name.as_str())
                .collect();
            let rows =
                || plan.assignments.iter().filter(|row| row.replicas > 0 && here.contains(&row.cluster.as_str()));
            let tenants: BTreeSet<&str> = rows().map(|row| row.tenant.as_str()).collect();
            let pods = rows().map(|row| row.replicas).sum();
            (region.to_owned(), here.len() as u64, rows().count() as u64, pods, tenants.len() as u64)
        })
        .filter(|lost| lost.2 > 0)
        .collect();
    found.sort_by_key(|lost| std::cmp::Reverse(lost.2));
    if found.len() < 2 { Vec::new() } else { found }
}

#[test]
fn plans_agree_with_exhaustive_search_in_every_region() {
    let (mut planned_, mut nowhere, mut infeasible, mut several) = (0, 0, 0, 0);
    for seed in seeds(0..1_500) {
        let document = regional(seed);
        let naive = Naive::new(&document);
        match planned(&document) {
            Err(Error::Fleet(error)) => {
                let codes: BTreeSet<&str> = error.problems.iter().map(|it| it.code).collect();
                let of_places = BTreeSet::from(["no-place", "no-common-place", "fits-no-template"]);
                if codes.is_subset(&of_places) {
                    assert_eq!(naive.best(true), None, "seed {seed}: {error}\n{document:#}");
                    nowhere += 1;
                }
            }
            Err(error) => panic!("seed {seed}: {error}\n{document:#}"),
            Ok(plan) => {
                let Some((clusters, cost)) = naive.best(true) else {
                    assert_eq!(plan.status, PlanStatus::Infeasible, "seed {seed}\n{document:#}");
                    assert!(!plan.contradictions.is_empty(), "seed {seed}");
                    infeasible += 1;
                    continue;
                };
                assert_eq!(plan.status, PlanStatus::Optimal, "seed {seed}: {:?}\n{document:#}", plan.summary);
                assert_eq!(plan.summary.clusters, Some(clusters), "seed {seed}\n{document:#}");
                if document["objective"][1] == "cost" {
                    assert_eq!(plan.summary.cost, Some(cost as f64 / 1000.0), "seed {seed}\n{document:#}");
                }
                let regions: BTreeSet<_> =
                    plan.clusters.iter().flatten().map(|it| it.region.clone().unwrap()).collect();
                let stated = plan.losses_of_regions.iter();
                let stated: Vec<_> =
                    stated.map(|it| (it.region.clone(), it.clusters, it.workloads, it.pods, it.tenants)).collect();
                assert_eq!(stated, losses(&plan), "seed {seed}\n{document:#}");
                several += usize::from(regions.len() > 1);
                planned_ += 1;
            }
        }
    }
    let counts =
        format!("{planned_} planned, {several} in several regions, {nowhere} nowhere, {infeasible} infeasible");
    assert!(planned_ > 300 && several > 40 && nowhere > 20 && infeasible > 5, "{counts}");
}

#[test]
fn certificates_of_regions_hold() {
    let mut verified = 0;
    for seed in 5_000..5_250 {
        let document = regional(seed);
        let Ok(fleet) = Fleet::from_json(&document.to_string()) else { continue };
        let Ok(planned) = plan_with_proof(&fleet, &PlanOptions::default(), &Silent) else { continue };
        let file = certificate::write(&planned).unwrap();
        let read = certificate::read(file.as_bytes()).unwrap();
        let verdict = certificate::check_certificate(&fleet, &planned.plan, &read, None, 10_000_000).unwrap();
        let certified = planned.plan.proof == PlanProof::Certified;
        let right = match verdict {
            Verdict::Verified { .. } => true,
            _ => verdict == Verdict::Undecided && !certified,
        };
        assert!(right, "seed {seed}: {verdict:?}\n{document:#}");
        verified += 1;
        // another region, or none, is no place for it
        let Some(clusters) = planned.plan.clusters.as_deref() else { continue };
        for (index, cluster) in clusters.iter().enumerate() {
            for other in [None, Some("nowhere"), Some("north"), Some("south"), Some("west")] {
                let mut moved = planned.plan.clone();
                let region = other.map(str::to_owned);
                if region == cluster.region {
                    continue;
                }
                moved.clusters.as_mut().unwrap()[index].region = region;
                let ruling = fleet.check(&moved).unwrap().ruling();
                let allowed = other.is_some_and(|other| {
                    let naive = Naive::new(&document);
                    naive.holds(&cluster.workloads, &cluster.template, other)
                });
                // a region where all of them may be is right, but for its price and its limit
                assert!(allowed || ruling == Ruling::Illegal, "seed {seed}: {other:?} {ruling:?}\n{document:#}");
            }
        }
    }
    assert!(verified > 30, "{verified}");
}

#[test]
fn a_further_region_never_needs_more_clusters_and_a_need_never_fewer() {
    let (mut widened, mut narrowed) = (0, 0);
    for seed in 9_000..9_900 {
        let document = regional(seed);
        let Some(before) = fewest(&document) else { continue };
        let random = &mut Random::new(seed ^ 0xabcd);
        let mut wider = document.clone();
        let list = ["tenants", "workloads", "clusterTemplates"][random.index(3)];
        let rows = wider[list].as_array_mut().unwrap();
        let at = random.index(rows.len());
        let row = rows[at].as_object_mut().unwrap();
        row.remove("jurisdictions");
        row.remove("regions");
        if let Some(after) = fewest(&wider) {
            assert!(after <= before, "seed {seed}: {before} became {after}\n{document:#}\n{wider:#}");
            widened += usize::from(after < before);
        }
        let mut needy = document.clone();
        let rows = needy["workloads"].as_array_mut().unwrap();
        let at = random.index(rows.len());
        if rows[at].get("needs").is_none() {
            rows[at]["needs"] = json!(WORDS[random.index(2)]);
            if let Some(after) = fewest(&needy) {
                assert!(after >= before, "seed {seed}: {before} became {after}\n{document:#}\n{needy:#}");
                narrowed += usize::from(after > before);
            }
        }
    }
    assert!(widened > 2 && narrowed > 5, "{widened} widened, {narrowed} narrowed");
}

#[test]
fn the_order_of_regions_changes_nothing() {
    let mut seen = 0;
    for seed in 12_000..12_200 {
        let document = regional(seed);
        let Ok(plan) = planned(&document) else { continue };
        let mut turned = document.clone();
        turned["regions"].as_array_mut().unwrap().reverse();
        for list in ["tenants", "workloads", "clusterTemplates"] {
            for row in turned[list].as_array_mut().unwrap() {
                for key in ["regions", "jurisdictions", "needs", "provides"] {
                    // one word is a list of one
                    if let Some(word) = row.get(key).filter(|it| it.is_string()).cloned() {
                        row[key] = json!([word]);
                    }
                }
            }
        }
        let again = planned(&turned).unwrap();
        assert_eq!(tenantry::export::json(&plan).unwrap(), tenantry::export::json(&again).unwrap(), "seed {seed}");
        seen += usize::from(plan.clusters.is_some());
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn explanations_say_who_may_not_be_where() {
    let fleet = Fleet::from_yaml(
        "{schema: tenantry/v1, asOf: \"2026-11-23\", \
         regions: [{name: eu-west-1, jurisdictions: eu}, {name: us-east-1, jurisdictions: us}], defaults: {regions: all}, \
         tenants: [{name: bank, trust: trusted, jurisdictions: [eu], needs: pci}, {name: shop, trust: trusted}], \
         workloads: [{name: ledger, tenant: bank, requests: {cpu: 1, memory: 1Gi}}, \
           {name: ads, tenant: shop, regions: us-east-1, requests: {cpu: 1, memory: 1Gi}}, \
           {name: web, tenant: shop, requests: {cpu: 1, memory: 1Gi}}], \
         clusterTemplates: [{name: safe, provides: [pci], admits: {tenant: bank}, allocatable: {cpu: 8, memory: 8Gi}}, \
           {name: plain, allocatable: {cpu: 8, memory: 8Gi}}]}",
    )
    .unwrap();
    let rules = |one: &str, other: &str| -> Vec<String> {
        let found = fleet.explain(one, other).unwrap();
        assert_eq!(found.reasons.is_empty(), found.verdict == tenantry::Verdict::MayShare, "{found}");
        found.reasons.into_iter().map(|reason| reason.rule).collect()
    };
    assert_eq!(rules("ledger", "ads"), ["region"]);
    assert_eq!(rules("ledger", "web"), ["region", "admits", "needs"]);
    assert_eq!(rules("ads", "web"), Vec::<String>::new());
    let text = fleet.explain("ledger", "ads").unwrap().to_string();
    assert!(
        text.contains("its tenant's `jurisdictions`: eu") && text.contains("its own `regions`: us-east-1"),
        "{text}"
    );
    let plan = fleet.plan(&PlanOptions::default()).unwrap();
    let mut places: Vec<(String, String)> =
        plan.clusters.unwrap().into_iter().map(|cluster| (cluster.template, cluster.region.unwrap())).collect();
    places.sort();
    assert_eq!(places, [("plain".into(), "us-east-1".into()), ("safe".into(), "eu-west-1".into())]);
    // no waiver takes any of it away
    let waiver = "{id: w, between: [{tenant: bank}, {tenant: shop}], waives: [region], approvedBy: a, expires: \
                  \"2027-01-01\", reason: r}";
    let waived = fleet.to_yaml() + &format!("policy: {{waivers: [{waiver}]}}\n");
    let error = Fleet::from_yaml(&waived).unwrap_err();
    assert_eq!(error.problems[0].code, "unknown-reason", "{error}\n{waived}");
}

/// A call that is called off while the rules of regions are still forgotten keeps a plan that obeys them.
#[test]
fn called_off_early_there_is_a_plan_all_the_same() {
    struct CalledOff;
    impl tenantry::engine::Watch for CalledOff {
        fn cancelled(&self) -> bool {
            true
        }
    }
    let workloads: Vec<Value> = (0..12)
        .map(|it| {
            json!({"name": format!("w{it}"), "tenant": "a", "copies": {"count": 2, "spread": "region"},
                "requests": {"cpu": 1 + it % 3, "memory": "1Gi"}})
        })
        .collect();
    let document = json!({
        "schema": "tenantry/v1", "asOf": "2026-11-23", "regions": [{"name": "north"}, {"name": "south"}],
        "defaults": {"regions": "all"}, "tenants": [{"name": "a", "trust": "trusted"}], "workloads": workloads,
        "policy": {"together": [{"id": "g", "members": ["a/w0", "a/w1"], "reason": "x"}]},
        "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 5, "memory": "100Gi"}}]
    });
    let fleet = Fleet::from_json(&document.to_string()).unwrap();
    let plan = tenantry::plan(&fleet, &PlanOptions::default(), &CalledOff).unwrap();
    assert!(plan.summary.clusters.is_some_and(|clusters| clusters >= 10), "{:?}", plan.warnings);
    assert_eq!(plan.stopped, Some(tenantry::plan::PlanStop::Cancelled));
}
