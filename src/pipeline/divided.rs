//! Splits: how many replicas stand in which cluster.
//!
//! The problem that is proved knows of single replicas, however many: an item type of them. What follows the search (nodes,
//! moves, exposure) knows of workloads that stand in one cluster. So a fleet with splits is planned as one in which parts of them
//! are workloads by themselves: single replicas where those are few; else as many together as stood together in what the search
//! found, or as run together today. A split that may be in so many clusters at most, and is in more, gets that many parts: then no
//! plan has it in more, and several ways to part it are tried.

use std::collections::{BTreeMap, BTreeSet};

use super::again::{Quiet, again};
use super::chunks::{Chunk, parted, ways};
use super::costs::Costs;
use super::nodes::{OnNodes, on_nodes, restate};
use super::stood::{Stood, stood};
use crate::budget::{Objective, Options, Status, Watch};
use crate::date::Date;
use crate::decode::decode;
use crate::encode::{Encoding, encode, encode_charged};
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Part, Seats};
use crate::pack::Clock;
use crate::placement::{Excess, Holding, Homeless, NodeContent, Parts, Pods, forced, forced_moves, level_values};
use crate::problem::Problem;
use crate::solve::{Answer, solve};
use crate::trust::{Scope, TrustGraph};

/// Splits of so many replicas together are planned replica by replica, and of no more than there are workloads.
const MOST_SINGLE: u64 = 2_000;
/// Ways to part the splits that are tried, at most.
const MOST_TRIED: usize = 24;

/// The fleet with every replica of its splits a workload by itself; `None`: they are too many for that.
pub(super) fn singly(fleet: &Fleet, day: Date) -> Option<Fleet> {
    let seats: BTreeMap<usize, Vec<Seats>> =
        fleet.splits().map(|split| (split, fleet.seats(split, day, true))).collect();
    let count = seats.values().flatten().map(|it| it.replicas).fold(0, u64::saturating_add);
    (count <= MOST_SINGLE.max(fleet.workloads().len() as u64)).then(|| {
        let parts = seats.iter().map(|(&split, seats)| (split, single(seats)));
        fleet.divided(&parts.collect())
    })
}

/// A part for each replica.
fn single(seats: &[Seats]) -> Vec<Part> {
    let mut parts = Vec::new();
    for it in seats {
        let part = || Part { replicas: 1, sites: it.sites.clone(), homes: it.homes.clone() };
        parts.extend((0..it.replicas).map(|_| part()));
    }
    parts
}

