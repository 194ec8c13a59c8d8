//! `tenantry check`.

use std::path::{Path, PathBuf};

use crate::error::Error;

use super::args::DateArgs;
use super::documents::Documents;
use super::load;
use super::output::OutputArgs;
use super::{Outcome, filed, input};

const AFTER: &str = "\
Examples:
  tenantry check fleet.yaml plan.json
  tenantry plan fleet.yaml --format json | tenantry check fleet.yaml -
  tenantry check fleet.yaml plan.json proof.json
  tenantry check fleet.yaml plan.json --format github
  tenantry check evidence.zip

Exit codes: 0 the plan is legal (and what its bound states is proved), 1 it is not, or says what is not so, 2 a document
cannot be read, 3 undecided: nothing is placed and no certificate proves why, the plan was made for another version of
the fleet or for a day with other waivers in force, the certificate proves less than the plan states, or its check came
to the work limit.";

/// Check that a plan is legal for a fleet
///
/// Every rule, every capacity and every figure of the plan is gone through again, by arithmetic of its own: it does not
/// matter who made the plan. Waivers are judged on the fleet's day (`asOf`), or today (UTC), whatever day the plan names. The
/// lower bound is checked only with its certificate, in whole numbers, by a search of its own. Of an archive of evidence (see
/// `tenantry bundle`) everything in it is checked, on the day that it is of.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct CheckArgs {
    /// The fleet document, YAML or JSON; `-` reads standard input. Alone: an archive of evidence
    #[arg(value_name = "FLEET")]
    fleet: PathBuf,
    /// The plan document (JSON); `-` reads standard input
    #[arg(value_name = "PLAN")]
    plan: Option<PathBuf>,
    /// The certificate that `tenantry plan --certificate` wrote: check the bound as well
    #[arg(value_name = "CERTIFICATE")]
    certificate: Option<PathBuf>,
    /// Stop checking the certificate after so much work (elementary steps)
    #[arg(long, value_name = "STEPS", default_value_t = 20_000_000_000)]
    work_limit: u64,
    /// A migration document: go through its steps as well, from what runs today to the plan
    #[arg(long, value_name = "FILE")]
    migration: Option<PathBuf>,
    /// How to say it; from the ending of the output file (.sarif, .xml, .txt), else text
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    #[command(flatten)]
    date: DateArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// SARIF 2.1.0
    Sarif,
    /// JUnit XML
    Junit,
    /// Annotations of GitHub
    Github,
}

/// The formats by the ending of the output file.
const ENDINGS: [(&str, Format); 3] = [("sarif", Format::Sarif), ("xml", Format::Junit), ("txt", Format::Text)];

pub(super) fn run(args: &CheckArgs) -> Outcome {
    let by_ending = || args.output.format(&ENDINGS, Format::Text, "; --format says another");
    let format = args.format.map_or_else(by_ending, Ok)?;
    let inputs = [Some(&args.fleet), args.plan.as_ref(), args.certificate.as_ref(), args.migration.as_ref()];
    let inputs: Vec<&Path> = inputs.into_iter().flatten().map(PathBuf::as_path).collect();
    args.output.check(&inputs)?;
    let (documents, said, exit) = match &args.plan {
        Some(plan) => {
            let read = |file: &Option<PathBuf>| file.as_deref().map(input::read_exactly).transpose();
            let loaded = load::load_from(&args.fleet)?;
            let plan = load::plan(plan)?;
            let (certificate, migration) = (read(&args.certificate)?, read(&args.migration)?);
            let documents = Documents { loaded, plan, certificate, migration, as_of: args.date.as_of };
            let (said, exit) = documents.judged(args.work_limit)?;
            (documents, said, exit)
        }
        None if args.migration.is_some() => {
            let message = "--migration goes with a fleet and a plan: an archive has its own";
            return Err(Error::Usage(message.to_owned()).into());
        }
        None => filed::checked(&args.fleet, args.date.as_of, args.work_limit)?,
    };
    let text = match format {
        Format::Text => said.text,
        Format::Sarif => said.findings.sarif(&documents.loaded.source())?,
        Format::Junit => said.findings.junit()?,
        Format::Github => said.findings.github(&documents.loaded.source()),
    };
    args.output.write(&text)?;
    Ok(exit)
}
