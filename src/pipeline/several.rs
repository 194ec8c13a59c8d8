//! Splits: who does not know of them refuses them.

use crate::error::{Error, FleetError, InputProblem, Result};
use crate::fleet::Fleet;
use crate::fleet::document::{SplitDocument, WorkloadDocument};

/// Refuses a fleet in which the replicas of some workload lie in several clusters: the first is named. `doing` is what does not
/// know of it.
pub(super) fn refuse(fleet: &Fleet, doing: &str) -> Result<()> {
    let Some(row) = fleet.document().workloads.iter().position(split) else { return Ok(()) };
    let message = format!("{doing} with `split` is not supported yet");
    let problem = InputProblem::new("not-supported-yet", format!("workloads[{row}].split"), message);
    Err(Error::Fleet(FleetError { problems: vec![problem], omitted: 0 }))
}

fn split(row: &WorkloadDocument) -> bool {
    row.split.is_some_and(|split| split != SplitDocument::Anywhere(false))
}
