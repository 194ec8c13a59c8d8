//! Shares of limited bin types: how many bins of which each component may use.
//!
//! First by load, or bin by bin where each of many types has few; then units go from one component to another, to none, or change
//! places, as threshold accepting has it (Dueck and Scheuer 1990): never by more loss than a threshold that falls to nothing.
//! The sizes count as sand here, with so much added for each component as its packings have shown that sand does not know.

use super::effort::limited as effort;
use crate::budget::Budget;
use crate::problem::random::Random;
use crate::problem::reduce::Reduced;
use crate::problem::{Limit, Problem};

/// What a component asks for.
pub(super) struct Wants {
    /// In each resource.
    total: Vec<u128>,
    /// Bin types that it may use.
    bins: Vec<usize>,
    /// In each resource, the most that a type without a maximum holds of it; 0: there is none.
    room: Vec<u128>,
    /// What packings need beyond the sum of the sizes, in thousandths.
    more: u128,
    /// So many bins at least, whichever these are: those who refuse one another.
    least: u64,
}

impl Wants {
    /// What a component of the problem with these items asks for; it needs `least` bins, whichever these are.
    pub fn of(problem: &Problem, reduced: &Reduced, least: u64) -> Self {
        let items = || reduced.items.iter().flatten().map(|&item| &problem.items()[item]);
        let total = |q: usize| items().map(|item| u128::from(item.size[q]) * u128::from(item.demand)).sum::<u128>();
        let own = || reduced.bins.iter().zip(reduced.problem.bins());
        let free = || own().filter(|(_, kind)| kind.max_count.is_none()).map(|(&bin, _)| &problem.bins()[bin]);
        let room = |q: usize| free().map(|bin| u128::from(bin.capacity[q])).max().unwrap_or(0);
        let dimensions = 0..problem.dimensions();
        let (total, room) = (dimensions.clone().map(total).collect(), dimensions.map(room).collect());
        // what fits no bin at all needs more than any number
        let least = least.min(MOST_REST / 1000);
        Self { total, bins: reduced.bins.clone(), room, more: 0, least }
    }

    /// Takes note that a packing with this share needed so many bins. True if sand, as it counted so far, needed fewer.
    pub fn learn(&mut self, problem: &Problem, share: &[u64], bins: u64) -> bool {
        let known = self.more;
        while self.more < effort::MOST_MORE && self.needs(problem, share) < bins {
            self.more += 1;
        }
        self.more > known
    }

    /// Bins of a share of so many, and for what is left over, in thousandths.
    fn bins(&self, given: u64, rest: u64) -> u64 {
        given.saturating_add(rest.div_ceil(1000)).max(self.least)
    }

    /// Bin types that it may use.
    pub fn types(&self) -> &[usize] {
        &self.bins
    }

    /// Bins that all of them need, each with its share.
    pub fn all_need(all: &[Self], problem: &Problem, shares: &[Vec<u64>]) -> u64 {
        all.iter().zip(shares).map(|(wants, share)| wants.needs(problem, share)).fold(0, u64::saturating_add)
    }

    /// Bins that it needs with a share of the limited types, were the sizes sand.
    pub fn needs(&self, problem: &Problem, share: &[u64]) -> u64 {
        self.bins(share.iter().sum(), self.rest(&self.caps(problem, share)))
    }

    /// What it counts, in thousandths of a bin, that so many bins hardly have the room to spare without which packings are hard to find.
    fn tight(&self, caps: &[u128], bins: u64, rest: u64) -> u64 {
        if bins < 2 {
            return 0; // what one bin has room for it holds
        }
        let free = u128::from(rest.div_ceil(1000));
        let filled = |((&total, &room), &cap): ((&u128, &u128), &u128)| total * 1000 / (cap + free * room).max(1);
        let most = self.total.iter().zip(&self.room).zip(caps).map(filled).max().unwrap_or(0).min(1000);
        u64::try_from(most).unwrap_or(1000).saturating_sub(effort::EASY) * effort::TIGHT
    }

