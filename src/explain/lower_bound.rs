//! Why there cannot be fewer clusters, in a sentence or two.
//!
//! The certificate proves the bound; this says it so that a person can follow. For each component of the problem the
//! simplest argument that reaches its bound is told: nothing but one cluster; workloads that all refuse one another; a
//! resource that runs out; weights; an exhaustive search of cases.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use crate::certify::{CaseNode, Certificate, Claim, Component, Level, Node, Prices};
use crate::encode::Encoding;
use crate::fleet::{Fleet, RuleId, Standing, Tenant};
use crate::problem::Problem;
use crate::trust::{RuleTable, TrustGraph};

use super::amount;

/// More components than this are summed up instead of told one by one.
const MAX_TOLD: usize = 3;
/// More workloads than this are counted instead of named.
const MAX_NAMED: usize = 4;
/// So many workloads of a unit are looked at for a rule that keeps it from another.
const MAX_MEMBERS: usize = 8;
/// So many starts are tried for a set of workloads that all refuse one another.
const STARTS: usize = 32;

/// Says why every plan has at least `bound` clusters. Complexity: for each component that is told, the square of its
/// item types.
#[must_use]
pub fn lower_bound(
    (fleet, graph): (&Fleet, &TrustGraph),
    (problem, encoding): (&Problem, &Encoding),
    certificate: &Certificate,
    bound: u64,
) -> String {
    if encoding.is_empty() {
        return "There is nothing to place.".to_owned();
    }
    let before = fleet.levels_before_clusters();
    if before.is_none() {
        return "The number of clusters is not in the objective.".to_owned();
    }
    if bound == 0 {
        return "Nothing is known about the fewest clusters.".to_owned();
    }
    let why = why((fleet, graph), (problem, encoding), certificate, bound);
    let among = if before == Some(0) { "" } else { ", in plans that are as good in the levels before" };
    format!("At least {bound} cluster{}{among}: {why}.", if bound == 1 { "" } else { "s" })
}

/// Workloads no two of which may share a cluster, as many as are found greedily and at most so many; of units the first each.
/// Complexity: linear in item types, and for each of some starts linear in classes times the words of a row.
#[must_use]
pub(crate) fn refusing(
    (fleet, graph): (&Fleet, &TrustGraph),
    (problem, encoding): (&Problem, &Encoding),
    most: u64,
) -> Vec<usize> {
    let teller = Teller { fleet, graph, problem, encoding };
    let items: Vec<usize> = (0..problem.items().len()).collect();
    let mut workloads: Vec<usize> = teller
        .copies(&teller.refusing(&items, most).each)
        .into_iter()
        .filter_map(|unit| unit.first().copied())
        .take(usize::try_from(most).unwrap_or(usize::MAX))
        .collect();
    workloads.sort_unstable();
    workloads.dedup();
    workloads
}

/// What classes prove that are sand.
pub(super) const BY_CLASSES: &str = "whichever of those that may share a cluster do so, and even if what they request could be divided at \
                                     will, fewer clusters would not hold it (weights of resources show it)";

/// The reason alone: an argument whose own arithmetic gives `bound`.
pub(super) fn why(
    (fleet, graph): (&Fleet, &TrustGraph),
    (problem, encoding): (&Problem, &Encoding),
    certificate: &Certificate,
    bound: u64,
) -> String {
    let teller = Teller { fleet, graph, problem, encoding };
    let all: Vec<usize> = (0..problem.items().len()).collect();
    let kept = (0..problem.bins().len()).map(|bin| problem.kept(bin)).fold(0, u64::saturating_add);
    if kept >= bound && kept > 0 {
        let whole = if kept == 1 {
            "an existing cluster is kept".to_owned()
        } else {
            format!("{kept} existing clusters are kept")
        };
        return whole;
    }
    if let Some(told) = teller.simply(&all, bound) {
        return told;
    }
    let claim = certificate.claims.iter().find(|claim| claim.level == Level::Clusters && claim.bound == bound);
    let Some(claim) = claim else {
        return "an exhaustive search of all assignments found none with fewer".to_owned();
    };
    if claim.kept.iter().any(|&price| price > 0) || claim.prices != Prices::default() {
        return "whole-number weights on the workloads, and on the clusters of which there are only so many or that are in every plan, \
                leave no room for fewer"
            .to_owned();
    }
    if claim.shared.iter().chain(&claim.limits).any(|&price| price > 0) {
        return "whole-number weights on the workloads and on the templates with a maximum count leave no room for fewer"
            .to_owned();
    }
    if !claim.cases.is_empty() {
        return format!("{} for fewer", case_by_case(claim));
    }
    match &claim.components[..] {
        [component] => teller.component(component, claim.scale),
        // what a component counts there are parts of a cluster
        _ if claim.scale != 1 => "whole-number weights on the workloads leave no room for fewer".to_owned(),
        components if components.len() <= MAX_TOLD => {
            let told = components.iter().map(|component| {
                let who = teller.who(&component.items);
                format!(
                    "{who} {} {}: {}",
                    verb(&teller.units(&component.items)),
                    component.bound,
                    teller.component(component, 1)
                )
            });
            let beside = teller.beside_islands(components.len(), " of them, where");
            format!("groups that share with no other add up{beside}: {}", told.collect::<Vec<_>>().join("; "))
        }
        components => teller.sum_up(components),
    }
}

