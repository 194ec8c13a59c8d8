//! Is there a feasible bin heavier than a limit? A knapsack with conflicts and copies, decided by branch and bound.
//!
//! The checker's own search, written for the question "none above the limit?": everything that cannot pass the limit
//! is cut, ties with it included. The items are covered by cliques of the conflict graph, of which a bin holds at most
//! one item type each, so a dynamic programme over the cliques in one resource (a multiple-choice knapsack; Kellerer,
//! Pferschy, Pisinger 2004, chapter 11) bounds what the rest of a bin may weigh. A depth-first search extends partial
//! bins in the order of the cliques; where one of its subtrees grows beyond what a fresh bound would have cost,
//! covers that are made anew at each partial bin may end it (`heaviest/covers.rs`). Else the tables are made again to the last unit,
//! once; then the subtree is taken as a problem of its own, with cliques and programmes of its own. Where many resources bind and few
//! items fill a bin, a search by what still fits goes beside all that (`heaviest/fits.rs`).
//!
//! A bin may have to reach *floors* in other weights too. Passing the limit is one floor more, so the search has several of one
//! kind, each with programmes of its own. More items never take a bin below a floor: it goes on adding until all are reached.

mod all;
mod covers;
mod fits;

use std::cell::OnceCell;

use fixedbitset::FixedBitSet;

pub(super) use all::{Content, all};
use covers::Covers;
use fits::Fitted;

use super::failure::Failure;
use super::knapsack::Table;
use crate::budget::{Budget, Question, Stop};

/// An item that may stand in the bin.
pub(super) struct Candidate<'a> {
    /// Weight of a copy, at least 1 if there are no floors.
    pub weight: u64,
    /// Copies there are, at least 1.
    pub copies: u64,
    /// Size of a copy; a copy alone fits the bin.
    pub size: &'a [u64],
}

/// A weight of another kind that the bin must reach.
pub(super) struct Floor {
    /// Of a copy of each candidate.
    pub weights: Vec<u128>,
    /// The least that the bin may weigh.
    pub least: u128,
}

impl Floor {
    /// What all copies of each candidate weigh.
    fn most(&self, copies: &[u64]) -> impl Iterator<Item = u128> {
        self.weights.iter().zip(copies).map(|(weight, &copies)| weight.saturating_mul(copies.into()))
    }

    /// Whether sums may be too large for a search.
    fn is_too_large(&self, copies: &[u64]) -> bool {
        self.least > MAX_WEIGHT || self.most(copies).any(|most| most > MAX_WEIGHT)
    }
}

/// Sums of weights stay below this, so that `u64` holds them.
const MAX_WEIGHT: u128 = 1 << 62;
/// More candidates than this are not searched: their conflicts alone would take 50 MB.
const MAX_SEARCHED: usize = 20_000;
/// Most entries of the tables of one stage.
const TABLE: usize = 4 << 20;
/// Most entries of those to the last unit, which come where rounded ones decide nothing.
const TABLE_EXACT: usize = 24 << 20;
/// Most columns of such a table.
const WIDEST: u64 = 32_768;
/// Most memory of all stages at a time, in words of 8 bytes.
const MEMORY: usize = 48 << 20;
/// Deepest partial bin, in item types.
const DEEPEST: usize = 600;

