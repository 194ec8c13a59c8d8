//! Indices back to names: an answer of the solver becomes a plan.
//!
//! Everything here is a matter of order: the same answer always becomes the same document. Units that are copies of one
//! item type are handed out by tenant and document order, bin by bin, so that a tenant's workloads end up together.
//! Clusters are ordered by island, template and first workload, and named `{template}-{n}` in that order.

use std::collections::{BTreeMap, BTreeSet};

use crate::budget::{Objective, Proof, Status, Stop};
use crate::encode::Encoding;
use crate::fleet::{Fleet, RuleId};
use crate::problem::Solution;
use crate::quantity;
use crate::solve::Answer;
use crate::trust::{RuleTable, TrustGraph};

use super::{
    Assignment, BlastRadius, PLAN_SCHEMA, Plan, PlanProof, PlanStatus, PlanWarning, PlannedCluster, ResourceUse,
    SeparationRow, Summary, WaiverRow,
};

/// Writes an answer as a plan. What needs an explanation or another run (the reason of the lower bound,
/// contradictions, the isolation premium) is left empty for the pipeline to fill.
#[must_use]
pub fn decode(
    answer: &Answer,
    proof: Proof,
    seed: u64,
    encoding: &Encoding,
    fleet: &Fleet,
    graph: &TrustGraph,
) -> Plan {
    let islands = graph.islands();
    let bins = answer.solution.as_ref().map(|solution| bins(solution, encoding, fleet, &islands));
    let clusters = bins.as_ref().map(|bins| clusters(bins, fleet, &islands));
    let assignments = match (&bins, &clusters) {
        (Some(bins), Some(clusters)) => assignments(bins, clusters, fleet),
        _ => Vec::new(),
    };
    let warnings = warnings(fleet, clusters.as_deref());
    Plan {
        schema: PLAN_SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        name: fleet.name().to_owned(),
        fleet_digest: fleet.digest().to_owned(),
        as_of: graph.as_of().to_string(),
        seed,
        status: match answer.status {
            Status::Optimal => PlanStatus::Optimal,
            Status::Feasible => PlanStatus::Feasible,
            Status::Infeasible => PlanStatus::Infeasible,
            Status::Unknown => PlanStatus::Unknown,
        },
        proof: match proof {
            Proof::Certified => PlanProof::Certified,
            Proof::Claimed => PlanProof::Claimed,
            Proof::None => PlanProof::None,
        },
        stopped: answer.stopped.map(|stop| stop_word(stop).to_owned()),
        summary: summary(answer, bins.as_deref(), fleet, graph, &islands),
        contradictions: Vec::new(),
        clusters,
        assignments,
        separations: separations(fleet, graph),
        waivers: waivers(fleet, graph),
        warnings,
        not_covered: NOT_COVERED.iter().map(|&text| text.to_owned()).collect(),
    }
}

/// What no plan proves.
const NOT_COVERED: [&str; 4] = [
    "what clusters may still share: networks, cloud accounts, registries, delivery pipelines, people",
    "isolation between the workloads of one cluster: namespaces, quotas and network policies are for you to set",
    "that requests, replicas and attributes are what really runs",
    "how the scheduler places pods on the nodes of a cluster, beyond that one pod fits one node",
];

fn stop_word(stop: Stop) -> &'static str {
    match stop {
        Stop::Work => "work",
        Stop::Time => "time",
        Stop::Cancelled => "cancelled",
    }
}

/// One bin with its workloads.
struct Bin {
    template: usize,
    island: usize,
    /// Ascending.
    workloads: Vec<usize>,
}

fn bins(solution: &Solution, encoding: &Encoding, fleet: &Fleet, islands: &[Option<usize>]) -> Vec<Bin> {
    let mut queues: Vec<Vec<&Vec<usize>>> = (0..encoding.len())
        .map(|item| {
            let mut units: Vec<&Vec<usize>> = encoding.units(item).iter().collect();
            // the first is taken from the end
            units.sort_by_key(|unit| unit.first().map(|&workload| (fleet.workloads()[workload].tenant, workload)));
            units.reverse();
            units
        })
        .collect();
    let mut patterns: Vec<_> = solution.patterns.iter().collect();
    patterns.sort();
    let mut bins = Vec::new();
    for pattern in patterns {
        for _ in 0..pattern.count {
            let mut workloads = Vec::new();
            for &(item, copies) in &pattern.items {
                for _ in 0..copies {
                    workloads.extend(queues[item].pop().into_iter().flatten().copied());
                }
            }
            workloads.sort_unstable();
            let island = workloads.first().and_then(|&workload| islands[workload]).unwrap_or(0);
            bins.push(Bin { template: pattern.bin, island, workloads });
        }
    }
    bins.sort_by(|a, b| (a.island, a.template, &a.workloads).cmp(&(b.island, b.template, &b.workloads)));
    bins
}

