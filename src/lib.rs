//! tenantry plans which workloads share a Kubernetes cluster.

pub mod budget;
pub mod certify;
pub mod exact;
pub mod problem;
pub mod solve;
