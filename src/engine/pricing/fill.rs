//! Heavy bins without proof: greedy fillings from each root, improved by leaving out one item type at a time.

use crate::budget::{Budget, Stop};

use super::bits::Bits;
use super::case::fitting;
use super::exact::{Filled, Pricer};

impl Pricer {
    /// Bins heavier than `threshold`, at most one for each first choice. Complexity: the square of the number of active
    /// positions, times the types in a bin.
    ///
    /// # Errors
    /// [`Stop`] when the budget is used up.
    pub(super) fn fill_all(&self, threshold: u64, budget: &Budget) -> Result<Vec<Filled>, Stop> {
        let mut found: Vec<Filled> = Vec::new();
        let orders = self.orders();
        for root in Bits::new(&self.active, 0) {
            let mut best: Filled = (0, Vec::new());
            for order in &orders {
                budget.spend(order.len() as u64 + 1)?;
                let filled = self.fill(&[(root, self.most[root])], order, usize::MAX);
                if filled.0 > best.0 {
                    best = filled;
                }
            }
            let order = &orders[0];
            let mut tried = 0;
            while tried < best.1.len() {
                budget.spend(order.len() as u64 + 1)?;
                let mut rest = best.1.clone();
                let (out, _) = rest.remove(tried);
                let filled = self.fill(&rest, order, out);
                if filled.0 > best.0 {
                    best = filled;
                    tried = 0;
                } else {
                    tried += 1;
                }
            }
            if best.0 > threshold {
                best.1.sort_unstable();
                found.push(best);
            }
        }
        found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        found.dedup();
        Ok(found)
    }

    /// Active positions by value for room in the last view, and by value for the value that they shut out.
    fn orders(&self) -> [Vec<usize>; 2] {
        let active: Vec<usize> = Bits::new(&self.active, 0).collect();
        let size = self.views.last().map(|view| &view.size);
        let ratio = |value: u64, of: u128| (u128::from(value) << 40) / (of + 1);
        let mut by_room: Vec<(u128, usize)> =
            active.iter().map(|&at| (ratio(self.value[at], size.map_or(0, |size| u128::from(size[at]))), at)).collect();
        let mut by_loss: Vec<(u128, usize)> = active
            .iter()
            .map(|&at| {
                let row = &self.rows[at * self.words..(at + 1) * self.words];
                let shut: Vec<u64> = row.iter().zip(&self.active).map(|(row, active)| row & active).collect();
                let lost = Bits::new(&shut, 0).map(|other| u128::from(self.value[other])).sum::<u128>();
                (ratio(self.value[at], lost + u128::from(self.value[at])), at)
            })
            .collect();
        for ranked in [&mut by_room, &mut by_loss] {
            ranked.sort_unstable_by_key(|&(ratio, at)| (std::cmp::Reverse(ratio), at));
        }
        [by_room, by_loss].map(|ranked| ranked.into_iter().map(|(_, at)| at).collect())
    }

    /// `start` (feasible up to its copies), then what fits in this order, but for `without`.
    fn fill(&self, start: &[(usize, u64)], order: &[usize], without: usize) -> Filled {
        let d = self.dimensions;
        let mut room = self.capacity.clone();
        let mut forbidden = vec![0u64; self.words];
        let mut value = 0;
        let mut items: Vec<(usize, u64)> = Vec::with_capacity(16);
        for (at, wanted) in start.iter().copied().chain(order.iter().map(|&at| (at, u64::MAX))) {
            if at == without || forbidden[at / 64] >> (at % 64) & 1 == 1 {
                continue;
            }
            let size = &self.sizes[at * d..(at + 1) * d];
            let copies = fitting(size, &room, self.most[at].min(wanted));
            if copies == 0 {
                continue;
            }
            for (room, &size) in room.iter_mut().zip(size) {
                *room -= size * copies;
            }
            for (word, row) in forbidden.iter_mut().zip(&self.rows[at * self.words..]) {
                *word |= row;
            }
            // each position once
            forbidden[at / 64] |= 1 << (at % 64);
            value += self.value[at] * copies;
            items.push((at, copies));
        }
        (value, items)
    }
}
