//! The smallest exceptions that a plan without some rules would take: who would share a cluster against which rule.

use std::collections::{BTreeMap, BTreeSet};

use crate::fleet::{Fleet, RuleId};
use crate::plan::Plan;
use crate::report::{DraftSide, WaiverDraft};
use crate::trust::{RuleTable, TrustGraph};

/// More pairs than this in one cluster are not looked at: a draft of so many is none that anybody would sign.
const MOST_PAIRS: u64 = 200_000;

/// Drafts of waivers for the pairs that share a cluster of `plan` and that a reason of `fleet` separates: for each cluster
/// and set of reasons one, between the workloads that it concerns. Within a cluster all pairs share, so a draft between two
/// sides of one cluster allows nothing else of the plan. Rules that no waiver takes away are left out: the plan is one
/// without them, and a pair that other rules separate too needs those waived.
/// Complexity: the pairs of each cluster.
pub(super) fn drafts(fleet: &Fleet, graph: &TrustGraph, plan: &Plan) -> Vec<WaiverDraft> {
    let mut clusters: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for row in &plan.assignments {
        let name = format!("{}/{}/{}", row.tenant, row.namespace, row.workload);
        if let Ok(workload) = fleet.find(&name) {
            clusters.entry(row.cluster.as_str()).or_default().insert(workload);
        }
    }
    let mut drafts: Vec<WaiverDraft> = Vec::new();
    for members in clusters.values() {
        let mut concerned: BTreeMap<Vec<RuleId>, Vec<[usize; 2]>> = BTreeMap::new();
        let members: Vec<usize> = members.iter().copied().collect();
        let count = members.len() as u64;
        if count * count.saturating_sub(1) / 2 > MOST_PAIRS {
            continue;
        }
        for (at, &u) in members.iter().enumerate() {
            for &v in &members[at + 1..] {
                let (Some(a), Some(b)) = (graph.class_of(u), graph.class_of(v)) else { continue };
                if !graph.conflict(a, b) {
                    continue;
                }
                let mut rules: Vec<RuleId> = graph
                    .reasons(fleet, u, v)
                    .into_iter()
                    .filter(|it| it.waived_by.is_empty())
                    .map(|it| it.rule)
                    .filter(|rule| !matches!(rule, RuleId::KeptApart(_)))
                    .collect();
                rules.sort_unstable();
                rules.dedup();
                if !rules.is_empty() {
                    concerned.entry(rules).or_default().push([u, v]);
                }
            }
        }
        for (rules, pairs) in concerned {
            let [first, second] = sides(&pairs);
            drafts.push(WaiverDraft {
                id: format!("draft-{}", drafts.len() + 1),
                between: [side(fleet, &first), side(fleet, &second)],
                waives: rules.iter().map(|&rule| RuleTable::name(fleet.policy(), rule)).collect(),
                reason: "they would share one cluster".to_owned(),
                pairs: pairs.len() as u64,
            });
        }
    }
    drafts
}

/// Two sides such that each pair has one on each, where there are such; else everybody on both.
fn sides(pairs: &[[usize; 2]]) -> [BTreeSet<usize>; 2] {
    let mut of: BTreeMap<usize, bool> = BTreeMap::new();
    let mut next: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for &[u, v] in pairs {
        next.entry(u).or_default().push(v);
        next.entry(v).or_default().push(u);
    }
    let all: BTreeSet<usize> = next.keys().copied().collect();
    for &start in &all {
        if of.contains_key(&start) {
            continue;
        }
        of.insert(start, false);
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            let ours = of[&at];
            for &other in &next[&at] {
                match of.get(&other) {
                    None => {
                        of.insert(other, !ours);
                        open.push(other);
                    }
                    Some(&theirs) if theirs == ours => return [all.clone(), all],
                    Some(_) => {}
                }
            }
        }
    }
    let (first, second): (BTreeSet<usize>, BTreeSet<usize>) = all.into_iter().partition(|it| !of[it]);
    [first, second]
}

/// Whole tenants where all of each is concerned; else the workloads.
fn side(fleet: &Fleet, workloads: &BTreeSet<usize>) -> DraftSide {
    let owner = |&workload: &usize| fleet.workloads()[workload].tenant;
    let tenants: BTreeSet<usize> = workloads.iter().map(owner).collect();
    let theirs = fleet.workloads().iter().filter(|it| !it.per_cluster && tenants.contains(&it.tenant)).count();
    if theirs == workloads.len() {
        DraftSide::Tenant(tenants.into_iter().map(|tenant| fleet.tenants()[tenant].name.to_string()).collect())
    } else {
        DraftSide::Workload(workloads.iter().map(|&workload| fleet.identity(workload)).collect())
    }
}
