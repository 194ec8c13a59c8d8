//! The document of `frontier`: for each number of clusters the fewest moves and the least cost.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document;
use crate::error::Result;
use crate::plan::{Figure, PlanProof, PlanStatus, PlanStop};

/// The schema of the document.
pub(crate) const FRONTIER_SCHEMA: &str = "tenantry-frontier/v1";

/// What fewer clusters take: for each number of them, from the fewest to today's, the fewest moves and the least cost of plans
/// with at most so many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "tenantry frontier")]
#[non_exhaustive]
pub struct Frontier {
    /// `tenantry-frontier/v1`.
    #[schemars(extend("const" = FRONTIER_SCHEMA))]
    pub schema: String,
    /// The version of tenantry.
    pub version: String,
    /// The fleet's name; empty where it has none.
    pub name: String,
    /// The digest of the fleet.
    pub fleet_digest: String,
    /// The day on which waivers and stays were judged.
    pub as_of: String,
    /// What is known of the fewest clusters: `optimal` (it is proved that no plan has fewer), `feasible`, `infeasible` (no plan
    /// exists), `unknown` (none was found).
    pub status: PlanStatus,
    /// The fewest clusters.
    pub fewest: FrontierFigure,
    /// Existing clusters in which somebody of the fleet runs today, or that are in every plan.
    pub today: u64,
    /// The least that the moves of any plan count, as far as it is proved: what cannot stay where it runs (a plan's `moves.forced` counts that
    /// alone, workload by workload), and what its cluster has no room for, or may not hold together.
    pub least_moves: u64,
    /// One for each number of clusters, the fewest first. The moves and the cost never rise along them.
    pub points: Vec<FrontierPoint>,
    /// Searches that were made.
    pub runs: u64,
    /// Which limit cut the call short; null if none did.
    pub stopped: Option<PlanStop>,
    /// How to read the figures.
    pub notes: Vec<String>,
}

/// A figure, and what is known of how small it can be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct FrontierFigure {
    /// Of the best plan that was found; null where none was, or where a price is not known.
    pub value: Option<Figure>,
    /// No plan has less; null where nothing is known.
    pub bound: Option<Figure>,
    /// What backs the bound.
    pub proof: PlanProof,
}

/// At most so many clusters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct FrontierPoint {
    /// So many clusters at most.
    pub clusters: u64,
    /// As many as are in use today.
    pub today: bool,
    /// No plan moves less, whatever its clusters: the moves are the least of all.
    pub no_plan_moves_less: bool,
    /// The fewest moves, as the level `moves` of a plan counts them.
    pub moves: FrontierFigure,
    /// Clusters of the plan that has so few moves.
    pub moves_with: u64,
    /// The least cost; null where some cluster has no price.
    pub cost: Option<FrontierFigure>,
}

impl Frontier {
    /// Reads a frontier document. Unknown and repeated keys are errors.
    ///
    /// # Errors
    /// [`Error::PlanDocument`](crate::Error::PlanDocument) with line and column.
    pub fn from_json(text: &str) -> Result<Self> {
        document::read(text, "a frontier document", FRONTIER_SCHEMA, |it: &Self| &it.schema)
    }

    /// As JSON, keys always in the same order.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal): never, as far as is known.
    pub fn to_json(&self) -> Result<String> {
        document::text(self)
    }
}
