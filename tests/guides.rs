//! The guides name files that exist, what they call is called, and docs/method.md leaves no file of the engine out.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What a guide sets in backticks and looks like a path: it has a `/` or an ending, and neither blanks nor patterns.
fn paths(text: &str) -> BTreeSet<String> {
    let spans = text.split('`').skip(1).step_by(2);
    let ending = |span: &str| [".rs", ".py", ".md", ".toml", ".yaml"].iter().any(|ending| span.ends_with(ending));
    let odd = |c: char| !(c.is_ascii_alphanumeric() || "/._-".contains(c));
    let path = |span: &&str| (span.contains('/') || ending(span)) && !span.contains("...") && !span.contains(odd);
    spans.filter(path).map(str::to_owned).collect()
}

/// From the root, from `src/` or from the engine's, as the guides write them.
fn exists(path: &str) -> bool {
    ["", "src", "src/engine"].iter().any(|place| root().join(place).join(path).exists())
}

#[test]
fn the_guides_name_what_exists() {
    let mut seen = 0;
    for guide in ["CONTRIBUTING.md", "docs/method.md"] {
        let text = fs::read_to_string(root().join(guide)).unwrap();
        let paths = paths(&text);
        seen += paths.len();
        let missing: Vec<&String> = paths.iter().filter(|path| !exists(path)).collect();
        assert!(missing.is_empty(), "{guide} names what is not there: {missing:?}");
    }
    assert!(seen > 60, "{seen}");
    assert!(!exists("solve/nowhere.rs") && exists("solve/mod.rs") && exists("tests/guides.rs"));
}

#[test]
fn the_rooms_stand_in_the_house() {
    let text = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let shown = if entry.path().is_dir() { format!("{name}/") } else { name };
        let known = ["lib.rs", "bin/"].contains(&shown.as_str());
        assert!(known || text.contains(shown.trim_end_matches(".rs")), "CONTRIBUTING.md does not name src/{shown}");
    }
    assert!(text.contains("python/tenantry/check"), "the second checker is a part of the house");
}

#[test]
fn the_method_has_every_file_of_the_engine() {
    let named = paths(&fs::read_to_string(root().join("docs/method.md")).unwrap());
    let mut missing = Vec::new();
    for room in ["bound", "pricing", "heuristic", "exact", "solve"] {
        let engine = root().join("src/engine");
        files(&engine.join(room), &mut |path| {
            let name = path.strip_prefix(&engine).unwrap().to_str().unwrap().replace('\\', "/");
            // a folder stands for what is in it
            let folder = |place: &str| named.contains(&format!("{place}/"));
            let inside = name.match_indices('/').skip(1).any(|(at, _)| folder(&name[..at]));
            if !name.ends_with("tests.rs") && !name.ends_with("/mod.rs") && !inside && !named.contains(&name) {
                missing.push(name);
            }
        });
    }
    assert!(missing.is_empty(), "docs/method.md does not say what these are for: {missing:?}");
}

/// What the last column of the tables cites: the first author, and the year.
fn citations(text: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for row in text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")) {
        for cited in row.rsplit(" | ").next().unwrap_or_default().split([';', ':']) {
            let year = cited.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 4);
            let author = cited.split([' ', ',']).find(|word| word.starts_with(char::is_uppercase));
            found.extend(author.zip(year).map(|(author, year)| (author.to_owned(), year.to_owned())));
        }
    }
    found
}

#[test]
fn what_the_method_cites_is_in_its_references() {
    let text = fs::read_to_string(root().join("docs/method.md")).unwrap();
    let (tables, references) = text.split_once("## References").unwrap();
    let cited = citations(tables);
    let said = |(author, year): &&(String, String)| {
        references.split("\n- ").any(|it| it.starts_with(author.as_str()) && it.contains(&format!("({year})")))
    };
    let missing: Vec<_> = cited.iter().filter(|it| !said(it)).collect();
    assert!(missing.is_empty(), "docs/method.md cites without a reference: {missing:?}");
    assert!(cited.len() > 40, "{}", cited.len());
}

/// The commands of a how-to: the lines of its `sh` blocks, each with the exit code that it names (0 where it names none) and
/// the `text` block that follows.
#[cfg(feature = "cli")]
fn commands(text: &str) -> Vec<(String, i32, Option<String>)> {
    let mut found: Vec<(String, i32, Option<String>)> = Vec::new();
    let mut blocks = text.split("```");
    blocks.next();
    while let Some(block) = blocks.next() {
        let (kind, body) = block.split_once('\n').unwrap();
        match kind {
            "sh" => found.extend(body.lines().map(|line| {
                let (command, code) = line.split_once(" # exit ").unwrap_or((line, "0"));
                (command.to_owned(), code.parse().unwrap(), None)
            })),
            "text" => found.last_mut().unwrap().2 = Some(body.to_owned()),
            _ => {}
        }
        blocks.next();
    }
    found
}

#[cfg(feature = "cli")]
#[test]
fn what_the_how_tos_call_is_called() {
    let place = tempfile::tempdir().unwrap();
    for folder in ["examples/today", "examples/growth"] {
        let examples = place.path().join(folder);
        fs::create_dir_all(&examples).unwrap();
        for entry in fs::read_dir(root().join(folder)).unwrap().map(Result::unwrap) {
            fs::copy(entry.path(), examples.join(entry.file_name())).unwrap();
        }
    }
    let mut called = 0;
    for guide in ["docs/existing-clusters.md", "docs/ci-gate.md", "docs/growth.md", "docs/filing.md"] {
        for (command, code, expected) in commands(&fs::read_to_string(root().join(guide)).unwrap()) {
            let mut words = command.split(' ');
            assert_eq!(words.next(), Some("tenantry"), "{guide}: {command}");
            let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_tenantry"));
            let output = program.args(words).current_dir(place.path()).output().unwrap();
            let said = String::from_utf8(output.stdout).unwrap();
            let wrong = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(code), "{guide}: {command}\n{said}{wrong}");
            if let Some(expected) = expected {
                assert_eq!(said, expected, "{guide}: {command}");
            }
            called += 1;
        }
    }
    assert!(called > 10, "{called}");
    assert!(place.path().join("audit.sarif").exists() && place.path().join("audit.xml").exists());
}

fn files(folder: &Path, each: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, each) } else { each(&path) }
    }
}
