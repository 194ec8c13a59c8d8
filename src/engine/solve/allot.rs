//! Limited bin types shared out among the components.
//!
//! Components would be independent, were it not for bin types that all of them want and that are few. A share of these
//! for each makes them independent again: any shares give legal packings, and shares by load lose little or nothing.

use std::collections::BTreeMap;

use super::effort::limited as effort;
use super::part::Part;
use super::rounds::{bounds, close, enter};
use super::schedule::parallel;
use super::shares::{Aim, Wants, improved, shares};
use super::task::Task;
use super::ways::{chosen, within};
use super::whole::Ways;
use crate::budget::{Budget, Options, Phase};
use crate::problem::Problem;
use crate::problem::reduce::{Reduced, Rules, reduce};

/// The components, each with its share of the limited types for its maximum counts, packed. `None`: a share does not
/// suffice. Their bounds hold for these shares only.
///
/// The shares are those that sand would ask for, chosen among the `ways` to cover each component where these are known. What its
/// packings need beyond them is learned for each component, and the shares are dealt again, until that brings nothing, or there are
/// `lower` bins in all. Where packings need no more than sand, the search for shares gets more patience.
pub(super) fn by_shares(
    problem: &Problem,
    parts: &[Part],
    ways: Option<Vec<Ways>>,
    lower: u64,
    options: &Options,
    budget: &Budget,
) -> Option<Vec<Part>> {
    let rules = Rules { max_counts: true, costs: true, merge: true };
    let reduced: Vec<Reduced> = parts.iter().map(|part| reduce(problem, &part.items, rules)).collect();
    let mut wants: Vec<Wants> =
        reduced.iter().zip(parts).map(|(reduced, part)| Wants::of(problem, reduced, part.lower)).collect();
    let chosen = ways.and_then(|ways| chosen(problem, &wants, &ways, lower, options, budget));
    let warm = chosen.is_some();
    let mut dealt = match chosen {
        Some(chosen) => chosen,
        None => shares(problem, &wants)?,
    };
    let mut packed: Vec<BTreeMap<Vec<u64>, Part>> = vec![BTreeMap::new(); parts.len()];
    let mut best: Option<(u64, Vec<Vec<u64>>)> = None;
    let mut patience = 1;
    for round in 0..effort::DEALS {
        let aim = Aim { bins: lower, patience, warm };
        let better = improved(problem, &wants, dealt.clone(), aim, options.seed ^ round, budget);
        let needs = |dealt: &[Vec<u64>]| Wants::all_need(&wants, problem, dealt);
        // what was chosen may be what no search finds
        if !(warm && round == 0 && needs(&better) > needs(&dealt) && within(problem, &dealt)) {
            dealt = better;
        }
        let missing = (0..parts.len()).filter(|&at| !packed[at].contains_key(&dealt[at]));
        let fresh = missing.map(|at| limited(problem, &parts[at].items, &reduced[at], &wants[at], &dealt[at]));
        let Some(mut fresh) = fresh.collect::<Option<Vec<Part>>>() else { break };
        bounds(&mut fresh, options, budget);
        packings(&mut fresh, options, budget);
        if warm && round == 0 && fresh.iter().any(Part::open) {
            // these shares are as good as any: packings are worth some time
            budget.within_half_time(budget.left() / 4, |own| close(&mut fresh, options, own));
        }
        let mut fresh = fresh.into_iter();
        for (share, packed) in dealt.iter().zip(&mut packed) {
            if !packed.contains_key(share) {
                packed.insert(share.clone(), fresh.next()?);
            }
        }
        let bins = || dealt.iter().zip(&packed).map(|(share, packed)| packed[share].value());
        if let Some(sum) = bins().sum::<Option<u64>>()
            && best.as_ref().is_none_or(|(least, _)| sum < *least)
        {
            best = Some((sum, dealt.clone()));
        }
        if best.as_ref().is_some_and(|(least, _)| *least <= lower) {
            break;
        }
        let needed: Vec<Option<u64>> = bins().collect();
        let mut learned = false;
        for ((wants, share), needed) in wants.iter_mut().zip(&dealt).zip(needed) {
            learned |= needed.is_some_and(|needed| wants.learn(problem, share, needed));
        }
        if budget.look().is_err() || (!learned && patience == effort::PATIENCE) {
            break;
        }
        if !learned {
            // all that was dealt is packed: only better shares can help
            patience = effort::PATIENCE;
        }
    }
    let (sum, dealt) = best?;
    let mut own: Vec<Part> =
        dealt.iter().zip(packed).map(|(share, mut packed)| packed.remove(share)).collect::<Option<_>>()?;
    if sum > lower {
        close(&mut own, options, budget);
    }
    Some(own)
}

/// Into bins that are all open from the start where these hold many items, and in other ways what is not packed then.
fn packings(parts: &mut [Part], options: &Options, budget: &Budget) {
    enter(Phase::Heuristics, budget);
    parallel(parts, options, budget, Part::open, Part::fill_work, Task::Fill);
    let missing = |part: &Part| part.value().is_none();
    parallel(parts, options, budget, missing, Part::plan_work, Task::Plan);
}

/// A component with so many bins of each limited type and no more.
fn limited(problem: &Problem, items: &[usize], reduced: &Reduced, wants: &Wants, share: &[u64]) -> Option<Part> {
    let mut reduced = reduced.clone();
    for (bin, &kind) in reduced.bins.iter().enumerate() {
        reduced.problem.limit(bin, problem.bins()[kind].max_count.map(|_| share[kind]));
    }
    let mut part = Part::of(items.to_vec(), reduced);
    part.raise(wants.fewest(problem, share)?);
    Some(part)
}
