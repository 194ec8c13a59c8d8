//! Why there cannot be fewer clusters, of a plan with what proves it.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;

use super::fleet::Fleet;
use super::planning::{Proved, solver};
use super::run::{long, short};
use crate::pipeline::{self, Planned, certificate};
use crate::report::Why;
use crate::{export, plan};

/// The document of `why` of a plan document, and whether Ctrl-C cut it short. What proves the plan is given as the engine has it, or as a
/// certificate document.
#[pyfunction]
#[pyo3(signature = (fleet, document, proved, *, time_limit, work_limit, seed, threads))]
#[expect(clippy::too_many_arguments, reason = "one a parameter of the Python function")]
pub(super) fn why(
    py: Python<'_>,
    fleet: &Fleet,
    document: PyBackedStr,
    proved: Proof<'_>,
    time_limit: Option<f64>,
    work_limit: Option<u64>,
    seed: u64,
    threads: Option<usize>,
) -> PyResult<(String, bool)> {
    let fleet = Arc::clone(&fleet.inner);
    let own = match &proved {
        Proof::Own(proved) => Some(proved.get().parts()),
        Proof::Document(_) => None,
    };
    let text = match proved {
        Proof::Own(_) => None,
        Proof::Document(text) => Some(text),
    };
    let (found, interrupted) = long(py, move |switch| {
        let plan = plan::Plan::from_json(&document)?;
        let (problem, solution, certificate) = match (own, text) {
            (Some(own), _) => own,
            (None, text) => {
                let read = certificate::read(text.as_deref().unwrap_or_default().as_bytes())?;
                (read.problem, read.solution, read.certificate)
            }
        };
        let limits = solver(time_limit, work_limit, seed, threads)?;
        pipeline::why(&fleet, &Planned { plan, problem, solution, certificate }, &limits, switch)?.to_json()
    })?;
    Ok((found?, interrupted))
}

/// What proves a plan.
#[derive(FromPyObject)]
pub(super) enum Proof<'py> {
    Own(Bound<'py, Proved>),
    Document(PyBackedStr),
}

/// Checks that `document` is one of `why` and returns it in canonical form.
#[pyfunction]
pub(super) fn read_why(py: Python<'_>, document: &str) -> PyResult<String> {
    short(py, || Why::from_json(document)?.to_json())
}

/// A document of `why` as text.
#[pyfunction]
pub(super) fn why_text(py: Python<'_>, document: &str, depth: u8) -> PyResult<String> {
    short(py, || Ok(export::why_text(&Why::from_json(document)?, depth)))
}

/// A document of `why` with the lines of what it names in the text that the fleet was read from.
#[pyfunction]
pub(super) fn why_located(py: Python<'_>, document: &str, text: &str, json: bool) -> PyResult<String> {
    short(py, || {
        let mut why = Why::from_json(document)?;
        why.locate(text, json);
        why.to_json()
    })
}
