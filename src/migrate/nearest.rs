//! The order with the fewest moves; of equal ones that for which the fewest clusters are made for a time.
//!
//! Depth first alone finds an order as well, but one that goes astray: whoever it sent aside on a way that led nowhere goes to and fro
//! until another way opens.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use super::exhaust::{Searched, every_order_is_tried};
use super::job::{Job, Move, Spots};
use super::judge::Judge;
use super::next::Next;
use crate::budget::{Budget, Stop};

/// So many states are kept at most.
const KEPT: usize = 100_000;

/// Best first (A*, Hart, Nilsson and Raphael 1968): a state is looked at before all that need more moves in all, as far as
/// [`Next::least`] knows. Of equal ones the one that is further on comes first, so that without stays it goes straight on.
/// Complexity: the states that need no more moves than the answer, times the moves from each.
pub(super) fn nearest(
    job: &Job,
    judge: &Judge,
    start: &Spots,
    items: &[usize],
    visits: bool,
    budget: &Budget,
) -> Searched {
    let sure = !judge.unsure() && every_order_is_tried(job, start, items);
    let mut search = Search { next: Next::new(job, judge, items, visits, budget), budget, start, states: Vec::new() };
    match search.run() {
        Ok(Ended::Found(moves)) => Searched::Found(moves),
        Ok(Ended::None(states)) if sure && !judge.unsure() => Searched::None(states),
        Ok(_) | Err(_) => Searched::Unknown,
    }
}

enum Ended {
    Found(Vec<Move>),
    None(u64),
    /// More states than are kept.
    Full,
}

/// A state by what leads there.
struct State {
    /// Its number, and what was done; `None`: today.
    by: Option<(usize, Move)>,
    /// Moves, and clusters made for a time.
    cost: (u64, u64),
}

struct Search<'a, 'p> {
    next: Next<'a, 'p>,
    budget: &'a Budget<'a>,
    start: &'a Spots,
    states: Vec<State>,
}

impl Search<'_, '_> {
    fn run(&mut self) -> Result<Ended, Stop> {
        // by the moves in all, the clusters made, who is further on, who was found from the last state, in the order of the moves
        let mut open = BinaryHeap::new();
        let mut best: FxHashMap<Vec<u32>, (u64, u64)> = FxHashMap::default();
        let mut looked = 0u64;
        best.insert(self.next.key(self.start), (0, 0));
        self.states.push(State { by: None, cost: (0, 0) });
        open.push((Reverse((self.next.least(self.start), 0)), 0, 0, Reverse(0), 0));
        while let Some((_, _, _, _, at)) = open.pop() {
            let (cost, spots) = (self.states[at].cost, self.spots(at));
            self.budget.spend(10 + spots.len() as u64)?;
            if best.get(&self.next.key(&spots)).is_some_and(|&known| known < cost) {
                continue; // another way there is shorter
            }
            if self.next.all_done(&spots) {
                return Ok(Ended::Found(self.path(at).into_iter().cloned().collect()));
            }
            looked += 1;
            for (order, it) in self.next.moves(&spots)?.into_iter().enumerate() {
                let mut after = spots.clone();
                it.apply(&mut after);
                self.budget.spend(10 + spots.len() as u64)?;
                let cost = (cost.0 + it.parts().count() as u64, cost.1 + self.next.made(&spots, &it));
                let key = self.next.key(&after);
                if best.get(&key).is_some_and(|&known| known <= cost) {
                    continue;
                }
                if self.states.len() >= KEPT {
                    return Ok(Ended::Full);
                }
                best.insert(key, cost);
                let all = cost.0 + self.next.least(&after);
                open.push((Reverse((all, cost.1)), cost.0, looked, Reverse(order), self.states.len()));
                self.states.push(State { by: Some((at, it)), cost });
            }
        }
        Ok(Ended::None(best.len() as u64))
    }

    fn path(&self, mut at: usize) -> Vec<&Move> {
        let mut moves = Vec::new();
        while let Some((before, it)) = &self.states[at].by {
            moves.push(it);
            at = *before;
        }
        moves.reverse();
        moves
    }

    fn spots(&self, at: usize) -> Spots {
        let mut spots = self.start.clone();
        self.path(at).into_iter().for_each(|it| it.apply(&mut spots));
        spots
    }
}
