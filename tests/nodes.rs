//! Plans of clusters with node pools against all assignments of workloads to clusters and of pods to nodes.

use crate::partitions;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tenantry::PlanOptions;
use tenantry::engine::{Options, Silent, random::Random};
use tenantry::plan::{Plan, PlanStatus};
use tenantry::{Error, Fleet};

struct Pool {
    cpu: u64,
    memory: u64,
    min: u64,
    max: u64,
    dedicated: bool,
}

struct Workload {
    cpu: u64,
    memory: u64,
    replicas: u64,
    dedicated: bool,
    tenant: usize,
}

/// One template of up to three pools, a few workloads, something on every node and something in every cluster.
struct Model {
    pools: Vec<Pool>,
    workloads: Vec<Workload>,
    agent: u64,
    everywhere: u64,
    apart: bool,
    most_nodes: Option<u64>,
    most_tenants: Option<u64>,
    most_pods: Option<u64>,
    /// Cores and pods that each of the three tenants takes once in a cluster.
    once: [(u64, u64); 3],
    price: u64,
    per_node: u64,
}

fn draw(seed: u64) -> Model {
    let random = &mut Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut pools: Vec<Pool> = (0..1 + random.index(2))
        .map(|_| {
            let max = 1 + random.below(2);
            Pool {
                cpu: 3 + random.below(6),
                memory: 3 + random.below(6),
                min: if random.chance(200) { 1 } else { 0 },
                max,
                dedicated: false,
            }
        })
        .collect();
    let dedicated = random.chance(300);
    if dedicated {
        pools.push(Pool { cpu: 4 + random.below(4), memory: 4, min: 0, max: 1, dedicated: true });
    }
    let workloads = (0..1 + random.below(5))
        .map(|_| Workload {
            cpu: 1 + random.below(3),
            memory: random.below(4),
            replicas: 1 + random.below(2),
            dedicated: dedicated && random.chance(350),
            tenant: random.index(3),
        })
        .collect();
    let mins: u64 = pools.iter().map(|pool| pool.min).sum();
    let mut model = Model {
        pools,
        workloads,
        agent: u64::from(random.chance(250)),
        everywhere: u64::from(random.chance(250)),
        apart: random.chance(250),
        most_nodes: random.chance(250).then(|| mins.max(1) + random.below(2)),
        most_tenants: random.chance(250).then(|| 1 + random.below(2)),
        most_pods: None,
        once: [(0, 0); 3],
        price: random.below(3),
        per_node: 1 + random.below(3),
    };
    if random.chance(300) {
        model.once = std::array::from_fn(|_| (random.below(4), random.below(3)));
        model.most_pods = random.chance(500).then(|| 3 + random.below(6));
    }
    model
}

