//! Kubernetes manifests and `kubectl get -o json` dumps -> a fleet document.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{FleetError, InputProblem, Result};
use serde_json::Value;

use crate::fleet::{Document, Fleet, Warning};

use super::super::todo::TODO;
use super::emit::{self, Row};
use super::kinds::Kind;
use super::manifests::Objects;
use super::mapping::{Origin, Surroundings};
use super::options::{Choice, KubernetesOptions, MissingRequests, Source};
use super::report::{Report, lines, together};
use super::workloads::{Placed, workloads};
use super::{admission, clusters, names, placed, policy, reading, told};

/// What an import gives.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The fleet document.
    pub document: Document,
    /// The fleet that it is.
    pub fleet: Fleet,
    /// What the reader should know: above all, what the objects do not say.
    pub warnings: Vec<Warning>,
}

impl Imported {
    /// The document in YAML, with what was left out or assumed as comments at its head.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        // The document's types serialise without errors: their maps have string keys.
        told::yaml(&serde_json::to_value(&self.document).unwrap_or_default(), &self.warnings)
    }
}

/// A fleet document with places that are still to be filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The document; `TODO` stands where nothing is known.
    pub document: serde_json::Value,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
}

impl Draft {
    /// The document in YAML, with what was left out or assumed as comments at its head.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        told::yaml(&self.document, &self.warnings)
    }
}

/// Reads Kubernetes objects into a fleet document.
///
/// Read are Deployment, StatefulSet, DaemonSet, ReplicaSet and ReplicationController, Job, CronJob, Pod, JobSet, and
/// every other kind that is replicas of a pod template (Rollout, DeploymentConfig, CloneSet ...), in `List` objects or not;
/// besides them Namespace, HorizontalPodAutoscaler, ScaledObject, LimitRange and RuntimeClass. All other objects are
/// counted by kind in a warning, and refused where they run pods, unless the options leave their kind out.
///
/// - **Once each.** A ReplicaSet of a Deployment, a Job of a CronJob and a Pod of a controller are left out, and so are
///   jobs and pods that have ended. Pods whose owner is not among the objects are grouped by it and counted.
/// - **Requests** of a pod follow the scheduler: containers add up, init containers take turns, sidecars run beside both,
///   the pod's own request and its overhead count (or its RuntimeClass's), a limit alone is a request, and a LimitRange
///   fills in what is left open. Pods that run and are larger than their template raise it.
/// - **Replicas** are the controller's (default 1), a Job's `parallelism` (at most its `completions`), one run of a
///   CronJob (with a warning where runs may overlap), an autoscaler's bounds, or the pods that run where there are more.
/// - **Platform namespaces**: whatever runs in them is `perCluster`; of a DaemonSet that is one pod, with a warning.
/// - **DaemonSets** of other namespaces count with the pods that they want now, or as
///   one replica, with a warning.
/// - **Keys, names and quantities** follow Kubernetes: a key that it does not know is an error, as for `kubectl`.
///
/// Workloads come in the order of the sources, tenants by name. Time and memory are linear in the text.
///
/// ```
/// use tenantry::fleet::import::{Choice, KubernetesOptions, Origin, Source, kubernetes};
///
/// let pod = "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}, spec: {containers: [
///   {name: web, image: web, resources: {requests: {cpu: 100m, memory: 64Mi}}}]}}";
/// let source = Source { name: "web.yaml".into(), content: pod.into(), ..Source::default() };
/// let options = KubernetesOptions::new(Choice::From(Origin::Namespace), Choice::Fixed("trusted".into()));
/// let imported = kubernetes(&[source], &options)?;
/// assert_eq!(imported.fleet.identity(0), "shop/web");
/// assert_eq!(imported.warnings[0].code, "default-template");
/// # Ok::<(), tenantry::Error>(())
/// ```
///
/// # Errors
/// [`Error::Fleet`](crate::Error::Fleet) with every problem: text that is neither YAML nor JSON, fields of a wrong type, workloads without a
/// tenant, trust level or request, labels that contradict one another, namesakes (both are named), and whatever else
/// makes the result no valid fleet.
pub fn kubernetes(sources: &[Source], options: &KubernetesOptions) -> Result<Imported> {
    let (document, rows, warnings) = import(sources, options, false)?;
    let fleet = Fleet::from_json(&document.to_string()).map_err(|error| said_of_objects(error, &rows))?;
    Ok(Imported { document: fleet.document().clone(), fleet, warnings })
}

