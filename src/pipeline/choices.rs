//! Regions are chosen: a plan that keeps what the bound forgets.
//!
//! The fleet is solved without the rules of regions first. If the plan found keeps them, that is all. Else regions are fixed, as a
//! problem of its own for each choice: those where that plan has most, where most runs today, those that many can share; then all
//! choices, where they are few, or one change after another. The bound stays that of the first problem, and so does what is proved.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::again::{Quiet, again};
use super::costs::Costs;
use super::divided::stood_divided;
use super::limits::without_plan;
use super::nodes::{OnNodes, restate};
use super::stood::{self, Stood};
use crate::budget::{Event, Objective, Options, Silent, Status, Watch};
use crate::date::Date;
use crate::error::{Error, Result};
use crate::fleet::{Choice, Fleet, Knot, Spots, Taste, Tasteless};
use crate::pack::Clock;
use crate::placement::{Holding, forced, forced_moves, level_values};
use crate::problem::Solution;
use crate::trust::TrustGraph;

/// Choices of all knots are tried one by one up to so many.
const ALL: usize = 100;
/// Choices of one knot that are looked at.
const OF_A_KNOT: usize = 32;
/// Regions that are tried as the first of all.
const FIRSTS: usize = 4;
/// Choices that are tried, by how many units there are.
const TRIES: [(usize, usize); 2] = [(60, ALL), (1_000, 24)];
/// The same beyond.
const FEW: usize = 6;
/// Choices one after the other that are no better than the best before, by how many units there are, until that is it; and beyond.
const PATIENCE: [(usize, usize); 2] = [(60, usize::MAX), (1_000, 8)];
const LITTLE: usize = 1;
/// Work of all tries: so many times what the first problem took, and at least so much.
const WORK: (u64, u64) = (4, 400_000_000);
/// Of the time left, one part in so many is for one try.
const PART: u32 = 4;
/// Work of a try after the call was called off, where no plan is known yet, and the time for all of them: somebody waits.
const HURRY: (u64, Duration) = (5_000_000, Duration::from_secs(3));

/// Who stands where if rules of regions are forgotten.
fn anywhere(
    fleet: &Fleet,
    graph: &TrustGraph,
    clock: &mut Clock,
    options: &Options,
    watch: &dyn Watch,
) -> Result<Stood> {
    let stood = if fleet.has_splits() { stood_divided } else { stood::stood };
    stood(fleet, graph, clock, options, watch)
}

/// Clusters that keep the rules of regions; where no rule leaves a choice, those of the problem itself. Without such clusters the
/// answer has no plan, and `unchosen` says so.
pub(super) fn stood(
    fleet: &Fleet,
    graph: &TrustGraph,
    clock: &mut Clock,
    options: &Options,
    watch: &dyn Watch,
) -> Result<Stood> {
    let knots = fleet.knots(graph.as_of());
    if knots.is_empty() {
        return anywhere(fleet, graph, clock, options, watch);
    }
    let mut part = clock.part(2);
    let mut relaxed = anywhere(fleet, graph, &mut part, options, &Unplanned(watch))?;
    clock.keep_back(&part);
    let found = relaxed.found.holdings.take();
    if relaxed.answer.status == Status::Infeasible {
        return Ok(relaxed);
    }
    if let Some(holdings) = found.as_ref().filter(|it| keeps(fleet, &knots, it)) {
        // copies that may be anywhere and those that must be in a region may have changed places
        relaxed.answer.solution = Some(solution(&relaxed, holdings));
        watch.event(Event::Plan { bins: holdings.len() as u64 });
        relaxed.found.holdings = found;
        return Ok(relaxed);
    }
    let mut search = Search {
        fleet,
        graph,
        knots,
        clock,
        options,
        watch,
        relaxed: &relaxed,
        least_moves: forced_moves(fleet, &forced(fleet, graph.as_of())),
        tried: BTreeSet::new(),
        patience: PATIENCE.iter().find(|(most, _)| fleet.units().len() <= *most).map_or(LITTLE, |it| it.1),
        in_vain: 0,
        tries: tries(fleet),
        work: relaxed.answer.work.saturating_mul(WORK.0).max(WORK.1),
        best: None,
    };
    search.begin(found.as_deref())?;
    if search.work > 0 && search.all()?.is_none() {
        search.climb()?;
    }
    if search.best.is_none() && watch.cancelled() {
        search.hurry(found.as_deref())?;
    }
    let best = search.best.take();
    match best {
        Some(Best { found, .. }) => {
            let holdings = found.holdings.as_deref().unwrap_or_default();
            relaxed.answer.solution = Some(solution(&relaxed, holdings));
            restate(&Costs::of(fleet, graph)?, fleet, &relaxed.problem, &mut relaxed.answer, holdings);
            watch.event(Event::Plan { bins: holdings.len() as u64 });
            Ok(Stood { found, ..relaxed })
        }
        None => {
            let unchosen = found.is_some();
            without_plan(&mut relaxed.answer);
            Ok(Stood { unchosen, ..relaxed })
        }
    }
}

