//! Why two units that no rule separates share no cluster: they are copies of one, no place is open to both, those that would be are
//! drained or cordoned, or none has room for both.

use std::collections::BTreeMap;

use super::amount;
use super::place::nowhere;
use crate::date::Date;
use crate::fleet::{ClusterMode, Fleet, Standing, Workload};

/// Pairs that are looked at, at most.
const MOST_LOOKED: usize = 5_000;

/// A unit in a set, with its number of copies.
pub(super) type Placed<'u> = (usize, &'u [usize], u64);

/// What keeps two units apart that no rule separates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    Closed,
    Shut,
    Held,
    Room,
    Copies,
}

/// The causes, each with its pairs and an example, of pairs of units of different sets that no rule separates; the pairs that were
/// not looked at are said too. `free` says whether a rule separates the units at two places of the list.
pub(super) fn causes(
    fleet: &Fleet,
    day: Date,
    units: &[Placed<'_>],
    pairs: u64,
    free: impl Fn(usize, usize) -> bool,
) -> String {
    let mut found: BTreeMap<Cause, (u64, String)> = BTreeMap::new();
    let (mut looked, mut told) = (0, 0);
    'all: for (at, &(set, unit, copies)) in units.iter().enumerate() {
        for (other, &(its_set, its, its_copies)) in units.iter().enumerate().skip(at + 1) {
            if looked == MOST_LOOKED {
                break 'all;
            }
            looked += 1;
            if set == its_set || !free(at, other) {
                continue;
            }
            let cause = cause(fleet, day, unit, its);
            let of = found.entry(cause).or_insert_with(|| (0, example(fleet, day, (unit, its), cause)));
            of.0 += copies * its_copies;
            told += copies * its_copies;
        }
    }
    let mut rows: Vec<(Cause, (u64, String))> = found.into_iter().collect();
    rows.sort_by_key(|(_, (pairs, _))| std::cmp::Reverse(*pairs)); // stable
    let several = rows.len() > 1 || told < pairs;
    let row = |(_, (count, text)): (Cause, (u64, String))| match several {
        true => format!("{count} because {text}"),
        false => text,
    };
    let mut words: Vec<String> = rows.into_iter().map(row).collect();
    if told < pairs {
        words.push(format!("{} more for reasons of these kinds", pairs - told));
    }
    words.join("; ")
}

fn cause(fleet: &Fleet, day: Date, unit: &[usize], its: &[usize]) -> Cause {
    if unit == its {
        return Cause::Copies;
    }
    let both: Vec<usize> = unit.iter().chain(its).copied().collect();
    match (fleet.open_to(&both).is_empty(), fleet.sites_of(&both, day).is_empty()) {
        (true, _) if pairs(unit, its).any(|(u, v)| !nowhere(fleet, u, v).is_empty()) => Cause::Closed,
        (true, _) if !shut(fleet, &both).is_empty() => Cause::Shut,
        (false, true) => Cause::Held,
        _ => Cause::Room,
    }
}

/// The existing clusters whose doors are open to all of these, where there is no other place with such doors and each of them is
/// drained or cordoned, with the word for it; empty where some place only lacks the room.
fn shut(fleet: &Fleet, both: &[usize]) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    for site in fleet.sites() {
        if both.iter().any(|&it| site.closed(it, &fleet.workloads()[it]).is_some()) {
            continue;
        }
        let Standing::Existing { cluster } = site.what else { return Vec::new() };
        let here = |&it: &usize| fleet.whereabouts(it).is_some_and(|at| at.runs_in.contains(&cluster));
        match fleet.existing()[cluster].mode {
            ClusterMode::Drain => found.push((cluster, "drained")),
            ClusterMode::Cordon if !both.iter().all(here) => found.push((cluster, "cordoned")),
            ClusterMode::Cordon | ClusterMode::Open => return Vec::new(),
        }
    }
    found
}

fn pairs<'u>(unit: &'u [usize], its: &'u [usize]) -> impl Iterator<Item = (usize, usize)> + 'u {
    unit.iter().flat_map(move |&u| its.iter().map(move |&v| (u, v)))
}

