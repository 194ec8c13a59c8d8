//! `tenantry.pack`: the problem of operations research without Kubernetes around it.

use pyo3::prelude::*;

use super::planning::seconds;
use super::run::{self, Listener, heard};
use crate::budget::{Objective, Options, Proof, Status};
use crate::engine;
use crate::error::{Error, Result};
use crate::pipeline::certificate;
use crate::problem::Problem;

/// Packs items of `sizes` (and so many `counts` of each) into bins of `capacity`. Gives the certificate document, the
/// status, the lower bound, the proof and whether Ctrl-C cut it short. The time limit counts from `began`.
#[pyfunction]
#[pyo3(signature = (sizes, capacity, counts, conflicts, *, began, time_limit, work_limit, seed, threads, hears=None))]
#[expect(clippy::too_many_arguments, reason = "one a parameter of the Python function")]
pub(super) fn pack(
    py: Python<'_>,
    sizes: Vec<Vec<u64>>,
    capacity: Vec<u64>,
    counts: Vec<u64>,
    conflicts: Vec<(usize, usize)>,
    began: f64,
    time_limit: Option<f64>,
    work_limit: Option<u64>,
    seed: u64,
    threads: Option<usize>,
    hears: Option<Bound<'_, PyAny>>,
) -> PyResult<(String, &'static str, u64, &'static str, bool)> {
    let started = run::began(py, began)?;
    let listener = hears.map(|hears| Listener { hears, since: started });
    let (packed, interrupted) = heard(py, listener.as_ref(), move |switch| {
        let time_limit = time_limit.map(seconds).transpose()?;
        let problem = problem(&sizes, &capacity, &counts, &conflicts)?;
        let time_limit = time_limit.map(|limit| limit.saturating_sub(started.elapsed()));
        let options = Options { time_limit, work_limit, seed, threads, ..Options::default() };
        let (answer, proof) = engine::pack(&problem, &[Objective::Clusters], &options, switch)?;
        let lower = answer.levels.first().map_or(0, |level| level.bound);
        let proof = match proof {
            Proof::Certified => "certified",
            Proof::Claimed => "claimed",
            Proof::None => "none",
        };
        let status = match answer.status {
            Status::Optimal => "optimal",
            Status::Feasible => "feasible",
            Status::Infeasible => "infeasible",
            Status::Unknown => "unknown",
        };
        let document = certificate::document(&problem, answer.solution.as_ref(), &answer.certificate)?;
        Ok((document, status, lower, proof))
    })?;
    let (document, status, lower, proof) = packed?;
    Ok((document, status, lower, proof, interrupted))
}

fn problem(sizes: &[Vec<u64>], capacity: &[u64], counts: &[u64], conflicts: &[(usize, usize)]) -> Result<Problem> {
    let wrong = |message: String| Error::Usage(message);
    let mut builder = Problem::builder(capacity.len());
    builder.bin(capacity);
    // items without a conflict can be told apart by their size alone
    let mut class: Vec<Option<usize>> = vec![None; sizes.len()];
    for &(a, b) in conflicts {
        for end in [a, b] {
            let len = sizes.len();
            let own = class.get_mut(end).ok_or_else(|| wrong(format!("a conflict names item {end} of {len}")))?;
            own.get_or_insert_with(|| builder.class());
        }
    }
    let free = builder.class();
    for (index, size) in sizes.iter().enumerate() {
        if size.len() != capacity.len() {
            let (got, expected) = (size.len(), capacity.len());
            return Err(wrong(format!("item {index} has {got} sizes, the capacity has {expected}")));
        }
        if let Some(at) = size.iter().zip(capacity).position(|(size, capacity)| size > capacity) {
            let (size, capacity) = (size[at], capacity[at]);
            return Err(wrong(format!("item {index} is larger than a bin: {size} of {capacity} in dimension {at}")));
        }
        builder.item(size, counts[index], class[index].unwrap_or(free));
    }
    for &(a, b) in conflicts {
        // both ends were given a class above
        if let (Some(a), Some(b)) = (class[a], class[b]) {
            builder.conflict(a, b);
        }
    }
    builder.build().map_err(|error| wrong(error.to_string()))
}
