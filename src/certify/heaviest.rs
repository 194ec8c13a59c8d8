//! Is there a feasible bin heavier than a limit? A knapsack with conflicts and copies, decided by branch and bound.
//!
//! The checker's own search, written for the question "none above the limit?": everything that cannot pass the limit
//! is cut, ties with it included. The items are covered by cliques of the conflict graph, of which a bin holds at most
//! one item type each, so a dynamic programme over the cliques in one resource (a multiple-choice knapsack; Kellerer,
//! Pferschy, Pisinger 2004, chapter 11) bounds what the rest of a bin may weigh. A depth-first search extends partial
//! bins in the order of the cliques; where one of its subtrees grows beyond what a fresh bound would have cost,
//! the subtree is taken as a problem of its own, with cliques and programmes of its own.

use fixedbitset::FixedBitSet;

use super::check::Failure;
use super::knapsack::Table;
use crate::budget::{Budget, Stop};

/// An item that may stand in the bin.
pub(super) struct Candidate<'a> {
    /// Weight of a copy, at least 1.
    pub weight: u64,
    /// Copies there are, at least 1.
    pub copies: u64,
    /// Size of a copy; a copy alone fits the bin.
    pub size: &'a [u64],
}

/// Sums of weights stay below this, so that `u64` holds them.
const MAX_WEIGHT: u128 = 1 << 62;
/// More candidates than this are not searched: their conflicts alone would take 50 MB.
const MAX_SEARCHED: usize = 20_000;
/// Most entries of the tables of one stage.
const TABLE: usize = 4 << 20;
/// Most memory of all stages at a time, in words of 8 bytes.
const MEMORY: usize = 48 << 20;
/// Deepest partial bin, in item types.
const DEEPEST: usize = 600;

/// The content of a feasible bin heavier than `limit`, as (candidate, copies); `None` if there is none.
///
/// `rows` gives the conflicts among the candidates, without a diagonal; it is asked only if the answer depends on it.
///
/// # Errors
/// [`Failure::Undecided`] when the budget ends or the numbers are too large.
pub(super) fn heavier(
    candidates: &[Candidate],
    rows: impl FnOnce() -> Vec<FixedBitSet>,
    capacity: &[u64],
    limit: u128,
    budget: &Budget,
) -> Result<Option<Vec<(usize, u64)>>, Failure> {
    budget.spend((candidates.len() * (1 + capacity.len())) as u64)?;
    let copies: Vec<u64> = candidates.iter().map(|item| copies_within(item.copies, item.size, capacity)).collect();
    let mut total = 0u128;
    for (index, (item, &copies)) in candidates.iter().zip(&copies).enumerate() {
        let weight = u128::from(item.weight) * u128::from(copies);
        if weight > limit {
            return Ok(Some(vec![(index, copies)]));
        }
        total = total.saturating_add(weight);
    }
    if total <= limit || (0..capacity.len()).any(|q| fractional(candidates, &copies, q, capacity[q]) <= limit) {
        return Ok(None);
    }
    if limit >= MAX_WEIGHT || candidates.len() > MAX_SEARCHED {
        return Err(Failure::Undecided);
    }
    budget.spend((candidates.len() * candidates.len()) as u64 / 8)?;
    // below 2^62 by the test above
    let limit = limit as u64;
    let items = candidates.iter().map(|item| (item.weight, item.size)).collect();
    let mut search = Search { items, conflicts: rows(), limit, budget, picked: Vec::new(), memory: 0 };
    let all: Vec<(usize, u64)> = copies.iter().copied().enumerate().collect();
    let found = search.solve(&all, capacity, 0)?;
    Ok(found.then_some(search.picked))
}

/// How many of `copies` copies fit.
fn copies_within(copies: u64, size: &[u64], residual: &[u64]) -> u64 {
    size.iter().zip(residual).filter(|&(&size, _)| size > 0).map(|(size, room)| room / size).fold(copies, u64::min)
}

/// The knapsack in resource `q` alone, without conflicts, copies divisible (Dantzig 1957), rounded up.
fn fractional(candidates: &[Candidate], copies: &[u64], q: usize, capacity: u64) -> u128 {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    // by weight over size, descending; sizes of 0 come first
    order.sort_by(|&a, &b| {
        let left = u128::from(candidates[a].weight) * u128::from(candidates[b].size[q]);
        let right = u128::from(candidates[b].weight) * u128::from(candidates[a].size[q]);
        right.cmp(&left)
    });
    let (mut room, mut total) = (u128::from(capacity), 0u128);
    for index in order {
        let (weight, size) = (u128::from(candidates[index].weight), u128::from(candidates[index].size[q]));
        let all = size * u128::from(copies[index]);
        if all <= room {
            room -= all;
            total = total.saturating_add(weight * u128::from(copies[index]));
        } else {
            // weight and room are below 2^64
            return total.saturating_add((weight * room).div_ceil(size));
        }
    }
    total
}

