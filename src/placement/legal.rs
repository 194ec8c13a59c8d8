//! Is a placement legal for a fleet? Judged from the fleet alone, in whole numbers, by an own reading of the rules: nothing
//! here uses the conflict graph, the encoding or the solver.

use std::collections::BTreeSet;

use crate::date::Date;
use crate::fleet::{Fleet, Presence, Standing};

use super::copies::{Amiss, At, amiss};
use super::facts::{self, Over};
use super::on_nodes::on_nodes;
use super::parts::Parts;
use super::rules::Reader;
use super::{Cluster, Findings, Placement, Violation, ViolationCode as Code};

/// Lists what makes a placement illegal, waivers judged on `as_of`; empty: it is legal. Complexity: linear; for each
/// cluster in which a rule might separate somebody, the square of the different kinds of workloads in it.
///
/// # Panics
/// Where an index of the placement is none of the fleet's or of its own clusters.
#[must_use]
pub fn legal(fleet: &Fleet, placement: &Placement, as_of: Date) -> Vec<Violation> {
    found(fleet, placement, as_of).into_list()
}

/// The same, with how many there are beyond those that are listed.
pub(crate) fn found(fleet: &Fleet, placement: &Placement, as_of: Date) -> Findings {
    let mut findings = Findings::default();
    let (contents, parts) = (placement.contents(), placement.parts(fleet));
    used_or_kept(fleet, placement, &contents, &mut findings);
    complete(fleet, placement, &mut findings);
    whereabouts(fleet, placement, &contents, &mut findings);
    separated(fleet, placement, &contents, as_of, &mut findings);
    capacity(fleet, placement, (&contents, &parts), &mut findings);
    for ((cluster, workloads), parts) in placement.clusters.iter().zip(&contents).zip(&parts) {
        on_nodes(fleet, cluster, (workloads, parts), &mut findings);
    }
    held(fleet, placement, as_of, &mut findings);
    together(fleet, placement, &mut findings);
    several(fleet, placement, &mut findings);
    findings
}

/// Every cluster is kept or holds a workload, and every kept one is there.
fn used_or_kept(fleet: &Fleet, placement: &Placement, contents: &[Vec<usize>], findings: &mut Findings) {
    let kept = |site: usize| fleet.existing().iter().any(|it| it.keep && it.site == site);
    let empty = |(cluster, workloads): &(&Cluster, &Vec<usize>)| workloads.is_empty() && !kept(cluster.site);
    for (cluster, _) in placement.clusters.iter().zip(contents).filter(empty) {
        findings.add(Code::EmptyCluster, format!("cluster `{}`: no workload is assigned to it", cluster.name));
    }
    let there: BTreeSet<usize> = placement.clusters.iter().map(|cluster| cluster.site).collect();
    for missing in fleet.existing().iter().filter(|it| it.keep && !there.contains(&it.site)) {
        findings.add(Code::MissingCluster, format!("cluster `{}` is kept, and is not there", missing.name));
    }
}

/// Nobody comes to a cordoned cluster, nobody is in one that is drained; who is pinned or stays is where that is.
fn held(fleet: &Fleet, placement: &Placement, as_of: Date, findings: &mut Findings) {
    if fleet.existing().is_empty() {
        return;
    }
    for share in &placement.shares {
        let site = placement.clusters[share.cluster].site;
        let closed = facts::closed(fleet, share.workload, site);
        if let Some(mode) = closed.or_else(|| facts::grown(fleet, share.workload, site, share.replicas)) {
            let (who, cluster) = (fleet.identity(share.workload), &placement.clusters[share.cluster].name);
            findings.add(Code::ClosedCluster, format!("cluster `{cluster}` {mode}, and `{who}` is in it"));
        }
    }
    for (workload, cluster) in facts::absent(fleet, placement, as_of) {
        let (who, cluster) = (fleet.identity(workload), &fleet.existing()[cluster].name);
        findings.add(Code::NotWherePinned, format!("`{who}` must be in cluster `{cluster}`, and is not"));
    }
    for share in &placement.shares {
        let cluster = &placement.clusters[share.cluster];
        if let Some(region) = facts::outside(fleet, share.workload, cluster.site, as_of) {
            let (who, region) = (fleet.identity(share.workload), &fleet.regions()[region].name);
            let message = format!("`{who}` stays in region `{region}`, and cluster `{}` is not there", cluster.name);
            findings.add(Code::NotWherePinned, message);
        }
    }
}

