//! The documents of what is asked beside a plan: what is wrong with the present placement, who may go where, how far the
//! fleet can grow, and what fewer clusters take.

mod audit;
mod baseline;
mod frontier;
mod growth;
mod place;
mod words;

pub use audit::{
    Audit, AuditGroup, AuditMessage, AuditState, AuditSummary, AuditedViolation, EndingSoon, EndsWhat, FailOn, Gate,
    Loss, LossOfRegion,
};
pub use baseline::{Baseline, BaselineEntry};
pub use frontier::{Frontier, FrontierFigure, FrontierPoint};
pub use growth::{AddedFleet, Broken, BrokenWhat, Growth, GrowthOf, GrowthPart, GrowthPoint, Rise};
pub use place::{Candidate, CandidateKind, PlaceReason, Placed, Places};

pub(crate) use audit::written;
pub(crate) use frontier::FRONTIER_SCHEMA;
pub(crate) use growth::{GROWTH_SCHEMA, assumptions};
pub(crate) use place::candidates;

/// The JSON Schema (draft 2020-12) of the audit document.
#[must_use]
pub fn audit_schema() -> String {
    schema_of::<Audit>()
}

/// The JSON Schema of the document of `place`.
#[must_use]
pub fn places_schema() -> String {
    schema_of::<Places>()
}

/// The JSON Schema of the document of `grow`.
#[must_use]
pub fn growth_schema() -> String {
    schema_of::<Growth>()
}

/// The JSON Schema of the document of `grow`.
#[must_use]
pub fn frontier_schema() -> String {
    schema_of::<Frontier>()
}

/// The JSON Schema of a baseline.
#[must_use]
pub fn baseline_schema() -> String {
    schema_of::<Baseline>()
}

fn schema_of<T: schemars::JsonSchema>() -> String {
    let schema = schemars::generate::SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    format!("{:#}", schema.to_value())
}
