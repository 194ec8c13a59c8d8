//! A fleet without somebody: what names those who are gone goes with them, so that the rest is a fleet again.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::FleetError;
use crate::fleet::Fleet;
use crate::fleet::document::{
    Document, NotDocument, OneOrMany, PolicyDocument, SelectorDocument, ValuesDocument, WorkloadDocument,
};

impl Fleet {
    /// The fleet without the workloads of a tenant but those of every cluster; the tenant stays, as rules may name it. Whatever
    /// names one of the workloads names it no more: a group of which one member is left goes, and so does a waiver of which
    /// a side is nobody.
    ///
    /// # Errors
    /// None that are known: who is gone asks for nothing.
    pub(crate) fn without_tenant(&self, name: &str) -> Result<Self, FleetError> {
        let mut document = self.document().clone();
        let stays =
            |it: &WorkloadDocument| it.tenant != *name || it.per_cluster == Some(true) || it.per_node == Some(true);
        let absent = Absent::new(self, name, stays);
        document.workloads.retain(stays);
        let templates = document.cluster_templates.iter_mut().filter_map(|it| it.admits.as_mut());
        let clusters = document.existing_clusters.iter_mut().filter_map(|it| it.admits.as_mut());
        templates.chain(clusters).for_each(|selector| absent.leave_selector(selector));
        if let Some(policy) = &mut document.policy {
            absent.leave(policy);
        }
        Self::from_document(document)
    }
}

/// Those who are gone, and what nobody but they had.
struct Absent<'f> {
    fleet: &'f Fleet,
    tenant: &'f str,
    workloads: BTreeSet<usize>,
    namespaces: BTreeSet<String>,
    /// By attribute: rules name values that somebody has.
    values: BTreeMap<String, BTreeSet<String>>,
}

impl<'f> Absent<'f> {
    fn new(fleet: &'f Fleet, tenant: &'f str, stays: impl Fn(&WorkloadDocument) -> bool) -> Self {
        let document = fleet.document();
        let mut absent =
            Self { fleet, tenant, workloads: BTreeSet::new(), namespaces: BTreeSet::new(), values: BTreeMap::new() };
        for (at, row) in fleet.workload_rows().into_iter().zip(&document.workloads) {
            if let Some(at) = at.filter(|_| !stays(row)) {
                absent.workloads.insert(at);
                absent.namespaces.insert(fleet.workloads()[at].namespace.to_string());
                for (attribute, value) in row.attributes.iter() {
                    absent.values.entry(attribute.to_string()).or_default().insert(value.to_string());
                }
            }
        }
        for (_, it) in fleet.workloads().iter().enumerate().filter(|(at, _)| !absent.workloads.contains(at)) {
            absent.namespaces.remove(it.namespace.as_str());
        }
        absent.forget_kept_values(document, stays);
        absent
    }

    /// Values that tenants or others have too, or that are declared, are still known.
    fn forget_kept_values(&mut self, document: &Document, stays: impl Fn(&WorkloadDocument) -> bool) {
        let mut keep = |attribute: &str, value: &str| {
            if let Some(values) = self.values.get_mut(attribute) {
                values.remove(value);
            }
        };
        for it in &document.tenants {
            it.attributes.iter().for_each(|(attribute, value)| keep(attribute, value));
        }
        for it in document.workloads.iter().filter(|it| stays(it)) {
            it.attributes.iter().for_each(|(attribute, value)| keep(attribute, value));
        }
        for attribute in &self.fleet.policy().attributes {
            let declared = document.policy.as_ref().and_then(|it| it.attributes.get(attribute.name.as_str()));
            if let Some(declared) = declared {
                declared.names().into_iter().for_each(|value| keep(&attribute.name, value));
            }
        }
    }

    fn is_gone(&self, workload: &str) -> bool {
        self.fleet.find(workload).is_ok_and(|it| self.workloads.contains(&it))
    }

    fn leave(&self, policy: &mut PolicyDocument) {
        // of the sides as they were read: a valid fleet has each where it is written
        let waivers = &self.fleet.policy().waivers;
        let left = |side: &crate::fleet::Selector| {
            let mut others = self.fleet.workloads().iter().enumerate().filter(|(at, _)| !self.workloads.contains(at));
            others.any(|(at, it)| side.matches(at, it))
        };
        let somebody: Vec<bool> = waivers.iter().map(|waiver| waiver.between.iter().all(left)).collect();
        let mut row = 0;
        policy.waivers.retain(|_| {
            row += 1;
            somebody.get(row - 1).copied().unwrap_or(true)
        });
        policy.apart.retain_mut(|it| self.leave_members(it.members.as_mut()));
        policy.together.retain_mut(|it| self.leave_members(it.members.as_mut()));
        let distrust = policy.distrust.iter_mut().flat_map(|it| [&mut it.subject, &mut it.neighbour]);
        let together = policy.together.iter_mut().filter_map(|it| it.where_.as_mut());
        let waivers = policy.waivers.iter_mut().flat_map(|it| &mut it.between);
        distrust.chain(together).chain(waivers).for_each(|selector| self.leave_selector(selector));
    }

