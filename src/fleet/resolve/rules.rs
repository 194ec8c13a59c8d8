//! The first of the policy's rules, distrust, and what the others share with it.

use std::collections::BTreeSet;

use super::ground::Ground;
use super::names::{check_id, check_reason};
use super::selectors::{Side, selector};
use crate::error::InputProblem;
use crate::fleet::Warning;
use crate::fleet::document::PolicyDocument;
use crate::fleet::policy::{DistrustRule, Selector};
use crate::fleet::problems::{Path, Problems, quoted, shown};

impl Ground<'_, '_> {
    /// The directed refusals.
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
            check_reason(rule.reason.as_ref(), &path, problems);
            let subject = selector(self, &rule.subject, Side::Subject, &path.key("subject"), problems);
            let neighbour = selector(self, &rule.neighbour, Side::Neighbour, &path.key("neighbour"), problems);
            let (Some(subject), Some(neighbour)) = (subject, neighbour) else { continue };
            rules.push(DistrustRule { id: rule.id.clone(), subject, neighbour, reason: rule.reason.clone() });
        }
        if self.sound {
            let sides: Vec<&Selector> = rules.iter().flat_map(|rule| [&rule.subject, &rule.neighbour]).collect();
            for (index, _) in self.matched(&sides).iter().enumerate().filter(|&(_, &matched)| !matched) {
                let message = format!(
                    "the {} of the distrust rule `{}` matches no workload: it separates nobody",
                    ["subject", "neighbour"][index % 2],
                    shown(&rules[index / 2].id)
                );
                warnings.push(Warning { code: "matches-nothing", message });
            }
        }
        rules
    }
}

/// The ids of one kind of rule.
#[derive(Default)]
pub(super) struct Ids<'d> {
    seen: BTreeSet<&'d str>,
}

impl<'d> Ids<'d> {
    /// Notes an id; reports one that is no id or stands there twice.
    pub fn take(&mut self, id: &'d str, path: &Path, problems: &mut Problems) {
        let path = path.key("id");
        if check_id(id, &path, problems) && !self.seen.insert(id) {
            problems.add(
                &path,
                InputProblem::new("duplicate-name", "", "this id stands above already").with_got(quoted(id)),
            );
        }
    }
}
