//! The same question where conflicts rule: what a bin can still hold is covered by cliques anew at each partial bin.
//!
//! Weights are given to cliques such that no item is worth more than those it is in: together they bound what a bin adds, which holds
//! one item type of each (Babel 1994; Held, Cook, Sewell 2012, section 4). A cover of less than what is lacking leaves items over, one
//! of which any bin that reaches the floor must hold: the search branches on these alone. It knows resources by what fits a
//! partial bin only, and none of what fixed cliques in fixed order overlook.

use fixedbitset::FixedBitSet;

use super::super::failure::Failure;
use super::{DEEPEST, HeaviestSearch, MEMORY, Outcome, Stage, copies_within};
use crate::budget::Budget;

/// What covers have taken of the budget.
pub(super) struct Covers {
    /// What was spent before the search.
    before: u64,
    taken: u64,
    /// Where they ended nowhere.
    in_vain: u64,
    /// Steps within which they come first: as many were too few for tables, and enough for covers. 0: tables come first.
    first: u64,
}

impl Covers {
    pub fn new(budget: &Budget) -> Self {
        Self { before: budget.spent(), taken: 0, in_vain: 0, first: 0 }
    }

    /// Steps for another trial: those in vain are to be no more than half of what tables take.
    fn share(&self, budget: &Budget) -> u64 {
        let tables = (budget.spent() - self.before).saturating_sub(self.taken);
        (tables / 2).saturating_sub(self.in_vain)
    }
}

struct CoverSearch<'s, 'b> {
    stage: &'s Stage,
    /// Who conflicts with whom, by position.
    rows: &'s [FixedBitSet],
    budget: &'s Budget<'b>,
    /// Steps that are left.
    steps: u64,
    /// What is added to the partial bin, by position.
    picked: Vec<(usize, u64)>,
    /// Most item types to add.
    deepest: usize,
    /// One for each item type that is added, and memory for those to come.
    frames: Vec<Frame>,
    /// While a cover is made: what of all copies of each that fit is not covered yet.
    weight: Vec<u64>,
    common: FixedBitSet,
    clique: Vec<usize>,
}

/// What may follow a partial bin.
#[derive(Default)]
struct Frame {
    left: Vec<u64>,
    allowed: FixedBitSet,
    /// Those of them that the cover leaves over.
    over: FixedBitSet,
}

impl HeaviestSearch<'_, '_> {
    /// Whether the partial bin, which leaves `left`, can be completed by those that may follow the item at `position`: by tables or
    /// by covers, whichever ends sooner.
    pub(super) fn by_either(&mut self, stage: &Stage, position: usize, left: &[u64]) -> Result<Outcome, Failure> {
        let (allowed, depth) = (&stage.friends[position], self.picked.len());
        let first = std::mem::take(&mut self.covers.first);
        if first > 0 {
            let (outcome, _) = self.by_covers(stage, allowed, left, first)?;
            if outcome != Outcome::TooLong {
                self.covers.first = first;
                return Ok(outcome);
            }
        }
        let (mut steps, before) = (stage.allowance, self.budget.spent());
        let outcome = self.descend(stage, allowed, left, &mut steps)?;
        if outcome != Outcome::TooLong {
            return Ok(outcome);
        }
        self.picked.truncate(depth);
        let tables = self.budget.spent() - before;
        let (outcome, taken) = self.by_covers(stage, allowed, left, self.covers.share(self.budget))?;
        if outcome != Outcome::TooLong && taken <= tables {
            self.covers.first = tables;
        }
        Ok(outcome)
    }

