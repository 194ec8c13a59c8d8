//! Documents -> the objects that matter to a fleet, each with the few fields that are read.

use std::collections::{BTreeMap, BTreeSet};

use super::admission::{self, LimitRange, RuntimeClass};
use super::controllers;
use super::keys;
use super::kinds::{Class, Kind, classify};
use super::machines::{self, Machine};
use super::mapping::Origin;
use super::options::KubernetesOptions;
use super::report::{At, Report};
use super::requests::PodShape;
use super::scaling::{self, Autoscaler};
use super::tree::{Typed, Value};
use super::unread::Unread;

/// Labels or annotations.
pub(super) type Labels = BTreeMap<String, String>;

/// What an object says of itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Meta {
    /// Index of the source it came from.
    pub source: usize,
    /// The kind as written.
    pub kind: String,
    pub name: String,
    pub namespace: Option<String>,
    pub labels: Labels,
    pub annotations: Labels,
    /// Kind and name of the controller that owns it.
    pub owner: Option<(String, String)>,
    /// What an API server calls this object and no other.
    pub uid: Option<String>,
    /// An API server wrote it: it has been through validation and admission.
    pub served: bool,
    pub position: Option<(usize, usize)>,
}

/// Pods under one controller, or one bare pod.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Controller {
    pub kind: Kind,
    pub meta: Meta,
    /// What its workload is called: as the object, or after it where one object makes several.
    pub name: String,
    /// Pods at a time.
    pub replicas: u64,
    /// Whether `replicas` is what runs, and no guess.
    pub counted: bool,
    /// `concurrencyPolicy: Allow`: runs may overlap without bound.
    pub overlaps: bool,
    /// `suspend: true`: it makes no pods until somebody lets it.
    pub suspended: bool,
    /// A job or pod that has ended and takes nothing any more.
    pub finished: bool,
    /// A pod that is being deleted.
    pub leaving: bool,
    /// Labels and annotations of the pods.
    pub pod_labels: Labels,
    pub pod_annotations: Labels,
    pub pod: PodShape,
    /// The controller whose pod template it runs in place of one of its own.
    pub borrows: Option<Borrowed>,
}

/// The `workloadRef` of a Rollout.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Borrowed {
    pub kind: String,
    pub name: String,
    /// Whether the other is scaled to 0 once this one runs.
    pub replaces: bool,
}

/// What the sources hold, in their order.
#[derive(Default)]
pub(super) struct Objects {
    pub controllers: Vec<Controller>,
    pub namespaces: Vec<Meta>,
    pub machines: Vec<Machine>,
    pub autoscalers: Vec<Autoscaler>,
    pub runtime_classes: Vec<RuntimeClass>,
    pub limit_ranges: Vec<LimitRange>,
    /// What is not read.
    pub unread: Unread,
    /// The labels and annotations that somebody asks for: a dump has far more.
    asked: BTreeSet<String>,
    /// The namespace of objects that state none.
    namespace: Option<String>,
}

impl Objects {
    /// Nothing yet, to be read under these options.
    pub fn under(options: &KubernetesOptions) -> Self {
        let asked = options.origins().filter_map(Origin::key).map(str::to_owned).collect();
        let namespace = options.namespace.clone();
        Self { unread: Unread::asked(&options.ignore_kinds), asked, namespace, ..Self::default() }
    }

    /// Takes in one object, or a list of them, of the source with this index. `list` is what the list around it says.
    pub fn object(&mut self, source: usize, at: &At<'_>, list: &Typed, report: &mut Report) {
        if !matches!(at.node.map(|node| &node.value), Some(Value::Map(_))) {
            report.problem(
                at.problem("not-an-object", "this is not a Kubernetes object").with_expected("a mapping with `kind`"),
            );
            return;
        }
        let written = at.get("kind").string(report);
        let listed = written.is_none() || written == list.kind;
        let Some(kind_name) = written.or_else(|| list.kind.clone()) else {
            let problem = at.problem("not-an-object", "this is not a Kubernetes object: it has no `kind`");
            report.problem(problem.with_expected("a mapping with `apiVersion` and `kind`"));
            return;
        };
        let version = at.get("apiVersion").string(report).or_else(|| list.version.clone().filter(|_| listed));
        let group = version.as_deref().map_or("", |version| version.split_once('/').map_or("", |(group, _)| group));
        let items = at.get("items");
        if let Some(of) = Typed::of(&kind_name, version.as_deref()).filter(|_| items.node.is_some()) {
            for item in items.items(report) {
                self.object(source, &item, &of, report);
            }
            return;
        }
        if self.unread.leaves_out(&kind_name, group) {
            return;
        }
        match classify(version.as_deref(), &kind_name) {
            Class::Read(kind) => self.known(kind, source, kind_name, at, report),
            Class::WrongVersion(near) => {
                let message = format!("there is no `{kind_name}` in this `apiVersion`");
                report.problem(at.get("apiVersion").problem("unknown-version", message).with_suggestion(Some(near)));
            }
            Class::UnknownKind(near) => {
                let problem = at.get("kind").problem("unknown-kind", format!("Kubernetes has no kind `{kind_name}`"));
                report.problem(problem.with_suggestion(near));
            }
            Class::Other if has_shape(at) => {
                self.known(Kind::Shaped, source, kind_name, at, report);
            }
            Class::Operator(operator) => {
                if let Some(meta) = self.meta(source, kind_name, at, report) {
                    self.unread.operator(meta, group, operator, at);
                }
            }
            Class::Other => self.unread.other(source, &kind_name, group, at),
        }
    }

