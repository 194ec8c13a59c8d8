//! What the objects leave open: said, refused, or left to be filled in.

use serde_json::Value;

use super::super::todo::TODO;
use super::emit::Row;
use super::options::{KubernetesOptions, MissingRequests};
use super::policy;
use super::report::Report;
use crate::error::InputProblem;

/// Lists what the objects leave open.
pub(super) fn say(rows: &[Row], options: &KubernetesOptions, draft: bool, report: &mut Report) {
    let mut say = |code, what: &str, of: &dyn Fn(&Row) -> bool| {
        for row in rows.iter().filter(|row| of(row)) {
            report.note(code, what, row.title.clone());
        }
    };
    say("cron-job-overlap", "runs may overlap (concurrencyPolicy Allow), planned as one run", &|row| row.overlaps);
    let elsewhere = |row: &Row| row.daemon && !row.per_cluster;
    let what = "a DaemonSet outside the platform namespaces (`--platform-namespace` writes one pod a node), planned";
    let one = format!("{what} as one replica");
    say("daemon-set-as-replica", &one, &|row| elsewhere(row) && !row.counted && row.replicas.1 == 1);
    let now = format!("{what} with the pods that it has now");
    say("daemon-set-as-replicas", &now, &|row| elsewhere(row) && (row.counted || row.replicas.1 != 1));
    for (index, (name, _)) in options.attributes.iter().enumerate() {
        let what = format!("no value of attribute `{name}`");
        say("attribute-not-known", &what, &|row| !row.per_cluster && row.attributes.get(index) == Some(&None));
    }
    for (resource, assumed) in assumed(options) {
        let missing = |row: &Row| !row.requests.amounts.contains_key(resource);
        if let Some(quantity) = assumed {
            let what = format!("no {resource} request, planned with {quantity} a pod");
            say("missing-requests", &what, &missing);
        }
        let partly = |row: &Row| row.requests.open.iter().any(|(name, _)| name == resource);
        let what = format!("some containers have no {resource} request, which counts as 0");
        say("requests-partly-missing", &what, &partly);
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

/// Attributes that a separation asks for and that nothing gives are still to be filled in.
pub(super) fn attributes(rows: &mut [Row], policy: Option<&Value>, options: &KubernetesOptions, report: &mut Report) {
    for name in policy::needed(policy) {
        let Some(index) = options.attributes.iter().position(|(declared, _)| *declared == name) else { continue };
        for row in rows.iter_mut().filter(|row| !row.per_cluster && row.attributes[index].is_none()) {
            row.attributes[index] = Some(TODO.to_owned());
            report.note("todo", &format!("attribute `{name}` is not known: TODO"), row.title.clone());
        }
    }
}

/// CPU and memory, each with what to assume for it.
pub(super) fn assumed(options: &KubernetesOptions) -> [(&'static str, Option<&str>); 2] {
    match &options.missing_requests {
        MissingRequests::Error => [("cpu", None), ("memory", None)],
        MissingRequests::Assume { cpu, memory } => [("cpu", cpu.as_deref()), ("memory", memory.as_deref())],
    }
}
