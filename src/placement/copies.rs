//! What is amiss with copies, splits and rules between clusters in a placement: one reading, which others put into words.

use std::collections::{BTreeMap, BTreeSet};

use crate::fleet::{ApartBy, Fleet, Presence};

use super::Placement;

/// One thing that is amiss. Workloads that stand nowhere are no matter of it.
pub(super) enum Amiss {
    /// Other than its copies: it stands in so many clusters.
    Copies { workload: usize, clusters: u64 },
    /// It stands twice in one cluster.
    Twice { workload: usize, cluster: usize },
    /// The replicas of a split are so many together.
    Replicas { workload: usize, replicas: u128 },
    /// A split lies in too many clusters.
    Parts { workload: usize, clusters: u64, most: u64 },
    /// Too many copies in a region.
    Close { workload: usize, region: usize, copies: u64, most: u64 },
    /// No copy in a region where there is one each.
    Without { workload: usize, region: usize },
    /// A group of one region (index in the policy) that stands in several.
    Wide { group: usize, regions: BTreeSet<usize> },
    /// Members of a rule (index in the policy) that meet in a cluster or a region.
    Met { rule: usize, at: At, members: Vec<usize> },
}

/// Where members meet.
#[derive(Clone, Copy)]
pub(super) enum At {
    Cluster(usize),
    Region(usize),
}

/// Everything that is amiss: by workload, then by rule. Linear in the shares and the members of rules.
pub(super) fn amiss(fleet: &Fleet, placement: &Placement) -> Vec<Amiss> {
    if fleet.is_of_single_clusters() {
        return Vec::new();
    }
    let mut homes: BTreeMap<usize, Vec<(usize, u64)>> = BTreeMap::new();
    for share in &placement.shares {
        homes.entry(share.workload).or_default().push((share.cluster, share.replicas));
    }
    let mut found = Vec::new();
    for (&workload, shares) in &mut homes {
        shares.sort_unstable();
        of_workload(fleet, placement, workload, shares, &mut found);
    }
    let regions = |workload: usize| -> BTreeSet<usize> {
        let clusters = homes.get(&workload).into_iter().flatten().map(|&(cluster, _)| cluster);
        clusters.filter_map(|cluster| placement.clusters[cluster].region).collect()
    };
    for (group, it) in fleet.policy().together_in_region.iter().enumerate() {
        let regions: BTreeSet<usize> = it.members.iter().flat_map(|&member| regions(member)).collect();
        if regions.len() > 1 {
            found.push(Amiss::Wide { group, regions });
        }
    }
    for (rule, it) in fleet.policy().kept_apart.iter().enumerate() {
        let mut met: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &member in &it.members {
            let places = match it.by {
                ApartBy::Cluster => homes.get(&member).into_iter().flatten().map(|&(cluster, _)| cluster).collect(),
                ApartBy::Region => regions(member),
            };
            places.into_iter().for_each(|place| met.entry(place).or_default().push(member));
        }
        for (place, members) in met.into_iter().filter(|(_, members)| members.len() > 1) {
            let at = match it.by {
                ApartBy::Cluster => At::Cluster(place),
                ApartBy::Region => At::Region(place),
            };
            found.push(Amiss::Met { rule, at, members });
        }
    }
    found
}

fn of_workload(fleet: &Fleet, placement: &Placement, workload: usize, shares: &[(usize, u64)], found: &mut Vec<Amiss>) {
    let it = &fleet.workloads()[workload];
    let most = match it.presence {
        Presence::One => return,
        Presence::Copies(_) => None,
        Presence::Split { most } => most,
    };
    let twice = shares.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| pair[0].0);
    found.extend(twice.map(|cluster| Amiss::Twice { workload, cluster }));
    let clusters: BTreeSet<usize> = shares.iter().map(|&(cluster, _)| cluster).collect();
    let count = clusters.len() as u64;
    if it.is_split() {
        let replicas: u128 = shares.iter().map(|&(_, replicas)| u128::from(replicas)).sum();
        if replicas != u128::from(it.replicas) {
            found.push(Amiss::Replicas { workload, replicas });
        }
        found.extend(most.filter(|&most| count > most).map(|most| Amiss::Parts { workload, clusters: count, most }));
        return;
    }
    if count != it.copies() {
        found.push(Amiss::Copies { workload, clusters: count });
    }
    let Some(most) = it.most_in_a_region() else { return };
    let mut here: BTreeMap<usize, u64> = BTreeMap::new();
    for region in clusters.iter().filter_map(|&cluster| placement.clusters[cluster].region) {
        *here.entry(region).or_insert(0) += 1;
    }
    let close = here.iter().filter(|&(_, &copies)| copies > most);
    found.extend(close.map(|(&region, &copies)| Amiss::Close { workload, region, copies, most }));
    if it.is_in_each_region() {
        let without = it.regions.iter().copied().filter(|region| !here.contains_key(region));
        found.extend(without.map(|region| Amiss::Without { workload, region }));
    }
}
