//! Between whole numbers and floating point.

/// Rounded above 2^53.
#[allow(clippy::cast_precision_loss)]
pub(super) fn to_float(value: u64) -> f64 {
    value as f64
}

/// What a linear programme's values may lack of a whole number by errors of rounding alone.
pub(super) const NEARLY: f64 = 1e-4;

/// Cut off after the point; saturates, and a NaN becomes 0.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(super) fn to_integer(value: f64) -> u64 {
    value as u64
}

/// Rounded; saturates, and a NaN becomes 0.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn to_signed(value: f64) -> i128 {
    value.round() as i128
}
