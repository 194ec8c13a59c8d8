//! A further run beside the one that plans: its limits, and its silence.

use crate::budget::{Event, Options, Watch};

/// The work of a further run: as much as the plan took, and at least and at most so much.
const WORK: (u64, u64) = (100_000_000, 2_000_000_000);

/// The limits of a further run beside one that took `work`: one share of the time left; as much work, or a quarter of the
/// caller's limit if that is less.
pub(super) fn again(limits: &Options, work: u64, shares: u32) -> Options {
    let own = work.clamp(WORK.0, WORK.1);
    Options {
        time_limit: limits.time_limit.map(|left| left / shares.max(1)),
        work_limit: Some(limits.work_limit.map_or(own, |limit| own.min(limit / 4))),
        ..limits.clone()
    }
}

/// Passes on cancelling and the phase: what a further run finds is not progress of the plan, but there is a search that can be stopped.
pub(crate) struct Quiet<'a>(pub &'a dyn Watch);

impl Watch for Quiet<'_> {
    fn event(&self, event: Event) {
        if let Event::Phase(_) = event {
            self.0.event(event);
        }
    }

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

/// Calls a further run off before it begins.
pub(super) struct CalledOff;

impl Watch for CalledOff {
    fn cancelled(&self) -> bool {
        true
    }
}
