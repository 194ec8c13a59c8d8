//! The restricted master: the demand covered by the columns so far, under the limits that tie the bins together.

use rustc_hash::FxHashSet;

use crate::budget::Budget;
use crate::pricing::Case;

use super::charge::Charge;
use super::columns::{Column, Coupling};
use super::float::{to_float, to_integer, to_signed};
use super::master::{Master, MasterError, Outcome, Row, Simplex};

/// The linear programme over the columns so far. Its costs and duals are in units of the dearest bin.
pub(super) struct RestrictedMaster<'c> {
    prices: &'c [u64],
    coupling: Coupling,
    /// Item -> its row; `usize::MAX`: it has no demand.
    row: Vec<usize>,
    /// Rows of the items, then of the maximum counts, of those of groups, and of the number of bins.
    rows: Vec<Row>,
    unit: f64,
    master: Box<dyn Master>,
    seed: u64,
    known: FxHashSet<Column>,
    columns: Vec<Column>,
}

impl<'c> RestrictedMaster<'c> {
    /// Of packing `demand`, over these columns and one for each item alone. `seed` picks the perturbation.
    ///
    /// # Errors
    /// [`MasterError`]: a demand or a limit is too large for the master.
    pub fn new(
        case: &Case,
        prices: &'c [u64],
        demand: &[u64],
        coupling: &Coupling,
        columns: impl IntoIterator<Item = Column>,
        seed: u64,
    ) -> Result<Self, MasterError> {
        let mut row = vec![usize::MAX; case.len()];
        let mut rows = Vec::new();
        for (row, &copies) in row.iter_mut().zip(demand) {
            if copies > 0 {
                *row = rows.len();
                rows.push(Row::cover(to_float(copies)));
            }
        }
        for &(_, most) in &coupling.at_most {
            rows.push(Row::at_most(to_float(most)));
        }
        for &(_, most) in &coupling.groups {
            rows.push(Row::at_most(to_float(most)));
        }
        if let Some(bins) = coupling.bins {
            rows.push(Row::exactly(to_float(bins)));
        }
        let mut restricted = Self {
            prices,
            coupling: coupling.clone(),
            row,
            master: Box::new(Simplex::new(&rows, seed)?),
            rows,
            unit: to_float(prices.iter().copied().max().unwrap_or(1).max(1)),
            seed,
            known: FxHashSet::default(),
            columns: Vec::new(),
        };
        for column in columns {
            restricted.add(column)?;
        }
        if coupling.bins.is_some() {
            // empty bins count: without them a charge could be negative
            for bin in 0..case.bins().len() {
                restricted.add(Column { bin, items: Vec::new() })?;
            }
        }
        for (item, &wanted) in demand.iter().enumerate() {
            for bin in 0..case.bins().len() {
                let copies = case.most(item, bin, wanted);
                if copies > 0 {
                    restricted.add(Column { bin, items: vec![(item, copies)] })?;
                }
            }
        }
        Ok(restricted)
    }

    /// Adds a column; false where it is there already.
    ///
    /// # Errors
    /// [`MasterError`] of the master.
    pub fn add(&mut self, column: Column) -> Result<bool, MasterError> {
        if self.known.contains(&column) {
            return Ok(false);
        }
        self.enter(&column)?;
        self.known.insert(column.clone());
        self.columns.push(column);
        Ok(true)
    }

    fn enter(&mut self, column: &Column) -> Result<(), MasterError> {
        let mut entries: Vec<(usize, f64)> =
            column.items.iter().map(|&(item, copies)| (self.row[item], to_float(copies))).collect();
        let mut next = self.tail();
        for &(bin, _) in &self.coupling.at_most {
            if bin == column.bin {
                entries.push((next, 1.0));
            }
            next += 1;
        }
        for (bins, _) in &self.coupling.groups {
            if bins.contains(&column.bin) {
                entries.push((next, 1.0));
            }
            next += 1;
        }
        if self.coupling.bins.is_some() {
            entries.push((next, 1.0));
        }
        self.master.add_column(to_float(self.prices[column.bin]) / self.unit, &entries)?;
        Ok(())
    }

    /// The same columns in a new master with another perturbation, for where rounding errors won.
    ///
    /// # Errors
    /// [`MasterError`] of the master.
    pub fn rebuild(&mut self) -> Result<(), MasterError> {
        self.seed = self.seed.wrapping_add(1);
        self.master = Box::new(Simplex::new(&self.rows, self.seed)?);
        let columns = std::mem::take(&mut self.columns);
        let entered = columns.iter().try_for_each(|column| self.enter(column));
        self.columns = columns;
        entered
    }

