//! YAML -> located trees, with anchors and merge keys.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::super::events::{Event, Events};
use super::{MAX_NODES, Node, Part, SyntaxError, Value, handed_over, too_many};

/// Deepest nesting of a document. Custom resource definitions nest beyond 30; `serde_json` stops at 128 as well.
const MAX_DEPTH: usize = 128;
/// Most nodes that anchors and aliases may copy in one text.
const MAX_COPIED: usize = 100_000;

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
    anchor: Option<String>,
    position: (u32, u32),
    /// Entries so far, those handed over as well.
    entries: usize,
}

struct YamlReader<'s> {
    sink: &'s mut dyn FnMut(Part),
    stack: Vec<Open>,
    anchors: FxHashMap<String, Node>,
    nodes: usize,
    copied: usize,
}

/// Hands over every document of the text, empty ones too, and the items of a list as they come. So many `lines` stand
/// before it.
pub(super) fn read(text: &str, lines: u32, sink: &mut dyn FnMut(Part)) -> Result<(), SyntaxError> {
    let mut reader = YamlReader { sink, stack: Vec::new(), anchors: FxHashMap::default(), nodes: 0, copied: 0 };
    let mut events = Events::new(text, lines);
    while let Some((event, at)) = events.next().map_err(|error| syntax(error.at, error.message))? {
        reader.event(event, at)?;
    }
    Ok(())
}

fn syntax(at: (u32, u32), message: impl Into<String>) -> SyntaxError {
    SyntaxError::new("syntax", Some(at), message)
}

impl YamlReader<'_> {
    fn event(&mut self, event: Event<'_>, at: (u32, u32)) -> Result<(), SyntaxError> {
        match event {
            Event::Scalar { text, plain, anchor, tag } => {
                let text = text.into_owned();
                let plain = plain && tag.is_none();
                if plain && text == "<<" && self.expects_key() {
                    return self.value(node(Value::Scalar { text, string: true }, at), anchor, at);
                }
                let core = tag.as_deref().and_then(|tag| tag.strip_prefix("tag:yaml.org,2002:"));
                let value = if plain && is_null(&text) && !self.expects_key() || core == Some("null") {
                    Value::Null
                } else {
                    let string = match core {
                        Some("int" | "float" | "bool") => false,
                        _ => !plain || plain_is_string(&text),
                    };
                    Value::Scalar { text, string }
                };
                self.value(node(value, at), anchor, at)
            }
            Event::ListStart { anchor, .. } => self.open(Value::List(Vec::new()), anchor, at),
            Event::MapStart { anchor, .. } => self.open(Value::Map(Vec::new()), anchor, at),
            Event::End => {
                // the parser pairs starts and ends
                let Some(open) = self.stack.pop() else { return Ok(()) };
                let value = match open.value {
                    Value::Map(entries) => Value::Map(merge(entries)),
                    other => other,
                };
                self.value(node(value, open.position), open.anchor, open.position)
            }
            Event::Alias(anchor) => {
                if self.stack.iter().any(|open| open.anchor.as_ref() == Some(&anchor)) {
                    return Err(syntax(at, "an alias inside its own anchor"));
                }
                let Some(target) = self.anchors.get(&anchor) else {
                    return Err(syntax(at, format!("there is no anchor `{anchor}` before this alias")));
                };
                let copy = target.clone();
                self.copies(&copy, at)?;
                self.value(copy, None, at)
            }
            Event::DocumentStart => {
                self.anchors.clear();
                self.nodes = 0;
                Ok(())
            }
        }
    }

    fn expects_key(&self) -> bool {
        self.stack.last().is_some_and(|open| matches!(open.value, Value::Map(_)) && open.key.is_none())
    }

    fn open(&mut self, value: Value, anchor: Option<String>, at: (u32, u32)) -> Result<(), SyntaxError> {
        if self.expects_key() {
            return Err(syntax(at, "a key must be a scalar"));
        }
        if self.stack.len() >= MAX_DEPTH {
            return Err(SyntaxError::new("too-deep", Some(at), format!("nested deeper than {MAX_DEPTH} levels")));
        }
        self.stack.push(Open { value, key: None, keys: FxHashSet::default(), anchor, position: at, entries: 0 });
        Ok(())
    }

    fn copies(&mut self, copy: &Node, at: (u32, u32)) -> Result<(), SyntaxError> {
        let size = size(copy);
        self.copied += size;
        self.nodes += size;
        if self.copied > MAX_COPIED {
            let message = format!("anchors and aliases copy more than {MAX_COPIED} nodes");
            return Err(SyntaxError::new("too-many-aliases", Some(at), message));
        }
        Ok(())
    }

    fn value(&mut self, node: Node, anchor: Option<String>, at: (u32, u32)) -> Result<(), SyntaxError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(SyntaxError::new("too-many-items", Some(at), too_many()));
        }
        if let Some(anchor) = anchor {
            self.copies(&node, at)?;
            self.anchors.insert(anchor, node.clone());
        }
        let list = match self.stack.as_slice() {
            [Open { value: Value::Map(root), key: Some(key), .. }, Open { value: Value::List(_), .. }]
                if key == "items" =>
            {
                handed_over(root, &node.value)
            }
            _ => None,
        };
        let Some(open) = self.stack.last_mut() else {
            (self.sink)(Part::Document(node));
            self.nodes = 0;
            return Ok(());
        };
        match &mut open.value {
            Value::List(items) => {
                let index = open.entries;
                open.entries += 1;
                match list {
                    Some(of) => {
                        (self.sink)(Part::Item { index, of, node });
                        self.nodes = 0;
                    }
                    None => items.push(node),
                }
            }
            Value::Map(entries) => match open.key.take() {
                Some(key) => entries.push((key, node)),
                None => {
                    let Value::Scalar { text, .. } = node.value else {
                        return Err(syntax(at, "a key must be a scalar"));
                    };
                    if !open.keys.insert(text.clone()) {
                        let message = format!("the key `{text}` is there twice");
                        return Err(SyntaxError::new("duplicate-key", Some(at), message));
                    }
                    open.key = Some(text);
                }
            },
            Value::Null | Value::Scalar { .. } => {}
        }
        Ok(())
    }
}

fn node(value: Value, at: (u32, u32)) -> Node {
    Node { value, position: Some(at) }
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

#[cfg(test)]
mod tests {
    use super::plain_is_string;

    #[test]
    fn yaml_words_are_what_kubectl_takes_them_for() {
        for text in ["yes", "No", "on", "true", "1.30", "1e3", "0x1F", "-3", ".5", "1_000"] {
            assert!(!plain_is_string(text), "{text}");
        }
        for text in ["prod", "1.30.2", "v1", "128Mi", "100m", "nano", "e3", "-", "0xyz"] {
            assert!(plain_is_string(text), "{text}");
        }
    }
}
