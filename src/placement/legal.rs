//! Is a placement legal for a fleet? Judged from the fleet alone, in whole numbers, by an own reading of the rules: nothing
//! here uses the conflict graph, the encoding or the solver.

use std::collections::BTreeSet;

use crate::date::Date;
use crate::fleet::Fleet;

use super::on_nodes::on_nodes;
use super::rules::Reader;
use super::{Findings, Placement, Violation, ViolationCode as Code};

/// Lists what makes a placement illegal, waivers judged on `as_of`; empty: it is legal. Complexity: linear; for each
/// cluster in which a rule might separate somebody, the square of the different kinds of workloads in it.
///
/// # Panics
/// Where an index of the placement is none of the fleet's or of its own clusters.
#[must_use]
pub fn legal(fleet: &Fleet, placement: &Placement, as_of: Date) -> Vec<Violation> {
    let mut findings = Findings::default();
    let contents = placement.contents();
    occupied(placement, &contents, &mut findings);
    complete(fleet, placement, &mut findings);
    whereabouts(fleet, placement, &contents, &mut findings);
    separated(fleet, placement, &contents, as_of, &mut findings);
    capacity(fleet, placement, &contents, &mut findings);
    for (cluster, workloads) in placement.clusters.iter().zip(&contents) {
        on_nodes(fleet, cluster, workloads, &mut findings);
    }
    together(fleet, placement, &mut findings);
    findings.into_list()
}

/// Every cluster holds a workload.
fn occupied(placement: &Placement, contents: &[Vec<usize>], findings: &mut Findings) {
    for (cluster, _) in placement.clusters.iter().zip(contents).filter(|(_, workloads)| workloads.is_empty()) {
        findings.add(Code::EmptyCluster, format!("cluster `{}`: no workload is assigned to it", cluster.name));
    }
}

/// Every workload stands in one cluster, with all its replicas; per-cluster ones are not placed by themselves.
fn complete(fleet: &Fleet, placement: &Placement, findings: &mut Findings) {
    let mut homes = vec![0u64; fleet.workloads().len()];
    for share in &placement.shares {
        let workload = &fleet.workloads()[share.workload];
        let identity = || fleet.identity(share.workload);
        if workload.per_cluster {
            findings.add(
                Code::PerClusterAssigned,
                format!("`{}` runs in every cluster and is assigned to one", identity()),
            );
            continue;
        }
        homes[share.workload] += 1;
        if homes[share.workload] == 2 {
            findings.add(Code::DuplicateWorkload, format!("`{}` is assigned more than once", identity()));
        }
        if share.replicas != workload.replicas {
            let message = format!(
                "`{}` stands in `{}` with {} replicas and has {}",
                identity(),
                placement.clusters[share.cluster].name,
                share.replicas,
                workload.replicas
            );
            findings.add(Code::WrongReplicas, message);
        }
    }
    for (index, workload) in fleet.workloads().iter().enumerate() {
        if !workload.per_cluster && homes[index] == 0 {
            findings.add(Code::MissingWorkload, format!("`{}` is assigned to no cluster", fleet.identity(index)));
        }
    }
}

/// Every cluster stands in a region where it may, and everybody in it may be there: 3 of the list.
fn whereabouts(fleet: &Fleet, placement: &Placement, contents: &[Vec<usize>], findings: &mut Findings) {
    let name = |region: usize| &fleet.regions()[region].name;
    for (cluster, workloads) in placement.clusters.iter().zip(contents) {
        let site = &fleet.sites()[cluster.site];
        match cluster.region {
            None if !fleet.regions().is_empty() => {
                findings.add(Code::WrongRegion, format!("cluster `{}` stands in no region", cluster.name));
            }
            Some(region) if !site.regions.contains(&region) => {
                let message = format!(
                    "cluster `{}` stands in `{}`, and template `{}` does not",
                    cluster.name,
                    name(region),
                    fleet.template_name(cluster.site)
                );
                findings.add(Code::WrongRegion, message);
            }
            _ => {}
        }
        for &index in workloads {
            let workload = &fleet.workloads()[index];
            let mut add = |code, why: String| {
                findings.add(code, format!("cluster `{}`: `{}` {why}", cluster.name, fleet.identity(index)));
            };
            if let Some(region) = cluster.region.filter(|region| !workload.regions.contains(region)) {
                add(Code::WrongRegion, format!("may not be in `{}`", name(region)));
            }
            if site.door.admits.as_ref().is_some_and(|selector| !selector.matches(index, workload)) {
                add(Code::NotAdmitted, "is not admitted there".to_owned());
            }
            for need in workload.needs.iter().filter(|need| !site.door.provides.contains(need)) {
                add(Code::NeedNotProvided, format!("needs `{need}`, which is not provided there"));
            }
        }
    }
    for (index, region) in fleet.regions().iter().enumerate() {
        let used = placement.clusters.iter().filter(|cluster| cluster.region == Some(index)).count() as u64;
        if let Some(most) = region.max_clusters.filter(|&most| used > most) {
            let message = format!("{used} clusters in region `{}`, at most {most} are allowed", region.name);
            findings.add(Code::OverMaxClusters, message);
        }
    }
}

