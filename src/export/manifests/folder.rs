//! Files in a folder that others use as well: all of ours or none, and nothing that is not ours.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Manifests;
use crate::document::digest;
use crate::error::{Error, Result};

/// Where it is recorded what is ours.
const RECORDS: &str = ".tenantry";
const SCHEMA: &str = "tenantry-export/v1";
/// At most so many files that stand in the way are named.
const NAMED: usize = 20;

/// What becomes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FileChange {
    /// It was not there.
    New,
    /// It is another text than before.
    Changed,
    /// It is the same, and was not touched.
    Same,
    /// An earlier export wrote it, and this one does not.
    Removed,
}

impl FileChange {
    /// In a word: `new`, `changed`, `same` or `removed`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Same => "same",
            Self::Removed => "removed",
        }
    }
}

/// A file of an export, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WrittenFile {
    /// Its path in the folder, `/` between the parts.
    pub path: String,
    /// What became of it.
    pub change: FileChange,
}

/// What an export wrote.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Record {
    schema: String,
    fleet_digest: String,
    /// SHA-256 of each file by its path.
    files: BTreeMap<String, String>,
}

/// How the files are changed: in this order, or back again.
#[derive(Debug, Serialize, Deserialize)]
struct Step {
    path: String,
    /// SHA-256 of what is to stand there; nothing: the file goes.
    sha256: Option<String>,
}

struct Work<'m> {
    folder: PathBuf,
    manifests: &'m Manifests,
    record: Record,
    written: Vec<WrittenFile>,
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::Io { path: path.display().to_string(), source }
}

/// A path of a record, which anybody may have written: below the folder, and nothing else.
fn is_inside(path: &str) -> bool {
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    !path.is_empty() && Path::new(path).components().all(plain) && !path.starts_with(RECORDS)
}

/// What writing would do.
pub(super) fn compare(folder: &Path, manifests: &Manifests) -> Result<Vec<WrittenFile>> {
    Work::new(folder, manifests).map(|work| work.written)
}

/// Writes the files, all or none.
pub(super) fn write(folder: &Path, manifests: &Manifests) -> Result<Vec<WrittenFile>> {
    recover(folder, manifests.target.name())?;
    let work = Work::new(folder, manifests)?;
    let settled = work.written.iter().all(|it| it.change == FileChange::Same);
    if !settled || work.is_unrecorded() {
        work.carry_out()?;
    }
    Ok(work.written)
}

