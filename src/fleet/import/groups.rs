//! Pods of an owner that is not read: how many run, and what the largest takes.

use std::collections::{BTreeMap, BTreeSet};

use super::kinds::Kind;
use super::manifests::{Controller, Labels};
use super::options::Source;
use super::placed::Owner;
use super::pods::raise;
use super::report::Report;
use super::requests::{Amounts, PodRequests};
use super::running::{settle_overhead, total};
use super::workloads::Placed;

/// Owners whose pods are alike: others, such as operators, may run several sorts.
const ALIKE: [&str; 10] = [
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Job",
    "CronJob",
    "Rollout",
    "DeploymentConfig",
    "CloneSet",
];

/// The workloads of an owner: one, or one for each size of its pods.
pub(super) fn workloads(
    owner: &Owner<'_>,
    members: &[usize],
    controllers: &[Controller],
    sources: &[Source],
    report: &mut Report,
) -> Vec<Placed> {
    let mut sizes: BTreeMap<Amounts, Vec<usize>> = BTreeMap::new();
    let pods_alone = members.iter().all(|&member| controllers[member].kind == Kind::Pod);
    if pods_alone && !ALIKE.contains(&owner.kind) {
        for &member in members {
            let size = controllers[member].pod.total().map(|it| it.amounts).unwrap_or_default();
            sizes.entry(size).or_default().push(member);
        }
    } else {
        sizes.insert(Amounts::new(), members.to_vec());
    }
    let mut parts: Vec<Vec<usize>> = sizes.into_values().collect();
    parts.sort();
    let names = names(owner, &parts, controllers);
    let parts = parts.iter().zip(names);
    parts.map(|(members, name)| of_members(owner, name, members, controllers, sources, report)).collect()
}

/// A name for each part: the owner's for one; what its pods' names begin with where that tells several apart.
fn names(owner: &Owner<'_>, parts: &[Vec<usize>], controllers: &[Controller]) -> Vec<String> {
    // the owner of this name is a workload itself
    let whole = if owner.kind == "Pod" { format!("{}-pods", owner.name) } else { owner.name.to_owned() };
    if parts.len() == 1 {
        return vec![whole];
    }
    let begin = |members: &Vec<usize>| {
        let mut names = members.iter().map(|&member| controllers[member].meta.name.as_str());
        let first = names.next().unwrap_or_default();
        let common = names.fold(first.len(), |length, name| {
            first.bytes().zip(name.bytes()).take(length).take_while(|(a, b)| a == b).count()
        });
        let whole_name = members.len() == 1;
        let stem = if whole_name {
            first
        } else {
            first.get(..common).and_then(|it| it.rsplit_once('-')).map_or("", |it| it.0)
        };
        stem.to_owned()
    };
    let stems: Vec<String> = parts.iter().map(begin).collect();
    let distinct: BTreeSet<&String> = stems.iter().filter(|stem| !stem.is_empty()).collect();
    if distinct.len() == parts.len() {
        return stems;
    }
    (1..=parts.len()).map(|number| format!("{whole}-{number}")).collect()
}

fn of_members(
    owner: &Owner<'_>,
    name: String,
    members: &[usize],
    controllers: &[Controller],
    sources: &[Source],
    report: &mut Report,
) -> Placed {
    let all: Vec<&Controller> = members.iter().map(|&member| &controllers[member]).collect();
    let pods: Vec<&Controller> = all.iter().copied().filter(|it| it.kind == Kind::Pod).collect();
    let running = pods.len() as u64;
    // ReplicaSets and Jobs say how many pods they want
    let wanted = all.iter().filter(|it| it.kind != Kind::Pod).fold(0_u64, |sum, it| sum.saturating_add(it.replicas));
    let (index, file) =
        members.first().map_or((0, ""), |&member| (member, sources[controllers[member].meta.source].name.as_str()));
    let namespace = owner.namespace.map(|namespace| format!("{namespace}/")).unwrap_or_default();
    let title = format!("{file}: {} {namespace}{}", owner.kind, owner.name);
    let title = if name == owner.name { title } else { format!("{title} ({name})") };
    let mut requests = PodRequests::default();
    for it in &all {
        let found = total(&it.pod, &title, it.meta.position, report);
        raise(&mut requests.amounts, &found.amounts);
        raise(&mut requests.overhead, &found.overhead);
        requests.open.extend(found.open);
    }
    requests.open.sort();
    requests.open.dedup();
    settle_overhead(&mut requests);
    let replicas = wanted.max(running);
    let what = "its owner is not among the objects read, so it is counted by what runs";
    report.note("grouped-by-owner", what, format!("{title}, {replicas} pod{}", if replicas == 1 { "" } else { "s" }));
    let mut differing = differing(&pods, |it| &it.pod_labels);
    differing.append(&mut self::differing(&pods, |it| &it.pod_annotations));
    Placed {
        index,
        kind: owner.kind.to_owned(),
        name,
        title,
        replicas: (replicas, replicas),
        ranged: false,
        running,
        requests,
        stateful: all.iter().any(|it| it.pod.keeps_data),
        differing,
    }
}

/// The keys that the pods do not all have with the same value, each with its values.
fn differing(pods: &[&Controller], of: impl Fn(&Controller) -> &Labels) -> BTreeMap<String, BTreeSet<String>> {
    let mut count: BTreeMap<(&String, &String), usize> = BTreeMap::new();
    for pair in pods.iter().flat_map(|pod| of(pod)) {
        *count.entry(pair).or_default() += 1;
    }
    let mut differing: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for ((key, value), _) in count.into_iter().filter(|(_, count)| *count < pods.len()) {
        differing.entry(key.clone()).or_default().insert(value.clone());
    }
    differing
}
