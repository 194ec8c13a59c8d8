//! Why, read by somebody who believes nothing: every number of the facts is worked out again from the document of the facts and that
//! of the fleet, by an own reading of the rules.

use crate::naive;

use std::collections::{BTreeMap, BTreeSet};

use naive::Naive;
use serde_json::{Value, json};
use tenantry::engine::random::Random;
use tenantry::report::Why;
use tenantry::{Fleet, PlanOptions};

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], |list| list)
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("no number: {value}"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// Rules in the order in which a pair is counted.
fn order(rule: &str) -> usize {
    let kind = rule.split(':').next().unwrap();
    ["level", "sharing", "separate", "distrust", "distrusts", "apart", "copies", "place"]
        .iter()
        .position(|known| *known == kind)
        .unwrap_or_else(|| panic!("{rule}"))
}

/// The fleet as the checker sees it.
struct Checker<'a> {
    document: &'a Value,
    naive: Naive<'a>,
    units: Vec<Vec<usize>>,
    /// Whether sums in templates are all there is to know of who fits where.
    plain: bool,
    lines: Vec<&'a str>,
    told: BTreeMap<&'static str, usize>,
    context: String,
}

impl Checker<'_> {
    fn workload(&self, identity: &str) -> usize {
        let parts: Vec<&str> = identity.split('/').collect();
        let named = |it: &&Value| it["tenant"] == parts[0] && it["name"] == parts[parts.len() - 1];
        let found = self.naive.workloads.iter().position(named);
        found.unwrap_or_else(|| panic!("there is no {identity}: {}", self.context))
    }

    /// The unit that has exactly these workloads.
    fn unit(&self, identities: &Value) -> usize {
        let mut members: Vec<usize> = list(identities).iter().map(|it| self.workload(text(it))).collect();
        members.sort_unstable();
        let found = self.units.iter().position(|unit| *unit == members);
        found.unwrap_or_else(|| panic!("{identities} is no unit: {}", self.context))
    }

    /// Every rule between two units, in order.
    fn between(&self, a: usize, b: usize) -> Vec<String> {
        let pairs = self.units[a].iter().flat_map(|&u| self.units[b].iter().map(move |&v| (u, v)));
        let mut rules: Vec<String> = Vec::new();
        for (u, v) in pairs {
            rules.extend(self.naive.reasons(u, v, true));
        }
        // those of one kind in document order, as `reasons` has them
        let policy = &self.document["policy"];
        let place = |rule: &str| {
            let (kind, id) = rule.split_once(':').unwrap_or((rule, ""));
            list(&policy[kind]).iter().position(|row| row["id"] == id || row["by"] == id)
        };
        rules.sort_by_key(|rule| (order(rule), place(rule)));
        rules.dedup();
        rules
    }

    /// What one copy of a workload requests: cpu in milli, memory in bytes, pods.
    fn load(&self, workload: usize) -> BTreeMap<&'static str, u64> {
        let row = self.naive.workloads[workload];
        let replicas = row["replicas"].as_u64().unwrap_or(1);
        let memory = text(&row["requests"]["memory"]);
        let memory: u64 = memory.strip_suffix("Mi").unwrap().parse::<u64>().unwrap() << 20;
        let cpu = number(&row["requests"]["cpu"]) * 1000;
        BTreeMap::from([("cpu", replicas * cpu), ("memory", replicas * memory), ("pods", replicas)])
    }

    /// What a cluster of a template holds.
    fn holds(&self, template: &Value, resource: &str) -> u64 {
        let of = &template["allocatable"][resource];
        let whole = match resource {
            "cpu" => number(of) * 1000,
            "memory" => text(of).strip_suffix("Mi").unwrap().parse::<u64>().unwrap() << 20,
            _ => of.as_u64().unwrap_or(150_000),
        };
        let taken = template["headroom"].as_str().map_or(0, |share| share.strip_suffix('%').unwrap().parse().unwrap());
        whole * (100 - taken) / 100_u64
    }

    fn fits(&self, units: &[usize], template: &Value) -> bool {
        ["cpu", "memory", "pods"].iter().all(|resource| {
            let load: u64 = units.iter().flat_map(|&unit| &self.units[unit]).map(|&it| self.load(it)[resource]).sum();
            load <= self.holds(template, resource)
        })
    }

    fn may_share(&self, units: &[usize]) -> bool {
        units.iter().enumerate().all(|(at, &a)| units[at + 1..].iter().all(|&b| self.between(a, b).is_empty()))
    }

    /// The heaviest legal cluster of a template, or of any, tried one by one.
    fn heaviest(&self, weights: &BTreeMap<usize, u64>, template: Option<&str>) -> u64 {
        let units: Vec<usize> = weights.keys().copied().collect();
        assert!(units.len() <= 10, "too many to try");
        let templates = || list(&self.document["clusterTemplates"]).iter();
        let mut heaviest = 0;
        for bits in 0..1usize << units.len() {
            let chosen: Vec<usize> = (0..units.len()).filter(|at| bits >> at & 1 == 1).map(|at| units[at]).collect();
            let mut open = templates().filter(|it| template.is_none_or(|name| it["name"] == name));
            if self.may_share(&chosen) && open.any(|it| self.fits(&chosen, it)) {
                heaviest = heaviest.max(chosen.iter().map(|unit| weights[unit]).sum());
            }
        }
        heaviest
    }

    /// A place names an input: its row begins on the line that is said.
    fn stands(&self, row: &Value, name: &str) {
        let path = text(&row["path"]);
        if path.is_empty() {
            assert!(row["line"].is_null(), "{row}");
            return;
        }
        let line = usize::try_from(number(&row["line"])).unwrap();
        // the levels are one input of many rows; a place is told with its regions
        let name = if path == "policy.levels" { "levels" } else { name.split(' ').next().unwrap() };
        assert!(self.lines[line - 1].contains(name), "{row}: `{name}` is not in line {line}: {}", self.lines[line - 1]);
    }

    fn group(&self, group: &Value) -> u64 {
        let workloads = list(&group["workloads"]);
        assert!(!workloads.is_empty(), "{group}");
        // whoever is together with one of them is there, too
        let own = |it: &Value| self.naive.workloads[self.workload(text(it))]["tenant"] == group["tenant"];
        assert!(workloads.iter().any(own), "{group}\n{}", self.context);
        self.stands(group, text(&group["tenant"]));
        let units = number(&group["units"]);
        assert!(!self.plain || units <= workloads.len() as u64, "{group}");
        units
    }

    fn count(&mut self, kind: &'static str) {
        *self.told.entry(kind).or_default() += 1;
    }

    /// Works a fact out again; gives the number that follows, where there is one.
    fn fact(&mut self, fact: &Value) -> Option<u64> {
        let because = fact["because"].as_object().unwrap();
        assert_eq!(because.len(), 1);
        let (kind, it) = because.iter().next().unwrap();
        let follows = match kind.as_str() {
            "one" => {
                self.count("one");
                assert!(list(&it["who"]).iter().map(|group| self.group(group)).sum::<u64>() >= 1);
                Some(1)
            }
            "each" => {
                self.count("each");
                let units: u64 = list(&it["who"]).iter().map(|group| self.group(group)).sum();
                assert!(number(&it["sets"]) <= units, "{it}");
                Some(number(&it["sets"]))
            }
            "sum" => Some(self.sum(it)),
            "refuse" => Some(self.refuse(it)),
            "copies" => {
                self.count("copies");
                let member = &it["member"];
                let row = self.naive.workloads[self.workload(text(&member["workloads"][0]))];
                assert_eq!(row["copies"].as_u64().unwrap_or(1), number(&member["copies"]), "{it}");
                self.stands(member, text(&row["name"]));
                Some(number(&member["copies"]))
            }
            "runsOut" => Some(self.runs_out(it)),
            "weights" => Some(self.weights(it)),
            "kept" => {
                self.count("kept");
                Some(list(&it["clusters"]).iter().map(|place| number(&place["number"])).sum())
            }
            "priced" => self.priced(it),
            "tooFew" => {
                self.count("tooFew");
                let needs = self.fact(&it["needs"]).unwrap();
                let (allowed, elsewhere) = (number(&it["allowed"]), number(&it["elsewhere"]));
                assert!(needs > allowed, "{it}");
                let limits = list(&it["limits"]);
                assert!(
                    limits.iter().map(|place| number(&place["number"])).sum::<u64>() >= allowed + elsewhere,
                    "{it}"
                );
                for limit in limits {
                    self.stands(limit, text(&limit["name"]).split(':').next_back().unwrap());
                }
                None
            }
            "noRoom" => {
                self.count("noRoom");
                self.loads(it);
                let room: u64 =
                    list(&it["rooms"]).iter().map(|row| number(&row["place"]["number"]) * number(&row["holds"])).sum();
                assert_eq!(room, number(&it["room"]), "{it}");
                assert!(number(&it["load"]) > room, "{it}");
                for row in list(&it["rooms"]) {
                    self.stands(&row["place"], text(&row["place"]["name"]));
                }
                None
            }
            "searched" => {
                self.count("searched");
                list(&it["who"]).iter().for_each(|group| _ = self.group(group));
                fact["least"].as_u64()
            }
            other => panic!("{other}: {}", self.context),
        };
        assert_eq!(follows, fact["least"].as_u64(), "{fact}\n{}", self.context);
        follows
    }

    /// Everybody whom a fact names.
    fn named(&self, fact: &Value) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut open = vec![fact];
        while let Some(value) = open.pop() {
            match value {
                Value::Object(map) => {
                    found.extend(list(&value["workloads"]).iter().map(|it| self.workload(text(it))));
                    open.extend(map.values());
                }
                Value::Array(items) => open.extend(items),
                _ => {}
            }
        }
        found
    }

    fn sum(&mut self, it: &Value) -> u64 {
        self.count("sum");
        let parts = list(&it["parts"]);
        assert!(!parts.is_empty());
        let sum = parts.iter().map(|part| self.fact(part).unwrap()).sum();
        let named: Vec<BTreeSet<usize>> = parts.iter().map(|part| self.named(part)).collect();
        for (at, set) in named.iter().enumerate() {
            for other in &named[at + 1..] {
                assert!(set.is_disjoint(other), "{it}");
                for (&u, &v) in set.iter().flat_map(|u| other.iter().map(move |v| (u, v))) {
                    let unit = |it: usize| self.units.iter().position(|unit| unit.contains(&it)).unwrap();
                    let (a, b) = (unit(u), unit(v));
                    let rules = self.between(a, b);
                    let templates = list(&self.document["clusterTemplates"]);
                    let fit = templates.iter().any(|template| self.fits(&[a, b], template));
                    assert!(!self.plain || !rules.is_empty() || !fit, "{it}: {u} and {v} may share\n{}", self.context);
                }
            }
        }
        // no rule is said to separate more pairs than it does
        let mut most: BTreeMap<String, u64> = BTreeMap::new();
        for a in 0..self.units.len() {
            for b in a + 1..self.units.len() {
                let first = self.between(a, b).first().cloned().unwrap_or_else(|| "place".to_owned());
                *most.entry(first).or_default() += 1;
            }
        }
        for row in list(&it["apart"]).iter().filter(|_| self.plain) {
            let pairs = number(&row["pairs"]);
            assert!(pairs > 0 && pairs <= most[text(&row["rule"])], "{row}\n{}", self.context);
        }
        sum
    }

    fn refuse(&mut self, it: &Value) -> u64 {
        self.count("refuse");
        let mut copies: Vec<(usize, u64)> = Vec::new();
        for member in list(&it["members"]) {
            let unit = self.unit(&member["workloads"]);
            assert!(copies.iter().all(|&(other, _)| other != unit), "twice: {it}");
            let row = self.naive.workloads[self.workload(text(&member["workloads"][0]))];
            let most = row["copies"].as_u64().unwrap_or(1);
            assert!((1..=most).contains(&number(&member["copies"])), "{it}");
            self.stands(member, text(&row["name"]));
            copies.push((unit, number(&member["copies"])));
        }
        let mut counted: BTreeMap<String, u64> = BTreeMap::new();
        let mut pairs: BTreeMap<[usize; 2], Vec<String>> = BTreeMap::new();
        for (at, &(a, many)) in copies.iter().enumerate() {
            if many > 1 {
                *counted.entry("copies".to_owned()).or_default() += many * (many - 1) / 2;
                pairs.insert([a, a], vec!["copies".to_owned()]);
            }
            for &(b, others) in &copies[at + 1..] {
                let mut rules = self.between(a, b);
                if rules.is_empty() {
                    let templates = list(&self.document["clusterTemplates"]);
                    let fit = templates.iter().any(|template| self.fits(&[a, b], template));
                    assert!(!self.plain || !fit, "{it}: {a} and {b} may share\n{}", self.context);
                    rules.push("place".to_owned());
                }
                *counted.entry(rules[0].clone()).or_default() += many * others;
                pairs.insert([a.min(b), a.max(b)], rules);
            }
        }
        let told: BTreeMap<String, u64> =
            list(&it["rules"]).iter().map(|row| (text(&row["rule"]).to_owned(), number(&row["pairs"]))).collect();
        assert_eq!(told, counted, "{it}\n{}", self.context);
        for row in list(&it["rules"]) {
            self.stands(row, text(&row["rule"]).split(':').next_back().unwrap());
        }
        for pair in list(&it["pairs"]) {
            let unit = |it: &Value| {
                let workload = self.workload(text(it));
                self.units.iter().position(|unit| unit.contains(&workload)).unwrap()
            };
            let (a, b) = (unit(&pair["first"]), unit(&pair["second"]));
            let rules: BTreeSet<&str> = list(&pair["rules"]).iter().map(text).collect();
            let known: BTreeSet<&str> = pairs[&[a.min(b), a.max(b)]].iter().map(String::as_str).collect();
            assert_eq!(rules, known, "{pair}\n{}", self.context);
        }
        if copies.len() <= 12 {
            assert_eq!(list(&it["pairs"]).len(), pairs.len(), "{it}");
        }
        copies.iter().map(|&(_, copies)| copies).sum()
    }

    /// The load that is stated, group by group.
    fn loads(&self, it: &Value) -> u64 {
        let mut sum = 0;
        for row in list(&it["who"]) {
            self.group(&row["group"]);
            let load = number(&row["load"]);
            let workloads = list(&row["group"]["workloads"]).iter().map(|it| self.workload(text(it)));
            let own: u64 = workloads
                .map(|workload| {
                    let copies = self.naive.workloads[workload]["copies"].as_u64().unwrap_or(1);
                    copies * self.load(workload)[text(&it["resource"])]
                })
                .sum();
            assert!(load == own || it["once"] == true, "{row}: {own}\n{}", self.context);
            sum += load;
        }
        assert_eq!(sum, number(&it["load"]), "{it}");
        sum
    }

    fn runs_out(&mut self, it: &Value) -> u64 {
        self.count("runsOut");
        let load = self.loads(it);
        let holds = number(&it["largest"]["number"]);
        let name = text(&it["largest"]["name"]);
        self.stands(&it["largest"], name);
        if self.plain {
            let largest = list(&self.document["clusterTemplates"])
                .iter()
                .map(|template| self.holds(template, text(&it["resource"])));
            // a template may be closed to all of them: then the largest of the others is named
            assert!(largest.clone().any(|of| of == holds) && largest.max() >= Some(holds), "{it}\n{}", self.context);
        }
        load.div_ceil(holds)
    }

    fn weights(&mut self, it: &Value) -> u64 {
        self.count("weights");
        let mut weights: BTreeMap<usize, u64> = BTreeMap::new();
        let mut sum = 0;
        for row in list(&it["who"]) {
            let units = self.group(&row["group"]);
            assert_eq!(units * number(&row["weight"]), number(&row["total"]), "{row}");
            sum += number(&row["total"]);
            let firsts: BTreeSet<usize> =
                list(&row["group"]["workloads"]).iter().map(|it| self.workload(text(it))).collect();
            for (at, _) in self.units.iter().enumerate().filter(|(_, unit)| firsts.contains(&unit[0])) {
                weights.insert(at, number(&row["weight"]));
            }
        }
        assert_eq!(sum, number(&it["total"]), "{it}");
        for place in list(&it["holds"]).iter().filter(|_| self.plain) {
            let name = Some(text(&place["name"])).filter(|name| !name.is_empty());
            assert!(self.heaviest(&weights, name) <= number(&place["number"]), "{it}\n{}", self.context);
        }
        sum.div_ceil(number(&it["each"]))
    }

    fn priced(&mut self, it: &Value) -> Option<u64> {
        self.count("priced");
        let parts: u64 = list(&it["parts"]).iter().map(|part| self.fact(part).unwrap()).sum();
        let worth = |rows: &Value| -> u64 {
            list(rows).iter().map(|row| number(&row["each"]) * number(&row["place"]["number"])).sum()
        };
        let left = (parts + worth(&it["added"])).checked_sub(worth(&it["taken"])).unwrap();
        match number(&it["scale"]) {
            0 => {
                assert!(left > 0, "{it}");
                None
            }
            scale => Some(left.div_ceil(scale)),
        }
    }
}

