//! `tenantry check`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::certify::Verdict;
use crate::error::Error;
use crate::pipeline::{self, certificate};
use crate::plan::Plan;

use super::args::{DateArgs, FleetArgs};
use super::exit::Exit;
use super::load::{self, Loaded, load, named};
use super::output::OutputArgs;
use super::{Failure, Outcome, input, tell};

const AFTER: &str = "\
Examples:
  tenantry check fleet.yaml plan.json
  tenantry plan fleet.yaml --format json | tenantry check fleet.yaml -
  tenantry check fleet.yaml plan.json proof.json

Exit codes: 0 the plan is legal (and its bound proved), 1 it is not, 2 a document cannot be read, 3 undecided.";

/// Check that a plan is legal for a fleet
///
/// Every rule, every capacity and every figure of the plan is gone through again, by arithmetic of its own: it does not
/// matter who made the plan. The lower bound is checked only with its certificate, in whole numbers, by a search of its own.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    fleet: FleetArgs,
    /// The plan document (JSON); `-` reads standard input
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// The certificate that `tenantry plan --certificate` wrote: check the bound as well
    #[arg(value_name = "CERTIFICATE")]
    certificate: Option<PathBuf>,
    /// Stop checking the certificate after so much work (elementary steps)
    #[arg(long, value_name = "STEPS", default_value_t = 20_000_000_000)]
    work_limit: u64,
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
    let plan = load::plan(&args.plan)?;
    let checked = pipeline::check(&loaded.fleet, &plan, args.date.as_of).map_err(|error| loaded.failure(error))?;
    for remark in &checked.remarks {
        tell(&format!("note: {remark}\n"));
    }
    if args.certificate.is_none() && plan.summary.lower_bound > 0 {
        let bound = plan.summary.lower_bound;
        tell(&format!("note: the lower bound of {bound} is not checked: that takes the certificate\n"));
    }
    let mut text = String::new();
    let exit = match checked.violations.len() {
        0 => {
            text.push_str("legal: the plan keeps every rule of the fleet and its figures are right\n");
            match &args.certificate {
                Some(file) => bound(args, file, &loaded, &plan, &mut text)?,
                None => Exit::Success,
            }
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

/// Checks the certificate and says what it proves.
fn bound(args: &CheckArgs, file: &Path, loaded: &Loaded, plan: &Plan, text: &mut String) -> Result<Exit, Failure> {
    let document = input::read(file)?;
    let read = certificate::read(document.text.as_bytes()).map_err(|error| named(error, &document.name))?;
    let verdict = certificate::check_certificate(&loaded.fleet, plan, &read, args.work_limit)
        .map_err(|error| loaded.failure(error))?;
    let (line, exit) = match verdict {
        Verdict::Verified { .. } if plan.clusters.is_none() => ("VERIFIED: no plan exists".to_owned(), Exit::Success),
        Verdict::Verified { .. } => {
            let (clusters, lower) = (plan.summary.clusters.unwrap_or(0), plan.summary.lower_bound);
            (format!("VERIFIED: at least {lower} clusters are needed, the plan has {clusters}"), Exit::Success)
        }
        Verdict::Refuted { place, why } => (format!("REFUTED at {place}: {why}"), Exit::No),
        Verdict::Undecided => {
            let why = "the certificate proves less than the plan states, or the work limit ended the check";
            (format!("UNDECIDED: {why}"), Exit::Unknown)
        }
    };
    let _ = writeln!(text, "{line}"); // writing to a string cannot fail
    Ok(exit)
}
