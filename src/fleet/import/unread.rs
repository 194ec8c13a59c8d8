//! What is read from the sources and not used: counted by kind, and refused where it runs pods.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::InputProblem;
use crate::fleet::problems::shown;

use super::controllers::holds;
use super::kinds::{Kind, is_read, with_group};
use super::manifests::{Controller, Meta};
use super::operators::{Does, Operator, runs_nothing};
use super::options::Source;
use super::placed::{self, Address, beside, title};
use super::report::{At, Report};
use super::tree::{Node, Value};

/// Objects that are not read.
#[derive(Default)]
pub(super) struct Unread {
    /// Kinds to leave out, each with the objects that were, by their kind and group.
    asked: Vec<(String, BTreeMap<String, usize>)>,
    /// Objects that run nothing themselves, by kind.
    harmless: BTreeMap<String, usize>,
    /// Objects that speak of replicas or resources, by kind, with one of their names.
    doubtful: BTreeMap<String, (usize, String)>,
    /// Objects that change the replicas or requests of others, with their targets.
    scalers: Vec<(String, String)>,
    refused: Vec<Refused>,
    /// Who owns what, where an object that is not read stands between a pod and its owner.
    between: Vec<Meta>,
}

/// An object that runs pods, and why it is not read.
struct Refused {
    meta: Meta,
    kind: String,
    /// What `--ignore-kind` calls it.
    ignore: String,
    why: String,
    /// Whether its pods, in a dump, stand for it.
    has_pods: bool,
}

impl Unread {
    /// Objects of these kinds are left out.
    pub fn asked(kinds: &[String]) -> Self {
        let asked = kinds.iter().map(|kind| (kind.clone(), BTreeMap::new())).collect();
        Self { asked, ..Self::default() }
    }

    /// Whether the caller asked to leave out this kind: `KIND` or `KIND.GROUP`.
    pub fn leaves_out(&mut self, kind: &str, group: &str) -> bool {
        let named = |text: &str| text.eq_ignore_ascii_case(kind);
        let is = |text: &str| named(text) || text.split_once('.').is_some_and(|it| named(it.0) && it.1 == group);
        let found = self.asked.iter_mut().find(|(text, _)| is(text));
        found.is_some_and(|(_, left_out)| {
            *left_out.entry(with_group(kind, group)).or_default() += 1;
            true
        })
    }

    /// An object of a kind that is known to run pods or to stand for manifests.
    pub fn operator(&mut self, meta: Meta, group: &str, operator: &Operator, at: &At<'_>) {
        let kind = with_group(&meta.kind, group);
        if operator.does == Does::Once && ended(at) {
            *self.harmless.entry(kind).or_default() += 1;
            return;
        }
        let (why, has_pods) = match operator.does {
            Does::Pods | Does::Once => {
                (format!("runs pods whose number and size its operator decides ({})", operator.source), true)
            }
            Does::Manifests(how) => (format!("stands for other manifests: {how}"), false),
        };
        let ignore = to_ignore(&meta.kind, group);
        self.refused.push(Refused { meta, kind, ignore, why, has_pods });
    }

    /// Any other object.
    pub fn other(&mut self, source: usize, kind: &str, group: &str, at: &At<'_>) {
        let metadata = at.get("metadata");
        let mut quiet = Report::default();
        let name = metadata.get("name").string(&mut quiet).unwrap_or_default();
        let built_in =
            ["", "apps", "batch", "autoscaling", "policy", "extensions"].contains(&group) || group.ends_with(".k8s.io");
        let listed = with_group(kind, group);
        let spec = at.get("spec");
        let target = ["scaleTargetRef", "targetRef"].map(|key| spec.get(key).get("name").string(&mut quiet));
        if let (true, Some(name)) = (scales(kind), target.into_iter().flatten().next()) {
            let namespace = metadata.get("namespace").string(&mut quiet).map(|it| format!("{}/", shown(&it)));
            self.scalers.push((listed, format!("{}{}", namespace.unwrap_or_default(), shown(&name))));
            return;
        }
        if built_in || runs_nothing(group, kind) {
            *self.harmless.entry(listed).or_default() += 1;
            return;
        }
        let meta = Meta {
            source,
            kind: kind.to_owned(),
            name,
            namespace: metadata.get("namespace").string(&mut quiet),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            owner: owner(&metadata, &mut quiet),
            uid: None,
            served: true,
            position: at.node.and_then(|node| node.position).map(|(line, column)| (line as usize, column as usize)),
        };
        if at.node.is_some_and(|node| holds_containers(node, 0)) {
            let why = "describes containers, so it seems to run pods".to_owned();
            let ignore = to_ignore(kind, group);
            self.refused.push(Refused { meta, kind: listed, ignore, why, has_pods: true });
            return;
        }
        if SPEAK.iter().any(|key| spec.get(key).node.is_some() || at.get(key).node.is_some()) {
            let name = format!("{}`{}`", namespace(&meta), shown(&meta.name));
            self.doubtful.entry(listed).or_insert((0, name)).0 += 1;
        } else {
            *self.harmless.entry(listed).or_default() += 1;
        }
        if meta.owner.is_some() {
            self.between.push(meta);
        }
    }

