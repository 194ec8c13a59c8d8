//! What a plan moves, for people: how much, whose, and why.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::clusters::counted;
use super::sheet::table;
use crate::compact::Text;
use crate::plan::{Assignment, Change, Figure, LevelObjective, MoveCount, Plan, PlanStatus, TenantMoves};
use crate::text::line;

/// So many rows, tenants and clusters are listed.
const MOST: usize = 20;

/// The section; nothing where nothing exists.
pub(super) fn moves(out: &mut String, plan: &Plan) -> std::fmt::Result {
    let Some(moves) = &plan.moves else { return Ok(()) };
    line(out, format_args!(""))?;
    line(out, format_args!("Against what runs today"))?;
    let level = plan.levels.iter().find(|level| level.objective == LevelObjective::Moves);
    if let Some(level) = level
        && let (Some(Figure::Count(value)), Some(Figure::Count(bound))) = (level.value, level.bound)
    {
        let what = match level.status {
            PlanStatus::Optimal => "no plan that is as good before has fewer".to_owned(),
            _ => format!("no plan that is as good before has fewer than {bound}"),
        };
        line(out, format_args!("  moves {value}: {what}"))?;
    }
    for (what, count) in [("can stay in no plan", moves.forced), ("moved by choice", moves.chosen)] {
        line(out, format_args!("  {what}: {}", counts(count)))?;
    }
    if !moves.by_tenant.is_empty() {
        line(out, format_args!("  by tenant"))?;
    }
    for row in moves.by_tenant.iter().take(MOST) {
        line(out, format_args!("    {}: {}", row.tenant, counts(of_tenant(row))))?;
    }
    more(out, moves.by_tenant.len(), "tenant")?;
    let moved = plan.assignments.iter().filter(|row| row.change == Change::Move).count();
    if moved > 0 {
        let mut rows = vec![["workload", "from", "to", "because"].map(str::to_owned)];
        rows.extend(moved_rows(plan, MOST));
        table(out, "    ", &rows, &[false; 4])?;
        more(out, moved, "move")?; // a row for each copy that moves
    }
    for names in left_behind(plan, MOST) {
        line(out, format_args!("  {names}"))?;
    }
    Ok(())
}

/// Copies given up, clusters that are emptied or not used: a line each, with so many names at most.
pub(super) fn left_behind(plan: &Plan, most: usize) -> Vec<String> {
    let given_up =
        plan.leaving.iter().map(|it| format!("{}/{}/{} in {}", it.tenant, it.namespace, it.workload, it.cluster));
    let given_up: Vec<Text> = given_up.map(Text::from).collect();
    let lists = [("copies given up", &given_up), ("emptied", &plan.emptied), ("not used", &plan.unused)];
    let line = |(what, names): (&str, &Vec<Text>)| {
        let shown: Vec<&str> = names.iter().take(most).map(|name| name.as_str()).collect();
        let rest = names.len().saturating_sub(most);
        let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        format!("{what}: {}{rest}", shown.join(", "))
    };
    lists.into_iter().filter(|(_, names)| !names.is_empty()).map(line).collect()
}

/// The first so many of those that move: who, from where, to where, and why.
pub(super) fn moved_rows(plan: &Plan, most: usize) -> Vec<[String; 4]> {
    let text = |text: &Option<Text>| text.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut names: FxHashMap<_, BTreeSet<&str>> = FxHashMap::default();
    for row in &plan.assignments {
        names.entry((&row.tenant, &row.workload)).or_default().insert(&row.namespace);
    }
    let moved = plan.assignments.iter().filter(|row| row.change == Change::Move).take(most);
    let row = |row: &Assignment| {
        // as everywhere: the namespace where the name alone is that of several
        let who = match names[&(&row.tenant, &row.workload)].len() {
            1 => format!("{}/{}", row.tenant, row.workload),
            _ => format!("{}/{}/{}", row.tenant, row.namespace, row.workload),
        };
        [who, text(&row.from), row.cluster.to_string(), text(&row.because)]
    };
    moved.map(row).collect()
}

/// A tenant's moves as a count.
pub(super) fn of_tenant(row: &TenantMoves) -> MoveCount {
    let TenantMoves { cost, workloads, pods, stateful, regions, .. } = *row;
    MoveCount { cost, workloads, pods, stateful, regions }
}

/// How much that is, in a few words.
pub(super) fn counts(count: MoveCount) -> String {
    let stateful = if count.stateful > 0 { format!(" ({} stateful)", count.stateful) } else { String::new() };
    let (workloads, pods) = (counted(count.workloads, "workload"), counted(count.pods, "pod"));
    let regions = if count.regions > 0 { format!(", {} to another region", count.regions) } else { String::new() };
    format!("{workloads}{stateful}{regions}, {pods}, counting {}", count.cost)
}

fn more(out: &mut String, all: usize, what: &str) -> std::fmt::Result {
    match all.saturating_sub(MOST) {
        0 => Ok(()),
        rest => line(out, format_args!("    and {}", counted(rest as u64, &format!("more {what}")))),
    }
}
