//! Bins of classes, as a guide: it proves nothing.
//!
//! Of each class in a bin there is the same part of every resource, where classes are *mixed* as they are, or any part of each ([`Guide`]). Bins
//! hold more than the first and less than the second: items of a class are not alike, and not sand.

use super::super::float::to_float;
use super::super::master::{Master, MasterError, Outcome, Row, Simplex};
use super::classes::Classes;
use crate::budget::{Budget, Stop};

/// What guides a dive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guide {
    /// Of each class in a bin there is the same part of every resource.
    Mixed,
    /// Any part of each; a class that is in no bin takes one more, however little it is.
    Sand,
    /// The same, where a class that is in no bin counts as much as it takes: for where resources decide how many bins there are, and who may share
    /// does not.
    Bulk,
}

/// The content of a bin.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Blend {
    /// The bin type.
    pub bin: usize,
    /// The classes in it, ascending.
    pub set: Vec<usize>,
    /// The part of each class that is here: one a class, or one a class and resource.
    pub parts: Vec<f64>,
    /// The bins that are taken already whose content this is.
    pub of: Option<usize>,
}

/// Bins that are taken already; what they hold is open, as far as these classes go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// The bin type.
    pub bin: usize,
    /// The classes, ascending.
    pub set: Vec<usize>,
    /// How many.
    pub count: u64,
}

/// How a programme ended.
pub(super) struct Blended {
    /// Bins beyond those that are taken, and what is in none at a price.
    pub value: f64,
    /// Bins of each blend.
    pub bins: Vec<f64>,
    /// The blends of the basis.
    pub basic: Vec<usize>,
    /// The part of each class that is in no bin, and at most that of any resource.
    pub missing: Vec<f64>,
}

/// What a class costs that no bin holds, in bins of its size: dearer than any bin is.
const MISSING: f64 = 3.0;
/// A blend worth less than this above a bin's price is none.
const GAIN: f64 = 1e-6;
/// Rounds of pricing at most.
const ROUNDS: usize = 30;

/// What all of each class takes of a bin, and who may share one.
pub(super) struct Blends<'c> {
    classes: &'c Classes,
    guide: Guide,
    /// One a bin type, class and resource.
    loads: Vec<Vec<Vec<f64>>>,
    /// The part of each class and resource that may be in a bin of each type.
    most: Vec<Vec<Vec<f64>>>,
    /// What a part of each resource counts in the order of the classes in a mixed bin.
    scarce: Vec<f64>,
}

impl<'c> Blends<'c> {
    pub fn of(classes: &'c Classes, guide: Guide) -> Self {
        let dimensions = 0..classes.dimensions();
        let table = |of: &dyn Fn(usize, usize, usize) -> f64| -> Vec<Vec<Vec<f64>>> {
            let row = |bin: usize, class: usize| dimensions.clone().map(|q| of(bin, class, q)).collect();
            let rows = |bin: usize| (0..classes.len()).map(|class| row(bin, class)).collect();
            (0..classes.rooms.len()).map(rows).collect()
        };
        let loads = table(&|bin, class, q| classes.all[class][q] as f64 / to_float(classes.rooms[bin][q].max(1)));
        let most = table(&|bin, class, q| match classes.all[class][q] {
            0 => 1.0,
            all => classes.total(bin, class, q) as f64 / all as f64,
        });
        let all = |q: usize| loads.first().map_or(0.0, |of| of.iter().map(|load| load[q]).sum());
        let scarce = dimensions.map(all).collect();
        Self { classes, guide, loads, most, scarce }
    }

    /// Rows of the programme for what must be somewhere: one a class, or one a class and resource.
    pub fn rows(&self) -> usize {
        self.classes.len() * self.each()
    }

    fn mixed(&self) -> bool {
        self.guide == Guide::Mixed
    }

    /// Rows of a class.
    fn each(&self) -> usize {
        if self.mixed() { 1 } else { self.scarce.len() }
    }

    /// Bins that what a row asks for takes: a part of one in bulk, else at least one.
    fn size(&self, row: usize) -> f64 {
        let (class, q) = (row / self.each(), row % self.each());
        let largest = |load: &[f64]| load.iter().copied().fold(0.0, f64::max);
        let of = |of: &Vec<Vec<f64>>| if self.mixed() { largest(&of[class]) } else { of[class][q] };
        let size = self.loads.iter().map(of).fold(f64::INFINITY, f64::min);
        if self.guide == Guide::Bulk { size } else { size.max(1.0) }
    }

    /// Whether there is anything to ask for, and it is not little beside the rest of its class.
    fn asks(&self, row: usize) -> bool {
        self.mixed() || self.classes.matters(row / self.each(), row % self.each())
    }

    /// Fills a bin with classes in the order of what they are worth for what they take: their worth, and the part of each that is in.
    fn filled(&self, bin: usize, set: &[usize], worth: &[f64]) -> (f64, Vec<f64>) {
        let (loads, most) = (&self.loads[bin], &self.most[bin]);
        let mut parts = vec![0.0; set.len() * self.each()];
        let mut sum = 0.0;
        // the places of the set, those of the dearest classes first
        let sorted = |density: &dyn Fn(usize) -> f64| {
            let mut order: Vec<(f64, usize)> = (0..set.len()).map(|at| (density(set[at]), at)).collect();
            order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            order.into_iter().map(|(_, at)| at)
        };
        if self.mixed() {
            let takes =
                |class: usize| loads[class].iter().zip(&self.scarce).map(|(load, part)| load * part).sum::<f64>();
            let mut room = vec![1.0; self.scarce.len()];
            for at in sorted(&|class| worth[class] / takes(class).max(f64::MIN_POSITIVE)) {
                let class = set[at];
                let taking = room.iter().zip(&loads[class]).filter(|(_, load)| **load > 0.0);
                let fits = taking.map(|(room, load)| room / load).chain(most[class].iter().copied());
                let part = fits.fold(1.0, f64::min).max(0.0);
                room.iter_mut().zip(&loads[class]).for_each(|(room, load)| *room -= load * part);
                sum += worth[class] * part;
                parts[at] = part;
            }
            return (sum, parts);
        }
        let each = self.each();
        for q in 0..each {
            let mut room = 1.0;
            for at in sorted(&|class| worth[class * each + q] / loads[class][q].max(f64::MIN_POSITIVE)) {
                let (class, load) = (set[at], loads[set[at]][q]);
                let part = if load > 0.0 { (room / load).min(most[class][q]) } else { 1.0 };
                room = f64::max(0.0, room - load * part);
                sum += worth[class * each + q] * part;
                parts[at * each + q] = part;
            }
        }
        (sum, parts)
    }

