//! What a name can be in Kubernetes, and in what reads the export.

use std::collections::BTreeMap;

use super::ExportTarget;
use super::ground::Ground;
use crate::error::{Error, FleetError, InputProblem, Result};
use crate::fleet::{Paths, Standing};
use crate::text::{is_dns_label, is_dns_subdomain};

/// The AppProject and the ApplicationSet of what stands around the namespaces: no tenant's.
pub(super) const OWN: &str = "tenantry-clusters";
/// At most so many are reported; the rest are counted.
const REPORTED: usize = 100;

/// What a label's value can be.
fn is_value(text: &str) -> bool {
    let bytes = text.as_bytes();
    let word = |b: &u8| b.is_ascii_alphanumeric();
    bytes.len() <= 63
        && bytes.first().is_some_and(word)
        && bytes.last().is_some_and(word)
        && bytes.iter().all(|b| word(b) || b"-_.".contains(b))
}

/// What a name has to be.
#[derive(Clone, Copy)]
struct Rule {
    fits: fn(&str) -> bool,
    expected: &'static str,
}

const LABEL: Rule =
    Rule { fits: is_dns_label, expected: "a DNS-1123 label: up to 63 of a-z, 0-9 and `-`, neither first nor last" };
const SUBDOMAIN: Rule = Rule {
    fits: is_dns_subdomain,
    expected: "a DNS-1123 name: up to 253 of a-z, 0-9, `-` and `.`, beginning and ending with a letter or digit",
};
const VALUE: Rule = Rule {
    fits: is_value,
    expected: "the value of a label: up to 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit",
};

/// The names of a plan, looked at.
pub(super) struct Names<'g, 'a> {
    ground: &'g Ground<'a>,
    paths: Paths<'a>,
    problems: Vec<InputProblem>,
}

impl<'g, 'a> Names<'g, 'a> {
    pub fn new(ground: &'g Ground<'a>) -> Self {
        Self { ground, paths: Paths::new(ground.fleet), problems: Vec::new() }
    }

    /// Refuses every name that would have to be written as another one.
    ///
    /// # Errors
    /// [`Error::Fleet`] with all of them and their places.
    pub fn check(mut self, target: ExportTarget) -> Result<()> {
        use ExportTarget as To;
        match target {
            To::Kubernetes => {
                self.clusters(SUBDOMAIN, "the name of a folder");
                self.tenants(VALUE, "the label of its namespaces");
                self.levels();
                self.workloads();
            }
            To::ArgoCd | To::Flux => {
                self.clusters(SUBDOMAIN, "the name of a folder");
                self.tenants(
                    SUBDOMAIN,
                    if target == To::ArgoCd { "the name of an AppProject" } else { "part of a path" },
                );
                if target == To::ArgoCd {
                    self.reserved(&["default", OWN]);
                }
            }
            To::Karmada => {
                self.clusters(SUBDOMAIN, "the name of a member cluster");
                self.tenants(VALUE, "the label of its namespaces");
                self.levels();
                self.workloads();
            }
            To::Ocm => {
                self.clusters(
                    Rule { fits: |it| is_dns_label(it) && is_value(it), ..LABEL },
                    "the label of a managed cluster",
                );
                self.tenants(VALUE, "the label of its namespaces");
                self.levels();
            }
            To::ClusterApi => {
                self.clusters(LABEL, "the name of a Cluster");
                self.classes();
            }
        }
        let omitted = self.problems.len().saturating_sub(REPORTED);
        self.problems.truncate(REPORTED);
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(Error::Fleet(FleetError { problems: self.problems, omitted }))
    }

    fn look(&mut self, rule: Rule, path: String, name: &str, use_: &str) {
        if !(rule.fits)(name) {
            let message = format!("this name cannot be {use_}, and no other is made of it");
            let problem = InputProblem::new("unfit-name", path, message).with_got(format!("{name:?}"));
            self.problems.push(problem.with_expected(rule.expected));
        }
    }

    fn clusters(&mut self, rule: Rule, use_: &str) {
        let rows: BTreeMap<&str, usize> = (self.ground.fleet.document().existing_clusters.iter().enumerate())
            .map(|(row, it)| (it.name.as_str(), row))
            .collect();
        for cluster in &self.ground.clusters {
            let row = rows.get(cluster.name());
            // the name of a new cluster stands in the plan alone
            let path = row.map_or_else(String::new, |row| format!("existingClusters[{row}].name"));
            self.look(rule, path, cluster.name(), use_);
        }
    }

    fn tenants(&mut self, rule: Rule, use_: &str) {
        for tenant in 0..self.ground.fleet.tenants().len() {
            let name = &self.ground.fleet.tenants()[tenant].name;
            let path = format!("{}.name", self.paths.tenant(tenant));
            self.look(rule, path, name, use_);
        }
    }

    fn reserved(&mut self, names: &[&str]) {
        for tenant in 0..self.ground.fleet.tenants().len() {
            let name = &self.ground.fleet.tenants()[tenant].name;
            if names.iter().any(|it| name == it) {
                let message = "a project of this name is there already, and is not a tenant's";
                let path = format!("{}.name", self.paths.tenant(tenant));
                self.problems
                    .push(InputProblem::new("unfit-name", path, message).with_got(format!("{:?}", name.as_str())));
            }
        }
    }

    fn levels(&mut self) {
        for (at, level) in self.ground.fleet.policy().levels.iter().enumerate() {
            self.look(VALUE, format!("policy.levels[{at}].name"), &level.name, "the label of a namespace");
        }
    }

    fn workloads(&mut self) {
        for (workload, it) in self.ground.fleet.workloads().iter().enumerate() {
            if !is_dns_subdomain(&it.name) {
                let path = format!("{}.name", self.paths.workload(workload));
                self.look(SUBDOMAIN, path, &it.name, "the name of a workload in Kubernetes");
            }
        }
    }

    /// The templates of new clusters, and their pools: classes of clusters and machines.
    fn classes(&mut self) {
        let fleet = self.ground.fleet;
        for (at, site) in fleet.sites().iter().enumerate() {
            let Standing::New { template } = site.what else { continue };
            let used = |it: &&super::ground::Cluster| {
                it.planned.existing.is_none() && it.planned.template == fleet.templates()[template].name
            };
            let Some(cluster) = self.ground.clusters.iter().find(used) else { continue };
            let path = self.paths.site(at);
            self.look(LABEL, format!("{path}.name"), &cluster.planned.template, "the name of a cluster class");
            for pool in &cluster.planned.pools {
                self.look(LABEL, format!("{path}.nodePools"), &pool.name, "the name of a class of machines");
            }
        }
        self.problems.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_kubernetes() {
        let long = "a".repeat(64);
        for (text, label, subdomain, value) in [
            ("web", true, true, true),
            ("my.app-1", false, true, true),
            ("Team_A", false, false, true),
            ("-a", false, false, false),
            ("a..b", false, false, true),
            ("", false, false, false),
            ("a b", false, false, false),
            ("ä", false, false, false),
            (long.as_str(), false, true, false),
        ] {
            assert_eq!(
                (is_dns_label(text), is_dns_subdomain(text), is_value(text)),
                (label, subdomain, value),
                "{text}"
            );
        }
    }
}
