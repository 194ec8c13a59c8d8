//! That no order exists where workloads are split, by counting: which replica of a split is where does not matter, how many are does.
//!
//! Every state that could be reached is looked at, and more than those: a split may be in any number of clusters on the way, a pin or a
//! stay of it holds nothing, and what may stop before it starts may stop as a whole. If even then nothing leads to the plan, nothing
//! does, in batches of whatever size: whatever is safe is a sequence of single moves that are allowed here. What leads there proves
//! nothing.

use rustc_hash::FxHashSet;

use super::job::{Job, Move, Spots};
use super::judge::Judge;
use super::parts::Split;
use crate::budget::{Budget, Stop};

/// Most states that are kept.
const STATES: usize = 200_000;

/// Where everybody stands: copies of what is not split, and how many replicas of each split are in each cluster.
#[derive(Clone)]
struct State {
    spots: Spots,
    counts: Vec<Vec<u64>>,
}

/// A split whose parts are a replica each.
struct Crowd<'j> {
    split: &'j Split,
    /// Its replicas, by where they run today: in each cluster as many as do, then the others.
    copies: Vec<usize>,
    goal: Vec<u64>,
}

/// The number of states that can be reached, if none of them is the plan; `None` where one might be, the search has no end in its
/// work, or rules are in force that are not counted here. The parts of each split have one replica.
///
/// Complexity: the states, times items and the square of clusters.
pub(super) fn none_leads(job: &Job, judge: &Judge, budget: &Budget) -> Option<u64> {
    let copied = (0..job.items.len()).any(|item| job.is_copied(item));
    if copied || job.regions.any() {
        return None;
    }
    let places = job.places.len();
    let crowds: Vec<Crowd> = job
        .splits
        .values()
        .map(|split| {
            let mut copies: Vec<usize> = split.parts.iter().flat_map(|&part| job.copies(part)).collect();
            copies.sort_by_key(|&copy| job.start[copy].unwrap_or(places));
            let goal = job.count_of(split, &|copy| job.goal[copy]);
            let goal = (0..places).map(|place| goal.get(&place).copied().unwrap_or(0)).collect();
            Crowd { split, copies, goal }
        })
        .collect();
    let units: Vec<usize> = (0..job.items.len()).filter(|&item| job.split_of(item).is_none()).collect();
    let mut start = State { spots: job.start.clone(), counts: vec![vec![0; places]; crowds.len()] };
    for (crowd, counts) in crowds.iter().zip(&mut start.counts) {
        for &copy in &crowd.copies {
            if let Some(place) = start.spots[copy].take() {
                counts[place] += 1;
            }
        }
    }
    let mut search = Search { job, judge, budget, crowds, units, seen: FxHashSet::default() };
    let found = search.leads(start).ok()?;
    (!found && !judge.unsure()).then_some(search.seen.len() as u64)
}

struct Search<'a, 'p> {
    job: &'a Job<'p>,
    judge: &'a Judge<'p>,
    budget: &'a Budget<'a>,
    crowds: Vec<Crowd<'a>>,
    /// Items that are no part of a split.
    units: Vec<usize>,
    seen: FxHashSet<Vec<u64>>,
}

impl Search<'_, '_> {
    /// Whether the plan can be reached.
    fn leads(&mut self, start: State) -> Result<bool, Stop> {
        let mut open = vec![start];
        while let Some(state) = open.pop() {
            if !self.seen.insert(self.key(&state)) {
                continue;
            }
            if self.seen.len() > STATES {
                return Err(Stop::Work);
            }
            if self.is_plan(&state) {
                return Ok(true);
            }
            let contents = self.contents(&state);
            self.units_move(&state, &contents, &mut open)?;
            for crowd in 0..self.crowds.len() {
                self.replica_moves(crowd, &state, &contents, &mut open)?;
            }
        }
        Ok(false)
    }

    fn is_plan(&self, state: &State) -> bool {
        self.units.iter().all(|&item| self.job.done(&state.spots, item))
            && self.crowds.iter().zip(&state.counts).all(|(crowd, counts)| crowd.goal == *counts)
    }

    fn key(&self, state: &State) -> Vec<u64> {
        let members = self.units.iter().flat_map(|&item| &self.job.items[item].members);
        let spots = members.map(|&copy| state.spots[copy].map_or(0, |place| place as u64 + 1));
        spots.chain(state.counts.iter().flatten().copied()).collect()
    }

