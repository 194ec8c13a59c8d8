//! A placement becomes a plan: lists, figures and rows, in one order.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::abreast::{MANY, abreast, halves};
use crate::compact::{Text, TextMap};
use crate::fleet::document::MaximumsDocument;
use crate::fleet::{ExistingCluster, Fleet, LOOKED_AT, PRESETS, RuleId, Shape};
use crate::placement::{self, Cluster, NodeContent, Parts, Placement, fewest_nodes};
use crate::quantity;
use crate::trust::{RuleTable, TrustGraph};

use super::losses;
use super::moves::{Changes, existing, left};
use super::warnings::warnings;
use super::{
    Assignment, BlastRadius, Figure, LevelObjective, NodeUse, OtherValues, PLAN_SCHEMA, Plan, PlanLevel, PlanLimits,
    PlanProof, PlanStatus, PlanStop, PlannedCluster, PoolUse, ResourceUse, SeparationRow, Summary, ValueCount,
    WaiverRow, WaiverState,
};

/// What the search, and the check of what it claims, say of a plan.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub status: PlanStatus,
    /// What backs the bounds.
    pub proof: PlanProof,
    /// What cut the run short, if anything did.
    pub stopped: Option<PlanStop>,
    /// The seed.
    pub seed: u64,
    /// The levels of the objective, first level first; empty where no plan exists.
    pub levels: Vec<PlanLevel>,
    /// Sets that were treated as not fitting on nodes.
    pub unfit: u64,
}

impl Plan {
    /// Writes a placement as a plan. What needs an explanation or another run (the reason of the lower bound,
    /// contradictions, the isolation premium) is left empty for the pipeline to fill.
    #[must_use]
    pub(crate) fn write(fleet: &Fleet, graph: &TrustGraph, placement: Option<&Placement>, outcome: Outcome) -> Self {
        let islands = graph.islands();
        let (clusters, (changes, assignments)) = abreast(
            placement.is_some_and(|placement| placement.shares.len() >= MANY),
            || placement.map(|placement| clusters(placement, fleet, &islands)),
            || {
                let changes = placement.map(|placement| Changes::new(fleet, graph.as_of(), placement));
                let told = placement.zip(changes.as_ref());
                let rows = told.map_or_else(Vec::new, |(placement, changes)| assignments(placement, fleet, changes));
                (changes, rows)
            },
        );
        let told = placement.zip(changes.as_ref());
        let (emptied, unused) = placement.map(|placement| left(fleet, placement)).unwrap_or_default();
        let warnings = warnings(fleet, clusters.as_deref().unwrap_or_default(), graph.as_of());
        Self {
            schema: PLAN_SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            name: fleet.name().to_owned(),
            fleet_digest: fleet.digest().to_owned(),
            as_of: graph.as_of().to_string(),
            seed: outcome.seed,
            status: outcome.status,
            proof: outcome.proof,
            stopped: outcome.stopped,
            left_out: Vec::new(),
            summary: Summary {
                treated_as_not_fitting: outcome.unfit,
                ..summary(&outcome.levels, placement, fleet, graph, &islands)
            },
            objective: fleet.objective_asked().then(|| asked(fleet)),
            limits: PlanLimits::stated(fleet.value_limits()),
            levels: outcome.levels,
            contradictions: Vec::new(),
            clusters,
            emptied,
            unused,
            leaving: changes.as_ref().map(Changes::leaving).unwrap_or_default(),
            moves: told.and_then(|(placement, changes)| changes.sum(placement)),
            losses: placement.map(|placement| losses::of_clusters(fleet, placement)).unwrap_or_default(),
            losses_of_regions: placement.map(|placement| losses::of_regions(fleet, placement)).unwrap_or_default(),
            assignments,
            separations: separations(fleet, graph),
            other_values: other_values(fleet),
            waivers: waivers(fleet, graph),
            warnings,
            not_covered: not_covered(fleet),
        }
    }
}

/// The objective as it was asked for: without a level that comes by itself.
pub(super) fn asked(fleet: &Fleet) -> Vec<LevelObjective> {
    let named = |level: &LevelObjective| {
        let mut words = fleet.document().objective.iter().flatten();
        words.any(|word| word == level.name())
    };
    fleet.levels().iter().copied().filter(named).collect()
}

