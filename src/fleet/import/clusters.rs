//! Namesakes: an object that is given twice counts once, and what two clusters have is never one by chance.

use std::collections::BTreeMap;

use crate::error::InputProblem;

use super::manifests::{Controller, Meta, Objects};
use super::options::{KubernetesOptions, Source};
use super::placed::{Address, beside, title};
use super::report::Report;

/// Leaves out every controller that is given again, and refuses objects of two clusters that would become one.
pub(super) fn apart(objects: &mut Objects, sources: &[Source], options: &KubernetesOptions, report: &mut Report) {
    // one object may make several
    let mut first: BTreeMap<(Address<'_>, &str), usize> = BTreeMap::new();
    let mut again = Vec::new();
    for (index, controller) in objects.controllers.iter().enumerate() {
        let address = beside(&controller.meta, sources, &controller.meta.kind, &controller.meta.name);
        let address = (address, controller.name.as_str());
        let Some(&earlier) = first.get(&address) else {
            first.insert(address, index);
            continue;
        };
        let earlier = &objects.controllers[earlier];
        if are_two(&earlier.meta, &controller.meta) {
            of_two_clusters(&earlier.meta, &controller.meta, sources, report);
        } else if alike(earlier, controller) {
            report.note("given-twice", "given more than once, counted once", title(&controller.meta, sources));
            again.push(index);
        }
    }
    drop(first);
    for &index in again.iter().rev() {
        objects.controllers.remove(index);
    }
    let mut namespaces: BTreeMap<(Option<&str>, &str), &Meta> = BTreeMap::new();
    for meta in &objects.namespaces {
        let key = (sources[meta.source].cluster.as_deref(), meta.name.as_str());
        let earlier = *namespaces.entry(key).or_insert(meta);
        if are_two(earlier, meta) {
            of_two_clusters(earlier, meta, sources, report);
        }
    }
    if !options.qualify_namespaces && !options.merge_namespaces {
        namespaces_of_two_clusters(objects, sources, options, report);
    }
}

/// Whether one API server cannot have written both.
fn are_two(a: &Meta, b: &Meta) -> bool {
    a.uid.is_some() && b.uid.is_some() && a.uid != b.uid
}

/// Whether both say the same, wherever they stand.
fn alike(a: &Controller, b: &Controller) -> bool {
    if a.meta.uid.is_some() != b.meta.uid.is_some() {
        return false;
    }
    let mut moved = b.clone();
    (moved.meta.source, moved.meta.position) = (a.meta.source, a.meta.position);
    *a == moved
}

fn of_two_clusters(first: &Meta, second: &Meta, sources: &[Source], report: &mut Report) {
    let message = "two objects of this name, with different uids: they are of two clusters";
    let mut problem = InputProblem::new("two-clusters", title(second, sources), message);
    problem.position = second.position;
    let ways = "the clusters' names, as in east=FILE west=FILE, with --qualify-namespaces or --merge-namespaces";
    report.problem(problem.with_got(format!("the other: {}", title(first, sources))).with_expected(ways));
}

/// A namespace of two clusters is two namespaces, unless it is the platform's or somebody says otherwise.
fn namespaces_of_two_clusters(objects: &Objects, sources: &[Source], options: &KubernetesOptions, report: &mut Report) {
    let mut first: BTreeMap<&str, &Meta> = BTreeMap::new();
    let mut told: Vec<&str> = Vec::new();
    for meta in objects.controllers.iter().map(|controller| &controller.meta) {
        let Some(namespace) = meta.namespace.as_deref() else { continue };
        let platform = options.platform_namespaces.iter().any(|it| it == namespace);
        let Some(cluster) = sources[meta.source].cluster.as_deref().filter(|_| !platform) else { continue };
        let earlier = *first.entry(namespace).or_insert(meta);
        let other = sources[earlier.source].cluster.as_deref().unwrap_or_default();
        if other == cluster || told.contains(&namespace) {
            continue;
        }
        told.push(namespace);
        let message = format!("namespace `{namespace}` is in the clusters `{other}` and `{cluster}`");
        let mut problem = InputProblem::new("two-clusters", title(meta, sources), message);
        problem.position = meta.position;
        let ways = "--qualify-namespaces, which keeps them apart as CLUSTER-NAMESPACE, or --merge-namespaces, where one \
                    name is one namespace";
        report.problem(problem.with_got(format!("the other: {}", title(earlier, sources))).with_expected(ways));
    }
}
