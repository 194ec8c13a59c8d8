//! Flux: for each cluster what its controllers reconcile: the namespaces first, then in each the tenant's own manifests, with the
//! tenant's rights and no more.

use serde::Serialize;

use super::Pages;
use super::fences::{Subject, binding};
use super::ground::{Cluster, Ground};
use super::kubernetes::{CLUSTERS, kustomization, left};
use super::object::{Manifest, Meta, NameOf, Nothing, Spec, manifest};
use super::options::ExportOptions;
use crate::error::Result;

const SYSTEM: &str = "flux-system";
/// The source, in each namespace that reads it.
const SOURCE: &str = "tenantry";
/// The service account by which a tenant's manifests are applied.
const RECONCILER: &str = "reconciler";
const NAMESPACES: &str = "tenantry-namespaces";
const TENANTS: &str = "tenantry-tenants";

#[derive(Serialize)]
struct Repository<'a> {
    interval: &'static str,
    url: &'a str,
    r#ref: Branch<'a>,
}

#[derive(Serialize)]
struct Branch<'a> {
    branch: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Kustomization {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<NameOf>,
    interval: &'static str,
    path: String,
    prune: bool,
    /// What a Kustomization applied stays when it goes: a workload that moves is brought over before it is deleted.
    deletion_policy: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_account_name: Option<&'static str>,
    source_ref: SourceRef,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_namespace: Option<String>,
    wait: bool,
}

#[derive(Serialize)]
struct SourceRef {
    kind: &'static str,
    name: &'static str,
}

pub(super) fn write(ground: &Ground<'_>, options: &ExportOptions, pages: &mut Pages) -> Result<()> {
    for cluster in &ground.clusters {
        cluster_of(cluster, options, pages)?;
        let folder = format!("flux/{}/tenants", cluster.name());
        let mut list = Vec::new();
        for (&namespace, it) in &cluster.namespaces {
            let tenant = ground.tenant(it);
            let objects = of_tenant(tenant, namespace, cluster.name(), options)?;
            pages.file(format!("{folder}/{namespace}.yaml"), &objects);
            list.push(format!("{namespace}.yaml"));
        }
        kustomization(format!("{folder}/kustomization.yaml"), list, pages)?;
    }
    pages.note(format!(
        "Each cluster is told once to reconcile its own `{}` of the repository; the namespaces are `tenantry export --for kubernetes` at `{}`, \
         the tenants' own manifests are looked for at `{}`.",
        options.inside("flux/CLUSTER"),
        options.inside(CLUSTERS),
        options.apps("{tenant}", "{namespace}", "{cluster}")
    ));
    pages.note("A tenant's manifests are applied by a service account with the role `tenant` of its namespace; what the platform runs may need more: bind it by hand.");
    pages.note("A Kustomization that a later plan no longer has leaves behind what it applied (`deletionPolicy: Orphan`, Flux 2.5 or later); namespaces are never pruned.");
    left(ground, pages);
    Ok(())
}

fn repository(namespace: &str, options: &ExportOptions) -> Result<Manifest> {
    let url = options.repo.as_deref().unwrap_or_default();
    let spec = Repository { interval: "5m", url, r#ref: Branch { branch: options.branch() } };
    manifest("source.toolkit.fluxcd.io/v1", "GitRepository", Meta::new(SOURCE).within(namespace), Spec { spec })
}

fn reconciled(name: &str, namespace: &str, spec: Kustomization) -> Result<Manifest> {
    let meta = Meta::new(name).within(namespace);
    manifest("kustomize.toolkit.fluxcd.io/v1", "Kustomization", meta, Spec { spec })
}

fn at(path: &str) -> Kustomization {
    Kustomization {
        depends_on: Vec::new(),
        interval: "10m",
        path: format!("./{path}"),
        prune: false,
        deletion_policy: "Orphan",
        service_account_name: None,
        source_ref: SourceRef { kind: "GitRepository", name: SOURCE },
        target_namespace: None,
        wait: true,
    }
}

/// The namespaces, and after them what is in them.
fn cluster_of(cluster: &Cluster<'_>, options: &ExportOptions, pages: &mut Pages) -> Result<()> {
    let name = cluster.name();
    let namespaces = at(&options.inside(&format!("{CLUSTERS}/{name}")));
    let after = vec![NameOf { name: NAMESPACES.to_owned() }];
    let tenants =
        Kustomization { depends_on: after, wait: false, ..at(&options.inside(&format!("flux/{name}/tenants"))) };
    let objects = [
        repository(SYSTEM, options)?,
        reconciled(NAMESPACES, SYSTEM, namespaces)?,
        reconciled(TENANTS, SYSTEM, tenants)?,
    ];
    pages.file(format!("flux/{name}/sync.yaml"), &objects);
    kustomization(format!("flux/{name}/kustomization.yaml"), vec!["sync.yaml".to_owned()], pages)
}

/// A tenant's namespace: its own copy of the source, since nobody reads across namespaces, and a reconciler with the tenant's rights.
fn of_tenant(tenant: &str, namespace: &str, cluster: &str, options: &ExportOptions) -> Result<Vec<Manifest>> {
    let subject = Subject {
        kind: "ServiceAccount",
        api_group: None,
        name: RECONCILER.to_owned(),
        namespace: Some(namespace.to_owned()),
    };
    let apps = Kustomization {
        prune: true,
        service_account_name: Some(RECONCILER),
        target_namespace: Some(namespace.to_owned()),
        wait: false,
        ..at(&options.apps(tenant, namespace, cluster))
    };
    Ok(vec![
        manifest("v1", "ServiceAccount", Meta::new(RECONCILER).within(namespace), Nothing {})?,
        binding(RECONCILER, namespace, subject)?,
        repository(namespace, options)?,
        reconciled("apps", namespace, apps)?,
    ])
}