/// The same where not all is known: what the objects do not say of tenants, trust levels, requests and attributes that
/// separate is written as `TODO`. A document with such a place is no fleet yet, and is refused wherever one is read.
///
/// # Errors
/// As [`kubernetes`], but for what is missing, and for what only makes the result no valid fleet.
pub fn draft(sources: &[Source], options: &KubernetesOptions) -> Result<Draft> {
    let (document, _, warnings) = import(sources, options, true)?;
    Ok(Draft { document, warnings })
}

/// Labels that say where a workload comes from.
const RESERVED: &str = "tenantry/";

type Read = (Value, Vec<Row>, Vec<Warning>);

fn import(sources: &[Source], options: &KubernetesOptions, draft: bool) -> Result<Read, FleetError> {
    let mut report = Report::default();
    for (name, _) in options.labels.iter().filter(|(name, _)| name.starts_with(RESERVED)) {
        let message = format!("labels that begin with `{RESERVED}` are the import's own");
        report.problem(InputProblem::new("reserved-label", "", message).with_got(format!("`{name}`")));
    }
    let mut objects = reading::objects(sources, options, &mut report);
    clusters::apart(&mut objects, sources, options, &mut report);
    let lent = placed::lend(&mut objects, sources, &mut report);
    admission::apply(&mut objects, sources, &mut report);
    let placed = workloads(&objects, sources, &lent, &mut report);
    objects.unread.tell(&objects.controllers, sources, &mut report);
    let mut rows = rows(&placed, &objects, sources, options, draft, &mut report);
    let policy = policy::policy(options, &mut report);
    if draft {
        leave_open(&mut rows, policy.as_ref(), options, &mut report);
    }
    let templates = emit::templates(options, &rows, &mut report);
    report.stop()?;
    let document = emit::document(&rows, policy, templates, options, draft);
    let warnings = report.finish()?;
    Ok((document, rows, warnings))
}

/// Attributes that a separation asks for and that nothing gives are still to be filled in.
fn leave_open(rows: &mut [Row], policy: Option<&Value>, options: &KubernetesOptions, report: &mut Report) {
    for name in policy::needed(policy) {
        let Some(index) = options.attributes.iter().position(|(declared, _)| *declared == name) else { continue };
        for row in rows.iter_mut().filter(|row| !row.per_cluster && row.attributes[index].is_none()) {
            row.attributes[index] = Some(TODO.to_owned());
            report.note("todo", &format!("attribute `{name}` is not known: TODO"), row.title.clone());
        }
    }
}

/// Problems of the document, in terms of the objects that it was made from.
fn said_of_objects(mut error: FleetError, rows: &[Row]) -> FleetError {
    for problem in &mut error.problems {
        // a position in the generated text helps nobody
        problem.position = None;
        let words = [&mut problem.message].into_iter().chain(&mut problem.got).chain(&mut problem.expected);
        for text in words {
            *text = with_titles(text, rows);
        }
        let Some((index, place)) = problem.path.strip_prefix("workloads[").and_then(|rest| rest.split_once(']')) else {
            continue;
        };
        if let Some(row) = index.parse().ok().and_then(|index: usize| rows.get(index)) {
            problem.position = row.position;
            let place = place.trim_start_matches('.');
            problem.path = if place.is_empty() { row.title.clone() } else { format!("{}: {place}", row.title) };
        }
    }
    together(error)
}

