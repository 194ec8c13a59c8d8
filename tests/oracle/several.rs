//! Workloads in several clusters, drawn around a fleet: copies, splits, groups of one region and named workloads kept apart,
//! and what is amiss with them, straight from the definitions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tenantry::engine::random::Random;

use crate::model::Model;

/// What a workload says of the clusters it is in.
#[derive(Clone, Copy, PartialEq)]
pub enum Says {
    Nothing,
    /// How many, at most so many in a region, and whether all of them are full.
    Copies {
        count: u64,
        in_a_region: Option<u64>,
        full: bool,
    },
    /// One in each of so many regions.
    Each {
        regions: u64,
    },
    Split {
        most: Option<u64>,
    },
}

/// Rule, cluster and workload of a violation.
pub type Found = BTreeMap<(String, String, String), u64>;

#[derive(Default)]
pub struct Several {
    pub says: Vec<Says>,
    /// Two workloads of which all stands in one region.
    pub near: Option<[usize; 2]>,
    /// Two workloads that are kept in different clusters, or (`true`) regions.
    pub apart: Option<([usize; 2], bool)>,
}

impl Several {
    /// Every group of workloads that must be together says the same. `allowed`: in how many regions each workload may be, where
    /// there are any.
    pub fn draw(model: &Model, groups: &[Vec<usize>], allowed: Option<&[u64]>, random: &mut Random) -> Self {
        let count = model.workloads.len();
        let mut unit: Vec<usize> = (0..count).collect();
        for members in groups {
            let to = members.iter().map(|&it| unit[it]).min().unwrap();
            let from: BTreeSet<usize> = members.iter().map(|&it| unit[it]).collect();
            unit.iter_mut().filter(|it| from.contains(it)).for_each(|it| *it = to);
        }
        let mut says = vec![Says::Nothing; count];
        for first in 0..count {
            let members: Vec<usize> = (0..count).filter(|&it| unit[it] == first).collect();
            let platform = members.iter().any(|&it| model.workloads[it].per_cluster);
            if members.is_empty() || platform || random.chance(450) {
                continue;
            }
            let regions: Option<BTreeSet<u64>> = allowed.map(|allowed| members.iter().map(|&it| allowed[it]).collect());
            let said = match (&regions, random.below(4)) {
                (_, 0) if members.len() == 1 => Says::Split { most: random.chance(500).then(|| 1 + random.below(3)) },
                (Some(regions), 1) if regions.len() == 1 => Says::Each { regions: *regions.first().unwrap() },
                (Some(regions), 2) => {
                    let most = 1 + random.below(2);
                    let room = most * regions.first().unwrap();
                    Says::Copies { count: 1 + random.below(room), in_a_region: Some(most), full: random.chance(500) }
                }
                _ => Says::Copies { count: 1 + random.below(3), in_a_region: None, full: random.chance(500) },
            };
            members.iter().for_each(|&it| says[it] = said);
        }
        let mut several = Self { says, near: None, apart: None };
        let mut pair = || -> Option<[usize; 2]> {
            let [a, b] = [random.index(count), random.index(count)];
            let placed = [a, b].iter().all(|&it| !model.workloads[it].per_cluster);
            (placed && unit[a] != unit[b] && random.chance(600)).then_some([a, b])
        };
        // a group of one region holds no more copies than may be in one, and nobody who is split
        let holds = |it: usize| match several.says[it] {
            Says::Nothing => true,
            Says::Copies { count, in_a_region, .. } => in_a_region.is_none_or(|most| count <= most),
            Says::Each { regions } => regions <= 1,
            Says::Split { .. } => false,
        };
        let near = pair().filter(|pair| allowed.is_some() && pair.iter().all(|&it| holds(it)));
        several.apart = pair().map(|pair| (pair, allowed.is_some() && near.is_none()));
        several.near = near;
        several
    }

    pub fn write(&self, model: &Model, document: &mut Value) {
        for (index, says) in self.says.iter().enumerate() {
            let row = &mut document["workloads"][index];
            match *says {
                Says::Nothing => {}
                Says::Copies { count, in_a_region: None, full: true } => row["copies"] = json!(count),
                Says::Copies { count, in_a_region, full } => {
                    row["copies"] = json!({"count": count});
                    if let Some(most) = in_a_region {
                        row["copies"]["spread"] = json!({"perRegion": most});
                    }
                    if !full {
                        row["copies"]["survive"] = json!(0);
                    }
                }
                Says::Each { .. } => row["copies"] = json!({"each": "region"}),
                Says::Split { most: None } => row["split"] = json!(true),
                Says::Split { most: Some(most) } => row["split"] = json!({"clusters": most}),
            }
        }
        let names = |pair: [usize; 2]| pair.map(|it| model.identity(it));
        let list = |document: &mut Value, key: &str, entry: Value| {
            if !document["policy"][key].is_array() {
                document["policy"][key] = json!([]);
            }
            document["policy"][key].as_array_mut().unwrap().push(entry);
        };
        if let Some(pair) = self.near {
            list(document, "together", json!({"id": "near", "members": names(pair), "in": "region"}));
        }
        if let Some((pair, wide)) = self.apart {
            let by = if wide { "region" } else { "cluster" };
            list(document, "apart", json!({"id": "far", "members": names(pair), "by": by}));
        }
    }

