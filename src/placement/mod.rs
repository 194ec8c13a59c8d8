//! Who stands where.

pub mod nodes;
pub mod pods;
