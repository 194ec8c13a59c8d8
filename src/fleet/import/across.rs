//! What several clusters run under one name, and somebody says is the same: one workload with a copy in each.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::InputProblem;
use crate::fleet::problems::{nearest, shown};

use super::emit::{RESERVED, Row};
use super::options::KubernetesOptions;
use super::report::Report;

/// Unites the namesakes of the namespaces that the options name, where every cluster that has the namespace has one and they agree
/// in everything. What differs stays apart, and is listed. Linear in the rows.
pub(super) fn unite(rows: Vec<Row>, options: &KubernetesOptions, report: &mut Report) -> Vec<Row> {
    if options.same_across.is_empty() {
        return rows;
    }
    let known: BTreeSet<&str> = rows.iter().filter_map(|row| row.original_namespace.as_deref()).collect();
    for name in options.same_across.iter().filter(|name| !known.contains(name.as_str())) {
        let problem = InputProblem::new("unknown-namespace", "", "no workload lives in this namespace");
        let near = nearest(name, known.iter().copied());
        report.problem(problem.with_got(format!("`{}`", shown(name))).with_suggestion(near));
    }
    let asked = |row: &Row| {
        let named = row.original_namespace.as_ref().is_some_and(|name| options.same_across.contains(name));
        named && row.cluster.is_some() && !row.per_cluster
    };
    // of each namespace the clusters that have it, of each name in it the rows
    let mut clusters: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut namesakes: BTreeMap<(&str, &str, &str), Vec<usize>> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate().filter(|(_, row)| asked(row)) {
        let (Some(namespace), Some(cluster)) = (&row.original_namespace, &row.cluster) else { continue };
        clusters.entry(namespace.as_str()).or_default().insert(cluster.as_str());
        namesakes.entry((namespace.as_str(), row.kind.as_str(), row.name.as_str())).or_default().push(index);
    }
    let mut united: BTreeMap<usize, Vec<String>> = BTreeMap::new(); // by the first row
    let mut gone: BTreeSet<usize> = BTreeSet::new();
    for ((namespace, _, _), members) in &namesakes {
        let all = &clusters[namespace];
        let theirs: BTreeSet<&str> = members.iter().filter_map(|&it| rows[it].cluster.as_deref()).collect();
        if all.len() < 2 {
            continue;
        }
        let first = &rows[members[0]];
        let differs = match all.difference(&theirs).next() {
            Some(missing) => Some(format!("not in `{}`", shown(missing))),
            None if members.len() > all.len() => Some("twice in one cluster".to_owned()),
            None => members[1..].iter().find_map(|&other| differs(first, &rows[other], options)),
        };
        match differs {
            Some(what) => {
                let told = "not the same in every cluster that has its namespace, so a workload of its own in each";
                report.note("differs-across", told, format!("{} ({what})", first.title));
            }
            None => {
                united.insert(members[0], theirs.into_iter().map(str::to_owned).collect());
                gone.extend(&members[1..]);
            }
        }
    }
    let one = |(index, mut row): (usize, Row)| {
        if let Some(clusters) = united.remove(&index) {
            row.namespace = row.original_namespace.clone();
            row.labels.remove("cluster");
            row.across = clusters;
        }
        row
    };
    rows.into_iter().enumerate().filter(|(index, _)| !gone.contains(index)).map(one).collect()
}

/// The first thing in which two rows differ beside where they are.
fn differs(one: &Row, other: &Row, options: &KubernetesOptions) -> Option<String> {
    let both = |what: &str, a: &dyn std::fmt::Display, b: &dyn std::fmt::Display| {
        let cluster = |row: &Row| shown(row.cluster.as_deref().unwrap_or_default());
        Some(format!("{what} {a} in `{}`, {b} in `{}`", cluster(one), cluster(other)))
    };
    let range = |row: &Row| format!("{}..{}", row.replicas.0, row.replicas.1);
    if one.tenant != other.tenant {
        return both("tenant", &one.tenant, &other.tenant);
    }
    if one.trust != other.trust {
        return both("trust", &one.trust, &other.trust);
    }
    if one.replicas != other.replicas || one.ranged != other.ranged {
        return both("replicas", &range(one), &range(other));
    }
    for ((name, _), (a, b)) in options.attributes.iter().zip(one.attributes.iter().zip(&other.attributes)) {
        if a != b {
            return both(name, &a.as_deref().unwrap_or("nothing"), &b.as_deref().unwrap_or("nothing"));
        }
    }
    let own = |row: &Row| {
        let mut labels = row.labels.clone();
        labels.retain(|key, _| key != "cluster" && !key.starts_with(RESERVED));
        labels
    };
    let rest = [
        ("requests differ", one.requests != other.requests),
        ("the node pool differs", one.pool != other.pool),
        ("one keeps state where it runs, and one does not", one.stateful != other.stateful),
        ("labels differ", own(one) != own(other)),
        (
            "how it runs differs",
            (one.daemon, one.counted, one.overlaps) != (other.daemon, other.counted, other.overlaps),
        ),
    ];
    let found = rest.iter().find(|(_, differs)| *differs)?;
    Some(found.0.to_owned())
}
