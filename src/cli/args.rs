//! Arguments that several commands have.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use clap::builder::EnumValueParser;

use crate::budget::Options;
use crate::date::Date;
use crate::error;
use crate::fleet::LeverKind;
use crate::pipeline::LeverChoice;

use super::output::OutputArgs;

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
    pub as_of: Option<Date>,
}

/// How a command answers that plans many times, and within which limits.
#[derive(Debug, clap::Args)]
pub(super) struct AnswerArgs<F: ValueEnum + Send + Sync + 'static> {
    /// How to say it; from the ending of the output file (.json, .html, .txt), else text
    #[arg(long, value_name = "FORMAT", value_parser = EnumValueParser::<F>::new())]
    pub format: Option<F>,
    #[command(flatten)]
    pub runs: RunArgs,
    #[command(flatten)]
    pub date: DateArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// The limits of a call that plans many times.
#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// Stop after so many seconds, reading and writing included, with what is known so far
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    time_limit: Option<Duration>,
    /// Stop after so much work (elementary steps, the same on every machine), all runs together
    #[arg(long, value_name = "STEPS")]
    work_limit: Option<u64>,
    /// Seed of every random choice
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Threads; one a core by default, and at most. The answer does not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
}

impl RunArgs {
    /// The limits, in the engine's words.
    pub fn options(&self) -> Options {
        Options {
            time_limit: self.time_limit,
            work_limit: self.work_limit,
            seed: self.seed,
            threads: self.threads.map(usize::from),
            ..Options::default()
        }
    }
}

/// Which levers count.
#[derive(Debug, clap::Args)]
pub(super) struct LeverArgs {
    /// Only levers of these kinds (see the documentation); without it all but pairs of classes
    #[arg(long, value_name = "KIND,...", value_delimiter = ',')]
    levers: Vec<String>,
    /// Beside those this one: a pair of classes (separate:environment=production|test), or headroom with a share
    /// (headroom:standard=10%)
    #[arg(long, value_name = "ID")]
    also: Vec<String>,
    /// Not this one
    #[arg(long, value_name = "ID")]
    keep: Vec<String>,
    /// How hard a lever is to get; 1 where it is not said
    #[arg(long, value_name = "ID=N", value_parser = weight)]
    weight: Vec<(String, u64)>,
}

impl LeverArgs {
    /// The choice, in the library's words.
    pub fn choice(&self) -> error::Result<LeverChoice> {
        let kinds = self.levers.iter().map(|word| LeverKind::of_word(word)).collect::<error::Result<BTreeSet<_>>>()?;
        Ok(LeverChoice {
            kinds: (!kinds.is_empty()).then_some(kinds),
            also: self.also.clone(),
            keep: self.keep.clone(),
            weights: self.weight.iter().cloned().collect(),
        })
    }
}

fn weight(text: &str) -> Result<(String, u64), String> {
    let read = text.rsplit_once('=').and_then(|(id, weight)| Some((id.to_owned(), weight.parse().ok()?)));
    read.filter(|(id, _)| !id.is_empty()).ok_or_else(|| "a weight is written as distrust:pci=5".to_owned())
}

pub(super) fn date(text: &str) -> Result<Date, String> {
    Date::read(text).ok_or_else(|| "a day is written as 2026-11-23".to_owned())
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
