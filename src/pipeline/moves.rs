//! What runs today: what of it a plan keeps where it is.

use super::again::Quiet;
use super::clock::Clock;
use super::nodes::{OnNodes, WORK, restate};
use super::several;
use crate::budget::{Budget, Objective, Options, Watch};
use crate::date::Date;
use crate::encode::{Encoding, encode, encode_charged};
use crate::error::{Error, FleetError, Result};
use crate::fleet::Fleet;
use crate::placement::{Placement, Pods, forced, forced_moves, forgotten, moves, still, wishes};
use crate::plan::{FORGOT_BY_MOVES, Figure, LevelObjective, Outcome, PlanLevel, PlanProof, PlanStatus};
use crate::problem::Problem;
use crate::solve::{Answer, Bounded, solve};
use crate::trust::TrustGraph;

/// Refuses what no plan obeys yet, and wishes that contradict one another, all at once.
pub(super) fn plannable(fleet: &Fleet, day: Date) -> Result<()> {
    several::unplanned(fleet, day)?;
    let problems = wishes(fleet, day);
    if problems.is_empty() { Ok(()) } else { Err(Error::Fleet(FleetError { problems, omitted: 0 })) }
}

/// Of more item types the moves are not a level of the solver's: each workload that runs somewhere would be one of its own.
pub(super) const MOST_TYPES: usize = 200;

/// The fleet in indices and what the solver makes of it.
pub(super) type Solved = (Problem, Encoding, Answer);

/// Solves a fleet: where something exists, without its moves and (where they are few, or not the last level of several) with them, and keeps
/// what proves as much of the levels before the moves.
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
        return Ok((problem, encoding, answer));
    };
    let (charged, its) = encode_charged(fleet, graph)?;
    if at == 0 || at + 1 < levels.len() || charged.terms().most.moves.is_some() {
        let limits = clock.main(options, &charged, rows);
        let answer = solve(&charged, levels, &limits, watch)?;
        return Ok((charged, its, answer));
    }
    let (problem, encoding) = encode(fleet, graph)?;
    let both = charged.items().len() <= MOST_TYPES;
    let mut limits = clock.main(options, &problem, rows);
    if both {
        limits.time_limit = limits.time_limit.map(|limit| limit / 2);
        limits.work_limit = limits.work_limit.map(|limit| limit / 2);
    }
    let plain = solve(&problem, &levels[..at], &limits, watch)?;
    if both && plain.solution.is_some() {
        let answer = solve(&charged, levels, &limits, &Quiet(watch))?;
        let as_good = |(mine, its): (&Bounded, &Bounded)| {
            mine.bound >= its.bound && mine.value.is_some_and(|value| its.value.is_none_or(|other| value <= other))
        };
        if answer.solution.is_some() && answer.levels.iter().zip(&plain.levels).all(as_good) {
            return Ok((charged, its, answer));
        }
    }
    Ok((problem, encoding, plain))
}

/// Lets stay who can, in as few clusters and at no more cost; the answer says what came of it.
pub(super) fn at_home(
    fleet: &Fleet,
    graph: &TrustGraph,
    (problem, encoding): (&Problem, &Encoding),
    answer: &mut Answer,
    found: OnNodes,
    limits: &Options,
    watch: &dyn Watch,
) -> OnNodes {
    let Some(holdings) = found.holdings else { return found };
    if fleet.existing().is_empty() {
        return OnNodes { holdings: Some(holdings), ..found };
    }
    let pods = Pods::new(fleet);
    let holdings = still(&pods, graph, holdings, &Budget::new(limits, WORK, watch));
    let clusters = holdings.iter().map(|it| (it.site, &it.workloads[..]));
    answer.solution = Some(encoding.solution(clusters));
    restate(fleet, problem, answer, &holdings);
    OnNodes { holdings: Some(holdings), ..found }
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
