//! Names that look like one that a rule speaks of: who reads the rule cannot tell whom it means.

use std::collections::{BTreeMap, BTreeSet};

use crate::compact::Text;
use crate::error::InputProblem;
use crate::fleet::document::{Document, SelectorDocument};
use crate::fleet::looks::{Twins, spelled};
use crate::fleet::problems::{Path, Problems};
use crate::fleet::workload::Workload;
use crate::text::is_hidden;

/// Reports tenants and workloads whose names look alike, where a rule names one of them. Linear.
pub(super) fn names(document: &Document, workloads: &[Workload], problems: &mut Problems) {
    let mut tenants: BTreeSet<&str> =
        document.tenants.iter().flat_map(|tenant| tenant.distrusts.iter().map(Text::as_str)).collect();
    let mut members: BTreeSet<&str> = BTreeSet::new();
    for (_, selector) in document.selectors() {
        let SelectorDocument::Keys(keys) = selector else { continue };
        tenants.extend(keys.get("tenant").into_iter().flat_map(|values| values.as_slice()).map(String::as_str));
        members.extend(keys.get("workload").into_iter().flat_map(|values| values.as_slice()).map(String::as_str));
    }
    for group in document.policy.iter().flat_map(|policy| &policy.together) {
        members.extend(group.members.iter().flatten().map(String::as_str));
    }
    for rule in document.policy.iter().flat_map(|policy| &policy.apart) {
        members.extend(rule.members.iter().flatten().map(String::as_str));
    }
    if !tenants.is_empty() {
        let names = || document.tenants.iter().map(|tenant| tenant.name.as_str());
        let mut twins = Twins::new(names().all(str::is_ascii));
        for (index, name) in names().enumerate() {
            // One with a character that hides has been reported.
            if name.chars().any(is_hidden) {
                continue;
            }
            if let Some(twin) = twins.take(name)
                && (tenants.contains(name) || tenants.contains(twin.as_str()))
            {
                report("tenants", index, name, &twin, problems);
            }
        }
    }
    if !members.is_empty() {
        workload_names(document, workloads, &members, problems);
    }
}

/// A rule that says `tenant/name` can be mistaken within that tenant, one that says `name` anywhere.
fn workload_names(document: &Document, workloads: &[Workload], members: &BTreeSet<&str>, problems: &mut Problems) {
    let plain = document.workloads.iter().all(|workload| workload.name.is_ascii());
    let mut bare: BTreeSet<&str> = BTreeSet::new();
    let mut owned: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for member in members {
        match (member.split_once('/'), member.rsplit_once('/')) {
            (Some((tenant, _)), Some((_, name))) => {
                owned.entry(tenant).or_default().insert(name);
            }
            _ => {
                bare.insert(member);
            }
        }
    }
    let mut anywhere = Twins::new(plain);
    let mut within: BTreeMap<&str, Twins> = BTreeMap::new();
    for (index, workload) in document.workloads.iter().enumerate().take(workloads.len()) {
        let (tenant, name) = (workload.tenant.as_str(), workload.name.as_str());
        if name.chars().any(is_hidden) {
            continue;
        }
        let twin = if bare.is_empty() { None } else { anywhere.take(name) };
        let mut confused = twin.filter(|twin| bare.contains(name) || bare.contains(twin.as_str()));
        if let Some(names) = owned.get(tenant) {
            let twin = within.entry(tenant).or_insert_with(|| Twins::new(plain)).take(name);
            confused = confused.or(twin.filter(|twin| names.contains(name) || names.contains(twin.as_str())));
        }
        if let Some(twin) = confused {
            report("workloads", index, name, &twin, problems);
        }
    }
}

fn report(list: &str, index: usize, name: &str, twin: &str, problems: &mut Problems) {
    let message = format!("this name looks like {}, and a rule names one of the two", spelled(twin));
    let problem = InputProblem::new("near-name", "", message)
        .with_got(spelled(name))
        .with_expected("names that cannot be mistaken for one another");
    problems.add(&Path::Root.key(list).index(index).key("name"), problem);
}
