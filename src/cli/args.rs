//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand};

use super::{check, completions, convert, explain, import, plan, schema};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Yellow.on_default().bold())
    .usage(AnsiColor::Yellow.on_default().bold())
    .literal(AnsiColor::Green.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXIT_CODES: &str = "\
Exit codes:
  0    an answer: a plan (optimal or with a gap), a legal plan, a document
  1    a definite no: no plan exists, or the plan checked is not legal
  2    the input or the command line is wrong
  3    no answer within the limits
  4    an internal error (please report it)
  130  interrupted; the best plan found is printed";

/// Plan which workloads share a Kubernetes cluster: the fewest clusters, proved and explained
///
/// A fleet document says which workloads there are, who owns them and how far they trust one another. The plan is the
/// smallest number of clusters such that nobody shares one with somebody they do not trust, the reason why fewer
/// cannot do, and what goes where.
#[derive(Debug, Parser)]
#[command(name = "tenantry", version, styles = STYLES, after_help = EXIT_CODES, max_term_width = 100)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Plan(plan::PlanArgs),
    Explain(explain::ExplainArgs),
    Check(check::CheckArgs),
    Import(import::ImportArgs),
    Convert(convert::ConvertArgs),
    Schema(schema::SchemaArgs),
    Completions(completions::CompletionsArgs),
}

/// The fleet that a command is about.
#[derive(Debug, clap::Args)]
pub(super) struct FleetArgs {
    /// The fleet document, YAML or JSON; `-` reads standard input
    #[arg(value_name = "FLEET")]
    pub fleet: PathBuf,
}

/// The day against which waivers are judged.
#[derive(Debug, clap::Args)]
pub(super) struct DateArgs {
    /// Judge waivers against this day (YYYY-MM-DD) instead of the fleet's `asOf`, or today (UTC)
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub as_of: Option<jiff::civil::Date>,
}

fn date(text: &str) -> Result<jiff::civil::Date, String> {
    let date = text.parse::<jiff::civil::Date>().ok().filter(|date| date.to_string() == text);
    date.ok_or_else(|| "a day is written as 2026-11-23".to_owned())
}

/// Seconds, fractions allowed.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || "a time limit is a number of seconds, 0 or more, such as 2.5".to_owned();
    let seconds: f64 = text.parse().map_err(|_| wrong())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn time_limits() {
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2_500)));
        assert_eq!(seconds("0"), Ok(Duration::ZERO));
        for wrong in ["-1", "nan", "NaN", "inf", "1e300", "", "1s", "-0.1"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn dates() {
        assert!(date("2026-11-23").is_ok());
        for wrong in ["", "2026-13-01", "2026-1-2", "20261123", "2026-11-23T00:00", "today"] {
            assert!(date(wrong).is_err(), "{wrong}");
        }
    }
}
