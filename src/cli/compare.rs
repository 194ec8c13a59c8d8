//! `tenantry compare`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::export;
use crate::pipeline::{self, CompareOptions, Contender};
use crate::plan::PlanStatus;
use crate::report::Comparison;

use super::args::AnswerArgs;
use super::exit::Exit;
use super::load::{self, Either};
use super::progress::Progress;
use super::search::search;
use super::{Failure, Outcome};

const AFTER: &str = "\
Examples:
  tenantry compare today.yaml next.yaml
  tenantry compare fleet.yaml plan.json --premium
  tenantry compare a.yaml b.yaml c.yaml --time-limit 60 -o comparison.json

Ctrl-C (or SIGTERM) stops the search and prints what is known so far; a second Ctrl-C gives up.

Exit codes: 0 every one of them has a plan, 1 for some there is none, 2 wrong input, 3 for some none was found within the
limits, 130 interrupted (143 by SIGTERM, 129 by SIGHUP).";

/// Plan several fleets and lay clusters, cost, moves and exposure side by side
///
/// Each figure has its bound and what backs it. The limits are those of the whole call: each fleet gets an equal share of
/// what is left. A plan document stands beside them with what it says; it is neither planned nor checked.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct CompareArgs {
    /// Fleet documents (YAML or JSON) and plan documents (JSON), two at least; `-` reads standard input
    #[arg(value_name = "FLEET|PLAN", required = true, num_args = 2..)]
    these: Vec<PathBuf>,
    /// Say what the rules of trust take in clusters, too: a further run each
    #[arg(long)]
    premium: bool,
    #[command(flatten)]
    answer: AnswerArgs<Format>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// The document, tenantry-comparison/v1
    Json,
    /// A page of its own
    Html,
}

/// Plans; a time limit counts from `started`.
pub(super) fn run(args: &CompareArgs, started: Instant) -> Outcome {
    let format = args.answer.output.shown(args.answer.format, [Format::Text, Format::Json, Format::Html])?;
    let inputs: Vec<&Path> = args.these.iter().map(PathBuf::as_path).collect();
    args.answer.output.check(&inputs)?;
    let mut these = Vec::with_capacity(inputs.len());
    for path in inputs {
        these.push(match load::either(path)? {
            Either::Fleet(loaded) => (loaded.input.name, Contender::Fleet(loaded.fleet)),
            Either::Plan(name, plan) => (name, Contender::Plan(plan)),
        });
    }
    let options = CompareOptions {
        solver: args.answer.runs.options(),
        started: Some(started),
        as_of: args.answer.date.as_of,
        premium: args.premium,
    };
    let call = move |progress: &Progress| pipeline::compare(&these, &options, progress);
    search(Progress::default(), call).write_or(Failure::from, &args.answer.output, exit, |comparison| match format {
        Format::Text => Ok(export::comparison_text(comparison)),
        Format::Json => comparison.to_json(),
        Format::Html => export::AnswerPage::Comparison(comparison).html(),
    })
}

fn exit(comparison: &Comparison) -> Exit {
    let any = |status: PlanStatus| comparison.plans.iter().any(|plan| plan.status == status);
    if any(PlanStatus::Unknown) {
        Exit::Unknown
    } else if any(PlanStatus::Infeasible) {
        Exit::No
    } else {
        Exit::Success
    }
}
