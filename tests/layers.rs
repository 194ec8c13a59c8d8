//! The order of the layers, read from the sources: a file may use only what stands above it, the integer side knows
//! nothing of names, and nothing but the Python binding knows pyo3.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Names and meaning, top to bottom.
const LEFT: [&str; 15] = [
    "abreast",
    "compact",
    "text",
    "error",
    "document",
    "date",
    "quantity",
    "fleet",
    "trust",
    "placement",
    "plan",
    "migrate",
    "report",
    "explain",
    "export",
];
/// Indices and integers, top to bottom.
const RIGHT: [&str; 9] = ["problem", "budget", "certify", "bound", "pricing", "heuristic", "exact", "solve", "pack"];
/// The roads across both columns, top to bottom.
const ACROSS: [&str; 7] = ["strict", "encode", "decode", "pipeline", "evidence", "cli", "python"];
/// The files of `solve/`, top to bottom: what is called stands below.
const SOLVE: [&str; 36] = [
    "mod",
    "terms",
    "alike",
    "grouped",
    "levels",
    "cases",
    "cost",
    "cost_ways",
    "fewest",
    "limited",
    "term_bounds",
    "allot",
    "deals",
    "ways",
    "choose",
    "shares",
    "feasible",
    "rounds",
    "schedule",
    "away",
    "job",
    "task",
    "attempt",
    "region",
    "component_cost",
    "mixture",
    "together",
    "part",
    "sizes",
    "fluid",
    "cheap",
    "whole",
    "lift",
    "answer",
    "threads",
    "effort",
];
/// Neighbours that may name one another, and why.
const CIRCLES: [(&str, &[&str], &str); 2] = [
    (
        "fleet::import",
        &[
            "admission",
            "controllers",
            "emit",
            "groups",
            "machines",
            "manifests",
            "mapping",
            "open",
            "options",
            "pods",
            "placed",
            "running",
            "scaling",
            "unread",
            "workloads",
        ],
        "one reader of manifests, a file for each kind of object",
    ),
    ("pricing", &["exact", "search"], "the search from one root reads the tables of the pricer that starts it"),
];
/// Rooms that may stay at the bottom.
const FACES: [&str; 2] = ["cli", "python"];

/// May the layer `from` use the layer `to`?
fn allowed(from: &str, to: &str) -> bool {
    let place = |column: &[&str], name: &str| column.iter().position(|&layer| layer == name);
    if from == to {
        return true;
    }
    if let (Some(from), Some(to)) = (place(&RIGHT, from), place(&RIGHT, to)) {
        return to < from;
    }
    if let (Some(from), Some(to)) = (place(&LEFT, from), place(&LEFT, to)) {
        return to < from;
    }
    match (from, to) {
        // the two columns meet here
        ("encode", "error" | "quantity" | "fleet" | "trust" | "problem" | "budget") => true,
        ("decode", "fleet" | "placement" | "encode" | "problem") => true,
        // an explanation speaks of the problem and its certificate in the fleet's words
        ("explain", "encode" | "problem" | "certify") => true,
        // formats that others read as well are read by their letter
        ("plan" | "migrate" | "certify", "strict") | ("strict", "compact") => true,
        // what a person may ask for is part of the documents, and whatever takes long asks whether it may go on
        ("fleet" | "plan" | "placement" | "migrate", "budget") => true,
        // pods on nodes are bins too
        ("placement", "problem" | "pack") => true,
        ("pipeline", "evidence" | "cli" | "python") => false,
        ("pipeline", _) => true,
        // a plan that is filed away, with all that follows from it
        ("evidence", "cli" | "python") => false,
        ("evidence", _) => true,
        ("cli", "python") => false,
        (from, _) => FACES.contains(&from),
    }
}

fn sources(root: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The source without comments, strings and everything from the first unit test on.
fn code(text: &str) -> String {
    let mut kept = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("#[cfg(test)]") {
            break;
        }
        kept.push_str(line.split("//").next().unwrap_or_default());
        kept.push('\n');
    }
    kept
}

