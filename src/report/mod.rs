//! The documents of what is asked beside a plan: what is wrong with the present placement, who may go where, how far the
//! fleet can grow, what fewer clusters take, what rules cost, what would have to change, why there cannot be fewer, what differs
//! between two plans, plans side by side, and what a compromised workload reaches.

mod audit;
mod baseline;
mod batch;
mod blast;
mod compared;
mod diff;
mod estate;
mod frontier;
mod growth;
mod place;
mod prices;
mod reach;
mod relaxed;
mod why;
mod why_not;
mod words;

pub use audit::{
    Audit, AuditGroup, AuditMessage, AuditState, AuditSummary, AuditedViolation, EndingSoon, EndsWhat, FailOn, Gate,
    Loss, LossOfRegion,
};
pub use baseline::{Baseline, BaselineEntry};
pub use batch::{BatchOptions, BatchPlan, BatchRow};
pub use blast::{
    Alone, Blast, BlastCluster, BlastLoss, BlastOf, BlastSubject, BlastTenant, BlastWorkload, InReach, KeptElsewhere,
    Reach,
};
pub use compared::{ComparedPlan, ComparedValue, Comparison};
pub use diff::{
    ClusterChange, DiffKind, DiffedPlan, FigureChange, FigureValue, PlanDiff, SeparationChange, TenantChange,
    WaiverChange, WorkloadChange,
};
pub use frontier::{Frontier, FrontierFigure, FrontierPoint};
pub use growth::{AddedFleet, Broken, BrokenWhat, Growth, GrowthOf, GrowthPart, GrowthPoint, Rise};
pub use place::{Candidate, CandidateKind, PlaceReason, Placed, Places};
pub use prices::{LadderStep, PricedLever, PricedMitigation, PricedTenant, Prices, PricesAim, Saved, Slack};
pub use relaxed::{DraftSide, LeverRow, NeededFigure, Relaxed, RelaxedGoal, RelaxedSet, UndecidedSet, WaiverDraft};
pub use why::{
    Because, Fact, FactCredit, FactGroup, FactLoad, FactMember, FactPair, FactPlace, FactRoom, FactRule, FactUnit,
    FactWeight, Why,
};
pub use why_not::{AskedFor, ComparedLevel, WhyNot, WhyNotAnswer};

pub(crate) use audit::written;
#[cfg(feature = "cli")]
pub(crate) use batch::BATCH_SCHEMA;
pub(crate) use compared::COMPARISON_SCHEMA;
pub(crate) use frontier::FRONTIER_SCHEMA;
pub(crate) use growth::{GROWTH_SCHEMA, assumptions};
pub(crate) use place::candidates;
pub(crate) use prices::PRICES_SCHEMA;
pub(crate) use relaxed::{RELAXED_SCHEMA, lever_row};
pub(crate) use why::WHY_SCHEMA;
pub(crate) use why_not::WHY_NOT_SCHEMA;

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

/// The JSON Schema of the document of `frontier`.
#[must_use]
pub fn frontier_schema() -> String {
    schema_of::<Frontier>()
}

/// The JSON Schema of the document of `relax`.
#[must_use]
pub fn relaxed_schema() -> String {
    schema_of::<Relaxed>()
}

/// The JSON Schema of the document of `prices`.
#[must_use]
pub fn prices_schema() -> String {
    schema_of::<Prices>()
}

/// The JSON Schema of the document of `why`.
#[must_use]
pub fn why_schema() -> String {
    schema_of::<Why>()
}

/// The JSON Schema of the document of `blast`.
#[must_use]
pub fn blast_schema() -> String {
    schema_of::<Blast>()
}

/// The JSON Schema of the document of `compare`.
#[must_use]
pub fn comparison_schema() -> String {
    schema_of::<Comparison>()
}

/// The JSON Schema of a row of a batch.
#[must_use]
pub fn batch_schema() -> String {
    schema_of::<BatchRow>()
}

/// The JSON Schema of the document of `why-not`.
#[must_use]
pub fn why_not_schema() -> String {
    schema_of::<WhyNot>()
}

/// The JSON Schema of the document of `diff`.
#[must_use]
pub fn diff_schema() -> String {
    schema_of::<PlanDiff>()
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
