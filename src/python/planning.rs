//! The module's functions: plan, read and print plans, the schemas, the program.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;

use super::fleet::Fleet;
use super::made::Made;
use super::run::{self, Listener, apart, heard, short};
use super::working::with_workers;
use crate::budget::Options;
use crate::certify::Certificate;
use crate::cli::input;
use crate::error::{Error, Result};
use crate::export::{AuditSource, Findings, Grade};
use crate::fleet::ValueLimits;
use crate::pipeline::Planned;
use crate::pipeline::certificate::{self, Judged};
use crate::problem::{Problem, Solution};
use crate::report::PlanDiff;
use crate::{cli, export, pipeline, plan as plan_document};

/// Violations (code, message) and remarks.
type Checked = (Vec<(String, String)>, Vec<String>, bool);

/// What proves a plan, kept in the engine's form until it is asked for.
#[pyclass(frozen, module = "tenantry._core")]
pub(super) struct Proved {
    problem: Problem,
    solution: Option<Solution>,
    certificate: Certificate,
}

impl Proved {
    /// What proves a plan, once more.
    pub(super) fn parts(&self) -> (Problem, Option<Solution>, Certificate) {
        (self.problem.clone(), self.solution.clone(), self.certificate.clone())
    }
}

#[pymethods]
impl Proved {
    /// The certificate document.
    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        short(py, || certificate::document(&self.problem, self.solution.as_ref(), &self.certificate))
    }
}

/// Plans a fleet: the plan, what proves it, and whether Ctrl-C cut it short. The time limit counts from `began`, as
/// does the time of what `hears` is told. `workers` takes jobs of the search.
#[pyfunction]
#[pyo3(signature = (fleet, *, began, time_limit, work_limit, seed, threads, as_of, names_from, objective, limits, hears=None, workers=None))]
#[expect(clippy::too_many_arguments, reason = "one a parameter of the Python function")]
pub(super) fn plan(
    py: Python<'_>,
    fleet: &Fleet,
    began: f64,
    time_limit: Option<f64>,
    work_limit: Option<u64>,
    seed: u64,
    threads: Option<usize>,
    as_of: Option<String>,
    names_from: Option<PyBackedStr>,
    objective: Option<Vec<String>>,
    limits: Vec<(String, String)>,
    hears: Option<Bound<'_, PyAny>>,
    workers: Option<Py<PyAny>>,
) -> PyResult<(Made, Proved, bool)> {
    let since = run::began(py, began)?;
    let started = Some(since);
    let fleet = Arc::clone(&fleet.inner);
    let listener = hears.map(|hears| Listener { hears, since });
    let (planned, interrupted) = heard(py, listener.as_ref(), move |switch| {
        let solver = with_workers(solver(time_limit, work_limit, seed, threads)?, workers);
        if threads == Some(0) {
            return Err(Error::Usage("`threads` is at least 1".into()));
        }
        let names_from = names_from.as_deref().map(plan_document::Plan::from_json).transpose()?.map(Arc::new);
        let as_of = as_of.as_deref().map(str::parse).transpose()?;
        let objective = objective.map(|words| plan_document::LevelObjective::list(&words)).transpose();
        let objective = objective.map_err(|why| Error::Usage(format!("`objective`: {why}")))?;
        let mut most = ValueLimits::default();
        for (name, number) in &limits {
            let limit = ValueLimits::one(name, number).map_err(|why| Error::Usage(format!("`limits`: {why}")))?;
            most = most.within(limit);
        }
        let options = pipeline::PlanOptions { solver, started, as_of, names_from, objective, limits: most };
        let Planned { plan, problem, solution, certificate, .. } = pipeline::plan_with_proof(&fleet, &options, switch)?;
        Ok((plan, Proved { problem, solution, certificate }))
    })?;
    let (plan, proved) = planned?;
    Ok((plan.into(), proved, interrupted))
}

pub(super) fn seconds(limit: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(limit)
        .map_err(|_| Error::Usage(format!("`time_limit` is a number of seconds, not {limit}")))
}

/// The limits of a call, its seed and its threads.
pub(super) fn solver(
    time_limit: Option<f64>,
    work_limit: Option<u64>,
    seed: u64,
    threads: Option<usize>,
) -> Result<Options> {
    Ok(Options { time_limit: time_limit.map(seconds).transpose()?, work_limit, seed, threads, ..Options::default() })
}

/// The violations (code, message) and remarks of a check of a plan document against a fleet, and whether it places anything.
#[pyfunction]
#[pyo3(signature = (fleet, document, as_of))]
pub(super) fn check_plan(
    py: Python<'_>,
    fleet: &Fleet,
    document: PyBackedStr,
    as_of: Option<String>,
) -> PyResult<Checked> {
    let fleet = Arc::clone(&fleet.inner);
    apart(py, move || {
        let checked = pipeline::check(
            &fleet,
            &plan_document::Plan::from_json(&document)?,
            as_of.as_deref().map(str::parse).transpose()?,
        )?;
        let found = checked.violations.into_iter().chain(checked.differences);
        let violations = found.map(|found| (found.code.name().to_owned(), found.message)).collect();
        Ok((violations, checked.remarks, checked.places))
    })
}

