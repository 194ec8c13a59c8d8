//! `tenantry frontier`.

use std::time::Instant;

use crate::export;
use crate::pipeline::{self, FrontierOptions};
use crate::plan::PlanStatus;
use crate::report::Frontier;

use super::Outcome;
use super::args::{AnswerArgs, FleetArgs};
use super::exit::Exit;
use super::load::{Loaded, load};
use super::progress::Progress;
use super::search::search;

const AFTER: &str = "\
Examples:
  tenantry frontier fleet.yaml
  tenantry frontier fleet.yaml --time-limit 60
  tenantry frontier fleet.yaml --format json -o frontier.json

Ctrl-C (or SIGTERM) stops the search and prints what is known so far; a second Ctrl-C gives up.

Exit codes: 0 an answer, 1 no plan exists, 2 wrong input, 3 no plan was found within the limits, 130 interrupted (143 by
SIGTERM, 129 by SIGHUP).";

/// Say what fewer clusters take: for each number of them, from the fewest to today's, the fewest moves and the least cost
///
/// Each number is a limit: at most so many clusters. Where the plan for the fleet's own objective has more clusters than are in
/// use today, the numbers go on to that, and no line is worse than that plan. Beside each figure stands how small it can be at least, and what backs
/// that. Today's number, and where only those move who cannot stay, are marked.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct FrontierArgs {
    #[command(flatten)]
    fleet: FleetArgs,
    #[command(flatten)]
    answer: AnswerArgs<Format>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// The document, tenantry-frontier/v1
    Json,
    /// A page of its own
    Html,
}

/// Looks at each number of clusters; a time limit counts from `started`.
pub(super) fn run(args: &FrontierArgs, started: Instant) -> Outcome {
    let format = args.answer.output.shown(args.answer.format, [Format::Text, Format::Json, Format::Html])?;
    args.answer.output.check(&[args.fleet.fleet.as_path()])?;
    let Loaded { fleet, input } = load(&args.fleet)?;
    let options =
        FrontierOptions { solver: args.answer.runs.options(), started: Some(started), as_of: args.answer.date.as_of };
    let call = move |progress: &Progress| pipeline::frontier(fleet, &options, progress);
    search(Progress::of_limits(), call).write(&input, &args.answer.output, exit, |frontier| match format {
        Format::Text => Ok(export::frontier_text(frontier)),
        Format::Json => frontier.to_json(),
        Format::Html => export::AnswerPage::Frontier(frontier).html(),
    })
}

fn exit(frontier: &Frontier) -> Exit {
    if frontier.status == PlanStatus::Infeasible {
        Exit::No
    } else if frontier.points.is_empty() {
        Exit::Unknown
    } else {
        Exit::Success
    }
}
