//! The workloads of a namespace as patches of the objects that run them: how many pods there are here, and what each requests.
//!
//! A fleet knows no images, and not how a workload is run. So these are no objects to apply, but parts that kustomize merges into the
//! tenant's own: of an object or a container that is not there it makes nothing that a cluster takes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::ground::{Ground, Namespace, Row};
use super::object::{Manifest, Meta, Spec, manifest};
use super::quotas::{Amounts, counts, of_container};
use crate::error::Result;
use crate::fleet::{Presence, Workload};
use crate::quantity;
use crate::text::is_dns_label;

/// How a workload is run: as its label says, which an import writes, or as is assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Deployment,
    StatefulSet,
    DaemonSet,
    ReplicaSet,
    Job,
    CronJob,
    /// Something else, of which no more is known than its name.
    Other,
}

/// The label of a workload that names its kind.
const KIND: &str = "tenantry/kind";

const KINDS: [(Kind, &str, &str); 6] = [
    (Kind::Deployment, "apps/v1", "Deployment"),
    (Kind::StatefulSet, "apps/v1", "StatefulSet"),
    (Kind::DaemonSet, "apps/v1", "DaemonSet"),
    (Kind::ReplicaSet, "apps/v1", "ReplicaSet"),
    (Kind::Job, "batch/v1", "Job"),
    (Kind::CronJob, "batch/v1", "CronJob"),
];

impl Kind {
    /// What its label says; else one pod a node is a DaemonSet, what keeps state a StatefulSet, everything else a Deployment.
    pub fn of(ground: &Ground<'_>, workload: usize) -> Self {
        let it = &ground.fleet.workloads()[workload];
        if let Some(said) = it.labels.get(KIND) {
            return KINDS.iter().find(|(_, _, name)| said == name).map_or(Self::Other, |&(kind, _, _)| kind);
        }
        let stateful = ground.fleet.whereabouts(workload).is_some_and(|it| it.stateful);
        match (it.per_node, stateful) {
            (true, _) => Self::DaemonSet,
            (false, true) => Self::StatefulSet,
            (false, false) => Self::Deployment,
        }
    }

    /// Its version and name; `None` where they are not known.
    pub fn name(self) -> Option<(&'static str, &'static str)> {
        KINDS.iter().find(|(kind, _, _)| *kind == self).map(|&(_, version, name)| (version, name))
    }
}

