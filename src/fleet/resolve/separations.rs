//! Rules by attribute: separations and technical conflicts, and the class of every workload under them.

use std::collections::BTreeSet;

use super::attributes::Attributes;
use super::names::{Tenants, check_reason};
use crate::compact::Shared;
use crate::error::InputProblem;
use crate::fleet::document::PolicyDocument;
use crate::fleet::policy::{Apart, Separation};
use crate::fleet::problems::{Path, Problems, quoted};
use crate::fleet::workload::Workload;

/// A separation with the tenants whose workloads may lack the value.
pub(super) struct Separated {
    pub separation: Separation,
    tenants: BTreeSet<usize>,
    /// Something about them has been reported: a missing value may be a consequence.
    unsure: bool,
}

/// The separations, and the class of what has no value in each with the tenants that may lack it.
pub(super) fn separate(
    policy: &PolicyDocument,
    names: &Tenants,
    attributes: &mut Attributes,
    problems: &mut Problems,
) -> Vec<Separated> {
    let root = Path::Root;
    let list = root.key("policy");
    let list = list.key("separate");
    let mut separations: Vec<Separated> = Vec::new();
    for (index, rule) in policy.separate.iter().enumerate() {
        let path = list.index(index);
        check_reason(rule.reason.as_ref(), &path, problems);
        let Some(attribute) = attributes.find(&rule.by, &path.key("by"), problems) else { continue };
        if separations.iter().any(|earlier| earlier.separation.attribute == attribute) {
            let problem = InputProblem::new("duplicate-name", "", "this attribute is separated by already")
                .with_got(quoted(&rule.by));
            problems.add(&path.key("by"), problem);
            continue;
        }
        let before = problems.count();
        let mut tenants = BTreeSet::new();
        let mut missing_class = None;
        if let Some(missing) = &rule.missing {
            let path = path.key("missing");
            missing_class = attributes.missing_class(attribute, &missing.class, &path.key("class"), problems);
            if missing.tenants.is_empty() {
                let message = "`missing` lists the tenants whose workloads may lack the value";
                problems.add(&path.key("tenants"), InputProblem::new("empty-list", "", message));
            }
            let path = path.key("tenants");
            tenants = missing
                .tenants
                .iter()
                .enumerate()
                .filter_map(|(at, name)| names.find(name, &path.index(at), problems))
                .collect();
        }
        let unsure = problems.count() > before || problems.is_spoilt_below(&path.key("missing"));
        let separation = Separation { attribute, missing_class, reason: rule.reason.clone() };
        separations.push(Separated { separation, tenants, unsure });
    }
    separations
}

/// The technical conflicts.
pub(super) fn apart(policy: &PolicyDocument, attributes: &Attributes, problems: &mut Problems) -> Vec<Apart> {
    let root = Path::Root;
    let list = root.key("policy");
    let list = list.key("apart");
    let mut rules: Vec<Apart> = Vec::new();
    for (index, rule) in policy.apart.iter().enumerate().filter(|(_, rule)| rule.is_of_an_attribute()) {
        let path = list.index(index);
        check_reason(rule.reason.as_ref(), &path, problems);
        let path = path.key("by");
        let Some(attribute) = attributes.find(&rule.by, &path, problems) else { continue };
        if rules.iter().any(|earlier| earlier.attribute == attribute) {
            let problem = InputProblem::new("duplicate-name", "", "this attribute keeps apart already")
                .with_got(quoted(&rule.by));
            problems.add(&path, problem);
        } else {
            rules.push(Apart { attribute, missing_any: rule.missing.is_some(), reason: rule.reason.clone() });
        }
    }
    rules
}

/// Gives every workload its class under every separation; reports those that have no value where one is needed.
pub(super) fn classes(
    workloads: &mut [Workload],
    separations: &[Separated],
    aparts: &[Apart],
    attributes: &Attributes,
    given: impl Fn(usize, &str) -> bool,
    problems: &mut Problems,
) {
    let root = Path::Root;
    let (list, owners) = (root.key("workloads"), root.key("tenants"));
    let (mut known, mut classes) = (Shared::default(), Vec::with_capacity(separations.len()));
    for (index, workload) in workloads.iter_mut().enumerate() {
        let path = list.index(index);
        let path = path.key("attributes");
        let owner = owners.index(workload.tenant);
        let owner = owner.key("attributes");
        let mut missing = |attribute: usize, rule: &str| {
            let name = &attributes.list[attribute].name;
            // A value that stands there but has no class, or could not be read, has been reported.
            if given(index, name) || problems.is_spoilt(&owner.key(name)) {
                return;
            }
            let message = format!("this workload has no {}, which {rule} needs", quoted(name));
            let problem = InputProblem::new("missing-separation-value", "", message)
                .with_expected("a value here or at its tenant, or the tenant listed in the rule's `missing`");
            problems.add(&path.key(name), problem);
        };
        classes.clear();
        for Separated { separation, tenants, unsure } in separations {
            let class = workload.attributes[separation.attribute];
            let class = class.or_else(|| separation.missing_class.filter(|_| tenants.contains(&workload.tenant)));
            if class.is_none() && !workload.per_cluster && !unsure {
                missing(separation.attribute, "policy.separate");
            }
            classes.push(class);
        }
        for apart in aparts {
            if workload.attributes[apart.attribute].is_none() && !apart.missing_any && !workload.per_cluster {
                missing(apart.attribute, "policy.apart");
            }
        }
        workload.separation_classes = known.share(&classes);
    }
}
