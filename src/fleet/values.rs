//! A document given as values instead of a text.

use super::limits::Limits;
use super::located::Source;
use super::{Fleet, read};
use crate::error::FleetError;

use super::located::MISSING;
pub(crate) use super::located::{Entry, Node, Position, Value};

impl Node<'_> {
    /// Whether this stands for a value that is not there.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(&self.value, Value::Odd(text) if MISSING.contains(&text.as_ref()))
    }
}

impl Fleet {
    /// Reads a fleet document given as values. What is missing is [`Value::Odd`] with one of [`MISSING`]. The nodes'
    /// positions only order the problems; problems of values have none.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the document, each with its path.
    pub(crate) fn from_values(root: &Node) -> Result<Self, FleetError> {
        read::understand(root, Source::Values, Limits::default().problems).map_err(|mut error| {
            error.problems.iter_mut().for_each(|problem| problem.position = None);
            error
        })
    }
}
