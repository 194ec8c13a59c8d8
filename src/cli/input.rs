//! What comes in: a file, or standard input as `-`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::error::{Error, Result};

/// The largest document that is read. The library's own limit is as large, but a pipe may never end.
const MAX_BYTES: u64 = (256 << 20) + 1;

/// A text and what to call it in messages.
#[derive(Clone, Debug)]
pub struct Input {
    /// The path as given; `<stdin>` for `-`.
    pub name: String,
    /// The text.
    pub text: String,
}

/// Reads a file, or standard input where the path is `-`.
///
/// # Errors
/// [`Error::Io`], also for text that is not UTF-8.
pub fn read(path: &Path) -> Result<Input> {
    let stdin = path.as_os_str() == "-";
    let name = if stdin { "<stdin>".to_owned() } else { path.display().to_string() };
    let mut bytes = Vec::new();
    let done = if stdin {
        io::stdin().lock().take(MAX_BYTES).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes))
    };
    let text = done.and_then(|_| {
        String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "this is not UTF-8 text"))
    });
    match text {
        Ok(text) => Ok(Input { name, text }),
        Err(source) => Err(Error::Io { path: name, source }),
    }
}

impl Input {
    /// Whether it is JSON: by its name, else by its first character.
    #[must_use]
    pub fn is_json(&self) -> bool {
        let yaml = self.name.ends_with(".yaml") || self.name.ends_with(".yml");
        self.name.ends_with(".json") || (!yaml && self.text.trim_start().starts_with(['{', '[']))
    }
}
