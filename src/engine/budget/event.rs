//! What a search tells while it runs, and how a caller stops it.

use super::options::Objective;

/// The part of the method that speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Combinatorial lower bounds.
    Bounds,
    /// Construction heuristics and their improvement.
    Heuristics,
    /// Exhaustive search of a small component.
    Enumeration,
    /// Column generation at the root.
    ColumnGeneration,
    /// Diving on the root's columns.
    Dive,
    /// Local search on partial solutions.
    Tabu,
    /// Branch and price.
    BranchAndPrice,
    /// The compact model through a MILP solver.
    Milp,
    /// Checking the certificate.
    Check,
}

/// Something that happened. Values are totals over the whole problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A phase began.
    Phase(Phase),
    /// A better solution with this many bins.
    Plan {
        /// Bins used.
        bins: u64,
    },
    /// A better lower bound on the number of bins.
    Bound {
        /// The bound.
        bins: u64,
    },
    /// A better solution at another level of the objective than the number of bins, the earlier levels held.
    LevelPlan {
        /// Which: costs, or moves.
        level: Objective,
        /// The solution's value there.
        value: u64,
    },
    /// A better lower bound of such a level.
    LevelBound {
        /// Which.
        level: Objective,
        /// The bound.
        value: u64,
    },
    /// A further run of a call that makes several began: what follows is about another problem.
    Run {
        /// Its number, from 2.
        number: u64,
    },
}

impl Event {
    /// A better solution with this value of a level.
    #[must_use]
    pub fn plan(level: Objective, value: u64) -> Self {
        match level {
            Objective::Clusters => Self::Plan { bins: value },
            level => Self::LevelPlan { level, value },
        }
    }

    /// A better lower bound of a level.
    #[must_use]
    pub fn bound(level: Objective, value: u64) -> Self {
        match level {
            Objective::Clusters => Self::Bound { bins: value },
            level => Self::LevelBound { level, value },
        }
    }
}

/// Watches a run: receives events and may cancel it. Called from several threads.
pub trait Watch: Sync {
    /// Something happened.
    fn event(&self, _event: Event) {}
    /// True: stop as soon as possible with the best answer so far.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Watches nothing and never cancels.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Watch for Silent {}
