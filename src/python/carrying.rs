//! The manifests that carry a plan out.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;

use super::fleet::Fleet;
use super::run::apart;
use crate::error::{Error, Result};
use crate::export::{ExportOptions, ExportTarget, Manifests, WrittenFile};
use crate::plan::Plan;

/// The manifests of a plan, made once.
#[pyclass(frozen, module = "tenantry._core")]
pub(super) struct MadeManifests {
    inner: Arc<Manifests>,
}

#[pymethods]
impl MadeManifests {
    /// Files by path, in order.
    fn files(&self) -> Vec<(String, String)> {
        self.inner.files().iter().map(|(path, text)| (path.clone(), text.clone())).collect()
    }

    /// What is to be known of them.
    fn notes(&self) -> Vec<String> {
        self.inner.notes().to_vec()
    }

    /// Writes them into a folder, or only says what that would do: each file, and what becomes of it.
    fn write(&self, py: Python<'_>, folder: PathBuf, dry_run: bool) -> PyResult<Vec<(String, &'static str)>> {
        let made = Arc::clone(&self.inner);
        apart(py, move || {
            let written = if dry_run { made.compare(&folder)? } else { made.write(&folder)? };
            Ok(written.into_iter().map(|WrittenFile { path, change, .. }| (path, change.name())).collect())
        })
    }
}

/// The manifests of a plan; `options` is JSON, of what is not the default.
#[pyfunction]
pub(super) fn manifests(
    py: Python<'_>,
    plan: PyBackedStr,
    fleet: &Fleet,
    target: String,
    options: String,
) -> PyResult<MadeManifests> {
    let fleet = Arc::clone(&fleet.inner);
    let made = apart(py, move || made(&plan, &fleet, &target, &options))?;
    Ok(MadeManifests { inner: Arc::new(made) })
}

fn made(plan: &str, fleet: &crate::fleet::Fleet, target: &str, options: &str) -> Result<Manifests> {
    let known = ExportTarget::find(target).ok_or_else(|| {
        let names: Vec<&str> = ExportTarget::names().collect();
        Error::Usage(format!("{target:?} is no target of an export: they are {}", names.join(", ")))
    })?;
    let options: ExportOptions = serde_json::from_str(options)
        .map_err(|error| Error::Usage(format!("these are no options of an export: {error}")))?;
    Plan::from_json(plan)?.export(fleet, known, &options)
}
