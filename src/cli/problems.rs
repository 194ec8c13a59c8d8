//! Errors as people read them: every problem with the line that it is about and a mark under it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::error::{Error, FleetError, InputProblem};

use super::input::Input;
use crate::text::{escaped, is_hidden, wrapped};

const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const BLUE: Style = AnsiColor::Blue.on_default().bold();
const BOLD: Style = Style::new().bold();

/// Characters of a source line that are shown.
const WIDTH: usize = 100;

/// The text of an error, with colours, ending in a line break. `inputs` are the texts that it may be about.
#[must_use]
pub fn render(error: &Error, inputs: &[Input]) -> String {
    match error {
        Error::Fleet(error) => fleet(error, inputs),
        other => {
            let message = other.to_string();
            // a list of its own below it is indented; whoever writes one has escaped what is in it
            let lines: Vec<_> = message.split("\n    ").map(escaped).collect();
            format!("{RED}error{RED:#}{BOLD}: {}{BOLD:#}\n", lines.join("\n    "))
        }
    }
}

/// A line of a warning is no longer, where its words allow it.
const LINE: usize = 120;

/// The text of a warning, with colours, ending in a line break. The code stands at the end of the first sentence, which is
/// wrapped at words.
#[must_use]
pub fn warning(code: &str, message: &str) -> String {
    let (first, rest) = message.split_once('\n').map_or((message, None), |(first, rest)| (first, Some(rest)));
    let rest: String = rest.iter().flat_map(|rest| rest.lines()).map(|line| format!("{}\n", escaped(line))).collect();
    let title = "warning: ";
    let said = wrapped(&format!("{title}{first} [{code}]"), LINE, "", "    ").join("\n");
    format!("{YELLOW}warning{YELLOW:#}: {}\n{rest}", said.strip_prefix(title).unwrap_or(&said))
}

fn fleet(error: &FleetError, inputs: &[Input]) -> String {
    let mut out = String::new();
    let sources = Sources::new(&error.problems, inputs);
    for it in &error.problems {
        problem(&mut out, it, &sources);
        out.push('\n');
    }
    let count = error.problems.len() + error.omitted;
    let more = if error.omitted > 0 { format!(", {} of them not shown", error.omitted) } else { String::new() };
    let plural = if count == 1 { "" } else { "s" };
    // writing to a string cannot fail
    let _ = writeln!(out, "{RED}{count} problem{plural}{RED:#} in the input{more}");
    out
}

fn problem(out: &mut String, it: &InputProblem, sources: &Sources) {
    let _ = writeln!(out, "{RED}error[{}]{RED:#}{BOLD}: {}{BOLD:#}", it.code, escaped(&it.message));
    let (input, path) = about(it, sources.inputs);
    let input = input.map(|input| &sources.inputs[input]);
    let mut place = input.map(|input| escaped(&input.name).into_owned()).unwrap_or_default();
    if let Some((line, column)) = it.position {
        let _ = write!(place, ":{line}:{column}");
    }
    let place: Vec<String> = [place, escaped(path).into_owned()].into_iter().filter(|part| !part.is_empty()).collect();
    let source = sources.excerpt(it);
    let margin = source.as_ref().map_or(2, |source| source.number.len());
    if !place.is_empty() {
        let _ = writeln!(out, "{:margin$}{BLUE}-->{BLUE:#} {}", "", place.join("  "));
    }
    if let Some(Excerpt { number, line, before, length }) = source {
        let _ = writeln!(out, "{:margin$} {BLUE}|{BLUE:#}", "");
        let _ = writeln!(out, "{BLUE}{number} |{BLUE:#} {line}");
        let _ = writeln!(out, "{:margin$} {BLUE}|{BLUE:#} {:before$}{RED}{}{RED:#}", "", "", "^".repeat(length));
    }
    let notes = [("got", &it.got), ("expected", &it.expected)];
    for (what, text) in notes {
        if let Some(text) = text {
            let _ = writeln!(out, "{:margin$} {BLUE}={BLUE:#} {what}: {}", "", escaped(text));
        }
    }
    if let Some(suggestion) = &it.suggestion {
        let _ = writeln!(out, "{:margin$} {BLUE}={BLUE:#} did you mean `{}`?", "", escaped(suggestion));
    }
}

