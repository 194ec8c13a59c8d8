//! Workloads -> rows of the fleet: whose each is, how far it is trusted, where it runs.

use std::collections::{BTreeMap, BTreeSet};

use super::super::todo::TODO;
use super::emit::{RESERVED, Row};
use super::manifests::Objects;
use super::mapping::{Origin, Surroundings};
use super::options::{Choice, KubernetesOptions, Source};
use super::report::Report;
use super::templates::Templates;
use super::workloads::Placed;
use super::{across, names, namesakes, open, placed};
use crate::error::InputProblem;

/// One row a workload.
pub(super) fn rows(
    workloads: &[Placed],
    objects: &Objects,
    sources: &[Source],
    templates: &Templates,
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
        templates.place(&mut row, &controller.pod.nodes, report);
        // the platform's namespaces are the same everywhere
        let qualify = options.qualify_namespaces && !row.per_cluster;
        if let (true, Some(cluster), Some(namespace)) = (qualify, cluster, &mut row.namespace) {
            *namespace = format!("{cluster}-{namespace}");
        }
        rows.push(row);
    }
    let asks = options.origins().any(|it| matches!(it, Origin::NamespaceLabel(_) | Origin::NamespaceAnnotation(_)));
    if asks && !unknown_namespaces.is_empty() {
        let names = unknown_namespaces.into_iter().collect::<Vec<_>>().join(", ");
        report.warn("namespace-not-read", format!("no Namespace object, so no labels, for: {names}"));
    }
    platform_namespaces(&rows, options, report);
    open::say(&rows, options, draft, report);
    let rows = across::unite(rows, options, report);
    let rows = namesakes::once_each(rows, report);
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
        daemon: placed.kind == "DaemonSet",
        per_node: false,
        pool: None,
        counted: controller.counted,
        name: placed.name.clone(),
        tenant: choose("tenant", &options.tenant, around, platform.map(String::as_str), draft, report),
        trust: choose("trust level", &options.trust, around, platform.map(|_| "trusted"), draft, report),
        original_namespace: meta.namespace.clone(),
        namespace: meta.namespace.clone(),
        cluster: around.cluster.map(str::to_owned),
        across: Vec::new(),
        regions: BTreeSet::new(),
        attributes,
        replicas: placed.replicas,
        ranged: placed.ranged,
        overlaps: controller.overlaps,
        requests: placed.requests.clone(),
        per_cluster,
        stateful: placed.stateful,
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
