//! What is known of the cost beyond the prices of clusters: nodes, and the islands that share none.

use crate::encode::islands;
use crate::error::Result;
use crate::fleet::Fleet;
use crate::placement::{counted_before_cost, least_apart, least_cost, nodes_cost};
use crate::trust::TrustGraph;

/// Bounds the cost of a fleet.
pub(super) struct Costs<'f> {
    fleet: &'f Fleet,
    /// Of each unit; empty where nodes cost nothing.
    islands: Vec<usize>,
}

impl<'f> Costs<'f> {
    pub fn of(fleet: &'f Fleet, graph: &TrustGraph) -> Result<Self> {
        let islands = if nodes_cost(fleet) { islands(fleet, graph)? } else { Vec::new() };
        Ok(Self { fleet, islands })
    }

    /// The least cost where so much is proved of the prices, and so many clusters are held where they come first.
    pub fn least(&self, prices: u64, held: u64) -> u64 {
        least_cost(self.fleet, &self.islands, prices, counted_before_cost(self.fleet, held))
    }

    /// The same by prices and nodes apart. Plans that cost no more have the least prices: claims after the cost hold these alone.
    pub fn apart(&self, prices: u64, held: u64) -> u64 {
        least_apart(self.fleet, prices, counted_before_cost(self.fleet, held))
    }

    /// Whether nodes add to what clusters cost.
    pub fn count_nodes(&self) -> bool {
        nodes_cost(self.fleet)
    }
}
