//! `tenantry batch`.

mod journal;
mod sources;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::budget::{Event, Options, Watch};
use crate::date::Date;
use crate::error::{Error, FleetError, Result};
use crate::export;
use crate::pipeline::{self, PlanOptions, Quiet, certificate};
use crate::plan::{Plan, PlanStatus};
use crate::report::{BatchOptions, BatchPlan, BatchRow};

use super::args::{DateArgs, seconds};
use super::exit::Exit;
use super::load::fleet_of;
use super::output::{self, OutputArgs, print_with};
use super::progress::Progress;
use super::search::search;
use super::{Failure, Outcome, input, tell};

use journal::Journal;
use sources::{Source, sources};

const AFTER: &str = "\
Examples:
  tenantry batch fleets -o plans.jsonl
  find . -name '*.fleet.yaml' | tenantry batch - -o plans.jsonl --jobs 4
  tenantry batch fleets -o plans.jsonl --plans plans --time-limit 60

A run that is stopped, or killed, is taken up again by the same command: what its file has of the same fleets (by their
digest), asked for the same on the same day by the same version, is not planned again. Ctrl-C (or SIGTERM) ends it with the rows so far.

Exit codes: 0 every fleet has a plan, 1 for some there is none, 2 some cannot be read, or wrong usage, 3 for some none was
found within the limits, 130 interrupted (143 by SIGTERM, 129 by SIGHUP).";

/// Plan many fleets, one row each, and take up where an earlier run ended
///
/// Rows are added to the file as they are done. In the end it has one for each of the fleets, in their order, and no other: those
/// of fleets that are no longer there go. A fleet that cannot be read is a row with its errors, and is tried again the next
/// time. Limits are those of each plan.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct BatchArgs {
    /// A folder with fleet documents, or a list of them, a path a line; `-` reads the list from standard input
    #[arg(value_name = "DIR|LIST")]
    of: PathBuf,
    /// The file of the rows (tenantry-batch/v1, a line of JSON each)
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// A folder for the plan of each fleet and its certificate: NAME.plan.json, NAME.certificate.json
    #[arg(long, value_name = "DIR")]
    plans: Option<PathBuf>,
    /// So many fleets at a time; one a core by default. The rows do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Stop each plan after so many seconds with the best that was found
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    time_limit: Option<Duration>,
    /// Stop each plan after so much work (elementary steps, the same on every machine)
    #[arg(long, value_name = "STEPS")]
    work_limit: Option<u64>,
    /// Seed of every random choice
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Threads of each plan. The answer does not depend on it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    threads: u16,
    #[command(flatten)]
    date: DateArgs,
}

/// What became of the batch.
struct Done {
    /// In the order of the fleets.
    rows: Vec<BatchRow>,
    /// So many of them were there already.
    kept: usize,
    /// Fleets that the file had rows of, and that are not among these.
    gone: BTreeSet<String>,
}