    /// In thousandths of a bin: whole bins, a little for what they are filled with, and for how little room there is to spare.
    fn worth(&self, given: u64, caps: &[u128]) -> u64 {
        let rest = self.rest(caps);
        let bins = self.bins(given, rest);
        let tight = self.tight(caps, bins, rest);
        bins.saturating_mul(1000).saturating_add(rest / effort::FILLED).saturating_add(tight)
    }

    /// The room that a share has in each resource.
    fn caps(&self, problem: &Problem, share: &[u64]) -> Vec<u128> {
        let room = |bin: usize, q: usize| u128::from(share[bin]) * u128::from(problem.bins()[bin].capacity[q]);
        (0..self.total.len()).map(|q| self.bins.iter().map(|&bin| room(bin, q)).sum()).collect()
    }

    /// Thousandths of bins without a maximum that what does not fit into so much room fills, were the sizes sand.
    fn rest(&self, caps: &[u128]) -> u64 {
        let fills = self.total.iter().zip(&self.room).zip(caps).map(|((&total, &room), &cap)| {
            let rest = (total * (1000 + self.more) / 1000).saturating_sub(cap);
            // where there is none, whatever is left over is far too much
            if rest == 0 { 0 } else { rest * 1000 / if room > 0 { room } else { (total / NOWHERE).max(1) } + 1 }
        });
        // the sum over all components is a number still
        u64::try_from(fills.max().unwrap_or(0)).unwrap_or(MOST_REST).min(MOST_REST)
    }

    /// The fewest bins within the share, were the sizes sand; `None` where no bins suffice.
    pub fn fewest(&self, problem: &Problem, share: &[u64]) -> Option<u64> {
        let mut most = self.least.max(1);
        for (q, &total) in self.total.iter().enumerate() {
            let mut bins = self.bins.clone();
            bins.sort_by_key(|&bin| (std::cmp::Reverse(problem.bins()[bin].capacity[q]), bin));
            let (mut left, mut count) = (total, 0u64);
            for bin in bins {
                let kind = &problem.bins()[bin];
                let capacity = u128::from(kind.capacity[q]);
                if left == 0 || capacity == 0 {
                    break;
                }
                let wanted = u64::try_from(left.div_ceil(capacity)).ok()?;
                let used = kind.max_count.map_or(wanted, |_| wanted.min(share[bin]));
                left = left.saturating_sub(capacity * u128::from(used));
                count = count.checked_add(used)?;
            }
            if left > 0 {
                return None;
            }
            most = most.max(count);
        }
        Some(most)
    }
}

/// How many bins of each type (of the whole problem) each component may use: by load, put right by single moves.
pub(super) fn shares(problem: &Problem, loads: &[Wants]) -> Option<Vec<Vec<u64>>> {
    if problem.bins().iter().filter(|bin| bin.max_count.is_some()).count() >= effort::MANY {
        return Some(dealt(problem, loads));
    }
    let mut shares = vec![vec![0; problem.bins().len()]; loads.len()];
    for (bin, kind) in problem.bins().iter().enumerate() {
        let Some(most) = kind.max_count else { continue };
        // the resource of which this type brings the smallest part of what is asked for
        let users: Vec<usize> = (0..loads.len()).filter(|&part| loads[part].bins.contains(&bin)).collect();
        let sum = |q: usize| users.iter().map(|&part| loads[part].total[q]).sum::<u128>();
        let scarce = (0..problem.dimensions())
            .filter(|&q| kind.capacity[q] > 0)
            .max_by_key(|&q| (sum(q) / u128::from(kind.capacity[q]), std::cmp::Reverse(q)));
        let Some((q, total)) = scarce.map(|q| (q, sum(q))).filter(|scarce| scarce.1 > 0) else { continue };
        // no more than could be used at all; the remainders go to the largest fractions
        let most = u128::from(most).min(total.div_ceil(u128::from(kind.capacity[q])) + users.len() as u128);
        let mut rest = most;
        let mut fractions = Vec::new();
        for &part in &users {
            let exact = loads[part].total[q].checked_mul(most)?;
            let own = exact / total;
            rest -= own;
            shares[part][bin] = u64::try_from(own).ok()?;
            fractions.push((std::cmp::Reverse(exact % total), part));
        }
        fractions.sort_unstable();
        for (_, part) in fractions.into_iter().take(usize::try_from(rest).ok()?) {
            shares[part][bin] += 1;
        }
    }
    if loads.len() <= effort::MOST_PARTS {
        (0..effort::MOVES).take_while(|_| moved(problem, loads, &mut shares)).for_each(drop);
    }
    Some(shares)
}