/// The modules of the crate that a file names: `crate::x`, `crate::{x, y::z}`, and enough `super::` to leave the layer.
fn used(module: &[String], text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (start, _) in text.match_indices("crate::") {
        if text[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        heads(&text[start + "crate::".len()..], &mut found);
    }
    for (start, _) in text.match_indices("super::") {
        if text[..start].ends_with("super::") {
            continue;
        }
        let mut rest = &text[start..];
        let mut up = 0;
        while let Some(after) = rest.strip_prefix("super::") {
            (rest, up) = (after, up + 1);
        }
        if up == module.len() {
            heads(rest, &mut found);
        }
        assert!(up <= module.len(), "{module:?} climbs too far");
    }
    found
}

/// The first name of a path, or of each path of a group.
fn heads(text: &str, found: &mut BTreeSet<String>) {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = text.strip_prefix('{') else {
        found.insert(name(text));
        return;
    };
    let (mut depth, mut fresh) = (0, true);
    for (index, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if fresh && !c.is_whitespace() => {
                found.insert(name(&group[index..]));
                fresh = false;
            }
            _ => {}
        }
    }
}

/// (path below src, layer, code)
fn files() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        // the engine is a crate of its own, and its rooms are rooms of the house
        let name = name.strip_prefix("engine/").map(str::to_owned).unwrap_or(name);
        if name == "lib.rs" || name.starts_with("bin/") || name.ends_with("/tests.rs") || name.contains("/tests/") {
            continue;
        }
        let layer = name.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        files.push((name, layer, code(&fs::read_to_string(path).unwrap())));
    }
    files
}

/// The module path of a file: `fleet/import/tree/json.rs` is `fleet::import::tree::json`.
fn module(file: &str) -> Vec<String> {
    let mut parts: Vec<String> = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

#[test]
fn every_layer_has_its_place() {
    let known: BTreeSet<&str> = LEFT.iter().chain(&RIGHT).chain(&ACROSS).copied().collect();
    for (file, layer, _) in files() {
        assert!(known.contains(layer.as_str()), "{file}: `{layer}` is in no column; name it in tests/layers.rs");
    }
}

#[test]
fn layers_use_only_what_is_above_them() {
    let layers: BTreeSet<String> = files().into_iter().map(|(_, layer, _)| layer).collect();
    // what lib.rs re-exports, and from where
    let homes: BTreeMap<&str, &str> = BTreeMap::from([
        ("Error", "error"),
        ("Result", "error"),
        ("FleetError", "error"),
        ("InputProblem", "error"),
        ("Fleet", "fleet"),
        ("Plan", "plan"),
    ]);
    let mut wrong = Vec::new();
    for (file, layer, text) in files() {
        for name in used(&module(&file), &text) {
            let to = homes.get(name.as_str()).copied().unwrap_or(&name);
            if layers.contains(to) && !allowed(&layer, to) {
                wrong.push(format!("{file} uses {to}"));
            }
        }
    }
    assert!(wrong.is_empty(), "against the order of the layers:\n{}", wrong.join("\n"));
}

#[test]
fn calls_inside_solve_only_go_down() {
    let place = |name: &str| SOLVE.iter().position(|&file| file == name);
    let mut seen = BTreeSet::new();
    for (file, layer, text) in files() {
        if layer != "solve" {
            continue;
        }
        let name = file["solve/".len()..].trim_end_matches(".rs");
        let from = place(name).unwrap_or_else(|| panic!("{file} has no place in the order of solve/"));
        seen.insert(from);
        // mod.rs is the top and lists the others
        for to in siblings(&text).iter().filter(|_| name != "mod") {
            let below = place(to).is_some_and(|to| to > from);
            assert!(below, "{file} uses `{to}`, which is not below it: name the file where it stands");
        }
    }
    assert_eq!(seen.len(), SOLVE.len(), "the order names files that do not exist");
}

/// What a file of `solve/` names of its neighbours: `super::x` and `crate::solve::x`.
fn siblings(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for road in ["super::", "crate::solve::"] {
        text.match_indices(road).for_each(|(start, _)| heads(&text[start + road.len()..], &mut found));
    }
    found
}

/// Every path that begins with `crate::` or `super::`, absolute, groups taken apart.
fn paths(module: &[String], text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for road in ["crate::", "super::"] {
        for (start, _) in text.match_indices(road) {
            if text[..start].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | ':')) {
                continue;
            }
            let (mut rest, mut base) = (&text[start..], module.to_vec());
            if let Some(after) = rest.strip_prefix("crate::") {
                (rest, base) = (after, Vec::new());
            }
            while let Some(after) = rest.strip_prefix("super::") {
                base.pop();
                rest = after;
            }
            take_apart(rest, base, &mut found);
        }
    }
    found
}

