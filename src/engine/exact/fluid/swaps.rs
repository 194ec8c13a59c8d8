//! Bins given back and others taken in their place, by prices.
//!
//! With the bins as they are a linear programme says what of each class is in which, so that as little as possible is in none. Its prices say
//! what each bin is worth, and what a bin of any other classes would be. So one that is worth little goes, and one comes that is worth much
//! then: some steps of the dual simplex method, and some of the primal one. A local search over what is whole, where a programme decides the rest
//! (Shaw 1998, with columns for the choice of what comes).

use super::super::master::{Master, MasterError, Outcome, Row, Simplex};
use super::blend::{Blends, Full, Set, Taken};
use crate::budget::Budget;
use crate::problem::random::Random;

/// Bins that are looked at for one that goes.
const LOOKED_AT: usize = 6;
/// Sets of the most worth among which one is drawn.
const AMONG: usize = 8;
/// Draws of a thousand that pass a set over for the next.
const PASSED: u64 = 400;
/// Exchanges of a thousand that are of two bins at once.
const TWO: u64 = 300;
/// Columns a bin, before the programme is set up anew.
const COLUMNS: usize = 12;
/// Rows at most.
const MOST_ROWS: usize = 4_000;
/// By so much the value of the same programme may differ.
const SAME: f64 = 1e-9;

/// A bin of some classes, the place of its rows, and the first of the columns of what it holds.
#[derive(Clone)]
struct Slot {
    place: usize,
    bin: usize,
    set: Vec<usize>,
    first: usize,
}

/// Bins one by one, and the programme of what they hold: a row for all that is asked for, and one for each bin and resource.
#[derive(Clone)]
pub(super) struct Swaps {
    programme: Simplex,
    slots: Vec<Slot>,
}

impl Swaps {
    /// Whether bins of mixed classes can be exchanged by prices, so many at most: who may share is listed, every item may be in every bin, and
    /// they are not too many.
    pub fn suit(blends: &Blends, bins: usize) -> bool {
        blends.open_to_all() && blends.rows() + bins.saturating_mul(blends.dimensions()) <= MOST_ROWS
    }

    /// The best content of bins, and of as many more as there may be, each of the classes that are worth the most then. Linear in the columns
    /// for the programme, which the budget bounds.
    pub fn of(
        blends: &mut Blends,
        taken: &[Taken],
        most: usize,
        seed: u64,
        budget: &Budget,
    ) -> Result<Self, MasterError> {
        let sets: Vec<&Taken> = taken.iter().flat_map(|it| std::iter::repeat_n(it, it.count as usize)).collect();
        let asked = blends.rows();
        let needs = std::iter::repeat_n(Row::cover(1.0), asked);
        let places = most.max(sets.len());
        let rows: Vec<Row> = needs.chain((0..places * blends.dimensions()).map(|_| Row::at_most(1.0))).collect();
        let mut programme = Simplex::new(&rows, seed)?;
        for class in 0..asked {
            programme.add_column(blends.waiting(class), &[(class, 1.0)])?;
        }
        let mut swaps = Self { programme, slots: Vec::new() };
        for (place, it) in sets.into_iter().enumerate() {
            let slot = swaps.slot(blends, place, it.bin, it.set.clone())?;
            swaps.slots.push(slot);
        }
        swaps.solve(budget)?;
        while swaps.slots.len() < places {
            let Some((bin, set)) = swaps.dearest(blends, 1, budget)?.pop() else { break };
            let slot = swaps.slot(blends, swaps.slots.len(), bin, set)?;
            swaps.slots.push(slot);
            swaps.solve(budget)?;
        }
        Ok(swaps)
    }

    /// The bins of so many sets that are worth the most.
    fn dearest(&self, blends: &mut Blends, many: usize, budget: &Budget) -> Result<Vec<Set>, MasterError> {
        Ok(blends.dearest(&self.programme.duals()[..blends.rows()], many, budget)?)
    }

    /// What is in no bin, in bins.
    pub fn left(&self) -> f64 {
        self.programme.objective()
    }

