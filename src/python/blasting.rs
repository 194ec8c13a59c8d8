//! What a compromised workload reaches.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;

use super::fleet::Fleet;
use super::planning::solver;
use super::run::{self, Listener, apart, heard, short};
use crate::export;
use crate::pipeline::{self, BlastOptions};
use crate::plan::Plan;
use crate::report::Blast;

/// The document of `blast`, and whether Ctrl-C cut it short. The time limit counts from `began`.
#[pyfunction]
#[pyo3(signature = (fleet, *, plan, today, subject, began, time_limit, work_limit, seed, threads, as_of, hears=None))]
#[expect(clippy::too_many_arguments, reason = "one a parameter of the Python function")]
pub(super) fn blast(
    py: Python<'_>,
    fleet: &Fleet,
    plan: Option<PyBackedStr>,
    today: bool,
    subject: Option<String>,
    began: f64,
    time_limit: Option<f64>,
    work_limit: Option<u64>,
    seed: u64,
    threads: Option<usize>,
    as_of: Option<String>,
    hears: Option<Bound<'_, PyAny>>,
) -> PyResult<(String, bool)> {
    let since = run::began(py, began)?;
    let (started, listener) = (Some(since), hears.map(|hears| Listener { hears, since }));
    let fleet = Arc::clone(&fleet.inner);
    let (found, interrupted) = heard(py, listener.as_ref(), move |switch| {
        let solver = solver(time_limit, work_limit, seed, threads)?;
        let as_of = as_of.as_deref().map(str::parse).transpose()?;
        let plan = plan.as_deref().map(Plan::from_json).transpose()?.map(Arc::new);
        pipeline::blast(&fleet, &BlastOptions { solver, started, as_of, plan, today, subject }, switch)?.to_json()
    })?;
    Ok((found?, interrupted))
}

/// The same of a plan document, with its fleet or without; nothing is planned.
#[pyfunction]
#[pyo3(signature = (plan, fleet, subject))]
pub(super) fn blast_of(
    py: Python<'_>,
    plan: PyBackedStr,
    fleet: Option<&Fleet>,
    subject: Option<String>,
) -> PyResult<String> {
    let fleet = fleet.map(|fleet| Arc::clone(&fleet.inner));
    apart(py, move || Blast::of(&Plan::from_json(&plan)?, fleet.as_deref(), subject.as_deref())?.to_json())
}

/// Checks that `document` is one of `blast` and returns it in canonical form.
#[pyfunction]
pub(super) fn read_blast(py: Python<'_>, document: &str) -> PyResult<String> {
    short(py, || Blast::from_json(document)?.to_json())
}

/// A document of `blast` as text.
#[pyfunction]
pub(super) fn blast_text(py: Python<'_>, document: &str) -> PyResult<String> {
    short(py, || Ok(export::blast_text(&Blast::from_json(document)?)))
}
