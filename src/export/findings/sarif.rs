//! SARIF 2.1.0 (OASIS, 2020), for what shows findings beside code.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::source::AuditSource;
use crate::error::{Error, Result};
use crate::report::{Audit, AuditState, AuditedViolation, Gate};
use crate::text::escaped;

/// One result, and the title of its rule.
pub(super) struct Entry {
    rule: String,
    title: String,
    result: Value,
    line: Option<usize>,
    names: Vec<Value>,
    /// What stands behind the place.
    further: Vec<(&'static str, Value)>,
}

impl Entry {
    /// A result about the document as a whole.
    pub fn new(rule: &str, title: String, level: &str, message: &str) -> Self {
        let result = json!({"ruleId": rule, "ruleIndex": 0, "level": level, "message": {"text": escaped(message)}});
        Self { rule: rule.to_owned(), title, result, line: None, names: Vec::new(), further: Vec::new() }
    }

    /// The same at a line.
    pub fn at(mut self, line: Option<usize>) -> Self {
        self.line = line;
        self
    }

    /// The result with the place of its rule in the list, and its own.
    fn finished(mut self, rule: usize, source: &AuditSource) -> Value {
        self.result["ruleIndex"] = json!(rule);
        let mut location = json!({});
        if let Some(uri) = source.uri() {
            location["physicalLocation"] = json!({"artifactLocation": {"uri": uri}});
            if let Some(line) = self.line {
                location["physicalLocation"]["region"] = json!({"startLine": line});
            }
        }
        if !self.names.is_empty() {
            location["logicalLocations"] = json!(self.names);
        }
        if location.as_object().is_some_and(|it| !it.is_empty()) {
            self.result["locations"] = json!([location]);
        }
        for (key, value) in self.further {
            self.result[key] = value;
        }
        self.result
    }
}

/// The log of one run. Of a rule that comes with several titles the first counts.
pub(super) fn log(version: &str, source: &AuditSource, entries: Vec<Entry>) -> Result<String> {
    let mut rules: BTreeMap<String, String> = BTreeMap::new();
    for it in &entries {
        rules.entry(it.rule.clone()).or_insert_with(|| it.title.clone());
    }
    let index: BTreeMap<&String, usize> = rules.keys().zip(0..).collect();
    let finished = |it: Entry| {
        let rule = index.get(&it.rule).copied().unwrap_or_default(); // each has one
        it.finished(rule, source)
    };
    let results: Vec<Value> = entries.into_iter().map(finished).collect();
    let rules: Vec<Value> =
        rules.iter().map(|(id, title)| json!({"id": id, "shortDescription": {"text": escaped(title)}})).collect();
    let driver = json!({"name": "tenantry", "version": version, "rules": rules});
    let run = json!({"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results});
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0", "runs": [run]
    });
    let text = serde_json::to_string_pretty(&log).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(text + "\n")
}

/// Renders an audit as SARIF 2.1.0: one result a violation, with its id as fingerprint; what ends soon, warnings and notes
/// as results of lower levels. Against a baseline, results say whether they are new, and those that are known are
/// suppressed.
///
/// # Errors
/// [`Error::Internal`]: never, as far as is known.
pub fn audit_sarif(audit: &Audit, source: &AuditSource, gate: Gate) -> Result<String> {
    let titles: BTreeMap<&str, &str> = audit.groups.iter().rev().map(|it| (&*it.rule, &*it.title)).collect();
    let mut entries: Vec<Entry> = Vec::with_capacity(audit.violations.len());
    for it in &audit.violations {
        let title = titles.get(&*it.rule).map_or_else(|| it.rule.clone(), |&title| title.to_owned());
        let mut one = Entry::new(&it.rule, title, "error", &it.message).at(source.line(it));
        one.names = names(it);
        one.further.push(("partialFingerprints", json!({"tenantryAudit/v1": it.id})));
        if audit.compared {
            let state = match it.state {
                AuditState::New => "new",
                AuditState::Worse => "updated",
                AuditState::Known => "unchanged",
            };
            one.further.push(("baselineState", json!(state)));
        }
        if it.state == AuditState::Known {
            let known = json!([{"kind": "external", "justification": "known to the baseline"}]);
            one.further.push(("suppressions", known));
        }
        entries.push(one);
    }
    for it in &audit.ending {
        let level = if gate.counts_ending(it) { "error" } else { "warning" };
        let entry = Entry::new("ends-soon", "a waiver or a stay ends soon".to_owned(), level, &it.to_string());
        entries.push(entry.at(source.line_of_end(it)));
    }
    for (list, level) in [(&audit.warnings, "warning"), (&audit.notes, "note")] {
        entries.extend(list.iter().map(|it| {
            let entry = Entry::new(&it.code, it.code.replace('-', " "), level, &it.message);
            entry.at(source.line_of_note(&it.message))
        }));
    }
    log(&audit.version, source, entries)
}

/// The cluster and the workload by name.
fn names(it: &AuditedViolation) -> Vec<Value> {
    let names = [("cluster", &it.cluster), ("workload", &it.workload)];
    let logical = names.into_iter().filter_map(|(kind, name)| {
        name.as_ref().map(|name| json!({"fullyQualifiedName": escaped(name), "kind": kind}))
    });
    logical.collect()
}
