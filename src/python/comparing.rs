//! Plans side by side.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;

use super::fleet::Fleet;
use super::planning::solver;
use super::run::{self, Listener, heard, short};
use crate::error::Result;
use crate::pipeline::{self, CompareOptions, Contender};
use crate::plan::Plan;
use crate::report::Comparison;
use crate::{export, fleet};

/// What is compared: its name, and a fleet or else the document of a plan.
type Given = (String, Option<Py<Fleet>>, PyBackedStr);

/// The document of `compare`, and whether Ctrl-C cut it short. The time limit counts from `began`.
#[pyfunction]
#[pyo3(signature = (these, *, premium, began, time_limit, work_limit, seed, threads, as_of, hears=None))]
#[expect(clippy::too_many_arguments, reason = "one a parameter of the Python function")]
pub(super) fn compare(
    py: Python<'_>,
    these: Vec<Given>,
    premium: bool,
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
    let these: Vec<(String, Option<Arc<fleet::Fleet>>, PyBackedStr)> =
        these.into_iter().map(|(name, it, text)| (name, it.map(|it| Arc::clone(&it.get().inner)), text)).collect();
    let (found, interrupted) = heard(py, listener.as_ref(), move |switch| {
        let solver = solver(time_limit, work_limit, seed, threads)?;
        let as_of = as_of.as_deref().map(str::parse).transpose()?;
        let read = |(_, fleet, text): &(String, Option<Arc<fleet::Fleet>>, PyBackedStr)| match fleet {
            Some(_) => Ok(None),
            None => Plan::from_json(text).map(Some),
        };
        let plans = these.iter().map(read).collect::<Result<Vec<_>>>()?;
        let both = these.iter().zip(&plans);
        let contenders: Vec<(String, Contender<'_>)> = both
            .filter_map(|((name, fleet, _), plan)| {
                let it = fleet.as_deref().map(Contender::Fleet).or(plan.as_ref().map(Contender::Plan))?;
                Some((name.clone(), it))
            })
            .collect();
        pipeline::compare(&contenders, &CompareOptions { solver, started, as_of, premium }, switch)?.to_json()
    })?;
    Ok((found?, interrupted))
}

/// Checks that `document` is one of `compare` and returns it in canonical form.
#[pyfunction]
pub(super) fn read_comparison(py: Python<'_>, document: &str) -> PyResult<String> {
    short(py, || Comparison::from_json(document)?.to_json())
}

/// A document of `compare` as text.
#[pyfunction]
pub(super) fn comparison_text(py: Python<'_>, document: &str) -> PyResult<String> {
    short(py, || Ok(export::comparison_text(&Comparison::from_json(document)?)))
}
