//! Why anybody should believe a bound: the certificate and its independent checker.

#![deny(clippy::float_arithmetic)]

mod case;
mod cases;
mod certificate;
mod check;
mod claim;
mod cover;
mod exclusion;
mod failure;
pub mod file;
mod fluid;
mod grouped;
mod heaviest;
mod knapsack;
mod partition;
mod prices;
mod savings;
mod tree;
mod turns;
mod united;

pub use certificate::{
    CaseNode, CasePrices, Certificate, Claim, Component, Count, FluidClass, FluidUnion, Level, Node, Own, Prices,
    Savings,
};
pub use check::{Verdict, check};

use crate::budget::Budget;
use crate::problem::Problem;

/// The problem that a claim with [`Claim::merged`] speaks of; `None` where the budget ends.
pub fn without_charges(problem: &Problem, budget: &Budget) -> Option<Problem> {
    united::united(problem, budget).ok()
}
