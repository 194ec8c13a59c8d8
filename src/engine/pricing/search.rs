//! The depth-first search for the heaviest bin from a root.

use crate::budget::{Budget, Stop};

use super::bits::next;
use super::exact::Pricer;

/// One depth-first search, over positions.
pub(super) struct RootSearch<'p, 'b> {
    pricer: &'p Pricer,
    budget: &'p Budget<'b>,
    /// What a bin must exceed; the weight of `record` once there is one.
    pub best: u64,
    chosen: Vec<(usize, u64)>,
    /// The heaviest bin that exceeds it, positions and copies; empty: none yet.
    pub record: Vec<(usize, u64)>,
    nodes: u64,
    limit: u64,
    /// Depth-major: allowed positions, room in each view, residual in each resource.
    allowed: Vec<u64>,
    rooms: Vec<u64>,
    residuals: Vec<u64>,
}

impl<'p, 'b> RootSearch<'p, 'b> {
    /// A search that visits at most `limit` nodes from each root.
    pub fn new(pricer: &'p Pricer, limit: u64, budget: &'p Budget<'b>) -> Self {
        Self {
            pricer,
            budget,
            best: 0,
            chosen: Vec::new(),
            record: Vec::new(),
            nodes: 0,
            limit,
            allowed: Vec::new(),
            rooms: Vec::new(),
            residuals: Vec::new(),
        }
    }

    /// Looks for bins that start with `root` and weigh more than `best`; false where it ran out of nodes.
    ///
    /// # Errors
    /// [`Stop`] when the budget is used up.
    pub fn from(&mut self, root: usize, best: u64) -> Result<bool, Stop> {
        let pricer = self.pricer;
        self.best = best;
        self.nodes = 0;
        self.record.clear();
        let (words, views, dimensions) = (pricer.words, pricer.views.len(), pricer.dimensions);
        self.chosen.clear();
        self.allowed.resize(2 * words, 0);
        self.rooms.resize(2 * views, 0);
        self.residuals.resize(2 * dimensions, 0);
        self.allowed[..words].fill(0);
        self.allowed[root / 64] |= 1 << (root % 64);
        // depth 0 may choose the root only, but the set for depth 1 comes from all active types
        for (room, view) in self.rooms.iter_mut().zip(&pricer.views) {
            *room = view.full;
        }
        self.residuals[..dimensions].copy_from_slice(&pricer.capacity);
        let most = self.fitting(0, root);
        for copies in (1..=most).rev() {
            self.take(0, root, copies, 0, true)?;
            if self.nodes > self.limit {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// How many copies of the position fit at this depth. Most often all: then there is nothing to divide.
    fn fitting(&self, depth: usize, at: usize) -> u64 {
        let pricer = self.pricer;
        let d = pricer.dimensions;
        let room = &self.residuals[depth * d..(depth + 1) * d];
        let size = &pricer.sizes[at * d..(at + 1) * d];
        size.iter().zip(room).fold(
            pricer.most[at],
            |most, (&size, &room)| {
                if size.saturating_mul(most) <= room { most } else { room / size }
            },
        )
    }

    /// Puts `copies` of `at` into the bin that weighs `value` and searches on.
    fn take(&mut self, depth: usize, at: usize, copies: u64, value: u64, root: bool) -> Result<(), Stop> {
        let pricer = self.pricer;
        let (words, views, d) = (pricer.words, pricer.views.len(), pricer.dimensions);
        let value = value + pricer.value[at] * copies;
        let next_depth = depth + 1;
        if self.rooms.len() < (next_depth + 1) * views {
            self.rooms.resize((next_depth + 1) * views, 0);
        }
        let after = pricer.programme.row_after(at);
        let mut bound = u64::MAX;
        for (index, view) in pricer.views.iter().enumerate() {
            let room = self.rooms[depth * views + index].saturating_sub(view.size[at].saturating_mul(copies));
            self.rooms[next_depth * views + index] = room;
            bound = bound.min(pricer.programme.bound(index, view, after, room));
        }
        if value + bound <= self.best {
            return Ok(());
        }
        self.nodes += 1;
        self.budget.spend(4 + (words + views) as u64)?;
        if self.nodes > self.limit {
            return Ok(());
        }
        self.chosen.push((at, copies));
        if value > self.best {
            self.best = value;
            self.record.clone_from(&self.chosen);
        }
        if self.allowed.len() < (next_depth + 1) * words {
            self.allowed.resize((next_depth + 1) * words, 0);
        }
        let (before, new) = self.allowed.split_at_mut(next_depth * words);
        let from = if root { &pricer.active } else { &before[depth * words..] };
        pricer.restrict(from, at, new);
        if self.residuals.len() < (next_depth + 1) * d {
            self.residuals.resize((next_depth + 1) * d, 0);
        }
        for q in 0..d {
            // `copies` fit
            self.residuals[next_depth * d + q] = self.residuals[depth * d + q] - pricer.sizes[at * d + q] * copies;
        }
        self.extend(next_depth, at + 1, value)?;
        self.chosen.pop();
        Ok(())
    }

    fn extend(&mut self, depth: usize, mut from: usize, value: u64) -> Result<(), Stop> {
        let pricer = self.pricer;
        let (words, views) = (pricer.words, pricer.views.len());
        while let Some(at) = next(&self.allowed[depth * words..(depth + 1) * words], from) {
            let row = pricer.programme.row_from(at);
            let mut bound = u64::MAX;
            for (index, view) in pricer.views.iter().enumerate() {
                bound = bound.min(pricer.programme.bound(index, view, row, self.rooms[depth * views + index]));
            }
            if value + bound <= self.best {
                return Ok(());
            }
            for copies in (1..=self.fitting(depth, at)).rev() {
                self.take(depth, at, copies, value, false)?;
                if self.nodes > self.limit {
                    return Ok(());
                }
            }
            from = at + 1;
        }
        Ok(())
    }
}
