//! Quotas and limits of a namespace: as much as is planned, and what a container asks for that says nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::ground::{Ground, Namespace, Row};
use super::object::{Manifest, Meta, Spec, manifest};
use crate::error::{Error, Result};
use crate::quantity;

/// Amounts by resource, as quantities.
pub(super) type Amounts = BTreeMap<String, String>;

#[derive(Serialize)]
struct Quota {
    hard: Amounts,
}

#[derive(Serialize)]
struct Limits {
    limits: [Limit; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Limit {
    r#type: &'static str,
    default_request: Amounts,
}

/// What a ResourceQuota calls the requests of a resource; `None` where it knows none of that name.
fn quota_key(resource: &str) -> Option<String> {
    match resource {
        "pods" => Some("pods".to_owned()),
        "cpu" | "memory" | "storage" | "ephemeral-storage" => Some(format!("requests.{resource}")),
        _ if resource.starts_with("hugepages-") || resource.contains('/') => Some(format!("requests.{resource}")),
        _ => None,
    }
}

/// Whether a container can request the resource; and whether it must then be limited to the same.
pub(super) fn of_container(resource: &str) -> Option<bool> {
    match resource {
        "cpu" | "memory" | "ephemeral-storage" => Some(false),
        _ if resource.starts_with("hugepages-") || resource.contains('/') => Some(true),
        _ => None,
    }
}

/// Whether a resource is counted at all: what nobody requests and some cluster has without limit is not, and an amount of 0 would
/// take it away from who never said that they use it.
pub(super) fn counts(ground: &Ground<'_>, at: usize) -> bool {
    let fleet = ground.fleet;
    matches!(fleet.resources()[at].as_str(), "pods" | "cpu" | "memory")
        || fleet.workloads().iter().any(|it| it.total[at] > 0)
        || (0..fleet.sites().len()).all(|site| fleet.shape(site).usable[at].is_some())
}

/// What the workloads of a namespace take of each resource here, with the headroom of quotas.
pub(super) fn hard(ground: &Ground<'_>, namespace: &Namespace, headroom: u32) -> Result<Amounts> {
    let mut hard = Amounts::new();
    for (at, resource) in ground.fleet.resources().iter().enumerate() {
        let Some(key) = quota_key(resource).filter(|_| counts(ground, at)) else { continue };
        let takes = |row: &Row| ground.fleet.workloads()[row.workload].takes(at, row.replicas);
        let sum: u128 = namespace.rows.iter().map(takes).sum();
        let whole = (sum * u128::from(100 + headroom)).div_ceil(100);
        let amount = u64::try_from(whole).map_err(|_| {
            Error::Usage(format!("the quota of `{resource}` is more than can be written: take less headroom"))
        })?;
        hard.insert(key, quantity::format(resource, amount));
    }
    Ok(hard)
}

/// The quota and the defaults of a namespace.
pub(super) fn quotas(ground: &Ground<'_>, name: &str, namespace: &Namespace, headroom: u32) -> Result<[Manifest; 2]> {
    let meta = |it: &str| Meta::new(it).within(name);
    let quota = Quota { hard: hard(ground, namespace, headroom)? };
    let least = |resource: &str| {
        let at = ground.fleet.resources().iter().position(|it| it == resource)?;
        namespace.rows.iter().map(|row| ground.fleet.workloads()[row.workload].pod[at]).min()
    };
    let default_request = ["cpu", "memory"]
        .into_iter()
        .filter_map(|resource| Some((resource.to_owned(), quantity::format(resource, least(resource)?))))
        .collect();
    let limits = Limits { limits: [Limit { r#type: "Container", default_request }] };
    Ok([
        manifest("v1", "ResourceQuota", meta("planned"), Spec { spec: quota })?,
        manifest("v1", "LimitRange", meta("planned"), Spec { spec: limits })?,
    ])
}

/// The resources of the fleet that no quota, and those that no container can name: whoever counts them is not Kubernetes.
pub(super) fn unknown(ground: &Ground<'_>) -> [BTreeSet<String>; 2] {
    let asked = |at: usize| ground.fleet.workloads().iter().any(|it| it.total[at] > 0);
    let named = |fits: fn(&str) -> bool| {
        let all = ground.fleet.resources().iter().enumerate();
        all.filter(|&(at, it)| it != "pods" && !fits(it) && asked(at)).map(|(_, it)| it.clone()).collect()
    };
    [named(|it| quota_key(it).is_some()), named(|it| of_container(it).is_some())]
}
