//! What would have to change, for people: the sets, the lightest first, and drafts of waivers.

use super::clusters::counted;
use super::prices::{limit, needed, place};
use super::sheet::Sheet;
use crate::fleet::LeverKind;
use crate::plan::PlanProof;
use crate::report::{DraftSide, LeverRow, Relaxed, RelaxedGoal, RelaxedSet};
use crate::text::line;

/// So many drafts of a set are shown.
const DRAFTS: usize = 20;

/// Renders the answer as plain text, as [`growth_text`](super::growth_text) does: of each set the first 20 drafts.
#[must_use]
pub fn relaxed_text(relaxed: &Relaxed) -> String {
    let mut out = String::new();
    // writing to a string cannot fail
    let _ = written(&mut out, relaxed);
    out
}

pub(super) fn written(out: &mut impl Sheet, it: &Relaxed) -> std::fmt::Result {
    let name = if it.name.is_empty() { "the fleet" } else { &it.name };
    let goal = match it.goal {
        RelaxedGoal::Clusters(most) => format!("at most {}", counted(most, "cluster")),
        RelaxedGoal::Cost(most) => format!("a cost of at most {most}"),
        RelaxedGoal::Feasible => "a plan at all".to_owned(),
    };
    line(out, format_args!("What would have to change in {name} for {goal}, as of {}", it.as_of))?;
    line(out, format_args!(""))?;
    line(out, format_args!("  as it is: {}", needed(&it.today)))?;
    let all = if it.levers == 1 { "its 1 lever".to_owned() } else { format!("all {} levers", it.levers) };
    line(out, format_args!("  with {all} away: {}", needed(&it.every_lever)))?;
    for (index, set) in it.sets.iter().enumerate() {
        line(out, format_args!(""))?;
        one(out, index + 1, set)?;
    }
    line(out, format_args!(""))?;
    let end = match (it.sets.len(), it.complete) {
        _ if it.is_within() => "Nothing: the fleet is within that as it is.".to_owned(),
        (0, true) => "Nothing that was looked at suffices.".to_owned(),
        (0, false) => "No set was found.".to_owned(),
        (1, true) => "There is no other.".to_owned(),
        (_, true) => "There are no others.".to_owned(),
        (_, false) => "There may be others.".to_owned(),
    };
    line(out, format_args!("{end}"))?;
    if !it.undecided.is_empty() {
        let sets = it.undecided.len() as u64;
        line(out, format_args!("Of {} the limits did not allow to say whether they suffice:", counted(sets, "set")))?;
        for set in it.undecided.iter().take(10) {
            line(out, format_args!("  - {}", set.levers.join(", ")))?;
        }
    }
    if let Some(stopped) = it.stopped {
        line(out, format_args!("{} came before every set was looked at.", limit(stopped)))?;
    }
    Ok(())
}

fn one(out: &mut impl Sheet, number: usize, set: &RelaxedSet) -> std::fmt::Result {
    let minimal = proved(set.minimal);
    line(out, format_args!("{number}. {}: {minimal}", needed(&set.reached)))?;
    for lever in &set.levers {
        line(out, format_args!("   - {} ({}): {}", lever.id, place(lever), lever.says))?;
    }
    drafts(out, set, "   ")
}

/// What backs that a set is minimal.
pub(super) fn proved(minimal: PlanProof) -> &'static str {
    match minimal {
        PlanProof::Certified => "none of it can stay (certified)",
        PlanProof::Claimed => "none of it can stay (claimed)",
        PlanProof::None => "whether all of it is needed is not known",
    }
}

/// Waivers instead of rules that are pulled.
pub(super) fn drafts(out: &mut impl Sheet, set: &RelaxedSet, indent: &str) -> std::fmt::Result {
    if !set.waivers.is_empty() {
        let rest: Vec<&str> = set.levers.iter().filter(|it| !is_waived(it, set)).map(|it| it.id.as_str()).collect();
        let head = match rest.is_empty() {
            true => "instead of pulling rules, waivers".to_owned(),
            false => format!("with {} pulled all the same, waivers instead of the rest", rest.join(", ")),
        };
        line(out, format_args!("{indent}or, {head} (none is in force until somebody signs it):"))?;
    }
    for draft in set.waivers.iter().take(DRAFTS) {
        let side = |side: &DraftSide| match side {
            DraftSide::Tenant(names) => format!("tenant {}", some(names)),
            DraftSide::Workload(names) => some(names),
        };
        let [first, second] = &draft.between;
        let between = if first == second {
            format!("among {}", side(first))
        } else {
            format!("between {} and {}", side(first), side(second))
        };
        line(
            out,
            format_args!("{indent}  - {} {between} ({})", draft.waives.join(", "), counted(draft.pairs, "pair")),
        )?;
    }
    match set.waivers.get(DRAFTS..).unwrap_or_default() {
        [] => Ok(()),
        rest => {
            let pairs = counted(rest.iter().map(|draft| draft.pairs).sum(), "pair");
            line(out, format_args!("{indent}  - and {} more ({pairs}; JSON has all)", rest.len()))
        }
    }
}

/// Whether the drafts of a set stand for a lever: those of trust, and values kept apart that they name.
fn is_waived(lever: &LeverRow, set: &RelaxedSet) -> bool {
    match LeverKind::of_word(&lever.kind) {
        Ok(LeverKind::Apart) => set.waivers.iter().any(|draft| draft.waives.contains(&lever.id)),
        Ok(kind) => kind.is_trust(),
        Err(_) => false,
    }
}

fn some(names: &[String]) -> String {
    const MOST: usize = 4;
    let rest = names.len().saturating_sub(MOST);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ") + &more
}
