//! Open Cluster Management: a set for each island, a Placement for each cluster, and what stands around each namespace as a
//! ManifestWorkReplicaSet of that Placement.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Pages;
use super::fences::fenced;
use super::ground::Ground;
use super::kubernetes::notes;
use super::object::{CLUSTER, Labels, Manifest, Meta, NameOf, Spec, manifest};
use super::options::ExportOptions;
use crate::error::Result;

const CLUSTERS: &str = "cluster.open-cluster-management.io";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Set {
    cluster_selector: BySelector,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BySelector {
    selector_type: &'static str,
    label_selector: OneOf,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OneOf {
    match_expressions: [Among; 1],
}

#[derive(Serialize)]
struct Among {
    key: &'static str,
    operator: &'static str,
    values: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BindingOf {
    cluster_set: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Placement {
    cluster_sets: [String; 1],
    number_of_clusters: u32,
    predicates: [Predicate; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Predicate {
    required_cluster_selector: Required,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Required {
    label_selector: Matching,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Matching {
    match_labels: Labels,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Works {
    manifest_work_template: Work,
    placement_refs: [NameOf; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Work {
    /// A namespace that is no longer in the plan is not deleted with all that is in it.
    delete_option: DeleteOption,
    workload: Content,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeleteOption {
    propagation_policy: &'static str,
}

#[derive(Serialize)]
struct Content {
    manifests: Vec<Manifest>,
}

pub(super) fn write(ground: &Ground<'_>, options: &ExportOptions, pages: &mut Pages) -> Result<()> {
    let hub = options.hub_namespace.as_deref().unwrap_or("tenantry");
    let mut islands: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for cluster in &ground.clusters {
        islands.entry(cluster.planned.island).or_default().push(cluster.name().to_owned());
    }
    let mut sets = Vec::new();
    for (island, values) in islands {
        let among = Among { key: CLUSTER, operator: "In", values };
        let selector =
            BySelector { selector_type: "LabelSelector", label_selector: OneOf { match_expressions: [among] } };
        let (version, name) = (format!("{CLUSTERS}/v1beta2"), set(island));
        let spec = Set { cluster_selector: selector };
        sets.push(manifest(&version, "ManagedClusterSet", Meta::new(name.as_str()), Spec { spec })?);
        let bound = BindingOf { cluster_set: name.clone() };
        let meta = Meta::new(name).within(hub);
        sets.push(manifest(&version, "ManagedClusterSetBinding", meta, Spec { spec: bound })?);
    }
    pages.file("ocm/sets.yaml".to_owned(), &sets);
    for cluster in &ground.clusters {
        let name = cluster.name();
        let match_labels = Labels::from([(CLUSTER.to_owned(), name.to_owned())]);
        let selector = Required { label_selector: Matching { match_labels } };
        let placement = Placement {
            cluster_sets: [set(cluster.planned.island)],
            number_of_clusters: 1,
            predicates: [Predicate { required_cluster_selector: selector }],
        };
        let meta = Meta::new(name).within(hub);
        let mut objects = vec![manifest(&format!("{CLUSTERS}/v1beta1"), "Placement", meta, Spec { spec: placement })?];
        for (namespace, it) in &cluster.namespaces {
            let works = Works {
                manifest_work_template: Work {
                    delete_option: DeleteOption { propagation_policy: "Orphan" },
                    workload: Content { manifests: fenced(ground, namespace, it, options)? },
                },
                placement_refs: [NameOf { name: name.to_owned() }],
            };
            // neither of the two has a point
            let meta = Meta::new(format!("{name}.{namespace}")).within(hub);
            let version = "work.open-cluster-management.io/v1alpha1";
            objects.push(manifest(version, "ManifestWorkReplicaSet", meta, Spec { spec: works })?);
        }
        pages.file(format!("ocm/clusters/{name}.yaml"), &objects);
    }
    notes(ground, options, pages);
    pages.note(format!(
        "Managed clusters are selected by the label `{CLUSTER}`: give each that of its name in the plan. The objects are in the namespace `{hub}` of the hub, \
         which is there already; whoever applies them may bind the sets (`managedclustersets/bind`)."
    ));
    pages.note(
        "A set holds the clusters of an island, which share tenants with no other; island numbers are this plan's.",
    );
    Ok(())
}

fn set(island: u64) -> String {
    format!("tenantry-island-{island}")
}
