//! What two spellings of one word have in common.

use unicode_normalization::UnicodeNormalization;

/// A text in compatibility form (NFKC), without case and white space.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.bytes().filter(|b| !b.is_ascii_whitespace()).map(|b| char::from(b.to_ascii_lowercase())).collect();
    }
    // Up and down again: sharp s, the final sigma and the dotless i have more than two forms.
    text.nfkc().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}
