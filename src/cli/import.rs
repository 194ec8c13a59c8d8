//! `tenantry import`.

mod sources;

use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::error::Error;
use crate::fleet::import::{self, Choice, KubernetesOptions, MissingRequests, Origin, Source};

use super::convert::Format;
use super::exit::Exit;
use super::input::{self, Input};
use super::output::OutputArgs;
use super::{Failure, Outcome, problems, tell};
use sources::Sources;

/// Make a fleet document from what you have
#[derive(Debug, clap::Args)]
pub(super) struct ImportArgs {
    #[command(subcommand)]
    from: From,
}

#[derive(Debug, clap::Subcommand)]
enum From {
    Kubernetes(Box<KubernetesArgs>),
}

const EXAMPLES: &str = "\
Examples:
  one application, from its manifests
    tenantry import kubernetes --tenant shop --trust trusted deploy/ -o fleet.yaml
  a directory for each application
    tenantry import kubernetes --tenant-from directory --trust trusted shop/ bank/ billing/
  the same where the manifests lie deeper: apps/shop/k8s, apps/bank/deploy
    tenantry import kubernetes --tenant-from directory:apps --trust trusted apps/
  a running cluster
    kubectl get deploy,sts,ds,job,cronjob,rs,pod,ns,hpa,limits,runtimeclass -A -o json |
      tenantry import kubernetes --tenant-from namespace-label:team --trust trusted \\
        --attribute environment=namespace-label:env --separate environment \\
        --platform-namespace kube-system --missing-requests cpu=100m,memory=128Mi -
  a repository of manifests, the rendered ones only, with a policy that is kept beside them
    tenantry import kubernetes --tenant-from namespace --trust-from label:trust \\
      --policy policy.yaml --exclude charts --exclude '**/testdata' .
  where not all is known yet: fill in what says TODO, then plan
    tenantry import kubernetes --tenant-from label:team --trust-from label:trust \\
      --draft dump.json -o fleet.yaml
  several clusters, as one fleet to plan from scratch
    tenantry import kubernetes --tenant-from namespace --trust-from namespace-label:trust \\
      --qualify-namespaces east=east.json west=west.json
  what runs in them today, with their nodes in the dumps:
    kubectl get nodes,ns,deploy,sts,ds,rs,job,cronjob,pod -A -o json > east.json
    tenantry import kubernetes --tenant-from namespace --trust-from namespace-label:trust \\
      --platform-namespace kube-system --pool-max workers=20 \\
      east=east.json west=west.json -o fleet.yaml
    tenantry audit fleet.yaml

ORIGIN is one of:
  namespace                  the object's namespace
  directory                  the directory given, or the one that holds the file given
  cluster                    NAME of NAME=FILE
  label:KEY, annotation:KEY  of the pods, or of the object where the pods have none
  namespace-label:KEY, namespace-annotation:KEY
A pod's label that contradicts its namespace's label of the same key is an error.";

