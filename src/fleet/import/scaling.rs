//! Autoscalers: between how many replicas a controller moves.

use std::collections::{BTreeMap, BTreeSet};

use crate::fleet::problems::nearest;

use super::keys;
use super::kinds::nearest_kind;
use super::manifests::Meta;
use super::options::Source;
use super::placed::{Address, beside, title};
use super::report::{At, Report};

/// A HorizontalPodAutoscaler, or KEDA's ScaledObject, which makes one.
#[derive(Clone, Debug)]
pub(super) struct Autoscaler {
    pub meta: Meta,
    pub target_kind: String,
    pub target_name: String,
    pub min: u64,
    pub max: u64,
    /// Whether it scales a target at 0 replicas: a HorizontalPodAutoscaler is switched off there unless 0 is its own
    /// least, a ScaledObject wakes it.
    pub from_zero: bool,
}

/// Reads a HorizontalPodAutoscaler.
pub(super) fn autoscaler(meta: Meta, at: &At<'_>, report: &mut Report) -> Option<Autoscaler> {
    let spec = at.get("spec");
    let target = spec.get("scaleTargetRef");
    keys::check(&target, keys::TARGET, "a scaleTargetRef", meta.served, report);
    let (kind, name, max) = (target.get("kind"), target.get("name"), spec.get("maxReplicas"));
    let min = spec.get("minReplicas").count(report).unwrap_or(1);
    for (place, what) in [(&kind, "scaleTargetRef.kind"), (&name, "scaleTargetRef.name"), (&max, "maxReplicas")] {
        if place.node.is_none() {
            let message = format!("HorizontalPodAutoscaler `{}` has no {what}", meta.name);
            report.problem(place.problem("missing-key", message));
        }
    }
    let (target_kind, target_name, bound) = (kind.string(report)?, name.string(report)?, max.count(report)?);
    if bound < min {
        report.problem(max.problem("bad-bounds", format!("maxReplicas is below minReplicas ({min})")));
        return None;
    }
    target_kind_is_known(&kind, &target_kind, report);
    // the one that KEDA makes takes over from 1 replica on
    let of_keda = meta.owner.as_ref().is_some_and(|(kind, _)| kind == "ScaledObject");
    let min = if of_keda { 0 } else { min };
    Some(Autoscaler { meta, target_kind, target_name, min, max: bound, from_zero: min == 0 })
}

/// Reads a ScaledObject: 0 to 100 replicas of a Deployment unless it says otherwise (kedacore/keda, `v1alpha1`).
pub(super) fn scaled_object(meta: Meta, at: &At<'_>, report: &mut Report) -> Option<Autoscaler> {
    let spec = at.get("spec");
    let target = spec.get("scaleTargetRef");
    keys::check(&target, keys::TARGET, "a scaleTargetRef", meta.served, report);
    let (name, max) = (target.get("name"), spec.get("maxReplicaCount"));
    let target_kind = target.get("kind").string(report).unwrap_or_else(|| "Deployment".to_owned());
    let (min, idle) = (spec.get("minReplicaCount").count(report), spec.get("idleReplicaCount").count(report));
    let (min, bound) = (min.unwrap_or(0), max.count(report).unwrap_or(100));
    if name.node.is_none() {
        let message = format!("ScaledObject `{}` has no scaleTargetRef.name", meta.name);
        report.problem(name.problem("missing-key", message));
    }
    if bound < min {
        report.problem(max.problem("bad-bounds", format!("maxReplicaCount is below minReplicaCount ({min})")));
        return None;
    }
    target_kind_is_known(&target.get("kind"), &target_kind, report);
    let target_name = name.string(report)?;
    let min = idle.map_or(min, |idle| idle.min(min));
    Some(Autoscaler { meta, target_kind, target_name, min, max: bound, from_zero: true })
}

/// Refuses a kind that looks like a slip of the pen: its bounds would be lost.
fn target_kind_is_known(at: &At<'_>, kind: &str, report: &mut Report) {
    if let Some(near) = nearest_kind(kind) {
        let problem = at.problem("unknown-kind", format!("an autoscaler scales no `{kind}`"));
        report.problem(problem.with_suggestion(Some(near)));
    }
}

/// What an autoscaler may find at its target's address: the workload that counts, and the replicas that it states.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub workload: usize,
    pub replicas: u64,
}

/// Least and most replicas of every workload that an autoscaler governs, by its number.
pub(super) fn bounds(
    autoscalers: &[Autoscaler],
    targets: &BTreeMap<Address<'_>, Vec<Target>>,
    sources: &[Source],
    report: &mut Report,
) -> BTreeMap<usize, (u64, u64)> {
    let scaled: BTreeSet<Address<'_>> = (autoscalers.iter().filter(|it| it.meta.kind == "ScaledObject"))
        .map(|it| beside(&it.meta, sources, &it.meta.kind, &it.meta.name))
        .collect();
    let mut bounds: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
    for autoscaler in autoscalers {
        let Autoscaler { meta, target_kind, target_name, min, max, from_zero } = autoscaler;
        // what a ScaledObject says, the HorizontalPodAutoscaler that it makes says again
        let owner = meta.owner.as_ref();
        if owner.is_some_and(|(kind, name)| scaled.contains(&beside(meta, sources, kind, name))) {
            continue;
        }
        let title = title(meta, sources);
        let address = beside(meta, sources, target_kind, target_name);
        let Some(found) = targets.get(&address) else {
            let (cluster, directory, namespace, kind, name) = address;
            let alike = targets.keys().filter(|it| (it.0, it.1, it.2, it.3) == (cluster, directory, namespace, kind));
            let near = nearest(name, alike.map(|it| it.4));
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            let what = "its target is not among the objects read, so it scales nothing";
            report.note("autoscaler-without-target", what, format!("{title} ({target_kind} {target_name}{near})"));
            continue;
        };
        for target in found {
            if target.replicas == 0 && !from_zero {
                let message = format!("{title}: its target has 0 replicas, which switches it off");
                report.warn("autoscaler-off", message);
                continue;
            }
            let (low, high) = bounds.entry(target.workload).or_insert((*min, *max));
            if (*low, *high) != (*min, *max) {
                let message = format!("{title}: another autoscaler has the same target; the widest bounds count");
                report.warn("autoscaler-twice", message);
                (*low, *high) = ((*low).min(*min), (*high).max(*max));
            }
        }
    }
    bounds
}
