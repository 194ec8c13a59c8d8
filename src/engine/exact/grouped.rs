//! Column generation and dives where bins hold few groups and each takes some room: the fewest bins.

use super::farley::Witness;
use super::float::{NEARLY, to_float, to_integer};
use super::master::{Master, MasterError, Outcome, Row, Simplex};
use crate::budget::{Budget, Stop};
use crate::certify::Node;
use crate::pricing::{Grouped, GroupedEffort as Effort};
use crate::problem::random::Random;
use crate::problem::{Pattern, Problem, Solution};

/// What a bin is worth in the integers of pricing.
const WHOLE: f64 = (1u64 << 34) as f64;
/// Columns added in a round, at most.
const A_ROUND: usize = 60;
/// A dive takes whole bins off until at most this share of the target more is fixed, in percent; then it solves again.
const SHARES: [u64; 4] = [20, 8, 3, 12];
/// What an item is worth that takes the whole of the largest bin, where bins are filled.
const FULL: u64 = 1 << 40;
/// Plans of bins filled in turn, each with other weights.
const FILLS: usize = 5;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Column {
    bin: usize,
    items: Vec<(usize, u64)>,
}

/// The relaxation over all bins, and what it has proved.
pub struct GroupedColumns<'p> {
    problem: &'p Problem,
    pricers: Vec<Grouped<'p>>,
    columns: Vec<Column>,
    best: Option<Witness>,
}

/// The end of a relaxation.
enum Relaxed {
    /// Columns and their values, those above nothing.
    Fractions(Vec<(Column, f64)>),
    /// More than was allowed.
    TooMany,
    /// Rounding errors won.
    Numerical,
}

impl<'p> GroupedColumns<'p> {
    /// With the bins of this plan to start from; it must be legal.
    pub fn new(problem: &'p Problem, plan: &Solution) -> Self {
        let bins = (0..problem.bins().len()).filter(|&bin| problem.exists(bin));
        let pricers = bins.map(|bin| Grouped::new(problem, bin)).collect();
        let columns =
            plan.patterns.iter().map(|pattern| Column { bin: pattern.bin, items: pattern.items.clone() }).collect();
        Self { problem, pricers, columns, best: None }
    }

    /// The best bound so far, and the leaf that proves it.
    pub fn proved(&self) -> Option<(u64, Node)> {
        let demand: Vec<u64> = self.problem.items().iter().map(|item| item.demand).collect();
        self.best.as_ref().map(|best| (best.bound, best.node(&demand, best.bound)))
    }

    /// Generates columns for all items, until the bound is that of the relaxation or reaches `enough`.
    ///
    /// # Errors
    /// [`Stop`]: what is proved so far remains.
    pub fn bound(&mut self, enough: u64, budget: &Budget) -> Result<(), Stop> {
        let demand: Vec<u64> = self.problem.items().iter().map(|item| item.demand).collect();
        for seed in 0..3 {
            if !matches!(self.relax(&demand, None, enough, seed, budget)?, Relaxed::Numerical) {
                break;
            }
        }
        Ok(())
    }

    /// A plan with fewer bins than `most`, each as full as can be in turn. `None`: none was found.
    ///
    /// # Errors
    /// [`Stop`].
    pub fn fill(&self, most: u64, seed: u64, budget: &Budget) -> Result<Option<Solution>, Stop> {
        let demand: Vec<u64> = self.problem.items().iter().map(|item| item.demand).collect();
        let mut random = Random::new(seed);
        let mut best: Option<Solution> = None;
        for _ in 0..FILLS {
            let below = best.as_ref().map_or(most, Solution::bins).saturating_sub(1);
            if let Some(bins) = self.filled(&demand, below, &mut random, budget)? {
                best = Some(Solution::grouped(bins)).filter(|found| found.check(self.problem).is_ok()).or(best);
            }
        }
        Ok(best)
    }

