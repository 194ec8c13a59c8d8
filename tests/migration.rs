//! Orders of moves against brute force: every state that can be reached by single moves, read naively from a model that knows
//! nothing of the library. And laws: what is found is gone through again, by the library's replay and by the model.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};
use tenantry::engine::Silent;
use tenantry::engine::random::Random;
use tenantry::internals::{Cluster, NodeContent, Placement, Share, migrated, replayed};
use tenantry::migrate::{Migration, MigrationBatch, MigrationStatus, StepAction};
use tenantry::{Fleet, MigrateOptions};

#[derive(Clone, Debug)]
struct Place {
    name: String,
    room: u64,
    /// `open`, `cordon`, `drain`.
    mode: &'static str,
    keep: bool,
    templated: bool,
    /// What a node has, and how many there may be; `None`: only sums count.
    nodes: Option<(u64, usize)>,
    region: usize,
    most_tenants: Option<usize>,
    most_namespaces: Option<usize>,
}

impl Place {
    fn of(name: &str, room: u64, mode: &'static str, keep: bool, templated: bool) -> Self {
        let (name, nodes, region) = (name.to_owned(), None, 0);
        Self { name, room, mode, keep, templated, nodes, region, most_tenants: None, most_namespaces: None }
    }

    /// With nodes, in a region, and with maximums.
    fn widened(mut self, random: &mut Random) -> Self {
        self.region = random.index(2);
        if !self.templated {
            if random.chance(600) {
                let (node, most) = (3 + random.below(3), 2 + random.index(2));
                (self.nodes, self.room) = (Some((node, most)), node * most as u64);
            }
            self.most_tenants = random.chance(200).then(|| 1 + random.index(2));
            self.most_namespaces = random.chance(200).then(|| 1 + random.index(3));
        }
        self
    }
}

#[derive(Clone, Debug)]
struct Load {
    name: String,
    unit: usize,
    tenant: usize,
    /// Of one pod.
    pod: u64,
    replicas: u64,
    at: Option<usize>,
    stateful: bool,
    downtime: bool,
    pin: Option<usize>,
}

impl Load {
    fn cpu(&self) -> u64 {
        self.pod * self.replicas
    }
}

/// Existing clusters first, then new ones of the one template, then lent ones.
#[derive(Clone, Debug)]
struct Model {
    places: Vec<Place>,
    existing: usize,
    new: usize,
    loads: Vec<Load>,
    refuses: BTreeSet<(usize, usize)>,
    max_count: Option<u64>,
    template_room: u64,
    downtime: bool,
    lent: u64,
    goal: Vec<usize>,
    /// It has regions: how many clusters each may have, and which tenants may only be in the first one.
    regions: Option<[Option<u64>; 2]>,
    bound: Vec<bool>,
    /// What each tenant takes once in a cluster.
    overhead: Vec<u64>,
}

type Spots = Vec<Option<usize>>;

