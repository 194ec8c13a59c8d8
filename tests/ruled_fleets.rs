//! What fewer clusters take, and how far a fleet can grow, under rules of named workloads and regions and with splits: against all
//! placements that there are.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tenantry::engine::Silent;
use tenantry::engine::random::Random;
use tenantry::report::{BrokenWhat, FrontierFigure};
use tenantry::{Fleet, FrontierOptions, GrowOptions, frontier};

/// A place and the replicas there.
type Home = (usize, u64);

/// A split in any number of places.
const ANY: u64 = 100;

#[derive(Debug)]
struct Load {
    cpu: u64,
    replicas: u64,
    copies: usize,
    /// Its replicas may lie in so many places.
    split: Option<u64>,
    runs_in: Vec<Home>,
    cost: u64,
}

impl Load {
    fn row(&self, name: usize) -> Value {
        let mut row = json!({"name": format!("w{name}"), "tenant": "t", "replicas": self.replicas,
            "requests": {"cpu": self.cpu, "memory": "1"}});
        match self.split {
            Some(ANY) => row["split"] = json!(true),
            Some(most) => row["split"] = json!({"clusters": most}),
            None => row["copies"] = json!(self.copies),
        }
        row
    }

    /// Every way to give it places.
    fn ways(&self, places: usize) -> Vec<Vec<Home>> {
        let Some(most) = self.split else {
            let sets = (0..1u32 << places).filter(|set| set.count_ones() as usize == self.copies);
            let homes = |set: u32| {
                (0..places).filter(move |&place| set & (1 << place) != 0).map(|place| (place, self.replicas))
            };
            return sets.map(|set| homes(set).collect()).collect();
        };
        let mut ways = vec![(Vec::new(), self.replicas)];
        for place in 0..places {
            let with = |(homes, left): &(Vec<Home>, u64)| {
                let (homes, left) = (homes.clone(), *left);
                let least = if place + 1 == places { left } else { 0 };
                (least..=left).map(move |here| {
                    let mut homes = homes.clone();
                    homes.extend((here > 0).then_some((place, here)));
                    (homes, left - here)
                })
            };
            ways = ways.iter().flat_map(with).filter(|(homes, _)| homes.len() as u64 <= most).collect();
        }
        ways.into_iter().map(|(homes, _)| homes).collect()
    }

    fn moves(&self, homes: &[Home]) -> u64 {
        let today = |place: usize| self.runs_in.iter().find(|(at, _)| *at == place).map_or(0, |(_, here)| *here);
        self.cost
            * match self.split {
                None => {
                    let stay = homes.iter().filter(|(at, _)| today(*at) > 0).count();
                    (self.copies.min(self.runs_in.len()) - stay) as u64
                }
                Some(_) => {
                    let above: u64 = homes.iter().map(|&(at, here)| here.saturating_sub(today(at))).sum();
                    above - self.replicas.saturating_sub(self.runs_in.iter().map(|(_, here)| here).sum())
                }
            }
    }
}

/// What holds between loads.
#[derive(Clone, Debug, Default)]
struct Rules {
    /// Loads that stand in one region.
    group: Vec<usize>,
    /// Loads of which no two are in one cluster, or (true) in one region.
    apart: (Vec<usize>, bool),
}

impl Rules {
    fn draw(of: &[Load], random: &mut Random) -> Self {
        let loads = of.len();
        let mut all: Vec<usize> = (0..loads).collect();
        let turned = random.index(loads);
        all.rotate_left(turned);
        let mut rules = match random.index(4) {
            0 => Self { group: all, ..Self::default() },
            1 => Self { apart: (all, random.chance(500)), ..Self::default() },
            2 => Self { apart: (all[..2].to_vec(), true), ..Self::default() },
            _ => Self { group: all[..2].to_vec(), apart: (all[loads - 2..].to_vec(), true) },
        };
        // a split stands in no one region
        if rules.group.iter().any(|&load| of[load].split.is_some()) {
            rules.group.clear();
        }
        rules
    }

