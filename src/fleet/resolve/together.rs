//! Workloads that must share one cluster, or one region.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use super::ground::Ground;
use super::names::check_text;
use super::regions::Regions;
use super::rules::Ids;
use super::selectors::{Side, selector};
use crate::error::InputProblem;
use crate::fleet::Warning;
use crate::fleet::document::{PolicyDocument, TogetherDocument};
use crate::fleet::policy::{Selector, Together};
use crate::fleet::problems::{Path, Problems, nearest, quoted, shown};
use crate::fleet::selection::select;

/// Whom an entry keeps together.
enum Members {
    /// Groups of workloads.
    Listed(Vec<Vec<usize>>),
    /// The workloads of each tenant that match.
    Where(Box<Selector>),
}

/// Whether the members of an entry share a region, and not a cluster.
fn wide(group: &TogetherDocument, regions: &Regions, path: &Path, problems: &mut Problems) -> bool {
    let path = path.key("in");
    match group.in_.as_deref() {
        None | Some("cluster") => false,
        Some("region") => {
            if !regions.any() && !problems.is_spoilt(&Path::Root.key("regions")) {
                let message = "this means nothing without `regions`";
                problems.add(&path, InputProblem::new("contradiction", "", message));
            }
            true
        }
        Some(other) => {
            let problem = InputProblem::new("bad-value", "", "this does not say what they share")
                .with_got(quoted(other))
                .with_expected("cluster or region")
                .with_suggestion(nearest(other, ["cluster", "region"]));
            problems.add(&path, problem);
            false
        }
    }
}

impl Ground<'_, '_> {
    /// The groups of every entry: those that share a cluster, and those that share a region.
    pub fn together(
        &self,
        policy: &PolicyDocument,
        regions: &Regions,
        problems: &mut Problems,
        warnings: &mut Vec<Warning>,
    ) -> (Vec<Together>, Vec<Together>) {
        let root = Path::Root;
        let list = root.key("policy");
        let list = list.key("together");
        let mut ids = Ids::default();
        let (mut written, mut groups, mut in_region) = (Vec::new(), Vec::new(), Vec::new());
        for (index, group) in policy.together.iter().enumerate() {
            let path = list.index(index);
            ids.take(&group.id, &path, problems);
            let reason = group.reason.clone().unwrap_or_else(|| format!("together `{}`", group.id));
            check_text(&reason, 1000, &path.key("reason"), problems);
            let wide = wide(group, regions, &path, problems);
            written.push((group, reason, wide, self.members(group, &path, problems)));
        }
        let selectors = written.iter().filter_map(|(.., members)| match members {
            Members::Where(selector) => Some(&**selector),
            Members::Listed(_) => None,
        });
        let mut selected = self.by_tenant(&selectors.collect::<Vec<_>>()).into_iter();
        for (group, reason, wide, members) in written {
            let lists = match members {
                Members::Listed(lists) => lists,
                Members::Where(_) => {
                    // one answer a selector, in their order
                    let by_tenant = selected.next().unwrap_or_default();
                    if by_tenant.is_empty() && self.sound {
                        let message = format!("the group `{}` matches no workload", shown(&group.id));
                        warnings.push(Warning { code: "matches-nothing", message });
                    }
                    by_tenant.into_values().filter(|members| members.len() > 1).collect()
                }
            };
            let group = |members| Together { id: Some(group.id.clone()), members, reason: reason.clone() };
            (if wide { &mut in_region } else { &mut groups }).extend(lists.into_iter().map(group));
        }
        (groups, in_region)
    }

    /// For each selector the workloads that it matches, by tenant.
    fn by_tenant(&self, selectors: &[&Selector]) -> Vec<BTreeMap<usize, Vec<usize>>> {
        let mut by_tenant = vec![BTreeMap::new(); selectors.len()];
        if selectors.is_empty() {
            return by_tenant;
        }
        let mut kinds: Vec<Vec<u32>> = Vec::new();
        let Ok(selection) = select(selectors, self.workloads, |matched| {
            kinds.push(matched.to_vec());
            Ok::<u32, Infallible>(u32::try_from(kinds.len() - 1).unwrap_or(u32::MAX))
        });
        for (index, workload) in self.workloads.iter().enumerate() {
            for &selector in kinds.get(selection.of[index] as usize).into_iter().flatten() {
                let of_selector: &mut BTreeMap<usize, Vec<usize>> = &mut by_tenant[selector as usize];
                of_selector.entry(workload.tenant).or_default().push(index);
            }
        }
        by_tenant
    }

    /// The workloads of a list of names, ascending; `everywhere` says why none may be one of every cluster.
    pub fn listed(&self, names: &[String], everywhere: &str, path: &Path, problems: &mut Problems) -> Vec<usize> {
        let mut members = BTreeSet::new();
        let before = problems.count();
        for (at, name) in names.iter().enumerate() {
            let path = path.index(at);
            let Some(workload) = self.workload(name, &path, problems) else { continue };
            if self.workloads[workload].per_cluster {
                let problem = InputProblem::new("per-cluster-member", "", everywhere);
                problems.add(&path, problem.with_got(quoted(name)));
            } else if !members.insert(workload) {
                let problem = InputProblem::new("duplicate-value", "", "this workload is listed twice");
                problems.add(&path, problem.with_got(quoted(name)));
            }
        }
        if names.len() < 2 && problems.count() == before && !problems.is_spoilt_below(path) {
            problems.add(path, InputProblem::new("empty-list", "", "a group has at least two workloads"));
        }
        members.into_iter().collect()
    }

    /// The groups that one entry makes: one of its members, or one for each tenant.
    fn members(&self, group: &TogetherDocument, path: &Path, problems: &mut Problems) -> Members {
        match (&group.members, &group.by, &group.where_) {
            (Some(names), None, None) => {
                let message = "a workload of every cluster cannot be kept together with others";
                Members::Listed(vec![self.listed(names, message, &path.key("members"), problems)])
            }
            (None, Some(by), Some(document)) => {
                if by != "tenant" {
                    let problem = InputProblem::new("bad-value", "", "groups are made by tenant")
                        .with_got(quoted(by))
                        .with_expected("tenant");
                    problems.add(&path.key("by"), problem);
                }
                match selector(self, document, Side::Other, &path.key("where"), problems) {
                    Some(selector) => Members::Where(Box::new(selector)),
                    None => Members::Listed(Vec::new()),
                }
            }
            _ => {
                if !problems.is_spoilt_below(path) {
                    let problem = InputProblem::new("contradiction", "", "a group says `members`, or `by` and `where`");
                    problems.add(path, problem);
                }
                Members::Listed(Vec::new())
            }
        }
    }
}
