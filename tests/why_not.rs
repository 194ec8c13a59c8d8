//! Why not, against brute force: the question written into the document by hand, every set of levers pulled, every plan of what is left.

use crate::naive;
use crate::partitions;
use crate::pulling;

use std::collections::{BTreeMap, BTreeSet};

use naive::Naive;
use partitions::{each, members};
use pulling::{minimal, needed_without, rows, without_each};
use serde_json::{Value, json};
use tenantry::engine::Silent;
use tenantry::engine::random::Random;
use tenantry::plan::{Figure, PlanProof};
use tenantry::report::{WhyNot, WhyNotAnswer};
use tenantry::{Fleet, LeverChoice, Question, WhyNotOptions, why_not};

/// So many levers are looked at in one fleet.
const MOST: usize = 5;

/// The fleet with a question in it; the levers that count.
struct Asked {
    document: Value,
    ids: Vec<String>,
    levers: LeverChoice,
}

/// Nobody refuses anybody: what is left is what fills clusters.
fn trusting(document: &mut Value) {
    for key in ["distrust", "separate", "apart", "waivers"] {
        document["policy"].as_object_mut().unwrap().remove(key);
    }
    let custom = !document["policy"]["levels"].is_null();
    for row in rows(document, "tenants") {
        row["trust"] = json!(if custom { "high" } else { "trusted" });
        row.as_object_mut().unwrap().retain(|key, _| key != "sharing" && key != "distrusts");
    }
    for row in rows(document, "workloads") {
        row.as_object_mut().unwrap().retain(|key, _| key != "sharing" && key != "trust");
    }
}

fn draw(random: &mut Random) -> Option<(Fleet, Asked)> {
    draw_with(random, |document, _| document["objective"] = json!(["clusters"]))
}

/// A random document, changed in this way.
fn draw_with(random: &mut Random, change: impl Fn(&mut Value, &mut Random)) -> Option<(Fleet, Asked)> {
    let mut document = naive::document(random);
    change(&mut document, random);
    if random.chance(500) {
        trusting(&mut document);
    }
    let fleet = Fleet::from_json(&document.to_string()).ok()?;
    let every: Vec<String> = fleet.levers().into_iter().map(|lever| lever.id).collect();
    let mut ids = every.clone();
    while ids.len() > MOST {
        ids.remove(random.index(ids.len()));
    }
    let keep = every.iter().filter(|id| !ids.contains(id)).cloned().collect();
    let weights: BTreeMap<String, u64> = ids.iter().map(|id| (id.clone(), 1 + random.below(3))).collect();
    Some((fleet, Asked { document, ids, levers: LeverChoice { keep, weights, ..LeverChoice::default() } }))
}

fn count(figure: Option<Figure>) -> Option<u64> {
    figure.map(|figure| match figure {
        Figure::Count(count) => count,
        Figure::Money(_) => panic!("no count"),
    })
}

/// Which of several best plans was made is not known here: who has the wish already has it at no cost.
fn free(answer: WhyNotAnswer) -> WhyNotAnswer {
    if answer == WhyNotAnswer::Already { WhyNotAnswer::Free } else { answer }
}

/// Holds an answer against what is needed with every set of levers pulled (by bits), and as it is.
fn holds(answer: &WhyNot, needed: &[Option<u64>], now: Option<u64>, most: u64, asked: &Asked, context: &str) {
    let enough = needed[0].filter(|&needed| needed <= most);
    let expected = match enough {
        Some(then) if Some(then) == now => WhyNotAnswer::Free,
        Some(_) => WhyNotAnswer::Costs,
        None => WhyNotAnswer::Impossible,
    };
    assert_eq!(free(answer.answer), expected, "{context}\n{answer:#?}");
    assert_eq!(answer.proof, PlanProof::Certified, "{context}");
    assert_eq!(answer.levels.len(), usize::from(enough.is_some()), "{context}");
    for level in &answer.levels {
        assert_eq!((count(level.wished), count(level.wished_bound)), (enough, enough), "{context}");
        assert_eq!((count(level.value), count(level.bound)), (now, now), "{context}");
    }
    if expected != WhyNotAnswer::Impossible {
        assert!(answer.against.is_none() && !answer.hopeless, "{context}");
        return;
    }
    stands_against(answer, needed, most, asked, context);
}

