//! `tenantry prices`.

use std::time::Instant;

use crate::export;
use crate::pipeline::{self, PricesOptions};
use crate::report::Prices;

use super::Outcome;
use super::args::{AnswerArgs, FleetArgs, LeverArgs};
use super::exit::Exit;
use super::load::{Loaded, load};
use super::progress::Progress;
use super::search::search;

const AFTER: &str = "\
Examples:
  tenantry prices fleet.yaml
  tenantry prices fleet.yaml --levers distrust,separate --tenants
  tenantry prices fleet.yaml --ladder separate:environment,distrust:pci-scope
  tenantry prices fleet.yaml --by cost --format json -o prices.json

Ctrl-C (or SIGTERM) stops the search and prints what is known so far; a second Ctrl-C gives up.

Exit codes: 0 an answer, 1 no plan exists for the fleet as it is, 2 wrong input, 3 no plan was found for it within the
limits, 130 interrupted (143 by SIGTERM, 129 by SIGHUP).";

/// Say what each rule and each limit costs: clusters (or money) without it, and with it alone
///
/// Rules overlap: what several separate costs nothing until the last of them is gone. So both are said, and a ladder: the
/// rules added one at a time. Limits show how far they can tighten. Nothing is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct PricesArgs {
    #[command(flatten)]
    fleet: FleetArgs,
    /// What is counted
    #[arg(long, value_name = "WHAT", default_value = "clusters")]
    by: By,
    #[command(flatten)]
    levers: LeverArgs,
    /// Rules of trust in the order in which the ladder adds them; the others come after these, in document order
    #[arg(long, value_name = "ID,...", value_delimiter = ',')]
    ladder: Vec<String>,
    /// Price each tenant, too: what is needed without its workloads
    #[arg(long)]
    tenants: bool,
    #[command(flatten)]
    answer: AnswerArgs<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum By {
    Clusters,
    Cost,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// The document, tenantry-prices/v1
    Json,
    /// A page of its own
    Html,
}

/// Prices; a time limit counts from `started`.
pub(super) fn run(args: &PricesArgs, started: Instant) -> Outcome {
    let format = args.answer.output.shown(args.answer.format, [Format::Text, Format::Json, Format::Html])?;
    args.answer.output.check(&[args.fleet.fleet.as_path()])?;
    let options = PricesOptions {
        solver: args.answer.runs.options(),
        started: Some(started),
        as_of: args.answer.date.as_of,
        cost: args.by == By::Cost,
        levers: args.levers.choice()?,
        ladder: args.ladder.clone(),
        tenants: args.tenants,
    };
    let Loaded { fleet, input } = load(&args.fleet)?;
    let (text, json) = (input.text.clone(), input.is_json());
    let call = move |progress: &Progress| {
        let mut answer = pipeline::prices(fleet, &options, progress)?;
        answer.locate(&text, json);
        Ok(answer)
    };
    search(Progress::of_limits(), call).write(&input, &args.answer.output, exit, |prices| match format {
        Format::Text => Ok(export::prices_text(prices)),
        Format::Json => prices.to_json(),
        Format::Html => export::AnswerPage::Prices(prices).html(),
    })
}

fn exit(prices: &Prices) -> Exit {
    if prices.today.never {
        Exit::No
    } else if prices.today.value.is_none() {
        Exit::Unknown
    } else {
        Exit::Success
    }
}
