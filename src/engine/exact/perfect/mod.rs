//! Perfect packings: so few bins that each of them has to be full to the brim, in some resource that all items need.
//!
//! Then only full bins count, and every price system is as good as any other that adds a multiple of the sizes: the question is
//! whether full bins cover each item just as often as there are copies. The hardest instances known are made so (Delorme, Iori
//! & Martello 2016, section 5: AI and ANI): millions of bins are full, and the relaxation says that so few would do. But hardly
//! any of them is in a solution of the relaxation, and one price system can show that of all others at once: prices at which no
//! full bin is worth less than nothing, and all items together just that. A corner of such prices leaves millions of bins at
//! nothing, their centre only those that it must: often a hundred or two. These are the pool that a search over decisions needs;
//! where they are too many, a decision comes first.

mod centre;
mod decision;
mod dive;
mod face;
mod symmetric;

use crate::budget::{Budget, Stop};
use crate::certify::Node;
use crate::pricing::{Case, Content, Pricer};
use crate::problem::Pattern;

use super::columns::Column;
use super::effort::perfect::{DEEPEST, DIVE, MOST_ITEMS, POOL};
use super::float::to_integer;
use super::pool_tree::{self, Answer, Halt};
use super::ryan_foster::{Decision, candidates};
use super::scales::Scales;
use face::{Face, Start};

/// What is known of a case and a number of bins before any decision.
pub(super) struct Root {
    scales: Scales,
    target: u64,
    face: Face,
    /// What it took to look.
    work: u64,
}

impl Root {
    /// Looks at packings of the case in `target` bins that are all full. `None` where bins would have room to spare, or the case is
    /// too large.
    ///
    /// # Errors
    /// [`Stop`] when the budget is used up.
    pub fn look(case: &Case, target: u64, columns: &[Column], budget: &Budget) -> Result<Option<Self>, Stop> {
        if case.len() > MOST_ITEMS {
            return Ok(None);
        }
        let Some(scales) = Scales::new(case, target) else { return Ok(None) };
        let before = budget.spent();
        let start = Start::with(case, &scales, columns);
        let face = face::look(case, &mut Pricer::new(case, 0), &scales, target, start, budget)?;
        Ok(Some(Self { scales, target, face, work: budget.spent() - before }))
    }

    /// Whether the bins are too many to be listed at once: then there mostly is a packing, and others may find it sooner.
    pub fn is_large(&self) -> bool {
        matches!(self.face, Face::Large(_))
    }

    /// Looks for a packing to the end; `None` where rounding errors won.
    ///
    /// # Errors
    /// [`Stop`] when the budget is used up.
    pub fn search(&self, case: &Case, seed: u64, budget: &Budget) -> Result<Option<Answer>, Stop> {
        if let Face::Large(state) = &self.face {
            let work = self.work.saturating_mul(DIVE).min(budget.left() / 4);
            let found = budget.within(work, |own| dive::dive(case, state, self.target, seed, own));
            budget.look()?;
            if let Ok(Some(bins)) = found {
                return Ok(Some(Answer::Packing(case.expand(&bins, case.demand()).patterns)));
            }
        }
        let mut tree = Tree { demand: case.demand(), target: self.target, seed, budget, nodes: Vec::new() };
        match tree.close(case, &self.scales, &self.face, 0) {
            Ok(_) => Ok(Some(Answer::Proof(tree.nodes))),
            Err(Halt::Found(bins)) => Ok(Some(Answer::Packing(bins))),
            Err(Halt::Stopped(stop)) => Err(stop),
            Err(Halt::Lost) => Ok(None),
        }
    }
}

struct Tree<'a, 'b> {
    /// Of the case that is searched.
    demand: &'a [u64],
    target: u64,
    seed: u64,
    budget: &'a Budget<'b>,
    /// The certificate, children before parents.
    nodes: Vec<Node>,
}

impl Tree<'_, '_> {
    /// Closes a case; the index of its node in the certificate.
    fn visit(&mut self, case: &Case, start: Start, depth: usize) -> Result<usize, Halt> {
        if depth > DEEPEST {
            return Err(Halt::Lost);
        }
        let scales = Scales::new(case, self.target).ok_or(Halt::Lost)?;
        let face = face::look(case, &mut Pricer::new(case, 0), &scales, self.target, start, self.budget)?;
        self.close(case, &scales, &face, depth)
    }

