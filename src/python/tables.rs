//! Tables of Python as lists of a document: one row an entry, nested keys written with a dot.

use std::borrow::Cow;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::values::{Reader, Wrong, text_key};
use crate::fleet::values::{Entry, Node, Position, Value};

/// The most keys that one row may have beside those with a dot: all of them are looked through for each.
const KEYS: usize = 1_000;

/// The rows of a table given as dictionaries.
/// The rows go out of `outlet`, if there is one.
pub(super) fn from_rows<'py>(
    reader: &mut Reader<'py, '_>,
    rows: &Bound<'py, PyList>,
    outlet: Option<usize>,
) -> Result<Node<'static>, Wrong> {
    let at = reader.next()?;
    let mut list = Rows::new(outlet);
    for (index, row) in rows.iter().enumerate() {
        let node = from_row(reader, &row).map_err(|wrong| wrong.inside(|| format!("[{index}]")))?;
        list.add(reader, node);
    }
    Ok(Node { at, value: Value::List(list.kept) })
}

/// The rows of a table in the making.
struct Rows {
    outlet: Option<usize>,
    kept: Vec<Node<'static>>,
}

impl Rows {
    fn new(outlet: Option<usize>) -> Self {
        Self { outlet, kept: Vec::new() }
    }

    fn add(&mut self, reader: &mut Reader, node: Node<'static>) {
        match self.outlet {
            Some(list) => reader.outlet.row(list, &node),
            None => self.kept.push(node),
        }
    }
}

fn from_row<'py>(reader: &mut Reader<'py, '_>, row: &Bound<'py, PyAny>) -> Result<Node<'static>, Wrong> {
    let mut nested = Nested::new(reader.next()?);
    for (column, cell) in row.cast::<PyDict>().map_err(PyErr::from)?.copy()?.iter() {
        let column = text_key(&column)?;
        let node = reader.node(&cell, 3).map_err(|wrong| wrong.inside(|| format!(".{column}")))?;
        nested.add(&column, node)?;
    }
    Ok(nested.node())
}

/// The rows of a table given as columns, each a list. They go out of `outlet`, if there is one.
pub(super) fn from_columns<'py>(
    reader: &mut Reader<'py, '_>,
    names: &[String],
    columns: &Bound<'py, PyList>,
    outlet: Option<usize>,
) -> Result<Node<'static>, Wrong> {
    let at = reader.next()?;
    let columns: Vec<Bound<'py, PyList>> =
        columns.iter().map(|column| column.cast_into::<PyList>().map_err(PyErr::from)).collect::<PyResult<_>>()?;
    let length = columns.first().map_or(0, PyListMethods::len);
    if columns.len() != names.len() || columns.iter().any(|column| column.len() != length) {
        return Err(Wrong::Python(PyTypeError::new_err("the columns of a table are of one length")));
    }
    let mut list = Rows::new(outlet);
    for row in 0..length {
        let mut nested = Nested::new(reader.next()?);
        for (name, column) in names.iter().zip(&columns) {
            let node = reader
                .node(&column.get_item(row)?, 3)
                .map_err(|wrong| wrong.inside(|| format!(".{name}")).inside(|| format!("[{row}]")))?;
            nested.add(name, node)?;
        }
        list.add(reader, nested.node());
    }
    Ok(Node { at, value: Value::List(list.kept) })
}

/// A row in the making: `requests.cpu` goes into the map `requests`.
struct Nested {
    at: Position,
    entries: Vec<Entry<'static>>,
    /// Whether the entry was made for keys with a dot.
    dotted: Vec<bool>,
}

impl Nested {
    fn new(at: Position) -> Self {
        Self { at, entries: Vec::new(), dotted: Vec::new() }
    }

    /// A missing cell is no key. `requests` beside `requests.cpu` gives the key twice, which the reader of the document
    /// reports.
    fn add(&mut self, column: &str, node: Node<'static>) -> Result<(), Wrong> {
        if node.is_missing() {
            return Ok(());
        }
        let at = node.at;
        let Some((head, tail)) = column.split_once('.') else {
            return self.push(column, false, at, node);
        };
        // what is under `copies` has keys of its own: `copies.spread.perRegion`
        let (tail, node) = match tail.split_once('.').filter(|_| head == "copies") {
            Some((key, tail)) => {
                let inner = Entry { key: Cow::Owned(tail.to_owned()), odd: false, at, node };
                (key, Node { at, value: Value::Map(vec![inner]) })
            }
            None => (tail, node),
        };
        let inner = Entry { key: Cow::Owned(tail.to_owned()), odd: false, at, node };
        let known = self.entries.iter().zip(&self.dotted).position(|(entry, dotted)| *dotted && entry.key == head);
        match known.map(|index| &mut self.entries[index].node.value) {
            Some(Value::Map(map)) => {
                map.push(inner);
                Ok(())
            }
            _ => self.push(head, true, at, Node { at, value: Value::Map(vec![inner]) }),
        }
    }

    fn push(&mut self, key: &str, dotted: bool, at: Position, node: Node<'static>) -> Result<(), Wrong> {
        if self.entries.len() == KEYS {
            return Err(Wrong::Place(format!("a row has more than {KEYS} keys"), Vec::new()));
        }
        self.entries.push(Entry { key: Cow::Owned(key.to_owned()), odd: false, at, node });
        self.dotted.push(dotted);
        Ok(())
    }

    fn node(self) -> Node<'static> {
        Node { at: self.at, value: Value::Map(self.entries) }
    }
}
