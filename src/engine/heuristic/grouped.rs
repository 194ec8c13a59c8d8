//! First plans where bins hold few groups and each takes some room: the largest first, into the bin that is fullest after it.

use crate::budget::{Budget, Stop};
use crate::problem::{Pattern, Problem, Solution};

/// A bin that is being filled.
struct Bin {
    kind: usize,
    room: Vec<u64>,
    groups: Vec<usize>,
    items: Vec<(usize, u64)>,
}

/// The best of a few plans; `None` where an item fits nowhere. The first comes out even where the budget is used up.
pub fn grouped(problem: &Problem, budget: &Budget) -> Option<Solution> {
    let mut best: Option<Solution> = None;
    for by_group in [true, false] {
        for joins in [true, false] {
            let free = Budget::of_work(u64::MAX);
            let own = if best.is_none() { &free } else { budget };
            let Ok(found) = pass(problem, by_group, joins, own) else { return best };
            let found = found?;
            if best.as_ref().is_none_or(|best| found.bins() < best.bins()) {
                best = Some(found);
            }
        }
    }
    best
}

/// Size in the resource of which most is asked for, in thousandths of the largest bin.
fn volume(problem: &Problem, size: &[u64]) -> u64 {
    let largest = |q: usize| problem.bins().iter().map(|bin| bin.capacity[q]).max().unwrap_or(0).max(1);
    let share = |(q, &size): (usize, &u64)| u128::from(size) * 1_000_000 / u128::from(largest(q));
    size.iter().enumerate().map(share).max().unwrap_or(0) as u64
}

/// One plan. `by_group`: group after group. `joins`: into bins that hold the group before others.
fn pass(problem: &Problem, by_group: bool, joins: bool, budget: &Budget) -> Result<Option<Solution>, Stop> {
    let items = problem.items();
    let volumes: Vec<u64> = items.iter().map(|item| volume(problem, &item.size)).collect();
    let mut of_group = vec![0u64; problem.group_numbers() + 1];
    let slot = |item: usize| problem.group(item).map_or(0, |group| group + 1);
    for (item, kind) in items.iter().enumerate() {
        of_group[slot(item)] = of_group[slot(item)].saturating_add(volumes[item].saturating_mul(kind.demand));
    }
    let mut order: Vec<usize> = (0..items.len()).collect();
    let first = |item: usize| if by_group { (u64::MAX - of_group[slot(item)], slot(item)) } else { (0, 0) };
    order.sort_by_key(|&item| (first(item), u64::MAX - volumes[item], item));
    let mut bins: Vec<Bin> = Vec::new();
    for item in order {
        let mut copies = items[item].demand;
        while copies > 0 {
            budget.spend((bins.len() * (1 + problem.dimensions())) as u64 + 1)?;
            let mut best: Option<((bool, u64), usize)> = None;
            for (index, bin) in bins.iter().enumerate().filter(|(_, bin)| takes(problem, bin, item) > 0) {
                let holds = problem.group(item).is_some_and(|group| bin.groups.contains(&group));
                let key = (joins && !holds, volume(problem, &bin.room));
                if best.is_none_or(|(other, _)| key < other) {
                    best = Some((key, index));
                }
            }
            let at = match best {
                Some((_, index)) => index,
                None => {
                    let empty = |kind: usize| {
                        let room = problem.bins()[kind].capacity.clone();
                        Bin { kind, room, groups: Vec::new(), items: Vec::new() }
                    };
                    let kinds = (0..problem.bins().len()).filter(|&kind| problem.exists(kind)).map(empty);
                    let able = kinds.filter(|bin| takes(problem, bin, item) > 0);
                    // the one with the most room and groups
                    let roomy = |bin: &Bin| {
                        let groups = problem.most_groups(bin.kind).unwrap_or(u64::MAX);
                        (volume(problem, &bin.room), groups, std::cmp::Reverse(bin.kind))
                    };
                    let Some(bin) = able.max_by_key(roomy) else { return Ok(None) };
                    bins.push(bin);
                    bins.len() - 1
                }
            };
            let bin = &mut bins[at];
            let count = takes(problem, bin, item).min(copies);
            put(problem, bin, item, count);
            copies -= count;
        }
    }
    let pattern = |mut bin: Bin| {
        bin.items.sort_unstable();
        Pattern { bin: bin.kind, items: bin.items, count: 1 }
    };
    Ok(Some(Solution::grouped(bins.into_iter().map(pattern).collect())))
}

/// What the first copy brings beside its size.
fn overhead<'p>(problem: &'p Problem, bin: &Bin, item: usize) -> &'p [u64] {
    match problem.group(item) {
        Some(group) if !bin.groups.contains(&group) => problem.overhead(group),
        _ => &[],
    }
}

/// How many copies of an item type the bin takes.
fn takes(problem: &Problem, bin: &Bin, item: usize) -> u64 {
    let kind = &problem.items()[item];
    if !kind.eligible.contains(bin.kind) || bin.items.iter().any(|&(other, _)| problem.conflict(item, other)) {
        return 0;
    }
    if let (Some(group), Some(most)) = (problem.group(item), problem.most_groups(bin.kind))
        && !bin.groups.contains(&group)
        && bin.groups.len() as u64 >= most
    {
        return 0;
    }
    let once = overhead(problem, bin, item);
    let mut most = if problem.conflict(item, item) { 1 } else { kind.demand };
    for (q, (&size, &room)) in kind.size.iter().zip(&bin.room).enumerate() {
        let Some(room) = room.checked_sub(once.get(q).copied().unwrap_or(0)) else { return 0 };
        most = room.checked_div(size).map_or(most, |fitting| most.min(fitting));
    }
    most
}

fn put(problem: &Problem, bin: &mut Bin, item: usize, copies: u64) {
    let once = overhead(problem, bin, item);
    bin.room.iter_mut().zip(once).for_each(|(room, size)| *room -= size);
    bin.room.iter_mut().zip(&problem.items()[item].size).for_each(|(room, size)| *room -= size * copies);
    if let Some(group) = problem.group(item).filter(|group| !bin.groups.contains(group)) {
        bin.groups.push(group);
    }
    // an item type is put in all its copies that fit at once: it is there once
    bin.items.push((item, copies));
}
