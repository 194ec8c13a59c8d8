//! Bins of classes, as a guide: it proves nothing.
//!
//! Of each class in a bin there is the same part of every resource, where classes are *mixed* as they are, or any part of each ([`Guide`]). Bins
//! hold more than the first and less than the second: items of a class are not alike, and not sand.

use std::ops::Range;

use super::super::float::to_float;
use super::super::master::{Master, MasterError, Outcome, Row, Simplex};
use super::classes::Classes;
use super::cliques::cliques;
use super::portions::Portions;
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

/// A bin type and classes, ascending.
pub(super) type Set = (usize, Vec<usize>);

/// Whether one of these is this set.
pub(super) fn bars(barred: &[Set], bin: usize, set: &[usize]) -> bool {
    barred.iter().any(|(its, classes)| (*its, classes.as_slice()) == (bin, set))
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

/// What the bins that are taken hold.
pub(super) struct Full {
    /// What is in none, in bins.
    pub left: f64,
    /// The part of each class that is in none.
    pub missing: Vec<f64>,
    /// For each of those taken: what its bins together hold of each of its classes and resources, as parts of all.
    pub inside: Vec<Vec<f64>>,
}

/// What a class costs that no bin holds, in bins of its size: dearer than any bin is.
const MISSING: f64 = 3.0;
/// What it costs at least, in bins, that bins which are exchanged by prices are without a class.
const WAITING: f64 = 0.01;
/// A blend worth less than this above a bin's price is none.
const GAIN: f64 = 1e-6;
/// Rounds of pricing at most.
const ROUNDS: usize = 30;
/// Work to fill a bin, for each class or resource and each resource.
const FILLING: usize = 16;
/// Sets to which no class can be added are listed if there are no more.
pub(super) const CLIQUES: usize = 4_000;

/// What all of each class takes of a bin, and who may share one.
pub(super) struct Blends<'c> {
    classes: &'c Classes,
    guide: Guide,
    dimensions: usize,
    /// What all of a class takes of a bin: for each bin type, class after class, one a resource.
    loads: Vec<Vec<f64>>,
    /// The part of it that may be in a bin of each type, in the same order.
    most: Vec<Vec<f64>>,
    /// All sets of classes that may share a bin and to which none can be added, unless they are many.
    cliques: Option<Vec<Clique>>,
}

/// Classes that may share a bin and to which none can be added.
struct Clique {
    set: Vec<usize>,
    /// For each bin type prices of the resources: those of the last time that it was filled.
    prices: Vec<Vec<f64>>,
}

/// A bin that is filled, and what is needed for that, again and again.
#[derive(Default)]
struct Filling {
    /// The part of each class that is in: one a class, or one a class and resource.
    parts: Vec<f64>,
    /// Prices of the resources at which nothing else is worth more.
    prices: Vec<f64>,
    portions: Portions,
    /// Places in the set by what they are worth for what they take.
    order: Vec<(f64, usize)>,
}

impl<'c> Blends<'c> {
    pub fn of(classes: &'c Classes, guide: Guide) -> Self {
        let dimensions = classes.dimensions();
        let table = |of: &dyn Fn(usize, usize, usize) -> f64| -> Vec<Vec<f64>> {
            let places = || (0..classes.len()).flat_map(|class| (0..dimensions).map(move |q| (class, q)));
            (0..classes.rooms.len()).map(|bin| places().map(|(class, q)| of(bin, class, q)).collect()).collect()
        };
        let loads = table(&|bin, class, q| classes.all[class][q] as f64 / to_float(classes.rooms[bin][q].max(1)));
        let most = table(&|bin, class, q| match classes.all[class][q] {
            0 => 1.0,
            all => classes.total(bin, class, q) as f64 / all as f64,
        });
        let clique = |set: Vec<usize>| Clique { set, prices: vec![Vec::new(); classes.rooms.len()] };
        let cliques = cliques(&classes.friends, CLIQUES).map(|sets| sets.into_iter().map(clique).collect());
        Self { classes, guide, dimensions, loads, most, cliques }
    }

    /// Rows of the programme for what must be somewhere: one a class, or one a class and resource.
    pub fn rows(&self) -> usize {
        self.classes.len() * self.each()
    }

    fn mixed(&self) -> bool {
        self.guide == Guide::Mixed
    }

