//! Limits on the values of a plan.

use schemars::JsonSchema;
use serde::Serialize;

use super::Amount;

/// The highest values that a plan may have, whether they are in the objective or not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LimitsDocument {
    /// Clusters of the plan, kept ones included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clusters: Option<u64>,
    /// What they cost together; every template and existing cluster names a cost then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Amount>,
    /// What the moves count; only with existing clusters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moves: Option<u64>,
}
