//! Diving: fix columns of the relaxation a fifth at a time, and repeat on what is left.

use std::rc::Rc;

use crate::budget::{Budget, Stop};
use crate::pricing::{Case, Pricer, extend, first_fit};
use crate::problem::Pattern;

use super::column_generation::{End, Relaxation, Until};
use super::columns::{Column, Coupling};
use super::effort::dive::TRIES;
use super::float::{to_float, to_integer};
use super::noise::Noise;

/// One dive's way down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course {
    /// Part of the target to fix between two relaxations.
    pub share: f64,
    /// Size of the random change of the values that decide; 0: none.
    pub noise: f64,
    /// How many steps may be taken back.
    pub retries: u32,
    /// Seed of that change, and of the masters' perturbation.
    pub seed: u64,
    /// With so few item types left a relaxation is solved to its optimum, above only until the price suffices: what a
    /// relaxation has to spare is what later steps can lose.
    pub thorough: usize,
}

/// What a dive starts from: columns, their values and their reduced costs.
#[derive(Clone, Debug, Default)]
pub(super) struct Start {
    pub columns: Vec<Column>,
    pub values: Vec<f64>,
    pub reduced: Vec<f64>,
    pub duals: Vec<f64>,
    /// The basic columns, ascending.
    pub basic: Vec<usize>,
}

impl Start {
    pub fn of(relaxation: &Relaxation<'_>) -> Self {
        let master = &relaxation.master;
        Self {
            columns: master.columns().to_vec(),
            values: master.primal().to_vec(),
            reduced: master.reduced_costs(),
            duals: master.duals(),
            basic: master.basic(),
        }
    }

    /// The price of all columns at their values.
    pub fn objective(&self, prices: &[u64]) -> f64 {
        self.columns.iter().zip(&self.values).map(|(column, &value)| to_float(prices[column.bin]) * value).sum()
    }
}

/// What is packed and what is left at some depth of a dive.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub state: Rc<Start>,
    pub demand: Vec<u64>,
    /// Price that may still be spent.
    pub left: u64,
    pub coupling: Coupling,
    pub fixed: Vec<Pattern>,
    /// How often it was tried to go on from here.
    tries: u32,
}

/// How a dive ends.
#[derive(Clone, Debug)]
pub(super) enum Reached {
    /// Bins for everything within the price.
    All(Vec<Pattern>),
    /// The deepest level whose relaxation still kept within the price.
    Part(Box<Stage>),
}

/// The unchanging part of a dive.
pub(super) struct Diver<'d, 'b> {
    pub case: &'d Case,
    pub prices: &'d [u64],
    order: Vec<usize>,
    pub budget: &'d Budget<'b>,
}

impl<'d, 'b> Diver<'d, 'b> {
    pub fn new(case: &'d Case, prices: &'d [u64], budget: &'d Budget<'b>) -> Self {
        Self { case, prices, order: case.by_volume(), budget }
    }

    /// Where nothing is fixed yet.
    pub fn top(&self, start: &Rc<Start>, coupling: &Coupling, target: u64) -> Stage {
        Stage {
            state: Rc::clone(start),
            demand: self.case.demand().to_vec(),
            left: target,
            coupling: coupling.clone(),
            fixed: Vec::new(),
            tries: 0,
        }
    }

