//! Indices back to names: a solution becomes a placement, the twin of `encode.rs`.
//!
//! Everything here is a matter of order: the same solution always becomes the same placement. Units that are copies of
//! one item type are handed out in the order of their first workloads (by tenant, namespace and name), bin by bin, so that
//! a tenant's workloads end up together. Clusters are ordered by island, site and first workload.

use crate::encode::Encoding;
use crate::fleet::Fleet;
use crate::placement::{Cluster, Holding, Placement, Share, names};
use crate::problem::Solution;

/// The clusters of a solution and what they hold, bin by bin. Complexity: sorting the workloads.
#[must_use]
pub fn decode(solution: &Solution, encoding: &Encoding) -> Vec<Holding> {
    let mut queues: Vec<Vec<&Vec<usize>>> = (0..encoding.len())
        .map(|item| {
            // the first is taken from the end
            encoding.units(item).iter().rev().collect()
        })
        .collect();
    let mut patterns: Vec<_> = solution.patterns.iter().collect();
    patterns.sort();
    let mut bins = Vec::new();
    for pattern in patterns {
        for _ in 0..pattern.count {
            let mut workloads = Vec::new();
            for &(item, copies) in &pattern.items {
                for _ in 0..copies {
                    workloads.extend(queues[item].pop().into_iter().flatten().copied());
                }
            }
            workloads.sort_unstable();
            bins.push(Holding { site: pattern.bin, workloads, nodes: None });
        }
    }
    bins
}

/// Orders and names clusters: who stands where. `islands` names the island of each workload
/// ([`TrustGraph::islands`](crate::trust::TrustGraph::islands)). Complexity: sorting the clusters.
#[must_use]
pub fn arrange(mut holdings: Vec<Holding>, fleet: &Fleet, islands: &[Option<usize>]) -> Placement {
    let island = |it: &Holding| it.workloads.first().and_then(|&workload| islands[workload]).unwrap_or(0);
    holdings.sort_by(|a, b| (island(a), a.site, &a.workloads).cmp(&(island(b), b.site, &b.workloads)));
    let mut placement = Placement::default();
    for (cluster, holding) in holdings.into_iter().enumerate() {
        // of regions that nothing tells apart the first by name
        let region = fleet.sites()[holding.site].regions.first().copied();
        placement.clusters.push(Cluster { name: String::new(), site: holding.site, region, nodes: holding.nodes });
        let share = |workload: usize| Share { workload, cluster, replicas: fleet.workloads()[workload].replicas };
        placement.shares.extend(holding.workloads.into_iter().map(share));
    }
    placement.shares.sort_unstable();
    names::by_content(fleet, &mut placement);
    placement
}
