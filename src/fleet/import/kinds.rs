//! What an object is, by its `apiVersion` and `kind`: one that is read, a slip of the pen, or another project's.

use crate::fleet::problems::{nearest, shown};

use super::keys;
use super::operators::{self, Operator};

/// How an object is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Deployment,
    StatefulSet,
    DaemonSet,
    ReplicaSet,
    ReplicationController,
    Job,
    CronJob,
    JobSet,
    /// An Argo Rollout: its pods may be described by the Deployment that it names.
    Rollout,
    /// Another project's kind that is known to run `replicas` of its `template` and nothing else.
    Replicated,
    /// A kind nobody knows that has `replicas` and a pod template.
    Shaped,
    Pod,
    Namespace,
    Node,
    HorizontalPodAutoscaler,
    ScaledObject,
    LimitRange,
    RuntimeClass,
}

/// A kind that is read.
struct Row {
    kind: Kind,
    name: &'static str,
    /// Every `apiVersion` that it had.
    versions: &'static [&'static str],
}

const fn row(kind: Kind, name: &'static str, versions: &'static [&'static str]) -> Row {
    Row { kind, name, versions }
}

const KINDS: &[Row] = &[
    row(Kind::Deployment, "Deployment", &["apps/v1", "apps/v1beta2", "apps/v1beta1", "extensions/v1beta1"]),
    row(Kind::StatefulSet, "StatefulSet", &["apps/v1", "apps/v1beta2", "apps/v1beta1"]),
    row(Kind::DaemonSet, "DaemonSet", &["apps/v1", "apps/v1beta2", "extensions/v1beta1"]),
    row(Kind::ReplicaSet, "ReplicaSet", &["apps/v1", "apps/v1beta2", "extensions/v1beta1"]),
    row(Kind::ReplicationController, "ReplicationController", &["v1"]),
    row(Kind::Job, "Job", &["batch/v1"]),
    row(Kind::CronJob, "CronJob", &["batch/v1", "batch/v1beta1", "batch/v2alpha1"]),
    row(Kind::Pod, "Pod", &["v1"]),
    row(Kind::Namespace, "Namespace", &["v1"]),
    row(Kind::Node, "Node", &["v1"]),
    row(Kind::LimitRange, "LimitRange", &["v1"]),
    row(
        Kind::HorizontalPodAutoscaler,
        "HorizontalPodAutoscaler",
        &["autoscaling/v2", "autoscaling/v1", "autoscaling/v2beta2", "autoscaling/v2beta1"],
    ),
    row(Kind::RuntimeClass, "RuntimeClass", &["node.k8s.io/v1", "node.k8s.io/v1beta1", "node.k8s.io/v1alpha1"]),
    row(Kind::JobSet, "JobSet", &["jobset.x-k8s.io/v1alpha2", "jobset.x-k8s.io/v1alpha1"]),
    row(Kind::ScaledObject, "ScaledObject", &["keda.sh/v1alpha1"]),
    row(Kind::Rollout, "Rollout", &["argoproj.io/v1alpha1"]),
    row(Kind::Replicated, "DeploymentConfig", &["apps.openshift.io/v1", "v1"]),
    row(Kind::Replicated, "CloneSet", &["apps.kruise.io/v1beta1", "apps.kruise.io/v1alpha1"]),
    row(Kind::Replicated, "StatefulSet", &["apps.kruise.io/v1beta1", "apps.kruise.io/v1alpha1"]),
    row(Kind::DaemonSet, "DaemonSet", &["apps.kruise.io/v1beta1", "apps.kruise.io/v1alpha1"]),
];

/// Groups of Kubernetes itself that hold no kinds but these.
const COMPLETE: &[(&str, &[&str])] = &[
    ("apps", &["ControllerRevision"]),
    ("batch", &[]),
    ("autoscaling", &["Scale"]),
    ("policy", &["PodDisruptionBudget", "PodSecurityPolicy", "Eviction"]),
    ("extensions", &["Ingress", "NetworkPolicy", "PodSecurityPolicy", "Scale"]),
];

/// What an object turns out to be.
pub(super) enum Class {
    Read(Kind),
    /// Kubernetes has no such `apiVersion` of this kind; the nearest right one.
    WrongVersion(String),
    /// Kubernetes has no such kind; the nearest one.
    UnknownKind(Option<String>),
    /// Known to run pods or to stand for manifests, and not read.
    Operator(&'static Operator),
    /// Anything else.
    Other,
}

fn group_of(version: &str) -> &str {
    version.split_once('/').map_or("", |(group, _)| group)
}

/// Groups that only Kubernetes itself can have: custom ones have a dot.
fn is_built_in(group: &str) -> bool {
    !group.contains('.') || group.ends_with(".k8s.io")
}

/// Tells what an object is. `version` is its `apiVersion`, if it states one.
pub(super) fn classify(version: Option<&str>, kind: &str) -> Class {
    let named = || KINDS.iter().filter(|row| row.name == kind);
    let Some(version) = version else {
        return named().next().map_or_else(|| near_kind(None, kind), |row| Class::Read(row.kind));
    };
    if let Some(row) = named().find(|row| row.versions.contains(&version)) {
        return Class::Read(row.kind);
    }
    let group = group_of(version);
    if let Some(operator) = operators::find(group, kind) {
        return Class::Operator(operator);
    }
    let right: Vec<&str> = named().flat_map(|row| row.versions).copied().collect();
    if let Some(&first) = right.first() {
        let same_group = right.iter().find(|it| group_of(it) == group);
        let near = nearest(version, right.iter().copied());
        if is_built_in(group) || same_group.is_some() || near.is_some() {
            return Class::WrongVersion(near.unwrap_or_else(|| same_group.copied().unwrap_or(first).to_owned()));
        }
        return Class::Other;
    }
    if let Some(near) = nearest(group, operators::groups_of(kind)) {
        return Class::WrongVersion(near);
    }
    // a Service is Kubernetes' own as well; Templates and Builds had no group in OpenShift 3
    if let (false, Some(row)) = (group.contains('.') || kind == "Service", operators::of_kind(kind)) {
        let legacy = group.is_empty() && ["Template", "Build"].contains(&kind);
        return if legacy { Class::Operator(row) } else { Class::WrongVersion(row.group.to_owned()) };
    }
    near_kind(Some(group), kind)
}

/// Whether some group's kind of this name is read.
pub(super) fn is_read(kind: &str) -> bool {
    KINDS.iter().any(|row| row.name == kind)
}

/// The kind that is read whose name is nearly this one.
pub(super) fn nearest_kind(kind: &str) -> Option<String> {
    let lower = kind.to_lowercase();
    let near = KINDS.iter().find(|row| strsim::osa_distance(&row.name.to_lowercase(), &lower) <= 1);
    near.filter(|_| !is_read(kind)).map(|row| row.name.to_owned())
}

/// A kind that is not known in a group of Kubernetes' own.
fn near_kind(group: Option<&str>, kind: &str) -> Class {
    if group.is_some_and(|group| !is_built_in(group)) {
        return Class::Other;
    }
    let of_group = |row: &&Row| row.versions.iter().any(|it| group.is_none_or(|group| group_of(it) == group));
    if let Some((_, others)) = group.and_then(|group| COMPLETE.iter().find(|(name, _)| *name == group)) {
        if others.contains(&kind) {
            return Class::Other;
        }
        let known = KINDS.iter().filter(of_group).map(|row| row.name).chain(others.iter().copied());
        let anywhere = KINDS.iter().map(|row| row.name);
        return Class::UnknownKind(nearest(kind, known).or_else(|| nearest(kind, anywhere)));
    }
    let ours = group.is_none_or(|group| KINDS.iter().any(|row| row.versions.iter().any(|it| group_of(it) == group)));
    match nearest_kind(kind).filter(|_| ours) {
        Some(near) => Class::UnknownKind(Some(near)),
        None => Class::Other,
    }
}

impl Kind {
    /// The way to its pod template; a JobSet has several.
    pub fn template(self) -> &'static [&'static str] {
        match self {
            Kind::CronJob => &["spec", "jobTemplate", "spec", "template"],
            Kind::Pod => &[],
            _ => &["spec", "template"],
        }
    }

    /// The keys of its `spec`, where they are known.
    pub fn keys(self) -> Option<&'static [&'static str]> {
        Some(match self {
            Kind::Deployment => keys::DEPLOYMENT,
            Kind::StatefulSet => keys::STATEFUL_SET,
            Kind::DaemonSet => keys::DAEMON_SET,
            Kind::ReplicaSet | Kind::ReplicationController => keys::REPLICA_SET,
            Kind::Job => keys::JOB,
            Kind::CronJob => keys::CRON_JOB,
            Kind::JobSet => keys::JOB_SET,
            Kind::Rollout => keys::ROLLOUT,
            Kind::Pod => keys::POD,
            Kind::HorizontalPodAutoscaler => keys::AUTOSCALER,
            Kind::ScaledObject => keys::SCALED_OBJECT,
            Kind::LimitRange => keys::LIMIT_RANGE,
            Kind::Replicated | Kind::Shaped | Kind::Namespace | Kind::Node | Kind::RuntimeClass => return None,
        })
    }

    /// Whether another project defines it.
    pub fn is_of_another_project(self) -> bool {
        matches!(self, Kind::JobSet | Kind::Rollout | Kind::ScaledObject | Kind::Replicated | Kind::Shaped)
    }

    /// Whether controllers make such objects for their own pods.
    pub fn is_made(self) -> bool {
        matches!(self, Kind::ReplicaSet | Kind::ReplicationController | Kind::Job)
    }

    /// Whether its pods are alike.
    pub fn replicates(self) -> bool {
        self != Kind::Pod
    }
}