fn document(model: &Model) -> String {
    let pools: Vec<Value> = model
        .pools
        .iter()
        .enumerate()
        .map(|(index, pool)| {
            json!({"name": format!("pool-{index}"), "allocatable": {"cpu": pool.cpu, "memory": pool.memory},
                   "min": pool.min, "max": pool.max, "dedicated": pool.dedicated})
        })
        .collect();
    let special = model.pools.iter().position(|pool| pool.dedicated);
    let mut workloads: Vec<Value> = model
        .workloads
        .iter()
        .enumerate()
        .map(|(index, it)| {
            let mut row = json!({"name": format!("w{index}"), "tenant": format!("t{}", it.tenant), "replicas": it.replicas,
                                 "requests": {"cpu": it.cpu, "memory": it.memory}});
            if it.dedicated {
                row["pool"] = format!("pool-{}", special.unwrap()).into();
            }
            row
        })
        .collect();
    if model.agent > 0 {
        workloads.push(
            json!({"name": "agent", "tenant": "platform", "perNode": true, "requests": {"cpu": model.agent, "memory": 0}}),
        );
    }
    if model.everywhere > 0 {
        workloads.push(
            json!({"name": "dns", "tenant": "platform", "perCluster": true, "requests": {"cpu": model.everywhere, "memory": 0}}),
        );
    }
    let tenant = |index: usize| {
        let sharing = if model.apart && index == 0 { "tenant" } else { "level" };
        let mut row = json!({"name": format!("t{index}"), "trust": "trusted", "sharing": sharing});
        if model.once[index] != (0, 0) {
            row["overhead"] = json!({"cpu": model.once[index].0, "pods": model.once[index].1});
        }
        row
    };
    let mut tenants: Vec<Value> = (0..3).map(tenant).collect();
    tenants.push(json!({"name": "platform", "trust": "trusted", "platform": true}));
    let mut maximums = json!({});
    if let Some(most) = model.most_nodes {
        maximums["nodes"] = most.into();
    }
    if let Some(most) = model.most_tenants {
        maximums["tenants"] = most.into();
    }
    if let Some(most) = model.most_pods {
        maximums["pods"] = most.into();
    }
    json!({"schema": "tenantry/v1", "asOf": "2026-11-23", "tenants": tenants, "workloads": workloads, "objective": ["clusters", "cost"],
           "clusterTemplates": [{"name": "t", "nodePools": pools, "maximums": maximums,
                                 "cost": {"cluster": model.price, "perNode": model.per_node}}]})
    .to_string()
}

/// The fewest nodes paid for by a cluster of these workloads; `None`: they do not fit.
fn nodes(model: &Model, members: &[usize]) -> Option<u64> {
    let tenants: BTreeSet<usize> = members.iter().map(|&it| model.workloads[it].tenant).collect();
    if model.most_tenants.is_some_and(|most| tenants.len() as u64 > most) {
        return None;
    }
    if model.apart && tenants.contains(&0) && tenants.len() > 1 {
        return None;
    }
    let mut pods: Vec<(u64, u64, bool)> = Vec::new();
    for &member in members {
        let it = &model.workloads[member];
        pods.extend((0..it.replicas).map(|_| (it.cpu, it.memory, it.dedicated)));
    }
    if model.everywhere > 0 {
        pods.push((model.everywhere, 0, false));
    }
    if model.pools.iter().any(|pool| pool.cpu < model.agent) {
        return None;
    }
    let once = |of: fn(&(u64, u64)) -> u64| tenants.iter().map(|&it| of(&model.once[it])).sum::<u64>();
    let ours = pods.iter().filter(|pod| !pod.2);
    if ours.clone().map(|pod| pod.0).sum::<u64>() + once(|it| it.0) > usable(model, 0, 0, 0) {
        return None;
    }
    let (most, pods_once) = (model.most_pods.unwrap_or(u64::MAX), once(|it| it.1));
    if ours.count() as u64 + pods_once > most {
        return None;
    }
    let spare = most.saturating_sub(pods.len() as u64 + pods_once);
    let mut room: Vec<(usize, u64, u64, bool)> = Vec::new();
    for (index, pool) in model.pools.iter().enumerate() {
        room.extend((0..pool.max).map(|_| (index, pool.cpu, pool.memory, false)));
    }
    room.iter_mut().for_each(|node| node.1 -= model.agent);
    let mut best = None;
    every(model, &pods, &mut room, spare, &mut best);
    best.filter(|&best| model.most_nodes.is_none_or(|most| best <= most))
}

/// The most cores that the nodes of the pools from `pool` on offer to what names no pool, `paid` nodes being counted.
fn usable(model: &Model, pool: usize, paid: u64, sum: u64) -> u64 {
    let Some(it) = model.pools.get(pool) else {
        return if model.most_nodes.is_none_or(|most| paid <= most) { sum } else { 0 };
    };
    let most = if it.dedicated { it.min } else { it.max };
    let each = if it.dedicated { 0 } else { it.cpu - model.agent };
    (it.min..=most).map(|nodes| usable(model, pool + 1, paid + nodes, sum + nodes * each)).max().unwrap_or(0)
}

