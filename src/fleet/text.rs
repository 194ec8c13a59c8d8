//! Bytes -> text: UTF-8, or UTF-16 with a byte order mark, which PowerShell writes.

use std::borrow::Cow;

/// How bytes stand for text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Utf16Little,
    Utf16Big,
}

impl Encoding {
    /// How two bytes make a code unit of UTF-16.
    pub fn unit(self) -> Option<fn([u8; 2]) -> u16> {
        match self {
            Self::Utf8 => None,
            Self::Utf16Little => Some(u16::from_le_bytes),
            Self::Utf16Big => Some(u16::from_be_bytes),
        }
    }
}

/// What the first bytes say, and the length of the byte order mark.
pub(crate) fn encoding(bytes: &[u8]) -> (Encoding, usize) {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => (Encoding::Utf8, 3),
        [0xFF, 0xFE, ..] => (Encoding::Utf16Little, 2),
        [0xFE, 0xFF, ..] => (Encoding::Utf16Big, 2),
        _ => (Encoding::Utf8, 0),
    }
}

/// The text without its byte order mark.
///
/// # Errors
/// The text up to where the bytes are none, and the name of what they should be.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, (String, &'static str)> {
    let (encoding, mark) = encoding(bytes);
    let bytes = &bytes[mark..];
    let Some(unit) = encoding.unit() else {
        return std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            (valid.into_owned(), "UTF-8")
        });
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len() / 2);
    for c in char::decode_utf16(pairs.iter().map(|&pair| unit(pair))) {
        match c {
            Ok(c) => text.push(c),
            Err(_) => return Err((text, "UTF-16")),
        }
    }
    if rest.is_empty() { Ok(Cow::Owned(text)) } else { Err((text, "UTF-16")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_is_read() {
        let text = "a: é\u{1f600}\n";
        let units = || text.encode_utf16();
        let little: Vec<u8> = [0xFF, 0xFE].into_iter().chain(units().flat_map(u16::to_le_bytes)).collect();
        let big: Vec<u8> = [0xFE, 0xFF].into_iter().chain(units().flat_map(u16::to_be_bytes)).collect();
        let marked: Vec<u8> = "\u{feff}".bytes().chain(text.bytes()).collect();
        for bytes in [text.as_bytes(), &marked, &little, &big] {
            assert_eq!(decode(bytes).unwrap(), text);
        }
        assert_eq!(decode(b"ab\xFFc"), Err(("ab".to_owned(), "UTF-8")));
        assert_eq!(decode(&little[..little.len() - 1]).unwrap_err().1, "UTF-16");
        assert_eq!(decode(&[0xFE, 0xFF, 0, b'a', 0xDC, 0]), Err(("a".to_owned(), "UTF-16")));
    }
}
