//! A factorised basis: sparse `L U` with Forrest-Tomlin updates (Forrest & Tomlin 1972).
//!
//! Rows and basis positions share one numbering: the basic variable of position `i` was pivoted in row `i`. So a
//! vector of values by row becomes a vector of values by position in place.

use std::rc::Rc;

use super::markowitz::{Elimination, Sparse};

const DEAD: u32 = u32::MAX;
/// Smaller results of a solve are taken as zero: keeps vectors sparse.
const TINY: f64 = 1e-14;

/// The factors of the basis matrix `B`.
#[derive(Clone, Default)]
pub(super) struct Factor {
    /// Shared between copies until one of them factorises anew.
    elimination: Rc<Elimination>,
    lower_by_row: Rc<Vec<Sparse>>,
    /// The row transformations of the updates: `v[row] -= sum value * v[index]`.
    updates: Vec<(u32, Sparse)>,
    /// Pivot rows first to last, with [`DEAD`] holes where an update took a row to the end.
    order: Vec<u32>,
    place: Vec<u32>,
    diagonal: Vec<f64>,
    upper_by_row: Vec<Sparse>,
    upper_by_column: Vec<Sparse>,
    /// The entering column after `L` and the updates, saved by [`ftran_entering`](Self::ftran_entering).
    spike: Sparse,
    /// The unit row after `U`, saved by [`btran_unit`](Self::btran_unit).
    unit: Sparse,
    /// Zeros.
    scratch: Vec<f64>,
    entries: usize,
    fresh_entries: usize,
}

impl Factor {
    /// Factorises the matrix whose column `k` is written by `column`; where columns depend on one another, some are
    /// replaced by `unit(row)` times a unit vector. Returns for each column the row in which it was pivoted
    /// ([`u32::MAX`]: replaced), and the rows that got a unit vector.
    pub fn refactor(
        &mut self,
        size: usize,
        column: impl Fn(usize, &mut Sparse),
        unit: impl Fn(usize) -> f64,
    ) -> (&[u32], Vec<u32>) {
        let elimination = owned(&mut self.elimination);
        elimination.run(size, column);
        let mut pivoted = vec![false; size];
        elimination.order.iter().for_each(|&row| pivoted[row as usize] = true);
        let replaced: Vec<u32> = (0..size as u32).filter(|&row| !pivoted[row as usize]).collect();
        // the replaced rows come last: they take no part in the elimination but may be the target of multipliers
        elimination.order.extend_from_slice(&replaced);
        self.order.clone_from(&self.elimination.order);
        self.diagonal.clone_from(&self.elimination.diagonal);
        for &row in &replaced {
            self.diagonal[row as usize] = unit(row as usize);
        }
        self.place.clear();
        self.place.resize(size, 0);
        for (at, &row) in self.order.iter().enumerate() {
            self.place[row as usize] = at as u32;
        }
        let lower_by_row = owned(&mut self.lower_by_row);
        for list in [&mut *lower_by_row, &mut self.upper_by_row, &mut self.upper_by_column] {
            list.resize_with(size, Vec::new);
            list.iter_mut().for_each(Vec::clear);
        }
        self.updates.clear();
        self.scratch.clear();
        self.scratch.resize(size, 0.0);
        self.entries = size;
        for (row, below) in &self.elimination.lower {
            self.entries += below.len();
            for &(other, value) in below {
                lower_by_row[other as usize].push((*row, value));
            }
        }
        for &row in &self.elimination.order {
            for &(k, value) in &self.elimination.upper[row as usize] {
                let to = self.elimination.pivot_row[k as usize];
                if to != DEAD {
                    self.upper_by_row[row as usize].push((to, value));
                    self.upper_by_column[to as usize].push((row, value));
                    self.entries += 1;
                }
            }
        }
        self.fresh_entries = self.entries;
        (&self.elimination.pivot_row, replaced)
    }

    /// Updates since the last [`refactor`](Self::refactor).
    pub fn age(&self) -> usize {
        self.updates.len()
    }

    /// Whether a fresh factorisation would pay.
    pub fn is_stale(&self) -> bool {
        self.age() >= 100 || (self.age() >= 20 && self.entries > 3 * self.fresh_entries)
    }

    /// Elementary steps of the last factorisation.
    pub fn refactor_work(&self) -> u64 {
        self.elimination.work + self.fresh_entries as u64
    }

    /// Elementary steps of one solve, at most about this.
    pub fn solve_work(&self) -> u64 {
        (self.entries + self.diagonal.len()) as u64
    }

    /// Solves `B x = v` in place.
    pub fn ftran(&self, v: &mut [f64]) {
        self.ftran_lower(v);
        self.ftran_upper(v);
    }

