//! Who stands where; and what comes first in an objective that begins with exposure or balance: what plans keep of them, which
//! makes a problem of its own.
//!
//! The least exposure is that of workloads that must be together: tenants apart beside that are one more rule, and their clusters,
//! cost and moves are solved and proved like any other's. So are those of a balance: it is so much of what is usable. The least
//! balance is sought by halves (`trial`).

use super::clock::Clock;
use super::nodes::{OnNodes, on_nodes, restate};
use super::trial::Trial;
use super::{fine, moves};
use crate::budget::{Options, Watch};
use crate::encode::Encoding;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Held, LevelObjective, ValueLimits};
use crate::placement::{Holding, fine_value, held};
use crate::problem::Problem;
use crate::solve::Answer;
use crate::trust::{Scope, TrustGraph};

/// Rounds in which the clusters found may show that less can be kept.
const ROUNDS: usize = 4;

/// The fleet in indices, what the solver makes of it, and who stands where.
pub(super) struct Stood {
    pub problem: Problem,
    pub encoding: Encoding,
    pub answer: Answer,
    pub found: OnNodes,
}

/// What a plan is made of.
pub(super) struct Ground {
    /// The fleet of whose plans alone the answer speaks, with its graph; `None`: of all plans.
    pub within: Option<Box<(Fleet, TrustGraph)>>,
    pub stood: Stood,
}

/// Solves a fleet, places its clusters on nodes, lets stay who can, and makes exposure and balance small.
fn stood(fleet: &Fleet, graph: &TrustGraph, clock: &mut Clock, options: &Options, watch: &dyn Watch) -> Result<Stood> {
    let (problem, encoding, mut answer) = moves::solved(fleet, graph, clock, options, watch)?;
    let parts = (&problem, &encoding);
    let found = on_nodes(fleet, graph, parts, &mut answer, &clock.rest(options), watch)?; // indices -> names
    let found = moves::at_home(fleet, graph, parts, &mut answer, found, &clock.rest(options), watch);
    let found = fine::polished(fleet, graph, parts, &mut answer, found, (clock, options, watch))?;
    Ok(Stood { problem, encoding, answer, found })
}

/// The same; where exposure or balance come first, in the plans that keep the best values of them that were found.
pub(super) fn ground(
    fleet: &Fleet,
    graph: &TrustGraph,
    clock: &mut Clock,
    options: &Options,
    watch: &dyn Watch,
) -> Result<Ground> {
    if fleet.leading().is_empty() {
        return Ok(Ground { within: None, stood: stood(fleet, graph, clock, options, watch)? });
    }
    let mut kept = Held::default();
    for &level in fleet.leading() {
        let trial = Trial { fleet, graph, most: ValueLimits::default(), clock, options, watch };
        kept = match level {
            LevelObjective::Exposure => trial.apart(kept)?.map_or(kept, |found| found.kept),
            _ => trial.share(kept, None)?.map_or(kept, |found| found.kept),
        };
    }
    let mut last = None;
    for _ in 0..ROUNDS {
        if kept == Held::default() {
            break;
        }
        let among = fleet.holding(kept);
        let its = TrustGraph::new(&among, graph.as_of(), Scope::All)?;
        let stood = match stood(&among, &its, clock, options, watch) {
            Ok(stood) => stood,
            Err(Error::Fleet(_)) => break, // that somebody stands nowhere then says nothing of the fleet itself
            Err(other) => return Err(other),
        };
        let Some(holdings) = &stood.found.holdings else { break };
        let found = values(fleet, holdings);
        if found == kept {
            return Ok(Ground { within: Some(Box::new((among, its))), stood });
        }
        last = Some(stood.found);
        kept = found;
    }
    // what is proved of all plans is proved of these
    let mut all = stood(fleet, graph, clock, options, watch)?;
    if let Some(last) = last
        && let Some(holdings) = &last.holdings
        && better(fleet, holdings, all.found.holdings.as_deref())
    {
        let clusters = holdings.iter().map(|it| (it.site, &it.workloads[..]));
        all.answer.solution = Some(all.encoding.solution(clusters));
        restate(fleet, &all.problem, &mut all.answer, holdings);
        all.found = last;
    }
    Ok(Ground { within: None, stood: all })
}

/// What clusters keep.
fn values(fleet: &Fleet, holdings: &[Holding]) -> Held {
    held(fleet, fleet.leading(), |level| Some(fine_value(fleet, level, holdings)))
}

/// Whether clusters have smaller values of the first levels than others.
fn better(fleet: &Fleet, holdings: &[Holding], others: Option<&[Holding]>) -> bool {
    let all =
        |holdings: &[Holding]| fleet.leading().iter().map(|&it| fine_value(fleet, it, holdings)).collect::<Vec<_>>();
    others.is_none_or(|others| all(holdings) < all(others))
}