/// The same where each of many types has few bins, so that loads cannot be kept in proportion: bin by bin, the roomiest
/// first, to the component with the most left that a bin of the type would hold.
fn dealt(problem: &Problem, loads: &[Wants]) -> Vec<Vec<u64>> {
    let bins = problem.bins();
    let mut shares = vec![vec![0; bins.len()]; loads.len()];
    let mut left: Vec<Vec<u128>> = loads.iter().map(|load| load.total.clone()).collect();
    let roomiest: Vec<u128> = (0..problem.dimensions())
        .map(|q| bins.iter().map(|bin| u128::from(bin.capacity[q])).max().unwrap_or(1).max(1))
        .collect();
    // in thousandths of the roomiest, the scarcest resource
    let room =
        |bin: usize| bins[bin].capacity.iter().zip(&roomiest).map(|(&cap, most)| u128::from(cap) * 1000 / most).min();
    let mut order: Vec<usize> = (0..bins.len()).filter(|&bin| bins[bin].max_count.is_some()).collect();
    order.sort_by_key(|&bin| (std::cmp::Reverse(room(bin)), bin));
    for bin in order {
        for _ in 0..bins[bin].max_count.unwrap_or(0) {
            // how many such bins the rest of the component fills, in thousandths
            let fills = |part: usize| {
                let parts = left[part].iter().zip(&bins[bin].capacity).filter(|(_, cap)| **cap > 0);
                parts.map(|(&left, &cap)| left * 1000 / u128::from(cap)).max().unwrap_or(0)
            };
            let users = (0..loads.len()).filter(|&part| loads[part].bins.contains(&bin));
            let Some(part) = users.max_by_key(|&part| (fills(part), std::cmp::Reverse(part))) else { break };
            if fills(part) == 0 {
                break;
            }
            shares[part][bin] += 1;
            left[part]
                .iter_mut()
                .zip(&bins[bin].capacity)
                .for_each(|(left, &cap)| *left = left.saturating_sub(cap.into()));
        }
    }
    if loads.len() <= effort::MOST_PARTS {
        (0..effort::FEW_MOVES).take_while(|_| moved(problem, loads, &mut shares)).for_each(drop);
    }
    shares
}

/// Moves one bin to where it saves more than it costs; false where there is no such move.
fn moved(problem: &Problem, loads: &[Wants], shares: &mut [Vec<u64>]) -> bool {
    let fewest = |part: usize, share: &[u64]| loads[part].fewest(problem, share).unwrap_or(u64::MAX >> 8);
    let now: Vec<u64> = (0..loads.len()).map(|part| fewest(part, &shares[part])).collect();
    for bin in (0..problem.bins().len()).filter(|&bin| problem.bins()[bin].max_count.is_some()) {
        let changed = |part: usize, more: bool| {
            let mut share = shares[part].clone();
            share[bin] = if more { share[bin] + 1 } else { share[bin].checked_sub(1)? };
            Some(fewest(part, &share))
        };
        let given: Vec<Option<u64>> = (0..loads.len()).map(|part| changed(part, false)).collect();
        let taken: Vec<Option<u64>> = (0..loads.len()).map(|part| changed(part, true)).collect();
        for (from, given) in given.iter().enumerate() {
            for (to, taken) in taken.iter().enumerate() {
                let (Some(given), Some(taken)) = (given, taken) else { continue };
                if from != to && loads[to].bins.contains(&bin) && given + taken < now[from] + now[to] {
                    shares[from][bin] -= 1;
                    shares[to][bin] += 1;
                    return true;
                }
            }
        }
    }
    false
}

