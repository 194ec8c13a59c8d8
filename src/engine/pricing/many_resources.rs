//! The heaviest bin where many resources matter: exchanges, then a search by what fits.
//!
//! What one resource leaves says little there, so neither the suffix programmes nor their roots are any use. Exchanges with known bins take a
//! few hundredths of a second; a search by what fits to the end some tenths, where bins hold three to five of 500 items, and it never ends where they
//! hold seven. So it is tried while it comes to something.

use crate::budget::{Budget, Stop};

use super::exact::{ABOVE, EIGHTHS, Effort, Priced, Pricer};
use super::forward::Work;

/// Partial bins of a search for the best of each first item, and of those that one of these may take.
const DIVERSE: Work = if cfg!(test) { Work { all: 60, root: 20 } } else { Work { all: 15_000_000, root: 500_000 } };
/// Those of a search for how heavy a bin there is none.
const NONE_ABOVE: u64 = if cfg!(test) { 50 } else { 150_000_000 };
/// With fewer bins from exchanges it is not left at these.
const ENOUGH: usize = if cfg!(test) { 2 } else { 20 };

impl Pricer {
    /// As [`heaviest`](Self::heaviest), for the values that are loaded.
    pub(super) fn heaviest_by_fit(
        &mut self,
        threshold: u64,
        effort: Effort,
        near: &[&[(usize, u64)]],
        budget: &Budget,
    ) -> Result<Priced, Stop> {
        let weigh = |(&value, &most): (&u64, &u64)| value * most;
        let all: u64 = self.value.iter().zip(&self.most).map(weigh).sum();
        let mut priced = Priced { bound: all, bins: Vec::new(), complete: all <= threshold };
        if effort.diverse {
            let mut found = self.exchanges(near, threshold, budget)?;
            if found.len() < ENOUGH && (self.trials > 0 || found.is_empty()) {
                let fitted = self.by_fit(threshold, DIVERSE, true, budget)?;
                if !fitted.complete && fitted.found.len() < ENOUGH {
                    self.trials = self.trials.saturating_sub(1);
                }
                let heaviest = fitted.found.iter().map(|found| found.0).max();
                if fitted.complete {
                    priced.bound = heaviest.unwrap_or(threshold);
                    priced.complete = true;
                }
                found.extend(fitted.found);
            }
            priced.bins = self.as_bins(found);
        }
        if priced.bins.is_empty() && !priced.complete && effort.exact {
            return self.fitted_to_the_end(threshold, priced.bound, budget);
        }
        Ok(priced)
    }

    /// Searches for longer; where even that does not come to an end, for how heavy a bin there is none.
    fn fitted_to_the_end(&self, threshold: u64, bound: u64, budget: &Budget) -> Result<Priced, Stop> {
        let mut priced = Priced { bound, bins: Vec::new(), complete: false };
        for more in std::iter::once(0).chain(ABOVE) {
            let above = threshold.saturating_add(threshold / 1000 * more);
            if above >= bound {
                break;
            }
            let search = |own: &Budget| {
                let work = if more == 0 { u64::MAX } else { NONE_ABOVE };
                self.by_fit(above, Work { all: work, root: work }, false, own)
            };
            let fitted = if more == 0 { budget.within_eighths(EIGHTHS, search) } else { search(budget) };
            budget.look()?;
            let Ok(fitted) = fitted else { continue };
            priced.bins = self.as_bins(fitted.found);
            if fitted.complete {
                priced.bound = priced.bins.first().map_or(above, |bin| bin.value);
                priced.complete = more == 0 || !priced.bins.is_empty();
            }
            if fitted.complete || !priced.bins.is_empty() {
                break;
            }
        }
        Ok(priced)
    }
}
