//! `tenantry._core.Fleet`: a handle on a checked fleet.

use std::sync::Arc;

use pyo3::prelude::*;

use super::planning::day;
use super::run::short;
use crate::error::Error;
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

#[pymethods]
impl Fleet {
    /// Reads the content of a file.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: &[u8], json: bool) -> PyResult<Self> {
        let limits = fleet::Limits::default();
        let read = if json { fleet::Fleet::from_json_bytes } else { fleet::Fleet::from_yaml_bytes };
        short(py, || Ok(read(data, &limits)?)).map(Into::into)
    }

    /// Reads a YAML document.
    #[staticmethod]
    fn from_yaml(py: Python<'_>, text: &str) -> PyResult<Self> {
        short(py, || Ok(fleet::Fleet::from_yaml(text)?)).map(Into::into)
    }

    /// Reads a JSON document.
    #[staticmethod]
    fn from_json(py: Python<'_>, text: &str) -> PyResult<Self> {
        short(py, || Ok(fleet::Fleet::from_json(text)?)).map(Into::into)
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
    fn warnings(&self) -> Vec<&str> {
        self.inner.warnings().iter().map(|warning| warning.message.as_str()).collect()
    }

    /// Why two workloads may or may not share: the explanation as JSON, and in words.
    fn explain(&self, py: Python<'_>, a: &str, b: &str, as_of: Option<&str>) -> PyResult<(String, String)> {
        short(py, || {
            let explanation = pipeline::explain(&self.inner, day(as_of)?, a, b)?;
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
