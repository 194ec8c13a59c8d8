//! A pod's specification -> the nodes that it may run on, as far as a fleet can say it.

use std::collections::BTreeSet;

use super::report::{At, Report};
use crate::fleet::problems::shown;

/// Labels that hold the name of a node's pool.
pub(super) const POOL_LABELS: &[&str] = &[
    "agentpool",
    "alpha.eksctl.io/nodegroup-name",
    "cloud.google.com/gke-nodepool",
    "doks.digitalocean.com/node-pool",
    "eks.amazonaws.com/nodegroup",
    "ibm-cloud.kubernetes.io/worker-pool-name",
    "k8s.scaleway.com/pool-name",
    "karpenter.sh/nodepool",
    "karpenter.sh/provisioner-name",
    "kops.k8s.io/instancegroup",
    "kubernetes.azure.com/agentpool",
    "nodepool",
    "worker.gardener.cloud/pool",
];

/// Labels of the operating system, which is Linux on every node that a fleet means.
const SYSTEM_LABELS: &[&str] = &["beta.kubernetes.io/os", "kubernetes.io/os"];

/// What a pod asks of its node.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Nodes {
    /// The one node pool that it names.
    pub pool: Option<String>,
    /// The labels and fields that it asks for otherwise.
    pub asks: BTreeSet<String>,
    /// Whether no taint keeps it off.
    pub tolerates_all: bool,
}

/// What the pod of this `spec` asks of its node. Preferences are no demands.
pub(super) fn nodes(spec: &At<'_>, report: &mut Report) -> Nodes {
    let mut nodes = Nodes { tolerates_all: tolerates_all(spec, report), ..Nodes::default() };
    for (label, value) in spec.get("nodeSelector").entries(report) {
        if let Some(value) = value.string(report) {
            nodes.wants(label, &value);
        }
    }
    let affinity = spec.get("affinity");
    let affinity = affinity.get("nodeAffinity");
    let required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution");
    let terms = required.get("nodeSelectorTerms");
    let terms = terms.items(report);
    // one term of several suffices: what a single one asks for is not asked for by all
    let only = terms.len() == 1;
    for term in &terms {
        for key in ["matchExpressions", "matchFields"] {
            for it in term.get(key).items(report) {
                nodes.expression(&it, only, report);
            }
        }
    }
    nodes
}

impl Nodes {
    fn wants(&mut self, label: &str, value: &str) {
        if SYSTEM_LABELS.contains(&label) && value == "linux" {
            return;
        }
        let pool = POOL_LABELS.contains(&label) && self.pool.as_ref().is_none_or(|pool| pool == value);
        if pool {
            self.pool = Some(value.to_owned());
        } else {
            self.asks.insert(format!("`{}`", shown(label)));
        }
    }

    fn expression(&mut self, at: &At<'_>, only: bool, report: &mut Report) {
        let Some(key) = at.get("key").string(report) else { return };
        let operator = at.get("operator").string(report);
        let values: Vec<String> = at.get("values").items(report).iter().filter_map(|it| it.string(report)).collect();
        let linux = SYSTEM_LABELS.contains(&key.as_str()) && values == ["linux"];
        match (operator.as_deref(), values.as_slice()) {
            // written by the controller of DaemonSets into each of its pods
            (Some("In"), _) if key == "metadata.name" => {}
            (Some("In"), _) if linux => {}
            (Some("In"), [value]) if only => self.wants(&key, value),
            _ => {
                self.asks.insert(format!("`{}`", shown(&key)));
            }
        }
    }
}

/// Whether a toleration without a key tolerates every taint that keeps pods off.
fn tolerates_all(spec: &At<'_>, report: &mut Report) -> bool {
    let tolerations = spec.get("tolerations");
    tolerations.items(report).iter().any(|it| {
        let exists = it.get("operator").string(report).as_deref() == Some("Exists");
        let effect = it.get("effect").string(report);
        exists && it.get("key").node.is_none() && matches!(effect.as_deref(), None | Some("" | "NoSchedule"))
    })
}
