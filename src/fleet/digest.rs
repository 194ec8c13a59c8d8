//! The digest of a fleet.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::amount::Amount;
use super::document::{
    CopiesDocument, CostDocument, Document, ExistingDocument, MissingRequestsDocument, OneOrMany, PoolDocument,
    RangeDocument, ReplicasDocument, RunsInDocument, SplitClustersDocument, SplitDocument, StayDocument,
    StayUntilDocument, TemplateDocument, WorkloadDocument,
};
use crate::compact::TextMap;

/// SHA-256 over the document's canonical JSON: no white space, the keys of every map sorted, tenants, workloads, regions,
/// templates and existing clusters by their names, amounts as strings digit for digit. The same for a fleet in YAML and in JSON, whatever the order of its
/// rows. Lower-case hexadecimal.
///
/// `rows`: those of the workloads, in canonical order, `written` as they stand in the document.
pub(super) fn digest(document: &Document, rows: &[usize], written: &Rows) -> String {
    let order = by_given_namespace(document, rows);
    let mut hash = Sha256::new();
    let mut text = String::new();
    // The keys of the document are written here in their sorted order.
    let mut rest = document.clone_without_lists();
    if let Some(MissingRequestsDocument::Amounts(amounts)) =
        rest.defaults.as_mut().and_then(|defaults| defaults.missing_requests.as_mut())
    {
        amounts.cpu.iter_mut().chain(&mut amounts.memory).for_each(Amount::quote);
    }
    rest.limits.iter_mut().filter_map(|limits| limits.cost.as_mut()).for_each(Amount::quote);
    rest.regions.sort_by(|a, b| a.name.cmp(&b.name));
    rest.regions.iter_mut().filter_map(|region| region.cost_factor.as_mut()).for_each(Amount::quote);
    let of_tenants =
        rest.tenants.iter_mut().flat_map(|it| [&mut it.pin, &mut it.regions, &mut it.jurisdictions, &mut it.needs]);
    let of_regions = rest.regions.iter_mut().map(|region| &mut region.jurisdictions);
    for words in of_tenants.chain(of_regions).flatten() {
        listed(words);
    }
    rest.tenants.sort_by(|a, b| a.name.cmp(&b.name));
    let rest = serde_json::to_value(rest).unwrap_or_default();
    let mut keys: BTreeMap<&str, &Value> =
        rest.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value)).collect();
    let lists = Value::Null;
    keys.insert("clusterTemplates", &lists);
    keys.insert("workloads", &lists);
    if !document.existing_clusters.is_empty() {
        keys.insert("existingClusters", &lists);
    }
    text.push('{');
    for (at, (key, value)) in keys.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        write_string(key, &mut text);
        text.push(':');
        match key {
            "clusterTemplates" => {
                let mut templates: Vec<&TemplateDocument> = document.cluster_templates.iter().collect();
                templates.sort_by(|a, b| a.name.cmp(&b.name));
                let written = templates.into_iter().map(|template| {
                    let mut out = String::new();
                    write_template(template, &mut out);
                    Cow::Owned(out)
                });
                list(written, &mut text, &mut hash);
            }
            "existingClusters" => {
                let mut clusters: Vec<&ExistingDocument> = document.existing_clusters.iter().collect();
                clusters.sort_by(|a, b| a.name.cmp(&b.name));
                let written = clusters.into_iter().map(|cluster| {
                    let mut out = String::new();
                    write_existing(cluster, &mut out);
                    Cow::Owned(out)
                });
                list(written, &mut text, &mut hash);
            }
            "workloads" => {
                list(order.iter().map(|&row| Cow::Borrowed(written.get(row))), &mut text, &mut hash);
            }
            _ => write_sorted(value, &mut text),
        }
    }
    text.push('}');
    hash.update(text.as_bytes());
    hash.finalize().iter().fold(String::with_capacity(64), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// The rows in the order of the digest: of each tenant first those that name no namespace, then the others, as they stand in
/// canonical order. (Of a made namespace `{tenant}-{name}` the order is that of the names.)
fn by_given_namespace(document: &Document, rows: &[usize]) -> Vec<usize> {
    let row = |row: usize| &document.workloads[row];
    let mut order = Vec::with_capacity(rows.len());
    for ours in rows.chunk_by(|&a, &b| row(a).tenant == row(b).tenant) {
        for given in [false, true] {
            order.extend(ours.iter().copied().filter(|&it| row(it).namespace.is_some() == given));
        }
    }
    order
}

/// The workloads as they are written, one behind the other in the order of the document: they are scattered in memory, and
/// to write each in its turn would wait for all of its parts.
pub(super) struct Rows {
    text: String,
    ends: Vec<usize>,
}

impl Rows {
    pub fn of(workloads: &[WorkloadDocument]) -> Self {
        let (mut text, mut ends) = (String::new(), Vec::with_capacity(workloads.len()));
        for workload in workloads {
            write_workload(workload, &mut text);
            ends.push(text.len());
        }
        Self { text, ends }
    }

    fn get(&self, row: usize) -> &str {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.text[start..self.ends[row]]
    }
}

fn list<'t>(items: impl Iterator<Item = Cow<'t, str>>, text: &mut String, hash: &mut Sha256) {
    text.push('[');
    for (at, item) in items.enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&item);
        if text.len() > 1 << 16 {
            hash.update(text.as_bytes());
            text.clear();
        }
    }
    text.push(']');
}

