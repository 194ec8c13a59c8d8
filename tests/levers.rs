//! What would have to change, and what it costs, against brute force: every set of levers, pulled by an own reading of what
//! a lever is, and every plan of what is left.

mod naive;
mod partitions;
mod pulling;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use naive::Naive;
use pulling::{minimal, needed_without as all, rows};
use serde_json::{Value, json};
use tenantry::engine::Silent;
use tenantry::engine::random::Random;
use tenantry::plan::{Figure, PlanProof};
use tenantry::report::{NeededFigure, Prices, Relaxed, Saved};
use tenantry::{Error, Fleet, LeverChoice, PricesOptions, RelaxGoal, RelaxOptions};

/// So many levers are looked at in one fleet.
const MOST: usize = 6;

/// Fleets of these seeds. `TENANTRY_SEEDS=FROM..TO` for more.
fn seeds(usual: Range<u64>) -> Range<u64> {
    let given = std::env::var("TENANTRY_SEEDS").ok();
    let range = given.as_deref().and_then(|text| text.split_once(".."));
    range.map_or(usual, |(from, to)| from.parse().unwrap()..to.parse().unwrap())
}

fn count(figure: Figure) -> u64 {
    match figure {
        Figure::Count(count) => count,
        Figure::Money(_) => panic!("no count"),
    }
}

fn agrees(said: &NeededFigure, known: Option<u64>, context: &str) {
    assert_eq!(said.never, known.is_none(), "{context}: {said:?}, {known:?}");
    assert_ne!(said.proof, PlanProof::None, "{context}: {said:?}");
    assert_eq!((said.value.map(count), said.bound.map(count)), (known, known), "{context}");
}

/// A fleet, its levers that are looked at, and those that are kept.
fn draw(seed: u64) -> Option<(Value, Fleet, Vec<String>, LeverChoice)> {
    let mut random = Random::new(seed);
    let mut document = naive::document(&mut random);
    document["objective"] = json!(["clusters"]);
    let fleet = Fleet::from_json(&document.to_string()).ok()?;
    let mut ids: Vec<String> = fleet.levers().into_iter().map(|lever| lever.id).collect();
    let every = ids.clone();
    while ids.len() > MOST {
        ids.remove(random.index(ids.len()));
    }
    let keep = every.iter().filter(|id| !ids.contains(id)).cloned().collect();
    let weights: BTreeMap<String, u64> = ids.iter().map(|id| (id.clone(), 1 + random.below(3))).collect();
    Some((document, fleet, ids, LeverChoice { keep, weights, ..LeverChoice::default() }))
}

/// The sets of an answer, by bits, checked for what they say of themselves.
fn sets(relaxed: &Relaxed, ids: &[String], weights: &BTreeMap<String, u64>, context: &str) -> Vec<usize> {
    let mut last = 0;
    let set = relaxed.sets.iter().map(|set| {
        assert_eq!(set.minimal, PlanProof::Certified, "{context}");
        assert_eq!(set.weight, set.levers.iter().map(|lever| weights[&lever.id]).sum::<u64>(), "{context}");
        assert!(set.weight >= last, "{context}: not the lightest first");
        last = set.weight;
        set.levers.iter().map(|lever| 1usize << ids.iter().position(|id| *id == lever.id).unwrap()).sum()
    });
    set.collect()
}

#[test]
fn the_minimal_sets_are_exactly_those() {
    let (mut asked, mut found, mut feasible) = (0, 0, 0);
    for seed in seeds(0..160) {
        let Some((document, fleet, ids, levers)) = draw(seed) else { continue };
        let needed = all(&document, &ids);
        let goals: Vec<RelaxGoal> = match needed[0] {
            Some(now) => (1..=2).filter(|fewer| *fewer < now).map(|fewer| RelaxGoal::Clusters(now - fewer)).collect(),
            None => vec![RelaxGoal::Feasible],
        };
        for goal in goals {
            let context = format!("seed {seed}, {goal:?}, {ids:?}\n{document}");
            let mut options = RelaxOptions::new(goal);
            (options.levers, options.sets) = (levers.clone(), 1_000);
            let relaxed = match tenantry::relax(&fleet, &options, &Silent) {
                Ok(relaxed) => relaxed,
                Err(error) => panic!("{error}: {context}"),
            };
            let most = match goal {
                RelaxGoal::Clusters(most) => most,
                _ => u64::MAX,
            };
            agrees(&relaxed.today, needed[0], &context);
            let expected = minimal(&needed, most);
            let told = sets(&relaxed, &ids, &levers.weights, &context);
            assert_eq!(told.iter().copied().collect::<BTreeSet<_>>(), expected, "{context}");
            assert_eq!(told.len(), expected.len(), "{context}: twice the same");
            assert!(relaxed.complete && relaxed.undecided.is_empty(), "{context}");
            for (set, bits) in relaxed.sets.iter().zip(&told) {
                agrees(&set.reached, needed[*bits], &context);
            }
            asked += 1;
            found += expected.len();
            feasible += usize::from(goal == RelaxGoal::Feasible && !expected.is_empty());
        }
    }
    println!("{asked} questions, {found} minimal sets, {feasible} of fleets without a plan");
    assert!(asked > 80 && found > 80 && feasible > 2, "{asked} {found} {feasible}");
}