/// A document with each row on a line of its own.
fn written(document: &Value) -> String {
    let mut text = String::from("{\n");
    let rows = |list: &[Value]| list.iter().map(Value::to_string).collect::<Vec<_>>().join(",\n");
    let mut parts = Vec::new();
    for (key, value) in document.as_object().unwrap() {
        parts.push(match value {
            Value::Array(list) if !list.is_empty() && key != "objective" => format!("\"{key}\": [\n{}\n]", rows(list)),
            Value::Object(map) => {
                let inner = map.iter().map(|(key, value)| match value {
                    Value::Array(list) => format!("\"{key}\": [\n{}\n]", rows(list)),
                    other => format!("\"{key}\": {other}"),
                });
                format!("\"{key}\": {{\n{}\n}}", inner.collect::<Vec<_>>().join(",\n"))
            }
            other => format!("\"{key}\": {other}"),
        });
    }
    text.push_str(&parts.join(",\n"));
    text.push_str("\n}\n");
    text
}

/// Checks all that is said of a fleet; what kinds of facts there were.
fn checked(document: &Value, plain: bool, told: &mut BTreeMap<&'static str, usize>) -> Option<Why> {
    let text = written(document);
    let fleet = Fleet::from_json(&text).ok()?;
    let mut why = fleet.why(&PlanOptions::default()).ok()?;
    why.locate(&text, true);
    let said: Value = serde_json::from_str(&why.to_json().unwrap()).unwrap();
    assert_eq!(Why::from_json(&why.to_json().unwrap()).unwrap(), why);
    let naive = Naive::new(document);
    let mut checker = Checker {
        document,
        units: naive.units(),
        naive,
        plain,
        lines: text.lines().collect(),
        told: std::mem::take(told),
        context: format!("{document}\n{said:#}"),
    };
    for fact in list(&said["facts"]) {
        let least = checker.fact(fact);
        if let Some(bound) = why.bound {
            assert!(least.is_some_and(|least| least >= bound), "{}", checker.context);
            assert!(
                why.clusters.is_none_or(|clusters| least.is_some_and(|least| least <= clusters)),
                "{}",
                checker.context
            );
        }
    }
    if why.bound.is_some() {
        assert_eq!(why.facts.len(), 1, "{}", checker.context);
    }
    let searched = serde_json::to_string(&said["facts"]).unwrap().contains("\"searched\"");
    assert_eq!(searched, !why.searched.is_empty(), "{}", checker.context);
    for depth in 1..=3 {
        let shown = tenantry::export::why_text(&why, depth);
        assert_eq!(shown.contains("a search: every"), why.searched.is_empty() && !why.facts.is_empty(), "{shown}");
    }
    *told = checker.told;
    Some(why)
}

