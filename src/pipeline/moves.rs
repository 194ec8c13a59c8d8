//! What runs today: what of it a plan keeps where it is.

use super::again::{Quiet, again};
use super::costs::Costs;
use super::nodes::{OnNodes, WORK, on_nodes, restate};
use crate::budget::{Budget, Objective, Options, Status, Watch};
use crate::date::Date;
use crate::encode::{Encoding, encode, encode_charged};
use crate::error::{Error, FleetError, Result};
use crate::fleet::Fleet;
use crate::pack::Clock;
use crate::placement::{
    Excess, Holding, Placement, Pods, forced, forced_moves, forgotten, moves, remain, still, still_within, wishes,
};
use crate::plan::{FORGOT_BY_MOVES, Figure, LevelObjective, Outcome, PlanLevel, PlanProof, PlanStatus};
use crate::problem::{Problem, Solution};
use crate::solve::{Answer, Bounded, solve};
use crate::trust::TrustGraph;

/// Refuses wishes that contradict one another, all at once.
pub(super) fn plannable(fleet: &Fleet, day: Date) -> Result<()> {
    let problems = wishes(fleet, day);
    if problems.is_empty() { Ok(()) } else { Err(Error::Fleet(FleetError { problems, omitted: 0 })) }
}

/// Of more item types the moves are not a level of the solver's: each workload that runs somewhere would be one of its own.
pub(super) const MOST_TYPES: usize = 200;
/// Work of a first look: a bound on the clusters, and some plan; where they are many, for each workload and place of a cluster.
const FIRST: (u64, u64) = (20_000_000, 40);
/// Work of the search from what runs today, where no limit is given; and under a clock, which decides then.
const TODAY: u64 = 2_000_000_000;
const TODAY_UNDER_A_CLOCK: u64 = 50_000_000_000;

/// The fleet in indices, what the solver makes of it, and clusters that were found elsewhere.
pub(super) struct Solved {
    pub problem: Problem,
    pub encoding: Encoding,
    pub answer: Answer,
    /// From those of today, and without the moves.
    pub others: Vec<Vec<Holding>>,
}

/// Solves a fleet. Where something exists: from what runs today, as far up as the clusters are fewest; without its moves; and (where
/// they are few, or not the last level of several) with them. Keeps what proves as much of the levels before the moves; what is a
/// better plan of these levels is among the others.
pub(super) fn solved(
    fleet: &Fleet,
    graph: &TrustGraph,
    clock: &mut Clock,
    options: &Options,
    watch: &dyn Watch,
) -> Result<Solved> {
    let rows = fleet.workloads().len();
    let levels = fleet.objective();
    let Some(at) = levels.iter().position(|&level| level == Objective::Moves) else {
        let (problem, encoding) = encode(fleet, graph)?; // names -> indices
        let limits = clock.main(options, &problem, rows);
        let answer = solve(&problem, levels, &limits, watch)?; // integers only
        return Ok(Solved { problem, encoding, answer, others: Vec::new() });
    };
    let (charged, its) = encode_charged(fleet, graph)?;
    if at == 0 || at + 1 < levels.len() || charged.terms().most.moves.is_some() {
        let whole = clock.main(options, &charged, rows);
        // what is left is for the levels before the moves without these
        let limits = if at > 0 && charged.items().len() > MOST_TYPES { half(&whole) } else { whole };
        let answer = solve(&charged, levels, &limits, watch)?;
        let limits = half_the_time(&clock.rest(options));
        let mut others: Vec<Vec<Holding>> = from_today(fleet, graph, &answer, &limits, watch).into_iter().collect();
        others.extend(within_limit(fleet, graph, &answer, &others, &half_the_time(&clock.rest(options)), watch));
        return Ok(Solved { problem: charged, encoding: its, answer, others });
    }
    let (problem, encoding) = encode(fleet, graph)?;
    let both = charged.items().len() <= MOST_TYPES;
    let whole = clock.main(options, &problem, rows);
    let levels_before = &levels[..at];
    let mut today = None;
    if !both {
        // what a first look proves is often all there is to prove, once the clusters of today come to as few
        let first = FIRST.0.max(FIRST.1 * (rows * fleet.sites().len()) as u64);
        let time_limit = whole.time_limit.map(|it| it / 3);
        let limits =
            Options { work_limit: Some(whole.work_limit.unwrap_or(first).min(first)), time_limit, ..whole.clone() };
        let mut answer = solve(&problem, levels_before, &limits, &Quiet(watch))?;
        // two thirds of the rest: a plan that keeps nobody where he is is hardly one
        let left = clock.main(options, &problem, rows);
        let limits = Options {
            work_limit: left.work_limit.map(|it| it / 2),
            time_limit: left.time_limit.map(|it| it * 2 / 3),
            ..left
        };
        today = from_today(fleet, graph, &answer, &limits, watch);
        let clusters = today.as_ref().map(|it| it.len() as u64);
        let bound = answer.levels.first().map(|level| level.bound);
        if *levels_before == [Objective::Clusters] && clusters.is_some() && clusters == bound {
            answer.solution = None; // that of the first look is worth nothing
            return Ok(Solved { problem, encoding, answer, others: today.into_iter().collect() });
        }
    }
    let limits = if both { half(&whole) } else { clock.main(options, &problem, rows) };
    let mut plain = solve(&problem, levels_before, &limits, watch)?;
    let found = plain.solution.as_ref().map(Solution::bins);
    let fewer = |today: &Vec<Holding>| found.is_some_and(|found| found < today.len() as u64);
    if today.as_ref().is_none_or(fewer) {
        today = from_today(fleet, graph, &plain, &half(&clock.rest(options)), watch).or(today);
    }
    let more = |today: &Vec<Holding>| found.is_some_and(|found| found > today.len() as u64);
    if !both && *levels_before == [Objective::Clusters] && today.as_ref().is_some_and(more) {
        plain.solution = None; // nor is this one: nodes do not make it fewer
    }
    if both && plain.solution.is_some() {
        let answer = solve(&charged, levels, &clock.main(options, &problem, rows), &Quiet(watch))?;
        let as_good = |(mine, its): (&Bounded, &Bounded)| {
            mine.bound >= its.bound && mine.value.is_some_and(|value| its.value.is_none_or(|other| value <= other))
        };
        if answer.solution.is_some() && answer.levels.iter().zip(&plain.levels).all(as_good) {
            return Ok(Solved { problem: charged, encoding: its, answer, others: today.into_iter().collect() });
        }
    }
    Ok(Solved { problem, encoding, answer: plain, others: today.into_iter().collect() })
}

