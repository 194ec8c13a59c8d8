//! What is against the rules in a placement, in names of the fleet and figures: one reading, which others put into words,
//! count and group.

use std::collections::{BTreeMap, BTreeSet};

use crate::date::Date;
use crate::fleet::{ClusterMode, Fleet, Shape, Standing};

use super::Placement;
use super::rules::{Reader, Reasons};

/// Hears of two kinds of workloads in one cluster, or of one kind with itself, and what stands between their members.
pub(super) type OnNeighbours<'a> = &'a mut dyn FnMut(&[usize], Option<&[usize]>, &Reasons);

/// Goes through the kinds of workloads in a cluster in pairs, in order, a kind of several members first with itself.
/// Nothing is heard where no rule can separate anybody.
pub(super) fn neighbours(reader: &Reader, workloads: &[usize], each: OnNeighbours) {
    let kinds = reader.kinds(workloads);
    if kinds.is_empty() || !reader.suspicious(&kinds) {
        return;
    }
    for (position, kind) in kinds.iter().enumerate() {
        if let Some(&second) = kind.get(1) {
            each(kind, None, &reader.reasons(kind[0], second));
        }
        for other in &kinds[position + 1..] {
            each(kind, Some(other), &reader.reasons(kind[0], other[0]));
        }
    }
}

/// More of a resource than is usable.
pub(super) struct Over {
    /// By the workloads of this dedicated pool; `None`: of none.
    pub pool: Option<usize>,
    pub resource: usize,
    pub load: u128,
    pub usable: u64,
}

/// What the workloads of a cluster take beyond what is usable there.
pub(super) fn over(fleet: &Fleet, shape: &Shape, workloads: &[usize]) -> Vec<Over> {
    let mut found = Vec::new();
    for pool in std::iter::once(None).chain((0..fleet.pools().len()).map(Some)) {
        for resource in 0..fleet.resources().len() {
            let load = load_of(fleet, workloads, pool, resource);
            if let Some(usable) = shape.usable_by(pool, resource).filter(|&usable| load > u128::from(usable)) {
                found.push(Over { pool, resource, load, usable });
            }
        }
    }
    found
}

/// What the workloads of a pool take of a resource together; those of none with what their tenants take once.
pub(super) fn load_of(fleet: &Fleet, workloads: &[usize], pool: Option<usize>, resource: usize) -> u128 {
    let ours = workloads.iter().filter(|&&workload| fleet.workloads()[workload].pool == pool);
    let once = if pool.is_none() { once(fleet, workloads, resource) } else { 0 };
    ours.map(|&workload| load(fleet, workload, resource)).sum::<u128>() + once
}

/// What the tenants of these workloads take of a resource once in their cluster, tenant by tenant, but for those that take
/// it in every cluster.
pub(crate) fn once(fleet: &Fleet, workloads: &[usize], resource: usize) -> u128 {
    let owners: BTreeSet<usize> = workloads.iter().map(|&workload| fleet.workloads()[workload].tenant).collect();
    let owners = owners.into_iter().map(|owner| &fleet.tenants()[owner]).filter(|owner| !owner.everywhere);
    owners.map(|owner| u128::from(owner.overhead.get(resource).copied().unwrap_or(0))).sum()
}

/// What a workload takes, added up anew from its replicas: the fixed part is what `total` holds beyond them.
pub(crate) fn load(fleet: &Fleet, workload: usize, resource: usize) -> u128 {
    let workload = &fleet.workloads()[workload];
    workload.takes(resource, workload.replicas_of_copy())
}

/// Namespaces and tenants beyond their maximum: what, how many, and how many there may be.
pub(super) fn too_many(fleet: &Fleet, shape: &Shape, workloads: &[usize]) -> Vec<(&'static str, u64, u64)> {
    let here = || workloads.iter().map(|&workload| &fleet.workloads()[workload]);
    let namespaces = || here().chain(fleet.platform()).map(|it| it.namespace.as_str()).collect::<BTreeSet<_>>().len();
    let tenants = || here().map(|it| it.tenant).collect::<BTreeSet<_>>().len();
    let counted = [
        ("namespaces", shape.most.namespaces.map(|most| (namespaces(), most))),
        ("tenants", shape.most.tenants.map(|most| (tenants(), most))),
    ];
    let passes = |(what, counted): (&'static str, Option<(usize, u64)>)| {
        counted.map(|(count, most)| (what, count as u64, most)).filter(|&(_, count, most)| count > most)
    };
    counted.into_iter().filter_map(passes).collect()
}

