//! Errors as people read them: every problem with the line that it is about and a mark under it.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::error::{Error, FleetError, InputProblem};

use super::input::Input;
use crate::text::{escaped, is_hidden};

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

/// The text of a warning, with colours, ending in a line break. The code stands at the end of the first line.
#[must_use]
pub fn warning(code: &str, message: &str) -> String {
    let (first, rest) = message.split_once('\n').map_or((message, None), |(first, rest)| (first, Some(rest)));
    let rest: String = rest.iter().flat_map(|rest| rest.lines()).map(|line| format!("{}\n", escaped(line))).collect();
    format!("{YELLOW}warning{YELLOW:#}: {} [{}]\n{rest}", escaped(first), escaped(code))
}

fn fleet(error: &FleetError, inputs: &[Input]) -> String {
    let mut out = String::new();
    for it in &error.problems {
        problem(&mut out, it, inputs);
        out.push('\n');
    }
    let count = error.problems.len() + error.omitted;
    let more = if error.omitted > 0 { format!(", {} of them not shown", error.omitted) } else { String::new() };
    let plural = if count == 1 { "" } else { "s" };
    // writing to a string cannot fail
    let _ = writeln!(out, "{RED}{count} problem{plural}{RED:#} in the input{more}");
    out
}

fn problem(out: &mut String, it: &InputProblem, inputs: &[Input]) {
    let _ = writeln!(out, "{RED}error[{}]{RED:#}{BOLD}: {}{BOLD:#}", it.code, escaped(&it.message));
    // an import's paths begin with the file; a fleet is one file
    let named = inputs.iter().find(|input| {
        it.path.strip_prefix(input.name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
    });
    let path = named.map_or(it.path.as_str(), |input| it.path[input.name.len()..].trim_start_matches(": "));
    let input = named.or(if let [only] = inputs { Some(only) } else { None });
    let mut place = input.map(|input| escaped(&input.name).into_owned()).unwrap_or_default();
    if let Some((line, column)) = it.position {
        let _ = write!(place, ":{line}:{column}");
    }
    let place: Vec<String> = [place, escaped(path).into_owned()].into_iter().filter(|part| !part.is_empty()).collect();
    let source = it.position.and_then(|(line, column)| excerpt(input?, line, column));
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

struct Excerpt {
    number: String,
    line: String,
    /// Characters before the mark, and its length.
    before: usize,
    length: usize,
}

/// The source line and where to mark it; `None` where the place is not in the text.
fn excerpt(input: &Input, line: usize, column: usize) -> Option<Excerpt> {
    let text = input.text.strip_prefix('\u{feff}').unwrap_or(&input.text);
    let whole: Vec<char> = text.lines().nth(line.checked_sub(1)?)?.chars().map(visible).collect();
    let mark = column.checked_sub(1)?.min(whole.len());
    // a window around the mark where the line is long
    let start = if mark >= WIDTH { mark - WIDTH / 4 } else { 0 };
    let end = whole.len().min(start + WIDTH);
    let length = token(&whole[mark..]).min(end.saturating_sub(mark)).max(1);
    let shown: String = whole[start..end].iter().collect();
    Some(Excerpt { number: line.to_string(), line: shown, before: mark - start, length })
}

/// Length of what begins here: a quoted string, or up to what ends a plain one.
fn token(rest: &[char]) -> usize {
    match rest.first() {
        Some(&quote @ ('"' | '\'')) => rest.iter().skip(1).position(|&c| c == quote).map_or(rest.len(), |at| at + 2),
        _ => rest.iter().position(|&c| c.is_whitespace() || ",]}:".contains(c)).unwrap_or(rest.len()),
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
