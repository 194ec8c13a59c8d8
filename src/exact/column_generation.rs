//! Column generation: the linear relaxation over all feasible bins, and safe bounds on the way.

use rustc_hash::FxHashSet;

use crate::budget::{Budget, Stop};
use crate::pricing::{Case, Effort, Pricer, extend};

use super::charge::Charge;
use super::columns::{Column, Coupling};
use super::farley::Witness;
use super::master::{Master, MasterError, Outcome, Row, Simplex};

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Until {
    /// The bound has reached this.
    pub bound: u64,
    /// The master's objective is at most this.
    pub objective: Option<f64>,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The bound reached [`Until::bound`].
    Bound,
    /// The objective reached [`Until::objective`].
    Enough,
    /// The objective is that of all bins (as far as pricing looked), or rounds up to the bound.
    Converged,
    /// No choice of bins meets the rows (only under a coupling).
    Infeasible,
    /// Rounding errors won.
    Numerical,
}

/// Weight of the best duals so far in those that are priced (Wentges 1997).
const SMOOTHING: f64 = 0.3;
/// Columns of one round that may cover the same item.
const COVER: u8 = 3;
/// Search nodes for each root before a call settles for a bound that is not tight.
const NODES: u64 = 300;
/// The price of the dearest bin in the integers of pricing.
const SCALE: u64 = 1 << 34;

/// A restricted master over a case, and what it has proved.
pub(super) struct Relaxation<'c> {
    case: &'c Case,
    prices: &'c [u64],
    demand: Vec<u64>,
    coupling: Coupling,
    order: Vec<usize>,
    row: Vec<usize>,
    rows: Vec<Row>,
    unit: f64,
    master: Box<dyn Master>,
    seed: u64,
    known: FxHashSet<Column>,
    /// Columns, in the order of the master.
    pub columns: Vec<Column>,
    /// Best bound so far, in prices.
    pub bound: u64,
    /// What proves it; under a coupling, what proves most with the charges of the anchor (or, without one, of `charge`).
    pub witness: Option<Witness>,
    /// The charges of the best bound, under a coupling.
    pub charge: Option<Charge>,
    /// Charges that the witness is to use.
    pub anchor: Option<Charge>,
    /// Best duals so far, feasible for all bins.
    center: Option<Vec<f64>>,
    /// Whether pricing searches to the end before it gives up.
    pub exact: bool,
    /// Whether to go on after the objective rounds up to the bound.
    pub thorough: bool,
}

impl<'c> Relaxation<'c> {
    /// A relaxation of packing `demand`, over these columns, and one for each item alone.
    pub fn new(
        case: &'c Case,
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
        if let Some(bins) = coupling.bins {
            rows.push(Row::exactly(to_float(bins)));
        }
        let mut order: Vec<usize> = (0..case.len()).filter(|&item| demand[item] > 0).collect();
        order.sort_by_key(|&item| (std::cmp::Reverse(volume(case, item)), item));
        let unit = to_float(prices.iter().copied().max().unwrap_or(1).max(1));
        let mut relaxation = Self {
            case,
            prices,
            demand: demand.to_vec(),
            coupling: coupling.clone(),
            order,
            row,
            master: Box::new(Simplex::new(&rows, seed)?),
            rows,
            unit,
            seed,
            known: FxHashSet::default(),
            columns: Vec::new(),
            bound: 0,
            witness: None,
            charge: None,
            anchor: None,
            center: None,
            exact: true,
            thorough: false,
        };
        for column in columns {
            relaxation.add(column)?;
        }
        if coupling.bins.is_some() {
            // empty bins count: without them a charge could be negative
            for bin in 0..case.bins().len() {
                relaxation.add(Column { bin, items: Vec::new() })?;
            }
        }
        for (item, &wanted) in demand.iter().enumerate() {
            for bin in 0..case.bins().len() {
                let copies = case.most(item, bin, wanted);
                if copies > 0 {
                    relaxation.add(Column { bin, items: vec![(item, copies)] })?;
                }
            }
        }
        Ok(relaxation)
    }

