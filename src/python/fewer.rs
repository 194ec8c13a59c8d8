//! What fewer clusters take.

use std::sync::Arc;

use pyo3::prelude::*;

use super::fleet::Fleet;
use super::planning::solver;
use super::run::{self, Listener, heard, short};
use super::working::with_workers;
use crate::export;
use crate::pipeline::{self, FrontierOptions};
use crate::report::Frontier;

/// The frontier document, and whether Ctrl-C cut it short. The time limit counts from `began`.
#[pyfunction]
#[pyo3(signature = (fleet, *, began, time_limit, work_limit, seed, threads, as_of, workers=None, hears=None))]
#[expect(clippy::too_many_arguments, reason = "one a parameter of the Python function")]
pub(super) fn frontier(
    py: Python<'_>,
    fleet: &Fleet,
    began: f64,
    time_limit: Option<f64>,
    work_limit: Option<u64>,
    seed: u64,
    threads: Option<usize>,
    as_of: Option<String>,
    workers: Option<Py<PyAny>>,
    hears: Option<Bound<'_, PyAny>>,
) -> PyResult<(String, bool)> {
    let since = run::began(py, began)?;
    let (started, listener) = (Some(since), hears.map(|hears| Listener { hears, since }));
    let fleet = Arc::clone(&fleet.inner);
    let (found, interrupted) = heard(py, listener.as_ref(), move |switch| {
        let solver = with_workers(solver(time_limit, work_limit, seed, threads)?, workers);
        let options = FrontierOptions { solver, started, as_of: as_of.as_deref().map(str::parse).transpose()? };
        pipeline::frontier(&fleet, &options, switch)?.to_json()
    })?;
    Ok((found?, interrupted))
}

/// Checks that `document` is a frontier document and returns it in canonical form.
#[pyfunction]
pub(super) fn read_frontier(py: Python<'_>, document: &str) -> PyResult<String> {
    short(py, || Frontier::from_json(document)?.to_json())
}

/// A frontier document as text.
#[pyfunction]
pub(super) fn frontier_text(py: Python<'_>, document: &str) -> PyResult<String> {
    short(py, || Ok(export::frontier_text(&Frontier::from_json(document)?)))
}
