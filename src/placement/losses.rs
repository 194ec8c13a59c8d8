//! What the loss of a cluster, or of a region, takes.

use std::collections::BTreeSet;

use super::Placement;
use crate::fleet::Fleet;

/// What the loss of a cluster, or of a region, takes.
pub(crate) struct Lost {
    /// Index of the cluster, or of the region.
    pub of: usize,
    /// Clusters that are gone.
    pub clusters: usize,
    /// Workloads that are left with fewer pods than their `replicas`.
    pub workloads: Vec<usize>,
    pub pods: u64,
    pub tenants: usize,
}

/// A workload has one copy: with its cluster, or its region, all its pods are gone. Each is given how many clusters, and who
/// runs there.
pub(crate) fn losses(fleet: &Fleet, places: impl Iterator<Item = (usize, Vec<usize>)>) -> Vec<Lost> {
    let one = |(of, (clusters, workloads)): (usize, (usize, Vec<usize>))| {
        let replicas = |workload: usize| fleet.workloads()[workload].replicas;
        let gone: Vec<usize> = workloads.into_iter().filter(|&workload| replicas(workload) > 0).collect();
        let tenants: BTreeSet<usize> = gone.iter().map(|&workload| fleet.workloads()[workload].tenant).collect();
        let pods = gone.iter().map(|&workload| replicas(workload)).fold(0u64, u64::saturating_add);
        Lost { of, clusters, workloads: gone, pods, tenants: tenants.len() }
    };
    let mut losses: Vec<Lost> = places.enumerate().map(one).filter(|lost| lost.pods > 0).collect();
    losses.sort_by_key(|lost| (std::cmp::Reverse(lost.workloads.len()), lost.of));
    losses
}

/// Of each region, the one first that takes most.
pub(crate) fn losses_of_regions(fleet: &Fleet, placement: &Placement) -> Vec<Lost> {
    let contents = placement.contents();
    let of_region = |region: usize| {
        let here = || placement.clusters.iter().zip(&contents).filter(move |(it, _)| it.region == Some(region));
        let mut workloads: Vec<usize> = here().flat_map(|(_, workloads)| workloads).copied().collect();
        workloads.sort_unstable();
        (here().count(), workloads)
    };
    losses(fleet, (0..fleet.regions().len()).map(of_region))
}