impl<'m> Work<'m> {
    /// Looks at what is there.
    fn new(folder: &Path, manifests: &'m Manifests) -> Result<Self> {
        let folder = folder.to_owned();
        match fs::metadata(&folder) {
            Ok(about) if !about.is_dir() => {
                return Err(Error::Usage(format!("{}: is no directory", folder.display())));
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&folder, error)),
        }
        let record = read_record(&folder, manifests.target.name())?;
        let mut work = Self { folder, manifests, record, written: Vec::new() };
        let mut obstacles = Vec::new();
        for (path, text) in &manifests.files {
            match work.state_of(path, Some(text))? {
                Ok(change) => work.written.push(WrittenFile { path: path.clone(), change }),
                Err(why) => obstacles.push(why),
            }
        }
        let gone: Vec<String> =
            work.record.files.keys().filter(|it| !manifests.files.contains_key(*it)).cloned().collect();
        for path in gone {
            match work.state_of(&path, None)? {
                Ok(FileChange::Removed) => work.written.push(WrittenFile { path, change: FileChange::Removed }),
                Ok(_) => {}
                Err(why) => obstacles.push(why),
            }
        }
        if obstacles.is_empty() {
            work.written.sort_by(|one, other| one.path.cmp(&other.path));
            return Ok(work);
        }
        let more = obstacles.len().saturating_sub(NAMED);
        obstacles.truncate(NAMED);
        let mut message = format!("nothing is written to {}: {}", work.folder.display(), obstacles.join("; "));
        if more > 0 {
            message.push_str(&format!("; and {more} more"));
        }
        Err(Error::Usage(message))
    }

    /// What is to become of a file, or why that cannot be.
    fn state_of(&self, path: &str, text: Option<&str>) -> Result<std::result::Result<FileChange, String>> {
        let mut place = self.folder.clone();
        let mut parts = Path::new(path).components().peekable();
        while let Some(part) = parts.next() {
            place.push(part);
            let about = match fs::symlink_metadata(&place) {
                Ok(about) => about,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Ok(Ok(if text.is_some() { FileChange::New } else { FileChange::Same }));
                }
                Err(error) => return Err(failed(&place, error)),
            };
            let last = parts.peek().is_none();
            if (last && !about.is_file()) || (!last && !about.is_dir()) {
                let what = if last { "a file" } else { "a folder" };
                return Ok(Err(format!("`{}` is in the way of {what}", place.display())));
            }
        }
        let found = digest(&fs::read(&place).map_err(|error| failed(&place, error))?);
        let ours = self.record.files.get(path) == Some(&found);
        Ok(match text {
            Some(text) if digest(text.as_bytes()) == found => Ok(FileChange::Same),
            Some(_) if ours => Ok(FileChange::Changed),
            None if ours => Ok(FileChange::Removed),
            _ if self.record.files.contains_key(path) => {
                Err(format!("`{path}` was changed by hand since it was written"))
            }
            _ => Err(format!("`{path}` is there and was not written by an export")),
        })
    }

    fn new_record(&self) -> Record {
        Record {
            schema: SCHEMA.to_owned(),
            fleet_digest: self.manifests.fleet_digest.clone(),
            files: self.manifests.files.iter().map(|(path, text)| (path.clone(), digest(text.as_bytes()))).collect(),
        }
    }

    fn record_text(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(&self.new_record());
        text.map(|text| text + "\n").map_err(|error| Error::Internal(format!("a record cannot be written: {error}")))
    }

    fn is_unrecorded(&self) -> bool {
        self.record.schema.is_empty()
            || self.record.fleet_digest != self.manifests.fleet_digest
            || !self.record.files.keys().eq(self.manifests.files.keys())
    }

    /// Puts everything beside its place first; then only names change. What fails is taken back.
    fn carry_out(&self) -> Result<()> {
        let name = self.manifests.target.name();
        let record = format!("{RECORDS}/{name}.json");
        let mut texts: Vec<(String, Option<String>)> = Vec::new();
        for it in self.written.iter().filter(|it| it.change != FileChange::Same) {
            texts.push((it.path.clone(), self.manifests.files.get(&it.path).cloned()));
        }
        texts.push((record, Some(self.record_text()?)));
        let fresh = !self.folder.exists();
        let staging = staging(&self.folder, name);
        let io = |source| failed(&self.folder, source);
        if fresh {
            fs::create_dir(&self.folder).map_err(io)?;
        }
        let result = stage(&staging, &texts).map_err(io).and_then(|()| {
            apply(&self.folder, &staging).map_err(|source| {
                // what cannot be taken back now is when the next call begins
                let _ = take_back(&self.folder, &staging);
                failed(&self.folder, source)
            })
        });
        let _ = fs::remove_dir_all(&staging); // what is left of it is in nobody's way
        if result.is_err() {
            let _ = fs::remove_dir(self.folder.join(RECORDS));
            if fresh {
                let _ = fs::remove_dir(&self.folder);
            }
        }
        result
    }
}

fn staging(folder: &Path, target: &str) -> PathBuf {
    folder.join(RECORDS).join(format!("{target}.staging"))
}

fn read_record(folder: &Path, target: &str) -> Result<Record> {
    let path = folder.join(RECORDS).join(format!("{target}.json"));
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Record::default()),
        Err(error) => return Err(failed(&path, error)),
    };
    let wrong = |why: String| Error::Usage(format!("{}: is no record of an export: {why}", path.display()));
    let record: Record = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if record.schema != SCHEMA {
        return Err(wrong(format!("its schema is {:?}, and {SCHEMA} is known", record.schema)));
    }
    match record.files.keys().find(|it| !is_inside(it)) {
        Some(path) => Err(wrong(format!("it names {path:?}, which is not in the folder"))),
        None => Ok(record),
    }
}

/// The new texts as `new/0`, `new/1` ..., and what is to be done with them.
fn stage(staging: &Path, texts: &[(String, Option<String>)]) -> io::Result<()> {
    fs::create_dir_all(staging.join("new"))?;
    fs::create_dir_all(staging.join("old"))?;
    let mut steps = Vec::new();
    for (at, (path, text)) in texts.iter().enumerate() {
        if let Some(text) = text {
            fs::write(staging.join("new").join(at.to_string()), text)?;
        }
        steps.push(Step { path: path.clone(), sha256: text.as_ref().map(|it| digest(it.as_bytes())) });
    }
    fs::write(staging.join("steps.json"), serde_json::to_vec(&steps)?)
}

fn steps(staging: &Path) -> io::Result<Vec<Step>> {
    Ok(serde_json::from_slice(&fs::read(staging.join("steps.json"))?)?)
}

/// Renames: what is there aside, what is new to its place.
fn apply(folder: &Path, staging: &Path) -> io::Result<()> {
    for (at, step) in steps(staging)?.iter().enumerate() {
        let place = folder.join(&step.path);
        let at = at.to_string();
        if place.symlink_metadata().is_ok() {
            fs::rename(&place, staging.join("old").join(&at))?;
        }
        if step.sha256.is_some() {
            if let Some(parent) = place.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::rename(staging.join("new").join(&at), &place)?;
        } else {
            remove_empty(folder, &place);
        }
    }
    Ok(())
}

