use std::fmt::Write;

use super::*;
use crate::budget::{Options, Silent};
use crate::date::Date;
use crate::fleet::Fleet;
use crate::trust::Scope;

/// Workloads of many sizes, those of one tenant apart from all others, in clusters of which most are half empty.
fn half_empty() -> Fleet {
    let mut rows = String::new();
    for it in 0..360u64 {
        let (cpu, memory) = (100 + it * 37 % 800, 100 + it * 53 % 800);
        let (tenant, cluster) = (it % 24 / 4, it % 24);
        let _ = write!(
            rows,
            "{{name: w{it}, tenant: t{tenant}, runsIn: c{cluster}, requests: {{cpu: {cpu}m, memory: {memory}Mi}}}}, "
        );
    }
    let clusters: Vec<String> =
        (0..24).map(|it| format!("{{name: c{it}, allocatable: {{cpu: 16, memory: 16Gi}}}}")).collect();
    let tenants: Vec<String> =
        (0..6).map(|it| format!("{{name: t{it}, trust: {}}}", if it == 0 { "untrusted" } else { "trusted" })).collect();
    let text = format!(
        "{{schema: tenantry/v1, tenants: [{}], workloads: [{rows}], existingClusters: [{}], objective: [clusters, moves]}}",
        tenants.join(", "),
        clusters.join(", ")
    );
    Fleet::from_yaml(&text).unwrap()
}

#[test]
fn clusters_in_haste_hold_everybody_and_keep_most_where_they_are() {
    let fleet = half_empty();
    let graph = TrustGraph::new(&fleet, Date::today(), Scope::All).unwrap();
    let pods = Pods::new(&fleet);
    let budget = Budget::new(&Options::default(), u64::MAX, &Silent);
    let closer = |_: usize, _: &[usize], _: &Budget| true;
    let ground = ground(&pods, &graph, units(&pods, &graph), &closer).unwrap();
    let crews = crews(&ground, &budget);
    let sum: u64 = fleet.workloads().iter().map(|it| it.total[0]).sum();
    let least = usize::try_from(sum.div_ceil(16_000)).unwrap();
    let houses = hasty(&ground, &crews, (least, 24), true, false, &budget).unwrap();
    assert!(houses.len() >= least && houses.len() <= least + 2, "{} {least}", houses.len());
    let placed: usize = houses.iter().map(|house| house.members.len()).sum();
    assert_eq!(placed, 360);
    let stays: u64 = houses.iter().map(|house| ground.stays(house)).sum();
    assert!(stays * 24 >= 360 * (least as u64 - 2), "{stays} of 360 stay in {least} of 24");
    // nobody has room for more than there is
    assert!(hasty(&ground, &crews, (least - 1, least - 1), true, false, &budget).is_none());
}

#[test]
fn nobody_leaves_for_others_where_clusters_are_no_matter() {
    // in each of eight half-empty clusters one workload of a tenant that shares with nobody: a ninth cluster for these
    let mut rows = String::new();
    for it in 0..160u64 {
        let (cpu, tenant) = (100 + it * 37 % 90, if it.is_multiple_of(20) { "alone" } else { "many" });
        let _ = write!(
            rows,
            "{{name: w{it}, tenant: {tenant}, runsIn: c{}, requests: {{cpu: {cpu}m, memory: {it}Mi}}}}, ",
            it / 20
        );
    }
    let clusters: Vec<String> = (0..8).map(|it| format!("{{name: c{it}, template: k}}")).collect();
    let text = format!(
        "{{schema: tenantry/v1, tenants: [{{name: alone, trust: untrusted}}, {{name: many, trust: trusted}}], workloads: [{rows}], \
         clusterTemplates: [{{name: k, allocatable: {{cpu: 6, memory: 16Gi}}}}], existingClusters: [{}], objective: [moves]}}",
        clusters.join(", ")
    );
    let fleet = Fleet::from_yaml(&text).unwrap();
    let graph = TrustGraph::new(&fleet, Date::today(), Scope::All).unwrap();
    let budget = Budget::new(&Options::default(), 2_000_000_000, &Silent);
    let found = remain(&Pods::new(&fleet), &graph, (1, None), &budget).unwrap();
    assert_eq!(crate::placement::Excess::values(&fleet, &found)[2], 8);
}
