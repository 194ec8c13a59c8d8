//! Column generation over bins of sand: the linear relaxation at the level of classes, and what its duals prove.

use super::super::float::{to_float, to_signed};
use super::super::master::{Master, MasterError, Outcome, Row, Simplex};
use super::classes::Classes;
use super::heaviest::{Worth, greedy, heaviest};
use super::unions::{Bins, Union};
use crate::budget::Budget;

/// Bins that hold one of a class: at least and at most so many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub least: u64,
    pub most: Option<u64>,
}

/// A bin of sand.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    /// The bin type.
    pub bin: usize,
    /// The classes in it, ascending.
    pub set: Vec<usize>,
    /// Of all that there is of each class of the set, the part of each resource that is here.
    pub parts: Vec<Vec<f64>>,
}

/// What a programme knows of the bins that hold one of a class, and of those that hold one of some.
#[derive(Clone, Copy)]
pub(super) struct Rules<'c> {
    /// One a class.
    pub ranges: &'c [Range],
    pub unions: &'c [Union],
}

/// What a worth proves: every bin is worth at most `capacity`, all there is is worth `total`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proof {
    pub worth: Worth,
    pub capacity: u64,
    pub total: u128,
}

impl Proof {
    /// Bins.
    pub fn bound(&self) -> u64 {
        u64::try_from(self.total.div_ceil(self.capacity.into())).unwrap_or(u64::MAX)
    }

    fn exceeds(&self, other: &Self) -> bool {
        let of = |it: &Self| it.total as f64 / it.capacity as f64;
        of(self) > of(other)
    }
}

/// How a relaxation ended.
pub(super) struct Relaxed {
    /// The best that was proved.
    pub proof: Option<Proof>,
    /// Bins of each column, where the columns suffice.
    pub bins: Vec<f64>,
    /// The columns of the basis.
    pub basic: Vec<usize>,
    /// The unions that count.
    pub unions: Vec<Union>,
    /// The value of the programme.
    pub value: f64,
}

/// What a part costs that no bin holds: dearer than any bin is.
const MISSING: f64 = 3.0;
/// A column worth less than this above a bin's price is none.
const GAIN: f64 = 1e-7;
/// What a value may be too high by errors of rounding.
const ROUNDED: f64 = 1e-6;
/// Rounds of pricing at most.
const ROUNDS: usize = 2_000;

/// The programme of a case: classes, and bins that hold one of each.
pub(super) struct Programme<'c> {
    classes: &'c Classes,
    rules: Rules<'c>,
    /// Rows of parts.
    rows: usize,
    /// The row of each class and resource.
    row_of: Vec<Vec<Option<usize>>>,
    /// The rows of the least and of the most of each class.
    least: Vec<Option<usize>>,
    most: Vec<Option<usize>>,
    /// The row of each union, and the rows of the unions of each class.
    unions: Vec<usize>,
    unions_of: Vec<Vec<usize>>,
    master: Simplex,
}

impl<'c> Programme<'c> {
    /// Over these columns, of which some are where the search starts.
    ///
    /// # Errors
    /// [`MasterError`]: a number is too large for the master.
    pub fn new(
        classes: &'c Classes,
        rules: Rules<'c>,
        (columns, start): (&[Column], &[usize]),
        seed: u64,
    ) -> Result<Self, MasterError> {
        let mut row_of = vec![vec![None; classes.dimensions()]; classes.len()];
        let mut senses = Vec::new();
        for (class, row_of) in row_of.iter_mut().enumerate() {
            for (_, row) in row_of.iter_mut().enumerate().filter(|&(q, _)| classes.matters(class, q)) {
                *row = Some(senses.len());
                senses.push(Row::cover(1.0));
            }
        }
        let (mut least, mut most) = (vec![None; classes.len()], vec![None; classes.len()]);
        for (class, range) in rules.ranges.iter().enumerate() {
            // a bin holds a class once at most, so one bin is nothing new
            if range.least > 1 {
                least[class] = Some(senses.len());
                senses.push(Row::cover(to_float(range.least)));
            }
            if let Some(bins) = range.most {
                most[class] = Some(senses.len());
                senses.push(Row::at_most(to_float(bins)));
            }
        }
        let mut unions_of = vec![Vec::new(); classes.len()];
        let mut unions = Vec::with_capacity(rules.unions.len());
        for union in rules.unions {
            union.classes.iter().for_each(|&class| unions_of[class].push(senses.len()));
            unions.push(senses.len());
            senses.push(match union.bins {
                Bins::Least(bins) => Row::cover(to_float(bins)),
                Bins::Most(bins) => Row::at_most(to_float(bins)),
            });
        }
        let rows = row_of.iter().flatten().flatten().count();
        let mut master = Simplex::new(&senses, seed)?;
        for (class, row_of) in row_of.iter().enumerate() {
            for row in row_of.iter().flatten() {
                master.add_column(MISSING * to_float(classes.least[class]), &[(*row, 1.0)])?;
            }
        }
        // (where a union may be in so many bins at most, none is ever used)
        for row in least.iter().flatten().chain(&unions) {
            master.add_column(MISSING, &[(*row, 1.0)])?;
        }
        let mut own = Self { classes, rules, rows, row_of, least, most, unions, unions_of, master };
        columns.iter().try_for_each(|column| own.add(column))?;
        let slacks = own.slacks();
        own.master.start_from(&start.iter().map(|column| column + slacks).collect::<Vec<_>>());
        Ok(own)
    }

