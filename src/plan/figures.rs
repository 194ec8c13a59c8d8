//! The figures of a plan, added up again.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::{PlannedCluster, site};
use crate::abreast::{MANY, halves};
use crate::compact::Text;
use crate::fleet::{Fleet, NodePool, Shape, Site, Workload};
use crate::quantity;

use crate::placement::{
    FORGOT_BY_COUNTING, Parts, Placement, ViolationCode as Code, balance, exposure, forced, forced_moves, forgotten,
    least_balance, least_exposure, most_clusters, once,
};

use super::findings::{Findings, shown};
use super::level::FORGOT_BY_MOVES;
use super::{ComparedFigure, Figure, LevelObjective, Moves, PlanLevel, PlanProof, PlanStatus};

/// Every list and figure of every cluster.
pub(super) fn clusters(findings: &mut Findings, clusters: &[&PlannedCluster], placement: &Placement) {
    let fleet = findings.fleet;
    let (contents, parts) = (placement.contents(), placement.parts(fleet));
    let platform_names = identities(fleet, &fleet.platform);
    let rows: Vec<Row> =
        clusters.iter().zip(&contents).zip(&parts).map(|((it, content), parts)| (*it, &**content, parts)).collect();
    let (first, second) = halves(placement.shares.len() >= MANY, &rows, |rows| {
        findings.part(|findings| rows.iter().for_each(|row| one(findings, row, &platform_names)))
    });
    findings.found.extend(first);
    findings.found.extend(second);
}

/// A cluster as the plan has it, its workloads, and their parts in it.
type Row<'a> = (&'a PlannedCluster, &'a [usize], &'a Parts);

fn identities(fleet: &Fleet, workloads: &[usize]) -> Vec<String> {
    let mut names: Vec<String> = workloads.iter().map(|&workload| fleet.identity(workload)).collect();
    names.sort();
    names
}

