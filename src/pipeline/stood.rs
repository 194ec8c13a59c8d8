//! From a fleet to who stands where: solved, placed on nodes, whoever can at home, exposure and balance small.

use super::moves::Solved;
use super::nodes::{OnNodes, on_nodes};
use super::{fine, moves};
use crate::budget::{Options, Watch};
use crate::encode::Encoding;
use crate::error::Result;
use crate::fleet::Fleet;
use crate::pack::Clock;
use crate::problem::Problem;
use crate::solve::Answer;
use crate::trust::TrustGraph;

/// The fleet in indices, what the solver makes of it, and who stands where.
pub(super) struct Stood {
    pub problem: Problem,
    pub encoding: Encoding,
    pub answer: Answer,
    pub found: OnNodes,
    /// No choice of regions that keeps the rules was found to have a plan.
    pub unchosen: bool,
}

/// Solves a fleet without splits, places its clusters on nodes, lets stay who can, and makes exposure and balance small. Rules of
/// regions are forgotten.
pub(super) fn stood(
    fleet: &Fleet,
    graph: &TrustGraph,
    clock: &mut Clock,
    options: &Options,
    watch: &dyn Watch,
) -> Result<Stood> {
    let mut solved = moves::solved(fleet, graph, clock, options, watch)?;
    let parts = (&solved.problem, &solved.encoding);
    let found = on_nodes(fleet, graph, parts, &mut solved.answer, &clock.rest(options), watch)?; // indices -> names
    moves::again_without(fleet, graph, &mut solved, clock, options, watch)?;
    let found = moves::at_home(fleet, graph, &mut solved, found, &clock.rest(options), watch)?;
    let Solved { problem, encoding, mut answer, .. } = solved;
    let parts = (&problem, &encoding);
    let found = fine::polished(fleet, graph, parts, &mut answer, found, (clock, options, watch))?;
    Ok(Stood { problem, encoding, answer, found, unchosen: false })
}