/// What no plan proves.
const NOT_COVERED: [&str; 3] = [
    "what clusters may still share: networks, cloud accounts, registries, delivery pipelines, people",
    "isolation between the workloads of one cluster: namespaces, quotas and network policies are for you to set",
    "that requests, replicas and attributes are what really runs",
];

/// What no plan proves, and what this fleet asks not to be looked at.
fn not_covered(fleet: &Fleet) -> Vec<String> {
    let names = |test: &dyn Fn(&Shape) -> bool| {
        let templates = fleet.templates().iter().filter(|it| test(&it.shape));
        templates.map(|it| format!("`{}`", it.name)).collect::<Vec<_>>().join(", ")
    };
    let mut texts: Vec<String> = NOT_COVERED.iter().map(|&text| text.to_owned()).collect();
    if fleet.sites().iter().any(|site| site.shape.packs_nodes()) {
        texts.push(
            "where the scheduler really puts pods: the plan shows that there is room for each on the nodes, by requests; \
             affinities, topology spreads, taints and volumes are not looked at"
                .to_owned(),
        );
    }
    let sums = |it: &Shape| !it.pools.is_empty() && !it.packs_nodes();
    let only_sums = "beyond that one pod fits one node: `nodePacking: sums` asks for sums alone";
    let no_pools = "of which no node pools are known: only sums count there";
    // clusters that exist have the shape of their template, or one of their own
    let templates = |test: &dyn Fn(&Shape) -> bool| Some(names(test)).filter(|names| !names.is_empty());
    let existing = |test: &dyn Fn(&Shape) -> bool| {
        few(fleet, &|it| {
            let like = it.template.is_some_and(|template| test(&fleet.templates()[template].shape));
            !like && test(fleet.shape(it.site))
        })
    };
    for (test, why) in
        [(&|it: &Shape| it.pools.is_empty()) as &dyn Fn(&Shape) -> bool, &sums].into_iter().zip([no_pools, only_sums])
    {
        texts.extend(
            templates(test).map(|names| format!("whether pods fit nodes in clusters of template {names}, {why}")),
        );
        texts.extend(existing(test).map(|names| format!("whether pods fit nodes in {names}, {why}")));
    }
    for preset in PRESETS {
        let of = |it: Option<&MaximumsDocument>| it.is_some_and(|it| it.preset.as_deref() == Some(preset.name));
        let (name, source) = (preset.name, preset.source);
        let documented = |whose: &str| {
            format!(
                "that the limits of `{name}` for {whose} are those of your clusters: they stand as documented on \
                 {LOOKED_AT} ({source})"
            )
        };
        let rows = fleet.document().cluster_templates.iter().filter(|it| of(it.maximums.as_ref()));
        let mut named: Vec<&str> = rows.map(|it| it.name.as_str()).collect();
        named.sort_unstable();
        if !named.is_empty() {
            texts.push(documented(&format!("clusters of template `{}`", named.join("`, `"))));
        }
        let rows = fleet.document().existing_clusters.iter().filter(|it| of(it.maximums.as_ref()));
        let own: BTreeSet<&str> = rows.map(|it| it.name.as_str()).collect();
        texts.extend(few(fleet, &|it| own.contains(it.name.as_str())).map(|names| documented(&names)));
    }
    if let Some(names) = few(fleet, &|it| it.occupied.is_some()) {
        texts.push(format!("who else is in {names}: others take room there, and no rule sees who they are"));
    }
    if !fleet.regions().is_empty() || !fleet.is_of_single_clusters() {
        texts.push(
            "zones, clusters that lie in several regions, volumes that are bound to a zone, and affinities between pods: no \
             key says them"
                .to_owned(),
        );
    }
    texts
}

/// The first existing clusters of a kind, by name, and how many more there are.
fn few(fleet: &Fleet, test: &dyn Fn(&ExistingCluster) -> bool) -> Option<String> {
    const FEW: usize = 10;
    let names: Vec<String> = fleet.existing().iter().filter(|it| test(it)).map(|it| format!("`{}`", it.name)).collect();
    let more = if names.len() > FEW { format!(" and {} more", names.len() - FEW) } else { String::new() };
    (!names.is_empty()).then(|| format!("{}{more}", names[..names.len().min(FEW)].join(", ")))
}

