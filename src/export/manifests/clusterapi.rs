//! Cluster API: a Cluster with a topology for each cluster that does not exist yet.

use serde::Serialize;

use super::Pages;
use super::ground::{Cluster, Ground};
use super::object::{CLUSTER, Meta, NameOf, Spec, manifest};
use super::options::ExportOptions;
use crate::error::Result;

const API: &str = "cluster.x-k8s.io/v1beta2";

#[derive(Serialize)]
struct Topological {
    topology: Topology,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Topology {
    class_ref: NameOf,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    control_plane: Option<ControlPlane>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workers: Option<Workers>,
}

#[derive(Serialize)]
struct ControlPlane {
    replicas: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Workers {
    machine_deployments: Vec<Machines>,
}

#[derive(Serialize)]
struct Machines {
    class: String,
    name: String,
    replicas: u64,
}

pub(super) fn write(ground: &Ground<'_>, options: &ExportOptions, pages: &mut Pages) -> Result<()> {
    let hub = options.hub_namespace.as_deref().unwrap_or("default");
    let (existing, fresh): (Vec<&Cluster>, Vec<&Cluster>) =
        ground.clusters.iter().partition(|it| it.planned.existing.is_some());
    let mut without = Vec::new();
    for cluster in &fresh {
        let workers = workers(cluster);
        if workers.is_none() {
            without.push(cluster.name());
        }
        let topology = Topology {
            class_ref: NameOf { name: cluster.planned.template.clone() },
            version: options.kubernetes_version.clone().unwrap_or_default(),
            control_plane: options.control_plane.map(|replicas| ControlPlane { replicas }),
            workers,
        };
        let mut meta = Meta::new(cluster.name()).within(hub).label(CLUSTER, cluster.name());
        if let Some(region) = cluster.planned.region.as_deref().filter(|it| crate::text::is_dns_label(it)) {
            meta = meta.label("topology.kubernetes.io/region", region);
        }
        let object = manifest(API, "Cluster", meta, Spec { spec: Topological { topology } })?;
        pages.file(format!("clusterapi/{}.yaml", cluster.name()), &[object]);
    }
    if fresh.is_empty() {
        pages.note("The plan has no new clusters: there is nothing to write.");
    } else {
        pages.note("A template of the fleet is taken for the ClusterClass of its name, a node pool for the machine deployment class of its name.");
    }
    if !existing.is_empty() {
        pages.note(format!("Nothing is written for clusters that exist already: {}.", existing.len()));
    }
    if !without.is_empty() {
        pages.note(format!(
            "The templates of {} have no node pools: how many machines they have is not said.",
            without.join(", ")
        ));
    }
    if fresh.iter().any(|it| it.planned.region.is_some()) {
        pages.note("The region of a cluster is its label `topology.kubernetes.io/region`: a class has to make something of it.");
    }
    if fresh.iter().any(|it| workers(it).is_some()) {
        pages.note("Each machine deployment has as many machines as the plan pays for; an autoscaler takes the `replicas` away and its own annotations.");
    }
    if options.control_plane.is_none() && !fresh.is_empty() {
        pages.note("How many machines a control plane has is left to the class.");
    }
    Ok(())
}

/// As many machines of each pool as are paid for. Nothing of an autoscaler: it and a stated number would undo one another.
fn workers(cluster: &Cluster<'_>) -> Option<Workers> {
    let pools = cluster.planned.pools.iter();
    let machine_deployments: Vec<Machines> = pools
        .filter_map(|pool| {
            let replicas = pool.paid?;
            let name = pool.name.clone();
            Some(Machines { class: name.clone(), name, replicas })
        })
        .collect();
    (!machine_deployments.is_empty()).then_some(Workers { machine_deployments })
}
