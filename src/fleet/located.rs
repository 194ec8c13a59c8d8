//! A document as a tree that knows where each part stands in the text.

use std::borrow::Cow;

/// Line and column from 1.
pub(crate) type Position = (u32, u32);

/// What a document was given as: a problem is told in its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Yaml,
    Json,
    /// Values of a program, such as a dictionary or a table. What is missing is one of [`MISSING`].
    Values,
}

/// How a missing value is written among values.
pub(super) const MISSING: [&str; 2] = ["None", "NaN"];

/// One part of a document.
#[derive(Clone, Debug)]
pub(crate) struct Node<'a> {
    pub at: Position,
    pub value: Value<'a>,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    /// A string: quoted, or plain and read as a string by every version of YAML.
    Text(Cow<'a, str>),
    /// A plain number in JSON's grammar, as written.
    Number(Cow<'a, str>),
    /// Another plain scalar that some version of YAML reads as something else: a boolean, null, date, octal ...
    Odd(Cow<'a, str>),
    List(Vec<Node<'a>>),
    Map(Vec<Entry<'a>>),
    /// Among values of a program one that no document has, such as a duration: what is to be said of it.
    #[cfg_attr(not(feature = "python"), expect(dead_code, reason = "only a program in Python gives such values"))]
    Strange(Cow<'a, str>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'a> {
    pub key: Cow<'a, str>,
    /// Whether the key is a plain scalar that is not (everywhere) a string.
    pub odd: bool,
    pub at: Position,
    pub node: Node<'a>,
}

impl<'a> Node<'a> {
    /// The kind in words, with an article.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Text(_) => "a string",
            Value::Number(_) => "a number",
            Value::Odd(text) => match text.as_ref() {
                "true" | "false" => "a boolean",
                "" | "~" | "null" => "nothing (null)",
                "inf" | "-inf" => "an infinite number",
                _ => "an unquoted scalar",
            },
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Strange(_) => "no value of a document",
        }
    }

    /// The entry of a map, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Entry<'a>> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }
}

/// Whether a plain scalar is a number in JSON's grammar.
pub(crate) fn is_json_number(text: &str) -> bool {
    let rest = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let digits = |from: usize| rest[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = digits(0);
    if at == 0 || (at > 1 && rest[0] == b'0') {
        return false;
    }
    if rest.get(at) == Some(&b'.') {
        let more = digits(at + 1);
        if more == 0 {
            return false;
        }
        at += 1 + more;
    }
    if matches!(rest.get(at), Some(b'e' | b'E')) {
        at += 1;
        if matches!(rest.get(at), Some(b'+' | b'-')) {
            at += 1;
        }
        let more = digits(at);
        if more == 0 {
            return false;
        }
        at += more;
    }
    at == rest.len()
}

/// Whether YAML 1.1 or 1.2 reads a plain scalar as something other than a string.
pub(super) fn is_odd(text: &str) -> bool {
    let Some(&first) = text.as_bytes().first() else { return true };
    match first {
        b'0'..=b'9' | b'.' | b'+' | b'-' => looks_numeric(text),
        b'~' | b'=' => text.len() == 1,
        b'<' => text == "<<",
        b'T' | b't' | b'F' | b'f' | b'Y' | b'y' | b'N' | b'n' | b'O' | b'o' if text.len() <= 5 => {
            const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"];
            WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
        }
        _ => false,
    }
}

/// Numbers of all YAML versions (octal, hexadecimal, binary, sexagesimal, `1_000`, `.5`, `.inf`) and timestamps.
fn looks_numeric(text: &str) -> bool {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(body.to_ascii_lowercase().as_str(), ".inf" | ".nan") {
        return true;
    }
    if let Some(hex) = body.strip_prefix("0x") {
        return !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit() || b == b'_');
    }
    if let Some(rest) = body.strip_prefix("0o").or_else(|| body.strip_prefix("0b")) {
        return !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    }
    let has_digit = body.bytes().any(|b| b.is_ascii_digit());
    if !has_digit {
        return false;
    }
    let numeric = body.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'_' | b'.' | b':'));
    numeric || is_exponent_form(body) || is_timestamp(text)
}

fn is_exponent_form(body: &str) -> bool {
    let Some((mantissa, power)) = body.split_once(['e', 'E']) else { return false };
    let power = power.strip_prefix(['+', '-']).unwrap_or(power);
    mantissa.bytes().any(|b| b.is_ascii_digit())
        && mantissa.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'_' | b'.'))
        && !power.is_empty()
        && power.bytes().all(|b| b.is_ascii_digit())
}

/// `2026-11-23`, alone or with a time behind it.
fn is_timestamp(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let day = rest.bytes().take_while(u8::is_ascii_digit).count();
    year.len() == 4
        && digits(year)
        && (1..=2).contains(&month.len())
        && digits(month)
        && (1..=2).contains(&day)
        && rest[day..]
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'T' | b't' | b' ' | b':' | b'.' | b'Z' | b'+' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_json() {
        for text in ["0", "-0", "10", "1.30", "0.5", "1e3", "1E+3", "-1.5e-3"] {
            assert!(is_json_number(text), "{text}");
        }
        for text in ["", "-", "01", "1.", ".5", "1e", "1e+", "+1", "0x1", "1_0", "1Gi", "100m", "--1"] {
            assert!(!is_json_number(text), "{text}");
        }
    }

    #[test]
    fn what_some_yaml_reads_otherwise() {
        for text in [
            "",
            "~",
            "null",
            "Null",
            "true",
            "FALSE",
            "yes",
            "No",
            "on",
            "OFF",
            "y",
            "N",
            "010",
            "0o7",
            "0x1F",
            "0b1",
            "1_000",
            "12:30",
            "1:30:00",
            ".5",
            "1.",
            "+1",
            ".inf",
            "-.INF",
            ".NaN",
            "1e3",
            "2026-11-23",
            "2026-11-23T10:00:00Z",
            "=",
            "<<",
        ] {
            assert!(is_odd(text), "{text}");
        }
        for text in
            ["prod", "100m", "5700Gi", "a", "no-one", "nothing", "1.30.2-x", "v1", "20%", "1-2", "-", "12e", "-x", "…"]
        {
            assert!(!is_odd(text), "{text}");
        }
    }
}