#[test]
fn every_number_follows() {
    let mut told = BTreeMap::new();
    let (mut fleets, mut without) = (0, 0);
    for seed in 0..200 {
        let document = naive::document(&mut Random::new(seed));
        let Some(why) = checked(&document, true, &mut told) else { continue };
        let best = Naive::new(&document).best(true).map(|(clusters, _)| clusters);
        assert_eq!(why.bound, best, "seed {seed}: {document}");
        fleets += 1;
        if why.bound.is_none() {
            assert!(!why.facts.is_empty(), "seed {seed}: {document}");
            without += 1;
        }
    }
    println!("{fleets} fleets, {without} of them without a plan: {told:?}");
    assert!(fleets > 120 && without > 10, "{fleets} {without}");
    for kind in ["one", "each", "sum", "refuse", "runsOut", "tooFew", "noRoom"] {
        assert!(told.get(kind).is_some_and(|&count| count > 2), "{kind}: {told:?}");
    }
}

/// Five tenants in a ring, each of which refuses the two that are not beside it: no three refuse one another, and no resource runs out.
#[test]
fn weights_hold() {
    let names = ["a", "b", "c", "d", "e"];
    let mut told = BTreeMap::new();
    for cpu in 1..=3 {
        let tenant = |at: usize| json!({"name": names[at], "trust": "trusted", "distrusts": [names[(at + 2) % 5]]});
        let size = |at: usize| json!({"cpu": if at == 0 { cpu } else { 1 }, "memory": "1Mi"});
        let workload =
            |at: usize| json!({"name": format!("w{at}"), "tenant": names[at], "replicas": 1, "requests": size(at)});
        let document = json!({
            "schema": "tenantry/v1", "asOf": "2026-11-23",
            "tenants": (0..5).map(tenant).collect::<Vec<_>>(), "workloads": (0..5).map(workload).collect::<Vec<_>>(),
            "clusterTemplates": [{"name": "small", "allocatable": {"cpu": 9, "memory": "8Mi", "pods": 10}}]
        });
        let why = checked(&document, true, &mut told).unwrap();
        assert_eq!((why.bound, why.searched.len()), (Some(3), 0));
    }
    assert_eq!(told.get("weights"), Some(&3), "{told:?}");
}

