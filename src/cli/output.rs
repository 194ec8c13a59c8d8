//! Where answers go: standard output, or a file that is there whole or not at all and is no input.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use same_file::Handle;

use crate::error::{Error, Result};

/// Where the answer goes.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct OutputArgs {
    /// Write to FILE instead of standard output; the file is there whole or not at all
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

impl OutputArgs {
    /// The file, unless it is `-` or absent.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| path.as_os_str() != "-")
    }

    /// Writes the answer.
    ///
    /// # Errors
    /// [`Error::Io`]. A reader of standard output that has gone away is no error.
    pub fn write(&self, text: &str) -> Result<()> {
        self.write_with(|to| to.write_all(text.as_bytes()))
    }

    /// Writes an answer that is not there as one text.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn write_with(&self, answer: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        if !super::interrupt::may_write() {
            return Ok(()); // the call was stopped: its caller has been told that nothing is written
        }
        match self.file() {
            Some(path) => write_file(path, answer),
            None => print_with(answer),
        }
    }

    /// The ending of the file's name in lower case; `None` without a file or an ending.
    #[must_use]
    pub fn ending(&self) -> Option<String> {
        Some(self.file()?.extension()?.to_string_lossy().to_lowercase())
    }

    /// The format that the ending of the file's name stands for: `by_default` without one, an error for one that is not
    /// `known`.
    ///
    /// # Errors
    /// [`Error::Usage`], naming the known endings and what `instead` of them says the format.
    pub fn format<T: Copy>(&self, known: &[(&str, T)], by_default: T, instead: &str) -> Result<T> {
        let Some(ending) = self.ending() else { return Ok(by_default) };
        let found = known.iter().find(|(name, _)| *name == ending);
        found.map(|&(_, format)| format).ok_or_else(|| {
            let path = self.file().unwrap_or(Path::new(""));
            let names: Vec<String> = known.iter().map(|(name, _)| format!(".{name}")).collect();
            let (path, names) = (path.display(), names.join(", "));
            Error::Usage(format!(
                "{path}: no format is known by the ending .{ending}: the known ones are {names}{instead}"
            ))
        })
    }

    /// The format that was asked for; else text or JSON, by the ending of the file.
    ///
    /// # Errors
    /// As [`format`](Self::format).
    pub fn said<T: Copy>(&self, asked: Option<T>, [text, json]: [T; 2]) -> Result<T> {
        let by_ending = || self.format(&[("json", json), ("txt", text)], text, "; --format says another");
        asked.map_or_else(by_ending, Ok)
    }

    /// The same of three: text, JSON, or a page.
    ///
    /// # Errors
    /// As [`format`](Self::format).
    pub fn shown<T: Copy>(&self, asked: Option<T>, [text, json, html]: [T; 3]) -> Result<T> {
        let known = [("json", json), ("html", html), ("htm", html), ("txt", text)];
        asked.map_or_else(|| self.format(&known, text, "; --format says another"), Ok)
    }

    /// Refuses a file that could not be written anyway, or that is one of the inputs (`-`: standard input), and standard input for
    /// two of them, before the work is done.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Usage`].
    pub fn check(&self, inputs: &[&Path]) -> Result<()> {
        check(inputs, &[self])
    }

    fn writable(&self) -> Result<()> {
        let Some(path) = self.file() else { return Ok(()) };
        let refused = |why: String| Err(Error::Usage(format!("{}: {why}", path.display())));
        if path.is_dir() {
            return refused("is a directory".to_owned());
        }
        let existing = fs::metadata(path).ok();
        if existing.is_none() && fs::symlink_metadata(path).is_ok() {
            return refused("is a link to a file that is not there".to_owned());
        }
        if existing.as_ref().is_some_and(|about| about.permissions().readonly()) {
            return refused("is read-only".to_owned());
        }
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let directory = directory(&target);
        match fs::metadata(&directory) {
            // a file is made beside it, so that is tried; devices and pipes are written as they stand
            Ok(about) if about.is_dir() && existing.is_none_or(|about| about.is_file()) => {
                temporary(&directory).map(drop).map_err(|source| failed(&directory, source))
            }
            Ok(about) if about.is_dir() => Ok(()),
            Ok(_) => refused(format!("{} is not a directory", directory.display())),
            Err(source) if source.kind() == io::ErrorKind::NotFound => {
                refused(format!("there is no directory {}", directory.display()))
            }
            Err(source) => Err(failed(&directory, source)),
        }
    }
}

