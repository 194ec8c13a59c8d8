//! YAML text -> events, as libyaml reads it and so `kubectl` does: fleets and manifests come in through this door alone.

use std::borrow::Cow;
use std::io::{BufReader, Chain, Cursor, Read};

use libyaml_safer::{Error, EventData, Mark, Parser, ScalarStyle};

use super::located::Position;

/// Bytes that are decoded ahead of the parser, which keeps four bytes for each.
const AHEAD: usize = 16 << 10;

/// Scalars of a text that are put in quotes for the parser: it starts anew for each.
const MOST_QUOTED: usize = 64;

/// One event of a document.
#[derive(Debug, PartialEq)]
pub(super) enum Event<'a> {
    DocumentStart,
    Scalar {
        text: Cow<'a, str>,
        /// Neither quoted nor a block.
        plain: bool,
        anchor: Option<String>,
        /// In full: `tag:yaml.org,2002:str`.
        tag: Option<String>,
    },
    ListStart {
        anchor: Option<String>,
        tag: Option<String>,
    },
    MapStart {
        anchor: Option<String>,
        tag: Option<String>,
    },
    /// The innermost list or map ends.
    End,
    Alias(String),
}

/// Why a text is not YAML, and where.
#[derive(Debug)]
pub(super) struct NotYaml {
    pub at: Position,
    pub message: String,
}

/// The text, and a line break where it has none at its end.
type Bytes<'a> = Chain<Cursor<Cow<'a, [u8]>>, &'static [u8]>;

/// Reads the events of a text.
pub(super) struct Events<'a> {
    parser: Parser<BufReader<Bytes<'a>>>,
    /// As given; marks count its bytes while `faithful`.
    text: &'a str,
    faithful: bool,
    /// Whether there are tabs before commas that the text has not.
    spaced: bool,
    tags: Tags,
    lines: u32,
    /// Events that were handed over or passed over.
    count: usize,
    /// The text with scalars in quotes that the parser does not take otherwise, and how many they are.
    quoted: (Option<String>, usize),
}

impl<'a> Events<'a> {
    /// Of a text without a byte order mark, before which so many `lines` stand.
    pub fn new(text: &'a str, lines: u32) -> Self {
        let tags = Tags { verbatim: text.contains("!<") };
        let read = if text.contains('!') { tags.spaced(text) } else { Cow::Borrowed(text) };
        let spaced = matches!(read, Cow::Owned(_));
        let parser = Self::parser(read);
        Self { parser, text, faithful: !spaced, spaced, tags, lines, count: 0, quoted: (None, 0) }
    }

