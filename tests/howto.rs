//! The guides show what the program prints: their commands are run.
#![cfg(feature = "cli")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// The commands of a guide's console blocks, each with what it shows.
fn commands(text: &str) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for block in text.split("```console\n").skip(1) {
        for line in block.split("```").next().unwrap().lines() {
            match line.strip_prefix("$ ") {
                Some(command) => found.push((command.to_owned(), Vec::new())),
                None => found.last_mut().expect("a command first").1.push(line.to_owned()),
            }
        }
    }
    found
}

/// Whether these lines come in this order; `...` stands for any number of lines.
fn shows(shown: &[String], printed: &[&str]) -> bool {
    let Some((first, rest)) = shown.split_first() else { return printed.is_empty() };
    if first == "..." {
        return (0..=printed.len()).any(|skipped| shows(rest, &printed[skipped..]));
    }
    printed.first().is_some_and(|line| line == first) && shows(rest, &printed[1..])
}

/// What a command prints that reads `input`.
fn piped(command: &str, root: &Path, input: &[u8]) -> Vec<u8> {
    let mut words = command.split(' ');
    assert_eq!(words.next(), Some("tenantry"), "{command}");
    let mut program = Command::new(env!("CARGO_BIN_EXE_tenantry"));
    program.args(words).current_dir(root).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut running = program.spawn().unwrap();
    // one that reads nothing may have ended: what it prints says so
    let _ = running.stdin.take().unwrap().write_all(input);
    running.wait_with_output().unwrap().stdout
}

#[test]
fn guides_show_what_the_program_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tried = 0;
    for entry in fs::read_dir(root.join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if !path.file_name().unwrap().to_string_lossy().starts_with("howto-") {
            continue;
        }
        for (command, shown) in commands(&fs::read_to_string(&path).unwrap()) {
            // one after the other, each with what the one before printed
            let printed = command.split(" | ").fold(Vec::new(), |before, command| piped(command, root, &before));
            let printed = String::from_utf8(printed).unwrap();
            let lines: Vec<&str> = printed.lines().collect();
            assert!(shows(&shown, &lines), "{}: {command}\n{printed}", path.display());
            tried += 1;
        }
    }
    assert!(tried >= 2, "{tried}");
    assert!(!shows(&["a".to_owned()], &["a", "b"]) && shows(&["a".to_owned(), "...".to_owned()], &["a", "b"]));
}