/// Every list and figure of a cluster.
fn one(findings: &mut Findings, &(cluster, workloads, parts): &Row, platform_names: &Vec<String>) {
    let fleet = findings.fleet;
    let at = |what: &str| format!("cluster `{}`: {what}", cluster.name);
    findings.expect(&at("workloads"), &cluster.workloads, &identities(fleet, workloads));
    findings.expect(&at("platform"), &cluster.platform, platform_names);
    let of = |text: fn(&crate::fleet::Fleet, usize) -> Text| -> Vec<Text> {
        workloads.iter().map(|&it| text(fleet, it)).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let tenants = of(|fleet, it| fleet.tenants()[fleet.workloads()[it].tenant].name.clone());
    findings.expect(&at("tenants"), &cluster.tenants, &tenants);
    findings.expect(&at("namespaces"), &cluster.namespaces, &of(|fleet, it| fleet.workloads()[it].namespace.clone()));
    let Some(site) = site(fleet, cluster).map(|site| &fleet.sites()[site]) else {
        return;
    };
    let shape = &*site.shape;
    for pool in std::iter::once(None).chain(shape.pools.iter().filter_map(|pool| pool.named).map(Some)) {
        resources(findings, cluster, shape, (workloads, parts), pool);
    }
    let amount = |(index, name): (usize, &String)| {
        let sum = u64::try_from(once(fleet, workloads, index)).ok().filter(|&sum| sum > 0)?;
        Some((name.clone(), quantity::format(name, sum)))
    };
    let overhead = fleet.resources().iter().enumerate().filter_map(amount).collect();
    findings.expect(&at("overhead"), &cluster.overhead, &overhead);
    nodes(findings, cluster, site, (workloads, parts));
    reach(findings, cluster, shape, (workloads.iter().chain(&fleet.platform).copied().collect(), parts));
}

/// What is requested and usable, dedicated pools aside or in one of them.
fn resources(
    findings: &mut Findings,
    cluster: &PlannedCluster,
    shape: &Shape,
    (workloads, parts): (&[usize], &Parts),
    pool: Option<usize>,
) {
    let fleet = findings.fleet;
    let place = pool.map_or_else(String::new, |pool| format!(" pool `{}`:", fleet.pools()[pool]));
    let at = |what: &str| format!("cluster `{}`:{place} {what}", cluster.name);
    let row = |index: usize| cluster.pools.iter().find(|stated| stated.name == fleet.pools()[index]);
    let Some(rows) = pool.map_or(Some(&cluster.resources), |index| Some(&row(index)?.resources)) else { return };
    let names: BTreeSet<&String> = fleet.resources().iter().collect();
    findings.expect(&at("resources"), &rows.keys().collect(), &names);
    for (index, name) in fleet.resources().iter().enumerate() {
        let Some(stated) = rows.get(name) else { continue };
        let ours = workloads.iter().filter(|&&workload| fleet.workloads()[workload].pool == pool);
        let takes = |&workload: &usize| fleet.workloads()[workload].takes(index, parts.pods(fleet, workload));
        let sum = ours.map(takes).sum::<u128>() + if pool.is_none() { once(fleet, workloads, index) } else { 0 };
        let Ok(sum) = u64::try_from(sum) else { continue };
        findings.expect(&at(&format!("{name} requested")), &stated.requested, &quantity::format(name, sum));
        let usable = shape.usable_by(pool, index);
        let shown = usable.map_or("unlimited".to_owned(), |usable| quantity::format(name, usable));
        findings.expect(&at(&format!("{name} usable")), &stated.usable, &shown);
        let share = usable.filter(|&usable| usable > 0).and_then(|usable| {
            let (sum, usable) = (u128::from(sum), u128::from(usable));
            let whole = sum * 10_000 / usable;
            let ten_thousandths = if sum * 10_000 % usable * 2 >= usable { whole + 1 } else { whole };
            decimal(ten_thousandths, 4)
        });
        findings.expect(&at(&format!("{name} utilisation")), &stated.utilisation, &share);
    }
}

/// Nodes in use, paid for and needed at least, and what they cost.
fn nodes(findings: &mut Findings, cluster: &PlannedCluster, site: &Site, (workloads, parts): (&[usize], &Parts)) {
    let (fleet, shape) = (findings.fleet, &*site.shape);
    let at = |what: &str| format!("cluster `{}`: {what}", cluster.name);
    let packs = shape.packs_nodes();
    let of = |pool: &str| {
        cluster.placement.iter().filter(|node| node.pool == pool).fold(0u64, |sum, it| sum.saturating_add(it.count))
    };
    let all = cluster.placement.iter().fold(0u64, |sum, node| sum.saturating_add(node.count));
    findings.expect(&at("nodes"), &cluster.nodes, &packs.then_some(all));
    let least = packs.then(|| needed(fleet, shape, workloads, parts));
    findings.expect(&at("nodesLowerBound"), &cluster.nodes_lower_bound, &least);
    let names: Vec<&str> = shape.pools.iter().map(|pool| pool.name.as_str()).collect();
    findings.expect(&at("pools"), &cluster.pools.iter().map(|pool| pool.name.as_str()).collect(), &names);
    for (stated, pool) in cluster.pools.iter().zip(&shape.pools) {
        let at = |what: &str| format!("cluster `{}`: pool `{}`: {what}", cluster.name, pool.name);
        findings.expect(&at("dedicated"), &stated.dedicated, &pool.dedicated);
        findings.expect(&at("max"), &stated.max, &pool.max);
        findings.expect(&at("nodes"), &stated.nodes, &packs.then(|| of(&pool.name)));
        findings.expect(&at("paid"), &stated.paid, &packs.then(|| of(&pool.name).max(pool.min)));
        if pool.named.is_none() && !stated.resources.is_empty() {
            findings.add(Code::WrongFigure, at("no workload names it, and it lists resources"));
        }
    }
    findings.expect(&at("cost"), &cluster.cost, &cost(site, cluster).and_then(thousandths));
}

/// The cost of a cluster by the nodes of its placement.
fn cost(site: &Site, cluster: &PlannedCluster) -> Option<u64> {
    let shape = &site.shape;
    let further = |pool: &NodePool| {
        let nodes = cluster.placement.iter().filter(|node| node.pool == pool.name);
        nodes.fold(0u64, |sum, it| sum.saturating_add(it.count)).saturating_sub(pool.min)
    };
    let nodes = shape.pools.iter().fold(0u64, |sum, pool| sum.saturating_add(further(pool)));
    let nodes = if shape.packs_nodes() { nodes } else { 0 };
    let plain = u128::from(shape.cost?) + u128::from(shape.node_cost) * u128::from(nodes);
    // of the region, in millionths, rounded up
    u64::try_from((plain * u128::from(site.cost_factor)).div_ceil(1_000_000)).ok()
}

/// The fewest nodes that the pods need: by each resource, by all pods of at least each size in it, and by each workload's
/// size with all pods of that size.
fn needed(fleet: &Fleet, shape: &Shape, workloads: &[usize], parts: &Parts) -> u64 {
    let once = fleet.platform().filter(|it| !it.per_node).map(|it| (it, it.replicas));
    let here = workloads.iter().map(|&it| (&fleet.workloads()[it], parts.pods(fleet, it)));
    let here: Vec<(&Workload, u64)> = here.chain(once).collect();
    let mut nodes = 0;
    for group in std::iter::once(None).chain((0..fleet.pools().len()).map(Some)) {
        let ours: Vec<(&Workload, u64)> = here.iter().filter(|(it, _)| it.pool == group).copied().collect();
        let mut least = 0;
        for resource in 0..fleet.resources().len() {
            let load = ours.iter().map(|&(it, pods)| u128::from(it.pod[resource]) * u128::from(pods)).sum();
            least = least.max(enough(shape, group, load, |pool| pool.node[resource].unwrap_or(u64::MAX)));
            let mut by_size: BTreeMap<u64, u128> = BTreeMap::new();
            for &(it, pods) in &ours {
                *by_size.entry(it.pod[resource]).or_default() += u128::from(pods);
            }
            let mut as_large = 0;
            for (&size, &count) in by_size.iter().rev().filter(|(size, _)| **size > 0) {
                as_large += count;
                let each = |pool: &NodePool| pool.node[resource].map_or(u64::MAX, |offer| offer / size);
                least = least.max(enough(shape, group, as_large, each));
            }
        }
        let mut sizes: BTreeMap<&[u64], u128> = BTreeMap::new();
        for &(it, pods) in &ours {
            *sizes.entry(&it.pod).or_default() += u128::from(pods);
        }
        for (pod, count) in sizes {
            least = least.max(enough(shape, group, count, |pool| pool.fit(pod)));
        }
        nodes += least;
    }
    nodes
}

/// The fewest nodes of a group that offer so much: the largest first. All of them where even they are too few.
fn enough(shape: &Shape, group: Option<usize>, load: u128, each: impl Fn(&NodePool) -> u64) -> u64 {
    let mut offers: Vec<(u64, u64)> =
        shape.pools.iter().filter(|pool| pool.takes(group)).map(|pool| (each(pool), pool.max)).collect();
    offers.sort_unstable_by(|a, b| b.cmp(a));
    let (mut left, mut nodes) = (load, 0u64);
    for (offer, max) in offers {
        let wanted = if offer == 0 { 0 } else { left.div_ceil(u128::from(offer)) };
        let taken = u64::try_from(wanted).unwrap_or(max).min(max);
        left = left.saturating_sub(u128::from(taken) * u128::from(offer));
        nodes += taken;
    }
    nodes
}

/// Nodes in use of a dedicated pool, or of all of them; 1 where the pods are not placed on nodes.
fn nodes_of(fleet: &Fleet, cluster: &PlannedCluster, shape: &Shape, pool: Option<usize>) -> u64 {
    let named = |name: &str| pool.is_none_or(|pool| fleet.pools()[pool] == name);
    let ours = cluster.placement.iter().filter(|node| named(&node.pool));
    if shape.packs_nodes() { ours.fold(0u64, |sum, node| sum.saturating_add(node.count)) } else { 1 }
}

/// Pods of each workload of the platform in a planned cluster, by identity; of a cluster that stands where none of the fleet
/// can, nothing.
pub(crate) fn platform_pods(fleet: &Fleet, cluster: &PlannedCluster) -> BTreeMap<String, u64> {
    let Some(site) = site(fleet, cluster) else { return BTreeMap::new() };
    let pods = |workload: usize| {
        let it = &fleet.workloads()[workload];
        if it.per_node { nodes_of(fleet, cluster, fleet.shape(site), it.pool) } else { it.replicas_of_copy() }
    };
    fleet.platform.iter().map(|&workload| (fleet.identity(workload), pods(workload))).collect()
}

fn reach(findings: &mut Findings, cluster: &PlannedCluster, shape: &Shape, (everything, parts): (Vec<usize>, &Parts)) {
    let fleet = findings.fleet;
    let at = |what: &str| format!("cluster `{}`: {what}", cluster.name);
    let tenants: BTreeSet<usize> = everything.iter().map(|&it| fleet.workloads()[it].tenant).collect();
    let pods: Vec<u64> = everything
        .iter()
        .map(|&index| (index, &fleet.workloads()[index]))
        .map(
            |(index, it)| if it.per_node { nodes_of(fleet, cluster, shape, it.pool) } else { parts.pods(fleet, index) },
        )
        .collect();
    let reachable =
        pods.iter().fold(0u64, |sum, &pods| sum.saturating_add(pods)) - pods.iter().min().copied().unwrap_or(0);
    let radius = &cluster.blast_radius;
    findings.expect(&at("other tenants in reach"), &radius.tenants, &(tenants.len().saturating_sub(1) as u64));
    findings.expect(&at("other workloads in reach"), &radius.workloads, &(pods.len().saturating_sub(1) as u64));
    findings.expect(&at("other pods in reach"), &radius.pods, &reachable);
}

/// Replicas, requests and labels of every assignment.
pub(super) fn assignments(findings: &mut Findings, named: &[Option<usize>]) {
    let fleet = findings.fleet;
    let mut texts: FxHashMap<(usize, u64), String> = FxHashMap::default();
    for (row, named) in findings.plan.assignments.iter().zip(named) {
        let Some(index) = *named else { continue };
        let workload = &fleet.workloads()[index];
        let named = || {
            let pods = if workload.is_split() { row.replicas } else { workload.replicas_of_copy() };
            let amount = move |resource: usize| u64::try_from(workload.takes(resource, pods)).ok();
            fleet.resources().iter().enumerate().filter_map(move |(at, name)| Some((at, name, amount(at)?)))
        };
        let same = named().all(|(resource, name, amount)| {
            let text = texts.entry((resource, amount)).or_insert_with(|| quantity::format(name, amount));
            row.requests.get(name).is_some_and(|stated| stated == text)
        });
        // most rows are right, and there may be a million
        if same && row.requests.len() == fleet.resources().len() && row.labels == workload.labels {
            continue;
        }
        let at = |what: &str| format!("`{}/{}/{}`: {what}", row.tenant, row.namespace, row.workload);
        findings.expect(&at("labels"), &row.labels, &workload.labels);
        let right = named().map(|(_, name, amount)| (name.as_str(), quantity::format(name, amount).into())).collect();
        findings.expect(&at("requests"), &row.requests, &right);
    }
}

/// The summary, but for what only a solver or a certificate can tell.
pub(super) fn summary(findings: &mut Findings) {
    let (plan, fleet) = (findings.plan, findings.fleet);
    let placed: Vec<_> = fleet.workloads().iter().filter(|workload| !workload.per_cluster).collect();
    let tenants: BTreeSet<usize> = placed.iter().map(|workload| workload.tenant).collect();
    findings.expect("summary.tenants", &plan.summary.tenants, &(tenants.len() as u64));
    findings.expect("summary.workloads", &plan.summary.workloads, &(placed.len() as u64));
    let pods: u64 = placed.iter().map(|workload| workload.replicas_of_copy() * workload.copies()).sum();
    findings.expect("summary.pods", &plan.summary.pods, &pods);
    if forgotten(fleet).is_empty() {
        findings.expect("summary.treatedAsNotFitting", &plan.summary.treated_as_not_fitting, &0);
    }
    let costs = plan.clusters.as_ref().map(|clusters| {
        let one = |cluster: &PlannedCluster| cost(&fleet.sites()[site(fleet, cluster)?], cluster);
        clusters.iter().map(one).try_fold(0u64, |sum, cost| sum.checked_add(cost?))
    });
    findings.expect("summary.cost", &plan.summary.cost, &costs.flatten().and_then(thousandths));
    compared(findings);
}

/// A figure of a comparison is there, or it is said that it was left out; without a plan there is nothing to compare.
fn compared(findings: &mut Findings) {
    let (plan, as_of) = (findings.plan, findings.as_of);
    let waived = findings.fleet.policy().waivers.iter().any(|waiver| as_of <= waiver.expires);
    let without = plan.summary.clusters_without_waivers;
    if !waived && without.is_some() {
        let message = "clusters are counted without waivers, and no waiver is in force".to_owned();
        findings.add(Code::WrongFigure, message);
    }
    let figures = [
        (ComparedFigure::IsolationPremium, plan.summary.isolation_premium.is_none()),
        (ComparedFigure::ClustersWithoutWaivers, waived && without.is_none()),
    ];
    let missing = |&(figure, missing): &(_, bool)| (plan.clusters.is_some() && missing).then_some(figure);
    let should: Vec<ComparedFigure> = figures.iter().filter_map(missing).collect();
    let stated: Vec<ComparedFigure> = plan.left_out.iter().map(|it| it.figure).collect();
    findings.expect("leftOut", &stated, &should);
}

/// The ladder says what the summary says, and each level what follows from its value and its bound.
pub(super) fn levels(findings: &mut Findings, placement: Option<&Placement>) {
    let plan = findings.plan;
    if plan.status == PlanStatus::Infeasible {
        findings.expect("levels", &plan.levels.len(), &0);
        return;
    }
    let asked = findings.fleet.levels().to_vec();
    let stated: Vec<LevelObjective> = plan.levels.iter().map(|level| level.objective).collect();
    findings.expect("levels", &stated, &asked);
    let least = forced_moves(findings.fleet, &forced(findings.fleet, findings.as_of));
    let mut earlier = true;
    for (index, level) in plan.levels.iter().enumerate() {
        let (value, bound) = match level.objective {
            LevelObjective::Clusters => {
                let bound = plan.summary.lower_bound;
                // after what is open still nothing is known of the fewest
                let known = index == 0 || bound > 0 || level.bound.is_some();
                (plan.summary.clusters.map(Figure::Count), known.then_some(Figure::Count(bound)))
            }
            LevelObjective::Cost => {
                (plan.summary.cost.map(Figure::Money), plan.summary.cost_lower_bound.map(Figure::Money))
            }
            LevelObjective::Moves => {
                let value = plan.moves.as_ref().map(Moves::counted);
                // who cannot stay is counted anew; what is more takes the certificate
                let bound = match level.bound {
                    Some(Figure::Count(bound)) if bound > least => level.bound,
                    _ => Some(Figure::Count(least)),
                };
                (value.map(Figure::Count), bound)
            }
            LevelObjective::Exposure | LevelObjective::Balance => {
                let met = plan.levels[..index].iter().all(|level| level.status == PlanStatus::Optimal);
                counted(findings, level, placement, met);
                continue;
            }
        };
        let at = |what: &str| format!("level {}: {what}", shown(&level.objective));
        // money may be written without a point
        let stated = |figure: Option<Figure>| match level.objective {
            LevelObjective::Cost => figure.map(|figure| Figure::Money(figure.value())),
            _ => figure,
        };
        findings.expect(&at("value"), &stated(level.value), &value);
        findings.expect(&at("bound"), &stated(level.bound), &bound);
        findings.expect(&at("forgot"), &level.forgot, &forgot(findings.fleet, level, least));
        if !earlier && bound.is_some() && level.objective != LevelObjective::Moves {
            findings.add(Code::WrongBound, at("a bound, and a level before it is open"));
        }
        let met = value.is_some() && value == bound;
        let status = match value {
            None => PlanStatus::Unknown,
            Some(_) if earlier && met => PlanStatus::Optimal,
            Some(_) => PlanStatus::Feasible,
        };
        findings.expect(&at("status"), &level.status, &status);
        earlier &= met;
        let above = level.objective == LevelObjective::Moves
            && matches!((value, bound), (Some(Figure::Count(value)), Some(Figure::Count(bound))) if bound > value);
        if above {
            findings.add(Code::WrongBound, at("the bound is above the value"));
        }
        if level.bound.is_none() && level.proof != PlanProof::None {
            findings.add(Code::WrongStatus, at("a proof and no bound"));
        }
    }
    let moves = plan.levels.iter().find(|level| level.objective == LevelObjective::Moves);
    let short = moves.is_some_and(|level| level.status != PlanStatus::Optimal) && findings.fleet.moves_decide();
    if short && plan.status == PlanStatus::Optimal {
        findings.add(Code::WrongStatus, "the status is optimal, and the level moves is not".to_owned());
    }
    // a level without a bound states nothing that would need a proof
    let bounded = plan.levels.iter().filter(|level| level.bound.is_some() && level.objective.decides().is_some());
    let weakest = bounded.map(|level| level.proof).max();
    findings.expect("proof", &plan.proof, &weakest.unwrap_or(PlanProof::None));
}

/// A level whose value and bound are counted again.
fn counted(findings: &mut Findings, level: &PlanLevel, placement: Option<&Placement>, met: bool) {
    let (fleet, day) = (findings.fleet, findings.as_of);
    let at = |what: &str| format!("level {}: {what}", shown(&level.objective));
    let exposed = level.objective == LevelObjective::Exposure;
    let most = most_clusters(fleet, level.objective, placement.map(|placement| placement.clusters.len() as u64));
    let value = placement.map(|it| if exposed { exposure(fleet, it) } else { balance(fleet, it) });
    let bound = if exposed { least_exposure(fleet, most) } else { least_balance(fleet, day, most) };
    let status = match value {
        None => PlanStatus::Unknown,
        Some(value) if met && value == bound => PlanStatus::Optimal,
        Some(_) => PlanStatus::Feasible,
    };
    findings.expect(&at("value"), &level.value, &value.map(Figure::Count));
    findings.expect(&at("bound"), &level.bound, &Some(Figure::Count(bound)));
    findings.expect(&at("status"), &level.status, &status);
    findings.expect(&at("proof"), &level.proof, &PlanProof::Certified);
    findings.expect(&at("forgot"), &level.forgot, &FORGOT_BY_COUNTING.map(str::to_owned).to_vec());
}

/// What the bound of a level forgets.
fn forgot(fleet: &Fleet, level: &PlanLevel, least: u64) -> Vec<String> {
    let mut ids = forgotten(fleet);
    if level.objective == LevelObjective::Moves && level.bound == Some(Figure::Count(least)) {
        ids.extend(FORGOT_BY_MOVES.map(str::to_owned));
    }
    ids
}

fn thousandths(value: u64) -> Option<f64> {
    decimal(u128::from(value), 3)
}

/// The number nearest to `value / 10^places`, read from its digits: no arithmetic on floats.
fn decimal(value: u128, places: usize) -> Option<f64> {
    let digits = format!("{value:0>width$}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    format!("{whole}.{fraction}").parse().ok()
}
