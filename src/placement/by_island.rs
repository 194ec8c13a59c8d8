//! A lower bound on what clusters and their nodes cost together, island by island, by arithmetic alone.
//!
//! Units of different islands share no cluster. In an island a cluster of some kind costs its price without nodes, `x`, and
//! `d` for each node. Of both each unit can be charged a share: of the price, what it takes of a resource over what the cluster
//! offers or all of the island takes, if that is less; of the nodes, what its pods take of theirs, or what a dual feasible function
//! makes of that (Fekete and Schepers 2001). A mixture of two such measures, the same for all, adds up to at most `x` and `d` times
//! the nodes in use (Gilmore and Gomory 1961). So the island costs at least what each unit is charged where that is cheapest; and
//! since it has whole clusters and whole nodes, at least the next sum of theirs.

use std::collections::{BTreeMap, BTreeSet};

use super::charge::{PARTS, least_apart, nodes_cost, share};
use crate::fleet::{Fleet, NodePool, Site, Workload};

/// Sums of prices are looked for up to so many of their common divisor.
const MOST_SUMS: u128 = 20_000;

/// The steps of the functions that round shares of a node: with one, what takes more than half of it takes it all.
const STEPS: u64 = 3;

/// What is measured of pods: a resource, and the steps of the function that rounds their shares of a node; 0: none does.
type Measure = (usize, u64);

/// What a node of a pool offers, whether only to those who name the pool, and which that is.
type Nodes<'f> = (&'f [Option<u64>], bool, Option<usize>);

/// What a cluster offers and costs, as far as a bound looks: sites that agree are one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Kind<'f> {
    /// Thousandths, without nodes.
    price: u128,
    node: u128,
    /// Nodes that are paid for in any case.
    least: u128,
    /// Whether the sum of a cluster is rounded up beyond these.
    rounded: bool,
    usable: Vec<Option<u64>>,
    pools: Vec<Nodes<'f>>,
    /// The first site of the kind.
    site: usize,
}

/// Copies of a unit.
struct Unit<'f> {
    members: Vec<&'f Workload>,
    copies: u128,
    /// Of each, and of its pods.
    pods: Vec<u128>,
    size: Vec<u128>,
    /// The kinds of clusters that are open to it, ascending.
    kinds: Vec<usize>,
}

/// The least cost of the clusters that hold the fleet, given that their prices with the least number of nodes are at
/// least `prices`, and how many they are ([`counted_before_cost`]); in thousandths. `islands` has for each unit the number of
/// its own; units of different ones share no cluster.
///
/// Prices and nodes apart ([`least_apart`]), or of each island together, whatever is more.
#[must_use]
pub fn least_cost(fleet: &Fleet, islands: &[usize], prices: u64, (fewest, most): (u64, Option<u64>)) -> u64 {
    let apart = least_apart(fleet, prices, (fewest, most));
    if !nodes_cost(fleet) {
        return apart;
    }
    apart.max(u64::try_from(least_by_island(fleet, islands, fewest)).unwrap_or(u64::MAX))
}

/// The least that the islands cost, in thousandths, where there are at least `fewest` clusters; `islands` has the number of each
/// unit's. Complexity: units times kinds of sites times resources squared.
fn least_by_island(fleet: &Fleet, islands: &[usize], fewest: u64) -> u128 {
    let (kinds, kind_of) = kinds(fleet);
    let mut members: BTreeMap<usize, Vec<Unit>> = BTreeMap::new();
    for (index, unit) in fleet.units().iter().enumerate() {
        members.entry(islands[index]).or_default().push(Unit::of(fleet, unit, &kind_of));
    }
    // every cluster costs that much: taken off all prices, and added for as many as there are
    let each = kinds.iter().map(|kind| kind.price).min().unwrap_or(0);
    let sum = |off: u128| members.values().map(|units| least_of(fleet, &kinds, units, off)).sum::<u128>();
    sum(0).max(sum(each) + each * u128::from(fewest))
}

