//! `tenantry place`.

use std::path::PathBuf;

use crate::error::Error;
use crate::export;
use crate::fleet::{Fleet, locate};
use crate::pipeline;

use super::args::{DateArgs, FleetArgs};
use super::exit::Exit;
use super::load::load;
use super::output::OutputArgs;
use super::{Failure, Outcome, input};

const AFTER: &str = "\
Examples:
  tenantry place fleet.yaml shop/frontend
  tenantry place fleet.yaml --and new.yaml
  tenantry place fleet.yaml shop/frontend shop/cache --all --format json

Exit codes: 0 there is a place for everything that was asked for, 1 there is none for some of it, 2 wrong input.";

/// Say where workloads may go now with nobody moved, and why not elsewhere
///
/// Each existing cluster is looked at as it is today, then a further cluster of each template: what would be left there, or
/// every reason why not. What else is wrong with the fleet does not matter here.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct PlaceArgs {
    #[command(flatten)]
    fleet: FleetArgs,
    /// Workloads: TENANT/NAMESPACE/NAME, TENANT/NAME, or NAME where that is unique
    #[arg(value_name = "WORKLOAD", required_unless_present = "and")]
    workloads: Vec<String>,
    /// Further workloads that are not in the fleet (a document with `workloads`, and `tenants`); without WORKLOAD all of them
    /// are asked for
    #[arg(long, value_name = "FILE")]
    and: Option<PathBuf>,
    /// All of them together in one cluster
    #[arg(long)]
    all: bool,
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

pub(super) fn run(args: &PlaceArgs) -> Outcome {
    let format = args.output.said(args.format, [Format::Text, Format::Json])?;
    let inputs: Vec<_> =
        [Some(&args.fleet.fleet), args.and.as_ref()].into_iter().flatten().map(PathBuf::as_path).collect();
    args.output.check(&inputs)?;
    let loaded = load(&args.fleet)?;
    let mut names = args.workloads.clone();
    let further: Fleet;
    let fleet = match &args.and {
        None => loaded.fleet,
        Some(file) => {
            let document = input::read(file)?;
            let json = document.is_json();
            further = loaded.fleet.with_further(&document.text, json).map_err(|error| Failure {
                error: Error::Fleet(locate(error, &document.text, json)),
                inputs: vec![document.clone()],
            })?;
            if names.is_empty() {
                names = further.beyond(loaded.fleet);
            }
            &further
        }
    };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let places = pipeline::place(fleet, args.date.as_of, &names, args.all).map_err(|error| loaded.failure(error))?;
    let text = match format {
        Format::Text => export::places_text(&places),
        Format::Json => places.to_json()?,
    };
    args.output.write(&text)?;
    Ok(if places.all_have_one() { Exit::Success } else { Exit::No })
}
