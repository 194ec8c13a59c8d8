//! Controllers and bare pods: how many pods, and of which template.

use super::keys;
use super::kinds::Kind;
use super::manifests::{Borrowed, Controller, Labels, Meta, labels};
use super::pods;
use super::report::{At, Report};
use super::requests::PodShape;

/// Reads a controller or a bare pod.
pub(super) fn controller(kind: Kind, meta: Meta, at: &At<'_>, report: &mut Report) -> Controller {
    let spec = at.get("spec");
    let mut read = Controller {
        kind,
        name: meta.name.clone(),
        meta,
        replicas: 1,
        counted: true,
        overlaps: false,
        suspended: false,
        finished: finished(kind, at, report),
        leaving: at.get("metadata").get("deletionTimestamp").node.is_some(),
        pod_labels: Labels::new(),
        pod_annotations: Labels::new(),
        pod: PodShape::default(),
        borrows: None,
    };
    match kind {
        Kind::Replicated | Kind::Shaped => {
            keys::check_slips(&spec, &["replicas", "template"], &format!("a {}'s spec", read.meta.kind), report);
            read.replicas = spec.get("replicas").count(report).unwrap_or(1);
        }
        Kind::DaemonSet => {
            let desired = at.get("status").get("desiredNumberScheduled").count(report);
            read.counted = desired.is_some();
            read.replicas = desired.unwrap_or(1);
        }
        Kind::Job => {
            read.replicas = parallelism(&spec, report);
            read.suspended = spec.get("suspend").is_true();
        }
        Kind::CronJob => cron_job(&mut read, &spec, report),
        Kind::Rollout => {
            read.replicas = spec.get("replicas").count(report).unwrap_or(1);
            read.borrows = borrowed(&spec.get("workloadRef"), report);
        }
        Kind::Pod => {}
        _ => read.replicas = spec.get("replicas").count(report).unwrap_or(1),
    }
    if read.borrows.is_some() {
        return read;
    }
    if kind == Kind::Pod {
        // the object is the pod: its labels were read with it
        (read.pod_labels, read.pod_annotations) = (read.meta.labels.clone(), read.meta.annotations.clone());
        read.pod = pods::shape(&spec, Some(&at.get("status")), &read.meta, report);
        return read;
    }
    Place { at: *at }.descend(kind.template(), |template| template_of(&mut read, template, report));
    read.pod.keeps_data |= !spec.get("volumeClaimTemplates").items(report).is_empty();
    read
}

fn template_of(read: &mut Controller, template: &At<'_>, report: &mut Report) {
    keys::check(template, keys::TEMPLATE, "a pod template", read.meta.served, report);
    let metadata = template.get("metadata");
    keys::check(&metadata, keys::META, "`metadata`", read.meta.served, report);
    read.pod_labels = labels(&metadata.get("labels"), report);
    read.pod_annotations = labels(&metadata.get("annotations"), report);
    read.pod = pods::shape(&template.get("spec"), None, &read.meta, report);
}

fn cron_job(read: &mut Controller, spec: &At<'_>, report: &mut Report) {
    let (template, policy) = (spec.get("jobTemplate"), spec.get("concurrencyPolicy"));
    keys::check(&template, keys::TEMPLATE, "a job template", read.meta.served, report);
    let job = template.get("spec");
    keys::check(&job, keys::JOB, "a Job's spec", read.meta.served, report);
    read.replicas = parallelism(&job, report);
    read.suspended = spec.get("suspend").is_true() || job.get("suspend").is_true();
    match policy.string(report).as_deref() {
        None | Some("Allow") => read.overlaps = true,
        Some("Forbid" | "Replace") => {}
        Some(_) => {
            let problem = policy.problem("unknown-value", "no such concurrency policy");
            report.problem(problem.with_expected("Allow, Forbid or Replace"));
        }
    }
}

/// A JobSet: a workload for each of its `replicatedJobs`, which is `replicas` Jobs of one template.
pub(super) fn job_set(meta: &Meta, at: &At<'_>, report: &mut Report) -> Vec<Controller> {
    let spec = at.get("spec");
    let jobs = spec.get("replicatedJobs");
    let mut sets = Vec::new();
    for it in jobs.items(report) {
        keys::check(&it, keys::REPLICATED_JOB, "a replicated job", true, report);
        let name = it.get("name");
        let Some(part) = name.string(report).filter(|name| !name.is_empty()) else {
            report.problem(
                name.problem("missing-name", format!("a replicated job of JobSet `{}` without a name", meta.name)),
            );
            continue;
        };
        let template = it.get("template");
        keys::check(&template, keys::TEMPLATE, "a job template", meta.served, report);
        let job = template.get("spec");
        keys::check(&job, keys::JOB, "a Job's spec", meta.served, report);
        let jobs_at_a_time = it.get("replicas").count(report).unwrap_or(1);
        let mut read = Controller {
            kind: Kind::JobSet,
            name: format!("{}-{part}", meta.name),
            meta: meta.clone(),
            replicas: jobs_at_a_time.saturating_mul(parallelism(&job, report)),
            counted: true,
            overlaps: false,
            suspended: spec.get("suspend").is_true(),
            finished: finished(Kind::JobSet, at, report),
            leaving: false,
            pod_labels: Labels::new(),
            pod_annotations: Labels::new(),
            pod: PodShape::default(),
            borrows: None,
        };
        template_of(&mut read, &job.get("template"), report);
        sets.push(read);
    }
    if jobs.node.is_none() {
        report.problem(jobs.problem("missing-key", format!("JobSet `{}` has no replicatedJobs", meta.name)));
    }
    sets
}

fn borrowed(at: &At<'_>, report: &mut Report) -> Option<Borrowed> {
    at.node?;
    keys::check(at, keys::WORKLOAD_REF, "a workloadRef", true, report);
    let (kind, name) = (at.get("kind"), at.get("name"));
    for (place, what) in [(&kind, "kind"), (&name, "name")] {
        if place.node.is_none() {
            report.problem(place.problem("missing-key", format!("a workloadRef without a {what}")));
        }
    }
    let scale_down = at.get("scaleDown").string(report);
    let replaces = matches!(scale_down.as_deref(), Some("onsuccess" | "progressively"));
    Some(Borrowed { kind: kind.string(report)?, name: name.string(report)?, replaces })
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
        Kind::Job | Kind::JobSet => holds(&status, &["Complete", "Completed", "Failed"]),
        _ => false,
    }
}

/// Whether one of these conditions holds.
pub(super) fn holds(status: &At<'_>, kinds: &[&str]) -> bool {
    // a status is written by a controller: what is malformed in it holds nothing
    let mut quiet = Report::default();
    let conditions = status.get("conditions");
    conditions.items(&mut quiet).iter().any(|condition| {
        let kind = condition.get("type").string(&mut quiet);
        let holds = condition.get("status").string(&mut quiet);
        kind.is_some_and(|kind| kinds.contains(&kind.as_str())) && holds.as_deref() == Some("True")
    })
}

/// Walks a fixed way down; a place borrows its parent, so the rest runs inside.
struct Place<'a> {
    at: At<'a>,
}

impl Place<'_> {
    fn descend(&self, way: &[&str], then: impl FnOnce(&At<'_>)) {
        match way.split_first() {
            None => then(&self.at),
            Some((key, rest)) => Place { at: self.at.get(key) }.descend(rest, then),
        }
    }
}
