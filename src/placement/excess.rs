//! The values of clusters, and what of them passes the limits on values.

use super::moving::charge;
use super::yard::Holding;
use crate::fleet::Fleet;

/// What passes the limits.
pub(crate) struct Excess {
    /// All of it together: for comparisons alone.
    pub sum: u64,
}

impl Excess {
    /// Of clusters; `None` where they keep all limits.
    pub fn of(fleet: &Fleet, holdings: &[Holding]) -> Option<Self> {
        let limits = fleet.value_limits();
        if limits.is_empty() {
            return None;
        }
        let most = [limits.clusters, limits.cost, limits.moves];
        let over = Self::values(fleet, holdings).into_iter().zip(most).map(|(value, most)| {
            let most = most.unwrap_or(u64::MAX);
            value.saturating_sub(most)
        });
        let sum = over.fold(0, u64::saturating_add);
        (sum > 0).then_some(Self { sum })
    }

    /// How many clusters, what they cost (in thousandths, 0 where nothing is said of it), and what the moves count.
    pub fn values(fleet: &Fleet, holdings: &[Holding]) -> [u64; 3] {
        let cost = holdings.iter().map(|it| it.cost(fleet).unwrap_or(0)).fold(0, u64::saturating_add);
        let moved = |it: &Holding| it.workloads.iter().map(|&one| charge(fleet, one, it.site)).sum::<u64>();
        [holdings.len() as u64, cost, holdings.iter().map(moved).fold(0, u64::saturating_add)]
    }
}