pub(super) fn run(args: &BatchArgs) -> Outcome {
    let began = SystemTime::now();
    let of = sources(&args.of)?;
    if args.output.as_os_str() == "-" {
        return Err(Error::Usage("-o takes a file: a batch is taken up again from it".to_owned()).into());
    }
    let rows = OutputArgs { output: Some(args.output.clone()) };
    let inputs: Vec<_> = of.iter().map(|it| it.path.as_path()).chain([args.of.as_path()]).collect();
    output::check(&inputs, &[&rows])?;
    if let Some(folder) = &args.plans {
        names_of_plans(&of)?;
        std::fs::create_dir_all(folder).map_err(|source| Error::Io { path: folder.display().to_string(), source })?;
        if same_file::is_same_file(folder, &args.of).unwrap_or(false) {
            let (folder, of) = (folder.display(), args.of.display());
            return Err(Error::Usage(format!(
                "--plans {folder}: is the input {of}: its plans would be fleets the next time"
            ))
            .into());
        }
        output::sweep(folder, began);
    }
    output::sweep(&output::directory(&args.output), began);
    let journal = Journal::open(&args.output)?;
    if journal.cut {
        tell(&format!("note: {}: the last row was cut off, and is made anew\n", args.output.display()));
    }
    let batch = Batch {
        asked: BatchOptions {
            as_of: args.date.as_of.map(|day| day.to_string()),
            seed: args.seed,
            time_limit: args.time_limit.map(|limit| limit.as_secs_f64()),
            work_limit: args.work_limit,
        },
        day: args.date.as_of,
        solver: Options {
            time_limit: args.time_limit,
            work_limit: args.work_limit,
            seed: args.seed,
            threads: Some(args.threads.into()),
            ..Options::default()
        },
        jobs: args.jobs.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from),
        plans: args.plans.clone(),
        output: args.output.clone(),
        of,
    };
    let ended = search(Progress::of_fleets(batch.of.len() as u64), move |progress| batch.planned(journal, progress));
    let (answer, interrupted) = match ended.answer() {
        Ok((answer, interrupted)) => (answer.map_err(Failure::from)?, interrupted),
        Err(exit) => return Ok(exit),
    };
    if let Some(first) = answer.gone.first() {
        let (file, more) = (args.output.display(), answer.gone.len() - 1);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        tell(&format!("note: {file}: no longer in it, for this batch has no such fleet: {first}{more}\n"));
    }
    print_with(|to| to.write_all(export::batch_text(&answer.rows, answer.kept).as_bytes()))?;
    Ok(interrupted.map_or_else(|| exit(&answer.rows), Into::into))
}

fn exit(rows: &[BatchRow]) -> Exit {
    let any = |status: PlanStatus| rows.iter().any(|row| row.planned.as_ref().is_some_and(|it| it.status == status));
    if rows.iter().any(|row| row.planned.is_none()) {
        Exit::Usage
    } else if any(PlanStatus::Unknown) {
        Exit::Unknown
    } else if any(PlanStatus::Infeasible) {
        Exit::No
    } else {
        Exit::Success
    }
}

/// Refuses fleets whose plans would have one name.
fn names_of_plans(of: &[Source]) -> Result<()> {
    let mut names: Vec<_> = of.iter().map(|it| it.path.file_name()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some([Some(name), _]) => {
            let name = name.to_string_lossy();
            Err(Error::Usage(format!("--plans: two fleets are called {name}, and their plans would be, too")))
        }
        _ => Ok(()),
    }
}

struct Batch {
    of: Vec<Source>,
    asked: BatchOptions,
    day: Option<Date>,
    solver: Options,
    jobs: usize,
    plans: Option<PathBuf>,
    output: PathBuf,
}

impl Batch {
    /// Plans what is not there yet, several fleets at a time, and adds each row as it is done.
    fn planned(&self, journal: Journal, progress: &Progress) -> Result<Done> {
        let earlier = journal.earlier.clone();
        let next = AtomicUsize::new(0);
        let state = Mutex::new((journal, vec![None; self.of.len()], 0usize, Ok(())));
        let work = || {
            while let Some((place, source)) = self.next(&next, progress) {
                let row = self.row(source, &earlier, progress);
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                let (journal, rows, kept, failed) = &mut *state;
                let done = row.and_then(|row| match row {
                    Some((row, true)) => {
                        *kept += 1;
                        Ok(Some(row))
                    }
                    // what is not written is not done
                    Some((row, false)) => journal.add(&row).map(|()| Some(row)),
                    None => Ok(None),
                });
                match done {
                    Ok(row) => rows[place] = row,
                    Err(error) => {
                        *failed = Err(error);
                        next.store(self.of.len(), Ordering::Relaxed); // nobody begins another
                        return;
                    }
                }
                let done = rows.iter().flatten().count() as u64;
                progress.event(Event::Run { number: done });
            }
        };
        thread::scope(|scope| (0..self.jobs.min(self.of.len())).for_each(|_| drop(scope.spawn(work))));
        let (journal, rows, kept, failed) = state.into_inner().unwrap_or_else(PoisonError::into_inner);
        failed?;
        let whole = rows.iter().all(Option::is_some);
        let rows: Vec<BatchRow> = rows.into_iter().flatten().collect();
        let mut gone = BTreeSet::new();
        if whole {
            drop(journal);
            let text: String = rows.iter().map(BatchRow::line).collect::<Result<_>>()?;
            OutputArgs { output: Some(self.output.clone()) }.write(&text)?;
            let named: BTreeSet<&str> = self.of.iter().map(|it| it.name.as_str()).collect();
            gone.extend(earlier.into_iter().map(|row| row.file).filter(|file| !named.contains(file.as_str())));
        }
        Ok(Done { rows, kept, gone })
    }

