//! A tenant of the document.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Amount, OneOrMany, StayDocument};
use crate::compact::{Text, TextMap};

/// A tenant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantDocument {
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: Text,
    /// Its trust level; may be left open only if each of its workloads states one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust: Option<Text>,
    /// Narrower sharing than its level's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["level", "tenant", "workload"]))]
    pub sharing: Option<Text>,
    /// A higher floor than its level's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepts: Option<Text>,
    /// The regions that its workloads may be in; `all`: every one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regions: Option<Box<OneOrMany>>,
    /// The jurisdictions that its workloads may be in: a region in one of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jurisdictions: Option<Box<OneOrMany>>,
    /// What a cluster must provide for each of its workloads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<Box<OneOrMany>>,
    /// Attributes of all its workloads.
    #[serde(skip_serializing_if = "TextMap::is_empty")]
    #[schemars(default)]
    pub attributes: TextMap<Text>,
    /// Tenants that it refuses as neighbours.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub distrusts: Vec<Text>,
    /// May own per-cluster workloads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<bool>,
    /// Its workloads of one namespace need not share a cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split_namespaces: Option<bool>,
    /// The existing cluster that each of its workloads must be in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<Box<OneOrMany>>,
    /// How its workloads hold on to where they run; none of them lifts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stay: Option<Box<StayDocument>>,
    /// What it takes once in every cluster where it has a workload: gateways, agents. Counted in the sums, not on nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overhead: Option<OverheadDocument>,
    /// Free labels, copied to the outputs.
    #[serde(skip_serializing_if = "TextMap::is_empty")]
    #[schemars(default)]
    pub labels: TextMap<Text>,
    /// Recorded and reported; they change nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub mitigations: Vec<Text>,
}

/// What a tenant takes once in a cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OverheadDocument {
    /// Cores.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Amount>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Amount>,
    /// Pods, a whole number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods: Option<u64>,
}

impl OverheadDocument {
    /// The amounts that are given, each by its resource.
    pub(crate) fn amounts(&self) -> impl Iterator<Item = (&'static str, &Amount)> {
        [("cpu", &self.cpu), ("memory", &self.memory)].into_iter().filter_map(|(name, it)| Some((name, it.as_ref()?)))
    }
}

impl TenantDocument {
    /// A tenant of that name.
    #[must_use]
    pub fn new(name: impl Into<Text>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Its trust level.
    #[must_use]
    pub fn trust(mut self, level: impl Into<Text>) -> Self {
        self.trust = Some(level.into());
        self
    }

    /// Narrower sharing than its level's.
    #[must_use]
    pub fn sharing(mut self, sharing: impl Into<Text>) -> Self {
        self.sharing = Some(sharing.into());
        self
    }

    /// An attribute of all its workloads.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<Text>, value: impl Into<Text>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }

    /// The regions that its workloads may be in; `all`: every one.
    #[must_use]
    pub fn regions(mut self, names: impl Into<OneOrMany>) -> Self {
        self.regions = Some(Box::new(names.into()));
        self
    }

    /// The jurisdictions that its workloads may be in: a region in one of them.
    #[must_use]
    pub fn jurisdictions(mut self, names: impl Into<OneOrMany>) -> Self {
        self.jurisdictions = Some(Box::new(names.into()));
        self
    }

    /// What a cluster must provide for each of its workloads.
    #[must_use]
    pub fn needs(mut self, words: impl Into<OneOrMany>) -> Self {
        self.needs = Some(Box::new(words.into()));
        self
    }

    /// A tenant that it refuses as neighbour.
    #[must_use]
    pub fn distrusts(mut self, tenant: impl Into<Text>) -> Self {
        self.distrusts.push(tenant.into());
        self
    }

    /// May own per-cluster workloads.
    #[must_use]
    pub fn platform(mut self) -> Self {
        self.platform = Some(true);
        self
    }

    /// The existing cluster that each of its workloads must be in.
    #[must_use]
    pub fn pin(mut self, clusters: impl Into<OneOrMany>) -> Self {
        self.pin = Some(Box::new(clusters.into()));
        self
    }

    /// How its workloads hold on to where they run.
    #[must_use]
    pub fn stay(mut self, stay: StayDocument) -> Self {
        self.stay = Some(Box::new(stay));
        self
    }

    /// What it takes once in every cluster where it has a workload.
    #[must_use]
    pub fn overhead(mut self, overhead: OverheadDocument) -> Self {
        self.overhead = Some(overhead);
        self
    }

    /// A free label.
    #[must_use]
    pub fn label(mut self, name: impl Into<Text>, text: impl Into<Text>) -> Self {
        self.labels.insert(name.into(), text.into());
        self
    }
}
