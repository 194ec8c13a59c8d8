//! Random fractions, which take a search to another side than the last time.

use crate::problem::random::split_mix;

use super::float::to_float;

/// A sequence of fractions. Its whole state is its seed: each step of a dive makes a master with noise of its own.
#[derive(Clone, Debug)]
pub(super) struct Noise(pub u64);

impl Noise {
    /// Uniform in 0..1, a multiple of 2^-53.
    pub fn fraction(&mut self) -> f64 {
        to_float(split_mix(&mut self.0) >> 11) / to_float(1 << 53)
    }
}
