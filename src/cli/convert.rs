//! `tenantry convert`.

use crate::error::Result;
use crate::fleet::Fleet;

use super::Outcome;
use super::args::FleetArgs;
use super::exit::Exit;
use super::load::load;
use super::output::OutputArgs;

/// Rewrite a fleet document as JSON or YAML
///
/// The document is checked first. What it says stays as it is; comments and layout are lost.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tenantry convert fleet.yaml --to json -o fleet.json")]
pub(super) struct ConvertArgs {
    #[command(flatten)]
    fleet: FleetArgs,
    /// The format; from the ending of the output file (.yaml, .yml, .json), else YAML
    #[arg(long, value_name = "FORMAT")]
    to: Option<Format>,
    #[command(flatten)]
    output: OutputArgs,
}

/// How a fleet document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    Yaml,
    Json,
}

impl Format {
    /// As given, or as the ending of the output file says, or YAML.
    pub fn choose(given: Option<Self>, output: &OutputArgs) -> Result<Self> {
        let known = [("yaml", Format::Yaml), ("yml", Format::Yaml), ("json", Format::Json)];
        given.map_or_else(|| output.format(&known, Format::Yaml, "; --to says another"), Ok)
    }
}

/// The document's text, ending in a line break.
pub(super) fn write(fleet: &Fleet, format: Format) -> String {
    let mut text = match format {
        Format::Yaml => fleet.to_yaml(),
        Format::Json => fleet.to_json(),
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

pub(super) fn run(args: &ConvertArgs) -> Outcome {
    let format = Format::choose(args.to, &args.output)?;
    args.output.check(&[&args.fleet.fleet])?;
    let loaded = load(&args.fleet)?;
    args.output.write(&write(loaded.fleet, format))?;
    Ok(Exit::Success)
}
