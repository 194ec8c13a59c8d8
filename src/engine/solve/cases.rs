//! What an exhaustive search closed, as a claim that stands on cases.

use super::effort::CASES;
use super::rounds::enter;
use crate::budget::{Budget, Objective, Options, Phase, Step};
use crate::certify::{Claim, Level};
use crate::exact::{Range, Sought, case_tree, suits_cases};
use crate::problem::Problem;

/// That no plan is below `bound` at a level, where those of `held` are held; or that there is none ([`Level::Infeasible`]). `None`
/// where that is not found, because of the limits mostly.
pub(super) fn by_cases(
    problem: &Problem,
    level: Level,
    bound: u64,
    held: &[(Objective, Range)],
    options: &Options,
    budget: &Budget,
) -> Option<Claim> {
    if !options.uses(Step::Columns) || !suits_cases(problem) {
        return None;
    }
    enter(Phase::ColumnGeneration, budget);
    let most = problem.terms().most;
    let range = |objective: Objective, limit: Option<u64>| {
        let before = held.iter().find(|(it, _)| *it == objective).map(|&(_, range)| range);
        let least = before.map_or(0, |range| range.least);
        let most = before.map(|range| range.most).into_iter().chain(limit).min()?;
        Some(Range { most, least })
    };
    let other = |own: Level, range: Option<Range>| range.filter(|_| own != level);
    let sought = Sought {
        problem,
        level,
        bound,
        clusters: other(Level::Clusters, range(Objective::Clusters, most.clusters)),
        cost: other(Level::Cost, range(Objective::Cost, most.cost)),
        moves: other(Level::Moves, range(Objective::Moves, most.moves)),
    };
    let work = CASES.min(budget.left() / 2);
    let cases = budget.within_half_time(work, |own| case_tree(&sought, own))?;
    let (scale, shared) = (u64::from(level != Level::Infeasible), vec![0; problem.bins().len()]);
    Some(Claim { level, bound, scale, shared, cases, ..Claim::default() })
}
