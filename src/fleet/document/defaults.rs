//! What a document takes where something is not said.

use schemars::JsonSchema;
use serde::Serialize;

use super::Amount;
use crate::compact::Text;

/// What is taken where something is not said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DefaultsDocument {
    /// `all`: tenants and templates that state neither regions nor jurisdictions may be in every region.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["all"]))]
    pub regions: Option<String>,
    /// Requests of pods that state none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_requests: Option<MissingRequestsDocument>,
    /// Where a workload runs that does not say it: `[]`, nowhere yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 0))]
    pub runs_in: Option<Vec<Text>>,
}

/// `error`, or amounts of `cpu` and `memory`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum MissingRequestsDocument {
    /// `error`: the default.
    Error(ErrorWord),
    /// These amounts.
    Amounts(MissingAmountsDocument),
}

/// The word `error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ErrorWord {
    /// `error`.
    Error,
}

/// `{cpu, memory}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MissingAmountsDocument {
    /// CPU of a pod that requests none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Amount>,
    /// Memory of a pod that requests none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Amount>,
}
