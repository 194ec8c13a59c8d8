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

/// Files by path, in order, with what is to be known of them.
type Files = (Vec<(String, String)>, Vec<String>);

/// The manifests of a plan; `options` is JSON, of what is not the default.
#[pyfunction]
pub(super) fn manifests(
    py: Python<'_>,
    plan: PyBackedStr,
    fleet: &Fleet,
    target: String,
    options: String,
) -> PyResult<Files> {
    let fleet = Arc::clone(&fleet.inner);
    apart(py, move || {
        let made = made(&plan, &fleet, &target, &options)?;
        let files = made.files().iter().map(|(path, text)| (path.clone(), text.clone())).collect();
        Ok((files, made.notes().to_vec()))
    })
}

/// Writes the manifests of a plan into a folder, or only says what that would do: each file, and what becomes of it.
#[pyfunction]
pub(super) fn write_manifests(
    py: Python<'_>,
    plan: PyBackedStr,
    fleet: &Fleet,
    target: String,
    options: String,
    folder: PathBuf,
    dry_run: bool,
) -> PyResult<Vec<(String, &'static str)>> {
    let fleet = Arc::clone(&fleet.inner);
    apart(py, move || {
        let made = made(&plan, &fleet, &target, &options)?;
        let written = if dry_run { made.compare(&folder)? } else { made.write(&folder)? };
        Ok(written.into_iter().map(|WrittenFile { path, change, .. }| (path, change.name())).collect())
    })
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