/// Workloads that are run by something of which no more is known than its name.
pub(super) fn of_other_kinds(ground: &Ground<'_>) -> usize {
    (0..ground.fleet.workloads().len()).filter(|&workload| Kind::of(ground, workload) == Kind::Other).count()
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Controller {
    #[serde(skip_serializing_if = "Option::is_none")]
    replicas: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parallelism: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<Template>,
    #[serde(skip_serializing_if = "Option::is_none")]
    job_template: Option<JobTemplate>,
}

#[derive(Serialize)]
struct JobTemplate {
    spec: Box<Controller>,
}

#[derive(Serialize)]
struct Template {
    spec: Pod,
}

#[derive(Serialize)]
struct Pod {
    containers: [Container; 1],
}

#[derive(Serialize)]
struct Container {
    name: String,
    resources: Resources,
}

#[derive(Serialize)]
struct Resources {
    requests: Amounts,
    #[serde(skip_serializing_if = "Amounts::is_empty")]
    limits: Amounts,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Autoscaler {
    scale_target_ref: Target,
    min_replicas: u64,
    max_replicas: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    api_version: &'static str,
    kind: &'static str,
    name: String,
}

/// What one pod requests, and what it is limited to because Kubernetes overcommits no such resource.
fn resources(ground: &Ground<'_>, it: &Workload) -> Resources {
    let (mut requests, mut limits) = (Amounts::new(), Amounts::new());
    for (at, (resource, &amount)) in ground.fleet.resources().iter().zip(it.pod.iter()).enumerate() {
        let Some(limited) = of_container(resource).filter(|_| counts(ground, at)) else { continue };
        // nothing of what every pod may have is said too: a default would be another amount
        if amount == 0 && limited {
            continue;
        }
        let text = quantity::format(resource, amount);
        if limited {
            limits.insert(resource.clone(), text.clone());
        }
        requests.insert(resource.clone(), text);
    }
    Resources { requests, limits }
}

/// The container whose requests are meant: one of the workload's name, as most are called that have one container.
fn container(name: &str) -> String {
    if is_dns_label(name) {
        return name.to_owned();
    }
    let mut label = name.replace('.', "-");
    label.truncate(63);
    label.trim_end_matches('-').to_owned()
}

/// The fewest and the most pods of a workload here.
fn range(it: &Workload, row: &Row) -> (u64, u64) {
    let least = match &it.presence {
        Presence::One => it.min_replicas,
        Presence::Copies(copies) => it.min_replicas.div_ceil(copies.left),
        // as large a part of the fewest as of the most, rounded up
        Presence::Split { .. } => {
            let part = u128::from(it.min_replicas) * u128::from(row.replicas);
            u64::try_from(part.div_ceil(u128::from(it.replicas.max(1)))).unwrap_or(row.replicas)
        }
    };
    (least.min(row.replicas), row.replicas)
}

/// The patches of one workload: of what runs it, and of its autoscaler where its pods are a range; none where it is run by something
/// that is not known.
pub(super) fn patches(ground: &Ground<'_>, namespace: &str, row: &Row) -> Result<Vec<Manifest>> {
    let it = &ground.fleet.workloads()[row.workload];
    let kind = Kind::of(ground, row.workload);
    let Some((version, name)) = kind.name() else { return Ok(Vec::new()) };
    let (least, most) = range(it, row);
    let pod = Pod { containers: [Container { name: container(&it.name), resources: resources(ground, it) }] };
    let template = Some(Template { spec: pod });
    let job = |template| Controller { parallelism: Some(most), template, ..Controller::default() };
    let scaled = matches!(kind, Kind::Deployment | Kind::StatefulSet | Kind::ReplicaSet);
    let ranged = it.min_replicas < it.replicas && scaled;
    let spec = match kind {
        Kind::Job => job(template),
        Kind::CronJob => {
            Controller { job_template: Some(JobTemplate { spec: Box::new(job(template)) }), ..Controller::default() }
        }
        _ => Controller { replicas: (!ranged && scaled).then_some(most), template, ..Controller::default() },
    };
    let meta = || Meta::new(it.name.as_str()).within(namespace);
    let mut all = vec![manifest(version, name, meta(), Spec { spec })?];
    if ranged {
        let scale_target_ref = Target { api_version: version, kind: name, name: it.name.to_string() };
        let spec = Autoscaler { scale_target_ref, min_replicas: least.max(1), max_replicas: most };
        all.push(manifest("autoscaling/v2", "HorizontalPodAutoscaler", meta(), Spec { spec })?);
    }
    Ok(all)
}

/// Mitigations that are runtimes of containers, and what a RuntimeClass of each is mostly called.
const RUNTIMES: [(&str, &str); 4] =
    [("gvisor", "gvisor"), ("kata", "kata"), ("kata-containers", "kata"), ("confidential-containers", "kata-cc")];

/// Which workloads of a namespace say that they have a runtime of their own, and which class that would be. The names are the
/// table's and the workloads', which were looked at.
pub(super) fn runtimes(ground: &Ground<'_>, namespace: &Namespace) -> Vec<String> {
    let mut said: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in &namespace.rows {
        let it = &ground.fleet.workloads()[row.workload];
        let known = |name: &str| RUNTIMES.iter().find(|(word, _)| *word == name).map(|&(_, class)| class);
        let both = it.mitigations.iter().chain(&ground.fleet.tenants()[it.tenant].mitigations);
        for class in both.filter_map(|name| known(&name.to_lowercase())) {
            let names = said.entry(class).or_default();
            if names.last() != Some(&it.name.as_str()) {
                names.push(&it.name);
            }
        }
    }
    let line = |(class, names): (&str, Vec<&str>)| {
        format!("runtimeClassName: {class} is for the pods of {}; the plan counts nothing for it.", names.join(", "))
    };
    said.into_iter().map(line).collect()
}

/// Workloads that request something once, whatever their pods: no manifest says that.
pub(super) fn with_fixed_requests(ground: &Ground<'_>) -> usize {
    let fixed = |it: &&Workload| {
        let pods = |pod: u64| u128::from(pod) * u128::from(it.replicas_of_copy());
        it.pod.iter().zip(it.total.iter()).any(|(&pod, &total)| u128::from(total) > pods(pod))
    };
    ground.fleet.workloads().iter().filter(fixed).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_labels() {
        let long = format!("{}.b", "a".repeat(62));
        for name in ["web", "my.app.v1", long.as_str()] {
            assert!(is_dns_label(&container(name)), "{}", container(name));
        }
        assert_eq!(container("web"), "web");
    }
}
