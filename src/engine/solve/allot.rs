//! Limited bin types shared out among the components.
//!
//! Components would be independent, were it not for bin types that all of them want and that are few. A share of these
//! for each makes them independent again: any shares give legal packings, and shares by load lose little or nothing.

use super::deals::Deals;
use super::effort::limited as effort;
use super::part::Part;
use super::shares::{Aim, Wants, improved, shares};
use super::ways::{chosen, within};
use super::whole::Ways;
use crate::budget::{Budget, Options};
use crate::problem::Problem;

/// The components, each with its share of the limited types for its maximum counts, packed. `None`: a share does not
/// suffice. Their bounds hold for these shares only.
///
/// The shares are those that sand would ask for, chosen among the `ways` to cover each component where these are known. What its
/// packings need beyond them is learned for each component, and the shares are dealt again, until that brings nothing, or there are
/// `lower` bins in all. Where packings need no more than sand, the search for shares gets more patience. In the end what is near the best
/// is packed, share by share, and the best of that dealt.
pub(super) fn by_shares(
    problem: &Problem,
    parts: &[Part],
    ways: Option<Vec<Ways>>,
    lower: u64,
    options: &Options,
    budget: &Budget,
) -> Option<Vec<Part>> {
    let mut deals = Deals::of(problem, parts);
    let chosen = ways.and_then(|ways| chosen(problem, &deals.wants, &ways, lower, options, budget));
    let warm = chosen.is_some();
    let mut dealt = match chosen {
        Some(chosen) => chosen,
        None => shares(problem, &deals.wants)?,
    };
    let mut best: Option<(u64, Vec<Vec<u64>>)> = None;
    let mut patience = 1;
    for round in 0..effort::DEALS {
        let aim = Aim { bins: lower, patience, warm };
        let better = improved(problem, &deals.wants, dealt.clone(), aim, options.seed ^ round, budget);
        let needs = |dealt: &[Vec<u64>]| Wants::all_need(&deals.wants, problem, dealt);
        // what was chosen may be what no search finds
        if !(warm && round == 0 && needs(&better) > needs(&dealt) && within(problem, &dealt)) {
            dealt = better;
        }
        if best.as_ref().is_some_and(|(least, _)| needs(&dealt) >= *least) {
            // even as sand they are no better: a longer search, or none
            if budget.look().is_err() || patience == effort::PATIENCE {
                break;
            }
            patience = effort::PATIENCE;
            continue;
        }
        // the first shares are as good as any where they were chosen: packings are worth some time
        if !deals.pack(dealt.iter().cloned().enumerate().collect(), warm && round == 0, options, budget) {
            break;
        }
        if let Some(sum) = deals.bins(&dealt)
            && best.as_ref().is_none_or(|(least, _)| sum < *least)
        {
            best = Some((sum, dealt.clone()));
        }
        if best.as_ref().is_some_and(|(least, _)| *least <= lower) {
            break;
        }
        let learned = deals.learn(&dealt);
        if budget.look().is_err() || (!learned && patience == effort::PATIENCE) {
            break;
        }
        if !learned {
            // all that was dealt is packed: only better shares can help
            patience = effort::PATIENCE;
        }
    }
    let (sum, mut dealt) = best?;
    if sum > lower {
        if warm {
            budget.within_half_time(budget.left() / 2, |own| deals.close(&dealt, options, own));
            // where attempts at good shares were in vain, others may be better
            if deals.bins(&dealt)? > lower {
                let near = |own: &Budget| deals.try_near(&mut dealt, lower, options, own);
                budget.within_half_time(budget.left() / 2, near);
            }
        }
        if deals.bins(&dealt)? > lower {
            deals.close(&dealt, options, budget);
        }
    }
    deals.taken(&dealt)
}
