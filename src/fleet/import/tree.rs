//! Text -> located trees: every YAML document of a manifest, or every JSON value of a dump, under limits.
//!
//! Manifests carry whole objects of which a handful of fields is read, so the reader keeps a plain tree instead of
//! decoding into types: it tolerates everything it does not need, and still knows the line of what it does. The items of
//! a list, which is what dumps are, are handed over one by one, so that a dump may be larger than memory.

mod input;
mod json;
mod utf16;
mod yaml;

use std::io::{BufRead, Read};

use crate::error::InputProblem;

use input::Input;
#[cfg(feature = "cli")]
pub(crate) use input::MAX_BYTES;
pub(super) use input::{Total, unreadable};

/// Most nodes in memory at a time: far more than the largest object of a cluster has, far below what memory holds.
const MAX_NODES: usize = 10_000_000;

/// A piece of a source.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// A document; where it is a list, without the items that were handed over before.
    Document(Node),
    /// The item of a list.
    Item {
        index: usize,
        /// What the list says of its items.
        of: Typed,
        node: Node,
    },
}

/// What a typed list, such as a `PodList`, says of items that say less: they are of its `apiVersion`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Typed {
    /// `Pod` of a `PodList`; none of a plain `List`.
    pub kind: Option<String>,
    pub version: Option<String>,
}

impl Typed {
    /// What a list of this kind and version says of its items; `None` where it is no list.
    pub fn of(kind: &str, version: Option<&str>) -> Option<Self> {
        let of = kind.strip_suffix("List")?;
        if of.is_empty() {
            return Some(Self::default());
        }
        Some(Self { kind: Some(of.to_owned()), version: version.map(str::to_owned) })
    }
}

/// A node and where it begins.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub value: Value,
    /// Line and column from 1; `None` in JSON.
    pub position: Option<(u32, u32)>,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    /// A scalar: its text, and whether it is a string (and not a number or a boolean).
    Scalar {
        text: String,
        string: bool,
    },
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// Why a text is no tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub code: &'static str,
    pub position: Option<(u32, u32)>,
    pub message: String,
    pub expected: Option<&'static str>,
}

impl SyntaxError {
    fn new(code: &'static str, position: Option<(u32, u32)>, message: impl Into<String>) -> Self {
        Self { code, position, message: message.into(), expected: None }
    }

    fn expecting(mut self, expected: &'static str) -> Self {
        self.expected = Some(expected);
        self
    }

    /// As a problem of the file.
    pub fn problem(self, file: &str) -> InputProblem {
        let mut problem = InputProblem::new(self.code, file, self.message);
        problem.position = self.position.map(|(line, column)| (line as usize, column as usize));
        problem.expected = self.expected.map(str::to_owned);
        problem
    }
}

/// What begins as JSON may be YAML after all, or go on as YAML; as long as it is no longer than this, both are tried.
const UNDECIDED: usize = 16 << 20;

/// Hands over every part of a source, but for empty documents. What begins as JSON is read as JSON, all else as YAML.
pub(super) fn each<'a>(
    name: &str,
    bytes: Box<dyn BufRead + 'a>,
    total: &'a mut Total,
    sink: &mut dyn FnMut(Part),
) -> Result<(), SyntaxError> {
    let mut sink = |part: Part| {
        if !matches!(part, Part::Document(Node { value: Value::Null, .. })) {
            sink(part);
        }
    };
    let mut input = Input::new(bytes, total)?;
    if !input.begins_as_json()? {
        return input.documents(&mut |text, lines| yaml::read(text, lines, &mut sink));
    }
    let beginning = input.beginning(UNDECIDED)?;
    if beginning.len() > UNDECIDED {
        let whole = beginning.as_slice().chain(&mut input);
        return json::read(whole, &mut sink).map_err(|error| input.failed().unwrap_or(error));
    }
    let mut parts = Vec::new();
    if let Err(no_json) = json::read(beginning.as_slice(), &mut |part| parts.push(part)) {
        parts.clear();
        let mut again = Total::default();
        let yaml = Input::new(Box::new(beginning.as_slice()), &mut again)?
            .documents(&mut |text, lines| yaml::read(text, lines, &mut |part| parts.push(part)));
        let named = name.ends_with(".yaml") || name.ends_with(".yml");
        yaml.map_err(|no_yaml| if named { no_yaml } else { no_json })?;
    }
    parts.into_iter().for_each(sink);
    Ok(())
}

/// Whether an item of a list with these entries before it is handed over, and what the list says of it.
fn handed_over(list: &[(String, Node)], item: &Value) -> Option<Typed> {
    match text_of(list, "kind") {
        Some(kind) => Typed::of(kind, text_of(list, "apiVersion")),
        None => item.kind().map(|_| Typed::default()),
    }
}

