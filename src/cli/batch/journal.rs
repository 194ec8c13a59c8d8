//! The file of a batch: each row is there whole or not at all, and is in it as soon as it is done.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::report::{BATCH_SCHEMA, BatchRow};

/// The rows that are there, and the file to which more are added.
pub struct Journal {
    path: PathBuf,
    file: File,
    /// The rows of an earlier run.
    pub earlier: Vec<BatchRow>,
    /// Whether the last line of an earlier run was cut off, and is taken away.
    pub cut: bool,
}

impl Journal {
    /// Opens the file, which need not be there.
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::Usage`] for a file that is none of a batch: nothing is written to it.
    pub fn open(path: &Path) -> Result<Self> {
        let failed = |source| Error::Io { path: path.display().to_string(), source };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(failed(error)),
        };
        let whole = text.rfind('\n').map_or(0, |at| at + 1);
        let mut earlier = Vec::new();
        for (number, line) in (1u64..).zip(text[..whole].lines()) {
            earlier.push(row(line).map_err(|why| {
                Error::Usage(format!(
                    "{}:{number}: no row of a batch, so nothing is added to it: {why}",
                    path.display()
                ))
            })?);
        }
        let rest = &text[whole..];
        // what may be something else is not cut off
        let head = format!(r#"{{"schema":"{BATCH_SCHEMA}""#);
        if !rest.is_empty() && !rest.starts_with(&head) && (earlier.is_empty() || !head.starts_with(rest)) {
            let message = format!("{}: no file of a batch, so nothing is added to it", path.display());
            return Err(Error::Usage(message));
        }
        let file = File::options().create(true).append(true).open(path).map_err(failed)?;
        if !rest.is_empty() {
            file.set_len(whole as u64).map_err(failed)?;
        }
        Ok(Self { path: path.to_owned(), file, earlier, cut: !rest.is_empty() })
    }

    /// Adds a row: one write, so that it is there whole unless the machine itself stops.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn add(&mut self, row: &BatchRow) -> Result<()> {
        let line = row.line()?;
        let failed = |source| Error::Io { path: self.path.display().to_string(), source };
        self.file.write_all(line.as_bytes()).map_err(failed)
    }
}

fn row(line: &str) -> std::result::Result<BatchRow, String> {
    let row: BatchRow = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if row.schema == BATCH_SCHEMA { Ok(row) } else { Err(format!("its schema is not {BATCH_SCHEMA}")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::BatchOptions;

    #[test]
    fn rows_are_kept_and_a_cut_one_is_taken_away() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("out.jsonl");
        let row = |name: &str| BatchRow::new(name, &BatchOptions::default(), Err(vec!["wrong".into()]));
        let mut journal = Journal::open(&path).unwrap();
        assert!(journal.earlier.is_empty() && !journal.cut);
        journal.add(&row("a")).unwrap();
        journal.add(&row("b")).unwrap();
        let whole = fs::read_to_string(&path).unwrap();
        // as a process leaves it that is killed in the middle
        fs::write(&path, format!("{whole}{}", &row("c").line().unwrap()[..30])).unwrap();
        let mut journal = Journal::open(&path).unwrap();
        assert!(journal.earlier == [row("a"), row("b")] && journal.cut);
        journal.add(&row("c")).unwrap();
        assert_eq!(Journal::open(&path).unwrap().earlier, [row("a"), row("b"), row("c")]);
    }

    #[test]
    fn what_is_no_batch_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("out.jsonl");
        for text in ["precious\n", "precious", "{}\n", "{", r#"{"schema":"tenantry-plan/v1"}"#] {
            fs::write(&path, text).unwrap();
            let opened = Journal::open(&path);
            assert!(opened.is_err_and(|error| error.to_string().contains("nothing is added")), "{text}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}
