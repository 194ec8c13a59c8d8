//! Floating point numbers as the decimals that were meant, for the builder.

use pyo3::prelude::*;

use crate::fleet::decimal::decimal as written;

/// A finite number as a decimal without an exponent.
#[pyfunction]
pub(super) fn decimal(number: f64) -> String {
    written(number)
}
