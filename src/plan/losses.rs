//! What the loss of a region takes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fleet::Fleet;
use crate::placement::{Lost, Placement, losses_of_regions};

/// Names given as samples.
const FEW: usize = 3;

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
    /// Tenants whose workloads these are.
    pub tenants: u64,
    /// Some of the workloads.
    pub samples: Vec<String>,
}

impl LossOfRegion {
    pub(crate) fn of(fleet: &Fleet, lost: &Lost) -> Self {
        Self {
            region: fleet.regions()[lost.of].name.clone(),
            clusters: lost.clusters as u64,
            workloads: lost.workloads.len() as u64,
            pods: lost.pods,
            tenants: lost.tenants as u64,
            samples: lost.workloads.iter().take(FEW).map(|&workload| fleet.identity(workload)).collect(),
        }
    }
}

/// Where several regions are in use: of one, and of one cluster, the list of the clusters says it.
pub(super) fn losses(fleet: &Fleet, placement: &Placement) -> Vec<LossOfRegion> {
    let losses = losses_of_regions(fleet, placement);
    if losses.len() < 2 { Vec::new() } else { losses.iter().map(|lost| LossOfRegion::of(fleet, lost)).collect() }
}
