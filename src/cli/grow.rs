//! `tenantry grow`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crate::error::Error;
use crate::export;
use crate::fleet::{Factor, Grows, locate};
use crate::pipeline::{self, GrowBy, GrowOptions};
use crate::report::Growth;

use super::args::{AnswerArgs, FleetArgs};
use super::exit::Exit;
use super::load::{Loaded, load};
use super::progress::Progress;
use super::search::search;
use super::{Failure, Outcome};

const AFTER: &str = "\
Examples:
  tenantry grow fleet.yaml
  tenantry grow fleet.yaml --by tenant --up-to 3
  tenantry grow fleet.yaml --of requests --format json -o growth.json
  tenantry grow fleet.yaml --add acquired.yaml --time-limit 60

Ctrl-C (or SIGTERM) stops the search and prints what is known so far; a second Ctrl-C gives up.

Exit codes: 0 an answer, 1 no plan exists for the fleet as it is, 2 wrong input, 3 no plan was found for the fleet as it is
within the limits, 130 interrupted (143 by SIGTERM, 129 by SIGHUP).";

/// Say how far the fleet can grow: at which factors more clusters are needed, and what breaks there
///
/// The workloads are made larger by a factor, and each number of clusters is followed to where it stops to suffice: the
/// greatest factor with a plan, and the smallest at which more clusters are proved to be needed. Factors go in steps of 0.01.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct GrowArgs {
    #[command(flatten)]
    fleet: FleetArgs,
    /// What grows at a time: `tenant`, each tenant by itself; `attribute:NAME`, each class of it; without it everything
    #[arg(long, value_name = "WHAT", value_parser = by)]
    by: Option<GrowBy>,
    /// The greatest factor, from 1 to 1000, with two decimals at most
    #[arg(long, value_name = "FACTOR", default_value = "5", value_parser = factor)]
    up_to: Factor,
    /// What grows of a workload: its `replicas`, rounded up, or what its pods request
    #[arg(long, value_name = "WHAT", default_value = "replicas")]
    of: Of,
    /// First add the workloads and tenants of another fleet; what else it states must be as in FLEET
    #[arg(long, value_name = "FLEET2")]
    add: Option<PathBuf>,
    /// Look for so many rises of the number of clusters (with --by: the first only)
    #[arg(long, value_name = "N", default_value_t = 5)]
    rises: u16,
    #[command(flatten)]
    answer: AnswerArgs<Format>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Of {
    Replicas,
    Requests,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// The document, tenantry-growth/v1
    Json,
    /// A page of its own
    Html,
}

fn by(text: &str) -> Result<GrowBy, String> {
    match text.split_once(':') {
        None if text == "tenant" => Ok(GrowBy::Tenant),
        Some(("attribute", name)) if !name.is_empty() => Ok(GrowBy::Attribute(name.to_owned())),
        _ => Err("`tenant` or `attribute:NAME`".to_owned()),
    }
}

fn factor(text: &str) -> Result<Factor, String> {
    text.parse().map_err(|error: Error| error.to_string())
}

/// Grows; a time limit counts from `started`.
pub(super) fn run(args: GrowArgs, started: Instant) -> Outcome {
    let format = args.answer.output.shown(args.answer.format, [Format::Text, Format::Json, Format::Html])?;
    let inputs: Vec<_> =
        [Some(&args.fleet.fleet), args.add.as_ref()].into_iter().flatten().map(PathBuf::as_path).collect();
    args.answer.output.check(&inputs)?;
    let Loaded { fleet, input } = load(&args.fleet)?;
    let mut add = None;
    if let Some(file) = args.add {
        let other = load(&FleetArgs { fleet: file })?;
        // here, where the text is at hand that it is about
        fleet.with_fleet(other.fleet).map_err(|error| Failure {
            error: Error::Fleet(locate(error, &other.input.text, other.input.is_json())),
            inputs: vec![other.input.clone()],
        })?;
        add = Some(Arc::new(other.fleet.clone()));
    }
    let options = GrowOptions {
        solver: args.answer.runs.options(),
        started: Some(started),
        as_of: args.answer.date.as_of,
        by: args.by.unwrap_or_default(),
        up_to: args.up_to,
        of: match args.of {
            Of::Replicas => Grows::Replicas,
            Of::Requests => Grows::Requests,
        },
        add,
        rises: args.rises.into(),
    };
    let ended = search(Progress::default(), move |progress| pipeline::grow(fleet, &options, progress));
    ended.write(&input, &args.answer.output, exit, |growth| match format {
        Format::Text => Ok(export::growth_text(growth)),
        Format::Json => growth.to_json(),
        Format::Html => export::AnswerPage::Growth(growth).html(),
    })
}

fn exit(growth: &Growth) -> Exit {
    if growth.start.is_impossible() {
        Exit::No
    } else if growth.start.clusters.is_none() {
        Exit::Unknown
    } else {
        Exit::Success
    }
}