/// Read Kubernetes manifests and `kubectl get -o json` dumps
///
/// Reads Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob, Pod, JobSet and every kind that is replicas of a pod
/// template (Rollout, DeploymentConfig ...); Namespace, Node, HorizontalPodAutoscaler, ScaledObject, LimitRange and RuntimeClass,
/// in YAML or JSON, and writes a fleet document. What is not read and what the objects leave open is listed on standard
/// error.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct KubernetesArgs {
    /// Manifests, dumps or directories of them; `-` reads standard input; NAME=FILE is a dump of the cluster NAME, which
    /// becomes the label `cluster` and, with Node objects, an existing cluster
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Every workload is this tenant's
    #[arg(long, value_name = "NAME", required_unless_present = "tenant_from", conflicts_with = "tenant_from")]
    tenant: Option<String>,
    /// The tenant is taken from ORIGIN; `directory:ROOT` is the first directory below ROOT
    #[arg(long, value_name = "ORIGIN")]
    tenant_from: Option<TenantFrom>,
    /// Every workload has this trust level: hostile, untrusted or trusted
    #[arg(long, value_name = "LEVEL", required_unless_present = "trust_from", conflicts_with = "trust_from")]
    trust: Option<String>,
    /// The trust level is taken from ORIGIN
    #[arg(long, value_name = "ORIGIN")]
    trust_from: Option<Origin>,
    /// Declare an attribute and take its values from ORIGIN (from the first that has one; all that have one must agree)
    #[arg(long = "attribute", value_name = "NAME=ORIGIN[,ORIGIN]...")]
    attributes: Vec<Named<Vec<Origin>>>,
    /// Different values of this attribute must not share a cluster
    #[arg(long = "separate", value_name = "NAME")]
    separate: Vec<String>,
    /// Leave out the files and directories that match GLOB, in the directories given; without a slash it is held against
    /// names, with one against paths below the directory
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Copy a free label from ORIGIN
    #[arg(long = "label", value_name = "NAME=ORIGIN")]
    labels: Vec<Named<Origin>>,
    /// The namespace of objects that state none, as of `kubectl -n`
    #[arg(long, value_name = "NAME")]
    namespace: Option<String>,
    /// What runs in this namespace runs in every cluster (`perCluster`): DNS, agents, operators; its DaemonSets run on every
    /// node (`perNode`) where every template of --templates names its node pools
    #[arg(long = "platform-namespace", value_name = "NAMESPACE")]
    platform_namespaces: Vec<String>,
    /// Do not import what runs in this namespace: in a running cluster it is `occupied`, in the way and nobody's
    #[arg(long = "except-namespace", value_name = "NAMESPACE")]
    except_namespaces: Vec<String>,
    /// Put the cluster's name before its namespaces: CLUSTER-NAMESPACE
    #[arg(long, conflicts_with = "merge_namespaces")]
    qualify_namespaces: bool,
    /// A namespace that several clusters have is one namespace, whose workloads stay together
    #[arg(long)]
    merge_namespaces: bool,
    /// What several clusters run under one name in this namespace, and in all that has it alike, is one workload with a copy in each;
    /// what differs is listed
    #[arg(long, value_name = "NAMESPACE", conflicts_with = "merge_namespaces")]
    same_across: Vec<String>,
    /// The fleet's policy: a mapping with the key `policy`, or what that holds; --attribute and --separate add to it
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Cluster templates: a list, or a mapping with the key `clusterTemplates`
    #[arg(long, value_name = "FILE")]
    templates: Option<PathBuf>,
    /// What to do about workloads without a CPU or memory request: error, zero, or such as cpu=100m,memory=128Mi
    #[arg(long, value_name = "RULE", default_value = "error")]
    missing_requests: MissingRequests,
    /// The most nodes of a pool of a running cluster, where an autoscaler adds some: POOL=N or CLUSTER/POOL=N; else as many as
    /// there are
    #[arg(long = "pool-max", value_name = "POOL=N")]
    pool_max: Vec<Named<u64>>,
    /// The region of a running cluster; else the one that its nodes name
    #[arg(long = "region", value_name = "CLUSTER=REGION")]
    regions: Vec<Named<String>>,
    /// Write TODO where a tenant, trust level, request, separating attribute or what a cluster offers is not known; `plan`
    /// refuses it until somebody has filled it in
    #[arg(long)]
    draft: bool,
    /// Leave out objects of this kind (KIND or KIND.GROUP); kinds that run pods and cannot be read are errors otherwise
    #[arg(long = "ignore-kind", value_name = "KIND")]
    ignore_kinds: Vec<String>,
    /// The fleet's name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The document's format; from the ending of the output file (.yaml, .yml, .json), else YAML
    #[arg(long, value_name = "FORMAT")]
    to: Option<Format>,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Debug)]
struct TenantFrom {
    origin: Origin,
    root: Option<PathBuf>,
}

impl FromStr for TenantFrom {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (origin, root) = import::tenant_from(text)?;
        Ok(Self { origin, root })
    }
}

/// `NAME=...`.
#[derive(Clone, Debug)]
struct Named<T> {
    name: String,
    value: T,
}

fn named(text: &str) -> Result<(&str, &str), String> {
    text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(|| format!("`{text}` is not NAME=ORIGIN"))
}

impl FromStr for Named<Origin> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, origin) = named(text)?;
        Ok(Self { name: name.to_owned(), value: origin.parse()? })
    }
}

impl FromStr for Named<u64> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let pair = text.rsplit_once('=').filter(|(name, _)| !name.is_empty());
        let number = pair.and_then(|(name, number)| Some((name, number.parse().ok().filter(|&it| it > 0)?)));
        let (name, value) = number.ok_or_else(|| format!("`{text}` is not POOL=N"))?;
        Ok(Self { name: name.to_owned(), value })
    }
}

