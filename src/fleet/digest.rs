//! The digest of a fleet.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::amount::Amount;
use super::document::{CostDocument, Document, MissingRequestsDocument, TemplateDocument, WorkloadDocument};

/// SHA-256 over the document's canonical JSON: no white space, the keys of every map sorted, tenants, workloads and templates
/// by their names, amounts as strings digit for digit. The same for a fleet in YAML and in JSON, whatever the order of its
/// rows. Lower-case hexadecimal.
pub(super) fn digest(document: &Document) -> String {
    let mut hash = Sha256::new();
    let mut text = String::new();
    // Workloads and templates go one at a time, so that the whole never stands in memory a second time. The keys of
    // the document are written here in their sorted order.
    let mut rest = document.clone_without_lists();
    if let Some(MissingRequestsDocument::Amounts(amounts)) =
        rest.defaults.as_mut().and_then(|defaults| defaults.missing_requests.as_mut())
    {
        amounts.cpu.iter_mut().chain(&mut amounts.memory).for_each(Amount::quote);
    }
    rest.tenants.sort_by(|a, b| a.name.cmp(&b.name));
    let mut workloads: Vec<&WorkloadDocument> = document.workloads.iter().collect();
    workloads.sort_by(|a, b| (&a.tenant, &a.namespace, &a.name).cmp(&(&b.tenant, &b.namespace, &b.name)));
    let mut templates: Vec<&TemplateDocument> = document.cluster_templates.iter().collect();
    templates.sort_by(|a, b| a.name.cmp(&b.name));
    let rest = serde_json::to_value(rest).unwrap_or_default();
    let mut keys: BTreeMap<&str, &Value> =
        rest.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value)).collect();
    let lists = Value::Null;
    keys.insert("clusterTemplates", &lists);
    keys.insert("workloads", &lists);
    text.push('{');
    for (at, (key, value)) in keys.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        write_string(key, &mut text);
        text.push(':');
        match key {
            "clusterTemplates" => list(&templates, quote_template, &mut text, &mut hash),
            "workloads" => list(&workloads, quote_workload, &mut text, &mut hash),
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

fn list<T: Clone + serde::Serialize>(items: &[&T], quote: impl Fn(&mut T), text: &mut String, hash: &mut Sha256) {
    text.push('[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        let mut item = (*item).clone();
        quote(&mut item);
        write_sorted(&serde_json::to_value(item).unwrap_or_default(), text);
        if text.len() > 1 << 16 {
            hash.update(text.as_bytes());
            text.clear();
        }
    }
    text.push(']');
}

fn quote_workload(workload: &mut WorkloadDocument) {
    workload.requests.values_mut().chain(workload.fixed_requests.values_mut()).for_each(Amount::quote);
}

fn quote_template(template: &mut TemplateDocument) {
    let pools = template.node_pools.iter_mut().flatten().map(|pool| &mut pool.allocatable);
    pools.chain(&mut template.allocatable).flat_map(BTreeMap::values_mut).for_each(Amount::quote);
    template.headroom.iter_mut().for_each(Amount::quote);
    match &mut template.cost {
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
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
