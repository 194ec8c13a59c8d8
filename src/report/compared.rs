//! The document of `compare`: plans side by side.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document;
use crate::error::Result;
use crate::plan::{
    ComparedFigure, Figure, LeftOutReason, LevelObjective, Moves, Plan, PlanProof, PlanStatus, PlanStop,
};

/// The schema of the document.
pub(crate) const COMPARISON_SCHEMA: &str = "tenantry-comparison/v1";

/// Plans side by side, in the order of the call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "tenantry comparison")]
#[non_exhaustive]
pub struct Comparison {
    /// `tenantry-comparison/v1`.
    #[schemars(extend("const" = COMPARISON_SCHEMA))]
    pub schema: String,
    /// The version of tenantry.
    pub version: String,
    /// One a fleet or plan.
    pub plans: Vec<ComparedPlan>,
    /// Plans that were made.
    pub runs: u64,
    /// Which limit cut a run of the call short, the first that one did; null if none.
    pub stopped: Option<PlanStop>,
}

/// One of the plans.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ComparedPlan {
    /// What the call names it.
    pub name: String,
    /// The fleet's name; empty where it has none.
    pub fleet: String,
    /// The digest of the fleet.
    pub fleet_digest: String,
    /// The day on which waivers were judged.
    pub as_of: String,
    /// It was planned by this call; else it is a plan document, and all that stands here is what that says: nothing of it was
    /// checked.
    pub planned: bool,
    /// How the planning ended.
    pub status: PlanStatus,
    /// What backs that there is no plan, or the weakest of what backs the levels.
    pub proof: PlanProof,
    /// Which limit cut it short; null if none did.
    pub stopped: Option<PlanStop>,
    /// Clusters.
    pub clusters: ComparedValue,
    /// Cost; without a value where a cluster has no price.
    pub cost: ComparedValue,
    /// What the moves count; null where nothing runs yet.
    pub moves: Option<ComparedValue>,
    /// Pairs of workloads of different tenants that share a cluster, counted in each cluster.
    pub exposure: ComparedValue,
    /// Clusters that the rules of trust take; null where it was not asked for, or is not known.
    pub isolation_premium: Option<i64>,
    /// Why it is not known, where it was asked for.
    pub premium_left_out: Option<LeftOutReason>,
    /// Tenants with a workload to place.
    pub tenants: u64,
    /// Workloads to place.
    pub workloads: u64,
    /// Pods to place.
    pub pods: u64,
}

/// A figure of a plan, and what is known of how small it can be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ComparedValue {
    /// Of the plan; null where there is none, or it is not known.
    pub value: Option<Figure>,
    /// No plan has less that is as good in the levels before; null where nothing is known, or it is no level of the objective.
    pub bound: Option<Figure>,
    /// What backs the bound.
    pub proof: PlanProof,
}

impl ComparedPlan {
    /// What a plan says of itself. `premium`: that figure was asked for. Complexity: linear in assignments, but for a sort.
    pub(crate) fn of(name: &str, plan: &Plan, planned: bool, premium: bool) -> Self {
        let found = plan.clusters.is_some();
        let moves = plan.moves.as_ref().map(Moves::counted);
        let left_out = plan.left_out.iter().find(|it| it.figure == ComparedFigure::IsolationPremium);
        Self {
            name: name.to_owned(),
            fleet: plan.name.clone(),
            fleet_digest: plan.fleet_digest.clone(),
            as_of: plan.as_of.clone(),
            planned,
            status: plan.status,
            proof: plan.proof,
            stopped: plan.stopped,
            clusters: level(plan, LevelObjective::Clusters, plan.summary.clusters.map(Figure::Count)),
            cost: level(plan, LevelObjective::Cost, plan.summary.cost.map(Figure::Money)),
            moves: moves.map(|moves| level(plan, LevelObjective::Moves, Some(Figure::Count(moves)))),
            exposure: level(plan, LevelObjective::Exposure, found.then(|| Figure::Count(exposure(plan)))),
            isolation_premium: plan.summary.isolation_premium.filter(|_| premium),
            premium_left_out: left_out.map(|it| it.because).filter(|_| premium),
            tenants: plan.summary.tenants,
            workloads: plan.summary.workloads,
            pods: plan.summary.pods,
        }
    }
}

/// A figure with the bound of its level, where it is one.
fn level(plan: &Plan, objective: LevelObjective, value: Option<Figure>) -> ComparedValue {
    let level = plan.levels.iter().find(|it| it.objective == objective);
    let (bound, proof) = level.map_or((None, PlanProof::None), |it| (it.bound, it.proof));
    ComparedValue { value, bound, proof }
}

/// Pairs of workloads of different tenants that share a cluster, counted in each cluster.
pub(crate) fn exposure(plan: &Plan) -> u64 {
    let mut clusters: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    for row in &plan.assignments {
        let tenants = clusters.entry(&row.cluster).or_default();
        *tenants.entry(&row.tenant).or_default() += 1;
    }
    let pairs = |count: u64| count * count.saturating_sub(1) / 2;
    let of = |tenants: &BTreeMap<&str, u64>| {
        pairs(tenants.values().sum()) - tenants.values().map(|&count| pairs(count)).sum::<u64>()
    };
    clusters.values().map(of).sum()
}

impl Comparison {
    /// Reads a document. Unknown and repeated keys are errors.
    ///
    /// # Errors
    /// [`Error::PlanDocument`](crate::Error::PlanDocument) with line and column.
    pub fn from_json(text: &str) -> Result<Self> {
        document::read(text, "a document of `compare`", COMPARISON_SCHEMA, |it: &Self| &it.schema)
    }

    /// As JSON, keys always in the same order.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal): never, as far as is known.
    pub fn to_json(&self) -> Result<String> {
        document::text(self)
    }
}