/// Deals what is left over of limited types where that saves whole bins, were the sizes sand: the fewest for one bin first. What is under a
/// shared limit stays. Complexity: for each bin that is saved, some dozen times the types for one component.
pub(super) fn deal_out(problem: &Problem, wants: &[Wants], shares: &mut [Vec<u64>], budget: &Budget) {
    let limits = &problem.terms().limits;
    let alone = |bin: usize| !limits.iter().any(|limit| limit.bins.contains(bin));
    let mut left: Vec<u64> = (0..problem.bins().len())
        .map(|bin| {
            let used = shares.iter().map(|share| share[bin]).fold(0, u64::saturating_add);
            problem.bins()[bin].max_count.filter(|_| alone(bin)).map_or(0, |most| most.saturating_sub(used))
        })
        .collect();
    // how many of a type save a component a bin
    let saves = |part: usize, share: &[u64], left: &[u64]| -> Option<(u64, usize)> {
        let wants = &wants[part];
        let now = wants.needs(problem, share);
        if now <= wants.least {
            return None;
        }
        let of = |&bin: &usize| {
            let mut more = share.to_vec();
            let enough = (1..=left[bin].min(effort::SAVING)).find(|_| {
                more[bin] += 1;
                budget.spend(problem.dimensions() as u64).is_err() || wants.needs(problem, &more) < now
            })?;
            budget.stopped().is_none().then_some((enough, bin))
        };
        wants.bins.iter().filter_map(of).min()
    };
    let mut best: Vec<Option<(u64, usize)>> =
        shares.iter().enumerate().map(|(part, share)| saves(part, share, &left)).collect();
    while let Some((part, (count, bin))) = best
        .iter()
        .enumerate()
        .filter_map(|(part, best)| Some((part, (*best)?)))
        .min_by_key(|&(part, best)| (best, part))
    {
        if count <= left[bin] {
            left[bin] -= count;
            shares[part][bin] += count;
        }
        best[part] = saves(part, &shares[part], &left);
    }
}

/// More than any load fills: in bins, what a component is short of where there is no type without a maximum.
const NOWHERE: u128 = 1_000_000;

/// Thousandths of bins beyond which more is no worse.
const MOST_REST: u64 = u64::MAX >> 24;

/// When a search for shares ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aim {
    /// Fewer bins than so many are not to be had.
    pub bins: u64,
    /// So many times the usual number of steps.
    pub patience: u64,
    /// It starts near what is wanted: no loss that could lead far away.
    pub warm: bool,
}

/// Shares that are at least as good, were the sizes sand; the search draws its moves from `seed`.
/// Complexity: some hundred moves a unit, each of resources, times the patience.
pub(super) fn improved(
    problem: &Problem,
    wants: &[Wants],
    shares: Vec<Vec<u64>>,
    aim: Aim,
    seed: u64,
    budget: &Budget,
) -> Vec<Vec<u64>> {
    let Some(mut dealing) = Dealing::of(problem, wants, &shares) else { return shares };
    dealing.search(aim, &mut Random::new(seed), budget);
    dealing.shares()
}

/// Who has which unit of a limited type.
struct Dealing<'a> {
    problem: &'a Problem,
    wants: &'a [Wants],
    /// Bin type and component of each unit; nobody has it where the component is the number of components.
    units: Vec<(usize, usize)>,
    /// Whether a unit is kept, and so counts whoever has it.
    free: Vec<bool>,
    /// Of each bin type the shared limits it is under; of each limit, how many more of its bins somebody may have.
    groups: Vec<Vec<usize>>,
    room: Vec<i128>,
    /// For each limited type who may use it.
    users: Vec<Vec<usize>>,
    /// Of each component: units, their room in each resource, what it is worth.
    given: Vec<u64>,
    caps: Vec<Vec<u128>>,
    worth: Vec<u64>,
    total: u64,
}

