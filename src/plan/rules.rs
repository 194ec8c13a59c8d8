//! The rows of a plan that speak of the policy: separations, waivers, islands, other values; pair by pair.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::findings::Findings;
use super::{OtherValues, ValueCount, WaiverState};
use crate::compact::{Text, TextMap};
use crate::fleet::RuleId;
use crate::fleet::document::{AttributeDocument, OneOrMany};
use crate::placement::{Reader, ViolationCode as Code};

/// Counts of pairs and islands are recomputed up to this many kinds of workloads in the whole fleet (some 200,000 pairs).
const MAX_KINDS: usize = 600;

/// The rows of separations and waivers, pair by pair, where the fleet is small enough. `named`: the workload of each assignment.
pub(super) fn separations(findings: &mut Findings, named: &[Option<usize>]) {
    let fleet = findings.fleet;
    let reader = Reader::of_all(fleet, findings.as_of);
    let everyone: Vec<usize> = (0..fleet.workloads().len()).filter(|&it| !fleet.workloads()[it].per_cluster).collect();
    let kinds = reader.kinds(&everyone);
    let policy = fleet.policy();
    let stated = findings.plan.waivers.iter().map(|row| row.id.as_str()).collect::<Vec<_>>();
    findings.expect("waivers", &stated, &policy.waivers.iter().map(|waiver| waiver.id.as_str()).collect());
    for (row, waiver) in findings.plan.waivers.iter().zip(&policy.waivers) {
        let at = |what: &str| format!("waiver `{}`: {what}", row.id);
        findings.expect(&at("approvedBy"), &row.approved_by, &waiver.approved_by);
        findings.expect(&at("reason"), &row.reason, &waiver.reason);
        findings.expect(&at("expires"), &row.expires, &waiver.expires.to_string());
        let names: Vec<String> = waiver.waives.iter().map(|&rule| reader.name(rule)).collect();
        findings.expect(&at("waives"), &row.waives, &names);
        let soon = findings.as_of.days_later(90).is_some_and(|soon| waiver.expires <= soon);
        let state = if waiver.expires < findings.as_of {
            WaiverState::Expired
        } else if soon {
            WaiverState::Expiring
        } else {
            WaiverState::InForce
        };
        findings.expect(&at("state"), &row.state, &state);
    }
    samples(findings, &reader);
    if kinds.len() > MAX_KINDS {
        return;
    }
    islands(findings, &reader, &kinds, named);
    let mut pairs: BTreeMap<RuleId, (u64, u64)> = BTreeMap::new();
    let mut waived = vec![0u64; policy.waivers.len()];
    let mut count = |u: usize, v: usize, number: u64| {
        if number == 0 {
            return;
        }
        let found = reader.reasons(u, v);
        found.waivers.iter().for_each(|&waiver| waived[waiver] += number);
        for &rule in &found.standing {
            let entry = pairs.entry(rule).or_default();
            entry.0 += number;
            entry.1 += if found.standing.len() == 1 { number } else { 0 };
        }
    };
    for (position, kind) in kinds.iter().enumerate() {
        if let [first, second, ..] = kind[..] {
            count(first, second, kind.len() as u64 * (kind.len() as u64 - 1) / 2);
        }
        for other in &kinds[position + 1..] {
            count(kind[0], other[0], kind.len() as u64 * other.len() as u64);
        }
    }
    let pairs: BTreeMap<String, (u64, u64)> =
        pairs.into_iter().map(|(rule, counted)| (reader.name(rule), counted)).collect();
    let mut stated: Vec<(&str, u64, u64)> =
        findings.plan.separations.iter().map(|row| (row.rule.as_str(), row.pairs, row.only)).collect();
    stated.sort_unstable();
    let pairs = pairs.iter().map(|(rule, &(pairs, only))| (rule.as_str(), pairs, only)).collect();
    findings.expect("separations (rule, pairs, only)", &stated, &pairs);
    let stated: Vec<u64> = findings.plan.waivers.iter().map(|row| row.pairs).collect();
    findings.expect("pairs by waiver", &stated, &waived);
}

/// The values that a class with `"*"` took, counted from the document.
pub(super) fn other_values(findings: &mut Findings) {
    let document = findings.fleet.document();
    let of_tenant: BTreeMap<&str, &TextMap<Text>> =
        document.tenants.iter().map(|tenant| (tenant.name.as_str(), &tenant.attributes)).collect();
    let mut rows = Vec::new();
    for (attribute, declared) in document.policy.iter().flat_map(|policy| &policy.attributes) {
        let AttributeDocument::Classes(classes) = declared else { continue };
        let has_star = |aliases: &OneOrMany| aliases.as_slice().iter().any(|alias| alias == "*");
        let Some((class, _)) = classes.iter().find(|(_, aliases)| has_star(aliases)) else { continue };
        let listed: BTreeSet<&str> = classes
            .iter()
            .flat_map(|(class, aliases)| std::iter::once(class).chain(aliases.as_slice()))
            .map(String::as_str)
            .collect();
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for workload in &document.workloads {
            let inherited = of_tenant.get(workload.tenant.as_str()).and_then(|attributes| attributes.get(attribute));
            if let Some(value) = workload.attributes.get(attribute).or(inherited)
                && !listed.contains(value.as_str())
            {
                *counts.entry(value).or_default() += 1;
            }
        }
        if !counts.is_empty() {
            let values = counts.into_iter().map(|(value, workloads)| ValueCount { value: value.to_owned(), workloads });
            rows.push(OtherValues { attribute: attribute.clone(), class: class.clone(), values: values.collect() });
        }
    }
    findings.expect("otherValues", &findings.plan.other_values, &rows);
}

