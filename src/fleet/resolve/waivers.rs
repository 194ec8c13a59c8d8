//! Approved, expiring exceptions.

use std::collections::BTreeSet;

use super::names::{check_text, list_of};
use super::rules::{Ground, Ids};
use super::selectors::{Side, selector};
use crate::error::InputProblem;
use crate::fleet::document::{PolicyDocument, WaiverDocument};
use crate::fleet::policy::{RuleId, Selector, Waiver};
use crate::fleet::problems::{Path, Problems, nearest, quoted};

impl Ground<'_, '_> {
    /// Whether the reason names an attribute that is declared, while some rule by an attribute could not be made out.
    fn is_reported(&self, reason: &str) -> bool {
        let attribute = reason.strip_prefix("separate:").or_else(|| reason.strip_prefix("apart:"));
        self.rules_unsure && attribute.is_some_and(|attribute| self.attributes.quietly(attribute).is_some())
    }

    /// The waivers, each of reasons out of `reasons`.
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
