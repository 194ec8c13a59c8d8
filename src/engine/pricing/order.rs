//! The order in which pricing looks at items: clique by clique.

use fixedbitset::FixedBitSet;

use super::Case;

/// A partition of the items into cliques of the conflict graph, and the order that it gives.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// Position -> item.
    pub items: Vec<usize>,
    /// Position -> clique; ascending.
    pub group: Vec<usize>,
}

impl Order {
    /// The order for a case. With one resource the sizes are left to the programme; with several, pairs too big for every
    /// bin count as edges.
    pub fn new(case: &Case) -> Self {
        let by_size = case.dimensions() > 1;
        Self::of(case.len(), |item| if by_size { case.apart_from(item) } else { case.conflicts(item) })
    }

    /// Greedy: the vertex of highest degree starts a clique, which takes every later vertex that it may, again by
    /// descending degree. On threshold graphs the vertices that stay compatible with a vertex of the first clique are
    /// then a suffix of the order, which makes the suffix programme of pricing exact there.
    pub fn of<'r>(len: usize, row: impl Fn(usize) -> &'r FixedBitSet) -> Self {
        let degree: Vec<usize> = (0..len).map(|item| row(item).count_ones(..)).collect();
        let mut waiting: Vec<usize> = (0..len).collect();
        waiting.sort_by_key(|&item| (std::cmp::Reverse(degree[item]), item));
        let mut order = Self { items: Vec::with_capacity(len), group: Vec::with_capacity(len) };
        let mut group = 0;
        while let Some(&first) = waiting.first() {
            let mut common = row(first).clone();
            let mut rest = Vec::with_capacity(waiting.len());
            order.items.push(first);
            order.group.push(group);
            for &item in &waiting[1..] {
                if common.contains(item) {
                    common.intersect_with(row(item));
                    order.items.push(item);
                    order.group.push(group);
                } else {
                    rest.push(item);
                }
            }
            waiting = rest;
            group += 1;
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::{BinType, BitMatrix, ItemType, Problem};

    #[test]
    fn groups_are_cliques_and_hold_every_item_once() {
        let mut conflicts = BitMatrix::new(6);
        for (a, b) in [(0, 1), (1, 2), (0, 2), (3, 4), (2, 5)] {
            conflicts.insert(a, b);
        }
        let eligible = crate::problem::BinSet::all(1);
        let items =
            (0..6).map(|class| ItemType { size: vec![1], demand: 1, class, eligible: eligible.clone() }).collect();
        let bins = vec![BinType { capacity: vec![10], cost: 1, max_count: None }];
        let case = Case::new(&Problem::new(1, items, conflicts, bins).unwrap());
        let order = Order::new(&case);
        let mut sorted = order.items.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..6).collect::<Vec<_>>());
        for a in 0..6 {
            for b in 0..a {
                if order.group[a] == order.group[b] {
                    assert!(case.conflicts(order.items[a]).contains(order.items[b]));
                }
            }
        }
    }
}
