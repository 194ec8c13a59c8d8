//! What a plan is compared with: the same fleet without trust rules, and without waivers. Runs of their own, each bounded by
//! what the plan itself took.

use super::again::{Quiet, again};
use super::choices;
use super::limits::unlimited;
use super::nodes::clusters_on_nodes;
use super::stood::Stood;
use super::{FEWEST, PlanOptions, divided};
use crate::budget::{Stop, Watch};
use crate::encode::encode;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::pack::Clock;
use crate::plan::{ComparedFigure, LeftOut, LeftOutReason, LevelObjective, Plan, PlanStop};
use crate::problem::Problem;
use crate::solve::{Answer, solve};
use crate::trust::{Scope, TrustGraph, check_together};

/// The premium, and the count without waivers; what could not be found is listed with what stood in the way.
pub(super) fn compared(
    plan: &mut Plan,
    fleet: &Fleet,
    graph: &TrustGraph,
    (problem, answer): (&Problem, &Answer),
    clock: &Clock,
    options: &PlanOptions,
    watch: &dyn Watch,
) -> Result<()> {
    let Some(clusters) = plan.summary.clusters else { return Ok(()) };
    let waived = (0..fleet.policy().waivers.len()).any(|waiver| graph.waived_pairs(waiver) > 0);
    let ruled = !fleet.knots(graph.as_of()).is_empty();
    let mut shares = 1 + u32::from(waived);
    let mut fewest = |scope: Scope| -> Result<std::result::Result<u64, LeftOutReason>> {
        if fleet.levels().first() != Some(&LevelObjective::Clusters) {
            return Ok(Err(LeftOutReason::Objective));
        }
        let limits = fleet.value_limits();
        if limits.cost.is_some() || limits.moves.is_some() {
            return Ok(Err(LeftOutReason::Limits));
        }
        if let Some(ended) = ended(clock, watch) {
            return Ok(Err(ended)); // too little is left of the limit
        }
        let other = TrustGraph::new(fleet, graph.as_of(), scope)?;
        if check_together(fleet, &other).is_err() {
            return Ok(Err(LeftOutReason::Contradiction));
        }
        let graph = other;
        let (other, encoding) = encode(fleet, &graph)?;
        // how many there may be says nothing of how many it takes
        let other = unlimited(other)?;
        let limits = again(&clock.rest(&options.solver), answer.work, shares);
        shares = shares.saturating_sub(1).max(1);
        let differs = other != unlimited(problem.clone())?;
        let own = match differs {
            // what is compared keeps the rules of regions, too
            true if ruled => {
                let (among, mut part) = (fleet.aimed_at_clusters(), clock.part(shares));
                match choices::stood(&among, &graph, &mut part, &limits, &Quiet(watch)) {
                    Ok(Stood { answer, .. }) => Some(answer),
                    Err(Error::Fleet(_)) => return Ok(Err(LeftOutReason::Contradiction)),
                    Err(other) => return Err(other),
                }
            }
            true => {
                let mut own = solve(&other, &FEWEST, &limits, &Quiet(watch))?;
                let clusters = if fleet.has_splits() {
                    divided::clusters(fleet, (graph.as_of(), scope), &other, &own, &limits, watch)?
                } else {
                    clusters_on_nodes(fleet, &graph, &encoding, &own, &limits, watch)
                };
                own.levels.iter_mut().for_each(|level| level.value = clusters);
                Some(own)
            }
            false => None,
        };
        let found = own.as_ref().unwrap_or(answer);
        let proved = found.levels.first().filter(|level| level.value == Some(level.bound)).map(|level| level.bound);
        let stopped = || match found.stopped {
            Some(Stop::Time) => LeftOutReason::Time,
            Some(Stop::Cancelled) => LeftOutReason::Cancelled,
            Some(Stop::Work) | None => LeftOutReason::Work,
        };
        Ok(proved.ok_or_else(stopped))
    };
    let mut left_out = Vec::new();
    let mut keep = |figure: ComparedFigure, found: std::result::Result<u64, LeftOutReason>| match found {
        Ok(fewest) => Some(fewest),
        Err(because) => {
            left_out.push(LeftOut { figure, because });
            None
        }
    };
    let baseline = keep(ComparedFigure::IsolationPremium, fewest(Scope::ApartOnly)?);
    plan.summary.isolation_premium =
        baseline.and_then(|fewer| i64::try_from(i128::from(clusters) - i128::from(fewer)).ok());
    if !graph.waivers_in_force().is_empty() {
        plan.summary.clusters_without_waivers =
            keep(ComparedFigure::ClustersWithoutWaivers, fewest(Scope::WithoutWaivers)?);
    }
    let stopped = |it: &LeftOut| match it.because {
        LeftOutReason::Cancelled => Some(PlanStop::Cancelled),
        LeftOutReason::Time => Some(PlanStop::Time),
        _ => None,
    };
    plan.stopped = plan.stopped.or(left_out.iter().find_map(stopped)); // on another day it may be there
    plan.left_out = left_out;
    Ok(())
}

fn ended(clock: &Clock, watch: &dyn Watch) -> Option<LeftOutReason> {
    if watch.cancelled() {
        return Some(LeftOutReason::Cancelled);
    }
    clock.is_too_late().then_some(LeftOutReason::Time)
}
