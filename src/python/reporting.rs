//! A plan on one page, and a plan filed away.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;

use super::fleet::Fleet;
use super::planning::seconds;
use super::run::{self, apart, long};
use crate::budget::Options;
use crate::error::{Error, Result};
use crate::evidence::{Filed, gather};
use crate::export::Report;
use crate::migrate::Migration;
use crate::plan::Plan;
use crate::report::Prices;

/// The report of a plan, as `html` or `markdown`; with its fleet the plan is checked.
#[pyfunction]
#[pyo3(signature = (plan, fleet, format, prices, migration))]
pub(super) fn report(
    py: Python<'_>,
    plan: PyBackedStr,
    fleet: &Fleet,
    format: String,
    prices: Option<PyBackedStr>,
    migration: Option<PyBackedStr>,
) -> PyResult<String> {
    let fleet = Arc::clone(&fleet.inner);
    apart(py, move || {
        let plan = Plan::from_json(&plan)?;
        let prices = prices.as_deref().map(Prices::from_json).transpose()?;
        let migration = migration.as_deref().map(Migration::from_json).transpose()?;
        let mut report = plan.report(&fleet)?;
        if let Some(prices) = &prices {
            report = report.with_prices(prices)?;
        }
        if let Some(migration) = &migration {
            report = report.with_migration(migration)?;
        }
        written(&report, &format)
    })
}

/// The report of a plan alone as a part of a notebook.
#[pyfunction]
pub(super) fn report_fragment(py: Python<'_>, plan: PyBackedStr) -> PyResult<String> {
    apart(py, move || Report::of_plan(&Plan::from_json(&plan)?).fragment())
}

/// The archive of a plan with all that proves it, and whether it was interrupted; `source` is the text that the fleet was read from.
#[pyfunction]
#[pyo3(signature = (fleet, plan, certificate, *, source, began, time_limit, work_limit))]
#[expect(clippy::too_many_arguments, reason = "one a parameter of the Python function")]
pub(super) fn bundle(
    py: Python<'_>,
    fleet: &Fleet,
    plan: PyBackedStr,
    certificate: Option<PyBackedStr>,
    source: Option<PyBackedStr>,
    began: f64,
    time_limit: Option<f64>,
    work_limit: Option<u64>,
) -> PyResult<(Vec<u8>, bool)> {
    let started = run::began(py, began)?;
    let fleet = Arc::clone(&fleet.inner);
    let (made, interrupted) = long(py, move |switch| {
        if source.as_deref().is_some_and(|source| !fleet.is_written(source)) {
            return Err(Error::Usage("`source` does not read as the fleet of the plan".to_owned()));
        }
        let left = time_limit.map(seconds).transpose()?.map(|limit| limit.saturating_sub(started.elapsed()));
        let limits = Options { time_limit: left, work_limit, ..Options::default() };
        let plan = Plan::from_json(&plan)?;
        let filed =
            Filed { fleet: &fleet, source: source.as_deref(), plan: &plan, certificate: certificate.as_deref() };
        gather(filed, &limits, switch)?.write()
    })?;
    Ok((made?, interrupted))
}

fn written(report: &Report<'_>, format: &str) -> Result<String> {
    match format {
        "html" => report.html(),
        "markdown" => report.markdown(),
        other => Err(Error::Usage(format!("a report is \"html\" or \"markdown\", not {other:?}"))),
    }
}
