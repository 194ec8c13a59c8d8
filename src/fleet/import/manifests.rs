//! Documents -> the objects that matter to a fleet, each with the few fields that are read.

use std::collections::BTreeMap;

use super::report::{At, Report};
use super::requests::{Amounts, Container, PodShape, parse_amount};
use super::tree::Value;

/// The kinds that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Deployment,
    StatefulSet,
    DaemonSet,
    ReplicaSet,
    ReplicationController,
    Job,
    CronJob,
    Pod,
    Namespace,
    HorizontalPodAutoscaler,
}

/// Every kind that is read, its name, its API groups, and the way to its pod template.
const KINDS: [(Kind, &str, &[&str], &[&str]); 10] = [
    (Kind::Deployment, "Deployment", &["apps", "extensions"], &["spec", "template"]),
    (Kind::StatefulSet, "StatefulSet", &["apps"], &["spec", "template"]),
    (Kind::DaemonSet, "DaemonSet", &["apps", "extensions"], &["spec", "template"]),
    (Kind::ReplicaSet, "ReplicaSet", &["apps", "extensions"], &["spec", "template"]),
    (Kind::ReplicationController, "ReplicationController", &[""], &["spec", "template"]),
    (Kind::Job, "Job", &["batch"], &["spec", "template"]),
    (Kind::CronJob, "CronJob", &["batch"], &["spec", "jobTemplate", "spec", "template"]),
    (Kind::Pod, "Pod", &[""], &[]),
    (Kind::Namespace, "Namespace", &[""], &[]),
    (Kind::HorizontalPodAutoscaler, "HorizontalPodAutoscaler", &["autoscaling"], &[]),
];

impl Kind {
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    fn template(self) -> &'static [&'static str] {
        KINDS.iter().find(|row| row.0 == self).map_or(&[], |row| row.3)
    }
}

/// Labels or annotations.
pub(super) type Labels = BTreeMap<String, String>;

/// What an object says of itself.
#[derive(Clone, Debug)]
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
    pub position: Option<(usize, usize)>,
}

/// Pods under one controller, or one bare pod.
#[derive(Clone, Debug)]
pub(super) struct Controller {
    pub kind: Kind,
    pub meta: Meta,
    /// Pods at a time.
    pub replicas: u64,
    /// `concurrencyPolicy: Allow`: runs may overlap without bound.
    pub overlaps: bool,
    /// A job or pod that has ended and takes nothing any more.
    pub finished: bool,
    /// Labels and annotations of the pods.
    pub pod_labels: Labels,
    pub pod_annotations: Labels,
    pub pod: PodShape,
}

/// A HorizontalPodAutoscaler.
#[derive(Clone, Debug)]
pub(super) struct Autoscaler {
    pub meta: Meta,
    pub target_kind: String,
    pub target_name: String,
    pub min: u64,
    pub max: u64,
}

/// What the sources hold, in their order.
#[derive(Default)]
pub(super) struct Objects {
    pub controllers: Vec<Controller>,
    pub namespaces: Vec<Meta>,
    pub autoscalers: Vec<Autoscaler>,
}

impl Objects {
    /// Takes in one object, or a list of them, of the source with this index. `item_kind` is what the list around it says.
    pub fn object(&mut self, source: usize, at: &At<'_>, item_kind: Option<&str>, report: &mut Report) {
        if !matches!(at.node.map(|node| &node.value), Some(Value::Map(_))) {
            report.problem(
                at.problem("not-an-object", "this is not a Kubernetes object").with_expected("a mapping with `kind`"),
            );
            return;
        }
        let written = at.get("kind").string(report).or_else(|| item_kind.map(str::to_owned));
        let Some(kind_name) = written else {
            let problem = at.problem("not-an-object", "this is not a Kubernetes object: it has no `kind`");
            report.problem(problem.with_expected("a mapping with `apiVersion` and `kind`"));
            return;
        };
        let version = at.get("apiVersion").string(report);
        let group = version.as_deref().map(|version| version.split_once('/').map_or("", |(group, _)| group));
        if let Some(of) = kind_name.strip_suffix("List").filter(|_| at.get("items").node.is_some()) {
            let of = (!of.is_empty()).then_some(of);
            let list = at.get("items");
            for item in list.items(report) {
                self.object(source, &item, of, report);
            }
            return;
        }
        let known = KINDS.iter().find(|row| row.1 == kind_name && group.is_none_or(|group| row.2.contains(&group)));
        let Some(&(kind, ..)) = known else {
            unread(at, &kind_name, group, report);
            return;
        };
        let Some(meta) = meta(source, kind_name, at, report) else { return };
        match kind {
            Kind::Namespace => self.namespaces.push(meta),
            Kind::HorizontalPodAutoscaler => self.autoscalers.extend(autoscaler(meta, at, report)),
            _ => self.controllers.push(controller(kind, meta, at, report)),
        }
    }
}