    /// Columns of the master that stand for nothing.
    fn slacks(&self) -> usize {
        self.rows + self.least.iter().flatten().count() + self.unions.len()
    }

    fn add(&mut self, column: &Column) -> Result<(), MasterError> {
        let mut entries = Vec::new();
        for (&class, parts) in column.set.iter().zip(&column.parts) {
            for (row, &part) in self.row_of[class].iter().zip(parts) {
                if let (Some(row), true) = (*row, part > 0.0) {
                    entries.push((row, part));
                }
            }
            entries.extend(self.least[class].into_iter().chain(self.most[class]).map(|row| (row, 1.0)));
        }
        let mut held: Vec<usize> = column.set.iter().flat_map(|&class| &self.unions_of[class]).copied().collect();
        held.sort_unstable();
        held.dedup();
        entries.extend(held.into_iter().map(|row| (row, 1.0)));
        self.master.add_column(1.0, &entries)?;
        Ok(())
    }

    /// The value over the columns so far.
    pub fn value(&mut self, budget: &Budget) -> Result<f64, MasterError> {
        match self.master.solve(budget)? {
            Outcome::Optimal => Ok(self.master.objective()),
            Outcome::Infeasible => Ok(f64::INFINITY),
        }
    }

    /// Generates columns until the value is that of all, or more than `goal - 1` bins are proved, or more than `lower` cannot be. What is
    /// new is appended to `columns`.
    ///
    /// # Errors
    /// [`MasterError`]: the budget ended, or rounding errors won.
    pub fn solve(
        &mut self,
        columns: &mut Vec<Column>,
        (lower, goal): (u64, u64),
        budget: &Budget,
    ) -> Result<Relaxed, MasterError> {
        let mut proof: Option<Proof> = None;
        let mut value = f64::INFINITY;
        for _ in 0..ROUNDS {
            value = self.value(budget)?;
            // fewer columns are worth no less
            if proof.is_some() && (value - ROUNDED).ceil() <= to_float(lower) {
                break;
            }
            let worth = self.worth();
            let unit = self.unit();
            let gainful = (unit as f64 * (1.0 + GAIN)) as u128;
            let mut found = Vec::new();
            for bin in 0..self.classes.rooms.len() {
                let sets = greedy(self.classes, bin, &worth, gainful, budget)?;
                found.extend(sets.iter().map(|set| column(self.classes, bin, set, &worth)));
            }
            let mut bound = 0;
            if found.is_empty() {
                let mut capacity = 1;
                for bin in 0..self.classes.rooms.len() {
                    let heaviest = heaviest(self.classes, bin, &worth, gainful, budget)?;
                    capacity = capacity.max(u64::try_from(heaviest.worth).unwrap_or(u64::MAX));
                    if heaviest.worth > gainful {
                        found.extend(heaviest.sets.iter().map(|set| column(self.classes, bin, set, &worth)));
                    }
                }
                let total = self.total(&worth);
                let proved = Proof { worth, capacity, total };
                if proof.as_ref().is_none_or(|best| proved.exceeds(best)) {
                    proof = Some(proved);
                }
                bound = proof.as_ref().map_or(0, Proof::bound);
            }
            if found.is_empty() || bound >= goal {
                break;
            }
            for column in found {
                self.add(&column)?;
                columns.push(column);
            }
        }
        let slacks = self.slacks();
        let bins = self.master.primal()[slacks..].to_vec();
        let basic = self.master.basic().into_iter().filter_map(|column| column.checked_sub(slacks)).collect();
        let counts = |&(_, &row): &(&Union, &usize)| self.master.duals()[row].abs() > GAIN;
        let unions = self.rules.unions.iter().zip(&self.unions).filter(counts).map(|(union, _)| union.clone());
        let unions = unions.collect();
        Ok(Relaxed { proof, bins, basic, unions, value })
    }

