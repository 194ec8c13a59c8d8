//! Exact methods: what they say is proved, in whole numbers.

pub mod bin_types;
pub mod enumerate;
