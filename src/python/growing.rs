//! How far a fleet can grow.

use std::sync::Arc;

use pyo3::prelude::*;

use super::fleet::Fleet;
use super::planning::solver;
use super::run::{self, Listener, heard};
use super::working::with_workers;
use crate::error::Error;
use crate::export;
use crate::fleet::Grows;
use crate::pipeline::{self, GrowBy, GrowOptions};

/// The growth of a fleet: the document, in words, and whether Ctrl-C cut it short. The time limit counts from `began`.
#[pyfunction]
#[pyo3(signature = (fleet, *, by, up_to, of, add, rises, began, time_limit, work_limit, seed, threads, as_of, workers=None, hears=None))]
#[expect(clippy::too_many_arguments, reason = "one a parameter of the Python function")]
pub(super) fn grow(
    py: Python<'_>,
    fleet: &Fleet,
    by: Option<String>,
    up_to: String,
    of: String,
    add: Option<&Fleet>,
    rises: usize,
    began: f64,
    time_limit: Option<f64>,
    work_limit: Option<u64>,
    seed: u64,
    threads: Option<usize>,
    as_of: Option<String>,
    workers: Option<Py<PyAny>>,
    hears: Option<Bound<'_, PyAny>>,
) -> PyResult<(String, String, bool)> {
    let since = run::began(py, began)?;
    let (started, listener) = (Some(since), hears.map(|hears| Listener { hears, since }));
    let fleet = Arc::clone(&fleet.inner);
    let add = add.map(|it| Arc::clone(&it.inner));
    let (grown, interrupted) = heard(py, listener.as_ref(), move |switch| {
        let by = match by.as_deref() {
            None => GrowBy::All,
            Some("tenant") => GrowBy::Tenant,
            Some(text) => match text.strip_prefix("attribute:") {
                Some(name) => GrowBy::Attribute(name.to_owned()),
                None => {
                    let message = format!("`by` is `tenant` or `attribute:NAME`, not `{}`", text.escape_debug());
                    return Err(Error::Usage(message));
                }
            },
        };
        let of = match of.as_str() {
            "replicas" => Grows::Replicas,
            "requests" => Grows::Requests,
            other => {
                let message = format!("`of` is `replicas` or `requests`, not `{}`", other.escape_debug());
                return Err(Error::Usage(message));
            }
        };
        let solver = with_workers(solver(time_limit, work_limit, seed, threads)?, workers);
        let as_of = as_of.as_deref().map(str::parse).transpose()?;
        let options = GrowOptions { solver, started, as_of, by, up_to: up_to.parse()?, of, add, rises };
        let growth = pipeline::grow(&fleet, &options, switch)?;
        Ok((growth.to_json()?, export::growth_text(&growth)))
    })?;
    let (document, text) = grown?;
    Ok((document, text, interrupted))
}
