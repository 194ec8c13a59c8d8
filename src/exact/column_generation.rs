//! Column generation: the linear relaxation over all feasible bins, and safe bounds on the way.

use rustc_hash::FxHashSet;

use crate::budget::{Budget, Stop};
use crate::pricing::{Case, Effort, Pricer, extend};

use super::farley::Witness;
use super::master::{Master, MasterError, Outcome, Row, Simplex};

/// Content of a bin of some type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Column {
    pub bin: usize,
    /// Items and copies, ascending.
    pub items: Vec<(usize, u64)>,
}

impl Column {
    /// The column with no more copies than `demand`; `None` where nothing is left.
    pub fn clipped(&self, demand: &[u64]) -> Option<Self> {
        let mut items = self.items.clone();
        for entry in &mut items {
            entry.1 = entry.1.min(demand[entry.0]);
        }
        items.retain(|entry| entry.1 > 0);
        (!items.is_empty()).then_some(Self { bin: self.bin, items })
    }
}

/// Limits that tie the bins together; rows of the master.
#[derive(Clone, Debug, Default)]
pub(super) struct Coupling {
    /// Bin types with a maximum count that may bind.
    pub at_most: Vec<(usize, u64)>,
    /// The number of bins, where it is fixed.
    pub bins: Option<u64>,
}

impl Coupling {
    pub fn is_empty(&self) -> bool {
        self.at_most.is_empty() && self.bins.is_none()
    }
}

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
    /// The objective is that of all bins, or rounds up to the bound.
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
    /// What proves it; `None` under a coupling or while the bound is 0.
    pub witness: Option<Witness>,
    /// Best duals so far, feasible for all bins.
    center: Option<Vec<f64>>,
    /// Rounds of pricing.
    pub rounds: u64,
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
        for item in 0..case.len() {
            if demand[item] > 0 {
                row[item] = rows.len();
                rows.push(Row::cover(to_float(demand[item])));
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
            center: None,
            rounds: 0,
        };
        for column in columns {
            relaxation.add(column)?;
        }
        for item in 0..case.len() {
            for bin in 0..case.bins().len() {
                let copies = case.most(item, bin, demand[item]);
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
        let mut next = self.rows.len() - self.coupling.at_most.len() - usize::from(self.coupling.bins.is_some());
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

    /// Reduced cost of each column, in units of the dearest bin.
    pub fn reduced_costs(&self) -> Vec<f64> {
        (0..self.columns.len()).map(|column| self.master.reduced_cost(column)).collect()
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
                if (objective - 1e-6 * self.unit).ceil() <= to_float(self.bound) {
                    return Ok(End::Converged);
                }
            }
            budget.look()?;
            self.rounds += 1;
            let duals = self.duals();
            let smooth = feasible && !plain && self.coupling.is_empty();
            let priced = match (&self.center, smooth) {
                (Some(center), true) => {
                    duals.iter().zip(center).map(|(&dual, &best)| SMOOTHING * best + (1.0 - SMOOTHING) * dual).collect()
                }
                _ => duals.clone(),
            };
            let smooth = smooth && self.center.is_some();
            let added = self.price(pricers, &priced, &duals, feasible, budget)?;
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
        budget: &Budget,
    ) -> Result<Result<usize, MasterError>, Stop> {
        // `priced` is in units of the dearest bin, which is worth `whole` in the integers of pricing
        let dearest = self.prices.iter().copied().max().unwrap_or(1).max(1);
        let total: f64 = priced.iter().zip(&self.demand).map(|(&dual, &demand)| dual * to_float(demand)).sum();
        let room = to_float(1 << 60) / total.max(1.0);
        let whole = (to_float(SCALE) * to_float(dearest.min(1 << 16))).min(room);
        let weights: Vec<u64> = priced.iter().map(|&dual| to_integer(dual * whole)).collect();
        let tail = self.rows.len() - self.coupling.at_most.len() - usize::from(self.coupling.bins.is_some());
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
            let effort = Effort { nodes: NODES, diverse: true };
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
            self.improve_bound(&weights, &heaviest, priced, &allowance, whole);
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

    fn improve_bound(&mut self, weights: &[u64], heaviest: &[u64], priced: &[f64], allowance: &[f64], whole: f64) {
        if self.coupling.is_empty() {
            let Some(witness) = Witness::new(weights, &self.demand, heaviest, self.prices) else { return };
            let better = self.witness.as_ref().is_none_or(|best| exceeds(&witness, best, &self.demand));
            if better {
                // scaled so that every bin is worth at most its price
                let scale = whole / (to_float(witness.capacity) * self.unit);
                self.center = Some(priced.iter().map(|&dual| dual * scale).collect());
                self.bound = self.bound.max(witness.bound);
                self.witness = Some(witness);
            }
            return;
        }
        if let Some(bound) = coupled_bound(self, weights, heaviest, allowance, whole) {
            self.bound = self.bound.max(bound);
        }
    }
}

/// Lagrangian bound under a coupling, in whole numbers: with `A_t` the allowance of type `t` in the integers of pricing,
/// `K` a fine scale of the weights, `n_t` bins of type `t` hold `sum d Y <= sum n_t M A_t`, and
/// `A_t = D c_t + V_t + W` gives `D cost >= sum d Y / M - sum U V - N W`.
fn coupled_bound(
    relaxation: &Relaxation<'_>,
    weights: &[u64],
    heaviest: &[u64],
    allowance: &[f64],
    whole: f64,
) -> Option<u64> {
    const FINE: f64 = 65_536.0;
    let dearest = relaxation.prices.iter().copied().max().unwrap_or(1).max(1);
    let scale = to_integer(whole / FINE / to_float(dearest)).max(1);
    let tail =
        relaxation.rows.len() - relaxation.coupling.at_most.len() - usize::from(relaxation.coupling.bins.is_some());
    let duals = relaxation.master.duals();
    let in_scale = |dual: f64| (dual * to_float(scale) * to_float(dearest)).round();
    let mut shared = vec![0i128; relaxation.prices.len()];
    let mut minus = 0i128;
    for (index, &(bin, most)) in relaxation.coupling.at_most.iter().enumerate() {
        let price = in_scale(-duals[tail + index]).max(0.0) as i128;
        shared[bin] += price;
        minus += price * i128::from(most);
    }
    let mut offset = 0i128;
    if let Some(bins) = relaxation.coupling.bins {
        offset = in_scale(-duals[relaxation.rows.len() - 1]) as i128;
        minus += offset * i128::from(bins);
    }
    let _ = allowance;
    let prices: Option<Vec<u64>> = relaxation
        .prices
        .iter()
        .zip(&shared)
        .map(|(&price, &shared)| u64::try_from((i128::from(scale) * i128::from(price) + shared + offset).max(0)).ok())
        .collect();
    // a negative price must not be raised to 0: that would be another claim
    let legal = relaxation
        .prices
        .iter()
        .zip(&shared)
        .all(|(&price, &shared)| i128::from(scale) * i128::from(price) + shared + offset >= 0);
    if !legal {
        return None;
    }
    let witness = Witness::new(weights, &relaxation.demand, heaviest, &prices?)?;
    let value = i128::from(witness.bound) - minus;
    let scale = i128::from(scale);
    u64::try_from((value + scale - 1).div_euclid(scale).max(0)).ok()
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
