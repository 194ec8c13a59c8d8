//! Argo CD: who may deploy what where (AppProjects), and the Applications of each tenant and of the namespaces (ApplicationSets).

use std::collections::BTreeMap;

use serde::Serialize;

use super::Pages;
use super::ground::Ground;
use super::kubernetes::{CLUSTERS, left};
use super::names::OWN;
use super::object::{Meta, Spec, manifest};
use super::options::ExportOptions;
use crate::error::{Error, Result};
use crate::text::is_dns_subdomain;

const API: &str = "argoproj.io/v1alpha1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Project<'a> {
    description: &'static str,
    source_repos: [&'a str; 1],
    destinations: Vec<Destination<'a>>,
    cluster_resource_whitelist: Vec<Kind>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    namespace_resource_blacklist: Vec<Kind>,
}

#[derive(Serialize)]
struct Destination<'a> {
    name: &'a str,
    namespace: &'a str,
}

#[derive(Serialize)]
struct Kind {
    group: &'static str,
    kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Set<'a> {
    go_template: bool,
    go_template_options: [&'static str; 1],
    generators: [Generator<'a>; 1],
    sync_policy: Kept,
    template: Template<'a>,
}

/// An Application that is no longer in the list is removed; what it deployed stays until somebody has moved it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    preserve_resources_on_deletion: bool,
}

#[derive(Serialize)]
struct Generator<'a> {
    list: List<'a>,
}

#[derive(Serialize)]
struct List<'a> {
    elements: Vec<Element<'a>>,
}

/// One Application.
#[derive(Serialize)]
struct Element<'a> {
    name: String,
    cluster: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
    path: String,
}

#[derive(Serialize)]
struct Template<'a> {
    metadata: NameOnly,
    spec: Application<'a>,
}

#[derive(Serialize)]
struct NameOnly {
    name: &'static str,
}

#[derive(Serialize)]
struct Application<'a> {
    project: &'a str,
    source: Source<'a>,
    destination: BTreeMap<&'static str, &'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Source<'a> {
    #[serde(rename = "repoURL")]
    repo_url: &'a str,
    target_revision: &'a str,
    path: &'static str,
}

/// What fences a namespace in: no tenant's Application may hold it.
const FENCES: [(&str, &str); 5] = [
    ("", "LimitRange"),
    ("", "ResourceQuota"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
];

fn kinds(all: &[(&'static str, &'static str)]) -> Vec<Kind> {
    all.iter().map(|&(group, kind)| Kind { group, kind }).collect()
}

pub(super) fn write(ground: &Ground<'_>, options: &ExportOptions, pages: &mut Pages) -> Result<()> {
    let hub = options.hub_namespace.as_deref().unwrap_or("argocd");
    let repo = options.repo.as_deref().unwrap_or_default();
    own(ground, options, (hub, repo), pages)?;
    let mut tenants: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for cluster in &ground.clusters {
        for (&namespace, it) in &cluster.namespaces {
            tenants.entry(ground.tenant(it)).or_default().push((cluster.name(), namespace));
        }
    }
    let mut names: BTreeMap<String, (&str, &str)> = BTreeMap::new();
    for (tenant, places) in tenants {
        let destinations = places.iter().map(|&(name, namespace)| Destination { name, namespace }).collect();
        let project = Project {
            description: "What this tenant may deploy, and where its plan puts it",
            source_repos: [repo],
            destinations,
            cluster_resource_whitelist: Vec::new(),
            namespace_resource_blacklist: kinds(&FENCES),
        };
        let mut elements = Vec::new();
        for (cluster, namespace) in places {
            // no namespace has a point, so that the last one parts the two
            let name = format!("{cluster}.{namespace}");
            names.insert(name.clone(), (cluster, namespace));
            let path = options.apps(tenant, namespace, cluster);
            elements.push(Element { name, cluster, namespace: Some(namespace), path });
        }
        let set = set(tenant, elements, (repo, options.branch()));
        let objects = [
            manifest(API, "AppProject", Meta::new(tenant).within(hub), Spec { spec: project })?,
            manifest(API, "ApplicationSet", Meta::new(tenant).within(hub), Spec { spec: set })?,
        ];
        pages.file(format!("argocd/{tenant}.yaml"), &objects);
    }
    let long: Vec<&str> = names.keys().map(String::as_str).filter(|it| !is_dns_subdomain(it)).collect();
    if let Some(first) = long.first() {
        let why = "an Application is called CLUSTER.NAMESPACE, of at most 253 characters";
        return Err(Error::Usage(format!("{why}: too long are `{first}` and {} more", long.len() - 1)));
    }
    pages.note("Clusters are destinations by the names that Argo CD knows them by: they must be those of the plan.");
    pages.note("Nothing is synced by itself: the Applications have no `automated` policy. One that a later plan no longer has goes, and what it deployed stays (`preserveResourcesOnDeletion`).");
    pages.note("No tenant's project may create objects of a whole cluster, which what the platform runs may need: widen its project by hand.");
    pages.note(format!(
        "The namespaces themselves are `tenantry export --for kubernetes` at `{}` of the repository; the tenants' own manifests are looked for at `{}`.",
        options.inside(CLUSTERS),
        options.apps("{tenant}", "{namespace}", "{cluster}")
    ));
    left(ground, pages);
    Ok(())
}

/// The namespaces and what stands around them, one Application a cluster.
fn own(ground: &Ground<'_>, options: &ExportOptions, (hub, repo): (&str, &str), pages: &mut Pages) -> Result<()> {
    let names = ground.clusters.iter().map(|it| it.name());
    let mut allowed = vec![("", "Namespace")];
    allowed.extend(FENCES);
    let project = Project {
        description: "The namespaces of every cluster, with their quotas, RBAC and network policies",
        source_repos: [repo],
        destinations: names.clone().map(|name| Destination { name, namespace: "*" }).collect(),
        cluster_resource_whitelist: kinds(&allowed[..1]),
        namespace_resource_blacklist: Vec::new(),
    };
    let element = |cluster| {
        let path = options.inside(&format!("{CLUSTERS}/{cluster}"));
        Element { name: format!("tenantry.{cluster}"), cluster, namespace: None, path }
    };
    let set = set(OWN, names.map(element).collect(), (repo, options.branch()));
    let objects = [
        manifest(API, "AppProject", Meta::new(OWN).within(hub), Spec { spec: project })?,
        manifest(API, "ApplicationSet", Meta::new(OWN).within(hub), Spec { spec: set })?,
    ];
    pages.file(format!("argocd/{OWN}.yaml"), &objects);
    Ok(())
}

fn set<'a>(project: &'a str, elements: Vec<Element<'a>>, (repo_url, target_revision): (&'a str, &'a str)) -> Set<'a> {
    let mut destination = BTreeMap::from([("name", "{{ .cluster }}")]);
    if elements.iter().all(|it| it.namespace.is_some()) {
        destination.insert("namespace", "{{ .namespace }}");
    }
    let source = Source { repo_url, target_revision, path: "{{ .path }}" };
    Set {
        go_template: true,
        go_template_options: ["missingkey=error"],
        generators: [Generator { list: List { elements } }],
        sync_policy: Kept { preserve_resources_on_deletion: true },
        template: Template {
            metadata: NameOnly { name: "{{ .name }}" },
            spec: Application { project, source, destination },
        },
    }
}