/// Templates of which there are more clusters than there may be, given the sites of all: which, how many, and the most.
pub(super) fn too_often(fleet: &Fleet, sites: impl Iterator<Item = usize>) -> Vec<(usize, u64, u64)> {
    let mut used = vec![0u64; fleet.templates().len()];
    sites.filter_map(|site| fleet.template_at(site)).for_each(|template| used[template] += 1);
    let all = fleet.templates().iter().zip(used).enumerate();
    all.filter_map(|(template, (it, used))| Some((template, used, it.max_count.filter(|&max| used > max)?))).collect()
}

/// Groups that must share one cluster and do not: which of the policy's, and where they are.
pub(super) fn split(fleet: &Fleet, placement: &Placement) -> Vec<(usize, BTreeSet<usize>)> {
    let mut homes: Vec<Vec<usize>> = vec![Vec::new(); fleet.workloads().len()];
    for share in &placement.shares {
        homes[share.workload].push(share.cluster);
    }
    let homes_of =
        |members: &[usize]| -> BTreeSet<usize> { members.iter().flat_map(|&member| &homes[member]).copied().collect() };
    let groups = fleet.policy().together.iter().map(|group| homes_of(&group.members)).enumerate();
    groups.filter(|(_, homes)| homes.len() > 1).collect()
}

/// What keeps a workload from a site whatever room there is, rule by rule, in words that follow its name.
pub(super) fn barred(fleet: &Fleet, workload: usize, site: usize) -> Vec<(&'static str, String)> {
    let (it, site) = (&fleet.workloads()[workload], &fleet.sites()[site]);
    let mut found = Vec::new();
    // a site of several regions lies in regions that nothing tells apart: one speaks for all
    if let Some(&region) = site.regions.first().filter(|region| !it.regions.contains(region)) {
        found.push(("region", format!("may not be in {}", fleet.regions()[region].name)));
    }
    if site.door.admits.as_ref().is_some_and(|selector| !selector.matches(workload, it)) {
        found.push(("admits", "is not admitted there".to_owned()));
    }
    let lacks: Vec<&str> =
        it.needs.iter().filter(|need| !site.door.provides.contains(need)).map(|need| need.as_str()).collect();
    if !lacks.is_empty() {
        found.push(("needs", format!("needs {}, which is not provided there", lacks.join(", "))));
    }
    found
}

/// Regions in which there are more clusters than there may be, given the sites of all: which, how many, and the most.
pub(super) fn too_crowded(fleet: &Fleet, sites: impl Iterator<Item = usize>) -> Vec<(usize, u64, u64)> {
    let mut used = vec![0u64; fleet.regions().len()];
    sites.filter_map(|site| fleet.sites()[site].regions.first()).for_each(|&region| used[region] += 1);
    let all = fleet.regions().iter().zip(used).enumerate();
    all.filter_map(|(region, (it, used))| Some((region, used, it.max_clusters.filter(|&max| used > max)?))).collect()
}

/// Why a workload may not be at a site, where that is an existing cluster which is closed to it.
pub(super) fn closed(fleet: &Fleet, workload: usize, site: usize) -> Option<&'static str> {
    let Standing::Existing { cluster } = fleet.sites()[site].what else { return None };
    let here = || fleet.whereabouts(workload).is_some_and(|it| it.runs_in.contains(&cluster));
    match fleet.existing()[cluster].mode {
        ClusterMode::Drain => Some("is drained"),
        ClusterMode::Cordon if !here() => Some("is cordoned"),
        ClusterMode::Cordon | ClusterMode::Open => None,
    }
}

/// The existing clusters that a workload must be in on that day: it is pinned there, or it stays where it runs.
pub(super) fn must_be_in(fleet: &Fleet, workload: usize, as_of: Date) -> BTreeSet<usize> {
    let Some(it) = fleet.whereabouts(workload) else { return BTreeSet::new() };
    let stays = if it.stays(as_of) { &it.runs_in[..] } else { &[] };
    it.pins.iter().chain(stays).copied().collect()
}

/// The region that a workload stays in on that day and a site does not lie in.
pub(super) fn outside(fleet: &Fleet, workload: usize, site: usize, as_of: Date) -> Option<usize> {
    let regions = fleet.stays_in_regions(workload, as_of)?;
    if fleet.sites()[site].lies_in(&regions) { None } else { regions.first().copied() }
}

/// Workloads that are placed and are not in an existing cluster where they must be, with that cluster.
pub(super) fn absent(fleet: &Fleet, placement: &Placement, as_of: Date) -> Vec<(usize, usize)> {
    let mut homes: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for share in &placement.shares {
        homes.entry(share.workload).or_default().push(placement.clusters[share.cluster].site);
    }
    let mut found = Vec::new();
    for (&workload, sites) in &homes {
        let missing = must_be_in(fleet, workload, as_of).into_iter();
        let missing = missing.filter(|&cluster| !sites.contains(&fleet.existing()[cluster].site));
        found.extend(missing.map(|cluster| (workload, cluster)));
    }
    found
}
