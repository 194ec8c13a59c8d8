//! Annotations of GitHub: workflow commands on standard output.

use super::source::AuditSource;
use crate::report::{Audit, AuditState, AuditedViolation, Gate};
use crate::text::escaped;

/// Renders an audit as workflow commands of GitHub, one a line: `::error` for each group of violations that counts (GitHub
/// shows few of each kind, so the largest come first), `::warning` and `::notice` for the rest.
#[must_use]
pub fn audit_github(audit: &Audit, source: &AuditSource, gate: Gate) -> String {
    let mut out = String::new();
    let same = |a: &AuditedViolation, b: &AuditedViolation| a.cluster == b.cluster && a.rule == b.rule;
    for (group, all) in audit.groups.iter().zip(audit.violations.chunk_by(same)) {
        let level = if group.counting > 0 { "error" } else { "notice" };
        let known = |it: &&AuditedViolation| it.state == AuditState::Known;
        let shown = all.iter().find(|it| !known(it)).unwrap_or(&all[0]);
        let title = format!("{}: {}", group.cluster.as_deref().unwrap_or("fleet"), group.title);
        let mut message = format!("{} [{}]", shown.message, group.rule);
        if group.count > 1 {
            message.push_str(&format!("; {} such", group.count));
        }
        if group.counting < group.count {
            message.push_str(&format!(", {} known to the baseline", group.count - group.counting));
        }
        command(&mut out, level, source, source.line(shown), &title, &message);
    }
    for it in &audit.ending {
        let level = if gate.counts_ending(it) { "error" } else { "warning" };
        command(&mut out, level, source, source.line_of_end(it), "ends soon", &it.to_string());
    }
    for it in &audit.warnings {
        let level = if gate.counts_warnings() { "error" } else { "warning" };
        command(&mut out, level, source, source.line_of_note(&it.message), &it.code, &it.message);
    }
    for it in &audit.notes {
        let level = if gate.counts_notes() { "error" } else { "notice" };
        command(&mut out, level, source, source.line_of_note(&it.message), &it.code, &it.message);
    }
    out
}

/// One command.
pub(super) fn command(
    out: &mut String,
    level: &str,
    source: &AuditSource,
    line: Option<usize>,
    title: &str,
    message: &str,
) {
    let file = source.file.as_ref().filter(|file| !file.starts_with('<'));
    let mut properties: Vec<String> = file.iter().map(|file| format!("file={}", property(file))).collect();
    if let (Some(_), Some(line)) = (file, line) {
        properties.push(format!("line={line}"));
    }
    properties.push(format!("title={}", property(title)));
    out.push_str(&format!("::{level} {}::{}\n", properties.join(","), data(message)));
}

/// What stands behind the second `::`.
fn data(text: &str) -> String {
    escaped(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// What stands behind a `=`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
