//! SARIF 2.1.0 (OASIS, 2020), for what shows findings beside code.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::source::AuditSource;
use crate::error::{Error, Result};
use crate::report::{Audit, AuditState, AuditedViolation, Gate};
use crate::text::escaped;

/// Renders an audit as SARIF 2.1.0: one result a violation, with its id as fingerprint; what ends soon, warnings and notes
/// as results of lower levels. Against a baseline, results say whether they are new, and those that are known are
/// suppressed.
///
/// # Errors
/// [`Error::Internal`]: never, as far as is known.
pub fn audit_sarif(audit: &Audit, source: &AuditSource, gate: Gate) -> Result<String> {
    let mut rules: BTreeMap<&str, String> = BTreeMap::new();
    for group in &audit.groups {
        rules.entry(&group.rule).or_insert_with(|| group.title.clone());
    }
    if !audit.ending.is_empty() {
        rules.insert(ENDS_SOON, "a waiver or a stay ends soon".to_owned());
    }
    for it in audit.warnings.iter().chain(&audit.notes) {
        rules.entry(&it.code).or_insert_with(|| it.code.replace('-', " "));
    }
    let index: BTreeMap<&str, usize> = rules.keys().copied().zip(0..).collect();
    let result = |rule: &str, level: &str, message: &str| json!({"ruleId": rule, "ruleIndex": index[rule], "level": level, "message": {"text": escaped(message)}});
    let mut results: Vec<Value> = Vec::with_capacity(audit.violations.len());
    for it in &audit.violations {
        let mut one = result(&it.rule, "error", &it.message);
        one["locations"] = json!([location(it, source)]);
        one["partialFingerprints"] = json!({"tenantryAudit/v1": it.id});
        if audit.compared {
            one["baselineState"] = json!(match it.state {
                AuditState::New => "new",
                AuditState::Worse => "updated",
                AuditState::Known => "unchanged",
            });
        }
        if it.state == AuditState::Known {
            one["suppressions"] = json!([{"kind": "external", "justification": "known to the baseline"}]);
        }
        results.push(one);
    }
    for it in &audit.ending {
        let level = if gate.counts_ending(it) { "error" } else { "warning" };
        results.push(whole(result(ENDS_SOON, level, &it.to_string()), source));
    }
    for (list, level) in [(&audit.warnings, "warning"), (&audit.notes, "note")] {
        results.extend(list.iter().map(|it| whole(result(&it.code, level, &it.message), source)));
    }
    let rules: Vec<Value> =
        rules.iter().map(|(id, title)| json!({"id": id, "shortDescription": {"text": escaped(title)}})).collect();
    let driver = json!({"name": "tenantry", "version": audit.version, "rules": rules});
    let run = json!({"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results});
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0", "runs": [run]
    });
    let text = serde_json::to_string_pretty(&log).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(text + "\n")
}

/// The rule of what ends soon.
const ENDS_SOON: &str = "ends-soon";

/// The place in the file, and the cluster and the workload by name.
fn location(it: &AuditedViolation, source: &AuditSource) -> Value {
    let mut location = json!({});
    if let Some(uri) = source.uri() {
        location["physicalLocation"] = json!({"artifactLocation": {"uri": uri}});
        if let Some(line) = source.line(it) {
            location["physicalLocation"]["region"] = json!({"startLine": line});
        }
    }
    let names = [("cluster", &it.cluster), ("workload", &it.workload)];
    let logical = names.into_iter().filter_map(|(kind, name)| {
        name.as_ref().map(|name| json!({"fullyQualifiedName": escaped(name), "kind": kind}))
    });
    let logical: Vec<Value> = logical.collect();
    if !logical.is_empty() {
        location["logicalLocations"] = json!(logical);
    }
    location
}

/// A result about the fleet as a whole.
fn whole(mut result: Value, source: &AuditSource) -> Value {
    if let Some(uri) = source.uri() {
        result["locations"] = json!([{"physicalLocation": {"artifactLocation": {"uri": uri}}}]);
    }
    result
}
