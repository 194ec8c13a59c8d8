//! Approved, expiring exceptions.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::ground::Ground;
use super::names::{check_text, list_of};
use super::rules::Ids;
use super::selectors::{Side, selector};
use crate::error::InputProblem;
use crate::fleet::document::{PolicyDocument, WaiverDocument};
use crate::fleet::policy::{RuleId, Selector, Waiver};
use crate::fleet::problems::{Path, Problems, nearest, quoted};

/// Whether a reason says where something can run, and not whom it trusts.
fn is_technical(reason: &str, policy: &PolicyDocument) -> bool {
    let by_name = |id: &str| policy.apart.iter().any(|it| !it.is_of_an_attribute() && it.id.as_deref() == Some(id));
    matches!(reason, "region" | "admits" | "needs") || reason.strip_prefix("apart:").is_some_and(by_name)
}

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
        let known: FxHashMap<&str, RuleId> = reasons.iter().map(|(name, rule)| (name.as_str(), *rule)).collect();
        let (mut waivers, mut sides) = (Vec::new(), Vec::new());
        for (index, waiver) in policy.waivers.iter().enumerate() {
            let path = list.index(index);
            ids.take(&waiver.id, &path, problems);
            let resolved = self.sides(waiver, &path, problems);
            let read = resolved.iter().enumerate().filter_map(|(side, read)| Some((index, side, read.clone()?)));
            sides.extend(read);
            waivers.extend(self.waiver(waiver, resolved, (reasons, &known, policy), &path, problems));
        }
        if self.sound {
            let selectors: Vec<&Selector> = sides.iter().map(|(_, _, selector)| selector).collect();
            let unmatched = sides.iter().zip(self.matched(&selectors)).filter(|&(_, matched)| !matched);
            for ((waiver, side, _), _) in unmatched {
                let path = list.index(*waiver);
                let path = path.key("between");
                let problem = InputProblem::new("matches-nothing", "", "this side of the waiver matches no workload");
                problems.add(&path.index(*side), problem);
            }
        }
        waivers
    }

    /// The sides as they are written; `None` for one in which something has been reported.
    fn sides(&self, waiver: &WaiverDocument, path: &Path, problems: &mut Problems) -> Vec<Option<Selector>> {
        let path = path.key("between");
        let sides = waiver.between.iter().enumerate();
        sides.map(|(side, document)| selector(self, document, Side::Other, &path.index(side), problems)).collect()
    }

    fn waiver(
        &self,
        waiver: &WaiverDocument,
        sides: Vec<Option<Selector>>,
        (reasons, known, policy): (&[(String, RuleId)], &FxHashMap<&str, RuleId>, &PolicyDocument),
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
            match known.get(name.as_str()) {
                Some(&rule) => {
                    waives.insert(rule);
                }
                // The rule's own name has been reported.
                None if self.is_reported(name) => {}
                None => {
                    let names: Vec<&str> = reasons.iter().map(|(name, _)| name.as_str()).collect();
                    let message = match is_technical(name, policy) {
                        true => format!("{} is technical: no waiver takes it away", quoted(name)),
                        false => format!("there is no reason {}", quoted(name)),
                    };
                    let problem = InputProblem::new("unknown-reason", "", message)
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
