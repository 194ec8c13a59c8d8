//! First plans, and better ones.
//!
//! [`construct`] runs the construction heuristics; [`improve_by_ejection`], [`evolve`] and [`fill`] are the local searches.
//! Every solution returned has passed [`Solution::check`]. All of it is deterministic by seed; every loop spends on the
//! budget and ends with the best solution so far once that is used up.

mod cheapen;
mod dsatur;
mod effort;
mod eject;
mod first_fit;
mod fitk;
mod greedy;
mod grouped;
mod incumbent;
mod load;
mod memetic;
mod mix;
mod order;
mod overload;
mod proportion;
mod realise;
mod rooms;
mod shape;
mod shift;
mod subset;
mod tabu;

pub use greedy::greedy;
pub use grouped::grouped;
pub use incumbent::Constructed;
pub use overload::Crowded;
pub use proportion::proportion;
pub use shift::shift;

use crate::budget::{Budget, Stop};
use crate::problem::random::Random;
use crate::problem::{Problem, Solution};
use effort::conflicts::MANY_MORE;
use effort::construct::{
    BY_ROOM_WORK, BY_ROOM_WORK_ALL, DSATUR_WORK, EJECT_WORK, FIRST_WINDOW, HUGE_WORK, MANY_A_BIN, PASS_WORK,
    PROMOTIONS, REPEAT_WORK, SMALL_SCAN,
};
use first_fit::{Fit, Reach};
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
pub fn improve_by_ejection(
    problem: &Problem,
    start: &Solution,
    lower: u64,
    seed: u64,
    budget: &Budget,
) -> Option<Solution> {
    let shape = Shape::new(problem, lower);
    let better = eject::improve(&shape, start, lower, &mut Random::new(seed), budget)?;
    fewer(problem, better, start, budget)
}

/// Looks for a plan of `bins` bins, the roomiest that there are, all of them open from the start: for whatever has many items a
/// bin. `None`: none was found before the budget ran out. Typical work: some thousand steps a copy, more the less room there is to spare.
#[must_use]
pub fn fill(problem: &Problem, bins: u64, seed: u64, budget: &Budget) -> Option<Solution> {
    let shape = Shape::new(problem, bins);
    let open = mix::spacious(&shape, bins)?;
    let found = overload::pack(&shape, &open, None, seed, budget).ok()?;
    let found = cheapen::cheapen(problem, found, budget);
    found.check(problem).is_ok().then_some(found)
}

/// A bin that is meant for some kinds of items.
#[derive(Clone, Debug, PartialEq)]
pub struct Meant {
    /// Its type.
    pub bin: usize,
    /// Each kind, and what it is to hold of it to begin with: one a resource, as a part of all that the kind takes.
    pub shares: Vec<(usize, Vec<f64>)>,
}

/// The same in these bins, each with what it is meant for to begin with; `kinds` has the kind of each item type.
///
/// # Errors
/// Where none was found: which bins hold too much in the end, and a legal packing with further bins, if there is one. Nothing of that where the
/// search did not begin, as where an item's kind is meant for no bin that is open to it.
pub fn fill_meant(
    problem: &Problem,
    kinds: &[usize],
    bins: &[Meant],
    seed: u64,
    budget: &Budget,
) -> Result<Solution, Crowded> {
    let shape = Shape::new(problem, bins.len() as u64);
    let open: Vec<usize> = bins.iter().map(|meant| meant.bin).collect();
    let legal = |found: &Solution| found.check(problem).is_ok();
    match overload::pack(&shape, &open, Some((kinds, bins)), seed, budget) {
        Ok(found) if legal(&found) => Ok(found),
        Ok(_) => Err(Crowded::default()),
        Err(crowded) => Err(Crowded { spilled: crowded.spilled.filter(legal), ..crowded }),
    }
}

/// What a search found, with the cheapest bin types, if it is legal and has fewer bins than the start.
fn fewer(problem: &Problem, found: Solution, start: &Solution, budget: &Budget) -> Option<Solution> {
    let found = cheapen::cheapen(problem, found, budget);
    (found.check(problem).is_ok() && found.bins() < start.bins()).then_some(found)
}

