//! Which workloads a rule of the document speaks of.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

/// Which workloads: all, or those that match in every key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum SelectorDocument {
    /// `{all: true}`.
    All(AllDocument),
    /// `tenant`, `namespace`, `workload`, `trust` or a declared attribute, each with values.
    Keys(#[schemars(length(min = 1))] BTreeMap<String, ValuesDocument>),
}

/// `{all: true}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllDocument {
    /// `true`.
    #[schemars(extend("const" = true))]
    pub all: bool,
}

/// The values that a selector's key matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ValuesDocument {
    /// One of these.
    In(OneOrMany),
    /// None of these.
    Not(NotDocument),
}

impl ValuesDocument {
    /// The values named, to match or not to.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::In(values) => values.as_slice(),
            Self::Not(it) => it.not.as_slice(),
        }
    }
}

/// `{not: value or list}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotDocument {
    /// The values that do not match.
    pub not: OneOrMany,
}

impl SelectorDocument {
    /// Matches everything.
    #[must_use]
    pub fn all() -> Self {
        Self::All(AllDocument { all: true })
    }

    /// Matches what has one of these values under the key.
    #[must_use]
    pub fn key(key: impl Into<String>, values: impl Into<OneOrMany>) -> Self {
        Self::Keys(BTreeMap::new()).and(key, values)
    }

    /// Matches what has none of these values under the key.
    #[must_use]
    pub fn not(key: impl Into<String>, values: impl Into<OneOrMany>) -> Self {
        Self::Keys(BTreeMap::new()).and_not(key, values)
    }

    fn with(self, key: String, values: ValuesDocument) -> Self {
        match self {
            Self::Keys(mut keys) => {
                keys.insert(key, values);
                Self::Keys(keys)
            }
            // Everything, narrowed.
            Self::All(_) => Self::Keys(BTreeMap::from([(key, values)])),
        }
    }

    /// And has one of these values under a further key.
    #[must_use]
    pub fn and(self, key: impl Into<String>, values: impl Into<OneOrMany>) -> Self {
        self.with(key.into(), ValuesDocument::In(values.into()))
    }

    /// And has none of these values under a further key.
    #[must_use]
    pub fn and_not(self, key: impl Into<String>, values: impl Into<OneOrMany>) -> Self {
        self.with(key.into(), ValuesDocument::Not(NotDocument { not: values.into() }))
    }
}

/// One string, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// A list.
    Many(Vec<String>),
}

impl OneOrMany {
    /// All of them.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl From<&str> for OneOrMany {
    fn from(one: &str) -> Self {
        Self::One(one.to_owned())
    }
}

impl From<String> for OneOrMany {
    fn from(one: String) -> Self {
        Self::One(one)
    }
}

impl From<Vec<String>> for OneOrMany {
    fn from(many: Vec<String>) -> Self {
        Self::Many(many)
    }
}

impl<const N: usize> From<[&str; N]> for OneOrMany {
    fn from(many: [&str; N]) -> Self {
        Self::Many(many.iter().map(|&one| one.to_owned()).collect())
    }
}
