//! `tenantry audit`.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::export;
use crate::pipeline::{self, AuditOptions};
use crate::report::{Audit, Baseline, FailOn, Gate};

use super::args::{DateArgs, FleetArgs};
use super::exit::Exit;
use super::load::{Loaded, load, named};
use super::output::OutputArgs;
use super::{Outcome, input, output, tell};

const AFTER: &str = "\
Examples:
  tenantry audit fleet.yaml
  tenantry audit fleet.yaml --write-baseline known.json
  tenantry audit fleet.yaml --baseline known.json --fail-within 30
  tenantry audit fleet.yaml --format sarif -o audit.sarif

Exit codes: 0 nothing counts, 1 something does (a violation that the baseline does not know or that has grown; by
--fail-on and --fail-within more), 2 wrong input, or no workload runs anywhere: nothing to audit.";

/// Audit what runs today: who shares a cluster against the rules, which clusters hold too much
///
/// The clusters that there are (`existingClusters`), and who runs in them (`runsIn`), are held against every rule of the
/// fleet; nothing is planned. Violations come by cluster and rule, the largest group first, with what the loss of each
/// cluster takes, and the waivers and stays that end soon.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct AuditArgs {
    #[command(flatten)]
    fleet: FleetArgs,
    /// How to say it; from the ending of the output file (.json, .sarif, .xml, .txt), else text
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Violations that are known: only what is new, or has grown, counts; what is mended is listed
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write all violations to FILE as the baseline of later audits; none of them counts then
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
    /// Count warnings, or notes too
    #[arg(long, value_name = "LEVEL", default_value = "violation")]
    fail_on: Level,
    /// Count waivers and stays that end within so many days
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(0..=36_500))]
    fail_within: Option<u32>,
    #[command(flatten)]
    date: DateArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// The audit document, tenantry-audit/v1
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// JUnit XML
    Junit,
    /// Annotations of GitHub
    Github,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Level {
    Violation,
    Warning,
    Note,
}

/// The formats by the ending of the output file.
const ENDINGS: [(&str, Format); 4] =
    [("json", Format::Json), ("sarif", Format::Sarif), ("xml", Format::Junit), ("txt", Format::Text)];
/// What ends within so many days is listed in any case.
const SOON: u32 = 90;

pub(super) fn run(args: &AuditArgs) -> Outcome {
    let by_ending = || args.output.format(&ENDINGS, Format::Text, "; --format says another");
    let format = args.format.map_or_else(by_ending, Ok)?;
    let written = args.write_baseline.clone().map(|file| OutputArgs { output: Some(file) });
    let outputs: Vec<&OutputArgs> = [Some(&args.output), written.as_ref()].into_iter().flatten().collect();
    // a baseline may be written over the one that was read
    output::check(&[args.fleet.fleet.as_path()], &outputs)?;
    if let Some(baseline) = &args.baseline {
        args.output.check(&[baseline])?;
    }
    let baseline = args.baseline.as_deref().map(read).transpose()?;
    let loaded = load(&args.fleet)?;
    let within = Some(args.fail_within.unwrap_or(SOON).max(SOON));
    let options = AuditOptions { as_of: args.date.as_of, baseline, within };
    let audit = pipeline::audit(loaded.fleet, &options).map_err(|error| loaded.failure(error))?;
    let fail_on = match args.fail_on {
        Level::Violation => FailOn::Violation,
        Level::Warning => FailOn::Warning,
        Level::Note => FailOn::Note,
    };
    let gate = Gate { fail_on, within: args.fail_within };
    if let Some(file) = &written {
        file.write(&audit.baseline().to_json())?;
        let count = audit.summary.violations;
        let what = if count == 1 { "1 violation is".to_owned() } else { format!("{count} violations are") };
        tell(&format!("note: {what} known from now on\n"));
    }
    args.output.write(&render(&audit, format, gate, &loaded)?)?;
    let failures = if written.is_some() { audit.failures_beside_violations(gate) } else { audit.failures(gate) };
    Ok(if failures == 0 { Exit::Success } else { Exit::No })
}

fn render(audit: &Audit, format: Format, gate: Gate, loaded: &Loaded) -> Result<String> {
    match format {
        Format::Text => Ok(export::audit_text(audit)),
        Format::Json => audit.to_json(),
        Format::Sarif => export::audit_sarif(audit, &loaded.source(), gate),
        Format::Junit => export::audit_junit(audit, gate),
        Format::Github => Ok(export::audit_github(audit, &loaded.source(), gate)),
    }
}

fn read(path: &Path) -> Outcome<Baseline> {
    if path.as_os_str() == "-" {
        return Err(Error::Usage("a baseline is a file, not standard input".to_owned()).into());
    }
    let document = input::read_exactly(path)?;
    Baseline::from_json(&document.text).map_err(|error| named(error, &document.name))
}
