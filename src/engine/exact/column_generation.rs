//! Column generation: the linear relaxation over all feasible bins, and safe bounds on the way.

use crate::budget::{Budget, Stop};
use crate::pricing::{Case, Effort, Pricer, extend};

use super::columns::{Column, Coupling};
use super::effort::column_generation::{COVER, MANY_BINS, MOST_PARTS, NODES, SMOOTHING};
use super::float::{to_float, to_integer};
use super::master::{MasterError, Outcome};
use super::proved::Proved;
use super::restricted_master::RestrictedMaster;

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

/// The price of the dearest bin in the integers of pricing.
const SCALE: u64 = 1 << 34;

/// The relaxation of packing a case: its restricted master, and what pricing has proved.
pub(super) struct Relaxation<'c> {
    case: &'c Case,
    prices: &'c [u64],
    demand: Vec<u64>,
    coupling: Coupling,
    /// The items with demand, largest first.
    order: Vec<usize>,
    /// The columns so far.
    pub master: RestrictedMaster<'c>,
    /// The best bound so far.
    pub proved: Proved,
    /// Best duals so far, feasible for all bins; where bounds are loose, for those that were found.
    center: Option<Vec<f64>>,
    /// What these are worth, in bins, where bounds are loose.
    estimate: f64,
    /// Whether pricing searches to the end before it gives up.
    pub exact: bool,
    /// Whether to go on after the objective rounds up to the bound.
    pub thorough: bool,
}

