//! An audit for people: the figures, the groups of violations, what ends, what a loss takes.

use crate::export::clusters::{counted, more};
use crate::export::losses;
use crate::report::{Audit, AuditMessage};
use crate::text::line;

/// Groups that are listed.
const LISTED: usize = 20;
/// What ends soon, and mended violations.
const FEW: usize = 10;

/// Renders an audit as plain text: no colours, no escape sequences, lines end with a line feed. Whatever names hold stays
/// within its line. Long lists are cut, and say so.
#[must_use]
pub fn audit_text(audit: &Audit) -> String {
    let mut out = String::new();
    // writing to a string cannot fail
    let _ = head(&mut out, audit);
    let _ = groups(&mut out, audit);
    let _ = mended(&mut out, audit);
    let _ = ending(&mut out, audit);
    let _ = losses::of_clusters(&mut out, &audit.losses);
    let _ = losses::of_regions(&mut out, &audit.losses_of_regions);
    let _ = messages(&mut out, "Warnings", &audit.warnings);
    let _ = messages(&mut out, "Notes", &audit.notes);
    let _ = not_covered(&mut out, audit);
    out
}

fn heading(out: &mut String, text: &str) -> std::fmt::Result {
    line(out, format_args!(""))?;
    line(out, format_args!("{text}"))
}

fn head(out: &mut String, audit: &Audit) -> std::fmt::Result {
    let name = if audit.name.is_empty() { "the fleet" } else { &audit.name };
    line(out, format_args!("Audit of {name}, as of {}", audit.as_of))?;
    line(out, format_args!(""))?;
    let it = &audit.summary;
    let violations = counted(it.violations, "violation");
    match (it.violations, audit.compared) {
        (0, _) => line(out, format_args!("  no violation: what runs today keeps every rule of the fleet"))?,
        (_, false) => line(out, format_args!("  {violations}"))?,
        (_, true) => {
            let (new, worse, known) = (it.new, it.worse, it.known);
            line(out, format_args!("  {violations}: {new} new, {worse} worse, {known} known to the baseline"))?;
        }
    }
    if audit.compared {
        line(out, format_args!("  {} of the baseline mended", it.mended))?;
    }
    let (clusters, running) = (counted(it.clusters, "cluster"), counted(it.running, "workload"));
    let nowhere = match it.nowhere {
        0 => String::new(),
        1 => ", 1 runs nowhere yet".to_owned(),
        some => format!(", {some} run nowhere yet"),
    };
    line(out, format_args!("  {clusters}, {} of them in use; {running} in them{nowhere}", it.used_clusters))
}

fn groups(out: &mut String, audit: &Audit) -> std::fmt::Result {
    if audit.groups.is_empty() {
        return Ok(());
    }
    heading(out, "Violations by cluster and rule")?;
    for group in audit.groups.iter().take(LISTED) {
        let cluster = group.cluster.as_deref().unwrap_or("(the fleet)");
        let known = match group.count - group.counting {
            0 => String::new(),
            known if known == group.count => ", known".to_owned(),
            known => format!(", {known} known"),
        };
        line(out, format_args!("  {cluster}: {}{known} [{}]", group.count, group.rule))?;
        line(out, format_args!("    {}, such as", group.title))?;
        for sample in group.samples.iter().take(2) {
            line(out, format_args!("    - {sample}"))?;
        }
    }
    more(out, audit.groups.len(), LISTED, "group", "groups")
}

fn mended(out: &mut String, audit: &Audit) -> std::fmt::Result {
    if audit.mended.is_empty() {
        return Ok(());
    }
    heading(out, "Mended since the baseline")?;
    for it in audit.mended.iter().take(FEW) {
        let names: Vec<&str> = [&it.cluster, &it.workload].into_iter().flatten().map(String::as_str).collect();
        line(out, format_args!("  {} [{}]", names.join(": "), it.rule))?;
    }
    more(out, audit.mended.len(), FEW, "violation", "violations")
}

fn ending(out: &mut String, audit: &Audit) -> std::fmt::Result {
    if audit.ending.is_empty() {
        return Ok(());
    }
    heading(out, "Ends soon")?;
    for it in audit.ending.iter().take(FEW) {
        line(out, format_args!("  {it}"))?;
    }
    more(out, audit.ending.len(), FEW, "waiver or stay", "waivers and stays")
}

fn messages(out: &mut String, title: &str, list: &[AuditMessage]) -> std::fmt::Result {
    if list.is_empty() {
        return Ok(());
    }
    heading(out, title)?;
    list.iter().try_for_each(|it| line(out, format_args!("  {} [{}]", it.message, it.code)))
}

fn not_covered(out: &mut String, audit: &Audit) -> std::fmt::Result {
    heading(out, "Not covered")?;
    audit.not_covered.iter().try_for_each(|text| line(out, format_args!("  - {text}")))
}
