//! A gate: audits what runs today, and fails on what the baseline does not know: `audit FLEET.yaml [BASELINE.json]`.

use std::fs::read_to_string;
use std::process::ExitCode;

use tenantry::report::{Audit, Baseline, Gate};
use tenantry::{AuditOptions, Fleet, Result, export};

/// The audit of a document. Violations that the baseline names are known, and do not count.
///
/// # Errors
/// Everything that is wrong with the documents; nothing runs anywhere.
pub fn audited(fleet: &str, baseline: Option<&str>) -> Result<Audit> {
    let fleet = Fleet::from_yaml(fleet)?;
    let baseline = baseline.map(Baseline::from_json).transpose()?;
    tenantry::audit(&fleet, &AuditOptions { baseline, ..AuditOptions::default() })
}

fn run(arguments: &[String]) -> std::result::Result<ExitCode, String> {
    let [fleet, baseline @ ..] = arguments else { return Err("usage: audit FLEET.yaml [BASELINE.json]".to_owned()) };
    let read = |path: &String| read_to_string(path).map_err(|error| format!("{path}: {error}"));
    let known = baseline.first().map(read).transpose()?;
    let audit = audited(&read(fleet)?, known.as_deref()).map_err(|error| error.to_string())?;
    print!("{}", export::audit_text(&audit));
    Ok(if audit.failures(Gate::default()) == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    run(&arguments).unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::from(2)
    })
}
