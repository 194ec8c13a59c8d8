//! Frames of any library, taken through the Arrow PyCapsule interface.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field, SchemaRef};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3_arrow::input::AnyRecordBatch;

use super::cells::cell;
use super::rows::{Column, Nested, Rows};
use super::run::short;
use super::units::Units;
use super::values::{Reader, Walk, Wrong};
use crate::abreast::{MANY, abreast};
use crate::error::Error;
use crate::fleet::values::{FromValues, Node, Value};

/// A frame whose data is read where it lies.
#[pyclass(frozen, module = "tenantry._core")]
pub(super) struct Frame {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    /// Why the cells of a column that are there cannot be read, where that is so.
    refused: Vec<Option<String>>,
}

#[pymethods]
impl Frame {
    /// Takes the data of what has `__arrow_c_stream__` or `__arrow_c_array__`.
    #[new]
    fn new(py: Python<'_>, table: &Bound<'_, PyAny>) -> PyResult<Self> {
        let stream = table.extract::<AnyRecordBatch>()?.into_reader()?;
        let schema = stream.schema();
        let refused = schema.fields().iter().map(|field| stranger(field)).collect();
        // whoever hands it over may work on other threads, which wait for the interpreter
        let batches = short(py, move || Ok(stream.collect::<Result<Vec<_>, _>>()))?;
        let batches = batches.map_err(|error| PyValueError::new_err(error.to_string()))?;
        let batches = short(py, move || checked(batches))?;
        Ok(Self { schema, batches, refused })
    }

    /// The names of the columns.
    #[getter]
    fn names(&self) -> Vec<&str> {
        self.schema.fields().iter().map(|field| field.name().as_str()).collect()
    }
}

/// The batches, every offset, key and text of theirs looked at: a file can hold anything, and libraries pass it on.
fn checked(mut batches: Vec<RecordBatch>) -> Result<Vec<RecordBatch>, Error> {
    // one without rows has nothing to look at; cut from a longer one, its offsets speak of texts that were not handed over
    batches.retain(|batch| batch.num_rows() > 0);
    for batch in &batches {
        for column in batch.columns() {
            let broken = |error| Error::Usage(format!("this Arrow data is broken: {error}"));
            column.to_data().validate_full().map_err(broken)?;
        }
    }
    Ok(batches)
}

impl Frame {
    /// How many it has.
    pub(super) fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

/// The extension type somewhere in a column that means something else than its storage says. Of texts that is nothing.
fn stranger(field: &Field) -> Option<String> {
    let inner = match field.data_type() {
        DataType::List(inner)
        | DataType::LargeList(inner)
        | DataType::ListView(inner)
        | DataType::LargeListView(inner)
        | DataType::FixedSizeList(inner, _)
        | DataType::Map(inner, _) => stranger(inner),
        DataType::Struct(fields) => fields.iter().find_map(|field| stranger(field)),
        _ => None,
    };
    let text = matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    let own = field.extension_type_name().filter(|_| !text);
    own.map(|name| format!("a value of the extension type {} has no place in a fleet document", name.escape_debug()))
        .or(inner)
}

/// The rows of a table given as a frame.
pub(super) fn from_frame<'t>(
    reader: &mut Reader<'_, '_>,
    columns: &'t [Column],
    frame: &'t Frame,
    rows: &mut Rows<'t>,
) -> Result<(), Wrong> {
    if columns.len() != frame.refused.len() {
        return Err(Wrong::Python(PyTypeError::new_err("every column of a frame has a name")));
    }
    let table = Cells { columns, frame };
    let count = frame.rows();
    // of many rows that go out at once the second half is read beside the first
    let beside = rows.outlet().filter(|_| count >= MANY);
    let middle = if beside.is_some() { count / 2 } else { count };
    let units = rows.units();
    let stop = AtomicBool::new(false);
    let mut read = |range| {
        table.each(range, |batch, row| {
            let row = table.row(&mut reader.walk, batch, row);
            rows.add(reader, row)
        })
    };
    let here = || {
        let read = read(0..middle);
        stop.store(read.is_err(), Ordering::Relaxed);
        read
    };
    let there = || beside.and_then(|list| table.ahead(list, middle..count, units, &stop));
    let (first, second) = abreast(beside.is_some(), here, there);
    first?;
    if let Some(read) = second {
        reader.ahead.push(read);
        return Ok(());
    }
    // where something is wrong in the second half, each row has to have its place
    read(middle..count)
}

/// A frame and what its columns mean.
#[derive(Clone, Copy)]
struct Cells<'t> {
    columns: &'t [Column],
    frame: &'t Frame,
}

impl<'t> Cells<'t> {
    /// Does something with each of these rows.
    fn each(
        self,
        rows: Range<usize>,
        mut with: impl FnMut(&'t RecordBatch, usize) -> Result<(), Wrong>,
    ) -> Result<(), Wrong> {
        let mut start = 0;
        for batch in &self.frame.batches {
            let end = start + batch.num_rows();
            for row in rows.start.max(start)..rows.end.min(end) {
                with(batch, row - start)?;
            }
            start = end;
        }
        Ok(())
    }

    /// Reads these rows on a thread that the interpreter knows nothing of; `None`: something is wrong with them, or nobody
    /// needs them any more.
    fn ahead(self, list: usize, rows: Range<usize>, units: &Units, stop: &AtomicBool) -> Option<FromValues> {
        let mut read = FromValues::new();
        let mut walk = Walk::beside();
        let all = self.each(rows, |batch, row| {
            let mut row = self.row(&mut walk, batch, row)?;
            units.apply(&mut row);
            read.row(list, &row);
            if stop.load(Ordering::Relaxed) { Err(Wrong::Place(String::new(), Vec::new())) } else { Ok(()) }
        });
        all.ok().and_then(|()| read.sound())
    }

    fn row(self, walk: &mut Walk<'_>, batch: &'t RecordBatch, row: usize) -> Result<Node<'t>, Wrong> {
        let mut nested = Nested::new(walk.next()?);
        for ((column, values), refused) in self.columns.iter().zip(batch.columns()).zip(&self.frame.refused) {
            let Some(key) = &column.key else { continue };
            let node = match refused {
                Some(message) if values.is_valid(row) => {
                    Ok(Node { at: walk.next()?, value: Value::Strange(Cow::Borrowed(message)) })
                }
                _ => cell(walk, values.as_ref(), row, 3),
            };
            nested.add(Cow::Borrowed(key), node.map_err(|wrong| wrong.inside(|| column.step()))?)?;
        }
        Ok(nested.node())
    }
}