    fn next(&self, next: &AtomicUsize, progress: &Progress) -> Option<(usize, &Source)> {
        if progress.cancelled() {
            return None;
        }
        let place = next.fetch_add(1, Ordering::Relaxed);
        Some((place, self.of.get(place)?))
    }

    /// The row of a fleet, and whether it was there already; `None` where the call was stopped meanwhile.
    fn row(&self, source: &Source, earlier: &[BatchRow], progress: &Progress) -> Result<Option<(BatchRow, bool)>> {
        let started = Instant::now();
        let failed = |errors: Vec<String>| Ok(Some((BatchRow::new(&source.name, &self.asked, Err(errors)), false)));
        let read = match input::read(&source.path) {
            Ok(read) => read,
            Err(error) => return failed(vec![error.to_string()]),
        };
        let fleet = match fleet_of(&read) {
            Ok(fleet) => fleet,
            Err(error) => return failed(wrong(&error)),
        };
        drop(read);
        let day = pipeline::as_of(&fleet, self.day).to_string();
        let known = earlier.iter().rev().find(|row| row.is_of(&source.name, &self.asked, (fleet.digest(), &day)));
        if let Some(known) = known.filter(|known| self.has_plan(source, known)) {
            return Ok(Some((known.clone(), true)));
        }
        let options = PlanOptions {
            solver: self.solver.clone(),
            started: Some(started),
            as_of: self.day,
            ..PlanOptions::default()
        };
        let planned = match pipeline::plan_with_proof(&fleet, &options, &Quiet(progress)) {
            Ok(planned) => planned,
            Err(Error::Fleet(error)) => return failed(wrong(&error)),
            Err(error) => return Err(error),
        };
        if progress.cancelled() {
            return Ok(None); // it may have been cut short
        }
        if let Some([plan, proof]) = self.files(source) {
            // the certificate first: where the plan is there, both are
            OutputArgs { output: Some(proof) }.write(&certificate::write(&planned)?)?;
            OutputArgs { output: Some(plan) }.write(&export::json(&planned.plan)?)?;
        }
        Ok(Some((BatchRow::new(&source.name, &self.asked, Ok(BatchPlan::of(&planned.plan))), false)))
    }

    /// The files of its plan and certificate, where they are asked for.
    fn files(&self, source: &Source) -> Option<[PathBuf; 2]> {
        let name = source.path.file_name()?.to_string_lossy().into_owned();
        let folder = self.plans.as_ref()?;
        Some(["plan", "certificate"].map(|what| folder.join(format!("{name}.{what}.json"))))
    }

    /// Whether the plan of a row is there, where plans are asked for: not one that answers something else.
    fn has_plan(&self, source: &Source, row: &BatchRow) -> bool {
        let Some([plan, proof]) = self.files(source) else { return true };
        let read = input::read_exactly(&plan).and_then(|it| Plan::from_json(&it.text));
        let same = |plan: Plan| plan.seed == self.asked.seed && row.planned == Some(BatchPlan::of(&plan));
        proof.is_file() && read.is_ok_and(same)
    }
}

/// What is wrong with a fleet, a line each.
fn wrong(error: &FleetError) -> Vec<String> {
    let more = (error.omitted > 0).then(|| format!("and {} more", error.omitted));
    error.problems.iter().map(ToString::to_string).chain(more).collect()
}
