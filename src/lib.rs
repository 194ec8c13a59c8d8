//! tenantry plans which workloads share a Kubernetes cluster.

pub mod encode;
pub mod error;
pub mod explain;
pub mod export;
pub mod fleet;
pub mod pipeline;
pub mod plan;
pub mod quantity;
pub mod trust;

pub mod bound;
pub mod budget;
pub mod certify;
pub mod exact;
pub mod heuristic;
pub mod pricing;
pub mod problem;
pub mod solve;

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "python")]
mod python;

pub use error::{Error, FleetError, InputProblem, Result};
pub use fleet::Fleet;
pub use pipeline::PlanOptions;
pub use plan::Plan;
