//! Pods that run, against what their controller says of them: they take what they take.

use super::manifests::Controller;
use super::pods::raise;
use super::report::Report;
use super::requests::{PodRequests, PodShape};
use super::workloads::Placed;
use crate::error::InputProblem;
use crate::quantity;

/// What one pod requests; nothing after an error.
pub(super) fn total(pod: &PodShape, title: &str, position: Option<(usize, usize)>, report: &mut Report) -> PodRequests {
    pod.total().unwrap_or_else(|overflow| {
        let mut problem = InputProblem::new("too-large", title, format!("the pod's {} is too large", overflow.0));
        problem.position = position;
        report.problem(problem);
        PodRequests::default()
    })
}

/// Takes for every pod the largest that runs: a container that was injected, an overhead or a resize is in no template.
pub(super) fn raise_to<'a>(placed: &mut Placed, pods: impl Iterator<Item = &'a Controller>, report: &mut Report) {
    let before = placed.requests.amounts.clone();
    let mut open = None;
    for pod in pods {
        let found = total(&pod.pod, &placed.title, pod.meta.position, report);
        raise(&mut placed.requests.amounts, &found.amounts);
        raise(&mut placed.requests.overhead, &found.overhead);
        open.get_or_insert_with(Vec::new).extend(found.open.into_iter().map(|(resource, _)| resource));
    }
    // what no running pod leaves open was filled in by admission
    if let Some(open) = open {
        placed.requests.open.retain(|(resource, _)| open.contains(resource));
    }
    settle_overhead(&mut placed.requests);
    let amounts = &placed.requests.amounts;
    let larger: Vec<String> = amounts
        .iter()
        .filter(|(resource, amount)| before.get(*resource) != Some(*amount))
        .map(|(resource, &amount)| {
            let template = before.get(resource).map_or("nothing".to_owned(), |&it| quantity::format(resource, it));
            format!("{resource} {} instead of {template}", quantity::format(resource, amount))
        })
        .collect();
    if !larger.is_empty() {
        let what = "running pods request more than their template, planned as they run";
        report.note("pods-larger-than-template", what, format!("{} ({})", placed.title, larger.join(", ")));
    }
}

/// An overhead stands alone only where nothing else of the resource is known; elsewhere it is the least.
pub(super) fn settle_overhead(requests: &mut PodRequests) {
    let PodRequests { amounts, overhead, .. } = requests;
    overhead.retain(|resource, least| match amounts.get_mut(resource) {
        Some(amount) => {
            *amount = (*amount).max(*least);
            false
        }
        None => true,
    });
}

/// Takes as many pods as run, where that is more than anybody asks for.
pub(super) fn count(placed: &mut Placed, report: &mut Report) {
    let (least, most) = placed.replicas;
    if placed.running <= most {
        return;
    }
    // where a DaemonSet is planned, its row says
    if placed.kind != "DaemonSet" {
        let title = format!("{} ({} instead of {most})", placed.title, placed.running);
        report.note("more-pods-than-replicas", "more pods run than its replicas say, planned as they run", title);
    }
    placed.replicas = (if placed.ranged { least } else { placed.running }, placed.running);
}
