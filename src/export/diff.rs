//! What differs between two plans, for people.

use super::clusters::counted;
use super::sheet::{Sheet, table};
use crate::plan::PlanWarning;
use crate::report::{ClusterChange, DiffKind, FigureChange, FigureValue, PlanDiff, WorkloadChange};
use crate::text::line;

/// So many rows of a kind are shown.
const MOST: usize = 50;
/// A longer value stands under its table, not in it.
const CELL: usize = 36;

/// Renders the difference as plain text, as [`growth_text`](super::growth_text) does: at most 50 rows of a kind.
#[must_use]
pub fn diff_text(diff: &PlanDiff) -> String {
    let mut out = String::new();
    // writing to a string cannot fail
    let _ = written(&mut out, diff);
    out
}

pub(super) fn written(out: &mut impl Sheet, it: &PlanDiff) -> std::fmt::Result {
    let name = |name: &str| if name.is_empty() { "the fleet".to_owned() } else { name.to_owned() };
    let (from, to) = (name(&it.from.name), name(&it.to.name));
    let whose = if from == to { format!("two plans of {from}") } else { format!("a plan of {from} and one of {to}") };
    line(out, format_args!("What differs between {whose}"))?;
    if it.is_empty() || it.from.fleet_digest != it.to.fleet_digest || it.from.as_of != it.to.as_of {
        line(out, format_args!(""))?; // else the first section begins with one
    }
    if it.is_empty() {
        line(out, format_args!("  nothing"))?;
    }
    if it.from.fleet_digest != it.to.fleet_digest {
        line(out, format_args!("  the fleets differ (their digests do)"))?;
    }
    if it.from.as_of != it.to.as_of {
        line(out, format_args!("  waivers were judged on {}, and on {}", it.from.as_of, it.to.as_of))?;
    }
    section(out, "Figures", &["figure", "from", "to"], &it.figures, |row| {
        let cell = |value| if is_long(row) { "(below)".to_owned() } else { said(value) };
        vec![row.figure.clone(), cell(row.from.as_ref()), cell(row.to.as_ref())]
    })?;
    for row in it.figures.iter().take(MOST).filter(|row| is_long(row)) {
        line(out, format_args!("  {}", row.figure))?;
        for (word, value) in [("from", &row.from), ("to", &row.to)] {
            out.running(&format!("{word}: {}", said(value.as_ref())), "    ")?;
        }
    }
    section(out, "Clusters", &["", "cluster", "workloads"], &it.clusters, |row| {
        vec![kind(row.change).to_owned(), called(row), exchanged(row)]
    })?;
    section(out, "Workloads", &["", "workload", "from", "to"], &it.workloads, |row| {
        let homes = |homes: &std::collections::BTreeMap<String, u64>| {
            let list = homes.iter().map(|(cluster, replicas)| format!("{cluster} ({replicas})"));
            list.collect::<Vec<String>>().join(", ")
        };
        vec![kind(row.change).to_owned(), workload(row), homes(&row.from), homes(&row.to)]
    })?;
    section(out, "Tenants", &["tenant", "from", "to"], &it.tenants, |row| {
        vec![row.tenant.clone(), row.from.join(", "), row.to.join(", ")]
    })?;
    let pairs = |pairs: Option<u64>| pairs.map_or_else(|| "none".to_owned(), |pairs| pairs.to_string());
    section(out, "Pairs that rules separate", &["rule", "from", "to"], &it.separations, |row| {
        vec![row.rule.clone(), pairs(row.from), pairs(row.to)]
    })?;
    let state = |state: &Option<String>| state.clone().unwrap_or_else(|| "not there".to_owned());
    section(out, "Waivers", &["waiver", "from", "to"], &it.waivers, |row| {
        vec![row.id.clone(), state(&row.from), state(&row.to)]
    })?;
    warnings(out, "Warnings that are gone", &it.warnings_gone)?;
    warnings(out, "Warnings that are new", &it.warnings_new)
}

/// Sentences that no column holds.
fn warnings(out: &mut impl Sheet, title: &str, rows: &[PlanWarning]) -> std::fmt::Result {
    titled(out, title, rows, |out| {
        rows.iter().take(MOST).try_for_each(|row| out.running(&format!("{}: {}", row.code, row.message), "  "))
    })
}

fn section<T>(
    out: &mut impl Sheet,
    title: &str,
    heads: &[&str],
    rows: &[T],
    cells: impl Fn(&T) -> Vec<String>,
) -> std::fmt::Result {
    let row =
        |cells: Vec<String>| -> [String; 4] { std::array::from_fn(|at| cells.get(at).cloned().unwrap_or_default()) };
    titled(out, title, rows, |out| {
        let mut shown = vec![row(heads.iter().map(|&head| head.to_owned()).collect())];
        shown.extend(rows.iter().take(MOST).map(|it| row(cells(it))));
        table(out, "  ", &shown, &[false; 4])
    })
}

/// The first rows of a kind under their title, and how many more there are.
fn titled<S: Sheet, T>(
    out: &mut S,
    title: &str,
    rows: &[T],
    shown: impl FnOnce(&mut S) -> std::fmt::Result,
) -> std::fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    line(out, format_args!(""))?;
    line(out, format_args!("{title} ({})", rows.len()))?;
    shown(out)?;
    if rows.len() > MOST {
        line(out, format_args!("  and {} more", rows.len() - MOST))?;
    }
    Ok(())
}

fn kind(change: DiffKind) -> &'static str {
    match change {
        DiffKind::Added => "added",
        DiffKind::Removed => "removed",
        DiffKind::Renamed => "renamed",
        DiffKind::Moved => "moved",
        DiffKind::Changed => "changed",
    }
}

fn called(row: &ClusterChange) -> String {
    match (&row.from, &row.to) {
        (Some(from), Some(to)) if from != to => format!("{from}, now {to}"),
        (from, to) => to.as_ref().or(from.as_ref()).cloned().unwrap_or_default(),
    }
}

fn exchanged(row: &ClusterChange) -> String {
    let parts = [(row.came.len(), "came"), (row.went.len(), "went")];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> =
        parts.map(|(count, what)| format!("{} {what}", counted(count as u64, "workload"))).collect();
    parts.join(", ")
}

fn workload(row: &WorkloadChange) -> String {
    if row.namespace == format!("{}-{}", row.tenant, row.workload) {
        format!("{}/{}", row.tenant, row.workload)
    } else {
        format!("{}/{}/{}", row.tenant, row.namespace, row.workload)
    }
}

/// Whether a figure is a text that no column holds.
fn is_long(row: &FigureChange) -> bool {
    [&row.from, &row.to].into_iter().any(|it| said(it.as_ref()).chars().count() > CELL)
}

fn said(value: Option<&FigureValue>) -> String {
    match value {
        None => "none".to_owned(),
        Some(FigureValue::Count(count)) => count.to_string(),
        Some(FigureValue::Number(number)) => number.to_string(),
        Some(FigureValue::Text(text)) => text.clone(),
    }
}
