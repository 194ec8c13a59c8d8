//! Thousands of random small fleets against brute force. The semantics are computed a second time here, naively, from the
//! published rules: a fleet is drawn as a [`model::Model`], written as a document for the library, and judged by
//! [`naive`] without any of the library's code.

mod model;
mod naive;
#[path = "../partitions/mod.rs"]
mod partitions;
mod today;

use model::Model;
use naive::Verdict;
use tenantry::PlanOptions;
use tenantry::engine::{Options, Silent, Step};
use tenantry::plan::{Figure, PlanProof, PlanStatus};
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
        (Verdict::Plans(all), Ok((plan, _))) if forgot(&plan) => {
            // the bound knows less, and the plan obeys all of it
            assert_ne!(plan.status, PlanStatus::Infeasible, "seed {seed}\n{document}");
            if best_of(&model, &all, &plan, &document) { "planned" } else { "beyond" }
        }
        (Verdict::Plans(all), Ok((plan, fleet))) => {
            assert_eq!(plan.status, PlanStatus::Optimal, "seed {seed}: {:?}\n{document}", plan.summary);
            assert!(best_of(&model, &all, &plan, &document), "seed {seed}: {:?}\n{document}", plan.summary);
            for level in &plan.levels {
                assert_eq!(level.value, level.bound, "seed {seed}: {:?}\n{document}", plan.levels);
            }
            assert_ne!(plan.proof, PlanProof::None, "seed {seed}");
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

/// Holds every level of a plan against all plans; answers whether none is better.
fn best_of(model: &Model, all: &[(u64, u64)], plan: &tenantry::Plan, document: &str) -> bool {
    let number = |figure: Figure| figure.value().round() as u64;
    let say = || format!("{:?} of {all:?}\n{document}", plan.levels);
    let names: Vec<&str> = plan.levels.iter().map(|level| level.objective.name()).collect();
    assert_eq!(names, model.objective, "{}", say());
    let of = |plan: &(u64, u64), level: &str| if level == "clusters" { plan.0 } else { plan.1 };
    if let (Some(clusters), Some(cost)) = (plan.summary.clusters, plan.summary.cost) {
        assert!(all.contains(&(clusters, cost.round() as u64)), "no such plan: {}", say());
    }
    let mut among: Vec<&(u64, u64)> = all.iter().collect();
    let mut best = true;
    for level in &plan.levels {
        let name = level.objective.name();
        let least = among.iter().map(|plan| of(plan, name)).min().unwrap_or(u64::MAX);
        assert!(level.bound.is_none_or(|bound| number(bound) <= least), "a false bound: {}", say());
        let Some(value) = level.value.map(number) else { return false };
        best &= value == least;
        among.retain(|plan| of(plan, name) <= value);
    }
    best
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
