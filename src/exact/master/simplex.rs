//! The default engine: a revised primal simplex in plain Rust.
//!
//! Devex pricing (Harris 1973, section 3) over incrementally updated reduced costs; a two-pass ratio test with a
//! tolerance (Harris 1973, section 4); right-hand sides loosened by about 1e-5 against degeneracy; infeasible basic
//! variables at a penalty (composite phase 1: Maros 2003, section 9.3), so any basis may start. Adding columns keeps
//! a basis primal feasible, so that the primal method re-solves warm.

use super::factor::Factor;
use super::markowitz::Sparse;
use super::{Master, MasterError, Outcome, Row, Sense};
use crate::budget::Budget;

/// Not basic; or, in a basis, no column.
const NONE: u32 = u32::MAX;
/// Size of the perturbation of the right-hand sides.
const NOISE: f64 = 1e-5;
/// Reduced costs above minus this (times the largest cost) count as non-negative.
const DUAL_TOLERANCE: f64 = 1e-9;
/// How far the ratio test lets a basic variable cross its bound.
const PRIMAL_TOLERANCE: f64 = 1e-9;
/// A basic variable beyond its bound by more than this is infeasible and pays the penalty.
const INFEASIBLE: f64 = 1e-7;
/// Smaller entries of the entering column do not block it.
const PIVOT_TOLERANCE: f64 = 1e-8;
/// A pivot below this is taken from fresh factors only.
const SMALL_PIVOT: f64 = 1e-5;
/// Variables priced between two refreshes: this many a row, and some.
const ACTIVE_PER_ROW: usize = 3;
const ACTIVE_LEAST: usize = 200;
/// Numerical surprises tolerated within one solve.
const STRIKES: u32 = 40;

/// Where a basic variable stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Within its bounds.
    Inside,
    /// Below its lower bound 0, paying the penalty until it gets there.
    Below,
    /// Above its upper bound 0 (only the logical of an exact row), paying the penalty.
    Above,
}

/// How a phase treats the objective.
#[derive(Clone, Copy)]
struct Phase {
    /// Weight of the columns' costs.
    weight: f64,
    /// Cost of a unit of infeasibility.
    penalty: f64,
}

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

/// The revised primal simplex engine. See [`Master`] for the contract.
///
/// Variables are numbered logicals first (one a row: the surplus of a covering row, the slack of another), then the
/// columns. Memory is linear in the entries of the columns. A pivot costs about the entries of the factors plus those
/// of the columns that meet the pivot row; it is spent on the budget.
pub struct Simplex {
    rows: Vec<Row>,
    noise: Vec<f64>,
    exact_rows: Vec<u32>,
    costs: Vec<f64>,
    starts: Vec<usize>,
    indices: Vec<u32>,
    coefficients: Vec<f64>,
    by_row: Vec<Sparse>,
    largest_cost: f64,
    hints: Vec<usize>,

    factor: Factor,
    /// The variable that is basic in each row; `place` is the inverse.
    basis: Vec<u32>,
    place: Vec<u32>,
    factored: bool,
    /// Values and sides of the basic variables, by row.
    values: Vec<f64>,
    sides: Vec<Side>,
    /// -1 where the basic variable is below its bound, else 1.
    signs: Vec<f64>,
    /// What the basic variables pay per unit, by row.
    basic_costs: Vec<f64>,
    /// The duals of the phase, by row.
    multipliers: Vec<f64>,
    /// Reduced costs by variable; 0 for basic and barred ones.
    reduced: Vec<f64>,
    weights: Vec<f64>,
    /// The variables that are priced until the next refresh, and which those are.
    active: Vec<u32>,
    is_active: Vec<bool>,
    /// Nothing has been updated since values and reduced costs were computed from the factors.
    exact: bool,
    strikes: u32,
    stalled: usize,
    pivots: u64,

    /// The entering column and the pivot row of the inverse, by row; the pivot row by variable. All zeros in between.
    entering: Vec<f64>,
    unit: Vec<f64>,
    across: Vec<f64>,
    touched: Vec<u32>,

    duals: Vec<f64>,
    primal: Vec<f64>,
    objective: f64,
}

