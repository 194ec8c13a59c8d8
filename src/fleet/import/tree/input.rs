//! Bytes of a source -> JSON as it comes, or YAML document by document.

use std::io::{self, BufRead, Read};

use super::super::super::text;
use super::SyntaxError;
use super::utf16::{Decoder, after};

/// Most bytes of all sources together.
pub(crate) const MAX_BYTES: u64 = 4 << 30;
/// Most bytes of what is read whole: one YAML document.
const MAX_WHOLE: u64 = 512 << 20;

/// The way out where there is too much.
const LESS: &str = "less: dump the kinds that are read, not `all` (see the examples of --help), or drop what is not \
                    read: `kubectl get ... -o json | jq -c 'del(.items[].metadata.managedFields, .items[].status.conditions)'`";

/// What may still be read of all sources together.
pub(in super::super) struct Total {
    left: u64,
}

impl Default for Total {
    fn default() -> Self {
        Self { left: MAX_BYTES }
    }
}

/// The bytes of a source in UTF-8, without a byte order mark.
pub(super) struct Input<'a> {
    bytes: Box<dyn BufRead + 'a>,
    /// Where they are UTF-16.
    decoder: Option<Decoder>,
    total: &'a mut Total,
    failed: Option<SyntaxError>,
}

impl<'a> Input<'a> {
    pub fn new(mut bytes: Box<dyn BufRead + 'a>, total: &'a mut Total) -> Result<Self, SyntaxError> {
        let (encoding, mark) = text::encoding(bytes.fill_buf().map_err(|error| unreadable(&error))?);
        bytes.consume(mark);
        Ok(Self { bytes, decoder: encoding.unit().map(Decoder::new), total, failed: None })
    }

    /// Whether JSON begins here: a list, or a mapping whose first key is in double quotes.
    pub fn begins_as_json(&mut self) -> Result<bool, SyntaxError> {
        if let Err(error) = self.fill_buf() {
            return Err(self.failure(&error));
        }
        let ahead = self.fill_buf().map_err(|error| unreadable(&error))?.trim_ascii_start();
        let inside = ahead.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
        Ok(ahead.starts_with(b"[") || inside.is_some_and(|inside| matches!(inside.first(), None | Some(b'"' | b'}'))))
    }

    /// The beginning, up to so many bytes and one more.
    pub fn beginning(&mut self, most: usize) -> Result<Vec<u8>, SyntaxError> {
        let mut bytes = Vec::new();
        let read = self.by_ref().take(most as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|error| self.failure(&error))?;
        Ok(bytes)
    }

    /// Why reading stopped, where the reader itself stopped it.
    pub fn failed(&mut self) -> Option<SyntaxError> {
        self.failed.take()
    }

    fn failure(&mut self, error: &io::Error) -> SyntaxError {
        self.failed().unwrap_or_else(|| unreadable(error))
    }

    /// Hands over each YAML document as a text with the number of lines before it. As `kubectl` does, a line that begins
    /// with `---` begins one.
    pub fn documents(mut self, read: &mut dyn FnMut(&str, u32) -> Result<(), SyntaxError>) -> Result<(), SyntaxError> {
        let (mut chunk, mut lines, mut first) = (Vec::new(), 0_u32, 0_u32);
        // comments and directives belong to the document after them
        let mut filled = false;
        loop {
            let begin = chunk.len();
            let room = MAX_WHOLE.saturating_sub(begin as u64);
            let mut more = self.by_ref().take(room + 1);
            let count = more.read_until(b'\n', &mut chunk).map_err(|error| self.failure(&error))?;
            if chunk.len() as u64 > MAX_WHOLE {
                let message = format!("a YAML document of more than {} MiB", MAX_WHOLE >> 20);
                let error = SyntaxError::new("too-large", Some((first.saturating_add(1), 1)), message);
                return Err(error.expecting("JSON (`-o json`), whose items are read one by one"));
            }
            let line = &chunk[begin..];
            let marked = line.strip_prefix(b"---").is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace));
            if count == 0 || (marked && filled) {
                let next = chunk.split_off(begin);
                let text = String::from_utf8(chunk).map_err(|error| {
                    let valid = error.utf8_error().valid_up_to();
                    let (line, column) = after((1, 1), &String::from_utf8_lossy(&error.as_bytes()[..valid]));
                    not_text((line.saturating_add(first), column), "UTF-8")
                })?;
                read(&text, first)?;
                if count == 0 {
                    return Ok(());
                }
                (chunk, first, filled) = (next, lines, false);
            }
            let line = &chunk[chunk.len() - count..];
            filled |= marked || !matches!(line.trim_ascii_start().first(), None | Some(b'#' | b'%'));
            lines = lines.saturating_add(1);
        }
    }
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ahead = self.fill_buf()?;
        let count = ahead.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ahead[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Input<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if let Some(decoder) = &mut self.decoder
            && let Err((line, column)) = decoder.fill(&mut *self.bytes)?
        {
            self.failed = Some(not_text((line, column), "UTF-16"));
            return Err(io::ErrorKind::InvalidData.into());
        }
        let ahead = match &self.decoder {
            Some(decoder) => decoder.ahead(),
            None => self.bytes.fill_buf()?,
        };
        if self.total.left == 0 && !ahead.is_empty() {
            let message = format!("more than {} GiB in all", MAX_BYTES >> 30);
            self.failed = Some(SyntaxError::new("too-large", None, message).expecting(LESS));
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let most = usize::try_from(self.total.left).unwrap_or(usize::MAX).min(ahead.len());
        Ok(&ahead[..most])
    }

    fn consume(&mut self, count: usize) {
        self.total.left = self.total.left.saturating_sub(count as u64);
        match &mut self.decoder {
            Some(decoder) => decoder.consume(count),
            None => self.bytes.consume(count),
        }
    }
}

/// What the system says of a file.
pub(in super::super) fn unreadable(error: &impl std::fmt::Display) -> SyntaxError {
    SyntaxError::new("unreadable-file", None, format!("it cannot be read: {error}"))
}

fn not_text(at: (u32, u32), what: &str) -> SyntaxError {
    SyntaxError::new("bad-character", Some(at), format!("the text is not {what} from here on"))
}