/// Nobody shares a cluster with somebody that a reason separates.
fn separated(fleet: &Fleet, placement: &Placement, contents: &[Vec<usize>], as_of: Date, findings: &mut Findings) {
    let reader = Reader::new(fleet, as_of);
    for (cluster, workloads) in placement.clusters.iter().zip(contents) {
        let kinds = reader.kinds(workloads);
        if !reader.suspicious(&kinds) {
            continue;
        }
        for (position, kind) in kinds.iter().enumerate() {
            let within = kind.get(1).map(|&second| (kind[0], second));
            let across = kinds[position + 1..].iter().map(|other| (kind[0], other[0]));
            for (u, v) in within.into_iter().chain(across) {
                let reasons = reader.standing(u, v);
                if !reasons.is_empty() {
                    let (first, second) = (fleet.identity(u), fleet.identity(v));
                    let message = format!(
                        "cluster `{}`: `{first}` and `{second}` may not share: {}",
                        cluster.name,
                        reasons.join(", ")
                    );
                    findings.add(Code::SeparatedPair, message);
                }
            }
        }
    }
}

/// Templates are open to the workloads, hold them, and are not used too often.
fn capacity(fleet: &Fleet, placement: &Placement, contents: &[Vec<usize>], findings: &mut Findings) {
    let mut used = vec![0u64; fleet.templates().len()];
    for (cluster, workloads) in placement.clusters.iter().zip(contents) {
        let (site, shape) = (&fleet.sites()[cluster.site], fleet.shape(cluster.site));
        if let Some(template) = site.template() {
            used[template] += 1;
        }
        // what keeps somebody out, whatever room there is, is said above
        let closed = |workload: &&usize| {
            let it = &fleet.workloads()[**workload];
            !it.sites.contains(&cluster.site) && site.closed(**workload, it).is_none()
        };
        for &workload in workloads.iter().filter(closed) {
            let identity = fleet.identity(workload);
            findings.add(
                Code::WrongTemplate,
                format!(
                    "cluster `{}`: `{identity}` cannot use template `{}`",
                    cluster.name,
                    fleet.template_name(cluster.site)
                ),
            );
        }
        for pool in std::iter::once(None).chain((0..fleet.pools().len()).map(Some)) {
            for (resource, name) in fleet.resources().iter().enumerate() {
                let ours = workloads.iter().filter(|&&workload| fleet.workloads()[workload].pool == pool);
                let load: u128 = ours.map(|&workload| load(fleet, workload, resource)).sum();
                if let Some(usable) = shape.usable_by(pool, resource).filter(|&usable| load > u128::from(usable)) {
                    let unit = if name == "cpu" { " (thousandths)" } else { "" };
                    let place = pool.map_or_else(String::new, |pool| format!(" in pool `{}`", fleet.pools()[pool]));
                    let message =
                        format!("cluster `{}` holds {load} of {name}{unit}{place}, usable are {usable}", cluster.name);
                    findings.add(Code::OverCapacity, message);
                }
            }
        }
    }
    for (template, &used) in fleet.templates().iter().zip(&used) {
        if let Some(max) = template.max_count.filter(|&max| used > max) {
            findings.add(
                Code::OverMaxCount,
                format!("{used} clusters of template `{}`, at most {max} are allowed", template.name),
            );
        }
    }
}

/// What a workload takes, added up anew from its replicas: the fixed part is what `total` holds beyond them.
pub(crate) fn load(fleet: &Fleet, workload: usize, resource: usize) -> u128 {
    let workload = &fleet.workloads()[workload];
    let pods = u128::from(workload.replicas) * u128::from(workload.pod[resource]);
    pods.max(u128::from(workload.total[resource]))
}

/// Groups that must share one cluster do.
fn together(fleet: &Fleet, placement: &Placement, findings: &mut Findings) {
    let mut homes = vec![BTreeSet::new(); fleet.workloads().len()];
    for share in &placement.shares {
        homes[share.workload].insert(share.cluster);
    }
    for group in &fleet.policy().together {
        let homes: BTreeSet<usize> = group.members.iter().flat_map(|&member| &homes[member]).copied().collect();
        if homes.len() > 1 {
            let names: Vec<&str> = homes.iter().map(|&home| placement.clusters[home].name.as_str()).collect();
            let members: Vec<String> = group.members.iter().take(3).map(|&member| fleet.identity(member)).collect();
            let what = group.id.as_ref().map_or_else(|| group.reason.clone(), |id| format!("together `{id}`"));
            let message = format!("{what} ({} ...) is split over {}", members.join(", "), names.join(", "));
            findings.add(Code::SplitTogether, message);
        }
    }
}
