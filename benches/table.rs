//! The engine's benchmark table: what it must reach, class by class, on seeded instances, in CPU seconds of one core.
//!
//! `cargo bench --bench table [-- --published DIR] [--quick] [--class NAME] [--seed N] [--each FILE]
//! [--without STEP] [--export DIR] [--peers]`
//!
//! Every answer is checked: the packing against the problem, the bound against its certificate. A run is cut by CPU time
//! (through the cancel switch), so that a machine that is not quite idle does not change what is measured; the method is told a limit a
//! quarter longer, by the wall clock. Fleets run in a process of their own each, for their peak memory. `--published` takes a folder of
//! published instances, or of folders of them, with a `best_known.csv` (columns `instance,best` or `file,bins`): packing with conflicts
//! (Muritiba, Iori, Malaguti and Toth 2010), augmented IRUP and non-IRUP (Delorme, Iori and Martello 2016), Hard28, class-constrained.
//! `--each` writes a line of JSON per run, `--export` writes the instances as JSON and solves nothing. `--peers` takes the
//! small set of `benches/peers` instead of the table's. `--without` leaves a step of the method out (`docs/method.md`); it may
//! stand several times.

#[path = "table/classes.rs"]
mod classes;
#[path = "table/clock.rs"]
mod clock;
#[path = "table/measure.rs"]
mod measure;
#[path = "table/published.rs"]
mod published;
#[path = "table/report.rs"]
mod report;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use classes::{Class, Named, Source};
use measure::Run;
use tenantry::engine::{Problem, Step};

/// What the command line asks for.
#[derive(Default)]
struct Arguments {
    published: Option<PathBuf>,
    quick: bool,
    class: Option<String>,
    seed: u64,
    each: Option<PathBuf>,
    export: Option<PathBuf>,
    peers: bool,
    /// Steps of the method that are left out.
    without: Vec<Step>,
    /// One instance of one class, in this process: how the fleets' children are called.
    only: Option<usize>,
}

fn arguments() -> Result<Arguments, String> {
    let mut found = Arguments { seed: 1, ..Arguments::default() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} wants a value"));
        match word.as_str() {
            "--peers" => found.peers = true,
            "--without" => found.without.push(step(&value()?)?),
            "--quick" => found.quick = true,
            "--published" => found.published = Some(value()?.into()),
            "--class" => found.class = Some(value()?),
            "--seed" => found.seed = value()?.parse().map_err(|_| "--seed wants a number")?,
            "--each" => found.each = Some(value()?.into()),
            "--export" => found.export = Some(value()?.into()),
            "--only" => found.only = Some(value()?.parse().map_err(|_| "--only wants a number")?),
            // cargo passes this one to every bench
            "--bench" => {}
            other => return Err(format!("unknown argument {other}")),
        }
    }
    Ok(found)
}

fn step(name: &str) -> Result<Step, String> {
    let names = || Step::ALL.map(Step::name).join(", ");
    Step::ALL
        .into_iter()
        .find(|step| step.name() == name)
        .ok_or_else(|| format!("no step is called {name}: {}", names()))
}

fn main() -> ExitCode {
    match arguments().and_then(|arguments| table(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("table: {problem}");
            ExitCode::from(2)
        }
    }
}

fn table(arguments: &Arguments) -> Result<(), String> {
    let mut classes = classes::all(arguments.seed, arguments.quick);
    if arguments.peers {
        classes = classes::peers(arguments.seed);
    }
    if let Some(folder) = &arguments.published {
        classes.splice(0..0, published::classes(folder)?);
    }
    if let Some(wanted) = &arguments.class {
        classes.retain(|class| class.name.contains(wanted.as_str()));
    }
    if let Some(folder) = &arguments.export {
        return export(&classes, folder);
    }
    if let Some(number) = arguments.only {
        let (class, named) = classes
            .iter()
            .flat_map(|class| class.instances.iter().map(move |named| (class, named)))
            .nth(number)
            .ok_or("no such instance")?;
        let run = measure::run(class, named, &named.source.problem()?, &arguments.without);
        println!("{}", run.json());
        return Ok(());
    }
    let mut each = arguments.each.as_ref().map(std::fs::File::create).transpose().map_err(|error| error.to_string())?;
    let mut number = 0;
    let mut all: Vec<(&Class, Vec<Run>)> = Vec::new();
    print!("{}", report::head());
    for class in &classes {
        let mut runs = Vec::new();
        for named in &class.instances {
            let run = if class.fleet { child(arguments, number)? } else { measured(class, named, &arguments.without)? };
            eprintln!("{}", run.line());
            if let Some(file) = &mut each {
                writeln!(file, "{}", run.json()).map_err(|error| error.to_string())?;
            }
            runs.push(run);
            number += 1;
        }
        print!("{}", report::row(class, &runs));
        all.push((class, runs));
    }
    print!("{}", report::rest(&all));
    Ok(())
}

fn measured(class: &Class, named: &Named, without: &[Step]) -> Result<Run, String> {
    Ok(measure::run(class, named, &named.source.problem()?, without))
}

/// The instance of this number in a process of its own, so that its peak memory is its own.
fn child(arguments: &Arguments, number: usize) -> Result<Run, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args(["--seed", &arguments.seed.to_string(), "--only", &number.to_string()]);
    if arguments.quick {
        command.arg("--quick");
    }
    if let Some(folder) = &arguments.published {
        command.arg("--published").arg(folder);
    }
    if let Some(class) = &arguments.class {
        command.args(["--class", class]);
    }
    for step in &arguments.without {
        command.args(["--without", step.name()]);
    }
    let output = command.output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    Run::parse(text.trim())
        .ok_or_else(|| format!("the child failed: {text}{}", String::from_utf8_lossy(&output.stderr)))
}

/// Writes every instance as JSON: types of bins (capacity, maximum count), items (size, demand, class) and the pairs of classes in conflict.
fn export(classes: &[Class], folder: &std::path::Path) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    for named in classes.iter().flat_map(|class| &class.instances) {
        let problem: Problem = match &named.source {
            Source::Fleet(fleet, _) if fleet.workloads > 100_000 => continue,
            source => source.problem()?,
        };
        let rows = problem.conflicts();
        let pairs: Vec<[usize; 2]> =
            (0..rows.len()).flat_map(|a| rows.related(a).filter(move |&b| b >= a).map(move |b| [a, b])).collect();
        let items: Vec<_> =
            problem.items().iter().map(|item| serde_json::json!([item.size, item.demand, item.class])).collect();
        let bins: Vec<_> = problem.bins().iter().map(|bin| serde_json::json!([bin.capacity, bin.max_count])).collect();
        let text = serde_json::json!({
            "name": named.name,
            "bins": bins,
            "items": items,
            "classes": rows.len(),
            "conflicts": pairs,
        });
        let path = folder.join(format!("{}.json", named.name.replace([' ', '/'], "_")));
        std::fs::write(path, text.to_string()).map_err(|error| error.to_string())?;
    }
    Ok(())
}