    /// Says what was not read. Objects whose pods are in the fleet are named, others that run pods are refused.
    pub fn tell(&self, controllers: &[Controller], sources: &[Source], report: &mut Report) {
        let owners = self.owners(controllers, sources);
        for Refused { meta, kind, ignore, why, has_pods } in &self.refused {
            let title = title(meta, sources);
            if *has_pods && owners.contains(&beside(meta, sources, &meta.kind, &meta.name)) {
                let what = format!("{kind} is not read, but the pods that it runs are among the objects: they count");
                report.note("counted-by-pods", &what, title);
                continue;
            }
            let mut problem = InputProblem::new("runs-pods", title, format!("{kind} {why}"));
            problem.position = meta.position;
            let beside = "what it runs beside it (`kubectl get pods,rs,deploy,sts,ds,job -A -o json`), or ";
            let ways = if *has_pods { beside } else { "" };
            report.problem(problem.with_expected(format!("{ways}`--ignore-kind {ignore}` to plan without it")));
        }
        for (kind, target) in &self.scalers {
            let what = format!("{kind} is not read: its target may take more than is planned");
            report.note("autoscaler-not-read", &what, target);
        }
        let counts = |kinds: &BTreeMap<String, usize>| {
            kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect::<Vec<_>>().join(", ")
        };
        if !self.harmless.is_empty() {
            report.warn("kind-not-read", format!("read and not used: {}", counts(&self.harmless)));
        }
        if !self.doubtful.is_empty() {
            let list = self.doubtful.iter().map(|(kind, (count, name))| format!("{count} {kind}, such as {name}"));
            let list = list.collect::<Vec<_>>().join("; ");
            let message = format!("not read, and may run pods, which the plan then leaves out: {list}");
            report.warn("may-run-pods", message);
        }
        for (kind, left_out) in &self.asked {
            let message = if left_out.is_empty() {
                format!("no object is of the kind to leave out, `{}`", shown(kind))
            } else {
                format!("left out as asked: {}", counts(left_out))
            };
            report.warn("kind-ignored", message);
        }
    }

    /// Everything that owns a pod that counts, directly or through others.
    fn owners<'a>(&'a self, controllers: &'a [Controller], sources: &'a [Source]) -> BTreeSet<Address<'a>> {
        let mut owners = BTreeSet::new();
        if self.refused.is_empty() {
            return owners;
        }
        let mut above: BTreeMap<Address<'a>, Vec<Address<'a>>> = BTreeMap::new();
        let others = self.between.iter().chain(self.refused.iter().map(|it| &it.meta));
        for meta in controllers.iter().map(|it| &it.meta).chain(others).filter(|meta| meta.owner.is_some()) {
            above.insert(beside(meta, sources, &meta.kind, &meta.name), placed::owners(meta, sources));
        }
        let pods = controllers.iter().filter(|it| it.kind == Kind::Pod && !it.finished);
        let mut next: Vec<Address<'a>> = pods.flat_map(|pod| placed::owners(&pod.meta, sources)).collect();
        while let Some(owner) = next.pop() {
            if owners.insert(owner) {
                next.extend(above.get(&owner).into_iter().flatten());
            }
        }
        owners
    }
}

/// Keys that speak of pods, of their number or of their size.
const SPEAK: &[&str] = &[
    "brokers",
    "clusterSize",
    "container",
    "deployment",
    "image",
    "instances",
    "jobTemplate",
    "members",
    "nodeCount",
    "nodeSets",
    "podSpec",
    "podTemplate",
    "replicaCount",
    "replicas",
    "resources",
    "servers",
    "shards",
    "size",
    "statefulSet",
    "template",
    "workers",
];

/// Whether objects of this kind change what others take.
fn scales(kind: &str) -> bool {
    kind.ends_with("Autoscaler") || kind.ends_with("ScaledObject") || kind.ends_with("HPA")
}

/// The kind alone, or with its group where another group's kind of this name is read.
fn to_ignore(kind: &str, group: &str) -> String {
    if is_read(kind) { format!("{kind}.{group}") } else { kind.to_owned() }
}

fn namespace(meta: &Meta) -> String {
    meta.namespace.as_ref().map(|namespace| format!("{}/", shown(namespace))).unwrap_or_default()
}

fn owner(metadata: &At<'_>, quiet: &mut Report) -> Option<(String, String)> {
    let owners = metadata.get("ownerReferences");
    let items = owners.items(quiet);
    let reference = items.iter().find(|it| it.get("controller").is_true())?;
    reference.get("kind").string(quiet).zip(reference.get("name").string(quiet))
}

/// Whether an object that runs once has run.
fn ended(at: &At<'_>) -> bool {
    let mut quiet = Report::default();
    let status = at.get("status");
    let state = status.get("applicationState").get("state").string(&mut quiet);
    let words = [status.get("phase").string(&mut quiet), status.get("jobDeploymentStatus").string(&mut quiet), state];
    let over = ["Succeeded", "Failed", "Error", "Complete", "Completed", "COMPLETED", "FAILED", "Successful"];
    words.iter().flatten().any(|word| over.contains(&word.as_str()))
        || holds(&status, &["Succeeded", "Failed", "Complete", "Completed"])
        || status.get("completionTime").node.is_some()
}

/// Whether a list of containers stands anywhere in it.
fn holds_containers(node: &Node, depth: usize) -> bool {
    const DEEPEST: usize = 64;
    match &node.value {
        _ if depth > DEEPEST => false,
        Value::List(items) => items.iter().any(|item| holds_containers(item, depth + 1)),
        Value::Map(entries) => entries.iter().any(|(key, value)| {
            let of_containers = key == "containers" || key == "initContainers";
            let a_container = |item: &Node| item.get("image").is_some() || item.get("resources").is_some();
            match &value.value {
                Value::List(items) if of_containers && items.iter().any(a_container) => true,
                _ => holds_containers(value, depth + 1),
            }
        }),
        Value::Null | Value::Scalar { .. } => false,
    }
}
