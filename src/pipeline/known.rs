//! What answers say of the least that a fleet needs.

use std::collections::BTreeSet;

use crate::budget::Objective;
use crate::error::FleetError;
use crate::fleet::thousandths;
use crate::plan::{Figure, LevelObjective, Plan, PlanLevel, PlanProof, PlanStatus, money};

/// Levers that are pulled, by their place in the list.
pub(super) type Pulled = BTreeSet<usize>;

/// What is counted: clusters, or their cost in thousandths.
pub(super) type Aim = Objective;

/// No plan exists.
pub(super) const NEVER: u64 = u64::MAX;

/// A plan, or why there is none before anything is solved.
pub(super) type Asked = std::result::Result<Plan, FleetError>;

/// What is known of the least that a fleet needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// No plan has less; [`NEVER`]: there is none.
    pub least: u64,
    /// What backs that.
    pub proof: PlanProof,
    /// The least of the plans that were found.
    pub found: Option<u64>,
}

impl Known {
    /// Nothing.
    pub const NOTHING: Self = Self { least: 0, proof: PlanProof::None, found: None };

    /// What an answer says of it.
    pub fn of(found: &Asked, aim: Aim) -> Self {
        match found {
            Ok(plan) => stated((plan.status, plan.proof), &plan.levels, aim),
            Err(error) => contradicted(error),
        }
    }

    /// Whether there is no question left.
    pub fn is_settled(self) -> bool {
        self.least == NEVER || self.found.is_some_and(|found| found <= self.least)
    }

    /// Whether a plan of so little was found (true), or is proved not to exist (false).
    pub fn within(self, most: u64) -> Option<bool> {
        match self.found {
            Some(found) if found <= most => Some(true),
            _ if self.least > most => Some(false),
            _ => None,
        }
    }
}

/// What wishes that contradict say: no plan.
pub(super) fn contradicted(error: &FleetError) -> Known {
    // that no placement on nodes was found says nothing; this is not said of a workload
    let on_nodes = error.problems.iter().any(|it| it.code == "fits-no-template" && it.path == "clusterTemplates");
    if on_nodes { Known::NOTHING } else { Known { least: NEVER, proof: PlanProof::Certified, found: None } }
}

/// What an outcome says of the first level.
pub(super) fn stated((status, proof): (PlanStatus, PlanProof), levels: &[PlanLevel], aim: Aim) -> Known {
    if status == PlanStatus::Infeasible {
        return Known { least: NEVER, proof, found: None };
    }
    let level = levels.iter().find(|level| level.objective == LevelObjective::from(aim));
    let number = |figure: Figure| match figure {
        Figure::Count(count) => count,
        Figure::Money(amount) => thousandths(&amount.to_string()).unwrap_or(0), // as `money` wrote it
    };
    level.map_or(Known::NOTHING, |level| Known {
        least: level.bound.map_or(0, number),
        proof: level.proof,
        found: level.value.map(number),
    })
}

/// A number of what is counted, for documents.
pub(super) fn figure(aim: Aim, number: u64) -> Figure {
    match aim {
        Objective::Cost => Figure::Money(money(number)),
        _ => Figure::Count(number),
    }
}