/// A workload, key by key in their sorted order: there may be a million, too many for a tree of values each.
fn write_workload(workload: &WorkloadDocument, out: &mut String) {
    let WorkloadDocument {
        name,
        tenant,
        namespace,
        trust,
        sharing,
        accepts,
        regions,
        jurisdictions,
        needs,
        attributes,
        replicas,
        copies,
        split,
        requests,
        fixed_requests,
        per_cluster,
        per_node,
        pool,
        runs_in,
        pin,
        stay,
        stateful,
        move_cost,
        downtime,
        labels,
        mitigations,
    } = workload;
    let mut row = Row { out, first: true };
    row.optional("accepts", accepts.as_deref(), write_string);
    row.map("attributes", attributes, |text, out| write_string(text, out));
    row.optional("copies", copies.as_deref(), |copies, out| match copies {
        CopiesDocument::Exactly(count) => write_plain(count, out),
        CopiesDocument::Parts(parts) => write_sorted(&serde_json::to_value(parts).unwrap_or_default(), out),
    });
    row.optional("downtime", downtime.as_deref(), write_string);
    row.map("fixedRequests", fixed_requests, |amount, out| write_string(amount.as_str(), out));
    row.optional("jurisdictions", jurisdictions.as_deref(), write_names);
    row.map("labels", labels, |text, out| write_string(text, out));
    if !mitigations.is_empty() {
        row.key("mitigations");
        write_list(mitigations, row.out);
    }
    row.optional("moveCost", move_cost.as_ref(), write_plain);
    row.optional("name", Some(name.as_str()), write_string);
    row.optional("namespace", namespace.as_deref(), write_string);
    row.optional("needs", needs.as_deref(), write_names);
    row.optional("perCluster", per_cluster.as_ref(), write_plain);
    row.optional("perNode", per_node.as_ref(), write_plain);
    row.optional("pin", pin.as_deref(), write_names);
    row.optional("pool", pool.as_deref(), write_string);
    row.optional("regions", regions.as_deref(), write_names);
    row.optional("replicas", replicas.as_ref(), |replicas, out| match replicas {
        ReplicasDocument::Exactly(count) => write_plain(count, out),
        ReplicasDocument::Range(RangeDocument { min, max }) => {
            let _ = write!(out, "{{\"max\":{max},\"min\":{min}}}");
        }
    });
    row.map("requests", requests, |amount, out| write_string(amount.as_str(), out));
    row.optional("runsIn", runs_in.as_deref(), |runs_in, out| match runs_in {
        RunsInDocument::Clusters(names) => write_names(names, out),
        RunsInDocument::Replicas(parts) => {
            write_sorted(&serde_json::to_value(parts).unwrap_or_default(), out);
        }
    });
    row.optional("sharing", sharing.as_deref(), write_string);
    row.optional("split", split.as_ref(), |split, out| match split {
        SplitDocument::Anywhere(split) => write_plain(split, out),
        SplitDocument::Clusters(SplitClustersDocument { clusters }) => {
            let _ = write!(out, "{{\"clusters\":{clusters}}}");
        }
    });
    row.optional("stateful", stateful.as_ref(), write_plain);
    row.optional("stay", stay.as_deref(), |stay, out| match stay {
        StayDocument::Word(word) => write_string(word, out),
        StayDocument::Until(StayUntilDocument { for_, until }) => {
            let mut row = Row { out, first: true };
            row.optional("for", Some(for_.as_str()), write_string);
            row.optional("until", Some(until.as_str()), write_string);
            row.out.push('}');
        }
    });
    row.optional("tenant", Some(tenant.as_str()), write_string);
    row.optional("trust", trust.as_deref(), write_string);
    row.out.push('}');
}