    /// Whether the columns of bins that went are far more than those that count.
    pub fn is_worn(&self, blends: &Blends) -> bool {
        self.programme.columns() > blends.rows() + COLUMNS * self.slots.len()
    }

    /// One or two bins go, and as many come, if no more is left then. Whether they do; else nothing changes.
    pub fn swap(&mut self, blends: &mut Blends, random: &mut Random, budget: &Budget) -> Result<bool, MasterError> {
        let mut other = self.clone();
        let mut gone = Vec::new();
        for _ in 0..1 + usize::from(random.chance(TWO)) {
            gone.extend(other.give_back(blends, &gone, random));
        }
        if gone.is_empty() {
            return Ok(false);
        }
        other.programme.reoptimise(f64::INFINITY, u64::MAX, budget)?;
        for &at in &gone {
            if !other.take(blends, at, &self.slots, random, budget)? {
                return Ok(false);
            }
        }
        let better = other.left() <= self.left() + SAME;
        if better {
            *self = other;
        }
        Ok(better)
    }

    /// The bins that are worth the least go until there are so many.
    pub fn give_back_to(&mut self, blends: &Blends, most: usize, budget: &Budget) -> Result<(), MasterError> {
        while self.slots.len() > most {
            let least = self.least(blends, 0..self.slots.len());
            let Some(at) = least else { break };
            self.bar(at);
            self.programme.reoptimise(f64::INFINITY, u64::MAX, budget)?;
            // its rows stay, and nothing is in them
            self.slots.remove(at);
        }
        Ok(())
    }

