//! The classes in one bin, counted: who clashes with how many, by words of bits and not by pairs of copies.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use fixedbitset::FixedBitSet;

use crate::budget::{Budget, Stop};
use crate::problem::BitMatrix;

/// Copies of each class in a bin, and with how many others in it each of them conflicts.
pub(super) struct Crowd<'a> {
    conflicts: &'a BitMatrix,
    count: Vec<u32>,
    /// Conflicts of one copy of the class; right for the classes present.
    clashes: Vec<u64>,
    present: FixedBitSet,
    list: Vec<usize>,
}

impl<'a> Crowd<'a> {
    pub fn new(conflicts: &'a BitMatrix) -> Self {
        let classes = conflicts.len();
        let (count, clashes) = (vec![0; classes], vec![0; classes]);
        Self { conflicts, count, clashes, present: FixedBitSet::with_capacity(classes), list: Vec::new() }
    }

    /// Another bin, by the class of each copy in it. Gives the work that this took: for each class in it, either the
    /// classes in it or a row of bits.
    pub fn enter(&mut self, classes: impl Iterator<Item = usize>) -> u64 {
        for class in self.list.drain(..) {
            self.count[class] = 0;
            self.present.remove(class);
        }
        for class in classes {
            if self.count[class] == 0 {
                self.list.push(class);
                self.present.insert(class);
            }
            self.count[class] += 1;
        }
        let mut work = 0;
        let words = self.present.as_slice().len();
        for &class in &self.list {
            let row = self.conflicts.row(class);
            let mut clashes = 0;
            if self.list.len() <= words {
                clashes += self.list.iter().filter(|&&other| row.contains(other)).map(|&o| self.count[o]).sum::<u32>();
                work += self.list.len() as u64 / 2;
            } else {
                work += words as u64 / 2 + common(row, &self.present, |other| clashes += self.count[other]);
            }
            self.clashes[class] = u64::from(clashes) - u64::from(row.contains(class));
        }
        work
    }

    /// With how many others a copy of a class in the bin conflicts.
    pub fn clashes(&self, class: usize) -> u64 {
        self.clashes[class]
    }

    /// The copies that must leave for the rest to agree, ascending: again and again the one that clashes most; of those the
    /// smallest, which finds a place soonest. `key`: class and rank by size of a copy.
    ///
    /// # Errors
    /// [`Stop`] once the budget is used up, which it looks at for every copy that leaves.
    pub fn evict(
        &mut self,
        slots: Range<usize>,
        key: impl Fn(usize) -> (usize, u32),
        budget: &Budget,
    ) -> Result<Vec<usize>, Stop> {
        let mut left = Vec::new();
        // entries may be out of date: clashes only ever become fewer
        let mut worst: BinaryHeap<(u64, Reverse<u32>, Reverse<usize>)> = slots
            .map(|x| (self.clashes[key(x).0], Reverse(key(x).1), Reverse(x)))
            .filter(|entry| entry.0 > 0)
            .collect();
        let words = self.present.as_slice().len() as u64;
        while let Some((clashes, rank, Reverse(x))) = worst.pop() {
            let (class, _) = key(x);
            let now = self.clashes[class];
            if now < clashes {
                budget.spend(2)?;
                if now > 0 {
                    worst.push((now, rank, Reverse(x)));
                }
                continue;
            }
            left.push(x);
            let hits = common(self.conflicts.row(class), &self.present, |other| {
                self.clashes[other] -= 1;
            });
            self.count[class] -= 1;
            if self.count[class] == 0 {
                self.present.remove(class);
            }
            budget.spend(words / 2 + hits / 2 + 1)?;
        }
        left.sort_unstable();
        Ok(left)
    }
}

/// Shows all that both sets have, and says how many they are.
fn common(a: &FixedBitSet, b: &FixedBitSet, mut show: impl FnMut(usize)) -> u64 {
    let mut hits = 0;
    for (index, (a, b)) in a.as_slice().iter().zip(b.as_slice()).enumerate() {
        let mut bits = a & b;
        while bits != 0 {
            show(index * usize::BITS as usize + bits.trailing_zeros() as usize);
            bits &= bits - 1;
            hits += 1;
        }
    }
    hits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{Options, Silent};
    use crate::problem::random::Random;

    #[test]
    fn who_leaves_is_whom_a_look_at_all_pairs_would_choose() {
        let budget = Budget::new(&Options::default(), u64::MAX, &Silent);
        let mut random = Random::new(3);
        for round in 0..200 {
            let classes = 1 + random.index(150);
            let mut conflicts = BitMatrix::new(classes);
            for _ in 0..random.index(4 * classes) {
                conflicts.insert(random.index(classes), random.index(classes));
            }
            let copies: Vec<(usize, u32)> =
                (0..1 + random.index(100)).map(|_| (random.index(classes), random.index(5) as u32)).collect();
            let mut crowd = Crowd::new(&conflicts);
            crowd.enter([0, classes - 1].into_iter()); // another bin before
            crowd.enter(copies.iter().map(|copy| copy.0));
            let mut stay: Vec<usize> = (0..copies.len()).collect();
            let clashes = |stay: &[usize], x: usize| {
                stay.iter().filter(|&&y| y != x && conflicts.contains(copies[x].0, copies[y].0)).count() as u64
            };
            for &x in &stay {
                assert_eq!(crowd.clashes(copies[x].0), clashes(&stay, x), "round {round}");
            }
            let mut left = Vec::new();
            loop {
                let worst = stay.iter().map(|&x| (clashes(&stay, x), Reverse(copies[x].1), Reverse(x))).max();
                let Some((1.., _, Reverse(x))) = worst else { break };
                stay.retain(|&y| y != x);
                left.push(x);
            }
            left.sort_unstable();
            assert_eq!(crowd.evict(0..copies.len(), |x| copies[x], &budget), Ok(left), "round {round}");
        }
    }

    #[test]
    fn the_budget_is_looked_at_while_a_single_bin_empties() {
        let mut conflicts = BitMatrix::new(400);
        (0..400).for_each(|a| (0..a).for_each(|b| conflicts.insert(a, b)));
        let mut crowd = Crowd::new(&conflicts);
        crowd.enter(0..400);
        let budget = Budget::new(&Options::default(), 1_000, &Silent);
        assert_eq!(crowd.evict(0..400, |x| (x, 0), &budget), Err(Stop::Work));
        assert!(budget.spent() < 2_000);
    }
}