impl FromStr for Named<String> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let pair = text.split_once('=').filter(|(name, value)| !name.is_empty() && !value.is_empty());
        let (name, value) = pair.ok_or_else(|| format!("`{text}` is not CLUSTER=REGION"))?;
        Ok(Self { name: name.to_owned(), value: value.to_owned() })
    }
}

impl FromStr for Named<Vec<Origin>> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, origins) = named(text)?;
        let value = origins.split(',').map(str::parse).collect::<Result<Vec<Origin>, String>>()?;
        Ok(Self { name: name.to_owned(), value })
    }
}

pub(super) fn run(args: ImportArgs) -> Outcome {
    match args.from {
        From::Kubernetes(args) => run_kubernetes(*args),
    }
}

fn run_kubernetes(args: KubernetesArgs) -> Outcome {
    let format = Format::choose(args.to, &args.output)?;
    args.output.check(&[])?;
    let sources = Sources::find(&args)?;
    let read = sources.sources.iter().map(|source| if source.name == "<stdin>" { "-" } else { &source.name });
    let read: Vec<&Path> = read.map(Path::new).chain(args.templates.as_deref()).chain(args.policy.as_deref()).collect();
    args.output.check(&read)?;
    let output = args.output.clone();
    let draft = args.draft;
    let options = options(args)?;
    let failed = |error| Failure { inputs: sources.inputs(&error, &options), error };
    let found = sources.warnings.iter().cloned();
    let (text, warnings) = if draft {
        let mut draft = import::draft(&sources.sources, &options).map_err(failed)?;
        draft.warnings.splice(0..0, found);
        let text = if format == Format::Yaml { draft.to_yaml() } else { format!("{:#}\n", draft.document) };
        (text, draft.warnings)
    } else {
        let mut imported = import::kubernetes(&sources.sources, &options).map_err(failed)?;
        imported.warnings.splice(0..0, found);
        let text = if format == Format::Yaml { imported.to_yaml() } else { imported.fleet.to_json() };
        (text, imported.warnings)
    };
    for warning in &warnings {
        tell(&problems::warning(warning.code, &warning.message));
    }
    output.write(&text)?;
    Ok(Exit::Success)
}

fn options(args: KubernetesArgs) -> Result<KubernetesOptions, Error> {
    let (tenant, trust) = (args.tenant_from.map(|from| from.origin), args.trust_from);
    let choice = |from: Option<Origin>, fixed: Option<String>| match (from, fixed) {
        (Some(origin), _) => Ok(Choice::From(origin)),
        (None, Some(value)) => Ok(Choice::Fixed(value)),
        (None, None) => Err(Error::Usage("a tenant and a trust level are needed".to_owned())),
    };
    let mut options = KubernetesOptions::new(choice(tenant, args.tenant)?, choice(trust, args.trust)?);
    for Named { name, value } in args.attributes {
        if options.attributes.iter().any(|(other, _)| *other == name) {
            let message =
                format!("--attribute {name} is there twice; several origins are written {name}=ORIGIN,ORIGIN");
            return Err(Error::Usage(message));
        }
        options.attributes.push((name, value));
    }
    for name in args.separate {
        if !options.attributes.iter().any(|(other, _)| *other == name) {
            return Err(Error::Usage(format!("--separate {name}: there is no --attribute {name}=...")));
        }
        if !options.separate.contains(&name) {
            options.separate.push(name);
        }
    }
    options.labels = args.labels.into_iter().map(|Named { name, value }| (name, value)).collect();
    options.platform_namespaces = args.platform_namespaces;
    options.except_namespaces = args.except_namespaces;
    options.namespace = args.namespace;
    options.qualify_namespaces = args.qualify_namespaces;
    options.merge_namespaces = args.merge_namespaces;
    options.same_across = args.same_across;
    options.policy = args.policy.as_deref().map(beside).transpose()?;
    options.missing_requests = args.missing_requests;
    options.pool_max = args.pool_max.into_iter().map(|Named { name, value }| (name, value)).collect();
    options.regions = args.regions.into_iter().map(|Named { name, value }| (name, value)).collect();
    options.ignore_kinds = args.ignore_kinds;
    options.name = args.name;
    options.templates = args.templates.as_deref().map(beside).transpose()?;
    Ok(options)
}

/// A file beside the objects.
fn beside(path: &Path) -> Result<Source, Error> {
    let Input { name, text } = input::read(path)?;
    Ok(Source { name, content: text.into(), ..Source::default() })
}
