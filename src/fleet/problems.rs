//! Where a problem is, and the list of all problems found so far.

use std::collections::BTreeSet;

use super::located::{Node, Position, Value};
use super::looks::fold;
use crate::error::{FleetError, InputProblem};
use crate::text::is_hidden;

/// A place in the document, linked to its parent: costs nothing until a problem is reported.
#[derive(Clone, Copy, Debug)]
pub(super) enum Path<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

/// One step of a path, owned.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Index(usize),
}

impl<'a> Path<'a> {
    pub fn key(&'a self, key: &'a str) -> Path<'a> {
        Path::Key(self, key)
    }

    pub fn index(&'a self, index: usize) -> Path<'a> {
        Path::Index(self, index)
    }

    fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut here = self;
        loop {
            match here {
                Path::Root => break,
                Path::Key(parent, key) => {
                    steps.push(Step::Key((*key).to_owned()));
                    here = parent;
                }
                Path::Index(parent, index) => {
                    steps.push(Step::Index(*index));
                    here = parent;
                }
            }
        }
        steps.reverse();
        steps
    }

    fn render_into(&self, out: &mut String) {
        match self {
            Path::Root => {}
            Path::Key(parent, key) => {
                parent.render_into(out);
                let plain = !key.is_empty()
                    && key.len() <= 63
                    && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
                if plain {
                    if !out.is_empty() {
                        out.push('.');
                    }
                    out.push_str(key);
                } else {
                    out.push_str(&format!("[\"{}\"]", shown(key)));
                }
            }
            Path::Index(parent, index) => {
                parent.render_into(out);
                out.push_str(&format!("[{index}]"));
            }
        }
    }

    /// `workloads[3].requests.cpu`.
    pub fn render(&self) -> String {
        let mut out = String::new();
        self.render_into(&mut out);
        out
    }
}

/// A text as it may be shown in a message: short, on one line, and nothing in it hidden.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let mut out = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == MOST {
            out.push('…');
            break;
        }
        if is_hidden(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// The same between back quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("`{}`", shown(text))
}

/// The known name nearest to `text`, if one is near: within two edits, or a third of its length.
pub(super) fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    const LONGEST: usize = 128;
    if text.len() > LONGEST {
        return None;
    }
    let length = text.chars().count();
    let allowed = (length / 3).max(2);
    let folded = fold(text);
    let mut best: Option<(usize, &str)> = None;
    for name in known {
        let count = name.chars().count();
        if name == text || name.len() > LONGEST || count.abs_diff(length) > allowed {
            continue;
        }
        let distance = if fold(name) == folded { 0 } else { strsim::osa_distance(text, name) };
        // Of two letters, two edits leave nothing.
        if distance <= allowed && distance < length.max(count) && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| shown(name))
}

/// One problem with its place in steps, so that it can be looked up in the text.
struct Found {
    problem: InputProblem,
    steps: Vec<Step>,
}

/// Everything found so far.
pub(super) struct Problems {
    found: Vec<Found>,
    count: usize,
    report: usize,
    /// Places whose value could not be read: what is said about them afterwards is only a consequence.
    spoilt: BTreeSet<String>,
}