    /// Rows of a class.
    pub fn each(&self) -> usize {
        if self.mixed() { 1 } else { self.dimensions }
    }

    /// The rows of a class.
    fn of_class(&self, class: usize) -> Range<usize> {
        class * self.each()..(class + 1) * self.each()
    }

    /// What all of a class takes of a bin.
    fn load(&self, bin: usize, class: usize) -> &[f64] {
        &self.loads[bin][class * self.dimensions..][..self.dimensions]
    }

    /// The part of it that may be in a bin.
    fn most(&self, bin: usize, class: usize) -> &[f64] {
        &self.most[bin][class * self.dimensions..][..self.dimensions]
    }

    /// Bins that what a row asks for takes: a part of one in bulk, else at least one.
    fn size(&self, row: usize) -> f64 {
        let (class, q) = (row / self.each(), row % self.each());
        let of = |bin: usize| match self.mixed() {
            true => self.load(bin, class).iter().copied().fold(0.0, f64::max),
            false => self.load(bin, class)[q],
        };
        let size = (0..self.loads.len()).map(of).fold(f64::INFINITY, f64::min);
        if self.guide == Guide::Bulk { size } else { size.max(1.0) }
    }

    /// What it costs that bins which are exchanged by prices are without a class that is mixed: what it takes, and a little more.
    pub fn waiting(&self, class: usize) -> f64 {
        let of = |bin: usize| self.load(bin, class).iter().copied().fold(0.0, f64::max);
        (0..self.loads.len()).map(of).fold(f64::INFINITY, f64::min) + WAITING
    }

    /// Resources.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// What all of a class takes of a bin, resource by resource.
    pub fn takes(&self, bin: usize, class: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.load(bin, class).iter().copied().enumerate().filter(|&(_, load)| load > 0.0)
    }

    /// Whether bins are mixed, all sets are listed, and every bin is open to every item.
    pub fn open_to_all(&self) -> bool {
        self.mixed() && self.cliques.is_some() && self.most.iter().flatten().all(|&most| most >= 1.0)
    }

    /// The bins of so many sets that are worth the most, the dearest first; none where sets are not listed.
    pub fn dearest(&mut self, worth: &[f64], many: usize, budget: &Budget) -> Result<Vec<Set>, Stop> {
        let mut cliques = self.cliques.take();
        let found = cliques.as_mut().map_or(Ok(Vec::new()), |sets| self.dearest_of(sets, worth, many, budget));
        self.cliques = cliques;
        found
    }

    fn dearest_of(
        &self,
        cliques: &mut [Clique],
        worth: &[f64],
        many: usize,
        budget: &Budget,
    ) -> Result<Vec<Set>, Stop> {
        let mut filling = Filling::default();
        let mut best: Vec<(f64, usize, usize)> = Vec::new();
        for bin in 0..self.loads.len() {
            for (at, clique) in cliques.iter_mut().enumerate() {
                let least = if best.len() < many { GAIN } else { best[many - 1].0 };
                if let Some(value) = self.dearer(clique, bin, worth, least, &mut filling, budget)? {
                    best.truncate(many - 1);
                    best.insert(best.partition_point(|it| it.0 >= value), (value, bin, at));
                }
            }
        }
        Ok(best.into_iter().map(|(_, bin, at)| (bin, cliques[at].set.clone())).collect())
    }

    /// Whether there is anything to ask for, and it is not little beside the rest of its class.
    fn asks(&self, row: usize) -> bool {
        self.mixed() || self.classes.matters(row / self.each(), row % self.each())
    }

    /// Fills a bin with classes: what they are worth at most. `filling` has the part of each that is in, one a row of each, and prices of the
    /// resources at which no other content is worth more.
    fn filled(&self, bin: usize, set: &[usize], worth: &[f64], filling: &mut Filling) -> f64 {
        if self.mixed() { self.mix(bin, set, worth, filling) } else { self.pour(bin, set, worth, filling) }
    }

    /// Work to fill a bin with so many classes.
    fn filling(&self, classes: usize) -> u64 {
        (FILLING * (classes + self.dimensions) * self.dimensions) as u64
    }

