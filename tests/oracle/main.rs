//! Thousands of random small fleets against brute force. The semantics are computed a second time here, naively, from the
//! published rules: a fleet is drawn as a [`model::Model`], written as a document for the library, and judged by
//! [`naive`] without any of the library's code.

mod model;
mod naive;
#[path = "../partitions/mod.rs"]
mod partitions;
mod several;
mod today;

use model::Model;
use naive::Verdict;
use tenantry::PlanOptions;
use tenantry::engine::{Objective, Options, Silent, Step};
use tenantry::plan::{PlanProof, PlanStatus};
use tenantry::{Error, Fleet};

/// Draws a fleet from `seed`, plans it, and compares with brute force. Returns what it was an example of.
fn compare(seed: u64, without: &[Step]) -> &'static str {
    let model = Model::draw(seed);
    let document = model.document();
    let truth = naive::judge(&model);
    let limits = Options { without: without.to_vec(), threads: Some(1), ..Options::default() };
    let options = PlanOptions { solver: limits, ..PlanOptions::default() };
    let planned = Fleet::from_json(&document)
        .map_err(Error::from)
        .and_then(|fleet| Ok((tenantry::plan(&fleet, &options, &Silent)?, fleet)));
    match (truth, planned) {
        (Verdict::Invalid(code), Err(Error::Fleet(error))) => {
            let found: Vec<_> = error.problems.iter().map(|problem| problem.code).collect();
            assert!(found.contains(&code), "seed {seed}: {code} expected, got {error}\n{document}");
            "invalid"
        }
        (Verdict::Infeasible, Ok((plan, _))) if forgot(&plan) => {
            assert_eq!(plan.clusters, None, "seed {seed}\n{document}");
            "infeasible"
        }
        (Verdict::Infeasible, Ok((plan, _))) => {
            assert_eq!(plan.status, PlanStatus::Infeasible, "seed {seed}: {:?}\n{document}", plan.summary);
            "infeasible"
        }
        (Verdict::Best { clusters, cost }, Ok((plan, fleet))) if forgot(&plan) => {
            // the bound knows less, and the plan obeys all of it
            let found = plan.summary.clusters;
            assert!(plan.summary.lower_bound <= clusters, "seed {seed}: {:?}\n{document}", plan.summary);
            assert!(found.is_none_or(|found| found >= clusters), "seed {seed}: {:?}\n{document}", plan.summary);
            assert_ne!(plan.status, PlanStatus::Infeasible, "seed {seed}\n{document}");
            if found == Some(clusters) && fleet.objective().contains(&Objective::Cost) {
                let bound = plan.summary.cost_lower_bound.unwrap_or(0.0);
                assert!(bound <= cost as f64, "seed {seed}: {:?}\n{document}", plan.summary);
                assert!(plan.summary.cost >= Some(cost as f64), "seed {seed}: {:?}\n{document}", plan.summary);
            }
            if found == Some(clusters) { "planned" } else { "beyond" }
        }
        (Verdict::Best { clusters, cost }, Ok((plan, fleet))) => {
            assert_eq!(plan.status, PlanStatus::Optimal, "seed {seed}: {:?}\n{document}", plan.summary);
            assert_eq!(plan.summary.clusters, Some(clusters), "seed {seed}\n{document}");
            assert_eq!(plan.summary.lower_bound, clusters, "seed {seed}\n{document}");
            assert_ne!(plan.proof, PlanProof::None, "seed {seed}");
            if fleet.objective().contains(&Objective::Cost) {
                assert_eq!(plan.summary.cost, Some(cost as f64), "seed {seed}\n{document}");
            }
            for a in 0..model.workloads.len() {
                for b in 0..a {
                    if model.workloads[a].per_cluster || model.workloads[b].per_cluster {
                        continue;
                    }
                    let expected = naive::reasons(&model, a, b);
                    let explanation = tenantry::explain(&fleet, None, &model.identity(a), &model.identity(b)).unwrap();
                    let mut found: Vec<_> = explanation
                        .reasons
                        .iter()
                        .filter(|reason| reason.waived.is_empty())
                        .map(|reason| reason.rule.clone())
                        .collect();
                    found.sort();
                    found.dedup();
                    assert_eq!(found, expected, "seed {seed}: {} {}\n{document}", model.identity(a), model.identity(b));
                }
            }
            "planned"
        }
        (truth, Ok((plan, _))) => panic!("seed {seed}: {truth:?} expected, got {:?}\n{document}", plan.summary),
        (truth, Err(error)) => panic!("seed {seed}: {truth:?} expected, got {error}\n{document}"),
    }
}

/// Whether the bound forgets something.
fn forgot(plan: &tenantry::Plan) -> bool {
    plan.levels.iter().any(|level| !level.forgot.is_empty()) || plan.status == PlanStatus::Unknown
}

fn run(seeds: std::ops::Range<u64>, without: &[Step]) {
    let count = seeds.end - seeds.start;
    let (mut planned, mut beyond) = (0, 0);
    for seed in seeds {
        let found = compare(seed, without);
        planned += u64::from(found == "planned");
        beyond += u64::from(found == "beyond");
    }
    assert!(beyond * 100 <= planned, "{beyond} plans take more clusters than they need, {planned} do not");
    assert!(planned * 3 > count, "the generator draws too few valid fleets: {planned} of {count}");
}

#[test]
fn brute_force_agrees() {
    run(0..3000, &[]);
}

#[test]
fn brute_force_agrees_with_heuristics_off() {
    run(100_000..101_000, &Step::SEARCHES);
}