impl Problems {
    pub fn new(report: usize) -> Self {
        Self { found: Vec::new(), count: 0, report: report.max(1), spoilt: BTreeSet::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many so far.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether a further problem is worth a search for the nearest name: it may still be reported.
    pub fn wants_detail(&self) -> bool {
        self.count < self.report
    }

    /// Adds a problem at a place, unless the place could not even be read.
    pub fn add(&mut self, path: &Path, problem: InputProblem) {
        if !self.spoilt.is_empty() && self.is_spoilt(path) {
            return;
        }
        self.push(path, problem);
    }

    /// Adds a problem of a part that cannot be read.
    pub fn unreadable(&mut self, path: &Path, at: Position, mut problem: InputProblem) {
        self.spoilt.insert(path.render());
        problem.position = Some((at.0 as usize, at.1 as usize));
        self.push(path, problem);
    }

    /// Says that a place is already spoken for.
    pub fn spoil(&mut self, path: &Path) {
        self.spoilt.insert(path.render());
    }

    /// Whether the place, or one that it is part of, could not be read.
    pub fn is_spoilt(&self, path: &Path) -> bool {
        if self.spoilt.is_empty() {
            return false;
        }
        let mut here = *path;
        loop {
            if self.spoilt.contains(&here.render()) {
                return true;
            }
            match here {
                Path::Root => return false,
                Path::Key(parent, _) | Path::Index(parent, _) => here = *parent,
            }
        }
    }

    /// Whether the place or any part of it could not be read.
    pub fn is_spoilt_below(&self, path: &Path) -> bool {
        if self.spoilt.is_empty() {
            return false;
        }
        let text = path.render();
        let part =
            |start: String| self.spoilt.range(start.clone()..).next().is_some_and(|first| first.starts_with(&start));
        text.is_empty() || part(format!("{text}.")) || part(format!("{text}[")) || self.is_spoilt(path)
    }

    /// Whether one of these keys of the place could not be read.
    pub fn is_spoilt_at(&self, path: &Path, keys: &[&str]) -> bool {
        !self.spoilt.is_empty() && keys.iter().any(|key| self.is_spoilt(&path.key(key)))
    }

    fn push(&mut self, path: &Path, mut problem: InputProblem) {
        self.count += 1;
        // Some more than are reported are kept, because they come in the order of the checks and go out in the
        // document's; a hostile document must not make a list of millions.
        if self.found.len() < self.report.saturating_mul(20) {
            problem.path = path.render();
            self.found.push(Found { problem, steps: path.steps() });
        }
    }

    /// All of them in document order, with positions where there is a text.
    pub fn into_error(self, root: Option<&Node>) -> FleetError {
        let mut problems: Vec<InputProblem> = self
            .found
            .into_iter()
            .map(|Found { mut problem, steps }| {
                if problem.position.is_none() {
                    problem.position = root.map(|root| locate(root, &steps)).map(|at| (at.0 as usize, at.1 as usize));
                }
                problem
            })
            .collect();
        // Stable: within one place, and without positions, the order of the checks stays.
        problems.sort_by_key(|problem| problem.position);
        problems.truncate(self.report);
        let omitted = self.count - problems.len();
        FleetError { problems, omitted }
    }
}

/// Where the place of a rendered path stands; nothing for a path whose keys are quoted.
pub(super) fn find(root: &Node, path: &str) -> Option<Position> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (key, indices) = part.split_once('[').map_or((part, None), |(key, rest)| (key, Some(rest)));
        steps.push(Step::Key(key.to_owned()));
        for index in indices.into_iter().flat_map(|rest| rest.split('[')) {
            steps.push(Step::Index(index.strip_suffix(']')?.parse().ok()?));
        }
    }
    Some(locate(root, &steps))
}

/// Where the place stands; for one that is missing, where its nearest ancestor does.
fn locate(root: &Node, steps: &[Step]) -> Position {
    let mut node = root;
    let mut at = root.at;
    for step in steps {
        match (step, &node.value) {
            (Step::Key(key), Value::Map(_)) => {
                let Some(entry) = node.get(key) else { return at };
                node = &entry.node;
                at = entry.at;
            }
            (Step::Index(index), Value::List(list)) => {
                let Some(item) = list.get(*index) else { return at };
                node = item;
                at = item.at;
            }
            _ => return at,
        }
    }
    // A key shows where a block begins; of a scalar, its own place is the more exact.
    if matches!(node.value, Value::List(_) | Value::Map(_)) { at } else { node.at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let root = Path::Root;
        assert_eq!(root.key("workloads").index(3).key("requests").key("cpu").render(), "workloads[3].requests.cpu");
        assert_eq!(
            root.key("workloads").index(3).key("requests").key("nvidia.com/gpu").render(),
            "workloads[3].requests[\"nvidia.com/gpu\"]"
        );
        assert_eq!(root.render(), "");
    }

    #[test]
    fn near_names() {
        let known = ["environment", "classification", "customer"];
        assert_eq!(nearest("enviroment", known), Some("environment".into()));
        assert_eq!(nearest("Customer", known), Some("customer".into()));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("x", ["y"]), None);
        assert_eq!(nearest(&"x".repeat(1 << 20), known), None);
    }

    #[test]
    fn hostile_text_is_shown_tame() {
        assert_eq!(shown("a\u{1b}[2J"), "a\\u{1b}[2J");
        assert!(shown(&"x".repeat(1 << 20)).chars().count() == 61);
        assert_eq!(shown("\u{202E}"), "\\u{202e}");
    }
}
