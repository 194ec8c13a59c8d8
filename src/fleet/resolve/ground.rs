//! What the policy's rules are resolved against.

use std::collections::BTreeSet;
use std::convert::Infallible;

use super::attributes::Attributes;
use super::names::{NotFound, Tenants, WorkloadIndex, list_of};
use super::trust::Levels;
use crate::error::InputProblem;
use crate::fleet::policy::Selector;
use crate::fleet::problems::{Path, Problems, quoted};
use crate::fleet::selection::select;
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

impl Ground<'_, '_> {
    /// The workload meant; reports that there is none, or several.
    pub fn workload(&self, text: &str, path: &Path, problems: &mut Problems) -> Option<usize> {
        let name = |tenant: usize| self.tenants.get(tenant).map_or("", |tenant: &Tenant| tenant.name.as_str());
        let tenant = |name: &str| self.names.quietly(name);
        // A rule does not speak of per-cluster workloads.
        let placed: fn(&Workload) -> bool = |workload| !workload.per_cluster;
        let suggest = problems.wants_detail().then_some(placed);
        match self.index.find(text, self.workloads, tenant, name, suggest) {
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

    /// Which of the selectors match some workload.
    pub fn matched(&self, selectors: &[&Selector]) -> Vec<bool> {
        let mut matched = vec![false; selectors.len()];
        if selectors.is_empty() {
            return matched;
        }
        let Ok(_) = select(selectors, self.workloads, |found| {
            found.iter().for_each(|&selector| matched[selector as usize] = true);
            Ok::<u32, Infallible>(0)
        });
        matched
    }
}
