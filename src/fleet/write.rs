//! Document -> YAML text. Every string that any version of YAML could read as something else is quoted.

use serde_json::Value;

use super::digest::write_string;
use super::document::Document;
use super::located::{is_json_number, is_odd};
use crate::text::is_hidden;

/// Maps and lists of scalars no longer than this stand on one line.
const LINE: usize = 100;

pub(super) fn yaml(document: &Document) -> String {
    // The document's types serialise without errors: their maps have string keys.
    value(&serde_json::to_value(document).unwrap_or_default())
}

/// Any value as YAML, by the same rules.
pub(crate) fn value(value: &Value) -> String {
    let mut out = String::new();
    block(value, 0, &mut out);
    out
}

/// A list or map over several lines, each indented.
fn block(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(map) => {
            for (at, (key, value)) in map.iter().enumerate() {
                // The first key of a list's item stands behind the `- `.
                if at > 0 || out.is_empty() || out.ends_with('\n') {
                    out.extend(std::iter::repeat_n(' ', indent));
                }
                scalar_text(key, out);
                out.push(':');
                nested(value, indent + 2, out);
            }
        }
        Value::Array(list) => {
            for value in list {
                out.extend(std::iter::repeat_n(' ', indent));
                out.push('-');
                if fits_line(value) {
                    out.push(' ');
                    flow(value, out);
                    out.push('\n');
                } else if matches!(value, Value::Object(_)) {
                    out.push(' ');
                    block(value, indent + 2, out);
                } else {
                    out.push('\n');
                    block(value, indent + 2, out);
                }
            }
        }
        _ => {
            flow(value, out);
            out.push('\n');
        }
    }
}

fn nested(value: &Value, indent: usize, out: &mut String) {
    if fits_line(value) {
        out.push(' ');
        flow(value, out);
        out.push('\n');
    } else {
        out.push('\n');
        block(value, indent, out);
    }
}

/// Whether a value is short and flat enough for one line.
fn fits_line(value: &Value) -> bool {
    fn width(value: &Value, depth: usize) -> Option<usize> {
        match value {
            Value::String(text) => Some(text.len() + 2),
            Value::Array(list) => {
                list.iter().try_fold(2, |sum, item| Some(sum + 2 + width(item, depth.checked_sub(1)?)?))
            }
            Value::Object(map) => map
                .iter()
                .try_fold(2, |sum, (key, item)| Some(sum + key.len() + 4 + width(item, depth.checked_sub(1)?)?)),
            _ => Some(20),
        }
    }
    match value {
        Value::Array(list) if list.is_empty() => true,
        Value::Object(map) if map.is_empty() => true,
        Value::Array(_) | Value::Object(_) => width(value, 2).is_some_and(|width| width <= LINE),
        _ => true,
    }
}

fn flow(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => scalar_text(text, out),
        Value::Array(list) => {
            out.push('[');
            for (at, item) in list.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                flow(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (at, (key, item)) in map.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                scalar_text(key, out);
                out.push_str(": ");
                flow(item, out);
            }
            out.push('}');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

/// A string, quoted unless it is plain in every reading.
fn scalar_text(text: &str, out: &mut String) {
    let first = text.bytes().next();
    let plain = first.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'/')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./+% ".contains(&b))
        && !text.ends_with(' ')
        && !is_odd(text)
        && !is_json_number(text)
        && text.len() <= 253;
    if plain {
        out.push_str(text);
    } else {
        quoted(text, out);
    }
}

/// A double-quoted YAML scalar. JSON's escapes are YAML's; characters that YAML does not print, or reads as line breaks,
/// are escaped too, and so is whatever would not show in an editor.
fn quoted(text: &str, out: &mut String) {
    let hidden = |c: char| c >= '\u{7f}' && is_hidden(c);
    if !text.contains(hidden) {
        write_string(text, out);
        return;
    }
    let mut whole = String::new();
    write_string(text, &mut whole);
    for c in whole.chars() {
        match u32::from(c) {
            code @ ..=0xFFFF if hidden(c) => out.push_str(&format!("\\u{code:04x}")),
            code if hidden(c) => out.push_str(&format!("\\U{code:08x}")),
            _ => out.push(c),
        }
    }
}
