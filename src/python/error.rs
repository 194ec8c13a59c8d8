//! Errors of the crate as the exceptions of `tenantry.errors`.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::error::{Error, FleetError, InputProblem};

/// The Python exception for `error`.
pub(super) fn to_python(py: Python<'_>, error: Error) -> PyErr {
    let made = match error {
        Error::Fleet(problems) => fleet_error(py, &problems),
        Error::Usage(message) => exception(py, "UsageError", message),
        Error::PlanDocument(message) => exception(py, "PlanError", message),
        Error::Io { path, source } => Ok(std::io::Error::new(source.kind(), format!("{path}: {source}")).into()),
        Error::Internal(message) => exception(py, "InternalError", message),
    };
    made.unwrap_or_else(|failed| failed)
}

/// A defect: what a caught panic says.
pub(super) fn internal(py: Python<'_>, message: &str) -> PyErr {
    let message = format!("internal error (please report it): {message}");
    exception(py, "InternalError", message).unwrap_or_else(|failed| failed)
}

fn exception(py: Python<'_>, name: &str, message: String) -> PyResult<PyErr> {
    Ok(PyErr::from_value(py.import("tenantry.errors")?.getattr(name)?.call1((message,))?))
}

fn fleet_error(py: Python<'_>, error: &FleetError) -> PyResult<PyErr> {
    let errors = py.import("tenantry.errors")?;
    let class = errors.getattr("Problem")?;
    let problems: Vec<_> =
        error.problems.iter().map(|problem| class.call((), Some(&fields(py, problem)?))).collect::<PyResult<_>>()?;
    let value = errors.getattr("FleetError")?.call1((PyTuple::new(py, problems)?, error.omitted))?;
    Ok(PyErr::from_value(value))
}

fn fields<'py>(py: Python<'py>, problem: &InputProblem) -> PyResult<Bound<'py, PyDict>> {
    let fields = PyDict::new(py);
    fields.set_item("code", problem.code)?;
    fields.set_item("path", &problem.path)?;
    fields.set_item("message", &problem.message)?;
    fields.set_item("line", problem.position.map(|(line, _)| line))?;
    fields.set_item("column", problem.position.map(|(_, column)| column))?;
    fields.set_item("got", &problem.got)?;
    fields.set_item("expected", &problem.expected)?;
    fields.set_item("suggestion", &problem.suggestion)?;
    Ok(fields)
}