/// Holds the set that is named against all minimal ones.
fn stands_against(answer: &WhyNot, needed: &[Option<u64>], most: u64, asked: &Asked, context: &str) {
    let sets = minimal(needed, most);
    let weight = |bits: usize| -> u64 {
        (0..asked.ids.len()).filter(|at| bits >> at & 1 == 1).map(|at| asked.levers.weights[&asked.ids[at]]).sum()
    };
    assert_eq!(answer.hopeless, sets.is_empty(), "{context}");
    let Some(lightest) = sets.iter().map(|&bits| weight(bits)).min() else {
        assert!(answer.against.is_none(), "{context}");
        return;
    };
    let set = answer.against.as_ref().unwrap_or_else(|| panic!("nothing is named: {context}"));
    let place = |id: &String| asked.ids.iter().position(|it| it == id).unwrap();
    let bits: usize = set.levers.iter().map(|lever| 1usize << place(&lever.id)).sum();
    // without all of it there is a plan, with any one of it kept there is none
    assert!(sets.contains(&bits), "{context}: {:?}", set.levers);
    assert_eq!((set.weight, set.minimal), (lightest, PlanProof::Certified), "{context}");
    assert_eq!(count(set.reached.value), needed[bits], "{context}");
}

#[test]
fn workloads_together() {
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    let mut hopeless = 0;
    for seed in 0..240 {
        let mut random = Random::new(seed);
        let Some((fleet, mut asked)) = draw(&mut random) else { continue };
        let now = Naive::new(&asked.document).best(true).map(|(clusters, _)| clusters);
        let workloads = asked.document["workloads"].as_array().unwrap().clone();
        let name = |at: usize| {
            format!("{}/{}", workloads[at]["tenant"].as_str().unwrap(), workloads[at]["name"].as_str().unwrap())
        };
        let (first, second) = (random.index(workloads.len()), random.index(workloads.len()));
        let tenant = random.chance(250).then(|| workloads[second]["tenant"].as_str().unwrap().to_owned());
        let with = tenant.as_ref().map_or_else(|| name(second), |tenant| format!("tenant={tenant}"));
        let mut members: BTreeSet<String> = BTreeSet::from([name(first)]);
        match &tenant {
            Some(tenant) => {
                members.extend((0..workloads.len()).filter(|&at| workloads[at]["tenant"] == **tenant).map(name))
            }
            None => _ = members.insert(name(second)),
        }
        let mut options = WhyNotOptions::new(Question::Together { who: name(first), with });
        options.levers = asked.levers.clone();
        let answer = why_not(&fleet, &options, &Silent).unwrap();
        if members.len() > 1 {
            let policy = &mut asked.document["policy"];
            if policy["together"].is_null() {
                policy["together"] = json!([]);
            }
            rows(policy, "together").push(json!({"id": "asked", "members": members}));
        }
        let needed = needed_without(&asked.document, &asked.ids);
        let context = format!("seed {seed}, {:?}, {:?}\n{}", options.question, asked.ids, asked.document);
        holds(&answer, &needed, now, u64::MAX, &asked, &context);
        *answers.entry(format!("{:?}", answer.answer)).or_default() += 1;
        hopeless += usize::from(answer.hopeless);
        assert_eq!(WhyNot::from_json(&answer.to_json().unwrap()).unwrap(), answer);
    }
    println!("{answers:?}, {hopeless} of them hopeless");
    let some = |kind: &str, least: usize| answers.get(kind).is_some_and(|&count| count >= least);
    assert!(some("Already", 20) && some("Costs", 2) && some("Impossible", 20), "{answers:?}");
    assert!(answers["Impossible"] > hopeless + 10);
}

#[test]
fn fewer_clusters() {
    let (mut no, mut yes) = (0, 0);
    for seed in 2_000..2_160 {
        let mut random = Random::new(seed);
        let Some((fleet, asked)) = draw(&mut random) else { continue };
        let needed = needed_without(&asked.document, &asked.ids);
        let most = needed[0].map_or(3, |now| now.saturating_sub(random.below(3)).max(1));
        let mut options = WhyNotOptions::new(Question::Clusters(most));
        options.levers = asked.levers.clone();
        let answer = why_not(&fleet, &options, &Silent).unwrap();
        let context = format!("seed {seed}, at most {most}, {:?}\n{}", asked.ids, asked.document);
        holds(&answer, &needed, needed[0], most, &asked, &context);
        no += usize::from(answer.against.is_some());
        yes += usize::from(answer.can_be());
    }
    println!("{no} with something against it, {yes} that can be");
    assert!(no > 15 && yes > 15, "{no} {yes}");
}

