//! Diving: fix columns of the relaxation a fifth at a time, and repeat on what is left.

use crate::budget::{Budget, Stop};
use crate::pricing::{Case, Pricer, extend, first_fit};
use crate::problem::Pattern;

use super::column_generation::{Column, Coupling, End, Relaxation, Until, to_float, to_integer, volume};

/// One dive's way down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course {
    /// Part of the target to fix between two relaxations.
    pub share: f64,
    /// Size of the random change of the values that decide; 0: none.
    pub noise: f64,
    /// Seed of that change, and of the masters' perturbation.
    pub seed: u64,
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
        Self {
            columns: relaxation.columns.clone(),
            values: relaxation.primal().to_vec(),
            reduced: relaxation.reduced_costs(),
            duals: relaxation.duals(),
            basic: relaxation.basic(),
        }
    }
}

/// Tries to find bins for everything at a total price of at most `target`.
///
/// # Errors
/// [`Stop`] when the budget is used up.
pub(super) fn dive(
    case: &Case,
    prices: &[u64],
    coupling: &Coupling,
    pricers: &mut [Pricer],
    start: &Start,
    target: u64,
    course: Course,
    budget: &Budget,
) -> Result<Option<Vec<Pattern>>, Stop> {
    let mut random = Noise(course.seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x9e37_79b9);
    let mut demand = case.demand().to_vec();
    let mut fixed: Vec<Pattern> = Vec::new();
    let mut left = target;
    let mut coupling = coupling.clone();
    let mut state = start.clone();
    let mut order: Vec<usize> = (0..case.len()).collect();
    order.sort_by_key(|&item| (std::cmp::Reverse(volume(case, item)), item));
    loop {
        let before = fixed.len();
        fix(
            case,
            prices,
            &state,
            &order,
            &mut demand,
            &mut left,
            &mut coupling,
            &mut fixed,
            target,
            course,
            &mut random,
        );
        if demand.iter().all(|&copies| copies == 0) {
            return Ok(Some(fixed));
        }
        if fixed.len() == before || too_much(case, prices, &demand, left) {
            return Ok(None);
        }
        if let Some(rest) = finish(case, prices, &coupling, &demand, &order, left, budget)? {
            fixed.extend(rest);
            return Ok(Some(fixed));
        }
        let columns = carry_over(case, prices, &state, &demand);
        let Ok(mut relaxation) = Relaxation::new(case, prices, &demand, &coupling, columns, course.seed) else {
            return Ok(None);
        };
        let basic = state.basic.iter().filter_map(|&index| state.columns[index].clipped(&demand)).collect();
        relaxation.start_from(&basic);
        let slack = 1e-6 * to_float(left);
        let until = Until { bound: left + 1, objective: Some(to_float(left) + slack) };
        match relaxation.solve(pricers, until, budget)? {
            End::Enough => {}
            End::Converged if relaxation.objective() <= to_float(left) + 0.5 => {}
            _ => return Ok(None),
        }
        if relaxation.bound > left {
            return Ok(None);
        }
        state = Start::of(&relaxation);
    }
}