/// Every workload stands in one cluster, with all its replicas, or with those of a copy or a part; per-cluster ones are not placed by themselves.
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
        if homes[share.workload] == 2 && workload.presence == Presence::One {
            findings.add(Code::DuplicateWorkload, format!("`{}` is assigned more than once", identity()));
        }
        let wrong =
            if workload.is_split() { share.replicas == 0 } else { share.replicas != workload.replicas_of_copy() };
        if wrong {
            let message = format!(
                "`{}` stands in `{}` with {} replicas and has {}",
                identity(),
                placement.clusters[share.cluster].name,
                share.replicas,
                workload.replicas_of_copy()
            );
            findings.add(Code::WrongReplicas, message);
        }
    }
    for (index, workload) in fleet.workloads().iter().enumerate() {
        let nothing = workload.is_split() && workload.replicas == 0;
        if !workload.per_cluster && homes[index] == 0 && !nothing {
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
                let rather = match site.what {
                    Standing::New { .. } => format!("template `{}` does not", fleet.template_name(cluster.site)),
                    Standing::Existing { .. } => "does not exist there".to_owned(),
                };
                let message = format!("cluster `{}` stands in `{}`, and {rather}", cluster.name, name(region));
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
        facts::neighbours(&reader, workloads, &mut |kind, other, reasons| {
            if reasons.standing.is_empty() {
                return;
            }
            let second = other.map_or(kind[kind.len().min(2) - 1], |other| other[0]);
            let (first, second) = (fleet.identity(kind[0]), fleet.identity(second));
            let names: Vec<String> = reasons.standing.iter().map(|&rule| reader.name(rule)).collect();
            let message =
                format!("cluster `{}`: `{first}` and `{second}` may not share: {}", cluster.name, names.join(", "));
            findings.add(Code::SeparatedPair, message);
        });
    }
}

/// Templates are open to the workloads, hold them, and are not used too often.
fn capacity(
    fleet: &Fleet,
    placement: &Placement,
    (contents, parts): (&[Vec<usize>], &[Parts]),
    findings: &mut Findings,
) {
    for ((cluster, workloads), parts) in placement.clusters.iter().zip(contents).zip(parts) {
        let (site, shape) = (cluster.site, fleet.shape(cluster.site));
        if workloads.is_empty() && !shape.carries {
            // where somebody is, it is closed to them
            let message = format!("cluster `{}` is too small for the workloads of the platform alone", cluster.name);
            findings.add(Code::OverCapacity, message);
        }
        // whom the mode, a pin or a door keeps out is said by those
        let closed = |workload: &&usize| {
            let it = &fleet.workloads()[**workload];
            !it.sites.contains(&site)
                && fleet.sites()[site].closed(**workload, it).is_none()
                && facts::closed(fleet, **workload, site).is_none()
                && fleet.whereabouts(**workload).is_none_or(|at| (at.pins.len() as u64) < it.most_clusters())
        };
        for &workload in workloads.iter().filter(closed) {
            let identity = fleet.identity(workload);
            let place = match fleet.sites()[site].template() {
                Some(_) => format!("template `{}`", fleet.template_name(site)),
                None => "it: there is no room".to_owned(),
            };
            findings.add(Code::WrongTemplate, format!("cluster `{}`: `{identity}` cannot use {place}", cluster.name));
        }
        for Over { pool, resource, load, usable } in facts::over(fleet, shape, workloads, parts) {
            let name = &fleet.resources()[resource];
            let unit = if name == "cpu" { " (thousandths)" } else { "" };
            let place = pool.map_or_else(String::new, |pool| format!(" in pool `{}`", fleet.pools()[pool]));
            let message =
                format!("cluster `{}` holds {load} of {name}{unit}{place}, usable are {usable}", cluster.name);
            findings.add(Code::OverCapacity, message);
        }
    }
    let sites = placement.clusters.iter().map(|cluster| cluster.site);
    for (template, used, max) in facts::too_often(fleet, sites) {
        let name = &fleet.templates()[template].name;
        findings.add(Code::OverMaxCount, format!("{used} clusters of template `{name}`, at most {max} are allowed"));
    }
}

