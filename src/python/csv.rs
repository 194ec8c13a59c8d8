//! Tables in CSV files (RFC 4180): every cell is a text, and what it means is what its key takes.

use std::borrow::Cow;

use csv::{Reader as Records, ReaderBuilder, StringRecord};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use serde_json::Value as Json;

use super::error::to_python;
use super::rows::{Column, Nested, Rows};
use super::values::{Reader, Wrong};
use crate::error::Error;
use crate::fleet::decimal::meant;
use crate::fleet::values::{Limits, Node, Value, is_json_number, json};

/// A CSV file.
#[pyclass(frozen, module = "tenantry._core")]
pub(super) struct Csv {
    file: String,
    data: PyBackedBytes,
    names: Vec<String>,
}

#[pymethods]
impl Csv {
    /// Reads the header of a file of this name and content.
    #[new]
    fn new(py: Python<'_>, file: String, data: PyBackedBytes) -> PyResult<Self> {
        if let Some(line) = unclosed(&data) {
            let says = format!("{file} line {line}: a quote is opened here and never closed");
            return Err(to_python(py, Error::Usage(says)));
        }
        let header = records(&data).headers().cloned();
        let names = header.map_err(|error| unreadable(py, &file, 1, &error))?;
        let names =
            names.iter().enumerate().map(|(at, name)| if at == 0 { name.trim_start_matches('\u{FEFF}') } else { name });
        let names: Vec<String> = names.map(str::to_owned).collect();
        if names.is_empty() {
            return Err(to_python(py, Error::Usage(format!("{file}: nothing is in it, not even a header"))));
        }
        Ok(Self { file, data, names })
    }

    /// The names of the columns.
    #[getter]
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }
}

fn records(data: &[u8]) -> Records<&[u8]> {
    ReaderBuilder::new().from_reader(data)
}

fn unreadable(py: Python<'_>, file: &str, line: u64, error: &csv::Error) -> PyErr {
    let why = match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "this is not UTF-8".to_owned(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells, where the header has {expected_len}")
        }
        _ => error.to_string(),
    };
    to_python(py, Error::Usage(format!("{file} line {line}: {why}")))
}

/// The rows of a table given as CSV.
pub(super) fn from_csv<'t>(
    reader: &mut Reader<'_, '_>,
    list: &str,
    columns: &'t [Column],
    csv: &Csv,
    rows: &mut Rows<'t>,
) -> Result<(), Wrong> {
    let schema: Json = serde_json::from_str(&crate::fleet::schema()).unwrap_or_default();
    let takes: Vec<Takes> = columns.iter().map(|it| Takes::of(&schema, list, it.key.as_deref())).collect();
    let most = Limits::default().items;
    let mut records = records(&csv.data);
    let mut record = StringRecord::new();
    records.headers().map_err(|error| Wrong::Python(unreadable(reader.py(), &csv.file, 1, &error)))?;
    let mut count = 0;
    loop {
        let line = records.position().line();
        let more = records.read_record(&mut record);
        if !more.map_err(|error| Wrong::Python(unreadable(reader.py(), &csv.file, line, &error)))? {
            return Ok(());
        }
        count += 1;
        if count > most {
            let says = Error::Usage(format!("{}: more than {most} rows", csv.file));
            return Err(Wrong::Python(to_python(reader.py(), says)));
        }
        let row = from_record(reader, columns, &takes, &record, &Place { file: &csv.file, line });
        rows.add(reader, row)?;
    }
}

fn from_record<'t>(
    reader: &mut Reader<'_, '_>,
    columns: &'t [Column],
    takes: &[Takes],
    record: &StringRecord,
    place: &Place<'_>,
) -> Result<Node<'t>, Wrong> {
    let mut nested = Nested::new(reader.next()?);
    for ((column, takes), text) in columns.iter().zip(takes).zip(record) {
        let Some(key) = &column.key else { continue };
        let at = reader.next()?;
        nested.add(Cow::Borrowed(key), Node { at, value: takes.value(text, place) })?;
    }
    Ok(nested.node())
}

/// Where a row begins.
struct Place<'f> {
    file: &'f str,
    line: u64,
}

/// The line of a quote that opens a cell and is never closed: all that is behind it would be in that cell.
fn unclosed(data: &[u8]) -> Option<u64> {
    enum At {
        Start,
        Plain,
        Quoted,
        Closed,
    }
    let (mut at, mut line, mut opened) = (At::Start, 1, 1);
    for &byte in data.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(data) {
        at = match (at, byte) {
            (At::Start, b'"') => {
                opened = line;
                At::Quoted
            }
            (At::Quoted, b'"') => At::Closed,
            (At::Quoted, _) | (At::Closed, b'"') => At::Quoted,
            (_, b',' | b'\n' | b'\r') => At::Start,
            (At::Start | At::Plain | At::Closed, _) => At::Plain,
        };
        line += u64::from(byte == b'\n');
    }
    matches!(at, At::Quoted).then_some(opened)
}

