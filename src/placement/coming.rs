//! May a cluster gain somebody? What stands against it beside the rules of sharing and the nodes, in a few words.

use crate::date::Date;
use crate::fleet::{Closed, Fleet, Standing};

use super::facts;
use super::parts::Parts;

/// Why a workload may not come to a site on that day, whoever is there: the rule.
pub(crate) fn refuses(fleet: &Fleet, workload: usize, site: usize, day: Date) -> Option<&'static str> {
    match facts::closed(fleet, workload, site) {
        Some("is drained") => Some("drain"),
        Some(_) => Some("cordon"),
        None => {
            let it = &fleet.workloads()[workload];
            let new = matches!(fleet.sites()[site].what, Standing::New { .. });
            let shut = || (new && it.sites.binary_search(&site).is_err()).then_some("template");
            let outside = || facts::outside(fleet, workload, site, day).map(|_| "stay");
            fleet.sites()[site].closed(workload, it).map(Closed::id).or_else(shut).or_else(outside)
        }
    }
}

/// What a cluster with these workloads has too much of, by its sums and maximums: the rule. A cluster in which there is too
/// much of anything gains nothing.
pub(crate) fn crowded(fleet: &Fleet, site: usize, workloads: &[usize]) -> Option<String> {
    crowded_parts(fleet, site, workloads, &Parts::default())
}

/// The same with so many replicas of the splits among them.
pub(crate) fn crowded_parts(fleet: &Fleet, site: usize, workloads: &[usize], parts: &Parts) -> Option<String> {
    let shape = fleet.shape(site);
    if !shape.carries {
        return Some("platform".to_owned());
    }
    if let Some(over) = facts::over(fleet, shape, workloads, parts).first() {
        return Some(format!("capacity:{}", fleet.resources()[over.resource]));
    }
    facts::too_many(fleet, shape, workloads).first().map(|(what, ..)| format!("maximum:{what}"))
}
