//! What users of the crate may name: every `pub use` and `pub mod` of src/lib.rs and of the engine's, as docs/public-api.txt lists it. A change
//! to the public face shows in review as a change to that file.

use std::fs;
use std::path::Path;

/// The public paths of a source that has only modules and re-exports, ascending. What is hidden from the docs is left out.
fn face(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (mut inside, mut hidden, mut statement) = (Vec::new(), false, String::new());
    for line in source.lines().map(str::trim) {
        if line.starts_with("//") || line.starts_with("#[cfg") {
            continue;
        }
        if line == "#[doc(hidden)]" {
            hidden = true;
        } else if let Some(name) = line.strip_prefix("pub mod ") {
            let module = [&inside[..], &[name.trim_end_matches([';', '{', ' ']).to_owned()]].concat();
            if !hidden {
                found.push(format!("mod {}", module.join("::")));
            }
            if name.ends_with('{') {
                inside = module;
            } else {
                hidden = false;
            }
        } else if line == "}" {
            inside.pop();
            hidden = false;
        } else if line.starts_with("pub use ") || !statement.is_empty() {
            statement.push_str(line);
            if line.ends_with(';') {
                let exported = std::mem::take(&mut statement);
                if !hidden {
                    let names = exported.trim_end_matches(';').rsplit("::").next().unwrap_or_default();
                    let names =
                        names.trim_matches(['{', '}']).split(',').map(str::trim).filter(|name| !name.is_empty());
                    let last = |name: &str| {
                        name.rsplit(" as ").next().unwrap_or(name).rsplit("::").next().unwrap_or(name).to_owned()
                    };
                    found.extend(names.map(|name| [&inside[..], &[last(name)]].concat().join("::")));
                }
            }
        }
    }
    found.sort();
    found
}

/// What a file of a public module has for users: its items, and those of the public modules below it.
fn items(file: &Path, module: &str, found: &mut Vec<String>) {
    let source = fs::read_to_string(file).unwrap();
    // re-exports
    let lines: Vec<&str> = source.lines().filter(|line| !line.starts_with("#[")).collect();
    let mut own = face(&lines.join("\n").split("\nimpl ").next().unwrap_or_default().replace("pub(crate) use", "use"));
    own.retain(|name| !name.starts_with("mod ") || source.contains(&format!("\npub {name};")));
    for (kind, rest) in source.lines().filter_map(|line| line.strip_prefix("pub ")?.split_once(' ')) {
        if ["struct", "enum", "fn", "const", "trait", "type"].contains(&kind) {
            own.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    for name in own {
        if let Some(inner) = name.strip_prefix("mod ") {
            found.push(format!("mod {module}::{inner}"));
            let below = file.parent().unwrap().join(inner);
            let path = Some(below.join("mod.rs")).filter(|path| path.exists());
            items(&path.unwrap_or_else(|| below.with_extension("rs")), &format!("{module}::{inner}"), found);
        } else {
            found.push(format!("{module}::{name}"));
        }
    }
}

#[test]
fn the_public_face_is_what_is_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = |path: &str| fs::read_to_string(root.join("src").join(path)).unwrap();
    let engine = source("lib.rs")
        .replace("pub use tenantry_engine as engine;", &format!("pub mod engine {{\n{}\n}}", source("engine/lib.rs")));
    let mut face = face(&engine);
    for module in ["evidence", "export", "fleet", "migrate", "plan", "report"] {
        assert!(face.contains(&format!("mod {module}")));
        items(&root.join("src").join(module).join("mod.rs"), module, &mut face);
    }
    items(&root.join("src/pipeline/certificate.rs"), "certificate", &mut face);
    face.sort();
    face.dedup();
    let face = face.join("\n");
    let listed = fs::read_to_string(root.join("docs/public-api.txt")).unwrap();
    assert_eq!(listed.trim_end(), face, "docs/public-api.txt should be:\n{face}\n");
}

/// No type of a library stands in a signature or a public field of what users may name.
#[test]
fn no_type_of_a_dependency_shows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders =
        ["evidence", "export", "fleet", "migrate", "plan", "report", "explain"].map(|name| root.join(name)).to_vec();
    let mut files =
        ["error.rs", "date.rs", "pipeline.rs", "pipeline/certificate.rs"].map(|name| root.join(name)).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() { folders.push(entry) } else { files.push(entry) }
        }
    }
    assert!(files.len() > 60);
    for file in files {
        let source = fs::read_to_string(&file).unwrap();
        // private fields aside
        let own = |line: &&str| line.starts_with("pub use") || line.starts_with("pub struct Date(");
        let public = source.lines().map(str::trim).filter(|line| line.starts_with("pub ") && !own(line));
        for line in public {
            for name in ["jiff", "serde_json", "Value", "petgraph", "FixedBitSet", "FxHash"] {
                let shows = line.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == name);
                let hidden = file.to_str().unwrap().contains("fleet/import/") || file.ends_with("located.rs");
                assert!(!shows || hidden, "{}: {line}", file.display());
            }
        }
    }
}

#[test]
fn the_reader_sees_modules_groups_and_new_names() {
    let source = "
        mod own;
        pub mod open;
        pub use own::{First, second};
        /// Docs.
        pub mod engine {
            pub use crate::own::{
                Third, file as certificate,
            };
            #[doc(hidden)]
            pub mod internals {
                pub use crate::own::secret;
            }
        }
        pub use own::Last;
    ";
    let seen = ["First", "Last", "engine::Third", "engine::certificate", "mod engine", "mod open", "second"];
    assert_eq!(face(source), seen);
}