    /// A bin filled with these classes.
    pub fn blend(&self, bin: usize, set: &[usize], worth: &[f64], of: Option<usize>) -> Blend {
        let mut set = set.to_vec();
        set.sort_unstable();
        let (_, parts) = self.filled(bin, &set, worth);
        Blend { bin, set, parts, of }
    }

    /// What all of a class is worth.
    fn worth(&self, class: usize, worth: &[f64]) -> f64 {
        worth[class * self.each()..][..self.each()].iter().sum()
    }

    /// For each class a set around it worth more than a bin, if one is found by adding whoever adds the most; each once.
    fn greedy(&self, bin: usize, worth: &[f64], budget: &Budget) -> Result<Vec<Vec<usize>>, Stop> {
        let mut sets = Vec::new();
        for first in 0..self.classes.len() {
            let mut set = vec![first];
            let mut value = self.filled(bin, &set, worth).0;
            let mut rest: Vec<usize> =
                self.classes.friends[first].ones().filter(|&class| self.worth(class, worth) > 0.0).collect();
            loop {
                budget.spend((rest.len() * (set.len() + 1) * self.scarce.len()) as u64 + 1)?;
                let mut best: Option<(f64, usize)> = None;
                for &class in &rest {
                    set.push(class);
                    let with = self.filled(bin, &set, worth).0;
                    set.pop();
                    if with > value + GAIN && best.is_none_or(|(most, _)| with > most) {
                        best = Some((with, class));
                    }
                }
                let Some((with, class)) = best else { break };
                set.push(class);
                value = with;
                rest.retain(|&other| self.classes.friends[class].contains(other));
            }
            if value > 1.0 + GAIN {
                set.sort_unstable();
                sets.push(set);
            }
        }
        sets.sort_unstable();
        sets.dedup();
        Ok(sets)
    }

    /// The fewest bins beyond those that are taken, as far as blends are found. What is new is appended to `blends`; `start` is where the search
    /// starts.
    pub fn solve(
        &self,
        taken: &[Taken],
        blends: &mut Vec<Blend>,
        start: &[usize],
        seed: u64,
        budget: &Budget,
    ) -> Result<Blended, MasterError> {
        let asked = self.rows();
        let limits = taken.iter().map(|it| Row::at_most(to_float(it.count)));
        let needs = (0..asked).map(|row| Row::cover(if self.asks(row) { 1.0 } else { 0.0 }));
        let rows: Vec<Row> = needs.chain(limits).collect();
        let mut master = Simplex::new(&rows, seed)?;
        for row in 0..asked {
            master.add_column(MISSING * self.size(row), &[(row, 1.0)])?;
        }
        let add = |master: &mut Simplex, blend: &Blend| {
            let rows = blend.set.iter().flat_map(|&class| class * self.each()..(class + 1) * self.each());
            let parts = rows.zip(blend.parts.iter().copied()).filter(|&(row, part)| part > 0.0 && self.asks(row));
            let entries: Vec<(usize, f64)> = parts.chain(blend.of.map(|of| (asked + of, 1.0))).collect();
            master.add_column(if blend.of.is_some() { 0.0 } else { 1.0 }, &entries)
        };
        for blend in blends.iter() {
            add(&mut master, blend)?;
        }
        master.start_from(&start.iter().map(|at| at + asked).collect::<Vec<_>>());
        let mut value = f64::INFINITY;
        for _ in 0..ROUNDS {
            value = match master.solve(budget)? {
                Outcome::Optimal => master.objective(),
                Outcome::Infeasible => return Err(MasterError::Numerical), // whatever is missing has a price
            };
            let worth = master.duals()[..asked].to_vec();
            let mut found = Vec::new();
            for bin in 0..self.loads.len() {
                let sets = self.greedy(bin, &worth, budget)?;
                found.extend(sets.iter().map(|set| self.blend(bin, set, &worth, None)));
            }
            for (index, it) in taken.iter().enumerate() {
                let (worth, _) = self.filled(it.bin, &it.set, &worth);
                if worth + master.duals()[asked + index] > GAIN {
                    found.push(self.blend(it.bin, &it.set, &master.duals()[..asked], Some(index)));
                }
            }
            if found.is_empty() {
                break;
            }
            for blend in found {
                add(&mut master, &blend)?;
                blends.push(blend);
            }
        }
        let (missing, bins) = master.primal().split_at(asked);
        let most = |parts: &[f64]| parts.iter().copied().fold(0.0, f64::max);
        let missing = missing.chunks(self.each()).map(most).collect();
        let basic = master.basic().into_iter().filter_map(|column| column.checked_sub(asked)).collect();
        Ok(Blended { value, bins: bins.to_vec(), basic, missing })
    }
}