    /// The same by covers, for the positions in `allowed`, in at most so many steps; and in how many.
    pub(super) fn by_covers(
        &mut self,
        stage: &Stage,
        allowed: &FixedBitSet,
        left: &[u64],
        steps: u64,
    ) -> Result<(Outcome, u64), Failure> {
        let len = stage.ids.len();
        let setup = if stage.rows.get().is_some() { 0 } else { (len * len) as u64 / 16 };
        if setup > 0 {
            if steps / 2 < setup || self.memory + stage.row_words() > MEMORY {
                return Ok((Outcome::TooLong, 0));
            }
            self.memory += stage.row_words();
            self.budget.spend(setup)?;
        }
        let row = |id: &usize| {
            let mut row = FixedBitSet::with_capacity(len);
            row.extend((0..len).filter(|&at| self.conflicts[*id].contains(stage.ids[at])));
            row
        };
        let rows = stage.rows.get_or_init(|| stage.ids.iter().map(row).collect());
        let frames = vec![Frame { left: left.to_vec(), allowed: allowed.clone(), ..Frame::default() }];
        let deepest = DEEPEST.saturating_sub(self.picked.len());
        let mut search = CoverSearch {
            stage,
            rows,
            budget: self.budget,
            steps: steps - setup,
            picked: Vec::new(),
            deepest,
            frames,
            weight: vec![0; len],
            common: FixedBitSet::with_capacity(len),
            clique: Vec::new(),
        };
        let outcome = search.extend(0)?;
        let taken = steps - search.steps;
        self.covers.taken += taken;
        match outcome {
            Outcome::Found => self.picked.extend(search.picked.iter().map(|&(at, copies)| (stage.ids[at], copies))),
            Outcome::TooLong => self.covers.in_vain += taken,
            Outcome::Nothing => {}
        }
        Ok((outcome, taken))
    }
}

impl CoverSearch<'_, '_> {
    /// Whether the partial bin can be completed.
    fn extend(&mut self, depth: usize) -> Result<Outcome, Failure> {
        let mut frame = std::mem::take(&mut self.frames[depth]);
        let outcome = self.extend_by(depth, &mut frame);
        self.frames[depth] = frame;
        outcome
    }

    fn extend_by(&mut self, depth: usize, frame: &mut Frame) -> Result<Outcome, Failure> {
        let Stage { takes, copies, dimensions, .. } = self.stage;
        let Frame { left, allowed, over } = frame;
        let (room, lacking) = left.split_at(*dimensions);
        // any floor that is not reached yet must be
        let Some(floor) = lacking.iter().position(|&lacking| lacking > 0) else { return Ok(Outcome::Found) };
        over.clone_from(allowed);
        let mut count = 0;
        for at in over.ones() {
            let fit = copies_within(copies[at], &takes[at], room);
            allowed.set(at, fit > 0);
            self.weight[at] = takes[at][dimensions + floor] * fit;
            count += 1;
        }
        over.clear();
        over.extend(allowed.ones().filter(|&at| self.weight[at] > 0));
        let looked_at = self.cover(over, lacking[floor] - 1);
        let steps = 8 + count + looked_at * (1 + copies.len() as u64 / 1024);
        self.budget.spend(steps)?;
        if self.steps < steps || depth >= self.deepest {
            return Ok(Outcome::TooLong);
        }
        self.steps -= steps;
        if self.frames.len() < depth + 2 {
            self.frames.push(Frame::default());
        }
        allowed.difference_with(over);
        // one of those left over, and of the others what came before
        for at in over.ones() {
            let fit = copies_within(copies[at], &takes[at], room);
            for copies in (1..=fit).rev() {
                let next = &mut self.frames[depth + 1];
                next.allowed.clone_from(allowed);
                next.allowed.difference_with(&self.rows[at]);
                next.left = self.stage.add(at, copies, left);
                self.picked.push((at, copies));
                match self.extend(depth + 1)? {
                    Outcome::Nothing => {}
                    other => return Ok(other),
                }
                self.picked.pop();
            }
            allowed.insert(at);
        }
        Ok(Outcome::Nothing)
    }

    /// Gives weights to cliques that add up to `most` or less; `over` are those that they do not cover. How many items were looked at.
    fn cover(&mut self, over: &mut FixedBitSet, mut most: u64) -> u64 {
        let mut looked_at = 0;
        let Self { rows, weight, common, clique, .. } = self;
        while let Some(first) = over.maximum() {
            clique.clear();
            clique.push(first);
            let mut least = weight[first];
            common.clone_from(over);
            common.intersect_with(&rows[first]);
            while let Some(at) = common.maximum() {
                clique.push(at);
                least = least.min(weight[at]);
                common.remove(at);
                common.intersect_with(&rows[at]);
            }
            looked_at += clique.len() as u64;
            if least > most {
                break;
            }
            most -= least;
            for &at in clique.iter() {
                weight[at] -= least;
                if weight[at] == 0 {
                    over.remove(at);
                }
            }
        }
        looked_at
    }
}
