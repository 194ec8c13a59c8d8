//! A row of a batch: one fleet planned, or why it could not be.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::plan::{Plan, PlanProof, PlanStatus, PlanStop};

pub(crate) const BATCH_SCHEMA: &str = "tenantry-batch/v1";

/// What was asked of every fleet of a batch: a row that was made with the same is not made again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct BatchOptions {
    /// The day against which waivers are judged, where the call named one (`YYYY-MM-DD`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// The seed.
    pub seed: u64,
    /// Wall-clock seconds of each plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_limit: Option<f64>,
    /// Elementary steps of each plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work_limit: Option<u64>,
}

/// One fleet of a batch (`tenantry-batch/v1`, one line of a file).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct BatchRow {
    /// `tenantry-batch/v1`.
    pub schema: String,
    /// Version of the program that wrote it.
    pub version: String,
    /// The file, as the call named it.
    pub file: String,
    /// What was asked.
    pub options: BatchOptions,
    /// Why there is no plan document, a line each; empty where there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
    /// What was planned; null where there are errors.
    pub planned: Option<BatchPlan>,
}

/// The figures of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct BatchPlan {
    /// The fleet's name.
    pub name: String,
    /// SHA-256 of the fleet's canonical document.
    pub fleet_digest: String,
    /// The day against which waivers were judged (`YYYY-MM-DD`).
    pub as_of: String,
    /// How it ended.
    pub status: PlanStatus,
    /// What backs the bound.
    pub proof: PlanProof,
    /// Which limit cut the run short; absent if none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<PlanStop>,
    /// Clusters; null where there is no plan.
    pub clusters: Option<u64>,
    /// No plan that is as good in the levels before has fewer.
    pub lower_bound: u64,
    /// Clusters minus lower bound; null where there is no plan, or nothing is known of the fewest clusters.
    pub gap: Option<u64>,
    /// Cost; null where a template in use has none.
    pub cost: Option<f64>,
    /// What moving counts; absent where nothing exists yet, or there is no plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moves: Option<u64>,
    /// Workloads to place.
    pub workloads: u64,
    /// Why there cannot be fewer clusters, or why there is no plan, in words.
    pub because: String,
}

impl BatchPlan {
    /// The figures of a plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let summary = &plan.summary;
        Self {
            name: plan.name.clone(),
            fleet_digest: plan.fleet_digest.clone(),
            as_of: plan.as_of.clone(),
            status: plan.status,
            proof: plan.proof,
            stopped: plan.stopped,
            clusters: summary.clusters,
            lower_bound: summary.lower_bound,
            gap: summary.gap,
            cost: summary.cost,
            moves: plan.moves.as_ref().map(crate::plan::Moves::counted),
            workloads: summary.workloads,
            because: match plan.status {
                PlanStatus::Infeasible => plan.contradictions.join("; "),
                _ => summary.lower_bound_reason.clone(),
            },
        }
    }
}

impl BatchRow {
    /// A row of this version.
    #[must_use]
    pub fn new(file: &str, options: &BatchOptions, planned: std::result::Result<BatchPlan, Vec<String>>) -> Self {
        let (planned, errors) = match planned {
            Ok(planned) => (Some(planned), Vec::new()),
            Err(errors) => (None, errors),
        };
        Self {
            schema: BATCH_SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            file: file.to_owned(),
            options: options.clone(),
            errors,
            planned,
        }
    }

    /// Whether this row says what a further plan of the same fleet, asked for the same on the same day, would.
    #[must_use]
    pub fn is_of(&self, file: &str, options: &BatchOptions, (digest, day): (&str, &str)) -> bool {
        let same = |planned: &BatchPlan| planned.fleet_digest == digest && planned.as_of == day;
        self.version == env!("CARGO_PKG_VERSION")
            && self.file == file
            && self.options == *options
            && self.planned.as_ref().is_some_and(same)
    }

    /// The row as one line, with its end.
    ///
    /// # Errors
    /// [`Error::Internal`]: a number that JSON does not have.
    pub fn line(&self) -> Result<String> {
        let text = serde_json::to_string(self).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(text + "\n")
    }
}
