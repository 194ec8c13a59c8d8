//! Levers that say who trusts whom, or how many clusters a template may have, and nothing else, pulled in a fleet that has been
//! read: of the many fleets that questions about levers change and solve, most differ in these alone, and to read each anew takes
//! as long as to solve it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Act, Lever, Whose};
use crate::compact::Shared;
use crate::error::FleetError;
use crate::fleet::document::{Document, SeparateDocument};
use crate::fleet::policy::{Policy, RuleId};
use crate::fleet::resolve::{Owner, stances};
use crate::fleet::sharing::Sharing;
use crate::fleet::{Fleet, LimitOf, Tenant, Workload};

impl Fleet {
    /// Whether a lever of this fleet says who trusts whom, or how many clusters a template may have, and nothing else.
    pub(crate) fn is_light(&self, lever: &Lever) -> bool {
        match lever.act {
            Act::Floor(_) | Act::Sharing(_) | Act::Distrust(_) | Act::Distrusts(_) | Act::MaxCount(_) => true,
            // a class of what has no value is one more of its attribute
            Act::Separate(row) => separate(self.document()).get(row).is_some_and(|rule| rule.missing.is_none()),
            Act::Classes(..)
            | Act::Apart(_)
            | Act::Together(_)
            | Act::Namespaces(_)
            | Act::Residency(_)
            | Act::Pin(_)
            | Act::Stay(_)
            | Act::Copies(_)
            | Act::MaxClusters(_)
            | Act::Maximum(..)
            | Act::Headroom(..) => false,
        }
    }

    /// Whether a lever that is light changes what is known of the workloads, and not only of rules, tenants and templates.
    pub(crate) fn is_of_workloads(&self, lever: &Lever) -> bool {
        matches!(lever.act, Act::Floor(_) | Act::Sharing(_) | Act::Separate(_))
    }

    /// The fleet with these levers pulled, to be solved and no more: what [`without`](Self::without) makes of it, but that the
    /// document, the warnings and the digest may be those of before.
    ///
    /// # Errors
    /// As [`without`](Self::without).
    pub(crate) fn to_solve_without(&self, levers: &[Lever]) -> Result<Self, FleetError> {
        if levers.iter().all(|lever| self.is_light(lever)) { Ok(self.lightly(levers)) } else { self.without(levers) }
    }

    /// The same of levers that are all light.
    fn lightly(&self, levers: &[Lever]) -> Self {
        let mut fleet = self.clone();
        let mut gone = Gone::default();
        for lever in levers {
            match lever.act {
                Act::Floor(whose) => _ = gone.floors.insert(whose),
                Act::Sharing(whose) => _ = gone.sharings.insert(whose),
                Act::Separate(row) => _ = gone.separate.insert(row),
                Act::Distrust(row) => _ = gone.distrust.insert(row),
                Act::Distrusts(row) => {
                    let name = &self.document().tenants[row].name;
                    let tenants: &mut Vec<Tenant> = Arc::make_mut(&mut fleet.tenants);
                    tenants.iter_mut().filter(|it| it.name == *name).for_each(|it| it.distrusts.clear());
                }
                Act::MaxCount(row) => fleet.cap(row, None),
                _ => {} // no light one
            }
        }
        gone.leave(&mut fleet.policy);
        if !gone.separate.is_empty() {
            let mut lists = Shared::default();
            for workload in Arc::make_mut(&mut fleet.workloads) {
                let classes = workload.separation_classes.iter().enumerate();
                let kept: Vec<Option<usize>> =
                    classes.filter(|(row, _)| !gone.separate.contains(row)).map(|(_, &class)| class).collect();
                workload.separation_classes = lists.share(&kept);
            }
        }
        if !gone.floors.is_empty() || !gone.sharings.is_empty() {
            let workloads: &mut Vec<Workload> = Arc::make_mut(&mut fleet.workloads);
            gone.open(self.document(), &fleet.policy, &self.rows, workloads);
        }
        fleet
    }