/// Who stands where in a fleet with splits.
pub(super) fn stood_divided(
    fleet: &Fleet,
    graph: &TrustGraph,
    clock: &mut Clock,
    options: &Options,
    watch: &dyn Watch,
) -> Result<Stood> {
    let (day, costs) = (graph.as_of(), Costs::of(fleet, graph)?);
    let limited =
        fleet.splits().any(|split| fleet.workloads()[split].most_clusters() < fleet.workloads()[split].replicas);
    let (mut base, mut start, mut candidates) = (None, None, Vec::new());
    let (mut unfit, mut homeless) = (0, None);
    let fine = singly(fleet, day);
    if let Some(fine) = &fine {
        let its = TrustGraph::new(fine, day, Scope::All)?;
        let mut own = Clock::start(&part(clock, options, limited), None);
        let limits = own.rest(options);
        let clock = if limited { &mut own } else { &mut *clock };
        let limits = if limited { &limits } else { options };
        let mut found = stood(fine, &its, clock, limits, watch)?;
        let holdings = found.found.holdings.take().map(|it| together(fleet, fine, it));
        (unfit, homeless) = (found.found.unfit, found.found.homeless.take().map(|it| whole(fine, it)));
        start.clone_from(&holdings);
        candidates.extend(holdings.filter(|it| few_parts(fleet, it)));
        base = same(fleet, graph, found)?;
    }
    let (problem, encoding, mut answer) = match base {
        Some(base) => base,
        None => {
            let relaxed = relaxed(fleet, graph, clock, options, watch)?;
            start = start.or_else(|| relaxed.2.solution.as_ref().map(|found| decode(found, &relaxed.1)));
            relaxed
        }
    };
    // moves that no answer speaks of yet are at least those that are forced
    let least = forced_moves(fleet, &forced(fleet, day));
    let counted = fleet.objective().len() > answer.levels.len();
    let as_good = |holdings: &Vec<Holding>| {
        if counted && Excess::values(fleet, holdings)[2] > least {
            return false;
        }
        let mut answer = answer.clone();
        answer.solution = Some(encoding.solution(holdings.iter().map(Holding::content)));
        restate(&costs, fleet, &problem, &mut answer, holdings);
        answer.status == Status::Optimal
    };
    // where more than sums decides, parts that stand together may do better than replicas one by one
    let closer = limited || fine.is_none() || Pods::new(fleet).matter();
    let ways = if answer.status == Status::Infeasible || candidates.iter().any(as_good) || !closer {
        Vec::new()
    } else {
        divisions(fleet, day, fine.is_some() && limited, start.as_deref())
    };
    let mut left = u32::try_from(ways.len()).unwrap_or(u32::MAX);
    for (rank, parts) in ways {
        if !limited && rank > 2 && !candidates.is_empty() {
            break; // smaller parts are for where larger ones stand nowhere
        }
        if clock.is_too_late() || watch.cancelled() || candidates.iter().any(as_good) {
            break;
        }
        let limits = again(&clock.rest(options), answer.work, left + 1);
        left -= 1;
        let divided = fleet.divided(&parts);
        let its = TrustGraph::new(&divided, day, Scope::All)?;
        match stood(&divided, &its, &mut Clock::start(&limits, None), &limits, &Quiet(watch)) {
            Ok(found) => {
                unfit += found.found.unfit;
                let holdings = found.found.holdings.map(|it| together(fleet, &divided, it));
                candidates.extend(holdings.filter(|it| few_parts(fleet, it)));
            }
            Err(Error::Fleet(_)) => {} // so much of a split stands nowhere
            Err(other) => return Err(other),
        }
    }
    let parted = start.as_deref().and_then(|it| too_many_parts(fleet, it)).filter(|_| candidates.is_empty());
    let best = candidates.into_iter().min_by_key(|holdings| level_values(fleet, holdings));
    match &best {
        Some(holdings) => {
            answer.solution = Some(encoding.solution(holdings.iter().map(Holding::content)));
            restate(&costs, fleet, &problem, &mut answer, holdings);
            homeless = None;
        }
        None => forget(&mut answer),
    }
    Ok(Stood { problem, encoding, answer, found: OnNodes { holdings: best, unfit, homeless, parted }, unchosen: false })
}

/// The limits of the first look: half of them where more will follow.
fn part(clock: &Clock, options: &Options, half: bool) -> Options {
    let rest = clock.rest(options);
    let of = if half { 2 } else { 1 };
    Options { time_limit: rest.time_limit.map(|it| it / of), ..rest }
}

/// No plan is known: what is proved stays.
fn forget(answer: &mut Answer) {
    answer.solution = None;
    if answer.status != Status::Infeasible {
        answer.status = Status::Unknown;
        answer.levels.iter_mut().for_each(|level| level.value = None);
        answer.certificate.claims.truncate(1);
        answer.certificate.claims.iter_mut().for_each(|claim| claim.value = None);
    }
}

/// What was solved as a problem of the undivided fleet, if it is one.
fn same(fleet: &Fleet, graph: &TrustGraph, found: Stood) -> Result<Option<(Problem, Encoding, Answer)>> {
    let plain = encode(fleet, graph)?;
    let (problem, encoding) = if plain.0 == found.problem { plain } else { encode_charged(fleet, graph)? };
    Ok((problem == found.problem).then_some((problem, encoding, found.answer)))
}

