//! The assignments as CSV (RFC 4180).

use std::collections::{BTreeMap, BTreeSet};

use crate::compact::Text;
use crate::plan::{Plan, PlannedCluster};

/// One line a workload (or a copy): `tenant,workload,namespace,cluster,template,replicas,change`, then `copy` where some workload
/// has several, `from` and `because` where clusters exist already, `region` where clusters stand in regions, `nodesLowerBound` and
/// `nodes:POOL` for each node pool (of its cluster, where pods are placed on nodes), `request:RESOURCE` for each
/// resource (Kubernetes quantities) and `label:KEY` for each label. Lines end with CRLF, cells with a comma, a quote or a
/// line break are quoted. Only the header where there is no plan.
///
/// A cell that a spreadsheet would take for a formula (behind white space and apostrophes it begins with `=`, `+`, `-`, `@`,
/// or one of their wide forms) gets an apostrophe in front; take one off again if you need the value.
#[must_use]
pub fn csv(plan: &Plan) -> String {
    let resources: BTreeSet<&str> =
        plan.assignments.iter().flat_map(|row| row.requests.keys()).map(Text::as_str).collect();
    let labels: BTreeSet<&str> = plan.assignments.iter().flat_map(|row| row.labels.keys()).map(Text::as_str).collect();
    let clusters = plan.clusters.as_deref().unwrap_or_default();
    let templates: BTreeMap<&str, &str> =
        clusters.iter().map(|cluster| (cluster.name.as_str(), cluster.template.as_str())).collect();
    let regions: BTreeMap<&str, &str> =
        clusters.iter().filter_map(|it| Some((it.name.as_str(), it.region.as_deref()?))).collect();
    let nodes: BTreeMap<&str, &PlannedCluster> =
        clusters.iter().filter(|it| it.nodes.is_some()).map(|it| (it.name.as_str(), it)).collect();
    let pools: BTreeSet<&str> = nodes.values().flat_map(|it| it.pools.iter().map(|pool| pool.name.as_str())).collect();
    let mut out = String::new();
    let fixed = ["tenant", "workload", "namespace", "cluster", "template", "replicas", "change"].map(str::to_owned);
    let named = resources.iter().map(|name| format!("request:{name}"));
    let copies = plan.assignments.iter().any(|row| row.copy.is_some());
    let moves = plan.moves.is_some();
    let moved = ["from", "because"].into_iter().filter(|_| moves).map(str::to_owned);
    let least = (!nodes.is_empty()).then(|| "nodesLowerBound".to_owned());
    let region = (!regions.is_empty()).then(|| "region".to_owned());
    let placed = region.into_iter().chain(least).chain(pools.iter().map(|name| format!("nodes:{name}")));
    let labelled = labels.iter().map(|key| format!("label:{key}"));
    let copy = copies.then(|| "copy".to_owned());
    line(&mut out, fixed.into_iter().chain(copy).chain(moved).chain(placed).chain(named).chain(labelled));
    for row in &plan.assignments {
        let template = templates.get(row.cluster.as_str()).copied().unwrap_or_default();
        let replicas = row.replicas.to_string();
        let fixed = [&row.tenant, &row.workload, &row.namespace, &row.cluster, template, &replicas, row.change.name()];
        let moved = [&row.from, &row.because].into_iter().filter(|_| moves);
        let moved = moved.map(|text| text.as_ref().map_or("", Text::as_str));
        let requests = resources.iter().map(|&name| row.requests.get(name).map_or("", Text::as_str));
        let labelled = labels.iter().map(|&key| row.labels.get(key).map_or("", Text::as_str));
        let cluster = nodes.get(row.cluster.as_str());
        let number = |count: Option<u64>| count.map_or_else(String::new, |count| count.to_string());
        let least = (!nodes.is_empty()).then(|| number(cluster.and_then(|it| it.nodes_lower_bound)));
        let used = |&name: &&str| number(cluster.and_then(|it| it.pools.iter().find(|pool| pool.name == name)?.nodes));
        let region = (!regions.is_empty())
            .then(|| regions.get(row.cluster.as_str()).map_or_else(String::new, |&region| region.to_owned()));
        let placed: Vec<String> = region.into_iter().chain(least).chain(pools.iter().map(used)).collect();
        let placed = placed.iter().map(String::as_str);
        let copy = copies.then(|| row.copy.map_or_else(String::new, |copy| copy.to_string()));
        let fixed = fixed.into_iter().chain(copy.as_deref());
        line(&mut out, fixed.chain(moved).chain(placed).chain(requests).chain(labelled));
    }
    out
}

fn line<S: AsRef<str>>(out: &mut String, cells: impl Iterator<Item = S>) {
    for (index, value) in cells.enumerate() {
        if index > 0 {
            out.push(',');
        }
        cell(out, value.as_ref());
    }
    out.push_str("\r\n");
}

fn cell(out: &mut String, value: &str) {
    let start = value.trim_start_matches(|c: char| c.is_whitespace() || c == '\'');
    let guarded = start.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let quoted = value.contains([',', '"', '\n', '\r']);
    if quoted {
        out.push('"');
    }
    if guarded {
        out.push('\'');
    }
    if quoted {
        out.push_str(&value.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_guarded() {
        let mut out = String::new();
        line(&mut out, ["a", "b,c", "say \"x\"", "=1+1", "-1,2", "two\nlines"].iter().map(|&cell| cell.to_owned()));
        assert_eq!(out, "a,\"b,c\",\"say \"\"x\"\"\",'=1+1,\"'-1,2\",\"two\nlines\"\r\n");
        out.clear();
        line(&mut out, [" =1", "\t@a", "\n+1", "'=1", "＝1", "'a", "a=1"].iter().map(|&cell| cell.to_owned()));
        assert_eq!(out, "' =1,'\t@a,\"'\n+1\",''=1,'＝1,'a,a=1\r\n");
    }
}