/// `Kafka (kafka.strimzi.io)`, `ConfigMap`.
pub(super) fn with_group(kind: &str, group: &str) -> String {
    let short = if group.contains('.') { format!(" ({})", shown(group)) } else { String::new() };
    format!("{}{short}", shown(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(version: &str, kind: &str) -> String {
        match classify(Some(version), kind) {
            Class::Read(kind) => format!("{kind:?}"),
            Class::WrongVersion(near) => format!("not {near}"),
            Class::UnknownKind(near) => format!("unknown {}", near.unwrap_or_default()),
            Class::Operator(operator) => format!("operator {}", operator.source),
            Class::Other => "other".to_owned(),
        }
    }

    #[test]
    fn versions_and_kinds() {
        for (version, kind, expected) in [
            ("apps/v1", "Deployment", "Deployment"),
            ("extensions/v1beta1", "Deployment", "Deployment"),
            ("app/v1", "Deployment", "not apps/v1"),
            ("v1", "Deployment", "not apps/v1"),
            ("apps", "Deployment", "not apps/v1"),
            ("apps/v2", "Deployment", "not apps/v1"),
            ("Apps/v1", "Deployment", "not apps/v1"),
            ("apps.k8s.io/v1", "Deployment", "not apps/v1"),
            ("batch/v1", "Deployment", "not apps/v1"),
            ("apps/v1", "Pod", "not v1"),
            ("extensions/v1beta1", "StatefulSet", "not apps/v1"),
            ("autoscaling/v3", "HorizontalPodAutoscaler", "not autoscaling/v2"),
            ("apps/v1", "deployment", "unknown Deployment"),
            ("apps/v1", "Deploymnet", "unknown Deployment"),
            ("apps/v1", "Deploy", "unknown "),
            ("apps/v1", "Cronjobs", "unknown CronJob"),
            ("apps/v1", "ControllerRevision", "other"),
            ("batch/v1", "Cronjob", "unknown CronJob"),
            ("v1", "pod", "unknown Pod"),
            ("v1", "ConfigMap", "other"),
            ("v1", "Route", "other"),
            ("v1", "DeploymentConfig", "Replicated"),
            ("argoproj.io/v1alpha1", "Rollout", "Rollout"),
            ("argoproj.io/v1", "Rollout", "not argoproj.io/v1alpha1"),
            ("argoproj.io/v1alpha1", "Workflow", "operator argoproj/argo-workflows"),
            ("apps.kruise.io/v1beta1", "StatefulSet", "Replicated"),
            ("batch.volcano.sh/v1alpha1", "Job", "operator volcano-sh/volcano"),
            ("serving.knative.dev/v1", "Service", "operator knative/serving"),
            ("kafka.strimzi.i/v1beta2", "Kafka", "not kafka.strimzi.io"),
            ("v1", "Kafka", "not kafka.strimzi.io"),
            ("v1", "Template", "operator openshift/api"),
            ("v1", "Service", "other"),
            ("apps/v1", "Rollout", "not argoproj.io/v1alpha1"),
            ("rollouts.kruise.io/v1beta1", "Rollout", "other"),
            ("app.k8s.io/v1beta1", "Application", "other"),
            ("cluster.x-k8s.io/v1beta1", "Cluster", "other"),
            ("jobset.x-k8s.io/v1alpha2", "JobSet", "JobSet"),
            ("example.org/v1", "Job", "other"),
            ("example.org/v1", "Thing", "other"),
            ("networking.k8s.io/v1", "Ingress", "other"),
            ("metrics.k8s.io/v1beta1", "PodMetrics", "other"),
        ] {
            assert_eq!(said(version, kind), expected, "{version} {kind}");
        }
    }
}
