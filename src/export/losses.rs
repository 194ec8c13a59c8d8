//! What the loss of each cluster, and of each region, takes, for people.

use super::clusters::more;
use super::sheet::table;
use crate::plan::{Loss, LossOfRegion};
use crate::text::line;

/// So many clusters, and regions, are listed.
const MOST: usize = 10;

/// The section of the clusters; nothing where there is no row.
pub(super) fn of_clusters(out: &mut String, losses: &[Loss]) -> std::fmt::Result {
    if losses.is_empty() {
        return Ok(());
    }
    line(out, format_args!(""))?;
    line(out, format_args!("If a cluster is lost: workloads with fewer pods than their replicas"))?;
    let mut rows = vec![["cluster", "workloads", "pods", "tenants"].map(str::to_owned)];
    for it in losses.iter().take(MOST) {
        rows.push([it.cluster.clone(), with_left(it.workloads, it.left), it.pods.to_string(), it.tenants.to_string()]);
    }
    table(out, "  ", &rows, &[false, true, true, true])?;
    more(out, losses.len(), MOST, "cluster", "clusters")
}

/// The section of the regions; nothing where there is no row.
pub(super) fn of_regions(out: &mut String, losses: &[LossOfRegion]) -> std::fmt::Result {
    if losses.is_empty() {
        return Ok(());
    }
    line(out, format_args!(""))?;
    line(out, format_args!("If a region is lost"))?;
    let mut rows = vec![["region", "clusters", "workloads", "pods", "tenants"].map(str::to_owned)];
    for it in losses.iter().take(MOST) {
        let [clusters, pods, tenants] = [it.clusters, it.pods, it.tenants].map(|figure| figure.to_string());
        rows.push([it.region.clone(), clusters, with_left(it.workloads, it.left), pods, tenants]);
    }
    table(out, "  ", &rows, &[false, true, true, true, true])?;
    more(out, losses.len(), MOST, "region", "regions")
}

/// Workloads, and the pods that they have left, where they may have any.
pub(super) fn with_left(workloads: u64, left: Option<u64>) -> String {
    left.map_or_else(|| workloads.to_string(), |left| format!("{workloads} ({left} pods left)"))
}
