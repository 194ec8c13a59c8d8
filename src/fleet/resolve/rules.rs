//! The policy's rules: separations, technical conflicts, distrust, waivers, together.

use std::collections::BTreeSet;

use super::attributes::Attributes;
use super::names::{NotFound, Tenants, WorkloadIndex, check_id, check_text, list_of};
use super::selectors::{Side, selector};
use super::trust::Levels;
use crate::error::InputProblem;
use crate::fleet::Warning;
use crate::fleet::document::{PolicyDocument, TogetherDocument, WaiverDocument};
use crate::fleet::policy::{Apart, DistrustRule, RuleId, Selector, Separation, Together, Waiver};
use crate::fleet::problems::{Path, Problems, nearest, quoted, shown};
use crate::fleet::tenant::Tenant;
use crate::fleet::workload::Workload;

/// What rules are resolved against.
pub(super) struct Ground<'g, 'd> {
    pub names: &'g Tenants<'d>,
    pub levels: &'g Levels,
    pub attributes: &'g Attributes,
    pub tenants: &'g [Tenant],
    pub workloads: &'g [Workload],
    pub index: &'g WorkloadIndex,
    /// Every namespace, where a rule asks for them.
    pub namespaces: BTreeSet<&'g str>,
    /// Some separation or technical conflict could not be made out.
    pub rules_unsure: bool,
    /// Tenants and workloads are all sound, so that "matches nothing" can be believed.
    pub sound: bool,
}

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
        separations.push(Separated { separation: Separation { attribute, missing_class }, tenants, unsure });
    }
    separations
}

