//! A cluster template of the document.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::Amount;

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

/// A cost, with at most three decimals. Times the number of workloads it is at most 10^12.
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

impl TemplateDocument {
    /// A template of that name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// What the whole cluster offers of a resource.
    #[must_use]
    pub fn allocatable(mut self, resource: impl Into<String>, amount: impl Into<Amount>) -> Self {
        self.allocatable.get_or_insert_default().insert(resource.into(), amount.into());
        self
    }

    /// Adds nodes of one shape.
    #[must_use]
    pub fn node_pool(mut self, pool: PoolDocument) -> Self {
        self.node_pools.get_or_insert_default().push(pool);
        self
    }

    /// Share that stays free: `20%` or `0.2`.
    #[must_use]
    pub fn headroom(mut self, share: impl Into<Amount>) -> Self {
        self.headroom = Some(share.into());
        self
    }

    /// How many clusters of it there may be.
    #[must_use]
    pub fn max_count(mut self, count: u64) -> Self {
        self.max_count = Some(count);
        self
    }

    /// What one cluster costs.
    #[must_use]
    pub fn cost(mut self, cost: impl Into<Amount>) -> Self {
        self.cost = Some(CostDocument::Flat(cost.into()));
        self
    }
}

impl PoolDocument {
    /// At most `max` nodes, a pool of that name.
    #[must_use]
    pub fn new(name: impl Into<String>, max: u64) -> Self {
        Self { name: name.into(), max, ..Self::default() }
    }

    /// What one node offers of a resource.
    #[must_use]
    pub fn allocatable(mut self, resource: impl Into<String>, amount: impl Into<Amount>) -> Self {
        self.allocatable.insert(resource.into(), amount.into());
        self
    }
}
