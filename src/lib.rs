//! tenantry plans which workloads share a Kubernetes cluster.

pub mod error;
pub mod fleet;
pub mod plan;

pub mod bound;
pub mod budget;
pub mod certify;
pub mod exact;
pub mod heuristic;
pub mod pricing;
pub mod problem;
pub mod solve;

pub use error::{Error, FleetError, InputProblem, Result};
pub use fleet::Fleet;
