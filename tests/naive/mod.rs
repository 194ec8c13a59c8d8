//! A second, slow implementation of who may share a cluster and of the fewest clusters, written from the description of
//! the rules and read straight from the document; and a generator of small random documents.
#![allow(dead_code)]

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tenantry::engine::random::Random;

use crate::partitions::{each, members};

/// One of these.
fn pick<'a, T>(from: &'a [T], random: &mut Random) -> &'a T {
    &from[random.index(from.len())]
}

const ENVIRONMENTS: [(&str, &str); 5] = [
    ("production", "production"),
    ("prod", "production"),
    ("dev", "non-production"),
    ("test", "non-production"),
    ("non-production", "non-production"),
];

/// A random fleet document. Most are valid; some hold a contradiction on purpose.
pub fn document(random: &mut Random) -> Value {
    let custom = random.chance(300);
    let levels: Vec<&str> = if custom { vec!["low", "mid", "high"] } else { vec!["hostile", "untrusted", "trusted"] };
    let mut policy = Map::new();
    policy.insert(
        "attributes".into(),
        json!({"environment": {"production": ["prod"], "non-production": ["dev", "test"]}, "version": "any", "zone": ["a", "b", "c"]}),
    );
    if custom {
        policy.insert(
            "levels".into(),
            json!([
                {"name": "low", "sharing": "level", "accepts": "low"},
                {"name": "mid", "sharing": if random.chance(500) { "tenant" } else { "level" }, "accepts": if random.chance(500) { "low" } else { "mid" }},
                {"name": "high", "sharing": "level", "accepts": *pick(&["low", "mid", "high"], random)},
            ]),
        );
    }
    let tenants: Vec<String> = (0..2 + random.below(3)).map(|index| format!("t{index}")).collect();
    let mut separate = Vec::new();
    if random.chance(400) {
        separate.push(json!({"by": "environment"}));
    }
    if random.chance(300) {
        separate.push(json!({"by": "zone", "missing": {"class": "none", "tenants": tenants}}));
    }
    if !separate.is_empty() {
        policy.insert("separate".into(), Value::Array(separate));
    }
    if random.chance(300) {
        policy.insert("apart".into(), json!([{"by": "version", "missing": "any"}]));
    }

    let mut tenant_rows = Vec::new();
    for name in &tenants {
        let mut row = Map::new();
        row.insert("name".into(), json!(name));
        let rank = if random.chance(600) { 2 } else { random.index(3) };
        row.insert("trust".into(), json!(levels[rank]));
        row.insert("attributes".into(), json!({"environment": pick(&ENVIRONMENTS, random).0}));
        if random.chance(150) {
            row.insert("sharing".into(), json!(*pick(&["tenant", "workload"], random)));
        }
        if random.chance(200) {
            let other = pick(&tenants, random).clone();
            if other != *name {
                row.insert("distrusts".into(), json!([other]));
            }
        }
        if random.chance(150) {
            row.insert("splitNamespaces".into(), json!(true));
        }
        tenant_rows.push(Value::Object(row));
    }
    let mut workloads = Vec::new();
    let count = 2 + random.below(5);
    for index in 0..count {
        let mut row = Map::new();
        let tenant = pick(&tenants, random).clone();
        row.insert("name".into(), json!(format!("w{index}")));
        if random.chance(250) {
            row.insert("namespace".into(), json!(format!("{tenant}-shared")));
        }
        row.insert("tenant".into(), json!(tenant));
        let mut attributes = Map::new();
        if random.chance(400) {
            attributes.insert("zone".into(), json!(*pick(&["a", "b"], random)));
        }
        if random.chance(400) {
            attributes.insert("version".into(), json!(*pick(&["1.30", "1.31"], random)));
        }
        if !attributes.is_empty() {
            row.insert("attributes".into(), Value::Object(attributes));
        }
        if random.chance(150) {
            row.insert("trust".into(), json!(levels[0]));
        }
        if random.chance(100) {
            row.insert("sharing".into(), json!("workload"));
        }
        row.insert("replicas".into(), json!(1 + random.below(2)));
        row.insert(
            "requests".into(),
            json!({"cpu": 1 + random.below(3), "memory": format!("{}Mi", 1 + random.below(4))}),
        );
        workloads.push(Value::Object(row));
    }
    let ids: Vec<String> = workloads
        .iter()
        .map(|row| format!("{}/{}", row["tenant"].as_str().unwrap(), row["name"].as_str().unwrap()))
        .collect();
    let mut rules = Vec::new();
    for index in 0..random.below(3) {
        let subject = selector(random, &tenants, &ids, &levels, false);
        let neighbour = selector(random, &tenants, &ids, &levels, true);
        rules.push(json!({"id": format!("d{index}"), "subject": subject, "neighbour": neighbour}));
    }
    if !rules.is_empty() {
        policy.insert("distrust".into(), Value::Array(rules));
    }
    if random.chance(250) && ids.len() > 2 {
        let (a, b) = (random.index(ids.len()), random.index(ids.len()));
        if a != b {
            policy.insert(
                "together".into(),
                json!([{"id": "g", "members": [ids[a], ids[b]], "reason": "they share a disk"}]),
            );
        }
    }
    if random.chance(350) {
        let waiver = waiver(random, &policy, &tenants, &ids, &levels);
        policy.insert("waivers".into(), json!([waiver]));
    }
    let mut templates = vec![json!({
        "name": "small", "allocatable": {"cpu": 6, "memory": format!("{}Mi", 8 + random.below(8)), "pods": 10}, "cost": 10
    })];
    if random.chance(400) {
        templates.push(json!({
            "name": "large", "allocatable": {"cpu": 12, "memory": "32Mi"}, "headroom": "20%", "cost": 10 + random.below(15),
            "maxCount": 1 + random.below(2)
        }));
    }
    if random.chance(250) {
        templates[0]["maxCount"] = json!(1 + random.below(3));
    }
    let objective = if random.chance(400) { json!(["clusters", "cost"]) } else { json!(["clusters"]) };
    json!({
        "schema": "tenantry/v1", "name": "random", "asOf": "2026-11-23", "policy": policy, "tenants": tenant_rows,
        "workloads": workloads, "clusterTemplates": templates, "objective": objective
    })
}

