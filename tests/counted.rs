//! Maximums of namespaces and tenants: random small fleets against all plans that there are. No bound is false, and what is
//! proved is the fewest.

use crate::partitions;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tenantry::engine::{Options, Silent, Verdict, random::Random};
use tenantry::plan::{Plan, PlanProof, PlanStatus};
use tenantry::{Fleet, PlanOptions, Ruling, certificate};

struct Job {
    tenant: usize,
    /// A namespace of its own, or one of the two of its tenant.
    space: Option<usize>,
    cpu: u64,
    live: bool,
    copies: u64,
}

struct Template {
    cpu: u64,
    namespaces: Option<u64>,
    tenants: Option<u64>,
}

struct Model {
    /// Whether it shares with others, and whether its namespaces may be parted.
    tenants: Vec<(bool, bool)>,
    jobs: Vec<Job>,
    templates: Vec<Template>,
    separate: bool,
    /// Namespaces of the platform.
    everywhere: u64,
}

impl Model {
    fn draw(seed: u64) -> Self {
        let random = &mut Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xc0c0);
        let tenants: Vec<(bool, bool)> =
            (0..2 + random.index(3)).map(|_| (random.chance(800), random.chance(400))).collect();
        let jobs = (0..3 + random.index(4))
            .map(|_| Job {
                tenant: random.index(tenants.len()),
                space: random.chance(500).then(|| random.index(2)),
                cpu: 1 + random.below(3),
                live: random.chance(500),
                copies: 1,
            })
            .collect();
        let mut jobs: Vec<Job> = jobs;
        for job in &mut jobs {
            job.copies = if job.space.is_none() && random.chance(150) { 2 } else { 1 };
        }
        let templates = (0..1 + random.index(2))
            .map(|_| Template {
                cpu: 5 + random.below(20),
                namespaces: random.chance(600).then(|| 2 + random.below(3)),
                tenants: random.chance(600).then(|| 1 + random.below(2)),
            })
            .collect();
        Self { tenants, jobs, templates, separate: random.chance(300), everywhere: u64::from(random.chance(300)) }
    }

    fn namespace(&self, job: usize) -> String {
        let it = &self.jobs[job];
        it.space.map_or_else(|| format!("t{}-w{job}", it.tenant), |space| format!("t{}-shared-{space}", it.tenant))
    }

    fn document(&self, maximums: bool) -> Value {
        let tenant = |(index, &(shares, splits)): (usize, &(bool, bool))| json!({"name": format!("t{index}"), "trust": if shares { "trusted" } else { "untrusted" }, "splitNamespaces": splits});
        let mut tenants: Vec<Value> = self.tenants.iter().enumerate().map(tenant).collect();
        tenants.push(json!({"name": "platform", "trust": "trusted", "platform": true}));
        let job = |(index, it): (usize, &Job)| {
            json!({"name": format!("w{index}"), "tenant": format!("t{}", it.tenant), "namespace": self.namespace(index),
                   "requests": {"cpu": it.cpu, "memory": 0}, "copies": it.copies,
                   "attributes": {"stage": if it.live { "live" } else { "test" }}})
        };
        let mut workloads: Vec<Value> = self.jobs.iter().enumerate().map(job).collect();
        for index in 0..self.everywhere {
            workloads.push(json!({"name": format!("p{index}"), "tenant": "platform", "perCluster": true,
                                  "requests": {"cpu": 1, "memory": 0}}));
        }
        let template = |(index, it): (usize, &Template)| {
            let mut row = json!({"name": format!("k{index}"), "allocatable": {"cpu": it.cpu, "memory": "1Gi"}});
            for (what, most) in [("namespaces", it.namespaces), ("tenants", it.tenants)] {
                if let Some(most) = most.filter(|_| maximums) {
                    row["maximums"][what] = most.into();
                }
            }
            row
        };
        let mut whole = json!({"schema": "tenantry/v1", "asOf": "2026-11-26",
            "policy": {"attributes": {"stage": ["live", "test"]}}, "tenants": tenants, "workloads": workloads,
            "clusterTemplates": self.templates.iter().enumerate().map(template).collect::<Vec<Value>>()});
        if self.separate {
            whole["policy"]["separate"] = json!([{"by": "stage"}]);
        }
        whole
    }

    /// Who shares a cluster whatever happens; of several copies one group each.
    fn groups(&self) -> Vec<Vec<usize>> {
        let mut found: BTreeMap<(usize, String, usize), Vec<usize>> = BTreeMap::new();
        for (index, it) in self.jobs.iter().enumerate() {
            for copy in 0..it.copies as usize {
                let own = self.tenants[it.tenant].1.then_some(index);
                found.entry((copy, self.namespace(index), own.unwrap_or(0))).or_default().push(index);
            }
        }
        found.into_values().collect()
    }

    fn apart(&self, a: usize, b: usize) -> bool {
        let (first, second) = (&self.jobs[a], &self.jobs[b]);
        let strangers = first.tenant != second.tenant;
        let alone = !self.tenants[first.tenant].0 || !self.tenants[second.tenant].0;
        (strangers && alone) || (self.separate && first.live != second.live)
    }

    fn fits(&self, members: &[usize]) -> bool {
        let mut seen = BTreeSet::new();
        if !members.iter().all(|it| seen.insert(it)) {
            return false; // two copies of one
        }
        if members.iter().any(|&a| members.iter().any(|&b| a != b && self.apart(a, b))) {
            return false;
        }
        let spaces = members.iter().map(|&it| self.namespace(it)).collect::<BTreeSet<_>>().len() as u64;
        let tenants = members.iter().map(|&it| self.jobs[it].tenant).collect::<BTreeSet<_>>().len() as u64;
        let cpu = members.iter().map(|&it| self.jobs[it].cpu).sum::<u64>();
        self.templates.iter().any(|it| {
            cpu + self.everywhere <= it.cpu
                && it.namespaces.is_none_or(|most| spaces + self.everywhere <= most)
                && it.tenants.is_none_or(|most| tenants <= most)
        })
    }

    fn fewest(&self) -> Option<u64> {
        let groups = self.groups();
        let mut best = None;
        let mut fits = |block: &[usize]| self.fits(&partitions::members(block, &groups));
        partitions::each(groups.len(), &mut fits, &mut |blocks| {
            best = Some(best.map_or(blocks.len(), |best: usize| best.min(blocks.len())));
        });
        best.map(|best| best as u64)
    }
}

