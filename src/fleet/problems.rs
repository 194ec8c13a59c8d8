//! Where a problem is, and the list of all problems found so far.

use fixedbitset::FixedBitSet;
use rustc_hash::FxHashMap;

use super::fold::fold;
use super::located::{Node, Position, Value};
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
pub(crate) fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
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
    spoilt: Spoilt,
}

/// Spoilt places as a tree: a document may have millions of them.
#[derive(Default)]
struct Spoilt {
    whole: bool,
    below: Option<Box<Below>>,
}

/// Parts of which something is spoilt.
#[derive(Default)]
struct Below {
    keys: FxHashMap<String, Spoilt>,
    /// Items that are spoilt as a whole: a bit each, because a list may have nothing else.
    items: FixedBitSet,
    /// Items of which some part is spoilt.
    indices: FxHashMap<usize, Spoilt>,
}

impl Spoilt {
    fn is_empty(&self) -> bool {
        !self.whole && self.below.is_none()
    }

    fn below(&mut self) -> &mut Below {
        self.below.get_or_insert_default()
    }

    /// Spoils the place as a whole.
    fn spoil(&mut self, path: &Path) {
        match path {
            Path::Index(parent, index) => self.place(parent).below().items.grow_and_insert(*index),
            path => self.place(path).whole = true,
        }
    }

    /// The place, made where it is not there yet.
    fn place(&mut self, path: &Path) -> &mut Self {
        match path {
            Path::Root => self,
            Path::Key(parent, key) => self.place(parent).below().keys.entry((*key).to_owned()).or_default(),
            Path::Index(parent, index) => self.place(parent).below().indices.entry(*index).or_default(),
        }
    }

    /// Whether the place or one that it is part of is spoilt; and the place, if something of it is.
    fn find(&self, path: &Path) -> (bool, Option<&Self>) {
        let part = |parent: &Path, part: &dyn Fn(&Below) -> (bool, Option<&Self>)| match self.find(parent) {
            (true, _) => (true, None),
            (false, place) => place.and_then(|place| place.below.as_ref()).map_or((false, None), |below| part(below)),
        };
        fn found(place: Option<&Spoilt>) -> (bool, Option<&Spoilt>) {
            (place.is_some_and(|place| place.whole), place)
        }
        match path {
            Path::Root => (self.whole, Some(self)),
            Path::Key(parent, key) => part(parent, &|below| found(below.keys.get(*key))),
            Path::Index(parent, index) => part(parent, &|below| match below.items.contains(*index) {
                true => (true, None),
                false => found(below.indices.get(index)),
            }),
        }
    }
}

impl Problems {
    pub fn new(report: usize) -> Self {
        Self { found: Vec::new(), count: 0, report: report.max(1), spoilt: Spoilt::default() }
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

    /// Whether further problems are only counted: nobody will read their words.
    pub fn only_counts(&self) -> bool {
        // Some more than are reported are kept, because they come in the order of the checks and go out in the
        // document's; a hostile document must not make a list of millions.
        self.found.len() >= self.report.saturating_mul(20)
    }

    /// Adds a problem at a place, unless the place could not even be read.
    pub fn add(&mut self, path: &Path, problem: InputProblem) {
        if !self.is_spoilt(path) {
            self.push(path, problem);
        }
    }

    /// Adds a problem of a part that cannot be read.
    pub fn unreadable(&mut self, path: &Path, at: Position, mut problem: InputProblem) {
        self.spoil(path);
        problem.position = Some((at.0 as usize, at.1 as usize));
        self.push(path, problem);
    }

    /// Counts a part that cannot be read.
    pub fn unreadable_too(&mut self, path: &Path) {
        self.spoil(path);
        self.count += 1;
    }

    /// Says that a place is already spoken for.
    pub fn spoil(&mut self, path: &Path) {
        self.spoilt.spoil(path);
    }

    /// Whether the place, or one that it is part of, could not be read.
    pub fn is_spoilt(&self, path: &Path) -> bool {
        !self.spoilt.is_empty() && self.spoilt.find(path).0
    }

    /// Whether the place or any part of it could not be read.
    pub fn is_spoilt_below(&self, path: &Path) -> bool {
        !self.spoilt.is_empty() && matches!(self.spoilt.find(path), (true, _) | (_, Some(_)))
    }

    /// Whether one of these keys of the place could not be read.
    pub fn is_spoilt_at(&self, path: &Path, keys: &[&str]) -> bool {
        !self.spoilt.is_empty() && keys.iter().any(|key| self.is_spoilt(&path.key(key)))
    }

    fn push(&mut self, path: &Path, mut problem: InputProblem) {
        self.count += 1;
        if !self.only_counts() {
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

/// Where the place of a rendered path stands; nothing for what is none. A key that was cut or escaped when it was rendered is not
/// found, and stands where its map does.
pub(super) fn find(root: &Node, path: &str) -> Option<Position> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix("[\"") {
            // a key may hold quotes: of what looks like its end, the first that a path can go on behind
            let ends = |&(at, _): &(usize, &str)| matches!(quoted[at + 2..].chars().next(), None | Some('.' | '['));
            let (end, _) = quoted.match_indices("\"]").find(ends)?;
            steps.push(Step::Key(quoted[..end].to_owned()));
            rest = &quoted[end + 2..];
        } else if let Some(index) = rest.strip_prefix('[') {
            let (index, behind) = index.split_once(']')?;
            steps.push(Step::Index(index.parse().ok()?));
            rest = behind;
        } else {
            let key = if steps.is_empty() { rest } else { rest.strip_prefix('.')? };
            let (key, behind) = key.split_at(key.find(['.', '[']).unwrap_or(key.len()));
            if key.is_empty() {
                return None;
            }
            steps.push(Step::Key(key.to_owned()));
            rest = behind;
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
    fn what_is_part_of_a_spoilt_place_is_spoilt() {
        let mut problems = Problems::new(10);
        let root = Path::Root;
        assert!(!problems.is_spoilt_below(&root));
        let tenants = root.key("tenants");
        problems.spoil(&tenants.index(3).key("name"));
        problems.spoil(&root.key("a.b"));
        let third = tenants.index(3);
        assert!(problems.is_spoilt(&third.key("name")) && problems.is_spoilt(&third.key("name").key("x")));
        assert!(!problems.is_spoilt(&third) && !problems.is_spoilt(&tenants) && !problems.is_spoilt(&root));
        assert!(
            problems.is_spoilt_below(&third) && problems.is_spoilt_below(&tenants) && problems.is_spoilt_below(&root)
        );
        assert!(problems.is_spoilt_below(&third.key("name").key("x")));
        assert!(!problems.is_spoilt_below(&tenants.index(30)) && !problems.is_spoilt_below(&third.key("trust")));
        assert!(!problems.is_spoilt_below(&root.key("a")) && problems.is_spoilt_at(&root, &["c", "a.b"]));
        problems.add(&third.key("name"), InputProblem::new("wrong-type", "", "a consequence"));
        assert!(problems.is_empty());
    }

    #[test]
    fn of_a_flood_only_the_first_have_words() {
        let mut problems = Problems::new(2);
        let root = Path::Root;
        for index in 0..100 {
            let path = root.index(index);
            if problems.only_counts() {
                problems.unreadable_too(&path);
            } else {
                problems.unreadable(&path, (1, 1), InputProblem::new("wrong-type", "", "bad"));
            }
        }
        assert_eq!((problems.found.len(), problems.count()), (40, 100));
        assert!(problems.is_spoilt(&root.index(99)));
        let error = problems.into_error(None);
        assert_eq!((error.problems.len(), error.omitted), (2, 98));
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