/// The input that a problem is about, and the path inside it.
fn about<'a>(it: &'a InputProblem, inputs: &[Input]) -> (Option<usize>, &'a str) {
    // an import's paths begin with the file; a fleet is one file
    let named = inputs.iter().position(|input| {
        it.path.strip_prefix(input.name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
    });
    match named {
        Some(input) => (named, it.path[inputs[input].name.len()..].trim_start_matches(": ")),
        None => ((inputs.len() == 1).then_some(0), &it.path),
    }
}

/// The inputs, and where in their texts the problems are: each text is walked through once, however many there are.
struct Sources<'a> {
    inputs: &'a [Input],
    /// By input, line and column.
    marks: BTreeMap<(usize, usize, usize), Mark<'a>>,
}

/// A place in a line.
#[derive(Clone, Copy)]
struct Mark<'a> {
    line: &'a str,
    /// In bytes of the line.
    at: usize,
    /// In characters; less than was asked for where the line ends before.
    before: usize,
}

struct Excerpt {
    number: String,
    line: String,
    /// Characters before the mark, and its length.
    before: usize,
    length: usize,
}

impl<'a> Sources<'a> {
    fn new(problems: &[InputProblem], inputs: &'a [Input]) -> Self {
        let mut wanted: BTreeMap<usize, BTreeSet<(usize, usize)>> = BTreeMap::new();
        for it in problems {
            if let (Some(input), Some(position)) = (about(it, inputs).0, it.position) {
                wanted.entry(input).or_default().insert(position);
            }
        }
        let mut marks = BTreeMap::new();
        for (input, places) in wanted {
            let text = &inputs[input].text;
            let found = places_in(text.strip_prefix('\u{feff}').unwrap_or(text), &places);
            marks.extend(found.into_iter().map(|((line, column), mark)| ((input, line, column), mark)));
        }
        Self { inputs, marks }
    }

    /// The source line and where to mark it; `None` where the place is not in the text.
    fn excerpt(&self, it: &InputProblem) -> Option<Excerpt> {
        let (line, column) = it.position?;
        let input = about(it, self.inputs).0?;
        let Mark { line: whole, at, before } = *self.marks.get(&(input, line, column))?;
        // a window around the mark where the line is long
        let shown = if before >= WIDTH { WIDTH / 4 } else { before };
        let start = whole[..at].char_indices().rev().take(shown).last().map_or(at, |(start, _)| start);
        let ahead = whole[at..].char_indices().nth(WIDTH - shown).map_or(whole.len(), |(ahead, _)| at + ahead);
        let cut = |cut: bool| if cut { "…" } else { "" };
        let visible: String = whole[start..ahead].chars().map(visible).collect();
        let line_text = format!("{}{visible}{}", cut(start > 0), cut(ahead < whole.len()));
        let length = token(&whole[at..ahead]).max(1);
        let before = shown + usize::from(start > 0);
        Some(Excerpt { number: line.to_string(), line: line_text, before, length })
    }
}

/// Where these lines and columns (from 1, in characters) are. Complexity: linear in the text.
fn places_in<'a>(text: &'a str, places: &BTreeSet<(usize, usize)>) -> Vec<((usize, usize), Mark<'a>)> {
    let mut found = Vec::with_capacity(places.len());
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    let mut places = places.iter().copied().filter(|&(line, column)| line > 0 && column > 0).peekable();
    while let Some(&(number, _)) = places.peek() {
        let Some((_, line)) = lines.find(|&(at, _)| at == number) else { break };
        let (mut at, mut before) = (0, 0);
        // ascending columns: from each to the next
        while let Some(place) = places.next_if(|&(line, _)| line == number) {
            let more = place.1 - 1 - before;
            let mut ahead = line[at..].char_indices().map(|(index, _)| index).chain([line.len() - at]);
            // where the line ends before, its end is the place
            let passed = ahead.by_ref().take(more + 1).enumerate().last();
            let (steps, bytes) = passed.unwrap_or((0, 0));
            (at, before) = (at + bytes, before + steps);
            found.push((place, Mark { line, at, before }));
        }
    }
    found
}

/// Characters of what begins here: a quoted string, or up to what ends a plain one.
fn token(rest: &str) -> usize {
    let all = || rest.chars().count();
    match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => rest.chars().skip(1).position(|c| c == quote).map_or_else(all, |at| at + 2),
        _ => rest.chars().position(|c| c.is_whitespace() || ",]}:".contains(c)).unwrap_or_else(all),
    }
}

