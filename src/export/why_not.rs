//! Whether something can be done, what it costs, and what stands against it, for people.

use super::clusters::counted;
use super::prices::{limit, needed, place};
use super::relaxed::{drafts, proved};
use super::sheet::Sheet;
use crate::plan::{Figure, LevelObjective, PlanProof};
use crate::report::{AskedFor, ComparedLevel, RelaxedSet, WhyNot, WhyNotAnswer};
use crate::text::line;

/// Renders the answer as plain text, as [`growth_text`](super::growth_text) does.
#[must_use]
pub fn why_not_text(why_not: &WhyNot) -> String {
    let mut out = String::new();
    // writing to a string cannot fail
    let _ = written(&mut out, why_not);
    out
}

pub(super) fn written(out: &mut impl Sheet, it: &WhyNot) -> std::fmt::Result {
    let name = if it.name.is_empty() { "the fleet" } else { &it.name };
    let asked = match &it.question {
        AskedFor::Together { who, with, workloads } => {
            format!("{who} in one cluster with {with}{}", all(workloads))
        }
        AskedFor::In { who, cluster, workloads } => format!("{who} in cluster {cluster}{}", all(workloads)),
        AskedFor::Clusters { most } => format!("at most {}", counted(*most, "cluster")),
    };
    line(out, format_args!("Why not {asked}, in {name}, as of {}", it.as_of))?;
    line(out, format_args!(""))?;
    let backed = match it.proof {
        PlanProof::Certified => " (certified)",
        PlanProof::Claimed => " (claimed)",
        PlanProof::None => "",
    };
    let said = match it.answer {
        WhyNotAnswer::Already => format!("The plan already has it{}.", fewer(it)),
        WhyNotAnswer::Free => format!("It can be done at no cost: a tie{backed}."),
        WhyNotAnswer::Costs => format!("It can be done, and costs something{backed}."),
        WhyNotAnswer::Possible => "It can be done. Whether it costs something is not known.".to_owned(),
        WhyNotAnswer::Impossible => format!("No plan has it{backed}."),
        WhyNotAnswer::Open => "No plan with it was found, and it is not shown that there is none.".to_owned(),
    };
    line(out, format_args!("{said}"))?;
    for level in &it.levels {
        let already = it.answer == WhyNotAnswer::Already;
        let said = if already { as_it_is(level) } else { compared(level) };
        line(out, format_args!("  {said}"))?;
    }
    for reason in &it.reasons {
        line(out, format_args!("  {reason}"))?;
    }
    if it.answer == WhyNotAnswer::Impossible {
        line(out, format_args!(""))?;
        match &it.against {
            Some(set) => against(out, set)?,
            None if it.hopeless => {
                let all = match it.levers {
                    1 => "the 1 lever that was".to_owned(),
                    many => format!("all {many} levers that were"),
                };
                line(out, format_args!("Not even without {all} looked at."))?;
            }
            None => line(out, format_args!("What stands against it was not found within the limits."))?,
        }
    }
    match it.stopped {
        Some(stopped) => line(out, format_args!("{} came first.", limit(stopped))),
        None => Ok(()),
    }
}

/// Who that is, where it is more than was typed.
fn all(workloads: &[String]) -> String {
    if workloads.len() > 2 { format!(" ({})", counted(workloads.len() as u64, "workload")) } else { String::new() }
}

/// Says so where the plan has even fewer clusters than were asked for.
fn fewer(it: &WhyNot) -> &'static str {
    let AskedFor::Clusters { most } = it.question else { return "" };
    let clusters = it.levels.iter().find(|level| level.objective == LevelObjective::Clusters);
    match clusters.and_then(|level| level.value) {
        Some(Figure::Count(count)) if count < most => ", with fewer clusters than asked for",
        _ => "",
    }
}

fn said(value: Option<Figure>, bound: Option<Figure>) -> String {
    let shown = |figure: Figure| match figure {
        Figure::Count(count) => count.to_string(),
        Figure::Money(money) => money.to_string(),
    };
    match (value.map(shown), bound.map(shown)) {
        (Some(value), Some(bound)) if value != bound => format!("{value} (at least {bound})"),
        (Some(value), _) => value,
        (None, Some(bound)) => format!("not found (at least {bound})"),
        (None, None) => "not known".to_owned(),
    }
}

fn as_it_is(it: &ComparedLevel) -> String {
    format!("{}: {}", it.objective.name(), said(it.value, it.bound))
}

fn compared(it: &ComparedLevel) -> String {
    format!(
        "{}: {} with it, {} as it is",
        it.objective.name(),
        said(it.wished, it.wished_bound),
        said(it.value, it.bound)
    )
}

fn against(out: &mut impl Sheet, set: &RelaxedSet) -> std::fmt::Result {
    line(out, format_args!("Against it stand, and {}:", proved(set.minimal)))?;
    for lever in &set.levers {
        line(out, format_args!("  - {} ({}): {}", lever.id, place(lever), lever.says))?;
    }
    let one = if set.levers.len() == 1 { "Without it" } else { "Without them" };
    line(out, format_args!("{one} the fleet takes {} with what was asked for.", needed(&set.reached)))?;
    drafts(out, set, "")
}