    /// The same for the entering column, which is kept for [`update`](Self::update).
    pub fn ftran_entering(&mut self, v: &mut [f64]) {
        self.ftran_lower(v);
        self.spike.clear();
        for (row, value) in v.iter_mut().enumerate() {
            if value.abs() > TINY {
                self.spike.push((row as u32, *value));
            } else {
                *value = 0.0;
            }
        }
        self.ftran_upper(v);
    }

    fn ftran_lower(&self, v: &mut [f64]) {
        for (row, below) in &self.elimination.lower {
            let value = v[*row as usize];
            if value != 0.0 {
                for &(other, multiplier) in below {
                    v[other as usize] -= multiplier * value;
                }
            }
        }
        for (row, entries) in &self.updates {
            let sum: f64 = entries.iter().map(|&(other, value)| value * v[other as usize]).sum();
            v[*row as usize] -= sum;
        }
    }

    fn ftran_upper(&self, v: &mut [f64]) {
        self.substitute(v, self.order.iter().rev(), &self.upper_by_column);
    }

    /// Solves `y B = v` in place.
    pub fn btran(&self, v: &mut [f64]) {
        self.btran_upper(v, 0);
        self.btran_lower(v);
    }

    /// Row `row` of the inverse of `B`; kept for [`update`](Self::update). `v` must be zero everywhere.
    pub fn btran_unit(&mut self, row: usize, v: &mut [f64]) {
        v[row] = 1.0;
        self.btran_upper(v, self.place[row] as usize);
        self.unit.clear();
        for &at in &self.order[self.place[row] as usize..] {
            if at != DEAD && v[at as usize] != 0.0 {
                self.unit.push((at, v[at as usize]));
            }
        }
        self.btran_lower(v);
    }

    fn btran_upper(&self, v: &mut [f64], from: usize) {
        self.substitute(v, self.order[from..].iter(), &self.upper_by_row);
    }

    /// Solves with `U` or its transpose: takes the rows in this order, and what is solved out of those in `table`.
    fn substitute<'a>(&self, v: &mut [f64], order: impl Iterator<Item = &'a u32>, table: &[Sparse]) {
        for &row in order {
            if row == DEAD || v[row as usize] == 0.0 {
                continue;
            }
            let value = v[row as usize] / self.diagonal[row as usize];
            if value.abs() <= TINY {
                v[row as usize] = 0.0;
                continue;
            }
            v[row as usize] = value;
            for &(other, entry) in &table[row as usize] {
                v[other as usize] -= entry * value;
            }
        }
    }

    fn btran_lower(&self, v: &mut [f64]) {
        for (row, entries) in self.updates.iter().rev() {
            let value = v[*row as usize];
            if value != 0.0 {
                for &(other, entry) in entries {
                    v[other as usize] -= entry * value;
                }
            }
        }
        for &row in self.elimination.order.iter().rev() {
            let value = v[row as usize];
            if value != 0.0 {
                for &(other, multiplier) in &self.lower_by_row[row as usize] {
                    v[other as usize] -= multiplier * value;
                }
            }
        }
    }

    /// Replaces the column of position `row` by the last [`ftran_entering`](Self::ftran_entering)'s, after
    /// [`btran_unit`](Self::btran_unit) of `row`; `pivot` is the entering column's entry there. False: the update
    /// disagrees with `pivot` and the factors are unusable until the next [`refactor`](Self::refactor).
    #[must_use]
    pub fn update(&mut self, row: usize, pivot: f64) -> bool {
        let old = self.diagonal[row];
        let mut transformation: Sparse = Vec::with_capacity(self.unit.len().saturating_sub(1));
        for &(other, value) in self.unit.iter().filter(|&&(other, _)| other as usize != row) {
            transformation.push((other, -value * old));
        }
        let mut spike_values = std::mem::take(&mut self.scratch);
        for &(other, value) in &self.spike {
            spike_values[other as usize] = value;
        }
        let mut diagonal = spike_values[row];
        for &(other, value) in &transformation {
            diagonal -= value * spike_values[other as usize];
        }
        for &(other, _) in &self.spike {
            spike_values[other as usize] = 0.0;
        }
        self.scratch = spike_values;
        let expected = old * pivot;
        let sound = diagonal.abs() >= 1e-11 && (diagonal - expected).abs() <= 1e-7 * expected.abs().max(1e-3);
        if !sound {
            return false;
        }
        let across = std::mem::take(&mut self.upper_by_row[row]);
        for &(k, _) in &across {
            drop_entry(&mut self.upper_by_column[k as usize], row);
        }
        let down = std::mem::take(&mut self.upper_by_column[row]);
        for &(other, _) in &down {
            drop_entry(&mut self.upper_by_row[other as usize], row);
        }
        self.entries -= across.len() + down.len();
        let mut column = down;
        column.clear();
        for &(other, value) in self.spike.iter().filter(|&&(other, _)| other as usize != row) {
            column.push((other, value));
            self.upper_by_row[other as usize].push((row as u32, value));
        }
        self.entries += column.len() + transformation.len() + 1;
        self.upper_by_column[row] = column;
        self.diagonal[row] = diagonal;
        self.order[self.place[row] as usize] = DEAD;
        self.place[row] = self.order.len() as u32;
        self.order.push(row as u32);
        self.updates.push((row as u32, transformation));
        true
    }
}