    /// Tries to find bins for everything that `from` leaves, within its price. Where a relaxation after fixing shows that
    /// too much was fixed, the last step is taken back and a smaller one, to another side, is tried; `course.retries` times
    /// in all.
    ///
    /// # Errors
    /// [`Stop`] when the budget is used up.
    pub fn dive(&self, from: Stage, pricers: &mut [Pricer], course: Course) -> Result<Reached, Stop> {
        let mut random = Noise(course.seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x9e37_79b9);
        let mut deepest = from.clone();
        let mut levels = vec![Stage { tries: 0, ..from }];
        let mut failures = 0;
        while let Some(level) = levels.last_mut() {
            if failures > course.retries {
                break;
            }
            if level.tries > TRIES {
                levels.pop();
                continue;
            }
            let easier = f64::from(level.tries);
            level.tries += 1;
            let step = Course { share: course.share / (1.0 + easier), noise: course.noise + 0.15 * easier, ..course };
            let mut next = Stage { tries: 0, ..level.clone() };
            self.fix(&mut next, step, &mut random);
            if next.demand.iter().all(|&copies| copies == 0) {
                return Ok(Reached::All(next.fixed));
            }
            if next.fixed.len() == level.fixed.len() {
                break;
            }
            let fits = !too_much(self.case, self.prices, &next.demand, next.left);
            if fits && let Some(rest) = self.finish(&next)? {
                next.fixed.extend(rest);
                return Ok(Reached::All(next.fixed));
            }
            if fits && self.relax(&mut next, pricers, course)? {
                if next.left < deepest.left {
                    deepest = next.clone();
                }
                levels.push(next);
            } else {
                failures += 1;
            }
        }
        Ok(Reached::Part(Box::new(deepest)))
    }

    /// Solves the relaxation of what is left; false where it shows that the price does not suffice.
    pub fn relax(&self, level: &mut Stage, pricers: &mut [Pricer], course: Course) -> Result<bool, Stop> {
        let Stage { state, demand, left, coupling, .. } = &*level;
        let columns = carry_over(self.prices, state, demand);
        let Ok(mut relaxation) = Relaxation::new(self.case, self.prices, demand, coupling, columns, course.seed) else {
            return Ok(false);
        };
        let basic = state.basic.iter().filter_map(|&index| state.columns[index].clipped(demand)).collect();
        relaxation.master.start_from(&basic);
        relaxation.exact = false;
        let slack = 1e-6 * to_float(*left);
        relaxation.thorough = demand.iter().filter(|&&copies| copies > 0).count() <= course.thorough;
        let enough = (!relaxation.thorough).then_some(to_float(*left) + slack);
        let until = Until { bound: left + 1, objective: enough };
        let fits = match relaxation.solve(pricers, until, self.budget)? {
            End::Enough => true,
            End::Converged => {
                relaxation.master.objective() <= to_float(*left) + 0.1 && relaxation.proved.bound <= *left
            }
            _ => false,
        };
        if fits {
            level.state = Rc::new(Start::of(&relaxation));
        }
        Ok(fits)
    }

    /// Fixes columns: those at 1, the largest, then others near a half that have nothing in common, up to the share.
    fn fix(&self, level: &mut Stage, course: Course, random: &mut Noise) {
        let state = Rc::clone(&level.state);
        let quota = (course.share * to_float(level.left)).max(1.0);
        let mut ranked: Vec<(f64, usize)> = (state.values.iter().enumerate())
            .filter(|&(_, &value)| value > 1e-6)
            .map(|(index, &value)| (value + course.noise * random.fraction(), index))
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut spent = 0.0;
        for &(_, index) in &ranked {
            let value = state.values[index];
            if value >= 0.999 {
                self.take(level, &state.columns[index], to_integer(value + 0.001), true, &mut spent);
            }
        }
        let mut first = spent < quota;
        for (rank, index) in ranked {
            let fraction = state.values[index].fract();
            if fraction <= 0.001 || fraction >= 0.999 {
                continue;
            }
            if first {
                self.take(level, &state.columns[index], 1, false, &mut spent);
                first = false;
            } else if spent < quota && rank >= 0.45 {
                self.take(level, &state.columns[index], 1, true, &mut spent);
            } else {
                break;
            }
        }
    }

    /// Fixes a column, extended to a maximal bin; `whole`: only where every copy is still wanted.
    /// All bins with the same content at once, so that the steps do not grow with the copies.
    fn take(&self, level: &mut Stage, column: &Column, mut times: u64, whole: bool, spent: &mut f64) {
        let price = self.prices[column.bin];
        while times > 0 {
            let afford = level.left.checked_div(price).unwrap_or(u64::MAX);
            let most = times.min(afford).min(level.coupling.room(column.bin));
            if most == 0 {
                return;
            }
            if whole && column.items.iter().any(|&(item, copies)| level.demand[item] < copies) {
                return;
            }
            let Some(Column { bin, mut items }) = column.clipped(&level.demand) else { return };
            extend(self.case, bin, &mut items, &self.order, &level.demand);
            // while all copies of one are there, what the next would hold is the same
            let count = items.iter().map(|&(item, copies)| level.demand[item] / copies).min().unwrap_or(1).min(most);
            for &(item, copies) in &items {
                level.demand[item] -= copies * count;
            }
            level.left -= price * count;
            level.coupling.take(bin, count);
            *spent += to_float(price) * to_float(count);
            level.fixed.push(Pattern { bin, items, count });
            times -= count;
        }
    }