/// Refuses outputs that could not be written, that are one of the inputs (`-`: standard input), or that are one file; and inputs of
/// which more than one is standard input.
///
/// # Errors
/// [`Error::Io`] or [`Error::Usage`].
pub fn check(inputs: &[&Path], outputs: &[&OutputArgs]) -> Result<()> {
    outputs.iter().try_for_each(|output| output.writable())?;
    let mut earlier: Vec<Place> = Vec::new();
    for output in outputs {
        let name = || output.file().map_or("standard output".to_owned(), |path| path.display().to_string());
        let place = Place::output(output.file());
        // one input at a time: a file stays open as long as its place is looked at
        if let Some(input) = inputs.iter().find(|input| Place::input(input) == place) {
            let message = format!("{}: is the input {}, and no input is overwritten", name(), input.display());
            return Err(Error::Usage(message));
        }
        if earlier.contains(&place) {
            return Err(Error::Usage(format!("{}: two outputs cannot go to the same place", name())));
        }
        earlier.push(place);
    }
    if inputs.iter().filter(|path| path.as_os_str() == "-").count() > 1 {
        return Err(Error::Usage("only one document can be read from standard input".to_owned()));
    }
    Ok(())
}

/// What a path stands for, however it is spelt: through links, and by another name of the same file.
enum Place {
    /// A file that is there.
    File(Handle),
    /// One that is not there yet: its directory, and its name in it.
    New(Handle, OsString),
    /// Standard output where it is no file.
    Printed,
    /// A pipe or a device, or what cannot be looked at: like nothing else.
    Other,
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Place::File(one), Place::File(other)) => one == other,
            (Place::New(one, name), Place::New(other, its)) => name == its && one == other,
            (Place::Printed, Place::Printed) => true,
            _ => false,
        }
    }
}

impl Place {
    fn input(path: &Path) -> Self {
        if path.as_os_str() == "-" { Self::of(Handle::stdin()).unwrap_or(Place::Other) } else { Self::named(path) }
    }

    fn output(path: Option<&Path>) -> Self {
        path.map_or_else(|| Self::of(Handle::stdout()).unwrap_or(Place::Printed), Self::named)
    }

    fn named(path: &Path) -> Self {
        match fs::metadata(path) {
            // opening a pipe would wait for its other end
            Ok(about) if about.is_file() => Self::of(Handle::from_path(path)).unwrap_or(Place::Other),
            Ok(_) => Place::Other,
            Err(_) => {
                let name = path.file_name().map(OsStr::to_owned);
                let directory = Handle::from_path(directory(path)).ok();
                directory.zip(name).map_or(Place::Other, |(directory, name)| Place::New(directory, name))
            }
        }
    }

    fn of(handle: io::Result<Handle>) -> Option<Self> {
        let handle = handle.ok()?;
        handle.as_file().metadata().is_ok_and(|about| about.is_file()).then_some(Place::File(handle))
    }
}

/// Writes to standard output; a reader that has gone away is no error.
///
/// # Errors
/// [`Error::Io`].
pub fn print_with(answer: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let mut out = io::stdout().lock();
    match answer(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(failed(Path::new("standard output"), error)),
        _ => Ok(()),
    }
}

/// Where a file lies.
pub fn directory(path: &Path) -> PathBuf {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_owned)
}

fn write_file(path: &Path, answer: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    // through a link to what it points to: a rename would replace the link
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let existing = fs::metadata(&target).ok();
    if existing.as_ref().is_some_and(|about| !about.is_file()) {
        // a device or a pipe cannot be replaced
        let written = File::options().write(true).open(&target).and_then(|mut file| answer(&mut file));
        return match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(failed(path, error)),
            _ => Ok(()),
        };
    }
    replace(&target, existing, answer).map_err(|source| failed(path, source))
}