    /// Makes these columns basic before the next solve, as far as they are known and independent.
    pub fn start_from(&mut self, columns: &FxHashSet<Column>) {
        let known: Vec<usize> =
            (0..self.columns.len()).filter(|&index| columns.contains(&self.columns[index])).collect();
        self.master.start_from(&known);
    }

    /// Solves over the columns so far.
    ///
    /// # Errors
    /// [`MasterError`] of the master.
    pub fn solve(&mut self, budget: &Budget) -> Result<Outcome, MasterError> {
        self.master.solve(budget)
    }

    /// The columns, in the order of the master.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Value of each column in the last solution.
    pub fn primal(&self) -> &[f64] {
        self.master.primal()
    }

    /// The basic columns, ascending.
    pub fn basic(&self) -> Vec<usize> {
        self.master.basic()
    }

    /// The objective, in prices.
    pub fn objective(&self) -> f64 {
        self.master.objective() * self.unit
    }

    /// The price of the dearest bin.
    pub fn unit(&self) -> f64 {
        self.unit
    }

    /// Dual of each item, in units of the dearest bin.
    pub fn duals(&self) -> Vec<f64> {
        let duals = self.master.duals();
        self.row.iter().map(|&row| if row == usize::MAX { 0.0 } else { duals[row].max(0.0) }).collect()
    }

    /// Reduced cost of each column, in units of the dearest bin.
    pub fn reduced_costs(&self) -> Vec<f64> {
        (0..self.columns.len()).map(|column| self.master.reduced_cost(column)).collect()
    }

    /// What the items of a bin of each type may be worth before it is attractive, in units of the dearest bin; for
    /// infeasible rows (`priced` false) a bin costs nothing.
    pub fn allowance(&self, priced: bool) -> Vec<f64> {
        let tail = self.tail();
        let duals = self.master.duals();
        let fixed = if self.coupling.bins.is_some() { duals[self.rows.len() - 1] } else { 0.0 };
        (0..self.prices.len())
            .map(|bin| {
                let shared: f64 = (self.coupling.at_most.iter().enumerate())
                    .filter(|(_, entry)| entry.0 == bin)
                    .map(|(index, _)| duals[tail + index])
                    .sum();
                let groups: f64 = (self.coupling.groups.iter().enumerate())
                    .filter(|(_, (bins, _))| bins.contains(&bin))
                    .map(|(index, _)| duals[tail + self.coupling.at_most.len() + index])
                    .sum();
                let cost = if priced { to_float(self.prices[bin]) / self.unit } else { 0.0 };
                cost - shared - groups - fixed
            })
            .collect()
    }

    /// The duals of the limits as whole numbers, where a bin's price is `whole` for the dearest; `None` where one does not
    /// fit.
    pub fn charge(&self, whole: f64) -> Option<Charge> {
        /// How much finer the weights are than the charges.
        const FINE: f64 = 65_536.0;
        let scale = to_integer(whole / FINE / self.unit).max(1);
        let duals = &self.master.duals()[self.tail()..];
        let in_scale = |dual: f64| to_signed(dual * to_float(scale) * self.unit);
        let mut shared = vec![0u64; self.prices.len()];
        for (&(bin, _), &dual) in self.coupling.at_most.iter().zip(duals) {
            shared[bin] = u64::try_from(in_scale(-dual).max(0)).ok()?;
        }
        let mut limits = Vec::with_capacity(self.coupling.groups.len());
        for &dual in duals.iter().skip(self.coupling.at_most.len()).take(self.coupling.groups.len()) {
            limits.push(u64::try_from(in_scale(-dual).max(0)).ok()?);
        }
        let mut offset = 0;
        if self.coupling.bins.is_some() {
            offset = in_scale(-*duals.last()?);
            // no charge may be negative
            let least = self
                .prices
                .iter()
                .zip(&shared)
                .map(|(&price, &shared)| i128::from(scale) * i128::from(price) + i128::from(shared)); // groups only add
            offset = offset.max(-least.min()?);
        }
        Some(Charge { scale, shared, limits, offset })
    }

    /// The first row of the coupling.
    fn tail(&self) -> usize {
        let coupled = self.coupling.at_most.len() + self.coupling.groups.len();
        self.rows.len() - coupled - usize::from(self.coupling.bins.is_some())
    }
}
