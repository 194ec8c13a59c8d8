//! JSON text -> located tree, exactly by RFC 8259.

use std::borrow::Cow;

use super::limits::Limits;
use super::located::{Entry, Node, Position, Value, is_json_number};
use super::rows::Outlet;
use super::yaml::{refuse, too_deep, too_many_items};
use crate::error::InputProblem;

type Read<T> = Result<T, Box<InputProblem>>;

struct Reader<'a, 'l, 't> {
    text: &'a str,
    at: usize,
    line: u32,
    /// Where the line's column 1 would be, had every character one byte: continuation bytes push it along.
    line_start: usize,
    limits: &'l Limits,
    /// Parts of lists and maps that are still open: each takes its own when it ends, in a list of just that size.
    nodes: Vec<Node<'a>>,
    entries: Vec<Entry<'a>>,
    outlet: Outlet<'t>,
}

/// Reads one JSON value.
///
/// # Errors
///
/// The first thing that is not JSON, or more depth or entries than the limits allow.
pub(super) fn read<'a>(text: &'a str, limits: &Limits) -> Read<Node<'a>> {
    read_rows(text, limits, Outlet::none())
}

/// The same, the rows of long lists taken out.
///
/// # Errors
///
/// As [`read`].
pub(super) fn read_rows<'a>(text: &'a str, limits: &Limits, outlet: Outlet<'_>) -> Read<Node<'a>> {
    let (nodes, entries) = (Vec::new(), Vec::new());
    let mut reader = Reader { text, at: 0, line: 1, line_start: 0, limits, nodes, entries, outlet };
    let node = reader.value(0)?;
    reader.space();
    if reader.at < text.len() { Err(reader.bad("something stands behind the document's end")) } else { Ok(node) }
}