pub(super) fn apart(policy: &PolicyDocument, attributes: &Attributes, problems: &mut Problems) -> Vec<Apart> {
    let root = Path::Root;
    let list = root.key("policy");
    let list = list.key("apart");
    let mut rules: Vec<Apart> = Vec::new();
    for (index, rule) in policy.apart.iter().enumerate() {
        let path = list.index(index);
        let path = path.key("by");
        let Some(attribute) = attributes.find(&rule.by, &path, problems) else { continue };
        if rules.iter().any(|earlier| earlier.attribute == attribute) {
            let problem = InputProblem::new("duplicate-name", "", "this attribute keeps apart already")
                .with_got(quoted(&rule.by));
            problems.add(&path, problem);
        } else {
            rules.push(Apart { attribute, missing_any: rule.missing.is_some() });
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
        let mut classes = Vec::with_capacity(separations.len());
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
        workload.separation_classes = classes;
    }
}

impl Ground<'_, '_> {
    /// The workload meant; reports that there is none, or several.
    pub fn workload(&self, text: &str, path: &Path, problems: &mut Problems) -> Option<usize> {
        let name = |tenant: usize| self.tenants.get(tenant).map_or("", |tenant: &Tenant| tenant.name.as_str());
        let tenant = |name: &str| self.names.quietly(name);
        match self.index.find(text, self.workloads, tenant, name, problems.wants_detail()) {
            Ok(workload) => Some(workload),
            Err(NotFound::Ambiguous { count, some }) => {
                let names: Vec<String> = some
                    .iter()
                    .map(|&w| {
                        format!(
                            "{}/{}/{}",
                            name(self.workloads[w].tenant),
                            self.workloads[w].namespace,
                            self.workloads[w].name
                        )
                    })
                    .collect();
                let problem = InputProblem::new(
                    "ambiguous-workload",
                    "",
                    format!("{} workloads are called {}", count, quoted(text)),
                )
                .with_expected(list_of(&names));
                problems.add(path, problem);
                None
            }
            Err(NotFound::Unknown(_)) if problems.wants_detail() && self.may_be_unreadable(text) => None,
            Err(NotFound::Unknown(suggestion)) => {
                let problem =
                    InputProblem::new("unknown-workload", "", format!("there is no workload {}", quoted(text)))
                        .with_expected("name, tenant/name or tenant/namespace/name")
                        .with_suggestion(suggestion);
                problems.add(path, problem);
                None
            }
        }
    }

    /// Whether the workload meant may be one whose own name or tenant could not be made out, which has been reported.
    fn may_be_unreadable(&self, text: &str) -> bool {
        let name = text.rsplit('/').next().unwrap_or(text);
        let lost = |workload: &Workload| {
            workload.name.is_empty() || (workload.tenant == super::workloads::NOBODY && workload.name == name)
        };
        !self.sound && self.workloads.iter().any(lost)
    }

    pub fn matches_something(&self, selector: &Selector) -> bool {
        self.workloads.iter().enumerate().any(|(index, workload)| selector.matches(index, workload))
    }

    pub fn distrust(
        &self,
        policy: &PolicyDocument,
        problems: &mut Problems,
        warnings: &mut Vec<Warning>,
    ) -> Vec<DistrustRule> {
        let root = Path::Root;
        let list = root.key("policy");
        let list = list.key("distrust");
        let mut ids = Ids::default();
        let mut rules = Vec::new();
        for (index, rule) in policy.distrust.iter().enumerate() {
            let path = list.index(index);
            ids.take(&rule.id, &path, problems);
            if let Some(reason) = &rule.reason {
                check_text(reason, 1000, &path.key("reason"), problems);
            }
            let subject = selector(self, &rule.subject, Side::Subject, &path.key("subject"), problems);
            let neighbour = selector(self, &rule.neighbour, Side::Neighbour, &path.key("neighbour"), problems);
            let (Some(subject), Some(neighbour)) = (subject, neighbour) else { continue };
            for (side, selector) in [("subject", &subject), ("neighbour", &neighbour)] {
                if self.sound && !self.matches_something(selector) {
                    let message = format!(
                        "the {side} of the distrust rule `{}` matches no workload: it separates nobody",
                        shown(&rule.id)
                    );
                    warnings.push(Warning { code: "matches-nothing", message });
                }
            }
            rules.push(DistrustRule { id: rule.id.clone(), subject, neighbour, reason: rule.reason.clone() });
        }
        rules
    }

    pub fn together(
        &self,
        policy: &PolicyDocument,
        problems: &mut Problems,
        warnings: &mut Vec<Warning>,
    ) -> Vec<Together> {
        let root = Path::Root;
        let list = root.key("policy");
        let list = list.key("together");
        let mut ids = Ids::default();
        let mut groups = Vec::new();
        for (index, group) in policy.together.iter().enumerate() {
            let path = list.index(index);
            ids.take(&group.id, &path, problems);
            let reason = group.reason.clone().unwrap_or_else(|| format!("together `{}`", group.id));
            check_text(&reason, 1000, &path.key("reason"), problems);
            for members in self.members(group, &path, problems, warnings) {
                groups.push(Together { id: Some(group.id.clone()), members, reason: reason.clone() });
            }
        }
        groups
    }

    /// The groups that one entry makes: one of its members, or one for each tenant.
    fn members(
        &self,
        group: &TogetherDocument,
        path: &Path,
        problems: &mut Problems,
        warnings: &mut Vec<Warning>,
    ) -> Vec<Vec<usize>> {
        match (&group.members, &group.by, &group.where_) {
            (Some(names), None, None) => {
                let path = path.key("members");
                let mut members = BTreeSet::new();
                let before = problems.count();
                for (at, name) in names.iter().enumerate() {
                    let path = path.index(at);
                    let Some(workload) = self.workload(name, &path, problems) else { continue };
                    if self.workloads[workload].per_cluster {
                        let problem = InputProblem::new(
                            "per-cluster-member",
                            "",
                            "a workload of every cluster cannot be kept together with others",
                        );
                        problems.add(&path, problem.with_got(quoted(name)));
                    } else if !members.insert(workload) {
                        problems.add(
                            &path,
                            InputProblem::new("duplicate-value", "", "this workload is listed twice")
                                .with_got(quoted(name)),
                        );
                    }
                }
                if names.len() < 2 && problems.count() == before && !problems.is_spoilt_below(&path) {
                    problems.add(&path, InputProblem::new("empty-list", "", "a group has at least two workloads"));
                }
                vec![members.into_iter().collect()]
            }
            (None, Some(by), Some(document)) => {
                if by != "tenant" {
                    let problem = InputProblem::new("bad-value", "", "groups are made by tenant")
                        .with_got(quoted(by))
                        .with_expected("tenant");
                    problems.add(&path.key("by"), problem);
                }
                let Some(selector) = selector(self, document, Side::Other, &path.key("where"), problems) else {
                    return Vec::new();
                };
                let mut by_tenant: std::collections::BTreeMap<usize, Vec<usize>> = std::collections::BTreeMap::new();
                for (index, workload) in self.workloads.iter().enumerate() {
                    if selector.matches(index, workload) {
                        by_tenant.entry(workload.tenant).or_default().push(index);
                    }
                }
                if by_tenant.is_empty() && self.sound {
                    let message = format!("the group `{}` matches no workload", shown(&group.id));
                    warnings.push(Warning { code: "matches-nothing", message });
                }
                by_tenant.into_values().filter(|members| members.len() > 1).collect()
            }
            _ => {
                if !problems.is_spoilt_below(path) {
                    let problem = InputProblem::new("contradiction", "", "a group says `members`, or `by` and `where`");
                    problems.add(path, problem);
                }
                Vec::new()
            }
        }
    }

    /// Whether the reason names an attribute that is declared, while some rule by an attribute could not be made out.
    fn is_reported(&self, reason: &str) -> bool {
        let attribute = reason.strip_prefix("separate:").or_else(|| reason.strip_prefix("apart:"));
        self.rules_unsure && attribute.is_some_and(|attribute| self.attributes.quietly(attribute).is_some())
    }

    pub fn waivers(
        &self,
        policy: &PolicyDocument,
        reasons: &[(String, RuleId)],
        problems: &mut Problems,
    ) -> Vec<Waiver> {
        let root = Path::Root;
        let list = root.key("policy");
        let list = list.key("waivers");
        let mut ids = Ids::default();
        let mut waivers = Vec::new();
        for (index, waiver) in policy.waivers.iter().enumerate() {
            let path = list.index(index);
            ids.take(&waiver.id, &path, problems);
            waivers.extend(self.waiver(waiver, reasons, &path, problems));
        }
        waivers
    }

    fn waiver(
        &self,
        waiver: &WaiverDocument,
        reasons: &[(String, RuleId)],
        path: &Path,
        problems: &mut Problems,
    ) -> Option<Waiver> {
        for (key, text) in [("approvedBy", &waiver.approved_by), ("reason", &waiver.reason)] {
            if text.trim().is_empty() {
                problems.add(&path.key(key), InputProblem::new("empty-text", "", format!("a waiver says its {key}")));
            }
            check_text(text, 1000, &path.key(key), problems);
        }
        let expires = super::date(&waiver.expires, &path.key("expires"), problems);
        let sides: Vec<Option<Selector>> = waiver
            .between
            .iter()
            .enumerate()
            .map(|(side, document)| {
                let path = path.key("between");
                let path = path.index(side);
                let resolved = selector(self, document, Side::Other, &path, problems)?;
                if self.sound && !self.matches_something(&resolved) {
                    problems.add(
                        &path,
                        InputProblem::new("matches-nothing", "", "this side of the waiver matches no workload"),
                    );
                }
                Some(resolved)
            })
            .collect();
        let two: Option<[Option<Selector>; 2]> = sides.try_into().ok();
        if two.is_none() {
            problems.add(
                &path.key("between"),
                InputProblem::new("bad-value", "", "a waiver stands between exactly two sides"),
            );
        }
        if waiver.waives.is_empty() {
            problems.add(
                &path.key("waives"),
                InputProblem::new("empty-list", "", "a waiver names the reasons that it takes away"),
            );
        }
        let mut waives = BTreeSet::new();
        for (at, name) in waiver.waives.iter().enumerate() {
            let path = path.key("waives");
            let path = path.index(at);
            match reasons.iter().find(|(reason, _)| reason == name) {
                Some(&(_, rule)) => {
                    waives.insert(rule);
                }
                // The rule's own name has been reported.
                None if self.is_reported(name) => {}
                None => {
                    let names: Vec<&str> = reasons.iter().map(|(name, _)| name.as_str()).collect();
                    let problem =
                        InputProblem::new("unknown-reason", "", format!("there is no reason {}", quoted(name)))
                            .with_expected(list_of(&names))
                            .with_suggestion(nearest(name, names.iter().copied()));
                    problems.add(&path, problem);
                }
            }
        }
        let [Some(one), Some(other)] = two? else { return None };
        Some(Waiver {
            id: waiver.id.clone(),
            between: [one, other],
            waives,
            approved_by: waiver.approved_by.clone(),
            expires: expires?,
            reason: waiver.reason.clone(),
        })
    }
}

/// The ids of one kind of rule.
#[derive(Default)]
struct Ids<'d> {
    seen: BTreeSet<&'d str>,
}

impl<'d> Ids<'d> {
    fn take(&mut self, id: &'d str, path: &Path, problems: &mut Problems) {
        let path = path.key("id");
        if check_id(id, &path, problems) && !self.seen.insert(id) {
            problems.add(
                &path,
                InputProblem::new("duplicate-name", "", "this id stands above already").with_got(quoted(id)),
            );
        }
    }
}
