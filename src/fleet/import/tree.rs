//! Text -> located trees: every YAML document of a manifest, or every JSON value of a dump, under limits.
//!
//! Manifests carry whole objects of which a handful of fields is read, so the reader keeps a plain tree instead of
//! decoding into types: it tolerates everything it does not need, and still knows the line of what it does.

use std::fmt;

use rustc_hash::{FxHashMap, FxHashSet};
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// Deepest nesting of a document. Custom resource definitions nest beyond 30; `serde_json` stops at 128 as well.
const MAX_DEPTH: usize = 128;
/// Most nodes of one file: what 256 MiB of densest sensible input hold, and far below what memory holds.
const MAX_NODES: usize = 20_000_000;
/// Most nodes that anchors and aliases may copy in one file.
const MAX_COPIED: usize = 100_000;

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
    pub position: Option<(usize, usize)>,
    pub message: String,
}

impl SyntaxError {
    fn new(code: &'static str, position: Option<(usize, usize)>, message: impl Into<String>) -> Self {
        Self { code, position, message: message.into() }
    }
}

/// Reads every document of `text`; empty documents are left out. `name` tells YAML from JSON where the text does not.
pub(super) fn read(name: &str, text: &str) -> Result<Vec<Node>, SyntaxError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let yaml = name.ends_with(".yaml") || name.ends_with(".yml");
    let json = name.ends_with(".json") || matches!(text.trim_start().as_bytes().first(), Some(b'{' | b'['));
    let documents = if json && !yaml { read_json(text)? } else { read_yaml(text)? };
    Ok(documents.into_iter().filter(|node| !matches!(node.value, Value::Null)).collect())
}

/// Whether a plain YAML scalar is a string to `kubectl`, which reads YAML 1.1 (`yes` and `on` are booleans there).
fn plain_is_string(text: &str) -> bool {
    const WORDS: [&str; 7] = ["true", "false", "yes", "no", "on", "off", ""];
    let lower = text.to_ascii_lowercase();
    if WORDS.contains(&lower.as_str()) {
        return false;
    }
    let digits = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
    let radix = ["0x", "0o", "0b"].iter().any(|prefix| {
        let base = match *prefix {
            "0x" => 16,
            "0o" => 8,
            _ => 2,
        };
        digits
            .strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c == '_' || c.is_digit(base)))
    });
    let special = matches!(digits, ".inf" | ".nan");
    let starts = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let number = starts && digits.replace('_', "").parse::<f64>().is_ok();
    !(radix || special || number)
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// A collection under construction.
struct Open {
    value: Value,
    key: Option<String>,
    keys: FxHashSet<String>,
    anchor: usize,
    position: (usize, usize),
}

struct YamlReader {
    documents: Vec<Node>,
    stack: Vec<Open>,
    anchors: FxHashMap<usize, Node>,
    nodes: usize,
    copied: usize,
}

fn read_yaml(text: &str) -> Result<Vec<Node>, SyntaxError> {
    let mut reader =
        YamlReader { documents: Vec::new(), stack: Vec::new(), anchors: FxHashMap::default(), nodes: 0, copied: 0 };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = (error.marker().line(), error.marker().col() + 1);
            SyntaxError::new("syntax", Some(at), format!("this is not YAML: {}", error.info()))
        })?;
        reader.event(event, (span.start.line(), span.start.col() + 1))?;
    }
    Ok(reader.documents)
}

impl YamlReader {
    fn event(&mut self, event: Event<'_>, at: (usize, usize)) -> Result<(), SyntaxError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let text = text.into_owned();
                let plain = style == ScalarStyle::Plain && tag.is_none();
                if plain && text == "<<" && self.expects_key() {
                    return self.value(node(Value::Scalar { text, string: true }, at), anchor, at);
                }
                let string_tag = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
                let value = if plain && is_null(&text) && !self.expects_key() {
                    Value::Null
                } else {
                    let string = string_tag || style != ScalarStyle::Plain || plain_is_string(&text);
                    Value::Scalar { text, string }
                };
                self.value(node(value, at), anchor, at)
            }
            Event::SequenceStart(anchor, _) => self.open(Value::List(Vec::new()), anchor, at),
            Event::MappingStart(anchor, _) => self.open(Value::Map(Vec::new()), anchor, at),
            Event::SequenceEnd | Event::MappingEnd => {
                // the parser pairs starts and ends
                let Some(open) = self.stack.pop() else { return Ok(()) };
                let value = match open.value {
                    Value::Map(entries) => Value::Map(merge(entries)),
                    other => other,
                };
                self.value(node(value, open.position), open.anchor, open.position)
            }
            Event::Alias(anchor) => {
                let Some(target) = self.anchors.get(&anchor) else {
                    return Err(SyntaxError::new("syntax", Some(at), "an alias inside its own anchor"));
                };
                let copy = target.clone();
                self.copies(&copy, at)?;
                self.value(copy, 0, at)
            }
            Event::DocumentStart(_) => {
                self.anchors.clear();
                Ok(())
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn expects_key(&self) -> bool {
        self.stack.last().is_some_and(|open| matches!(open.value, Value::Map(_)) && open.key.is_none())
    }

    fn open(&mut self, value: Value, anchor: usize, at: (usize, usize)) -> Result<(), SyntaxError> {
        if self.expects_key() {
            return Err(SyntaxError::new("syntax", Some(at), "a key must be a scalar"));
        }
        if self.stack.len() >= MAX_DEPTH {
            return Err(SyntaxError::new("too-deep", Some(at), format!("nested deeper than {MAX_DEPTH} levels")));
        }
        self.stack.push(Open { value, key: None, keys: FxHashSet::default(), anchor, position: at });
        Ok(())
    }

    fn copies(&mut self, copy: &Node, at: (usize, usize)) -> Result<(), SyntaxError> {
        let size = size(copy);
        self.copied += size;
        self.nodes += size;
        if self.copied > MAX_COPIED {
            let message = format!("anchors and aliases copy more than {MAX_COPIED} nodes");
            return Err(SyntaxError::new("too-many-aliases", Some(at), message));
        }
        Ok(())
    }

    fn value(&mut self, node: Node, anchor: usize, at: (usize, usize)) -> Result<(), SyntaxError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(SyntaxError::new("too-many-items", Some(at), format!("more than {MAX_NODES} values")));
        }
        if anchor != 0 {
            self.copies(&node, at)?;
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.stack.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        match &mut open.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match open.key.take() {
                Some(key) => entries.push((key, node)),
                None => {
                    let Value::Scalar { text, .. } = node.value else {
                        return Err(SyntaxError::new("syntax", Some(at), "a key must be a scalar"));
                    };
                    if !open.keys.insert(text.clone()) {
                        return Err(SyntaxError::new(
                            "duplicate-key",
                            Some(at),
                            format!("the key `{text}` is there twice"),
                        ));
                    }
                    open.key = Some(text);
                }
            },
            Value::Null | Value::Scalar { .. } => {}
        }
        Ok(())
    }
}

