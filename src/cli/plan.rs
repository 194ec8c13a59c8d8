//! `tenantry plan`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::budget::Options;
use crate::error::{Error, Result};
use crate::export::{self, View};
use crate::fleet::{ValueLimits, Warning};
use crate::pipeline::{self, PlanOptions, Planned, certificate};
use crate::plan::{LevelObjective, Plan, PlanProof, PlanStatus};

use super::args::{DateArgs, FleetArgs, seconds};
use super::exit::Exit;
use super::interrupt;
use super::load::{self, Loaded, failure, load};
use super::output::OutputArgs;
use super::progress::Progress;
use super::search::search;
use super::{Outcome, output, tell};

const AFTER: &str = "\
Examples:
  tenantry plan fleet.yaml
  tenantry plan fleet.yaml --format json -o plan.json
  tenantry plan fleet.yaml --time-limit 30 --format csv > assignments.csv
  tenantry plan fleet.yaml --require-proof --format json -o plan.json --certificate proof.json
  tenantry import kubernetes --tenant shop --trust trusted deploy/ | tenantry plan -

Ctrl-C (or SIGTERM) stops the search and prints the best plan so far; a second Ctrl-C gives up. Before the search has
begun there is no plan: nothing is written then.
Without a time limit, the same fleet, seed and work limit give the same bytes, on any number of threads.

Exit codes: 0 a plan, 1 no plan exists, 2 wrong input, 3 no answer within the limits or (--require-proof) no proof,
130 interrupted (143 by SIGTERM, 129 by SIGHUP).";

/// Plan a fleet: the fewest clusters, why there cannot be fewer, and what goes where
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    fleet: FleetArgs,
    /// How to write the plan; from the ending of the output file (.json, .csv, .txt), else text
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Stop after so many seconds, reading and writing included, with the best plan so far
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    time_limit: Option<Duration>,
    /// Stop after so much work (elementary steps, the same on every machine) with the best plan so far
    #[arg(long, value_name = "STEPS")]
    work_limit: Option<u64>,
    /// Seed of every random choice
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Threads; one a core by default, and at most. The plan does not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Write the certificate of the bound to FILE (see `tenantry check`)
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Exit with 3 unless the plan is optimal (or shown not to exist) and an independent check verified the proof
    #[arg(long)]
    require_proof: bool,
    /// Keep the cluster names of an earlier plan (JSON), each by the largest overlap of workloads
    #[arg(long, value_name = "PLAN")]
    names_from: Option<PathBuf>,
    /// Make these small instead of the fleet's objective, most important first: clusters, cost, moves, exposure, balance
    #[arg(long, value_name = "LEVELS", value_parser = levels)]
    objective: Option<Levels>,
    /// A highest value of the plan beside the fleet's limits, the smaller counts: clusters=N, cost=N or moves=N (may be repeated)
    #[arg(long = "limit", value_name = "VALUE=N", value_parser = limit)]
    limits: Vec<ValueLimits>,
    /// Text: show the figures and the list of clusters, no cluster in full
    #[arg(long, conflicts_with_all = ["cluster", "tenant"])]
    summary: bool,
    /// Text: show only this cluster in full (may be repeated)
    #[arg(long, value_name = "NAME")]
    cluster: Vec<String>,
    /// Text: show only clusters that hold this tenant, and what is its own in them (may be repeated)
    #[arg(long, value_name = "NAME")]
    tenant: Vec<String>,
    #[command(flatten)]
    date: DateArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// The plan document, tenantry-plan/v1
    Json,
    /// One line a workload
    Csv,
}

/// The formats by the ending of the output file.
const ENDINGS: [(&str, Format); 3] = [("json", Format::Json), ("csv", Format::Csv), ("txt", Format::Text)];

impl Format {
    fn choose(given: Option<Self>, output: &OutputArgs) -> Result<Self> {
        given.map_or_else(|| output.format(&ENDINGS, Format::Text, "; --format says another"), Ok)
    }

    /// The plan as an answer to be written. Only the text may be refused: by a view that names what is not there.
    fn answer<'p>(self, plan: &'p Plan, view: &View) -> Result<Answer<'p>> {
        Ok(match self {
            Format::Text => Answer::Text(export::text_of(plan, view)?),
            Format::Json => Answer::Json(plan),
            Format::Csv => Answer::Text(export::csv(plan)),
        })
    }
}

/// A plan in the form that was asked for. JSON is large, and never stands in memory as a text.
enum Answer<'p> {
    Text(String),
    Json(&'p Plan),
}

impl Answer<'_> {
    fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        match self {
            Answer::Text(text) => to.write_all(text.as_bytes()),
            Answer::Json(plan) => export::write_json(plan, to),
        }
    }
}