/// A text that speaks of `workloads[3]`, with the title of the object that this is.
fn with_titles(text: &str, rows: &[Row]) -> String {
    let mut parts = text.split("workloads[");
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let found =
            part.split_once(']').and_then(|(index, rest)| Some((rows.get(index.parse::<usize>().ok()?)?, rest)));
        match found {
            Some((row, rest)) => told.extend([row.title.as_str(), rest]),
            None => told.extend(["workloads[", part]),
        }
    }
    told
}

/// One row a workload.
fn rows(
    workloads: &[Placed],
    objects: &Objects,
    sources: &[Source],
    options: &KubernetesOptions,
    draft: bool,
    report: &mut Report,
) -> Vec<Row> {
    let namespaces = placed::namespaces(objects, sources, report);
    let mut rows = Vec::with_capacity(workloads.len());
    let mut unknown_namespaces = BTreeSet::new();
    for placed in workloads {
        let controller = &objects.controllers[placed.index];
        let source = &sources[controller.meta.source];
        let (cluster, directory) = (source.cluster.as_deref(), source.directory.as_deref());
        let namespace = controller.meta.namespace.as_deref().and_then(|name| {
            let found = namespaces.get(&(cluster, name)).copied();
            if found.is_none() {
                unknown_namespaces.insert(name);
            }
            found
        });
        let around = Surroundings { placed, controller, namespace, directory, cluster, source: &source.name };
        let mut row = row(&around, options, draft, report);
        // the platform's namespaces are the same everywhere
        let qualify = options.qualify_namespaces && !row.per_cluster;
        if let (true, Some(cluster), Some(namespace)) = (qualify, cluster, &mut row.namespace) {
            *namespace = format!("{cluster}-{namespace}");
        }
        rows.push(row);
    }
    let asks = options.origins().any(|it| matches!(it, Origin::NamespaceLabel(_) | Origin::NamespaceAnnotation(_)));
    if asks && !unknown_namespaces.is_empty() {
        let names = list(unknown_namespaces.into_iter());
        report.warn("namespace-not-read", format!("no Namespace object, so no labels, for: {names}"));
    }
    platform_namespaces(&rows, options, report);
    say_what_is_unknown(&rows, options, draft, report);
    let rows = once_each(rows, report);
    names::namespaces(rows, report)
}

fn row(around: &Surroundings<'_>, options: &KubernetesOptions, draft: bool, report: &mut Report) -> Row {
    let (placed, controller) = (around.placed, around.controller);
    let meta = &controller.meta;
    // whatever serves the cluster is in each, DaemonSet or not
    let platform = meta.namespace.as_ref().filter(|name| options.platform_namespaces.contains(name));
    let per_cluster = platform.is_some();
    let mut attributes = Vec::new();
    for (_, origins) in &options.attributes {
        if per_cluster {
            // exempt from every reason: a value would mean nothing, and be refused where the attribute is closed
            attributes.push(None);
            continue;
        }
        match around.first(origins) {
            Ok(value) => attributes.push(value),
            Err(problem) => {
                attributes.push(None);
                report.problem(*problem);
            }
        }
    }
    let mut labels = BTreeMap::new();
    if let Some(cluster) = around.cluster {
        labels.insert("cluster".to_owned(), cluster.to_owned());
    }
    labels.insert(format!("{RESERVED}kind"), placed.kind.clone());
    labels.insert(format!("{RESERVED}source"), around.source.to_owned());
    for (name, origin) in &options.labels {
        match around.value(origin) {
            Ok(Some(value)) => {
                labels.insert(name.clone(), value);
            }
            Ok(None) => {}
            Err(problem) => report.problem(*problem),
        }
    }
    Row {
        title: placed.title.clone(),
        position: meta.position,
        kind: placed.kind.clone(),
        daemon: controller.kind == Kind::DaemonSet,
        counted: controller.counted,
        name: placed.name.clone(),
        tenant: choose("tenant", &options.tenant, around, platform.map(String::as_str), draft, report),
        trust: choose("trust level", &options.trust, around, platform.map(|_| "trusted"), draft, report),
        original_namespace: meta.namespace.clone(),
        namespace: meta.namespace.clone(),
        cluster: around.cluster.map(str::to_owned),
        attributes,
        replicas: placed.replicas,
        ranged: placed.ranged,
        overlaps: controller.overlaps,
        requests: placed.requests.clone(),
        per_cluster,
        labels,
    }
}

