//! Sites: the kinds of places where a cluster can be.
//!
//! Whoever asks what fits where, who may be where, or what a cluster there costs asks a site. Clusters of one site differ in
//! nothing but what they hold, and the region that they are named in.

use std::sync::Arc;

use super::door::{Closed, Door};
use super::region::WHOLE;
use super::shape::Shape;
use super::workload::Workload;

/// One kind of place where a cluster can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// What would stand there.
    pub what: Standing,
    /// The regions where it can stand, of which nothing tells one from another; indices in
    /// [`Fleet::regions`](super::Fleet::regions), ascending. Empty where the fleet has none.
    pub regions: Vec<usize>,
    /// What everything costs there, times what the shape says, in millionths.
    pub cost_factor: u64,
    /// Who may be there.
    pub door: Arc<Door>,
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
    /// `maxClusters` of a region: its index.
    Region(usize),
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

    /// Whether it lies in these regions (ascending): of regions that nothing tells apart one speaks for all.
    pub(crate) fn lies_in(&self, regions: &[usize]) -> bool {
        self.regions.first().is_none_or(|region| regions.binary_search(region).is_ok())
    }

    /// Why the workload of this index may not be there, whatever room there is.
    #[must_use]
    pub fn closed(&self, index: usize, workload: &Workload) -> Option<Closed> {
        if self.lies_in(&workload.regions) { self.door.closed(index, workload) } else { Some(Closed::Region) }
    }

    /// What a cluster costs with so many nodes in use beyond the minimums of its pools, in thousandths; `None` where no cost
    /// is named.
    #[must_use]
    pub fn cost(&self, further: u64) -> Option<u64> {
        let plain = self.shape.node_cost.checked_mul(further)?.checked_add(self.shape.cost?)?;
        u64::try_from((u128::from(plain) * u128::from(self.cost_factor)).div_ceil(u128::from(WHOLE))).ok()
    }

    /// Whether what its clusters cost is a sum of whole thousandths: the price, and so much for each node.
    pub(crate) fn costs_whole(&self) -> bool {
        let whole = |part: u64| u128::from(part) * u128::from(self.cost_factor) % u128::from(WHOLE) == 0;
        whole(self.shape.cost.unwrap_or(0)) && whole(self.shape.node_cost)
    }

    /// What a further node costs at least, in thousandths: rounded down, because the sum of a cluster is rounded up once.
    #[must_use]
    pub fn node_cost(&self) -> u64 {
        let cost = u128::from(self.shape.node_cost) * u128::from(self.cost_factor) / u128::from(WHOLE);
        u64::try_from(cost).unwrap_or(u64::MAX)
    }
}