    /// Quick fillings of what is left, within the price.
    fn finish(&self, level: &Stage) -> Result<Option<Vec<Pattern>>, Stop> {
        let Self { case, prices, order, budget } = self;
        let Stage { demand, left, coupling, .. } = level;
        if coupling.bins.is_some() {
            // an exact number of bins is left to the relaxation
            return Ok(None);
        }
        let mut allowed = vec![u64::MAX; prices.len()];
        for &(bin, most) in &coupling.at_most {
            allowed[bin] = most;
        }
        if !coupling.groups.is_empty() {
            // first fit knows no limits that bin types share
            return Ok(None);
        }
        let cheapest = prices.iter().copied().min().unwrap_or(1).max(1);
        let mut types: Vec<usize> = (0..prices.len()).collect();
        types.sort_by_key(|&bin| (prices[bin], bin));
        let by_size: Vec<usize> = order.iter().copied().filter(|&item| demand[item] > 0).collect();
        let mut degree = vec![0u64; case.len()];
        for &item in &by_size {
            degree[item] = case.conflicts(item).ones().map(|other| demand[other]).sum();
        }
        let most = degree.iter().copied().max().unwrap_or(1).max(1);
        let key =
            |item: usize| u128::from(case.volume(item) >> 1) + (u128::from(degree[item]) << 32) / u128::from(most);
        let mut mixed = by_size.clone();
        mixed.sort_by_key(|&item| (std::cmp::Reverse(key(item)), item));
        for (order, best) in [(&by_size, true), (&mixed, false), (&mixed, true)] {
            let found = first_fit(case, demand, order, &types, &allowed, best, left / cheapest, budget)?;
            let price = |bins: &[Pattern]| -> u128 {
                bins.iter().map(|bin| u128::from(prices[bin.bin]) * u128::from(bin.count)).sum()
            };
            if let Some(bins) = found.filter(|bins| price(bins) <= u128::from(*left)) {
                return Ok(Some(bins));
            }
        }
        Ok(None)
    }
}

/// Whether the load left cannot fit into bins at a price of `left`, resource by resource.
fn too_much(case: &Case, prices: &[u64], demand: &[u64], left: u64) -> bool {
    (0..case.dimensions()).any(|q| {
        let load: u128 =
            demand.iter().enumerate().map(|(item, &copies)| u128::from(copies) * u128::from(case.size(item)[q])).sum();
        // the most that money can buy: left / price bins' worth of capacity, as a fraction
        case.bins().iter().zip(prices).all(|(bin, &price)| {
            load.saturating_mul(u128::from(price)) > u128::from(bin.capacity[q]).saturating_mul(u128::from(left))
        })
    })
}

/// The columns with the smallest reduced costs, cut to what is left.
fn carry_over(prices: &[u64], state: &Start, demand: &[u64]) -> Vec<Column> {
    let rows = demand.iter().filter(|&&copies| copies > 0).count();
    let unit = to_float(prices.iter().copied().max().unwrap_or(1).max(1));
    let mut ranked: Vec<(f64, Column)> = state
        .columns
        .iter()
        .filter_map(|column| {
            let column = column.clipped(demand)?;
            let value: f64 = column.items.iter().map(|&(item, copies)| state.duals[item] * to_float(copies)).sum();
            Some((to_float(prices[column.bin]) / unit - value, column))
        })
        .collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    ranked.dedup_by(|a, b| a.1 == b.1);
    ranked.truncate(4 * rows + 100);
    ranked.into_iter().map(|(_, column)| column).collect()
}
