//! `tenantry relax`.

use std::time::Instant;

use crate::error::Error;
use crate::export;
use crate::fleet::ValueLimits;
use crate::pipeline::{self, RelaxGoal, RelaxOptions};
use crate::report::Relaxed;

use super::Outcome;
use super::args::{AnswerArgs, FleetArgs, LeverArgs};
use super::exit::Exit;
use super::load::{Loaded, load};
use super::progress::Progress;
use super::search::search;

const AFTER: &str = "\
Examples:
  tenantry relax fleet.yaml --clusters 4
  tenantry relax fleet.yaml --clusters 4 --levers distrust,separate --keep separate:environment
  tenantry relax fleet.yaml --cost 12000 --weight distrust:pci-scope=5
  tenantry relax fleet.yaml --feasible --format json -o relaxed.json

Ctrl-C (or SIGTERM) stops the search and prints what is known so far; a second Ctrl-C gives up.

Exit codes: 0 an answer (sets, or that the fleet is within the goal as it is), 1 no set suffices, 2 wrong input, 3 no answer
within the limits, 130 interrupted (143 by SIGTERM, 129 by SIGHUP).";

/// Say what would have to change for fewer clusters, less cost, or a plan at all: every minimal set of rules and limits
///
/// A lever is one input that separates, limits or ties: a rule, a level, a maximum count, headroom, a pin. Of each set that is
/// given a plan without it was found, and with any one of its levers put back none exists. Nothing is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
#[command(group = clap::ArgGroup::new("goal").required(true))]
pub(super) struct RelaxArgs {
    #[command(flatten)]
    fleet: FleetArgs,
    /// So many clusters are to suffice
    #[arg(long, value_name = "N", group = "goal")]
    clusters: Option<u64>,
    /// So much cost is to suffice
    #[arg(long, value_name = "C", group = "goal")]
    cost: Option<String>,
    /// There is to be a plan
    #[arg(long, group = "goal")]
    feasible: bool,
    #[command(flatten)]
    levers: LeverArgs,
    /// So many sets at most
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    limit: u16,
    #[command(flatten)]
    answer: AnswerArgs<Format>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// The document, tenantry-relaxed/v1
    Json,
    /// A page of its own
    Html,
}

/// Looks for sets; a time limit counts from `started`.
pub(super) fn run(args: &RelaxArgs, started: Instant) -> Outcome {
    let format = args.answer.output.shown(args.answer.format, [Format::Text, Format::Json, Format::Html])?;
    args.answer.output.check(&[args.fleet.fleet.as_path()])?;
    let goal = match (args.clusters, &args.cost) {
        (Some(most), _) => RelaxGoal::Clusters(most),
        (None, Some(cost)) => {
            let limit = ValueLimits::one("cost", cost).map_err(|message| Error::Usage(format!("--cost: {message}")))?;
            RelaxGoal::Cost(limit.cost.unwrap_or_default()) // it is the one that was read
        }
        (None, None) => RelaxGoal::Feasible,
    };
    let mut options = RelaxOptions::new(goal);
    options.levers = args.levers.choice()?;
    options.solver = args.answer.runs.options();
    (options.started, options.as_of, options.sets) = (Some(started), args.answer.date.as_of, args.limit.into());
    let Loaded { fleet, input } = load(&args.fleet)?;
    let (text, json) = (input.text.clone(), input.is_json());
    let call = move |progress: &Progress| {
        let mut answer = pipeline::relax(fleet, &options, progress)?;
        answer.locate(&text, json);
        Ok(answer)
    };
    search(Progress::of_limits(), call).write(&input, &args.answer.output, exit, |relaxed| match format {
        Format::Text => Ok(export::relaxed_text(relaxed)),
        Format::Json => relaxed.to_json(),
        Format::Html => export::AnswerPage::Relaxed(relaxed).html(),
    })
}

fn exit(relaxed: &Relaxed) -> Exit {
    if !relaxed.sets.is_empty() || relaxed.is_within() {
        Exit::Success
    } else if relaxed.complete {
        Exit::No
    } else {
        Exit::Unknown
    }
}
