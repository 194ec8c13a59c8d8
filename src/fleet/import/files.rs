//! Paths -> sources: files, directories of manifests, dumps of named clusters.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

use super::options::Source;

/// A file or directory as the caller names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceArgument {
    /// The path. A directory stands for every `.yaml`, `.yml` and `.json` file in it and below, by name; names that begin
    /// with a dot are left out.
    pub path: PathBuf,
    /// The cluster that it was dumped from.
    pub cluster: Option<String>,
}

/// Reads the files. [`Source::directory`] is the first directory below `root`; without one, the name of the directory
/// given, or of the one that holds the file given.
///
/// # Errors
/// [`Error::Io`] with the path for what cannot be read (text that is not UTF-8 included), [`Error::Usage`] for a path that
/// is not below `root`.
pub fn read_sources(arguments: &[SourceArgument], root: Option<&Path>) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for argument in arguments {
        let mut files = Vec::new();
        collect(&argument.path, true, 0, &mut files)?;
        for file in files {
            let text = fs::read_to_string(&file).map_err(|source| io(&file, source))?;
            let directory = directory(&argument.path, &file, root)?;
            let name = file.display().to_string();
            sources.push(Source { name, text, cluster: argument.cluster.clone(), directory });
        }
    }
    Ok(sources)
}

/// Deepest nesting of directories; what is deeper is a circle of links.
const MAX_DEPTH: usize = 64;

fn collect(path: &Path, given: bool, depth: usize, files: &mut Vec<PathBuf>) -> Result<()> {
    let about = fs::metadata(path).map_err(|source| io(path, source))?;
    if !about.is_dir() {
        let known = path.extension().is_some_and(|it| it == "yaml" || it == "yml" || it == "json");
        if given || known {
            files.push(path.to_owned());
        }
        return Ok(());
    }
    if depth > MAX_DEPTH {
        return Err(Error::Usage(format!("{}: directories are nested too deep", path.display())));
    }
    let entries = fs::read_dir(path).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let mut paths: Vec<PathBuf> = entries.map_err(|source| io(path, source))?.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    for path in paths {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden {
            collect(&path, false, depth + 1, files)?;
        }
    }
    Ok(())
}

fn directory(argument: &Path, file: &Path, root: Option<&Path>) -> Result<Option<String>> {
    let full = |path: &Path| fs::canonicalize(path).map_err(|source| io(path, source));
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    if let Some(root) = root {
        let (whole, base) = (full(file)?, full(root)?);
        let below = whole.strip_prefix(&base).ok().and_then(|rest| {
            let mut steps = rest.components();
            let first = steps.next()?;
            // the file itself is no directory
            steps.next().map(|_| first.as_os_str().to_string_lossy().into_owned())
        });
        let outside = || Error::Usage(format!("{} is not in a directory below {}", file.display(), root.display()));
        return below.map(Some).ok_or_else(outside);
    }
    let whole = full(argument)?;
    if whole.is_dir() { Ok(name(&whole)) } else { Ok(whole.parent().and_then(name)) }
}

fn io(path: &Path, source: std::io::Error) -> Error {
    Error::Io { path: path.display().to_string(), source }
}
