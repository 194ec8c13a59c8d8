//! The words for a bound give the number that stands beside them, by their own arithmetic: a reader who takes a sentence's
//! figures and recomputes gets the plan's.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenantry::engine::random::Random;
use tenantry::plan::PlanStatus;
use tenantry::{Fleet, PlanOptions};

/// A fleet whose bound may come from anything: sizes, refusals, islands, several templates, maximum counts.
fn document(random: &mut Random) -> Value {
    let tenants: Vec<String> = (0..random.between(1, 5)).map(|index| format!("t{index}")).collect();
    let trust = |random: &mut Random| ["hostile", "untrusted", "trusted", "trusted"][random.index(4)];
    let rows: Vec<Value> = tenants.iter().map(|name| json!({"name": name, "trust": trust(random)})).collect();
    let special = random.chance(300);
    let workloads: Vec<Value> = (0..random.between(1, 24))
        .map(|index| {
            let mut requests = json!({
                "cpu": format!("{}m", random.between(50, 1900)),
                "memory": if random.chance(500) { format!("{}Mi", random.between(64, 3000)) } else {
                    random.between(50_000_000, 3_000_000_000).to_string()
                },
            });
            if special && random.chance(300) {
                requests["example.com/gpu"] = json!(1);
            }
            let environment = ["prod", "dev"][random.index(2)];
            let tenant = &tenants[random.index(tenants.len())];
            json!({
                "name": format!("w{index}"), "tenant": tenant, "replicas": random.between(1, 3),
                "attributes": {"environment": environment}, "requests": requests,
            })
        })
        .collect();
    let mut template = |name: &str, gpu: bool| {
        let mut row = json!({"name": name, "headroom": "13%", "allocatable": {
            "cpu": format!("{}m", random.between(6000, 12_000)), "memory": format!("{}Mi", random.between(10_000, 16_000)),
        }});
        if gpu {
            row["allocatable"]["example.com/gpu"] = json!(random.between(2, 40));
        }
        if random.chance(400) {
            row["maxCount"] = json!(random.between(1, 4));
        }
        row
    };
    let mut templates = vec![template("plain", false), template("wide", false)];
    if special {
        templates.push(template("gpu", true));
    }
    let policy = if random.chance(500) {
        json!({"attributes": {"environment": ["prod", "dev"]}, "separate": [{"by": "environment"}]})
    } else {
        json!({"attributes": {"environment": ["prod", "dev"]}})
    };
    json!({
        "schema": "tenantry/v1", "asOf": "2026-11-23", "policy": policy,
        "tenants": rows, "workloads": workloads, "clusterTemplates": templates,
    })
}

/// The text between two marks.
fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(from)?;
    Some(rest.split_once(to)?.0)
}

/// A quantity as people read it, in units of 10^-5: `1500m`, `21365.2`, `about 47.19Gi`, `64Gi`, `512`.
fn hundred_thousandths(text: &str) -> u128 {
    let text = text.trim_start_matches("about ");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let suffix = &text[digits.len()..];
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain: u128 = format!("{whole}{fraction:0<5}").parse().unwrap_or_else(|_| panic!("{text} is no figure"));
    match suffix {
        "" => plain,
        "m" => plain / 1000,
        "Ki" => plain << 10,
        "Mi" => plain << 20,
        "Gi" => plain << 30,
        "Ti" => plain << 40,
        other => panic!("{other} is no unit"),
    }
}

/// How many are named in `a, b and c` or `a, b and 3 more`.
fn named(list: &str) -> u64 {
    let (start, last) = list.split_once(" and ").unwrap_or(("", list));
    let start = if start.is_empty() { 0 } else { start.split(", ").count() as u64 };
    start + last.strip_suffix(" more").map_or(1, |more| more.parse().unwrap())
}

/// The same without what stands beside the groups of the islands of trust, of which there are not as many.
fn without_islands(why: &str) -> String {
    let Some((before, rest)) = why.split_once("trust alone makes ") else { return why.to_owned() };
    let (before, counted) = before.rsplit_once(" (").unwrap();
    let (islands, after) = rest.split_once(" island").unwrap();
    let (_, after) = after.split_once("): ").unwrap();
    let groups = counted.strip_suffix(" of them, where ").or(before.strip_prefix("the fleet falls into "));
    let groups = groups.and_then(|it| it.split(' ').next()).unwrap();
    assert_ne!(groups, islands, "{why}");
    if let Some(of_them) = counted.strip_suffix(" of them, where ") {
        let parts = after.split("; ").filter(|part| need(part).is_some()).count();
        assert_eq!(of_them.parse::<usize>().unwrap(), parts, "{why}");
    }
    format!("{before}: {after}")
}