    fn add(&mut self, column: Column) -> Result<bool, MasterError> {
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
        if self.coupling.bins.is_some() {
            entries.push((next, 1.0));
        }
        self.master.add_column(to_float(self.prices[column.bin]) / self.unit, &entries)?;
        Ok(())
    }

    /// Value of each column in the master's last solution.
    pub fn primal(&self) -> &[f64] {
        self.master.primal()
    }

    /// The master's objective, in prices.
    pub fn objective(&self) -> f64 {
        self.master.objective() * self.unit
    }

    /// Dual of each item, in units of the dearest bin.
    pub fn duals(&self) -> Vec<f64> {
        let duals = self.master.duals();
        self.row.iter().map(|&row| if row == usize::MAX { 0.0 } else { duals[row].max(0.0) }).collect()
    }

    /// Makes these columns basic before the next solve, as far as they are known and independent.
    pub fn start_from(&mut self, columns: &FxHashSet<Column>) {
        let known: Vec<usize> =
            (0..self.columns.len()).filter(|&index| columns.contains(&self.columns[index])).collect();
        self.master.start_from(&known);
    }

    /// The basic columns, ascending.
    pub fn basic(&self) -> Vec<usize> {
        self.master.basic()
    }

    /// Reduced cost of each column, in units of the dearest bin.
    pub fn reduced_costs(&self) -> Vec<f64> {
        (0..self.columns.len()).map(|column| self.master.reduced_cost(column)).collect()
    }

    /// The objective over the columns so far, without pricing, in prices; `None` where they do not suffice.
    ///
    /// # Errors
    /// [`Stop`].
    pub fn restricted(&mut self, budget: &Budget) -> Result<Option<f64>, Stop> {
        match self.master.solve(budget) {
            Ok(Outcome::Optimal) => Ok(Some(self.objective())),
            Ok(Outcome::Infeasible) => Ok(None),
            Err(MasterError::Stopped(stop)) => Err(stop),
            Err(_) => Ok(Some(0.0)),
        }
    }

    fn rebuild(&mut self) -> Result<(), MasterError> {
        self.seed = self.seed.wrapping_add(1);
        self.master = Box::new(Simplex::new(&self.rows, self.seed)?);
        let columns = std::mem::take(&mut self.columns);
        let entered = columns.iter().try_for_each(|column| self.enter(column));
        self.columns = columns;
        entered
    }

    /// Generates columns until one of the reasons to stop.
    ///
    /// # Errors
    /// [`Stop`]: bound and columns so far remain valid.
    pub fn solve(&mut self, pricers: &mut [Pricer], until: Until, budget: &Budget) -> Result<End, Stop> {
        let mut rebuilt = 0;
        let mut plain = false;
        loop {
            let outcome = match self.master.solve(budget) {
                Ok(outcome) => outcome,
                Err(MasterError::Stopped(stop)) => return Err(stop),
                Err(_) if rebuilt < 3 => {
                    rebuilt += 1;
                    if self.rebuild().is_err() {
                        return Ok(End::Numerical);
                    }
                    continue;
                }
                Err(_) => return Ok(End::Numerical),
            };
            let feasible = outcome == Outcome::Optimal;
            if feasible {
                let objective = self.objective();
                if until.objective.is_some_and(|enough| objective <= enough) {
                    return Ok(End::Enough);
                }
                if !self.thorough && (objective - 1e-6 * self.unit).ceil() <= to_float(self.bound) {
                    return Ok(End::Converged);
                }
            }
            budget.look()?;
            let duals = self.duals();
            let smooth = feasible && !plain && self.coupling.is_empty();
            let priced = match (&self.center, smooth) {
                (Some(center), true) => {
                    duals.iter().zip(center).map(|(&dual, &best)| SMOOTHING * best + (1.0 - SMOOTHING) * dual).collect()
                }
                _ => duals.clone(),
            };
            let smooth = smooth && self.center.is_some();
            // a search to the end is worth its while only at the master's own duals
            let exact = self.exact && !smooth;
            let added = self.price(pricers, &priced, &duals, feasible, exact, budget)?;
            if self.bound >= until.bound {
                return Ok(End::Bound);
            }
            match added {
                Ok(0) if smooth => plain = true,
                Ok(0) => return Ok(if feasible { End::Converged } else { End::Infeasible }),
                Ok(_) => plain = false,
                Err(_) => return Ok(End::Numerical),
            }
        }
    }

