//! First plans, and better ones.
//!
//! [`construct`] runs the construction heuristics; [`improve_fleet`] and [`improve_graph`] are the two local searches.
//! Every solution returned has passed [`Solution::check`]. All of it is deterministic by seed; every loop spends on the
//! budget and ends with the best solution so far once that is used up.

mod cheapen;
mod dsatur;
mod eject;
mod first_fit;
mod fitk;
mod incumbent;
mod load;
mod mix;
mod order;
mod shape;
mod subset;
mod tabu;

pub use incumbent::Constructed;

use crate::budget::{Budget, Stop};
use crate::problem::random::Random;
use crate::problem::{Problem, Solution};
use first_fit::Fit;
use fitk::{Rule, Variant};
use incumbent::Incumbent;
use shape::Shape;

/// Builds plans with every heuristic that suits the problem and stops at once at `lower` bins.
///
/// A first plan comes out even where the budget is used up already, in time linear in the problem, unless the maximum
/// counts make one hard to find. Typical work: 10,000 to 50,000 steps an item type.
#[must_use]
pub fn construct(problem: &Problem, lower: u64, seed: u64, budget: &Budget) -> Constructed {
    let shape = Shape::new(problem, lower);
    let mut found = Incumbent::new(problem, lower);
    // a stop is not an error here: what was found until then counts
    let _ = plans(&shape, &mut found, seed, budget);
    found.finish()
}

/// Looks for a plan with fewer bins than `start` by ejection: for fleets and whatever has many items a bin. `None`: none
/// was found before the budget ran out. Each step takes bins x items a bin; stops at once at `lower` bins.
#[must_use]
pub fn improve_fleet(problem: &Problem, start: &Solution, lower: u64, seed: u64, budget: &Budget) -> Option<Solution> {
    let shape = Shape::new(problem, lower);
    let better = eject::improve(&shape, start, lower, &mut Random::new(seed), budget)?;
    let better = cheapen::cheapen(problem, better, budget);
    (better.check(problem).is_ok() && better.bins() < start.bins()).then_some(better)
}

/// Looks for a plan with fewer bins than `start` by tabu search on partial plans: for arbitrary conflict graphs of up to a
/// few thousand item types. `None`: none was found before the budget ran out, or the tables would be too large. Each
/// step takes waiting item types x bins; stops at once at `lower` bins. Typical work: a million steps an item.
#[must_use]
pub fn improve_graph(problem: &Problem, start: &Solution, lower: u64, seed: u64, budget: &Budget) -> Option<Solution> {
    let shape = Shape::new(problem, lower);
    let better = tabu::improve(&shape, start, lower, &mut Random::new(seed), budget)?;
    let better = cheapen::cheapen(problem, better, budget);
    (better.check(problem).is_ok() && better.bins() < start.bins()).then_some(better)
}

fn plans(shape: &Shape, found: &mut Incumbent, seed: u64, budget: &Budget) -> Result<(), Stop> {
    let mut random = Random::new(seed);
    first_plan(shape, found, budget);
    budget.look()?;
    if !found.done() && scan(shape) <= SMALL_SCAN {
        by_keys(shape, found, budget)?;
    }
    if !found.done() && (shape.dimensions > 1 || scan(shape) > SMALL_SCAN) {
        fill_open_bins(shape, found, &mut random, budget)?;
    }
    if !found.done() && scan(shape) <= SMALL_SCAN {
        one_at_a_time(shape, found, budget)?;
        repeats(shape, found, &mut random, budget)?;
    }
    if !found.done() && found.bins().is_some_and(|bins| shape.problem.copies() >= bins.saturating_mul(MANY_A_BIN)) {
        eject_some(shape, found, &mut random, budget)?;
    }
    Ok(())
}

/// From so many items a bin on, ejection belongs to the construction.
const MANY_A_BIN: u64 = 4;
/// Steps an item type that ejection may take here: about the time of the construction before it.
const EJECT_WORK: u64 = 5000;

fn eject_some(shape: &Shape, found: &mut Incumbent, random: &mut Random, budget: &Budget) -> Result<(), Stop> {
    let allowance = budget.child(EJECT_WORK.saturating_mul(shape.len() as u64));
    let better = found.best().and_then(|best| eject::improve(shape, best, found.lower(), random, &allowance));
    if let Some(better) = better {
        found.offer(better, budget);
    }
    budget.spend(allowance.spent())?;
    budget.look()
}

/// Item types x bins: what one pass of first fit looks at.
fn scan(shape: &Shape) -> f64 {
    shape.len() as f64 * shape.estimate
}

/// Up to this scan the whole portfolio runs; above it only what large fleets need.
const SMALL_SCAN: f64 = 1e6;
/// Groups that the first plan looks at for an item type.
const FIRST_WINDOW: usize = 32;
/// How often an item type that found no bin is moved to the front.
const PROMOTIONS: usize = 50;

/// A plan in no time: class by class, so that a short window is enough. Where the maximum counts leave an item
/// without a bin: the largest first, and whatever found no bin before them.
fn first_plan(shape: &Shape, found: &mut Incumbent, budget: &Budget) {
    let mut order: Vec<usize> = (0..shape.len()).collect();
    order.sort_by(|&a, &b| {
        let area = shape.area[b].total_cmp(&shape.area[a]);
        shape.class(a).cmp(&shape.class(b)).then(area).then(a.cmp(&b))
    });
    if let Ok(solution) = first_fit::pack(shape, &order, Fit::First, FIRST_WINDOW, budget) {
        return found.offer(solution, budget);
    }
    let window = (1e8 / shape.len() as f64) as usize;
    order = order::falling(&order::size_and_degree(shape, 0.8));
    for _ in 0..PROMOTIONS {
        match first_fit::pack(shape, &order, Fit::First, window, budget) {
            Ok(solution) => return found.offer(solution, budget),
            Err(item) => {
                let position = order.iter().position(|&other| other == item).unwrap_or(0);
                if position == 0 || budget.look().is_err() {
                    return;
                }
                order[..=position].rotate_right(1);
            }
        }
    }
}

