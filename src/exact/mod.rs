//! Exact methods: what they say is proved, in whole numbers.

pub mod bin_types;
pub mod enumerate;
//! Exact methods: column generation and what is built on it.
//!
//! Floating point steers here and is never believed: whatever comes out is re-derived in whole numbers by the caller.

mod branch_and_price;
mod column_generation;
mod dive;
mod farley;
pub mod master;
mod ryan_foster;

pub use branch_and_price::{Closed, Goal, close_gap};

#[cfg(test)]
mod tests;