/// The content of a feasible bin heavier than `limit` that reaches the floors, as (candidate, copies); `None` if there is
/// none.
///
/// `rows` gives the conflicts among the candidates, without a diagonal; it is asked only if the answer depends on it.
///
/// # Errors
/// [`Failure::Undecided`] when the budget ends or the numbers are too large.
pub(super) fn heavier(
    candidates: &[Candidate],
    floors: &[Floor],
    rows: impl FnOnce() -> Vec<FixedBitSet>,
    capacity: &[u64],
    limit: u128,
    budget: &Budget,
) -> Result<Option<Vec<(usize, u64)>>, Failure> {
    budget.spend((candidates.len() * (1 + capacity.len()) * (1 + floors.len())) as u64)?;
    let copies: Vec<u64> = candidates.iter().map(|item| copies_within(item.copies, item.size, capacity)).collect();
    let passed = Floor {
        weights: candidates.iter().map(|item| u128::from(item.weight)).collect(),
        least: limit.saturating_add(1),
    };
    let floors: Vec<&Floor> = std::iter::once(&passed).chain(floors).collect();
    let alone = |index: usize| {
        floors.iter().all(|floor| floor.weights[index].saturating_mul(copies[index].into()) >= floor.least)
    };
    if let Some(index) = (0..candidates.len()).find(|&index| alone(index)) {
        return Ok(Some(vec![(index, copies[index])]));
    }
    for floor in &floors {
        if floor.most(&copies).fold(0, u128::saturating_add) < floor.least {
            return Ok(None);
        }
    }
    let beyond = |floor: &&Floor| {
        (0..capacity.len()).any(|q| fractional(candidates, &floor.weights, &copies, q, capacity[q]) < floor.least)
    };
    if floors.iter().any(beyond) {
        return Ok(None);
    }
    if floors.iter().any(|floor| floor.is_too_large(&copies)) || candidates.len() > MAX_SEARCHED {
        return Err(Failure::Undecided);
    }
    budget.spend((candidates.len() * candidates.len()) as u64 / 8)?;
    let rows = rows();
    let (items, left) = vectors(candidates.iter().map(|item| item.size), &floors, capacity);
    let question = Heavier { items, rows, copies, left, dimensions: capacity.len() };
    budget.remembering(question, |it| it.search(budget))
}

/// What a copy of each candidate takes off, and what an empty bin leaves: sizes, then weights of each floor.
fn vectors<'a>(
    sizes: impl Iterator<Item = &'a [u64]>,
    floors: &[&Floor],
    capacity: &[u64],
) -> (Vec<Vec<u64>>, Vec<u64>) {
    let takes = |(index, size): (usize, &[u64])| {
        size.iter().copied().chain(floors.iter().map(|floor| floor.weights[index] as u64)).collect()
    };
    let left = capacity.iter().copied().chain(floors.iter().map(|floor| floor.least as u64)).collect();
    (sizes.enumerate().map(takes).collect(), left)
}

/// What a search depends on: sizes and weights of each item, their conflicts and copies, and what there is room for and need of.
#[derive(PartialEq, Eq, Hash)]
struct Heavier {
    items: Vec<Vec<u64>>,
    rows: Vec<FixedBitSet>,
    copies: Vec<u64>,
    left: Vec<u64>,
    dimensions: usize,
}

impl Heavier {
    fn search(&self, budget: &Budget) -> Result<Option<Vec<(usize, u64)>>, Failure> {
        let Self { items, rows, copies, left, dimensions } = self;
        let mut search = HeaviestSearch::new(items, rows, *dimensions, budget);
        let all: Vec<(usize, u64)> = copies.iter().copied().enumerate().collect();
        let found = search.solve(&all, left)?;
        Ok(found.then_some(search.picked))
    }
}

impl Question for Heavier {
    type Answer = Result<Option<Vec<(usize, u64)>>, Failure>;

    fn bytes(&self) -> usize {
        let items = self.items.len();
        items.saturating_mul(8 * self.left.len() + items / 8 + 128)
    }
}

/// How many of `copies` copies fit.
fn copies_within(copies: u64, size: &[u64], residual: &[u64]) -> u64 {
    size.iter().zip(residual).filter(|&(&size, _)| size > 0).map(|(size, room)| room / size).fold(copies, u64::min)
}

