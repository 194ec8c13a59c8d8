//! Text -> located trees: every YAML document of a manifest, or every JSON value of a dump, under limits.
//!
//! Manifests carry whole objects of which a handful of fields is read, so the reader keeps a plain tree instead of
//! decoding into types: it tolerates everything it does not need, and still knows the line of what it does.

mod json;
mod yaml;

/// Most nodes of one file: what 256 MiB of densest sensible input hold, and far below what memory holds.
const MAX_NODES: usize = 20_000_000;

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
    let documents = if json && !yaml { json::read(text)? } else { yaml::read(text)? };
    Ok(documents.into_iter().filter(|node| !matches!(node.value, Value::Null)).collect())
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
