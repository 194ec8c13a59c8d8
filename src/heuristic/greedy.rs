//! A first plan under terms: copies one by one, into the bin that costs least.

use super::effort::greedy::MOST_BINS;
use crate::budget::{Budget, Objective, Stop};
use crate::problem::{Limit, Pattern, Problem, Solution};

/// First fit, the largest first (by their largest share of a capacity) and those with few homes before all: into the open bin that raises the
/// values least, in the order of the levels, else into a new bin of the type that does. `None`: some copy found no
/// bin within the limits, or time is up. Work: copies x bins.
#[must_use]
pub fn greedy(problem: &Problem, objective: &[Objective], budget: &Budget) -> Option<Solution> {
    pack(problem, objective, budget).ok().flatten().filter(|plan| plan.check(problem).is_ok())
}

struct Bin {
    kind: usize,
    items: Vec<(usize, u64)>,
    room: Vec<u64>,
}

fn pack(problem: &Problem, objective: &[Objective], budget: &Budget) -> Result<Option<Solution>, Stop> {
    let kinds = problem.bins().len();
    let roomiest: Vec<u64> = (0..problem.dimensions())
        .map(|q| problem.bins().iter().map(|bin| bin.capacity[q]).max().unwrap_or(0).max(1))
        .collect();
    // in thousandths of the largest capacity
    let share = |item: usize| {
        let sizes = problem.items()[item].size.iter().zip(&roomiest);
        sizes.map(|(&size, &room)| u128::from(size) * 1000 / u128::from(room)).max().unwrap_or(0)
    };
    let homes = |item: usize| (0..kinds).filter(|&bin| problem.fits_alone(item, bin)).count();
    let mut order: Vec<usize> = (0..problem.items().len()).collect();
    order.sort_by_key(|&item| (homes(item) * 4 > kinds, u128::MAX - share(item), item));
    let by_moves = objective.first() == Some(&Objective::Moves);
    // a roomy bin that costs as much as others serves longer
    let room = |bin: usize| -> u128 {
        let shares = problem.bins()[bin].capacity.iter().zip(&roomiest);
        shares.map(|(&cap, &most)| u128::from(cap) * 1000 / u128::from(most)).sum()
    };
    // what is left under each limit, kept bins aside
    let limits = &problem.terms().limits;
    let kept = |limit: &Limit| limit.bins.ones().map(|bin| problem.kept(bin)).fold(0, u64::saturating_add);
    let mut left: Vec<u64> = limits.iter().map(|limit| limit.most.saturating_sub(kept(limit))).collect();
    let under: Vec<Vec<usize>> =
        (0..kinds).map(|bin| (0..limits.len()).filter(|&at| limits[at].bins.contains(bin)).collect()).collect();
    let mut used = vec![0u64; kinds];
    let mut bins: Vec<Bin> = Vec::new();
    for item in order {
        for _ in 0..problem.items()[item].demand {
            let kind = &problem.items()[item];
            let takes = |bin: &Bin| {
                kind.eligible.contains(bin.kind)
                    && kind.size.iter().zip(&bin.room).all(|(size, room)| size <= room)
                    && bin.items.iter().all(|&(other, _)| !problem.conflict(item, other))
            };
            budget.spend(bins.len() as u64 + kinds as u64)?;
            let open = (0..bins.len()).filter(|&at| takes(&bins[at]));
            let open = open.min_by_key(|&at| (problem.charge(item, bins[at].kind), at));
            // one that is kept and empty is there; any other is one more
            let may = |bin: usize| {
                used[bin] < problem.kept(bin)
                    || (problem.bins()[bin].max_count.is_none_or(|most| used[bin] < most)
                        && under[bin].iter().all(|&at| left[at] > 0))
            };
            let fresh = (0..kinds).filter(|&bin| may(bin) && problem.fits_alone(item, bin));
            let price = |bin: usize| match used[bin] < problem.kept(bin) {
                true => (false, 0),
                false if objective.first() == Some(&Objective::Cost) => (true, problem.bins()[bin].cost),
                false => (true, 0),
            };
            let fresh = fresh.min_by_key(|&bin| match by_moves {
                true => ((false, problem.charge(item, bin)), u128::MAX - room(bin), bin),
                false => (price(bin), u128::MAX - room(bin), bin),
            });
            // where moves come first a new bin may be better than an open one; a kept one is there anyway
            let charged = |bin: usize| problem.charge(item, bin);
            let open = open.filter(|&at| !by_moves || fresh.is_none_or(|bin| charged(bins[at].kind) <= charged(bin)));
            let at = match (open, fresh) {
                (Some(at), _) => at,
                (None, Some(bin)) if bins.len() < MOST_BINS => {
                    if used[bin] >= problem.kept(bin) {
                        under[bin].iter().for_each(|&at| left[at] -= 1);
                    }
                    used[bin] += 1;
                    bins.push(Bin { kind: bin, items: Vec::new(), room: problem.bins()[bin].capacity.clone() });
                    bins.len() - 1
                }
                _ => return Ok(None),
            };
            let bin = &mut bins[at];
            bin.room.iter_mut().zip(&kind.size).for_each(|(room, size)| *room -= size);
            match bin.items.last_mut().filter(|last| last.0 == item) {
                Some(last) => last.1 += 1,
                None => bin.items.push((item, 1)),
            }
        }
    }
    let mut patterns: Vec<Pattern> = bins
        .into_iter()
        .map(|Bin { kind, mut items, .. }| {
            items.sort_unstable();
            Pattern { bin: kind, items, count: 1 }
        })
        .collect();
    for (bin, &used) in used.iter().enumerate() {
        let count = problem.kept(bin).saturating_sub(used);
        if count > 0 {
            patterns.push(Pattern { bin, items: Vec::new(), count });
        }
    }
    Ok(Some(Solution::grouped(patterns)))
}
