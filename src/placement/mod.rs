//! Who stands where.

pub mod nodes;