/// The kinds of sites, and that of each.
fn kinds(fleet: &Fleet) -> (Vec<Kind<'_>>, Vec<usize>) {
    let mut numbers: BTreeMap<Kind, usize> = BTreeMap::new();
    let all: Vec<Kind> = fleet.sites().iter().map(|site| Kind::of(site, 0)).collect();
    let mut kind_of = Vec::with_capacity(all.len());
    for kind in all {
        let next = numbers.len();
        kind_of.push(*numbers.entry(kind).or_insert(next));
    }
    let mut kinds: Vec<(usize, Kind)> = numbers.into_iter().map(|(kind, number)| (number, kind)).collect();
    kinds.sort_by_key(|(number, _)| *number);
    let first = |number: usize| kind_of.iter().position(|&kind| kind == number).unwrap_or(0);
    let kinds = kinds.into_iter().map(|(number, kind)| Kind { site: first(number), ..kind }).collect();
    (kinds, kind_of)
}

impl<'f> Kind<'f> {
    fn of(site: &'f Site, at: usize) -> Self {
        let shape = &site.shape;
        let packs = shape.packs_nodes();
        let node = if packs { u128::from(site.node_cost()) } else { 0 };
        let least = if packs { shape.pools.iter().map(|pool| u128::from(pool.min)).sum() } else { 0 };
        // a node costs that much at least, rounded down
        let price = u128::from(site.cost(0).unwrap_or(0)).saturating_sub(node * least);
        let pools = if packs { &shape.pools[..] } else { &[] };
        Self {
            price,
            node,
            least,
            rounded: !site.costs_whole(),
            usable: shape.usable.clone(),
            pools: pools.iter().map(|pool| (&pool.node[..], pool.dedicated, pool.named)).collect(),
            site: at,
        }
    }
}

impl<'f> Unit<'f> {
    fn of(fleet: &'f Fleet, unit: &[usize], kind_of: &[usize]) -> Self {
        let members: Vec<&Workload> = unit.iter().map(|&it| &fleet.workloads()[it]).collect();
        let open = |site: &&usize| members[1..].iter().all(|it| it.sites.binary_search(site).is_ok());
        let kinds: BTreeSet<usize> = members[0].sites.iter().filter(open).map(|&site| kind_of[site]).collect();
        let split = members[0].is_split();
        let pods = |it: &&Workload| u128::from(if split { 1 } else { it.replicas_of_copy() });
        let mut size = vec![0; fleet.resources().len()];
        for it in members.iter().filter(|it| it.pool.is_none()) {
            let takes = if split { &it.pod } else { &it.total };
            size.iter_mut().zip(takes.iter()).for_each(|(sum, &part)| *sum += u128::from(part));
        }
        Self {
            copies: u128::from(if split { members[0].replicas } else { members[0].copies() }),
            pods: members.iter().map(pods).collect(),
            members,
            size,
            kinds: kinds.into_iter().collect(),
        }
    }
}

/// The least that the clusters of an island cost, each `off` less.
fn least_of(fleet: &Fleet, kinds: &[Kind], units: &[Unit], off: u128) -> u128 {
    let resources = fleet.resources().len();
    let all = |resource: usize| units.iter().map(|unit| unit.size[resource] * unit.copies).sum::<u128>();
    let load: Vec<u128> = (0..resources).map(all).collect();
    let plain = (0..resources).flat_map(|first| (0..=first).map(move |second| [(first, 0), (second, 0)]));
    let rounded = (0..resources).flat_map(|it| (1..=STEPS).map(move |steps| [(it, steps), (it, steps)]));
    let of = |mixture: [Measure; 2]| {
        let sum = units.iter().map(|unit| {
            let charge = |&kind: &usize| charged(fleet, &kinds[kind], unit, mixture, &load, off);
            unit.kinds.iter().map(charge).min().unwrap_or(0) * unit.copies
        });
        sum.sum::<u128>()
    };
    let best = plain.chain(rounded).map(of).max().unwrap_or(0);
    let open: BTreeSet<usize> = units.iter().flat_map(|unit| unit.kinds.iter().copied()).collect();
    let open: Vec<&Kind> = open.into_iter().map(|kind| &kinds[kind]).collect();
    let pods = units.iter().all(|unit| unit.pods.iter().any(|&pods| pods > 0));
    next_sum(&open, best.div_ceil(2 * PARTS), off, pods)
}

