//! What runs today and a plan, side by side.

use std::collections::BTreeSet;

use super::{MOST, heading};
use crate::export::clusters::more;
use crate::export::sheet::{Sheet, table};
use crate::plan::PlanStatus;
use crate::report::{Blast, Reach};
use crate::text::line;

/// The figures of both, and of each tenant. What is not in one of them is a dash there.
pub(super) fn side_by_side(out: &mut impl Sheet, today: &Blast, planned: &Blast) -> std::fmt::Result {
    heading(out, "Today, and in the plan")?;
    let mut rows = vec![["", "today", "planned"].map(str::to_owned)];
    let found = matches!(planned.status, Some(PlanStatus::Optimal | PlanStatus::Feasible));
    let mut row = |what: &str, figure: &dyn Fn(&Blast) -> Option<u64>| {
        let planned = if found { said(figure(planned)) } else { "no plan".to_owned() };
        rows.push([what.to_owned(), said(figure(today)), planned]);
    };
    row("clusters", &|it| Some(it.clusters.len() as u64));
    // each pair is counted from both sides
    row("pairs of different tenants", &|it| Some(it.tenants.iter().map(|it| it.pairs).sum::<u64>() / 2));
    row("most tenants in reach", &|it| worst(it, &|reach| Some(reach.tenants)));
    row("most workloads in reach", &|it| worst(it, &|reach| Some(reach.workloads)));
    row("most pods in reach", &|it| worst(it, &|reach| reach.pods));
    row("most workloads gone with a cluster", &|it| it.losses.iter().map(|it| it.gone.len() as u64).max().or(Some(0)));
    if !(today.losses_of_regions.is_empty() && planned.losses_of_regions.is_empty()) {
        let most = |it: &Blast| it.losses_of_regions.iter().map(|it| it.gone.len() as u64).max().or(Some(0));
        row("most workloads gone with a region", &most);
    }
    table(out, "  ", &rows, &[false, true, true])?;
    if found && today.subject.is_none() { tenants(out, today, planned) } else { Ok(()) }
}

/// The most of a figure that somebody who is placed reaches in one cluster; `None` where one is not known.
fn worst(it: &Blast, figure: &dyn Fn(&Reach) -> Option<u64>) -> Option<u64> {
    it.clusters.iter().map(|it| figure(&it.reach)).try_fold(0, |most, figure| Some(most.max(figure?)))
}

fn said(figure: Option<u64>) -> String {
    figure.map_or_else(|| "?".to_owned(), |figure| figure.to_string())
}

/// Each tenant, those that reach most today first, then those that run nowhere yet.
fn tenants(out: &mut impl Sheet, today: &Blast, planned: &Blast) -> std::fmt::Result {
    heading(out, "By tenant, today > planned, worst today first")?;
    let mut rows = vec![["tenant", "clusters", "tenants", "workloads", "pods", "pairs"].map(str::to_owned)];
    let runs: BTreeSet<&str> = today.tenants.iter().map(|it| it.tenant.as_str()).collect();
    let new = planned.tenants.iter().map(|it| it.tenant.as_str()).filter(|it| !runs.contains(it));
    let names: Vec<&str> = today.tenants.iter().map(|it| it.tenant.as_str()).chain(new).collect();
    rows.extend(names.iter().take(MOST).map(|&name| {
        let figures = |it: &Blast| -> [String; 5] {
            let Some(it) = it.tenants.iter().find(|it| it.tenant == name) else { return ["-"; 5].map(str::to_owned) };
            let reach = &it.reach;
            [Some(it.clusters), Some(reach.tenants), Some(reach.workloads), reach.pods, Some(it.pairs)].map(said)
        };
        let (now, then) = (figures(today), figures(planned));
        let [clusters, tenants, workloads, pods, pairs] =
            std::array::from_fn(|column| format!("{} > {}", now[column], then[column]));
        [name.to_owned(), clusters, tenants, workloads, pods, pairs]
    }));
    table(out, "  ", &rows, &[false, true, true, true, true, true])?;
    more(out, names.len(), MOST, "tenant", "tenants")?;
    line(out, format_args!("  what follows is of today; `tenantry blast FLEET --plan PLAN` lists the same of the plan"))
}
