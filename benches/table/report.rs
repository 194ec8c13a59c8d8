//! The Markdown that is printed.

use std::fmt::Write;

use crate::classes::{Class, Target};
use crate::measure::Run;

pub fn head() -> String {
    "| class | instances | proved | certified | median s | p95 s | max s | sum s | worst gap | must | aim |\n\
     |---|---|---|---|---|---|---|---|---|---|---|\n"
        .into()
}

/// The value below which a share of the sorted values lies.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(place.clamp(1, sorted.len().max(1)) - 1).copied().unwrap_or(0.0)
}

pub fn row(class: &Class, runs: &[Run]) -> String {
    let mut times: Vec<f64> = runs.iter().map(|run| run.cpu).collect();
    times.sort_unstable_by(f64::total_cmp);
    let proved = runs.iter().filter(|run| run.proved).count();
    let certified = runs.iter().filter(|run| run.certified).count();
    let gap = runs.iter().map(Run::gap).max_by_key(|gap| gap.map_or(u64::MAX, |gap| gap)).flatten();
    format!(
        "| {} | {} | {proved} | {certified} | {:.3} | {:.3} | {:.3} | {:.1} | {} | {} | {} |\n",
        class.name,
        runs.len(),
        quantile(&times, 0.5),
        quantile(&times, 0.95),
        quantile(&times, 1.0),
        times.iter().sum::<f64>(),
        gap.map_or_else(|| "no plan".into(), |gap| gap.to_string()),
        met(class.must, runs),
        met(class.aim, runs),
    )
}

/// `yes`, or what misses the target; `-` where there is none.
fn met(target: Target, runs: &[Run]) -> String {
    if target.seconds == 0.0 || runs.is_empty() {
        return "-".into();
    }
    let allowed = |run: &Run| match target.relative {
        0.0 => target.gap,
        share => (share * run.bound as f64) as u64,
    };
    // a run that is cut at the target ends a moment after it
    let seconds = target.seconds * 1.01;
    let within =
        runs.iter().filter(|run| run.cpu <= seconds && run.gap().is_some_and(|gap| gap <= allowed(run))).count();
    let mut missed = Vec::new();
    if (within as f64) < target.share * runs.len() as f64 {
        missed.push(format!("{within} of {} within {} s", runs.len(), target.seconds));
    }
    if let Some(worst) = target.worst.filter(|&worst| runs.iter().any(|run| run.gap().is_none_or(|gap| gap > worst))) {
        missed.push(format!("a gap above {worst}"));
    }
    let mean = runs.iter().map(|run| run.cpu).sum::<f64>() / runs.len() as f64;
    if let Some(limit) = target.mean.filter(|&limit| mean > limit) {
        missed.push(format!("mean {mean:.2} s, wanted {limit:.2} s"));
    }
    if missed.is_empty() { "yes".into() } else { format!("no: {}", missed.join("; ")) }
}

/// What comes after the table: fleets, the limit of a second, and whatever was wrong.
pub fn rest(all: &[(&Class, Vec<Run>)]) -> String {
    let mut text = String::new();
    fleets(&mut text, all);
    limited(&mut text, all);
    let runs = || all.iter().flat_map(|(_, runs)| runs);
    let wrong: Vec<_> = runs().filter_map(|run| run.wrong.as_ref().map(|why| (&run.instance, why))).collect();
    let _ = writeln!(text, "\nWrong answers: {}", wrong.len());
    for (instance, why) in wrong {
        let _ = writeln!(text, "- {instance}: {why}");
    }
    text
}

fn fleets(text: &mut String, all: &[(&Class, Vec<Run>)]) {
    if !all.iter().any(|(class, _)| class.fleet) {
        return;
    }
    text.push_str(
        "\n| fleet | workloads | types | bins | bound | gap | CPU s | us a workload | check s | peak MiB |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    for run in all.iter().filter(|(class, _)| class.fleet).flat_map(|(_, runs)| runs) {
        let show = |value: Option<u64>| value.map_or_else(|| "none".to_owned(), |value| value.to_string());
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {:.3} | {:.1} | {:.3} | {:.0} |",
            run.instance,
            run.items,
            run.types,
            show(run.bins),
            run.bound,
            show(run.gap()),
            run.cpu,
            run.cpu * 1e6 / run.items as f64,
            run.check,
            run.peak
        );
    }
}

fn limited(text: &mut String, all: &[(&Class, Vec<Run>)]) {
    let runs = all.iter().flat_map(|(_, runs)| runs);
    let mut runs: Vec<_> = runs.filter_map(|run| run.second.as_ref().map(|second| (run, second))).collect();
    if runs.is_empty() {
        return;
    }
    runs.sort_by(|a, b| b.1.wall.total_cmp(&a.1.wall));
    let late = runs.iter().filter(|(_, second)| second.wall > 1.2).count();
    let truly = runs.iter().filter(|(_, second)| second.cpu > 1.2).count();
    let none = runs.iter().filter(|(_, second)| second.bins.is_none()).count();
    let _ = writeln!(
        text,
        "\nA wall-clock limit of 1 s, on the {} runs of at most 100,000 items that need longer: {late} returned after \
         1.2 s ({truly} by CPU time, which other programs do not lengthen), {none} without a plan. The latest:",
        runs.len()
    );
    for (run, second) in runs.iter().take(8) {
        let _ = writeln!(text, "- {}: {:.2} s, of which CPU {:.2} s", run.instance, second.wall, second.cpu);
    }
}