/// What the levels before the moves come to where these are forgotten, on its nodes, is one more of the others: where the moves were
/// solved with them, and they are not as good as what is proved of them. With its moves each workload is an item type of its own, and
/// clusters that differ only in who moves are not tried: on their nodes those without may be fewer.
pub(super) fn again_without(
    fleet: &Fleet,
    graph: &TrustGraph,
    solved: &mut Solved,
    clock: &Clock,
    options: &Options,
    watch: &dyn Watch,
) -> Result<()> {
    let levels = fleet.objective();
    let Some(at) = levels.iter().position(|&level| level == Objective::Moves) else { return Ok(()) };
    let answer = &solved.answer;
    let open = |level: &Bounded| level.value.is_none_or(|value| value > level.bound);
    let with_moves = answer.levels.len() > at;
    if !with_moves || answer.status == Status::Infeasible || !answer.levels[..at].iter().any(open) {
        return Ok(());
    }
    let (problem, encoding) = encode(fleet, graph)?;
    let limits = again(&clock.rest(options), answer.work, 2);
    let mut plain = solve(&problem, &levels[..at], &limits, &Quiet(watch))?;
    let limits = half_the_time(&clock.rest(options));
    let found = on_nodes(fleet, graph, (&problem, &encoding), &mut plain, &limits, &Quiet(watch))?;
    solved.others.extend(found.holdings);
    Ok(())
}

/// Half of what is left.
fn half(limits: &Options) -> Options {
    Options { work_limit: limits.work_limit.map(|it| it / 2), ..half_the_time(limits) }
}

/// The same, but for the work.
fn half_the_time(limits: &Options) -> Options {
    Options { time_limit: limits.time_limit.map(|it| it / 2), ..limits.clone() }
}

/// The clusters of today: where their number comes before the moves, as few as are proved to be needed, or a few more.
fn from_today(
    fleet: &Fleet,
    graph: &TrustGraph,
    answer: &Answer,
    limits: &Options,
    watch: &dyn Watch,
) -> Option<Vec<Holding>> {
    if answer.status == Status::Infeasible {
        return None; // what is proved not to exist is not looked for
    }
    let mut before = fleet.objective().iter().take_while(|it| **it != Objective::Moves);
    // where the moves come before their number, nobody leaves a cluster for it
    let (least, most) = match before.position(|&level| level == Objective::Clusters).map(|at| answer.levels.get(at)) {
        None => (1, None),
        Some(level) => level.map_or((1, Some(u64::MAX)), |it| (it.bound, Some(it.value.unwrap_or(u64::MAX)))),
    };
    let work = if limits.time_limit.is_some() { TODAY_UNDER_A_CLOCK } else { TODAY };
    remain(&Pods::new(fleet), graph, (least, most), &Budget::new(limits, work, watch))
}

