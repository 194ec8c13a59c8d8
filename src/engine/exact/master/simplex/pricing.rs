//! Reduced costs, Devex weights and the choice of the entering variable.

use super::{NONE, Phase, Simplex, logical_sign};

/// Reduced costs above minus this (times the largest cost) count as non-negative.
const DUAL_TOLERANCE: f64 = 1e-9;
/// Variables priced between two refreshes: this many a row, and some.
const ACTIVE_PER_ROW: usize = 3;
const ACTIVE_LEAST: usize = 200;

/// What a pivot does to the other reduced costs and Devex weights.
#[derive(Clone, Copy)]
struct Pivot {
    /// The entering reduced cost over the pivot.
    step: f64,
    pivot: f64,
    /// The entering variable's weight.
    weight: f64,
}

impl Pivot {
    fn apply(self, entry: f64, reduced: &mut f64, weight: &mut f64) {
        *reduced -= self.step * entry;
        let share = entry / self.pivot;
        *weight = weight.max(share * share * self.weight);
    }
}

impl Simplex {
    /// Duals and reduced costs of the phase; returns the work.
    pub(super) fn compute_reduced(&mut self, phase: Phase) -> u64 {
        let m = self.rows.len();
        for row in 0..m {
            self.basic_costs[row] = self.basic_cost(row, phase);
        }
        self.multipliers.copy_from_slice(&self.basic_costs);
        self.factor.btran(&mut self.multipliers);
        for variable in 0..self.reduced.len() {
            self.reduced[variable] = if self.place[variable] != NONE || self.is_fixed(variable) {
                0.0
            } else if variable < m {
                -self.multipliers[variable] * logical_sign(self.rows[variable].sense)
            } else {
                phase.weight * self.costs[variable - m] - self.value_of(variable - m, &self.multipliers)
            };
        }
        self.select_active(phase.sifted);
        (self.indices.len() + 2 * self.reduced.len()) as u64 + self.factor.solve_work()
    }

    /// Which variables are priced: those that may enter. Sifted, only the ones of small reduced cost are kept: few of the
    /// others become attractive before the next refresh recomputes them all (Bixby et al. 1992).
    fn select_active(&mut self, sifted: bool) {
        let mut active = std::mem::take(&mut self.active);
        active.clear();
        let priced = |variable: usize| self.place[variable] == NONE && !self.is_held(variable);
        active.extend((0..self.reduced.len() as u32).filter(|&variable| priced(variable as usize)));
        let keep = ACTIVE_PER_ROW * self.rows.len() + ACTIVE_LEAST;
        if sifted && active.len() > keep {
            let reduced = &self.reduced;
            let by_reduced = |a: &u32, b: &u32| reduced[*a as usize].total_cmp(&reduced[*b as usize]).then(a.cmp(b));
            active.select_nth_unstable_by(keep, by_reduced);
            active.truncate(keep);
            active.sort_unstable();
        }
        self.is_active.fill(false);
        for &variable in &active {
            self.is_active[variable as usize] = true;
        }
        self.active = active;
    }

    /// `sum dual_i a_ij` of a column.
    pub(super) fn value_of(&self, column: usize, duals: &[f64]) -> f64 {
        self.column(column).map(|(row, entry)| duals[row] * entry).sum()
    }

    /// The variable of largest Devex price; the first attractive one once the search stalls (Bland 1977).
    pub(super) fn choose_entering(&self, phase: Phase) -> Option<usize> {
        let scale = if phase.weight == 0.0 || self.largest_cost == 0.0 { 1.0 } else { self.largest_cost };
        let bar = -DUAL_TOLERANCE * scale;
        if self.is_stalled() {
            let attractive = self.active.iter().filter(|&&variable| self.reduced[variable as usize] < bar);
            return attractive.min().map(|&variable| variable as usize);
        }
        let mut best = None;
        let mut price = 0.0;
        for &variable in &self.active {
            let reduced = self.reduced[variable as usize];
            // rarely true, which the processor learns; never for positive ones
            if -reduced * reduced.abs() > price * self.weights[variable as usize] && reduced < bar {
                price = reduced * reduced / self.weights[variable as usize];
                best = Some(variable as usize);
            }
        }
        best
    }

    /// Updates reduced costs and Devex weights for the pivot; returns the work. The unit row must be in `unit`.
    pub(super) fn update_reduced(&mut self, entering: usize, row: usize, reduced: f64, phase: Phase) -> u64 {
        let filled = self.unit.iter().filter(|&&value| value != 0.0).count();
        let pivot =
            Pivot { step: reduced / self.entering[row], pivot: self.entering[row], weight: self.weights[entering] };
        let work = if 10 * filled > self.rows.len() { self.update_by_column(pivot) } else { self.update_by_row(pivot) };
        let leaving = self.basis[row] as usize;
        let shift = phase.weight * self.cost(leaving) - self.basic_costs[row];
        self.reduced[entering] = 0.0;
        self.reduced[leaving] = if self.is_fixed(leaving) { 0.0 } else { shift - pivot.step };
        self.weights[leaving] = (pivot.weight / (pivot.pivot * pivot.pivot)).max(1.0);
        if self.weights[leaving] > 1e8 {
            self.weights.fill(1.0);
        }
        self.is_active[entering] = false;
        let at = self.active.iter().position(|&variable| variable as usize == entering);
        at.map(|at| self.active.swap_remove(at));
        if !self.is_held(leaving) {
            self.is_active[leaving] = true;
            self.active.push(leaving as u32);
        }
        work
    }

    /// A variable's entry in the row of `unit`, and how many entries of a column that took.
    #[inline]
    pub(super) fn across_unit(&self, variable: usize) -> (f64, usize) {
        let Some(column) = variable.checked_sub(self.rows.len()) else {
            return (self.unit[variable] * logical_sign(self.rows[variable].sense), 0);
        };
        let range = self.starts[column]..self.starts[column + 1];
        let entries = range.len();
        let pairs = self.indices[range.clone()].iter().zip(&self.coefficients[range]);
        (pairs.map(|(&row, coefficient)| self.unit[row as usize] * coefficient).sum(), entries)
    }

    /// For a dense unit row: one pass over the active columns.
    fn update_by_column(&mut self, pivot: Pivot) -> u64 {
        let mut work = self.active.len();
        for &variable in &self.active {
            let variable = variable as usize;
            let (entry, entries) = self.across_unit(variable);
            work += entries;
            if entry != 0.0 {
                pivot.apply(entry, &mut self.reduced[variable], &mut self.weights[variable]);
            }
        }
        work as u64
    }

    /// For a sparse unit row: only the columns that meet it.
    fn update_by_row(&mut self, pivot: Pivot) -> u64 {
        let mut work = self.rows.len();
        for (other, &value) in self.unit.iter().enumerate().filter(|&(_, &value)| value != 0.0) {
            self.across[other] = value * logical_sign(self.rows[other].sense);
            self.touched.push(other as u32);
            work += self.by_row[other].len();
            for &(variable, entry) in &self.by_row[other] {
                let sum = &mut self.across[variable as usize];
                if *sum == 0.0 {
                    self.touched.push(variable);
                }
                *sum += value * entry;
            }
        }
        for &variable in &self.touched {
            let variable = variable as usize;
            let entry = std::mem::take(&mut self.across[variable]);
            if entry != 0.0 && self.is_active[variable] {
                pivot.apply(entry, &mut self.reduced[variable], &mut self.weights[variable]);
            }
        }
        work += self.touched.len();
        self.touched.clear();
        work as u64
    }
}
