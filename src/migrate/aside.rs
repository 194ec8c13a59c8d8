//! Where everybody waits for somebody: who stands in the way stays elsewhere for a time, or stops where that is allowed, so
//! that the straight order goes on.

use std::collections::BTreeSet;

use petgraph::graph::{DiGraph, NodeIndex};

use super::batches::straight;
use super::job::{Job, Move, Spots};
use super::judge::{Judge, Why};
use crate::budget::{Budget, Stop};
use crate::placement::load;

/// An item goes aside at most so often.
const TIMES: u8 = 3;
/// So many go aside at most for one that waits.
const MOST: usize = 64;
/// So many that wait for a cluster are tried before another cluster is.
const TRIED: usize = 12;

/// Who goes aside, and where everybody stands meanwhile.
pub(super) struct Aside<'a, 'p> {
    job: &'a Job<'p>,
    judge: &'a Judge<'p>,
    /// All items, who ends most violations first.
    order: Vec<usize>,
    times: Vec<u8>,
    item_of: Vec<usize>,
}

/// A state with what every step asks of it.
struct State {
    spots: Spots,
    contents: Vec<Vec<usize>>,
    counts: Vec<u64>,
}

impl State {
    fn new(job: &Job, judge: &Judge, spots: &Spots) -> Self {
        let contents = job.contents(spots);
        Self { counts: judge.counts(job, &contents), spots: spots.clone(), contents }
    }

    fn apply(&mut self, job: &Job, judge: &Judge, it: &Move) {
        for part in it.parts() {
            for &(member, from) in &part.stops {
                self.contents[from].retain(|&other| other != member);
            }
            if let Some(to) = part.to {
                self.contents[to].extend(&part.starts);
                self.contents[to].sort_unstable();
            }
        }
        it.apply(&mut self.spots);
        self.counts = judge.counts(job, &self.contents);
    }
}

/// An item that waits, and who stands in its way that could leave.
struct Waiting {
    item: usize,
    to: usize,
    of: Vec<usize>,
}

impl<'a, 'p> Aside<'a, 'p> {
    /// `movers`: who is not where it shall be today, in order.
    pub fn new(job: &'a Job<'p>, judge: &'a Judge<'p>, movers: &[usize]) -> Self {
        let mut item_of = vec![usize::MAX; job.start.len()];
        for (index, item) in job.items.iter().enumerate() {
            item.members.iter().for_each(|&member| item_of[member] = index);
        }
        let first: BTreeSet<usize> = movers.iter().copied().collect();
        let others = (0..job.items.len()).filter(|item| !first.contains(item));
        let order = movers.iter().copied().chain(others).collect();
        Self { job, judge, order, times: vec![0; job.items.len()], item_of }
    }

    /// Goes on until nobody is left or nobody can go aside any more; what is kept ends where the fewest are left.
    pub fn solve(&mut self, sequence: &mut Vec<Move>, spots: &mut Spots, budget: &Budget) -> Result<(), Stop> {
        let mut best = (self.job.left(spots).len(), sequence.len(), spots.clone());
        let ended = self.go_on(sequence, spots, &mut best, budget);
        sequence.truncate(best.1);
        *spots = best.2;
        ended
    }

    fn go_on(
        &mut self,
        sequence: &mut Vec<Move>,
        spots: &mut Spots,
        best: &mut (usize, usize, Spots),
        budget: &Budget,
    ) -> Result<(), Stop> {
        while best.0 > 0 {
            budget.look()?;
            let moves = self.openings(spots, budget)?;
            if moves.is_empty() {
                return Ok(());
            }
            moves.iter().for_each(|it| it.apply(spots));
            sequence.extend(moves);
            let waiting: Vec<usize> = self.order.iter().copied().filter(|&item| !self.job.done(spots, item)).collect();
            let mut batches = Vec::new();
            straight(self.job, self.judge, &waiting, usize::MAX, (&mut batches, spots), budget)?;
            sequence.extend(batches.into_iter().flat_map(|it| it.moves));
            let open = self.job.left(spots).len();
            if open < best.0 {
                *best = (open, sequence.len(), spots.clone());
            }
        }
        Ok(())
    }

