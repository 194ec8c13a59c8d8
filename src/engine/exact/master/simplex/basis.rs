//! The basis: its factors, the values of its variables, and where it comes from.

use super::{NONE, Phase, Side, Simplex, logical_sign};
use crate::budget::Budget;
use crate::exact::master::MasterError;

/// A basic variable beyond its bound by more than this is infeasible and pays the penalty.
const INFEASIBLE: f64 = 1e-7;

impl Simplex {
    /// Recomputes values, sides and reduced costs from the factors, and the factors where they are missing or do
    /// not reproduce the right-hand side to 1e-8.
    pub(super) fn refresh(&mut self, phase: Phase, budget: &Budget<'_>) -> Result<(), MasterError> {
        if self.factored {
            self.compute_values(true);
            if self.factor.age() > 0 && !self.reproduces_rows() {
                self.factored = false;
            }
        }
        if !self.factored {
            self.refactor();
            budget.spend(self.factor.refactor_work())?;
            self.compute_values(true);
        }
        for row in 0..self.rows.len() {
            self.sides[row] = if self.values[row] < -INFEASIBLE {
                Side::Below
            } else if self.values[row] > INFEASIBLE && self.is_fixed(self.basis[row] as usize) {
                Side::Above
            } else {
                Side::Inside
            };
            self.signs[row] = if self.sides[row] == Side::Below { -1.0 } else { 1.0 };
        }
        let work = self.compute_reduced(phase);
        self.exact = true;
        budget.spend(work)?;
        if self.values.iter().chain(&self.multipliers).all(|value| value.is_finite()) {
            Ok(())
        } else {
            self.factored = false;
            Err(MasterError::Numerical)
        }
    }

    fn refactor(&mut self) {
        let m = self.rows.len();
        let (basis, rows, starts) = (&self.basis, &self.rows, &self.starts);
        let (indices, coefficients) = (&self.indices, &self.coefficients);
        let (pivot_row, replaced) = self.factor.refactor(
            m,
            |k, out| match basis[k] {
                NONE => {}
                logical if (logical as usize) < m => out.push((logical, logical_sign(rows[logical as usize].sense))),
                column => {
                    let column = column as usize - m;
                    let range = starts[column]..starts[column + 1];
                    out.extend(indices[range.clone()].iter().copied().zip(coefficients[range].iter().copied()));
                }
            },
            |row| logical_sign(rows[row].sense),
        );
        let mut permuted = vec![NONE; m];
        for (k, &row) in pivot_row.iter().enumerate() {
            let variable = self.basis[k];
            if row != NONE {
                permuted[row as usize] = variable;
            } else if variable != NONE {
                self.place[variable as usize] = NONE;
            }
        }
        for row in replaced {
            permuted[row as usize] = row;
        }
        self.basis = permuted;
        for (row, &variable) in self.basis.iter().enumerate() {
            self.place[variable as usize] = row as u32;
        }
        self.factored = true;
    }

    /// The values of the basic variables, with or without the perturbation.
    pub(super) fn compute_values(&mut self, perturbed: bool) {
        for (row, value) in self.values.iter_mut().enumerate() {
            *value = self.rows[row].rhs + if perturbed { self.noise[row] } else { 0.0 };
        }
        self.factor.ftran(&mut self.values);
    }

    /// Whether the values meet every perturbed row equation to 1e-8 (relative above 1); false for NaN.
    fn reproduces_rows(&mut self) -> bool {
        let m = self.rows.len();
        for (row, left) in self.unit.iter_mut().enumerate() {
            *left = self.rows[row].rhs + self.noise[row];
        }
        for (row, &variable) in self.basis.iter().enumerate() {
            let (variable, value) = (variable as usize, self.values[row]);
            if variable < m {
                self.unit[variable] -= logical_sign(self.rows[variable].sense) * value;
            } else {
                let range = self.starts[variable - m]..self.starts[variable - m + 1];
                for (&other, entry) in self.indices[range.clone()].iter().zip(&self.coefficients[range]) {
                    self.unit[other as usize] -= entry * value;
                }
            }
        }
        let sound = self.unit.iter().zip(&self.rows).all(|(left, row)| left.abs() <= 1e-8 * row.rhs.max(1.0));
        self.unit.fill(0.0);
        sound
    }

    /// Replaces the basis by the hinted columns and logicals for the rest.
    pub(super) fn take_hints(&mut self) {
        let m = self.rows.len();
        let hints = std::mem::take(&mut self.hints);
        if hints.is_empty() {
            return;
        }
        self.basis.fill(NONE);
        self.place.fill(NONE);
        let mut next = 0;
        for column in hints {
            if next < m && column < self.costs.len() && self.place[m + column] == NONE {
                self.basis[next] = (m + column) as u32;
                self.place[m + column] = next as u32;
                next += 1;
            }
        }
        self.factored = false;
    }
}
