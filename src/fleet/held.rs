//! A fleet whose plans keep values of exposure and balance that come first in its objective.

use super::{DistrustRule, Fleet, LevelObjective, Selector, ValueLimits};

/// Shares are counted in these.
const PARTS: u128 = 1_000_000;

/// What plans keep of the levels that come before clusters, cost and moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    /// Workloads of different tenants share no cluster, but for those that must: the least exposure that there is.
    pub apart: bool,
    /// The largest requested / usable, in millionths.
    pub share: Option<u64>,
}

impl Held {
    /// So much of it may be requested.
    fn of(self, usable: u64) -> u64 {
        let most = self.share.map(|share| u128::from(usable) * u128::from(share) / PARTS);
        most.and_then(|most| u64::try_from(most).ok()).map_or(usable, |most| most.min(usable))
    }
}

impl Fleet {
    /// The levels of the objective before the first of clusters, cost and moves.
    pub(crate) fn leading(&self) -> &[LevelObjective] {
        let count = self.levels.iter().take_while(|level| level.decides().is_none()).count();
        &self.levels[..count]
    }

    /// The same fleet, of whose plans those alone are looked at that keep this, and what was kept before.
    pub(crate) fn holding(&self, held: Held) -> Self {
        let share = self.held.share.into_iter().chain(held.share).min();
        let mut fleet = Self { held: Held { apart: self.held.apart || held.apart, share }, ..self.clone() };
        if held.apart && !self.held.apart {
            // no waiver names it
            let neighbour = Selector { other_tenant: true, ..Selector::default() };
            let rule =
                DistrustRule { id: "exposure".to_owned(), subject: Selector::default(), neighbour, reason: None };
            fleet.policy.distrust.push(rule);
        }
        fleet
    }

    /// The same fleet within these limits beside its own.
    pub(crate) fn limited_to(self, most: ValueLimits) -> Self {
        Self { most: self.most.within(most), ..self }
    }

    /// Whether a rule of distrust is that of [`Held::apart`], and none of the document's.
    pub(crate) fn is_held_apart_by(&self, rule: usize) -> bool {
        self.held.apart && rule + 1 == self.policy.distrust.len()
    }

    /// What may be requested of a resource in a cluster, by who names that pool; `None`: any amount.
    pub(crate) fn room(&self, site: usize, pool: Option<usize>, resource: usize) -> Option<u64> {
        self.shape(site).usable_by(pool, resource).map(|usable| self.held.of(usable))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_a_share_is_what_is_rounded_up_to_it() {
        for usable in [1u64, 3, 7, 1_000, 999_983, 1 << 61] {
            for share in [0, 1, 333_333, 333_334, 999_999, 1_000_000] {
                let most = Held { apart: false, share: Some(share) }.of(usable);
                let of = |taken: u64| (u128::from(taken) * PARTS).div_ceil(u128::from(usable));
                assert!(of(most) <= u128::from(share), "{most} of {usable} at {share}");
                assert!(most == usable || of(most + 1) > u128::from(share), "{most} of {usable} at {share}");
            }
        }
        assert_eq!(Held::default().of(5), 5);
    }
}
