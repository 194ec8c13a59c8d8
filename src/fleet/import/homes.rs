//! Who may be in which region. No dump says it, so everybody is kept in the regions where they run today: what nobody said never
//! moves data out of its country.

use std::collections::{BTreeMap, BTreeSet};

use crate::fleet::problems::shown;

use super::emit::Row;
use super::machines::Running;
use super::report::Report;

/// Writes down for each row in which of the fleet's regions it runs, itself or what must share its cluster with it. Nothing where there
/// is no choice of regions. Complexity: linear in the rows.
pub(super) fn keep(rows: &mut [Row], running: &[Running], regions: &BTreeSet<String>, report: &mut Report) {
    if regions.len() < 2 {
        return;
    }
    let of_cluster: BTreeMap<&str, &str> =
        running.iter().filter_map(|it| Some((it.name.as_str(), it.region()?))).collect();
    // one namespace is in one cluster, wherever it was told from
    let mut shared: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let mut silent: BTreeMap<String, bool> = BTreeMap::new();
    for row in rows.iter_mut().filter(|row| !row.per_cluster) {
        let clusters = row.cluster.iter().chain(&row.across);
        row.regions = clusters.filter_map(|it| of_cluster.get(it.as_str())).map(|&it| it.to_owned()).collect();
        *silent.entry(row.tenant.clone()).or_insert(true) &= row.regions.is_empty();
        if let Some(namespace) = &row.namespace {
            shared.entry((row.tenant.clone(), namespace.clone())).or_default().extend(row.regions.iter().cloned());
        }
    }
    for row in rows.iter_mut().filter(|row| !row.per_cluster) {
        let key = row.namespace.clone().map(|namespace| (row.tenant.clone(), namespace));
        if let Some(all) = key.and_then(|key| shared.get(&key)) {
            row.regions.clone_from(all);
        }
    }
    let names: Vec<String> = regions.iter().map(|it| format!("`{}`", shown(it))).collect();
    let message = format!(
        "no dump says who may be in which of {}: everybody is kept where they run today, by `regions` of tenants and \
         workloads (`regions: all` there, or a list, lets them go elsewhere)",
        names.join(", ")
    );
    report.warn("assumed-regions", message);
    for (tenant, _) in silent.into_iter().filter(|(_, silent)| *silent) {
        let what = "nothing of it runs yet, so nothing says in which region it may be: in each (`regions` of the tenant narrow it)";
        report.note("open-regions", what, format!("tenant `{}`", shown(&tenant)));
    }
}