    /// Who is in each cluster: of a split so many of its replicas, those that run there today first.
    fn contents(&self, state: &State) -> Vec<Vec<usize>> {
        let mut contents = self.job.contents(&state.spots);
        for (crowd, counts) in self.crowds.iter().zip(&state.counts) {
            for (place, &count) in counts.iter().enumerate() {
                contents[place].extend(self.of(crowd, place).take(usize::try_from(count).unwrap_or(usize::MAX)));
            }
        }
        contents.iter_mut().for_each(|all| all.sort_unstable());
        contents
    }

    /// The replicas of a split as a cluster takes them: it may be closed to those that do not run there today.
    fn of(&self, crowd: &Crowd, place: usize) -> impl Iterator<Item = usize> {
        let ours = |&copy: &usize| self.job.start[copy] == Some(place);
        let (own, others): (Vec<usize>, Vec<usize>) = crowd.copies.iter().copied().partition(ours);
        own.into_iter().chain(others)
    }

    fn takes(&self, contents: &[Vec<usize>], place: usize, starts: &[usize]) -> Result<bool, Stop> {
        self.budget.spend(10 + (contents[place].len() * starts.len()) as u64)?;
        if contents[place].is_empty() && !self.job.places[place].kept {
            let mut counts = self.judge.counts(self.job, contents);
            if !self.judge.open(self.job, &mut counts, place) {
                return Ok(false);
            }
        }
        Ok(self.judge.refuses_at(self.job, &|_| [None; 2], place, &contents[place], starts).is_none())
    }

    /// What is not split goes to where the plan has it, or for a time elsewhere, or stops.
    fn units_move(&self, state: &State, contents: &[Vec<usize>], open: &mut Vec<State>) -> Result<(), Stop> {
        for &item in &self.units {
            let it = &self.job.items[item];
            let visits = self.job.may_visit(item, &state.spots);
            let mut moves: Vec<Move> = Vec::new();
            for place in (0..self.job.places.len()).filter(|&place| visits || it.to == Some(place)) {
                let go = Move::go(self.job, &state.spots, item, place);
                if go.starts.is_empty() || self.takes(contents, place, &go.starts)? {
                    moves.push(go);
                }
            }
            if it.drops || it.to.is_none() {
                moves.push(Move::stop(self.job, &state.spots, item));
            }
            for it in moves.iter().filter(|it| !it.starts.is_empty() || !it.stops.is_empty()) {
                let mut after = state.clone();
                it.apply(&mut after.spots);
                open.push(after);
            }
        }
        Ok(())
    }

    /// A replica of a split starts, stops, or goes to another cluster.
    fn replica_moves(
        &self,
        crowd: usize,
        state: &State,
        contents: &[Vec<usize>],
        open: &mut Vec<State>,
    ) -> Result<(), Stop> {
        let (it, counts) = (&self.crowds[crowd], &state.counts[crowd]);
        let runs: u64 = counts.iter().sum();
        let least = if it.split.pauses { 0 } else { it.split.planned.min(it.split.today) };
        let bound = it.split.held || it.split.stateful;
        let mut push = |changes: &[(usize, bool)]| {
            let mut after = state.clone();
            for &(place, more) in changes {
                let count = &mut after.counts[crowd][place];
                *count = if more { *count + 1 } else { *count - 1 };
            }
            open.push(after);
        };
        let froms: Vec<usize> = (0..counts.len()).filter(|&place| counts[place] > 0).collect();
        if runs > least {
            froms.iter().for_each(|&from| push(&[(from, false)]));
        }
        for to in (0..counts.len()).filter(|&to| !bound || it.goal[to] > 0) {
            let next = self.of(it, to).nth(usize::try_from(counts[to]).unwrap_or(usize::MAX));
            let Some(next) = next.filter(|_| runs < it.split.planned || runs > counts[to]) else { continue };
            if !self.takes(contents, to, &[next])? {
                continue;
            }
            if runs < it.split.planned {
                push(&[(to, true)]);
            }
            froms.iter().filter(|&&from| from != to).for_each(|&from| push(&[(from, false), (to, true)]));
        }
        Ok(())
    }
}