    /// Prices with `priced`, improves the bound, adds columns that are attractive by `duals`; returns how many.
    fn price(
        &mut self,
        pricers: &mut [Pricer],
        priced: &[f64],
        duals: &[f64],
        feasible: bool,
        exact: bool,
        budget: &Budget,
    ) -> Result<Result<usize, MasterError>, Stop> {
        // `priced` is in units of the dearest bin, which is worth `whole` in the integers of pricing
        let dearest = self.prices.iter().copied().max().unwrap_or(1).max(1);
        let total: f64 = priced.iter().zip(&self.demand).map(|(&dual, &demand)| dual * to_float(demand)).sum();
        let room = to_float(1 << 60) / total.max(1.0);
        let whole = (to_float(SCALE) * to_float(dearest.min(1 << 16))).min(room);
        let weights: Vec<u64> = priced.iter().map(|&dual| to_integer(dual * whole)).collect();
        let tail = self.tail();
        let master = self.master.duals();
        let fixed = if self.coupling.bins.is_some() { master[self.rows.len() - 1] } else { 0.0 };
        // what a bin of each type may be worth before it is attractive, in units of the dearest bin
        let allowance: Vec<f64> = (0..self.prices.len())
            .map(|bin| {
                let shared: f64 = (self.coupling.at_most.iter().enumerate())
                    .filter(|(_, entry)| entry.0 == bin)
                    .map(|(index, _)| master[tail + index])
                    .sum();
                let cost = if feasible { to_float(self.prices[bin]) / self.unit } else { 0.0 };
                cost - shared - fixed
            })
            .collect();
        let mut heaviest = vec![0; self.prices.len()];
        let mut found: Vec<(f64, Column)> = Vec::new();
        for pricer in pricers.iter_mut() {
            let bin = pricer.bin();
            let threshold = to_integer((allowance[bin].max(0.0) + 1e-8) * whole);
            let effort = Effort { nodes: NODES, diverse: true, exact };
            let answer = pricer.heaviest(&weights, &self.demand, threshold, effort, budget)?;
            heaviest[bin] = answer.bound;
            for bin_found in answer.bins {
                let value: f64 = bin_found.items.iter().map(|&(item, copies)| duals[item] * to_float(copies)).sum();
                if value > allowance[bin] + 1e-7 {
                    found.push((value - allowance[bin], Column { bin, items: bin_found.items }));
                }
            }
        }
        if feasible {
            self.improve_bound(&weights, &heaviest, priced, whole);
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let mut covered = vec![0u8; self.case.len()];
        let mut added = 0;
        for (_, mut column) in found {
            if column.items.iter().any(|&(item, _)| covered[item] >= COVER) {
                continue;
            }
            extend(self.case, column.bin, &mut column.items, &self.order, &self.demand);
            for &(item, _) in &column.items {
                if priced[item] > 0.0 {
                    covered[item] += 1;
                }
            }
            match self.add(column) {
                Ok(new) => added += usize::from(new),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(added))
    }

    fn improve_bound(&mut self, weights: &[u64], heaviest: &[u64], priced: &[f64], whole: f64) {
        if !self.coupling.is_empty() {
            self.improve_coupled(weights, heaviest, whole);
            return;
        }
        let Some(witness) = Witness::new(weights, &self.demand, heaviest, self.prices) else { return };
        if self.witness.as_ref().is_none_or(|best| exceeds(&witness, best, &self.demand)) {
            // scaled so that every bin is worth at most its price
            let scale = whole / (to_float(witness.capacity) * self.unit);
            self.center = Some(priced.iter().map(|&dual| dual * scale).collect());
            self.bound = self.bound.max(witness.bound);
            self.witness = Some(witness);
        }
    }

    /// The same under a coupling, with the duals of the limits rounded into a charge of their own.
    fn improve_coupled(&mut self, weights: &[u64], heaviest: &[u64], whole: f64) {
        let Some(charge) = self.charge(whole) else { return };
        let Some(prices) = charge.prices(self.prices) else { return };
        let witness = Witness::new(weights, &self.demand, heaviest, &prices);
        if let Some(witness) = witness {
            let bound = charge.value(witness.bound, &self.coupling);
            if bound > self.bound {
                self.bound = bound;
                if self.anchor.is_none() {
                    self.witness = Some(witness);
                    self.charge = Some(charge);
                }
            }
        }
        if let Some(prices) = self.anchor.as_ref().and_then(|anchor| anchor.prices(self.prices)) {
            let witness = Witness::new(weights, &self.demand, heaviest, &prices);
            if let Some(witness) = witness.filter(|new| self.witness.as_ref().is_none_or(|old| new.bound > old.bound)) {
                self.witness = Some(witness);
            }
        }
    }

    fn charge(&self, whole: f64) -> Option<Charge> {
        /// How much finer the weights are than the charges.
        const FINE: f64 = 65_536.0;
        let scale = to_integer(whole / FINE / self.unit).max(1);
        let duals = &self.master.duals()[self.tail()..];
        let in_scale = |dual: f64| to_signed(dual * to_float(scale) * self.unit);
        let mut shared = vec![0u64; self.prices.len()];
        for (&(bin, _), &dual) in self.coupling.at_most.iter().zip(duals) {
            shared[bin] = u64::try_from(in_scale(-dual).max(0)).ok()?;
        }
        let mut offset = 0;
        if self.coupling.bins.is_some() {
            offset = in_scale(-*duals.last()?);
            // no charge may be negative
            let least = self
                .prices
                .iter()
                .zip(&shared)
                .map(|(&price, &shared)| i128::from(scale) * i128::from(price) + i128::from(shared));
            offset = offset.max(-least.min()?);
        }
        Some(Charge { scale, shared, offset })
    }

    /// The first row of the coupling.
    fn tail(&self) -> usize {
        self.rows.len() - self.coupling.at_most.len() - usize::from(self.coupling.bins.is_some())
    }
}

#[allow(clippy::cast_possible_truncation)]
fn to_signed(value: f64) -> i128 {
    value.round() as i128
}

fn exceeds(new: &Witness, old: &Witness, demand: &[u64]) -> bool {
    if new.bound != old.bound {
        return new.bound > old.bound;
    }
    let value = |witness: &Witness| {
        let total: f64 = witness.weights.iter().zip(demand).map(|(&w, &d)| to_float(w) * to_float(d)).sum();
        total / to_float(witness.capacity)
    };
    value(new) > value(old)
}

/// Share of the largest bin that an item takes, all resources together, in 2^-32.
pub(super) fn volume(case: &Case, item: usize) -> u64 {
    let largest = |q: usize| case.bins().iter().map(|bin| bin.capacity[q]).max().unwrap_or(0).max(1);
    (0..case.dimensions())
        .map(|q| u64::try_from((u128::from(case.size(item)[q]) << 32) / u128::from(largest(q))).unwrap_or(u64::MAX))
        .fold(0, u64::saturating_add)
}

#[allow(clippy::cast_precision_loss)]
pub(super) fn to_float(value: u64) -> f64 {
    value as f64
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(super) fn to_integer(value: f64) -> u64 {
    // saturates; a NaN becomes 0
    value as u64
}
