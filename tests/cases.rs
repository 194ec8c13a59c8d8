//! Tiny named fleets with known answers, `tests/cases/*.yaml`: a head (what is expected, pairs that may or may not
//! share), a line `---`, the fleet. Every way to solve runs all of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tenantry::PlanOptions;
use tenantry::engine::{Options, Silent, Step};
use tenantry::plan::{Plan, PlanProof, PlanStatus};
use tenantry::{Error, Fleet};
use tenantry::{Explanation, Verdict};

enum Expected {
    Clusters { count: u64, cost: Option<f64> },
    Infeasible,
    Problems(BTreeSet<String>),
}

struct Case {
    name: String,
    expected: Expected,
    apart: Vec<[String; 3]>,
    share: Vec<[String; 2]>,
    fleet: String,
}

fn words(list: &str) -> Vec<String> {
    list.trim_matches(|c| "[]{}".contains(c)).split(',').map(|word| word.trim().to_owned()).collect()
}

fn read(path: &Path) -> Case {
    let text = fs::read_to_string(path).unwrap();
    let (head, fleet) = text.split_once("\n---\n").expect("a head, `---`, a fleet");
    let (mut expected, mut apart, mut share) = (None, Vec::new(), Vec::new());
    let mut section = "";
    for line in head.lines().filter(|line| !line.starts_with('#')) {
        if let Some(value) = line.strip_prefix("expect: ") {
            expected = Some(expectation(value));
        } else if let Some(pair) = line.strip_prefix("  - ") {
            match section {
                "apart:" => apart.push(words(pair).try_into().expect("two workloads and a rule")),
                "share:" => share.push(words(pair).try_into().expect("two workloads")),
                other => panic!("{}: a pair under `{other}`", path.display()),
            }
        } else {
            section = line;
        }
    }
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    Case { name, expected: expected.expect("expect:"), apart, share, fleet: fleet.to_owned() }
}

fn expectation(value: &str) -> Expected {
    if value == "infeasible" {
        return Expected::Infeasible;
    }
    if let Some(codes) = value.strip_prefix("{error: ") {
        return Expected::Problems(words(codes).into_iter().collect());
    }
    if let Some(figures) = value.strip_prefix("{clusters: ") {
        let figures = words(figures);
        let cost = figures[1].strip_prefix("cost: ").expect("a cost").parse().unwrap();
        return Expected::Clusters { count: figures[0].parse().unwrap(), cost: Some(cost) };
    }
    Expected::Clusters { count: value.parse().unwrap(), cost: None }
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 40);
    paths.iter().map(|path| read(path)).collect()
}

fn plan(case: &Case, limits: Options) -> Result<(Fleet, Plan), Error> {
    let fleet = Fleet::from_yaml(&case.fleet)?;
    let options = PlanOptions { solver: limits, ..PlanOptions::default() };
    let plan = tenantry::plan(&fleet, &options, &Silent)?;
    Ok((fleet, plan))
}

/// The ids of the reasons that no waiver takes away.
fn standing(explanation: &Explanation) -> Vec<&str> {
    explanation.reasons.iter().filter(|reason| reason.waived.is_empty()).map(|reason| reason.rule.as_str()).collect()
}

fn check(case: &Case, limits: &Options) {
    let name = &case.name;
    match (&case.expected, plan(case, limits.clone())) {
        (Expected::Problems(codes), Err(Error::Fleet(error))) => {
            let found: BTreeSet<_> = error.problems.iter().map(|problem| problem.code.to_owned()).collect();
            assert_eq!(&found, codes, "{name}: {error}");
        }
        (Expected::Problems(_), Err(error)) => panic!("{name}: {error}"),
        (Expected::Problems(codes), Ok((_, plan))) => panic!("{name}: {codes:?} expected, got {:?}", plan.summary),
        (_, Err(error)) => panic!("{name}: {error}"),
        (Expected::Infeasible, Ok((_, plan))) => {
            assert_eq!(plan.status, PlanStatus::Infeasible, "{name}");
            assert!(plan.clusters.is_none() && !plan.contradictions.is_empty(), "{name}");
        }
        (Expected::Clusters { count, cost }, Ok((fleet, plan))) => {
            assert_eq!(plan.status, PlanStatus::Optimal, "{name}: {:?}", plan.summary);
            assert_ne!(plan.proof, PlanProof::None, "{name}");
            assert_eq!(plan.summary.clusters, Some(*count), "{name}");
            assert_eq!(plan.summary.lower_bound, *count, "{name}");
            if cost.is_some() {
                assert_eq!(plan.summary.cost, *cost, "{name}");
            }
            for [a, b, rule] in &case.apart {
                let explanation = tenantry::explain(&fleet, None, a, b).unwrap();
                let ids = standing(&explanation);
                assert!(ids.contains(&rule.as_str()), "{name}: {a} {b} {rule}: {ids:?}");
                assert_eq!(explanation.verdict, Verdict::Separated, "{name}: {explanation}");
            }
            for [a, b] in &case.share {
                let explanation = tenantry::explain(&fleet, None, a, b).unwrap();
                assert!(standing(&explanation).is_empty(), "{name}: {explanation}");
                assert_eq!(explanation.verdict, Verdict::MayShare, "{name}: {explanation}");
            }
        }
    }
}

#[test]
fn known_answers() {
    for case in cases() {
        check(&case, &Options::default());
    }
}

#[test]
fn known_answers_with_heuristics_off() {
    for case in cases() {
        check(&case, &Options { without: Step::SEARCHES.to_vec(), threads: Some(1), ..Options::default() });
    }
}
