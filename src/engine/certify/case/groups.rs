//! What a leaf by groups must prove: items and the bins that hold each group weigh enough, and no bin that obeys the groups too much.

use super::super::failure::{Failure, refuted};
use super::super::grouped;
use super::super::heaviest::Candidate;
use super::Case;
use crate::budget::Budget;

impl Case<'_> {
    /// The content of a bin of this type that is heavier than the limit and obeys the groups.
    pub(super) fn heavier_grouped(
        &self,
        bin: usize,
        inside: &[usize],
        candidates: &[Candidate],
        openings: &[u64],
        limit: u128,
        budget: &Budget,
    ) -> Result<Option<Vec<(usize, u64)>>, Failure> {
        let room = &self.problem.bins()[bin].capacity;
        let groups = inside.iter().map(|&item| self.problem.group(self.items[item])).collect();
        let overhead = |group: usize| self.problem.overhead(group);
        let rule = grouped::Rule { groups, most: self.problem.most_groups(bin), overhead: &overhead, openings };
        grouped::heavier(candidates, &rule, || self.rows(inside), room, limit, budget)
    }

    /// Items and groups weigh enough, and no feasible bin is too heavy.
    pub(super) fn grouped_leaf(
        &self,
        weights: &[u64],
        openings: &[u64],
        capacity: u64,
        bound: u64,
        budget: &Budget,
    ) -> Result<(), Failure> {
        if !self.grouped || self.factor != 0 {
            return refuted("groups weigh only where the node is its component's only one and no item is charged");
        }
        let groups = self.items.iter().filter_map(|&item| self.problem.group(item)).max().map_or(0, |last| last + 1);
        if openings.len() < groups {
            return refuted(format!("{} openings for {groups} groups", openings.len()));
        }
        let mut total = self.weigh(weights, capacity, budget)?;
        for (&held, &opening) in self.held(groups, budget)?.iter().zip(openings) {
            // each product is below 2^128 by far less than a group's copies of 2^62 allow
            let own = u128::from(held) * u128::from(opening);
            total = total.checked_add(own).ok_or(Failure::Undecided)?;
        }
        if bound > 0 && u128::from(capacity) * u128::from(bound - 1) >= total {
            return refuted(format!("items and groups weigh {total} over {capacity}, less than the bound of {bound}"));
        }
        for &bin in self.bins {
            let weighs = |item: usize| {
                weights[item] > 0 || self.problem.group(self.items[item]).is_some_and(|it| openings[it] > 0)
            };
            let counts = |&item: &usize| self.demand[item] > 0 && weighs(item) && self.fits(item, bin);
            let inside: Vec<usize> = (0..self.len()).filter(counts).collect();
            budget.spend((self.len() * (1 + self.problem.dimensions())) as u64)?;
            let candidate = |&item: &usize| Candidate {
                weight: weights[item],
                copies: if self.conflict(item, item) { 1 } else { self.demand[item] },
                size: self.size(item),
            };
            let candidates: Vec<Candidate> = inside.iter().map(candidate).collect();
            let limit = self.limit(bin, capacity);
            if self.heavier_grouped(bin, &inside, &candidates, openings, limit, budget)?.is_some() {
                return refuted(format!("a bin of type {bin} may weigh more than {limit} with its groups"));
            }
        }
        Ok(())
    }

    /// How many bins hold an item of each group at least: what its items need of each resource over what the roomiest bin leaves them.
    fn held(&self, groups: usize, budget: &Budget) -> Result<Vec<u64>, Failure> {
        let dimensions = self.problem.dimensions();
        budget.spend((dimensions * (self.items.len() + groups * self.bins.len())) as u64 + 1)?;
        let mut held = vec![0u64; groups];
        let mut loads = vec![vec![0u128; dimensions]; groups];
        for item in (0..self.items.len()).filter(|&item| self.demand[item] > 0) {
            let Some(group) = self.problem.group(self.items[item]) else { continue };
            held[group] = 1;
            for (load, &size) in loads[group].iter_mut().zip(self.size(item)) {
                // no overflow: a problem's total size is far below 2^64
                *load += u128::from(size) * u128::from(self.demand[item]);
            }
        }
        for (group, (held, loads)) in held.iter_mut().zip(&loads).enumerate() {
            let once = self.problem.overhead(group);
            for (q, load) in loads.iter().enumerate() {
                let rooms = self.bins.iter().map(|&bin| self.problem.bins()[bin].capacity[q]);
                let left = rooms.max().unwrap_or(0).saturating_sub(once.get(q).copied().unwrap_or(0));
                let least = u64::try_from(load.div_ceil(u128::from(left.max(1)))).map_err(|_| Failure::Undecided)?;
                *held = (*held).max(least);
            }
        }
        Ok(held)
    }
}
