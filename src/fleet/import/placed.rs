//! Objects -> who owns whom, so that every pod counts once.

use std::collections::BTreeMap;

use super::kinds::Kind;
use super::manifests::{Controller, Meta, Objects};
use super::options::Source;
use super::report::Report;

/// Where an object lives: its cluster, its directory where it has no namespace, its namespace, its kind and its name.
pub(super) type Address<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>, &'a str, &'a str);

/// The address of the object `kind`/`name` beside `meta`.
pub(super) fn beside<'a>(meta: &'a Meta, sources: &'a [Source], kind: &'a str, name: &'a str) -> Address<'a> {
    let source = &sources[meta.source];
    let namespace = meta.namespace.as_deref();
    let directory = if namespace.is_none() { source.directory.as_deref() } else { None };
    (source.cluster.as_deref(), directory, namespace, kind, name)
}

/// `FILE: Deployment shop/frontend`.
pub(super) fn title(meta: &Meta, sources: &[Source]) -> String {
    let namespace = meta.namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
    format!("{}: {} {namespace}{}", sources[meta.source].name, meta.kind, meta.name)
}

/// How an object counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing<'a> {
    /// As a workload of its own.
    Counts,
    /// Not at all: it has ended, or others stand for it.
    Out,
    /// Within the figure of another object, by its index.
    Under(usize),
    /// With everything else of an owner that is not read.
    In(Owner<'a>),
}

/// An owner that is not among the objects that are read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Owner<'a> {
    pub cluster: Option<&'a str>,
    pub directory: Option<&'a str>,
    pub namespace: Option<&'a str>,
    pub kind: &'a str,
    pub name: &'a str,
}

/// Objects by address: those that can stand for what they own.
type Known<'a> = BTreeMap<Address<'a>, Vec<usize>>;

/// How each controller counts, by its index.
pub(super) fn standings<'a>(
    objects: &'a Objects,
    sources: &'a [Source],
    lent: &BTreeMap<usize, usize>,
) -> Vec<Standing<'a>> {
    let controllers = &objects.controllers;
    let alive = || controllers.iter().enumerate().filter(|(_, it)| !it.finished && it.kind != Kind::Pod);
    let mut children: BTreeMap<Address<'_>, Vec<&Controller>> = BTreeMap::new();
    for (_, it) in alive().filter(|(_, it)| !contains(Kind::Shaped, it.kind)) {
        if let Some((kind, name)) = &it.meta.owner {
            children.entry(beside(&it.meta, sources, kind, name)).or_default().push(it);
        }
    }
    // an object of an unknown kind whose pods a controller of its runs is counted by that
    let told_again = |it: &Controller| {
        let found = children.get(&beside(&it.meta, sources, &it.meta.kind, &it.meta.name));
        it.kind == Kind::Shaped && found.into_iter().flatten().any(|child| covers(child, it))
    };
    let mut known = Known::new();
    for (index, it) in alive().filter(|(_, it)| !told_again(it)) {
        known.entry(beside(&it.meta, sources, &it.meta.kind, &it.meta.name)).or_default().push(index);
    }
    let stand = |(index, it): (usize, &'a Controller)| {
        if it.finished || told_again(it) {
            return Standing::Out;
        }
        if let Some(&by) = lent.get(&index) {
            return Standing::Under(by);
        }
        of_owner(it, &known, controllers, sources)
    };
    controllers.iter().enumerate().map(stand).collect()
}

/// Whether `child` runs at least what `parent` describes.
fn covers(child: &Controller, parent: &Controller) -> bool {
    let amounts = |it: &Controller| it.pod.total().map(|it| it.amounts).unwrap_or_default();
    let (of_child, of_parent) = (amounts(child), amounts(parent));
    let fits = |(resource, amount): (&String, &u64)| of_child.get(resource).is_some_and(|most| most >= amount);
    child.replicas >= parent.replicas && of_parent.iter().all(fits)
}

/// Whether the figure of a `parent` holds a `child` that it owns.
fn contains(parent: Kind, child: Kind) -> bool {
    match child {
        Kind::Pod => parent != Kind::Pod,
        Kind::ReplicaSet => matches!(parent, Kind::Deployment | Kind::Rollout | Kind::Replicated | Kind::Shaped),
        Kind::ReplicationController => parent == Kind::Replicated,
        Kind::Job => matches!(parent, Kind::CronJob | Kind::JobSet),
        _ => false,
    }
}

fn of_owner<'a>(
    it: &'a Controller,
    known: &Known<'a>,
    controllers: &[Controller],
    sources: &'a [Source],
) -> Standing<'a> {
    let meta = &it.meta;
    let Some((kind, name)) = meta.owner.as_ref().map(|(kind, name)| (kind.as_str(), name.as_str())) else {
        return Standing::Counts;
    };
    let (above, stem) = (above(kind), stem(kind, name));
    for address in owners(meta, sources) {
        // several are of one JobSet: the one whose name the child's begins with
        let longest = |&index: &usize| {
            let own = &controllers[index].name;
            if name.starts_with(own.as_str()) || meta.name.starts_with(own.as_str()) { own.len() } else { 0 }
        };
        let holds = |index: &&usize| contains(controllers[**index].kind, it.kind);
        if let Some(index) = known.get(&address).into_iter().flatten().filter(holds).copied().max_by_key(longest) {
            return Standing::Under(index);
        }
    }
    let grouped = matches!(it.kind, Kind::Pod | Kind::ReplicaSet | Kind::ReplicationController)
        || (it.kind == Kind::Job && kind == "CronJob");
    // an owner that is read and makes no such objects counts beside it
    if !grouped || known.contains_key(&beside(meta, sources, kind, name)) {
        return Standing::Counts;
    }
    let (cluster, directory, namespace, ..) = beside(meta, sources, "", "");
    let (kind, name) = match (kind, above.first(), stem) {
        // a pod that a node runs from a file of its own: one of the same name on each node
        ("Node", ..) => (
            kind,
            meta.name
                .strip_suffix(name)
                .map(|own| own.trim_end_matches('-'))
                .filter(|own| !own.is_empty())
                .unwrap_or(&meta.name),
        ),
        (_, Some(above), Some(stem)) => (*above, stem),
        _ => (kind, name),
    };
    Standing::In(Owner { cluster, directory, namespace, kind, name })
}