/// The text of an entry.
fn text_of<'a>(entries: &'a [(String, Node)], name: &str) -> Option<&'a str> {
    let node = entries.iter().find(|(key, _)| key == name).map(|(_, node)| node)?;
    if let Value::Scalar { text, .. } = &node.value { Some(text) } else { None }
}

fn scalar(value: impl ToString) -> Value {
    Value::Scalar { text: value.to_string(), string: false }
}

fn too_many() -> String {
    format!("more than {MAX_NODES} values in one object")
}

impl Value {
    fn kind(&self) -> Option<&str> {
        if let Value::Map(entries) = self { text_of(entries, "kind") } else { None }
    }
}

impl Node {
    /// The value of a key of a mapping; `None` where there is none or it is null.
    pub fn get(&self, key: &str) -> Option<&Node> {
        let Value::Map(entries) = &self.value else { return None };
        let found = entries.iter().find(|(name, _)| name == key).map(|(_, node)| node);
        found.filter(|node| !matches!(node.value, Value::Null))
    }

    /// The tree as a JSON value; numbers that JSON cannot hold exactly become strings.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Scalar { text, string: true } => text.as_str().into(),
            Value::Scalar { text, string: false } => scalar_to_json(text),
            Value::List(items) => items.iter().map(Node::to_json).collect(),
            Value::Map(entries) => {
                let entries = entries.iter().map(|(key, node)| (key.clone(), node.to_json()));
                serde_json::Value::Object(entries.collect())
            }
        }
    }
}

/// A number or boolean as `serde_json` reads it; any other spelling stays a string.
fn scalar_to_json(text: &str) -> serde_json::Value {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value @ (serde_json::Value::Bool(_) | serde_json::Value::Number(_))) => value,
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<Vec<Node>, SyntaxError> {
        let mut nodes = Vec::new();
        each(name, Box::new(text.as_bytes()), &mut Total::default(), &mut |part| match part {
            Part::Document(node) | Part::Item { node, .. } => nodes.push(node),
        })?;
        Ok(nodes)
    }

    fn json(name: &str, text: &str) -> Vec<serde_json::Value> {
        read(name, text).unwrap().iter().map(Node::to_json).collect()
    }

    #[test]
    fn several_documents_and_empty_ones() {
        let text = "# a comment\n---\na: 1\n---\n---\nb: [x, 'y', \"1\"]\n...\n";
        assert_eq!(json("x.yaml", text), [serde_json::json!({"a": 1}), serde_json::json!({"b": ["x", "y", "1"]})]);
        assert!(read("x.yaml", "").unwrap().is_empty());
        assert!(read("x.yaml", "# nothing\n").unwrap().is_empty());
    }

    #[test]
    fn json_values_one_after_another() {
        assert_eq!(json("-", "{\"a\": null}\n{\"b\": 2.5}\n").len(), 2);
        assert_eq!(json("-", "{\"a\": 1}").len(), 1);
        assert!(read("-", "{\"a\": 1, \"a\": 2}").unwrap_err().message.contains("twice"));
        assert_eq!(read("-", "{\"a\": 1} x").unwrap_err().position.unwrap().0, 1);
    }

    #[test]
    fn positions_count_from_one() {
        let documents = read("x.yaml", "a:\n  b: c\n").unwrap();
        assert_eq!(documents[0].get("a").unwrap().get("b").unwrap().position, Some((2, 6)));
    }

    #[test]
    fn merge_keys_fill_what_is_not_written() {
        let text = "base: &b {cpu: 1, memory: 2}\nmine:\n  <<: *b\n  cpu: 3\n";
        assert_eq!(json("x.yaml", text)[0]["mine"], serde_json::json!({"cpu": 3, "memory": 2}));
    }

    #[test]
    fn hostile_input_is_refused() {
        let deep = "[".repeat(100_000);
        assert!(read("x.yaml", &deep).is_err());
        assert_eq!(read("x.yaml", &deep[..200]).unwrap_err().code, "too-deep");
        assert_eq!(read("x.json", &deep).unwrap_err().code, "syntax");
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..12 {
            let line = format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(", "));
            bomb.push_str(&line);
        }
        assert_eq!(read("x.yaml", &bomb).unwrap_err().code, "too-many-aliases");
        assert_eq!(read("x.yaml", "a: 1\na: 2\n").unwrap_err().code, "duplicate-key");
        assert!(read("x.yaml", "a: &x [*x]\n").is_err());
        assert!(read("x.yaml", "? [a]\n: b\n").is_err());
        assert!(read("x.yaml", "a: b: c\n").is_err());
    }
}
