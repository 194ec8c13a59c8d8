//! What two spellings of one word have in common.

use unicode_normalization::UnicodeNormalization;

/// A text in compatibility form (NFKC), without case and white space: a letter and what it becomes in capitals or in small
/// letters are the same in it.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.bytes().filter(|b| !b.is_ascii_whitespace()).map(|b| char::from(b.to_ascii_lowercase())).collect();
    }
    // Down, up and down again: the capital sharp s has no further capitals, and its small letter has; the final sigma and the
    // dotless i have more than two forms. What that takes apart (iota with two marks) is put together last.
    let bare = text.nfkc().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase);
    bare.flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn case_is_no_difference() {
        for c in '\0'..=char::MAX {
            let small: String = c.to_lowercase().collect();
            let large: String = c.to_uppercase().collect();
            if small == large {
                continue; // it has no cases
            }
            let text = c.to_string();
            assert_eq!(fold(&small), fold(&text), "{c:?} in small letters");
            assert_eq!(fold(&large), fold(&text), "{c:?} in capitals");
        }
        assert_eq!(fold("STRAẞE"), fold("strasse"));
    }
}
