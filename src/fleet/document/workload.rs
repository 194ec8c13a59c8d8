//! A workload of the document.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Amount, CopiesDocument, OneOrMany, RunsInDocument, SplitClustersDocument, SplitDocument, StayDocument};
use crate::compact::{Text, TextMap};

/// A workload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkloadDocument {
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: Text,
    /// Its tenant.
    pub tenant: Text,
    /// Its namespace; `{tenant}-{name}` where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"))]
    pub namespace: Option<Text>,
    /// A lower trust level than its tenant's, or its own where the tenant states none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust: Option<Text>,
    /// Narrower sharing than it inherits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["level", "tenant", "workload"]))]
    pub sharing: Option<Text>,
    /// A higher floor than it inherits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepts: Option<Text>,
    /// The regions it may be in, of its tenant's; `all`: every one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regions: Option<Box<OneOrMany>>,
    /// The jurisdictions it may be in: a region in one of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jurisdictions: Option<Box<OneOrMany>>,
    /// What a cluster must provide for it, beside what its tenant needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<Box<OneOrMany>>,
    /// Attributes that its tenant leaves open.
    #[serde(skip_serializing_if = "TextMap::is_empty")]
    #[schemars(default)]
    pub attributes: TextMap<Text>,
    /// How many pods; 1 where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<ReplicasDocument>,
    /// In how many clusters it is; in one where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copies: Option<Box<CopiesDocument>>,
    /// Its replicas may lie in several clusters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<SplitDocument>,
    /// What one pod requests.
    #[serde(skip_serializing_if = "TextMap::is_empty")]
    #[schemars(default)]
    pub requests: TextMap<Amount>,
    /// What the workload requests once, whatever its replicas.
    #[serde(skip_serializing_if = "TextMap::is_empty")]
    #[schemars(default)]
    pub fixed_requests: TextMap<Amount>,
    /// One copy in every cluster; only for platform tenants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_cluster: Option<bool>,
    /// One pod on every node (of `pool`, or of all); only for platform tenants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_node: Option<bool>,
    /// The dedicated node pool that its pods run on; the pools that are not dedicated where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub pool: Option<Text>,
    /// The existing cluster that it runs in, or those of its copies; of a split, how many replicas in each. `[]`: it runs
    /// nowhere yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs_in: Option<Box<RunsInDocument>>,
    /// The existing cluster that it must be in; of several copies, a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<Box<OneOrMany>>,
    /// `cluster`: it stays where it runs; `region`: in the region where it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stay: Option<Box<StayDocument>>,
    /// It keeps state where it runs: it stays there unless it says another `stay`, and stops before it starts elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stateful: Option<bool>,
    /// What a move of it counts; 1 where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub move_cost: Option<u64>,
    /// `allowed`: it may stop before it starts elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["allowed"]))]
    pub downtime: Option<Text>,
    /// Free labels, copied to the outputs.
    #[serde(skip_serializing_if = "TextMap::is_empty")]
    #[schemars(default)]
    pub labels: TextMap<Text>,
    /// Recorded and reported; they change nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub mitigations: Vec<Text>,
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

impl WorkloadDocument {
    /// A workload of that tenant and name.
    #[must_use]
    pub fn new(tenant: impl Into<Text>, name: impl Into<Text>) -> Self {
        Self { name: name.into(), tenant: tenant.into(), ..Self::default() }
    }

    /// Its namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<Text>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Its trust level, not above its tenant's.
    #[must_use]
    pub fn trust(mut self, level: impl Into<Text>) -> Self {
        self.trust = Some(level.into());
        self
    }

    /// Narrower sharing than it inherits.
    #[must_use]
    pub fn sharing(mut self, sharing: impl Into<Text>) -> Self {
        self.sharing = Some(sharing.into());
        self
    }

    /// An attribute that its tenant leaves open.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<Text>, value: impl Into<Text>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }

    /// The regions it may be in; `all`: every one.
    #[must_use]
    pub fn regions(mut self, names: impl Into<OneOrMany>) -> Self {
        self.regions = Some(Box::new(names.into()));
        self
    }

    /// The jurisdictions it may be in: a region in one of them.
    #[must_use]
    pub fn jurisdictions(mut self, names: impl Into<OneOrMany>) -> Self {
        self.jurisdictions = Some(Box::new(names.into()));
        self
    }