/// Choices that are looked at, at most.
pub(super) fn tries(fleet: &Fleet) -> usize {
    TRIES.iter().find(|(most, _)| fleet.units().len() <= *most).map_or(FEW, |it| it.1)
}

/// Fleets in which the regions are chosen that the rules leave open, the likeliest first: all, where they are few. Empty where they
/// leave no choice. `found`: clusters that need not keep the rules.
pub(super) fn chosen(fleet: &Fleet, day: Date, found: Option<&[Holding]>) -> Vec<Fleet> {
    let knots = fleet.knots(day);
    if knots.is_empty() {
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let mut choices = likely(fleet, &knots, found);
    choices.extend(every(&knots).into_iter().flatten());
    choices.retain(|choice| seen.insert(choice.clone()));
    choices.truncate(tries(fleet));
    choices.iter().map(|choice| fleet.choosing(choice)).collect()
}

/// The choices of the best taste, knot by knot.
fn by(knots: &[Knot], taste: &dyn Taste) -> Option<Choice> {
    let mut all = Choice::new();
    for knot in knots {
        all.extend(knot.choices(taste, 1).0.pop()?);
    }
    Some(all)
}

/// Choices as in what was found, as it runs today, and the same regions for all.
fn likely(fleet: &Fleet, knots: &[Knot], found: Option<&[Holding]>) -> Vec<Choice> {
    let regions = fleet.regions().len();
    let mut clusters = vec![0u64; regions];
    for holding in found.unwrap_or_default() {
        fleet.sites()[holding.site].regions.iter().take(1).for_each(|&region| clusters[region] += 1);
    }
    let dear = |region: usize| fleet.regions()[region].cost_factor;
    let mut order: Vec<usize> = (0..regions).collect();
    order.sort_by_key(|&region| (std::cmp::Reverse(clusters[region]), dear(region), region));
    let ranks = |order: &[usize]| {
        let mut ranks = vec![0u64; regions];
        order.iter().rev().zip(1..).for_each(|(&region, rank)| ranks[region] = rank);
        ranks
    };
    let then = ranks(&order);
    let mut today: BTreeMap<usize, BTreeMap<usize, u64>> = BTreeMap::new();
    for unit in fleet.units() {
        for it in unit.iter().filter_map(|&member| fleet.whereabouts(member)) {
            for site in it.runs_in.iter().map(|&cluster| fleet.existing()[cluster].site) {
                let ours = today.entry(unit[0]).or_default();
                fleet.sites()[site].regions.iter().for_each(|&region| *ours.entry(region).or_insert(0) += 1);
            }
        }
    }
    let tastes: [Box<dyn Taste>; 2] = [
        Box::new(AsIn { fleet, seats: seats(fleet, found.unwrap_or_default()), then: then.clone() }),
        Box::new(AsIn { fleet, seats: today, then }),
    ];
    let alike = (0..regions.min(FIRSTS)).map(|first| {
        let mut order = order.clone();
        let region = order.remove(first);
        order.insert(0, region);
        Box::new(Alike(ranks(&order))) as Box<dyn Taste>
    });
    tastes.into_iter().chain(alike).filter_map(|taste| by(knots, &*taste)).collect()
}

/// Every choice there is; `None`: they are too many.
fn every(knots: &[Knot]) -> Option<Vec<Choice>> {
    let lists: Vec<(Vec<Choice>, bool)> = knots.iter().map(|it| it.choices(&Tasteless, ALL)).collect();
    let count = lists.iter().try_fold(1usize, |product, (list, whole)| {
        product.checked_mul(list.len()).filter(|&product| *whole && product <= ALL)
    })?;
    let numbered = |number: usize| {
        let (mut rest, mut choice) = (number, Choice::new());
        for (list, _) in &lists {
            choice.extend(list[rest % list.len()].clone());
            rest /= list.len();
        }
        choice
    };
    Some((0..count).map(numbered).collect())
}

/// Clusters in the indices of the problem that forgets the rules.
fn solution(relaxed: &Stood, holdings: &[Holding]) -> Solution {
    relaxed.encoding.solution(holdings.iter().map(Holding::content))
}

/// Whether clusters keep every rule of regions.
pub(super) fn keeps(fleet: &Fleet, knots: &[Knot], holdings: &[Holding]) -> bool {
    let seats = seats(fleet, holdings);
    knots.iter().all(|knot| knot.keeps(&|unit| of(&seats, fleet, unit)))
}

/// By first workload of a unit, how many copies are in each region. A site of several regions is none that a rule is of.
fn seats(fleet: &Fleet, holdings: &[Holding]) -> BTreeMap<usize, BTreeMap<usize, u64>> {
    let mut seats: BTreeMap<usize, BTreeMap<usize, u64>> = BTreeMap::new();
    for it in holdings {
        for &region in fleet.sites()[it.site].regions.iter().take(1) {
            for &workload in &it.workloads {
                *seats.entry(workload).or_default().entry(region).or_insert(0) += 1;
            }
        }
    }
    seats
}

fn of(seats: &BTreeMap<usize, BTreeMap<usize, u64>>, fleet: &Fleet, unit: usize) -> Spots {
    let ours = seats.get(&fleet.units()[unit][0]);
    ours.into_iter().flatten().map(|(&region, &count)| (region, count)).collect()
}

/// Passes all on but plans: what a bound forgets is no plan yet.
struct Unplanned<'a>(&'a dyn Watch);

