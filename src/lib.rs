//! tenantry plans which workloads share a Kubernetes cluster.

pub mod bound;
pub mod budget;
pub mod certify;
pub mod exact;
pub mod heuristic;
pub mod pricing;
pub mod problem;
pub mod solve;
