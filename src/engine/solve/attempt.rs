//! One more attempt to close the gap of one component.

use super::effort::{FILL_MORE, FILL_RESOURCES, MOST_TYPES, MOST_TYPES_EVER, SEARCH};
use super::part::Part;
use super::region;
use crate::budget::{Budget, Options, Phase, Step};
use crate::heuristic::{evolve, improve_by_ejection};

/// Local search, some bins at a time, column generation and what is built on it: what suits the component. Each round has
/// more work and another seed.
pub(super) fn close(part: &mut Part, round: u64, options: &Options, budget: &Budget) {
    if budget.look().is_err() {
        return;
    }
    let options = &Options { seed: options.seed.wrapping_add(round), ..options.clone() };
    let columns = part.suits_columns() || (round > 1 && part.weight() <= MOST_TYPES_EVER);
    if options.uses(Step::Regions) && !columns && part.weight() > MOST_TYPES && !part.many_a_bin() {
        regions(part, options, budget);
    }
    if part.open() && part.suits_fluid(options) {
        part.dive(options.seed, budget);
    }
    if part.many_a_bin() && part.open() {
        let most = part.fill_work().saturating_mul(FILL_MORE).saturating_mul(round + 1);
        if part.many_resources() {
            let most = most.saturating_mul(FILL_RESOURCES).min(budget.left() / 4);
            budget.within_eighths(2, |own| own.within(most, |own| part.fewer_open(options, own)));
        } else {
            budget.within(most.min(budget.left() / 4), |own| part.fill(options, own));
        }
    }
    if options.uses(Step::LocalSearch) && (round > 0 || !columns) && part.open() {
        let most = SEARCH.saturating_mul(part.weight()).saturating_mul(round);
        let work = if columns { most.min(budget.left() / 4) } else { budget.left() };
        budget.within(work, |own| search(part, options.seed, own));
    }
    if columns && part.open() {
        part.columns(options, budget);
    }
}

/// Local search: ejection where bins hold many, tabu search where they hold few or conflicts rule; ejection again where the problem is
/// too large for that.
fn search(part: &mut Part, seed: u64, budget: &Budget) {
    let Some(start) = part.solution.clone() else { return };
    let problem = &part.reduced.problem;
    if !part.many_a_bin() || part.conflicts_rule() {
        let found = evolve(problem, &start, part.lower, seed, budget);
        if found.best.is_some() {
            part.phase = Phase::Tabu;
            return part.offer(found.best);
        }
    }
    // of many resources a chain of ejections always lacks one
    if budget.look().is_ok()
        && !part.many_resources()
        && let Some(better) = improve_by_ejection(problem, &start, part.lower, seed, budget)
    {
        part.phase = Phase::Heuristics;
        part.offer(Some(better));
    }
}

/// Some bins at a time, for half of the budget.
fn regions(part: &mut Part, options: &Options, budget: &Budget) {
    let Some(start) = part.solution.clone() else { return };
    let better = budget.within_half_time(budget.left() / 2, |own| {
        region::improve(&part.reduced.problem, &start, part.lower, options, own)
    });
    if better.is_some() {
        part.phase = Phase::ColumnGeneration;
    }
    part.offer(better);
}
