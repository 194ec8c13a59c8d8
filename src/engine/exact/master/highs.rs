//! The second engine: HiGHS, kept alive between solves, primal simplex (feature `highs`).

use highs::{ColProblem, HighsModelStatus, Model, Solution};

use super::simplex::loosening;
use super::{Master, MasterError, Outcome, Row, Sense};
use crate::budget::Budget;
use crate::exact::noise::Noise;

/// Pivots between two looks at the budget: a call can't be interrupted.
const SLICE: i32 = 500;

/// The restricted master in HiGHS. See [`Master`] for the contract.
///
/// Adding columns is warm. Changing a right-hand side rebuilds the model at the next solve, and hints are ignored.
/// Not `Send`: create it on the thread that uses it.
pub struct Highs {
    rows: Vec<Row>,
    noise: Vec<f64>,
    seed: u64,
    columns: Vec<(f64, Vec<(usize, f64)>)>,
    live: Option<Live>,
    pivots: u64,
    basic: Vec<usize>,
    duals: Vec<f64>,
    primal: Vec<f64>,
    objective: f64,
}

/// A model in HiGHS.
struct Live {
    model: Model,
    rows: Vec<highs::Row>,
    columns: usize,
    pivots: u64,
}

impl Highs {
    /// A master without columns. `seed` picks the perturbation and HiGHS's own seed.
    ///
    /// # Errors
    /// [`MasterError::Input`] unless every `0 <= rhs <= 1e9`, or for more than 2^30 rows.
    pub fn new(rows: &[Row], seed: u64) -> Result<Self, MasterError> {
        if rows.len() >= 1 << 30 || !rows.iter().all(|row| (0.0..=1e9).contains(&row.rhs)) {
            return Err(MasterError::Input);
        }
        let mut random = Noise(seed);
        let noise = rows.iter().map(|row| loosening(row.sense, &mut random)).collect();
        let duals = vec![0.0; rows.len()];
        let (columns, basic, primal) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self {
            rows: rows.to_vec(),
            noise,
            seed,
            columns,
            live: None,
            pivots: 0,
            basic,
            duals,
            primal,
            objective: 0.0,
        })
    }

    /// Pivots so far, over all solves that ended.
    #[must_use]
    pub fn pivots(&self) -> u64 {
        self.pivots
    }

    /// A model with this master's rows, no columns and our options.
    fn bare(&self) -> Result<Live, MasterError> {
        let mut problem = ColProblem::default();
        let rows = self.rows.iter().zip(&self.noise).map(|(row, noise)| {
            let rhs = row.rhs + noise;
            match row.sense {
                Sense::Cover => problem.add_row(rhs..),
                Sense::AtMost => problem.add_row(..=rhs),
                Sense::Exactly => problem.add_row(rhs..=rhs),
            }
        });
        let rows = rows.collect();
        let mut model = Model::try_new(problem).map_err(|_| MasterError::Numerical)?;
        let options = [
            model.try_set_option("presolve", "off"),
            model.try_set_option("solver", "simplex"),
            model.try_set_option("simplex_strategy", 4),
            model.try_set_option("parallel", "off"),
            model.try_set_option("threads", 1),
            model.try_set_option("simplex_iteration_limit", SLICE),
            model.try_set_option("random_seed", (self.seed & 0x7fff_ffff) as i32),
        ];
        if options.iter().all(Result::is_ok) {
            Ok(Live { model, rows, columns: 0, pivots: 0 })
        } else {
            Err(MasterError::Numerical)
        }
    }

    /// The least total violation of the rows and its duals: the ray of [`Outcome::Infeasible`].
    fn ray(&self, budget: &Budget<'_>) -> Result<Vec<f64>, MasterError> {
        let mut live = self.bare()?;
        for (_, entries) in &self.columns {
            live.add(0.0, entries)?;
        }
        for (index, row) in self.rows.iter().enumerate() {
            if row.sense != Sense::AtMost {
                live.add(1.0, &[(index, 1.0)])?;
            }
            if row.sense != Sense::Cover {
                live.add(1.0, &[(index, -1.0)])?;
            }
        }
        match live.run(budget)? {
            (_, HighsModelStatus::Optimal, solution) => Ok(solution.dual_rows().to_vec()),
            _ => Err(MasterError::Numerical),
        }
    }

    /// Stores duals of the right signs and the objective that they give.
    fn store(&mut self, duals: &[f64]) {
        self.objective = 0.0;
        for ((kept, &dual), row) in self.duals.iter_mut().zip(duals).zip(&self.rows) {
            *kept = match row.sense {
                Sense::Cover => dual.max(0.0),
                Sense::AtMost => dual.min(0.0),
                Sense::Exactly => dual,
            };
            self.objective += *kept * row.rhs;
        }
    }
}

