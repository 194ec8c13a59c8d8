//! What a plan's export may be told.

use serde::{Deserialize, Serialize};

use super::ExportTarget;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::text::{is_dns_label, is_dns_subdomain};

/// How a plan is written for Kubernetes and the tools around it. What a target does not read is refused where it is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ExportOptions {
    /// The group of a tenant's people, `{tenant}` in it the tenant's name; `{tenant}` alone where it is left out.
    pub group: String,
    /// Pod Security levels in place of the derived ones; a namespace's goes before its tenant's, that before its trust level's.
    pub pod_security: Vec<(PodSecurityOf, PodSecurity)>,
    /// What a quota has on top of what is planned, in percent: room for the pods that a rolling update starts first.
    pub quota_headroom: u32,
    /// The namespace of the cluster's DNS, to which everybody may speak on port 53.
    pub dns_namespace: String,
    /// `argocd`, `flux`: the Git repository that holds the folder and the tenants' own manifests. They need it.
    pub repo: Option<String>,
    /// `argocd`, `flux`: the branch; `main` where it is left out.
    pub branch: Option<String>,
    /// `argocd`, `flux`: where the folder of `--for kubernetes` lies in the repository; at its root where it is left out.
    pub path: Option<String>,
    /// `argocd`, `flux`: where the manifests of a tenant's namespace lie in the repository, with `{tenant}`, `{namespace}` and
    /// `{cluster}`; `apps/{tenant}/{namespace}` where it is left out.
    pub apps: Option<String>,
    /// `argocd`, `ocm`, `clusterapi`: the namespace of the objects; `argocd`, `tenantry` and `default` where it is left out.
    pub hub_namespace: Option<String>,
    /// `clusterapi`: the version of Kubernetes of new clusters, such as `v1.35.2`. It needs it.
    pub kubernetes_version: Option<String>,
    /// `clusterapi`: machines of the control plane; left to the cluster class where it is left out.
    pub control_plane: Option<u32>,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self {
            group: "{tenant}".to_owned(),
            pod_security: Vec::new(),
            quota_headroom: 0,
            dns_namespace: "kube-system".to_owned(),
            repo: None,
            branch: None,
            path: None,
            apps: None,
            hub_namespace: None,
            kubernetes_version: None,
            control_plane: None,
        }
    }
}

/// A level of the Pod Security Standards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PodSecurity {
    /// Nothing is held back.
    Privileged,
    /// Known ways out of a container are closed.
    Baseline,
    /// Hardened pods only.
    Restricted,
}

impl PodSecurity {
    /// As Kubernetes spells it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

/// Whose Pod Security level is said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PodSecurityOf {
    /// That of a namespace.
    Namespace(String),
    /// That of a tenant's namespaces.
    Tenant(String),
    /// That of namespaces of a trust level.
    Level(String),
}

impl PodSecurityOf {
    /// Reads `level:trusted=restricted`, `tenant:infra=privileged` or `namespace:kube-system=privileged`.
    ///
    /// # Errors
    /// What would be right.
    pub fn read(text: &str) -> std::result::Result<(Self, PodSecurity), String> {
        let wrong = || {
            "a Pod Security level is written as level:trusted=restricted, tenant:infra=privileged or \
                        namespace:monitoring=baseline; the levels are privileged, baseline and restricted"
                .to_owned()
        };
        let (of, level) = text.rsplit_once('=').ok_or_else(wrong)?;
        let (kind, name) = of.split_once(':').filter(|(_, name)| !name.is_empty()).ok_or_else(wrong)?;
        let levels = [PodSecurity::Privileged, PodSecurity::Baseline, PodSecurity::Restricted];
        let level = levels.into_iter().find(|it| it.name() == level).ok_or_else(wrong)?;
        let name = name.to_owned();
        match kind {
            "namespace" => Ok((Self::Namespace(name), level)),
            "tenant" => Ok((Self::Tenant(name), level)),
            "level" => Ok((Self::Level(name), level)),
            _ => Err(wrong()),
        }
    }
}

impl ExportOptions {
    /// The branch of the repository.
    pub(super) fn branch(&self) -> &str {
        self.branch.as_deref().unwrap_or("main")
    }

    /// A path below the exported folder, as it lies in the repository.
    pub(super) fn inside(&self, path: &str) -> String {
        match self.path.as_deref().map(|it| it.trim_matches('/')).filter(|it| !it.is_empty() && *it != ".") {
            Some(folder) => format!("{folder}/{path}"),
            None => path.to_owned(),
        }
    }

    /// Where the manifests of a namespace lie.
    pub(super) fn apps(&self, tenant: &str, namespace: &str, cluster: &str) -> String {
        let pattern = self.apps.as_deref().unwrap_or("apps/{tenant}/{namespace}").trim_matches('/');
        // none of the names has a brace, so that the order does not matter
        pattern.replace("{tenant}", tenant).replace("{namespace}", namespace).replace("{cluster}", cluster)
    }

    /// The group of a tenant's people.
    pub(super) fn group_of(&self, tenant: &str) -> String {
        self.group.replace("{tenant}", tenant)
    }

