//! A folder for each cluster, ready for kustomize: what stands around each namespace, and patches for its workloads.

use serde::Serialize;

use super::Pages;
use super::fences::fenced;
use super::ground::{Cluster, Ground};
use super::object::{bare, text};
use super::options::ExportOptions;
use super::patches::{of_other_kinds, patches, runtimes, with_fixed_requests};
use super::quotas::unknown;
use crate::error::Result;

/// Where the folders of the clusters lie.
pub(super) const CLUSTERS: &str = "clusters";

#[derive(Serialize)]
struct Resources {
    resources: Vec<String>,
}

#[derive(Serialize)]
struct Patches {
    patches: Vec<PatchOf>,
}

#[derive(Serialize)]
struct PatchOf {
    path: String,
}

pub(super) fn write(ground: &Ground<'_>, options: &ExportOptions, pages: &mut Pages) -> Result<()> {
    for cluster in &ground.clusters {
        namespaces(ground, cluster, options, pages)?;
        workloads(ground, cluster, pages)?;
    }
    notes(ground, options, pages);
    pages.note(
        "`workloads/` of each cluster is a kustomize component of patches (kustomize 5.2.1 or later) for the containers that are called like their \
         workload; images are not in a fleet, so that a patch makes nothing of itself.",
    );
    kinds(ground, "has no patch", pages);
    let fixed = with_fixed_requests(ground);
    if fixed > 0 {
        pages.note(format!("The fixed requests of {} are in the quotas and in no patch.", counted(fixed, "workload")));
    }
    let [_, of_container] = unknown(ground);
    for resource in of_container {
        pages.note(format!("No container requests `{resource}`: it is in no patch."));
    }
    Ok(())
}

/// A list of files for kustomize.
pub(super) fn kustomization(path: String, resources: Vec<String>, pages: &mut Pages) -> Result<()> {
    let kustomization = bare("kustomize.config.k8s.io/v1beta1", "Kustomization", Resources { resources })?;
    pages.file(path, &[kustomization]);
    Ok(())
}

fn namespaces(ground: &Ground<'_>, cluster: &Cluster<'_>, options: &ExportOptions, pages: &mut Pages) -> Result<()> {
    let folder = format!("{CLUSTERS}/{}", cluster.name());
    let mut resources = Vec::new();
    for (name, namespace) in &cluster.namespaces {
        pages.file(format!("{folder}/namespaces/{name}.yaml"), &fenced(ground, name, namespace, options)?);
        resources.push(format!("namespaces/{name}.yaml"));
    }
    kustomization(format!("{folder}/kustomization.yaml"), resources, pages)
}

fn workloads(ground: &Ground<'_>, cluster: &Cluster<'_>, pages: &mut Pages) -> Result<()> {
    let folder = format!("{CLUSTERS}/{}/workloads", cluster.name());
    let mut list = Vec::new();
    for (name, namespace) in &cluster.namespaces {
        let mut all = Vec::new();
        for row in &namespace.rows {
            all.extend(patches(ground, name, row)?);
        }
        pages.files.insert(format!("{folder}/{name}.yaml"), text(&all, &runtimes(ground, namespace)));
        list.push(PatchOf { path: format!("{name}.yaml") });
    }
    if !list.is_empty() {
        let component = bare("kustomize.config.k8s.io/v1alpha1", "Component", Patches { patches: list })?;
        pages.file(format!("{folder}/kustomization.yaml"), &[component]);
    }
    Ok(())
}

/// What is to be known of namespaces, whoever brings them to their clusters.
pub(super) fn notes(ground: &Ground<'_>, options: &ExportOptions, pages: &mut Pages) {
    let platform: Vec<String> = (ground.by_namespace().into_iter())
        .filter(|(_, all)| all.iter().any(|(_, it)| it.platform))
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    if !platform.is_empty() {
        pages.note(format!(
            "The platform runs in {}: without a quota, a network policy and a Pod Security level unless one is given, since these would \
             stop what every namespace needs.",
            platform.join(", ")
        ));
    }
    if options.quota_headroom == 0 {
        pages.note(
            "Quotas are exactly what is planned: a rolling update that starts pods before it stops others needs headroom of quotas, or no \
             surge.",
        );
    }
    let [of_quota, _] = unknown(ground);
    for resource in of_quota {
        pages.note(format!("No quota limits `{resource}`, which is no resource of Kubernetes."));
    }
    left(ground, pages);
}

/// What leaves a cluster, or is in none of the plan.
pub(super) fn left(ground: &Ground<'_>, pages: &mut Pages) {
    let plan = ground.plan;
    if !plan.emptied.is_empty() || plan.moves.as_ref().is_some_and(|it| it.forced.workloads + it.chosen.workloads > 0) {
        pages.note("What moves has to be brought over in an order that is safe (`tenantry migrate`): nothing here deletes what is left behind.");
    }
    if !plan.emptied.is_empty() {
        let names: Vec<String> = plan.emptied.iter().map(|it| format!("`{it}`")).collect();
        pages.note(format!("Nothing is written for the clusters that are emptied: {}.", names.join(", ")));
    }
}

/// How the kinds of workloads are known, and what becomes of those whose kind is not.
pub(super) fn kinds(ground: &Ground<'_>, becomes: &str, pages: &mut Pages) {
    pages.note(
        "The kind of a workload is what its label `tenantry/kind` says, which an import writes; without it what keeps state is taken for a \
         StatefulSet, what runs on every node for a DaemonSet, everything else for a Deployment.",
    );
    let others = of_other_kinds(ground);
    if others > 0 {
        let what =
            "whose label names another kind than Deployment, StatefulSet, DaemonSet, ReplicaSet, Job and CronJob";
        pages.note(format!("What is run by another kind {becomes}: {} {what}.", counted(others, "workload")));
    }
}

pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