fn clusters(placement: &Placement, fleet: &Fleet, islands: &[Option<usize>]) -> Vec<PlannedCluster> {
    let platform: Vec<usize> =
        (0..fleet.workloads().len()).filter(|&workload| fleet.workloads()[workload].per_cluster).collect();
    let (contents, parts) = (placement.contents(), placement.parts(fleet));
    let one = |&((cluster, workloads), parts): &((&Cluster, &Vec<usize>), &Parts)| {
        let island = workloads.first().map_or(0, |&workload| 1 + islands[workload].unwrap_or(0));
        PlannedCluster { name: cluster.name.clone(), ..holding(cluster, island, (workloads, parts), &platform, fleet) }
    };
    let rows: Vec<_> = placement.clusters.iter().zip(&contents).zip(&parts).collect();
    let all = |rows: &[_]| rows.iter().map(one).collect::<Vec<_>>();
    let (mut clusters, more) = halves(placement.shares.len() >= MANY, &rows, all);
    clusters.extend(more);
    clusters
}

/// A cluster with these workloads, without a name.
fn holding(
    cluster: &Cluster,
    island: usize,
    (workloads, parts): (&[usize], &Parts),
    platform: &[usize],
    fleet: &Fleet,
) -> PlannedCluster {
    let (site, shape) = (&fleet.sites()[cluster.site], fleet.shape(cluster.site));
    let nodes = cluster.nodes.as_deref();
    let mut identities: Vec<String> = workloads.iter().map(|&workload| fleet.identity(workload)).collect();
    identities.sort();
    let mut platform_names: Vec<String> = platform.iter().map(|&workload| fleet.identity(workload)).collect();
    platform_names.sort();
    let held = workloads.iter().map(|&workload| &fleet.workloads()[workload]);
    let tenants: BTreeSet<usize> = held.clone().map(|it| it.tenant).collect();
    let namespaces: BTreeSet<&Text> = held.clone().map(|it| &it.namespace).collect();
    let mut once = vec![0u64; fleet.resources().len()];
    for owner in fleet.overheads(workloads) {
        once.iter_mut().zip(&fleet.tenants()[owner].overhead).for_each(|(sum, part)| *sum += part);
    }
    let resources = |pool: Option<usize>| {
        let row = |(index, name): (usize, &String)| {
            let ours = workloads.iter().filter(|&&it| fleet.workloads()[it].pool == pool);
            let requested: u64 = ours.map(|&it| requests(fleet, it, index, parts.pods(fleet, it))).sum();
            let requested = requested + if pool.is_none() { once[index] } else { 0 };
            (name.clone(), resource_use(name, requested, shape.usable_by(pool, index)))
        };
        fleet.resources().iter().enumerate().map(row).collect::<BTreeMap<_, _>>()
    };
    let used = |index: usize| {
        nodes.map(|nodes| nodes.iter().filter(|node| node.pool == index).map(|node| node.count).sum::<u64>())
    };
    let pools = shape.pools.iter().enumerate().map(|(index, pool)| PoolUse {
        name: pool.name.clone(),
        dedicated: pool.dedicated,
        nodes: used(index),
        paid: used(index).map(|used| used.max(pool.min)),
        max: pool.max,
        resources: pool.named.map_or_else(BTreeMap::new, |pool| resources(Some(pool))),
    });
    let node = |node: &NodeContent| NodeUse {
        pool: shape.pools[node.pool].name.clone(),
        count: node.count,
        pods: node.pods.iter().map(|&(workload, pods)| (fleet.identity(workload), pods)).collect(),
    };
    PlannedCluster {
        name: String::new(),
        template: fleet.template_name(cluster.site).to_owned(),
        region: cluster.region.map(|region| fleet.regions()[region].name.clone()),
        existing: existing(fleet, cluster.site),
        island: island as u64,
        tenants: tenants.into_iter().map(|tenant| fleet.tenants()[tenant].name.clone()).collect(),
        namespaces: namespaces.into_iter().cloned().collect(),
        workloads: identities,
        platform: platform_names,
        overhead: once_amounts(fleet, &once),
        resources: resources(None),
        nodes: nodes.map(|nodes| nodes.iter().map(|node| node.count).sum()),
        nodes_lower_bound: nodes.map(|_| fewest_nodes(fleet, cluster.site, workloads, parts)),
        pools: pools.collect(),
        placement: nodes.unwrap_or_default().iter().map(node).collect(),
        blast_radius: blast_radius(workloads.iter().chain(platform), parts, nodes.unwrap_or_default(), shape, fleet),
        cost: placement::cost(site, nodes.unwrap_or_default()).map(money),
    }
}

