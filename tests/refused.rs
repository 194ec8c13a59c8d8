//! `tests/refused.json`: a sound fleet, and changes each of which makes it one that is refused, with the code of a problem.
//! The second checker runs the same file (`tests/python/test_refused.py`): what one refuses the other must not verify.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tenantry::{Error, Fleet};

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The document with the value at a path replaced (or added), or taken away where there is none.
fn changed(document: &Value, path: &[Value], to: Option<&Value>) -> Value {
    let mut document = document.clone();
    let (last, rest) = path.split_last().expect("a path");
    let mut around = &mut document;
    for step in rest {
        around = match step {
            Value::String(key) => &mut around[key.as_str()],
            index => &mut around[usize::try_from(index.as_u64().unwrap()).unwrap()],
        };
    }
    match (around, last, to) {
        (Value::Object(map), Value::String(key), Some(to)) => {
            map.insert(key.clone(), to.clone());
        }
        (Value::Object(map), Value::String(key), None) => {
            map.shift_remove(key).expect("a value to take away");
        }
        (Value::Array(list), index, Some(to)) => {
            let index = usize::try_from(index.as_u64().unwrap()).unwrap();
            if index == list.len() { list.push(to.clone()) } else { list[index] = to.clone() }
        }
        (around, last, _) => panic!("{last} in {around}"),
    }
    document
}

/// The codes of the problems of a fleet, those of the trust rules among them.
fn codes(document: &Value) -> BTreeSet<String> {
    let found = Fleet::from_json(&document.to_string()).map_err(Error::Fleet);
    match found.and_then(|fleet| tenantry::explain(&fleet, None, "crane", "gate").map(drop)) {
        Ok(()) => BTreeSet::new(),
        Err(Error::Fleet(error)) => error.problems.iter().map(|problem| problem.code.to_owned()).collect(),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn every_change_is_refused_for_its_reason() {
    let cases: Value = serde_json::from_str(&text("tests/refused.json")).unwrap();
    assert_eq!(codes(&cases["sound"]), BTreeSet::new());
    let mut seen = BTreeSet::new();
    for case in cases["refused"].as_array().unwrap() {
        let code = case["code"].as_str().unwrap().to_owned();
        let found = codes(&changed(&cases["sound"], case["at"].as_array().unwrap(), case.get("to")));
        assert!(found.contains(&code), "{case}: {found:?}");
        seen.insert(code);
    }
    // every code of the documentation but those of the text, of values of a program, and of the import
    let documentation = text("docs/errors.md");
    let sections = documentation.split("\n## ").filter(|section| {
        ["Keys and scalars", "Names", "Trust and attributes", "Amounts and room"]
            .iter()
            .any(|it| section.starts_with(it))
    });
    let rows = sections.flat_map(str::lines).filter(|line| line.starts_with("| `"));
    let known: BTreeSet<String> = rows
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(|cell| cell.split(',').map(|code| code.trim().trim_matches('`').to_owned()))
        .collect();
    // a text, values of a program, what only an import says, what only tables have (tests/python/test_frames.py)
    let elsewhere = [
        "duplicate-key",
        "missing-value",
        "no-workloads",
        "reserved-label",
        "two-clusters",
        "unknown-column",
        "unknown-unit",
    ];
    let missing: Vec<&String> = known.difference(&seen).filter(|code| !elsewhere.contains(&code.as_str())).collect();
    assert!(missing.is_empty(), "no case in tests/refused.json: {missing:?}");
}