    fn parser(read: Cow<'a, str>) -> Parser<BufReader<Bytes<'a>>> {
        // a block that ends with the text has its line break, as `kubectl` adds one
        let end: &'static [u8] = if read.ends_with('\n') { b"" } else { b"\n" };
        let bytes = match read {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        let mut parser = Parser::new();
        parser.set_input(BufReader::with_capacity(AHEAD, Cursor::new(bytes).chain(end)));
        parser
    }

    /// The next event with the place where it begins; `None` at the end.
    ///
    /// # Errors
    /// What follows is not YAML. Nothing comes after that.
    pub fn next(&mut self) -> Result<Option<(Event<'a>, Position)>, NotYaml> {
        loop {
            let event = match self.parser.parse() {
                Ok(event) => event,
                Err(error) => {
                    self.quote(&error).ok_or_else(|| self.error(&error))?;
                    continue;
                }
            };
            self.count += 1;
            let at = self.position(event.start_mark);
            let event = match event.data {
                EventData::DocumentStart { .. } => Event::DocumentStart,
                EventData::Scalar { anchor, tag, value, style, .. } => {
                    let slice = self.slice(event.start_mark.index, event.end_mark.index);
                    let text = self.scalar(value, style, slice);
                    Event::Scalar { text, plain: style == ScalarStyle::Plain, anchor, tag }
                }
                EventData::SequenceStart { anchor, tag, .. } => Event::ListStart { anchor, tag },
                EventData::MappingStart { anchor, tag, .. } => Event::MapStart { anchor, tag },
                EventData::SequenceEnd | EventData::MappingEnd => Event::End,
                EventData::Alias { anchor } => Event::Alias(anchor),
                EventData::StreamStart { .. } | EventData::DocumentEnd { .. } => continue,
                EventData::StreamEnd => return Ok(None),
            };
            return Ok(Some((event, at)));
        }
    }

    /// Goes on behind a plain scalar with a colon at its end, right before the end of an item (`{a:}`, `[a:, b]`): to
    /// `kubectl` the colon is part of it, to this parser an error, and so it reads it in quotes. `None`: that is not it.
    fn quote(&mut self, error: &Error) -> Option<()> {
        let (begin, colon) = (error.context_mark()?.index, error.problem_mark()?.index);
        let read = match &self.quoted.0 {
            Some(text) => Cow::Borrowed(text.as_str()),
            None if !self.spaced => Cow::Borrowed(self.text),
            None => self.tags.spaced(self.text),
        };
        let (before, rest) = read.split_at_checked(usize::try_from(colon).ok()?)?;
        let (before, scalar) = before.split_at_checked(usize::try_from(begin).ok()?)?;
        let rest = rest.strip_prefix(':')?;
        let plain = !scalar.starts_with(['"', '\'']) && !scalar.contains('\n');
        if !plain || !rest.starts_with([',', ']', '}']) || self.quoted.1 == MOST_QUOTED {
            return None;
        }
        let text = format!("{before}'{}:'{rest}", scalar.replace('\'', "''"));
        self.faithful = false;
        self.parser = Self::parser(Cow::Owned(text.clone()));
        self.quoted = (Some(text), self.quoted.1 + 1);
        for _ in 0..self.count {
            self.parser.parse().ok()?;
        }
        Some(())
    }

    fn slice(&self, start: u64, end: u64) -> Option<&'a str> {
        let (start, end) = (usize::try_from(start).ok()?, usize::try_from(end).ok()?);
        self.text.get(start..end).filter(|_| self.faithful)
    }

    /// The scalar's text, borrowed where it stands in the source as it is.
    fn scalar(&self, value: String, style: ScalarStyle, slice: Option<&'a str>) -> Cow<'a, str> {
        let inside = match style {
            ScalarStyle::SingleQuoted => slice.and_then(|it| it.strip_prefix('\'')?.strip_suffix('\'')),
            ScalarStyle::DoubleQuoted => slice.and_then(|it| it.strip_prefix('"')?.strip_suffix('"')),
            _ => slice,
        };
        match inside.filter(|&it| it == value) {
            Some(inside) => Cow::Borrowed(inside),
            None if !self.spaced => Cow::Owned(value),
            None => Cow::Owned(self.tags.unspaced(&value)),
        }
    }

    fn position(&self, mark: Mark) -> Position {
        let narrow = |n: u64| u32::try_from(n.saturating_add(1)).unwrap_or(u32::MAX);
        (narrow(mark.line).saturating_add(self.lines), narrow(mark.column))
    }

    fn error(&self, error: &Error) -> NotYaml {
        let (problem, context) = (error.problem(), error.context());
        let Some(mark) = error.problem_mark() else {
            // the reader counts bytes in another way: it stops at the first character that YAML does not allow
            let (at, what) = forbidden(self.text).unwrap_or(((1, 1), String::new()));
            let at = (at.0.saturating_add(self.lines), at.1);
            return NotYaml { at, message: format!("this is not YAML: {problem}{what}") };
        };
        let at = self.position(mark);
        let begins = error.context_mark().map(|mark| self.position(mark)).filter(|begins| begins.0 != at.0);
        let begins = begins.map(|begins| format!(" that begins in line {}", begins.0)).unwrap_or_default();
        let context = context.filter(|context| !context.is_empty()).map(|context| format!(" {context}"));
        let message = format!("this is not YAML: {problem}{}{begins}", context.unwrap_or_default());
        NotYaml { at, message }
    }
}

/// The first character that no YAML may contain, and its place.
fn forbidden(text: &str) -> Option<(Position, String)> {
    let allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..);
    let mut at: Position = (1, 1);
    for c in text.chars() {
        if !allowed(c) {
            return Some((at, format!(" ({})", c.escape_unicode())));
        }
        at = if c == '\n' { (at.0.saturating_add(1), 1) } else { (at.0, at.1.saturating_add(1)) };
    }
    None
}

/// Where a tag may end right before a comma, at which the parser panics inside a flow list or map.
#[derive(Clone, Copy)]
struct Tags {
    /// There is a `!<...>`, which may hold anything.
    verbatim: bool,
}

impl Tags {
    fn end(self, before: &str) -> bool {
        let of_uri = |c: char| c.is_ascii_alphanumeric() || "-_;/?:@&=+$.!~*'()%".contains(c);
        let word = before.rsplit(|c: char| !of_uri(c)).next().unwrap_or_default();
        word.contains('!') || (self.verbatim && before.ends_with('>'))
    }