/// What a workload takes of a resource where so many of its pods are.
fn requests(fleet: &Fleet, workload: usize, resource: usize, pods: u64) -> u64 {
    let it = &fleet.workloads()[workload];
    // the whole of a split is within what can be counted
    if it.is_split() { it.pod[resource] * pods } else { it.total[resource] }
}

/// What is taken once in a cluster, resource by resource; nothing of those that nobody takes.
fn once_amounts(fleet: &Fleet, once: &[u64]) -> BTreeMap<String, String> {
    let taken = fleet.resources().iter().zip(once).filter(|(_, amount)| **amount > 0);
    taken.map(|(name, &amount)| (name.clone(), quantity::format(name, amount))).collect()
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
///
/// A workload of every node has a pod on each node in use of the pools that it runs on; one where nodes are not known.
fn blast_radius<'a>(
    workloads: impl Iterator<Item = &'a usize>,
    parts: &Parts,
    nodes: &[NodeContent],
    shape: &Shape,
    fleet: &Fleet,
) -> BlastRadius {
    let on_nodes = |pool: Option<usize>| {
        let ours = nodes.iter().filter(|node| pool.is_none() || shape.pools[node.pool].named == pool);
        if shape.packs_nodes() { ours.map(|node| node.count).sum() } else { 1 }
    };
    let (mut tenants, mut count, mut pods, mut fewest) = (BTreeSet::new(), 0u64, 0u64, u64::MAX);
    for (index, workload) in workloads.map(|&workload| (workload, &fleet.workloads()[workload])) {
        tenants.insert(workload.tenant);
        count += 1;
        let here = if workload.per_node { on_nodes(workload.pool) } else { parts.pods(fleet, index) };
        pods += here;
        fewest = fewest.min(here);
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

/// Of more different rows of amounts, the later are written anew.
const MOST_KNOWN: usize = 1 << 16;

fn assignments(placement: &Placement, fleet: &Fleet, changes: &Changes) -> Vec<Assignment> {
    // What rows have in common is written once.
    let clusters: Vec<Text> = placement.clusters.iter().map(|cluster| cluster.name.as_str().into()).collect();
    let resources: Vec<Text> = fleet.resources().iter().map(|name| name.as_str().into()).collect();
    let mut amounts: FxHashMap<(usize, u64), Text> = FxHashMap::default();
    // by where the workload's amounts stand
    let mut known: FxHashMap<*const u64, TextMap<Text>> = FxHashMap::default();
    let one = |share: &crate::placement::Share| {
        let workload = &fleet.workloads()[share.workload];
        let row = changes.row(share.workload, share.cluster, placement.clusters[share.cluster].site);
        let mut request = |(resource, (name, &amount)): (usize, (&Text, &u64))| {
            let text = amounts.entry((resource, amount)).or_insert_with(|| quantity::format(name, amount).into());
            (name.clone(), text.clone())
        };
        let requests = match known.get(&workload.total.as_ptr()) {
            _ if workload.is_split() => {
                let part: Vec<u64> = workload.pod.iter().map(|pod| pod.saturating_mul(share.replicas)).collect();
                resources.iter().zip(&part).enumerate().map(&mut request).collect()
            }
            Some(requests) => requests.clone(),
            None => {
                let made: TextMap<Text> =
                    resources.iter().zip(&*workload.total).enumerate().map(&mut request).collect();
                if known.len() < MOST_KNOWN {
                    known.insert(workload.total.as_ptr(), made.clone());
                }
                made
            }
        };
        Assignment {
            tenant: fleet.tenants()[workload.tenant].name.clone(),
            workload: workload.name.clone(),
            namespace: workload.namespace.clone(),
            cluster: clusters[share.cluster].clone(),
            replicas: share.replicas,
            requests,
            labels: workload.labels.clone(),
            copy: row.copy,
            change: row.change,
            from: changes.from(&row),
            because: row.because.map(Text::from),
        }
    };
    placement.shares.iter().map(one).collect()
}

/// The cost of the clusters, where all in use have a price.
fn cost(placement: &Placement, fleet: &Fleet) -> Option<u64> {
    let one = |it: &Cluster| placement::cost(&fleet.sites()[it.site], it.nodes.as_deref().unwrap_or_default());
    placement.clusters.iter().map(one).sum()
}

fn summary(
    levels: &[PlanLevel],
    placement: Option<&Placement>,
    fleet: &Fleet,
    graph: &TrustGraph,
    islands: &[Option<usize>],
) -> Summary {
    let to_place = || fleet.workloads().iter().filter(|workload| !workload.per_cluster);
    let tenants: BTreeSet<usize> = to_place().map(|workload| workload.tenant).collect();
    let clusters = placement.map(|placement| placement.clusters.len() as u64);
    let bound = |objective: LevelObjective| levels.iter().find(|level| level.objective == objective)?.bound;
    let known = match bound(LevelObjective::Clusters) {
        Some(Figure::Count(count)) => Some(count),
        _ => None,
    };
    let counted = known.is_some() || levels.is_empty();
    let lower_bound = known.unwrap_or(0);
    Summary {
        clusters,
        lower_bound,
        gap: clusters.filter(|_| counted).map(|clusters| clusters.saturating_sub(lower_bound)),
        lower_bound_reason: String::new(),
        cost: placement.and_then(|placement| cost(placement, fleet)).map(money),
        cost_lower_bound: bound(LevelObjective::Cost).map(Figure::value),
        isolation_premium: None,
        treated_as_not_fitting: 0,
        clusters_without_waivers: None,
        tenants: tenants.len() as u64,
        workloads: to_place().count() as u64,
        pods: to_place().map(|workload| workload.replicas_of_copy() * workload.copies()).sum(),
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

/// The values that a class with `"*"` took, with what carries them.
fn other_values(fleet: &Fleet) -> Vec<OtherValues> {
    let attributes = fleet.policy().attributes.iter().enumerate();
    let row = |(index, attribute): (usize, &crate::fleet::Attribute)| {
        let mut counts: BTreeMap<&str, (u64, usize)> = BTreeMap::new();
        for workload in fleet.workloads() {
            let value = workload.values[index].as_deref().filter(|&it| attribute.is_other(it));
            if let (Some(value), Some(class)) = (value, workload.attributes[index]) {
                let (count, _) = counts.entry(value).or_insert((0, class));
                *count += 1;
            }
        }
        let &(_, class) = counts.values().next()?;
        let values =
            counts.into_iter().map(|(value, (workloads, _))| ValueCount { value: value.to_owned(), workloads });
        Some(OtherValues {
            attribute: attribute.name.clone(),
            class: attribute.classes[class].clone(),
            values: values.collect(),
        })
    };
    attributes.filter_map(row).collect()
}

fn waivers(fleet: &Fleet, graph: &TrustGraph) -> Vec<WaiverRow> {
    let policy = fleet.policy();
    let rows = policy.waivers.iter().enumerate();
    rows.map(|(index, waiver)| {
        let days = graph.as_of().days_until(waiver.expires);
        let state = match days {
            ..0 => WaiverState::Expired,
            0..=90 => WaiverState::Expiring,
            _ => WaiverState::InForce,
        };
        WaiverRow {
            id: waiver.id.clone(),
            state,
            expires: waiver.expires.to_string(),
            waives: waiver.waives.iter().map(|&rule| RuleTable::name(policy, rule)).collect(),
            approved_by: waiver.approved_by.clone(),
            reason: waiver.reason.clone(),
            pairs: graph.waived_pairs(index),
        }
    })
    .collect()
}
