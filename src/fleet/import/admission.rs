//! What admission adds to a pod before it runs: the overhead of its RuntimeClass and the defaults of LimitRanges.

use std::collections::BTreeMap;

use super::keys;
use super::manifests::{Meta, Objects};
use super::options::Source;
use super::placed::{Address, beside, title};
use super::pods::raise;
use super::quantities::{Of, amounts};
use super::report::{At, Report};
use super::requests::Amounts;

/// A RuntimeClass: what the sandbox of each of its pods takes.
#[derive(Clone, Debug)]
pub(super) struct RuntimeClass {
    pub meta: Meta,
    pub overhead: Amounts,
}

/// A LimitRange: what a container of its namespace requests that says nothing.
#[derive(Clone, Debug)]
pub(super) struct LimitRange {
    pub meta: Meta,
    pub defaults: Amounts,
}

/// Reads a RuntimeClass.
pub(super) fn runtime_class(meta: Meta, at: &At<'_>, report: &mut Report) -> RuntimeClass {
    keys::check(at, keys::RUNTIME_CLASS, "a RuntimeClass", meta.served, report);
    let overhead = at.get("overhead");
    keys::check(&overhead, keys::OVERHEAD, "a RuntimeClass's overhead", meta.served, report);
    RuntimeClass { overhead: amounts(&overhead.get("podFixed"), Of::Alone, report), meta }
}

/// Reads a LimitRange as Kubernetes does (`SetDefaults_LimitRangeItem` of `pkg/apis/core/v1`): a default limit comes from
/// `default`, else from `max`; a default request from `defaultRequest`, else from the default limit, else from `min`.
pub(super) fn limit_range(meta: Meta, at: &At<'_>, report: &mut Report) -> LimitRange {
    let spec = at.get("spec");
    keys::check(&spec, keys::LIMIT_RANGE, "a LimitRange's spec", meta.served, report);
    let mut defaults = Amounts::new();
    let limits = spec.get("limits");
    for item in limits.items(report) {
        keys::check(&item, keys::LIMIT_RANGE_ITEM, "a limit", meta.served, report);
        let kind = item.get("type");
        match kind.string(report).as_deref() {
            Some("Container") => {}
            Some("Pod" | "PersistentVolumeClaim") => continue,
            // the types of other projects have a prefix
            Some(other) if other.contains('/') => continue,
            _ => {
                let problem = kind.problem("unknown-value", "no such type of limit");
                report.problem(problem.with_expected("Container, Pod or PersistentVolumeClaim"));
                continue;
            }
        }
        let mut of_item = Amounts::new();
        for key in ["defaultRequest", "default", "max", "min"] {
            for (resource, amount) in amounts(&item.get(key), Of::Alone, report) {
                of_item.entry(resource).or_insert(amount);
            }
        }
        // a later item overrules an earlier one
        defaults.extend(of_item);
    }
    LimitRange { meta, defaults }
}

/// Adds to every pod what admission adds.
pub(super) fn apply(objects: &mut Objects, sources: &[Source], report: &mut Report) {
    let cluster = |meta: &Meta| sources[meta.source].cluster.as_deref();
    let mut classes: BTreeMap<(Option<&str>, &str), Amounts> = BTreeMap::new();
    for class in &objects.runtime_classes {
        raise(classes.entry((cluster(&class.meta), &class.meta.name)).or_default(), &class.overhead);
    }
    // which of several LimitRanges comes first is open: the largest counts
    let mut ranges: BTreeMap<Address<'_>, Amounts> = BTreeMap::new();
    for range in &objects.limit_ranges {
        raise(ranges.entry(beside(&range.meta, sources, "", "")).or_default(), &range.defaults);
    }
    for controller in &mut objects.controllers {
        let shape = &mut controller.pod;
        if let (Some(name), true) = (&shape.runtime_class, shape.overhead.is_empty()) {
            match classes.get(&(cluster(&controller.meta), name)) {
                Some(overhead) => shape.overhead = overhead.clone(),
                None if !controller.finished && (controller.kind.replicates() || !controller.meta.served) => report
                    .note(
                        "runtime-class-not-read",
                        &format!("no RuntimeClass `{name}` among the objects read, so its overhead is not counted"),
                        title(&controller.meta, sources),
                    ),
                None => {}
            }
        }
        if let Some(defaults) = ranges.get(&beside(&controller.meta, sources, "", "")) {
            shape.containers.iter_mut().chain(&mut shape.init).for_each(|container| container.fill(defaults));
        }
    }
}
