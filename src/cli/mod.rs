//! The `tenantry` program: a thin face over the library.
//!
//! Answers go to standard output, everything else to standard error. Nothing here ends the process: [`run`] gives the exit
//! code back, so that a Python console script can call it as well.

mod args;
mod audit;
mod batch;
mod blast;
mod bundle;
mod check;
mod command_line;
mod compare;
mod completions;
mod convert;
mod diff;
mod documents;
mod exit;
mod explain;
mod export;
mod filed;
mod frontier;
mod grow;
mod import;
pub(crate) mod input;
mod interrupt;
mod load;
mod migrate;
mod output;
mod place;
mod plan;
mod prices;
mod problems;
pub(crate) mod progress;
mod relax;
mod report;
pub(crate) mod schema;
mod search;
mod why;
mod why_not;

use std::ffi::OsString;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use clap::{CommandFactory, Parser};

use crate::error::Error;

use command_line::{Arguments, Command};
use exit::Exit;
use input::Input;
use interrupt::Stopped;

/// Runs the program with its command line (the program's own name first) and gives its exit code: 0 an answer, 1 a
/// definite no, 2 wrong input or usage, 3 no answer within the limits, 4 an internal error, 130 interrupted (143 by
/// SIGTERM, 129 by SIGHUP).
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let started = Instant::now();
    let args: Vec<OsString> = args.into_iter().collect();
    let exit = catch_unwind(AssertUnwindSafe(|| start(args, started))).unwrap_or_else(|_| {
        tell("internal error: a part of tenantry panicked; please report it\n");
        Exit::Internal
    });
    exit as u8
}

fn start(args: Vec<OsString>, started: Instant) -> Exit {
    let arguments = match Arguments::try_parse_from(args) {
        Ok(arguments) => arguments,
        Err(error) => {
            // help and version are answers; a reader that has gone away is no error
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Success };
        }
    };
    let planning = matches!(
        arguments.command,
        Command::Plan(_)
            | Command::Compare(_)
            | Command::Batch(_)
            | Command::Blast(_)
            | Command::Grow(_)
            | Command::Frontier(_)
            | Command::Relax(_)
            | Command::Prices(_)
            | Command::Why(_)
            | Command::WhyNot(_)
            | Command::Bundle(_)
    );
    let work = move || match arguments.command {
        Command::Plan(args) => plan::run(args, started),
        Command::Explain(args) => explain::run(&args),
        Command::Why(args) => why::run(&args, started),
        Command::WhyNot(args) => why_not::run(&args, started),
        Command::Check(args) => check::run(&args),
        Command::Bundle(args) => bundle::run(&args, started),
        Command::Diff(args) => diff::run(&args),
        Command::Blast(args) => blast::run(&args, started),
        Command::Compare(args) => compare::run(&args, started),
        Command::Batch(args) => batch::run(&args),
        Command::Audit(args) => audit::run(&args),
        Command::Place(args) => place::run(&args),
        Command::Grow(args) => grow::run(args, started),
        Command::Frontier(args) => frontier::run(&args, started),
        Command::Relax(args) => relax::run(&args, started),
        Command::Prices(args) => prices::run(&args, started),
        Command::Migrate(args) => migrate::run(&args, started),
        Command::Report(args) => report::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Import(args) => import::run(args),
        Command::Convert(args) => convert::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Completions(args) => completions::run(&args, &mut Arguments::command()),
    };
    match interrupt::until_stopped(work) {
        Ok(outcome) => outcome.unwrap_or_else(|failure| {
            tell(&problems::render(&failure.error, &failure.inputs));
            Exit::of(&failure.error)
        }),
        Err(stopped) => {
            output::abandon();
            tell(match stopped {
                Stopped { writing: true, .. } => "stopped while the answer was written\n",
                _ if planning => search::STOPPED_EARLY,
                _ => "stopped before there was an answer; nothing was written\n",
            });
            stopped.signal.into()
        }
    }
}

/// An error and the texts that it may be about.
struct Failure {
    error: Error,
    inputs: Vec<Input>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, inputs: Vec::new() }
    }
}

type Outcome<T = Exit> = std::result::Result<T, Failure>;

/// Says something on standard error, in colour where that is a terminal that wants it. Nobody listening is no error.
fn tell(text: &str) {
    let mut stderr = anstream::AutoStream::auto(std::io::stderr());
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