#[test]
fn few_sets_are_the_lightest() {
    for seed in 300..360 {
        let Some((document, fleet, ids, levers)) = draw(seed) else { continue };
        let needed = all(&document, &ids);
        let Some(now) = needed[0].filter(|now| *now > 1) else { continue };
        let mut options = RelaxOptions::new(RelaxGoal::Clusters(now - 1));
        (options.levers, options.sets) = (levers.clone(), 2);
        let relaxed = tenantry::relax(&fleet, &options, &Silent).unwrap();
        let weight = |bits: usize| -> u64 {
            (0..ids.len()).filter(|at| bits >> at & 1 == 1).map(|at| levers.weights[&ids[at]]).sum()
        };
        let mut expected: Vec<u64> = minimal(&needed, now - 1).into_iter().map(weight).collect();
        expected.sort_unstable();
        let told: Vec<u64> = relaxed.sets.iter().map(|set| set.weight).collect();
        assert_eq!(told, expected[..expected.len().min(2)], "seed {seed}: {ids:?}\n{document}");
        assert_eq!(relaxed.complete, expected.len() <= 2, "seed {seed}\n{document}");
    }
}

#[test]
fn no_price_differs() {
    let (mut priced, mut costly, mut slacks) = (0, 0, 0);
    for seed in seeds(1_000..1_120) {
        let Some((document, fleet, ids, levers)) = draw(seed) else { continue };
        let needed = all(&document, &ids);
        let options = PricesOptions { levers, ..PricesOptions::default() };
        let context = format!("seed {seed}, {ids:?}\n{document}");
        let prices = match tenantry::prices(&fleet, &options, &Silent) {
            Ok(prices) => prices,
            Err(Error::Fleet(_)) => continue, // wishes contradict
            Err(error) => panic!("{error}: {context}"),
        };
        agrees(&prices.today, needed[0], &context);
        let trust = |id: &&String| {
            ["level", "sharing", "separate", "distrust", "distrusts"].contains(&id.split(':').next().unwrap())
        };
        let bit = |id: &String| 1usize << ids.iter().position(|it| it == id).unwrap();
        let rules: usize = ids.iter().filter(trust).map(bit).sum();
        agrees(&prices.without_rules, needed[rules], &context);
        assert_eq!(prices.levers.len(), ids.len(), "{context}");
        for row in &prices.levers {
            let own = bit(&row.lever.id);
            agrees(&row.without, needed[own], &context);
            saves(&row.saves, needed[0], needed[own], &context);
            priced += 1;
            costly += usize::from(row.saves.least.value() > 0.0);
            assert_eq!(row.alone.is_some(), rules & own > 0, "{context}");
            if let Some(alone) = &row.alone {
                agrees(alone, needed[rules & !own], &context);
            }
            slacks += slack(&document, needed[0], row, &context);
        }
        ladder(&prices, rules, &needed, &bit, &context);
    }
    println!("{priced} levers priced, {costly} of them save clusters, {slacks} limits");
    assert!(priced > 200 && costly > 20 && slacks > 10, "{priced} {costly} {slacks}");
}

fn saves(said: &Saved, now: Option<u64>, then: Option<u64>, context: &str) {
    let Some((now, then)) = now.zip(then) else { return };
    assert_eq!((count(said.least), said.most.map(count)), (now - then, Some(now - then)), "{context}");
}

