//! The `tenantry` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(tenantry::cli::run(std::env::args_os()))
}
