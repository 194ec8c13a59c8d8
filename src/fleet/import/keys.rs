//! The keys that Kubernetes knows, level by level, as far as they are read.
//!
//! `kubectl` refuses every other key (`--validate=strict`, its default), and so does the import: a slip such as `replcas`
//! would otherwise be one replica. The lists are those of the API reference of Kubernetes 1.37, with the few keys that
//! earlier versions had besides.

use super::report::{At, Report};
use crate::fleet::problems::{nearest, shown};

/// The version of Kubernetes whose keys these are.
const VERSION: &str = "1.37";

/// An object as a whole.
pub(super) const OBJECT: &[&str] = &["apiVersion", "kind", "metadata", "spec", "status"];

/// `metadata`. `clusterName` was one until 1.23.
pub(super) const META: &[&str] = &[
    "annotations",
    "clusterName",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "labels",
    "managedFields",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// An item of `ownerReferences`.
pub(super) const OWNER: &[&str] = &["apiVersion", "blockOwnerDeletion", "controller", "kind", "name", "uid"];

/// A Deployment's `spec`; `rollbackTo` in `extensions/v1beta1`.
pub(super) const DEPLOYMENT: &[&str] = &[
    "minReadySeconds",
    "paused",
    "progressDeadlineSeconds",
    "replicas",
    "revisionHistoryLimit",
    "rollbackTo",
    "selector",
    "strategy",
    "template",
];

/// A StatefulSet's.
pub(super) const STATEFUL_SET: &[&str] = &[
    "minReadySeconds",
    "ordinals",
    "persistentVolumeClaimRetentionPolicy",
    "podManagementPolicy",
    "replicas",
    "revisionHistoryLimit",
    "selector",
    "serviceName",
    "template",
    "updateStrategy",
    "volumeClaimTemplates",
];

/// A DaemonSet's; `templateGeneration` in `extensions/v1beta1`.
pub(super) const DAEMON_SET: &[&str] =
    &["minReadySeconds", "revisionHistoryLimit", "selector", "template", "templateGeneration", "updateStrategy"];

/// A ReplicaSet's and a ReplicationController's.
pub(super) const REPLICA_SET: &[&str] = &["minReadySeconds", "replicas", "selector", "template"];

/// A Job's.
pub(super) const JOB: &[&str] = &[
    "activeDeadlineSeconds",
    "backoffLimit",
    "backoffLimitPerIndex",
    "completionMode",
    "completions",
    "managedBy",
    "manualSelector",
    "maxFailedIndexes",
    "parallelism",
    "podFailurePolicy",
    "podReplacementPolicy",
    "scheduling",
    "selector",
    "successPolicy",
    "suspend",
    "template",
    "ttlSecondsAfterFinished",
];

/// A CronJob's.
pub(super) const CRON_JOB: &[&str] = &[
    "concurrencyPolicy",
    "failedJobsHistoryLimit",
    "jobTemplate",
    "schedule",
    "startingDeadlineSeconds",
    "successfulJobsHistoryLimit",
    "suspend",
    "timeZone",
];

/// A pod template, and a CronJob's template of Jobs.
pub(super) const TEMPLATE: &[&str] = &["metadata", "spec"];

/// A pod's `spec`; `workloadRef` was one in 1.35 alone.
pub(super) const POD: &[&str] = &[
    "activeDeadlineSeconds",
    "affinity",
    "automountServiceAccountToken",
    "containers",
    "dnsConfig",
    "dnsPolicy",
    "enableServiceLinks",
    "ephemeralContainers",
    "evictionResponders",
    "hostAliases",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostUsers",
    "hostname",
    "hostnameOverride",
    "imagePullSecrets",
    "initContainers",
    "nodeName",
    "nodeSelector",
    "os",
    "overhead",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "readinessGates",
    "resourceClaims",
    "resources",
    "restartPolicy",
    "runtimeClassName",
    "schedulerName",
    "schedulingGates",
    "schedulingGroup",
    "securityContext",
    "serviceAccount",
    "serviceAccountName",
    "setHostnameAsFQDN",
    "shareProcessNamespace",
    "subdomain",
    "terminationGracePeriodSeconds",
    "tolerations",
    "topologySpreadConstraints",
    "volumes",
    "workloadRef",
];

/// A container, of whichever list.
pub(super) const CONTAINER: &[&str] = &[
    "args",
    "command",
    "env",
    "envFrom",
    "image",
    "imagePullPolicy",
    "lifecycle",
    "livenessProbe",
    "name",
    "ports",
    "readinessProbe",
    "resizePolicy",
    "resources",
    "restartPolicy",
    "restartPolicyRules",
    "securityContext",
    "startupProbe",
    "stdin",
    "stdinOnce",
    "targetContainerName",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "tty",
    "volumeDevices",
    "volumeMounts",
    "workingDir",
];

/// A container's or a pod's `resources`.
pub(super) const RESOURCES: &[&str] = &["claims", "limits", "requests"];

/// An item of `resources.claims`.
pub(super) const CLAIM: &[&str] = &["name", "request"];

/// A HorizontalPodAutoscaler's `spec`, in every version of `autoscaling`.
pub(super) const AUTOSCALER: &[&str] =
    &["behavior", "maxReplicas", "metrics", "minReplicas", "scaleTargetRef", "targetCPUUtilizationPercentage"];

/// `scaleTargetRef`; `envSourceContainerName` in a ScaledObject.
pub(super) const TARGET: &[&str] = &["apiVersion", "envSourceContainerName", "kind", "name"];

/// A LimitRange's `spec`.
pub(super) const LIMIT_RANGE: &[&str] = &["limits"];

/// An item of its `limits`.
pub(super) const LIMIT_RANGE_ITEM: &[&str] =
    &["default", "defaultRequest", "max", "maxLimitRequestRatio", "min", "type"];

/// A RuntimeClass as a whole; it has no `spec` since `v1beta1`.
pub(super) const RUNTIME_CLASS: &[&str] =
    &["apiVersion", "handler", "kind", "metadata", "overhead", "scheduling", "spec"];

/// Its `overhead`.
pub(super) const OVERHEAD: &[&str] = &["podFixed"];

/// A JobSet's `spec` (kubernetes-sigs/jobset, `v1alpha2`).
pub(super) const JOB_SET: &[&str] = &[
    "coordinator",
    "failurePolicy",
    "managedBy",
    "network",
    "replicatedJobs",
    "startupPolicy",
    "successPolicy",
    "suspend",
    "ttlSecondsAfterFinished",
    "volumeClaimPolicies",
];

/// An item of its `replicatedJobs`.
pub(super) const REPLICATED_JOB: &[&str] = &["dependsOn", "groupName", "name", "replicas", "template"];

/// A ScaledObject's `spec` (kedacore/keda, `v1alpha1`).
pub(super) const SCALED_OBJECT: &[&str] = &[
    "advanced",
    "cooldownPeriod",
    "fallback",
    "idleReplicaCount",
    "initialCooldownPeriod",
    "maxReplicaCount",
    "minReplicaCount",
    "pollingInterval",
    "scaleTargetRef",
    "triggers",
];

/// A Rollout's `spec` (argoproj/argo-rollouts, `v1alpha1`).
pub(super) const ROLLOUT: &[&str] = &[
    "analysis",
    "minReadySeconds",
    "paused",
    "progressDeadlineAbort",
    "progressDeadlineSeconds",
    "replicas",
    "restartAt",
    "revisionHistoryLimit",
    "rollbackWindow",
    "selector",
    "strategy",
    "template",
    "workloadRef",
];

/// Its `workloadRef`.
pub(super) const WORKLOAD_REF: &[&str] = &["apiVersion", "kind", "name", "scaleDown"];

/// Keys whose loss makes a figure smaller.
const FIGURES: &[&str] = &[
    "completions",
    "containers",
    "defaultRequest",
    "initContainers",
    "jobTemplate",
    "limits",
    "maxReplicaCount",
    "maxReplicas",
    "minReplicaCount",
    "overhead",
    "parallelism",
    "replicas",
    "replicatedJobs",
    "requests",
    "resources",
    "restartPolicy",
    "runtimeClassName",
    "scaleTargetRef",
    "spec",
    "template",
    "workloadRef",
];

/// Where keys belong that are often a level too high or too low.
const BELONGS: &[(&str, &str)] = &[
    ("completions", "spec"),
    ("containers", "spec"),
    ("cpu", "requests"),
    ("image", "containers"),
    ("initContainers", "spec"),
    ("limits", "resources"),
    ("memory", "requests"),
    ("parallelism", "spec"),
    ("replicas", "spec"),
    ("requests", "resources"),
    ("template", "spec"),
];

/// Reports every key of the mapping that is not in `keys`. `what` names the mapping.
///
/// What an API server wrote has no key that it does not know, and other projects move on (`newer`): there, a key that is
/// missing in the lists is only named, unless it looks like a slip of one that matters and is not there.
pub(super) fn check(at: &At<'_>, keys: &[&str], what: &str, newer: bool, report: &mut Report) {
    for key in at.keys() {
        if keys.contains(&key) {
            continue;
        }
        let near = nearest(key, keys.iter().copied());
        let slip = near.as_deref().is_some_and(|near| FIGURES.contains(&near) && at.get(near).node.is_none());
        if newer && !slip {
            let what = format!("{what} has no key `{}` that is known (Kubernetes {VERSION})", shown(key));
            report.note("key-not-known", &what, at.path());
            continue;
        }
        let message = format!("{what} has no key `{}`", shown(key));
        let mut problem = at.get(key).problem("unknown-key", message);
        let home = BELONGS.iter().find(|(name, home)| near.is_none() && *name == key && keys.contains(home));
        problem.expected = home.map(|(_, home)| format!("it within `{home}`"));
        report.problem(problem.with_suggestion(near));
    }
}

/// Reports keys that look like one of `keys` and are not: for kinds of other projects, whose keys are not known.
pub(super) fn check_slips(at: &At<'_>, keys: &[&str], what: &str, report: &mut Report) {
    for key in at.keys().filter(|key| !keys.contains(key)) {
        if let Some(near) = nearest(key, keys.iter().copied().filter(|known| at.get(known).node.is_none())) {
            let message = format!("{what}: `{}` looks like a slip of the pen", shown(key));
            report.problem(at.get(key).problem("unknown-key", message).with_suggestion(Some(near)));
        }
    }
}