fn ladder(prices: &Prices, rules: usize, needed: &[Option<u64>], bit: &dyn Fn(&String) -> usize, context: &str) {
    let mut pulled = rules;
    for (at, step) in prices.ladder.iter().enumerate() {
        assert_eq!(at == 0, step.lever.is_none(), "{context}");
        pulled &= !step.lever.as_ref().map_or(0, bit);
        agrees(&step.needed, needed[pulled], context);
    }
    assert_eq!(pulled, 0, "{context}: the ladder ends with every rule");
}

/// A maximum count can go down to the one that the answer says, and not further.
fn slack(document: &Value, now: Option<u64>, row: &tenantry::report::PricedLever, context: &str) -> usize {
    let (Some(slack), Some(now)) = (&row.slack, now) else { return 0 };
    let Some(name) = row.lever.id.strip_prefix("maxCount:") else { return 0 };
    let best = |most: &str| {
        let mut other = document.clone();
        let template = rows(&mut other, "clusterTemplates").iter_mut().find(|it| it["name"] == name).unwrap();
        template["maxCount"] = json!(most.parse::<u64>().unwrap());
        Naive::new(&other).best(true).map(|(clusters, _)| clusters)
    };
    assert!(slack.exact, "{context}");
    assert_eq!(best(&slack.tightest), Some(now), "{context}: {slack:?}");
    if let Some(next) = &slack.next {
        assert_ne!(best(next), Some(now), "{context}: {slack:?}");
    }
    1
}

/// A fleet of small workloads, each of a tenant, under a policy.
fn small(policy: &str, workloads: &[&str]) -> Value {
    let rows: Vec<Value> = workloads
        .iter()
        .map(|name| {
            let (tenant, name) = name.split_once('/').unwrap();
            json!({"name": name, "tenant": tenant, "requests": {"cpu": "1", "memory": "1Gi"}})
        })
        .collect();
    let tenants: BTreeSet<&str> = workloads.iter().map(|name| name.split_once('/').unwrap().0).collect();
    let tenants: Vec<Value> = tenants.into_iter().map(|name| json!({"name": name, "trust": "trusted"})).collect();
    json!({
        "schema": "tenantry/v1", "asOf": "2026-11-23", "tenants": tenants, "workloads": rows,
        "policy": serde_json::from_str::<Value>(policy).unwrap(),
        "clusterTemplates": [{"name": "t", "allocatable": {"cpu": "8", "memory": "64Gi"}}],
    })
}

const RIVALS: &str = r#""distrust": [{"id": "rivals", "subject": {"tenant": "a"}, "neighbour": {"tenant": "b"}}]"#;

#[test]
fn a_tenant_is_priced_though_rules_name_its_workloads() {
    let waiver = format!(
        r#"{{{RIVALS}, "waivers": [{{"id": "w", "between": [{{"tenant": "a"}}, {{"tenant": "b"}}],
            "waives": ["distrust:rivals"], "approvedBy": "me", "expires": "2027-01-01", "reason": "r"}}]}}"#
    );
    let apart = r#"{"apart": [{"id": "ports", "members": ["a/w", "b/w"], "by": "cluster"}]}"#;
    let three = r#"{"apart": [{"id": "ports", "members": ["a/w", "b/w", "c/w"], "by": "cluster"}]}"#;
    let together = r#"{"together": [{"id": "pair", "members": ["a/w", "b/w"]}],
        "apart": [{"id": "ports", "members": ["b/w", "c/w"], "by": "cluster"}]}"#;
    // what is needed without each tenant
    for (policy, workloads, expected) in [
        (&*waiver, &["a/w", "b/w"][..], &[1, 1][..]),
        (apart, &["a/w", "b/w"], &[1, 1]),
        (three, &["a/w", "b/w", "c/w"], &[2, 2, 2]),
        (together, &["a/w", "b/w", "c/w"], &[2, 1, 1]),
    ] {
        let fleet = Fleet::from_json(&small(policy, workloads).to_string()).unwrap();
        let options = PricesOptions { tenants: true, ..PricesOptions::default() };
        let prices = tenantry::prices(&fleet, &options, &Silent).unwrap();
        let without: Vec<u64> = prices.tenants.iter().map(|it| count(it.without.value.unwrap())).collect();
        assert_eq!(without, expected, "{policy}");
    }
    let today = std::fs::read_to_string("examples/today/fleet.yaml").unwrap();
    let options = PricesOptions { tenants: true, ..PricesOptions::default() };
    let prices = tenantry::prices(&Fleet::from_yaml(&today).unwrap(), &options, &Silent).unwrap();
    assert!(prices.tenants.len() > 1);
}

