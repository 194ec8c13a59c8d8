//! Why no plan exists, as facts: the same reasons as the contradictions that a plan has.

use super::facts::Facts;
use super::infeasible::{MAX_NAMED, Shortage, allowed, elsewhere, limited, short, within};
use crate::certify::Claim;
use crate::encode::Encoding;
use crate::fleet::{Fleet, Paths};
use crate::plan::PlanProof;
use crate::problem::Problem;
use crate::report::{Because, Fact, FactPlace, FactRoom, FactUnit};
use crate::trust::TrustGraph;

/// Each reason by itself, at most 10; never empty. `claim` is the proof that there is no plan, where there is one. Complexity: as
/// [`contradictions`](super::contradictions).
#[must_use]
pub(crate) fn shortages(
    (fleet, graph): (&Fleet, &TrustGraph),
    (problem, encoding): (&Problem, &Encoding),
    paths: &Paths<'_>,
    (shortages, claim): (&[Shortage], Option<&Claim>),
    proof: PlanProof,
) -> Vec<Fact> {
    let facts = Facts::new((fleet, graph), (problem, encoding), paths, proof);
    let mut found: Vec<Fact> = Vec::new();
    for sites in limited(problem) {
        let items = within(problem, &sites);
        for it in short(problem, &items, &sites) {
            let (pool, resource) = facts.taken(it.dimension);
            let room = |&bin: &usize| {
                let kind = &problem.bins()[bin];
                let place = facts.place(bin, kind.max_count.unwrap_or(0)); // none is unlimited: there would be room
                FactRoom { place, holds: kind.capacity[it.dimension] }
            };
            let because = Because::NoRoom {
                resource,
                pool,
                who: facts.grouper().loads(facts.sizes(&items, it.dimension)),
                load: it.load,
                rooms: sites.iter().map(room).collect(),
                room: it.room,
            };
            found.push(Fact { least: None, unit: FactUnit::Clusters, proof, because });
        }
    }
    for shortage in shortages {
        let Some(allowed) = allowed(problem, &shortage.sites).filter(|&allowed| shortage.needed > allowed) else {
            continue;
        };
        // what a smaller set of sites says already is not said again of all
        if found.is_empty() || shortage.items.len() < problem.items().len() {
            let its = Facts::new((fleet, graph), (&shortage.problem, &shortage.encoding), paths, proof);
            let needs = Box::new(its.bound(&shortage.certificate, shortage.needed));
            let limits = limits(fleet, encoding, paths, &shortage.sites);
            let elsewhere = elsewhere(problem, &shortage.sites);
            let because = Because::TooFew { needs, allowed, limits, elsewhere };
            found.push(Fact { least: None, unit: FactUnit::Clusters, proof, because });
        }
    }
    if found.is_empty() {
        let all: Vec<usize> = (0..problem.items().len()).collect();
        let text = "all assignments were searched, and none is within the clusters that there may be";
        found.push(match claim {
            Some(claim) => facts.outweighed(claim),
            None => Fact { least: None, ..facts.searched(&all, 0, text) },
        });
    }
    found.truncate(MAX_NAMED);
    found
}

/// What says how many clusters there may be of these bin types.
fn limits(fleet: &Fleet, encoding: &Encoding, paths: &Paths<'_>, bins: &[usize]) -> Vec<FactPlace> {
    let mut found: Vec<FactPlace> = Vec::new();
    for &bin in bins {
        let sites = encoding.sites(bin);
        for limit in fleet.limits().iter().filter(|limit| limit.sites.contains(&sites[0])) {
            let (name, path) = paths.limit(limit.of);
            found.push(FactPlace { name, number: limit.most, path, line: None });
        }
        if fleet.sites()[sites[0]].template().is_none() {
            let name = fleet.site_name(sites[0]).replace('`', "");
            found.push(FactPlace { name, number: sites.len() as u64, path: paths.site(sites[0]), line: None });
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|it| seen.insert((it.name.clone(), it.path.clone())));
    found
}