/// Says what is not read where it may run pods, or looks like a slip of the pen.
fn unread(at: &At<'_>, kind: &str, group: Option<&str>, report: &mut Report) {
    let near = KINDS
        .iter()
        .find(|row| row.1 != kind && strsim::osa_distance(&row.1.to_lowercase(), &kind.to_lowercase()) <= 1);
    if let (Some(near), true) = (near, group.is_none_or(|group| KINDS.iter().any(|row| row.2.contains(&group)))) {
        let problem = at.get("kind").problem("unknown-kind", format!("Kubernetes has no kind `{kind}`"));
        report.problem(problem.with_suggestion(Some(near.1.to_owned())));
        return;
    }
    let spec = at.get("spec");
    // a built-in object that the list above leaves out runs no pods; anything else that speaks of pods may
    let speaks = ["template", "containers", "podTemplate", "replicas", "resources", "jobTemplate"];
    let built_in = group.is_some_and(|group| !group.contains('.') || group.ends_with(".k8s.io"));
    let runs_pods = spec.get("template").get("spec").get("containers").node.is_some();
    if runs_pods || (!built_in && speaks.iter().any(|key| spec.get(key).node.is_some())) {
        let name = at.get("metadata").get("name").text(report).unwrap_or_default();
        let message =
            format!("{}: {kind} `{name}` is of a kind that is not read; if it runs pods, add them yourself", at.path());
        report.warn("kind-not-read", message);
    }
}

fn meta(source: usize, kind: String, at: &At<'_>, report: &mut Report) -> Option<Meta> {
    let metadata = at.get("metadata");
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
        if reference.get("controller").is_true() {
            owner = reference.get("kind").string(report).zip(reference.get("name").string(report));
        }
    }
    let position = at.node.and_then(|node| node.position).map(|(line, column)| (line as usize, column as usize));
    Some(Meta { source, kind, name, namespace, labels, annotations, owner, position })
}

fn labels(at: &At<'_>, report: &mut Report) -> Labels {
    let mut labels = Labels::new();
    for (key, value) in at.entries(report) {
        if let Some(value) = value.string(report) {
            labels.insert(key.to_owned(), value);
        }
    }
    labels
}

fn controller(kind: Kind, meta: Meta, at: &At<'_>, report: &mut Report) -> Controller {
    let spec = at.get("spec");
    let (mut replicas, mut overlaps) = (1, false);
    match kind {
        Kind::Deployment | Kind::StatefulSet | Kind::ReplicaSet | Kind::ReplicationController => {
            replicas = spec.get("replicas").count(report).unwrap_or(1);
        }
        Kind::Job => replicas = parallelism(&spec, report),
        Kind::CronJob => {
            let (template, policy) = (spec.get("jobTemplate"), spec.get("concurrencyPolicy"));
            replicas = parallelism(&template.get("spec"), report);
            match policy.string(report).as_deref() {
                None | Some("Allow") => overlaps = true,
                Some("Forbid" | "Replace") => {}
                Some(_) => {
                    let problem = policy.problem("unknown-value", "no such concurrency policy");
                    report.problem(problem.with_expected("Allow, Forbid or Replace"));
                }
            }
        }
        _ => {}
    }
    let pod = Place { at: *at };
    pod.descend(kind.template(), |pod| {
        let metadata = pod.get("metadata");
        let pod_labels = labels(&metadata.get("labels"), report);
        let pod_annotations = labels(&metadata.get("annotations"), report);
        let shape = pod_shape(&pod.get("spec"), &meta, report);
        let finished = finished(kind, at, report);
        Controller { kind, meta, replicas, overlaps, finished, pod_labels, pod_annotations, pod: shape }
    })
}