fn node(value: Value, at: (usize, usize)) -> Node {
    let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Node { value, position: Some((narrow(at.0), narrow(at.1))) }
}

/// Nodes of a tree; its depth is bounded by [`MAX_DEPTH`] times itself at worst (an alias at the deepest place).
fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::List(items) => items.iter().map(size).sum(),
        Value::Map(entries) => entries.iter().map(|(_, node)| size(node)).sum(),
        Value::Null | Value::Scalar { .. } => 0,
    }
}

/// Applies YAML 1.1 merge keys (`<<: *defaults`): entries written out win, then earlier sources.
fn merge(mut entries: Vec<(String, Node)>) -> Vec<(String, Node)> {
    let Some(at) = entries.iter().position(|(key, _)| key == "<<") else { return entries };
    if !matches!(entries[at].1.value, Value::Map(_) | Value::List(_)) {
        return entries;
    }
    let sources = match entries.remove(at).1.value {
        Value::List(items) => items,
        value => vec![Node { value, position: None }],
    };
    let mut known: FxHashSet<String> = entries.iter().map(|(key, _)| key.clone()).collect();
    for source in sources {
        let Value::Map(more) = source.value else { continue };
        for (key, node) in more {
            if known.insert(key.clone()) {
                entries.push((key, node));
            }
        }
    }
    entries
}

fn read_json(text: &str) -> Result<Vec<Node>, SyntaxError> {
    let mut documents = Vec::new();
    let mut nodes = 0;
    let mut stream = serde_json::Deserializer::from_str(text);
    loop {
        // a dump may hold several values one after another
        let next = Json { nodes: &mut nodes }.deserialize(&mut stream);
        match next {
            Ok(node) => documents.push(node),
            Err(error) if error.is_eof() && !documents.is_empty() && stream.end().is_ok() => return Ok(documents),
            Err(error) => {
                let position = (error.line() > 0).then(|| (error.line(), error.column().max(1)));
                return Err(SyntaxError::new("syntax", position, format!("this is not JSON: {error}")));
            }
        }
        if stream.end().is_ok() {
            return Ok(documents);
        }
    }
}

struct Json<'a> {
    nodes: &'a mut usize,
}

impl<'de> DeserializeSeed<'de> for Json<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        *self.nodes += 1;
        if *self.nodes > MAX_NODES {
            return Err(serde::de::Error::custom(format!("more than {MAX_NODES} values")));
        }
        deserializer.deserialize_any(self).map(|value| Node { value, position: None })
    }
}

impl<'de> Visitor<'de> for Json<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Scalar { text: value.to_string(), string: false })
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Scalar { text: value.to_string(), string: false })
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Scalar { text: value.to_string(), string: false })
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Scalar { text: value.to_string(), string: false })
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Scalar { text: value.to_owned(), string: true })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Json { nodes: &mut *self.nodes })? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        let mut keys = FxHashSet::default();
        while let Some(key) = map.next_key::<String>()? {
            if !keys.insert(key.clone()) {
                return Err(serde::de::Error::custom(format!("the key `{key}` is there twice")));
            }
            entries.push((key, map.next_value_seed(Json { nodes: &mut *self.nodes })?));
        }
        Ok(Value::Map(entries))
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
    fn yaml_words_are_what_kubectl_takes_them_for() {
        for text in ["yes", "No", "on", "true", "1.30", "1e3", "0x1F", "-3", ".5", "1_000"] {
            assert!(!plain_is_string(text), "{text}");
        }
        for text in ["prod", "1.30.2", "v1", "128Mi", "100m", "nano", "e3", "-", "0xyz"] {
            assert!(plain_is_string(text), "{text}");
        }
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
