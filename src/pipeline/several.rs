//! Workloads in several clusters, and rules between clusters of named workloads: who does not know of them refuses them.

use crate::error::{Error, FleetError, InputProblem, Result};
use crate::fleet::document::{CopiesDocument, RunsInDocument, SplitDocument, WorkloadDocument};
use crate::fleet::{Fleet, Presence};

/// Refuses a fleet in which some workload is, or runs, in several clusters, or a rule speaks of more than one cluster: the first
/// of each kind is named. `doing` is what does not know of them.
pub(super) fn refuse(fleet: &Fleet, doing: &str) -> Result<()> {
    let mut problems = Vec::new();
    let mut add = |path: String, what: &str| {
        let message = format!("{doing} with {what} is not supported yet");
        problems.push(InputProblem::new("not-supported-yet", path, message));
    };
    let rows = &fleet.document().workloads;
    let plain = fleet.workloads().iter().all(|it| matches!(it.presence, Presence::One));
    let first = |uses: fn(&WorkloadDocument) -> bool| rows.iter().position(uses).filter(|_| !plain);
    let kinds = [
        ("copies", "`copies`", first(copied)),
        ("split", "`split`", first(split)),
        ("runsIn", "several clusters of one workload", first(spread)),
    ];
    for (key, what, row) in kinds {
        if let Some(row) = row {
            add(format!("workloads[{row}].{key}"), what);
        }
    }
    if !fleet.policy().together_in_region.is_empty() {
        add("policy.together".to_owned(), "groups `in: region`");
    }
    if !fleet.policy().kept_apart.is_empty() {
        add("policy.apart".to_owned(), "`members` that are kept apart");
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Fleet(FleetError { problems, omitted: 0 })) }
}

fn copied(row: &WorkloadDocument) -> bool {
    match row.copies.as_deref() {
        None | Some(CopiesDocument::Exactly(1)) => false,
        Some(CopiesDocument::Exactly(_)) => true,
        Some(CopiesDocument::Parts(it)) => it.count != Some(1),
    }
}

fn split(row: &WorkloadDocument) -> bool {
    row.split.is_some_and(|split| split != SplitDocument::Anywhere(false))
}

fn spread(row: &WorkloadDocument) -> bool {
    match row.runs_in.as_deref() {
        None => false,
        Some(RunsInDocument::Clusters(names)) => names.as_slice().len() > 1,
        Some(RunsInDocument::Replicas(_)) => true,
    }
}
