//! Prices for people: the premium, the ladder, and a line for each lever that costs something.

use super::clusters::counted;
use super::sheet::{Sheet, table};
use crate::plan::{Figure, PlanProof, PlanStop};
use crate::report::{LadderStep, LeverRow, NeededFigure, PricedLever, Prices, PricesAim, Saved};
use crate::text::line;

/// So many steps of the ladder in a row that need the same are shown.
const ALIKE: usize = 8;

/// Renders prices as plain text, as [`growth_text`](super::growth_text) does.
#[must_use]
pub fn prices_text(prices: &Prices) -> String {
    let mut out = String::new();
    // writing to a string cannot fail
    let _ = written(&mut out, prices);
    out
}

pub(super) fn written(out: &mut impl Sheet, it: &Prices) -> std::fmt::Result {
    let name = if it.name.is_empty() { "the fleet" } else { &it.name };
    let unit = match it.aim {
        PricesAim::Clusters => "clusters",
        PricesAim::Cost => "cost",
    };
    line(out, format_args!("Prices of {name} in {unit}, as of {}", it.as_of))?;
    line(out, format_args!(""))?;
    line(out, format_args!("  as it is: {}", needed(&it.today)))?;
    line(out, format_args!("  without its rules of trust: {}", needed(&it.without_rules)))?;
    line(out, format_args!("  those take: {}", saved((&it.today, &it.without_rules), &it.premium)))?;
    let (free, costly): (Vec<&PricedLever>, Vec<&PricedLever>) = it.levers.iter().partition(|row| free(&it.today, row));
    if !costly.is_empty() {
        line(out, format_args!(""))?;
        line(out, format_args!("What one of them away would save"))?;
        let mut rows = vec![["lever", "saves", "without it", "alone", "pairs alone", "where"].map(str::to_owned)];
        rows.extend(costly.iter().map(|row| {
            let alone = row.alone.as_ref().map_or_else(String::new, needed);
            let pairs = row.pairs_alone.map_or_else(String::new, |pairs| pairs.to_string());
            [
                row.lever.id.clone(),
                saved((&it.today, &row.without), &row.saves),
                needed(&row.without),
                alone,
                pairs,
                place(&row.lever),
            ]
        }));
        table(out, "  ", &rows, &[false; 6])?;
    }
    if !free.is_empty() {
        line(out, format_args!(""))?;
        let one = if free.len() == 1 { "saves nothing by itself" } else { "save nothing, one at a time" };
        line(out, format_args!("{} {one}: {}", counted(free.len() as u64, "lever"), list(&free)))?;
    }
    if it.ladder.len() > 1 {
        line(out, format_args!(""))?;
        line(out, format_args!("The ladder: rules of trust, added one at a time"))?;
        let mut rows = vec![["", "needed"].map(str::to_owned)];
        for steps in it.ladder.chunk_by(|one, next| one.needed == next.needed) {
            let row = |step: &LadderStep| {
                let lever = step.lever.as_ref().map_or_else(|| "none".to_owned(), |lever| format!("+ {lever}"));
                [lever, needed(&step.needed)]
            };
            rows.extend(steps.iter().take(ALIKE).map(row));
            match steps.get(ALIKE..).unwrap_or_default() {
                [] => {}
                [one] => rows.push(row(one)),
                rest => rows.push([format!("+ {} more", rest.len()), needed(&rest[0].needed)]),
            }
        }
        table(out, "  ", &rows, &[false; 2])?;
    }
    let slack: Vec<[String; 4]> = it.levers.iter().filter_map(slack).collect();
    if !slack.is_empty() {
        line(out, format_args!(""))?;
        line(out, format_args!("How far limits can tighten with no more needed"))?;
        let mut rows = vec![["limit", "now", "tightest", "then more at"].map(str::to_owned)];
        rows.extend(slack);
        table(out, "  ", &rows, &[false; 4])?;
    }
    if !it.tenants.is_empty() {
        line(out, format_args!(""))?;
        line(out, format_args!("Without the workloads of a tenant"))?;
        let mut rows = vec![["tenant", "workloads", "saves", "without it"].map(str::to_owned)];
        rows.extend(it.tenants.iter().map(|row| {
            [
                row.tenant.clone(),
                row.workloads.to_string(),
                saved((&it.today, &row.without), &row.saves),
                needed(&row.without),
            ]
        }));
        table(out, "  ", &rows, &[false; 4])?;
    }
    if !it.mitigations.is_empty() {
        line(out, format_args!(""))?;
        line(out, format_args!("What if a mitigation counted (it never does in a plan)"))?;
        let mut rows = vec![["mitigation", "workloads", "would save", "needed then"].map(str::to_owned)];
        rows.extend(it.mitigations.iter().map(|row| {
            [
                row.name.clone(),
                row.workloads.to_string(),
                saved((&it.today, &row.needed), &row.saves),
                needed(&row.needed),
            ]
        }));
        table(out, "  ", &rows, &[false; 4])?;
    }
    if let Some(stopped) = it.stopped {
        line(out, format_args!(""))?;
        line(out, format_args!("{} came before everything was priced: ranges are what is known", limit(stopped)))?;
    }
    Ok(())
}

