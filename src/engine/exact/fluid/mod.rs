//! Fluid classes: a bound where many classes distrust one another.
//!
//! All items of a class together are sand, of which a bin may hold any part in each resource; what is whole is the bin and which
//! classes share it. A linear programme over bins of sand, priced over sets of compatible classes, bounds the bins; cuts on how many hold one
//! of several classes, and branches on how many hold one of a class, or of two, do the rest. Every plan is a solution, so the bounds hold for plans.

mod blend;
mod classes;
mod cliques;
mod discrepancies;
mod dive;
mod heaviest;
mod portions;
mod relaxation;
mod swaps;
mod tree;
mod unions;

pub use blend::Guide;
pub use dive::{Dive, Fluids};

use crate::budget::Budget;
use crate::certify::Node;
use crate::problem::Problem;

/// A bound on the number of bins, and a tree that proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fluid {
    /// No plan has fewer bins.
    pub lower: u64,
    /// Children before parents, the root last.
    pub nodes: Vec<Node>,
}

/// A bound beyond `lower`; `None` where there is none, or the budget ended before. Complexity: linear programmes of one row a
/// class and resource, bounded by the budget.
#[must_use]
pub fn fluid(problem: &Problem, lower: u64, seed: u64, budget: &Budget) -> Option<Fluid> {
    tree::raise(problem, lower, seed, budget)
}

#[cfg(test)]
mod tests;
