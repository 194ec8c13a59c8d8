//! Why there cannot be fewer clusters, in a sentence or two.
//!
//! The certificate proves the bound; this says it so that a person can follow. For each component of the problem the
//! simplest argument that reaches its bound is told: nothing but one cluster; workloads that all refuse one another; a
//! resource that runs out; weights; an exhaustive search of cases.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::certify::{Certificate, Component, Level, Node};
use crate::encode::Encoding;
use crate::fleet::Fleet;
use crate::problem::Problem;

use super::amount;

/// More components than this are summed up instead of told one by one.
const MAX_TOLD: usize = 3;
/// More workloads than this are counted instead of named.
const MAX_NAMED: usize = 4;
/// So many starts are tried for a set of workloads that all refuse one another.
const STARTS: usize = 32;

/// Says why every plan has at least `bound` clusters. Complexity: for each component that is told, the square of its
/// item types.
#[must_use]
pub fn lower_bound(
    fleet: &Fleet,
    problem: &Problem,
    encoding: &Encoding,
    certificate: &Certificate,
    bound: u64,
) -> String {
    if encoding.is_empty() {
        return "There is nothing to place.".to_owned();
    }
    if bound == 0 {
        return "Nothing is known about the fewest clusters.".to_owned();
    }
    let teller = Teller { fleet, problem, encoding };
    let all: Vec<usize> = (0..problem.items().len()).collect();
    if let Some(told) = teller.simply(&all, bound) {
        return sentence(bound, &told);
    }
    let claim = certificate.claims.iter().find(|claim| claim.level == Level::Clusters && claim.bound == bound);
    let Some(claim) = claim else {
        return sentence(bound, "an exhaustive search of all assignments found none with fewer");
    };
    if claim.shared.iter().any(|&shared| shared > 0) {
        return sentence(
            bound,
            "whole-number weights on the workloads and on the templates with a maximum count leave no room for fewer",
        );
    }
    match &claim.components[..] {
        [component] => sentence(bound, &teller.component(component)),
        components if components.len() <= MAX_TOLD => {
            let told = components.iter().map(|component| {
                let who = teller.who(&component.items);
                format!(
                    "{who} {} {}: {}",
                    verb(&teller.units(&component.items)),
                    component.bound,
                    teller.component(component)
                )
            });
            sentence(bound, &format!("groups that share with no other add up: {}", told.collect::<Vec<_>>().join("; ")))
        }
        components => sentence(bound, &teller.sum_up(components)),
    }
}

fn sentence(bound: u64, why: &str) -> String {
    format!("At least {bound} cluster{}: {why}.", if bound == 1 { "" } else { "s" })
}

fn verb(units: &[&Vec<usize>]) -> &'static str {
    if units.len() == 1 && units[0].len() == 1 { "needs" } else { "need" }
}

/// The fewest clusters that a resource allows, and the words for it.
struct Scarce {
    bound: u64,
    words: String,
}

/// Item types (one entry a copy where copies refuse one another) that all conflict.
struct Refusing {
    /// The first [`MAX_NAMED`] of them.
    first: Vec<usize>,
    count: u64,
}