    fn document(&self) -> Value {
        let names = |loads: &[usize]| loads.iter().map(|load| json!(format!("w{load}"))).collect::<Vec<Value>>();
        let (mut policy, (apart, by_region)) = (json!({}), &self.apart);
        if self.group.len() > 1 {
            policy["together"] = json!([{"id": "one", "members": names(&self.group), "in": "region"}]);
        }
        if apart.len() > 1 {
            let by = if *by_region { "region" } else { "cluster" };
            policy["apart"] = json!([{"id": "far", "members": names(apart), "by": by, "reason": "r"}]);
        }
        policy
    }

    fn hold(&self, homes: &[Vec<Home>], region: &dyn Fn(usize) -> usize) -> bool {
        let regions =
            |load: usize| -> BTreeSet<usize> { homes[load].iter().map(|&(place, _)| region(place)).collect() };
        let places = |load: usize| -> BTreeSet<usize> { homes[load].iter().map(|&(place, _)| place).collect() };
        let group: BTreeSet<usize> = self.group.iter().flat_map(|&load| regions(load)).collect();
        let mut seen = BTreeSet::new();
        let far = if self.apart.1 { &regions as &dyn Fn(usize) -> BTreeSet<usize> } else { &places };
        group.len() <= 1 && self.apart.0.iter().flat_map(|&load| far(load)).all(|at| seen.insert(at))
    }
}

/// Existing clusters with their regions; and a template that stands in all regions.
#[derive(Debug)]
struct Model {
    loads: Vec<Load>,
    rooms: Vec<u64>,
    regions: Vec<usize>,
    template: u64,
    prices: Option<Vec<u64>>,
    rules: Rules,
    of_regions: usize,
}

