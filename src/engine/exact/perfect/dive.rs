//! Where too many full bins may be in a packing, there mostly is one: some of the likeliest are fixed, then the rest is looked at again.

use crate::budget::{Budget, Stop};
use crate::pricing::{Case, Pricer};
use crate::problem::Pattern;

use super::super::effort::perfect::{FAILURES, FIXED, FREE, POOL};
use super::super::float::{to_float, to_integer};
use super::super::pool_tree::{self, Answer};
use super::super::scales::Scales;
use super::face::{self, Face, State};

/// Tries to find a packing in `target` full bins, from where the search for the centre of the whole case ended.
///
/// # Errors
/// [`Stop`] when the budget is used up.
pub(super) fn dive(
    case: &Case,
    state: &State,
    target: u64,
    seed: u64,
    budget: &Budget,
) -> Result<Option<Vec<Pattern>>, Stop> {
    let mut deeper: Option<(Case, State)> = None;
    let mut fixed: Vec<Pattern> = Vec::new();
    let mut share = FREE;
    let mut failures = 0;
    while failures < FAILURES {
        let (here, from) = deeper.as_ref().map_or((case, state), |(case, state)| (case, state));
        let left = target - fixed.len() as u64;
        let mut demand = here.demand().to_vec();
        let mut likely: Vec<_> = from.likely().collect();
        // after each failure another one comes first
        likely.sort_by(|a, b| b.1.total_cmp(&a.1));
        let turned = failures.min(likely.len());
        likely.rotate_left(turned);
        let most = to_integer(share * to_float(left)).max(1);
        let mut bins = Vec::new();
        for (items, _) in likely {
            if (bins.len() as u64) < most && items.iter().all(|&(item, copies)| copies <= demand[item]) {
                items.iter().for_each(|&(item, copies)| demand[item] -= copies);
                bins.push(Pattern { bin: 0, items, count: 1 });
            }
        }
        let left = left - bins.len() as u64;
        if bins.is_empty() {
            break;
        }
        let child = here.left(demand);
        if left == 0 {
            fixed.extend(bins);
            return Ok(Some(fixed));
        }
        let Some(scales) = Scales::new(&child, left) else { break };
        let mut pricer = Pricer::new(&child, 0);
        let looked = face::look(&child, &mut pricer, &scales, left, from.restrict(&child), budget)?;
        let next = match looked {
            Face::Empty(_) | Face::Lost => None,
            Face::Large(state) => Some((state, FREE)),
            Face::Bins { exclusion, bins: pool, state } if pool.len() <= POOL => {
                match pool_tree::search_full(&child, &pool, &exclusion, &scales, left, seed, budget)? {
                    Some(Answer::Packing(rest)) => {
                        fixed.extend(bins);
                        fixed.extend(rest);
                        return Ok(Some(fixed));
                    }
                    Some(Answer::Proof(_)) => None,
                    None => Some((state, FIXED)),
                }
            }
            Face::Bins { state, .. } => Some((state, FIXED)),
        };
        match next {
            Some((next, most)) => {
                fixed.extend(bins);
                deeper = Some((child, next));
                share = most;
            }
            None => {
                failures += 1;
                share /= 2.0;
            }
        }
    }
    Ok(None)
}
