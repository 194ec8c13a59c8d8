//! Workloads that must share one cluster.

use std::collections::{BTreeMap, BTreeSet};

use super::names::check_text;
use super::rules::{Ground, Ids};
use super::selectors::{Side, selector};
use crate::error::InputProblem;
use crate::fleet::Warning;
use crate::fleet::document::{PolicyDocument, TogetherDocument};
use crate::fleet::policy::Together;
use crate::fleet::problems::{Path, Problems, quoted, shown};

impl Ground<'_, '_> {
    /// The groups of every entry.
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
                let mut by_tenant: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
                for (index, workload) in self.workloads.iter().enumerate() {
                    // what stands in every cluster holds nothing together
                    if !workload.per_cluster && selector.matches(index, workload) {
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
}
