//! What is asked about the present placement.

use pyo3::prelude::*;

use super::fleet::Fleet;
use super::run::short;
use crate::error::{Error, Result};
use crate::export::{self, AuditSource};
use crate::pipeline::{self, AuditOptions};
use crate::report::{Audit, Baseline, FailOn, Gate};

/// The audit document of a fleet.
#[pyfunction]
#[pyo3(signature = (fleet, as_of, baseline, within))]
pub(super) fn audit(
    py: Python<'_>,
    fleet: &Fleet,
    as_of: Option<&str>,
    baseline: Option<&str>,
    within: u32,
) -> PyResult<String> {
    short(py, || {
        let baseline = baseline.map(Baseline::from_json).transpose()?;
        let options = AuditOptions { as_of: as_of.map(str::parse).transpose()?, baseline, within: Some(within) };
        pipeline::audit(&fleet.inner, &options)?.to_json()
    })
}

/// Checks that `document` is an audit document and returns it in canonical form.
#[pyfunction]
pub(super) fn read_audit(py: Python<'_>, document: &str) -> PyResult<String> {
    short(py, || Audit::from_json(document)?.to_json())
}

/// An audit document as text, SARIF, JUnit XML or annotations of GitHub.
#[pyfunction]
#[pyo3(signature = (document, kind, fail_on, within))]
pub(super) fn audit_as(
    py: Python<'_>,
    document: &str,
    kind: &str,
    fail_on: &str,
    within: Option<u32>,
) -> PyResult<String> {
    short(py, || {
        let (audit, gate) = (Audit::from_json(document)?, gate(fail_on, within)?);
        match kind {
            "text" => Ok(export::audit_text(&audit)),
            "sarif" => export::audit_sarif(&audit, &AuditSource::default(), gate),
            "junit" => export::audit_junit(&audit, gate),
            "github" => Ok(export::audit_github(&audit, &AuditSource::default(), gate)),
            other => Err(Error::Usage(format!("there is no format `{other}` of an audit"))),
        }
    })
}

/// The baseline that knows every violation of an audit document.
#[pyfunction]
pub(super) fn audit_baseline(py: Python<'_>, document: &str) -> PyResult<String> {
    short(py, || Ok(Audit::from_json(document)?.baseline().to_json()))
}

/// How many findings of an audit document count.
#[pyfunction]
#[pyo3(signature = (document, fail_on, within))]
pub(super) fn audit_failures(py: Python<'_>, document: &str, fail_on: &str, within: Option<u32>) -> PyResult<u64> {
    short(py, || Ok(Audit::from_json(document)?.failures(gate(fail_on, within)?)))
}

fn gate(fail_on: &str, within: Option<u32>) -> Result<Gate> {
    let fail_on = match fail_on {
        "violation" => FailOn::Violation,
        "warning" => FailOn::Warning,
        "note" => FailOn::Note,
        other => {
            let message = format!("`fail_on` is `violation`, `warning` or `note`, not `{}`", other.escape_debug());
            return Err(Error::Usage(message));
        }
    };
    Ok(Gate { fail_on, within })
}

/// Where workloads may go now: the document, and in words.
#[pyfunction]
#[pyo3(signature = (fleet, workloads, together, further, json, as_of))]
pub(super) fn place(
    py: Python<'_>,
    fleet: &Fleet,
    workloads: Vec<String>,
    together: bool,
    further: Option<&str>,
    json: bool,
    as_of: Option<&str>,
) -> PyResult<(String, String)> {
    short(py, || {
        let as_of = as_of.map(str::parse).transpose()?;
        let more = further.map(|text| fleet.inner.with_further(text, json)).transpose()?;
        let mut names = workloads;
        if let (Some(more), true) = (&more, names.is_empty()) {
            names = more.beyond(&fleet.inner);
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let places = pipeline::place(more.as_ref().unwrap_or(&fleet.inner), as_of, &names, together)?;
        Ok((places.to_json()?, export::places_text(&places)))
    })
}
