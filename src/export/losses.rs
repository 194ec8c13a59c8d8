//! What the loss of each region takes, for people.

use super::clusters::table;
use crate::plan::LossOfRegion;
use crate::text::line;

/// So many regions are listed.
const MOST: usize = 10;

/// The section; nothing where there is no row.
pub(super) fn of_regions(out: &mut String, losses: &[LossOfRegion]) -> std::fmt::Result {
    if losses.is_empty() {
        return Ok(());
    }
    line(out, format_args!(""))?;
    line(out, format_args!("If a region is lost"))?;
    let mut rows = vec![["region", "clusters", "workloads", "pods", "tenants"].map(str::to_owned)];
    for it in losses.iter().take(MOST) {
        let figures = [it.clusters, it.workloads, it.pods, it.tenants].map(|figure| figure.to_string());
        let [clusters, workloads, pods, tenants] = figures;
        rows.push([it.region.clone(), clusters, workloads, pods, tenants]);
    }
    table(out, "  ", &rows, &[false, true, true, true, true])?;
    match losses.len().saturating_sub(MOST) {
        0 => Ok(()),
        1 => line(out, format_args!("  and 1 more region (JSON has all)")),
        rest => line(out, format_args!("  and {rest} more regions (JSON has all)")),
    }
}