    /// What a cluster must provide for it, beside what its tenant needs.
    #[must_use]
    pub fn needs(mut self, words: impl Into<OneOrMany>) -> Self {
        self.needs = Some(Box::new(words.into()));
        self
    }

    /// How many pods.
    #[must_use]
    pub fn replicas(mut self, count: u64) -> Self {
        self.replicas = Some(ReplicasDocument::Exactly(count));
        self
    }

    /// From `min` to `max` pods; planned for `max`.
    #[must_use]
    pub fn replicas_between(mut self, min: u64, max: u64) -> Self {
        self.replicas = Some(ReplicasDocument::Range(RangeDocument { min, max }));
        self
    }

    /// In how many clusters it is, and which.
    #[must_use]
    pub fn copies(mut self, copies: CopiesDocument) -> Self {
        self.copies = Some(Box::new(copies));
        self
    }

    /// Its replicas may lie in any number of clusters.
    #[must_use]
    pub fn split(mut self) -> Self {
        self.split = Some(SplitDocument::Anywhere(true));
        self
    }

    /// Its replicas may lie in so many clusters at most.
    #[must_use]
    pub fn split_over(mut self, clusters: u64) -> Self {
        self.split = Some(SplitDocument::Clusters(SplitClustersDocument { clusters }));
        self
    }

    /// What one pod requests of a resource.
    #[must_use]
    pub fn request(mut self, resource: impl Into<Text>, amount: impl Into<Amount>) -> Self {
        self.requests.insert(resource.into(), amount.into());
        self
    }

    /// The CPU that one pod requests.
    #[must_use]
    pub fn cpu(self, amount: impl Into<Amount>) -> Self {
        self.request("cpu", amount)
    }

    /// The memory that one pod requests.
    #[must_use]
    pub fn memory(self, amount: impl Into<Amount>) -> Self {
        self.request("memory", amount)
    }

    /// What the workload requests once, whatever its replicas.
    #[must_use]
    pub fn fixed_request(mut self, resource: impl Into<Text>, amount: impl Into<Amount>) -> Self {
        self.fixed_requests.insert(resource.into(), amount.into());
        self
    }

    /// One copy in every cluster.
    #[must_use]
    pub fn per_cluster(mut self) -> Self {
        self.per_cluster = Some(true);
        self
    }

    /// One pod on every node.
    #[must_use]
    pub fn per_node(mut self) -> Self {
        self.per_node = Some(true);
        self
    }

    /// The dedicated node pool that its pods run on.
    #[must_use]
    pub fn pool(mut self, name: impl Into<Text>) -> Self {
        self.pool = Some(name.into());
        self
    }

    /// The existing cluster that it runs in, or those of its copies; none (`[]`): nowhere yet.
    #[must_use]
    pub fn runs_in(mut self, clusters: impl Into<OneOrMany>) -> Self {
        self.runs_in = Some(Box::new(RunsInDocument::Clusters(clusters.into())));
        self
    }

    /// How many replicas of a split run in each existing cluster.
    #[must_use]
    pub fn replicas_run_in<S: Into<String>>(mut self, replicas: impl IntoIterator<Item = (S, u64)>) -> Self {
        let replicas = replicas.into_iter().map(|(cluster, count)| (cluster.into(), count)).collect();
        self.runs_in = Some(Box::new(RunsInDocument::Replicas(replicas)));
        self
    }

    /// The existing cluster that it must be in.
    #[must_use]
    pub fn pin(mut self, clusters: impl Into<OneOrMany>) -> Self {
        self.pin = Some(Box::new(clusters.into()));
        self
    }

    /// How it holds on to where it runs.
    #[must_use]
    pub fn stay(mut self, stay: StayDocument) -> Self {
        self.stay = Some(Box::new(stay));
        self
    }

    /// It keeps state where it runs.
    #[must_use]
    pub fn stateful(mut self) -> Self {
        self.stateful = Some(true);
        self
    }

    /// What a move of it counts.
    #[must_use]
    pub fn move_cost(mut self, cost: u64) -> Self {
        self.move_cost = Some(cost);
        self
    }

    /// It may stop before it starts elsewhere.
    #[must_use]
    pub fn downtime_allowed(mut self) -> Self {
        self.downtime = Some("allowed".into());
        self
    }

    /// A free label.
    #[must_use]
    pub fn label(mut self, name: impl Into<Text>, text: impl Into<Text>) -> Self {
        self.labels.insert(name.into(), text.into());
        self
    }
}
