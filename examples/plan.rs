//! Plans a fleet document, checks the certificate as a stranger would, and prints the plan: `plan FLEET.yaml`.

use std::process::ExitCode;

use tenantry::engine::{Silent, Verdict};
use tenantry::{Fleet, PlanOptions, Result, certificate, export, plan_with_proof};

/// Elementary steps that the check of a bound may take.
const CHECK_WORK: u64 = 1_000_000_000;

/// The plan of a document in words, and what a check of its certificate says.
///
/// # Errors
/// Everything that is wrong with the document, each with its place.
pub fn planned(text: &str) -> Result<String> {
    let fleet = Fleet::from_yaml(text)?;
    let planned = plan_with_proof(&fleet, &PlanOptions::default(), &Silent)?;
    // what is filed beside the plan, for whoever doubts the bound
    let filed = certificate::write(&planned)?;
    let read = certificate::read(filed.as_bytes())?;
    let day = planned.plan.day();
    let said = match certificate::check_certificate(&fleet, &planned.plan, &read, day, CHECK_WORK)? {
        Verdict::Verified { bounds } => format!("the certificate proves the bounds {bounds:?}"),
        Verdict::Refuted { place, why } => format!("the certificate is refuted at {place}: {why}"),
        Verdict::Undecided => {
            "the certificate proves less than the plan states, or its check came to the work limit".to_owned()
        }
    };
    Ok(format!("{}\n{said}\n", export::text(&planned.plan)))
}

fn main() -> ExitCode {
    let path = std::env::args().nth(1).unwrap_or_else(|| "examples/acme.yaml".to_owned());
    let answer = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"));
    match answer.and_then(|text| planned(&text).map_err(|error| format!("{path}: {error}"))) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}
