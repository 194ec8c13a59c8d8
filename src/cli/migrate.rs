//! `tenantry migrate`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::budget::Options;
use crate::date::Date;
use crate::export;
use crate::pipeline::{self, MigrateOptions};
use crate::plan::PlanStop;

use super::args::{DateArgs, FleetArgs, date, seconds};
use super::exit::Exit;
use super::load::{self, load};
use super::output::OutputArgs;
use super::progress::Progress;
use super::search::{Ended, search};
use super::{Outcome, tell};

const AFTER: &str = "\
Examples:
  tenantry migrate fleet.yaml plan.json
  tenantry migrate fleet.yaml plan.json --max-in-flight 20 -o migration.json
  tenantry migrate fleet.yaml plan.json --extra-clusters 1 --extra-template standard
  tenantry check fleet.yaml plan.json --migration migration.json

Exit codes: 0 the batches lead to the plan (with --first: an order that does begins with them), 1 no safe order exists or
none was found, 2 wrong input, 3 a limit ended the search.";

/// Order the moves from what runs today to a plan, so that every state on the way keeps the rules
///
/// Moves come in batches: all starts of a batch, then the switches of traffic, then all stops; the next begins when it is
/// done. With all its starts and no stop a batch obeys every rule, but for what is broken today in the same place. Where
/// nothing can move safely, what waits for what is said, and whether that is proved.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct MigrateArgs {
    #[command(flatten)]
    fleet: FleetArgs,
    /// The plan document (JSON) that `tenantry plan` wrote for this fleet; `-` reads standard input
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// How to say it; from the ending of the output file (.json, .txt), else text
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Sharing that only a waiver allows must last until this day (YYYY-MM-DD)
    #[arg(long, value_name = "DATE", value_parser = date)]
    until: Option<Date>,
    /// At most so many moves in a batch; workloads that must share a cluster are one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max_in_flight: Option<u64>,
    /// Only the first so many batches, and what is left broken then
    #[arg(long, value_name = "K")]
    first: Option<u64>,
    /// Workloads that say `downtime: allowed` may stop before they start
    #[arg(long)]
    allow_downtime: bool,
    /// So many further clusters may be used for the time of the migration
    #[arg(long, value_name = "N", default_value_t = 0)]
    extra_clusters: u64,
    /// Their template, where the fleet has several
    #[arg(long, value_name = "NAME", requires = "extra_clusters")]
    extra_template: Option<String>,
    /// Stop after so many seconds with what was found
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    time_limit: Option<Duration>,
    /// Stop after so much work (elementary steps) with what was found
    #[arg(long, value_name = "STEPS")]
    work_limit: Option<u64>,
    #[command(flatten)]
    date: DateArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// The migration document, tenantry-migration/v1
    Json,
}

/// Orders the moves; a time limit counts from `started`.
pub(super) fn run(args: &MigrateArgs, started: Instant) -> Outcome {
    let format = args.output.said(args.format, [Format::Text, Format::Json])?;
    args.output.check(&[args.fleet.fleet.as_path(), args.plan.as_path()])?;
    let loaded = load(&args.fleet)?;
    let plan = load::plan(&args.plan)?;
    let solver = Options { time_limit: args.time_limit, work_limit: args.work_limit, ..Options::default() };
    let options = MigrateOptions {
        solver,
        started: Some(started),
        as_of: args.date.as_of,
        until: args.until,
        max_in_flight: args.max_in_flight,
        first: args.first,
        allow_downtime: args.allow_downtime,
        extra_clusters: args.extra_clusters,
        extra_template: args.extra_template.clone(),
    };
    let fleet = loaded.fleet;
    let call = move |progress: &Progress| pipeline::migrate(fleet, &plan, &options, progress);
    let (migration, interrupted) = match search(Progress::of_moves(), call) {
        Ended::Answered(result, interrupted) => ((*result).map_err(|error| loaded.failure(error))?, interrupted),
        // there always is an answer: nobody is early
        Ended::Abandoned(signal) | Ended::Early(signal) => {
            tell("given up\n");
            return Ok(signal.into());
        }
    };
    let text = match format {
        Format::Text => export::migration_text(&migration),
        Format::Json => migration.to_json()?,
    };
    args.output.write(&text)?;
    Ok(match (interrupted, migration.stopped) {
        (Some(signal), _) => signal.into(),
        _ if migration.leads_there() => Exit::Success,
        (None, Some(PlanStop::Time | PlanStop::Work | PlanStop::Cancelled)) => Exit::Unknown,
        (None, None) => Exit::No,
    })
}
