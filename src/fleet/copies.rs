//! In how many clusters a workload is.

/// In how many clusters a workload is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Presence {
    /// In one, with all its replicas: it says nothing of copies.
    #[default]
    One,
    /// A copy in each of several; or in one, which it says.
    Copies(Box<Copies>),
    /// Its replicas may lie in several clusters: in at most so many, or in any number.
    Split {
        /// At most so many; `None`: any number.
        most: Option<u64>,
    },
}

/// The copies of a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Copies {
    /// How many; no two in one cluster.
    pub count: u64,
    /// How far apart they are.
    pub spread: CopySpread,
    /// The fewest copies that are left when what it survives is gone; at least 1. All `replicas` run in so many.
    pub left: u64,
}

/// How far apart copies are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CopySpread {
    /// In different clusters.
    Clusters,
    /// At most so many in a region.
    PerRegion(u64),
    /// One in every region that the workload may be in.
    Each,
}