impl Watch for Unplanned<'_> {
    fn event(&self, event: Event) {
        if !matches!(event, Event::Plan { .. } | Event::LevelPlan { .. }) {
            self.0.event(event);
        }
    }

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

/// Where copies are in some clusters.
struct AsIn<'a> {
    fleet: &'a Fleet,
    seats: BTreeMap<usize, BTreeMap<usize, u64>>,
    then: Vec<u64>,
}

impl Taste for AsIn<'_> {
    fn worth(&self, unit: usize, region: usize) -> u64 {
        let here = self.wanted(unit, region).unwrap_or(0);
        (here << 32) | self.then.get(region).copied().unwrap_or(0)
    }

    fn wanted(&self, unit: usize, region: usize) -> Option<u64> {
        self.seats.get(&self.fleet.units()[unit][0])?.get(&region).copied()
    }
}

/// The same regions for all, as far as may be.
struct Alike(Vec<u64>);

impl Taste for Alike {
    fn worth(&self, _: usize, region: usize) -> u64 {
        self.0.get(region).copied().unwrap_or(0)
    }

    fn wanted(&self, _: usize, _: usize) -> Option<u64> {
        None
    }
}

/// Clusters that keep the rules, and their values.
struct Best {
    values: (u64, Vec<u64>),
    choice: Choice,
    found: OnNodes,
}

struct Search<'s> {
    fleet: &'s Fleet,
    graph: &'s TrustGraph,
    knots: Vec<Knot>,
    clock: &'s Clock,
    options: &'s Options,
    watch: &'s dyn Watch,
    relaxed: &'s Stood,
    /// What those who cannot stay count.
    least_moves: u64,
    tried: BTreeSet<Choice>,
    /// Choices in vain until it is over, and since the best.
    patience: usize,
    in_vain: usize,
    /// Choices and work that are left.
    tries: usize,
    work: u64,
    best: Option<Best>,
}

