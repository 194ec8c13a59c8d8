//! Clusters that cost, and nodes that do: random small fleets with several templates against all plans that there are. No bound on
//! the cost is false.

use crate::partitions;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenantry::engine::{Options, Silent, Verdict, random::Random};
use tenantry::plan::{Figure, PlanStatus};
use tenantry::{Fleet, PlanOptions, Ruling, certificate};

struct Template {
    cpu: u64,
    memory: u64,
    min: u64,
    max: u64,
    price: u64,
    per_node: u64,
}

/// Tenant, pods, cores, gibibytes.
type Job = (usize, u64, u64, u64);

struct Model {
    /// Whether it shares with others.
    tenants: Vec<bool>,
    jobs: Vec<Job>,
    templates: Vec<Template>,
    objective: Vec<&'static str>,
}

impl Model {
    fn draw(seed: u64) -> Self {
        let random = &mut Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x90de);
        let tenants: Vec<bool> = (0..1 + random.index(3)).map(|_| random.chance(500)).collect();
        let jobs = (0..2 + random.index(4))
            .map(|_| (random.index(tenants.len()), 1 + random.below(3), 1 + random.below(3), random.below(3)))
            .collect();
        let templates = (0..1 + random.index(3))
            .map(|_| {
                let (max, min) = (2 + random.below(6), if random.chance(200) { 1 } else { 0 });
                let (price, per_node) = ([0, 1, 3, 10][random.index(4)], 1 + random.below(6));
                Template { cpu: 3 + random.below(6), memory: 3 + random.below(6), min, max, price, per_node }
            })
            .collect();
        let objective = [&["cost"][..], &["clusters", "cost"], &["cost", "clusters"]][random.index(3)].to_vec();
        Self { tenants, jobs, templates, objective }
    }

    fn document(&self) -> Value {
        let tenant = |(index, &shares): (usize, &bool)| {
            let trust = if shares { "trusted" } else { "untrusted" };
            json!({"name": format!("t{index}"), "trust": trust})
        };
        let job = |(index, &(tenant, replicas, cpu, memory)): (usize, &Job)| {
            json!({"name": format!("w{index}"), "tenant": format!("t{tenant}"), "replicas": replicas,
                   "requests": {"cpu": cpu, "memory": format!("{memory}Gi")}})
        };
        let template = |(index, it): (usize, &Template)| {
            json!({"name": format!("k{index}"), "cost": {"cluster": it.price, "perNode": it.per_node},
                   "nodePools": [{"name": "base", "allocatable": {"cpu": it.cpu, "memory": format!("{}Gi", it.memory)},
                                  "min": it.min, "max": it.max}]})
        };
        json!({"schema": "tenantry/v1", "asOf": "2026-11-26", "objective": self.objective,
            "tenants": self.tenants.iter().enumerate().map(tenant).collect::<Vec<Value>>(),
            "workloads": self.jobs.iter().enumerate().map(job).collect::<Vec<Value>>(),
            "clusterTemplates": self.templates.iter().enumerate().map(template).collect::<Vec<Value>>()})
    }

    /// What a cluster of these workloads costs at least; `None` where there can be none.
    fn cost(&self, block: &[usize]) -> Option<u64> {
        let apart = |a: usize, b: usize| {
            let (a, b) = (self.jobs[a].0, self.jobs[b].0);
            a != b && !(self.tenants[a] && self.tenants[b])
        };
        if block.iter().any(|&a| block.iter().any(|&b| apart(a, b))) {
            return None;
        }
        let mut pods: Vec<(u64, u64)> = Vec::new();
        for &it in block {
            let (_, replicas, cpu, memory) = self.jobs[it];
            (0..replicas).for_each(|_| pods.push((cpu, memory)));
        }
        pods.sort_unstable_by(|a, b| b.cmp(a));
        let of = |it: &Template| {
            let nodes = (0..=it.max).find(|&nodes| packs(&pods, &mut vec![(it.cpu, it.memory); nodes as usize], 0))?;
            Some(it.price + it.per_node * nodes.max(it.min))
        };
        self.templates.iter().filter_map(of).min()
    }

    /// Clusters and cost of the best plan, as the objective has it.
    fn best(&self) -> Option<(u64, u64)> {
        let mut known: BTreeMap<Vec<usize>, Option<u64>> = BTreeMap::new();
        let mut cost = |block: &[usize]| *known.entry(block.to_vec()).or_insert_with(|| self.cost(block));
        let mut all = Vec::new();
        partitions::each(self.jobs.len(), &mut |_| true, &mut |blocks| {
            let sum = blocks.iter().map(|block| cost(block)).sum::<Option<u64>>();
            all.extend(sum.map(|sum| (blocks.len() as u64, sum)));
        });
        let first = self.objective[0] == "clusters";
        all.into_iter().min_by_key(|&(clusters, cost)| if first { (clusters, cost) } else { (cost, clusters) })
    }
}

