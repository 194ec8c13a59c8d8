//! UTF-16 -> UTF-8, as it comes.

use std::io::{self, BufRead};

/// Code units that are decoded at a time.
const UNITS: usize = 64 << 10;

/// What is decoded and not yet read, and what is needed to go on.
pub(super) struct Decoder {
    unit: fn([u8; 2]) -> u16,
    text: String,
    /// Bytes of `text` that were read.
    read: usize,
    /// The first byte of a unit.
    odd: Option<u8>,
    /// The first unit of a pair.
    high: Option<u16>,
    /// Line and column from 1, behind `text`.
    at: (u32, u32),
}

impl Decoder {
    /// `unit` makes a code unit of two bytes.
    pub fn new(unit: fn([u8; 2]) -> u16) -> Self {
        Self { unit, text: String::new(), read: 0, odd: None, high: None, at: (1, 1) }
    }

    pub fn ahead(&self) -> &[u8] {
        &self.text.as_bytes()[self.read..]
    }

    pub fn consume(&mut self, count: usize) {
        self.read = self.text.len().min(self.read + count);
    }

    /// Decodes more where nothing is left; there is nothing more if nothing is left after that. The inner error is the
    /// place from which the bytes are no UTF-16.
    pub fn fill(&mut self, bytes: &mut dyn BufRead) -> io::Result<Result<(), (u32, u32)>> {
        while self.read == self.text.len() {
            self.text.clear();
            self.read = 0;
            let chunk = bytes.fill_buf()?;
            if chunk.is_empty() {
                let whole = self.odd.is_none() && self.high.is_none();
                return Ok(if whole { Ok(()) } else { Err(self.at) });
            }
            let chunk = &chunk[..chunk.len().min(2 * UNITS)];
            let count = chunk.len();
            let good = chunk.iter().all(|&byte| self.byte(byte));
            self.at = after(self.at, &self.text);
            if !good {
                return Ok(Err(self.at));
            }
            bytes.consume(count);
        }
        Ok(Ok(()))
    }

    /// Takes in one byte; false where it makes no text.
    fn byte(&mut self, byte: u8) -> bool {
        let Some(first) = self.odd.take() else {
            self.odd = Some(byte);
            return true;
        };
        let unit = (self.unit)([first, byte]);
        let pair = self.high.take();
        if pair.is_none() && (0xD800..0xDC00).contains(&unit) {
            self.high = Some(unit);
            return true;
        }
        let mut decoded = char::decode_utf16(pair.into_iter().chain([unit]));
        match (decoded.next(), decoded.next()) {
            (Some(Ok(c)), None) => {
                self.text.push(c);
                true
            }
            _ => false,
        }
    }
}

/// The place behind a text that begins at this one.
pub(super) fn after((line, column): (u32, u32), text: &str) -> (u32, u32) {
    let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    match text.rsplit_once('\n') {
        Some((before, last)) => {
            let lines = before.bytes().filter(|&b| b == b'\n').count() + 1;
            (line.saturating_add(narrow(lines)), narrow(last.chars().count() + 1))
        }
        None => (line, column.saturating_add(narrow(text.chars().count()))),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read};

    use super::super::super::super::text;
    use super::*;

    /// The decoded text, read through a buffer of so many bytes; or the place of the error.
    fn decoded(bytes: &[u8], buffer: usize, unit: fn([u8; 2]) -> u16) -> Result<String, (u32, u32)> {
        let mut bytes = BufReader::with_capacity(buffer, bytes);
        let mut decoder = Decoder::new(unit);
        let mut out = Vec::new();
        loop {
            decoder.fill(&mut bytes).unwrap()?;
            let ahead = decoder.ahead();
            if ahead.is_empty() {
                return Ok(String::from_utf8(out).unwrap());
            }
            // at most three bytes at a time
            let taken = ahead.take(3).read_to_end(&mut out).unwrap();
            decoder.consume(taken);
        }
    }

    #[test]
    fn is_what_the_whole_is() {
        let text = "a: \u{e9}\u{1f600}\nb: \u{2028}c\u{10ffff}\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for buffer in 1..9 {
            assert_eq!(decoded(&little, buffer, u16::from_le_bytes).as_deref(), Ok(text));
            assert_eq!(decoded(&big, buffer, u16::from_be_bytes).as_deref(), Ok(text));
        }
        // every text of a few units, with halves of pairs among them, against the decoder of whole texts
        let units = [0x61, 0x0A, 0xD83D, 0xDE00, 0xE9];
        for number in 0..5_usize.pow(5) {
            let chosen: Vec<u16> = (0..5).map(|place| units[number / 5_usize.pow(place) % 5]).collect();
            let mut bytes: Vec<u8> = chosen.iter().copied().flat_map(u16::to_be_bytes).collect();
            bytes.truncate(10 - number % 2);
            let marked: Vec<u8> = [0xFE, 0xFF].into_iter().chain(bytes.iter().copied()).collect();
            let whole =
                text::decode(&marked).map(std::borrow::Cow::into_owned).map_err(|(before, _)| after((1, 1), &before));
            assert_eq!(decoded(&bytes, 1 + number % 7, u16::from_be_bytes), whole, "{chosen:04X?}");
        }
    }
}
