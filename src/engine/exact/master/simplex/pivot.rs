//! One pivot: the ratio test and the exchange.

use super::{NONE, Phase, STRIKES, Side, Simplex, logical_sign};
use crate::budget::Budget;
use crate::exact::master::MasterError;

/// How far the ratio test lets a basic variable cross its bound.
const PRIMAL_TOLERANCE: f64 = 1e-9;
/// Smaller entries of the entering column do not block it.
const PIVOT_TOLERANCE: f64 = 1e-8;
/// A pivot below this is taken from fresh factors only.
const SMALL_PIVOT: f64 = 1e-5;

impl Simplex {
    pub(super) fn is_stalled(&self) -> bool {
        self.stalled > 300 + 2 * self.rows.len()
    }

    /// Brings a variable into the basis, or, on numerical trouble, recomputes what it was chosen by.
    pub(super) fn pivot(&mut self, entering: usize, phase: Phase, budget: &Budget<'_>) -> Result<(), MasterError> {
        let m = self.rows.len();
        budget.spend(4 * self.factor.solve_work() + (4 * m + self.reduced.len()) as u64)?;
        self.solve_entering(entering);
        let sum: f64 = self.entering.iter().zip(&self.basic_costs).map(|(entry, cost)| entry * cost).sum();
        let reduced = phase.weight * self.cost(entering) - sum;
        let believed = self.reduced[entering];
        let scale = self.largest_cost.max(phase.penalty);
        let close = (reduced - believed).abs() <= 1e-7 * scale + 1e-3 * believed.abs();
        if !close || reduced >= 0.0 {
            if self.exact && reduced.is_finite() {
                // no better numbers to be had than this one
                self.reduced[entering] = reduced;
                self.entering.fill(0.0);
                self.strikes += u32::from(reduced < 0.0);
                return Ok(());
            }
            return self.trouble(phase, budget);
        }
        let Some((row, step)) = self.choose_leaving() else {
            return self.trouble(phase, budget);
        };
        let pivot = self.entering[row];
        if pivot.abs() < SMALL_PIVOT && self.factor.age() > 0 {
            return self.trouble(phase, budget);
        }
        self.factor.btran_unit(row, &mut self.unit);
        let work = self.update_reduced(entering, row, reduced, phase);
        self.unit.fill(0.0);
        for (value, &entry) in self.values.iter_mut().zip(&self.entering) {
            *value -= step * entry;
        }
        self.entering.fill(0.0);
        self.values[row] = step;
        self.sides[row] = Side::Inside;
        self.signs[row] = 1.0;
        let leaving = self.basis[row] as usize;
        self.place[leaving] = NONE;
        self.place[entering] = row as u32;
        self.basis[row] = entering as u32;
        self.basic_costs[row] = phase.weight * self.cost(entering);
        self.factored = self.factor.update(row, pivot);
        self.exact = false;
        self.pivots += 1;
        self.stalled = if step * -reduced > 1e-12 * scale { 0 } else { self.stalled + 1 };
        budget.spend(work)?;
        if self.factored { Ok(()) } else { self.trouble(phase, budget) }
    }

    /// The column of a variable, times the inverse of the basis, into `entering`.
    pub(super) fn solve_entering(&mut self, variable: usize) {
        let m = self.rows.len();
        if variable < m {
            self.entering[variable] = logical_sign(self.rows[variable].sense);
        } else {
            let range = self.starts[variable - m]..self.starts[variable - m + 1];
            for (&row, &entry) in self.indices[range.clone()].iter().zip(&self.coefficients[range]) {
                self.entering[row as usize] = entry;
            }
        }
        self.factor.ftran_entering(&mut self.entering);
    }

    /// Fresh factors, or none left to try.
    pub(super) fn trouble(&mut self, phase: Phase, budget: &Budget<'_>) -> Result<(), MasterError> {
        self.entering.fill(0.0);
        self.unit.fill(0.0);
        self.strikes += 1;
        if self.exact && self.factored && self.factor.age() == 0 {
            // fresh numbers led here: they will again
            self.strikes = STRIKES + 1;
            return Err(MasterError::Numerical);
        }
        self.factored = false;
        self.refresh(phase, budget)
    }

    /// The row whose variable leaves and the length of the step; `None`: nothing blocks.
    ///
    /// When the entering variable grows by 1, the basic one of a row changes by minus its entry. It blocks at 0 coming
    /// from above, or, while it is below its bound, coming from below; the logical of an exact row blocks both ways.
    fn choose_leaving(&self) -> Option<(usize, f64)> {
        let fixed = || self.exact_rows.iter().map(|&logical| self.place[logical as usize] as usize);
        let fixed = || fixed().filter(|&row| row < self.rows.len() && self.sides[row] == Side::Inside);
        // pass 1: the longest step if every bound gives way a little
        let mut longest = f64::MAX;
        let mut shorten = |size: f64, room: f64| {
            // the first test nearly always fails, which the processor learns
            if room + PRIMAL_TOLERANCE < longest * size && size > PIVOT_TOLERANCE {
                longest = (room.max(0.0) + PRIMAL_TOLERANCE) / size;
            }
        };
        for ((&entry, &value), &sign) in self.entering.iter().zip(&self.values).zip(&self.signs) {
            shorten(sign * entry, sign * value);
        }
        fixed().for_each(|row| shorten(-self.entering[row], -self.values[row]));
        // pass 2: the largest pivot within it
        let bland = self.is_stalled();
        let mut best: Option<(usize, f64, f64)> = None;
        let mut consider = |row: usize, size: f64, room: f64| {
            if room > longest * size || size <= PIVOT_TOLERANCE {
                return;
            }
            let better = best.is_none_or(|(other_row, other, _)| {
                if bland && size > 1e-3 && other > 1e-3 {
                    self.basis[row] < self.basis[other_row]
                } else {
                    size > other
                }
            });
            if better {
                best = Some((row, size, room.max(0.0)));
            }
        };
        for (row, ((&entry, &value), &sign)) in self.entering.iter().zip(&self.values).zip(&self.signs).enumerate() {
            consider(row, sign * entry, sign * value);
        }
        fixed().for_each(|row| consider(row, -self.entering[row], -self.values[row]));
        best.filter(|_| longest < f64::MAX).map(|(row, size, room)| (row, room / size))
    }
}