/// Reads one path or group that follows `base`; answers how long it is.
fn take_apart(text: &str, base: Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    if !text.starts_with('{') {
        let name: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let path = [base, vec![name.clone()]].concat();
        return match text[name.len()..].strip_prefix("::") {
            Some(rest) => name.len() + 2 + take_apart(rest, path, found),
            None => {
                found.push(path);
                name.len()
            }
        };
    }
    let mut at = 1;
    while at < text.len() && !text[at..].starts_with('}') {
        let rest = &text[at..];
        let starts = rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '{'));
        // what follows ` as ` is a new name, and no path
        at += match rest.strip_prefix("as ") {
            Some(_) => 3 + rest[3..].find([',', '}']).unwrap_or(rest.len() - 3),
            None if starts => take_apart(rest, base.clone(), found).max(1),
            None => 1,
        };
    }
    at + 1
}

#[test]
fn neighbours_do_not_name_one_another() {
    let files = files();
    let texts: BTreeMap<Vec<String>, &str> =
        files.iter().map(|(file, _, text)| (module(file), text.as_str())).collect();
    // for each room the child that a name of the room comes from: its own name, and what the room passes on
    let mut homes: BTreeMap<(Vec<String>, String), String> = BTreeMap::new();
    for path in texts.keys().filter(|path| path.len() > 1) {
        let (child, room) = path.split_last().unwrap();
        homes.insert((room.to_vec(), child.clone()), child.clone());
    }
    for (room, text) in &texts {
        for (start, _) in text
            .match_indices("use ")
            .filter(|(start, _)| text[..*start].ends_with("pub ") || text[..*start].ends_with(") "))
        {
            let mut found = Vec::new();
            take_apart(&text[start + 4..], Vec::new(), &mut found);
            for path in found {
                if let (Some(child), Some(name)) = (path.first(), path.last())
                    && texts.contains_key(&[&room[..], std::slice::from_ref(child)].concat())
                {
                    homes.entry((room.clone(), name.clone())).or_insert_with(|| child.clone());
                }
            }
        }
    }
    // room -> child -> children that it names
    let mut names: BTreeMap<Vec<String>, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (path, text) in &texts {
        for target in paths(path, text) {
            let shared = path.iter().zip(&target).take_while(|(a, b)| a == b).count();
            let room = &path[..shared];
            let (Some(from), Some(to)) = (path.get(shared), target.get(shared)) else { continue };
            if let Some(to) = homes.get(&(room.to_vec(), to.clone())).filter(|to| !room.is_empty() && *to != from) {
                names.entry(room.to_vec()).or_default().entry(from.clone()).or_default().insert(to.clone());
            }
        }
    }
    assert!(names.values().map(BTreeMap::len).sum::<usize>() > 100, "hardly anything was found");
    let mut circles: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (room, names) in &names {
        let reach = |from: &String| {
            let (mut seen, mut waiting) = (BTreeSet::new(), vec![from]);
            while let Some(here) = waiting.pop() {
                waiting.extend(names.get(here).into_iter().flatten().filter(|to| seen.insert((*to).clone())));
            }
            seen
        };
        let inside: BTreeSet<String> = names.keys().filter(|it| reach(it).contains(*it)).cloned().collect();
        if !inside.is_empty() {
            circles.insert(room.join("::"), inside);
        }
    }
    for (room, files, _) in CIRCLES {
        let found = circles.get_mut(room).unwrap_or_else(|| panic!("no circle is left in {room}"));
        found.retain(|file| !files.contains(&file.as_str()));
    }
    circles.retain(|_, files| !files.is_empty());
    assert!(circles.is_empty(), "files of one room that name one another: {circles:?}");
}

