//! Every bin that reaches the floors, not only a heavy one.

use fixedbitset::FixedBitSet;

use super::super::failure::Failure;
use super::{DEEPEST, Floor, HeaviestSearch, MAX_SEARCHED, MEMORY, Stage, copies_within, reached, vectors};
use crate::budget::{Budget, Stop};

/// Items and copies of a bin.
pub(in crate::certify) type Content = Vec<(usize, u64)>;

/// Most bins that are listed. What are a few thousand with copies may be ten times as many where each copy is an item of its own.
const MOST: usize = 100_000;
/// Most partial bins that are extended: some for each bin.
const STEPS: u64 = 1_000_000;

/// All feasible bins with something in them that reach the floors, of items with these copies and sizes, each of which fits alone;
/// `None` where they are too many, or take too long to find.
///
/// # Errors
/// [`Failure::Undecided`] when the budget ends.
pub(in crate::certify) fn all(
    items: &[(u64, &[u64])],
    floors: &[Floor],
    rows: &[FixedBitSet],
    capacity: &[u64],
    budget: &Budget,
) -> Result<Option<Vec<Content>>, Failure> {
    let copies: Vec<u64> = items.iter().map(|&(copies, size)| copies_within(copies, size, capacity)).collect();
    if floors.iter().any(|floor| floor.is_too_large(&copies)) || items.len() > MAX_SEARCHED {
        return Ok(None);
    }
    budget.spend((items.len() * items.len()) as u64 / 8 + (items.len() * (capacity.len() + floors.len())) as u64)?;
    let floors: Vec<&Floor> = floors.iter().collect();
    let (takes, left) = vectors(items.iter().map(|&(_, size)| size), &floors, capacity);
    let mut search = HeaviestSearch::new(&takes, rows, capacity.len(), budget);
    let pool: Vec<(usize, u64)> = copies.iter().copied().enumerate().collect();
    let mut stage = search.stage(&pool, &left)?;
    search.memory += stage.words();
    if search.memory > MEMORY {
        return Ok(None);
    }
    search.refine(&mut stage, &left)?;
    let mut everyone = FixedBitSet::with_capacity(pool.len());
    everyone.insert_range(..);
    let mut listed = Listed { found: Vec::new(), steps: STEPS };
    Ok(search.list(&stage, &everyone, &left, &mut listed)?.then_some(listed.found))
}

struct Listed {
    found: Vec<Content>,
    /// That are left.
    steps: u64,
}

impl HeaviestSearch<'_, '_> {
    /// Lists the partial bin, which leaves `left`, and what can be made of it by those allowed; false: that is too much.
    fn list(&mut self, stage: &Stage, allowed: &FixedBitSet, left: &[u64], listed: &mut Listed) -> Result<bool, Stop> {
        self.budget.spend(4 + allowed.len() as u64 / 64)?;
        if listed.steps == 0 || self.picked.len() > DEEPEST || listed.found.len() > MOST {
            return Ok(false);
        }
        listed.steps -= 1;
        if !self.picked.is_empty() && reached(&left[self.dimensions..]) {
            listed.found.push(self.picked.clone());
        }
        for position in allowed.ones() {
            if !stage.promises(position, left) {
                break;
            }
            self.budget.spend(1)?;
            let most = copies_within(stage.copies[position], &stage.takes[position], &left[..self.dimensions]);
            for copies in 1..=most {
                let left = stage.add(position, copies, left);
                // hundreds of items fit a partial bin, and with hardly any of them it can still be completed
                if !stage.completes(position, &left) {
                    continue;
                }
                let mut rest = allowed.clone();
                rest.intersect_with(&stage.friends[position]);
                self.picked.push((stage.ids[position], copies));
                if !self.list(stage, &rest, &left, listed)? {
                    return Ok(false);
                }
                self.picked.pop();
            }
        }
        Ok(true)
    }
}
