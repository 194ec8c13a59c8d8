//! What runs today, judged a second time: existing clusters are drawn around a fleet, and every violation of the audit is
//! found again by comparing everything with everything.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tenantry::engine::random::Random;
use tenantry::internals::{legal, today as placement_of_today};
use tenantry::{AuditOptions, Fleet};

use crate::model::Model;
use crate::naive;
use crate::several::Several;

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
    /// Of each workload the clusters where it runs, with its pods there; none: nowhere.
    homes: Vec<Vec<(usize, u64)>>,
    /// Copies, splits and rules between clusters, where there are any.
    several: Option<Several>,
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
        let alone = |(it, home): (usize, &Option<usize>)| {
            home.iter().map(|&home| (home, model.workloads[it].replicas)).collect()
        };
        let homes = home.iter().enumerate().map(alone).collect();
        let mut today = Self { model, clusters, homes, several: None, pin, stays, regions, needs };
        if random.chance(500) {
            today.in_several_clusters(random);
        }
        today
    }

    /// Draws copies and splits, and more homes for them.
    fn in_several_clusters(&mut self, random: &mut Random) {
        let groups: Vec<Vec<usize>> = self.groups().into_iter().map(|(_, members)| members).collect();
        let allowed: Option<Vec<u64>> = self.regions.as_ref().map(|(_, allowed)| {
            let count = |it: &crate::model::Workload| if allowed[it.tenant].is_some() { 1 } else { 2 };
            self.model.workloads.iter().map(count).collect()
        });
        let several = Several::draw(&self.model, &groups, allowed.as_deref(), random);
        for workload in 0..self.homes.len() {
            let copies = several.copies(workload);
            let written = !matches!(several.says[workload], crate::several::Says::Nothing);
            if !written || self.homes[workload].is_empty() {
                continue;
            }
            let split = several.is_split(workload);
            let beyond = u64::from(random.chance(200));
            let most = if split { 3 } else { copies + beyond };
            let mut homes = BTreeSet::from([self.homes[workload][0].0]);
            while (homes.len() as u64) < most && random.chance(700) {
                homes.insert(random.index(self.clusters.len()));
            }
            let all = self.model.workloads[workload].replicas;
            let mut pods =
                |_: usize| if split { 1 + random.below(all.max(1)) } else { several.pods(&self.model, workload) };
            self.homes[workload] = homes.into_iter().map(|home| (home, pods(home))).collect();
        }
        self.several = Some(several);
    }

    /// Pods of a workload in a cluster, or of the platform's in each.
    fn pods(&self, workload: usize, cluster: usize) -> u64 {
        let it = &self.model.workloads[workload];
        let here = self.homes[workload].iter().find(|(home, _)| *home == cluster);
        if it.per_cluster { it.replicas } else { here.map_or(0, |(_, pods)| *pods) }
    }

    fn copies(&self, workload: usize) -> u64 {
        self.several.as_ref().map_or(1, |it| it.copies(workload))
    }

    fn runs_in(&self, workload: usize, cluster: usize) -> bool {
        self.homes[workload].iter().any(|(home, _)| *home == cluster)
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
            let names: Vec<String> = self.homes[index].iter().map(|(home, _)| name(*home)).collect();
            row["runsIn"] = if let [one] = &names[..] { json!(one) } else { json!(names) };
            if self.several.as_ref().is_some_and(|it| it.is_split(index)) && !names.is_empty() {
                row["runsIn"] = self.homes[index].iter().map(|(home, pods)| (name(*home), json!(pods))).collect();
            }
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
        if let Some(several) = &self.several {
            several.write(&self.model, &mut document);
        }
        document
    }

    /// The workloads of a cluster.
    fn inside(&self, cluster: usize) -> Vec<usize> {
        (0..self.homes.len()).filter(|&it| self.runs_in(it, cluster)).collect()
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
                // once, where the first of it runs
                if self.homes[a][0].0 == index && self.pin[a].is_some_and(|pin| !self.runs_in(a, pin)) {
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
                    [it.cpu * 1000, it.memory, 1]
                };
                let each = |it: usize| each(it).map(|amount| amount * self.pods(it, index));
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
                (all().map(|&it| self.pods(it, index)).sum::<u64>(), occupied[2]),
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
            let homes: BTreeSet<usize> =
                members.iter().flat_map(|&it| &self.homes[it]).map(|(home, _)| *home).collect();
            let count = if self.copies(members[0]) == 1 {
                homes.len().saturating_sub(1)
            } else {
                let lacks =
                    |home: &&usize| members.iter().any(|&it| !self.homes[it].is_empty() && !self.runs_in(it, **home));
                homes.iter().filter(lacks).count()
            };
            if count > 0 {
                *found.entry((rule, String::new(), String::new())).or_insert(0) += count as u64;
            }
        }
        if let Some(several) = &self.several {
            let regions: Vec<usize> = self.clusters.iter().map(|it| it.region).collect();
            let regions = self.regions.as_ref().map(|_| &regions[..]);
            let more = several.violations(model, &self.homes, regions, &|it| self.may(it), &|it| short(model, it));
            for (key, figure) in more {
                *found.entry(key).or_insert(0) += figure;
            }
        }
        found
    }

    /// What the loss of each cluster takes, by its name, and of each region: workloads left short, pods gone, pods left.
    fn losses(&self) -> BTreeMap<String, (u64, u64, Option<u64>)> {
        let nothing = Several::default();
        let several = self.several.as_ref();
        let told = |(short, pods, left): (u64, u64, u64)| (short, pods, self.says_several().then_some(left));
        let loss =
            |gone: &dyn Fn(usize) -> bool| told(several.unwrap_or(&nothing).loss(&self.model, &self.homes, gone));
        let mut found: BTreeMap<_, _> =
            (0..self.clusters.len()).map(|cluster| (name(cluster), loss(&|it| it == cluster))).collect();
        if self.regions.is_some() {
            found.extend((0..2).map(|at| (format!("r{at}"), loss(&|it| self.clusters[it].region == at))));
        }
        found.retain(|_, (_, pods, _)| *pods > 0);
        found
    }

    /// Whether any workload or rule speaks of several clusters.
    fn says_several(&self) -> bool {
        let nothing = |it: &Several| {
            let silent = it.says.iter().all(|it| matches!(it, crate::several::Says::Nothing));
            silent && it.near.is_none() && it.apart.is_none()
        };
        self.several.as_ref().is_some_and(|it| !nothing(it))
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

    /// Whether any arrangement over the existing clusters and further ones keeps every wish, by trying all of them: where each copy
    /// stands, how a split lies, in which region each further cluster is. `None`: there are more than are tried.
    fn some_arrangement(&self) -> Option<bool> {
        let placed: Vec<usize> = (0..self.homes.len()).filter(|&it| !self.model.workloads[it].per_cluster).collect();
        let existing = self.clusters.iter().enumerate();
        let existing =
            existing.map(|(at, it)| Place { existing: Some(at), template: 0, region: it.region, inside: Vec::new() });
        let mut trial = Trial { today: self, places: existing.collect(), steps: 0 };
        let found = trial.next(&placed);
        if found { Some(true) } else { (trial.steps < MOST_STEPS).then_some(false) }
    }

    /// Whether all that is not a matter of one cluster is kept: counts, groups, and what copies and splits say.
    fn complete(&self, places: &[Place]) -> bool {
        let used = |place: &&Place| {
            let kept = place.existing.map(|at| &self.clusters[at]);
            kept.is_none_or(|it| it.keep || it.occupied.is_some()) || !place.inside.is_empty()
        };
        let template =
            |place: &Place| place.existing.map_or(Some(place.template), |existing| self.clusters[existing].template);
        let few = self.model.templates.iter().enumerate().all(|(index, it)| {
            let count = places.iter().filter(used).filter(|place| template(place) == Some(index)).count() as u64;
            it.max_count.is_none_or(|most| count <= most)
        });
        let here = places.iter().filter(used).filter(|place| place.region == 0).count() as u64;
        let region = !matches!(&self.regions, Some((Some(most), _)) if here > *most);
        let whole = |place: &Place, members: &[usize]| {
            let here = members.iter().filter(|it| place.has(**it)).count();
            here == 0 || here == members.len()
        };
        let homes: Vec<Vec<(usize, u64)>> = (0..self.homes.len())
            .map(|it| {
                let here = |place: &Place| place.inside.iter().find(|(other, _)| *other == it).map(|(_, pods)| *pods);
                places.iter().enumerate().filter_map(|(at, place)| Some((at, here(place)?))).collect()
            })
            .collect();
        few && region
            && self.groups().iter().all(|(_, members)| places.iter().all(|place| whole(place, members)))
            && self.several.as_ref().is_none_or(|several| {
                let regions: Vec<usize> = places.iter().map(|place| place.region).collect();
                let regions = self.regions.as_ref().map(|_| &regions[..]);
                several.violations(&self.model, &homes, regions, &|it| self.may(it), &|_| String::new()).is_empty()
            })
    }

    /// The regions where a workload may be.
    fn may(&self, workload: usize) -> Vec<usize> {
        self.region_of(self.model.workloads[workload].tenant).map_or(vec![0, 1], |region| vec![region])
    }

    /// The clusters that a workload must be in.
    fn held(&self, workload: usize) -> BTreeSet<usize> {
        let stays = self.homes[workload].iter().filter(|_| self.stays[workload]).map(|(home, _)| *home);
        self.pin[workload].into_iter().chain(stays).collect()
    }

    /// Whether those in it may be in one cluster, with the platform.
    fn holds(&self, place: &Place) -> bool {
        let model = &self.model;
        let inside: Vec<usize> = place.inside.iter().map(|(it, _)| *it).collect();
        if inside.iter().any(|&a| inside.iter().any(|&b| a != b && !naive::reasons(model, a, b).is_empty())) {
            return false;
        }
        if self.regions.is_some() && inside.iter().any(|&it| !self.may(it).contains(&place.region)) {
            return false;
        }
        let alone = Cluster {
            template: Some(place.template),
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
        let cluster = place.existing.map_or(&alone, |it| &self.clusters[it]);
        let shape = cluster.template.map(|it| &model.templates[it]);
        let (cpu, memory) = shape.map_or((cluster.cpu, cluster.memory), |it| (it.cpu, it.memory));
        let platform = (0..model.workloads.len()).filter(|&it| model.workloads[it].per_cluster);
        let platform = platform.map(|it| (it, model.workloads[it].replicas));
        let all: Vec<(usize, u64)> = platform.chain(place.inside.iter().copied()).collect();
        let names: BTreeSet<_> = all.iter().map(|&(it, _)| model.namespace(it)).collect();
        let tenants: BTreeSet<usize> = inside.iter().map(|&it| model.workloads[it].tenant).collect();
        let everybody: Vec<usize> = all.iter().map(|(it, _)| *it).collect();
        let sum = |of: &dyn Fn(usize) -> u64| all.iter().map(|&(it, pods)| of(it) * pods).sum::<u64>();
        let occupied = cluster.occupied.unwrap_or_default();
        let free = |amount: u64| amount * (100 - cluster.headroom) / 100;
        let once = [self.once(&everybody, false), self.once(&everybody, true)];
        let once = [once[0][0] + once[1][0], once[0][1] + once[1][1]];
        sum(&|it| model.workloads[it].cpu * 1000) + occupied[0] * 1000 + once[0] <= free(cpu * 1000)
            && sum(&|it| model.workloads[it].memory) + occupied[1] + once[1] <= free(memory)
            && [sum(&|_| 1) + occupied[2], names.len() as u64 + occupied[3], tenants.len() as u64]
                .iter()
                .zip(cluster.most)
                .all(|(&count, most)| most.is_none_or(|most| count <= most))
    }
}

/// A cluster of an arrangement: an existing one, or a further one of a template.
struct Place {
    existing: Option<usize>,
    template: usize,
    region: usize,
    /// With the pods of each.
    inside: Vec<(usize, u64)>,
}

impl Place {
    fn has(&self, workload: usize) -> bool {
        self.inside.iter().any(|(it, _)| *it == workload)
    }
}

/// Workloads put into clusters that are tried before the search is given up.
const MOST_STEPS: u64 = 100_000;

/// All arrangements, one after the other.
struct Trial<'t> {
    today: &'t Today,
    places: Vec<Place>,
    steps: u64,
}