impl<'a> Dealing<'a> {
    /// `None` where there are too many units, or no choice.
    fn of(problem: &'a Problem, wants: &'a [Wants], shares: &[Vec<u64>]) -> Option<Self> {
        let bins = problem.bins();
        let limits = &problem.terms().limits;
        let group = |bin: usize| (0..limits.len()).filter(|&at| limits[at].bins.contains(bin)).collect();
        let groups: Vec<Vec<usize>> = (0..bins.len()).map(group).collect();
        let kept = |limit: &Limit| limit.bins.ones().map(|bin| i128::from(problem.kept(bin))).sum::<i128>();
        let mut room: Vec<i128> = limits.iter().map(|limit| i128::from(limit.most) - kept(limit)).collect();
        let mut users = vec![Vec::new(); bins.len()];
        let (mut units, mut free) = (Vec::new(), Vec::new());
        for (bin, kind) in bins.iter().enumerate() {
            let Some(most) = kind.max_count else { continue };
            users[bin] = (0..wants.len()).filter(|&part| wants[part].bins.binary_search(&bin).is_ok()).collect();
            let useful = |part: &usize| {
                let fills = wants[*part].total.iter().zip(&kind.capacity).filter(|(_, cap)| **cap > 0);
                fills.map(|(&total, &cap)| total.div_ceil(u128::from(cap))).max().unwrap_or(0)
            };
            let useful: u128 = users[bin].iter().map(useful).sum();
            let all = usize::try_from(u128::from(most).min(useful)).ok()?;
            if units.len() + all > effort::MOST_UNITS {
                return None;
            }
            let before = units.len();
            units.resize(before + all, (bin, wants.len()));
            let kept = usize::try_from(problem.kept(bin)).unwrap_or(usize::MAX);
            free.extend((0..all).map(|at| at < kept));
            let mut next = before;
            for &part in &users[bin] {
                for _ in 0..shares[part][bin] {
                    let open = next < units.len() && (free[next] || groups[bin].iter().all(|&limit| room[limit] > 0));
                    if !open {
                        break;
                    }
                    if !free[next] {
                        groups[bin].iter().for_each(|&limit| room[limit] -= 1);
                    }
                    units[next].1 = part;
                    next += 1;
                }
            }
        }
        if units.is_empty() {
            return None;
        }
        let mut dealing = Self {
            problem,
            wants,
            units,
            free,
            groups,
            room,
            users,
            given: vec![0; wants.len() + 1],
            caps: vec![vec![0; problem.dimensions()]; wants.len() + 1],
            worth: vec![0; wants.len() + 1],
            total: 0,
        };
        for unit in 0..dealing.units.len() {
            dealing.add(dealing.units[unit].1, unit);
        }
        for part in 0..wants.len() {
            dealing.weigh(part);
        }
        Some(dealing)
    }

    fn add(&mut self, part: usize, unit: usize) {
        self.given[part] += u64::from(!self.free[unit]);
        let room = &self.problem.bins()[self.units[unit].0].capacity;
        self.caps[part].iter_mut().zip(room).for_each(|(cap, &more)| *cap += u128::from(more));
    }

    fn take(&mut self, part: usize, unit: usize) {
        self.given[part] -= u64::from(!self.free[unit]);
        let room = &self.problem.bins()[self.units[unit].0].capacity;
        self.caps[part].iter_mut().zip(room).for_each(|(cap, &less)| *cap -= u128::from(less));
    }

    fn weigh(&mut self, part: usize) {
        let worth = self.wants.get(part).map_or(0, |wants| wants.worth(self.given[part], &self.caps[part]));
        self.total = self.total - self.worth[part] + worth;
        self.worth[part] = worth;
    }