fn clusters(bins: &[Bin], fleet: &Fleet, islands: &[Option<usize>]) -> Vec<PlannedCluster> {
    debug_assert_eq!(islands.len(), fleet.workloads().len());
    let platform: Vec<usize> =
        (0..fleet.workloads().len()).filter(|&workload| fleet.workloads()[workload].per_cluster).collect();
    let mut used = vec![0u64; fleet.templates().len()];
    bins.iter().map(|bin| cluster(bin, &platform, &mut used, fleet)).collect()
}

fn cluster(bin: &Bin, platform: &[usize], used: &mut [u64], fleet: &Fleet) -> PlannedCluster {
    let template = &fleet.templates()[bin.template];
    used[bin.template] += 1;
    let mut identities: Vec<String> = bin.workloads.iter().map(|&workload| fleet.identity(workload)).collect();
    identities.sort();
    let mut platform_names: Vec<String> = platform.iter().map(|&workload| fleet.identity(workload)).collect();
    platform_names.sort();
    let workloads = bin.workloads.iter().map(|&workload| &fleet.workloads()[workload]);
    let tenants: BTreeSet<&str> = workloads.clone().map(|it| fleet.tenants()[it.tenant].name.as_str()).collect();
    let namespaces: BTreeSet<&str> = workloads.clone().map(|it| it.namespace.as_str()).collect();
    let resources = fleet
        .resources()
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let requested: u64 = workloads.clone().map(|workload| workload.total[index]).sum();
            (name.clone(), resource_use(name, requested, template.usable[index]))
        })
        .collect();
    PlannedCluster {
        name: format!("{}-{}", template.name, used[bin.template]),
        template: template.name.clone(),
        island: bin.island as u64 + 1,
        tenants: tenants.into_iter().map(str::to_owned).collect(),
        namespaces: namespaces.into_iter().map(str::to_owned).collect(),
        workloads: identities,
        platform: platform_names,
        resources,
        blast_radius: blast_radius(bin.workloads.iter().chain(platform), fleet),
        cost: template.cost.map(money),
    }
}

fn resource_use(name: &str, requested: u64, usable: Option<u64>) -> ResourceUse {
    let share = |usable: u64| (u128::from(requested) * 20_000 + u128::from(usable)) / (2 * u128::from(usable));
    ResourceUse {
        requested: quantity::format(name, requested),
        usable: usable.map_or_else(|| "unlimited".to_owned(), |usable| quantity::format(name, usable)),
        utilisation: usable.filter(|&usable| usable > 0).map(|usable| decimal(share(usable), 4)),
    }
}

/// The worst case: the compromised workload is the one with the fewest pods.
fn blast_radius<'a>(workloads: impl Iterator<Item = &'a usize>, fleet: &Fleet) -> BlastRadius {
    let (mut tenants, mut count, mut pods, mut fewest) = (BTreeSet::new(), 0u64, 0u64, u64::MAX);
    for workload in workloads.map(|&workload| &fleet.workloads()[workload]) {
        tenants.insert(workload.tenant);
        count += 1;
        pods += workload.replicas;
        fewest = fewest.min(workload.replicas);
    }
    BlastRadius {
        tenants: (tenants.len() as u64).saturating_sub(1),
        workloads: count.saturating_sub(1),
        pods: pods.saturating_sub(fewest),
    }
}

/// Thousandths as documents carry them: the nearest number that there is, exact up to 10^12.
pub(crate) fn money(thousandths: u64) -> f64 {
    decimal(u128::from(thousandths), 3)
}

/// The number nearest to `value / 10^places`.
fn decimal(value: u128, places: u32) -> f64 {
    // digits and an exponent always parse
    format!("{value}e-{places}").parse().unwrap_or(f64::INFINITY)
}

fn assignments(bins: &[Bin], clusters: &[PlannedCluster], fleet: &Fleet) -> Vec<Assignment> {
    let mut home: BTreeMap<usize, &str> = BTreeMap::new();
    for (bin, cluster) in bins.iter().zip(clusters) {
        home.extend(bin.workloads.iter().map(|&workload| (workload, cluster.name.as_str())));
    }
    home.into_iter()
        .map(|(index, cluster)| {
            let workload = &fleet.workloads()[index];
            let named = fleet.resources().iter().zip(&workload.total);
            Assignment {
                tenant: fleet.tenants()[workload.tenant].name.clone(),
                workload: workload.name.clone(),
                namespace: workload.namespace.clone(),
                cluster: cluster.to_owned(),
                replicas: workload.replicas,
                requests: named.map(|(name, &amount)| (name.clone(), quantity::format(name, amount))).collect(),
                labels: workload.labels.clone(),
                change: "new".to_owned(),
            }
        })
        .collect()
}

