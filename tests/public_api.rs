//! What users of the crate may name: every `pub use` and `pub mod` of src/lib.rs, as docs/public-api.txt lists it. A change
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

#[test]
fn the_public_face_is_what_is_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let face = face(&fs::read_to_string(root.join("src/lib.rs")).unwrap()).join("\n");
    let listed = fs::read_to_string(root.join("docs/public-api.txt")).unwrap();
    assert_eq!(listed.trim_end(), face, "docs/public-api.txt should be:\n{face}\n");
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