/// `spare`: how many pods there may be beside those that are placed.
fn every(
    model: &Model,
    pods: &[(u64, u64, bool)],
    room: &mut Vec<(usize, u64, u64, bool)>,
    spare: u64,
    best: &mut Option<u64>,
) {
    let Some((&(cpu, memory, dedicated), rest)) = pods.split_first() else {
        if u64::from(model.agent > 0) * room.iter().filter(|node| node.3).count() as u64 > spare {
            return;
        }
        let used = |pool: usize| room.iter().filter(|node| node.0 == pool && node.3).count() as u64;
        let paid = model.pools.iter().enumerate().map(|(index, pool)| used(index).max(pool.min)).sum();
        *best = Some(best.map_or(paid, |best: u64| best.min(paid)));
        return;
    };
    for index in 0..room.len() {
        let before = room[index];
        if model.pools[before.0].dedicated != dedicated || before.1 < cpu || before.2 < memory {
            continue;
        }
        room[index] = (before.0, before.1 - cpu, before.2 - memory, true);
        every(model, rest, room, spare, best);
        room[index] = before;
    }
}

/// The fewest clusters, and the least cost with so many.
fn truth(model: &Model) -> Option<(u64, u64)> {
    let (found, mut best) = (RefCell::new(BTreeMap::new()), None);
    let nodes = |block: &[usize]| *found.borrow_mut().entry(block.to_vec()).or_insert_with_key(|it| nodes(model, it));
    partitions::each(model.workloads.len(), &mut |block| nodes(block).is_some(), &mut |blocks| {
        let cost = blocks.iter().map(|block| nodes(block).map(|nodes| model.price + nodes * model.per_node));
        if let Some(cost) = cost.sum::<Option<u64>>() {
            let found = (blocks.len() as u64, cost);
            best = Some(best.map_or(found, |best: (u64, u64)| best.min(found)));
        }
    });
    best
}

fn planned(document: &str) -> Result<Plan, Error> {
    let solver = Options { threads: Some(1), ..Options::default() };
    let options = PlanOptions { solver, ..PlanOptions::default() };
    tenantry::plan(&Fleet::from_json(document)?, &options, &Silent)
}

#[test]
fn every_assignment_agrees() {
    let (mut exact, mut all, mut refused, mut dearer) = (0, 0, 0, 0);
    for seed in 0..1_500 {
        let model = draw(seed);
        let document = document(&model);
        match (truth(&model), planned(&document)) {
            (None, Err(Error::Fleet(_))) => refused += 1,
            (Some((clusters, cost)), Ok(plan)) => {
                all += 1;
                let found = plan.summary.clusters.unwrap_or_else(|| panic!("seed {seed}: no plan\n{document}"));
                assert!(found >= clusters, "seed {seed}: {found} < {clusters}\n{document}");
                assert!(plan.summary.lower_bound <= clusters, "seed {seed}: {:?}\n{document}", plan.summary);
                if let Some(least) = plan.summary.cost_lower_bound {
                    assert!(least <= cost as f64, "seed {seed}: {least} > {cost}\n{document}");
                }
                if found == clusters {
                    exact += 1;
                    let paid = plan.summary.cost.unwrap();
                    assert!(paid >= cost as f64, "seed {seed}: {paid} < {cost}\n{document}");
                    dearer += u64::from(paid > cost as f64);
                }
                let met = plan.summary.lower_bound == found && plan.summary.cost_lower_bound == plan.summary.cost;
                assert_eq!(plan.status == PlanStatus::Optimal, met, "seed {seed}");
            }
            (truth, found) => panic!("seed {seed}: {truth:?}, {:?}\n{document}", found.map(|plan| plan.summary)),
        }
    }
    assert!(refused > 50, "{refused}");
    assert!(exact * 100 >= all * 97, "{exact} of {all} have the fewest clusters");
    assert!(dearer * 100 <= exact * 6, "{dearer} of {exact} cost more than they need");
}

