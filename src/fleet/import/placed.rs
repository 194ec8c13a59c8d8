//! Objects -> the controllers that count, once each, with their bounds.

use std::collections::{BTreeMap, BTreeSet};

use super::manifests::{Autoscaler, Controller, Kind, Meta, Objects};
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

/// Indices of the controllers that count: not owned by one that counts already, not finished.
pub(super) fn counting(objects: &Objects, sources: &[Source], report: &mut Report) -> Vec<usize> {
    let known: BTreeSet<Address<'_>> =
        objects.controllers.iter().map(|it| beside(&it.meta, sources, &it.meta.kind, &it.meta.name)).collect();
    let mut counting = Vec::new();
    let mut orphans: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (index, controller) in objects.controllers.iter().enumerate() {
        if controller.finished {
            continue;
        }
        let Some((kind, name)) = owner_that_counts(controller) else {
            counting.push(index);
            continue;
        };
        let meta = &controller.meta;
        // pods name their ReplicaSet or Job, which a dump of Deployments or CronJobs leaves out
        let stem = name.rsplit_once('-').map_or("", |(stem, _)| stem);
        let above = match kind {
            "ReplicaSet" => known.contains(&beside(meta, sources, "Deployment", stem)),
            "Job" => known.contains(&beside(meta, sources, "CronJob", stem)),
            // a pod that a node's own directory of manifests runs
            "Node" => true,
            _ => false,
        };
        if !above && !known.contains(&beside(meta, sources, kind, name)) {
            let namespace = meta.namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
            *orphans.entry((sources[meta.source].name.clone(), format!("{kind} {namespace}{name}"))).or_default() += 1;
        }
    }
    for ((file, owner), count) in orphans {
        let what = if count == 1 { "an object is".to_owned() } else { format!("{count} objects are") };
        let message = format!("{file}: {what} owned by {owner}, which is not among the objects read: not in the fleet");
        report.warn("owner-not-read", message);
    }
    counting
}

/// Kind and name of the owner that stands for this object.
fn owner_that_counts(controller: &Controller) -> Option<(&str, &str)> {
    let (kind, name) = controller.meta.owner.as_ref()?;
    let stands = match controller.kind {
        Kind::ReplicaSet => kind == "Deployment",
        Kind::Job => kind == "CronJob",
        Kind::Pod => true,
        _ => false,
    };
    stands.then_some((kind.as_str(), name.as_str()))
}

/// Replicas of every controller that an autoscaler governs, by index.
pub(super) fn bounds(objects: &Objects, sources: &[Source], report: &mut Report) -> BTreeMap<usize, (u64, u64)> {
    let mut targets: BTreeMap<Address<'_>, Vec<usize>> = BTreeMap::new();
    for (index, it) in objects.controllers.iter().enumerate() {
        targets.entry(beside(&it.meta, sources, &it.meta.kind, &it.meta.name)).or_default().push(index);
    }
    let mut bounds: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
    for autoscaler in &objects.autoscalers {
        let Autoscaler { meta, target_kind, target_name, min, max } = autoscaler;
        let title = title(meta, sources);
        let Some(found) = targets.get(&beside(meta, sources, target_kind, target_name)) else {
            let message = format!("{title}: its target {target_kind} {target_name} is not among the objects read");
            report.warn("autoscaler-without-target", message);
            continue;
        };
        for &index in found {
            if objects.controllers[index].replicas == 0 {
                let message = format!("{title}: its target has 0 replicas, which switches it off");
                report.warn("autoscaler-off", message);
                continue;
            }
            let (low, high) = bounds.entry(index).or_insert((*min, *max));
            if (*low, *high) != (*min, *max) {
                let message = format!("{title}: another autoscaler has the same target; the widest bounds count");
                report.warn("autoscaler-twice", message);
                (*low, *high) = ((*low).min(*min), (*high).max(*max));
            }
        }
    }
    bounds
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
            report.problem(problem);
        }
    }
    namespaces
}