/// What an argument gives by its own figures, and of what kind it is; `None` for a kind without figures.
fn gives(why: &str) -> Option<(u64, &'static str)> {
    let why = &without_islands(why);
    if let Some(parts) = why.strip_prefix("groups that share with no other add up: ") {
        return Some((sum_of_parts(parts), "groups"));
    }
    if let Some(rest) = why.strip_prefix("the fleet falls into ") {
        let (groups, parts) = rest.split_once(" groups that share with no other: ").unwrap();
        let parts: Vec<&str> = parts.split("; ").collect();
        let mut counted = (0, 0);
        for part in parts {
            let number = |text: &str| text.split(' ').next().unwrap().parse::<u64>().unwrap();
            if let Some(rest) = between(part, "one more group needs ", " by the same") {
                counted = (counted.0 + 1, counted.1 + number(rest));
            } else if let Some(rest) = between(part, " more groups need ", " by the same") {
                counted = (counted.0 + number(part), counted.1 + number(rest));
            } else if part.contains(" one cluster each") {
                counted = (counted.0 + number(part), counted.1 + number(part));
            } else if let Some(need) = need(part) {
                counted = (counted.0 + 1, counted.1 + need);
            }
        }
        assert_eq!(groups.parse::<u64>().unwrap(), counted.0, "groups told in: {why}");
        return Some((counted.1, "many groups"));
    }
    if let Some((list, _)) = why.split_once(" may not share a cluster with one another") {
        let Some((count, list)) = list.split_once(" of ") else { return Some((named(list), "refusing")) };
        let count = count.parse().unwrap();
        assert!(count < named(list), "{why}");
        return Some((count, "refusing"));
    }
    if let Some(load) = between(why, " request ", " of ") {
        let holds = why.rsplit_once(" holds ").unwrap().1.split(" (which").next().unwrap();
        let (load, holds) = (hundred_thousandths(load), hundred_thousandths(holds));
        return Some((u64::try_from(load.div_ceil(holds)).unwrap(), "resource"));
    }
    if let Some(weight) = between(why, " weigh ", " together") {
        let most = why.rsplit_once(" holds more than ").unwrap().1.split(" (which").next().unwrap();
        let (weight, most): (u128, u128) = (weight.parse().unwrap(), most.parse().unwrap());
        return Some((u64::try_from(weight.div_ceil(most)).unwrap(), "weights"));
    }
    (why == "there is something to place").then_some((1, "something"))
}

/// `X need 3: because` -> 3
fn need(part: &str) -> Option<u64> {
    let (_, rest) = part.split_once(" needs ").or_else(|| part.split_once(" need "))?;
    rest.split_once(':')?.0.parse().ok()
}

fn sum_of_parts(parts: &str) -> u64 {
    parts.split("; ").filter_map(need).sum()
}

/// Holds an argument against the number that it is for.
fn agree(why: &str, bound: u64, kinds: &mut BTreeMap<&'static str, u64>) {
    let beyond = between(why, "(which alone would take ", " is what was proved");
    let number = match beyond.and_then(|text| text.split_once("; ")) {
        Some((alone, proved)) if !why.contains("add up") && !why.contains("falls into") => {
            assert_eq!(proved.parse::<u64>().unwrap(), bound, "{why}");
            let alone = alone.parse().unwrap();
            assert!(alone > bound, "{why}");
            *kinds.entry("beyond").or_default() += 1;
            alone
        }
        _ => bound,
    };
    if let Some((given, kind)) = gives(why) {
        assert_eq!(given, number, "{why}");
        *kinds.entry(kind).or_default() += 1;
    } else {
        *kinds.entry("without figures").or_default() += 1;
    }
}

/// Where the groups of a reason are not the islands of the plan, it says how many those are.
fn beside_islands(why: &str, islands: u64, kinds: &mut BTreeMap<&'static str, u64>) {
    let plain = without_islands(why);
    let groups = if let Some(parts) = plain.strip_prefix("groups that share with no other add up: ") {
        parts.split("; ").filter(|part| need(part).is_some()).count() as u64
    } else if let Some(rest) = plain.strip_prefix("the fleet falls into ") {
        rest.split(' ').next().unwrap().parse().unwrap()
    } else {
        return;
    };
    match between(why, "trust alone makes ", " island") {
        Some(said) => {
            assert_eq!(said.parse::<u64>().unwrap(), islands, "{why}");
            assert_ne!(groups, islands, "{why}");
            *kinds.entry(if groups > islands { "more than islands" } else { "fewer than islands" }).or_default() += 1;
        }
        None => assert_eq!(groups, islands, "{why}"),
    }
}