/// Where the moves come before the number of clusters, and that has a limit that these pass: clusters within it that move little.
fn within_limit(
    fleet: &Fleet,
    graph: &TrustGraph,
    answer: &Answer,
    found: &[Vec<Holding>],
    limits: &Options,
    watch: &dyn Watch,
) -> Option<Vec<Holding>> {
    let most = fleet.value_limits().clusters?;
    let kept = |holdings: &Vec<Holding>| Excess::values(fleet, holdings)[0] <= most;
    if answer.status == Status::Infeasible || found.iter().any(kept) {
        return None;
    }
    let work = if limits.time_limit.is_some() { TODAY_UNDER_A_CLOCK } else { TODAY };
    still_within(&Pods::new(fleet), graph, most, &Budget::new(limits, work, watch))
}

/// Lets stay who can, in as few clusters and at no more cost; the answer says what came of it.
pub(super) fn at_home(
    fleet: &Fleet,
    graph: &TrustGraph,
    solved: &mut Solved,
    found: OnNodes,
    limits: &Options,
    watch: &dyn Watch,
) -> Result<OnNodes> {
    if fleet.existing().is_empty() {
        return Ok(found);
    }
    let starts: Vec<Vec<Holding>> = found.holdings.into_iter().chain(std::mem::take(&mut solved.others)).collect();
    // the other half is for what proves how few move, and for the check
    let best = still(&Pods::new(fleet), graph, starts, &Budget::new(&half_the_time(limits), WORK, watch));
    let Some(holdings) = best else { return Ok(OnNodes { holdings: None, ..found }) };
    let clusters = holdings.iter().map(Holding::content);
    solved.answer.solution = Some(solved.encoding.solution(clusters));
    restate(&Costs::of(fleet, graph)?, fleet, &solved.problem, &mut solved.answer, &holdings);
    Ok(OnNodes { holdings: Some(holdings), homeless: None, ..found })
}

/// Says what is known of the moves, and what it makes of the status. That those who cannot stay in any plan move is arithmetic,
/// which every check does again; what is more is the solver's.
pub(super) fn add_level(outcome: &mut Outcome, fleet: &Fleet, placement: Option<&Placement>, day: Date) {
    let moves_at = fleet.objective().iter().position(|&level| level == Objective::Moves);
    let Some(at) = moves_at.filter(|_| outcome.status != PlanStatus::Infeasible) else { return };
    let least = forced_moves(fleet, &forced(fleet, day));
    let known = outcome.levels.get(at).and_then(|level| Some((level.bound?, level.proof)));
    let (bound, proof) = match known {
        Some((Figure::Count(bound), proof)) if bound > least => (bound, proof),
        _ => (least, PlanProof::Certified),
    };
    let mut forgot = forgotten(fleet);
    if bound == least {
        forgot.extend(FORGOT_BY_MOVES.map(str::to_owned));
    }
    let level = PlanLevel {
        objective: LevelObjective::Moves,
        status: PlanStatus::Unknown,
        value: placement.map(|placement| Figure::Count(moves(fleet, placement))),
        bound: Some(Figure::Count(bound)),
        proof,
        forgot,
    };
    if at < outcome.levels.len() {
        outcome.levels[at] = level;
    } else {
        outcome.levels.push(level);
    }
    let mut met = true;
    for level in &mut outcome.levels {
        met &= level.value.is_some() && level.value == level.bound;
        level.status = match level.value {
            None => PlanStatus::Unknown,
            Some(_) if met => PlanStatus::Optimal,
            Some(_) => PlanStatus::Feasible,
        };
    }
    let weakest = outcome.levels.iter().filter(|level| level.bound.is_some()).map(|level| level.proof).max();
    outcome.proof = weakest.unwrap_or(PlanProof::None);
    if placement.is_some() {
        let decides = |level: &&PlanLevel| fleet.moves_decide() || level.objective != LevelObjective::Moves;
        let optimal = outcome.levels.iter().filter(decides).all(|level| level.status == PlanStatus::Optimal);
        outcome.status = if optimal { PlanStatus::Optimal } else { PlanStatus::Feasible };
    }
}
