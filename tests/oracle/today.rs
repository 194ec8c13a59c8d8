//! What runs today, judged a second time: existing clusters are drawn around a fleet, and every violation of the audit is
//! found again by comparing everything with everything.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tenantry::engine::random::Random;
use tenantry::{AuditOptions, Fleet};

use crate::model::Model;
use crate::naive;

struct Cluster {
    /// Of this template, or with a shape of its own.
    template: Option<usize>,
    cpu: u64,
    memory: u64,
    /// In per cent.
    headroom: u64,
    mode: &'static str,
    keep: bool,
    /// Cores, bytes, pods, namespaces.
    occupied: Option<[u64; 4]>,
    most: [Option<u64>; 3],
    /// Of two, where there are any.
    region: usize,
    /// Only this tenant may be there.
    admits: Option<usize>,
    provides: Option<bool>,
}

struct Today {
    model: Model,
    clusters: Vec<Cluster>,
    /// Of each workload; `None`: nowhere.
    home: Vec<Option<usize>>,
    pin: Vec<Option<usize>>,
    stays: Vec<bool>,
    /// Two regions, of which the first may hold so many clusters, and for each tenant the one where it may be.
    regions: Option<(Option<u64>, Vec<Option<usize>>)>,
    /// Workloads that need what the templates provide.
    needs: Vec<bool>,
}

const MAXIMUMS: [&str; 3] = ["pods", "namespaces", "tenants"];

fn name(cluster: usize) -> String {
    format!("c{cluster}")
}

