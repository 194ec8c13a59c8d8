//! Why: why two workloads are kept apart, why there cannot be fewer clusters, why there is no plan.

mod infeasible;
mod lower_bound;
mod separation;

pub use infeasible::contradictions;
pub use lower_bound::lower_bound;
pub use separation::{ExplainedReason, Explanation, Verdict, explain};
