//! Is this plan legal for this fleet, and are its figures right? Re-checked from the fleet alone, in whole numbers, by an
//! own reading of the rules: nothing here uses the conflict graph, the encoding or the solver.
//!
//! What is *not* checked here is that the lower bound is true: that takes the certificate.
#![deny(clippy::float_arithmetic)]

mod figures;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::fleet::Fleet;

use super::{PLAN_SCHEMA, Plan, PlanProof, PlanStatus, PlannedCluster};

/// Something in a plan that is against the fleet or against itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Stable kebab-case code, such as `over-capacity`.
    pub code: &'static str,
    /// In words, with names and figures.
    pub message: String,
}

impl Violation {
    /// Whether it is a breach of the policy: of a rule, of the room there is, of a group, or a workload left out.
    #[must_use]
    pub fn is_breach(&self) -> bool {
        const BREACHES: [&str; 10] = [
            "duplicate-workload",
            "missing-workload",
            "over-capacity",
            "over-max-count",
            "per-cluster-assigned",
            "separated-pair",
            "split-together",
            "unknown-cluster",
            "unknown-template",
            "wrong-template",
        ];
        BREACHES.contains(&self.code)
    }

    /// Whether it is a figure or a list that follows from the fleet, so that another version of the fleet explains it.
    #[must_use]
    pub fn is_figure(&self) -> bool {
        matches!(self.code, "empty-cluster" | "unknown-workload" | "wrong-figure" | "wrong-sample")
    }
}

/// At most this many violations are listed.
const MAX_VIOLATIONS: usize = 1_000;

/// The findings so far, and what they are about.
struct Findings<'a> {
    plan: &'a Plan,
    fleet: &'a Fleet,
    as_of: Date,
    list: Vec<Violation>,
}

impl Findings<'_> {
    fn add(&mut self, code: &'static str, message: String) {
        if self.list.len() < MAX_VIOLATIONS {
            self.list.push(Violation { code, message });
        }
    }

    /// Adds a violation where a figure of the plan is not what it should be.
    fn expect<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, stated: &T, right: &T) {
        if stated != right {
            self.add("wrong-figure", format!("{what} is {stated:?} in the plan and should be {right:?}"));
        }
    }
}

/// Lists everything that is wrong with a plan, judged on the day that it names (or on `as_of`); empty: it is legal and
/// its figures are right. Complexity: for each cluster, the square of the different kinds of workloads in it.
#[must_use]
pub fn verify(plan: &Plan, fleet: &Fleet, as_of: Option<Date>) -> Vec<Violation> {
    let stated = plan.day();
    let Some(as_of) = as_of.or(stated) else {
        return vec![Violation { code: "wrong-as-of", message: format!("`{}` is no date", plan.as_of.escape_debug()) }];
    };
    let mut findings = Findings { plan, fleet, as_of, list: Vec::new() };
    if stated.is_none() {
        findings.add("wrong-as-of", format!("`{}` is no date", plan.as_of.escape_debug()));
    }
    if plan.schema != PLAN_SCHEMA {
        findings.add("wrong-schema", format!("the schema is `{}`, expected `{PLAN_SCHEMA}`", plan.schema));
    }
    status(&mut findings);
    let placement = placement(&mut findings);
    if let Some(clusters) = &plan.clusters {
        let contents = contents(&placement, clusters);
        capacity(&mut findings, clusters, &contents);
        separated(&mut findings, clusters, &contents);
        together(&mut findings, clusters, &placement);
        figures::clusters(&mut findings, clusters, &contents);
    }
    figures::assignments(&mut findings);
    figures::summary(&mut findings);
    figures::rules(&mut findings);
    findings.list
}