impl Model {
    /// `wide`: with nodes, regions, maximums, overheads and pins.
    fn draw(seed: u64, wide: bool) -> Option<Self> {
        let random = &mut Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 77);
        let existing = 2 + random.index(2);
        let template_room = 6 + random.below(5);
        let mut places: Vec<Place> = (0..existing)
            .map(|index| {
                let templated = random.chance(400);
                let mode = if random.chance(850) {
                    "open"
                } else if random.chance(500) {
                    "cordon"
                } else {
                    "drain"
                };
                let room = if templated { template_room } else { 6 + random.below(6) };
                let keep = mode != "drain" && random.chance(200);
                let place = Place::of(&format!("c{index}"), room, mode, keep, templated);
                if wide { place.widened(random) } else { place }
            })
            .collect();
        let new = random.index(2);
        let lent = if random.chance(200) { 1 } else { 0 };
        for index in 0..new + lent {
            let name = if index < new { format!("n{index}") } else { format!("temporary-{}", index - new + 1) };
            // what is new or lent stands in the second region, where there are regions
            places.push(Place { region: 1, ..Place::of(&name, template_room, "open", false, true) });
        }
        let tenants = 1 + random.index(3);
        let mut refuses = BTreeSet::new();
        for a in 0..tenants {
            for b in 0..tenants {
                if a != b && random.chance(150) {
                    refuses.insert((a, b));
                }
            }
        }
        let chance = |random: &mut Random, of: u64| wide && random.chance(of);
        let bound: Vec<bool> = (0..tenants).map(|_| chance(random, 250)).collect();
        let overhead: Vec<u64> = (0..tenants).map(|_| u64::from(chance(random, 300))).collect();
        let regions = chance(random, 500).then(|| [(); 2].map(|()| random.chance(300).then(|| 1 + random.below(3))));
        let mut loads: Vec<Load> = Vec::new();
        let units = 2 + random.index(4);
        for unit in 0..units {
            let tenant = random.index(tenants);
            let home = random.chance(850).then(|| random.index(existing));
            for _ in 0..1 + usize::from(random.chance(300)) {
                let at = if random.chance(80) { random.chance(700).then(|| random.index(existing)) } else { home };
                loads.push(Load {
                    name: format!("w{}", loads.len()),
                    unit,
                    tenant,
                    pod: 1 + random.below(5),
                    replicas: 1,
                    at,
                    stateful: random.chance(200),
                    downtime: random.chance(300),
                    pin: None,
                });
                if let Some(last) = loads.last_mut().filter(|_| wide) {
                    (last.pod, last.replicas) = (last.pod.div_ceil(2), 1 + random.below(2));
                    last.pin = random.chance(150).then(|| random.index(existing));
                }
            }
        }
        let max_count = random.chance(400).then(|| 1 + random.below(3));
        let downtime = random.chance(300);
        let goal = Vec::new();
        let lent = lent as u64;
        let mut model = Self {
            places,
            existing,
            new,
            loads,
            refuses,
            max_count,
            template_room,
            downtime,
            lent,
            goal,
            regions,
            bound,
            overhead,
        };
        // a state that is nearly full, and a legal plan
        for _ in 0..60 {
            let homes: Vec<usize> = (0..units).map(|_| random.index(existing + new)).collect();
            model.goal = model.loads.iter().map(|load| homes[load.unit]).collect();
            if model.is_plan() {
                return Some(model);
            }
        }
        None
    }

    fn units(&self) -> Vec<Vec<usize>> {
        let mut units: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        self.loads.iter().enumerate().for_each(|(index, load)| units.entry(load.unit).or_default().push(index));
        units.into_values().collect()
    }

    fn room_for(&self, place: usize, there: &BTreeSet<usize>, new: &[usize]) -> bool {
        let it = &self.places[place];
        let shut = |&new: &usize| {
            it.mode == "drain"
                || (it.mode == "cordon" && self.loads[new].at != Some(place))
                || (self.regions.is_some() && self.bound[self.loads[new].tenant] && it.region != 0)
        };
        let all: BTreeSet<usize> = there.iter().chain(new).copied().collect();
        let apart = |a: usize, b: usize| {
            let (a, b) = (self.loads[a].tenant, self.loads[b].tenant);
            self.refuses.contains(&(a, b)) || self.refuses.contains(&(b, a))
        };
        let tenants: BTreeSet<usize> = all.iter().map(|&load| self.loads[load].tenant).collect();
        let namespaces: BTreeSet<usize> = all.iter().map(|&load| self.loads[load].unit).collect();
        let once: u64 = tenants.iter().map(|&tenant| self.overhead[tenant]).sum();
        !new.iter().any(shut)
            && all.iter().map(|&load| self.loads[load].cpu()).sum::<u64>() + once <= it.room
            && it.most_tenants.is_none_or(|most| tenants.len() <= most)
            && it.most_namespaces.is_none_or(|most| namespaces.len() <= most)
            && self.on_nodes(place, &all).is_some()
            && !new.iter().any(|&new| all.iter().any(|&other| apart(new, other)))
    }

    /// The pods of each node, by all ways there are; `None` where there is none.
    fn on_nodes(&self, place: usize, all: &BTreeSet<usize>) -> Option<Vec<Vec<usize>>> {
        let Some((node, most)) = self.places[place].nodes else { return Some(Vec::new()) };
        let mut pods: Vec<usize> =
            all.iter().flat_map(|&load| vec![load; self.loads[load].replicas as usize]).collect();
        pods.sort_by_key(|&load| std::cmp::Reverse(self.loads[load].pod));
        let mut nodes = vec![Vec::new(); most];
        self.next_pod(&pods, &mut nodes, node).then_some(nodes)
    }

    fn next_pod(&self, pods: &[usize], nodes: &mut Vec<Vec<usize>>, size: u64) -> bool {
        let Some((&pod, rest)) = pods.split_first() else { return true };
        let mut seen = BTreeSet::new();
        for at in 0..nodes.len() {
            let used: u64 = nodes[at].iter().map(|&load| self.loads[load].pod).sum();
            // nodes as full as one that was tried are no other way
            if used + self.loads[pod].pod > size || !seen.insert(used) {
                continue;
            }
            nodes[at].push(pod);
            if self.next_pod(rest, nodes, size) {
                return true;
            }
            nodes[at].pop();
        }
        false
    }

    /// Clusters in use in each region.
    fn in_regions(&self, there: &[BTreeSet<usize>]) -> [u64; 2] {
        [0, 1].map(|region| {
            let counts = |place: &usize| {
                self.places[*place].region == region && (self.places[*place].keep || !there[*place].is_empty())
            };
            (0..self.places.len()).filter(counts).count() as u64
        })
    }

    /// Whether no region has more clusters than it may have, unless it had as many before.
    fn few_in_regions(&self, was: Option<[u64; 2]>, there: &[BTreeSet<usize>]) -> bool {
        let is = self.in_regions(there);
        self.regions.is_none_or(|most| {
            [0, 1].into_iter().all(|region| {
                most[region].is_none_or(|most| is[region] <= most || was.is_some_and(|was| is[region] <= was[region]))
            })
        })
    }

    fn there(&self, spots: &Spots) -> Vec<BTreeSet<usize>> {
        let mut there = vec![BTreeSet::new(); self.places.len()];
        for (load, spot) in spots.iter().enumerate() {
            if let Some(place) = spot {
                there[*place].insert(load);
            }
        }
        there
    }

    fn counted(&self, there: &[BTreeSet<usize>]) -> u64 {
        let counts =
            |place: &usize| self.places[*place].templated && (self.places[*place].keep || !there[*place].is_empty());
        (0..self.places.len()).filter(counts).count() as u64
    }

    /// The plan obeys every rule by itself.
    fn is_plan(&self) -> bool {
        let there = self.there(&self.goal.iter().map(|&goal| Some(goal)).collect());
        let empty = BTreeSet::new();
        let fits = |place: usize| {
            let all: Vec<usize> = there[place].iter().copied().collect();
            all.is_empty() || self.room_for(place, &empty, &all)
        };
        (0..self.places.len()).all(fits)
            && (self.existing..self.existing + self.new).all(|place| !there[place].is_empty())
            && self.max_count.is_none_or(|most| self.counted(&there) <= most)
            && self.few_in_regions(None, &there)
            && self.loads.iter().zip(&self.goal).all(|(load, &goal)| load.pin.is_none_or(|pin| pin == goal))
    }

    fn moves(&self, unit: &[usize]) -> bool {
        unit.iter().any(|&load| self.loads[load].at.is_some_and(|at| at != self.goal[load]))
    }

    /// One unit goes to a cluster: who keeps state and runs only stops.
    fn go(&self, spots: &Spots, unit: &[usize], to: usize) -> Option<Spots> {
        let keeps = |load: usize| self.loads[load].stateful && self.loads[load].at.is_some();
        let new: Vec<usize> = unit
            .iter()
            .copied()
            .filter(|&load| spots[load] != Some(to) && !(spots[load].is_some() && keeps(load)))
            .collect();
        let there = self.there(spots);
        if !new.is_empty() {
            let opens = self.places[to].templated && !self.places[to].keep && there[to].is_empty();
            let mut full = there.clone();
            full[to].extend(&new);
            if !self.room_for(to, &there[to], &new)
                || !self.few_in_regions(Some(self.in_regions(&there)), &full)
                || (opens && self.max_count.is_some_and(|most| self.counted(&there) >= most))
            {
                return None;
            }
        }
        let mut after = spots.clone();
        for &load in unit.iter().filter(|&&load| spots[load] != Some(to)) {
            after[load] = new.contains(&load).then_some(to);
        }
        Some(after)
    }

    /// The fewest moves of units that lead to the plan, with or without stays; `None`: no order exists.
    fn fewest(&self, stays: bool) -> Option<u64> {
        let units = self.units();
        let start: Spots = self.loads.iter().map(|load| load.at).collect();
        let goal: Spots = self.goal.iter().map(|&goal| Some(goal)).collect();
        let (mut seen, mut queue) = (BTreeSet::from([start.clone()]), VecDeque::from([(start, 0)]));
        while let Some((spots, moves)) = queue.pop_front() {
            if spots == goal {
                return Some(moves);
            }
            let mut next = Vec::new();
            for unit in &units {
                let to = self.goal[unit[0]];
                let done = unit.iter().all(|&load| spots[load] == Some(to));
                next.extend(self.go(&spots, unit, to).filter(|_| !done));
                let may_stop = |&load: &usize| {
                    let it = &self.loads[load];
                    it.at.is_none() || it.stateful || (self.downtime && it.downtime)
                };
                if !done && self.moves(unit) && unit.iter().all(may_stop) {
                    let mut after = spots.clone();
                    unit.iter().filter(|&&load| self.loads[load].at.is_some()).for_each(|&load| after[load] = None);
                    next.push(after);
                }
                let whole = unit.iter().all(|&load| spots[load] == spots[unit[0]]);
                let held = |&load: &usize| {
                    let it = &self.loads[load];
                    it.stateful || (it.pin.is_some() && it.pin == spots[load])
                };
                // who is not beside one another yet may gather elsewhere
                let here = if whole { spots[unit[0]] } else { None };
                if stays && !unit.iter().any(held) {
                    for place in (0..self.places.len()).filter(|&place| Some(place) != here && place != to) {
                        next.extend(self.go(&spots, unit, place));
                    }
                }
            }
            for spots in next {
                if seen.insert(spots.clone()) {
                    queue.push_back((spots, moves + 1));
                }
            }
        }
        None
    }

    /// The moves of units in a migration, batch by batch.
    fn moves_of(&self, migration: &Migration) -> u64 {
        let unit =
            |name: &String| self.loads.iter().find(|it| name.ends_with(&format!("/{}", it.name))).map(|it| it.unit);
        let of = |batch: &MigrationBatch| {
            let steps = batch.steps.iter().filter(|it| [StepAction::Start, StepAction::Stop].contains(&it.action));
            steps.flat_map(|step| step.workloads.iter().filter_map(unit)).collect::<BTreeSet<_>>().len() as u64
        };
        migration.batches.iter().map(of).sum()
    }

    fn document(&self, reversed: bool) -> String {
        let tenant = |tenant: usize| {
            let refuses: Vec<String> =
                self.refuses.iter().filter(|pair| pair.0 == tenant).map(|pair| format!("t{}", pair.1)).collect();
            let mut row = json!({"name": format!("t{tenant}"), "trust": "trusted", "distrusts": refuses});
            if self.regions.is_some() {
                row["regions"] = if self.bound[tenant] { json!(["r0"]) } else { json!("all") };
            }
            if self.overhead[tenant] > 0 {
                row["overhead"] = json!({"cpu": self.overhead[tenant]});
            }
            row
        };
        let tenants = 1 + self
            .loads
            .iter()
            .map(|load| load.tenant)
            .chain(self.refuses.iter().map(|it| it.0.max(it.1)))
            .max()
            .unwrap_or(0);
        let mut workloads: Vec<Value> = self
            .loads
            .iter()
            .map(|load| {
                let runs: Vec<&str> = load.at.iter().map(|&at| self.places[at].name.as_str()).collect();
                let mut row = json!({"name": load.name, "tenant": format!("t{}", load.tenant), "namespace": format!("u{}", load.unit),
                    "runsIn": runs, "requests": {"cpu": load.pod.to_string(), "memory": "1"}});
                if load.replicas > 1 {
                    row["replicas"] = json!(load.replicas);
                }
                if let Some(pin) = load.pin {
                    row["pin"] = json!(self.places[pin].name);
                }
                if load.stateful {
                    row["stateful"] = json!(true);
                    row["stay"] = json!("none");
                }
                if load.downtime {
                    row["downtime"] = json!("allowed");
                }
                row
            })
            .collect();
        let mut clusters: Vec<Value> = self.places[..self.existing]
            .iter()
            .map(|place| {
                let mut row = json!({"name": place.name, "mode": place.mode});
                if place.keep {
                    row["keep"] = json!(true);
                }
                if place.templated {
                    row["template"] = json!("standard");
                } else {
                    let size = |cpu: u64| json!({"cpu": cpu.to_string(), "memory": "1Gi"});
                    match place.nodes {
                        None => row["allocatable"] = size(place.room),
                        Some((node, most)) => {
                            row["nodePools"] = json!([{"name": "pool", "allocatable": size(node), "max": most}]);
                        }
                    }
                    for (key, most) in [("tenants", place.most_tenants), ("namespaces", place.most_namespaces)] {
                        if let Some(most) = most {
                            row["maximums"][key] = json!(most);
                        }
                    }
                }
                if self.regions.is_some() {
                    row["region"] = json!(format!("r{}", place.region));
                }
                row
            })
            .collect();
        if reversed {
            workloads.reverse();
            clusters.reverse();
        }
        let mut template =
            json!({"name": "standard", "allocatable": {"cpu": self.template_room.to_string(), "memory": "1Gi"}});
        if let Some(most) = self.max_count {
            template["maxCount"] = json!(most);
        }
        let mut whole = json!({"schema": "tenantry/v1", "asOf": "2026-11-23", "tenants": (0..tenants).map(tenant).collect::<Vec<_>>(),
            "workloads": workloads, "existingClusters": clusters});
        if let Some(most) = &self.regions {
            template["regions"] = json!(["r1"]);
            let region = |region: usize| {
                let mut row = json!({"name": format!("r{region}")});
                if let Some(most) = most[region] {
                    row["maxClusters"] = json!(most);
                }
                row
            };
            whole["regions"] = json!([region(0), region(1)]);
        }
        whole["clusterTemplates"] = json!([template]);
        whole.to_string()
    }

    fn target(&self, fleet: &Fleet) -> Placement {
        let site = |place: usize| {
            let name = &self.places[place].name;
            let existing = fleet.existing().iter().find(|it| it.name == *name).map(|it| it.site);
            existing.unwrap_or_else(|| fleet.sites().iter().position(|it| it.template().is_some()).unwrap())
        };
        let planned = |place: &usize| self.goal.contains(place) || (*place < self.existing && self.places[*place].keep);
        let used: Vec<usize> = (0..self.existing + self.new).filter(planned).collect();
        let find = |load: &Load| fleet.find(&format!("t{}/u{}/{}", load.tenant, load.unit, load.name)).unwrap();
        let clusters = used.iter().map(|&place| {
            let here: BTreeSet<usize> = (0..self.loads.len()).filter(|&load| self.goal[load] == place).collect();
            let node = |loads: &Vec<usize>| {
                let mut pods: BTreeMap<usize, u64> = BTreeMap::new();
                loads.iter().for_each(|&load| *pods.entry(find(&self.loads[load])).or_insert(0) += 1);
                NodeContent { pool: 0, pods: pods.into_iter().collect(), count: 1 }
            };
            let nodes = self.on_nodes(place, &here).unwrap();
            Cluster {
                name: self.places[place].name.clone(),
                site: site(place),
                region: self.regions.map(|_| self.places[place].region),
                nodes: self.places[place].nodes.map(|_| nodes.iter().filter(|it| !it.is_empty()).map(node).collect()),
            }
        });
        let share = |(load, goal): (&Load, &usize)| Share {
            workload: find(load),
            cluster: used.iter().position(|place| place == goal).unwrap(),
            replicas: load.replicas,
        };
        Placement { clusters: clusters.collect(), shares: self.loads.iter().zip(&self.goal).map(share).collect() }
    }

    /// Goes through a migration by the model alone, batch by batch.
    fn replay(&self, migration: &Migration) -> Spots {
        let mut spots: Spots = self.loads.iter().map(|load| load.at).collect();
        let place = |name: &str| self.places.iter().position(|it| it.name == name).unwrap();
        let load = |name: &str| self.loads.iter().position(|it| name.ends_with(&format!("/{}", it.name))).unwrap();
        for batch in &migration.batches {
            let there = self.there(&spots);
            let mut gains: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            let (mut starts, mut stops) = (Vec::new(), Vec::new());
            for step in &batch.steps {
                for name in &step.workloads {
                    match step.action {
                        StepAction::Start => starts.push((load(name), place(&step.cluster))),
                        StepAction::Stop => stops.push((load(name), place(&step.cluster))),
                        _ => {}
                    }
                }
            }
            starts.iter().for_each(|&(load, place)| gains.entry(place).or_default().push(load));
            let mut full = there.clone();
            for (&place, new) in &gains {
                assert!(self.room_for(place, &there[place], new), "{migration:?}\n{self:?}");
                full[place].extend(new);
            }
            assert!(self.few_in_regions(Some(self.in_regions(&there)), &full), "{migration:?}\n{self:?}");
            if let Some(most) = self.max_count {
                let (was, is) = (self.counted(&there), self.counted(&full));
                assert!(is <= most || is <= was, "{migration:?}\n{self:?}");
            }
            for &(load, place) in &stops {
                assert_eq!(spots[load], Some(place));
                assert_ne!(self.loads[load].pin, Some(place), "{migration:?}");
                spots[load] = None;
            }
            for &(load, place) in &starts {
                assert_eq!(spots[load], None, "{migration:?}");
                let keeps = self.loads[load].stateful && stops.iter().any(|it| it.0 == load);
                assert!(!keeps, "who keeps state stops first: {migration:?}");
                assert!(!self.loads[load].stateful || place == self.goal[load]);
                spots[load] = Some(place);
            }
            for (index, it) in self.loads.iter().enumerate() {
                let may = it.at.is_none() || it.stateful || (self.downtime && it.downtime);
                assert!(spots[index].is_some() || may, "{} runs nowhere: {migration:?}", it.name);
            }
        }
        spots
    }
}

