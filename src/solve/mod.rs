//! The method.

use crate::budget::{Status, Stop};
use crate::certify::Certificate;
use crate::problem::Solution;

/// What a run found.
#[derive(Clone, Debug)]
pub struct Answer {
    /// How it ended.
    pub status: Status,
    /// The best solution, checked; `None` for infeasible and unknown.
    pub solution: Option<Solution>,
    /// Value and bound of each requested level, first level first. A level after one that is not proved has no bound of
    /// its own.
    pub levels: Vec<Bounded>,
    /// The integer witness of every bound in `levels` (or of infeasibility).
    pub certificate: Certificate,
    /// What cut the run short, if anything did.
    pub stopped: Option<Stop>,
    /// The phase in which the last component's first-level gap closed (or that was running at the end).
    pub closed_by: crate::budget::Phase,
}

/// A level of the objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounded {
    /// Value of the solution; `None` without one.
    pub value: Option<u64>,
    /// Proven lower bound on every solution (that is optimal in the earlier levels).
    pub bound: u64,
}