/// A waiver of some reasons that the policy has.
pub fn waiver(
    random: &mut Random,
    policy: &Map<String, Value>,
    tenants: &[String],
    ids: &[String],
    levels: &[&str],
) -> Value {
    let mut known: Vec<String> = vec!["level".into(), "sharing".into(), "distrusts".into()];
    for (key, label, of) in [("separate", "by", "separate"), ("apart", "by", "apart"), ("distrust", "id", "distrust")] {
        for row in policy.get(key).and_then(Value::as_array).into_iter().flatten() {
            known.push(format!("{of}:{}", row[label].as_str().unwrap()));
        }
    }
    let waives: Vec<String> = known.iter().filter(|_| random.chance(500)).cloned().collect();
    let waives = if waives.is_empty() { vec!["level".to_owned()] } else { waives };
    json!({
        "id": "v", "between": [selector(random, tenants, ids, levels, false), selector(random, tenants, ids, levels, false)],
        "waives": waives, "approvedBy": "someone", "reason": "for now",
        "expires": *pick(&["2026-11-22", "2026-11-23", "2027-06-30"], random)
    })
}

fn selector(random: &mut Random, tenants: &[String], ids: &[String], levels: &[&str], neighbour: bool) -> Value {
    if random.chance(100) {
        return json!({"all": true});
    }
    let mut map = Map::new();
    if neighbour && random.chance(250) {
        map.insert("tenant".into(), json!("other"));
    } else if random.chance(500) {
        map.insert("tenant".into(), of(random, tenants));
    }
    if random.chance(250) {
        map.insert("workload".into(), of(random, ids));
    }
    if random.chance(200) {
        let levels: Vec<String> = levels.iter().map(|&level| level.to_owned()).collect();
        map.insert("trust".into(), of(random, &levels));
    }
    if random.chance(250) {
        map.insert("environment".into(), of(random, &["production".into(), "dev".into()]));
    }
    if map.is_empty() || random.chance(150) {
        map.insert("zone".into(), of(random, &["a".into(), "b".into()]));
    }
    Value::Object(map)
}

