//! Roots that are too hard for one search: split into smaller problems with bounds of their own.

use fixedbitset::FixedBitSet;

use crate::budget::{Budget, Stop};

use super::bits::Bits;
use super::case::fitting;
use super::exact::{Filled, Pricer, TO_THE_END};
use super::order::Order;

impl Pricer {
    /// The heaviest bin that starts with `root`, if it weighs more than `best`: each number of copies of the root gives a
    /// smaller problem with bounds of its own, solved in the same way.
    pub(super) fn split(&self, root: usize, mut best: u64, budget: &Budget) -> Result<Option<Filled>, Stop> {
        let mut record = None;
        for copies in (1..=self.most[root]).rev() {
            let base = self.value[root] * copies;
            let mut rest = self.after(root, copies);
            let len = rest.order.items.len();
            budget.spend((len * len) as u64 / 4 + 16)?;
            if base > best {
                best = base;
                record = Some((best, vec![(root, copies)]));
            }
            if len == 0 {
                continue;
            }
            let roots = rest.prepare(&self.value, &self.most, budget)?;
            let priced = rest.search_roots(&roots, best - base.min(best), TO_THE_END, budget)?;
            if let Some(found) = priced.bins.into_iter().next().filter(|found| base + found.value > best) {
                best = base + found.value;
                let mut items = found.items;
                items.push((root, copies));
                record = Some((best, items));
            }
        }
        Ok(record)
    }

    /// A pricer for what may follow `copies` of the position `root` in a bin: later positions that it allows, in the
    /// room that is left, with a clique partition of their own. Its items are positions of this one.
    fn after(&self, root: usize, copies: u64) -> Self {
        let d = self.dimensions;
        let room: Vec<u64> =
            (0..d).map(|q| self.capacity[q].saturating_sub(self.sizes[root * d + q].saturating_mul(copies))).collect();
        let mut allowed = vec![0u64; self.words];
        self.restrict(&self.active, root, &mut allowed);
        let fits = |at: usize| (0..d).all(|q| self.sizes[at * d + q] <= room[q]);
        let kept: Vec<usize> = Bits::new(&allowed, root + 1).filter(|&at| fits(at)).collect();
        let len = kept.len();
        let apart = |a: usize, b: usize| self.rows[a * self.words + b / 64] >> (b % 64) & 1 == 1;
        let relation: Vec<FixedBitSet> = kept
            .iter()
            .map(|&a| {
                let mut row = FixedBitSet::with_capacity(len);
                row.extend((0..len).filter(|&b| apart(a, kept[b])));
                row
            })
            .collect();
        let mut order = Order::of(len, |item| &relation[item]);
        let words = len.div_ceil(64);
        let mut rows = vec![0u64; len * words];
        for (at, &a) in order.items.iter().enumerate() {
            for (other, &b) in order.items.iter().enumerate() {
                if relation[a].contains(b) {
                    rows[at * words + other / 64] |= 1 << (other % 64);
                }
            }
        }
        for item in &mut order.items {
            *item = kept[*item];
        }
        let sizes: Vec<u64> =
            order.items.iter().flat_map(|&at| self.sizes[at * d..(at + 1) * d].iter().copied()).collect();
        let limit: Vec<u64> =
            order.items.iter().map(|&at| fitting(&self.sizes[at * d..(at + 1) * d], &room, self.most[at])).collect();
        Self::build(self.bin, order, room, sizes, rows, limit, self.finest.clone())
    }
}
