//! `tenantry report`.

use std::path::{Path, PathBuf};

use crate::migrate::Migration;
use crate::report::Prices;

use super::Outcome;
use super::args::FleetArgs;
use super::exit::Exit;
use super::input;
use super::load::{self, load, named};
use super::output::OutputArgs;

const AFTER: &str = "\
Examples:
  tenantry report fleet.yaml plan.json -o report.html
  tenantry report fleet.yaml plan.json -o report.md
  tenantry report fleet.yaml plan.json --prices prices.json --migration migration.json \\
    -o report.html

Exit codes: 0 the report is written, 2 wrong input: also a plan that is not legal for the fleet, or states a wrong figure.";

/// Show a plan on one page: HTML that needs nothing else, or Markdown for a pull request
///
/// The page works without a network and without its script, which filters and sorts. Nothing is planned for it: prices and
/// migration are in it where their documents are given. The plan is checked against the fleet first; its bound is not.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    fleet: FleetArgs,
    /// The plan document (JSON) that `tenantry plan` wrote for this fleet; `-` reads standard input
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// What `tenantry prices` wrote for this fleet (JSON)
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// What `tenantry migrate` wrote for this fleet (JSON)
    #[arg(long, value_name = "FILE")]
    migration: Option<PathBuf>,
    /// How to say it; from the ending of the output file (.html, .htm, .md), else html
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// A page of its own
    Html,
    /// Markdown, for a pull request or a wiki
    Markdown,
}

const ENDINGS: [(&str, Format); 3] = [("html", Format::Html), ("htm", Format::Html), ("md", Format::Markdown)];

pub(super) fn run(args: &ReportArgs) -> Outcome {
    let by_ending = || args.output.format(&ENDINGS, Format::Html, "; --format says another");
    let format = args.format.map_or_else(by_ending, Ok)?;
    let beside = [args.prices.as_deref(), args.migration.as_deref()];
    let inputs: Vec<&Path> =
        [args.fleet.fleet.as_path(), args.plan.as_path()].into_iter().chain(beside.into_iter().flatten()).collect();
    args.output.check(&inputs)?;
    let loaded = load(&args.fleet)?;
    let plan = load::plan(&args.plan)?;
    let prices = args.prices.as_deref().map(|path| read(path, Prices::from_json)).transpose()?;
    let migration = args.migration.as_deref().map(|path| read(path, Migration::from_json)).transpose()?;
    let mut report = plan.report(loaded.fleet).map_err(|error| loaded.failure(error))?;
    if let Some(prices) = &prices {
        report = report.with_prices(prices)?;
    }
    if let Some(migration) = &migration {
        report = report.with_migration(migration)?;
    }
    let text = match format {
        Format::Html => report.html()?,
        Format::Markdown => report.markdown()?,
    };
    args.output.write(&text)?;
    Ok(Exit::Success)
}

fn read<T>(path: &Path, from_json: impl FnOnce(&str) -> crate::error::Result<T>) -> Outcome<T> {
    let document = input::read_exactly(path)?;
    from_json(&document.text).map_err(|error| named(error, &document.name))
}
