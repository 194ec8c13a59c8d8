//! The ladder of the objective: each level with its value, its bound and what backs it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::budget::Objective;
use crate::strict::word;

use super::{PlanProof, PlanStatus};

/// What a level minimises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LevelObjective {
    /// Clusters of the plan.
    Clusters,
    /// Their cost.
    Cost,
    /// What is charged for workloads that go elsewhere.
    Moves,
}

impl From<Objective> for LevelObjective {
    fn from(objective: Objective) -> Self {
        match objective {
            Objective::Clusters => Self::Clusters,
            Objective::Cost => Self::Cost,
            Objective::Moves => Self::Moves,
        }
    }
}

/// A value of a level: a whole number, or an amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Figure {
    /// A count.
    Count(u64),
    /// Money, in the fleet's unit, with three decimals at most.
    Money(f64),
}

impl Figure {
    /// The figure as a number; counts above 2^53 as the nearest one.
    #[must_use]
    pub fn value(self) -> f64 {
        match self {
            // documents carry counts far below 2^53
            #[allow(clippy::cast_precision_loss)]
            Self::Count(count) => count as f64,
            Self::Money(money) => money,
        }
    }
}

/// One level of the objective, solved with the earlier ones fixed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanLevel {
    /// What is minimised.
    #[serde(deserialize_with = "word")]
    pub objective: LevelObjective,
    /// `optimal` where the bound meets the value, `feasible` where it does not, `unknown` without a plan.
    #[serde(deserialize_with = "word")]
    pub status: PlanStatus,
    /// The plan's value; null without a plan, or where it is not known.
    pub value: Option<Figure>,
    /// The least that any plan can have whose earlier values are at most this plan's; null where nothing is known.
    pub bound: Option<Figure>,
    /// What backs the bound.
    #[serde(deserialize_with = "word")]
    pub proof: PlanProof,
    /// What the bound forgets: constraints that the plan obeys and the bound does not know of.
    #[serde(default)]
    pub forgot: Vec<String>,
}