/// A map in the making.
struct Row<'o> {
    out: &'o mut String,
    first: bool,
}

impl Row<'_> {
    fn key(&mut self, key: &str) {
        self.out.push(if self.first { '{' } else { ',' });
        self.first = false;
        write_string(key, self.out);
        self.out.push(':');
    }

    fn optional<T: ?Sized>(&mut self, key: &str, value: Option<&T>, write: impl Fn(&T, &mut String)) {
        if let Some(value) = value {
            self.key(key);
            write(value, self.out);
        }
    }

    fn map<V>(&mut self, key: &str, map: &TextMap<V>, write: impl Fn(&V, &mut String)) {
        if !map.is_empty() {
            self.key(key);
            let mut inner = Row { out: self.out, first: true };
            for (key, value) in map {
                inner.optional(key, Some(value), &write);
            }
            inner.out.push('}');
        }
    }
}

fn write_list(texts: &[impl AsRef<str>], out: &mut String) {
    out.push('[');
    for (at, text) in texts.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_string(text.as_ref(), out);
    }
    out.push(']');
}

/// One name is as good as a list of it.
fn write_names(names: &OneOrMany, out: &mut String) {
    write_list(names.as_slice(), out);
}

/// A boolean or a whole number.
fn write_plain(value: &impl std::fmt::Display, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{value}");
}

fn write_template(template: &TemplateDocument, out: &mut String) {
    let mut template = template.clone();
    quote_template(&mut template);
    write_sorted(&serde_json::to_value(template).unwrap_or_default(), out);
}

/// One word means a list of one.
fn listed(words: &mut OneOrMany) {
    if let OneOrMany::One(word) = words {
        *words = OneOrMany::Many(vec![std::mem::take(word)]);
    }
}

fn quote_template(template: &mut TemplateDocument) {
    let words = [&mut template.regions, &mut template.jurisdictions, &mut template.provides];
    words.into_iter().flatten().for_each(|words| listed(words));
    quote_shape(&mut template.node_pools, &mut template.allocatable, &mut template.headroom, &mut template.cost);
}

fn write_existing(cluster: &ExistingDocument, out: &mut String) {
    let mut it = cluster.clone();
    it.provides.iter_mut().for_each(|words| listed(words));
    quote_shape(&mut it.node_pools, &mut it.allocatable, &mut it.headroom, &mut it.cost);
    if let Some(occupied) = &mut it.occupied {
        occupied.cpu.iter_mut().chain(&mut occupied.memory).for_each(Amount::quote);
    }
    write_sorted(&serde_json::to_value(it).unwrap_or_default(), out);
}