/// One workload of many pods that one node holds a few of.
fn fleet(workloads: &str, pools: &str, more: &str) -> Result<Fleet, tenantry::FleetError> {
    Fleet::from_yaml(&format!(
        "schema: tenantry/v1\ntenants: [{{name: a, trust: trusted}}, {{name: p, trust: trusted, platform: true}}]\n\
         workloads: [{workloads}]\nclusterTemplates: [{{name: m, nodePools: [{pools}]{more}}}]\n"
    ))
}

#[test]
fn pods_that_find_no_node_are_an_error_with_both_figures() {
    let error = fleet(
        "{name: x, tenant: a, replicas: 7, requests: {cpu: 1100m, memory: 1Gi}}",
        "{name: base, allocatable: {cpu: 2, memory: 16Gi}, max: 5}",
        "",
    )
    .unwrap_err();
    assert_eq!(error.problems[0].code, "fits-no-template");
    assert!(error.problems[0].message.contains("7 pods"), "{error}");
    assert!(error.problems[0].message.contains("room for 5"), "{error}");
}

#[test]
fn a_number_of_nodes_that_is_wrong_says_nothing_of_what_fits() {
    let workload = "{name: x, tenant: a, replicas: 7, requests: {cpu: 1100m, memory: 1Gi}}, \
                    {name: dns, tenant: p, perCluster: true, requests: {cpu: 3, memory: 0}}";
    for (max, code) in [("many", "wrong-type"), ("\"5\"", "wrong-type"), ("-1", "bad-number"), ("0", "bad-number")] {
        let pool = format!("{{name: base, allocatable: {{cpu: 2, memory: 16Gi}}, min: 2, max: {max}}}");
        let error = fleet(workload, &pool, "").unwrap_err();
        assert_eq!((error.problems.len(), error.problems[0].code), (1, code), "{error}");
    }
    let error = fleet(workload, "{name: base, allocatable: {cpu: 2, memory: 16Gi}, min: 2}", "").unwrap_err();
    assert_eq!((error.problems.len(), error.problems[0].code), (1, "missing-key"), "{error}");
}

#[test]
fn sums_are_the_older_reading_and_named() {
    let plan = fleet(
        "{name: x, tenant: a, replicas: 7, requests: {cpu: 1100m, memory: 1Gi}}",
        "{name: base, allocatable: {cpu: 2, memory: 16Gi}, max: 5}",
        ", nodePacking: sums, cost: {cluster: 10, perNode: 2}",
    )
    .unwrap()
    .plan(&PlanOptions::default())
    .unwrap();
    assert_eq!(plan.summary.clusters, Some(1));
    assert_eq!(plan.summary.cost, Some(20.0), "all nodes are paid for");
    assert!(plan.not_covered.iter().any(|text| text.contains("`m`") && text.contains("nodePacking: sums")));
    assert!(plan.levels.iter().all(|level| level.forgot.is_empty()));
}

#[test]
fn nodes_cost_what_is_in_use() {
    let plan = fleet(
        "{name: x, tenant: a, replicas: 3, requests: {cpu: 1, memory: 1Gi}}, \
         {name: agent, tenant: p, perNode: true, requests: {cpu: 500m, memory: 0}}",
        "{name: base, allocatable: {cpu: 2, memory: 16Gi}, max: 40}, {name: reserve, allocatable: {cpu: 1, memory: 1Gi}, min: 2, max: 2}",
        ", cost: {cluster: 10, perNode: 2}",
    )
    .unwrap()
    .plan(&PlanOptions::default())
    .unwrap();
    let cluster = &plan.clusters.as_ref().unwrap()[0];
    assert_eq!((cluster.nodes, cluster.nodes_lower_bound), (Some(3), Some(3)));
    // three of 40, and two that are there anyway and hold none: half a core is taken on each
    assert_eq!(cluster.cost, Some(10.0 + 2.0 * 5.0));
    assert_eq!(plan.levels[0].forgot, ["nodes"]);
    // one agent on each node in use, one of three pods of x
    assert_eq!(cluster.blast_radius.pods, 3);
}