struct Teller<'a> {
    fleet: &'a Fleet,
    problem: &'a Problem,
    encoding: &'a Encoding,
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
            let names = self.names(&refusing.first, refusing.count);
            return Some(format!("{more}{names} may not share a cluster with one another"));
        }
        let scarce = self.scarce(items);
        if let Some(scarce) = scarce.into_iter().find(|scarce| scarce.bound >= bound) {
            return Some(scarce.words);
        }
        None
    }

    fn component(&self, component: &Component) -> String {
        if let Some(told) = self.simply(&component.items, component.bound) {
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
                format!(
                    "give each workload a weight for what it takes and whom it refuses: {} weigh {total} together, and no \
                     legal cluster holds more than {capacity}",
                    self.who(&component.items)
                )
            }
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
            parts.push(format!("{} need {}: {}", self.who(&first.items), first.bound, self.component(first)));
        }
        if largest.len() > 1 {
            let rest: u64 = largest[1..].iter().map(|component| component.bound).sum();
            parts.push(format!("{} more groups need {rest} by the same kinds of argument", largest.len() - 1));
        }
        if single > 0 {
            parts.push(format!(
                "{single} group{} need{} one cluster each",
                if single == 1 { "" } else { "s" },
                if single == 1 { "s" } else { "" }
            ));
        }
        format!("the fleet falls into {} groups that share with no other: {}", components.len(), parts.join("; "))
    }

    /// Item types that all conflict, found greedily from several starts; the first set that reaches `bound`, or the
    /// largest. Complexity: linear in items, and for each start linear in classes times the words of a row.
    fn refusing(&self, items: &[usize], bound: u64) -> Refusing {
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
        Refusing { first: each.take(MAX_NAMED).collect(), count: most }
    }

    /// The bound of each resource alone, with words; the largest template counts.
    fn scarce(&self, items: &[usize]) -> Vec<Scarce> {
        let problem = self.problem;
        let usable = |bin: &usize| items.iter().any(|&item| problem.items()[item].eligible.contains(*bin));
        let bins: Vec<usize> = (0..problem.bins().len()).filter(usable).collect();
        let mut found = Vec::new();
        for (resource, name) in self.fleet.resources().iter().enumerate() {
            let load: u128 = items
                .iter()
                .map(|&item| {
                    u128::from(problem.items()[item].size[resource]) * u128::from(problem.items()[item].demand)
                })
                .sum();
            let Some(&largest) = bins.iter().max_by_key(|&&bin| (problem.bins()[bin].capacity[resource], Reverse(bin)))
            else {
                continue;
            };
            let capacity = problem.bins()[largest].capacity[resource];
            let (Ok(load), true) = (u64::try_from(load), capacity > 0) else { continue };
            let template = &self.fleet.templates()[largest].name;
            let largest_word = if bins.len() > 1 { ", the largest," } else { "" };
            let words = format!(
                "{} request {} of {name}, and a cluster of template `{template}`{largest_word} holds {}",
                self.who(items),
                amount(name, load),
                amount(name, capacity)
            );
            found.push(Scarce { bound: load.div_ceil(capacity), words });
        }
        found.sort_by_key(|scarce| Reverse(scarce.bound));
        found
    }

    fn units(&self, items: &[usize]) -> Vec<&Vec<usize>> {
        items.iter().flat_map(|&item| self.encoding.units(item)).collect()
    }

    /// "the 12 workloads of `shop` and `payments`", or names where they are few.
    fn who(&self, items: &[usize]) -> String {
        let units = self.units(items);
        let workloads: Vec<usize> = units.iter().flat_map(|unit| unit.iter().copied()).collect();
        if workloads.len() <= 2 {
            return list(
                &workloads.iter().map(|&workload| self.fleet.identity(workload)).collect::<Vec<_>>(),
                workloads.len(),
            );
        }
        let all = self.fleet.workloads().iter().filter(|workload| !workload.per_cluster).count();
        if workloads.len() == all {
            return format!("the {all} workloads");
        }
        let mut tenants: Vec<usize> =
            workloads.iter().map(|&workload| self.fleet.workloads()[workload].tenant).collect();
        tenants.sort_unstable();
        tenants.dedup();
        let names: Vec<String> =
            tenants.iter().take(2).map(|&tenant| format!("`{}`", self.fleet.tenants()[tenant].name)).collect();
        format!("{} workloads of {}", workloads.len(), list(&names, tenants.len()))
    }

    /// Names of one unit each (in order of their copies), the first of `count`.
    fn names(&self, items: &[usize], count: u64) -> String {
        let mut taken = BTreeMap::new();
        let names: Vec<String> = items
            .iter()
            .take(MAX_NAMED)
            .filter_map(|&item| {
                let copy = taken.entry(item).or_insert(0usize);
                let unit = self.encoding.units(item).get(*copy)?;
                *copy += 1;
                unit.first().map(|&workload| self.fleet.identity(workload))
            })
            .collect();
        list(&names, usize::try_from(count).unwrap_or(usize::MAX))
    }
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
