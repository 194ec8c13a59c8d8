//! The policy of a document: attributes, levels and rules.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{OneOrMany, SelectorDocument};

/// The policy: attributes, levels and the rules.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyDocument {
    /// The attributes that tenants and workloads may carry.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(default)]
    pub attributes: BTreeMap<String, AttributeDocument>,
    /// Trust levels, lowest first; `hostile`, `untrusted`, `trusted` where they are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub levels: Option<Vec<LevelDocument>>,
    /// Attributes whose classes must not share a cluster.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub separate: Vec<SeparateDocument>,
    /// Technical conflicts: attributes whose different values must not share a cluster, and workloads that must be in
    /// different clusters or regions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub apart: Vec<ApartDocument>,
    /// Directed refusals.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub distrust: Vec<DistrustDocument>,
    /// Workloads that must share one cluster.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub together: Vec<TogetherDocument>,
    /// Approved, expiring exceptions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub waivers: Vec<WaiverDocument>,
}

impl PolicyDocument {
    /// Every selector, with the id of its rule.
    pub(in crate::fleet) fn selectors(&self) -> impl Iterator<Item = (&str, &SelectorDocument)> {
        let distrust = self.distrust.iter().flat_map(|rule| [(&rule.id, &rule.subject), (&rule.id, &rule.neighbour)]);
        let together = self.together.iter().filter_map(|group| Some((&group.id, group.where_.as_ref()?)));
        let waivers = self.waivers.iter().flat_map(|waiver| waiver.between.iter().map(|side| (&waiver.id, side)));
        distrust.chain(together).chain(waivers).map(|(id, selector)| (id.as_str(), selector))
    }
}

/// The values that an attribute may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum AttributeDocument {
    /// `any`: each value its own class.
    Any(AnyWord),
    /// These values, each its own class.
    Values(Vec<String>),
    /// Classes and their aliases; one class may have `"*"`, every other value.
    Classes(BTreeMap<String, OneOrMany>),
}

impl AttributeDocument {
    /// The values that it names.
    pub(in crate::fleet) fn names(&self) -> Vec<&str> {
        match self {
            Self::Any(_) => Vec::new(),
            Self::Values(values) => values.iter().map(String::as_str).collect(),
            Self::Classes(classes) => {
                let aliases = classes.values().flat_map(OneOrMany::as_slice);
                classes.keys().chain(aliases).map(String::as_str).collect()
            }
        }
    }
}

/// The word `any`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AnyWord {
    /// `any`.
    Any,
}

/// A trust level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LevelDocument {
    /// Its name.
    pub name: String,
    /// How far its workloads share: `level` (with anyone the floors allow), `tenant` or `workload`.
    #[schemars(extend("enum" = ["level", "tenant", "workload"]))]
    pub sharing: String,
    /// The lowest level that its workloads accept as neighbours.
    pub accepts: String,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A separation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeparateDocument {
    /// The attribute.
    pub by: String,
    /// The class of the listed tenants' workloads that have no value; without it a missing value is an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<MissingDocument>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Where a missing value belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MissingDocument {
    /// The class.
    pub class: String,
    /// The tenants whose workloads may lack the value.
    #[schemars(length(min = 1))]
    pub tenants: Vec<String>,
}

/// A technical conflict: of an attribute, or of named workloads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApartDocument {
    /// The id of an entry with `members`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Workloads of which no two may be in one cluster or region.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2))]
    pub members: Option<Vec<String>>,
    /// The attribute; of an entry with `members`: `cluster` or `region`.
    pub by: String,
    /// `any`: a missing value goes with every value; without it a missing value is an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<AnyWord>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl ApartDocument {
    /// Whether it keeps the values of an attribute apart, and no workloads that it names.
    pub(in crate::fleet) fn is_of_an_attribute(&self) -> bool {
        self.id.is_none() && self.members.is_none()
    }
}

/// A directed refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DistrustDocument {
    /// Its id.
    pub id: String,
    /// Who refuses.
    pub subject: SelectorDocument,
    /// Whom. `tenant: other` is another tenant than the subject's.
    pub neighbour: SelectorDocument,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Workloads that must share one cluster, or one region: `members`, or `by: tenant` with `where`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TogetherDocument {
    /// Its id.
    pub id: String,
    /// Workloads by `tenant/namespace/name`, `tenant/name` or `name`, where that is unique.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2))]
    pub members: Option<Vec<String>>,
    /// `tenant`: the matching workloads of each tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["tenant"]))]
    pub by: Option<String>,
    /// Which workloads.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub where_: Option<SelectorDocument>,
    /// `cluster` (where it is left out): they share one; `region`: all that they have stands in one.
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["cluster", "region"]))]
    pub in_: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An approved, expiring exception.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WaiverDocument {
    /// Its id.
    pub id: String,
    /// The two sides.
    #[schemars(length(min = 2, max = 2))]
    pub between: Vec<SelectorDocument>,
    /// The reasons taken away: `level`, `sharing`, `separate:ATTRIBUTE`, `distrust:ID`, `distrusts`, `apart:ATTRIBUTE`.
    #[schemars(length(min = 1))]
    pub waives: Vec<String>,
    /// Who approved it.
    pub approved_by: String,
    /// Last day in force, `YYYY-MM-DD`.
    #[schemars(regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub expires: String,
    /// Why.
    pub reason: String,
}