/// The tenant or trust level, which is `platform` for what serves the cluster; the empty string after an error.
fn choose(
    what: &str,
    choice: &Choice,
    around: &Surroundings<'_>,
    platform: Option<&str>,
    draft: bool,
    report: &mut Report,
) -> String {
    let origin = match choice {
        Choice::Fixed(value) => return value.clone(),
        Choice::From(origin) => origin,
    };
    match around.value(origin) {
        Ok(Some(value)) => return value,
        Ok(None) if platform.is_some() => {
            let value = platform.unwrap_or_default();
            let what = format!("of a platform namespace, and there is no {origin}: taken as {what} `{value}`");
            report.note("platform-assumed", &what, around.placed.title.clone());
            return value.to_owned();
        }
        Ok(None) if draft => {
            let what = format!("no {what}, because there is no {origin}: TODO");
            report.note("todo", &what, around.placed.title.clone());
            return TODO.to_owned();
        }
        Ok(None) => {
            let code = if what == "tenant" { "missing-tenant" } else { "missing-trust" };
            let mut problem = InputProblem::new(code, &around.placed.title, format!("no {what}: there is no {origin}"));
            problem.position = around.controller.meta.position;
            report.problem(problem);
        }
        Err(problem) => report.problem(*problem),
    }
    String::new()
}

fn platform_namespaces(rows: &[Row], options: &KubernetesOptions, report: &mut Report) {
    let known: BTreeSet<&str> = rows.iter().filter_map(|row| row.original_namespace.as_deref()).collect();
    for namespace in &options.platform_namespaces {
        if known.contains(namespace.as_str()) {
            continue;
        }
        let near = known.iter().min_by_key(|name| strsim::osa_distance(name, namespace));
        let near = near.filter(|name| strsim::osa_distance(name, namespace) <= 2).map(|&name| name.to_owned());
        let problem = InputProblem::new("unknown-namespace", "", "no workload lives in this platform namespace");
        report.problem(problem.with_got(format!("`{namespace}`")).with_suggestion(near));
    }
}

/// Lists what the objects leave open.
fn say_what_is_unknown(rows: &[Row], options: &KubernetesOptions, draft: bool, report: &mut Report) {
    let titles = |of: &dyn Fn(&Row) -> bool| -> Vec<String> {
        rows.iter().filter(|row| of(row)).map(|row| row.title.clone()).collect()
    };
    let mut say = |code, what: &str, titles: Vec<String>| {
        if !titles.is_empty() {
            report.warn(code, lines(what, &titles));
        }
    };
    say(
        "cron-job-overlap",
        "runs may overlap (concurrencyPolicy Allow), planned as one run",
        titles(&|row| row.overlaps),
    );
    let elsewhere = |row: &Row| row.daemon && !row.per_cluster;
    let what = "a DaemonSet outside the platform namespaces, planned as one replica";
    say("daemon-set-as-replica", what, titles(&|row| elsewhere(row) && !row.counted && row.replicas.1 == 1));
    let what = "a DaemonSet outside the platform namespaces, planned with the pods that it has now";
    say("daemon-set-as-replicas", what, titles(&|row| elsewhere(row) && (row.counted || row.replicas.1 != 1)));
    let what = "a DaemonSet runs one pod a node, planned as one pod a cluster: what it takes of every other node is not in \
                the plan";
    say("daemon-set-per-cluster", what, titles(&|row| row.per_cluster && row.daemon));
    for (index, (name, _)) in options.attributes.iter().enumerate() {
        let what = format!("no value of attribute `{name}`");
        say("attribute-not-known", &what, titles(&|row| !row.per_cluster && row.attributes.get(index) == Some(&None)));
    }
    for (resource, assumed) in assumed(options) {
        let missing = |row: &Row| !row.requests.amounts.contains_key(resource);
        if let Some(quantity) = assumed {
            let what = format!("no {resource} request, planned with {quantity} a pod");
            say("missing-requests", &what, titles(&missing));
        }
        let partly = |row: &Row| row.requests.open.iter().any(|(name, _)| name == resource);
        let what = format!("some containers have no {resource} request, which counts as 0");
        say("requests-partly-missing", &what, titles(&partly));
    }
    for (resource, assumed) in assumed(options) {
        for row in rows.iter().filter(|row| assumed.is_none() && !row.requests.amounts.contains_key(resource)) {
            if draft {
                report.note("todo", &format!("no {resource} request: TODO"), row.title.clone());
                continue;
            }
            let mut problem = InputProblem::new("missing-requests", &row.title, format!("no {resource} request"));
            problem.position = row.position;
            report.problem(
                problem.with_expected("a request, or --missing-requests zero, or such as cpu=100m,memory=128Mi"),
            );
        }
    }
    if rows.is_empty() && report.is_clean() {
        let problem =
            InputProblem::new("no-workloads", "", "no workload among the objects read: there is nothing to plan");
        report.problem(
            problem.with_expected("objects that run pods, such as Deployments; a dump of all namespaces has `-A`"),
        );
    }
}