    /// A mixed bin.
    fn mix(&self, bin: usize, set: &[usize], worth: &[f64], filling: &mut Filling) -> f64 {
        let portions = &mut filling.portions;
        portions.begin(self.dimensions);
        for &class in set {
            let most = self.most(bin, class).iter().copied().fold(1.0, f64::min);
            portions.add(self.load(bin, class), worth[class], most);
        }
        let value = portions.fill();
        filling.parts.clear();
        filling.parts.extend_from_slice(portions.parts());
        filling.prices.clear();
        filling.prices.extend_from_slice(portions.prices());
        value
    }

    /// A bin of sand: each resource for itself, the dearest classes for what they take first.
    fn pour(&self, bin: usize, set: &[usize], worth: &[f64], filling: &mut Filling) -> f64 {
        let (mut sum, each) = (0.0, self.dimensions);
        filling.parts.clear();
        filling.parts.resize(set.len() * each, 0.0);
        filling.prices.clear();
        for q in 0..each {
            let density = |&class: &usize| worth[class * each + q] / self.load(bin, class)[q].max(f64::MIN_POSITIVE);
            filling.order.clear();
            filling.order.extend(set.iter().enumerate().map(|(at, class)| (density(class), at)));
            filling.order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            let (mut room, mut price) = (1.0, 0.0);
            for &(density, at) in &filling.order {
                let (load, most) = (self.load(bin, set[at])[q], self.most(bin, set[at])[q]);
                let part = if load > 0.0 { most.min(room / load) } else { 1.0 };
                if part < most {
                    price = f64::max(price, density);
                }
                room = f64::max(0.0, room - load * part);
                sum += worth[set[at] * each + q] * part;
                filling.parts[at * each + q] = part;
            }
            filling.prices.push(price);
        }
        sum
    }

    /// What a class adds to a bin at most, at these prices of the resources.
    fn gain(&self, bin: usize, class: usize, worth: &[f64], prices: &[f64]) -> f64 {
        let (load, most) = (self.load(bin, class), self.most(bin, class));
        let takes = load.iter().zip(prices).map(|(load, price)| load * price);
        if self.mixed() {
            return most.iter().copied().fold(1.0, f64::min) * f64::max(0.0, worth[class] - takes.sum::<f64>());
        }
        let each = worth[self.of_class(class)].iter().zip(takes).zip(most);
        each.map(|((worth, takes), most)| most * f64::max(0.0, worth - takes)).sum()
    }

    /// What a bin of these classes is worth at most, at these prices of the resources.
    fn bound(&self, bin: usize, set: &[usize], worth: &[f64], prices: &[f64]) -> f64 {
        prices.iter().sum::<f64>() + set.iter().map(|&class| self.gain(bin, class, worth, prices)).sum::<f64>()
    }

    /// Counts a class as more than it is, so many times.
    pub fn grow(&mut self, class: usize, times: f64) {
        for loads in &mut self.loads {
            loads[class * self.dimensions..][..self.dimensions].iter_mut().for_each(|load| *load *= times);
        }
    }

    /// A bin filled with these classes.
    pub fn blend(&self, bin: usize, set: &[usize], worth: &[f64], of: Option<usize>) -> Blend {
        let mut set = set.to_vec();
        set.sort_unstable();
        let mut filling = Filling::default();
        self.filled(bin, &set, worth, &mut filling);
        Blend { bin, set, parts: filling.parts, of }
    }

    /// Sets worth more than a bin, for each class the best that is found with it; each once.
    fn dear(
        &self,
        cliques: Option<&mut Vec<Clique>>,
        bin: usize,
        worth: &[f64],
        budget: &Budget,
    ) -> Result<Vec<Vec<usize>>, Stop> {
        let mut sets = match cliques {
            Some(cliques) => self.dear_cliques(cliques, bin, worth, budget)?,
            None => {
                let mut filling = Filling::default();
                let mut around = |first| self.greedy(bin, first, worth, &mut filling, budget).transpose();
                (0..self.classes.len()).filter_map(&mut around).collect::<Result<_, _>>()?
            }
        };
        sets.sort_unstable();
        sets.dedup();
        Ok(sets)
    }

