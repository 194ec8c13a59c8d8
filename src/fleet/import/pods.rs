//! A pod's specification -> its containers and what each requests.

use std::collections::BTreeMap;

use super::keys;
use super::manifests::Meta;
use super::nodes::nodes;
use super::quantities::{Of, against_limits, amounts};
use super::report::{At, Report};
use super::requests::{Amounts, Container, PodShape};

/// The restart policies of a container.
const RESTARTS: [&str; 3] = ["Always", "OnFailure", "Never"];

/// Reads the `spec` of a pod; `status` is that of a pod that runs.
pub(super) fn shape(spec: &At<'_>, status: Option<&At<'_>>, meta: &Meta, report: &mut Report) -> PodShape {
    keys::check(spec, keys::POD, "a pod's spec", meta.served, report);
    let (containers, init) = (spec.get("containers"), spec.get("initContainers"));
    let mut shape = PodShape {
        containers: list(&containers, meta, report),
        init: list(&init, meta, report),
        runtime_class: spec.get("runtimeClassName").string(report).filter(|name| !name.is_empty()),
        claims: !spec.get("resourceClaims").items(report).is_empty(),
        overhead: amounts(&spec.get("overhead"), Of::Alone, report),
        nodes: nodes(spec, report),
        keeps_data: keeps_data(&spec.get("volumes"), report),
        ..PodShape::default()
    };
    if shape.containers.is_empty() {
        report.problem(containers.problem("no-containers", format!("{} `{}` has no containers", meta.kind, meta.name)));
    }
    let resources = spec.get("resources");
    (shape.requests, shape.limits) = requirements(&resources, Of::Pod, meta, report);
    if let Some(status) = status {
        resized(&mut shape, status, report);
    }
    shape
}

fn keeps_data(volumes: &At<'_>, report: &mut Report) -> bool {
    let kept = |it: &At<'_>| ["persistentVolumeClaim", "hostPath"].iter().any(|key| it.get(key).node.is_some());
    volumes.items(report).iter().any(kept)
}

fn list(at: &At<'_>, meta: &Meta, report: &mut Report) -> Vec<Container> {
    at.items(report).iter().map(|item| container(item, meta, report)).collect()
}

fn container(at: &At<'_>, meta: &Meta, report: &mut Report) -> Container {
    keys::check(at, keys::CONTAINER, "a container", meta.served, report);
    let resources = at.get("resources");
    let (requests, limits) = requirements(&resources, Of::Container, meta, report);
    let restart = at.get("restartPolicy");
    let policy = restart.string(report);
    if policy.as_deref().is_some_and(|policy| !RESTARTS.contains(&policy)) {
        report.problem(restart.problem("unknown-value", "no such restart policy").with_expected(RESTARTS.join(", ")));
    }
    Container {
        name: at.get("name").string(report).unwrap_or_default(),
        sidecar: policy.as_deref() == Some("Always"),
        requests,
        limits,
    }
}

fn requirements(at: &At<'_>, of: Of, meta: &Meta, report: &mut Report) -> (Amounts, Amounts) {
    keys::check(at, keys::RESOURCES, "`resources`", meta.served, report);
    let claims = at.get("claims");
    for claim in claims.items(report) {
        keys::check(&claim, keys::CLAIM, "a claim", meta.served, report);
    }
    let requests = amounts(&at.get("requests"), of, report);
    let limits = amounts(&at.get("limits"), of, report);
    against_limits(at, &requests, &limits, report);
    (requests, limits)
}

/// A container that is being resized in place takes the larger of what it is to have and what it has (Kubernetes
/// enhancement 1287): the node gives nothing back before the resize is done.
fn resized(shape: &mut PodShape, status: &At<'_>, report: &mut Report) {
    for (key, containers) in [("containerStatuses", &mut shape.containers), ("initContainerStatuses", &mut shape.init)]
    {
        let statuses = status.get(key);
        let mut held: BTreeMap<String, Amounts> = BTreeMap::new();
        for it in statuses.items(report) {
            let resources = it.get("resources");
            let mut most = amounts(&it.get("allocatedResources"), Of::Alone, report);
            raise(&mut most, &amounts(&resources.get("requests"), Of::Alone, report));
            if let (Some(name), false) = (it.get("name").string(report), most.is_empty()) {
                held.insert(name, most);
            }
        }
        for container in containers {
            if let Some(most) = held.get(&container.name) {
                raise(&mut container.requests, most);
            }
        }
    }
}

/// Takes the larger of both, resource by resource.
pub(super) fn raise(amounts: &mut Amounts, other: &Amounts) {
    for (resource, &amount) in other {
        let most = amounts.entry(resource.clone()).or_insert(amount);
        *most = amount.max(*most);
    }
}