fn options(model: &Model) -> MigrateOptions {
    MigrateOptions { allow_downtime: model.downtime, extra_clusters: model.lent, ..MigrateOptions::default() }
}

/// Returns what the seed was an example of.
fn compare(seed: u64, wide: bool) -> &'static str {
    let Some(model) = Model::draw(seed, wide) else { return "no plan" };
    let document = model.document(false);
    let fleet = Fleet::from_json(&document).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{document}"));
    let (migration, replayed) = migrated(&fleet, &model.target(&fleet), &options(&model), &Silent)
        .unwrap_or_else(|error| panic!("seed {seed}: {error}\n{document}"));
    assert!(replayed.wrong.is_empty() && replayed.undecided.is_empty(), "seed {seed}: {replayed:?}\n{migration:?}");
    let end = model.replay(&migration);
    let arrives = end.iter().zip(&model.goal).all(|(spot, &goal)| *spot == Some(goal));
    assert_eq!(arrives, migration.status == MigrationStatus::Complete, "seed {seed}: {migration:?}\n{document}");
    let (directly, fewest) = (model.fewest(false).is_some(), model.fewest(true));
    let at_all = fewest.is_some();
    assert!(at_all || !directly);
    if let Some(fewest) = fewest.filter(|_| arrives) {
        let moves = model.moves_of(&migration);
        assert_eq!(moves, fewest, "seed {seed}: {migration:?}\n{document}");
    }
    let found = match migration.status {
        MigrationStatus::Complete if migration.batches.is_empty() => "nothing to do",
        MigrationStatus::Complete if migration.summary.stays > 0 => "with stays",
        MigrationStatus::Complete => "complete",
        MigrationStatus::Impossible => "impossible",
        other => panic!("seed {seed}: {other:?} of a tiny fleet\n{migration:?}\n{document}"),
    };
    assert_eq!(found != "impossible", at_all, "seed {seed}: {migration:?}\n{document}");
    assert_eq!(found == "with stays", at_all && !directly, "seed {seed}: {migration:?}\n{document}");
    if found == "impossible" {
        assert!(migration.summary.states > Some(0) && !migration.left.is_empty());
    }
    // in another order the same fleet gives the same answer
    let other = Fleet::from_json(&model.document(true)).unwrap();
    let (again, _) = migrated(&other, &model.target(&other), &options(&model), &Silent).unwrap();
    assert_eq!((&again.batches, &again.left), (&migration.batches, &migration.left), "seed {seed}");
    // one move at a time: every prefix is legal as well
    let one = MigrateOptions { max_in_flight: Some(1), ..options(&model) };
    let (single, replayed) = migrated(&fleet, &model.target(&fleet), &one, &Silent).unwrap();
    assert!(replayed.wrong.is_empty(), "seed {seed}: {replayed:?}\n{single:?}");
    assert_eq!(single.status, migration.status, "seed {seed}");
    model.replay(&single);
    found
}

