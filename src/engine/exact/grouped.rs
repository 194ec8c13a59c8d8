//! Column generation and dives where bins hold few groups and each takes some room: the fewest bins.

use super::float::{NEARLY, to_float, to_integer};
use super::master::{Master, MasterError, Outcome, Row, Sense, Simplex};
use crate::budget::{Budget, Stop};
use crate::certify::Node;
use crate::pricing::{Grouped, GroupedEffort as Effort};
use crate::problem::random::Random;
use crate::problem::{Pattern, Problem, Solution};

/// What a bin is worth in the integers of pricing.
const WHOLE: f64 = (1u64 << 34) as f64;
/// Columns added in a round, at most.
const A_ROUND: usize = 60;
/// What a copy costs that the columns so far cannot hold, in bins.
const MISSING: f64 = 3.0;
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

/// Weights of items and groups, and what they prove: no bin weighs more than the capacity.
#[derive(Clone)]
struct Witness {
    weights: Vec<u64>,
    openings: Vec<u64>,
    capacity: u64,
    bound: u64,
}

impl Witness {
    /// What they prove where `copies` of each item and `held` bins of each group, at least, are weighed.
    fn worth(weights: &[u64], openings: &[u64], capacity: u64, copies: &[u64], held: &[u64]) -> Option<u64> {
        let dot = |a: &[u64], b: &[u64]| {
            a.iter().zip(b).try_fold(0u128, |sum, (&a, &b)| sum.checked_add(u128::from(a) * u128::from(b)))
        };
        let total = dot(weights, copies)?.checked_add(dot(openings, held)?)?;
        u64::try_from(total.div_ceil(u128::from(capacity))).ok()
    }

    /// The node that proves the bound with the fewest bits that still do: rounded down, no bin passes the smaller capacity.
    fn node(&self, copies: &[u64], held: &[u64]) -> Node {
        let down = |numbers: &[u64], capacity: u64| -> Vec<u64> {
            let scaled = |&it: &u64| u128::from(it) * u128::from(capacity) / u128::from(self.capacity);
            // none is larger than the capacity that it is scaled from, where a bin holds it
            numbers.iter().map(|it| u64::try_from(scaled(it)).unwrap_or(u64::MAX)).collect()
        };
        let fewer = (0..62).map(|bits| 1u64 << bits).take_while(|&capacity| capacity < self.capacity);
        let mut each = fewer.map(|capacity| (down(&self.weights, capacity), down(&self.openings, capacity), capacity));
        let enough = |(weights, openings, capacity): &(Vec<u64>, Vec<u64>, u64)| {
            Self::worth(weights, openings, *capacity, copies, held).is_some_and(|bound| bound >= self.bound)
        };
        let whole = || (self.weights.clone(), self.openings.clone(), self.capacity);
        let (weights, openings, capacity) = each.find(enough).unwrap_or_else(whole);
        match openings.iter().all(|&opening| opening == 0) {
            true => Node::Weights { weights, capacity },
            false => Node::Grouped { weights, openings, capacity },
        }
    }
}