/// Solves the fleet by its replicas: what is found need not stand on nodes, nor in few enough clusters.
fn relaxed(
    fleet: &Fleet,
    graph: &TrustGraph,
    clock: &mut Clock,
    options: &Options,
    watch: &dyn Watch,
) -> Result<(Problem, Encoding, Answer)> {
    let levels = fleet.objective();
    let at = levels.iter().position(|&level| level == Objective::Moves).unwrap_or(levels.len());
    let charged = at == 0 || at + 1 < levels.len() || fleet.value_limits().moves.is_some();
    let (problem, encoding) = if charged { encode_charged(fleet, graph)? } else { encode(fleet, graph)? };
    let limits = clock.main(options, &problem, fleet.workloads().len());
    let limits = Options { time_limit: limits.time_limit.map(|it| it / 2), ..limits };
    let answer = solve(&problem, if charged { levels } else { &levels[..at] }, &limits, watch)?;
    Ok((problem, encoding, answer))
}

/// Ways to part the splits, and how far each is from the likeliest: those that may be in any number of clusters replica by replica
/// where `fine` says so. First the same way for all, then each with each.
pub(super) fn divisions(
    fleet: &Fleet,
    day: Date,
    fine: bool,
    start: Option<&[Holding]>,
) -> Vec<(usize, BTreeMap<usize, Vec<Part>>)> {
    let mut splits: Vec<(usize, Vec<Vec<Part>>)> = Vec::new();
    for split in fleet.splits() {
        let it = &fleet.workloads()[split];
        let parts: Vec<Vec<Part>> = if fine && it.most_clusters() == it.replicas {
            vec![single(&fleet.seats(split, day, true))]
        } else {
            let stands = |holding: &Holding| {
                let count = holding.parts.list().iter().find(|(other, _)| *other == split)?.1;
                Some(Chunk { replicas: count, site: Some(holding.site) })
            };
            let found: Option<Vec<Chunk>> = start.map(|start| start.iter().filter_map(stands).collect());
            ways(fleet, split, day, found).iter().filter_map(|way| parted(fleet, split, day, way)).collect()
        };
        if parts.is_empty() {
            return Vec::new();
        }
        splits.push((split, parts));
    }
    let longest = splits.iter().map(|(_, ways)| ways.len()).max().unwrap_or(0);
    let alike = |rank: usize| splits.iter().map(|(_, ways)| rank.min(ways.len() - 1)).collect::<Vec<usize>>();
    let mut chosen: Vec<(usize, Vec<usize>)> = (0..longest.min(MOST_TRIED)).map(|rank| (rank, alike(rank))).collect();
    let mut mixed: Vec<(usize, Vec<usize>)> = vec![(0, Vec::new())];
    for (_, ways) in &splits {
        let with = |(sum, before): &(usize, Vec<usize>)| {
            let before = (*sum, before.clone());
            (0..ways.len()).map(move |way| (before.0 + way, [&before.1[..], &[way]].concat()))
        };
        mixed = mixed.iter().flat_map(with).collect();
        mixed.sort_by_key(|(sum, _)| *sum); // stable: the likeliest first
        mixed.truncate(MOST_TRIED);
    }
    chosen.extend(mixed);
    let mut seen = BTreeSet::new();
    chosen.retain(|(_, ways)| seen.insert(ways.clone()));
    chosen.truncate(MOST_TRIED);
    let parts = |(rank, ways): &(usize, Vec<usize>)| {
        let each = splits.iter().zip(ways).map(|((split, parts), &way)| (*split, parts[way].clone()));
        (*rank, each.collect())
    };
    chosen.iter().map(parts).collect()
}

/// A split that is in more clusters than it may be.
fn too_many_parts(fleet: &Fleet, holdings: &[Holding]) -> Option<usize> {
    let mut counts: BTreeMap<usize, u64> = BTreeMap::new();
    for &(split, _) in holdings.iter().flat_map(|it| it.parts.list()) {
        *counts.entry(split).or_insert(0) += 1;
    }
    let most = |split: usize| fleet.workloads()[split].most_clusters();
    counts.into_iter().find(|&(split, count)| count > most(split)).map(|(split, _)| split)
}

