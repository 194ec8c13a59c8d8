//! What the caller asks for.

use std::time::Duration;

/// One level of the objective; levels are solved in order, each with the earlier ones fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Objective {
    /// Number of bins.
    Clusters,
    /// Sum of the bins' costs.
    Cost,
}

/// Limits and choices of a run. [`Default`]: clusters only, no wall-clock limit, seed 0, all cores.
#[derive(Clone, Debug)]
pub struct Options {
    /// Levels of the objective, first one first; never empty.
    pub objective: Vec<Objective>,
    /// Wall-clock limit. The only thing that may make two runs differ.
    pub time_limit: Option<Duration>,
    /// Limit on work, in elementary steps. `None`: the engine's own finite default.
    pub work_limit: Option<u64>,
    /// Seed of every random choice.
    pub seed: u64,
    /// Threads, at least 1; more than there are cores count as one a core, as does `None`. Never changes the answer.
    pub threads: Option<usize>,
    /// Switches the heuristics off beyond the first plan, so that branch and price must find and prove (for tests).
    pub heuristics: bool,
}

impl Default for Options {
    fn default() -> Self {
        let objective = vec![Objective::Clusters];
        Self { objective, time_limit: None, work_limit: None, seed: 0, threads: None, heuristics: true }
    }
}
