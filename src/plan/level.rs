//! The ladder of the objective: each level with its value, its bound and what backs it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::fleet::LevelObjective;
use crate::fleet::{ValueLimits, quantity_of_thousandths, thousandths};
use crate::strict::word;

use super::{PlanProof, PlanStatus};

/// What the bound of the moves forgets beside: who cannot stay is counted, whatever else it takes.
pub(crate) const FORGOT_BY_MOVES: [&str; 3] = ["earlier levels", "reasons", "sums"];

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

/// The highest values that a plan may have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanLimits {
    /// Clusters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clusters: Option<u64>,
    /// What they cost together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// What the moves count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moves: Option<u64>,
}

impl PlanLimits {
    /// As a plan states them; `None` where there is none.
    pub(crate) fn stated(limits: ValueLimits) -> Option<Self> {
        // digits always parse
        let cost = limits.cost.map(|cost| quantity_of_thousandths(cost).parse().unwrap_or(f64::INFINITY));
        (!limits.is_empty()).then_some(Self { clusters: limits.clusters, cost, moves: limits.moves })
    }

    /// With the cost in thousandths: the count that a plan would state so; one that is none is 0.
    pub(crate) fn thousandths(&self) -> ValueLimits {
        let cost = self.cost.map(|cost| thousandths(&cost.to_string()).unwrap_or(0));
        ValueLimits { clusters: self.clusters, cost, moves: self.moves }
    }
}