fn options() -> PlanOptions {
    PlanOptions { solver: Options { threads: Some(1), ..Options::default() }, ..PlanOptions::default() }
}

fn plan(document: &Value) -> Plan {
    tenantry::plan(&Fleet::from_json(&document.to_string()).unwrap(), &options(), &Silent).unwrap()
}

#[test]
fn every_plan_agrees() {
    let (mut with_plan, mut binding, mut proved, mut by_sums, mut exact) = (0, 0, 0, 0, 0);
    for seed in 0..1_000 {
        let model = Model::draw(seed);
        let document = model.document(true);
        let least = model.fewest();
        let Ok(fleet) = Fleet::from_json(&document.to_string()) else {
            assert_eq!(least, None, "seed {seed}\n{document}");
            continue;
        };
        let Ok(found) = tenantry::plan_with_proof(&fleet, &options(), &Silent) else {
            assert_eq!(least, None, "seed {seed}\n{document}");
            continue;
        };
        let plan = &found.plan;
        let least = least.unwrap_or_else(|| panic!("seed {seed}: {:?}\n{document}", plan.summary));
        assert_eq!(fleet.check(plan).unwrap().ruling(), Ruling::Legal, "seed {seed}\n{document}");
        let file = certificate::write(&found).unwrap();
        let read = certificate::read(file.as_bytes()).unwrap();
        let verdict = certificate::check_certificate(&fleet, plan, &read, None, 50_000_000).unwrap();
        assert!(matches!(verdict, Verdict::Verified { .. }), "seed {seed}: {verdict:?}\n{document}");
        let (bound, value) = (plan.summary.lower_bound, plan.summary.clusters.unwrap());
        assert!(bound <= least && least <= value, "seed {seed}: {bound} <= {least} <= {value}\n{document}");
        assert_eq!(plan.status == PlanStatus::Optimal, bound == value, "seed {seed}");
        // what is forgotten is said, and what is not said is known
        if plan.levels[0].forgot.is_empty() {
            assert_eq!(
                (plan.status, plan.proof),
                (PlanStatus::Optimal, PlanProof::Certified),
                "seed {seed}\n{document}"
            );
            exact += 1;
        }
        with_plan += 1;
        let sums = tenantry::plan(&Fleet::from_json(&model.document(false).to_string()).unwrap(), &options(), &Silent);
        let sums = sums.unwrap().summary.lower_bound;
        assert!(sums <= bound, "seed {seed}: what knows more proves more\n{document}");
        binding += u64::from(sums < least);
        proved += u64::from(sums < least && bound == value);
        by_sums += u64::from(sums == value);
    }
    println!(
        "{with_plan} plans, {by_sums} proved by sums alone; of {binding} more {proved} are proved; {exact} forget nothing"
    );
    assert!(with_plan > 800 && binding > 200, "{with_plan} plans, {binding} with more clusters");
    assert!(proved * 20 >= binding * 17, "{proved} of {binding} are proved");
    assert!(exact * 2 > with_plan, "{exact} of {with_plan} forget nothing");
}

