//! Values of Python as a document.

use std::borrow::Cow;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use rustc_hash::FxHashMap;

use crate::fleet::decimal::{decimal, shortest};
use crate::fleet::values::{Entry, FromValues, Node, Outlet, Position, Value, is_json_number};

/// How deep lists and maps may be nested: a list can hold itself.
pub(super) const DEPTH: usize = 32;
/// How often one value may be made simpler.
const STEPS: usize = 8;
/// Values between two looks for Ctrl-C.
const LOOK: u32 = 1 << 14;

/// A whole number of more bits is not looked at: Python refuses to write one of thousands of digits.
const BITS: u64 = 8_192;
/// Of more different numbers, the later are written each time.
const WRITTEN: usize = 1 << 12;

/// Reads values into nodes.
pub(super) struct Reader<'py, 'o> {
    /// Where it is.
    pub walk: Walk<'py>,
    py: Python<'py>,
    /// Where the rows of long lists go.
    pub outlet: Outlet<'o>,
    /// The rows behind those that were read beside them.
    pub ahead: Vec<FromValues>,
    /// Says what is not plain in plainer values: `tenantry.values.simpler`.
    simpler: Bound<'py, PyAny>,
}

/// A walk through values, one after the other.
pub(super) struct Walk<'py> {
    /// Who is asked for Ctrl-C; on a thread beside the one that asks it is nobody.
    py: Option<Python<'py>>,
    /// The cells of a table: a missing entry of a map is left out, and a whole number may have become a float because
    /// others of its column are missing.
    pub cells: bool,
    count: u32,
    /// How numbers are written that came before, by their bits: columns have few different ones.
    written: FxHashMap<u64, String>,
}

impl<'py> Walk<'py> {
    /// On the thread that asks for Ctrl-C.
    pub fn new(py: Python<'py>) -> Self {
        Self { py: Some(py), cells: false, count: 0, written: FxHashMap::default() }
    }

    /// Through the cells of a table, on a thread of its own.
    pub fn beside() -> Self {
        Self { py: None, cells: true, count: 0, written: FxHashMap::default() }
    }

    /// A position that only says what came first; and a look for Ctrl-C now and then.
    pub fn next(&mut self) -> PyResult<Position> {
        self.count = self.count.saturating_add(1);
        if let Some(py) = self.py.filter(|_| self.count.is_multiple_of(LOOK)) {
            py.check_signals()?;
        }
        Ok((self.count, 1))
    }

    /// A number with its noise gone; or missing, or without a bound.
    pub fn float(&mut self, number: f64) -> Value<'static> {
        if number.is_nan() {
            return Value::Odd(Cow::Borrowed("NaN"));
        }
        if number.is_infinite() {
            return Value::Odd(Cow::Borrowed(if number > 0.0 { "inf" } else { "-inf" }));
        }
        if let Some(text) = self.written.get(&number.to_bits()).filter(|_| self.cells) {
            return Value::Number(Cow::Owned(text.clone()));
        }
        let mut text = decimal(number);
        if self.cells && text.ends_with(".0") {
            text.truncate(text.len() - 2);
        }
        if self.cells && self.written.len() < WRITTEN {
            self.written.insert(number.to_bits(), text.clone());
        }
        Value::Number(Cow::Owned(text))
    }
}

/// What cannot be read, and where: the steps of its path, innermost first.
pub(super) enum Wrong {
    Python(PyErr),
    Place(String, Vec<String>),
}

impl From<PyErr> for Wrong {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

impl Wrong {
    /// The same, one step further out.
    pub fn inside(mut self, step: impl FnOnce() -> String) -> Self {
        if let Self::Place(_, steps) = &mut self {
            steps.push(step());
        }
        self
    }

    /// As an exception.
    pub fn into_error(self) -> PyErr {
        match self {
            Self::Python(error) => error,
            Self::Place(message, steps) if steps.is_empty() => PyTypeError::new_err(message),
            Self::Place(message, steps) => {
                let path: String = steps.into_iter().rev().collect();
                PyTypeError::new_err(format!("{}: {message}", path.trim_start_matches('.')))
            }
        }
    }
}

impl<'py, 'o> Reader<'py, 'o> {
    pub fn new(simpler: Bound<'py, PyAny>, outlet: Outlet<'o>) -> Self {
        let py = simpler.py();
        Self { walk: Walk::new(py), py, outlet, ahead: Vec::new(), simpler }
    }

    /// The interpreter.
    pub fn py(&self) -> Python<'py> {
        self.py
    }