/// All replicas of a split in one cluster are together; one of them in a cluster is enough to be in it, as a pin has it.
#[test]
fn who_could_split_and_does_not_has_it_already() {
    let ask = |cpu: u64, question: Question| {
        let text = format!(
            "
schema: tenantry/v1
asOf: '2026-11-23'
tenants: [{{name: shop, trust: trusted}}]
workloads:
  - {{name: worker, tenant: shop, replicas: 4, split: {{clusters: 2}}, requests: {{cpu: 1, memory: 1Gi}}, runsIn: one}}
  - {{name: api, tenant: shop, requests: {{cpu: 1, memory: 1Gi}}, runsIn: one}}
existingClusters: [{{name: one, template: t}}, {{name: two, template: t}}]
clusterTemplates: [{{name: t, allocatable: {{cpu: {cpu}, memory: 8Gi}}}}]
objective: [clusters, moves]
"
        );
        Fleet::from_yaml(&text).unwrap().why_not(question).unwrap().answer
    };
    let together = || Question::Together { who: "worker".to_owned(), with: "api".to_owned() };
    let inside = || Question::In { who: "worker".to_owned(), cluster: "one".to_owned() };
    assert_eq!((ask(5, together()), ask(5, inside())), (WhyNotAnswer::Already, WhyNotAnswer::Already));
    assert_eq!((ask(3, together()), ask(3, inside())), (WhyNotAnswer::Impossible, WhyNotAnswer::Already));
}

/// Two large and two small ones fill two clusters; the small ones together leave no room for a large one.
#[test]
fn it_costs_a_cluster() {
    let fleet = Fleet::from_yaml(
        "
schema: tenantry/v1
asOf: '2026-11-23'
tenants: [{name: shop, trust: trusted}]
workloads:
  - {name: a, tenant: shop, requests: {cpu: 3, memory: 1Gi}}
  - {name: b, tenant: shop, requests: {cpu: 3, memory: 1Gi}}
  - {name: c, tenant: shop, requests: {cpu: 1, memory: 1Gi}}
  - {name: d, tenant: shop, requests: {cpu: 1, memory: 1Gi}}
clusterTemplates: [{name: t, allocatable: {cpu: 4, memory: 8Gi}, cost: 10}]
objective: [clusters, cost]
",
    )
    .unwrap();
    let ask = |who: &str, with: &str| {
        fleet.why_not(Question::Together { who: who.to_owned(), with: with.to_owned() }).unwrap()
    };
    let costs = ask("c", "d");
    assert_eq!((costs.answer, costs.proof), (WhyNotAnswer::Costs, PlanProof::Certified));
    assert_eq!((count(costs.levels[0].wished), count(costs.levels[0].value)), (Some(3), Some(2)));
    assert_eq!(costs.levels[1].wished.unwrap().value(), 30.0);
    // one of the two has it, and the other is as good
    let both = ["c", "d"].map(|with| ask("a", with).answer);
    assert!(both == [WhyNotAnswer::Already, WhyNotAnswer::Free] || both == [WhyNotAnswer::Free, WhyNotAnswer::Already]);
    let fewer = fleet.why_not(Question::Clusters(5)).unwrap();
    assert_eq!((fewer.answer, fewer.runs), (WhyNotAnswer::Already, 1));
    // no lever makes a cluster larger
    let large = ask("a", "b");
    assert_eq!((large.answer, large.hopeless), (WhyNotAnswer::Impossible, true));
    assert!(large.reasons[0].contains("fit no template"), "{large:#?}");
}

/// Lets some of it run: clusters of its templates, who is in them, and who is held there.
fn run_in(document: &mut Value, random: &mut Random) {
    let templates: Vec<Value> = rows(document, "clusterTemplates").iter().map(|it| it["name"].clone()).collect();
    let names: Vec<String> = (0..1 + random.below(3)).map(|at| format!("c{at}")).collect();
    let cluster = |name: &String| json!({"name": name, "template": templates[random.index(templates.len())]});
    document["existingClusters"] = names.iter().map(cluster).collect();
    document["defaults"] = json!({"runsIn": []});
    document["objective"] = json!(["clusters", "moves"]);
    for row in rows(document, "workloads") {
        let mut one = |chance: u64| random.chance(chance).then(|| json!(names[random.index(names.len())]));
        if let Some(name) = one(600) {
            row["runsIn"] = name;
        }
        if let Some(name) = one(200) {
            row["pin"] = name;
        }
    }
}

