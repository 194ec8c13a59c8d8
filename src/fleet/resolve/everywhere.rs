//! Per-cluster workloads are exempt from every reason: a warning where somebody would refuse one.

use std::collections::BTreeMap;

use super::slips::some;
use crate::fleet::policy::Selector;
use crate::fleet::problems::quoted;
use crate::fleet::workload::Workload;
use crate::fleet::{Fleet, Warning};

/// Who would refuse a per-cluster workload, or whom it would, if it were not exempt: a warning for all those of which the
/// same is true. Linear in the workloads for each per-cluster workload and rule.
pub(super) fn unwelcome(fleet: &Fleet) -> Vec<Warning> {
    let mut found: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    for (index, workload) in fleet.workloads().iter().enumerate().filter(|(_, workload)| workload.per_cluster) {
        let refusals = refusals(fleet, index, workload);
        if !refusals.is_empty() {
            found.entry(refusals).or_default().push(quoted(&fleet.identity(index)));
        }
    }
    let warning = |(refusals, workloads): (Vec<String>, Vec<String>)| Warning {
        code: "per-cluster-refused",
        message: format!(
            "{} {} in every cluster, exempt from every reason, although {}",
            some(&workloads),
            if workloads.len() == 1 { "runs" } else { "run" },
            some(&refusals)
        ),
    };
    found.into_iter().map(warning).collect()
}

/// What each kind of rule would have to say, and an example.
fn refusals(fleet: &Fleet, index: usize, workload: &Workload) -> Vec<String> {
    let policy = fleet.policy();
    let name = |tenant: usize| quoted(&fleet.tenants()[tenant].name);
    let placed = || fleet.workloads().iter().enumerate().filter(|(_, other)| !other.per_cluster);
    let mut found = Vec::new();
    for (tenant, other) in fleet.tenants().iter().enumerate() {
        if other.distrusts.contains(&workload.tenant) {
            found.push(format!("the tenant {} distrusts {}", name(tenant), name(workload.tenant)));
        } else if fleet.tenants()[workload.tenant].distrusts.contains(&tenant) {
            found.push(format!("its tenant {} distrusts {}", name(workload.tenant), name(tenant)));
        }
    }
    // As if it were not exempt: selectors pass over per-cluster workloads.
    let subject_to_rules = Workload { per_cluster: false, ..workload.clone() };
    // A value that it lacks is no value other than the one named: it is exempt from having one.
    let stated = |selector: &Selector| selector.attributes.iter().all(|(at, _)| workload.attributes[*at].is_some());
    let selects = |selector: &Selector| stated(selector) && selector.matches(index, &subject_to_rules);
    for rule in &policy.distrust {
        let other_side = |mine: &Selector, theirs: &Selector| {
            selects(mine).then(|| {
                placed().find(|&(at, other)| {
                    theirs.matches(at, other) && !(rule.neighbour.other_tenant && other.tenant == workload.tenant)
                })
            })
        };
        let refused = other_side(&rule.neighbour, &rule.subject).flatten();
        let refuses = || other_side(&rule.subject, &rule.neighbour).flatten();
        if let Some((other, _)) = refused {
            found.push(format!("{} refuses it by the rule {}", quoted(&fleet.identity(other)), quoted(&rule.id)));
        } else if let Some((other, _)) = refuses() {
            found.push(format!("it refuses {} by the rule {}", quoted(&fleet.identity(other)), quoted(&rule.id)));
        }
    }
    if let Some((other, refusing)) = placed().find(|(_, other)| other.accepts > workload.trust) {
        let level = |rank: usize| quoted(&policy.levels[rank].name);
        found.push(format!(
            "it is {}, and {} accepts neighbours from {} upwards",
            level(workload.trust),
            quoted(&fleet.identity(other)),
            level(refusing.accepts)
        ));
    }
    for (at, separation) in policy.separate.iter().enumerate() {
        let attribute = separation.attribute;
        let Some(class) = workload.attributes[attribute] else { continue };
        if let Some((other, theirs)) = placed().find(|(_, other)| other.separation_classes[at] != Some(class)) {
            let declared = &policy.attributes[attribute];
            let called =
                |class: Option<usize>| class.map_or_else(String::new, |class| quoted(&declared.classes[class]));
            found.push(format!(
                "its {} is {}, and that of {} is {}",
                quoted(&declared.name),
                called(Some(class)),
                quoted(&fleet.identity(other)),
                called(theirs.separation_classes[at])
            ));
        }
    }
    found
}
