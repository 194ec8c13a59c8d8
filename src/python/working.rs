//! Jobs of a search on any executor of Python: the way out, the way back, and what is done at the other end.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use super::run::long;
use crate::budget::{self, Lost, Options, Workers};
use crate::solve;
use crate::text::escaped;

/// So many characters are shown of what a worker says.
const MOST_WORDS: usize = 300;

/// Where what came of one job goes.
#[pyclass(frozen, module = "tenantry._core")]
pub(super) struct Reply(Mutex<Option<budget::Reply>>);

#[pymethods]
impl Reply {
    /// What `work_on` gave; ``None``: the job is lost. What comes after the first is not looked at.
    fn give(&self, answer: Option<PyBackedBytes>) {
        let reply = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let (Some(reply), Some(answer)) = (reply, answer) {
            reply.give(answer.to_vec());
        }
    }
}

/// An object of Python with `at_once`, `take` and `lost`. The search's own threads call it, while that of the call waits without the
/// interpreter's lock. Where the interpreter ends, or a method raises, the jobs are lost.
#[derive(Debug)]
struct Away(Py<PyAny>);

impl Workers for Away {
    fn at_once(&self) -> usize {
        let asked = |py: Python<'_>| self.0.bind(py).call_method0("at_once")?.extract();
        Python::try_attach(asked).and_then(Result::ok).unwrap_or(0)
    }

    fn take(&self, job: Vec<u8>, reply: budget::Reply) {
        Python::try_attach(|py| {
            let taken = Bound::new(py, Reply(Mutex::new(Some(reply))))
                .and_then(|reply| self.0.bind(py).call_method1("take", (PyBytes::new(py, &job), reply)));
            if let Err(error) = taken {
                error.write_unraisable(py, None);
            }
        });
    }

    fn lost(&self, why: &Lost) {
        let kind = match why {
            Lost::Gone => "gone",
            Lost::Late => "late",
            Lost::Refused(_) => "refused",
            Lost::Wrong(_) => "wrong",
            Lost::Unwritten(_) => "unwritten",
        };
        let says: String = escaped(&why.to_string()).chars().take(MOST_WORDS).collect();
        Python::try_attach(|py| {
            if let Err(error) = self.0.bind(py).call_method1("lost", (kind, says)) {
                error.write_unraisable(py, None);
            }
        });
    }
}

/// The same options with whoever works elsewhere.
pub(super) fn with_workers(options: Options, workers: Option<Py<PyAny>>) -> Options {
    Options { workers: workers.map(|it| Arc::new(Away(it)) as Arc<dyn Workers>), ..options }
}

/// Does a job, wherever it was sent. Ctrl-C ends it without an answer.
#[pyfunction]
pub(super) fn work_on<'py>(py: Python<'py>, job: PyBackedBytes) -> PyResult<Bound<'py, PyBytes>> {
    let (answer, _) = long(py, move |switch| Ok(solve::work_on(&job, switch)))?;
    Ok(PyBytes::new(py, &answer?))
}