/// A cluster counts many parts where a claim has prices in fractions of one: its sentence speaks of clusters all the same.
#[test]
fn the_sentence_of_a_bound_adds_up() {
    let today = include_str!("../examples/today/fleet.yaml");
    let mut weighed = 0;
    for more in 2..5 {
        let fleet = today
            .replace("replicas: 2", &format!("replicas: {more}"))
            .replace("replicas: 3", &format!("replicas: {more}"));
        let plan = Fleet::from_yaml(&fleet).unwrap().plan(&PlanOptions::default()).unwrap();
        let told = &plan.summary.lower_bound_reason;
        let number = |after: &str| -> Option<u64> {
            let rest = &told[told.find(after)? + after.len()..];
            rest[..rest.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(rest.len())].parse().ok()
        };
        if let (Some(total), Some(most)) = (number(" weigh "), number("no legal cluster holds more than ")) {
            assert_eq!(total.div_ceil(most), plan.summary.lower_bound, "{told}");
            weighed += 1;
        }
        assert!(!told.contains("alone would take"), "{told}");
    }
    assert!(weighed > 0);
}

/// Regions, copies, clusters that exist and are kept.
#[test]
fn every_number_follows_where_there_are_places() {
    let mut told = BTreeMap::new();
    let mut fleets = 0;
    for seed in 5_000..5_160 {
        let mut random = Random::new(seed);
        let mut document = naive::document(&mut random);
        document["regions"] = json!([{"name": "eu"}, {"name": "us", "maxClusters": 1 + random.below(3)}]);
        document["defaults"] = json!({"regions": "all", "runsIn": []});
        for row in document["workloads"].as_array_mut().unwrap() {
            if random.chance(300) {
                row["regions"] = json!([if random.chance(500) { "eu" } else { "us" }]);
            }
            if random.chance(200) {
                row["copies"] = json!(2);
            }
        }
        let mut existing = Vec::new();
        for at in 0..random.below(3) {
            let mut row =
                json!({"name": format!("old-{at}"), "template": "small", "region": if at == 0 { "eu" } else { "us" }});
            if random.chance(400) {
                row["keep"] = json!(true);
            }
            existing.push(row);
        }
        document["existingClusters"] = json!(existing);
        if existing.is_empty() {
            document.as_object_mut().unwrap().remove("existingClusters");
            document["defaults"].as_object_mut().unwrap().remove("runsIn");
        }
        fleets += usize::from(checked(&document, false, &mut told).is_some());
    }
    println!("{fleets} fleets: {told:?}");
    assert!(fleets > 60, "{fleets}");
    for kind in ["copies", "sum", "refuse", "tooFew"] {
        assert!(told.get(kind).is_some_and(|&count| count > 0), "{kind}: {told:?}");
    }
}

