//! What runs today, as it is written: clusters, and where a workload is and may go.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Amount, CostDocument, MaximumsDocument, OneOrMany, PoolDocument, SelectorDocument, TemplateDocument};
use crate::compact::{Text, TextMap};

/// A cluster that exists: a `template`, keys of its own (which win), or both.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExistingDocument {
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// The template whose shape it has, but for the keys of its own. One without is of no template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The region that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Text>,
    /// Which workloads may be there; those of its template where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admits: Option<SelectorDocument>,
    /// What it provides for workloads that need it; what its template does where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provides: Option<Box<OneOrMany>>,
    /// `open` (the default); `cordon`: nobody comes who does not run there today; `drain`: nobody stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["open", "cordon", "drain"]))]
    pub mode: Option<Text>,
    /// It stays, and is paid for, even if it is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep: Option<bool>,
    /// What others take there who are not in the fleet. Such a cluster is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occupied: Option<OccupiedDocument>,
    /// What the whole cluster offers; an amount may be `unlimited`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocatable: Option<TextMap<Amount>>,
    /// The nodes of the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub node_pools: Option<Vec<PoolDocument>>,
    /// `nodes` (the default): the pods must fit the nodes one by one. `sums`: only the sums count.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["nodes", "sums"]))]
    pub node_packing: Option<String>,
    /// Share that stays free: `20%` or `0.2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headroom: Option<Amount>,
    /// Further maximums, headroom aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximums: Option<MaximumsDocument>,
    /// What it costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostDocument>,
    /// Free labels, copied to the outputs.
    #[serde(skip_serializing_if = "TextMap::is_empty")]
    #[schemars(default)]
    pub labels: TextMap<Text>,
}

/// `{cpu, memory, pods, namespaces}`: taken by what is not in the fleet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OccupiedDocument {
    /// CPU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Amount>,
    /// Memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Amount>,
    /// Pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods: Option<u64>,
    /// Namespaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<u64>,
}

/// How a workload holds on to where it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum StayDocument {
    /// `cluster`, `region` or `none`, for good.
    Word(#[schemars(extend("enum" = ["cluster", "region", "none"]))] Text),
    /// Up to and including a day.
    Until(StayUntilDocument),
}

/// `{for, until}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StayUntilDocument {
    /// `cluster` or `region`.
    #[serde(rename = "for")]
    #[schemars(extend("enum" = ["cluster", "region"]))]
    pub for_: Text,
    /// The last day on which it holds, `YYYY-MM-DD`.
    #[schemars(regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub until: Text,
}

impl ExistingDocument {
    /// A cluster of that name, of no template.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// A cluster of that name with the shape of a template.
    #[must_use]
    pub fn of(template: impl Into<String>, name: impl Into<String>) -> Self {
        Self { template: Some(template.into()), ..Self::new(name) }
    }

    /// The region that it is in.
    #[must_use]
    pub fn region(mut self, name: impl Into<Text>) -> Self {
        self.region = Some(name.into());
        self
    }

    /// Which workloads may be there.
    #[must_use]
    pub fn admits(mut self, selector: SelectorDocument) -> Self {
        self.admits = Some(selector);
        self
    }

    /// What it provides for workloads that need it.
    #[must_use]
    pub fn provides(mut self, words: impl Into<OneOrMany>) -> Self {
        self.provides = Some(Box::new(words.into()));
        self
    }

    /// Nobody comes who does not run there today.
    #[must_use]
    pub fn cordon(mut self) -> Self {
        self.mode = Some("cordon".into());
        self
    }

    /// Nobody stays.
    #[must_use]
    pub fn drain(mut self) -> Self {
        self.mode = Some("drain".into());
        self
    }

    /// It stays, even if it is empty.
    #[must_use]
    pub fn keep(mut self) -> Self {
        self.keep = Some(true);
        self
    }

    /// What others take there.
    #[must_use]
    pub fn occupied(mut self, occupied: OccupiedDocument) -> Self {
        self.occupied = Some(occupied);
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

    /// Share that stays free: `20%` or `0.2`.
    #[must_use]
    pub fn headroom(mut self, share: impl Into<Amount>) -> Self {
        self.headroom = Some(share.into());
        self
    }

    /// What it costs.
    #[must_use]
    pub fn cost(mut self, cost: impl Into<Amount>) -> Self {
        self.cost = Some(CostDocument::Flat(cost.into()));
        self
    }

    /// Whether it says anything of its shape itself.
    pub(in crate::fleet) fn has_own_shape(&self) -> bool {
        self.allocatable.is_some()
            || self.node_pools.is_some()
            || self.node_packing.is_some()
            || self.headroom.is_some()
            || self.maximums.is_some()
            || self.cost.is_some()
    }

    /// Its shape, as a template of its own would say it: its own keys, and the template's where it has none.
    pub(in crate::fleet) fn shape(&self, template: Option<&TemplateDocument>) -> TemplateDocument {
        let base = template.cloned().unwrap_or_default();
        let pools_gone = self.allocatable.is_some();
        let (mut packing, mut maximums) = (base.node_packing, base.maximums);
        let (mut allocatable, mut node_pools) = (base.allocatable, base.node_pools);
        if pools_gone {
            // what is inherited of nodes goes with them
            (node_pools, packing) = (None, None);
            maximums = maximums.map(|it| MaximumsDocument { nodes: None, ..it });
        }
        if self.node_pools.is_some() {
            allocatable = None;
        }
        TemplateDocument {
            name: self.name.clone(),
            regions: None,
            jurisdictions: None,
            admits: None,
            provides: None,
            allocatable: self.allocatable.clone().or(allocatable),
            node_pools: self.node_pools.clone().or(node_pools),
            node_packing: self.node_packing.clone().or(packing),
            headroom: self.headroom.clone().or(base.headroom),
            maximums: self.maximums.clone().or(maximums),
            cost: self.cost.clone().or(base.cost),
            labels: base.labels.iter().chain(&self.labels).map(|(key, text)| (key.clone(), text.clone())).collect(),
            max_count: None,
        }
    }
}

impl StayDocument {
    /// `cluster` up to and including a day, `YYYY-MM-DD`.
    #[must_use]
    pub fn cluster_until(day: impl Into<Text>) -> Self {
        Self::Until(StayUntilDocument { for_: "cluster".into(), until: day.into() })
    }
}