/// One value, a list, or a `not` of either.
fn of(random: &mut Random, values: &[String]) -> Value {
    let value = if random.chance(250) {
        let mut two = vec![pick(values, random).clone(), pick(values, random).clone()];
        two.sort();
        two.dedup();
        json!(two)
    } else {
        json!(pick(values, random))
    };
    if random.chance(250) { json!({"not": value}) } else { value }
}

/// A document, read naively.
pub struct Naive<'a> {
    document: &'a Value,
    pub workloads: Vec<&'a Value>,
}

fn rows(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

impl<'a> Naive<'a> {
    pub fn new(document: &'a Value) -> Self {
        Self { document, workloads: rows(&document["workloads"]).collect() }
    }

    fn tenant(&self, workload: &Value) -> &'a Value {
        rows(&self.document["tenants"]).find(|tenant| tenant["name"] == workload["tenant"]).unwrap()
    }

    fn levels(&self) -> Vec<(String, usize, String)> {
        let given: Vec<_> = rows(&self.document["policy"]["levels"]).collect();
        let width = |word: &str| ["level", "tenant", "workload"].iter().position(|&known| known == word).unwrap();
        if given.is_empty() {
            return vec![
                ("hostile".into(), 2, "hostile".into()),
                ("untrusted".into(), 1, "untrusted".into()),
                ("trusted".into(), 0, "trusted".into()),
            ];
        }
        given
            .iter()
            .map(|level| (text(&level["name"]).into(), width(text(&level["sharing"])), text(&level["accepts"]).into()))
            .collect()
    }

    fn rank(&self, name: &str) -> usize {
        self.levels().iter().position(|level| level.0 == name).unwrap()
    }

    fn trust(&self, workload: &Value) -> usize {
        let own = if workload["trust"].is_null() { &self.tenant(workload)["trust"] } else { &workload["trust"] };
        self.rank(text(own))
    }

    /// 0: level, 1: tenant, 2: workload.
    fn sharing(&self, workload: &Value) -> usize {
        let tenant = self.tenant(workload);
        let levels = self.levels();
        let word = |value: &Value| {
            value
                .as_str()
                .map_or(0, |word| ["level", "tenant", "workload"].iter().position(|&known| known == word).unwrap())
        };
        let of_tenant = tenant["trust"].as_str().map_or(0, |level| levels[self.rank(level)].1);
        levels[self.trust(workload)].1.max(of_tenant).max(word(&tenant["sharing"])).max(word(&workload["sharing"]))
    }

    fn accepts(&self, workload: &Value) -> usize {
        let own = self.rank(&self.levels()[self.trust(workload)].2);
        let more = |value: &Value| value["accepts"].as_str().map_or(0, |level| self.rank(level));
        own.max(more(self.tenant(workload))).max(more(workload))
    }

    /// The class of an attribute.
    fn class(&self, workload: &Value, attribute: &str) -> Option<String> {
        let own = &workload["attributes"][attribute];
        let value = if own.is_null() { &self.tenant(workload)["attributes"][attribute] } else { own };
        value.as_str().map(|value| {
            if attribute == "environment" {
                ENVIRONMENTS.iter().find(|(alias, _)| *alias == value).unwrap().1.to_owned()
            } else {
                value.to_owned()
            }
        })
    }

    fn matches(&self, selector: &Value, workload: &Value, subject: Option<&Value>) -> bool {
        selector.as_object().unwrap().iter().all(|(key, wanted)| {
            let own: Option<String> = match key.as_str() {
                "all" => return true,
                "tenant" if wanted == "other" => return subject.unwrap()["tenant"] != workload["tenant"],
                "tenant" => Some(text(&workload["tenant"]).into()),
                "workload" => Some(format!("{}/{}", text(&workload["tenant"]), text(&workload["name"]))),
                "trust" => Some(self.levels()[self.trust(workload)].0.clone()),
                attribute => self.class(workload, attribute),
            };
            let alias = |value: &str| match key.as_str() {
                "environment" => ENVIRONMENTS.iter().find(|(alias, _)| *alias == value).unwrap().1.to_owned(),
                _ => value.to_owned(),
            };
            let (not, wanted) = if wanted.is_object() { (true, &wanted["not"]) } else { (false, wanted) };
            let values: Vec<String> = match wanted.as_str() {
                Some(one) => vec![alias(one)],
                None => rows(wanted).map(|value| alias(text(value))).collect(),
            };
            own.map_or(not, |own| values.contains(&own) != not)
        })
    }

    /// The ids of all reasons between two different workloads, waivers applied if asked for.
    pub fn reasons(&self, u: usize, v: usize, waive: bool) -> Vec<String> {
        let (a, b) = (self.workloads[u], self.workloads[v]);
        let policy = &self.document["policy"];
        let mut reasons: Vec<String> = Vec::new();
        if self.trust(a) < self.accepts(b) || self.trust(b) < self.accepts(a) {
            reasons.push("level".into());
        }
        let widest = self.sharing(a).max(self.sharing(b));
        if widest == 2 || (widest == 1 && a["tenant"] != b["tenant"]) {
            reasons.push("sharing".into());
        }
        for row in rows(&policy["separate"]) {
            let class = |workload| {
                self.class(workload, text(&row["by"])).unwrap_or_else(|| text(&row["missing"]["class"]).into())
            };
            if class(a) != class(b) {
                reasons.push(format!("separate:{}", text(&row["by"])));
            }
        }
        for row in rows(&policy["distrust"]) {
            let refuses = |x: &Value, y: &Value| {
                self.matches(&row["subject"], x, None) && self.matches(&row["neighbour"], y, Some(x))
            };
            if refuses(a, b) || refuses(b, a) {
                reasons.push(format!("distrust:{}", text(&row["id"])));
            }
        }
        let distrusts = |x: &Value, y: &Value| rows(&self.tenant(x)["distrusts"]).any(|name| *name == y["tenant"]);
        if distrusts(a, b) || distrusts(b, a) {
            reasons.push("distrusts".into());
        }
        for row in rows(&policy["apart"]) {
            if let (Some(x), Some(y)) = (self.class(a, text(&row["by"])), self.class(b, text(&row["by"])))
                && x != y
            {
                reasons.push(format!("apart:{}", text(&row["by"])));
            }
        }
        for row in rows(&policy["waivers"]).filter(|_| waive) {
            let sides = |x: &Value, y: &Value| {
                self.matches(&row["between"][0], x, None) && self.matches(&row["between"][1], y, None)
            };
            if text(&row["expires"]) >= text(&self.document["asOf"]) && (sides(a, b) || sides(b, a)) {
                reasons.retain(|reason| !rows(&row["waives"]).any(|waived| waived == reason));
            }
        }
        reasons
    }

    /// The united groups.
    pub fn units(&self) -> Vec<Vec<usize>> {
        let n = self.workloads.len();
        let mut unit: Vec<usize> = (0..n).collect();
        let name = |workload: &Value| format!("{}/{}", text(&workload["tenant"]), text(&workload["name"]));
        let mut join = |u: usize, v: usize| {
            let (from, to) = (unit[u], unit[v]);
            unit.iter_mut().filter(|it| **it == from).for_each(|it| *it = to);
        };
        for u in 0..n {
            for v in 0..n {
                let (a, b) = (self.workloads[u], self.workloads[v]);
                let split = self.tenant(a)["splitNamespaces"] == json!(true);
                let space = |workload: &Value| {
                    let given = workload["namespace"].as_str().map(str::to_owned);
                    given.unwrap_or_else(|| format!("{}-{}", text(&workload["tenant"]), text(&workload["name"])))
                };
                if a["tenant"] == b["tenant"] && space(a) == space(b) && !split {
                    join(u, v);
                }
                for group in rows(&self.document["policy"]["together"]) {
                    let member = |workload: &Value| rows(&group["members"]).any(|it| text(it) == name(workload));
                    if member(a) && member(b) {
                        join(u, v);
                    }
                }
            }
        }
        let mut units: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (workload, unit) in unit.into_iter().enumerate() {
            units.entry(unit).or_default().push(workload);
        }
        let mut units: Vec<_> = units.into_values().collect();
        units.sort();
        units
    }

    /// Whether a reason separates two members of a unit.
    pub fn contradicts(&self, waive: bool) -> bool {
        self.units()
            .iter()
            .any(|unit| unit.iter().any(|&u| unit.iter().any(|&v| u != v && !self.reasons(u, v, waive).is_empty())))
    }

    /// What a set of workloads takes of cpu (milli), memory (Mi) and pods.
    fn load(&self, workloads: &[usize]) -> [u64; 3] {
        let mut sum = [0; 3];
        for &workload in workloads {
            let row = self.workloads[workload];
            let replicas = row["replicas"].as_u64().unwrap();
            sum[0] += replicas * row["requests"]["cpu"].as_u64().unwrap() * 1000;
            sum[1] += replicas * mebi(&row["requests"]["memory"]);
            sum[2] += replicas;
        }
        sum
    }

    /// Where somebody may be who says this: its regions, in its jurisdictions; `None` where nothing is said.
    fn said(&self, row: &Value) -> Option<Vec<&'a Value>> {
        let words = |key: &str| -> Option<Vec<String>> {
            let value = &row[key];
            if value.is_null() {
                return None;
            }
            Some(value.as_str().map_or_else(|| rows(value).map(|it| text(it).into()).collect(), |one| vec![one.into()]))
        };
        let (regions, jurisdictions) = (words("regions"), words("jurisdictions"));
        if regions.is_none() && jurisdictions.is_none() {
            return None;
        }
        let named = |region: &Value| {
            regions.as_ref().is_none_or(|it| it == &["all"] || it.iter().any(|name| *name == text(&region["name"])))
        };
        let inside = |region: &Value| {
            jurisdictions
                .as_ref()
                .is_none_or(|it| rows(&region["jurisdictions"]).any(|own| it.iter().any(|w| w == own)))
        };
        Some(rows(&self.document["regions"]).filter(|region| named(region) && inside(region)).collect())
    }

    /// Whether a workload may be in a cluster of this template in this region (`None`: there are no regions).
    fn may_be(&self, workload: &Value, template: &Value, region: Option<&Value>) -> bool {
        let tenant = self.tenant(workload);
        let may = |row: &Value| {
            region.is_none_or(|region| {
                self.said(row).is_none_or(|regions| regions.iter().any(|it| it["name"] == region["name"]))
            })
        };
        let list = |value: &Value| -> Vec<String> {
            value.as_str().map_or_else(|| rows(value).map(|it| text(it).into()).collect(), |one| vec![one.into()])
        };
        let provides = list(&template["provides"]);
        let needs = [list(&tenant["needs"]), list(&workload["needs"])].concat();
        may(tenant)
            && may(workload)
            && may(template)
            && (template["admits"].is_null() || self.matches(&template["admits"], workload, None))
            && needs.iter().all(|need| provides.contains(need))
    }

    /// Whether all of these, by `tenant/name` or `tenant/namespace/name`, may be in a cluster of this template there.
    pub fn holds(&self, identities: &[String], template: &str, region: &str) -> bool {
        let template = rows(&self.document["clusterTemplates"]).find(|it| it["name"] == template).unwrap();
        let Some(region) = rows(&self.document["regions"]).find(|it| it["name"] == region) else { return false };
        identities.iter().all(|identity| {
            let parts: Vec<&str> = identity.split('/').collect();
            let named = |it: &&&Value| it["tenant"] == parts[0] && it["name"] == parts[parts.len() - 1];
            let workload = self.workloads.iter().find(named).unwrap();
            self.may_be(workload, template, Some(region))
        })
    }

    /// (clusters, cost in thousandths) of the best plan, clusters first; `None` where there is none. Tries every partition of the units
    /// and every template in every region for each part.
    pub fn best(&self, waive: bool) -> Option<(u64, u64)> {
        let units = self.units();
        if self.contradicts(waive) {
            return None;
        }
        let mut apart = vec![vec![false; self.workloads.len()]; self.workloads.len()];
        for (u, row) in apart.iter_mut().enumerate() {
            for (v, cell) in row.iter_mut().enumerate() {
                *cell = u != v && !self.reasons(u, v, waive).is_empty();
            }
        }
        let mut best: Option<(u64, u64)> = None;
        let mut fits = |block: &[usize]| {
            let members = members(block, &units);
            members.iter().all(|&u| members.iter().all(|&v| !apart[u][v]))
        };
        each(units.len(), &mut fits, &mut |blocks| {
            if best.is_some_and(|(clusters, _)| blocks.len() as u64 > clusters) {
                return;
            }
            let blocks: Vec<Vec<usize>> = blocks.iter().map(|block| members(block, &units)).collect();
            let mut used = BTreeMap::new();
            if let Some(cost) = self.cheapest(&blocks, &mut used) {
                let found = (blocks.len() as u64, cost);
                best = Some(best.map_or(found, |best| best.min(found)));
            }
        });
        best
    }

    /// Whether a cluster of this template has room for all of these.
    pub fn fits(&self, part: &[usize], template: &Value) -> bool {
        let load = self.load(part);
        let room = |amount: u64| if template["headroom"].is_null() { amount } else { amount * 8 / 10 };
        let offer = &template["allocatable"];
        let pods = offer["pods"].as_u64().map_or(150_000, room);
        // below one MiB nothing is asked for, so rounding down to it is exact
        load[0] <= room(offer["cpu"].as_u64().unwrap() * 1000)
            && load[1] << 20 <= room(mebi(&offer["memory"]) << 20)
            && load[2] <= pods
    }

    fn cheapest(&self, parts: &[Vec<usize>], used: &mut BTreeMap<String, u64>) -> Option<u64> {
        let Some((part, rest)) = parts.split_first() else { return Some(0) };
        let mut best = None;
        let mut regions: Vec<Option<&Value>> = rows(&self.document["regions"]).map(Some).collect();
        if regions.is_empty() {
            regions.push(None);
        }
        for (template, region) in rows(&self.document["clusterTemplates"])
            .flat_map(|template| regions.iter().map(move |&region| (template, region)))
        {
            let fits = self.fits(part, template);
            let open = part.iter().all(|&workload| self.may_be(self.workloads[workload], template, region));
            let none = Value::Null;
            let limits = [("maxCount", template), ("maxClusters", region.unwrap_or(&none))];
            let limits = limits.map(|(key, row)| (format!("{key} {}", row["name"]), row[key].as_u64()));
            let full = |(name, most): &(String, Option<u64>)| {
                most.is_some_and(|most| used.get(name) >= Some(&most) || most == 0)
            };
            if fits && open && !limits.iter().any(full) {
                limits.iter().for_each(|(name, _)| *used.entry(name.clone()).or_insert(0) += 1);
                if let Some(others) = self.cheapest(rest, used) {
                    // hundredths of the factor
                    let factor = region.and_then(|region| region["costFactor"].as_str()).unwrap_or("1.00");
                    let factor: u64 = factor.replace('.', "").parse().unwrap();
                    let cost = (template["cost"].as_u64().unwrap() * 1000 * factor).div_ceil(100) + others;
                    best = Some(best.map_or(cost, |best: u64| best.min(cost)));
                }
                limits.iter().for_each(|(name, _)| *used.get_mut(name).unwrap() -= 1);
            }
        }
        best
    }
}

fn mebi(value: &Value) -> u64 {
    text(value).strip_suffix("Mi").unwrap().parse().unwrap()
}