/// Whether these pods, largest first, go onto these nodes.
fn packs(pods: &[(u64, u64)], nodes: &mut Vec<(u64, u64)>, at: usize) -> bool {
    let Some(&(cpu, memory)) = pods.get(at) else { return true };
    for node in 0..nodes.len() {
        let (free, room) = nodes[node];
        if free < cpu || room < memory || nodes[..node].contains(&(free, room)) {
            continue;
        }
        nodes[node] = (free - cpu, room - memory);
        let found = packs(pods, nodes, at + 1);
        nodes[node] = (free, room);
        if found {
            return true;
        }
    }
    false
}

fn options() -> PlanOptions {
    PlanOptions { solver: Options { threads: Some(1), ..Options::default() }, ..PlanOptions::default() }
}

#[test]
fn no_bound_on_the_cost_is_false() {
    let (mut with_plan, mut best, mut proved, mut short) = (0, 0, 0, 0);
    for seed in 0..600 {
        let model = Model::draw(seed);
        let document = model.document();
        let least = model.best();
        let planned = Fleet::from_json(&document.to_string())
            .ok()
            .and_then(|fleet| Some((tenantry::plan_with_proof(&fleet, &options(), &Silent).ok()?, fleet)));
        let Some((found, fleet)) = planned else {
            assert_eq!(least, None, "seed {seed}\n{document}");
            continue;
        };
        let plan = &found.plan;
        let least = least.unwrap_or_else(|| panic!("seed {seed}: {:?}\n{document}", plan.summary));
        assert_eq!(fleet.check(plan).unwrap().ruling(), Ruling::Legal, "seed {seed}\n{document}");
        let file = certificate::write(&found).unwrap();
        let read = certificate::read(file.as_bytes()).unwrap();
        let verdict = certificate::check_certificate(&fleet, plan, &read, None, 50_000_000).unwrap();
        assert!(!matches!(verdict, Verdict::Refuted { .. }), "seed {seed}: {verdict:?}\n{document}");
        let levels: Vec<(u64, Option<u64>)> = plan
            .levels
            .iter()
            .map(|level| (level.value.unwrap().value() as u64, level.bound.map(|it: Figure| it.value() as u64)))
            .collect();
        let mut held = true;
        for (level, &(value, bound)) in plan.levels.iter().zip(&levels) {
            let truth = if level.objective.name() == "cost" { least.1 } else { least.0 };
            // what a later level states is of the plans that are as good before
            if held {
                assert!(
                    value >= truth && bound.is_none_or(|bound| bound <= truth),
                    "seed {seed}: {levels:?} {least:?}\n{document}"
                );
            }
            held &= value == truth;
            if level.objective.name() == "cost" {
                best += u64::from(held);
                proved += u64::from(level.status == PlanStatus::Optimal);
                short += truth - bound.unwrap_or(0).min(truth);
            }
        }
        with_plan += 1;
    }
    println!("{with_plan} plans, {best} of the least cost, {proved} proved, {short} short of the least cost in all");
    assert!(with_plan > 400 && best * 10 > with_plan * 9, "{best} of {with_plan} are the best");
    assert!(proved * 2 > with_plan, "{proved} of {with_plan} are proved");
}

/// Two templates: dear clusters with cheap nodes, and the reverse.
fn two(jobs: &[(&str, u64)]) -> Value {
    let tenants: Vec<Value> = jobs.iter().map(|(name, _)| json!({"name": name, "trust": "untrusted"})).collect();
    let workloads: Vec<Value> = jobs
        .iter()
        .map(|(name, pods)| {
            json!({"name": "web", "tenant": name, "replicas": pods, "requests": {"cpu": 1, "memory": 0}})
        })
        .collect();
    let template = |name: &str, price: u64, per_node: u64| {
        json!({"name": name, "cost": {"cluster": price, "perNode": per_node},
               "nodePools": [{"name": "base", "allocatable": {"cpu": 4, "memory": "1Gi"}, "max": 20}]})
    };
    json!({"schema": "tenantry/v1", "objective": ["clusters", "cost"], "tenants": tenants, "workloads": workloads,
           "clusterTemplates": [template("dear", 10, 1), template("cheap", 1, 4)]})
}

#[test]
fn what_is_cheap_at_one_price_is_dear_at_the_other() {
    // 20 nodes: 10 + 20 beats 1 + 80; 1 node: 1 + 4 beats 10 + 1. Neither price alone says so
    let fleet = Fleet::from_json(&two(&[("large", 77), ("small", 3)]).to_string()).unwrap();
    let plan = tenantry::plan(&fleet, &options(), &Silent).unwrap();
    assert_eq!(plan.summary.cost, Some(30.0 + 5.0));
    assert_eq!(plan.summary.cost_lower_bound, Some(35.0), "{:?}", plan.levels);
    assert_eq!(plan.status, PlanStatus::Optimal);
}