/// Rules in brackets are all that there are, or are said to be some.
#[test]
fn rules_that_are_not_all_of_them_are_said_to_be_some() {
    let rule = |pair: (usize, usize)| {
        json!({"id": format!("r{}-{}", pair.0, pair.1), "subject": {"tenant": format!("t{}", pair.0)},
               "neighbour": {"tenant": format!("t{}", pair.1)}})
    };
    let reason = |count: usize, twice: bool| {
        let pairs = (0..count).flat_map(|a| (0..a).map(move |b| (b, a)));
        let mut rules: Vec<Value> = pairs.map(rule).collect();
        if twice {
            let mut again = rule((0, 1));
            again["id"] = json!("z");
            rules.push(again);
        }
        let tenants = (0..count).map(|at| json!({"name": format!("t{at}"), "trust": "trusted"})).collect::<Vec<_>>();
        let workload = |at| json!({"name": "w", "tenant": format!("t{at}"), "requests": {"cpu": 1, "memory": "1Gi"}});
        let document = json!({
            "schema": "tenantry/v1", "policy": {"distrust": rules}, "tenants": tenants,
            "workloads": (0..count).map(workload).collect::<Vec<_>>(),
            "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 9, "memory": "9Gi"}}],
        });
        let fleet = Fleet::from_json(&document.to_string()).unwrap();
        fleet.plan(&PlanOptions::default()).unwrap().summary.lower_bound_reason
    };
    let all = reason(2, false);
    assert!(all.ends_with("with one another (distrust:r0-1)."), "{all}");
    let twice = reason(2, true);
    assert!(twice.ends_with("with one another (distrust:r0-1, among others)."), "{twice}");
    let more = reason(4, false); // six rules, four of them named
    assert!(more.ends_with(" and 2 more)."), "{more}");
    let many = reason(6, false); // and of these not even all pairs are looked at
    assert!(many.ends_with(", among others)."), "{many}");
}

#[test]
fn reasons_give_their_number() {
    let mut kinds: BTreeMap<&'static str, u64> = BTreeMap::new();
    for seed in 0..400 {
        let mut random = Random::new(70_000 + seed);
        let document = document(&mut random);
        let Ok(fleet) = Fleet::from_json(&document.to_string()) else { continue };
        let mut options = PlanOptions::default();
        options.solver.work_limit = [None, Some(0), Some(2_000)][random.index(3)];
        let plan = fleet.plan(&options).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let reason = &plan.summary.lower_bound_reason;
        if plan.status == PlanStatus::Infeasible {
            assert!(!plan.contradictions.is_empty() && plan.contradictions.len() <= 10, "seed {seed}");
            for text in &plan.contradictions {
                contradiction(text, &mut kinds);
            }
        } else if let Some(rest) = reason.strip_prefix("At least ") {
            let bound = plan.summary.lower_bound;
            assert!(rest.starts_with(&format!("{bound} cluster")), "seed {seed}: {reason}, bound {bound}");
            let why = rest.split_once(": ").unwrap().1.trim_end_matches('.');
            agree(why, bound, &mut kinds);
            beside_islands(why, plan.summary.islands, &mut kinds);
        } else {
            assert_eq!(plan.summary.lower_bound, 0, "seed {seed}: {reason}");
        }
    }
    for kind in
        ["refusing", "resource", "groups", "many groups", "too few", "too little", "something", "more than islands"]
    {
        assert!(kinds.get(kind).is_some_and(|&count| count > 2), "{kind} was not told: {kinds:?}");
    }
}

/// More is needed than there may be, and the reason gives what is needed.
fn contradiction(text: &str, kinds: &mut BTreeMap<&'static str, u64>) {
    if let Some(load) = between(text, " request ", " of ").filter(|_| !text.contains(" at least ")) {
        let hold = text.rsplit_once(" hold ").unwrap().1;
        assert!(hundred_thousandths(load) > hundred_thousandths(hold), "{text}");
        *kinds.entry("too little").or_default() += 1;
        return;
    }
    if let Some(needed) = between(text, " at least ", " cluster") {
        let needed: u64 = needed.parse().unwrap();
        let allowed: u64 = between(text, ", and ", " may be there").unwrap().parse().unwrap();
        assert!(needed > allowed, "{text}");
        let counts = between(text, " may be there (", "): ").unwrap();
        let sum: u64 = counts.split(", ").map(|one| one.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum();
        assert_eq!(sum, allowed, "{text}");
        agree(text.split_once("): ").unwrap().1, needed, kinds);
        *kinds.entry("too few").or_default() += 1;
        return;
    }
    if let Some(weight) = between(text, " weigh ", " or more together") {
        let room: u128 = between(text, " clusters allowed hold ", " (").unwrap().parse().unwrap();
        assert!(weight.parse::<u128>().unwrap() > room, "{text}");
        *kinds.entry("too heavy").or_default() += 1;
        return;
    }
    assert!(text.starts_with("an exhaustive search"), "{text}");
}
