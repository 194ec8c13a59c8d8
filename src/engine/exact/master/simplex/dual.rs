//! The dual simplex method, for a master that has lost columns.
//!
//! Where columns are barred, the duals of the last optimum remain feasible, and each pivot drives one barred or negative
//! basic variable to zero. The objective only grows on the way, so that a caller who knows from which value on a branch is
//! closed need not wait for the optimum. Dual Devex weights choose the row (Forrest & Goldfarb 1992).

use super::{NONE, Phase, STRIKES, Side, Simplex};
use crate::budget::Budget;
use crate::exact::master::{MasterError, Outcome};

/// A basic variable beyond its bound by more than this leaves.
const INFEASIBLE: f64 = 1e-7;
/// Smaller entries of the pivot row do not block.
const PIVOT_TOLERANCE: f64 = 1e-7;
/// How far the ratio test lets a reduced cost cross zero.
const DUAL_TOLERANCE: f64 = 1e-9;

/// How [`Simplex::reoptimise`] ended. The duals are feasible for all columns that are not barred, and the objective is
/// theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reoptimised {
    /// Optimal over the columns that are not barred.
    Optimal,
    /// The objective has reached the ceiling; that of the optimum is no smaller.
    Ceiling,
    /// So many pivots were made.
    Pivots,
}

/// No costs but the columns' own: infeasible variables leave one by one, and pay nothing.
const PLAIN: Phase = Phase { weight: 1.0, penalty: 0.0, sifted: false };

impl Simplex {
    /// Bars a column from the solutions of [`reoptimise`](Self::reoptimise).
    ///
    /// # Panics
    /// Unless `column < self.columns()`.
    pub fn bar(&mut self, column: usize) {
        self.barred[column] = true;
    }

    /// Whether the basic variable may be nothing but zero.
    pub(super) fn is_held(&self, variable: usize) -> bool {
        match variable.checked_sub(self.rows.len()) {
            Some(column) => self.barred[column],
            None => self.is_fixed(variable),
        }
    }

    /// Solves again after columns were barred, from duals that are feasible: those of an optimum with fewer columns barred.
    /// Stops at an objective of `ceiling`, and after `pivots` pivots. Where the rows have no solution left the duals climb
    /// along a ray to the ceiling.
    ///
    /// # Errors
    /// [`MasterError::Stopped`] or [`MasterError::Numerical`].
    pub fn reoptimise(&mut self, ceiling: f64, pivots: u64, budget: &Budget<'_>) -> Result<Reoptimised, MasterError> {
        let m = self.rows.len();
        self.strikes = 0;
        if self.exact && self.factored && self.plain {
            // as the last call left it, but for what was barred since
            let mut active = std::mem::take(&mut self.active);
            active.retain(|&variable| !self.is_held(variable as usize));
            self.active = active;
        } else {
            self.refresh(PLAIN, budget)?;
            self.slopes.clear();
            self.slopes.resize(m, 1.0);
        }
        let mut objective = self.dual_objective();
        let most = self.pivots.saturating_add(pivots);
        let cap = self.pivots + 20_000 + 20 * self.reduced.len() as u64;
        loop {
            if objective >= ceiling {
                return Ok(self.settle(Reoptimised::Ceiling));
            }
            if self.strikes > STRIKES || self.pivots > cap {
                return Err(MasterError::Numerical);
            }
            if self.factor.is_stale() {
                self.factored = false;
            }
            let leaving = if self.factored { self.choose_infeasible() } else { None };
            let Some(row) = leaving else {
                if self.exact && self.factored {
                    return Ok(self.settle(Reoptimised::Optimal));
                }
                self.refresh(PLAIN, budget)?;
                objective = self.dual_objective();
                continue;
            };
            if self.pivots >= most {
                return Ok(self.settle(Reoptimised::Pivots));
            }
            let value = self.values[row];
            budget.spend(4 * self.factor.solve_work() + (5 * m + 4 * self.active.len()) as u64)?;
            self.factor.btran_unit(row, &mut self.unit);
            self.pivot_row();
            let sign = if value > 0.0 { 1.0 } else { -1.0 };
            let entering = self.choose_blocking(sign);
            let Some(entering) = entering else {
                // no column can help: along this row the duals climb for ever
                let step = (ceiling - objective).max(0.0) / value.abs() * 1.001 + 1e-6;
                for (dual, unit) in self.multipliers.iter_mut().zip(&self.unit) {
                    *dual += sign * step * unit;
                }
                self.forget_row();
                let ended = self.settle(Reoptimised::Ceiling);
                // these duals are not those of the basis
                self.plain = false;
                return Ok(ended);
            };
            match self.exchange(entering, row) {
                Some(rise) => objective += rise,
                None => {
                    self.strikes += 1;
                    self.factored = false;
                }
            }
        }
    }

