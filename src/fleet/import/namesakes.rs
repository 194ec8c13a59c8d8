//! Workloads of one name: other kinds are told apart, the platform's copies are one, all else is refused.

use std::collections::{BTreeMap, BTreeSet};

use super::emit::Row;
use super::report::Report;
use crate::error::InputProblem;

/// Tells namesakes of different kinds apart, unites the copies of a per-cluster workload, refuses other namesakes.
pub(super) fn once_each(rows: Vec<Row>, report: &mut Report) -> Vec<Row> {
    let identity = |row: &Row| (row.tenant.clone(), row.namespace.clone(), row.name.clone());
    let mut kinds: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for row in &rows {
        kinds.entry(identity(row)).or_default().insert(row.kind.clone());
    }
    let mut seen: BTreeMap<_, usize> = BTreeMap::new();
    let mut result: Vec<Row> = Vec::with_capacity(rows.len());
    for mut row in rows {
        if kinds.get(&identity(&row)).is_some_and(|kinds| kinds.len() > 1) {
            row.name = format!("{}-{}", row.name, row.kind.to_lowercase());
            let message = format!("{}: named `{}`, because another kind has the same name", row.title, row.name);
            report.warn("renamed", message);
        }
        let key = identity(&row);
        let Some(&earlier) = seen.get(&key) else {
            seen.insert(key, result.len());
            result.push(row);
            continue;
        };
        let first = &mut result[earlier];
        if first.per_cluster && row.per_cluster && first.cluster != row.cluster {
            unite(first, &row, report);
            continue;
        }
        let mut problem = InputProblem::new("duplicate-workload", &row.title, "there are two workloads of this name");
        problem.position = row.position;
        let hint =
            if first.cluster == row.cluster { "" } else { "; --qualify-namespaces keeps clusters' namespaces apart" };
        report
            .problem(problem.with_got(format!("the other: {}{hint}", first.title)).with_expected("each workload once"));
    }
    result
}

/// The platform runs one copy in every cluster: the copies of several clusters are one workload, at its largest.
fn unite(first: &mut Row, other: &Row, report: &mut Report) {
    if first.requests != other.requests {
        let message = format!("{} and {} differ in their requests: the larger are planned", first.title, other.title);
        report.warn("platform-differs", message);
    }
    for (resource, &amount) in &other.requests.amounts {
        let largest = first.requests.amounts.entry(resource.clone()).or_insert(amount);
        *largest = amount.max(*largest);
    }
    first.replicas = (first.replicas.0.max(other.replicas.0), first.replicas.1.max(other.replicas.1));
    first.ranged |= other.ranged;
    first.per_node |= other.per_node;
    first.stateful |= other.stateful;
    if first.pool != other.pool {
        first.pool = None;
    }
    for label in ["cluster", "tenantry/source"] {
        if first.labels.get(label) != other.labels.get(label) {
            first.labels.remove(label);
        }
    }
}
