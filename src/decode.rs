//! Indices back to names: a solution becomes a placement, the twin of `encode.rs`.
//!
//! Everything here is a matter of order: the same solution always becomes the same placement. Units that are copies of
//! one item type are handed out in the order of their first workloads (by tenant, namespace and name), bin by bin, so that
//! a tenant's workloads end up together. Existing clusters stand first, by name; new ones are ordered by island, site and first
//! workload.

use std::collections::BTreeMap;

use crate::encode::Encoding;
use crate::fleet::{Fleet, Standing};
use crate::placement::{Cluster, Holding, Parts, Placement, Share, names};
use crate::problem::Solution;

/// The clusters of a solution and what they hold, bin by bin. Complexity: sorting the workloads.
#[must_use]
pub fn decode(solution: &Solution, encoding: &Encoding) -> Vec<Holding> {
    let queue = |item: usize| {
        let shares = encoding.shares(item).iter().copied().chain(std::iter::repeat(1));
        let mut queue: Vec<(&Vec<usize>, u64)> = encoding.units(item).iter().zip(shares).collect();
        queue.reverse(); // the first is taken from the end
        queue
    };
    let mut queues: Vec<Vec<(&Vec<usize>, u64)>> = (0..encoding.len()).map(queue).collect();
    let mut patterns: Vec<_> = solution.patterns.iter().collect();
    patterns.sort();
    let mut bins = Vec::new();
    let mut used: BTreeMap<usize, usize> = BTreeMap::new();
    for pattern in patterns {
        let sites = encoding.sites(pattern.bin);
        for _ in 0..pattern.count {
            // of existing clusters that nothing tells apart each stands at a site of its own
            let next = used.entry(pattern.bin).or_insert(0);
            let site = sites.get(*next).or(sites.last()).copied();
            *next += 1;
            let mut workloads = Vec::new();
            let mut parts: BTreeMap<usize, u64> = BTreeMap::new();
            for &(item, copies) in &pattern.items {
                let split = !encoding.shares(item).is_empty();
                let mut wanted = copies;
                while wanted > 0 {
                    let Some((unit, left)) = queues[item].last_mut() else { break };
                    let taken = wanted.min(*left);
                    wanted -= taken;
                    *left -= taken;
                    match unit[..] {
                        [it] if split && encoding.is_split(it) => *parts.entry(it).or_insert(0) += taken,
                        _ => workloads.extend(unit.iter().copied()),
                    }
                    if *left == 0 {
                        queues[item].pop();
                    }
                }
            }
            workloads.extend(parts.keys());
            workloads.sort_unstable();
            // every bin type stands for a site
            let parts = Parts::new(parts.into_iter().collect());
            bins.extend(site.map(|site| Holding { site, workloads, parts, nodes: None }));
        }
    }
    bins
}

/// The region of a cluster: of regions that nothing tells apart the one where most of what it holds runs today, of equals the
/// first by name.
fn region(fleet: &Fleet, holding: &Holding) -> Option<usize> {
    let regions = &fleet.sites()[holding.site].regions;
    let runs = |region: usize| {
        let there = |&cluster: &usize| fleet.sites()[fleet.existing()[cluster].site].regions.contains(&region);
        let places = holding.workloads.iter().filter_map(|&workload| fleet.whereabouts(workload));
        places.filter(|it| it.runs_in.iter().any(there)).count()
    };
    // of one region there is no choice
    if let [only] = regions[..] { Some(only) } else { regions.iter().copied().rev().max_by_key(|&region| runs(region)) }
}

/// Orders and names clusters: who stands where. `islands` names the island of each workload
/// ([`TrustGraph::islands`](crate::trust::TrustGraph::islands)). Complexity: sorting the clusters.
#[must_use]
pub fn arrange(mut holdings: Vec<Holding>, fleet: &Fleet, islands: &[Option<usize>]) -> Placement {
    let island = |it: &Holding| it.workloads.first().and_then(|&workload| islands[workload]).unwrap_or(0);
    let place = |it: &Holding| match fleet.sites()[it.site].what {
        Standing::Existing { cluster } => (Some(cluster), 0),
        _ => (None, island(it)),
    };
    let key = |it: &Holding| {
        let (existing, island) = place(it);
        (existing.is_none(), existing, island, it.site)
    };
    holdings.sort_by(|a, b| (key(a), &a.workloads).cmp(&(key(b), &b.workloads)));
    let mut placement = Placement::default();
    for (cluster, holding) in holdings.into_iter().enumerate() {
        let region = region(fleet, &holding);
        placement.clusters.push(Cluster { name: String::new(), site: holding.site, region, nodes: holding.nodes });
        let parts = holding.parts;
        let share = |workload: usize| Share { workload, cluster, replicas: parts.pods(fleet, workload) };
        placement.shares.extend(holding.workloads.into_iter().map(share));
    }
    placement.shares.sort_unstable();
    names::by_content(fleet, &mut placement);
    placement
}