/// A value to be overwritten: what others share stays as it is.
fn owned<T: Clone + Default>(shared: &mut Rc<T>) -> &mut T {
    if Rc::get_mut(shared).is_none() {
        *shared = Rc::default();
    }
    Rc::make_mut(shared)
}

/// Removes the entry of `index` from an unordered sparse vector.
fn drop_entry(list: &mut Sparse, index: usize) {
    if let Some(at) = list.iter().position(|&(other, _)| other as usize == index) {
        list.swap_remove(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::random::Random;

    fn random_column(random: &mut Random, size: usize, most: usize) -> Sparse {
        let mut column: Sparse = Vec::new();
        for _ in 0..1 + random.index(most) {
            let row = random.index(size) as u32;
            if column.iter().all(|&(other, _)| other != row) {
                column.push((row, 1.0 + random.below(3) as f64));
            }
        }
        column
    }

    /// Both solves multiplied back, for the columns by position.
    fn check(factor: &Factor, columns: &[Sparse], random: &mut Random) {
        let size = columns.len();
        let wanted: Vec<f64> = (0..size).map(|_| random.below(7) as f64).collect();
        let mut x = wanted.clone();
        factor.ftran(&mut x);
        let mut back = vec![0.0; size];
        for (column, x) in columns.iter().zip(&x) {
            column.iter().for_each(|&(row, value)| back[row as usize] += value * x);
        }
        let mut y = wanted.clone();
        factor.btran(&mut y);
        for ((column, &want), (&row_want, &row)) in columns.iter().zip(&wanted).zip(wanted.iter().zip(&back)) {
            let product: f64 = column.iter().map(|&(row, value)| y[row as usize] * value).sum();
            let scale = 1.0 + x.iter().chain(&y).fold(0.0_f64, |largest, value| largest.max(value.abs()));
            assert!((product - want).abs() < 1e-8 * scale && (row - row_want).abs() < 1e-8 * scale);
        }
    }

    #[test]
    fn solves_match_products_through_updates_and_singular_columns() {
        for seed in 0..300 {
            let mut random = Random::new(seed);
            let size = 1 + random.index(40);
            // sparse ones, and such as fill up
            let most = [4, 16][random.index(2)];
            let input: Vec<Sparse> = (0..size).map(|_| random_column(&mut random, size, most)).collect();
            let mut factor = Factor::default();
            let unit = |row: usize| if row.is_multiple_of(2) { 1.0 } else { -1.0 };
            let (pivot_row, replaced) = factor.refactor(size, |k, out| out.clone_from(&input[k]), unit);
            let mut columns: Vec<Sparse> = vec![Vec::new(); size];
            for (column, &row) in input.iter().zip(pivot_row).filter(|&(_, &row)| row != DEAD) {
                columns[row as usize].clone_from(column);
            }
            for row in replaced {
                assert!(columns[row as usize].is_empty());
                columns[row as usize].push((row, unit(row as usize)));
            }
            check(&factor, &columns, &mut random);
            for _ in 0..60 {
                let entering = random_column(&mut random, size, most);
                let mut spike = vec![0.0; size];
                entering.iter().for_each(|&(row, value)| spike[row as usize] = value);
                factor.ftran_entering(&mut spike);
                let row = random.index(size);
                if spike[row].abs() < 0.05 {
                    continue;
                }
                let mut inverse_row = vec![0.0; size];
                factor.btran_unit(row, &mut inverse_row);
                let same: f64 = entering.iter().map(|&(row, value)| inverse_row[row as usize] * value).sum();
                assert!((same - spike[row]).abs() < 1e-7 * (1.0 + same.abs()));
                if !factor.update(row, spike[row]) {
                    break;
                }
                columns[row] = entering;
                check(&factor, &columns, &mut random);
            }
        }
    }
}
