//! Which bin type each bin gets, when its content leaves a choice.

use crate::problem::{Pattern, Problem, Solution};

/// Bins that may be of the same types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// Bin types that hold the content, a bit each.
    pub kinds: u64,
    /// How many bins.
    pub count: u64,
}

/// The cheapest choice of a type for every bin under the maximum counts: how many bins of each group get each type;
/// `None` if there is none. At most 64 bin types.
///
/// A transportation problem in which a bin's cost depends on its type only, so the cheapest augmenting path is the one
/// that ends in the cheapest type with room. Complexity: groups times types cubed, in practice far less.
#[must_use]
pub fn assign(groups: &[Group], costs: &[u64], max_counts: &[Option<u64>]) -> Option<Vec<Vec<u64>>> {
    let kinds = costs.len();
    let mut flow = vec![vec![0u64; kinds]; groups.len()];
    let mut room: Vec<u64> = max_counts.iter().map(|max| max.unwrap_or(u64::MAX)).collect();
    for (start, group) in groups.iter().enumerate() {
        let mut left = group.count;
        while left > 0 {
            // breadth first over types; a type is left through a group that uses it and could use another
            let mut from: Vec<Option<(usize, usize)>> = vec![None; kinds];
            let mut seen = group.kinds;
            let mut queue: Vec<usize> = (0..kinds).filter(|&t| group.kinds >> t & 1 == 1).collect();
            let mut next = 0;
            while let Some(&t) = queue.get(next) {
                next += 1;
                for (via, other) in groups.iter().enumerate().filter(|&(via, _)| flow[via][t] > 0) {
                    for to in (0..kinds).filter(|&to| (other.kinds & !seen) >> to & 1 == 1) {
                        from[to] = Some((t, via));
                        queue.push(to);
                    }
                    seen |= other.kinds;
                }
            }
            let end = queue.iter().copied().filter(|&t| room[t] > 0).min_by_key(|&t| (costs[t], t))?;
            let mut amount = left.min(room[end]);
            let mut at = end;
            while let Some((previous, via)) = from[at] {
                amount = amount.min(flow[via][previous]);
                at = previous;
            }
            room[end] -= amount;
            at = end;
            while let Some((previous, via)) = from[at] {
                flow[via][previous] -= amount;
                flow[via][at] += amount;
                at = previous;
            }
            flow[start][at] += amount;
            left -= amount;
        }
    }
    Some(flow)
}

/// The bin types that hold the content of a pattern, a bit each.
#[must_use]
pub fn kinds(problem: &Problem, items: &[(usize, u64)]) -> u64 {
    let load = |q: usize| -> u128 {
        items.iter().map(|&(item, n)| u128::from(n) * u128::from(problem.items()[item].size[q])).sum()
    };
    let loads: Vec<u128> = (0..problem.dimensions()).map(load).collect();
    let holds = |bin: usize| {
        items.iter().all(|&(item, _)| problem.items()[item].eligible.contains(bin))
            && loads.iter().zip(&problem.bins()[bin].capacity).all(|(&load, &cap)| load <= u128::from(cap))
    };
    (0..problem.bins().len().min(64)).filter(|&bin| holds(bin)).fold(0, |mask, bin| mask | 1 << bin)
}

/// The same bins with the cheapest types under the maximum counts; `None` if no choice of types is legal (or there are
/// more than 64 types).
#[must_use]
pub fn retype(problem: &Problem, solution: &Solution) -> Option<Solution> {
    if problem.bins().len() > 64 {
        return None;
    }
    let masks: Vec<u64> = solution.patterns.iter().map(|pattern| kinds(problem, &pattern.items)).collect();
    let mut distinct = masks.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let mut groups: Vec<Group> = distinct.iter().map(|&kinds| Group { kinds, count: 0 }).collect();
    for (pattern, &mask) in solution.patterns.iter().zip(&masks) {
        groups[distinct.partition_point(|&other| other < mask)].count += pattern.count;
    }
    let costs: Vec<u64> = problem.bins().iter().map(|bin| bin.cost).collect();
    let max_counts: Vec<Option<u64>> = problem.bins().iter().map(|bin| bin.max_count).collect();
    let mut flow = assign(&groups, &costs, &max_counts)?;
    let mut patterns = Vec::with_capacity(solution.patterns.len());
    for (pattern, &mask) in solution.patterns.iter().zip(&masks) {
        let stock = &mut flow[distinct.partition_point(|&other| other < mask)];
        let mut left = pattern.count;
        for (bin, stock) in stock.iter_mut().enumerate() {
            let count = left.min(*stock);
            if count > 0 {
                patterns.push(Pattern { bin, items: pattern.items.clone(), count });
                *stock -= count;
                left -= count;
            }
        }
    }
    Some(Solution { patterns })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The least cost over all choices, by trying each.
    fn brute(bins: &[u64], costs: &[u64], room: &mut [u64]) -> Option<u64> {
        let Some((&first, rest)) = bins.split_first() else { return Some(0) };
        let mut best = None;
        for t in 0..costs.len() {
            if first >> t & 1 == 1 && room[t] > 0 {
                room[t] -= 1;
                if let Some(cost) = brute(rest, costs, room) {
                    best = Some(best.map_or(cost + costs[t], |best: u64| best.min(cost + costs[t])));
                }
                room[t] += 1;
            }
        }
        best
    }

    #[test]
    fn agrees_with_trying_every_choice() {
        let mut state = 1u64;
        let mut random = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % n
        };
        for _ in 0..2_000 {
            let kinds = 1 + random(3) as usize;
            let costs: Vec<u64> = (0..kinds).map(|_| random(6)).collect();
            let max: Vec<Option<u64>> = (0..kinds).map(|_| Some(random(5)).filter(|&max| max < 4)).collect();
            let groups: Vec<Group> =
                (0..random(4)).map(|_| Group { kinds: random(1 << kinds), count: random(3) }).collect();
            let bins: Vec<u64> = groups.iter().flat_map(|g| vec![g.kinds; g.count as usize]).collect();
            let mut room: Vec<u64> = max.iter().map(|max| max.unwrap_or(99)).collect();
            let cost = |flow: Vec<Vec<u64>>| {
                for (group, row) in groups.iter().zip(&flow) {
                    assert_eq!(row.iter().sum::<u64>(), group.count);
                    assert!((0..kinds).all(|t| row[t] == 0 || group.kinds >> t & 1 == 1));
                }
                (0..kinds).map(|t| costs[t] * flow.iter().map(|row| row[t]).sum::<u64>()).sum::<u64>()
            };
            assert_eq!(assign(&groups, &costs, &max).map(cost), brute(&bins, &costs, &mut room));
        }
    }
}
