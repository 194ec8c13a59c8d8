//! `tenantry._core.Fleet`: a handle on a checked fleet.

use std::borrow::Cow;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::PyDict;

use super::error::to_python;
use super::run::{apart, free_last, short};
use super::tables::{Given, Table};
use super::values::{Reader, Wrong};
use crate::abreast::MANY;
use crate::error::{Error, FleetError, InputProblem};
use crate::fleet::values::{Entry, FromValues, Node, Outlet, Value, of_header};
use crate::{fleet, pipeline};

/// A checked fleet. `tenantry.Fleet` wraps it.
#[pyclass(frozen, module = "tenantry._core")]
pub(super) struct Fleet {
    pub(super) inner: Arc<fleet::Fleet>,
}

impl From<fleet::Fleet> for Fleet {
    fn from(fleet: fleet::Fleet) -> Self {
        Self { inner: Arc::new(fleet) }
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        if self.inner.workloads().len() >= MANY {
            free_last(&self.inner);
        }
    }
}

#[pymethods]
impl Fleet {
    /// Reads the content of a file.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: PyBackedBytes, json: bool, max_bytes: usize) -> PyResult<Self> {
        let read = if json { fleet::Fleet::from_json_bytes } else { fleet::Fleet::from_yaml_bytes };
        apart(py, move || Ok(read(&data, &limits(Some(max_bytes)))?)).map(Into::into)
    }

    /// Reads a YAML document.
    #[staticmethod]
    fn from_yaml(py: Python<'_>, text: PyBackedStr, max_bytes: usize) -> PyResult<Self> {
        apart(py, move || Ok(fleet::Fleet::from_yaml_with(&text, &limits(Some(max_bytes)))?)).map(Into::into)
    }

    /// Reads a JSON document; without `max_bytes` one that was written by `to_json`, of any length.
    #[staticmethod]
    fn from_json(py: Python<'_>, text: PyBackedStr, max_bytes: Option<usize>) -> PyResult<Self> {
        apart(py, move || Ok(fleet::Fleet::from_json_with(&text, &limits(max_bytes))?)).map(Into::into)
    }

    /// Reads a document given as values and, beside it, tables. `simpler` says what is not plain in plainer values.
    #[staticmethod]
    fn from_values(
        py: Python<'_>,
        document: &Bound<'_, PyDict>,
        tables: Vec<Given<'_>>,
        simpler: Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let tables: Vec<Table> = tables.into_iter().map(Table::new).collect::<PyResult<_>>()?;
        let mut read = FromValues::new();
        let workloads = tables.iter().filter(|table| table.key == "workloads");
        read.expect(workloads.map(Table::known).sum());
        let mut take = |list: usize, node: &Node| read.row(list, node);
        let reader = Reader::new(simpler.clone(), Outlet::to(&mut take));
        let Read { root, ahead, headers } = values(document, &tables, reader).map_err(Wrong::into_error)?;
        let rest = root.into_owned();
        ahead.into_iter().for_each(|rows| read.append(rows));
        match apart(py, move || Ok(read.finish(rest)))? {
            Ok(fleet) if headers.is_empty() => Ok(fleet.into()),
            Ok(_) => Err(to_python(py, Error::Fleet(FleetError { problems: headers, omitted: 0 }))),
            Err(unordered) => {
                // read once more, with all rows: only for the order of what is wrong
                let whole = values(document, &tables, Reader::new(simpler, Outlet::none())).ok().map(|read| read.root);
                let mut error = unordered.in_order(whole.as_ref());
                error.problems.splice(0..0, headers);
                Err(to_python(py, Error::Fleet(error)))
            }
        }
    }

    fn __len__(&self) -> usize {
        self.inner.workloads().len()
    }

    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    #[getter]
    fn digest(&self) -> &str {
        self.inner.digest()
    }

    #[getter]
    fn workloads(&self) -> Vec<String> {
        (0..self.inner.workloads().len()).map(|workload| self.inner.identity(workload)).collect()
    }

    #[getter]
    fn tenants(&self) -> Vec<&str> {
        self.inner.tenants().iter().map(|tenant| tenant.name.as_str()).collect()
    }

    #[getter]
    fn templates(&self) -> Vec<&str> {
        self.inner.templates().iter().map(|template| template.name.as_str()).collect()
    }

    #[getter]
    fn existing(&self) -> Vec<&str> {
        self.inner.existing().iter().map(|cluster| cluster.name.as_str()).collect()
    }

    #[getter]
    fn warnings(&self) -> Vec<&str> {
        self.inner.warnings().iter().map(|warning| warning.message.as_str()).collect()
    }

    /// Why two workloads may or may not share: the explanation as JSON, and in words.
    fn explain(&self, py: Python<'_>, a: &str, b: &str, as_of: Option<&str>) -> PyResult<(String, String)> {
        short(py, || {
            let explanation = pipeline::explain(&self.inner, as_of.map(str::parse).transpose()?, a, b)?;
            let document = serde_json::to_string(&explanation).map_err(|error| Error::Internal(error.to_string()))?;
            Ok((document, explanation.to_string()))
        })
    }

    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        short(py, || Ok(self.inner.to_json()))
    }

    fn to_yaml(&self, py: Python<'_>) -> PyResult<String> {
        short(py, || Ok(self.inner.to_yaml()))
    }
}

/// The limits of a text of so many bytes; of one of our own writing there are none but the depth.
fn limits(max_bytes: Option<usize>) -> fleet::Limits {
    let limits = fleet::Limits::default();
    match max_bytes {
        Some(bytes) => fleet::Limits { bytes, ..limits },
        None => fleet::Limits { bytes: usize::MAX, items: usize::MAX, ..limits },
    }
}

/// What was read of values.
struct Read<'t> {
    /// The document, the tables among its keys.
    root: Node<'t>,
    /// The rows that were read ahead beside others.
    ahead: Vec<FromValues>,
    /// What is wrong with the columns of tables without rows.
    headers: Vec<InputProblem>,
}

fn values<'t, 'py>(
    document: &Bound<'py, PyDict>,
    tables: &'t [Table<'py>],
    mut reader: Reader<'py, '_>,
) -> Result<Read<'t>, Wrong> {
    let mut headers = Vec::new();
    let mut root: Node<'t> = reader.node(document.as_any(), 0)?;
    reader.walk.cells = true;
    for table in tables {
        let outlet = match &root.value {
            Value::Map(entries) => reader.outlet.list(&table.key, entries),
            _ => None,
        };
        let inside = |wrong: Wrong| wrong.inside(|| table.key.clone());
        let (node, rows) = table.read(&mut reader, outlet).map_err(inside)?;
        if rows == 0
            && let Some(header) = table.header(node.at).map_err(inside)?
        {
            headers.extend(of_header(&table.key, header));
        }
        if let Value::Map(entries) = &mut root.value {
            entries.push(Entry { key: Cow::Borrowed(&table.key), odd: false, at: node.at, node });
        }
    }
    Ok(Read { root, ahead: reader.ahead, headers })
}