/// No feasible bin weighs more: all copies that fit together, and those that each resource alone has room for, copies divisible; in
/// whole multiples of what all weights are multiples of.
pub(super) fn at_most(candidates: &[Candidate], capacity: &[u64]) -> u128 {
    let copies: Vec<u64> = candidates.iter().map(|item| copies_within(item.copies, item.size, capacity)).collect();
    let weights: Vec<u128> = candidates.iter().map(|item| u128::from(item.weight)).collect();
    let all = weights.iter().zip(&copies).map(|(weight, &copies)| weight * u128::from(copies));
    let all = all.fold(0, u128::saturating_add);
    let resources = 0..capacity.len();
    let least = resources.map(|q| fractional(candidates, &weights, &copies, q, capacity[q])).fold(all, u128::min);
    let unit = candidates.iter().fold(0, |unit, item| gcd(unit, item.weight)).max(1);
    least / u128::from(unit) * u128::from(unit)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The knapsack in resource `q` alone, without conflicts, copies divisible (Dantzig 1957), rounded down: bins weigh whole numbers.
fn fractional(candidates: &[Candidate], weights: &[u128], copies: &[u64], q: usize, capacity: u64) -> u128 {
    if weights.iter().any(|&weight| weight > u128::from(u64::MAX)) {
        return u128::MAX;
    }
    let mut order: Vec<usize> = (0..candidates.len()).filter(|&index| weights[index] > 0).collect();
    // by weight over size, descending; sizes of 0 come first
    order.sort_by(|&a, &b| {
        let left = weights[a] * u128::from(candidates[b].size[q]);
        let right = weights[b] * u128::from(candidates[a].size[q]);
        right.cmp(&left)
    });
    let (mut room, mut total) = (u128::from(capacity), 0u128);
    for index in order {
        let (weight, size) = (weights[index], u128::from(candidates[index].size[q]));
        let all = size * u128::from(copies[index]);
        if all <= room {
            room -= all;
            total = total.saturating_add(weight * u128::from(copies[index]));
        } else {
            // weight and room are below 2^64
            return total.saturating_add(weight * room / size);
        }
    }
    total
}

/// What a partial bin leaves is one vector: the room in each dimension, then the weight lacking at each floor. What a copy of
/// a candidate takes off is written likewise: its sizes, then its weights.
struct HeaviestSearch<'a, 'b> {
    /// What a copy of each candidate takes off.
    items: &'a [Vec<u64>],
    conflicts: &'a [FixedBitSet],
    dimensions: usize,
    budget: &'a Budget<'b>,
    /// The partial bin.
    picked: Vec<(usize, u64)>,
    /// What the stages in use take, in words.
    memory: usize,
    /// What covers have come to.
    covers: Covers,
    /// What searches by fit have come to.
    fitted: Fitted,
}

/// A set of items in a fixed order, with what bounds the rest of a bin.
struct Stage {
    /// Candidate behind each position.
    ids: Vec<usize>,
    /// What a copy takes off.
    takes: Vec<Vec<u64>>,
    dimensions: usize,
    /// Most copies of each position.
    copies: Vec<u64>,
    /// Clique of each position, ascending.
    group: Vec<usize>,
    /// Later positions that each position goes with.
    friends: Vec<FixedBitSet>,
    /// Positions that each conflicts with, once covers ask.
    rows: OnceCell<Vec<FixedBitSet>>,
    /// Resources of which the items together need more than there is.
    binding: Vec<usize>,
    /// For each resource, what all sizes are multiples of.
    unit: Vec<u64>,
    /// Programmes for each floor: one for each binding resource, in order, then perhaps one for all.
    tables: Vec<Vec<Table>>,
    /// Whether those of one resource are to the last unit, as far as they can be.
    refined: bool,
    /// Steps that a subtree may take before it becomes a stage of its own.
    allowance: u64,
}

/// What a subtree came to.
#[derive(PartialEq, Eq)]
enum Outcome {
    Nothing,
    Found,
    TooLong,
}

impl<'a, 'b> HeaviestSearch<'a, 'b> {
    fn new(items: &'a [Vec<u64>], conflicts: &'a [FixedBitSet], dimensions: usize, budget: &'a Budget<'b>) -> Self {
        Self {
            items,
            conflicts,
            dimensions,
            budget,
            picked: Vec::new(),
            memory: 0,
            covers: Covers::new(budget),
            fitted: Fitted::new(budget),
        }
    }

    /// Whether the partial bin, which leaves `left`, can be extended by some of `pool` (candidate, copies) so that it
    /// reaches all floors; `picked` is then the whole bin.
    fn solve(&mut self, pool: &[(usize, u64)], left: &[u64]) -> Result<bool, Failure> {
        let (room, lacking) = left.split_at(self.dimensions);
        if reached(lacking) {
            return Ok(true);
        }
        if self.picked.len() > DEEPEST {
            return Err(Failure::Undecided);
        }
        self.budget.spend((pool.len() * left.len()) as u64 + 1)?;
        let pool: Vec<(usize, u64)> = pool
            .iter()
            .map(|&(id, copies)| (id, copies_within(copies, &self.items[id], room)))
            .filter(|&(_, copies)| copies > 0)
            .collect();
        for (floor, &lacking) in lacking.iter().enumerate() {
            // no overflow: what the copies of one candidate weigh is at most 2^62
            let weight = |&(id, copies): &(usize, u64)| self.items[id][self.dimensions + floor] * copies;
            if pool.iter().map(weight).fold(0, u64::saturating_add) < lacking {
                return Ok(false);
            }
        }
        let mut stage = self.stage(&pool, left)?;
        self.memory += stage.words();
        if self.memory > MEMORY {
            return Err(Failure::Undecided);
        }
        let (mut fits, before) = (self.fits(&stage, left)?, self.budget.spent());
        let depth = self.picked.len();
        let mut position = 0;
        'positions: while position < stage.ids.len() && stage.promises(position, left) {
            let outcome = match &mut fits {
                // what tables end at once is theirs
                Some(fits) if self.budget.spent() - before > stage.allowance => self.by_fits(&stage, fits, position)?,
                _ => Outcome::TooLong,
            };
            match outcome {
                Outcome::Found => return Ok(true),
                Outcome::Nothing => break,
                Outcome::TooLong => {}
            }
            for copies in (1..=stage.copies[position]).rev() {
                let rest = stage.add(position, copies, left);
                self.picked.push((stage.ids[position], copies));
                let found = match self.by_either(&stage, position, &rest)? {
                    Outcome::Found => true,
                    Outcome::Nothing => false,
                    Outcome::TooLong if !stage.refined => {
                        self.picked.truncate(depth);
                        self.refine(&mut stage, left)?;
                        continue 'positions;
                    }
                    Outcome::TooLong => self.solve(&stage.friends_of(position), &rest)?,
                };
                if found {
                    return Ok(true);
                }
                self.picked.truncate(depth);
            }
            position += 1;
        }
        self.memory -= stage.words() + fits.map_or(0, |fits| fits.memory());
        Ok(false)
    }

    /// The same within a stage, for the positions in `allowed`.
    fn descend(
        &mut self,
        stage: &Stage,
        allowed: &FixedBitSet,
        left: &[u64],
        steps: &mut u64,
    ) -> Result<Outcome, Failure> {
        if reached(&left[self.dimensions..]) {
            return Ok(Outcome::Found);
        }
        if self.picked.len() > DEEPEST {
            return Err(Failure::Undecided);
        }
        self.budget.spend(4 + allowed.len() as u64 / 64)?;
        for position in allowed.ones() {
            if !stage.promises(position, left) {
                break;
            }
            let most = copies_within(stage.copies[position], &stage.takes[position], &left[..self.dimensions]);
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
                let left = stage.add(position, copies, left);
                self.picked.push((stage.ids[position], copies));
                match self.descend(stage, &rest, &left, steps)? {
                    Outcome::Nothing => {}
                    other => return Ok(other),
                }
                self.picked.pop();
            }
        }
        Ok(Outcome::Nothing)
    }

    /// Cliques by descending degree, first fit; then for each floor a programme for each resource that binds.
    fn stage(&self, pool: &[(usize, u64)], left: &[u64]) -> Result<Stage, Stop> {
        let (room, lacking) = left.split_at(self.dimensions);
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
        let unit =
            (0..self.dimensions).map(|q| pool.iter().fold(0, |unit, &(id, _)| gcd(unit, self.items[id][q])).max(1));
        let mut stage = Stage {
            takes: ids.iter().map(|&id| self.items[id].clone()).collect(),
            dimensions: self.dimensions,
            copies: placed.iter().map(|&(_, copies)| copies).collect(),
            friends,
            ids,
            group,
            rows: OnceCell::new(),
            binding: Vec::new(),
            unit: unit.collect(),
            tables: Vec::new(),
            refined: false,
            allowance: 0,
        };
        stage.binding = (0..room.len()).filter(|&q| stage.binds(q, room[q])).collect();
        let mut ranges: Vec<Vec<usize>> = stage.binding.iter().map(|&q| vec![q]).collect();
        if stage.binding.len() != 1 {
            // all at once; and where nothing binds, the cliques alone
            ranges.push(stage.binding.clone());
        }
        let mut cost = 0;
        let share = TABLE / (ranges.len() * lacking.len()) / (cliques.len() + 1);
        for floor in 0..lacking.len() {
            let item = |at| stage.item(at, floor);
            let tables =
                ranges.iter().map(|resources| Table::new(&stage.group, item, resources, room, &stage.unit, share));
            let tables: Vec<Table> = tables.collect();
            cost += tables.iter().map(|table| (table.width() as u64 + 1) * len as u64).sum::<u64>();
            stage.tables.push(tables);
        }
        self.budget.spend(cost)?;
        stage.allowance = if cfg!(test) { 3 } else { 200 + (cost + (len * len) as u64 / 4) / 16 };
        Ok(stage)
    }

    /// Makes the tables of single resources again, to the last unit, as long as there is memory.
    fn refine(&mut self, stage: &mut Stage, left: &[u64]) -> Result<(), Stop> {
        let (room, lacking) = left.split_at(self.dimensions);
        let rows = stage.group.last().map_or(0, |last| last + 1) + 1;
        let before = stage.words();
        let mut most = TABLE_EXACT.min(MEMORY - self.memory);
        stage.refined = true;
        for (index, q) in stage.binding.clone().into_iter().enumerate() {
            let width = room[q] / stage.unit[q];
            if width >= WIDEST || stage.tables.iter().all(|tables| tables[index].width() as u64 == width) {
                continue;
            }
            let words = (width as usize + 1) * rows * lacking.len();
            if words > most {
                continue;
            }
            most -= words;
            self.budget.spend((width + 1) * (stage.ids.len() * lacking.len()) as u64)?;
            for floor in 0..lacking.len() {
                let exact = Table::exact(&stage.group, |at| stage.item(at, floor), q, room, &stage.unit);
                stage.tables[floor][index] = exact;
            }
        }
        self.memory = self.memory - before + stage.words();
        Ok(())
    }
}

