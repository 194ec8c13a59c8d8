//! All bins that exclusions leave, where they are few: what is below asks of these alone, and searches for none.
//!
//! A tree below an exclusion may have hundreds of leaves, and each is about the same few thousand bins. They are listed once, and
//! follow the decisions: a bin of a case with two copies made one is a bin of the case before, with both of them in it.

use std::rc::Rc;

use super::super::failure::Failure;
use super::super::heaviest::{self, Content, Floor};
use super::Case;
use crate::budget::Budget;

/// Of one bin type.
#[derive(Clone)]
pub(super) enum Left {
    /// Nothing is excluded yet.
    Unknown,
    /// They were too many, and are not counted again.
    Many,
    /// All bins that are left.
    All(Rc<Vec<Rc<Content>>>),
}

impl Left {
    /// The same once a copy of `a` and one of `b` are the item `new`; `demand` is what is then left of each.
    pub fn together(&self, a: usize, b: usize, new: usize, demand: &[u64]) -> Self {
        let Self::All(bins) = self else { return self.clone() };
        let mut after = Vec::with_capacity(bins.len());
        for bin in bins.iter() {
            if [a, b].iter().all(|&item| copies(bin, item) <= demand[item]) {
                after.push(Rc::clone(bin));
            }
            if holds(bin, a, b) {
                let mut joined = Content::clone(bin);
                for item in [a, b] {
                    joined.iter_mut().filter(|entry| entry.0 == item).for_each(|entry| entry.1 -= 1);
                }
                joined.retain(|entry| entry.1 > 0);
                joined.push((new, 1));
                after.push(Rc::new(joined));
            }
        }
        Self::All(Rc::new(after))
    }

    /// Those that hold no copy of each (`a == b`: no two).
    pub fn apart(&self, a: usize, b: usize) -> Self {
        self.filter(|bin| !holds(bin, a, b))
    }

    /// Those that reach a floor, which has a weight for each item.
    pub fn above(&self, floor: &Floor) -> Self {
        let weight = |bin: &Content| bin.iter().map(|&(item, copies)| floor.weights[item] * u128::from(copies)).sum();
        self.filter(|bin| floor.least <= weight(bin))
    }

    fn filter(&self, keep: impl Fn(&Content) -> bool) -> Self {
        match self {
            Self::All(bins) => Self::All(Rc::new(bins.iter().filter(|bin| keep(bin)).cloned().collect())),
            other => other.clone(),
        }
    }

    /// How many are listed.
    pub fn len(&self) -> usize {
        if let Self::All(bins) = self { bins.len() } else { 0 }
    }
}

impl Case<'_> {
    /// Takes a step with the bins that are listed.
    pub(super) fn follow(&mut self, budget: &Budget, step: impl Fn(&Left) -> Left) -> Result<(), Failure> {
        let Some(before) = self.left.last() else {
            self.left.push(Vec::new());
            return Ok(());
        };
        budget.spend(before.iter().map(|left| 4 * left.len() as u64).sum::<u64>() + 1)?;
        let after = before.iter().map(step).collect();
        self.left.push(after);
        Ok(())
    }

    /// Lists all bins that the exclusions leave, of each bin type, where they are few; the last is new.
    pub(super) fn list(&mut self, budget: &Budget) -> Result<(), Failure> {
        let Some(newest) = self.exclusions.last() else { return Ok(()) };
        let unknown = vec![Left::Unknown; self.bins.len()];
        let before = self.left.last().filter(|left| !left.is_empty()).unwrap_or(&unknown);
        let everything: Vec<usize> = (0..self.len()).collect();
        let mut after = Vec::with_capacity(before.len());
        for (place, (left, &bin)) in before.iter().zip(self.bins).enumerate() {
            let known = match left {
                Left::Unknown if newest.excludes(place) => {
                    let inside =
                        everything.iter().copied().filter(|&item| self.demand[item] > 0 && self.fits(item, bin));
                    let inside: Vec<usize> = inside.collect();
                    let copies = |item: usize| if self.conflict(item, item) { 1 } else { self.demand[item] };
                    let items: Vec<(u64, &[u64])> =
                        inside.iter().map(|&item| (copies(item), self.size(item))).collect();
                    let active = self.exclusions.iter().filter(|other| other.excludes(place));
                    let floors: Vec<Floor> = active.map(|other| other.floor(place, &inside)).collect();
                    budget.spend((inside.len() * inside.len()) as u64 / 8 + 1)?;
                    let room = &self.problem.bins()[bin].capacity;
                    match heaviest::all(&items, &floors, &self.rows(&inside), room, budget)? {
                        Some(mut bins) => {
                            bins.iter_mut().flatten().for_each(|entry| entry.0 = inside[entry.0]);
                            Left::All(Rc::new(bins.into_iter().map(Rc::new).collect()))
                        }
                        None => Left::Many,
                    }
                }
                Left::All(_) if newest.excludes(place) => {
                    budget.spend(4 * left.len() as u64 + everything.len() as u64)?;
                    left.above(&newest.floor(place, &everything))
                }
                _ => left.clone(),
            };
            after.push(known);
        }
        self.left.push(after);
        Ok(())
    }
}

fn copies(bin: &Content, item: usize) -> u64 {
    bin.iter().find(|entry| entry.0 == item).map_or(0, |entry| entry.1)
}

