//! The fleet document `tenantry/v1` as it is written: for output, and for the JSON Schema.
//!
//! These types hold what stands in the document, aliases and quantity strings as given; [`super::Fleet`] holds what it
//! means. A text is read by [`Fleet::from_yaml`](super::Fleet::from_yaml) and its like, which report everything that
//! is wrong with its place, and never through serde.

mod copies;
mod defaults;
mod existing;
mod limits;
mod policy;
mod region;
mod selector;
mod template;
mod tenant;
mod workload;

pub use super::amount::Amount;
pub use copies::{
    CopiesDocument, CopiesPartsDocument, PerRegionDocument, RunsInDocument, SplitClustersDocument, SplitDocument,
    SpreadDocument, SurviveDocument, SurviveRegionsDocument,
};
pub use defaults::{DefaultsDocument, ErrorWord, MissingAmountsDocument, MissingRequestsDocument};
pub use existing::{ExistingDocument, OccupiedDocument, StayDocument, StayUntilDocument};
pub use limits::LimitsDocument;
pub use policy::{
    AnyWord, ApartDocument, AttributeDocument, DistrustDocument, LevelDocument, MissingDocument, PolicyDocument,
    SeparateDocument, TogetherDocument, WaiverDocument,
};
pub use region::RegionDocument;
pub use selector::{AllDocument, NotDocument, OneOrMany, SelectorDocument, ValuesDocument};
pub use template::{CostDocument, CostPartsDocument, MaximumsDocument, PoolDocument, TemplateDocument};
pub use tenant::{OverheadDocument, TenantDocument};
pub use workload::{RangeDocument, ReplicasDocument, WorkloadDocument};

use schemars::JsonSchema;
use serde::Serialize;

/// The schema version that a fleet document names.
pub const FLEET_SCHEMA: &str = "tenantry/v1";

/// Whether a text, which is no other document, says that it is a fleet: to name what was mistaken for something else.
pub(crate) fn is_fleet(text: &str) -> bool {
    let plain = |line: &str| line.replace([' ', '\t', '"', '\'', '{'], "");
    let says = |line: &str| {
        line.strip_prefix("schema:")
            .and_then(|rest| rest.strip_prefix(FLEET_SCHEMA))
            .is_some_and(|rest| rest.chars().next().is_none_or(|c| ",}#\r".contains(c)))
    };
    text.lines().any(|line| plain(line).split(',').any(says))
}

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
    /// Where clusters can stand; where it is left out, nothing is known of regions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub regions: Vec<RegionDocument>,
    /// The shapes that clusters can have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub cluster_templates: Vec<TemplateDocument>,
    /// The clusters that there are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub existing_clusters: Vec<ExistingDocument>,
    /// What is taken where something is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defaults: Option<DefaultsDocument>,
    /// What is to be made small, most important first: `clusters`, `cost`, `moves`, `exposure`, `balance`, in any order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(inner(regex(pattern = r"^(clusters|cost|moves|exposure|balance)$")))]
    pub objective: Option<Vec<String>>,
    /// The highest values that a plan may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<LimitsDocument>,
}

impl Document {
    /// Every selector, with the name of what it is of.
    pub(in crate::fleet) fn selectors(&self) -> impl Iterator<Item = (&str, &SelectorDocument)> {
        let policy = self.policy.iter().flat_map(PolicyDocument::selectors);
        let templates = self.cluster_templates.iter().filter_map(|it| Some((it.name.as_str(), it.admits.as_ref()?)));
        let clusters = self.existing_clusters.iter().filter_map(|it| Some((it.name.as_str(), it.admits.as_ref()?)));
        policy.chain(templates).chain(clusters)
    }

    /// Whether some selector names namespaces.
    pub(in crate::fleet) fn names_namespaces(&self) -> bool {
        let names = |selector: &SelectorDocument| matches!(selector, SelectorDocument::Keys(keys) if keys.contains_key("namespace"));
        self.selectors().any(|(_, selector)| names(selector))
    }

    /// Everything but the workloads, templates and existing clusters.
    pub(in crate::fleet) fn clone_without_lists(&self) -> Self {
        Self {
            schema: self.schema.clone(),
            name: self.name.clone(),
            as_of: self.as_of.clone(),
            policy: self.policy.clone(),
            tenants: self.tenants.clone(),
            workloads: Vec::new(),
            regions: self.regions.clone(),
            cluster_templates: Vec::new(),
            existing_clusters: Vec::new(),
            defaults: self.defaults.clone(),
            objective: self.objective.clone(),
            limits: self.limits.clone(),
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
            regions: Vec::new(),
            cluster_templates: Vec::new(),
            existing_clusters: Vec::new(),
            defaults: None,
            objective: None,
            limits: None,
        }
    }
}

/// The JSON Schema (draft 2020-12) of the fleet document, generated from these types.
#[must_use]
pub fn schema() -> String {
    let mut schema =
        schemars::generate::SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Document>().into();
    without_null(&mut schema);
    format!("{schema:#}")
}

/// What may be left out is `null` to the generator; no reader of a document takes that.
fn without_null(schema: &mut serde_json::Value) {
    use serde_json::Value;
    let is_null = |it: &Value| it == "null" || it["type"] == "null";
    if let Value::Object(map) = schema {
        if let Some(Value::Array(types)) = map.get_mut("type") {
            types.retain(|it| !is_null(it));
            if let [one] = &types[..] {
                let one = one.clone();
                map.insert("type".to_owned(), one);
            }
        }
        if let Some(Value::Array(ways)) = map.get_mut("anyOf") {
            ways.retain(|it| !is_null(it));
            if let [Value::Object(one)] = &ways[..] {
                let one = one.clone();
                map.shift_remove("anyOf");
                map.extend(one);
            }
        }
        if map.get("default") == Some(&Value::Null) {
            map.shift_remove("default");
        }
        map.values_mut().for_each(without_null);
    } else if let Value::Array(list) = schema {
        list.iter_mut().for_each(without_null);
    }
}
