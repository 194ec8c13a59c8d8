//! Exact methods: column generation and what is built on it.
//!
//! Floating point steers here and is never believed: whatever comes out is re-derived in whole numbers by the caller.

pub mod master;