/// What a master knows of groups beside the items: in how many bins each is.
struct Presence {
    /// At least so many, by what is left of it.
    least: Vec<u64>,
    /// Rows of each group.
    rows_of: Vec<Vec<usize>>,
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
        self.best.as_ref().map(|best| (best.bound, best.node(&demand, &self.presences(&demand))))
    }

    /// Generates columns for all items, until the bound is that of the relaxation or reaches `enough`.
    ///
    /// # Errors
    /// [`Stop`]: what is proved so far remains.
    pub fn bound(&mut self, enough: u64, budget: &Budget) -> Result<(), Stop> {
        let demand: Vec<u64> = self.problem.items().iter().map(|item| item.demand).collect();
        for seed in 0..3 {
            if !matches!(self.relax(&demand, &[], None, enough, seed, budget)?, Relaxed::Numerical) {
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
        // every other one decides first how many bins each group is in
        let capped = attempt.is_multiple_of(2);
        let mut caps: Vec<Option<u64>> = vec![None; if capped { self.presences(&demand).len() } else { 0 }];
        let mut last: Vec<usize> = Vec::new();
        let mut capping = false;
        while demand.iter().any(|&copies| copies > 0) {
            if !capping && let Some(rest) = self.filled(&demand, left, &mut random, budget)? {
                fixed.extend(rest);
                break;
            }
            let seed = seed.wrapping_mul(31).wrapping_add(left);
            let values = match self.relax(&demand, &caps, Some(left), u64::MAX, seed, budget)? {
                Relaxed::Fractions(values) => values,
                // the caps set last were too low: one bin more each, once
                Relaxed::TooMany if capping && !last.is_empty() => {
                    for group in last.drain(..) {
                        caps[group] = caps[group].map(|cap| cap + 1);
                    }
                    continue;
                }
                _ => return Ok(None),
            };
            if !caps.is_empty() {
                last = self.cap(&mut caps, &values, &demand, &mut random);
                capping = !last.is_empty();
                if capping {
                    continue;
                }
            }
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
                if !caps.is_empty() {
                    for group in self.groups_in(column) {
                        caps[group] = caps[group].map(|cap| cap.saturating_sub(count));
                    }
                }
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

    /// Caps the bins that some of the groups are in at about what the relaxation says, the surest first: those of which
    /// it was not sure, which asks for another relaxation.
    fn cap(
        &self,
        caps: &mut [Option<u64>],
        values: &[(Column, f64)],
        demand: &[u64],
        random: &mut Random,
    ) -> Vec<usize> {
        let least = self.presences(demand);
        let mut inside = vec![0.0; least.len()];
        for (column, value) in values {
            self.groups_in(column).into_iter().for_each(|group| inside[group] += value);
        }
        let above = |group: usize| {
            let over = inside[group] - inside[group].floor();
            if (1e-6..=1.0 - 1e-6).contains(&over) { over } else { 0.0 }
        };
        let mut order: Vec<(f64, usize)> = (0..least.len())
            .filter(|&group| least[group] > 0 && caps[group].is_none())
            .map(|group| (above(group) + to_float(random.below(1 << 20)) / to_float(1 << 23), group))
            .collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        let sure = order.iter().filter(|&&(_, group)| above(group) <= 0.0).count();
        let some = sure.max(order.len() / 5).max(usize::from(!order.is_empty()));
        for &(_, group) in order.iter().take(some) {
            caps[group] = Some(to_integer(inside[group] + 1e-6).max(least[group]));
        }
        order.iter().take(some).map(|&(_, group)| group).filter(|&group| above(group) > 0.0).collect()
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
            let mut best: Option<(u64, Column)> = None;
            for pricer in &self.pricers {
                for (value, items) in pricer.heaviest(&worth, &[], &demand, 0, Effort::Best, budget)?.found {
                    if best.as_ref().is_none_or(|best| value > best.0) {
                        best = Some((value, Column { bin: pricer.bin(), items }));
                    }
                }
            }
            let Some((_, Column { bin, items })) = best else { return Ok(None) };
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
                *volume += u64::try_from((share * scarce) >> 20).unwrap_or(u64::MAX >> 24);
            }
        }
        volumes
    }

    /// In how many bins each group is at least, by what is left of it.
    fn presences(&self, demand: &[u64]) -> Vec<u64> {
        let items = self.problem.items();
        let count = self.problem.group_numbers();
        let mut lows = vec![0u64; count];
        for q in 0..self.problem.dimensions() {
            let mut loads = vec![0u64; count];
            for (item, kind) in items.iter().enumerate().filter(|&(item, _)| demand[item] > 0) {
                if let Some(group) = self.problem.group(item) {
                    loads[group] += kind.size[q] * demand[item];
                    lows[group] = lows[group].max(1);
                }
            }
            for (group, load) in loads.into_iter().enumerate() {
                let once = self.problem.overhead(group).get(q).copied().unwrap_or(0);
                let room = self.pricers.iter().map(|it| self.problem.bins()[it.bin()].capacity[q]).max().unwrap_or(0);
                lows[group] = lows[group].max(load.div_ceil(room.saturating_sub(once).max(1)));
            }
        }
        lows
    }

    /// Adds the rows of groups that are left: at least so many bins, where one would be known anyhow, and at most so many under a cap.
    fn group_rows(&self, demand: &[u64], caps: &[Option<u64>], right: &mut Vec<Row>) -> Presence {
        let least = self.presences(demand);
        let mut rows_of = vec![Vec::new(); least.len()];
        for (group, &least) in least.iter().enumerate().filter(|&(_, &least)| least > 0) {
            let at_least = (least > 1).then(|| Row::cover(to_float(least)));
            let cap = caps.get(group).copied().flatten().map(|cap| Row::at_most(to_float(cap)));
            for row in at_least.into_iter().chain(cap) {
                rows_of[group].push(right.len());
                right.push(row);
            }
        }
        Presence { least, rows_of }
    }

    fn groups_in(&self, column: &Column) -> Vec<usize> {
        let mut groups: Vec<usize> = column.items.iter().filter_map(|&(item, _)| self.problem.group(item)).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    fn add(
        &self,
        master: &mut Simplex,
        column: &Column,
        row_of: &[usize],
        rows_of: &[Vec<usize>],
    ) -> Result<(), MasterError> {
        let mut entries: Vec<(usize, f64)> =
            column.items.iter().map(|&(item, copies)| (row_of[item], to_float(copies))).collect();
        let groups = self.groups_in(column);
        entries.extend(groups.iter().flat_map(|&group| rows_of[group].iter().map(|&row| (row, 1.0))));
        master.add_column(1.0, &entries).map(|_| ())
    }

    /// The relaxation of what is left. `most`: stops once it is known to need more bins, and once no more are needed.
    fn relax(
        &mut self,
        demand: &[u64],
        caps: &[Option<u64>],
        most: Option<u64>,
        enough: u64,
        seed: u64,
        budget: &Budget,
    ) -> Result<Relaxed, Stop> {
        let rows: Vec<usize> = (0..demand.len()).filter(|&item| demand[item] > 0).collect();
        let mut row_of = vec![usize::MAX; demand.len()];
        rows.iter().enumerate().for_each(|(row, &item)| row_of[item] = row);
        let mut right: Vec<Row> = rows.iter().map(|&item| Row::cover(to_float(demand[item]))).collect();
        let presence = self.group_rows(demand, caps, &mut right);
        let Ok(mut master) = Simplex::new(&right, seed) else { return Ok(Relaxed::Numerical) };
        // under caps the columns so far may not do: then what is missing is bought, dearly
        let covers = |row: &usize| !caps.is_empty() && right[*row].sense == Sense::Cover;
        let bought: Vec<usize> = (0..right.len()).filter(covers).collect();
        for &row in &bought {
            if master.add_column(MISSING, &[(row, 1.0)]).is_err() {
                return Ok(Relaxed::Numerical);
            }
        }
        let artificial = bought.len();
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
            if self.add(&mut master, &cut, &row_of, &presence.rows_of).is_err() {
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
                return Ok(fractions(&own, &master, artificial));
            }
            if original && (objective - 1e-6).ceil() <= to_float(proved) {
                return Ok(fractions(&own, &master, artificial));
            }
            let duals = master.duals().to_vec();
            let mut weights = vec![0; demand.len()];
            let total: f64 = rows.iter().zip(&duals).map(|(&item, dual)| dual * to_float(demand[item])).sum();
            let whole = WHOLE.min(to_float(1 << 60) / total.max(1.0));
            rows.iter().zip(&duals).for_each(|(&item, &dual)| weights[item] = to_integer(dual * whole));
            let mut openings = vec![0i64; presence.least.len()];
            let mut held = 0i128;
            for (group, rows) in presence.rows_of.iter().enumerate() {
                for &row in rows {
                    let worth = |dual: f64| i64::try_from(to_integer(dual * whole)).unwrap_or(i64::MAX >> 1);
                    let (worth, bins) = match right[row].sense {
                        Sense::Cover => (worth(duals[row]), presence.least[group]),
                        _ => (-worth(-duals[row]), caps[group].unwrap_or(0)),
                    };
                    openings[group] = openings[group].saturating_add(worth);
                    held += i128::from(worth) * i128::from(bins);
                }
            }
            let threshold = to_integer((1.0 + 1e-7) * whole);
            let mut heaviest = vec![0; self.problem.bins().len()];
            let mut found: Vec<(u64, Column)> = Vec::new();
            for effort in [Effort::Diverse, Effort::Exact] {
                for pricer in &self.pricers {
                    let priced = pricer.heaviest(&weights, &openings, demand, threshold, effort, budget)?;
                    heaviest[pricer.bin()] = priced.bound;
                    let own = |(worth, items)| (worth, Column { bin: pricer.bin(), items });
                    found.extend(priced.found.into_iter().map(own));
                }
                if !found.is_empty() || heaviest.iter().all(|&heaviest| heaviest <= threshold) {
                    break;
                }
            }
            let capacity = heaviest.iter().copied().max().unwrap_or(0).max(1);
            if caps.is_empty() {
                let openings: Vec<u64> = openings.iter().map(|&opening| opening.unsigned_abs()).collect();
                let bound = Witness::worth(&weights, &openings, capacity, demand, &presence.least);
                let bound = bound.unwrap_or(0);
                proved = proved.max(bound);
                if original && self.best.as_ref().is_none_or(|best| best.bound < bound) {
                    self.best = Some(Witness { weights: weights.clone(), openings, capacity, bound });
                }
            } else {
                let own = |&item: &usize| i128::from(weights[item]) * i128::from(demand[item]);
                let total = u128::try_from(rows.iter().map(own).sum::<i128>() + held).unwrap_or(0);
                proved = proved.max(u64::try_from(total.div_ceil(capacity.into())).unwrap_or(0));
            }
            if proved >= enough {
                return Ok(fractions(&own, &master, artificial));
            }
            if most.is_some_and(|most| proved > most) {
                return Ok(Relaxed::TooMany);
            }
            if found.is_empty() {
                return Ok(match most {
                    Some(most) if objective > to_float(most) + 1e-3 => Relaxed::TooMany,
                    _ => fractions(&own, &master, artificial),
                });
            }
            found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.items.cmp(&b.1.items)));
            let mut added = false;
            for (_, column) in found.into_iter().take(A_ROUND) {
                if !seen.insert(column.clone()) {
                    continue;
                }
                if self.add(&mut master, &column, &row_of, &presence.rows_of).is_err() {
                    return Ok(Relaxed::Numerical);
                }
                self.columns.push(column.clone());
                own.push(column);
                added = true;
            }
            if !added {
                return Ok(fractions(&own, &master, artificial));
            }
        }
    }
}

fn fractions(own: &[Column], master: &Simplex, artificial: usize) -> Relaxed {
    let values = own.iter().zip(master.primal().iter().copied().skip(artificial)).filter(|&(_, value)| value > NEARLY);
    Relaxed::Fractions(values.map(|(column, value)| (column.clone(), value)).collect())
}
