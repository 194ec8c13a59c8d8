//! Packs generated tenant fleets: `fleet WORKLOADS TENANTS DISTRUST PER_BIN SECONDS [BIN_TYPES] [SEED]`, one JSON line.
//! Distrust is in thousandths of the pairs of tenants; 0 seconds: no time limit.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use tenantry::engine::generate::TenantFleet;
use tenantry::engine::{Budget, Objective, Options, Silent, Verdict, check, solve};

fn main() -> ExitCode {
    let numbers: Vec<f64> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let &[workloads, tenants, distrust, per_bin, seconds, ref rest @ ..] = &numbers[..] else {
        eprintln!("usage: fleet WORKLOADS TENANTS DISTRUST PER_BIN SECONDS [BIN_TYPES] [SEED]");
        return ExitCode::from(2);
    };
    let bin_types = rest.first().map_or(1, |&kinds| kinds as usize);
    let seed = rest.get(1).map_or(1, |&seed| seed as u64);
    let recipe = TenantFleet {
        workloads: workloads as usize,
        tenants: tenants as usize,
        distrust: distrust as u64,
        per_bin: per_bin as u64,
        bin_types,
        ..TenantFleet::default()
    };
    let Ok(problem) = recipe.build(seed) else { return ExitCode::from(2) };
    let time_limit = (seconds > 0.0).then(|| Duration::from_secs_f64(seconds));
    let options = Options { seed, time_limit, ..Options::default() };
    let levels = [Objective::Clusters, Objective::Cost];
    let objective = if bin_types > 1 { &levels[..] } else { &levels[..1] };
    let start = Instant::now();
    let answer = solve(&problem, objective, &options, &Silent).expect("no terms");
    let seconds = start.elapsed().as_secs_f64();
    let budget = Budget::new(&Options::default(), 20_000_000_000, &Silent);
    let verdict = match check(&problem, answer.solution.as_ref(), &answer.certificate, &budget) {
        Verdict::Verified { .. } => "certified".to_owned(),
        Verdict::Refuted { place, why } => format!("refuted: {place}: {why}"),
        Verdict::Undecided => "claimed".to_owned(),
    };
    let levels: Vec<_> = answer.levels.iter().map(|level| (level.value, level.bound, level.certified)).collect();
    println!(
        "{}",
        serde_json::json!({
            "types": problem.items().len(), "classes": problem.conflicts().len(), "levels": levels,
            "status": format!("{:?}", answer.status), "proof": verdict, "seconds": seconds,
            "checkSeconds": start.elapsed().as_secs_f64() - seconds, "closedBy": format!("{:?}", answer.closed_by),
        })
    );
    ExitCode::SUCCESS
}
