//! The truth about tiny problems, by trying everything. Written to be read, not to be fast.

use std::collections::BTreeMap;

use tenantry::engine::Problem;

/// For every number of bins that some legal packing has (no empty bins): the least cost among those packings.
/// Empty where no packing exists. Meant for up to about eight copies.
pub fn cheapest_by_bins(problem: &Problem) -> BTreeMap<u64, u128> {
    let mut copies = Vec::new();
    for (item, kind) in problem.items().iter().enumerate() {
        copies.extend((0..kind.demand).map(|_| item));
    }
    let mut found = BTreeMap::new();
    place(problem, &copies, &mut Vec::new(), &mut found);
    found
}

/// Whether these item types (repeated for copies) may share a bin of this type.
pub fn feasible(problem: &Problem, bin: usize, content: &[usize]) -> bool {
    let items = problem.items();
    let eligible = content.iter().all(|&item| items[item].eligible.contains(bin));
    let apart = (0..content.len()).all(|a| (0..a).all(|b| !problem.conflict(content[a], content[b])));
    let capacity = &problem.bins()[bin].capacity;
    let fits = (0..problem.dimensions())
        .all(|q| content.iter().map(|&item| u128::from(items[item].size[q])).sum::<u128>() <= u128::from(capacity[q]));
    eligible && apart && fits
}

fn place(problem: &Problem, rest: &[usize], open: &mut Vec<(usize, Vec<usize>)>, found: &mut BTreeMap<u64, u128>) {
    let Some((&item, rest)) = rest.split_first() else {
        let cost: u128 = open.iter().map(|(bin, _)| u128::from(problem.bins()[*bin].cost)).sum();
        let best = found.entry(open.len() as u64).or_insert(u128::MAX);
        *best = cost.min(*best);
        return;
    };
    for index in 0..open.len() {
        open[index].1.push(item);
        if feasible(problem, open[index].0, &open[index].1) {
            place(problem, rest, open, found);
        }
        open[index].1.pop();
    }
    for bin in 0..problem.bins().len() {
        let used = open.iter().filter(|(other, _)| *other == bin).count() as u64;
        if problem.bins()[bin].max_count.is_none_or(|max| used < max) && feasible(problem, bin, &[item]) {
            open.push((bin, vec![item]));
            place(problem, rest, open, found);
            open.pop();
        }
    }
}
