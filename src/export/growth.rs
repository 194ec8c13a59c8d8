//! How far a fleet can grow, for people: which number of clusters lasts how long, and what breaks.

use super::clusters::counted;
use super::sheet::{Sheet, table};
use crate::plan::{PlanProof, PlanStop};
use crate::report::{Broken, BrokenWhat, Growth, GrowthOf, GrowthPart, GrowthPoint, Rise};
use crate::text::line;

/// Renders the answer as plain text, as [`places_text`](super::places_text) does.
#[must_use]
pub fn growth_text(growth: &Growth) -> String {
    let mut out = String::new();
    // writing to a string cannot fail
    let _ = written(&mut out, growth);
    out
}

pub(super) fn written(out: &mut impl Sheet, it: &Growth) -> std::fmt::Result {
    let name = if it.name.is_empty() { "the fleet" } else { &it.name };
    let of = match it.of {
        GrowthOf::Replicas => "replicas",
        GrowthOf::Requests => "requests",
    };
    line(out, format_args!("Growth of {name}, as of {}: {of} times a factor, up to {}", it.as_of, it.up_to))?;
    line(out, format_args!(""))?;
    if let Some(added) = &it.added {
        let what = if added.name.is_empty() { "another fleet" } else { &added.name };
        line(out, format_args!("  before: {}", point(&added.before)))?;
        line(out, format_args!("  with {what} ({}): {}", counted(added.workloads, "workload"), point(&it.start)))?;
    } else {
        line(out, format_args!("  today: {}", point(&it.start)))?;
    }
    if !it.start.why.is_empty() {
        line(out, format_args!("    {}", it.start.why))?;
    }
    line(out, format_args!(""))?;
    match &it.parts[..] {
        [part] if part.by == "all" => whole(out, part)?,
        [] => {}
        parts => by_part(out, parts)?,
    }
    if it.parts_left_out > 0 {
        line(out, format_args!("  not looked at: {} more", it.parts_left_out))?;
    }
    if let Some(stopped) = it.stopped {
        let why = match stopped {
            PlanStop::Time => "the time limit",
            PlanStop::Work => "the work limit",
            PlanStop::Cancelled => "the interruption",
        };
        line(out, format_args!("  {why} came before every factor was looked at"))?;
    }
    line(out, format_args!(""))?;
    line(out, format_args!("Assumed"))?;
    it.assumptions.iter().try_for_each(|it| line(out, format_args!("  - {it}")))
}

/// `2 clusters (certified)`, `3 clusters, at least 2 (claimed)`.
fn point(it: &GrowthPoint) -> String {
    let proof = match it.proof {
        PlanProof::Certified => " (certified)",
        PlanProof::Claimed => " (claimed)",
        PlanProof::None => "",
    };
    match (it.clusters, it.lower_bound) {
        (_, None) => format!("no plan exists{proof}"),
        (Some(clusters), Some(bound)) if clusters == bound => format!("{}{proof}", counted(clusters, "cluster")),
        (Some(clusters), Some(bound)) => format!("{}, at least {bound}{proof}", counted(clusters, "cluster")),
        (None, Some(0)) => "no plan was found".to_owned(),
        (None, Some(bound)) => format!("no plan was found; at least {}{proof}", counted(bound, "cluster")),
    }
}

fn whole(out: &mut impl Sheet, part: &GrowthPart) -> std::fmt::Result {
    line(out, format_args!("All of {} and {}", counted(part.workloads, "workload"), counted(part.pods, "pod")))?;
    for rise in &part.rises {
        line(out, format_args!("  {} up to {}; {}", counted(rise.from, "cluster"), rise.lasts_to, more(rise)))?;
        if !rise.breaks.is_empty() {
            line(out, format_args!("    breaks: {}", breaks(&rise.breaks)))?;
        }
        if !rise.after.why.is_empty() {
            line(out, format_args!("    {}", rise.after.why))?;
        }
    }
    match (&part.end, part.complete) {
        (Some(end), true) if part.rises.is_empty() => {
            line(out, format_args!("  no rise up to {}: {}", end.factor, point(end)))
        }
        (Some(end), true) => line(out, format_args!("  at {}: {}", end.factor, point(end))),
        (Some(end), false) => {
            line(out, format_args!("  further rises were not looked for; at {}: {}", end.factor, point(end)))
        }
        (None, _) => Ok(()),
    }
}

fn more(rise: &Rise) -> String {
    match rise.needed_from {
        Some(from) if rise.exact => format!("from {from}: {}", point(&rise.after)),
        Some(from) => format!("more between there and {from}, where it is proved: {}", point(&rise.after)),
        None => {
            format!("whether more are needed beyond is not proved: at {} {}", rise.after.factor, point(&rise.after))
        }
    }
}

fn by_part(out: &mut impl Sheet, parts: &[GrowthPart]) -> std::fmt::Result {
    let what = parts[0].by.strip_prefix("attribute:").unwrap_or("tenant").to_owned();
    line(out, format_args!("Each {what} by itself, the first to need more clusters first"))?;
    let mut order: Vec<&GrowthPart> = parts.iter().collect();
    let lasts = |it: &GrowthPart| it.rises.first().map_or(f64::INFINITY, |rise| rise.lasts_to);
    order.sort_by(|a, b| lasts(a).total_cmp(&lasts(b)));
    let mut rows = vec![[what, "pods".into(), "lasts to".into(), "more from".into(), "then".into(), "breaks".into()]];
    rows.extend(order.iter().map(|it| {
        let name = it.name.clone().unwrap_or_else(|| "(none)".to_owned());
        let (to, from, then, why) = match (it.rises.first(), &it.end) {
            (Some(rise), _) => {
                let from = rise.needed_from.map_or_else(|| "not proved".to_owned(), |from| from.to_string());
                (rise.lasts_to.to_string(), from, point(&rise.after), breaks(&rise.breaks))
            }
            (None, Some(end)) if it.complete => (format!("{} or more", end.factor), "-".into(), point(end), "-".into()),
            (None, _) => ("not known".to_owned(), "-".into(), "-".into(), "-".into()),
        };
        [name, it.pods.to_string(), to, from, then, if why.is_empty() { "-".into() } else { why }]
    }));
    table(out, "  ", &rows, &[false, true, true, true, false, false])
}

fn breaks(list: &[Broken]) -> String {
    let words = list.iter().map(|it| match it.what {
        BrokenWhat::Resource => it.name.clone(),
        BrokenWhat::Maximum => format!("the maximum of {}", it.name),
        BrokenWhat::MaxCount => format!("maxCount of {}", it.name),
        BrokenWhat::MaxClusters => format!("maxClusters of {}", it.name),
        BrokenWhat::Workload => format!("{} fits nowhere", it.name),
        BrokenWhat::Nodes => "no placement on nodes was found".to_owned(),
    });
    words.collect::<Vec<_>>().join(", ")
}