/// A plan after a packing of the sizes alone: `groups` lists the item types of each size, `sizes` packs the groups as if
/// nothing conflicted. `None`: there was no time, too many copies, or no bin left to open.
///
/// It has as many bins as `sizes` where the conflicts can be kept by telling equal sizes apart, else a few more.
/// Complexity: a few passes over the copies.
#[must_use]
pub fn realise(
    problem: &Problem,
    groups: &[Vec<usize>],
    sizes: &Solution,
    seed: u64,
    budget: &Budget,
) -> Option<Solution> {
    let shape = Shape::new(problem, sizes.bins());
    let found = realise::realise(&shape, groups, sizes, &mut Random::new(seed), budget).ok()??;
    found.check(problem).is_ok().then_some(found)
}

/// Looks for a plan with fewer bins than `start` by tabu search on partial plans and by recombining what it leaves: for arbitrary
/// conflict graphs of up to a few thousand item types. [`Constructed::best`] is `None` where none was found before the budget ran
/// out, or the tables would be too large. Each step takes waiting item types x bins; stops at once at `lower` bins. Typical work: a
/// million steps an item.
#[must_use]
pub fn evolve(problem: &Problem, start: &Solution, lower: u64, seed: u64, budget: &Budget) -> Constructed {
    let shape = Shape::new(problem, lower);
    let (better, seen) = memetic::improve(&shape, start, lower, &mut Random::new(seed), budget);
    Constructed { best: better.and_then(|better| fewer(problem, better, start, budget)), seen }
}

/// Whether a packing has so many more bins than the sizes need that conflicts must be the reason.
#[must_use]
pub fn conflicts_rule(problem: &Problem, bins: u64) -> bool {
    let conflicts = problem.conflicts();
    (0..conflicts.len()).any(|class| !conflicts.row(class).is_clear())
        && Shape::new(problem, 1).estimate * MANY_MORE < bins as f64
}

fn plans(shape: &Shape, found: &mut Incumbent, seed: u64, budget: &Budget) -> Result<(), Stop> {
    let mut random = Random::new(seed);
    first_plan(shape, found, budget);
    budget.look()?;
    let small = scan(shape) <= SMALL_SCAN;
    if !found.done() && small {
        by_keys(shape, found, true, budget)?;
    }
    if !found.done() && (shape.dimensions > 1 || !small) && few_bins(shape, found) {
        fill_open_bins(shape, found, &mut random, budget)?;
    }
    if !found.done() && small {
        one_at_a_time(shape, found, budget)?;
        repeats(shape, found, &mut random, budget)?;
    }
    eject_some(shape, found, &mut random, budget)?;
    if !found.done() && !small {
        let before = found.bins();
        by_keys(shape, found, false, budget)?;
        if found.bins() < before {
            eject_some(shape, found, &mut random, budget)?;
        }
    }
    Ok(())
}

/// Ejection, if it belongs here and anything is left to gain.
fn eject_some(shape: &Shape, found: &mut Incumbent, random: &mut Random, budget: &Budget) -> Result<(), Stop> {
    let many = |bins: u64| shape.problem.copies() >= bins.saturating_mul(MANY_A_BIN);
    if found.done() || !found.bins().is_some_and(many) {
        return Ok(());
    }
    let types = shape.len() as u64;
    let work = (EJECT_WORK * types).min(10_000_000 + EJECT_WORK / 6 * types);
    let better = budget
        .within(work, |own| found.best().and_then(|best| eject::improve(shape, best, found.lower(), random, own)));
    if let Some(better) = better {
        found.offer(better, budget);
    }
    budget.look()?;
    budget.look()
}

/// Item types x groups of equal bins: what one pass of first fit looks at, about.
fn scan(shape: &Shape) -> f64 {
    let types = shape.len() as f64;
    types * shape.estimate.min(2.0 * types)
}