    /// `sum b_i dual_i`.
    fn dual_objective(&self) -> f64 {
        self.multipliers.iter().zip(&self.rows).map(|(dual, row)| dual * row.rhs).sum()
    }

    /// The row whose basic variable is furthest beyond its bound, by its weight.
    fn choose_infeasible(&self) -> Option<usize> {
        let mut best = None;
        let mut most = 0.0;
        for (row, &value) in self.values.iter().enumerate() {
            let beyond = if value < 0.0 { -value } else { value };
            if beyond > INFEASIBLE
                && beyond * beyond > most * self.slopes[row]
                && (value < 0.0 || self.is_held(self.basis[row] as usize))
            {
                most = beyond * beyond / self.slopes[row];
                best = Some(row);
            }
        }
        best
    }

    /// The pivot row over the variables that may enter, from `unit`, into `across` and `touched`.
    fn pivot_row(&mut self) {
        for &variable in &self.active {
            let entry = self.across_unit(variable as usize).0;
            if entry != 0.0 {
                self.across[variable as usize] = entry;
                self.touched.push(variable);
            }
        }
    }

    fn forget_row(&mut self) {
        self.unit.fill(0.0);
        for &variable in &self.touched {
            self.across[variable as usize] = 0.0;
        }
        self.touched.clear();
    }

    /// The variable that may enter and whose reduced cost is the first to reach zero; of those nearly as early the one of
    /// largest pivot (Harris 1973).
    fn choose_blocking(&self, sign: f64) -> Option<usize> {
        let candidates = || {
            self.touched.iter().map(|&variable| variable as usize).filter_map(move |variable| {
                let size = sign * self.across[variable];
                (size > PIVOT_TOLERANCE).then(|| (variable, size, self.reduced[variable].max(0.0)))
            })
        };
        let mut longest = f64::MAX;
        for (_, size, reduced) in candidates() {
            if reduced + DUAL_TOLERANCE < longest * size {
                longest = (reduced + DUAL_TOLERANCE) / size;
            }
        }
        let mut best: Option<(usize, f64)> = None;
        for (variable, size, reduced) in candidates() {
            let better = |other: f64, with: usize| size > other || (size == other && variable < with);
            if reduced <= longest * size && best.is_none_or(|(with, other)| better(other, with)) {
                best = Some((variable, size));
            }
        }
        best.map(|(variable, _)| variable)
    }

    /// Brings a variable into the basis in a row; by how much the objective grew. `None`: the numbers disagree.
    fn exchange(&mut self, entering: usize, row: usize) -> Option<f64> {
        self.solve_entering(entering);
        let (pivot, seen) = (self.entering[row], self.across[entering]);
        if (pivot - seen).abs() > 1e-7 * (1.0 + seen.abs()) {
            self.forget_row();
            self.entering.fill(0.0);
            return None;
        }
        let value = self.values[row];
        let dual_step = self.reduced[entering].max(0.0) / seen;
        for &variable in &self.touched {
            self.reduced[variable as usize] -= dual_step * self.across[variable as usize];
        }
        for (dual, unit) in self.multipliers.iter_mut().zip(&self.unit) {
            *dual += dual_step * unit;
        }
        self.forget_row();
        let leaving = self.basis[row] as usize;
        self.reduced[entering] = 0.0;
        self.reduced[leaving] = -dual_step;
        let weight = self.slopes[row];
        let step = value / pivot;
        for (at, &entry) in self.entering.iter().enumerate().filter(|&(_, &entry)| entry != 0.0) {
            self.values[at] -= step * entry;
            let share = entry / pivot;
            self.slopes[at] = self.slopes[at].max(share * share * weight);
        }
        self.slopes[row] = (weight / (pivot * pivot)).max(1.0);
        self.entering.fill(0.0);
        self.values[row] = step;
        self.sides[row] = Side::Inside;
        self.signs[row] = 1.0;
        self.place[leaving] = NONE;
        self.place[entering] = row as u32;
        self.basis[row] = entering as u32;
        self.basic_costs[row] = self.cost(entering);
        let at = self.active.iter().position(|&variable| variable as usize == entering);
        at.map(|at| self.active.swap_remove(at));
        if !self.is_held(leaving) {
            self.active.push(leaving as u32);
        }
        self.factored = self.factor.update(row, pivot);
        self.exact = false;
        self.pivots += 1;
        Some(dual_step * value)
    }

    /// Reads duals, values and objective off the basis, and leaves everything ready for the next call.
    fn settle(&mut self, ended: Reoptimised) -> Reoptimised {
        let (values, exact) = (self.values.clone(), self.exact);
        self.finish(Outcome::Optimal);
        (self.values, self.exact, self.plain) = (values, exact, true);
        ended
    }
}
