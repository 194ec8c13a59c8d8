//! `tenantry explain`.

use crate::error::Error;
use crate::pipeline;

use super::Outcome;
use super::args::{DateArgs, FleetArgs};
use super::exit::Exit;
use super::load::load;
use super::output::OutputArgs;

const AFTER: &str = "\
Examples:
  tenantry explain fleet.yaml shop/frontend payments/ledger
  tenantry explain fleet.yaml frontend ledger --as-of 2027-01-01";

/// Say whether two workloads may share a cluster, and every reason why not
///
/// No plan is made: this is quick on any fleet.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    fleet: FleetArgs,
    /// A workload: TENANT/NAMESPACE/NAME, TENANT/NAME, or NAME where that is unique
    #[arg(value_name = "A")]
    first: String,
    /// The other workload
    #[arg(value_name = "B")]
    second: String,
    /// How to say it; from the ending of the output file (.json, .txt), else text
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    #[command(flatten)]
    date: DateArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(super) fn run(args: &ExplainArgs) -> Outcome {
    let format = args.output.said(args.format, [Format::Text, Format::Json])?;
    args.output.check(&[&args.fleet.fleet])?;
    let loaded = load(&args.fleet)?;
    let explanation = pipeline::explain(loaded.fleet, args.date.as_of, &args.first, &args.second)
        .map_err(|error| loaded.failure(error))?;
    let text = match format {
        Format::Text => explanation.to_string(),
        Format::Json => {
            let text = serde_json::to_string_pretty(&explanation);
            format!("{}\n", text.map_err(|error| Error::Internal(error.to_string()))?)
        }
    };
    args.output.write(&text)?;
    Ok(Exit::Success)
}