impl Simplex {
    /// A master without columns. `seed` picks the perturbation: other seeds may end at other optimal bases.
    ///
    /// # Errors
    /// [`MasterError::Input`] unless every `0 <= rhs <= 1e9`, or for more than 2^31 rows.
    pub fn new(rows: &[Row], seed: u64) -> Result<Self, MasterError> {
        if rows.len() >= 1 << 31 || !rows.iter().all(|row| (0.0..=1e9).contains(&row.rhs)) {
            return Err(MasterError::Input);
        }
        let m = rows.len();
        let mut random = seed;
        let noise = rows.iter().map(|row| loosening(row.sense, &mut random)).collect();
        let exact_rows = (0..m as u32).filter(|&row| rows[row as usize].sense == Sense::Exactly).collect();
        Ok(Self {
            rows: rows.to_vec(),
            noise,
            exact_rows,
            costs: Vec::new(),
            starts: vec![0],
            indices: Vec::new(),
            coefficients: Vec::new(),
            by_row: vec![Vec::new(); m],
            largest_cost: 0.0,
            hints: Vec::new(),
            factor: Factor::default(),
            basis: (0..m as u32).collect(),
            place: (0..m as u32).collect(),
            factored: false,
            values: vec![0.0; m],
            sides: vec![Side::Inside; m],
            signs: vec![1.0; m],
            basic_costs: vec![0.0; m],
            multipliers: vec![0.0; m],
            reduced: vec![0.0; m],
            weights: vec![1.0; m],
            active: Vec::new(),
            is_active: vec![false; m],
            exact: false,
            strikes: 0,
            stalled: 0,
            pivots: 0,
            entering: vec![0.0; m],
            unit: vec![0.0; m],
            across: vec![0.0; m],
            touched: Vec::new(),
            duals: vec![0.0; m],
            primal: Vec::new(),
            objective: 0.0,
        })
    }

    /// Pivots so far, over all solves.
    #[must_use]
    pub fn pivots(&self) -> u64 {
        self.pivots
    }

    fn is_fixed(&self, variable: usize) -> bool {
        variable < self.rows.len() && self.rows[variable].sense == Sense::Exactly
    }

    fn cost(&self, variable: usize) -> f64 {
        variable.checked_sub(self.rows.len()).map_or(0.0, |column| self.costs[column])
    }

    /// The entries of a column.
    fn column(&self, column: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.starts[column]..self.starts[column + 1];
        self.indices[range.clone()].iter().map(|&row| row as usize).zip(self.coefficients[range].iter().copied())
    }

    /// What the basic variable of a row pays per unit.
    fn basic_cost(&self, row: usize, phase: Phase) -> f64 {
        let cost = phase.weight * self.cost(self.basis[row] as usize);
        match self.sides[row] {
            Side::Inside => cost,
            Side::Below => cost - phase.penalty,
            Side::Above => cost + phase.penalty,
        }
    }

    /// Minimises the phase's objective from the current basis.
    fn optimise(&mut self, phase: Phase, budget: &Budget<'_>) -> Result<(), MasterError> {
        self.refresh(phase, budget)?;
        let cap = self.pivots + 20_000 + 200 * self.reduced.len() as u64;
        loop {
            if phase.weight == 0.0 && !self.is_infeasible() {
                return Ok(());
            }
            if self.pivots > cap || self.strikes > STRIKES {
                return Err(MasterError::Numerical);
            }
            if self.factor.is_stale() {
                self.factored = false;
                self.refresh(phase, budget)?;
            }
            match self.choose_entering(phase) {
                Some(entering) => self.pivot(entering, phase, budget)?,
                None if self.exact => return Ok(()),
                None => self.refresh(phase, budget)?,
            }
        }
    }

    fn is_infeasible(&self) -> bool {
        self.sides.iter().any(|&side| side != Side::Inside)
    }