/// What a claim by cases shows, up to what there is no room for.
pub(super) fn case_by_case(claim: &Claim) -> String {
    let ends = |node: &&CaseNode| matches!(node, CaseNode::Prices(_) | CaseNode::Unplaceable { .. });
    let each = match claim.cases.iter().filter(ends).count() {
        1 => String::new(),
        cases => format!("in each of {cases} cases of who shares and how many clusters there are, "),
    };
    format!("{each}whole-number weights on the workloads and prices on the clusters leave no room")
}

/// A cluster of a bin type, for people.
fn place(fleet: &Fleet, encoding: &Encoding, bin: usize) -> String {
    let sites = encoding.sites(bin);
    let name = fleet.site_name(sites[0]);
    match (fleet.sites()[sites[0]].what, sites.len()) {
        (Standing::Existing { .. }, 1) => format!("cluster {name}"),
        (Standing::Existing { .. }, many) => format!("cluster {name} (and each of {} like it)", many - 1),
        _ => format!("a cluster of template {name}"),
    }
}

/// What is taken of a dimension.
pub(super) enum Taken<'f> {
    /// A resource, of a dedicated pool or of none.
    Of { pool: Option<&'f str>, name: &'f str },
    /// Something that is counted.
    Counted(&'static str),
}

/// What a dimension of a problem is.
pub(super) fn named<'f>(fleet: &'f Fleet, encoding: &Encoding, dimension: usize) -> Taken<'f> {
    match fleet.dimensions().nth(dimension) {
        Some((pool, name)) => Taken::Of { pool, name },
        None => {
            let count = encoding.counted().get(dimension - fleet.dimensions().count());
            Taken::Counted(count.map_or("of something", |count| count.name()))
        }
    }
}

fn verb(units: &[&Vec<usize>]) -> &'static str {
    if units.len() == 1 && units[0].len() == 1 { "needs" } else { "need" }
}

/// The fewest clusters that a resource allows.
pub(super) struct Scarce {
    pub bound: u64,
    /// The resource, as its place among the fleet's dimensions.
    pub dimension: usize,
    pub load: u64,
    /// The bin type of the largest cluster that is open to any of the items, whether there are others, and what it holds.
    pub largest: usize,
    pub of_several: bool,
    pub capacity: u64,
    /// What tenants take once is part of the load.
    pub once: bool,
}

/// Item types (one entry a copy where copies refuse one another) that all conflict.
pub(super) struct Refusing {
    /// As many as count, but for those beyond what memory can index.
    pub each: Vec<usize>,
    pub count: u64,
}

impl Refusing {
    fn first(&self) -> &[usize] {
        &self.each[..self.each.len().min(MAX_NAMED)]
    }
}

/// Tells of workloads by their names.
pub(super) struct Teller<'a> {
    pub fleet: &'a Fleet,
    pub graph: &'a TrustGraph,
    pub problem: &'a Problem,
    pub encoding: &'a Encoding,
}