    /// The bins, and what they hold.
    pub fn full(&self, blends: &Blends) -> (Vec<Taken>, Full) {
        let primal = self.programme.primal();
        let (mut taken, mut inside): (Vec<Taken>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
        for Slot { bin, set, first, .. } in &self.slots {
            let parts = &primal[*first..][..set.len()];
            match taken.iter().position(|it| (it.bin, &it.set) == (*bin, set)) {
                Some(of) => {
                    taken[of].count += 1;
                    inside[of].iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
                }
                None => {
                    taken.push(Taken { bin: *bin, set: set.clone(), count: 1 });
                    inside.push(parts.to_vec());
                }
            }
        }
        let missing = primal[..blends.rows()].to_vec();
        (taken, Full { left: self.left(), missing, inside })
    }

    fn solve(&mut self, budget: &Budget) -> Result<(), MasterError> {
        match self.programme.solve(budget)? {
            Outcome::Optimal => Ok(()),
            Outcome::Infeasible => Err(MasterError::Numerical), // whatever is in no bin has a price
        }
    }

    /// Columns for these classes in a bin, in the rows of this place.
    fn slot(&mut self, blends: &Blends, place: usize, bin: usize, set: Vec<usize>) -> Result<Slot, MasterError> {
        let (asked, dimensions) = (blends.rows(), blends.dimensions());
        let first = self.programme.columns();
        for &class in &set {
            let takes = blends.takes(bin, class).map(|(q, load)| (asked + place * dimensions + q, load));
            let entries: Vec<(usize, f64)> = std::iter::once((class, 1.0)).chain(takes).collect();
            self.programme.add_column(0.0, &entries)?;
        }
        Ok(Slot { place, bin, set, first })
    }

    /// What a bin is worth.
    fn worth(&self, blends: &Blends, at: usize) -> f64 {
        let first = blends.rows() + self.slots[at].place * blends.dimensions();
        -self.programme.duals()[first..][..blends.dimensions()].iter().sum::<f64>()
    }

    fn least(&self, blends: &Blends, of: impl Iterator<Item = usize>) -> Option<usize> {
        of.map(|at| (self.worth(blends, at), at)).min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))).map(|it| it.1)
    }

    /// Nothing is in a bin from now on.
    fn bar(&mut self, at: usize) {
        let Slot { set, first, .. } = &self.slots[at];
        (*first..first + set.len()).for_each(|column| self.programme.bar(column));
    }

    /// Of some bins the one that is worth the least goes: its place.
    fn give_back(&mut self, blends: &Blends, gone: &[usize], random: &mut Random) -> Option<usize> {
        let bins = self.slots.len();
        let looked: Vec<usize> = (0..LOOKED_AT.min(bins)).map(|_| random.index(bins)).collect();
        let least = self.least(blends, looked.into_iter().filter(|at| !gone.contains(at)));
        least.inspect(|&at| self.bar(at))
    }

    /// A bin comes in the place of one that went; false where no set is worth anything.
    fn take(
        &mut self,
        blends: &mut Blends,
        at: usize,
        before: &[Slot],
        random: &mut Random,
        budget: &Budget,
    ) -> Result<bool, MasterError> {
        let mut dear = self.dearest(blends, AMONG, budget)?;
        dear.retain(|(bin, set)| (*bin, set) != (before[at].bin, &before[at].set));
        let mut chosen = 0;
        while chosen + 1 < dear.len() && random.chance(PASSED) {
            chosen += 1;
        }
        if dear.is_empty() {
            return Ok(false);
        }
        let (bin, set) = dear.swap_remove(chosen);
        self.slots[at] = self.slot(blends, self.slots[at].place, bin, set)?;
        self.solve(budget)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::super::classes::Classes;
    use super::super::tests::{planted, single};
    use super::super::{Fluids, Guide};
    use super::*;
    use crate::heuristic::fill_meant;

    /// Bins of one class each, the classes in turn.
    fn in_turn(bins: u64, classes: &Classes) -> Vec<Taken> {
        (0..bins).map(|at| Taken { bin: 0, set: vec![at as usize % classes.len()], count: 1 }).collect()
    }

    /// Whether the classes of a bin may share it.
    fn may_share(it: &Taken, classes: &Classes) -> bool {
        it.set.iter().all(|&a| it.set.iter().all(|&b| a == b || classes.friends[a].contains(b)))
    }

    #[test]
    fn what_is_left_never_grows_and_is_what_these_bins_leave() {
        let mut random = Random::new(5);
        let (mut swapped, mut found) = (0, 0);
        for _ in 0..30 {
            let bins = random.between(6, 10);
            let problem = planted(bins, 14, &mut random);
            let budget = Budget::of_work(4_000_000_000);
            let classes = Classes::of(&problem);
            let mut blends = Blends::of(&classes, Guide::Mixed);
            assert!(Swaps::suit(&blends, bins as usize) && !Swaps::suit(&blends, MOST_ROWS));
            let mut swaps = Swaps::of(&mut blends, &in_turn(bins, &classes), 0, 1, &budget).unwrap();
            for _ in 0..60 {
                let before = swaps.left();
                let better = swaps.swap(&mut blends, &mut random, &budget).unwrap();
                assert!(if better { swaps.left() <= before + SAME } else { swaps.left() == before });
                swapped += usize::from(better);
                let (taken, full) = swaps.full(&blends);
                assert_eq!(taken.iter().map(|it| it.count).sum::<u64>(), bins);
                let fresh = Swaps::of(&mut blends, &taken, 0, 2, &budget).unwrap();
                assert!((fresh.left() - swaps.left()).abs() < 1e-6, "{} {}", fresh.left(), swaps.left());
                for (it, inside) in taken.iter().zip(&full.inside) {
                    assert!(may_share(it, &classes), "{it:?}");
                    let load =
                        |(&class, part): (&usize, &f64)| part * blends.takes(0, class).map(|it| it.1).sum::<f64>();
                    let load: f64 = it.set.iter().zip(inside).map(load).sum();
                    assert!(load <= it.count as f64 + 1e-4, "{load} {it:?}");
                }
                // nothing is lost
                for class in 0..classes.len() {
                    let of = |(it, inside): (&Taken, &Vec<f64>)| {
                        it.set.iter().position(|&of| of == class).map_or(0.0, |at| inside[at])
                    };
                    let all = full.missing[class] + taken.iter().zip(&full.inside).map(of).sum::<f64>();
                    assert!(all > 1.0 - 1e-4, "{class} {all}");
                }
            }
            found += usize::from(swaps.left() < 1e-4);
            let before = swaps.left();
            swaps.give_back_to(&blends, bins as usize - 1, &budget).unwrap();
            // all bins would have to be full
            assert!(swaps.left() > before && swaps.left() > 0.999, "{} {before}", swaps.left());
            assert_eq!(swaps.full(&blends).0.iter().map(|it| it.count).sum::<u64>(), bins - 1);
        }
        assert!(swapped > 300 && found > 10, "{swapped} {found}");
    }

    #[test]
    fn the_dearest_one_after_the_other_are_bins_that_may_be_and_leave_little() {
        let mut random = Random::new(11);
        let (mut dearest, mut any) = (0.0, 0.0);
        for _ in 0..30 {
            let bins = random.between(6, 10);
            let problem = planted(bins, 14, &mut random);
            let budget = Budget::of_work(4_000_000_000);
            let classes = Classes::of(&problem);
            let mut blends = Blends::of(&classes, Guide::Mixed);
            let swaps = Swaps::of(&mut blends, &[], bins as usize, 1, &budget).unwrap();
            let (taken, _) = swaps.full(&blends);
            let count = taken.iter().map(|it| it.count).sum::<u64>();
            assert!(count == bins || (count < bins && swaps.left() < 1e-4), "{count} {bins} {}", swaps.left());
            assert!(taken.iter().all(|it| may_share(it, &classes)), "{taken:?}");
            // what these bins leave, whatever they were found with
            let fresh = Swaps::of(&mut blends, &taken, 0, 2, &budget).unwrap();
            assert!((fresh.left() - swaps.left()).abs() < 1e-6, "{} {}", fresh.left(), swaps.left());
            dearest += swaps.left();
            any += Swaps::of(&mut blends, &in_turn(bins, &classes), 0, 1, &budget).unwrap().left();
            // a dive asks for the same, and only where bins are exchanged by prices
            let fluids = Fluids::of(&problem, Guide::Mixed);
            let mut dive = fluids.dive(&single(&problem), 0);
            assert_eq!(dive.take_the_dearest(bins, &budget), None);
            assert!(dive.exchange_by_prices(bins));
            assert!(dive.take_the_dearest(bins, &budget).is_some_and(|left| left >= -SAME));
        }
        assert!(dearest * 3.0 < any, "{dearest} {any}");
    }

    #[test]
    fn classes_that_no_bin_is_for_have_further_ones() {
        let mut random = Random::new(9);
        let mut further = 0;
        for _ in 0..30 {
            let all = random.between(4, 9);
            let problem = planted(all, 14, &mut random);
            let bins = all / 2;
            let budget = Budget::of_work(4_000_000_000);
            let fluids = Fluids::of(&problem, Guide::Mixed);
            let mut dive = fluids.dive(&single(&problem), 0);
            assert!(dive.exchange_by_prices(bins));
            let first = dive.take_up_to(bins, &budget).unwrap();
            let left = dive.exchange(bins, 1e-4, &budget).unwrap_or(first);
            assert!(left <= first + SAME, "{left} {first}");
            let meant = dive.bins();
            let of = |class: usize| meant.iter().any(|it| it.shares.iter().any(|(kind, _)| *kind == class));
            assert!((0..problem.items().len()).all(|item| of(dive.kinds()[item])), "{meant:?}");
            further += usize::from(meant.len() as u64 > bins);
            let work = Budget::of_work(10_000_000);
            if let Ok(found) = fill_meant(&problem, dive.kinds(), &meant, 0, &work) {
                assert_eq!((found.check(&problem), found.bins() <= meant.len() as u64), (Ok(()), true));
            }
            let less = dive.take_up_to(bins - 1, &budget).unwrap();
            assert!(less >= left - SAME && less > 0.999, "{less} {left}");
        }
        assert!(further > 3, "{further}");
    }
}