    /// A bin in the integers of pricing.
    fn unit(&self) -> u64 {
        let widest = self.classes.rooms.iter().flatten().copied().max().unwrap_or(0).max(1);
        1 << (24 + 64 - widest.leading_zeros()).min(60)
    }

    /// The duals in whole numbers, rounded down: where sizes are counted in bytes, a rounded price times all of them would make sets
    /// gainful that are in the programme already.
    fn worth(&self) -> Worth {
        let duals = self.master.duals();
        let unit = to_float(self.unit());
        let of = |class: usize, q: usize| {
            let row = self.row_of[class][q]?;
            let all = self.classes.all[class][q] as f64;
            u64::try_from(to_signed((duals[row].max(0.0) * unit / all).floor())).ok()
        };
        let units = |class: usize| (0..self.classes.dimensions()).map(|q| of(class, q).unwrap_or(0)).collect();
        let presence = |class: usize| {
            let sum: f64 = self.least[class].into_iter().chain(self.most[class]).map(|row| duals[row]).sum();
            let worth = i64::try_from(to_signed((sum * unit).floor())).unwrap_or(0);
            // a price says nothing where nothing says how many bins there may be
            if self.most[class].is_none() { worth.max(0) } else { worth }
        };
        let classes = 0..self.classes.len();
        let unions = self.rules.unions.iter().zip(&self.unions).filter_map(|(union, &row)| {
            let worth = i64::try_from(to_signed((duals[row] * unit).floor())).unwrap_or(0);
            let worth = if matches!(union.bins, Bins::Least(_)) { worth.max(0) } else { worth.min(0) };
            (worth != 0).then(|| (union.clone(), worth))
        });
        Worth {
            units: classes.clone().map(units).collect(),
            presence: classes.map(presence).collect(),
            unions: unions.collect(),
        }
    }

    /// What all is worth, and the bins that must hold a class, less those that may.
    fn total(&self, worth: &Worth) -> u128 {
        let mut sum = 0i128;
        for class in 0..self.classes.len() {
            for (&all, &unit) in self.classes.all[class].iter().zip(&worth.units[class]) {
                sum = sum.saturating_add(i128::try_from(all.saturating_mul(unit.into())).unwrap_or(0));
            }
            let presence = i128::from(worth.presence[class]);
            let bins = if presence > 0 { Some(self.rules.ranges[class].least) } else { self.rules.ranges[class].most };
            sum = sum.saturating_add(presence.saturating_mul(bins.unwrap_or(0).into()));
        }
        for (union, worth) in &worth.unions {
            sum = sum.saturating_add(i128::from(*worth).saturating_mul(union.bins.number().into()));
        }
        u128::try_from(sum).unwrap_or(0)
    }
}

/// The bin of a set that is worth the most; what is worth nothing fills what room is left.
fn column(classes: &Classes, bin: usize, set: &[usize], worth: &Worth) -> Column {
    let mut set = set.to_vec();
    set.sort_unstable();
    let mut parts = vec![vec![0.0; classes.dimensions()]; set.len()];
    for (q, &room) in classes.rooms[bin].iter().enumerate() {
        let mut room = u128::from(room);
        let mut order: Vec<usize> = (0..set.len()).collect();
        order.sort_by_key(|&at| std::cmp::Reverse(worth.units[set[at]][q])); // stable
        for at in order {
            let taken = classes.total(bin, set[at], q).min(room);
            room -= taken;
            let all = classes.all[set[at]][q];
            parts[at][q] = if all > 0 { taken as f64 / all as f64 } else { 0.0 };
        }
    }
    Column { bin, set, parts }
}

/// A bin for each class alone in each type that holds some of it.
pub(super) fn alone(classes: &Classes) -> Vec<Column> {
    let units = vec![vec![0; classes.dimensions()]; classes.len()];
    let nothing = Worth { units, presence: Vec::new(), unions: Vec::new() };
    let all = (0..classes.rooms.len()).flat_map(|bin| (0..classes.len()).map(move |class| (bin, class)));
    let columns = all.map(|(bin, class)| column(classes, bin, &[class], &nothing));
    columns.filter(|column| column.parts[0].iter().any(|&part| part > 0.0)).collect()
}