impl<'c> Relaxation<'c> {
    /// A relaxation of packing `demand`, over these columns, and one for each item alone.
    ///
    /// # Errors
    /// [`MasterError`]: a demand or a limit is too large for the master.
    pub fn new(
        case: &'c Case,
        prices: &'c [u64],
        demand: &[u64],
        coupling: &Coupling,
        columns: impl IntoIterator<Item = Column>,
        seed: u64,
    ) -> Result<Self, MasterError> {
        Ok(Self {
            case,
            prices,
            demand: demand.to_vec(),
            coupling: coupling.clone(),
            order: case.by_volume().into_iter().filter(|&item| demand[item] > 0).collect(),
            master: RestrictedMaster::new(case, prices, demand, coupling, columns, seed)?,
            proved: Proved::default(),
            center: None,
            estimate: 0.0,
            exact: true,
            thorough: false,
        })
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
                    if self.master.rebuild().is_err() {
                        return Ok(End::Numerical);
                    }
                    continue;
                }
                Err(_) => return Ok(End::Numerical),
            };
            let feasible = outcome == Outcome::Optimal;
            if feasible {
                let objective = self.master.objective();
                if until.objective.is_some_and(|enough| objective <= enough) {
                    return Ok(End::Enough);
                }
                if !self.thorough && (objective - 1e-6 * self.master.unit()).ceil() <= to_float(self.proved.bound) {
                    return Ok(End::Converged);
                }
            }
            budget.look()?;
            let duals = self.master.duals();
            // exchanges start from bins that are worth their price by the master's own duals
            let own = pricers.iter().any(|pricer| pricer.many_resources());
            let smooth = feasible && !plain && self.coupling.is_empty() && !own;
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
            if self.proved.bound >= until.bound {
                return Ok(End::Bound);
            }
            match added {
                Ok(0) if smooth => plain = true,
                Ok(0) if feasible => {
                    self.as_fractions(pricers, &duals, budget)?;
                    return Ok(End::Converged);
                }
                Ok(0) => return Ok(End::Infeasible),
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
        let allowance = self.master.allowance(feasible);
        let mut heaviest = vec![0; self.prices.len()];
        let mut found: Vec<(f64, Column)> = Vec::new();
        let mut dearest_found: f64 = 1.0;
        let wanted = pricers.iter().any(|pricer| pricer.many_resources());
        let basic = if wanted { self.master.basic() } else { Vec::new() };
        for pricer in pricers.iter_mut() {
            let bin = pricer.bin();
            let columns = basic.iter().filter(|_| pricer.many_resources()).map(|&index| &self.master.columns()[index]);
            let near: Vec<&[(usize, u64)]> =
                columns.filter(|column| column.bin == bin).map(|column| &column.items[..]).collect();
            let threshold = to_integer((allowance[bin].max(0.0) + 1e-8) * whole);
            let effort = Effort { nodes: NODES, diverse: true, exact };
            let answer = pricer.heaviest(&weights, &self.demand, threshold, effort, &near, budget)?;
            heaviest[bin] = answer.bound;
            dearest_found = answer.bins.iter().fold(dearest_found, |most, bin| most.max(to_float(bin.value) / whole));
            for bin_found in answer.bins {
                let value: f64 = bin_found.items.iter().map(|&(item, copies)| duals[item] * to_float(copies)).sum();
                if value > allowance[bin] + 1e-7 {
                    found.push((value - allowance[bin], Column { bin, items: bin_found.items }));
                }
            }
        }
        if feasible {
            self.improve(&weights, &heaviest, priced, whole);
            let loose = self.coupling.is_empty() && pricers.iter().any(|pricer| pricer.conflicts_rule());
            let worth = total / dearest_found;
            if loose && worth > self.estimate {
                self.estimate = worth;
                self.center = Some(priced.iter().map(|dual| dual / dearest_found).collect());
            }
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
            match self.master.add(column) {
                Ok(new) => added += usize::from(new),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(added))
    }

    /// Raises the bound by weights of which no bin has so many that it would not hold: all alike, then the duals as they are. What is
    /// left where pricing has not come to an end.
    ///
    /// # Errors
    /// [`Stop`]: the bound so far remains valid.
    pub fn raise(&mut self, pricers: &mut [Pricer], lower: u64, until: u64, budget: &Budget) -> Result<(), Stop> {
        let ([pricer], [1], true) = (pricers, self.prices, self.coupling.is_empty()) else { return Ok(()) };
        let duals = self.master.duals();
        let total: f64 = duals.iter().zip(&self.demand).map(|(&dual, &demand)| dual * to_float(demand)).sum();
        let whole = to_float(SCALE).min(to_float(1 << 60) / total.max(1.0));
        let alike = vec![1; duals.len()];
        let by_duals = duals.iter().map(|&dual| to_integer(dual * whole)).collect();
        for weights in [alike, by_duals] {
            let weigh = |(&one, &copies): (&u64, &u64)| u128::from(one) * u128::from(copies);
            let all: u128 = weights.iter().zip(&self.demand).map(weigh).sum();
            let mut proved = self.proved.bound.max(lower).max(1);
            let mut step = 1;
            while proved < until && step > 0 {
                // the largest weight of a bin with which all do not fit into so many of them
                let bins = u128::from(proved + step - 1);
                let most = u64::try_from(all.div_ceil(bins).saturating_sub(1)).unwrap_or(u64::MAX);
                let holds = most > 0 && pricer.none_heavier(&weights, &self.demand, most, budget)?;
                if holds {
                    self.proved.by_weights(&weights, &self.demand, &[most], self.prices);
                    proved += step;
                }
                step = if holds { step * 2 } else { step / 2 };
            }
        }
        Ok(())
    }

    /// Where there are so many bins that the digits of a dual do not tell the last of them: the duals as fractions with a
    /// small common denominator, which those of so few rows mostly are.
    fn as_fractions(&mut self, pricers: &mut [Pricer], duals: &[f64], budget: &Budget) -> Result<(), Stop> {
        let objective = self.master.objective();
        let plain = self.coupling.is_empty() && self.prices.iter().all(|&price| price == 1);
        let fits = objective * f64::from(MOST_PARTS) < to_float(1 << 60);
        if !self.exact || !plain || objective < MANY_BINS || !fits || to_float(self.proved.bound) >= objective {
            return Ok(());
        }
        let whole =
            |&parts: &u32| duals.iter().map(|dual| dual * f64::from(parts)).all(|x| (x - x.round()).abs() < 1e-6);
        let Some(parts) = (1..=MOST_PARTS).find(whole) else { return Ok(()) };
        let weights: Vec<u64> = duals.iter().map(|dual| to_integer((dual * f64::from(parts)).round())).collect();
        let mut heaviest = vec![0; self.prices.len()];
        for pricer in pricers {
            let effort = Effort { nodes: NODES, diverse: false, exact: true };
            let threshold = u64::from(parts);
            heaviest[pricer.bin()] = pricer.heaviest(&weights, &self.demand, threshold, effort, &[], budget)?.bound;
        }
        self.proved.by_weights(&weights, &self.demand, &heaviest, self.prices);
        Ok(())
    }

    /// Improves the bound by weights of the items, `whole` for what the dearest bin costs.
    fn improve(&mut self, weights: &[u64], heaviest: &[u64], priced: &[f64], whole: f64) {
        if self.coupling.is_empty() {
            if let Some(capacity) = self.proved.by_weights(weights, &self.demand, heaviest, self.prices)
                && self.estimate == 0.0
            {
                // scaled so that every bin is worth at most its price
                let scale = whole / (to_float(capacity) * self.master.unit());
                self.center = Some(priced.iter().map(|&dual| dual * scale).collect());
            }
        } else if let Some(charge) = self.master.charge(whole) {
            let limits = (self.prices, &self.coupling);
            self.proved.by_charge(charge, weights, &self.demand, heaviest, limits);
        }
    }
}
