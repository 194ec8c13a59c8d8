//! A document given as values instead of a text.

use std::borrow::Cow;

use super::decode::{self, Decoder};
use super::located::Source;
use super::problems::Problems;
use super::{Fleet, read};
use crate::error::{FleetError, InputProblem};

pub(crate) use super::limits::Limits;
use super::located::MISSING;
pub(crate) use super::located::{Entry, Node, Position, Value, is_json_number};
pub(crate) use super::rows::Outlet;

impl Node<'_> {
    /// Whether this stands for a value that is not there.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(&self.value, Value::Odd(text) if MISSING.contains(&text.as_ref()))
    }

    /// The same, holding on to nothing.
    pub(crate) fn into_owned(self) -> Node<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let value = match self.value {
            Value::Text(text) => Value::Text(owned(text)),
            Value::Number(text) => Value::Number(owned(text)),
            Value::Odd(text) => Value::Odd(owned(text)),
            Value::Strange(why) => Value::Strange(owned(why)),
            Value::List(nodes) => Value::List(nodes.into_iter().map(Node::into_owned).collect()),
            Value::Map(entries) => Value::Map(
                entries
                    .into_iter()
                    .map(|it| Entry { key: owned(it.key), odd: it.odd, at: it.at, node: it.node.into_owned() })
                    .collect(),
            ),
        };
        Node { at: self.at, value }
    }
}

/// A value in JSON.
///
/// # Errors
///
/// It is none, in words.
pub(crate) fn json(text: &str) -> Result<Node<'_>, String> {
    super::json::read(text, &Limits::default()).map_err(|problem| problem.message)
}

/// Reads a fleet document given as values. What is missing is [`Value::Odd`] with one of [`MISSING`]. The nodes' positions
/// only order the problems; problems of values have none.
pub(crate) struct FromValues {
    decoder: Decoder,
}

/// What is wrong with a document of values, not yet in its order.
pub(crate) struct Unordered {
    problems: Problems,
}

impl FromValues {
    pub(crate) fn new() -> Self {
        Self { decoder: Decoder::new(Problems::new(Limits::default().problems), Source::Values) }
    }

    /// Room for so many workloads that will come.
    pub(crate) fn expect(&mut self, workloads: usize) {
        self.decoder.expect(workloads);
    }

    /// Takes a row: see [`Outlet`].
    pub(crate) fn row(&mut self, list: usize, node: &Node) {
        decode::row(&mut self.decoder, list, node);
    }

    /// The same, if nothing is wrong so far.
    pub(crate) fn sound(self) -> Option<Self> {
        self.decoder.problems.is_empty().then_some(self)
    }

    /// Takes the rows of a list that were read elsewhere and nothing is wrong with: they stand behind those that came so far.
    pub(crate) fn append(&mut self, rows: Self) {
        self.decoder.append(rows.decoder);
    }

    /// Takes the rest.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the document.
    pub(crate) fn finish(self, rest: Node) -> Result<Fleet, Unordered> {
        read::resolved(self.decoder, rest).map_err(|problems| Unordered { problems })
    }
}

/// What is wrong with the keys of a table without rows, given as a row that has them all: a typo in one is seen in each row
/// else. Its place is written as that of no row in particular: `workloads[].nmae`.
pub(crate) fn of_header(list: &str, row: Node) -> Vec<InputProblem> {
    let at = row.at;
    let rows = Node { at, value: Value::List(vec![row]) };
    let root = Node { at, value: Value::Map(vec![Entry { key: Cow::Borrowed(list), odd: false, at, node: rows }]) };
    let mut decoder = Decoder::new(Problems::new(Limits::default().problems), Source::Values);
    // of the row only its keys count: nothing that stands under them can be read
    let _ = decode::document(&mut decoder, &root);
    let found = decoder.into_problems().into_error(None).problems;
    found
        .into_iter()
        .filter_map(|mut problem| {
            let place = problem.path.strip_prefix(list)?.strip_prefix("[0]")?;
            let counts = match problem.code {
                "unknown-key" | "not-supported-yet" => true,
                // a row in which nothing stands under `replicas.min` has no `replicas`, which would need a `max`
                "missing-key" => !place.get(1..)?.contains(['.', '[']),
                _ => false,
            };
            problem.path = format!("{list}[]{place}");
            problem.position = None;
            counts.then_some(problem)
        })
        .collect()
}

impl Unordered {
    /// The problems in the order of the document, each with its path. `whole`: its tree with all rows.
    pub(crate) fn in_order(self, whole: Option<&Node>) -> FleetError {
        let mut error = self.problems.into_error(whole);
        error.problems.iter_mut().for_each(|problem| problem.position = None);
        error
    }
}
