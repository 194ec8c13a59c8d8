//! Why no plan exists: which maximum counts are too small, for whom, by which rule and by how much.

use std::collections::BTreeSet;

use crate::certify::{Certificate, Claim, Prices};
use crate::encode::Encoding;
use crate::fleet::{Fleet, LimitOf};
use crate::problem::{Limit, Problem};
use crate::trust::TrustGraph;

use super::amount;
use super::lower_bound::{Taken, Teller, case_by_case, named, why};

/// At most this many contradictions are named.
pub(super) const MAX_NAMED: usize = 10;

/// What workloads that only some bin types are open to would need, if there were no maximum counts.
#[derive(Clone, Debug)]
pub struct Shortage {
    /// The bin types, ascending; each has a maximum count.
    pub sites: Vec<usize>,
    /// The item types that no other site is open to, ascending.
    pub items: Vec<usize>,
    /// The problem of these item types alone, without maximum counts.
    pub problem: Problem,
    /// What its indices stand for.
    pub encoding: Encoding,
    /// The fewest clusters that they need.
    pub needed: u64,
    /// What proves that.
    pub certificate: Certificate,
}

/// Names the inputs that contradict, with figures: the workloads, the rules or the resource, and the maximum counts. `claim` is
/// the proof that there is no plan, where there is one. Never empty, and at most 10. Complexity: linear in item types
/// times the sets of sites that workloads are limited to.
#[must_use]
pub fn contradictions(
    (fleet, graph): (&Fleet, &TrustGraph),
    (problem, encoding): (&Problem, &Encoding),
    shortages: &[Shortage],
    claim: Option<&Claim>,
) -> Vec<String> {
    let mut found: Vec<String> =
        limited(problem).iter().flat_map(|sites| short_of(fleet, problem, encoding, sites)).collect();
    for shortage in shortages {
        // what a smaller set of sites says already is not said again of all
        if found.is_empty() || shortage.items.len() < problem.items().len() {
            found.extend(too_few((fleet, graph), problem, encoding, shortage));
        }
    }
    if found.is_empty() {
        found.push(without_shortage(fleet, (problem, encoding), claim));
    }
    found.truncate(MAX_NAMED);
    found
}

/// Sets of bin types that some items are limited to, and all of them.
pub(super) fn limited(problem: &Problem) -> Vec<Vec<usize>> {
    let mut limited: Vec<Vec<usize>> = problem.items().iter().map(|item| item.eligible.ones().collect()).collect();
    limited.push((0..problem.bins().len()).collect());
    limited.sort();
    limited.dedup();
    limited
}

/// How many clusters there may be at these sites: by the sum of their maximum counts, or by a limit on all of them, less what
/// kept clusters elsewhere take of that.
#[must_use]
pub fn allowed(problem: &Problem, sites: &[usize]) -> Option<u64> {
    let counts = sites.iter().map(|&bin| problem.bins()[bin].max_count);
    let sum = counts.into_iter().try_fold(0u64, |sum, count| Some(sum.saturating_add(count?)));
    let ours = over(problem, sites).map(|limit| limit.most.saturating_sub(kept_elsewhere(problem, limit, sites)));
    ours.chain(sum).min()
}

/// The limits on all of these bin types together.
fn over<'p>(problem: &'p Problem, bins: &'p [usize]) -> impl Iterator<Item = &'p Limit> {
    problem.terms().limits.iter().filter(move |limit| bins.iter().all(|&bin| limit.bins.contains(bin)))
}

/// Kept clusters that count for a limit and are of none of these bin types.
fn kept_elsewhere(problem: &Problem, limit: &Limit, bins: &[usize]) -> u64 {
    let kept = |bin: usize| problem.terms().kept.get(bin).copied().unwrap_or(0);
    limit.bins.ones().filter(|bin| !bins.contains(bin)).map(kept).sum()
}

/// The most that kept clusters elsewhere take of a limit on these bin types.
pub(super) fn elsewhere(problem: &Problem, bins: &[usize]) -> u64 {
    over(problem, bins).map(|limit| kept_elsewhere(problem, limit, bins)).max().unwrap_or(0)
}

/// More clusters than the maximum counts allow.
fn too_few(
    (fleet, graph): (&Fleet, &TrustGraph),
    problem: &Problem,
    encoding: &Encoding,
    shortage: &Shortage,
) -> Option<String> {
    let allowed = allowed(problem, &shortage.sites)?;
    if shortage.needed <= allowed {
        return None;
    }
    let teller = Teller { fleet, graph, problem, encoding };
    let who = teller.who(&shortage.items);
    let several = teller.units(&shortage.items).into_iter().map(Vec::len).sum::<usize>() > 1;
    let limited = if shortage.items.len() < problem.items().len() {
        let fit = if several { "fit" } else { "fits" };
        format!(" (which {fit} no other template)")
    } else {
        String::new()
    };
    let reason = why((fleet, graph), (&shortage.problem, &shortage.encoding), &shortage.certificate, shortage.needed);
    let kept = match elsewhere(problem, &shortage.sites) {
        0 => String::new(),
        1 => "; a kept cluster that is closed to them counts, too".to_owned(),
        kept => format!("; {kept} kept clusters that are closed to them count, too"),
    };
    Some(format!(
        "{who}{limited} {} at least {} cluster{}, and {allowed} may be there ({}{kept}): {reason}",
        if several { "need" } else { "needs" },
        shortage.needed,
        if shortage.needed == 1 { "" } else { "s" },
        counts(fleet, encoding, &shortage.sites)
    ))
}