/// The fewest clusters, and then the fewest moves, of all placements in clusters that exist and further ones; `wished` are in that one.
fn best_of_all(document: &Value, wished: &BTreeSet<usize>, there: &str) -> Option<(u64, u64)> {
    let naive = Naive::new(document);
    if naive.contradicts(true) {
        return None;
    }
    let units = naive.units();
    let list = |key: &str| document[key].as_array().unwrap().as_slice();
    let (existing, templates) = (list("existingClusters"), list("clusterTemplates"));
    let template = |name: &Value| templates.iter().find(|it| it["name"] == *name).unwrap();
    // every cluster that there is, or may be: what it is called, and its shape
    let mut bins: Vec<(&Value, &Value)> = existing.iter().map(|it| (&it["name"], template(&it["template"]))).collect();
    bins.extend(templates.iter().map(|it| (&Value::Null, it)));
    let count = naive.workloads.len();
    let row = |u: usize| (0..count).map(|v| u == v || naive.reasons(u, v, true).is_empty()).collect::<Vec<bool>>();
    let may_share: Vec<Vec<bool>> = (0..count).map(row).collect();
    let agree = |block: &[usize]| {
        let members = members(block, &units);
        members.iter().all(|&u| members.iter().all(|&v| may_share[u][v]))
    };
    let may = |block: &[usize], (name, shape): (&Value, &Value)| {
        let held = |&it: &usize| {
            let pin = &naive.workloads[it]["pin"];
            (pin.is_null() || pin == name) && (!wished.contains(&it) || name == there)
        };
        block.iter().all(held) && naive.fits(block, shape)
    };
    let mut best: Option<(u64, u64)> = None;
    each(units.len(), &mut |block| agree(block), &mut |blocks| {
        let blocks: Vec<Vec<usize>> = blocks.iter().map(|block| members(block, &units)).collect();
        let open = |block: &[usize], at: usize, chosen: &[usize]| {
            let ((name, shape), taken) = (bins[at], |it: &usize| bins[*it].1["name"] == bins[at].1["name"]);
            let full = shape["maxCount"]
                .as_u64()
                .is_some_and(|most| chosen.iter().filter(|it| taken(it)).count() as u64 >= most);
            !full && (name.is_null() || !chosen.contains(&at)) && may(block, bins[at])
        };
        let moved = |block: &[usize], at: usize| {
            let home = |&it: &usize| &naive.workloads[it]["runsIn"];
            block.iter().filter(|it| !home(it).is_null() && home(it) != bins[at].0).count() as u64
        };
        if let Some(moves) = fewest_moves(&blocks, bins.len(), &open, &moved, &mut Vec::new()) {
            let found = (blocks.len() as u64, moves);
            best = Some(best.map_or(found, |best| best.min(found)));
        }
    });
    best
}

/// The fewest that move of all ways to put each block into a bin that is open to it.
fn fewest_moves(
    blocks: &[Vec<usize>],
    bins: usize,
    open: &impl Fn(&[usize], usize, &[usize]) -> bool,
    moved: &impl Fn(&[usize], usize) -> u64,
    chosen: &mut Vec<usize>,
) -> Option<u64> {
    let Some((block, rest)) = blocks.split_first() else { return Some(0) };
    let mut best = None;
    for bin in 0..bins {
        if open(block, bin, chosen) {
            chosen.push(bin);
            let others = fewest_moves(rest, bins, open, moved, chosen);
            chosen.pop();
            best = best.into_iter().chain(others.map(|others| others + moved(block, bin))).min();
        }
    }
    best
}