    /// Gives units to others: each of `moves` is a unit and who has it then.
    fn give(&mut self, moves: &[(usize, usize)]) {
        let mut changed = Vec::with_capacity(2 * moves.len());
        for &(unit, to) in moves {
            let (bin, from) = self.units[unit];
            self.take(from, unit);
            self.add(to, unit);
            let nobody = self.wants.len();
            if !self.free[unit] && (from == nobody) != (to == nobody) {
                for &limit in &self.groups[bin] {
                    self.room[limit] += if from == nobody { -1 } else { 1 };
                }
            }
            self.units[unit].1 = to;
            changed.extend([from, to]);
        }
        for part in changed {
            self.weigh(part);
        }
    }

    /// Bins of all components.
    fn bins(&self) -> u64 {
        let of = |(part, wants): (usize, &Wants)| wants.bins(self.given[part], wants.rest(&self.caps[part]));
        self.wants.iter().enumerate().map(of).fold(0, u64::saturating_add)
    }

    fn search(&mut self, aim: Aim, random: &mut Random, budget: &Budget) {
        let steps = (self.units.len() as u64).saturating_mul(effort::STEPS.0).min(effort::STEPS.1);
        let steps = steps.saturating_mul(aim.patience);
        let cost = 4 * self.problem.dimensions() as u64;
        let (mut best, mut total) = (self.units.clone(), self.total);
        for step in 0..steps {
            if budget.spend(cost).is_err() {
                break;
            }
            let first = if aim.warm { effort::THRESHOLD.1 } else { effort::THRESHOLD.0 };
            let threshold = first * (steps - step) / steps;
            let unit = random.index(self.units.len());
            let (bin, from) = self.units[unit];
            let users = &self.users[bin];
            let other = random.index(self.units.len());
            let (its, there) = self.units[other];
            let pair = random.chance(500) && its != bin && there != from;
            let may =
                |part: usize, bin: usize| part == self.wants.len() || self.users[bin].binary_search(&part).is_ok();
            let (moves, back) = if pair && may(there, bin) && may(from, its) {
                ([(unit, there), (other, from)].to_vec(), [(unit, from), (other, there)].to_vec())
            } else {
                let at = random.index(users.len() + 1);
                let to = users.get(at).copied().unwrap_or(self.wants.len());
                let comes = from == self.wants.len() && !self.free[unit];
                if to == from || comes && self.groups[bin].iter().any(|&limit| self.room[limit] <= 0) {
                    continue;
                }
                ([(unit, to)].to_vec(), [(unit, from)].to_vec())
            };
            let before = self.total;
            self.give(&moves);
            if self.total > before.saturating_add(threshold) {
                self.give(&back);
            } else if self.total < total {
                let whole = self.total / 1000 < total / 1000;
                total = self.total;
                best.clone_from(&self.units);
                if whole && self.bins() <= aim.bins {
                    break;
                }
            }
        }
        self.units = best;
    }

