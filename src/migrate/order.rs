//! The order: batches as large as is safe; where they end too early, every order of a small core, then that with the fewest stays
//! elsewhere for a time; where there are too many of those, stays one by one, and at last every order with such stays.

use std::collections::{BTreeMap, BTreeSet};

use super::aside::Aside;
use super::batches::{Batch, pack, straight};
use super::exhaust::{Searched, exhaust};
use super::fixed::never;
use super::job::{Job, Move, Spots};
use super::judge::Judge;
use super::nearest::nearest;
use super::shorten::shorten;
use crate::budget::{Budget, Event, Phase, Stop};

/// Work of all orders of one core, of all cores together, and of all orders with stays, in elementary steps.
const CORE: u64 = 100_000_000;
const CORES: u64 = 300_000_000;
const STAYS: u64 = 300_000_000;
/// Items of a core whose orders are all tried, at most; with stays all items of the fleet, times its clusters.
const ITEMS: usize = 200;
const STATES: usize = 2_000;
/// Work of who goes aside; of trying stays and stops one by one, and of showing that somebody never moves.
const ASIDE: u64 = 3_000_000_000;
const TRIES: u64 = 200_000_000;
/// Work of the order with the fewest moves, and of leaving out what need not be done.
const NEAREST: u64 = 60_000_000;
const SHORTEN: u64 = 100_000_000;

/// What was shown of the moves for which no order was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// No order exists, whoever stays where for a time: so many states can be reached; or `None`: somebody never moves.
    Impossible(Option<u64>),
    /// None exists without stays elsewhere; with them none was found.
    ImpossibleDirectly(u64),
    /// None was found.
    NotFound,
}

/// An order, or as much of it as was found.
pub(super) struct Ordered {
    pub batches: Vec<Batch>,
    /// Where everybody stands in the end.
    pub spots: Spots,
    /// Items that are not where they shall be.
    pub left: Vec<usize>,
    pub shown: Shown,
    pub stopped: Option<Stop>,
}

/// Orders the moves of a job, at most so many at once. Complexity: each batch is linear in what can move into a cluster that
/// lost somebody since; what follows is bounded by its work.
pub(super) fn order(job: &mut Job, judge: &Judge, most: usize, budget: &Budget) -> Ordered {
    budget.watch().event(Event::Phase(Phase::Heuristics));
    let movers = movers(job, judge);
    let (mut batches, mut spots) = (Vec::new(), job.start.clone());
    let stopped = straight(job, judge, &movers, most, (&mut batches, &mut spots), budget).err();
    let left = job.left(&spots);
    if left.is_empty() || stopped.is_some() {
        return Ordered { batches, spots, left, shown: Shown::NotFound, stopped };
    }
    let direct = Ordered { batches, spots, left, shown: Shown::NotFound, stopped: None };
    Stuck { job, judge, movers, most, budget }.solve(direct)
}

/// Who is not where it shall be: whose leaving ends most violations first, then who leaves a cluster that others come to, then
/// in the fleet's order.
fn movers(job: &Job, judge: &Judge) -> Vec<usize> {
    let mut movers = job.left(&job.start);
    let contents = job.contents(&job.start);
    let kinds: Vec<Vec<Vec<usize>>> = contents.iter().map(|workloads| judge.kinds(workloads)).collect();
    let full: Vec<bool> = contents
        .iter()
        .enumerate()
        .map(|(place, there)| !there.is_empty() && judge.crowded(job.places[place].site, there))
        .collect();
    let ends = |member: usize| {
        let Some(here) = job.start[member] else { return 0 };
        let apart = |kind: &&Vec<usize>| kind.iter().any(|&it| it != member && !judge.share(member, it));
        let neighbours: usize = kinds[here].iter().filter(apart).map(Vec::len).sum();
        let drained = judge.drained(job.places[here].site, member);
        neighbours + job.meets(&job.start, member) + usize::from(full[here]) + usize::from(drained)
    };
    let all = |item: usize| {
        job.items[item].members.iter().map(|&member| ends(member)).sum::<usize>() + usize::from(job.mends(item))
    };
    let mut wanted = vec![false; job.places.len()];
    movers.iter().filter_map(|&item| job.items[item].to).for_each(|to| wanted[to] = true);
    let frees = |item: usize| job.items[item].members.iter().any(|&it| job.start[it].is_some_and(|here| wanted[here]));
    movers.sort_by_cached_key(|&item| (std::cmp::Reverse((all(item), frees(item))), item));
    movers
}