/// Whether it saves nothing by itself, for sure.
pub(super) fn free(today: &NeededFigure, row: &PricedLever) -> bool {
    today.never && row.without.never || row.saves.most == Some(row.saves.least) && row.saves.least.value() <= 0.0
}

/// How far a limit can tighten: its name, where it is, the tightest for the same, and the next.
pub(super) fn slack(row: &PricedLever) -> Option<[String; 4]> {
    let slack = row.slack.as_ref()?;
    let to = if slack.exact { slack.tightest.clone() } else { format!("{} or further", slack.tightest) };
    let next = match &slack.next {
        Some(next) if slack.never => format!("{next}: no plan"),
        Some(next) => next.clone(),
        None => if slack.exact { "never" } else { "not known" }.to_owned(),
    };
    let name = row.lever.id.split_once('=').filter(|_| row.lever.kind == "headroom").map(|(name, _)| name);
    Some([name.unwrap_or(&row.lever.id).to_owned(), slack.now.clone(), to, next])
}

/// Where something stands: nothing where that is nowhere.
pub(super) fn at(path: &str, line: Option<u64>) -> String {
    line.map_or_else(|| path.to_owned(), |line| format!("{path}, line {line}"))
}

/// Where a lever stands.
pub(super) fn place(lever: &LeverRow) -> String {
    if lever.path.is_empty() { "built in".to_owned() } else { at(&lever.path, lever.line) }
}

/// Which limit it was.
pub(super) fn limit(stopped: PlanStop) -> &'static str {
    match stopped {
        PlanStop::Time => "The time limit",
        PlanStop::Work => "The work limit",
        PlanStop::Cancelled => "The interruption",
    }
}

fn list(levers: &[&PricedLever]) -> String {
    const MOST: usize = 12;
    let names: Vec<&str> = levers.iter().take(MOST).map(|row| row.lever.id.as_str()).collect();
    let rest = levers.len().saturating_sub(MOST);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    names.join(", ") + &more
}

fn said(figure: Figure) -> String {
    match figure {
        Figure::Count(count) => count.to_string(),
        Figure::Money(money) => money.to_string(),
    }
}

/// `5 (certified)`, `5, at least 4 (claimed)`, `no plan exists (certified)`.
pub(super) fn needed(it: &NeededFigure) -> String {
    let proof = match it.proof {
        PlanProof::Certified => " (certified)",
        PlanProof::Claimed => " (claimed)",
        PlanProof::None => "",
    };
    match (it.value, it.bound) {
        _ if it.never => format!("no plan exists{proof}"),
        (Some(value), Some(bound)) if bound.value() >= value.value() => format!("{}{proof}", said(value)),
        (Some(value), Some(bound)) => format!("{}, at least {}{proof}", said(value), said(bound)),
        (Some(value), None) => format!("{} or fewer", said(value)),
        (None, Some(bound)) => format!("not found, at least {}{proof}", said(bound)),
        (None, None) => "not known".to_owned(),
    }
}

/// `2`, `1 to 3`, `at least 1`; of a fleet without a plan whether there is one then.
pub(super) fn saved((today, then): (&NeededFigure, &NeededFigure), it: &Saved) -> String {
    match it.most {
        _ if today.never && then.never => "nothing: no plan then either".to_owned(),
        _ if today.never && then.value.is_some() => "a plan: there is one then".to_owned(),
        _ if today.never => "not known".to_owned(),
        Some(most) if most == it.least => said(most),
        Some(most) => format!("{} to {}", said(it.least), said(most)),
        None => format!("at least {}", said(it.least)),
    }
}
