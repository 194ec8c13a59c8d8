//! Who stands where; and what comes first in an objective that begins with exposure or balance: what plans keep of them, which
//! makes a problem of its own.
//!
//! The least exposure is that of workloads that must be together: tenants apart beside that are one more rule, and their clusters,
//! cost and moves are solved and proved like any other's. So are those of a balance: it is so much of what is usable. The least
//! balance is sought by halves between what counting says and what was found.

use super::again::{Quiet, again};
use super::clock::Clock;
use super::nodes::{OnNodes, on_nodes, restate};
use super::{fine, moves};
use crate::budget::{Objective, Options, Watch};
use crate::encode::{Encoding, encode};
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Held, LevelObjective};
use crate::placement::{Holding, fine_value, held, least_balance, most_clusters};
use crate::problem::Problem;
use crate::solve::{Answer, solve};
use crate::trust::{Scope, TrustGraph};

/// Shares that are tried, at most: as many halves as millionths have.
const TRIES: u32 = 20;
/// The whole of what is usable, in millionths.
const WHOLE: u64 = 1_000_000;
/// Rounds in which the clusters found may show that less can be kept.
const ROUNDS: usize = 4;
/// Of the time left, one part in so many is for one try.
const PART: u32 = 8;

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
fn stood(
    fleet: &Fleet,
    graph: &TrustGraph,
    clock: &mut Clock,
    options: &Options,
    watch: &dyn Watch,
) -> Result<Stood> {
    let (problem, encoding, mut answer) = moves::solved(fleet, graph, clock, options, watch)?;
    let parts = (&problem, &encoding);
    let found = on_nodes(fleet, graph, parts, &mut answer, &clock.rest(options), watch)?; // indices -> names
    let found = moves::at_home(fleet, graph, parts, &mut answer, found, &clock.rest(options), watch);
    let found = fine::polished(fleet, graph, parts, &mut answer, found, (&clock.rest(options), watch));
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
        let tried = Trial { fleet, graph, clock, options, watch };
        kept = if level == LevelObjective::Exposure { tried.apart(kept)? } else { tried.shares(kept)? };
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
    held(fleet, |level| Some(value(fleet, level, holdings)))
}

fn value(fleet: &Fleet, level: LevelObjective, holdings: &[Holding]) -> u64 {
    fine_value(fleet, level, holdings.iter().map(|it| (it.site, &it.workloads[..])))
}

/// Whether clusters have smaller values of the first levels than others.
fn better(fleet: &Fleet, holdings: &[Holding], others: Option<&[Holding]>) -> bool {
    let all = |holdings: &[Holding]| fleet.leading().iter().map(|&it| value(fleet, it, holdings)).collect::<Vec<_>>();
    others.is_none_or(|others| all(holdings) < all(others))
}

/// Runs beside the one that plans: is there a plan that keeps this?
struct Trial<'t> {
    fleet: &'t Fleet,
    graph: &'t TrustGraph,
    clock: &'t Clock,
    options: &'t Options,
    watch: &'t dyn Watch,
}

impl Trial<'_> {
    /// Clusters that keep this; `None`: none were found.
    fn clusters(&self, kept: Held) -> Result<Option<Vec<Holding>>> {
        let among = self.fleet.holding(kept);
        let graph = TrustGraph::new(&among, self.graph.as_of(), Scope::All)?;
        let (problem, encoding) = encode(&among, &graph)?;
        let limits = again(&self.clock.rest(self.options), 0, PART);
        let quiet = Quiet(self.watch);
        let mut answer = solve(&problem, &[Objective::Clusters], &limits, &quiet)?;
        match on_nodes(&among, &graph, (&problem, &encoding), &mut answer, &limits, &quiet) {
            Ok(found) => Ok(found.holdings),
            Err(Error::Fleet(_)) => Ok(None), // somebody stands nowhere
            Err(other) => Err(other),
        }
    }

    fn apart(&self, kept: Held) -> Result<Held> {
        let apart = Held { apart: true, ..kept };
        Ok(if self.clusters(apart)?.is_some() { apart } else { kept })
    }

    /// With the least share that was found.
    fn shares(&self, kept: Held) -> Result<Held> {
        let most = most_clusters(self.fleet, LevelObjective::Balance, None);
        let mut least = least_balance(self.fleet, self.graph.as_of(), most).min(WHOLE);
        let of = |share: u64| Held { share: Some(share), ..kept };
        let mut known = None;
        let mut next = least;
        for _ in 0..=TRIES {
            if let Some(holdings) = self.clusters(of(next))? {
                let share = value(self.fleet, LevelObjective::Balance, &holdings);
                known = Some(share.min(next));
            } else {
                least = next + 1;
            }
            let known = known.unwrap_or(WHOLE);
            if least >= known || self.clock.is_too_late() || self.watch.cancelled() {
                break;
            }
            next = least.midpoint(known);
        }
        Ok(known.map_or(kept, of))
    }
}
