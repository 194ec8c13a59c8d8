//! Strong branching: which of several pairs raises the relaxation most (Linderoth & Savelsbergh 1999, section 3).
//!
//! Each child's relaxation is solved over the columns that are there, without pricing: that overrates the rise, but for all
//! pairs alike.

use rustc_hash::FxHashSet;

use crate::budget::{Budget, Stop};
use crate::pricing::Case;

use super::columns::{Column, Coupling};
use super::effort::strong_branching::WORK;
use super::float::to_float;
use super::master::{MasterError, Outcome};
use super::restricted_master::RestrictedMaster;
use super::ryan_foster::Decision;

/// Where a node stands when it is split.
pub(super) struct Split<'a> {
    pub case: &'a Case,
    pub prices: &'a [u64],
    pub coupling: &'a Coupling,
    /// Columns for the children, and which of them are basic.
    pub columns: &'a [Column],
    pub basic: &'a [usize],
    /// The node's objective, and the one from which a child is closed.
    pub objective: f64,
    pub closed: f64,
}

/// The pair whose children rise most: by the smaller of the two rises mainly. Ties go to the earlier.
///
/// # Errors
/// [`Stop`] when the budget is used up.
pub(super) fn strongest(
    node: &Split,
    pairs: &[(usize, usize)],
    seed: u64,
    budget: &Budget,
) -> Result<Option<(usize, usize)>, Stop> {
    let mut best: Option<(f64, (usize, usize))> = None;
    let most = (node.closed - node.objective).max(1e-6);
    let score = |rises: [f64; 2]| (rises[0] + 1e-3 * most) * (rises[1] + 1e-3 * most);
    let until = budget.spent().saturating_add(WORK);
    for &(a, b) in pairs {
        if best.is_some() && budget.spent() > until {
            break;
        }
        let mut rises = [most; 2];
        for (child_of, together) in [(0, true), (1, false)] {
            // not even the largest rise of the other child would make it the best
            if best.is_some_and(|(least, _)| score(rises) <= least + 1e-12) {
                break;
            }
            if let Some(objective) = child(node, Decision { a, b, together }, seed, budget)? {
                rises[child_of] = (objective - node.objective).clamp(0.0, most);
            }
        }
        if best.is_none_or(|(least, _)| score(rises) > least + 1e-12) {
            best = Some((score(rises), (a, b)));
        }
        // both children closed: nothing better is to be had
        if rises == [most; 2] {
            break;
        }
    }
    Ok(best.map(|(_, pair)| pair))
}

/// The objective of a child over the columns that are there; `None` where there is no child, or no solution.
fn child(node: &Split, decision: Decision, seed: u64, budget: &Budget) -> Result<Option<f64>, Stop> {
    let Some(case) = decision.apply(node.case) else { return Ok(None) };
    budget.spend(case.len() as u64)?;
    let columns: Vec<Column> = node.columns.iter().flat_map(|column| decision.translate(column, &case)).collect();
    let basic: FxHashSet<Column> =
        node.basic.iter().flat_map(|&column| decision.translate(&node.columns[column], &case)).collect();
    let Ok(mut master) = RestrictedMaster::new(&case, node.prices, case.demand(), node.coupling, columns, seed) else {
        return Ok(Some(node.objective));
    };
    master.start_from(&basic);
    match master.solve(budget) {
        Ok(Outcome::Optimal) => Ok(Some(master.objective())),
        Ok(Outcome::Infeasible) => Ok(None),
        Err(MasterError::Stopped(stop)) => Err(stop),
        Err(_) => Ok(Some(0.0)),
    }
}

/// What a node's bound must reach to be closed, as an objective.
pub(super) fn closing(value: u64) -> f64 {
    to_float(value.saturating_sub(1)) + 1e-6
}