impl Today {
    fn draw(seed: u64) -> Self {
        let model = Model::draw(seed);
        let random = &mut Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x7157);
        let count = 1 + random.index(4);
        let clusters: Vec<Cluster> = (0..count)
            .map(|_| {
                let mode = if random.chance(700) { "open" } else { ["cordon", "drain"][random.index(2)] };
                let occupied = (mode != "drain" && random.chance(250))
                    .then(|| [random.below(3), random.below(3), random.below(3), random.below(3)]);
                let most = [6, 3, 3].map(|most| random.chance(200).then(|| 1 + random.below(most)));
                Cluster {
                    template: random.chance(500).then(|| random.index(model.templates.len())),
                    cpu: 2 + random.below(12),
                    memory: 2 + random.below(12),
                    headroom: if random.chance(300) { 25 } else { 0 },
                    mode,
                    keep: random.chance(200),
                    occupied,
                    most,
                    region: random.index(2),
                    admits: random.chance(100).then(|| random.index(model.tenants.len())),
                    provides: random.chance(300).then(|| random.chance(500)),
                }
            })
            .collect();
        let regions = random.chance(300).then(|| {
            let most = random.chance(500).then(|| 1 + random.below(2));
            (most, model.tenants.iter().map(|_| random.chance(300).then(|| random.index(2))).collect())
        });
        let placed = |it: &crate::model::Workload| !it.per_cluster;
        let mut draw = |chance: u64| -> Vec<Option<usize>> {
            let one = |it| (placed(it) && random.chance(chance)).then(|| random.index(count));
            model.workloads.iter().map(one).collect()
        };
        let (home, pin) = (draw(850), draw(100));
        let stays = model.workloads.iter().map(|it| placed(it) && random.chance(150)).collect();
        let needs = model.workloads.iter().map(|it| placed(it) && random.chance(150)).collect();
        Self { model, clusters, home, pin, stays, regions, needs }
    }

    fn document(&self) -> Value {
        let mut document: Value = serde_json::from_str(&self.model.document()).unwrap();
        document["objective"] = json!(["clusters"]);
        document.as_object_mut().unwrap().remove("limits");
        let cluster = |(index, it): (usize, &Cluster)| {
            let mut written = json!({"name": name(index), "mode": it.mode, "keep": it.keep});
            match it.template {
                Some(template) => written["template"] = json!(format!("template-{template}")),
                None => written["allocatable"] = json!({"cpu": it.cpu, "memory": it.memory}),
            }
            if it.headroom > 0 {
                written["headroom"] = json!(format!("{}%", it.headroom));
            }
            if let Some([cpu, memory, pods, namespaces]) = it.occupied {
                written["occupied"] = json!({"cpu": cpu, "memory": memory, "pods": pods, "namespaces": namespaces});
            }
            for (what, most) in MAXIMUMS.iter().zip(it.most) {
                if let Some(most) = most {
                    written["maximums"][*what] = most.into();
                }
            }
            if self.regions.is_some() {
                written["region"] = json!(format!("r{}", it.region));
            }
            if let Some(tenant) = it.admits {
                written["admits"] = json!({"tenant": self.model.tenants[tenant].name});
            }
            if let Some(provides) = it.provides {
                written["provides"] = json!([if provides { "gpu" } else { "disk" }]);
            }
            written
        };
        for template in document["clusterTemplates"].as_array_mut().unwrap() {
            template["provides"] = json!("gpu");
        }
        if let Some((most, allowed)) = &self.regions {
            document["regions"] = json!([{"name": "r0"}, {"name": "r1"}]);
            if let Some(most) = most {
                document["regions"][0]["maxClusters"] = json!(most);
            }
            document["defaults"]["regions"] = json!("all");
            for (index, region) in allowed.iter().enumerate().filter(|(index, _)| !self.model.tenants[*index].platform)
            {
                if let Some(region) = region {
                    document["tenants"][index]["regions"] = json!([format!("r{region}")]);
                }
            }
        }
        document["existingClusters"] = self.clusters.iter().enumerate().map(cluster).collect();
        for (index, it) in self.model.workloads.iter().enumerate().filter(|(_, it)| !it.per_cluster) {
            let row = &mut document["workloads"][index];
            assert_eq!(row["name"], it.name);
            row["runsIn"] = self.home[index].map_or(json!([]), |home| json!(name(home)));
            if let Some(pin) = self.pin[index] {
                row["pin"] = json!([name(pin)]);
            }
            if self.stays[index] {
                row["stay"] = json!("cluster");
            }
            if self.needs[index] {
                row["needs"] = json!("gpu");
            }
        }
        document
    }

    /// The workloads of a cluster.
    fn inside(&self, cluster: usize) -> Vec<usize> {
        (0..self.home.len()).filter(|&it| self.home[it] == Some(cluster)).collect()
    }

    /// What keeps a workload from an existing cluster, whatever room there is.
    fn barred(&self, workload: usize, cluster: usize) -> Vec<&'static str> {
        let (tenant, cluster) = (self.model.workloads[workload].tenant, &self.clusters[cluster]);
        let mut found = Vec::new();
        if self.region_of(tenant).is_some_and(|region| region != cluster.region) {
            found.push("region");
        }
        if cluster.admits.is_some_and(|admitted| admitted != tenant) {
            found.push("admits");
        }
        if self.needs[workload] && !cluster.provides.unwrap_or(cluster.template.is_some()) {
            found.push("needs");
        }
        found
    }

    /// The one region where a tenant may be.
    fn region_of(&self, tenant: usize) -> Option<usize> {
        self.regions.as_ref().and_then(|(_, allowed)| allowed[tenant])
    }

    /// Milli-cores and bytes that the tenants of these workloads take once: those of the platform, or the others.
    fn once(&self, workloads: &[usize], platform: bool) -> [u64; 3] {
        let model = &self.model;
        let everywhere = |tenant: usize| model.workloads.iter().any(|it| it.per_cluster && it.tenant == tenant);
        let owners: BTreeSet<usize> = workloads.iter().map(|&it| model.workloads[it].tenant).collect();
        let owners = owners.into_iter().filter(|&it| everywhere(it) == platform);
        let taken = owners.filter_map(|it| model.tenants[it].overhead);
        taken.fold([0; 3], |sum, (cpu, memory)| [sum[0] + cpu * 1000, sum[1] + memory, sum[2]])
    }

    /// Rule, cluster, workload -> figure.
    fn violations(&self) -> BTreeMap<(String, String, String), u64> {
        let mut found = BTreeMap::new();
        let model = &self.model;
        let platform: Vec<usize> = (0..model.workloads.len()).filter(|&it| model.workloads[it].per_cluster).collect();
        for (index, cluster) in self.clusters.iter().enumerate() {
            let inside = self.inside(index);
            let mut add = |rule: String, workload: Option<usize>, figure: u64| {
                let who = workload.map_or_else(String::new, |it| short(model, it));
                assert!(found.insert((rule, name(index), who), figure).is_none());
            };
            for &a in &inside {
                let mut apart: BTreeMap<String, u64> = BTreeMap::new();
                for &b in inside.iter().filter(|&&b| b != a) {
                    naive::reasons(model, a, b).into_iter().for_each(|rule| *apart.entry(rule).or_insert(0) += 1);
                }
                apart.into_iter().for_each(|(rule, count)| add(rule, Some(a), count));
                for rule in self.barred(a, index) {
                    add(rule.into(), Some(a), 1);
                }
                if cluster.mode == "drain" {
                    add("drain".into(), Some(a), 1);
                }
                if self.pin[a].is_some_and(|pin| pin != index) {
                    add("pin".into(), Some(a), 1);
                }
            }
            let shape = cluster.template.map(|it| &model.templates[it]);
            let (cpu, memory) = shape.map_or((cluster.cpu, cluster.memory), |it| (it.cpu, it.memory));
            let occupied = cluster.occupied.unwrap_or_default();
            let whole = [cpu * 1000, memory, 150_000].map(|all| all * (100 - cluster.headroom) / 100);
            let whole = [whole[0], whole[1], cluster.most[0].map_or(whole[2], |most| whole[2].min(most))];
            let taken = |who: &[usize]| {
                let each = |it: usize| {
                    let it = &model.workloads[it];
                    [it.cpu * 1000, it.memory, 1].map(|amount| amount * it.replicas)
                };
                who.iter().map(|&it| each(it)).fold([0; 3], |sum, it| [sum[0] + it[0], sum[1] + it[1], sum[2] + it[2]])
            };
            let plus = |a: [u64; 3], b: [u64; 3]| [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
            let load = plus(taken(&inside), self.once(&inside, false));
            let overhead = plus(taken(&platform), self.once(&platform, true));
            let others = [occupied[0] * 1000, occupied[1], occupied[2]];
            let kept = cluster.keep || cluster.occupied.is_some();
            for (column, resource) in ["cpu", "memory", "pods"].into_iter().enumerate() {
                let usable = whole[column].saturating_sub(overhead[column] + others[column]);
                if load[column] > usable {
                    add(format!("capacity:{resource}"), None, load[column] - usable);
                }
            }
            let short = (0..3).any(|it| overhead[it] + others[it] > whole[it]);
            if short && (kept || !inside.is_empty()) {
                add("platform".into(), None, 1);
            }
            if inside.is_empty() {
                continue;
            }
            let all = || inside.iter().chain(&platform);
            let counts = [
                (all().map(|&it| model.workloads[it].replicas).sum::<u64>(), occupied[2]),
                (all().map(|&it| model.namespace(it)).collect::<BTreeSet<_>>().len() as u64, occupied[3]),
                (inside.iter().map(|&it| model.workloads[it].tenant).collect::<BTreeSet<_>>().len() as u64, 0),
            ];
            for ((what, most), (count, others)) in MAXIMUMS.iter().zip(cluster.most).zip(counts) {
                if let Some(most) = most.filter(|&most| count + others > most) {
                    add(format!("maximum:{what}"), None, count.min(count + others - most));
                }
            }
        }
        if let Some((Some(most), _)) = &self.regions {
            let used = self.clusters.iter().enumerate().filter(|(at, it)| {
                it.region == 0 && (it.keep || it.occupied.is_some() || !self.inside(*at).is_empty())
            });
            let used = used.count() as u64;
            if used > *most {
                found.insert(("maxClusters".into(), String::new(), String::new()), used - most);
            }
        }
        for (index, template) in model.templates.iter().enumerate() {
            let used = self.clusters.iter().enumerate().filter(|(at, it)| {
                it.template == Some(index) && (it.keep || it.occupied.is_some() || !self.inside(*at).is_empty())
            });
            let used = used.count() as u64;
            if let Some(most) = template.max_count.filter(|&most| used > most) {
                // templates are told apart by what the message says
                *found.entry(("maxCount".into(), String::new(), String::new())).or_insert(0) += used - most;
            }
        }
        for (rule, members) in self.groups() {
            let homes: BTreeSet<usize> = members.iter().filter_map(|&it| self.home[it]).collect();
            if homes.len() > 1 {
                *found.entry((rule, String::new(), String::new())).or_insert(0) += homes.len() as u64 - 1;
            }
        }
        found
    }

    /// Together groups, and the namespaces that several workloads of a tenant share.
    fn groups(&self) -> Vec<(String, Vec<usize>)> {
        let model = &self.model;
        let named = model.together.iter().enumerate();
        let mut groups: Vec<_> = named.map(|(at, members)| (format!("together:group-{at}"), members.clone())).collect();
        let mut spaces: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
        for (index, it) in model.workloads.iter().enumerate().filter(|(_, it)| !it.per_cluster) {
            if !model.tenants[it.tenant].split {
                spaces.entry((it.tenant, model.namespace(index))).or_default().push(index);
            }
        }
        groups.extend(spaces.into_values().filter(|it| it.len() > 1).map(|it| ("together".into(), it)));
        groups
    }

    /// Whether any arrangement over the existing clusters and further ones keeps every wish, by trying all of them.
    fn some_arrangement(&self) -> bool {
        let placed: Vec<usize> = (0..self.home.len()).filter(|&it| !self.model.workloads[it].per_cluster).collect();
        let kept = self.clusters.iter().filter(|it| it.keep || it.occupied.is_some());
        let mut counts = vec![0u64; self.model.templates.len()];
        kept.filter_map(|it| it.template).for_each(|template| counts[template] += 1);
        let fits = |(it, &count): (&crate::model::Template, &u64)| it.max_count.is_none_or(|most| count <= most);
        let here = |it: &&Cluster| (it.keep || it.occupied.is_some()) && it.region == 0;
        let here = self.clusters.iter().filter(here).count() as u64;
        if matches!(&self.regions, Some((Some(most), _)) if here > *most) {
            return false;
        }
        self.model.templates.iter().zip(&counts).all(fits)
            && self.arrange(&placed, &mut vec![Vec::new(); self.clusters.len()], &mut Vec::new())
    }

    fn arrange(&self, rest: &[usize], old: &mut [Vec<usize>], new: &mut Vec<(usize, Vec<usize>)>) -> bool {
        let Some((&workload, rest)) = rest.split_first() else { return self.complete(old, new) };
        let held: Vec<usize> =
            [self.pin[workload], self.home[workload].filter(|_| self.stays[workload])].into_iter().flatten().collect();
        for cluster in 0..old.len() {
            let closed = match self.clusters[cluster].mode {
                "drain" => true,
                "cordon" => self.home[workload] != Some(cluster),
                _ => false,
            };
            if closed || !self.barred(workload, cluster).is_empty() || held.iter().any(|&must| must != cluster) {
                continue;
            }
            old[cluster].push(workload);
            if self.holds(Some(cluster), 0, &old[cluster]) && self.arrange(rest, old, new) {
                return true;
            }
            old[cluster].pop();
        }
        if !held.is_empty() {
            return false;
        }
        for at in 0..new.len() {
            new[at].1.push(workload);
            if self.holds(None, new[at].0, &new[at].1) && self.arrange(rest, old, new) {
                return true;
            }
            new[at].1.pop();
        }
        for template in 0..self.model.templates.len() {
            new.push((template, vec![workload]));
            if self.holds(None, template, &[workload]) && self.arrange(rest, old, new) {
                return true;
            }
            new.pop();
        }
        false
    }

    fn complete(&self, old: &[Vec<usize>], new: &[(usize, Vec<usize>)]) -> bool {
        let mut counts = vec![0u64; self.model.templates.len()];
        new.iter().for_each(|(template, _)| counts[*template] += 1);
        for (cluster, inside) in self.clusters.iter().zip(old) {
            if let Some(template) = cluster.template
                && (cluster.keep || cluster.occupied.is_some() || !inside.is_empty())
            {
                counts[template] += 1;
            }
        }
        if let Some((Some(most), _)) = &self.regions {
            let kept = |(it, inside): &(&Cluster, &Vec<usize>)| it.keep || it.occupied.is_some() || !inside.is_empty();
            let there = self.clusters.iter().zip(old).filter(kept).filter(|(it, _)| it.region == 0).count();
            // a further cluster stands in the first region only if somebody of it must
            let must =
                |inside: &[usize]| inside.iter().any(|&it| self.region_of(self.model.workloads[it].tenant) == Some(0));
            let forced = new.iter().filter(|(_, inside)| must(inside)).count();
            if (there + forced) as u64 > *most {
                return false;
            }
        }
        let few =
            self.model.templates.iter().zip(&counts).all(|(it, &count)| it.max_count.is_none_or(|most| count <= most));
        let places = || old.iter().chain(new.iter().map(|(_, inside)| inside));
        few && self
            .groups()
            .iter()
            .all(|(_, members)| places().any(|inside| members.iter().all(|it| inside.contains(it))))
    }

    /// Whether these may be in one cluster, with the platform: an existing one, or a further one of a template.
    fn holds(&self, existing: Option<usize>, template: usize, inside: &[usize]) -> bool {
        let model = &self.model;
        if inside.iter().any(|&a| inside.iter().any(|&b| a != b && !naive::reasons(model, a, b).is_empty())) {
            return false;
        }
        if existing.is_none() {
            let regions: BTreeSet<usize> =
                inside.iter().filter_map(|&it| self.region_of(model.workloads[it].tenant)).collect();
            if regions.len() > 1 {
                return false;
            }
        }
        let alone = Cluster {
            template: Some(template),
            cpu: 0,
            memory: 0,
            headroom: 0,
            mode: "open",
            keep: false,
            occupied: None,
            most: [None; 3],
            region: 0,
            admits: None,
            provides: None,
        };
        let cluster = existing.map_or(&alone, |it| &self.clusters[it]);
        let shape = cluster.template.map(|it| &model.templates[it]);
        let (cpu, memory) = shape.map_or((cluster.cpu, cluster.memory), |it| (it.cpu, it.memory));
        let all: Vec<usize> =
            (0..model.workloads.len()).filter(|it| model.workloads[*it].per_cluster || inside.contains(it)).collect();
        let sum = |of: &dyn Fn(usize) -> u64| all.iter().map(|&it| of(it) * model.workloads[it].replicas).sum::<u64>();
        let occupied = cluster.occupied.unwrap_or_default();
        let free = |amount: u64| amount * (100 - cluster.headroom) / 100;
        let pods = sum(&|_| 1) + occupied[2];
        let names = all.iter().map(|&it| model.namespace(it)).collect::<BTreeSet<_>>().len() as u64 + occupied[3];
        let tenants = inside.iter().map(|&it| model.workloads[it].tenant).collect::<BTreeSet<_>>().len() as u64;
        let once = [self.once(&all, false), self.once(&all, true)];
        let once = [once[0][0] + once[1][0], once[0][1] + once[1][1]];
        sum(&|it| model.workloads[it].cpu * 1000) + occupied[0] * 1000 + once[0] <= free(cpu * 1000)
            && sum(&|it| model.workloads[it].memory) + occupied[1] + once[1] <= free(memory)
            && [pods, names, tenants]
                .iter()
                .zip(cluster.most)
                .all(|(&count, most)| most.is_none_or(|most| count <= most))
    }
}