/// Removes the folders above a file that is gone as far as nothing is in them.
fn remove_empty(folder: &Path, place: &Path) {
    let mut above = place.parent();
    while let Some(it) = above.filter(|it| *it != folder && it.starts_with(folder)) {
        if fs::remove_dir(it).is_err() {
            return;
        }
        above = it.parent();
    }
}

/// The way back from wherever `apply` came to: what was put aside returns, and what is new and was not there goes.
fn take_back(folder: &Path, staging: &Path) -> io::Result<()> {
    for (at, step) in steps(staging)?.iter().enumerate().rev() {
        if step.path != record_of(staging) && !is_inside(&step.path) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a step leaves the folder"));
        }
        let (place, at) = (folder.join(&step.path), at.to_string());
        let aside = staging.join("old").join(&at);
        if aside.exists() {
            if let Some(parent) = place.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::rename(&aside, &place)?;
        } else if step.sha256.is_some() && !staging.join("new").join(&at).exists() {
            let found = fs::read(&place).map(|bytes| digest(&bytes)).ok();
            if found == step.sha256 {
                fs::remove_file(&place)?;
                remove_empty(folder, &place);
            }
        }
    }
    Ok(())
}

/// The record that a staging place belongs to.
fn record_of(staging: &Path) -> String {
    let name = staging.file_stem().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    format!("{RECORDS}/{name}.json")
}

/// What was cut off in the middle of it is taken back.
fn recover(folder: &Path, target: &str) -> Result<()> {
    let staging = staging(folder, target);
    if !staging.is_dir() {
        return Ok(());
    }
    let io = |source| failed(&staging, source);
    if staging.join("steps.json").is_file() {
        take_back(folder, &staging).map_err(io)?;
    }
    fs::remove_dir_all(&staging).map_err(io)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::ExportTarget;

    fn manifests(files: &[(&str, &str)]) -> Manifests {
        Manifests {
            target: ExportTarget::Kubernetes,
            fleet_digest: "digest".to_owned(),
            files: files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect(),
            notes: Vec::new(),
        }
    }

    fn tree(folder: &Path) -> BTreeMap<String, String> {
        fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(root, &path, found);
                } else {
                    let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                    found.insert(name, fs::read_to_string(&path).unwrap());
                }
            }
        }
        let mut found = BTreeMap::new();
        walk(folder, folder, &mut found);
        found
    }

    /// Wherever the renames are cut off, the next call begins with the folder as it was.
    #[test]
    fn what_is_cut_off_is_taken_back() {
        let (one, two) = (
            manifests(&[("a/x", "1"), ("a/y", "2"), ("b/z", "3")]),
            manifests(&[("a/x", "1"), ("a/y", "changed"), ("c/new", "4")]),
        );
        for cut in 0..=4 {
            let place = tempfile::tempdir().unwrap();
            let folder = place.path();
            write(folder, &one).unwrap();
            let before = tree(folder);
            let work = Work::new(folder, &two).unwrap();
            let staging = staging(folder, "kubernetes");
            let mut texts: Vec<(String, Option<String>)> = Vec::new();
            for it in work.written.iter().filter(|it| it.change != FileChange::Same) {
                texts.push((it.path.clone(), two.files.get(&it.path).cloned()));
            }
            texts.push((".tenantry/kubernetes.json".to_owned(), Some(work.record_text().unwrap())));
            stage(&staging, &texts).unwrap();
            // as far as the process came
            let all = steps(&staging).unwrap();
            assert_eq!(all.len(), 4);
            fs::write(staging.join("steps.json"), serde_json::to_vec(&all[..cut]).unwrap()).unwrap();
            apply(folder, &staging).unwrap();
            fs::write(staging.join("steps.json"), serde_json::to_vec(&all).unwrap()).unwrap();
            recover(folder, "kubernetes").unwrap();
            assert_eq!(tree(folder), before, "cut off after {cut}");
            let written = write(folder, &two).unwrap();
            let changed: Vec<_> = written.iter().map(|it| (it.path.as_str(), it.change.name())).collect();
            assert_eq!(changed, [("a/x", "same"), ("a/y", "changed"), ("b/z", "removed"), ("c/new", "new")]);
            assert!(!folder.join("b").exists() && !staging.exists());
        }
    }

    #[test]
    fn what_fails_leaves_nothing_behind() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("new");
        // a file where another needs a folder: it shows when the names change
        let broken = manifests(&[("a", "1"), ("a/b", "2")]);
        assert!(write(&folder, &broken).is_err());
        assert!(!folder.exists(), "{:?}", tree(&folder));
    }
}