/// Whether the bins can be laid open one by one.
fn few_bins(shape: &Shape, found: &Incumbent) -> bool {
    shape.estimate.max(found.lower() as f64) <= effort::fitk::MOST_BINS as f64
}

/// A plan in no time: class by class, so that a short window is enough. Where the maximum counts leave an item
/// without a bin: the largest first, and whatever found no bin before them.
fn first_plan(shape: &Shape, found: &mut Incumbent, budget: &Budget) {
    let mut order: Vec<usize> = (0..shape.len()).collect();
    order.sort_by(|&a, &b| {
        let area = shape.area[b].total_cmp(&shape.area[a]);
        shape.class(a).cmp(&shape.class(b)).then(area).then(a.cmp(&b))
    });
    if let Ok(solution) = first_fit::pack(shape, &order, Fit::First, Reach::Last(FIRST_WINDOW), budget) {
        return found.offer(solution, budget);
    }
    let window = (1e8 / shape.len() as f64) as usize;
    order = order::falling(&order::size_and_degree(shape, 0.8));
    for _ in 0..PROMOTIONS {
        match first_fit::pack(shape, &order, Fit::First, Reach::Last(window), budget) {
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

/// Every group, in turn: the quickest way where they are few.
const EVERY: Reach = Reach::Last(usize::MAX);

/// First fit and best fit decreasing over `share x size + (1 - share) x degree` (Muritiba et al. 2010, section 3), and in
/// several dimensions over the sum of the shares of the capacities and over the largest. Not small: the first few,
/// by degree only where those by size have gained something.
fn by_keys(shape: &Shape, found: &mut Incumbent, small: bool, budget: &Budget) -> Result<(), Stop> {
    let mut keys = vec![order::size_and_degree(shape, 1.0)];
    if shape.dimensions > 1 {
        keys.extend([order::sum(shape), shape.ratio.clone()]);
    }
    let by_size = keys.len();
    keys.extend([0.8, 0.6, 0.4, 0.2, 0.0].map(|share| order::size_and_degree(shape, share)));
    let reach = if small { EVERY } else { Reach::ByRoom((BY_ROOM_WORK / shape.len() as u64).max(100)) };
    let (start, first) = (budget.spent(), found.bins());
    let mut before = Vec::new();
    for (index, keys) in keys.into_iter().enumerate() {
        if !small && index >= by_size && found.bins() == first {
            break;
        }
        let order = order::falling(&keys);
        if order == before || (!small && budget.spent() - start > BY_ROOM_WORK_ALL) {
            continue;
        }
        for fit in [Fit::First, Fit::Best] {
            budget.look()?;
            if let Ok(solution) = first_fit::pack(shape, &order, fit, reach, budget) {
                found.offer(solution, budget);
            }
            if found.done() {
                return Ok(());
            }
        }
        before = order;
    }
    Ok(())
}

/// DSATUR, and one bin filled after the other.
fn one_at_a_time(shape: &Shape, found: &mut Incumbent, budget: &Budget) -> Result<(), Stop> {
    let by_size = order::falling(&shape.area);
    let affordable = shape.problem.copies() as f64 * shape.len() as f64 <= DSATUR_WORK;
    if affordable && let Some(solution) = dsatur::pack(shape, &by_size, budget)? {
        found.offer(solution, budget);
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

/// The same again with shaken keys.
fn repeats(shape: &Shape, found: &mut Incumbent, random: &mut Random, budget: &Budget) -> Result<(), Stop> {
    let work = REPEAT_WORK.saturating_mul(shape.problem.copies().min(4 * shape.len() as u64));
    let result = budget.within(work, |own| shake(shape, found, random, own));
    budget.look()?;
    budget.look()?;
    // the allowance being used up is no reason to stop
    result.or(Ok(()))
}

fn shake(shape: &Shape, found: &mut Incumbent, random: &mut Random, budget: &Budget) -> Result<(), Stop> {
    while !found.done() {
        let spread = [0.02, 0.05, 0.1, 0.2][random.index(4)];
        budget.spend(20 * shape.len() as u64)?;
        let solution = if shape.dimensions > 1 && few_bins(shape, found) && random.chance(500) {
            let recipe = &RECIPES[random.index(RECIPES.len())];
            let order = order::falling(&order::shaken(&recipe.keys(shape), spread, random));
            let best = found.bins().unwrap_or(found.lower() + 1);
            let k = random.between(found.lower(), best - 1).max(1);
            let seed = random.bits();
            match mix::mix(shape, k) {
                Some(open) => fitk::pack(shape, &open, &order, recipe.variant, seed, budget)?,
                None => None,
            }
        } else {
            let share = random.below(101) as f64 / 100.0;
            let keys = order::shaken(&order::size_and_degree(shape, share), spread, random);
            let order = order::falling(&keys);
            match random.index(3) {
                0 => first_fit::pack(shape, &order, Fit::First, EVERY, budget).ok(),
                1 => first_fit::pack(shape, &order, Fit::Best, EVERY, budget).ok(),
                _ => subset::pack(shape, &order, &keys, 500, budget)?,
            }
        };
        if let Some(solution) = solution {
            found.offer(solution, budget);
        }
    }
    Ok(())
}

/// One way to run `fitk`: the key that orders the items and the rule that chooses the bins.
struct Recipe {
    /// The largest share of a capacity (true) or the weighted size.
    ratio: bool,
    /// Weight of the degree in the key.
    degree: f64,
    variant: Variant,
}

/// The recipes, by their record on tenant fleets and on vectors of the literature.
const RECIPES: [Recipe; 8] = {
    const fn recipe(ratio: bool, degree: f64, rule: Rule, penalty: f64) -> Recipe {
        Recipe { ratio, degree, variant: Variant { rule, penalty } }
    }
    [
        recipe(true, 0.004, Rule::Dot, 0.3),
        recipe(true, 0.0, Rule::Balance, 0.05),
        recipe(false, 0.014, Rule::Dot, 0.1),
        recipe(true, 0.014, Rule::Dot, 0.6),
        recipe(false, 0.004, Rule::Live, 0.3),
        recipe(true, 0.3, Rule::Dot, 0.1),
        recipe(false, 0.3, Rule::Dot, 0.3),
        recipe(true, 0.0, Rule::Dot, 0.0),
    ]
};

impl Recipe {
    fn keys(&self, shape: &Shape) -> Vec<f64> {
        let size = if self.ratio { &shape.ratio } else { &shape.area };
        (0..shape.len()).map(|item| size[item] + self.degree * shape.degree[shape.class(item)]).collect()
    }
}

/// `fitk` by every recipe, into `lower` open bins first, then into numbers between that and the best plan.
fn fill_open_bins(shape: &Shape, found: &mut Incumbent, random: &mut Random, budget: &Budget) -> Result<(), Stop> {
    let lower = found.lower().max(1);
    let work = shape.len() as f64 * shape.estimate;
    let fewest = if work > HUGE_WORK { 1 } else { 2 };
    let passes = ((PASS_WORK / work) as usize).clamp(fewest, 3 * RECIPES.len());
    for (pass, recipe) in RECIPES.iter().cycle().take(passes).enumerate() {
        let k = match (pass / RECIPES.len(), found.bins()) {
            (0, _) | (_, None) => lower,
            (1, Some(best)) => best.saturating_sub(1).max(lower),
            (_, Some(best)) => lower.midpoint(best),
        };
        budget.spend(shape.len() as u64 * 10)?;
        let order = order::falling(&recipe.keys(shape));
        let seed = random.bits();
        let Some(open) = mix::mix(shape, k) else { continue };
        if let Some(solution) = fitk::pack(shape, &open, &order, recipe.variant, seed, budget)? {
            found.offer(solution, budget);
        }
        if found.done() {
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod decreasing_tests;
#[cfg(test)]
mod greedy_tests;
#[cfg(test)]
mod tests;
