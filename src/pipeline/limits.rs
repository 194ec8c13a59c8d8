//! Limits on the values of a plan: which of them no plan keeps, and what becomes of clusters that pass one.

use super::again::{Quiet, again};
use super::nodes::OnNodes;
use crate::budget::{Objective, Options, Status, Watch};
use crate::certify::{Certificate, Level};
use crate::error::{Error, Result};
use crate::fleet::{Fleet, ValueLimits, quantity_of_thousandths};
use crate::placement::{Excess, Holding};
use crate::problem::{Most, Problem, Terms};
use crate::solve::{Answer, beyond, solve};

/// The same problem without limits on values.
pub(super) fn unlimited(problem: Problem) -> Result<Problem> {
    if problem.terms().most == Most::default() {
        return Ok(problem);
    }
    let terms = Terms { most: Most::default(), ..problem.terms().clone() };
    problem.with(terms).map_err(|error| Error::Internal(error.to_string()))
}

/// Takes clusters that pass a limit back: within the limits there is no plan that is known. Answers with what they pass.
pub(super) fn kept(fleet: &Fleet, answer: &mut Answer, found: OnNodes) -> (OnNodes, Option<String>) {
    let Some(holdings) = &found.holdings else { return (found, None) };
    if Excess::beyond(fleet, Excess::values(fleet, holdings)) == 0 {
        return (found, None);
    }
    without_plan(answer);
    (OnNodes { holdings: None, ..found }, Some(said(fleet.value_limits(), holdings, fleet)))
}

/// Makes an answer say that no plan is known; what is proved of the first level stays.
pub(super) fn without_plan(answer: &mut Answer) {
    answer.solution = None;
    answer.status = Status::Unknown;
    answer.levels.iter_mut().for_each(|level| level.value = None);
    answer.certificate.claims.truncate(1);
    answer.certificate.claims.iter_mut().for_each(|claim| claim.value = None);
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

/// Of each limit by itself, the others held: the least value that is proved, where it is above. Where nothing was known, or not
/// by a certificate, the first of them becomes the answer.
pub(super) fn contradicted(
    fleet: &Fleet,
    problem: &Problem,
    answer: &mut Answer,
    (limits, watch): (&Options, &dyn Watch),
) -> Result<Vec<String>> {
    // that on the moves is there only where they are charged
    let most = problem.terms().most;
    if answer.solution.is_some() || most == Most::default() {
        return Ok(Vec::new());
    }
    let set = [
        (Objective::Clusters, "clusters", most.clusters, Most { clusters: None, ..most }),
        (Objective::Cost, "cost", most.cost, Most { cost: None, ..most }),
        (Objective::Moves, "moves", most.moves, Most { moves: None, ..most }),
    ];
    let alone = set.iter().filter(|(_, _, limit, _)| limit.is_some()).count() == 1;
    let mut found = Vec::new();
    for (level, name, limit, others) in set {
        let Some(limit) = limit else { continue };
        let terms = Terms { most: others, ..problem.terms().clone() };
        let free = problem.clone().with(terms).map_err(|error| Error::Internal(error.to_string()))?;
        let own = solve(&free, &[level], &again(limits, answer.work, 4), &Quiet(watch))?;
        let least = own.levels.first().map_or(0, |level| level.bound);
        if own.status == Status::Infeasible || least <= limit {
            continue;
        }
        let shown = |value: u64| match level {
            Objective::Cost => quantity_of_thousandths(value),
            Objective::Moves => value.saturating_sub(fleet.charged_as_new()).to_string(),
            Objective::Clusters => value.to_string(),
        };
        let among = if alone { "" } else { "within the other limits " };
        let less = if level == Objective::Cost { "less" } else { "fewer" };
        found.push(format!("`limits.{name}` is {}, and {among}no plan has {less} than {}", shown(limit), shown(least)));
        if answer.certificate.claims.first().is_none_or(|claim| claim.level != Level::Infeasible) {
            let claim = own.certificate.claims.first().and_then(|claim| beyond(problem, claim));
            if claim.is_some() || answer.status != Status::Infeasible {
                answer.status = Status::Infeasible;
                answer.levels.clear();
                answer.stopped = None;
                answer.certificate = Certificate { claims: claim.into_iter().collect() };
            }
        }
    }
    Ok(found)
}
