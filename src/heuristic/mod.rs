//! First plans, and better ones.
//!
//! [`construct`] runs the construction heuristics; [`improve_fleet`] and [`improve_graph`] are the two local searches.
//! Every solution returned has passed [`Solution::check`]. All of it is deterministic by seed; every loop spends on the
//! budget and ends with the best solution so far once that is used up.

mod cheapen;
mod first_fit;
mod fitk;
mod incumbent;
mod load;
mod mix;
mod order;
mod shape;

pub use incumbent::Constructed;

use crate::budget::{Budget, Stop};
use crate::problem::Problem;
use crate::problem::random::Random;
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

fn plans(shape: &Shape, found: &mut Incumbent, seed: u64, budget: &Budget) -> Result<(), Stop> {
    let mut random = Random::new(seed);
    first_plan(shape, found, budget);
    budget.look()?;
    if found.done() {
        return Ok(());
    }
    fill_open_bins(shape, found, &mut random, budget)?;
    Ok(())
}

/// Item types x groups that the first plan may look at.
const FIRST_WORK: usize = 100_000_000;
/// How often an item type that found no bin is moved to the front.
const PROMOTIONS: usize = 50;

fn first_plan(shape: &Shape, found: &mut Incumbent, budget: &Budget) {
    let window = FIRST_WORK / shape.len().max(1);
    let mut order = order::falling(&order::size_and_degree(shape, 0.8));
    for _ in 0..PROMOTIONS {
        match first_fit::pack(shape, &order, Fit::First, window, budget) {
            Ok(solution) => return found.offer(solution, budget),
            Err(item) => {
                let position = order.iter().position(|&other| other == item).unwrap_or(0);
                if position == 0 {
                    return;
                }
                order[..=position].rotate_right(1);
            }
        }
        if budget.look().is_err() {
            return;
        }
    }
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
    while found.bins().is_none_or(|bins| k < bins) {
        let open = mix::mix(shape, k);
        for order in &orders {
            for variant in variants {
                if let Some(solution) = fitk::pack(shape, &open, order, variant, random.next(), budget)? {
                    found.offer(solution, budget);
                }
                if found.done() {
                    return Ok(());
                }
            }
        }
        k += 1;
    }
    Ok(())
}
