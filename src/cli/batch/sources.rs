//! Which fleets a batch is about.

use std::collections::BTreeMap;
use std::fs;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use crate::cli::{input, tell};
use crate::error::{Error, Result};

const FLEETS: [&str; 3] = ["yaml", "yml", "json"];

/// A fleet's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// As it stands in the rows: the path as the call, or the list, has it.
    pub name: String,
    pub path: PathBuf,
}

/// The files of a folder (not of the folders in it), by name; or those that a list names, a line each, in its order: beside the list where
/// they are no whole paths, or beside where the program runs for a list on standard input.
///
/// # Errors
/// [`Error::Io`] for what cannot be read, and [`Error::Usage`] for a batch of nothing, and for files that are named twice.
pub fn sources(of: &Path) -> Result<Vec<Source>> {
    let found = if of.as_os_str() != "-" && of.is_dir() { folder(of)? } else { list(of)? };
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    found.iter().for_each(|it| *counts.entry(&it.name).or_insert(0) += 1);
    let twice: Vec<&str> = counts.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name).collect();
    if twice.is_empty() {
        return Ok(found);
    }
    Err(Error::Usage(format!("{}: named more than once: {}", of.display(), twice.join(", "))))
}

fn folder(of: &Path) -> Result<Vec<Source>> {
    let failed = |source| Error::Io { path: of.display().to_string(), source };
    let (mut found, mut others, mut folders) = (Vec::new(), 0u64, 0u64);
    for entry in fs::read_dir(of).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let ending = path.extension().map(|it| it.to_string_lossy().to_lowercase());
        if path.is_dir() {
            folders += 1;
        } else if ending.is_some_and(|it| FLEETS.contains(&&*it)) {
            found.push(Source { name: path.display().to_string(), path });
        } else {
            others += 1;
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    if folders + others > 0 {
        tell(&format!("note: {}: not looked at: {folders} folders and {others} other files in it\n", of.display()));
    }
    if found.is_empty() {
        return Err(Error::Usage(format!("{}: there is no .yaml, .yml or .json file in it", of.display())));
    }
    Ok(found)
}

fn list(of: &Path) -> Result<Vec<Source>> {
    let ending = of.extension().map(|it| it.to_string_lossy().to_lowercase());
    if ending.is_some_and(|it| FLEETS.contains(&&*it)) {
        let name = of.display();
        return Err(Error::Usage(format!(
            "{name}: a batch takes a folder, or a list with a path a line; `tenantry plan {name}` plans one fleet"
        )));
    }
    let read = input::read_any(of)?;
    let beside = if of.as_os_str() == "-" { None } else { of.parent() };
    let lines = read.text.as_bytes().lines().map_while(std::result::Result::ok);
    let lines = lines.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty() && !it.starts_with('#'));
    let found: Vec<Source> = lines
        .map(|name| Source { path: beside.map_or_else(|| PathBuf::from(&name), |beside| beside.join(&name)), name })
        .collect();
    if found.is_empty() {
        return Err(Error::Usage(format!("{}: no fleet is named in it", read.name)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_lists() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        for name in ["b.yaml", "a.json", "c.YML", "notes.txt"] {
            fs::write(at(name), "").unwrap();
        }
        fs::create_dir(at("inner")).unwrap();
        let names = |found: &[Source]| {
            found.iter().map(|it| it.path.file_name().unwrap().to_string_lossy().into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(&sources(place.path()).unwrap()), ["a.json", "b.yaml", "c.YML"]);
        fs::write(at("list"), "# two\nb.yaml\r\n\n  a.json \n").unwrap();
        let listed = sources(&at("list")).unwrap();
        assert_eq!(names(&listed), ["b.yaml", "a.json"]);
        assert!(listed[0].name == "b.yaml" && listed[0].path == at("b.yaml"));
        let wrong = |name: &str, text: &str| {
            fs::write(at(name), text).unwrap();
            sources(&at(name)).unwrap_err().to_string()
        };
        assert!(wrong("twice", "b.yaml\na.json\nb.yaml\n").contains("named more than once: b.yaml"));
        assert!(wrong("none", "# nothing\n").contains("no fleet is named"));
        assert!(wrong("fleet.yaml", "").contains("`tenantry plan"));
        assert!(sources(&at("inner")).unwrap_err().to_string().contains("no .yaml"));
    }
}
