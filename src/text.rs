//! Text that came from outside: which characters hide, and how it is shown so that it cannot pass for something else.

use std::borrow::Cow;
use std::fmt;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Whether a character shows nothing of its own, moves the cursor, turns the direction of the text, or has no meaning
/// that two readers share: control and format characters, line separators, white space other than the plain space,
/// private and unassigned code points, and those that Unicode lets a font leave out (`Default_Ignorable_Code_Point`).
/// Two names that differ in such characters look the same.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    use GeneralCategory as Is;
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    match c.general_category() {
        Is::Control | Is::Format | Is::PrivateUse | Is::Unassigned | Is::Surrogate => true,
        Is::LineSeparator | Is::ParagraphSeparator | Is::SpaceSeparator => true,
        _ => is_ignorable(c),
    }
}

/// The ignorable ones that are letters and marks by category (Unicode, DerivedCoreProperties), and the braille blank.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{2800}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}' | '\u{E0100}'..='\u{E01EF}')
}

/// Hidden, but at home in running text of some language, and unable to forge anything: joiners, the selectors of emoji,
/// wider spaces.
fn is_harmless(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE0E}' | '\u{FE0F}')
        || c.general_category() == GeneralCategory::SpaceSeparator
}

/// The text on one line, with nothing in it that could forge a line, a colour or the order of what is read: a line break
/// becomes `\n`, a tab a space, whatever else is hidden `\u{202e}`. Once is enough: what is escaped stays as it is.
#[must_use]
pub fn escaped(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !is_hidden(c) || is_harmless(c);
    if text.bytes().all(|b| (b' '..=b'~').contains(&b)) || text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push(' '),
            c if plain(c) => out.push(c),
            c => out.extend(c.escape_unicode()),
        }
    }
    Cow::Owned(out)
}

/// The text, [escaped], in lines of so many characters, broken at spaces alone; the first and the others are set in.
pub(crate) fn wrapped(text: &str, width: usize, first: &str, others: &str) -> Vec<String> {
    let options = textwrap::Options::new(width)
        .initial_indent(first)
        .subsequent_indent(others)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
    textwrap::wrap(&escaped(text), options).into_iter().map(Cow::into_owned).collect()
}

/// Whether the text is a DNS-1123 label, as Kubernetes asks of namespaces.
#[must_use]
pub fn is_dns_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..=63).contains(&bytes.len())
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
        && bytes[0] != b'-'
        && bytes[bytes.len() - 1] != b'-'
}

/// Whether the text is a DNS-1123 subdomain, as Kubernetes asks of most names: parts like labels of any length, 253 bytes in all.
#[must_use]
pub fn is_dns_subdomain(text: &str) -> bool {
    let word = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let part = |part: &str| {
        let bytes = part.as_bytes();
        bytes.first().is_some_and(word) && bytes.last().is_some_and(word) && bytes.iter().all(|b| word(b) || *b == b'-')
    };
    text.len() <= 253 && text.split('.').all(part)
}

/// Writes one line, and nothing but one: whatever stands in it is [`escaped`].
///
/// # Errors
/// Those of `out`.
pub fn line(out: &mut impl fmt::Write, text: fmt::Arguments) -> fmt::Result {
    out.write_str(&escaped(&text.to_string()))?;
    out.write_char('\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_escaped_answers() {
        assert_eq!(escaped("shop\n  0 clusters"), "shop\\n  0 clusters");
        assert_eq!(escaped("\u{1b}[31m"), "\\u{1b}[31m");
    }

    #[test]
    fn what_hides_is_known() {
        let hidden = "\0\t\n\u{7f}\u{85}\u{9b}\u{a0}\u{ad}\u{34f}\u{61c}\u{115f}\u{180e}\u{200b}\u{200d}\u{202e}\u{2028}\
                      \u{2066}\u{2800}\u{3000}\u{3164}\u{e000}\u{fe0f}\u{feff}\u{ffa0}\u{e0041}\u{e0100}\u{10ffff}";
        for c in hidden.chars() {
            assert!(is_hidden(c), "{c:?}");
        }
        for c in " aZ09-_./~éßñж中日한ا🦀€".chars() {
            assert!(!is_hidden(c), "{c:?}");
        }
    }

    #[test]
    fn running_text_stays_readable() {
        for text in ["nur bis März", "می\u{200c}خواهم", "👩\u{200d}🚀", "全角\u{3000}空白", "10\u{a0}%"]
        {
            assert_eq!(escaped(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_escaped_can_forge(text in "\\PC{0,12}|[\\x00-\\x{9f}\\u{200e}-\\u{202e}\\u{2066}-\\u{2069}a]{0,12}") {
            let once = escaped(&text);
            proptest::prop_assert!(once.chars().all(|c| !c.is_control() && (!is_hidden(c) || is_harmless(c))));
            proptest::prop_assert_eq!(escaped(&once), once.clone());
        }
    }
}