impl Live {
    fn add(&mut self, cost: f64, entries: &[(usize, f64)]) -> Result<(), MasterError> {
        let entries = entries.iter().map(|&(row, entry)| (self.rows[row], entry));
        self.model.try_add_column(cost, 0.0.., entries).map_err(|_| MasterError::Numerical)?;
        self.columns += 1;
        Ok(())
    }

    /// Solves in slices of pivots, each spent on the budget.
    fn run(mut self, budget: &Budget<'_>) -> Result<(Self, HighsModelStatus, Solution), MasterError> {
        // a rough count: HiGHS does not tell the fill of its factors
        let step = (4 * self.rows.len() + self.columns) as u64;
        let mut failures = 0;
        loop {
            budget.look()?;
            let solved = self.model.try_solve().map_err(|_| MasterError::Numerical)?;
            let done = u64::try_from(solved.simplex_iteration_count()).unwrap_or(0);
            self.pivots += done;
            let status = solved.status();
            let solution = (status != HighsModelStatus::ReachedIterationLimit).then(|| solved.get_solution());
            self.model = Model::from(solved);
            if let Some(solution) = solution {
                budget.spend(step * done)?;
                return Ok((self, status, solution));
            }
            failures += u32::from(done == 0);
            if failures > 3 {
                return Err(MasterError::Numerical);
            }
            budget.spend(step * done)?;
        }
    }
}

impl Master for Highs {
    fn add_column(&mut self, cost: f64, entries: &[(usize, f64)]) -> Result<usize, MasterError> {
        let sound = |&(row, entry): &(usize, f64)| row < self.rows.len() && entry.abs() <= 1e9;
        if !(0.0..=1e9).contains(&cost) || !entries.iter().all(sound) || self.columns.len() >= 1 << 30 {
            return Err(MasterError::Input);
        }
        let mut sorted = entries.to_vec();
        sorted.sort_by_key(|&(row, _)| row);
        let groups = sorted.chunk_by(|a, b| a.0 == b.0);
        let merged = groups.map(|group| (group[0].0, group.iter().map(|entry| entry.1).sum::<f64>()));
        self.columns.push((cost, merged.filter(|entry| entry.1 != 0.0).collect()));
        self.primal.push(0.0);
        Ok(self.columns.len() - 1)
    }

    fn set_demand(&mut self, row: usize, rhs: f64) -> Result<(), MasterError> {
        if row >= self.rows.len() || !(0.0..=1e9).contains(&rhs) {
            return Err(MasterError::Input);
        }
        self.rows[row].rhs = rhs;
        // the crate has no call for the bounds of a row
        self.live = None;
        Ok(())
    }

    fn start_from(&mut self, _columns: &[usize]) {}

    fn solve(&mut self, budget: &Budget<'_>) -> Result<Outcome, MasterError> {
        budget.look()?;
        let mut live = match self.live.take() {
            Some(live) => live,
            None => self.bare()?,
        };
        for (cost, entries) in &self.columns[live.columns..] {
            live.add(*cost, entries)?;
        }
        // an empty model has a status of its own
        let (status, solution) = if self.columns.is_empty() {
            (HighsModelStatus::ModelEmpty, None)
        } else {
            let (mut live, status, solution) = live.run(budget)?;
            self.pivots += std::mem::take(&mut live.pivots);
            self.live = Some(live);
            (status, Some(solution))
        };
        let empty = status == HighsModelStatus::ModelEmpty;
        if empty && self.rows.iter().all(|row| row.sense == Sense::AtMost || row.rhs == 0.0) {
            self.store(&vec![0.0; self.rows.len()]);
            self.basic.clear();
            self.primal.fill(0.0);
            return Ok(Outcome::Optimal);
        }
        match (status, solution) {
            (HighsModelStatus::Optimal, Some(solution)) => {
                self.store(solution.dual_rows());
                self.primal = solution.columns().iter().map(|value| value.max(0.0)).collect();
                self.basic = (0..self.primal.len()).filter(|&column| self.primal[column] > 1e-9).collect();
                Ok(Outcome::Optimal)
            }
            (HighsModelStatus::Infeasible | HighsModelStatus::UnboundedOrInfeasible, _) | (_, None) => {
                let ray = self.ray(budget)?;
                self.store(&ray);
                self.primal.fill(0.0);
                Ok(Outcome::Infeasible)
            }
            _ => Err(MasterError::Numerical),
        }
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
        let (cost, entries) = &self.columns[column];
        cost - entries.iter().map(|&(row, entry)| self.duals[row] * entry).sum::<f64>()
    }

    fn basic(&self) -> Vec<usize> {
        self.basic.clone()
    }

    fn columns(&self) -> usize {
        self.columns.len()
    }
}