#[test]
fn brute_force_agrees() {
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 0..3_000 {
        *seen.entry(compare(seed, false)).or_insert(0) += 1;
    }
    for kind in ["nothing to do", "complete", "with stays", "impossible"] {
        assert!(seen.get(kind).copied().unwrap_or(0) > 20, "{seen:?}");
    }
}

#[test]
fn brute_force_agrees_on_nodes_and_in_regions() {
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 0..2_000 {
        *seen.entry(compare(seed, true)).or_insert(0) += 1;
    }
    for kind in ["complete", "with stays", "impossible"] {
        assert!(seen.get(kind).copied().unwrap_or(0) > 10, "{seen:?}");
    }
}

/// Two clusters of 10: three workloads of 2 in one, one of 5 in the other, and one of 5 that runs nowhere and must come to
/// the first. `tied`: the three share a namespace, and move as one.
fn exchange(tied: bool, extra: &str) -> (Fleet, Placement) {
    let row = |name: &str, cpu: u64, runs: &str| {
        let namespace = if tied && name < "v4" { "v" } else { name };
        format!(
            "{{name: {name}, tenant: t, namespace: {namespace}, runsIn: {runs}, requests: {{cpu: {cpu}, memory: 1Mi}}}}"
        )
    };
    let rows = [row("v1", 2, "n1"), row("v2", 2, "n1"), row("v3", 2, "n1"), row("v4", 5, "n2"), row("v5", 5, "[]")];
    let cluster = |name: &str| format!("{{name: {name}, allocatable: {{cpu: 10, memory: 1Gi}}}}");
    let document = format!(
        "{{schema: tenantry/v1, asOf: \"2026-11-23\", tenants: [{{name: t, trust: trusted}}], workloads: [{}], \
         existingClusters: [{}, {}{extra}], clusterTemplates: [{{name: spare, allocatable: {{cpu: 10, memory: 1Gi}}}}]}}",
        rows.join(", "),
        cluster("n1"),
        cluster("n2")
    );
    let fleet = Fleet::from_yaml(&document).unwrap();
    let homes = [("v1", "n2"), ("v2", "n2"), ("v3", "n2"), ("v4", "n1"), ("v5", "n1")];
    let target = place(&fleet, &homes);
    (fleet, target)
}