/// What files are called that are being written: this, and so many letters and digits.
const PREFIX: &str = ".tenantry-";
const MARKS: usize = 6;

/// A new file in the directory, gone again unless it is kept.
fn temporary(directory: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).rand_bytes(MARKS);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // as any program creates a file: the system takes the user's mask off
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(directory)?;
    // says that somebody is at work; where the system knows no locks nothing is swept away either
    let _ = file.as_file().try_lock();
    Ok(file)
}

/// Removes what runs that were killed left in a directory: files called as [`temporary`] calls them, older than `before`, and
/// held by nobody. What cannot be looked at, or removed, stays.
pub fn sweep(directory: &Path, before: SystemTime) {
    let ours = |name: &OsStr| {
        let marks = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        marks.is_some_and(|marks| marks.len() == MARKS && marks.bytes().all(|mark| mark.is_ascii_alphanumeric()))
    };
    for entry in fs::read_dir(directory).into_iter().flatten().flatten().filter(|it| ours(&it.file_name())) {
        // of a link this is the link, which is no file
        let stale = |about: fs::Metadata| about.is_file() && about.modified().is_ok_and(|at| at < before);
        if entry.metadata().is_ok_and(stale)
            && let Ok(file) = File::options().write(true).open(entry.path())
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The file that is being written, and is no answer yet.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Removes what was being written: the process is about to end in the middle of it.
pub(super) fn abandon() {
    if let Some(path) = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).take() {
        // whole by now, and called as it was asked for: then there is nothing to remove
        let _ = fs::remove_file(path);
    }
}

fn replace(
    target: &Path,
    existing: Option<fs::Metadata>,
    answer: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = temporary(&directory(target))?;
    let unfinished = |path| *UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner) = path;
    unfinished(Some(file.path().to_owned()));
    let written = finish(&mut file, existing, answer);
    unfinished(None);
    written?;
    file.persist(target).map_err(|error| error.error)?;
    Ok(())
}

fn finish(
    file: &mut tempfile::NamedTempFile,
    existing: Option<fs::Metadata>,
    answer: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    answer(file)?;
    if let Some(about) = existing {
        file.as_file().set_permissions(about.permissions())?;
    }
    file.as_file().sync_all()
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::Io { path: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_is_swept_away_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let kept = [".tenantry-abc12", ".tenantry-abc1234", ".tenantry-abc.12", "tenantry-abc123", "x.tenantry-abc123"];
        for name in kept.into_iter().chain([".tenantry-abc123", ".tenantry-Zz9Zz9"]) {
            fs::write(place.path().join(name), "half").unwrap();
        }
        fs::create_dir(place.path().join(".tenantry-folder")).unwrap();
        let living = temporary(place.path()).unwrap();
        let count = || fs::read_dir(place.path()).unwrap().count();
        sweep(place.path(), SystemTime::UNIX_EPOCH);
        assert_eq!(count(), kept.len() + 4);
        sweep(place.path(), SystemTime::now() + std::time::Duration::from_secs(60));
        assert_eq!(count(), kept.len() + 2);
        assert!(kept.iter().all(|name| place.path().join(name).exists()) && living.path().exists());
        sweep(&place.path().join("not there"), SystemTime::now());
    }

    #[test]
    fn what_is_abandoned_leaves_nothing_behind() {
        let place = tempfile::tempdir().unwrap();
        let names = || fs::read_dir(place.path()).unwrap().map(|it| it.unwrap().file_name()).collect::<Vec<_>>();
        let target = place.path().join("plan.json");
        replace(&target, None, |to| to.write_all(b"whole")).unwrap();
        abandon(); // nothing is being written: what is whole stays
        let broken = replace(&target, None, |to| {
            to.write_all(b"half")?;
            assert_eq!(names().len(), 2);
            abandon();
            assert_eq!(names(), ["plan.json"]);
            Ok(())
        });
        assert!(broken.is_err() && names() == ["plan.json"]);
        assert_eq!(fs::read(&target).unwrap(), b"whole");
    }
}