    /// Of clusters that wait for one another, and for no others, one is opened: the one for which the fewest go aside.
    fn openings(&mut self, spots: &Spots, budget: &Budget) -> Result<Vec<Move>, Stop> {
        let mut state = State::new(self.job, self.judge, spots);
        let mut waiting = Vec::new();
        for item in self.job.left(spots) {
            let Some(to) = self.job.items[item].to else { continue };
            budget.spend(10 + state.contents[to].len() as u64)?;
            waiting.push(self.waits(&state, item, to));
        }
        let mut wanted = vec![false; self.job.places.len()];
        waiting.iter().for_each(|it| wanted[it.to] = true);
        let mut graph: DiGraph<(), ()> = DiGraph::new();
        (0..self.job.places.len()).for_each(|_| _ = graph.add_node(()));
        let goal = |item: usize| self.job.items[item].to;
        let edges: BTreeSet<(usize, usize)> =
            waiting.iter().flat_map(|it| it.of.iter().filter_map(|&other| Some((it.to, goal(other)?)))).collect();
        for &(from, to) in edges.iter().filter(|(from, to)| from != to) {
            graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
        }
        let mut moves = Vec::new();
        for circle in petgraph::algo::tarjan_scc(&graph) {
            let places: BTreeSet<usize> = circle.iter().map(|it| it.index()).collect();
            let outside = |place: usize| graph.neighbors(NodeIndex::new(place)).any(|it| !places.contains(&it.index()));
            if places.iter().any(|&place| outside(place)) {
                continue;
            }
            let mut here: Vec<&Waiting> = waiting.iter().filter(|it| places.contains(&it.to)).collect();
            here.sort_by_key(|it| (it.of.len(), it.to, it.item));
            let mut tried = vec![0; self.job.places.len()];
            for it in here {
                tried[it.to] += 1;
                if tried[it.to] > TRIED {
                    continue;
                }
                if let Some(found) = self.opening(&state, it, &wanted, budget)? {
                    for it in &found {
                        state.apply(self.job, self.judge, it);
                        self.times[it.item] += 1;
                    }
                    moves.extend(found);
                    break;
                }
            }
        }
        Ok(moves)
    }

    fn coming(&self, state: &State, item: usize) -> Vec<usize> {
        let it = &self.job.items[item];
        it.members.iter().copied().filter(|&member| state.spots[member] != it.to).collect()
    }

    /// Who stands in the way of an item, and is to leave itself.
    fn waits(&self, state: &State, item: usize, to: usize) -> Waiting {
        let coming = self.coming(state, item);
        let there = &state.contents[to];
        let apart = there.iter().filter(|&&it| coming.iter().any(|&new| new != it && !self.judge.share(new, it)));
        let mut of: Vec<usize> = apart.map(|&it| self.item_of[it]).collect();
        let met = self.job.met(&|copy| [state.spots[copy], None], &coming, to);
        of.extend(met.map(|(_, other)| self.item_of[other]));
        if of.is_empty() {
            of = there.iter().map(|&it| self.item_of[it]).collect();
        }
        of.retain(|&other| other != item && other != usize::MAX && !self.job.done(&state.spots, other));
        of.sort_unstable();
        of.dedup();
        Waiting { item, to, of }
    }

    /// Makes room for one that waits: who of those in its way goes where; `None` where that is not found.
    fn opening(
        &self,
        state: &State,
        waiting: &Waiting,
        wanted: &[bool],
        budget: &Budget,
    ) -> Result<Option<Vec<Move>>, Stop> {
        let (to, coming) = (waiting.to, self.coming(state, waiting.item));
        let mut own =
            State { spots: state.spots.clone(), contents: state.contents.clone(), counts: state.counts.clone() };
        let mut moves = Vec::new();
        loop {
            budget.spend(10 + own.contents[to].len() as u64)?;
            let stands = |copy: usize| [own.spots[copy], None];
            let Some(why) = self.judge.refuses_at(self.job, &stands, to, &own.contents[to], &coming) else {
                // nobody in the way: only numbers of clusters, or other rules than these, keep it waiting
                return Ok((!moves.is_empty()).then_some(moves));
            };
            // who is in the way of a rule of regions is so in every cluster of that region
            let shut = self.job.places[to].region.filter(|_| matches!(why, Why::Met(..)));
            let next = match why {
                Why::Closed(_) => None,
                Why::Apart(_, other) | Why::Met(_, other) => {
                    Some(self.item_of[other]).filter(|&other| other != waiting.item)
                }
                Why::Full(_) | Why::Nodes => self.heaviest(&own, to, waiting.item),
            };
            let Some(next) = next.filter(|&next| next != usize::MAX && moves.len() < MOST) else { return Ok(None) };
            let Some(found) = self.elsewhere(&own, next, (waiting.item, to, shut), wanted, budget)? else {
                return Ok(None);
            };
            own.apply(self.job, self.judge, &found);
            moves.push(found);
        }
    }