/// Status, proof, bound and clusters must agree with one another.
fn status(findings: &mut Findings) {
    let plan = findings.plan;
    let planned = plan.clusters.is_some();
    let should = matches!(plan.status, PlanStatus::Optimal | PlanStatus::Feasible);
    if planned != should {
        let found = if planned { "a list" } else { "null" };
        findings.add("wrong-status", format!("the status is {:?} and `clusters` is {found}", plan.status));
    }
    let count = plan.clusters.as_ref().map(|clusters| clusters.len() as u64);
    findings.expect("summary.clusters", &plan.summary.clusters, &count);
    let bound = plan.summary.lower_bound;
    findings.expect("summary.gap", &plan.summary.gap, &count.map(|count| count.saturating_sub(bound)));
    if let Some(count) = count.filter(|&count| count < bound) {
        findings.add("wrong-bound", format!("{count} clusters are fewer than the lower bound of {bound}"));
    }
    if plan.status == PlanStatus::Optimal && (plan.summary.gap != Some(0) || plan.proof == PlanProof::None) {
        findings.add("wrong-status", "the status is optimal with a gap or without a proof".to_owned());
    }
    if let (Some(cost), Some(least)) = (plan.summary.cost, plan.summary.cost_lower_bound) {
        if cost < least {
            findings.add("wrong-bound", format!("the cost {cost} is less than the lower bound {least}"));
        } else if plan.status == PlanStatus::Optimal && cost > least {
            findings.add("wrong-status", format!("the status is optimal and the cost {cost} is above {least}"));
        }
    }
    let cheapest = findings.fleet.minimises_cost() && plan.status == PlanStatus::Optimal;
    if cheapest && plan.summary.cost_lower_bound.is_none() {
        let why = "the status is optimal, cost is an objective, and `costLowerBound` is missing";
        findings.add("wrong-status", why.to_owned());
    }
    if plan.clusters.is_none() && !plan.assignments.is_empty() {
        findings.add("wrong-status", "there are assignments and no clusters".to_owned());
    }
}

/// The cluster of each workload by the assignments, as an index into `clusters`.
type Placement = Vec<Option<usize>>;

/// Reads the assignments: every workload once, into a cluster of the plan, and the clusters list the same.
fn placement(findings: &mut Findings) -> Placement {
    let (plan, fleet) = (findings.plan, findings.fleet);
    let mut placement: Placement = vec![None; fleet.workloads().len()];
    let Some(clusters) = &plan.clusters else { return placement };
    let mut by_identity: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for (index, workload) in fleet.workloads().iter().enumerate() {
        by_identity.insert((&fleet.tenants()[workload.tenant].name, &workload.namespace, &workload.name), index);
    }
    let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, cluster) in clusters.iter().enumerate() {
        if by_name.insert(&cluster.name, index).is_some() {
            findings.add("duplicate-cluster", format!("two clusters are named `{}`", cluster.name));
        }
    }
    for row in &plan.assignments {
        let title = format!("{}/{}/{}", row.tenant, row.namespace, row.workload);
        let key = (row.tenant.as_str(), row.namespace.as_str(), row.workload.as_str());
        let Some(&workload) = by_identity.get(&key) else {
            findings.add("unknown-workload", format!("the fleet has no workload `{title}`"));
            continue;
        };
        if fleet.workloads()[workload].per_cluster {
            findings.add("per-cluster-assigned", format!("`{title}` runs in every cluster and is assigned to one"));
            continue;
        }
        let Some(&cluster) = by_name.get(row.cluster.as_str()) else {
            findings.add(
                "unknown-cluster",
                format!("`{title}` is assigned to `{}`, which the plan does not have", row.cluster),
            );
            continue;
        };
        if placement[workload].replace(cluster).is_some() {
            findings.add("duplicate-workload", format!("`{title}` is assigned more than once"));
        }
    }
    for (index, workload) in fleet.workloads().iter().enumerate() {
        if !workload.per_cluster && placement[index].is_none() {
            findings.add("missing-workload", format!("`{}` is assigned to no cluster", fleet.identity(index)));
        }
    }
    placement
}

fn contents(placement: &Placement, clusters: &[PlannedCluster]) -> Vec<Vec<usize>> {
    let mut contents = vec![Vec::new(); clusters.len()];
    for (workload, cluster) in placement.iter().enumerate() {
        if let Some(cluster) = cluster {
            contents[*cluster].push(workload);
        }
    }
    contents
}

