//! The truth about tiny problems with terms, by trying everything. Written to be read, not to be fast.

use tenantry::engine::Problem;

/// Number of bins, cost, sum of the charges.
pub type Values = (u128, u128, u128);

/// The values of all legal plans without needless empty bins, each once. Meant for up to about seven copies.
pub fn plans(problem: &Problem) -> Vec<Values> {
    let mut copies = Vec::new();
    for (item, kind) in problem.items().iter().enumerate() {
        copies.extend((0..kind.demand).map(|_| item));
    }
    let mut found = Vec::new();
    place(problem, &copies, &mut Vec::new(), &mut found);
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether these item types (repeated for copies) may share a bin of this type.
pub fn feasible(problem: &Problem, bin: usize, content: &[usize]) -> bool {
    let items = problem.items();
    let united = |a: usize, b: usize| {
        problem.terms().units.get(a).copied().flatten().is_some_and(|unit| problem.terms().units[b] == Some(unit))
    };
    let clash = |a: usize, b: usize| problem.conflicts().contains(items[a].class, items[b].class) || united(a, b);
    content.iter().all(|&item| items[item].eligible.contains(bin))
        && (0..content.len()).all(|a| (0..a).all(|b| !clash(content[a], content[b])))
        && (0..problem.dimensions())
            .all(|q| content.iter().map(|&item| items[item].size[q]).sum::<u64>() <= problem.bins()[bin].capacity[q])
}

/// What a copy is charged, looked up in its own way.
pub fn charge(problem: &Problem, item: usize, bin: usize) -> u64 {
    let Some(charge) = problem.terms().charges.get(item) else { return 0 };
    charge.except.iter().find(|other| other.0 == bin).map_or(charge.base, |other| other.1)
}

fn place(problem: &Problem, rest: &[usize], open: &mut Vec<(usize, Vec<usize>)>, found: &mut Vec<Values>) {
    let Some((&item, rest)) = rest.split_first() else {
        return found.extend(values(problem, open));
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

/// How many bins of a type each plan has at the least, by what is kept and by who can go nowhere else; `careless`: or by who can
/// go there.
pub fn in_every_plan(problem: &Problem, bin: usize, careless: bool) -> u64 {
    let kept = problem.terms().kept.get(bin).copied().unwrap_or(0);
    let closed = |bin: usize| {
        let shut = problem.terms().limits.iter().any(|limit| limit.most == 0 && limit.bins.contains(bin));
        shut || problem.bins()[bin].max_count == Some(0)
    };
    let homes =
        |item: usize| (0..problem.bins().len()).filter(move |&bin| !closed(bin) && feasible(problem, bin, &[item]));
    let bound = |item: usize| homes(item).any(|home| home == bin) && (careless || homes(item).count() == 1);
    let single = problem.bins()[bin].max_count == Some(1);
    if single && (0..problem.items().len()).any(bound) { kept.max(1) } else { kept }
}

/// What the plan is worth with its kept bins, if it is legal.
fn values(problem: &Problem, open: &[(usize, Vec<usize>)]) -> Option<Values> {
    let terms = problem.terms();
    let count = |bin: usize| {
        let used = open.iter().filter(|(other, _)| *other == bin).count() as u64;
        used.max(terms.kept.get(bin).copied().unwrap_or(0))
    };
    let counts: Vec<u64> = (0..problem.bins().len()).map(count).collect();
    let own = problem.bins().iter().zip(&counts).all(|(bin, &count)| bin.max_count.is_none_or(|most| count <= most));
    let shared = terms.limits.iter().all(|limit| limit.bins.ones().map(|bin| counts[bin]).sum::<u64>() <= limit.most);
    let cost: u64 = problem.bins().iter().zip(&counts).map(|(bin, count)| bin.cost * count).sum();
    let moves: u64 =
        open.iter().map(|(bin, content)| content.iter().map(|&item| charge(problem, item, *bin)).sum::<u64>()).sum();
    let clusters: u64 = counts.iter().sum();
    let within = |most: Option<u64>, value: u64| most.is_none_or(|most| value <= most);
    let most = terms.most;
    (own && shared && within(most.clusters, clusters) && within(most.cost, cost) && within(most.moves, moves))
        .then_some((clusters.into(), cost.into(), moves.into()))
}
