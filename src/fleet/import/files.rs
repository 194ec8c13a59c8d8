//! Paths -> sources: files, directories of manifests, dumps of named clusters.

use std::fs::{self, File};
use std::path::{self, Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

use crate::error::{Error, Result};
use crate::fleet::Warning;
use crate::text::escaped;

use super::options::{Content, Source};
use super::reading::some_of;

/// A file or directory as the caller names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceArgument {
    /// The path. A directory stands for every `.yaml`, `.yml` and `.json` file in it and below, by name; names that begin
    /// with a dot are left out.
    pub path: PathBuf,
    /// The cluster that it was dumped from.
    pub cluster: Option<String>,
    /// What it holds, where `path` only names it: standard input, say.
    pub content: Option<Content>,
}

/// How directories are searched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileOptions {
    /// [`Source::directory`] is the first directory below this one; without it, the name of the directory given, or of the
    /// one that holds the file given.
    pub root: Option<PathBuf>,
    /// What is left out of the directories given: patterns of `*`, `?`, `[...]` and `**`. One without a slash is held
    /// against the name of every file and directory, one with a slash against the path below the directory given.
    pub exclude: Vec<String>,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The files, by name within a directory.
    pub sources: Vec<Source>,
    /// What was left out.
    pub warnings: Vec<Warning>,
}

/// Finds the files. Their content is not read yet.
///
/// Left out of a directory are links that lead nowhere, and files whose names do not end in `.yaml`, `.yml` or `.json`;
/// whatever is named itself must be there.
///
/// # Errors
/// [`Error::Io`] with the path for what cannot be opened. [`Error::Usage`] for a path that is not below the root, a wrong
/// pattern, a directory without such a file, and for every directory that is for kustomize or a chart of Helm: its files
/// are parts from which that program makes the manifests.
pub fn read_sources(arguments: &[SourceArgument], options: &FileOptions) -> Result<Found> {
    let mut search = Search { exclude: patterns(&options.exclude)?, ..Search::default() };
    let mut found = Found::default();
    for argument in arguments {
        let cluster = argument.cluster.clone();
        if let Some(content) = argument.content.clone() {
            let name = argument.path.display().to_string();
            found.sources.push(Source { name, content, cluster, ..Source::default() });
            continue;
        }
        let before = (search.files.len(), search.parts.len());
        search.argument(&argument.path)?;
        if (search.files.len(), search.parts.len()) == before {
            let message = format!("{}: no .yaml, .yml or .json file in this directory", argument.path.display());
            return Err(Error::Usage(message));
        }
        for (file, given) in search.files.drain(..) {
            File::open(&file).map_err(|source| io(&file, source))?;
            let directory = directory(&argument.path, &file, options.root.as_deref())?;
            found.sources.push(Source {
                name: file.display().to_string(),
                content: Content::File(file),
                found: !given,
                cluster: cluster.clone(),
                directory,
            });
        }
    }
    search.refuse_parts()?;
    if let Some(names) = some_of(&search.nowhere) {
        found
            .warnings
            .push(Warning { code: "link-to-nowhere", message: format!("left out, links to nothing: {names}") });
    }
    for rule in search.exclude.iter().filter(|rule| !rule.used) {
        let message = format!("--exclude {}: nothing that was found matches", rule.pattern);
        found.warnings.push(Warning { code: "exclude-not-used", message });
    }
    Ok(found)
}

/// Deepest nesting of directories; what is deeper is a circle of links.
const MAX_DEPTH: usize = 64;
/// Directories of parts that an error names.
const SHOWN: usize = 10;

struct Exclude {
    pattern: Pattern,
    used: bool,
}

/// What another program makes manifests of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parts {
    Kustomize,
    Helm,
}

#[derive(Default)]
struct Search {
    exclude: Vec<Exclude>,
    /// With whether the file was named.
    files: Vec<(PathBuf, bool)>,
    nowhere: Vec<String>,
    parts: Vec<(PathBuf, Parts)>,
}

impl Search {
    fn argument(&mut self, path: &Path) -> Result<()> {
        let about = fs::metadata(path).map_err(|source| io(path, source))?;
        if about.is_dir() {
            return self.directory(path, path, 0);
        }
        match path.file_name().and_then(|name| parts(&name.to_string_lossy())) {
            Some(parts) => {
                let directory = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
                self.parts.push((directory.to_owned(), parts));
            }
            None => self.files.push((path.to_owned(), true)),
        }
        Ok(())
    }

