//! Limits on the values of a plan: which of them no plan keeps, and what becomes of clusters that pass one.

use super::again::{Quiet, again};
use super::nodes::OnNodes;
use crate::budget::{Objective, Options, Status, Watch};
use crate::encode::{encode, encode_charged};
use crate::error::Result;
use crate::fleet::{Fleet, ValueLimits, quantity_of_thousandths};
use crate::placement::{Excess, Holding};
use crate::problem::{Most, Problem, Terms};
use crate::solve::{Answer, solve};
use crate::trust::TrustGraph;

/// The same problem without limits on values.
pub(super) fn unlimited(problem: Problem) -> Result<Problem> {
    if problem.terms().most == Most::default() {
        return Ok(problem);
    }
    let terms = Terms { most: Most::default(), ..problem.terms().clone() };
    problem.with(terms).map_err(|error| crate::Error::Internal(error.to_string()))
}

/// Takes clusters that pass a limit back: within the limits there is no plan that is known. Answers with what they pass.
pub(super) fn kept(fleet: &Fleet, answer: &mut Answer, found: OnNodes) -> (OnNodes, Option<String>) {
    let Some(holdings) = &found.holdings else { return (found, None) };
    let excess = Excess::of(fleet, holdings);
    if excess.is_none() {
        return (found, None);
    }
    answer.solution = None;
    answer.status = Status::Unknown;
    answer.levels.iter_mut().for_each(|level| level.value = None);
    answer.certificate.claims.truncate(1);
    answer.certificate.claims.iter_mut().for_each(|claim| claim.value = None);
    (OnNodes { holdings: None, ..found }, Some(said(fleet.value_limits(), holdings, fleet)))
}

/// What clusters come to beside the limits.
fn said(limits: ValueLimits, holdings: &[Holding], fleet: &Fleet) -> String {
    let [clusters, cost, moves] = Excess::values(fleet, holdings);
    let count = |what: &str, value: u64, limit: Option<u64>| {
        limit.map(|limit| format!("{what} {value}, where {limit} is the limit"))
    };
    let cost = limits.cost.map(|limit| {
        let [value, limit] = [cost, limit].map(quantity_of_thousandths);
        format!("cost {value}, where {limit} is the limit")
    });
    let clusters = count("clusters", clusters, limits.clusters);
    let all: Vec<String> = [clusters, cost, count("moves", moves, limits.moves)].into_iter().flatten().collect();
    all.join("; ")
}

/// Of each limit by itself, the others held: the least value that is proved, where it is above. Without a plan and without an
/// answer, the first that has a proof becomes the answer.
pub(super) fn contradicted(
    fleet: &Fleet,
    graph: &TrustGraph,
    problem: &Problem,
    answer: &mut Answer,
    (limits, watch): (&Options, &dyn Watch),
) -> Result<Vec<String>> {
    let most = fleet.value_limits();
    if answer.solution.is_some() || most.is_empty() {
        return Ok(Vec::new());
    }
    let charged = || if fleet.existing().is_empty() { encode(fleet, graph) } else { encode_charged(fleet, graph) };
    let (whole, _) = charged()?;
    let mut found = Vec::new();
    let set = [
        (Objective::Clusters, most.clusters, Most { clusters: None, ..whole.terms().most }),
        (Objective::Cost, most.cost, Most { cost: None, ..whole.terms().most }),
        (Objective::Moves, most.moves, Most { moves: None, ..whole.terms().most }),
    ];
    let alone = set.iter().filter(|(_, limit, _)| limit.is_some()).count() == 1;
    for (level, limit, others) in set {
        let Some(limit) = limit else { continue };
        let terms = Terms { most: others, ..whole.terms().clone() };
        let free = whole.clone().with(terms).map_err(|error| crate::Error::Internal(error.to_string()))?;
        let own = solve(&free, &[level], &again(limits, answer.work, 4), &Quiet(watch))?;
        let least = own.levels.first().map_or(0, |level| level.bound);
        if own.status == Status::Infeasible || least <= limit {
            continue;
        }
        let (name, shown, least) = match level {
            Objective::Clusters => ("clusters", limit.to_string(), least.to_string()),
            Objective::Cost => ("cost", quantity_of_thousandths(limit), quantity_of_thousandths(least)),
            Objective::Moves => ("moves", limit.to_string(), least.to_string()),
        };
        let among = if alone { "no plan has less than" } else { "within the other limits no plan has less than" };
        found.push(format!("`limits.{name}` is {shown}, and {among} {least}"));
        if answer.status != Status::Infeasible {
            // of the problem that the certificate speaks of
            let proved = solve(problem, &[level], &again(limits, answer.work, 4), &Quiet(watch))?;
            if proved.status == Status::Infeasible {
                *answer = Answer { work: answer.work.saturating_add(proved.work), ..proved };
            }
        }
    }
    Ok(found)
}
