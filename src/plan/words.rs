//! The words of plan documents.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::budget::{Proof, Status, Stop};

/// How the planning ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PlanStatus {
    /// Every requested level's bound meets its value.
    Optimal,
    /// A plan with a gap.
    Feasible,
    /// No plan exists.
    Infeasible,
    /// No answer within the limits.
    Unknown,
}

impl From<Status> for PlanStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Optimal => Self::Optimal,
            Status::Feasible => Self::Feasible,
            Status::Infeasible => Self::Infeasible,
            Status::Unknown => Self::Unknown,
        }
    }
}

/// What backs the bound, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PlanProof {
    /// An independent integer check passed.
    Certified,
    /// The solver's own integer argument.
    Claimed,
    /// None.
    None,
}

impl From<Proof> for PlanProof {
    fn from(proof: Proof) -> Self {
        match proof {
            Proof::Certified => Self::Certified,
            Proof::Claimed => Self::Claimed,
            Proof::None => Self::None,
        }
    }
}

/// Which limit cut a run short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PlanStop {
    /// The wall-clock limit.
    Time,
    /// The limit on work.
    Work,
    /// The caller cancelled.
    Cancelled,
}

impl From<Stop> for PlanStop {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Time => Self::Time,
            Stop::Work => Self::Work,
            Stop::Cancelled => Self::Cancelled,
        }
    }
}

/// A figure of the summary that another run has to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ComparedFigure {
    /// [`Summary::isolation_premium`](super::Summary::isolation_premium).
    IsolationPremium,
    /// [`Summary::clusters_without_waivers`](super::Summary::clusters_without_waivers).
    ClustersWithoutWaivers,
}

/// Why a comparison was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LeftOutReason {
    /// Nothing, or too little, was left of the time limit.
    Time,
    /// It did not come to a proved count with as much work as the plan took.
    Work,
    /// The run was cancelled.
    Cancelled,
    /// There is no such plan: workloads that must share a cluster would be separated.
    Contradiction,
    /// The number of clusters does not come first in the objective: it says little of who keeps apart.
    Objective,
    /// There is a limit on the cost or on the moves: the number of clusters says little of who keeps apart.
    Limits,
}

/// Where a workload goes against the current placement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Change {
    /// It runs nowhere yet, or no current placement is given.
    New,
    /// It stays in its cluster.
    Stay,
    /// It leaves its cluster for another.
    Move,
}

impl Change {
    /// As documents have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Stay => "stay",
            Self::Move => "move",
        }
    }
}

/// A waiver on the day of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub enum WaiverState {
    /// In force for more than 90 days.
    #[serde(rename = "in force")]
    InForce,
    /// In force, within 90 days of its last day.
    #[serde(rename = "expiring")]
    Expiring,
    /// Its last day is over.
    #[serde(rename = "expired")]
    Expired,
}

impl WaiverState {
    /// As documents have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InForce => "in force",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_documents_have() {
        for change in [Change::New, Change::Stay, Change::Move] {
            assert_eq!(serde_json::to_value(change).unwrap(), change.name());
        }
        for state in [WaiverState::InForce, WaiverState::Expiring, WaiverState::Expired] {
            assert_eq!(serde_json::to_value(state).unwrap(), state.name());
        }
    }
}
