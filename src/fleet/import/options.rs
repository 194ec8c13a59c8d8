//! What the caller of an import says.

use std::path::PathBuf;
use std::str::FromStr;

use super::Origin;

/// Something with objects: a manifest or a dump.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Its name in messages, such as the file's path. Whether it is YAML or JSON is seen in the text.
    pub name: String,
    /// What it holds.
    pub content: Content,
    /// Whether it was found in a directory, not named: if it holds no Kubernetes object at all, it is left out.
    pub found: bool,
    /// The cluster that it was dumped from; becomes the label `cluster` of its workloads.
    pub cluster: Option<String>,
    /// The directory that [`Origin::Directory`] stands for. Objects without a namespace are matched with one another
    /// (an autoscaler with its target) within one directory only.
    pub directory: Option<String>,
}

/// The content of a [`Source`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A text in memory.
    Text(String),
    /// A file: UTF-8, or UTF-16 with a byte order mark. It is read from beginning to end and never held as a whole, but for
    /// a YAML document.
    File(PathBuf),
}

impl Default for Content {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A value for all, or one for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The same for every workload.
    Fixed(String),
    /// Taken from each workload's surroundings.
    From(Origin),
}

/// What to do about workloads that request no CPU or no memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MissingRequests {
    /// Refuse them all, by name.
    #[default]
    Error,
    /// Plan with these quantities for a pod; what is `None` is refused.
    Assume {
        /// CPU.
        cpu: Option<String>,
        /// Memory.
        memory: Option<String>,
    },
}

impl FromStr for MissingRequests {
    type Err = String;

    /// Reads `error`, `zero` or `cpu=100m,memory=128Mi` (either or both).
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "error" => return Ok(Self::Error),
            "zero" => return Ok(Self::Assume { cpu: Some("0".to_owned()), memory: Some("0".to_owned()) }),
            _ => {}
        }
        let (mut cpu, mut memory) = (None, None);
        for part in text.split(',') {
            let (name, quantity) = part
                .split_once('=')
                .ok_or_else(|| format!("`{part}` is not `error`, `zero`, `cpu=...` or `memory=...`"))?;
            super::requests::parse_amount(name, quantity).map_err(|why| format!("`{quantity}`: {why}"))?;
            let slot = match name {
                "cpu" => &mut cpu,
                "memory" => &mut memory,
                _ => return Err(format!("`{name}` cannot be assumed; only cpu and memory can")),
            };
            if slot.replace(quantity.to_owned()).is_some() {
                return Err(format!("`{name}` is there twice"));
            }
        }
        Ok(Self::Assume { cpu, memory })
    }
}

/// How objects become a fleet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubernetesOptions {
    /// The fleet's name.
    pub name: Option<String>,
    /// Who owns a workload.
    pub tenant: Choice,
    /// How far a workload is trusted.
    pub trust: Choice,
    /// Attributes to declare, each with the places its value is taken from: the first that has one, and all that have one
    /// must agree.
    pub attributes: Vec<(String, Vec<Origin>)>,
    /// Attributes whose values must not share a cluster.
    pub separate: Vec<String>,
    /// Free labels to copy.
    pub labels: Vec<(String, Origin)>,
    /// The namespace of objects that state none.
    pub namespace: Option<String>,
    /// Namespaces whose workloads are in every cluster; their tenants become platform tenants. What such a workload does not
    /// say of its tenant and trust level is taken as the namespace's name and `trusted`, with a warning.
    pub platform_namespaces: Vec<String>,
    /// Namespaces that are not imported: what runs there takes room in its running cluster (`occupied`), and is nobody's.
    pub except_namespaces: Vec<String>,
    /// Puts the cluster's name before its namespaces, so that namesakes of several clusters stay apart.
    pub qualify_namespaces: bool,
    /// A name that several clusters have is one namespace; without it and `qualify_namespaces` that is an error.
    pub merge_namespaces: bool,
    /// Namespaces whose namesakes in several clusters are one workload with a copy in each, where they agree in everything.
    pub same_across: Vec<String>,
    /// The policy: a mapping with the key `policy`, or what that holds. Attributes and separations of these options are
    /// added where it has none of the name.
    pub policy: Option<Source>,
    /// The cluster templates: a list, or a mapping with the key `clusterTemplates`. `None`: one without limits, but for the
    /// 150,000 pods that Kubernetes is published to support.
    pub templates: Option<Source>,
    /// What to do about missing requests.
    pub missing_requests: MissingRequests,
    /// The most nodes of a pool of a running cluster, `POOL` or `CLUSTER/POOL`; else as many as there are.
    pub pool_max: Vec<(String, u64)>,
    /// The regions of running clusters, by name; else what their nodes say.
    pub regions: Vec<(String, String)>,
    /// Kinds to leave out, each `KIND` or `KIND.GROUP`: those that run pods and cannot be read are refused otherwise.
    pub ignore_kinds: Vec<String>,
}

impl KubernetesOptions {
    /// Every workload of one tenant and one trust level, nothing else set.
    #[must_use]
    pub fn new(tenant: Choice, trust: Choice) -> Self {
        Self {
            name: None,
            tenant,
            trust,
            attributes: Vec::new(),
            separate: Vec::new(),
            labels: Vec::new(),
            namespace: None,
            platform_namespaces: Vec::new(),
            except_namespaces: Vec::new(),
            qualify_namespaces: false,
            merge_namespaces: false,
            same_across: Vec::new(),
            policy: None,
            templates: None,
            missing_requests: MissingRequests::Error,
            pool_max: Vec::new(),
            regions: Vec::new(),
            ignore_kinds: Vec::new(),
        }
    }

    /// Every origin that the options name.
    pub(super) fn origins(&self) -> impl Iterator<Item = &Origin> {
        let choices = [&self.tenant, &self.trust].into_iter().filter_map(|choice| match choice {
            Choice::From(origin) => Some(origin),
            Choice::Fixed(_) => None,
        });
        let attributes = self.attributes.iter().flat_map(|(_, origins)| origins);
        choices.chain(attributes).chain(self.labels.iter().map(|(_, origin)| origin))
    }
}