/// Templates exist, are open to the workloads, hold them, and are not used too often.
fn capacity(findings: &mut Findings, clusters: &[PlannedCluster], contents: &[Vec<usize>]) {
    let fleet = findings.fleet;
    let mut used = vec![0u64; fleet.templates().len()];
    for (cluster, workloads) in clusters.iter().zip(contents) {
        let Some(index) = fleet.templates().iter().position(|template| template.name == cluster.template) else {
            findings.add(
                "unknown-template",
                format!("cluster `{}`: the fleet has no template `{}`", cluster.name, cluster.template),
            );
            continue;
        };
        used[index] += 1;
        let template = &fleet.templates()[index];
        for &workload in workloads.iter().filter(|&&workload| !fleet.workloads()[workload].templates.contains(&index)) {
            let identity = fleet.identity(workload);
            findings.add(
                "wrong-template",
                format!("cluster `{}`: `{identity}` cannot use template `{}`", cluster.name, template.name),
            );
        }
        for (resource, name) in fleet.resources().iter().enumerate() {
            let load: u128 = workloads.iter().map(|&workload| load(fleet, workload, resource)).sum();
            if let Some(usable) = template.usable[resource].filter(|&usable| load > u128::from(usable)) {
                let unit = if name == "cpu" { " (thousandths)" } else { "" };
                let message = format!("cluster `{}` holds {load} of {name}{unit}, usable are {usable}", cluster.name);
                findings.add("over-capacity", message);
            }
        }
    }
    for (template, &used) in fleet.templates().iter().zip(&used) {
        if let Some(max) = template.max_count.filter(|&max| used > max) {
            findings.add(
                "over-max-count",
                format!("{used} clusters of template `{}`, at most {max} are allowed", template.name),
            );
        }
    }
}

/// What a workload takes, added up anew from its replicas: the fixed part is what `total` holds beyond them.
fn load(fleet: &Fleet, workload: usize, resource: usize) -> u128 {
    let workload = &fleet.workloads()[workload];
    let pods = u128::from(workload.replicas) * u128::from(workload.pod[resource]);
    pods.max(u128::from(workload.total[resource]))
}

/// Nobody shares a cluster with somebody that a reason separates.
fn separated(findings: &mut Findings, clusters: &[PlannedCluster], contents: &[Vec<usize>]) {
    let fleet = findings.fleet;
    let reader = rules::Reader::new(fleet, findings.as_of);
    for (cluster, workloads) in clusters.iter().zip(contents) {
        let kinds = reader.kinds(workloads);
        for (position, kind) in kinds.iter().enumerate() {
            let within = kind.get(1).map(|&second| (kind[0], second));
            let across = kinds[position + 1..].iter().map(|other| (kind[0], other[0]));
            for (u, v) in within.into_iter().chain(across) {
                let reasons = reader.standing(u, v);
                if !reasons.is_empty() {
                    let (first, second) = (fleet.identity(u), fleet.identity(v));
                    let message = format!(
                        "cluster `{}`: `{first}` and `{second}` may not share: {}",
                        cluster.name,
                        reasons.join(", ")
                    );
                    findings.add("separated-pair", message);
                }
            }
        }
    }
}

/// Groups that must share one cluster do.
fn together(findings: &mut Findings, clusters: &[PlannedCluster], placement: &Placement) {
    for group in &findings.fleet.policy().together {
        let homes: BTreeSet<usize> = group.members.iter().filter_map(|&member| placement[member]).collect();
        if homes.len() > 1 {
            let names: Vec<&str> = homes.iter().map(|&home| clusters[home].name.as_str()).collect();
            let members: Vec<String> =
                group.members.iter().take(3).map(|&member| findings.fleet.identity(member)).collect();
            let what = group.id.as_ref().map_or_else(|| group.reason.clone(), |id| format!("together `{id}`"));
            let message = format!("{what} ({} ...) is split over {}", members.join(", "), names.join(", "));
            findings.add("split-together", message);
        }
    }
}
