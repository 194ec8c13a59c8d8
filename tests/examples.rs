//! The examples for programs run, and say what they should.

#[path = "../examples/audit.rs"]
#[allow(dead_code)] // its `main`
mod audit;
#[path = "../examples/engine.rs"]
#[allow(dead_code)]
mod engine;
#[path = "../examples/plan.rs"]
#[allow(dead_code)]
mod plan;
#[path = "../examples/watch.rs"]
#[allow(dead_code)]
mod watch;

use std::fs::read_to_string;
use std::path::Path;

use tenantry::report::Gate;

fn example(name: &str) -> String {
    read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)).unwrap()
}

#[test]
fn a_plan_comes_with_a_certificate_that_proves_it() {
    let said = plan::planned(&example("acme.yaml")).unwrap();
    assert!(said.contains("the certificate proves the bounds [7]"), "{said}");
    let refused = plan::planned("schema: tenantry/v1\ntenants: [{name: A, trust: no}]\n").unwrap_err().to_string();
    assert!(refused.contains("tenants[0]"), "{refused}");
}

#[test]
fn an_audit_fails_on_what_is_new() {
    let fleet = example("today/fleet.yaml");
    let all = audit::audited(&fleet, None).unwrap();
    let known = all.baseline().to_json();
    let again = audit::audited(&fleet, Some(&known)).unwrap();
    assert!(all.summary.violations > 0 && all.summary.new == all.summary.violations);
    assert_eq!((again.summary.violations, again.summary.new), (all.summary.violations, 0));
    assert!(all.failures(Gate::default()) > again.failures(Gate::default()));
}

#[test]
fn a_watch_hears_of_plans_and_stops_the_search() {
    let fleet = example("acme.yaml");
    let (patient, told) = watch::watched(&fleet, 0).unwrap();
    assert_eq!((patient.summary.clusters, patient.summary.gap), (Some(7), Some(0)));
    assert!(told.iter().any(|line| line.ends_with("a plan of 7 clusters")), "{told:?}");
    // content with anything
    let (hasty, _) = watch::watched(&fleet, 1_000).unwrap();
    assert!(hasty.summary.clusters.is_some_and(|clusters| clusters >= 7));
}

/// By hand: owner 1 shares with nobody, and five jobs of 30 GiB on one machine take a large one (two fit a small one). The others
/// need 60 cores: on two machines that is two large ones. Three of 22.
#[test]
fn the_engine_packs_without_kubernetes() {
    let (solution, values) = engine::packed().unwrap();
    assert_eq!(values, [3, 66]);
    assert_eq!(solution.patterns.iter().map(|pattern| pattern.count).sum::<u64>(), 3);
}
