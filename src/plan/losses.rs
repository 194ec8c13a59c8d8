//! What the loss of a cluster, or of a region, takes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fleet::Fleet;
use crate::placement::{Lost, Placement, losses_of_clusters, losses_of_regions};

/// Names given as samples.
const FEW: usize = 3;

/// What the loss of a cluster takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Loss {
    /// The cluster.
    pub cluster: String,
    /// Workloads that are left with fewer pods than their `replicas`.
    pub workloads: u64,
    /// Pods that are gone.
    pub pods: u64,
    /// Pods that those workloads have left elsewhere, where the fleet has copies or splits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u64>,
    /// Tenants whose workloads these are.
    pub tenants: u64,
    /// Some of the workloads.
    pub samples: Vec<String>,
}

/// What the loss of a region takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct LossOfRegion {
    /// The region.
    pub region: String,
    /// Its clusters.
    pub clusters: u64,
    /// Workloads that are left with fewer pods than their `replicas`.
    pub workloads: u64,
    /// Pods that are gone.
    pub pods: u64,
    /// Pods that those workloads have left elsewhere, where the fleet has copies or splits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u64>,
    /// Tenants whose workloads these are.
    pub tenants: u64,
    /// Some of the workloads.
    pub samples: Vec<String>,
}

impl Loss {
    pub(crate) fn of(fleet: &Fleet, cluster: &str, lost: &Lost) -> Self {
        Self {
            cluster: cluster.to_owned(),
            workloads: lost.workloads.len() as u64,
            pods: lost.pods,
            left: left(fleet, lost),
            tenants: lost.tenants as u64,
            samples: samples(fleet, lost),
        }
    }
}

impl LossOfRegion {
    pub(crate) fn of(fleet: &Fleet, lost: &Lost) -> Self {
        Self {
            region: fleet.regions()[lost.of].name.clone(),
            clusters: lost.clusters as u64,
            workloads: lost.workloads.len() as u64,
            pods: lost.pods,
            left: left(fleet, lost),
            tenants: lost.tenants as u64,
            samples: samples(fleet, lost),
        }
    }
}

/// Pods left elsewhere; where every workload is in one cluster there are none.
fn left(fleet: &Fleet, lost: &Lost) -> Option<u64> {
    (!fleet.is_of_single_clusters()).then_some(lost.left)
}

fn samples(fleet: &Fleet, lost: &Lost) -> Vec<String> {
    lost.workloads.iter().take(FEW).map(|&workload| fleet.identity(workload)).collect()
}

/// Where several clusters are in use, and some exist or workloads are in several: else the list of the clusters says it.
pub(super) fn of_clusters(fleet: &Fleet, placement: &Placement) -> Vec<Loss> {
    if fleet.existing().is_empty() && fleet.is_of_single_clusters() {
        return Vec::new();
    }
    let losses = losses_of_clusters(fleet, placement);
    let named = |lost: &Lost| Loss::of(fleet, &placement.clusters[lost.of].name, lost);
    if losses.len() < 2 { Vec::new() } else { losses.iter().map(named).collect() }
}

/// Where several regions are in use: of one, and of one cluster, the list of the clusters says it.
pub(super) fn of_regions(fleet: &Fleet, placement: &Placement) -> Vec<LossOfRegion> {
    let losses = losses_of_regions(fleet, placement);
    if losses.len() < 2 { Vec::new() } else { losses.iter().map(|lost| LossOfRegion::of(fleet, lost)).collect() }
}
