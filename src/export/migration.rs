//! A migration for people: what can be done, batch by batch, and what is in the way.

use std::collections::BTreeSet;
use std::fmt::Result;

use super::clusters::counted;
use crate::migrate::{Migration, MigrationBatch, MigrationStatus, MigrationStep, StepAction};
use crate::text::line;

/// Lines of a batch, and of what is left, that are shown.
const LINES: usize = 25;
const LEFT: usize = 10;

/// Renders a migration as plain text: no colours, lines end with a line feed, whatever names hold stays within its line.
/// Long lists are cut, and say so.
#[must_use]
pub fn migration_text(migration: &Migration) -> String {
    let mut out = String::new();
    // writing to a string cannot fail
    let _ = head(&mut out, migration);
    for batch in &migration.batches {
        let _ = self::batch(&mut out, batch);
    }
    let _ = left(&mut out, migration);
    let _ = end(&mut out, migration);
    out
}

fn head(out: &mut String, it: &Migration) -> Result {
    let name = if it.name.is_empty() { "the fleet" } else { &it.name };
    line(out, format_args!("Migration of {name}, as of {}", it.as_of))?;
    line(out, format_args!(""))?;
    figures(it).iter().try_for_each(|text| line(out, format_args!("  {text}")))
}

/// Whether there is an order, and what it takes: a sentence each.
pub(super) fn figures(it: &Migration) -> Vec<String> {
    let (mut found, sum) = (Vec::new(), &it.summary);
    // a move is three of them, and what is created or released is none
    let batches = format!(
        "{}, {} (starts, switches, stops)",
        counted(sum.batches, "batch").replace("batchs", "batches"),
        counted(sum.steps, "step")
    );
    let states = counted(sum.states.unwrap_or(0), "state");
    match it.status {
        MigrationStatus::Complete if sum.steps == 0 => {
            found.push("nothing to do: the plan is what runs today".to_owned())
        }
        MigrationStatus::Complete => {
            found.push(format!("{batches}, to the plan; every state on the way keeps the rules"))
        }
        MigrationStatus::Prefix => found.push(format!("{batches}: the first of an order that leads to the plan")),
        MigrationStatus::Impossible => {
            let why = match sum.states {
                Some(1) => "nobody can move from where it runs today, not even to stay elsewhere for a time".to_owned(),
                Some(_) => format!("all {states} that can be reached were tried, stays elsewhere among them"),
                None => "some have no other place beside those that cannot move either, whoever else moves".to_owned(),
            };
            // what the search left out belongs to what it found
            let but = match it.options.extra_clusters {
                0 => "",
                _ => " in which nobody whose copies are all pinned stays in a lent cluster",
            };
            found.push(format!("no safe order exists{but}: {why}"));
            found.push(format!("{batches} can be done"));
        }
        MigrationStatus::ImpossibleDirectly => {
            found.push(format!("no safe order exists in which everybody moves once (all {states} were tried)"));
            found.push(format!("with stays elsewhere none was found; {batches} can be done"));
        }
        MigrationStatus::NotFound => {
            let why = if it.stopped.is_some() { "the search was stopped" } else { "there may be one" };
            found.push(format!("no safe order was found ({why}); {batches} can be done"));
        }
    }
    if sum.moved + sum.new > 0 {
        // of several copies each is a move, and of a split each replica
        let (moved, new) = (counted(sum.moved, "move"), counted(sum.new, "new start"));
        found.push(format!("{moved}, {new}: {}", counted(sum.pods, "pod")));
    }
    if sum.given_up > 0 {
        found.push(format!("{} for good: given up", counted(sum.given_up, "stop")));
    }
    if sum.stays > 0 {
        found.push(format!("{} for a time elsewhere", counted(sum.stays, "start")));
    }
    if sum.stopped_first > 0 {
        found.push(format!("{} before the start elsewhere: down in between", counted(sum.stopped_first, "stop")));
    }
    if sum.left > 0 {
        found.push(format!("{} left: not where the plan has them yet", sum.left));
    }
    if sum.broken_today > 0 || sum.broken_after > 0 {
        let today = counted(sum.broken_today, "finding");
        found.push(format!("rules broken, as `check` counts: {today} today, {} afterwards", sum.broken_after));
    }
    found
}

fn batch(out: &mut String, it: &MigrationBatch) -> Result {
    line(out, format_args!(""))?;
    line(out, format_args!("Batch {}", it.number))?;
    let lines = steps(it);
    for text in lines.iter().take(LINES) {
        line(out, format_args!("  {text}"))?;
    }
    if lines.len() > LINES {
        line(out, format_args!("  and {} more (JSON has all)", lines.len() - LINES))?;
    }
    Ok(())
}