impl Model {
    fn draw(seed: u64, ruled: bool, splits: bool) -> Self {
        let random = &mut Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 77);
        let existing = 3;
        let of_regions = if ruled { 2 + random.index(2) } else { 1 };
        let mut left = 4;
        let mut loads = Vec::new();
        while loads.len() < 2 || (left > 0 && loads.len() < 3) {
            let split = splits && random.chance(600);
            let copies = if split { 1 } else { 1 + random.index(2) };
            let replicas = 1 + random.below(if split { 4 } else { 2 });
            let most = split.then(|| if random.chance(600) { ANY } else { 1 + random.below(3) });
            left -= copies.min(left);
            let mut runs_in: Vec<Home> = Vec::new();
            for at in 0..existing {
                if random.chance(650) {
                    runs_in.push((at, 1 + random.below(2)));
                }
            }
            runs_in.truncate(if split { 3 } else { copies });
            loads.push(Load {
                cpu: 1 + random.below(4),
                replicas,
                copies,
                split: most,
                runs_in,
                cost: 1 + random.below(2),
            });
        }
        let rules = if ruled { Rules::draw(&loads, random) } else { Rules::default() };
        Self {
            loads,
            rooms: (0..existing).map(|_| 6 + random.below(8)).collect(),
            regions: (0..existing).map(|_| random.index(of_regions)).collect(),
            template: 8 + random.below(4),
            prices: random.chance(500).then(|| (0..=existing).map(|_| 1 + random.below(9)).collect()),
            rules,
            of_regions,
        }
    }

    fn document(&self) -> String {
        let size = |cpu: u64| json!({"cpu": cpu.to_string(), "memory": "1Gi"});
        let mut template = json!({"name": "standard", "allocatable": size(self.template)});
        let cluster = |at: usize| {
            let mut row = json!({"name": format!("c{at}"), "allocatable": size(self.rooms[at])});
            if self.of_regions > 1 {
                row["region"] = json!(format!("r{}", self.regions[at]));
            }
            row
        };
        let mut clusters: Vec<Value> = (0..self.rooms.len()).map(cluster).collect();
        if let Some(prices) = &self.prices {
            clusters.iter_mut().zip(prices).for_each(|(row, price)| row["cost"] = json!(price));
            template["cost"] = json!(prices[self.rooms.len()]);
        }
        let row = |(name, load): (usize, &Load)| {
            let mut row = load.row(name);
            let name = |at: usize| format!("c{at}");
            row["runsIn"] = match load.split {
                Some(_) => load.runs_in.iter().map(|&(at, here)| (name(at), json!(here))).collect(),
                None => load.runs_in.iter().map(|&(at, _)| json!(name(at))).collect(),
            };
            if load.runs_in.is_empty() {
                row["runsIn"] = json!([]);
            }
            row["moveCost"] = json!(load.cost);
            row
        };
        let rows: Vec<Value> = self.loads.iter().enumerate().map(row).collect();
        let mut whole = json!({"schema": "tenantry/v1", "asOf": "2026-11-23", "workloads": rows, "clusterTemplates": [template],
            "existingClusters": clusters, "policy": self.rules.document(),
            "tenants": [{"name": "t", "trust": "trusted", "splitNamespaces": true}]});
        if self.of_regions > 1 {
            whole["regions"] = (0..self.of_regions).map(|at| json!({"name": format!("r{at}")})).collect();
            whole["defaults"] = json!({"regions": "all"});
        }
        whole.to_string()
    }

    /// So many new clusters in each region are as good as more.
    fn further(&self) -> usize {
        let most: usize =
            self.loads.iter().map(|load| load.split.map_or(load.copies, |_| load.replicas as usize)).sum();
        most.min(if self.of_regions > 1 { 3 } else { 5 })
    }

    fn region(&self, place: usize) -> usize {
        self.regions.get(place).copied().unwrap_or_else(|| (place - self.regions.len()) / self.further())
    }

    /// By number of clusters, the fewest moves and the least cost of placements with exactly so many.
    fn all(&self) -> BTreeMap<usize, (u64, u64)> {
        let places = self.rooms.len() + self.further() * self.of_regions;
        let ways: Vec<Vec<Vec<Home>>> = self.loads.iter().map(|load| load.ways(places)).collect();
        let mut best = BTreeMap::new();
        self.place(&ways, &mut vec![0; places], &mut Vec::new(), &mut best);
        best
    }

    fn place(
        &self,
        ways: &[Vec<Vec<Home>>],
        loads: &mut Vec<u64>,
        homes: &mut Vec<Vec<Home>>,
        best: &mut BTreeMap<usize, (u64, u64)>,
    ) {
        let existing = self.rooms.len();
        if homes.len() == ways.len() {
            if !self.rules.hold(homes, &|place| self.region(place)) {
                return;
            }
            let used: Vec<usize> = (0..loads.len()).filter(|&place| loads[place] > 0).collect();
            let price = |&place: &usize| self.prices.as_ref().map_or(0, |prices| prices[place.min(existing)]);
            let cost = used.iter().map(price).sum();
            let moves = self.loads.iter().zip(&*homes).map(|(load, homes)| load.moves(homes)).sum();
            let known = best.entry(used.len()).or_insert((moves, cost));
            *known = (known.0.min(moves), known.1.min(cost));
            return;
        }
        let cpu = self.loads[homes.len()].cpu;
        for way in &ways[homes.len()] {
            let room = |place: usize| self.rooms.get(place).copied().unwrap_or(self.template);
            if way.iter().all(|&(place, here)| loads[place] + here * cpu <= room(place)) {
                way.iter().for_each(|&(place, here)| loads[place] += here * cpu);
                // new clusters of a region are alike: they are used in their order
                let in_order = |at: usize| {
                    loads[at] > 0
                        || loads.get(at + 1).is_none_or(|&next| next == 0 || self.region(at + 1) != self.region(at))
                };
                if (existing..loads.len()).all(in_order) {
                    homes.push(way.clone());
                    self.place(ways, loads, homes, best);
                    homes.pop();
                }
                way.iter().for_each(|&(place, here)| loads[place] -= here * cpu);
            }
        }
    }
}