fn place(fleet: &Fleet, homes: &[(&str, &str)]) -> Placement {
    let names: BTreeSet<&str> = homes.iter().map(|&(_, cluster)| cluster).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let site = |name: &str| {
        let existing = fleet.existing().iter().find(|it| it.name == name).map(|it| it.site);
        existing.unwrap_or_else(|| fleet.sites().iter().position(|it| it.template().is_some()).unwrap())
    };
    let cluster = |name: &&str| Cluster { name: (*name).to_owned(), site: site(name), region: None, nodes: None };
    let share = |&(workload, cluster): &(&str, &str)| Share {
        workload: fleet.find(workload).unwrap(),
        cluster: names.iter().position(|it| *it == cluster).unwrap(),
        replicas: 1,
    };
    Placement { clusters: names.iter().map(cluster).collect(), shares: homes.iter().map(share).collect() }
}

fn moved(fleet: &Fleet, target: &Placement, options: &MigrateOptions) -> Migration {
    let (migration, replayed) = migrated(fleet, target, options, &Silent).unwrap();
    assert!(replayed.wrong.is_empty() && replayed.undecided.is_empty(), "{replayed:?}");
    migration
}

#[test]
fn an_exchange_goes_bit_by_bit_or_not_at_all() {
    // one by one there is an order: one of 2 goes, then the 5 has room, then the others go
    let (fleet, target) = exchange(false, "");
    let migration = moved(&fleet, &target, &MigrateOptions::default());
    assert_eq!((migration.status, migration.summary.stays), (MigrationStatus::Complete, 0));
    // as one of 6 there is none: each waits for the other, and all states were seen
    let (fleet, target) = exchange(true, "");
    let migration = moved(&fleet, &target, &MigrateOptions::default());
    assert_eq!((migration.status, migration.batches.len()), (MigrationStatus::Impossible, 0));
    assert!(migration.summary.states.is_some());
    assert_eq!(migration.circle.len(), 2, "{:?}", migration.circle);
    let text = tenantry::export::migration_text(&migration);
    assert!(text.contains("no safe order exists") && text.contains("What waits for what"), "{text}");
    // with a third place there is one again
    let options = MigrateOptions { extra_clusters: 1, ..MigrateOptions::default() };
    let migration = moved(&fleet, &target, &options);
    assert_eq!(migration.status, MigrationStatus::Complete);
    assert!(migration.summary.stays > 0 && migration.summary.created == 1 && migration.summary.released == 1);
    let mut alone = migration.clone();
    alone.options.extra_clusters = 0;
    let wrong = replayed(&fleet, &target, &alone, fleet.as_of().unwrap()).wrong;
    assert!(wrong.iter().any(|it| it.contains("where at most 0 may be lent")), "{wrong:?}");
    let third = ", {name: n3, allocatable: {cpu: 6, memory: 1Gi}}";
    let (fleet, target) = exchange(true, third);
    let migration = moved(&fleet, &target, &MigrateOptions::default());
    assert_eq!((migration.status, migration.summary.created), (MigrationStatus::Complete, 0));
    let read = Migration::from_json(&migration.to_json().unwrap()).unwrap();
    assert_eq!(read, migration);
}

