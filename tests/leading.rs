//! Objectives that begin with exposure or balance.

use tenantry::engine::{Silent, Verdict};
use tenantry::plan::{Figure, Plan, PlanLevel, PlanStatus};
use tenantry::{Fleet, PlanOptions, Planned, certificate};

/// Three tenants that trust one another, two workloads of 2 cpu each.
fn fleet(objective: &str, more: &str) -> Fleet {
    let rows: String = (0..6)
        .map(|it| format!("{{name: w{it}, tenant: t{}, replicas: 2, requests: {{cpu: 1, memory: 1Gi}}}},", it / 2))
        .collect();
    let text = format!(
        "{{schema: tenantry/v1, asOf: '2026-11-23', tenants: [{{name: t0, trust: trusted}}, {{name: t1, trust: trusted}}, \
         {{name: t2, trust: trusted}}], workloads: [{rows}], clusterTemplates: [{{name: k, allocatable: {{cpu: 16, memory: 64Gi}}}}], \
         objective: [{objective}]{more}}}"
    );
    Fleet::from_yaml(&text).unwrap()
}

fn planned(fleet: &Fleet) -> Planned {
    tenantry::plan_with_proof(fleet, &PlanOptions::default(), &Silent).unwrap()
}

/// Of each level its name, value, bound and status.
fn levels(plan: &Plan) -> Vec<(&'static str, u64, Option<u64>, bool)> {
    let number = |figure: Figure| match figure {
        Figure::Count(count) => count,
        Figure::Money(money) => (money * 1_000.0).round() as u64,
    };
    let one = |it: &PlanLevel| {
        (it.objective.name(), number(it.value.unwrap()), it.bound.map(number), it.status == PlanStatus::Optimal)
    };
    plan.levels.iter().map(one).collect()
}

fn verdict(fleet: &Fleet, planned: &Planned) -> Verdict {
    let read = certificate::read(certificate::write(planned).unwrap().as_bytes()).unwrap();
    certificate::check_certificate(fleet, &planned.plan, &read, None, 50_000_000).unwrap()
}

#[test]
fn nobody_shares_where_exposure_comes_first() {
    let fleet = fleet("exposure, clusters", "");
    let planned = planned(&fleet);
    assert_eq!(levels(&planned.plan), [("exposure", 0, Some(0), true), ("clusters", 3, Some(3), true)]);
    assert_eq!(planned.plan.status, PlanStatus::Optimal);
    assert_eq!(verdict(&fleet, &planned), Verdict::Verified { bounds: vec![3] });
    let why = &planned.plan.summary.lower_bound_reason;
    assert!(why.contains("as good in the levels before") && why.contains("(the exposure)"), "{why}");
    // the certificate of plans with tenants apart says nothing of all plans
    let other = self::fleet("clusters", "");
    let read = certificate::read(certificate::write(&planned).unwrap().as_bytes()).unwrap();
    let plan = tenantry::plan(&other, &PlanOptions::default(), &Silent).unwrap();
    let verdict = certificate::check_certificate(&other, &plan, &read, None, 50_000_000).unwrap();
    assert!(matches!(verdict, Verdict::Refuted { .. }), "{verdict:?}");
}

#[test]
fn exposure_that_cannot_be_nothing_is_as_small_as_was_found() {
    let fleet = fleet("exposure, clusters", ", limits: {clusters: 2}");
    let planned = planned(&fleet);
    // two tenants of two workloads each in one of the clusters, and no plan of two clusters has fewer than 1
    let [exposure, clusters] = levels(&planned.plan)[..] else { panic!() };
    assert_eq!((exposure.1, exposure.2, exposure.3), (4, Some(1), false));
    assert_eq!((clusters.1, clusters.2), (2, Some(1)));
    assert_eq!(verdict(&fleet, &planned), Verdict::Verified { bounds: vec![1] });
}

#[test]
fn a_waiver_does_not_let_tenants_share_where_exposure_comes_first() {
    let waiver = ", policy: {waivers: [{id: w, between: [{tenant: t0}, {tenant: t1}], waives: [sharing, level], approvedBy: x, \
                  expires: '2027-01-01', reason: r}]}";
    let planned = planned(&fleet("exposure, clusters", waiver));
    assert_eq!(levels(&planned.plan)[1], ("clusters", 3, Some(3), true));
}

