//! What fewer clusters take, for people: one line for each number of clusters at which something changes.

use super::clusters::counted;
use super::sheet::{Sheet, table};
use crate::plan::{Figure, PlanProof, PlanStatus, PlanStop};
use crate::report::{Frontier, FrontierFigure, FrontierPoint};
use crate::text::line;

/// Renders the answer as plain text, as [`growth_text`](super::growth_text) does.
#[must_use]
pub fn frontier_text(frontier: &Frontier) -> String {
    let mut out = String::new();
    // writing to a string cannot fail
    let _ = written(&mut out, frontier);
    out
}

pub(super) fn written(out: &mut impl Sheet, it: &Frontier) -> std::fmt::Result {
    let name = if it.name.is_empty() { "the fleet" } else { &it.name };
    line(out, format_args!("Frontier of {name}, as of {}", it.as_of))?;
    line(out, format_args!(""))?;
    match (it.status, it.fewest.value) {
        (PlanStatus::Infeasible, _) => line(out, format_args!("  no plan exists"))?,
        (_, None) => line(out, format_args!("  no plan was found"))?,
        (_, Some(_)) => line(out, format_args!("  the fewest clusters: {}", figure(&it.fewest)))?,
    }
    line(out, format_args!("  in use today: {}", counted(it.today, "cluster")))?;
    line(out, format_args!("  moves that no plan can do without count {}", it.least_moves))?;
    if !it.points.is_empty() {
        line(out, format_args!(""))?;
        rows(out, it)?;
    }
    if let Some(stopped) = it.stopped {
        let why = match stopped {
            PlanStop::Time => "the time limit",
            PlanStop::Work => "the work limit",
            PlanStop::Cancelled => "the interruption",
        };
        line(out, format_args!("  {why} came before every number was looked at"))?;
    }
    line(out, format_args!(""))?;
    line(out, format_args!("Read it so"))?;
    it.notes.iter().try_for_each(|it| line(out, format_args!("  - {it}")))
}

fn rows(out: &mut impl Sheet, it: &Frontier) -> std::fmt::Result {
    let costs = it.points.iter().any(|point| point.cost.is_some());
    let mut rows = vec![["clusters", "moves", if costs { "cost" } else { "" }, ""].map(str::to_owned)];
    let mut from = 0;
    while let Some(first) = it.points.get(from) {
        // as many as say the same are one line
        let same = |point: &&FrontierPoint| !point.today && point.moves == first.moves && point.cost == first.cost;
        let more = it.points[from + 1..].iter().take_while(same).count();
        let count = if first.today { 1 } else { 1 + more };
        let clusters = match count {
            1 => first.clusters.to_string(),
            _ => format!("{} to {}", first.clusters, it.points[from + count - 1].clusters),
        };
        let marks = [(first.today, "today"), (first.no_plan_moves_less, "no plan moves less")];
        let marks: Vec<&str> = marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark).collect();
        let cost = first.cost.as_ref().map_or_else(String::new, figure);
        rows.push([clusters, figure(&first.moves), cost, marks.join(", ")]);
        from += count;
    }
    table(out, "  ", &rows, &[false; 4])
}

/// `27 (certified)`, `430, at least 289 (claimed)`.
fn figure(it: &FrontierFigure) -> String {
    let said = |figure: Figure| match figure {
        Figure::Count(count) => count.to_string(),
        Figure::Money(money) => money.to_string(),
    };
    let proof = match it.proof {
        PlanProof::Certified => " (certified)",
        PlanProof::Claimed => " (claimed)",
        PlanProof::None => "",
    };
    match (it.value, it.bound) {
        (Some(value), Some(bound)) if value == bound => format!("{}{proof}", said(value)),
        (Some(value), Some(bound)) => format!("{}, at least {}{proof}", said(value), said(bound)),
        (Some(value), None) => said(value),
        (None, Some(bound)) => format!("not found, at least {}{proof}", said(bound)),
        (None, None) => "not found".to_owned(),
    }
}