    /// Refuses what is missing, wrong, or not read by the target.
    ///
    /// # Errors
    /// [`Error::Usage`] with all of it.
    pub(super) fn check(&self, fleet: &Fleet, target: ExportTarget) -> Result<()> {
        use ExportTarget as To;
        let default = Self::default();
        let git = matches!(target, To::ArgoCd | To::Flux);
        let fences = matches!(target, To::Kubernetes | To::Karmada | To::Ocm);
        let mut wrong: Vec<String> = Vec::new();
        let name = target.name();
        let mut unread = |given: bool, read: bool, option: &str| {
            if given && !read {
                wrong.push(format!("`{name}` reads no {option}"));
            }
        };
        unread(self.group != default.group, fences, "group");
        unread(!self.pod_security.is_empty(), fences, "Pod Security level");
        unread(self.quota_headroom != 0, fences, "headroom of quotas");
        unread(self.dns_namespace != default.dns_namespace, fences, "namespace of the DNS");
        unread(self.repo.is_some(), git, "repository");
        unread(self.branch.is_some(), git, "branch");
        unread(self.path.is_some(), git, "path in a repository");
        unread(self.apps.is_some(), git, "path of the tenants' manifests");
        let hub = matches!(target, To::ArgoCd | To::Ocm | To::ClusterApi);
        unread(self.hub_namespace.is_some(), hub, "namespace of its objects");
        unread(self.kubernetes_version.is_some(), target == To::ClusterApi, "version of Kubernetes");
        unread(self.control_plane.is_some(), target == To::ClusterApi, "size of a control plane");
        if git {
            self.check_git(&mut wrong, name);
        }
        if target == To::ClusterApi {
            self.check_versions(&mut wrong);
        }
        if !self.group.contains("{tenant}") {
            wrong.push(format!("the group `{}` has no {{tenant}}: every tenant would be in one group", self.group));
        }
        if !is_dns_label(&self.dns_namespace) {
            wrong.push(format!("`{}` is no name of a namespace", self.dns_namespace));
        }
        if let Some(it) = self.hub_namespace.as_deref().filter(|it| !is_dns_label(it)) {
            wrong.push(format!("`{it}` is no name of a namespace"));
        }
        // OCM labels works with this namespace and their name
        if let Some(it) = self.hub_namespace.as_deref().filter(|it| target == To::Ocm && it.len() > 45) {
            wrong.push(format!("`{it}` has more than 45 characters, and works are labelled with it and their name"));
        }
        if self.quota_headroom > 1_000 {
            wrong.push("the headroom of quotas is a number of percent, 0 to 1000".to_owned());
        }
        for (of, _) in &self.pod_security {
            let (known, what, name) = match of {
                PodSecurityOf::Namespace(name) => {
                    (fleet.workloads().iter().any(|it| it.namespace == *name), "namespace", name)
                }
                PodSecurityOf::Tenant(name) => (fleet.tenants().iter().any(|it| it.name == *name), "tenant", name),
                PodSecurityOf::Level(name) => {
                    (fleet.policy().levels.iter().any(|it| it.name == *name), "trust level", name)
                }
            };
            if !known {
                wrong.push(format!("the fleet has no {what} `{name}`, whose Pod Security level is given"));
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::Usage(wrong.join("; "))) }
    }

    fn check_git(&self, wrong: &mut Vec<String>, name: &str) {
        match self.repo.as_deref() {
            None => wrong.push(format!("`{name}` takes the Git repository that holds the manifests (`--repo URL`)")),
            Some(repo) => {
                // braces would be a template of Argo CD
                let plain = repo.bytes().all(|b| b.is_ascii_graphic() && !b"{}".contains(&b));
                let known = ["https://", "http://", "ssh://"].iter().any(|it| repo.starts_with(it));
                if !plain || !known || repo.contains('@') && !repo.starts_with("ssh://") {
                    let why = "a repository is https://... or ssh://..., without a password in it";
                    wrong.push(format!("`{repo}`: {why}"));
                }
            }
        }
        let plain = |text: &str| {
            let part = |it: &str| !it.is_empty() && it != "." && it != "..";
            let byte = |b: u8| b.is_ascii_alphanumeric() || b"-_./{}".contains(&b);
            text.bytes().all(byte) && text.trim_matches('/').split('/').all(part)
        };
        if let Some(path) = self.path.as_deref().filter(|it| !plain(it) && *it != ".") {
            wrong.push(format!("`{path}` is no path in a repository"));
        }
        if let Some(apps) = self.apps.as_deref() {
            let bare =
                ["{tenant}", "{namespace}", "{cluster}"].iter().fold(apps.to_owned(), |it, mark| it.replace(mark, "x"));
            if !plain(&bare) || bare.contains(['{', '}']) {
                wrong.push(format!("`{apps}` is no path with {{tenant}}, {{namespace}} or {{cluster}}"));
            } else if !apps.contains("{namespace}") {
                wrong.push(format!("`{apps}` has no {{namespace}}: several namespaces would have the same manifests"));
            }
        }
        if let Some(branch) = self.branch.as_deref().filter(|it| it.contains(['{', '}']) || !plain(it)) {
            wrong.push(format!("`{branch}` is no name of a branch"));
        }
    }

    fn check_versions(&self, wrong: &mut Vec<String>) {
        let version = |text: &str| {
            let numbers = text.strip_prefix('v').map(|it| it.splitn(3, '.').collect::<Vec<_>>());
            let digits = |it: &str| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit());
            numbers.is_some_and(|it| {
                it.len() == 3 && digits(it[0]) && digits(it[1]) && is_dns_subdomain(&it[2].replace('+', "-"))
            })
        };
        match self.kubernetes_version.as_deref() {
            None => {
                wrong.push("`clusterapi` takes the version of new clusters (`--kubernetes-version v1.35.2`)".to_owned())
            }
            Some(text) if !version(text) => wrong.push(format!("`{text}` is no version such as v1.35.2")),
            Some(_) => {}
        }
        if self.control_plane == Some(0) {
            wrong.push("a control plane has a machine at least".to_owned());
        }
    }
}
