//! The fleet document `tenantry/v1` as it is written: for output, and for the JSON Schema.
//!
//! These types hold what stands in the document, aliases and quantity strings as given; [`super::Fleet`] holds what it
//! means. A text is read by [`Fleet::from_yaml`](super::Fleet::from_yaml) and its like, which report everything that
//! is wrong with its place, and never through serde.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

pub use super::amount::Amount;

/// The schema version that a fleet document names.
pub const FLEET_SCHEMA: &str = "tenantry/v1";

/// A whole document.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "tenantry fleet")]
pub struct Document {
    /// `tenantry/v1`.
    #[schemars(extend("const" = FLEET_SCHEMA))]
    pub schema: String,
    /// The fleet's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub name: Option<String>,
    /// The day against which waivers are judged, `YYYY-MM-DD`; today (UTC) where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub as_of: Option<String>,
    /// Who may share a cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyDocument>,
    /// The owners of workloads.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub tenants: Vec<TenantDocument>,
    /// What is to be placed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub workloads: Vec<WorkloadDocument>,
    /// The shapes that clusters can have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub cluster_templates: Vec<TemplateDocument>,
    /// What is taken where something is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defaults: Option<DefaultsDocument>,
    /// What is to be made small, most important first: `clusters`, then `cost`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(inner(regex(pattern = r"^(clusters|cost)$")))]
    pub objective: Option<Vec<String>>,
}

impl Document {
    /// Everything but the workloads and templates.
    pub(super) fn clone_without_lists(&self) -> Self {
        Self {
            schema: self.schema.clone(),
            name: self.name.clone(),
            as_of: self.as_of.clone(),
            policy: self.policy.clone(),
            tenants: self.tenants.clone(),
            workloads: Vec::new(),
            cluster_templates: Vec::new(),
            defaults: self.defaults.clone(),
            objective: self.objective.clone(),
        }
    }
}

impl Default for Document {
    fn default() -> Self {
        Self {
            schema: FLEET_SCHEMA.to_owned(),
            name: None,
            as_of: None,
            policy: None,
            tenants: Vec::new(),
            workloads: Vec::new(),
            cluster_templates: Vec::new(),
            defaults: None,
            objective: None,
        }
    }
}

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
    /// Technical conflicts: attributes whose different values must not share a cluster.
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
    /// Whether some selector names namespaces.
    pub(super) fn names_namespaces(&self) -> bool {
        let names = |selector: &SelectorDocument| matches!(selector, SelectorDocument::Keys(keys) if keys.contains_key("namespace"));
        self.distrust.iter().any(|rule| names(&rule.subject) || names(&rule.neighbour))
            || self.together.iter().any(|group| group.where_.as_ref().is_some_and(names))
            || self.waivers.iter().any(|waiver| waiver.between.iter().any(names))
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

impl<const N: usize> From<[&str; N]> for OneOrMany {
    fn from(many: [&str; N]) -> Self {
        Self::Many(many.iter().map(|&one| one.to_owned()).collect())
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
}

/// A separation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeparateDocument {
    /// The attribute.
    pub by: String,
    /// The class of the listed tenants' workloads that have no value; without it a missing value is an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<MissingDocument>,
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

/// A technical conflict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApartDocument {
    /// The attribute.
    pub by: String,
    /// `any`: a missing value goes with every value; without it a missing value is an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<AnyWord>,
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

/// Workloads that must share one cluster: `members`, or `by: tenant` with `where`.
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

/// `{not: value or list}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotDocument {
    /// The values that do not match.
    pub not: OneOrMany,
}

/// A tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantDocument {
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Its trust level; may be left open only if each of its workloads states one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust: Option<String>,
    /// Narrower sharing than its level's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["level", "tenant", "workload"]))]
    pub sharing: Option<String>,
    /// A higher floor than its level's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepts: Option<String>,
    /// Attributes of all its workloads.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(default)]
    pub attributes: BTreeMap<String, String>,
    /// Tenants that it refuses as neighbours.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub distrusts: Vec<String>,
    /// May own per-cluster workloads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<bool>,
    /// Its workloads of one namespace need not share a cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split_namespaces: Option<bool>,
    /// Free labels, copied to the outputs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(default)]
    pub labels: BTreeMap<String, String>,
    /// Recorded and reported; they change nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub mitigations: Vec<String>,
}

/// A workload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkloadDocument {
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Its tenant.
    pub tenant: String,
    /// Its namespace; `{tenant}-{name}` where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"))]
    pub namespace: Option<String>,
    /// A lower trust level than its tenant's, or its own where the tenant states none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust: Option<String>,
    /// Narrower sharing than it inherits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["level", "tenant", "workload"]))]
    pub sharing: Option<String>,
    /// A higher floor than it inherits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepts: Option<String>,
    /// Attributes that its tenant leaves open.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(default)]
    pub attributes: BTreeMap<String, String>,
    /// How many pods; 1 where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<ReplicasDocument>,
    /// What one pod requests.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(default)]
    pub requests: BTreeMap<String, Amount>,
    /// What the workload requests once, whatever its replicas.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(default)]
    pub fixed_requests: BTreeMap<String, Amount>,
    /// One copy in every cluster; only for platform tenants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_cluster: Option<bool>,
    /// Free labels, copied to the outputs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(default)]
    pub labels: BTreeMap<String, String>,
    /// Recorded and reported; they change nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub mitigations: Vec<String>,
}

/// A number of pods, or a range that is planned for its maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ReplicasDocument {
    /// So many.
    Exactly(u64),
    /// From `min` to `max`.
    Range(RangeDocument),
}

/// `{min, max}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RangeDocument {
    /// At least.
    pub min: u64,
    /// At most.
    pub max: u64,
}

/// A shape that a cluster can have: `allocatable`, or `nodePools`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateDocument {
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// What the whole cluster offers; an amount may be `unlimited`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocatable: Option<BTreeMap<String, Amount>>,
    /// The nodes of the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub node_pools: Option<Vec<PoolDocument>>,
    /// Share that stays free: `20%` or `0.2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headroom: Option<Amount>,
    /// How many clusters of it there may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_count: Option<u64>,
    /// Further maximums, headroom aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximums: Option<MaximumsDocument>,
    /// What one cluster costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostDocument>,
    /// Free labels, copied to the outputs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(default)]
    pub labels: BTreeMap<String, String>,
}

/// Nodes of one shape.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PoolDocument {
    /// Its name.
    pub name: String,
    /// What one node offers.
    pub allocatable: BTreeMap<String, Amount>,
    /// How many nodes at most.
    #[schemars(range(min = 1))]
    pub max: u64,
}

/// Maximums of a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MaximumsDocument {
    /// Nodes (one node pool only).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub nodes: Option<u64>,
    /// Pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods: Option<u64>,
}

/// A cost, with at most three decimals.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum CostDocument {
    /// Of one cluster.
    Flat(Amount),
    /// Of one cluster, and of each of its nodes.
    Parts(CostPartsDocument),
}

/// `{cluster, perNode}`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CostPartsDocument {
    /// Of the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Amount>,
    /// Of each node that the cluster may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_node: Option<Amount>,
}

/// What is taken where something is not said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DefaultsDocument {
    /// Requests of pods that state none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_requests: Option<MissingRequestsDocument>,
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

/// The JSON Schema (draft 2020-12) of the fleet document, generated from these types.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::generate::SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Document>().into()
}
