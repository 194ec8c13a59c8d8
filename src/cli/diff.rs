//! `tenantry diff`.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::export::{self, AuditSource, Findings, Grade};
use crate::report::PlanDiff;

use super::Outcome;
use super::args::FleetArgs;
use super::exit::Exit;
use super::load;
use super::output::OutputArgs;

const AFTER: &str = "\
Examples:
  tenantry diff yesterday.json today.json
  tenantry diff main.json branch.json --exit-code
  tenantry plan fleet.yaml --format json | tenantry diff plan.json -
  tenantry diff main.json branch.json --fleet fleet.yaml --format github

Exit codes: 0 an answer (with --exit-code: nothing differs), 1 with --exit-code: something differs, 2 wrong input.";

/// Say what differs between two plans: figures, clusters, workloads, tenants, separations, waivers, warnings
///
/// A cluster of one plan is that of the other which has its name or, among those without a namesake, holds most of its
/// workloads. Nothing is planned, and no fleet is read but for lines.
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
    /// The fleet document of the second plan: SARIF and annotations point at its lines
    #[arg(long, value_name = "FILE")]
    fleet: Option<PathBuf>,
    /// How to say it; from the ending of the output file (.json, .sarif, .xml, .html, .txt), else text
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
    /// SARIF 2.1.0
    Sarif,
    /// JUnit XML
    Junit,
    /// Annotations of GitHub
    Github,
    /// A page of its own
    Html,
}

/// The formats by the ending of the output file.
const ENDINGS: [(&str, Format); 6] = [
    ("json", Format::Json),
    ("sarif", Format::Sarif),
    ("xml", Format::Junit),
    ("html", Format::Html),
    ("htm", Format::Html),
    ("txt", Format::Text),
];

pub(super) fn run(args: &DiffArgs) -> Outcome {
    let by_ending = || args.output.format(&ENDINGS, Format::Text, "; --format says another");
    let format = args.format.map_or_else(by_ending, Ok)?;
    if args.fleet.is_some() && !matches!(format, Format::Sarif | Format::Github) {
        return Err(
            Error::Usage("--fleet goes with the formats sarif and github: others have no lines".to_owned()).into()
        );
    }
    let inputs = [Some(&args.from), Some(&args.to), args.fleet.as_ref()];
    let inputs: Vec<&Path> = inputs.into_iter().flatten().map(PathBuf::as_path).collect();
    args.output.check(&inputs)?;
    let diff = PlanDiff::new(&load::plan(&args.from)?, &load::plan(&args.to)?);
    let source = source(args, &diff)?;
    let findings = || Findings::of_diff(&diff, if args.exit_code { Grade::Error } else { Grade::Warning });
    let text = match format {
        Format::Text => export::diff_text(&diff),
        Format::Json => diff.to_json()?,
        Format::Sarif => findings().sarif(&source)?,
        Format::Junit => findings().junit()?,
        Format::Github => findings().github(&source),
        Format::Html => export::AnswerPage::Diff(&diff).html()?,
    };
    args.output.write(&text)?;
    Ok(if args.exit_code && !diff.is_empty() { Exit::No } else { Exit::Success })
}

/// Where the second plan's fleet has what differs; without it, the second plan.
fn source(args: &DiffArgs, diff: &PlanDiff) -> Outcome<AuditSource> {
    let Some(fleet) = &args.fleet else { return Ok(AuditSource::of_file(&args.to.display().to_string())) };
    let loaded = load::load(&FleetArgs { fleet: fleet.clone() })?;
    if loaded.fleet.digest() != diff.to.fleet_digest {
        let name = &loaded.input.name;
        let why =
            format!("{name}: is not the version of the fleet that the second plan was made for (the digests differ)");
        return Err(Error::Usage(why).into());
    }
    Ok(loaded.source())
}
