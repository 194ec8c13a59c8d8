//! What keeps text from outside from being anything but text, in a page and in Markdown. The templates write every value
//! through these (`askama.toml`), without asking for it.

use std::fmt::{Result, Write};

use askama::filters::Escaper;

use crate::text::escaped;

/// For HTML: in running text and in attributes with quotes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Html;

impl Escaper for Html {
    fn write_escaped_str<W: Write>(&self, mut to: W, text: &str) -> Result {
        let text = escaped(text);
        let mut rest = &*text;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            to.write_str(&rest[..at])?;
            to.write_str(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                _ => "&#39;",
            })?;
            rest = &rest[at + 1..];
        }
        to.write_str(rest)
    }
}

/// For Markdown (CommonMark, with the tables, the links and the mentions of its dialects): a character that could begin
/// something becomes an entity, which no dialect reads as anything but that character. A backslash would do in most places,
/// and not in all: `@name` and bare addresses have no escape.
#[derive(Clone, Copy, Debug, Default)]
pub struct Markdown;

impl Escaper for Markdown {
    fn write_escaped_str<W: Write>(&self, mut to: W, text: &str) -> Result {
        let text = escaped(text);
        // `:name:` is a picture to some; `://` makes a link
        let colons = text.matches(':').count() > 1 || text.contains(":/");
        let mut numbered = true;
        let mut before = None;
        let mut left = text.chars().peekable();
        while let Some(c) = left.next() {
            let inside = |it: Option<char>| it.is_some_and(char::is_alphanumeric);
            let marks = match c {
                '&' | '<' | '>' | '`' | '*' | '[' | ']' | '|' | '\\' | '~' | '@' | '#' | '$' | '!' => true,
                ':' => colons,
                // within a word it is a letter to every dialect, as in `a_b`
                '_' => !(inside(before) && inside(left.peek().copied())),
                // lists and rules, which stand at the beginning of a line
                '-' | '+' | '=' | ' ' => before.is_none(),
                '.' | ')' => numbered && before.is_some() && left.peek().is_none_or(|it| *it == ' '),
                // an address that begins so becomes a link by itself
                'w' | 'W' => {
                    !inside(before) && left.clone().take(3).map(|it| it.to_ascii_lowercase()).eq("ww.".chars())
                }
                _ => false,
            };
            if marks {
                write!(to, "&#{};", c as u32)?;
            } else {
                to.write_char(c)?;
            }
            numbered &= c.is_ascii_digit();
            before = Some(c);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(by: impl Escaper, text: &str) -> String {
        let mut out = String::new();
        by.write_escaped_str(&mut out, text).unwrap();
        out
    }

    #[test]
    fn markup_is_text() {
        assert_eq!(said(Html, "<b a='\"'>&\n\u{202e}"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;\\n\\u{202e}");
        assert_eq!(said(Html, "grün & größer"), "grün &amp; größer");
        assert_eq!(said(Markdown, "[a](b) | *c* `d`"), "&#91;a&#93;(b) &#124; &#42;c&#42; &#96;d&#96;");
        assert_eq!(said(Markdown, "- x\n@team #1 www.b"), "&#45; x&#92;n&#64;team &#35;1 &#119;ww.b");
        assert_eq!(said(Markdown, "1. https://a"), "1&#46; https&#58;//a");
        // what names are made of stays readable
        assert_eq!(
            said(Markdown, "distrust:shop/front-end_2, 3.5 of 4 (certified 7)"),
            "distrust:shop/front-end_2, 3.5 of 4 (certified 7)"
        );
    }

    proptest::proptest! {
        #[test]
        fn nothing_begins_anything(text in "[ -~\\n\\t\\u{202e}é]{0,24}") {
            let html = said(Html, &text);
            let markup = ['<', '>', '"', '\'', '\n', '\u{202e}'];
            proptest::prop_assert!(!html.contains(markup));
            let markdown = said(Markdown, &text);
            let markup = ['<', '>', '[', ']', '|', '*', '`', '~', '@', '\\', '\n', '$'];
            proptest::prop_assert!(!markdown.contains(markup) && !markdown.contains("://"));
            proptest::prop_assert!(!markdown.starts_with(['-', '+', '=', '#', '_']));
        }
    }
}