/// Clusters to which somebody is bound are in every plan, and small: what they add is in the sum.
#[test]
fn clusters_that_somebody_is_bound_to_are_in_the_sum() {
    let mut told = BTreeMap::new();
    let workload = |at: usize| {
        let bound = at < 2;
        let (cpu, home) = if bound { (1, json!(format!("old-{at}"))) } else { (2, json!([])) };
        json!({
            "name": format!("w{at}"), "tenant": "a", "replicas": 1, "runsIn": home, "stateful": bound,
            "requests": {"cpu": cpu, "memory": "1Mi"}
        })
    };
    let document = json!({
        "schema": "tenantry/v1", "asOf": "2026-11-23",
        "tenants": [{"name": "a", "trust": "trusted"}],
        "workloads": (0..12).map(workload).collect::<Vec<_>>(),
        "clusterTemplates": [{"name": "large", "allocatable": {"cpu": 10, "memory": "1Gi"}}],
        "existingClusters": (0..2)
            .map(|at| json!({"name": format!("old-{at}"), "allocatable": {"cpu": 4, "memory": "1Gi"}}))
            .collect::<Vec<_>>()
    });
    // 22 requested, 4 + 4 of it at most in the clusters that are there in any case
    let why = checked(&document, false, &mut told).unwrap();
    assert_eq!(why.bound, Some(4));
    assert_eq!(told.get("priced"), Some(&1), "{told:?}");
}

