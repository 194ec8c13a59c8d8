//! Sites: the kinds of places where a cluster can be.
//!
//! Whoever asks what fits where, who may be where, or what a cluster there costs asks a site. Clusters of one site differ in
//! nothing but what they hold.

use std::sync::Arc;

use super::shape::Shape;

/// One kind of place where a cluster can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// What would stand there.
    pub what: Standing,
    /// What a cluster there offers and costs.
    pub shape: Arc<Shape>,
}

/// What a site is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Standing {
    /// Further clusters of a template.
    New {
        /// Index in [`Fleet::templates`](super::Fleet::templates).
        template: usize,
    },
    /// A cluster that there is: one of its own.
    Existing {
        /// Index in [`Fleet::existing`](super::Fleet::existing).
        cluster: usize,
    },
}

/// At most so many clusters may be at these sites together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountLimit {
    /// Indices in [`Fleet::sites`](super::Fleet::sites), ascending; never empty.
    pub sites: Vec<usize>,
    /// How many clusters.
    pub most: u64,
    /// Where the document says so.
    pub of: LimitOf,
}

/// Which key limits a number of clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitOf {
    /// `maxCount` of a template: its index.
    Template(usize),
}

impl Site {
    /// The template of further clusters there.
    #[must_use]
    pub fn template(&self) -> Option<usize> {
        match self.what {
            Standing::New { template } => Some(template),
            Standing::Existing { .. } => None,
        }
    }

    /// What a cluster costs with so many nodes in use beyond the minimums of its pools, in thousandths; `None` where no cost
    /// is named.
    #[must_use]
    pub fn cost(&self, further: u64) -> Option<u64> {
        self.shape.node_cost.checked_mul(further)?.checked_add(self.shape.cost?)
    }
}
