//! The sizes spread over bins like sand, as a linear programme: what a unit of each resource, and a bin under each limit,
//! is worth.
//!
//! One column a bin type (one more for its bins that are in every plan, which are there for nothing), one row a resource and a limit. Its
//! duals are prices to make whole numbers of; its primal says about how many bins of each type there should be.

use super::float::{to_float, to_integer};
use super::master::{Master, Outcome, Row, Simplex};
use crate::budget::Budget;
use crate::problem::Problem;

/// What the linear programme suggests. Nothing of it is believed.
#[derive(Clone, Debug)]
pub struct Suggested {
    /// Worth of a unit of each resource, in whole numbers at [`scale`](Self::scale).
    pub lambda: Vec<u64>,
    /// Worth of one more bin under each shared limit, at the same scale.
    pub limits: Vec<u64>,
    /// What a bin less is worth, where their number is held.
    pub held: u64,
    /// What 1 is in these numbers.
    pub scale: u64,
    /// So many bins of each type, those that are in every plan included.
    pub counts: Vec<f64>,
}

/// Spreads the load over bins of these costs; `held`: at most so many bins. `None`: no bins have the room, or
/// rounding errors won.
#[must_use]
pub fn continuous(problem: &Problem, costs: &[u64], held: Option<u64>, budget: &Budget) -> Option<Suggested> {
    let (bins, terms) = (problem.bins(), problem.terms());
    let unit_cost = to_float(costs.iter().copied().max()?.max(1));
    let useful: Vec<usize> = (0..bins.len())
        .filter(|&bin| problem.exists(bin) && (0..problem.items().len()).any(|item| problem.fits_alone(item, bin)))
        .collect();
    let mut rows = Vec::new();
    let mut resources = Vec::new();
    for q in 0..problem.dimensions() {
        let load: u128 = problem.items().iter().map(|item| u128::from(item.size[q]) * u128::from(item.demand)).sum();
        let unit = useful.iter().map(|&bin| bins[bin].capacity[q]).max().unwrap_or(0);
        if load > 0 {
            if unit == 0 {
                return None;
            }
            // no overflow: a problem's loads are at most 2^62
            rows.push(Row::cover(to_float(load as u64) / to_float(unit)));
            resources.push((q, to_float(unit)));
        }
    }
    let first_own = rows.len();
    let least = problem.least();
    let limited: Vec<usize> = useful.iter().copied().filter(|&bin| bins[bin].max_count.is_some()).collect();
    for &bin in &limited {
        let most = bins[bin].max_count.unwrap_or(0).saturating_sub(least[bin]);
        rows.push(Row::at_most(to_float(most.min(1 << 29))));
    }
    let first_group = rows.len();
    for limit in &terms.limits {
        let there: u64 = limit.bins.ones().map(|bin| least[bin]).sum();
        rows.push(Row::at_most(to_float(limit.most.saturating_sub(there).min(1 << 29))));
    }
    let first_there = rows.len();
    let there: Vec<usize> = useful.iter().copied().filter(|&bin| least[bin] > 0).collect();
    for &bin in &there {
        rows.push(Row::at_most(to_float(least[bin].min(1 << 29))));
    }
    if let Some(held) = held {
        let all: u64 = least.iter().sum();
        rows.push(Row::at_most(to_float(held.saturating_sub(all).min(1 << 29))));
    }
    let mut master = Simplex::new(&rows, 0).ok()?;
    let room = |bin: usize| {
        resources.iter().enumerate().map(move |(row, &(q, unit))| (row, to_float(bins[bin].capacity[q]) / unit))
    };
    for &bin in &useful {
        let mut entries: Vec<(usize, f64)> = room(bin).collect();
        entries.extend(limited.iter().position(|&other| other == bin).map(|at| (first_own + at, 1.0)));
        let groups = terms.limits.iter().enumerate().filter(|(_, limit)| limit.bins.contains(bin));
        entries.extend(groups.map(|(at, _)| (first_group + at, 1.0)));
        if held.is_some() {
            entries.push((rows.len() - 1, 1.0));
        }
        master.add_column(to_float(costs[bin]) / unit_cost, &entries).ok()?;
    }
    for (at, &bin) in there.iter().enumerate() {
        let entries: Vec<(usize, f64)> = room(bin).chain([(first_there + at, 1.0)]).collect();
        master.add_column(0.0, &entries).ok()?;
    }
    if master.solve(budget).ok()? != Outcome::Optimal {
        return None;
    }
    // as fine as the sums allow: what all bins are worth stays below 2^58
    let worth = (master.objective().abs() * unit_cost).max(1.0);
    let total: f64 = rows.iter().zip(master.duals()).map(|(row, dual)| row.rhs * dual.abs()).sum::<f64>() * unit_cost;
    let scale = to_integer((to_float(1 << 58) / worth.max(total)).min(to_float(1 << 50))).max(1);
    let whole = |dual: f64| dual.abs() * unit_cost * to_float(scale);
    let duals = master.duals();
    let mut lambda = vec![0; problem.dimensions()];
    for (row, &(q, unit)) in resources.iter().enumerate() {
        lambda[q] = to_integer(whole(duals[row]) / unit);
    }
    let limits = (first_group..first_there).map(|row| to_integer(whole(duals[row]).ceil())).collect();
    let mut counts = vec![0.0; bins.len()];
    for (column, &bin) in useful.iter().chain(&there).enumerate() {
        counts[bin] += master.primal()[column];
    }
    let held = if held.is_some() { to_integer(whole(duals[rows.len() - 1]).ceil()) } else { 0 };
    Some(Suggested { lambda, limits, held, scale, counts })
}