/// `tenant/name`, or with the namespace where that is not unique.
fn short(model: &Model, workload: usize) -> String {
    let it = &model.workloads[workload];
    let same = |other: &&crate::model::Workload| other.tenant == it.tenant && other.name == it.name;
    if model.workloads.iter().filter(same).count() > 1 {
        return model.identity(workload);
    }
    format!("{}/{}", model.tenants[it.tenant].name, it.name)
}

/// What a seed was an example of.
pub fn compare(seed: u64) -> &'static str {
    let today = Today::draw(seed);
    let document = today.document();
    let fleet = match Fleet::from_json(&document.to_string()) {
        Ok(fleet) => fleet,
        Err(error) => {
            // the fleet itself is refused for the same reasons with and without clusters
            let plain = Fleet::from_json(&today.model.document()).err();
            let known = ["fits-no-template"];
            assert!(
                plain.is_some_and(|it| it.problems.iter().any(|it| !known.contains(&it.code))),
                "seed {seed}: {error}\n{document:#}"
            );
            return "refused";
        }
    };
    if today.home.iter().all(Option::is_none) {
        let error = fleet.audit(&AuditOptions::default()).unwrap_err().to_string();
        assert!(error.contains("nothing to audit"), "seed {seed}: {error}");
        return "nothing";
    }
    let audit = fleet.audit(&AuditOptions::default()).unwrap();
    let text = |it: &Option<String>| it.clone().unwrap_or_default();
    let mut found: BTreeMap<(String, String, String), u64> = BTreeMap::new();
    let mut contradictions = Vec::new();
    for it in &audit.violations {
        if it.rule.starts_with("contradiction:") {
            contradictions.push(it.message.clone());
            continue;
        }
        *found.entry((it.rule.clone(), text(&it.cluster), text(&it.workload))).or_insert(0) += it.figure;
    }
    assert_eq!(found, today.violations(), "seed {seed}\n{document:#}");
    let ids: BTreeSet<&str> = audit.violations.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids.len(), audit.violations.len(), "seed {seed}: two violations of one id\n{document:#}");
    if !contradictions.is_empty() {
        assert!(!today.some_arrangement(), "seed {seed}: {contradictions:?}\n{document:#}");
        return "contradicts";
    }
    if found.is_empty() { "legal" } else { "violations" }
}

#[test]
fn every_violation_is_found_again() {
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 0..2_500 {
        *seen.entry(compare(seed)).or_insert(0) += 1;
    }
    for kind in ["refused", "nothing", "contradicts", "legal", "violations"] {
        assert!(seen.get(kind).is_some_and(|&count| count > 20), "{kind}: {seen:?}");
    }
}