/// The workloads that samples call by their identities. To find a few names in a large fleet, all others need no order.
fn sampled(findings: &Findings) -> FxHashMap<String, usize> {
    let fleet = findings.fleet;
    let texts = findings.plan.separations.iter().flat_map(|row| row.samples.iter().flatten());
    // no name has a stroke in it
    let names: FxHashSet<&str> = texts.map(|text| text.rsplit('/').next().unwrap_or(text)).collect();
    let called = (0..fleet.workloads().len()).filter(|&it| names.contains(fleet.workloads()[it].name.as_str()));
    called.map(|it| (fleet.identity(it), it)).collect()
}

/// The samples of every row are separated by its rule.
fn samples(findings: &mut Findings, reader: &Reader) {
    let fleet = findings.fleet;
    let sampled = sampled(findings);
    let find = |text: &str| sampled.get(text).copied().or_else(|| fleet.find(text).ok());
    for row in &findings.plan.separations {
        findings.expect(&format!("`{}`: trust", row.rule), &row.trust, &!row.rule.starts_with("apart:"));
        let right = row.pairs.min(3);
        let known = row.samples.len() as u64;
        if known == 0 || known > right {
            findings.add(Code::WrongSample, format!("`{}` has {known} samples of {} pairs", row.rule, row.pairs));
        }
        for [first, second] in &row.samples {
            let pair = find(first).zip(find(second));
            if !pair.is_some_and(|(u, v)| reader.standing(u, v).contains(&row.rule)) {
                findings.add(Code::WrongSample, format!("`{}` does not separate `{first}` and `{second}`", row.rule));
            }
        }
    }
}

/// Groups that share with no other group, as far as trust goes: everything that can be reached by steps between workloads
/// that no rule but `apart` separates.
fn islands(findings: &mut Findings, reader: &Reader, kinds: &[Vec<usize>], named: &[Option<usize>]) {
    let (plan, fleet) = (findings.plan, findings.fleet);
    let trusting = |u: usize, v: usize| {
        reader.reasons(u, v).standing.iter().all(|rule| matches!(rule, RuleId::Apart(_) | RuleId::KeptApart(_)))
    };
    let mut group: Vec<usize> = (0..kinds.len()).collect();
    for (a, kind) in kinds.iter().enumerate() {
        for (b, other) in kinds.iter().enumerate().take(a) {
            if group[a] != group[b] && trusting(kind[0], other[0]) {
                let (from, to) = (group[a], group[b]);
                group.iter_mut().filter(|it| **it == from).for_each(|it| *it = to);
            }
        }
    }
    // workload -> what it can reach; a kind that trusts neither itself nor another is as many islands as workloads
    let mut reach: Vec<Option<(usize, usize)>> = vec![None; fleet.workloads().len()];
    for (index, kind) in kinds.iter().enumerate() {
        let alone = group.iter().filter(|&&it| it == group[index]).count() == 1
            && kind.get(1).is_some_and(|&second| !trusting(kind[0], second));
        kind.iter().for_each(|&it| reach[it] = Some((group[index], if alone { it + 1 } else { 0 })));
    }
    let mut numbers: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    let mut number = |island: (usize, usize)| {
        let next = numbers.len() as u64 + 1;
        *numbers.entry(island).or_insert(next)
    };
    let of: Vec<Option<u64>> = reach.into_iter().map(|island| island.map(&mut number)).collect();
    findings.expect("summary.islands", &plan.summary.islands, &(numbers.len() as u64));
    let mut stated: BTreeMap<&str, u64> = BTreeMap::new();
    for cluster in plan.clusters.iter().flatten() {
        stated.insert(&cluster.name, cluster.island);
    }
    for (row, named) in plan.assignments.iter().zip(named) {
        if let (Some(right), Some(&stated)) = (named.and_then(|it| of[it]), stated.get(row.cluster.as_str()))
            && right != stated
        {
            let message = format!(
                "`{}/{}` is of island {right}, its cluster `{}` of island {stated}",
                row.tenant, row.workload, row.cluster
            );
            findings.add(Code::WrongFigure, message);
        }
    }
}
