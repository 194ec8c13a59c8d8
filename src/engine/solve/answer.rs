//! What a run says.

use crate::budget::{Objective, Phase, Status, Stop};
use crate::certify::{Certificate, Claim, Level};
use crate::problem::{Problem, Solution};

/// What a run found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer {
    /// How it ended.
    pub status: Status,
    /// The best solution, checked; `None` for infeasible and unknown.
    pub solution: Option<Solution>,
    /// Value and bound of each requested level, first level first. A level after one that is not proved has bound 0.
    /// Empty where infeasible.
    pub levels: Vec<Bounded>,
    /// The integer witnesses: claim `l` proves `levels[l].certified`; or a single claim of infeasibility. No claim where
    /// infeasibility was found by exhaustive search, and the limits left no room to write that out.
    pub certificate: Certificate,
    /// What cut the run short, if anything did.
    pub stopped: Option<Stop>,
    /// Work that was spent, in elementary steps.
    pub work: u64,
    /// The phase in which the last component's first-level gap closed (or that was running at the end).
    pub closed_by: Phase,
}

/// A level of the objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bounded {
    /// Value of the solution; `None` without one.
    pub value: Option<u64>,
    /// Lower bound on every solution (that is optimal in the earlier levels), by integer arguments of the solver.
    pub bound: u64,
    /// The part of it that the certificate proves: at most `bound`; less where only an exhausted search says the rest.
    pub certified: u64,
}

impl Bounded {
    /// A level whose bound its claim proves.
    #[must_use]
    pub fn certified(value: Option<u64>, bound: u64) -> Self {
        Self { value, bound, certified: bound }
    }
}

impl Answer {
    /// The answer where there is nothing to pack.
    pub(super) fn empty(problem: &Problem, objective: &[Objective]) -> Self {
        let last = objective.len().saturating_sub(1);
        let claim = |(index, level): (usize, &Objective)| Claim {
            level: match level {
                Objective::Clusters => Level::Clusters,
                Objective::Cost => Level::Cost,
                Objective::Moves => Level::Moves,
            },
            value: (index < last).then_some(0),
            scale: 1,
            shared: vec![0; problem.bins().len()],
            ..Claim::default()
        };
        Self {
            status: Status::Optimal,
            solution: Some(Solution::default()),
            levels: vec![Bounded::certified(Some(0), 0); objective.len()],
            certificate: Certificate { claims: objective.iter().enumerate().map(claim).collect() },
            stopped: None,
            work: 0,
            closed_by: Phase::Bounds,
        }
    }

    /// There is no solution; by this claim, or by exhaustive search.
    pub(super) fn infeasible(claim: Option<Claim>) -> Self {
        let closed_by = if claim.is_some() { Phase::Bounds } else { Phase::Enumeration };
        Self {
            status: Status::Infeasible,
            solution: None,
            levels: Vec::new(),
            certificate: Certificate { claims: claim.into_iter().collect() },
            stopped: None,
            work: 0,
            closed_by,
        }
    }
}