    fn directory(&mut self, top: &Path, path: &Path, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(Error::Usage(format!("{}: directories are nested too deep", path.display())));
        }
        let entries = fs::read_dir(path).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
        let mut paths: Vec<PathBuf> =
            entries.map_err(|source| io(path, source))?.iter().map(fs::DirEntry::path).collect();
        paths.retain(|path| !self.left_out(top, path));
        paths.sort();
        let kind = paths.iter().find_map(|path| parts(&path.file_name()?.to_string_lossy()));
        if let Some(kind) = kind {
            self.parts.push((path.to_owned(), kind));
        }
        if kind == Some(Parts::Helm) {
            // its templates are no YAML, and its subcharts are its own
            return Ok(());
        }
        for path in paths {
            let known = path.extension().is_some_and(|it| it == "yaml" || it == "yml" || it == "json");
            match fs::metadata(&path) {
                Ok(about) if about.is_dir() => self.directory(top, &path, depth + 1)?,
                Ok(_) if known => self.files.push((path, false)),
                Ok(_) => {}
                // without a target, or gone since
                Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
                    if known {
                        self.nowhere.push(path.display().to_string());
                    }
                }
                Err(source) => return Err(io(&path, source)),
            }
        }
        Ok(())
    }

    fn left_out(&mut self, top: &Path, path: &Path) -> bool {
        const RULES: MatchOptions =
            MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        if name.starts_with('.') {
            return true;
        }
        let below = path.strip_prefix(top).unwrap_or(path);
        let mut out = false;
        for rule in &mut self.exclude {
            let whole = rule.pattern.as_str().contains('/');
            let matches = if whole {
                rule.pattern.matches_path_with(below, RULES)
            } else {
                rule.pattern.matches_with(&name, RULES)
            };
            rule.used |= matches;
            out |= matches;
        }
        out
    }

    fn refuse_parts(&self) -> Result<()> {
        if self.parts.is_empty() {
            return Ok(());
        }
        let one = |(directory, parts): &(PathBuf, Parts)| match parts {
            Parts::Kustomize => format!("    kubectl kustomize {}", shell(directory)),
            Parts::Helm => format!("    helm template {}", shell(directory)),
        };
        let (named, more) = self.parts.split_at(self.parts.len().min(SHOWN));
        let mut lines: Vec<String> = named.iter().map(one).collect();
        if !more.is_empty() {
            lines.push(format!("    and {} more", more.len()));
        }
        let what = match (self.parts.as_slice(), self.parts.iter().any(|it| it.1 == Parts::Helm)) {
            ([(directory, Parts::Kustomize)], _) => format!("{} is a kustomization", shown(directory)),
            ([(directory, Parts::Helm)], _) => format!("{} is a Helm chart", shown(directory)),
            (several, true) => format!("there are {} Helm charts and kustomizations", several.len()),
            (several, false) => format!("there are {} kustomizations", several.len()),
        };
        Err(Error::Usage(format!(
            "{what}: the files there are parts, not what runs. Write what is deployed to a file and import that \
             (`--exclude` leaves out what is not deployed):\n{}",
            lines.join("\n")
        )))
    }
}

fn parts(name: &str) -> Option<Parts> {
    match name {
        "kustomization.yaml" | "kustomization.yml" | "Kustomization" => Some(Parts::Kustomize),
        "Chart.yaml" => Some(Parts::Helm),
        _ => None,
    }
}

/// A path on one line.
fn shown(path: &Path) -> String {
    escaped(&path.display().to_string()).into_owned()
}

/// A path as a shell takes it.
fn shell(path: &Path) -> String {
    let text = shown(path);
    let plain = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "/._-+=@%:,".contains(c));
    if plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

fn patterns(globs: &[String]) -> Result<Vec<Exclude>> {
    let read = |glob: &String| {
        let text = glob.strip_prefix("./").unwrap_or(glob).trim_end_matches('/');
        match Pattern::new(text) {
            Ok(pattern) if !text.is_empty() => Ok(Exclude { pattern, used: false }),
            Ok(_) => Err(Error::Usage("--exclude: the pattern is empty".to_owned())),
            Err(error) => Err(Error::Usage(format!("--exclude {glob}: {error}"))),
        }
    };
    globs.iter().map(read).collect()
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
        let outside = || {
            let (given, named, root) = (root, file.display(), root.display());
            Error::Usage(if !whole.starts_with(&base) && is_written_below(file, given) {
                format!("{named} leads outside {root} by a link, to {}", whole.display())
            } else {
                format!("{named} is not in a directory below {root}")
            })
        };
        return below.map(Some).ok_or_else(outside);
    }
    let whole = full(argument)?;
    if whole.is_dir() { Ok(name(&whole)) } else { Ok(whole.parent().and_then(name)) }
}

/// Whether a path lies below another as both are written: where it does not in truth, a link leads out.
fn is_written_below(file: &Path, root: &Path) -> bool {
    let whole = |it: &Path| path::absolute(it).ok();
    let (Some(file), Some(root)) = (whole(file), whole(root)) else { return false };
    let mut below = file.strip_prefix(root).into_iter().flat_map(Path::components).peekable();
    below.peek().is_some() && below.all(|step| step != Component::ParentDir)
}

fn io(path: &Path, source: std::io::Error) -> Error {
    Error::Io { path: path.display().to_string(), source }
}
