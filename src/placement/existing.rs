//! What runs today.

use super::{Cluster, Placement, Share};
use crate::fleet::Fleet;

/// The present placement: every existing cluster, in the fleet's order (also those that are empty), and who runs there,
/// by what the workloads say. It is a fact, and may be against every rule.
#[must_use]
pub fn today(fleet: &Fleet) -> Placement {
    let cluster = |it: &crate::fleet::ExistingCluster| Cluster {
        name: it.name.clone(),
        site: it.site,
        region: fleet.sites()[it.site].regions.first().copied(),
        nodes: None,
    };
    let shares = fleet.whereabouts.iter().enumerate().flat_map(|(workload, it)| {
        let of_copy = fleet.workloads()[workload].replicas_of_copy();
        it.runs_in.iter().map(move |&cluster| Share { workload, cluster, replicas: it.replicas_in(cluster, of_copy) })
    });
    Placement { clusters: fleet.existing().iter().map(cluster).collect(), shares: shares.collect() }
}
