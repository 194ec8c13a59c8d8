//! Who stands where; and what comes first in an objective that begins with exposure or balance: what plans keep of them, which
//! makes a problem of its own.
//!
//! The least exposure is that of workloads that must be together: tenants apart beside that are one more rule, and their clusters,
//! cost and moves are solved and proved like any other's. So are those of a balance: it is so much of what is usable. The least
//! balance is sought by halves (`trial`).

use super::choices::stood;
use super::costs::Costs;
use super::divided::singly;
use super::nodes::restate;
use super::stood::Stood;
use super::trial::Trial;
use crate::budget::{Options, Watch};
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Held, LevelObjective, ValueLimits};
use crate::pack::Clock;
use crate::placement::{Holding, fine_value, held};
use crate::trust::{Scope, TrustGraph};

/// Rounds in which the clusters found may show that less can be kept.
const ROUNDS: usize = 4;

/// What a plan is made of.
pub(super) struct Ground {
    /// The fleet of whose plans alone the answer speaks, with its graph; `None`: of all plans.
    pub within: Option<Box<(Fleet, TrustGraph)>>,
    pub stood: Stood,
}

/// Who stands where; where exposure or balance come first, in the plans that keep the best values of them that were found.
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
    let single = if fleet.has_splits() { singly(fleet, graph.as_of()) } else { None };
    let its = single.as_ref().map(|single| TrustGraph::new(single, graph.as_of(), Scope::All)).transpose()?;
    for &level in fleet.leading() {
        let (fleet, graph) = match (&single, &its) {
            (Some(single), Some(its)) => (single, its),
            _ if fleet.has_splits() => break, // too many replicas for that
            _ => (fleet, graph),
        };
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
        let Some(among) = holding(fleet, kept, (graph, clock), options, watch)? else { break };
        let Some(holdings) = &among.stood.found.holdings else { break };
        let found = values(fleet, holdings);
        if found == kept {
            return Ok(among);
        }
        last = Some(among.stood.found);
        kept = found;
    }
    // what is proved of all plans is proved of these
    let mut all = stood(fleet, graph, clock, options, watch)?;
    if let Some(last) = last
        && let Some(holdings) = &last.holdings
        && better(fleet, holdings, all.found.holdings.as_deref())
    {
        let clusters = holdings.iter().map(Holding::content);
        all.answer.solution = Some(all.encoding.solution(clusters));
        restate(&Costs::of(fleet, graph)?, fleet, &all.problem, &mut all.answer, holdings);
        all.found = last;
    }
    Ok(Ground { within: None, stood: all })
}

/// What is known of the plans that keep what these clusters keep, where the fleet `before` kept something else; `None`: it kept as much, or
/// what is known speaks of all plans.
pub(super) fn ground_of(
    fleet: &Fleet,
    holdings: &[Holding],
    before: Option<&Fleet>,
    (graph, clock): (&TrustGraph, &mut Clock),
    options: &Options,
    watch: &dyn Watch,
) -> Result<Option<Ground>> {
    let kept = values(fleet, holdings);
    if before.is_none_or(|among| among.held == kept) {
        return Ok(None);
    }
    let found = holding(fleet, kept, (graph, &mut *clock), options, watch)?;
    // what is proved of all plans is proved of these
    found.map_or_else(|| Ok(Ground { within: None, stood: stood(fleet, graph, clock, options, watch)? }), Ok).map(Some)
}

/// Who stands where in the plans that keep so much; `None`: somebody stands nowhere then, which says nothing of the fleet itself.
fn holding(
    fleet: &Fleet,
    kept: Held,
    (graph, clock): (&TrustGraph, &mut Clock),
    options: &Options,
    watch: &dyn Watch,
) -> Result<Option<Ground>> {
    let among = fleet.holding(kept);
    let its = TrustGraph::new(&among, graph.as_of(), Scope::All)?;
    match stood(&among, &its, clock, options, watch) {
        Ok(stood) => Ok(Some(Ground { within: Some(Box::new((among, its))), stood })),
        Err(Error::Fleet(_)) => Ok(None),
        Err(other) => Err(other),
    }
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
