//! `tenantry bundle`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::budget::Options;
use crate::error::{Error, Result};
use crate::evidence::{Filed, gather};
use crate::pipeline::{self, PlanOptions, certificate};
use crate::plan::{Plan, PlanStatus};

use super::args::{DateArgs, FleetArgs, RunArgs};
use super::exit::Exit;
use super::load::{self, Loaded, failure, load};
use super::output::OutputArgs;
use super::progress::Progress;
use super::search::search;
use super::{Outcome, input, tell};

const AFTER: &str = "\
Examples:
  tenantry bundle fleet.yaml -o evidence.zip
  tenantry bundle fleet.yaml plan.json proof.json -o evidence.zip
  tenantry check evidence.zip
  python -m tenantry.check evidence.zip

Without a time limit the same fleet gives the same bytes.

Exit codes: 0 the archive is written, 1 no plan exists (and the archive proves it), 2 wrong input, or a plan that is not one of this
fleet, 3 no plan within the limits, 130 interrupted (143 by SIGTERM, 129 by SIGHUP).";

/// File a plan away: fleet, plan, certificate, audit and migration in one archive that anybody can check
///
/// The fleet is planned, or a plan of it is given; either way it is gone through before it is filed. The archive is a ZIP file, the
/// same bytes for the same content, with a manifest of what is in it and what is not. `tenantry check` and `python -m
/// tenantry.check` take it as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct BundleArgs {
    #[command(flatten)]
    fleet: FleetArgs,
    /// A plan of the fleet (JSON); without it the fleet is planned
    #[arg(value_name = "PLAN")]
    plan: Option<PathBuf>,
    /// The certificate of that plan
    #[arg(value_name = "CERTIFICATE")]
    certificate: Option<PathBuf>,
    #[command(flatten)]
    runs: RunArgs,
    #[command(flatten)]
    date: DateArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Plans, if need be, and files the plan; a time limit counts from `started`.
pub(super) fn run(args: &BundleArgs, started: Instant) -> Outcome {
    if args.output.file().is_none() {
        return Err(Error::Usage("an archive is a file: -o evidence.zip".to_owned()).into());
    }
    args.output.format(&[("zip", ())], (), "")?;
    let inputs = [Some(&args.fleet.fleet), args.plan.as_ref(), args.certificate.as_ref()];
    let inputs: Vec<&Path> = inputs.into_iter().flatten().map(PathBuf::as_path).collect();
    args.output.check(&inputs)?;
    let Loaded { fleet, input } = load(&args.fleet)?;
    let given = args.plan.as_deref().map(load::plan).transpose()?;
    let proof = args.certificate.as_deref().map(input::read_exactly).transpose()?;
    let mut solver = args.runs.options();
    let limit = solver.time_limit;
    if !fleet.existing().is_empty() {
        solver.time_limit = limit.map(|limit| limit * 4 / 5); // the rest is for the order of the moves
    }
    let options = PlanOptions { solver, started: Some(started), as_of: args.date.as_of, ..PlanOptions::default() };
    let text = input.text.clone();
    let call = move |progress: &Progress| -> Result<(Vec<u8>, Plan)> {
        let (plan, proof) = match given {
            Some(plan) => (plan, proof.map(|proof| proof.text)),
            None => {
                let planned = pipeline::plan_with_proof(fleet, &options, progress)?;
                let proof = certificate::write(&planned)?;
                (planned.plan, Some(proof))
            }
        };
        let filed = Filed { fleet, source: Some(&text), plan: &plan, certificate: proof.as_deref() };
        let left = limit.map(|limit| limit.saturating_sub(started.elapsed()));
        let limits = Options { time_limit: left, ..options.solver.clone() };
        Ok((gather(filed, &limits, progress)?.write()?, plan))
    };
    let (result, interrupted) = match search(Progress::default(), call).answer() {
        Ok(answer) => answer,
        Err(exit) => return Ok(exit),
    };
    let (bytes, plan) = result.map_err(|error| failure(error, &input))?;
    args.output.write_with(|to| to.write_all(&bytes))?;
    for warning in &plan.warnings {
        tell(&super::problems::warning(&warning.code, &warning.message));
    }
    let exit = match (interrupted, plan.status) {
        (Some(signal), _) => signal.into(),
        (None, PlanStatus::Infeasible) => Exit::No,
        (None, PlanStatus::Unknown) => Exit::Unknown,
        (None, _) => Exit::Success,
    };
    tell(&format!("{}: SHA-256 {}\n", super::plan::in_short(&plan), crate::document::digest(&bytes)));
    Ok(exit)
}