/// The checker is no yes-man: a number that is off by one is found.
#[test]
fn a_wrong_number_is_found() {
    let document = json!({
        "schema": "tenantry/v1", "asOf": "2026-11-23",
        "policy": {"distrust": [{"id": "d0", "subject": {"tenant": "a"}, "neighbour": {"tenant": "b"}}]},
        "tenants": [{"name": "a", "trust": "trusted"}, {"name": "b", "trust": "trusted"}],
        "workloads": [
            {"name": "w0", "tenant": "a", "replicas": 1, "requests": {"cpu": 1, "memory": "1Mi"}},
            {"name": "w1", "tenant": "b", "replicas": 1, "requests": {"cpu": 1, "memory": "1Mi"}}
        ],
        "clusterTemplates": [{"name": "small", "allocatable": {"cpu": 4, "memory": "8Mi", "pods": 10}}]
    });
    let text = written(&document);
    let mut why = Fleet::from_json(&text).unwrap().why(&PlanOptions::default()).unwrap();
    why.locate(&text, true);
    let said: Value = serde_json::from_str(&why.to_json().unwrap()).unwrap();
    let holds = |fact: &Value| {
        let naive = Naive::new(&document);
        let (units, told, context) = (naive.units(), BTreeMap::new(), String::new());
        let lines = text.lines().collect();
        let mut checker = Checker { document: &document, units, naive, plain: true, lines, told, context };
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| checker.fact(fact))).is_ok()
    };
    let fact = &said["facts"][0];
    assert!(holds(fact));
    for (pointer, value) in [
        ("/least", json!(3)),
        ("/because/refuse/rules/0/pairs", json!(2)),
        ("/because/refuse/rules/0/rule", json!("distrusts")),
        ("/because/refuse/rules/0/line", json!(1)),
        ("/because/refuse/members/0/copies", json!(2)),
        ("/because/refuse/pairs/0/rules", json!(["level"])),
    ] {
        let mut wrong = fact.clone();
        *wrong.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}: {fact:#}")) = value;
        assert!(!holds(&wrong), "{pointer}");
    }
}