/// A job whose straight order ends too early.
struct Stuck<'a, 'f, 'p> {
    job: &'a mut Job<'f>,
    judge: &'a Judge<'p>,
    movers: Vec<usize>,
    most: usize,
    budget: &'a Budget<'a>,
}

impl Stuck<'_, '_, '_> {
    fn solve(&mut self, direct: Ordered) -> Ordered {
        self.budget.watch().event(Event::Phase(Phase::Enumeration));
        let goals = (self.job.goal.clone(), self.job.items.clone());
        let (mut sequence, mut spots, mut shown) = self.cores(&direct);
        let mut stopped = None;
        // whether the order that is known may do what it need not
        let mut astray = false;
        let all: Vec<usize> = (0..self.job.items.len()).collect();
        let small = all.len() * self.job.places.len() <= STATES;
        if !self.job.left(&spots).is_empty() && small {
            match self.nearest(&self.job.start, &all) {
                Searched::Found(found) => {
                    spots = self.job.agree(&found, &all);
                    sequence = found;
                }
                Searched::None(states) => shown = Shown::Impossible(Some(states)),
                Searched::Unknown => {
                    astray = true;
                    // after all that goes straight there is less to do
                    if let Searched::Found(found) = self.nearest(&spots, &all) {
                        sequence.extend(found);
                        spots = self.job.agree(&sequence, &all);
                    }
                }
            }
        }
        let none = matches!(shown, Shown::Impossible(_));
        if !self.job.left(&spots).is_empty() {
            astray = true;
            let mut aside = Aside::new(self.job, self.judge, &self.movers);
            let aside = self.budget.within(ASIDE, |own| aside.solve(&mut sequence, &mut spots, own));
            stopped = aside.err().filter(|&stop| stop != Stop::Work);
        }
        if !self.job.left(&spots).is_empty() && stopped.is_none() {
            let tries = self.budget.within(TRIES, |own| self.tries((&mut sequence, &mut spots), own));
            stopped = tries.err().filter(|&stop| stop != Stop::Work);
        }
        if !self.job.left(&spots).is_empty() && stopped.is_none() && !none {
            let every = |own: &Budget| exhaust(self.job, self.judge, &self.job.start, &all, true, own);
            match if small { self.budget.within(STAYS, every) } else { Searched::Unknown } {
                Searched::Found(found) => {
                    spots = self.job.agree(&found, &all);
                    sequence = found;
                }
                Searched::None(states) => shown = Shown::Impossible(Some(states)),
                Searched::Unknown => {
                    let never = self.budget.within(TRIES, |own| never(self.job, self.judge, own));
                    if never == Ok(true) {
                        shown = Shown::Impossible(None);
                    }
                }
            }
        }
        if astray && stopped.is_none() {
            // where the work ends the order is what it is
            let _ended = self.budget.within(SHORTEN, |own| shorten(self.job, self.judge, &mut sequence, own));
        }
        let left = self.job.left(&spots);
        let first = |job: &mut Job| (job.goal, job.items) = goals;
        if !left.is_empty() && sequence.len() <= direct.batches.iter().map(|it| it.moves.len()).sum() {
            first(self.job);
            return Ordered { shown, stopped: stopped.or(self.budget.stopped()), ..direct };
        }
        let mut end = self.job.start.clone();
        match pack(self.job, self.judge, sequence, &mut end, self.most, self.budget) {
            Ok(batches) => Ordered { batches, spots: end, left, shown, stopped: stopped.or(self.budget.stopped()) },
            Err(stop) => {
                first(self.job);
                Ordered { shown, stopped: Some(stop), ..direct }
            }
        }
    }

    fn nearest(&self, start: &Spots, items: &[usize]) -> Searched {
        self.budget.within(NEAREST, |own| nearest(self.job, self.judge, start, items, true, own))
    }

    /// All orders without stays of each core that is not done; what has no order keeps its straight one.
    fn cores(&mut self, direct: &Ordered) -> (Vec<Move>, Spots, Shown) {
        let parts = self.job.parts.clone();
        let core_of = self.components(&parts);
        let mut cores: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &item in &self.movers {
            cores.entry(core_of[item]).or_default().extend(self.kin(item, &parts));
        }
        cores.values_mut().for_each(|items| {
            let mut known = BTreeSet::new();
            items.retain(|&item| known.insert(item));
        });
        let mut sequence: Vec<Move> = Vec::new();
        let mut shown = Shown::NotFound;
        let mut solved: Vec<usize> = Vec::new();
        let mut spent = 0;
        for (&core, items) in &cores {
            let open = items.iter().any(|&item| !self.job.done(&direct.spots, item));
            if !open || items.len() > ITEMS {
                continue;
            }
            let before = self.budget.spent();
            let (job, judge, start) = (&*self.job, self.judge, &self.job.start);
            let work = CORE.min(CORES - spent);
            let mut searched =
                self.budget.within(work.min(NEAREST), |own| nearest(job, judge, start, items, false, own));
            let left = work.saturating_sub(self.budget.spent() - before);
            if searched == Searched::Unknown && left > 0 {
                searched = self.budget.within(left, |own| exhaust(job, judge, start, items, false, own));
            }
            spent = CORES.min(spent + (self.budget.spent() - before));
            match searched {
                Searched::Found(found) => {
                    self.job.agree(&found, items);
                    solved.push(core);
                    sequence.extend(found);
                }
                Searched::None(states) => shown = Shown::ImpossibleDirectly(states),
                Searched::Unknown => {}
            }
        }
        let straight = direct.batches.iter().flat_map(|it| &it.moves);
        let others = straight.filter(|it| !solved.contains(&core_of[it.item])); // who goes at once is in one core
        sequence.extend(others.cloned());
        let mut spots = self.job.start.clone();
        sequence.iter().for_each(|it| it.apply(&mut spots));
        (sequence, spots, shown)
    }

    /// The copies of an item's workload, and the parts of its split.
    fn kin<'p>(&self, item: usize, parts: &'p BTreeMap<usize, Vec<usize>>) -> impl Iterator<Item = usize> + use<'p> {
        let own = self.job.split_at(item).and_then(|split| parts.get(&split)).into_iter().flatten();
        self.job.items[item].siblings.clone().chain(own.copied())
    }

    /// Items whose clusters exchange somebody, or parts of one split, or share a limit that they could meet or a rule of regions,
    /// have one number.
    fn components(&self, parts: &BTreeMap<usize, Vec<usize>>) -> Vec<usize> {
        let job = &*self.job;
        let mut number: Vec<usize> = (0..job.places.len()).collect();
        let mut unite = |a: usize, b: usize| {
            let (from, to) = (number[a].max(number[b]), number[a].min(number[b]));
            number.iter_mut().filter(|it| **it == from).for_each(|it| *it = to);
        };
        for &item in &self.movers {
            let touched: Vec<usize> = self.kin(item, parts).flat_map(|it| job.touched(it)).collect();
            touched.windows(2).for_each(|pair| unite(pair[0], pair[1]));
        }
        for tied in job.ties() {
            let touched: Vec<usize> = tied.into_iter().flat_map(|item| job.touched(item)).collect();
            touched.windows(2).for_each(|pair| unite(pair[0], pair[1]));
        }
        for limit in job.fleet.limits() {
            let ours: Vec<usize> = (0..job.places.len()).filter(|&it| job.under(limit, it)).collect();
            if ours.len() as u64 > limit.most {
                ours.windows(2).for_each(|pair| unite(pair[0], pair[1]));
            }
        }
        (0..job.items.len()).map(|item| job.touched(item).next().map_or(usize::MAX, |place| number[place])).collect()
    }

    /// Stops and stays, one or two at a time, each followed by straight batches; kept where more is done then.
    fn tries(&self, (sequence, spots): (&mut Vec<Move>, &mut Spots), budget: &Budget) -> Result<(), Stop> {
        while !self.job.left(spots).is_empty() {
            let Some((moves, after)) = self.better(spots, budget)? else { return Ok(()) };
            sequence.extend(moves);
            *spots = after;
        }
        Ok(())
    }

    fn better(&self, spots: &Spots, budget: &Budget) -> Result<Option<(Vec<Move>, Spots)>, Stop> {
        let open = self.job.left(spots).len();
        let firsts = self.openings(spots, budget)?;
        for first in &firsts {
            let mut after = spots.clone();
            first.apply(&mut after);
            if let Some(found) = self.followed(vec![first.clone()], after, open, budget)? {
                return Ok(Some(found));
            }
        }
        for first in &firsts {
            let mut between = spots.clone();
            first.apply(&mut between);
            for second in self.openings(&between, budget)? {
                if second.item == first.item {
                    continue;
                }
                let mut after = between.clone();
                second.apply(&mut after);
                if let Some(found) = self.followed(vec![first.clone(), second], after, open, budget)? {
                    return Ok(Some(found));
                }
            }
        }
        Ok(None)
    }

    /// Straight batches from there: what was done, if fewer items are left than were.
    fn followed(
        &self,
        mut moves: Vec<Move>,
        mut spots: Spots,
        open: usize,
        budget: &Budget,
    ) -> Result<Option<(Vec<Move>, Spots)>, Stop> {
        let waiting = self.job.left(&spots);
        let waiting: Vec<usize> =
            self.movers.iter().copied().chain(waiting.iter().copied().filter(|it| !self.movers.contains(it))).collect();
        let mut batches = Vec::new();
        budget.spend(self.job.places.len() as u64 + spots.len() as u64)?;
        straight(self.job, self.judge, &waiting, usize::MAX, (&mut batches, &mut spots), budget)?;
        moves.extend(batches.into_iter().flat_map(|it| it.moves));
        Ok((self.job.left(&spots).len() < open).then_some((moves, spots)))
    }

    /// Who might make room: those that wait stop, where they may; those that stand where somebody waits to come stay
    /// elsewhere, first those that will leave anyway.
    fn openings(&self, spots: &Spots, budget: &Budget) -> Result<Vec<Move>, Stop> {
        let job = &*self.job;
        let contents = job.contents(spots);
        let waiting = job.left(spots);
        let mut wanted = vec![false; job.places.len()];
        waiting.iter().filter_map(|&item| job.items[item].to).for_each(|to| wanted[to] = true);
        let stands = |item: usize| job.whole(spots, item).flatten();
        let mut openings: Vec<Move> = Vec::new();
        for &item in waiting.iter().filter(|&&item| job.items[item].drops && stands(item).is_some()) {
            let stop = Move::stop(job, spots, item);
            openings.extend(Some(stop).filter(|it| job.in_turn(spots, it)));
        }
        let leaving = waiting.iter().copied();
        let staying = (0..job.items.len()).filter(|item| waiting.binary_search(item).is_err());
        for item in leaving.chain(staying).filter(|&item| job.may_visit(item, spots)) {
            let Some(here) = stands(item).filter(|&here| wanted[here]) else { continue };
            for place in (0..job.places.len()).filter(|&place| place != here && Some(place) != job.items[item].to) {
                let mut visit = Move::go(job, spots, item, place);
                if !job.in_turn(spots, &visit) {
                    visit = job.gathered(spots, visit);
                }
                let coming = visit.coming();
                budget.spend(10 + (contents[place].len() * coming.len()) as u64)?;
                let it = &job.places[place];
                let opens = contents[place].is_empty() && !it.kept;
                let counted = !opens || self.judge.open(job, &mut self.judge.counts(job, &contents), place);
                let stands = |copy: usize| [spots[copy], None];
                let takes = || self.judge.refuses_at(job, &stands, place, &contents[place], &coming).is_none();
                if counted && job.in_turn(spots, &visit) && takes() {
                    openings.push(visit);
                }
            }
        }
        Ok(openings)
    }
}
