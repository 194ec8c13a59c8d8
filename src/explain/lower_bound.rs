//! Why there cannot be fewer clusters, in a sentence or two.
//!
//! The certificate proves the bound; this says it so that a person can follow. For each component of the problem the
//! simplest argument that reaches its bound is told: nothing but one cluster; workloads that all refuse one another; a
//! resource that runs out; weights; an exhaustive search of cases.

use crate::certify::{Certificate, Component, Level, Node};
use crate::encode::Encoding;
use crate::fleet::Fleet;
use crate::problem::Problem;

use super::amount;

/// More components than this are summed up instead of told one by one.
const MAX_TOLD: usize = 3;
/// More workloads than this are counted instead of named.
const MAX_NAMED: usize = 4;

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
        let refusing = self.refusing(items);
        if refusing.len() as u64 >= bound {
            let more = if refusing.len() as u64 > bound { format!("{bound} of ") } else { String::new() };
            return Some(format!("{more}{} may not share a cluster with one another", self.names(&refusing)));
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
                Some(&item) => format!("{} fits no cluster", self.names(&[item])),
                None => "a workload fits no cluster".to_owned(),
            },
            _ => "an exhaustive search of all assignments found none with fewer".to_owned(),
        }
    }

    fn sum_up(&self, components: &[Component]) -> String {
        let single = components.iter().filter(|component| component.bound <= 1).count();
        let mut largest: Vec<&Component> = components.iter().filter(|component| component.bound > 1).collect();
        largest.sort_by_key(|component| std::cmp::Reverse(component.bound));
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

    /// Item types (one entry a copy where copies refuse one another) that all conflict, found greedily from several
    /// starts.
    fn refusing(&self, items: &[usize]) -> Vec<usize> {
        let problem = self.problem;
        let degree = |item: usize| problem.conflicts().row(problem.items()[item].class).count_ones(..);
        let mut firsts: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
        let mut demand: std::collections::BTreeMap<usize, u64> = std::collections::BTreeMap::new();
        for &item in items {
            firsts.entry(problem.items()[item].class).or_insert(item);
            *demand.entry(problem.items()[item].class).or_default() += problem.items()[item].demand;
        }
        let mut order: Vec<usize> = firsts.values().copied().collect();
        order.sort_by_key(|&item| (std::cmp::Reverse(degree(item)), item));
        let mut best: Vec<usize> = Vec::new();
        for start in 0..order.len().min(32) {
            let mut clique: Vec<usize> = vec![order[start]];
            for &item in &order {
                if item != order[start] && clique.iter().all(|&member| problem.conflict(item, member)) {
                    clique.push(item);
                }
            }
            // copies that refuse one another count one by one
            let mut counted = Vec::new();
            for item in clique {
                let class = problem.items()[item].class;
                let copies = if problem.conflicts().contains(class, class) { demand[&class] } else { 1 };
                let of_class = items.iter().filter(|&&other| problem.items()[other].class == class);
                let mut repeated = of_class.flat_map(|&other| {
                    std::iter::repeat_n(other, usize::try_from(problem.items()[other].demand).unwrap_or(usize::MAX))
                });
                counted.extend(repeated.by_ref().take(usize::try_from(copies).unwrap_or(usize::MAX)));
            }
            if counted.len() > best.len() {
                best = counted;
            }
        }
        best
    }

    /// The bound of each resource alone, with words; the largest template counts.
    fn scarce(&self, items: &[usize]) -> Vec<Scarce> {
        let problem = self.problem;
        let usable = |bin: &usize| items.iter().any(|&item| problem.items()[item].eligible.contains(*bin));
        let bins: Vec<usize> = (0..problem.bins().len()).filter(usable).collect();
        let mut found = Vec::new();
        for (resource, (pool, name)) in self.fleet.dimensions().enumerate() {
            let load: u128 = items
                .iter()
                .map(|&item| {
                    u128::from(problem.items()[item].size[resource]) * u128::from(problem.items()[item].demand)
                })
                .sum();
            let Some(&largest) =
                bins.iter().max_by_key(|&&bin| (problem.bins()[bin].capacity[resource], std::cmp::Reverse(bin)))
            else {
                continue;
            };
            let capacity = problem.bins()[largest].capacity[resource];
            let (Ok(load), true) = (u64::try_from(load), capacity > 0) else { continue };
            let template = &self.fleet.templates()[largest].name;
            let largest_word = if bins.len() > 1 { ", the largest," } else { "" };
            let words = format!(
                "{} request {} of {name}{}, and a cluster of template `{template}`{largest_word} holds {}",
                self.who(items),
                amount(name, load),
                pool.map_or_else(String::new, |pool| format!(" in pool `{pool}`")),
                amount(name, capacity)
            );
            found.push(Scarce { bound: load.div_ceil(capacity), words });
        }
        found.sort_by_key(|scarce| std::cmp::Reverse(scarce.bound));
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

    /// Names of one unit each (in order of their copies).
    fn names(&self, items: &[usize]) -> String {
        let mut taken = std::collections::BTreeMap::new();
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
        list(&names, items.len())
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