/// Pods of a job that run at a time: never more than completions are wanted.
fn parallelism(spec: &At<'_>, report: &mut Report) -> u64 {
    let parallelism = spec.get("parallelism").count(report).unwrap_or(1);
    spec.get("completions").count(report).map_or(parallelism, |completions| parallelism.min(completions))
}

/// Whether the object's status says that it has ended.
fn finished(kind: Kind, at: &At<'_>, report: &mut Report) -> bool {
    let status = at.get("status");
    match kind {
        Kind::Pod => {
            let phase = status.get("phase").string(report);
            matches!(phase.as_deref(), Some("Succeeded" | "Failed"))
        }
        Kind::Job => {
            let conditions = status.get("conditions");
            conditions.items(report).iter().any(|condition| {
                let kind = condition.get("type").string(report);
                let holds = condition.get("status").string(report);
                matches!(kind.as_deref(), Some("Complete" | "Failed")) && holds.as_deref() == Some("True")
            })
        }
        _ => false,
    }
}

/// Walks a fixed way down; a place borrows its parent, so the rest runs inside.
struct Place<'a> {
    at: At<'a>,
}

impl Place<'_> {
    fn descend<T>(&self, way: &[&str], then: impl FnOnce(&At<'_>) -> T) -> T {
        match way.split_first() {
            None => then(&self.at),
            Some((key, rest)) => Place { at: self.at.get(key) }.descend(rest, then),
        }
    }
}

fn pod_shape(spec: &At<'_>, meta: &Meta, report: &mut Report) -> PodShape {
    let mut shape = PodShape::default();
    let (containers, init) = (spec.get("containers"), spec.get("initContainers"));
    for container in containers.items(report) {
        shape.containers.push(self::container(&container, report));
    }
    for container in init.items(report) {
        shape.init.push(self::container(&container, report));
    }
    if shape.containers.is_empty() {
        report.problem(containers.problem("no-containers", format!("{} `{}` has no containers", meta.kind, meta.name)));
    }
    shape.overhead = amounts(&spec.get("overhead"), report);
    let resources = spec.get("resources");
    shape.requests = amounts(&resources.get("requests"), report);
    shape.limits = amounts(&resources.get("limits"), report);
    shape
}

fn container(at: &At<'_>, report: &mut Report) -> Container {
    let resources = at.get("resources");
    Container {
        name: at.get("name").string(report).unwrap_or_default(),
        sidecar: at.get("restartPolicy").string(report).as_deref() == Some("Always"),
        requests: amounts(&resources.get("requests"), report),
        limits: amounts(&resources.get("limits"), report),
    }
}

fn amounts(at: &At<'_>, report: &mut Report) -> Amounts {
    let mut amounts = Amounts::new();
    for (resource, quantity) in at.entries(report) {
        let Some(text) = quantity.text(report) else { continue };
        match parse_amount(resource, &text) {
            Ok(amount) => {
                amounts.insert(resource.to_owned(), amount);
            }
            Err(why) => {
                report.problem(quantity.problem("bad-quantity", why.to_string()).with_expected("a Kubernetes quantity"))
            }
        }
    }
    amounts
}

fn autoscaler(meta: Meta, at: &At<'_>, report: &mut Report) -> Option<Autoscaler> {
    let spec = at.get("spec");
    let target = spec.get("scaleTargetRef");
    let (kind, name, max) = (target.get("kind"), target.get("name"), spec.get("maxReplicas"));
    let min = spec.get("minReplicas").count(report).unwrap_or(1);
    for (place, what) in [(&kind, "scaleTargetRef.kind"), (&name, "scaleTargetRef.name"), (&max, "maxReplicas")] {
        if place.node.is_none() {
            let message = format!("HorizontalPodAutoscaler `{}` has no {what}", meta.name);
            report.problem(place.problem("missing-key", message));
        }
    }
    let (target_kind, target_name, bound) = (kind.string(report)?, name.string(report)?, max.count(report)?);
    if bound < min {
        report.problem(max.problem("bad-bounds", format!("maxReplicas is below minReplicas ({min})")));
        return None;
    }
    Some(Autoscaler { meta, target_kind, target_name, min, max: bound })
}
