//! Columns of Arrow tables that go out: lists, maps and records, and a table of them.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, LargeListArray, LargeStringArray, MapArray, RecordBatch, RecordBatchOptions, StructArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3_arrow::PyTable;

fn failed(error: ArrowError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// Where nothing is missing there is no mask.
fn mask(present: Vec<bool>) -> Option<NullBuffer> {
    present.contains(&false).then(|| NullBuffer::from(present))
}

fn field(name: &str, column: &ArrayRef, maybe: bool) -> Field {
    Field::new(name, column.data_type().clone(), maybe)
}

/// Lists of so many of the entries each.
pub(super) fn list(entries: ArrayRef, lengths: Vec<usize>, present: Vec<bool>) -> PyResult<ArrayRef> {
    let inner = Arc::new(field("item", &entries, true));
    let lists = LargeListArray::try_new(inner, OffsetBuffer::from_lengths(lengths), entries, mask(present));
    Ok(Arc::new(lists.map_err(failed)?))
}

/// Maps of so many of the keys each.
pub(super) fn map(
    keys: LargeStringArray,
    values: ArrayRef,
    lengths: Vec<usize>,
    present: Vec<bool>,
) -> PyResult<ArrayRef> {
    let keys: ArrayRef = Arc::new(keys);
    let fields = Fields::from(vec![field("key", &keys, false), field("value", &values, true)]);
    let entries = StructArray::try_new(fields.clone(), vec![keys, values], None).map_err(failed)?;
    let inner = Arc::new(Field::new("entries", DataType::Struct(fields), false));
    let maps = MapArray::try_new(inner, OffsetBuffer::from_lengths(lengths), entries, mask(present), false);
    Ok(Arc::new(maps.map_err(failed)?))
}

/// Records of these fields.
pub(super) fn structs(fields: Vec<(String, ArrayRef)>, present: Vec<bool>) -> PyResult<ArrayRef> {
    let names: Fields = fields.iter().map(|(name, column)| field(name, column, true)).collect();
    let columns = fields.into_iter().map(|(_, column)| column).collect();
    let length = present.len();
    let records = StructArray::try_new_with_length(names, columns, mask(present), length);
    Ok(Arc::new(records.map_err(failed)?))
}

/// So many rows of these columns.
pub(super) fn batch(rows: usize, columns: Vec<(String, ArrayRef)>) -> PyResult<RecordBatch> {
    let fields: Fields = columns.iter().map(|(name, column)| field(name, column, true)).collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options).map_err(failed)
}

/// The same as a table.
pub(super) fn table(rows: usize, columns: Vec<(String, ArrayRef)>) -> PyResult<PyTable> {
    let batch = batch(rows, columns)?;
    let schema = batch.schema();
    PyTable::try_new(vec![batch], schema)
}