    /// Pods of a copy.
    pub fn pods(&self, model: &Model, workload: usize) -> u64 {
        let all = model.workloads[workload].replicas;
        match self.says[workload] {
            // as many as make all of them together
            Says::Copies { count, full: false, .. } => (0..).find(|pods| pods * count >= all).unwrap(),
            _ => all,
        }
    }

    pub fn copies(&self, workload: usize) -> u64 {
        match self.says[workload] {
            Says::Copies { count, .. } => count,
            Says::Each { regions } => regions,
            Says::Nothing | Says::Split { .. } => 1,
        }
    }

    pub fn is_split(&self, workload: usize) -> bool {
        matches!(self.says[workload], Says::Split { .. })
    }

    /// What is amiss with what runs today: `homes` are the clusters of each workload with its pods there, `region` that of each
    /// cluster (where there are any), `may` the regions where a workload may be.
    pub fn violations(
        &self,
        model: &Model,
        homes: &[Vec<(usize, u64)>],
        region: Option<&[usize]>,
        may: &dyn Fn(usize) -> Vec<usize>,
        short: &dyn Fn(usize) -> String,
    ) -> Found {
        let mut found = Found::new();
        let mut add = |rule: &str, cluster: String, who: String, figure: u64| {
            *found.entry((rule.to_owned(), cluster, who)).or_insert(0) += figure;
        };
        let in_region = |it: usize, at: usize| {
            homes[it].iter().filter(|(cluster, _)| region.is_some_and(|region| region[*cluster] == at)).count() as u64
        };
        for (it, homes) in homes.iter().enumerate().filter(|(_, homes)| !homes.is_empty()) {
            let run = homes.len() as u64;
            match self.says[it] {
                Says::Nothing => {}
                Says::Split { most } => {
                    let all: u64 = homes.iter().map(|(_, pods)| pods).sum();
                    let want = model.workloads[it].replicas;
                    if all != want {
                        add("replicas", String::new(), short(it), all.max(want) - all.min(want));
                    }
                    if most.is_some_and(|most| run > most) {
                        add("split", String::new(), short(it), run - most.unwrap());
                    }
                }
                Says::Copies { .. } | Says::Each { .. } => {
                    let want = self.copies(it);
                    if run != want {
                        add("copies", String::new(), short(it), run.max(want) - run.min(want));
                    }
                    for at in 0..2 {
                        let here = in_region(it, at);
                        let most = match self.says[it] {
                            Says::Copies { in_a_region, .. } => in_a_region.unwrap_or(u64::MAX),
                            _ => 1,
                        };
                        if here > most {
                            add("spread", String::new(), short(it), here - most);
                        }
                        let each = matches!(self.says[it], Says::Each { .. });
                        if each && here == 0 && may(it).contains(&at) {
                            add("spread", String::new(), short(it), 1);
                        }
                    }
                }
            }
        }
        if let Some(pair) = self.near
            && (0..2).all(|at| pair.iter().any(|&it| in_region(it, at) > 0))
        {
            add("together:near", String::new(), String::new(), 1);
        }
        if let Some((pair, wide)) = self.apart {
            let clusters = homes.iter().flatten().map(|(cluster, _)| cluster + 1).max().unwrap_or(0);
            for cluster in 0..clusters {
                let there = |it: usize| homes[it].iter().any(|&(home, _)| home == cluster);
                if !wide && there(pair[0]) && there(pair[1]) {
                    pair.iter().for_each(|&it| add("apart:far", format!("c{cluster}"), short(it), 1));
                }
            }
            for at in 0..2 {
                if wide && pair.iter().all(|&it| in_region(it, at) > 0) {
                    pair.iter().for_each(|&it| add("apart:far", String::new(), short(it), 1));
                }
            }
        }
        found
    }

    /// Workloads that the loss of these clusters leaves with fewer pods than their replicas, the pods that are gone, and those
    /// that are left of the former.
    pub fn loss(&self, model: &Model, homes: &[Vec<(usize, u64)>], gone: &dyn Fn(usize) -> bool) -> (u64, u64, u64) {
        let (mut short, mut pods, mut left) = (0, 0, 0);
        for (it, homes) in homes.iter().enumerate() {
            let lost: u64 = homes.iter().filter(|(cluster, _)| gone(*cluster)).map(|(_, pods)| pods).sum();
            let rest: u64 = homes.iter().filter(|(cluster, _)| !gone(*cluster)).map(|(_, pods)| pods).sum();
            pods += lost;
            if lost > 0 && rest < model.workloads[it].replicas {
                short += 1;
                left += rest;
            }
        }
        (short, pods, left)
    }
}