/// A character of a source line, where every one has its column.
fn visible(c: char) -> char {
    match c {
        '\t' => ' ',
        c if is_hidden(c) => '\u{fffd}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(error: &Error, inputs: &[Input]) -> String {
        anstream::adapter::strip_str(&render(error, inputs)).to_string()
    }

    fn input(text: &str) -> Input {
        Input { name: "fleet.yaml".to_owned(), text: text.to_owned() }
    }

    fn one(mut problem: InputProblem, at: (usize, usize)) -> Error {
        problem.position = Some(at);
        Error::Fleet(FleetError { problems: vec![problem], omitted: 0 })
    }

    #[test]
    fn marks_the_place() {
        let problem = InputProblem::new("unknown-key", "workloads[0].replcas", "unknown key `replcas`")
            .with_expected("a key of a workload")
            .with_suggestion(Some("replicas".to_owned()));
        let text = plain(&one(problem, (2, 12)), &[input("workloads:\n  - {x: 1, replcas: 3}\n")]);
        let expected = "\
error[unknown-key]: unknown key `replcas`
 --> fleet.yaml:2:12  workloads[0].replcas
  |
2 |   - {x: 1, replcas: 3}
  |            ^^^^^^^
  = expected: a key of a workload
  = did you mean `replicas`?

1 problem in the input
";
        assert_eq!(text, expected);
    }

    #[test]
    fn survives_places_outside_the_text_and_hostile_characters() {
        for at in [(0, 0), (1, 0), (99, 1), (1, 99)] {
            let text = plain(&one(InputProblem::new("x", "p\u{1b}[2J", "m\u{1b}"), at), &[input("a\u{1b}[31m: b\n")]);
            assert!(!text.contains('\u{1b}'), "{text:?}");
        }
        let long = format!("{}: here", "x".repeat(5_000));
        let text = plain(&one(InputProblem::new("x", "", "m"), (1, 5_003)), &[input(&long)]);
        assert!(text.lines().all(|line| line.len() < 150), "{text}");
        assert!(text.contains("^^^^"));
    }

    #[test]
    fn a_long_line_is_cut_around_each_mark() {
        let text = format!("a: [{}ü\u{1b}!, end]\nb: x\r\n", "ž, ".repeat(100_000));
        let input = [input(&text)];
        let mut problems: Vec<InputProblem> = (0..4).map(|_| InputProblem::new("x", "", "m")).collect();
        // characters: the first, one in the middle, the hidden one's letter before it, the end
        for (it, column) in problems.iter_mut().zip([1, 150_005, 300_005, 300_010]) {
            it.position = Some((1, column));
        }
        problems.push(InputProblem { position: Some((2, 4)), ..InputProblem::new("x", "", "m") });
        let text = plain(&Error::Fleet(FleetError { problems, omitted: 0 }), &input);
        assert!(text.lines().all(|line| line.chars().count() < 120), "{text}");
        let lines: Vec<&str> = text.lines().filter(|line| line.contains('|') && line.len() > 3).collect();
        let marked = |at: usize| {
            let column = lines[2 * at + 1].chars().position(|c| c == '^').unwrap();
            lines[2 * at].chars().nth(column).unwrap()
        };
        assert_eq!((0..5).map(marked).collect::<String>(), "ažüex");
        assert!(lines[0].ends_with('…') && lines[2].contains("| …") && lines[2].ends_with('…'));
        assert!(lines[4].contains("ü\u{fffd}!, end]") && !lines[4].ends_with('…') && lines[8].ends_with("b: x"));
    }

    #[test]
    fn the_code_of_a_warning_comes_before_its_list() {
        let text =
            anstream::adapter::strip_str(&warning("missing-requests", "no cpu request (3):\n    a\n    b")).to_string();
        assert_eq!(text, "warning: no cpu request (3): [missing-requests]\n    a\n    b\n");
    }

    #[test]
    fn finds_the_file_of_an_import() {
        let inputs = [input("a: 1\n"), Input { name: "other.yaml".to_owned(), text: "b: 2\n".to_owned() }];
        let text = plain(&one(InputProblem::new("x", "other.yaml: spec.replicas", "m"), (1, 1)), &inputs);
        assert!(text.contains("--> other.yaml:1:1  spec.replicas\n"), "{text}");
        assert!(text.contains("1 | b: 2\n"), "{text}");
    }
}
