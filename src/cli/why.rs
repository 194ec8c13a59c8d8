//! `tenantry why`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::budget::Options;
use crate::certify::file::Document;
use crate::error::Error;
use crate::export;
use crate::pipeline::{self, PlanOptions, certificate};
use crate::plan::PlanStatus;
use crate::report::Why;

use super::args::{AnswerArgs, FleetArgs};
use super::exit::Exit;
use super::load::{self, Loaded, load, named};
use super::progress::Progress;
use super::search::search;
use super::{Outcome, input};

const AFTER: &str = "\
Examples:
  tenantry why fleet.yaml
  tenantry why fleet.yaml --depth 3
  tenantry why fleet.yaml plan.json proof.json
  tenantry why fleet.yaml --format json -o why.json

Ctrl-C (or SIGTERM) stops the planning and says why of what is proved so far; a second Ctrl-C gives up.

Exit codes: 0 an answer, 1 no plan exists (and why), 2 wrong input, 3 nothing is known within the limits, 130 interrupted
(143 by SIGTERM, 129 by SIGHUP).";

/// Say why there cannot be fewer clusters, or why there is no plan: the argument, down to workloads, rules and numbers
///
/// The fleet is planned, and what proves its bound is told: sets of workloads that share with nobody outside, workloads of
/// which no two may share, resources that run out, weights. What is no argument but a search is said in the last line.
/// Of a plan that is given the bound is told as its certificate proves it, once both are gone through; without a certificate as planning
/// the fleet again, as the plan says, proves it.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct WhyArgs {
    #[command(flatten)]
    fleet: FleetArgs,
    /// A plan of the fleet (JSON): explain this one
    #[arg(value_name = "PLAN")]
    plan: Option<PathBuf>,
    /// The certificate of that plan
    #[arg(value_name = "CERTIFICATE")]
    certificate: Option<PathBuf>,
    /// How much is told: 1 the facts alone, 2 who and which rules, 3 every name and every pair
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=3))]
    depth: u8,
    #[command(flatten)]
    answer: AnswerArgs<Format>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// The document, tenantry-why/v1, everything in it
    Json,
    /// A page of its own
    Html,
}

/// Plans and says why; a time limit counts from `started`.
pub(super) fn run(args: &WhyArgs, started: Instant) -> Outcome {
    let format = args.answer.output.shown(args.answer.format, [Format::Text, Format::Json, Format::Html])?;
    let inputs = [Some(&args.fleet.fleet), args.plan.as_ref(), args.certificate.as_ref()];
    let inputs: Vec<&Path> = inputs.into_iter().flatten().map(PathBuf::as_path).collect();
    args.answer.output.check(&inputs)?;
    if args.plan.is_some() && args.answer.date.as_of.is_some() {
        return Err(Error::Usage("--as-of goes with a fleet that is planned: a plan has its own day".to_owned()).into());
    }
    let solver = args.answer.runs.options();
    let options =
        PlanOptions { solver, started: Some(started), as_of: args.answer.date.as_of, ..PlanOptions::default() };
    let Loaded { fleet, input } = load(&args.fleet)?;
    let plan = args.plan.as_deref().map(load::plan).transpose()?;
    let proof = args.certificate.as_deref().map(certificate_of).transpose()?;
    let (text, json, depth) = (input.text.clone(), input.is_json(), args.depth);
    let call = move |progress: &Progress| {
        let mut why = match &plan {
            Some(plan) => {
                let left = options.solver.time_limit.map(|limit| limit.saturating_sub(started.elapsed()));
                let limits = Options { time_limit: left, ..options.solver.clone() };
                pipeline::why_of(fleet, plan, proof, &limits, progress)?
            }
            None => {
                let planned = pipeline::plan_with_proof(fleet, &options, progress)?;
                pipeline::why(fleet, &planned, &options.solver, progress)?
            }
        };
        why.locate(&text, json);
        Ok(why)
    };
    search(Progress::default(), call).write(&input, &args.answer.output, exit, |why| match format {
        Format::Text => Ok(export::why_text(why, depth)),
        Format::Json => why.to_json(),
        Format::Html => export::AnswerPage::Why(why, depth).html(),
    })
}

fn certificate_of(path: &Path) -> Outcome<Document> {
    let document = input::read_exactly(path)?;
    certificate::read(document.text.as_bytes()).map_err(|error| named(error, &document.name))
}

fn exit(why: &Why) -> Exit {
    match (why.status, why.bound) {
        (PlanStatus::Infeasible, _) => Exit::No,
        (_, Some(_)) => Exit::Success,
        (PlanStatus::Optimal, None) => Exit::Success,
        (_, None) => Exit::Unknown,
    }
}