    /// What the object says of itself, with the namespace of those that state none.
    fn meta(&self, source: usize, kind: String, at: &At<'_>, report: &mut Report) -> Option<Meta> {
        let mut meta = meta(source, kind, at, report)?;
        if meta.namespace.is_none() {
            meta.namespace.clone_from(&self.namespace);
        }
        Some(meta)
    }

    fn known(&mut self, kind: Kind, source: usize, kind_name: String, at: &At<'_>, report: &mut Report) {
        let Some(meta) = self.meta(source, kind_name, at, report) else { return };
        if kind != Kind::RuntimeClass && kind != Kind::Shaped {
            keys::check(at, keys::OBJECT, "an object", meta.served, report);
        }
        let spec = at.get("spec");
        if let Some(keys) = kind.keys().filter(|_| kind != Kind::Pod) {
            let newer = meta.served || kind.is_of_another_project();
            keys::check(&spec, keys, &format!("a {}'s spec", meta.kind), newer, report);
        }
        match kind {
            Kind::Namespace => self.namespaces.push(meta),
            Kind::Node => self.machines.push(machines::machine(meta, at, report)),
            Kind::HorizontalPodAutoscaler => self.autoscalers.extend(scaling::autoscaler(meta, at, report)),
            Kind::ScaledObject => self.autoscalers.extend(scaling::scaled_object(meta, at, report)),
            Kind::RuntimeClass => self.runtime_classes.push(admission::runtime_class(meta, at, report)),
            Kind::LimitRange => self.limit_ranges.push(admission::limit_range(meta, at, report)),
            Kind::JobSet => controllers::job_set(&meta, at, report).into_iter().for_each(|it| self.keep(it)),
            _ => self.keep(controllers::controller(kind, meta, at, report)),
        }
    }

    /// Takes in a controller, without what nobody asks for.
    fn keep(&mut self, mut it: Controller) {
        let Controller { meta, pod_labels, pod_annotations, .. } = &mut it;
        for labels in [&mut meta.labels, &mut meta.annotations, pod_labels, pod_annotations] {
            labels.retain(|key, _| self.asked.contains(key));
        }
        self.controllers.push(it);
    }
}

/// Whether the object has the shape of a Deployment: replicas of a pod template.
fn has_shape(at: &At<'_>) -> bool {
    let spec = at.get("spec");
    let template = spec.get("template");
    let pod = template.get("spec");
    let containers = matches!(pod.get("containers").node.map(|node| &node.value), Some(Value::List(_)));
    let near = |key: &str| crate::fleet::problems::nearest(key, ["replicas"]).is_some();
    containers && (spec.get("replicas").node.is_some() || spec.keys().any(near))
}

fn meta(source: usize, kind: String, at: &At<'_>, report: &mut Report) -> Option<Meta> {
    let metadata = at.get("metadata");
    let served = metadata.get("uid").node.is_some() && metadata.get("resourceVersion").node.is_some();
    keys::check(&metadata, keys::META, "`metadata`", served, report);
    let name = metadata.get("name").string(report).or_else(|| {
        // a job that is created anew for every run has a stem only
        metadata.get("generateName").string(report).map(|stem| stem.trim_end_matches('-').to_owned())
    });
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        report.problem(metadata.get("name").problem("missing-name", format!("a {kind} without a name")));
        return None;
    };
    let namespace = metadata.get("namespace").string(report).filter(|namespace| !namespace.is_empty());
    let labels = labels(&metadata.get("labels"), report);
    let annotations = self::labels(&metadata.get("annotations"), report);
    let owners = metadata.get("ownerReferences");
    let mut owner = None;
    for reference in owners.items(report) {
        keys::check(&reference, keys::OWNER, "an owner reference", served, report);
        if reference.get("controller").is_true() {
            owner = reference.get("kind").string(report).zip(reference.get("name").string(report));
        }
    }
    let position = at.node.and_then(|node| node.position).map(|(line, column)| (line as usize, column as usize));
    let uid = metadata.get("uid").string(report);
    Some(Meta { source, kind, name, namespace, labels, annotations, owner, uid, served, position })
}

/// Labels or annotations.
pub(super) fn labels(at: &At<'_>, report: &mut Report) -> Labels {
    let mut labels = Labels::new();
    for (key, value) in at.entries(report) {
        if let Some(value) = value.string(report) {
            labels.insert(key.to_owned(), value);
        }
    }
    labels
}
