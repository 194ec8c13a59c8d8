//! Why there cannot be fewer clusters, of a plan with what proves it.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;

use super::fleet::Fleet;
use super::planning::{Proved, solver};
use super::run::{long, short};
use crate::pipeline::{self, Planned, certificate as file};
use crate::report::Why;
use crate::{export, plan};

/// The document of `why` of a plan document, and whether Ctrl-C cut it short. What proves a plan of ours is given as the engine has it, or
/// as it was pickled. A plan that was read is gone through first, with its certificate or without.
#[pyfunction]
#[pyo3(signature = (fleet, document, proved, *, certificate, time_limit, work_limit, seed, threads))]
#[expect(clippy::too_many_arguments, reason = "one a parameter of the Python function")]
pub(super) fn why(
    py: Python<'_>,
    fleet: &Fleet,
    document: PyBackedStr,
    proved: Option<Proof<'_>>,
    certificate: Option<PyBackedStr>,
    time_limit: Option<f64>,
    work_limit: Option<u64>,
    seed: u64,
    threads: Option<usize>,
) -> PyResult<(String, bool)> {
    let fleet = Arc::clone(&fleet.inner);
    let own = match &proved {
        Some(Proof::Own(proved)) => Some(proved.get().parts()),
        _ => None,
    };
    let text = match proved {
        Some(Proof::Document(text)) => Some(text),
        _ => None,
    };
    let (found, interrupted) = long(py, move |switch| {
        let plan = plan::Plan::from_json(&document)?;
        let limits = solver(time_limit, work_limit, seed, threads)?;
        let read = |text: PyBackedStr| file::read(text.as_bytes());
        let ours = match own {
            Some(own) => Some(own),
            None => text.map(read).transpose()?.map(|it| (it.problem, it.solution, it.certificate)),
        };
        let why = match ours {
            Some((problem, solution, certificate)) => {
                pipeline::why(&fleet, &Planned { plan, problem, solution, certificate }, &limits, switch)?
            }
            None => pipeline::why_of(&fleet, &plan, certificate.map(read).transpose()?, &limits, switch)?,
        };
        why.to_json()
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
