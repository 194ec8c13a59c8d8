//! `tenantry check`.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::error::Error;
use crate::pipeline;
use crate::plan::Plan;

use super::args::{DateArgs, FleetArgs};
use super::exit::Exit;
use super::load::load;
use super::output::OutputArgs;
use super::{Failure, Outcome, input, tell};

const AFTER: &str = "\
Examples:
  tenantry check fleet.yaml plan.json
  tenantry plan fleet.yaml --format json | tenantry check fleet.yaml -

Exit codes: 0 the plan is legal, 1 it is not, 2 a document cannot be read.";

/// Check that a plan is legal for a fleet
///
/// Every rule, every capacity and every figure of the plan is gone through again, by arithmetic of its own: it does not
/// matter who made the plan. The lower bound itself is not proved here.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    fleet: FleetArgs,
    /// The plan document (JSON); `-` reads standard input
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// Judge waivers against this day (YYYY-MM-DD) instead of the plan's
    #[command(flatten)]
    date: DateArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &CheckArgs) -> Outcome {
    args.output.check()?;
    if args.fleet.fleet.as_os_str() == "-" && args.plan.as_os_str() == "-" {
        return Err(Error::Usage("the fleet and the plan cannot both be read from standard input".to_owned()).into());
    }
    let loaded = load(&args.fleet)?;
    let document = input::read(&args.plan)?;
    let plan = Plan::from_json(&document.text).map_err(|error| named(error, &document.name))?;
    let checked = pipeline::check(&loaded.fleet, &plan, args.date.as_of).map_err(|error| loaded.failure(error))?;
    for remark in &checked.remarks {
        tell(&format!("note: {remark}\n"));
    }
    let mut text = String::new();
    let exit = match checked.violations.len() {
        0 => {
            text.push_str("legal: the plan keeps every rule of the fleet and its figures are right\n");
            Exit::Success
        }
        count => {
            let plural = if count == 1 { "" } else { "s" };
            // writing to a string cannot fail
            let _ = writeln!(text, "not legal: {count} violation{plural}");
            for violation in &checked.violations {
                let _ = writeln!(text, "  [{}] {}", violation.code, violation.message);
            }
            Exit::No
        }
    };
    args.output.write(&text)?;
    Ok(exit)
}

/// Says which file is no plan.
fn named(error: Error, name: &str) -> Failure {
    let error = match error {
        Error::PlanDocument(message) => Error::PlanDocument(format!("{name}: {message}")),
        other => other,
    };
    error.into()
}
