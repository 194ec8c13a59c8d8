//! The document of `grow`: up to which factor so many clusters suffice, and what breaks then.

use schemars::JsonSchema;
use serde::Serialize;

use crate::document;
use crate::error::Result;
use crate::fleet::{Factor, Grows};
use crate::plan::{PlanProof, PlanStop};

/// The schema of the document.
pub(crate) const GROWTH_SCHEMA: &str = "tenantry-growth/v1";

/// How the number of clusters grows with the fleet. Factors go in steps of a hundredth.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "tenantry growth")]
#[non_exhaustive]
pub struct Growth {
    /// `tenantry-growth/v1`.
    #[schemars(extend("const" = GROWTH_SCHEMA))]
    pub schema: String,
    /// The version of tenantry.
    pub version: String,
    /// The fleet's name; empty where it has none.
    pub name: String,
    /// The digest of the fleet, what was added included.
    pub fleet_digest: String,
    /// The day on which waivers and stays were judged.
    pub as_of: String,
    /// What grows.
    pub of: GrowthOf,
    /// The greatest factor that was looked at.
    pub up_to: f64,
    /// The fleet that was added; null where none was.
    pub added: Option<AddedFleet>,
    /// The fleet as it is (with what was added): factor 1.
    pub start: GrowthPoint,
    /// What grew: all of it, or one tenant or class at a time, by name.
    pub parts: Vec<GrowthPart>,
    /// Tenants or classes that were not looked at: those with the fewest pods, or whatever came after the limits were used up.
    pub parts_left_out: u64,
    /// Plans that were made.
    pub runs: u64,
    /// Which limit cut the call short; null if none did.
    pub stopped: Option<PlanStop>,
    /// What was scaled, and what was not.
    pub assumptions: Vec<String>,
}

/// What grows with the factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum GrowthOf {
    /// The pods of a workload.
    Replicas,
    /// What its pods request.
    Requests,
}

impl From<Grows> for GrowthOf {
    fn from(grows: Grows) -> Self {
        match grows {
            Grows::Replicas => Self::Replicas,
            Grows::Requests => Self::Requests,
        }
    }
}

/// A fleet that was added.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AddedFleet {
    /// Its name; empty where it has none.
    pub name: String,
    /// Its workloads.
    pub workloads: u64,
    /// The fleet without it.
    pub before: GrowthPoint,
}

/// What is known of one factor.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GrowthPoint {
    /// The factor.
    pub factor: f64,
    /// Clusters of the best plan; null where none was found.
    pub clusters: Option<u64>,
    /// The fewest clusters that any plan can have; null where no plan exists.
    pub lower_bound: Option<u64>,
    /// What backs the bound, or that no plan exists.
    pub proof: PlanProof,
    /// Why there cannot be fewer, or why no plan exists, in words.
    pub why: String,
}

/// What grows, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GrowthPart {
    /// `all`, `tenant`, or `attribute:NAME`.
    pub by: String,
    /// The tenant, or the class of the attribute; null for all, and for workloads without a value.
    pub name: Option<String>,
    /// Workloads that grow.
    pub workloads: u64,
    /// Their pods today.
    pub pods: u64,
    /// Where the number of clusters rises, the smallest factor first.
    pub rises: Vec<Rise>,
    /// The greatest factor; null where it was not reached.
    pub end: Option<GrowthPoint>,
    /// Whether every rise up to the greatest factor is listed.
    pub complete: bool,
}

/// A number of clusters and where it stops to suffice.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Rise {
    /// So many clusters,
    pub from: u64,
    /// suffice up to this factor: there is a plan.
    pub lasts_to: f64,
    /// At this factor it is proved that more are needed, or that no plan exists; null where that is proved of no factor.
    pub needed_from: Option<f64>,
    /// Whether nothing lies between the two.
    pub exact: bool,
    /// What is known where more are needed; where that is not proved, at the next factor that was looked at.
    pub after: GrowthPoint,
    /// Each limit without which the old number would do there (of maximum counts, where no plan exists: without which there is
    /// one): what breaks. Empty where it takes several to go, or where who may share with whom is the reason.
    pub breaks: Vec<Broken>,
}

/// A limit that growth runs into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Broken {
    /// Which kind.
    pub what: BrokenWhat,
    /// The resource (of a dedicated pool as `RESOURCE@POOL`), `namespaces` or `tenants`, the template, the region, or the workload.
    pub name: String,
}

/// Kinds of limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum BrokenWhat {
    /// What a cluster has usable of a resource (of `pods`: the maximum).
    Resource,
    /// What `maximums` say of namespaces or tenants.
    Maximum,
    /// `maxCount` of a template.
    MaxCount,
    /// `maxClusters` of a region.
    MaxClusters,
    /// A workload fits no cluster any more.
    Workload,
    /// Pods fit in sum, and no placement of them on nodes was found; that is no proof.
    Nodes,
}

impl Growth {
    /// As JSON.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal): never, as far as is known.
    pub fn to_json(&self) -> Result<String> {
        document::text(self)
    }
}

impl GrowthPoint {
    /// Whether it is known that no plan exists.
    #[must_use]
    pub fn is_impossible(&self) -> bool {
        self.lower_bound.is_none()
    }
}

/// What is scaled, and what is not, in sentences.
pub(crate) fn assumptions(of: Grows, up_to: Factor) -> Vec<String> {
    let grows = match of {
        Grows::Replicas => "the replicas of a workload grow, rounded up; what it requests once (`fixedRequests`) stays",
        Grows::Requests => {
            "what each pod requests grows, and what a workload requests once, rounded up to a unit; the replicas stay"
        }
    };
    let mut list = vec![
        format!("{grows}; workloads of the platform (`perCluster`, `perNode`) and overheads of tenants stay"),
        "no tenant, workload or namespace is added; templates, maximums and policy stay as they are".to_owned(),
    ];
    if up_to > Factor::ONE {
        list.push(
            "factors go in steps of 0.01; a plan for a larger fleet is one for a smaller, and a proof the other way"
                .to_owned(),
        );
    }
    list
}
