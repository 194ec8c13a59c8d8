//! Level one: the fewest bins.

use super::effort::cost::COUNT;
use super::limited;
use super::part::Part;
use super::rounds::{Totals, bounds, close, plans};
use super::together::{Fewest, legal, together};
use super::whole::Known;
use crate::budget::{Budget, Objective, Options};
use crate::problem::Problem;
use crate::problem::reduce::{Rules, components};

/// Every component for itself; where maximum counts bind, what [`limited`] makes of that.
pub(super) fn fewest_bins(
    problem: &Problem,
    objective: &[Objective],
    known: Known,
    options: &Options,
    budget: &Budget,
) -> Fewest {
    let costs = objective.contains(&Objective::Cost);
    let rules = Rules { max_counts: false, costs, merge: true };
    let mut parts: Vec<Part> = components(problem).into_iter().map(|items| Part::new(problem, items, rules)).collect();
    let limited = problem.bins().iter().any(|bin| bin.max_count.is_some());
    bounds(&mut parts, Totals::Relaxed, options, budget);
    if limited {
        let fewest = |own: &Budget| limited::fewest(problem, parts, costs, known, options, own);
        if !costs {
            return fewest(budget);
        }
        // where their number stays open, so many bins may still cost less
        return budget.within_eighths(COUNT, fewest).each(problem, budget);
    }
    plans(&mut parts, Totals::Whole, options, budget);
    close(&mut parts, Totals::Whole, options, budget);
    let solution = together(problem, &parts);
    let solution = solution.and_then(|found| legal(problem, &found));
    Fewest::apart(problem, parts, solution)
}
