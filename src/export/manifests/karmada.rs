//! Karmada: the namespaces on its control plane, policies that bring each to its clusters, and policies for the workloads in it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::Pages;
use super::fences::fenced;
use super::ground::{Cluster, Ground, Namespace};
use super::kubernetes::{kinds, notes};
use super::object::{Manifest, Meta, Spec, manifest};
use super::options::ExportOptions;
use super::patches::Kind;
use super::quotas::hard;
use crate::error::Result;
use crate::fleet::Presence;

const API: &str = "policy.karmada.io/v1alpha1";
/// What a namespace is labelled with that Karmada does not bring to every cluster by itself.
const SKIP: &str = "namespace.karmada.io/skip-auto-propagation";
/// The policy of what stands around a namespace.
const FENCES: &str = "tenantry";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Propagation {
    resource_selectors: Vec<Selector>,
    placement: Placement,
    #[serde(skip_serializing_if = "Option::is_none")]
    propagate_deps: Option<bool>,
    /// What is removed here stays in the clusters until somebody deletes it there.
    preserve_resources_on_deletion: bool,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Selector {
    api_version: String,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Placement {
    cluster_affinity: Affinity,
    replica_scheduling: Scheduling,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Affinity {
    cluster_names: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Scheduling {
    replica_scheduling_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    replica_division_preference: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight_preference: Option<Weights>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Weights {
    static_weight_list: Vec<Weight>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Weight {
    target_cluster: Affinity,
    weight: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Override {
    resource_selectors: Vec<Selector>,
    override_rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    target_cluster: Affinity,
    overriders: Overriders,
}

#[derive(Serialize)]
struct Overriders {
    plaintext: [Plaintext; 1],
}

#[derive(Serialize)]
struct Plaintext {
    path: &'static str,
    operator: &'static str,
    value: Value,
}

/// Where something stands: clusters with the pods that it has in each.
type Homes = Vec<(String, u64)>;

/// The workloads of a namespace that stand alike, and whether their pods are divided.
type Alike = BTreeMap<(Homes, bool), Vec<usize>>;

pub(super) fn write(ground: &Ground<'_>, options: &ExportOptions, pages: &mut Pages) -> Result<()> {
    for (name, homes) in ground.by_namespace() {
        let mut objects = around(ground, name, &homes, options)?;
        objects.extend(inside(ground, name, &homes)?);
        pages.file(format!("karmada/{name}.yaml"), &objects);
    }
    notes(ground, options, pages);
    kinds(ground, "is selected by no policy", pages);
    pages.note("The policies belong on Karmada's control plane, beside the tenants' own manifests; its member clusters are called as in the plan.");
    pages.note(format!(
        "Namespaces are labelled `{SKIP}: \"true\"`: Karmada would make each in every member cluster. What a later plan moves away stays in the \
         cluster that it leaves until it is deleted there (`preserveResourcesOnDeletion`)."
    ));
    Ok(())
}

fn affinity<'a>(names: impl IntoIterator<Item = &'a str>) -> Affinity {
    Affinity { cluster_names: names.into_iter().map(str::to_owned).collect() }
}

fn duplicated() -> Scheduling {
    Scheduling { replica_scheduling_type: "Duplicated", replica_division_preference: None, weight_preference: None }
}

/// The namespace and its fences, and the policies that bring them where something of it stands.
fn around(
    ground: &Ground<'_>,
    name: &str,
    homes: &[(&Cluster<'_>, &Namespace)],
    options: &ExportOptions,
) -> Result<Vec<Manifest>> {
    let Some((first, rest)) = homes.split_first() else { return Ok(Vec::new()) };
    let mut objects = fenced(ground, name, first.1, options)?;
    if let Some(labels) = objects[0]["metadata"]["labels"].as_object_mut() {
        labels.insert(SKIP.to_owned(), "true".into());
    }
    let clusters = || affinity(homes.iter().map(|(cluster, _)| cluster.name()));
    let selectors: Vec<Selector> = objects[1..].iter().map(|it| selector(it, name)).collect();
    let propagation = |resource_selectors| Propagation {
        resource_selectors,
        placement: Placement { cluster_affinity: clusters(), replica_scheduling: duplicated() },
        propagate_deps: None,
        preserve_resources_on_deletion: true,
    };
    let itself =
        Selector { api_version: "v1".to_owned(), kind: "Namespace".to_owned(), namespace: None, name: name.to_owned() };
    let meta = || Meta::new(FENCES).within(name);
    // cluster-scoped policies are of one name space with everybody else's
    let of_namespace = Meta::new(format!("tenantry-{name}"));
    objects.push(manifest(API, "ClusterPropagationPolicy", of_namespace, Spec { spec: propagation(vec![itself]) })?);
    objects.push(manifest(API, "PropagationPolicy", meta(), Spec { spec: propagation(selectors.clone()) })?);
    objects.extend(quotas(ground, name, (first.1, rest), options)?);
    Ok(objects)
}

/// Where a namespace has another quota in another cluster, the difference.
fn quotas(
    ground: &Ground<'_>,
    name: &str,
    (first, rest): (&Namespace, &[(&Cluster<'_>, &Namespace)]),
    options: &ExportOptions,
) -> Result<Option<Manifest>> {
    if first.platform {
        return Ok(None);
    }
    let written = hard(ground, first, options.quota_headroom)?;
    let mut rules = Vec::new();
    for (cluster, namespace) in rest {
        let own = hard(ground, namespace, options.quota_headroom)?;
        if own != written {
            let value = own.into_iter().map(|(key, amount)| (key, Value::from(amount))).collect();
            let plaintext = [Plaintext { path: "/spec/hard", operator: "replace", value: Value::Object(value) }];
            rules.push(Rule { target_cluster: affinity([cluster.name()]), overriders: Overriders { plaintext } });
        }
    }
    let quota = Selector {
        api_version: "v1".to_owned(),
        kind: "ResourceQuota".to_owned(),
        namespace: Some(name.to_owned()),
        name: "planned".to_owned(),
    };
    if rules.is_empty() {
        return Ok(None);
    }
    let spec = Override { resource_selectors: vec![quota], override_rules: rules };
    manifest(API, "OverridePolicy", Meta::new(FENCES).within(name), Spec { spec }).map(Some)
}

fn selector(object: &Manifest, namespace: &str) -> Selector {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Selector {
        api_version: text(&object["apiVersion"]),
        kind: text(&object["kind"]),
        namespace: Some(namespace.to_owned()),
        name: text(&object["metadata"]["name"]),
    }
}

/// Policies for the workloads of a namespace: one for all that stand in the same clusters with the same pods in each.
fn inside(ground: &Ground<'_>, name: &str, homes: &[(&Cluster<'_>, &Namespace)]) -> Result<Vec<Manifest>> {
    let mut places: BTreeMap<usize, Homes> = BTreeMap::new();
    for (cluster, namespace) in homes {
        for row in &namespace.rows {
            places.entry(row.workload).or_default().push((cluster.name().to_owned(), row.replicas));
        }
    }
    let mut alike: Alike = BTreeMap::new();
    for (workload, mut homes) in places {
        let divided = ground.fleet.workloads()[workload].is_split();
        let copies = matches!(ground.fleet.workloads()[workload].presence, Presence::Copies(_));
        if !divided && !copies {
            // how many pods there are is the tenant's to say
            homes.iter_mut().for_each(|(_, pods)| *pods = 0);
        }
        alike.entry((homes, divided)).or_default().push(workload);
    }
    let mut objects = Vec::new();
    for (at, ((homes, divided), workloads)) in alike.into_iter().enumerate() {
        let selectors: Vec<Selector> =
            workloads.iter().filter_map(|&workload| workload_of(ground, name, workload)).collect();
        if selectors.is_empty() {
            continue;
        }
        let policy = format!("workloads-{}", at + 1);
        objects.extend(policies((name, &policy), &homes, divided, selectors)?);
    }
    Ok(objects)
}

fn workload_of(ground: &Ground<'_>, namespace: &str, workload: usize) -> Option<Selector> {
    let (version, kind) = Kind::of(ground, workload).name()?;
    Some(Selector {
        api_version: version.to_owned(),
        kind: kind.to_owned(),
        namespace: Some(namespace.to_owned()),
        name: ground.fleet.workloads()[workload].name.to_string(),
    })
}

fn policies(
    (namespace, name): (&str, &str),
    homes: &[(String, u64)],
    divided: bool,
    selectors: Vec<Selector>,
) -> Result<Vec<Manifest>> {
    let scheduling = if divided {
        let weight =
            |(cluster, pods): &(String, u64)| Weight { target_cluster: affinity([cluster.as_str()]), weight: *pods };
        Scheduling {
            replica_scheduling_type: "Divided",
            replica_division_preference: Some("Weighted"),
            weight_preference: Some(Weights { static_weight_list: homes.iter().map(weight).collect() }),
        }
    } else {
        duplicated()
    };
    let meta = || Meta::new(name).within(namespace);
    let propagation = Propagation {
        resource_selectors: selectors.clone(),
        placement: Placement {
            cluster_affinity: affinity(homes.iter().map(|(cluster, _)| cluster.as_str())),
            replica_scheduling: scheduling,
        },
        propagate_deps: Some(true),
        preserve_resources_on_deletion: true,
    };
    let mut objects = vec![manifest(API, "PropagationPolicy", meta(), Spec { spec: propagation })?];
    if !divided && homes.iter().any(|&(_, pods)| pods > 0) {
        let rule = |(cluster, pods): &(String, u64)| {
            let plaintext = [Plaintext { path: "/spec/replicas", operator: "replace", value: (*pods).into() }];
            Rule { target_cluster: affinity([cluster.as_str()]), overriders: Overriders { plaintext } }
        };
        let spec = Override { resource_selectors: selectors, override_rules: homes.iter().map(rule).collect() };
        objects.push(manifest(API, "OverridePolicy", meta(), Spec { spec })?);
    }
    Ok(objects)
}
