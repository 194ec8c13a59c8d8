//! A resolved cluster template.

use std::collections::BTreeMap;

/// A shape that a cluster can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterTemplate {
    /// Its name.
    pub name: String,
    /// Allocatable of the whole cluster for each resource of the fleet, before headroom; `None`: unlimited.
    pub allocatable: Vec<Option<u64>>,
    /// Usable: after headroom and maximums, less the per-cluster overhead; `None`: unlimited. An overhead that does not fit
    /// leaves the template out of every workload's list.
    pub usable: Vec<Option<u64>>,
    /// The node shapes, each its allocatable per resource (`None`: unlimited); empty where the template has no pools.
    pub nodes: Vec<Vec<Option<u64>>>,
    /// How many clusters of it there may be.
    pub max_count: Option<u64>,
    /// Cost of one cluster in thousandths.
    pub cost: Option<u64>,
    /// Free labels.
    pub labels: BTreeMap<String, String>,
}