/// First fit and best fit decreasing over `share x size + (1 - share) x degree` (Muritiba et al. 2010, section 3).
fn by_keys(shape: &Shape, found: &mut Incumbent, budget: &Budget) -> Result<(), Stop> {
    for share in [1.0, 0.8, 0.6, 0.4, 0.2, 0.0] {
        let order = order::falling(&order::size_and_degree(shape, share));
        for fit in [Fit::First, Fit::Best] {
            budget.look()?;
            if let Ok(solution) = first_fit::pack(shape, &order, fit, usize::MAX, budget) {
                found.offer(solution, budget);
            }
            if found.done() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Copies x item types that DSATUR may cost.
const DSATUR_WORK: f64 = 1e7;

/// DSATUR, and one bin filled after the other.
fn one_at_a_time(shape: &Shape, found: &mut Incumbent, budget: &Budget) -> Result<(), Stop> {
    let by_size = order::falling(&shape.area);
    if shape.problem.copies() as f64 * shape.len() as f64 <= DSATUR_WORK {
        if let Some(solution) = dsatur::pack(shape, &by_size, budget)? {
            found.offer(solution, budget);
        }
    }
    for share in [1.0, 0.5] {
        let keys = order::size_and_degree(shape, share);
        for nodes in [200, 2000] {
            if found.done() {
                return Ok(());
            }
            if let Some(solution) = subset::pack(shape, &order::falling(&keys), &keys, nodes, budget)? {
                found.offer(solution, budget);
            }
        }
    }
    Ok(())
}

/// Steps an item that the randomised repeats may take: about a tenth of a millisecond.
const REPEAT_WORK: u64 = 30_000;

/// The same again with shaken keys.
fn repeats(shape: &Shape, found: &mut Incumbent, random: &mut Random, budget: &Budget) -> Result<(), Stop> {
    let work = REPEAT_WORK.saturating_mul(shape.problem.copies().min(4 * shape.len() as u64));
    let allowance = budget.child(work);
    let result = shake(shape, found, random, &allowance);
    budget.spend(allowance.spent())?;
    budget.look()?;
    // the allowance being used up is no reason to stop
    result.or(Ok(()))
}

fn shake(shape: &Shape, found: &mut Incumbent, random: &mut Random, budget: &Budget) -> Result<(), Stop> {
    while !found.done() {
        let share = random.below(101) as f64 / 100.0;
        let spread = [0.02, 0.05, 0.1, 0.2][random.index(4)];
        let keys = order::shaken(&order::size_and_degree(shape, share), spread, random);
        let order = order::falling(&keys);
        budget.spend(20 * shape.len() as u64)?;
        let solution = match random.index(if shape.dimensions > 1 { 4 } else { 3 }) {
            0 => first_fit::pack(shape, &order, Fit::First, usize::MAX, budget).ok(),
            1 => first_fit::pack(shape, &order, Fit::Best, usize::MAX, budget).ok(),
            2 => subset::pack(shape, &order, &keys, 500, budget)?,
            _ => {
                let rule = [Rule::Dot, Rule::Balance, Rule::Worst, Rule::Tight][random.index(4)];
                let penalty = [0.0, 0.1, 0.3, 1.0][random.index(4)];
                let k = found.bins().map_or(found.lower(), |bins| bins - 1).max(1);
                fitk::pack(shape, &mix::mix(shape, k), &order, Variant { rule, penalty }, random.next(), budget)?
            }
        };
        if let Some(solution) = solution {
            found.offer(solution, budget);
        }
    }
    Ok(())
}

/// `fitk` for k = lower, lower + 1, ... below the best plan.
fn fill_open_bins(shape: &Shape, found: &mut Incumbent, random: &mut Random, budget: &Budget) -> Result<(), Stop> {
    let degree_too: Vec<f64> = (0..shape.len())
        .map(|item| shape.area[item] / shape.estimate + 0.3 * shape.degree[shape.class(item)])
        .collect();
    let orders = [order::falling(&shape.area), order::falling(&shape.ratio), order::falling(&degree_too)];
    let variants = [
        Variant { rule: Rule::Dot, penalty: 0.2 },
        Variant { rule: Rule::Balance, penalty: 0.2 },
        Variant { rule: Rule::Worst, penalty: 0.2 },
    ];
    let mut k = found.lower().max(1);
    let passes = ((PASS_WORK / scan(shape)) as usize).clamp(3, 36);
    for _ in 0..passes.div_ceil(9) {
        if found.bins().is_some_and(|bins| k >= bins) {
            break;
        }
        let open = mix::mix(shape, k);
        for (order, variant) in orders.iter().flat_map(|order| variants.map(|variant| (order, variant))).take(passes) {
            if let Some(solution) = fitk::pack(shape, &open, order, variant, random.next(), budget)? {
                found.offer(solution, budget);
            }
            if found.done() {
                return Ok(());
            }
        }
        k += 1;
    }
    Ok(())
}

/// Item types x bins that the passes of `fitk` may look at together (but three passes always run).
const PASS_WORK: f64 = 1e8;

#[cfg(test)]
mod tests;
