//! A plain first plan: first fit decreasing, bin types by most room.

use crate::budget::Budget;
use crate::problem::{Pattern, Problem, Solution};

struct Open {
    bin: usize,
    load: Vec<u64>,
    items: Vec<(usize, u64)>,
}

/// First fit over item types by decreasing largest share; `None` where a copy finds no bin or the budget ends.
pub(super) fn first_fit(problem: &Problem, budget: &Budget) -> Option<Solution> {
    let (items, bins) = (problem.items(), problem.bins());
    let most = |q: usize| bins.iter().map(|bin| bin.capacity[q]).max().unwrap_or(0).max(1);
    let largest: Vec<u64> = (0..problem.dimensions()).map(most).collect();
    let share = |item: usize| {
        let shares = items[item].size.iter().zip(&largest);
        shares.map(|(&size, &cap)| u128::from(size) * 1_000_000 / u128::from(cap)).max().unwrap_or(0)
    };
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|&item| (items[item].eligible.count_ones(..), std::cmp::Reverse(share(item))));
    let mut left: Vec<u64> = bins.iter().map(|bin| bin.max_count.unwrap_or(u64::MAX)).collect();
    let mut open: Vec<Open> = Vec::new();
    for item in order {
        let kind = &items[item];
        let mut copies = kind.demand;
        for bin in &mut open {
            budget.spend(1 + bin.items.len() as u64).ok()?;
            copies -= put(problem, bin, item, copies);
            if copies == 0 {
                break;
            }
        }
        while copies > 0 {
            budget.spend(1).ok()?;
            let candidates = (0..bins.len()).filter(|&bin| left[bin] > 0 && problem.fits_alone(item, bin));
            let room = |&bin: &usize| {
                let shares = bins[bin].capacity.iter().zip(&largest);
                shares.map(|(&cap, &most)| u128::from(cap) * 1_000_000 / u128::from(most)).sum::<u128>()
            };
            let bin = candidates.max_by_key(|bin| (room(bin), usize::MAX - bin))?;
            left[bin] -= 1;
            let mut new = Open { bin, load: vec![0; problem.dimensions()], items: Vec::new() };
            copies -= put(problem, &mut new, item, copies);
            open.push(new);
        }
    }
    let pattern = |bin: Open| {
        let mut items = bin.items;
        items.sort_unstable();
        Pattern { bin: bin.bin, items, count: 1 }
    };
    Some(Solution { patterns: open.into_iter().map(pattern).collect() })
}

/// Puts as many of `copies` into the bin as fit; returns how many.
fn put(problem: &Problem, open: &mut Open, item: usize, copies: u64) -> u64 {
    let kind = &problem.items()[item];
    if !kind.eligible.contains(open.bin) || open.items.iter().any(|&(other, _)| problem.conflict(item, other)) {
        return 0;
    }
    let mut most = if problem.conflict(item, item) { 1 } else { copies };
    for ((&size, &cap), &load) in kind.size.iter().zip(&problem.bins()[open.bin].capacity).zip(&open.load) {
        if size > 0 {
            most = most.min((cap - load) / size);
        }
    }
    if most > 0 {
        open.load.iter_mut().zip(&kind.size).for_each(|(load, size)| *load += size * most);
        open.items.push((item, most));
    }
    most
}