fn quote_shape(
    pools: &mut Option<Vec<PoolDocument>>,
    allocatable: &mut Option<TextMap<Amount>>,
    headroom: &mut Option<Amount>,
    cost: &mut Option<CostDocument>,
) {
    let pools = pools.iter_mut().flatten().map(|pool| &mut pool.allocatable);
    pools.chain(allocatable).flat_map(TextMap::values_mut).for_each(Amount::quote);
    headroom.iter_mut().for_each(Amount::quote);
    match cost {
        Some(CostDocument::Flat(cost)) => cost.quote(),
        Some(CostDocument::Parts(parts)) => parts.cluster.iter_mut().chain(&mut parts.per_node).for_each(Amount::quote),
        None => {}
    }
}

/// Compact JSON with sorted keys. Depth is that of the document's types.
fn write_sorted(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => write_string(text, out),
        Value::Array(list) => {
            out.push('[');
            for (at, item) in list.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_sorted(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (at, (key, value)) in entries.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_string(key, out);
                out.push(':');
                write_sorted(value, out);
            }
            out.push('}');
        }
        // Null, booleans and whole numbers.
        plain => {
            let _ = write!(out, "{plain}");
        }
    }
}

/// A JSON string: only quotes, backslashes and control characters escaped.
pub(super) fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    // nearly all are: looked at without a branch a byte
    if text.bytes().fold(true, |all, byte| all & plain(byte)) {
        out.push_str(text);
        out.push('"');
        return;
    }
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if plain(byte) {
            continue;
        }
        // All of these are characters of one byte.
        out.push_str(&text[from..at]);
        from = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ => {
                let _ = write!(out, "\\u{byte:04x}");
            }
        }
    }
    out.push_str(&text[from..]);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every key of a workload, so that one that is added later is missed here.
    fn full() -> WorkloadDocument {
        let mut full = WorkloadDocument::new("shop", "front\"end")
            .namespace("shop-a")
            .trust("trusted")
            .sharing("tenant")
            .attribute("region", "eu\\\n\u{1}é")
            .attribute("environment", "prod")
            .regions("eu")
            .jurisdictions(["a\"b", "c"])
            .needs(Vec::new())
            .replicas_between(2, 5)
            .copies(CopiesDocument::count(3).per_region(2).survive_regions(1))
            .split_over(4)
            .cpu("100m")
            .memory(5)
            .fixed_request("memory", 7)
            .per_cluster()
            .per_node()
            .pool("gpu")
            .runs_in(["east"])
            .pin("ea\"st")
            .stay(StayDocument::cluster_until("2027-01-01"))
            .stateful()
            .move_cost(7)
            .downtime_allowed()
            .label("b", "1")
            .label("a", "2");
        full.accepts = Some("trusted".into());
        full.mitigations = vec!["one".into(), "two".into()];
        full
    }

    #[test]
    fn a_workload_is_written_as_its_tree_would_be() {
        let schema: serde_json::Value = serde_json::from_str(&super::super::document::schema()).unwrap();
        let properties = schema["$defs"]["WorkloadDocument"]["properties"].clone();
        let tree = serde_json::to_value(full()).unwrap();
        assert_eq!(tree.as_object().unwrap().len(), properties.as_object().unwrap().len());
        let mut few = WorkloadDocument::new("t", "w").replicas(3);
        few.per_cluster = Some(false);
        for workload in [full(), few, WorkloadDocument::default()] {
            let mut quoted = workload.clone();
            quoted.requests.values_mut().chain(quoted.fixed_requests.values_mut()).for_each(Amount::quote);
            let places = quoted.regions.iter_mut().chain(&mut quoted.jurisdictions).chain(&mut quoted.needs);
            for names in quoted.pin.iter_mut().chain(places) {
                **names = OneOrMany::Many(names.as_slice().to_vec());
            }
            let (mut ours, mut theirs) = (String::new(), String::new());
            write_workload(&workload, &mut ours);
            write_sorted(&serde_json::to_value(quoted).unwrap(), &mut theirs);
            assert_eq!(ours, theirs);
            assert!(serde_json::from_str::<Value>(&ours).is_ok(), "{ours}");
        }
    }
}