#[test]
fn the_least_balance_and_then_the_fewest_clusters() {
    // 2 of 16 cpu is the share of each workload by itself
    let fleet = fleet("balance, clusters", "");
    let found = planned(&fleet);
    assert_eq!(levels(&found.plan), [("balance", 125_000, Some(125_000), true), ("clusters", 6, Some(6), true)]);
    assert_eq!(verdict(&fleet, &found), Verdict::Verified { bounds: vec![6] });
    // 12 cpu over two clusters
    let fleet = self::fleet("balance, exposure, clusters", ", limits: {clusters: 2}");
    let found = planned(&fleet);
    let levels = levels(&found.plan);
    assert_eq!(levels[0], ("balance", 375_000, Some(375_000), true));
    assert_eq!(levels[1].1, 4); // t0 with one of t1, t2 with the other
    assert_eq!(levels[2], ("clusters", 2, Some(2), true));
    assert_eq!(verdict(&fleet, &found), Verdict::Verified { bounds: vec![2] });
}

#[test]
fn clusters_come_next_by_themselves() {
    let plan = planned(&fleet("exposure", "")).plan;
    assert_eq!(levels(&plan).iter().map(|it| it.0).collect::<Vec<_>>(), ["exposure", "clusters"]);
    // who runs on two clusters of 8 cpu, unevenly: the balance of what exists, and the fewest moves
    let text = "{schema: tenantry/v1, asOf: '2026-11-23', tenants: [{name: t, trust: trusted}], \
        existingClusters: [{name: a, allocatable: {cpu: 8, memory: 8Gi}}, {name: b, allocatable: {cpu: 8, memory: 8Gi}}], \
        workloads: [{name: w0, tenant: t, requests: {cpu: 2, memory: 1Gi}, runsIn: a}, {name: w1, tenant: t, requests: {cpu: 2, memory: 1Gi}, \
        runsIn: a}, {name: w2, tenant: t, requests: {cpu: 2, memory: 1Gi}, runsIn: a}, {name: w3, tenant: t, requests: {cpu: 2, memory: 1Gi}, \
        runsIn: b}], objective: [balance, moves]}";
    let fleet = Fleet::from_yaml(text).unwrap();
    let found = planned(&fleet);
    assert_eq!(levels(&found.plan), [("balance", 500_000, Some(500_000), true), ("moves", 1, Some(1), true)]);
    assert!(matches!(verdict(&fleet, &found), Verdict::Verified { .. }));
}

/// What goes through all placements may find clusters that keep another balance than those on which the bound stands.
#[test]
fn what_is_found_late_is_proved_of_its_own_balance() {
    let text = |objective: &str, limits: &str| {
        format!(
            "{{schema: tenantry/v1, asOf: '2026-11-23', regions: [{{name: r0}}, {{name: r1}}], defaults: {{regions: all}},
  tenants: [{{name: t0, trust: trusted, overhead: {{cpu: 500m}}}}],
  clusterTemplates: [{{name: s0, allocatable: {{cpu: 8, memory: 100Gi}}, cost: 1}}],
  workloads: [{{name: w0, tenant: t0, requests: {{cpu: 1, memory: 1Gi}}, fixedRequests: {{cpu: 500m}}}},
    {{name: w1, tenant: t0, replicas: 3, requests: {{cpu: 1, memory: 1Gi}}}},
    {{name: w2, tenant: t0, replicas: 2, requests: {{cpu: 2, memory: 1Gi}}, split: {{clusters: 2}}}},
    {{name: w3, tenant: t0, replicas: 3, requests: {{cpu: 1, memory: 1Gi}}}},
    {{name: w4, tenant: t0, requests: {{cpu: 2, memory: 1Gi}}, copies: {{each: region}}}}],
  objective: [{objective}], limits: {{{limits}}}}}"
        )
    };
    let (mut seen, mut certified) = (0, 0);
    for objective in ["balance", "exposure, balance", "balance, clusters", "balance, cost"] {
        for limits in ["cost: 3", "cost: 4", "cost: 5", "cost: 6", "clusters: 4", "clusters: 5"] {
            let fleet = Fleet::from_yaml(&text(objective, limits)).unwrap();
            let planned = planned(&fleet);
            if !planned.plan.assignments.is_empty() {
                seen += 1;
                let verdict = verdict(&fleet, &planned);
                let bounds = matches!(&verdict, Verdict::Verified { bounds } if !bounds.is_empty());
                assert!(matches!(verdict, Verdict::Verified { .. }), "{objective}, {limits}: {verdict:?}");
                certified += usize::from(bounds);
            }
        }
    }
    assert!(seen > 12 && certified > 6, "{seen}, {certified}");
}
