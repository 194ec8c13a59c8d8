//! What runs in a cluster and is not imported: it takes room, and stays where it is.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::InputProblem;
use crate::fleet::problems::{nearest, shown};
use crate::quantity;

use super::machines::{Occupied, Running};
use super::manifests::Objects;
use super::open::assumed;
use super::options::{KubernetesOptions, Source};
use super::report::Report;
use super::requests::parse_amount;
use super::workloads::Placed;

/// Adds what a workload takes that is not imported.
fn add(taken: &mut Occupied, placed: &Placed, namespace: &str, options: &KubernetesOptions, report: &mut Report) {
    let pods = placed.replicas.1;
    for (resource, assumed) in assumed(options) {
        let overhead = placed.requests.overhead.get(resource).copied().unwrap_or(0);
        let stated = placed.requests.amounts.get(resource).copied();
        let assumed = || Some(parse_amount(resource, assumed?).ok()?.saturating_add(overhead));
        let Some(each) = stated.or_else(assumed) else {
            let message = format!("no {resource} request: what it takes of its cluster is not known");
            let problem = InputProblem::new("missing-requests", &placed.title, message);
            let ways = "a request, or --missing-requests zero, or such as cpu=100m,memory=128Mi";
            report.problem(problem.with_expected(ways));
            continue;
        };
        let sum = if resource == "cpu" { &mut taken.cpu } else { &mut taken.memory };
        *sum = sum.saturating_add(each.saturating_mul(pods));
    }
    taken.pods = taken.pods.saturating_add(pods);
    taken.namespaces.insert(namespace.to_owned());
}

/// Takes out what runs in namespaces that are not imported; what it takes of a running cluster is said there. Linear.
pub(super) fn leave_out(
    placed: Vec<Placed>,
    (objects, sources): (&Objects, &[Source]),
    running: &mut [Running],
    options: &KubernetesOptions,
    report: &mut Report,
) -> Vec<Placed> {
    if options.except_namespaces.is_empty() {
        return placed;
    }
    let mut taken: BTreeMap<&str, Occupied> = BTreeMap::new();
    let mut met: BTreeSet<&str> = BTreeSet::new();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let mut left = Vec::with_capacity(placed.len());
    for it in placed {
        let meta = &objects.controllers[it.index].meta;
        let Some(namespace) = meta.namespace.as_deref() else {
            left.push(it);
            continue;
        };
        known.insert(namespace);
        let Some(named) = options.except_namespaces.iter().find(|name| *name == namespace) else {
            left.push(it);
            continue;
        };
        met.insert(named);
        match sources[meta.source].cluster.as_deref().filter(|name| running.iter().any(|it| it.name == **name)) {
            Some(cluster) => add(taken.entry(cluster).or_default(), &it, namespace, options, report),
            None => report.note("left-out", "in a namespace that is not imported, and in no running cluster", it.title),
        }
    }
    for name in &options.except_namespaces {
        if options.platform_namespaces.contains(name) {
            let message = "a namespace is the platform's, in every cluster, or it is not imported";
            report.problem(InputProblem::new("contradiction", "", message).with_got(format!("`{}`", shown(name))));
        }
        if !met.contains(name.as_str()) {
            let problem = InputProblem::new("unknown-namespace", "", "no workload lives in this namespace");
            let near = nearest(name, known.iter().copied());
            report.problem(problem.with_got(format!("`{}`", shown(name))).with_suggestion(near));
        }
    }
    for cluster in running {
        let Some(occupied) = taken.remove(cluster.name.as_str()) else { continue };
        let names: Vec<String> = occupied.namespaces.iter().map(|it| format!("`{}`", shown(it))).collect();
        let message = format!(
            "{} of cluster `{}` is not imported: {} of cpu, {} of memory and {} pod{} are taken there (`occupied`). The cluster \
             is kept, and no rule sees by whom",
            names.join(", "),
            shown(&cluster.name),
            quantity::format("cpu", occupied.cpu),
            quantity::format("memory", occupied.memory),
            occupied.pods,
            if occupied.pods == 1 { "" } else { "s" },
        );
        report.warn("occupied", message);
        cluster.occupied = Some(occupied);
    }
    left
}