/// Whether a certificate proves the bound that a plan states: `verified`, `refuted` or `undecided`, and why.
#[pyfunction]
#[pyo3(signature = (fleet, document, proof, as_of, work_limit))]
pub(super) fn check_bound(
    py: Python<'_>,
    fleet: &Fleet,
    document: PyBackedStr,
    proof: PyBackedStr,
    as_of: Option<String>,
    work_limit: u64,
) -> PyResult<(&'static str, String)> {
    let fleet = Arc::clone(&fleet.inner);
    apart(py, move || {
        let plan = plan_document::Plan::from_json(&document)?;
        let day = as_of.as_deref().map(str::parse).transpose()?;
        let read = certificate::read(proof.as_bytes())?;
        Ok(match certificate::judge(&fleet, &plan, &read, day, work_limit)? {
            Judged::Verified { .. } => ("verified", String::new()),
            Judged::Refuted { place, why } => ("refuted", format!("{place}: {why}")),
            Judged::Undecided(why) => ("undecided", why.to_owned()),
        })
    })
}

/// The findings of such a check as SARIF, JUnit XML or annotations of GitHub, at the lines of the file that the fleet was read from.
#[pyfunction]
#[pyo3(signature = (fleet, document, as_of, kind, source))]
pub(super) fn check_as(
    py: Python<'_>,
    fleet: &Fleet,
    document: PyBackedStr,
    as_of: Option<String>,
    kind: String,
    source: Option<PathBuf>,
) -> PyResult<String> {
    let fleet = Arc::clone(&fleet.inner);
    apart(py, move || {
        let plan = plan_document::Plan::from_json(&document)?;
        let source = match source.as_deref().map(input::read).transpose()? {
            Some(read) if !fleet.is_written(&read.text) => {
                return Err(Error::Usage(format!("{} does not read as this fleet", read.name)));
            }
            Some(read) => AuditSource::new(&fleet, &read.name, &read.text, read.is_json()),
            None => AuditSource::default(),
        };
        let checked = pipeline::check(&fleet, &plan, as_of.as_deref().map(str::parse).transpose()?)?;
        let findings = checked.findings(&plan, false);
        match kind.as_str() {
            "sarif" => findings.sarif(&source),
            "junit" => findings.junit(),
            "github" => Ok(findings.github(&source)),
            other => Err(Error::Usage(format!("there is no format `{}` of a check", other.escape_debug()))),
        }
    })
}

/// A plan document in words.
#[pyfunction]
pub(super) fn plan_text(py: Python<'_>, document: PyBackedStr) -> PyResult<String> {
    apart(py, move || Ok(export::text(&plan_document::Plan::from_json(&document)?)))
}

/// A plan document's assignments as CSV.
#[pyfunction]
pub(super) fn plan_csv(py: Python<'_>, document: PyBackedStr) -> PyResult<String> {
    apart(py, move || Ok(export::csv(&plan_document::Plan::from_json(&document)?)))
}

/// The JSON Schema of a document, by the word of `tenantry schema`.
#[pyfunction]
pub(super) fn schema(py: Python<'_>, kind: &str) -> PyResult<String> {
    short(py, || cli::schema::named(kind))
}

/// What differs between two plan documents, as a document.
#[pyfunction]
pub(super) fn diff(py: Python<'_>, before: PyBackedStr, after: PyBackedStr) -> PyResult<String> {
    let read = |text: &str| plan_document::Plan::from_json(text);
    apart(py, move || PlanDiff::new(&read(&before)?, &read(&after)?).to_json())
}

/// Checks that `document` is one of `diff` and returns it in canonical form.
#[pyfunction]
pub(super) fn read_diff(py: Python<'_>, document: &str) -> PyResult<String> {
    short(py, || PlanDiff::from_json(document)?.to_json())
}

/// A document of `diff` as text.
#[pyfunction]
pub(super) fn diff_text(py: Python<'_>, document: &str) -> PyResult<String> {
    short(py, || Ok(export::diff_text(&PlanDiff::from_json(document)?)))
}

/// A document of `diff` as SARIF, JUnit XML or annotations of GitHub; `failing`: what differs counts as errors.
#[pyfunction]
pub(super) fn diff_as(py: Python<'_>, document: &str, kind: &str, failing: bool) -> PyResult<String> {
    short(py, || {
        let grade = if failing { Grade::Error } else { Grade::Warning };
        let findings = Findings::of_diff(&PlanDiff::from_json(document)?, grade);
        match kind {
            "sarif" => findings.sarif(&AuditSource::default()),
            "junit" => findings.junit(),
            "github" => Ok(findings.github(&AuditSource::default())),
            other => Err(Error::Usage(format!("there is no format `{}` of a difference", other.escape_debug()))),
        }
    })
}

/// Runs the program and returns its exit code.
#[pyfunction]
pub(super) fn run_program(py: Python<'_>, arguments: Vec<std::ffi::OsString>) -> PyResult<u8> {
    let code = short(py, || Ok(cli::run(arguments)))?;
    // the program listens for signals: give them back to the interpreter, where this is its main thread
    let signal = py.import("signal")?;
    for name in ["SIGINT", "SIGTERM", "SIGHUP"] {
        // not every system has each of them
        let Ok(number) = signal.getattr(name) else { continue };
        let handler = signal.call_method1("getsignal", (&number,))?;
        if handler.is_none() {
            continue; // it was not installed from Python
        }
        match signal.call_method1("signal", (number, handler)) {
            Err(error) if !error.is_instance_of::<pyo3::exceptions::PyValueError>(py) => return Err(error),
            _ => {}
        }
    }
    Ok(code)
}
