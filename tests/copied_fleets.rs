//! What fewer clusters take, and how far a fleet can grow, where workloads have copies: against all placements that there are.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tenantry::engine::Silent;
use tenantry::engine::random::Random;
use tenantry::report::FrontierFigure;
use tenantry::{Fleet, FrontierOptions, GrowOptions, frontier};

struct Load {
    cpu: u64,
    replicas: u64,
    tenant: usize,
    copies: usize,
    survive: usize,
    runs_in: Vec<usize>,
    cost: u64,
}

impl Load {
    /// What a copy takes with so many replicas.
    fn copy(&self, replicas: u64) -> u64 {
        self.cpu * replicas.div_ceil((self.copies - self.survive) as u64)
    }

    fn row(&self, name: usize) -> Value {
        json!({"name": format!("w{name}"), "tenant": format!("t{}", self.tenant), "replicas": self.replicas,
            "copies": {"count": self.copies, "survive": self.survive}, "requests": {"cpu": self.cpu, "memory": "1"}})
    }
}

fn size(cpu: u64) -> Value {
    json!({"cpu": cpu.to_string(), "memory": "1Gi"})
}

fn tenants(apart: bool) -> Value {
    let distrusts = if apart { json!(["t1"]) } else { json!([]) };
    json!([{"name": "t0", "trust": "trusted", "distrusts": distrusts}, {"name": "t1", "trust": "trusted"}])
}

/// Calls `each` with every way to give each load so many different places.
fn ways(copies: &[usize], places: usize, chosen: &mut Vec<Vec<usize>>, each: &mut dyn FnMut(&[Vec<usize>])) {
    let Some(&count) = copies.get(chosen.len()) else { return each(chosen) };
    for set in 0..1u32 << places {
        if set.count_ones() as usize == count {
            chosen.push((0..places).filter(|&place| set & (1 << place) != 0).collect());
            ways(copies, places, chosen, each);
            chosen.pop();
        }
    }
}

/// Existing clusters, the template, and its price.
struct Model {
    loads: Vec<Load>,
    rooms: Vec<u64>,
    drained: Vec<bool>,
    template: u64,
    prices: Option<Vec<u64>>,
    apart: bool,
}

impl Model {
    fn draw(seed: u64) -> Self {
        let random = &mut Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 31);
        let existing = 3;
        let mut left = 4;
        let mut loads = Vec::new();
        while left > 0 && loads.len() < 3 {
            let copies = (1 + random.index(2)).min(left);
            left -= copies;
            let mut runs_in: Vec<usize> = (0..existing).filter(|_| random.chance(650)).collect();
            runs_in.truncate(copies + 1);
            loads.push(Load {
                cpu: 1 + random.below(4),
                replicas: 1 + random.below(2),
                tenant: random.index(2),
                copies,
                survive: random.index(copies),
                runs_in,
                cost: 1 + random.below(2),
            });
        }
        Self {
            loads,
            rooms: (0..existing).map(|_| 6 + random.below(8)).collect(),
            drained: (0..existing).map(|_| random.chance(150)).collect(),
            template: 8 + random.below(4),
            prices: random.chance(500).then(|| (0..=existing).map(|_| 1 + random.below(9)).collect()),
            apart: random.chance(300),
        }
    }

    fn document(&self) -> String {
        let mut template = json!({"name": "standard", "allocatable": size(self.template)});
        let mut clusters: Vec<Value> = (0..self.rooms.len())
            .map(|at| json!({"name": format!("c{at}"), "allocatable": size(self.rooms[at])}))
            .collect();
        for (at, row) in clusters.iter_mut().enumerate() {
            if self.drained[at] {
                row["mode"] = json!("drain");
            }
            if let Some(prices) = &self.prices {
                row["cost"] = json!(prices[at]);
                template["cost"] = json!(prices[self.rooms.len()]);
            }
        }
        let row = |(name, load): (usize, &Load)| {
            let mut row = load.row(name);
            row["runsIn"] = load.runs_in.iter().map(|at| json!(format!("c{at}"))).collect();
            row["moveCost"] = json!(load.cost);
            row
        };
        let rows: Vec<Value> = self.loads.iter().enumerate().map(row).collect();
        json!({"schema": "tenantry/v1", "asOf": "2026-11-23", "workloads": rows, "existingClusters": clusters,
            "clusterTemplates": [template], "tenants": tenants(self.apart)})
        .to_string()
    }

    /// By number of clusters, the fewest moves and the least cost of placements with exactly so many.
    fn all(&self) -> BTreeMap<usize, (u64, u64)> {
        let copies: Vec<usize> = self.loads.iter().map(|load| load.copies).collect();
        let places = self.rooms.len() + copies.iter().sum::<usize>();
        let mut best = BTreeMap::new();
        ways(&copies, places, &mut Vec::new(), &mut |homes| {
            if let Some((clusters, moves, cost)) = self.value(homes) {
                let known = best.entry(clusters).or_insert((moves, cost));
                *known = (known.0.min(moves), known.1.min(cost));
            }
        });
        best
    }

    fn value(&self, homes: &[Vec<usize>]) -> Option<(usize, u64, u64)> {
        let existing = self.rooms.len();
        let mut there: BTreeMap<usize, Vec<&Load>> = BTreeMap::new();
        for (load, homes) in self.loads.iter().zip(homes) {
            homes.iter().for_each(|&home| there.entry(home).or_default().push(load));
        }
        let mut cost = 0;
        for (&place, loads) in &there {
            let room = self.rooms.get(place).copied().unwrap_or(self.template);
            let tenants: BTreeSet<usize> = loads.iter().map(|load| load.tenant).collect();
            if self.drained.get(place) == Some(&true)
                || loads.iter().map(|load| load.copy(load.replicas)).sum::<u64>() > room
                || (self.apart && tenants.len() > 1)
            {
                return None;
            }
            cost += self.prices.as_ref().map_or(0, |prices| prices[place.min(existing)]);
        }
        let moved = |(load, homes): (&Load, &Vec<usize>)| {
            let stay = load.runs_in.iter().filter(|at| homes.contains(at)).count();
            load.cost * (load.copies.min(load.runs_in.len()) - stay) as u64
        };
        Some((there.len(), self.loads.iter().zip(homes).map(moved).sum(), cost))
    }
}