/// The cause in words, with who and how much of the first pair.
fn example(fleet: &Fleet, day: Date, (unit, its): (&[usize], &[usize]), cause: Cause) -> String {
    let name = |workload: usize| fleet.identity(workload);
    let both = format!("{} and {}", name(unit[0]), name(its[0]));
    match cause {
        Cause::Copies => format!("copies of one stand in different clusters: of {}", name(unit[0])),
        Cause::Closed => {
            let why = pairs(unit, its).find_map(|(u, v)| nowhere(fleet, u, v).into_iter().next());
            let why = why.map_or_else(String::new, |(_, text)| text);
            let why = why.strip_prefix("technical, no place is open to both: ").unwrap_or(&why);
            format!("no place is open to both, as for {both}: {why}")
        }
        Cause::Shut => {
            const FEW: usize = 3;
            let members: Vec<usize> = unit.iter().chain(its).copied().collect();
            let all = shut(fleet, &members);
            let few = all.iter().take(FEW);
            let mut names: Vec<String> =
                few.map(|&(cluster, how)| format!("{} is {how}", fleet.existing()[cluster].name)).collect();
            if all.len() > FEW {
                names.push(format!("{} more are drained or cordoned", all.len() - FEW));
            }
            format!("no place that is open to both takes them, as for {both}: {}", names.join(", "))
        }
        Cause::Held => {
            let held: Vec<String> = unit.iter().chain(its).filter_map(|&it| held(fleet, day, it)).collect();
            format!("where the one stays or must be the other may not, as for {both}: {}", held.join(", "))
        }
        Cause::Room => {
            let short = short(fleet, day, unit, its).map_or_else(String::new, |short| format!(": {short}"));
            format!("no place has room for both, as for {both}{short}")
        }
    }
}

/// Where a workload stays or may be.
fn held(fleet: &Fleet, day: Date, workload: usize) -> Option<String> {
    let name = fleet.identity(workload);
    if let Some(regions) = fleet.stays_in_regions(workload, day) {
        let regions: Vec<&str> = regions.iter().map(|&it| fleet.regions()[it].name.as_str()).collect();
        return Some(format!("{name} stays in {}", regions.join(", ")));
    }
    if let Some(it) = fleet.whereabouts(workload).filter(|it| it.stays(day) && !it.runs_in.is_empty()) {
        let clusters: Vec<&str> = it.runs_in.iter().map(|&it| fleet.existing()[it].name.as_str()).collect();
        return Some(format!("{name} stays in {}", clusters.join(", ")));
    }
    let its = &fleet.workloads()[workload].regions;
    let names: Vec<&str> = its.iter().map(|&it| fleet.regions()[it].name.as_str()).collect();
    (!names.is_empty() && names.len() < fleet.regions().len()).then(|| format!("{name} may be in {}", names.join(", ")))
}

/// A resource of which both together request more than any place that is open to both holds; `None` where it is no single one, or
/// they do not stand whole in one place.
fn short(fleet: &Fleet, day: Date, unit: &[usize], its: &[usize]) -> Option<String> {
    let both: Vec<usize> = unit.iter().chain(its).copied().collect();
    let whole = |it: &Workload| it.copies() < 2 && !it.is_split();
    if !both.iter().all(|&it| whole(&fleet.workloads()[it])) {
        return None;
    }
    let sites = fleet.sites_of(&both, day);
    (0..fleet.resources().len()).find_map(|at| {
        let sum =
            |members: &[usize]| -> u128 { members.iter().map(|&it| u128::from(fleet.workloads()[it].total[at])).sum() };
        let (one, other) = (sum(unit), sum(its));
        let most = sites.iter().map(|&site| fleet.shape(site).usable[at]).collect::<Option<Vec<u64>>>()?;
        let most = most.into_iter().max()?;
        if one + other <= u128::from(most) {
            return None;
        }
        let name = &fleet.resources()[at];
        let said = |figure: u128| u64::try_from(figure).map_or_else(|_| figure.to_string(), |it| amount(name, it));
        Some(format!("{} + {} of {name} are more than {}", said(one), said(other), amount(name, most)))
    })
}
