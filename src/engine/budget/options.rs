//! What the caller asks for.

use std::sync::Arc;
use std::time::Duration;

use super::{Memory, Workers};

/// One level of the objective; levels are solved in order, each with the earlier ones fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Objective {
    /// Number of bins.
    Clusters,
    /// Sum of the bins' costs.
    Cost,
    /// Sum of what the items are charged where they are.
    Moves,
}

/// A part of the method that can be left out. Without it answers come later or are worse; they are never wrong.
///
/// `docs/method.md` says what each of them is and what it brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Combinatorial lower bounds beyond "at least one bin a component".
    Bounds,
    /// Construction heuristics beyond the first plan.
    Construction,
    /// Packing the sizes alone where many classes draw from few.
    Sizes,
    /// Bounds at the level of classes, where many distrust one another.
    Fluid,
    /// Exhaustive search of small components.
    Enumeration,
    /// Local search between two attempts with columns: ejection, tabu search and its offspring.
    LocalSearch,
    /// Some bins at a time, packed anew.
    Regions,
    /// Column generation, and everything that is built on it.
    Columns,
    /// Dives from the nodes of branch and price, and everything around what they miss.
    Dives,
    /// The search to the end over the bins that few bins leave.
    Pool,
    /// Choosing the pair to branch on by what its children's relaxations say.
    StrongBranching,
    /// Limited bin types shared out among the components.
    Shares,
    /// The cheapest mixture of bin types.
    Mixtures,
}

impl Step {
    /// All of them, in the order of the method.
    pub const ALL: [Self; 13] = [
        Self::Bounds,
        Self::Construction,
        Self::Sizes,
        Self::Fluid,
        Self::Enumeration,
        Self::LocalSearch,
        Self::Regions,
        Self::Columns,
        Self::Dives,
        Self::Pool,
        Self::StrongBranching,
        Self::Shares,
        Self::Mixtures,
    ];
    /// What looks for plans only: without these, branch and price must find and prove.
    pub const SEARCHES: [Self; 4] = [Self::LocalSearch, Self::Regions, Self::Dives, Self::Mixtures];

    /// Its name: lower case, words joined by `-`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bounds => "bounds",
            Self::Construction => "construction",
            Self::Sizes => "sizes",
            Self::Fluid => "fluid",
            Self::Enumeration => "enumeration",
            Self::LocalSearch => "local-search",
            Self::Regions => "regions",
            Self::Columns => "columns",
            Self::Dives => "dives",
            Self::Pool => "pool",
            Self::StrongBranching => "strong-branching",
            Self::Shares => "shares",
            Self::Mixtures => "mixtures",
        }
    }
}

/// Limits and choices of a run. [`Default`]: no wall-clock limit, seed 0, all cores, the whole method.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Wall-clock limit. The only thing that may make two runs differ.
    pub time_limit: Option<Duration>,
    /// Limit on work, in elementary steps. `None`: the engine's own finite default.
    pub work_limit: Option<u64>,
    /// Seed of every random choice.
    pub seed: u64,
    /// Threads, at least 1; more than there are cores count as one a core, as does `None`. Never changes the answer.
    pub threads: Option<usize>,
    /// Parts of the method to leave out: for tests, and to measure what each of them brings.
    pub without: Vec<Step>,
    /// What runs before this one have worked out, for runs that are like one another; `None`: all is worked out.
    pub memory: Option<Arc<Memory>>,
    /// Who does jobs of the search elsewhere; `None`: all is done here. Never changes the answer.
    pub workers: Option<Arc<dyn Workers>>,
}

impl Options {
    /// Whether a part of the method is wanted.
    #[must_use]
    pub fn uses(&self, step: Step) -> bool {
        !self.without.contains(&step)
    }
}
