//! Tables of Python as lists of a document: one row an entry, nested keys written with a dot.

use std::borrow::Cow;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use rustc_hash::FxHashMap;

use super::csv::{Csv, from_csv};
use super::frames::{Frame, from_frame};
use super::rows::{Column, Nested, Rows};
use super::units::Units;
use super::values::{Reader, Wrong, strange, text_key};
use crate::fleet::values::{Node, Position, Value};

/// A table as Python gives it: a key of the document, the columns, each with its name and the key that it brings, the
/// data, whether that is rows, and what is written behind the bare numbers of resources. Of rows only columns with another
/// name than their key are told.
pub(super) type Given<'py> = (String, Vec<(String, Option<String>)>, Bound<'py, PyAny>, bool, Vec<(String, String)>);

/// A table of the document.
pub(super) struct Table<'py> {
    pub key: String,
    columns: Vec<Column>,
    data: Data<'py>,
    units: Units,
}

enum Data<'py> {
    Frame(Py<Frame>),
    Csv(Py<Csv>),
    Columns(Vec<Bound<'py, PyList>>),
    Rows(Bound<'py, PyList>),
}

impl<'py> Table<'py> {
    pub(super) fn new((key, columns, data, rows, suffixes): Given<'py>) -> PyResult<Self> {
        let columns = columns.into_iter().map(|(name, key)| Column::new(name, key)).collect();
        let data = match data.cast_into::<Frame>() {
            Ok(frame) => Data::Frame(frame.unbind()),
            Err(other) => match other.into_inner().cast_into::<Csv>() {
                Ok(csv) => Data::Csv(csv.unbind()),
                Err(other) => {
                    let list = other.into_inner().cast_into::<PyList>()?;
                    if rows { Data::Rows(list) } else { Data::Columns(lists(&list)?) }
                }
            },
        };
        Ok(Self { key, columns, data, units: Units::new(suffixes) })
    }

    /// Its rows, where they are in memory already.
    pub(super) fn known(&self) -> usize {
        match &self.data {
            Data::Frame(frame) => frame.get().rows(),
            Data::Csv(_) => 0,
            Data::Columns(columns) => columns.first().map_or(0, PyListMethods::len),
            Data::Rows(list) => list.len(),
        }
    }

    /// Its rows as a list of the document, and how many there are. They go out of `outlet`, if there is one.
    pub(super) fn read<'t>(
        &'t self,
        reader: &mut Reader<'py, '_>,
        outlet: Option<usize>,
    ) -> Result<(Node<'t>, usize), Wrong> {
        let at = reader.next()?;
        let mut rows = Rows::new(outlet, &self.units);
        match &self.data {
            Data::Frame(frame) => from_frame(reader, &self.columns, frame.get(), &mut rows)?,
            Data::Csv(csv) => from_csv(reader, &self.key, &self.columns, csv.get(), &mut rows)?,
            Data::Columns(columns) => from_columns(reader, &self.columns, columns, &mut rows)?,
            Data::Rows(list) => from_rows(reader, &self.columns, list, &mut rows)?,
        }
        let count = rows.count();
        Ok((Node { at, value: Value::List(rows.kept()) }, count))
    }

    /// A row that has the keys of all columns, and under them nothing that can be read; `None` where there are no columns.
    pub(super) fn header(&self, at: Position) -> Result<Option<Node<'_>>, Wrong> {
        if self.columns.is_empty() || matches!(self.data, Data::Rows(_)) {
            return Ok(None);
        }
        let mut nested = Nested::new(at);
        for key in self.columns.iter().filter_map(|column| column.key.as_deref()) {
            nested.add(Cow::Borrowed(key), Node { at, value: strange("there is no row".to_owned()) })?;
        }
        Ok(Some(nested.node()))
    }
}

fn lists<'py>(columns: &Bound<'py, PyList>) -> PyResult<Vec<Bound<'py, PyList>>> {
    columns.iter().map(|column| Ok(column.cast_into::<PyList>()?)).collect()
}

fn from_rows<'t, 'py>(
    reader: &mut Reader<'py, '_>,
    columns: &'t [Column],
    list: &Bound<'py, PyList>,
    rows: &mut Rows<'t>,
) -> Result<(), Wrong> {
    let renamed: FxHashMap<&str, &Column> = columns.iter().map(|column| (column.name(), column)).collect();
    for row in list.iter() {
        let row = from_row(reader, &renamed, &row);
        rows.add(reader, row)?;
    }
    Ok(())
}

fn from_row<'t, 'py>(
    reader: &mut Reader<'py, '_>,
    renamed: &FxHashMap<&str, &'t Column>,
    row: &Bound<'py, PyAny>,
) -> Result<Node<'t>, Wrong> {
    let mut nested = Nested::new(reader.next()?);
    for (name, cell) in row.cast::<PyDict>().map_err(PyErr::from)?.copy()?.iter() {
        let name = match text_key(&name)? {
            Ok(name) => name,
            Err(why) => return Ok(Node { at: reader.next()?, value: strange(why) }),
        };
        let known = renamed.get(name.as_str());
        let key = match known {
            Some(column) => column.key.as_deref().map(Cow::Borrowed),
            None => Some(Cow::Owned(name.clone())),
        };
        let Some(key) = key else { continue };
        let step = || known.map_or_else(|| format!(".{name}"), |column| column.step());
        let node = reader.node(&cell, 3).map_err(|wrong| wrong.inside(step))?;
        nested.add(key, node)?;
    }
    Ok(nested.node())
}

fn from_columns<'t, 'py>(
    reader: &mut Reader<'py, '_>,
    columns: &'t [Column],
    lists: &[Bound<'py, PyList>],
    rows: &mut Rows<'t>,
) -> Result<(), Wrong> {
    let length = lists.first().map_or(0, PyListMethods::len);
    if columns.len() != lists.len() || lists.iter().any(|list| list.len() != length) {
        return Err(Wrong::Python(PyTypeError::new_err("the columns of a table are of one length")));
    }
    for index in 0..length {
        let row = from_cells(reader, columns, lists, index);
        rows.add(reader, row)?;
    }
    Ok(())
}

fn from_cells<'t, 'py>(
    reader: &mut Reader<'py, '_>,
    columns: &'t [Column],
    lists: &[Bound<'py, PyList>],
    row: usize,
) -> Result<Node<'t>, Wrong> {
    let mut nested = Nested::new(reader.next()?);
    for (column, list) in columns.iter().zip(lists) {
        let Some(key) = &column.key else { continue };
        let node = reader.node(&list.get_item(row)?, 3).map_err(|wrong| wrong.inside(|| column.step()))?;
        nested.add(Cow::Borrowed(key), node)?;
    }
    Ok(nested.node())
}
