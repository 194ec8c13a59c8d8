//! tenantry plans which workloads share a Kubernetes cluster.

pub mod error;
pub mod fleet;
pub mod plan;

pub mod budget;
pub mod certify;
pub mod problem;
pub mod solve;

pub use error::{Error, FleetError, InputProblem, Result};
pub use fleet::Fleet;