    /// Whether there is still a group.
    fn leave_members(&self, members: Option<&mut Vec<String>>) -> bool {
        let Some(members) = members else { return true };
        members.retain(|it| !self.is_gone(it));
        members.len() > 1
    }

    /// Takes out what nobody has any more. Where nothing else was asked for, nobody is meant: as the tenant has no workloads,
    /// its name says that.
    fn leave_selector(&self, selector: &mut SelectorDocument) {
        let SelectorDocument::Keys(keys) = selector else { return };
        let mut nobody = false;
        keys.retain(|key, values| {
            let is_gone = |value: &String| match key.as_str() {
                "workload" => self.is_gone(value),
                "namespace" => self.namespaces.contains(value),
                "tenant" | "trust" => false,
                attribute => self.values.get(attribute).is_some_and(|values| values.contains(value)),
            };
            let (ValuesDocument::In(list) | ValuesDocument::Not(NotDocument { not: list })) = &mut *values;
            if !list.as_slice().iter().any(is_gone) {
                return true;
            }
            let left: Vec<String> = list.as_slice().iter().filter(|value| !is_gone(value)).cloned().collect();
            let any = !left.is_empty();
            *list = OneOrMany::Many(left);
            nobody |= !any && matches!(values, ValuesDocument::In(_));
            any
        });
        if nobody {
            *selector = SelectorDocument::key("tenant", self.tenant);
        } else if keys.is_empty() {
            *selector = SelectorDocument::all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
schema: tenantry/v1
policy:
  attributes: {unit: any, stage: [live, test]}
  distrust:
    - {id: listed, subject: {workload: [a/web, b/web]}, neighbour: {workload: a/api}}
    - {id: but, subject: {tenant: c}, neighbour: {workload: {not: a/web}}}
    - {id: rooms, subject: {namespace: rooms}, neighbour: {unit: ['x', 'y'], stage: live}}
  apart:
    - {id: two, members: [a/web, b/web], by: cluster}
    - {id: three, members: [a/web, b/web, c/web], by: cluster}
  together:
    - {id: pair, members: [a/api, b/api]}
    - {id: trio, members: [a/api, b/api, c/api]}
  waivers:
    - {id: gone, between: [{tenant: a}, {tenant: c}], waives: ['distrust:listed'], approvedBy: us, expires: '2999-01-01', reason: so}
    - {id: kept, between: [{workload: [a/web, b/web]}, {tenant: c}], waives: ['distrust:but'], approvedBy: us, expires: '2999-01-01', reason: so}
tenants: [{name: a, trust: trusted}, {name: b, trust: trusted}, {name: c, trust: trusted}]
workloads:
  - {name: web, tenant: a, namespace: rooms, attributes: {unit: 'x', stage: live}, requests: {cpu: 1, memory: 1Gi}}
  - {name: api, tenant: a, attributes: {unit: 'y'}, requests: {cpu: 1, memory: 1Gi}}
  - {name: web, tenant: b, attributes: {unit: 'y'}, requests: {cpu: 1, memory: 1Gi}}
  - {name: api, tenant: b, requests: {cpu: 1, memory: 1Gi}}
  - {name: web, tenant: c, requests: {cpu: 1, memory: 1Gi}}
  - {name: api, tenant: c, requests: {cpu: 1, memory: 1Gi}}
clusterTemplates:
  - {name: t, allocatable: {cpu: 8, memory: 64Gi}, admits: {workload: {not: a/web}}}
  - {name: u, allocatable: {cpu: 8, memory: 64Gi}}
";

    #[test]
    fn what_names_the_absent_names_them_no_more() {
        let fleet = Fleet::from_yaml(TEXT).unwrap();
        let rest = fleet.without_tenant("a").unwrap();
        let policy = rest.document().policy.as_ref().unwrap();
        let ids = |ids: Vec<&str>| ids.join(" ");
        assert_eq!(ids(policy.apart.iter().filter_map(|it| it.id.as_deref()).collect()), "three");
        assert_eq!(ids(policy.together.iter().map(|it| it.id.as_str()).collect()), "trio");
        assert_eq!(ids(policy.waivers.iter().map(|it| it.id.as_str()).collect()), "kept");
        let selectors: Vec<String> =
            rest.document().selectors().map(|(_, it)| serde_json::to_string(it).unwrap()).collect();
        let expected = [
            r#"{"workload":["b/web"]}"#,
            r#"{"tenant":"a"}"#, // nobody
            r#"{"tenant":"c"}"#,
            r#"{"all":true}"#,
            r#"{"tenant":"a"}"#,
            r#"{"stage":"live","unit":["y"]}"#,
            r#"{"workload":["b/web"]}"#,
            r#"{"tenant":"c"}"#,
            r#"{"all":true}"#,
        ];
        assert_eq!(selectors, expected);
        // whoever goes, the rest is a fleet
        for name in ["b", "c"] {
            assert_eq!(fleet.without_tenant(name).unwrap().workloads().len(), 4, "{name}");
        }
    }
}
