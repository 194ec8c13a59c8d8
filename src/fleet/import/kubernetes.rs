//! Kubernetes manifests and `kubectl get -o json` dumps -> a fleet document.

use serde_json::Value;

use crate::error::{FleetError, InputProblem, Result};
use crate::fleet::{Document, Fleet, Warning};

use super::emit::{self, RESERVED, Row};
use super::options::{KubernetesOptions, Source};
use super::report::{Report, together};
use super::rows::rows;
use super::templates::Templates;
use super::workloads::workloads;
use super::{admission, clusters, homes, machines, occupied, open, placed, policy, reading, told};

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
/// - **Platform namespaces**: whatever runs in them is `perCluster`, a DaemonSet `perNode`, on the dedicated pool that its
///   node selection names or else on every node. Where a template has no node pools, a DaemonSet is `perCluster` with the
///   pods that it has now, with a warning.
/// - **Node objects** of a dump that names its cluster make it an existing cluster: nodes of one label and one shape are a
///   node pool (dedicated where a taint keeps others off), cordoned ones and those that are not ready are left out with a
///   warning. Its workloads say `runsIn`, and `stateful` where a pod claims a volume or writes to its node. Of several
///   clusters the namespaces are told apart by the clusters' names, unless they are merged. Where they are in several
///   regions, everybody is kept in those where they run. What runs in a namespace that is not imported is `occupied`.
/// - **DaemonSets** of other namespaces are no exempt platform: they count with the pods that they want now, or as one
///   replica, with a warning.
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
    let (document, rows, mut warnings) = import(sources, options, false)?;
    let fleet = Fleet::from_json(&document.to_string()).map_err(|error| said_of_objects(error, &rows))?;
    // an exemption was asked for by namespace: who would refuse what is exempt is known only now
    warnings.extend(fleet.warnings().iter().filter(|it| it.code == "per-cluster-refused").cloned());
    Ok(Imported { document: fleet.document().clone(), fleet, warnings })
}

/// The same where not all is known: what the objects do not say of tenants, trust levels, requests, attributes that
/// separate and cluster templates is written as `TODO`. A document with such a place is no fleet yet, and is refused wherever one is read.
///
/// # Errors
/// As [`kubernetes`], but for what is missing, and for what only makes the result no valid fleet.
pub fn draft(sources: &[Source], options: &KubernetesOptions) -> Result<Draft> {
    let (document, _, warnings) = import(sources, options, true)?;
    Ok(Draft { document, warnings })
}

type Read = (Value, Vec<Row>, Vec<Warning>);

fn import(sources: &[Source], options: &KubernetesOptions, draft: bool) -> Result<Read, FleetError> {
    let mut report = Report::default();
    for (name, _) in options.labels.iter().filter(|(name, _)| name.starts_with(RESERVED)) {
        let message = format!("labels that begin with `{RESERVED}` are the import's own");
        report.problem(InputProblem::new("reserved-label", "", message).with_got(format!("`{name}`")));
    }
    let mut objects = reading::objects(sources, options, &mut report);
    let mut running = machines::running(&objects.machines, sources, options, &mut report);
    let templates = Templates::given(options, &running, draft, &mut report);
    let regions = machines::regions(&mut running, &templates.regions(), &mut report);
    // what several clusters run under one name is not one
    let apart = KubernetesOptions { qualify_namespaces: true, ..options.clone() };
    let several = running.len() > 1 || !options.same_across.is_empty();
    let options = if several && !options.merge_namespaces { &apart } else { options };
    clusters::apart(&mut objects, sources, options, &mut report);
    let lent = placed::lend(&mut objects, sources, &mut report);
    admission::apply(&mut objects, sources, &mut report);
    let placed = workloads(&objects, sources, &lent, &mut report);
    let placed = occupied::leave_out(placed, (&objects, sources), &mut running, options, &mut report);
    objects.unread.tell(&objects.controllers, sources, &mut report);
    let mut rows = rows(&placed, &objects, sources, &templates, options, draft, &mut report);
    homes::keep(&mut rows, &running, &regions, &mut report);
    let policy = policy::policy(options, &mut report);
    if draft {
        open::attributes(&mut rows, policy.as_ref(), options, &mut report);
    }
    let templates = templates.write(&rows, &mut report);
    report.stop()?;
    let document = emit::document(&rows, policy, (templates, &running, &regions), options, draft);
    let warnings = report.finish()?;
    Ok((document, rows, warnings))
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
