//! Exact methods: exhaustive search, and column generation with what is built on it.
//!
//! Floating point steers here and is never believed: whatever comes out is re-derived in whole numbers by the caller.

pub mod bin_types;
mod branch_and_price;
mod case_prices;
mod case_programme;
mod case_tree;
mod charge;
mod choices;
mod column_generation;
mod columns;
mod continuous;
mod counts;
mod covers;
mod dive;
mod effort;
pub mod enumerate;
mod farley;
mod float;
mod fluid;
mod goal;
mod grouped;
#[cfg(feature = "milp")]
mod hitting_set;
mod linear_mixture;
pub mod master;
#[cfg(feature = "milp")]
pub mod milp;
mod neighbourhood;
mod node_dives;
mod noise;
mod perfect;
mod pool;
mod pool_tree;
mod proved;
mod restricted_master;
mod ryan_foster;
mod scales;
mod small_case;
mod strong_branching;
mod tree_proof;
pub mod under_terms;

pub use branch_and_price::close_gap;
pub use case_tree::case_tree;
pub use choices::{Choice, averages, choices, within};
pub use continuous::{Suggested, continuous};
pub use counts::{Counted, counted};
pub use covers::{Common, Covers, Sand, Way};
pub use fluid::{Dive, Fluid, Fluids, Guide, fluid};
pub use goal::{Closed, Goal};
pub use grouped::GroupedColumns;
#[cfg(feature = "milp")]
pub use hitting_set::HittingSets;
pub use linear_mixture::{Need, linear_mixture};
pub use small_case::{Range, Sought, suits_cases};

#[cfg(test)]
mod pool_tests;
#[cfg(test)]
mod tests;
