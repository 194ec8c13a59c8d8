//! Violations that are known, so that an audit counts only what is new.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The schema of a baseline.
const BASELINE_SCHEMA: &str = "tenantry-baseline/v1";

/// The violations of an earlier audit. It is written by [`Audit::baseline`](super::Audit::baseline).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "tenantry baseline")]
#[non_exhaustive]
pub struct Baseline {
    /// `tenantry-baseline/v1`.
    #[schemars(extend("const" = BASELINE_SCHEMA))]
    pub schema: String,
    /// One entry a violation, by id.
    pub violations: Vec<BaselineEntry>,
}

/// A violation that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct BaselineEntry {
    /// Its id.
    pub id: String,
    /// The rule.
    pub rule: String,
    /// The cluster; null where it is about several.
    pub cluster: Option<String>,
    /// The workload; null where it is about the whole cluster.
    pub workload: Option<String>,
    /// How bad it was: one with a larger figure counts as new.
    pub figure: u64,
}

impl Baseline {
    /// The baseline of these violations.
    pub(super) fn new(mut violations: Vec<BaselineEntry>) -> Self {
        violations.sort_by(|a, b| a.id.cmp(&b.id));
        Self { schema: BASELINE_SCHEMA.to_owned(), violations }
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// [`Error::PlanDocument`] where the text is none.
    pub fn from_json(text: &str) -> Result<Self> {
        let wrong = |why: String| Error::PlanDocument(format!("this is no baseline: {why}"));
        let read: Self = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if read.schema != BASELINE_SCHEMA {
            return Err(wrong(format!("its schema is not {BASELINE_SCHEMA}")));
        }
        Ok(read)
    }

    /// As JSON, a line a violation: a change is easy to review.
    #[must_use]
    pub fn to_json(&self) -> String {
        let line = |entry: &BaselineEntry| format!("    {}", serde_json::to_string(entry).unwrap_or_default());
        let lines: Vec<String> = self.violations.iter().map(line).collect();
        let list = if lines.is_empty() { "[]".to_owned() } else { format!("[\n{}\n  ]", lines.join(",\n")) };
        format!("{{\n  \"schema\": \"{BASELINE_SCHEMA}\",\n  \"violations\": {list}\n}}\n")
    }

    /// The figures by id.
    pub(super) fn figures(&self) -> BTreeMap<&str, &BaselineEntry> {
        self.violations.iter().map(|entry| (entry.id.as_str(), entry)).collect()
    }
}
