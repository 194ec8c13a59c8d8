//! `tenantry why-not`.

use std::time::Instant;

use crate::export;
use crate::pipeline::{self, Question, WhyNotOptions};
use crate::report::{WhyNot, WhyNotAnswer};

use super::Outcome;
use super::args::{AnswerArgs, FleetArgs, LeverArgs};
use super::exit::Exit;
use super::load::{Loaded, load};
use super::progress::Progress;
use super::search::search;

const AFTER: &str = "\
Examples:
  tenantry why-not fleet.yaml shop/frontend --with payments/ledger
  tenantry why-not fleet.yaml tenant=shop --with tenant=quality
  tenantry why-not fleet.yaml shop/frontend --in prod-1
  tenantry why-not fleet.yaml --clusters 4 --keep separate:environment

Ctrl-C (or SIGTERM) stops the search and prints what is known so far; a second Ctrl-C gives up.

Exit codes: 0 it can be done (at a cost or not), 1 it cannot, 2 wrong input, 3 no answer within the limits, 130 interrupted
(143 by SIGTERM, 129 by SIGHUP).";

/// Say why something is not in the plan: whether it could be, what that costs, or what stands against it
///
/// What is asked for becomes a constraint, and the fleet is planned with it. Where no plan keeps it, the lightest set of rules
/// and limits is named without which there is one; none of that set can stay. Nothing is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
#[command(group = clap::ArgGroup::new("wish").required(true))]
pub(super) struct WhyNotArgs {
    #[command(flatten)]
    fleet: FleetArgs,
    /// Who: TENANT/NAMESPACE/NAME, TENANT/NAME, or NAME where that is unique; tenant=NAME or namespace=NAME: all its workloads
    #[arg(value_name = "A", required_unless_present = "clusters", conflicts_with = "clusters")]
    who: Option<String>,
    /// In one cluster with these, all of both (as A)
    #[arg(long, value_name = "B", group = "wish")]
    with: Option<String>,
    /// In this existing cluster, all of A (of copies one)
    #[arg(long = "in", value_name = "CLUSTER", group = "wish")]
    in_: Option<String>,
    /// So many clusters at most
    #[arg(long, value_name = "N", group = "wish")]
    clusters: Option<u64>,
    #[command(flatten)]
    levers: LeverArgs,
    #[command(flatten)]
    answer: AnswerArgs<Format>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// The document, tenantry-why-not/v1
    Json,
    /// A page of its own
    Html,
}

/// Asks; a time limit counts from `started`.
pub(super) fn run(args: &WhyNotArgs, started: Instant) -> Outcome {
    let format = args.answer.output.shown(args.answer.format, [Format::Text, Format::Json, Format::Html])?;
    args.answer.output.check(&[args.fleet.fleet.as_path()])?;
    let who = args.who.clone().unwrap_or_default(); // there unless clusters are asked for
    let question = match (&args.with, &args.in_, args.clusters) {
        (Some(with), ..) => Question::Together { who, with: with.clone() },
        (_, Some(cluster), _) => Question::In { who, cluster: cluster.clone() },
        (.., most) => Question::Clusters(most.unwrap_or_default()), // one of the three is required
    };
    let mut options = WhyNotOptions::new(question);
    options.levers = args.levers.choice()?;
    options.solver = args.answer.runs.options();
    (options.started, options.as_of) = (Some(started), args.answer.date.as_of);
    let Loaded { fleet, input } = load(&args.fleet)?;
    let (text, json) = (input.text.clone(), input.is_json());
    let call = move |progress: &Progress| {
        let mut answer = pipeline::why_not(fleet, &options, progress)?;
        answer.locate(&text, json);
        Ok(answer)
    };
    search(Progress::of_limits(), call).write(&input, &args.answer.output, exit, |why_not| match format {
        Format::Text => Ok(export::why_not_text(why_not)),
        Format::Json => why_not.to_json(),
        Format::Html => export::AnswerPage::WhyNot(why_not).html(),
    })
}

fn exit(why_not: &WhyNot) -> Exit {
    match why_not.answer {
        WhyNotAnswer::Impossible => Exit::No,
        WhyNotAnswer::Open => Exit::Unknown,
        _ => Exit::Success,
    }
}
