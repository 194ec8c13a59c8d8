//! Why anybody should believe a bound: the certificate and its independent checker.

#![deny(clippy::float_arithmetic)]

mod case;
mod certificate;
mod check;
mod claim;
mod cover;
mod exclusion;
mod failure;
pub mod file;
mod heaviest;
mod knapsack;
mod partition;

pub use certificate::{Certificate, Claim, Component, Level, Node, Own, Prices};
pub use check::{Verdict, check};
