//! What comes in: a file, or standard input as `-`.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::error::{Error, Result};
use crate::fleet::import;
use crate::fleet::text::{self, Encoding};

/// The largest fleet that is read, in MiB: as many as the library reads by itself. A pipe may never end.
const MOST: u64 = 256;
/// The largest plan or certificate. A plan is some three times as long as its fleet.
const MOST_EXACTLY: u64 = 4 << 10;

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
/// [`Error::Io`], also for what is neither UTF-8 nor UTF-16 with a byte order mark, or longer than 256 MiB.
pub fn read(path: &Path) -> Result<Input> {
    read_as(path, MOST, fleet_text)
}

fn fleet_text(bytes: Vec<u8>) -> io::Result<String> {
    match text::encoding(&bytes) {
        // as it stands, and not copied
        (Encoding::Utf8, 0) => String::from_utf8(bytes).map_err(|_| no_text("UTF-8")),
        _ => decoded(&bytes),
    }
}

/// The same of what may be a plan as well, and so as long as those are.
///
/// # Errors
/// [`Error::Io`], also for what is neither UTF-8 nor UTF-16 with a byte order mark, or longer than 4 GiB.
pub fn read_any(path: &Path) -> Result<Input> {
    read_as(path, MOST_EXACTLY, fleet_text)
}

/// The same of a format that is read by its letter: UTF-8, and a byte order mark stays where it is.
///
/// # Errors
/// [`Error::Io`], also for what is not UTF-8, or longer than 4 GiB.
pub fn read_exactly(path: &Path) -> Result<Input> {
    let wrong = |_| io::Error::new(io::ErrorKind::InvalidData, "this is not UTF-8 text");
    read_as(path, MOST_EXACTLY, |bytes| String::from_utf8(bytes).map_err(wrong))
}

/// The bytes of a file, or of standard input, and what to call it.
///
/// # Errors
/// [`Error::Io`], also for what is longer than 4 GiB.
pub fn read_bytes(path: &Path) -> Result<(String, Vec<u8>)> {
    let (name, bytes) = bytes(path, MOST_EXACTLY);
    let bytes = bytes.map_err(|source| Error::Io { path: name.clone(), source })?;
    Ok((name, bytes))
}

fn read_as(path: &Path, mebibytes: u64, text: impl FnOnce(Vec<u8>) -> io::Result<String>) -> Result<Input> {
    let (name, bytes) = bytes(path, mebibytes);
    match bytes.and_then(text) {
        Ok(text) => Ok(Input { name, text }),
        Err(source) => Err(Error::Io { path: name, source }),
    }
}

fn bytes(path: &Path, mebibytes: u64) -> (String, io::Result<Vec<u8>>) {
    let stdin = path.as_os_str() == "-";
    let name = if stdin { "<stdin>".to_owned() } else { path.display().to_string() };
    let bytes =
        if stdin { all(io::stdin().lock(), mebibytes) } else { File::open(path).and_then(|file| all(file, mebibytes)) };
    (name, bytes)
}

/// Every byte; what is longer is refused before anybody asks what a text that is cut somewhere says.
fn all(from: impl Read, mebibytes: u64) -> io::Result<Vec<u8>> {
    let most = mebibytes << 20;
    let mut bytes = Vec::new();
    from.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let limit = if mebibytes < 1024 { format!("{mebibytes} MiB") } else { format!("{} GiB", mebibytes >> 10) };
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("this is longer than {limit}")));
    }
    Ok(bytes)
}

fn decoded(bytes: &[u8]) -> io::Result<String> {
    text::decode(bytes).map(Cow::into_owned).map_err(|(_, what)| no_text(what))
}

fn no_text(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("this is not {what} text"))
}

/// What a stream of any length holds: in memory as far as that is sensible, else in a file that ends with this.
pub(super) enum Spooled {
    Text(String),
    File(NamedTempFile),
}

/// Most bytes of a stream that are kept in memory.
const MAX_IN_MEMORY: u64 = 64 << 20;

/// Reads standard input to its end, or to where the import would refuse it anyway.
///
/// # Errors
/// [`Error::Io`].
pub(super) fn spool() -> Result<Spooled> {
    let failed = |source| Error::Io { path: "<stdin>".to_owned(), source };
    let mut stdin = io::stdin().lock();
    let mut bytes = Vec::new();
    stdin.by_ref().take(MAX_IN_MEMORY).read_to_end(&mut bytes).map_err(failed)?;
    if (bytes.len() as u64) < MAX_IN_MEMORY {
        return decoded(&bytes).map(Spooled::Text).map_err(failed);
    }
    let spooled = NamedTempFile::new().and_then(|mut file| {
        file.write_all(&bytes)?;
        io::copy(&mut stdin.take(import::MAX_BYTES + 1), &mut file)?;
        Ok(file)
    });
    spooled.map(Spooled::File).map_err(failed)
}

impl Input {
    /// Whether it is JSON: by its name, else by its first characters. A mapping in braces whose first key is in no double
    /// quotes is YAML in flow style.
    #[must_use]
    pub fn is_json(&self) -> bool {
        let yaml = self.name.ends_with(".yaml") || self.name.ends_with(".yml");
        self.name.ends_with(".json") || (!yaml && begins_as_json(&self.text))
    }
}

fn begins_as_json(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let inside = text.strip_prefix('{').map(str::trim_start);
    text.starts_with('[') || inside.is_some_and(|inside| inside.is_empty() || inside.starts_with(['"', '}']))
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use super::{Input, all};

    #[test]
    fn what_is_too_long_is_not_called_no_text() {
        let long = "é".repeat(1 << 19);
        assert_eq!(all(long.as_bytes(), 1).unwrap(), long.as_bytes());
        // the cut would be inside a character
        let longer = "x".as_bytes().chain(long.as_bytes());
        let error = all(longer, 1).unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string()),
            (io::ErrorKind::FileTooLarge, "this is longer than 1 MiB".into())
        );
        assert!(all(io::repeat(b'x'), 1).is_err());
    }

    #[test]
    fn tells_json_from_yaml_in_flow_style() {
        let json = |name: &str, text: &str| Input { name: name.to_owned(), text: text.to_owned() }.is_json();
        for text in ["{\"schema\": 1}", "\u{feff} {\n \"a\": 1}", "{}", "{", "[1]"] {
            assert!(json("<stdin>", text), "{text}");
            assert!(!json("fleet.yaml", text), "{text}");
        }
        for text in ["{schema: tenantry/v1}", "{ 'schema': x}", "schema: x", "", "# {\n{a: 1}"] {
            assert!(!json("<stdin>", text), "{text}");
            assert!(json("fleet.json", text), "{text}");
        }
    }
}
