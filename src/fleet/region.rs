//! A resolved region.

/// What a cost factor of one is, and the smallest step of one.
pub(super) const WHOLE: u64 = 1_000_000;

/// A region in which clusters can stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its name.
    pub name: String,
    /// The jurisdictions that it is in, ascending.
    pub jurisdictions: Vec<String>,
    /// How many clusters of the plan may stand there.
    pub max_clusters: Option<u64>,
    /// What everything costs there, times what templates say, in millionths.
    pub cost_factor: u64,
}
