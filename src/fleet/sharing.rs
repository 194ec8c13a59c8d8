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

impl Sharing {
    /// Each by its word in documents, the widest first.
    pub(super) const WORDS: [(&str, Self); 3] =
        [("level", Self::Level), ("tenant", Self::Tenant), ("workload", Self::Workload)];

    /// Its word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Level => "level",
            Self::Tenant => "tenant",
            Self::Workload => "workload",
        }
    }
}