    /// Lets a template, by its row of the document, have so many clusters.
    pub(super) fn cap(&mut self, row: usize, most: Option<u64>) {
        let name = &self.document.cluster_templates[row].name;
        let Some(template) = self.templates.iter().position(|it| it.name == *name) else { return };
        self.templates[template].max_count = most;
        self.limits.retain(|limit| limit.of != LimitOf::Template(template) || most.is_some());
        let ours = self.limits.iter_mut().filter(|limit| limit.of == LimitOf::Template(template));
        ours.for_each(|limit| limit.most = most.unwrap_or(limit.most));
    }
}

fn separate(document: &Document) -> &[SeparateDocument] {
    document.policy.as_ref().map_or(&[], |policy| &policy.separate)
}

/// What is pulled.
#[derive(Default)]
struct Gone {
    floors: BTreeSet<Whose>,
    sharings: BTreeSet<Whose>,
    separate: BTreeSet<usize>,
    distrust: BTreeSet<usize>,
}

impl Gone {
    /// Takes it out of a policy, and what waivers say of it.
    fn leave(&self, policy: &mut Policy) {
        for (rank, level) in policy.levels.iter_mut().enumerate() {
            if self.floors.contains(&Whose::Level(rank)) {
                level.accepts = 0;
            }
            if self.sharings.contains(&Whose::Level(rank)) {
                level.sharing = Sharing::Level;
            }
        }
        let place = |gone: &BTreeSet<usize>, row: usize| {
            let before = gone.range(..row).count();
            (!gone.contains(&row)).then_some(row - before)
        };
        for waiver in &mut policy.waivers {
            let left = waiver.waives.iter().filter_map(|&rule| match rule {
                RuleId::Separate(row) => place(&self.separate, row).map(RuleId::Separate),
                RuleId::Distrust(row) => place(&self.distrust, row).map(RuleId::Distrust),
                other => Some(other),
            });
            waiver.waives = left.collect();
        }
        policy.waivers.retain(|waiver| !waiver.waives.is_empty());
        super::pull::keep(&mut policy.separate, &self.separate);
        super::pull::keep(&mut policy.distrust, &self.distrust);
    }

