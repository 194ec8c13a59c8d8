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
