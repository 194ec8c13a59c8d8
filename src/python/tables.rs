//! Tables of Python as lists of a document: one row an entry, nested keys written with a dot.

use std::borrow::Cow;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use rustc_hash::FxHashMap;

use super::csv::{Csv, from_csv};
use super::frames::{Frame, from_frame};
use super::units::Units;
use super::values::{Reader, Wrong, text_key};
use crate::fleet::values::{Entry, Node, Position, Value};

/// The most keys that one row may have beside those with a dot: all of them are looked through for each.
const KEYS: usize = 1_000;

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

/// A column: how it is called, and the key that it brings, if any.
pub(super) struct Column {
    name: String,
    pub key: Option<String>,
}

impl Column {
    /// Where one of its cells is, in a row.
    pub(super) fn step(&self) -> String {
        match &self.key {
            Some(key) if *key == self.name => format!(".{key}"),
            Some(key) => format!(".{key} (column `{}`)", self.name.escape_debug()),
            None => format!(".{}", self.name),
        }
    }
}

impl<'py> Table<'py> {
    pub(super) fn new((key, columns, data, rows, suffixes): Given<'py>) -> PyResult<Self> {
        let columns = columns.into_iter().map(|(name, key)| Column { name, key }).collect();
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

    /// Its rows as a list of the document. They go out of `outlet`, if there is one.
    pub(super) fn read<'t>(&'t self, reader: &mut Reader<'py, '_>, outlet: Option<usize>) -> Result<Node<'t>, Wrong> {
        let at = reader.next()?;
        let mut rows = Rows { outlet, units: &self.units, count: 0, kept: Vec::new() };
        match &self.data {
            Data::Frame(frame) => from_frame(reader, &self.columns, frame.get(), &mut rows)?,
            Data::Csv(csv) => from_csv(reader, &self.key, &self.columns, csv.get(), &mut rows)?,
            Data::Columns(columns) => from_columns(reader, &self.columns, columns, &mut rows)?,
            Data::Rows(list) => from_rows(reader, &self.columns, list, &mut rows)?,
        }
        Ok(Node { at, value: Value::List(rows.kept) })
    }
}

fn lists<'py>(columns: &Bound<'py, PyList>) -> PyResult<Vec<Bound<'py, PyList>>> {
    columns.iter().map(|column| Ok(column.cast_into::<PyList>()?)).collect()
}

/// The rows of a table in the making.
pub(super) struct Rows<'t> {
    outlet: Option<usize>,
    units: &'t Units,
    /// How many there are so far.
    count: usize,
    kept: Vec<Node<'t>>,
}

impl<'t> Rows<'t> {
    /// Takes the next row.
    pub(super) fn add(&mut self, reader: &mut Reader, row: Result<Node<'t>, Wrong>) -> Result<(), Wrong> {
        let mut node = row.map_err(|wrong| wrong.inside(|| format!("[{}]", self.count)))?;
        self.units.apply(&mut node);
        self.count += 1;
        match self.outlet {
            Some(list) => reader.outlet.row(list, &node),
            None => self.kept.push(node),
        }
        Ok(())
    }
}

fn from_rows<'t, 'py>(
    reader: &mut Reader<'py, '_>,
    columns: &'t [Column],
    list: &Bound<'py, PyList>,
    rows: &mut Rows<'t>,
) -> Result<(), Wrong> {
    let renamed: FxHashMap<&str, &Column> = columns.iter().map(|column| (column.name.as_str(), column)).collect();
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
        let name = text_key(&name)?;
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

/// A row in the making: `requests.cpu` goes into the map `requests`.
pub(super) struct Nested<'a> {
    at: Position,
    entries: Vec<Entry<'a>>,
    /// Whether the entry was made for keys with a dot.
    dotted: Vec<bool>,
}

impl<'a> Nested<'a> {
    pub(super) fn new(at: Position) -> Self {
        Self { at, entries: Vec::new(), dotted: Vec::new() }
    }

    /// A missing cell is no key. `requests` beside `requests.cpu` gives the key twice, which the reader of the document
    /// reports.
    pub(super) fn add(&mut self, column: Cow<'a, str>, node: Node<'a>) -> Result<(), Wrong> {
        if node.is_missing() {
            return Ok(());
        }
        let at = node.at;
        let (head, tail) = split(column);
        let Some(tail) = tail else {
            return self.push(head, false, at, node);
        };
        // what is under `copies` has keys of its own: `copies.spread.perRegion`
        let (tail, node) = match if head == "copies" { split(tail) } else { (tail, None) } {
            (key, Some(tail)) => {
                let inner = Entry { key: tail, odd: false, at, node };
                (key, Node { at, value: Value::Map(vec![inner]) })
            }
            (tail, None) => (tail, node),
        };
        let inner = Entry { key: tail, odd: false, at, node };
        let known = self.entries.iter().zip(&self.dotted).position(|(entry, dotted)| *dotted && entry.key == head);
        match known.map(|index| &mut self.entries[index].node.value) {
            Some(Value::Map(map)) => {
                map.push(inner);
                Ok(())
            }
            _ => self.push(head, true, at, Node { at, value: Value::Map(vec![inner]) }),
        }
    }

    fn push(&mut self, key: Cow<'a, str>, dotted: bool, at: Position, node: Node<'a>) -> Result<(), Wrong> {
        if self.entries.len() == KEYS {
            return Err(Wrong::Place(format!("a row has more than {KEYS} keys"), Vec::new()));
        }
        self.entries.push(Entry { key, odd: false, at, node });
        self.dotted.push(dotted);
        Ok(())
    }

    pub(super) fn node(self) -> Node<'a> {
        Node { at: self.at, value: Value::Map(self.entries) }
    }
}

/// What stands before the first dot, and what behind it.
fn split(key: Cow<'_, str>) -> (Cow<'_, str>, Option<Cow<'_, str>>) {
    match key {
        Cow::Borrowed(key) => match key.split_once('.') {
            Some((head, tail)) => (Cow::Borrowed(head), Some(Cow::Borrowed(tail))),
            None => (Cow::Borrowed(key), None),
        },
        Cow::Owned(mut key) => match key.find('.') {
            Some(dot) => {
                let tail = key.split_off(dot + 1);
                key.truncate(dot);
                (Cow::Owned(key), Some(Cow::Owned(tail)))
            }
            None => (Cow::Owned(key), None),
        },
    }
}
