//! The default engine: a revised primal simplex in plain Rust.
//!
//! Devex pricing (Harris 1973) over incrementally updated reduced costs; a two-pass ratio test with a
//! tolerance (Harris, same paper); right-hand sides loosened by about 1e-5 against degeneracy; infeasible basic
//! variables at a penalty (a composite phase 1: Maros 2003), so any basis may start. Adding columns keeps
//! a basis primal feasible, so that the primal method re-solves warm.

mod basis;
mod dual;
mod factor;
mod markowitz;
mod pivot;
mod pricing;

pub use dual::Reoptimised;
use factor::Factor;
use markowitz::Sparse;

use std::rc::Rc;

use super::{Master, MasterError, Outcome, Row, Sense};
use crate::budget::Budget;
use crate::exact::noise::Noise;

/// Not basic; or, in a basis, no column.
const NONE: u32 = u32::MAX;
/// Size of the perturbation of the right-hand sides.
const NOISE: f64 = 1e-5;
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
    /// Whether only the variables of small reduced cost are priced until the next refresh.
    sifted: bool,
}

/// The revised primal simplex engine. See [`Master`] for the contract.
///
/// Variables are numbered logicals first (one a row: the surplus of a covering row, the slack of another), then the
/// columns. Memory is linear in the entries of the columns. A pivot costs about the entries of the factors plus those
/// of the columns that meet the pivot row; it is spent on the budget.
#[derive(Clone)]
pub struct Simplex {
    rows: Vec<Row>,
    noise: Vec<f64>,
    exact_rows: Vec<u32>,
    costs: Vec<f64>,
    /// Columns that may not be in a solution: see [`bar`](Self::bar).
    barred: Vec<bool>,
    starts: Rc<Vec<usize>>,
    indices: Rc<Vec<u32>>,
    coefficients: Rc<Vec<f64>>,
    by_row: Rc<Vec<Sparse>>,
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
    /// Dual Devex weights, by row.
    slopes: Vec<f64>,
    /// The variables that are priced until the next refresh, and which those are.
    active: Vec<u32>,
    is_active: Vec<bool>,
    /// Nothing has been updated since values and reduced costs were computed from the factors.
    exact: bool,
    /// Those are the reduced costs of the columns' own costs, and all that may enter are active.
    plain: bool,
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
        let mut random = Noise(seed);
        let noise = rows.iter().map(|row| loosening(row.sense, &mut random)).collect();
        let exact_rows = (0..m as u32).filter(|&row| rows[row as usize].sense == Sense::Exactly).collect();
        Ok(Self {
            rows: rows.to_vec(),
            noise,
            exact_rows,
            costs: Vec::new(),
            barred: Vec::new(),
            starts: Rc::new(vec![0]),
            indices: Rc::default(),
            coefficients: Rc::default(),
            by_row: Rc::new(vec![Vec::new(); m]),
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
            slopes: Vec::new(),
            active: Vec::new(),
            is_active: vec![false; m],
            exact: false,
            plain: false,
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
        self.plain = false;
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
                Rc::make_mut(&mut self.indices).push(row as u32);
                Rc::make_mut(&mut self.coefficients).push(sum);
                Rc::make_mut(&mut self.by_row)[row].push((variable, sum));
            }
        }
        Rc::make_mut(&mut self.starts).push(self.indices.len());
        self.costs.push(cost);
        self.barred.push(false);
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
            self.optimise(Phase { weight: 1.0, penalty, sifted: true }, budget)?;
            if !self.is_infeasible() {
                return Ok(self.finish(Outcome::Optimal));
            }
            self.optimise(Phase { weight: 0.0, penalty: 1.0, sifted: true }, budget)?;
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
pub(super) fn loosening(sense: Sense, random: &mut Noise) -> f64 {
    let size = NOISE * (0.5 + 0.5 * random.fraction());
    match sense {
        Sense::Cover => -size,
        Sense::AtMost => size,
        Sense::Exactly => 0.0,
    }
}
