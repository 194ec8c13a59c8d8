//! Documents of ours, read and written: one schema each, the same bytes for the same document.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// A document out of its text. `what` it is not, where it cannot be read; `schema` is expected of it, and `of` says which it has.
///
/// # Errors
/// [`Error::PlanDocument`] with line and column.
pub(crate) fn read<T: DeserializeOwned>(text: &str, what: &str, schema: &str, of: fn(&T) -> &str) -> Result<T> {
    let refuse = |message: String| Error::PlanDocument(format!("not {what}: {message}"));
    let read: T = serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
    match of(&read) {
        said if said == schema => Ok(read),
        said => Err(refuse(format!("schema is `{said}`, expected `{schema}`"))),
    }
}

/// A document as text, keys always in the same order.
///
/// # Errors
/// [`Error::Internal`]: never, as far as is known.
pub(crate) fn text<T: Serialize>(document: &T) -> Result<String> {
    let text = serde_json::to_string_pretty(document).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(text + "\n")
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