    /// The same once the case was looked at.
    fn close(&mut self, case: &Case, scales: &Scales, face: &Face, depth: usize) -> Result<usize, Halt> {
        let state = match face {
            Face::Empty(leaf) => {
                self.nodes.push(leaf.clone());
                return Ok(self.nodes.len() - 1);
            }
            Face::Lost => return Err(Halt::Lost),
            Face::Bins { exclusion, bins, state } => {
                if bins.len() <= POOL {
                    let answer =
                        pool_tree::search_full(case, bins, exclusion, scales, self.target, self.seed, self.budget)?;
                    match answer {
                        Some(Answer::Packing(bins)) => {
                            return Err(Halt::Found(case.expand(&bins, self.demand).patterns));
                        }
                        Some(Answer::Proof(nodes)) => return Ok(self.append(nodes)),
                        None => {}
                    }
                }
                state
            }
            Face::Large(state) => state,
        };
        let (columns, values): (Vec<Column>, Vec<f64>) =
            state.likely().map(|(items, value)| (Column { bin: 0, items }, value)).unzip();
        if let Some(bins) = whole(case, &columns, &values) {
            return Err(Halt::Found(case.expand(&bins, self.demand).patterns));
        }
        let sharpest = state.sharpest().or_else(|| candidates(case, &columns, &values, 1).first().copied());
        let Some((a, b)) = sharpest else { return Err(Halt::Lost) };
        let mut below = [None; 2];
        for (node, together) in below.iter_mut().zip([true, false]) {
            let decision = Decision { a, b, together };
            if let Some(child) = decision.apply(case) {
                let start = state.follow(decision, &child);
                *node = Some(self.visit(&child, start, depth + 1)?);
            }
        }
        let [together, Some(apart)] = below else { return Err(Halt::Lost) };
        self.nodes.push(Node::Branch { a, b, together, apart });
        Ok(self.nodes.len() - 1)
    }

    /// Takes over a tree; the index of its root.
    fn append(&mut self, nodes: Vec<Node>) -> usize {
        let offset = self.nodes.len();
        let moved = |node| match node {
            Node::Branch { a, b, together, apart } => {
                Node::Branch { a, b, together: together.map(|below| below + offset), apart: apart + offset }
            }
            Node::Exclude { weights, capacity, below } => Node::Exclude { weights, capacity, below: below + offset },
            leaf => leaf,
        };
        self.nodes.extend(nodes.into_iter().map(moved));
        self.nodes.len() - 1
    }
}

/// The packing that these values round to, if they do.
fn whole(case: &Case, columns: &[Column], values: &[f64]) -> Option<Vec<Pattern>> {
    let mut left = case.demand().to_vec();
    let mut bins = Vec::new();
    for (column, &value) in columns.iter().zip(values) {
        let count = to_integer(value.round());
        if count > 0 {
            for &(item, copies) in &column.items {
                left[item] = left[item].checked_sub(copies.checked_mul(count)?)?;
            }
            bins.push(Pattern { bin: 0, items: column.items.clone(), count });
        }
    }
    left.iter().all(|&copies| copies == 0).then_some(bins)
}

/// A bin of a case as bins of the case after a decision, with all of its content or not at all.
fn follow(decision: Decision, bin: &Content, after: &Case) -> Vec<Content> {
    let Decision { a, b, together } = decision;
    let copies = |item: usize| bin.iter().find(|entry| entry.0 == item).map_or(0, |entry| entry.1);
    let both = if a == b { copies(a) >= 2 } else { copies(a) > 0 && copies(b) > 0 };
    let mut followed = Vec::new();
    if both && together {
        let new = after.len() - 1;
        let mut joined = bin.clone();
        for item in [a, b] {
            joined.iter_mut().filter(|entry| entry.0 == item).for_each(|entry| entry.1 -= 1);
        }
        joined.retain(|entry| entry.1 > 0);
        if joined.iter().all(|&(item, _)| !after.conflicts(new).contains(item)) {
            joined.push((new, 1));
            followed.push(joined);
        }
    }
    if !both || together {
        followed.push(bin.clone());
    }
    followed.retain(|bin| bin.iter().all(|&(item, copies)| copies <= after.demand()[item]));
    followed
}

#[cfg(test)]
mod tests;
