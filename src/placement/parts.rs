//! How many pods of each workload stand in a cluster.

use crate::fleet::Fleet;

use super::Placement;

/// Of splits, the replicas in one cluster; of all others a whole copy stands there. [`Default`]: all of everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Workload and replicas, ascending.
    of: Vec<(usize, u64)>,
}

impl Parts {
    /// So many replicas of these splits.
    #[must_use]
    pub fn new(mut of: Vec<(usize, u64)>) -> Self {
        of.sort_unstable();
        Self { of }
    }

    /// Workload and replicas, ascending.
    #[must_use]
    pub fn list(&self) -> &[(usize, u64)] {
        &self.of
    }

    /// Pods of a workload that stands there.
    #[must_use]
    pub fn pods(&self, fleet: &Fleet, workload: usize) -> u64 {
        let it = &fleet.workloads()[workload];
        match self.of.binary_search_by_key(&workload, |&(workload, _)| workload) {
            Ok(at) if it.is_split() => self.of[at].1,
            _ => it.replicas_of_copy(),
        }
    }
}

impl Placement {
    /// The parts of splits in each cluster.
    pub(crate) fn parts(&self, fleet: &Fleet) -> Vec<Parts> {
        let mut parts = vec![Vec::new(); self.clusters.len()];
        for share in self.shares.iter().filter(|share| fleet.workloads()[share.workload].is_split()) {
            parts[share.cluster].push((share.workload, share.replicas));
        }
        parts.into_iter().map(Parts::new).collect()
    }
}
