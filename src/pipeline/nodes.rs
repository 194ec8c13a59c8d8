//! An answer by sums becomes one that stands on its nodes.

use super::again::Quiet;
use super::costs::Costs;
use crate::budget::{Budget, Objective, Options, Status, Watch};
use crate::certify::Level;
use crate::decode::decode;
use crate::encode::Encoding;
use crate::error::{Error, FleetError, InputProblem, Result};
use crate::fleet::Fleet;
use crate::placement::{Excess, Holding, Homeless, Pods, Settled, settle};
use crate::problem::{Problem, Solution};
use crate::solve::Answer;
use crate::trust::TrustGraph;

/// Work of moving workloads between clusters where the options name no limit.
pub(super) const WORK: u64 = 4_000_000_000;

/// What a plan says of its nodes.
pub(super) struct OnNodes {
    /// The clusters; `None` where there is no plan.
    pub holdings: Option<Vec<Holding>>,
    /// Sets that were treated as not fitting.
    pub unfit: u64,
    /// Why there is no plan although the sums have one.
    pub homeless: Option<Homeless>,
    /// A split that was found in more clusters than it may be in, where there is no plan.
    pub parted: Option<usize>,
}

impl OnNodes {
    /// Clusters on their nodes.
    fn of(holdings: Option<Vec<Holding>>, unfit: u64) -> Self {
        Self { holdings, unfit, homeless: None, parted: None }
    }
}

/// Places the clusters of an answer on their nodes, and makes the answer say what came of it: values, status, and the
/// solution that the certificate is held against. The bounds stay: they forget nodes.
pub(super) fn on_nodes(
    fleet: &Fleet,
    graph: &TrustGraph,
    (problem, encoding): (&Problem, &Encoding),
    answer: &mut Answer,
    limits: &Options,
    watch: &dyn Watch,
) -> Result<OnNodes> {
    let Some(found) = &answer.solution else { return Ok(OnNodes::of(None, 0)) };
    let pods = Pods::new(fleet);
    if !pods.matter() {
        return Ok(OnNodes::of(Some(decode(found, encoding)), 0));
    }
    let enough = enough(fleet, answer);
    match settled(&pods, graph, encoding, found, enough, limits, watch) {
        Ok(Settled { holdings, unfit }) => {
            let clusters = holdings.iter().map(Holding::content);
            answer.solution = Some(encoding.solution(clusters));
            restate(&Costs::of(fleet, graph)?, fleet, problem, answer, &holdings);
            Ok(OnNodes::of(Some(holdings), unfit))
        }
        Err(homeless) if homeless.alone => Err(nowhere(fleet, &homeless)),
        Err(homeless) => {
            answer.solution = None;
            answer.status = Status::Unknown;
            answer.levels.iter_mut().for_each(|level| level.value = None);
            answer.certificate.claims.truncate(1);
            Ok(OnNodes { homeless: Some(homeless), ..OnNodes::of(None, 1) })
        }
    }
}

/// So many clusters are few enough: as many as anybody needs; any number where nobody counts them before the moves.
fn enough(fleet: &Fleet, answer: &Answer) -> u64 {
    let levels = fleet.objective().iter().zip(&answer.levels);
    let mut before = levels.take_while(|(level, _)| **level != Objective::Moves);
    match before.clone().find(|(level, _)| **level == Objective::Clusters) {
        Some((_, level)) => level.bound,
        // fewer clusters cost less
        None if before.any(|(level, _)| *level == Objective::Cost) => 0,
        None => u64::MAX,
    }
}

/// How many clusters an answer takes on nodes.
pub(super) fn clusters_on_nodes(
    fleet: &Fleet,
    graph: &TrustGraph,
    encoding: &Encoding,
    answer: &Answer,
    limits: &Options,
    watch: &dyn Watch,
) -> Option<u64> {
    let (pods, found) = (Pods::new(fleet), answer.solution.as_ref()?);
    if !pods.matter() {
        return Some(found.bins());
    }
    let enough = answer.levels.first().map_or(0, |level| level.bound);
    let settled = settled(&pods, graph, encoding, found, enough, limits, &Quiet(watch)).ok()?;
    Some(settled.holdings.len() as u64)
}

fn settled(
    pods: &Pods,
    graph: &TrustGraph,
    encoding: &Encoding,
    found: &Solution,
    enough: u64,
    limits: &Options,
    watch: &dyn Watch,
) -> std::result::Result<Settled, Homeless> {
    let start: Vec<(usize, Vec<usize>)> =
        decode(found, encoding).into_iter().map(|it| (it.site, it.workloads)).collect();
    settle(pods, graph, &start, enough, &Budget::new(limits, WORK, watch))
}

/// The values of the clusters as they are, and the status that follows from them.
pub(super) fn restate(costs: &Costs, fleet: &Fleet, problem: &Problem, answer: &mut Answer, holdings: &[Holding]) {
    let [clusters, cost, moves] = Excess::values(fleet, holdings);
    let (mut met, mut paid) = (true, true);
    for (&objective, level) in fleet.objective().iter().zip(&mut answer.levels) {
        let (value, bound) = match objective {
            Objective::Clusters => (clusters, level.bound),
            Objective::Cost => (cost, costs.least(level.bound, clusters)),
            Objective::Moves => (moves, level.bound.saturating_sub(fleet.charged_as_new())),
        };
        level.value = Some(value);
        met &= paid && level.value == Some(bound);
        // claims after the cost hold prices
        paid &= objective != Objective::Cost || cost == costs.apart(level.bound, clusters);
    }
    answer.status = if met { Status::Optimal } else { Status::Feasible };
    let (Some(solution), claims) = (&answer.solution, &mut answer.certificate.claims) else { return };
    // a claim on a later level speaks of plans whose earlier values are what is held
    let value = |level: Level| match level {
        Level::Clusters => Some(solution.bins()),
        Level::Cost => u64::try_from(solution.cost(problem)).ok(),
        Level::Moves => u64::try_from(solution.moves(problem)).ok(),
        Level::Infeasible => None,
    };
    let other = claims.iter().position(|claim| claim.value.is_some() && claim.value != value(claim.level));
    if let Some(at) = other.filter(|&at| claims[at].value < value(claims[at].level)) {
        // what is proved of later levels speaks of plans that are better than this one
        answer.levels.iter_mut().skip(at + 1).for_each(|level| (level.bound, level.certified) = (0, 0));
    }
    if let Some(at) = other {
        claims[at].value = None;
        claims.truncate(at + 1);
    }
}

/// A unit that fits the sums of some template and the nodes of none.
fn nowhere(fleet: &Fleet, homeless: &Homeless) -> Error {
    let names: Vec<String> = homeless.workloads.iter().take(3).map(|&it| fleet.identity(it)).collect();
    let more = if homeless.workloads.len() > 3 { " ..." } else { "" };
    let pods: u64 = homeless.workloads.iter().map(|&it| fleet.workloads()[it].replicas_of_copy()).sum();
    let message = format!(
        "no placement of the {pods} pods of {}{more} on the nodes of one cluster was found, in whatever template, although \
         the sums suffice",
        names.join(", ")
    );
    let problem = InputProblem::new("fits-no-template", "clusterTemplates", message)
        .with_expected("larger or more nodes, smaller pods, or `nodePacking: sums`");
    Error::Fleet(FleetError { problems: vec![problem], omitted: 0 })
}
