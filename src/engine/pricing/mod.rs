//! Pricing: the heaviest feasible bin, in whole numbers.
//!
//! Given a non-negative integer value of each item, which feasible bin is worth the most? The answer always comes
//! with an upper bound on every bin's worth: this is what makes lower bounds on the number of bins safe (Farley 1990).

#![deny(clippy::float_arithmetic)]

mod all;
mod bits;
mod case;
mod covers;
mod exact;
mod exchange;
mod fill;
mod forward;
mod greedy;
mod grouped;
mod many_resources;
mod order;
mod programme;
mod search;
mod split;
mod view;

pub use all::Content;
pub use case::Case;
pub use exact::{Effort, Pricer};
pub use greedy::{extend, first_fit};
pub use grouped::{Effort as GroupedEffort, Grouped};

#[cfg(test)]
pub(crate) mod tests;
