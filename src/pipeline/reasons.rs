//! Why: the reason of the lower bound, or of there being no plan.

use super::FEWEST;
use super::again::{Quiet, again};
use crate::budget::{Options, Status, Watch};
use crate::certify::Level;
use crate::encode::Encoding;
use crate::explain::{self, Shortage};
use crate::fleet::Fleet;
use crate::plan::Plan;
use crate::problem::{BinType, Problem};
use crate::solve::{Answer, solve};
use crate::trust::TrustGraph;

/// So many sets of sites are looked at, the smallest first.
const MAX_SETS: usize = 16;

/// Says why, in the plan.
pub(super) fn explained(
    plan: &mut Plan,
    (fleet, graph): (&Fleet, &TrustGraph),
    (problem, encoding): (&Problem, &Encoding),
    answer: &Answer,
    contradicted: Vec<String>,
    limits: &Options,
    watch: &dyn Watch,
) {
    if answer.status == Status::Infeasible && !contradicted.is_empty() {
        plan.summary.lower_bound = 0;
        plan.contradictions = contradicted;
        return;
    }
    if answer.status == Status::Infeasible {
        let shortages = shortages(problem, encoding, (limits, answer.work), watch);
        // a bound is of the plans that there are
        plan.summary.lower_bound = 0;
        let claim = answer.certificate.claims.iter().find(|claim| claim.level == Level::Infeasible);
        plan.contradictions = explain::contradictions((fleet, graph), (problem, encoding), &shortages, claim);
        return;
    }
    let bound = plan.summary.lower_bound;
    plan.summary.lower_bound_reason =
        explain::lower_bound((fleet, graph), (problem, encoding), &answer.certificate, bound);
}

/// What workloads need that only sites with a maximum count are open to, if there were no maximum counts: a run of
/// its own for each such set of sites.
pub(super) fn shortages(
    problem: &Problem,
    encoding: &Encoding,
    (limits, work): (&Options, u64),
    watch: &dyn Watch,
) -> Vec<Shortage> {
    let mut sets: Vec<Vec<usize>> = problem.items().iter().map(|item| item.eligible.ones().collect()).collect();
    sets.extend(problem.terms().limits.iter().map(|limit| limit.bins.ones().collect::<Vec<_>>()));
    sets.push((0..problem.bins().len()).collect());
    sets.retain(|set| explain::allowed(problem, set).is_some());
    sets.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    sets.dedup();
    // the set of all sites is the last
    let skipped = sets.len().saturating_sub(MAX_SETS);
    sets.drain(sets.len() - skipped - usize::from(skipped > 0)..sets.len() - usize::from(skipped > 0));
    let runs = u32::try_from(sets.len()).unwrap_or(u32::MAX);
    let bins: Vec<BinType> = problem.bins().iter().map(|bin| BinType { max_count: None, ..bin.clone() }).collect();
    let mut shortages: Vec<Shortage> = Vec::new();
    for sites in sets {
        let inside = |item: &usize| problem.items()[*item].eligible.ones().all(|bin| sites.contains(&bin));
        let items: Vec<usize> = (0..problem.items().len()).filter(inside).collect();
        if shortages.iter().any(|known| known.items == items) {
            continue;
        }
        let own = items.iter().map(|&item| problem.items()[item].clone()).collect();
        let Ok(own) = Problem::new(problem.dimensions(), own, problem.conflicts().clone(), bins.clone()) else {
            continue;
        };
        // without terms nothing is unsupported
        let Ok(answer) = solve(&own, &FEWEST, &again(limits, work, runs), &Quiet(watch)) else { continue };
        let needed = answer.levels.first().map_or(0, |level| level.bound);
        let encoding = encoding.only(&items);
        shortages.push(Shortage { sites, items, problem: own, encoding, needed, certificate: answer.certificate });
    }
    shortages
}
