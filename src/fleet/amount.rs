//! An amount as it is written: a quantity string, or a plain number.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::compact::Text;

/// An amount as it is written (`100m`, `5700Gi`, `2`, `0.5`, `20%`), digit for digit.
#[derive(Clone, Debug)]
pub struct Amount {
    text: Text,
    number: bool,
}

/// Equal when written the same; whether the number stood in quotes makes no difference.
impl PartialEq for Amount {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Amount {}

impl Hash for Amount {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Amount {
    /// A quoted amount.
    #[must_use]
    pub fn text(text: impl Into<Text>) -> Self {
        Self { text: text.into(), number: false }
    }

    /// A plain number, as written.
    pub(super) fn number(text: impl Into<Text>) -> Self {
        Self { text: text.into(), number: true }
    }

    /// Whether the other is the same to the letter, quotes and all.
    pub(super) fn is_written_as(&self, other: &Self) -> bool {
        self.number == other.number && self.text == other.text
    }

    /// Makes it a quoted one.
    pub(super) fn quote(&mut self) {
        self.number = false;
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<&str> for Amount {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Amount {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<u64> for Amount {
    fn from(number: u64) -> Self {
        Self::number(number.to_string())
    }
}

impl From<u32> for Amount {
    fn from(number: u32) -> Self {
        Self::number(number.to_string())
    }
}

impl From<i32> for Amount {
    fn from(number: i32) -> Self {
        Self::number(number.to_string())
    }
}

impl Serialize for Amount {
    /// A plain number stays one where the output's numbers can say exactly what was written; else it becomes a string.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.number {
            if let Ok(whole) = self.text.parse::<u64>()
                && whole.to_string() == self.as_str()
            {
                return serializer.serialize_u64(whole);
            }
            if let Ok(float) = self.text.parse::<f64>()
                && serde_json::Number::from_f64(float).is_some_and(|number| number.to_string() == self.as_str())
            {
                return serializer.serialize_f64(float);
            }
        }
        serializer.serialize_str(&self.text)
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A Kubernetes quantity, a percentage (headroom) or `unlimited` (allocatable).",
            "anyOf": [
                {"type": "number", "minimum": 0},
                {
                    "type": "string",
                    "pattern": r"^(\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+|%)?|unlimited)$"
                }
            ]
        })
    }
}