#[test]
fn no_order_is_denied_beyond_what_was_searched() {
    // whoever is pinned has no place in a lent cluster: the same exchange without pins has an order
    let exchanged = |pinned: bool| {
        let row = |name: &str, cpu: u64, runs: &str, pin: &str| {
            let pin = if pinned { format!(", pin: {pin}") } else { String::new() };
            format!("{{name: {name}, tenant: t, runsIn: {runs}, requests: {{cpu: {cpu}, memory: 1Mi}}{pin}}}")
        };
        let rows = [row("six", 6, "n1", "n2"), row("five", 5, "n2", "n1")];
        let cluster = |name: &str| format!("{{name: {name}, allocatable: {{cpu: 10, memory: 1Gi}}}}");
        let document = format!(
            "{{schema: tenantry/v1, asOf: \"2026-11-23\", tenants: [{{name: t, trust: trusted}}], workloads: [{}], \
             existingClusters: [{}, {}], clusterTemplates: [{{name: spare, allocatable: {{cpu: 10, memory: 1Gi}}}}]}}",
            rows.join(", "),
            cluster("n1"),
            cluster("n2")
        );
        let fleet = Fleet::from_yaml(&document).unwrap();
        let target = place(&fleet, &[("six", "n2"), ("five", "n1")]);
        (fleet, target)
    };
    let lent = MigrateOptions { extra_clusters: 1, ..MigrateOptions::default() };
    let (fleet, target) = exchanged(false);
    assert_eq!(moved(&fleet, &target, &lent).status, MigrationStatus::Complete);
    let (fleet, target) = exchanged(true);
    let words = "no safe order exists in which nobody whose copies are all pinned stays in a lent cluster: ";
    for (options, bounded) in [(&lent, true), (&MigrateOptions::default(), false)] {
        let migration = moved(&fleet, &target, options);
        assert_eq!(migration.status, MigrationStatus::Impossible);
        let text = tenantry::export::migration_text(&migration);
        assert_eq!(text.contains(words), bounded, "{text}");
        assert_eq!(text.contains("no safe order exists: "), !bounded, "{text}");
    }
}

