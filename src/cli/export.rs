//! `tenantry export`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::export::{ExportOptions, ExportTarget, FileChange, PodSecurity, PodSecurityOf, WrittenFile};
use crate::text::escaped;

use super::args::FleetArgs;
use super::exit::Exit;
use super::load::{self, load};
use super::output::print_with;
use super::{Outcome, interrupt, tell};

const AFTER: &str = "\
Examples:
  tenantry export fleet.yaml plan.json --for kubernetes -o carry
  tenantry export fleet.yaml plan.json --for argocd --repo https://git.example/platform.git -o carry
  tenantry export fleet.yaml plan.json --for clusterapi --kubernetes-version v1.35.2 -o carry

Exit codes: 0 the folder is written, 2 wrong input: also a plan that is not right for the fleet, a name that Kubernetes cannot have,
a file in the way.";

/// Write the manifests that carry a plan out
///
/// For each cluster the namespaces of its tenants with quotas, limits, RBAC, Pod Security and network policies; or what Argo CD, Flux,
/// Karmada, Open Cluster Management or Cluster API read. The folder is written whole or not at all; what is in it and was not
/// written by an export is never touched. The plan is checked against the fleet first.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    fleet: FleetArgs,
    /// The plan document (JSON) that `tenantry plan` wrote for this fleet; `-` reads standard input
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// What the manifests are for: kubernetes, argocd, flux, karmada, ocm or clusterapi
    #[arg(long = "for", value_name = "TARGET", value_parser = target)]
    target: ExportTarget,
    /// The folder; it is made where it is missing
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Only say what would be written
    #[arg(long)]
    dry_run: bool,
    /// The group of a tenant's people in the cluster's directory, {tenant} in it the tenant's name [default: {tenant}]
    #[arg(long, value_name = "PATTERN")]
    group: Option<String>,
    /// A Pod Security level: level:trusted=restricted, tenant:infra=privileged, namespace:monitoring=baseline
    #[arg(long, value_name = "WHOSE=LEVEL", value_parser = PodSecurityOf::read)]
    pod_security: Vec<(PodSecurityOf, PodSecurity)>,
    /// What quotas have on top of what is planned, in percent [default: 0]
    #[arg(long, value_name = "PERCENT")]
    quota_headroom: Option<u32>,
    /// The namespace of the cluster's DNS [default: kube-system]
    #[arg(long, value_name = "NAMESPACE")]
    dns_namespace: Option<String>,
    /// argocd, flux: the Git repository that holds the folder and the tenants' own manifests
    #[arg(long, value_name = "URL")]
    repo: Option<String>,
    /// argocd, flux: its branch [default: main]
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
    /// argocd, flux: where the folder lies in the repository [default: its root]
    #[arg(long, value_name = "PATH")]
    path: Option<String>,
    /// argocd, flux: where the tenants' own manifests lie in it [default: apps/{tenant}/{namespace}]
    #[arg(long, value_name = "PATTERN")]
    apps: Option<String>,
    /// argocd, ocm, clusterapi: the namespace of the objects [default: argocd, tenantry, default]
    #[arg(long, value_name = "NAMESPACE")]
    hub_namespace: Option<String>,
    /// clusterapi: the version of Kubernetes of new clusters
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<String>,
    /// clusterapi: machines of a control plane [default: left to the class]
    #[arg(long, value_name = "N")]
    control_plane: Option<u32>,
}

fn target(text: &str) -> Result<ExportTarget, String> {
    let names = || ExportTarget::names().collect::<Vec<_>>().join(", ");
    ExportTarget::find(text).ok_or_else(|| format!("the targets are {}", names()))
}

impl ExportArgs {
    fn options(&self) -> ExportOptions {
        let default = ExportOptions::default();
        ExportOptions {
            group: self.group.clone().unwrap_or(default.group),
            pod_security: self.pod_security.clone(),
            quota_headroom: self.quota_headroom.unwrap_or_default(),
            dns_namespace: self.dns_namespace.clone().unwrap_or(default.dns_namespace),
            repo: self.repo.clone(),
            branch: self.branch.clone(),
            path: self.path.clone(),
            apps: self.apps.clone(),
            hub_namespace: self.hub_namespace.clone(),
            kubernetes_version: self.kubernetes_version.clone(),
            control_plane: self.control_plane,
        }
    }
}

pub(super) fn run(args: &ExportArgs) -> Outcome {
    if args.output.as_os_str() == "-" {
        return Err(Error::Usage("an export is a folder: -o DIR".to_owned()).into());
    }
    if [&args.fleet.fleet, &args.plan].iter().all(|it| it.as_os_str() == "-") {
        return Err(Error::Usage("only one document can be read from standard input".to_owned()).into());
    }
    let loaded = load(&args.fleet)?;
    let plan = load::plan(&args.plan)?;
    let exported = plan.export(loaded.fleet, args.target, &args.options());
    let manifests = exported.map_err(|error| loaded.failure(error))?;
    let folder = args.output.as_path();
    let written = match args.dry_run {
        true => manifests.compare(folder)?,
        // the call was stopped: its caller has been told that nothing is written
        false if !interrupt::may_write() => return Ok(Exit::Success),
        false => manifests.write(folder)?,
    };
    for note in manifests.notes() {
        tell(&format!("note: {}\n", escaped(note)));
    }
    if args.dry_run {
        let mut list = String::new();
        for file in &written {
            // writing to a string cannot fail
            let _ = writeln!(list, "{:<8} {}", file.change.name(), escaped(&file.path));
        }
        print_with(|to| to.write_all(list.as_bytes()))?;
    }
    tell(&in_short(&written, folder, args.dry_run));
    Ok(Exit::Success)
}

/// How many files became what.
fn in_short(written: &[WrittenFile], folder: &Path, dry: bool) -> String {
    let count = |change| written.iter().filter(|file| file.change == change).count();
    let words = [(FileChange::New, "new"), (FileChange::Changed, "changed"), (FileChange::Same, "as they were")];
    let parts: Vec<String> = words.iter().map(|&(change, word)| format!("{} {word}", count(change))).collect();
    let removed = count(FileChange::Removed);
    let (all, would) = (written.len() - removed, if dry { "would be " } else { "" });
    let name = folder.display().to_string();
    format!(
        "{all} file{} {would}in {}: {}, {removed} {would}removed\n",
        if all == 1 { "" } else { "s" },
        escaped(&name),
        parts.join(", ")
    )
}
