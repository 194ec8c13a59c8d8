//! A resolved workload: everything inherited, everything an index or an integer.

use std::sync::Arc;

use super::sharing::Sharing;
use crate::compact::{Text, TextMap};

/// Identical pods under one controller. Lists and maps that workloads have in common are there once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Its name.
    pub name: Text,
    /// Index of its tenant.
    pub tenant: usize,
    /// Its namespace, given or `{tenant}-{name}`.
    pub namespace: Text,
    /// Whether the namespace was given.
    pub namespace_given: bool,
    /// Rank of its trust level.
    pub trust: usize,
    /// Its effective sharing: the narrowest of its level's, its tenant's and its own.
    pub sharing: Sharing,
    /// Rank of the lowest level it accepts: the highest of its level's, its tenant's and its own.
    pub accepts: usize,
    /// Class of each attribute of the policy; `None` where it has no value.
    pub attributes: Arc<[Option<usize>]>,
    /// The value as written of each attribute; `None` where it has no value.
    pub values: Arc<[Option<Text>]>,
    /// Class under each separation of the policy; `None` only for a per-cluster workload without a value.
    pub separation_classes: Arc<[Option<usize>]>,
    /// Replicas planned for (the maximum).
    pub replicas: u64,
    /// The minimum where `replicas` is a range.
    pub min_replicas: u64,
    /// What one pod requests of each resource of the fleet (`pods` is 1).
    pub pod: Arc<[u64]>,
    /// What the workload takes of each resource: `replicas` x pod + fixed requests; nothing where it runs on every node.
    pub total: Arc<[u64]>,
    /// One copy in every cluster, or one pod on every node of each: exempt from every reason.
    pub per_cluster: bool,
    /// One pod on every node of its pool, or of all.
    pub per_node: bool,
    /// The dedicated node pool that its pods run on, of the fleet's.
    pub pool: Option<usize>,
    /// The regions that it may be in; indices in [`Fleet::regions`](super::Fleet::regions), ascending. Empty where the fleet
    /// has none, and where it runs in every cluster.
    pub regions: Arc<[usize]>,
    /// What a cluster must provide for it, ascending.
    pub needs: Arc<[Text]>,
    /// Indices of the sites that are open to it, ascending: it may be there, all its pods fit the nodes of an empty cluster, and the whole
    /// of it the cluster.
    pub sites: Arc<[usize]>,
    /// Free labels: the tenant's with its own over them.
    pub labels: TextMap<Text>,
    /// Recorded and reported; they change nothing.
    pub mitigations: Vec<Text>,
}