impl Trial<'_> {
    /// Whether the rest can be arranged.
    fn next(&mut self, rest: &[usize]) -> bool {
        let Some((&workload, rest)) = rest.split_first() else { return self.today.complete(&self.places) };
        let split = self.today.several.as_ref().is_some_and(|it| it.is_split(workload));
        let left = if split { self.today.model.workloads[workload].replicas } else { self.today.copies(workload) };
        self.spread((workload, split), left, 0, rest)
    }

    /// Whether they can with what is left of a workload, copies or the pods of a split, in clusters from a place on.
    fn spread(&mut self, (workload, split): (usize, bool), left: u64, from: usize, rest: &[usize]) -> bool {
        if left == 0 {
            let kept = self.today.held(workload).into_iter().all(|cluster| self.places[cluster].has(workload));
            return kept && self.next(rest);
        }
        for at in from..self.places.len() {
            if self.lets_in(at, workload) && self.put((workload, split), left, at, rest) {
                return true;
            }
        }
        let regions = if self.today.regions.is_some() { 2 } else { 1 };
        for template in 0..self.today.model.templates.len() {
            for region in 0..regions {
                self.places.push(Place { existing: None, template, region, inside: Vec::new() });
                if self.put((workload, split), left, self.places.len() - 1, rest) {
                    return true;
                }
                self.places.pop();
            }
        }
        false
    }

    fn lets_in(&self, at: usize, workload: usize) -> bool {
        let Some(cluster) = self.places[at].existing else { return true };
        let open = match self.today.clusters[cluster].mode {
            "drain" => false,
            "cordon" => self.today.runs_in(workload, cluster),
            _ => true,
        };
        open && self.today.barred(workload, cluster).is_empty()
    }

    /// Whether they can with a copy, or any number of the pods of a split, in this cluster.
    fn put(&mut self, (workload, split): (usize, bool), left: u64, at: usize, rest: &[usize]) -> bool {
        let today = self.today;
        let copy = today
            .several
            .as_ref()
            .map_or(today.model.workloads[workload].replicas, |it| it.pods(&today.model, workload));
        for some in 1..=if split { left } else { 1 } {
            self.steps += 1;
            if self.steps >= MOST_STEPS {
                return false;
            }
            self.places[at].inside.push((workload, if split { some } else { copy }));
            if today.holds(&self.places[at]) && self.spread((workload, split), left - some, at + 1, rest) {
                return true;
            }
            self.places[at].inside.pop();
        }
        false
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
    if today.homes.iter().all(Vec::is_empty) {
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
    let words = || audit.violations.iter().map(|it| (&it.id, &it.message)).collect::<Vec<_>>();
    assert_eq!(
        ids.len(),
        audit.violations.len(),
        "seed {seed}: two violations of one id: {:#?}\n{document:#}",
        words()
    );
    let losses = audit.losses.iter().map(|it| (it.cluster.clone(), (it.workloads, it.pods, it.left)));
    let of_regions = audit.losses_of_regions.iter().map(|it| (it.region.clone(), (it.workloads, it.pods, it.left)));
    assert_eq!(losses.chain(of_regions).collect::<BTreeMap<_, _>>(), today.losses(), "seed {seed}\n{document:#}");
    // one reading of the rules judges a placement and what runs today
    let codes: BTreeSet<&str> =
        legal(&fleet, &placement_of_today(&fleet), fleet.as_of().unwrap()).iter().map(|it| it.code.name()).collect();
    let pairs: [(&[&str], &str); 3] =
        [(&["copies", "split"], "wrong-copies"), (&["spread"], "wrong-spread"), (&["apart:far"], "kept-apart")];
    for (rules, code) in pairs {
        let ours = found.keys().any(|it| rules.contains(&it.0.as_str()));
        assert_eq!(ours, codes.contains(code), "seed {seed}: {rules:?}\n{document:#}");
    }
    if !contradictions.is_empty() {
        match today.some_arrangement() {
            None => return "contradicts beyond what is tried",
            Some(found) => assert!(!found, "seed {seed}: {contradictions:?}\n{document:#}"),
        }
        let split = today.several.as_ref().is_some_and(|it| (0..it.says.len()).any(|at| it.is_split(at)));
        if split || today.regions.is_some() {
            return if split { "a split contradicts" } else { "regions contradict" };
        }
        return if today.says_several() { "copies contradict" } else { "contradicts" };
    }
    match (found.is_empty(), today.says_several()) {
        (true, false) => "legal",
        (false, false) => "violations",
        (true, true) => "several, legal",
        (false, true) => "several, violations",
    }
}

#[test]
fn every_violation_is_found_again() {
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 0..2_500 {
        *seen.entry(compare(seed)).or_insert(0) += 1;
    }
    let kinds = ["refused", "nothing", "contradicts", "copies contradict", "legal", "violations"];
    let several = ["several, legal", "several, violations", "regions contradict", "a split contradicts"];
    for kind in kinds.into_iter().chain(several) {
        assert!(seen.get(kind).is_some_and(|&count| count > 20), "{kind}: {seen:?}");
    }
}