    fn shares(&self) -> Vec<Vec<u64>> {
        let mut shares = vec![vec![0; self.problem.bins().len()]; self.wants.len()];
        for &(bin, part) in &self.units {
            if let Some(share) = shares.get_mut(part) {
                share[bin] += 1;
            }
        }
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::generate::TenantFleet;
    use crate::problem::reduce::{Rules, components, reduce};
    use crate::problem::{BinType, Terms, every_count};

    #[test]
    fn shares_keep_the_maximum_counts_and_lose_nothing() {
        for seed in 1..6 {
            let fleet = TenantFleet { workloads: 3_000, bin_types: 3, ..TenantFleet::default() };
            let problem = fleet.build(seed).unwrap();
            let rules = Rules { max_counts: true, costs: true, merge: true };
            let reduced: Vec<Reduced> =
                components(&problem).iter().map(|items| reduce(&problem, items, rules)).collect();
            let loads: Vec<Wants> = reduced.iter().map(|reduced| Wants::of(&problem, reduced, 1)).collect();
            let shares = shares(&problem, &loads).unwrap();
            for (bin, kind) in problem.bins().iter().enumerate() {
                let given: u64 = shares.iter().map(|share| share[bin]).sum();
                assert!(kind.max_count.is_none_or(|most| given <= most), "seed {seed}");
            }
            // a bin of twice the size saves at most one wherever it goes
            let sum = |share: &dyn Fn(usize) -> Vec<u64>| -> u64 {
                (0..loads.len()).map(|part| loads[part].fewest(&problem, &share(part)).unwrap()).sum()
            };
            let none = sum(&|_| vec![0; 3]);
            let most = problem.bins()[1].max_count.unwrap();
            assert!(sum(&|part| shares[part].clone()) <= none - most + 1, "seed {seed}");
        }
    }

    #[test]
    fn what_is_left_over_saves_as_many_bins_as_any_way_to_deal_it() {
        let mut random = Random::new(11);
        let (mut saved, mut least) = (0, 0);
        for seed in 0..200 {
            let mut builder = Problem::builder(1);
            builder.bin(&[10]);
            let most = [random.between(1, 4), random.between(1, 4)];
            let rooms = [random.between(11, 18), random.between(11, 18)];
            for (most, room) in most.into_iter().zip(rooms) {
                builder.bin_type(BinType { capacity: vec![room], max_count: Some(most), cost: 0 });
            }
            builder.classes(2);
            builder.conflict(0, 1);
            (0..2).for_each(|class| _ = builder.item(&[1], random.between(5, 60), class));
            let problem = builder.build().unwrap();
            let rules = Rules { max_counts: true, costs: true, merge: true };
            let reduced: Vec<Reduced> =
                components(&problem).iter().map(|items| reduce(&problem, items, rules)).collect();
            let wants: Vec<Wants> = reduced.iter().map(|reduced| Wants::of(&problem, reduced, 1)).collect();
            let need = |shares: &[Vec<u64>]| Wants::all_need(&wants, &problem, shares);
            let mut dealt = vec![vec![0; 3]; 2];
            let before = need(&dealt);
            deal_out(&problem, &wants, &mut dealt, &Budget::of_work(1_000_000));
            let used = |bin: usize| dealt[0][bin] + dealt[1][bin];
            assert!((0..2).all(|at| used(at + 1) <= most[at]), "seed {seed}: {dealt:?}");
            let each = [most[0], most[0], most[1], most[1]];
            let within = |of: &Vec<u64>| of[0] + of[1] <= most[0] && of[2] + of[3] <= most[1];
            let any = |of: Vec<u64>| need(&[vec![0, of[0], of[2]], vec![0, of[1], of[3]]]);
            let best = every_count(&each).filter(within).map(any).min().unwrap();
            assert!(best <= need(&dealt) && need(&dealt) <= before, "seed {seed}");
            saved += before - need(&dealt);
            least += before - best;
        }
        // together two types may save a bin that neither saves alone
        assert!(saved <= least && saved * 10 >= least * 9 && saved > 100, "{saved} of {least}");
        // what is under a limit in common stays
        let mut builder = Problem::builder(1);
        builder.bin(&[10]);
        builder.bin_type(BinType { capacity: vec![20], max_count: Some(2), cost: 0 });
        builder.classes(1);
        builder.item(&[1], 20, 0);
        let free = builder.build().unwrap();
        let bins = [1].into_iter().collect();
        let limited = free.clone().with(Terms { limits: vec![Limit { bins, most: 2 }], ..Terms::default() }).unwrap();
        for (problem, expected) in [(free, 1), (limited, 0)] {
            let rules = Rules { max_counts: true, costs: true, merge: true };
            let wants = [Wants::of(&problem, &reduce(&problem, &[0], rules), 1)];
            let mut dealt = [vec![0, 0]];
            deal_out(&problem, &wants, &mut dealt, &Budget::of_work(1_000_000));
            assert_eq!(dealt, [vec![0, expected]]);
        }
    }
}