/// CPU and memory, each with what to assume for it.
pub(super) fn assumed(options: &KubernetesOptions) -> [(&'static str, Option<&str>); 2] {
    match &options.missing_requests {
        MissingRequests::Error => [("cpu", None), ("memory", None)],
        MissingRequests::Assume { cpu, memory } => [("cpu", cpu.as_deref()), ("memory", memory.as_deref())],
    }
}

/// Tells namesakes of different kinds apart, unites the copies of a per-cluster workload, refuses other namesakes.
fn once_each(rows: Vec<Row>, report: &mut Report) -> Vec<Row> {
    let identity = |row: &Row| (row.tenant.clone(), row.namespace.clone(), row.name.clone());
    let mut kinds: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for row in &rows {
        kinds.entry(identity(row)).or_default().insert(row.kind.clone());
    }
    let mut seen: BTreeMap<_, usize> = BTreeMap::new();
    let mut result: Vec<Row> = Vec::with_capacity(rows.len());
    for mut row in rows {
        if kinds.get(&identity(&row)).is_some_and(|kinds| kinds.len() > 1) {
            row.name = format!("{}-{}", row.name, row.kind.to_lowercase());
            let message = format!("{}: named `{}`, because another kind has the same name", row.title, row.name);
            report.warn("renamed", message);
        }
        let key = identity(&row);
        let Some(&earlier) = seen.get(&key) else {
            seen.insert(key, result.len());
            result.push(row);
            continue;
        };
        let first = &mut result[earlier];
        if first.per_cluster && row.per_cluster && first.cluster != row.cluster {
            unite(first, &row, report);
            continue;
        }
        let mut problem = InputProblem::new("duplicate-workload", &row.title, "there are two workloads of this name");
        problem.position = row.position;
        let hint =
            if first.cluster == row.cluster { "" } else { "; --qualify-namespaces keeps clusters' namespaces apart" };
        report
            .problem(problem.with_got(format!("the other: {}{hint}", first.title)).with_expected("each workload once"));
    }
    result
}

/// The platform runs one copy in every cluster: the copies of several clusters are one workload, at its largest.
fn unite(first: &mut Row, other: &Row, report: &mut Report) {
    if first.requests != other.requests {
        let message = format!("{} and {} differ in their requests: the larger are planned", first.title, other.title);
        report.warn("platform-differs", message);
    }
    for (resource, &amount) in &other.requests.amounts {
        let largest = first.requests.amounts.entry(resource.clone()).or_insert(amount);
        *largest = amount.max(*largest);
    }
    first.replicas = (first.replicas.0.max(other.replicas.0), first.replicas.1.max(other.replicas.1));
    first.ranged |= other.ranged;
    for label in ["cluster", "tenantry/source"] {
        if first.labels.get(label) != other.labels.get(label) {
            first.labels.remove(label);
        }
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