    /// One value and all that is in it.
    pub fn node(&mut self, value: &Bound<'py, PyAny>, depth: usize) -> Result<Node<'static>, Wrong> {
        let at = self.next()?;
        if depth > DEPTH {
            return Err(Wrong::Place(format!("lists and maps are nested deeper than {DEPTH} levels"), Vec::new()));
        }
        let mut value = Cow::Borrowed(value);
        for _ in 0..STEPS {
            if let Some(value) = self.plain(&value, depth)? {
                return Ok(Node { at, value });
            }
            let simpler = match self.simpler.call1((value.as_ref(),)) {
                Ok(simpler) => simpler,
                Err(error) if error.is_instance_of::<PyTypeError>(self.py) => {
                    return Ok(Node { at, value: strange(error.value(self.py).to_string()) });
                }
                Err(error) => return Err(error.into()),
            };
            if self.walk.cells
                && let Ok(text) = simpler.cast::<PyString>()
                && is_json_number(text.to_str()?)
                && value.is_instance(self.decimal()?)?
            {
                let value = Value::Number(Cow::Owned(shortest(text.to_str()?.to_owned())));
                return Ok(Node { at, value });
            }
            value = Cow::Owned(simpler);
        }
        Err(Wrong::Place("this value does not come to an end".to_owned(), Vec::new()))
    }

    /// The next position.
    pub fn next(&mut self) -> PyResult<Position> {
        self.walk.next()
    }

    /// A value of the kinds that a document has; `None` for any other.
    fn plain(&mut self, value: &Bound<'py, PyAny>, depth: usize) -> Result<Option<Value<'static>>, Wrong> {
        if let Ok(text) = value.cast::<PyString>() {
            return Ok(Some(match text.to_str() {
                Ok(text) => Value::Text(Cow::Owned(text.to_owned())),
                Err(_) => strange(format!("half of a surrogate pair is no character: {}", text.repr()?)),
            }));
        }
        if value.is_none() {
            return Ok(Some(Value::Odd(Cow::Borrowed("None"))));
        }
        if let Ok(truth) = value.cast::<PyBool>() {
            return Ok(Some(Value::Odd(Cow::Borrowed(if truth.is_true() { "true" } else { "false" }))));
        }
        if value.is_instance_of::<PyInt>() {
            if let Ok(number) = value.extract::<i64>() {
                return Ok(Some(Value::Number(Cow::Owned(number.to_string()))));
            }
            let int = self.py.get_type::<PyInt>();
            let bits: u64 = int.call_method1("bit_length", (value,))?.extract()?;
            if bits > BITS {
                return Ok(Some(strange(format!("a whole number of {bits} bits has no place in a fleet document"))));
            }
            let text = int.call_method1("__repr__", (value,))?.extract()?;
            return Ok(Some(Value::Number(Cow::Owned(text))));
        }
        if let Ok(number) = value.cast::<PyFloat>() {
            return Ok(Some(self.walk.float(number.value())));
        }
        if let Ok(map) = value.cast::<PyDict>() {
            return self.map(map, depth).map(Some);
        }
        if let Ok(list) = value.cast::<PyList>() {
            return self.list(list.iter(), depth).map(Some);
        }
        if let Ok(list) = value.cast::<PyTuple>() {
            return self.list(list.iter(), depth).map(Some);
        }
        Ok(None)
    }

    fn map(&mut self, map: &Bound<'py, PyDict>, depth: usize) -> Result<Value<'static>, Wrong> {
        let mut entries = Vec::with_capacity(map.len());
        // a copy: what makes values simpler is Python, which could change the map meanwhile
        for (key, value) in map.copy()?.iter() {
            let at = self.next()?;
            let key = match text_key(&key)? {
                Ok(key) => key,
                Err(why) => return Ok(strange(why)),
            };
            let list = if depth == 0 { self.outlet.list(&key, &entries) } else { None };
            let node = match list {
                Some(list) => self.rows(list, &value),
                None => self.node(&value, depth + 1),
            };
            let node = node.map_err(|wrong| wrong.inside(|| format!(".{key}")))?;
            if !(self.walk.cells && node.is_missing()) {
                entries.push(Entry { key: Cow::Owned(key), odd: false, at, node });
            }
        }
        Ok(Value::Map(entries))
    }

    /// A long list of the document, whose rows go out one by one. What is no list is read as anything else.
    fn rows(&mut self, list: usize, value: &Bound<'py, PyAny>) -> Result<Node<'static>, Wrong> {
        let Ok(rows) = value.cast::<PyList>() else { return self.node(value, 1) };
        let at = self.next()?;
        for (index, row) in rows.iter().enumerate() {
            let node = self.node(&row, 2).map_err(|wrong| wrong.inside(|| format!("[{index}]")))?;
            self.outlet.row(list, &node);
        }
        Ok(Node { at, value: Value::List(Vec::new()) })
    }

    fn list(
        &mut self,
        list: impl ExactSizeIterator<Item = Bound<'py, PyAny>>,
        depth: usize,
    ) -> Result<Value<'static>, Wrong> {
        let mut nodes = Vec::with_capacity(list.len());
        for (index, value) in list.enumerate() {
            nodes.push(self.node(&value, depth + 1).map_err(|wrong| wrong.inside(|| format!("[{index}]")))?);
        }
        Ok(Value::List(nodes))
    }

    /// The type of decimals.
    fn decimal(&self) -> PyResult<&'py Bound<'py, PyAny>> {
        static DECIMAL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let made = DECIMAL
            .get_or_try_init(self.py, || Ok::<_, PyErr>(self.py.import("decimal")?.getattr("Decimal")?.unbind()))?;
        Ok(made.bind(self.py))
    }
}

/// What no document has, and is told with its place beside all else that is wrong.
pub(super) fn strange(why: String) -> Value<'static> {
    Value::Strange(Cow::Owned(why))
}

/// A key of a map, or the name of a column; or why it is none.
pub(super) fn text_key(key: &Bound<'_, PyAny>) -> PyResult<Result<String, String>> {
    let Ok(text) = key.cast::<PyString>() else {
        return Ok(Err(format!("keys are strings, not {}: {}", key.get_type().name()?, key.repr()?)));
    };
    Ok(match text.to_str() {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(format!("half of a surrogate pair is no character: the key {}", text.repr()?)),
    })
}
