//! `tenantry diff`.

use std::path::PathBuf;

use crate::error::Error;
use crate::export;
use crate::report::PlanDiff;

use super::Outcome;
use super::exit::Exit;
use super::load;
use super::output::OutputArgs;

const AFTER: &str = "\
Examples:
  tenantry diff yesterday.json today.json
  tenantry diff main.json branch.json --exit-code
  tenantry plan fleet.yaml --format json | tenantry diff plan.json -

Exit codes: 0 an answer (with --exit-code: nothing differs), 1 with --exit-code: something differs, 2 wrong input.";

/// Say what differs between two plans: figures, clusters, workloads, tenants, separations, waivers, warnings
///
/// A cluster of one plan is that of the other which has its name or, among those without a namesake, holds most of its
/// workloads. No fleet is read and nothing is planned.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct DiffArgs {
    /// The first plan document (JSON); `-` reads standard input
    #[arg(value_name = "PLAN")]
    from: PathBuf,
    /// The second
    #[arg(value_name = "PLAN2")]
    to: PathBuf,
    /// End with 1 where anything differs
    #[arg(long)]
    exit_code: bool,
    /// How to say it; from the ending of the output file (.json, .txt), else text
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// The document, tenantry-diff/v1
    Json,
}

pub(super) fn run(args: &DiffArgs) -> Outcome {
    let format = args.output.said(args.format, [Format::Text, Format::Json])?;
    args.output.check(&[args.from.as_path(), args.to.as_path()])?;
    if args.from.as_os_str() == "-" && args.to.as_os_str() == "-" {
        return Err(Error::Usage("only one document can be read from standard input".to_owned()).into());
    }
    let diff = PlanDiff::new(&load::plan(&args.from)?, &load::plan(&args.to)?);
    let text = match format {
        Format::Text => export::diff_text(&diff),
        Format::Json => diff.to_json()?,
    };
    args.output.write(&text)?;
    Ok(if args.exit_code && !diff.is_empty() { Exit::No } else { Exit::Success })
}