impl Search<'_> {
    /// Whether nothing better is looked for: the best is as good as its bounds, or what there is to spend is spent.
    fn over(&self) -> bool {
        self.tries == 0
            || self.work == 0
            || self.watch.cancelled()
            || (self.best.is_some() && (self.in_vain >= self.patience || self.clock.is_too_late()))
            || self.best.as_ref().is_some_and(|best| self.proved(&best.values.1))
    }

    fn proved(&self, values: &[u64]) -> bool {
        let (fleet, answer) = (self.fleet, &self.relaxed.answer);
        let all_decide = fleet.levels().len() == fleet.objective().len();
        let bound = |(at, objective): (usize, &Objective)| match (objective, answer.levels.get(at)) {
            (Objective::Moves, None) => Some(self.least_moves),
            (Objective::Moves, Some(level)) => Some(level.bound.saturating_sub(fleet.charged_as_new())),
            (_, level) => level.map(|level| level.bound),
        };
        all_decide
            && fleet.objective().iter().enumerate().zip(values).all(|(level, &value)| bound(level) == Some(value))
    }

    /// Tries a choice, if it was not tried. True: it is the best so far.
    fn look(&mut self, choice: Choice) -> Result<bool> {
        if self.over() || self.tried.contains(&choice) {
            return Ok(false);
        }
        self.tries -= 1;
        self.in_vain += 1;
        let among = self.fleet.choosing(&choice);
        self.tried.insert(choice.clone());
        let limits = again(&self.clock.rest(self.options), self.relaxed.answer.work, PART);
        let mut clock = self.clock.part(PART);
        let found = match anywhere(&among, self.graph, &mut clock, &limits, &Quiet(self.watch)) {
            Ok(stood) => {
                self.work = self.work.saturating_sub(stood.answer.work);
                stood.found
            }
            Err(Error::Fleet(_)) => return Ok(false), // somebody stands nowhere then
            Err(other) => return Err(other),
        };
        Ok(self.take(choice, found))
    }

    /// Takes what was found with a choice, if it is the best so far.
    fn take(&mut self, choice: Choice, found: OnNodes) -> bool {
        let Some(holdings) = &found.holdings else { return false };
        if !keeps(self.fleet, &self.knots, holdings) {
            return false; // it is more than was fixed
        }
        let values = level_values(self.fleet, holdings);
        if self.best.as_ref().is_some_and(|best| best.values <= values) {
            return false;
        }
        self.best = Some(Best { values, choice, found });
        self.in_vain = 0;
        true
    }

    /// Called off while rules were still forgotten: what was found then is no plan. The likeliest choices are tried with little work
    /// and without looking at the switch again, until one has a plan.
    fn hurry(&mut self, found: Option<&[Holding]>) -> Result<()> {
        let (work, time) = HURRY;
        let rest = self.clock.rest(self.options);
        let work_limit = Some(rest.work_limit.map_or(work, |own| own.min(work)));
        let time = rest.time_limit.map_or(time, |own| own.min(time));
        let began = Instant::now();
        for choice in likely(self.fleet, &self.knots, found) {
            let Some(left) = time.checked_sub(began.elapsed()) else { break };
            let limits = Options { work_limit, time_limit: Some(left), ..rest.clone() };
            let among = self.fleet.choosing(&choice);
            match anywhere(&among, self.graph, &mut Clock::start(&limits, None), &limits, &Silent) {
                Ok(stood) => _ = self.take(choice, stood.found),
                Err(Error::Fleet(_)) => {} // somebody stands nowhere then
                Err(other) => return Err(other),
            }
            if self.best.is_some() {
                break;
            }
        }
        Ok(())
    }

    /// Where the first problem has them, where they run today, and in the same regions.
    fn begin(&mut self, found: Option<&[Holding]>) -> Result<()> {
        for choice in likely(self.fleet, &self.knots, found) {
            self.look(choice)?;
        }
        Ok(())
    }

    /// Every choice there is; `None`: they are too many.
    fn all(&mut self) -> Result<Option<()>> {
        let Some(all) = every(&self.knots) else { return Ok(None) };
        for choice in all {
            self.look(choice)?;
        }
        Ok(Some(()))
    }

    /// One knot after another gets another choice, as long as that makes it better.
    fn climb(&mut self) -> Result<()> {
        let mut better = true;
        while better && !self.over() {
            better = false;
            for knot in 0..self.knots.len() {
                for other in self.knots[knot].choices(&Tasteless, OF_A_KNOT).0 {
                    let Some(best) = &self.best else { return Ok(()) };
                    let mut choice = best.choice.clone();
                    choice.extend(other);
                    better |= self.look(choice)?;
                    if self.over() {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }
}
