//! What breaks: each limit without which fewer clusters would do, found by leaving it out and solving again.

use super::FEWEST;
use super::again::Quiet;
use super::purse::Purse;
use crate::date::Date;
use crate::encode::encode;
use crate::error::Result;
use crate::fleet::{Fleet, LimitOf};
use crate::problem::{ItemType, Problem};
use crate::report::{Broken, BrokenWhat};
use crate::solve::solve;
use crate::trust::{Scope, TrustGraph};

/// So many limits on numbers of clusters are left out, one at a time.
const MOST_LIMITS: usize = 16;

/// The limits without which `enough` clusters would do: each resource, each maximum count (of these, where no plan exists,
/// those without which there is one). Only what another run found within its limits is named.
pub(super) fn breaks(
    fleet: &Fleet,
    day: Date,
    (enough, impossible): (u64, bool),
    purse: &mut Purse,
) -> Result<Vec<Broken>> {
    let graph = TrustGraph::new(fleet, day, Scope::All)?;
    let (problem, _) = encode(fleet, &graph)?;
    let limits = fleet.limits().len().min(MOST_LIMITS);
    let shares = u32::try_from(problem.dimensions() + limits).unwrap_or(u32::MAX);
    let mut found = Vec::new();
    for (dimension, (pool, resource)) in fleet.dimensions().enumerate() {
        let Some(other) = without(&problem, dimension) else { continue };
        if suffices(&other, enough, shares, purse) {
            let name = pool.map_or_else(|| resource.to_owned(), |pool| format!("{resource}@{pool}"));
            found.push(Broken { what: BrokenWhat::Resource, name });
        }
    }
    for index in 0..limits {
        let mut other = fleet.clone();
        let (what, name) = match other.limits.remove(index).of {
            LimitOf::Template(template) => (BrokenWhat::MaxCount, &fleet.templates()[template].name),
            LimitOf::Region(region) => (BrokenWhat::MaxClusters, &fleet.regions()[region].name),
        };
        let (other, _) = encode(&other, &graph)?;
        if suffices(&other, if impossible { u64::MAX } else { enough }, shares, purse) {
            found.push(Broken { what, name: name.clone() });
        }
    }
    Ok(found)
}

/// The problem with nothing taken of one resource; `None` where nothing is.
fn without(problem: &Problem, dimension: usize) -> Option<Problem> {
    let taken = |item: &ItemType| item.size[dimension] > 0;
    if !problem.items().iter().any(taken) {
        return None;
    }
    let mut items = problem.items().to_vec();
    items.iter_mut().for_each(|item| item.size[dimension] = 0);
    let other = Problem::new(problem.dimensions(), items, problem.conflicts().clone(), problem.bins().to_vec());
    other.and_then(|other| other.with(problem.terms().clone())).ok()
}

fn suffices(problem: &Problem, enough: u64, shares: u32, purse: &mut Purse) -> bool {
    let Some(limits) = purse.aside(shares) else { return false };
    let Ok(answer) = solve(problem, &FEWEST, &limits, &Quiet(purse.watch())) else { return false };
    purse.spend(answer.work);
    answer.levels.first().and_then(|level| level.value).is_some_and(|value| value <= enough)
}
