//! A resolved workload: everything inherited, everything an index or an integer.

use std::sync::Arc;

use super::copies::{CopySpread, Presence};
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
    /// Replicas planned for (the maximum): of copies what is left when what they survive is gone, of a split all of them.
    pub replicas: u64,
    /// The minimum where `replicas` is a range.
    pub min_replicas: u64,
    /// What one pod requests of each resource of the fleet (`pods` is 1).
    pub pod: Arc<[u64]>,
    /// In how many clusters it is.
    pub presence: Presence,
    /// What the workload takes of each resource in a cluster, a split with all its replicas: [`Workload::replicas_of_copy`] x
    /// pod + fixed requests; nothing where it runs on every node.
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
    /// Indices of the sites that are open to it, ascending: it may be there, the pods of a copy fit the nodes of an empty cluster, and the
    /// whole of it the cluster; of a split one pod.
    pub sites: Arc<[usize]>,
    /// Free labels: the tenant's with its own over them.
    pub labels: TextMap<Text>,
    /// Recorded and reported; they change nothing.
    pub mitigations: Vec<Text>,
}

impl Workload {
    /// Copies that a plan has of it: 1 where it says nothing of them, and of a split (whose parts are no copies).
    #[must_use]
    pub fn copies(&self) -> u64 {
        match &self.presence {
            Presence::Copies(copies) => copies.count,
            Presence::One | Presence::Split { .. } => 1,
        }
    }

    /// Whether its replicas may lie in several clusters.
    #[must_use]
    pub fn is_split(&self) -> bool {
        matches!(self.presence, Presence::Split { .. })
    }

    /// The most clusters that it can be in.
    #[must_use]
    pub fn most_clusters(&self) -> u64 {
        match self.presence {
            Presence::Split { most } => most.unwrap_or(self.replicas).min(self.replicas),
            Presence::One | Presence::Copies(_) => self.copies(),
        }
    }

    /// Copies of it that may stand in one region, where that is limited.
    #[must_use]
    pub fn most_in_a_region(&self) -> Option<u64> {
        match &self.presence {
            Presence::Copies(copies) => match copies.spread {
                CopySpread::Clusters => None,
                CopySpread::PerRegion(most) => Some(most),
                CopySpread::Each => Some(1),
            },
            Presence::One | Presence::Split { .. } => None,
        }
    }

    /// Whether one copy stands in every region that it may be in.
    #[must_use]
    pub fn is_in_each_region(&self) -> bool {
        matches!(&self.presence, Presence::Copies(copies) if copies.spread == CopySpread::Each)
    }

    /// Pods of one copy: as many as leave all `replicas` when what it survives is gone. Of a split all of them.
    #[must_use]
    pub fn replicas_of_copy(&self) -> u64 {
        match &self.presence {
            Presence::Copies(copies) => self.replicas.div_ceil(copies.left),
            Presence::One | Presence::Split { .. } => self.replicas,
        }
    }

    /// The fewest pods that it can have in a cluster: those of a copy; of a split one.
    #[must_use]
    pub fn fewest_replicas(&self) -> u64 {
        if self.is_split() { self.replicas.min(1) } else { self.replicas_of_copy() }
    }

    /// The least that it takes of a resource in a cluster: a copy; of a split one pod.
    pub(crate) fn least(&self, resource: usize) -> u64 {
        match self.is_split() {
            false => self.total[resource],
            true if self.replicas == 0 => 0,
            true => self.pod[resource],
        }
    }

    /// What it takes of a resource in a cluster with so many pods there: those, and its fixed requests.
    pub(crate) fn takes(&self, resource: usize, replicas: u64) -> u128 {
        let pods = |replicas: u64| u128::from(replicas) * u128::from(self.pod[resource]);
        let fixed = u128::from(self.total[resource]).saturating_sub(pods(self.replicas_of_copy()));
        pods(replicas) + fixed
    }
}