/// Where the owner of an object may be: its address, then that of the one above it, which a dump may show where the owner
/// is left out. Pods name their ReplicaSet or Job.
pub(super) fn owners<'a>(meta: &'a Meta, sources: &'a [Source]) -> Vec<Address<'a>> {
    let Some((kind, name)) = &meta.owner else { return Vec::new() };
    let mut addresses = vec![beside(meta, sources, kind, name)];
    if let Some(stem) = stem(kind, name) {
        addresses.extend(above(kind).iter().map(|above| beside(meta, sources, above, stem)));
    }
    addresses
}

/// The kinds that make objects of this kind.
fn above(kind: &str) -> &'static [&'static str] {
    match kind {
        "ReplicaSet" => &["Deployment", "Rollout"],
        "ReplicationController" => &["DeploymentConfig"],
        "Job" => &["CronJob"],
        _ => &[],
    }
}

/// The name of the object above a ReplicaSet, ReplicationController or Job, if `name` is one that it gives.
fn stem<'a>(kind: &str, name: &'a str) -> Option<&'a str> {
    let (stem, last) = name.rsplit_once('-')?;
    let given = match kind {
        // the alphabet of `SafeEncodeString` in Kubernetes' apimachinery
        "ReplicaSet" => last.len() <= 10 && last.bytes().all(|b| b"bcdfghjklmnpqrstvwxz2456789".contains(&b)),
        "ReplicationController" | "Job" => last.bytes().all(|b| b.is_ascii_digit()),
        _ => false,
    };
    (given && !stem.is_empty() && !last.is_empty()).then_some(stem)
}

/// The object in whose figure an object counts, by index; or the owner that is not read. `None`: it does not count.
pub(super) fn root<'s, 'a>(standings: &'s [Standing<'a>], index: usize) -> Option<Root<'s, 'a>> {
    // owners that own one another are no input of Kubernetes': the way up is cut
    const HIGHEST: usize = 16;
    let mut at = index;
    for _ in 0..HIGHEST {
        match &standings[at] {
            Standing::Counts => return Some(Root::Controller(at)),
            Standing::Out => return None,
            Standing::In(owner) => return Some(Root::Owner(owner)),
            Standing::Under(above) => at = *above,
        }
    }
    Some(Root::Controller(at))
}

/// Where a way up ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Root<'s, 'a> {
    Controller(usize),
    Owner(&'s Owner<'a>),
}

/// Gives every Rollout that names another's pod template that template. Returns who counts within whom since then, by index.
pub(super) fn lend(objects: &mut Objects, sources: &[Source], report: &mut Report) -> BTreeMap<usize, usize> {
    let mut known: BTreeMap<Address<'_>, usize> = BTreeMap::new();
    for (index, it) in objects.controllers.iter().enumerate() {
        known.insert(beside(&it.meta, sources, &it.meta.kind, &it.meta.name), index);
    }
    let mut found = Vec::new();
    for (index, it) in objects.controllers.iter().enumerate() {
        let Some(borrowed) = &it.borrows else { continue };
        match known.get(&beside(&it.meta, sources, &borrowed.kind, &borrowed.name)) {
            Some(&lender) if objects.controllers[lender].borrows.is_none() => {
                found.push((index, lender, borrowed.replaces))
            }
            _ => {
                let message = format!(
                    "its workloadRef names {} `{}`, whose template is not among the objects read",
                    borrowed.kind, borrowed.name
                );
                let mut problem = crate::InputProblem::new("missing-template", title(&it.meta, sources), message);
                problem.position = it.meta.position;
                report.problem(problem);
            }
        }
    }
    let mut lent = BTreeMap::new();
    for (index, lender, replaces) in found {
        let Controller { pod, pod_labels, pod_annotations, replicas, .. } = objects.controllers[lender].clone();
        let rollout = &mut objects.controllers[index];
        (rollout.pod, rollout.pod_labels, rollout.pod_annotations) = (pod, pod_labels, pod_annotations);
        if replaces || replicas == 0 {
            rollout.replicas = rollout.replicas.max(replicas);
            lent.insert(lender, index);
        }
    }
    lent
}

/// The namespaces' objects by cluster and name.
pub(super) fn namespaces<'a>(
    objects: &'a Objects,
    sources: &'a [Source],
    report: &mut Report,
) -> BTreeMap<(Option<&'a str>, &'a str), &'a Meta> {
    let mut namespaces: BTreeMap<(Option<&str>, &str), &Meta> = BTreeMap::new();
    for meta in &objects.namespaces {
        let key = (sources[meta.source].cluster.as_deref(), meta.name.as_str());
        let first = *namespaces.entry(key).or_insert(meta);
        if first.labels != meta.labels {
            let message = format!("the namespace has other labels in {}", sources[first.source].name);
            let mut problem = crate::InputProblem::new("contradicting-labels", title(meta, sources), message);
            problem.position = meta.position;
            let ways = "the same labels, or the clusters' names where there are two: east=FILE west=FILE";
            report.problem(problem.with_expected(ways));
        }
    }
    namespaces
}
