//! The phases over all components: bounds, packings, and the rounds of attempts at the gaps that are left.

use super::effort::{WITNESS, rounds};
use super::part::Part;
use super::schedule::parallel;
use super::task::Task;
use super::together::sum_of_bounds;
use crate::bound::Bound;
use crate::budget::{Budget, Event, Options, Phase, Step};

/// Of whom the totals are told, and what of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Totals {
    /// All components as they are.
    Whole,
    /// All of them without what is counted beside them: only bounds add up.
    Relaxed,
    /// All of them, each with its share of what is counted: only packings do.
    Shared,
    /// Some of them.
    Some,
}

/// The first phase over all parts: lower bounds.
pub(super) fn bounds(parts: &mut [Part], totals: Totals, options: &Options, budget: &Budget) {
    parts.iter_mut().for_each(begin);
    parallel(parts, options, budget, |_| true, Part::bound_work, Task::Bounds);
    tell(parts, totals, budget);
}

/// The second: packings.
pub(super) fn plans(parts: &mut [Part], totals: Totals, options: &Options, budget: &Budget) {
    enter(Phase::Heuristics, budget);
    parallel(parts, options, budget, Part::open, Part::plan_work, Task::Plan);
    tell(parts, totals, budget);
}

/// What needs no work, so that no limit can take it away: a component that is not empty takes a bin.
fn begin(part: &mut Part) {
    let problem = &part.reduced.problem;
    let least = Bound::least(problem, &vec![1; problem.bins().len()]);
    (part.certified, part.nodes) = (least.value, vec![least.node]);
    part.raise(least.value);
}

/// The gaps that are left: rounds of attempts over all parts that are still open.
pub(super) fn close(parts: &mut [Part], totals: Totals, options: &Options, budget: &Budget) {
    for round in 0..rounds::MOST {
        if parts.iter().all(Part::closed) || budget.look().is_err() {
            break;
        }
        enter(Phase::ColumnGeneration, budget);
        let open = parts.iter().filter(|part| part.open()).count() as u64;
        parallel(parts, options, budget, Part::open, |_| rounds::slice(round, open), Task::Close { round });
        tell(parts, totals, budget);
        if round == 0 && options.uses(Step::Enumeration) {
            enter(Phase::Enumeration, budget);
            parallel(parts, options, budget, Part::open, Part::enumeration_work, Task::Enumerate);
            tell(parts, totals, budget);
        }
    }
    // what something else closed may still lack a witness
    witnesses(parts, options, budget);
}

/// Gives parts that enumeration or a lucky bound closed a witness, where column generation finds one.
fn witnesses(parts: &mut [Part], options: &Options, budget: &Budget) {
    let lacking = |part: &Part| part.closed() && !part.impossible && part.certified < part.lower;
    parallel(parts, options, budget, lacking, |_| WITNESS, Task::Columns);
}

pub(super) fn enter(phase: Phase, budget: &Budget) {
    budget.watch().event(Event::Phase(phase));
}

/// Reports the totals.
fn tell(parts: &[Part], totals: Totals, budget: &Budget) {
    if matches!(totals, Totals::Whole | Totals::Relaxed) {
        budget.watch().event(Event::Bound { bins: sum_of_bounds(parts) });
    }
    let bins = || parts.iter().map(Part::value).sum::<Option<u64>>();
    if let (Totals::Whole | Totals::Shared, Some(bins)) = (totals, bins()) {
        budget.watch().event(Event::Plan { bins });
    }
}
