//! The values of clusters, and what of them passes the limits on values.

use super::moving::{charge, moves_of_splits};
use super::yard::Holding;
use crate::fleet::Fleet;

/// Clusters beside the limits.
pub(crate) struct Excess;

impl Excess {
    /// By how much clusters, cost and moves pass the limits, all of it together: for comparisons alone.
    pub fn beyond(fleet: &Fleet, values: [u64; 3]) -> u64 {
        let limits = fleet.value_limits();
        let most = [limits.clusters, limits.cost, limits.moves].map(|most| most.unwrap_or(u64::MAX));
        values.into_iter().zip(most).map(|(value, most)| value.saturating_sub(most)).fold(0, u64::saturating_add)
    }

    /// How many clusters, what they cost (in thousandths, 0 where nothing is said of it), and what the moves count.
    pub fn values(fleet: &Fleet, holdings: &[Holding]) -> [u64; 3] {
        let cost = holdings.iter().map(|it| it.cost(fleet).unwrap_or(0)).fold(0, u64::saturating_add);
        let moved = |it: &Holding| it.workloads.iter().map(|&one| charge(fleet, one, it.site)).sum::<u64>();
        let charged = holdings.iter().map(moved).fold(0, u64::saturating_add);
        let splits = holdings.iter().flat_map(|it| it.parts.list().iter().map(|&(split, part)| (split, it.site, part)));
        let moves = charged.saturating_sub(fleet.charged_as_new()).saturating_add(moves_of_splits(fleet, splits));
        [holdings.len() as u64, cost, moves]
    }
}