    fn dear_cliques(
        &self,
        cliques: &mut [Clique],
        bin: usize,
        worth: &[f64],
        budget: &Budget,
    ) -> Result<Vec<Vec<usize>>, Stop> {
        let mut filling = Filling::default();
        let mut best: Vec<(f64, Option<usize>)> = vec![(1.0 + GAIN, None); self.classes.len()];
        for (at, clique) in cliques.iter_mut().enumerate() {
            let least = clique.set.iter().map(|&class| best[class].0).fold(f64::INFINITY, f64::min);
            let Some(value) = self.dearer(clique, bin, worth, least, &mut filling, budget)? else { continue };
            for &class in &clique.set {
                if value > best[class].0 {
                    best[class] = (value, Some(at));
                }
            }
        }
        Ok(best.into_iter().filter_map(|(_, at)| at).map(|at| cliques[at].set.clone()).collect())
    }

    /// What a bin of a listed set is worth, if that is more than `least`; filled only where its last prices do not say that it is not.
    fn dearer(
        &self,
        Clique { set, prices }: &mut Clique,
        bin: usize,
        worth: &[f64],
        least: f64,
        filling: &mut Filling,
        budget: &Budget,
    ) -> Result<Option<f64>, Stop> {
        budget.spend((set.len() * self.dimensions) as u64)?;
        let prices = &mut prices[bin];
        if !prices.is_empty() && self.bound(bin, set, worth, prices) <= least {
            return Ok(None);
        }
        budget.spend(self.filling(set.len()))?;
        let value = self.filled(bin, set, worth, filling);
        prices.clone_from(&filling.prices);
        Ok((value > least).then_some(value))
    }

    /// A set around a class worth more than a bin, found by adding whoever adds the most.
    fn greedy(
        &self,
        bin: usize,
        first: usize,
        worth: &[f64],
        filling: &mut Filling,
        budget: &Budget,
    ) -> Result<Option<Vec<usize>>, Stop> {
        let mut set = vec![first];
        let mut value = self.filled(bin, &set, worth, filling);
        let mut rest: Vec<usize> = self.classes.friends[first].ones().collect();
        loop {
            budget.spend((rest.len() * self.dimensions) as u64 + 1)?;
            // those first that may add the most
            let prices = filling.prices.clone();
            let gain = |&class: &usize| (self.gain(bin, class, worth, &prices), class);
            let mut gains: Vec<(f64, usize)> = rest.iter().map(gain).filter(|&(gain, _)| gain > GAIN).collect();
            gains.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            let mut best: Option<(f64, usize)> = None;
            for (gain, class) in gains {
                if best.is_some_and(|(most, _)| value + gain <= most) {
                    break;
                }
                budget.spend(self.filling(set.len() + 1))?;
                set.push(class);
                let with = self.filled(bin, &set, worth, filling);
                set.pop();
                if with > value + GAIN && best.is_none_or(|(most, _)| with > most) {
                    best = Some((with, class));
                }
            }
            let Some((_, class)) = best else { break };
            set.push(class);
            value = self.filled(bin, &set, worth, filling);
            rest.retain(|&other| self.classes.friends[class].contains(other));
        }
        set.sort_unstable();
        Ok((value > 1.0 + GAIN).then_some(set))
    }

    /// The fewest bins beyond those that are taken, as far as blends are found. What is new is appended to `blends`; `start` is where the search
    /// starts.
    pub fn solve(
        &mut self,
        known: (&[Taken], &[Set]),
        blends: &mut Vec<Blend>,
        start: &[usize],
        seed: u64,
        budget: &Budget,
    ) -> Result<Blended, MasterError> {
        let mut cliques = self.cliques.take();
        let blended = self.solve_over(cliques.as_mut(), known, blends, start, seed, budget);
        self.cliques = cliques;
        blended
    }

    fn solve_over(
        &self,
        mut cliques: Option<&mut Vec<Clique>>,
        (taken, barred): (&[Taken], &[Set]),
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
            let rows = blend.set.iter().flat_map(|&class| self.of_class(class));
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
            let mut filling = Filling::default();
            for bin in 0..self.loads.len() {
                let sets = self.dear(cliques.as_deref_mut(), bin, &worth, budget)?;
                let open = sets.iter().filter(|set| !bars(barred, bin, set));
                found.extend(open.map(|set| self.blend(bin, set, &worth, None)));
            }
            for (index, it) in taken.iter().enumerate() {
                let value = self.filled(it.bin, &it.set, &worth, &mut filling);
                if value + master.duals()[asked + index] > GAIN {
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