/// Whether every split is in as few clusters as it may be.
pub(super) fn few_parts(fleet: &Fleet, holdings: &[Holding]) -> bool {
    too_many_parts(fleet, holdings).is_none()
}

/// The clusters of a divided fleet with the parts of each split put together.
pub(super) fn together(fleet: &Fleet, divided: &Fleet, holdings: Vec<Holding>) -> Vec<Holding> {
    let whole = divided.whole();
    let pods = |pods: &[(usize, u64)]| {
        let mut sums: BTreeMap<usize, u64> = BTreeMap::new();
        pods.iter().for_each(|&(workload, count)| *sums.entry(whole[workload]).or_insert(0) += count);
        sums.into_iter().collect::<Vec<_>>()
    };
    let one = |it: Holding| {
        let parts = it.workloads.iter().filter(|&&workload| fleet.workloads()[whole[workload]].is_split());
        let parts: Vec<(usize, u64)> = parts.map(|&part| (part, divided.workloads()[part].replicas)).collect();
        let mut workloads: Vec<usize> = it.workloads.iter().map(|&workload| whole[workload]).collect();
        workloads.sort_unstable();
        workloads.dedup();
        let nodes = it.nodes.map(|nodes| {
            let mut all: Vec<NodeContent> = Vec::new();
            for node in nodes {
                let node = NodeContent { pods: pods(&node.pods), ..node };
                match all.last_mut() {
                    Some(last) if last.pool == node.pool && last.pods == node.pods => last.count += node.count,
                    _ => all.push(node),
                }
            }
            all
        });
        Holding { site: it.site, workloads, parts: Parts::new(pods(&parts)), nodes }
    };
    holdings.into_iter().map(one).collect()
}

fn whole(divided: &Fleet, homeless: Homeless) -> Homeless {
    let whole = divided.whole();
    let mut workloads: Vec<usize> = homeless.workloads.iter().map(|&workload| whole[workload]).collect();
    workloads.dedup();
    Homeless { workloads, ..homeless }
}

