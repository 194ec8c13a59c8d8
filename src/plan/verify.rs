//! Is this plan legal for this fleet, and are its figures right? Re-checked from the fleet alone, in whole numbers, by an
//! own reading of the rules: nothing here uses the conflict graph, the encoding or the solver.
//!
//! What is *not* checked here is that the lower bound is true: that takes the certificate.
#![deny(clippy::float_arithmetic)]

use std::cell::OnceCell;

use rustc_hash::FxHashMap;

use crate::abreast::{MANY, abreast};
use crate::date::Date;
use crate::fleet::{Fleet, quantity_of_thousandths};
use crate::placement::{self, Cluster, Key, NodeContent, Placement, Share, Violation, ViolationCode as Code, legal};

use super::findings::{Findings, shown};
use super::losses;
use super::write::asked;
use super::{
    Assignment, LevelObjective, PLAN_SCHEMA, Plan, PlanLimits, PlanProof, PlanStatus, PlannedCluster, figures, moves,
    rules,
};
use super::{region, site};

/// Lists everything that is wrong with a plan, judged on the day that it names (or on `as_of`); empty: it is legal and
/// its figures are right. Complexity: for each cluster, the square of the different kinds of workloads in it.
#[must_use]
pub fn verify(plan: &Plan, fleet: &Fleet, as_of: Option<Date>) -> Vec<Violation> {
    let no_day = || format!("{} is no date", shown(&plan.as_of));
    let Some(as_of) = as_of.or(plan.day()) else {
        return vec![Violation::new(Code::WrongAsOf, no_day())];
    };
    let mut findings = Findings::new(plan, fleet, as_of);
    if plan.day().is_none() {
        findings.add(Code::WrongAsOf, no_day());
    }
    if plan.schema != PLAN_SCHEMA {
        findings.add(Code::WrongSchema, format!("the schema is `{}`, expected `{PLAN_SCHEMA}`", plan.schema));
    }
    status(&mut findings);
    let named = named(plan, fleet);
    let mut placed = None;
    if let Some(clusters) = &plan.clusters {
        let (placement, stated, homes) = read(&mut findings, clusters, &named);
        let (wrong, figures) = abreast(
            placement.shares.len() >= MANY,
            || legal(fleet, &placement, as_of),
            || findings.part(|findings| figures::clusters(findings, &stated, &placement)),
        );
        findings.found.extend(wrong);
        findings.found.extend(figures);
        moves::check(&mut findings, &placement, &stated, &homes);
        limits(&mut findings, &placement);
        placed = Some(placement);
    } else {
        moves::nothing(&mut findings);
    }
    let limits = PlanLimits::stated(fleet.value_limits());
    findings.expect("limits", &plan.limits, &limits);
    findings.expect("objective", &plan.objective, &fleet.objective_asked().then(|| asked(fleet)));
    let lost = placed.as_ref().map(|placement| losses::of_clusters(fleet, placement)).unwrap_or_default();
    findings.expect("losses", &plan.losses, &lost);
    let lost = placed.as_ref().map(|placement| losses::of_regions(fleet, placement)).unwrap_or_default();
    findings.expect("lossesOfRegions", &plan.losses_of_regions, &lost);
    figures::assignments(&mut findings, &named);
    figures::summary(&mut findings);
    figures::levels(&mut findings, placed.as_ref());
    rules::separations(&mut findings, &named);
    rules::other_values(&mut findings);
    findings.found.into_list()
}

/// Who stands where by a plan's clusters and assignments, and what of them names nothing of the fleet.
pub fn placed(plan: &Plan, fleet: &Fleet, as_of: Date) -> (Placement, Vec<Violation>) {
    let mut findings = Findings::new(plan, fleet, as_of);
    let named = named(plan, fleet);
    let (placement, ..) = read(&mut findings, plan.clusters.as_deref().unwrap_or_default(), &named);
    (placement, findings.found.into_list())
}

/// The values of who stands where, against the highest that a plan may have.
fn limits(findings: &mut Findings, placement: &Placement) {
    let fleet = findings.fleet;
    let limits = fleet.value_limits();
    let one = |it: &Cluster| placement::cost(&fleet.sites()[it.site], it.nodes.as_deref().unwrap_or_default());
    let cost = placement.clusters.iter().map(one).try_fold(0u64, |sum, cost| sum.checked_add(cost?));
    for (what, value, limit) in [
        ("clusters", Some(placement.clusters.len() as u64), limits.clusters),
        ("cost", cost, limits.cost),
        ("moves", Some(placement::moves(fleet, placement)), limits.moves),
    ] {
        let Some(limit) = limit else { continue };
        let shown = |count: u64| if what == "cost" { quantity_of_thousandths(count) } else { count.to_string() };
        if value.is_none_or(|value| value > limit) {
            let value = value.map_or_else(|| "more than can be counted".to_owned(), shown);
            findings.add(Code::BeyondLimit, format!("{what} {value}, and the limit is {}", shown(limit)));
        }
    }
}