impl<'a> Reader<'a, '_, '_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn here(&self) -> Position {
        (self.line, u32::try_from(self.at - self.line_start + 1).unwrap_or(u32::MAX))
    }

    fn bad(&self, message: &str) -> Box<InputProblem> {
        refuse("bad-json", self.here(), format!("this is not JSON: {message}"))
    }

    fn space(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\n' => {
                    self.at += 1;
                    self.line = self.line.saturating_add(1);
                    self.line_start = self.at;
                }
                _ => break,
            }
        }
    }

    /// Recursion is bounded by `limits.depth`.
    fn value(&mut self, depth: usize) -> Read<Node<'a>> {
        self.space();
        let at = self.here();
        let value = match self.peek() {
            Some(b'{') => self.map(depth)?,
            Some(b'[') => self.list(depth, None)?,
            Some(b'"') => Value::Text(self.string()?),
            Some(_) => self.word()?,
            None => return Err(self.bad("it ends too early")),
        };
        Ok(Node { at, value })
    }

    fn enter(&mut self, depth: usize) -> Read<()> {
        if depth >= self.limits.depth.min(512) {
            return Err(too_deep(self.limits, self.here()));
        }
        self.at += 1;
        self.space();
        Ok(())
    }

    /// `outlet`: where its rows go, if not into the tree.
    fn list(&mut self, depth: usize, outlet: Option<usize>) -> Read<Value<'a>> {
        self.enter(depth)?;
        let first = self.nodes.len();
        let mut taken = 0;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::List(Vec::new()));
        }
        loop {
            if self.nodes.len() - first + taken >= self.limits.items {
                return Err(too_many_items(self.limits, self.here()));
            }
            let node = self.value(depth + 1)?;
            match outlet {
                Some(list) => {
                    self.outlet.row(list, &node);
                    taken += 1;
                }
                None => self.nodes.push(node),
            }
            if self.separator(b']', "`,` or `]` is missing")? {
                return Ok(Value::List(self.nodes.drain(first..).collect()));
            }
        }
    }

    fn map(&mut self, depth: usize) -> Read<Value<'a>> {
        self.enter(depth)?;
        let first = self.entries.len();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Map(Vec::new()));
        }
        loop {
            if self.entries.len() - first >= self.limits.items {
                return Err(too_many_items(self.limits, self.here()));
            }
            self.space();
            let at = self.here();
            if self.peek() != Some(b'"') {
                return Err(self.bad("a key in double quotes is missing"));
            }
            let key = self.string()?;
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.bad("`:` is missing"));
            }
            self.at += 1;
            let node = self.part(&key, first, depth + 1)?;
            self.entries.push(Entry { key, odd: false, at, node });
            if self.separator(b'}', "`,` or `}` is missing")? {
                return Ok(Value::Map(self.entries.drain(first..).collect()));
            }
        }
    }

    /// The value of a key.
    fn part(&mut self, key: &str, first: usize, depth: usize) -> Read<Node<'a>> {
        if depth == 1 {
            self.space();
            if self.peek() == Some(b'[')
                && let list @ Some(_) = self.outlet.list(key, &self.entries[first..])
            {
                let at = self.here();
                return Ok(Node { at, value: self.list(depth, list)? });
            }
        }
        self.value(depth)
    }

    /// Whether the list or map ends here.
    fn separator(&mut self, end: u8, missing: &str) -> Read<bool> {
        self.space();
        let byte = self.peek();
        if byte != Some(b',') && byte != Some(end) {
            return Err(self.bad(missing));
        }
        self.at += 1;
        Ok(byte == Some(end))
    }

    fn word(&mut self) -> Read<Value<'a>> {
        let rest = &self.text[self.at..];
        let length = rest
            .bytes()
            .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')))
            .unwrap_or(rest.len());
        let word = &rest[..length];
        let value = match word {
            "true" | "false" | "null" => Value::Odd(Cow::Borrowed(word)),
            _ if is_json_number(word) => Value::Number(Cow::Borrowed(word)),
            _ => return Err(self.bad("a value is missing")),
        };
        self.at += length;
        Ok(value)
    }

    fn string(&mut self) -> Read<Cow<'a, str>> {
        self.at += 1;
        let mut from = self.at;
        let mut built: Option<String> = None;
        loop {
            match self.peek() {
                None => return Err(self.bad("a string is not closed")),
                Some(b'"') => break,
                Some(b'\\') => {
                    let text = built.get_or_insert_with(String::new);
                    text.push_str(&self.text[from..self.at]);
                    text.push(self.escape()?);
                    from = self.at;
                }
                Some(byte) if byte < 0x20 => return Err(self.bad("a control character stands in a string")),
                Some(byte) => {
                    // Continuation bytes are not columns.
                    if byte & 0xC0 == 0x80 {
                        self.line_start += 1;
                    }
                    self.at += 1;
                }
            }
        }
        let tail = &self.text[from..self.at];
        self.at += 1;
        Ok(match built {
            None => Cow::Borrowed(tail),
            Some(mut text) => {
                text.push_str(tail);
                Cow::Owned(text)
            }
        })
    }

    fn escape(&mut self) -> Read<char> {
        self.at += 1;
        let Some(byte) = self.peek() else { return Err(self.bad("a string is not closed")) };
        let plain = match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(self.bad("an unknown escape")),
        };
        self.at += 1;
        Ok(plain)
    }

    /// `\uXXXX`, or a surrogate pair of them.
    fn unicode(&mut self) -> Read<char> {
        let first = self.four_digits()?;
        let code = if (0xD800..0xDC00).contains(&first) {
            if !self.text[self.at..].starts_with("\\u") {
                return Err(self.bad("half a surrogate pair"));
            }
            self.at += 1;
            let second = self.four_digits()?;
            if !(0xDC00..0xE000).contains(&second) {
                return Err(self.bad("half a surrogate pair"));
            }
            0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.bad("half a surrogate pair"))
    }

    /// From the `u` on.
    fn four_digits(&mut self) -> Read<u32> {
        let digits = self.text.as_bytes().get(self.at + 1..self.at + 5);
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let Some(digits) = digits else { return Err(self.bad("four hexadecimal digits are missing behind `\\u`")) };
        let value = digits.iter().fold(0, |sum, &b| sum * 16 + char::from(b).to_digit(16).unwrap_or(0));
        self.at += 5;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to_value(node: &Node) -> serde_json::Value {
        match &node.value {
            Value::Text(text) => serde_json::Value::String(text.to_string()),
            Value::Number(text) | Value::Odd(text) => serde_json::from_str(text).unwrap(),
            Value::Strange(why) => panic!("{why}"),
            Value::List(list) => list.iter().map(to_value).collect(),
            Value::Map(entries) => {
                serde_json::Value::Object(entries.iter().map(|e| (e.key.to_string(), to_value(&e.node))).collect())
            }
        }
    }

    fn agrees(text: &str) {
        let ours = read(text, &Limits::default());
        let theirs = serde_json::from_str::<serde_json::Value>(text);
        assert_eq!(ours.is_ok(), theirs.is_ok(), "{text:?}");
        if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
            assert_eq!(to_value(&ours), theirs, "{text:?}");
        }
    }

    #[test]
    fn agrees_with_serde_json() {
        for text in [
            "",
            " ",
            "1",
            "-0",
            "01",
            "1.",
            "[1,2",
            "[1,]",
            "[,]",
            "{}",
            "{\"a\":1,}",
            "{\"a\":1}",
            "{a:1}",
            "\"\\ud83d\\ude00\"",
            "\"\\ud83d\"",
            "\"\\ude00\"",
            "\"\\ud83d\\n\"",
            "\"\\u00e9\"",
            "\"\\x\"",
            "\"a\nb\"",
            "\"é\"",
            "nul",
            "null",
            "true x",
            "[true,false,null]",
            "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
            "\"",
            "\"\\",
            "\"\\u12",
            "{\"a\"}",
            "{\"a\":}",
            "+1",
            "NaN",
            "'a'",
            "\r\n[\t1 ]\n",
            "1e5",
            "[1 2]",
            "\u{feff}1",
            "//",
            "\"\\u+123\"",
        ] {
            agrees(text);
        }
    }

    #[test]
    fn positions_count_characters() {
        let node = read("{\"é\": [1,\n  {\"ü\": \"ö\", \"b\": 2}]}", &Limits::default()).unwrap();
        let Value::List(list) = &node.get("é").unwrap().node.value else { panic!() };
        assert_eq!(node.get("é").unwrap().node.at, (1, 7));
        assert_eq!(list[1].get("b").unwrap().at, (2, 14));
    }

    proptest::proptest! {
        #[test]
        fn agrees_on_noise(text in "[\\[\\]{}:,\"\\\\a-u0-9. \\n-]{0,24}") {
            agrees(&text);
        }
    }
}
