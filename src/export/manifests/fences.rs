//! What stands around a tenant's namespace: labels, RBAC, Pod Security and network policies.

use serde::Serialize;

use super::ground::{Ground, Namespace};
use super::object::{Labels, Manifest, Meta, Nothing, Spec, TENANT, TRUST, manifest};
use super::options::{ExportOptions, PodSecurity, PodSecurityOf};
use super::quotas::quotas;
use crate::error::Result;

const RBAC: &str = "rbac.authorization.k8s.io/v1";
/// What the role of a tenant's people, and the binding of it, are called.
pub(super) const ROLE: &str = "tenant";

#[derive(Serialize)]
struct Role {
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    api_groups: &'static [&'static str],
    resources: &'static [&'static str],
    verbs: &'static [&'static str],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Binding {
    pub role_ref: RoleRef,
    pub subjects: Vec<Subject>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RoleRef {
    api_group: &'static str,
    kind: &'static str,
    name: &'static str,
}

/// Whom a role is bound to.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Subject {
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_group: Option<&'static str>,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

const ALL: &[&str] = &["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
const READ: &[&str] = &["get", "list", "watch"];

/// What a tenant's people may do in their namespaces: all with workloads and what belongs to them; with what fences them in,
/// nothing but look at it. Endpoints are not among it: who writes those can lead traffic into another namespace.
fn rules() -> Vec<Rule> {
    let rule = |api_groups, resources, verbs| Rule { api_groups, resources, verbs };
    vec![
        rule(
            &[""],
            &[
                "configmaps",
                "persistentvolumeclaims",
                "pods",
                "replicationcontrollers",
                "secrets",
                "serviceaccounts",
                "services",
            ],
            ALL,
        ),
        rule(&[""], &["pods/attach", "pods/exec", "pods/portforward"], &["get", "create"]),
        rule(&[""], &["pods/eviction"], &["create"]),
        rule(&[""], &["endpoints", "events", "limitranges", "pods/log", "pods/status", "resourcequotas"], READ),
        rule(
            &["apps"],
            &[
                "daemonsets",
                "deployments",
                "deployments/scale",
                "replicasets",
                "replicasets/scale",
                "statefulsets",
                "statefulsets/scale",
            ],
            ALL,
        ),
        rule(&["apps"], &["controllerrevisions"], READ),
        rule(&["autoscaling"], &["horizontalpodautoscalers"], ALL),
        rule(&["batch"], &["cronjobs", "jobs"], ALL),
        rule(&["networking.k8s.io"], &["ingresses"], ALL),
        rule(&["networking.k8s.io"], &["networkpolicies"], READ),
        rule(&["discovery.k8s.io"], &["endpointslices"], READ),
        rule(&["policy"], &["poddisruptionbudgets"], ALL),
        rule(RBAC_GROUP, &["rolebindings", "roles"], READ),
    ]
}

const RBAC_GROUP: &[&str] = &["rbac.authorization.k8s.io"];

/// The binding of the tenant's role to somebody.
pub(super) fn binding(name: &str, namespace: &str, subject: Subject) -> Result<Manifest> {
    let role_ref = RoleRef { api_group: RBAC_GROUP[0], kind: "Role", name: ROLE };
    manifest(RBAC, "RoleBinding", Meta::new(name).within(namespace), Binding { role_ref, subjects: vec![subject] })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Policy {
    pod_selector: Selector,
    policy_types: &'static [&'static str],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ingress: Vec<Ingress>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    egress: Vec<Egress>,
}

/// Without labels it selects everything.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Selector {
    #[serde(skip_serializing_if = "Labels::is_empty")]
    match_labels: Labels,
}

impl Selector {
    fn of(key: &str, value: &str) -> Self {
        Self { match_labels: Labels::from([(key.to_owned(), value.to_owned())]) }
    }
}

#[derive(Serialize)]
struct Ingress {
    from: [Peer; 1],
}

#[derive(Serialize)]
struct Egress {
    to: [Peer; 1],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    ports: &'static [Port],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Peer {
    namespace_selector: Selector,
}

#[derive(Serialize)]
struct Port {
    protocol: &'static str,
    port: u16,
}

const DNS: &[Port] = &[Port { protocol: "UDP", port: 53 }, Port { protocol: "TCP", port: 53 }];

/// Nobody comes in or goes out but to the tenant's own namespaces, and to the DNS.
fn network(name: &str, tenant: &str, dns: &str) -> Result<[Manifest; 3]> {
    let peer = |key: &str, value: &str| Peer { namespace_selector: Selector::of(key, value) };
    let policy = |it: &str, policy_types, ingress, egress| {
        let spec = Policy { pod_selector: Selector::default(), policy_types, ingress, egress };
        manifest("networking.k8s.io/v1", "NetworkPolicy", Meta::new(it).within(name), Spec { spec })
    };
    let both: &[&str] = &["Ingress", "Egress"];
    let own = || [peer(TENANT, tenant)];
    let same = Egress { to: own(), ports: &[] };
    let lookup = Egress { to: [peer("kubernetes.io/metadata.name", dns)], ports: DNS };
    Ok([
        policy("default-deny", both, Vec::new(), Vec::new())?,
        policy("same-tenant", both, vec![Ingress { from: own() }], vec![same])?,
        policy("dns", &["Egress"], Vec::new(), vec![lookup])?,
    ])
}

/// The Pod Security level of a namespace, unless that is left to others: what was said, the nearest first; else `restricted` below
/// the highest trust level, and `baseline` there. A namespace of the platform has none that nobody said.
fn pod_security(ground: &Ground<'_>, name: &str, it: &Namespace, options: &ExportOptions) -> Option<PodSecurity> {
    let levels = &ground.fleet.policy().levels;
    let said = |of: PodSecurityOf| options.pod_security.iter().rev().find(|(it, _)| *it == of).map(|&(_, level)| level);
    let own = said(PodSecurityOf::Namespace(name.to_owned()));
    let tenant = || said(PodSecurityOf::Tenant(ground.tenant(it).to_owned()));
    let level = || said(PodSecurityOf::Level(levels[it.trust].name.clone()));
    let derived = if it.trust + 1 == levels.len() { PodSecurity::Baseline } else { PodSecurity::Restricted };
    let open = || (!it.platform).then_some(derived);
    own.or_else(tenant).or_else(|| level().filter(|_| !it.platform)).or_else(open)
}

/// A namespace and all that stands around it. That of the platform serves everybody and is not fenced: it has its labels and RBAC.
pub(super) fn fenced(
    ground: &Ground<'_>,
    name: &str,
    it: &Namespace,
    options: &ExportOptions,
) -> Result<Vec<Manifest>> {
    let tenant = ground.tenant(it);
    let level = &ground.fleet.policy().levels[it.trust].name;
    let mut meta = Meta::new(name).label(TENANT, tenant).label(TRUST, level);
    if let Some(level) = pod_security(ground, name, it, options) {
        for mode in ["enforce", "warn"] {
            meta = meta.label(&format!("pod-security.kubernetes.io/{mode}"), level.name());
        }
    }
    let group =
        Subject { kind: "Group", api_group: Some(RBAC_GROUP[0]), name: options.group_of(tenant), namespace: None };
    let mut all = vec![manifest("v1", "Namespace", meta, Nothing {})?];
    if !it.platform {
        all.extend(quotas(ground, name, it, options.quota_headroom)?);
    }
    all.push(manifest(RBAC, "Role", Meta::new(ROLE).within(name), Role { rules: rules() })?);
    all.push(binding(ROLE, name, group)?);
    if !it.platform {
        all.extend(network(name, tenant, &options.dns_namespace)?);
    }
    Ok(all)
}