/// Groups that must share one cluster do.
fn together(fleet: &Fleet, placement: &Placement, findings: &mut Findings) {
    for (group, homes, _) in facts::split(fleet, placement) {
        let group = &fleet.policy().together[group];
        let names: Vec<&str> = homes.iter().map(|&home| placement.clusters[home].name.as_str()).collect();
        let members: Vec<String> = group.members.iter().take(3).map(|&member| fleet.identity(member)).collect();
        let what = group.id.as_ref().map_or_else(|| group.reason.clone(), |id| format!("together `{id}`"));
        let message = format!("{what} ({} ...) is split over {}", members.join(", "), names.join(", "));
        findings.add(Code::SplitTogether, message);
    }
}

/// Copies are as many and as far apart as they should be, the parts of splits add up, and named workloads share a region or keep
/// apart: 2, 4 and 14 of the list.
fn several(fleet: &Fleet, placement: &Placement, findings: &mut Findings) {
    let cluster = |at: usize| &placement.clusters[at].name;
    let region = |at: usize| &fleet.regions()[at].name;
    for it in amiss(fleet, placement) {
        let (code, message) = match it {
            Amiss::Copies { workload, clusters } => {
                let copies = fleet.workloads()[workload].copies();
                let who = fleet.identity(workload);
                (Code::WrongCopies, format!("`{who}` stands in {clusters} clusters and has {copies} copies"))
            }
            Amiss::Twice { workload, cluster: at } => {
                let who = fleet.identity(workload);
                (Code::DuplicateWorkload, format!("`{who}` is assigned to `{}` more than once", cluster(at)))
            }
            Amiss::Replicas { workload, replicas } => {
                let (who, all) = (fleet.identity(workload), fleet.workloads()[workload].replicas);
                (Code::WrongReplicas, format!("`{who}` stands with {replicas} replicas in all and has {all}"))
            }
            Amiss::Parts { workload, clusters, most } => {
                let who = fleet.identity(workload);
                (Code::WrongCopies, format!("`{who}` is split over {clusters} clusters, at most {most} are allowed"))
            }
            Amiss::Close { workload, region: at, copies, most } => {
                let who = fleet.identity(workload);
                let message =
                    format!("{copies} copies of `{who}` stand in `{}`, at most {most} are allowed", region(at));
                (Code::WrongSpread, message)
            }
            Amiss::Without { workload, region: at } => {
                (Code::WrongSpread, format!("no copy of `{}` stands in `{}`", fleet.identity(workload), region(at)))
            }
            Amiss::Wide { group, regions } => {
                let id = fleet.policy().together_in_region[group].id.as_deref().unwrap_or_default();
                let names: Vec<&str> = regions.iter().map(|&at| region(at).as_str()).collect();
                (
                    Code::SplitTogether,
                    format!("together `{id}` must stand in one region, and stands in {}", names.join(", ")),
                )
            }
            Amiss::Met { rule, at, members } => {
                let place = match at {
                    At::Cluster(at) => cluster(at),
                    At::Region(at) => region(at),
                };
                let names: Vec<String> = members.iter().take(3).map(|&member| fleet.identity(member)).collect();
                let id = &fleet.policy().kept_apart[rule].id;
                (Code::KeptApart, format!("apart `{id}`: {} meet in `{place}`", names.join(", ")))
            }
        };
        findings.add(code, message);
    }
}
