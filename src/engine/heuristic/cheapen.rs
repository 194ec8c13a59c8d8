//! The same bins for less: every bin becomes the cheapest type that holds its content.

use super::effort::cheapen::EXCHANGES;
use super::load::{Load, residual, solution};
use crate::budget::Budget;
use crate::problem::{Problem, Solution};

/// A solution with the same bins' contents and no higher cost: single bins switch their type while that saves, then
/// pairs do (a bin makes room under a maximum count for one that saves more). Complexity: patterns x bin types, and for
/// the pairs patterns^2.
pub(super) fn cheapen(problem: &Problem, found: Solution, budget: &Budget) -> Solution {
    let types = problem.bins().len();
    let cost = |bin: usize| problem.bins()[bin].cost;
    if types < 2 || problem.bins().iter().all(|bin| bin.cost == cost(0)) {
        return found;
    }
    let mut left: Vec<u64> = problem.bins().iter().map(|bin| bin.max_count.unwrap_or(u64::MAX)).collect();
    for pattern in &found.patterns {
        left[pattern.bin] = left[pattern.bin].saturating_sub(pattern.count);
    }
    let mut by_cost: Vec<usize> = (0..types).collect();
    by_cost.sort_by_key(|&bin| (cost(bin), bin));
    let mut loads: Vec<Load> = Vec::with_capacity(found.patterns.len());
    let mut options: Vec<Vec<usize>> = Vec::with_capacity(found.patterns.len());
    for pattern in found.patterns {
        let may = |bin: usize| {
            bin == pattern.bin
                || pattern.items.iter().all(|&(item, _)| problem.items()[item].eligible.contains(bin))
                    && residual(problem, bin, &pattern.items).is_some()
        };
        options.push(by_cost.iter().copied().filter(|&bin| may(bin)).collect());
        loads.push(Load { bin: pattern.bin, items: pattern.items, count: pattern.count });
    }
    loop {
        let mut changed = switch(&mut loads, &mut options, &mut left, &cost);
        if loads.len() * loads.len() <= EXCHANGES {
            changed |= exchange(&mut loads, &mut options, &mut left, &cost, budget);
        }
        if !changed || budget.stopped().is_some() {
            return solution(loads);
        }
    }
}

/// Moves `count` bins of a load to another type.
fn turn(loads: &mut Vec<Load>, options: &mut Vec<Vec<usize>>, left: &mut [u64], index: usize, to: usize, count: u64) {
    let from = loads[index].bin;
    left[from] = left[from].saturating_add(count);
    left[to] = left[to].saturating_sub(count);
    if count == loads[index].count {
        loads[index].bin = to;
        return;
    }
    loads[index].count -= count;
    let moved = Load { bin: to, items: loads[index].items.clone(), count };
    loads.push(moved);
    options.push(options[index].clone());
}

fn switch(loads: &mut Vec<Load>, options: &mut Vec<Vec<usize>>, left: &mut [u64], cost: &dyn Fn(usize) -> u64) -> bool {
    // largest saving first: (saving, load, to)
    let mut wishes: Vec<(u64, usize, usize)> = Vec::new();
    for (index, load) in loads.iter().enumerate() {
        let cheaper = options[index].iter().filter(|&&to| cost(to) < cost(load.bin));
        wishes.extend(cheaper.map(|&to| (cost(load.bin) - cost(to), index, to)));
    }
    wishes.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut changed = false;
    for (_, index, to) in wishes {
        let count = loads[index].count.min(left[to]);
        if count > 0 && cost(to) < cost(loads[index].bin) {
            turn(loads, options, left, index, to, count);
            changed = true;
        }
    }
    changed
}

fn exchange(
    loads: &mut Vec<Load>,
    options: &mut Vec<Vec<usize>>,
    left: &mut [u64],
    cost: &dyn Fn(usize) -> u64,
    budget: &Budget,
) -> bool {
    let mut changed = false;
    for index in 0..loads.len() {
        for place in 0..options[index].len() {
            let (from, to) = (loads[index].bin, options[index][place]);
            if budget.spend(loads.len() as u64).is_err() {
                return changed;
            }
            if cost(to) >= cost(from) {
                break;
            }
            // somebody of type `to` who can leave for less than what is saved, perhaps into the place left free
            let leave = (0..loads.len()).filter(|&other| other != index && loads[other].bin == to).find_map(|other| {
                let away =
                    options[other].iter().copied().find(|&away| away != to && (left[away] > 0 || away == from))?;
                (cost(away) < cost(from)).then_some((other, away))
            });
            if let Some((other, away)) = leave {
                turn(loads, options, left, other, away, 1);
                turn(loads, options, left, index, to, 1);
                changed = true;
                break;
            }
        }
    }
    changed
}
