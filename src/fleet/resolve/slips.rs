//! What is allowed and hardly meant: an attribute that no rule uses, one that stands under `labels`, a value that a rule
//! nearly names. Each is a warning.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::fleet::document::{AttributeDocument, PolicyDocument, SelectorDocument};
use crate::fleet::looks::Look;
use crate::fleet::problems::{quoted, shown};
use crate::fleet::{Fleet, Warning};

/// Pairs of a value that a rule names and one that it does not, at most so many are compared.
const MOST_PAIRS: usize = 300_000;
/// Samples in a message.
const FEW: usize = 3;

/// All of them.
pub(super) fn slips(fleet: &Fleet) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if let Some(policy) = &fleet.document().policy {
        unused(fleet, policy, &mut warnings);
        near(fleet, policy, &mut warnings);
    }
    labelled(fleet, &mut warnings);
    kept_all_the_same(fleet, &mut warnings);
    alike(fleet, &mut warnings);
    warnings
}

/// Clusters that say `keep: false` and are kept, because others are there.
fn kept_all_the_same(fleet: &Fleet, warnings: &mut Vec<Warning>) {
    let rows = fleet.document().existing_clusters.iter();
    let said = rows.filter(|it| it.keep == Some(false) && it.occupied.is_some());
    let mut names: Vec<String> = said.map(|it| quoted(&it.name)).collect();
    names.sort(); // the order of the document changes nothing
    if !names.is_empty() {
        let message = format!(
            "`keep: false` is written where `occupied` says that others are there, who are not in the fleet: such a cluster is \
             kept all the same, in the plan and paid for: {}",
            some(&names)
        );
        warnings.push(Warning { code: "occupied-is-kept", message });
    }
}

/// Regions, clusters and words of `provides` whose names differ in case only: one of them is hardly meant.
fn alike(fleet: &Fleet, warnings: &mut Vec<Warning>) {
    let document = fleet.document();
    let regions: BTreeSet<&str> = fleet.regions().iter().map(|it| it.name.as_str()).collect();
    let clusters: BTreeSet<&str> = fleet.existing().iter().map(|it| it.name.as_str()).collect();
    let offered = document.cluster_templates.iter().filter_map(|it| it.provides.as_ref());
    let offered = offered.chain(document.existing_clusters.iter().filter_map(|it| it.provides.as_ref()));
    let words: BTreeSet<&str> = offered.flat_map(|it| it.as_slice()).map(String::as_str).collect();
    for (what, names) in [("regions", regions), ("existing clusters", clusters), ("words of `provides`", words)] {
        let mut by_key: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        names.into_iter().for_each(|name| by_key.entry(name.to_lowercase()).or_default().push(name));
        let pairs = by_key.values().filter(|it| it.len() > 1);
        let pairs: Vec<String> =
            pairs.map(|it| it.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(" and ")).collect();
        if !pairs.is_empty() {
            let message = format!("{what} whose names differ in case only are different ones: {}", some(&pairs));
            warnings.push(Warning { code: "differ-in-case", message });
        }
    }
}

/// A list of samples, cut short.
pub(super) fn some(names: &[String]) -> String {
    let more = if names.len() > FEW { format!(" and {} more", names.len() - FEW) } else { String::new() };
    format!("{}{more}", names[..names.len().min(FEW)].join("; "))
}

/// The keys under which the policy selects.
fn selected(policy: &PolicyDocument) -> BTreeSet<&str> {
    let keys = policy.selectors().filter_map(|(_, selector)| match selector {
        SelectorDocument::Keys(keys) => Some(keys.keys().map(String::as_str)),
        SelectorDocument::All(_) => None,
    });
    keys.flatten().collect()
}

fn unused(fleet: &Fleet, policy: &PolicyDocument, warnings: &mut Vec<Warning>) {
    let selected = selected(policy);
    let by_rule = policy
        .separate
        .iter()
        .map(|rule| &rule.by)
        .chain(policy.apart.iter().filter(|it| it.is_of_an_attribute()).map(|rule| &rule.by));
    let used: BTreeSet<&str> = by_rule.map(String::as_str).chain(selected).collect();
    for attribute in &fleet.policy().attributes {
        if !used.contains(attribute.name.as_str()) {
            let name = quoted(&attribute.name);
            let message = format!(
                "the attribute {name} is declared, and no rule of the policy uses it: it keeps nobody apart. Add it to \
                 `separate` if it should; what is only to be carried along is a label"
            );
            warnings.push(Warning { code: "attribute-unused", message });
        }
    }
}

