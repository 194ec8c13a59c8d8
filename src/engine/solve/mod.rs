//! The method.
//!
//! The components of the compatibility graph are bounded, packed and closed apart; maximum counts that bind join them
//! again; then the next level of the objective follows with the number of bins fixed. `docs/method.md` says which file
//! does what, why, and what it brings. Calls go down this list only:
//!
//! | file | what |
//! |---|---|
//! | `terms`, `alike` | problems with terms: plans and bounds for levels in any order |
//! | `grouped` | problems whose bins hold few groups: the fewest bins |
//! | `levels` | the ladder of objectives: each level with the earlier ones fixed |
//! | `cost`, `cost_ways` | level two: the least cost; where components compete for cheaper bins |
//! | `fewest`, `limited` | level one: the fewest bins, without and with maximum counts |
//! | `term_bounds` | claims on the whole problem: under terms, and where components compete for bin types |
//! | `allot`, `deals`, `shares`, `ways`, `choose`, `feasible` | shares of limited bin types; is there any packing at all? |
//! | `rounds`, `schedule` | bounds, packings and attempts over all components, in parallel |
//! | `away`, `job` | components sent to whoever works elsewhere, as bytes |
//! | `task` | a step of one component, here or there |
//! | `attempt`, `region` | one attempt at a component's gap |
//! | `component_cost`, `mixture` | the least cost of one component |
//! | `part`, `sizes` | one component |
//! | `together`, `cheap`, `whole`, `lift` | what the components say of the whole problem |
//! | `answer`, `threads`, `effort` | the answer; threads; how much work for what |

mod alike;
mod allot;
mod answer;
mod attempt;
mod away;
mod cases;
mod cheap;
mod choose;
mod component_cost;
mod cost;
mod cost_ways;
mod deals;
mod effort;
mod feasible;
mod fewest;
mod fluid;
mod grouped;
mod job;
mod levels;
mod lift;
mod limited;
mod mixture;
mod part;
mod region;
mod rounds;
mod schedule;
mod shares;
mod sizes;
mod task;
mod term_bounds;
mod terms;
mod threads;
mod together;
mod ways;
mod whole;

pub use answer::{Answer, Bounded};
pub use job::work_on;
pub use term_bounds::by_savings as fewest_moves;
pub use terms::beyond;
pub use threads::each;

use crate::bound;
use crate::budget::{Budget, Objective, Options, Phase, Watch};
use crate::problem::{BitMatrix, Problem, Terms};

/// Most classes: their conflicts take 128 MiB then.
const MOST_CLASSES: usize = 1 << 15;

/// What a problem asks for that [`solve`] cannot do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unsupported {
    /// Units make more classes of its items than fit the memory.
    #[error("items that may not share a bin make {classes} classes, at most 32768 are supported")]
    Units {
        /// How many.
        classes: usize,
    },
    /// Groups beside what is not known together with them.
    #[error("groups and {what} together are not supported")]
    Groups {
        /// What else is asked for.
        what: &'static str,
    },
    /// A level stands twice in the objective.
    #[error("a level stands twice in the objective")]
    Repeated,
}

/// Packs all items at the least value of each level of `objective` in turn, the earlier ones held; proves as much as the limits
/// allow. No level at all means the fewest bins.
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
    if (1..objective.len()).any(|at| objective[..at].contains(&objective[at])) {
        return Err(Unsupported::Repeated);
    }
    if problem.has_groups()
        && let Some(what) = grouped::unknown(problem, objective)
    {
        return Err(Unsupported::Groups { what });
    }
    let united = without_units(problem)?;
    let problem = &united;
    let default_work = if options.time_limit.is_some() { effort::UNDER_A_CLOCK } else { effort::DEFAULT };
    Ok(threads::with_room(|| {
        let budget = Budget::new(options, default_work, watch);
        let answer = match problem.has_groups() {
            true => grouped::fewest(problem, options, &budget),
            false => run(problem, objective, options, &budget),
        };
        Answer { work: budget.spent(), ..answer }
    }))
}

/// The problem with its units as classes: items of one keep apart by a class of their own, that of the item but for this.
fn without_units(problem: &Problem) -> Result<Problem, Unsupported> {
    let units = &problem.terms().units;
    if units.is_empty() {
        return Ok(problem.clone());
    }
    let mut classes: Vec<(usize, Option<usize>)> =
        problem.items().iter().zip(units).map(|(item, &unit)| (item.class, unit)).collect();
    classes.sort_unstable();
    classes.dedup();
    if classes.len() > MOST_CLASSES {
        return Err(Unsupported::Units { classes: classes.len() });
    }
    let mut conflicts = BitMatrix::new(classes.len());
    for (a, &(one, unit)) in classes.iter().enumerate() {
        for (b, &(other, its)) in classes[..=a].iter().enumerate() {
            if problem.conflicts().contains(one, other) || (unit.is_some() && unit == its) {
                conflicts.insert(a, b);
            }
        }
    }
    let mut items = problem.items().to_vec();
    for (item, &unit) in items.iter_mut().zip(units) {
        // every pair is listed
        item.class = classes.partition_point(|&class| class < (item.class, unit));
    }
    let terms = Terms { units: Vec::new(), ..problem.terms().clone() };
    let plain = Problem::new(problem.dimensions(), items, conflicts, problem.bins().to_vec());
    // the sums are those of the problem
    plain.and_then(|plain| plain.with(terms)).map_err(|_| Unsupported::Units { classes: classes.len() })
}

/// Whether the problem asks for nothing beyond a few maximum counts, and for the levels in their usual order.
fn is_plain(problem: &Problem, objective: &[Objective]) -> bool {
    let usual = matches!(objective, [] | [Objective::Clusters] | [Objective::Clusters, Objective::Cost]);
    let limited = problem.bins().iter().filter(|bin| bin.max_count.is_some()).count();
    usual && problem.terms() == &Terms::default() && limited < effort::limited::MANY
}

fn run(problem: &Problem, objective: &[Objective], options: &Options, budget: &Budget) -> Answer {
    if !is_plain(problem, objective) {
        return terms::under_terms(problem, objective, options, budget);
    }
    if problem.items().is_empty() {
        return Answer::empty(problem, objective);
    }
    rounds::enter(Phase::Bounds, budget);
    if let Some(claim) = bound::infeasible(problem, budget) {
        return Answer::infeasible(Some(claim));
    }
    let fewest = fewest::fewest_bins(problem, objective, whole::Known::default(), options, budget);
    levels::climb(problem, objective, &fewest, options, budget, budget.watch())
}