#[test]
fn fewer_clusters_take_what_all_placements_say() {
    let (mut drawn, mut exact, mut several) = (0, 0, 0);
    for seed in 0..120 {
        let model = Model::draw(seed);
        let all = model.all();
        let text = model.document();
        let Some((&fewest, _)) = all.first_key_value() else { continue };
        let fleet = Fleet::from_json(&text).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
        let found = frontier(&fleet, &FrontierOptions::default(), &Silent).unwrap();
        let used: BTreeSet<usize> = model.loads.iter().flat_map(|load| &load.runs_in).copied().collect();
        let say = |clusters: u64| format!("seed {seed}, {clusters} clusters: {found:?}\n{text}");
        assert_eq!(found.points.len(), used.len().max(fewest) - fewest + 1, "{}", say(0));
        for point in &found.points {
            let within = || all.range(..=usize::try_from(point.clusters).unwrap()).map(|(_, values)| values);
            let holds = |it: &FrontierFigure, least: u64| {
                assert_eq!(it.value.unwrap().value(), least as f64, "{}", say(point.clusters));
                assert!(it.bound.unwrap().value() <= least as f64, "{}", say(point.clusters));
            };
            holds(&point.moves, within().map(|it| it.0).min().unwrap());
            assert_eq!(point.cost.is_some(), model.prices.is_some());
            point.cost.iter().for_each(|cost| holds(cost, within().map(|it| it.1).min().unwrap()));
        }
        let least = all.values().map(|it| it.0).min().unwrap();
        assert!(found.least_moves <= least, "{}", say(0));
        exact += usize::from(found.least_moves == least);
        several += usize::from(found.points.len() > 1);
        drawn += 1;
    }
    assert!(drawn > 80 && exact * 10 > drawn * 8 && several > 20, "{exact} and {several} of {drawn}");
}

/// The fewest clusters of the template, at most four; by all placements.
fn fewest(takes: &[(u64, usize)], room: u64, known: &mut BTreeMap<Vec<(u64, usize)>, Option<usize>>) -> Option<usize> {
    *known.entry(takes.to_vec()).or_insert_with(|| {
        let copies: Vec<usize> = takes.iter().map(|&(_, copies)| copies).collect();
        (1..=4).find(|&places| {
            let mut fits = false;
            ways(&copies, places, &mut Vec::new(), &mut |homes| {
                let load = |place: usize| -> u64 {
                    takes.iter().zip(homes).filter(|(_, homes)| homes.contains(&place)).map(|((cpu, _), _)| cpu).sum()
                };
                fits = fits || (0..places).all(|place| load(place) <= room);
            });
            fits
        })
    })
}

#[test]
fn a_fleet_grows_as_far_as_all_placements_say() {
    let mut rises = 0;
    for seed in 0..25 {
        let random = &mut Random::new(seed ^ 7);
        let loads: Vec<Load> = (0..2 + random.index(2))
            .map(|_| {
                let copies = 1 + random.index(3);
                let (cpu, replicas) = (1 + random.below(2), 1 + random.below(4));
                let survive = random.index(copies);
                Load { cpu, replicas, tenant: 0, copies, survive, runs_in: Vec::new(), cost: 1 }
            })
            .collect();
        let room = 6 + random.below(8);
        let rows: Vec<Value> = loads.iter().enumerate().map(|(name, load)| load.row(name)).collect();
        let document = json!({"schema": "tenantry/v1", "asOf": "2026-11-23", "tenants": tenants(false), "workloads": rows,
            "clusterTemplates": [{"name": "t", "allocatable": size(room), "maxCount": 4}]});
        let mut known = BTreeMap::new();
        let mut at = |hundredths: u64| {
            let takes: Vec<(u64, usize)> =
                loads.iter().map(|load| (load.copy((load.replicas * hundredths).div_ceil(100)), load.copies)).collect();
            fewest(&takes, room, &mut known)
        };
        if at(100).is_none() {
            continue;
        }
        let fleet = Fleet::from_json(&document.to_string()).unwrap_or_else(|error| panic!("{error}\n{document}"));
        let options = GrowOptions { up_to: "3".parse().unwrap(), rises: 100, ..GrowOptions::default() };
        let growth = fleet.grow(&options).unwrap();
        let part = &growth.parts[0];
        let told: Vec<(u64, Option<u64>)> =
            part.rises.iter().map(|it| ((it.lasts_to * 100.0).round() as u64, it.after.clusters)).collect();
        let mut wanted = Vec::new();
        for hundredths in 100..300 {
            let (now, next) = (at(hundredths), at(hundredths + 1));
            if now.is_some() && now != next {
                wanted.push((hundredths, next.map(|it| it as u64)));
            }
        }
        assert!(part.complete && part.rises.iter().all(|it| it.exact), "seed {seed}: {growth:?}\n{document}");
        assert_eq!(told, wanted, "seed {seed}: {growth:?}\n{document}");
        let pods: u64 = loads.iter().map(|load| load.copies as u64 * load.copy(load.replicas) / load.cpu).sum();
        assert_eq!(part.pods, pods);
        rises += wanted.len();
    }
    assert!(rises > 20, "{rises}");
}
