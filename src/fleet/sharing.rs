//! How far workloads share.

/// How far a workload shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sharing {
    /// With anyone the floors allow: soft multi-tenancy.
    Level,
    /// Only with its own tenant: hard multi-tenancy.
    Tenant,
    /// With nobody: one workload, one cluster.
    Workload,
}
