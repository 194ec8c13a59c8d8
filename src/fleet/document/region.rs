//! A region of the document.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Amount, OneOrMany};

/// A region in which clusters can stand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegionDocument {
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// The jurisdictions that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jurisdictions: Option<Box<OneOrMany>>,
    /// How many clusters of the plan may stand there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_clusters: Option<u64>,
    /// What everything costs there, times what templates say: above 0, at most 1,000, with at most six decimals; 1 where it
    /// is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_factor: Option<Amount>,
}

impl RegionDocument {
    /// A region of that name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The jurisdictions that it is in.
    #[must_use]
    pub fn jurisdictions(mut self, names: impl Into<OneOrMany>) -> Self {
        self.jurisdictions = Some(Box::new(names.into()));
        self
    }

    /// How many clusters of the plan may stand there.
    #[must_use]
    pub fn max_clusters(mut self, count: u64) -> Self {
        self.max_clusters = Some(count);
        self
    }

    /// What everything costs there, times what templates say.
    #[must_use]
    pub fn cost_factor(mut self, factor: impl Into<Amount>) -> Self {
        self.cost_factor = Some(factor.into());
        self
    }
}
