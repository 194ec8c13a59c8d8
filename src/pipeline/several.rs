//! Splits, and rules between clusters of named workloads: who does not know of them refuses them.

use crate::error::{Error, FleetError, InputProblem, Result};
use crate::fleet::Fleet;
use crate::fleet::document::{SplitDocument, WorkloadDocument};

/// Refuses a fleet in which the replicas of some workload lie in several clusters, or a rule speaks of more than one cluster:
/// the first of each kind is named. Copies are known. `doing` is what does not know of the others.
pub(super) fn refuse(fleet: &Fleet, doing: &str) -> Result<()> {
    let mut problems = Vec::new();
    let mut add = |path: String, what: &str| {
        let message = format!("{doing} with {what} is not supported yet");
        problems.push(InputProblem::new("not-supported-yet", path, message));
    };
    let rows = &fleet.document().workloads;
    if fleet.is_of_single_clusters() {
        return Ok(());
    }
    if let Some(row) = rows.iter().position(split) {
        add(format!("workloads[{row}].split"), "`split`");
    }
    if !fleet.policy().together_in_region.is_empty() {
        add("policy.together".to_owned(), "groups `in: region`");
    }
    if !fleet.policy().kept_apart.is_empty() {
        add("policy.apart".to_owned(), "`members` that are kept apart");
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Fleet(FleetError { problems, omitted: 0 })) }
}

fn split(row: &WorkloadDocument) -> bool {
    row.split.is_some_and(|split| split != SplitDocument::Anywhere(false))
}