/// Workloads of so many tenants, each in a namespace of its own; two teams that refuse one another.
fn teams(spaces: u64, maximums: &Value) -> Value {
    let team = |name: &str| json!({"name": name, "trust": "untrusted"});
    let of = |name: &'static str| {
        (0..spaces)
            .map(move |index| json!({"name": format!("w{index}"), "tenant": name, "requests": {"cpu": 1, "memory": 0}}))
    };
    json!({"schema": "tenantry/v1", "tenants": [team("north"), team("south")],
           "workloads": of("north").chain(of("south")).collect::<Vec<Value>>(),
           "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 1_000, "memory": "1Gi"}, "maximums": maximums}]})
}

#[test]
fn counts_add_up_over_those_who_refuse_one_another() {
    // 7 namespaces each, 3 a cluster: 3 clusters for each team, though 14 are 5 times 3 at most
    let plan = plan(&teams(7, &json!({"namespaces": 3})));
    assert_eq!((plan.summary.clusters, plan.summary.lower_bound), (Some(6), 6));
    assert_eq!((plan.status, plan.proof), (PlanStatus::Optimal, PlanProof::Certified));
    assert!(plan.levels[0].forgot.is_empty());
    let why = &plan.summary.lower_bound_reason;
    assert!(why.contains("7 namespaces") && why.contains("takes 3"), "{why}");
}

#[test]
fn a_maximum_that_nobody_reaches_changes_nothing() {
    let none = plan(&teams(7, &json!({})));
    let text = |plan: &Plan| {
        let text = serde_json::to_string_pretty(plan).unwrap();
        text.lines().filter(|line| !line.contains("fleetDigest")).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(text(&none), text(&plan(&teams(7, &json!({"namespaces": 14, "tenants": 2})))));
    // a preset is its numbers
    let preset = plan(&teams(7, &json!({"preset": "gke"})));
    assert_eq!((&preset.levels, &preset.assignments), (&none.levels, &none.assignments));
}

#[test]
fn too_few_clusters_for_all_namespaces_are_none() {
    let mut document = teams(7, &json!({"namespaces": 3}));
    document["clusterTemplates"][0]["maxCount"] = json!(5);
    let plan = plan(&document);
    assert_eq!((plan.status, plan.proof), (PlanStatus::Infeasible, PlanProof::Certified));
    // 14 of them in 5 clusters of 3 would do: that the teams refuse one another is the reason
    document["clusterTemplates"][0]["maxCount"] = json!(4);
    let plan = self::plan(&document);
    assert!(plan.contradictions.iter().any(|it| it.contains("14 namespaces") && it.contains("take 12")), "{plan:?}");
}

#[test]
fn a_tenant_counts_once_however_many_units_it_has() {
    let tenants: Vec<Value> = (0..5).map(|it| json!({"name": format!("t{it}"), "trust": "trusted"})).collect();
    let job = |it: usize| json!({"name": format!("w{it}"), "tenant": format!("t{}", it % 5), "requests": {"cpu": 1, "memory": 0}});
    let document = json!({"schema": "tenantry/v1", "tenants": tenants, "workloads": (0..15).map(job).collect::<Vec<_>>(),
        "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 100, "memory": "1Gi"}, "maximums": {"tenants": 2}}]});
    let plan = plan(&document);
    assert_eq!((plan.summary.clusters, plan.summary.lower_bound), (Some(3), 3));
    assert_eq!(plan.proof, PlanProof::Certified);
    assert_eq!(plan.levels[0].forgot, ["maximums.tenants"], "a tenant has three units");
}