#[test]
fn drafts_leave_nothing_open_but_what_must_be_pulled() {
    let apart = r#""apart": [{"id": "ports", "members": ["a/one", "b/two"], "by": "cluster"}]"#;
    let mut document = small(&format!("{{{RIVALS}, {apart}}}"), &["a/one", "a/three", "b/two"]);
    let fleet = Fleet::from_json(&document.to_string()).unwrap();
    let relaxed = fleet.relax(RelaxGoal::Clusters(1)).unwrap();
    let [set] = &relaxed.sets[..] else { panic!("{relaxed:?}") };
    let ids: Vec<&str> = set.levers.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["distrust:rivals", "apart:ports"]);
    assert_eq!(set.waivers.iter().map(|it| it.pairs).sum::<u64>(), 2);
    let text = tenantry::export::relaxed_text(&relaxed);
    assert!(text.contains("or, with apart:ports pulled all the same, waivers instead of the rest"), "{text}");
    // signed, and with what no waiver takes away pulled, it is enough
    let signed = set.waivers.iter().map(|draft| {
        let mut row = serde_json::to_value(draft).unwrap();
        row.as_object_mut().unwrap().remove("pairs");
        (row["approvedBy"], row["expires"]) = (json!("me"), json!("2027-01-01"));
        row
    });
    let signed: Vec<Value> = signed.collect();
    document["policy"]["waivers"] = json!(signed);
    document["policy"].as_object_mut().unwrap().remove("apart");
    let fleet = Fleet::from_json(&document.to_string()).unwrap();
    assert_eq!(fleet.plan(&tenantry::PlanOptions::default()).unwrap().summary.clusters, Some(1));
}

#[test]
fn a_part_of_a_headroom_stands_beside_all_of_it() {
    let names: Vec<String> = (0..9).map(|at| format!("a/w{at}")).collect();
    let mut document = small("{}", &names.iter().map(String::as_str).collect::<Vec<_>>());
    document["clusterTemplates"][0] =
        json!({"name": "t", "allocatable": {"cpu": "10", "memory": "64Gi"}, "headroom": "20%"});
    let fleet = Fleet::from_json(&document.to_string()).unwrap();
    for (share, expected) in [("10%", vec!["headroom:t=0%", "headroom:t=10%"]), ("19%", vec!["headroom:t=0%"])] {
        let mut options = RelaxOptions::new(RelaxGoal::Clusters(1));
        options.levers.also = vec![format!("headroom:t={share}")];
        let relaxed = tenantry::relax(&fleet, &options, &Silent).unwrap();
        let mut sets: Vec<&str> = relaxed.sets.iter().map(|set| set.levers[0].id.as_str()).collect();
        sets.sort_unstable();
        assert_eq!(sets, expected);
        assert!(relaxed.complete && relaxed.sets.iter().all(|set| set.levers.len() == 1), "{relaxed:?}");
    }
}

#[test]
fn a_pair_of_classes_is_named_in_either_order() {
    let mut document =
        small(r#"{"attributes": {"stage": ["live", "test"]}, "separate": [{"by": "stage"}]}"#, &["a/w", "b/w"]);
    (document["tenants"][0]["attributes"], document["tenants"][1]["attributes"]) =
        (json!({"stage": "live"}), json!({"stage": "test"}));
    let fleet = Fleet::from_json(&document.to_string()).unwrap();
    let (id, turned) = ("separate:stage=live|test", "separate:stage=test|live");
    let mut options = RelaxOptions::new(RelaxGoal::Clusters(1));
    options.levers.also = vec![turned.to_owned()];
    options.levers.weights = BTreeMap::from([(turned.to_owned(), 3)]);
    let told = |options: &RelaxOptions| -> Vec<(String, u64)> {
        let relaxed = tenantry::relax(&fleet, options, &Silent).unwrap();
        relaxed.sets.iter().map(|set| (set.levers[0].id.clone(), set.weight)).collect()
    };
    assert_eq!(told(&options), [("separate:stage".to_owned(), 1), (id.to_owned(), 3)]);
    options.levers.keep = vec![turned.to_owned()];
    assert_eq!(told(&options), [("separate:stage".to_owned(), 1)]);
}
