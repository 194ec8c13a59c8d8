//! The compact model through a MILP solver: a second opinion on small problems, never a proof.
//!
//! One binary variable a bin and one integer variable an item type and bin, with the bins in a row for each bin type;
//! modelled with good_lp, solved by microlp in floating point. What comes back counts only once
//! [`Solution::check`] has passed it.

use good_lp::{Expression, Solution as _, SolverModel, Variable, constraint, microlp, variable, variables};

use crate::problem::{Pattern, Problem, Solution};

/// Most integer variables that [`milp`] takes on.
pub const MOST_VARIABLES: usize = 600;

/// The best packing by the MILP solver with at most `bins` bins of each type: fewest bins, or (with `cost`) least cost.
/// `None` where the model is too large, the solver finds nothing, or its answer is not legal. Can't be interrupted.
#[must_use]
pub fn milp(problem: &Problem, bins: u64, cost: bool) -> Option<Solution> {
    let items = problem.items();
    let slots: Vec<usize> = (0..problem.bins().len())
        .flat_map(|bin| {
            let most = problem.bins()[bin].max_count.unwrap_or(bins).min(bins);
            vec![bin; usize::try_from(most).unwrap_or(usize::MAX).min(MOST_VARIABLES)]
        })
        .collect();
    if slots.len().saturating_mul(items.len() + 1) > MOST_VARIABLES {
        return None;
    }
    let mut vars = variables!();
    let used: Vec<Variable> = slots.iter().map(|_| vars.add(variable().binary())).collect();
    let inside: Vec<Vec<Option<Variable>>> = (0..items.len())
        .map(|item| {
            let most = if problem.conflict(item, item) { 1 } else { items[item].demand };
            let copies = |&bin: &usize| {
                problem.fits_alone(item, bin).then(|| vars.add(variable().integer().min(0).max(most as f64)))
            };
            slots.iter().map(copies).collect()
        })
        .collect();
    // whether a type is there at all: needed where a conflict must see it
    let present: Vec<Vec<Option<Variable>>> = (0..items.len())
        .map(|item| inside[item].iter().map(|copies| copies.map(|_| vars.add(variable().binary()))).collect())
        .collect();
    let price = |slot: usize| if cost { problem.bins()[slots[slot]].cost as f64 } else { 1.0 };
    let objective: Expression = used.iter().enumerate().map(|(slot, &used)| price(slot) * used).sum();
    let mut model = vars.minimise(objective).using(microlp);
    for (item, kind) in items.iter().enumerate() {
        let packed: Expression = inside[item].iter().flatten().sum();
        model = model.with(constraint!(packed == kind.demand as f64));
        for slot in 0..slots.len() {
            if let (Some(copies), Some(there)) = (inside[item][slot], present[item][slot]) {
                model = model.with(constraint!(copies <= kind.demand as f64 * there));
                model = model.with(constraint!(there <= used[slot]));
            }
        }
        for other in (0..item).filter(|&other| problem.conflict(item, other)) {
            for (a, b) in present[item].iter().zip(&present[other]) {
                if let (Some(a), Some(b)) = (*a, *b) {
                    model = model.with(constraint!(a + b <= 1.0));
                }
            }
        }
    }
    for (slot, &bin) in slots.iter().enumerate() {
        for (q, &cap) in problem.bins()[bin].capacity.iter().enumerate() {
            // in shares of the capacity, so that tolerances mean the same for bytes and cores
            let share = |item: usize| items[item].size[q] as f64 / (cap.max(1)) as f64;
            let copies = |item: usize| inside[item][slot].map(|copies| share(item) * copies);
            let load: Expression = (0..items.len()).filter_map(copies).sum();
            let full = if cap == 0 { 0.0 } else { 1.0 };
            model = model.with(constraint!(load <= full * used[slot]));
        }
        if slot > 0 && slots[slot - 1] == bin {
            model = model.with(constraint!(used[slot] <= used[slot - 1]));
        }
    }
    let solved = model.solve().ok()?;
    let mut patterns = Vec::new();
    for (slot, &bin) in slots.iter().enumerate() {
        let copies = |item: usize| inside[item][slot].map_or(0, |copies| solved.value(copies).round() as u64);
        let items: Vec<(usize, u64)> =
            (0..items.len()).map(|item| (item, copies(item))).filter(|entry| entry.1 > 0).collect();
        if !items.is_empty() {
            patterns.push(Pattern { bin, items, count: 1 });
        }
    }
    let solution = Solution { patterns };
    solution.check(problem).is_ok().then_some(solution)
}