    /// A plan with `target` bins, by so many dives. `None`: none was found.
    ///
    /// # Errors
    /// [`Stop`].
    pub fn dive(&mut self, target: u64, dives: u64, seed: u64, budget: &Budget) -> Result<Option<Solution>, Stop> {
        for attempt in 0..dives {
            if let Some(found) = self.attempt(target, seed.wrapping_add(attempt), attempt, budget)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn attempt(&mut self, target: u64, seed: u64, attempt: u64, budget: &Budget) -> Result<Option<Solution>, Stop> {
        let mut demand: Vec<u64> = self.problem.items().iter().map(|item| item.demand).collect();
        let mut random = Random::new(seed);
        let share = SHARES[(attempt % SHARES.len() as u64) as usize];
        let mut fixed: Vec<Pattern> = Vec::new();
        let mut left = target;
        while demand.iter().any(|&copies| copies > 0) {
            if let Some(rest) = self.filled(&demand, left, &mut random, budget)? {
                fixed.extend(rest);
                break;
            }
            let Relaxed::Fractions(values) =
                self.relax(&demand, Some(left), u64::MAX, seed.wrapping_mul(31).wrapping_add(left), budget)?
            else {
                return Ok(None);
            };
            // the surest first; which of equal ones is drawn
            let drawn = |random: &mut Random| to_float(random.below(1 << 20)) / to_float(1 << 24);
            let mut rank = |value: f64| value + if attempt == 0 { 0.0 } else { drawn(&mut random) };
            let mut ranked: Vec<(f64, Column, f64)> =
                values.into_iter().map(|(column, value)| (rank(value), column, value)).collect();
            ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
            let (mut taken, most) = (0, (target * share / 100).max(1));
            for (rank, (_, column, value)) in ranked.iter().enumerate() {
                let (value, whole) = (*value, to_integer(value + 1e-3));
                // a fraction counts as a bin where nothing is surer, or where it is nearly one
                let count = if whole == 0 && (rank == 0 || (taken < most && value > 0.45)) { 1 } else { whole };
                let room = column.items.iter().map(|&(item, copies)| demand[item] / copies).min().unwrap_or(0);
                let count = count.min(room).min(left);
                if count == 0 {
                    continue;
                }
                column.items.iter().for_each(|&(item, copies)| demand[item] -= copies * count);
                fixed.push(Pattern { bin: column.bin, items: column.items.clone(), count });
                (taken, left) = (taken + count, left - count);
            }
            if taken == 0 {
                return Ok(None);
            }
        }
        let found = Solution::grouped(fixed);
        Ok(found.check(self.problem).is_ok().then_some(found))
    }

    /// What is left in at most so many bins, one bin after the other as full as can be. `None`: it takes more so.
    fn filled(
        &self,
        demand: &[u64],
        most: u64,
        random: &mut Random,
        budget: &Budget,
    ) -> Result<Option<Vec<Pattern>>, Stop> {
        let mut demand = demand.to_vec();
        let mut worth = self.volumes(&demand);
        // the larger an item is the more it counts, a little
        let (power, noise) = (random.below(3), 1 + random.below(64));
        for worth in worth.iter_mut().filter(|worth| **worth > 0) {
            let more = u128::from(*worth) * u128::from(*worth) * u128::from(power) / (8 * u128::from(FULL));
            *worth = *worth + u64::try_from(more).unwrap_or(0) + *worth / 1024 * random.below(noise) / 16;
        }
        let mut bins: Vec<Pattern> = Vec::new();
        while demand.iter().any(|&copies| copies > 0) {
            if bins.len() as u64 >= most {
                return Ok(None);
            }
            let mut best: Option<(u64, usize, Vec<(usize, u64)>)> = None;
            for pricer in &self.pricers {
                for (value, items) in pricer.heaviest(&worth, &demand, 0, Effort::Best, budget)?.found {
                    if best.as_ref().is_none_or(|best| value > best.0) {
                        best = Some((value, pricer.bin(), items));
                    }
                }
            }
            let Some((_, bin, items)) = best else { return Ok(None) };
            items.iter().for_each(|&(item, copies)| demand[item] -= copies);
            bins.push(Pattern { bin, items, count: 1 });
        }
        Ok(Some(bins))
    }

    /// What part of the largest bin an item type takes, the resources that are asked for most counting most.
    fn volumes(&self, demand: &[u64]) -> Vec<u64> {
        let items = self.problem.items();
        let mut volumes = vec![1u64; items.len()];
        for q in 0..self.problem.dimensions() {
            let largest = self.problem.bins().iter().map(|bin| bin.capacity[q]).max().unwrap_or(0).max(1);
            let load: u128 = items.iter().zip(demand).map(|(it, &d)| u128::from(it.size[q]) * u128::from(d)).sum();
            let scarce = (load / u128::from(largest)).clamp(1, 1 << 20);
            for (volume, item) in volumes.iter_mut().zip(items) {
                let share = u128::from(item.size[q]) * u128::from(FULL) / u128::from(largest);
                *volume += u64::try_from(share * scarce >> 20).unwrap_or(u64::MAX >> 24);
            }
        }
        volumes
    }

    /// The relaxation of what is left. `most`: stops once it is known to need more bins, and once no more are needed.
    fn relax(
        &mut self,
        demand: &[u64],
        most: Option<u64>,
        enough: u64,
        seed: u64,
        budget: &Budget,
    ) -> Result<Relaxed, Stop> {
        let rows: Vec<usize> = (0..demand.len()).filter(|&item| demand[item] > 0).collect();
        let mut row_of = vec![usize::MAX; demand.len()];
        rows.iter().enumerate().for_each(|(row, &item)| row_of[item] = row);
        let right: Vec<Row> = rows.iter().map(|&item| Row::cover(to_float(demand[item]))).collect();
        let Ok(mut master) = Simplex::new(&right, seed) else { return Ok(Relaxed::Numerical) };
        // columns with more copies than are left are cut to what is left
        let mut own: Vec<Column> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for column in &self.columns {
            budget.spend(column.items.len() as u64)?;
            let cut = column.items.iter().map(|&(item, copies)| (item, copies.min(demand[item])));
            let cut = Column { bin: column.bin, items: cut.filter(|&(_, copies)| copies > 0).collect() };
            if cut.items.is_empty() || !seen.insert(cut.clone()) {
                continue;
            }
            if add(&mut master, &cut, &row_of).is_err() {
                return Ok(Relaxed::Numerical);
            }
            own.push(cut);
        }
        let original = most.is_none();
        let mut proved = 0;
        loop {
            match master.solve(budget) {
                Ok(Outcome::Optimal) => {}
                Ok(Outcome::Infeasible) | Err(MasterError::Numerical | MasterError::Input) => {
                    return Ok(Relaxed::Numerical);
                }
                Err(MasterError::Stopped(stop)) => return Err(stop),
            }
            let objective = master.objective();
            if most.is_some_and(|most| objective <= to_float(most) + 1e-6) {
                return Ok(fractions(&own, &master));
            }
            if original && (objective - 1e-6).ceil() <= to_float(proved) {
                return Ok(fractions(&own, &master));
            }
            let duals = master.duals().to_vec();
            let mut weights = vec![0; demand.len()];
            let total: f64 = rows.iter().zip(&duals).map(|(&item, dual)| dual * to_float(demand[item])).sum();
            let whole = WHOLE.min(to_float(1 << 60) / total.max(1.0));
            rows.iter().zip(&duals).for_each(|(&item, &dual)| weights[item] = to_integer(dual * whole));
            let threshold = to_integer((1.0 + 1e-7) * whole);
            let mut heaviest = vec![0; self.problem.bins().len()];
            let mut found: Vec<(u64, Column)> = Vec::new();
            for effort in [Effort::Diverse, Effort::Exact] {
                for pricer in &self.pricers {
                    let priced = pricer.heaviest(&weights, demand, threshold, effort, budget)?;
                    heaviest[pricer.bin()] = priced.bound;
                    let own = |(worth, items)| (worth, Column { bin: pricer.bin(), items });
                    found.extend(priced.found.into_iter().map(own));
                }
                if !found.is_empty() || heaviest.iter().all(|&heaviest| heaviest <= threshold) {
                    break;
                }
            }
            let prices = vec![1; heaviest.len()];
            if let Some(witness) = Witness::new(&weights, demand, &heaviest, &prices) {
                proved = proved.max(witness.bound);
                if original && self.best.as_ref().is_none_or(|best| best.bound < witness.bound) {
                    self.best = Some(witness);
                }
            }
            if proved >= enough {
                return Ok(fractions(&own, &master));
            }
            if most.is_some_and(|most| proved > most) {
                return Ok(Relaxed::TooMany);
            }
            if found.is_empty() {
                return Ok(match most {
                    Some(most) if objective > to_float(most) + 1e-3 => Relaxed::TooMany,
                    _ => fractions(&own, &master),
                });
            }
            found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.items.cmp(&b.1.items)));
            let mut added = false;
            for (_, column) in found.into_iter().take(A_ROUND) {
                if !seen.insert(column.clone()) {
                    continue;
                }
                if add(&mut master, &column, &row_of).is_err() {
                    return Ok(Relaxed::Numerical);
                }
                self.columns.push(column.clone());
                own.push(column);
                added = true;
            }
            if !added {
                return Ok(fractions(&own, &master));
            }
        }
    }
}

fn add(master: &mut Simplex, column: &Column, row_of: &[usize]) -> Result<(), MasterError> {
    let entries: Vec<(usize, f64)> =
        column.items.iter().map(|&(item, copies)| (row_of[item], to_float(copies))).collect();
    master.add_column(1.0, &entries).map(|_| ())
}

fn fractions(own: &[Column], master: &Simplex) -> Relaxed {
    let values = own.iter().zip(master.primal().iter().copied()).filter(|&(_, value)| value > NEARLY);
    Relaxed::Fractions(values.map(|(column, value)| (column.clone(), value)).collect())
}