/// Status, proof, bound and clusters must agree with one another.
fn status(findings: &mut Findings) {
    let plan = findings.plan;
    let planned = plan.clusters.is_some();
    let should = matches!(plan.status, PlanStatus::Optimal | PlanStatus::Feasible);
    if planned != should {
        let found = if planned { "a list" } else { "null" };
        findings.add(Code::WrongStatus, format!("the status is {} and `clusters` is {found}", shown(&plan.status)));
    }
    let infeasible = plan.status == PlanStatus::Infeasible;
    if infeasible && plan.summary.lower_bound > 0 {
        let bound = plan.summary.lower_bound;
        findings.add(Code::WrongBound, format!("the lower bound is {bound}, and no plan exists: it should be 0"));
    }
    if !infeasible && !plan.contradictions.is_empty() {
        findings.add(Code::WrongStatus, format!("the status is {} with contradictions", shown(&plan.status)));
    }
    let compared = plan.summary.isolation_premium.is_some() || plan.summary.clusters_without_waivers.is_some();
    if !planned && compared {
        findings.add(Code::WrongStatus, "there are no clusters, and others are compared with them".to_owned());
    }
    let count = plan.clusters.as_ref().map(|clusters| clusters.len() as u64);
    findings.expect("summary.clusters", &plan.summary.clusters, &count);
    let bound = plan.summary.lower_bound;
    // where their number is not minimised, or only after what is open still, nothing is known of the fewest
    let level = plan.levels.iter().find(|level| level.objective == LevelObjective::Clusters);
    let counted = level.is_some_and(|level| level.bound.is_some());
    let gap = count.filter(|_| counted).map(|count| count.saturating_sub(bound));
    findings.expect("summary.gap", &plan.summary.gap, &gap);
    if let Some(count) = count.filter(|&count| count < bound) {
        findings.add(Code::WrongBound, format!("{count} clusters are fewer than the lower bound of {bound}"));
    }
    let fewest = level.is_none() || plan.summary.gap == Some(0);
    if plan.status == PlanStatus::Optimal && (!fewest || plan.proof == PlanProof::None) {
        findings.add(Code::WrongStatus, "the status is optimal with a gap or without a proof".to_owned());
    }
    if let (Some(cost), Some(least)) = (plan.summary.cost, plan.summary.cost_lower_bound) {
        if cost < least {
            findings.add(Code::WrongBound, format!("the cost {cost} is less than the lower bound {least}"));
        } else if plan.status == PlanStatus::Optimal && cost > least {
            findings.add(Code::WrongStatus, format!("the status is optimal and the cost {cost} is above {least}"));
        }
    }
    let cheapest = findings.fleet.minimises_cost() && plan.status == PlanStatus::Optimal;
    if cheapest && plan.summary.cost_lower_bound.is_none() {
        let why = "the status is optimal, cost is an objective, and `costLowerBound` is missing";
        findings.add(Code::WrongStatus, why.to_owned());
    }
    if plan.clusters.is_none() && !plan.assignments.is_empty() {
        findings.add(Code::WrongStatus, "there are assignments and no clusters".to_owned());
    }
}

/// The workload that each assignment names; `None` where the fleet has none of that name. Where they stand in the order of the
/// fleet, as we write them, no name is looked up.
fn named(plan: &Plan, fleet: &Fleet) -> Vec<Option<usize>> {
    let known: OnceCell<FxHashMap<Key, usize>> = OnceCell::new();
    let workloads = fleet.workloads();
    let mut last = 0;
    let one = |row: &Assignment| {
        let same = |&workload: &usize| {
            let it = &workloads[workload];
            row.workload == it.name && row.namespace == it.namespace && row.tenant == fleet.tenants()[it.tenant].name
        };
        let next = (last + 1..workloads.len()).find(|&it| !workloads[it].per_cluster);
        // a further copy of the last, or the one behind it
        let near = [(last < workloads.len()).then_some(last), next].into_iter().flatten().find(same);
        let key = || (row.tenant.as_str(), row.namespace.as_str(), row.workload.as_str());
        let found = near.or_else(|| known.get_or_init(|| placement::by_key(fleet)).get(&key()).copied());
        last = found.unwrap_or(last);
        found
    };
    plan.assignments.iter().map(one).collect()
}