struct Search<'a, 'b> {
    /// Weight and size of each candidate.
    items: Vec<(u64, &'a [u64])>,
    conflicts: Vec<FixedBitSet>,
    limit: u64,
    budget: &'a Budget<'b>,
    /// The partial bin.
    picked: Vec<(usize, u64)>,
    /// What the stages in use take, in words.
    memory: usize,
}

/// A set of items in a fixed order, with what bounds the rest of a bin.
struct Stage<'a> {
    /// Candidate behind each position.
    ids: Vec<usize>,
    weights: Vec<u64>,
    sizes: Vec<&'a [u64]>,
    /// Most copies of each position.
    copies: Vec<u64>,
    /// Clique of each position, ascending.
    group: Vec<usize>,
    /// Later positions that each position goes with.
    friends: Vec<FixedBitSet>,
    tables: Vec<Table>,
    /// Steps that a subtree may take before it becomes a stage of its own.
    allowance: u64,
}

/// What a subtree came to.
enum Outcome {
    Nothing,
    Found,
    TooLong,
}

impl<'a> Search<'a, '_> {
    /// Whether the partial bin, which weighs `value` and leaves `residual`, can be extended by some of `pool` (candidate,
    /// copies) beyond the limit; `picked` is then the whole bin.
    fn solve(&mut self, pool: &[(usize, u64)], residual: &[u64], value: u64) -> Result<bool, Failure> {
        if value > self.limit {
            return Ok(true);
        }
        if self.picked.len() > DEEPEST {
            return Err(Failure::Undecided);
        }
        self.budget.spend((pool.len() * (1 + residual.len())) as u64 + 1)?;
        let pool: Vec<(usize, u64)> = pool
            .iter()
            .map(|&(id, copies)| (id, copies_within(copies, self.items[id].1, residual)))
            .filter(|&(_, copies)| copies > 0)
            .collect();
        // no overflow: the limit is below 2^62, and so is what the copies of one candidate weigh
        let total = pool.iter().fold(value, |sum, &(id, copies)| sum.saturating_add(self.items[id].0 * copies));
        if total <= self.limit {
            return Ok(false);
        }
        let stage = self.stage(&pool, residual)?;
        let words = stage.ids.len().pow(2) / 64 + stage.tables.iter().map(|table| table.words()).sum::<usize>();
        self.memory += words;
        if self.memory > MEMORY {
            return Err(Failure::Undecided);
        }
        let depth = self.picked.len();
        for position in 0..stage.ids.len() {
            if value.saturating_add(stage.bound(position, residual)) <= self.limit {
                break;
            }
            let rest = &stage.friends[position];
            for copies in (1..=stage.copies[position]).rev() {
                let (value, residual) = stage.add(position, copies, value, residual);
                self.picked.push((stage.ids[position], copies));
                let mut steps = stage.allowance;
                let found = match self.descend(&stage, rest, &residual, value, &mut steps)? {
                    Outcome::Found => true,
                    Outcome::Nothing => false,
                    Outcome::TooLong => {
                        self.picked.truncate(depth + 1);
                        let pool: Vec<(usize, u64)> =
                            rest.ones().map(|next| (stage.ids[next], stage.copies[next])).collect();
                        self.solve(&pool, &residual, value)?
                    }
                };
                if found {
                    return Ok(true);
                }
                self.picked.truncate(depth);
            }
        }
        self.memory -= words;
        Ok(false)
    }

    /// The same within a stage, for the positions in `allowed`.
    fn descend(
        &mut self,
        stage: &Stage,
        allowed: &FixedBitSet,
        residual: &[u64],
        value: u64,
        steps: &mut u64,
    ) -> Result<Outcome, Failure> {
        if value > self.limit {
            return Ok(Outcome::Found);
        }
        if self.picked.len() > DEEPEST {
            return Err(Failure::Undecided);
        }
        self.budget.spend(4 + allowed.len() as u64 / 64)?;
        for position in allowed.ones() {
            if value.saturating_add(stage.bound(position, residual)) <= self.limit {
                break;
            }
            let most = copies_within(stage.copies[position], stage.sizes[position], residual);
            if most == 0 {
                self.budget.spend(1)?;
                continue;
            }
            let mut rest = allowed.clone();
            rest.intersect_with(&stage.friends[position]);
            for copies in (1..=most).rev() {
                if *steps == 0 {
                    return Ok(Outcome::TooLong);
                }
                *steps -= 1;
                let (value, residual) = stage.add(position, copies, value, residual);
                self.picked.push((stage.ids[position], copies));
                match self.descend(stage, &rest, &residual, value, steps)? {
                    Outcome::Nothing => {}
                    other => return Ok(other),
                }
                self.picked.pop();
            }
        }
        Ok(Outcome::Nothing)
    }

    /// Cliques by descending degree, first fit; then a programme for each resource that binds.
    fn stage(&self, pool: &[(usize, u64)], residual: &[u64]) -> Result<Stage<'a>, Stop> {
        let len = pool.len();
        self.budget.spend((len * len) as u64 / 16 + 1)?;
        let mut member = FixedBitSet::with_capacity(self.items.len());
        member.extend(pool.iter().map(|&(id, _)| id));
        let mut order: Vec<(usize, u64)> = pool.to_vec();
        order.sort_by_cached_key(|&(id, _)| (usize::MAX - self.conflicts[id].intersection_count(&member), id));
        let mut cliques: Vec<(FixedBitSet, Vec<(usize, u64)>)> = Vec::new();
        for &(id, copies) in &order {
            let home = cliques.iter_mut().find(|(common, _)| common.contains(id));
            if let Some((common, members)) = home {
                common.intersect_with(&self.conflicts[id]);
                members.push((id, copies));
            } else {
                cliques.push((self.conflicts[id].clone(), vec![(id, copies)]));
            }
        }
        self.budget.spend((len * cliques.len()) as u64 / 8)?;
        let mut group = Vec::with_capacity(len);
        let mut placed = Vec::with_capacity(len);
        for (index, (_, members)) in cliques.iter().enumerate() {
            group.extend(members.iter().map(|_| index));
            placed.extend_from_slice(members);
        }
        let ids: Vec<usize> = placed.iter().map(|&(id, _)| id).collect();
        let friends = (0..len)
            .map(|position| {
                let row = &self.conflicts[ids[position]];
                let mut friends = FixedBitSet::with_capacity(len);
                friends.extend((position + 1..len).filter(|&next| !row.contains(ids[next])));
                friends
            })
            .collect();
        let mut stage = Stage {
            weights: ids.iter().map(|&id| self.items[id].0).collect(),
            sizes: ids.iter().map(|&id| self.items[id].1).collect(),
            copies: placed.iter().map(|&(_, copies)| copies).collect(),
            friends,
            ids,
            group,
            tables: Vec::new(),
            allowance: 0,
        };
        let binding: Vec<usize> = (0..residual.len()).filter(|&q| stage.binds(q, residual[q])).collect();
        let mut ranges: Vec<Vec<usize>> = binding.iter().map(|&q| vec![q]).collect();
        if binding.len() != 1 {
            // all at once; and where nothing binds, the cliques alone
            ranges.push(binding);
        }
        let mut cost = 0;
        let share = TABLE / ranges.len() / (cliques.len() + 1);
        for resources in ranges {
            let table = Table::new(&stage.group, |at| stage.item(at), &resources, residual, share);
            cost += (table.width() as u64 + 1) * len as u64;
            stage.tables.push(table);
        }
        self.budget.spend(cost)?;
        stage.allowance = if cfg!(test) { 3 } else { 200 + (cost + (len * len) as u64 / 4) / 16 };
        Ok(stage)
    }
}

impl Stage<'_> {
    /// The most that the items from `position` on can add.
    fn bound(&self, position: usize, residual: &[u64]) -> u64 {
        self.tables.iter().map(|table| table.bound(self.group[position], residual)).min().unwrap_or(0)
    }

    /// Weight of a copy, number of copies and size of a copy.
    fn item(&self, position: usize) -> (u64, u64, &[u64]) {
        (self.weights[position], self.copies[position], self.sizes[position])
    }

    /// Value and residual after adding copies, which must fit.
    fn add(&self, position: usize, copies: u64, value: u64, residual: &[u64]) -> (u64, Vec<u64>) {
        let residual = residual.iter().zip(self.sizes[position]).map(|(room, size)| room - size * copies).collect();
        (value + self.weights[position] * copies, residual)
    }

    /// Whether the items together pass `room` in resource `q`.
    fn binds(&self, q: usize, room: u64) -> bool {
        let load: u128 =
            self.sizes.iter().zip(&self.copies).map(|(size, &copies)| u128::from(size[q]) * u128::from(copies)).sum();
        load > u128::from(room)
    }
}

#[cfg(test)]
#[path = "heaviest_tests.rs"]
mod tests;