/// How many clusters an answer takes on nodes; `None`: it is not known.
pub(super) fn clusters(
    fleet: &Fleet,
    (day, scope): (Date, Scope),
    problem: &Problem,
    answer: &Answer,
    limits: &Options,
    watch: &dyn Watch,
) -> Result<Option<u64>> {
    let Some(fine) = singly(fleet, day) else { return Ok(None) };
    let its = TrustGraph::new(&fine, day, scope)?;
    let (same, encoding) = encode(&fine, &its)?;
    if super::limits::unlimited(same)? != *problem {
        return Ok(None);
    }
    let mut answer = answer.clone();
    let found = match on_nodes(&fine, &its, (problem, &encoding), &mut answer, limits, &Quiet(watch)) {
        Ok(found) => found.holdings.map(|it| together(fleet, &fine, it)),
        Err(Error::Fleet(_)) => None,
        Err(other) => return Err(other),
    };
    Ok(found.filter(|it| few_parts(fleet, it)).map(|it| it.len() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tenants that share with themselves alone and take something once, workloads that share with nobody, pins, cordons, growth.
    const FLEET: &str = r#"{schema: tenantry/v1, asOf: "2026-11-26",
        tenants: [{name: a, trust: trusted, overhead: {cpu: 1}}, {name: b, trust: untrusted, overhead: {memory: 1Gi}}],
        workloads: [
          {name: one, tenant: a, replicas: 2, requests: {cpu: 1, memory: 1Gi}, runsIn: east},
          {name: two, tenant: a, replicas: 9, split: true, requests: {cpu: 1, memory: 1Gi}, runsIn: {east: 3, west: 2}, moveCost: 2},
          {name: three, tenant: a, replicas: 5, split: true, sharing: workload, requests: {cpu: 1, memory: 1Gi}, runsIn: [], pin: south},
          {name: four, tenant: b, replicas: 4, split: {clusters: 2}, requests: {cpu: 2, memory: 1Gi}, runsIn: {west: 2, south: 2},
           pin: east, stay: cluster},
          {name: five, tenant: b, replicas: 2, sharing: workload, requests: {cpu: 2, memory: 1Gi}, runsIn: []},
          {name: six, tenant: b, replicas: 3, split: true, sharing: workload, requests: {cpu: 2, memory: 1Gi}, runsIn: {south: 7}}],
        existingClusters: [{name: east, template: t, mode: cordon}, {name: west, template: t}, {name: south, template: t}],
        clusterTemplates: [{name: t, allocatable: {cpu: 12, memory: 64Gi}}]}"#;

    #[test]
    fn replicas_are_the_items_of_a_fleet_of_them() {
        let text = FLEET.replace("pin: east, stay: cluster", "stay: cluster");
        for text in [FLEET.replace("split: {clusters: 2}", "split: {clusters: 3}"), text] {
            let fleet = Fleet::from_yaml(&text).unwrap();
            let day = fleet.as_of().unwrap();
            let graph = TrustGraph::new(&fleet, day, Scope::All).unwrap();
            let single = singly(&fleet, day).unwrap();
            let its = TrustGraph::new(&single, day, Scope::All).unwrap();
            assert_eq!(encode(&fleet, &graph).unwrap().0, encode(&single, &its).unwrap().0);
            assert_eq!(encode_charged(&fleet, &graph).unwrap().0, encode_charged(&single, &its).unwrap().0);
        }
    }

    #[test]
    fn no_more_replicas_than_there_are_workloads_are_planned_one_by_one() {
        let fleet = |workloads: usize, replicas: usize| {
            let split = |it: usize| {
                if it.is_multiple_of(8) { format!("replicas: {replicas}, split: true, ") } else { String::new() }
            };
            let row = |it: usize| format!("{{name: w{it}, tenant: a, {}requests: {{cpu: 1m, memory: 0}}}}", split(it));
            let rows: Vec<String> = (0..workloads).map(row).collect();
            let text = format!(
                "{{schema: tenantry/v1, tenants: [{{name: a, trust: trusted}}], workloads: [{}], clusterTemplates: \
                 [{{name: t, allocatable: {{cpu: 100, memory: 0}}}}]}}",
                rows.join(", ")
            );
            Fleet::from_yaml(&text).unwrap()
        };
        let day = Date::read("2026-11-26").unwrap();
        let singles = |fleet: &Fleet| singly(fleet, day).map(|it| it.workloads().len());
        assert_eq!(singles(&fleet(2_400, 8)), Some(2_100 + 2_400));
        assert_eq!(singles(&fleet(2_400, 9)), None);
        assert_eq!(singles(&fleet(80, 200)), Some(70 + 2_000));
    }

    #[test]
    fn many_replicas_are_parted_by_what_was_found() {
        let text = FLEET.replace("replicas: 9", "replicas: 900000").replace("pin: east, stay", "stay");
        let fleet = Fleet::from_yaml(&text.replace("cpu: 12, memory: 64Gi", "cpu: 40000, memory: unlimited")).unwrap();
        let day = fleet.as_of().unwrap();
        assert!(singly(&fleet, day).is_none());
        let ways = divisions(&fleet, day, false, None);
        assert!(!ways.is_empty() && ways.len() <= MOST_TRIED);
        for (_, parts) in ways {
            for (split, parts) in parts {
                let it = &fleet.workloads()[split];
                assert_eq!(parts.iter().map(|part| part.replicas).sum::<u64>(), it.replicas);
                assert!(parts.len() as u64 <= it.most_clusters() && parts.iter().all(|part| part.replicas <= 40_000));
            }
        }
    }
}