/// Two that exchange their clusters of 10, one of 6 and one of 5, beside a thousand that stay in a third, which has so much left.
fn large(left: u64) -> (Fleet, Placement) {
    let row = |name: &str, cpu: u64, at: &str, stay: &str| {
        format!("{{name: {name}, tenant: t, runsIn: {at}, requests: {{cpu: {cpu}, memory: 1}}{stay}}}")
    };
    let mut rows = vec![row("six", 6, "n1", ""), row("five", 5, "n2", "")];
    rows.extend((0..1_000).map(|it| row(&format!("w{it}"), 1, "n3", ", stay: cluster")));
    let cluster =
        |name: &str, cpu: u64| format!("{{name: {name}, allocatable: {{cpu: {cpu}, memory: 1Gi, pods: 2000}}}}");
    let document = format!(
        "{{schema: tenantry/v1, asOf: \"2026-11-23\", tenants: [{{name: t, trust: trusted}}], workloads: [{}], \
         existingClusters: [{}, {}, {}]}}",
        rows.join(", "),
        cluster("n1", 10),
        cluster("n2", 10),
        cluster("n3", 1_000 + left)
    );
    let fleet = Fleet::from_yaml(&document).unwrap();
    let names: Vec<String> = (0..1_000).map(|it| format!("w{it}")).collect();
    let mut homes = vec![("six", "n2"), ("five", "n1")];
    homes.extend(names.iter().map(|name| (name.as_str(), "n3")));
    let target = place(&fleet, &homes);
    (fleet, target)
}

#[test]
fn who_can_never_move_is_proved_in_a_fleet_of_any_size() {
    let (fleet, target) = large(4);
    let migration = moved(&fleet, &target, &MigrateOptions::default());
    assert_eq!((migration.status, migration.summary.states), (MigrationStatus::Impossible, None));
    assert_eq!(migration.circle.len(), 2, "{:?}", migration.circle);
    let text = tenantry::export::migration_text(&migration);
    assert!(text.contains("no safe order exists: some have no other place"), "{text}");
    let (fleet, target) = large(5);
    let migration = moved(&fleet, &target, &MigrateOptions::default());
    assert_eq!((migration.status, migration.summary.stays), (MigrationStatus::Complete, 1));
}

#[test]
fn a_plan_that_runs_today_needs_no_step() {
    let (fleet, _) = exchange(false, "");
    let target = place(&fleet, &[("v1", "n1"), ("v2", "n1"), ("v3", "n1"), ("v4", "n2"), ("v5", "n2")]);
    let migration = moved(&fleet, &target, &MigrateOptions::default());
    assert_eq!((migration.batches.len(), migration.summary.steps), (1, 1));
    let first = MigrateOptions { first: Some(0), ..MigrateOptions::default() };
    let none = moved(&fleet, &target, &first);
    assert_eq!((none.status, none.summary.left), (MigrationStatus::Prefix, 1));
}

