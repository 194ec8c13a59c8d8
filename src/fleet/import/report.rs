//! Collects what is wrong and what is unknown while manifests are read.

use std::collections::BTreeMap;

use crate::error::{FleetError, InputProblem};
use crate::fleet::Warning;
use crate::fleet::problems::shown;
use crate::quantity::{self, Rounding, Unit};
use crate::text::escaped;

use super::tree::{Node, Value};

/// Most problems kept; the rest is counted.
const MAX_PROBLEMS: usize = 100;

/// A problem that is met more often is one line with a count.
const EACH: usize = 3;

/// What came up so far.
#[derive(Default)]
pub(super) struct Report {
    problems: Vec<Repeated>,
    /// Index into `problems` by what is said.
    same: BTreeMap<Said, usize>,
    met: usize,
    notes: Vec<Note>,
    /// Index into `notes` by code and message.
    noted: BTreeMap<(&'static str, String), usize>,
    warnings: Vec<Warning>,
}

/// Code, message, what was expected and what is near: the same for problems that differ in their place alone.
type Said = (&'static str, String, Option<String>, Option<String>);

/// The first few problems that say the same, each with its number in the order of their coming.
struct Repeated {
    first: Vec<(usize, InputProblem)>,
    count: usize,
}

/// A warning and what it is about.
struct Note {
    code: &'static str,
    what: String,
    titles: Vec<String>,
}

impl Report {
    pub fn problem(&mut self, problem: InputProblem) {
        let said = (problem.code, problem.message.clone(), problem.expected.clone(), problem.suggestion.clone());
        let index = *self.same.entry(said).or_insert(self.problems.len());
        if index == self.problems.len() {
            self.problems.push(Repeated { first: Vec::new(), count: 0 });
        }
        // `index` is within: it was found there or pushed just now
        let repeated = &mut self.problems[index];
        repeated.count += 1;
        if repeated.first.len() < EACH {
            repeated.first.push((self.met, problem));
        }
        self.met += 1;
    }

    pub fn warn(&mut self, code: &'static str, message: impl Into<String>) {
        // names are anybody's: a warning is one line, whatever stands in them
        self.warnings.push(Warning { code, message: escaped(&message.into()).into_owned() });
    }

    /// A warning about `title`, told in one with those that say the same.
    pub fn note(&mut self, code: &'static str, what: &str, title: impl Into<String>) {
        let index = *self.noted.entry((code, what.to_owned())).or_insert(self.notes.len());
        if index == self.notes.len() {
            self.notes.push(Note { code, what: what.to_owned(), titles: Vec::new() });
        }
        self.notes[index].titles.push(title.into());
    }

    /// Whether there is no problem so far.
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    /// The error, if there is any problem.
    pub fn finish(mut self) -> Result<Vec<Warning>, FleetError> {
        self.stop()?;
        let mut warnings: Vec<Warning> = (self.notes.iter())
            .map(|Note { code, what, titles }| Warning { code, message: lines(what, titles) })
            .collect();
        warnings.append(&mut self.warnings);
        Ok(warnings)
    }

    /// The error so far, if there is any problem; what was collected is gone then.
    pub fn stop(&mut self) -> Result<(), FleetError> {
        if self.problems.is_empty() {
            return Ok(());
        }
        self.same.clear();
        let mut found: Vec<(usize, InputProblem)> = Vec::new();
        for repeated in std::mem::take(&mut self.problems) {
            if repeated.count <= EACH {
                found.extend(repeated.first);
            } else {
                found.extend(told_once(repeated));
            }
        }
        found.sort_by_key(|(number, _)| *number);
        let omitted = found.len().saturating_sub(MAX_PROBLEMS);
        found.truncate(MAX_PROBLEMS);
        Err(FleetError { problems: found.into_iter().map(|(_, problem)| problem).collect(), omitted })
    }
}

/// The problems of an error, those that say the same as one.
pub(super) fn together(error: FleetError) -> FleetError {
    let mut report = Report::default();
    error.problems.into_iter().for_each(|problem| report.problem(problem));
    match report.stop() {
        Err(told) => FleetError { omitted: told.omitted + error.omitted, ..told },
        Ok(()) => FleetError { problems: Vec::new(), omitted: error.omitted },
    }
}

/// Many problems that say the same, as the first of them with a count and the places of a few.
fn told_once(repeated: Repeated) -> Option<(usize, InputProblem)> {
    let count = repeated.count;
    let mut rest = repeated.first.into_iter();
    let (number, mut problem) = rest.next()?;
    let also: Vec<String> = rest.map(|(_, other)| other.path).collect();
    let also: Vec<&String> = also.iter().filter(|path| **path != problem.path).collect();
    let places = also.iter().map(|path| path.as_str()).collect::<Vec<_>>().join(", ");
    let places = if places.is_empty() { String::new() } else { format!(", such as {places}") };
    problem.message = format!("{} ({count} times{places})", problem.message);
    Some((number, problem))
}

/// A few titles on the line, more on a line each.
fn lines(what: &str, titles: &[String]) -> String {
    const ON_THE_LINE: usize = 2;
    let (what, titles) = (escaped(what), titles.iter().map(|title| escaped(title)).collect::<Vec<_>>());
    if titles.len() <= ON_THE_LINE {
        return format!("{what}: {}", titles.join(", "));
    }
    format!("{what} ({}):\n    {}", titles.len(), titles.join("\n    "))
}

/// A place in a document: a node that may be absent, and the way to it.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub node: Option<&'a Node>,
    /// Of the nearest ancestor that is there, for messages about absent nodes.
    position: Option<(u32, u32)>,
    up: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root(&'a str),
    /// An item of the list that the document is.
    Listed(&'a str, usize),
    Key(&'a str),
    Item(usize),
}

impl<'a> At<'a> {
    /// The root of a document; `file` names it in messages.
    pub fn root(file: &'a str, node: &'a Node) -> Self {
        Self { node: Some(node), position: node.position, up: None, step: Step::Root(file) }
    }

    /// An item of a list that is not in memory as a whole.
    pub fn listed(file: &'a str, index: usize, node: &'a Node) -> Self {
        Self { node: Some(node), position: node.position, up: None, step: Step::Listed(file, index) }
    }

    /// A key of a mapping; a null is as good as absent.
    pub fn get(&'a self, key: &'a str) -> At<'a> {
        let node = self.node.and_then(|node| node.get(key));
        At {
            node,
            position: node.and_then(|node| node.position).or(self.position),
            up: Some(self),
            step: Step::Key(key),
        }
    }

    fn item(&'a self, index: usize, node: &'a Node) -> At<'a> {
        At { node: Some(node), position: node.position, up: Some(self), step: Step::Item(index) }
    }

    /// `FILE: spec.template.containers[0]`.
    pub fn path(&self) -> String {
        match (self.step, self.up) {
            (Step::Root(file), _) => file.to_owned(),
            (Step::Listed(file, index), _) => format!("{file}: items[{index}]{}", self.called()),
            (Step::Key(key), Some(up)) if matches!(up.step, Step::Root(_)) => format!("{}: {}", up.path(), shown(key)),
            (Step::Key(key), up) => format!("{}.{}", up.map(At::path).unwrap_or_default(), shown(key)),
            (Step::Item(index), up) => format!("{}[{index}]", up.map(At::path).unwrap_or_default()),
        }
    }

    /// ` (Deployment shop/web)` where no line leads to the object.
    fn called(&self) -> String {
        let Some(node) = self.node.filter(|node| node.position.is_none()) else { return String::new() };
        let text = |node: Option<&Node>| match node.map(|node| &node.value) {
            Some(Value::Scalar { text, .. }) => shown(text),
            _ => String::new(),
        };
        let metadata = node.get("metadata");
        let of = |key: &str| text(metadata.and_then(|metadata| metadata.get(key)));
        let (kind, namespace, name) = (text(node.get("kind")), of("namespace"), of("name"));
        if name.is_empty() {
            return String::new();
        }
        let kind = if kind.is_empty() { kind } else { format!("{kind} ") };
        let namespace = if namespace.is_empty() { namespace } else { format!("{namespace}/") };
        format!(" ({kind}{namespace}{name})")
    }

    /// A problem at this place.
    pub fn problem(&self, code: &'static str, message: impl Into<String>) -> InputProblem {
        let mut problem = InputProblem::new(code, self.path(), message);
        problem.position = self.position.map(|(line, column)| (line as usize, column as usize));
        if let Some(node) = self.node {
            problem.got = Some(describe(&node.value));
        }
        problem
    }

    fn wrong_type(&self, report: &mut Report, expected: &str) {
        report.problem(self.problem("wrong-type", "the wrong kind of value").with_expected(expected));
    }

    /// The items of a list; none where it is absent.
    pub fn items(&'a self, report: &mut Report) -> Vec<At<'a>> {
        match self.node.map(|node| &node.value) {
            None => Vec::new(),
            Some(Value::List(items)) => items.iter().enumerate().map(|(index, node)| self.item(index, node)).collect(),
            Some(_) => {
                self.wrong_type(report, "a list");
                Vec::new()
            }
        }
    }

    /// The entries of a mapping; none where it is absent.
    pub fn entries(&'a self, report: &mut Report) -> Vec<(&'a str, At<'a>)> {
        match self.node.map(|node| &node.value) {
            None => Vec::new(),
            Some(Value::Map(entries)) => entries
                .iter()
                .map(|(key, _)| (key.as_str(), self.get(key)))
                .filter(|(_, at)| at.node.is_some())
                .collect(),
            Some(_) => {
                self.wrong_type(report, "a mapping");
                Vec::new()
            }
        }
    }

    /// The keys of a mapping, those of null values included; none where it is something else.
    pub fn keys(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let entries: &'a [(String, Node)] = match self.node.map(|node| &node.value) {
            Some(Value::Map(entries)) => entries,
            _ => &[],
        };
        entries.iter().map(|(key, _)| key.as_str())
    }

    /// A string.
    pub fn string(&self, report: &mut Report) -> Option<String> {
        match self.node.map(|node| &node.value) {
            None => None,
            Some(Value::Scalar { text, string: true }) => Some(text.clone()),
            Some(Value::Scalar { .. }) => {
                self.wrong_type(report, "a string (put it in quotes: Kubernetes refuses it as it stands)");
                None
            }
            Some(_) => {
                self.wrong_type(report, "a string");
                None
            }
        }
    }

    /// The text of a string or a number.
    pub fn text(&self, report: &mut Report) -> Option<String> {
        match self.node.map(|node| &node.value) {
            None => None,
            Some(Value::Scalar { text, string: false }) if is_octal(text) => {
                self.wrong_type(report, "a number without a zero before it (YAML reads it to the base 8)");
                None
            }
            Some(Value::Scalar { text, .. }) => Some(text.clone()),
            Some(_) => {
                self.wrong_type(report, "a string or a number");
                None
            }
        }
    }

    /// A whole number from 0. As `kubectl` does, it takes `3.0` and `3e0` for 3.
    pub fn count(&self, report: &mut Report) -> Option<u64> {
        let node = self.node?;
        if let Value::Scalar { text, string: false } = &node.value
            && let Some(count) = whole(text).filter(|&count| count <= i32::MAX as u64)
        {
            return Some(count);
        }
        self.wrong_type(report, "a whole number from 0 to 2147483647");
        None
    }

    /// Whether the scalar is `true`.
    pub fn is_true(&self) -> bool {
        matches!(self.node.map(|node| &node.value), Some(Value::Scalar { text, string: false }) if text == "true")
    }
}

/// A number such as `010`: eight in YAML 1.1, ten to most people.
fn is_octal(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// A whole number, written as one or with nothing behind its point.
fn whole(text: &str) -> Option<u64> {
    if is_octal(text) {
        return None;
    }
    // a fraction that rounds up is none of these
    let up = quantity::parse(text, Unit::One, Rounding::Up).ok()?;
    let down = quantity::parse(text, Unit::One, Rounding::Down).ok()?;
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    (plain && up == down).then_some(up)
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Scalar { text, string } => {
            let short: String = text.chars().take(80).collect();
            if *string { format!("`{}`", short.escape_debug()) } else { format!("`{short}` without quotes") }
        }
        Value::List(items) => format!("a list of {}", items.len()),
        Value::Map(entries) => {
            let keys: Vec<&str> = entries.iter().take(3).map(|(key, _)| key.as_str()).collect();
            format!("a mapping with the keys {}{}", keys.join(", "), if entries.len() > 3 { ", ..." } else { "" })
        }
    }
}