/// What is done in a batch, a line each: a start, its switch and its stop are one move.
pub(super) fn steps(it: &MigrationBatch) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let switched = |start: &MigrationStep| {
        let ours = |step: &&MigrationStep| {
            step.action == StepAction::Switch
                && step.cluster == start.cluster
                && step.workloads.iter().any(|who| start.workloads.contains(who))
        };
        let from: BTreeSet<&str> = it.steps.iter().filter(ours).filter_map(|step| step.from.as_deref()).collect();
        from.into_iter().collect::<Vec<_>>().join(", ")
    };
    let switches = it.steps.iter().filter(|step| step.action == StepAction::Switch);
    let moved: BTreeSet<(&str, &str)> = switches
        .filter_map(|step| Some((step.from.as_deref()?, step)))
        .flat_map(|(from, step)| step.workloads.iter().map(move |who| (who.as_str(), from)))
        .collect();
    for step in &it.steps {
        let (who, cluster) = (who(step), &step.cluster);
        match step.action {
            StepAction::Create => {
                let template = step.template.as_deref().unwrap_or_default();
                let region = step.region.as_ref().map_or_else(String::new, |region| format!(", {region}"));
                let time = if step.temporary { ", for a time" } else { "" };
                lines.push(format!("create   {cluster} ({template}{region}){time}"));
            }
            StepAction::Start => {
                let from = switched(step);
                let time = if step.temporary { ", for a time" } else { "" };
                lines.push(match from.as_str() {
                    "" => format!("start    {who} in {cluster}{time}"),
                    from => format!("move     {who} from {from} to {cluster}{time}"),
                });
            }
            StepAction::Switch => {}
            StepAction::Stop if step.given_up => {
                let less = if step.replicas.is_some() { "fewer" } else { "a copy less" };
                lines.push(format!("stop     {who} in {cluster}: the plan has {less}"));
            }
            StepAction::Stop => {
                if step.workloads.iter().any(|it| !moved.contains(&(it.as_str(), cluster.as_str()))) {
                    lines.push(format!("stop     {who} in {cluster}; it starts later"));
                }
            }
            StepAction::Release => lines.push(format!("release  {cluster}: nobody of the fleet is left in it")),
        }
    }
    lines
}

/// The workloads of a step in a few words.
fn who(step: &MigrationStep) -> String {
    match &step.workloads[..] {
        [] => String::new(),
        [one] => step.replicas.map_or_else(|| one.clone(), |count| format!("{} of {one}", counted(count, "replica"))),
        [first, second] => format!("{first} and {second}"),
        [first, rest @ ..] => format!("{first} and {} with it", rest.len()),
    }
}

fn left(out: &mut String, migration: &Migration) -> Result {
    if migration.left.is_empty() {
        return Ok(());
    }
    line(out, format_args!(""))?;
    let title = if migration.leads_there() { "Left for later batches" } else { "What waits for what" };
    line(out, format_args!("{title}"))?;
    for it in migration.left.iter().take(LEFT) {
        let who = it.workloads.join(", ");
        let who = it.replicas.map_or(who.clone(), |count| format!("{} of {who}", counted(count, "replica")));
        let from = if it.from.is_empty() { "nowhere".to_owned() } else { it.from.join(", ") };
        let to = it.to.as_deref().unwrap_or("nowhere: the plan gives it up");
        line(out, format_args!("  {who}: from {from} to {to}"))?;
        for why in &it.reasons {
            line(out, format_args!("    - {} [{}]", why.message, why.rule))?;
        }
        if !it.waits_for.is_empty() {
            line(out, format_args!("    waits until these leave: {}", it.waits_for.join(", ")))?;
        }
    }
    if migration.left.len() > LEFT {
        line(out, format_args!("  and {} more (JSON has all)", migration.left.len() - LEFT))?;
    }
    if let [first, ..] = &migration.circle[..] {
        line(out, format_args!("  a circle: {} -> {first}", migration.circle.join(" -> ")))?;
    }
    Ok(())
}

fn end(out: &mut String, migration: &Migration) -> Result {
    if !migration.broken.is_empty() {
        line(out, format_args!(""))?;
        line(out, format_args!("Broken when this is done"))?;
        for it in migration.broken.iter().take(LEFT) {
            line(out, format_args!("  - {} [{}]", it.message, it.rule))?;
        }
        let more = migration.summary.broken_after.saturating_sub(LEFT.min(migration.broken.len()) as u64);
        if more > 0 {
            line(out, format_args!("  and {more} more"))?;
        }
    }
    line(out, format_args!(""))?;
    line(out, format_args!("Not covered"))?;
    migration.not_covered.iter().try_for_each(|it| line(out, format_args!("  - {it}")))
}