/// Case, separators and the domain in front do not make another name.
fn plain_key(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, '-' | '_' | '.' | ' ')).flat_map(char::to_lowercase).collect()
}

/// Workloads that lack an attribute and have a label of its name.
fn labelled(fleet: &Fleet, warnings: &mut Vec<Warning>) {
    let attributes = &fleet.policy().attributes;
    let by_key: BTreeMap<String, usize> =
        attributes.iter().enumerate().map(|(index, attribute)| (plain_key(&attribute.name), index)).collect();
    if by_key.is_empty() {
        return;
    }
    let attribute_of = |key: &str| {
        let (domain, name) = key.rsplit_once('/').unwrap_or(("", key));
        // Labels of Kubernetes and of this program have meanings of their own.
        let own = domain.ends_with("kubernetes.io") || domain.ends_with("k8s.io") || domain == "tenantry";
        if own { None } else { by_key.get(&plain_key(name)).copied() }
    };
    // rows mostly have the same few keys
    let mut known: FxHashMap<&str, Option<usize>> = FxHashMap::default();
    let mut found: BTreeMap<(usize, &str), Vec<String>> = BTreeMap::new();
    for (index, workload) in fleet.workloads().iter().enumerate() {
        for key in workload.labels.keys() {
            if let Some(attribute) = *known.entry(key).or_insert_with(|| attribute_of(key))
                && workload.attributes[attribute].is_none()
            {
                found.entry((attribute, key)).or_default().push(quoted(&fleet.identity(index)));
            }
        }
    }
    for ((attribute, key), workloads) in found {
        let message = format!(
            "the label {} has the name of the attribute {}, which {} without a value: labels mean nothing to the policy \
             ({})",
            quoted(key),
            quoted(&attributes[attribute].name),
            if workloads.len() == 1 {
                "leaves one workload".to_owned()
            } else {
                format!("leaves {} workloads", workloads.len())
            },
            some(&workloads)
        );
        warnings.push(Warning { code: "label-like-attribute", message });
    }
}

/// Values of open attributes, and namespaces, that no rule names and that are a slip away from one that a rule does: the
/// rule passes over them.
fn near(fleet: &Fleet, policy: &PolicyDocument, warnings: &mut Vec<Warning>) {
    let mut named: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for (rule, selector) in policy.selectors() {
        let SelectorDocument::Keys(keys) = selector else { continue };
        for (key, values) in keys {
            let open = key == "namespace" || matches!(policy.attributes.get(key), Some(AttributeDocument::Any(_)));
            for value in values.as_slice().iter().filter(|_| open) {
                named.entry(key).or_default().entry(value).or_insert(rule);
            }
        }
    }
    let mut left = MOST_PAIRS;
    for (key, named) in named {
        let attribute = fleet.policy().attributes.iter().position(|attribute| attribute.name == key);
        let found: BTreeSet<&str> = match attribute {
            Some(attribute) => fleet.policy().attributes[attribute].classes.iter().map(String::as_str).collect(),
            None => {
                let given = fleet.workloads().iter().filter(|workload| workload.namespace_given);
                given.map(|workload| workload.namespace.as_str()).collect()
            }
        };
        let others: Vec<&str> = found.into_iter().filter(|value| !named.contains_key(value)).collect();
        if named.len().saturating_mul(others.len()) > left {
            let message = format!(
                "whether values of {} are slips of those that rules name was not looked into: there are too many",
                quoted(key)
            );
            warnings.push(Warning { code: "near-value", message });
            continue;
        }
        left -= named.len() * others.len();
        let looks: Vec<(Look, &str)> = named.iter().map(|(value, rule)| (Look::new(value), *rule)).collect();
        let slips: Vec<String> = others
            .iter()
            .filter_map(|value| {
                let look = Look::new(value);
                let (meant, rule) = looks.iter().find(|(meant, _)| meant.is_slip_of(&look))?;
                Some(format!("{} is nearly {}, which {} names", quoted(value), quoted(&meant.text), quoted(rule)))
            })
            .collect();
        if !slips.is_empty() {
            let message = format!(
                "{} {}: {}. The rule does not speak of what has the other one",
                if key == "namespace" { "the namespace" } else { "a value of the attribute" },
                if key == "namespace" { "of some workloads".to_owned() } else { shown(key) },
                some(&slips)
            );
            warnings.push(Warning { code: "near-value", message });
        }
    }
}
