//! The rows of a table in the making, whoever holds its cells.

use std::borrow::Cow;

use super::units::Units;
use super::values::{Reader, Wrong};
use crate::fleet::values::{Entry, Node, Position, Value};

/// The most keys that one row may have beside those with a dot: all of them are looked through for each.
const KEYS: usize = 1_000;

/// A column: how it is called, and the key that it brings, if any.
pub(super) struct Column {
    name: String,
    pub(super) key: Option<String>,
}

impl Column {
    pub(super) fn new(name: String, key: Option<String>) -> Self {
        Self { name, key }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Where one of its cells is, in a row.
    pub(super) fn step(&self) -> String {
        match &self.key {
            Some(key) if *key == self.name => format!(".{key}"),
            Some(key) => format!(".{key} (column `{}`)", self.name.escape_debug()),
            None => format!(".{}", self.name),
        }
    }
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
    /// They go out of `outlet`, if there is one.
    pub(super) fn new(outlet: Option<usize>, units: &'t Units) -> Self {
        Self { outlet, units, count: 0, kept: Vec::new() }
    }

    /// The list that they go out to, if they do.
    pub(super) fn outlet(&self) -> Option<usize> {
        self.outlet
    }

    /// What is written behind their bare numbers.
    pub(super) fn units(&self) -> &'t Units {
        self.units
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Those that did not go out.
    pub(super) fn kept(self) -> Vec<Node<'t>> {
        self.kept
    }

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