impl Teller<'_> {
    /// An argument without a certificate that reaches `bound` on these item types, if there is one.
    fn simply(&self, items: &[usize], bound: u64) -> Option<String> {
        if bound <= 1 {
            return Some("there is something to place".to_owned());
        }
        let refusing = self.refusing(items, bound);
        if refusing.count >= bound {
            let more = if refusing.count > bound { format!("{bound} of ") } else { String::new() };
            let names = self.names(refusing.first(), refusing.count);
            let rules = self.rules(refusing.first(), refusing.count);
            return Some(format!("{more}{names} may not share a cluster with one another{rules}"));
        }
        if let Some((unit, count)) = self.most_copies(items).filter(|&(_, count)| count >= bound) {
            let (who, beyond) = (list_of(self.fleet, unit), self.beyond(count, bound));
            let have = if unit.len() == 1 { "has" } else { "have" };
            return Some(format!("{who} {have} {count} copies, no two of them in one cluster{beyond}"));
        }
        let scarce = self.scarce(items);
        let scarce = scarce.into_iter().filter(|scarce| scarce.bound >= bound).min_by_key(|scarce| scarce.bound)?;
        Some(self.runs_out(items, &scarce) + &self.beyond(scarce.bound, bound))
    }

    fn runs_out(&self, items: &[usize], scarce: &Scarce) -> String {
        let place = place(self.fleet, self.encoding, scarce.largest);
        let largest_word = if scarce.of_several { ", the largest," } else { "" };
        let (pool, name) = match named(self.fleet, self.encoding, scarce.dimension) {
            Taken::Of { pool, name } => (pool, name),
            Taken::Counted(name) => {
                let (who, load, capacity) = (self.who(items), scarce.load, scarce.capacity);
                return format!(
                    "{who} bring {load} {name} into their clusters, and {place}{largest_word} takes {capacity}"
                );
            }
        };
        let with = if scarce.once { " with what their tenants take once in a cluster" } else { "" };
        format!(
            "{}{with} request {} of {name}{}, and {place}{largest_word} holds {}",
            self.who(items),
            amount(name, scarce.load),
            pool.map_or_else(String::new, |pool| format!(" in pool `{pool}`")),
            amount(name, scarce.capacity)
        )
    }

    /// The unit with the most copies among these item types, and how many those are.
    pub fn most_copies(&self, items: &[usize]) -> Option<(&[usize], u64)> {
        let mut counts: BTreeMap<usize, (usize, u64)> = BTreeMap::new();
        for &item in items {
            if let Some(unit) = self.problem.unit(item) {
                let (_, count) = counts.entry(unit).or_insert((item, 0));
                *count += self.problem.items()[item].demand;
            }
        }
        // of equals the first
        let (item, count) = counts.into_values().rev().max_by_key(|&(_, count)| count)?;
        Some((self.encoding.units(item).first()?, count))
    }

    /// Says so where an argument gives more than the bound that it stands beside: a limit came before it was used.
    fn beyond(&self, gives: u64, bound: u64) -> String {
        if gives > bound {
            format!(" (which alone would take {gives}; {bound} is what was proved within the limits)")
        } else {
            String::new()
        }
    }

    /// The rules that keep these units apart, the first of each pair, as ` (sharing, distrust:pci)`; empty where no pair names
    /// one. Where the units are not all of `count`, or another rule separates a pair, too, that is said.
    fn rules(&self, items: &[usize], count: u64) -> String {
        let units = self.copies(items);
        let (mut rules, mut others): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        let named = |rule: RuleId| match rule {
            RuleId::Distrust(index) if self.fleet.is_held_apart_by(index) => "the exposure".to_owned(),
            rule => RuleTable::name(self.fleet.policy(), rule),
        };
        for (position, unit) in units.iter().enumerate() {
            for other in &units[position + 1..] {
                let pairs =
                    unit.iter().take(MAX_MEMBERS).flat_map(|&u| other.iter().take(MAX_MEMBERS).map(move |&v| (u, v)));
                let mut standing = pairs.flat_map(|(u, v)| {
                    let reasons = self.graph.reasons(self.fleet, u, v).into_iter();
                    reasons.filter(|reason| reason.waived_by.is_empty()).map(|reason| reason.rule)
                });
                rules.extend(standing.next().map(named));
                others.extend(standing.map(named));
            }
        }
        rules.sort();
        rules.dedup();
        if rules.is_empty() {
            return String::new();
        }
        let unseen = units.len() as u64 != count || units.iter().any(|unit| unit.len() > MAX_MEMBERS);
        let shown = rules.iter().take(MAX_NAMED).cloned().collect::<Vec<_>>();
        if unseen || others.iter().any(|other| !rules.contains(other)) {
            return format!(" ({}, among others)", shown.join(", "));
        }
        format!(" ({})", list(&shown, rules.len()))
    }

    /// The units that these item types name, one a copy.
    pub fn copies(&self, items: &[usize]) -> Vec<&Vec<usize>> {
        let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
        let unit = |&item: &usize| {
            let copy = taken.entry(item).or_insert(0);
            *copy += 1;
            self.encoding.units(item).get(*copy - 1)
        };
        items.iter().filter_map(unit).collect()
    }

    /// What proves the bound of a component, in which a cluster counts `scale`.
    fn component(&self, component: &Component, scale: u64) -> String {
        let bound = component.bound.div_ceil(scale.max(1));
        if let Some(told) = self.simply(&component.items, bound) {
            return told;
        }
        if component.nodes.iter().any(|node| matches!(node, Node::Branch { .. })) {
            let inner = |node: &&Node| matches!(node, Node::Branch { .. } | Node::Exclude { .. });
            let leaves = component.nodes.len() - component.nodes.iter().filter(inner).count();
            return format!(
                "whichever pairs of workloads share a cluster, weights rule out fewer ({leaves} cases, all of them checked)"
            );
        }
        if let Some(Node::Exclude { .. }) = component.nodes.last() {
            return "with fewer, each cluster would have to be so full that the few fillings left do not hold all of them \
                    (weights show it)"
                .to_owned();
        }
        match component.nodes.last() {
            Some(Node::Weights { weights, capacity } | Node::Resources { weights, capacity, .. }) => {
                let weighed = component.items.iter().zip(weights);
                let total: u128 = weighed
                    .map(|(&item, &weight)| u128::from(weight) * u128::from(self.problem.items()[item].demand))
                    .sum();
                let capacity = u128::from((*capacity).max(1)) * u128::from(scale.max(1));
                let gives = u64::try_from(total.div_ceil(capacity)).unwrap_or(u64::MAX);
                format!(
                    "give each workload a weight for what it takes and whom it refuses: {} weigh {total} together, and no \
                     legal cluster holds more than {capacity}{}",
                    self.who(&component.items),
                    self.beyond(gives, bound)
                )
            }
            Some(Node::Cover { .. }) => {
                "clusters are whole: no fewer of them, at what the limited ones are worth to all, have the room for \
                                         what is requested"
                    .to_owned()
            }
            Some(Node::Fluid { .. } | Node::Presence { .. }) => BY_CLASSES.to_owned(),
            Some(Node::Unplaceable { item }) => match component.items.get(*item) {
                Some(&item) => format!("{} fits no cluster", self.names(&[item], 1)),
                None => "a workload fits no cluster".to_owned(),
            },
            _ => "an exhaustive search of all assignments found none with fewer".to_owned(),
        }
    }

    fn sum_up(&self, components: &[Component]) -> String {
        let single = components.iter().filter(|component| component.bound <= 1).count();
        let mut largest: Vec<&Component> = components.iter().filter(|component| component.bound > 1).collect();
        largest.sort_by_key(|component| Reverse(component.bound));
        let mut parts = Vec::new();
        if let Some(first) = largest.first() {
            parts.push(format!("{} need {}: {}", self.who(&first.items), first.bound, self.component(first, 1)));
        }
        if largest.len() > 1 {
            let rest: u64 = largest[1..].iter().map(|component| component.bound).sum();
            parts.push(match largest.len() - 1 {
                1 => format!("one more group needs {rest} by the same kind of argument"),
                more => format!("{more} more groups need {rest} by the same kinds of argument"),
            });
        }
        if single > 0 {
            parts.push(format!(
                "{single} group{} need{} one cluster each",
                if single == 1 { "" } else { "s" },
                if single == 1 { "s" } else { "" }
            ));
        }
        let (count, beside) = (components.len(), self.beside_islands(components.len(), ""));
        format!("the fleet falls into {count} groups that share with no other{beside}: {}", parts.join("; "))
    }

    /// Says so where the bound counts other groups than the islands, a figure that stands on the same page.
    fn beside_islands(&self, groups: usize, counted: &str) -> String {
        let islands = self.graph.islands().into_iter().flatten().max().map_or(0, |last| last + 1);
        let s = if islands == 1 { "" } else { "s" };
        let why = match groups.cmp(&islands) {
            Ordering::Equal => return String::new(),
            Ordering::Greater => "what else keeps workloads apart, such as sizes and places, divides them further",
            Ordering::Less => "alike workloads that each stand alone are one group here",
        };
        let counted = if counted.is_empty() { String::new() } else { format!("{groups}{counted} ") };
        format!(" ({counted}trust alone makes {islands} island{s}: {why})")
    }

    /// Item types that all conflict, found greedily from several starts; the first set that reaches `bound`, or the
    /// largest. Complexity: linear in items, and for each start linear in classes times the words of a row.
    pub fn refusing(&self, items: &[usize], bound: u64) -> Refusing {
        let problem = self.problem;
        let mut of_class: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &item in items {
            of_class.entry(problem.items()[item].class).or_default().push(item);
        }
        // copies that refuse one another count one by one
        let copies = |class: usize| {
            let demand = || of_class[&class].iter().map(|&item| problem.items()[item].demand).sum();
            if problem.conflicts().contains(class, class) { demand() } else { 1 }
        };
        let mut order: Vec<usize> = of_class.keys().copied().collect();
        // of equal degree, the class of the first item type comes first
        order
            .sort_by_cached_key(|&class| (Reverse(problem.conflicts().row(class).count_ones(..)), of_class[&class][0]));
        let (mut best, mut most) = (Vec::new(), 0u64);
        for &start in order.iter().take(STARTS) {
            let mut accepted = problem.conflicts().row(start).clone();
            let mut clique = vec![start];
            for &class in order.iter().filter(|&&class| class != start) {
                if accepted.contains(class) {
                    clique.push(class);
                    accepted.intersect_with(problem.conflicts().row(class));
                }
            }
            let count = clique.iter().fold(0u64, |sum, &class| sum.saturating_add(copies(class)));
            if count > most {
                (best, most) = (clique, count);
            }
            if most >= bound {
                break;
            }
        }
        let each = best.iter().flat_map(|class| {
            let of_class = of_class[class].iter();
            let repeated = of_class.flat_map(|&item| (0..problem.items()[item].demand).map(move |_| item));
            repeated.take(usize::try_from(copies(*class)).unwrap_or(usize::MAX))
        });
        Refusing { each: each.collect(), count: most }
    }

    /// The bound of each resource alone, the highest first; the largest template counts.
    pub fn scarce(&self, items: &[usize]) -> Vec<Scarce> {
        let problem = self.problem;
        let usable = |bin: &usize| items.iter().any(|&item| problem.items()[item].eligible.contains(*bin));
        let bins: Vec<usize> = (0..problem.bins().len()).filter(usable).collect();
        let mut found = Vec::new();
        for dimension in 0..problem.dimensions() {
            let load: u128 = items
                .iter()
                .map(|&item| {
                    u128::from(problem.items()[item].size[dimension]) * u128::from(problem.items()[item].demand)
                })
                .sum();
            let Some(&largest) =
                bins.iter().max_by_key(|&&bin| (problem.bins()[bin].capacity[dimension], Reverse(bin)))
            else {
                continue;
            };
            let capacity = problem.bins()[largest].capacity[dimension];
            let (Ok(load), true) = (u64::try_from(load), capacity > 0) else { continue };
            let (once, of_several) = (self.problem_counts_once(items, dimension), bins.len() > 1);
            let bound = load.div_ceil(capacity);
            found.push(Scarce { bound, dimension, load, largest, of_several, capacity, once });
        }
        found.sort_by_key(|scarce| Reverse(scarce.bound));
        found
    }

    /// Whether the sizes of these item types hold more of a resource than their workloads request: what tenants take once.
    fn problem_counts_once(&self, items: &[usize], dimension: usize) -> bool {
        let resources = self.fleet.resources().len();
        if dimension >= self.fleet.dimensions().count() {
            return false;
        }
        let (pool, resource) = (dimension / resources, dimension % resources);
        let of = |&workload: &usize| {
            let it = &self.fleet.workloads()[workload];
            let takes = if it.is_split() { it.pod[resource] } else { it.total[resource] };
            if it.pool.map_or(0, |pool| 1 + pool) == pool { takes } else { 0 }
        };
        let own = |item: &usize| self.encoding.units(*item).first().map_or(0, |unit| unit.iter().map(of).sum::<u64>());
        self.fleet.tenants().iter().any(Tenant::takes_once)
            && items.iter().any(|item| self.problem.items()[*item].size[dimension] > own(item))
    }

    pub fn units(&self, items: &[usize]) -> Vec<&Vec<usize>> {
        items.iter().flat_map(|&item| self.encoding.units(item)).collect()
    }

    /// "the 12 workloads of `shop` and `payments`", or names where they are few.
    pub fn who(&self, items: &[usize]) -> String {
        let units = self.units(items);
        let mut workloads: Vec<usize> = units.iter().flat_map(|unit| unit.iter().copied()).collect();
        let mut count = workloads.len();
        let several = |it: &&Vec<usize>| self.fleet.workloads()[it[0]].copies() > 1;
        let split = |it: &&Vec<usize>| self.fleet.workloads()[it[0]].is_split();
        if units.iter().any(|unit| several(unit) || split(unit)) {
            workloads.sort_unstable();
            workloads.dedup();
        }
        if units.iter().any(split) && !units.iter().any(several) {
            count = workloads.len(); // its replicas are no copies
        }
        if workloads.len() <= 2 {
            // each with its own copies: one may have several and the other one
            let copies = |workload: &usize| {
                let replicas = self.fleet.workloads()[*workload].is_split();
                if replicas { 1 } else { units.iter().filter(|unit| unit.contains(workload)).count() }
            };
            let name = |workload: &usize| copies_of(copies(workload), &self.fleet.identity(*workload));
            return list(&workloads.iter().map(name).collect::<Vec<_>>(), workloads.len());
        }
        let copies = if count > workloads.len() { format!("{count} copies of ") } else { String::new() };
        let all = self.fleet.workloads().iter().filter(|workload| !workload.per_cluster).count();
        if workloads.len() == all {
            return format!("{copies}the {all} workloads");
        }
        let mut tenants: Vec<usize> =
            workloads.iter().map(|&workload| self.fleet.workloads()[workload].tenant).collect();
        tenants.sort_unstable();
        tenants.dedup();
        let names: Vec<String> =
            tenants.iter().take(2).map(|&tenant| format!("`{}`", self.fleet.tenants()[tenant].name)).collect();
        format!("{copies}{} workloads of {}", workloads.len(), list(&names, tenants.len()))
    }

    /// Names of one unit each (in order of their copies), the first of `count`.
    fn names(&self, items: &[usize], count: u64) -> String {
        let units = self.copies(&items[..items.len().min(MAX_NAMED)]);
        let mut firsts: Vec<usize> = units.iter().filter_map(|unit| unit.first().copied()).collect();
        let rest = usize::try_from(count).unwrap_or(usize::MAX).saturating_sub(firsts.len());
        firsts.sort_by_key(|&workload| firsts_place(&units, workload)); // copies of one beside one another
        let names: Vec<String> = firsts
            .chunk_by(|one, other| one == other)
            .map(|same| copies_of(same.len(), &self.fleet.identity(same[0])))
            .collect();
        let total = names.len() + rest;
        list(&names, total)
    }
}

/// Where a workload first stands among units.
fn firsts_place(units: &[&Vec<usize>], workload: usize) -> Option<usize> {
    units.iter().position(|unit| unit.first() == Some(&workload))
}

/// `a/web`, or `2 copies of a/web`.
fn copies_of(count: usize, name: &str) -> String {
    if count > 1 { format!("{count} copies of {name}") } else { name.to_owned() }
}

/// The names of these workloads.
fn list_of(fleet: &Fleet, workloads: &[usize]) -> String {
    let names: Vec<String> = workloads.iter().map(|&workload| fleet.identity(workload)).collect();
    list(&names, names.len())
}

/// "a, b and 3 more".
fn list(names: &[String], total: usize) -> String {
    let rest = total.saturating_sub(names.len());
    match names {
        [] => format!("{total} workloads"),
        _ if rest > 0 => format!("{} and {rest} more", names.join(", ")),
        [one] => one.clone(),
        [start @ .., last] => format!("{} and {last}", start.join(", ")),
    }
}
