//! What the loss of a cluster, or of a region, takes of a placement.

use std::collections::{BTreeMap, BTreeSet};

use crate::fleet::Fleet;

use super::Placement;

/// What a loss takes.
pub(crate) struct Lost {
    /// Index of the cluster in the placement, or of the region.
    pub of: usize,
    /// Clusters that are gone.
    pub clusters: usize,
    /// Workloads that are left with fewer pods than their `replicas`.
    pub workloads: Vec<usize>,
    /// Pods that are gone.
    pub pods: u64,
    /// Pods that those workloads have left elsewhere.
    pub left: u64,
    pub tenants: usize,
}

/// The losses of each cluster.
pub(crate) fn losses_of_clusters(fleet: &Fleet, placement: &Placement) -> Vec<Lost> {
    losses(fleet, placement, (0..placement.clusters.len()).map(|cluster| vec![cluster]))
}

/// The losses of each region.
pub(crate) fn losses_of_regions(fleet: &Fleet, placement: &Placement) -> Vec<Lost> {
    let clusters = |region: usize| {
        let there = |&cluster: &usize| placement.clusters[cluster].region == Some(region);
        (0..placement.clusters.len()).filter(there).collect()
    };
    losses(fleet, placement, (0..fleet.regions().len()).map(clusters))
}

/// Each place is given by its clusters. The largest first. Linear in the shares.
fn losses(fleet: &Fleet, placement: &Placement, places: impl Iterator<Item = Vec<usize>>) -> Vec<Lost> {
    let mut all = vec![0u64; fleet.workloads().len()];
    let mut inside: Vec<Vec<(usize, u64)>> = vec![Vec::new(); placement.clusters.len()];
    for share in &placement.shares {
        all[share.workload] = all[share.workload].saturating_add(share.replicas);
        inside[share.cluster].push((share.workload, share.replicas));
    }
    let one = |(of, clusters): (usize, Vec<usize>)| {
        let mut gone: BTreeMap<usize, u64> = BTreeMap::new();
        for &(workload, pods) in clusters.iter().flat_map(|&cluster| &inside[cluster]) {
            let it = gone.entry(workload).or_insert(0);
            *it = it.saturating_add(pods);
        }
        gone.retain(|_, pods| *pods > 0);
        let left = |workload: usize, pods: u64| all[workload].saturating_sub(pods);
        let short = |&(&workload, &pods): &(&usize, &u64)| left(workload, pods) < fleet.workloads()[workload].replicas;
        let workloads: Vec<usize> = gone.iter().filter(short).map(|(&workload, _)| workload).collect();
        let tenants: BTreeSet<usize> = workloads.iter().map(|&workload| fleet.workloads()[workload].tenant).collect();
        Lost {
            of,
            clusters: clusters.len(),
            pods: gone.values().copied().fold(0, u64::saturating_add),
            left: workloads.iter().map(|&workload| left(workload, gone[&workload])).fold(0, u64::saturating_add),
            workloads,
            tenants: tenants.len(),
        }
    };
    let mut losses: Vec<Lost> = places.enumerate().map(one).filter(|lost| lost.pods > 0).collect();
    losses.sort_by_key(|lost| (std::cmp::Reverse(lost.workloads.len()), lost.of));
    losses
}