/// Fixes columns: those at 1, the largest, then others near a half that have nothing in common, up to the share.
#[allow(clippy::too_many_arguments)]
fn fix(
    case: &Case,
    prices: &[u64],
    state: &Start,
    order: &[usize],
    demand: &mut [u64],
    left: &mut u64,
    coupling: &mut Coupling,
    fixed: &mut Vec<Pattern>,
    target: u64,
    course: Course,
    random: &mut Noise,
) {
    let quota = (course.share * to_float(target)).max(1.0);
    let mut ranked: Vec<(f64, usize)> = (state.values.iter().enumerate())
        .filter(|&(_, &value)| value > 1e-6)
        .map(|(index, &value)| (value + course.noise * random.next(), index))
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut spent = 0.0;
    let mut take = |column: &Column, times: u64, whole: bool, spent: &mut f64| {
        for _ in 0..times {
            let price = prices[column.bin];
            if price > *left || !has_room(coupling, column.bin) {
                return;
            }
            // `whole`: only where every copy is still wanted
            if whole && column.items.iter().any(|&(item, copies)| demand[item] < copies) {
                return;
            }
            let Some(Column { bin, mut items }) = column.clipped(demand) else { return };
            extend(case, bin, &mut items, order, demand);
            for &(item, copies) in &items {
                demand[item] -= copies;
            }
            *left -= price;
            use_one(coupling, bin);
            *spent += to_float(price);
            fixed.push(Pattern { bin, items, count: 1 });
        }
    };
    for &(_, index) in &ranked {
        let value = state.values[index];
        if value >= 0.999 {
            take(&state.columns[index], to_integer(value + 0.001), true, &mut spent);
        }
    }
    let fractional: Vec<(f64, usize)> = ranked
        .into_iter()
        .filter(|&(_, index)| state.values[index].fract() > 0.001 && state.values[index].fract() < 0.999)
        .collect();
    let mut first = spent == 0.0 || spent < quota;
    for (rank, index) in fractional {
        if first {
            take(&state.columns[index], 1, false, &mut spent);
            first = false;
        } else if spent < quota && rank >= 0.45 {
            take(&state.columns[index], 1, true, &mut spent);
        } else {
            break;
        }
    }
}

fn has_room(coupling: &Coupling, bin: usize) -> bool {
    coupling.bins != Some(0) && coupling.at_most.iter().all(|&(limited, most)| limited != bin || most > 0)
}

fn use_one(coupling: &mut Coupling, bin: usize) {
    for entry in &mut coupling.at_most {
        if entry.0 == bin {
            entry.1 -= 1;
        }
    }
    if let Some(bins) = &mut coupling.bins {
        *bins -= 1;
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

/// Quick fillings of what is left, within the price.
fn finish(
    case: &Case,
    prices: &[u64],
    coupling: &Coupling,
    demand: &[u64],
    order: &[usize],
    left: u64,
    budget: &Budget,
) -> Result<Option<Vec<Pattern>>, Stop> {
    if coupling.bins.is_some() {
        // an exact number of bins is left to the relaxation
        return Ok(None);
    }
    let mut allowed = vec![u64::MAX; prices.len()];
    for &(bin, most) in &coupling.at_most {
        allowed[bin] = most;
    }
    let cheapest = prices.iter().copied().min().unwrap_or(1).max(1);
    let mut types: Vec<usize> = (0..prices.len()).collect();
    types.sort_by_key(|&bin| (prices[bin], bin));
    let by_size: Vec<usize> = order.iter().copied().filter(|&item| demand[item] > 0).collect();
    let degree: Vec<u64> =
        (0..case.len()).map(|item| case.conflicts(item).ones().map(|other| demand[other]).sum()).collect();
    let most = degree.iter().copied().max().unwrap_or(1).max(1);
    let mut mixed = by_size.clone();
    let key = |item: usize| (volume(case, item) >> 1) + ((u128::from(degree[item]) << 32) / u128::from(most)) as u64;
    mixed.sort_by_key(|&item| (std::cmp::Reverse(key(item)), item));
    for (order, best) in [(&by_size, true), (&mixed, false), (&mixed, true)] {
        let found = first_fit(case, demand, order, &types, &allowed, best, left / cheapest, budget)?;
        if let Some(bins) = found.filter(|bins| bins.iter().map(|bin| prices[bin.bin]).sum::<u64>() <= left) {
            return Ok(Some(bins));
        }
    }
    Ok(None)
}

/// The columns with the smallest reduced costs, cut to what is left.
fn carry_over(case: &Case, prices: &[u64], state: &Start, demand: &[u64]) -> Vec<Column> {
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
    let _ = case;
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    ranked.dedup_by(|a, b| a.1 == b.1);
    ranked.truncate(4 * rows + 100);
    ranked.into_iter().map(|(_, column)| column).collect()
}

/// Random numbers in 0..1 (SplitMix64; Steele, Lea & Flood 2014).
#[derive(Clone, Debug)]
pub(super) struct Noise(pub u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        to_float((z ^ (z >> 31)) >> 11) / to_float(1 << 53)
    }
}