    /// The text with a tab before every such comma: a blank that ends a tag, and that no plain scalar keeps there.
    fn spaced(self, text: &str) -> Cow<'_, str> {
        let mut out = String::new();
        let mut done = 0;
        for (comma, _) in text.match_indices(',') {
            if self.end(&text[..comma]) {
                out.push_str(&text[done..comma]);
                out.push('\t');
                done = comma;
            }
        }
        if done == 0 {
            return Cow::Borrowed(text);
        }
        out.push_str(&text[done..]);
        Cow::Owned(out)
    }

    /// A scalar of such a text as it was written.
    fn unspaced(self, value: &str) -> String {
        let mut out = String::with_capacity(value.len());
        for part in value.split_inclusive("\t,") {
            match part.strip_suffix("\t,").filter(|before| self.end(before)) {
                Some(before) => out.extend([before, ","]),
                None => out.push_str(part),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scalars in quotes where they are not plain, the rest as brackets; or the place of the error.
    fn shape(text: &str) -> Result<String, Position> {
        let mut events = Events::new(text, 0);
        let (mut out, mut open) = (String::new(), Vec::new());
        loop {
            match events.next().map_err(|error| error.at)? {
                None => return Ok(out.trim_end().to_owned()),
                Some((Event::DocumentStart, _)) => out.push_str("--- "),
                Some((Event::Scalar { text, plain: true, .. }, _)) => out.push_str(&format!("{text} ")),
                Some((Event::Scalar { text, .. }, _)) => out.push_str(&format!("{text:?} ")),
                Some((Event::ListStart { .. }, _)) => {
                    open.push("] ");
                    out.push_str("[ ");
                }
                Some((Event::MapStart { .. }, _)) => {
                    open.push("} ");
                    out.push_str("{ ");
                }
                Some((Event::End, _)) => out.push_str(open.pop().unwrap()),
                Some((Event::Alias(name), _)) => out.push_str(&format!("*{name} ")),
            }
        }
    }

    #[test]
    fn what_kubectl_reads_is_read() {
        for (text, expected) in [
            ("a: [\n\"x\",\n'y'\n]\n", "--- { a [ \"x\" \"y\" ] }"),
            ("a:\n  b: {\n\t\"c\": 1,\n\t\"d\": [\n\t\t'2'\n\t]\n\t}\n", "--- { a { b { \"c\" 1 \"d\" [ \"2\" ] } } }"),
            ("a: \"one\ntwo\"\n", "--- { a \"one two\" }"),
            ("a: 1\n%YAML 1.1\n---\nb: 2\n", "--- { a 1 } --- { b 2 }"),
            ("a: # why\n- b\r\n- c\r\n", "--- { a [ b c ] }"),
            ("a: |\n  x\n   y", "--- { a \"x\\n y\\n\" }"),
            ("a: &x b\n*x : *x", "--- { a b *x *x }"),
            ("{\"a\":\"\\u00e9\\/\"}", "--- { \"a\" \"é/\" }"),
            ("{a:}", "--- { \"a:\"  }"),
            ("x: [--at=:, é'b:]\ny: {c:,d: !t e}", "--- { x [ \"--at=:\" \"é'b:\" ] y { \"c:\"  d e } }"),
        ] {
            assert_eq!(shape(text).as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn tags_before_commas() {
        assert_eq!(shape("[!x, !!null,!<a[b,>,{\"k\":!y,}]"), Ok("--- [    { \"k\"  } ]".to_owned()));
        for text in ["'!x, y!, z'", "\"!x, \u{e9}!,\"", "a !x, b!,c", "a!<b>, c", "- !t a!,b\n- |\n !x,\n b!, c\n"] {
            let (spaced, kept) = (shape(text).unwrap(), shape(&text.replace('!', "i")).unwrap());
            assert_eq!(spaced.replace('!', "i"), kept.replace("it ai", "ai"), "{text}");
        }
        assert_eq!(shape("[a !b, 'c!, d']"), Ok("--- [ a !b \"c!, d\" ]".to_owned()));
    }

    #[test]
    fn places_of_errors() {
        assert_eq!(shape("a: b: c\n"), Err((1, 5)));
        assert_eq!(shape("a: 1\nb: x\u{7}\n"), Err((2, 5)));
        assert_eq!(shape("a: [1, 2\n"), Err((2, 1)));
        assert_eq!(shape("a: [b:{}]\n"), Err((1, 6)));
        assert_eq!(shape("a: [b:]\nc: d: e\n"), Err((2, 5)));
        assert_eq!(shape(&format!("[{}]", "a:,".repeat(MOST_QUOTED + 1))).map_err(|at| at.0), Err(1));
    }
}