/// Plans; a time limit counts from `started`.
pub(super) fn run(args: PlanArgs, started: Instant) -> Outcome {
    let format = Format::choose(args.format, &args.output)?;
    let view = View { summary: args.summary, clusters: args.cluster, tenants: args.tenant };
    if format != Format::Text && view != View::default() {
        let message = "--summary, --cluster and --tenant narrow the text only";
        return Err(Error::Usage(message.to_owned()).into());
    }
    let certificate = args.certificate.map(|file| OutputArgs { output: Some(file) });
    let outputs: Vec<&OutputArgs> = [Some(&args.output), certificate.as_ref()].into_iter().flatten().collect();
    let inputs: Vec<&Path> =
        [Some(&args.fleet.fleet), args.names_from.as_ref()].into_iter().flatten().map(PathBuf::as_path).collect();
    output::check(&inputs, &outputs)?;
    let Loaded { fleet, input } = load(&args.fleet)?;
    if let Some(empty) = fleet.warnings().iter().find(|warning| warning.code == Warning::EMPTY_FLEET) {
        // before the plan: it may take long, and proves nothing of nothing
        tell(&super::problems::warning(empty.code, &empty.message));
    }
    let names_from = args.names_from.as_deref().map(load::plan).transpose()?.map(Arc::new);
    let solver = Options {
        time_limit: args.time_limit,
        work_limit: args.work_limit,
        seed: args.seed,
        threads: args.threads.map(usize::from),
        ..Options::default()
    };
    let limits = args.limits.into_iter().fold(ValueLimits::default(), ValueLimits::within);
    let objective = args.objective.map(|levels| levels.0);
    let options = PlanOptions { solver, started: Some(started), as_of: args.date.as_of, names_from, objective, limits };
    let ended = search(Progress::default(), move |progress| pipeline::plan_with_proof(fleet, &options, progress));
    let (planned, interrupted) = match ended.answer() {
        Ok((result, interrupted)) => (result.map_err(|error| failure(error, &input))?, interrupted),
        Err(exit) => return Ok(exit),
    };
    let exit = match (interrupted, planned.plan.status) {
        (Some(signal), _) => signal.into(),
        _ if args.require_proof && !settled(&planned.plan) => Exit::Unknown,
        (None, PlanStatus::Optimal | PlanStatus::Feasible) => Exit::Success,
        (None, PlanStatus::Infeasible) => Exit::No,
        (None, PlanStatus::Unknown) => Exit::Unknown,
    };
    if !interrupt::may_write() {
        return Ok(exit); // stopped since: nobody waits for it any more
    }
    let written = deliver(&planned, (format, &view), &args.output, certificate.as_ref());
    if args.require_proof && !settled(&planned.plan) {
        tell("the proof that was required is not there\n");
    }
    // the program ends here: to take a large plan apart again would only delay it
    std::mem::forget(planned);
    written.map(|()| exit).map_err(Into::into)
}

/// The levels of an objective.
#[derive(Clone, Debug)]
struct Levels(Vec<LevelObjective>);

fn levels(text: &str) -> std::result::Result<Levels, String> {
    LevelObjective::list(&text.split(',').map(str::trim).collect::<Vec<_>>()).map(Levels)
}

/// `clusters=3`.
fn limit(text: &str) -> std::result::Result<ValueLimits, String> {
    let (name, number) = text.split_once('=').ok_or("a limit is written as clusters=3")?;
    ValueLimits::one(name, number)
}

/// Hands over the plan, and then its certificate. The plan is not lost with a file that cannot be written: then it is
/// printed, and the error comes last.
fn deliver(
    planned: &Planned,
    (format, view): (Format, &View),
    output: &OutputArgs,
    certificate: Option<&OutputArgs>,
) -> Result<()> {
    let plan = &planned.plan;
    // a name that the plan does not have loses no plan: all of it is shown, and the error comes last
    let (answer, asked) = match format.answer(plan, view) {
        Err(error @ Error::Usage(_)) => (format.answer(plan, &View::default())?, Err(error)),
        answer => (answer?, Ok(())),
    };
    let mut written = output.write_with(|to| answer.write(to));
    if written.is_err() && output.file().is_some() {
        tell("the plan could not be written to its file: here it is\n");
        // what stands in the way of the file is the error to tell
        written = output::print_with(|to| answer.write(to)).and(written);
    }
    if format != Format::Text || output.file().is_some() {
        for warning in &plan.warnings {
            tell(&super::problems::warning(&warning.code, &warning.message));
        }
        tell(&format!("{}\n", in_short(plan)));
    }
    let written = written.and(asked);
    let Some(output) = certificate else { return written };
    let proof = output.write_with(|to| certificate::write_to(planned, to));
    if proof.is_ok() && plan.proof != PlanProof::Certified {
        let why = match certificate::claims_as_much(planned) {
            true => "the check of the certificate came to its limit, and decided nothing (the plan says `claimed`)",
            false => "the certificate proves less than the plan states, or nothing (the plan says `claimed` or `none`)",
        };
        tell(&format!("note: {why}\n"));
    }
    written.and(proof)
}

/// Whether nothing is left open: the best plan, or none, and an independent check agrees.
fn settled(plan: &Plan) -> bool {
    matches!(plan.status, PlanStatus::Optimal | PlanStatus::Infeasible) && plan.proof == PlanProof::Certified
}

/// The plan in one line, for those who send the plan itself elsewhere.
pub(super) fn in_short(plan: &Plan) -> String {
    let bound = plan.summary.lower_bound;
    let counted = |clusters| if clusters == 1 { "1 cluster".to_owned() } else { format!("{clusters} clusters") };
    match (plan.status, plan.summary.clusters) {
        (PlanStatus::Optimal, Some(clusters)) => format!("optimal: {}", counted(clusters)),
        (_, Some(clusters)) if plan.summary.gap.is_none() => format!("feasible: {}", counted(clusters)),
        (_, Some(clusters)) => {
            // where the clusters are the fewest, what is open is another level
            let open = plan.levels.iter().find(|it| it.status != PlanStatus::Optimal && plan.summary.gap == Some(0));
            let open = open.map_or_else(String::new, |it| format!("; the gap is in {}", it.objective.name()));
            format!("feasible: {}, at least {bound}{open}", counted(clusters))
        }
        (PlanStatus::Infeasible, None) => "infeasible: no plan exists".to_owned(),
        (_, None) => "unknown: no plan found within the limits".to_owned(),
    }
}