/// A node that is paid for anyway costs an agent as soon as it is used: two pods and an agent make three, with a second agent
/// four.
#[test]
fn pods_on_every_node_are_spared_where_pods_are_few() {
    let plan = fleet(
        "{name: x, tenant: a, replicas: 2, requests: {cpu: 2, memory: 0}}, \
         {name: agent, tenant: p, perNode: true, requests: {cpu: 1, memory: 0}}",
        "{name: large, allocatable: {cpu: 7, memory: 1Gi}, max: 1}, {name: small, allocatable: {cpu: 3, memory: 1Gi}, min: 1, max: 2}",
        ", maximums: {nodes: 2, pods: 3}",
    )
    .unwrap()
    .plan(&PlanOptions::default())
    .unwrap();
    assert_eq!((plan.summary.clusters, plan.summary.treated_as_not_fitting), (Some(1), 0));
    let pools = &plan.clusters.as_ref().unwrap()[0].pools;
    let used: Vec<_> = pools.iter().map(|pool| (pool.name.as_str(), pool.nodes)).collect();
    assert_eq!(used, [("large", Some(1)), ("small", Some(0))], "the small one is paid for and empty");
}

#[test]
fn a_dedicated_pool_is_for_those_who_name_it() {
    let pools = "{name: base, allocatable: {cpu: 2, memory: 16Gi}, max: 2}, \
                 {name: gpu, allocatable: {cpu: 8, memory: 16Gi, nvidia.com/gpu: 4}, max: 1, dedicated: true}";
    let web = "{name: web, tenant: a, replicas: 4, requests: {cpu: 2, memory: 1Gi}}";
    let train = "{name: train, tenant: a, pool: gpu, requests: {cpu: 2, memory: 1Gi, nvidia.com/gpu: 2}}";
    assert!(fleet(web, pools, "").unwrap_err().problems[0].message.contains("room for 2"));
    let web = web.replace("replicas: 4", "replicas: 2");
    let plan = fleet(&format!("{web}, {train}"), pools, "").unwrap().plan(&PlanOptions::default()).unwrap();
    let cluster = &plan.clusters.as_ref().unwrap()[0];
    let used: Vec<_> = cluster.pools.iter().map(|pool| (pool.name.as_str(), pool.nodes)).collect();
    assert_eq!(used, [("base", Some(2)), ("gpu", Some(1))]);
    assert_eq!(cluster.resources["cpu"].requested, "4");
    assert_eq!(cluster.pools[1].resources["cpu"].usable, "8");
    for (name, code) in [("gpus", "unknown-pool"), ("base", "pool-not-dedicated")] {
        let error = fleet(&train.replace("pool: gpu", &format!("pool: {name}")), pools, "").unwrap_err();
        assert!(error.problems.iter().any(|problem| problem.code == code), "{error}");
    }
}

#[test]
fn a_pod_in_a_pool_that_is_not_its_own_is_a_breach() {
    let fleet = fleet(
        "{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}, \
         {name: train, tenant: a, pool: gpu, requests: {cpu: 1, memory: 1Gi}}",
        "{name: base, allocatable: {cpu: 4, memory: 16Gi}, max: 3}, \
         {name: gpu, allocatable: {cpu: 4, memory: 16Gi}, max: 2, dedicated: true}",
        "",
    )
    .unwrap();
    let mut plan = fleet.plan(&PlanOptions::default()).unwrap();
    for node in &mut plan.clusters.as_mut().unwrap()[0].placement {
        if node.pods.contains_key("a/web") {
            node.pool = "gpu".to_owned();
        }
    }
    let checked = fleet.check(&plan).unwrap();
    assert_eq!(checked.ruling(), tenantry::Ruling::Illegal);
    assert!(checked.violations.iter().any(|it| it.code.name() == "wrong-pool"), "{checked:?}");
}

