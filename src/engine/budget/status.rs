//! How a search ended.

/// What is known about the best solution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Every requested level's bound meets its value.
    Optimal,
    /// A solution; its bound is below its value.
    Feasible,
    /// No solution exists.
    Infeasible,
    /// The limits ended the search before a solution was found.
    Unknown,
}

/// What backs the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Proof {
    /// An independent check in whole numbers passed.
    Certified,
    /// An integer argument of the solver's, not checked independently within the budget.
    Claimed,
    /// Nothing but a trivial bound.
    None,
}