    /// Gives every workload the stance that it has then.
    fn open(&self, document: &Document, policy: &Policy, rows: &[usize], workloads: &mut [Workload]) {
        let stances = stances(document, policy.levels.clone(), |owner| {
            let (whose, sharing, accepts) = match owner {
                Owner::Tenant(row, it) => (Whose::Tenant(row), it.sharing.as_deref(), it.accepts.as_deref()),
                Owner::Workload(row, it) => (Whose::Workload(row), it.sharing.as_deref(), it.accepts.as_deref()),
            };
            [sharing.filter(|_| !self.sharings.contains(&whose)), accepts.filter(|_| !self.floors.contains(&whose))]
        });
        for (workload, &row) in workloads.iter_mut().zip(rows) {
            (workload.sharing, workload.accepts) = stances[row];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::LeverKind;
    use crate::problem::random::Random;

    /// Whatever says who trusts whom: levels, stances of tenants and workloads over them, separations with and without a class
    /// of what has no value, distrust, lists, and waivers of one rule and of several. Rows out of their order.
    const TEXT: &str = "
schema: tenantry/v1
policy:
  attributes: {stage: {live: [prod], trial: [dev, test]}, buyer: any, unit: any}
  separate:
    - {by: unit}
    - {by: buyer, missing: {class: own, tenants: [shop, bank, plug]}}
    - {by: stage}
  distrust:
    - {id: pci, subject: {tenant: bank}, neighbour: {tenant: {not: bank}}}
    - {id: out, subject: {trust: trusted}, neighbour: {trust: untrusted}}
    - {id: live, subject: {stage: live}, neighbour: {stage: {not: live}}}
  waivers:
    - {id: one, between: [{tenant: bank}, {tenant: shop}], waives: ['distrust:pci'], approvedBy: us, expires: '2999-01-01', reason: once}
    - {id: many, between: [{tenant: plug}, {tenant: shop}], waives: [level, 'separate:stage', 'distrust:live', distrusts], approvedBy: us, expires: '2999-01-01', reason: twice}
    - {id: two, between: [{unit: one}, {unit: two}], waives: ['separate:unit', 'separate:stage'], approvedBy: us, expires: '2999-01-01', reason: so}
tenants:
  - {name: shop, trust: trusted, attributes: {stage: prod, unit: two}, distrusts: [plug, bank]}
  - {name: plug, trust: untrusted, accepts: trusted, attributes: {stage: test, buyer: a, unit: one}}
  - {name: bank, trust: trusted, sharing: tenant, attributes: {stage: prod, unit: one}, distrusts: [plug]}
workloads:
  - {name: web, tenant: shop, trust: untrusted, requests: {cpu: 1, memory: 1Gi}}
  - {name: cart, tenant: shop, sharing: workload, namespace: one, attributes: {buyer: b}, requests: {cpu: 1, memory: 1Gi}}
  - {name: run, tenant: plug, requests: {cpu: 1, memory: 1Gi}}
  - {name: desk, tenant: bank, trust: untrusted, accepts: trusted, requests: {cpu: 1, memory: 1Gi}}
  - {name: beam, tenant: shop, requests: {cpu: 2, memory: 1Gi}}
clusterTemplates:
  - {name: t, allocatable: {cpu: 8, memory: 64Gi}, headroom: 20%, maxCount: 9}
";
    const LEVELS: &str = "
  levels:
    - {name: hostile, sharing: workload, accepts: hostile}
    - {name: untrusted, sharing: tenant, accepts: hostile, reason: strangers}
    - {name: trusted, sharing: tenant, accepts: untrusted}
";

    /// All of a fleet that a solve can see, in words.
    fn seen(fleet: &Fleet, of: &Fleet) -> String {
        let it = Fleet {
            document: Arc::clone(&of.document),
            warnings: of.warnings.clone(),
            digest: of.digest.clone(),
            ..fleet.clone()
        };
        format!("{it:?}")
    }

    #[test]
    fn what_is_changed_is_what_would_be_read() {
        let built_in = Fleet::from_yaml(TEXT).unwrap();
        let listed = Fleet::from_yaml(&TEXT.replace("policy:", &format!("policy:{}", LEVELS.trim_end()))).unwrap();
        let mut draw = Random::new(1);
        for (fleet, count) in [(built_in, 16), (listed, 16)] {
            let light: Vec<Lever> = fleet.levers().into_iter().filter(|it| fleet.is_light(it)).collect();
            assert_eq!(light.len(), count, "{light:?}");
            let heavy = fleet.levers().into_iter().find(|it| it.kind == LeverKind::Headroom).unwrap();
            for round in 0..400 {
                let share = [100, 300, 700, 1000][round % 4];
                let some: Vec<Lever> = light.iter().filter(|_| draw.chance(share)).cloned().collect();
                let read = fleet.without(&some).unwrap();
                assert_eq!(seen(&fleet.to_solve_without(&some).unwrap(), &read), seen(&read, &read), "{some:?}");
                // what changes workloads first
                let (whole, rules): (Vec<Lever>, Vec<Lever>) =
                    some.iter().cloned().partition(|it| fleet.is_of_workloads(it));
                let first = fleet.to_solve_without(&whole).unwrap();
                assert_eq!(seen(&first.to_solve_without(&rules).unwrap(), &read), seen(&read, &read), "{some:?}");
                // after what is read anew
                let all: Vec<Lever> = some.iter().chain([&heavy]).cloned().collect();
                let (first, read) =
                    (fleet.without(std::slice::from_ref(&heavy)).unwrap(), fleet.without(&all).unwrap());
                assert_eq!(seen(&first.to_solve_without(&some).unwrap(), &read), seen(&read, &read), "{some:?}");
                assert!(!fleet.is_light(&heavy));
            }
        }
    }
}