/// What the assignments say: who stands where, the clusters that were read, and of each assignment its workload and its cluster
/// among these.
type Read<'a> = (Placement, Vec<&'a PlannedCluster>, Vec<Option<(usize, usize)>>);

/// Reads the assignments. What names no workload, template or cluster is a finding and left out.
fn read<'a>(findings: &mut Findings, clusters: &'a [PlannedCluster], named: &[Option<usize>]) -> Read<'a> {
    let (plan, fleet) = (findings.plan, findings.fleet);
    let (mut placement, mut stated) = (Placement::default(), Vec::new());
    let mut by_name: FxHashMap<&str, usize> = FxHashMap::default();
    // a name for each of a million workloads only where nodes name them
    let on_nodes = clusters.iter().any(|cluster| !cluster.placement.is_empty());
    let count = if on_nodes { fleet.workloads().len() } else { 0 };
    let by_identity: FxHashMap<String, usize> =
        (0..count).map(|workload| (fleet.identity(workload), workload)).collect();
    for cluster in clusters {
        let Some(site) = site(fleet, cluster) else {
            let (name, template) = (&cluster.name, &cluster.template);
            let known = fleet.templates().iter().any(|it| it.name == *template);
            let exists = fleet.existing().iter().find(|it| it.name == *name);
            let exists = exists.is_some_and(|it| fleet.template_name(it.site) == template);
            let (code, message) = match &cluster.region {
                Some(region) if exists => {
                    (Code::WrongRegion, format!("cluster `{name}` stands in `{region}`, and does not exist there"))
                }
                _ if !known && !exists => {
                    (Code::UnknownTemplate, format!("cluster `{name}`: the fleet has no template `{template}`"))
                }
                None => (Code::WrongRegion, format!("cluster `{name}` stands in no region")),
                Some(region) => (
                    Code::WrongRegion,
                    format!("cluster `{name}` stands in `{region}`, and template `{template}` does not"),
                ),
            };
            findings.add(code, message);
            continue;
        };
        if by_name.insert(&cluster.name, placement.clusters.len()).is_some() {
            findings.add(Code::DuplicateCluster, format!("two clusters are named `{}`", cluster.name));
        }
        let nodes = nodes(findings, cluster, site, &by_identity);
        placement.clusters.push(Cluster { name: cluster.name.clone(), site, region: region(fleet, cluster), nodes });
        stated.push(cluster);
    }
    let mut homes = vec![None; plan.assignments.len()];
    placement.shares.reserve(homes.len());
    for ((row, &workload), home) in plan.assignments.iter().zip(named).zip(&mut homes) {
        let title = || format!("{}/{}/{}", row.tenant, row.namespace, row.workload);
        let Some(workload) = workload else {
            findings.add(Code::UnknownWorkload, format!("the fleet has no workload `{}`", title()));
            continue;
        };
        let Some(&cluster) = by_name.get(row.cluster.as_str()) else {
            findings.add(
                Code::UnknownCluster,
                format!("`{}` is assigned to `{}`, which the plan does not have", title(), row.cluster),
            );
            continue;
        };
        placement.shares.push(Share { workload, cluster, replicas: row.replicas });
        *home = Some((workload, cluster));
    }
    (placement, stated, homes)
}

/// Reads what runs on the nodes of a cluster. What names no pool or workload is a finding and left out.
fn nodes(
    findings: &mut Findings,
    cluster: &PlannedCluster,
    site: usize,
    by_identity: &FxHashMap<String, usize>,
) -> Option<Vec<NodeContent>> {
    if cluster.nodes.is_none() && cluster.placement.is_empty() {
        return None;
    }
    let pools = &findings.fleet.shape(site).pools;
    let mut contents = Vec::new();
    for node in &cluster.placement {
        let Some(pool) = pools.iter().position(|pool| pool.name == node.pool) else {
            let message =
                format!("cluster `{}`: template `{}` has no pool `{}`", cluster.name, cluster.template, node.pool);
            findings.add(Code::UnknownPool, message);
            continue;
        };
        let mut pods = Vec::new();
        for (identity, &each) in &node.pods {
            match by_identity.get(identity) {
                Some(&workload) => pods.push((workload, each)),
                None => findings.add(Code::UnknownWorkload, format!("the fleet has no workload `{identity}`")),
            }
        }
        pods.sort_unstable();
        contents.push(NodeContent { pool, pods, count: node.count });
    }
    Some(contents)
}