/// What a key takes, by the schema of the document.
#[derive(Clone, Copy, Default)]
struct Takes {
    text: bool,
    number: bool,
    truth: bool,
    list: bool,
    map: bool,
}

impl Takes {
    /// What the key of a row of this list takes. Of a key that is not known that is nothing.
    fn of(schema: &Json, list: &str, key: Option<&str>) -> Self {
        let Some(key) = key else { return Self::default() };
        let mut found: Vec<&Json> = variants(schema, schema);
        let (head, tail) = key.split_once('.').map_or((key, None), |(head, tail)| (head, Some(tail)));
        let inner = tail.and_then(|tail| tail.split_once('.')).filter(|_| head == "copies");
        let tail = inner.map(|(tail, inner)| [Some(tail), Some(inner)]).unwrap_or([tail, None]);
        found = inside(schema, &found, list);
        found = found.iter().filter_map(|it| it.get("items")).flat_map(|it| variants(schema, it)).collect();
        for key in [Some(head)].into_iter().chain(tail).flatten() {
            found = inside(schema, &found, key);
        }
        let is = |kind: &str| {
            found.iter().any(|it| match it.get("type") {
                Some(Json::String(word)) => word == kind,
                Some(Json::Array(words)) => words.iter().any(|word| word == kind),
                _ => kind == "string" && (it.get("enum").is_some() || it.get("const").is_some_and(Json::is_string)),
            })
        };
        Self {
            text: is("string"),
            number: is("integer") || is("number"),
            truth: is("boolean"),
            list: is("array"),
            map: is("object"),
        }
    }

    fn value(self, text: &str, place: &Place<'_>) -> Value<'static> {
        let word = |word| Value::Odd(Cow::Borrowed(word));
        let is_nested = (self.list && text.starts_with('[')) || (self.map && text.starts_with('{'));
        match text {
            "" => word("None"),
            _ if is_nested => match json(text) {
                Ok(node) => {
                    let mut node = node.into_owned();
                    as_cells(&mut node);
                    node.value
                }
                Err(why) => Value::Strange(Cow::Owned(format!("{} line {}: {why}", place.file, place.line))),
            },
            _ if self.number && is_json_number(text) => Value::Number(Cow::Owned(meant(text))),
            _ if self.text => Value::Text(Cow::Owned(text.to_owned())),
            "true" | "True" | "TRUE" if self.truth => word("true"),
            "false" | "False" | "FALSE" if self.truth => word("false"),
            _ if self.list => Value::List(vec![Node { at: (0, 0), value: Value::Text(Cow::Owned(text.to_owned())) }]),
            _ => Value::Text(Cow::Owned(text.to_owned())),
        }
    }
}

/// The numbers in a cell as those that are cells of their own.
fn as_cells(node: &mut Node) {
    match &mut node.value {
        Value::Number(text) => *text = Cow::Owned(meant(text)),
        Value::List(nodes) => nodes.iter_mut().for_each(as_cells),
        Value::Map(entries) => entries.iter_mut().for_each(|entry| as_cells(&mut entry.node)),
        Value::Text(_) | Value::Odd(_) | Value::Strange(_) => {}
    }
}

/// What stands under a key in any of these schemas.
fn inside<'s>(root: &'s Json, these: &[&'s Json], key: &str) -> Vec<&'s Json> {
    let under = these.iter().filter_map(|it| {
        let named = it.get("properties").and_then(|it| it.get(key));
        named.or_else(|| it.get("additionalProperties").filter(|it| it.is_object()))
    });
    under.flat_map(|it| variants(root, it)).collect()
}

/// A schema and those that it leaves the choice of, references followed.
fn variants<'s>(root: &'s Json, schema: &'s Json) -> Vec<&'s Json> {
    let mut found = vec![schema];
    let mut at = 0;
    while at < found.len() {
        let schema = found[at];
        let named = schema.get("$ref").and_then(Json::as_str).and_then(|it| root.pointer(it.trim_start_matches('#')));
        let choice = ["anyOf", "oneOf", "allOf"].iter().filter_map(|word| schema.get(word)?.as_array()).flatten();
        for more in named.into_iter().chain(choice) {
            if !found.iter().any(|it| std::ptr::eq(*it, more)) {
                found.push(more);
            }
        }
        at += 1;
    }
    found
}