/// Whether nothing is lacking at any floor.
fn reached(lacking: &[u64]) -> bool {
    lacking.iter().all(|&lacking| lacking == 0)
}

impl Stage {
    /// Whether the items from `position` on might add all that is lacking, for what the programmes know.
    fn promises(&self, position: usize, left: &[u64]) -> bool {
        self.cliques_promise(self.group[position], left)
    }

    /// The same once the item at `position` is in the bin: its clique gives nothing more.
    fn completes(&self, position: usize, left: &[u64]) -> bool {
        self.cliques_promise(self.group[position] + 1, left)
    }

    /// Whether the cliques from `group` on might.
    fn cliques_promise(&self, group: usize, left: &[u64]) -> bool {
        let (room, lacking) = left.split_at(self.dimensions);
        let enough = |(tables, &lacking): (&Vec<Table>, &u64)| {
            lacking == 0 || tables.iter().all(|table| table.bound(group, room) >= lacking)
        };
        self.tables.iter().zip(lacking).all(enough)
    }

    /// Those that may follow the item at `position`, and their copies.
    fn friends_of(&self, position: usize) -> Vec<(usize, u64)> {
        self.friends[position].ones().map(|next| (self.ids[next], self.copies[next])).collect()
    }

    /// Memory, in words.
    fn words(&self) -> usize {
        let rows = 1 + usize::from(self.rows.get().is_some());
        rows * self.row_words() + self.tables.iter().flatten().map(Table::words).sum::<usize>()
    }

    /// Of a row for each position.
    fn row_words(&self) -> usize {
        self.ids.len().pow(2) / 64
    }

    /// Weight of a copy, number of copies and size of a copy.
    fn item(&self, position: usize, floor: usize) -> (u64, u64, &[u64]) {
        let (size, weights) = self.takes[position].split_at(self.dimensions);
        (weights[floor], self.copies[position], size)
    }

    /// What is left after adding copies, which must fit. A floor may be passed.
    fn add(&self, position: usize, copies: u64, left: &[u64]) -> Vec<u64> {
        left.iter().zip(&self.takes[position]).map(|(left, one)| left.saturating_sub(one * copies)).collect()
    }

    /// Whether the items together pass `room` in resource `q`.
    fn binds(&self, q: usize, room: u64) -> bool {
        let load: u128 =
            self.takes.iter().zip(&self.copies).map(|(one, &copies)| u128::from(one[q]) * u128::from(copies)).sum();
        load > u128::from(room)
    }
}

#[cfg(test)]
#[path = "heaviest_tests.rs"]
mod tests;