/// What is left to say where no set of workloads needs too many clusters by itself.
fn without_shortage(fleet: &Fleet, (problem, encoding): (&Problem, &Encoding), claim: Option<&Claim>) -> String {
    let counts = counts(fleet, encoding, &(0..problem.bins().len()).collect::<Vec<_>>());
    let Some(claim) = claim else {
        return format!("an exhaustive search of all assignments found none within the clusters allowed ({counts})");
    };
    if !claim.cases.is_empty() {
        return format!("{} within the clusters allowed ({counts})", case_by_case(claim));
    }
    let priced = claim.kept.iter().any(|&price| price > 0);
    if priced || claim.prices != Prices::default() {
        return format!("whole-number weights on the workloads leave no room within the clusters allowed ({counts})");
    }
    let weight: u128 = claim.components.iter().map(|component| u128::from(component.bound)).sum();
    let room: u128 = problem
        .bins()
        .iter()
        .zip(&claim.shared)
        .map(|(bin, &shared)| u128::from(bin.max_count.unwrap_or(0)) * u128::from(shared))
        .sum();
    let limits = || problem.terms().limits.iter().zip(&claim.limits);
    let room = room + limits().map(|(limit, &price)| u128::from(limit.most) * u128::from(price)).sum::<u128>();
    let price = |bin: usize| {
        let ours = limits().filter(|(limit, _)| limit.bins.contains(bin)).map(|(_, &price)| u128::from(price));
        u128::from(claim.shared[bin]) + ours.sum::<u128>()
    };
    let name = |bin: usize| fleet.site_name(encoding.sites(bin)[0]);
    let prices = (0..claim.shared.len()).map(|bin| (bin, price(bin))).filter(|&(_, price)| price > 0);
    let prices: Vec<String> = prices.map(|(bin, price)| format!("{price} of {}", name(bin))).collect();
    format!(
        "give each workload a weight for what it takes and whom it refuses, such that a cluster holds at most {}: the \
         workloads weigh {weight} or more together, and the clusters allowed hold {room} ({counts})",
        prices.join(", ")
    )
}

/// A resource of which workloads request more than all clusters hold that there may be.
pub(super) struct Short {
    /// The resource, as its place among the fleet's dimensions.
    pub dimension: usize,
    pub load: u64,
    pub room: u64,
}

/// The item types that only these bin types are open to.
pub(super) fn within(problem: &Problem, sites: &[usize]) -> Vec<usize> {
    let within = |item: &usize| problem.items()[*item].eligible.ones().all(|bin| sites.contains(&bin));
    (0..problem.items().len()).filter(within).collect()
}

/// The resources that run out for these item types at these bin types.
pub(super) fn short(problem: &Problem, items: &[usize], sites: &[usize]) -> Vec<Short> {
    let mut found = Vec::new();
    for dimension in 0..problem.dimensions() {
        let load: u128 = items
            .iter()
            .map(|&item| u128::from(problem.items()[item].size[dimension]) * u128::from(problem.items()[item].demand))
            .sum();
        let room: Option<u128> = sites
            .iter()
            .map(|&bin| {
                let bin = &problem.bins()[bin];
                bin.max_count.map(|count| u128::from(count) * u128::from(bin.capacity[dimension]))
            })
            .sum();
        let (Some(room), Ok(load)) = (room, u64::try_from(load)) else { continue };
        if u128::from(load) > room {
            // below the load, so it fits
            found.push(Short { dimension, load, room: u64::try_from(room).unwrap_or(u64::MAX) });
        }
    }
    found
}

/// The resources that run out for the workloads that only these sites are open to.
fn short_of(fleet: &Fleet, problem: &Problem, encoding: &Encoding, sites: &[usize]) -> Vec<String> {
    let items = within(problem, sites);
    let units = items.iter().flat_map(|&item| encoding.units(item));
    let workloads = units.flatten().collect::<BTreeSet<_>>().len(); // copies of one count once
    let all = sites.len() == problem.bins().len();
    let said = |Short { dimension, load, room }: Short| {
        let who = if all {
            "the workloads".to_owned()
        } else {
            format!("the {workloads} workload(s) that fit no other template")
        };
        let (pool, name) = match named(fleet, encoding, dimension) {
            Taken::Of { pool, name } => (pool, name),
            Taken::Counted(name) => {
                let counts = counts(fleet, encoding, sites);
                return format!(
                    "{who} bring {load} {name} into their clusters, and the clusters allowed ({counts}) take {room}"
                );
            }
        };
        format!(
            "{who} request {} of {name}{}, and the clusters allowed ({}) hold {}",
            amount(name, load),
            pool.map_or_else(String::new, |pool| format!(" in pool `{pool}`")),
            counts(fleet, encoding, sites),
            amount(name, room)
        )
    };
    short(problem, &items, sites).into_iter().map(said).collect()
}

fn counts(fleet: &Fleet, encoding: &Encoding, bins: &[usize]) -> String {
    let one = |&bin: &usize| {
        let (site, many) = (encoding.sites(bin)[0], encoding.sites(bin).len());
        let name = fleet.site_name(site);
        let ours = fleet.limits().iter().filter(|limit| limit.sites.contains(&site));
        let said = ours.map(|limit| match limit.of {
            LimitOf::Template(_) => format!("maxCount {}", limit.most),
            LimitOf::Region(_) => format!("maxClusters {}", limit.most),
        });
        let said: Vec<String> = said.collect();
        let said = if said.is_empty() { "any number".to_owned() } else { said.join(" and ") };
        match (fleet.sites()[site].template(), many) {
            (Some(_), _) => format!("{name}: {said}"),
            (None, 1) => format!("{name}, which exists"),
            (None, many) => format!("{name} and {} like it, which exist", many - 1),
        }
    };
    bins.iter().map(one).collect::<Vec<_>>().join(", ")
}
