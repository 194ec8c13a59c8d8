//! Collects what is wrong and what is unknown while manifests are read.

use crate::error::{FleetError, InputProblem};
use crate::fleet::Warning;

use super::tree::{Node, Value};

/// Most problems kept; the rest is counted.
const MAX_PROBLEMS: usize = 100;

/// What came up so far.
#[derive(Default)]
pub(super) struct Report {
    problems: Vec<InputProblem>,
    omitted: usize,
    pub warnings: Vec<Warning>,
}

impl Report {
    pub fn problem(&mut self, problem: InputProblem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        } else {
            self.omitted += 1;
        }
    }

    pub fn warn(&mut self, code: &'static str, message: impl Into<String>) {
        self.warnings.push(Warning { code, message: message.into() });
    }

    /// The error, if there is any problem.
    pub fn finish(self) -> Result<Vec<Warning>, FleetError> {
        if self.problems.is_empty() {
            return Ok(self.warnings);
        }
        Err(FleetError { problems: self.problems, omitted: self.omitted })
    }

    /// The error so far, if there is any problem; what was collected is gone then.
    pub fn stop(&mut self) -> Result<(), FleetError> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(FleetError { problems: std::mem::take(&mut self.problems), omitted: self.omitted })
    }
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
            (Step::Listed(file, index), _) => format!("{file}: items[{index}]"),
            (Step::Key(key), Some(up)) if matches!(up.step, Step::Root(_)) => format!("{}: {key}", up.path()),
            (Step::Key(key), up) => format!("{}.{key}", up.map(At::path).unwrap_or_default()),
            (Step::Item(index), up) => format!("{}[{index}]", up.map(At::path).unwrap_or_default()),
        }
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
            Some(Value::Scalar { text, .. }) => Some(text.clone()),
            Some(_) => {
                self.wrong_type(report, "a string or a number");
                None
            }
        }
    }

    /// A whole number from 0.
    pub fn count(&self, report: &mut Report) -> Option<u64> {
        let node = self.node?;
        if let Value::Scalar { text, string: false } = &node.value
            && let Some(count) = text.parse::<u64>().ok().filter(|&count| count <= i32::MAX as u64)
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