#[test]
fn who_keeps_state_stops_first_and_a_waiver_must_last() {
    let text = "{schema: tenantry/v1, asOf: \"2026-11-23\", tenants: [{name: a, trust: trusted}, {name: b, trust: untrusted}], \
         policy: {waivers: [{id: w, between: [{tenant: a}, {tenant: b}], waives: [level, sharing], approvedBy: x, \
         expires: \"2026-12-01\", reason: r}]}, workloads: [\
         {name: db, tenant: a, runsIn: n1, stateful: true, stay: none, requests: {cpu: 1, memory: 1Mi}}, \
         {name: api, tenant: b, runsIn: n2, requests: {cpu: 1, memory: 1Mi}}], existingClusters: [\
         {name: n1, mode: drain, allocatable: {cpu: 10, memory: 1Gi}}, {name: n2, allocatable: {cpu: 10, memory: 1Gi}}]}";
    let fleet = Fleet::from_yaml(text).unwrap();
    let target = place(&fleet, &[("db", "n2"), ("api", "n2")]);
    let migration = moved(&fleet, &target, &MigrateOptions::default());
    let actions: Vec<Vec<StepAction>> =
        migration.batches.iter().map(|batch| batch.steps.iter().map(|step| step.action).collect()).collect();
    assert_eq!(actions, [vec![StepAction::Stop, StepAction::Release], vec![StepAction::Start, StepAction::Switch]]);
    assert_eq!((migration.summary.broken_today, migration.summary.broken_after), (1, 0));
    let until = MigrateOptions { until: Some("2026-12-02".parse().unwrap()), ..MigrateOptions::default() };
    assert_eq!(moved(&fleet, &target, &until).status, MigrationStatus::Impossible);
    let until = MigrateOptions { until: Some("2026-12-01".parse().unwrap()), ..MigrateOptions::default() };
    assert_eq!(moved(&fleet, &target, &until).status, MigrationStatus::Complete);
}

#[test]
fn a_forged_migration_is_found() {
    let (fleet, target) = exchange(false, "");
    let migration = moved(&fleet, &target, &MigrateOptions::default());
    assert!(migration.batches.len() > 1);
    let mut forged = 0;
    for from in 0..migration.batches.len() {
        // a batch earlier than it may be, and one that is missing
        let mut early = migration.clone();
        let batch = early.batches.remove(from);
        let steps = batch.steps;
        if from > 0 {
            early.batches[from - 1].steps.extend(steps);
            early.batches[from - 1].steps.sort_by_key(|step| step.action);
        }
        early.batches.iter_mut().enumerate().for_each(|(number, batch)| batch.number = number as u64 + 1);
        let replayed = tenantry::internals::replayed(&fleet, &target, &early, "2026-11-23".parse().unwrap());
        forged += u64::from(!replayed.wrong.is_empty());
    }
    assert_eq!(forged, migration.batches.len() as u64, "{migration:?}");
}

/// A swap of clusters of 10 in which everybody is pinned to where it goes.
fn pinned_swap(third: bool) -> Fleet {
    let idle = if third { ", {name: idle, tenant: t, requests: {cpu: 1}, runsIn: c}" } else { "" };
    let third = if third { ", {name: c, template: ten}" } else { "" };
    let small =
        |name: &str| format!("{{name: {name}, tenant: t, requests: {{cpu: 2}}, runsIn: a, pin: b, namespace: ns}}");
    let text = format!(
        "{{schema: tenantry/v1, asOf: \"2026-11-23\", defaults: {{missingRequests: {{cpu: 0, memory: 0}}}}, \
         tenants: [{{name: t, trust: trusted}}], clusterTemplates: [{{name: ten, allocatable: {{cpu: 10, memory: 1Gi}}}}], \
         existingClusters: [{{name: a, template: ten}}, {{name: b, template: ten}}{third}], workloads: [{}, {}, {}, \
         {{name: big, tenant: t, requests: {{cpu: 5}}, runsIn: b, pin: a}}, \
         {{name: five, tenant: t, requests: {{cpu: 4}}, runsIn: [], pin: a}}{idle}]}}",
        small("s0"),
        small("s1"),
        small("s2")
    );
    Fleet::from_yaml(&text).unwrap()
}

/// A pin that is not fulfilled yet holds nobody: who shall be in another cluster may wait in a third.
#[test]
fn who_is_not_yet_where_it_is_pinned_may_stay_elsewhere_for_a_time() {
    let goal = [("s0", "b"), ("s1", "b"), ("s2", "b"), ("big", "a"), ("five", "a"), ("idle", "c")];
    let fleet = pinned_swap(true);
    let target = place(&fleet, &goal);
    let migration = moved(&fleet, &target, &MigrateOptions::default());
    assert_eq!(migration.status, MigrationStatus::Complete, "{migration:?}");
    assert!(migration.summary.stays > 0);
    // once it stands where it is pinned it does not go again
    let mut arrived: BTreeSet<&String> = BTreeSet::new();
    for step in migration.batches.iter().flat_map(|it| &it.steps) {
        match step.action {
            StepAction::Start if !step.temporary => arrived.extend(&step.workloads),
            StepAction::Stop => {
                let again = step.workloads.iter().find(|it| arrived.contains(it) && step.cluster == goal_of(&goal, it));
                assert_eq!(again, None, "{migration:?}");
            }
            _ => {}
        }
    }
    let fleet = pinned_swap(false);
    let migration = moved(&fleet, &place(&fleet, &goal[..5]), &MigrateOptions::default());
    assert_eq!(migration.status, MigrationStatus::Impossible);
}

fn goal_of<'g>(goal: &[(&str, &'g str)], workload: &str) -> &'g str {
    goal.iter().find(|(name, _)| workload.ends_with(&format!("/{name}"))).map_or("", |it| it.1)
}
