//! `tenantry blast`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::error::{Error, Result};
use crate::export;
use crate::pipeline::{self, BlastOptions};
use crate::plan::PlanStatus;
use crate::report::Blast;

use super::Outcome;
use super::args::AnswerArgs;
use super::exit::Exit;
use super::load::{self, Either};
use super::progress::Progress;
use super::search::search;

const AFTER: &str = "\
Examples:
  tenantry blast fleet.yaml
  tenantry blast fleet.yaml shop/frontend
  tenantry blast fleet.yaml customer-a --plan plan.json
  tenantry blast plan.json --format json
  tenantry blast fleet.yaml --today
  tenantry blast fleet.yaml --today --plan plan.json

Exit codes: 0 an answer, 1 no plan exists, 2 wrong input, 3 no plan was found within the limits, 130 interrupted (143 by
SIGTERM, 129 by SIGHUP).";

/// Say what a compromised workload reaches in its cluster, and what the loss of a cluster or region takes
///
/// Clusters, tenants and workloads come worst first. Of one that is named, whom it reaches, and what it takes that it stands
/// alone: that is planned, where the fleet is given. With --today of the fleet as it runs (`runsIn`), nothing of which is planned,
/// and beside it of the plan that --plan gives. Whatever clusters share (network, accounts, pipelines) is not looked at.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct BlastArgs {
    /// A fleet document (YAML or JSON), which is planned, or a plan document (JSON); `-` reads standard input
    #[arg(value_name = "FLEET|PLAN")]
    what: PathBuf,
    /// A tenant, or a workload: TENANT/NAMESPACE/NAME, TENANT/NAME, or NAME where that is unique
    #[arg(value_name = "WORKLOAD|TENANT")]
    subject: Option<String>,
    /// Look at this plan of the fleet instead of planning
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Look at what runs today (`existingClusters`, `runsIn`); with --plan at both, side by side
    #[arg(long)]
    today: bool,
    #[command(flatten)]
    answer: AnswerArgs<Format>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// The document, tenantry-blast/v1
    Json,
    /// A page of its own
    Html,
}

/// Plans, where there is no plan; a time limit counts from `started`.
pub(super) fn run(args: &BlastArgs, started: Instant) -> Outcome {
    let format = args.answer.output.shown(args.answer.format, [Format::Text, Format::Json, Format::Html])?;
    let inputs: Vec<&Path> =
        [Some(&args.what), args.plan.as_ref()].into_iter().flatten().map(PathBuf::as_path).collect();
    args.answer.output.check(&inputs)?;
    let text = move |blast: &Blast| -> Result<String> {
        match format {
            Format::Text => Ok(export::blast_text(blast)),
            Format::Json => blast.to_json(),
            Format::Html => export::AnswerPage::Blast(blast).html(),
        }
    };
    let loaded = match load::either(&args.what)? {
        Either::Fleet(loaded) => loaded,
        Either::Plan(name, plan) => {
            let given = [
                (args.plan.is_some(), "--plan"),
                (args.today, "--today"),
                (args.answer.date.as_of.is_some(), "--as-of"),
            ];
            if let Some((_, what)) = given.into_iter().find(|(given, _)| *given) {
                return Err(Error::Usage(format!("{what} goes with a fleet, and {name} is a plan")).into());
            }
            let blast = Blast::of(plan, None, args.subject.as_deref().filter(|_| plan.clusters.is_some()))?;
            args.answer.output.write(&text(&blast)?)?;
            return Ok(exit(&blast));
        }
    };
    let plan = args.plan.as_deref().map(load::plan).transpose()?.map(Arc::new);
    if plan.is_some() && args.answer.date.as_of.is_some() {
        return Err(Error::Usage("--as-of goes with a fleet that is planned: a plan has its own day".to_owned()).into());
    }
    let options = BlastOptions {
        solver: args.answer.runs.options(),
        started: Some(started),
        as_of: args.answer.date.as_of,
        plan,
        today: args.today,
        subject: args.subject.clone(),
    };
    let fleet = loaded.fleet;
    let call = move |progress: &Progress| pipeline::blast(fleet, &options, progress);
    search(Progress::default(), call).write(&loaded.input, &args.answer.output, exit, text)
}

fn exit(blast: &Blast) -> Exit {
    match blast.status {
        Some(PlanStatus::Infeasible) => Exit::No,
        Some(PlanStatus::Unknown) => Exit::Unknown,
        _ => Exit::Success,
    }
}
