//! Splits, and rules between clusters of named workloads: who does not know of them refuses them.

use crate::date::Date;
use crate::error::{Error, FleetError, InputProblem, Result};
use crate::fleet::Fleet;
use crate::fleet::document::{SplitDocument, WorkloadDocument};

/// Refuses a fleet in which the replicas of some workload lie in several clusters: the first is named. `doing` is what does not
/// know of it.
pub(super) fn split_by(fleet: &Fleet, doing: &str) -> Result<()> {
    refused(fleet, doing, &[Kind::Split])
}

/// Refuses what no plan obeys yet: splits of no replicas, and splits beside rules of named workloads or a choice of regions.
pub(super) fn unplanned(fleet: &Fleet, day: Date) -> Result<()> {
    let Some(split) = fleet.splits().next() else { return Ok(()) };
    refused(fleet, "planning splits", &[Kind::Rules])?;
    let (message, rather) = if let Some(split) = fleet.splits().find(|&it| fleet.workloads()[it].replicas == 0) {
        let message =
            format!("planning a split of no replicas is not supported yet: {} has none", fleet.identity(split));
        (message, "replicas, or no `split`")
    } else if !fleet.knots(day).is_empty() {
        let message = format!(
            "planning a split beside copies that are fewer than their regions have room for is not supported yet: {}",
            fleet.identity(split)
        );
        (message, "as many copies as regions times those in each, or fewer `regions`")
    } else {
        return Ok(());
    };
    let problem = InputProblem::new("not-supported-yet", "workloads", message).with_expected(rather);
    Err(Error::Fleet(FleetError { problems: vec![problem], omitted: 0 }))
}

#[derive(PartialEq, Eq)]
enum Kind {
    Split,
    Rules,
}

fn refused(fleet: &Fleet, doing: &str, kinds: &[Kind]) -> Result<()> {
    let mut problems = Vec::new();
    let mut add = |path: String, what: &str| {
        let message = format!("{doing} with {what} is not supported yet");
        problems.push(InputProblem::new("not-supported-yet", path, message));
    };
    let rows = &fleet.document().workloads;
    if fleet.is_of_single_clusters() {
        return Ok(());
    }
    if let Some(row) = rows.iter().position(split).filter(|_| kinds.contains(&Kind::Split)) {
        add(format!("workloads[{row}].split"), "`split`");
    }
    if kinds.contains(&Kind::Rules) && !fleet.policy().together_in_region.is_empty() {
        add("policy.together".to_owned(), "groups `in: region`");
    }
    if kinds.contains(&Kind::Rules) && !fleet.policy().kept_apart.is_empty() {
        add("policy.apart".to_owned(), "`members` that are kept apart");
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Fleet(FleetError { problems, omitted: 0 })) }
}

fn split(row: &WorkloadDocument) -> bool {
    row.split.is_some_and(|split| split != SplitDocument::Anywhere(false))
}