    /// Recomputes values, sides and reduced costs from the factors, and the factors where they are missing or do
    /// not reproduce the right-hand side to 1e-8.
    fn refresh(&mut self, phase: Phase, budget: &Budget<'_>) -> Result<(), MasterError> {
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
    fn compute_values(&mut self, perturbed: bool) {
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

    /// Duals and reduced costs of the phase; returns the work.
    fn compute_reduced(&mut self, phase: Phase) -> u64 {
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
        self.select_active();
        (self.indices.len() + 2 * self.reduced.len()) as u64 + self.factor.solve_work()
    }

    /// Keeps the non-basic variables of small reduced cost for pricing: few of the others become attractive before the
    /// next refresh recomputes them all (sifting: Bixby et al. 1992).
    fn select_active(&mut self) {
        let m = self.rows.len();
        let mut active = std::mem::take(&mut self.active);
        active.clear();
        let priced = |variable: usize| self.place[variable] == NONE && !self.is_fixed(variable);
        active.extend((0..self.reduced.len() as u32).filter(|&variable| priced(variable as usize)));
        let keep = ACTIVE_PER_ROW * m + ACTIVE_LEAST;
        if active.len() > keep {
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
    fn value_of(&self, column: usize, duals: &[f64]) -> f64 {
        self.column(column).map(|(row, entry)| duals[row] * entry).sum()
    }

    /// The variable of largest Devex price; the first attractive one once the search stalls (Bland 1977).
    fn choose_entering(&self, phase: Phase) -> Option<usize> {
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

    fn is_stalled(&self) -> bool {
        self.stalled > 300 + 2 * self.rows.len()
    }

    /// Brings a variable into the basis, or, on numerical trouble, recomputes what it was chosen by.
    fn pivot(&mut self, entering: usize, phase: Phase, budget: &Budget<'_>) -> Result<(), MasterError> {
        let m = self.rows.len();
        budget.spend(4 * self.factor.solve_work() + (4 * m + self.reduced.len()) as u64)?;
        if entering < m {
            self.entering[entering] = logical_sign(self.rows[entering].sense);
        } else {
            let range = self.starts[entering - m]..self.starts[entering - m + 1];
            for (&row, &entry) in self.indices[range.clone()].iter().zip(&self.coefficients[range]) {
                self.entering[row as usize] = entry;
            }
        }
        self.factor.ftran_entering(&mut self.entering);
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

    /// Fresh factors, or none left to try.
    fn trouble(&mut self, phase: Phase, budget: &Budget<'_>) -> Result<(), MasterError> {
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

    /// Updates reduced costs and Devex weights for the pivot; returns the work. The unit row must be in `unit`.
    fn update_reduced(&mut self, entering: usize, row: usize, reduced: f64, phase: Phase) -> u64 {
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
        if !self.is_fixed(leaving) {
            self.is_active[leaving] = true;
            self.active.push(leaving as u32);
        }
        work
    }

    /// For a dense unit row: one pass over the active columns.
    fn update_by_column(&mut self, pivot: Pivot) -> u64 {
        let m = self.rows.len();
        let mut work = self.active.len();
        for &variable in &self.active {
            let variable = variable as usize;
            let entry = if variable < m {
                self.unit[variable] * logical_sign(self.rows[variable].sense)
            } else {
                let range = self.starts[variable - m]..self.starts[variable - m + 1];
                work += range.len();
                let pairs = self.indices[range.clone()].iter().zip(&self.coefficients[range]);
                pairs.map(|(&row, coefficient)| self.unit[row as usize] * coefficient).sum()
            };
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

    /// Replaces the basis by the hinted columns and logicals for the rest.
    fn take_hints(&mut self) {
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

    /// Reads the answer off the basis, with the right-hand sides as given.
    fn finish(&mut self, outcome: Outcome) -> Outcome {
        let m = self.rows.len();
        self.compute_values(false);
        self.objective = 0.0;
        for row in 0..m {
            let dual = self.multipliers[row];
            self.duals[row] = match self.rows[row].sense {
                Sense::Cover => dual.max(0.0),
                Sense::AtMost => dual.min(0.0),
                Sense::Exactly => dual,
            };
            self.objective += self.duals[row] * self.rows[row].rhs;
        }
        self.primal.clear();
        self.primal.resize(self.costs.len(), 0.0);
        if outcome == Outcome::Optimal {
            for (row, &variable) in self.basis.iter().enumerate().filter(|&(_, &variable)| variable as usize >= m) {
                self.primal[variable as usize - m] = self.values[row].max(0.0);
            }
        }
        self.exact = false;
        outcome
    }
}

impl Master for Simplex {
    fn add_column(&mut self, cost: f64, entries: &[(usize, f64)]) -> Result<usize, MasterError> {
        let m = self.rows.len();
        let sound = |&(row, entry): &(usize, f64)| row < m && entry.abs() <= 1e9;
        if !(0.0..=1e9).contains(&cost) || !entries.iter().all(sound) || self.costs.len() >= 1 << 31 {
            return Err(MasterError::Input);
        }
        let column = self.costs.len();
        let variable = (m + column) as u32;
        let mut sorted: Vec<(usize, f64)> = entries.to_vec();
        sorted.sort_by_key(|&(row, _)| row);
        for group in sorted.chunk_by(|a, b| a.0 == b.0) {
            let (row, sum) = (group[0].0, group.iter().map(|entry| entry.1).sum::<f64>());
            if sum != 0.0 {
                self.indices.push(row as u32);
                self.coefficients.push(sum);
                self.by_row[row].push((variable, sum));
            }
        }
        self.starts.push(self.indices.len());
        self.costs.push(cost);
        self.largest_cost = self.largest_cost.max(cost);
        self.place.push(NONE);
        self.reduced.push(0.0);
        self.weights.push(1.0);
        self.is_active.push(false);
        self.across.push(0.0);
        self.primal.push(0.0);
        Ok(column)
    }

    fn set_demand(&mut self, row: usize, rhs: f64) -> Result<(), MasterError> {
        if row >= self.rows.len() || !(0.0..=1e9).contains(&rhs) {
            return Err(MasterError::Input);
        }
        self.rows[row].rhs = rhs;
        Ok(())
    }

    fn start_from(&mut self, columns: &[usize]) {
        self.hints = columns.to_vec();
    }

    fn solve(&mut self, budget: &Budget<'_>) -> Result<Outcome, MasterError> {
        budget.look()?;
        self.take_hints();
        self.strikes = 0;
        self.stalled = 0;
        let mut penalty = 10.0 * if self.largest_cost > 0.0 { self.largest_cost } else { 1.0 };
        for _ in 0..6 {
            self.optimise(Phase { weight: 1.0, penalty }, budget)?;
            if !self.is_infeasible() {
                return Ok(self.finish(Outcome::Optimal));
            }
            self.optimise(Phase { weight: 0.0, penalty: 1.0 }, budget)?;
            if self.is_infeasible() {
                return Ok(self.finish(Outcome::Infeasible));
            }
            // feasible after all: the penalty was too small for the duals of these rows
            penalty *= 100.0;
        }
        Err(MasterError::Numerical)
    }

    fn duals(&self) -> &[f64] {
        &self.duals
    }

    fn primal(&self) -> &[f64] {
        &self.primal
    }

    fn objective(&self) -> f64 {
        self.objective
    }

    fn reduced_cost(&self, column: usize) -> f64 {
        self.costs[column] - self.value_of(column, &self.duals)
    }

    fn basic(&self) -> Vec<usize> {
        (0..self.costs.len()).filter(|&column| self.place[self.rows.len() + column] != NONE).collect()
    }

    fn columns(&self) -> usize {
        self.costs.len()
    }
}

/// The coefficient of a row's logical variable.
fn logical_sign(sense: Sense) -> f64 {
    if sense == Sense::Cover { -1.0 } else { 1.0 }
}

/// A perturbation that keeps every feasible point feasible.
pub(super) fn loosening(sense: Sense, random: &mut u64) -> f64 {
    // splitmix64 (Steele, Lea, Flood 2014)
    *random = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut bits = *random;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    let size = NOISE * (0.5 + 0.5 * (bits >> 11) as f64 / (1_u64 << 53) as f64);
    match sense {
        Sense::Cover => -size,
        Sense::AtMost => size,
        Sense::Exactly => 0.0,
    }
}