/// Whether the bin holds a copy of each.
fn holds(bin: &Content, a: usize, b: usize) -> bool {
    copies(bin, a) > u64::from(a == b) && copies(bin, b) > 0
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fixedbitset::FixedBitSet;

    use super::*;
    use crate::budget::{Budget, Options, Silent};
    use crate::certify::heaviest;
    use crate::problem::random::Random;

    /// Items that may share a bin as far as sizes and conflicts let them, with floors.
    struct Items {
        size: Vec<Vec<u64>>,
        copies: Vec<u64>,
        rows: Vec<FixedBitSet>,
        weights: Vec<Vec<u128>>,
    }

    impl Items {
        fn random(random: &mut Random, floors: usize) -> Self {
            let (len, dimensions) = (2 + random.index(5), 1 + random.index(3));
            let mut rows = vec![FixedBitSet::with_capacity(len); len];
            for a in 0..len {
                for b in (0..a).filter(|_| random.below(4) == 0) {
                    rows[a].insert(b);
                    rows[b].insert(a);
                }
            }
            let mut numbers = |count: usize, below: u64| (0..count).map(|_| random.below(below)).collect::<Vec<u64>>();
            Self {
                size: (0..len).map(|_| numbers(dimensions, 8)).collect(),
                copies: numbers(len, 3).iter().map(|copies| copies + 1).collect(),
                rows,
                weights: (0..floors).map(|_| numbers(len, 7).into_iter().map(u128::from).collect()).collect(),
            }
        }

        /// All feasible bins that reach the floors, one by one.
        fn bins(&self, capacity: &[u64], least: &[u128]) -> BTreeSet<Content> {
            let mut found = BTreeSet::new();
            let mut copies = vec![0; self.copies.len()];
            while let Some(next) = (0..copies.len()).find(|&item| copies[item] < self.copies[item]) {
                copies[next] += 1;
                copies[..next].fill(0);
                let bin: Content = copies.iter().copied().enumerate().filter(|&(_, copies)| copies > 0).collect();
                let load = |q: usize| bin.iter().map(|&(item, copies)| self.size[item][q] * copies).sum::<u64>();
                let apart = |&(a, copies): &(usize, u64)| {
                    bin.iter().all(|&(b, _)| !self.rows[a].contains(b) || (a == b && copies == 1))
                };
                let weight = |weights: &[u128]| -> u128 {
                    bin.iter().map(|&(item, copies)| weights[item] * u128::from(copies)).sum()
                };
                let enough = self.weights.iter().zip(least).all(|(weights, &least)| weight(weights) >= least);
                if enough && (0..capacity.len()).all(|q| load(q) <= capacity[q]) && bin.iter().all(apart) {
                    found.insert(bin);
                }
            }
            found
        }

        /// With a copy of each of two items made one.
        fn joined(&self, a: usize, b: usize) -> Self {
            let mut rows = self.rows.clone();
            let mut row = rows[a].clone();
            row.union_with(&rows[b]);
            row.grow(rows.len() + 1);
            row.insert(rows.len());
            let new = rows.len();
            rows.iter_mut().enumerate().for_each(|(item, other)| {
                other.grow(new + 1);
                other.set(new, row.contains(item));
            });
            rows.push(row);
            let mut copies = self.copies.clone();
            copies[a] -= 1;
            copies[b] -= 1;
            copies.push(1);
            let mut size = self.size.clone();
            size.push(size[a].iter().zip(&size[b]).map(|(a, b)| a + b).collect());
            let mut weights = self.weights.clone();
            weights.iter_mut().for_each(|weights| weights.push(weights[a] + weights[b]));
            Self { size, copies, rows, weights }
        }
    }

    fn listed(left: &Left) -> BTreeSet<Content> {
        let Left::All(bins) = left else { panic!("few bins") };
        let found: BTreeSet<Content> = bins.iter().map(|bin| Content::clone(bin)).collect();
        assert_eq!(found.len(), bins.len());
        found
    }

    #[test]
    fn all_bins_are_listed_and_follow_the_decisions() {
        let budget = Budget::new(&Options::default(), u64::MAX, &Silent);
        let mut random = Random::new(31);
        let (mut kept, mut decided) = (0, 0);
        for round in 0..2_000 {
            let floors = 1 + random.index(2);
            let items = Items::random(&mut random, floors);
            let (len, dimensions) = (items.copies.len(), items.size[0].len());
            let capacity: Vec<u64> = (0..dimensions).map(|_| 8 + random.below(12)).collect();
            let least: Vec<u128> = (0..floors).map(|_| 1 + u128::from(random.below(12))).collect();
            let sizes: Vec<(u64, &[u64])> = (0..len).map(|item| (items.copies[item], &items.size[item][..])).collect();
            let floor = |(weights, &least): (&Vec<u128>, &u128)| Floor { weights: weights.clone(), least };
            let all: Vec<Floor> = items.weights.iter().zip(&least).map(floor).collect();
            let found = heaviest::all(&sizes, &all[..1], &items.rows, &capacity, &budget).unwrap().expect("few bins");
            let sorted = |mut bin: Content| {
                bin.sort_unstable();
                Rc::new(bin)
            };
            let left = Left::All(Rc::new(found.into_iter().map(sorted).collect()));
            assert_eq!(listed(&left), items.bins(&capacity, &least[..1]), "round {round}");
            let left = all[1..].iter().fold(left, |left, floor| left.above(floor));
            let bins = items.bins(&capacity, &least);
            assert_eq!(listed(&left), bins, "round {round}");
            kept += bins.len();
            let (a, b) = (random.index(len), random.index(len));
            let mut separate = bins.clone();
            separate.retain(|bin| !holds(bin, a, b));
            assert_eq!(listed(&left.apart(a, b)), separate, "round {round}");
            if items.rows[a].contains(b) || (a == b && items.copies[a] < 2) {
                continue;
            }
            let after = items.joined(a, b);
            let wanted = after.bins(&capacity, &least);
            assert_eq!(listed(&left.together(a, b, len, &after.copies)), wanted, "round {round}");
            decided += wanted.len();
        }
        assert!(kept > 10_000 && decided > 5_000, "{kept} {decided}");
    }
}