fn summary(
    answer: &Answer,
    bins: Option<&[Bin]>,
    fleet: &Fleet,
    graph: &TrustGraph,
    islands: &[Option<usize>],
) -> Summary {
    let to_place = || fleet.workloads().iter().filter(|workload| !workload.per_cluster);
    let tenants: BTreeSet<usize> = to_place().map(|workload| workload.tenant).collect();
    let clusters = bins.map(|bins| bins.len() as u64);
    let lower_bound = answer.levels.first().map_or(0, |level| level.bound);
    let cost: Option<u64> =
        bins.and_then(|bins| bins.iter().map(|bin| fleet.templates()[bin.template].cost).sum::<Option<u64>>());
    let cost_level = fleet.objective().iter().position(|&level| level == Objective::Cost);
    let counts_proved = answer.levels.first().is_some_and(|level| level.value == Some(level.bound));
    let cost_bound = cost_level.filter(|&level| level == 0 || counts_proved).and_then(|level| answer.levels.get(level));
    Summary {
        clusters,
        lower_bound,
        gap: clusters.map(|clusters| clusters.saturating_sub(lower_bound)),
        lower_bound_reason: String::new(),
        cost: cost.map(money),
        cost_lower_bound: cost_bound.map(|level| money(level.bound)),
        isolation_premium: None,
        clusters_without_waivers: None,
        tenants: tenants.len() as u64,
        workloads: to_place().count() as u64,
        pods: to_place().map(|workload| workload.replicas).sum(),
        islands: islands.iter().flatten().max().map_or(0, |&last| last as u64 + 1),
        trust_classes: graph.class_count() as u64,
    }
}

fn separations(fleet: &Fleet, graph: &TrustGraph) -> Vec<SeparationRow> {
    let rows = graph.rule_pairs().iter().enumerate().filter(|(_, pairs)| pairs.pairs > 0);
    rows.map(|(index, pairs)| {
        let rule: RuleId = graph.table().rule(index);
        let sample = |&[u, v]: &[usize; 2]| [fleet.identity(u), fleet.identity(v)];
        SeparationRow {
            rule: RuleTable::name(fleet.policy(), rule),
            trust: RuleTable::is_trust(rule),
            description: RuleTable::describe(fleet.policy(), rule),
            pairs: pairs.pairs,
            only: pairs.only,
            samples: pairs.samples.iter().map(sample).collect(),
        }
    })
    .collect()
}

fn waivers(fleet: &Fleet, graph: &TrustGraph) -> Vec<WaiverRow> {
    let policy = fleet.policy();
    let rows = policy.waivers.iter().enumerate();
    rows.map(|(index, waiver)| {
        let days = (waiver.expires - graph.as_of()).get_days();
        let state = match days {
            ..0 => "expired",
            0..=90 => "expiring",
            _ => "in force",
        };
        WaiverRow {
            id: waiver.id.clone(),
            state: state.to_owned(),
            expires: waiver.expires.to_string(),
            waives: waiver.waives.iter().map(|&rule| RuleTable::name(policy, rule)).collect(),
            approved_by: waiver.approved_by.clone(),
            reason: waiver.reason.clone(),
            pairs: graph.waived_pairs(index),
        }
    })
    .collect()
}

fn warnings(fleet: &Fleet, clusters: Option<&[PlannedCluster]>) -> Vec<PlanWarning> {
    let copied = |warning: &crate::fleet::Warning| PlanWarning {
        code: warning.code.to_owned(),
        message: warning.message.clone(),
    };
    let mut warnings: Vec<PlanWarning> = fleet.warnings().iter().map(copied).collect();
    let soft: Vec<&str> = clusters
        .unwrap_or_default()
        .iter()
        .filter(|cluster| cluster.tenants.len() > 1 || cluster.namespaces.len() > 1)
        .map(|cluster| cluster.name.as_str())
        .collect();
    if let Some(first) = soft.first() {
        let whose = match soft.len() {
            1 => format!("Cluster {first} holds"),
            2 => format!("Clusters {first} and {} hold", soft[1]),
            n => format!("Clusters {first}, {} and {} more hold", soft[1], n - 2),
        };
        warnings.push(PlanWarning {
            code: "soft-tenancy".to_owned(),
            message: format!(
                "{whose} more than one tenant or namespace. A namespace is a logical partition for limits, quotas and \
                 RBAC, not a security boundary: a weakness in one soft tenant may reach the others."
            ),
        });
    }
    warnings
}