/// How many frontiers were compared, how many of their least moves are known, and how many have several lines.
fn frontiers(seeds: std::ops::Range<u64>, ruled: bool, splits: bool) -> [usize; 3] {
    let [mut drawn, mut exact, mut several] = [0; 3];
    let [mut same, mut other] = [0; 2];
    for seed in seeds {
        let model = Model::draw(seed, ruled, splits);
        let all = model.all();
        let text = model.document();
        let Some((&fewest, _)) = all.first_key_value() else { continue };
        let fleet = Fleet::from_json(&text).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
        let found = frontier(&fleet, &FrontierOptions::default(), &Silent)
            .unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
        let used: BTreeSet<usize> = model.loads.iter().flat_map(|load| &load.runs_in).map(|(at, _)| *at).collect();
        let runs = |load: &Load| load.runs_in.iter().map(|(_, here)| here).sum::<u64>();
        let tried = model
            .loads
            .iter()
            .any(|load| load.split.is_some_and(|most| most < load.replicas || load.replicas < runs(load)));
        let say = |clusters: u64| format!("seed {seed}, {clusters} clusters: {all:?} {found:?}\n{text}");
        assert_eq!(found.points.len(), used.len().max(fewest) - fewest + 1, "{}", say(0));
        for point in &found.points {
            let within = || all.range(..=usize::try_from(point.clusters).unwrap()).map(|(_, values)| values);
            let mut holds = |it: &FrontierFigure, least: u64| {
                let value = it.value.unwrap().value();
                // ways to part a split are tried, where its parts are few, or those that run are more than it has
                assert!(value == least as f64 || (tried && value > least as f64), "{}", say(point.clusters));
                [same, other] = if value == least as f64 { [same + 1, other] } else { [same, other + 1] };
                assert!(it.bound.unwrap().value() <= least as f64, "{}", say(point.clusters));
            };
            holds(&point.moves, within().map(|it| it.0).min().unwrap());
            assert_eq!(point.cost.is_some(), model.prices.is_some());
            point.cost.iter().for_each(|cost| holds(cost, within().map(|it| it.1).min().unwrap()));
        }
        for pair in found.points.windows(2) {
            assert!(pair[1].moves.value.unwrap().value() <= pair[0].moves.value.unwrap().value(), "{}", say(0));
        }
        let least = all.values().map(|it| it.0).min().unwrap();
        assert!(found.least_moves <= least, "{}", say(0));
        exact += usize::from(found.least_moves == least);
        several += usize::from(found.points.len() > 1);
        drawn += 1;
    }
    assert!(other * 10 < same, "{other} and {same}");
    [drawn, exact, several]
}

#[test]
fn fewer_clusters_take_what_all_placements_under_rules_say() {
    let [drawn, exact, several] = frontiers(0..60, true, false);
    assert!(drawn > 40 && exact * 2 > drawn && several > 5, "{exact} and {several} of {drawn}");
}

#[test]
fn fewer_clusters_take_what_all_placements_of_splits_say() {
    let [drawn, exact, several] = frontiers(0..60, false, true);
    assert!(drawn > 40 && exact * 2 > drawn && several > 5, "{exact} and {several} of {drawn}");
}

#[test]
fn fewer_clusters_take_what_all_placements_of_splits_under_rules_say() {
    let [drawn, exact, several] = frontiers(200..215, true, true);
    assert!(drawn > 8 && exact * 3 > drawn && several > 0, "{exact} and {several} of {drawn}");
}

/// A green field of three clusters at most in each region.
struct Field {
    loads: Vec<Load>,
    room: u64,
    rules: Rules,
    of_regions: usize,
}

impl Field {
    fn draw(seed: u64, ruled: bool, splits: bool) -> Self {
        let random = &mut Random::new(seed ^ 7_000);
        let of_regions = if ruled { 2 } else { 1 };
        let load = |random: &mut Random, at: usize| {
            let split = splits && (at == 0 || random.chance(500));
            let replicas = 1 + random.below(if split { 3 } else { 4 });
            // up to threefold
            let most = split.then(|| if random.chance(600) { ANY } else { 1 + random.below(3) });
            let copies = if split { 1 } else { 1 + random.index(2) };
            Load { cpu: 1 + random.below(2), replicas, copies, split: most, runs_in: Vec::new(), cost: 1 }
        };
        let loads: Vec<Load> = (0..2 + random.index(2)).map(|at| load(random, at)).collect();
        let rules = if ruled { Rules::draw(&loads, random) } else { Rules::default() };
        Self { loads, room: 6 + random.below(8), rules, of_regions }
    }

    fn document(&self) -> String {
        let rows: Vec<Value> = self.loads.iter().enumerate().map(|(name, load)| load.row(name)).collect();
        let template = json!({"name": "t", "allocatable": {"cpu": self.room, "memory": "1Gi"}});
        let mut whole = json!({"schema": "tenantry/v1", "asOf": "2026-11-23", "workloads": rows, "policy": self.rules.document(),
            "tenants": [{"name": "t", "trust": "trusted", "splitNamespaces": true}], "clusterTemplates": [template]});
        if self.of_regions > 1 {
            let region = |at: usize| json!({"name": format!("r{at}"), "maxClusters": 3});
            whole["regions"] = (0..self.of_regions).map(region).collect();
            whole["defaults"] = json!({"regions": "all"});
        } else {
            whole["clusterTemplates"][0]["maxCount"] = json!(3);
        }
        whole.to_string()
    }

