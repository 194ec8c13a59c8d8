//! A plan in the engine's form, whose documents are written when somebody asks for them.

use std::mem::take;
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, LargeStringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3_arrow::PyTable;

use super::columns::{batch, map, table};
use super::run::{apart, free, short};
use crate::abreast::{MANY, halves};
use crate::compact::{Text, TextMap};
use crate::error::Error;
use crate::export;
use crate::plan::{Assignment, Plan, PlannedCluster};

/// Rows of a batch: the entries of its maps are counted in 32 bits.
const BATCH: usize = 1 << 16;

/// A plan. `tenantry.Plan` wraps it.
#[pyclass(frozen, module = "tenantry._core")]
pub(super) struct Made {
    /// All but the clusters, each with its workloads, and the assignments, of which there may be a million.
    head: Plan,
    clusters: Option<Vec<PlannedCluster>>,
    assignments: Vec<Assignment>,
}

impl From<Plan> for Made {
    fn from(mut plan: Plan) -> Self {
        let assignments = take(&mut plan.assignments);
        Self { clusters: plan.clusters.take(), head: plan, assignments }
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        if self.assignments.len() >= MANY {
            free((take(&mut self.assignments), take(&mut self.clusters)));
        }
    }
}

#[pymethods]
impl Made {
    /// Reads a plan document.
    #[new]
    fn new(py: Python<'_>, document: PyBackedStr) -> PyResult<Self> {
        apart(py, move || Plan::from_json(&document)).map(Into::into)
    }

    /// The document.
    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        let (clusters, assignments) = (&self.clusters, &self.assignments);
        short(py, || {
            let (clusters, assignments) = (clusters.clone(), assignments.clone());
            export::json(&Plan { clusters, assignments, ..self.head.clone() })
        })
    }

    /// The document without its clusters and assignments.
    fn head(&self, py: Python<'_>) -> PyResult<String> {
        short(py, || export::json(&self.head))
    }

    /// Whether there are clusters.
    #[getter]
    fn found(&self) -> bool {
        self.clusters.is_some()
    }

    /// The clusters of the document.
    fn clusters_json(&self, py: Python<'_>) -> PyResult<String> {
        short(py, || serde_json::to_string(&self.clusters).map_err(|error| Error::Internal(error.to_string())))
    }

    /// The assignments of the document.
    fn assignments_json(&self, py: Python<'_>) -> PyResult<String> {
        short(py, || serde_json::to_string(&self.assignments).map_err(|error| Error::Internal(error.to_string())))
    }

    /// How many assignments there are.
    #[getter]
    fn assigned(&self) -> usize {
        self.assignments.len()
    }

    /// The assignments as an Arrow table.
    fn assignments(&self) -> PyResult<PyTable> {
        let chunks: Vec<&[Assignment]> = self.assignments.chunks(BATCH).collect();
        let made = |chunks: &[&[Assignment]]| chunks.iter().map(|rows| assignments(rows)).collect::<PyResult<Vec<_>>>();
        let (batches, more) = halves(self.assignments.len() >= MANY, &chunks, made);
        let mut batches = batches?;
        batches.extend(more?);
        match batches.first().map(RecordBatch::schema) {
            Some(schema) => PyTable::try_new(batches, schema),
            None => table(0, assigned(&[])?),
        }
    }
}

fn assignments(rows: &[Assignment]) -> PyResult<RecordBatch> {
    batch(rows.len(), assigned(rows)?)
}

/// The columns of assignments, called as the fields of the record in Python.
fn assigned(rows: &[Assignment]) -> PyResult<Vec<(String, ArrayRef)>> {
    let columns = [
        ("tenant", texts(rows, |row| Some(&row.tenant))),
        ("workload", texts(rows, |row| Some(&row.workload))),
        ("namespace", texts(rows, |row| Some(&row.namespace))),
        ("cluster", texts(rows, |row| Some(&row.cluster))),
        ("replicas", counts(rows, |row| Some(row.replicas))),
        ("requests", maps(rows, |row| &row.requests)?),
        ("labels", maps(rows, |row| &row.labels)?),
        ("change", texts(rows, |row| Some(row.change.name()))),
        ("moved_from", texts(rows, |row| row.from.as_ref())),
        ("copy", counts(rows, |row| row.copy)),
        ("because", texts(rows, |row| row.because.as_ref())),
    ];
    Ok(columns.map(|(name, column)| (name.to_owned(), column)).into())
}

fn texts<'r, T: AsRef<str> + ?Sized + 'r>(
    rows: &'r [Assignment],
    of: impl Fn(&'r Assignment) -> Option<&'r T>,
) -> ArrayRef {
    let mut builder = LargeStringBuilder::with_capacity(rows.len(), rows.len() * 8);
    rows.iter().for_each(|row| builder.append_option(of(row)));
    Arc::new(builder.finish())
}

fn counts(rows: &[Assignment], of: impl Fn(&Assignment) -> Option<u64>) -> ArrayRef {
    let mut builder = Int64Builder::with_capacity(rows.len());
    // counts of documents are below 2^63
    rows.iter().for_each(|row| builder.append_option(of(row).and_then(|count| i64::try_from(count).ok())));
    Arc::new(builder.finish())
}

fn maps<'r>(rows: &'r [Assignment], of: impl Fn(&'r Assignment) -> &'r TextMap<Text>) -> PyResult<ArrayRef> {
    let (mut keys, mut values) = (LargeStringBuilder::new(), LargeStringBuilder::new());
    for (key, value) in rows.iter().flat_map(|row| of(row).iter()) {
        keys.append_value(key.as_str());
        values.append_value(value.as_str());
    }
    let lengths = rows.iter().map(|row| of(row).len()).collect();
    map(keys.finish(), Arc::new(values.finish()), lengths, vec![true; rows.len()])
}