    /// Who of those in a cluster goes aside for room: of those that shall leave, else of all, whoever takes most.
    fn heaviest(&self, state: &State, place: usize, waiting: usize) -> Option<usize> {
        let items: BTreeSet<usize> = state.contents[place].iter().map(|&it| self.item_of[it]).collect();
        let free = |&item: &usize| item != waiting && item != usize::MAX && self.may_go(state, item);
        let shape = self.job.fleet.shape(self.job.places[place].site);
        let size = |item: usize| -> u128 {
            let members = &self.job.items[item].members;
            let share = |resource: usize| {
                let taken: u128 =
                    members.iter().map(|&it| load(self.job.fleet, self.job.whose.one(it), resource)).sum();
                let pool = self.job.fleet.workloads()[self.job.whose.one(members[0])].pool;
                shape.usable_by(pool, resource).map_or(0, |usable| taken * 1_000_000 / u128::from(usable.max(1)))
            };
            (0..self.job.fleet.resources().len()).map(share).max().unwrap_or(0)
        };
        let key = |&item: &usize| (!self.job.done(&state.spots, item), size(item), std::cmp::Reverse(item));
        items.into_iter().filter(free).max_by_key(key)
    }

    fn may_go(&self, state: &State, item: usize) -> bool {
        let it = &self.job.items[item];
        let stops = it.drops && it.moves && !self.job.done(&state.spots, item);
        self.times[item] < TIMES
            && (stops
                || (self.job.may_visit(item, &state.spots) && self.job.whole(&state.spots, item).flatten().is_some()))
    }

    /// Where an item stays for a time, not in a region that is shut for it: best in a cluster that will be left, then in a lent one, then where nobody wants to
    /// come, then where it is in nobody's way. Who may stop does so if there is no such place.
    fn elsewhere(
        &self,
        state: &State,
        item: usize,
        (waiting, from, shut): (usize, usize, Option<usize>),
        wanted: &[bool],
        budget: &Budget,
    ) -> Result<Option<Move>, Stop> {
        if !self.may_go(state, item) {
            return Ok(None);
        }
        let it = &self.job.items[item];
        let whole = self.job.whole(&state.spots, item).flatten();
        if let Some(here) = whole.filter(|_| self.job.may_visit(item, &state.spots)) {
            let rank = |place: usize| {
                let place_of = &self.job.places[place];
                match (wanted[place], place_of.planned || place_of.kept, place_of.lent) {
                    (false, false, false) => 0,
                    (false, _, true) => 1,
                    (false, ..) => 2,
                    (true, ..) => 3,
                }
            };
            let mut places: Vec<usize> = (0..self.job.places.len())
                .filter(|&place| shut.is_none() || self.job.places[place].region != shut)
                .filter(|&place| {
                    place != here && place != from && Some(place) != self.job.items[waiting].to && Some(place) != it.to
                })
                .collect();
            places.sort_by_key(|&place| (rank(place), place));
            for place in places {
                let mut stay = Move::go(self.job, &state.spots, item, place);
                if !self.job.in_turn(&state.spots, &stay) {
                    stay = self.job.gathered(&state.spots, stay);
                }
                budget.spend(10 + state.contents[place].len() as u64)?;
                let of = &self.job.places[place];
                if state.contents[place].is_empty()
                    && !of.kept
                    && !self.judge.open(self.job, &mut state.counts.clone(), place)
                {
                    continue;
                }
                let stands = |copy: usize| [state.spots[copy], None];
                if self.job.in_turn(&state.spots, &stay)
                    && self.judge.refuses_at(self.job, &stands, place, &state.contents[place], &stay.coming()).is_none()
                {
                    return Ok(Some(stay));
                }
            }
        }
        let stops = it.drops && it.moves && !self.job.done(&state.spots, item);
        let stop = stops.then(|| Move::stop(self.job, &state.spots, item));
        Ok(stop.filter(|it| self.job.in_turn(&state.spots, it)))
    }
}
