//! A plan on one page.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;

use super::fleet::Fleet;
use super::run::apart;
use crate::error::{Error, Result};
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

fn written(report: &Report<'_>, format: &str) -> Result<String> {
    match format {
        "html" => report.html(),
        "markdown" => report.markdown(),
        other => Err(Error::Usage(format!("a report is \"html\" or \"markdown\", not {other:?}"))),
    }
}