/// What a copy of a unit is charged in a cluster of a kind, rounded down, in halves of [`PARTS`].
fn charged(fleet: &Fleet, kind: &Kind, unit: &Unit, [first, second]: [Measure; 2], load: &[u128], off: u128) -> u128 {
    let of_cluster = |(resource, _): Measure| {
        let offers = kind.usable[resource].map_or(load[resource], |usable| load[resource].min(usable.into()));
        (unit.size[resource] * PARTS).checked_div(offers).unwrap_or(0)
    };
    let of_nodes = |(it, pods): (&&Workload, &u128)| {
        let takes = |pool: &&NodePool| pool.takes(it.pool) && pool.fit(&it.pod) > 0;
        let pools = fleet.sites()[kind.site].shape.pools.iter().filter(takes);
        pools.map(|pool| measured(pool, it, first) + measured(pool, it, second)).min().unwrap_or(0) * pods
    };
    let nodes: u128 = if kind.node > 0 { unit.members.iter().zip(&unit.pods).map(of_nodes).sum::<u128>() } else { 0 };
    (of_cluster(first) + of_cluster(second)) * (kind.price - off) + nodes * kind.node
}

/// What a pod takes of a node, rounded down: its share of a resource, or what the function of so many steps makes of that.
fn measured(pool: &NodePool, workload: &Workload, (resource, steps): Measure) -> u128 {
    let whole = pool.node[resource].filter(|&node| node > 0 && steps > 0).and_then(|node| {
        let times = u128::from(workload.pod[resource]) * u128::from(steps + 1);
        // where it is a whole number of these parts, its share is what it is
        (times % u128::from(node) > 0).then(|| times / u128::from(node) * PARTS / u128::from(steps))
    });
    whole.unwrap_or_else(|| share(pool, workload, resource))
}

/// The least sum of whole clusters and nodes that is not below `least`: one cluster, and whatever there is of each. A cluster has
/// the nodes that it pays for, or one if every unit has a pod.
fn next_sum(kinds: &[&Kind], least: u128, off: u128, pods: bool) -> u128 {
    let cluster = |kind: &&Kind| kind.price - off + kind.node * kind.least.max(u128::from(pods));
    let Some(cheapest) = kinds.iter().map(cluster).min() else { return least };
    let parts: BTreeSet<u128> = kinds.iter().flat_map(|kind| [cluster(kind), kind.node]).filter(|&it| it > 0).collect();
    let unit = parts.iter().fold(0, |a, &b| gcd(a, b));
    let least = least.max(cheapest);
    if unit == 0 || kinds.iter().any(|kind| kind.rounded) || least / unit > MOST_SUMS {
        return least;
    }
    // sums in units: from each cluster on, whatever the parts add
    let Ok(wanted) = usize::try_from(least.div_ceil(unit)) else { return least };
    let steps: Vec<usize> = parts.iter().filter_map(|&part| usize::try_from(part / unit).ok()).collect();
    let most = wanted + steps.first().copied().unwrap_or(0) + usize::try_from(cheapest / unit).unwrap_or(0);
    let mut reached = vec![false; most + 1];
    for start in kinds.iter().filter_map(|kind| usize::try_from(cluster(kind) / unit).ok()).filter(|&it| it <= most) {
        reached[start] = true;
    }
    for at in 0..=most {
        if reached[at] {
            if at >= wanted {
                return at as u128 * unit;
            }
            steps.iter().filter(|&&step| at + step <= most).for_each(|&step| reached[at + step] = true);
        }
    }
    least
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}
