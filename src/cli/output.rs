//! Where answers go: standard output, or a file that is there whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

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
        match self.file() {
            Some(path) => write_file(path, text),
            None => print(text),
        }
    }

    /// Refuses a file that could not be written anyway, before the work is done.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Usage`].
    pub fn check(&self) -> Result<()> {
        let Some(path) = self.file() else { return Ok(()) };
        if path.is_dir() {
            return Err(Error::Usage(format!("{}: is a directory", path.display())));
        }
        let directory = directory(path);
        match fs::metadata(&directory) {
            Ok(about) if about.is_dir() => Ok(()),
            Ok(_) => Err(Error::Usage(format!("{}: {} is not a directory", path.display(), directory.display()))),
            Err(source) if source.kind() == io::ErrorKind::NotFound => {
                let message = format!("{}: there is no directory {}", path.display(), directory.display());
                Err(Error::Usage(message))
            }
            Err(source) => Err(failed(&directory, source)),
        }
    }
}

/// Writes to standard output; a reader that has gone away is no error.
///
/// # Errors
/// [`Error::Io`].
pub fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(failed(Path::new("standard output"), error)),
        _ => Ok(()),
    }
}

fn directory(path: &Path) -> PathBuf {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_owned)
}

fn write_file(path: &Path, text: &str) -> Result<()> {
    // through a link to what it points to: a rename would replace the link
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let existing = fs::metadata(&target).ok();
    if existing.as_ref().is_some_and(|about| !about.is_file()) {
        // a device or a pipe cannot be replaced
        let written = File::options().write(true).open(&target).and_then(|mut file| file.write_all(text.as_bytes()));
        return match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(failed(path, error)),
            _ => Ok(()),
        };
    }
    replace(&target, existing, text).map_err(|source| failed(path, source))
}

fn replace(target: &Path, existing: Option<fs::Metadata>, text: &str) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tenantry-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // as any program creates a file: the system takes the user's mask off
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(directory(target))?;
    file.write_all(text.as_bytes())?;
    if let Some(about) = existing {
        file.as_file().set_permissions(about.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(target).map_err(|error| error.error)?;
    Ok(())
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::Io { path: path.display().to_string(), source }
}
