//! How many classes there may be.

use crate::error::{Error, FleetError, InputProblem};

/// More trust classes than this are refused: their pairs are looked at one by one, and the plan's own rows of bits take
/// hundreds of megabytes.
pub const MAX_CLASSES: usize = 32_000;

pub(super) fn too_many_classes(count: usize) -> Error {
    let message = "more trust classes than can be planned; give tenants the same attributes where they are alike";
    let problem = InputProblem::new("too-many-classes", "", message)
        .with_got(format!("at least {count}"))
        .with_expected(format!("at most {MAX_CLASSES}: any two of them are looked at"));
    Error::Fleet(FleetError { problems: vec![problem], omitted: 0 })
}

/// Indices of a fleet fit 32 bits: documents are limited far below that, and a larger fleet is refused on loading.
pub(super) fn narrow(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX - 1)
}