#[test]
fn what_cannot_go_together_is_refused() {
    let pool = "{name: base, allocatable: {cpu: 2, memory: 16Gi}, max: 2}";
    let agent = |keys: &str| format!("{{name: agent, tenant: p, {keys}, requests: {{cpu: 1, memory: 0}}}}");
    for (workload, pools, more, code) in [
        (agent("perNode: true, perCluster: true"), pool, "", "contradiction"),
        (agent("perNode: true, replicas: 2"), pool, "", "contradiction"),
        (agent("perNode: true, fixedRequests: {cpu: 1}"), pool, "", "contradiction"),
        (
            agent("perCluster: true, pool: base"),
            "{name: base, allocatable: {cpu: 2}, max: 2, dedicated: true}",
            "",
            "contradiction",
        ),
        (agent("perCluster: true"), "{name: base, allocatable: {cpu: 2}, min: 3, max: 2}", "", "bad-range"),
        (
            agent("perCluster: true"),
            "{name: base, allocatable: {cpu: 2}, min: 2, max: 2}",
            ", maximums: {nodes: 1}",
            "contradiction",
        ),
        (agent("perCluster: true"), pool, ", maximums: {tenants: 0}", "bad-number"),
        (agent("perCluster: true"), pool, ", nodePacking: sum", "bad-value"),
        (agent("perNode: true").replace("tenant: p", "tenant: a"), pool, "", "not-platform"),
    ] {
        let error = fleet(&workload, pools, more).unwrap_err();
        assert!(error.problems.iter().any(|problem| problem.code == code), "{workload} {pools} {more}: {error}");
    }
    let flat = "schema: tenantry/v1\ntenants: [{name: p, trust: trusted, platform: true}]\n\
                workloads: [{name: agent, tenant: p, perNode: true, requests: {cpu: 1, memory: 0}}]\n\
                clusterTemplates: [{name: m, allocatable: {cpu: 2, memory: 1Gi}}]\n";
    assert_eq!(Fleet::from_yaml(flat).unwrap_err().problems[0].code, "contradiction");
}

#[test]
fn a_changed_placement_is_found_out() {
    let fleet = fleet(
        "{name: x, tenant: a, replicas: 3, requests: {cpu: 1, memory: 1Gi}}, \
         {name: dns, tenant: p, perCluster: true, requests: {cpu: 100m, memory: 0}}",
        "{name: base, allocatable: {cpu: 2, memory: 16Gi}, max: 4}",
        ", cost: {cluster: 10, perNode: 2}",
    )
    .unwrap();
    let plan = fleet.plan(&PlanOptions::default()).unwrap();
    assert!(fleet.check(&plan).unwrap().violations.is_empty());
    let spoilt = |change: &dyn Fn(&mut tenantry::plan::PlannedCluster), code: &str| {
        let mut plan = plan.clone();
        change(&mut plan.clusters.as_mut().unwrap()[0]);
        let checked = fleet.check(&plan).unwrap();
        let found: Vec<_> = checked.violations.into_iter().chain(checked.differences).collect();
        assert!(found.iter().any(|violation| violation.code.name() == code), "{code}: {found:?}");
    };
    spoilt(&|it| it.placement.clear(), "pods-not-placed");
    spoilt(
        &|it| {
            it.placement.clear();
            it.nodes = None;
        },
        "no-placement",
    );
    spoilt(&|it| it.placement[0].count += 1, "pods-not-placed");
    spoilt(&|it| it.placement[0].pool = "other".into(), "unknown-pool");
    spoilt(&|it| *it.placement[0].pods.values_mut().next().unwrap() += 2, "over-node");
    spoilt(&|it| it.placement[0].count += 9, "over-pool");
    spoilt(&|it| it.nodes_lower_bound = Some(1), "wrong-figure");
    spoilt(&|it| it.cost = Some(10.0), "wrong-figure");
    spoilt(&|it| it.pools[0].paid = Some(9), "wrong-figure");
}
