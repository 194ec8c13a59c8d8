//! Records of Python as an Arrow table.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{BooleanBuilder, Float64Builder, Int64Builder, LargeStringBuilder};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyDict, PyList, PyTuple};
use pyo3_arrow::PyTable;

use super::columns::{list, map, structs, table};

/// Cells of one column, where they are there.
type Cells<'py> = Vec<Option<Bound<'py, PyAny>>>;

/// A table of columns, each a name, what it holds, and its cells. What it holds is `text`, `whole`, `number` or `truth`;
/// `("list", of what)`; `("map", of what)`, by text; or `("record", [(field, what it holds), ...])`. `None` is a cell that is
/// not there.
#[pyfunction]
pub(super) fn record_table(columns: Vec<(String, Bound<'_, PyAny>, Bound<'_, PyList>)>) -> PyResult<PyTable> {
    let rows = columns.first().map_or(0, |(_, _, cells)| cells.len());
    let mut named = Vec::with_capacity(columns.len());
    for (name, kind, cells) in columns {
        let cells = cells.iter().map(|cell| (!cell.is_none()).then_some(cell)).collect();
        named.push((name, column(&kind, cells)?));
    }
    table(rows, named)
}

fn column(kind: &Bound<'_, PyAny>, cells: Cells<'_>) -> PyResult<ArrayRef> {
    if let Ok(word) = kind.extract::<PyBackedStr>() {
        return plain(&word, cells);
    }
    let (word, inner): (PyBackedStr, Bound<'_, PyAny>) = kind.extract()?;
    let present: Vec<bool> = cells.iter().map(Option::is_some).collect();
    match &*word {
        "list" => {
            let mut all = Vec::new();
            let mut lengths = Vec::with_capacity(cells.len());
            for cell in cells {
                let before = all.len();
                for entry in cell.iter() {
                    let entries = entry.cast::<PyTuple>()?;
                    all.extend(entries.iter().map(|entry| (!entry.is_none()).then_some(entry)));
                }
                lengths.push(all.len() - before);
            }
            list(column(&inner, all)?, lengths, present)
        }
        "map" => {
            let (mut keys, mut values) = (LargeStringBuilder::new(), Vec::new());
            let mut lengths = Vec::with_capacity(cells.len());
            for cell in cells {
                let before = values.len();
                for entry in cell.iter() {
                    for (key, value) in entry.cast::<PyDict>()?.iter() {
                        keys.append_value(key.extract::<PyBackedStr>()?);
                        values.push((!value.is_none()).then_some(value));
                    }
                }
                lengths.push(values.len() - before);
            }
            map(keys.finish(), column(&inner, values)?, lengths, present)
        }
        "record" => {
            let fields: Vec<(String, Bound<'_, PyAny>)> = inner.extract()?;
            let mut named = Vec::with_capacity(fields.len());
            for (name, kind) in fields {
                let mut inner = Vec::with_capacity(cells.len());
                for cell in &cells {
                    let value = cell.as_ref().map(|cell| cell.getattr(name.as_str())).transpose()?;
                    inner.push(value.filter(|value| !value.is_none()));
                }
                named.push((name, column(&kind, inner)?));
            }
            structs(named, present)
        }
        other => Err(PyTypeError::new_err(format!("no column holds `{other}`"))),
    }
}

fn plain(kind: &str, cells: Cells<'_>) -> PyResult<ArrayRef> {
    Ok(match kind {
        "text" => {
            let mut builder = LargeStringBuilder::new();
            for cell in cells {
                builder.append_option(cell.map(|cell| cell.extract::<PyBackedStr>()).transpose()?);
            }
            Arc::new(builder.finish())
        }
        "whole" => {
            let mut builder = Int64Builder::new();
            for cell in cells {
                builder.append_option(cell.map(|cell| cell.extract::<i64>()).transpose()?);
            }
            Arc::new(builder.finish())
        }
        "number" => {
            let mut builder = Float64Builder::new();
            for cell in cells {
                builder.append_option(cell.map(|cell| cell.extract::<f64>()).transpose()?);
            }
            Arc::new(builder.finish())
        }
        "truth" => {
            let mut builder = BooleanBuilder::new();
            for cell in cells {
                builder.append_option(cell.map(|cell| cell.extract::<bool>()).transpose()?);
            }
            Arc::new(builder.finish())
        }
        other => return Err(PyTypeError::new_err(format!("no column holds `{other}`"))),
    })
}
