//! Dives that differ from the first in few decisions.
//!
//! A dive takes the bins that the programme wants most. Where that leaves something, one of its decisions was wrong, and rather one of the first,
//! where the programme says least, than of the last. So further dives go without one set that was taken, then without two: limited discrepancy
//! search (Harvey & Ginsberg 1995; over columns Sadykov & Vanderbeck 2013).

use std::collections::BTreeMap;

use super::super::float::to_float;
use super::super::master::MasterError;
use super::blend::{Blend, Full, Set};
use super::dive::{Dive, NOTHING, State};
use crate::budget::Budget;

/// Where a dive may part from another: what was taken until then, and the sets of which no more bins are taken.
struct Fork {
    state: State,
    barred: Vec<Set>,
}

/// The forks that are open: those with fewer sets barred first, then those nearer to the beginning, then older ones.
#[derive(Default)]
struct Forks {
    open: BTreeMap<(usize, usize, usize), Fork>,
    all: usize,
}

impl Forks {
    fn add(&mut self, depth: usize, fork: Fork) {
        self.open.insert((fork.barred.len(), depth, self.all), fork);
        self.all += 1;
    }
}

impl Dive<'_> {
    /// Takes `most` bins anew, by so many dives at most, until nothing is left; what is left, in bins, if that is less than before. Else nothing
    /// changes.
    pub fn search(&mut self, most: u64, dives: usize, budget: &Budget) -> Option<f64> {
        let before = self.state();
        let mut best: Option<(Full, State)> = None;
        let mut forks = Forks::default();
        let found: Vec<Blend> = self.found.iter().filter(|it| it.of.is_none()).cloned().collect();
        forks.add(0, Fork { state: (Vec::new(), found, Vec::new()), barred: Vec::new() });
        for _ in 0..dives {
            let Some(((_, depth, _), fork)) = forks.open.pop_first() else { break };
            let Ok(full) = self.plunge(most, depth, fork, &mut forks, budget) else { break };
            let least = best.as_ref().map_or(self.left, |(full, _)| full.left);
            if let Some(full) = full.filter(|full| full.left < least) {
                let done = full.left < NOTHING;
                best = Some((full, self.state()));
                if done {
                    break;
                }
            }
        }
        let better = best.is_some();
        (self.taken, self.found, self.start) = match best {
            Some((full, state)) => {
                self.keep(full);
                state
            }
            None => before,
        };
        better.then_some(self.left)
    }

    /// From a fork on takes what is wanted most until there are `most` bins. `None` where that number is too small, whatever is taken.
    fn plunge(
        &mut self,
        most: u64,
        depth: usize,
        Fork { state, barred }: Fork,
        forks: &mut Forks,
        budget: &Budget,
    ) -> Result<Option<Full>, MasterError> {
        (self.taken, self.found, self.start) = state;
        for depth in depth.. {
            let blended = self.relaxed(&barred, budget)?;
            let room = most - self.count();
            if room == 0 {
                return Ok(Some(self.full(&blended)));
            }
            if blended.value > to_float(room) + NOTHING {
                break;
            }
            let Some(&(bins, at)) = self.wanted(&blended).first() else { return Ok(Some(self.full(&blended))) };
            let mut without = barred.clone();
            without.push((self.found[at].bin, self.found[at].set.clone()));
            forks.add(depth, Fork { state: self.state(), barred: without });
            self.take(((bins + NOTHING).floor() as u64).clamp(1, room), at);
        }
        Ok(None)
    }
}
