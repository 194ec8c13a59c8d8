//! JUnit XML, for build servers: a test a cluster and rule.

use std::io::Write;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::error::{Error, Result};
use crate::report::{Audit, Gate};
use crate::text::escaped;

/// Renders an audit as JUnit XML: each group of violations is a failed test, or a skipped one where the baseline knows all
/// of it; what ends soon, warnings and notes are tests that fail where they count. An audit that finds nothing is one test
/// that passes.
///
/// # Errors
/// [`Error::Internal`]: never, as far as is known.
pub fn audit_junit(audit: &Audit, gate: Gate) -> Result<String> {
    let name = if audit.name.is_empty() { "audit".to_owned() } else { format!("audit of {}", audit.name) };
    suite(&name, &tests(audit, gate))
}

/// One test.
pub(super) struct Test {
    pub class: String,
    pub name: String,
    pub outcome: Outcome,
}

pub(super) enum Outcome {
    Passed,
    /// What, and in more words.
    Failed(String, String),
    Skipped(String),
}

fn tests(audit: &Audit, gate: Gate) -> Vec<Test> {
    let mut tests = Vec::new();
    for group in &audit.groups {
        let more = group.count.saturating_sub(group.samples.len() as u64);
        let mut lines = group.samples.clone();
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
        let outcome = if group.counting > 0 {
            Outcome::Failed(format!("{} of {}: {}", group.counting, group.count, group.title), lines.join("\n"))
        } else {
            Outcome::Skipped(format!("{} known to the baseline: {}", group.count, group.title))
        };
        let class = group.cluster.clone().unwrap_or_else(|| "fleet".to_owned());
        tests.push(Test { class, name: group.rule.clone(), outcome });
    }
    let mut other = |class: &str, name: String, counts: bool, words: String| {
        let outcome = if counts { Outcome::Failed(words.clone(), words) } else { Outcome::Passed };
        tests.push(Test { class: class.to_owned(), name, outcome });
    };
    for it in &audit.ending {
        other("ends soon", it.to_string(), gate.counts_ending(it), it.to_string());
    }
    for it in &audit.warnings {
        other("warnings", it.code.clone(), gate.counts_warnings(), it.message.clone());
    }
    for it in &audit.notes {
        other("notes", it.code.clone(), gate.counts_notes(), it.message.clone());
    }
    if tests.is_empty() {
        tests.push(Test { class: "fleet".to_owned(), name: "audit".to_owned(), outcome: Outcome::Passed });
    }
    tests
}

/// The document of one suite.
pub(super) fn suite(name: &str, tests: &[Test]) -> Result<String> {
    render(name, tests).map_err(|error| Error::Internal(error.to_string()))
}

fn render(name: &str, tests: &[Test]) -> std::io::Result<String> {
    let failed = tests.iter().filter(|it| matches!(it.outcome, Outcome::Failed(..))).count().to_string();
    let skipped = tests.iter().filter(|it| matches!(it.outcome, Outcome::Skipped(_))).count().to_string();
    let count = tests.len().to_string();
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let figures = [("tests", &count[..]), ("failures", &failed[..]), ("errors", "0"), ("skipped", &skipped[..])];
    let suites = writer.create_element("testsuites").with_attributes(figures);
    suites.write_inner_content(|writer| {
        let suite = writer.create_element("testsuite").with_attribute(("name", &*escaped(name)));
        suite.with_attributes(figures).write_inner_content(|writer| {
            for it in tests {
                test(writer, it)?;
            }
            Ok(())
        })?;
        Ok(())
    })?;
    let mut text = String::from_utf8(writer.into_inner()).map_err(std::io::Error::other)?;
    text.push('\n');
    Ok(text)
}

fn test<W: Write>(writer: &mut Writer<W>, it: &Test) -> std::io::Result<()> {
    let names = [("classname", escaped(&it.class)), ("name", escaped(&it.name))];
    let element = writer.create_element("testcase").with_attributes(names.iter().map(|(key, name)| (*key, &**name)));
    match &it.outcome {
        Outcome::Passed => element.write_empty()?,
        Outcome::Failed(what, words) => element.write_inner_content(|writer| {
            let lines: Vec<_> = words.lines().map(escaped).collect();
            let failure = writer.create_element("failure").with_attribute(("message", &*escaped(what)));
            failure.write_text_content(BytesText::new(&lines.join("\n")))?;
            Ok(())
        })?,
        Outcome::Skipped(why) => element.write_inner_content(|writer| {
            writer.create_element("skipped").with_attribute(("message", &*escaped(why))).write_empty()?;
            Ok(())
        })?,
    };
    Ok(())
}