#[test]
fn the_order_has_no_circle() {
    let layers: Vec<&str> = LEFT.iter().chain(&RIGHT).chain(&ACROSS).copied().collect();
    let mut left: BTreeSet<&str> = layers.iter().copied().collect();
    while !left.is_empty() {
        // some layer that uses none of those left
        let used = |from: &str| layers.iter().any(|&to| from != to && left.contains(to) && allowed(from, to));
        let free: Vec<&str> = left.iter().copied().filter(|from| !used(from)).collect();
        assert!(!free.is_empty(), "a circle among {left:?}");
        left.retain(|layer| !free.contains(layer));
    }
}

#[test]
fn crates_stay_where_they_belong() {
    for (file, layer, text) in files() {
        assert!(layer == "python" || !text.contains("pyo3"), "{file} names pyo3");
        let writes = ["certify/file.rs", "solve/job.rs"].contains(&file.as_str()) || file.starts_with("certify/file/");
        if RIGHT.contains(&layer.as_str()) && !writes {
            for word in ["serde", "schemars", "jiff"] {
                assert!(!text.contains(word), "{file} names {word}");
            }
        }
        if layer != "cli" && layer != "python" {
            for word in ["println!", "eprintln!", "process::exit", "clap::"] {
                assert!(!text.contains(word), "{file} has {word}: the library never prints and never exits");
            }
        }
    }
}

#[test]
fn the_reader_finds_what_it_should() {
    let at = |names: &[&str], text: &str| {
        let module: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        used(&module, text).into_iter().collect::<Vec<_>>()
    };
    assert_eq!(at(&["plan"], "use crate::fleet::Fleet; crate::trust::X"), ["fleet", "trust"]);
    assert_eq!(at(&["plan"], "use crate::{fleet::{A, B}, trust};"), ["fleet", "trust"]);
    let near = siblings("use super::part::Part; use super::{lift, effort::{A, B}}; crate::solve::answer::X");
    assert_eq!(near.into_iter().collect::<Vec<_>>(), ["answer", "effort", "lift", "part"]);
    assert_eq!(at(&["plan", "decode"], "use super::super::solve::x; use super::Plan;"), ["solve"]);
    let module = ["plan", "verify"].map(str::to_owned);
    let text = "use super::{figures, words::{Change as C, Stop}}; crate::fleet::Fleet::new()";
    let found: Vec<String> = paths(&module, text).iter().map(|path| path.join("::")).collect();
    assert_eq!(found, ["fleet::Fleet::new", "plan::figures", "plan::words::Change", "plan::words::Stop"]);
}

/// Tests stand in few programs, listed by hand: none may be forgotten.
#[test]
fn every_file_of_tests_is_in_a_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let names = |folder: &str| -> Vec<String> {
        let entries = fs::read_dir(root.join(folder)).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
        entries.filter(|name| name.ends_with(".rs")).collect()
    };
    let rooms = names("tests/rooms");
    let texts: Vec<String> =
        rooms.iter().map(|name| fs::read_to_string(root.join("tests/rooms").join(name)).unwrap()).collect();
    let forgotten = |manifest: &str| -> Vec<String> {
        let is_listed = |path: &str| manifest.contains(&format!("path = \"{path}\""));
        let is_in_a_room = |name: &str| texts.iter().any(|text| text.contains(&format!("#[path = \"../{name}\"]")));
        let of_rooms = rooms.iter().map(|name| format!("tests/rooms/{name}")).filter(|path| !is_listed(path));
        let others = names("tests").into_iter();
        let others = others.filter(|name| !is_listed(&format!("tests/{name}")) && !is_in_a_room(name));
        let mains = ["tests/every_key/main.rs", "tests/oracle/main.rs"].into_iter().filter(|path| !is_listed(path));
        of_rooms.chain(others).chain(mains.map(str::to_owned)).collect()
    };
    assert_eq!(forgotten(&manifest), Vec::<String>::new());
    assert_eq!(forgotten(&manifest.replace("tests/cli.rs", "")), ["cli.rs"]);
    assert!(forgotten("").len() > rooms.len());
}
