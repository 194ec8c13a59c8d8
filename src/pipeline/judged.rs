//! Who stands where, and what is proved of it, before any of it is written down: all that a further question about a fleet
//! needs to know.

use super::charged::{Witness, charged};
use super::clock::Clock;
use super::costs::Costs;
use super::leading::{Ground, ground};
use super::outcome::{outcome, proofs, says_nothing};
use super::stood::Stood;
use super::{PlanOptions, as_of, fine, limits, moves};
use crate::budget::Watch;
use crate::date::Date;
use crate::decode::arrange;
use crate::encode::Encoding;
use crate::error::Result;
use crate::fleet::Fleet;
use crate::placement::{Homeless, Placement, Violation, legal};
use crate::plan::Outcome;
use crate::problem::Problem;
use crate::solve::Answer;
use crate::trust::{Scope, TrustGraph, check_together};

/// An answer in indices and in names, judged by the checkers.
pub(super) struct Judged {
    /// The day against which waivers were judged.
    pub as_of: Date,
    /// Who may not share, and why.
    pub graph: TrustGraph,
    /// The fleet of whose plans alone the answer speaks, with its graph; `None`: of all plans.
    pub within: Option<Box<(Fleet, TrustGraph)>>,
    pub problem: Problem,
    pub encoding: Encoding,
    pub answer: Answer,
    /// What stands for the certificate of a problem without charges.
    pub witness: Option<Witness>,
    pub placement: Option<Placement>,
    pub outcome: Outcome,
    pub remarks: Remarks,
}

/// What is to be said beside that.
pub(super) struct Remarks {
    /// Who has no place on the nodes.
    pub homeless: Option<Homeless>,
    /// No choice of regions was found to have a plan.
    pub unchosen: bool,
    /// A split that was left in too many clusters.
    pub parted: Option<usize>,
    /// The values of a plan that the limits forbid.
    pub beyond: Option<String>,
    /// What is known of each limit by itself.
    pub contradicted: Vec<String>,
}

/// Solves a fleet, and checks what comes of it: its certificate by integers, who may be where by the fleet.
pub(super) fn judged(fleet: &Fleet, options: &PlanOptions, clock: &mut Clock, watch: &dyn Watch) -> Result<Judged> {
    let as_of = as_of(fleet, options.as_of);
    moves::plannable(fleet, as_of)?; // who must be where
    let graph = TrustGraph::new(fleet, as_of, Scope::All)?; // who may not share, and why
    check_together(fleet, &graph)?; // who must share, against that
    let Ground { within, stood } = ground(fleet, &graph, clock, &options.solver, watch)?;
    let (among, its) = within.as_deref().map_or((fleet, &graph), |(among, its)| (among, its));
    let Stood { problem, encoding, mut answer, found, unchosen } = stood;
    let (found, beyond) = limits::kept(fleet, &mut answer, found);
    let contradicted = limits::contradicted(fleet, &problem, &mut answer, (&clock.rest(&options.solver), watch))?;
    let limits = clock.rest(&options.solver);
    let witness = charged(among, its, &problem, &mut answer, found.holdings.as_deref(), &limits, watch)?;
    let limits = clock.rest(&options.solver);
    let proofs = proofs(fleet.objective(), &problem, &answer, witness.as_ref(), &limits, watch)?; // never take the solver's word
    let placement = found.holdings.map(|holdings| arrange(holdings, fleet, &graph.islands()));
    let costs = Costs::of(fleet, &graph)?;
    let mut outcome = Outcome { unfit: found.unfit, ..outcome(fleet, &costs, &answer, &proofs, options.solver.seed) };
    moves::add_level(&mut outcome, fleet, placement.as_ref(), as_of);
    fine::add_levels(&mut outcome, fleet, placement.as_ref(), as_of);
    if placement.is_none() && answer.levels.first().is_some_and(|it| it.bound == 0) {
        says_nothing(&mut outcome);
    }
    let remarks = Remarks { homeless: found.homeless, unchosen, parted: found.parted, beyond, contradicted };
    Ok(Judged { as_of, graph, within, problem, encoding, answer, witness, placement, outcome, remarks })
}

impl Judged {
    /// What makes who stands where illegal, read from the fleet alone: nothing, or there is a defect.
    pub fn breaches(&self, fleet: &Fleet) -> Vec<Violation> {
        self.placement.as_ref().map_or_else(Vec::new, |placement| legal(fleet, placement, self.as_of))
    }
}