    /// The fewest clusters with so many hundredths of the replicas.
    fn fewest(&self, hundredths: u64, room: u64) -> Option<usize> {
        let grown = |load: &Load| {
            let replicas = (load.replicas * hundredths).div_ceil(100);
            Load { replicas, runs_in: Vec::new(), split: load.split, ..*load }
        };
        let loads = self.loads.iter().map(grown).collect();
        let model = Model {
            loads,
            rooms: Vec::new(),
            regions: Vec::new(),
            template: room,
            prices: None,
            rules: self.rules.clone(),
            of_regions: self.of_regions,
        };
        model.all().first_key_value().map(|(&clusters, _)| clusters)
    }
}

/// How many rises were compared, how many of them are exact, and how many were found to come of too little cpu.
fn growths(seeds: std::ops::Range<u64>, ruled: bool, splits: bool) -> [usize; 3] {
    let [mut rises, mut exact, mut by_cpu] = [0; 3];
    for seed in seeds {
        let field = Field::draw(seed, ruled, splits);
        let document = field.document();
        // the same replicas are the same fleet
        let mut known: BTreeMap<Vec<u64>, Option<usize>> = BTreeMap::new();
        let mut at = |hundredths: u64| {
            let key = field.loads.iter().map(|load| (load.replicas * hundredths).div_ceil(100)).collect();
            *known.entry(key).or_insert_with(|| field.fewest(hundredths, field.room))
        };
        if at(100).is_none() {
            continue;
        }
        let fleet = Fleet::from_json(&document).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{document}"));
        let options = GrowOptions { up_to: "2".parse().unwrap(), rises: 100, ..GrowOptions::default() };
        let growth = fleet.grow(&options).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{document}"));
        let part = &growth.parts[0];
        let say = || format!("seed {seed}: {growth:?}\n{document}");
        let whole = |factor: f64| (factor * 100.0).round() as u64;
        let mut from = at(100);
        for rise in &part.rises {
            let lasts = (100..=200).rev().find(|&it| at(it).is_some_and(|it| Some(it) <= from)).unwrap();
            assert_eq!((Some(usize::try_from(rise.from).unwrap()), whole(rise.lasts_to)), (from, lasts), "{}", say());
            if let Some(needed) = rise.needed_from.map(whole) {
                assert!(needed > lasts && at(needed).is_none_or(|it| Some(it) > from), "{}", say());
                exact += usize::from(needed == lasts + 1);
            }
            assert_eq!(rise.exact, rise.needed_from.map(whole) == Some(lasts + 1), "{}", say());
            if rise.breaks.iter().any(|it| it.what == BrokenWhat::Resource && it.name == "cpu") {
                let without = field.fewest(whole(rise.after.factor), 1_000_000);
                assert!(without.is_some_and(|it| Some(it) <= from), "{without:?} {}", say());
                by_cpu += 1;
            }
            from = (lasts + 1..=200).find_map(&mut at);
            rises += 1;
        }
        if part.complete {
            let last = (100..=200).rev().find_map(&mut at);
            assert!(part.rises.last().is_none_or(|it| it.after.clusters.is_none()) || last >= from, "{}", say());
        }
    }
    [rises, exact, by_cpu]
}

#[test]
fn a_fleet_under_rules_grows_as_far_as_all_placements_say() {
    let [rises, exact, by_cpu] = growths(0..30, true, false);
    assert!(rises > 10 && exact * 2 > rises && by_cpu > 3, "{exact} and {by_cpu} of {rises}");
}

#[test]
fn a_fleet_with_splits_grows_as_far_as_all_placements_say() {
    let [rises, exact, by_cpu] = growths(0..30, false, true);
    assert!(rises > 10 && exact * 2 > rises && by_cpu > 3, "{exact} and {by_cpu} of {rises}");
}

#[test]
fn a_fleet_with_splits_under_rules_grows_as_far_as_all_placements_say() {
    let [rises, exact, by_cpu] = growths(200..220, true, true);
    assert!(rises > 5 && exact * 2 > rises && by_cpu > 1, "{exact} and {by_cpu} of {rises}");
}
