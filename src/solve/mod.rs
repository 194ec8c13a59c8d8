//! The method.
//!
//! The components of the compatibility graph are bounded, packed and closed apart; maximum counts that bind join them
//! again; then the next level of the objective follows with the number of bins fixed. `docs/method.md` says which file
//! does what, why, and what it brings. Calls go down this list only:
//!
//! | file | what |
//! |---|---|
//! | `levels` | the ladder of objectives: each level with the earlier ones fixed |
//! | `cost`, `component_cost`, `mixture` | level two: the least cost |
//! | `fewest`, `limited` | level one: the fewest bins, without and with maximum counts |
//! | `allot`, `feasible` | shares of limited bin types; is there any packing at all? |
//! | `rounds`, `schedule` | bounds, packings and attempts over all components, in parallel |
//! | `attempt`, `region` | one attempt at a component's gap |
//! | `part`, `sizes` | one component |
//! | `together`, `lift` | what the components say of the whole problem |
//! | `answer`, `threads`, `effort` | the answer; threads; how much work for what |

mod allot;
mod answer;
mod attempt;
mod component_cost;
mod cost;
mod effort;
mod feasible;
mod fewest;
mod levels;
mod lift;
mod limited;
mod mixture;
mod part;
mod region;
mod rounds;
mod schedule;
mod sizes;
mod threads;
mod together;

pub use answer::{Answer, Bounded};

use crate::bound;
use crate::budget::{Budget, Objective, Options, Phase, Watch};
use crate::problem::{Most, Problem};

/// What a problem asks for that [`solve`] cannot do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unsupported {
    /// Some of its [`Terms`](crate::problem::Terms).
    #[error("{0} are not obeyed yet")]
    Terms(&'static str),
}

/// Packs all items into the fewest bins, and then (if `objective` goes on) at the least cost; proves as much as the limits
/// allow. `objective` lists the levels, first one first; [`Objective::Clusters`] comes first and is always meant.
///
/// The status is true whatever stopped the run: `Optimal` only when an integer argument says so. The same problem,
/// seed and work limit give the same answer on any number of threads; only a time limit reads the clock.
///
/// # Errors
/// [`Unsupported`]: nothing that a problem asks for is left out silently.
pub fn solve(
    problem: &Problem,
    objective: &[Objective],
    options: &Options,
    watch: &dyn Watch,
) -> Result<Answer, Unsupported> {
    supported(problem)?;
    let default_work = if options.time_limit.is_some() { effort::UNDER_A_CLOCK } else { effort::DEFAULT };
    Ok(threads::with_room(|| {
        let budget = Budget::new(options, default_work, watch);
        let answer = run(problem, objective, options, &budget);
        Answer { work: budget.spent(), ..answer }
    }))
}

fn supported(problem: &Problem) -> Result<(), Unsupported> {
    let terms = problem.terms();
    let values = terms.most != Most::default();
    let asked = [
        ("shared limits", !terms.limits.is_empty()),
        ("kept bins", !terms.kept.is_empty()),
        ("charges", !terms.charges.is_empty()),
        ("units", !terms.units.is_empty()),
        ("limits on values", values),
    ];
    match asked.into_iter().find(|&(_, asked)| asked) {
        Some((what, _)) => Err(Unsupported::Terms(what)),
        None => Ok(()),
    }
}

fn run(problem: &Problem, objective: &[Objective], options: &Options, budget: &Budget) -> Answer {
    if problem.items().is_empty() {
        return Answer::empty(problem, objective);
    }
    rounds::enter(Phase::Bounds, budget);
    if let Some(claim) = bound::infeasible(problem, budget) {
        return Answer::infeasible(Some(claim));
    }
    let fewest = fewest::fewest_bins(problem, objective, options, budget);
    levels::climb(problem, objective, &fewest, options, budget)
}