#[test]
fn in_a_cluster_that_exists_by_brute_force() {
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    let (mut pins, mut hopeless) = (0, 0);
    for seed in 5_000..5_160 {
        let mut random = Random::new(seed);
        let Some((fleet, asked)) = draw_with(&mut random, run_in) else { continue };
        let workloads = asked.document["workloads"].as_array().unwrap();
        let first = &workloads[random.index(workloads.len())];
        let tenant = first["tenant"].as_str().unwrap();
        let (who, wished): (String, BTreeSet<usize>) = if random.chance(300) {
            let own = |&at: &usize| workloads[at]["tenant"] == tenant;
            (format!("tenant={tenant}"), (0..workloads.len()).filter(own).collect())
        } else {
            let own = |&at: &usize| workloads[at]["name"] == first["name"];
            (format!("{tenant}/{}", first["name"].as_str().unwrap()), (0..workloads.len()).filter(own).collect())
        };
        let clusters = asked.document["existingClusters"].as_array().unwrap();
        let cluster = clusters[random.index(clusters.len())]["name"].as_str().unwrap().to_owned();
        let now = best_of_all(&asked.document, &BTreeSet::new(), &cluster);
        let found = without_each(&asked.document, &asked.ids, |rest| best_of_all(rest, &wished, &cluster));
        let mut options = WhyNotOptions::new(Question::In { who, cluster });
        options.levers = asked.levers.clone();
        let answer = why_not(&fleet, &options, &Silent).unwrap();
        let context = format!("seed {seed}, {:?}, {:?}\n{}\n{answer:#?}", options.question, asked.ids, asked.document);
        let expected = match found[0] {
            Some(then) if Some(then) == now => WhyNotAnswer::Free,
            Some(_) => WhyNotAnswer::Costs,
            None => WhyNotAnswer::Impossible,
        };
        assert_eq!((free(answer.answer), answer.proof), (expected, PlanProof::Certified), "{context}");
        let wishes = answer.levels.iter().map(|level| count(level.wished).unwrap()).collect::<Vec<_>>();
        assert_eq!(wishes, found[0].map_or(vec![], |(clusters, moves)| vec![clusters, moves]), "{context}");
        if expected == WhyNotAnswer::Impossible {
            let needed: Vec<Option<u64>> = found.iter().map(|it| it.map(|(clusters, _)| clusters)).collect();
            stands_against(&answer, &needed, u64::MAX, &asked, &context);
            hopeless += usize::from(answer.hopeless);
            pins += usize::from(answer.against.iter().any(|it| it.levers.iter().any(|it| it.id.starts_with("pin:"))));
        }
        *answers.entry(format!("{:?}", answer.answer)).or_default() += 1;
    }
    println!("{answers:?}, {hopeless} of them hopeless, {pins} with a pin against it");
    assert!(
        ["Already", "Free", "Costs", "Impossible"].iter().all(|&it| answers.get(it).is_some_and(|&n| n >= 8)),
        "{answers:?}"
    );
    assert!(answers["Impossible"] > hopeless + 10 && pins > 5, "{hopeless} {pins}");
}

const RUNNING: &str = "
schema: tenantry/v1
asOf: '2026-11-23'
defaults: {runsIn: []}
policy: {distrust: [{id: card, subject: {tenant: bank}, neighbour: {tenant: other}}]}
tenants: [{name: shop, trust: trusted}, {name: bank, trust: trusted}]
workloads:
  - {name: web, tenant: shop, requests: {cpu: 1, memory: 1Gi}, runsIn: old}
  - {name: cart, tenant: shop, requests: {cpu: 1, memory: 1Gi}, runsIn: old, pin: old}
  - {name: ledger, tenant: bank, requests: {cpu: 1, memory: 1Gi}, runsIn: vault}
clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]
existingClusters: [{name: old, template: t}, {name: spare, template: t}, {name: vault, template: t}]
objective: [clusters, moves]
";

#[test]
fn in_a_cluster_that_exists() {
    let fleet = Fleet::from_yaml(RUNNING).unwrap();
    let ask = |who: &str, cluster: &str| {
        fleet.why_not(Question::In { who: who.to_owned(), cluster: cluster.to_owned() }).unwrap()
    };
    let ids = |answer: &WhyNot| -> Vec<String> {
        answer.against.as_ref().unwrap().levers.iter().map(|lever| lever.id.clone()).collect()
    };
    assert_eq!(ask("web", "old").answer, WhyNotAnswer::Already);
    let spare = ask("web", "spare");
    assert_eq!((spare.answer, count(spare.levels[0].wished)), (WhyNotAnswer::Costs, Some(3)));
    assert_eq!(ids(&ask("cart", "spare")), ["pin:shop/cart"]);
    assert_eq!(ids(&ask("ledger", "old")), ["distrust:card"]);
    let all = ask("tenant=shop", "vault");
    assert_eq!((all.answer, ids(&all)), (WhyNotAnswer::Impossible, vec!["pin:shop/cart".to_owned()]));
    for (who, cluster, says) in [
        ("web", "spar", "did you mean `spare`?"),
        ("tenant=shp", "old", "did you mean `shop`?"),
        ("namespace=shop-wed", "old", "did you mean `shop-web`?"),
        ("wed", "old", "there is no workload `wed`"),
    ] {
        let error = fleet.why_not(Question::In { who: who.to_owned(), cluster: cluster.to_owned() }).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}

/// Limits never turn into a yes or a no.
#[test]
fn a_limit_leaves_it_open() {
    let fleet = Fleet::from_yaml(RUNNING).unwrap();
    let question = Question::Together { who: "web".to_owned(), with: "ledger".to_owned() };
    let mut options = WhyNotOptions::new(question);
    options.solver.time_limit = Some(std::time::Duration::ZERO);
    let answer = why_not(&fleet, &options, &Silent).unwrap();
    assert!(answer.stopped.is_some(), "{answer:#?}");
    assert!(!answer.can_be() && answer.against.is_none() && !answer.hopeless, "{answer:#?}");
}
