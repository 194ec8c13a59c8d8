//! Workloads that are kept in different clusters or regions by name.

use super::ground::Ground;
use super::names::check_reason;
use super::regions::Regions;
use super::rules::Ids;
use crate::error::InputProblem;
use crate::fleet::document::{ApartDocument, PolicyDocument};
use crate::fleet::policy::{ApartBy, KeptApart};
use crate::fleet::problems::{Path, Problems, nearest, quoted};

impl Ground<'_, '_> {
    /// The entries of `policy.apart` that name workloads.
    pub fn kept_apart(&self, policy: &PolicyDocument, regions: &Regions, problems: &mut Problems) -> Vec<KeptApart> {
        let root = Path::Root;
        let list = root.key("policy");
        let list = list.key("apart");
        let mut ids = Ids::default();
        let mut rules = Vec::new();
        let attributes = || policy.apart.iter().filter(|it| it.is_of_an_attribute()).map(|it| it.by.as_str());
        for (index, rule) in policy.apart.iter().enumerate().filter(|(_, rule)| !rule.is_of_an_attribute()) {
            let path = list.index(index);
            check_reason(rule.reason.as_ref(), &path, problems);
            if let (Some(id), Some(_)) = (&rule.id, &rule.members) {
                ids.take(id, &path, problems);
                if attributes().any(|attribute| attribute == id) {
                    let message = "an attribute keeps apart under this name: `apart:NAME` would mean both";
                    let problem = InputProblem::new("duplicate-name", "", message).with_got(quoted(id));
                    problems.add(&path.key("id"), problem);
                }
            }
            let by = self.whole(rule, regions, &path, problems);
            let message = "a workload of every cluster is beside everybody";
            let members = rule.members.as_deref().map(|it| self.listed(it, message, &path.key("members"), problems));
            let (Some(by), Some(members), Some(id)) = (by, members, rule.id.clone()) else { continue };
            rules.push(KeptApart { id, members, by, reason: rule.reason.clone() });
        }
        rules
    }

    /// What they may not have in common; reports what is missing, or means nothing beside members.
    fn whole(&self, rule: &ApartDocument, regions: &Regions, path: &Path, problems: &mut Problems) -> Option<ApartBy> {
        if rule.missing.is_some() {
            let message = "`missing` is of attributes, and this entry names workloads";
            problems.add(&path.key("missing"), InputProblem::new("contradiction", "", message));
        }
        for (key, missing) in [("id", rule.id.is_none()), ("members", rule.members.is_none())] {
            if missing {
                let message =
                    "an entry of `policy.apart` has `id`, `members` and `by`, or the attribute that it is `by`";
                problems.add(&path.key(key), InputProblem::new("missing-key", "", message));
            }
        }
        let path = path.key("by");
        match rule.by.as_str() {
            "cluster" => Some(ApartBy::Cluster),
            "region" => {
                if !regions.any() && !problems.is_spoilt(&Path::Root.key("regions")) {
                    let message = "this means nothing without `regions`";
                    problems.add(&path, InputProblem::new("contradiction", "", message));
                }
                Some(ApartBy::Region)
            }
            other => {
                let problem = InputProblem::new("bad-value", "", "this does not say how far apart they are")
                    .with_got(quoted(other))
                    .with_expected("cluster or region")
                    .with_suggestion(nearest(other, ["cluster", "region"]));
                problems.add(&path, problem);
                None
            }
        }
    }
}
