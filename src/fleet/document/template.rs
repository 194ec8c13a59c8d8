//! A cluster template of the document.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Amount, OneOrMany, SelectorDocument};
use crate::compact::{Text, TextMap};

/// A shape that a cluster can have: `allocatable`, or `nodePools`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateDocument {
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// The regions that its clusters may be in; `all`: every one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regions: Option<Box<OneOrMany>>,
    /// The jurisdictions that its clusters may be in: a region in one of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jurisdictions: Option<Box<OneOrMany>>,
    /// Which workloads may be in its clusters; everybody where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admits: Option<SelectorDocument>,
    /// What its clusters provide for workloads that need it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provides: Option<Box<OneOrMany>>,
    /// What the whole cluster offers; an amount may be `unlimited`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocatable: Option<TextMap<Amount>>,
    /// The nodes of the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub node_pools: Option<Vec<PoolDocument>>,
    /// `nodes` (the default): the pods of a cluster must fit its nodes one by one. `sums`: only the sums count.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["nodes", "sums"]))]
    pub node_packing: Option<String>,
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
    #[serde(skip_serializing_if = "TextMap::is_empty")]
    #[schemars(default)]
    pub labels: TextMap<Text>,
}

/// Nodes of one shape.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PoolDocument {
    /// Its name.
    pub name: String,
    /// What one node offers.
    pub allocatable: TextMap<Amount>,
    /// How many nodes at most.
    #[schemars(range(min = 1))]
    pub max: u64,
    /// How many nodes there are, and are paid for, even if they stay empty; 0 where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<u64>,
    /// Only for workloads with `pool: NAME`, which run nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dedicated: Option<bool>,
}

/// Maximums of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MaximumsDocument {
    /// Documented limits for what stands beside it nowhere: `upstream`, `eks`, `aks` or `gke`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["upstream", "eks", "aks", "gke"]))]
    pub preset: Option<String>,
    /// Nodes, of all pools together: those in use, and those paid for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub nodes: Option<u64>,
    /// Pods, those of every cluster and of every node in use among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods: Option<u64>,
    /// Namespaces, those of platform workloads among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub namespaces: Option<u64>,
    /// Tenants; those with platform workloads alone do not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub tenants: Option<u64>,
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
    /// Of each node that is in use, or in the minimum of its pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_node: Option<Amount>,
}

impl TemplateDocument {
    /// A template of that name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The regions that its clusters may be in; `all`: every one.
    #[must_use]
    pub fn regions(mut self, names: impl Into<OneOrMany>) -> Self {
        self.regions = Some(Box::new(names.into()));
        self
    }

    /// The jurisdictions that its clusters may be in: a region in one of them.
    #[must_use]
    pub fn jurisdictions(mut self, names: impl Into<OneOrMany>) -> Self {
        self.jurisdictions = Some(Box::new(names.into()));
        self
    }

    /// Which workloads may be in its clusters.
    #[must_use]
    pub fn admits(mut self, selector: SelectorDocument) -> Self {
        self.admits = Some(selector);
        self
    }

    /// What its clusters provide for workloads that need it.
    #[must_use]
    pub fn provides(mut self, words: impl Into<OneOrMany>) -> Self {
        self.provides = Some(Box::new(words.into()));
        self
    }

    /// What the whole cluster offers of a resource.
    #[must_use]
    pub fn allocatable(mut self, resource: impl Into<Text>, amount: impl Into<Amount>) -> Self {
        self.allocatable.get_or_insert_default().insert(resource.into(), amount.into());
        self
    }

    /// Adds nodes of one shape.
    #[must_use]
    pub fn node_pool(mut self, pool: PoolDocument) -> Self {
        self.node_pools.get_or_insert_default().push(pool);
        self
    }

    /// Only the sums of the nodes count, not what fits a single one.
    #[must_use]
    pub fn sums_only(mut self) -> Self {
        self.node_packing = Some("sums".to_owned());
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
    pub fn allocatable(mut self, resource: impl Into<Text>, amount: impl Into<Amount>) -> Self {
        self.allocatable.insert(resource.into(), amount.into());
        self
    }

    /// How many nodes there are even if they stay empty.
    #[must_use]
    pub fn min(mut self, count: u64) -> Self {
        self.min = Some(count);
        self
    }

    /// Only for workloads that name this pool.
    #[must_use]
    pub fn dedicated(mut self) -> Self {
        self.dedicated = Some(true);
        self
    }
}
