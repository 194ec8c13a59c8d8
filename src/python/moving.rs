//! Migrations.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;

use super::fleet::Fleet;
use super::planning::seconds;
use super::run::{self, Listener, apart, heard, short};
use crate::budget::Options;
use crate::export;
use crate::migrate::Migration;
use crate::pipeline::{self, MigrateOptions};
use crate::plan::Plan;

/// The migration document from what runs today to a plan, and whether it was interrupted.
#[pyfunction]
#[pyo3(signature = (
    fleet, plan, *, began, time_limit, work_limit, as_of, until, max_in_flight, first, allow_downtime, extra_clusters,
    extra_template, hears=None
))]
#[allow(clippy::too_many_arguments)] // one for each option, by name
pub(super) fn migrate(
    py: Python<'_>,
    fleet: &Fleet,
    plan: PyBackedStr,
    began: f64,
    time_limit: Option<f64>,
    work_limit: Option<u64>,
    as_of: Option<String>,
    until: Option<String>,
    max_in_flight: Option<u64>,
    first: Option<u64>,
    allow_downtime: bool,
    extra_clusters: u64,
    extra_template: Option<String>,
    hears: Option<Bound<'_, PyAny>>,
) -> PyResult<(String, bool)> {
    let since = run::began(py, began)?;
    let (started, listener) = (Some(since), hears.map(|hears| Listener { hears, since }));
    let fleet = Arc::clone(&fleet.inner);
    let (found, interrupted) = heard(py, listener.as_ref(), move |switch| {
        let solver = Options { time_limit: time_limit.map(seconds).transpose()?, work_limit, ..Options::default() };
        let options = MigrateOptions {
            solver,
            started,
            as_of: as_of.as_deref().map(str::parse).transpose()?,
            until: until.as_deref().map(str::parse).transpose()?,
            max_in_flight,
            first,
            allow_downtime,
            extra_clusters,
            extra_template,
        };
        pipeline::migrate(&fleet, &Plan::from_json(&plan)?, &options, switch)?.to_json()
    })?;
    Ok((found?, interrupted))
}

/// Checks that `document` is a migration document and returns it in canonical form.
#[pyfunction]
pub(super) fn read_migration(py: Python<'_>, document: &str) -> PyResult<String> {
    short(py, || Migration::from_json(document)?.to_json())
}

/// A migration document as text.
#[pyfunction]
pub(super) fn migration_text(py: Python<'_>, document: &str) -> PyResult<String> {
    short(py, || Ok(export::migration_text(&Migration::from_json(document)?)))
}

/// Goes through a migration again: what is wrong, what could not be decided, whether it ends in the plan.
#[pyfunction]
#[pyo3(signature = (fleet, plan, document, as_of))]
pub(super) fn replay_migration(
    py: Python<'_>,
    fleet: &Fleet,
    plan: PyBackedStr,
    document: PyBackedStr,
    as_of: Option<String>,
) -> PyResult<(Vec<String>, Vec<String>, bool)> {
    let fleet = Arc::clone(&fleet.inner);
    apart(py, move || {
        let day = as_of.as_deref().map(str::parse).transpose()?;
        let found = pipeline::replay(&fleet, &Plan::from_json(&plan)?, &Migration::from_json(&document)?, day)?;
        Ok((found.wrong, found.undecided, found.arrives))
    })
}
