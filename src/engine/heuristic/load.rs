//! Filled bins on their way to a solution.

use crate::problem::{Pattern, Problem, Solution};

/// The content of one bin, or of `count` equal ones; items in any order, perhaps more than once.
#[derive(Clone, Debug)]
pub(super) struct Load {
    /// The bin type.
    pub bin: usize,
    /// Item types and copies.
    pub items: Vec<(usize, u64)>,
    /// How many bins look like this.
    pub count: u64,
}

/// The loads as a solution: items ascending and merged, empty bins left out, equal bins counted together.
pub(super) fn solution(loads: Vec<Load>) -> Solution {
    let patterns: Vec<Pattern> = loads
        .into_iter()
        .filter(|load| !load.items.is_empty() && load.count > 0)
        .map(|mut load| {
            load.items.sort_unstable();
            load.items.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                if same {
                    kept.1 += next.1;
                }
                same
            });
            Pattern { bin: load.bin, items: load.items, count: load.count }
        })
        .collect();
    Solution::grouped(patterns)
}

/// A solution's bins one by one, in the order of its patterns.
pub(super) fn bins(solution: &Solution) -> Vec<Load> {
    let mut loads = Vec::new();
    for pattern in &solution.patterns {
        let load = Load { bin: pattern.bin, items: pattern.items.clone(), count: 1 };
        loads.extend((0..pattern.count).map(|_| load.clone()));
    }
    loads
}

/// What a bin of this type holding these items has left in each resource; `None` where they do not fit.
pub(super) fn residual(problem: &Problem, bin: usize, items: &[(usize, u64)]) -> Option<Vec<u64>> {
    let mut room = problem.bins()[bin].capacity.clone();
    for &(item, copies) in items {
        for (room, &size) in room.iter_mut().zip(&problem.items()[item].size) {
            *room = room.checked_sub(size.checked_mul(copies)?)?;
        }
    }
    Some(room)
}
