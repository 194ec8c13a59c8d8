//! Where the parts of a fleet stand in its document.

use std::collections::BTreeMap;

use super::{Fleet, LimitOf, RuleId, Standing};

/// The rows of the document that tenants, workloads, templates, clusters and regions come from.
pub(crate) struct Paths<'f> {
    fleet: &'f Fleet,
    tenants: BTreeMap<&'f str, usize>,
    /// By workload of the fleet.
    workloads: Vec<Option<usize>>,
}

impl<'f> Paths<'f> {
    /// Looks them up. Complexity: linear in the document but for sorting.
    pub fn new(fleet: &'f Fleet) -> Self {
        let document = fleet.document();
        let tenants = document.tenants.iter().enumerate().map(|(row, it)| (it.name.as_str(), row)).collect();
        let mut workloads = vec![None; fleet.workloads().len()];
        for (row, workload) in fleet.workload_rows().into_iter().enumerate() {
            if let Some(workload) = workload {
                workloads[workload] = Some(row);
            }
        }
        Self { fleet, tenants, workloads }
    }

    /// A workload, by its index.
    pub fn workload(&self, workload: usize) -> String {
        self.workloads[workload].map_or_else(String::new, |row| format!("workloads[{row}]"))
    }

    /// The wish by which a workload must be somewhere, if that is its own: its pin, or what has it stay; else the workload.
    pub fn held(&self, workload: usize, pinned: bool) -> String {
        let row = self.workloads[workload].and_then(|row| self.fleet.document().workloads.get(row));
        let key = match row {
            Some(row) if pinned && row.pin.is_some() => ".pin",
            Some(row) if row.stay.is_some() => ".stay",
            Some(row) if row.stateful == Some(true) => ".stateful",
            _ => "", // its tenant's
        };
        self.workload(workload) + key
    }

    /// A tenant, by its index.
    pub fn tenant(&self, tenant: usize) -> String {
        let row = self.tenants.get(self.fleet.tenants()[tenant].name.as_str());
        row.map_or_else(String::new, |row| format!("tenants[{row}]"))
    }

    /// The template or the existing cluster of a site.
    pub fn site(&self, site: usize) -> String {
        let document = self.fleet.document();
        let row = |list: &str, row: Option<usize>| row.map_or_else(String::new, |row| format!("{list}[{row}]"));
        match self.fleet.sites()[site].what {
            Standing::New { template } => {
                let name = &self.fleet.templates()[template].name;
                row("clusterTemplates", document.cluster_templates.iter().position(|it| it.name == *name))
            }
            Standing::Existing { cluster } => {
                let name = &self.fleet.existing()[cluster].name;
                row("existingClusters", document.existing_clusters.iter().position(|it| it.name == *name))
            }
        }
    }

    /// What limits a number of clusters: its key, whose it is, and where it stands.
    pub fn limit(&self, of: LimitOf) -> (String, String) {
        let document = self.fleet.document();
        let (list, row, key, name) = match of {
            LimitOf::Template(template) => {
                let name = &self.fleet.templates()[template].name;
                let row = document.cluster_templates.iter().position(|it| it.name == *name);
                ("clusterTemplates", row, "maxCount", name.as_str())
            }
            LimitOf::Region(region) => {
                let name = &self.fleet.regions()[region].name;
                ("regions", document.regions.iter().position(|it| it.name == *name), "maxClusters", name.as_str())
            }
        };
        (format!("{key}:{name}"), row.map_or_else(String::new, |row| format!("{list}[{row}].{key}")))
    }

    /// A rule; empty where it is built in, or stands with tenants and workloads: then where the list of `u`'s or `v`'s tenant that
    /// separates these two does.
    pub fn rule(&self, rule: RuleId, (u, v): (usize, usize)) -> String {
        let fleet = self.fleet;
        let policy = fleet.policy();
        let document = fleet.document().policy.as_ref();
        let row = |list: &str, row: Option<usize>| row.map_or_else(String::new, |row| format!("policy.{list}[{row}]"));
        let Some(written) = document else { return self.distrusts(rule, (u, v)) };
        match rule {
            RuleId::Level | RuleId::Sharing => {
                written.levels.as_ref().map_or_else(String::new, |_| "policy.levels".to_owned())
            }
            RuleId::Separate(index) => {
                let name = &policy.attributes[policy.separate[index].attribute].name;
                row("separate", written.separate.iter().position(|it| it.by == *name))
            }
            RuleId::Distrust(index) => {
                row("distrust", written.distrust.iter().position(|it| it.id == policy.distrust[index].id))
            }
            RuleId::KeptApart(index) => {
                let id = &policy.kept_apart[index].id;
                row("apart", written.apart.iter().position(|it| it.id.as_ref() == Some(id)))
            }
            RuleId::Apart(index) => {
                let name = &policy.attributes[policy.apart[index].attribute].name;
                row("apart", written.apart.iter().position(|it| it.is_of_an_attribute() && it.by == *name))
            }
            RuleId::Distrusts => self.distrusts(rule, (u, v)),
        }
    }

    fn distrusts(&self, rule: RuleId, (u, v): (usize, usize)) -> String {
        let tenant = |workload: usize| self.fleet.workloads()[workload].tenant;
        let of = [(u, v), (v, u)].into_iter().find(|&(one, other)| {
            rule == RuleId::Distrusts && self.fleet.tenants()[tenant(one)].distrusts.contains(&tenant(other))
        });
        of.map_or_else(String::new, |(one, _)| format!("{}.distrusts", self.tenant(tenant(one))))
    }
}
